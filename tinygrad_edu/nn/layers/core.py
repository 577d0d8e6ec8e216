"""Where a network begins and what it is mostly made of: Input, Dense, Embedding, and functions as layers."""

from collections.abc import Callable
from typing import Annotated, Any

import numpy as np
from numpy.typing import ArrayLike

from ... import replay
from ...common.arguments import CHECKED_INSIDE, received
from ...common.arrays import parts_of
from ...common.budget import counted
from ...common.checks import is_whole
from ...common.deserialization import deserialize
from ...common.floats import floatx
from ...common.types import Count, DType, Identifier, Numbers, Shape
from ...common.warning import warn
from ...engine.recorder import no_grad
from ...engine.symbolic import Symbolic, SymbolicCall
from ...engine.variable import Variable
from .. import activations, constraints, initializers, regularizers
from ..layer import Layer, takes
from .shared import _SameShape, _shape_after


class InputLayer(Layer):
    """The shape of one sample, as the first layer of a model: it lets the weights be made at once.

    Args:
        shape: the shape of one sample, without the batch axis, such as (10,); None for a length that may vary.
        batch_size: a fixed batch size, for `summary` alone.
        dtype: the type of the data, "int32" for indices; a layer after it takes them in its own.
        sparse, ragged, input_tensor, optional: accepted at Keras's defaults only.
        batch_shape: shape and batch size at once, such as (None, 10).
        name: how it is called.

    Raises:
        ValueError: neither a shape nor a batch_shape, or not the shape of a sample.
    """

    unsupported_arguments = {"sparse": False, "ragged": False, "input_tensor": None, "optional": False}

    def __init__(
        self,
        shape: Annotated[Shape | int | None, CHECKED_INSIDE] = None,
        batch_size: Count | None = None,
        dtype: DType | None = None,
        sparse: bool | None = None,
        ragged: bool | None = None,
        batch_shape: Shape | None = None,
        input_tensor: None = None,
        optional: bool = False,
        name: str | None = None,
        **options: Any,
    ):
        if batch_shape is not None and shape is None and batch_size is None:
            batch_size, *shape = batch_shape
        elif batch_shape is not None:
            raise ValueError("Expected either shape or batch_shape, such as Input((10,)); received both.")
        if shape is None:
            shape = options.pop("input_shape", None)
        if shape is None or not all(n is None or is_whole(n) for n in _as_tuple(shape)):
            raise ValueError(f"Expected the shape of one sample, such as Input((10,)); received {shape!r}.")
        keras_arguments: dict[str, Any] = {
            "sparse": sparse,
            "ragged": ragged,
            "input_tensor": input_tensor,
            "optional": optional,
        }
        super().__init__(input_shape=_as_tuple(shape), name=name, **keras_arguments, **options)
        self.dtype = np.dtype(dtype or floatx()).name
        self.shape, self.batch_size = _as_tuple(shape), batch_size
        self.batch_shape = (batch_size, *self.shape)
        self.built, self.input_shape = True, self.batch_shape
        self.output_shape = self.batch_shape

    @property
    def symbol(self):
        """The symbolic value that stands for the data."""
        if not self.symbolic_calls:
            SymbolicCall(self, (), {}, 0, [(self.batch_shape, self.dtype)])
        return self.symbolic_calls[0].returned

    def get_config(self):
        return {"batch_shape": list(self.batch_shape), "dtype": self.dtype, "name": self.name}

    def check_input(self, shape):
        fits = len(shape) == 1 + len(self.shape) and all(n in (None, m) for n, m in zip(self.shape, shape[1:]))
        if not fits:
            raise ValueError(
                f"{self._label()} expects samples of shape {self.shape}, got {shape[1:]} (input shape {shape}). "
                f"Did you mean Input({shape[1:]})?"
            )

    def call(self, inputs):
        return inputs

    def compute_output_shape(self, input_shape):
        return tuple(input_shape)


def Input(  # noqa: N802
    shape: Annotated[Shape | int | None, CHECKED_INSIDE] = None,
    batch_size: Count | None = None,
    dtype: DType | None = None,
    sparse: bool | None = None,
    ragged: bool | None = None,
    batch_shape: Shape | None = None,
    name: str | None = None,
    tensor: None = None,
    optional: bool = False,
) -> Symbolic:
    """A symbolic value, where a functional model begins: the output of an `InputLayer` of these arguments.

    It is also the first entry of a Sequential, whose weights are then made at once.

    Example:
        >>> Input((10,), name="x")
        <Symbolic shape=(None, 10), dtype=float32, name=x>
    """
    return InputLayer(shape, batch_size, dtype, sparse, ragged, batch_shape, tensor, optional, name).symbol


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
        activity_regularizer: a penalty on the output, divided by the number of samples.
        kernel_constraint, bias_constraint: what becomes of the weights after each update.

    Raises:
        ValueError: units is not a positive whole number, or the input has another number of features.

    Example:
        >>> Dense(2, kernel_initializer="ones")(np.array([[1.0, 2.0]])).numpy()
        array([[3., 3.]], dtype=float32)
    """

    kernel: Variable
    bias: Variable
    supports_masking = True
    unsupported_arguments = {"lora_rank": None, "lora_alpha": None, "quantization_config": None}

    def __init__(
        self,
        units: Count,
        activation: Identifier | None = None,
        use_bias: bool = True,
        kernel_initializer: Identifier | None = "glorot_uniform",
        bias_initializer: Identifier | None = "zeros",
        kernel_regularizer: Identifier | None = None,
        bias_regularizer: Identifier | None = None,
        activity_regularizer: Identifier | None = None,
        kernel_constraint: Identifier | None = None,
        bias_constraint: Identifier | None = None,
        **options: Any,
    ):
        super().__init__(activity_regularizer=activity_regularizer, **options)
        self.units = units
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.bias_constraint = constraints.get(bias_constraint)
        self.kernel = self.bias = None

    def build(self, input_shape):
        if len(input_shape) < 2 or input_shape[-1] is None:
            raise ValueError(
                f"{self._label()} expects samples with features, shape (batch, features); received shape "
                f"{input_shape}. Reshape a single feature with x.reshape(-1, 1)."
            )
        self.kernel = self.add_weight(
            (input_shape[-1], self.units),
            self.kernel_initializer,
            name="kernel",
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
        )
        if self.use_bias:
            self.bias = self.add_weight(
                (self.units,),
                self.bias_initializer,
                name="bias",
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
            )

    def check_input(self, shape):
        features = self.kernel.shape[0]
        if len(shape) < 2 or shape[-1] != features:
            received = f"{shape[-1]}" if len(shape) > 1 else "samples without a feature axis"
            table = (
                f" Pass a table of shape (samples, {features}), such as df[[…]] with the names of {features} columns."
            )
            alone = " Write x.reshape(-1, 1), or df[[…]] with the name of the column." if features == 1 else table
            hint = f" Did you mean Input(({shape[-1]},))?" if len(shape) > 1 else alone
            hint = " Of one sample write x[None], of shape (1, features)." if shape == (features,) else hint
            raise ValueError(
                f"{self._label()} expects {features} features, got {received} (input shape {shape}).{hint}"
            )

    def call(self, inputs):
        out = inputs @ self.kernel
        return self.activation(out + self.bias if self.use_bias else out)

    def compute_output_shape(self, input_shape):
        return _shape_after(self.activation, (*input_shape[:-1], self.units))


class Embedding(Layer):
    """A learned vector for each of the numbers 0, 1, 2, …: (batch, length) → (batch, length, output_dim).

    Args:
        input_dim: how many numbers there are: the largest input plus 1.
        output_dim: the length of a vector.
        embeddings_initializer: first values of the table, shape (input_dim, output_dim).
        embeddings_regularizer: a penalty on the table.
        embeddings_constraint: what becomes of the table after each update.
        mask_zero: whether 0 is padding: the mask leaves its steps out of the layers that follow.
        weights: the table itself, or a list with it.

    Raises:
        ValueError: input_dim or output_dim is not a positive whole number; weights of another shape.
        IndexError: an input is not below input_dim.

    Source: Bengio, Ducharme, Vincent and Jauvin, "A Neural Probabilistic Language Model" (2003).

    Example:
        >>> Embedding(10, 4)(np.array([[1, 2, 1]])).shape
        (1, 3, 4)
    """

    embeddings: Variable
    autocast = False
    unsupported_arguments = Dense.unsupported_arguments
    _of_first = ("input_shape",)

    def __init__(
        self,
        input_dim: Count,
        output_dim: Count,
        embeddings_initializer: Identifier | None = "uniform",
        embeddings_regularizer: Identifier | None = None,
        embeddings_constraint: Identifier | None = None,
        mask_zero: bool = False,
        weights: Any = None,
        **options: Any,
    ):
        if options.pop("input_length", None) is not None:
            warn("Embedding: input_length is not needed any more; leave it out.")
        super().__init__(**options)
        self.input_dim, self.output_dim = input_dim, output_dim
        self.embeddings_initializer = initializers.get(embeddings_initializer)
        self.embeddings_regularizer = regularizers.get(embeddings_regularizer)
        self.embeddings_constraint = constraints.get(embeddings_constraint)
        self.mask_zero = self.supports_masking = bool(mask_zero)
        self.embeddings = None
        if weights is not None:
            self.build(())
            self.set_weights(weights if isinstance(weights, list | tuple) else [weights])

    def _arguments(self):
        return {name: value for name, value in super()._arguments().items() if name != "weights"}

    def build(self, input_shape):
        self.embeddings = self.add_weight(
            (self.input_dim, self.output_dim),
            self.embeddings_initializer,
            name="embeddings",
            regularizer=self.embeddings_regularizer,
            constraint=self.embeddings_constraint,
        )

    def check_values(self, inputs):
        for _, part in parts_of(np.atleast_1d(inputs)):
            wrong = part[(part < 0) | (part >= self.input_dim) | (part != np.trunc(part))]
            if wrong.size:
                raise ValueError(
                    f"{self._label()} expects whole numbers from 0 to {self.input_dim - 1}; received {wrong.flat[0]:g}."
                )

    def call(self, inputs):
        if replay.active() is None:
            self.check_values(inputs.array)
        with no_grad():  # there is no derivative for the number of a row
            rows = inputs if inputs.dtype.kind == "i" else inputs.astype("int64")
        return self.embeddings[rows]

    def compute_mask(self, inputs, previous_mask=None):
        return inputs != 0 if self.mask_zero else None

    def compute_output_shape(self, input_shape):
        return (*input_shape, self.output_dim)


class Masking(_SameShape):
    """Masks the steps at which all features are `mask_value`, and sets them to 0: for inputs (batch, length, features).

    Layers that follow leave these steps out, as far as they support masking, and so do the loss and the metrics.

    Args:
        mask_value: the value of padding.

    Example:
        >>> out = Masking(-1.0)(np.array([[[1.0, 2.0], [-1.0, -1.0]]]))
        >>> out.numpy()
        array([[[1., 2.],
                [0., 0.]]])
        >>> out._keras_mask
        Tensor([[ True, False]])
    """

    def __init__(self, mask_value: float = 0.0, **options: Any):
        super().__init__(**options)
        self.mask_value = mask_value

    def compute_mask(self, inputs, previous_mask=None):
        return np.any(inputs != self.mask_value, axis=-1)

    def call(self, inputs):
        mask = self.compute_mask(inputs)
        out = np.where(np.expand_dims(mask, -1), inputs, 0)
        out._keras_mask = mask
        return out


class Lambda(Layer):
    """A function of Tensors as a layer.

    A model with it can be saved and loaded only as weights: no code is ever read from a file. Write a subclass
    of Layer for what should be read back.

    Args:
        function: takes a Tensor and gives one; it may have the arguments `mask` and `training`.
        output_shape: the shape of one output sample, or a function of the input shape; found by a trial when None.
        mask: the mask of the output, or a function of (inputs, mask) that gives it.
        arguments: further arguments of the function, by name.

    Raises:
        TypeError: the function is not one.

    Example:
        >>> Lambda(lambda x: x**2)(np.array([[3.0]]))
        Tensor([[9.]])
    """

    def __init__(
        self,
        function: Callable[..., Any],
        output_shape: Shape | Callable[..., Any] | None = None,
        mask: ArrayLike | Callable[..., Any] | None = None,
        arguments: dict[str, Any] | None = None,
        **options: Any,
    ):
        super().__init__(**options)
        if not (mask is None or callable(mask)) and np.asarray(mask).dtype.kind != "b":
            raise TypeError(f"Lambda: mask should be a function, booleans or None; received {received(mask)}.")
        self.mask, self.supports_masking = mask, mask is not None
        self.function, self.given_output_shape, self.arguments = function, output_shape, dict(arguments or {})

    def _arguments(self):
        mask = {} if self.mask is None else {"mask": self.mask}
        return {"function": self.function, "output_shape": self.given_output_shape, **mask, "arguments": self.arguments}

    @classmethod
    @counted()
    def from_config(cls, config):
        function = config["function"]
        if isinstance(function, dict) and function.get("class_name") != "__lambda__":
            function = deserialize(function)
        if not callable(function):
            raise ValueError(
                f"Lambda {config.get('name')!r} holds Python code, which is never made from a configuration or a file. "
                "Make the model in Python again and load its weights, or write a subclass of Layer."
            )
        return super().from_config({**config, "function": function})

    def call(self, inputs, mask=None, training=False):
        known = {"mask": mask, "training": training}
        return self.function(inputs, **{k: known[k] for k in known if takes(self.function, k)}, **self.arguments)

    def compute_mask(self, inputs, previous_mask=None):
        return self.mask(inputs, previous_mask) if callable(self.mask) else self.mask

    def compute_output_shape(self, input_shape):
        given = self.given_output_shape
        if given is None:
            return super().compute_output_shape(input_shape)
        return tuple(given(input_shape)) if callable(given) else (input_shape[0], *_as_tuple(given))


class Identity(_SameShape):
    """Gives its input as it is: a place for a layer to come."""

    def call(self, inputs):
        return inputs


class Rescaling(_SameShape):
    """Another range of values: x · scale + offset, as floats.

    Args:
        scale: the factor: a number, or one for each channel.
        offset: what is added.

    Example:
        >>> Rescaling(1 / 255)(np.array([[0, 255]])).numpy()
        array([[0., 1.]], dtype=float32)
    """

    def __init__(self, scale: Numbers, offset: Numbers = 0.0, **options: Any):
        super().__init__(**options)
        self.scale, self.offset = (v.tolist() if isinstance(v, np.ndarray | np.generic) else v for v in (scale, offset))

    def call(self, inputs):
        scale, offset = (np.asarray(v, self.dtype) for v in (self.scale, self.offset))
        return (inputs if inputs.dtype == self.dtype else inputs.astype(self.dtype)) * scale + offset
