"""Reductions: ops that compute one value from the entries along an axis, and the running and sorting ones.

They share NumPy's arguments: `axis` is an integer, a tuple, or None for all entries; `keepdims=True` leaves
the reduced axes in place with length 1. Note that `sum`, `max`, `min`, `any`, `all` are ops in this file.
"""

from math import prod as product

import numpy as np

from ..engine.op import FIRST, VALUE, in_formulas, primitive
from ..engine.tensor import numpy_functions
from .indexing import take, take_along_axis
from .samples import call, calls, real
from .shape import broadcast_to

_reductions = calls(
    call(()), call((3,)), call((2, 3)), call((2, 3), axis=0), call((2, 3), axis=-1), call((2, 3, 2), axis=(0, -1)),
    call((2, 3), axis=1, keepdims=True), call((2, 3), keepdims=True), call((2, 3), axis=()), call((0, 3), axis=1),
)
_along_an_axis = calls(
    call((3,)), call((2, 3)), call((2, 3), axis=0), call((2, 3), axis=-1), call((2, 3), axis=1, keepdims=True),
    call((0, 3), axis=1),
)


@in_formulas(FIRST)
def _expand(g, a, axis, keepdims):
    """The result of a reduction of `a` with the reduced axes back in place, so that it broadcasts against `a`."""
    if axis is None or keepdims:
        return g
    shape = list(a.shape)
    for i in axis if isinstance(axis, tuple) else (axis,):
        shape[i] = 1
    return g.reshape(tuple(shape))


@in_formulas(VALUE)
def _count(a, out):
    """The number of entries of `a` behind each entry of `out`."""
    return a.size // (out.size or 1)


def _by_row(function, a, axis):
    """function(rows) in the shape of `a`: the last axis of `rows` runs over the reduced axes of `a`."""
    reduced = range(a.ndim) if axis is None else [i % a.ndim for i in (axis if isinstance(axis, tuple) else (axis,))]
    kept = [i for i in range(a.ndim) if i not in reduced]
    order = (*kept, *reduced)
    moved = a.transpose(order)
    rows = moved.reshape((*moved.shape[: len(kept)], product(moved.shape[len(kept) :])))
    return function(rows).reshape(moved.shape).transpose(tuple(np.argsort(order)))


@primitive(
    lambda g, out, a, axis, keepdims: broadcast_to(_expand(g, a, axis, keepdims), a.shape),
    numpy=np.sum, symbol="Σ", sample=_reductions,
)
def sum(a, axis=None, keepdims=False):
    """The sum Σ a of the entries along the axes.

    Example:
        >>> sum(Tensor([[1.0, 2.0], [3.0, 4.0]]), axis=0)
        Tensor([4., 6.])
    """
    return a.sum(axis, keepdims=keepdims)


@primitive(
    lambda g, out, a, axis, keepdims: broadcast_to(_expand(g / _count(a, out), a, axis, keepdims), a.shape),
    numpy=np.mean, symbol="mean", sample=_reductions,
)
def mean(a, axis=None, keepdims=False):
    """The mean (Σ a) / n of the n entries along the axes.

    Example:
        >>> mean(Tensor([[1.0, 2.0], [3.0, 4.0]]))
        Tensor(2.5)
    """
    return a.mean(axis, keepdims=keepdims)


def _share(g, out, a, axis, keepdims):
    """The gradient of a maximum or minimum, split evenly among the entries that reach it."""
    reached = a == _expand(out, a, axis, keepdims)
    return reached * (_expand(g, a, axis, keepdims) / reached.sum(axis, keepdims=True))


@primitive(
    lambda g, out, a, axis, keepdims: _share(g, out, a, axis, keepdims),
    numpy=(np.max, np.amax), symbol="max", sample=_reductions,
)
def max(a, axis=None, keepdims=False):
    """The greatest entry along the axes. Entries that tie for it share the gradient evenly.

    Raises:
        ValueError: there are no entries along the axes.

    Example:
        >>> max(Tensor([[1.0, 2.0], [3.0, 4.0]]), axis=1)
        Tensor([2., 4.])
    """
    return a.max(axis, keepdims=keepdims)


@primitive(
    lambda g, out, a, axis, keepdims: _share(g, out, a, axis, keepdims),
    numpy=(np.min, np.amin), symbol="min", sample=_reductions,
)
def min(a, axis=None, keepdims=False):
    """The least entry along the axes. Entries that tie for it share the gradient evenly.

    Raises:
        ValueError: there are no entries along the axes.

    Example:
        >>> min(Tensor([[1.0, 2.0], [3.0, 4.0]]), axis=1)
        Tensor([1., 3.])
    """
    return a.min(axis, keepdims=keepdims)


@primitive(
    lambda g, out, a, axis, ddof, keepdims: _expand(2 * g / (_count(a, out) - ddof), a, axis, keepdims)
    * (a - a.mean(axis, keepdims=True)),
    numpy=np.var, symbol="var", word="variance",
    sample=calls(
        call(()), call((3,)), call((2, 3), axis=0), call((2, 3), axis=-1, ddof=1), call((2, 3), ddof=1),
        call((2, 3, 2), axis=(0, 2), keepdims=True), call((0, 3), axis=1),
    ),
)
def var(a, axis=None, ddof=0, keepdims=False):
    """The variance Σ (a − mean)² / (n − ddof) of the n entries along the axes.

    Example:
        >>> var(Tensor([1.0, 2.0, 3.0]), ddof=1)
        Tensor(1.)
    """
    return a.var(axis, ddof=ddof, keepdims=keepdims)


@primitive(
    lambda g, out, a, axis, ddof, keepdims: (a - a.mean(axis, keepdims=True))
    * _expand(g / (out + (out == 0)) / (_count(a, out) - ddof), a, axis, keepdims),
    numpy=np.std, symbol="std", word="standard deviation",
    sample=calls(
        call((3,)), call((2, 3), axis=0), call((2, 3), axis=-1, ddof=1), call((2, 3), ddof=1),
        call((2, 3, 2), axis=(0, 2), keepdims=True), call((0, 3), axis=1),
    ),
)
def std(a, axis=None, ddof=0, keepdims=False):
    """The standard deviation √(Σ (a − mean)² / (n − ddof)). Where it is 0, the gradient is taken as 0.

    Example:
        >>> std(Tensor([1.0, 2.0, 3.0]), ddof=1)
        Tensor(1.)
    """
    return a.std(axis, ddof=ddof, keepdims=keepdims)


@primitive(
    lambda g, out, a, axis, keepdims: _expand(g, a, axis, keepdims)
    * np.exp(a - _expand(np.where(out == -np.inf, 0, out), a, axis, keepdims)),
    symbol="log Σ exp", word="log sum exp", sample=_reductions,
)
def logsumexp(a, axis=None, keepdims=False):
    """log Σ exp(a) along the axes, a smooth maximum, without overflow: max + log Σ exp(a − max).

    The gradient is the softmax; it is 0 where all entries are −∞.

    Example:
        >>> logsumexp(Tensor([1000.0, 1000.0])).numpy().round(4)
        np.float64(1000.6931)
    """
    a = a if a.dtype.kind == "f" else a.astype(float)
    top = a.max(axis, keepdims=True, initial=-np.inf)
    top = np.where(np.isfinite(top), top, a.dtype.type(0))
    with np.errstate(divide="ignore"):
        out = np.log(np.exp(a - top).sum(axis, keepdims=keepdims))
    return out + top.reshape(out.shape)


def _check_norm(a, ord, axis):
    """Refuse the norms that have no rule here."""
    matrix = (axis is None and a.ndim == 2) or (isinstance(axis, tuple) and len(axis) == 2)
    if matrix and ord not in (None, "fro"):
        raise ValueError(
            f"of a matrix there is the Frobenius norm, ord=None or 'fro'; received ord={ord!r}. "
            "For the norm of each row write axis=1, for a norm of all entries t.ravel()."
        )
    if not matrix and ord not in (None, 1, 2, np.inf, -np.inf):
        raise ValueError(f"ord is None, 1, 2, np.inf or -np.inf for vectors; received {ord!r}.")


def _norm_gradient(g, out, a, ord, axis, keepdims):
    g, out = _expand(g, a, axis, keepdims), _expand(out, a, axis, keepdims)
    if ord == 1:
        return g * np.sign(a)
    if ord in (np.inf, -np.inf):
        reached = np.absolute(a) == out
        return g / reached.sum(axis, keepdims=True) * np.sign(a) * reached
    return g / (out + (out == 0)) * a


@primitive(
    lambda g, out, a, ord, axis, keepdims: _norm_gradient(g, out, a, ord, axis, keepdims),
    numpy=np.linalg.norm, symbol="‖ ‖",
    sample=calls(
        call(()), call((3,)), call((2, 3)), call((2, 3, 2)), call((3,), ord=1), call((3,), ord=np.inf),
        call((3,), ord=-np.inf),
        call((2, 3), ord=2, axis=-1), call((2, 3), axis=0, keepdims=True), call((2, 3), ord=np.inf, axis=1),
        call((2, 3), ord="fro"), call((2, 3, 2), axis=(0, 2)), call((2, 3), keepdims=True), call((0, 3), axis=1),
    ),
)
def norm(a, ord=None, axis=None, keepdims=False):
    """The length of vectors, ‖a‖ = √(Σ a²), or another norm. Where it is 0, the gradient is taken as 0.

    Args:
        a: an array of any shape.
        ord: for vectors None or 2 (√Σa²), 1 (Σ|a|), np.inf (max |a|) or -np.inf (min |a|); ties share the
            gradient evenly. For matrices None or "fro", the Frobenius norm √(Σ a²).
        axis: the axis of the vectors, the two axes of the matrices, or None for the whole array.
        keepdims: whether the reduced axes stay, with length 1.

    Raises:
        ValueError: another norm is asked for.

    Example:
        >>> norm(Tensor([3.0, 4.0]))
        Tensor(5.)
    """
    _check_norm(a, ord, axis)
    return np.linalg.norm(a, ord, axis, keepdims)


# -- products and running totals ---------------------------------------------------------------------


def _shift(rows, first):
    """The entries moved one place on along the last axis, with `first` in front."""
    front = np.full((*rows.shape[:-1], 1), first, rows.dtype)
    return np.concatenate([front, rows], axis=-1)[..., : rows.shape[-1]]


def _product_of_others(rows):
    """For each entry, the product of all others of its row: nothing is divided, so zeros do no harm."""
    before = _shift(np.cumprod(rows, axis=-1), 1)
    after = _shift(np.cumprod(rows[..., ::-1], axis=-1), 1)[..., ::-1]
    return before * after


@primitive(
    lambda g, out, a, axis, keepdims: _expand(g, a, axis, keepdims) * _by_row(_product_of_others, a, axis),
    numpy=np.prod, symbol="Π", word="product", sample=_reductions,
)
def prod(a, axis=None, keepdims=False):
    """The product Π a of the entries along the axes. Its derivatives are right with zeros among them too.

    Example:
        >>> prod(Tensor([[1.0, 2.0], [3.0, 4.0]]), axis=0)
        Tensor([3., 8.])
    """
    return a.prod(axis, keepdims=keepdims)


@primitive(
    lambda g, out, a, axis: np.flip(np.cumsum(np.flip(g, axis), axis=axis), axis).reshape(a.shape),
    numpy=np.cumsum,
    sample=calls(
        call(()), call((3,)), call((2, 3)), call((2, 3), axis=0), call((2, 3), axis=-1), call((0, 3), axis=0),
        call((0, 3)),
    ),
)
def cumsum(a, axis=None):
    """The running sums along an axis, or of the flattened array.

    Example:
        >>> cumsum(Tensor([1.0, 2.0, 3.0]))
        Tensor([1., 3., 6.])
    """
    return a.cumsum(axis)


def _back(g, b):
    """The recurrence run from the end: hᵢ = gᵢ + bᵢ₊₁·hᵢ₊₁."""
    return linear_recurrence(g[..., ::-1], _shift(b[..., ::-1], 0))[..., ::-1]


@primitive(
    lambda g, out, a, b: _back(g, b),
    lambda g, out, a, b: _back(g, b) * _shift(out, 0),
    method=False, sample=calls(call((4,), (4,)), call((2, 3), (2, 3)), call((0, 3), (0, 3)), call((2, 0), (2, 0))),
    xla=lambda jax, a, b: _scanned_recurrence(jax, a, b),
)
def linear_recurrence(a, b):
    """y₀ = a₀, yᵢ = aᵢ + bᵢ·yᵢ₋₁ along the last axis, for a and b of one shape.

    Its gradient is the same recurrence run backwards. The gradient of `cumprod` stands on it.

    Example:
        >>> linear_recurrence(Tensor([1.0, 1.0, 1.0]), Tensor([0.0, 2.0, 3.0]))
        Tensor([ 1.,  3., 10.])
    """
    out = np.array(a, dtype=np.result_type(a, b))
    for i in range(1, out.shape[-1]):
        out[..., i] += b[..., i] * out[..., i - 1]
    return out


def _scanned_recurrence(jax, a, b):
    """The recurrence as a scan over the last axis."""

    def step(before, row):
        now = row[0] + row[1] * before
        return now, now

    rows = jax.numpy.moveaxis(jax.numpy.stack([a, b]), -1, 0)
    return jax.numpy.moveaxis(jax.lax.scan(step, jax.numpy.zeros(a.shape[:-1], a.dtype), rows)[1], 0, -1)


def _cumprod_gradient(g, a, axis):
    """dᵢ = (Πⱼ﹤ᵢ aⱼ)·hᵢ with hᵢ = gᵢ + aᵢ₊₁·hᵢ₊₁: nothing is divided, so zeros do no harm."""
    if axis is None or a.ndim == 0:
        return _cumprod_gradient(g, a.reshape((-1,)), 0).reshape(a.shape)
    g, rows = g.swapaxes(axis, -1), a.swapaxes(axis, -1)
    before = _shift(np.cumprod(rows, axis=-1), 1)
    return (before * _back(g, rows)).swapaxes(axis, -1)


@primitive(
    lambda g, out, a, axis: _cumprod_gradient(g, a, axis),
    numpy=np.cumprod,
    sample=calls(
        call(()), call((4,)), call((2, 3)), call((2, 3), axis=0), call((2, 3), axis=-1), call((0, 3), axis=0),
        call((0, 3)),
    ),
)
def cumprod(a, axis=None):
    """The running products along an axis, or of the flattened array; right with zeros too.

    Example:
        >>> cumprod(Tensor([1.0, 2.0, 3.0]))
        Tensor([1., 2., 6.])
    """
    return a.cumprod(axis)


# -- order -------------------------------------------------------------------------------------------


_sorted = calls(call((4,)), call((2, 3)), call((2, 3), axis=0), call((2, 3), axis=None), call((0, 3)))


@primitive(numpy=np.argsort, sample=_sorted)
def argsort(a, axis=-1):
    """The positions that sort an axis; equal entries keep their order. Integers, without gradient.

    Example:
        >>> argsort(Tensor([3.0, 1.0, 2.0]))
        Tensor([1, 2, 0])
    """
    return np.argsort(a, axis, kind="stable")


def _ranks(a, axis):
    """The place of each entry in the sorted order."""
    return argsort(argsort(a, axis), axis)


@primitive(
    lambda g, out, a, axis: take_along_axis(g, _ranks(a, axis), axis).reshape(a.shape),
    numpy=np.sort, sample=_sorted,
)
def sort(a, axis=-1):
    """The entries in ascending order along an axis, as a new Tensor. Equal entries keep their order.

    Example:
        >>> sort(Tensor([3.0, 1.0, 2.0]))
        Tensor([1., 2., 3.])
    """
    return np.sort(a, axis)


@primitive(
    numpy=np.argpartition,
    sample=lambda rng: [((real(rng, (5,)), 2), {}), ((real(rng, (2, 4)), 1), {}), ((real(rng, (4, 2)), 2, 0), {})],
)
def argpartition(a, kth, axis=-1):
    """The positions that partition an axis, as `partition` orders it. Integers, without gradient.

    Example:
        >>> argpartition(Tensor([3.0, 1.0, 2.0]), 0)[0]
        Tensor(1)
    """
    return np.argpartition(a, kth, axis)


def partition(a, kth, axis=-1):
    """The entries in an order in which the k-th is where sorting would put it, smaller ones before, larger ones after.

    Args:
        a: an array of any shape.
        kth: the place, or several, counted from 0.
        axis: the axis to order; None orders the flattened array.

    Example:
        >>> partition(Tensor([3.0, 1.0, 2.0]), 1)[1]
        Tensor(2.)
    """
    return take_along_axis(a, argpartition(a, kth, axis), axis)


numpy_functions[np.partition] = partition


def _in_the_middle(rows):
    """1 at the middle entry of each row, or ½ at each of the two."""
    count = rows.shape[-1]
    places = np.arange(count)
    weights = ((places == (count - 1) // 2) + (places == count // 2) * 1.0) / 2
    return take(weights, _ranks(rows, -1))  # the op: np.take does not ask its indices


@primitive(
    lambda g, out, a, axis, keepdims: _expand(g, a, axis, keepdims) * _by_row(_in_the_middle, a, axis),
    numpy=np.median, sample=_reductions,
)
def median(a, axis=None, keepdims=False):
    """The middle entry along the axes, or the mean of the two in the middle.

    Example:
        >>> median(Tensor([5.0, 1.0, 2.0, 4.0]))
        Tensor(3.)
    """
    return np.median(a, axis, keepdims=keepdims)


@primitive(numpy=np.argmax, sample=_along_an_axis)
def argmax(a, axis=None, keepdims=False):
    """The position of the greatest entry along an axis, or in the flattened array; the first of those that tie.

    Integers, without gradient.

    Example:
        >>> argmax(Tensor([[1.0, 2.0], [4.0, 3.0]]), axis=1)
        Tensor([1, 0])
    """
    return a.argmax(axis, keepdims=keepdims)


@primitive(numpy=np.argmin, sample=_along_an_axis)
def argmin(a, axis=None, keepdims=False):
    """The position of the least entry along an axis, or in the flattened array; the first of those that tie.

    Integers, without gradient.

    Example:
        >>> argmin(Tensor([[1.0, 2.0], [4.0, 3.0]]), axis=1)
        Tensor([0, 1])
    """
    return a.argmin(axis, keepdims=keepdims)


# -- truth -------------------------------------------------------------------------------------------


@primitive(numpy=np.any, sample=_reductions)
def any(a, axis=None, keepdims=False):
    """True where any entry along the axes is not 0: booleans, without gradient.

    Example:
        >>> any(Tensor([1.0, -2.0]) > 0)
        Tensor(True)
    """
    return a.any(axis, keepdims=keepdims)


@primitive(numpy=np.all, sample=_reductions)
def all(a, axis=None, keepdims=False):
    """True where all entries along the axes are not 0: booleans, without gradient.

    Example:
        >>> all(Tensor([1.0, -2.0]) > 0)
        Tensor(False)
    """
    return a.all(axis, keepdims=keepdims)


@primitive(numpy=np.count_nonzero, sample=_reductions)
def count_nonzero(a, axis=None, keepdims=False):
    """How many entries along the axes are not 0: integers, without gradient.

    Example:
        >>> count_nonzero(Tensor([[1.0, 0.0], [2.0, 3.0]]), axis=1)
        Tensor([1, 2])
    """
    return np.asarray(np.count_nonzero(a, axis, keepdims=keepdims))[()]  # NumPy 2.0 gives an int
