# refused: few_right
import tinygrad_edu as tg
from tinygrad_edu.keras import Sequential, layers, optimizers


def learn(x, y, x_new, epochs):
    tg.random.seed(0)
    largest = x.max()
    x, x_new = x / largest, x_new / largest
    model = Sequential(
        [
            layers.Dense(16, activation="tanh"),
            layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile(optimizer=optimizers.Adam(0.02), loss="binary_crossentropy")
    history = model.fit(x, y, epochs=epochs, verbose=0)
    return history.history["loss"], model.predict(x_new, verbose=0)
