# # 6. A network with Keras
#
# Keras is the best known way to build neural networks in Python: *build* the model from layers, *compile* it with an
# optimizer and a loss, *fit* it to data, *evaluate* it on data it has not seen. `tinygrad_edu.keras` has the same
# names, defaults and numbers; to run a script in Keras itself, change the import. (The data here are ours: Keras has
# other data sets.)

from tinygrad_edu import keras

(x_train, y_train), (x_test, y_test) = keras.datasets.breast_cancer.load_data()
print("training:", x_train.shape, y_train.shape, "  test:", x_test.shape, y_test.shape)
print("malignant (0):", (y_train == 0).sum(), "  benign (1):", (y_train == 1).sum())

# The data are real: 30 measurements of cell nuclei, and whether the tumour was malignant or benign. The test part is
# put aside: what counts is how well the model does on patients it was not trained on.
#
# ## Look at the data first
#
# Which features tell the classes apart? A first answer is the *correlation* of each with the class, and a picture of
# the best and the worst. With pandas, `pandas.DataFrame(x_train, columns=names).describe()` shows every column.

import matplotlib.pyplot as plt
import numpy as np

import tinygrad_edu as tg

names = tg.datasets.breast_cancer().feature_names
correlation = np.array([np.corrcoef(column, y_train)[0, 1] for column in x_train.T])
order = np.argsort(-np.abs(correlation))
for k in (*order[:3], *order[-3:]):
    print(f"{names[k]:24} correlation with the class {correlation[k]:6.3f}")

plt.rcParams["font.size"] = 13
figure, axes = plt.subplots(1, 2, figsize=(12.8, 4.8), layout="constrained")
for axis, k in zip(axes, (order[0], order[-1])):
    edges = np.histogram_bin_edges(x_train[:, k], 20)
    axis.hist(x_train[y_train == 0, k], edges, alpha=0.6, color="#D55E00", label="malignant")
    axis.hist(x_train[y_train == 1, k], edges, alpha=0.6, color="#0072B2", hatch="//", label="benign")
    axis.set(xlabel=names[k], ylabel="patients")
axes[0].legend()
figure.savefig("lesson_06_features.png")


# Does the choice of features matter? One unit with a sigmoid, trained on the three best columns, and on the three
# worst:

def accuracy_with(columns):
    keras.utils.set_random_seed(0)
    scale = keras.layers.Normalization()
    scale.adapt(x_train[:, columns])
    small = keras.Sequential([keras.Input((len(columns),)), scale, keras.layers.Dense(1, activation="sigmoid")])
    small.compile(optimizer=keras.optimizers.SGD(0.1), loss="binary_crossentropy", metrics=["accuracy"])
    small.fit(x_train[:, columns], y_train, epochs=40, batch_size=32, verbose=0)
    return small.evaluate(x_test[:, columns], y_test, verbose=0)[1]


print(f"three best: test accuracy {accuracy_with(order[:3]):.3f}   three worst: {accuracy_with(order[-3:]):.3f}")
print(f"always saying «benign»: {(y_test == 1).mean():.3f}")

# ## Build
#
# A `Dense` layer computes $\mathrm{activation}(x W + b)$. Its *activation function* bends the line: in the hidden layer
# ReLU, $\max(0, z)$; in the last one the sigmoid, $1 / (1 + e^{-z})$, which gives a probability. Without an activation
# function between them, two layers would be no more than one. Each column of $W$ is one *unit*, or neuron. The weights
# start as small random numbers: if they were all equal, all units would get the same gradient and stay equal for ever.
# `set_random_seed` makes them the same each time.

keras.utils.set_random_seed(0)
normalization = keras.layers.Normalization()
normalization.adapt(x_train)

model = keras.Sequential(
    [
        keras.Input((30,)),
        normalization,
        keras.layers.Dense(16, activation="relu"),
        keras.layers.Dense(1, activation="sigmoid"),
    ]
)
model.summary()

# The 513 trainable parameters: $30 \cdot 16 + 16$ in the hidden layer, $16 \cdot 1 + 1$ in the last. `Normalization`
# has learned the mean and the variance of each column from the training data.
#
# ## Compile
#
# The loss function for a probability $p$ and a target $y$ of 0 or 1 is the *binary crossentropy*,
#
# $$L = -\frac{1}{N} \sum_i \left[ y_i \log p_i + (1 - y_i) \log (1 - p_i) \right]$$
#
# which punishes a confident mistake hard. The optimizer Adam adapts the step for each parameter (lesson 7). Metrics
# are only looked at: nothing descends on them.

model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])

# ## Fit
#
# 20 epochs of mini-batches of 32. A fifth of the training data is kept for *validation*: after each epoch the loss on
# it shows whether the model still learns something general.

history = model.fit(x_train, y_train, epochs=20, batch_size=32, validation_split=0.2, verbose=0)
for epoch in (0, 4, 9, 19):
    figures = {name: round(values[epoch], 4) for name, values in history.history.items()}
    print(f"epoch {epoch + 1:2}", figures)

figure = tg.viz.plot_history(history)
figure.savefig("lesson_06_history.png")

# ## Evaluate and predict
#
# `evaluate` gives loss and metrics, `predict` the probabilities themselves. With a threshold of 0.5 they become
# classes.

loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
probabilities = model.predict(x_test, verbose=0).ravel()
print(f"test loss {loss:.4f}, accuracy {accuracy:.4f}")
print("first five:", probabilities[:5].round(3), "true classes:", y_test[:5].ravel())

wrong = ((probabilities > 0.5) != y_test.ravel()).nonzero()[0]
print("wrong:", len(wrong), "of", len(y_test), "| their probabilities:", probabilities[wrong].round(3))

# ## What fit does
#
# There is no secret in it. This loop makes the same kind of steps with the parts of lessons 2 and 5: predict, measure,
# go back, update. Only the order of the samples is another, so the loss is nearly the one above.

keras.utils.set_random_seed(0)
normalization = keras.layers.Normalization()
normalization.adapt(x_train)
by_hand = keras.Sequential(
    [
        keras.Input((30,)),
        normalization,
        keras.layers.Dense(16, activation="relu"),
        keras.layers.Dense(1, activation="sigmoid"),
    ]
)
crossentropy = keras.losses.BinaryCrossentropy()
optimizer = tg.optim.Adam(parameters=by_hand.trainable_weights)
first = 364  # the four fifths that fit trained on
for _ in range(20):
    total = 0.0
    for x, y in tg.data.batches((x_train[:first].astype("float32"), y_train[:first].reshape(-1, 1)), 32):
        optimizer.zero_grad()
        loss = crossentropy(y, by_hand(x, training=True))
        loss.backward()
        optimizer.step()
        total += loss.item() * len(x)
print(f"loss of the last epoch: {total / first:.4f}   with fit: {history.history['loss'][-1]:.4f}")

# `fit` goes one step further: it writes the whole step down as a flat NumPy program and runs that. It can be read.
# This one is for the last batch of an epoch, of 12 rows; here is its way back, from the loss to the weights.

program = model.training_program.source
print(program[program.index("        # backward") : program.index("        # update")])

# ## The script of many courses
#
# Courses often build the model with `add`, and tell the first layer how many features come in (`input_dim=30`, or
# `input_shape=(30,)`). It is the same. Here with the usual hyperparameters: 64 units, Adam with a learning rate of
# 0.001, 10 epochs, batches of 32.

from tinygrad_edu.keras.layers import Dense
from tinygrad_edu.keras.models import Sequential
from tinygrad_edu.keras.optimizers import Adam

mean, deviation = x_train.mean(axis=0), x_train.std(axis=0)
keras.utils.set_random_seed(0)
model = Sequential()
model.add(Dense(units=64, activation="relu", input_dim=30))
model.add(Dense(units=1, activation="sigmoid"))
model.compile(optimizer=Adam(learning_rate=0.001), loss="binary_crossentropy", metrics=["accuracy"])
model.fit((x_train - mean) / deviation, y_train, epochs=10, batch_size=32, verbose=0)
loss, accuracy = model.evaluate((x_test - mean) / deviation, y_test, verbose=0)
print(f"test loss {loss:.4f}, accuracy {accuracy:.4f}")

# ## Recap
#
# - Look at the data, then build, compile, fit, evaluate: the four words of every Keras script.
# - Keep a test set aside, and a validation set to watch the training with.
# - Behind `fit` is the loop of the earlier lessons.
#
# **Exercises.** 1. Train without `Normalization`: what happens to the loss of the first epochs? 2. Try no
# hidden layer, then 4 and 64 hidden units. 3. In the last script replace `tinygrad_edu.keras` by `keras`, if you have
# it, and compare the figures.
#
# With a check that says what is wrong, `tinygrad-edu exercises start NAME`: `dense`, `sigmoid_crossentropy`,
# `softmax`, `two_layers`.
