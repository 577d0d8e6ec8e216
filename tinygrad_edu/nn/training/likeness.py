"""Batches like one that has passed all checks: of them only the values are looked at.

A generator gives one batch after another, and each has to be checked; what the first has shown of the others (how many
arrays there are, their dtypes and shapes, that they fit the model and the loss) need not be found out again.
"""

import numpy as np

from ...common.arrays import all_finite
from ...common.structure import is_nested
from .batch import Batch, Form


class Likeness:
    """A record of a batch that passed.

    Args:
        model: the model that it is for.
        allow_nan: whether NaN and infinity are let through.
    """

    def __init__(self, model, allow_nan):
        self._model, self._allow_nan = model, allow_nan
        self._known = self._form = self._loss = self._output_shape = None

    def learn(self, parts, data):
        """Remember a batch: its parts, as they were given, and the data that became of them."""
        self._known = None
        if not all(type(part) is np.ndarray for part in parts) or self._model.output_shape is None:
            return
        arrays, outputs = [part for part in data if part is not None], self._model.outputs_of()
        plain = len(arrays) == len(parts) and not any(map(is_nested, data)) and not outputs.several
        if plain and all(a.shape == part.shape for a, part in zip(arrays, parts)):
            self._form, self._loss, self._output_shape = Form.of(*data), self._model.loss, outputs.shapes[0]
            self._known = [(part.dtype, part.shape[1:], a.dtype, a.dtype.kind) for part, a in zip(parts, arrays)]

    def batch_of(self, parts):
        """The Batch of parts like those before; None where the full checks have to say what they are."""
        if self._known is None or len(parts) != len(self._known) or self._loss is not self._model.loss:
            return None
        data, count = [], len(parts[0]) if type(parts[0]) is np.ndarray and parts[0].ndim else 0
        for part, (given, shape, dtype, kind) in zip(parts, self._known):
            if type(part) is not np.ndarray or part.dtype != given or part.shape[1:] != shape:
                return None
            if len(part) != count or not count:
                return None
            array = part if given == dtype else part.astype(dtype)
            if kind == "f" and not (self._allow_nan or all_finite(array)):
                return None
            data.append(array)
        self._model.check_values(data[0])
        if self._loss is not None and len(data) > 1:
            self._loss.check_labels(data[1], self._output_shape)
        return Batch(self._form, data)
