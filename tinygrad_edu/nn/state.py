"""What a training step may change, kept aside: to run a step a second time, or only to look, and put all back."""

import numpy as np

from .. import random
from ..floats import tolerance


class State:
    """Everything that a step may change: weights, the optimizer's state, the metrics, random generators."""

    def __init__(self, model, program=None):
        self.optimizers = [step.optimizer for step in program.steps] if program else [model.optimizer]
        self.optimizers = [optimizer for optimizer in self.optimizers if optimizer is not None]
        tensors = [*dict.fromkeys([*model.weights, *(program.updates if program else ())])]
        self.arrays = [(t, t._array, t._exposed) for t in tensors]
        self.copies = [np.array(array) for _, array, _ in self.arrays]
        self.counts = [(o, o.iterations, o._waiting) for o in self.optimizers]
        self.slots = [(held, dict(held)) for o in self.optimizers for held in o._memory.values()]
        self.slot_copies = [{name: np.array(a) for name, a in values.items()} for _, values in self.slots]
        self.dtype = min((t.dtype for t in tensors if t.dtype.kind == "f"), key=lambda d: d.itemsize, default=float)
        drawn = [g for g in program.generators if g] if program else _generators_in(model)
        self.generators = [(g, g.bit_generator.state) for g in [random.generator(), *drawn]]

    def restore(self):
        """Put everything back as it was."""
        for (tensor, array, exposed), values in zip(self.arrays, self.copies):
            written = not np.array_equal(array, values, equal_nan=True)
            tensor._replace(values if written else array)
            tensor._exposed = False if written else exposed
        for optimizer, iterations, waiting in self.counts:
            optimizer.iterations, optimizer._waiting = iterations, waiting
        for (held, values), copies in zip(self.slots, self.slot_copies):
            held.update({name: a if np.array_equal(a, copies[name]) else copies[name] for name, a in values.items()})
        for generator, state in self.generators:
            generator.bit_generator.state = state

    def difference(self, other):
        """The first thing that differs by more than rounding, in words, or None."""
        for (tensor, *_), mine, theirs in zip(self.arrays, self.copies, other.copies):
            if not close(mine, theirs):
                return tensor.name or "a weight"
        for mine, theirs in zip(self.slot_copies, other.slot_copies):
            for name in mine:
                if not close(mine[name], theirs[name]):
                    return f"the optimizer's {name}"
        for (_, mine, waiting), (_, theirs, waited) in zip(self.counts, other.counts):
            if mine != theirs or waiting[1:] != waited[1:]:
                return "the optimizer's iterations"
        return None


def _generators_in(layer):
    """The random generators among the attributes of a layer and of those inside."""
    own = [value for value in vars(layer).values() if isinstance(value, np.random.Generator)]
    return [*own, *[g for inner in layer.sublayers for g in _generators_in(inner)]]


def close(a, b, dtype=None):
    """Whether two ways of computing agree but for the rounding of this dtype, by default their own."""
    a, b = np.asarray(a), np.asarray(b)
    if a.shape != b.shape:
        return False
    relative = tolerance(dtype or a.dtype)
    scale = float(np.max(np.abs(a), initial=0.0, where=np.isfinite(a)))
    return bool(np.allclose(a, b, rtol=relative, atol=relative * (1e-3 + scale), equal_nan=True))
