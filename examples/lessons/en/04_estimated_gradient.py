# # 4. The estimated gradient
#
# The gradient of the loss over all the data is a mean over all samples. A mean can be *estimated* from a few of them,
# drawn at random: that is what a mini-batch does. The estimate is right on average and off in each single case. How
# far off, and what that means for the descent, is the subject here.

import matplotlib.pyplot as plt
import numpy as np

import tinygrad_edu as tg
from tinygrad_edu import keras

rng = np.random.default_rng(0)
x = rng.normal(size=(2000, 2))
y = x @ [1.0, -2.0] + rng.normal(size=2000)

w = tg.Tensor([0.0, 0.0], requires_grad=True, name="w")


def gradient_on(rows):
    """The gradient of the squared loss on these rows, for w."""
    w.grad = None
    ((x[rows] @ w - y[rows]) ** 2).mean().backward()
    return w.grad


true = gradient_on(slice(None))
print("over all 2000 samples:", true.round(4))
for k in range(3):
    print(f"over 32 of them, draw {k + 1}:", gradient_on(rng.choice(2000, 32, replace=False)).round(4))

# ## Right on average
#
# The gradient of a batch $B$ drawn at random is
#
# $$\hat g_B = \frac{1}{n} \sum_{i \in B} \nabla L_i, \qquad \mathbb{E}[\hat g_B] = \nabla L$$
#
# Its expectation is the true gradient, since every sample is as likely as any other. It scatters around it with a
# standard deviation that falls with the square root of the batch size:
#
# $$\sigma(\hat g_B) \approx \frac{\sigma}{\sqrt n}$$
#
# where $\sigma$ is the deviation of the gradients of single samples. Four times the work buys half the error.

sizes = [1, 4, 16, 64, 256]
single = np.array([gradient_on(slice(i, i + 1)) for i in range(2000)])
sigma = single.std(axis=0)
draws = {n: np.array([gradient_on(rng.choice(2000, n)) for _ in range(2000)]) for n in sizes}
print("   n   mean of 2000 estimates   deviation (first weight)   sigma / sqrt(n)")
for n, found in draws.items():
    print(f"{n:4}   {found.mean(axis=0).round(3)!s:24} {found[:, 0].std():10.3f} {sigma[0] / np.sqrt(n):22.3f}")

plt.rcParams["font.size"] = 13
figure, axes = plt.subplots(1, 3, figsize=(12.8, 4.8), sharex=True, sharey=True, layout="constrained")
for axis, n in zip(axes, (4, 16, 64)):
    axis.plot(*draws[n][:300].T, "o", color="#56B4E9", markersize=4, label="estimates")
    axis.plot(*true, "*", color="#D55E00", markersize=18, label="true gradient")
    axis.set(title=f"batches of {n}", xlabel="first weight")
axes[0].set_ylabel("second weight")
axes[0].legend()
figure.savefig("lesson_04_estimates.png")

# ## What the noise does to the descent
#
# Far from the minimum the true gradient is long, and even a rough estimate points downhill: noise hardly matters.
# Near the minimum the true gradient vanishes while the noise stays. Then the point wanders around the minimum, in a
# cloud whose size grows with the learning rate and shrinks with the batch.

best = np.linalg.lstsq(x, y, rcond=None)[0]


def descend(batch_size, rate, steps=400):
    w.data = np.array([3.0, 2.0])
    points = [w.data.copy()]
    for _ in range(steps):
        w.data -= rate * gradient_on(rng.choice(2000, batch_size))
        points.append(w.data.copy())
    return np.array(points)


figure, axes = plt.subplots(1, 3, figsize=(12.8, 4.8), sharex=True, sharey=True, layout="constrained")
for axis, (batch_size, rate) in zip(axes, [(1, 0.05), (32, 0.05), (1, 0.01)]):
    points = descend(batch_size, rate)
    away = np.linalg.norm(points[-200:] - best, axis=1).mean()
    print(f"batch {batch_size:2}, rate {rate}: mean distance from the minimum over the last 200 steps {away:.3f}")
    axis.plot(*points.T, "-o", color="#0072B2", markersize=3, linewidth=0.8)
    axis.plot(*best, "*", color="#D55E00", markersize=18)
    axis.set(title=f"batch {batch_size}, rate {rate}", xlabel="first weight")
axes[0].set_ylabel("second weight")
figure.savefig("lesson_04_descents.png")

# The third picture is the trade: a small rate keeps the cloud small, but 400 steps are only just enough to arrive. A
# *learning-rate schedule*, which changes the rate as the training goes on (lesson 7), takes both: large steps first,
# small ones at the end.
#
# ## A network
#
# The same holds for any model, a neural network too. `gradient_noise` draws batches of growing size, takes the gradient
# of the loss for all weights, and shows how far it is from the one over all the data, relative to its length. The line
# is $1 / \sqrt n$.

(x_train, y_train), _ = keras.datasets.breast_cancer.load_data()
x_train = (x_train - x_train.mean(axis=0)) / x_train.std(axis=0)
keras.utils.set_random_seed(0)
model = keras.Sequential(
    [keras.Input((30,)), keras.layers.Dense(16, activation="relu"), keras.layers.Dense(1, activation="sigmoid")]
)
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
model.fit(x_train, y_train, epochs=3, verbose=0)
figure = tg.viz.gradient_noise(model, x_train, y_train)
figure.savefig("lesson_04_network.png")

# ## Recap
#
# - A batch drawn at random estimates the gradient: right on average, off by about $\sigma / \sqrt n$.
# - Far from the minimum small batches are a bargain; near it their noise keeps the point wandering.
# - A smaller rate or a larger batch quiets the wandering.
#
# **Exercises.** 1. Draw the rows without shuffling, always the first 32: is the estimate still right on average? 2.
# How large must the batch be for an error below a tenth of the gradient's length? 3. Let the rate fall as $1/t$ in
# `descend`: how close does batch size 1 come?
#
# With a check that says what is wrong, `tinygrad-edu exercises start NAME`: `shuffling`, `averaged_gradients`.
