# # 9. Watching a training
#
# The last figure of a training says how it ended, not how it went. Curves show it: whether the loss still falls,
# whether the validation loss has turned, whether the gradients reach the first layer. This lesson reads them, and
# sends them to TensorBoard.

import numpy as np

import tinygrad_edu as tg
from tinygrad_edu import keras

(x_train, y_train), (x_test, y_test) = keras.datasets.digits.load_data()
x_train, x_test = x_train.reshape(-1, 64) / 16, x_test.reshape(-1, 64) / 16
print(x_train.shape, "images of 8 × 8 pixels as rows; classes", np.unique(y_train))


def digits_model(activation="relu", depth=2, optimizer="adam"):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((64,))])
    for k in range(depth):
        model.add(keras.layers.Dense(32, activation=activation, name=f"hidden_{k + 1}"))
    model.add(keras.layers.Dense(10, activation="softmax", name="out"))
    model.compile(optimizer=optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


# ## The history
#
# `fit` returns the figures of every epoch. Solid lines are training data, dashed ones validation data. The figures of
# training are means over an epoch during which the weights still changed; that is why they may look worse than those
# of validation at first.

model = digits_model()
history = model.fit(x_train, y_train, epochs=30, validation_split=0.2, verbose=0)
figure = tg.viz.plot_history(history)
figure.savefig("lesson_09_history.png")
print("best validation loss in epoch", int(np.argmin(history.history["val_loss"])) + 1)

# | what the curves do | what it means | what helps |
# |---|---|---|
# | both losses still fall | not trained long enough | more epochs, a larger rate |
# | training falls, validation rises | overfitting | lesson 8 |
# | both stay high | the model is too small, or the rate wrong | more units, another rate |
# | the loss jumps up and down | the rate is too large | a smaller rate, larger batches |
# | the loss becomes `nan` | the descent diverged | a much smaller rate, normalised data |
#
# `TerminateOnNaN` stops in the last case, and says where.

# ## Do the gradients arrive?
#
# The sigmoid's slope is at most $1/4$. Going back through many sigmoid layers multiplies many such factors, and the
# first layers get almost nothing: the *vanishing gradient*. ReLU has slope 1 where it is active. `GradientRecorder`
# notes the length of the gradient of every layer while the model trains.

for activation in ("sigmoid", "relu"):
    recorder = tg.nn.callbacks.GradientRecorder()
    deep = digits_model(activation, depth=6)
    deep.fit(x_train, y_train, epochs=5, verbose=0, callbacks=[recorder])
    norms = {name: values[0] for name, values in recorder.history["gradient"].items() if name.endswith("kernel")}
    print(activation, {name: float(f"{norm:.2g}") for name, norm in norms.items()})
    figure = tg.viz.plot_gradients(recorder, figures=("gradient",))
    figure.savefig(f"lesson_09_gradients_{activation}.png")

# ## What did it learn, and where is it wrong?
#
# The confusion matrix counts, for each true class, what was predicted. The diagonal is right; the rest shows which
# digits are taken for which.

loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
print(f"test accuracy {accuracy:.3f}")
figure = tg.viz.confusion(model, x_test, y_test)
figure.savefig("lesson_09_confusion.png")

# ## TensorBoard
#
# TensorBoard shows the same live in a browser while a long training runs. The callback writes, the program shows:
# `tensorboard --logdir lesson_09_logs`, or in a notebook `%load_ext tensorboard` and `%tensorboard --logdir
# lesson_09_logs`.

import importlib.util

if importlib.util.find_spec("tensorboard"):
    board = keras.callbacks.TensorBoard("lesson_09_logs", histogram_freq=1)
    digits_model().fit(x_train, y_train, epochs=5, validation_split=0.2, verbose=0, callbacks=[board])
    print("written: tensorboard --logdir lesson_09_logs")
else:
    print('TensorBoard is not installed: pip install "tinygrad-edu[tensorboard]"')

# ## A report to hand in
#
# `report` puts all of it on one page that needs no network: curves, graph, gradients, confusion, and the program of
# the training step.

path = tg.viz.report(model, history, "lesson_09_report.html", x=x_test, y=y_test)
print("open", path)

# ## Recap
#
# - Look at both losses, of training and of validation, in every training.
# - Gradients that shrink from layer to layer mean that the first layers learn nothing.
# - TensorBoard for long trainings, a report for handing in.
#
# **Exercises.** 1. Choose a rate with which the loss becomes `nan`, and stop it with `TerminateOnNaN`. 2. Which two
# digits are confused most? Look at some of those images. 3. Does `glorot_uniform` or `he_normal` keep the gradients
# longer in six ReLU layers?
#
# With a check that says what is wrong, `tinygrad-edu exercises start NAME`: `convergence`.
