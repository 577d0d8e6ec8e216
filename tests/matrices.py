"""Large matrices of cases: the default run has a core of each, the marker `full` stands on the rest.

Where a case takes long, only some of the rest are `full`, and the others `nightly`.
"""

from collections import Counter, defaultdict

import pytest


def mark_beyond_cores(items):
    """Give the marker `full` to the cases of every test marked `matrix` that do not belong to its core."""
    matrices = defaultdict(list)
    for item in items:
        if item.get_closest_marker("matrix"):
            matrices[item.nodeid.partition("[")[0]].append(item)
    for cases in matrices.values():
        mark = cases[0].get_closest_marker("matrix")
        options = dict(mark.kwargs)
        full_in = options.pop("full_in", 1)
        kept = core_of(cases, *mark.args, **options)
        beyond = [item for i, item in enumerate(cases) if i not in kept]
        for i, item in enumerate(beyond):
            item.add_marker(pytest.mark.nightly if i % full_in else pytest.mark.full)


def long_ones(cases, full_in):
    """Cases for `parametrize`, tuples of values or `pytest.param`s, that all take too long for the default run.

    One in so many is full, the others nightly.
    """
    marks = [pytest.mark.nightly if i % full_in else pytest.mark.full for i in range(len(cases))]
    return [
        pytest.param(*getattr(case, "values", case), marks=mark, id=getattr(case, "id", None))
        for case, mark in zip(cases, marks)
    ]


def core_of(cases, *names, one_in=None):
    """The places of the cases of the core: one in so many, or such that every value of the arguments named occurs."""
    if one_in is not None:
        return range(0, len(cases), one_in)
    arguments = [case.callspec.params for case in cases]
    return covering([[identity(values[name]) for name in names or sorted(values)] for values in arguments])


def identity(value):
    """Something to know a value of an argument by: arrays and the like are not compared."""
    return (type(value), value) if isinstance(value, (str, int, float, type(None))) else id(value)


def covering(cases):
    """The places of a few cases in which every value of every argument occurs, all about equally often.

    Args:
        cases: for each case the values of its arguments.

    Example:
        >>> covering([("sgd", 32), ("sgd", 64), ("adam", 32), ("adam", 64)])
        [0, 3]
    """
    used, kept = Counter(), []
    rest = [(i, list(enumerate(values))) for i, values in enumerate(cases)]
    while rest := [(i, values) for i, values in rest if not all(used[value] for value in values)]:
        i, values = min(rest, key=lambda case: (-sum(not used[v] for v in case[1]), sum(used[v] for v in case[1])))
        used.update(values)
        kept.append(i)
    return sorted(kept)
