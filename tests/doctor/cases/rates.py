"""Steps too large, too small, or too few."""

import numpy as np

from tinygrad_edu import keras
from tinygrad_edu.keras.layers import Activation, Dense, Dropout, Input

from . import buggy
from . import made as m

adam, sgd, rms = keras.optimizers.Adam, keras.optimizers.SGD, keras.optimizers.RMSprop
LOW, HIGH, FEW = "learning_rate_low too_few_updates", "learning_rate_high", "too_few_updates learning_rate_low"
STEPS = ("learning_rate", "epochs", "batch_size")


@buggy("SO-48934338 (DeepLocalize)", HIGH, "learning_rate")
def sgd_too_fast_for_a_parabola(rng):
    x, y = m.parabola(rng)
    return m.compiled(m.network(1, [50, 30], 1), "mse", sgd(0.1)), x, y, {"epochs": 100}


@buggy(
    "DS-15962: 0.001 explodes, 0.0001 does not",
    "learning_rate_high unscaled_input unscaled_target",
    ("learning_rate", "x", "y"),
)
def sgd_diverges_on_a_table(rng):
    x, y = m.plane(rng, 200, 5)
    return m.compiled(m.network(5, [20], 1), "mse", sgd(0.01)), x * 20, y * 50, {"epochs": 20}


@buggy("CV-284189: a line by SGD on raw numbers", "unscaled_input learning_rate_high", ("x", "learning_rate"))
def sgd_diverges_on_a_line(rng):
    x = rng.uniform(1000, 3000, size=(100, 1))
    return m.compiled([Input((1,)), Dense(1)], "mse", "sgd"), x, x[:, 0] * 0.5 + 10, {"epochs": 30, "batch_size": 1}


@buggy("AUTOTRAINER, oscillating loss, Circle", HIGH, "learning_rate")
def adam_too_fast_on_rings(rng):
    x, y = m.rings(rng)
    return m.compiled(m.network(2, [16, 16], 1, "sigmoid"), "binary_crossentropy", adam(30.0)), x, y, {"epochs": 30}


@buggy(
    "SO-48385830 (DeepLocalize): SGD at 3 and weights of deviation 1",
    "learning_rate_high bad_initialization output_activation hidden_activation wrong_loss",
    ("learning_rate", 0, 1, "loss"),
)
def sgd_at_three_on_digits(rng):
    x, y = m.digits(rng)
    wide = {"kernel_initializer": keras.initializers.RandomNormal(stddev=1.0)}
    layers = [Input((64,)), Dense(30, **wide), Dense(10, **wide)]
    return m.compiled(layers, "mse", sgd(3.0), ["accuracy"]), x, m.one_hot(y, 10), {"epochs": 5, "batch_size": 10}


@buggy(
    "MNIST at Adam 0.1: layers die (Ayush-dhabale/Deeplearning)",
    "learning_rate_high dead_relu",
    ("learning_rate", 0, 1, 2),
)
def adam_kills_the_digits(rng):
    x, y = m.digits(rng)
    model = m.compiled(
        m.network(64, [64, 32, 16], 10, "softmax"), "sparse_categorical_crossentropy", adam(0.5), ["accuracy"]
    )
    return model, x, y, {"epochs": 8}


@buggy("DeepFD, label «learning rate»: RMSprop at 0.5", HIGH, "learning_rate")
def rmsprop_at_a_half(rng):
    x, y = m.cancer(rng)
    model = m.compiled(m.network(30, [16, 16], 1, "sigmoid", "tanh"), "binary_crossentropy", rms(2.0))
    return model, x, y, {"epochs": 15}


@buggy("UMLAUT's planted bug: learning rate 1e3, digits", HIGH, "learning_rate")
def adam_at_a_thousand(rng):
    x, y = m.digits(rng, 400)
    model = m.compiled(m.network(64, [32], 10, "softmax"), "sparse_categorical_crossentropy", adam(1000.0))
    return model, x, y, {"epochs": 5}


@buggy("DeepFD, label «learning rate»: momentum makes it worse", HIGH, "learning_rate")
def momentum_too_fast(rng):
    x, y = m.sine(rng)
    model = m.compiled(m.network(1, [20, 20], 1, None, "tanh"), "mse", sgd(1.5, momentum=0.9))
    return model, x, y, {"epochs": 40}


@buggy("nan loss with adam at 0.1 and mse, sgd (taourl 3051163)", HIGH, "learning_rate")
def sgd_too_fast_for_a_plane(rng):
    x, y = m.plane(rng, 300, 10)
    return m.compiled(m.network(10, [64], 1), "mse", sgd(0.5)), x, y, {"epochs": 10}


@buggy("AUTOTRAINER, slow convergence, Circle", LOW, STEPS)
def adam_too_slow_on_rings(rng):
    x, y = m.rings(rng)
    return m.compiled(m.network(2, [16, 16], 1, "sigmoid"), "binary_crossentropy", adam(2e-6)), x, y, {"epochs": 30}


@buggy("AUTOTRAINER, slow convergence, Blob", LOW, STEPS)
def sgd_too_slow_on_blobs(rng):
    x, y = m.blobs(rng, 300, 2, 3, 3.0)
    model = m.compiled(m.network(2, [16], 3, "softmax"), "sparse_categorical_crossentropy", sgd(1e-5), ["accuracy"])
    return model, x, y, {"epochs": 30}


@buggy("AUTOTRAINER, slow convergence, MNIST", LOW, STEPS)
def adam_too_slow_on_digits(rng):
    x, y = m.digits(rng)
    model = m.compiled(m.network(64, [32], 10, "softmax"), "sparse_categorical_crossentropy", adam(1e-6), ["accuracy"])
    return model, x, y, {"epochs": 10}


@buggy(
    "SO-55328966 (DeepLocalize), with the images divided by 255",
    "learning_rate_low output_activation too_few_updates hidden_activation",
    (*STEPS, -1, 0),
)
def sgd_at_a_ten_thousandth(rng):
    x, y = m.digits(rng)
    model = m.compiled(m.network(64, [50], 10, "sigmoid"), "categorical_crossentropy", sgd(1e-4), ["accuracy"])
    return model, x, m.one_hot(y, 10), {"epochs": 10}


@buggy("Keras's Adadelta at its new default, MNIST examples before 2020 (52zhanxing 7399595)", LOW, STEPS)
def adadelta_at_its_default(rng):
    x, y = m.digits(rng)
    model = m.compiled(m.network(64, [32], 10, "softmax"), "sparse_categorical_crossentropy", "adadelta", ["accuracy"])
    return model, x, y, {"epochs": 12, "batch_size": 128}


@buggy("DeepFD, label «optimizer»: SGD for a regression", LOW, STEPS)
def sgd_too_slow_for_a_plane(rng):
    x, y = m.plane(rng)
    return m.compiled(m.network(3, [16], 1), "mse", sgd(1e-5)), x, y, {"epochs": 30}


@buggy(
    "DeepFD, label «learning rate»: a schedule at its end after one epoch",
    "learning_rate_low learning_rate_high",
    "learning_rate",
)
def decay_to_nothing(rng):
    x, y = m.moons(rng)
    schedule = keras.optimizers.schedules.ExponentialDecay(0.001, decay_steps=2, decay_rate=0.5)
    return m.compiled(m.network(2, [16], 1, "sigmoid"), "binary_crossentropy", adam(schedule)), x, y, {"epochs": 30}


@buggy(
    "SO-39217567 (DeepLocalize), order kept: sigmoids, mse, SGD",
    "learning_rate_low vanishing_gradient too_few_updates hidden_activation wrong_loss",
    (*STEPS, "loss", 0, 1, 2, None),
)
def sgd_and_sigmoids_on_bits(rng):
    x = np.array([[i >> k & 1 for k in range(6)] for i in range(64)], float)
    layers = m.network(6, [8, 8], 6, "sigmoid", "sigmoid")
    return m.compiled(layers, "mse", "sgd", ["accuracy"]), x, x[:, ::-1].copy(), {"epochs": 200, "batch_size": 50}


@buggy("SO-50306988 (DeepLocalize): five epochs", FEW, STEPS)
def five_epochs(rng):
    a, b = rng.uniform(0.2, 0.4, size=(100, 2)), rng.uniform(0.5, 0.7, size=(100, 2))
    order = rng.permutation(200)
    x, y = np.concatenate([a, b])[order], np.repeat([0, 1], 100)[order]
    layers = [Input((2,)), Dense(2), Activation("sigmoid"), Dense(2), Activation("softmax")]
    return m.compiled(layers, "categorical_crossentropy", "adam", ["accuracy"]), x, m.one_hot(y, 2), {"epochs": 5}


@buggy("SO-44164749 (DeepLocalize): a batch of 2000, 5 epochs", FEW, STEPS)
def batch_as_large_as_the_data(rng):
    x, y = m.digits(rng, 800)
    layers = [
        Input((64,)),
        Dense(64, activation="relu"),
        Dropout(0.1),
        Dense(32, activation="relu"),
        Dense(10),
        Activation("softmax"),
    ]
    model = m.compiled(layers, "categorical_crossentropy", sgd(0.01, momentum=0.9), ["accuracy"])
    return model, x, m.one_hot(y, 10), {"epochs": 10, "batch_size": 800}


@buggy("DeepFD 59282996: 30 epochs more", FEW, STEPS)
def iris_for_a_moment(rng):
    x, y = m.iris(rng)
    model = m.compiled(m.network(4, [8], 3, "softmax"), "sparse_categorical_crossentropy", "adam", ["accuracy"])
    return model, x, y, {"epochs": 3}


@buggy("CV-433365: XOR for 5 epochs", FEW, STEPS)
def one_epoch_of_rings(rng):
    x, y = m.rings(rng)
    model = m.compiled(m.network(2, [16], 1, "sigmoid"), "binary_crossentropy", "adam", ["accuracy"])
    return model, x, y, {"epochs": 2}


@buggy("DeepFD, label «epoch»: a regression", FEW, STEPS)
def ten_epochs_of_a_regression(rng):
    x, y = m.plane(rng, 200, 4)
    return m.compiled(m.network(4, [8], 1), "mse", "adam", ["mae"]), x, y * 4, {"epochs": 10}


@buggy("XOR on four points with Adam, too short (SO-34311586's answers)", FEW, STEPS)
def xor_for_a_hundred_epochs(rng):
    model = m.compiled(m.network(2, [8], 1, "sigmoid", "tanh"), "binary_crossentropy", "adam", ["accuracy"])
    return model, m.XOR_X, m.XOR_Y, {"epochs": 50}


@buggy("DeepFD, label «batch size»", FEW, STEPS)
def whole_table_as_a_batch(rng):
    x, y = m.cancer(rng)
    model = m.compiled(m.network(30, [16], 1, "sigmoid"), "binary_crossentropy", sgd(0.01), ["accuracy"])
    return model, x, y, {"epochs": 5, "batch_size": 569}


@buggy("DeepFD, label «epoch»: a sine", FEW, STEPS)
def a_sine_for_two_epochs(rng):
    x, y = m.sine(rng)
    return m.compiled(m.network(1, [32, 32], 1, None, "tanh"), "mse", "adam"), x, y, {"epochs": 2}


@buggy("DeepFD, label «epoch»: house prices", FEW, STEPS)
def prices_for_a_moment(rng):
    x, y = m.houses(rng)
    layers = [Input((6,)), Dense(16, activation="relu"), Dense(1)]
    return m.compiled(layers, "mse", "adam"), x, y / 1e5, {"epochs": 5, "batch_size": 64}
