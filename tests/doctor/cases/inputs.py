"""Features and targets as they are, too large, too unlike, or not numbers at all."""

import numpy as np

from tinygrad_edu import keras
from tinygrad_edu.keras.layers import Activation, Conv2D, Dense, Dropout, Flatten, Input, MaxPooling2D

from . import buggy
from . import made as m

adam, sgd = keras.optimizers.Adam, keras.optimizers.SGD


@buggy("SO-39525358 (DeepLocalize)", "unscaled_input", "x")
def income_beside_age(rng):
    x, y = m.people(rng)
    layers = [Input((3,)), Dense(12), Activation("relu"), Dense(3), Activation("relu"), Dense(1), Activation("sigmoid")]
    return m.compiled(layers, "binary_crossentropy", "adam", ["accuracy"]), x, y, {"epochs": 30, "batch_size": 10}


@buggy("SO-47724077 (DeepLocalize): the adult table, columns up to 10⁶", "unscaled_input", "x")
def adult_table(rng):
    x, y = m.people(rng)
    x = np.concatenate([x, rng.uniform(1e4, 1e6, size=(400, 1)), rng.integers(0, 16, size=(400, 4))], axis=1)
    layers = [Input((8,)), Dense(21), Activation("relu"), Dense(2), Activation("softmax")]
    model = m.compiled(layers, "categorical_crossentropy", "adam", ["accuracy"])
    return model, x, m.one_hot(y, 2), {"epochs": 20, "batch_size": 100}


@buggy("kerasma (DeepLocalize): a medical table as it is", "unscaled_input", "x")
def medical_table(rng):
    x = rng.normal(size=(400, 8)) * [3, 32, 19, 16, 115, 8, 0.33, 12] + [4, 121, 69, 20, 80, 32, 0.47, 33]
    y = (((x - x.mean(0)) / x.std(0)) @ [0.2, 0.4, 0, 0, 0, 0.3, 2.0, 0.6] > 0.3).astype(int)
    model = m.compiled(m.network(8, [12, 8], 1, "sigmoid"), "binary_crossentropy", "adam", ["accuracy"])
    return model, x, y, {"epochs": 30, "batch_size": 32}


@buggy("SO-31627380 (DeepLocalize): passengers with fares and numbers of tickets", "unscaled_input", "x")
def passengers(rng):
    n = 400
    sex, age, ticket, fare = (
        rng.integers(0, 2, n),
        rng.uniform(1, 80, n),
        rng.integers(0, 700_000, n),
        rng.exponential(32, n),
    )
    y = ((sex == 1) ^ (rng.random(n) < 0.05)).astype(int)
    layers = [Input((4,)), Dense(64), Activation("relu"), Dropout(0.5), Dense(2), Activation("softmax")]
    model = m.compiled(layers, "categorical_crossentropy", "adam", ["accuracy"])
    return model, np.stack([sex, age, ticket, fare], 1), m.one_hot(y, 2), {"epochs": 10, "validation_split": 0.2}


@buggy("SO-48594888 (DeepLocalize): images from 0 to 255", "unscaled_input learning_rate_high", ("x", "learning_rate"))
def images_up_to_255(rng):
    x, y = m.stripes(rng, scale=255.0)
    layers = [
        Input((8, 8, 1)),
        Conv2D(8, 3),
        Activation("relu"),
        MaxPooling2D(),
        Flatten(),
        Dense(8),
        Activation("relu"),
    ]
    model = m.compiled([*layers, Dense(1), Activation("sigmoid")], "binary_crossentropy", sgd(0.1), ["accuracy"])
    return model, x, y, {"epochs": 10}


@buggy(
    "pullrequest.ru 10248037: a network that answers one value whatever the image",
    "unscaled_input learning_rate_high dead_relu",
    ("x", "learning_rate", 0, 1),
)
def digits_up_to_255(rng):
    x, y = m.digits(rng, scale=16 / 255)
    model = m.compiled(m.network(64, [64], 10, "softmax"), "categorical_crossentropy", sgd(0.1), ["accuracy"])
    return model, x, m.one_hot(y, 10), {"epochs": 10}


@buggy(
    "UMLAUT (input out of range): sigmoids saturated by raw columns", "unscaled_input saturated_activation", ("x", 0)
)
def cancer_through_sigmoids(rng):
    x, y = m.raw_cancer(rng)
    model = m.compiled(m.network(30, [16], 1, "sigmoid", "sigmoid"), "binary_crossentropy", sgd(0.01), ["accuracy"])
    return model, x, y, {"epochs": 20}


@buggy("CV-284189 with two columns: years and rooms", "unscaled_input learning_rate_high", ("x", "learning_rate"))
def years_and_rooms(rng):
    x = np.stack([rng.uniform(1900, 2020, 200), rng.integers(1, 7, 200)], axis=1)
    y = 0.02 * (x[:, 0] - 1960) + x[:, 1]
    return m.compiled(m.network(2, [16], 1), "mse", sgd(0.01)), x, y, {"epochs": 40}


@buggy("DeepDiagnosis: features of 10⁻⁶", "unscaled_input", "x")
def features_of_a_millionth(rng):
    x, y = m.blobs(rng, 300, 4)
    model = m.compiled(m.network(4, [16], 1, "sigmoid"), "binary_crossentropy", "adam", ["accuracy"])
    return model, x * 1e-6, y, {"epochs": 30}


@buggy("NeuraLint/UMLAUT: seconds since 1970 as a feature", "unscaled_input", "x")
def seconds_since_1970(rng):
    hour = rng.uniform(0, 24, 300)
    load = rng.normal(size=300)
    x = np.stack([1.6e9 + 3600 * hour, load], axis=1)
    model = m.compiled(m.network(2, [16], 1), "mse", "adam")
    return model, x, load * 2 + np.sin(hour / 4), {"epochs": 30}


@buggy(
    "kaggle-melbourne_properties (DeepLocalize)",
    "unscaled_target learning_rate_low too_few_updates",
    ("y", "learning_rate", "epochs"),
)
def melbourne_prices(rng):
    x, y = m.houses(rng)
    return m.compiled(m.network(6, [32, 16], 1, None, "tanh"), "mae", adam(0.005)), x, y, {"epochs": 40}


@buggy("SO-52800582 (DeepLocalize): x⁴ up to 10⁸", "unscaled_target unscaled_input", ("y", "x"))
def fourth_power(rng):
    x = np.arange(-100, 100, 0.5).reshape(-1, 1)
    layers = [Input((1,)), Dense(50), Activation("sigmoid"), Dense(50), Activation("elu"), Dense(1)]
    return m.compiled(layers, "mse", "adam"), x, x[:, 0] ** 4, {"epochs": 100, "batch_size": 400}


@buggy(
    "DeepFD, preprocessing of y: prices with mse",
    "unscaled_target learning_rate_low too_few_updates",
    ("y", "learning_rate", "epochs"),
)
def prices_with_adam(rng):
    x, y = m.houses(rng)
    return m.compiled(m.network(6, [16], 1), "mse", "adam", ["mae"]), x, y, {"epochs": 50}


@buggy(
    "huggingface.co/Nemotron-CC-Math: marks up to 50 through small weights; here salaries",
    "unscaled_target learning_rate_high",
    ("y", "learning_rate"),
)
def salaries_with_sgd(rng):
    x, y = m.plane(rng, 200, 4)
    return m.compiled(m.network(4, [16], 1), "mse", sgd(0.01)), x, 40_000 + 9_000 * y, {"epochs": 20}


@buggy("keras#14215", "invalid_data", "x")
def ages_that_are_missing(rng):
    x, y = m.blobs(rng, 300, 4)
    x[rng.random(300) < 0.1, 1] = np.nan
    return m.compiled(m.network(4, [8], 1, "sigmoid"), "binary_crossentropy"), x, y, {"epochs": 5}


@buggy("SO-40050397: NaN from a division by a constant column", "invalid_data", "x")
def a_constant_column_standardised(rng):
    x, y = m.plane(rng)
    x[:, 2] = 7.0
    with np.errstate(all="ignore"):
        x = (x - x.mean(0)) / x.std(0)
    return m.compiled(m.network(3, [8], 1), "mse"), x, y, {"epochs": 5}


@buggy("SO-40050397's answers: infinity after a logarithm of 0", "invalid_data", "x")
def logarithm_of_zero(rng):
    x = rng.integers(0, 50, size=(300, 2)).astype(float)
    y = (x.sum(1) > 50).astype(int)
    with np.errstate(all="ignore"):
        x = np.log(x)
    return m.compiled(m.network(2, [8], 1, "sigmoid"), "binary_crossentropy"), x, y, {"epochs": 5}


@buggy("keras#14215, in the targets", "invalid_data", "y")
def targets_that_are_missing(rng):
    x, y = m.plane(rng)
    y[17] = np.nan
    return m.compiled(m.network(3, [8], 1), "mse"), x, y, {"epochs": 5}


@buggy(
    "a validation table with NaN: val_loss nan from the start (SO-40050397's kin)", "invalid_data", ("validation_data",)
)
def validation_that_is_missing(rng):
    x, y = m.plane(rng)
    held = rng.normal(size=(50, 3))
    held[3, 1] = np.nan
    return m.compiled(m.network(3, [8], 1), "mse"), x, y, {"epochs": 5, "validation_data": (held, held.sum(1))}
