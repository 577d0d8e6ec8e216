"""Trainings by real Keras 3, to compare ours with: figures of each epoch and the weights at the end.

    KERAS_BACKEND=jax python tests/golden/nn_training.py      (keras 3.15.1, jax 0.10.2)

writes nn_training.json. The inputs and the first weights are made by formula, the same in the test.
"""

import json
import sys
from pathlib import Path

import numpy as np

# What is trained: the loss and its arguments, the last layer, the targets, and what else compile and fit get.
CASES = {
    "mse": {"loss": "mse", "units": 2, "targets": "real", "metrics": ["mae", "mse"]},
    "mae": {"loss": "mae", "units": 1, "targets": "real", "metrics": ["mse"]},
    "huber": {"loss": ["Huber", {"delta": 0.7}], "units": 2, "targets": "real", "metrics": ["mae"]},
    "binary": {"loss": "binary_crossentropy", "activation": "sigmoid", "units": 1, "targets": "binary"},
    "binary smoothed": {
        "loss": ["BinaryCrossentropy", {"label_smoothing": 0.2}],
        "activation": "sigmoid",
        "units": 1,
        "targets": "binary",
    },
    "binary logits": {"loss": ["BinaryCrossentropy", {"from_logits": True}], "units": 1, "targets": "binary"},
    "classes": {
        "loss": "sparse_categorical_crossentropy",
        "activation": "softmax",
        "units": 3,
        "targets": "classes",
    },
    "one-hot": {"loss": "categorical_crossentropy", "activation": "softmax", "units": 3, "targets": "one-hot"},
    "one-hot smoothed": {
        "loss": ["CategoricalCrossentropy", {"label_smoothing": 0.1, "from_logits": True}],
        "units": 3,
        "targets": "one-hot",
    },
    "classes logits": {
        "loss": ["SparseCategoricalCrossentropy", {"from_logits": True}],
        "units": 3,
        "targets": "classes",
    },
    "sum": {"loss": ["MeanSquaredError", {"reduction": "sum"}], "units": 2, "targets": "real", "rate": 0.001},
    "weighted": {"loss": "mse", "units": 2, "targets": "real", "sample_weight": True, "metrics": ["mae"]},
    "weighted mean": {
        "loss": ["MeanSquaredError", {"reduction": "mean_with_sample_weight"}],
        "units": 2,
        "targets": "real",
        "sample_weight": True,
    },
    "weighted metrics": {
        "loss": "binary_crossentropy",
        "activation": "sigmoid",
        "units": 1,
        "targets": "binary",
        "sample_weight": True,
        "weighted_metrics": ["accuracy"],
    },
    "class weight": {
        "loss": "sparse_categorical_crossentropy",
        "activation": "softmax",
        "units": 3,
        "targets": "classes",
        "class_weight": {0: 0.5, 1: 2.0},
    },
    "regularized": {
        "loss": "mse",
        "units": 2,
        "targets": "real",
        "regularizers": [["L2", {"l2": 0.05}], ["L1", {"l1": 0.02}]],
    },
    "elastic net": {
        "loss": "mse",
        "units": 2,
        "targets": "real",
        "regularizers": [["L1L2", {"l1": 0.01, "l2": 0.03}], None],
    },
    "validation split": {
        "loss": "binary_crossentropy",
        "activation": "sigmoid",
        "units": 1,
        "targets": "binary",
        "validation_split": 0.25,
    },
    "sgd momentum": {"loss": "mse", "units": 2, "targets": "real", "optimizer": ["SGD", {"momentum": 0.9}]},
    "rmsprop": {"loss": "mse", "units": 2, "targets": "real", "optimizer": ["RMSprop", {}]},
    "one batch": {"loss": "mse", "units": 2, "targets": "real", "batch_size": 40},
    "stochastic": {"loss": "mse", "units": 1, "targets": "real", "batch_size": 1},
    "selu tanh": {"loss": "mse", "units": 2, "targets": "real", "hidden": ["selu", "tanh"]},
    "gelu elu": {"loss": "mse", "units": 2, "targets": "real", "hidden": ["gelu", "elu"]},
    "silu softplus": {"loss": "mse", "units": 2, "targets": "real", "hidden": ["silu", "softplus"]},
    "mish leaky": {"loss": "mse", "units": 2, "targets": "real", "hidden": ["mish", "leaky_relu"]},
}
EPOCHS = 3


def data(case):
    """(x, y, sample_weight) of 40 samples with 5 features."""
    rng = np.random.default_rng(7)
    x = rng.normal(size=(40, 5)).astype("float32")
    classes = (np.abs(x).sum(axis=1) * 1.3).astype(int) % 3
    y = {
        "real": np.stack([x[:, 0] * x[:, 1], np.sin(x[:, 2])], axis=1)[:, : case["units"]].astype("float32"),
        "binary": (x[:, 0] + x[:, 1] > 0).astype("float32"),
        "classes": classes,
        "one-hot": np.eye(3, dtype="float32")[classes],
    }[case["targets"]]
    return x, y, np.linspace(0.2, 2, 40).astype("float32") if case.get("sample_weight") else None


def first_weights(case):
    """Kernels and biases of the three layers 5 → 6 → 4 → units."""
    rng = np.random.default_rng(11)
    sizes = [5, 6, 4, case["units"]]
    weights = []
    for inputs, outputs in zip(sizes, sizes[1:], strict=False):
        weights += [rng.normal(size=(inputs, outputs)) * 0.5, rng.normal(size=outputs) * 0.1]
    return [w.astype("float32") for w in weights]


def train(keras, case):
    """The history, the final weights and the evaluation of one case, by `keras` or by ours."""
    hidden = case.get("hidden", ["relu", "relu"])
    kernel, bias = [
        None if one is None else getattr(keras.regularizers, one[0])(**one[1])
        for one in case.get("regularizers", [None, None])
    ]
    model = keras.models.Sequential(
        [
            keras.layers.Input((5,)),
            keras.layers.Dense(6, activation=hidden[0], kernel_regularizer=kernel),
            keras.layers.Dense(4, activation=hidden[1], bias_regularizer=bias),
            keras.layers.Dense(case["units"], activation=case.get("activation")),
        ]
    )
    model.set_weights(first_weights(case))
    loss = case["loss"]
    name, arguments = case.get("optimizer", ["Adam", {}])
    model.compile(
        optimizer=getattr(keras.optimizers, name)(learning_rate=case.get("rate", 0.02), **arguments),
        loss=loss if isinstance(loss, str) else getattr(keras.losses, loss[0])(**loss[1]),
        metrics=case.get("metrics", ["accuracy"] if case["targets"] != "real" else None),
        weighted_metrics=case.get("weighted_metrics"),
    )
    x, y, sample_weight = data(case)
    history = model.fit(
        x,
        y,
        epochs=EPOCHS,
        batch_size=case.get("batch_size", 16),
        sample_weight=sample_weight,
        class_weight=case.get("class_weight"),
        validation_split=case.get("validation_split", 0.0),
        shuffle=False,
        verbose=0,
    )
    return {
        "history": {name: [float(v) for v in values] for name, values in history.history.items()},
        "weights": [np.asarray(w).round(7).tolist() for w in model.get_weights()],
        "evaluate": model.evaluate(x, y, sample_weight=sample_weight, verbose=0, return_dict=True),
        "predict": np.asarray(model.predict(x[:3], verbose=0)).round(7).tolist(),
    }


if __name__ == "__main__":
    import keras

    figures = {name: train(keras, case) for name, case in CASES.items()}
    text = json.dumps(figures, indent=None, separators=(",", ":"))
    Path(__file__).with_suffix(".json").write_text(text + "\n")
    print(keras.__version__, len(text), file=sys.stderr)
