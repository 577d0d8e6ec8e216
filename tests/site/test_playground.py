"""The playground's Python: code from settings and back, training in pieces, looks inside, data of one's own."""

import base64
import itertools
import json
import re
import runpy
from pathlib import Path

import nbformat
import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu.site import controls, playground
from tinygrad_edu.site.playing import GRID, Run
from tinygrad_edu.site.texts import say

ROOM = Path(playground.__file__).parent
SMALL = controls.FIRST | {
    "data": {"set": "circles", "arguments": {"n": 60, "noise": 0.1}},
    "layers": [{"units": 3, "activation": "tanh"}],
    "epochs": 4,
}
OWN = {
    "rows": [[round(0.1 * i, 1), (-1) ** i * 0.5, i % 2] for i in range(20)],
    "names": ["a", "b"],
    "classes": ["no", "sí"],
}


@pytest.fixture(autouse=True)
def english():
    before = tg.language()
    tg.language("en")
    yield
    tg.language(before)


def load(code, settings=None, **more):
    return playground.load({"code": code, "settings": settings, **more})


def edited(old, new, settings=SMALL):
    code = controls.code_of(settings)
    assert old in code
    return load(code.replace(old, new, 1))


def decoded(text):
    return np.frombuffer(base64.b64decode(text), np.uint8)


# -- the page trains what the script trains -----------------------------------------------------------------


@pytest.mark.parametrize(
    "more",
    [{}, {"dropout": 0.2, "regularizer": {"name": "L2", "rate": 0.01}, "test": 0.0}, {"data": OWN, "batch": 7}],
    ids=["plain", "dropout", "own"],
)
def test_the_weights_are_those_of_the_script(more, tmp_path):
    settings = SMALL | more | {"epochs": 7}
    code = controls.code_of(settings)
    load(code, settings)
    playground.train({"milliseconds": 0})
    playground.look({"part": "train", "index": 3})  # looks change nothing
    while not playground.train({"milliseconds": 5})["done"]:
        pass
    (tmp_path / "script.py").write_text(code, "utf-8")
    names = runpy.run_path(str(tmp_path / "script.py"))
    found = [weight.numpy() for weight in playground._run.model.weights]
    assert playground._run.epoch == 7
    for one, other in zip(found, names["model"].weights, strict=True):
        np.testing.assert_array_equal(one, other.numpy())


@pytest.mark.full
def test_circles_are_learnt():
    settings = controls.FIRST | {"epochs": 60}
    state = load(controls.code_of(settings), settings)
    assert (state["classes"], len(state["samples"]["train"]["y"])) == (["outer", "inner"], 350)
    found = playground.train({"milliseconds": 60_000})
    assert found["epoch"] == 60
    assert found["history"]["val_accuracy"][-1] > 0.95
    shades = decoded(found["map"]).reshape(GRID, GRID)
    left, right, bottom, top = state["ends"]
    column, row = (round((GRID - 1) * (0 - low) / (high - low)) for low, high in ((left, right), (bottom, top)))
    assert shades[row, column] > 240  # the middle is of the inner circle
    assert max(shades[0, 0], shades[0, -1], shades[-1, 0], shades[-1, -1]) < 16


CALLBACK = """
class Told(keras.callbacks.Callback):
    def __init__(self):
        self.heard = []
    def on_train_begin(self, logs=None):
        self.heard.append("begin")
    def on_epoch_end(self, epoch, logs=None):
        self.heard.append(epoch)
        self.model.stop_training = epoch == 2
    def on_train_end(self, logs=None):
        self.heard.append("end")
told = Told()
model.fit("""


def test_a_callback_hears_one_training():
    code = controls.code_of(SMALL | {"epochs": 9}).replace("history = model.fit(", CALLBACK, 1)
    state = load(code.replace("epochs=9,", "epochs=9, callbacks=[told],"))
    assert state["beyond"] == ["the call of fit"]
    for _ in range(4):
        found = playground.train({})
    assert playground._run.names["told"].heard == ["begin", 0, 1, 2, "end"]
    assert (found["done"], found["epoch"], found["history"]) == (True, 3, {})
    assert playground.train({"further": True})["epoch"] == 4


def test_the_end_of_the_code_is_an_end_and_further_goes_on():
    load(controls.code_of(SMALL), SMALL)
    assert playground.train({"milliseconds": 60_000})["epoch"] == 4
    assert playground.train({"milliseconds": 60_000})["epoch"] == 4
    assert playground.train({"milliseconds": 60_000, "further": True})["epoch"] == 8
    assert playground.reset(None)["frame"]["epoch"] == 0


# -- code from settings, settings from code -----------------------------------------------------------------


ROUND_TRIPS = [
    SMALL,
    controls.FIRST,
    SMALL | {"layers": []},
    SMALL | {"layers": [{"units": 2, "activation": "relu"}, {"units": 5, "activation": "sigmoid"}]},
    SMALL | {"dropout": 0.3, "regularizer": {"name": "L1", "rate": 0.003}},
    SMALL | {"loss": "mean_squared_error", "batch": 1, "epochs": 11, "seed": 5},
    SMALL | {"test": 0.0},
    SMALL | {"optimizer": {"name": "SGD", "arguments": {"learning_rate": 0.3, "momentum": 0.9, "nesterov": True}}},
    SMALL | {"data": {"set": "spirals", "arguments": {"n": 90, "classes": 3, "noise": 0.0}}},
    SMALL | {"data": {"set": "hills", "arguments": {"n": 50, "noise": 0.1}}, "test": 0.2},
    SMALL | {"data": {"set": "iris", "arguments": {}}},
    SMALL | {"data": {"set": "linear_regression", "arguments": {"n": 40, "features": 2}}, "loss": "huber"},
    SMALL | {"data": OWN},
]


@pytest.mark.matrix(one_in=4)
@pytest.mark.parametrize("settings", ROUND_TRIPS, ids=range(len(ROUND_TRIPS)))
def test_settings_come_back_from_their_code(settings):
    state = load(controls.code_of(settings))
    assert state["beyond"] == []
    assert state["settings"] == json.loads(json.dumps(settings))


def test_names_in_the_code_are_followed():
    state = edited("n=60,", "n=count,", SMALL | {"seed": 3})
    assert state["error"]["line"] == 9
    code = controls.code_of(SMALL).replace("n=60", "n=count").replace("# Data", "count = 44")
    state = load(code)
    assert (state["beyond"], state["settings"]["data"]["arguments"]["n"]) == ([], 44)


@pytest.mark.parametrize(
    ("old", "new", "beyond"),
    [
        ("layers.Dense(3", "layers.BatchNormalization(), layers.Dense(3", {"the layers", "the weights at the start"}),
        ("learning_rate=0.01", "learning_rate=0.01, clipnorm=1.0", {"the optimizer, the loss or the metrics"}),
        ("batch_size=32", "batch_size=32, shuffle=False", {"the call of fit"}),
        ("# Training", "model.layers[0].set_weights([w * 2 for w in model.layers[0].get_weights()])",
         {"the weights at the start"}),
        ("# Model", "x_train = x_train * 2", {"the data"}),
    ],
)  # fmt: skip
def test_what_the_controls_cannot_say_is_named(old, new, beyond):
    state = edited(old, new)
    assert set(state["beyond"]) == beyond
    assert playground.train({})["epoch"] == 1


@pytest.mark.full
def test_every_choice_trains():
    """One epoch with each name that the controls offer."""
    offered = controls.choices()
    kinds = {"two": "circles", "many": "blobs", "values": "hills"}
    several = [SMALL | {"layers": [{"units": 3, "activation": name}]} for name in offered["activations"]]
    several += [
        SMALL | {"optimizer": {"name": name, "arguments": {"learning_rate": 0.01}}} for name in offered["optimizers"]
    ]
    several += [SMALL | {"regularizer": {"name": name, "rate": 0.01}} for name in offered["regularizers"]]
    for name, given in offered["sets"].items():
        several.append(SMALL | {"data": {"set": name, "arguments": given | ({"n": 30} if "n" in given else {})}})
    for task, names in offered["losses"].items():
        arguments = {"n": 30} | ({"classes": 3} if task == "many" else {})
        several += [SMALL | {"data": {"set": kinds[task], "arguments": arguments}, "loss": name} for name in names]
    for settings in several[:: 1 if len(several) < 10 else 3]:
        state = load(controls.code_of(settings), settings)
        assert "error" not in state, state
        assert playground.train({})["epoch"] == 1


def test_choices_are_those_of_the_package():
    offered = controls.choices()
    assert {"relu", "tanh", "sigmoid", "linear"} <= set(offered["activations"])
    assert not {"softmax", "glu"} & set(offered["activations"])
    assert offered["optimizers"]["SGD"] == {"learning_rate": 0.01, "momentum": 0.0, "nesterov": False}
    assert set(offered["regularizers"]) == {"L1", "L2"}
    assert {"circles", "moons", "spirals", "xor", "blobs", "hills", "iris"} <= set(offered["sets"])
    assert not {"digits", "breast_cancer", "diabetes"} & set(offered["sets"])
    assert {"binary_crossentropy", "mean_squared_error"} <= set(offered["losses"]["two"])
    assert "sparse_categorical_crossentropy" in offered["losses"]["many"]
    assert {"mean_squared_error", "mean_absolute_error", "huber"} <= set(offered["losses"]["values"])


def test_a_loss_that_does_not_fit_other_data_is_left():
    settings = SMALL | {"data": {"set": "hills", "arguments": {"n": 50}}, "loss": "binary_crossentropy"}
    found = playground.write(settings)
    assert (found["task"], found["settings"]["loss"]) == ("values", None)
    assert 'loss="mean_squared_error"' in found["code"]
    assert playground.write(settings | {"data": {"set": "hills", "arguments": {"n": -1}}})["error"]["text"].startswith(
        "hills: n"
    )


# -- errors and words ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "line", "text"),
    [
        ("x = (\n", 1, "SyntaxError: '(' was never closed"),
        ("import numpy as np\n\nnp.zeros(3)[4]\n", 3, "IndexError"),
        ("def f():\n    return 1 / 0\n\nf()\n", 2, "ZeroDivisionError"),
        ("x = 1\n", None, "The code ends without model.fit"),
        ("import sys\nsys.exit(3)\n", 2, "SystemExit"),
    ],
)
def test_an_error_has_its_line(code, line, text):
    error = load(code)["error"]
    assert error["line"] == line
    assert error["text"].startswith(text)


def test_after_an_error_the_run_before_goes_on():
    load(controls.code_of(SMALL), SMALL)
    assert "error" in load("x = (")
    assert playground.train({})["epoch"] == 1


def test_a_wrong_argument_of_fit_has_the_line_of_fit():
    error = edited("batch_size=32", "batch_size=-1")["error"]
    assert controls.code_of(SMALL).splitlines()[error["line"] - 1] == "history = model.fit("
    assert "batch_size" in error["text"]
    shapes = edited("layers.Input((2,))", "layers.Input((3,))")["error"]
    assert shapes["line"] == error["line"]


def test_what_is_printed_and_warned_of_is_said():
    state = edited("# Model", "print('hello', len(x_train))\nimport warnings\nwarnings.warn('careful')")
    assert state["said"] == ["hello 42", "careful"]


def test_every_word_is_there_in_spanish():
    spanish, said = say.table("es"), set()
    for path in [*ROOM.glob("play*.py"), ROOM / "controls.py", *(ROOM / "pages").glob("playground.js")]:
        said |= set(re.findall(r'\bsay\(\s*"([^"]+)"', path.read_text("utf-8")))
    said |= set(controls.sets())
    said |= {name for maker in controls.sets().values() for name in maker().target_names if " " in name or "o" in name}
    assert len(said) > 80
    assert sorted(said - set(spanish) - set(tg.datasets.iris().target_names)) == []


def test_comments_of_the_code_follow_the_language():
    tg.language("es")
    assert "# Datos" in controls.code_of(SMALL)
    assert load("x = 1")["error"]["text"].startswith("El código termina sin model.fit")


# -- what the page draws ------------------------------------------------------------------------------------


def test_the_map_the_neurons_and_the_weights_are_those_of_the_model():
    state = load(controls.code_of(SMALL), SMALL)
    found, model = state["frame"], playground._run.model
    (kernel, bias), (last, offset) = [[w.numpy().astype(float) for w in layer.weights] for layer in model.layers]
    left, right, bottom, top = state["ends"]
    x = np.stack([g.ravel() for g in np.meshgrid(np.linspace(left, right, GRID), np.linspace(bottom, top, GRID))], 1)
    hidden = np.tanh(x @ kernel + bias)
    out = 1 / (1 + np.exp(-(hidden @ last + offset)))
    assert np.abs(decoded(found["map"]) - (128 + 127 * (2 * out[:, 0] - 1))).max() <= 1
    scaled = hidden / np.abs(hidden).reshape(GRID, GRID, 3)[::2, ::2].max()
    expected = 128 + 127 * scaled.T.reshape(3, GRID, GRID)[:, ::2, ::2].ravel()
    assert np.abs(decoded(found["neurons"][1]) - expected).max() <= 1
    np.testing.assert_allclose(found["weights"][0], kernel.ravel(), atol=1e-5)
    np.testing.assert_allclose(found["biases"][1], offset, atol=1e-5)
    json.dumps(state, allow_nan=False)


@pytest.mark.full
def test_classes_on_the_map():
    settings = SMALL | {"data": {"set": "blobs", "arguments": {"n": 90, "classes": 4, "noise": 0.05}}, "epochs": 150}
    state = load(controls.code_of(settings), settings)
    found = playground.train({"milliseconds": 60_000})
    shown = decoded(found["map"]).reshape(GRID, GRID)
    assert state["classes"] == [f"blob {k}" for k in range(4)]
    assert [int(shown[r, c]) for r, c in ((-1, -1), (-1, 0), (0, 0), (0, -1))] == [0, 1, 2, 3]
    assert decoded(found["sure"]).min() >= 255 // 4


def test_a_sample_forward_and_back():
    """Against the formulas of Rumelhart, Hinton and Williams: δ = p − y, then (W δ) · (1 − a²) for tanh."""
    load(controls.code_of(SMALL), SMALL)
    look = playground.look({"part": "test", "index": 2})
    run = playground._run
    x, y = run.held_out[0][2], float(run.held_out[1][2])
    (kernel, bias), (last, offset) = [[w.numpy().astype(float) for w in layer.weights] for layer in run.model.layers]
    a = np.tanh(x @ kernel + bias)
    p = 1 / (1 + np.exp(-(a @ last + offset)))
    delta = (last @ (p - y)) * (1 - a**2)
    np.testing.assert_allclose(look["values"][1], a, rtol=2e-3, atol=1e-6)
    np.testing.assert_allclose(look["deltas"][2], p - y, rtol=2e-3)
    np.testing.assert_allclose(look["deltas"][1], delta, rtol=2e-3, atol=1e-6)
    np.testing.assert_allclose(look["gradients"][0], np.outer(x, delta).ravel(), rtol=3e-3, atol=1e-6)
    assert [step["known"] for step in look["steps"]][:3] == [1, 2, 3]
    assert look["steps"][-1]["updated"]


def test_models_that_are_no_chain_of_dense_layers_have_no_network():
    state = edited(
        'layers.Dense(3, activation="tanh"),', "layers.Reshape((2, 1)), layers.Conv1D(2, 1), layers.Flatten(),"
    )
    assert "neurons" not in state["frame"]
    assert len(decoded(state["frame"]["map"])) == GRID * GRID
    assert "network_film draws Dense layers" in playground.look({"part": "train", "index": 0})["error"]["text"]


def test_a_line_has_its_curve():
    code = controls.code_of(SMALL | {"data": {"set": "linear_regression", "arguments": {"n": 40, "features": 2}}})
    state = load(code.replace("features=2", "features=1").replace("Input((2,))", "Input((1,))"))
    assert len(state["frame"]["line"]) == GRID
    assert (state["classes"], state["samples"]["train"]["columns"]) == ([], 1)
    json.dumps(state, allow_nan=False)


def test_a_training_that_diverges_stays_json():
    settings = SMALL | {
        "data": {"set": "hills", "arguments": {"n": 40}},
        "optimizer": {"name": "SGD", "arguments": {"learning_rate": 1e6}},
        "layers": [{"units": 3, "activation": "relu"}, {"units": 3, "activation": "relu"}],
        "epochs": 30,
    }
    load(controls.code_of(settings), settings)
    found = playground.train({"milliseconds": 20_000})
    json.dumps(found, allow_nan=False)
    json.dumps(playground.look({"part": "train", "index": 0}), allow_nan=False)


def test_drawn_points_keep_their_place():
    settings = SMALL | {"data": OWN, "test": 0.0}
    state = load(controls.code_of(settings), settings, ends=[-1.2, 1.2, -1.2, 1.2])
    assert state["ends"] == [-1.2, 1.2, -1.2, 1.2]
    assert state["samples"]["train"]["x"][:2] == [0.0, 0.5]
    assert playground.reset(None)["ends"] == state["ends"]


@pytest.mark.full
def test_the_doctor_says_what_is_wrong():
    settings = SMALL | {"optimizer": {"name": "SGD", "arguments": {"learning_rate": 0.0}}}
    load(controls.code_of(settings), settings)
    assert "learning_rate" in playground.doctor(None)["text"].lower()


# -- data of one's own, and the notebook ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "names", "classes", "row"),
    [
        ("a,b,kind\n1,2,cat\n3,4,dog\n", ["a", "b"], ["cat", "dog"], [1.0, 2.0, 0]),
        ("1;2,5;7\n3;4;9\n", ["x1", "x2"], ["7", "9"], [1.0, 2.5, 0]),
        ("a\tb\tprice\n" + "".join(f"{i}\t{2 * i}\t{i / 3}\n" for i in range(20)), ["a", "b"], [], [0.0, 0.0, 0.0]),
    ],
)
def test_tables(text, names, classes, row):
    data = playground.table({"text": text})["data"]
    assert (data["names"], data["classes"], data["rows"][0]) == (names, classes, row)


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "a,b,c\n1,2,3\n4,5\n", "a,b,c\n1,x,3\n", "a,b,c\n1,nan,3\n"])
def test_tables_that_are_none(text):
    assert playground.table({"text": text})["error"]["text"]


def test_an_own_table_trains():
    text = "width,length,kind\n" + "".join(f"{i},{(i * 7) % 5},{'cat' if i < 10 else 'dog'}\n" for i in range(20))
    settings = SMALL | {"data": playground.table({"text": text})["data"]}
    state = load(playground.write(settings)["code"], settings)
    assert (state["names"], state["classes"]) == (["width", "length"], ["cat", "dog"])
    too_many = {"rows": [[1, 2, 3]] * 1001, "names": ["a", "b"], "classes": []}
    assert "1001 rows are too many" in playground.write(SMALL | {"data": too_many})["error"]["text"]


def test_the_notebook_holds_the_code():
    code = controls.code_of(SMALL)
    book = nbformat.reads(playground.notebook({"code": code})["text"], as_version=4)
    nbformat.validate(book)
    cells = [cell.source for cell in book.cells]
    assert len(cells) == 5
    assert "\n\n".join(cells[1:]).split() == code.split()


def test_words_of_the_page_are_plain():
    """Nothing is built into a page from texts: elements are made, so that names from files cannot be markup."""
    script = (ROOM / "pages" / "playground.js").read_text("utf-8")
    assert not [name for name in ("innerHTML", "outerHTML", "insertAdjacentHTML", "eval(") if name in script]


def test_a_run_knows_nothing_of_another():
    first, second = Run(controls.code_of(SMALL)), Run(controls.code_of(SMALL))
    assert [layer.name for layer in first.model.layers] == [layer.name for layer in second.model.layers]
    for one, other in itertools.zip_longest(first.model.weights, second.model.weights):
        np.testing.assert_array_equal(one.numpy(), other.numpy())
