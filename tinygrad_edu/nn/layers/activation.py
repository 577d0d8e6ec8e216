"""Activation functions as layers of their own, those with settings and those that learn."""

from typing import Any

import numpy as np

from ...common.types import Identifier, Lengths, NotNegative
from ...common.warning import warn
from ...engine.variable import Variable
from ...ops import activations as ops
from .. import activations, constraints, initializers, regularizers
from .shared import _SameShape, _shape_after


class Activation(_SameShape):
    """An activation function as a layer of its own.

    Example:
        >>> Activation("relu")(np.array([[-1.0, 2.0]])).numpy()
        array([[0., 2.]])
    """

    def __init__(self, activation: Identifier | None, **options: Any):
        super().__init__(**options)
        self.activation = activations.get(activation)

    def call(self, inputs):
        return self.activation(inputs)

    def compute_output_shape(self, input_shape):
        return _shape_after(self.activation, input_shape)


class ReLU(_SameShape):
    """A rectifier: x from the threshold up to max_value, and negative_slope · (x − threshold) below.

    Args:
        max_value: where it ends to rise; None for nowhere.
        negative_slope: the slope below the threshold.
        threshold: where it begins.

    Raises:
        ValueError: one of them is negative.

    Example:
        >>> ReLU(max_value=6.0, negative_slope=0.5)(np.array([[-2.0, 3.0, 9.0]])).numpy()
        array([[-1.,  3.,  6.]])
    """

    def __init__(
        self,
        max_value: NotNegative | None = None,
        negative_slope: NotNegative = 0.0,
        threshold: NotNegative = 0.0,
        **options: Any,
    ):
        super().__init__(**options)
        self.max_value = max_value
        self.negative_slope = negative_slope
        self.threshold = threshold

    def call(self, inputs):
        return activations.relu(inputs, self.negative_slope, self.max_value, self.threshold)


class LeakyReLU(_SameShape):
    """x where x > 0, else negative_slope · x. Source: Maas, Hannun and Ng (2013).

    Raises:
        ValueError: the slope is negative.

    Example:
        >>> LeakyReLU()(np.array([[-2.0, 3.0]])).numpy()
        array([[-0.6,  3. ]])
    """

    def __init__(self, negative_slope: NotNegative = 0.3, **options: Any):
        if "alpha" in options:
            negative_slope = options.pop("alpha")
            warn("LeakyReLU: alpha is the old name of negative_slope; write that.")
        super().__init__(**options)
        self.negative_slope = negative_slope

    def call(self, inputs):
        return ops.leaky_relu(inputs, self.negative_slope)


class PReLU(_SameShape):
    """x where x > 0, else alpha · x, where alpha is learned: one for each feature.

    Args:
        alpha_initializer, alpha_regularizer, alpha_constraint: of the slopes, as for Dense.
        shared_axes: the axes along which all share one slope, counted with the batch as 0: [1, 2] leaves images
            one slope for each channel.

    Source: He, Zhang, Ren and Sun, "Delving Deep into Rectifiers" (2015).

    Example:
        >>> PReLU(alpha_initializer="ones")(np.array([[-2.0, 3.0]])).numpy()
        array([[-2.,  3.]], dtype=float32)
    """

    alpha: Variable

    def __init__(
        self,
        alpha_initializer: Identifier | None = "Zeros",
        alpha_regularizer: Identifier | None = None,
        alpha_constraint: Identifier | None = None,
        shared_axes: Lengths | None = None,
        **options: Any,
    ):
        super().__init__(**options)
        self.alpha_initializer = initializers.get(alpha_initializer)
        self.alpha_regularizer = regularizers.get(alpha_regularizer)
        self.alpha_constraint = constraints.get(alpha_constraint)
        self.shared_axes = shared_axes if shared_axes is None else [int(axis) for axis in np.atleast_1d(shared_axes)]
        self.alpha = None

    def build(self, input_shape):
        rank, shared = len(input_shape), self.shared_axes or []
        if any(not 1 <= axis < rank for axis in shared):
            raise ValueError(f"{self._label()} cannot share along the axes {shared} of inputs of shape {input_shape}.")
        shape = tuple(1 if i in shared else n for i, n in enumerate(input_shape))[1:]
        if None in shape:
            raise ValueError(
                f"{self._label()} needs to know the lengths of its input, got {input_shape}: name the axes that may "
                "vary in shared_axes."
            )
        self.alpha = self.add_weight(
            shape,
            self.alpha_initializer,
            name="alpha",
            regularizer=self.alpha_regularizer,
            constraint=self.alpha_constraint,
        )

    def check_input(self, shape):
        expected = self.alpha.shape
        if len(shape) != 1 + len(expected) or any(n not in (1, m) for n, m in zip(expected, shape[1:])):
            raise ValueError(f"{self._label()} has slopes of shape {expected}; received samples of shape {shape[1:]}.")

    def call(self, inputs):
        return ops.relu(inputs) - self.alpha * ops.relu(-inputs)


class ELU(_SameShape):
    """x where x > 0, else alpha · (eˣ − 1). Source: Clevert, Unterthiner and Hochreiter (2016)."""

    def __init__(self, alpha: float = 1.0, **options: Any):
        super().__init__(**options)
        self.alpha = alpha

    def call(self, inputs):
        return ops.elu(inputs, self.alpha)


class Softmax(_SameShape):
    """The distribution eˣ ÷ Σ eˣ along an axis, or over several together.

    With a mask, `layer(inputs, mask=m)`, it is that of the entries where m is True; the others get 0. The mask has the
    shape of the inputs, or lengths of 1, or fewer axes.

    Raises:
        ValueError: the mask has another shape.

    Example:
        >>> Softmax()(np.array([[0.0, np.log(3.0)]])).numpy()
        array([[0.25, 0.75]])
    """

    def __init__(self, axis: Lengths = -1, **options: Any):
        super().__init__(**options)
        self.axis = list(axis) if isinstance(axis, tuple) else axis

    def call(self, inputs, mask=None):
        axis = tuple(self.axis) if isinstance(self.axis, list) else self.axis
        if mask is None:
            return ops.softmax(inputs, axis)
        lengths = zip(mask.shape[::-1], inputs.shape[::-1])
        if mask.ndim > inputs.ndim or any(n not in (1, m) for n, m in lengths):
            raise ValueError(
                f"{self._label()} expects a mask that fits its inputs of shape {inputs.shape}, entry by entry; "
                f"received a mask of shape {mask.shape}. A mask of steps, such as that of Embedding(mask_zero=True), "
                "is passed on by Activation('softmax')."
            )
        mask = mask if mask.dtype == bool else mask > 0.5
        low = -3e4 if inputs.dtype == np.float16 else -1e9
        return np.where(mask, ops.softmax(np.where(mask, inputs, low), axis), 0.0)
