"""A snapshot of everything that a training step may change, to run a step a second time, or only to look."""

import numpy as np

from ...common import random
from ...common.checks import agree
from ...common.floats import tolerance
from ...replay import Update


class Snapshot:
    """The values of all Variables that a step of a model may change, and how to put them back.

    Args:
        model: the model.
        program: the program of the step, which may change more than the model's own.
    """

    def __init__(self, model, program=None):
        optimizers = [model.optimizer, *([update.optimizer for update in program.optimizer_steps] if program else [])]
        self.optimizers = [optimizer for optimizer in dict.fromkeys(optimizers) if optimizer is not None]
        states = [variable for optimizer in self.optimizers for variable in optimizer.state_variables]
        sums = [v for metric in model.metrics for v in metric.variables]
        updates = program.updates if program else ()
        tensors = dict.fromkeys([random.state(), *model.variables, *sums, *updates, *states])
        self.arrays = {tensor: np.array(tensor.array) for tensor in tensors}
        floats = [array.dtype for array in self.arrays.values() if array.dtype.kind == "f" and array.dtype != float]
        self.dtype = min(floats, key=lambda dtype: dtype.itemsize, default=float)
        drawn = [g for g in program.generators if g] if program else ()
        self.generators = [(g, g.bit_generator.state) for g in drawn]

    def fit_to(self, tape):
        """Add what a step changed that was not there before, and leave the random numbers that it did not draw.

        Other threads may draw from `tg.random` at the same time.
        """
        if None not in tape.step.generators:
            self.arrays.pop(random.state(), None)
        for tensor, array in tape.olds.items():
            if tensor not in self.arrays:
                self.arrays[tensor] = np.array(array)

    def restore(self, only=None):
        """Put everything back as it was, or only these Variables; what has not changed keeps its array."""
        for tensor in self.arrays if only is None else only:
            values = self.arrays[tensor]
            if not np.array_equal(tensor.array, values, equal_nan=True):
                tensor.replace(values.copy())
        for generator, state in self.generators if only is None else ():
            generator.bit_generator.state = state

    def has_drawn_as_much(self):
        """Whether the generators of random numbers that belong to the model stand now where they stood then."""
        own = [
            tensor
            for tensor in self.arrays
            if isinstance(tensor, random.GeneratorState) and tensor is not random.state()
        ]
        return all(np.array_equal(tensor.array, self.arrays[tensor]) for tensor in own)

    def _close(self, mine, theirs):
        """Whether values agree; sums in float64 are no more exact than what was added."""
        return close(mine, theirs, self.dtype if mine.dtype.kind == "f" and mine.dtype != self.dtype else None)

    def difference(self, other, only=None, but=()):
        """What differs first by more than rounding, in words, or None. Of Tensors: `only` these, or all `but` these."""
        for tensor, mine in self.arrays.items():
            wanted = (only is None or tensor in only) and tensor not in but and mine.dtype != np.uint64
            if wanted and tensor in other.arrays and not self._close(mine, other.arrays[tensor]):
                return tensor.path or "a weight"
        return None


def only_rounding(model, program, step, traced, snapshots):
    """Whether a step and its program differ in the weights only because the optimizer makes much of rounding.

    The gradient of a bias before BatchNormalization is 0, up to rounding; Adam divides it by its own size. So the
    gradients are compared, and then the optimizer is given those of the program, to see that it goes where that went.

    Args:
        step: what was noted of the step.
        traced: for each of its updates, the gradients by parameter.
        snapshots: before the step, after it, and after the program, in which state the model is left.
    """
    before, expected, found = snapshots
    updates = step.of(Update)
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
    repeated = Snapshot(model, program)
    found.restore()
    slots = [variable for variable in update.optimizer.variables if variable.ndim or variable.dtype.kind == "f"]
    trained = {*parameters, *slots}
    return repeated.difference(found, only=trained) is None and expected.difference(found, but=trained) is None


def close(a, b, dtype=None, size=0.0):
    """Whether two ways of computing agree but for the rounding of this dtype, by default their own.

    Args:
        size: of the numbers that went into it, where they may have been larger than the result.
    """
    relative = tolerance(dtype or np.asarray(a).dtype)
    return agree(a, b, 2 * relative, relative * (1e-3 + size))


def _size(array):
    """The largest finite magnitude."""
    return float(np.max(np.abs(array), initial=0.0, where=np.isfinite(array)))
