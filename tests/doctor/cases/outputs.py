"""Last layers that cannot give the targets."""

import numpy as np

from tinygrad_edu import keras
from tinygrad_edu.keras.layers import Activation, Conv2D, Dense, Dropout, Flatten, Input, MaxPooling2D

from . import buggy
from . import made as m


@buggy("SO-31880720 (DeepLocalize, DeepDiagnosis' motivating example)", "output_activation", -1)
def softmax_over_one_unit(rng):
    x, y = m.blobs(rng, 600, 20)
    return (
        m.compiled(m.network(20, [50], 1, "softmax"), "binary_crossentropy", "adam", ["accuracy"]),
        x,
        y,
        {"epochs": 8},
    )


@buggy("SO-45337371 (DeepLocalize)", "output_activation", -1)
def softmax_over_one_unit_deep(rng):
    x, y = m.blobs(rng, 400, 5)
    return m.compiled(m.network(5, [60, 50], 1, "softmax"), "binary_crossentropy"), x, y, {"epochs": 6}


@buggy(
    "SO-34311586 (DeepLocalize)", "output_activation learning_rate_low too_few_updates", (-1, "learning_rate", "epochs")
)
def softmax_over_one_unit_xor(rng):
    x, y = np.tile(m.XOR_X, (4, 1)), np.tile(m.XOR_Y, 4)
    layers = [
        Input((2,)),
        Dense(2),
        Activation("sigmoid"),
        Dense(3),
        Activation("sigmoid"),
        Dense(1),
        Activation("softmax"),
    ]
    return m.compiled(layers, "mse", keras.optimizers.SGD(0.001, momentum=0.9, nesterov=True)), x, y, {"epochs": 20}


@buggy("SO-45442843 (DeepLocalize)", "output_activation", -1)
def softmax_over_one_unit_mae(rng):
    x = rng.uniform(0, 1, size=(300, 1))
    y = (x[:, 0] > 0.4).astype(float)
    layers = [Input((1,)), Dense(1), Activation("sigmoid"), Dense(1), Activation("softmax")]
    return m.compiled(layers, "mae", "rmsprop", ["accuracy"]), x, y, {"epochs": 40, "batch_size": 100}


@buggy("SO-46620813", "output_activation learning_rate_low", (-1, "learning_rate"))
def softmax_over_one_unit_bits(rng):
    bits = rng.integers(0, 2, size=(400, 3))
    y = bits[:, 0] ^ bits[:, 2]
    model = m.compiled(m.network(3, [8], 1, "softmax"), "binary_crossentropy", keras.optimizers.Adagrad(), ["accuracy"])
    return model, bits.astype(float), y, {"epochs": 10, "batch_size": 64}


@buggy("an answer of stats.stackexchange.com (revision 2bda6552): softmax always predicts 1", "output_activation", -1)
def softmax_over_one_unit_majority(rng):
    x = rng.integers(0, 2, size=(300, 3)).astype(float)
    y = (x.sum(1) > 1).astype(int)
    return m.compiled(m.network(3, [10], 1, "softmax"), "binary_crossentropy", "rmsprop"), x, y, {"epochs": 20}


@buggy("SO-33969059 (DeepLocalize)", "output_activation unscaled_input unscaled_target", (-1, "x", "y"))
def softmax_for_a_regression(rng):
    x = 10_000 * rng.random((400, 3))
    y = x @ [2.0, 1.0, 0.5] + 2.2
    layers = [Input((3,)), Dense(3), Activation("tanh"), Dropout(0.5), Dense(1), Activation("softmax")]
    return m.compiled(layers, "mse", keras.optimizers.SGD(0.1, momentum=0.9)), x, y, {"epochs": 10}


@buggy("SO-48251943 (DeepLocalize)", "output_activation", -1)
def relu_for_negative_targets(rng):
    x, y = m.bent(rng)
    layers = [Input((2,)), Dense(4), Activation("relu"), Dense(1), Activation("relu")]
    return m.compiled(layers, "mse", "sgd"), x, y - 1.0, {"epochs": 50, "batch_size": 10}


@buggy("DS-28191: sin(x) with relu last", "output_activation", -1)
def relu_for_a_sine(rng):
    x, y = m.sine(rng)
    return m.compiled(m.network(1, [100], 1, "relu"), "mse"), x, y, {"epochs": 60}


@buggy("SO-5105718: never predicts a negative value", "output_activation", -1)
def sigmoid_for_a_sine(rng):
    x = rng.integers(-1, 2, size=(300, 4)).astype(float)
    return m.compiled(m.network(4, [16], 1, "sigmoid", "tanh"), "mse"), x, np.sin(x.sum(1)), {"epochs": 60}


@buggy("DS-19365: sine with sigmoid last", "output_activation too_few_updates model_too_small", (-1, "epochs", 0))
def sigmoid_for_a_sine_sgd(rng):
    x = np.arange(200).reshape(-1, 1) / 50
    layers = [Input((1,)), Dense(10), Activation("sigmoid"), Dense(1), Activation("sigmoid")]
    return m.compiled(layers, "mse", "sgd", ["mae"]), x, np.sin(x[:, 0] * 1.5), {"epochs": 40, "batch_size": 4}


@buggy("SO-48221692 (DeepLocalize)", "output_activation unscaled_target", (-1, "y"))
def sigmoid_for_a_line(rng):
    x = rng.uniform(-3, 3, size=(200, 1))
    layers = [Input((1,)), Dense(5), Activation("sigmoid"), Dense(1), Activation("sigmoid")]
    model = m.compiled(layers, "mse", "sgd")
    return model, x, 4 * x[:, 0] + 10, {"epochs": 100, "batch_size": 200}


@buggy("SO-44066044 (DeepLocalize)", "output_activation", -1)
def relu_as_probability(rng):
    x, y = m.blobs(rng, 300, 11)
    layers = [Input((11,)), Dense(12, activation="relu"), Dense(12, activation="relu"), Dense(1), Activation("relu")]
    return m.compiled(layers, "binary_crossentropy", "adam", ["accuracy"]), x, y, {"epochs": 20, "batch_size": 5}


@buggy("SO-47352366 (DeepLocalize)", "output_activation", -1)
def relu_as_ten_probabilities(rng):
    x, y = m.digits(rng, 400)
    layers = [
        Input((8, 8, 1)),
        Conv2D(8, 3, activation="relu"),
        MaxPooling2D(),
        Flatten(),
        Dense(32, activation="relu"),
    ]
    model = m.compiled([*layers, Dense(10, activation="relu")], "categorical_crossentropy", "adam", ["accuracy"])
    return model, x.reshape(-1, 8, 8, 1), m.one_hot(y, 10), {"epochs": 8}


@buggy("DeepDiagnosis (out of range), NeuraLint's rule on the last activation", "output_activation", -1)
def tanh_for_amounts(rng):
    x, y = m.plane(rng)
    return m.compiled(m.network(3, [16], 1, "tanh"), "mse"), x, 5 * y + 20, {"epochs": 40}


@buggy(
    "keras#7023: same prediction every time; linear last layer as a probability",
    "output_activation from_logits",
    (-1, "loss"),
)
def linear_as_probability(rng):
    x, y = m.moons(rng)
    return m.compiled(m.network(2, [16, 16], 1), "binary_crossentropy", "adam", ["accuracy"]), x, y, {"epochs": 30}


@buggy("DeepFD, label «activation»: tanh with binary crossentropy", "output_activation", -1)
def tanh_as_probability(rng):
    x, y = m.rings(rng)
    model = m.compiled(m.network(2, [16], 1, "tanh"), "binary_crossentropy", "adam", ["accuracy"])
    return model, x, y, {"epochs": 30}


@buggy("DeepFD, label «activation»: relu over class scores with mse", "output_activation", -1)
def relu_for_centred_targets(rng):
    x, y = m.plane(rng, 400, 5)
    return m.compiled(m.network(5, [32, 32], 1, "relu"), "mae"), x, y - y.mean(), {"epochs": 30}


@buggy("NeuraLint: softmax for labels that do not exclude each other", "output_activation wrong_loss", (-1, "loss"))
def softmax_for_several_labels(rng):
    x, y = m.tags(rng, labels=4)
    y[:, 0] = 1.0
    model = m.compiled(m.network(10, [20], 4, "softmax"), "binary_crossentropy", "adam", ["accuracy"])
    return model, x, y, {"epochs": 20}


@buggy("SO-38648195 (DeepLocalize)", "output_activation wrong_loss learning_rate_low", (-1, "loss", "learning_rate"))
def softmax_and_mse_for_several_labels(rng):
    x, y = m.tags(rng, 500, 20)
    layers = [Input((20,)), Dense(20, activation="relu"), Dropout(0.5), Dense(20, activation="relu"), Dropout(0.5)]
    model = m.compiled([*layers, Dense(3), Activation("softmax")], "mse", "sgd", ["accuracy"])
    return model, x, y, {"epochs": 20, "batch_size": 20}


@buggy("UMLAUT: exponential targets through a sigmoid", "output_activation unscaled_target", (-1, "y"))
def sigmoid_for_percent(rng):
    x, y = m.plane(rng, 300, 4)
    share = 100 / (1 + np.exp(-y))
    return m.compiled(m.network(4, [16], 1, "sigmoid"), "mse", "adam"), x, share, {"epochs": 40}


@buggy("NeuraLint: last layer narrower than the classes", "output_units wrong_loss", (-1, "loss", "y"))
def one_unit_for_three_classes(rng):
    x, y = m.iris(rng)
    return m.compiled(m.network(4, [8], 1, "sigmoid"), "mse", "adam", ["accuracy"]), x, y, {"epochs": 60}


@buggy("SO-61742556: more classes than units", "output_units label_encoding", (-1, "y"))
def nine_units_for_ten_classes(rng):
    x, y = m.digits(rng, 300)
    model = m.compiled(m.network(64, [32], 9, "softmax"), "sparse_categorical_crossentropy", "adam", ["accuracy"])
    return model, x, y, {"epochs": 5}


@buggy("SO-44151760: one-hot targets of another width", "output_units label_encoding wrong_loss", (-1, "y", "loss"))
def one_unit_for_one_hot_rows(rng):
    x, y = m.blobs(rng, 200, 4, 3)
    return m.compiled(m.network(4, [8], 1, "sigmoid"), "binary_crossentropy"), x, m.one_hot(y, 3), {"epochs": 5}


@buggy("Theia: two coordinates, one unit", "output_units", -1)
def one_unit_for_two_targets(rng):
    x = rng.normal(size=(200, 4))
    return m.compiled(m.network(4, [16], 1), "mse"), x, x[:, :2] * 2, {"epochs": 5}


@buggy("UMLAUT's planted bug: last layer linear, no from_logits", "from_logits output_activation", ("loss", -1))
def logits_taken_for_probabilities(rng):
    x, y = m.digits(rng)
    model = m.compiled(m.network(64, [32], 10), "sparse_categorical_crossentropy", "adam", ["accuracy"])
    return model, x, y, {"epochs": 8}


@buggy("DS-73093: softmax and from_logits=True", "from_logits", ("loss", -1))
def softmax_twice(rng):
    x, y = m.digits(rng)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    return m.compiled(m.network(64, [32], 10, "softmax"), loss, "sgd", ["accuracy"]), x, y, {"epochs": 10}


@buggy("DS-73093, one unit: sigmoid and from_logits=True", "from_logits", ("loss", -1))
def sigmoid_twice(rng):
    x, y = m.moons(rng)
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    return m.compiled(m.network(2, [16], 1, "sigmoid"), loss, "adam"), x, y, {"epochs": 40}


@buggy("TensorFlow's basic classification tutorial with the softmax added", "from_logits", ("loss", -1))
def softmax_layer_and_logits(rng):
    x, y = m.blobs(rng, 400, 6, 4, 3.0)
    loss = keras.losses.CategoricalCrossentropy(from_logits=True)
    layers = [*m.network(6, [16], 4), Activation("softmax")]
    return m.compiled(layers, loss, "adam", ["accuracy"]), x, m.one_hot(y, 4), {"epochs": 20}
