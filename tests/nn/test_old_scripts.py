"""Scripts of Keras 1 and 2: they run as they were written, with one warning that shows today's spelling."""

import importlib
import re
import sys
import warnings

import numpy as np
import pytest

from tinygrad_edu import keras
from tinygrad_edu.common import old
from tinygrad_edu.data.texts import Tokenizer

OF_2016 = """
import numpy as np
from keras.models import Sequential
from keras.layers.core import Dense, Dropout, Activation, Flatten
from keras.layers.convolutional import Convolution2D, MaxPooling2D
from keras.layers import LSTM
from keras.utils import np_utils
from keras.optimizers import SGD, adam
from keras import backend as K

X = np.random.default_rng(0).random((40, 8, 8, 1))
Y = np_utils.to_categorical(np.arange(40) % 3, nb_classes=3)
model = Sequential()
model.add(Convolution2D(4, 3, 3, border_mode="same", init="glorot_normal", activation="relu", input_shape=(8, 8, 1)))
model.add(MaxPooling2D(pool_size=(2, 2)))
model.add(Flatten())
model.add(Dropout(p=0.2))
model.add(Dense(output_dim=8, W_regularizer="l2"))
model.add(Activation("relu"))
model.add(Dense(3, activation="softmax"))
sgd = SGD(lr=0.1, decay=1e-6, momentum=0.9, nesterov=True)
model.compile(loss="categorical_crossentropy", optimizer=sgd, metrics=["accuracy"])
history = model.fit(X, Y, nb_epoch=2, batch_size=8, verbose=0, validation_split=0.2)
curves = history.history["acc"], history.history["val_acc"]
classes, shares = model.predict_classes(X[:4]), model.predict_proba(X[:4])
model.compile("sgd", "mse")
K.set_value(model.optimizer.lr, 0.05)
"""


@pytest.fixture(autouse=True)
def untold():
    old.forget_scripts()


def run(script, path):
    """The names of a script in a file, and the warnings that it met."""
    text = re.sub(r"\bfrom keras\b", "from tinygrad_edu.keras", script)
    path.write_text(re.sub(r"\bimport keras\b", "from tinygrad_edu import keras", text))
    names = {"__name__": "__main__"}
    with warnings.catch_warnings(record=True) as met:
        warnings.simplefilter("always")
        exec(compile(path.read_text(), str(path), "exec"), names)
    return names, met


def test_a_script_of_2016_runs_with_one_warning(tmp_path):
    names, met = run(OF_2016, tmp_path / "script.py")
    assert len(met) == 1 and met[0].filename == str(tmp_path / "script.py") and met[0].lineno == 4
    for old_, new in (
        ("keras.layers.core", "keras.layers"),
        ("keras.layers.convolutional", "keras.layers"),
        *(("lr=", "learning_rate="), ("nb_epoch=", "epochs="), ("border_mode=", "padding=")),
        *(("output_dim=", "units="), ("nb_classes=", "num_classes=")),
    ):
        assert f"  {old_} → {new}\n" in str(met[0].message)
    assert "alpha=" not in str(met[0].message) and "batch_size=" not in str(met[0].message)
    first = names["model"].layers[0]
    assert first.kernel.shape == (3, 3, 1, 4) and first.padding == "same" and first.strides == (1, 1)
    assert names["model"].layers[4].kernel_regularizer.l2 == pytest.approx(0.01)
    assert [len(curve) for curve in names["curves"]] == [2, 2]
    assert names["classes"].tolist() == names["shares"].argmax(axis=1).tolist()
    assert float(names["model"].optimizer.learning_rate) == pytest.approx(0.05)


def test_methods_of_generators_have_their_order():
    def batches():
        while True:
            yield np.ones((4, 2)), np.ones((4, 1))

    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert len(model.fit_generator(batches(), 3, 2, verbose=0).history["loss"]) == 2
        assert model.optimizer.iterations == 6
        assert model.evaluate_generator(generator=batches(), steps=2, verbose=0) == pytest.approx(
            model.evaluate(np.ones((4, 2)), np.ones((4, 1)), verbose=0)
        )
        assert model.predict_generator(batches(), 2).shape == (8, 1)


def test_a_tokenizer_numbers_words_as_keras_2_did(tmp_path):
    """Figures of the documentation of Keras 2 and of its tests, tests/preprocessing/text_test.py."""
    script = """
from keras.preprocessing.text import Tokenizer, text_to_word_sequence
texts = ['The cat sat on the mat.', 'The dog sat on the log.', 'Dogs and cats living together.']
tokenizer = Tokenizer(num_words=10)
tokenizer.fit_on_texts(texts)
sequences = tokenizer.texts_to_sequences(texts)
matrices = {mode: tokenizer.texts_to_matrix(texts, mode) for mode in ('binary', 'count', 'freq', 'tfidf')}
known = Tokenizer(oov_token='<unk>')
known.fit_on_texts(texts)
unknown = known.texts_to_sequences(['the elephant sat'])
back = known.sequences_to_texts([[1, 2, 3]])
"""
    names, met = run(script, tmp_path / "script.py")
    assert len(met) == 1 and "TextVectorization" in str(met[0].message)
    assert names["tokenizer"].word_index["the"] == 1 and names["tokenizer"].word_index["sat"] == 2
    assert names["sequences"][0] == [1, 4, 2, 3, 1, 5] and names["unknown"] == [[2, 1, 3]]
    assert names["back"] == ["<unk> the sat"]
    rows = {mode: matrix[0] for mode, matrix in names["matrices"].items()}
    assert rows["binary"].sum() == 5 and rows["count"][1] == 2 and rows["freq"][1] == pytest.approx(2 / 6)
    assert rows["tfidf"][1] == pytest.approx((1 + np.log(2)) * np.log(1 + 3 / (1 + 2)))
    assert names["text_to_word_sequence"]("To be, or") == ["to", "be", "or"]


def test_what_is_imported_and_not_offered_fails_when_it_is_used(tmp_path):
    names, _ = run("from keras.layers import LSTM\nfrom keras.applications.vgg16 import VGG16", tmp_path / "script.py")
    for name in ("LSTM", "VGG16"):
        with pytest.raises(AttributeError, match="docs/keras.md"):
            names[name](10)
    with pytest.raises(AttributeError, match="Recurrent layers are left out"):
        exec("class Mine(LSTM): pass", names)
    assert not isinstance(keras.layers.Dense(1), names["LSTM"])


def test_a_name_that_keras_never_had_fails_at_once():
    with pytest.raises(ImportError, match="The nearest is 'Dense'"):
        exec("from tinygrad_edu.keras.layers import Dnese")


@pytest.mark.parametrize("path", old.MODULES)
def test_every_old_module_is_that_of_today(path):
    for part in [name for name in sys.modules if name.startswith(f"tinygrad_edu.keras.{path.split('.')[0]}.")]:
        if part.removeprefix("tinygrad_edu.keras.") in old.MODULES:
            del sys.modules[part]  # imported by another test, which was told of it
    with pytest.warns(UserWarning, match=re.escape(f" → {old.shown(old.MODULES[path])}")):
        found = importlib.import_module(f"tinygrad_edu.keras.{path}")
    row = old.MODULES[path]
    today = importlib.import_module(f"tinygrad_edu.keras.{row[0] if isinstance(row, tuple) else row}")
    assert getattr(found, today.__all__[0]) is getattr(today, today.__all__[0])


@pytest.mark.parametrize("path", old.NAMES)
def test_every_old_name_is_that_of_today(path):
    module, _, name = path.rpartition(".")
    with pytest.warns(UserWarning, match=re.escape(f"keras.{path} → ")):
        found = getattr(importlib.import_module(f"tinygrad_edu.keras.{module}"), name)
    module, _, name = (row[0] if isinstance(row := old.NAMES[path], tuple) else row).rpartition(".")
    own = module == "numpy" or module.startswith("tinygrad_edu")
    assert found is getattr(importlib.import_module(module if own else f"tinygrad_edu.keras.{module}"), name)


ARGUMENTS = [(owner, name) for owner, names in old.ARGUMENTS.items() for name in names]
VALUES = {"dim_ordering": "tf", "border_mode": "same", "batch_input_shape": (None, 4), "input_dtype": "float32"}
VALUES |= {"beta_init": "zeros", "gamma_init": "ones", "init": "zeros", "bias": False, "W_regularizer": "l2"}
VALUES |= {"b_regularizer": "l2", "W_constraint": None, "b_constraint": None, "nb_row": 3, "nb_col": 3}
NEEDED = {"Conv1D": {"filters": 2, "kernel_size": 3}, "Conv2D": {"filters": 2, "kernel_size": 3}, "Dense": {"units": 3}}
NEEDED |= {f"AveragePooling{n}D": {"pool_size": 2} for n in (1, 2)} | {"SpatialDropout2D": {"rate": 0.5}}
NEEDED |= {"Embedding": {"input_dim": 3, "output_dim": 2}, "ModelCheckpoint": {"filepath": "a.keras"}}
NEEDED |= {"Dropout": {"rate": 0.5}, "GaussianDropout": {"rate": 0.5}, "GaussianNoise": {"stddev": 1.0}}


@pytest.mark.parametrize(("owner", "name"), [pair for pair in ARGUMENTS if pair[0][0].isupper()])
def test_every_old_argument_is_that_of_today(owner, name):
    places = keras.layers, keras.optimizers, keras.callbacks, keras.regularizers, keras.constraints
    cls = {"Optimizer": keras.optimizers.SGD, "Layer": keras.layers.Flatten, "Tokenizer": Tokenizer}.get(owner)
    cls = cls or next(getattr(place, owner) for place in places if hasattr(place, owner))
    today, change, *_ = row if isinstance(row := old.ARGUMENTS[owner][name], tuple) else (row, None)
    given = {key: value for key, value in NEEDED.get(owner, {}).items() if key != today}
    value = VALUES.get(name, 0.5 if today in ("rate", "learning_rate", "decay", "stddev", "min_delta") else 1)
    two = {"nb_row": {"nb_col": 3}, "nb_col": {"nb_row": 3}}.get(name, {})
    with pytest.warns(UserWarning, match=re.escape(f"{name}= → {old.spelling(row)}")):
        made = cls(**given, **two, **{name: value})
    now = (3, 3) if two else change(value) if change else value
    if name == "decay":  # 0.01 / (1 + 0.5 · 10)
        assert made.current_rate() == pytest.approx(0.01) and made.rate_setting(10) == pytest.approx(0.01 / 6)
    else:
        assert settings(made) == settings(cls(**given, **({} if today is old.GONE else {today: now})))


def settings(thing):
    """The arguments that an object was made with, but for its name."""
    found = thing.get_config() if hasattr(thing, "get_config") else vars(thing)
    found |= {"input": getattr(thing, "given_input_shape", None)}
    return {key: value for key, value in found.items() if key != "name"}


def test_old_generators_and_progress_arguments(tmp_path):
    x, y = np.ones((8, 2)), np.ones(8)
    model = keras.Sequential([keras.layers.Dense(1, input_dim=2)])
    model.compile(loss="mse", optimizer="sgd")
    batches = lambda: iter([(x[:4], y[:4]), (x[4:], y[4:])] * 3)  # noqa: E731
    with warnings.catch_warnings(action="ignore"):
        model.fit_generator(batches(), steps_per_epoch=2, epochs=2, workers=1, verbose=0)
        assert np.isfinite(model.evaluate_generator(batches(), steps=2, verbose=0))
        assert model.predict_generator(batches(), steps=2, use_multiprocessing=False, verbose=0).shape == (8, 1)
        assert model.predict_classes(x).shape == (8, 1)


def test_a_monitor_finds_the_accuracy_by_its_old_name():
    x, y = np.random.default_rng(0).normal(size=(20, 2)), np.arange(20) % 2
    model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid", input_dim=2)])
    model.compile(loss="binary_crossentropy", optimizer="sgd", metrics=["accuracy"])
    stop = keras.callbacks.EarlyStopping(monitor="acc", patience=100)
    with pytest.warns(UserWarning, match=r'\["acc"\] → \["accuracy"\]'):
        history = model.fit(x, y, verbose=0, callbacks=[stop])
    assert stop.best == history.history["accuracy"][0] == history.history.get("acc")[0]
    assert "acc" not in history.history and history.history.get("loss_of_val") is None
    with pytest.raises(KeyError):
        history.history["val_acc"]


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda m, x, y: m.fit(x, y, epoch=5), "fit has no argument 'epoch'. Did you mean epochs?"),
        (lambda m, x, y: m.compile(learning_rate=0.1), "an argument of the optimizer: optimizer=keras.optimizers.Adam"),
        (lambda m, x, y: m.evaluate(x, y, batchsize=5), "Did you mean batch_size?"),
        (lambda m, x, y: m.predict(x, step=5), "Did you mean steps?"),
        (lambda m, x, y: m.compile("sgd", losses="mse"), "Did you mean loss?"),
    ],
)
def test_an_argument_that_is_none_is_answered_with_what_is_meant(call, text):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    with pytest.raises(TypeError, match=re.escape(text)):
        call(model, np.ones((4, 2)), np.ones(4))


def test_an_image_model_of_theano():
    with warnings.catch_warnings(action="ignore"):
        layer = keras.layers.Convolution2D(nb_filter=4, nb_row=3, nb_col=2, dim_ordering="th", subsample=(2, 1))
    assert (layer.kernel_size, layer.data_format, layer.strides) == ((3, 2), "channels_first", (2, 1))


def test_the_kernel_in_two_numbers_is_read_only_in_an_old_call():
    assert keras.layers.Conv2D(4, 3, 2).strides == (2, 2)  # as Keras 3 reads it
