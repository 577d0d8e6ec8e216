"""One step of training on the drawn network: its numbers by hand, its letters, and that nothing is changed."""

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu.nn import BatchNormalization, Conv2D, Dense, Dropout, Flatten, Input, Model, Sequential
from tinygrad_edu.viz.training.network import network_film

from texts import drawn_texts, text_faults  # noqa: E402  # isort: skip

W1, W2 = np.array([[0.5, -1.0, 0.25], [1.0, 0.5, -0.75]], "float32"), np.array([[1.0], [-0.5], [2.0]], "float32")
X, Y, RATE = np.array([0.5, -1.0]), 1.0, 0.5


def network():
    model = Sequential([Input((2,)), Dense(3, "tanh", name="hidden"), Dense(1, "sigmoid", name="out")])
    model.compile(tg.optim.SGD(RATE), "binary_crossentropy")
    model.set_weights([W1, np.zeros(3), W2, np.zeros(1)])
    return model


def texts_of(film, k):
    film.show(k)
    return [text for text, *_ in drawn_texts(film.figure)]


def test_the_numbers_are_those_of_backpropagation_by_hand():
    film = network_film(network(), [X, X], [[Y], [Y]])
    hidden = np.tanh(X @ W1)
    p = 1 / (1 + np.exp(-(hidden @ W2)[0]))
    of_out = p - Y
    of_hidden = (1 - hidden**2) * W2[:, 0] * of_out
    assert {f"{value:.2f}" for value in (*X, *hidden)} <= set(texts_of(film, 1))
    assert f"{p:.2f}" in texts_of(film, 2) and f"{-np.log(p):.4g}" in film.captions[3]
    out, both = texts_of(film, 4), texts_of(film, 5)
    assert f"δ {of_out:.2f}" in out and {f"{value:.4g}" for value in hidden * of_out} <= set(out)
    assert {f"δ {value:.2f}" for value in of_hidden} <= set(both)
    assert {f"{value:.4g}" for value in np.outer(X, of_hidden).ravel()} <= set(both)
    assert {f"{value:.4g}" for value in W2[:, 0] - RATE * hidden * of_out} <= set(texts_of(film, 6))
    assert film.frames == len(film.captions) == 7


def test_the_model_and_the_random_numbers_are_as_they_were():
    model, state = network(), tg.random.generator().bit_generator.state
    before = [*model.get_weights(), *[v.numpy() for v in model.optimizer.variables]]
    network_film(model, [X], [[Y]])
    after = [*model.get_weights(), *[v.numpy() for v in model.optimizer.variables]]
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))
    assert tg.random.generator().bit_generator.state == state


@pytest.mark.parametrize("language", ["en", "es"])
def test_letters_are_24_pixels_high_and_inside_of_the_picture(language):
    tg.language(language)
    film = network_film(network(), [X], [[Y]])
    for k in range(film.frames):
        film.show(k)
        assert min(pixels for _, pixels, *_ in drawn_texts(film.figure)) >= 23.9
        assert [fault for fault in text_faults(film.figure) if "over" not in fault] == []


def test_large_networks_show_some_neurons_and_layers_that_keep_places_are_passed():
    layers = [Flatten(), BatchNormalization(), Dense(16, "relu"), Dropout(0.5), Dense(10, "softmax")]
    model = Sequential([Input((4, 5)), *layers])
    model.compile("adam", "sparse_categorical_crossentropy")
    film = network_film(model, np.ones((2, 4, 5)), [3, 4])
    assert "x, 5 of 20" in texts_of(film, 0)


def test_it_is_written_in_each_form(tmp_path):
    film = network_film(network(), [X], [[Y]])
    from PIL import Image

    with Image.open(film.save(tmp_path / "a.png")) as picture:
        assert picture.size == (1280, 720)
    assert b"One step of" in film.save(tmp_path / "a.html", width=320).read_bytes()


def test_what_cannot_be_drawn_is_refused():
    class Own(Model):
        pass

    with pytest.raises(TypeError, match="expects a Sequential model; received Own"):
        network_film(Own(), [X], [Y])
    model = Sequential([Input((4, 4, 1)), Conv2D(2, 3), Flatten(), Dense(1)])
    model.compile("sgd", "mse")
    with pytest.raises(TypeError, match="is a Conv2D"):
        network_film(model, np.ones((1, 4, 4, 1)), [1.0])
    with pytest.raises(ValueError, match="compile"):
        network_film(Sequential([Input((2,)), Dense(1)]), [X], [Y])
