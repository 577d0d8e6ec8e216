"""Trainings that style rules accuse and that are right: what DeepLocalize, UMLAUT, DeepDiagnosis or a naive rule calls
a fault, and the numbers do not.
"""

import numpy as np

import tinygrad_edu as tg
from tinygrad_edu import keras
from tinygrad_edu.keras.layers import BatchNormalization, Dense, Dropout, Input

from . import healthy
from . import made as m

adam, sgd, rms, init = keras.optimizers.Adam, keras.optimizers.SGD, keras.optimizers.RMSprop, keras.initializers


@healthy("UMLAUT (softmax missing): relu for amounts that are never below 0")
def relu_for_amounts(rng):
    x, y = m.plane(rng)
    layers = m.network(3, [32], 1, "relu", bias_initializer=init.Constant(0.1))
    layers[-1] = Dense(1, activation="relu", bias_initializer=init.Constant(2.0))
    return m.compiled(layers, "mse", adam(0.02)), x, np.maximum(y + 2, 0), {"epochs": 60}


@healthy("softplus for positive amounts (Dugas et al. 2001)")
def softplus_for_amounts(rng):
    x, y = m.plane(rng)
    return m.compiled(m.network(3, [16], 1, "softplus"), "mse", adam(0.02)), x, np.log1p(np.exp(y)), {"epochs": 60}


@healthy("an exponential output for counts, Poisson (generalized linear models)")
def exponential_for_counts(rng):
    x = rng.normal(size=(400, 3))
    y = rng.poisson(np.exp(x @ [0.6, -0.5, 0.3]))
    return m.compiled(m.network(3, [], 1, "exponential"), "poisson", adam(0.02)), x, y, {"epochs": 40}


@healthy("sigmoid and mse for shares between 0 and 1")
def sigmoid_for_shares(rng):
    x, y = m.plane(rng)
    return m.compiled(m.network(3, [16], 1, "sigmoid"), "mse", adam(0.02)), x, 1 / (1 + np.exp(-y)), {"epochs": 50}


@healthy("crossentropy with soft targets between 0 and 1")
def crossentropy_for_shares(rng):
    x, y = m.plane(rng)
    return (
        m.compiled(m.network(3, [16], 1, "sigmoid"), "binary_crossentropy", adam(0.02)),
        x,
        1 / (1 + np.exp(-2 * y)),
        {"epochs": 40},
    )


@healthy("several labels: a sigmoid each")
def sigmoid_for_several_labels(rng):
    x, y = m.tags(rng)
    return (
        m.compiled(m.network(10, [20], 3, "sigmoid"), "binary_crossentropy", adam(0.01), ["accuracy"]),
        x,
        y,
        {"epochs": 30},
    )


@healthy("tanh for targets in [−1, 1]")
def tanh_for_a_sine(rng):
    x, y = m.sine(rng, noise=0.0)
    return m.compiled(m.network(1, [32, 32], 1, "tanh", "tanh"), "mse", adam(0.01)), x, 0.9 * y, {"epochs": 80}


@healthy("mse on a sigmoid that learns (Brier's score)")
def brier(rng):
    x, y = m.moons(rng)
    return m.compiled(m.network(2, [24], 1, "sigmoid", "tanh"), "mse", adam(0.03), ["accuracy"]), x, y, {"epochs": 60}


@healthy("mse on one-hot rows that learns (Hui and Belkin 2020)")
def square_loss_for_classes(rng):
    x, y = m.digits(rng)
    model = m.compiled(m.network(64, [48], 10, "softmax"), "mse", adam(0.01), ["accuracy"])
    return model, x, m.one_hot(y, 10), {"epochs": 25}


@healthy("label smoothing: a loss that cannot reach 0")
def label_smoothing(rng):
    x, y = m.digits(rng)
    loss = keras.losses.CategoricalCrossentropy(label_smoothing=0.2)
    return (
        m.compiled(m.network(64, [32], 10, "softmax"), loss, adam(0.01), ["accuracy"]),
        x,
        m.one_hot(y, 10),
        {"epochs": 15},
    )


@healthy("Huber, with outliers")
def huber(rng):
    x, y = m.plane(rng)
    y[::20] += 15
    return m.compiled(m.network(3, [16], 1), "huber", adam(0.02)), x, y, {"epochs": 60}


@healthy("hinge with labels 0 and 1, which are converted")
def hinge_with_zero_and_one(rng):
    x, y = m.blobs(rng)
    return m.compiled(m.network(4, [8], 1), "hinge", adam(0.02)), x, y, {"epochs": 25}


@healthy("squared hinge over tanh, labels −1 and 1")
def squared_hinge(rng):
    x, y = m.blobs(rng)
    return m.compiled(m.network(4, [8], 1, "tanh"), "squared_hinge", adam(0.02)), x, 2 * y - 1, {"epochs": 25}


@healthy("class numbers as floats")
def classes_as_floats(rng):
    x, y = m.iris(rng)
    model = m.compiled(m.network(4, [16], 3, "softmax"), "sparse_categorical_crossentropy", adam(0.01), ["accuracy"])
    return model, x, y.astype(float), {"epochs": 40}


@healthy("more units than the classes of this sample")
def more_units_than_classes(rng):
    x, y = m.digits(rng)
    few = y < 7
    model = m.compiled(m.network(64, [32], 10, "softmax"), "sparse_categorical_crossentropy", adam(0.01), ["accuracy"])
    return model, x[few], y[few], {"epochs": 15}


@healthy("ordered stars from 1 to 5 as a regression")
def stars(rng):
    x, y = m.plane(rng, 400)
    return (
        m.compiled(m.network(3, [16], 1), "mse", adam(0.02), ["mae"]),
        x,
        np.clip(np.round(y + 3), 1, 5),
        {"epochs": 60},
    )


@healthy("UMLAUT (input outside [−1, 1]): standardised columns with a heavy tail")
def heavy_tails(rng):
    x = rng.standard_t(3, size=(400, 5))
    y = (x[:, 0] - x[:, 1] > 0).astype(int)
    return (
        m.compiled(m.network(5, [16], 1, "sigmoid"), "binary_crossentropy", adam(0.01), ["accuracy"]),
        x,
        y,
        {"epochs": 30},
    )


@healthy("digits from 0 to 16, undivided: Adam does not mind")
def digits_up_to_16(rng):
    x, y = m.digits(rng, scale=1.0)
    model = m.compiled(m.network(64, [32], 10, "softmax"), "sparse_categorical_crossentropy", adam(0.002), ["accuracy"])
    return model, x, y, {"epochs": 20}


@healthy("one constant column among others")
def constant_column(rng):
    x, y = m.blobs(rng, 300, 4)
    x = np.concatenate([x, np.full((300, 1), 3.0)], axis=1)
    return m.compiled(m.network(5, [16], 1, "sigmoid"), "binary_crossentropy", adam(0.01)), x, y, {"epochs": 25}


@healthy("columns of deviation 1 and 5 that learn")
def columns_a_little_unlike(rng):
    x, y = m.blobs(rng, 300, 4)
    return (
        m.compiled(m.network(4, [16], 1, "sigmoid"), "binary_crossentropy", adam(0.01)),
        x * [1, 5, 0.5, 2],
        y,
        {"epochs": 30},
    )


@healthy("one-hot columns, sparse and small")
def one_hot_columns(rng):
    colour, size = rng.integers(0, 8, 400), rng.integers(0, 5, 400)
    x = np.concatenate([np.eye(8)[colour], np.eye(5)[size]], axis=1)
    y = ((colour % 2 == 0) ^ (size > 2)).astype(int)
    return m.compiled(m.network(13, [24], 1, "sigmoid"), "binary_crossentropy", adam(0.02)), x, y, {"epochs": 50}


@healthy("targets of 20 to 100 that are reached")
def targets_of_a_hundred(rng):
    x, y = m.plane(rng)
    return m.compiled(m.network(3, [32], 1), "mse", adam(0.05)), x, 60 + 15 * y, {"epochs": 100}


@healthy("UMLAUT (rate above 0.01): SGD at 0.3 on a convex loss")
def sgd_at_three_tenths(rng):
    x, y = m.cancer(rng)
    return (
        m.compiled(m.network(30, [], 1, "sigmoid"), "binary_crossentropy", sgd(0.3), ["accuracy"]),
        x,
        y,
        {"epochs": 20},
    )


@healthy("a noisy loss curve of batches of 1")
def batches_of_one(rng):
    x, y = m.blobs(rng, 150, 4)
    return (
        m.compiled(m.network(4, [8], 1, "sigmoid"), "binary_crossentropy", sgd(0.05)),
        x,
        y,
        {"epochs": 15, "batch_size": 1},
    )


@healthy("noise that nobody can learn away: R² of a half is all there is")
def half_of_it_is_noise(rng):
    x, y = m.plane(rng, 400, 3, noise=1.5)
    return m.compiled(m.network(3, [8], 1), "mse", adam(0.01)), x, y, {"epochs": 40, "validation_split": 0.25}


@healthy("a tenth of the labels are wrong")
def wrong_labels(rng):
    x, y = m.blobs(rng, 500, 4, gap=2.5)
    y = np.where(rng.random(500) < 0.1, 1 - y, y)
    return (
        m.compiled(m.network(4, [8], 1, "sigmoid"), "binary_crossentropy", adam(0.01), ["accuracy"]),
        x,
        y,
        {"epochs": 25, "validation_split": 0.2},
    )


@healthy("full-batch descent that converges")
def full_batch(rng):
    x, y = m.cancer(rng)
    model = m.compiled(m.network(30, [16], 1, "sigmoid"), "binary_crossentropy", sgd(0.5), ["accuracy"])
    return model, x, y, {"epochs": 150, "batch_size": 569}


@healthy("a loss that falls for ever slowly while accuracy is there")
def loss_falls_for_ever(rng):
    x, y = m.blobs(rng, 300, 4, gap=5.0)
    return (
        m.compiled(m.network(4, [8], 1, "sigmoid"), "binary_crossentropy", adam(0.005), ["accuracy"]),
        x,
        y,
        {"epochs": 30},
    )


@healthy("converged at the start: trained before, at a small rate")
def converged_at_the_start(rng):
    x, y = m.plane(rng)
    model = m.compiled(m.network(3, [], 1), "mse", adam(0.05))
    model.fit(x, y, epochs=40, verbose=0)
    model.compile(optimizer=adam(1e-4), loss="mse")
    return model, x, y, {"epochs": 10}


@healthy("DeepDiagnosis (≥ 70 % zeros): sparse relus that learn")
def sparse_relus(rng):
    x, y = m.digits(rng)
    layers = [
        Input((64,)),
        Dense(128, activation="relu", bias_initializer=init.Constant(-0.3)),
        Dense(10, activation="softmax"),
    ]
    return m.compiled(layers, "sparse_categorical_crossentropy", adam(0.01), ["accuracy"]), x, y, {"epochs": 15}


@healthy("a last sigmoid saturated by success")
def saturated_by_success(rng):
    x, y = m.blobs(rng, 300, 4, gap=6.0)
    return (
        m.compiled(m.network(4, [16], 1, "sigmoid"), "binary_crossentropy", adam(0.05), ["accuracy"]),
        x,
        y,
        {"epochs": 50},
    )


@healthy("zeros in the last layer only")
def zeros_in_the_last_layer(rng):
    x, y = m.rings(rng)
    layers = [*m.network(2, [24], 1)[:-1], Dense(1, activation="sigmoid", kernel_initializer="zeros")]
    return m.compiled(layers, "binary_crossentropy", adam(0.02)), x, y, {"epochs": 50}


@healthy("zeros without a hidden layer")
def zeros_without_a_hidden_layer(rng):
    x, y = m.cancer(rng)
    layers = [Input((30,)), Dense(1, activation="sigmoid", kernel_initializer="zeros")]
    return m.compiled(layers, "binary_crossentropy", adam(0.01), ["accuracy"]), x, y, {"epochs": 20}


@healthy("NeuraLint: two linear layers where a line suffices")
def linear_layers_suffice(rng):
    x, y = m.plane(rng, 300, 6)
    return m.compiled(m.network(6, [4, 4], 1, None, None), "mse", adam(0.02)), x, y, {"epochs": 60}


@healthy("NeuraLint: a linear layer, then BatchNormalization and relu")
def normalization_between(rng):
    x, y = m.rings(rng)
    layers = [
        Input((2,)),
        Dense(16),
        BatchNormalization(),
        keras.layers.Activation("relu"),
        Dense(1, activation="sigmoid"),
    ]
    return m.compiled(layers, "binary_crossentropy", adam(0.02)), x, y, {"epochs": 50}


@healthy("a sigmoid net of two layers that learns")
def two_sigmoids(rng):
    x, y = m.digits(rng)
    model = m.compiled(
        m.network(64, [32, 32], 10, "softmax", "sigmoid"), "sparse_categorical_crossentropy", adam(0.02), ["accuracy"]
    )
    return model, x, y, {"epochs": 25}


@healthy("UMLAUT (rate > 0.5): one Dropout(0.6) over a wide layer")
def dropout_of_six_tenths(rng):
    x, y = m.digits(rng)
    layers = [Input((64,)), Dense(160, activation="relu"), Dropout(0.6), Dense(10, activation="softmax")]
    return (
        m.compiled(layers, "sparse_categorical_crossentropy", adam(0.005), ["accuracy"]),
        x,
        y,
        {"epochs": 20, "validation_split": 0.2},
    )


@healthy("UMLAUT (val rises while loss falls in one epoch): noise of a small validation set")
def small_validation_set(rng):
    x, y = m.blobs(rng, 300, 4)
    return (
        m.compiled(m.network(4, [8], 1, "sigmoid"), "binary_crossentropy", adam(0.01), ["accuracy"]),
        x,
        y,
        {"epochs": 20, "validation_split": 0.1},
    )


@healthy("UMLAUT (val accuracy > 0.95): easy data")
def easy_data(rng):
    x, y = m.blobs(rng, 400, 4, 3, 6.0)
    model = m.compiled(m.network(4, [16], 3, "softmax"), "sparse_categorical_crossentropy", adam(0.02), ["accuracy"])
    return model, x, y, {"epochs": 25, "validation_split": 0.2}


@healthy("easy data: several columns are good together, one is the sum")
def a_column_that_is_good(rng):
    x = rng.normal(size=(300, 4))
    y = (x[:, 0] + 0.5 * x[:, 1] > 0).astype(int)
    return (
        m.compiled(m.network(4, [16], 1, "sigmoid"), "binary_crossentropy", adam(0.02), ["accuracy"]),
        x,
        y,
        {"epochs": 30},
    )


@healthy("sorted rows with fit's own shuffle and no split")
def sorted_but_shuffled(rng):
    x, y = tg.datasets.iris()
    model = m.compiled(m.network(4, [16], 3, "softmax"), "sparse_categorical_crossentropy", adam(0.01), ["accuracy"])
    return model, m.standard(x), y, {"epochs": 50}


@healthy("rows in time order for a regression, shuffle=False")
def time_order(rng):
    t = np.linspace(0, 20, 300)
    x = np.stack([np.sin(t), np.cos(t), np.sin(2 * t)], axis=1)
    y = 2 * x[:, 0] - x[:, 2] + 0.1 * rng.normal(size=300)
    return m.compiled(m.network(3, [16], 1), "mse", adam(0.01)), x, y, {"epochs": 40, "shuffle": False}


@healthy("a validation table a little unlike the training table")
def validation_a_little_unlike(rng):
    x, y = m.plane(rng, 400)
    return (
        m.compiled(m.network(3, [], 1), "mse", adam(0.05)),
        x[:300],
        y[:300],
        {"epochs": 40, "validation_data": (x[300:] + 0.3, y[300:])},
    )


@healthy("a tenth of the rows is of the rare class, and found")
def rare_class_found(rng):
    x, y = m.rare(rng, 800, 0.1, 4.0)
    return (
        m.compiled(m.network(5, [8], 1, "sigmoid"), "binary_crossentropy", adam(0.02), ["accuracy"]),
        x,
        y,
        {"epochs": 30},
    )


@healthy("sample weights")
def sample_weights(rng):
    x, y = m.blobs(rng)
    model = m.compiled(m.network(4, [8], 1, "sigmoid"), "binary_crossentropy", adam(0.02))
    return model, x, y, {"epochs": 25, "sample_weight": rng.uniform(0.5, 2.0, 300)}


@healthy("gaussian noise on inputs, L1 light, a constraint")
def light_regularization(rng):
    x, y = m.cancer(rng)
    layers = [
        Input((30,)),
        keras.layers.GaussianNoise(0.2),
        Dense(16, activation="relu", kernel_regularizer="l1", kernel_constraint="max_norm"),
        Dense(1, activation="sigmoid"),
    ]
    layers[2] = Dense(
        16, activation="relu", kernel_regularizer=keras.regularizers.L1(1e-4), kernel_constraint="max_norm"
    )
    return m.compiled(layers, "binary_crossentropy", adam(0.01), ["accuracy"]), x, y, {"epochs": 20}


@healthy("MeanMetric, Precision and Recall of two classes")
def precision_and_recall(rng):
    x, y = m.blobs(rng)
    metrics = [keras.metrics.Precision(), keras.metrics.Recall(), "accuracy"]
    return m.compiled(m.network(4, [8], 1, "sigmoid"), "binary_crossentropy", adam(0.02), metrics), x, y, {"epochs": 25}


@healthy("two targets, linear, of unlike size")
def two_targets(rng):
    x = rng.normal(size=(300, 4))
    y = np.stack([x[:, 0] + x[:, 1], 3 * x[:, 2]], axis=1)
    return m.compiled(m.network(4, [24], 2), "mse", adam(0.02)), x, y, {"epochs": 50}


@healthy("three epochs on a larger table are enough")
def three_epochs_are_enough(rng):
    x, y = m.blobs(rng, 4000, 6, gap=3.0)
    return (
        m.compiled(m.network(6, [16], 1, "sigmoid"), "binary_crossentropy", adam(0.01), ["accuracy"]),
        x,
        y,
        {"epochs": 3},
    )


@healthy("a probability as the target of softmax: knowledge distillation (Hinton 2015)")
def distillation(rng):
    x = rng.normal(size=(400, 5))
    scores = x @ rng.normal(size=(5, 3)) * 1.5
    soft = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
    return m.compiled(m.network(5, [16], 3, "softmax"), "kl_divergence", adam(0.02)), x, soft, {"epochs": 40}
