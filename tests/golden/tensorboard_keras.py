"""What Keras's callback TensorBoard writes: every figure, histogram and image with its run, tag and step.

    KERAS_BACKEND=jax python tests/golden/tensorboard_keras.py

Keras 3.15 writes through TensorFlow. Here a stand-in for `tensorflow.summary` takes down what it is told.
"""

import json
import sys
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType, SimpleNamespace

import keras
import numpy as np

X = np.array([[0.5, -1.0], [1.5, 2.0], [-0.5, 0.25], [2.0, 1.0], [-1.0, -2.0], [0.75, 0.5]], "float32")
Y = np.array([[1.0], [0.0], [1.0], [1.0], [0.0], [0.0]], "float32")
KERNELS = [[[0.1, -0.2, 0.3], [0.4, 0.5, -0.6]], [[0.7], [-0.8], [0.9]]]

writers, recorded, written = [], [], []


@contextmanager
def entered(stack, value):
    stack.append(value)
    yield
    stack.pop()


def write(kind, tag, values, step):
    if writers and (not recorded or recorded[-1]()):
        values = np.asarray(values)
        shown = float(values) if kind == "scalar" else list(values.shape)
        written.append([Path(writers[-1]).name, kind, tag, int(step), shown])


def create_file_writer(folder):
    return SimpleNamespace(
        as_default=lambda step=None: entered(writers, folder), flush=lambda: None, close=lambda: None
    )


summary = ModuleType("tensorflow.summary")
summary.create_file_writer = create_file_writer
summary.record_if = lambda condition: entered(recorded, condition)
summary.scalar = lambda name, data, step=None: write("scalar", name, data, step)
summary.histogram = lambda name, data, step=None: write("histogram", name, data, step)
summary.image = lambda name, data, step=None: write("image", name, data, step)
summary.write = lambda tag, tensor, step=None, metadata=None: write("json", tag, [], step)
summary.experimental = SimpleNamespace(summary_scope=lambda name, *rest: scope(name))


@contextmanager
def scope(name):
    yield name, None


class SummaryMetadata:
    def __init__(self):
        self.plugin_data = SimpleNamespace()


def install():
    """Put the stand-in where Keras imports TensorFlow from; after Keras is loaded, which looks for it too."""
    v1 = ModuleType("tensorflow.compat.v1")
    v1.SummaryMetadata = SummaryMetadata
    tensorflow = ModuleType("tensorflow")
    tensorflow.summary = summary
    modules = {"": tensorflow, ".summary": summary, ".compat": ModuleType("tensorflow.compat"), ".compat.v1": v1}
    sys.modules.update({f"tensorflow{name}": module for name, module in modules.items()})


def run(update_freq):
    written.clear()
    keras.backend.clear_session()
    model = keras.Sequential(
        [keras.layers.Input((2,)), keras.layers.Dense(3, activation="tanh"), keras.layers.Dense(1)], name="network"
    )
    model.compile(keras.optimizers.SGD(0.1), "mse", metrics=["mae"])
    for layer, kernel in zip(model.layers, KERNELS, strict=True):
        layer.set_weights([np.array(kernel), np.zeros(np.shape(kernel)[1])])
    board = keras.callbacks.TensorBoard("logs", histogram_freq=2, write_images=True, update_freq=update_freq)
    model.fit(X, Y, batch_size=2, epochs=3, shuffle=False, validation_data=(X[:4], Y[:4]), callbacks=[board], verbose=0)
    return list(written)


def nested_paths():
    inner = keras.Sequential([keras.layers.Dense(3, name="a")], name="inner")
    model = keras.Sequential([keras.layers.Input((2,)), inner, keras.layers.Dense(1, name="b")], name="outer")
    return [weight.path for weight in model.weights]


if __name__ == "__main__":
    install()
    found = {"keras": keras.__version__, "kernels": KERNELS, "x": X.tolist(), "y": Y.tolist()}
    found |= {str(frequency): run(frequency) for frequency in ("epoch", "batch", 2)}
    found["nested"] = nested_paths()
    path = Path(__file__).with_name("tensorboard_keras.json")
    path.write_text(json.dumps(found, indent=1).replace("\n    ", " ").replace("\n   ]", "]") + "\n")
    print(f"wrote {path}")
