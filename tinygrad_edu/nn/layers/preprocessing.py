"""Layers that make numbers of tables: classes as vectors, numbers in bins.

They learn nothing by gradients. What depends on the data is taken from it by `adapt`, before the training.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ...common.checks import number, whole
from ...engine.tensor import Tensor
from ..layer import Layer
from .shared import _one_of

MODES = ("int", "one_hot", "multi_hot", "count")


def _encoded(indices, mode, depth, dtype, count_weights=None):
    """Class numbers as vectors of this length, in one of the modes; of numbers that are no class nothing is set."""
    indices = indices if indices.ndim else np.expand_dims(indices, 0)
    if mode == "one_hot" and indices.ndim > 1 and indices.shape[-1] == 1:
        indices = np.squeeze(indices, -1)
    one_hot = (np.expand_dims(indices, -1) == np.arange(depth)).astype(dtype)
    if mode == "one_hot":
        return one_hot
    along = 1 if indices.ndim > 1 else 0
    if mode == "multi_hot":
        return np.max(one_hot, axis=along)
    return np.sum(one_hot if count_weights is None else one_hot * np.expand_dims(count_weights, -1), axis=along)


class _Preparing(Layer):
    """Takes data as it is, whole numbers too, and gives what no gradient flows through."""

    autocast = False
    unsupported_arguments = {"sparse": False}


class CategoryEncoding(_Preparing):
    """Class numbers as vectors.

    Args:
        num_tokens: how many classes there are, numbered from 0.
        output_mode: "one_hot" makes a vector of each number, with a 1 at its place; "multi_hot" one of each sample,
            with a 1 at the place of every number in it; "count" says there how often.

    Raises:
        ValueError: another mode, or num_tokens is no positive whole number; count_weights without "count".

    Example:
        >>> CategoryEncoding(4, output_mode="count")(np.array([[0, 1], [1, 1]])).numpy()
        array([[1., 1., 0., 0.],
               [0., 2., 0., 0.]], dtype=float32)
    """

    def __init__(self, num_tokens: int | None = None, output_mode: str = "multi_hot", **options: Any):
        super().__init__(**options)
        self.num_tokens = whole("num_tokens", num_tokens, owner="CategoryEncoding")
        mode = "multi_hot" if output_mode == "binary" else output_mode
        self.output_mode = _one_of("CategoryEncoding", "output_mode", mode, MODES[1:])

    def call(self, inputs, count_weights=None):
        if count_weights is not None and self.output_mode != "count":
            raise ValueError(f"{self._label()} uses count_weights with output_mode='count' alone.")
        return _encoded(inputs, self.output_mode, self.num_tokens, self.dtype, count_weights)


class Discretization(_Preparing):
    """Numbers as the numbers of the bins that they are in: bin i begins at boundary i − 1 and ends before boundary i.

    Give it the boundaries, or how many bins there are and then the training data, with `adapt`: each bin gets about as
    many values.

    Args:
        bin_boundaries: where bins meet, in ascending order.
        num_bins: how many bins `adapt` makes.
        epsilon: how exact the quantiles of `adapt` are.
        output_mode: "int" gives the numbers of the bins, the others vectors of them: see `CategoryEncoding`.

    Raises:
        ValueError: both boundaries and num_bins, or neither; another mode; a call before `adapt`.

    Source: Greenwald and Khanna, "Space-Efficient Online Computation of Quantile Summaries" (2001).

    Example:
        >>> Discretization(bin_boundaries=[0.0, 1.0, 2.0])(np.array([[-1.5, 1.0, 3.4]])).numpy()
        array([[0, 2, 3]], dtype=int32)
    """

    def __init__(
        self,
        bin_boundaries: ArrayLike | None = None,
        num_bins: int | None = None,
        epsilon: float = 0.01,
        output_mode: str = "int",
        **options: Any,
    ):
        super().__init__(**options)
        if (bin_boundaries is None) == (num_bins is None):
            raise ValueError("Discretization expects bin_boundaries, or num_bins and then adapt(data): one of the two.")
        self.bin_boundaries = None if bin_boundaries is None else np.asarray(bin_boundaries, float).tolist()
        self.num_bins = None if num_bins is None else whole("num_bins", num_bins, owner="Discretization")
        self.epsilon = number("epsilon", epsilon, above=0, below=1)
        self.output_mode = _one_of("Discretization", "output_mode", output_mode, MODES)
        if self.bin_boundaries is not None and sorted(self.bin_boundaries) != self.bin_boundaries:
            raise ValueError(f"Discretization expects bin_boundaries in ascending order; received {bin_boundaries!r}.")

    def get_config(self):
        config = super().get_config()
        del config["trainable"]  # Keras's constructor does not take it
        return config | {"dtype": self.dtype, "sparse": False}

    @classmethod
    def from_config(cls, config):
        adapted = config.get("num_bins") is not None and config.get("bin_boundaries")
        layer = super().from_config(config | ({"bin_boundaries": None} if adapted else {}))
        layer.bin_boundaries = adapted or layer.bin_boundaries
        return layer

    def adapt(self, data, steps=None):
        """Take the boundaries from the data, so that every bin has about as many values.

        Args:
            data: an array, or batches of them.
            steps: how many batches; all by default.
        """
        if self.num_bins is None:
            raise ValueError(f"{self._label()} was made with bin_boundaries: there is nothing to adapt.")
        known = np.zeros((2, 0), np.float32)
        for i, batch in enumerate(_batches(data)):
            if steps is not None and i >= steps:
                break
            known = _merged(_summary(batch, self.epsilon), known, self.epsilon)
        self.bin_boundaries = _compressed(known, 1.0 / self.num_bins)[0, :-1].tolist()

    def call(self, inputs):
        if self.bin_boundaries is None:
            raise ValueError(f"{self._label()} has no bin_boundaries yet: call adapt(data) before.")
        bins = np.digitize(inputs, np.asarray(self.bin_boundaries, inputs.dtype if inputs.dtype.kind == "f" else None))
        if self.output_mode == "int":
            return bins.astype("int32")
        return _encoded(bins, self.output_mode, len(self.bin_boundaries) + 1, self.dtype)


def _batches(data):
    """The parts of the data, as arrays: one of an array, else those that an iterable gives."""
    whole_array = isinstance(data, (np.ndarray, Tensor)) or not hasattr(data, "__iter__")
    return [np.asarray(data)] if whole_array else (np.asarray(part) for part in data)


# A summary of many values: two rows, some of them in ascending order and how many each stands for.


def _summary(values, epsilon):
    values = np.sort(np.asarray(values, np.float32), axis=None)
    step = max(values.size * epsilon, 1)
    some = values[int(step - 1) :: int(step)]
    return np.stack([some, np.full_like(some, step)])


def _merged(one, other, epsilon):
    both = np.concatenate([one, other], axis=1)
    return _compressed(both[:, np.argsort(both[0])], epsilon)


def _compressed(summary, epsilon):
    """The summary with a value for each share `epsilon` of all that it stands for."""
    if summary.shape[1] * epsilon < 1:
        return summary
    shares, totals = epsilon + np.arange(0.0, 1.0, epsilon), np.cumsum(summary[1])
    values = np.interp(shares, totals / totals[-1], summary[0])
    counts = np.diff(np.interp(shares, totals / totals[-1], totals), prepend=0)
    return np.stack([values, counts]).astype(np.float32)
