"""The Keras listings of two course texts, letter for letter: only the word `keras` is replaced, data are supplied."""

import re

import numpy as np
import pytest

import tinygrad_edu as tg

# «Descente de Gradients», section «Implémentation dans Keras» (course text 002).
CLASSIFIER = """\
from keras.models import Sequential
from keras.layers import Dense
from keras.optimizers import Adam
# Crear un modelo secuencial
model = Sequential()
model.add(Dense(units=64, activation='relu', input_shape=(input_dim,)))
model.add(Dense(units=1, activation='sigmoid'))
# Compilar el modelo utilizando el optimizador Adam
model.compile(optimizer=Adam(learning_rate=0.001), loss='binary_crossentropy', metrics=['accuracy'])
# Ajustar el modelo a los datos
model.fit(X_train, y_train, epochs=10, batch_size=32)
"""

# «Gradiente estimado», section «Ejemplo de Uso» (course text 004).
ESTIMATED_GRADIENT = """\
import keras
from keras.models import Sequential
from keras.layers import Dense

# Creación del modelo
model = Sequential()
model.add(Dense(64, activation='relu', input_dim=10))
model.add(Dense(1, activation='sigmoid'))

# Compilación del modelo
model.compile(optimizer='adam', loss='binary_crossentropy', metrics=['accuracy'])

# Entrenamiento del modelo
model.fit(X_train, y_train, epochs=10, batch_size=32)
"""

LISTINGS = {"002": CLASSIFIER, "004": ESTIMATED_GRADIENT}


def course_data(labels="integers", features=10):
    """1000 rows whose label is 1 where the sum of the features is positive."""
    x = np.random.default_rng(0).normal(size=(1000, features))
    y = x.sum(axis=1) > 0
    return x, {"integers": y.astype(int), "floats": y.astype(float), "column": y[:, None].astype(np.float32)}[labels]


def run_listing(listing, x, y):
    """Run a listing with its word `keras` replaced, and return the names it leaves behind."""
    names = {"X_train": x, "y_train": y, "input_dim": x.shape[1]}
    exec(re.sub(r"\bkeras\b", "tinygrad_edu.keras", listing), names)
    return names


@pytest.fixture(params=LISTINGS)
def trained(request):
    tg.random.seed(0)
    return run_listing(LISTINGS[request.param], *course_data())["model"]


def test_listing_learns_for_ten_epochs(trained):
    figures = trained.history.history
    assert set(figures) == {"loss", "accuracy"}
    assert {len(values) for values in figures.values()} == {10}
    assert trained.history.epoch == list(range(10))
    assert all(later < earlier for earlier, later in zip(figures["loss"], figures["loss"][1:], strict=False))
    assert figures["accuracy"][-1] > 0.9
    assert trained.optimizer.iterations == 10 * 32  # 1000 rows: 31 batches of 32 and one of 8


def test_listing_makes_the_network_of_the_text(trained):
    assert [weights.shape for weights in trained.get_weights()] == [(10, 64), (64,), (64, 1), (1,)]
    assert {weights.dtype for weights in trained.get_weights()} == {np.dtype("float32")}
    assert trained.count_params() == 10 * 64 + 64 + 64 * 1 + 1
    optimizer = trained.optimizer
    assert (type(optimizer), optimizer.learning_rate) == (tg.keras.optimizers.Adam, 0.001)
    assert (optimizer.beta_1, optimizer.beta_2, optimizer.epsilon) == (0.9, 0.999, 1e-7)


def test_listing_predicts_by_the_formula_of_the_network(trained):
    x, y = course_data()
    w1, b1, w2, b2 = (weights.astype(float) for weights in trained.get_weights())
    probability = 1 / (1 + np.exp(-(np.maximum(x @ w1 + b1, 0) @ w2 + b2)))
    np.testing.assert_allclose(trained.predict(x), probability, rtol=1e-4, atol=1e-6)
    loss, accuracy = trained.evaluate(x, y, verbose=0)
    right = np.where(y[:, None] == 1, probability, 1 - probability)
    assert loss == pytest.approx(-np.log(right).mean(), rel=1e-4)
    assert accuracy == pytest.approx(np.mean(right > 0.5), abs=1e-6)


@pytest.mark.parametrize("listing", LISTINGS.values(), ids=LISTINGS)
def test_labels_may_be_integers_floats_or_a_column(listing):
    """(N,) against (N, 1) must be the same training, not one on an (N, N) table."""
    losses = []
    for labels in ("integers", "floats", "column"):
        tg.random.seed(0)
        losses.append(run_listing(listing, *course_data(labels))["model"].history.history["loss"])
    np.testing.assert_allclose(losses[1], losses[0], rtol=1e-5)
    np.testing.assert_allclose(losses[2], losses[0], rtol=1e-5)


def test_input_dim_is_what_the_data_have():
    tg.random.seed(0)
    model = run_listing(CLASSIFIER, *course_data(features=3))["model"]
    assert model.get_weights()[0].shape == (3, 64)
    with pytest.raises(ValueError, match="expects 10 features, got 3"):
        run_listing(ESTIMATED_GRADIENT, *course_data(features=3))
