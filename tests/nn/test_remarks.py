"""What fit says without being asked: once, in one line, and only what is certain."""

import warnings

import numpy as np
import pytest

from tinygrad_edu import keras
from tinygrad_edu.keras.layers import Activation, Dense, Input, Softmax
from tinygrad_edu.nn.training.remarks import floor_of_loss

X = np.random.default_rng(0).normal(size=(64, 3))
Y = (X[:, 0] > 0).astype(int)


def fit(*layers, loss="binary_crossentropy", y=Y, optimizer="adam", **options):
    model = keras.Sequential([Input((3,)), *layers])
    model.compile(optimizer, loss)
    return model.fit(X, y, **{"epochs": 3, "verbose": 0} | options)


@pytest.mark.parametrize(
    "layers", [[Dense(1, activation="softmax")], [Dense(1), Activation("softmax")], [Dense(1), Softmax()]]
)
def test_softmax_over_one_unit_is_said_once(layers):
    with pytest.warns(UserWarning, match="softmax over one unit") as told:
        fit(*layers)
    assert len(told) == 1


def test_softmax_twice_is_said_with_the_floor_of_the_loss():
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    with pytest.warns(UserWarning, match=r"cannot go below 1.46\."):  # ln(1 + 9/e)
        fit(Dense(10, activation="softmax"), loss=loss)
    with pytest.warns(UserWarning, match=r"cannot go below 0.313\."):  # ln(1 + 1/e)
        fit(Dense(1, activation="sigmoid"), loss=keras.losses.BinaryCrossentropy(from_logits=True))


def test_nan_is_said_once_with_its_epoch():
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        history = fit(Dense(8, activation="relu"), Dense(1), loss="mse", optimizer=keras.optimizers.SGD(1e8), epochs=8)
    texts = [str(w.message) for w in told if "since epoch" in str(w.message)]
    first = int(np.flatnonzero(~np.isfinite(history.history["loss"]))[0])
    assert len(texts) == 1
    assert f"since epoch {first + 1}:" in texts[0]


def test_the_floor_of_soft_labels_is_printed_where_progress_is(capsys):
    share = np.full(64, 0.25)
    fit(Dense(1, activation="sigmoid"), y=share, verbose=2)
    assert capsys.readouterr().out.startswith("With these labels binary_crossentropy cannot go below 0.562.")
    fit(Dense(1, activation="sigmoid"), y=share)
    assert capsys.readouterr().out == ""


def test_the_floor_is_the_entropy_of_the_labels():
    """The loss of the labels themselves as predictions, by the definition of the crossentropy."""
    rng = np.random.default_rng(0)
    y = rng.dirichlet(np.ones(4), size=50)
    loss = keras.losses.CategoricalCrossentropy()
    assert floor_of_loss(loss, y) == pytest.approx(float(loss(y, y.astype(np.float64)).numpy()), rel=1e-5)
    smooth = keras.losses.CategoricalCrossentropy(label_smoothing=0.2)
    hard = np.eye(4)[rng.integers(0, 4, 50)]
    assert floor_of_loss(smooth, hard) == pytest.approx(-0.85 * np.log(0.85) - 3 * 0.05 * np.log(0.05))
    assert floor_of_loss(loss, hard) is None


def test_what_is_right_is_left_in_peace(capsys):
    fit(Dense(1, activation="sigmoid"))
    fit(Dense(2, activation="softmax"), loss="sparse_categorical_crossentropy")
    fit(Dense(1), loss=keras.losses.BinaryCrossentropy(from_logits=True))
    fit(Dense(1, activation="relu"), loss="mse", verbose=2)
    assert "cannot go below" not in capsys.readouterr().out
