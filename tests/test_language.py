"""Everything that is shown has its Spanish: each text in the code, and each that is said while pictures are made."""

import ast
import io
import json
import re
import sys
import tokenize
from pathlib import Path

import numpy as np
import pytest
from matplotlib.text import Text

import tinygrad_edu as tg
from tinygrad_edu.common.language import Texts
from tinygrad_edu.common.naming import snake_case
from tinygrad_edu.doctor.sentences import SENTENCES
from tinygrad_edu.engine.op import registry
from tinygrad_edu.exercises import exercises
from tinygrad_edu.gradcheck.texts import TEXTS, Phrase, sentences
from tinygrad_edu.nn import Dense, Input, Sequential
from tinygrad_edu.nn.callbacks import GradientRecorder, WeightRecorder
from tinygrad_edu.nn.texts import metric_name
from tinygrad_edu.viz.texts import say, translated

PACKAGE = Path(tg.__file__).parent
VIZ = PACKAGE / "viz"
FIELD = re.compile(r"{\w*[^}]*}")
WORD = re.compile(r"[^\W\d_]{3,}")
TRANSLATING = {"say", "sentence", "word", "metric_name"}
SOURCES = {
    path.relative_to(PACKAGE).as_posix(): path.read_text("utf-8")
    for path in PACKAGE.rglob("*.py")
    if "tasks" not in path.parts
}
# What matplotlib and rich show of the arguments of a call, by the name of the function, and by that of the argument.
SHOWING = {"set_title", "set_xlabel", "set_ylabel", "set_label", "suptitle", "text", "annotate", "dress", "Column"}
SHOWN = {"label", "title", "xlabel", "ylabel", "zlabel", "caption"}


def name_of(call):
    """The last name of what is called."""
    return getattr(call.func, "id", getattr(call.func, "attr", ""))


def written_texts(source):
    """The texts of a module that it says: those given to `say`, and those between « and » in a template."""
    for call in ast.walk(ast.parse(source)):
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "say":
            yield from [text.value for text in call.args[:1] if isinstance(text, ast.Constant)]
        if isinstance(call, ast.Constant) and isinstance(call.value, str) and call.value.startswith("<"):
            yield from re.findall("«([^»]+)»", call.value)


def own_words(node):
    """The texts with words in an expression that no function translates; keys and keyword arguments are none."""
    waiting = [node]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and WORD.search(node.value):
            yield node.value
        elif isinstance(node, ast.Call):
            parts = [*node.args, node.func.value] if isinstance(node.func, ast.Attribute) else node.args
            waiting += [] if name_of(node) in TRANSLATING else parts
        elif isinstance(node, ast.Subscript | ast.FormattedValue):
            waiting.append(node.value)
        elif not isinstance(node, ast.Compare):
            waiting += ast.iter_child_nodes(node)


def untranslated(source):
    """The texts that a module prints or draws as they stand, whatever the language."""
    for call in ast.walk(ast.parse(source)):
        if isinstance(call, ast.Call):
            shown = [keyword.value for keyword in call.keywords if keyword.arg in SHOWN]
            shown += call.args if name_of(call) in SHOWING | {"print"} else []
            for node in shown:
                yield from own_words(node)


def test_nothing_is_printed_or_drawn_that_has_one_language():
    markup = re.compile(r"\[/?(?:bold|color\(\d+\))?\]|utf-8|python3 -m .*")  # rich's, an encoding, a command
    for path, source in SOURCES.items():
        found = [text for text in untranslated(source) if WORD.search(markup.sub("", text))]
        assert found == [], path


def test_a_new_text_that_is_printed_or_drawn_is_found():
    source = """
print(f"Epoch {epoch}: {names['loss']}")
print(say("a text {n}", n=1), key["word"])
axis.set_title("the losses" if several else say("loss"))
axis.plot(x, label="of training")
axis.set(xlabel=say("Epoch"))
"""
    assert list(untranslated(source)) == ["Epoch ", "the losses", "of training"]


@pytest.mark.parametrize("room", sorted({path.parent.name for path in PACKAGE.glob("*/es.json")} - {"site"}))
def test_every_text_of_a_room_is_there_in_spanish(room):
    """Of the rooms whose texts stand in Python; the classroom's page has its own in its templates, and its own test."""
    folder = PACKAGE / room
    spanish, said = Texts(folder).table("es"), set()
    for path, source in SOURCES.items():
        said |= set(written_texts(source)) if path.startswith(f"{room}/") else set()
    for path in folder.glob("pages/*.js"):
        said |= set(re.findall(r'say\("([^"]+)"\)', path.read_text("utf-8")))
    said |= set(TEXTS.values()) if room == "gradcheck" else set()
    declared = [op for op in registry.values() if vars(sys.modules[op.call.__module__]).get(op.name) is op.call]
    said |= {op.word for op in declared} if room == "viz" else set()
    assert len(said) > {"viz": 120}.get(room, 10)
    assert sorted(said - set(spanish)) == []
    for english, text in spanish.items():
        assert text.strip() and sorted(FIELD.findall(english)) == sorted(FIELD.findall(text)), english


def test_what_the_command_line_and_the_doctor_say_is_there_in_both_languages():
    messages = json.loads((PACKAGE / "exercises" / "messages.json").read_text("utf-8"))
    same = {"total", "argparse_error", "word_number", "part.one", "score.r2"}
    for key, texts in [*messages.items(), *SENTENCES.items()]:
        assert set(texts) == {"en", "es"} and (texts["en"] != texts["es"] or key in same), key
        assert set(FIELD.findall(texts["en"])) == set(FIELD.findall(texts["es"])), key


def test_the_starters_of_the_exercises_have_their_comments_in_spanish():
    for exercise in exercises():
        tokens = tokenize.generate_tokens(io.StringIO(exercise.starter_in("es")).readline)
        written = [
            t.string for t in tokens if t.type == tokenize.COMMENT or '"""' in t.string or " " in t.string.strip()
        ]
        spanish = Texts(PACKAGE / "exercises" / "tasks").table("es").values()
        words = [text for text in written if WORD.search(text) and not any(known in text for known in spanish)]
        assert words == [], exercise.name


def test_the_parts_of_a_diagnosis_are_in_its_language():
    """A result without a name, and rows of three classes, stand in sentences of both languages."""
    phrase = Phrase("phrase_gradient", value=Phrase("phrase_result", op="relu"))
    assert (phrase, phrase.said(sentences("es"))) == (
        "the gradient of the result of 'relu'",
        "el gradiente de el resultado de 'relu'",
    )
    model = Sequential([Input((2,)), Dense(3, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    x = np.random.default_rng(0).normal(size=(60, 2))
    tg.language("es")
    text = str(tg.diagnose(model, x, 1 + (x[:, 0] > 0) + (x[:, 1] > 0), epochs=1))
    assert "1 y 2 y 3" in text and "números enteros de 0 a 2" in text and " and " not in text


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
    assert film.captions[1] == "Hacia atrás: empieza con ∂salida/∂salida = 1."
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


def test_metrics_have_their_spanish_names_and_a_history_keeps_those_of_keras(capsys):
    tg.language("es")
    model = Sequential([Input((2,)), Dense(1, "sigmoid")])
    model.compile("sgd", "binary_crossentropy", metrics=["accuracy", "mae"])
    x, y = np.ones((8, 2)), np.ones(8)
    history = model.fit(x, y, epochs=1, validation_data=(x, y), verbose=2)
    said = capsys.readouterr().out
    for name in ("pérdida: ", "exactitud de validación: ", "error absoluto medio: "):
        assert name in said
    assert not re.search(r"loss|accuracy|mae|val_", said)
    assert set(history.history) == {f"{part}{name}" for part in ("", "val_") for name in ("loss", "accuracy", "mae")}
    assert "pérdida de validación" in history._repr_html_()
    assert metric_name("my_figure") == "my_figure"


def test_the_names_of_metrics_are_those_that_keras_gives():
    """No row of the table is for a name that no metric, loss or callback has."""
    things = {name: thing for module in (tg.nn.metrics, tg.nn.losses) for name, thing in vars(module).items()}
    aliases = {alias for thing in things.values() for alias in getattr(thing, "aliases", ())}
    known = {"loss", "acc", "learning_rate"} | aliases | {snake_case(x) for x in things} | {x.lower() for x in things}
    assert set(json.loads((PACKAGE / "nn" / "metrics" / "es.json").read_text("utf-8"))) <= known
