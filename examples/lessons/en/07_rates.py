# # 7. The learning rate: schedules and adaptive methods
#
# The learning rate is the hyperparameter that matters most. Too large and the descent diverges, too small and it takes
# for ever. There are two ways out of choosing one number: let it change over time (*learning-rate schedules*), or give
# each parameter its own (*adaptive methods*).

import warnings

import matplotlib.pyplot as plt
import numpy as np

import tinygrad_edu as tg
from tinygrad_edu import keras

(x_train, y_train), (x_test, y_test) = keras.datasets.breast_cancer.load_data()
x_test = (x_test - x_train.mean(axis=0)) / x_train.std(axis=0)
x_train = (x_train - x_train.mean(axis=0)) / x_train.std(axis=0)


def train(optimizer, epochs=15, callbacks=None):
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [keras.Input((30,)), keras.layers.Dense(16, activation="relu"), keras.layers.Dense(1, activation="sigmoid")]
    )
    model.compile(optimizer=optimizer, loss="binary_crossentropy", metrics=["accuracy"])
    return model.fit(x_train, y_train, epochs=epochs, batch_size=32, verbose=0, callbacks=callbacks).history


print("plain descent, training loss after 15 epochs")
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # fit itself says when a loss is no number any more: here that is the point
    for rate in (0.001, 0.01, 0.1, 1.0, 10.0):
        print(f"  rate {rate:6}: {train(keras.optimizers.SGD(rate))['loss'][-1]:10.4f}")

# ## Schedules
#
# Large steps first, to get near; small ones later, so that the noise of the batches (lesson 4) dies down. A schedule
# is the rate as a function of the step $t$. Four common ones:
#
# $$\text{exponential } \alpha_0\, d^{\,t/T} \qquad \text{inverse time } \frac{\alpha_0}{1 + d\, t/T} \qquad
# \text{cosine } \frac{\alpha_0}{2}\left(1 + \cos \frac{\pi t}{T}\right) \qquad \text{piecewise constant}$$

rng = np.random.default_rng(0)
x_noisy = rng.normal(size=(1000, 3))
y_noisy = x_noisy @ [2.0, -1.0, 0.5] + 3 + rng.normal(size=1000)
line = np.column_stack([x_noisy, np.ones(1000)])
best = ((line @ np.linalg.lstsq(line, y_noisy, rcond=None)[0] - y_noisy) ** 2).mean()

schedules = keras.optimizers.schedules
steps = 500  # 5 epochs of 100 batches of 10
programs = {
    "constant": 0.15,
    "exponential": schedules.ExponentialDecay(0.15, decay_steps=steps, decay_rate=0.02),
    "inverse time": schedules.InverseTimeDecay(0.15, decay_steps=steps, decay_rate=30),
    "cosine": schedules.CosineDecay(0.15, decay_steps=steps),
    "piecewise": schedules.PiecewiseConstantDecay([200, 400], [0.15, 0.03, 0.005]),
}
plt.rcParams["font.size"] = 13
figure, axis = plt.subplots(figsize=(9.6, 5.4), layout="constrained")
for (name, schedule), style in zip(programs.items(), ["-", "--", "-.", ":", (0, (5, 1))]):
    rates = [float(schedule(t)) if callable(schedule) else schedule for t in range(steps)]
    axis.plot(rates, linestyle=style, linewidth=2, label=name)
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile(optimizer=keras.optimizers.SGD(schedule), loss="mse")
    model.fit(x_noisy, y_noisy, epochs=5, batch_size=10, verbose=0)
    above = model.evaluate(x_noisy, y_noisy, verbose=0) - best
    print(f"{name:13} rate from {rates[0]} to {rates[-1]:.4f}: ends {above:.5f} above the least loss")
axis.set(xlabel="step", ylabel="learning rate")
axis.legend()
figure.savefig("lesson_07_schedules.png")

# A callback can look at the loss and decide by itself: `ReduceLROnPlateau` divides the rate when an epoch no longer
# helps.

reduce = keras.callbacks.ReduceLROnPlateau(monitor="loss", factor=0.2, patience=2, min_delta=1e-3)
history = train(keras.optimizers.SGD(1.0), epochs=30, callbacks=[reduce])
print("rate by epoch:", *(f"{rate:.3g}" for rate in history["learning_rate"]))

# Before training, a *range test* (Smith, 2017) raises the rate from step to step. It shows where the loss falls and
# where it begins to rise. A good first choice is a tenth of the rate at which it rises: the dashed line.

keras.utils.set_random_seed(0)
model = keras.Sequential(
    [keras.Input((30,)), keras.layers.Dense(16, activation="relu"), keras.layers.Dense(1, activation="sigmoid")]
)
model.compile(optimizer="sgd", loss="binary_crossentropy")
figure = tg.viz.learning_rate_range(model, x_train, y_train, low=1e-3, high=100.0)
figure.savefig("lesson_07_range.png")


# ## One rate for each parameter
#
# In a narrow valley the steep direction wants a small rate, the flat one a large. Adaptive methods divide each step
# by the usual size of that parameter's gradient. With $g$ the gradient of one parameter:
#
# | | memory | step |
# |---|---|---|
# | AdaGrad (Duchi et al., 2011) | $s \leftarrow s + g^2$ | $-\alpha\, g / \sqrt{s + \epsilon}$ |
# | RMSProp (Hinton, 2012) | $s \leftarrow \rho s + (1 - \rho) g^2$ | $-\alpha\, g / \sqrt{s + \epsilon}$ |
# | Adam (Kingma & Ba, 2014) | $m \leftarrow \beta_1 m + (1-\beta_1) g$; $v \leftarrow \beta_2 v + (1-\beta_2) g^2$ | $-\alpha\, \hat m / (\sqrt{\hat v} + \epsilon)$ |
#
# $\epsilon$ only guards against a division by zero; some books put it inside the root, some outside. AdaGrad's memory
# only grows, so its steps only shrink; RMSProp forgets; Adam (*adaptive moment estimation*) is RMSProp with momentum.
# Since $m$ and $v$ begin at zero they are too small at first, and Adam corrects that: $\hat m = m / (1 - \beta_1^t)$,
# $\hat v = v / (1 - \beta_2^t)$.

def adam_by_hand(gradient, w, rate, steps, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
    m = v = np.zeros_like(w)
    for t in range(1, steps + 1):
        g = gradient(w)
        m = beta_1 * m + (1 - beta_1) * g
        v = beta_2 * v + (1 - beta_2) * g**2
        w = w - rate * (m / (1 - beta_1**t)) / (np.sqrt(v / (1 - beta_2**t)) + epsilon)
    return w


def ravine(w):
    return 10 * w[0] ** 2 + 0.1 * w[1] ** 2


start = np.array([1.0, 4.0])
print("by hand:   ", adam_by_hand(tg.grad(ravine), start, 0.1, 30))
path = tg.optim.minimize(ravine, start, tg.optim.Adam(0.1, epsilon=1e-7), steps=30)
print("tg.optim:  ", path.x)

optimizers = {
    "SGD": tg.optim.SGD(0.09),
    "AdaGrad": tg.optim.AdaGrad(0.8),
    "RMSProp": tg.optim.RMSProp(0.1),
    "Adam": tg.optim.Adam(0.2),
}
paths = {name: tg.optim.minimize(ravine, start, optimizer, steps=60) for name, optimizer in optimizers.items()}
for name, way in paths.items():
    print(f"{name:8} after 10, 30, 60 steps: {way.values[10]:8.4f} {way.values[30]:8.4f} {way.values[60]:10.6f}")
figure = tg.viz.plot_path(ravine, paths)
figure.savefig("lesson_07_ravine.png")

# ## On the network
#
# Adam's standard rate of 0.001 works nearly everywhere, which is why it became the usual choice. A well tuned SGD
# with momentum is often as good; the work is in the tuning.

for name, optimizer in {
    "SGD 0.01": keras.optimizers.SGD(0.01),
    "SGD 0.1, momentum 0.9": keras.optimizers.SGD(0.1, momentum=0.9),
    "Adagrad 0.1": keras.optimizers.Adagrad(0.1),
    "RMSprop": keras.optimizers.RMSprop(),
    "Adam": keras.optimizers.Adam(),
    "Adam 0.01": keras.optimizers.Adam(0.01),
}.items():
    losses = train(optimizer)["loss"]
    print(f"{name:22} epoch 1 {losses[0]:.4f}   epoch 5 {losses[4]:.4f}   epoch 15 {losses[-1]:.4f}")

# ## Recap
#
# - Try rates a factor of ten apart, or run a range test. A good first choice is a tenth of the rate at which the loss
#   begins to rise.
# - Learning-rate schedules begin with large steps and end with small ones.
# - AdaGrad, RMSProp and Adam divide each parameter's step by the usual size of its gradient.
#
# **Exercises.** 1. Write AdaGrad and RMSProp by hand as above, and compare (`AdaGrad` starts its $s$ at 0.1). 2. Leave
# out Adam's bias correction: what happens in the first steps? 3. Find the best SGD rate for the
# network: does it beat Adam?
#
# With a check that says what is wrong, `tinygrad-edu exercises start NAME`: `adaptive`, `schedules`.
