"""Inputs on which ops are tested: each op names its own in `sample=`.

A sample is a function of a random generator that gives a list of calls (args, options). It stays inside
the domain of the op and away from its kinks.
"""

import numpy as np

_SHAPES = [[()], [(3,)], [(2, 3)], [(0, 3)]]
_PAIRS = [[(), ()], [(3,), (3,)], [(2, 3), (2, 3)], [(0, 3), (3,)], [(2, 1), (3,)], [(), (2, 3)], [(1, 3), (2, 1)]]
_TRIPLES = [[(), (), ()], [(2, 3), (2, 3), (2, 3)], [(2, 1), (3,), ()], [(3,), (2, 3), (1, 1)], [(0, 3), (3,), ()]]


def between(low, high):
    """Values in (low, high), in random order and at least a third of an even spacing apart."""

    def draw(rng, shape):
        count = int(np.prod(shape))
        steps = rng.permutation(count) + rng.uniform(1 / 3, 2 / 3, count)
        return (low + (high - low) * steps / max(count, 1)).reshape(shape)

    return draw


def real(rng, shape):
    """Values of either sign with a magnitude in (0.2, 2), so away from a kink at zero."""
    return between(0.2, 2)(rng, shape) * rng.choice([-1.0, 1.0], shape)


above_zero = between(0.2, 2)
unit = between(-0.9, 0.9)


def on_shapes(*domains):
    """Calls on a scalar, a vector, a matrix, an empty array, and on shapes that broadcast."""
    shapes = {1: _SHAPES, 2: _PAIRS, 3: _TRIPLES}[len(domains)]
    return lambda rng: [(tuple(draw(rng, s) for draw, s in zip(domains, case)), {}) for case in shapes]


def call(*shapes, domain=real, **options):
    """One call on arrays of these shapes, with these options."""
    return lambda rng: (tuple(domain(rng, shape) for shape in shapes), options)


def calls(*cases):
    """Several calls, each made by `call`."""
    return lambda rng: [case(rng) for case in cases]
