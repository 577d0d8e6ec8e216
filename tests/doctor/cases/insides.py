"""Faults between the first and the last layer: activations, first weights, width, what is frozen or regularised."""

import numpy as np

from tinygrad_edu import keras
from tinygrad_edu.keras.layers import Conv2D, Dense, Dropout, Flatten, Input

from . import buggy
from . import made as m

adam, sgd, init = keras.optimizers.Adam, keras.optimizers.SGD, keras.initializers
ANY = (0, 1, 2, 3, 4, 5, 6, 7, None)


@buggy("CV-433365: a first layer without activation, XOR", "hidden_activation", (0, 1, 2))
def no_activation_for_rings(rng):
    x, y = m.rings(rng)
    return (
        m.compiled(m.network(2, [16, 16], 1, "sigmoid", None), "binary_crossentropy", adam(0.01), ["accuracy"]),
        x,
        y,
        {"epochs": 30},
    )


@buggy("UMLAUT, eval_b: every activation linear", "hidden_activation", ANY)
def no_activation_for_stripes(rng):
    x, y = m.stripes(rng)
    y = y ^ (x[:, 0, 0, 0] > np.median(x[:, 0, 0, 0])).astype(int)
    layers = [Input((8, 8, 1)), Conv2D(4, 3), Flatten(), Dense(16), Dense(1, activation="sigmoid")]
    return m.compiled(layers, "binary_crossentropy", adam(0.005), ["accuracy"]), x, y, {"epochs": 20}


@buggy("DeepFD, label «activation»: a sine by straight lines", "hidden_activation", (0, 1, 2))
def no_activation_for_a_parabola(rng):
    x = rng.uniform(-2, 2, size=(300, 1))
    return m.compiled(m.network(1, [32, 32], 1, None, None), "mse", adam(0.01)), x, x[:, 0] ** 2, {"epochs": 40}


@buggy("NeuraLint: two layers with nothing between them, XOR", "hidden_activation", (0, 1))
def no_activation_for_xor(rng):
    x, y = np.tile(m.XOR_X, (20, 1)), np.tile(m.XOR_Y, 20)
    return m.compiled(m.network(2, [8], 1, "sigmoid", None), "binary_crossentropy", adam(0.02)), x, y, {"epochs": 100}


@buggy("NeuraLint: softmax inside", "hidden_activation", (0, 1, 2))
def softmax_inside(rng):
    x, y = m.digits(rng)
    layers = [
        Input((64,)),
        Dense(32, activation="softmax"),
        Dense(32, activation="softmax"),
        Dense(10, activation="softmax"),
    ]
    return m.compiled(layers, "sparse_categorical_crossentropy", "adam", ["accuracy"]), x, y, {"epochs": 12}


@buggy("AUTOTRAINER, vanishing gradient, Circle", "vanishing_gradient hidden_activation", ANY)
def seven_sigmoids(rng):
    x, y = m.rings(rng)
    return (
        m.compiled(m.network(2, [8] * 7, 1, "sigmoid", "sigmoid"), "binary_crossentropy", "adam", ["accuracy"]),
        x,
        y,
        {"epochs": 30},
    )


@buggy(
    "AUTOTRAINER, vanishing gradient, Blob",
    "vanishing_gradient hidden_activation learning_rate_low",
    (*ANY, "learning_rate"),
)
def six_sigmoids_on_blobs(rng):
    x, y = m.blobs(rng, 300, 2, 3, 3.0)
    model = m.compiled(m.network(2, [10] * 6, 3, "softmax", "sigmoid"), "sparse_categorical_crossentropy", sgd(0.05))
    return model, x, y, {"epochs": 30}


@buggy(
    "AI-16557: four hidden layers of sigmoids",
    "vanishing_gradient hidden_activation learning_rate_low",
    (*ANY, "learning_rate"),
)
def five_sigmoids_on_digits(rng):
    x, y = m.digits(rng)
    model = m.compiled(m.network(64, [32] * 5, 10, "softmax", "sigmoid"), "sparse_categorical_crossentropy", sgd(0.1))
    return model, x, y, {"epochs": 15}


@buggy("AUTOTRAINER, vanishing gradient, MNIST: tanh and tiny weights", "vanishing_gradient bad_initialization", ANY)
def tiny_weights(rng):
    x, y = m.digits(rng)
    small = {"kernel_initializer": init.RandomNormal(stddev=1e-4)}
    layers = m.network(64, [32] * 4, 10, "softmax", "tanh", **small)
    return m.compiled(layers, "sparse_categorical_crossentropy", sgd(0.1)), x, y, {"epochs": 10}


@buggy("SO-20027598: every weight 0", "bad_initialization", ANY)
def zeros(rng):
    x, y = m.rings(rng)
    layers = m.network(2, [16, 16], 1, "sigmoid", "tanh", kernel_initializer="zeros")
    return m.compiled(layers, "binary_crossentropy", adam(0.01), ["accuracy"]), x, y, {"epochs": 20}


@buggy("SO-20027598's answers: every weight the same", "bad_initialization", ANY)
def all_the_same(rng):
    x, y = m.rings(rng)
    layers = m.network(2, [16, 16], 1, "sigmoid", "tanh", kernel_initializer=init.Constant(0.3))
    return m.compiled(layers, "binary_crossentropy", adam(0.01), ["accuracy"]), x, y, {"epochs": 20}


@buggy("ayush9818/MLDS-SQ: constants that leave every relu at 0", "bad_initialization dead_relu", ANY)
def constants_below_zero(rng):
    x = rng.random((400, 10))
    y = (x[:, 0] + x[:, 1] > 1).astype(int)
    layers = [Input((10,)), Dense(10, activation="relu", kernel_initializer=init.Constant(0.5))]
    layers += [Dense(10, activation="relu", kernel_initializer=init.Constant(-0.5)), Dense(1, activation="sigmoid")]
    return m.compiled(layers, "binary_crossentropy"), x, y, {"epochs": 10}


@buggy(
    "DeepDiagnosis, variance out of range: weights of deviation 10",
    "bad_initialization exploding_gradient learning_rate_low saturated_activation",
    (*ANY, "learning_rate"),
)
def huge_weights(rng):
    x, y = m.digits(rng)
    huge = {"kernel_initializer": init.RandomNormal(stddev=10.0)}
    layers = m.network(64, [32, 32], 10, "softmax", "tanh", **huge)
    return m.compiled(layers, "sparse_categorical_crossentropy", "adam", ["accuracy"]), x, y, {"epochs": 10}


@buggy(
    "AUTOTRAINER, exploding gradient, MNIST",
    "exploding_gradient bad_initialization learning_rate_high",
    (*ANY, "learning_rate"),
)
def growing_from_layer_to_layer(rng):
    x, y = m.digits(rng)
    wide = {"kernel_initializer": init.RandomNormal(stddev=1.0)}
    layers = m.network(64, [64] * 5, 10, "softmax", "relu", **wide)
    return m.compiled(layers, "sparse_categorical_crossentropy", sgd(0.01), ["accuracy"]), x, y, {"epochs": 8}


@buggy(
    "AUTOTRAINER, exploding gradient, Circle",
    "exploding_gradient bad_initialization learning_rate_high",
    (*ANY, "learning_rate"),
)
def ones_in_six_layers(rng):
    x, y = m.blobs(rng, 300, 2)
    layers = m.network(2, [16] * 6, 1, "sigmoid", "relu", kernel_initializer="ones")
    return m.compiled(layers, "binary_crossentropy", sgd(0.01)), x, y, {"epochs": 10}


@buggy("AUTOTRAINER, dying relu, Circle", "dead_relu learning_rate_high bad_initialization", (*ANY, "learning_rate"))
def biases_far_below_zero(rng):
    x, y = m.rings(rng)
    layers = [Input((2,)), Dense(16, activation="relu", bias_initializer=init.Constant(-10.0))]
    layers += [Dense(16, activation="relu"), Dense(1, activation="sigmoid")]
    return m.compiled(layers, "binary_crossentropy", "adam"), x, y, {"epochs": 20}


@buggy(
    "«Is ReLU dead?» (medium.com/analytics-vidhya): features in (−1, 0)",
    "dead_relu bad_initialization hidden_activation",
    ANY,
)
def features_below_zero(rng):
    x = -rng.random((400, 4))
    y = x @ [1.0, 2.0, -1.0, 0.5] + 1
    layers = [Input((4,)), Dense(16, activation="relu", kernel_initializer=init.RandomUniform(0.0, 0.5)), Dense(1)]
    return m.compiled(layers, "mse", "adam"), x, y, {"epochs": 20}


@buggy(
    "DS-18810: predictions become constant as the units die", "dead_relu learning_rate_high", (*ANY, "learning_rate")
)
def killed_by_the_first_steps(rng):
    x, y = m.bent(rng)
    return m.compiled(m.network(2, [12, 12], 1), "mse", sgd(0.8)), x, 4 * y + 6, {"epochs": 20}


@buggy("DeepDiagnosis, saturated activation: tanh with large weights", "saturated_activation bad_initialization", ANY)
def saturated_tanh(rng):
    x, y = m.bent(rng)
    wide = {"kernel_initializer": init.RandomNormal(stddev=30.0)}
    layers = [Input((2,)), Dense(24, activation="tanh", **wide), Dense(24, activation="tanh", **wide), Dense(1)]
    return m.compiled(layers, "mse", sgd(0.01)), x, y, {"epochs": 30}


@buggy("DeepDiagnosis, saturated activation: sigmoid", "saturated_activation bad_initialization", ANY)
def saturated_sigmoid(rng):
    x, y = m.rings(rng)
    layers = [Input((2,)), Dense(16, activation="sigmoid", kernel_initializer=init.RandomNormal(stddev=300.0))]
    layers += [
        Dense(16, activation="sigmoid", kernel_initializer=init.RandomNormal(stddev=50.0)),
        Dense(1, activation="sigmoid"),
    ]
    return m.compiled(layers, "binary_crossentropy", sgd(0.01)), x, y, {"epochs": 30}


@buggy("DeepFD, label «layer number»: rings without a hidden layer", "model_too_small hidden_activation", ANY)
def rings_by_a_line(rng):
    x, y = m.rings(rng)
    return (
        m.compiled(m.network(2, [], 1, "sigmoid"), "binary_crossentropy", adam(0.05), ["accuracy"]),
        x,
        y,
        {"epochs": 40},
    )


@buggy("Theia: too few units, three rings", "model_too_small", ANY)
def spiral_by_two_units(rng):
    import tinygrad_edu as tg

    x, y = tg.datasets.spirals(n=400, turns=1.0, seed=1)
    model = m.compiled(m.network(2, [2], 1, "sigmoid", "tanh"), "binary_crossentropy", adam(0.05), ["accuracy"])
    return model, x, y, {"epochs": 60}


@buggy("SO-46995209: a sine by a few units", "model_too_small", ANY)
def three_turns_by_one_unit(rng):
    x, y = m.sine(rng, 300, turns=2.0)
    return m.compiled(m.network(1, [1], 1, None, "tanh"), "mse", adam(0.05)), x, y, {"epochs": 60}


@buggy("DeepFD, label «layer properties»: digits through one unit", "model_too_small", ANY)
def digits_through_one_unit(rng):
    x, y = m.digits(rng)
    layers = [Input((64,)), Dense(1, activation="relu"), Dense(32, activation="relu"), Dense(10, activation="softmax")]
    model = m.compiled(layers, "sparse_categorical_crossentropy", adam(0.01), ["accuracy"])
    return model, x, y, {"epochs": 30}


@buggy("UMLAUT: dropout above 0.5, three times", "over_regularization", ANY)
def dropout_of_nine_tenths(rng):
    x, y = m.digits(rng)
    layers = [Input((64,)), Dense(32, activation="relu"), Dropout(0.9), Dense(32, activation="relu"), Dropout(0.9)]
    model = m.compiled(
        [*layers, Dense(10, activation="softmax")], "sparse_categorical_crossentropy", adam(0.005), ["accuracy"]
    )
    return model, x, y, {"epochs": 15}


@buggy("NeuraLint: dropout after the last layer", "over_regularization", ANY)
def dropout_after_the_last_layer(rng):
    x, y = m.plane(rng, 300, 4)
    layers = [*m.network(4, [16], 1), Dropout(0.5)]
    return m.compiled(layers, "mse", adam(0.01)), x, y + 3, {"epochs": 40}


@buggy("stackoom.com 4HpqD: an L2 penalty, no learning", "over_regularization", ANY)
def penalty_larger_than_the_loss(rng):
    x, y = m.digits(rng)
    heavy = {"kernel_regularizer": keras.regularizers.L2(0.5)}
    layers = m.network(64, [36], 10, "softmax", "sigmoid", **heavy)
    return m.compiled(layers, "sparse_categorical_crossentropy", "rmsprop", ["accuracy"]), x, y, {"epochs": 20}


@buggy("AUTOTRAINER's generator: an L1 penalty", "over_regularization", ANY)
def l1_penalty(rng):
    x, y = m.rings(rng)
    heavy = {"kernel_regularizer": keras.regularizers.L1(0.2)}
    layers = m.network(2, [16, 16], 1, "sigmoid", "relu", **heavy)
    return m.compiled(layers, "binary_crossentropy", adam(0.01), ["accuracy"]), x, y, {"epochs": 40}


@buggy("Humbatova 2020: every layer frozen by mistake", "frozen_weights", ANY)
def nothing_to_train(rng):
    x, y = m.moons(rng)
    layers = m.network(2, [16], 1, "sigmoid")
    for layer in layers[1:]:
        layer.trainable = False
    return m.compiled(layers, "binary_crossentropy", "adam", ["accuracy"]), x, y, {"epochs": 5}


@buggy("DS-30659 turned round: hidden layers frozen at random values", "frozen_weights", ANY)
def hidden_layers_frozen(rng):
    x, y = m.rings(rng)
    layers = m.network(2, [4, 4], 1, "sigmoid")
    layers[1].trainable = layers[2].trainable = False
    return m.compiled(layers, "binary_crossentropy", adam(0.02), ["accuracy"]), x, y, {"epochs": 40}


@buggy("Humbatova 2020: the model frozen as a whole", "frozen_weights", ANY)
def model_frozen(rng):
    x, y = m.plane(rng)
    model = m.compiled(m.network(3, [8], 1), "mse")
    model.trainable = False
    return model, x, y, {"epochs": 5}
