"""The benchmark's programs as their authors or answers repaired them: they learn, and must be left in peace."""

import numpy as np

from tinygrad_edu import keras
from tinygrad_edu.keras.layers import (
    Activation,
    BatchNormalization,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    Input,
    MaxPooling2D,
    Normalization,
    Rescaling,
)

from . import healthy
from . import made as m

adam, sgd, rms = keras.optimizers.Adam, keras.optimizers.SGD, keras.optimizers.RMSprop


@healthy("SO-31880720, its answer: sigmoid")
def sigmoid_over_one_unit(rng):
    x, y = m.blobs(rng, 600, 20)
    return (
        m.compiled(m.network(20, [50], 1, "sigmoid"), "binary_crossentropy", "adam", ["accuracy"]),
        x,
        y,
        {"epochs": 8},
    )


@healthy("SO-34311586 (DeepLocalize, correct): SGD 0.1, 10 000 epochs; here mixed rows and Adam")
def xor_learnt(rng):
    model = m.compiled(m.network(2, [8], 1, "sigmoid", "tanh"), "binary_crossentropy", adam(0.05))
    return model, m.XOR_X, m.XOR_Y, {"epochs": 300, "batch_size": 4}


@healthy("SO-31556268 (DeepLocalize, correct): mse, Adam, many epochs")
def xor_with_mse(rng):
    layers = [Input((2,)), Dense(8), Activation("tanh"), Dense(1), Activation("sigmoid")]
    return m.compiled(layers, "mse", adam(0.05), ["accuracy"]), m.XOR_X, m.XOR_Y, {"epochs": 400, "batch_size": 4}


@healthy("SO-48251943, repaired: linear")
def linear_for_negative_targets(rng):
    x, y = m.bent(rng)
    return m.compiled(m.network(2, [32], 1), "mse", adam(0.02)), x, y - 1.0, {"epochs": 60, "batch_size": 10}


@healthy("DS-28191, repaired: linear for a sine")
def linear_for_a_sine(rng):
    x, y = m.sine(rng)
    return m.compiled(m.network(1, [40, 40], 1, None, "tanh"), "mse", adam(0.01)), x, y, {"epochs": 100}


@healthy("SO-44066044, repaired: sigmoid")
def sigmoid_as_probability(rng):
    x, y = m.blobs(rng, 300, 11)
    layers = [Input((11,)), Dense(12, activation="relu"), Dense(12, activation="relu"), Dense(1), Activation("sigmoid")]
    return m.compiled(layers, "binary_crossentropy", "adam", ["accuracy"]), x, y, {"epochs": 20, "batch_size": 5}


@healthy("SO-47352366, repaired: softmax")
def softmax_over_digits(rng):
    x, y = m.digits(rng, 500)
    layers = [
        Input((8, 8, 1)),
        Conv2D(8, 3, activation="relu"),
        MaxPooling2D(),
        Flatten(),
        Dense(32, activation="relu"),
    ]
    model = m.compiled([*layers, Dense(10, activation="softmax")], "categorical_crossentropy", adam(0.01), ["accuracy"])
    return model, x.reshape(-1, 8, 8, 1), m.one_hot(y, 10), {"epochs": 15}


@healthy("UMLAUT's bug undone: from_logits=True")
def logits_as_logits(rng):
    x, y = m.digits(rng)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    return m.compiled(m.network(64, [32], 10), loss, adam(0.005), ["accuracy"]), x, y, {"epochs": 15}


@healthy("TensorFlow's binary logits: from_logits=True, one linear unit")
def one_logit(rng):
    x, y = m.moons(rng)
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    return m.compiled(m.network(2, [16, 16], 1), loss, adam(0.02)), x, y, {"epochs": 60}


@healthy("SO-42081257, repaired: categorical crossentropy")
def categorical_for_ten_classes(rng):
    x, y = m.digits(rng)
    model = m.compiled(m.network(64, [32], 10, "softmax"), "categorical_crossentropy", adam(0.005), ["accuracy"])
    return model, x, m.one_hot(y, 10), {"epochs": 15}


@healthy("SO-34673164 (DeepLocalize, correct): BatchNormalization first")
def batch_normalization_first(rng):
    x = rng.integers(0, 2000, size=(400, 16)).astype(float)
    y = (x[:, :4].sum(1) > 4000).astype(int)
    layers = [
        Input((16,)),
        BatchNormalization(),
        Dense(32),
        Activation("tanh"),
        Dropout(0.3),
        Dense(1),
        Activation("sigmoid"),
    ]
    return (
        m.compiled(layers, "binary_crossentropy", sgd(0.1, momentum=0.9), ["accuracy"]),
        x,
        y,
        {"epochs": 25, "batch_size": 16},
    )


@healthy("SO-50481178 (DeepLocalize, correct)")
def two_softmax_units_for_two_classes(rng):
    x, y = m.blobs(rng, 500, 4)
    layers = m.network(4, [10, 20, 30], 2, "softmax")
    model = m.compiled(layers, "sparse_categorical_crossentropy", "adam", ["accuracy"])
    return model, x, y, {"epochs": 25, "batch_size": 10, "validation_split": 0.1}


@healthy("SO-51930566 (DeepLocalize, correct): iris, standardised, softmax")
def iris_standardised(rng):
    x, y = m.iris(rng)
    model = m.compiled(m.network(4, [8], 3, "softmax"), "categorical_crossentropy", adam(0.01), ["accuracy"])
    return model, x, m.one_hot(y, 3), {"epochs": 50, "batch_size": 5}


@healthy("SO-51930566 as in its question, which DeepLocalize calls buggy: iris in centimetres learns all the same")
def iris_in_centimetres(rng):
    x, y = m.raw_iris(rng)
    model = m.compiled(m.network(4, [10], 3, "softmax"), "categorical_crossentropy", adam(0.02), ["accuracy"])
    return model, x, m.one_hot(y, 3), {"epochs": 60, "batch_size": 5}


@healthy("SO-59278771: sigmoid and crossentropy over three classes; it learns")
def sigmoid_units_that_learn(rng):
    x, y = m.iris(rng)
    model = m.compiled(m.network(4, [16], 3, "sigmoid"), "binary_crossentropy", adam(0.02), ["categorical_accuracy"])
    return model, x, m.one_hot(y, 3), {"epochs": 60, "batch_size": 5}


@healthy("SO-39525358, repaired: Normalization")
def income_normalised(rng):
    x, y = m.people(rng)
    normalization = Normalization()
    normalization.adapt(x)
    layers = [Input((3,)), normalization, Dense(12, activation="relu"), Dense(1, activation="sigmoid")]
    return m.compiled(layers, "binary_crossentropy", adam(0.01), ["accuracy"]), x, y, {"epochs": 30, "batch_size": 10}


@healthy("SO-48594888, repaired: Rescaling(1 / 255)")
def images_rescaled(rng):
    x, y = m.stripes(rng, scale=255.0)
    layers = [Input((8, 8, 1)), Rescaling(1 / 255), Conv2D(8, 3, activation="relu"), MaxPooling2D(), Flatten()]
    model = m.compiled([*layers, Dense(1, activation="sigmoid")], "binary_crossentropy", adam(0.01), ["accuracy"])
    return model, x, y, {"epochs": 12}


@healthy("kaggle-melbourne_properties, repaired: y standardised")
def prices_standardised(rng):
    x, y = m.houses(rng)
    y = (y - y.mean()) / y.std()
    return m.compiled(m.network(6, [32, 16], 1, None, "tanh"), "mae", adam(0.005)), x, y, {"epochs": 60}


@healthy("SO-52800582, repaired: both scaled")
def fourth_power_scaled(rng):
    x = np.arange(-100, 100, 0.5).reshape(-1, 1) / 100
    layers = [Input((1,)), Dense(50, activation="tanh"), Dense(50, activation="elu"), Dense(1)]
    return m.compiled(layers, "mse", adam(0.005)), x, x[:, 0] ** 4, {"epochs": 60}


@healthy("keras#14215, repaired: the missing filled with the mean")
def ages_filled(rng):
    x, y = m.blobs(rng, 300, 4)
    x[rng.random(300) < 0.1, 1] = 0.0
    return m.compiled(m.network(4, [16], 1, "sigmoid"), "binary_crossentropy", adam(0.01)), x, y, {"epochs": 25}


@healthy("Keras FAQ, repaired: rows mixed before validation_split")
def iris_mixed(rng):
    x, y = m.iris(rng)
    model = m.compiled(m.network(4, [16], 3, "softmax"), "sparse_categorical_crossentropy", adam(0.01), ["accuracy"])
    return model, x, y, {"epochs": 50, "validation_split": 0.34}


@healthy("SO-48934338, repaired: SGD 0.0003")
def parabola_slowly(rng):
    x, y = m.parabola(rng)
    return m.compiled(m.network(1, [50, 30], 1), "mse", sgd(0.0003)), x, y, {"epochs": 400}


@healthy("DS-15962, repaired: a smaller rate")
def a_table_with_a_smaller_rate(rng):
    x, y = m.plane(rng, 200, 5)
    return m.compiled(m.network(5, [20], 1), "mse", sgd(0.02)), x, y, {"epochs": 60}


@healthy("CV-284189, repaired: both standardised")
def a_line_standardised(rng):
    x = rng.normal(size=(100, 1))
    y = x[:, 0] + 0.1 * rng.normal(size=100)
    return (
        m.compiled([Input((1,)), Dense(1)], "mse", "sgd", ["mse"]),
        x,
        y,
        {"epochs": 30, "batch_size": 1, "shuffle": False},
    )


@healthy("AUTOTRAINER, slow convergence, repaired: Adam 0.01")
def rings_at_a_hundredth(rng):
    x, y = m.rings(rng)
    return m.compiled(m.network(2, [16, 16], 1, "sigmoid"), "binary_crossentropy", adam(0.01)), x, y, {"epochs": 30}


@healthy("AUTOTRAINER, vanishing gradient, repaired: relu")
def seven_relus(rng):
    x, y = m.rings(rng)
    return (
        m.compiled(m.network(2, [16] * 5, 1, "sigmoid"), "binary_crossentropy", adam(0.01), ["accuracy"]),
        x,
        y,
        {"epochs": 40},
    )


@healthy("AUTOTRAINER, vanishing gradient, repaired: batch normalization")
def sigmoids_with_batch_normalization(rng):
    x, y = m.rings(rng)
    layers = [Input((2,))]
    for _ in range(3):
        layers += [Dense(16), BatchNormalization(), Activation("sigmoid")]
    return (
        m.compiled([*layers, Dense(1, activation="sigmoid")], "binary_crossentropy", adam(0.03), ["accuracy"]),
        x,
        y,
        {"epochs": 60},
    )


@healthy("SO-20027598, repaired: glorot")
def glorot(rng):
    x, y = m.rings(rng)
    return (
        m.compiled(m.network(2, [16, 16], 1, "sigmoid", "tanh"), "binary_crossentropy", adam(0.02), ["accuracy"]),
        x,
        y,
        {"epochs": 40},
    )


@healthy("CV-433365, repaired: relu, sigmoid, crossentropy")
def rings_with_relu(rng):
    x, y = m.rings(rng)
    layers = [
        Input((2,)),
        Dense(16),
        Activation("relu"),
        Dense(16),
        Activation("relu"),
        Dense(1),
        Activation("sigmoid"),
    ]
    return m.compiled(layers, "binary_crossentropy", adam(0.01), ["accuracy"]), x, y, {"epochs": 40}


@healthy("SO-50306988, repaired: 300 epochs at a larger rate")
def five_epochs_made_many(rng):
    a, b = rng.uniform(0.2, 0.4, size=(100, 2)), rng.uniform(0.5, 0.7, size=(100, 2))
    order = rng.permutation(200)
    x, y = np.concatenate([a, b])[order], np.repeat([0, 1], 100)[order]
    model = m.compiled(m.network(2, [2], 2, "softmax", "sigmoid"), "categorical_crossentropy", adam(0.1), ["accuracy"])
    return model, x, m.one_hot(y, 2), {"epochs": 60}


@healthy("SO-44164749, repaired: batches of 32")
def batches_of_32(rng):
    x, y = m.digits(rng, 800)
    layers = [
        Input((64,)),
        Dense(64, activation="relu"),
        Dropout(0.1),
        Dense(32, activation="relu"),
        Dense(10, activation="softmax"),
    ]
    model = m.compiled(layers, "categorical_crossentropy", sgd(0.05, momentum=0.9), ["accuracy"])
    return model, x, m.one_hot(y, 10), {"epochs": 15, "batch_size": 32}


@healthy("SO-55328966, repaired: relu, softmax, SGD 0.1")
def sgd_at_a_tenth(rng):
    x, y = m.digits(rng)
    model = m.compiled(m.network(64, [50], 10, "softmax"), "categorical_crossentropy", sgd(0.2), ["accuracy"])
    return model, x, m.one_hot(y, 10), {"epochs": 20}


@healthy("UMLAUT: dropout of a fifth in place of nine tenths")
def dropout_of_a_fifth(rng):
    x, y = m.digits(rng)
    layers = [Input((64,)), Dense(48, activation="relu"), Dropout(0.2), Dense(32, activation="relu"), Dropout(0.2)]
    model = m.compiled(
        [*layers, Dense(10, activation="softmax")], "sparse_categorical_crossentropy", adam(0.005), ["accuracy"]
    )
    return model, x, y, {"epochs": 25}


@healthy("stackoom.com 4HpqD, repaired: a penalty of 10⁻⁴")
def small_penalty(rng):
    x, y = m.digits(rng)
    light = {"kernel_regularizer": keras.regularizers.L2(1e-4)}
    model = m.compiled(
        m.network(64, [36], 10, "softmax", "relu", **light), "sparse_categorical_crossentropy", rms(0.005), ["accuracy"]
    )
    return model, x, y, {"epochs": 15}


@healthy("MovieReviews, repaired: stopped early, best weights back")
def stopped_early(rng):
    x = rng.normal(size=(300, 20))
    y = ((x[:, 0] + x[:, 1] + 0.5 * rng.normal(size=300)) > 0).astype(int)
    stop = keras.callbacks.EarlyStopping(patience=3, restore_best_weights=True)
    model = m.compiled(m.network(20, [16], 1, "sigmoid"), "binary_crossentropy", adam(0.005), ["accuracy"])
    return model, x, y, {"epochs": 60, "validation_split": 0.3, "callbacks": [stop]}


@healthy("SO-41488279, repaired: class weights")
def rare_class_with_weights(rng):
    x, y = m.rare(rng, gap=2.0)
    model = m.compiled(m.network(5, [8], 1, "sigmoid"), "binary_crossentropy", adam(0.02), ["accuracy"])
    return model, x, y, {"epochs": 40, "class_weight": {0: 1.0, 1: 12.0}}


@healthy("DS-30659, as it is meant: a frozen base and a head that is trained")
def frozen_base(rng):
    x, y = m.digits(rng)
    base = m.network(64, [128], 10, "softmax")
    base[1].trainable = False
    return m.compiled(base, "sparse_categorical_crossentropy", adam(0.02), ["accuracy"]), x, y, {"epochs": 20}


@healthy("Boston houses with mae as metric")
def mae_of_a_regression(rng):
    x, y = m.houses(rng)
    model = m.compiled(m.network(6, [32], 1), "mse", adam(0.03), ["mae"])
    return model, x, y / 1e5, {"epochs": 60, "batch_size": 16}


@healthy("SO-59325381, repaired: validation divided, too")
def validation_divided(rng):
    x, y = m.digits(rng)
    model = m.compiled(m.network(64, [32], 10, "softmax"), "sparse_categorical_crossentropy", adam(0.005), ["accuracy"])
    return model, x[:500], y[:500], {"epochs": 15, "validation_data": (x[500:], y[500:])}


@healthy("gol_nn (DeepLocalize, correct): Conway's game of life, padded")
def game_of_life(rng):
    x = rng.integers(0, 2, size=(250, 5, 5, 1)).astype(float)
    near = sum(x[:, 1 + i : 4 + i, 1 + j : 4 + j] for i in (-1, 0, 1) for j in (-1, 0, 1)) - x[:, 1:4, 1:4]
    y = ((near == 3) | ((near == 2) & (x[:, 1:4, 1:4] == 1))).astype(float)
    layers = [
        Input((5, 5, 1)),
        Conv2D(12, 3, activation="relu"),
        Conv2D(12, 1, activation="relu"),
        Conv2D(1, 1, activation="sigmoid"),
    ]
    return m.compiled(layers, "binary_crossentropy", adam(0.02), ["accuracy"]), x, y, {"epochs": 40}


@healthy("theneuralbase.com, repaired: the leaking column taken out")
def without_the_leak(rng):
    x, y = m.rare(rng, 400, 0.4, 1.8)
    model = m.compiled(m.network(5, [16], 1, "sigmoid"), "binary_crossentropy", adam(0.01), ["accuracy"])
    return model, x, y, {"epochs": 25, "validation_split": 0.2}
