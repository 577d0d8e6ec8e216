"""The Doctor in fit: what it says, when, and that the training is the same with it."""

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import keras
from tinygrad_edu.doctor import Doctor
from tinygrad_edu.keras.layers import Dense, Input


def fitted(doctor, last="sigmoid", scale=1.0, epochs=4, **options):
    tg.random.seed(1)
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 3)) * scale
    y = (x.sum(1) > 0).astype(int)
    model = keras.Sequential([Input((3,)), Dense(8, activation="relu"), Dense(1, activation=last)])
    model.compile(options.pop("optimizer", "adam"), options.pop("loss", "binary_crossentropy"))
    model.fit(x, y, epochs=epochs, verbose=0, callbacks=[doctor] if doctor else [], **options)
    return model


def test_it_is_silent_on_a_healthy_training(capsys):
    doctor = Doctor()
    fitted(doctor, epochs=20, optimizer=keras.optimizers.Adam(0.01), validation_split=0.2)
    assert len(doctor.diagnosis) == 0
    assert capsys.readouterr().out == ""


@pytest.mark.filterwarnings("ignore:The last layer")
def test_it_prints_what_it_sees_in_its_language(capsys):
    doctor = Doctor(language="es")
    fitted(doctor, last="softmax")
    assert [(f.kind, f.place) for f in doctor.diagnosis] == [("output_activation", 1)]
    assert "Softmax sobre una sola unidad" in capsys.readouterr().out
    fitted(Doctor(verbose=0), last="softmax")
    assert capsys.readouterr().out == ""


@pytest.mark.filterwarnings("ignore:The loss is")
def test_it_speaks_when_the_loss_becomes_nan(capsys):
    doctor, said = Doctor(), []

    class After(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            said.append(capsys.readouterr().out)

    tg.random.seed(0)
    x = np.random.default_rng(0).normal(size=(100, 3))
    model = keras.Sequential([Input((3,)), Dense(8, activation="relu"), Dense(1)])
    model.compile(keras.optimizers.SGD(50.0), "mse")
    model.fit(x, x.sum(1) * 10, epochs=6, verbose=0, callbacks=[doctor, After()])
    assert [f.kind for f in doctor.diagnosis] == ["learning_rate_high"]
    assert sum("learning_rate_high" in text for text in said) == 1
    assert "learning_rate_high" in "".join(said[:3])


def test_the_training_is_the_same_with_it():
    with_it, without = fitted(Doctor(verbose=0)), fitted(None)
    assert all((a == b).all() for a, b in zip(with_it.get_weights(), without.get_weights()))


def test_inputs_far_too_large_are_named(capsys):
    doctor = Doctor()
    fitted(doctor, scale=1e6, optimizer="sgd", loss="mse")
    assert doctor.diagnosis[0].kind == "unscaled_input"


def test_batches_of_a_generator_are_no_trouble():
    doctor = Doctor()
    tg.random.seed(0)
    model = keras.Sequential([Input((2,)), Dense(1)])
    model.compile("sgd", "mse")
    model.fit(((np.ones((4, 2)), np.ones(4)) for _ in range(3)), epochs=1, verbose=0, callbacks=[doctor])
    assert len(doctor.diagnosis) == 0


def test_an_unknown_language_is_refused():
    with pytest.raises(ValueError, match="'fr'"):
        Doctor(language="fr")
