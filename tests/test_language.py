"""Everything that is shown has its Spanish: each text in the code, and each that is said while pictures are made."""

import ast
import re
import sys
from pathlib import Path

import numpy as np
import pytest
from matplotlib.text import Text

import tinygrad_edu as tg
from tinygrad_edu.nn import Dense, Input, Sequential
from tinygrad_edu.nn.callbacks import GradientRecorder, WeightRecorder
from tinygrad_edu.viz.texts import say, translated

VIZ = Path(tg.viz.__file__).parent
FIELD = re.compile(r"{\w*[^}]*}")


def written_texts(source):
    """The texts of a module that it says: those given to `say`, and those between « and » in a template."""
    for call in ast.walk(ast.parse(source)):
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "say":
            yield from [text.value for text in call.args[:1] if isinstance(text, ast.Constant)]
        if isinstance(call, ast.Constant) and isinstance(call.value, str) and call.value.startswith("<"):
            yield from re.findall("«([^»]+)»", call.value)


def test_every_text_of_the_pictures_is_there_in_spanish():
    spanish, said = say.table("es"), set()
    for path in VIZ.rglob("*.py"):
        said |= set(written_texts(path.read_text("utf-8")))
    for path in (VIZ / "pages").glob("*.js"):
        said |= set(re.findall(r'say\("([^"]+)"\)', path.read_text("utf-8")))
    assert len(said) > 120
    assert sorted(said - set(spanish)) == []
    for english, text in spanish.items():
        assert text.strip() and sorted(FIELD.findall(english)) == sorted(FIELD.findall(text)), english


def test_a_new_text_is_found():
    assert list(written_texts('label = say("a new text", n=1); body = "<p>«and here»</p>"')) == [
        "a new text",
        "and here",
    ]


def network():
    tg.random.seed(0)
    model = Sequential([Input((2,)), Dense(3, "tanh", name="oculta"), Dense(1, "sigmoid", name="salida")])
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    x = np.random.default_rng(0).normal(size=(40, 2)).astype("float32")
    return model, x, (x[:, :1] > 0).astype("float32")


def pictures(folder):
    """Makes pictures and pages of every kind; the matplotlib Figures among them."""
    viz, (model, x, y) = tg.viz, network()
    weights, gradients = WeightRecorder(), GradientRecorder()
    history = model.fit(x, y, epochs=3, verbose=0, validation_split=0.2, callbacks=[weights, gradients])
    viz.draw(model, x[:1], y[:1], view="backward", order=True, derivatives=True)
    viz.draw(model, x, y, limit=3)
    viz.draw(model)
    viz.film(model, x[:3], y[:3]).html()
    viz.explore(model, x[:1], y[:1]).html()
    viz.report(model, history, folder / "a.html", x, y)
    return [
        viz.plot_history(history),
        viz.plot_history({"a": history, "b": history}),
        viz.plot_weights(model),
        viz.plot_weights(weights),
        viz.plot_gradients(gradients),
        viz.decision_boundary(model, x, y),
        viz.confusion([0, 1, 1], [0, 1, 0]),
        viz.landscape(model, x, y, weights, points=3),
        viz.learning_rate_range(model, x, y, steps=20),
        viz.gradient_noise(model, x, y),
        viz.trajectories("bowl", [tg.optim.SGD(0.05)], steps=3),
        viz.plot_path(lambda x: x**2, tg.optim.minimize(lambda x: x**2, 3.0, tg.optim.SGD(0.1), steps=3)),
    ]


NAMES = {
    "error",
    "normal",
    "loss",
    "binary",
    "crossentropy",
    "accuracy",
    "sequential",
    "oculta",
    "kernel",
    "salida",
    "bias",
}  # names, and words that Spanish has too


def words_of(figure):
    """The words in a figure that are no names."""
    return set(re.findall(r"[a-z]{4,}", " ".join(text.get_text() for text in figure.findobj(Text)))) - NAMES


@pytest.mark.full
def test_no_figure_has_an_english_word_in_spanish(tmp_path):
    tg.language("en")
    english = [words_of(figure) for figure in pictures(tmp_path)]
    if "matplotlib.pyplot" in sys.modules:  # which keeps every figure, and warns of too many
        sys.modules["matplotlib.pyplot"].close("all")
    tg.language("es")
    for words, figure in zip(english, pictures(tmp_path), strict=True):
        assert words & words_of(figure) == set(), figure


@pytest.mark.full
def test_no_text_is_said_that_has_no_spanish(tmp_path, monkeypatch):
    missing, table = set(), say.table("es")
    plain = type(say).__call__

    def noting(texts, text, /, **fields):
        missing.update({text} - set(table))
        return plain(texts, text, **fields)

    monkeypatch.setattr(type(say), "__call__", noting)
    tg.language("es")
    pictures(tmp_path)
    assert missing == set()
    page = (tmp_path / "a.html").read_text("utf-8")
    assert '<html lang="es">' in page and "Cómo se entrenó" in page and "How it was trained" not in page


def test_a_film_and_its_page_are_spanish_where_that_is_chosen():
    x = tg.Tensor(3.0, requires_grad=True, name="x")
    tg.language("es")
    film = tg.viz.film(x * x)
    assert film.captions[1] == "Hacia atrás: empieza con ∂out/∂out = 1."
    page = film.html()
    assert "Reproducir" in page and ">Play<" not in page and '<html lang="es">' in page
    tg.language("en")
    assert translated("«Play»") == "Play"


def test_the_language_follows_the_locale_until_one_is_chosen(monkeypatch):
    monkeypatch.setenv("LANG", "es_AR.UTF-8")
    assert tg.language() == "es"
    assert tg.language("en") == tg.language() == "en"


def test_an_unknown_language_is_refused_and_changes_nothing():
    with pytest.raises(ValueError, match="Unknown language 'fr'.*Known: en, es"):
        tg.language("fr")
    assert tg.language() == "en"


def test_the_doctor_speaks_the_language_that_is_chosen():
    model, x, y = network()
    model.trainable = False
    model.compile("sgd", "mse")
    tg.language("es")
    assert "Diagnóstico" in str(tg.diagnose(model, x, y, epochs=1))
    assert "Diagnosis" in str(tg.diagnose(model, x, y, epochs=1, language="en"))
