"""XLA: what `compile(jit_compile=True)` costs beside a scan written by hand, the first epochs included, and on a card.

`python -m benchmarks xla` compares on the processor, `python -m benchmarks gpu` on a graphics card; the latter takes
less than four minutes, and each row says so where JAX or PyTorch sees no card.
"""

import os
import time

import numpy as np

from . import training
from .harness import Case


def keras_model(problem):
    """A compiled network under XLA that has not been trained, and its data."""
    from tinygrad_edu import keras

    return training.compiled(problem, keras, jit_compile=True)


FIRST = 3  # epochs: in the second or third `fit` compiles whole epochs


def first_epochs(problem):
    """The seconds of the first epochs of a new model, compiling included."""

    def run():
        import jax

        jax.clear_caches()
        model, x, y = keras_model(problem)
        start = time.perf_counter()
        model.fit(x, y, batch_size=problem.batch, epochs=FIRST, verbose=0)
        return [time.perf_counter() - start]

    run()
    return run


def first_scan(problem):
    """The same of a scan written by hand."""

    def run():
        import jax

        jax.clear_caches()
        x, y = map(jax.numpy.asarray, problem.one_hot())
        (state, epoch), rng = training.jax_epoch(problem), np.random.default_rng(2)
        start = time.perf_counter()
        for _ in range(FIRST):
            state = epoch(state, x, y, rng.permutation(problem.rows))
        float(state[2])
        return [time.perf_counter() - start]

    run()
    return run


def on_a_card(prepare, seen):
    """A peer that says so where there is no graphics card."""

    def prepared(problem):
        if not seen():
            raise RuntimeError("it sees no graphics card: not measured")
        return prepare(problem)

    return prepared


def jax_sees_a_card():
    import jax

    return jax.default_backend() != "cpu"


def torch_sees_a_card():
    import torch

    return torch.cuda.is_available()


def keras_on_a_card(problem):
    os.environ["KERAS_BACKEND"] = "jax"
    import keras

    return training.fit(problem, keras)


def torch_on_a_card(problem):
    import torch

    torch.set_default_device("cuda")
    return training.torch_trainer(problem, fused=True)


SCAN, FIT = "JAX, whole epoch in one scan", "tinygrad_edu fit, under XLA"
ON_A_CARD = {
    SCAN: on_a_card(training.peers[SCAN], jax_sees_a_card),
    FIT: on_a_card(training.peers[FIT], jax_sees_a_card),
    "Keras fit, JAX backend": on_a_card(keras_on_a_card, jax_sees_a_card),
    "PyTorch, fused Adam": on_a_card(torch_on_a_card, torch_sees_a_card),
}


def enter(case, prepared, problem):
    for name, prepare in prepared.items():
        case.peer(name)(lambda prepare=prepare: prepare(problem))


for problem in training.PROBLEMS.values():
    network = "-".join(map(str, problem.sizes))
    steps = {"per": problem.steps, "repeats": 3}
    title = f"A training step of {network}, batch {problem.batch}, under XLA"
    case = Case(f"xla-{problem.name}", title, "µs a step", group="xla", rounds=9, **steps)
    enter(case, {name: training.peers[name] for name in (SCAN, FIT)}, problem)
    title = f"The first {FIRST} epochs of {network}, compiling included"
    case = Case(f"first-{problem.name}", title, "seconds", kind="value", group="xla", rounds=3)
    enter(case, {SCAN: first_scan, FIT: first_epochs}, problem)
    title = f"A training step of {network}, batch {problem.batch}, on a graphics card"
    case = Case(f"gpu-{problem.name}", title, "µs a step", group="gpu", rounds=3, card=True, **steps)
    enter(case, ON_A_CARD, problem)
