"""Figures of real Keras 3 with masks: layers, losses, metrics, trainings; and metrics whose result is a dict.

    KERAS_BACKEND=torch python tests/golden/nn_masks.py      (keras 3.15.1, torch 2.13)

writes nn_masks.json. With JAX, Keras loses the mask of y_pred on the way out of the gradient, so that the metrics of
`fit` (not those of `evaluate`) count all steps; all other figures are the same. With PyTorch the loss multiplies the
weights in place, before the metrics see them, if they are floats; so those of the trainings are whole numbers.

The inputs and weights are made here, by formula, for Keras and for the tests: the functions take `keras`, which is
real Keras or tinygrad_edu.keras.
"""

import json
import sys
from pathlib import Path

import numpy as np

BATCH, STEPS = 3, 4
NUMBERS = np.array([[1, 2, 3, 0], [4, 0, 0, 0], [2, 2, 0, 1]])
MASK = NUMBERS != 0
NO_STEP = np.array([[True, True, False, True], [False] * 4, [True, False, False, False]])
WEIGHTS = np.linspace(0.5, 2.0, BATCH * STEPS).reshape(BATCH, STEPS).astype("float32")


def wave(shape, phase=0.3, size=2.0):
    """Numbers without a pattern that a mistake could share, of this shape."""
    return (size * np.sin(np.arange(np.prod(shape)) * 1.7 + phase)).reshape(shape).astype("float32")


def plain(values):
    """As JSON holds it."""
    values = values.detach().numpy() if hasattr(values, "detach") else values
    return None if values is None else np.asarray(values).astype(float).tolist()


def sorted_plain(figures):
    return {name: plain(figures[name]) for name in sorted(figures)}


# -- layers -----------------------------------------------------------------------------------------------------

SUPPORT = {
    "Activation": ["relu"], "ActivityRegularization": [], "AlphaDropout": [0.1], "AveragePooling1D": [2],
    "AveragePooling2D": [2], "BatchNormalization": [], "Conv1D": [3, 2], "Conv2D": [3, 2], "Dense": [3],
    "Dropout": [0.1], "ELU": [], "Embedding": [5, 3], "Flatten": [], "GaussianDropout": [0.1], "GaussianNoise": [0.1],
    "GlobalAveragePooling1D": [], "GlobalAveragePooling2D": [], "GlobalMaxPooling1D": [], "GlobalMaxPooling2D": [],
    "Identity": [], "InputLayer": [[3]], "Lambda": [abs], "LayerNormalization": [], "LeakyReLU": [], "Masking": [],
    "MaxPooling1D": [], "MaxPooling2D": [], "Normalization": [], "PReLU": [], "Permute": [[2, 1]], "ReLU": [],
    "RepeatVector": [2], "Rescaling": [0.5], "Reshape": [[3, 2]], "Softmax": [], "SpatialDropout1D": [0.1],
    "SpatialDropout2D": [0.1], "UnitNormalization": [],
    "Add": [], "Average": [], "CategoryEncoding": [3], "Concatenate": [], "Conv1DTranspose": [3, 2],
    "Conv2DTranspose": [3, 2], "Cropping1D": [], "Cropping2D": [], "DepthwiseConv1D": [2], "DepthwiseConv2D": [2],
    "Discretization": [[0.0]], "Dot": [1], "GroupNormalization": [2], "Maximum": [], "Minimum": [], "Multiply": [],
    "Resizing": [2, 2], "SeparableConv1D": [3, 2], "SeparableConv2D": [3, 2], "Subtract": [], "UpSampling1D": [],
    "UpSampling2D": [], "ZeroPadding1D": [], "ZeroPadding2D": [],
}  # fmt: skip

# Layers that are called with a mask: class, arguments, shape of the inputs, mask, further arguments of the call.
CALLED = {
    "mean of a sequence": ("GlobalAveragePooling1D", {}, (3, 4, 2), MASK, {}),
    "mean of a sequence, channels first": (
        "GlobalAveragePooling1D", {"data_format": "channels_first"}, (3, 2, 4), MASK, {},
    ),
    "mean of a sequence, all axes": ("GlobalAveragePooling1D", {"keepdims": True}, (3, 4, 2), MASK, {}),
    "mean of nothing": ("GlobalAveragePooling1D", {}, (3, 4, 2), NO_STEP, {}),
    "mean, mask of floats": ("GlobalAveragePooling1D", {}, (3, 4, 2), MASK.astype("float32"), {}),
    "softmax": ("Softmax", {}, (3, 4), MASK, {}),
    "softmax of nothing": ("Softmax", {}, (3, 4), NO_STEP, {}),
    "softmax, mask of floats": ("Softmax", {}, (3, 4), MASK.astype("float32") * 0.7, {}),
    "softmax along an axis": ("Softmax", {"axis": 1}, (3, 4, 2), MASK[..., None], {}),
    "softmax over two axes": ("Softmax", {"axis": [1, 2]}, (3, 4, 2), MASK[..., None], {}),
    "softmax, one mask for all": ("Softmax", {}, (3, 4), MASK[0], {}),
    "batch": ("BatchNormalization", {"momentum": 0.7}, (3, 4, 2), MASK, {"training": True}),
    "batch of nothing": ("BatchNormalization", {}, (3, 4, 2), MASK & False, {"training": True}),
    "batch, other axis": ("BatchNormalization", {"axis": 1, "epsilon": 0.1}, (3, 4, 2), MASK, {"training": True}),
    "batch, not in training": ("BatchNormalization", {}, (3, 4, 2), MASK, {"training": False}),
}  # fmt: skip


def called(keras, cls, arguments, shape, mask, options):
    """The output, and the weights after the call."""
    layer = getattr(keras.layers, cls)(**arguments)
    out = layer(wave(shape), mask=mask, **options)
    return {"out": plain(out), "weights": [plain(weight) for weight in layer.get_weights()]}


def holes(value):
    """A sequence with steps of nothing but this value, and single ones of it."""
    x = wave((BATCH, STEPS, 2))
    x[0, 1], x[2, 3], x[1, 0, 0] = value, value, value
    return x


# Layers that make a mask or pass it on, one after the other: the output of the last, and its mask.
PASSED = {
    "embedding": lambda keras: (NUMBERS, [embedding(keras)]),
    "embedding without": lambda keras: (NUMBERS, [embedding(keras, mask_zero=False)]),
    "masking": lambda keras: (holes(0.0), [keras.layers.Masking()]),
    "masking of a value": lambda keras: (holes(-1.5), [keras.layers.Masking(mask_value=-1.5)]),
    "masking of rows": lambda keras: (holes(0.0)[:, 1], [keras.layers.Masking()]),
    "two masks": lambda keras: (holes(0.0), [keras.layers.Masking(), keras.layers.Masking(wave((1,))[0].item())]),
    "passed on": lambda keras: (
        NUMBERS, [embedding(keras), keras.layers.ReLU(), keras.layers.Dropout(0.5), keras.layers.LayerNormalization()]
    ),
    "averaged": lambda keras: (NUMBERS, [embedding(keras), keras.layers.GlobalAveragePooling1D()]),
    "lambda": lambda keras: (
        NUMBERS, [embedding(keras), keras.layers.Lambda(lambda x: x[:, 1:], mask=lambda x, mask: mask[:, 1:])]
    ),
    "lambda with the mask": lambda keras: (
        NUMBERS, [embedding(keras), keras.layers.Lambda(lambda x, mask: x * mask[:, :, None], mask=~MASK)]
    ),
}  # fmt: skip


def embedding(keras, mask_zero=True):
    layer = keras.layers.Embedding(5, 2, mask_zero=mask_zero)
    layer.build((None, STEPS))
    layer.set_weights([wave((5, 2), 0.9)])
    return layer


def passed(keras, make):
    """The output of layers one after the other, its mask, and the configurations."""
    x, layers = make(keras)
    for layer in layers:
        x = layer(x)
    known = [layer.get_config() for layer in layers if "Lambda" not in type(layer).__name__]
    keys = ("mask_zero", "mask_value")
    config = [{key: config[key] for key in keys if key in config} for config in known]
    return {"out": plain(x), "mask": plain(getattr(x, "_keras_mask", None)), "config": config}


# -- losses and metrics -------------------------------------------------------------------------------------------

LOSSES = {
    "MeanSquaredError": {}, "MeanAbsoluteError": {}, "Huber": {}, "BinaryCrossentropy": {"from_logits": True},
    "CategoricalCrossentropy": {"from_logits": True}, "CosineSimilarity": {},
    "SparseCategoricalCrossentropy": {"from_logits": True, "ignore_class": 1},
}  # fmt: skip
REDUCTIONS = ["sum_over_batch_size", "mean", "sum", "mean_with_sample_weight", None]
MASKS = {"mask": MASK, "nothing": MASK & False, "all": MASK | True}


def predictions(keras, mask, features=2):
    """Predictions that have this mask."""
    y_pred = np.where(mask[..., None], wave((BATCH, STEPS, features), 0.7), 0).astype("float32")
    return keras.layers.Masking()(y_pred)


def targets(cls, features=2):
    if cls.startswith("Sparse"):
        return np.arange(BATCH * STEPS).reshape(BATCH, STEPS) % features
    return (wave((BATCH, STEPS, features), 2.0) > 0).astype("float32")


def loss_figures(keras, cls, arguments):
    """By reduction, mask and weights."""
    return {
        f"{reduction} {name} {'weights' if weights is not None else ''}": plain(
            getattr(keras.losses, cls)(reduction=reduction, **arguments)(
                targets(cls), predictions(keras, mask), weights
            )
        )
        for reduction in REDUCTIONS
        for name, mask in MASKS.items()
        for weights in (None, WEIGHTS)
    }


def own_loss(y_true, y_pred):
    """One number for the whole batch, in which a mask has no part."""
    return (abs(y_true - y_pred)).mean()


METRICS = {
    **dict.fromkeys(
        (
            "Accuracy", "BinaryAccuracy", "CategoricalAccuracy", "BinaryCrossentropy", "CategoricalHinge", "Hinge",
            "CosineSimilarity", "LogCoshError", "MeanAbsoluteError", "MeanSquaredError", "RootMeanSquaredError",
            "SquaredHinge", "Precision", "TruePositives",
        ),
        {},
    ),
    "CategoricalCrossentropy": {"from_logits": True}, "TopKCategoricalAccuracy": {"k": 1},
    "SparseCategoricalAccuracy": {}, "SparseCategoricalCrossentropy": {"from_logits": True, "ignore_class": 1},
    "SparseTopKCategoricalAccuracy": {"k": 1},
}  # fmt: skip
UNIT = ("BinaryCrossentropy", "Precision", "TruePositives")  # want predictions between 0 and 1


def metric_figures(keras, cls, arguments):
    """By mask and weights; two batches."""
    found = {}
    for name, mask in MASKS.items():
        for weights in (None, WEIGHTS):
            metric = getattr(keras.metrics, cls)(**arguments)
            for phase in (1.0, -1.0):
                y_pred = predictions(keras, mask)
                if cls in UNIT:
                    y_pred = keras.layers.Activation("sigmoid")(y_pred)
                metric.update_state((targets(cls) * phase) ** 2, y_pred, sample_weight=weights)
            found[f"{name} {'weights' if weights is not None else ''}"] = plain(metric.result())
    return found


# -- trainings ----------------------------------------------------------------------------------------------------


def counting(keras):
    """A layer whose call gets the mask, and that passes it on."""

    class Counting(keras.layers.Layer):
        def __init__(self, **options):
            super().__init__(**options)
            self.supports_masking = True

        def call(self, inputs, mask=None):
            return inputs * mask[:, :, None] + 0.5

    return Counting()


X = {
    "numbers": np.arange(40).reshape(10, STEPS) * 7 % 11 % 5,
    "sequences": np.where((np.arange(40) * 5 % 7 > 2).reshape(10, STEPS, 1), wave((10, STEPS, 2), 1.1), 0),
}
Y = {"rows": wave((10, 1), 0.4), "steps": wave((10, STEPS, 1), 0.4), "classes": np.arange(40).reshape(10, STEPS) % 3}


def averaged(keras):
    layers = keras.layers
    return [layers.Embedding(5, 3, mask_zero=True), layers.GlobalAveragePooling1D(), layers.Dense(1)]


def step_by_step(keras):
    layers = keras.layers
    return [layers.Masking(), layers.Dense(3, "tanh"), layers.BatchNormalization(), layers.Dense(1)]


def classified(keras):
    layers = keras.layers
    return [layers.Embedding(5, 3, mask_zero=True), layers.Dense(3), layers.Activation("softmax")]


def own_layer(keras):
    return [keras.layers.Embedding(5, 3, mask_zero=True), counting(keras), keras.layers.Dense(1)]


TRAININGS = {
    "averaged": (averaged, "numbers", "rows", {"loss": "mse", "metrics": ["mae"]}, False),
    "step by step": (step_by_step, "sequences", "steps", {"loss": "mse", "metrics": ["mae"]}, False),
    "weighted steps": (
        step_by_step, "sequences", "steps", {"loss": "mae", "metrics": ["mse"], "weighted_metrics": ["mse"]}, True,
    ),
    "classes": (
        classified, "numbers", "classes", {"loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"]}, False,
    ),
    "own layer": (own_layer, "numbers", "steps", {"loss": "mse", "weighted_metrics": ["mae"]}, True),
}  # fmt: skip


def trained(keras, build, x, y, options, weighted, eager=False, rate=0.1):
    """The history of a training with validation, what evaluate gives, the predictions."""
    x, y = X[x], Y[y]
    model = keras.Sequential([keras.layers.Input(x.shape[1:]), *build(keras)])
    model.set_weights([w + wave(w.shape, 0.2 + i, 0.5) for i, w in enumerate(map(np.zeros_like, model.get_weights()))])
    for layer in model.layers:
        if "BatchNormalization" in type(layer).__name__:
            layer.set_weights([np.ones(3), np.zeros(3), np.zeros(3), np.ones(3)])
    model.compile(keras.optimizers.SGD(rate), run_eagerly=eager, **options)
    weights = np.arange(y.shape[0] * STEPS).reshape(-1, STEPS) % 3 + 1 if weighted else None
    fit = {"sample_weight": weights, "validation_data": (x[:3], y[:3])}
    history = model.fit(x, y, batch_size=4, epochs=3, shuffle=False, verbose=0, **fit)
    return {
        "history": sorted_plain(history.history),
        "evaluate": sorted_plain(model.evaluate(x, y, sample_weight=weights, verbose=0, return_dict=True)),
        "predict": plain(model.predict(x, verbose=0)),
    }


def several(keras):
    """A metric whose result is a dict."""

    class Errors(keras.metrics.Metric):
        def __init__(self, name="errors"):
            super().__init__(name=name)
            self.low, self.high = self.add_variable((), "zeros"), self.add_variable((), "zeros")

        def update_state(self, y_true, y_pred, sample_weight=None):
            self.low.assign(self.low + (y_true - y_pred).min())
            self.high.assign(self.high + (y_true - y_pred).max())

        def result(self):
            return {"too_low": self.low + 0.0, "high": self.high + 0.0}

    return Errors()


def dict_figures(keras, eager=False):
    """What fit and evaluate give where a metric gives a dict."""
    model = keras.Sequential([keras.layers.Input((1,)), keras.layers.Dense(1, kernel_initializer="ones")])
    model.compile(keras.optimizers.SGD(0.1), "mse", metrics=["mae", several(keras)], run_eagerly=eager)
    x, y = wave((10, 1)), wave((10, 1), 1.4)
    fit = {"validation_data": (x[:4], y[:4])}
    history = model.fit(x, y, batch_size=4, epochs=3, shuffle=False, verbose=0, **fit)
    return {
        "history": sorted_plain(history.history),
        "evaluate": sorted_plain(model.evaluate(x, y, verbose=0, return_dict=True)),
    }


def figures(keras):
    return {
        "support": {name: bool(getattr(keras.layers, name)(*a).supports_masking) for name, a in SUPPORT.items()},
        "called": {name: called(keras, *case) for name, case in CALLED.items()},
        "passed": {name: passed(keras, make) for name, make in PASSED.items()},
        "losses": {cls: loss_figures(keras, cls, arguments) for cls, arguments in LOSSES.items()},
        "own loss": trained(keras, step_by_step, "sequences", "steps", {"loss": own_loss}, False),
        "metrics": {cls: metric_figures(keras, cls, arguments) for cls, arguments in METRICS.items()},
        "trainings": {name: trained(keras, *case) for name, case in TRAININGS.items()},
        "dict": dict_figures(keras),
    }


def short(value):
    """Seven digits."""
    if isinstance(value, dict):
        return {key: short(part) for key, part in value.items()}
    if isinstance(value, list):
        return [short(part) for part in value]
    return float(f"{value:.7g}") if isinstance(value, float) else value


if __name__ == "__main__":
    import keras

    text = json.dumps(short(figures(keras)), separators=(",", ":")).replace('},"', '},\n"')
    Path(__file__).with_suffix(".json").write_text(text + "\n")
    print(keras.__version__, len(text), file=sys.stderr)
