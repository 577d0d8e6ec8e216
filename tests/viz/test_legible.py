"""Thirty pictures and pages that the back row can read: in a real browser, by every engine, with one font and with all.

No text runs out of its box by more than a pixel, no two overlap, letters have 24 pixels in films and 12 elsewhere, and
axe-core finds nothing serious: at 1280 × 720 and 400 pixels wide, light and dark, in both languages. A few of them
are in every run with a browser; `pytest -m nightly tests/viz/test_legible.py` takes them all, and keeps a picture of
each, to look at, where LEGIBLE names a folder in the environment.
"""

import os
import shutil
from pathlib import Path

import numpy as np
import programs
import pytest
from browser import violations

import tinygrad_edu as tg
from tinygrad_edu.nn import BatchNormalization, Conv2D, Dense, Dropout, Flatten, Input, Sequential
from tinygrad_edu.viz import draw, explore, film, network_film

SMALLEST = {"film": 24, "page": 12}
SAMPLE = ("net two classes", "film two classes", "explore blobs")


def network(*layers, loss="mse", optimizer="sgd", features=2, outputs=1, classes=False):
    """A compiled model of some layers, and a sample for it."""
    tg.random.seed(7)
    model = Sequential([Input((features,)), *layers])
    model.compile(optimizer, loss)
    rng = np.random.default_rng(7)
    y = rng.integers(0, outputs, 1) if classes else rng.integers(0, 2, (1, outputs)).astype("float32")
    return model, rng.normal(size=(1, features)).astype("float32"), y


def two_classes():
    return network(Dense(3, "tanh"), Dense(1, "sigmoid"), loss="binary_crossentropy")


def three_species():
    layers = [Dense(4, "relu", name="escondida"), Dense(3, "softmax", name="especies")]
    return network(
        *layers, loss="sparse_categorical_crossentropy", optimizer="adam", features=4, outputs=3, classes=True
    )


def house_prices():
    return network(Dense(2, "relu"), Dense(1), loss="huber", optimizer="rmsprop", features=3)


def deep():
    layers = [Dense(2, "elu", name=f"capa_{i}_de_la_red") for i in range(1, 7)]
    return network(*layers, Dense(1), loss="mae", optimizer="adam")


def wide():
    layers = [Dense(40, "gelu"), Dropout(0.5), BatchNormalization(), Dense(10, "softmax")]
    return network(*layers, loss="categorical_crossentropy", features=25, outputs=10)


def logistic():
    return network(Dense(1, "sigmoid", name="p"), loss="binary_crossentropy", features=5)


def two_outputs():
    return network(Dense(3, "softplus"), Dense(2, "sigmoid"), loss="mse", outputs=2)


def autoencoder():
    return network(Dense(2, "tanh", name="codifica"), Dense(4, name="decodifica"), features=4, outputs=4)


def variables(**values):
    return [tg.Tensor(value, requires_grad=True, name=name) for name, value in values.items()]


def straight_line():
    w, b = variables(w=-1.5, b=0.5)
    return (b + w * tg.Tensor(2.0, name="x") - 1.0) ** 2


def ridge():
    w, b = variables(w=[0.3, -1.2], b=0.1)
    x, y = tg.Tensor([[1.0, 2.0], [0.5, -1.0]], name="x"), tg.Tensor([1.0, 0.0], name="y")
    return ((x @ w + b - y) ** 2).mean() + 0.01 * (w * w).sum()


def logistic_by_hand():
    w, b = variables(peso=0.7, sesgo=-0.2)
    p = 1 / (1 + np.exp(-(w * 1.5 + b)))
    p.name = "p"
    return -np.log(p)


def recurrent():
    w, u = variables(w=0.5, u=-0.4)
    state = tg.Tensor(0.0, name="h0")
    for x in (1.0, -1.0):
        state = np.tanh(w * x + u * state)
    return (state - 0.3) ** 2


def himmelblau(x, y):
    return (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2


def entropy(p, q):
    return -(p * np.log(q)).sum()


def several_uses(a):
    return a * a + np.sin(a) / a


def convolution():
    tg.random.seed(1)
    model = Sequential([Input((5, 5, 1)), Conv2D(2, 3, activation="relu"), Flatten(), Dense(1)])
    model.compile("adam", "mse")
    return model, np.ones((2, 5, 5, 1), "float32"), np.zeros((2, 1), "float32")


def report(path):
    model, x, y = two_classes()
    x, y = np.repeat(x, 30, axis=0) + np.linspace(-1, 1, 60).reshape(30, 2), np.tile([[0.0], [1.0]], (15, 1))
    history = model.fit(x, y, epochs=3, verbose=0)
    return tg.viz.report(model, history, path, x, y)


def svg(drawing):
    return lambda path: drawing().save(path.with_suffix(".svg"))


def layers_of(model):
    return tg.keras.utils.plot_model(
        model, None, show_shapes=True, show_layer_names=True, show_layer_activations=True, show_dtype=True
    )


PICTURES = {
    "net two classes": lambda path: network_film(*two_classes()).save(path),
    "net three species": lambda path: network_film(*three_species()).save(path),
    "net house prices": lambda path: network_film(*house_prices()).save(path),
    "net deep": lambda path: network_film(*deep()).save(path),
    "net wide": lambda path: network_film(*wide()).save(path),
    "net logistic": lambda path: network_film(*logistic()).save(path),
    "net two outputs": lambda path: network_film(*two_outputs()).save(path),
    "net autoencoder": lambda path: network_film(*autoencoder()).save(path),
    "film two classes": lambda path: film(*two_classes()).save(path),
    "film house prices": lambda path: film(*house_prices()).save(path),
    "film three species": lambda path: film(*three_species()).save(path),
    "film two outputs": lambda path: film(*two_outputs()).save(path),
    "film line": lambda path: film(straight_line()).save(path),
    "film ridge": lambda path: film(ridge()).save(path),
    "film logistic": lambda path: film(logistic_by_hand()).save(path),
    "film recurrent": lambda path: film(recurrent()).save(path),
    "film himmelblau": lambda path: film(himmelblau, 1.0, -2.0).save(path),
    "film uses": lambda path: film(several_uses, 0.8).save(path),
    "small film of entropy": lambda path: film(entropy, np.array([0.2, 0.8]), np.array([0.4, 0.6]), size="page").save(
        path
    ),
    "small film of a network": lambda path: film(*autoencoder(), size="page").save(path),
    "explore blobs": lambda path: explore(*two_classes()).save(path),
    "explore deep": lambda path: explore(*deep()).save(path),
    "explore convolution": lambda path: explore(*convolution()).save(path),
    "explore ridge": lambda path: explore(ridge()).save(path),
    "explore himmelblau": lambda path: explore(himmelblau, 3.0, 0.5).save(path),
    "draw ridge": svg(lambda: draw(ridge(), derivatives=True)),
    "draw three species": svg(lambda: draw(*three_species(), collapse=False)),
    "draw backward": svg(lambda: draw(logistic_by_hand(), view="backward")),
    "plot_model wide": svg(lambda: layers_of(wide()[0])),
    "report": report,
}

FAULTS = (Path(__file__).parent / "legible.js").read_text("utf-8")


def shown(chromium, path, width, height, dark):
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    theme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
    chromium.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    chromium.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": theme})
    chromium.get(path.as_uri())


def faults(chromium, name, path):
    """The faults of a picture or a page, on a projector and on a telephone, in light and dark."""
    found, kind = [], "film" if name.startswith(("net", "film")) else "page"
    for width, height, dark in ((1280, 720, False), (1280, 720, True), (400, 800, False)):
        shown(chromium, path, width, height, dark)
        keep(chromium, f"{name}_{width}_{'dark' if dark else 'light'}")
        least = SMALLEST[kind] if width == 1280 else 12
        # An SVG of its own is shown in its own size; at 400 pixels a drawing to explore begins whole, and says so.
        smallest = {"svg": least if kind == "film" or width == 1280 else 0, "html": least}
        found += [f"{name}, {width}, {dark}: {fault}" for fault in chromium.execute_script(FAULTS, smallest)]
        if path.suffix == ".html" and width == 1280:
            found += [f"{name}, {dark}: {fault}" for fault in violations(chromium)]
    return found


def keep(chromium, name):
    if os.environ.get("LEGIBLE"):
        folder = Path(os.environ["LEGIBLE"]) / tg.language()
        folder.mkdir(parents=True, exist_ok=True)
        if step := chromium.execute_script("return document.getElementById('place')?.max ?? 0"):
            clicks = f"for (let k = 0; k < {int(step) * 2 // 3}; k++) document.getElementById('step').click()"
            chromium.execute_script(clicks)
        chromium.save_screenshot(str(folder / f"{name.replace(' ', '_')}.png"))
        chromium.execute_script("document.getElementById('first')?.click()")


def all_faults(chromium, names, folder):
    return [fault for name in names for fault in faults(chromium, name, PICTURES[name](folder / f"{name}.html"))]


EVERY = pytest.mark.parametrize(
    "names", [SAMPLE, pytest.param(tuple(PICTURES), marks=pytest.mark.nightly)], ids=["sample", "all"]
)


@pytest.mark.browser
@EVERY
@pytest.mark.parametrize("language", ["en", "es"])
def test_without_dot_and_with_one_font(chromium_with_one_font, wheel, tmp_path, names, language):
    assert shutil.which("dot") is None
    tg.language(language)
    assert "\n".join(all_faults(chromium_with_one_font, names, tmp_path)) == ""


@pytest.mark.browser
@pytest.mark.graphviz
@EVERY
@pytest.mark.parametrize("language", [pytest.param("en", marks=pytest.mark.nightly), "es"])
def test_with_dot(chromium, request, tmp_path, names, language):
    programs.needed("dot", request.node)
    tg.language(language)
    assert "\n".join(all_faults(chromium, names, tmp_path)) == ""


PAGE = """<!DOCTYPE html><html lang="en"><title>t</title><body><main><svg width="200" height="60" viewBox="0 0 200 60">
<g class="node"><polygon points="10,10 60,10 60,40 10,40" fill="none" stroke="black"/>
<text x="12" y="30" font-size="14">far too long for it</text></g><text x="20" y="34" font-size="9">over it</text></svg>
<p style="width: 20px">incomprehensibilities</p></main></body></html>"""


@pytest.mark.browser
def test_what_is_wrong_is_found(chromium, tmp_path):
    (tmp_path / "a.html").write_text(PAGE)
    shown(chromium, tmp_path / "a.html", 1280, 720, False)
    found = " ".join(chromium.execute_script(FAULTS, {"svg": 12, "html": 17}))
    for fault in ("past its box", "over it has 9.0 pixels", "overlap", "incomprehensibilities is", "has 16.0 pixels"):
        assert fault in found


def test_there_are_thirty():
    assert len(PICTURES) == 30 and set(SAMPLE) <= set(PICTURES)
