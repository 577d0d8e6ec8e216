"""The film of backpropagation: its order, its numbers and texts, its files, and its page in a browser."""

import json
import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
from browser import complaints, violations

import tinygrad_edu as tg
from tinygrad_edu import Tensor
from tinygrad_edu.common.writing import numbers
from tinygrad_edu.engine.op import registry
from tinygrad_edu.viz.graph.film import film as film_in_either_size
from tinygrad_edu.viz.graph.reading import SMALL

SVG = "{http://www.w3.org/2000/svg}"
EVIL = "</script><script>alert(1)</script>\"'&\\ñ\u2028"


def film(*things, size="page", **options):
    return film_in_either_size(*things, size=size, **options)


def line():
    """The loss (y' − 1)² at y' = b + w·x, b = 0.5, w = −1.5, x = 2: by hand, ∂L/∂y' = 2·(−3.5), ∂L/∂w = −7·2."""
    x, w, b = Tensor(2.0, name="x"), variable(-1.5, "w"), variable(0.5, "b")
    predicted = b + w * x
    loss = (predicted - 1.0) ** 2
    predicted.name, loss.name = "y'", "L"
    return loss, w, b


def variable(data, name):
    return Tensor(data, requires_grad=True, name=name)


def boxes(svg):
    """{title of a box: its texts} of an SVG, and the shapes it draws."""
    root = ElementTree.fromstring(svg)
    groups = [group for group in root.iter(f"{SVG}g") if group.get("class") == "node"]
    texts = [[text.text or "" for text in group.findall(f"{SVG}text")] for group in groups]
    return {rows[0].partition(" = ")[0]: rows[1:] for rows in texts}


def layout(svg):
    """The places of all that is drawn."""
    root = ElementTree.fromstring(svg)
    return [[x.get(key) for key in ("points", "d", "x", "y")] for x in root.iter()] + [root.get("viewBox")]


def page_data(page):
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.S)[1])


def flat(caption):
    return caption.replace("(-7)", "-7").replace("·", "×")


# -- what it says -------------------------------------------------------------------------------------------


def test_the_chain_rule_of_each_step_with_its_numbers():
    loss, _, _ = line()
    captions = film(loss).captions
    assert len(captions) == 2 + 4
    assert "∂L/∂L = 1" in captions[1]
    assert "∂L/∂y' = ∂L/∂v2" in captions[3]
    assert "∂L/∂b = ∂L/∂y'" in captions[4]
    assert "∂L/∂w = ∂L/∂v1 × x = -7 × 2 = -14" in flat(captions[5])
    assert captions[5].splitlines()[-1] == "Done: ∂L/∂b = -7, ∂L/∂w = -14."


def test_a_value_used_twice_gets_a_sum():
    a = variable(1.5, "a")
    b = a * 2.0 + a
    said = "\n".join(film(b).captions)
    assert "∂out/∂a = 1 + 2 = 3" in said
    square = variable(3.0, "x")
    assert "∂out/∂x = 3 + 3 = 6" in "\n".join(film(square * square).captions)


def test_arrays_are_told_by_their_shapes():
    w = variable(np.ones((4, 3)), "w")
    said = "\n".join(film((Tensor(np.ones((5, 4)), name="x") @ w).sum()).captions)
    assert "xᵀ · ∂out/∂v1" in said
    assert "(4, 3)" in said


def test_steps_go_backwards_each_after_all_that_use_it():
    a = variable(1.0, "a")
    b = a + a
    c = b + b
    b.name, c.name = "b", "c"
    found = [step.node.variable for step in film(c).steps if step.node is not None]
    assert found == ["c", "b"]


# -- what it shows ------------------------------------------------------------------------------------------


def test_gradients_appear_one_after_another_in_one_layout(engine):
    loss, _, _ = line()
    frames = film(loss).frames
    assert len({json.dumps(layout(frame)) for frame in frames}) == 1
    known = [[name for name, rows in boxes(frame).items() if any("grad " in row for row in rows)] for frame in frames]
    legend = ["leaf with a gradient"]
    assert [len(names) - (names == legend) for names in known] == [0, 1, 2, 3, 5, 6]
    assert "grad -14" in boxes(frames[-1])["w"]
    assert not any("not computed" in frame for frame in frames)
    assert film(loss).captions[5].splitlines()[1] in ElementTree.tostring(
        ElementTree.fromstring(frames[5]), "unicode", "text"
    )


def test_the_last_picture_has_the_gradients_of_backward():
    rng = np.random.default_rng(0)
    w, b = variable(rng.normal(size=(2, 3)), "w"), variable(rng.normal(size=3), "b")
    h = np.tanh(Tensor(rng.normal(size=(4, 2)), name="x") @ w + b)
    loss = (h * h).sum() + (w * w).sum()
    last = boxes(film(loss).frames[-1])
    assert w.grad is None and b.grad is None
    loss.backward()
    for leaf in (w, b):
        text = " ".join(last[leaf.name]).partition("grad ")[2]
        shown = [float(x) for x in re.findall(r"-?\d+\.?\d*(?:e-?\d+)?", text)]
        np.testing.assert_allclose(shown, leaf.grad.ravel(), rtol=1e-3)


def tensors_of(op, rng):
    """The op on Tensors, for each of its samples: a list of (leaves, result with one value)."""
    for args, options in op.sample(rng):
        floats = [np.asarray(x).dtype.kind == "f" if isinstance(x, np.ndarray | float) else False for x in args]
        given = [
            variable(x, f"x{i}") if is_float else x for i, (x, is_float) in enumerate(zip(args, floats, strict=True))
        ]
        leaves = [x for x in given if isinstance(x, Tensor)]
        result = op.call(*given, **options) if leaves else None
        if result is not None and result.requires_grad:
            yield leaves, result if result.size == 1 else result.sum()


@pytest.mark.parametrize("name", [name for name, op in registry.items() if op.sample and op.differentiable])
@pytest.mark.matrix(one_in=4)
def test_every_op_has_steps_whose_gradients_are_those_of_backward(name):
    for leaves, loss in tensors_of(registry[name], np.random.default_rng(0)):
        told = {node.tensor: text for step in film(loss).steps for node, (text, _) in step.gradients.items()}
        loss.backward()
        for leaf in leaves:
            if leaf.grad is not None:
                few = leaf.grad.size <= SMALL
                assert told[leaf] == (numbers(leaf.grad) if few else f"norm {numbers(np.linalg.norm(leaf.grad))}")


def test_grad_is_untouched():
    loss, w, b = line()
    w.grad = np.float64(9.0)
    f = film(loss)
    assert f.frames and f.html()
    assert (w.grad, b.grad) == (9.0, None)


def test_the_visited_op_is_coloured():
    loss, _, _ = line()
    frames = film(loss).frames
    assert ["#FFE680" in frame for frame in frames] == [False, False, True, True, True, True]


def test_of_a_function_and_of_a_model():
    assert "∂out/∂a = " in "\n".join(film(lambda a, b: a * b, 3.0, 2.0).captions)
    model = tg.nn.Sequential([tg.nn.Input((2,)), tg.nn.Dense(3, activation="relu", name="hidden"), tg.nn.Dense(1)])
    model.compile("sgd", "mse")
    before = [w.copy() for w in model.get_weights()]
    f = film(model, np.ones((4, 2)), np.ones((4, 1)))
    assert any("relu" in caption for caption in f.captions)
    assert all((a == b).all() for a, b in zip(before, model.get_weights(), strict=True))


def test_it_shows_itself_in_a_notebook():
    loss, _, _ = line()
    f = film(loss)
    assert f._repr_html_().startswith("<iframe srcdoc=")
    assert repr(f) == '<Film of 6 pictures: save("film.html") or save("film.gif") writes it>'


# -- files --------------------------------------------------------------------------------------------------


def test_a_gif_has_every_picture(engine, tmp_path):
    from PIL import Image

    loss, _, _ = line()
    path = film(loss).save(tmp_path / "a.gif")
    with Image.open(path) as image:
        assert image.n_frames == 6
        pictures = []
        for k in range(6):
            image.seek(k)
            pictures.append(np.asarray(image.convert("RGB")))
    assert all((a != b).any() for a, b in zip(pictures, pictures[1:], strict=False))
    yellow = [(picture == (255, 230, 128)).all(axis=2).mean() for picture in pictures]
    assert min(yellow[2:]) > 0.005 > max(yellow[:2])


def test_svgs_are_numbered(tmp_path):
    loss, _, _ = line()
    f = film(loss)
    paths = f.save(tmp_path / "frame.svg")
    assert [path.name for path in paths] == [f"frame_{k:02}.svg" for k in range(6)]
    assert [path.read_text("utf-8") for path in paths] == f.frames


def test_a_page_needs_nothing_else(tmp_path):
    loss, _, _ = line()
    page = film(loss).save(tmp_path / "a.html").read_text("utf-8")
    assert "http" not in re.sub(r"http://www\.w3\.org/[\w/]+|http-equiv", "", page)
    assert len(page_data(page)["frames"]) == 6


# -- bad input ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("thing", "error", "message"),
    [
        (3.0, TypeError, "expects a Tensor"),
        (Tensor(1.0), ValueError, "nothing in this graph requires one"),
        (variable([1.0, 2.0], "w") * 2.0, ValueError, r"shape \(2,\).*gradient="),
        ([variable(1.0, "w") * 2.0, variable(1.0, "w") * 3.0], ValueError, "several outputs"),
    ],
)
def test_what_has_no_film(thing, error, message):
    with pytest.raises(error, match=message):
        film(thing)


def test_a_leaf_alone_has_no_ops():
    assert len(film(variable(1.0, "w")).captions) == 2


def test_a_gradient_for_an_output_with_several_values():
    w = variable([1.0, 2.0], "w")
    f = film(w * 2.0, gradient=np.array([1.0, 10.0]))
    assert "[1, 10]" in f.captions[1]
    assert "[2, 20]" in f.captions[2]
    with pytest.raises(ValueError, match=r"shape \(2,\); received \(3,\)"):
        film(w * 2.0, gradient=np.ones(3))


def test_a_film_that_would_be_too_long():
    x = variable(1.0, "x")
    y = x
    for _ in range(201):
        y = y + x
    with pytest.raises(ValueError, match=r"201 ops.*limit=201"):
        film(y)
    assert len(film(y, limit=201).captions) == 203


def test_painting_box_by_box_gives_the_picture_painted_at_once(wheel):
    """A part of the picture that is painted anew meets the pixels around it, at sizes that do not divide evenly."""
    import io
    import json

    from PIL import Image

    from tinygrad_edu.viz.graph import moving
    from tinygrad_edu.viz.graph.painter import paint

    dot = 'digraph {rankdir=LR; node [shape=box]; label="one\\lthree"; a [label="x\\ltwo"]; a -> b; b -> c}'
    layout = json.loads(moving.render(dot, "json"))
    after = json.loads(json.dumps(layout))
    box = next(item for item in after["objects"] if item["name"] == "b")
    moving._fill(moving._texts(box), ["q"])
    moving._dress(box, {"stroke": "#0000ff", "fill": "#ffff00", "width": 4})
    moving._fill(moving._texts(after), ["eno", "eerht"])
    for dpi in (72, 96, 131):
        canvas = moving._Canvas(layout, dpi, lambda key: False)
        canvas.change("b", 0, ["q"], {"stroke": "#0000ff", "fill": "#ffff00", "width": 4})
        canvas.write(["eno", "eerht"])
        with Image.open(io.BytesIO(paint(json.dumps(after), "png", dpi))) as image:
            whole = np.asarray(image.convert("RGB"), dtype=int)
        assert canvas.image.size == whole.shape[1::-1]
        assert np.abs(np.asarray(canvas.image, dtype=int) - whole).mean() < 1.0


def test_nan_is_shown_and_marked():
    x = variable(-1.0, "x")
    with np.errstate(invalid="ignore"):
        loss = np.log(x) * 2.0
    f = film(loss)
    assert "grad nan" not in f.frames[0]
    assert "NaN" in "\n".join(f.captions) or "nan" in "\n".join(f.captions)
    assert '"finite":true' in f.html()
    zero = variable(0.0, "x")
    with np.errstate(divide="ignore"):
        f = film(np.log(zero))
    assert "grad inf" in f.frames[-1]
    assert '"finite":false' in f.html()


def test_wrong_endings_and_missing_folders(tmp_path):
    f = film(line()[0])
    with pytest.raises(ValueError, match=r"ends in \.html, \.gif, \.mp4, \.svg; received"):
        f.save(tmp_path / "film.avi")
    with pytest.raises(ValueError, match="positive"):
        f.save(tmp_path / "film.gif", seconds=0)
    for name in ("a.html", "a.gif", "a.svg"):
        with pytest.raises(FileNotFoundError, match="no folder"):
            f.save(tmp_path / "none" / name)
    assert list(tmp_path.iterdir()) == []


def test_without_graphviz(no_engine):
    f = film(line()[0])
    assert f.captions
    with pytest.raises(ImportError, match="pip install"):
        f.html()


def test_names_that_mean_something_elsewhere():
    w = variable(2.0, EVIL)
    loss = w * 3.0
    loss.name = "a<b>'\"\\"
    f = film(loss)
    texts = ["".join(ElementTree.fromstring(frame).itertext()) for frame in f.frames]
    assert all("a<b>'\"\\ = ×" in text for text in texts)
    page = f.html()
    assert "<script>alert" not in page and "a<b>" not in page and "\u2028" not in page
    assert page.count("</script>") == 2
    assert "a<b>'\"\\" in page_data(page)["frames"][2]["caption"][0]


# -- in a browser -------------------------------------------------------------------------------------------


@pytest.mark.browser
class TestInABrowser:
    """Clicks and keys."""

    @pytest.fixture(autouse=True)
    def page(self, chromium, tmp_path):
        chromium.get(film(line()[0]).save(tmp_path / "film.html").as_uri())
        self.chromium = chromium
        yield
        assert complaints(chromium) == []

    def click(self, name):
        self.chromium.find_element("id", name).click()

    def press(self, *keys):
        from selenium.webdriver import ActionChains

        ActionChains(self.chromium).send_keys(*keys).perform()

    def state(self):
        """(number of the picture, the gradients shown, whether it plays)"""
        texts = [x.text for x in self.chromium.find_elements("css selector", "text.slot")]
        playing = self.chromium.find_element("id", "play").text == "Pause"
        return int(self.chromium.find_element("id", "place").get_property("value")), sum(map(bool, texts)), playing

    def test_buttons(self):
        assert self.state() == (0, 0, False)
        self.click("step")
        self.click("step")
        assert self.state() == (2, 2, False)
        assert "Op 1 of 4" in self.chromium.find_element("id", "caption").text
        assert len(self.chromium.find_elements("css selector", ".now")) == 1
        self.click("back")
        assert self.state() == (1, 1, False)
        self.click("last")
        assert self.state() == (5, 6, False)
        assert not self.chromium.find_element("id", "step").is_enabled()
        self.click("first")
        assert self.state() == (0, 0, False)
        assert not self.chromium.find_element("id", "back").is_enabled()

    def test_keys(self):
        from selenium.webdriver.common.keys import Keys

        self.press(Keys.ARROW_RIGHT, Keys.ARROW_RIGHT, Keys.ARROW_RIGHT, Keys.ARROW_LEFT)
        assert self.state()[0] == 2
        self.press(Keys.END)
        assert self.state()[0] == 5
        self.press(Keys.HOME)
        assert self.state()[0] == 0
        self.press(" ")
        assert self.state()[2]
        self.press(" ")
        assert not self.state()[2]

    def test_it_plays_to_the_end_and_from_the_start_again(self):
        from selenium.webdriver.support.ui import Select, WebDriverWait

        Select(self.chromium.find_element("id", "speed")).select_by_visible_text("fast")
        self.click("play")
        WebDriverWait(self.chromium, 20).until(lambda _: self.state() == (5, 6, False))
        self.click("play")
        assert self.state()[0] == 0
        assert self.state()[2]
        self.click("step")
        assert not self.state()[2]

    @pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
    def test_legible_and_accessible(self, dark):
        if dark:
            self.click("theme")
        self.click("last")
        assert violations(self.chromium) == []
        assert self.chromium.execute_script(_SMALLEST_LETTERS) >= 12
        assert self.chromium.execute_script("return document.documentElement.scrollWidth <= innerWidth")
        assert self.chromium.execute_script("return document.documentElement.scrollHeight <= innerHeight")


_SMALLEST_LETTERS = """
const svg = document.querySelector("svg");
const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
const drawn = [...svg.querySelectorAll("text")].map((x) => scale * parseFloat(x.getAttribute("font-size")));
const written = [...document.querySelectorAll("main :not(svg *)")].map((x) => parseFloat(getComputedStyle(x).fontSize));
return Math.min(...drawn, ...written);
"""


# -- for the back row ---------------------------------------------------------------------------------------


def network():
    tg.random.seed(0)
    model = tg.nn.Sequential(
        [tg.nn.Input((2,)), tg.nn.Dense(3, "tanh", name="hidden"), tg.nn.Dense(1, "sigmoid", name="out")]
    )
    model.compile("sgd", "binary_crossentropy")
    return model, np.array([[0.5, -1.0]]), np.array([[1.0]])


def test_a_projector_has_words_for_signs_and_names_for_results():
    f = film_in_either_size(*network())
    titles = {rows[0] for rows in boxes_in_order(f.frames[-1])}
    assert {"x · kernel", "x · kernel + bias", "hidden = tanh", "out = +", "sigmoid", "mean", "sum"} <= titles
    said = "\n".join(f.captions) + "\n".join(re.findall("<text[^>]*>([^<]*)", f.frames[-1]))
    assert not re.search(r"\bv\d|@|\^|H\(σ\)|Σ|shape", said)
    assert "∂loss/∂x = ∂loss/∂(x · kernel) · hidden.kernelᵀ = " in said


def boxes_in_order(svg):
    root = ElementTree.fromstring(svg)
    for group in root.iter(f"{SVG}g"):
        if group.get("class") == "node":
            yield [text.text or "" for text in group.findall(f"{SVG}text")]


def test_a_projector_shows_the_prediction():
    model, x, y = network()
    p = model.predict(x, verbose=0).item()
    shown = [row for rows in boxes_in_order(film_in_either_size(model, x, y).frames[0]) for row in rows]
    assert any(f"p {p:.3g}" in row for row in shown)
    model.compile("sgd", "mse")  # whose graph goes through the prediction
    assert "p = sigmoid" in [rows[0] for rows in boxes_in_order(film_in_either_size(model, x, y).frames[0])]


def test_the_local_derivative_stands_on_the_edge_that_the_gradient_goes_along():
    w, x = variable(-1.5, "w"), Tensor(2.0, name="x")
    f = film_in_either_size(np.tanh(w * x))
    slope = f"× {1 - np.tanh(-3.0) ** 2:.2g}"
    on_edges = [{rows[0] for rows in boxes_in_order(frame) if rows[0].startswith("×")} for frame in f.frames]
    assert on_edges == [set(), set(), {slope}, {"× 2"}]
    assert 'data-head="n' in f.html() and 'data-end="n' in f.html()


def test_small_numbers_and_matrices_are_written_out_and_large_ones_not():
    w = variable([[0.12345, -2.0], [3.0, 4.0]], "w")
    f = film_in_either_size((w * w).sum())
    rows = next(rows for rows in boxes_in_order(f.frames[-1]) if rows[0] == "w")
    assert rows == ["w", "0.123 -2", "3 4", "∂ 0.25 -4", "6 8"]
    big = film_in_either_size((variable(np.ones((3, 4)), "w") * 2.0).sum())
    rows = next(rows for rows in boxes_in_order(big.frames[-1]) if rows[0] == "w")
    assert rows == ["w", "shape (3, 4)", f"∂ norm {2 * np.sqrt(12):.4g}"]


def test_powers_and_long_formulas_have_words():
    a, b = variable(2.0, "a"), variable(3.0, "b")
    captions = film_in_either_size(np.sin(a**2) + b**a).captions
    assert any("a²" in text for text in captions) and any("b to the power a" in text for text in captions)


@pytest.mark.full
def test_a_film_becomes_a_video(tmp_path, monkeypatch):
    import sys

    program = tmp_path / "ffmpeg"
    program.write_text(f"#!{sys.executable}\nimport sys\nopen(sys.argv[-1], 'wb').write(sys.stdin.buffer.read())\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    f = film_in_either_size(line()[0])
    raw = f.save(tmp_path / "film.mp4", seconds=0.5, dpi=40).read_bytes()
    assert len(raw) % (7 * 5 * 3) == 0 and len(raw) > 0  # six pictures, the last one twice as long, each five times


def test_formulas_in_words_keep_the_order_of_operations():
    """3 − (x + y) is not 3 − x + y, and 1 ÷ (1 + x) is not 1 ÷ 1 + x, in a box and in a caption."""

    def computed(x, y):
        return (3.0 - (x + y)) * (1.0 / (1.0 + x)) - (x - y)

    f = film_in_either_size(computed, 2.0, 5.0)
    titles = {rows[0] for rows in boxes_in_order(f.frames[-1])}
    assert {"3 − (x + y)", "1 ÷ (1 + x)", "x − y"} <= titles
    known = {"x": 2.0, "y": 5.0}
    formulas = [step.splitlines()[0].partition(": ")[2].rpartition(" = ")[2] for step in f.captions[2:]]
    values = {step.node.variable: float(step.node.value) for step in f.steps[2:]}
    for text in formulas:
        for word, value in values.items():
            text = text.replace(word, f"({value})") if " " not in word and word not in known else text
        signs = text.replace("−", "-").replace("×", "*").replace("÷", "/")
        assert eval(signs, {}, known) in [pytest.approx(value) for value in values.values()]


def test_an_edge_goes_on_where_its_label_is_not_seen():
    """Every label hides a bridge in its gap, which begins and ends where the two halves of the edge do."""
    f = film_in_either_size(*network())
    for k, frame in enumerate(f.frames):
        groups = list(ElementTree.fromstring(frame).iter(f"{SVG}g"))
        bridges = [points(g) for g in groups if g.get("class") == "edge bridge"]
        named = [(g.get("class"), g.find(f"{SVG}title").text, g) for g in groups if g.find(f"{SVG}title") is not None]
        seen = {title for kind, title, _ in named if kind == "node"}
        lines = [(*title.split("->"), points(g)) for kind, title, g in named if kind == "edge"]
        into = {head: line for _, head, line in lines if head.startswith("on_")}
        out_of = {tail: line for tail, _, line in lines if tail.startswith("on_")}
        assert into.keys() == out_of.keys() and len(into) > 5
        for label, before in into.items():
            bridged = [line for line in bridges if line[:2] == before[-2:] and line[-2:] == out_of[label][:2]]
            assert len(bridged) == (label not in seen), (k, label)


def points(group):
    return numbers_in(group.find(f"{SVG}path").get("d"))


def numbers_in(text):
    return [float(number) for number in re.findall(r"-?\d+\.?\d*", text)]
