"""Indexing: reading entries of a Tensor, and the ops on the diagonal and the triangles of a matrix.

Reading and adding are partners: the gradient of `a[index]` adds up what flows back at the same index
(`scatter_add`), and the gradient of that reads it (`getitem`). An entry that was read twice gets both parts.
"""

import numpy as np

from ..engine.op import primitive
from ..engine.tensor import Tensor, numpy_functions
from .samples import call, calls, real

_POSITIONS = (int, np.integer, slice, type(None), type(Ellipsis))


def _read(shape, *rest, **options):
    """One call on an array of this shape and arguments that are not drawn at random."""
    return lambda rng: ((real(rng, shape), *rest), options)


def _plain(index):
    """The index without Tensors; floats are refused."""
    if isinstance(index, tuple):
        return tuple([_plain(part) for part in index])
    if isinstance(index, Tensor):
        index = index.array
    dtype = getattr(index, "dtype", None)
    if isinstance(index, float) or (dtype is not None and dtype.kind == "f"):
        raise IndexError(
            f"an index is made of integers, slices or booleans; received {dtype or 'float'}. "
            "Make it integers with int(i) or index.astype(int), or compare to get a mask: t[index > 0]."
        )
    return index


def _for_jax(index):
    """The index with arrays in place of lists."""
    if isinstance(index, tuple):
        return tuple([_for_jax(part) for part in index])
    return np.asarray(index) if isinstance(index, list) else index


def _may_repeat(index):
    """True if the index can name an entry twice: only arrays of integers can."""
    parts = index if isinstance(index, tuple) else (index,)
    return any([not isinstance(part, _POSITIONS) and np.asarray(part).dtype.kind != "b" for part in parts])


@primitive(
    lambda g, out, a, index: scatter_add(g, index, a.shape),
    symbol="[ ]", word="element", operator="getitem", method=False,
    xla=lambda jax, a, index: jax.numpy.asarray(a)[_for_jax(index)],
    sample=calls(
        _read((4,), 2), _read((4,), slice(None, None, -2)), _read((3, 4), (-1, slice(1, 3))), _read((), None),
        _read((2, 3), (Ellipsis, None, 0)), _read((4, 2), np.array([3, 0, 3, 3])), _read((3,), [[0, 0], [1, 2]]),
        _read((2, 3), np.array([[True, False, True], [False, True, False]])), _read((0, 3), (slice(None), 1)),
        _read((3, 4), (np.array([0, 2, 0]), np.array([1, 1, 1]))), _read((3, 2, 2), (np.array([1, 1]), slice(None), 0)),
    ),
)
def getitem(a, index):
    """The entries a[index], for every kind of index that NumPy has.

    Args:
        a: an array of any shape.
        index: integers, slices, None, Ellipsis, boolean masks, arrays or Tensors of integers, or a tuple of them.

    Raises:
        IndexError: the index is out of range, has too many axes, or is made of floats.

    Example:
        >>> t = Tensor([1.0, -2.0, 3.0])
        >>> t[t > 0]
        Tensor([1., 3.])
        >>> t[[0, 0, 1]]
        Tensor([ 1.,  1., -2.])
    """
    return a[_plain(index)]


@primitive(
    lambda g, out, a, index, shape: getitem(g, index),
    symbol="[ ] +=", method=False,
    xla=lambda jax, a, index, shape: jax.numpy.zeros(shape, a.dtype).at[_for_jax(index)].add(a),
    sample=calls(
        _read((2,), slice(1, 3), (4,)), _read((), 1, (3,)), _read((3, 2), np.array([1, 0, 1]), (2, 2)),
        _read((3,), (np.array([0, 1, 0]), 1), (2, 3)), _read((2,), np.array([True, False, True]), (3,)),
        _read((0, 2), slice(0), (3, 2)),
    ),
)
def scatter_add(a, index, shape):
    """Zeros of a shape with a added at an index: the partner of `getitem`. What meets at one entry adds up.

    Args:
        a: what to add, of the shape that reading at the index gives.
        index: an index as for `getitem`.
        shape: the shape of the result.

    Example:
        >>> scatter_add(Tensor([1.0, 2.0, 4.0]), np.array([0, 2, 0]), (3,))
        Tensor([5., 0., 2.])
    """
    out, index = np.zeros(shape, a.dtype), _plain(index)
    if _may_repeat(index):
        np.add.at(out, index, a)
    else:
        out[index] = a
    return out


@primitive(
    numpy=np.searchsorted,
    sample=lambda rng: [
        ((np.sort(real(rng, (4,))), real(rng, (2, 3))), {}),
        ((np.array([0.0, 1.0, 1.0]), np.array([1.0, 0.5])), {"side": "right"}),
    ],
    method=False,
)
def searchsorted(a, v, side="left"):
    """Where the values v would stand in the sorted vector a, so that it stays sorted. Integers, without gradient.

    Args:
        a: a vector in ascending order.
        v: values of any shape.
        side: "left" puts a value before equal ones, "right" behind them.

    Example:
        >>> searchsorted(np.array([0.0, 1.0, 2.0]), Tensor([0.5, 2.0]))
        Tensor([1, 2])
    """
    return np.searchsorted(a, v, side)


def digitize(x, bins, right=False):
    """The number of the bin that each value is in: bin i goes from bins[i − 1] to before bins[i], or ends with it.

    Args:
        x: values of any shape.
        bins: where bins meet, in ascending order.
        right: whether a bin has its right end, and not its left one.

    Example:
        >>> digitize(Tensor([-1.0, 0.0, 5.0]), [0.0, 1.0])
        Tensor([0, 1, 2])
    """
    bins = _plain_array(bins)
    if np.any(bins[1:] < bins[:-1]):
        raise ValueError(f"np.digitize of Tensors expects bins in ascending order; received {bins}.")
    return searchsorted(bins, x, "left" if right else "right")


def _plain_array(x):
    return x.array if isinstance(x, Tensor) else np.asarray(x)


numpy_functions[np.digitize] = digitize


def _put_back(g, a, indices, axis):
    """The gradient of `take`: g added at the positions it was taken from."""
    indices = indices if isinstance(indices, Tensor) else np.asarray(indices)
    if axis is None:
        return scatter_add(g, indices, (a.size,)).reshape(a.shape)
    return scatter_add(g, (slice(None),) * (axis % a.ndim) + (indices,), a.shape)


@primitive(
    lambda g, out, a, indices, axis: _put_back(g, a, indices, axis),
    numpy=np.take, symbol="take",
    sample=calls(
        _read((4,), np.array([3, 1, 3])), _read((2, 3), np.array([[0, 5], [5, -1]])), _read((), np.array([0, 0])),
        _read((2, 3), np.array([2, 2]), axis=1), _read((2, 3, 2), np.array([[0, 1]]), axis=-2),
        _read((2, 3), 1, axis=0), _read((0, 3), np.array([1]), axis=1),
    ),
)
def take(a, indices, axis=None):
    """The entries at these positions along an axis, or of the flattened array.

    Args:
        a: an array of any shape.
        indices: integers of any shape; they may repeat.
        axis: the axis to read along; None reads the flattened array.

    Raises:
        IndexError: a position is out of range, or not an integer.

    Example:
        >>> take(Tensor([[1.0, 2.0, 3.0]]), [2, 0], axis=1)
        Tensor([[3., 1.]])
    """
    return np.take(a, _plain(np.asarray(indices)), axis)


def _put_back_along(g, a, indices, axis):
    """The gradient of `take_along_axis`: every other axis is indexed by its own positions."""
    if axis is None:
        return _put_back(g, a, indices, None)
    index = [np.arange(n).reshape((n,) + (1,) * (a.ndim - 1 - i)) for i, n in enumerate(a.shape)]
    index[axis] = indices
    return scatter_add(g, tuple(index), a.shape)


@primitive(
    lambda g, out, a, indices, axis: _put_back_along(g, a, indices, axis),
    numpy=np.take_along_axis,
    sample=calls(
        _read((2, 3), np.array([[2], [2]])), _read((2, 3), np.array([[1, 0, 1], [1, 1, 1]]), axis=0),
        _read((2, 3), np.array([[0, 0, 2, 1]]), axis=1), _read((2, 2), np.array([3, 3, 0]), axis=None),
        _read((4,), np.array([1, 1, 0])), _read((0, 3), np.zeros((0, 1), int)),
    ),
)
def take_along_axis(a, indices, axis=-1):
    """One entry for each index along an axis: out[i, j] = a[i, indices[i, j]] for a matrix and its last axis.

    Args:
        a: an array of any shape.
        indices: integers with as many axes as a, and lengths that broadcast with a's except along the axis.
        axis: the axis to read along; None reads the flattened array.

    Raises:
        IndexError: an index is out of range, or not an integer.

    Example:
        >>> take_along_axis(Tensor([[0.1, 0.9], [0.8, 0.2]]), np.array([[1], [0]]))
        Tensor([[0.9],
                [0.8]])
    """
    return np.take_along_axis(a, _plain(np.asarray(indices)), axis)


def _put_on_diagonal(g, a, k):
    """The gradient of `diag`: a vector's is read from the diagonal, a matrix's is written on it."""
    if a.ndim == 1:
        return np.diag(g, k)
    first = max(-k, 0)
    rows = np.arange(first, first + g.size)
    return scatter_add(g, (rows, rows + k), a.shape)


@primitive(
    lambda g, out, a, k: _put_on_diagonal(g, a, k),
    numpy=np.diag,
    sample=calls(
        call((3,)), call((2,), k=1), call((2,), k=-2), call((3, 3)), call((2, 4), k=1), call((4, 2), k=-1), call((0,)),
    ),
)
def diag(a, k=0):
    """The matrix with the vector a on its k-th diagonal, or the k-th diagonal of the matrix a.

    Args:
        a: a vector or a matrix.
        k: 0 is the main diagonal, 1 the one above it, −1 the one below.

    Example:
        >>> diag(Tensor([1.0, 2.0]))
        Tensor([[1., 0.],
                [0., 2.]])
        >>> diag(Tensor([[1.0, 2.0], [3.0, 4.0]]), k=1)
        Tensor([2.])
    """
    return np.diag(a, k).copy()


def _put_on_diagonals(g, a, offset, axis1, axis2):
    """The gradient of `diagonal`: g on the diagonals of zeros, whose axes then go back to their places."""
    first = max(-offset, 0)
    rows = np.arange(first, first + g.shape[-1])
    lengths = [n for i, n in enumerate(a.shape) if i not in (axis1 % a.ndim, axis2 % a.ndim)]
    shape = (*lengths, a.shape[axis1], a.shape[axis2])
    return np.moveaxis(scatter_add(g, (Ellipsis, rows, rows + offset), shape), (-2, -1), (axis1, axis2))


@primitive(
    lambda g, out, a, offset, axis1, axis2: _put_on_diagonals(g, a, offset, axis1, axis2),
    numpy=np.diagonal,
    sample=calls(
        call((3, 3)), call((2, 4), offset=1), call((4, 2), offset=-1), call((2, 3, 3), axis1=-1, axis2=1),
        call((2, 4, 3), axis1=2, axis2=0), call((0, 2, 2), axis1=1, axis2=2), call((2, 2), offset=5),
    ),
)
def diagonal(a, offset=0, axis1=0, axis2=1):
    """The diagonal of a matrix, or of each matrix in a stack, along a new last axis.

    Args:
        a: a matrix, or a stack of them.
        offset: 0 is the main diagonal, 1 the one above it, −1 the one below.
        axis1: the axis of the rows.
        axis2: the axis of the columns.

    Example:
        >>> diagonal(Tensor([[1.0, 2.0], [3.0, 4.0]]))
        Tensor([1., 4.])
    """
    return np.diagonal(a, offset, axis1, axis2).copy()


def _on_diagonals(g, a, offset, axis1, axis2):
    """The gradient of `trace`: g on the diagonal, 0 elsewhere."""
    lengths = [1] * a.ndim
    lengths[axis1], lengths[axis2] = a.shape[axis1], a.shape[axis2]
    eye = np.eye(a.shape[axis1], a.shape[axis2], offset, dtype=a.dtype)
    return np.expand_dims(g, (axis1, axis2)) * (eye if axis1 % a.ndim < axis2 % a.ndim else eye.T).reshape(lengths)


@primitive(
    lambda g, out, a, offset, axis1, axis2: _on_diagonals(g, a, offset, axis1, axis2),
    numpy=np.trace, symbol="tr",
    sample=calls(
        call((3, 3)), call((2, 4), offset=1), call((4, 2), offset=-1), call((2, 3, 3), axis1=-1, axis2=1),
        call((2, 4, 3), axis1=2, axis2=0), call((0, 2, 2), axis1=1, axis2=2),
    ),
)
def trace(a, offset=0, axis1=0, axis2=1):
    """The sum of the diagonal of a matrix, Σᵢ aᵢᵢ, or of each matrix in a stack.

    Args:
        a: a matrix, or a stack of them.
        offset: 0 is the main diagonal, 1 the one above it, −1 the one below.
        axis1: the axis of the rows.
        axis2: the axis of the columns.

    Example:
        >>> trace(Tensor([[1.0, 2.0], [3.0, 4.0]]))
        Tensor(5.)
    """
    return np.trace(a, offset, axis1, axis2)


@primitive(
    lambda g, out, a, k: np.triu(g, k),
    numpy=np.triu,
    sample=calls(call((3, 3)), call((2, 4), k=1), call((2, 3, 2), k=-1), call((3,)), call((0, 2))),
)
def triu(a, k=0):
    """The upper triangle of a matrix: 0 below the k-th diagonal.

    Example:
        >>> triu(Tensor([[1.0, 2.0], [3.0, 4.0]]))
        Tensor([[1., 2.],
                [0., 4.]])
    """
    return np.triu(a, k)


@primitive(
    lambda g, out, a, k: np.tril(g, k),
    numpy=np.tril,
    sample=calls(call((3, 3)), call((2, 4), k=1), call((2, 3, 2), k=-1), call((3,)), call((0, 2))),
)
def tril(a, k=0):
    """The lower triangle of a matrix: 0 above the k-th diagonal.

    Example:
        >>> tril(Tensor([[1.0, 2.0], [3.0, 4.0]]))
        Tensor([[1., 0.],
                [3., 4.]])
    """
    return np.tril(a, k)
