# # 2. Batch, stochastic, mini-batch
#
# A gradient over all the data is exact, but costs a pass through all of them for a single step. A gradient over a few
# samples, a *batch*, costs little and is only roughly right. An *epoch* is one pass through all the data. Three kinds
# of gradient descent differ in how many samples they take for a step:
#
# | | samples a step | steps an epoch (1000 samples) |
# |---|---|---|
# | batch descent | all | 1 |
# | mini-batch descent | some, such as 32 | 32 |
# | stochastic descent | 1 | 1000 |

import numpy as np

import tinygrad_edu as tg

rng = np.random.default_rng(1)
x = rng.normal(size=(1000, 3))
y = x @ [2.0, -1.0, 0.5] + 3 + 0.5 * rng.normal(size=1000)


def loss_of(w, b, x, y):
    return ((x @ w + b - y) ** 2).mean()


# ## The average of the batches is the whole
#
# Cut the 1000 samples into batches of 32: 31 full ones and one of 8. The gradient of the mean loss is the mean of the
# gradients of the batches, when each counts as much as it has samples:
#
# $$\nabla L = \sum_k \frac{n_k}{N} \nabla L_k$$
#
# So batch descent can go through the data in pieces: add up the gradients, and update once at the end of the epoch.
# `backward()` adds to `.grad`, which does the sum by itself.

w = tg.Tensor(np.zeros(3), requires_grad=True, name="w")
b = tg.Tensor(0.0, requires_grad=True, name="b")

loss_of(w, b, x, y).backward()
of_all = w.grad.copy()

w.grad = b.grad = None
for start in range(0, 1000, 32):
    x_batch, y_batch = x[start : start + 32], y[start : start + 32]
    (loss_of(w, b, x_batch, y_batch) * (len(x_batch) / len(x))).backward()

print("all at once:         ", of_all)
print("batch after batch:   ", w.grad)


# ## Update after each batch
#
# Mini-batch descent does not wait: it updates after every batch. Its gradients scatter around the true one, yet after
# an epoch it has made 32 steps where batch descent made one. `tg.data.batches` shuffles: each epoch takes the samples
# in a new order, or else batches would always hold the same neighbours (all the rows of one class, say). The gradient
# of a single sample scatters most, so stochastic descent gets a learning rate of 0.01, a tenth of that of the other
# two: with 0.1 it would come near the minimum too, but swing widely about it.

def train(batch_size, epochs, learning_rate, shuffle=True):
    """Descend, and return the loss over all the data after each epoch."""
    tg.random.seed(0)
    w = tg.Tensor(np.zeros(3), requires_grad=True, name="w")
    b = tg.Tensor(0.0, requires_grad=True, name="b")
    optimizer = tg.optim.SGD(learning_rate, parameters=[w, b])
    losses = [loss_of(w.data, b.data, x, y)]
    for _ in range(epochs):
        for x_batch, y_batch in tg.data.batches((x, y), batch_size, shuffle):
            optimizer.zero_grad()
            loss_of(w, b, x_batch, y_batch).backward()
            optimizer.step()
        losses.append(loss_of(w.data, b.data, x, y))
    return losses


runs = {
    "batch (1000)": train(1000, epochs=20, learning_rate=0.1),
    "mini-batch (32)": train(32, epochs=20, learning_rate=0.1),
    "stochastic (1)": train(1, epochs=20, learning_rate=0.01),
}
for name, losses in runs.items():
    print(f"{name:16}", *(f"{loss:8.4f}" for loss in losses[:4]), " ...", f"{losses[-1]:.4f}")

import matplotlib.pyplot as plt

plt.rcParams["font.size"] = 13
figure, axes = plt.subplots(figsize=(9.6, 5.4), layout="constrained")
for (name, losses), style in zip(runs.items(), ["o-", "s-", "^-"]):
    axes.plot(losses, style, label=name, markersize=5)
axes.set(xlabel="epoch", ylabel="loss over all the data", yscale="log", xticks=range(0, 21, 2))
axes.legend()
figure.savefig("lesson_02_batches.png")

# With the same number of passes through the data, the small batches get down first. But they never come to rest: near
# the minimum each batch pulls another way, and the loss stays a little above the lowest one (0.26, the noise in our
# data). A smaller learning rate, or one that falls over time, quiets them: lesson 7.
#
# ## The same in Keras
#
# There the optimizer is called `SGD` whatever the batch: `batch_size` says which kind of descent it is. `fit` shuffles
# unless it is told not to. Here all three have the same learning rate, 0.01, so that only the batch size differs: after
# five epochs the full batch has made five short steps, and is still far away.

from tinygrad_edu import keras

for batch_size in (1000, 32, 1):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile(optimizer=keras.optimizers.SGD(0.01), loss="mse")
    history = model.fit(x, y, epochs=5, batch_size=batch_size, verbose=0)
    print(f"batch_size {batch_size:4}: loss", *(f"{loss:8.4f}" for loss in history.history["loss"]))

# ## When to stop
#
# Stop when an epoch improves the loss by less than a tolerance, or after a number of epochs, whichever comes first.
# In Keras the callback `EarlyStopping` does that, with `min_delta` as the tolerance and `patience` epochs of waiting,
# since a noisy loss may rest for a while and then fall again.

keras.utils.set_random_seed(0)
model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
model.compile(optimizer=keras.optimizers.SGD(0.01), loss="mse")
stop = keras.callbacks.EarlyStopping(monitor="loss", min_delta=1e-3, patience=2)
history = model.fit(x, y, epochs=100, batch_size=32, verbose=0, callbacks=[stop])
print(f"stopped after {len(history.epoch)} epochs, loss {history.history['loss'][-1]:.4f}")
print("w =", model.layers[0].kernel.numpy().ravel().round(3), " b =", model.layers[0].bias.numpy().round(3))

# ## Recap
#
# - Batch descent: one exact step an epoch, steady, but slow when there are many data. Stochastic: one rough step a
#   sample, cheap, but never at rest. Mini-batch: in between, and what everyone uses.
# - Averaged by their sizes, the gradients of the batches are the gradient of the whole.
# - Shuffle the samples in each epoch; stop when an epoch no longer improves the loss.
#
# **Exercises.** 1. Sort the rows by `y` and train without shuffling: what happens to the loss after an epoch? 2.
# Average the 32 gradients without weights: how far off is the result, and which batch is to blame? 3. Which batch
# size gets below a loss of 0.3 with the fewest samples seen?
#
# With a check that says what is wrong, `tinygrad-edu exercises start NAME`: `batches`, `shuffling`,
# `averaged_gradients`.
