"""A snapshot of everything that a training step may change, to run a step a second time, or only to look."""

import numpy as np

from ...common import random
from ...common.checks import agree
from ...common.floats import tolerance


class Snapshot:
    """The values of all Variables that a step of a model may change, and how to put them back.

    Args:
        model: the model.
    """

    def __init__(self, model):
        states = model.optimizer.state_variables if model.optimizer is not None else ()
        sums = [variable for metric in model.metrics for variable in metric.variables]
        tensors = dict.fromkeys([random.state(), *model.variables, *sums, *states])
        self._take({tensor: tensor.array for tensor in tensors}, {})

    def _take(self, arrays, generators, dtype=float):
        self.arrays, self.generators = {tensor: np.array(array) for tensor, array in arrays.items()}, generators
        floats = [array.dtype for array in self.arrays.values() if array.dtype.kind == "f" and array.dtype != float]
        self.dtype = min([*floats, dtype], key=lambda dtype: np.dtype(dtype).itemsize)
        return self

    def of_changes(self, tape):
        """A Snapshot of what a step changed while a tape listened, as it was before: of nothing else.

        Other threads may change the rest at the same time: draw random numbers, begin the metrics anew.
        """
        return object.__new__(Snapshot)._take(tape.olds, dict(tape.generators), self.dtype)

    def add(self, tensors, generators):
        """Take in these Tensors too, and these generators of random numbers; None is that of `tg.random`."""
        self.arrays |= {t: np.array(t.array) for t in tensors if t not in self.arrays}
        bits = [(random.generator() if g is None else g).bit_generator for g in generators]
        self.generators |= {b: b.state for b in bits}

    def now(self):
        """A Snapshot of the same Variables and generators, as they are now."""
        arrays = {tensor: tensor.array for tensor in self.arrays}
        return object.__new__(Snapshot)._take(arrays, {bits: bits.state for bits in self.generators}, self.dtype)

    def restore(self):
        """Put everything back as it was; what has not changed keeps its array."""
        for tensor, values in self.arrays.items():
            if not np.array_equal(tensor.array, values, equal_nan=True):
                tensor.replace(values.copy())
        for bits, state in self.generators.items():
            bits.state = state

    def _close(self, mine, theirs):
        """True if values agree; sums in float64 are no more exact than what was added."""
        return close(mine, theirs, self.dtype if mine.dtype.kind == "f" and mine.dtype != self.dtype else None)

    def difference(self, other, only=None, but=()):
        """The first difference beyond rounding, in words, or None. Of Tensors: `only` these, or all `but` these."""
        for tensor, mine in self.arrays.items():
            wanted = (only is None or tensor in only) and tensor not in but and mine.dtype != np.uint64
            if wanted and tensor in other.arrays and not self._close(mine, other.arrays[tensor]):
                return tensor.path or "a weight"
        return None


def only_rounding(model, program, updates, traced, snapshots):
    """True if a step and its program differ in the weights only because the optimizer makes much of rounding.

    The gradient of a bias before BatchNormalization is 0, up to rounding; Adam divides it by its own size. So the
    gradients are compared, and then the optimizer is given those of the program, to see that it goes where that went.

    Args:
        program: what gives the gradients of its last run.
        updates: those of the step.
        traced: for each of its updates, the gradients by parameter.
        snapshots: before the step, after it, and after the program, in which state the model is left.
    """
    before, expected, found = snapshots
    if len(updates) != 1 or updates[0].accumulates:
        return False
    update, parameters, traced = updates[0], updates[0].parameters, traced[0]
    held = program.gradients(program.optimizer_steps[0])
    gradients = update.optimizer.clipped([traced[parameter] for parameter in parameters])
    largest = max(_size(gradient) for gradient in gradients)  # rounding is as large as what was added up
    if not all(close(gradient, held[parameter], size=largest) for gradient, parameter in zip(gradients, parameters)):
        return False
    before.restore()
    update.optimizer.apply([held[parameter] for parameter in parameters], parameters, weight=update.weight)
    model.constrain()
    repeated = expected.now()
    found.restore()
    slots = [variable for variable in update.optimizer.variables if variable.ndim or variable.dtype.kind == "f"]
    trained = {*parameters, *slots}
    return repeated.difference(found, only=trained) is None and expected.difference(found, but=trained) is None


def same_calls(values, others, dtype):
    """True if the functions of metrics would be called with the same values."""
    return len(values) == len(others) and all(
        close(a, b, dtype if np.asarray(b).dtype.kind == "f" else None)
        for mine, theirs in zip(values, others)
        for a, b in zip(mine, theirs)
        if b is not None
    )


def close(a, b, dtype=None, size=0.0):
    """True if two ways of computing agree but for the rounding of this dtype, by default their own.

    Args:
        size: of the numbers that went into it, where they may have been larger than the result.
    """
    relative = tolerance(dtype or np.asarray(a).dtype)
    return agree(a, b, 2 * relative, relative * (1e-3 + size))


def _size(array):
    """The largest finite magnitude."""
    return float(np.max(np.abs(array), initial=0.0, where=np.isfinite(array)))
