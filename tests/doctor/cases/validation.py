"""What only the validation set, the order of the rows, or a rare class shows."""

import numpy as np

import tinygrad_edu as tg
from tinygrad_edu import keras

from . import buggy
from . import made as m

adam, sgd = keras.optimizers.Adam, keras.optimizers.SGD


@buggy("Keras FAQ on validation_split; SO-58237726", "unshuffled_data", ("validation_split", "shuffle"))
def iris_in_order_of_species(rng):
    x, y = tg.datasets.iris()
    model = m.compiled(m.network(4, [16], 3, "softmax"), "sparse_categorical_crossentropy", adam(0.01), ["accuracy"])
    return model, m.standard(x), y, {"epochs": 30, "validation_split": 0.34}


@buggy(
    "rocuku.github.io, «keras validation split shuffle»: only negatives at the end",
    "unshuffled_data",
    ("validation_split", "shuffle"),
)
def positives_first(rng):
    x, y = m.blobs(rng, 400, 4)
    order = np.argsort(-y, kind="stable")
    model = m.compiled(m.network(4, [16], 1, "sigmoid"), "binary_crossentropy", adam(0.01), ["accuracy"])
    return model, x[order], y[order], {"epochs": 15, "validation_split": 0.1}


@buggy("SO-58237726: folders read one after another", "unshuffled_data", ("validation_split", "shuffle"))
def digits_in_order(rng):
    x, y = m.digits(rng)
    order = np.argsort(y, kind="stable")
    model = m.compiled(m.network(64, [32], 10, "softmax"), "categorical_crossentropy", "adam", ["accuracy"])
    return model, x[order], m.one_hot(y, 10)[order], {"epochs": 10, "validation_split": 0.2}


@buggy("Keras FAQ: shuffle=False and rows in order of class", "unshuffled_data", ("shuffle",))
def no_shuffle_and_sorted(rng):
    x, y = m.digits(rng)
    order = np.argsort(y, kind="stable")
    model = m.compiled(m.network(64, [32], 10, "softmax"), "sparse_categorical_crossentropy", sgd(0.1), ["accuracy"])
    return model, x[order], y[order], {"epochs": 5, "shuffle": False}


@buggy("SO-59325381: training divided by 255, test not", "train_validation_mismatch", ("validation_data",))
def validation_not_divided(rng):
    x, y = m.digits(rng, scale=16 / 255)
    model = m.compiled(m.network(64, [32], 10, "softmax"), "sparse_categorical_crossentropy", adam(0.005), ["accuracy"])
    return model, x[:500] / 255, y[:500], {"epochs": 10, "validation_data": (x[500:], y[500:])}


@buggy(
    "Humbatova 2020: validation standardised by its own numbers, or not at all",
    "train_validation_mismatch",
    ("validation_data",),
)
def validation_not_standardised(rng):
    x, y = m.raw_cancer(rng)
    model = m.compiled(m.network(30, [16], 1, "sigmoid"), "binary_crossentropy", adam(0.005), ["accuracy"])
    return model, m.standard(x[:400]), y[:400], {"epochs": 15, "validation_data": (x[400:], y[400:])}


@buggy("SO-59325381's kin: targets of validation in another unit", "train_validation_mismatch", ("validation_data",))
def validation_targets_in_another_unit(rng):
    x, y = m.plane(rng, 400)
    model = m.compiled(m.network(3, [16], 1), "mse", adam(0.01))
    return model, x[:300], y[:300], {"epochs": 30, "validation_data": (x[300:], 1000 * y[300:])}


@buggy(
    "MovieReviews (DeepFD 50): learnt by heart",
    "overfitting",
    ("epochs", "validation_split", "validation_data", 0, None),
)
def noise_learnt_by_heart(rng):
    x = rng.normal(size=(120, 30))
    y = ((x[:, 0] + 1.5 * rng.normal(size=120)) > 0).astype(int)
    model = m.compiled(m.network(30, [64, 64], 1, "sigmoid"), "binary_crossentropy", adam(0.005), ["accuracy"])
    return model, x, y, {"epochs": 60, "validation_split": 0.3}


@buggy(
    "AUTOTRAINER's overfit cases (DL_tools/code/Overfit/case30)",
    "overfitting",
    ("epochs", "validation_split", "validation_data", 0, None),
)
def few_digits_with_wrong_labels(rng):
    x, y = m.digits(rng, 200)
    y = np.where(rng.random(200) < 0.5, rng.integers(0, 10, 200), y)
    model = m.compiled(
        m.network(64, [128], 10, "softmax"), "sparse_categorical_crossentropy", adam(0.005), ["accuracy"]
    )
    return model, x[:120], y[:120], {"epochs": 60, "validation_data": (x[120:], y[120:])}


@buggy(
    "the guide «Overfit and underfit» of TensorFlow, large model",
    "overfitting",
    ("epochs", "validation_split", "validation_data", 0, None),
)
def regression_learnt_by_heart(rng):
    x = rng.normal(size=(200, 6))
    y = x[:, 0] + 1.5 * rng.normal(size=200)
    model = m.compiled(m.network(6, [128, 128], 1), "mse", adam(0.01))
    return model, x, y, {"epochs": 100, "validation_split": 0.3}


@buggy("UMLAUT's planted bug: the label among the features", "data_leakage", "x")
def label_among_the_features(rng):
    x, y = m.rare(rng, 400, 0.4, 0.6)
    x = np.concatenate([x, y[:, None]], axis=1)
    model = m.compiled(m.network(6, [16], 1, "sigmoid"), "binary_crossentropy", adam(0.02), ["accuracy"])
    return model, x, y, {"epochs": 30, "validation_split": 0.2}


@buggy("theneuralbase.com, leakage from the target: the target in another unit", "data_leakage", "x")
def price_among_the_features(rng):
    x, y = m.plane(rng, 300, 4, noise=2.0)
    x = np.concatenate([x, y[:, None] * 0.3], axis=1)
    model = m.compiled(m.network(5, [16], 1), "mse", adam(0.02))
    return model, x, y, {"epochs": 40}


@buggy("UMLAUT, eval_b: validated on train_images[:100]", "data_leakage", ("validation_data", "x"))
def validated_on_training_rows(rng):
    x, y = m.digits(rng)
    model = m.compiled(m.network(64, [32], 10, "softmax"), "sparse_categorical_crossentropy", adam(0.005), ["accuracy"])
    return model, x, y, {"epochs": 10, "validation_data": (x[:100], y[:100])}


@buggy("SO-41488279 and DS-19283: only the common class is predicted", "class_imbalance", ("y", -1, None, "metrics"))
def rare_class_never_predicted(rng):
    x, y = m.rare(rng)
    model = m.compiled(m.network(5, [8], 1, "sigmoid"), "binary_crossentropy", adam(0.01), ["accuracy"])
    return model, x, y, {"epochs": 20}


@buggy("exchangetuts.com 1640584924134214 (one of five classes)", "class_imbalance", ("y", -1, None, "metrics"))
def rare_class_of_three(rng):
    y = rng.choice(3, size=600, p=[0.6, 0.36, 0.04])
    x = rng.normal(size=(600, 6)) + np.array([[0, 0], [3, 0], [0.9, 0.6]])[y] @ np.eye(2, 6)
    model = m.compiled(m.network(6, [12], 3, "softmax"), "categorical_crossentropy", adam(0.01), ["accuracy"])
    return model, x, m.one_hot(y, 3), {"epochs": 20}


@buggy("DS-19283: 12 % oranges", "class_imbalance", ("y", -1, None, "metrics"))
def oranges_among_apples(rng):
    x, y = m.rare(rng, 800, 0.08, 0.9)
    model = m.compiled(m.network(5, [8, 8, 8], 1, "sigmoid"), "binary_crossentropy", adam(0.003), ["accuracy"])
    return model, x, y, {"epochs": 20}
