"""What every metric shares: figures that are added up batch after batch, in a program or out of it."""

from functools import wraps

import numpy as np

from ... import replay
from ...common.floats import floatx
from ...common.naming import snake_case
from ...common.objects import Configured
from ...engine.tensor import Tensor
from .. import initializers, losses
from ..layer import unique_name
from ..masking import mask_of


class Variable(np.ndarray):
    """An array that a metric keeps, which also has the methods of a variable of Keras.

    Example:
        >>> count = np.zeros(()).view(Variable)
        >>> float(count.assign_add(2.0))
        2.0
    """

    def __array_finalize__(self, other):
        self.name = getattr(other, "name", None)

    def assign(self, value):
        """Give it new values."""
        self[...] = value
        return self

    def assign_add(self, value):
        """Add to its values."""
        return self.assign(self + value)

    def assign_sub(self, value):
        """Subtract from its values."""
        return self.assign(self - value)

    def numpy(self):
        """A copy of the values as a plain array."""
        return np.array(self)


class Metric(Configured):
    """Base of the metrics: `update_state`, `result`, `reset_state`.

    Most metrics are sums over the samples, and a quotient of them in the end. Such a metric names the sums that it
    keeps in `kept`, gives those of one batch in `sums`, and reads them in `result` as its attributes. Written with
    operators and NumPy functions, `sums` becomes part of the program of a training step.

    Any other metric overrides `update_state`, which is called with arrays after each step, and keeps what it likes:
    attributes that `reset_state` sets, or variables made by `add_variable`, which go back to zero by themselves.

    Args:
        dtype: the type in which it computes; `floatx()` by default.
        name: how the figures of a training call it.

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
    largest = {"num_thresholds": 10**6, "num_classes": 10**4}
    _state = None  # its totals change at every step

    kept = ()  # the names of the sums
    _uses_mask = False  # whether the mask of y_pred counts, as a sample weight of 0 where it is False
    in_program = True  # whether `sums` is written in ops; else it is given arrays
    default_name = None  # the name of unnamed objects; None is that of the class
    numbered = True  # whether further unnamed objects are called precision_1, precision_2, … as in Keras

    def __init__(self, dtype=None, name=None):
        base = vars(type(self)).get("default_name") or snake_case(type(self).__name__)
        self.name = name or (unique_name(base) if self.numbered else base)
        self.dtype = np.dtype(dtype or floatx()).name
        self._variables = []
        try:
            self.reset_state()
        except AttributeError:  # it resets variables that __init__ will make next, and they begin with their values
            return

    def __init_subclass__(cls, **options):
        super().__init_subclass__(**options)
        if "update_state" in vars(cls):
            cls.update_state = _with_arrays(cls.update_state)

    def sums(self, y_true, y_pred, sample_weight=None):
        """What one batch adds to each of the sums in `kept`."""
        raise NotImplementedError(f"{type(self).__name__} must define update_state, or sums for the sums in `kept`.")

    def update_state(self, *batch, **named):
        """Take in one batch: y_true, y_pred and perhaps sample_weight."""
        if self._uses_mask:
            batch, named = _with_mask(self, *batch, **named), {}
        if self.in_program:
            values = [_outside_the_graph(v) for v in batch]
            named = {name: _outside_the_graph(v) for name, v in named.items()}
            replay.later(self.add, *self.sums(*values, **named))
        else:
            _later(lambda *values, **named: self.add(*self.sums(*values, **named)), batch, named)

    def add(self, *sums):
        """Add to each of the sums."""
        for name, value in zip(self.kept, sums):
            setattr(self, name, getattr(self, name) + np.float64(value))

    def result(self):
        """The figure of all batches since the last reset."""
        raise NotImplementedError(f"{type(self).__name__} must define result.")

    def reset_state(self):
        """Forget all batches."""
        for name in self.kept:
            setattr(self, name, 0.0)
        for variable in self._variables:
            variable.assign(0)

    def merge_state(self, metrics):
        """Take in what other metrics of this class have seen: all sums and variables are added up.

        Example:
            >>> from tinygrad_edu.nn.metrics import Mean
            >>> here, there = Mean(), Mean()
            >>> here.update_state([1.0, 2.0])
            >>> there.update_state([6.0])
            >>> here.merge_state([there])
            >>> here.result()
            3.0
        """
        if not (self.kept or self._variables):
            raise NotImplementedError(f"{type(self).__name__} must define merge_state: it keeps no sums.")
        for other in metrics:
            self.add(*[getattr(other, name) for name in self.kept])
            for mine, theirs in zip(self._variables, other._variables):
                mine.assign_add(theirs)

    def add_variable(self, shape=(), initializer="zeros", dtype=None, aggregation="sum", name=None):
        """A new variable of this shape, for an `update_state` of your own. Assign it to an attribute.

        Args:
            shape: its shape, a tuple.
            initializer: its first values: a name, an Initializer or a function of (shape, dtype).
            dtype: its NumPy dtype; that of the metric by default.
            aggregation: accepted for Keras's sake: `merge_state` adds.
            name: how `variables` calls it.

        Returns:
            A Variable: a NumPy array with `assign`, `assign_add` and `assign_sub`.

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
        values = initializers.get(initializer or "zeros")(tuple(shape), np.dtype(dtype or self.dtype))
        variable = np.array(values).view(Variable)
        variable.name = name or "variable"
        self._variables.append(variable)
        return variable

    def add_weight(self, shape=(), initializer="zeros", dtype=None, name=None):
        """The older name of `add_variable`."""
        return self.add_variable(shape, initializer, dtype, name=name)

    @property
    def variables(self):
        """All that is kept: copies of the sums, which cannot be written, and the variables themselves."""
        inner = [value for value in vars(self).values() if isinstance(value, Metric)]
        sums = [_copy(name, getattr(self, name)) for name in self.kept]
        return [*sums, *self._variables, *[variable for metric in inner for variable in metric.variables]]

    def __call__(self, *batch, **named):
        self.update_state(*batch, **named)
        return self.result()


def update(metric, *batch):
    """Take a batch into a metric, now and in every run of a program that is being traced."""
    with replay.section("metrics", scope=metric.name):
        metric.update_state(*batch)


def figure(metric):
    """The result of a metric: a float, or an array where it has several values, such as one a class.

    Where the result is a dict, this is one too: figures by name, which go among those of the other metrics.

    Example:
        >>> from tinygrad_edu.nn.metrics import F1Score
        >>> metric = F1Score()
        >>> metric.update_state([[1.0, 0.0], [0.0, 1.0]], [[0.9, 0.1], [0.8, 0.2]])
        >>> figure(metric).round(2)
        array([0.67, 0.  ])
    """
    result = type(metric).result(metric)
    return {name: _plain(value) for name, value in result.items()} if isinstance(result, dict) else _plain(result)


def _plain(value):
    value = np.asarray(value)
    return float(value.item()) if value.size == 1 else np.array(value)


def told(metric):
    """The same in a trace: marked with the name that it has in a program."""
    found = figure(metric)
    if isinstance(found, dict):
        return {name: _marked(value, name) for name, value in found.items()}
    return _marked(found, metric.name)


def _marked(value, name):
    text = f"figures[{name!r}]"
    if isinstance(value, float):
        return replay.Scalar(value, text)
    value = value.view(Told)
    value.text = text
    return value


class Told(np.ndarray):
    """Several figures of a metric in a trace; what is computed from them is plain."""

    text = None


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
        return v.detach() if replay.active() else v._array
    return v if v is None else np.asarray(v)


def _with_arrays(update_state):
    """An `update_state` of the user's own, which a program calls with arrays after each run."""

    @wraps(update_state)
    def update(self, *batch, **named):
        _later(lambda *values, **named: update_state(self, *values, **named), batch, named)

    return update


def _later(function, batch, named):
    """`replay.later` for a function that is also given values by name."""
    count, names = len(batch), tuple(named)
    replay.later(lambda *values: function(*values[:count], **dict(zip(names, values[count:]))), *batch, *named.values())


def _copy(name, value):
    copy = np.array(value).view(Variable)
    copy.name, copy.flags.writeable = name, False
    return copy
