"""The Tensor: a NumPy array that remembers how it was computed.

Everything above stands on this class. A Tensor made by the user is a leaf; a Tensor made by an op keeps
the op and what went into it, and those links are the computation graph. The methods and operators of a
Tensor (`t.sum()`, `a * b`, `np.exp(t)`) are not written here: every op in `ops/` installs itself.
"""

import operator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from ..common.checks import truth
from .gradient import Gradient
from .recorder import recording

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

SHARED = "shared"  # says of an array that a program writes into it; see `Tensor.replace`

# NumPy function -> the op that stands for it on Tensors; filled by `op.primitive`.
numpy_functions = {}


class Tensor:
    """An array with a gradient: the node of a computation graph.

    Args:
        data: numbers of any shape: a Python number, nested lists, a NumPy array or another Tensor. Copied.
        requires_grad: whether `backward()` leaves the gradient of this Tensor in `grad`. Only floats can.
        name: what errors, printed programs and drawn graphs call it.

    Raises:
        TypeError: the data is not made of real numbers, or an integer Tensor should have a gradient.

    Example:
        >>> w = Tensor([1.0, 2.0], requires_grad=True, name="w")
        >>> loss = (w * w).sum()
        >>> loss.backward()
        >>> w.grad
        array([2., 4.])
    """

    __slots__ = (
        "array",  # the raw values, not to be written: a NumPy array, or a NumPy scalar when the shape is ()
        "_args",  # what the op was called with, options filled in; None for a leaf
        "_arrays",  # the same, with the array of every Tensor: what the rules are given
        "_guards",  # copies of arrays that the user could overwrite before backward
        "_exposed",  # whether the array may be written in place: True by the user, "shared" by a program
        "op",
        "requires_grad",
        "kept_gradient",  # what `grad` gives
        "first_gradient",  # what backward() put into an empty grad: shows an optimizer that it was added to
        "name",
        "readable",  # set where NumPy may take the values although a gradient could flow back: nobody will want it
        "__weakref__",
    )
    grad = Gradient()

    def __init__(self, data: "ArrayLike", requires_grad: bool = False, name: str | None = None):
        try:
            array = np.array(data.array if isinstance(data, Tensor) else data)
        except ValueError as error:
            raise ValueError(f"A Tensor needs rows of one length. {error}") from None
        if array.dtype.kind not in ("f" if requires_grad else "biuf"):
            raise TypeError(
                f"Expected {'floating-point' if requires_grad else 'real'} numbers; received dtype {array.dtype}. "
                "Write Tensor([1.0, 2.0]), or convert the array with .astype(float)."
            )
        self._args = self._arrays = self._guards = self.first_gradient = self.op = self.grad = None
        self.array, self._exposed = array[()] if array.ndim == 0 else array, False
        self.requires_grad, self.name = truth("requires_grad", requires_grad), name
        recording.get().same(self, data)

    # -- the array ----------------------------------------------------------------------------------

    @property
    def data(self):
        """The values: writable for a leaf (`w.data -= rate * w.grad`), read-only for a result."""
        recording.get().escapes(self, "t.data", writable=True)
        if self.op is None:
            if self.ndim and self._exposed is not True:  # the graphs so far keep the array that they saw
                self.array, self._exposed = self.array.copy(), True
            return self.array
        view = np.asarray(self.array).view()
        view.flags.writeable = False
        return view

    @data.setter
    def data(self, value):
        recording.get().escapes(self, "t.data = ...", writable=True)
        if self.op is not None:
            raise TypeError(f"{self!r} is the result of an op: assign to the .data of a leaf instead.")
        array = np.asarray(value.array if isinstance(value, Tensor) else value, dtype=self.dtype)
        if array.shape != self.shape:
            raise ValueError(f"The data of {self.label()} has shape {self.shape}; received shape {array.shape}.")
        self.replace(array)
        self._exposed = array.ndim > 0

    def replace(self, array: "NDArray[Any]", shared: bool = False) -> None:
        """Give a leaf a new array of its shape; graphs keep the one that they saw.

        Args:
            array: the array, which nobody else holds.
            shared: whether a program goes on writing into it.
        """
        self.array = array if array.ndim else array[()]
        self._exposed = SHARED if shared and array.ndim else False

    @contextmanager
    def replaced(self, array):
        """A leaf has this array inside a `with` block, and the one that it has now after it."""
        before = self.array, self._exposed
        self.replace(array)
        try:
            yield
        finally:
            self.array, self._exposed = before

    path = property(lambda self: self.name, doc="The name by which errors, programs and pictures call it.")
    shape = property(operator.attrgetter("array.shape"), doc="The length of each axis.")
    ndim = property(operator.attrgetter("array.ndim"), doc="The number of axes.")
    dtype = property(operator.attrgetter("array.dtype"), doc="The NumPy dtype of the values.")
    size = property(operator.attrgetter("array.size"), doc="The number of values.")
    T = property(lambda self: self.transpose(), doc="The Tensor with its axes in reverse order.")

    def numpy(self) -> "NDArray[Any]":
        """A copy of the values as a NumPy array, outside the graph."""
        recording.get().escapes(self, "t.numpy()")
        return np.array(self.array)

    def item(self):
        """The only value of the Tensor as a Python number."""
        if self.size != 1:
            raise ValueError(f"item() needs a Tensor with one value; received shape {self.shape}.")
        recording.get().escapes(self, "t.item() or float(t)")
        return self.array.item()

    def detach(self) -> "Tensor":
        """The same values outside the graph: a leaf that does not require a gradient."""
        return Tensor(self, name=self.name)

    # -- the graph ----------------------------------------------------------------------------------

    @property
    def call(self):
        """The `Call` that gave this Tensor: its op, the arguments, and the way back; None for a leaf."""
        from .call import Call

        return None if self.op is None else Call(self)

    @property
    def inputs(self):
        """The Tensors that this one was computed from; empty for a leaf."""
        return tuple(x for x in self._args or () if isinstance(x, Tensor))

    def backward(self, gradient: "ArrayLike | None" = None) -> None:
        """Add the gradient of this Tensor to the `grad` of every leaf that it was computed from.

        For each leaf w of the graph, w.grad += (∂self/∂w)ᵀ · gradient.

        Args:
            gradient: the incoming gradient, of this Tensor's shape; 1 for a single value.

        Raises:
            ValueError: the Tensor has more than one value and no gradient was given, or no part of the
                graph requires a gradient.
        """
        from .autodiff import backward

        backward(self, gradient)

    # -- NumPy --------------------------------------------------------------------------------------

    def __array_ufunc__(self, ufunc, method, *inputs, **options):
        if method != "__call__":
            raise TypeError(f"np.{ufunc.__name__}.{method} is not differentiable here. {_HOW_TO_READ}")
        return self.__array_function__(ufunc, None, inputs, options)

    def __array_function__(self, function, types, inputs, options):
        if options.pop("out", None) is not None:
            raise TypeError(f"np.{function.__name__} cannot write a Tensor into out=: a = a + t, instead of a += t.")
        if function not in numpy_functions:
            complex_ones = getattr(function, "__module__", None) == "numpy.fft" or function.__name__ in _COMPLEX
            why = "is left out: Tensors hold real numbers." if complex_ones else "has no op on Tensors."
            raise TypeError(f"np.{function.__name__} {why} {_HOW_TO_READ}")
        return numpy_functions[function](*inputs, **options)

    def __array__(self, dtype=None, copy=None):
        if self.requires_grad and not getattr(self, "readable", False):
            raise TypeError(f"Turning {self.label()} into an array would cut its graph. {_HOW_TO_READ} {_HOW_TO_JOIN}")
        recording.get().escapes(self, "np.asarray(t)")
        return np.array(self.array, dtype=dtype)

    # -- Python -------------------------------------------------------------------------------------

    def __setitem__(self, index, value):
        raise TypeError(
            "Tensors are not written in place, so that the graph stays right. Build a new one: "
            "np.where(mask, value, t) for some entries, np.stack([...]) for rows, t.data[...] = v for a leaf."
        )

    def __float__(self):
        if self.requires_grad and not getattr(self, "readable", False):
            how = "Write t.item() to read it; np.sin(t), not math.sin(t)."
            raise TypeError(f"float(t) would cut the graph. {how} {_HOW_TO_JOIN}")
        return float(self.item())

    def __int__(self):
        return int(float(self))

    def __index__(self):
        return operator.index(self.item())

    def __bool__(self):
        if self.size != 1:
            raise ValueError(f"The truth of a Tensor of shape {self.shape} is ambiguous. Write t.all() or t.any().")
        recording.get().escapes(self, "bool(t), as in `if t > 0`,")
        return bool(self.array)

    def __len__(self):
        return len(self.array)

    def __iter__(self):
        return (self[i] for i in range(len(self)))

    __hash__ = object.__hash__

    def __reduce__(self):
        recording.get().escapes(self, "a copy")
        return Tensor, (self.array, self.requires_grad, self.name)

    def __format__(self, spec):
        return format(self.item() if self.size == 1 and spec else str(self), spec)

    def __repr__(self):
        values = np.array2string(np.asarray(self.array), separator=", ", prefix="Tensor(")
        notes = {"dtype": self.dtype} if self.dtype not in (np.float64, np.int64, np.bool_) else {}
        notes |= {"op": self.op.name} if self.op else {"requires_grad": True} if self.requires_grad else {}
        notes |= {"name": repr(self.name)} if self.name else {}
        return f"Tensor({', '.join([values, *[f'{key}={value}' for key, value in notes.items()]])})"

    def _repr_html_(self):
        from ..common.display import tensor_html

        return tensor_html(self)

    def label(self) -> str:
        """The Tensor in words, for errors."""
        return f"Tensor {self.path!r}" if self.path else f"a Tensor of shape {self.shape}"


_HOW_TO_JOIN = "np.stack([...]) makes one Tensor of several, where np.array([...]) would not."
_COMPLEX = ("real", "imag", "angle", "conjugate", "iscomplex", "isreal", "real_if_close", "eig", "eigvals", "roots")
_HOW_TO_READ = "Use t.numpy() for its values outside the graph."
