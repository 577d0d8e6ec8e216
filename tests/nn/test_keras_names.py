"""tg.keras: the module tree and the names of Keras, each of them there, and nothing but names."""

import ast
import importlib
import pkgutil
from pathlib import Path

import pytest

import tinygrad_edu as tg
from tinygrad_edu import keras, nn, optim
from tinygrad_edu.objects import snake_case, subclasses

# DESIGN: the modules of tg.keras.
TREE = {
    "activations", "callbacks", "constraints", "datasets", "initializers", "layers", "losses", "metrics", "models",
    "optimizers", "optimizers.schedules", "regularizers", "utils",
}  # fmt: skip
MODULES = ["", *sorted(name for _, name, _ in pkgutil.walk_packages(keras.__path__, "tinygrad_edu.keras."))]


def module(name):
    return importlib.import_module(name or "tinygrad_edu.keras")


def offered(base, *without):
    """The classes of the package below `base`."""
    public = {cls for cls in subclasses(base) if cls.__module__.startswith("tinygrad_edu")}
    return {cls for cls in public if cls not in without}


def test_the_tree():
    found = {name.removeprefix("tinygrad_edu.keras.") for name in MODULES if name}
    assert found - {"backend"} == TREE
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
        assert isinstance(node, ast.ImportFrom | ast.Assign | ast.Expr), ast.unparse(node)


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
        (offered(nn.Callback, nn.progress.Progress), keras.callbacks),
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
    assert keras.utils.set_random_seed is tg.random.seed
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
