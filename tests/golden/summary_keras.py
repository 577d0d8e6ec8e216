"""Texts that real Keras 3 prints for `model.summary()`, to compare ours with character by character.

    KERAS_BACKEND=jax python tests/golden/summary_keras.py      (keras 3.15.1, jax 0.10.2)

writes summary_keras.json. The models are made here, for Keras and for the test.
"""

import json
import os
import sys
from pathlib import Path

import numpy as np


def dense(keras, name="net"):
    layers = keras.layers
    return keras.Sequential(
        [keras.Input((10,)), layers.Dense(64, activation="relu", name="hidden"), layers.Dense(1, name="out")], name=name
    )


def images(keras):
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Rescaling(1 / 16, name="scale"),
            layers.Conv2D(16, 3, activation="relu", name="conv"),
            layers.MaxPooling2D(name="pool"),
            layers.BatchNormalization(name="norm"),
            layers.Flatten(name="flat"),
            layers.Dropout(0.25, name="drop"),
            layers.Dense(10, activation="softmax", name="classes"),
        ],
        name="digits",
    )


def every_kind(keras):
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((12,)),
            layers.Normalization(name="normalization"),
            layers.Reshape((3, 4), name="reshape"),
            layers.Conv1D(8, 2, name="conv1d"),
            layers.LayerNormalization(name="layer_norm"),
            layers.PReLU(name="prelu"),
            layers.Permute((2, 1), name="permute"),
            layers.GlobalAveragePooling1D(name="average"),
            layers.RepeatVector(3, name="repeat"),
            layers.Flatten(name="flatten"),
            layers.Activation("tanh", name="tanh"),
            layers.Dense(2, name="dense"),
        ],
        name="every_kind",
    )


def sequence(keras):
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((None, 6)),
            layers.Conv1D(4, 3, name="conv"),
            layers.GlobalMaxPooling1D(name="pool"),
            layers.Dense(1, name="out"),
        ],
        name="any_length",
    )


def unbuilt(keras):
    layers = keras.layers
    kinds = [
        layers.Dense(4, name="dense"),
        layers.Dropout(0.1, name="dropout"),
        layers.BatchNormalization(name="norm"),
        layers.Activation("relu", name="relu"),
        layers.Flatten(name="flatten"),
        layers.ReLU(name="relu_layer"),
        layers.LayerNormalization(name="layer_norm"),
        layers.Embedding(5, 2, name="embedding"),
        layers.GaussianNoise(0.1, name="noise"),
        layers.MaxPooling2D(name="pool"),
        layers.Reshape((2, 2), name="reshape"),
        layers.Rescaling(2.0, name="rescaling"),
        layers.Softmax(name="softmax"),
        layers.PReLU(name="prelu"),
        layers.Conv2D(3, 3, name="conv"),
        layers.Identity(name="identity"),
        layers.UnitNormalization(name="unit"),
        layers.ActivityRegularization(l2=0.1, name="activity"),
        layers.Normalization(name="normalization"),
        layers.GlobalMaxPooling2D(name="global"),
        layers.RepeatVector(2, name="repeat"),
        layers.Permute((1,), name="permute"),
        layers.LeakyReLU(name="leaky"),
        layers.ELU(name="elu"),
        layers.Lambda(lambda x: x, name="lambda"),
        layers.AlphaDropout(0.1, name="alpha"),
        layers.SpatialDropout1D(0.1, name="spatial"),
    ]
    return keras.Sequential(kinds, name="unbuilt")


def nested(keras):
    layers = keras.layers
    inner = keras.Sequential([keras.Input((8,)), layers.Dense(4, name="a"), layers.Dense(3, name="b")], name="inner")
    middle = keras.Sequential(
        [keras.Input((8,)), layers.Dense(8, name="c"), inner, layers.Dropout(0.2, name="d")], name="middle"
    )
    return keras.Sequential([keras.Input((8,)), middle, layers.Dense(1, name="out")], name="outer")


def frozen(keras):
    model = dense(keras)
    model.layers[0].trainable = False
    return model


def trained(keras, optimizer="adam", of=dense):
    model = of(keras)
    model.compile(optimizer=optimizer, loss="mse")
    shape = model.input_shape[1:]
    model.fit(np.zeros((4, *shape)), np.zeros((4, *model.output_shape[1:])), verbose=0)
    return model


def compiled(keras):
    model = dense(keras)
    model.compile(optimizer="adam", loss="mse")
    return model


def long_names(keras):
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((1000,)),
            layers.Dense(20_000, name="a_layer_with_a_name_that_is_far_too_long_for_its_column"),
            layers.Dense(3, name="[bold]odd"),
        ],
        name="[red]odd[blue] name",
    )


def added(keras):
    model = keras.Sequential(name="added")
    model.add(keras.layers.Dense(5, input_shape=(3,), name="first"))
    model.add(keras.layers.Dense(2, name="second"))
    model.add(keras.layers.Dense(2, name="third"))
    model.pop()
    return model


def built(keras):
    layers = keras.layers
    model = keras.Sequential([layers.Dense(5, name="first"), layers.Dense(2, name="second")], name="built")
    model.build((None, 7))
    return model


def fed(keras):
    layers = keras.layers
    model = keras.Sequential([layers.Dense(5, name="first"), layers.Dense(2, name="second")], name="fed")
    model(np.zeros((3, 7), "float32"))
    return model


def subclassed(keras):
    class Network(keras.Model):
        def __init__(self):
            super().__init__(name="network")
            self.hidden = keras.layers.Dense(6, activation="relu", name="hidden")
            self.drop = keras.layers.Dropout(0.5, name="drop")
            self.out = keras.layers.Dense(2, name="out")

        def call(self, inputs, training=False):
            return self.out(self.drop(self.hidden(inputs), training=training))

    return Network()


def subclassed_trained(keras):
    model = subclassed(keras)
    model.compile(optimizer="sgd", loss="mse")
    model.fit(np.zeros((4, 5)), np.zeros((4, 2)), verbose=0, batch_size=4)
    return model


# The model, the arguments of summary, and the columns of the terminal.
CASES = {
    "dense": (dense, {}, 80),
    "wide terminal": (dense, {}, 200),
    "narrow terminal": (dense, {}, 60),
    "line_length": (dense, {"line_length": 100}, 120),
    "line longer than the terminal": (dense, {"line_length": 100}, 80),
    "short line": (dense, {"line_length": 40}, 80),
    "positions": (dense, {"positions": [0.3, 0.6, 1.0]}, 80),
    "positions and trainable": (dense, {"positions": [0.3, 0.6, 1.0], "show_trainable": True}, 80),
    "images": (images, {}, 80),
    "images, trainable": (images, {"show_trainable": True}, 100),
    "images, range": (images, {"layer_range": ["conv", "norm"]}, 80),
    "images, range of patterns": (images, {"layer_range": ["fl.*", "p"]}, 80),
    "every kind": (every_kind, {}, 100),
    "any length": (sequence, {}, 100),
    "unbuilt": (unbuilt, {}, 100),
    "unbuilt, trainable": (unbuilt, {"show_trainable": True}, 100),
    "empty": (lambda keras: keras.Sequential(name="empty"), {}, 80),
    "nested": (nested, {}, 100),
    "nested, expanded": (nested, {"expand_nested": True}, 100),
    "nested, expanded, trainable": (nested, {"expand_nested": True, "show_trainable": True}, 120),
    "frozen": (frozen, {"show_trainable": True}, 80),
    "compiled": (compiled, {}, 80),
    "trained": (trained, {}, 80),
    "trained by SGD": (lambda keras: trained(keras, "sgd"), {}, 80),
    "trained with momentum": (
        lambda keras: trained(keras, keras.optimizers.SGD(0.1, momentum=0.9, nesterov=True)),
        {},
        80,
    ),
    "trained by RMSprop": (lambda keras: trained(keras, "rmsprop"), {}, 80),
    "trained with a schedule": (
        lambda keras: trained(keras, keras.optimizers.Adam(keras.optimizers.schedules.ExponentialDecay(0.1, 5, 0.9))),
        {},
        80,
    ),
    "trained images": (lambda keras: trained(keras, "adamw", images), {"line_length": 70}, 100),
    "long names": (long_names, {}, 80),
    "added and popped": (added, {}, 80),
    "built": (built, {}, 80),
    "fed": (fed, {}, 80),
    "subclassed": (subclassed, {}, 80),
    "subclassed, trained": (subclassed_trained, {"show_trainable": True}, 100),
}


def text_of(keras, name):
    """The text of one case in a terminal of its width."""
    make, options, columns = CASES[name]
    os.environ["COLUMNS"] = str(columns)
    printed = []
    make(keras).summary(print_fn=printed.append, **options)
    return "".join(printed)


if __name__ == "__main__":
    import warnings

    import keras

    warnings.simplefilter("ignore")
    figures = {name: text_of(keras, name) for name in CASES}
    Path(__file__).with_suffix(".json").write_text(json.dumps(figures, indent=0, ensure_ascii=False) + "\n")
    print(keras.__version__, len(figures), file=sys.stderr)
