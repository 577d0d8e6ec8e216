"""Training programs of copies, of models that share parts, of threads; and what comes before and after them."""

import copy
import gc
import pickle
import threading
import weakref

import numpy as np
import pytest
from stories import Calls, RunningMean, X, Y, assert_same, network, same_as_eager, state, train, trusted

import tinygrad_edu as tg
from tinygrad_edu.nn import Dense, Dropout, Input, LambdaCallback, Sequential, TerminateOnNaN

pytestmark = pytest.mark.usefixtures("double")


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
def test_a_copy_of_a_trained_model_goes_on(copied):
    def story(eagerly):
        layers = Dense(4, activation="tanh"), Dropout(0.2, seed=1), RunningMean(), Dense(1)
        model = network(*layers, eagerly=eagerly, figures=["mae"])
        train(model)
        other = copied(model)
        before = model.get_weights()
        seen = [train(other).history, state(other), other.predict(X)]
        assert_same(model.get_weights(), before, exactly=True)
        if not eagerly:
            assert trusted(other)
        other.layers[0].activation = np.sin
        return model, [*seen, train(model).history, train(other).history, state(other)]

    same_as_eager(story)


@pytest.mark.parametrize("shared", ["layer", "layer and optimizer", "nothing"])
def test_two_models_trained_in_turns(shared):
    def story(eagerly):
        optimizer = tg.optim.Adam(0.03) if "optimizer" in shared else None
        layer = Dense(4, activation="tanh")
        models = [
            network(layer if "layer" in shared else Dense(4), Dense(1), eagerly=eagerly, optimizer=optimizer)
            for _ in range(2)
        ]
        seen = []
        for _ in range(3):
            seen += [train(model, 2, y=y).history for model, y in zip(models, (Y, -Y))]
            for _ in range(3):
                seen += [model.train_on_batch(X[:8], Y[:8]) for model in models]
            seen += [model.predict(X) for model in models]
        return models[0], seen, state(models[1])

    same_as_eager(story)


def test_two_threads_train_a_model_each():
    def story(eagerly):
        models = [network(eagerly=eagerly, figures=["mae"]) for _ in range(2)]
        histories = [None, None]

        def work(i):
            histories[i] = train(models[i], 20, x=X * (i + 1)).history

        threads = [threading.Thread(target=work, args=(i,)) for i in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return models[0], histories, state(models[1])

    same_as_eager(story)


def test_a_dropped_model_is_freed_with_its_programs():
    gc.collect()
    gc.disable()
    try:
        model = network(Dense(4, activation="tanh"), Dropout(0.2), RunningMean(), Dense(1), eagerly=False)
        train(model, callbacks=[LambdaCallback(on_epoch_end=lambda epoch, logs=None: None)], validation_data=(X, Y))
        train(model)
        model.predict(X)
        model.predict(X)
        assert trusted(model)
        held = [model, model.layers[0].kernel, model.optimizer, model.training_program, model.programs]
        gone = [weakref.ref(thing) for thing in held]
        model.history = None  # which keeps its model, as in Keras
        del held, model
        assert [ref() is None for ref in gone] == [True] * 5
    finally:
        gc.enable()


@pytest.mark.filterwarnings("ignore:The loss is (inf|nan) since epoch")
@pytest.mark.parametrize("callbacks", [[], [TerminateOnNaN()]])
def test_a_loss_that_overflows(callbacks, capsys):
    def story(eagerly):
        model = network(eagerly=eagerly, optimizer=tg.optim.SGD(0.01))
        train(model, 2)
        model.optimizer.learning_rate = 1e200
        history = train(model, 3, callbacks=callbacks).history
        assert not np.isfinite(history["loss"][-1])
        assert len(history["loss"]) == (1 if callbacks else 3)
        return model, history

    same_as_eager(story)
    said = capsys.readouterr().out.splitlines()
    assert len(set(said)) == len(callbacks)
    assert len(said) == 2 * len(callbacks)


def test_the_program_can_be_read_after_the_first_batch():
    model = network(eagerly=False)
    with pytest.raises(RuntimeError, match=r"call model\.fit\("):
        model.training_program  # noqa: B018
    model.predict(X)
    with pytest.raises(RuntimeError, match="no training program"):
        model.training_program  # noqa: B018
    train(model, 1)
    assert "def train_step(x, y" in str(model.training_program)
    assert "# update: Adam" in str(model.training_program)


def test_without_a_program_the_reason_is_told():
    model = network(Calls(lambda w, x: x * w * (1.0 + x.numpy().mean())), Dense(1), eagerly=False)
    with pytest.warns(UserWarning, match="runs op by op"):
        train(model, 1)
    with pytest.raises(RuntimeError, match=r"t\.numpy\(\) reads a value"):
        model.training_program  # noqa: B018
    with pytest.raises(RuntimeError, match="no training program"):
        network(eagerly=True).training_program  # noqa: B018


def test_evaluate_and_predict_before_any_fit():
    def seen(eagerly):
        tg.random.seed(1)
        model = network(eagerly=eagerly)
        return [(model.evaluate(X, Y, verbose=0), model.predict(X), model.predict_on_batch(X[:3])) for _ in range(3)]

    assert_same(seen(False), seen(True))


def test_predict_without_compile():
    tg.random.seed(1)
    model = Sequential([Input((3,)), Dense(4, activation="tanh"), Dense(1)])
    for factor in (1.0, 1.0, 1.0, 0.5, 0.5):
        model.set_weights([w * factor for w in model.get_weights()])
        assert_same(model.predict(X), model(X).numpy())
    with pytest.raises(RuntimeError, match="compile"):
        model.evaluate(X, Y)
    with pytest.raises(RuntimeError, match="no training program"):
        model.training_program  # noqa: B018
