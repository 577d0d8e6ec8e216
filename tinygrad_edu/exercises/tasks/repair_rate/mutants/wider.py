# refused: diverges
import tinygrad_edu as tg
from tinygrad_edu.keras import Sequential, layers, optimizers


def learn(x, y, x_new, epochs):
    tg.random.seed(0)
    model = Sequential(
        [
            layers.Dense(128, activation="relu"),
            layers.Dense(128, activation="relu"),
            layers.Dense(1),
        ]
    )
    model.compile(optimizer=optimizers.SGD(0.1), loss="mse")
    history = model.fit(x, y, epochs=epochs, batch_size=10, verbose=0)
    return history.history["loss"], model.predict(x_new, verbose=0)
