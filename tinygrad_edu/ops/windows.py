"""Windows that slide over images and sequences: what convolution and pooling are made of.

Arrays are (batch, …positions, channels): one axis of positions for a sequence, two for an image. The ops come in
pairs, each the transpose of the other, so that each is the other's derivative: windows are laid out by
`sliding_windows` and added back where they overlap by `add_windows`; summed by `sum_windows` and spread by
`spread_windows`; entries are taken out of them by `take_in_windows` and put back by `put_in_windows`.

Whatever adds up overlapping windows goes through the offsets inside a window, which are few, and handles all
windows at once.
"""

import numpy as np

from ..engine.op import primitive
from .samples import call, calls, real


def _counts(shape, size, strides, dilation=None):
    """How many windows fit along each axis of positions."""
    reach = [(k - 1) * d + 1 for k, d in zip(size, dilation or (1,) * len(size))]
    lengths = shape[1 : 1 + len(size)]
    if len(shape) != len(size) + 2 or any([n < k for n, k in zip(lengths, reach)]):
        raise ValueError(
            f"windows that reach over {tuple(reach)} do not fit into shape {tuple(shape)}; expected (batch, "
            f"{len(size)} lengths, channels), each length at least the reach."
        )
    return tuple([(n - k) // s + 1 for n, k, s in zip(lengths, reach, strides)])


def _offsets(counts, size, strides, dilation=None):
    """For each offset inside a window, in order: the offset, and the index of the entries there of all windows."""
    steps = [*zip(dilation or (1,) * len(size), strides, counts)]
    for offset in np.ndindex(*size):
        yield offset, (slice(None), *[slice(i * d, i * d + (n - 1) * s + 1, s) for i, (d, s, n) in zip(offset, steps)])


def _overlap(size, strides):
    return any([k > s for k, s in zip(size, strides)])


_CACHED = 1 << 20  # bytes of windows that are worked on at a time: they are read once for each offset
_IMAGE, _ROW = (2, 5, 4, 2), (2, 7, 3)


@primitive(
    lambda g, out, a, size, strides, dilation: add_windows(g, a.shape, strides, dilation),
    method=False,
    sample=calls(
        call(_IMAGE, size=(2, 3), strides=(1, 1)), call(_IMAGE, size=(2, 2), strides=(2, 1)),
        call(_IMAGE, size=(2, 2), strides=(1, 1), dilation=(3, 2)), call(_ROW, size=(3,), strides=(2,)),
        call((0, 4, 1), size=(2,), strides=(1,)),
    ),
    xla=lambda jax, a, size, strides, dilation=None: _jax_sliding(jax.numpy, a, size, strides, dilation),
)
def sliding_windows(a, size, strides, dilation=None):
    """The windows over the positions: (batch, …positions, channels) becomes (batch, …windows, …size, channels).

    Args:
        a: an array of shape (batch, …positions, channels).
        size: the length of a window along each axis of positions.
        strides: the step from window to window along each.
        dilation: the step between neighbours inside a window; 1 when None.

    Raises:
        ValueError: a window does not fit.

    Example:
        >>> sliding_windows(Tensor([[[1.0], [2.0], [3.0]]]), (2,), (1,)).reshape((2, 2))
        Tensor([[1., 2.],
                [2., 3.]])
    """
    _counts(a.shape, size, strides, dilation)
    n, dilation = len(size), dilation or (1,) * len(size)
    reach = [(k - 1) * d + 1 for k, d in zip(size, dilation)]
    windows = np.lib.stride_tricks.sliding_window_view(a, reach, axis=tuple(range(1, n + 1)))
    inside = [slice(None, None, d) for d in dilation]
    windows = windows[(slice(None), *[slice(None, None, s) for s in strides], slice(None), *inside)]
    return np.ascontiguousarray(np.moveaxis(windows, n + 1, -1))


@primitive(
    lambda g, out, a, shape, strides, dilation: sliding_windows(g, a.shape[len(shape) - 1 : -1], strides, dilation),
    method=False,
    sample=calls(
        call((2, 4, 2, 2, 3, 2), shape=_IMAGE, strides=(1, 1)), call((2, 2, 3, 2, 2, 2), shape=_IMAGE, strides=(2, 1)),
        call((2, 2, 2, 2, 2, 2), shape=_IMAGE, strides=(1, 1), dilation=(3, 2)),
        call((2, 3, 3, 3), shape=_ROW, strides=(2,)), call((0, 3, 2, 1), shape=(0, 4, 1), strides=(1,)),
    ),
    xla=lambda jax, a, shape, strides, dilation=None: _jax_added(jax.numpy, a, shape, strides, dilation),
)
def add_windows(a, shape, strides, dilation=None):
    """Windows added at their places in an array of zeros: the transpose of `sliding_windows`.

    Args:
        a: windows, of shape (batch, …windows, …size, channels).
        shape: the shape of the result, (batch, …positions, channels).
        strides, dilation: as for `sliding_windows`.

    Example:
        >>> add_windows(Tensor([[[[1.0], [2.0]], [[2.0], [3.0]]]]), (1, 3, 1), (1,)).ravel()
        Tensor([1., 4., 3.])
    """
    n, out = len(shape) - 2, np.zeros(shape, a.dtype)
    offsets = [*_offsets(a.shape[1 : n + 1], a.shape[n + 1 : -1], strides, dilation)]
    rows = max(1, _CACHED * len(a) // max(a.nbytes, 1))
    for i in range(0, len(a), rows):
        target, windows = out[i : i + rows], a[i : i + rows]
        for offset, place in offsets:
            target[place] += windows[(slice(None),) * (n + 1) + offset]
    return out


# -- pooling: a window gives one value ----------------------------------------------------------------


@primitive(
    lambda g, out, a, size, strides: spread_windows(g, a.shape, size, strides),
    method=False,
    sample=calls(
        call(_IMAGE, size=(2, 2), strides=(2, 2)), call(_IMAGE, size=(3, 2), strides=(1, 1)),
        call(_ROW, size=(3,), strides=(2,)), call((0, 4, 1), size=(2,), strides=(2,)),
    ),
    xla=lambda jax, a, size, strides: _jax_entries(jax.numpy, a, size, strides).sum(0),
)
def sum_windows(a, size, strides):
    """The sum of each window, for every channel by itself.

    Example:
        >>> sum_windows(Tensor([[[1.0], [2.0], [4.0]]]), (2,), (1,)).ravel()
        Tensor([3., 6.])
    """
    out, counts = None, _counts(a.shape, size, strides)
    for _, place in _offsets(counts, size, strides):
        out = a[place].copy() if out is None else np.add(out, a[place], out=out)
    return out


@primitive(
    lambda g, out, a, shape, size, strides: sum_windows(g, size, strides),
    method=False,
    sample=calls(
        call((2, 2, 2, 2), shape=_IMAGE, size=(2, 2), strides=(2, 2)),
        call((2, 3, 3, 2), shape=_IMAGE, size=(3, 2), strides=(1, 1)),
        call((2, 3, 3), shape=_ROW, size=(3,), strides=(2,)), call((0, 2, 1), shape=(0, 4, 1), size=(2,), strides=(2,)),
    ),
    xla=lambda jax, a, shape, size, strides: _jax_spread(jax.numpy, shape, size, strides, lambda k: a),
)
def spread_windows(a, shape, size, strides):
    """A value for each window, added to all entries of the window: the transpose of `sum_windows`.

    Example:
        >>> spread_windows(Tensor([[[1.0], [2.0]]]), (1, 3, 1), (2,), (1,)).ravel()
        Tensor([1., 3., 2.])
    """
    out = np.zeros(shape, a.dtype)
    for _, place in _offsets(a.shape[1:-1], size, strides):
        out[place] += a
    return out


@primitive(
    lambda g, out, a, size, strides: put_in_windows(g, argmax_windows(a, size, strides), a.shape, size, strides),
    method=False,
    sample=calls(
        call(_IMAGE, size=(2, 2), strides=(2, 2)), call(_IMAGE, size=(3, 2), strides=(1, 1)),
        call(_ROW, size=(3,), strides=(2,)), call((0, 4, 1), size=(2,), strides=(2,)),
    ),
    xla=lambda jax, a, size, strides: _jax_entries(jax.numpy, a, size, strides).max(0),
)
def max_windows(a, size, strides):
    """The greatest entry of each window, for every channel by itself. Of equal ones the first gets the gradient.

    Example:
        >>> max_windows(Tensor([[[1.0], [5.0], [4.0]]]), (2,), (1,)).ravel()
        Tensor([5., 5.])
    """
    out, counts = None, _counts(a.shape, size, strides)
    for _, place in _offsets(counts, size, strides):
        out = a[place].copy() if out is None else np.maximum(out, a[place], out=out)
    return out


@primitive(
    method=False,
    sample=calls(call(_IMAGE, size=(2, 2), strides=(2, 2)), call(_ROW, size=(3,), strides=(2,))),
    xla=lambda jax, a, size, strides: _jax_entries(jax.numpy, a, size, strides).argmax(0),
)
def argmax_windows(a, size, strides):
    """The place of the greatest entry in each window, counted from 0; no gradient.

    Example:
        >>> argmax_windows(Tensor([[[1.0], [5.0], [4.0]]]), (2,), (1,)).ravel()
        Tensor([1, 0], dtype=uint8)
    """
    counts, places = _counts(a.shape, size, strides), int(np.prod(size))
    found = np.zeros((len(a), *counts, a.shape[-1]), np.uint8 if places <= 256 else np.intp)
    greatest = None
    for k, (_, place) in enumerate(_offsets(counts, size, strides)):
        if greatest is None:
            greatest = a[place].copy()
        else:
            np.copyto(found, k, where=a[place] > greatest)
            np.maximum(greatest, a[place], out=greatest)
    return found


def _choices(shape, size, strides):
    """A call on values for windows over an array of this shape, and a place for each."""

    def draw(rng):
        windows = (shape[0], *_counts(shape, size, strides), shape[-1])
        return real(rng, windows), rng.integers(0, int(np.prod(size)), windows), shape, size, strides

    return draw


def _put(*case):
    return lambda rng: (_choices(*case)(rng), {})


def _take(shape, size, strides):
    return lambda rng: ((real(rng, shape), *[_choices(shape, size, strides)(rng)[i] for i in (1, 3, 4)]), {})


_CASES = (_IMAGE, (2, 2), (2, 2)), (_IMAGE, (3, 2), (1, 1)), (_ROW, (3,), (2,)), ((0, 4, 1), (2,), (2,))


@primitive(
    lambda g, out, a, places, size, strides: put_in_windows(g, places, a.shape, size, strides),
    method=False, sample=calls(*[_take(*case) for case in _CASES]),
    xla=lambda jax, a, places, size, strides: _jax_taken(jax.numpy, a, places, size, strides),
)
def take_in_windows(a, places, size, strides):
    """One entry of each window: that at the place, as `argmax_windows` counts them.

    Example:
        >>> take_in_windows(Tensor([[[1.0], [5.0], [4.0]]]), np.array([[[0], [1]]]), (2,), (1,)).ravel()
        Tensor([1., 4.])
    """
    out = np.zeros(places.shape, a.dtype)
    for k, (_, place) in enumerate(_offsets(places.shape[1:-1], size, strides)):
        np.copyto(out, a[place], where=places == k)
    return out


@primitive(
    lambda g, out, a, places, shape, size, strides: take_in_windows(g, places, size, strides),
    method=False, sample=calls(*[_put(*case) for case in _CASES]),
    xla=lambda jax, a, places, shape, size, strides: _jax_spread(
        jax.numpy, shape, size, strides, lambda k: a * (places == k)
    ),
)
def put_in_windows(a, places, shape, size, strides):
    """A value for each window, added to the entry at the place: the transpose of `take_in_windows`.

    Example:
        >>> put_in_windows(Tensor([[[2.0], [3.0]]]), np.array([[[1], [0]]]), (1, 3, 1), (2,), (1,)).ravel()
        Tensor([0., 5., 0.])
    """
    out, overlap = np.zeros(shape, a.dtype), _overlap(size, strides)
    for k, (_, place) in enumerate(_offsets(places.shape[1:-1], size, strides)):
        chosen = places == k
        if overlap:
            out[place] += a * chosen
        else:
            np.multiply(a, chosen, out=out[place])
    return out


# -- the same for arrays of JAX, which are not written into ---------------------------------------------


def _jax_entries(jnp, a, size, strides):
    """For each offset inside a window, along a first axis, the entries there of all windows."""
    return jnp.stack([a[place] for _, place in _offsets(_counts(a.shape, size, strides), size, strides)])


def _jax_sliding(jnp, a, size, strides, dilation):
    counts = _counts(a.shape, size, strides, dilation)
    entries = jnp.stack([a[place] for _, place in _offsets(counts, size, strides, dilation)], axis=len(size) + 1)
    return entries.reshape((len(a), *counts, *size, a.shape[-1]))


def _jax_added(jnp, a, shape, strides, dilation):
    n, out = len(shape) - 2, jnp.zeros(shape, a.dtype)
    for offset, place in _offsets(a.shape[1 : n + 1], a.shape[n + 1 : -1], strides, dilation):
        out = out.at[place].add(a[(slice(None),) * (n + 1) + offset])
    return out


def _jax_spread(jnp, shape, size, strides, values):
    """The sum of what `values` gives for each offset inside a window, at the entries there of all windows."""
    n, a = len(size), values(0)
    out = jnp.zeros(shape, a.dtype)
    for k, (_, place) in enumerate(_offsets(a.shape[1 : n + 1], size, strides)):
        out = out.at[place].add(values(k))
    return out


def _jax_taken(jnp, a, places, size, strides):
    entries = [a[place] for _, place in _offsets(places.shape[1:-1], size, strides)]
    return sum([jnp.where(places == k, entry, 0) for k, entry in enumerate(entries)])
