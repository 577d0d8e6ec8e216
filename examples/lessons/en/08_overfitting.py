# # 8. Normalisation, regularisation, overfitting
#
# Two things decide whether a descent ends well: whether the features are on similar scales, and whether the model
# learns the rule in the data or the data by heart.

import matplotlib.pyplot as plt
import numpy as np

from tinygrad_edu import keras

(x_train, y_train), (x_test, y_test) = keras.datasets.breast_cancer.load_data()
print("smallest and largest column means:", x_train.mean(axis=0).min().round(4), x_train.mean(axis=0).max().round(1))


# ## Scales
#
# The loss over two weights is a bowl; its curvature along a weight grows with the square of the feature's scale. With
# columns near 0.004 and others near 900, the bowl is a ravine: the learning rate has to be tiny for the steep
# direction, and then nothing moves along the flat ones. *Standardising* each column,
#
# $$x' = \frac{x - \mu}{\sigma},$$
#
# makes the bowl rounder: about equally steep along every weight. It is not quite round, since features are correlated,
# and some mixtures of weights stay flatter than others. The mean and the deviation come from the training data alone:
# the test data must stay unseen.

def classifier(layers, rate=0.1, epochs=40):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((30,)), *layers, keras.layers.Dense(1, activation="sigmoid")])
    model.compile(optimizer=keras.optimizers.SGD(rate), loss="binary_crossentropy", metrics=["accuracy"])
    return model, model.fit(x_train, y_train, epochs=epochs, batch_size=32, verbose=0)


normalization = keras.layers.Normalization()
normalization.adapt(x_train)
for name, layers, rate in [
    ("as they are, rate 0.1", [], 0.1),
    ("as they are, rate 1e-3", [], 1e-3),
    ("as they are, rate 1e-6", [], 1e-6),
    ("standardised, rate 0.1", [normalization], 0.1),
]:
    model, history = classifier(layers, rate)
    loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
    print(f"{name:24} training loss {history.history['loss'][-1]:8.4f}   test accuracy {accuracy:.3f}")

# As they are, the loss stays far higher, whatever the rate.
#
# ## Learning by heart
#
# Now a small problem that can be looked at: 12 points of a sine with noise, and a network with far more parameters
# than points. Trained long enough it goes through every point, the noise included. That is *overfitting*: the
# training loss falls and falls, while the loss on other data, the *validation* loss, turns and rises.

rng = np.random.default_rng(3)
x = np.linspace(-1, 1, 12)[:, None]
y = np.sin(3 * x) + 0.3 * rng.normal(size=x.shape)
x_other = rng.uniform(-1, 1, size=(200, 1))
y_other = np.sin(3 * x_other) + 0.3 * rng.normal(size=x_other.shape)


def network(epochs=1500, regularizer=None, rate=0.0, callbacks=()):
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((1,))])
    for _ in range(2):
        model.add(keras.layers.Dense(64, activation="tanh", kernel_regularizer=regularizer))
        if rate:
            model.add(keras.layers.Dropout(rate))
    model.add(keras.layers.Dense(1))
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="mse", metrics=["mse"])
    history = model.fit(
        x, y, epochs=epochs, batch_size=12, validation_data=(x_other, y_other), verbose=0, callbacks=list(callbacks)
    )
    return model, history.history


free, free_history = network()
best = int(np.argmin(free_history["val_mse"]))
print(f"epoch {best + 1:4}: training {free_history['mse'][best]:.4f}  validation {free_history['val_mse'][best]:.4f}")
print(f"epoch 1500: training {free_history['mse'][-1]:.4f}  validation {free_history['val_mse'][-1]:.4f}")

# ## Four remedies
#
# - **Early stopping**: keep the weights of the epoch in which the validation loss was lowest.
# - **L2** adds $\lambda \sum w^2$ to the loss. Its gradient is $2 \lambda w$: each step pulls every weight towards
#   zero, so that only those stay large which the data need.
# - **L1** adds $\lambda \sum |w|$; its pull is as strong on small weights as on large ones, and many end next to zero.
# - **Dropout** switches units off at random in each training step, so that none can rely on another by heart.

stop = keras.callbacks.EarlyStopping(monitor="val_mse", patience=100, restore_best_weights=True)
models = {
    "nothing": free,
    "early stopping": network(callbacks=[stop])[0],
    "L2 0.003": network(regularizer=keras.regularizers.L2(0.003))[0],
    "L1 0.003": network(regularizer=keras.regularizers.L1(0.003))[0],
    "dropout 0.2": network(rate=0.2)[0],
}
for name, model in models.items():
    weights = model.layers[2 if name.startswith("dropout") else 1].kernel.numpy()
    on_training, on_others = (model.evaluate(a, b, verbose=0)[1] for a, b in ((x, y), (x_other, y_other)))
    print(f"{name:15} training {on_training:.4f}   others {on_others:.4f}   mean |w| {np.abs(weights).mean():.4f}")

grid = np.linspace(-1, 1, 200)[:, None]
plt.rcParams["font.size"] = 13
figure, axes = plt.subplots(1, 3, figsize=(12.8, 4.8), sharey=True, layout="constrained")
for axis, name in zip(axes, ("nothing", "early stopping", "L2 0.003")):
    axis.plot(grid, np.sin(3 * grid), color="0.6", linestyle="--", label="sin 3x")
    axis.plot(x, y, "o", color="black", label="training data")
    axis.plot(grid, models[name].predict(grid, verbose=0), color="#D55E00", linewidth=2, label="network")
    axis.set(title=name, xlabel="x")
axes[0].set_ylabel("y")
axes[0].legend(fontsize=11)
figure.savefig("lesson_08_overfitting.png")

# ## Recap
#
# - Standardise features, with figures from the training data alone.
# - Watch the validation loss: when it turns, overfitting begins: the model learns by heart.
# - Early stopping, L1, L2 and dropout each give up a little training loss for a better loss on other data.
#
# **Exercises.** 1. Train with 100 points and not 12: does the network still overfit? 2. Raise the strength of L2 step
# by step: when does the curve become too stiff (*underfitting*)? 3. Put `BatchNormalization` in the place of
# `Normalization` in the classifier: does it do as well?
#
# With a check that says what is wrong, `tinygrad-edu exercises start NAME`: `l1_l2`, `normalisation`, `dropout`.
