"""Which tests a run has: of large matrices of cases the default run has a core, the marker `full` stands on the rest.

Where a case takes long, only some of the rest are `full`, and the others `nightly`; so are, of three arguments or more,
the cases that show no two values together which others do not. A file in which a run chooses no test is not read.
"""

import itertools
import re
from collections import defaultdict

import pytest


def mark_beyond_cores(items):
    """Give the marker `full` or `nightly` to the cases of every test marked `matrix` that do not belong to its core."""
    matrices = defaultdict(list)
    for item in items:
        if item.get_closest_marker("matrix"):
            matrices[item.nodeid.partition("[")[0]].append(item)
    for cases in matrices.values():
        mark = cases[0].get_closest_marker("matrix")
        options = dict(mark.kwargs)
        full_in = options.pop("full_in", 1)
        core = core_of(cases, *mark.args, **options)
        pairs = range(len(cases)) if options else pairs_of(cases, core)
        beyond = [i for i in range(len(cases)) if i not in core]
        for count, i in enumerate(beyond):
            cases[i].add_marker(pytest.mark.nightly if count % full_in or i not in pairs else pytest.mark.full)


def may_choose(expression, source):
    """True if a file with this source may have tests with the markers that an expression of `-m` wants.

    Example:
        >>> may_choose("full or spark", "@pytest.mark.browser"), may_choose("not full", "pytestmark = pytest.mark.full")
        (False, False)
    """
    always, perhaps = markers_named(source)
    asked = set(re.findall(r"\w+", expression))
    some = sorted(perhaps & asked - always)
    for chosen in itertools.product([False, True], repeat=len(some)):
        markers = defaultdict(bool, {**dict.fromkeys(always, True), **dict(zip(some, chosen))})
        if not expression or eval(expression, {"__builtins__": {}}, markers):
            return True
    return False


def markers_named(source):
    """The markers that every test of a source has, and those that some may have, as far as its text names them."""
    always = set(re.findall(r"^pytestmark = \[?\s*pytest\.mark\.(\w+)", source, re.MULTILINE))
    named = set(re.findall(r"\bmark\.(\w+)", source))
    if "matrix" in named or "long_ones" in source:
        named |= {"full", "nightly"}
    return always, named - always


def source_of(path):
    """The text of a file, and that of the fixtures beside it, whose parameters may have markers."""
    fixtures = path.with_name("conftest.py")
    return "\n".join(some.read_text("utf-8") for some in (path, fixtures) if some.exists())


def refuse_hidden_markers(items, expression):
    """An error where a test has a marker of an expression of `-m` which its file does not name: see `may_choose`."""
    named = {}
    for item in items:
        if item.path not in named:
            named[item.path] = set().union(*markers_named(source_of(item.path)))
        for mark in item.iter_markers():
            if mark.name not in named[item.path] and re.search(rf"\b{mark.name}\b", expression):
                raise ValueError(f"{item.nodeid} has the marker {mark.name}; its file should name mark.{mark.name}.")


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


def pairs_of(cases, core):
    """The places of cases which, with those of the core, show every two values of any two arguments together."""
    arguments = [case.callspec.params for case in cases]
    if len(arguments[0]) < 3:
        return range(len(cases))
    values = [[identity(values[name]) for name in sorted(values)] for values in arguments]
    return covering([list(itertools.combinations(some, 2)) for some in values], core)


def identity(value):
    """Something to know a value of an argument by: arrays and the like are not compared."""
    return (type(value), value) if isinstance(value, (str, int, float, type(None))) else id(value)


def covering(cases, kept=()):
    """The places of a few cases in which every value of every argument occurs, all about equally often.

    Args:
        cases: for each case the values of its arguments.
        kept: the places of cases that are taken in any case.

    Example:
        >>> covering([("sgd", 32), ("sgd", 64), ("adam", 32), ("adam", 64)])
        [0, 3]
    """
    having, used = defaultdict(list), set()
    for i, values in enumerate(cases):
        for value in enumerate(values):
            having[value].append(i)
    unseen, seen = [len(values) for values in cases], [0] * len(cases)

    def keep(i):
        for value in enumerate(cases[i]):
            for other in having[value]:
                unseen[other] -= value not in used
                seen[other] += 1
            used.add(value)

    for i in kept:
        keep(i)
    chosen, rest = list(kept), range(len(cases))
    while rest := [i for i in rest if unseen[i]]:
        chosen.append(min(rest, key=lambda i: (-unseen[i], seen[i])))
        keep(chosen[-1])
    return sorted(chosen)
