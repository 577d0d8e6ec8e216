"""Losses and labels that do not fit each other."""

import numpy as np

from tinygrad_edu import keras
from tinygrad_edu.keras.layers import Activation, Dense, Dropout, Input

from . import buggy
from . import made as m


@buggy("SO-42081257, SO-41327601: binary crossentropy over ten classes", "wrong_loss wrong_metric", ("loss", "metrics"))
def binary_crossentropy_for_ten_classes(rng):
    x, y = m.digits(rng)
    model = m.compiled(m.network(64, [20], 10, "softmax"), "binary_crossentropy", "sgd", ["accuracy"])
    return model, x, m.one_hot(y, 10), {"epochs": 5}


@buggy("SO-42081257: its accuracy of 0.8 is that of answering no", "wrong_loss wrong_metric", ("loss", "metrics"))
def binary_accuracy_of_six_classes(rng):
    x, y = m.blobs(rng, 400, 5, 6, 1.5)
    model = m.compiled(m.network(5, [8], 6, "softmax"), "binary_crossentropy", "adam", ["accuracy"])
    return model, x, m.one_hot(y, 6), {"epochs": 6}


@buggy("SO-34673164 (DeepLocalize)", "wrong_loss over_regularization unscaled_input", ("loss", "x", 2, 5, None))
def mse_for_two_classes_raw(rng):
    x = rng.integers(0, 2000, size=(300, 16)).astype(float)
    y = (x[:, :4].sum(1) > 4000).astype(int)
    layers = [Input((16,)), Dense(64), Activation("tanh"), Dropout(0.5), Dense(64), Activation("tanh"), Dropout(0.5)]
    layers += [Dense(2), Activation("softmax")]
    model = m.compiled(layers, "mse", keras.optimizers.SGD(0.1, momentum=0.9), ["accuracy"])
    return model, x, m.one_hot(y, 2), {"epochs": 20, "batch_size": 16}


@buggy(
    "DeepFD, label «loss»: mse over ten classes with SGD",
    "wrong_loss learning_rate_low too_few_updates",
    ("loss", "learning_rate", "epochs"),
)
def mse_for_ten_classes(rng):
    x, y = m.digits(rng)
    model = m.compiled(m.network(64, [30], 10, "softmax"), "mse", "sgd", ["accuracy"])
    return model, x, m.one_hot(y, 10), {"epochs": 15}


@buggy(
    "SO-31556268 (DeepLocalize)", "wrong_loss learning_rate_low too_few_updates", ("loss", "learning_rate", "epochs")
)
def mae_for_xor(rng):
    layers = [Input((2,)), Dense(4), Activation("sigmoid"), Dense(1), Activation("sigmoid")]
    model = m.compiled(layers, "mae", keras.optimizers.SGD(0.05, momentum=0.11, nesterov=True), ["accuracy"])
    return model, m.XOR_X, m.XOR_Y, {"epochs": 1000, "batch_size": 4}


@buggy(
    "getcodesolution.com, «why are neural networks not learning?»: crossentropy of one unit",
    "wrong_loss output_units output_activation",
    ("loss", -1),
)
def categorical_crossentropy_of_one_unit(rng):
    x, y = m.moons(rng)
    model = m.compiled(m.network(2, [8], 1, "sigmoid"), "categorical_crossentropy", "adam", ["accuracy"])
    return model, x, y.reshape(-1, 1), {"epochs": 15}


@buggy("DS-49109: crossentropy on continuous targets", "wrong_loss", ("loss", -1))
def binary_crossentropy_for_a_regression(rng):
    x, y = m.plane(rng)
    return (
        m.compiled(m.network(3, [16], 1), "binary_crossentropy"),
        x,
        (y - y.min()) / (y.max() - y.min()),
        {"epochs": 20},
    )


@buggy("AUTOTRAINER's generator: percentage error, zeros in y", "wrong_loss unscaled_target", ("loss", "y"))
def percentage_error_with_zeros(rng):
    x, y = m.plane(rng)
    y = np.where(y > 0, y, 0.0)
    return m.compiled(m.network(3, [16], 1), "mape"), x, y, {"epochs": 30}


@buggy("DeepFD, label «loss»: hinge over a sigmoid", "wrong_loss output_activation label_encoding", ("loss", -1, "y"))
def hinge_over_a_sigmoid(rng):
    x, y = m.blobs(rng, 300, 4)
    model = m.compiled(m.network(4, [8], 1, "sigmoid"), "hinge", "adam", ["accuracy"])
    return model, x, np.where(rng.random(300) < 0.03, 1 - y, y) * 2 - 1, {"epochs": 30}


@buggy("AUTOTRAINER's generator: cosine for classes", "wrong_loss", "loss")
def cosine_for_a_regression(rng):
    x, y = m.houses(rng)
    model = m.compiled(m.network(6, [16], 1), "cosine_similarity", "adam", ["mae"])
    return model, x, m.standard(y[:, None])[:, 0] * 2 + 5, {"epochs": 20}


@buggy("AUTOTRAINER's generator: poisson for signed targets", "wrong_loss output_activation", ("loss", -1, "y"))
def poisson_for_signed_targets(rng):
    x, y = m.plane(rng)
    return m.compiled(m.network(3, [16], 1, "relu"), "poisson"), x, y, {"epochs": 20}


@buggy("AUTOTRAINER's generator: logarithmic error of signed targets", "wrong_loss", ("loss", "y"))
def logarithmic_error_of_signed_targets(rng):
    x, y = m.plane(rng)
    return m.compiled(m.network(3, [16], 1), "msle"), x, y * 3 - 4, {"epochs": 20}


@buggy(
    "DeepFD, label «loss»: mse on class numbers of softmax",
    "wrong_loss output_units output_activation label_encoding",
    ("loss", -1, "y"),
)
def mse_on_class_numbers(rng):
    x, y = m.digits(rng)
    model = m.compiled(m.network(64, [30], 1, "relu"), "mse", "adam", ["accuracy"])
    return model, x, y, {"epochs": 10}


@buggy("codemia.io, «Keras binary_crossentropy has negative values»", "label_encoding", "y")
def minus_one_and_one(rng):
    x, y = m.moons(rng)
    return m.compiled(m.network(2, [8], 1, "sigmoid"), "binary_crossentropy"), x, 2 * y - 1, {"epochs": 10}


@buggy("SO-50306988 before its LabelEncoder: classes 1 and 2", "label_encoding", "y")
def one_and_two(rng):
    x, y = m.blobs(rng)
    return m.compiled(m.network(4, [8], 1, "sigmoid"), "binary_crossentropy"), x, y + 1, {"epochs": 10}


@buggy("SO-59325381 (DeepLocalize): y / 255", "label_encoding", "y")
def labels_divided_by_255(rng):
    x, y = m.digits(rng, 400)
    model = m.compiled(m.network(64, [32], 10, "softmax"), "sparse_categorical_crossentropy", "adam", ["accuracy"])
    return model, x, y / 255, {"epochs": 3}


@buggy("SO-61742556: classes from 1 to 10", "label_encoding output_units", ("y", -1))
def classes_from_one(rng):
    x, y = m.digits(rng, 400)
    model = m.compiled(m.network(64, [32], 10, "softmax"), "sparse_categorical_crossentropy", "adam", ["accuracy"])
    return model, x, y + 1, {"epochs": 3}


@buggy("Humbatova 2020, wrong labels format: −1 and 1 under a sigmoid", "label_encoding", "y")
def minus_one_and_one_with_mse_and_sigmoid(rng):
    x, y = m.blobs(rng, 300, 6)
    return m.compiled(m.network(6, [12], 1, "sigmoid"), "mse", "adam", ["accuracy"]), x, 2.0 * y - 1, {"epochs": 30}


@buggy("Humbatova 2020: labels 0 and 255 of a mask", "label_encoding unscaled_target output_activation", ("y", -1))
def zero_and_255(rng):
    x, y = m.blobs(rng, 300, 4)
    return m.compiled(m.network(4, [8], 1, "sigmoid"), "mse", "adam"), x, 255.0 * y, {"epochs": 20}


@buggy("Humbatova 2020, wrong labels format: rows in percent", "label_encoding wrong_loss", ("y", "loss"))
def rows_that_sum_to_a_hundred(rng):
    x, y = m.blobs(rng, 300, 4, 3)
    rows = 100 * m.one_hot(y, 3)
    return m.compiled(m.network(4, [8], 3, "softmax"), "categorical_crossentropy"), x, rows, {"epochs": 10}


@buggy("SO-45632549, DS-49109: accuracy of a regression", "wrong_metric", "metrics")
def accuracy_of_a_regression(rng):
    x, y = m.plane(rng)
    return m.compiled(m.network(3, [16], 1), "mse", keras.optimizers.Adam(0.01), ["accuracy"]), x, y, {"epochs": 40}


@buggy("Boston houses with metrics=['accuracy'] (SO-48775305)", "wrong_metric", "metrics")
def accuracy_of_house_prices(rng):
    x, y = m.houses(rng)
    model = m.compiled(m.network(6, [13], 1), "mae", keras.optimizers.Adam(0.03), ["accuracy"])
    return model, x, y / 1e5, {"epochs": 60}


@buggy("SO-42081257: metrics=['binary_accuracy'] on one-hot rows", "wrong_metric", "metrics")
def binary_accuracy_on_one_hot(rng):
    x, y = m.iris(rng)
    model = m.compiled(
        m.network(4, [16], 3, "softmax"), "categorical_crossentropy", keras.optimizers.Adam(0.02), ["binary_accuracy"]
    )
    return model, x, m.one_hot(y, 3), {"epochs": 40}
