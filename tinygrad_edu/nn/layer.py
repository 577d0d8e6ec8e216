"""The layer: a function with weights. Everything that trains, from Dense to a whole Model, is one."""

import warnings
from collections.abc import Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar, copy_context
from functools import lru_cache, wraps
from inspect import signature
from threading import RLock, local
from typing import Any, Self

import numpy as np

from ..common.budget import counted
from ..common.deserialization import read_setting
from ..common.floats import floatx
from ..common.naming import snake_case, unique_name
from ..common.notes import notes_of
from ..common.old import method_of
from ..common.serialization import is_own
from ..common.structure import described, flatten, is_nested, map_structure, rebuild
from ..common.types import Count, DTypeOfFloats, Identifier
from ..common.warning import warn
from ..engine.op import constant
from ..engine.recorder import no_grad, scope
from ..engine.symbolic import Symbolic, SymbolicCall, is_symbolic, tried
from ..engine.tensor import Tensor
from . import regularizers
from .input_spec import InputSpec
from .masking import as_mask, mask_of, masks_of, set_mask
from .shapes import as_shapes, each_shape, map_shapes, shapes_of, zeros_of
from .weights import WithWeights

# The argument `training` of the call in progress, for the layers inside a model. None outside of calls.
_training: ContextVar[bool | None] = ContextVar("training", default=None)


class Losses(local):
    """The terms that the last call of a layer left in `add_loss`; each thread has those of its own calls."""

    def __init__(self):
        self.terms = []

    def __reduce__(self):
        return Losses, ()


class SymbolicCalls(list):
    """The calls of a layer with symbolic values; a copy of the layer has been called with none."""

    def __reduce__(self):
        return SymbolicCalls, ()


class Layer(WithWeights):
    """Base of the layers: `build` makes the weights, `call` computes.

    The weights of a layer are what `add_weight` made, other Variables among its attributes, leaf Tensors among them
    that want a gradient, and the weights of the layers among its attributes; lists, tuples and dicts are searched
    too. In this order, the trainable ones of a layer before its statistics, as in Keras.

    Args:
        name: how errors, summaries and files call the layer; unique by default.
        trainable: whether training updates its weights; setting the attribute sets it for the layers inside too.
        activity_regularizer: a penalty on the output, divided by the number of samples and added to the loss.
        input_shape: the shape of one sample, without the batch axis; only for the first of a model.
        input_dim: short for input_shape=(input_dim,).
        dtype: the float type of its weights; `floatx()` by default.

    Raises:
        TypeError: there is no such argument.
        ValueError: an argument of Keras that is not offered has another value than the neutral one.
        RuntimeError: a subclass whose `__init__` forgot `super().__init__()` is used.

    Example:
        >>> class Scale(Layer):
        ...     def build(self, input_shape):
        ...         self.factor = self.add_weight((input_shape[-1],), "ones", name="factor")
        ...     def call(self, inputs):
        ...         return inputs * self.factor
        >>> Scale()(np.ones((2, 3))).shape
        (2, 3)
    """

    home = "keras.layers"
    input_shape: tuple[int | None, ...]  # those of a built layer; None before
    output_shape: tuple[int | None, ...]
    autocast = True
    supports_masking = False  # whether its output has a mask, which `compute_mask` makes from that of the input
    several_inputs = True  # whether it takes lists and dicts of arrays; layers of this package say so if they do
    unsupported_arguments: dict[
        str, Any
    ] = {}  # arguments of Keras that are not offered, with the values that change nothing
    _of_first = ("input_shape", "input_dim")  # arguments that say something about the data, not about the layer

    def __new__(cls, *values, **arguments):
        layer = super().__new__(cls)
        if not is_own(cls):
            notes_of(layer).called_with = values, arguments
        return layer

    def __init__(
        self,
        *,
        name: str | None = None,
        trainable: bool = True,
        activity_regularizer: Identifier | None = None,
        input_shape: Sequence[Count | None] | None = None,
        input_dim: Count | None = None,
        dtype: DTypeOfFloats | None = None,
        **unknown: Any,
    ):
        self._begin()
        self._notes.losses = Losses()
        self._notes.symbolic_calls = SymbolicCalls()
        self._refuse(self._without_neutral(unknown))
        if input_dim is not None:
            input_shape = (input_dim,)
        self.name = name or unique_name(snake_case(type(self).__name__))
        self.trainable = trainable
        self.activity_regularizer = regularizers.get(activity_regularizer)
        self.dtype = _name_of_dtype(dtype)
        self.given_input_shape = None if input_shape is None else _shape_of_sample(input_shape)
        self.built = False
        self.input_shape = self.output_shape = None

    def __init_subclass__(cls, **options):
        super().__init_subclass__(**options)
        if "build" in vars(cls):
            cls.build = _once(cls.build)
        if "compute_mask" in vars(cls) and "supports_masking" not in vars(cls):
            cls.supports_masking = True
        said = any("several_inputs" in vars(base) for base in cls.__mro__ if base is not Layer)
        if not said and cls.__module__.startswith(f"{__package__}.layers."):
            cls.several_inputs = False

    def __getattr__(self, name):
        if not name.startswith("__") and not hasattr(vars(self).get("_notes"), "added"):
            raise RuntimeError(f"{type(self).__name__}.__init__ must begin with super().__init__().")
        if (method := method_of(self, name)) is not None:
            return method
        text = f"{type(self).__name__!r} object has no attribute {name!r}"
        if name in ("input", "inputs", "output", "outputs"):
            found = self._symbolic_values(name)
            if found is not None:
                return found
            text += (
                ": it was not called with a symbolic value, as layers of functional models and of a Sequential that "
                "knows its input are. To see what it gives, call the layers up to it: "
                "for layer in model.layers[:2]: x = layer(x)."
            )
        raise AttributeError(text, name=name, obj=self)

    def get_config(self) -> dict[str, Any]:
        shared = self._shared_config()
        return shared | super().get_config() | {"dtype": shared["dtype"]}

    def _shared_config(self):
        policy = {"module": "keras", "class_name": "DTypePolicy", "config": {"name": self.dtype}}
        return {"name": self.name, "trainable": self.trainable, "dtype": policy | {"registered_name": None}}

    @classmethod
    @counted()
    def from_config(cls, config: dict[str, Any]) -> Self:
        """A new layer with the settings that `get_config` gave; the shared ones its constructor need not take."""
        settings = {name: read_setting(value) for name, value in config.items()}
        not_taken = {"name", "trainable", "dtype"} & settings.keys() - set(cls.argument_names())
        left = {key: settings.pop(key) for key in not_taken}
        made = cls(**settings)
        made.name = left.get("name", made.name)
        if left.get("trainable") is False:
            made.trainable = False
        return made

    def _without_neutral(self, unknown):
        """Unknown arguments without those of `unsupported_arguments`, which may only have their neutral value."""
        for name in unknown.keys() & self.unsupported_arguments.keys():
            neutral = self.unsupported_arguments[name]
            if unknown[name] not in (None, neutral):
                raise ValueError(
                    f"{type(self).__name__} does not offer Keras's {name}: expected {name}={neutral!r}, or nothing; "
                    f"received {unknown[name]!r}."
                )
        return [name for name in unknown if name not in self.unsupported_arguments]

    def _arguments(self):
        silent = (*self._of_first, *(["activity_regularizer"] if self.activity_regularizer is None else []))
        names = [name for name in self.argument_names() if name not in silent]
        given = self._called_with()
        return {name: given[name] if name in given else getattr(self, name) for name in names}

    def _called_with(self):
        """The arguments by name with which a layer of the user's class was made, but for those that all layers have."""
        if is_own(type(self)):
            return {}
        values, arguments = self._notes.called_with
        bound = signature(type(self)).bind(*values, **arguments)
        bound.apply_defaults()
        shared = Layer.argument_names()
        return {name: value for name, value in bound.arguments.items() if name not in shared}

    # -- files --------------------------------------------------------------------------------------

    def get_build_config(self):
        """The shape of the input that the weights were made for, for `build_from_config`; None where there are none."""
        if not self.built or self.input_shape is None or type(self).build is Layer.build:
            return None
        return {"input_shape": map_shapes(list, self.input_shape)}

    def build_from_config(self, config):
        """Make the weights as `get_build_config` says."""
        if config.get("input_shape") and not self.built:
            self.build_for(config["input_shape"])

    def _own_weights(self):
        inside = {weight for layer in self.sublayers for weight in layer.weights}
        return [weight for weight in self.weights if weight not in inside]

    def save_own_variables(self, store):
        """Put the weights of the layer itself into a dict, as "0", "1", …; override it to keep something else."""
        store.update({str(i): weight.numpy() for i, weight in enumerate(self._own_weights())})

    def load_own_variables(self, store):
        """Take the weights that `save_own_variables` put into a dict.

        Raises:
            ValueError: their number, a shape or a kind of type differs, or there is NaN among them. Nothing is
                changed then.
        """
        weights = self._own_weights()
        if store.keys() != set(map(str, range(len(weights)))):
            raise ValueError(f"{self._label()} has {len(weights)} weights; the file has {len(store)} for it.")
        take_stored(weights, [store[str(i)] for i in range(len(weights))])

    # -- what is added to the loss --------------------------------------------------------------------

    def add_loss(self, loss: Tensor | Sequence[Tensor]) -> None:
        """Add to the loss of the call in progress: a Tensor with one value, or several of them in a list.

        Example:
            >>> class Quiet(Layer):
            ...     def call(self, inputs):
            ...         self.add_loss(0.1 * np.mean(np.square(inputs)))
            ...         return inputs
            >>> layer = Quiet()
            >>> out = layer(np.array([[2.0]]))
            >>> layer.losses
            [Tensor(0.4)]
        """
        for term in loss if isinstance(loss, (list, tuple)) else [loss]:
            if not isinstance(term, Tensor) or term.size != 1:
                raise ValueError(
                    f"{self._label()} expects add_loss(t) of a Tensor with one value, computed from the inputs of "
                    f"call; received {term!r}."
                )
            self._notes.losses.terms.append(np.reshape(term, ()) if term.ndim else term)

    @property
    def losses(self) -> list[Tensor]:
        """The terms of the loss that come from this layer and from those inside, each a Tensor with one value.

        First those of `add_loss` and the activity regularizers in the last call, then the penalties on trained weights.
        """
        terms = [term for layer in self._and_below() for term in layer._notes.losses.terms]
        penalized = [w for w in self.trainable_weights if getattr(w, "regularizer", None) is not None]
        return [*terms, *[weight.regularizer(weight) for weight in penalized]]

    def _forget_losses(self):
        for layer in self._and_below():
            layer._notes.losses.terms.clear()

    def _and_below(self):
        return [self, *self._walk().layers]

    # -- computing ----------------------------------------------------------------------------------

    def build(self, input_shape):
        """Make the weights for inputs of this shape, such as (None, 10); once, a second call does nothing.

        Of inputs in a list or a dict it is given their shapes in a list or a dict. A build of other arguments, such as
        `value_shape`, is given the shape of what `call` takes under that name, `value`.
        """
        self.built = True

    # -- symbolic values ------------------------------------------------------------------------------

    @property
    def symbolic_calls(self):
        """The calls of the layer with symbolic values, in their order."""
        return self._notes.symbolic_calls

    def symbolic_specs(self, inputs, training=None, mask=None, **named):
        """The structure of what the layer gives for symbolic inputs, and (shape, dtype) of each value in a list."""
        if type(self).compute_output_spec is not Layer.compute_output_spec:
            with suppress(NotImplementedError):  # by which it says that only a trial can tell
                values = self.compute_output_spec(inputs, **named)
                return map_structure(lambda _: 0, values), [(value.shape, value.dtype) for value in flatten(values)]
        return self._specs(inputs, named)

    def _specs(self, inputs, named):
        if type(self).compute_output_shape is Layer.compute_output_shape or named:
            with self._trying():
                return tried(self, (inputs,), named)
        shapes = self.compute_output_shape(map_structure(_shape, inputs))
        return map_shapes(lambda _: 0, shapes), [(shape, self.dtype) for shape in each_shape(shapes)]

    @contextmanager
    def _trying(self):
        """A call that only finds shapes: no graph, no warnings, and no terms of the loss are left by it."""
        with no_grad(), np.errstate(all="ignore"), warnings.catch_warnings(action="ignore"):
            try:
                yield
            finally:
                self._forget_losses()

    def compute_output_spec(self, inputs: Any, **named: Any) -> Any:
        """The symbolic values that the layer would give for symbolic inputs; it computes nothing.

        Example:
            >>> from tinygrad_edu import keras
            >>> keras.layers.Dense(4).compute_output_spec(keras.KerasTensor((2, 3))).shape
            (2, 4)
        """
        form, specs = self._specs(inputs, named)
        return rebuild(form, [Symbolic(shape, dtype, self.name) for shape, dtype in specs])

    def _called_with_symbols(self, inputs, more, training, mask, named):
        """Note a call with symbolic values; the symbolic values that it will give, in their structure."""
        training, mask, named = self._by_name(more, training, mask, named)
        self._refuse_several(inputs)
        shapes = map_structure(_shape, inputs)
        if not self.built:
            others = {f"{name}_shape": x.shape for name, x in named.items() if hasattr(x, "shape")}
            self.build_for(map_shapes(lambda shape: (None, *shape[1:]), shapes), **others)
        self.check_input(shapes)
        form, specs = self.symbolic_specs(inputs, **named)
        given = {name: value for name, value in (("training", training), ("mask", mask)) if value is not None}
        return SymbolicCall(self, (inputs,), named | given, form, specs).returned

    def _symbolic_values(self, name):
        """The symbolic values that the layer was called with first ("input"), or gave then ("output"); or None."""
        calls = self.symbolic_calls
        if not calls and vars(self._notes).get("holder") is not None:
            self._notes.holder.note_calls()
        if not calls or name.endswith("s"):
            return None
        return calls[0].returned if name == "output" or not calls[0].args else calls[0].args[0]

    # -- the call -------------------------------------------------------------------------------------

    def __call__(
        self, inputs: Any = None, *more: Any, training: bool | None = None, mask: Any = None, **named: Any
    ) -> Tensor:
        if inputs is None:
            inputs = named.pop(_arguments(type(self).call)[0], None)
            if inputs is None:
                raise TypeError(f"{self._label()} expects its inputs, an array or a Tensor; received None.")
        if more or named or type(inputs) is not Tensor:
            if is_symbolic(inputs) or is_symbolic(more) or is_symbolic(named):
                return self._called_with_symbols(inputs, more, training, mask, named)
            inputs, training, mask, named = self._taken(inputs, more, training, mask, named)
        mask = masks_of(inputs) if mask is None else map_structure(lambda m: None if m is None else as_mask(m), mask)
        if not self.built:
            self.build_for(shapes_of(inputs), **{f"{name}_shape": x.shape for name, x in _tensors(named).items()})
        self.check_input(inputs.shape if isinstance(inputs, Tensor) else map_structure(_shape, inputs))
        if self.autocast:
            inputs = self._cast(inputs) if isinstance(inputs, Tensor) else map_structure(self._cast, inputs)
            named = {name: map_structure(self._cast, value) for name, value in named.items()} if named else {}
        outer = _training.get()
        if outer is None:
            self._forget_losses()
        token = _training.set(bool(outer) if training is None else bool(training))
        try:
            with scope(self.name, self):
                for name, value in (("training", _training.get()), ("mask", mask)):
                    if takes(type(self).call, name):
                        named[name] = value
                out = self.call(inputs, **named)
                if out is None:
                    raise TypeError(f"{self._label()}.call should return its output; it returned None.")
                if self.activity_regularizer is not None:
                    for tensor in flatten(out):
                        self.add_loss(self.activity_regularizer(tensor) / max(len(tensor), 1))
                self._mask_output(inputs, out, mask)
        finally:
            _training.reset(token)
        if outer is None and not training and isinstance(out, Tensor):
            out.readable = True
        return out

    def _taken(self, inputs, more, training, mask, named):
        """The arguments of a call: data as Tensors, what was given by place under its name."""
        training, mask, named = self._by_name(more, training, mask, named)
        inputs = as_tensors(inputs)
        self._refuse_several(inputs)
        return inputs, training, mask, {name: as_tensors(x, numbers=False) for name, x in named.items()}

    def _by_name(self, more, training, mask, named):
        """The arguments of a call by name, those given by place too."""
        names = self._arguments_of_call() if more else ()
        if len(more) == 1 and names[:1] == ["training"] and getattr(more[0], "ndim", 0):  # layer(inputs, mask)
            mask, more = more[0], ()
        if more:
            if len(more) > len(names):
                raise TypeError(
                    f"{self._label()} takes {', '.join(['inputs', *names])} by place; received {1 + len(more)} values."
                )
            named = dict(zip(names, more)) | named
            training, mask = named.pop("training", training), named.pop("mask", mask)
        return training, mask, named

    def _refuse_several(self, inputs):
        if is_nested(inputs) and not self.several_inputs:
            raise ValueError(
                f"{self._label()} takes one input; received {described(inputs)}. Call it once for each of them, or "
                "join them with Concatenate first."
            )

    def _arguments_of_call(self):
        """The names of the arguments that the layer may be given by place after the inputs, as `call` takes them."""
        code = type(self).call.__code__
        names = code.co_varnames[2 : code.co_argcount]
        return ["training", "mask"] if set(names) <= {"training", "mask"} else list(names)

    def call(self, inputs):
        """The computation, on a Tensor, or a list or dict of Tensors; it gives a Tensor, or a list or dict of them.

        Take `training=False` as well to tell training from prediction, and `mask=None` for the mask of the inputs: a
        Tensor of booleans, False for padding. What else it takes, the layer can be called with by name.
        """
        raise NotImplementedError(f"{type(self).__name__} must define call(inputs).")

    def compute_mask(self, inputs, previous_mask):
        """The mask of the output, for inputs with this mask: the same one, where the layer supports masking."""
        return previous_mask

    def _mask_output(self, inputs, out, mask):
        if self.supports_masking:
            if isinstance(out, Tensor) and mask_of(out) is None:
                found = self.compute_mask(inputs, mask)
                if found is not None and not is_nested(found):
                    set_mask(out, found)
        elif mask is not None:
            warn(
                f"{self._label()} does not support masking: the mask of its input ends here, and all that follows "
                "counts the masked steps too. GlobalAveragePooling1D averages over the steps that count; in a layer "
                "of your own, self.supports_masking = True passes the mask on."
            )

    def build_for(self, input_shape, **others):
        """Build the weights for this input shape once, and note the shapes.

        Args:
            input_shape: the shape, or a list or dict of them.
            others: the shapes of other arguments of `call`, by their name and `_shape`.
        """
        input_shape = as_shapes(input_shape)
        self._build_by_name(input_shape, others)
        if self.output_shape is None:
            self.input_shape = input_shape
            if not others and not _needs_more(type(self).call):
                self.output_shape = self.compute_output_shape(input_shape)

    def _build_by_name(self, input_shape, others):
        """Call `build` with the shapes that it asks for: of one argument that of the inputs, of several each by name.

        Raises:
            ValueError: `build` asks for the shape of something that `call` does not take.
        """
        wanted = _arguments(type(self).build)
        if len(wanted) == 1:
            self.build(input_shape)
            return
        taken = _arguments(type(self).call)
        if f"{taken[0]}_shape" in wanted:
            others = {f"{taken[0]}_shape": input_shape, **others}
        else:
            others = {wanted[0]: input_shape, **others}
        for name in wanted[1:]:
            if name.removesuffix("_shape") not in taken or not name.endswith("_shape"):
                raise ValueError(
                    f"{self._label()}: build expects the shapes of what call takes, each under its name and _shape, as "
                    f"{', '.join(f'{known}_shape' for known in taken)}; received {name!r}."
                )
        self.build(**{name: shape for name, shape in others.items() if name in wanted})

    def compute_output_shape(self, input_shape):
        """The shape of the output for an input of this shape; `None` stands for the batch, or an unknown length.

        Of several inputs it is given a list or a dict of shapes, and of several outputs it gives one.
        """
        if type(self).call is Layer.call:
            raise NotImplementedError(
                f"{type(self).__name__} must define call(inputs), or compute_output_shape(shape)."
            )
        if type(self).compute_output_spec is not Layer.compute_output_spec:
            inputs = map_shapes(lambda shape: Symbolic(shape, self.dtype, self.name), input_shape)
            with suppress(NotImplementedError):  # by which it says that only a trial can tell
                return map_structure(_shape, self.compute_output_spec(inputs))
        found = []
        for length in (1, 2) if any(None in shape[1:] for shape in each_shape(input_shape)) else (1,):
            trial = zeros_of(input_shape, length, self.dtype)
            masked = takes(type(self).call, "mask")
            mask = map_structure(lambda x: np.ones(x.shape[:-1], bool), trial) if masked else None
            with self._trying():
                out = self(trial, mask=mask)
            found.append([tensor.shape for tensor in flatten(out)])
        known = [(None, *[n if n == m else None for n, m in zip(a[1:], b[1:])]) for a, b in zip(found[0], found[-1])]
        return rebuild(out, known) if is_nested(out) else known[0]

    def check_values(self, inputs):
        """Raise a ValueError for an array of inputs with values that the layer does not take, such as an index that
        there is not. A program does not ask: `fit`, `evaluate` and `predict` do, for the first layer, with all data."""

    def check_input(self, shape):
        """Raise a ValueError when inputs of this shape do not fit the built layer: here, its `input_spec`."""
        specs = vars(self).get("input_spec")
        pairs = zip(specs, shape) if isinstance(specs, (list, tuple)) else [(specs, shape)]
        for spec, one in pairs:
            if isinstance(spec, InputSpec) and (problem := spec.problem(one)):
                raise ValueError(f"{self._label()} expects inputs with {problem}.")

    def _cast(self, inputs):
        """The inputs in the dtype of the weights, so that float32 layers stay float32."""
        weight = self._walk().floats
        if weight is None or not isinstance(inputs, Tensor) or weight.dtype == inputs.dtype:
            return inputs
        return inputs.astype(weight.dtype)

    def __repr__(self):
        return f"<{type(self).__name__} name={self.name}, built={self.built}>"


@lru_cache(4096)
def takes(function, name):
    """True if a function has an argument of this name."""
    code = getattr(getattr(function, "__wrapped__", function), "__code__", None)
    return code is not None and name in code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]


def _arguments(method):
    """The names of the arguments by place of a method, without self; of one that takes any, no more than one."""
    code = getattr(getattr(method, "__wrapped__", method), "__code__", None)
    return list(code.co_varnames[1 : code.co_argcount]) if code is not None and code.co_argcount > 1 else ["inputs"]


def _needs_more(call):
    """True if a `call` cannot do with the inputs alone."""
    code = getattr(call, "__code__", None)
    return code is not None and code.co_argcount - len(call.__defaults__ or ()) > 2


def as_tensors(inputs, numbers=True):
    """Data as Tensors: one, or a list or dict of them. None, and what is no data, stays as it is.

    Lists of numbers are one array; lists that hold arrays, Tensors or dicts are several inputs.

    Args:
        numbers: whether numbers and lists of them become Tensors too.

    Example:
        >>> as_tensors([[1.0, 2.0], [3.0, 4.0]]).shape
        (2, 2)
        >>> [t.shape for t in as_tensors([np.zeros(3), np.zeros((2, 2))])]
        [(3,), (2, 2)]
    """
    if isinstance(inputs, Tensor | Symbolic):
        return inputs
    if isinstance(inputs, np.ndarray):
        return constant(inputs)
    if is_several(inputs):
        return rebuild(inputs, [leaf if leaf is None else as_tensors(leaf, numbers) for leaf in flatten(inputs)])
    return constant(np.asarray(inputs)) if numbers or hasattr(inputs, "__array__") else inputs


_LOOKED_AT = 8  # entries of a list, to tell arrays from numbers


def is_several(inputs):
    """True for a structure of arrays, False for one array that is written as a list of numbers."""
    if isinstance(inputs, dict):
        return True
    if not isinstance(inputs, list | tuple):
        return False
    return any([hasattr(part, "shape") and part.shape != () or is_several(part) for part in inputs[:_LOOKED_AT]])


def _tensors(named):
    return {name: value for name, value in named.items() if isinstance(value, Tensor)}


def _shape(value):
    return None if value is None else value.shape


def _once(build):
    """A layer's `build` that marks it as built, and does nothing where that was done before."""

    @wraps(build)
    def build_once(self, *shapes, **others):
        if not self.built:
            with _building:
                _build_wholly(self, build, shapes, others)

    return build_once


_building = RLock()  # so that two threads do not make the weights of one layer twice


def _build_wholly(layer, build, shapes, others):
    """Build a layer in a context of its own; broken off, by Ctrl-C say, it has made no weights."""
    added = layer._notes.added
    count = len(added)
    try:
        if not layer.built:
            copy_context().run(build, layer, *shapes, **others)
            layer.built = True
            layer.input_shape = as_shapes(next(iter([*shapes, *others.values()])))
    except BaseException:
        del added[count:]
        raise


def _shape_of_sample(shape):
    """The shape of a sample as a tuple."""
    if not isinstance(shape, Sequence):
        raise ValueError(
            f"input_shape expects the shape of one sample, a tuple; received {shape!r}. Parentheses alone make none: "
            f"write input_shape=({shape!r},)."
        )
    return tuple(shape)


def _name_of_dtype(dtype):
    """The name of a float type, which may be given as Keras's files write it."""
    if isinstance(dtype, dict):
        dtype = dtype["config"]["name"]
    try:
        return np.dtype(dtype or floatx()).name
    except TypeError:
        raise ValueError(
            f"dtype expects 'float16', 'float32' or 'float64'; received {dtype!r}. Mixed precision is not offered."
        ) from None


def take_stored(weights, arrays):
    """Let weights take the values of arrays of a file.

    Raises:
        ValueError: an array is no value of its weight. Nothing is changed then.
    """
    for weight, array in zip(weights, arrays):
        _check_stored(weight, array)
    values = [_read_stored(weight, array) for weight, array in zip(weights, arrays)]
    for weight, array in zip(weights, values):
        weight.replace(array)


def _check_stored(weight, array):
    """Raise a ValueError for an array of a file that is no value of this weight."""
    kinds = "iu" if weight.dtype.kind in "iu" else weight.dtype.kind
    if array.shape != weight.shape or array.dtype.kind not in kinds:
        has = f"the file has shape {array.shape} and dtype {array.dtype}"
        raise ValueError(f"Weight {weight.path!r} has shape {weight.shape} and dtype {weight.dtype}; {has}.")


def _read_stored(weight, array):
    """The values of an array of a file, in the dtype of a weight."""
    values = np.asarray(array)
    if values.shape != weight.shape:
        raise ValueError(f"The values of {weight.path!r} are not what the file announces.")
    if np.isnan(values).any():
        raise ValueError(f"{weight.path!r} has NaN in the file, from a training that went wrong: it is not taken.")
    with np.errstate(over="ignore"):
        return np.array(values, dtype=weight.dtype)
