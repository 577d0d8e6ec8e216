"""Shape: ops that move, join, cut and repeat entries without computing from their values.

Here too are NumPy's questions about an array that no gradient flows through, such as `np.shape` and
`np.allclose`: on Tensors they give plain values.
"""

import numpy as np

from ..engine.op import FIRST, in_formulas, primitive
from ..engine.recorder import recording
from ..engine.symbolic import Symbolic
from ..engine.tensor import Tensor, numpy_functions
from .indexing import _read, scatter_add
from .samples import call, calls


def _one_by_one(op):
    """Let the method take its numbers one by one too: t.reshape(2, 3) as t.reshape((2, 3))."""

    def method(self, *numbers, **options):
        return op(self, numbers if len(numbers) > 1 else numbers[0], **options) if numbers else op(self, **options)

    method.__name__, method.__qualname__, method.__doc__ = op.__name__, f"Tensor.{op.__name__}", op.__doc__
    setattr(Tensor, op.__name__, method)
    return op


def _whole(name, value):
    """A whole number or several, checked: NumPy would cut their fractions off."""
    kind = np.asarray(value).dtype.kind
    if kind not in "iu" and np.size(value):
        raise TypeError(f"{name} should be a whole number or several; received {value!r}.")
    return value


@_one_by_one
@in_formulas(FIRST)
@primitive(
    lambda g, out, a, shape: g.reshape(a.shape),
    numpy=np.reshape,
    sample=calls(
        _read((2, 3), (3, 2)), _read((2, 3), (-1,)), _read((6,), (2, -1)), _read((), (1, 1)), _read((1,), ()),
        _read((0, 3), (3, 0)), _read((4,), -1),
    ),
)
def reshape(a, shape):
    """The same entries in another shape, read row by row. One length may be −1: it is worked out.

    Raises:
        ValueError: the shape does not hold as many entries.

    Example:
        >>> Tensor([[1.0, 2.0], [3.0, 4.0]]).reshape(4)
        Tensor([1., 2., 3., 4.])
    """
    return a.reshape(shape)


@primitive(
    lambda g, out, a: g.reshape(a.shape),
    numpy=np.ravel, sample=calls(call(()), call((3,)), call((2, 3)), call((0, 3))),
)
def ravel(a):
    """All entries in one vector, row by row; `t.flatten()` is the same.

    Example:
        >>> ravel(Tensor([[1.0, 2.0], [3.0, 4.0]]))
        Tensor([1., 2., 3., 4.])
    """
    return a.ravel()


Tensor.flatten = ravel


def _inverse(axes, ndim):
    """The order of axes that undoes a transposition."""
    return None if axes is None else tuple(np.argsort([axis % ndim for axis in axes]))


@_one_by_one
@in_formulas(lambda a: f"{a}ᵀ")
@primitive(
    lambda g, out, a, axes: g.transpose(_inverse(axes, a.ndim)),
    numpy=np.transpose, symbol="ᵀ",
    sample=calls(
        call(()), call((3,)), call((2, 3)), call((2, 3, 4), axes=(1, 2, 0)), call((2, 3, 4), axes=(-1, 0, -2)),
        call((0, 3)),
    ),
)
def transpose(a, axes=None):
    """The axes in another order; in reverse order when none is given. `t.T` is the same.

    Example:
        >>> transpose(Tensor([[1.0, 2.0, 3.0]]))
        Tensor([[1.],
                [2.],
                [3.]])
    """
    return a.transpose(axes)


@primitive(
    lambda g, out, a, axis1, axis2: g.swapaxes(axis1, axis2),
    numpy=np.swapaxes, sample=calls(_read((2, 3, 4), 0, -1), _read((2, 3), 0, 0), _read((0, 3), 0, 1)),
)
def swapaxes(a, axis1, axis2):
    """The array with two of its axes exchanged.

    Example:
        >>> swapaxes(Tensor([[1.0, 2.0]]), 0, 1)
        Tensor([[1.],
                [2.]])
    """
    return a.swapaxes(axis1, axis2)


@primitive(
    lambda g, out, a, source, destination: np.moveaxis(g, destination, source),
    numpy=np.moveaxis,
    sample=calls(_read((2, 3, 4), 0, -1), _read((2, 3, 4), (0, 1), (-1, 0)), _read((3,), 0, 0), _read((0, 3), 0, 1)),
)
def moveaxis(a, source, destination):
    """The array with an axis, or several, moved to another place; the others keep their order.

    Example:
        >>> moveaxis(Tensor(np.zeros((2, 3, 4))), 0, -1).shape
        (3, 4, 2)
    """
    return np.moveaxis(a, source, destination)


@primitive(
    lambda g, out, a, axis: g.reshape(a.shape),
    numpy=np.expand_dims,
    sample=calls(_read((), 0), _read((3,), -1), _read((2, 3), 1), _read((2, 3), (0, -1)), _read((0, 3), 0)),
)
def expand_dims(a, axis):
    """The array with a new axis of length 1 at this place, or at several.

    Example:
        >>> expand_dims(Tensor([1.0, 2.0]), 1)
        Tensor([[1.],
                [2.]])
    """
    return np.expand_dims(a, axis)


@primitive(
    lambda g, out, a, axis: g.reshape(a.shape),
    numpy=np.squeeze,
    sample=calls(
        call(()), call((1, 3, 1)), call((1, 3, 1), axis=0), call((1, 3, 1), axis=-1), call((1, 3, 1), axis=(0, 2)),
        call((1, 0)),
    ),
)
def squeeze(a, axis=None):
    """The array without its axes of length 1, or without those named.

    Raises:
        ValueError: a named axis has another length.

    Example:
        >>> squeeze(Tensor([[[1.0], [2.0]]]))
        Tensor([1., 2.])
    """
    return a.squeeze(axis)


@in_formulas(FIRST)
@primitive(
    lambda g, out, a, shape: g,
    numpy=np.broadcast_to,
    sample=calls(
        _read((), (2, 3)), _read((3,), (2, 3)), _read((2, 1), (2, 3)), _read((2, 3), (2, 3)), _read((), ()),
        _read((3,), (0, 3)),
    ),
)
def broadcast_to(a, shape):
    """The array repeated to a shape, as an operator would repeat it. Gives a copy.

    Raises:
        ValueError: the array does not broadcast to that shape.

    Example:
        >>> broadcast_to(Tensor([1.0, 2.0]), (2, 2))
        Tensor([[1., 2.],
                [1., 2.]])
    """
    out = np.empty(shape, a.dtype)
    if a.ndim > out.ndim:
        raise ValueError(f"{a.ndim} axes do not broadcast to {out.ndim}. Use reshape or squeeze to drop axes.")
    out[...] = a
    return out


# -- joining and cutting -----------------------------------------------------------------------------


def _piece(g, i, axis, inputs):
    """The part of g that the i-th input of `concatenate` stands in."""
    if axis is None:
        start = sum([x.size for x in inputs[:i]])
        return g[start : start + inputs[i].size].reshape(inputs[i].shape)
    start = sum([x.shape[axis] for x in inputs[:i]])
    return g[(slice(None),) * (axis % g.ndim) + (slice(start, start + inputs[i].shape[axis]),)]


def _joined(axis, *shapes):
    """One call of an op on an axis and several inputs."""

    def make(rng):
        (first, *rest), _ = call(*shapes)(rng)
        return (axis, first, *rest), {}

    return make


@primitive(
    each=lambda g, out, i, axis, *inputs: _piece(g, i, axis, inputs),
    symbol="‖", method=False, xla=lambda jax, axis, *inputs: jax.numpy.concatenate(inputs, axis),
    sample=calls(
        _joined(0, (2,), (3,)), _joined(1, (2, 1), (2, 3), (2, 2)), _joined(-1, (2, 1, 1), (2, 1, 2)),
        _joined(None, (2, 2), (3,), (1, 1)), _joined(0, (0, 3), (2, 3)), _joined(0, (3,)),
    ),
)
def concatenate(axis, *inputs):
    """The inputs one after the other along an axis; `np.concatenate(list, axis)` calls it.

    Example:
        >>> concatenate(0, Tensor([1.0, 2.0]), Tensor([3.0]))
        Tensor([1., 2., 3.])
        >>> np.concatenate([Tensor([[1.0, 2.0]]), np.array([[0.0]])], axis=1)
        Tensor([[1., 2., 0.]])
    """
    return np.concatenate(inputs, axis)


@primitive(
    each=lambda g, out, i, axis, *inputs: g[(slice(None),) * (axis % g.ndim) + (i,)],
    symbol="stack", method=False, xla=lambda jax, axis, *inputs: jax.numpy.stack(inputs, axis),
    sample=calls(
        _joined(0, (), ()), _joined(0, (3,), (3,)), _joined(-1, (2, 3), (2, 3), (2, 3)), _joined(1, (2, 3), (2, 3)),
        _joined(0, (0, 3), (0, 3)), _joined(0, (2,)),
    ),
)
def stack(axis, *inputs):
    """The inputs, all of one shape, along a new axis; `np.stack(list, axis)` calls it.

    Raises:
        ValueError: the shapes differ.

    Example:
        >>> np.stack([Tensor(1.0), Tensor(2.0)])
        Tensor([1., 2.])
    """
    if len({x.shape for x in inputs}) > 1:
        raise ValueError(f"all inputs need the same shape; received {', '.join(str(x.shape) for x in inputs)}.")
    return np.stack(inputs, axis)


def _arrays(inputs):
    return [x if isinstance(x, Tensor | Symbolic) else np.asarray(x) for x in inputs]


def _concatenate(arrays, axis=0):
    return concatenate(axis, *_arrays(arrays))


def _stack(arrays, axis=0):
    return stack(axis, *_arrays(arrays))


def _vstack(arrays):
    return _concatenate([np.atleast_2d(x) for x in _arrays(arrays)])


def _hstack(arrays):
    arrays = [np.atleast_1d(x) for x in _arrays(arrays)]
    return _concatenate(arrays, 0 if arrays[0].ndim == 1 else 1)


def _column_stack(arrays):
    return _concatenate([x if x.ndim > 1 else x.reshape((-1, 1)) for x in _arrays(arrays)], 1)


def _at_least(ndim):
    """The function that adds axes in front until there are `ndim` of them."""

    def apply(*arrays):
        found = [x if x.ndim >= ndim else x.reshape((1,) * (ndim - x.ndim) + x.shape) for x in _arrays(arrays)]
        return found[0] if len(found) == 1 else tuple(found)

    return apply


def _atleast_3d(*arrays):
    """Columns and channels get the axes that are missing, as NumPy has it: (n,) → (1, n, 1), (m, n) → (m, n, 1)."""
    shapes = {0: lambda x: (1, 1, 1), 1: lambda x: (1, *x.shape, 1), 2: lambda x: (*x.shape, 1)}
    found = [x.reshape(shapes[x.ndim](x)) if x.ndim in shapes else x for x in _arrays(arrays)]
    return found[0] if len(found) == 1 else tuple(found)


def full(shape, fill_value):
    """One value, or an array that broadcasts, repeated to a shape.

    np.full itself makes an array, and refuses a Tensor that needs a gradient.

    Example:
        >>> full((2, 2), Tensor(3.0))
        Tensor([[3., 3.],
                [3., 3.]])
    """
    return broadcast_to(fill_value if hasattr(fill_value, "ndim") else np.asarray(fill_value), shape)


def array_split(a, indices_or_sections, axis=0):
    """The array cut along an axis into a list of Tensors, of nearly equal lengths or at given positions.

    Args:
        a: an array of any shape.
        indices_or_sections: the number of parts, or the positions to cut at.
        axis: the axis to cut.

    Example:
        >>> array_split(Tensor([1.0, 2.0, 3.0]), 2)
        [Tensor([1., 2.]), Tensor([3.])]
    """
    length = a.shape[axis]
    if isinstance(indices_or_sections, (int, np.integer)):
        if indices_or_sections < 1:
            raise ValueError(f"An array is cut into 1 part or more; received {indices_or_sections}.")
        short, longer = divmod(length, indices_or_sections)
        cuts = [i * short + min(i, longer) for i in range(indices_or_sections + 1)]
    else:
        cuts = [0, *indices_or_sections, length]
    before = (slice(None),) * (axis % a.ndim)
    return [a[(*before, slice(start, stop))] for start, stop in zip(cuts, cuts[1:])]


def split(a, indices_or_sections, axis=0):
    """The array cut along an axis into a list of Tensors, of equal lengths or at given positions.

    Args:
        a: an array of any shape.
        indices_or_sections: the number of equal parts, or the positions to cut at.
        axis: the axis to cut.

    Raises:
        ValueError: the axis does not divide into that many equal parts.

    Example:
        >>> first, last = split(Tensor([1.0, 2.0, 3.0]), [2])
        >>> last.numpy()
        array([3.])
    """
    parts = array_split(a, indices_or_sections, axis)
    if isinstance(indices_or_sections, (int, np.integer)) and a.shape[axis] % indices_or_sections:
        raise ValueError(
            f"Axis {axis} of shape {a.shape} does not divide into {indices_or_sections} equal parts. "
            "np.array_split gives parts of nearly equal lengths."
        )
    return parts


def _split_along(axis, least, name):
    """The function that cuts along one axis, of arrays with at least so many axes."""

    def cut(a, indices_or_sections):
        if a.ndim < least:
            raise ValueError(f"np.{name} cuts arrays of {least} or more axes; received shape {a.shape}.")
        return split(a, indices_or_sections, axis if a.ndim > 1 else 0)

    return cut


Tensor.split = split
numpy_functions.update({
    np.hsplit: _split_along(1, 1, "hsplit"), np.vsplit: _split_along(0, 2, "vsplit"),
    np.dsplit: _split_along(2, 3, "dsplit"), np.atleast_3d: _atleast_3d,
    np.concatenate: _concatenate, np.stack: _stack, np.vstack: _vstack, np.hstack: _hstack,
    np.column_stack: _column_stack, np.split: split, np.array_split: array_split,
    np.atleast_1d: _at_least(1), np.atleast_2d: _at_least(2),
})


# -- moving and repeating ----------------------------------------------------------------------------


@primitive(
    lambda g, out, a, axis: np.flip(g, axis),
    numpy=np.flip,
    sample=calls(call(()), call((3,)), call((2, 3)), call((2, 3), axis=-1), call((2, 3, 2), axis=(0, 2)), call((0, 3))),
)
def flip(a, axis=None):
    """The entries in reverse order along an axis, along several, or along all.

    Example:
        >>> flip(Tensor([1.0, 2.0, 3.0]))
        Tensor([3., 2., 1.])
    """
    return np.flip(a, axis)


@primitive(
    lambda g, out, a, shift, axis: np.roll(g, np.negative(shift), axis),
    numpy=np.roll,
    sample=calls(
        _read((4,), 1), _read((2, 3), -2), _read((2, 3), 1, axis=1), _read((2, 3), (1, 2), axis=(0, -1)), _read((), 2),
        _read((0, 3), 1, axis=1),
    ),
)
def roll(a, shift, axis=None):
    """The entries moved on by `shift` places along an axis; those that leave at the end come in at the front.

    Example:
        >>> roll(Tensor([1.0, 2.0, 3.0]), 1)
        Tensor([3., 1., 2.])
    """
    return np.roll(a, _whole("shift", shift), axis)


def _flip_rows(a):
    """The entries in reverse order along the second axis."""
    if a.ndim < 2:
        raise ValueError(f"np.fliplr needs two axes; received shape {a.shape}.")
    return flip(a, 1)


def rot90(a, k=1, axes=(0, 1)):
    """The array turned by 90 degrees in the plane of two axes, from the first towards the second.

    Args:
        a: an array of two or more axes.
        k: how many times.
        axes: the two axes.

    Example:
        >>> rot90(Tensor([[1.0, 2.0], [3.0, 4.0]]))
        Tensor([[2., 4.],
                [1., 3.]])
    """
    first, second = (axis % a.ndim for axis in axes)
    if len(axes) != 2 or first == second:
        raise ValueError(f"axes are two different axes of shape {a.shape}; received {axes}.")
    if k % 4 == 0:
        return +a
    if k % 4 == 2:
        return flip(a, (first, second))
    return flip(swapaxes(a, first, second), first) if k % 4 == 1 else swapaxes(flip(a, first), first, second)


def _rollaxis(a, axis, start=0):
    """np.rollaxis: an axis moved before another."""
    axis, start = axis % a.ndim, start + a.ndim if start < 0 else start
    return moveaxis(a, axis, start - 1 if axis < start else start)


numpy_functions.update({
    np.fliplr: _flip_rows, np.flipud: lambda a: flip(a, 0), np.rot90: rot90, np.rollaxis: _rollaxis,
})

_PAD_COPIES = ("edge", "reflect", "symmetric", "wrap")


def _unpad(g, a, pad_width, mode):
    """The gradient of `pad`: the inside of g, and for the modes that copy entries, what flows to the copies."""
    widths = np.broadcast_to(pad_width, (a.ndim, 2))
    if mode == "constant":
        return g[tuple([slice(before, before + n) for (before, _), n in zip(widths.tolist(), a.shape)])]
    sources = np.pad(np.arange(a.size).reshape(a.shape), widths, mode)
    return scatter_add(g, sources, (a.size,)).reshape(a.shape)


@primitive(
    lambda g, out, a, pad_width, mode, constant_values: _unpad(g, a, pad_width, mode),
    numpy=np.pad,
    sample=calls(
        _read((3,), 1), _read((2, 3), ((1, 0), (0, 2)), constant_values=5), _read((2, 3), (1, 2), mode="edge"),
        _read((3, 4), ((2, 1), (1, 3)), mode="reflect"), _read((3,), 5, mode="reflect"),
        _read((3,), (2, 4), mode="symmetric"), _read((2, 3), ((1, 3), (4, 0)), mode="wrap"),
        _read((0, 3), ((0, 0), (1, 1))),
    ),
)
def pad(a, pad_width, mode="constant", constant_values=0):
    """The array with entries added around it.

    Args:
        a: an array of any shape.
        pad_width: how many to add before and after each axis: one number, (before, after), or a pair an axis.
        mode: "constant", "edge" (the last entry again), "reflect" (mirrored at the last entry), "symmetric"
            (mirrored after the last entry) or "wrap" (from the other end).
        constant_values: what "constant" adds; no gradient flows to it.

    Raises:
        ValueError: the mode is another one.

    Example:
        >>> pad(Tensor([1.0, 2.0, 3.0]), (1, 2), mode="reflect")
        Tensor([2., 1., 2., 3., 2., 1.])
    """
    widths = np.broadcast_to(pad_width, (a.ndim, 2))
    if mode == "constant":
        return np.pad(a, widths, mode, constant_values=constant_values)
    if mode not in _PAD_COPIES:
        raise ValueError(f"mode is one of 'constant', {str(_PAD_COPIES)[1:-1]}; received {mode!r}.")
    return np.pad(a, widths, mode)


def _add_tiles(g, a, reps):
    """The gradient of `tile`: the sum of all tiles."""
    reps = np.atleast_1d(reps).tolist()
    ndim = max(len(reps), a.ndim)
    counts = [1] * (ndim - len(reps)) + reps
    lengths = (1,) * (ndim - a.ndim) + a.shape
    blocks = g.reshape(tuple([n for pair in zip(counts, lengths) for n in pair]))
    return blocks.sum(tuple(range(0, 2 * ndim, 2))).reshape(a.shape)


@primitive(
    lambda g, out, a, reps: _add_tiles(g, a, reps),
    numpy=np.tile,
    sample=calls(
        _read((3,), 2), _read((2, 3), (2, 1)), _read((3,), (2, 2)), _read((2, 3), 3), _read((), (2, 2)),
        _read((2, 3), (0, 1)), _read((0, 3), 2),
    ),
)
def tile(a, reps):
    """The whole array laid side by side, `reps` times along each axis.

    Example:
        >>> tile(Tensor([1.0, 2.0]), 2)
        Tensor([1., 2., 1., 2.])
    """
    return np.tile(a, _whole("reps", reps))


def _add_repeats(g, a, repeats, axis):
    """The gradient of `repeat`: the sum of the copies of each entry."""
    sources = np.repeat(np.arange(a.size if axis is None else a.shape[axis]), repeats)
    if axis is None:
        return scatter_add(g, sources, (a.size,)).reshape(a.shape)
    return scatter_add(g, (slice(None),) * (axis % a.ndim) + (sources,), a.shape)


@primitive(
    lambda g, out, a, repeats, axis: _add_repeats(g, a, repeats, axis),
    numpy=np.repeat,
    sample=calls(
        _read((3,), 2), _read((2, 3), 2), _read((2, 3), 2, axis=-1), _read((2, 3), np.array([1, 0, 3]), axis=1),
        _read((), 3), _read((0, 3), 2, axis=0),
    ),
)
def repeat(a, repeats, axis=None):
    """Each entry several times in a row along an axis, or in the flattened array.

    Args:
        a: an array of any shape.
        repeats: how often, for all entries or for each along the axis.
        axis: the axis to repeat along; None repeats in the flattened array.

    Example:
        >>> repeat(Tensor([1.0, 2.0]), 2)
        Tensor([1., 1., 2., 2.])
    """
    return np.repeat(a, _whole("repeats", repeats), axis)


# -- questions about an array ------------------------------------------------------------------------


def _plain_values(function):
    """The NumPy function on the values of Tensors: its result is no part of a graph."""

    def apply(*args, **options):
        if Symbolic in [type(x) for x in args]:
            return _of_symbols(function, *args, **options)
        tensors = [x for x in (*args, *options.values()) if isinstance(x, Tensor)]
        for x in tensors if function in _READING else tensors[1:] if function is np.full_like else ():
            recording.get().escapes(x, f"np.{function.__name__}")
        args = [x.array if isinstance(x, Tensor) else x for x in args]
        return function(*args, **{name: x.array if isinstance(x, Tensor) else x for name, x in options.items()})

    return apply


def _of_symbols(function, x, *more, **options):
    """The answer for a symbolic value: what is known of it, or a symbolic value of one number at each place."""
    if function in (np.shape, np.ndim):
        return x.shape if function is np.shape else x.ndim
    fill = {np.zeros_like: 0, np.ones_like: 1}.get(function, options.get("fill_value", next(iter(more), None)))
    if function not in (np.zeros_like, np.ones_like, np.full_like) or isinstance(fill, Symbolic):
        raise TypeError(f"np.{function.__name__} has no op on symbolic values: write it in a layer of your own.")
    value = np.asarray(fill, options.get("dtype") or x.dtype)
    return np.where(np.isnan(x), value, value)


_READING = (np.array_equal, np.allclose, np.isclose)
for _function in (
    np.shape, np.ndim, np.size, np.result_type, np.zeros_like, np.ones_like, np.full_like, np.empty_like,
    np.array_equal, np.allclose, np.isclose,
):
    numpy_functions[_function] = _plain_values(_function)
