# refused: unseen
import tinygrad_edu as tg
from tinygrad_edu.keras import Sequential, layers, optimizers


def learn(x, y, x_new, epochs):
    tg.random.seed(0)
    x, y = x[::-1], y[::-1]
    model = Sequential(
        [
            layers.Dense(16, activation="relu"),
            layers.Dense(3, activation="softmax"),
        ]
    )
    model.compile(optimizer=optimizers.Adam(0.02), loss="sparse_categorical_crossentropy")
    history = model.fit(x, y, epochs=epochs, validation_split=0.34, verbose=0)
    return history.history["loss"], model.predict(x_new, verbose=0)
