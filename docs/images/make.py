"""The pictures of the README: `python docs/images/make.py` draws them beside this file."""

from pathlib import Path

import numpy as np

import tinygrad_edu as tg
from tinygrad_edu import keras

HERE = Path(__file__).parent


def trained_network():
    """A network of three neurons that has learnt which of two crescents a point belongs to."""
    tg.random.seed(1)
    x, y = tg.datasets.moons(200, noise=0.1, seed=0)
    model = keras.models.Sequential(
        [
            keras.layers.Input((2,)),
            keras.layers.Dense(2, activation="tanh", name="hidden"),
            keras.layers.Dense(1, activation="sigmoid", name="out"),
        ]
    )
    model.compile(optimizer=keras.optimizers.Adam(0.05), loss="binary_crossentropy", metrics=["accuracy"])
    model.fit(x, y, epochs=60, verbose=0)
    return model, x, y


if __name__ == "__main__":
    model, x, y = trained_network()
    point = tg.Tensor(x[:1].astype(np.float32), name="point")
    loss = model.compute_loss(x=point, y=y[:1], y_pred=model(point))
    loss.name = "loss"
    tg.viz.draw(loss).save(HERE / "graph.png")
