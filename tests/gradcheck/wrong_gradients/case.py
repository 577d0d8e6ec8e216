"""One wrong gradient that somebody wrote: where it was found, how it is written here, what may be said of it."""

import re
import zlib
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from tinygrad_edu import gradcheck, primitive


class Wrong(NamedTuple):
    """A wrong gradient.

    `source` is the issue or pull request it was learnt from, as repository#number, or the address of a page.
    `accept` holds the diagnoses that name the mistake: "kind", or "kind: words" with a pattern that the sentence
    must hold. `check(rng)` gives the report of the gradient check, on numbers from a seed of its own.
    """

    name: str
    source: str
    accept: tuple
    check: Callable

    def report(self, shift=0):
        """The report; another shift draws other numbers."""
        return self.check(np.random.default_rng(zlib.crc32(self.name.encode()) + shift))

    def judged(self, diagnosis):
        """ "right", "wrong", or "unknown" where nothing is named."""
        if diagnosis.kind == "unknown":
            return "unknown"
        for pattern in self.accept:
            kind, _, words = pattern.partition(": ")
            if kind == diagnosis.kind and re.search(words, str(diagnosis)):
                return "right"
        return "wrong"

    def verdict(self, report):
        """What is said of the whole: the worst of its rows, a wrong name being worse than none."""
        if report.ok:
            return "missed"
        said = {self.judged(row.diagnosis) for row in report if not row.ok}
        return next(word for word in ("wrong", "unknown", "right") if word in said)


class Collection:
    """A table of wrong gradients, filled by a decorator."""

    def __init__(self):
        self.cases = []

    def __call__(self, name, source, *accept):
        def keep(check):
            self.cases.append(Wrong(name, source, accept, check))
            return check

        return keep

    def by_hand(self, name, source, accept, f, gradient, make):
        """A gradient of f by hand at the inputs `make(rng)`."""
        accept = (accept,) if isinstance(accept, str) else accept
        self.cases.append(Wrong(name, source, accept, lambda rng: gradcheck(f, *make(rng), gradient=gradient)))

    def rule(self, name, source, accept, function, rules, make):
        """A rule of an op of one's own, checked at the inputs `make(rng)`."""
        accept = (accept,) if isinstance(accept, str) else accept
        rules = rules if isinstance(rules, tuple) else (rules,)
        self.cases.append(
            Wrong(name, source, accept, lambda rng: gradcheck(primitive(*rules, method=False)(function), *make(rng)))
        )


def sigmoid(x):
    """As most people write it."""
    return 1 / (1 + np.exp(-x))


def softmax(z):
    """Of the rows."""
    e = np.exp(z - np.max(z, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1, keepdims=True)


def one_hot(labels, count):
    """A row of zeros with a 1 for each label."""
    return np.eye(count)[labels]


def normal(*shape):
    """What makes one input of a shape."""
    return lambda rng: (rng.normal(size=shape),)
