"""The number of threads of a training: the faster one, without paying for the question."""

import pytest

from tinygrad_edu.nn.training import threads as module
from tinygrad_edu.nn.training.threads import Threads


class Machine:
    """A clock, and steps that take a time of their own with one thread and with all.

    Args:
        of_one, of_all: functions that give the seconds of a step, from its number since the last change.
    """

    def __init__(self, monkeypatch, of_one, of_all):
        self.now, self.single, self.since, self.used, self.changes = 0.0, False, 0, [], 0
        self.of = {True: of_one, False: of_all}
        monkeypatch.setattr(module, "perf_counter", lambda: self.now)
        self.threads = Threads()
        monkeypatch.setattr(self.threads, "_library", lambda: self)

    def limit(self, limits):
        self._change(True)
        return self

    def restore_original_limits(self):
        self._change(False)

    def _change(self, single):
        self.single, self.since, self.changes = single, 0, self.changes + 1

    def step(self):
        self.now += self.of[self.single](self.since)
        self.since += 1
        self.used.append(self.single)

    def train(self, seconds):
        self.used, end = [], self.now + seconds
        while self.now < end:
            self.threads.measure(self.step, ())
        return sum(self.used) / len(self.used)


def waking(first, then):
    """Steps of which the first after a change takes another time."""
    return lambda number: first if number == 0 else then


def test_two_threads_that_wake_up_slowly_are_not_judged_by_that(monkeypatch):
    machine = Machine(monkeypatch, waking(2e-3, 2e-3), waking(16e-3, 1e-3))
    assert machine.train(10.0) < 0.05


def test_one_thread_where_that_is_faster(monkeypatch):
    machine = Machine(monkeypatch, waking(1e-3, 1e-3), waking(16e-3, 2e-3))
    assert machine.train(10.0) > 0.9


def test_no_trial_in_the_first_half_second(monkeypatch):
    machine = Machine(monkeypatch, waking(1e-3, 1e-3), waking(2e-3, 2e-3))
    assert machine.train(0.5) == 0
    assert machine.changes == 0


def test_a_neighbour_that_comes_and_goes_is_noticed(monkeypatch):
    """Beside a busy process the threads wait for each other; not in each step, so the fastest of some tells nothing."""
    busy = [False]
    stalls = lambda number: (1e-3 if number % 3 == 1 else 20e-3) if busy[0] else 1e-3  # noqa: E731
    machine = Machine(monkeypatch, waking(2e-3, 2e-3), stalls)
    assert machine.train(2.0) < 0.1
    busy[0] = True
    machine.train(1.0)
    assert machine.train(20.0) > 0.9
    busy[0] = False
    machine.train(5.0)
    assert machine.train(10.0) < 0.1


@pytest.mark.parametrize("steps", [1, 20])
def test_several_steps_at_once_are_judged_by_their_mean(monkeypatch, steps):
    machine = Machine(monkeypatch, waking(2e-3, 2e-3), waking(3e-3, 3e-3))

    def several():
        for _ in range(steps):
            machine.step()

    while machine.now < 10:
        machine.threads.measure(several, (), steps)
    assert sum(machine.used) / len(machine.used) > 0.85


def test_a_trial_takes_few_batches_at_a_time(monkeypatch):
    """A trial may be slow: beside a busy process two threads take many times as long."""
    machine, lengths = Machine(monkeypatch, waking(1e-3, 1e-3), waking(1e-3, 1e-3)), []

    def several(count):
        lengths.append(count)
        for _ in range(count):
            machine.step()

    while machine.changes == 0 or len(lengths) < 60:
        for part in machine.threads.in_parts(range(32)):
            machine.threads.measure(several, (len(part),), len(part))
    assert set(lengths) == {32, 4, 16}
    assert lengths[0] == 32
    assert 3 <= lengths.count(4) <= 8
