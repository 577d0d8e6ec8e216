"""Long updates in two halves: the same numbers, and nobody goes on writing whatever happens."""

import threading

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu.keras import layers
from tinygrad_edu.nn.training.threads import Threads
from tinygrad_edu.replay.numpy import halves as module
from tinygrad_edu.replay.numpy import updates
from tinygrad_edu.replay.numpy.halves import Halves

X = np.random.default_rng(0).normal(size=(64, 9)).astype("float32")
Y = X.sum(axis=1, keepdims=True)


def divided(threads=2):
    halves = Halves()
    halves.threads = lambda: threads
    return halves


@pytest.mark.parametrize("threads", [1, 2])
def test_where_each_half_runs(threads):
    here, both, ran = threading.get_ident(), threading.Barrier(threads, timeout=10), {}

    def note(half):
        both.wait()  # with two threads each waits until the other is here too
        ran[half] = threading.get_ident()

    divided(threads)(note, "first", "second")
    assert ran["first"] == here
    assert (ran["second"] == here) == (threads == 1)


@pytest.mark.parametrize("broken", ["first", "second"])
def test_an_error_is_raised_when_both_have_ended(broken):
    begun, ended = threading.Event(), []

    def run(half):
        if half == "second":
            begun.set()
        else:
            begun.wait(10)
        if half == broken:
            raise ZeroDivisionError
        threading.Event().wait(0.02)
        ended.append(half)

    with pytest.raises(ZeroDivisionError):
        divided()(run, "first", "second")
    assert ended == [{"first": "second", "second": "first"}[broken]]


def test_where_the_helper_is_busy_nobody_waits_for_it():
    begun, free = threading.Event(), threading.Event()

    def occupy(half):
        if half == "second":
            begun.set()
            free.wait(10)
        else:
            begun.wait(10)

    ran = []
    other = threading.Thread(target=divided(), args=(occupy, "first", "second"))
    other.start()
    begun.wait(10)
    divided()(lambda half: ran.append((half, threading.get_ident())), "first", "second")
    free.set()
    other.join()
    assert ran == [("first", threading.get_ident()), ("second", threading.get_ident())]


def test_a_process_that_was_forked_gets_a_thread_of_its_own(monkeypatch):
    monkeypatch.setattr(module, "_helpers", {})
    divided()(len, "", "")
    monkeypatch.setattr(module.os, "getpid", lambda: -1)
    divided()(len, "", "")
    assert list(module._helpers) == [-1]


def test_without_a_second_thread_the_halves_run_here(monkeypatch):
    monkeypatch.setattr(module, "_helpers", {})
    with monkeypatch.context() as changed:
        changed.setattr(threading.Thread, "start", refuse)
        ran = []
        divided()(ran.append, 1, 2)
    divided()(ran.append, 3, 4)
    assert ran == [1, 2, 3, 4]


def refuse(thread):
    raise RuntimeError("can't start new thread")


def trained(optimizer, count):
    tg.keras.utils.set_random_seed(0)
    model = tg.keras.Sequential([layers.Dense(13, activation="tanh"), layers.Dense(1)])
    model.compile(optimizer, "mse")
    model.programs.store.halves.threads = lambda: count
    model.fit(X, Y, batch_size=8, epochs=3, verbose=0)
    return model, [v.numpy() for v in (*model.variables, *model.optimizer.variables)]


@pytest.mark.parametrize("optimizer", ["adam", "adamw", "nadam", "rmsprop"])
def test_the_same_training(monkeypatch, optimizer):
    _, expected = trained(optimizer, 1)
    monkeypatch.setattr(updates, "BLOCK", 32)
    monkeypatch.setattr(updates, "_LONG_BLOCK", 32)
    monkeypatch.setattr(updates, "_DIVIDED", 64)
    for count in (1, 2):
        model, found = trained(optimizer, count)
        assert "(update_blocks, first_half, second_half)" in str(model.training_program)
        assert "(update_blocks, first_half, second_half)" in str(model.training_program.block)
        for mine, theirs in zip(found, expected, strict=True):
            np.testing.assert_array_equal(mine, theirs)


@pytest.mark.parametrize("size", [1 << 19, 2109450, 3 * 131072 + 1, (1 << 20) + 17])
def test_halves_are_equal_but_for_some_values(size):
    block = updates._block_of_half(size)
    middle = -(-size // (2 * block)) * block
    assert middle % block == block % 16 == 0
    assert 0 <= middle - size / 2 < 16 * 8
    assert block <= updates._LONG_BLOCK


def test_one_thread_where_no_step_is_measured(monkeypatch):
    threads, seen = Threads(), []
    monkeypatch.setattr(threads, "_library", lambda: type("Two", (), {"info": lambda self: [{"num_threads": 2}]})())
    assert threads.count() == 1
    threads.measure(lambda: seen.append(threads.count()), ())
    threads.close()
    assert seen == [2]
    assert threads.count() == 1
