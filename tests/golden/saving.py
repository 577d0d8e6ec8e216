"""Models that real Keras 3 wrote into files, and what it did with them next: predictions, and the losses of four steps.

    KERAS_BACKEND=jax python tests/golden/saving.py      (keras 3.15.1, jax 0.10.2)

writes saving.json, saving_NAME.keras and saving_dense.weights.h5. The data are made by formula, the same in the test.
"""

import json
import os
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
ROWS, STEPS = 12, 4


def waves(*shape):
    """Numbers between −1 and 1 of this shape."""
    return np.sin(1.7 * np.arange(np.prod(shape)) ** 1.1).reshape(shape).astype("float32")


def data(name):
    """(x, y) for the model of this name."""
    classes = np.arange(ROWS) * 5 % 3
    return {
        "dense": (waves(ROWS, 4), classes),
        "images": (waves(ROWS, 6, 6, 1), np.eye(3, dtype="float32")[classes]),
        "sequences": ((np.arange(ROWS * 5) ** 2 % 7).reshape(ROWS, 5), (classes[:, None] > 0).astype("float32")),
        "own": (waves(ROWS, 4), waves(ROWS, 2)),
    }[name]


def own_classes(keras):
    """A layer and a model of the user's, written once for Keras and for this package."""

    class Scale(keras.layers.Layer):
        def build(self, input_shape):
            self.factor = self.add_weight(shape=(input_shape[-1],), initializer="ones", name="factor")

        def call(self, inputs):
            return inputs * self.factor

    class Branches(keras.Model):
        def __init__(self, units=4, **options):
            super().__init__(**options)
            self.units = units
            self.branches = [keras.layers.Dense(units, "tanh"), keras.layers.Dense(units)]
            self.scale, self.out = Scale(), keras.Sequential([keras.layers.Dense(5, "relu"), keras.layers.Dense(2)])

        def call(self, inputs):
            first, second = self.branches
            return self.out(self.scale(first(inputs) + second(inputs)))

        def get_config(self):
            return {"name": self.name, "units": self.units}

    return {"Scale": Scale, "Branches": Branches}


def dense(keras):
    layers, rates = keras.layers, keras.optimizers.schedules
    model = keras.Sequential(
        [
            layers.Input((4,)),
            layers.Dense(
                6,
                "relu",
                kernel_initializer=keras.initializers.RandomNormal(stddev=0.5, seed=1),
                kernel_regularizer=keras.regularizers.L2(0.01),
                bias_constraint=keras.constraints.MaxNorm(0.5),
            ),
            layers.BatchNormalization(momentum=0.9),
            layers.Dropout(0.0, seed=3),
            layers.Dense(3, "softmax", activity_regularizer="l1", name="classes"),
        ],
        name="net",
    )
    optimizer = keras.optimizers.Adam(
        rates.ExponentialDecay(0.05, 3, 0.7), amsgrad=True, clipnorm=0.5, weight_decay=0.01, use_ema=True
    )
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def images(keras):
    layers = keras.layers
    model = keras.Sequential(
        [
            layers.Input((6, 6, 1)),
            layers.Rescaling(2.0, offset=0.5),
            layers.Conv2D(3, (3, 2), padding="same", activation="relu", kernel_initializer="he_uniform"),
            layers.MaxPooling2D(2),
            layers.PReLU(shared_axes=[1, 2]),
            layers.Flatten(),
            layers.LayerNormalization(),
            layers.Dense(3),
        ]
    )
    loss = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1)
    optimizer = keras.optimizers.RMSprop(0.01, centered=True, momentum=0.8, global_clipnorm=1.0)
    model.compile(optimizer, loss, weighted_metrics=[keras.metrics.CategoricalAccuracy(name="right")])
    return model


def sequences(keras):
    layers = keras.layers
    model = keras.Sequential(
        [
            layers.Input((5,)),
            layers.Embedding(7, 4),
            layers.Conv1D(3, 2, padding="causal", activation="tanh"),
            layers.GlobalAveragePooling1D(),
            layers.Dense(1, "sigmoid", kernel_constraint="unit_norm"),
        ]
    )
    model.compile(keras.optimizers.Nadam(0.02), "binary_crossentropy", metrics=[keras.metrics.AUC(name="area"), "mse"])
    return model


def own(keras):
    model = own_classes(keras)["Branches"](units=3, name="mine")
    model(waves(1, 4))
    optimizer = keras.optimizers.SGD(0.1, momentum=0.9, nesterov=True, gradient_accumulation_steps=2)
    model.compile(optimizer, keras.losses.Huber())
    return model


def train(model, name, steps):
    """The loss of each step."""
    losses = []
    for _ in range(steps):
        model.reset_metrics()
        losses.append(float(model.train_on_batch(*data(name), return_dict=True)["loss"]))
    return losses


def main():
    os.environ.setdefault("KERAS_BACKEND", "jax")
    import keras

    found = {"keras": keras.__version__}
    for make in (dense, images, sequences, own):
        keras.utils.set_random_seed(7)
        name, model = make.__name__, make(keras)
        before = train(model, name, 3)
        model.save(HERE / f"saving_{name}.keras")
        if name == "dense":
            model.save_weights(HERE / f"saving_{name}.weights.h5")
        predicted = np.asarray(model.predict_on_batch(data(name)[0])).tolist()
        found[name] = {"before": before, "predicted": predicted, "next": train(model, name, STEPS)}
    (HERE / "saving.json").write_text(json.dumps(found, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
