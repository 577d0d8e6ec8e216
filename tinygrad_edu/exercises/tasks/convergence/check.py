"""When to stop: the loss does not change any more, or hardly does, several times in a row."""

from tinygrad_edu.exercises import Wrong, compare


def _yes(student, losses, tolerance, patience):
    compare(student.converged, (losses, tolerance, patience), True)


def _no(student, losses, tolerance, patience, key):
    compare(student.converged, (losses, tolerance, patience), False, **{key: True})


def check_still(student):
    _yes(student, [4.0, 2.0, 1.0, 0.999], 0.01, 1)
    _yes(student, [4.0, 1.0, 1.001, 1.0], 0.01, 2)
    _yes(student, [4.0, 1.001, 1.0], 0.01, 1)
    _yes(student, [1.0, 1.0], 0.01, 1)


def check_falling(student):
    _no(student, [4.0, 2.0, 1.0], 0.01, 1, "too_early")
    _no(student, [0.9, 0.5, 0.002], 0.01, 1, "small_loss")


def check_rising(student):
    _no(student, [1.0, 3.0], 0.01, 1, "rising")
    _no(student, [5.0, 1.0, 3.0, 7.0], 0.01, 2, "rising")


def check_patience(student):
    _no(student, [4.0, 2.0, 2.001], 0.01, 2, "no_patience")
    _no(student, [4.0, 1.001, 1.0, 0.5, 0.4995], 0.01, 2, "no_patience")
    _no(student, [2.0, 1.001, 1.0, 3.0, 1.0], 0.01, 1, "long_ago")
    _no(student, [1.0, 3.0, 1.001, 1.5, 1.0], 0.01, 4, "ends_only")


def check_short(student):
    for losses, patience in (([1.0], 1), ([], 1), ([1.0, 1.0], 2), ([1.0, 1.0, 1.0], 5)):
        _no(student, losses, 0.01, patience, "too_few")


def check_train(student):
    for w, rate, tolerance in ((3.0, 0.5, 1e-3), (-6.0, 2.0, 1e-6), (3.0, 0.001, 0.01)):
        _trained(student, w, rate, tolerance, 1000)


def check_max_steps(student):
    for most in (0, 1, 7):
        _trained(student, 3.0, 0.01, 1e-9, most)


def check_exactly(student):
    """A change that equals the tolerance is not below it; in these numbers nothing is rounded."""
    _no(student, [4.0, 3.5], 0.5, 1, "at_tolerance")
    _no(student, [3.5, 4.0, 3.75], 0.5, 2, "at_tolerance")

    def loss(w):
        return w

    def slope(w):
        return 1.0 if w > 2 else 0.0

    compare(student.train, (loss, slope, 4.0, 0.5, 0.5, 9), (2.0, 5), at_tolerance=(3.5, 1))


def _trained(student, w, rate, tolerance, most):
    start, steps, change = w, 0, float("inf")
    path = [w]
    while steps < most and change >= tolerance:
        new = w - rate * w / 3
        change, w, steps = abs(new**2 / 6 - w**2 / 6), new, steps + 1
        path.append(w)

    def loss(w):
        return w**2 / 6

    def gradient(w):
        return w / 3

    received = student.train(loss, gradient, start, rate, tolerance, most)
    mistakes = {"counts_start": (w, steps + 1)}
    if steps:
        mistakes["last_step_lost"] = (path[-2], steps)
        mistakes["stops_early"] = (path[-2], steps - 1)
    further = w - rate * w / 3
    mistakes["one_too_many"] = (further, steps + 1)
    if (
        isinstance(received, tuple | list)
        and len(received) == 2
        and isinstance(received[1], int)
        and received[1] > most + 1
    ):
        raise Wrong("no_limit", received=received[1], most=most)
    compare(student.train, (loss, gradient, start, rate, tolerance, most), (w, steps), **mistakes)
