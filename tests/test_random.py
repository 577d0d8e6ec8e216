"""The one source of random numbers."""

import contextvars
import threading

import numpy as np
import pytest

import tinygrad_edu as tg


def draw():
    return tg.random.generator().random(3).tolist()


def test_a_seed_repeats_everything_that_is_drawn():
    tg.random.seed(3)
    first = draw(), tg.nn.Dense(2)(np.ones((1, 2))).numpy().tolist(), draw()
    tg.random.seed(3)
    assert (draw(), tg.nn.Dense(2)(np.ones((1, 2))).numpy().tolist(), draw()) == first
    tg.random.seed(4)
    assert draw() != first[0]


def test_keras_names_it_set_random_seed():
    tg.keras.utils.set_random_seed(3)
    first = draw()
    tg.random.seed(3)
    assert draw() == first


def test_numpys_own_seed_is_left_alone():
    np.random.seed(0)
    before = np.random.get_state()[1].tolist()
    tg.random.seed(1)
    draw()
    assert np.random.get_state()[1].tolist() == before


@pytest.mark.parametrize("elsewhere", ["thread", "context"])
def test_a_seed_holds_in_other_threads_and_contexts(elsewhere):
    """A notebook may run each cell in a context of its own: the seed of the first cell counts in the next."""

    def call(function):
        if elsewhere == "context":
            contextvars.Context().run(function)
        else:
            thread = threading.Thread(target=function)
            thread.start()
            thread.join()

    found = []
    tg.random.seed(5)
    expected = draw()
    call(lambda: tg.random.seed(5))
    call(lambda: found.append(draw()))
    assert found == [expected]


def test_without_a_seed_the_numbers_are_new(monkeypatch):
    found = []
    for _ in range(2):
        monkeypatch.setattr(tg.random, "_generator", None)
        found.append(draw())
    assert found[0] != found[1]
