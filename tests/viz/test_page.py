"""The page to explore a graph: what stands behind each box, its layers, its lines of code, its keys and clicks."""

import json
import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
from browser import complaints, violations

import tinygrad_edu as tg
from tinygrad_edu import Tensor
from tinygrad_edu.viz.graph.lines import places, source_lines
from tinygrad_edu.viz.graph.page import explore

EVIL = "</script><script>alert(1)</script>\"'&\\ñ\u2028"


def variable(data, name):
    return Tensor(data, requires_grad=True, name=name)


def network():
    layers = tg.nn
    model = layers.Sequential(
        [
            layers.Input((3,)),
            layers.Dense(4, activation="relu", name="hidden"),
            layers.Dense(2, activation="softmax", name="out"),
        ]
    )
    model.compile("sgd", "sparse_categorical_crossentropy")
    return model


def batch():
    return np.arange(15.0).reshape(5, 3) / 15, np.array([0, 1, 0, 1, 1])


def data_of(page):
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', page.html(), re.S)[1])


def box_of(page, title):
    return next(box for box in data_of(page)["boxes"].values() if box["title"] == title)


def svgs(page):
    return re.findall(r"<svg.*?</svg>", page.html(), re.S)


# -- what stands behind a box -------------------------------------------------------------------------------


def test_the_whole_array_and_its_gradient():
    w = variable([[1.0, -2.0], [3.0, 4.0]], "w")
    box = box_of(explore((w * w).sum()), "w")
    assert box["value"] == {"shape": "(2, 2)", "heads": ["[0]", "[1]"], "rows": [[1.0, -2.0], [3.0, 4.0]]}
    assert box["gradient"]["rows"] == [[2.0, -4.0], [6.0, 8.0]]
    assert dict(box["facts"]) == {"kind": "leaf with a gradient", "shape": "(2, 2)", "dtype": "float64"}
    assert w.grad is None


def test_vectors_are_folded_and_higher_arrays_have_their_index():
    page = explore((variable(np.arange(10.0), "v") * 1.0).sum())
    assert box_of(page, "v")["value"]["heads"] == ["[0]", "[8]"]
    assert box_of(page, "v")["value"]["rows"] == [[0, 1, 2, 3, 4, 5, 6, 7], [8, 9]]
    page = explore(variable(np.ones((2, 2, 3)), "t").sum())
    assert box_of(page, "t")["value"]["heads"] == ["[0, 0]", "[0, 1]", "[1, 0]", "[1, 1]"]


@pytest.mark.parametrize("shape", [(33, 32), (2, 33), (1025,)])
def test_large_arrays_are_summed_up(shape):
    w = np.zeros(shape)
    w.flat[0], w.flat[1] = -1.0, 3.0
    box = box_of(explore(variable(w, "w").sum()), "w")
    assert "rows" not in box["value"]
    figures = dict(box["value"]["figures"])
    assert (figures["min"], figures["max"], figures["numbers"]) == ("-1", "3", f"{w.size:,}")
    assert float(figures["mean"]) == pytest.approx(2 / w.size, rel=1e-3)
    assert "rows" in box_of(explore(variable(np.ones((32, 32)), "w").sum()), "w")["value"]


def test_nan_and_infinity():
    x = variable([1.0, np.nan, -np.inf], "x")
    box = box_of(explore((x * 2.0).sum()), "x")
    assert box["value"]["rows"] == [[1.0, "NaN", "-Infinity"]]
    big = np.ones((40, 40))
    big[0, 0] = np.nan
    assert dict(box_of(explore(variable(big, "x").sum()), "x")["value"]["figures"])["NaN or infinite"] == "1"
    assert "holds NaN or infinity" in explore((x * 2.0).sum()).html()


def test_no_gradient_is_said_and_not_zero():
    w = variable([1.0, 2.0], "w")
    page = explore(w * 2.0)
    assert box_of(page, "w")["gradient"] is None
    assert "Gradients are not computed: the output has shape (2,)" in page.html()
    assert box_of(explore(w * 2.0, gradient=np.array([1.0, 10.0])), "w")["gradient"]["rows"] == [[2.0, 20.0]]
    assert box_of(explore(Tensor(1.0, name="c")), "c")["gradient"] is None


# -- lines of code ------------------------------------------------------------------------------------------


def test_the_line_that_made_it():
    with source_lines():
        w = variable(2.0, "w")
        doubled = np.sin(w) * 2.0  # this line
        doubled.name = "doubled"
    (line,) = box_of(explore(doubled), "doubled = ×")["lines"]
    assert line["place"].startswith("tests/viz/test_page.py:") or line["place"].startswith("test_page.py:")
    assert dict(line["around"])[line["number"]].strip() == "doubled = np.sin(w) * 2.0  # this line"


def test_functions_are_watched_by_themselves():
    def parabola(x):
        return x**2 / 6

    (line,) = box_of(explore(parabola, 3.0), "power")["lines"]
    assert "return x**2 / 6" in dict(line["around"])[line["number"]]


def test_a_layer_of_ones_own():
    class Twice(tg.nn.Layer):
        def call(self, x):
            return np.sin(x) * 2  # in call

    model = tg.nn.Sequential([tg.nn.Input((2,)), Twice(), tg.nn.Dense(1)])
    lines = box_of(explore(model, np.ones((1, 2))), "sin")["lines"]
    assert "# in call" in dict(lines[0]["around"])[lines[0]["number"]]


def test_nothing_is_noted_outside():
    y = variable(2.0, "w") * 3.0
    assert places(y) == []
    assert box_of(explore(y), "×")["lines"] == []


def test_gradients_are_the_same_while_lines_are_noted():
    with source_lines():
        w = variable([1.0, 2.0], "w")
        (w**3).sum().backward()
        with tg.no_grad():
            assert not (w * 2.0).requires_grad
    assert type(w.grad) is np.ndarray
    assert w.grad.tolist() == [3.0, 12.0]


def test_a_model_learns_while_lines_are_noted():
    model = network()
    before = model.get_weights()[0].copy()
    with source_lines():
        model.fit(*batch(), epochs=2, verbose=0)
    assert (model.get_weights()[0] != before).any()


# -- layers -------------------------------------------------------------------------------------------------


def test_a_view_for_each_layer():
    page = explore(network(), *batch())
    assert re.findall(r"<option value=\"\d\">([^<]*)", page.html()) == [
        "every operation",
        "closed layers",
        "inside of hidden",
        "inside of out",
        "inside of loss",
    ]
    titles = [set(re.findall(r'aria-label="([^",]*)', svg)) for svg in svgs(page)]
    assert {"hidden", "out", "loss"} <= titles[1]
    assert "out" in titles[2] and "hidden" not in titles[2] and "relu" in titles[2]
    layers = [sorted(group["layer"] for group in view.values()) for view in data_of(page)["groups"]]
    assert layers == [[], ["hidden", "loss", "out"], ["loss", "out"], ["hidden", "loss"], ["hidden", "out"]]


def test_a_graph_too_large_is_collapsed():
    x = variable(1.0, "x")
    y = x
    for _ in range(500):
        y = y * 1.01
    page = explore(y)
    assert len(svgs(page)) == 1
    assert page.boxes < 20
    assert len(data_of(page)["boxes"]) < 20
    assert "more than the limit of 400" in page.html()


def test_a_model_of_mnist_fits(tmp_path):
    model = tg.nn.Sequential(
        [tg.nn.Input((784,)), tg.nn.Dense(128, activation="relu"), tg.nn.Dense(10, activation="softmax")]
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    path = explore(model, np.ones((128, 784)), np.zeros(128, int)).save(tmp_path / "a.html")
    assert path.stat().st_size < 2_000_000


def test_many_arrays_fit(tmp_path):
    w = variable(np.full((32, 32), 1 / 3), "w")
    y = w
    for _ in range(150):
        y = np.tanh(y) * -1.2345
    assert explore(y.sum()).save(tmp_path / "a.html").stat().st_size < 2_000_000


# -- files and bad input ------------------------------------------------------------------------------------


def test_each_engine(engine):
    page = explore(variable(2.0, "w") * 3.0)
    assert 'data-box="n0"' in page.html()
    for svg in svgs(page):
        ElementTree.fromstring(svg)


def test_without_graphviz(no_engine):
    with pytest.raises(ImportError, match="pip install"):
        explore(variable(2.0, "w") * 3.0).html()


def test_it_shows_itself_in_a_notebook():
    page = explore(variable(2.0, "w") * 3.0)
    assert page._repr_html_().startswith("<iframe srcdoc=")
    assert repr(page) == '<Page of 3 boxes: save("graph.html") writes it>'


def test_wrong_endings_and_missing_folders(tmp_path):
    page = explore(variable(2.0, "w") * 3.0)
    with pytest.raises(ValueError, match=r"ends in \.html; received"):
        page.save(tmp_path / "a.svg")
    with pytest.raises(FileNotFoundError, match="no folder"):
        page.save(tmp_path / "none" / "a.html")
    assert list(tmp_path.iterdir()) == []


def test_what_has_no_graph():
    with pytest.raises(TypeError, match="expects a Tensor"):
        explore(3.0)
    with pytest.raises(ValueError, match="not built yet"):
        explore(tg.nn.Sequential([tg.nn.Dense(1)]))
    with pytest.raises(ValueError, match="direction"):
        explore(variable(2.0, "w") * 3.0, direction="up")


def test_names_that_mean_something_elsewhere():
    y = variable(2.0, EVIL) * 3.0
    y.name = "a<b>'\"\\"
    page = explore(y)
    text = page.html()
    assert "<script>alert" not in text and "a<b>" not in text and "\u2028" not in text
    assert text.count("</script>") == 2
    assert box_of(page, "a<b>'\"\\ = ×")["value"]["rows"] == [[6.0]]
    assert "a<b>'\"\\ = ×" in "".join(ElementTree.fromstring(svgs(page)[0]).itertext())


# -- in a browser -------------------------------------------------------------------------------------------


@pytest.mark.browser
class TestInABrowser:
    """Clicks and keys."""

    @pytest.fixture(autouse=True)
    def page(self, chromium, tmp_path):
        chromium.get(explore(network(), *batch()).save(tmp_path / "graph.html").as_uri())
        self.chromium = chromium
        yield
        assert complaints(chromium) == []

    def box(self, label):
        return self.chromium.find_element("css selector", f'.view:not([hidden]) [data-box][aria-label^="{label}"]')

    def panel(self):
        return self.chromium.find_element("id", "panel").text

    def press(self, *keys):
        from selenium.webdriver import ActionChains

        ActionChains(self.chromium).send_keys(*keys).perform()

    def seen(self):
        """The part of the drawing that is seen: left, top, width, height."""
        svg = self.chromium.find_element("css selector", ".view:not([hidden]) svg")
        return [float(x) for x in svg.get_dom_attribute("viewBox").split()]

    def view(self):
        return self.chromium.execute_script("const v = document.getElementById('view'); return v.options[v.value].text")

    def test_tab_reaches_a_box_and_shows_it(self):
        from selenium.webdriver.common.keys import Keys

        self.chromium.find_element("id", "fit").click()
        self.press(Keys.TAB, Keys.TAB)
        assert self.chromium.execute_script("return document.activeElement.dataset.box") is not None
        assert self.panel().startswith("x\n")
        self.press(Keys.TAB)
        assert self.panel().startswith("hidden/kernel\n")

    def test_pointing_at_a_box_shows_its_array_and_its_gradient(self):
        from selenium.webdriver import ActionChains

        ActionChains(self.chromium).move_to_element(self.box("kernel, shape (3, 4)")).perform()
        assert "Value, shape (3, 4)" in self.panel()
        assert "Gradient, shape (3, 4)" in self.panel()
        assert len(self.chromium.find_elements("css selector", "#panel td")) == 24

    def test_a_layer_opens_and_closes(self):
        from selenium.webdriver import ActionChains
        from selenium.webdriver.common.keys import Keys

        self.box("relu").send_keys(Keys.ENTER)
        assert self.view() == "closed layers"
        assert "hidden" in self.panel()
        self.press(Keys.ENTER)
        assert self.view() == "inside of hidden"
        assert "layer\nhidden" in self.panel()
        ActionChains(self.chromium).double_click(self.box("out")).perform()
        assert self.view() == "inside of out"
        self.box("hidden").click()
        assert self.view() == "inside of hidden"
        ActionChains(self.chromium).move_to_element(self.box("out")).perform()
        self.chromium.find_element("css selector", "#panel button").click()
        assert self.view() == "inside of out"
        ActionChains(self.chromium).drag_and_drop_by_offset(self.box("hidden"), 60, 0).perform()
        assert self.view() == "inside of out"

    def test_zoom_and_move(self):
        from selenium.webdriver.common.keys import Keys

        start = self.seen()
        self.chromium.find_element("id", "in").click()
        assert self.seen()[2] == pytest.approx(start[2] / 1.25, rel=1e-3)
        self.chromium.find_element("id", "out").click()
        assert self.seen() == pytest.approx(start, rel=1e-3, abs=0.1)
        canvas = self.chromium.find_element("id", "canvas")
        canvas.send_keys("+", "+", Keys.ARROW_RIGHT)
        assert self.seen()[2] == pytest.approx(start[2] / 1.25**2, rel=1e-3)
        canvas.send_keys("-", "0")
        whole = self.seen()
        canvas.send_keys(Keys.ARROW_RIGHT, Keys.ARROW_DOWN)
        assert self.seen()[0] > whole[0]
        assert self.seen()[1] > whole[1]
        canvas.send_keys("0")
        assert self.seen() == pytest.approx(whole)

    def test_wheel_and_drag(self):
        from selenium.webdriver import ActionChains
        from selenium.webdriver.common.actions.wheel_input import ScrollOrigin

        canvas = self.chromium.find_element("id", "canvas")
        start = self.seen()
        ActionChains(self.chromium).scroll_from_origin(ScrollOrigin.from_element(canvas), 0, -200).perform()
        zoomed = self.seen()
        assert zoomed[2] < start[2] * 0.8
        ActionChains(self.chromium).drag_and_drop_by_offset(canvas, 50, 30).perform()
        assert self.seen()[0] < zoomed[0]
        assert self.seen()[1] < zoomed[1]

    @pytest.mark.parametrize(("layers", "shown"), [(3, "every operation"), (10, "closed layers")])
    def test_it_begins_with_what_is_legible(self, tmp_path, layers, shown):
        hidden = [tg.nn.Dense(8, "relu", name=f"hidden_{i}") for i in range(layers - 1)]
        model = tg.nn.Sequential([tg.nn.Input((3,)), *hidden, tg.nn.Dense(2, "softmax", name="out")])
        model.compile("sgd", "sparse_categorical_crossentropy")
        self.chromium.get(explore(model, *batch()).save(tmp_path / "a.html").as_uri())
        assert self.view() == shown
        assert ("closed" in self.chromium.find_element("id", "said").text) == (layers == 10)
        assert self.chromium.execute_script(_SMALLEST_LETTERS) >= 12
        left, top, width, height = self.seen()
        drawing = self.chromium.execute_script(_WHOLE)
        assert left - 0.1 <= drawing["left"] and drawing["right"] <= left + width + 0.1
        assert top - 0.1 <= drawing["top"] and drawing["bottom"] <= top + height + 0.1

    def test_no_text_touches_a_border(self):
        assert self.chromium.execute_script(_LEAST_MARGIN) >= 2

    def test_the_drawing_is_dark_in_the_dark(self):
        self.chromium.find_element("id", "theme").click()
        letters, paper = self.chromium.execute_script(_COLOURS)
        assert min(letters) > 200 and max(paper) < 80

    @pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
    def test_legible_and_accessible(self, dark):
        if dark:
            self.chromium.find_element("id", "theme").click()
        self.box("kernel").click()
        assert violations(self.chromium) == []
        assert self.chromium.execute_script(_SMALLEST_LETTERS) >= 12
        assert self.chromium.execute_script("return document.documentElement.scrollWidth <= innerWidth")
        assert self.chromium.execute_script("return document.documentElement.scrollHeight <= innerHeight")

    def test_the_line_of_code(self, tmp_path):
        def loss(w):
            return np.sin(w) * 2

        self.chromium.get(explore(loss, 3.0).save(tmp_path / "a.html").as_uri())
        self.box("sin").click()
        assert "test_page.py:" in self.panel()
        marked = self.chromium.find_element("css selector", "#panel mark").text
        assert "return np.sin(w) * 2" in marked


_SMALLEST_LETTERS = """
const svg = document.querySelector(".view:not([hidden]) svg");
const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
const drawn = [...svg.querySelectorAll("text")].map((x) => scale * parseFloat(x.getAttribute("font-size")));
const written = [...document.querySelectorAll("main :not(svg *)")].map((x) => parseFloat(getComputedStyle(x).fontSize));
return Math.min(...drawn, ...written) + 1e-6;
"""

_WHOLE = """
const svg = document.querySelector(".view:not([hidden]) svg");
const box = svg.querySelector("g").getBoundingClientRect();
const at = (x, y) => new DOMPoint(x, y).matrixTransform(svg.getScreenCTM().inverse());
const [start, end] = [at(box.left, box.top), at(box.right, box.bottom)];
return {left: start.x, top: start.y, right: end.x, bottom: end.y};
"""

_LEAST_MARGIN = """
const margins = [...document.querySelectorAll(".view:not([hidden]) [data-box]")].flatMap((box) => {
  const border = box.querySelector("path, polygon").getBBox();
  return [...box.querySelectorAll("text")].map((text) => {
    const { x, width } = text.getBBox();
    return Math.min(x - border.x, border.x + border.width - x - width);
  });
});
return Math.min(...margins);
"""

_COLOURS = """
const boxes = [...document.querySelectorAll(".view:not([hidden]) [data-box]")];
const fills = (what) => boxes.map((box) => getComputedStyle(box.querySelector(what)).fill);
const brightness = (fill) => fill.match(/\\d+/g).slice(0, 3).reduce((sum, x) => sum + Number(x), 0) / 3;
return [fills("text").map(brightness), fills("path, polygon").map(brightness)];
"""
