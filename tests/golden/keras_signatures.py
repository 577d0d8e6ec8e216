"""The arguments of Keras 3, their order and their defaults, and the keys of its configurations.

    KERAS_BACKEND=jax python tests/golden/keras_signatures.py      (keras 3.15.1)

writes keras_signatures.json: of each class, method and function that is here too. Run it again when a class is added.
"""

import inspect
import json
import sys
from pathlib import Path

MODULES = (
    "layers", "losses", "metrics", "optimizers", "optimizers.schedules", "callbacks", "initializers", "regularizers",
    "constraints", "activations", "models", "saving", "utils", "backend", "config",
    "ops", "ops.linalg", "ops.nn", "ops.numpy", "random", "tree", "preprocessing", "preprocessing.sequence",
)  # fmt: skip
METHODS = {
    "models.Model": (
        "compile", "fit", "evaluate", "predict", "train_on_batch", "test_on_batch", "predict_on_batch", "summary",
        "get_layer", "save", "save_weights", "load_weights", "to_json", "count_params", "get_config", "add_loss",
        "compute_loss", "compute_metrics", "get_metrics_result", "reset_metrics", "train_step", "test_step",
        "predict_step", "get_weights", "set_weights", "build", "call",
    ),
    "models.Sequential": ("add", "pop", "call"),
    "layers.Layer": (
        "add_weight", "build", "call", "compute_mask", "compute_output_shape", "add_loss", "get_config", "from_config",
    ),
    "layers.Normalization": ("adapt",),
    "metrics.Metric": ("update_state", "result", "reset_state", "add_variable", "add_weight"),
    "optimizers.Optimizer": ("apply", "apply_gradients", "build", "get_config"),
    "Variable": ("__init__", "assign", "assign_add", "assign_sub", "numpy"),
    "callbacks.Callback": (
        "set_params", "set_model", "on_train_begin", "on_train_end", "on_epoch_begin", "on_epoch_end",
        "on_train_batch_begin", "on_train_batch_end", "on_test_begin", "on_test_end", "on_test_batch_begin",
        "on_test_batch_end", "on_predict_begin", "on_predict_end", "on_predict_batch_begin", "on_predict_batch_end",
        "on_batch_begin", "on_batch_end",
    ),
}  # fmt: skip
# The arguments without which an object cannot be made.
NEEDED = {
    "layers.Dense": [3], "layers.Conv1D": [3, 2], "layers.Conv2D": [3, 2], "layers.Embedding": [5, 3],
    "layers.Activation": ["relu"], "layers.Dropout": [0.1], "layers.SpatialDropout1D": [0.1],
    "layers.SpatialDropout2D": [0.1], "layers.GaussianDropout": [0.1], "layers.GaussianNoise": [0.1],
    "layers.AlphaDropout": [0.1], "layers.Reshape": [[3, 2]], "layers.Permute": [[2, 1]], "layers.RepeatVector": [2],
    "layers.Conv1DTranspose": [3, 2], "layers.Conv2DTranspose": [3, 2], "layers.DepthwiseConv1D": [2],
    "layers.DepthwiseConv2D": [2], "layers.SeparableConv1D": [3, 2], "layers.SeparableConv2D": [3, 2],
    "layers.Resizing": [4, 5], "layers.CategoryEncoding": [3], "layers.Discretization": [[0.0, 1.0]],
    "layers.Rescaling": [0.5], "layers.InputLayer": [[3]], "metrics.IoU": [2, [0]], "metrics.BinaryIoU": [],
    "metrics.MeanIoU": [2], "metrics.OneHotIoU": [2, [0]], "metrics.OneHotMeanIoU": [2],
    "metrics.PrecisionAtRecall": [0.5], "metrics.RecallAtPrecision": [0.5], "metrics.SensitivityAtSpecificity": [0.5],
    "metrics.SpecificityAtSensitivity": [0.5], "optimizers.schedules.CosineDecay": [0.1, 10],
    "optimizers.schedules.CosineDecayRestarts": [0.1, 10], "optimizers.schedules.ExponentialDecay": [0.1, 10, 0.9],
    "optimizers.schedules.InverseTimeDecay": [0.1, 10, 0.9],
    "optimizers.schedules.PiecewiseConstantDecay": [[1], [0.1, 0.01]],
    "optimizers.schedules.PolynomialDecay": [0.1, 10],
}  # fmt: skip
WITH_CONFIG = MODULES[:5] + MODULES[6:9]


def part(keras, path):
    """keras.losses.Huber for "losses.Huber"."""
    for name in path.split("."):
        keras = getattr(keras, name)
    return keras


def arguments(function):
    """[[name], [name, default], …] of a function or a class, without self, *args and **kwargs."""
    found = inspect.signature(function).parameters.values()
    kinds = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    kept = [p for p in found if p.kind not in kinds and p.name != "self"]
    return [[p.name] if p.default is p.empty else [p.name, plain(p.default)] for p in kept]


def plain(default):
    """A default as JSON can hold it."""
    if isinstance(default, (list, tuple)):
        return [plain(item) for item in default]
    known = default is None or isinstance(default, (bool, int, float, str))
    return default if known else getattr(default, "__name__", type(default).__name__)


def config_keys(cls, needed):
    """The keys of the configuration of an object."""
    try:
        return sorted(cls(*needed).get_config())
    except (TypeError, NotImplementedError, AttributeError, ImportError):
        return None


def callables(keras, theirs):
    """The paths of the functions and classes of Keras that are here too."""
    for module in MODULES:
        for name in theirs[module]:
            if callable(getattr(part(keras, module), name, None)):
                yield f"{module}.{name}"


def figures_of(keras, names):
    """{path: arguments} of all that is in `names`, {path: keys} of the configurations."""
    found, keys = {}, {}
    for path in names:
        thing = part(keras, path)
        try:
            found[path] = arguments(thing)
        except ValueError:
            continue
        if inspect.isclass(thing) and path.rpartition(".")[0] in WITH_CONFIG:
            keys[path] = config_keys(thing, NEEDED.get(path, []))
    for owner, methods in METHODS.items():
        for method in methods:
            found[f"{owner}.{method}"] = arguments(getattr(part(keras, owner), method))
    return {"arguments": found, "configurations": {path: key for path, key in keys.items() if key is not None}}


if __name__ == "__main__":
    import keras

    sys.path.insert(0, str(Path(__file__).parents[2]))
    from tinygrad_edu import keras as ours

    theirs = {module: [n for n in part(ours, module).__all__ if hasattr(part(keras, module), n)] for module in MODULES}
    figures = figures_of(keras, callables(keras, theirs))
    text = (
        json.dumps(figures, separators=(",", ":"))
        .replace(']],"', ']],\n"')
        .replace('[],"', '[],\n"')
        .replace('"],"', '"],\n"')
    )
    Path(__file__).with_suffix(".json").write_text(text + "\n")
    print(keras.__version__, {k: len(v) for k, v in figures.items()}, file=sys.stderr)
