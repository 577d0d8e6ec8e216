"""Trainings that were collected when the rules were written already: from threads, lists of mistakes, and lessons."""

import numpy as np

from tinygrad_edu import keras
from tinygrad_edu.keras.layers import BatchNormalization, Conv1D, Dense, Dropout, Embedding, Flatten, Input

from . import buggy, healthy
from . import made as m

adam, sgd = keras.optimizers.Adam, keras.optimizers.SGD
BINARY, SPARSE = "binary_crossentropy", "sparse_categorical_crossentropy"


# -- with a fault --------------------------------------------------------------------------------------------------


@buggy("keras#5992", "over_regularization", (-1, 4))
def dropout_behind_the_softmax(rng):
    x, y = m.blobs(rng, 400, 6, classes=3)
    layers = [Input((6,)), Dense(14, activation="relu"), Dropout(0.5), Dense(8, activation="relu"), Dropout(0.5)]
    layers += [Dense(3, activation="softmax"), Dropout(0.5)]
    return m.compiled(layers, "mse", adam(), ["accuracy"]), x, m.one_hot(y, 3), {"epochs": 30}


@buggy("deeplearning.ai community 324182", "output_activation dead_relu", (-1, 0, 1, 2))
def a_line_below_zero_by_relus(rng):
    x = np.arange(-1.0, 6.0)[:, None]
    layers = [Input((1,)), Dense(4, activation="relu"), Dense(2, activation="relu"), Dense(1, activation="relu")]
    return m.compiled(layers, "mse", adam(0.001)), x, 2 * x[:, 0] - 1, {"epochs": 300}


@buggy("CV-418955", "unscaled_target learning_rate_high", ("y", "learning_rate"))
def squares_up_to_ten_thousand(rng):
    x = np.arange(100.0)[:, None]
    model = m.compiled([Input((1,)), Dense(1), Dense(1)], "mse", "sgd")
    return model, m.standard(x), x[:, 0] ** 2 + 3, {"epochs": 60}


@buggy("chenzhang.org, «Loss and accuracy get stuck in Keras»", "learning_rate_low", "learning_rate")
def a_rate_of_a_hundred_thousandth(rng):
    x, y = m.blobs(rng, 500, 8, classes=3)
    model = m.compiled(m.network(8, [20], 3, "softmax"), "categorical_crossentropy", sgd(1e-5), ["accuracy"])
    return model, x, m.one_hot(y, 3), {"epochs": 10}


@buggy("keras#2711", "learning_rate_high dead_relu", ("learning_rate", 0, 1, 2))
def no_change_after_the_first_epoch(rng):
    x, y = m.moons(rng)
    return m.compiled(m.network(2, [16, 16, 16], 1, "sigmoid"), BINARY, adam(1.0), ["accuracy"]), x, y, {"epochs": 30}


@buggy("keras#500", "output_activation output_units", -1)
def the_next_letter_is_always_one(rng):
    x = rng.integers(0, 10, size=(300, 4)) / 10
    y = (x[:, -1] * 10 + 1) % 10 / 10
    return m.compiled(m.network(4, [32], 1, "softmax"), "mse", "rmsprop"), x, y, {"epochs": 20}


@buggy("apache/mxnet#1546", "learning_rate_low too_few_updates", ("learning_rate", "epochs", "batch_size"))
def two_millionths_and_ten_rounds(rng):
    x = rng.integers(0, 2, size=(2000, 12)).astype(float)
    y = x @ rng.normal(size=12) + 3
    model = m.compiled(m.network(12, [32, 10, 5], 1), "mse", sgd(2e-6, momentum=0.9))
    return model, x, y, {"epochs": 10, "batch_size": 1000}


@buggy("keras#2975", "output_activation", -1)
def softmax_where_sigmoid_should_be(rng):
    x, y = m.cancer(rng)
    layers = [Input((30,)), Dense(16, activation="elu"), BatchNormalization(), Dense(1, activation="softmax")]
    return m.compiled(layers, BINARY, sgd(0.01, momentum=0.9, nesterov=True), ["accuracy"]), x, y, {"epochs": 15}


@buggy("rstudio/keras3#296", "wrong_metric", "metrics")
def accuracy_of_half_a_percent(rng):
    x, y = m.bent(rng)
    return m.compiled(m.network(2, [32], 1), "mse", adam(0.01), ["accuracy"]), x, y, {"epochs": 60}


@buggy("theneuralbase.com, «Loss not decreasing: learning rate»", "learning_rate_high", "learning_rate")
def a_rate_of_ten(rng):
    x, y = m.plane(rng)
    return m.compiled(m.network(3, [16], 1), "mse", sgd(10.0)), x, y, {"epochs": 15}


@buggy("CV-352036: regularization too strong", "over_regularization", (0, 1))
def a_penalty_of_ten(rng):
    x, y = m.blobs(rng, 400, 6)
    layers = [Input((6,)), Dense(16, activation="relu", kernel_regularizer=keras.regularizers.L2(10.0))]
    layers += [Dense(1, activation="sigmoid", kernel_regularizer=keras.regularizers.L2(10.0))]
    return m.compiled(layers, BINARY, adam(0.01), ["accuracy"]), x, y, {"epochs": 30}


@buggy("CV-352036: initial weights too large", "bad_initialization saturated_activation", (0, 1, 2))
def weights_of_a_hundred(rng):
    x, y = m.rings(rng)
    options = {"activation": "tanh", "kernel_initializer": keras.initializers.RandomNormal(stddev=100.0)}
    return m.compiled(m.network(2, [16, 16], 1, "sigmoid", **options), BINARY, adam(0.01)), x, y, {"epochs": 20}


@buggy("CV-352036: training rows standardised, validation rows not", "train_validation_mismatch", "validation_data")
def validation_rows_in_their_own_units(rng):
    x, y = m.raw_cancer(rng)
    validation = (x[400:], y[400:])
    model = m.compiled(m.network(30, [16], 1, "sigmoid"), BINARY, adam(0.005), ["accuracy"])
    return model, m.standard(x[:400]), y[:400], {"epochs": 15, "validation_data": validation}


@buggy("CV-352036: a schedule that decays too soon", "learning_rate_low", "learning_rate")
def decayed_in_the_first_epoch(rng):
    x, y = m.moons(rng)
    rate = keras.optimizers.schedules.ExponentialDecay(0.01, decay_steps=1, decay_rate=0.5)
    return m.compiled(m.network(2, [24], 1, "sigmoid"), BINARY, adam(rate), ["accuracy"]), x, y, {"epochs": 30}


@buggy("CV-352036: a layer without its nonlinearity", "hidden_activation", (0, 1))
def rings_by_straight_lines(rng):
    x, y = m.rings(rng)
    layers = [Input((2,)), Dense(32), Dense(32), Dense(1, activation="sigmoid")]
    return m.compiled(layers, BINARY, adam(0.02), ["accuracy"]), x, y, {"epochs": 40}


@buggy("Karpathy 2018, «most common neural net mistakes»: softmax before a loss of logits", "from_logits", ("loss", -1))
def softmaxed_before_the_loss(rng):
    x, y = m.digits(rng)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    return m.compiled(m.network(64, [32], 10, "softmax"), loss, adam(0.005), ["accuracy"]), x, y, {"epochs": 12}


@buggy("Ivanov 2017, «37 reasons»: batches too large", "too_few_updates", ("epochs", "batch_size"))
def one_batch_of_all_rows(rng):
    x, y = m.digits(rng, 1000)
    model = m.compiled(m.network(64, [32], 10, "softmax"), SPARSE, "adam", ["accuracy"])
    return model, x, y, {"epochs": 8, "batch_size": 1000}


@buggy("Ivanov 2017, «37 reasons»: classes out of balance", "class_imbalance", ("y", None))
def fifty_to_one(rng):
    x = rng.normal(size=(1000, 5))
    y = (x[:, 0] + 0.5 * rng.normal(size=1000) > 2.3).astype(int)
    model = m.compiled(m.network(5, [8], 1, "sigmoid"), BINARY, sgd(0.01), ["accuracy"])
    return model, x, y, {"epochs": 10}


@buggy("Ivanov 2017, «37 reasons»: not normalised", "unscaled_input", "x")
def people_as_they_are(rng):
    x, y = m.people(rng)
    return m.compiled(m.network(3, [16, 16], 1, "sigmoid"), BINARY, sgd(0.01), ["accuracy"]), x, y, {"epochs": 20}


@buggy("keras#1478", "learning_rate_low too_few_updates learning_rate_high", ("learning_rate", "epochs"))
def images_and_a_rate_of_a_ten_thousandth(rng):
    x, y = m.digits(rng)
    model = m.compiled(m.network(64, [64, 32], 10, "softmax"), SPARSE, sgd(1e-4, momentum=0.9), ["accuracy"])
    return model, x, y, {"epochs": 10}


@buggy("taourl.com: integer labels and squares", "wrong_loss output_activation", ("loss", -1))
def class_numbers_by_squares(rng):
    x, y = m.blobs(rng, 400, 6, classes=5)
    return (
        m.compiled(m.network(6, [16], 5, "softmax"), "mse", adam(0.01), ["accuracy"]),
        x,
        m.one_hot(y, 5) * 5,
        {"epochs": 30},
    )


# -- right ---------------------------------------------------------------------------------------------------------


@healthy("YouAITube/Deep_Learning: seven points of 4x by one weight")
def seven_points_by_one_weight(rng):
    x = np.array([[1.0], [3], [2], [10], [4], [7], [8]])
    return m.compiled([Input((1,)), Dense(1)], "mse", "sgd", ["mae"]), x, 4 * x, {"epochs": 100}


@healthy("codekaksha.com, «A first neural network»: iris")
def first_network_of_iris(rng):
    x, y = m.iris(rng)
    layers = [Input((4,)), Dense(8, activation="relu"), Dense(8, activation="relu"), Dense(3, activation="softmax")]
    return m.compiled(layers, SPARSE, adam(0.01), ["accuracy"]), x, y, {"epochs": 50, "validation_split": 0.2}


@healthy("deapsecure, lesson 4: one unit tells two apps apart, Adam 0.0003")
def one_unit_and_a_small_rate(rng):
    x, y = m.blobs(rng, 6000, 19, gap=3.0)
    return (
        m.compiled([Input((19,)), Dense(1, activation="sigmoid")], BINARY, adam(0.0003), ["accuracy"]),
        x,
        y,
        {"epochs": 5},
    )


@healthy("datalad.co.uk, «Neural networks with Keras»: two inputs, ten relus, one number")
def ten_relus_and_one_number(rng):
    x, y = m.bent(rng, 600)
    return m.compiled(m.network(2, [10], 1), "mse", adam(0.01)), x, y, {"epochs": 60}


@healthy("Packt, What-If Tool: layers of four, two and one")
def four_two_one(rng):
    x, y = m.blobs(rng, 600, 5, gap=3.0)
    return (
        m.compiled(m.network(5, [4, 2], 1, "sigmoid", "tanh"), BINARY, adam(0.02), ["accuracy"]),
        x,
        y,
        {"epochs": 40},
    )


@healthy("Bishop 2006, 4.3: logistic regression by the whole batch")
def logistic_by_the_whole_batch(rng):
    x, y = m.cancer(rng)
    model = m.compiled([Input((30,)), Dense(1, activation="sigmoid")], BINARY, sgd(0.5), ["accuracy"])
    return model, x, y, {"epochs": 200, "batch_size": 569}


@healthy("one row a batch, a small rate")
def one_row_a_batch(rng):
    x, y = m.blobs(rng, 200, 4)
    return (
        m.compiled(m.network(4, [8], 1, "sigmoid"), BINARY, sgd(0.01), ["accuracy"]),
        x,
        y,
        {
            "epochs": 15,
            "batch_size": 1,
        },
    )


@healthy("Huber 1964: one row of ten is an outlier")
def outliers_and_huber(rng):
    x, y = m.plane(rng, 400)
    y = y + 20 * (rng.random(400) < 0.1) * rng.normal(size=400)
    return m.compiled(m.network(3, [16], 1), "huber", adam(0.01)), x, y, {"epochs": 50}


@healthy("a fifth of the variance can be explained, and is")
def much_noise(rng):
    x = rng.normal(size=(1500, 4))
    y = x @ [0.4, -0.3, 0.0, 0.0] + rng.normal(size=1500)
    return m.compiled(m.network(4, [8], 1), "mse", adam(0.005)), x, y, {"epochs": 20, "validation_split": 0.2}


@healthy("Keras docs, CosineDecay: the rate ends at 0")
def cosine_to_nothing(rng):
    x, y = m.digits(rng)
    rate = keras.optimizers.schedules.CosineDecay(0.01, decay_steps=22 * 15)
    return m.compiled(m.network(64, [32], 10, "softmax"), SPARSE, adam(rate), ["accuracy"]), x, y, {"epochs": 15}


@healthy("Keras docs, ReduceLROnPlateau and EarlyStopping")
def two_callbacks(rng):
    x, y = m.cancer(rng)
    callbacks = [
        keras.callbacks.ReduceLROnPlateau(patience=3),
        keras.callbacks.EarlyStopping(patience=8, restore_best_weights=True),
    ]
    model = m.compiled(m.network(30, [16], 1, "sigmoid"), BINARY, adam(0.01), ["accuracy"])
    return model, x, y, {"epochs": 40, "validation_split": 0.2, "callbacks": callbacks}


@healthy("Srivastava 2014: half of two layers dropped")
def half_dropped_twice(rng):
    x, y = m.digits(rng)
    layers = [Input((64,)), Dense(128, activation="relu"), Dropout(0.5), Dense(64, activation="relu"), Dropout(0.5)]
    layers.append(Dense(10, activation="softmax"))
    return m.compiled(layers, SPARSE, adam(0.005), ["accuracy"]), x, y, {"epochs": 25, "validation_split": 0.2}


@healthy("Keras docs, Conv1D on signals")
def waves_by_convolution(rng):
    x, y = m.signals(rng)
    layers = [Input((24, 1)), Conv1D(8, 5, activation="relu"), Flatten(), Dense(1, activation="sigmoid")]
    return m.compiled(layers, BINARY, adam(0.01), ["accuracy"]), x, y, {"epochs": 25}


@healthy("Chollet, Deep Learning with Python, 6.1: words as vectors")
def words_as_vectors(rng):
    x, y = m.words(rng)
    layers = [Input((8,)), Embedding(30, 8), Flatten(), Dense(1, activation="sigmoid")]
    return m.compiled(layers, BINARY, "rmsprop", ["accuracy"]), x, y, {"epochs": 60, "validation_split": 0.2}


@healthy("temperatures in kelvin, the output bias at their mean")
def kelvin(rng):
    x = rng.normal(size=(400, 3))
    y = 285 + 6 * x[:, 0] + 3 * np.sin(2 * x[:, 1]) + 0.5 * rng.normal(size=400)
    layers = [Input((3,)), Dense(24, activation="relu")]
    layers.append(Dense(1, bias_initializer=keras.initializers.Constant(285.0)))
    return m.compiled(layers, "mse", adam(0.02)), x, y, {"epochs": 60}


@healthy("fine-tuning: trained once, and again with a small rate")
def fine_tuned(rng):
    x, y = m.moons(rng)
    model = m.compiled(m.network(2, [24], 1, "sigmoid", "tanh"), BINARY, adam(0.05), ["accuracy"])
    model.fit(x, y, epochs=60, verbose=0)
    model.compile(adam(1e-5), BINARY, metrics=["accuracy"])
    return model, x, y, {"epochs": 5}


@healthy("rare class with class weights")
def rare_with_weights(rng):
    x = rng.normal(size=(1200, 5))
    y = (x[:, 0] + 0.3 * rng.normal(size=1200) > 1.6).astype(int)
    model = m.compiled(m.network(5, [16], 1, "sigmoid"), BINARY, adam(0.01), [keras.metrics.Recall()])
    return model, x, y, {"epochs": 25, "class_weight": {0: 1.0, 1: 15.0}}


@healthy("Hinton 2006: an autoencoder with a bottleneck of tanh")
def bottleneck_of_tanh(rng):
    x = rng.normal(size=(400, 3)) @ rng.normal(size=(3, 10))
    return m.compiled(m.network(10, [8, 3, 8], 10, None, "tanh"), "mse", adam(0.01)), x, x, {"epochs": 80}


@healthy("counts, exponential output, Poisson loss")
def counts(rng):
    x = rng.normal(size=(600, 3))
    y = rng.poisson(np.exp(0.6 * x[:, 0] - 0.4 * x[:, 1] + 0.5)).astype(float)
    return m.compiled(m.network(3, [16], 1, "exponential"), "poisson", adam(0.01)), x, y, {"epochs": 30}


@healthy("LeCun 1998: inputs from 0 to 255 behind a Rescaling layer")
def pixels_behind_rescaling(rng):
    x, y = m.digits(rng, scale=16.0 / 255)
    layers = [Input((64,)), keras.layers.Rescaling(1 / 255), Dense(32, activation="relu")]
    layers.append(Dense(10, activation="softmax"))
    return m.compiled(layers, SPARSE, adam(0.005), ["accuracy"]), x, y, {"epochs": 15}
