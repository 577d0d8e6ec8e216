"""Batches of a generator that wait for each other: the same training, bit for bit, as one batch after another."""

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu.common import random
from tinygrad_edu.keras import layers, metrics, optimizers
from tinygrad_edu.nn.training import entries
from tinygrad_edu.nn.training.blind import is_blind

RNG = np.random.default_rng(0)
X = RNG.normal(size=(20, 6, 5))
Y = (X.sum(axis=2) > 0).astype("int64")
BUFFER = np.zeros((6, 5))
SETTINGS = {"scale": 1.0}


def compiled(*parts, optimizer="adam"):
    tg.keras.utils.set_random_seed(0)
    inner = [make() for make in parts]
    model = tg.keras.Sequential(
        [layers.Input((5,)), layers.Dense(7, activation="relu"), *inner, layers.Dense(1, activation="sigmoid")]
    )
    model.compile(optimizer=optimizers.get(optimizer), loss="binary_crossentropy", metrics=["accuracy"])
    return model


def plain(model):
    while True:
        yield from zip(X, Y)


def one_buffer(model):
    while True:
        for x, y in zip(X, Y):
            BUFFER[...] = x
            yield BUFFER, y


def ragged(model):
    while True:
        for n, (x, y) in enumerate(zip(X, Y)):
            yield (x[: n % 5 + 2], y[: n % 5 + 2]) if n % 7 == 0 else (x, y)


def changing_kind(model):
    while True:
        for n, (x, y) in enumerate(zip(X, Y)):
            yield (x.astype("float32"), y.astype("float64")) if n % 9 == 0 else (np.asfortranarray(x), y)


def weighted(model):
    while True:
        yield from ((x, y, np.abs(x[:, 0])) for x, y in zip(X, Y))


def by_package_numbers(model):
    while True:
        n = int(tg.random.generator().integers(len(X)))
        yield X[n], Y[n]


def by_weights(model):
    while True:
        for x, y in zip(X, Y):
            yield x + model.layers[0].kernel.numpy()[0, 0], y


def by_predictions(model):
    while True:
        for x, y in zip(X, Y):
            yield (x, y) if model.predict_on_batch(x)[0, 0] > 0.5 else (-x, y)


def by_a_method_of_a_dict(model):
    look = {"layer": model.layers[0]}.__getitem__
    del model
    while True:
        for x, y in zip(X, Y):
            yield x + look("layer").kernel.numpy()[0, 0], y


def changes_rate(model):
    while True:
        for x, y in zip(X, Y):
            model.optimizer.learning_rate = 0.97 * float(model.optimizer.learning_rate)
            yield x, y


def changes_setting(model):
    while True:
        for n, (x, y) in enumerate(zip(X, Y)):
            model.layers[1].rate = 0.1 + n / 100
            yield x, y


def changes_global(model):
    while True:
        for n, (x, y) in enumerate(zip(X, Y)):
            SETTINGS["scale"] = 1.0 + n / 10
            yield x, y


def freezes(model):
    while True:
        for n, (x, y) in enumerate(zip(X, Y)):
            model.layers[0].trainable = n < 7
            yield x, y


class Data(tg.keras.utils.PyDataset):
    def __init__(self, model):
        super().__init__()

    def __len__(self):
        return len(X)

    def __getitem__(self, n):
        return X[n], Y[n]


def scaled(y_true, y_pred):
    return tg.ops.mean(y_pred) * SETTINGS["scale"]


SEEING = {by_weights, by_predictions, by_a_method_of_a_dict, changes_rate, changes_setting, freezes}
DROPOUT = {"from the package": lambda: layers.Dropout(0.3), "of its own": lambda: layers.Dropout(0.3, seed=1)}
SOURCES = [plain, one_buffer, ragged, changing_kind, weighted, by_package_numbers, Data]
SOURCES += [by_weights, by_predictions, by_a_method_of_a_dict, changes_rate]
CASES = {source.__name__: (source, ()) for source in SOURCES} | {
    "numbers of the package": (by_package_numbers, (DROPOUT["from the package"],)),
    "numbers of its own": (plain, (DROPOUT["of its own"],)),
    "changes a setting": (changes_setting, (DROPOUT["of its own"],)),
    "running statistics": (plain, (layers.BatchNormalization,)),
}
AT_ONCE = {
    "plain",
    "one_buffer",
    "ragged",
    "weighted",
    "Data",
    "by_package_numbers",
    "numbers of its own",
    "running statistics",
}


def trained(source, parts, prepare=lambda model: None, **fit):
    model = compiled(*parts)
    prepare(model)
    fit = {"epochs": 2, "verbose": 0, "validation_data": Data(None)} | fit
    steps = {} if source is Data else {"steps_per_epoch": 25}
    history = model.fit(source(model if source in SEEING else None), **steps | fit).history
    state = [v.numpy() for v in (*model.variables, *model.optimizer.variables, random.state())]
    return model, history, [*state, *model.programs.batches["train"].arrays]


def same(monkeypatch, *given, **fit):
    """Train both ways, and compare; True if several batches ran at once."""
    with monkeypatch.context() as changed:
        changed.setattr(entries, "_FIRST", 10**9)
        _, expected, state = trained(*given, **fit)
    model, history, found = trained(*given, **fit)
    assert history == expected
    for mine, theirs in zip(found, state, strict=True):
        np.testing.assert_array_equal(mine, theirs)
    known = [entry for entry in model.programs.entries.values() if entry.kind == "train" and entry.program]
    return any(entry.program.block for entry in known)


@pytest.mark.filterwarnings("ignore:The (train|test) step runs op by op")
@pytest.mark.matrix(one_in=3)
@pytest.mark.parametrize("name", CASES)
def test_the_same_training(monkeypatch, name):
    assert same(monkeypatch, *CASES[name]) == (name in AT_ONCE)


def test_code_of_the_users_in_a_step(monkeypatch):
    def own(model):
        model.compile(loss="mse", metrics=[scaled])

    assert same(monkeypatch, changes_global, (), own) is False


@pytest.mark.full
def test_a_layer_frozen_on_the_way(monkeypatch):
    assert same(monkeypatch, freezes, ()) is False


def counted(source, drawn):
    for batch in source:
        drawn.append(1)
        yield batch


def test_no_batch_more_is_drawn_than_the_epochs_have():
    drawn, model = [], compiled()
    model.fit(counted(plain(None), drawn), steps_per_epoch=13, epochs=3, verbose=0)
    assert len(drawn) == 13 * 3 and model.training_program.block


def with_nan(at):
    for n, (x, y) in enumerate(plain(None)):
        yield (np.where(np.arange(5) == 3, np.nan, x), y) if n == at else (x, y)


def failing(at):
    for n, batch in enumerate(plain(None)):
        if n == at:
            raise RuntimeError("no more")
        yield batch


@pytest.mark.parametrize(
    ("source", "error", "words"),
    [(with_nan, ValueError, "x has NaN at row 0, column 3"), (failing, RuntimeError, "no")],
)
def test_an_error_comes_at_its_batch(source, error, words):
    after, other = compiled(), compiled()
    with pytest.raises(error, match=words):
        after.fit(source(15), steps_per_epoch=30, verbose=0)
    other.fit(plain(None), steps_per_epoch=15, verbose=0)
    for mine, theirs in zip(after.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)
    assert after.optimizer.iterations == 15


def test_a_slow_source_is_not_waited_for(monkeypatch):
    monkeypatch.setattr("tinygrad_edu.nn.training.waiting._LONGEST", 0.0)
    assert same(monkeypatch, plain, ()) is False


def test_batches_from_a_generator_are_evaluated_at_once(monkeypatch):
    model = compiled()
    model.fit(X.reshape(-1, 5), Y.reshape(-1), verbose=0)
    with monkeypatch.context() as changed:
        changed.setattr(entries, "_FIRST", 10**9)
        expected = model.evaluate(zip(X, Y), verbose=0)
    assert model.evaluate(zip(X, Y), verbose=0) == expected
    entry = next(entry for entry in model.programs.entries.values() if entry.kind == "test")
    assert entry.program.block


class Holder:
    def __init__(self, thing):
        self.thing = thing

    def __iter__(self):
        return iter(zip(X, Y))


def through_default(thing):
    def look(thing=thing):
        return thing

    return (look() for _ in range(3))


SHARED = [np.random.default_rng(1)]
SEEN = metrics.Mean()


def by_a_global():
    yield SEEN.result()


def by_name():
    yield globals()["SEEN"]


@pytest.mark.parametrize(
    "wrap",
    [
        lambda thing: Holder(thing),
        lambda thing: zip(X, [{"a": Holder(thing)}]),
        lambda thing: filter(lambda x: thing, X),
        through_default,
        lambda thing: iter([np.array([thing, None], dtype=object)]),
        lambda thing: map({"a": thing}.__getitem__, "aaa"),
    ],
    ids=["attribute", "zip", "closure", "default", "array of objects", "method of a dict"],
)
def test_a_source_that_sees_the_model(wrap):
    assert not is_blind(wrap(compiled().layers[0]), [])


def test_sources_that_see_by_name_or_share_random_numbers():
    assert not is_blind(by_a_global(), []) and not is_blind(by_name(), [])
    assert not is_blind(iter(SHARED), SHARED) and not is_blind(iter(X), [None])
    assert is_blind(iter(SHARED), [np.random.default_rng(1)]) and is_blind(zip(X, Holder(X)), [])
    assert is_blind(map(dict(enumerate(X)).get, range(3)), []) and is_blind(map(len, X), [])
    assert not is_blind([[n] for n in range(5000)], [])  # too many to look at
