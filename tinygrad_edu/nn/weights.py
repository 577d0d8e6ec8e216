"""The weights of a layer: made by `add_weight`, found among its attributes, frozen, constrained, copied.

One walk over the attributes of a layer, and over those of the layers among them, finds all that changes from step to
step. It is kept until something changed that it saw: an attribute of any layer, the entries of a list, whether a
Tensor wants a gradient.
"""

from collections.abc import Sequence
from itertools import chain, count
from operator import is_
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..common.arguments import checked
from ..common.notes import Noted, notes_of
from ..common.objects import Configured
from ..common.random import GeneratorState, SeedGenerator
from ..common.types import DType, Identifier
from ..engine.recorder import no_grad, section
from ..engine.tensor import Tensor
from ..engine.variable import Variable
from . import constraints, initializers, regularizers
from .metrics import Metric

_numbers = count(1)
_changes = 0  # another number after each change of an attribute of any layer that may hold weights


def _note_change():
    global _changes
    _changes = next(_numbers)


class WithWeights(Configured):
    """The part of a layer that keeps weights: its own, and those of the layers among its attributes.

    The weights are what `add_weight` made, other Variables among the attributes, and leaf Tensors among them that want
    a gradient; lists, tuples and dicts are searched too. In this order, those that were made to be trained before the
    others, as in Keras.
    """

    name: str
    dtype: str
    _notes: Any
    built, input_shape, output_shape = Noted(), Noted(), Noted()

    def _begin(self):
        """Nothing has been made yet."""
        notes = notes_of(self)
        notes.added = []  # what add_weight made
        notes.generator_states = {}  # by id, the states of NumPy generators among the attributes
        notes.walk = _Walk()

    def __setattr__(self, name, value):
        super().__setattr__(name, value)
        held = _held(self)
        if isinstance(value, _MAY_HOLD) and not isinstance(getattr(type(self), name, None), Noted):
            if held.get(name) is not value:
                held[name] = value
                _note_change()
        elif held.pop(name, None) is not None:
            _note_change()

    def __delattr__(self, name):
        super().__delattr__(name)
        if _held(self).pop(name, None) is not None:
            _note_change()

    def children(self):
        """The attributes in which there may be layers, by name in Keras's order: layers, lists, tuples and dicts."""
        return in_order_of_keras({name: x for name, x in _held(self).items() if isinstance(x, _MAY_HOLD_LAYERS)})

    def _walk(self):
        """The weights, Variables and layers among the attributes, as they are now."""
        if not self._notes.walk.is_current():
            self._notes.walk = _Walk(self)
        return self._notes.walk

    # -- weights ------------------------------------------------------------------------------------

    @checked
    def add_weight(
        self,
        *args: Any,
        shape: Sequence[int] | None = None,
        initializer: Identifier | None = None,
        dtype: DType | None = None,
        trainable: bool = True,
        autocast: bool = True,
        regularizer: Identifier | None = None,
        constraint: Identifier | None = None,
        aggregation: Literal["none", "mean", "sum", "only_first_replica"] | None = "none",
        overwrite_with_gradient: bool = False,
        name: str | None = None,
    ) -> Variable:
        """A new weight of this shape, a Variable. Assign it to an attribute.

        Args:
            shape: the shape, a tuple; a number when None.
            initializer: its first values: a name, an Initializer or a function of (shape, dtype); "glorot_uniform" by
                default, "zeros" for whole numbers.
            dtype: its NumPy dtype; that of the layer by default.
            trainable: whether it gets a gradient; False for statistics.
            regularizer: a penalty on it that is added to the loss.
            constraint: gives what becomes of its values after each update.
            name: its name, "kernel"; `path` is this after the layer's name, "dense/kernel".
            aggregation: an attribute of it, for trainings on several devices in Keras.
            autocast, overwrite_with_gradient: accepted for Keras's sake.

        Shape, initializer and dtype may be given by place too, in this order.

        Raises:
            ValueError: the name was given by its place, or an argument twice.
            TypeError: more than three are given by place.

        Example:
            >>> layer = tg.nn.Layer(name="scale")
            >>> layer.add_weight(shape=(2,), initializer="ones", name="factor")
            <Variable path=scale/factor, shape=(2,), dtype=float32, value=[1., 1.]>
        """
        shape, initializer, dtype = _by_place_or_name(args, shape, initializer, dtype)
        dtype = np.dtype(dtype or self.dtype)
        initializer = initializer or ("glorot_uniform" if dtype.kind == "f" else "zeros")
        name = name or "weight"
        weight = Variable(
            initializers.first_values(initializer, tuple(shape or ()), dtype.name),
            dtype=dtype,
            trainable=trainable,
            aggregation=aggregation,
            name=name,
            path=f"{self.name}/{name}",
            regularizer=regularizers.get(regularizer),
            constraint=constraints.get(constraint),
        )
        weight.trainable = weight.trainable and self.trainable
        self._notes.added.append(weight)
        _note_change()
        return weight

    add_variable = add_weight

    @property
    def sublayers(self):
        """The layers among the attributes, each once."""
        return list(self._walk().children)

    @property
    def weights(self) -> list[Variable]:
        """All weights, those of the layers inside included, each once."""
        return list(self._walk().weights)

    @property
    def trainable_weights(self) -> list[Variable]:
        """The weights that training updates."""
        return [weight for weight in self._walk().trained if weight.requires_grad]

    @property
    def non_trainable_weights(self) -> list[Variable]:
        """The weights that training leaves alone: frozen ones and statistics."""
        return _without(self.weights, self.trainable_weights)

    @property
    def variables(self) -> list[Variable]:
        """All that changes from step to step: the weights, and the states of random generators."""
        return list(self._walk().variables)

    @property
    def metrics(self) -> list[Metric]:
        """The metrics among the attributes, and those of the layers inside, each once."""
        return list(dict.fromkeys(metric for _, metric in self._walk().metrics))

    @property
    def metrics_variables(self) -> list[Variable]:
        """The Variables of the `metrics`.

        Example:
            >>> layer = tg.nn.Layer()
            >>> layer.mean = tg.keras.metrics.Mean("mean")
            >>> [variable.path for variable in layer.metrics_variables]
            ['mean/total', 'mean/count']
        """
        return [variable for metric in self.metrics for variable in metric.variables]

    @property
    def trainable_variables(self) -> list[Variable]:
        """The same as `trainable_weights`."""
        return self.trainable_weights

    @property
    def non_trainable_variables(self) -> list[Variable]:
        """All `variables` that training leaves alone."""
        return _without(self.variables, self.trainable_weights)

    @property
    def trainable(self):
        """True if training updates the weights. Setting it sets it for all layers and Variables inside, as in Keras."""
        return self._trainable

    @trainable.setter
    def trainable(self, value):
        self._trainable = bool(value)
        _note_change()
        for weight in self._walk().own:
            if isinstance(weight, Variable) and weight.made_trainable:
                weight.trainable = value
        for layer in self.sublayers:
            layer.trainable = value

    def constrain(self):
        """Put the trained weights back where their constraints want them; `train_step` does so after each update."""
        constrained = [w for w in self.trainable_weights if getattr(w, "constraint", None) is not None]
        if constrained:
            with no_grad(), section("constraints"):
                for weight in constrained:
                    weight.assign(weight.constraint(weight))

    def count_params(self) -> int:
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

    def get_weights(self) -> list[NDArray[Any]]:
        """Copies of all weights as NumPy arrays."""
        return [weight.numpy() for weight in self.weights]

    def set_weights(self, arrays: Sequence[ArrayLike]) -> None:
        """Replace all weights by copies of these arrays, in the order of `get_weights()`.

        Raises:
            ValueError: their number or a shape differs. Nothing is changed then.
        """
        weights, values = self.weights, [np.asarray(array) for array in arrays]
        if len(values) != len(weights):
            raise ValueError(f"{self._label()} has {len(weights)} weights; received {len(values)} arrays.")
        for weight, array in zip(weights, values):
            if weight.shape != array.shape:
                raise ValueError(f"Weight {weight.path!r} has shape {weight.shape}; received shape {array.shape}.")
        for weight, array in zip(weights, values):
            weight.replace(np.array(array, dtype=weight.dtype))

    def _label(self):
        return f"{type(self).__name__} {self.name!r}"


_MAY_HOLD_LAYERS = (WithWeights, list, tuple, dict)
_MAY_HOLD = (*_MAY_HOLD_LAYERS, Metric, Tensor, SeedGenerator, np.random.Generator)


def _held(layer):
    """The attributes of a layer in which there may be weights and layers, by name."""
    return vars(notes_of(layer)).setdefault("held", {})


class _Walk:
    """A snapshot of the weights and layers inside a layer; without a layer, one that is never current.

    Attributes:
        own: the weights of the layer itself.
        weights, variables: those of the layers inside included.
        trained: the weights that no layer around them freezes.
        children, layers: the layers among the attributes, and all inside, each once.
        metrics: (layer, metric) for each metric among the attributes of a layer; None in place of the layer itself.
        floats: the first weight of floats, in whose dtype the layer computes; None without one.
    """

    def __init__(self, layer=None):
        self._changes = None
        if layer is not None:
            self._changes = _changes
            self._look(layer)

    def __reduce__(self):
        return _Walk, ()

    def _look(self, layer):
        members, self._contents = [], []
        _collect(_held(layer).values(), members, self._contents)
        leaves = [x for x in members if isinstance(x, Tensor) and x.op is None and not isinstance(x, GeneratorState)]
        self._wanting = [(x, x.requires_grad) for x in leaves if not isinstance(x, Variable)]
        own = [*layer._notes.added, *[x for x in leaves if isinstance(x, Variable) or x.requires_grad]]
        self.own = sorted(dict.fromkeys(own), key=lambda weight: not getattr(weight, "made_trainable", True))
        self.children = list(dict.fromkeys(x for x in members if isinstance(x, WithWeights)))
        below = [child._walk() for child in self.children]
        self._contents += chain(*[walk._contents for walk in below])
        self._wanting += chain(*[walk._wanting for walk in below])
        self.layers = _unique(*[[child, *walk.layers] for child, walk in zip(self.children, below)])
        self.metrics = [(None, x) for x in members if isinstance(x, Metric)]
        for child, walk in zip(self.children, below):
            self.metrics += [(child if owner is None else owner, metric) for owner, metric in walk.metrics]
        self.weights = _unique(self.own, *[walk.weights for walk in below])
        self.variables = _unique(self.own, _states(layer, members), *[walk.variables for walk in below])
        frozen = not vars(layer).get("_trainable", True)
        self.trained = [] if frozen else _unique(self.own, *[walk.trained for walk in below])
        self.floats = next((weight for weight in self.weights if weight.dtype.kind == "f"), None)

    def is_current(self):
        """True if nothing has changed since."""
        if self._changes != _changes:
            return False
        for now, then in self._contents:
            if len(now) != len(then) or not all(map(is_, now, then)):
                return False
        return all([tensor.requires_grad == wanted for tensor, wanted in self._wanting])


def in_order_of_keras(attributes):
    """Attributes by name in the order in which Keras visits them: that of their names, private ones last."""
    return dict(sorted(attributes.items(), key=lambda item: (item[0].startswith("_"), item[0])))


def _collect(values, members, contents):
    """The Tensors, layers and generators among these values and in their lists, tuples and dicts.

    `contents` gets all that may be changed in place: what it holds, a live view, and a copy of that.
    """
    for value in values:
        if isinstance(value, dict | list | tuple):
            inside = value.values() if isinstance(value, dict) else value
            if not isinstance(value, tuple):
                contents.append((inside, tuple(inside)))
            _collect(inside, members, contents)
        elif isinstance(value, _MAY_HOLD):
            members.append(value)


def _states(layer, members):
    """The states of the random generators among the members of a layer, each a Variable that stays the same one."""
    known, states = layer._notes.generator_states, [x.state for x in members if isinstance(x, SeedGenerator)]
    for member in members:
        if isinstance(member, np.random.Generator):
            if id(member) not in known:
                path = f"{vars(layer).get('name')}/generator_state"
                known[id(member)] = GeneratorState(member, "generator_state", path)
            states.append(known[id(member)])
    return [*states, *[x for x in members if isinstance(x, GeneratorState)]]


def _by_place_or_name(args, *named):
    """Shape, initializer and dtype of a weight: the first of them may be given by place, the others by name."""
    if args and isinstance(args[0], str):
        raise ValueError(f"add_weight expects the name as a keyword: add_weight(shape=…, name={args[0]!r}).")
    if len(args) > len(named):
        raise TypeError(f"add_weight takes shape, initializer and dtype by place, all else by name; received {args}.")
    if any(value is not None for value in named[: len(args)]):
        raise ValueError("add_weight received shape, initializer or dtype twice: by place and by name.")
    return *args, *named[len(args) :]


def _unique(*lists):
    return list(dict.fromkeys(chain(*lists)))


def _without(values, others):
    others = set(others)
    return [value for value in values if value not in others]
