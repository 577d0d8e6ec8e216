"""`keras.random`: random numbers with Keras's names and arguments.

A whole number as seed gives the same numbers at every call; a `SeedGenerator` others each time, which a program draws
anew; without a seed they come from the generator of the package, which `set_random_seed` starts.
"""

import numpy as np

from ... import replay
from ...common.checks import number
from ...common.naming import list_public
from ...common.random import SeedGenerator
from ...engine.tensor import Tensor
from .values import given, name_of_dtype, plain

_WIDEST, _TRIES = 2.0, 12  # standard deviations that a truncated normal distribution keeps; numbers drawn for one


def _drawn(seed, method, *args, name="random"):
    """The numbers that a method of a NumPy generator draws, as a Tensor."""
    if seed is not None and not isinstance(seed, SeedGenerator):
        return Tensor(getattr(SeedGenerator(seed).generator, method)(*args))
    found = replay.draw(method, *args, generator=seed, name=name)
    return found if isinstance(found, Tensor) else Tensor(found)


def _typed(values, dtype, default=None):
    dtype = name_of_dtype(dtype, default)
    return values if values.dtype == dtype else values.astype(dtype)


def normal(shape, mean=0.0, stddev=1.0, dtype=None, seed=None):
    """Numbers of a normal distribution."""
    return _typed(_drawn(seed, "normal", mean, stddev, tuple(shape), name="normal"), dtype)


def uniform(shape, minval=0.0, maxval=1.0, dtype=None, seed=None):
    """Numbers spread evenly from minval up to, but without, maxval; whole numbers for an integer dtype."""
    if np.dtype(name_of_dtype(dtype)).kind in "iu":
        return randint(shape, minval, maxval, dtype, seed)
    return _typed(_drawn(seed, "uniform", minval, maxval, tuple(shape), name="uniform"), dtype)


def randint(shape, minval, maxval, dtype="int32", seed=None):
    """Whole numbers spread evenly from minval up to, but without, maxval."""
    return _typed(_drawn(seed, "integers", int(minval), int(maxval), tuple(shape), name="randint"), dtype, "int32")


def truncated_normal(shape, mean=0.0, stddev=1.0, dtype=None, seed=None):
    """Numbers of a normal distribution, without those more than two standard deviations away.

    Of so many numbers as would all be too far once in 10¹⁶ times, the first that is not is taken.
    """
    numbers = _drawn(seed, "standard_normal", (_TRIES, *shape), name="normal")
    first = np.argmax(np.absolute(numbers) <= _WIDEST, axis=0)
    chosen = np.take_along_axis(numbers, np.expand_dims(first, 0), 0)[0]
    return _typed(mean + stddev * np.clip(chosen, -_WIDEST, _WIDEST), dtype)


def binomial(shape, counts, probabilities, dtype=None, seed=None):
    """How many of so many trials succeed, each with this probability."""
    counts, probabilities = plain(counts).astype(int), plain(probabilities)
    return _typed(_drawn(seed, "binomial", counts, probabilities, tuple(shape), name="binomial"), dtype)


def beta(shape, alpha, beta, dtype=None, seed=None):
    """Numbers between 0 and 1 of a beta distribution."""
    return _typed(_drawn(seed, "beta", plain(alpha), plain(beta), tuple(shape), name="beta"), dtype)


def gamma(shape, alpha, dtype=None, seed=None):
    """Positive numbers of a gamma distribution."""
    return _typed(_drawn(seed, "standard_gamma", plain(alpha), tuple(shape), name="gamma"), dtype)


def categorical(logits, num_samples, dtype="int32", seed=None):
    """Class numbers, so many for each row of logits, with the probabilities of their softmax.

    The largest of the logits plus numbers of a Gumbel distribution: Gumbel (1954).
    """
    logits = given(logits)
    noise = _drawn(seed, "gumbel", 0.0, 1.0, (len(logits), num_samples, logits.shape[-1]), name="gumbel")
    return _typed(np.argmax(np.expand_dims(logits, 1) + noise, axis=-1), dtype, "int32")


def dropout(inputs, rate, noise_shape=None, seed=None):
    """The inputs with a random share set to 0, and the rest scaled by 1 / (1 − rate)."""
    inputs, rate = given(inputs), number("rate", rate, low=0, below=1)
    noise = _drawn(seed, "random", tuple(n or m for n, m in zip(noise_shape or inputs.shape, inputs.shape)))
    return inputs * ((noise >= rate) * inputs.dtype.type(1 / (1 - rate)))


def shuffle(x, axis=0, seed=None):
    """The parts along an axis in random order."""
    x = given(x)
    return np.take(x, _drawn(seed, "permutation", x.shape[axis], name="order"), axis)


list_public(globals())
