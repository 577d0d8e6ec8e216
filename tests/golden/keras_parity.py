"""Figures of real Keras 3 for what the other scripts leave out: callbacks, initializers, activations, array metrics.

    KERAS_BACKEND=jax python tests/golden/keras_parity.py      (keras 3.15.1, jax 0.10.2)

writes keras_parity.json. All inputs are made here, by formula; the functions take `keras`, real or ours.
"""

import json
import sys
import tempfile
from pathlib import Path

import numpy as np

# -- callbacks: what they did in a training ----------------------------------------------------------------

SERIES = [5.0, 4.0, 4.5, 4.2, 3.9, 3.95, 3.99, 3.9, 3.89, 3.885, 3.0, 3.1, 3.2, 3.3, 3.4]
PLATEAUS = {
    "patience": {"patience": 2, "factor": 0.5},
    "delta": {"patience": 2, "factor": 0.1, "min_delta": 0.05},
    "cooldown": {"patience": 1, "factor": 0.5, "cooldown": 3},
    "least rate": {"patience": 1, "factor": 0.3, "min_lr": 0.01},
    "largest": {"patience": 2, "factor": 0.5, "mode": "max"},
    "smallest": {"patience": 3, "mode": "min"},
}
CHECKPOINTS = {
    "every epoch": {},
    "best": {"save_best_only": True},
    "best by largest": {"save_best_only": True, "mode": "max"},
    "best under a threshold": {"save_best_only": True, "initial_value_threshold": 4.1},
    "weights": {"save_weights_only": True},
    "best weights": {"save_weights_only": True, "save_best_only": True},
}
X = np.sin(np.arange(40)).reshape(20, 2).astype("float32")
Y = (X[:, :1] - 2 * X[:, 1:] > 0).astype("float32")


def network(keras, rate=0.1, **options):
    """A small network with given weights, compiled."""
    layers = keras.layers
    model = keras.Sequential([keras.Input((2,)), layers.Dense(3, activation="tanh"), layers.Dense(1)])
    shapes = (2, 3), (3,), (3, 1), (1,)
    model.set_weights([np.cos(np.arange(np.prod(shape))).reshape(shape).astype("float32") for shape in shapes])
    model.compile(keras.optimizers.SGD(rate), "mse", **options)
    return model


def fed(callback, model, key="loss"):
    """Feed the series to a callback, as epochs; what `look` sees after each is yielded."""
    callback.set_model(model)
    callback.set_params({"epochs": len(SERIES), "steps": 1, "verbose": 0})
    callback.on_train_begin()
    for epoch, value in enumerate(SERIES):
        callback.on_epoch_begin(epoch, {})
        callback.on_epoch_end(epoch, {key: value})
        yield epoch
    callback.on_train_end()


def rates_on_plateaus(keras, options):
    model = network(keras)
    callback = keras.callbacks.ReduceLROnPlateau(monitor="loss", **options)
    return [float(np.asarray(model.optimizer.learning_rate)) for _ in fed(callback, model)]


def rates_of_a_schedule(keras, schedule):
    model = network(keras)
    callback = keras.callbacks.LearningRateScheduler(schedule)
    found = model.fit(X, Y, epochs=4, verbose=0, shuffle=False, callbacks=[callback]).history
    return {name: [float(v) for v in values] for name, values in found.items()}


SCHEDULES = {
    "of the epoch": lambda epoch: 0.1 / (1 + epoch),
    "of the epoch and the rate": lambda epoch, rate: rate * 0.5 if epoch > 1 else rate,
}


def files_of_checkpoints(keras, options):
    """The files after each epoch."""
    ending = ".weights.h5" if options.get("save_weights_only") else ".keras"
    with tempfile.TemporaryDirectory() as folder:
        model, found = network(keras), []
        path = str(Path(folder) / ("{epoch:02d}-{loss:.2f}" + ending))
        for _ in fed(keras.callbacks.ModelCheckpoint(path, monitor="loss", **options), model):
            found.append(sorted(file.name for file in Path(folder).iterdir()))
    return found


def log_of(keras, separator, append):
    """The text of CSVLogger after two trainings."""
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "log.csv")
        for _ in range(2):
            logger = keras.callbacks.CSVLogger(path, separator=separator, append=append)
            for _ in fed(logger, network(keras)):
                pass
        return Path(path).read_text("utf-8").replace("\r\n", "\n")


HOOK_NAMES = [
    f"on_{what}_{when}"
    for what in ("train", "epoch", "train_batch", "test", "test_batch", "predict", "predict_batch")
    for when in ("begin", "end")
]


def hooks(keras, **options):
    """The hooks of fit, evaluate and predict in their order, with the names of the figures they get."""
    seen = []

    class Listener(keras.callbacks.Callback):
        pass

    def listening(name, numbered):
        def hook(self, *arguments, logs=None):
            number, rest = (int(arguments[0]), arguments[1:]) if numbered else (None, arguments)
            names = sorted(logs or (rest[0] if rest else None) or {})
            seen.append([name, number, [n for n in names if n != "outputs"]])

        return hook

    for name in HOOK_NAMES:
        setattr(Listener, name, listening(name, "batch" in name or "epoch" in name))
    model = network(keras, metrics=["mae"])
    options = {"epochs": 2, "batch_size": 10, "verbose": 0, "shuffle": False, **options}
    model.fit(X, Y, callbacks=[Listener()], **options)
    model.evaluate(X, Y, batch_size=10, callbacks=[Listener()], verbose=0)
    model.predict(X, batch_size=10, callbacks=[Listener()], verbose=0)
    return seen


HOOKS = {
    "plain": {},
    "validation": {"validation_data": (X, Y), "validation_batch_size": 20},
    "validation now and then": {"validation_split": 0.5, "validation_freq": 2},
    "later epochs": {"epochs": 5, "initial_epoch": 3},
    "some steps": {"steps_per_epoch": 1},
}


def stopped_by_nan(keras):
    """How far a training gets whose loss overflows."""
    history = network(keras, rate=1e30).fit(
        X, Y, epochs=5, batch_size=10, verbose=0, shuffle=False, callbacks=[keras.callbacks.TerminateOnNaN()]
    )
    return len(history.history["loss"])


def history_of(keras, **options):
    """The record of a training: epochs, and figures by name."""
    model = network(keras, metrics=["mae"], weighted_metrics=["mse"])
    history = model.fit(X, Y, batch_size=8, verbose=0, shuffle=False, sample_weight=1 + X[:, 0] ** 2, **options)
    return [list(history.epoch), {name: [float(v) for v in values] for name, values in history.history.items()}]


def resumed(keras):
    """The epochs that run when a training broke off after the second and is begun again."""
    seen = []
    with tempfile.TemporaryDirectory() as folder:
        for broken in (True, False):
            seen.append([])

            def note(epoch, logs, broken=broken):
                seen[-1].append(epoch)
                if broken and epoch == 2:
                    raise KeyboardInterrupt

            backup = keras.callbacks.BackupAndRestore(folder)
            watch = keras.callbacks.LambdaCallback(on_epoch_begin=note)
            try:
                network(keras).fit(X, Y, epochs=5, verbose=0, shuffle=False, callbacks=[backup, watch])
            except KeyboardInterrupt:
                continue
    return seen


def callbacks(keras):
    return {
        "ReduceLROnPlateau": {name: rates_on_plateaus(keras, options) for name, options in PLATEAUS.items()},
        "LearningRateScheduler": {name: rates_of_a_schedule(keras, made) for name, made in SCHEDULES.items()},
        "ModelCheckpoint": {name: files_of_checkpoints(keras, options) for name, options in CHECKPOINTS.items()},
        "CSVLogger": {f"{s!r} {append}": log_of(keras, s, append) for s in ",;" for append in (True, False)},
        "LambdaCallback, Callback": {name: hooks(keras, **options) for name, options in HOOKS.items()},
        "TerminateOnNaN": {"overflow": stopped_by_nan(keras)},
        "History": {
            "plain": history_of(keras, epochs=3),
            "validation": history_of(keras, epochs=4, validation_data=(X[:7], Y[:7]), validation_freq=2),
            "later epochs": history_of(keras, epochs=4, initial_epoch=2, validation_split=0.25),
        },
        "BackupAndRestore": {"broken off": resumed(keras)},
    }


# -- initializers: mean, standard deviation, least and largest of many draws -----------------------------------

INITIALIZERS = {
    "Zeros": [{}],
    "Ones": [{}],
    "Constant": [{"value": -1.5}],
    "RandomNormal": [{}, {"mean": 1.0, "stddev": 0.5}],
    "RandomUniform": [{}, {"minval": -1.0, "maxval": 3.0}],
    "TruncatedNormal": [{}, {"mean": 0.5, "stddev": 2.0}],
    **{
        name: [{}, {"input_axes": [1], "output_axes": [0]}]
        for name in ("GlorotNormal", "GlorotUniform", "HeNormal", "HeUniform", "LecunNormal", "LecunUniform")
    },
    "VarianceScaling": [
        {"scale": scale, "mode": mode, "distribution": distribution}
        for scale, mode in ((1.0, "fan_in"), (2.0, "fan_out"), (0.5, "fan_avg"))
        for distribution in ("truncated_normal", "untruncated_normal", "uniform")
    ],
    "Identity": [{}, {"gain": 0.5}],
    "Orthogonal": [{}, {"gain": 2.0}],
}
MATRIX, WINDOW, TALL = (300, 200), (3, 3, 40, 90), (200, 100)


def moments(keras, name, arguments):
    """[mean, standard deviation, least, largest, singular value] for each of the shapes."""
    found = []
    shapes = {"Identity": [(4, 6)], "Orthogonal": [TALL]}.get(name, [MATRIX, WINDOW])
    for shape in shapes:
        initializer = getattr(keras.initializers, name)(**arguments)
        if "seed" in initializer.get_config():
            initializer = getattr(keras.initializers, name)(**arguments, seed=7)
        values = np.asarray(initializer(shape), dtype=float)
        spectrum = np.linalg.svd(values.reshape(-1, shape[-1]), compute_uv=False)
        found.append([float(v) for v in (values.mean(), values.std(), values.min(), values.max(), spectrum[0])])
    return found


# -- activations -------------------------------------------------------------------------------------------------

POINTS = np.array([[-8.0, -2.5, -1.0, -0.3, -0.1], [0.0, 0.05, 0.4, 1.7, 9.0]], "float32")
PLAIN = [
    *("linear", "mish", "relu6", "selu", "sigmoid", "silu", "softplus", "softsign", "swish", "tanh", "tanh_shrink"),
    *("hard_sigmoid", "hard_silu", "hard_swish", "hard_tanh", "log_sigmoid", "sparse_plus", "sparse_sigmoid"),
    "exponential",
]
ACTIVATIONS = {
    "relu": [{}, {"negative_slope": 0.1, "max_value": 1.0, "threshold": -0.2}],
    "leaky_relu": [{}, {"negative_slope": 0.05}],
    "elu": [{}, {"alpha": 0.5}],
    "celu": [{}, {"alpha": 0.5}],
    "gelu": [{}, {"approximate": True}],
    "softmax": [{}, {"axis": 0}],
    "log_softmax": [{}, {"axis": 0}],
    "hard_shrink": [{}, {"threshold": 0.2}],
    "soft_shrink": [{}, {"threshold": 0.2}],
    "squareplus": [{}, {"b": 2}],
    "glu": [{"axis": 0}],
    "threshold": [{"threshold": 0.1, "default_value": -2.0}, {"threshold": -1.0, "default_value": 1}],
    **{name: [{}] for name in PLAIN},
}


def activated(keras, name, arguments):
    values = getattr(keras.activations, name)(POINTS, **arguments)
    return np.asarray(values).astype(float).round(7).tolist()


# -- metrics with several values -----------------------------------------------------------------------------------

ARRAYS = {
    "F1Score": ["F1Score", {}],
    "F1Score of thresholds": ["F1Score", {"threshold": 0.3}],
    "FBetaScore": ["FBetaScore", {"beta": 2.0}],
    "R2Score": ["R2Score", {"class_aggregation": None}],
}


# Metrics of one array of values, and the batches of values with their weights that they get.
def power_of(y_true, y_pred, power):
    return (y_true - y_pred) ** power


VALUES = {
    "Mean": ("Mean", {"name": "average"}),
    "Sum": ("Sum", {"name": "total"}),
    "MeanMetricWrapper": ("MeanMetricWrapper", {"fn": power_of, "power": 2}),
}
BATCHES = [([1.0, 2.0, -4.0], [0.5, 2.0, 1.0]), ([[1.5], [3.0]], [2.0, 0.25]), (7.0, None)]


def of_values(keras, cls, arguments):
    """The result after each batch, without weights and with them."""
    found = []
    for weighted in (False, True):
        metric = getattr(keras.metrics, cls)(**arguments)
        for values, weight in BATCHES:
            values = np.asarray(values, "float32")
            weight = np.asarray(weight, "float32") if weighted and weight is not None else None
            if cls == "MeanMetricWrapper":
                values = np.atleast_1d(values)
                metric.update_state(values * 0, values, sample_weight=weight)
            else:
                metric.update_state(values, sample_weight=weight)
            found.append(float(metric.result()))
    return found


# -- layers that stand in no other script ----------------------------------------------------------------------

LAYERS = {
    "lambda": ("Lambda", {"function": lambda x, by: x * by + 1, "arguments": {"by": 3.0}}, (4,)),
    "lambda of another shape": ("Lambda", {"function": lambda x: x[:, :2] ** 2, "output_shape": (2,)}, (4,)),
    "flatten": ("Flatten", {"data_format": "channels_last"}, (3, 2)),
    "input": ("InputLayer", {"shape": (4,), "batch_size": 3}, (4,)),
    "input of a batch": ("InputLayer", {"batch_shape": (None, 4)}, (4,)),
}


def layered(keras, cls, arguments, shape):
    """The shape and the values of the output, after an Input or as the Input."""
    first = [] if cls == "InputLayer" else [keras.Input(shape)]
    model = keras.Sequential([*first, getattr(keras.layers, cls)(**arguments), keras.layers.Rescaling(2.0, 0.5)])
    x = np.sin(np.arange(3 * int(np.prod(shape)))).reshape(3, *shape).astype("float32")
    shape_found = [None if n is None else int(n) for n in model.output_shape]
    return [shape_found, np.asarray(model.predict(x, verbose=0)).astype(float).round(6).tolist()]


# -- sequences of one length ---------------------------------------------------------------------------------------

RAGGED = [[1, 2, 3], [4, 5], [], [6, 7, 8, 9, 10]]
PADDED = {
    "plain": {},
    "cut": {"maxlen": 2},
    "cut and filled after": {"maxlen": 4, "padding": "post", "truncating": "post", "value": -1},
    "floats": {"maxlen": 4, "dtype": "float32", "truncating": "post", "value": 0.5},
}


def padded(keras, arguments):
    """The rows of numbers, and of pairs of numbers, their shapes and types."""
    pairs = [np.array([[n, -n] for n in numbers]).tolist() for numbers in RAGGED]
    found = [keras.utils.pad_sequences(data, **arguments) for data in (RAGGED, pairs)]
    return [[values.tolist(), list(values.shape), values.dtype.name] for values in found]


def array_figures(keras, cls, arguments):
    """history, evaluate and train_on_batch of a training with a metric that has a value for each class."""
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3, activation="softmax")])
    model.set_weights([np.cos(np.arange(6)).reshape(2, 3).astype("float32"), np.zeros(3, "float32")])
    metric = getattr(keras.metrics, cls)(**arguments, name="figure")
    model.compile(keras.optimizers.SGD(0.5), "categorical_crossentropy", metrics=[metric, "accuracy"])
    y = np.eye(3, dtype="float32")[np.arange(20) * 7 % 3]
    history = model.fit(X, y, epochs=3, batch_size=8, verbose=0, shuffle=False, validation_data=(X[:9], y[:9])).history
    found = {name: np.array(values, dtype=float).round(7).tolist() for name, values in history.items()}
    found["evaluate"] = [np.asarray(v, dtype=float).round(7).tolist() for v in model.evaluate(X, y, verbose=0)]
    on_batch = model.train_on_batch(X, y, return_dict=True)
    found["batch"] = {name: np.asarray(value, dtype=float).round(7).tolist() for name, value in on_batch.items()}
    return found


if __name__ == "__main__":
    import keras

    figures = {
        "callbacks": callbacks(keras),
        "initializers": {name: [moments(keras, name, a) for a in cases] for name, cases in INITIALIZERS.items()},
        "activations": {name: [activated(keras, name, a) for a in cases] for name, cases in ACTIVATIONS.items()},
        "array metrics": {name: array_figures(keras, *case) for name, case in ARRAYS.items()},
    }
    figures["values"] = {name: of_values(keras, *case) for name, case in VALUES.items()}
    figures["layers"] = {name: layered(keras, *case) for name, case in LAYERS.items()}
    figures["padded"] = {name: padded(keras, arguments) for name, arguments in PADDED.items()}
    text = json.dumps(figures, separators=(",", ":")).replace('],"', '],\n"')
    Path(__file__).with_suffix(".json").write_text(text + "\n")
    print(keras.__version__, len(text), file=sys.stderr)
