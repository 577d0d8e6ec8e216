"""The table of a model: the text of Keras, character by character."""

import io
import sys

import pytest
from golden_figures import load

import tinygrad_edu as tg
from tinygrad_edu.nn import Dense, Input, Sequential, summary

GOLDEN, KERAS = load("summary_keras")
HINT = " Unbuilt: add Input((features,)) first, call build((None, features)), or fit it.\n"

# Where a model was built from data, Keras shows the size of that first batch, and nothing for layers without weights
# inside a subclassed model. Here the batch axis is always None.
OF_THE_BATCH = {
    "fed": [("(3, 5)   ", "(None, 5)"), ("(3, 2)   ", "(None, 2)")],
    "subclassed, trained": [
        ("(4, 6)   ", "(None, 6)"),
        ("(4, 2)   ", "(None, 2)"),
        ("drop (Dropout)                      │ ?        ", "drop (Dropout)                      │ (None, 6)"),
    ],
}


def expected(name):
    text = KERAS[name]
    for theirs, ours in OF_THE_BATCH.get(name, ()):
        assert theirs in text
        text = text.replace(theirs, ours)
    return text


@pytest.fixture(autouse=True)
def columns(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")  # which the cases change


@pytest.mark.parametrize("name", GOLDEN.CASES)
def test_the_text_of_keras(name):
    ours = GOLDEN.text_of(tg.keras, name)
    if ours.endswith(HINT):
        assert "unbuilt" in name or name in ("empty", "subclassed")
        ours = ours.removesuffix(HINT)
    assert ours == expected(name)


@pytest.mark.parametrize(
    ("place", "wrong"),
    [
        ("memory", lambda size: f"{size / 1000:.2f} KB"),
        ("_shape", lambda shape: str(shape or "?").replace(" ", "")),
        ("_bytes", lambda weight: weight.size * weight.dtype.itemsize),
        ("_NOT_YET", set()),
    ],
)
def test_a_wrong_table_would_be_noticed(place, wrong, monkeypatch):
    """Mutants."""
    monkeypatch.setattr(summary, place, wrong)
    names = ["trained", "unbuilt"]
    assert any(GOLDEN.text_of(tg.keras, name).removesuffix(HINT) != expected(name) for name in names)


def printed(model, **options):
    texts = []
    model.summary(print_fn=texts.append, **options)
    return "".join(texts)


def test_without_a_function_it_is_printed_and_a_pipe_gets_no_colours(capsys):
    model = GOLDEN.dense(tg.keras)
    text = printed(model)
    assert capsys.readouterr().out == ""
    model.summary()
    assert capsys.readouterr().out == text == KERAS["dense"]
    assert "\x1b" not in text


def test_a_terminal_gets_bold_letters(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr(sys, "stdout", Terminal())
    GOLDEN.dense(tg.keras).summary()
    assert '\x1b[1mModel: "net"\x1b[0m' in sys.stdout.getvalue()


def test_an_unbuilt_model_says_how_to_build_it():
    assert printed(Sequential([Dense(1)])).endswith(HINT)
    assert HINT.strip().startswith("Unbuilt: add Input((features,)) first, call build(")
    assert "Unbuilt" not in printed(Sequential([Input((2,)), Dense(1)]))
    assert "Unbuilt" in printed(Sequential())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"positions": [0.5, 1.0]}, "three columns"),
        ({"line_length": 10}, "larger line_length"),
        ({"layer_range": ["hidden"]}, "the first and the last layer"),
        ({"layer_range": ["hidden", "missing"]}, "which has hidden, out"),
    ],
)
def test_what_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        printed(GOLDEN.dense(tg.keras), **options)


def test_bytes_for_people():
    sizes = {
        0: "0.00 B",
        1023: "1023.00 B",
        1024: "1.00 KB",
        3 << 20: "3.00 MB",
        5 << 30: "5.00 GB",
        5 << 40: "5.00 TB",
        5 << 60: "5120.00 PB",
    }
    assert {size: summary.memory(size) for size in sizes} == sizes
