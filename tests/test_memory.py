"""The memory of a graph comes back when its loss is dropped, with Python's cycle collector off."""

import gc
import tracemalloc

import numpy as np
import pytest

import tinygrad_edu as tg

# A step of the small network below holds 8 kB; over 2 000 steps, even 50 bytes kept by each would show.
BOUND = 100_000


@pytest.fixture
def no_collector():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def training(keep=None):
    """A function that does one step of training by hand: forward, backward, update."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(16, 4)), rng.normal(size=(16, 1))
    w1 = tg.Tensor(rng.normal(size=(4, 8)), requires_grad=True)
    w2 = tg.Tensor(rng.normal(size=(8, 1)), requires_grad=True)

    def step():
        hidden = x @ w1
        error = hidden / (1 + hidden * hidden) @ w2 - y
        loss = (error * error).sum() / 16
        loss.backward()
        for w in (w1, w2):
            w.data -= 0.01 * w.grad
            w.grad = None
        if keep is not None:
            keep(loss)

    return step


def growth(step, steps, warm_up=50):
    """By how many bytes the memory that Python and NumPy hold grows over so many steps."""
    for _ in range(warm_up):
        step()
    tracemalloc.start()
    try:
        step()
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(steps):
            step()
        return tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()


def test_memory_is_flat_over_training(no_collector):
    assert growth(training(), 2000) < BOUND


def second_order():
    """One step that differentiates the gradient: its graph holds the graph of the first."""
    w = tg.Tensor([1.0, 2.0], requires_grad=True)
    first = tg.gradients((w * w * w).sum(), w, create_graph=True)
    tg.gradients((first * first).sum(), w)


def test_memory_is_flat_over_second_order(no_collector):
    assert growth(second_order, 500) < BOUND


def test_a_graph_that_is_kept_shows(no_collector):
    kept = []
    assert growth(training(kept.append), 200) > BOUND


def test_a_cycle_shows(no_collector):
    """What micrograd's closures do: the result holds a function that holds the result."""

    def in_a_cycle(loss):
        ring = [loss]
        ring.append(ring)

    try:
        assert growth(training(in_a_cycle), 200) > BOUND
    finally:
        gc.collect()
