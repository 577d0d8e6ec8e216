"""The layer: a function with weights. Everything that trains, from Dense to a whole Model, is one."""

import warnings
from contextlib import nullcontext
from contextvars import ContextVar
from functools import wraps

import numpy as np

from .. import replay
from ..common.floats import floatx
from ..common.naming import snake_case
from ..common.objects import Configured
from ..common.reading import read_setting
from ..engine.op import constant
from ..engine.tensor import Tensor, no_grad
from . import constraints, initializers, regularizers
from .masking import as_mask, mask_of, set_mask

_counts = {}

# Whether the call in progress is one of training: what the layers inside a model are told. None outside of calls.
_training = ContextVar("training", default=None)

# A function of (shape, dtype) that gives the first values of weights in place of their initializers, while a model
# is read from a file: nothing is drawn, and no more room is taken than the file can fill.
weights_from = ContextVar("weights from", default=None)


def unique_name(base):
    """`base`, then `base_1`, `base_2`, …: a name for an object that the user did not name."""
    n = _counts[base] = _counts.get(base, -1) + 1
    return f"{base}_{n}" if n else base


class Layer(Configured):
    """Base of the layers: `build` makes the weights, `call` computes.

    The weights of a layer are what `add_weight` made, other leaf Tensors among its attributes that want a
    gradient, and the weights of the layers among its attributes; lists, tuples and dicts are searched too.
    In this order, the trainable ones of a layer before its statistics, as in Keras.

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
    autocast = True
    supports_masking = False  # whether its output has a mask: what `compute_mask` makes of that of the input
    left_out = {}  # arguments of Keras that are not offered, with the values that change nothing
    _state = frozenset({"built", "input_shape", "output_shape", "_losses", "_holding"})
    _of_first = ("input_shape", "input_dim")  # arguments that say something about the data, not about the layer

    def __init__(
        self,
        *,
        name=None,
        trainable=True,
        activity_regularizer=None,
        input_shape=None,
        input_dim=None,
        dtype=None,
        **unknown,
    ):
        object.__setattr__(self, "_made", {})  # weight -> (regularizer, constraint), of what add_weight made
        object.__setattr__(self, "_losses", [])  # what the last call left in add_loss
        self._refuse(self._without_neutral(unknown))
        if input_dim is not None:
            input_shape = (input_dim,)
        self.name = name or unique_name(snake_case(type(self).__name__))
        self.trainable = trainable
        self.activity_regularizer = regularizers.get(activity_regularizer)
        self.dtype = _name_of_dtype(dtype)
        self.given_input_shape = None if input_shape is None else tuple(input_shape)
        self.built = False
        self.input_shape = self.output_shape = None

    def __init_subclass__(cls, **options):
        super().__init_subclass__(**options)
        if cls._state is not None:
            cls._state = cls._state | Layer._state
        if "build" in vars(cls):
            cls.build = _once(cls.build)
        if "compute_mask" in vars(cls) and "supports_masking" not in vars(cls):
            cls.supports_masking = True

    def __getattr__(self, name):
        if "_made" not in vars(self) and not name.startswith("__"):
            raise RuntimeError(f"{type(self).__name__}.__init__ must begin with super().__init__().")
        text = f"{type(self).__name__!r} object has no attribute {name!r}"
        if name in ("input", "inputs", "output", "outputs"):
            text += (
                ": there are no symbolic tensors, layers take arrays. To see what a layer gives, call those up to it: "
                "for layer in model.layers[:2]: x = layer(x). Its shape is in output_shape."
            )
        raise AttributeError(text, name=name, obj=self)

    def __setattr__(self, name, value):
        super().__setattr__(name, value)
        holding = vars(self).setdefault("_holding", {})  # the attributes in which there may be weights and layers
        if isinstance(value, (Tensor, Layer, dict, list, tuple)) and name not in self._state:
            holding[name] = value
        else:
            holding.pop(name, None)

    def __delattr__(self, name):
        super().__delattr__(name)
        self._holding.pop(name, None)

    def get_config(self):
        shared = self._shared_config()
        return shared | super().get_config() | {"dtype": shared["dtype"]}

    def _shared_config(self):
        policy = {"module": "keras", "class_name": "DTypePolicy", "config": {"name": self.dtype}}
        return {"name": self.name, "trainable": self.trainable, "dtype": policy | {"registered_name": None}}

    @classmethod
    def from_config(cls, config):
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
        """Unknown arguments without those of `left_out`, which may only have their neutral value."""
        for name in unknown.keys() & self.left_out.keys():
            if unknown[name] not in (None, self.left_out[name]):
                raise ValueError(
                    f"{type(self).__name__} does not offer Keras's {name}: expected {name}={self.left_out[name]!r}, "
                    f"or nothing; received {unknown[name]!r}."
                )
        return [name for name in unknown if name not in self.left_out]

    def _arguments(self):
        silent = (*self._of_first, *(["activity_regularizer"] if self.activity_regularizer is None else []))
        names = [name for name in self.argument_names() if name not in silent]
        if missing := [name for name in names if not hasattr(self, name)]:
            raise TypeError(
                f"{type(self).__name__} keeps no attribute {missing[0]!r}: write self.{missing[0]} = {missing[0]} in "
                "its __init__, or define get_config()."
            )
        return {name: getattr(self, name) for name in names}

    # -- weights ------------------------------------------------------------------------------------

    @property
    def trainable(self):
        """Whether training updates the weights. Setting it sets it for all layers inside, as in Keras."""
        return self._trainable

    @trainable.setter
    def trainable(self, value):
        self._trainable = bool(value)
        for layer in self.sublayers:
            layer.trainable = value

    def build(self, input_shape):
        """Make the weights for inputs of this shape, such as (None, 10); once, a second call does nothing."""
        self.built = True

    def add_weight(
        self,
        shape=(),
        initializer="glorot_uniform",
        dtype=None,
        *,
        name=None,
        trainable=True,
        regularizer=None,
        constraint=None,
    ):
        """A new weight of this shape. Assign it to an attribute.

        Args:
            shape: the shape, a tuple.
            initializer: its first values: a name, an Initializer or a function of (shape, dtype).
            dtype: its NumPy dtype; that of the layer by default.
            name: what errors and pictures call it, after the layer's name.
            trainable: whether it gets a gradient; False for statistics.
            regularizer: a penalty on it that is added to the loss.
            constraint: gives what becomes of its values after each update.
        """
        initialize = weights_from.get() or initializers.get(initializer)
        values = initialize(shape, dtype=dtype or self.dtype)
        weight = Tensor(values, requires_grad=trainable, name=f"{self.name}/{name or 'weight'}")
        self._made[weight] = regularizers.get(regularizer), constraints.get(constraint)
        return weight

    @property
    def sublayers(self):
        """The layers among the attributes, each once."""
        return list(dict.fromkeys(value for value in self._members() if isinstance(value, Layer)))

    def _members(self):
        """The Tensors and layers among the attributes and in their lists, tuples and dicts."""
        if "_made" not in vars(self):
            raise RuntimeError(f"{type(self).__name__}.__init__ must begin with super().__init__().")
        return _members(vars(self).get("_holding", {}).values())

    @property
    def weights(self):
        """All weights, those of sublayers included, each once."""
        return self._collect(lambda layer, weight: True)

    @property
    def trainable_weights(self):
        """The weights that training updates."""
        return self._collect(lambda layer, weight: layer.trainable and weight.requires_grad)

    @property
    def non_trainable_weights(self):
        """The weights that training leaves alone: frozen ones and statistics."""
        trainable = set(self.trainable_weights)
        return [weight for weight in self.weights if weight not in trainable]

    variables = property(lambda self: self.weights, doc="Keras's other name for `weights`.")
    trainable_variables = property(lambda self: self.trainable_weights, doc="The same as `trainable_weights`.")
    non_trainable_variables = property(lambda self: self.non_trainable_weights, doc="`non_trainable_weights`.")

    def _collect(self, wanted):
        values = list(self._members())
        own = [t for t in values if isinstance(t, Tensor) and t.op is None and t.requires_grad]
        own = sorted(dict.fromkeys([*self._made, *own]), key=lambda weight: not weight.requires_grad)
        found = dict.fromkeys(weight for weight in own if wanted(self, weight))
        for layer in values:
            if isinstance(layer, Layer) and (self.trainable or wanted(self, layer)):
                found |= dict.fromkeys(layer._collect(wanted))
        return list(found)

    # -- files --------------------------------------------------------------------------------------

    def children(self):
        """By attribute the layers inside, and the lists, tuples and dicts in which there are some, in Keras's order."""
        return in_order_of_keras(self._holding)

    def get_build_config(self):
        """The shape of the input that the weights were made for, for `build_from_config`; None where there are none."""
        if not self.built or self.input_shape is None or type(self).build is Layer.build:
            return None
        return {"input_shape": list(self.input_shape)}

    def build_from_config(self, config):
        """Make the weights as `get_build_config` says."""
        if config.get("input_shape") and not self.built:
            self.build_for(tuple(config["input_shape"]))

    def own_weights(self):
        """The weights of the layer itself, not of those inside."""
        inside = {weight for layer in self.sublayers for weight in layer.weights}
        return [weight for weight in self.weights if weight not in inside]

    def save_own_variables(self, store):
        """Put the weights of the layer itself into a dict, as "0", "1", …; override it to keep something else."""
        store.update({str(i): weight.numpy() for i, weight in enumerate(self.own_weights())})

    def load_own_variables(self, store):
        """Take the weights that `save_own_variables` put into a dict.

        Raises:
            ValueError: their number, a shape or a kind of type differs, or there is NaN among them. Nothing is
                changed then.
        """
        weights = self.own_weights()
        if store.keys() != set(map(str, range(len(weights)))):
            raise ValueError(f"{self._label()} has {len(weights)} weights; the file has {len(store)} for it.")
        for i, weight in enumerate(weights):
            _check_stored(weight, store[str(i)])
        arrays = [_read(weight, store[str(i)]) for i, weight in enumerate(weights)]
        for weight, array in zip(weights, arrays):
            weight._replace(array)

    # -- penalties and constraints ------------------------------------------------------------------

    def add_loss(self, loss):
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
            self._losses.append(np.reshape(term, ()) if term.ndim else term)

    @property
    def losses(self):
        """The terms of the loss that come from this layer and from those inside, each a Tensor with one value.

        What `add_loss` and the activity regularizers got in the last call, then the penalties on trained weights.
        """
        made = {}
        terms = self._added(made)
        weights = self.trainable_weights if made else ()
        return [*terms, *[made[weight](weight) for weight in weights if weight in made]]

    def _added(self, regularizers_of):
        """What was added in the last call, here and inside; the regularizers of all weights go into a dict."""
        regularizers_of |= {weight: penalty for weight, (penalty, _) in self._made.items() if penalty is not None}
        terms = list(self._losses)
        for layer in self.sublayers:
            terms += layer._added(regularizers_of)
        return terms

    def _forget_losses(self):
        self._losses.clear()
        for layer in self.sublayers:
            layer._forget_losses()

    def constrain(self):
        """Put the trained weights back where their constraints want them; `train_step` does so after each update."""
        found = self._constraints()
        if found:
            with no_grad(), replay.section("constraints"):
                for weight in self.trainable_weights:
                    if weight in found:
                        replay.assign(weight, found[weight](weight))

    def _constraints(self):
        """By weight, of this layer and of those inside."""
        found = {weight: constraint for weight, (_, constraint) in self._made.items() if constraint is not None}
        for layer in self.sublayers:
            found |= layer._constraints()
        return found

    def count_params(self):
        """The number of values in all weights.

        Raises:
            ValueError: the layer has not been built, so the number is not known yet.
        """
        if not self.built:
            raise ValueError(
                f"{self._label()} has no weights yet, as it has not seen its input. Give the first layer an "
                "Input((features,)) before it, or call build(input_shape)."
            )
        return int(sum(weight.size for weight in self.weights))

    def get_weights(self):
        """Copies of all weights as NumPy arrays."""
        return [weight.numpy() for weight in self.weights]

    def set_weights(self, arrays):
        """Replace all weights by copies of these arrays, in the order of `get_weights()`.

        Raises:
            ValueError: their number or a shape differs. Nothing is changed then.
        """
        weights, arrays = self.weights, [np.asarray(array) for array in arrays]
        if len(arrays) != len(weights):
            raise ValueError(f"{self._label()} has {len(weights)} weights; received {len(arrays)} arrays.")
        for weight, array in zip(weights, arrays):
            if weight.shape != array.shape:
                raise ValueError(f"Weight {weight.name!r} has shape {weight.shape}; received shape {array.shape}.")
        for weight, array in zip(weights, arrays):
            weight._replace(np.array(array, dtype=weight.dtype))

    # -- computing ----------------------------------------------------------------------------------

    def __call__(self, inputs, training=None, mask=None):
        if getattr(training, "ndim", 0):  # layer(inputs, mask)
            training, mask = None, training
        mask = mask_of(inputs) if mask is None else as_mask(mask)
        inputs = inputs if isinstance(inputs, Tensor) else constant(np.asarray(inputs))
        if not self.built:
            self.build_for((None, *inputs.shape[1:]))
        self.check_input(inputs.shape)
        if self.autocast:
            inputs = self._cast(inputs)
        outer = _training.get()
        if outer is None:
            self._forget_losses()
        token = _training.set(bool(outer) if training is None else bool(training))
        try:
            with replay.scope(self.name) if replay.active() else nullcontext():
                told = {"training": _training.get(), "mask": mask}
                out = self.call(inputs, **{name: told[name] for name in told if takes(type(self).call, name)})
                if self.activity_regularizer is not None:
                    self.add_loss(self.activity_regularizer(out) / max(len(out), 1))
                self._mask_output(inputs, out, mask)
        finally:
            _training.reset(token)
        return out

    def call(self, inputs):
        """The computation, on a Tensor.

        Take `training=False` as well to tell training from prediction, and `mask=None` for the mask of the inputs: a
        Tensor of booleans, False for steps that do not count.
        """
        raise NotImplementedError(f"{type(self).__name__} must define call(inputs).")

    def compute_mask(self, inputs, previous_mask):
        """The mask of the output, for inputs with this mask: the same one, where the layer supports masking."""
        return previous_mask

    def _mask_output(self, inputs, out, mask):
        if self.supports_masking:
            if isinstance(out, Tensor) and mask_of(out) is None:
                found = self.compute_mask(inputs, mask)
                if found is not None:
                    set_mask(out, found)
        elif mask is not None:
            warnings.warn(
                f"{self._label()} does not support masking: the mask of its input ends here, and all that follows "
                "counts the masked steps too. GlobalAveragePooling1D averages over the steps that count; in a layer "
                "of your own, self.supports_masking = True passes the mask on.",
                stacklevel=3,
            )

    def build_for(self, input_shape):
        """Build the weights for this input shape once, and note the shapes."""
        self.build(input_shape)
        if self.output_shape is None:
            self.input_shape = tuple(input_shape)
            self.output_shape = self.compute_output_shape(self.input_shape)

    def compute_output_shape(self, input_shape):
        """The shape of the output for an input of this shape; `None` stands for the batch, or an unknown length."""
        found = []
        for length in (1, 2) if None in input_shape[1:] else (1,):
            shape = (1, *(n or length for n in input_shape[1:]))
            mask = np.ones(shape[:-1], bool) if takes(type(self).call, "mask") else None
            with no_grad(), np.errstate(all="ignore"), warnings.catch_warnings(action="ignore"):  # it is only a trial
                found.append(self(np.zeros(shape, self.dtype), mask=mask).shape)
        return (None, *[n if n == m else None for n, m in zip(found[0][1:], found[-1][1:])])

    def check_input(self, shape):
        """Raise a ValueError when inputs of this shape do not fit the built layer."""

    def _cast(self, inputs):
        """The inputs in the dtype of the weights, so that float32 layers stay float32."""
        for weight in self.weights:
            if weight.dtype.kind == "f":
                return inputs if inputs.dtype == weight.dtype else inputs.astype(weight.dtype)
        return inputs

    def _label(self):
        return f"{type(self).__name__} {self.name!r}"

    def __repr__(self):
        return f"<{type(self).__name__} name={self.name}, built={self.built}>"


def takes(function, name):
    """Whether a function has an argument of this name."""
    code = getattr(function, "__code__", None)
    return code is not None and name in code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]


def _once(build):
    """A layer's `build` that marks it as built, and does nothing where that was done before."""

    @wraps(build)
    def build_once(self, input_shape):
        if not self.built:
            build(self, input_shape)
            self.built, self.input_shape = True, tuple(input_shape)

    return build_once


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


def in_order_of_keras(attributes):
    """Attributes by name in the order in which Keras visits them: that of their names, private ones last."""
    return dict(sorted(attributes.items(), key=lambda item: (item[0].startswith("_"), item[0])))


def _check_stored(weight, array):
    """Raise a ValueError for an array of a file that is no value of this weight."""
    kinds = "iu" if weight.dtype.kind in "iu" else weight.dtype.kind
    if array.shape != weight.shape or array.dtype.kind not in kinds:
        has = f"the file has shape {array.shape} and dtype {array.dtype}"
        raise ValueError(f"Weight {weight.name!r} has shape {weight.shape} and dtype {weight.dtype}; {has}.")


def _read(weight, array):
    """The values of an array of a file, in the dtype of a weight."""
    values = np.asarray(array)
    if values.shape != weight.shape:
        raise ValueError(f"The values of {weight.name!r} are not what the file announces.")
    if np.isnan(values).any():
        raise ValueError(f"{weight.name!r} has NaN in the file, from a training that went wrong: it is not taken.")
    with np.errstate(over="ignore"):
        return np.array(values, dtype=weight.dtype)


def _members(values):
    """The Tensors and layers among these values and in their lists, tuples and dicts."""
    for value in values:
        if isinstance(value, (Tensor, Layer)):
            yield value
        elif isinstance(value, dict):
            yield from _members(value.values())
        elif isinstance(value, (list, tuple)):
            yield from _members(value)
