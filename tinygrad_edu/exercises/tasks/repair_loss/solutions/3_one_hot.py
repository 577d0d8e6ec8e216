import tinygrad_edu as tg
from tinygrad_edu.keras import Sequential, layers, losses, optimizers, utils


def learn(x, y, x_new, epochs):
    tg.random.seed(0)
    model = Sequential(
        [
            layers.Dense(16, activation="relu"),
            layers.Dense(3, activation="softmax"),
        ]
    )
    loss = losses.CategoricalCrossentropy()
    model.compile(optimizer=optimizers.Adam(0.02), loss=loss)
    history = model.fit(x, utils.to_categorical(y, 3), epochs=epochs, verbose=0)
    return history.history["loss"], model.predict(x_new, verbose=0)
