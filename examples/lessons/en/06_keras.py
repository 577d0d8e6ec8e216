# # 6. A network with Keras
#
# Keras is the best known way to build networks in Python: *build* the model from layers, *compile* it with an
# optimizer and a loss, *fit* it to data, *evaluate* it on data it has not seen. `tinygrad_edu.keras` has the same
# names, defaults and numbers; to run a script in Keras itself, change the import.

from tinygrad_edu import keras

(x_train, y_train), (x_test, y_test) = keras.datasets.breast_cancer.load_data()
print("training:", x_train.shape, y_train.shape, "  test:", x_test.shape, y_test.shape)
print("share of class 1:", y_train.mean().round(3))

# The data are real: 30 measurements of cell nuclei, and whether the tumour was malignant or benign. The test part is
# put aside: what counts is how well the model does on patients it was not trained on.
#
# ## Build
#
# A `Dense` layer computes $\mathrm{activation}(x W + b)$. The hidden layer bends the line with ReLU, $\max(0, z)$;
# the last one gives a probability with the sigmoid, $1 / (1 + e^{-z})$. Without the bend, two layers would be no more
# than one.

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
# The loss for a probability $p$ and a target $y$ of 0 or 1 is the *binary crossentropy*,
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

import tinygrad_edu as tg

picture = tg.viz.plot_history(history)
figure = getattr(picture, "figure", picture)
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
# There is no secret in it. This loop makes the same steps with the parts of lessons 2 and 5: predict, measure, go
# back, update.

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
for _ in range(20):
    total = 0.0
    for x, y in tg.data.batches((x_train.astype("float32"), y_train.reshape(-1, 1)), 32):
        optimizer.zero_grad()
        loss = crossentropy(y, by_hand(x, training=True))
        loss.backward()
        optimizer.step()
        total += loss.item() * len(x)
print(f"loss of the last epoch: {total / len(x_train):.4f}")

# `fit` goes one step further: it writes the whole step down as a flat NumPy program and runs that. It can be read:

print(model.training_program.source)

# ## Recap
#
# - Build, compile, fit, evaluate: the four words of every Keras script.
# - Keep a test set aside, and a validation set to watch the training with.
# - Behind `fit` is the loop of the earlier lessons.
#
# **Exercises.** 1. Train without `Normalization`: what happens to the loss of the first epochs? 2. Try 0, 4, 64
# hidden units. 3. Replace `tinygrad_edu.keras` by Keras, if you have it, and compare the figures.
#
# With a check that says what is wrong, `tinygrad-edu exercises start NAME`: `dense`, `sigmoid_crossentropy`,
# `softmax`, `two_layers`.
