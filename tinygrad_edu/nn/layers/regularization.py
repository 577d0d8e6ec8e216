"""Layers against learning by heart: noise in training, and penalties on what passes through."""

from typing import Any

import numpy as np

from ... import replay
from ...common.random import SeedGenerator
from ...common.types import DataFormat, Decay, NotNegative, Seed, Shape, Share
from .. import regularizers
from ..settings import image_data_format
from .shared import _SameShape

# Klambauer et al. (2017): the value that SELU tends to for inputs far below 0.
_SELU_LOW = -1.7580993408473766


class _Noisy(_SameShape):
    """Draws random numbers in training; with a seed, the same ones in every run."""

    def _seeded(self, seed):
        self.seed = seed
        self.seed_generator = SeedGenerator(seed)

    def _floats(self, inputs):
        return inputs if inputs.dtype.kind == "f" else inputs.astype(self.dtype)

    def _kept(self, inputs, noise_shape):
        """Where nothing is dropped: booleans, false for a share `rate`."""
        shape = self._mask_shape(inputs.shape, noise_shape)
        noise = replay.draw("random", shape, dtype=np.float32, generator=self.seed_generator, name=f"{self.name}_noise")
        return noise >= self.rate

    def _mask_shape(self, shape, noise_shape):
        if noise_shape is None:
            return shape
        if len(noise_shape) != len(shape) or any(n not in (None, 1, m) for n, m in zip(noise_shape, shape)):
            raise ValueError(
                f"{self._label()} cannot stretch a mask of noise_shape {noise_shape} over its input of "
                f"shape {shape}: for each axis write its length, 1 or None."
            )
        return tuple(n or m for n, m in zip(noise_shape, shape))

    def _normal(self, inputs):
        dtype = np.float64 if inputs.dtype == np.float64 else np.float32
        name = f"{self.name}_noise"
        return replay.draw("standard_normal", inputs.shape, dtype=dtype, generator=self.seed_generator, name=name)


class _Dropping(_Noisy):
    """Sets a share `rate` to 0 and scales the rest, in masks of this shape."""

    noise_shape = None

    def call(self, inputs, training=False):
        if not training or self.rate == 0:
            return inputs
        inputs = self._floats(inputs)
        scale = 1 / (1 - self.rate) if self.rate < 1 else 0.0
        return inputs * (self._kept(inputs, self.noise_shape) * inputs.dtype.type(scale))


class Dropout(_Dropping):
    """Sets a random share `rate` of its inputs to 0 in training, and scales the rest by 1 / (1 − rate).

    Args:
        rate: the share to drop, from 0 to 1; 1 leaves nothing.
        noise_shape: the shape of the mask, broadcast over the input, None for an axis as long as the input's:
            (None, 1, 3) drops the same columns in all rows of a sample.
        seed: draws the same masks in every run.

    Raises:
        ValueError: the rate is outside [0, 1].

    Source: Srivastava et al., "Dropout" (2014).
    """

    def __init__(
        self, rate: Share, noise_shape: Shape | None = None, seed: Seed | SeedGenerator | None = None, **options: Any
    ):
        super().__init__(**options)
        self.rate = rate
        self.noise_shape = None if noise_shape is None else tuple(noise_shape)
        self._seeded(seed)


class _SpatialDropout(_Dropping):
    """Drops whole channels."""

    def get_config(self):
        config = super().get_config()
        del config["trainable"]  # Keras's constructors do not take it
        return config | {"dtype": self.dtype}


class SpatialDropout1D(_SpatialDropout):
    """Drops whole channels of a sequence, at all its positions: for inputs (batch, length, channels).

    Args:
        rate: the share of the channels to drop, from 0 to 1.
        seed: draws the same masks in every run.

    Source: Tompson et al., "Efficient Object Localization Using Convolutional Networks" (2015).
    """

    noise_shape = (None, 1, None)

    def __init__(self, rate: Share, seed: Seed | SeedGenerator | None = None, **options: Any):
        super().__init__(**options)
        self.rate = rate
        self._seeded(seed)


class SpatialDropout2D(_SpatialDropout):
    """Drops whole channels of an image, at all its positions: for inputs (batch, height, width, channels).

    Args:
        rate: the share of the channels to drop, from 0 to 1.
        data_format: "channels_last" or "channels_first", the order of the axes; what is set for all when None.
        seed: draws the same masks in every run.

    Source: Tompson et al. (2015).
    """

    def __init__(
        self,
        rate: Share,
        data_format: DataFormat | None = None,
        seed: Seed | SeedGenerator | None = None,
        **options: Any,
    ):
        super().__init__(**options)
        self.rate = rate
        self.data_format = data_format or image_data_format()
        self.noise_shape = (None, 1, 1, None) if self.data_format == "channels_last" else (None, None, 1, 1)
        self._seeded(seed)


class GaussianDropout(_Noisy):
    """Multiplies its inputs in training by normal noise of mean 1 and variance rate / (1 − rate).

    Args:
        rate: as the rate of a Dropout of the same variance, from 0 to below 1.
        seed: draws the same noise in every run.

    Source: Srivastava et al. (2014), section 10.
    """

    def __init__(self, rate: Decay, seed: Seed | SeedGenerator | None = None, **options: Any):
        super().__init__(**options)
        self.rate = rate
        self._seeded(seed)

    def call(self, inputs, training=False):
        if not training or self.rate == 0:
            return inputs
        inputs = self._floats(inputs)
        return inputs * (self._normal(inputs) * (self.rate / (1 - self.rate)) ** 0.5 + 1.0)


class GaussianNoise(_Noisy):
    """Adds normal noise of mean 0 to its inputs in training.

    Args:
        stddev: the standard deviation of the noise, from 0 to 1.
        seed: draws the same noise in every run.

    Source: Bishop, "Training with Noise is Equivalent to Tikhonov Regularization" (1995).
    """

    def __init__(self, stddev: Share, seed: Seed | SeedGenerator | None = None, **options: Any):
        super().__init__(**options)
        self.stddev = stddev
        self._seeded(seed)

    def call(self, inputs, training=False):
        if not training or self.stddev == 0:
            return inputs
        inputs = self._floats(inputs)
        return inputs + self._normal(inputs) * self.stddev


class AlphaDropout(_Noisy):
    """A Dropout for SELU: what it drops becomes SELU's lowest value, and mean and variance stay as they are.

    For kept entries a · x + b, for dropped ones a · α + b, with α = −1.7581, a = ((1 − rate)(1 + rate · α²))^−½ and
    b = −a · α · rate.

    Args:
        rate: the share to drop, from 0 to below 1.
        noise_shape: as for Dropout.
        seed: draws the same masks in every run.

    Source: Klambauer, Unterthiner, Mayr and Hochreiter (2017).
    """

    def __init__(
        self, rate: Decay, noise_shape: Shape | None = None, seed: Seed | SeedGenerator | None = None, **options: Any
    ):
        super().__init__(**options)
        self.rate = rate
        self.noise_shape = None if noise_shape is None else tuple(noise_shape)
        self._seeded(seed)

    def call(self, inputs, training=False):
        if not training or self.rate == 0:
            return inputs
        inputs = self._floats(inputs)
        scale = ((1 - self.rate) * (1 + self.rate * _SELU_LOW**2)) ** -0.5
        shift = -scale * _SELU_LOW * self.rate
        kept = self._kept(inputs, self.noise_shape)
        return np.where(kept, inputs, inputs.dtype.type(_SELU_LOW)) * scale + shift


class ActivityRegularization(_SameShape):
    """Adds the penalty (l1 · Σ|x| + l2 · Σx²) / batch on what passes through to the loss, and passes it on.

    Example:
        >>> layer = ActivityRegularization(l2=0.1)
        >>> out = layer(np.array([[1.0], [3.0]]))
        >>> layer.losses
        [Tensor(0.5)]
    """

    def __init__(self, l1: NotNegative = 0.0, l2: NotNegative = 0.0, **options: Any):
        super().__init__(activity_regularizer=regularizers.L1L2(l1, l2), **options)
        self.l1, self.l2 = self.activity_regularizer.l1, self.activity_regularizer.l2

    def _arguments(self):
        arguments = super()._arguments()
        del arguments["activity_regularizer"]
        return arguments

    def call(self, inputs):
        return inputs
