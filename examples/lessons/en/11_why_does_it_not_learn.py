# # 11. Why does it not learn?
#
# A training that does not learn gives no error. It runs to the end, and its loss stands still, swings, or becomes NaN.
# In this lesson we spoil a training that works, one thing at a time, look at the curve of each, measure inside, and
# find the cause; then we let `tg.diagnose` find it.

import warnings

import matplotlib.pyplot as plt
import numpy as np

import tinygrad_edu as tg
from tinygrad_edu import keras
from tinygrad_edu.keras import layers

warnings.simplefilter("ignore")  # fit warns of some of these mistakes: here we look for them ourselves
np.seterr(all="ignore")

rings = tg.datasets.circles(n=400, noise=0.06, seed=0)
x, y = rings.x, rings.y


def network(activation="relu", last="sigmoid", hidden=2, **options):
    tg.random.seed(0)
    inside = [layers.Dense(16, activation=activation, **options) for _ in range(hidden)]
    return keras.Sequential([layers.Input((2,)), *inside, layers.Dense(1, activation=last)])


def train(model, x=x, y=y, rate=0.01, epochs=30):
    model.compile(keras.optimizers.Adam(rate), "binary_crossentropy", metrics=["accuracy"])
    return model.fit(x, y, epochs=epochs, verbose=0)


good = train(network())
print(good)

# ## First question: did it learn?
#
# Compare the loss with that of the best *constant* answer. With a share $p$ of ones, that answer is $p$ for every row,
# and its loss is the entropy $-p \ln p - (1 - p) \ln(1 - p)$: here $\ln 2 = 0.693$. A training that stays there has
# learnt nothing of `x`, whatever its accuracy. One that beats it clearly and goes on is well, whatever its style.

p = y.mean()
constant = -p * np.log(p) - (1 - p) * np.log(1 - p)
print(f"constant answer {constant:.3f}, this training {good.history['loss'][-1]:.4f}")

# ## Six ways to spoil it

spoilt = {
    "softmax over one unit": lambda: train(network(last="softmax")),
    "rate 0.000002": lambda: train(network(), rate=2e-6),
    "rate 30": lambda: train(network(), rate=30.0),
    "one column × 100 000": lambda: train(network(), x=x * [1, 1e5]),
    "all weights 0": lambda: train(network(activation="tanh", kernel_initializer="zeros")),
    "seven sigmoids": lambda: train(network(activation="sigmoid", hidden=7)),
}
histories = {name: spoil() for name, spoil in spoilt.items()}

figure, axes = plt.subplots(2, 3, figsize=(13, 6), sharex=True)
for axis, (name, history) in zip(axes.flat, histories.items()):
    axis.plot(good.history["loss"], color="0.7", label="as it was")
    axis.plot(history.history["loss"], label=name)
    axis.axhline(constant, color="black", linestyle=":", linewidth=1)
    axis.set_title(f"{name}: {history.history['accuracy'][-1]:.0%}")
    axis.set_yscale("symlog", linthresh=1)
figure.savefig("lesson_11_curves.png", dpi=150)

# Most of them look alike: a line near the dotted one. The curve says *that* it does not learn, seldom *why*. For that,
# look inside.
#
# ## Look inside
#
# 1. **The outputs.** Softmax divides by the sum over the units. Over one unit that is $e^z / e^z = 1$, whatever `x` is.
# 2. **The first sums.** What the first layer computes before its activation function should have a size of about 1. A
#    column of 100 000 makes it many thousands: a few units win, and the others do not count.
# 3. **The steps.** How far does an epoch move the weights, $\|\Delta w\| / \|w\|$? A millionth is nothing; a
#    hundredfold is too much.
# 4. **The gradients.** A sigmoid multiplies the gradient by at most $1/4$. After seven of them the first layer gets
#    next to nothing of it.
# 5. **The units.** Those that begin with equal weights get equal gradients, and stay equal: 16 units that count as one.

model = network(last="softmax")
print("outputs:", np.unique(model.predict(x, verbose=0)))

kernel = network().layers[0].get_weights()[0]
print(f"first sums: size {np.std(x @ kernel):.2f}, with the large column {np.std((x * [1, 1e5]) @ kernel):.0f}")

for rate in (2e-6, 0.01, 30.0):
    model = network()
    before = model.get_weights()[0].copy()
    train(model, rate=rate, epochs=1)
    move = np.linalg.norm(model.get_weights()[0] - before) / np.linalg.norm(before)
    print(f"rate {rate:g}: the first epoch moves the first kernel by {move:.2g} of its size")

model = network(activation="sigmoid", hidden=7)
model.compile("adam", "binary_crossentropy")
recorder = keras.callbacks.GradientRecorder()
model.fit(x, y, epochs=1, verbose=0, callbacks=[recorder])
norms = {name: values[0] for name, values in recorder.history["gradient"].items() if name.endswith("kernel")}
print("gradients from the first layer to the last:", " ".join(f"{norm:.0e}" for norm in norms.values()))

# ## Change one thing, and run it again
#
# A suspicion is not a proof. The proof is a training in which *only* the suspect is changed, from the same first
# weights: if it learns now, that was it. If you change three things at once and it learns, you do not know which.

large = x * [1, 1e5]
standardised = (large - large.mean(axis=0)) / large.std(axis=0)
for name, data, rate in [
    ("as it is", large, 0.01),
    ("a smaller rate", large, 0.001),
    ("standardised", standardised, 0.01),
]:
    history = train(network(), x=data, rate=rate)
    print(f"{name:16} accuracy {history.history['accuracy'][-1]:.2f}")

# ## The doctor
#
# `tg.diagnose(model, x, y, **fit_options)` does these things in this order: it looks at model and data, observes one
# training of a copy, and, where that missed what a plain network finds in the same rows, replays it with one thing
# changed. Each finding has a kind, a place, its evidence and a remedy, and links to its page in `docs/doctor`. The
# good training has none.

cases = {
    "as it was": (network(), x, 0.01),
    "softmax over one unit": (network(last="softmax"), x, 0.01),
    "rate 0.000002": (network(), x, 2e-6),
    "rate 30": (network(), x, 30.0),
    "one column × 100 000": (network(), large, 0.01),
    "all weights 0": (network(activation="tanh", kernel_initializer="zeros"), x, 0.01),
    "seven sigmoids": (network(activation="sigmoid", hidden=7), x, 0.01),
}
for name, (model, data, rate) in cases.items():
    model.compile(keras.optimizers.Adam(rate), "binary_crossentropy", metrics=["accuracy"])
    findings = tg.diagnose(model, data, y, epochs=30)
    print(f"{name:24}", [f"{finding.kind} at {finding.place}" for finding in findings])

print(findings)

# ## Recap
#
# - First ask whether it learnt: compare with the best constant answer.
# - Causes come before symptoms: large data before saturated units, a large rate before dead ones.
# - Change one thing, from the same first weights, and run it again.
# - `tg.diagnose` names what it measured; `callbacks=[tg.doctor.Doctor()]` watches a training as it runs.
#
# **Exercises.** 1. Spoil the training in a seventh way, such as labels −1 and 1, or `validation_split` on sorted rows:
# does the doctor find it? 2. Which of the six would a smaller network show as well? 3. Find a healthy training that the
# doctor accuses, and say why it does.
#
# Six trainings to repair, with a check that trains them, `tinygrad-edu exercises start NAME`: `repair_output`,
# `repair_loss`, `repair_inputs`, `repair_rate`, `repair_labels`, `repair_loop`.
