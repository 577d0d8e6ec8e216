"""tg.keras: the module tree and the names of Keras, each of them there, and what answers for those that are not."""

import ast
import importlib
import json
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import keras, nn, optim
from tinygrad_edu.common import old
from tinygrad_edu.common.naming import snake_case, subclasses
from tinygrad_edu.common.serialization import is_own

# DESIGN: the modules of tg.keras.
TREE = {
    "activations", "backend", "callbacks", "config", "constraints", "datasets", "initializers", "layers", "losses",
    "metrics", "models", "ops", "ops.linalg", "ops.nn", "ops.numpy", "optimizers", "optimizers.schedules",
    "preprocessing", "preprocessing.sequence", "random", "regularizers", "saving", "tree", "utils", "wrappers",
}  # fmt: skip
LEFT_OUT = "tinygrad_edu.keras.left_out"  # what is said of names that are not here
WALKED = sorted(name for _, name, _ in pkgutil.walk_packages(keras.__path__, "tinygrad_edu.keras."))
MODULES = ["", *(name for name in WALKED if name != LEFT_OUT)]
ABSENT = keras.left_out.absent
ROOT = Path(__file__).parents[2]
KERAS = json.loads((ROOT / "tests" / "golden" / "keras_names.json").read_text("utf-8"))["names"]


def module(name):
    return importlib.import_module(name or "tinygrad_edu.keras")


def offered(base, *without):
    """The classes of nn and optim below `base` that Keras has too."""
    rooms = ("tinygrad_edu.nn.", "tinygrad_edu.optim.")
    public = {cls for cls in subclasses(base) if is_own(cls) and cls.home and cls.__module__.startswith(rooms)}
    return {cls for cls in public if cls not in without}


def test_the_tree():
    found = {name.removeprefix("tinygrad_edu.keras.") for name in MODULES if name}
    assert found == TREE
    for name in TREE:
        part = keras
        for step in name.split("."):
            part = getattr(part, step)
        assert part is module(f"tinygrad_edu.keras.{name}")


@pytest.mark.parametrize("name", MODULES)
def test_every_public_name_is_there(name):
    names = module(name).__all__
    assert [n for n in names if not hasattr(module(name), n)] == []
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("name", MODULES)
def test_only_names_live_here(name):
    """Imports, assignments of names, and `__all__`: no logic."""
    tree = ast.parse(Path(module(name).__file__).read_text("utf-8"))
    for node in tree.body[1:]:
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            (node,) = node.body
        assert isinstance(node, ast.ImportFrom | ast.Assign | ast.AnnAssign | ast.Expr), ast.unparse(node)


@pytest.mark.parametrize("name", ["nn", "optim", "keras"])
def test_the_namespaces_hold_what_they_promise(name):
    space = getattr(tg, name)
    assert [n for n in space.__all__ if not hasattr(space, n)] == []


@pytest.mark.parametrize(
    ("classes", "space"),
    [
        (offered(nn.Layer, nn.Model, nn.Sequential), keras.layers),
        (offered(nn.Model), keras.models),
        (offered(nn.Loss), keras.losses),
        (offered(nn.Metric, nn.metrics.MeanOf), keras.metrics),
        (offered(nn.initializers.Initializer), keras.initializers),
        (offered(nn.regularizers.Regularizer), keras.regularizers),
        (offered(nn.constraints.Constraint), keras.constraints),
        (offered(nn.Callback, nn.training.progress.Progress), keras.callbacks),
    ],
    ids=lambda x: getattr(x, "__name__", "").split(".")[-1],
)
def test_whatever_nn_has_is_reachable_from_keras(classes, space):
    assert classes
    assert {cls for cls in classes if getattr(space, cls.__name__, None) is not cls} == set()


def test_functions_stand_beside_their_classes():
    for cls in offered(nn.Loss):
        assert getattr(keras.losses, snake_case(cls.__name__)) is cls.function
    for cls in offered(nn.metrics.MeanOf, nn.metrics.Accuracy):
        if hasattr(keras.metrics, cls.function.__name__):
            assert getattr(keras.metrics, cls.function.__name__) is cls.function
    for cls in offered(nn.initializers.Initializer):
        assert getattr(keras.initializers, snake_case(cls.__name__)) is cls


def test_names_that_keras_spells_its_own_way():
    assert keras.optimizers.RMSprop is optim.RMSProp
    assert keras.optimizers.Adagrad is optim.AdaGrad
    assert keras.regularizers.l1_l2 is nn.regularizers.L1L2
    assert keras.Input is keras.layers.Input is nn.Input
    assert keras.Sequential is keras.models.Sequential is nn.Sequential
    assert keras.activations.swish is keras.activations.silu


def test_the_imports_of_course_scripts():
    names = {}
    exec(
        "from tinygrad_edu.keras.models import Sequential, Model\n"
        "from tinygrad_edu.keras.layers import Dense, Dropout, Activation, Flatten, Input, Normalization\n"
        "from tinygrad_edu.keras.optimizers import SGD, Adam, RMSprop, Adagrad\n"
        "from tinygrad_edu.keras.optimizers.schedules import ExponentialDecay, CosineDecay\n"
        "from tinygrad_edu.keras.callbacks import EarlyStopping, History, LambdaCallback\n"
        "from tinygrad_edu.keras.regularizers import l1, l2, l1_l2\n"
        "from tinygrad_edu.keras.initializers import HeNormal, glorot_uniform\n"
        "from tinygrad_edu.keras.utils import to_categorical, set_random_seed, normalize\n"
        "from tinygrad_edu.keras import layers, backend as K\n",
        names,
    )
    assert names["K"].floatx() == "float32"


# -- names that are not here ---------------------------------------------------------------------------------


def told(statement):
    """The error of a statement."""
    with pytest.raises((AttributeError, ImportError)) as caught:
        exec(statement, {"keras": keras})
    return caught.value


def absent():
    """(module, name) of every public name of Keras that is not here, in modules that are."""
    here = ABSENT.offered()
    return [(part, name) for part, names in KERAS.items() if part in here for name in names if name not in here[part]]


@pytest.mark.parametrize(("part", "name"), absent(), ids=".".join)
@pytest.mark.matrix(one_in=3)
def test_every_name_of_keras_that_is_not_here_is_answered(part, name):
    path = f"tinygrad_edu.keras.{part}".removesuffix(".")
    as_attribute = told(f"keras.{part}.{name}".replace("..", "."))
    assert type(as_attribute) is AttributeError
    assert not hasattr(module(path), name)
    by_import = told(f"from {path} import {name}\n{name}()")  # what is imported fails when it is used
    for error in (as_attribute, by_import):
        assert f"{path} has no {name!r}. " in str(error)
        assert str(error).endswith("docs/keras.md lists what is offered.")
        assert ".." not in str(error)


AS_OBJECTS = {f"{part}.{name}" for part, names in ABSENT.offered().items() for name in names}  # datasets.mnist, …
MODULES_NOT_HERE = [part for part in KERAS if part and part not in {*ABSENT.offered(), *old.MODULES, *AS_OBJECTS}]


@pytest.mark.parametrize("part", MODULES_NOT_HERE)
def test_every_module_of_keras_that_is_not_here_is_answered(part):
    for statement in (
        f"import tinygrad_edu.keras.{part} as part; part.something",
        f"from tinygrad_edu.keras.{part} import something; something()",
        "from tinygrad_edu.keras{}{} import {}; {}()".format(*outer_of(part)),
    ):
        assert "docs/keras.md lists what is offered" in str(told(statement))


def outer_of(part):
    outer, dot, last = part.rpartition(".")
    return "." * bool(dot), outer, last, last


@pytest.mark.parametrize(
    ("statement", "hint"),
    [
        ("keras.layers.Dens", "The nearest is 'Dense'"),
        ("from tinygrad_edu.keras.layers import conv2d", "The nearest is 'Conv2D'"),
        ("keras.layers.Adam", "It is tinygrad_edu.keras.optimizers.Adam"),
        ("keras.layers.LSTM", "Conv1D and GlobalMaxPooling1D"),
        ("keras.ops.quantile", "NumPy's functions work on Tensors"),
        ("keras.ops.fft", "Tensors hold real numbers"),
        ("keras.Operation", "tg.Tensor(values, requires_grad=True)"),
        ("from tinygrad_edu.keras.datasets import cifar10; cifar10.load_data()", "keras.datasets.fashion_mnist"),
        ("from tinygrad_edu.keras.applications import VGG16; VGG16()", "Pre-trained networks"),
        ("from tinygrad_edu.keras.preprocessing.image import load_img; load_img()", "PyDataset"),
        (
            "from tinygrad_edu.keras.preprocessing.image import ImageDataGenerator; ImageDataGenerator()",
            "Images are not read from files or changed at random",
        ),
        ("keras.activations.sparsemax", "does not sum to 1"),
        ("keras.utils.get_file", "Nothing is downloaded"),
        ("keras.callbacks.RemoteMonitor", "CSVLogger and TensorBoard"),
        ("keras.regularizers.qqq", "It has L1, L1L2"),
    ],
)
def test_the_nearest_thing_is_named(statement, hint):
    assert hint in str(told(statement))


def test_what_is_named_instead_is_here():
    """Every name in code that a hint gives: of this package, or of NumPy."""
    hints = {ABSENT.instead(part, name) for part, name in absent()}
    hints |= {ABSENT.instead("", part) for part in KERAS if "." not in part}
    names = {name for hint in hints for name in re.findall(r"\b(?:keras|tg|np)(?:\.\w+)+", hint)}
    assert len(names) > 20
    spaces = {"keras": keras, "tg": tg, "np": np}
    for name in names:
        first, *rest = name.split(".")
        part = spaces[first]
        for step in rest:
            part = getattr(part, step)


def test_ordinary_attributes_are_as_ever():
    assert not hasattr(keras, "__wrapped__")
    with pytest.raises(AttributeError, match="has no attribute '__wrapped__'"):
        keras.layers.__wrapped__  # noqa: B018
    with pytest.raises(ModuleNotFoundError, match="No module named 'tinygrad_edu.nothing'"):
        importlib.import_module("tinygrad_edu.nothing")
    star = {}
    exec("from tinygrad_edu.keras.layers import *", star)
    assert star.keys() >= set(keras.layers.__all__)


# -- the listing -----------------------------------------------------------------------------------------------


def listing():
    path = ROOT / ".ci" / "make_keras.py"
    spec = importlib.util.spec_from_file_location("make_keras", path)
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def test_the_listing_is_that_of_the_code():
    run = subprocess.run(
        [sys.executable, ROOT / ".ci" / "make_keras.py", "--check"], capture_output=True, text=True, cwd=ROOT
    )
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.full
def test_a_stale_listing_is_noticed(monkeypatch, capsys):
    """Mutants: a layer more, a layer less, another hint, a name that Keras has no more."""
    script = listing()
    assert script.main(["--check"]) == 0
    names = keras.layers.__all__
    theirs = json.loads(script.NAMES.read_text("utf-8"))
    theirs["names"]["layers"].remove("Dense")
    for place, name, wrong in (
        (keras.layers, "__all__", [*names, "LSTM"]),
        (keras.layers, "__all__", [n for n in names if n != "Dense"]),
        (ABSENT, "hints", {}),
        (script.json, "loads", lambda text: theirs),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(place, name, wrong)
            assert script.main(["--check"]) == 1
        assert "docs/keras.md is stale. Run: python .ci/make_keras.py" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("owner", "name", "value", "stale"),
    [
        (nn.Dense, "home", "keras.constraints", {"layers", "constraints"}),
        (nn.Dense, "aliases", ("Linear",), {"layers"}),
        (nn.Callback, "home", None, {"callbacks"}),
        (optim.Adam, "keras_name", "ADAM", {"optimizers/__init__"}),
        (nn.losses.Huber, "home", None, {"losses", "metrics"}),
    ],
)
def test_a_stale_module_is_noticed(owner, name, value, stale, monkeypatch, capsys):
    """Mutants of the declarations: another place, a further name, none, another name of Keras."""
    script = listing()
    monkeypatch.setattr(owner, name, value, raising=False)
    assert script.main(["--check"]) == 1
    found = re.findall(r"tinygrad_edu/keras/(\S+)\.py is stale", capsys.readouterr().err)
    assert set(found) == stale


def test_every_class_that_says_so_is_here():
    """A new class in a file of its own is found by existing: all that its file says is `home`, of its base."""
    found = [cls for cls in listing().classes() if cls.home == "keras.layers" and cls is not nn.Layer]
    assert nn.Dense in found and nn.layers.MaxPooling2D in found
    for cls in found:
        assert getattr(keras.layers, cls.__name__) is getattr(nn.layers, cls.__name__) is cls
        assert all(getattr(keras.layers, alias) is cls for alias in vars(cls).get("aliases", ()))


@pytest.mark.full
def test_the_listing_counts_what_there_is():
    text = listing().Listing().text()
    assert f"## keras.models: {len(KERAS['models'])} of {len(KERAS['models'])}" in text
    dense, lstm = text.index("`Dense`"), text.index("`LSTM`")
    assert text.rindex("not here", 0, lstm) > dense


# -- one kind of object as plain values ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "thing", "name"),
    [
        ("activations", keras.activations.relu, "relu"),
        ("constraints", keras.constraints.MaxNorm(3.0), "max_norm"),
        ("initializers", keras.initializers.HeNormal(3), "he_normal"),
        ("losses", keras.losses.Huber(0.5), "mse"),
        ("metrics", keras.metrics.F1Score(average="macro"), "mse"),
        ("regularizers", keras.regularizers.L1L2(0.1, 0.2), "l2"),
    ],
)
def test_an_object_is_written_and_read_by_the_module_of_its_kind(kind, thing, name):
    space = getattr(keras, kind)
    written = json.loads(json.dumps(space.serialize(thing)))
    again = space.deserialize(written)
    assert again is thing or again.get_config() == thing.get_config()
    assert type(space.deserialize(name)) is type(space.get(name))
    assert space.deserialize("mine", {"mine": test_the_tree}) is test_the_tree or kind in ("losses", "metrics")
    with pytest.raises(ValueError, match="nothing"):
        space.deserialize("nothing")


def test_layers_and_schedules_are_written_and_read():
    dense = keras.layers.deserialize(keras.layers.serialize(keras.layers.Dense(3, "relu", name="d")))
    assert (dense.units, dense.activation, dense.name) == (3, keras.activations.relu, "d")
    schedules = keras.optimizers.schedules
    decay = schedules.deserialize(schedules.serialize(schedules.ExponentialDecay(0.1, 2, 0.3)))
    assert decay.get_config() == schedules.ExponentialDecay(0.1, 2, 0.3).get_config()
    with pytest.raises(ValueError, match="Mine"):
        keras.layers.deserialize({"class_name": "Mine", "config": {}})
