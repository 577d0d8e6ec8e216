"""One model in several threads, trainings that are broken off and go on, models that are compiled while they train."""

import copy
import pickle
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import matrices
import numpy as np
import pytest
from stories import Steps, X, Y, assert_same, network, state, told, train, trusted

import tinygrad_edu as tg
from tinygrad_edu.nn import BatchNormalization, Dense, Dropout, Input, LambdaCallback, Layer, Sequential


def together(*functions):
    """What several functions give that run in threads at once; the first error is raised."""
    given, errors = [None] * len(functions), []
    start = threading.Barrier(len(functions))

    def run(i, function):
        try:
            start.wait()
            given[i] = function()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(functions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    if errors:
        raise errors[0]
    return given


def small_model():
    model = Sequential([Input((5,)), Dense(64, "tanh"), Dense(1)])
    model.compile("adam", "mse", metrics=["mae"])
    return model


# -- several threads ----------------------------------------------------------------------------------------------


def test_predictions_of_several_threads_are_their_own():
    model, x = small_model(), np.random.default_rng(0).normal(size=(32, 5)).astype("float32")
    expected = [model(x * k).numpy() for k in range(1, 5)]

    def predict(k):
        return lambda: [model.predict(x * k) for _ in range(50)]

    for k, found in enumerate(together(*[predict(k) for k in range(1, 5)])):
        assert len(found) == 50
        for one in found:
            np.testing.assert_allclose(one, expected[k], rtol=1e-5, atol=1e-6)


def test_calls_and_evaluations_of_several_threads_are_their_own():
    model, x = small_model(), np.random.default_rng(0).normal(size=(64, 5)).astype("float32")
    y = np.ones((64, 1), "float32")
    expected = [model.evaluate(x * k, y, verbose=0) for k in range(4)]
    outputs = [model(x * k).numpy() for k in range(4)]

    def look(k):
        return lambda: [(model.evaluate(x * k, y, verbose=0), model(x * k).numpy()) for _ in range(25)]

    for k, found in enumerate(together(*[look(k) for k in range(4)])):
        for figures, output in found:
            np.testing.assert_allclose(figures, expected[k], rtol=1e-5)
            np.testing.assert_allclose(output, outputs[k], rtol=1e-5, atol=1e-6)


def test_a_training_is_not_disturbed_by_looks_from_another_thread():
    def story(look):
        tg.random.seed(1)
        model, x = small_model(), np.random.default_rng(0).normal(size=(64, 5)).astype("float32")
        y, stop, seen = x[:, :1] * 2, threading.Event(), []

        def watch():
            while not stop.is_set():
                seen.append((model.predict(x[:3]), model.evaluate(x[:8], y[:8], verbose=0)))
                time.sleep(0.0005)

        watcher = threading.Thread(target=watch)
        if look:
            watcher.start()
        history = model.fit(x, y, 8, 40, 0).history
        stop.set()
        if look:
            watcher.join()
            assert seen
        return history, model.get_weights()

    assert_same(story(True), story(False), exactly=True)


def test_two_trainings_at_once_are_an_error():
    model, x = small_model(), np.zeros((8, 5), "float32")
    entered, done = threading.Event(), threading.Event()

    def wait(epoch, logs):
        entered.set()
        done.wait(30)

    first = threading.Thread(
        target=lambda: model.fit(x, x[:, :1], verbose=0, callbacks=[LambdaCallback(on_epoch_end=wait)])
    )
    first.start()
    assert entered.wait(30)
    try:
        for train_too in (lambda: model.fit(x, x[:, :1], verbose=0), lambda: model.train_on_batch(x, x[:, :1])):
            with pytest.raises(RuntimeError, match="is being trained in another thread.*clone_model"):
                train_too()
        assert model.predict(x).shape == (8, 1)
        assert len(model.evaluate(x, x[:, :1], verbose=0)) == 2  # between two epochs nobody uses the metrics
    finally:
        done.set()
        first.join()
    model.fit(x, x[:, :1], verbose=0)


@pytest.mark.usefixtures("double")
def test_callbacks_look_at_the_model_that_is_training():
    def story(eagerly):
        model, seen = network(eagerly=eagerly), []

        def look(index, logs=None):
            seen.extend([model.predict(X), model.evaluate(X, Y, verbose=0)])

        train(model, callbacks=[LambdaCallback(on_epoch_end=look)])
        return model, seen

    assert_same(told(story, False)[1], told(story, True)[1])


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
def test_copies_have_locks_of_their_own(copied):
    model = small_model()
    callback = LambdaCallback(on_epoch_end=lambda epoch, logs: copied(model))
    model.fit(np.zeros((8, 5)), np.zeros(8), verbose=0, callbacks=[callback])
    copied(model).fit(np.zeros((8, 5)), np.zeros(8), verbose=0)


def test_several_threads_build_a_model_once():
    model, x = Sequential([Dense(4), Dense(1)]), np.ones((3, 5), "float32")
    found = together(*[lambda: model(x).numpy() for _ in range(8)])
    assert len(model.weights) == 4
    for one in found:
        np.testing.assert_array_equal(one, found[0])


# -- one arithmetic -----------------------------------------------------------------------------------------------


def learner(optimizer="adam", dropout=False):
    tg.random.seed(7)
    layers = [Dense(16, "relu"), BatchNormalization(), *([Dropout(0.3)] if dropout else []), Dense(1)]
    model = Sequential([Input((3,)), *layers])
    model.compile(optimizer, "mse", metrics=["mae"])
    return model


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "nadam", "rmsprop"])
@pytest.mark.parametrize("dropout", [False, True])
def test_twice_as_many_epochs_are_one_training(optimizer, dropout):
    whole, parts = learner(optimizer, dropout), learner(optimizer, dropout)
    tg.random.seed(1)
    expected = whole.fit(X, Y, 8, 40, 0).history
    tg.random.seed(1)
    first = parts.fit(X, Y, 8, 20, 0).history
    second = parts.fit(X, Y, 8, 20, 0).history
    assert {name: first[name] + second[name] for name in first} == expected
    assert_same(state(parts), state(whole), exactly=True)


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "nadam"])
def test_a_copy_that_is_traced_anew_goes_on_in_the_same_bits(optimizer):
    whole = learner(optimizer)
    whole.fit(X, Y, 8, 5, 0, shuffle=False)
    resumed = pickle.loads(pickle.dumps(whole))
    expected = whole.fit(X, Y, 8, 5, 0, shuffle=False).history
    assert resumed.fit(X, Y, 8, 5, 0, shuffle=False).history == expected
    assert_same(state(resumed), state(whole), exactly=True)


def test_a_new_shape_changes_no_bit_of_what_follows():
    one, other = learner(), learner()
    for model in (one, other):
        model.fit(X, Y, 8, 3, 0, shuffle=False)
        if model is other:
            before = model.get_weights()
            other.evaluate(X[:7], Y[:7], verbose=0)
            other.predict(X[:11])
            assert_same(model.get_weights(), before, exactly=True)
        model.fit(X, Y, 8, 3, 0, shuffle=False)
    assert_same(state(other), state(one), exactly=True)


# -- broken off ---------------------------------------------------------------------------------------------------

BROKEN_OFF = """
import random, signal, sys, warnings
import numpy as np
import tinygrad_edu as tg
from tinygrad_edu.nn import BatchNormalization, Dense, Dropout, Input, Sequential
warnings.simplefilter("error")
first, count = int(sys.argv[1]), int(sys.argv[2])
x = np.random.default_rng(0).normal(size=(200, 6)).astype("float32")
y = x[:, :1] - 2 * x[:, 1:2]

def model(eagerly=False):
    layers = [Dense(16, "relu", activity_regularizer="l2"), BatchNormalization(), Dropout(0.1), Dense(1)]
    made = Sequential(layers)
    made.compile("adam", "mse", metrics=["mae"], weighted_metrics=["mse"], run_eagerly=eagerly)
    return made

for n in range(first, first + count):
    tg.random.seed(n)
    made = model()
    signal.signal(signal.SIGALRM, signal.default_int_handler)
    try:
        signal.setitimer(signal.ITIMER_REAL, random.Random(n).uniform(0.0005, 0.1))
        made.fit(x, y, 16, 1000, 0)
    except KeyboardInterrupt:
        pass
    signal.setitimer(signal.ITIMER_REAL, 0)
    other = model(eagerly=True)
    made.evaluate(x[:16], y[:16], verbose=0)
    other.build((None, 6))
    assert len(made.weights) == len(other.weights) == 8, (n, made.weights)
    other.set_weights(made.get_weights())
    other.optimizer.build(other.trainable_weights)
    made.optimizer.build(made.trainable_weights)
    for mine, theirs in zip(made.optimizer.variables, other.optimizer.variables):
        theirs.assign(mine.numpy())
    histories = []
    for each in (made, other):
        tg.random.seed(n)
        histories.append(each.fit(x, y, 16, 2, 0).history)
    for name in histories[0]:
        np.testing.assert_allclose(histories[0][name], histories[1][name], rtol=1e-3, err_msg=str(n))
    for mine, theirs in zip(made.get_weights(), other.get_weights()):
        np.testing.assert_allclose(mine, theirs, rtol=1e-2, atol=1e-3, err_msg=str(n))
"""


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="there is no timer of signals")
@pytest.mark.parametrize(
    ("first", "count"), [(0, 10), *matrices.long_ones([(n, 50) for n in range(10, 210, 50)], full_in=4)]
)
def test_a_training_that_was_broken_off_at_once_goes_on_as_op_by_op(first, count):
    done = subprocess.run([sys.executable, "-c", BROKEN_OFF, str(first), str(count)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_pickle_of_a_trained_model_trains_in_a_new_process(tmp_path):
    model = learner()
    model.fit(X, Y, 8, 3, 0, shuffle=False)
    (tmp_path / "model.pickle").write_bytes(pickle.dumps(model))
    code = (
        "import pickle, sys, numpy as np; sys.path.insert(0, sys.argv[2]); from stories import X, Y; "
        "model = pickle.load(open(sys.argv[1], 'rb')); model.fit(X, Y, 8, 3, 0, shuffle=False); "
        "print(repr([w.tobytes().hex() for w in model.get_weights()]))"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "model.pickle"), str(Path(__file__).parent)]
    found = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    model.fit(X, Y, 8, 3, 0, shuffle=False)
    assert found.strip() == repr([w.tobytes().hex() for w in model.get_weights()])


# -- what gives nothing, what is compiled anew --------------------------------------------------------------------


@pytest.mark.parametrize("eagerly", [True, False])
@pytest.mark.parametrize("kind", ["train", "test", "predict"])
def test_a_step_that_gives_none(kind, eagerly):
    class Forgets(Steps):
        pass

    def step(self, data):
        getattr(Steps, f"{kind}_step")(self, data)

    setattr(Forgets, f"{kind}_step", step)
    model = network(of=Forgets, eagerly=eagerly)
    call = {
        "train": lambda: train(model),
        "test": lambda: model.evaluate(X, Y, verbose=0),
        "predict": lambda: model.predict(X),
    }
    with pytest.raises(TypeError, match=rf"Forgets.{kind}_step should return .*; it returned None"):
        call[kind]()


def test_a_layer_that_gives_none():
    class Forgets(Layer):
        def call(self, inputs):
            inputs * 2  # noqa: B018 that is the point

    with pytest.raises(TypeError, match="Forgets 'forgets.*'.call should return its output; it returned None"):
        Sequential([Input((3,)), Forgets(name="forgets"), Dense(1)])


def test_a_metric_function_that_gives_none():
    model = network(eagerly=False, figures=[lambda t, p: None])
    with pytest.raises(TypeError, match="should return .*None"):
        train(model)


@pytest.mark.usefixtures("double")
@pytest.mark.parametrize("hook", ["on_train_batch_begin", "on_train_batch_end", "on_epoch_begin", "on_epoch_end"])
@pytest.mark.parametrize("after", [2, 3])
def test_a_callback_compiles_the_model_anew(hook, after):
    def story(eagerly):
        model, calls = network(eagerly=eagerly, optimizer="sgd", figures=["mae"]), []

        def act(index, logs=None):
            calls.append(index)
            if len(calls) == after:
                model.compile(tg.optim.Adam(0.05), "mae", metrics=["mse"], run_eagerly=eagerly)

        history = train(model, 4, callbacks=[LambdaCallback(**{hook: act})]).history
        return model, history

    model, found, said = told(story, False)
    assert said == []
    assert_same(found, told(story, True)[1])
    assert trusted(model)
    assert sorted(found[0]) == ["loss", *(["mae"] if "epoch" in hook else []), "mse"]


@pytest.mark.usefixtures("double")
def test_a_dataset_that_compiles_the_model_at_its_end_does_not_change_the_history():
    class Data:
        def __init__(self, model, compiles):
            self.model, self.compiles = model, compiles

        def __len__(self):
            return 3

        def __getitem__(self, i):
            return X[i * 8 : i * 8 + 8], Y[i * 8 : i * 8 + 8]

        def on_epoch_end(self):
            if self.compiles:
                self.model.compile(self.model.optimizer, "mse")

    def story(compiles):
        def tell(eagerly):
            model = network(eagerly=eagerly)
            return model, model.fit(Data(model, compiles), epochs=3, verbose=0, shuffle=False).history

        return tell

    expected = told(story(False), False)[1][0]["loss"]
    np.testing.assert_allclose(told(story(True), False)[1][0]["loss"], expected, rtol=1e-6)
