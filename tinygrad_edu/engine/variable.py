"""The Variable: a named leaf Tensor whose values change from step to step, with Keras's interface.

Weights, moving statistics, the slots and counters of an optimizer, the sums of a metric, the state of a random
generator: whatever a training changes is a Variable, and is found by walking `thing.variables`. `Vector` keeps many
of them in one flat array, so that an update runs once over all.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

import numpy as np

from ..common.arguments import AnyDType, Whole, checked, received
from ..common.checks import truth
from ..common.floats import floatx
from ..common.naming import class_called
from .recorder import Recorder, recording
from .tensor import Tensor

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, DTypeLike, NDArray


class Variable(Tensor):
    """A leaf Tensor with a name and a path, which is given new values by `assign`.

    Args:
        initializer: its first values: a number, an array, a Tensor, the name of an initializer, such as "ones", an
            Initializer, or a function of (shape, dtype=…).
        shape: the shape, for an initializer or a function.
        dtype: the NumPy dtype; that of the values where they have one, else `floatx()`, or int32 for whole numbers.
        trainable: whether training updates it. Only floats get a gradient.
        name: its own name, such as "kernel".
        path: the name with that of its owner, such as "dense/kernel": what errors, programs and pictures call it.
        regularizer: a penalty on it that is added to the loss, a function.
        constraint: gives what becomes of its values after each update, a function.
        autocast: accepted for Keras's sake.
        aggregation, synchronization: for trainings on several devices in Keras; kept as attributes, without effect.

    Raises:
        ValueError: an initializer or a function without a shape, or an unknown name or choice.
        TypeError: values that are no real numbers.

    Example:
        >>> count = Variable(0.0, name="count")
        >>> count.assign_add(2.0)
        <Variable path=count, shape=(), dtype=float32, value=2.0>
        >>> count.numpy()
        array(2., dtype=float32)
        >>> float(count), Variable("ones", shape=(2,), name="w").numpy().tolist()
        (2.0, [1.0, 1.0])
    """

    path: str | None
    aggregation: str
    synchronization: str

    __slots__ = ("path", "aggregation", "synchronization", "_regularizer", "_constraint", "made_trainable")

    @checked
    def __init__(
        self,
        initializer: "ArrayLike | Callable[..., Any]",
        shape: Sequence[Annotated[int, Whole(least=0)]] | None = None,
        dtype: "Annotated[DTypeLike, AnyDType()] | None" = None,
        trainable: bool = True,
        autocast: bool = True,
        aggregation: Literal["none", "mean", "sum", "only_first_replica"] | None = "none",
        synchronization: Literal["none", "on_read", "on_write", "auto"] | None = "auto",
        name: str | None = None,
        *,
        path: str | None = None,
        regularizer: Callable[..., Any] | None = None,
        constraint: Callable[..., Any] | None = None,
    ):
        if isinstance(initializer, str):
            initializer = class_called("keras.initializers", "initializer", initializer)()
        if callable(initializer):
            if shape is None:
                raise ValueError("A Variable from a function needs its shape: Variable(initializer, shape=(2, 3)).")
            values = initializer(tuple(shape), dtype=np.dtype(dtype or floatx()))
        else:
            values = initializer.array if isinstance(initializer, Tensor) else initializer
        if dtype is None and not hasattr(values, "dtype"):
            dtype = {"b": np.bool_, "i": np.int32}.get(np.asarray(values).dtype.kind, floatx())
        if np.asarray(values).dtype.kind not in "biuf":
            raise TypeError(
                f"Variable: initializer should be real numbers, a name or a function; received {received(initializer)}."
            )
        values = np.asarray(values, dtype=dtype)
        super().__init__(values, requires_grad=bool(trainable) and values.dtype.kind == "f", name=name)
        self.path = path or name
        self.readable = True  # as in Keras; what training misses by that, the optimizer's warning of no gradient names
        self.aggregation, self.synchronization = aggregation or "none", synchronization or "none"
        self.regularizer, self.constraint = regularizer, constraint
        self.made_trainable = self.requires_grad  # so that a layer that is trained again does not train statistics

    @property
    def trainable(self) -> bool:
        """True if training updates it; may be set."""
        return self.requires_grad

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self.requires_grad = truth("trainable", value) and self.dtype.kind == "f"

    @property
    def regularizer(self) -> Any:
        """The penalty on it that is added to the loss, a function, or None; may be set."""
        return self._regularizer

    @regularizer.setter
    def regularizer(self, function: "Callable[..., Any] | None") -> None:
        self._regularizer = _function_or_none("regularizer", function)

    @property
    def constraint(self) -> Any:
        """The function that gives what becomes of its values after each update, or None; may be set."""
        return self._constraint

    @constraint.setter
    def constraint(self, function: "Callable[..., Any] | None") -> None:
        self._constraint = _function_or_none("constraint", function)

    @property
    def value(self) -> "NDArray[Any]":
        """A copy of the values as a NumPy array."""
        return self.numpy()

    def assign(self, value: "ArrayLike") -> Self:
        """Give it new values of its shape, in its dtype.

        Returns:
            The Variable.

        Raises:
            ValueError: another shape; nothing is changed then.

        Example:
            >>> Variable([1.0, 2.0], name="w").assign([3.0, 4.0]).numpy()
            array([3., 4.], dtype=float32)
        """
        array = np.array(value.array if isinstance(value, Tensor) else value, dtype=self.dtype)
        if array.shape != self.shape:
            raise ValueError(f"{self.label()} has shape {self.shape}; received shape {array.shape}.")
        recording.get().assigned(self, value if isinstance(value, Tensor) else array)
        self.replace(array)
        return self

    def assign_add(self, value: "ArrayLike") -> Self:
        """Add to its values; see `assign`."""
        return self.assign(self._before() + value)

    def assign_sub(self, value: "ArrayLike") -> Self:
        """Subtract from its values; see `assign`."""
        return self.assign(self._before() - value)

    def _before(self) -> Any:
        """The values to compute new ones from: a trace has to see where they come from, else the array will do."""
        return self.array if type(recording.get()) is Recorder else self

    def __reduce__(self):
        made = (self.numpy(), None, None, self.requires_grad, True, self.aggregation, self.synchronization, self.name)
        kept = ("path", "regularizer", "constraint", "made_trainable")
        return type(self), made, (None, {name: getattr(self, name) for name in kept})

    def __repr__(self):
        values = np.array2string(self.array, separator=", ", threshold=50) if self.ndim else repr(self.item())
        return f"<Variable path={self.path}, shape={self.shape}, dtype={self.dtype}, value={values}>"


def _function_or_none(name, value):
    if value is not None and not callable(value):
        raise ValueError(f"{name} should be a function or None; received {value!r}.")
    return value


class Vector:
    """Variables of one dtype that live in one flat array: the array of each is a view of its part.

    Whatever gives a member an array of its own meanwhile (`assign`, `set_weights`, a user who takes `w.data`) is
    noticed by `pull_changes`, which takes those values in; so arrays that a user or a graph holds are never written.

    Args:
        members: Variables, or other leaf Tensors, of one dtype.

    Attributes:
        array: the flat values of all members.
        places: (start, stop) of each member.

    Example:
        >>> w, b = Variable([[1.0, 2.0]], name="w"), Variable([3.0], name="b")
        >>> vector = Vector([w, b])
        >>> vector.give(vector.array * 2)
        >>> w.numpy(), b.numpy()
        (array([[2., 4.]], dtype=float32), array([6.], dtype=float32))
    """

    def __init__(self, members):
        self.members, self.dtype = list(members), members[0].dtype
        ends = np.cumsum([member.size for member in members]).tolist()
        self.places = list(zip([0, *ends], ends))
        self._parts = [(slice(*place), member.shape) for place, member in zip(self.places, members)]
        self.size = ends[-1]
        self._views = [None] * len(members)
        self.pull_changes()

    def views(self, array):
        """The part of a flat array that belongs to each member, in its shape; numbers for members without axes."""
        return [array[part].reshape(shape)[()] for part, shape in self._parts]

    def give(self, array, shared=False):
        """Let every member have its part of this array; `shared` where a program goes on writing into it."""
        self.array = array
        for member, view in zip(self.members, self.views(array)):
            member.replace(view, shared)
        self._views = [member.array for member in self.members]

    def pull_changes(self):
        """Take in the values of members that were given arrays of their own."""
        for member, view in zip(self.members, self._views):
            if member.array is not view:
                self.give(np.concatenate([member.array.reshape(-1) for member in self.members]))
                return

    def join(self, arrays):
        """Arrays of the members' shapes as one flat array."""
        return np.concatenate([array.reshape(-1) for array in arrays])
