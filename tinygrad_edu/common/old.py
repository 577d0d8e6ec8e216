"""The spellings of Keras 1 and 2, each with that of today, and the one way in which they are read.

Old scripts run as they were written. The first old spelling in a script warns once, and shows how all that the script
has are written today.
"""

import linecache
import os
import re
import sys
import warnings
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from .naming import meant, some_of

F = TypeVar("F", bound=Callable[..., Any])

PACKAGE = __name__.partition(".")[0]
GONE = None  # of an argument that changes nothing any more


_ORDERS = {"tf": "channels_last", "th": "channels_first"}
_KERNEL = {
    "init": "kernel_initializer",
    "W_regularizer": "kernel_regularizer",
    "b_regularizer": "bias_regularizer",
    "W_constraint": "kernel_constraint",
    "b_constraint": "bias_constraint",
    "bias": "use_bias",
}
_WINDOW = {"border_mode": "padding"}
_IMAGES = {"dim_ordering": ("data_format", _ORDERS.get)}
_WORKERS = dict.fromkeys(("max_q_size", "nb_worker", "pickle_safe", "max_queue_size", "workers", "use_multiprocessing"))

# By class, or by method: the old names of arguments, each with today's; or with (today's, what becomes of the value),
# and what the warning shows, where that is another text.
ARGUMENTS = {
    "Layer": {"batch_input_shape": ("input_shape", lambda shape: tuple(shape[1:])), "input_dtype": "dtype"},
    "Dense": {"output_dim": "units", **_KERNEL},
    "Conv1D": {"nb_filter": "filters", "filter_length": "kernel_size", "subsample_length": "strides"}
    | {"atrous_rate": "dilation_rate", **_KERNEL, **_WINDOW},
    "Conv2D": {"nb_filter": "filters", "nb_row": "kernel_size", "nb_col": "kernel_size", "subsample": "strides"}
    | {"atrous_rate": "dilation_rate", **_KERNEL, **_WINDOW, **_IMAGES},
    "MaxPooling1D": {"pool_length": "pool_size", "stride": "strides", **_WINDOW},
    "AveragePooling1D": {"pool_length": "pool_size", "stride": "strides", **_WINDOW},
    "MaxPooling2D": _WINDOW | _IMAGES,
    "AveragePooling2D": _WINDOW | _IMAGES,
    "GlobalMaxPooling2D": _IMAGES,
    "GlobalAveragePooling2D": _IMAGES,
    "Dropout": {"p": "rate"},
    "SpatialDropout1D": {"p": "rate"},
    "SpatialDropout2D": {"p": "rate", **_IMAGES},
    "GaussianDropout": {"p": "rate"},
    "GaussianNoise": {"sigma": "stddev"},
    "LeakyReLU": {"alpha": "negative_slope"},
    "Embedding": {"init": "embeddings_initializer", "W_regularizer": "embeddings_regularizer"}
    | {"W_constraint": "embeddings_constraint"},
    "BatchNormalization": {"mode": GONE, "beta_init": "beta_initializer", "gamma_init": "gamma_initializer"},
    "Optimizer": {"lr": "learning_rate", "schedule_decay": GONE}
    | {"decay": ("decay", None, "learning_rate=InverseTimeDecay(rate, 1, decay)")},
    "ModelCheckpoint": {"period": GONE},
    "ReduceLROnPlateau": {"epsilon": "min_delta"},
    "TensorBoard": {"write_grads": GONE},
    "MaxNorm": {"m": "max_value"},
    "L1": {"l": "l1"},
    "L2": {"l": "l2"},
    "compile": {"class_mode": GONE, "sample_weight_mode": GONE, "target_tensors": GONE},
    "fit": {"nb_epoch": "epochs", "show_accuracy": GONE, "generator": "x", **_WORKERS},
    "evaluate": {"show_accuracy": GONE, "generator": "x", **_WORKERS},
    "predict": {"generator": "x", **_WORKERS},
    "Tokenizer": {"nb_words": "num_words"},
    "save": {"save_format": GONE},
    "to_categorical": {"nb_classes": "num_classes", "y": "x"},
}

# Old modules below keras, with the module of today; or what has its names, and what the warning shows.
MODULES: dict[str, str | tuple[str, str]] = {
    **dict.fromkeys(
        [
            *("layers.core", "layers.convolutional", "layers.pooling", "layers.normalization", "layers.embeddings"),
            *("layers.advanced_activations", "layers.noise", "layers.merge", "layers.recurrent", "layers.wrappers"),
            *("layers.local", "layers.reshaping", "layers.regularization", "layers.attention", "layers.experimental"),
            *("engine", "engine.topology", "engine.base_layer", "layers.experimental.preprocessing"),
            *("layers.core.dense", "layers.normalization.batch_normalization"),
        ],
        "layers",
    ),
    **dict.fromkeys(["engine.training", "engine.sequential", "models.models"], "models"),
    **dict.fromkeys(
        [
            *("utils.np_utils", "utils.generic_utils", "utils.vis_utils", "utils.visualize_util", "utils.data_utils"),
            *("utils.layer_utils", "utils.io_utils"),
        ],
        "utils",
    ),
    **dict.fromkeys(
        [
            *("optimizers.legacy", "optimizers.adam_v2", "optimizers.gradient_descent_v2", "optimizers.rmsprop_v2"),
            *("optimizers.adam_experimental", "optimizer_v2", "optimizers.experimental"),
        ],
        "optimizers",
    ),
    "optimizers.optimizer_v2": "optimizers",
    "objectives": "losses",
    "initializations": "initializers",
    "initializers.initializers_v2": "initializers",
    "callbacks.callbacks": "callbacks",
    "preprocessing.text": ("preprocessing", "keras.layers.TextVectorization"),
    "wrappers.scikit_learn": "wrappers",
}

# Old names below keras, with the name of today; or what has it, and what the warning shows.
NAMES: dict[str, str | tuple[str, str]] = {
    **{f"optimizers.{name.lower()}": f"optimizers.{name}" for name in ("Adam", "SGD", "RMSprop", "Adagrad", "Nadam")},
    **{f"optimizers.{name.lower()}": f"optimizers.{name}" for name in ("Adadelta", "Adamax")},
    "utils.plot": "utils.plot_model",
    "regularizers.WeightRegularizer": "regularizers.L1L2",
    "regularizers.activity_l1": "regularizers.L1",
    "regularizers.activity_l2": "regularizers.L2",
    "constraints.maxnorm": "constraints.MaxNorm",
    "constraints.nonneg": "constraints.NonNeg",
    "constraints.unitnorm": "constraints.UnitNorm",
}

# Old functions of keras.backend, each that of NumPy.
NAMES |= {
    f"backend.{old}": f"numpy.{new}"
    for old, new in {
        **{name: name for name in ("mean", "sum", "square", "sqrt", "abs", "exp", "log", "sin", "cos", "sign", "clip")},
        **{name: name for name in ("maximum", "minimum", "max", "min", "argmax", "argmin", "prod", "dot", "transpose")},
        **{name: name for name in ("reshape", "expand_dims", "squeeze", "stack", "concatenate", "round", "tanh")},
        **{
            name: name
            for name in ("equal", "not_equal", "greater", "greater_equal", "less", "less_equal", "any", "all")
        },
        **{
            "pow": "power",
            "shape": "shape",
            "int_shape": "shape",
            "zeros_like": "zeros_like",
            "std": "std",
            "var": "var",
        },
        **{"ones_like": "ones_like", "switch": "where", "get_value": "asarray"},
    }.items()
} | {f"backend.{name}": f"activations.{name}" for name in ("relu", "sigmoid", "softmax", "softplus", "elu", "softsign")}
NAMES |= {
    "backend.image_dim_ordering": "config.image_data_format",
    "backend.set_value": (f"{__name__}.set_value", "variable.assign"),
}

NAMES |= {
    f"wrappers.Keras{kind}": (f"{PACKAGE}.nn.scikit.Keras{kind}", f"keras.wrappers.SKLearn{kind}")
    for kind in ("Classifier", "Regressor")
}

NAMES |= {
    f"preprocessing.{name}": (f"{PACKAGE}.data.texts.{name}", "keras.layers.TextVectorization")
    for name in ("Tokenizer", "text_to_word_sequence")
}

# Old methods of models, each with the method that is called, and today's spelling.
METHODS = {
    "predict_proba": ("predict", "predict"),
    "predict_classes": ("predict", "predict, and np.argmax(…, axis=-1); of one output > 0.5"),
    "fit_generator": ("fit", "fit"),
    "evaluate_generator": ("evaluate", "evaluate"),
    "predict_generator": ("predict", "predict"),
}

# The arguments of such methods in their order, where it was another one.
_PLACES = {
    "fit_generator": ("x", "steps_per_epoch", "epochs", "verbose", "callbacks", "validation_data", "validation_steps"),
    "evaluate_generator": ("x", "steps", "callbacks"),
    "predict_generator": ("x", "steps", "callbacks"),
}

# Old names of figures in a history, with those of today.
FIGURES = {
    "acc": "accuracy",
    "mean_absolute_error": "mae",
    "mean_squared_error": "mse",
    "mean_absolute_percentage_error": "mape",
}

_told = set()  # the scripts that were told of their spellings


# -- reading them ---------------------------------------------------------------------------------------------


def reading(cls):
    """Let a class of the package take the old names of its arguments too, and of those of its bases."""
    table = {}
    for base in reversed(cls.__mro__):
        table |= ARGUMENTS.get(base.__name__, {})
    states = "__init__" in vars(cls) or cls.__name__ in ARGUMENTS
    if table and states and cls.__module__.partition(".")[0] == PACKAGE:
        cls.__init__ = reads_old(cls.__init__, table, cls.__name__)


def reads_old(function: F, table: dict[str, Any] | None = None, owner: str | None = None) -> F:
    """The function, which takes the old names of its arguments too.

    Args:
        function: a function or a method.
        table: the old names of its arguments; those of `ARGUMENTS` by default.
        owner: what the warning calls it; its name by default.

    Example:
        >>> @reads_old
        ... def to_categorical(x, num_classes=None):
        ...     return num_classes
        >>> with warnings.catch_warnings(action="ignore"):
        ...     to_categorical(1, nb_classes=2)
        2
    """
    owner = owner or function.__name__
    table = ARGUMENTS.get(owner, {}) if table is None else table

    @wraps(function)
    def call(*values, **given):
        if given and not table.keys().isdisjoint(given):
            values, given = _in_words_of_today(owner, table, values, given)
        return function(*values, **given)

    return call  # type: ignore[return-value]


def settings_of_today(cls, settings):
    """The settings of a class in a file, by today's names; nothing is told of them.

    Args:
        cls: a class, whose old names and those of its bases are read.
        settings: a dict by name.

    Example:
        >>> from tinygrad_edu.nn import Dense
        >>> settings_of_today(Dense, {"output_dim": 2, "init": "zeros"})
        {'units': 2, 'kernel_initializer': 'zeros'}
    """
    table = {}
    for base in reversed(cls.__mro__):
        table |= ARGUMENTS.get(base.__name__, {})
    of_today = set(cls.argument_names())
    return _renamed(table, [name for name in settings if name in table and name not in of_today], dict(settings))


def arguments_of_today(function, given):
    """All arguments of a method by today's names.

    Args:
        function: the method, which has its further arguments in `old`.
        given: its `locals()`, before it has made any other.

    Raises:
        TypeError: one of the further arguments is no old name either; the message says what is meant.

    Example:
        >>> def fit(self, x, epochs=1, **old): return arguments_of_today(fit, locals())
        >>> fit(None, 3, epoch=2)
        Traceback (most recent call last):
        ...
        TypeError: fit has no argument 'epoch'. Did you mean epochs? It takes x, epochs.
    """
    owner, given = function.__name__, dict(given)
    old = given.pop("old")
    del given["self"]
    table = ARGUMENTS.get(owner, {})
    for name in old.keys() - table.keys():
        near = meant(name, [*given])
        hint = f" Did you mean {near}?" if near else ""
        hint = f" It is an argument of the optimizer: {_OF_OPTIMIZER}." if name in _RATES else hint
        raise TypeError(f"{owner} has no argument {name!r}.{hint} It takes {some_of([*given])}.")
    _, named = _in_words_of_today(owner, table, (), dict(old))
    return given | named


_RATES, _OF_OPTIMIZER = ("learning_rate", "lr"), "optimizer=keras.optimizers.Adam(learning_rate=…)"


def method_of(thing, name):
    """The method of a model that is meant by an old name, or None."""
    today, spelling = METHODS.get(name, (None, None))
    if today is None or not hasattr(type(thing), today):
        return None
    tell({f".{name}": f".{spelling}"})
    method = getattr(thing, today)
    if name in _PLACES:
        return lambda *values, **given: method(**dict(zip(_PLACES[name], values)), **given)
    return (lambda *values, **given: _classes(method(*values, **given))) if name == "predict_classes" else method


def _classes(outputs):
    return outputs.argmax(axis=-1) if outputs.shape[-1] > 1 else (outputs > 0.5).astype("int32")


def attribute(today):
    """A property that stands for an attribute by its name of today."""

    def get(thing):
        tell({".lr": f".{today}"})
        return getattr(thing, today)

    def set_(thing, value):
        tell({".lr": f".{today}"})
        setattr(thing, today, value)

    return property(get, set_)


def _in_words_of_today(owner, table, values, given):
    """The arguments of a call by today's names."""
    old = [name for name in given if name in table]
    tell({f"{name}=": spelling(table[name]) for name in old}, owner)
    if owner == "Conv2D" and len(values) == 4 and isinstance(values[2], int) and isinstance(values[3], int):
        values = (*values[:2], values[2:])  # Convolution2D(32, 3, 3, …) had the kernel in two numbers
    return values, _renamed(table, old, given)


def _renamed(table, old, given):
    """Arguments by name, with today's names in the place of these old ones."""
    if "nb_row" in given and "nb_col" in given:  # one kernel_size, of two numbers
        given["nb_row"] = given["nb_row"], given.pop("nb_col")
        old.remove("nb_col")
    for name in old:
        today, value = table[name], given.pop(name)
        if isinstance(today, tuple):
            today, change, *_ = today
            value = value if change is None else change(value)
        if today is not GONE:
            given[today] = value
    return given


def spelling(today):
    """How an argument is written today, for a row of `ARGUMENTS`."""
    if isinstance(today, tuple):
        return today[2] if len(today) > 2 else f"{today[0]}="
    return f"{today}=" if today else "(left out)"


# -- saying it once -------------------------------------------------------------------------------------------


def tell(spellings, owner=""):
    """Warn once for each script, of these old spellings and of all others that are found in it.

    Args:
        spellings: those met just now, each with today's.
        owner: the class or function to which they belong.
    """
    filename, line = place_in_script()
    if filename in _told:
        return
    _told.add(filename)
    lines = [f"{old} → {new}" + (f" of {owner}" if owner else "") for old, new in spellings.items()]
    text = "".join(linecache.getlines(filename))
    lines += [row for old, row in _others(text) if old not in spellings]
    warnings.warn_explicit(
        "This script is written for an older Keras, and runs as it is. Today one writes:\n  "
        + "\n  ".join(dict.fromkeys(lines))
        + "\ndocs/keras.md has the table of all old spellings.",
        UserWarning,
        filename,
        line,
    )


def forget_scripts():
    """Let every script be told anew."""
    _told.clear()


def _others(text):
    """The old spellings in the text of a script, each with its line for the warning."""
    for old, new in MODULES.items():
        if re.search(rf"keras\.{re.escape(old)}\b", text):
            yield old, f"keras.{old} → {shown(new)}"
    rows = {}
    for table in ARGUMENTS.values():
        for old, today in table.items():
            rows.setdefault(old, []).append(spelling(today))
    for old, todays in rows.items():
        if old not in _OF_TODAY_TOO and re.search(rf"[(,]\s*{old}\s*=[^=]", text):
            yield f"{old}=", f"{old}= → {' or '.join(dict.fromkeys(todays))}"


_OF_TODAY_TOO = {"alpha", "bias", "epsilon", "l", "m", "mode", "p", "sigma", "stride", "y"}  # of something else


def place_in_script():
    """The file and the line of the first frame that is neither of this package nor of Python's import."""
    frame = sys._getframe(1)
    while frame.f_back is not None and (
        _OWN in frame.f_code.co_filename or str(frame.f_globals.get("__name__")).startswith("importlib")
    ):
        frame = frame.f_back
    return frame.f_code.co_filename, frame.f_lineno


_OWN = os.sep + PACKAGE + os.sep


def module_of_today(path):
    """The module of today for that of an old path below keras, or None; the script is told.

    Example:
        >>> with warnings.catch_warnings(action="ignore"):
        ...     module_of_today("layers.core")
        'layers'
    """
    today = MODULES.get(path)
    if today is not None:
        tell({f"keras.{path}": shown(today)})
    return today[0] if isinstance(today, tuple) else today


def name_of_today(path):
    """The name of today for an old one below keras, or None; the script is told.

    Example:
        >>> with warnings.catch_warnings(action="ignore"):
        ...     name_of_today("optimizers.adam")
        'optimizers.Adam'
    """
    today = NAMES.get(path)
    if today is not None:
        tell({f"keras.{path}": shown(today)})
    return today[0] if isinstance(today, tuple) else today


def shown(today):
    """How a name of today is written in a script, for a row of `NAMES` or `MODULES`."""
    if isinstance(today, tuple):
        return today[1]
    return today if today.startswith("numpy.") else f"keras.{today}"


def set_value(variable, value):
    """Give a Variable another value: `keras.backend.set_value` of old.

    Raises:
        TypeError: it is no Variable, such as a learning rate that falls by itself.
    """
    if not hasattr(variable, "assign"):
        raise TypeError("set_value expects a Variable; this learning rate comes from decay= or a schedule.")
    variable.assign(value)


class Figures(dict):
    """Figures by name, where an old name stands for that of today: "val_acc" for "val_accuracy".

    Example:
        >>> with warnings.catch_warnings(action="ignore"):
        ...     Figures(val_accuracy=[0.5])["val_acc"]
        [0.5]
    """

    def __missing__(self, name):
        today = self.today(name)
        if today is None:
            raise KeyError(name)
        return self[today]

    def get(self, name, default=None):
        today = name if name in self else self.today(name)
        return default if today is None else self[today]

    def today(self, name):
        """The name of today for an old one, where there is such a figure; or None."""
        start = "val_" if name.startswith("val_") else ""
        today = start + FIGURES.get(name.removeprefix("val_"), "")
        if today not in self:
            return None
        tell({f'["{name}"]': f'["{today}"]'})
        return today
