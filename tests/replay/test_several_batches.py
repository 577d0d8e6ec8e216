"""Several batches at once: the same training, bit for bit, as one batch after another."""

import threading
import time

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu.common import random
from tinygrad_edu.keras import layers, losses, metrics, optimizers, regularizers
from tinygrad_edu.nn.training import entries
from tinygrad_edu.replay.numpy import batched, block

RNG = np.random.default_rng(0)
X = RNG.normal(size=(106, 5)).astype("float32")
Y = (X.sum(axis=1, keepdims=True) > 0).astype("float32")
CLASSES = (X[:, 0] > 0).astype("int64") + (X[:, 1] > 0)
WEIGHTS = RNG.uniform(size=106).astype("float32")


def network(*parts, outputs=(1, "sigmoid")):
    return lambda: tg.keras.Sequential(
        [layers.Dense(7, activation="relu"), *[make() for make in parts], layers.Dense(*outputs)]
    )


def two_outputs():
    x = tg.keras.Input((5,))
    h = layers.Dense(6, activation="tanh")(x)
    return tg.keras.Model(x, [layers.Dense(1, name="a")(h), layers.Dense(3, activation="softmax", name="b")(h)])


PENALIZED = {"kernel_regularizer": regularizers.L2(0.01), "kernel_constraint": "max_norm"}
PLAIN = (network(), {"optimizer": "adam", "loss": "binary_crossentropy", "metrics": ["accuracy"]}, (X, Y), {})
CASES = {
    "whole epochs": PLAIN,
    "some steps": (*PLAIN[:3], {"steps_per_epoch": 4}),
    "in their order": (*PLAIN[:3], {"shuffle": False}),
    "some steps in their order": (*PLAIN[:3], {"shuffle": False, "steps_per_epoch": 6}),
    "weights of samples": (*PLAIN[:3], {"sample_weight": WEIGHTS}),
    "weights of classes": (*PLAIN[:3], {"class_weight": {0: 0.3, 1: 2.0}}),
    "validation": (*PLAIN[:3], {"validation_split": 0.3}),
    "random numbers": (network(lambda: layers.Dropout(0.3), lambda: layers.GaussianNoise(0.1)), *PLAIN[1:]),
    "running statistics": (network(layers.BatchNormalization), *PLAIN[1:]),
    "penalties and constraints": (network(lambda: layers.Dense(4, **PENALIZED)), *PLAIN[1:]),
    "softmax": (
        network(outputs=(3, "softmax")),
        {"optimizer": "rmsprop", "loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"]},
        (X, CLASSES),
        {},
    ),
    "two outputs": (
        two_outputs,
        {"optimizer": "sgd", "loss": ["mse", "sparse_categorical_crossentropy"]},
        (X, [Y, CLASSES]),
        {},
    ),
    "many metrics": (
        network(),
        {
            "optimizer": optimizers.SGD(0.1, momentum=0.9, nesterov=True),
            "loss": losses.BinaryCrossentropy(label_smoothing=0.1),
            "metrics": ["mae", "mse", metrics.Precision(), metrics.R2Score(), "cosine_similarity"],
        },
        (X, Y),
        {},
    ),
}  # fmt: skip
OPTIMIZERS = {
    "a schedule": lambda: optimizers.Adam(optimizers.schedules.ExponentialDecay(0.01, 5, 0.7)),
    "nadam": lambda: optimizers.Nadam(0.01),
    "decay": lambda: optimizers.AdamW(0.01, weight_decay=0.1),
    "clipped": lambda: optimizers.SGD(0.1, clipnorm=0.1),
    "gradients that wait": lambda: optimizers.Adam(0.01, gradient_accumulation_steps=4),
    "averages": lambda: optimizers.Adam(0.01, use_ema=True, ema_overwrite_frequency=3),
    "amsgrad": lambda: optimizers.Adam(0.01, amsgrad=True),
}


def trained(case, optimizer=None):
    """The history and all state after a training, and the batch that ran last."""
    make, compiled, (x, y), fit = case
    tg.keras.utils.set_random_seed(0)
    model = make()
    optimizer = (
        optimizer() if optimizer else optimizers.get(optimizers.serialize(optimizers.get(compiled["optimizer"])))
    )
    model.compile(**compiled | {"optimizer": optimizer})
    history = model.fit(x, y, batch_size=10, epochs=3, verbose=0, **fit).history
    history["evaluated"] = model.evaluate(x, y, batch_size=10, verbose=0)
    state = [v.numpy() for v in (*model.variables, *model.optimizer.variables, random.state())]
    return model, history, [*state, *model.programs.last_batch("train").arrays]


def same_at_once(monkeypatch, case, optimizer=None):
    """Train both ways, and compare; gives the programs for several batches."""
    with monkeypatch.context() as changed:
        changed.setattr(entries, "_FIRST", 10**9)
        _, expected, state = trained(case, optimizer)
    model, history, found = trained(case, optimizer)
    assert history == expected
    for mine, theirs in zip(found, state, strict=True):
        np.testing.assert_array_equal(mine, theirs)
    return blocks_of(model)


def blocks_of(model):
    known = model.programs.entries.values()
    return [entry.program.block for entry in known if entry.kind == "train" and entry.program.block]


@pytest.mark.filterwarnings("ignore:The data ended")
@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_the_same_training(monkeypatch, case):
    assert same_at_once(monkeypatch, case)


@pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=list(OPTIMIZERS))
def test_the_same_steps_of_an_optimizer(monkeypatch, optimizer):
    assert same_at_once(monkeypatch, PLAIN, optimizer)


def test_the_same_training_in_small_blocks(monkeypatch):
    monkeypatch.setattr(block, "_MOST", 3)
    assert same_at_once(monkeypatch, PLAIN)


@pytest.mark.parametrize("case", ["whole epochs", "random numbers", "softmax", "two outputs", "weights of samples"])
@pytest.mark.parametrize("entries_at_once", [20, 0])
def test_long_rows_are_gathered_when_their_turn_comes(monkeypatch, case, entries_at_once):
    """x alone with 50 entries a batch, or everything."""
    monkeypatch.setattr(batched, "_LARGE", entries_at_once)
    source = str(same_at_once(monkeypatch, CASES[case])[0])
    assert 'all_x.take(rows, 0, x, "clip")' in source and "every_x" not in source
    assert ("every_y" in source) == (entries_at_once > 0)


def test_what_follows_from_the_rows_alone_is_there_before_the_first_batch(monkeypatch):
    make, compiled, _, fit = CASES["softmax"]
    scaled = lambda: tg.keras.Sequential([layers.Rescaling(0.5), *make().layers])  # noqa: E731
    source = str(same_at_once(monkeypatch, (scaled, compiled, (X, CLASSES), fit))[0])
    head, _, rest = source.partition("        for (i, x, y,")
    loop, _, figures = rest.partition("        # loss\n")
    assert "np_multiply(every_x, " in head and "np_multiply(x, " not in loop  # the rescaled rows
    assert "np_equal(every_" in head and "np_equal(" not in loop  # the classes as one-hot rows
    assert "np_log(" in figures and "np_log(" not in head + loop


class OwnSchedule(optimizers.schedules.LearningRateSchedule):
    def __call__(self, step):
        return 0.1


@pytest.mark.parametrize("rate", [lambda: 0.01, lambda step: 0.1 / (1 + step), OwnSchedule()])
def test_a_rate_that_nobody_can_foresee_is_asked_for_at_each_batch(monkeypatch, rate):
    assert not same_at_once(monkeypatch, PLAIN, lambda: optimizers.Adam(rate))


def test_a_metric_that_python_computes_is_called_once_a_batch(monkeypatch):
    def largest(y_true, y_pred):
        return np.max(np.abs(y_true - y_pred))

    case = (PLAIN[0], PLAIN[1] | {"metrics": [largest]}, *PLAIN[2:])
    assert not same_at_once(monkeypatch, case)


def test_figures_wait_for_the_end_of_the_block(monkeypatch):
    source = str(same_at_once(monkeypatch, PLAIN)[0])
    loop, _, rest = source.partition("        # loss\n")
    assert "for i, x, y," in loop and "np_log1p(" not in loop
    assert "np_log1p(" in rest and "np.count_nonzero(" in rest


class Watched(tg.keras.callbacks.Callback):
    """Sees each batch, so that each must run by itself."""

    def __init__(self):
        self.seen = []

    def on_train_batch_end(self, batch, logs=None):
        self.seen.append((batch, logs["loss"]))


def test_who_watches_batches_sees_each(monkeypatch):
    watched = Watched()
    _, history, state = trained(PLAIN)
    _, other, again = trained((*PLAIN[:3], {"callbacks": [watched]}))
    assert [number for number, _ in watched.seen] == [*range(11)] * 3
    assert [loss for number, loss in watched.seen if number == 10] == history["loss"] == other["loss"]
    for mine, theirs in zip(again, state, strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_ctrl_c_leaves_the_state_after_some_of_the_batches(monkeypatch):
    """Weights, slots and the number of the step belong together: as after so many batches, one by one."""
    model, _, _ = trained((*PLAIN[:3], {"shuffle": False}))
    (program,), before = blocks_of(model), int(model.optimizer.iterations)
    plain_run = program._run

    def until_the_fifth_batch(n, rates, steps, *given):
        plain_run(4, rates[:4], steps[:4], *given)
        program._done[0] = 4
        raise KeyboardInterrupt

    program._run = until_the_fifth_batch
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, Y, batch_size=10, shuffle=False, verbose=0)
    assert int(model.optimizer.iterations) == before + 4
    other, _, _ = trained((*PLAIN[:3], {"shuffle": False}))
    other.fit(X[:40], Y[:40], batch_size=10, shuffle=False, verbose=0)
    for mine, theirs in zip(model.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_a_training_that_is_told_to_stop_does_so_after_a_block():
    model, _, _ = trained(PLAIN)
    x, y = (np.repeat(array, 400, axis=0) for array in (X, Y))

    def stop():
        time.sleep(0.3)
        model.stop_training = True

    other = threading.Thread(target=stop)
    other.start()
    history = model.fit(x, y, batch_size=10, epochs=10**6, verbose=0)
    other.join()
    assert len(history.epoch) < 10**6


def test_weights_that_were_assigned_meanwhile_count(monkeypatch):
    def story():
        model, _, _ = trained(PLAIN)
        model.set_weights([0.5 * w for w in model.get_weights()])
        model.optimizer.learning_rate = 0.02
        model.fit(X, Y, batch_size=10, epochs=2, verbose=0)
        return model.get_weights()

    found = story()
    monkeypatch.setattr(entries, "_FIRST", 10**9)
    for mine, theirs in zip(found, story(), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_of_long_rows_few_batches_run_at_first(monkeypatch):
    """Nobody knows yet how long they take, and a training that is told to stop does so after a block."""
    monkeypatch.setattr(batched, "_LARGE", 20)
    monkeypatch.setattr(block, "_BYTES", 3 * 10 * (5 + 1) * 4)  # x and y of three batches
    asked = []
    most = block.BlockPrograms.most
    monkeypatch.setattr(block.BlockPrograms, "most", lambda self: asked.append(most(self)) or asked[-1])
    trained(PLAIN)
    assert asked[0] == 3
    assert max(asked) > 3


def test_images_that_are_their_own_targets(monkeypatch):
    """Nothing is gathered at once, and nothing of a batch is kept."""
    x = RNG.uniform(size=(106, 2000)).astype("float32")
    make = lambda: tg.keras.Sequential([layers.Dense(3, activation="relu"), layers.Dense(2000)])  # noqa: E731
    case = make, {"optimizer": "sgd", "loss": "mse", "metrics": ["mae"]}, (x, x), {}
    source = str(same_at_once(monkeypatch, case)[0])
    assert "all_x.take(" in source and "all_y.take(" in source


def test_a_block_that_took_too_long_once_is_tried_again(monkeypatch):
    slow = iter([True])
    run = block.BlockProgram.run

    def disturbed(self, arrays, rows):
        time.sleep(0.05 * len(rows) * next(slow, False))
        return run(self, arrays, rows)

    monkeypatch.setattr(block.BlockProgram, "run", disturbed)
    monkeypatch.setattr(block, "_LOOK_AGAIN", 8)
    lengths = []
    most = block.BlockPrograms.most
    monkeypatch.setattr(block.BlockPrograms, "most", lambda self: lengths.append(most(self)) or lengths[-1])
    trained(PLAIN)
    tried = lengths.index(block._FEWEST, 1)
    assert lengths[0] > block._FEWEST
    assert set(lengths[1:tried]) == {1}
    assert lengths[tried + 1] > block._FEWEST
