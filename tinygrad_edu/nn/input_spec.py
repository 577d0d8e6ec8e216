"""The inputs that a layer expects, as Keras's custom layers declare them in `self.input_spec`."""

import numpy as np


class InputSpec:
    """The number of axes and the lengths that the inputs of a layer have to have.

    Args:
        dtype: the type, such as "float32".
        shape: the length of each axis; None where it may vary.
        ndim, min_ndim, max_ndim: the number of axes, the least and the greatest.
        axes: lengths by the number of the axis.
        allow_last_axis_squeeze: whether a last axis of length 1 may be missing, or be there, against `shape`.
        name: the key of the inputs in a dict.
        optional: whether the inputs may be None.

    Raises:
        TypeError: axes that are no whole numbers.
        ValueError: an axis that is not among the axes.

    Example:
        >>> InputSpec(ndim=3, axes={-1: 4}).problem((None, 5, 2))
        'axis -1 of length 4; received shape (None, 5, 2)'
    """

    def __init__(
        self, dtype=None, shape=None, ndim=None, max_ndim=None, min_ndim=None, axes=None,
        allow_last_axis_squeeze=False, name=None, optional=False,
    ):  # fmt: skip
        self.dtype = None if dtype is None else np.dtype(dtype).name
        self.shape = None if shape is None else tuple(shape)
        self.ndim = ndim if shape is None else len(self.shape)
        self.max_ndim, self.min_ndim, self.name, self.optional = max_ndim, min_ndim, name, optional
        self.allow_last_axis_squeeze = allow_last_axis_squeeze
        try:
            self.axes = {int(axis): length for axis, length in (axes or {}).items()}
        except (AttributeError, TypeError, ValueError):
            raise TypeError(f"InputSpec expects axes as a dict of whole numbers; received {axes!r}.") from None
        most = self.ndim or self.max_ndim
        if most and self.axes and max(self.axes) >= most:
            raise ValueError(f"InputSpec has {most} axes, numbered from 0; received axis {max(self.axes)}.")

    def problem(self, shape):
        """The expectation and the shape that does not fit it, in words; None where it fits."""
        rank, received = len(shape), f"; received shape {tuple(shape)}"
        squeezed = self.allow_last_axis_squeeze and self.shape is not None
        if self.ndim is not None and rank != self.ndim and not squeezed:
            return f"{self.ndim} axes{received}"
        if self.min_ndim is not None and rank < self.min_ndim:
            return f"{self.min_ndim} axes or more{received}"
        if self.max_ndim is not None and rank > self.max_ndim:
            return f"{self.max_ndim} axes or fewer{received}"
        for axis, length in self.axes.items():
            if length is not None and (not -rank <= axis < rank or shape[axis] not in (length, None)):
                return f"axis {axis} of length {length}{received}"
        if self.shape is None or _fits(tuple(shape), self.shape):
            return None
        if squeezed and (_fits((*shape, 1), self.shape) or _fits(tuple(shape), (*self.shape, 1))):
            return None
        return f"shape {self.shape}{received}"

    def get_config(self):
        """The arguments by name."""
        return {name: value for name, value in vars(self).items() if name != "name"}

    @classmethod
    def from_config(cls, config):
        """The InputSpec of a configuration."""
        return cls(**config)

    def __repr__(self):
        said = {name: value for name, value in vars(self).items() if value not in (None, False, {})}
        return f"InputSpec({', '.join(f'{name}={value!r}' for name, value in said.items())})"


def _fits(shape, expected):
    return len(shape) == len(expected) and all(m is None or n in (m, None) for n, m in zip(shape, expected))
