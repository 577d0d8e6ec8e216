"""Layers that bring values to a common scale: by the statistics of the data, the batch, or each sample."""

from itertools import islice
from typing import Any

import numpy as np

from ...common.arrays import as_array, parts_of
from ...common.batching import gives_blocks, is_stream
from ...common.checks import whole
from ...common.types import Identifier, Lengths, NotNegative, Numbers, Share, Variances
from ...common.warning import warn
from ...engine.recorder import no_grad
from ...engine.variable import Variable
from .. import constraints, initializers, regularizers
from .shared import _SameShape


class _Scaled(_SameShape):
    """Ends in gamma · x̂ + beta, which are learned."""

    gamma: Variable
    beta: Variable

    def _set_scaled(
        self,
        center,
        scale,
        beta_initializer,
        gamma_initializer,
        beta_regularizer,
        gamma_regularizer,
        beta_constraint,
        gamma_constraint,
    ):
        self.center, self.scale = center, scale
        self.beta_initializer = initializers.get(beta_initializer)
        self.gamma_initializer = initializers.get(gamma_initializer)
        self.beta_regularizer = regularizers.get(beta_regularizer)
        self.gamma_regularizer = regularizers.get(gamma_regularizer)
        self.beta_constraint = constraints.get(beta_constraint)
        self.gamma_constraint = constraints.get(gamma_constraint)
        self.gamma = self.beta = None

    def _add_gamma(self, shape):
        self.gamma = self.add_weight(
            shape,
            self.gamma_initializer,
            name="gamma",
            regularizer=self.gamma_regularizer,
            constraint=self.gamma_constraint,
        )

    def _add_scaled(self, shape):
        if self.scale:
            self._add_gamma(shape)
        if self.center:
            self.beta = self.add_weight(
                shape,
                self.beta_initializer,
                name="beta",
                regularizer=self.beta_regularizer,
                constraint=self.beta_constraint,
            )

    def _check_axes(self, axes, input_shape):
        """The axes counted from 0; each has to be there and to have a known length."""
        rank = len(input_shape)
        if any(not -rank <= axis < rank or input_shape[axis] is None for axis in axes):
            raise ValueError(f"{self._label()} cannot work along axis {self.axis} of inputs of shape {input_shape}.")
        return [axis % rank for axis in axes]

    def check_input(self, shape):
        expected = self.input_shape or shape
        if len(shape) != len(expected) or any(shape[i] != expected[i] for i in self._axes):
            raise ValueError(f"{self._label()} expects samples of shape {expected[1:]}; received {shape[1:]}.")

    def _normalized(self, centred, variance):
        factor = 1.0 / np.sqrt(variance + self.epsilon)
        if self.scale:
            factor = factor * self._stretched(self.gamma, centred)
        out = centred * factor
        return out + self._stretched(self.beta, centred) if self.center else out

    def _stretched(self, weight, inputs):
        """A weight, or a statistic, in the shape in which it meets the inputs."""
        if self._axes == [inputs.ndim - 1]:
            return weight
        return np.reshape(weight, tuple(n if i in self._axes else 1 for i, n in enumerate(inputs.shape)))


class BatchNormalization(_Scaled):
    """Gives each feature mean 0 and variance 1 over the batch, then its own learned scale and shift.

    (x − mean) / √(variance + epsilon) · gamma + beta. In training mean and variance are those of the batch, and the
    moving statistics follow them: moving ← momentum · moving + (1 − momentum) · batch. Otherwise, and while the layer
    is frozen, the moving statistics are used. Where the input has a mask, of all its axes but the last, only what it
    leaves counts for the statistics of the batch.

    Args:
        axis: the axis of the features.
        momentum: how much of the moving statistics stays at each step.
        epsilon: spares the division by 0.
        center, scale: whether there is a beta, a gamma.
        beta_initializer, gamma_initializer, moving_mean_initializer, moving_variance_initializer: first values.
        beta_regularizer, gamma_regularizer: penalties added to the loss.
        beta_constraint, gamma_constraint: what becomes of the weights after each update.

    Raises:
        ValueError: there is no such axis, or its length is unknown; or a mask does not fit.

    Source: Ioffe and Szegedy, "Batch Normalization" (2015).

    Example:
        >>> layer = BatchNormalization(name="norm")
        >>> layer(np.array([[1.0], [3.0]]), training=True).numpy().round(2)
        array([[-1.],
               [ 1.]], dtype=float32)
        >>> layer.moving_mean
        <Variable path=norm/moving_mean, shape=(1,), dtype=float32, value=[0.02]>
    """

    moving_mean: Variable
    moving_variance: Variable
    unsupported_arguments = {"renorm": False, "renorm_clipping": None, "renorm_momentum": 0.99, "synchronized": False}

    def __init__(
        self,
        axis: int = -1,
        momentum: Share = 0.99,
        epsilon: NotNegative = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Identifier | None = "zeros",
        gamma_initializer: Identifier | None = "ones",
        moving_mean_initializer: Identifier | None = "zeros",
        moving_variance_initializer: Identifier | None = "ones",
        beta_regularizer: Identifier | None = None,
        gamma_regularizer: Identifier | None = None,
        beta_constraint: Identifier | None = None,
        gamma_constraint: Identifier | None = None,
        **options: Any,
    ):
        super().__init__(**options)
        self.axis = axis
        self.momentum = momentum
        self.epsilon = epsilon
        self._set_scaled(
            center, scale, beta_initializer, gamma_initializer, beta_regularizer, gamma_regularizer, beta_constraint,
            gamma_constraint,
        )  # fmt: skip
        self.moving_mean_initializer = initializers.get(moving_mean_initializer)
        self.moving_variance_initializer = initializers.get(moving_variance_initializer)
        self.moving_mean = self.moving_variance = None

    def build(self, input_shape):
        self._axes = self._check_axes([self.axis], input_shape)
        shape = (input_shape[self.axis],)
        self._add_scaled(shape)
        self.moving_mean = self.add_weight(shape, self.moving_mean_initializer, name="moving_mean", trainable=False)
        self.moving_variance = self.add_weight(
            shape, self.moving_variance_initializer, name="moving_variance", trainable=False
        )

    def call(self, inputs, training=False, mask=None):
        if mask is not None and (
            mask.ndim != inputs.ndim - 1 or any(n not in (1, m) for n, m in zip(mask.shape, inputs.shape))
        ):
            raise ValueError(
                f"{self._label()} expects a mask of shape {inputs.shape[:-1]} for inputs of shape {inputs.shape}; "
                f"received shape {mask.shape}."
            )
        if not (training and self.trainable):
            mean, variance = (self._stretched(t, inputs) for t in (self.moving_mean, self.moving_variance))
            return self._normalized(inputs - mean, variance)
        others = tuple(i for i in range(inputs.ndim) if i not in self._axes)
        mean, variance, centred = moments(inputs, others, mask)
        with no_grad():
            for moving, batch in ((self.moving_mean, mean), (self.moving_variance, variance)):
                batch = np.reshape(batch, moving.shape)
                moving.assign(moving * self.momentum + batch * (1.0 - self.momentum))
        return self._normalized(centred, variance)


def moments(inputs, axes, mask=None):
    """Mean and variance along some axes, of what a mask leaves, and the inputs less their mean.

    A sum of many rows far from 0 is rounded more than they differ: 60 000 of them at 10⁴ ± 1, in float32, have a mean
    that is wrong by 3. So the mean of what is left beside it is added to this first mean.

    Args:
        inputs: an array or a Tensor.
        axes: a tuple of axes; they stay, with length 1.
        mask: booleans for all axes of the inputs but the last.

    Source: Chan, Golub and LeVeque, "Algorithms for Computing the Sample Variance" (1983).

    Example:
        >>> mean, variance, _ = moments(np.array([[1e8 + 1], [1e8 + 3]]), (0,))
        >>> mean.item(), variance.item()
        (100000002.0, 1.0)
    """
    if mask is None:

        def mean_of(values):
            return np.mean(values, axis=axes, keepdims=True)
    else:
        counted = np.broadcast_to(np.expand_dims(mask, -1), inputs.shape).astype(bool)
        count = np.maximum(np.sum(counted.astype(inputs.dtype), axis=axes, keepdims=True), 1.0)

        def mean_of(values):
            return np.sum(np.where(counted, values, 0), axis=axes, keepdims=True) / count

    with no_grad():  # a number near the mean, whichever: it has no part in the gradient
        near = mean_of(inputs)
    rest = inputs - near
    off = mean_of(rest)
    centred = rest - off
    return near + off, mean_of(np.square(centred)), centred


class LayerNormalization(_Scaled):
    """Gives each sample mean 0 and variance 1 over its features, then each feature its own scale and shift.

    (x − mean) / √(variance + epsilon) · gamma + beta, with mean and variance over `axis`.

    Args:
        axis: the axis, or axes, of the features.
        epsilon: spares the division by 0.
        center, scale: whether there is a beta, a gamma.
        beta_initializer, gamma_initializer: first values.
        beta_regularizer, gamma_regularizer: penalties added to the loss.
        beta_constraint, gamma_constraint: what becomes of the weights after each update.
        rms_scaling: of old models: x / √(variance + epsilon) · gamma, without mean and beta.

    Raises:
        ValueError: there is no such axis, or its length is unknown.

    Source: Ba, Kiros and Hinton, "Layer Normalization" (2016).

    Example:
        >>> LayerNormalization()(np.array([[1.0, 3.0]])).numpy().round(2)
        array([[-1.,  1.]], dtype=float32)
    """

    def __init__(
        self,
        axis: Lengths = -1,
        epsilon: NotNegative = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Identifier | None = "zeros",
        gamma_initializer: Identifier | None = "ones",
        beta_regularizer: Identifier | None = None,
        gamma_regularizer: Identifier | None = None,
        beta_constraint: Identifier | None = None,
        gamma_constraint: Identifier | None = None,
        rms_scaling: bool = False,
        **options: Any,
    ):
        super().__init__(**options)
        if rms_scaling:
            warn(
                "rms_scaling=True divides by the standard deviation and subtracts no mean, which is no root mean "
                "square. Keras keeps it for old models; leave it out in new ones."
            )
        self.axis = _axes(axis)
        self.rms_scaling = rms_scaling
        self.epsilon = epsilon
        self._set_scaled(
            center, scale, beta_initializer, gamma_initializer, beta_regularizer, gamma_regularizer, beta_constraint,
            gamma_constraint,
        )  # fmt: skip

    def build(self, input_shape):
        self.axis = sorted(np.atleast_1d(self.axis).tolist())  # a list from now on, in configurations too, as in Keras
        self._axes = sorted(self._check_axes(self.axis, input_shape))
        self._add_scaled(tuple(input_shape[axis] for axis in self._axes))

    def _add_scaled(self, shape):
        if self.rms_scaling:
            self._add_gamma(shape)
        else:
            super()._add_scaled(shape)

    def call(self, inputs):
        _, variance, centred = moments(inputs, tuple(self._axes))
        if self.rms_scaling:
            factor = 1.0 / np.sqrt(variance + self.epsilon)
            return inputs * factor * self._stretched(self.gamma, inputs)
        return self._normalized(centred, variance)


class GroupNormalization(_Scaled):
    """Gives each group of channels of a sample mean 0 and variance 1, then each channel its own scale and shift.

    (x − mean) / √(variance + epsilon) · gamma + beta, with mean and variance over the channels of a group and all
    positions of the sample.

    Args:
        groups: into how many groups the channels are divided; −1 makes each channel a group.
        axis: the axis of the channels.
        epsilon: spares the division by 0.
        center, scale: whether there is a beta, a gamma.
        beta_initializer, gamma_initializer: first values.
        beta_regularizer, gamma_regularizer: penalties added to the loss.
        beta_constraint, gamma_constraint: what becomes of the weights after each update.

    Raises:
        ValueError: groups is neither a positive whole number nor −1, the channels do not divide into the groups,
            there is no such axis, or its length is unknown.

    Source: Wu and He, "Group Normalization" (2018).

    Example:
        >>> GroupNormalization(2)(np.array([[1.0, 3.0, 10.0, 30.0]])).numpy().round(2)
        array([[-1.,  1., -1.,  1.]], dtype=float32)
    """

    def __init__(
        self,
        groups: int = 32,
        axis: int = -1,
        epsilon: NotNegative = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Identifier | None = "zeros",
        gamma_initializer: Identifier | None = "ones",
        beta_regularizer: Identifier | None = None,
        gamma_regularizer: Identifier | None = None,
        beta_constraint: Identifier | None = None,
        gamma_constraint: Identifier | None = None,
        **options: Any,
    ):
        super().__init__(**options)
        self.groups = -1 if groups == -1 else whole("groups", groups, owner="GroupNormalization")
        self.axis = axis
        self.epsilon = epsilon
        self._set_scaled(
            center, scale, beta_initializer, gamma_initializer, beta_regularizer, gamma_regularizer, beta_constraint,
            gamma_constraint,
        )  # fmt: skip

    def build(self, input_shape):
        self._axes = self._check_axes([self.axis], input_shape)
        channels = input_shape[self.axis]
        self.groups = channels if self.groups == -1 else self.groups  # in configurations too, as in Keras
        if channels % self.groups:
            raise ValueError(f"{self._label()} cannot divide {channels} channels into {self.groups} equal groups.")
        self._add_scaled((channels,))

    def call(self, inputs):
        (axis,), shape = self._axes, inputs.shape
        grouped = inputs.reshape((*shape[:axis], self.groups, shape[axis] // self.groups, *shape[axis + 1 :]))
        axes = tuple([i for i in range(1, grouped.ndim) if i != axis])
        _, variance, centred = moments(grouped, axes)
        out = (centred / np.sqrt(variance + self.epsilon)).reshape(shape)
        out = out * self._stretched(self.gamma, inputs) if self.scale else out
        return out + self._stretched(self.beta, inputs) if self.center else out


def _axes(axis):
    """An axis or a list of them, as Keras writes it."""
    return [int(i) for i in axis] if isinstance(axis, list | tuple) else axis


class UnitNormalization(_SameShape):
    """Gives each sample length 1: x / ‖x‖ over an axis, or over several together.

    Example:
        >>> UnitNormalization()(np.array([[3.0, 4.0]])).numpy()
        array([[0.6, 0.8]])
    """

    def __init__(self, axis: Lengths = -1, **options: Any):
        super().__init__(**options)
        self.axis = _axes(axis)

    def call(self, inputs):
        axis = tuple(self.axis) if isinstance(self.axis, list) else self.axis
        return inputs / np.sqrt(np.maximum(np.sum(np.square(inputs), axis=axis, keepdims=True), _SHORTEST))


_SHORTEST = 1e-24  # of squared lengths: a sample of zeros stays one


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

    adapt_mean: Variable
    adapt_variance: Variable
    count: Variable

    def __init__(
        self,
        axis: Lengths | None = -1,
        mean: Numbers | None = None,
        variance: Variances | None = None,
        invert: bool = False,
        **options: Any,
    ):
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
                "A single feature is x.reshape(-1, 1), or df[[…]] of a table; axis=None takes all numbers alike."
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

        What is larger than memory is read part by part, and the statistics of the parts are put together.

        Args:
            data: samples, as `fit` takes them: arrays, or what gives batches of them, such as a `data.Stream`.
            batch_size: accepted for Keras's sake.
            steps: how many batches, of what gives batches; by default all.

        Raises:
            ValueError: the layer has its statistics already, or the data does not fit or is empty.

        Source: Chan, Golub and LeVeque, "Updating Formulae and a Pairwise Algorithm for Computing Sample Variances"
        (1979).
        """
        if self._given is not None:
            raise ValueError(f"{self._label()} was made with its mean and variance: there is nothing to adapt.")
        count, mean, variance = 0, 0.0, 0.0
        for part in _parts(data, steps):
            self.build_for((None, *part.shape[1:]))
            self.check_input(part.shape)
            reduced = tuple(i for i in range(part.ndim) if i not in self._kept)
            new, spread, _ = moments(part, reduced)
            more, total = len(part), count + len(part)
            off, count = new - mean, total
            variance = (variance * (total - more) + spread * more + off**2 * (more * (total - more) / total)) / total
            mean = mean + off * (more / total)
        if not count:
            raise ValueError(
                f"{self._label()} received no batch: the data is empty, or a generator was used up before."
            )
        for weight, values in zip((self.adapt_mean, self.adapt_variance), (mean, variance)):
            weight.assign(np.reshape(values, weight.shape))

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


def _parts(data, steps):
    """The samples of data in float64, as many at a time as its kind suggests."""
    if not is_stream(data):
        array = as_array(data, "data", None if isinstance(data, np.memmap) else np.float64, on_disk=True)
        for _, rows in parts_of(array) if isinstance(array, np.memmap) else [(0, array)]:
            yield np.asarray(rows, np.float64)
        return
    blocks = gives_blocks(data) and steps is None
    for batch in data.blocks(False, dtype=np.float64) if blocks else islice(data, steps):
        array = as_array(batch[0] if isinstance(batch, (tuple, list)) else batch, "data", np.float64)
        for _, rows in parts_of(array) if blocks else [(0, array)]:
            yield rows
