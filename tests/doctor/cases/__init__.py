"""Trainings that people really got wrong, and trainings that are right, each made anew, small, from its source.

A case is a function of a NumPy generator that gives (model, x, y, options of fit). `buggy` says which kinds of finding
are acceptable (real bugs have several sufficient repairs) and which places; `healthy` cases may get no accusation. Half
of the cases, chosen by their names alone, was never looked at while the rules were written: `Case.kept`.

Sources: SO-n are questions of stackoverflow.com, DS-n, CV-n and AI-n of its sisters datascience, stats and ai;
DeepLocalize, DeepFD, AUTOTRAINER, UMLAUT, DeepDiagnosis, NeuraLint are the papers' benchmarks; keras#n are issues.
"""

import zlib
from importlib import import_module
from typing import NamedTuple

import numpy as np

import tinygrad_edu as tg

CASES = {}


class Case(NamedTuple):
    """A training with what may be said of it; no kinds: it is healthy."""

    name: str
    source: str
    kinds: tuple
    places: tuple
    make: object

    @property
    def number(self):
        """A number that the name alone decides."""
        return zlib.crc32(self.name.encode())

    @property
    def kept(self):
        """Whether it belongs to the half that was kept unseen."""
        return self.number % 2 == 1

    def build(self):
        """(model, x, y, options), the same each time."""
        tg.random.seed(self.number % 1000)
        return self.make(np.random.default_rng(self.number))


def buggy(source, kinds, places):
    """Register a training with a fault: the acceptable kinds, as words; places as numbers of layers (from the end when
    negative), names of arguments, or None."""

    def register(make):
        name = make.__name__
        if name in CASES:
            raise ValueError(f"two cases are called {name}")
        given = places if isinstance(places, tuple) else (places,)
        CASES[name] = Case(name, source, tuple(kinds.split()), given, make)
        return make

    return register


def healthy(source):
    """Register a training that is right."""
    return buggy(source, "", ())


for _module in (
    "outputs",
    "losses",
    "rates",
    "inputs",
    "insides",
    "validation",
    "repaired",
    "tutorials",
    "lookalikes",
    "threads",
):
    import_module(f"{__name__}.{_module}")
