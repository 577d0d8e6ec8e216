"""Functional models, and subclasses with several outputs, by real Keras 3: predictions, trainings, order of layers.

    KERAS_BACKEND=jax python tests/golden/nn_functional.py      (keras 3.15.1, jax 0.10)

writes nn_functional.json, and functional.keras, a trained model as Keras saves it. The models, their inputs and
weights are made here, by formula, for Keras and for the tests: the functions take `keras`, which is real Keras or
tinygrad_edu.keras, and `ops`, which is keras.ops or NumPy.
"""

import json
import sys
from pathlib import Path

import numpy as np

ROWS = 20


def wave(shape, phase=0.3, size=1.0):
    """Numbers without a pattern that a mistake could share, of this shape."""
    return (size * np.sin(np.arange(np.prod(shape)) * 1.7 + phase)).reshape(shape).astype("float32")


LEFT, RIGHT = wave((ROWS, 4), 0.1), wave((ROWS, 4), 1.1)
WORDS = np.abs(np.round(wave((ROWS, 5), 0.4, 3.0)))
PRICE, KIND = wave((ROWS, 1), 0.7), np.arange(ROWS) * 7 % 3
WEIGHT = np.linspace(0.5, 1.5, ROWS).astype("float32")


def branches(keras, ops):
    """Two inputs and two outputs, in dicts; a layer that is called twice."""
    left, right = keras.Input((4,), name="left"), keras.Input((4,), name="right")
    shared = keras.layers.Dense(3, activation="tanh", name="shared")
    both = keras.layers.concatenate([shared(left), shared(right), keras.layers.Dense(2, name="alone")(right)])
    price = keras.layers.Dense(1, name="price")(both)
    kind = keras.layers.Dense(3, activation="softmax", name="kind")(both)
    return keras.Model({"left": left, "right": right}, {"price": price, "kind": kind}, name="branches")


def listed(keras, ops):
    """The same in lists, the outputs the other way round."""
    model = branches(keras, ops)
    return keras.Model(list(model.inputs), [model.output["kind"], model.output["price"]], name="listed")


def merged(keras, ops):
    """Every layer that merges."""
    layers = keras.layers
    left, right = keras.Input((4,), name="left"), keras.Input((4,), name="right")
    a, b = layers.Dense(3, name="a")(left), layers.Dense(3, name="b")(right)
    parts = [layers.Add()([a, b]), layers.subtract([a, b]), layers.Multiply()([a, b, a]), layers.average([a, b])]
    parts += [layers.Maximum()([a, b]), layers.Minimum()([a, b, a]), layers.Dot(1)([a, b])]
    parts += [layers.Dot(axes=-1, normalize=True)([a, b])]
    rows = layers.Dot(axes=(1, 1))([layers.Reshape((2, 2))(left), layers.Reshape((2, 2))(right)])
    both = layers.Concatenate(axis=1)([*parts, layers.Flatten()(rows)])
    return keras.Model([left, right], layers.Dense(1, name="out")(both), name="merged")


def residual(keras, ops):
    """Ops between the layers, and a connection around one."""
    left = keras.Input((4,), name="left")
    x = keras.layers.Dense(4, activation="relu", name="first")(left)
    x = (x + left * 2.0) / (1.0 + x * x) - left[:, ::-1]
    x = ops.tanh(ops.concatenate([x, ops.expand_dims(ops.mean(x, axis=1), 1)], axis=-1))
    x = ops.reshape(ops.maximum(x, -0.5), (-1, 5))
    return keras.Model(left, keras.layers.Dense(1, name="out")(x), name="residual")


def nested(keras, ops):
    """A functional model of two outputs and a Sequential inside, each called twice."""
    start = keras.Input((4,), name="start")
    inner = keras.Model(
        start, [keras.layers.Dense(2, name="i1")(start), keras.layers.Dense(3, name="i2")(start)], name="inner"
    )
    row = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation="tanh", name="r")], name="row")
    left, right = keras.Input((4,), name="left"), keras.Input((4,), name="right")
    (p, q), (_, s) = inner(left), inner(right)
    both = keras.layers.Concatenate(name="both")([p, keras.layers.Add(name="sum")([q, s, row(right)]), row(left)])
    return keras.Model([left, right], keras.layers.Dense(1, name="out")(both), name="nested")


def masked(keras, ops):
    """Sequences with masks, merged."""
    layers = keras.layers
    words = keras.Input((5,), name="words")
    a = layers.Embedding(4, 3, mask_zero=True, name="a")(words)
    b = layers.Embedding(4, 3, mask_zero=True, name="b")(words)
    c = layers.Embedding(4, 3, name="c")(words)
    parts = [layers.Add()([a, b]), layers.Multiply()([a, b]), layers.Maximum()([a, b]), layers.Average()([a, c])]
    means = [layers.GlobalAveragePooling1D()(part) for part in (*parts, layers.Concatenate()([a, c]))]
    return keras.Model(words, layers.Dense(1, name="out")(layers.Concatenate()(means)), name="masked")


def subclassed(keras, ops):
    """A subclass with two outputs in a dict."""

    class Two(keras.Model):
        def __init__(self):
            super().__init__(name="subclassed")
            self.body = keras.layers.Dense(3, activation="tanh")
            self.price, self.kind = keras.layers.Dense(1), keras.layers.Dense(3, activation="softmax")

        def call(self, inputs):
            both = ops.concatenate([self.body(inputs["left"]), inputs["right"]], axis=-1)
            return {"price": self.price(both), "kind": self.kind(both)}

    return Two()


BOTH = {"price": PRICE, "kind": KIND}
X = {"left": LEFT, "right": RIGHT}
LOSSES = {"price": "mse", "kind": "sparse_categorical_crossentropy"}
# name: model, x, y, options of compile, options of fit
CASES = {
    "branches": (branches, X, BOTH, {"loss": LOSSES, "metrics": {"price": ["mae"], "kind": ["accuracy"]}}, {}),
    "weighted": (
        branches,
        X,
        BOTH,
        {"loss": LOSSES, "loss_weights": {"price": 0.5, "kind": 2.0}, "weighted_metrics": {"price": ["mae"]}},
        {"sample_weight": {"price": WEIGHT, "kind": WEIGHT[::-1].copy()}},
    ),
    "listed": (
        listed,
        [LEFT, RIGHT],
        [KIND, PRICE],
        {"loss": ["sparse_categorical_crossentropy", "mse"], "metrics": [["accuracy"], ["mae", "mse"]]},
        {"validation_split": 0.25},
    ),
    "one loss": (
        listed,
        [LEFT, RIGHT],
        [np.eye(3, dtype="float32")[KIND], PRICE],
        {"loss": "mse"},
        {},
    ),
    "merged": (merged, [LEFT, RIGHT], PRICE, {"loss": "mse", "metrics": ["mae"]}, {}),
    "residual": (residual, LEFT, PRICE, {"loss": {"out": "mse"}, "metrics": [["mae"]], "loss_weights": [0.5]}, {}),
    "nested": (nested, [LEFT, RIGHT], PRICE, {"loss": "mse"}, {}),
    "masked": (masked, WORDS, PRICE, {"loss": "mse"}, {}),
    "subclassed": (subclassed, X, BOTH, {"loss": LOSSES, "metrics": {"kind": ["accuracy"]}}, {}),
}


def made(keras, ops, name, **options):
    """The compiled model of a case, with weights by formula."""
    model, x, _, compiling, _ = CASES[name]
    model = model(keras, ops)
    model(first_rows(x))
    for layer in model.layers:  # by name, as Keras sorts layers with masks in another order
        phase = 0.01 * sum(map(ord, layer.name)) if name != "subclassed" else model.layers.index(layer)
        layer.set_weights([wave(w.shape, phase + n, 0.6) for n, w in enumerate(layer.get_weights())])
    model.compile(keras.optimizers.SGD(0.01 if name == "merged" else 0.1), **compiling, **options)
    return model


def first_rows(x):
    if isinstance(x, dict):
        return {name: part[:2] for name, part in x.items()}
    return [part[:2] for part in x] if isinstance(x, list) else x[:2]


def plain(values):
    """As JSON holds it."""
    if isinstance(values, dict):
        return {name: plain(part) for name, part in values.items()}
    return [plain(part) for part in values] if isinstance(values, list) else np.asarray(values).astype(float).tolist()


def figures(keras, ops, name, **options):
    """All that is compared of a case."""
    _, x, y, _, fitting = CASES[name]
    model = made(keras, ops, name, **options)
    predicted = model.predict(x, verbose=0)
    history = model.fit(x, y, epochs=2, batch_size=8, shuffle=False, verbose=0, **fitting).history
    found = {
        "predicted": plain(predicted),
        "history": {key: plain(history[key]) for key in sorted(history)},
        "evaluated": plain(list(model.evaluate(x, y, verbose=0, return_dict=False)) if len(history) > 1 else []),
    }
    if name != "subclassed":
        found["weights"] = {
            layer.name: [plain(w) for w in layer.get_weights()] for layer in model.layers if layer.weights
        }
    if name not in ("subclassed", "masked"):
        found |= {"layers": [layer.name for layer in model.layers], "outputs": list(model.output_names)}
        found["shapes"] = [list(shape) for shape in model.output_shape] if len(model.outputs) > 1 else []
    return found


if __name__ == "__main__":
    import keras

    stored = {"keras": keras.__version__, "figures": {}}
    for case in CASES:
        keras.utils.clear_session()
        stored["figures"][case] = figures(keras, keras.ops, case)
    folder = Path(__file__).parent
    (folder / "nn_functional.json").write_text(json.dumps(stored, indent=1) + "\n", "utf-8")
    trained = made(keras, keras.ops, "branches")
    trained.save(folder / "functional.keras")
    sys.stdout.write(f"{len(CASES)} cases\n")
