"""The layers: what a network is built from. Each is one small class."""

import numpy as np

from .. import replay
from ..arrays import as_array
from ..objects import number
from . import activations, initializers, regularizers
from .layer import Layer


class InputLayer(Layer):
    """The shape of one sample, as the first layer of a model: it lets the weights be made at once.

    Args:
        shape: the shape of one sample, without the batch axis, such as (10,).
        batch_size: a fixed batch size, for `summary` alone.
        name: how it is called.
    """

    def __init__(self, shape=None, batch_size=None, **options):
        if shape is None or not all(isinstance(n, (int, np.integer)) and n > 0 for n in _as_tuple(shape)):
            raise ValueError(f"Expected the shape of one sample, such as Input((10,)); received {shape!r}.")
        super().__init__(input_shape=_as_tuple(shape), **options)
        self.shape, self.batch_size = self.given_input_shape, batch_size

    def check_input(self, shape):
        if tuple(shape[1:]) != self.shape:
            raise ValueError(
                f"{self._label()} expects samples of shape {self.shape}, got {shape[1:]} (input shape {shape}). "
                f"Did you mean Input({shape[1:]})?"
            )

    def call(self, inputs):
        return inputs


def Input(shape=None, **options):  # noqa: N802
    """The shape of one sample, as the first entry of a Sequential.

    Example:
        >>> Input((10,)).shape
        (10,)
    """
    return InputLayer(shape, **options)


def _as_tuple(shape):
    return tuple(shape) if isinstance(shape, (tuple, list)) else (shape,)


class Dense(Layer):
    """A fully connected layer: activation(x · kernel + bias).

    The kernel has shape (features, units) and the bias (units,).

    Args:
        units: the number of outputs, at least 1.
        activation: a name or a function; None is linear.
        use_bias: whether to add the bias.
        kernel_initializer, bias_initializer: first values of the weights.
        kernel_regularizer, bias_regularizer: penalties added to the loss.

    Raises:
        ValueError: units is not a positive whole number, or the input has another number of features.

    Example:
        >>> Dense(2, kernel_initializer="ones")(np.array([[1.0, 2.0]])).numpy()
        array([[3., 3.]], dtype=float32)
    """

    def __init__(
        self,
        units,
        activation=None,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        kernel_regularizer=None,
        bias_regularizer=None,
        **options,
    ):
        if not isinstance(units, (int, np.integer)) or isinstance(units, bool) or units < 1:
            raise ValueError(f"Dense expects a positive whole number of units; received {units!r}.")
        super().__init__(**options)
        self.units = int(units)
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel = self.bias = None

    def build(self, input_shape):
        if len(input_shape) < 2 or input_shape[-1] is None:
            raise ValueError(
                f"{self._label()} expects samples with features, shape (batch, features); received shape "
                f"{input_shape}. Reshape a single feature with x.reshape(-1, 1)."
            )
        shape = (input_shape[-1], self.units)
        self.kernel = self.add_weight(
            shape, self.kernel_initializer, name="kernel", regularizer=self.kernel_regularizer
        )
        if self.use_bias:
            self.bias = self.add_weight(
                (self.units,), self.bias_initializer, name="bias", regularizer=self.bias_regularizer
            )

    def check_input(self, shape):
        features = self.kernel.shape[0]
        if len(shape) < 2 or shape[-1] != features:
            received = f"{shape[-1]}" if len(shape) > 1 else "samples without a feature axis"
            hint = f" Did you mean Input(({shape[-1]},))?" if len(shape) > 1 else " Write x.reshape(-1, features)."
            raise ValueError(
                f"{self._label()} expects {features} features, got {received} (input shape {shape}).{hint}"
            )

    def call(self, inputs):
        out = inputs @ self.kernel
        return self.activation(out + self.bias if self.use_bias else out)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.units)


class _SameShape(Layer):
    """A layer whose output has the shape of its input."""

    def compute_output_shape(self, input_shape):
        return input_shape


class Activation(_SameShape):
    """An activation function as a layer of its own.

    Example:
        >>> Activation("relu")(np.array([[-1.0, 2.0]])).numpy()
        array([[0., 2.]])
    """

    def __init__(self, activation, **options):
        super().__init__(**options)
        self.activation = activations.get(activation)

    def call(self, inputs):
        return self.activation(inputs)


class Dropout(_SameShape):
    """Sets a random share `rate` of its inputs to 0 in training, and scales the rest by 1 / (1 − rate).

    Source: Srivastava et al., "Dropout" (2014).

    Args:
        rate: the share to drop, from 0 to below 1.
        noise_shape: the shape of the mask, broadcast over the input, None for an axis as long as the input's:
            (None, 1, 3) drops the same columns in all rows of a sample.
        seed: draws the same masks in every run.

    Raises:
        ValueError: the rate is outside [0, 1).
    """

    def __init__(self, rate, noise_shape=None, seed=None, **options):
        super().__init__(**options)
        self.rate = number("Dropout's rate, the share to drop,", rate, low=0, below=1)
        self.noise_shape, self.seed = noise_shape, seed
        self._generator = None if seed is None else np.random.default_rng(seed)

    def call(self, inputs, training=False):
        if not training or self.rate == 0:
            return inputs
        if inputs.dtype.kind != "f":
            inputs = inputs.astype(self.dtype)
        shape = inputs.shape
        if self.noise_shape is not None:
            fits = len(self.noise_shape) == len(shape)
            if not fits or any(n not in (None, 1, m) for n, m in zip(self.noise_shape, shape)):
                raise ValueError(
                    f"{self._label()} cannot stretch a mask of noise_shape {self.noise_shape} over its input of "
                    f"shape {shape}: for each axis write its length, 1 or None."
                )
            shape = tuple(n or m for n, m in zip(self.noise_shape, shape))
        noise = replay.draw("random", shape, dtype=np.float32, generator=self._generator, name=f"{self.name}_noise")
        return inputs * ((noise >= self.rate) * inputs.dtype.type(1 / (1 - self.rate)))


class Flatten(Layer):
    """Each sample as one row: (batch, a, b) → (batch, a·b).

    Example:
        >>> Flatten()(np.zeros((5, 2, 3))).shape
        (5, 6)
    """

    def call(self, inputs):
        return inputs.reshape((inputs.shape[0], int(np.prod(inputs.shape[1:]))))

    def compute_output_shape(self, input_shape):
        return input_shape[0], int(np.prod(input_shape[1:]))


class Normalization(_SameShape):
    """Subtracts the mean of each feature and divides by its standard deviation: (x − mean) / √variance.

    Give it the training data with `adapt` before training, or the statistics themselves. A feature that never
    changes becomes 0.

    Args:
        axis: the axis, or axes, that keep statistics of their own; None for one mean over all.
        mean, variance: the statistics, in place of `adapt`.
        invert: go back instead: x · √variance + mean.

    Raises:
        ValueError: a mean without a variance, or statistics that do not fit the input.

    Example:
        >>> layer = Normalization()
        >>> layer.adapt(np.array([[1.0], [3.0]]))
        >>> layer(np.array([[1.0], [5.0]])).numpy()
        array([[-1.],
               [ 3.]], dtype=float32)
    """

    def __init__(self, axis=-1, mean=None, variance=None, invert=False, **options):
        super().__init__(**options)
        if (mean is None) != (variance is None):
            raise ValueError("Normalization expects both mean and variance, or neither and adapt(data).")
        self.axis = axis if axis is None or isinstance(axis, int) else tuple(axis)
        self.invert = invert
        self._given = None if mean is None else tuple(np.asarray(v, float).tolist() for v in (mean, variance))
        self.adapt_mean = self.adapt_variance = self.count = None

    def _arguments(self):
        mean, variance = self._given or (None, None)
        return super()._arguments() | {"mean": mean, "variance": variance}

    def build(self, input_shape):
        rank = len(input_shape)
        axes = () if self.axis is None else np.atleast_1d(self.axis)
        if any(not -rank <= i < rank or input_shape[i] is None for i in axes):
            raise ValueError(
                f"{self._label()} cannot keep statistics along axis {self.axis} of samples of shape {input_shape}. "
                "Reshape a single feature with x.reshape(-1, 1), or use axis=None."
            )
        self._kept = tuple(sorted({int(i) % rank for i in axes}))
        shape = tuple(input_shape[i] for i in self._kept)
        # The shape in which the statistics stand against a batch; () where there is one for all.
        self._stretched = shape and tuple(n if i in self._kept else 1 for i, n in enumerate(input_shape))
        if self._given is None:
            self.adapt_mean = self.add_weight(shape, "zeros", name="mean", trainable=False)
            self.adapt_variance = self.add_weight(shape, "ones", name="variance", trainable=False)
            self.count = self.add_weight((), "zeros", "int32", name="count", trainable=False)  # Keras has it too
        for values in self._given or ():
            if any(n not in (1, m) for n, m in zip(np.shape(values)[::-1], self._stretched[::-1])):
                raise ValueError(f"{self._label()} has statistics of shape {np.shape(values)} for {input_shape}.")

    def adapt(self, data, batch_size=None, steps=None):
        """Take the mean and the variance of each feature from the data, which replaces earlier ones.

        Args:
            data: samples, as `fit` takes them.
            batch_size, steps: accepted for Keras's sake; the data is read at once.
        """
        data = as_array(data, "data", dtype=np.float64)
        if self._given is not None:
            raise ValueError(f"{self._label()} was made with its mean and variance: there is nothing to adapt.")
        self.build_for((None, *data.shape[1:]))
        self.check_input(data.shape)
        reduced = tuple(i for i in range(data.ndim) if i not in self._kept)
        for weight, values in ((self.adapt_mean, data.mean(reduced)), (self.adapt_variance, data.var(reduced))):
            weight._replace(np.asarray(values, dtype=weight.dtype))

    @property
    def mean(self):
        """The means in the shape in which they meet a batch; None before the layer is built."""
        return self._statistic(0, self.adapt_mean)

    @property
    def variance(self):
        """The variances, as `mean`."""
        return self._statistic(1, self.adapt_variance)

    def _statistic(self, i, weight):
        if not self.built:
            return None
        if self._given is not None:
            return np.broadcast_to(np.asarray(self._given[i], self.dtype), self._stretched)
        return np.reshape(weight, self._stretched)

    def check_input(self, shape):
        expected = self.input_shape or shape
        if self._kept and (len(shape) != len(expected) or any(shape[i] != expected[i] for i in self._kept)):
            raise ValueError(f"{self._label()} expects samples of shape {expected[1:]}; received {shape[1:]}.")

    def call(self, inputs):
        deviation = np.maximum(np.sqrt(self.variance), 1e-7)
        return inputs * deviation + self.mean if self.invert else (inputs - self.mean) / deviation
