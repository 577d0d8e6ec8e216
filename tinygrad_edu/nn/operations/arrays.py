"""`keras.ops.numpy`: NumPy's functions with Keras's names and arguments.

Functions of the same arguments are made from one line; what computes is NumPy's function, which on Tensors is an op.
"""

from typing import TYPE_CHECKING, Any

import numpy as np

from ...common.naming import list_public
from ...engine.tensor import Tensor
from ...ops import shape as shapes
from .values import both, given, name_of_dtype, plain, table

# -- functions that share their arguments ----------------------------------------------------------------


def _of_one(function):
    return lambda x: function(given(x))


def _of_two(function):
    return lambda x1, x2: function(*both(x1, x2))


def _of_bits(function):
    return lambda x, y: function(*both(x, y))


def _along_axes(function):
    return lambda x, axis=None, keepdims=False: function(given(x), axis=axis, keepdims=keepdims)


def _along_one_axis(function):
    return lambda x, axis=-1: function(given(x), axis=axis)


def _along_any_axis(function):
    return lambda x, axis=None: function(given(x), axis=axis)


def _running(function):
    def apply(x, axis=None, dtype=None):
        return function(given(x, None if dtype is None else name_of_dtype(dtype)), axis=axis)

    return apply


def _of_diagonals(function):
    return lambda x, k=0: function(given(x), k)


def _of_diagonals_of_axes(function):
    return lambda x, offset=0, axis1=0, axis2=1: function(given(x), offset, axis1, axis2)


def _split_along(function):
    return lambda x, indices_or_sections, axis=0: function(given(x), indices_or_sections, axis)


def _split(function):
    return lambda x, indices_or_sections: function(given(x), indices_or_sections)


def _joined(function):
    return lambda xs: function([given(x) for x in xs])


def _compared(function):
    def apply(x1, x2, rtol=1e-5, atol=1e-8, equal_nan=False):
        return function(*both(x1, x2), rtol=rtol, atol=atol, equal_nan=equal_nan)

    return apply


def _filled(function):
    return lambda shape, dtype=None: Tensor(function(shape, name_of_dtype(dtype)))


def _filled_like(function):
    def apply(x, dtype=None):
        x = given(x)
        return Tensor(function(x, name_of_dtype(dtype, x.dtype)))

    return apply


table(
    globals(),
    vars(np),
    (_of_one, "abs=absolute absolute arccos arccosh arcsin arcsinh arctan arctanh bitwise_invert=invert"),
    (_of_one, "bitwise_not=invert cbrt ceil copy=positive cos cosh deg2rad exp exp2 expm1 fabs fliplr flipud floor"),
    (_of_one, "isfinite isinf isnan log log10 log1p log2 logical_not negative rad2deg ravel reciprocal sign sin sinc"),
    (_of_one, "sinh sqrt square tan tanh trunc"),
    (_of_two, "add arctan2 divide dot equal floor_divide fmax fmin greater greater_equal hypot inner kron less"),
    (_of_two, "less_equal logaddexp logaddexp2 logical_and logical_or logical_xor matmul maximum minimum mod multiply"),
    (_of_two, "not_equal outer power subtract true_divide=divide vdot"),
    (_of_bits, "bitwise_and bitwise_or bitwise_xor"),
    (_along_axes, "all amax=max amin=min any argmax argmin mean median std sum var"),
    (_along_one_axis, "argsort sort"),
    (_along_any_axis, "count_nonzero flip squeeze"),
    (_running, "cumprod cumsum"),
    (_of_diagonals, "diag tril triu"),
    (_of_diagonals_of_axes, "diagonal trace"),
    (_split_along, "array_split split"),
    (_split, "dsplit hsplit vsplit"),
    (_joined, "hstack vstack"),
    (_compared, "allclose isclose"),
    (_filled, "empty=zeros ones zeros"),
    (_filled_like, "empty_like=zeros_like ones_like zeros_like"),
)

if TYPE_CHECKING:  # the functions of the table

    def __getattr__(name: str) -> Any: ...


# -- functions with arguments of their own ---------------------------------------------------------------


def max(x, axis=None, keepdims=False, initial=None):
    """The largest entry along axes, and at least `initial`."""
    out = np.max(given(x), axis=axis, keepdims=keepdims)
    return out if initial is None else np.maximum(out, initial)


def min(x, axis=None, keepdims=False, initial=None):
    """The smallest entry along axes, and at most `initial`."""
    out = np.min(given(x), axis=axis, keepdims=keepdims)
    return out if initial is None else np.minimum(out, initial)


def prod(x, axis=None, keepdims=False, dtype=None):
    """The product of the entries along axes."""
    return np.prod(given(x, None if dtype is None else name_of_dtype(dtype)), axis=axis, keepdims=keepdims)


def ptp(x, axis=None, keepdims=False):
    """The largest entry less the smallest, along axes."""
    x = given(x)
    return np.max(x, axis=axis, keepdims=keepdims) - np.min(x, axis=axis, keepdims=keepdims)


def average(x, axis=None, weights=None):
    """The mean along an axis, with weights that broadcast, or one for each entry of the axis."""
    x = given(x)
    if weights is None:
        return np.mean(x, axis=axis)
    weights = given(weights)
    if weights.ndim == 1 and x.ndim > 1:
        weights = weights.reshape([-1 if i == axis % x.ndim else 1 for i in range(x.ndim)])
    total = np.sum(np.broadcast_to(weights, x.shape), axis=axis)
    return np.sum(x * weights, axis=axis) / total


def append(x1, x2, axis=None):
    """The entries of one array behind those of another."""
    return np.concatenate([given(x1), given(x2)] if axis is not None else [ravel(x1), ravel(x2)], axis or 0)  # noqa: F821


def arange(start, stop=None, step=None, dtype=None):
    """Evenly spaced values from start up to, but without, stop."""
    start, stop = (0, start) if stop is None else (start, stop)
    floats = any([isinstance(n, float) for n in (start, stop, step)])  # noqa: F821
    return Tensor(np.arange(start, stop, step or 1, name_of_dtype(dtype, None if floats else "int32")))


def argpartition(x, kth, axis=-1):
    """The positions that put the k-th entry where sorting would."""
    return np.argpartition(given(x), kth, axis)


def array(x, dtype=None):
    """The values as a Tensor."""
    return given(x, None if dtype is None else name_of_dtype(dtype))


def bincount(x, weights=None, minlength=0, sparse=False):
    """How often each whole number occurs, in each row; where there are weights, the sum of them."""
    if sparse:
        raise ValueError("bincount gives dense arrays alone: expected sparse=False; received True.")
    x, weights = plain(x), None if weights is None else plain(weights)
    if x.ndim == 1:
        return Tensor(np.bincount(x, weights, minlength))
    length = np.max(x, initial=minlength - 1) + 1
    rows = [np.bincount(row, None if weights is None else weights[i], length) for i, row in enumerate(x)]
    return Tensor(np.stack(rows))


def broadcast_to(x, shape):
    """The array repeated to a shape."""
    return np.broadcast_to(given(x), tuple(shape))


def clip(x, x_min, x_max):
    """The value between x_min and x_max nearest to each entry."""
    return np.clip(given(x), x_min, x_max)


def concatenate(xs, axis=0):
    """The arrays one after the other along an axis."""
    return np.concatenate([given(x) for x in xs], axis)


def cross(x1, x2, axisa=-1, axisb=-1, axisc=-1, axis=None):
    """The cross product of vectors of three entries."""
    return np.cross(*both(x1, x2), axisa, axisb, axisc, axis)


def diff(a, n=1, axis=-1):
    """The differences of neighbours along an axis, taken n times."""
    return np.diff(given(a), n, axis)


def digitize(x, bins):
    """The number of the bin that each entry is in; no gradient."""
    return np.digitize(given(x), plain(bins)).astype("int32")


def divide_no_nan(x1, x2):
    """The quotient, and 0 where x2 is 0."""
    x1, x2 = both(x1, x2)
    zero = np.equal(x2, 0)
    return np.where(zero, 0.0, x1 / np.where(zero, 1.0, x2))


def dstack(xs):
    """The arrays one behind the other along the third axis."""
    return np.concatenate([np.atleast_3d(given(x)) for x in xs], 2)


def einsum(subscripts, *operands, **kwargs):
    """The sum of products that the subscripts describe."""
    return np.einsum(subscripts, *[given(x) for x in operands])


def expand_dims(x, axis):
    """The array with a new axis of length 1."""
    return np.expand_dims(given(x), axis)


def eye(N, M=None, k=0, dtype=None):  # noqa: N803  Keras's names
    """The matrix of ones on a diagonal and zeros elsewhere."""
    return Tensor(np.eye(N, M, k, name_of_dtype(dtype)))


def full(shape, fill_value, dtype=None):
    """One value repeated to a shape."""
    return shapes.full(tuple(shape), given(fill_value, None if dtype is None else name_of_dtype(dtype)))


def full_like(x, fill_value, dtype=None):
    """One value repeated to the shape of an array."""
    x = given(x)
    return full(x.shape, fill_value, name_of_dtype(dtype, x.dtype))


def get_item(x, key):
    """The entries x[key]."""
    return given(x)[key]


def identity(n, dtype=None):
    """The square matrix of ones on the diagonal and zeros elsewhere."""
    return eye(n, dtype=dtype)


def linspace(start, stop, num=50, endpoint=True, retstep=False, dtype=None, axis=0):
    """Evenly spaced values from start to stop."""
    start, stop = both(float(start) if isinstance(start, int) else start, stop)
    out = np.linspace(start, stop, num, endpoint, retstep, axis=axis)
    values = out[0] if retstep else out
    values = values if dtype is None else values.astype(name_of_dtype(dtype))
    return (values, out[1]) if retstep else values


def logspace(start, stop, num=50, endpoint=True, base=10, dtype=None, axis=0):
    """The powers of the base at evenly spaced exponents."""
    values = np.power(float(base), linspace(start, stop, num, endpoint, axis=axis))
    return values if dtype is None else values.astype(name_of_dtype(dtype))


def meshgrid(*x, indexing="xy"):
    """The coordinates of the points of a grid, one array for each axis."""
    vectors = [given(part) for part in x]
    order = list(range(len(vectors)))
    if indexing == "xy" and len(vectors) > 1:
        order[:2] = [1, 0]
    lengths = [vectors[i].size for i in order]
    places = [order.index(i) for i in range(len(vectors))]
    return [
        np.broadcast_to(v.reshape([-1 if j == place else 1 for j in range(len(vectors))]), tuple(lengths))
        for v, place in zip(vectors, places)
    ]


def moveaxis(x, source, destination):
    """The array with an axis, or several, moved to another place."""
    return np.moveaxis(given(x), source, destination)


def nan_to_num(x, nan=0.0, posinf=None, neginf=None):
    """The values with numbers in place of NaN and infinities."""
    return np.nan_to_num(given(x), nan=nan, posinf=posinf, neginf=neginf)


def ndim(x):
    """The number of axes."""
    return np.ndim(given(x)) if not hasattr(x, "ndim") else x.ndim


def nonzero(x):
    """The positions of the entries that are not 0: an array for each axis; no gradient."""
    return tuple([Tensor(part) for part in np.nonzero(plain(given(x)))])


def pad(x, pad_width, mode="constant", constant_values=None):
    """The array with entries added around it."""
    return np.pad(given(x), pad_width, mode, constant_values=constant_values or 0)


def repeat(x, repeats, axis=None):
    """Each entry several times in a row."""
    return np.repeat(given(x), plain(repeats) if isinstance(repeats, Tensor) else repeats, axis)


def reshape(x, newshape):
    """The same entries in another shape."""
    return np.reshape(given(x), tuple(newshape) if isinstance(newshape, (list, tuple)) else newshape)


def roll(x, shift, axis=None):
    """The entries moved on along an axis; those that leave at the end come in at the front."""
    return np.roll(given(x), shift, axis)


def rot90(array, k=1, axes=(0, 1)):
    """The array turned by 90 degrees in the plane of two axes."""
    return np.rot90(given(array), k, axes)


def round(x, decimals=0):
    """The entries rounded to a number of decimals, a half to the even side."""
    return np.round(given(x), decimals)


def searchsorted(sorted_sequence, values, side="left"):
    """Where the values would stand in a sorted sequence; no gradient."""
    return np.searchsorted(given(sorted_sequence), given(values), side=side).astype("int32")


def select(condlist, choicelist, default=0):
    """At each place the entry of the first choice whose condition holds."""
    out = default
    for condition, choice in zip(reversed(list(condlist)), reversed(list(choicelist))):
        out = where(condition, choice, out)
    return out


def size(x):
    """The number of entries."""
    return given(x).size


def stack(x, axis=0):
    """The arrays along a new axis."""
    return np.stack([given(part) for part in x], axis)


def swapaxes(x, axis1, axis2):
    """The array with two of its axes exchanged."""
    return np.swapaxes(given(x), axis1, axis2)


def take(x, indices, axis=None):
    """The entries at these positions along an axis."""
    return np.take(given(x), indices, axis)


def take_along_axis(x, indices, axis=None):
    """One entry for each index along an axis."""
    return np.take_along_axis(given(x), indices, axis)


def tensordot(x1, x2, axes=2):
    """The sum of products over pairs of axes."""
    return np.tensordot(*both(x1, x2), axes)


def tile(x, repeats):
    """The whole array laid side by side."""
    return np.tile(given(x), repeats)


def transpose(x, axes=None):
    """The axes in another order; in reverse order when none is given."""
    return np.transpose(given(x), axes)


def trapezoid(y, x=None, dx=1.0, axis=-1):
    """The area under values at points x, or dx apart, along an axis."""
    y = np.moveaxis(given(y), axis, -1)
    steps = dx if x is None else np.diff(np.moveaxis(given(x), axis if np.ndim(x) > 1 else -1, -1))
    return np.sum((y[..., 1:] + y[..., :-1]) * steps, axis=-1) / 2


def tri(N, M=None, k=0, dtype=None):  # noqa: N803  Keras's names
    """The matrix of ones on and below a diagonal and zeros above."""
    return Tensor(np.tri(N, M, k, name_of_dtype(dtype)))


def where(condition, x1=None, x2=None):
    """x1 where the condition holds, else x2; the positions where it holds if neither is given."""
    if x1 is None and x2 is None:
        return nonzero(condition)
    return np.where(given(condition), *both(x1, x2))


list_public(globals())
