"""What courses, guides and the examples of Keras, TensorFlow and scikit-learn teach, in small."""

import numpy as np

import tinygrad_edu as tg
from tinygrad_edu import keras
from tinygrad_edu.keras.layers import (
    ELU,
    Activation,
    AveragePooling2D,
    BatchNormalization,
    Conv1D,
    Conv2D,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    GlobalAveragePooling1D,
    GlobalMaxPooling1D,
    Input,
    LayerNormalization,
    LeakyReLU,
    MaxPooling2D,
    Normalization,
    PReLU,
    ReLU,
    Softmax,
)

from . import healthy
from . import made as m

adam, sgd, rms = keras.optimizers.Adam, keras.optimizers.SGD, keras.optimizers.RMSprop


@healthy("TensorFlow, «Basic classification: Fashion MNIST», with digits")
def basic_classification(rng):
    x, y = m.digits(rng, 900)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    layers = [Input((8, 8)), Flatten(), Dense(128, activation="relu"), Dense(10)]
    return m.compiled(layers, loss, "adam", ["accuracy"]), x.reshape(-1, 8, 8), y, {"epochs": 10}


@healthy("TensorFlow, «Basic regression: Auto MPG», with a Normalization layer")
def fuel(rng):
    n = 300
    x = np.stack(
        [rng.integers(3, 9, n), rng.uniform(70, 450, n), rng.uniform(45, 230, n), rng.uniform(1600, 5100, n)], 1
    )
    y = 60 - 0.006 * x[:, 3] - 0.05 * x[:, 2] - 1.2 * x[:, 0] + rng.normal(size=n)
    normalization = Normalization()
    normalization.adapt(x)
    layers = [Input((4,)), normalization, Dense(64, activation="relu"), Dense(64, activation="relu"), Dense(1)]
    return m.compiled(layers, "mae", adam(0.003)), x, y, {"epochs": 80, "validation_split": 0.2}


@healthy("TensorFlow, «Basic regression», its linear model at Adam 0.1")
def fuel_by_a_line(rng):
    n = 300
    x = np.stack([rng.uniform(45, 230, n)], 1)
    y = 40 - 0.12 * x[:, 0] + rng.normal(size=n)
    normalization = Normalization()
    normalization.adapt(x)
    return (
        m.compiled([Input((1,)), normalization, Dense(1)], "mae", adam(0.1)),
        x,
        y,
        {"epochs": 60, "validation_split": 0.2},
    )


@healthy("TensorFlow, «Overfit and underfit», the combined model")
def dropout_and_l2(rng):
    x, y = m.blobs(rng, 500, 12, gap=1.6)
    light = {"kernel_regularizer": keras.regularizers.L2(1e-4), "activation": "elu"}
    layers = [Input((12,)), Dense(32, **light), Dropout(0.5), Dense(32, **light), Dropout(0.5), Dense(1)]
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    return m.compiled(layers, loss, adam(0.003), ["accuracy"]), x, y, {"epochs": 30, "validation_split": 0.3}


@healthy("TensorFlow, «Classification on imbalanced data», good recall")
def imbalanced_but_found(rng):
    x, y = m.rare(rng, 600, 0.1, 4.0)
    model = m.compiled(m.network(5, [16], 1, "sigmoid"), "binary_crossentropy", adam(0.01), ["accuracy"])
    return model, x, y, {"epochs": 30}


@healthy("Keras, «Simple MNIST convnet»")
def simple_convnet(rng):
    x, y = m.digits(rng, 500)
    layers = [
        Input((8, 8, 1)),
        Conv2D(8, 3, activation="relu"),
        MaxPooling2D(2),
        Conv2D(16, 2, activation="relu"),
        Flatten(),
        Dropout(0.5),
    ]
    model = m.compiled([*layers, Dense(10, activation="softmax")], "categorical_crossentropy", adam(0.01), ["accuracy"])
    return model, x.reshape(-1, 8, 8, 1), m.one_hot(y, 10), {"epochs": 20, "validation_split": 0.1}


@healthy("Chollet, «Deep Learning with Python», 3: reviews as bags of words")
def bags_of_words(rng):
    x, y = m.words(rng)
    bags = np.zeros((len(x), 30))
    for row, numbers in zip(bags, x):
        row[numbers] = 1
    model = m.compiled(m.network(30, [16, 16], 1, "sigmoid"), "binary_crossentropy", rms(0.005), ["accuracy"])
    return model, bags, y, {"epochs": 15, "validation_split": 0.25}


@healthy("Chollet, 3: newswires, many classes")
def eight_topics(rng):
    x, y = m.blobs(rng, 600, 12, 8, 3.0)
    model = m.compiled(
        m.network(12, [64, 64], 8, "softmax"), "sparse_categorical_crossentropy", "rmsprop", ["accuracy"]
    )
    return model, x, y, {"epochs": 15, "validation_split": 0.2}


@healthy("Chollet, 3: houses, mse and mae")
def houses_in_thousands(rng):
    x, y = m.houses(rng)
    return (
        m.compiled(m.network(6, [64, 64], 1), "mse", rms(0.005), ["mae"]),
        x,
        y / 1e5,
        {"epochs": 50, "batch_size": 16},
    )


@healthy("Keras, «Text classification from scratch», with GlobalAveragePooling1D")
def words_averaged(rng):
    x, y = m.words(rng)
    layers = [
        Input((8,)),
        Embedding(30, 8),
        GlobalAveragePooling1D(),
        Dense(16, activation="relu"),
        Dense(1, activation="sigmoid"),
    ]
    return (
        m.compiled(layers, "binary_crossentropy", adam(0.01), ["accuracy"]),
        x,
        y,
        {"epochs": 6, "validation_split": 0.2},
    )


@healthy("Keras, «IMDB with Conv1D»")
def words_convolved(rng):
    x, y = m.words(rng)
    layers = [
        Input((8,)),
        Embedding(30, 8),
        Conv1D(16, 3, activation="relu"),
        GlobalMaxPooling1D(),
        Dense(1, activation="sigmoid"),
    ]
    return m.compiled(layers, "binary_crossentropy", adam(0.01), ["accuracy"]), x, y, {"epochs": 15}


@healthy("Keras, «Timeseries classification from scratch»")
def waves(rng):
    x, y = m.signals(rng)
    layers = [Input((24, 1))]
    for _ in range(2):
        layers += [Conv1D(8, 3, padding="same"), BatchNormalization(), ReLU()]
    layers += [GlobalAveragePooling1D(), Dense(2, activation="softmax")]
    return m.compiled(layers, "sparse_categorical_crossentropy", adam(0.01), ["accuracy"]), x, y, {"epochs": 25}


@healthy("Keras, «Timeseries forecasting»: the next value of a sine")
def next_value(rng):
    t = np.sin(np.arange(330) / 5) + 0.05 * rng.normal(size=330)
    x = np.stack([t[i : i + 10] for i in range(320)])
    return m.compiled(m.network(10, [16], 1), "mse", adam(0.005)), x, t[10:], {"epochs": 30, "validation_split": 0.2}


@healthy("Keras blog, «Building autoencoders»: 64-32-64, sigmoid and crossentropy")
def autoencoder(rng):
    x, _ = m.digits(rng, 500)
    return m.compiled(m.network(64, [32], 64, "sigmoid"), "binary_crossentropy", adam(0.01)), x, x, {"epochs": 30}


@healthy("Keras blog, «Building autoencoders», linear: principal components")
def linear_autoencoder(rng):
    x = rng.normal(size=(400, 3)) @ rng.normal(size=(3, 10)) + 0.1 * rng.normal(size=(400, 10))
    return m.compiled(m.network(10, [3], 10, None, None), "mse", adam(0.02)), x, x, {"epochs": 60}


@healthy("scikit-learn, «Classifier comparison»: moons with relu")
def moons_with_relu(rng):
    x, y = m.moons(rng)
    return (
        m.compiled(m.network(2, [32], 1, "sigmoid"), "binary_crossentropy", adam(0.02), ["accuracy"]),
        x,
        y,
        {"epochs": 60},
    )


@healthy("scikit-learn, logistic regression: cancer")
def logistic_regression(rng):
    x, y = m.cancer(rng)
    return (
        m.compiled(m.network(30, [], 1, "sigmoid"), "binary_crossentropy", sgd(0.1), ["accuracy"]),
        x,
        y,
        {"epochs": 15},
    )


@healthy("scikit-learn, linear regression: diabetes, standardised target")
def diabetes(rng):
    x, y = tg.datasets.diabetes()
    y = (y - y.mean()) / y.std()
    return m.compiled(m.network(10, [], 1), "mse", adam(0.02)), m.standard(x), y, {"epochs": 60}


@healthy("scikit-learn, softmax regression: digits")
def softmax_regression(rng):
    x, y = m.digits(rng, 900)
    return (
        m.compiled(m.network(64, [], 10, "softmax"), "sparse_categorical_crossentropy", adam(0.02), ["accuracy"]),
        x,
        y,
        {"epochs": 15},
    )


@healthy("the README of this project: cancer with a Normalization layer")
def readme(rng):
    x, y = m.raw_cancer(rng)
    normalization = Normalization()
    normalization.adapt(x)
    model = keras.Sequential([normalization, Dense(16, activation="relu"), Dense(1, activation="sigmoid")])
    model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    return model, x, y, {"epochs": 20, "validation_split": 0.2}


@healthy("Nielsen, «Neural Networks and Deep Learning», 1: sigmoids, mse and SGD at 3")
def nielsen(rng):
    x, y = m.digits(rng, 900)
    model = m.compiled(m.network(64, [30], 10, "sigmoid", "sigmoid"), "mse", sgd(10.0), ["accuracy"])
    return model, x, m.one_hot(y, 10), {"epochs": 25, "batch_size": 10}


@healthy("Karpathy, micrograd's demo: moons, hinge, tanh")
def micrograd_moons(rng):
    x, y = m.moons(rng, 200)
    return m.compiled(m.network(2, [16, 16], 1), "hinge", adam(0.02)), x, y * 2 - 1, {"epochs": 50}


@healthy("Géron, «Hands-on machine learning», 10: SGD on images")
def geron(rng):
    x, y = m.digits(rng, 900)
    model = m.compiled(
        m.network(64, [64, 32], 10, "softmax"), "sparse_categorical_crossentropy", sgd(0.1), ["accuracy"]
    )
    return model, x, y, {"epochs": 25, "validation_split": 0.1}


@healthy("Géron, 11: SELU, lecun_normal and many layers")
def selu(rng):
    x, y = m.digits(rng)
    layers = m.network(64, [32] * 5, 10, "softmax", "selu", kernel_initializer="lecun_normal")
    return m.compiled(layers, "sparse_categorical_crossentropy", adam(0.005), ["accuracy"]), x, y, {"epochs": 15}


@healthy("Géron, 11: LeakyReLU and he_normal")
def leaky(rng):
    x, y = m.rings(rng)
    layers = [
        Input((2,)),
        Dense(16, kernel_initializer="he_normal"),
        LeakyReLU(),
        Dense(16, kernel_initializer="he_normal"),
        LeakyReLU(),
    ]
    return (
        m.compiled([*layers, Dense(1, activation="sigmoid")], "binary_crossentropy", adam(0.01)),
        x,
        y,
        {"epochs": 40},
    )


@healthy("Géron, 11: a schedule that ends small")
def schedule_that_ends_small(rng):
    x, y = m.digits(rng)
    schedule = keras.optimizers.schedules.CosineDecay(0.01, decay_steps=22 * 20)
    model = m.compiled(
        m.network(64, [32], 10, "softmax"), "sparse_categorical_crossentropy", adam(schedule), ["accuracy"]
    )
    return model, x, y, {"epochs": 20}


@healthy("Keras, ReduceLROnPlateau of the docs")
def rate_reduced_on_plateaus(rng):
    x, y = m.bent(rng)
    reduce = keras.callbacks.ReduceLROnPlateau(monitor="loss", patience=5)
    return (
        m.compiled(m.network(2, [32], 1, None, "tanh"), "mse", adam(0.02)),
        x,
        y,
        {"epochs": 80, "callbacks": [reduce]},
    )


@healthy("Keras, «Transfer learning»: a base trained before")
def fine_tuning(rng):
    x, y = m.digits(rng)
    model = m.compiled(m.network(64, [32], 10, "softmax"), "sparse_categorical_crossentropy", adam(0.01), ["accuracy"])
    model.fit(x, y, epochs=15, verbose=0)
    model.compile(optimizer=adam(1e-5), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model, x, y, {"epochs": 3}


@healthy("PyTorch's 60-minute blitz in small: LeNet with average pooling and tanh")
def lenet(rng):
    x, y = m.digits(rng, 500)
    layers = [
        Input((8, 8, 1)),
        Conv2D(6, 3, padding="same", activation="tanh"),
        AveragePooling2D(2),
        Conv2D(12, 3, activation="tanh"),
    ]
    layers += [Flatten(), Dense(32, activation="tanh"), Dense(10, activation="softmax")]
    return (
        m.compiled(layers, "sparse_categorical_crossentropy", adam(0.005), ["accuracy"]),
        x.reshape(-1, 8, 8, 1),
        y,
        {"epochs": 15},
    )


@healthy("AUTOTRAINER, normal, Circle")
def autotrainer_circle(rng):
    x, y = m.rings(rng)
    return (
        m.compiled(m.network(2, [24, 24, 24], 1, "sigmoid", "elu"), "binary_crossentropy", adam(0.01), ["accuracy"]),
        x,
        y,
        {"epochs": 60},
    )


@healthy("AUTOTRAINER, normal, Blob")
def autotrainer_blob(rng):
    x, y = m.blobs(rng, 300, 2, 3, 3.0)
    model = m.compiled(
        m.network(2, [50], 3, "softmax"), "categorical_crossentropy", sgd(0.05, momentum=0.9), ["accuracy"]
    )
    return model, x, m.one_hot(y, 3), {"epochs": 25, "validation_split": 0.3}


@healthy("AUTOTRAINER, normal, MNIST: softplus")
def autotrainer_mnist(rng):
    x, y = m.digits(rng)
    model = m.compiled(
        m.network(64, [48, 24], 10, "softmax", "softplus"), "categorical_crossentropy", "nadam", ["accuracy"]
    )
    return model, x, m.one_hot(y, 10), {"epochs": 25}


@healthy("AUTOTRAINER, normal, MNIST: a convnet with softsign")
def autotrainer_convnet(rng):
    x, y = m.digits(rng, 500)
    layers = [Input((8, 8, 1)), Conv2D(8, 3, activation="softsign"), Flatten(), Dense(10, activation="softmax")]
    return (
        m.compiled(layers, "sparse_categorical_crossentropy", adam(0.01), ["accuracy"]),
        x.reshape(-1, 8, 8, 1),
        y,
        {"epochs": 15},
    )


@healthy("Keras docs, PReLU and ELU as layers, Softmax as a layer")
def activations_as_layers(rng):
    x, y = m.iris(rng)
    layers = [Input((4,)), Dense(12), PReLU(), Dense(12), ELU(), Dense(3), Softmax()]
    return m.compiled(layers, "sparse_categorical_crossentropy", adam(0.01), ["accuracy"]), x, y, {"epochs": 40}


@healthy("Keras docs, LayerNormalization before the activation")
def layer_normalization(rng):
    x, y = m.digits(rng)
    layers = [Input((64,)), Dense(32), LayerNormalization(), Activation("relu"), Dense(10, activation="softmax")]
    return m.compiled(layers, "sparse_categorical_crossentropy", adam(0.01), ["accuracy"]), x, y, {"epochs": 12}


@healthy("Keras guide, «Training with built-in methods»: batches from a generator")
def batches_from_a_generator(rng):
    x, y = m.blobs(rng, 320, 6)

    class Batches(keras.utils.PyDataset):
        def __len__(self):
            return 10

        def __getitem__(self, i):
            return x[i * 32 : i * 32 + 32], y[i * 32 : i * 32 + 32]

    model = m.compiled(m.network(6, [16], 1, "sigmoid"), "binary_crossentropy", adam(0.01), ["accuracy"])
    return model, Batches(), None, {"epochs": 15}


@healthy("Keras guide, «Making new layers and models via subclassing»")
def subclassed(rng):
    x, y = m.moons(rng)

    class Net(keras.Model):
        def __init__(self):
            super().__init__()
            self.hidden, self.out = Dense(24, activation="tanh"), Dense(1, activation="sigmoid")

        def call(self, inputs):
            return self.out(self.hidden(inputs))

    model = Net()
    model.compile(optimizer=adam(0.05), loss="binary_crossentropy", metrics=["accuracy"])
    return model, x, y, {"epochs": 80}


@healthy("Keras docs, a loss of one's own")
def loss_of_ones_own(rng):
    x, y = m.plane(rng)

    def asymmetric(y_true, y_pred):
        error = y_true - y_pred
        return np.mean(np.maximum(0.6 * error, -0.4 * error), axis=-1)

    return m.compiled(m.network(3, [16], 1), asymmetric, adam(0.02)), x, y, {"epochs": 50}
