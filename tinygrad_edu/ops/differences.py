"""Along an axis: differences of neighbours, slopes, evenly spaced values.

They are written with ops, whose rules are theirs.
"""

import numpy as np

from ..engine.symbolic import Symbolic
from ..engine.tensor import Tensor, numpy_functions


def _array(x):
    return x if isinstance(x, Tensor | Symbolic) else np.asarray(x)


def _along(axis, ndim, part):
    """The index that takes a part of one axis, and all of the others."""
    return (slice(None),) * (axis % ndim) + (part,)


def diff(a, n=1, axis=-1, prepend=None, append=None):
    """The differences of neighbours along an axis, aᵢ₊₁ − aᵢ, taken n times.

    Args:
        a: an array of one or more axes.
        n: how many times; each makes the axis shorter by one.
        axis: the axis.
        prepend, append: what is put before and behind a first: a number, or an array that has a's other axes.

    Raises:
        ValueError: n is negative, or a has no axes.

    Example:
        >>> diff(Tensor([1.0, 4.0, 9.0]))
        Tensor([3., 5.])
    """
    if n < 0:
        raise ValueError(f"n counts how often differences are taken, 0 or more; received {n}.")
    if not n:
        return a
    a = _array(a)
    if not a.ndim:
        raise ValueError("diff needs an array with an axis; received a single number.")
    parts = [part for part in (_end(a, axis, prepend), a, _end(a, axis, append)) if part is not None]
    a = np.concatenate(parts, axis) if len(parts) > 1 else a
    for _ in range(n):
        later, earlier = a[_along(axis, a.ndim, slice(1, None))], a[_along(axis, a.ndim, slice(None, -1))]
        a = later - earlier if a.dtype.kind != "b" else later != earlier
    return a


def _end(a, axis, end):
    """The part put before or behind an array: a number is one entry for every row."""
    if end is None:
        return None
    end, one = _array(end), list(a.shape)
    one[axis] = 1
    return end if end.ndim else np.broadcast_to(end, tuple(one))


def gradient(f, *spacing, axis=None, edge_order=1):
    """The slopes of values on a grid, along one axis or each: central differences inside, one-sided ones at the ends.

    With the steps h before and k behind a point, f′ ≈ (h² f₊ + (k² − h²) f − k² f₋) / (h k (h + k)).

    Args:
        f: the values, an array of one or more axes.
        spacing: nothing where the points are 1 apart; a number, or the coordinates of the points, for all axes or
            for each.
        axis: the axis, or several; None is all.
        edge_order: 1 or 2: the order of exactness at the ends.

    Returns:
        An array of f's shape; a tuple of them, one for each axis, where there are several.

    Raises:
        ValueError: an axis has fewer than edge_order + 1 points, or the spacing does not fit.

    Source: Fornberg, "Generation of finite difference formulas on arbitrarily spaced grids" (1988).

    Example:
        >>> gradient(Tensor([0.0, 1.0, 4.0, 9.0]))
        Tensor([1., 2., 4., 5.])
    """
    f = _array(f)
    axes = [i % f.ndim for i in (range(f.ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,))]
    spacing = spacing or (1.0,)
    if len(spacing) not in (1, len(axes)):
        raise TypeError(f"np.gradient takes one spacing, or one for each of {len(axes)} axes; received {len(spacing)}.")
    if edge_order not in (1, 2):
        raise ValueError(f"edge_order is 1 or 2; received {edge_order!r}.")
    steps = [_steps(f, i, _array(x)) for i, x in zip(axes, spacing * len(axes) if len(spacing) == 1 else spacing)]
    slopes = tuple([_slopes(f, i, h, edge_order) for i, h in zip(axes, steps)])
    return slopes[0] if len(slopes) == 1 else slopes


def _steps(f, axis, x):
    """The steps from point to point along an axis: a number where it is one for all, else shaped to meet f."""
    if not x.ndim:
        return x
    if x.ndim != 1 or len(x) != f.shape[axis]:
        raise ValueError(f"axis {axis} has {f.shape[axis]} points; received coordinates of shape {x.shape}.")
    return np.reshape(diff(x), (-1,) + (1,) * (f.ndim - 1 - axis))


def _slopes(f, axis, h, edge_order):
    if f.shape[axis] < edge_order + 1:
        raise ValueError(f"np.gradient needs {edge_order + 1} points along axis {axis}; received {f.shape[axis]}.")
    f = f.astype(float) if f.dtype.kind in "iub" else f

    def values(start, stop=None):
        return f[_along(axis, f.ndim, slice(start, stop))]

    if not h.ndim:
        before = behind = first = second = last = second_last = h
        inside = (values(2) - values(0, -2)) / (2 * h)
    else:
        before, behind, first, second, last, second_last = h[:-1], h[1:], h[:1], h[1:2], h[-1:], h[-2:-1]
        inside = before**2 * values(2) + (behind**2 - before**2) * values(1, -1) - behind**2 * values(0, -2)
        inside = inside / (before * behind * (before + behind))
    if edge_order == 1:
        left, right = (values(1, 2) - values(0, 1)) / first, (values(-1) - values(-2, -1)) / last
    else:
        left = _end_slope(values(0, 1), values(1, 2), values(2, 3), first, second)
        right = -_end_slope(values(-1), values(-2, -1), values(-3, -2), last, second_last)
    return np.concatenate([left, inside, right], axis)


def _end_slope(f0, f1, f2, h, k):
    """The slope at the first of three points, whose steps are h and k: that of the parabola through them."""
    return -(2 * h + k) / (h * (h + k)) * f0 + (h + k) / (h * k) * f1 - h / (k * (h + k)) * f2


def linspace(start, stop, num=50, endpoint=True, retstep=False, dtype=None, axis=0):
    """Evenly spaced values from start to stop: start + i (stop − start) / (num − 1).

    Args:
        start, stop: numbers, or arrays that broadcast.
        num: how many values.
        endpoint: whether stop is the last of them; else the step is (stop − start) / num.
        retstep: give the step too.
        dtype: the dtype of the values.
        axis: where the new axis is.

    Example:
        >>> linspace(Tensor(0.0), 1.0, 5)
        Tensor([0.  , 0.25, 0.5 , 0.75, 1.  ])
    """
    if num < 0:
        raise ValueError(f"num is how many values there are, 0 or more; received {num}.")
    start, stop = _array(start), _array(stop)
    parts = num - 1 if endpoint else num
    step = (stop - start) / parts if parts > 0 else (stop - start) * np.nan
    counts = np.arange(num, dtype=np.result_type(start.dtype, stop.dtype, np.float32))
    counts = counts.reshape((-1,) + (1,) * max(start.ndim, stop.ndim))
    values = start + counts * (step if parts > 0 else stop - start)
    if endpoint and num > 1:  # the last is stop itself, without rounding
        values = np.concatenate([values[:-1], np.broadcast_to(stop, values.shape[1:])[None]])
    values = values if axis == 0 else np.moveaxis(values, 0, axis)
    values = values if dtype is None else values.astype(dtype)
    return (values, step) if retstep else values


numpy_functions.update({np.diff: diff, np.gradient: gradient, np.linspace: linspace})
