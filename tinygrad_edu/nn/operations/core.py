"""`keras.ops`, the rest: conversions, parts of arrays, loops."""

import numpy as np

from ...common.naming import list_public
from ...common.structure import flatten, map_structure, rebuild
from ...engine.tensor import Tensor
from ...ops import linalg, special
from ...ops.indexing import scatter_add
from ...ops.reduce import logsumexp as _logsumexp
from .values import given, name_of_dtype, plain

# -- conversions ---------------------------------------------------------------------------------------


def cast(x, dtype):
    """The values as another dtype."""
    x, dtype = given(x), name_of_dtype(dtype)
    return x if x.dtype == dtype else x.astype(dtype)


def saturate_cast(x, dtype):
    """The values as another dtype, those out of its range at its ends."""
    x, dtype = given(x), name_of_dtype(dtype)
    ends = np.iinfo(dtype) if np.dtype(dtype).kind in "iu" else np.finfo(dtype)
    return cast(np.clip(x, float(ends.min), float(ends.max)), dtype)


def convert_to_tensor(x, dtype=None, sparse=None, ragged=None):
    """The values as a Tensor; a Tensor stays what it is."""
    return given(x, None if dtype is None else name_of_dtype(dtype))


def convert_to_numpy(x):
    """The values as an array, outside the graph."""
    return np.array(plain(x))


def is_tensor(x):
    """True for a Tensor."""
    return isinstance(x, Tensor)


def dtype(x):
    """The name of the type of the values."""
    return np.dtype(x.dtype if hasattr(x, "dtype") else given(x).dtype).name


def shape(x):
    """The length of each axis."""
    return tuple(x.shape) if hasattr(x, "shape") else given(x).shape


def stop_gradient(variable):
    """The same values outside the graph: no gradient flows through them."""
    return variable.detach() if isinstance(variable, Tensor) else given(variable)


# -- parts of arrays -----------------------------------------------------------------------------------


def unstack(x, num=None, axis=0):
    """The parts of an array along an axis, as a list."""
    x = given(x)
    if num not in (None, x.shape[axis]):
        raise ValueError(f"Axis {axis} of shape {x.shape} has {x.shape[axis]} parts; received num={num}.")
    before = (np.s_[:],) * (axis % x.ndim)
    return [x[(*before, i)] for i in range(x.shape[axis])]


def _ranges(starts, lengths):
    return tuple([np.s_[int(start) : int(start) + n] for start, n in zip(plain(starts).tolist(), lengths)])


def slice(inputs, start_indices, shape):
    """The block of this shape that begins at these indices."""
    x = given(inputs)
    lengths = [n if n != -1 else whole - int(i) for n, whole, i in zip(shape, x.shape, plain(start_indices))]
    return x[_ranges(start_indices, lengths)]


def slice_update(inputs, start_indices, updates):
    """The array with a block written over, from these indices on."""
    x, updates = given(inputs), given(updates)
    place = _ranges(start_indices, updates.shape)
    outside = np.ones(x.shape, bool)
    outside[place] = False
    return np.where(outside, x, scatter_add(updates, place, x.shape))


def scatter(indices, values, shape):
    """Zeros of a shape with the values added at their indices, which are rows of positions."""
    return scatter_add(given(values), _columns(indices), tuple(shape))


def scatter_update(inputs, indices, updates, reduction=None):
    """The array with values written over at their indices, or added to what is there.

    Args:
        inputs: an array.
        indices: rows of positions.
        updates: a value for each row.
        reduction: None writes over, "add" adds.
    """
    x, place, updates = given(inputs), _columns(indices), given(updates)
    added = scatter_add(updates, place, x.shape)
    if reduction == "add":
        return x + added
    if reduction is not None:
        raise ValueError(f"scatter_update expects reduction None or 'add'; received {reduction!r}.")
    outside = np.ones(x.shape, bool)
    outside[place] = False
    return np.where(outside, x, added)


def _columns(indices):
    indices = plain(indices)
    return tuple(np.moveaxis(indices, -1, 0))


def top_k(x, k, sorted=True):
    """The k largest entries along the last axis, and where they stand."""
    x = given(x)
    indices = np.argsort(-x)[..., :k]
    return np.take_along_axis(x, indices, -1), indices


def in_top_k(targets, predictions, k):
    """True where the prediction of the right class is among the k largest of its row."""
    predictions, targets = given(predictions), given(targets)
    right = np.take_along_axis(predictions, np.expand_dims(targets, -1), -1)
    return np.sum(predictions > right, axis=-1) < k


def segment_sum(data, segment_ids, num_segments=None, sorted=False):
    """The sum of the rows of each segment, which is numbered in `segment_ids`."""
    x, numbers = given(data), plain(segment_ids)
    count = int(np.max(numbers, initial=-1)) + 1 if num_segments is None else num_segments
    return scatter_add(x, numbers, (count, *x.shape[1:]))


# -- mathematics ---------------------------------------------------------------------------------------


def logsumexp(x, axis=None, keepdims=False):
    """log Σ exp(x) along axes, without overflow."""
    return _logsumexp(given(x), axis, keepdims)


def rsqrt(x):
    """1 / √x, elementwise."""
    return 1.0 / np.sqrt(given(x))


def erf(x):
    """The error function, elementwise."""
    return special.erf(given(x))


def erfc(x):
    """1 − erf(x), elementwise."""
    return special.erfc(given(x))


def logdet(x):
    """The logarithm of the determinant of a positive definite matrix."""
    return linalg.logabsdet(given(x))


def slogdet(x):
    """The sign and the logarithm of the size of the determinant."""
    return tuple(np.linalg.slogdet(given(x)))


# -- loops ---------------------------------------------------------------------------------------------


def cond(pred, true_fn, false_fn):
    """The result of one function where a value is true, else that of the other."""
    return true_fn() if bool(pred) else false_fn()


def switch(index, branches, *operands):
    """The result of the function of this number; numbers out of range stand for the nearest."""
    return branches[int(np.clip(int(index), 0, len(branches) - 1))](*operands)


def while_loop(cond, body, loop_vars, maximum_iterations=None):
    """The variables of a loop after its end: while the condition holds, the body gives new ones."""
    several = isinstance(loop_vars, (list, tuple))
    state, count = tuple(loop_vars) if several else (loop_vars,), 0
    while bool(cond(*state)) and count != maximum_iterations:
        state, count = body(*state), count + 1
        state = tuple(state) if isinstance(state, (list, tuple)) else (state,)
    return state if several else state[0]


def fori_loop(lower, upper, body_fun, init_val):
    """The value after body_fun(i, value) for each i from lower to below upper."""
    for i in range(int(lower), int(upper)):
        init_val = body_fun(i, init_val)
    return init_val


def map(f, xs):
    """The results of f for each row, or for the rows of a structure of arrays, along a new first axis."""
    columns = [given(x) for x in flatten(xs)]
    found = [f(rebuild(xs, [column[i] for column in columns])) for i in range(len(columns[0]))]
    return map_structure(lambda *rows: np.stack([given(row) for row in rows]), *found)


def vectorized_map(function, elements):
    """The results of the function for each row, along a new first axis."""
    return map(function, elements)


def scan(f, init, xs=None, length=None, reverse=False, unroll=1):
    """The last carry of f(carry, x) → (carry, y) over the rows of xs, and all y along a new first axis."""
    columns = [given(x) for x in flatten(xs)] if xs is not None else []
    count, carry, found = len(columns[0]) if columns else int(length), init, []
    for i in reversed(range(count)) if reverse else range(count):
        carry, y = f(carry, rebuild(xs, [column[i] for column in columns]) if columns else None)
        found.append(y)
    found = found[::-1] if reverse else found
    if not found or found[0] is None:
        return carry, None
    return carry, map_structure(lambda *rows: np.stack([given(row) for row in rows]), *found)


list_public(globals())
