"""Scripts as a Keras course writes them, of which only the import is another one. They run in a folder of their own.

Each is written for `import keras`; the test puts `tinygrad_edu.keras` in the place of `keras`, as a student would.
"""

import re

import numpy as np
import pytest

DIGITS = """
import numpy as np
import keras
from keras import layers
from keras.models import Sequential
from keras.utils import to_categorical

keras.utils.set_random_seed(42)
num_classes, input_shape = 10, (8, 8, 1)

(x_train, y_train), (x_test, y_test) = keras.datasets.digits.load_data()
x_train = x_train.reshape(-1, 8, 8, 1).astype("float32") / 16
x_test = x_test.reshape(-1, 8, 8, 1).astype("float32") / 16
print("x_train shape:", x_train.shape)
y_train = to_categorical(y_train, num_classes)
y_test = to_categorical(y_test, num_classes)

model = keras.Sequential(
    [
        keras.Input(shape=input_shape),
        layers.Conv2D(16, kernel_size=(3, 3), padding="same", activation="relu"),
        layers.MaxPooling2D(pool_size=(2, 2)),
        layers.Conv2D(32, kernel_size=(3, 3), activation="relu"),
        layers.Flatten(),
        layers.Dropout(0.25),
        layers.Dense(num_classes, activation="softmax"),
    ]
)
model.summary()
model.compile(loss="categorical_crossentropy", optimizer=keras.optimizers.Adam(1e-2), metrics=["accuracy"])
history = model.fit(x_train, y_train, batch_size=128, epochs=4, validation_split=0.1)
score = model.evaluate(x_test, y_test, verbose=0)
print("Test loss:", score[0])
print("Test accuracy:", score[1])
classes = np.argmax(model.predict(x_test), axis=1)
model.save("digits.keras")
again = keras.models.load_model("digits.keras")
same = np.allclose(again.predict(x_test[:5]), model.predict(x_test[:5]))
"""

REGRESSION = """
import numpy as np
from keras.datasets import diabetes
from keras.layers import Dense, Dropout
from keras.models import Sequential
from keras.optimizers import RMSprop
from keras.regularizers import l2
from keras import backend as K

np.random.seed(0)
(train_data, train_targets), (test_data, test_targets) = diabetes.load_data(test_split=0.2, seed=113)
mean, std = train_data.mean(axis=0), train_data.std(axis=0)
train_data, test_data = (train_data - mean) / std, (test_data - mean) / std


def build_model():
    model = Sequential()
    model.add(Dense(32, activation="relu", kernel_regularizer=l2(0.01), input_shape=(train_data.shape[1],)))
    model.add(Dropout(0.1))
    model.add(Dense(16, kernel_initializer="he_normal", activation="relu"))
    model.add(Dense(1))
    model.compile(optimizer=RMSprop(learning_rate=0.01), loss="mse", metrics=["mae"])
    return model


k, num_epochs, all_scores, all_histories = 3, 6, [], []
num_val_samples = len(train_data) // k
for i in range(k):
    print("processing fold #%d" % i)
    val_data = train_data[i * num_val_samples : (i + 1) * num_val_samples]
    val_targets = train_targets[i * num_val_samples : (i + 1) * num_val_samples]
    rest = [train_data[: i * num_val_samples], train_data[(i + 1) * num_val_samples :]]
    partial_train_data = np.concatenate(rest, axis=0)
    rest = [train_targets[: i * num_val_samples], train_targets[(i + 1) * num_val_samples :]]
    partial_train_targets = np.concatenate(rest, axis=0)
    K.clear_session()
    model = build_model()
    history = model.fit(
        partial_train_data,
        partial_train_targets,
        validation_data=(val_data, val_targets),
        epochs=num_epochs,
        batch_size=16,
        verbose=0,
    )
    val_mse, val_mae = model.evaluate(val_data, val_targets, verbose=0)
    all_scores.append(val_mae)
    all_histories.append(history.history["val_mae"])
average = [np.mean([x[i] for x in all_histories]) for i in range(num_epochs)]
print(model.get_layer("dense").get_weights()[0].shape, model.count_params())
predictions = model.predict(test_data).flatten()
"""

CLASSIFICATION = """
import numpy as np
import keras
from keras.callbacks import CSVLogger, EarlyStopping, LambdaCallback, ModelCheckpoint, ReduceLROnPlateau
from keras.layers import BatchNormalization, Dense, Input, Normalization
from keras.models import Sequential
from keras.optimizers import SGD
from keras.optimizers.schedules import ExponentialDecay

keras.utils.set_random_seed(1)
(x_train, y_train), (x_test, y_test) = keras.datasets.breast_cancer.load_data()
normalize = Normalization()
normalize.adapt(x_train)

model = Sequential([Input((30,)), normalize])
model.add(Dense(16, use_bias=False))
model.add(BatchNormalization())
model.add(Dense(1, activation="sigmoid"))
model.compile(
    optimizer=SGD(0.1, momentum=0.9),
    loss="binary_crossentropy",
    metrics=["accuracy", keras.metrics.AUC(name="auc"), keras.metrics.Precision(), keras.metrics.Recall()],
)
seen = []
callbacks = [
    EarlyStopping(monitor="val_loss", patience=3, restore_best_weights=True, verbose=1),
    ModelCheckpoint("best.keras", monitor="val_auc", mode="max", save_best_only=True),
    ReduceLROnPlateau(monitor="val_loss", factor=0.5, patience=1, min_lr=1e-4),
    CSVLogger("log.csv"),
    LambdaCallback(
        on_epoch_begin=lambda epoch, logs: seen.append(epoch),
        on_train_end=lambda logs: print("the end", sorted(logs)),
    ),
]
weights = {0: 1.0, 1: 0.7}
options = {"epochs": 8, "batch_size": 32, "class_weight": weights, "verbose": 2}
history = model.fit(x_train, y_train, validation_split=0.2, callbacks=callbacks, **options)
results = model.evaluate(x_test, y_test, verbose=0, return_dict=True)
best = keras.models.load_model("best.keras")
probabilities = best.predict(x_test, verbose=0)

model.save_weights("w.weights.h5")
second = keras.models.clone_model(model)
second.load_weights("w.weights.h5")
second.compile(optimizer=keras.optimizers.Adam(ExponentialDecay(0.01, 20, 0.9)), loss=keras.losses.BinaryCrossentropy())
for x, y in zip(np.array_split(x_train, 4), np.array_split(y_train, 4)):
    loss = second.train_on_batch(x, y)
"""


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def run(script):
        """The variables at the end of a script of Keras, with another import."""
        script = re.sub(r"^import keras$", "import tinygrad_edu.keras as keras", script, flags=re.M)
        script = re.sub(r"^from keras\b", "from tinygrad_edu.keras", script, flags=re.M)
        variables = {"__name__": "__main__"}
        exec(compile(script, "course.py", "exec"), variables)
        return variables

    return run


def test_digits_by_convolution(run, capsys):
    found = run(DIGITS)
    out = capsys.readouterr().out
    assert 'Model: "sequential' in out and "Total params:" in out and "Test accuracy:" in out
    assert found["score"][1] > 0.9
    assert (found["classes"] == found["y_test"].argmax(axis=1)).mean() == pytest.approx(found["score"][1])
    assert list(found["history"].history) == ["accuracy", "loss", "val_accuracy", "val_loss"]
    assert found["same"]


def test_regression_in_folds(run, capsys):
    found = run(REGRESSION)
    assert "(10, 32) 897" in capsys.readouterr().out
    assert len(found["all_scores"]) == 3 and len(found["average"]) == 6
    assert found["average"][-1] < found["average"][0] / 2
    # better than the mean of the targets, which is off by 66 on average
    assert np.abs(found["predictions"] - found["test_targets"]).mean() < 60


def test_classification_with_callbacks(run, capsys, tmp_path):
    found = run(CLASSIFICATION)
    assert "the end ['accuracy', 'auc', 'loss', 'precision', 'recall'" in capsys.readouterr().out
    assert found["results"]["auc"] > 0.96
    assert ((found["probabilities"][:, 0] > 0.5) == found["y_test"]).mean() > 0.9
    lines = (tmp_path / "log.csv").read_text("utf-8").splitlines()
    assert lines[0].split(",")[:3] == ["epoch", "accuracy", "auc"] and len(lines) == len(found["seen"]) + 1
    assert found["seen"] == found["history"].epoch
    assert np.isfinite(found["loss"])
