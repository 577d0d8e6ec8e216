"""The arguments of Keras: names, order and defaults of every class, method and function that is here too."""

import inspect
import re
from collections import defaultdict

import pytest
from golden_figures import load

from tinygrad_edu import keras
from tinygrad_edu.common.naming import keras_name

GOLDEN, FIGURES = load("keras_signatures")
ARGUMENTS, KEYS = FIGURES["arguments"], FIGURES["configurations"]
METHODS = [f"{owner}.{method}" for owner, methods in GOLDEN.METHODS.items() for method in methods]
CLASSES = [
    path for path in ARGUMENTS if path not in METHODS and inspect.isclass(GOLDEN.part(keras, path))
    and path.rpartition(".")[0] in (*GOLDEN.WITH_CONFIG, "callbacks")
]  # fmt: skip
FUNCTIONS = [path for path in ARGUMENTS if path not in CLASSES]
BASES = ("Layer", "Loss", "Metric", "Optimizer", "Regularizer", "Constraint", "Initializer", "LearningRateSchedule")
MORE_NEEDED = {
    "callbacks.CSVLogger": ["log.csv"], "callbacks.BackupAndRestore": ["folder"],
    "callbacks.ModelCheckpoint": ["file.keras"], "callbacks.LearningRateScheduler": [abs],
    "layers.Lambda": [abs], "layers.Dot": [1], "metrics.MeanMetricWrapper": [abs],
    "layers.Convolution1D": [3, 2], "layers.Convolution2D": [3, 2],
    "layers.Convolution1DTranspose": [3, 2], "layers.Convolution2DTranspose": [3, 2],
    "layers.SeparableConvolution1D": [3, 2], "layers.SeparableConvolution2D": [3, 2],
    "layers.AveragePooling1D": [2], "layers.AveragePooling2D": [2], "layers.AvgPool1D": [2], "layers.AvgPool2D": [2],
}  # fmt: skip

# -- where ours differ, and why ----------------------------------------------------------------------------

SHARED_BY_NAME = "what all optimizers share is given by name"
BY_NAME = {  # classes whose last arguments are given by name only: from which on
    **{path: ("weight_decay", SHARED_BY_NAME) for path in CLASSES if ["weight_decay", None] in ARGUMENTS[path]},
    "optimizers.AdamW": ("clipnorm", SHARED_BY_NAME),
    **{
        path: ("name", "name and dtype of a layer are given by name")
        for path in CLASSES
        if path.startswith("layers.")
        and ["name", None] in ARGUMENTS[path]
        and path not in ("layers.InputLayer", "layers.InputSpec")
    },
    "layers.BatchNormalization": ("renorm", "not offered: only the default is taken"),
    "layers.Dense": ("lora_rank", "not offered: only the default is taken"),
}
# Methods and functions of other arguments.
RESULTS_OF_TENSORS = "it is an op, whose first argument is called a"
JAX_STATE = "Keras's own depends on its backend; here a step gets the data, as with TensorFlow and PyTorch"
ANY_KIND = "one function serves every kind of object"
DIFFERENT = {
    **{path: RESULTS_OF_TENSORS for path in FUNCTIONS if path.startswith("activations.") and "serialize" not in path},
    **{path: ANY_KIND for path in FUNCTIONS if path.endswith(".serialize") and path != "optimizers.serialize"},
    "losses.deserialize": ANY_KIND,
    "optimizers.deserialize": "classes of the user are registered with register_keras_serializable",
    "callbacks.CallbackList": "it belongs to fit",
    "callbacks.LambdaCallback": "the same hooks, taken by name; those of evaluate and predict too",
    "callbacks.ProgbarLogger": "it is told where to write",
    "models.Sequential": "Keras hides them behind __new__",
    "saving.deserialize_keras_object": "what is read is always safe",
    "utils.deserialize_keras_object": "what is read is always safe",
    "saving.get_registered_object": "there are no further tables of objects",
    "utils.get_registered_object": "there are no further tables of objects",
    "saving.save_weights": "files are not cut into shards",
    "models.Model.save_weights": "files are not cut into shards",
    "models.Model.compute_metrics": "the loss is a figure like the others, and x is not needed for it",
    "models.Model.train_step": JAX_STATE,
    "models.Model.test_step": JAX_STATE,
    "models.Model.predict_step": JAX_STATE,
    "models.Model.set_weights": "weights is the attribute",
    "models.Model.call": "here the arguments are named",
    "layers.Layer.call": "here the arguments are named",
    "layers.Layer.compute_output_shape": "here the arguments are named",
    "layers.Normalization.adapt": "of Keras 2: batch_size and steps are accepted",
    "metrics.Metric.add_variable": "zeros by default, as of add_weight",
    "metrics.Metric.add_weight": "Keras takes zeros for None",
    "Variable.__init__": "path, regularizer and constraint can be given at once",
    "optimizers.Optimizer.apply": "gradients, parameters are the words of the package; the weight is that of the batch",
    "optimizers.Optimizer.apply_gradients": "pairs is the word of the package",
    "optimizers.Optimizer.build": "parameters is the word of the package",
}
# Keys of configurations that are not written, all at Keras's default, and keys that only ours has.
NOT_OFFERED = {
    "renorm", "renorm_clipping", "renorm_momentum", "synchronized", "quantization_config",
    "optional", "ragged", "sparse", "autocast",
}  # fmt: skip
WHERE_GIVEN = {"activity_regularizer"}  # written where there is one
FORGOTTEN_BY_KERAS = {"allow_last_axis_squeeze", "axis", "delta", "from_sorted_ids", "gain"}


def made(path, *values, **named):
    """The configuration of a new object of ours."""
    thing = GOLDEN.part(keras, path)(*values, **named)
    return thing.get_config() if hasattr(thing, "get_config") else vars(thing)


def without_name(config):
    return {key: value for key, value in config.items() if key not in ("name", "random_seed", "_made")}


def same(one, other):
    return text_of(without_name(one)) == text_of(without_name(other))


def text_of(value):
    """As text: numbers by value, objects without their place in memory."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return f"{float(value):g}"
    if isinstance(value, dict):
        return str({key: text_of(part) for key, part in value.items()})
    return re.sub(" at 0x[0-9a-f]+", "", repr(value))


def needed(path):
    return MORE_NEEDED.get(path, GOLDEN.NEEDED.get(path, []))


def optional(path):
    """[(name, default)] of the arguments of Keras that may be left out, those in `needed` excepted."""
    return [tuple(a) for a in ARGUMENTS[path][len(needed(path)) :] if len(a) == 2]


def constructible(path):
    return path not in DIFFERENT and path.rpartition(".")[2] not in BASES


OF_MODULES = defaultdict(list)
for path in filter(constructible, CLASSES):
    OF_MODULES[path.rpartition(".")[0]].append(path)


def complaints(check, paths):
    """By path what a check of it says, or raises."""
    found = {}
    for path in paths:
        try:
            found[path] = check(path)
        except Exception as error:
            found[path] = repr(error)
    return {path: complaint for path, complaint in found.items() if complaint}


def defaults_differ(path):
    with_defaults, without = made(path, *needed(path), **dict(optional(path))), made(path, *needed(path))
    return [] if same(with_defaults, without) else [with_defaults, without]


@pytest.mark.parametrize("module", sorted(OF_MODULES))
def test_every_argument_of_keras_is_taken_and_has_its_default(module):
    """Given by name at Keras's defaults, all of them make the object that none of them make."""
    assert complaints(defaults_differ, OF_MODULES[module]) == {}


def others(value):
    """Other values of the same type, to see where an argument goes."""
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, (int, float)):
        return [value + 1, value + 0.125, value / 2]
    return ["sum", "some", "ones", "max", "same"] if isinstance(value, str) else ["relu", "some", 0.5, 3, True]


def attempt(path, *values, **named):
    try:
        return made(path, *values, **named)
    except (TypeError, ValueError, AttributeError):
        return None


def misplaced(path):
    """The arguments that, given by position, are not taken as what Keras takes them for."""
    given, plain = list(needed(path)), made(path, *needed(path))
    for name, default in optional(path):
        if name == BY_NAME.get(path, (None,))[0]:
            break
        for value in others(default):
            by_name = attempt(path, *needed(path), **{name: value})
            if by_name is not None and (name == "name" or not same(by_name, plain)):
                by_place = attempt(path, *given, value)
                if by_place is None or not same(by_place, by_name):
                    yield name
                break
        given.append(default)


@pytest.mark.parametrize("module", sorted(OF_MODULES))
def test_the_order_is_that_of_keras(module):
    assert complaints(lambda path: list(misplaced(path)), OF_MODULES[module]) == {}


@pytest.mark.parametrize("path", [path for path in BY_NAME if constructible(path)])
def test_what_is_given_by_name_only_is_refused_by_position(path):
    """So that a difference that is no more is taken from the list."""
    first, _ = BY_NAME[path]
    names = [name for name, _ in optional(path)]
    values = [default for _, default in optional(path)][: names.index(first) + 1]
    with pytest.raises(TypeError):
        GOLDEN.part(keras, path)(*needed(path), *values)


def other_arguments(path):
    """The arguments of Keras and ours, where they should be the same and are not, or the other way round."""
    theirs, ours = ARGUMENTS[path], GOLDEN.arguments(GOLDEN.part(keras, path))
    if DIFFERENT.get(path) in (RESULTS_OF_TENSORS, ANY_KIND):
        return [] if ours[1:] == theirs[1:] else [theirs, ours]
    if path in DIFFERENT:
        return "the difference is no more: take it from the list" if ours == theirs else ""
    return [] if ours == theirs else [theirs, ours]


def test_functions_and_methods_take_what_keras_takes():
    assert len(FUNCTIONS) > 600
    assert complaints(other_arguments, FUNCTIONS) == {}


def test_no_difference_is_listed_for_nothing():
    assert set(DIFFERENT) | set(BY_NAME) <= set(ARGUMENTS)


def other_keys(path):
    """The keys of Keras's configuration that ours lacks, and those that ours has alone."""
    found = GOLDEN.config_keys(GOLDEN.part(keras, path), GOLDEN.NEEDED.get(path, []))
    if found is None:  # a base without a configuration of its own
        return []
    lacking, more = set(KEYS[path]) - set(found), set(found) - set(KEYS[path])
    return sorted(lacking - NOT_OFFERED - WHERE_GIVEN | more - FORGOTTEN_BY_KERAS)


def test_the_keys_of_configurations():
    assert len(KEYS) > 150
    assert complaints(other_keys, KEYS) == {}


def test_every_class_of_the_package_is_compared():
    """By what the modules offer: a new class needs its line of Keras, or stands in the list of ours alone."""
    here_only = {"callbacks.GradientRecorder", "callbacks.WeightRecorder", "callbacks.Monitor"}
    for module in (*GOLDEN.WITH_CONFIG, "callbacks"):
        space = GOLDEN.part(keras, module)
        found = {name: getattr(space, name) for name in space.__all__ if inspect.isclass(getattr(space, name))}
        classes = {f"{module}.{name}" for name, cls in found.items() if name == keras_name(cls)}
        assert classes - set(ARGUMENTS) <= here_only


def test_a_wrong_order_or_default_would_be_noticed(monkeypatch):
    """Mutants."""

    class Dense(keras.layers.Dense):
        def __init__(self, units, use_bias=True, activation=None, **options):
            super().__init__(units, activation, use_bias, **options)

    class Huber(keras.losses.Huber):
        def __init__(self, delta=2.0, *values, **named):
            super().__init__(delta, *values, **named)

    monkeypatch.setattr(keras.layers, "Dense", Dense)
    monkeypatch.setattr(keras.losses, "Huber", Huber)
    found = complaints(lambda path: list(misplaced(path)), ["layers.Dense", "layers.Dropout", "layers.Nothing"])
    assert found.keys() == {"layers.Dense", "layers.Nothing"}
    assert set(found["layers.Dense"]) >= {"activation", "kernel_initializer"}
    assert complaints(defaults_differ, ["losses.Huber", "losses.LogCosh"]).keys() == {"losses.Huber"}
    monkeypatch.setitem(ARGUMENTS, "losses.mean_squared_error", [["y_true"]])
    assert complaints(other_arguments, ["losses.mean_squared_error", "losses.log_cosh"]).keys() == {
        "losses.mean_squared_error"
    }
    monkeypatch.setitem(KEYS, "layers.Dropout", [*KEYS["layers.Dropout"], "more"])
    assert complaints(other_keys, ["layers.Dropout", "layers.Flatten"]) == {"layers.Dropout": ["more"]}
