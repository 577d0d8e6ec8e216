"""A busy machine: the training step beside a process that keeps one core to itself, as on a laptop in a classroom."""

import subprocess
import sys
import time
from contextlib import contextmanager

from .harness import Case
from .training import PROBLEMS, peers

LEAST = 0.5  # seconds of training for a figure: many slices of the scheduler


@contextmanager
def neighbour():
    """A process that spins on one core."""
    process = subprocess.Popen([sys.executable, "-c", "print(flush=True)\nwhile True: pass"], stdout=subprocess.PIPE)
    try:
        process.stdout.readline()
        yield
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def duration(run):
    """The mean duration of a run in seconds, stalls and all."""
    start, runs = time.perf_counter(), 0
    while (spent := time.perf_counter() - start) < LEAST:
        run()
        runs += 1
    return spent / runs


def idle_and_busy(prepare, problem):
    """A peer's turn: the step alone, then beside the neighbour."""
    train = prepare(problem)

    def run():
        idle = duration(train)
        with neighbour():
            busy = duration(train)
        return [idle * 1e6 / problem.steps, busy * 1e6 / problem.steps, busy / idle]

    return run


for problem in PROBLEMS.values():
    case = Case(
        f"busy-{problem.name}",
        f"The step of `{problem.name}` on an idle machine, and beside a process that keeps one core busy",
        "µs a step",
        kind="value",
        group="busy",
        figures=["µs idle", "µs busy", "busy / idle"],
        compared=1,
        rounds=7,
    )
    for name in ("tinygrad_edu fit", "NumPy by hand, flat and out=", "JAX, jitted step"):
        case.peer(name)(lambda prepare=peers[name], problem=problem: idle_and_busy(prepare, problem))
