"""One step of training on the drawn network: its numbers by hand, its letters, its files, and the model unchanged."""

import re
import sys
import xml.etree.ElementTree as ElementTree
from html import unescape
from itertools import combinations

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu.nn import BatchNormalization, Conv2D, Dense, Dropout, Flatten, Input, Model, Sequential
from tinygrad_edu.viz import moving, network_film
from tinygrad_edu.viz.network.shapes import LETTERS, Circle, Line, Text

W1, W2 = np.array([[0.5, -1.0, 0.25], [1.0, 0.5, -0.75]], "float32"), np.array([[1.0], [-0.5], [2.0]], "float32")
X, Y, RATE = np.array([0.5, -1.0]), 1.0, 0.5


def network():
    model = Sequential([Input((2,)), Dense(3, "tanh", name="hidden"), Dense(1, "sigmoid", name="out")])
    model.compile(tg.optim.SGD(RATE), "binary_crossentropy")
    model.set_weights([W1, np.zeros(3), W2, np.zeros(1)])
    return model


def classifier(*layers, features=4):
    model = Sequential([Input((features,)), *layers, Dense(3, "softmax", name="clases")])
    model.compile("adam", "sparse_categorical_crossentropy")
    return network_film(model, np.linspace(-1, 1, 2 * features).reshape(2, features), [2, 0])


def texts_of(film, k):
    return [unescape(text) for text in re.findall("<text[^>]*>([^<]*)", film.frames[k])]


def test_the_numbers_are_those_of_backpropagation_by_hand():
    film = network_film(network(), [X, X], [[Y], [Y]])
    hidden = np.tanh(X @ W1)
    p = 1 / (1 + np.exp(-(hidden @ W2)[0]))
    of_out = p - Y
    of_hidden = (1 - hidden**2) * W2[:, 0] * of_out
    assert {"0.50", "-1", *[f"{value:.2f}" for value in hidden]} <= set(texts_of(film, 1))
    assert f"p {p:.2f}" in texts_of(film, 2) and "y 1" in texts_of(film, 2)
    assert f"{-np.log(p):.4g}" in film.captions[3] and f"{-np.log(p):.4g}" in texts_of(film, 3)
    out, both = texts_of(film, 4), texts_of(film, 5)
    assert f"{of_out:.2f}" in out and {f"{value:.3g}" for value in hidden * of_out} <= set(out)
    assert {f"{value:.2f}" for value in of_hidden} <= set(both)
    assert {f"{value:.3g}" for value in np.outer(X, of_hidden).ravel()} <= set(both)
    assert {f"{value:.3g}" for value in W2[:, 0] - RATE * hidden * of_out} <= set(texts_of(film, 6))
    assert len(film.frames) == len(film.captions) == 7


def test_the_captions_write_out_one_neuron_and_one_edge():
    film = network_film(network(), [X], [[Y]])
    z = 0.5 * 0.5 + -1.0 * 1.0
    assert film.captions[1].splitlines()[1] == (
        f"The first neuron: z = 0.5 × 0.5 + -1 × 1 + 0 = {z:.4g} → {np.tanh(z):.4g}."
    )
    gradient = float(re.search(r"∂L/∂w is (\S+), so", film.captions[6])[1])
    assert f"from 0.5 to {0.5 - RATE * gradient:.4g}." in film.captions[6]


def test_delta_does_not_need_an_input():
    film = network_film(network(), [[0.0, 0.0]], [[Y]])  # so every z is 0, p is 1/2, and tanh' is 1
    assert {"-0.50", "0.25", "-1"} <= set(texts_of(film, 5))


def test_frozen_layers_have_no_gradients():
    model = network()
    model.layers[0].trainable = False
    model.compile("sgd", "binary_crossentropy")
    film = network_film(model, [X], [[Y]])
    assert "not computed" in film.captions[5]
    dashed = [[line.dashed for line in film.scene(k)[0] if isinstance(line, Line)][:9] for k in (4, 5)]
    assert dashed == [[False] * 6 + [True] * 3] * 2


def test_edges_are_as_wide_as_their_weights_and_gradients_flow_back():
    film = network_film(network(), [X], [[Y]])
    forward, back = ([shape for shape in film.scene(k)[0] if isinstance(shape, Line)] for k in (1, 5))
    first = forward[:6]  # x to hidden, row by row of the kernel
    widths = np.array([line.width for line in first]) - 1
    np.testing.assert_allclose(widths, 6 * np.abs(W1).ravel() / np.abs(W1).max(), rtol=1e-6)
    assert [line.colour == first[0].colour for line in first] == list(W1.ravel() >= 0)
    assert [line.moving for line in first] == [1] * 6 and [line.moving for line in back[:6]] == [-1] * 6


def test_small_layers_have_their_matrices_and_large_ones_not():
    small = texts_of(network_film(network(), [X], [[Y]]), 1)
    assert {"·", "+", "="} <= set(small) and "0.25" in small and "-0.75" in small
    assert "=" not in texts_of(classifier(Dense(16, "relu")), 1)


def test_the_model_and_the_random_numbers_are_as_they_were():
    model, state = network(), tg.random.generator().bit_generator.state
    before = [*model.get_weights(), *[v.numpy() for v in model.optimizer.variables]]
    network_film(model, [X], [[Y]])
    after = [*model.get_weights(), *[v.numpy() for v in model.optimizer.variables]]
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))
    assert tg.random.generator().bit_generator.state == state


def films():
    yield network_film(network(), [X], [[Y]])
    yield classifier(Dense(4, "relu"), Dense(4, "tanh", name="una_capa_con_un_nombre_larguísimo_de_verdad"))
    yield classifier(Dense(16, "relu"), Dropout(0.5), Dense(2))
    yield classifier(*[Dense(3, "tanh") for _ in range(7)])
    huge = network()
    huge.set_weights([W1 * 1e6, np.zeros(3), W2 * -1e-9, np.ones(1)])
    yield network_film(huge, [X * 12345], [[Y]])


@pytest.mark.parametrize("language", ["en", pytest.param("es", marks=pytest.mark.full)])
def test_letters_are_24_pixels_high_apart_and_inside_of_the_picture(language):
    tg.language(language)
    assert LETTERS * (1280 - 14) / 1280 >= 24  # on a page with its margins
    for film in films():
        for k in range(len(film.frames)):
            shapes, wide, high = film.scene(k)
            texts = [shape for shape in shapes if isinstance(shape, Text)]
            for text in texts:
                left, top, right, bottom = text.box
                assert left >= 0 and top >= 0 and right <= wide and bottom <= high, text
            for one, other in combinations(texts, 2):
                (a, b, c, d), (e, f, g, h) = one.box, other.box
                assert min(c, g) - max(a, e) <= 1 or min(d, h) - max(b, f) <= 1, (one, other)
            for circle in (shape for shape in shapes if isinstance(shape, Circle)):
                assert circle.radius <= circle.centre[0] <= wide - circle.radius


def test_the_pictures_are_drawings_that_stand_alone():
    for film in films():
        for frame in film.frames:
            root = ElementTree.fromstring(frame)
            assert root.get("viewBox") and root.get("aria-label") and "script" not in frame


def test_large_networks_show_some_neurons_and_layers_that_keep_places_are_passed():
    layers = [Flatten(), BatchNormalization(), Dense(16, "relu"), Dropout(0.5), Dense(10, "softmax")]
    model = Sequential([Input((4, 5)), *layers])
    model.compile("adam", "sparse_categorical_crossentropy")
    film = network_film(model, np.ones((2, 4, 5)), [3, 4])
    assert {"4 of 20", "4 of 16", "4 of 10"} <= set(texts_of(film, 0))
    assert "y = 3" in texts_of(film, 3)


def test_film_shows_it_too():
    model = network()
    film = tg.viz.film(model, [X], [[Y]], on="network")
    assert film.captions == network_film(model, [X], [[Y]]).captions
    with pytest.raises(TypeError, match="takes a model, x and y; received Sequential and 1 inputs"):
        tg.viz.film(model, [X], on="network")


def test_a_page_plays_it_by_itself_in_a_notebook():
    film = network_film(network(), [X], [[Y]])
    assert '"autoplay":false' in film.html() and "&quot;autoplay&quot;:true" in film._repr_html_()


@pytest.mark.full
def test_it_is_written_in_each_form(tmp_path):
    from PIL import Image

    film = network_film(network(), [X], [[Y]])
    with Image.open(film.save(tmp_path / "a.png", width=640)) as picture:
        assert picture.size == (640, 360)
    with Image.open(film.save(tmp_path / "a.gif", seconds=1, width=320)) as picture:
        assert picture.size == (320, 180) and picture.n_frames > 20
    assert b"One step of" in film.save(tmp_path / "a.html").read_bytes()
    assert [path.name for path in film.save(tmp_path / "a.svg")][::6] == ["a_00.svg", "a_06.svg"]


FFMPEG = """#!{python}
import sys
pictures = sys.stdin.buffer.read()
open(sys.argv[-1], "wb").write(f"{{len(pictures)}} {{' '.join(sys.argv)}}".encode())
"""


@pytest.mark.full
def test_a_video_is_every_picture_for_its_time(tmp_path, monkeypatch):
    program = tmp_path / "ffmpeg"
    program.write_text(FFMPEG.format(python=sys.executable))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    film = network_film(network(), [X], [[Y]])
    size, command = film.save(tmp_path / "a.mp4", seconds=2, width=321).read_text().split(" ", 1)
    wide, high = map(int, re.search(r"-s (\d+)x(\d+)", command).groups())
    assert (wide, high) == (320, 180) and "-pix_fmt yuv420p" in command
    assert 7 * 2 * 10 <= int(size) / (wide * high * 3) <= 9 * 2 * 10  # seven steps of 2 seconds, the last one longer


def test_a_video_without_ffmpeg_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    with pytest.raises(ImportError, match="pip install imageio-ffmpeg"):
        network_film(network(), [X], [[Y]]).save(tmp_path / "a.mp4", width=64)
    assert not (tmp_path / "a.mp4").exists()
    assert moving._ffmpeg() is None


@pytest.mark.full
def test_a_video_that_fails_says_why(tmp_path, monkeypatch):
    program = tmp_path / "ffmpeg"
    program.write_text(f"#!{sys.executable}\nimport sys\nsys.stderr.write('no encoder'); sys.exit(1)")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RuntimeError, match="no encoder"):
        network_film(network(), [X], [[Y]]).save(tmp_path / "a.mp4", width=64)


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
    rows = Sequential([Input((4, 5)), Dense(2), Flatten(), Dense(1)])
    rows.compile("sgd", "mse")
    with pytest.raises(ValueError, match=r"gets 20 values.*Flatten"):
        network_film(rows, np.ones((1, 4, 5)), [1.0])
    with pytest.raises(ValueError, match=r"ends in \.html"):
        network_film(network(), [X], [[Y]]).save("a.txt")
