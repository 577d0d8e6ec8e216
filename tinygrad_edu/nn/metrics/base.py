"""The base of the metrics: sums that are added up batch after batch, in a program or out of it."""

from collections.abc import Iterable, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from ... import replay
from ...common.arguments import checked
from ...common.floats import floatx
from ...common.naming import snake_case, unique_name
from ...common.notes import Noted, notes_of
from ...common.objects import Configured
from ...common.structure import flatten
from ...common.types import DType, Identifier
from ...engine.recorder import section
from ...engine.tensor import Tensor
from ...engine.variable import Variable
from .. import initializers, losses
from ..masking import mask_of


class Total(Variable):
    """A Variable that adds up: it takes the shape of what is added first.

    Example:
        >>> Total(0.0, name="total").assign_add([1.0, 2.0]).assign_add(0.5).numpy()
        array([1.5, 2.5], dtype=float32)
    """

    __slots__ = ()

    def assign(self, value):
        """Give it new values, of any shape."""
        value = _as_array(value)
        if value.shape != self.shape:
            self.replace(np.zeros(value.shape, self.dtype))
        return super().assign(value)

    def assign_add(self, value):
        """Add to its values, which are repeated where there are fewer of them."""
        value = _as_array(value)
        if value.shape not in ((), self.shape):
            old = self.array if np.any(self.array) else 0.0  # without anything in it, any shape will do
            shape = np.broadcast_shapes(np.shape(old), value.shape)
            self.replace(np.array(np.broadcast_to(old, shape), self.dtype))
        if replay.active() is not None or isinstance(value, Tensor):
            return super().assign_add(value)
        self.replace(np.add(self.array, value, dtype=self.dtype))  # the same in a third of the time
        return self


def _as_array(value):
    return value if isinstance(value, Tensor) else np.asarray(value)


class Metric(Configured):
    """Base of the metrics: `update_state`, `result`, `reset_state`.

    Most metrics are sums over the samples, and a quotient of them in the end. Such a metric names the sums that it
    keeps in `kept`, gives those of one batch in `sums`, and reads them in `result` as its attributes, which are
    Variables. Written with operators and NumPy functions, `sums` becomes part of the program of a training step.

    Any other metric overrides `update_state`, which is called with arrays after each step, and keeps what it likes:
    attributes that `reset_state` sets, or Variables made by `add_variable`, which go back to zero by themselves.

    Args:
        dtype: the type in which it computes; `floatx()` by default.
        name: its name in logs and in the history of a training.

    Example:
        >>> class Bias(Metric):
        ...     kept = ("error", "count")
        ...     def sums(self, y_true, y_pred, sample_weight=None):
        ...         return np.sum(y_pred - y_true), y_true.size
        ...     def result(self):
        ...         return self.error / self.count
        >>> bias = Bias()
        >>> bias.update_state(np.array([1.0, 2.0]), np.array([2.0, 4.0]))
        >>> float(bias.result())
        1.5
    """

    home = "keras.metrics"

    kept: tuple[str, ...] = ()  # the names of the sums
    _uses_mask = False  # whether the mask of y_pred counts, as a sample weight of 0 where it is False
    in_program = True  # whether `sums` is written in ops; else it is given arrays
    default_name = None  # the name of unnamed objects; None is that of the class
    numbered = True  # whether further unnamed objects are called precision_1, precision_2, … as in Keras
    output = Noted(0)  # of the outputs of a model, the number of that which it measures

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...  # the sums in `kept`, which `__init__` makes

    def __init__(self, dtype: DType | None = None, name: str | None = None):
        base = vars(type(self)).get("default_name") or snake_case(type(self).__name__)
        self.name = name or (unique_name(base) if self.numbered else base)
        self.dtype = np.dtype(dtype or floatx()).name
        self._variables = []
        for kept in self.kept:
            setattr(self, kept, self._keep(Total(np.float64(0.0), trainable=False, name=kept, path=self._path(kept))))
        try:
            self.reset_state()
        except AttributeError:  # it resets variables that __init__ will make next, and they begin with their values
            return

    @property
    def figure(self):
        """Its name among the figures of a training: its own, or another that a model gives it: "price_mae"."""
        return vars(notes_of(self)).get("figure", self.name)

    @figure.setter
    def figure(self, name):
        notes_of(self).figure = name

    def __init_subclass__(cls, **options):
        super().__init_subclass__(**options)
        if "update_state" in vars(cls):
            cls.update_state = _with_arrays(cls.update_state)
        if "result" in vars(cls):
            cls.result = _as_numbers(cls.result)

    def __setattr__(self, name, value):
        before = vars(self).get(name)
        if isinstance(before, Variable) and not isinstance(value, Variable):
            before.assign(value)  # self.total += 1 leaves it the Variable that it is
        else:
            super().__setattr__(name, value)

    def sums(self, y_true, y_pred, sample_weight=None):
        """The contribution of one batch to each of the sums in `kept`."""
        raise NotImplementedError(f"{type(self).__name__} must define update_state, or sums for the sums in `kept`.")

    def update_state(self, *batch: Any, **named: Any) -> None:
        """Take in one batch: y_true, y_pred and perhaps sample_weight."""
        if self._uses_mask:
            batch, named = _with_mask(self, *batch, **named), {}
        if self.in_program:
            values = [_outside_the_graph(v) for v in batch]
            named = {name: _outside_the_graph(v) for name, v in named.items()}
            self._add(*self.sums(*values, **named))
        else:
            _after_run(lambda *values, **named: self._add(*self.sums(*values, **named)), batch, named)

    def _add(self, *sums):
        for name, value in zip(self.kept, sums):
            getattr(self, name).assign_add(value)

    def totals(self):
        """The sums so far, in the order of `kept`: numbers and arrays."""
        return [getattr(self, name).array for name in self.kept]

    def result(self):
        """The value over all batches since the last reset."""
        raise NotImplementedError(f"{type(self).__name__} must define result.")

    def reset_state(self) -> None:
        """Forget all batches."""
        traced = replay.active() is not None
        for variable in self.variables:
            array = variable.array
            zeros = np.zeros(array.shape, array.dtype)
            if traced:
                variable.assign(zeros)
            else:
                variable.replace(zeros)  # what assign does, without its checks

    def merge_state(self, metrics: Iterable[Self]) -> None:
        """Take in what other metrics of this class have seen: all variables are added up.

        Example:
            >>> from tinygrad_edu.nn.metrics import Mean
            >>> here, there = Mean(), Mean()
            >>> here.update_state([1.0, 2.0])
            >>> there.update_state([6.0])
            >>> here.merge_state([there])
            >>> here.result()
            3.0
        """
        if not self.variables:
            raise NotImplementedError(f"{type(self).__name__} must define merge_state: it keeps no sums.")
        for other in metrics:
            for mine, theirs in zip(self.variables, other.variables):
                mine.assign_add(theirs)

    @checked
    def add_variable(
        self,
        shape: Sequence[int] = (),
        initializer: Identifier | None = "zeros",
        dtype: DType | None = None,
        aggregation: str | None = "sum",
        name: str | None = None,
    ) -> Variable:
        """A new Variable of this shape, for an `update_state` of your own. Assign it to an attribute.

        Args:
            shape: its shape, a tuple.
            initializer: its first values: a name, an Initializer or a function of (shape, dtype).
            dtype: its NumPy dtype; that of the metric by default.
            aggregation: accepted for Keras's sake: `merge_state` adds.
            name: its name.

        Example:
            >>> class Largest(Metric):
            ...     def __init__(self, name="largest", **options):
            ...         super().__init__(name=name, **options)
            ...         self.error = self.add_variable(name="error")
            ...     def update_state(self, y_true, y_pred, sample_weight=None):
            ...         self.error.assign(max(self.error, np.max(np.abs(y_true - y_pred))))
            ...     def result(self):
            ...         return self.error
            >>> float(Largest()(np.array([1.0, 2.0]), np.array([1.5, 0.0])))
            2.0
        """
        values = initializers.made_by(initializers.get(initializer or "zeros"), tuple(shape), dtype or self.dtype)
        name = name or "variable"
        return self._keep(Variable(np.asarray(values), trainable=False, name=name, path=self._path(name)))

    @checked
    def add_weight(
        self,
        shape: Sequence[int] = (),
        initializer: Identifier | None = "zeros",
        dtype: DType | None = None,
        name: str | None = None,
    ) -> Variable:
        """The older name of `add_variable`."""
        return self.add_variable(shape, initializer, dtype, name=name)

    @property
    def traced(self):
        """True if its sums are part of a program; if not, the program calls `update_state` after each run."""
        return self.in_program and type(self).update_state is Metric.update_state

    def _keep(self, variable):
        self._variables.append(variable)
        return variable

    def _path(self, name):
        return f"{self.name}/{name}"

    @property
    def variables(self) -> list[Variable]:
        """The Variables in which it adds up, and those of the metrics among its attributes; lists and dicts count."""
        found = dict.fromkeys(self._variables)
        for value in flatten(list(vars(self).values())):
            if isinstance(value, Metric):
                found |= dict.fromkeys(value.variables)
            elif isinstance(value, Variable):
                found[value] = None
        return list(found)

    def __call__(self, *batch: Any, **named: Any) -> Any:
        self.update_state(*batch, **named)
        return self.result()


def update(metric, *batch):
    """Take a batch into a metric, now and in every run of a program that is being traced."""
    with section("metrics", scope=metric.name):
        metric.update_state(*batch)


def values_of(metric):
    """The values of a metric by name: floats, or arrays where it has several, such as one a class.

    A metric whose result is a dict has a value for each of its keys; any other has one, by its own name.

    Example:
        >>> from tinygrad_edu.nn.metrics import F1Score
        >>> metric = F1Score(name="f1")
        >>> metric.update_state([[1.0, 0.0], [0.0, 1.0]], [[0.9, 0.1], [0.8, 0.2]])
        >>> values_of(metric)["f1"].round(2)
        array([0.67, 0.  ])
    """
    result = metric.result()
    if type(result) is float:
        return {metric.figure: result}
    result = result if isinstance(result, dict) else {metric.figure: result}
    return {name: value if hasattr(value, "text") else _plain(value) for name, value in result.items()}


def figures_of(metrics):
    """The values of several metrics by name, in alphabetical order."""
    found = {}
    for metric in metrics:
        found |= values_of(metric)
    return dict(sorted(found.items()))


def _plain(value):
    if type(value) is float:
        return value
    value = np.asarray(value)
    return float(value.item()) if value.size == 1 else np.array(value)


# -- results in a trace ---------------------------------------------------------------------------------------


def _as_numbers(result):
    """A `result` that gives numbers and arrays; in a trace those that know by what name a program has them."""

    @wraps(result)
    def numbers(self):
        tape = replay.active()
        if tape is None:
            found = result(self)
            return found if type(found) is float else _without_tensors(found)
        with replay.untraced():
            found = _without_tensors(result(self))
        return traced_result(self, found) if self in tape.metrics else found

    return numbers


def _without_tensors(result):
    if isinstance(result, dict):
        return {name: _without_tensors(value) for name, value in result.items()}
    return np.array(result.array)[()] if isinstance(result, Tensor) else result


def traced_result(metric, result):
    """The result of a metric, marked with the name that it has in a program."""
    if isinstance(result, dict):
        return {name: _marked(_plain(value), name) for name, value in result.items()}
    return _marked(_plain(result), metric.figure)


def _marked(value, name):
    text = f"metrics[{name!r}]"
    if isinstance(value, float):
        return replay.Scalar(value, replay.Number(text))
    value = value.view(TracedArray)
    value.text = text
    return value


class TracedArray(np.ndarray):
    """Several values of a metric in a trace; what is computed from them is plain."""

    text = None


# -- what metrics compute with --------------------------------------------------------------------------------


def share(part, whole):
    """part / whole, and 0 where the whole is 0."""
    part, whole = np.broadcast_arrays(np.asarray(part, dtype=float), whole)
    return np.divide(part, whole, out=np.zeros(part.shape), where=whole != 0)[()]


def _with_mask(metric, y_true, y_pred, sample_weight=None):
    """The batch, with the mask of y_pred among the weights."""
    mask = mask_of(y_pred)
    if mask is not None:
        sample_weight = losses.masked(sample_weight, mask, y_pred.dtype, metric.name)
    return (y_true, y_pred) if sample_weight is None else (y_true, y_pred, sample_weight)


def _outside_the_graph(v):
    """The array, or while a trace is on the Tensor, outside the graph that made it."""
    if isinstance(v, Tensor):
        return v.detach() if replay.active() else v.array
    return v if v is None else np.asarray(v)


def _with_arrays(update_state):
    """An `update_state` of the user's own, which a program calls with arrays after each run."""

    @wraps(update_state)
    def update(self, *batch, **named):
        _after_run(lambda *values, **named: update_state(self, *values, **named), batch, named)

    return update


def _after_run(function, batch, named):
    """`replay.after_run` for a function that is also given values by name."""
    count, names = len(batch), tuple(named)
    values = [*batch, *named.values()]
    replay.after_run(lambda *values: function(*values[:count], **dict(zip(names, values[count:]))), *values)
