"""Faults that scripts written for Keras met, each with the figure or the behaviour of Keras 3.15 (JAX)."""

import warnings

import numpy as np
import pytest

from tinygrad_edu import keras
from tinygrad_edu.keras import layers as L

X = np.linspace(-1, 1, 40).reshape(20, 2)
Y = X.sum(1) / 2


def line(rate=0.0, **compiled):
    model = keras.Sequential([keras.Input((2,)), L.Dense(1)])
    model.compile(keras.optimizers.SGD(rate), "mse", **compiled)
    model.set_weights([np.full((2, 1), 0.3), np.zeros(1)])
    return model


class Batches(keras.utils.PyDataset):
    """Batches of four samples, which remembers what it was asked for."""

    def __init__(self):
        super().__init__()
        self.asked, self.epochs = [], 0

    def __len__(self):
        return 5

    def __getitem__(self, i):
        self.asked.append(i)
        return X[4 * i : 4 * i + 4], Y[4 * i : 4 * i + 4]

    def on_epoch_end(self):
        self.epochs += 1


def endless():
    start = 0
    while True:
        yield X[start % 20 : start % 20 + 4], Y[start % 20 : start % 20 + 4]
        start += 4


# -- an epoch ends with its data, and begins with it ------------------------------------------------------------

TWO_OF_FIVE = pytest.approx([0.069428004] * 3, abs=1e-7)  # the mean loss of the first two batches of four


@pytest.mark.parametrize("kind", ["arrays", "dataset", "generator"])
def test_every_validation_begins_with_the_first_batch(kind):
    data = {"arrays": (X, Y), "dataset": Batches(), "generator": endless()}[kind]
    size = {"validation_batch_size": 4} if kind == "arrays" else {}
    history = line().fit(X, Y, epochs=3, verbose=0, validation_data=data, validation_steps=2, **size)
    assert history.history["val_loss"] == TWO_OF_FIVE
    if kind == "dataset":
        assert data.asked == [0, 1, 0, 1, 0, 1]


def test_validation_split_begins_with_its_first_batch_too():
    options = {"validation_split": 0.5, "validation_steps": 1, "batch_size": 4, "shuffle": False}
    with warnings.catch_warnings(action="ignore"):  # of sorted targets
        history = line().fit(X, Y, epochs=3, verbose=0, **options)
    assert history.history["val_loss"] == pytest.approx([0.00883629] * 3, abs=1e-7)


def test_steps_go_on_through_the_data_and_end_with_it():
    data, model = Batches(), line()
    with pytest.warns(UserWarning, match="ended after 1 of 2 batches"):
        history = model.fit(data, epochs=3, verbose=0, steps_per_epoch=2, shuffle=False)
    assert history.history["loss"] == pytest.approx([0.069428004, 0.0155687025, 0.1098224745], abs=1e-7)
    assert data.asked == [0, 1, 2, 3, 4]


def test_more_steps_than_batches_are_a_whole_pass():
    with pytest.warns(UserWarning, match="ended after 5 of 20 batches"):
        history = line().fit(X, Y, batch_size=4, steps_per_epoch=20, epochs=2, verbose=0)
    assert history.history["loss"] == pytest.approx([0.05596318] * 2, abs=1e-7)


def test_a_generator_that_is_used_up_is_said_once_an_epoch():
    with pytest.warns(UserWarning) as said:
        line().fit(((X[:4], Y[:4]) for _ in range(3)), steps_per_epoch=5, epochs=2, verbose=0)
    texts = [str(warning.message) for warning in said]
    assert [text.split(":")[0][:34] for text in texts] == [
        "The data ended after 3 of 5 batche",
        "There was no batch for epoch 2",
    ]
