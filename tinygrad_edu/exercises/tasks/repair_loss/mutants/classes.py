# refused: rounded
import numpy as np

import tinygrad_edu as tg
from tinygrad_edu.keras import Sequential, layers, losses, optimizers


def learn(x, y, x_new, epochs):
    tg.random.seed(0)
    model = Sequential(
        [
            layers.Dense(16, activation="relu"),
            layers.Dense(3, activation="softmax"),
        ]
    )
    loss = losses.SparseCategoricalCrossentropy()
    model.compile(optimizer=optimizers.Adam(0.02), loss=loss)
    history = model.fit(x, y, epochs=epochs, verbose=0)
    classes = model.predict(x_new, verbose=0).argmax(axis=1)
    return history.history["loss"], np.eye(3)[classes]
