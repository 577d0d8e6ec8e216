"""Initial weights. Scaled so that the signal keeps its size from layer to layer.

An initializer is called with a shape and gives an array. Names, arguments and distributions are Keras's;
the random bits are NumPy's.
"""

from collections.abc import Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from math import prod
from typing import Any, Literal

import numpy as np
from numpy.typing import DTypeLike, NDArray

from ..common import random
from ..common.budget import spend
from ..common.floats import floatx
from ..common.objects import Configured, getter
from ..common.types import NotNegative, Numbers, Positive, Seed

_DRAWING = 24  # bytes that drawing a value takes meanwhile: float64, its absolute value, a comparison


class Initializer(Configured):
    """Base of the initializers: `initializer(shape, dtype=None)` gives an array.

    A subclass writes `draw(shape)`. With a seed, every call gives the same numbers.
    """

    home = "keras.initializers"
    seed = None

    def __call__(self, shape: Sequence[int], dtype: DTypeLike | None = None) -> NDArray[Any]:
        spend(meanwhile=_DRAWING * prod(shape))
        return np.asarray(self.draw(tuple(shape)), dtype=dtype or floatx())

    def draw(self, shape):
        raise NotImplementedError(f"{type(self).__name__} must define draw(shape).")

    @property
    def generator(self):
        return random.generator() if self.seed is None else np.random.default_rng(self.seed)


class Zeros(Initializer):
    """All zeros."""

    aliases = ("zero",)

    def draw(self, shape):
        return np.zeros(shape)


class Ones(Initializer):
    """All ones."""

    aliases = ("one",)

    def draw(self, shape):
        return np.ones(shape)


class Constant(Initializer):
    """All equal to `value`."""

    def __init__(self, value: Numbers = 0.0):
        self.value = value

    def draw(self, shape):
        return np.full(shape, self.value)


class Identity(Initializer):
    """The identity matrix times `gain`; where it is not square, with zeros beside or below.

    Raises:
        ValueError: the shape is not that of a matrix.
    """

    aliases = ("IdentityInitializer",)

    def __init__(self, gain: float = 1.0):
        self.gain = gain

    def draw(self, shape):
        if len(shape) != 2:
            raise ValueError(f"Identity expects the shape of a matrix, (inputs, outputs); received {shape}.")
        return self.gain * np.eye(*shape)


class RandomNormal(Initializer):
    """Normal, N(mean, stddev²)."""

    aliases = ("normal",)

    def __init__(self, mean: float = 0.0, stddev: NotNegative = 0.05, seed: Seed | None = None):
        self.mean, self.stddev, self.seed = mean, stddev, seed

    def draw(self, shape):
        return self.generator.normal(self.mean, self.stddev, shape)


class TruncatedNormal(RandomNormal):
    """Normal, with values beyond two standard deviations drawn again."""

    def draw(self, shape):
        generator = self.generator
        values = generator.standard_normal(shape)
        while (far := np.abs(values) > 2).any():
            values[far] = generator.standard_normal(np.count_nonzero(far))
        return self.mean + self.stddev * values


class RandomUniform(Initializer):
    """Uniform on [minval, maxval)."""

    aliases = ("uniform",)

    def __init__(self, minval: float = -0.05, maxval: float = 0.05, seed: Seed | None = None):
        if minval > maxval:
            raise ValueError(f"RandomUniform: maxval should be ≥ minval, {minval}; received {maxval}.")
        self.minval, self.maxval, self.seed = minval, maxval, seed

    def draw(self, shape):
        return self.generator.uniform(self.minval, self.maxval, shape)


class VarianceScaling(Initializer):
    """Random with variance scale / n, where n counts the inputs, the outputs, or their mean.

    Args:
        scale: the factor, positive.
        mode: "fan_in", "fan_out" or "fan_avg".
        distribution: "truncated_normal", "untruncated_normal" or "uniform".
        seed: repeats the same numbers.
        input_axes, output_axes: the axes of the weight that count its inputs and its outputs; both or neither, and
            then the last axis but one and the last, times the window of a convolution.

    Raises:
        ValueError: an argument is not one of these.
    """

    def __init__(
        self,
        scale: Positive = 1.0,
        mode: Literal["fan_in", "fan_out", "fan_avg"] = "fan_in",
        distribution: Literal["truncated_normal", "untruncated_normal", "uniform"] = "truncated_normal",
        seed: Seed | None = None,
        input_axes: Sequence[int] | None = None,
        output_axes: Sequence[int] | None = None,
    ):
        if (input_axes is None) != (output_axes is None):
            raise ValueError("Expected both input_axes and output_axes, or neither; received one of them.")
        self.scale, self.mode, self.distribution, self.seed = scale, mode, distribution, seed
        self.input_axes, self.output_axes = input_axes, output_axes

    def draw(self, shape):
        fan_in, fan_out = fans(shape, self.input_axes, self.output_axes)
        n = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[self.mode]
        deviation = np.sqrt(self.scale / max(1.0, n))
        if self.distribution == "uniform":
            return self.generator.uniform(-np.sqrt(3) * deviation, np.sqrt(3) * deviation, shape)
        if self.distribution == "untruncated_normal":
            return self.generator.normal(0.0, deviation, shape)
        # Cutting at two deviations leaves 0.8796 of the standard deviation.
        return TruncatedNormal(0.0, deviation / 0.87962566103423978, self.seed).draw(shape)


def fans(shape, input_axes=None, output_axes=None):
    """The number of inputs and of outputs of a kernel of this shape: (…window, inputs, outputs), or by axes."""
    if input_axes is not None:
        return tuple(int(np.prod([shape[i] for i in axes])) for axes in (input_axes, output_axes))
    if len(shape) < 2:
        n = shape[0] if shape else 1
        return n, n
    window = int(np.prod(shape[:-2]))
    return window * shape[-2], window * shape[-1]


class _Scaled(VarianceScaling):
    """A VarianceScaling with its three arguments fixed by the class."""

    scaling: tuple[Any, Any, Any]

    def __init__(
        self,
        seed: Seed | None = None,
        input_axes: Sequence[int] | None = None,
        output_axes: Sequence[int] | None = None,
    ):
        super().__init__(*self.scaling, seed, input_axes, output_axes)


class GlorotUniform(_Scaled):
    """Uniform with variance 2 / (inputs + outputs). Source: Glorot and Bengio (2010)."""

    scaling = (1.0, "fan_avg", "uniform")


class GlorotNormal(_Scaled):
    """Truncated normal with variance 2 / (inputs + outputs). Source: Glorot and Bengio (2010)."""

    scaling = (1.0, "fan_avg", "truncated_normal")


class HeUniform(_Scaled):
    """Uniform with variance 2 / inputs, for ReLU. Source: He et al. (2015)."""

    scaling = (2.0, "fan_in", "uniform")


class HeNormal(_Scaled):
    """Truncated normal with variance 2 / inputs, for ReLU. Source: He et al. (2015)."""

    scaling = (2.0, "fan_in", "truncated_normal")


class LecunUniform(_Scaled):
    """Uniform with variance 1 / inputs. Source: LeCun et al., "Efficient BackProp" (1998)."""

    scaling = (1.0, "fan_in", "uniform")


class LecunNormal(_Scaled):
    """Truncated normal with variance 1 / inputs, for SELU. Source: LeCun et al. (1998)."""

    scaling = (1.0, "fan_in", "truncated_normal")


class Orthogonal(Initializer):
    """A random matrix whose columns, or rows where there are fewer, are of length `gain` and at right angles.

    All axes but the last count as the rows. It is the Q of the QR decomposition of a normal matrix, with the signs
    that make every rotation equally likely. Source: Saxe, McClelland and Ganguli (2014).

    Raises:
        ValueError: the shape has fewer than two axes.
    """

    aliases = ("OrthogonalInitializer",)

    def __init__(self, gain: float = 1.0, seed: Seed | None = None):
        self.gain, self.seed = gain, seed

    def draw(self, shape):
        if len(shape) < 2:
            raise ValueError(f"Orthogonal expects the shape of a matrix, (inputs, outputs); received {shape}.")
        rows, columns = int(np.prod(shape[:-1])), shape[-1]
        spend(operations=4 * rows * columns * min(rows, columns))
        q, r = np.linalg.qr(self.generator.standard_normal((max(rows, columns), min(rows, columns))))
        q = q * np.sign(np.diag(r))
        return self.gain * (q if rows >= columns else q.T).reshape(shape)


get = getter("initializer", Initializer)

_replacement = ContextVar("replacement of all initializers", default=None)


@contextmanager
def replaced_by(function):
    """A `with` block in which weights get their first values from this function, in place of their initializers.

    A model in a file is read like this: nothing is drawn, and no more room is taken than the file can fill.

    Example:
        >>> with replaced_by(np.zeros):
        ...     layer = tg.nn.Dense(1); layer.build((None, 2))
        >>> layer.kernel.numpy().tolist()
        [[0.0], [0.0]]
    """
    token = _replacement.set(function)
    try:
        yield
    finally:
        _replacement.reset(token)


def first_values(initializer, shape, dtype):
    """The first values of a weight, by its initializer: a name, an Initializer or a function of (shape, dtype)."""
    replacement = _replacement.get()
    return made_by(get(initializer), shape, dtype) if replacement is None else replacement(shape, dtype=dtype)


def made_by(initializer, shape, dtype):
    """The values that an Initializer, or a function of (shape, dtype), gives; where they are read, on the budget."""
    spend(prod(shape) * np.dtype(dtype).itemsize)
    return initializer(shape, dtype=dtype)
