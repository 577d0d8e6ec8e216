"""Notebooks, run without a screen: what things show of themselves, and how little `fit` prints."""

import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu.common.display import array_html, history_html, source_html
from tinygrad_edu.nn import Dense, Input, Sequential
from tinygrad_edu.nn.callbacks import History

ROOT = Path(__file__).parents[2]
VOID = {"br", "path", "hr", "img"}

CELLS = {
    "imports": """
import numpy as np, tinygrad_edu as tg
tg.random.seed(1)
""",
    "tensor": 'tg.Tensor([[1.0, -2.0], [0.5, 3.0]], requires_grad=True, name="w <b>")',
    "graph": 'w = tg.Tensor(2.0, requires_grad=True, name="w")\ntg.viz.draw(w * 3.0)',
    "gradcheck": "tg.gradcheck(lambda x: x**2, np.array([1.0, 2.0]))",
    "model": """
model = tg.nn.Sequential([tg.nn.Input((2,)), tg.nn.Dense(4, "relu"), tg.nn.Dense(1)], name="a<b>c")
model
""",
    "history": """
model.compile("sgd", "mse", metrics=["mae"])
x = np.random.default_rng(0).normal(size=(320, 2))
model.fit(x, x.sum(axis=1), epochs=300, validation_split=0.2)
""",
    "program": "model.training_program",
    "plot": "%matplotlib inline\ntg.viz.plot_history(model.history)",
    "plot for later": "figure = tg.viz.plot_history(model.history)\nfigure.savefig('/dev/null', format='png')",
    "plot again": "figure",
    "moving": 'tg.viz.trajectories("bowl", ["sgd"], steps=2, animated=True)',
    "long fit": "history = model.fit(x, x.sum(axis=1), batch_size=1, epochs=8)",
    "fit between prints": """
print("before")
model.fit(x, x.sum(axis=1), epochs=2, verbose=1)
print("after")
""",
    "two fits": "for _ in range(2): model.fit(x, x.sum(axis=1), epochs=3)",
    "line an epoch": "quiet = model.fit(x, x.sum(axis=1), epochs=3, verbose=2)",
    "caught": """
import contextlib, io
with contextlib.redirect_stdout(io.StringIO()) as caught:
    model.fit(x, x.sum(axis=1), epochs=30)
print(caught.getvalue().count("\\n"), "\\r" in caught.getvalue())
""",
    "stopped": """
class Stop(tg.nn.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        raise KeyError("the user's own")
try:
    model.fit(x, x.sum(axis=1), epochs=3, callbacks=[Stop()])
except KeyError as error:
    print(error)
""",
}


@pytest.fixture(scope="module")
def outputs():
    """The outputs of each cell, after all were run by a kernel of their own."""
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source.strip()) for source in CELLS.values()])
    nbclient.NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(ROOT)}}).execute()
    nbformat.validate(notebook)
    return {name: cell.outputs for name, cell in zip(CELLS, notebook.cells, strict=True)}


class Reader(HTMLParser):
    """The texts of HTML whose tags all close."""

    def __init__(self, html):
        super().__init__()
        self.open, self.texts = [], []
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        assert tag not in ("script", "style", "link")
        assert not any(name.startswith("on") or "url(" in (value or "") for name, value in attributes)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


def texts(html):
    return Reader(html).texts


# -- what shows itself ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "kind"),
    [
        ("tensor", "text/html"),
        ("graph", "image/svg+xml"),
        ("gradcheck", "text/html"),
        ("model", "text/html"),
        ("history", "text/html"),
        ("program", "text/html"),
    ],
)
@pytest.mark.full
def test_the_last_line_of_a_cell_shows_itself(outputs, cell, kind):
    shown = outputs[cell][-1]
    assert shown["output_type"] == "execute_result"
    assert {kind, "text/plain"} <= shown["data"].keys()
    assert len(shown["data"][kind]) < 30_000
    if kind == "text/html":
        assert texts(shown["data"][kind])


def html(outputs, cell):
    return outputs[cell][-1]["data"]["text/html"]


@pytest.mark.full
def test_a_tensor_shows_values_shape_type_and_gradient(outputs):
    found = texts(html(outputs, "tensor"))
    assert found[:3] == ["Tensor ", "w <b>", " · shape (2, 2) · float64 · leaf · gradient not computed"]
    assert found[3:] == ["1", "-2", "0.5", "3"]


@pytest.mark.full
def test_a_model_and_its_history_show_tables(outputs):
    assert texts(html(outputs, "model"))[:3] == ["Sequential ", "a<b>c", " · 17 parameters"]
    found = texts(html(outputs, "history"))
    assert found[0] == "History of 300 epochs"
    assert {"loss", "mae", "val_loss", "val_mae"} <= set(found)
    assert html(outputs, "history").count("<path") == 4


@pytest.mark.full
def test_a_program_is_plain_text_with_its_sections_marked(outputs):
    marked = re.findall(r"<b [^>]*>([^<]*)</b>", html(outputs, "program"))
    assert [line.strip() for line in marked][:4] == ["# memory, laid out once", "# forward", "# loss", "# backward"]
    assert "".join(texts(html(outputs, "program"))) == outputs["program"][-1]["data"]["text/plain"].rstrip("\n")


@pytest.mark.full
def test_a_plot_is_shown_once(outputs):
    pytest.importorskip("matplotlib_inline")
    pictures = {
        name: [output["output_type"] for output in outputs[name] if "image/png" in output.get("data", {})]
        for name in ("plot", "plot for later", "plot again", "moving")
    }
    value, end_of_cell = ["execute_result"], ["display_data"]
    assert pictures == {"plot": value, "plot for later": end_of_cell, "plot again": value, "moving": []}
    assert "text/html" in outputs["moving"][-1]["data"]


# -- progress -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cell", ["history", "long fit"])
@pytest.mark.full
def test_progress_leaves_a_line_an_epoch_or_about_ten_of_many(outputs, cell):
    shown = [output for output in outputs[cell] if output["output_type"] == "display_data"]
    assert len(shown) == 1
    assert list(shown[0]["data"]) == ["text/plain"]
    lines = shown[0]["data"]["text/plain"].splitlines()
    for line in lines:
        assert re.fullmatch(r"Epoch \d+/(300|8) [\d.]+s(, \d+s left)?( - (val_)?(loss|mae): [\d.]+)+", line)
    assert re.match("Epoch (300/300|8/8) ", lines[-1])
    assert len(lines) == (11 if cell == "history" else 8)
    assert not [output for output in outputs[cell] if output["output_type"] == "stream"]


@pytest.mark.full
def test_a_line_stands_between_the_prints_around_it(outputs):
    kinds = [(output["output_type"], output.get("text")) for output in outputs["fit between prints"]]
    assert kinds == [("stream", "before\n"), ("display_data", None), ("stream", "after\n")]


@pytest.mark.full
def test_each_training_has_its_line(outputs):
    kinds = [output["output_type"] for output in outputs["two fits"]]
    assert kinds == ["display_data"] * 2


@pytest.mark.full
def test_verbose_2_prints_and_caught_text_is_plain(outputs):
    assert "".join(output["text"] for output in outputs["line an epoch"]).count("\n") == 3
    assert outputs["caught"][0]["text"] == "11 False\n"


@pytest.mark.full
def test_an_error_leaves_the_line(outputs):
    assert outputs["stopped"][-1]["text"] == '"the user\'s own"\n'


# -- without a kernel: what would be hard to see ----------------------------------------------------------


def test_gradients_are_shown_where_there_are_some():
    w = tg.Tensor([1.0, 2.0], requires_grad=True)
    y = (w * w).sum()
    assert "in the graph" in "".join(texts(y._repr_html_()))
    y.backward()
    assert texts(w._repr_html_())[-3:] == ["gradient", "2", "4"]
    assert "no gradient wanted" in "".join(texts(tg.Tensor(3)._repr_html_()))


def test_negative_and_positive_have_their_own_colours_by_size():
    cells = re.findall(r"background:rgba\((.*?)\)\">([^<]*)", array_html(np.array([[-2.0, 0.0, 1.0]])))
    assert cells == [("213,94,0,0.50", "-2"), ("0,114,178,0.00", "0"), ("0,114,178,0.25", "1")]


def test_nan_is_marked():
    shown = array_html(np.array([1.0, np.nan, np.inf]))
    assert shown.count("3px double") == 2
    assert texts(shown) == ["1", "nan", "inf"]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.zeros((0, 3)), "no values"),
        (np.arange(1000.0), "1,000 values · least 0 · mean 499.5 · greatest 999"),
        (np.array([np.nan] * 20), "20 of 20 values are NaN or infinite"),
        (np.ones((2, 3, 4)), "24 values · least 1 · mean 1 · greatest 1"),
        (np.zeros(100, bool), "100 values · least 0 · mean 0 · greatest 0"),
    ],
)
def test_large_arrays_are_told_in_a_line(values, expected):
    shown = array_html(values)
    assert texts(shown)[-1] == expected
    assert len(shown) < 4000


@pytest.mark.parametrize("values", [np.float32(2.5), np.array(True), np.arange(3), np.array([[1], [2]], np.uint8)])
def test_small_arrays_of_any_kind(values):
    assert len(texts(array_html(np.asarray(values)))) == np.size(values)


def test_each_number_of_a_metric_has_a_row():
    history = History()
    for epoch in range(2):
        history.on_epoch_end(epoch, {"f1": np.array([0.25, 0.5 + epoch])})
    found = texts(history_html(history))
    assert found[found.index("f1[1]") :][:5] == ["f1[1]", "0.5", "1.5", "0.5 (1)", "1.5 (2)"]


def test_a_history_that_is_empty_or_has_nan():
    assert texts(history_html(History())) == ["History of 0 epochs"]
    history = History()
    for epoch, loss in enumerate([2.0, np.nan, 1.0, 3.0]):
        history.on_epoch_end(epoch, {"loss": loss, "x<y": np.nan})
    shown = history_html(history)
    found = texts(shown)
    assert found[found.index("loss") :][:5] == ["loss", "2", "3", "1 (3)", "3 (4)"]
    assert found[found.index("x<y") :][:5] == ["x<y", "nan", "nan", "nan", "nan"]
    assert re.search(r'd="M[^"]*M[^"]*L', shown)  # broken at the NaN


def test_an_unbuilt_model_says_so():
    shown = texts(Sequential([Dense(3, name="<i>")])._repr_html_())
    assert "not built yet" in "".join(shown)
    assert {"<i>", "?"} <= set(shown)


def test_a_compiled_model_says_how():
    model = Sequential([Input((2,)), Dense(1)])
    model.compile("adam", "mse")
    assert "Adam, mean_squared_error" in "".join(texts(model._repr_html_()))


def test_source_is_escaped():
    assert texts(source_html("a < b\n# <script>")) == ["a < b\n", "# <script>"]
