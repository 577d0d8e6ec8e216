"""The layers: what a network is built from. Each is one small class."""

import numpy as np

from .. import random
from ..arrays import as_array
from . import activations, initializers, regularizers
from .layer import Layer


class InputLayer(Layer):
    """The shape of one sample, as the first layer of a model: it lets the weights be made at once.

    Args:
        shape: the shape of one sample, without the batch axis, such as (10,).
        batch_size: a fixed batch size, for `summary` alone.
        name: how it is called.
    """

    def __init__(self, shape=None, *, batch_size=None, name=None, dtype=None):
        if shape is None or not all(isinstance(n, (int, np.integer)) and n > 0 for n in _as_tuple(shape)):
            raise ValueError(f"Expected the shape of one sample, such as Input((10,)); received {shape!r}.")
        super().__init__(name=name, input_shape=_as_tuple(shape), dtype=dtype)
        self.shape, self.batch_size = self.given_input_shape, batch_size

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
        activity_regularizer: a penalty on the output, averaged over the batch.

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
        noise_shape: the shape of the mask, broadcast over the input; None for the input's shape.
        seed: draws the same masks in every run.

    Raises:
        ValueError: the rate is outside [0, 1).
    """

    def __init__(self, rate, noise_shape=None, seed=None, **options):
        if not 0 <= rate < 1:
            raise ValueError(f"Dropout expects a rate in [0, 1), the share to drop; received {rate!r}.")
        super().__init__(**options)
        self.rate, self.noise_shape, self.seed = rate, noise_shape, seed
        self._generator = None if seed is None else np.random.default_rng(seed)

    def call(self, inputs, training=False):
        if not training or self.rate == 0:
            return inputs
        shape = inputs.shape
        if self.noise_shape is not None:
            shape = tuple(n or m for n, m in zip(self.noise_shape, shape))
        noise = (self._generator or random.generator()).random(shape, dtype=np.float32)
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

    Give it the training data with `adapt` before training, or the statistics themselves.

    Args:
        axis: the axis, or axes, that keep statistics of their own; None for one mean over all.
        mean, variance: the statistics, in place of `adapt`.

    Example:
        >>> layer = Normalization()
        >>> layer.adapt(np.array([[1.0], [3.0]]))
        >>> layer(np.array([[1.0], [5.0]])).numpy()
        array([[-1.],
               [ 3.]], dtype=float32)
    """

    def __init__(self, axis=-1, *, mean=None, variance=None, **options):
        super().__init__(**options)
        if (mean is None) != (variance is None):
            raise ValueError("Normalization expects both mean and variance, or neither and adapt(data).")
        self.axis = axis if axis is None or isinstance(axis, int) else tuple(axis)
        self.given = None if mean is None else (mean, variance)
        self.mean = self.variance = self.count = None

    def build(self, input_shape):
        axes = range(len(input_shape)) if self.axis is not None else ()
        kept = {axes[i] for i in np.atleast_1d(self.axis)} if self.axis is not None else set()
        if any(input_shape[i] is None for i in kept):
            raise ValueError(f"{self._label()} cannot keep statistics along axis {self.axis} of shape {input_shape}.")
        self._reduced = tuple(i for i in range(len(input_shape)) if i not in kept)
        shape = tuple(n if i in kept else 1 for i, n in enumerate(input_shape))
        if self.given is None:
            self.mean = self.add_weight(shape, "zeros", name="mean", trainable=False)
            self.variance = self.add_weight(shape, "ones", name="variance", trainable=False)
        else:
            self._mean, self._variance = (np.broadcast_to(np.asarray(v, self.dtype), shape) for v in self.given)

    def adapt(self, data, batch_size=None, steps=None):
        """Take the mean and the variance of each feature from the data, which replaces earlier ones.

        Args:
            data: samples, as `fit` takes them.
            batch_size, steps: accepted for Keras's sake; the data is read at once.
        """
        data = as_array(data, "data", dtype=np.float64)
        if self.given is not None:
            raise ValueError(f"{self._label()} was made with its mean and variance: there is nothing to adapt.")
        self.build_for((None, *data.shape[1:]))
        self.check_input(data.shape)
        for weight, values in (
            (self.mean, data.mean(self._reduced, keepdims=True)),
            (self.variance, data.var(self._reduced, keepdims=True)),
        ):
            weight._replace(values.astype(weight.dtype))
        self._adapted = True

    def check_input(self, shape):
        expected = self.input_shape[1:] if self.input_shape else shape[1:]
        if shape[1:] != expected:
            raise ValueError(f"{self._label()} expects samples of shape {expected}; received {shape[1:]}.")

    def call(self, inputs):
        mean, variance = (self.mean, self.variance) if self.given is None else (self._mean, self._variance)
        return (inputs - mean) / np.maximum(np.sqrt(variance), 1e-7)
