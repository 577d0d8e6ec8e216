"""What a training step may change, kept aside: to run a step a second time, or only to look, and put all back."""

import numpy as np

from ...common import random
from ...common.floats import tolerance
from ...replay.tape import Update


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
        drawn = [g for g in program.generators if g] if program else random_generators(model)
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

    def difference(self, other, only=None, but=()):
        """What differs first by more than rounding, in words, or None. Of Tensors: `only` these, or all `but` these."""
        for (tensor, *_), mine, theirs in zip(self.arrays, self.copies, other.copies):
            if (only is None or tensor in only) and tensor not in but and not close(mine, theirs):
                return tensor.name or "a weight"
        for mine, theirs in zip(self.slot_copies, other.slot_copies):
            for name in mine:
                if not close(mine[name], theirs[name]):
                    return f"the optimizer's {name}"
        for (_, mine, waiting), (_, theirs, waited) in zip(self.counts, other.counts):
            if mine != theirs or waiting[1:] != waited[1:]:
                return "the optimizer's iterations"
        return None


def only_rounding(model, program, tape, states):
    """Whether a step and its program differ in the weights only because the optimizer makes much of rounding.

    The gradient of a bias before BatchNormalization is 0, up to rounding; Adam divides it by its own size. So the
    gradients are compared, and then the optimizer is given those of the program, to see that it goes where that went.

    Args:
        tape: what was noted of the step.
        states: the State before, that after the step, and that after the program, in which the model is left.
    """
    before, expected, found = states
    updates = [(s.optimizer, s.weight, s.parts) for s in tape.statements if isinstance(s, Update)]
    if len(updates) != 1 or updates[0][0].gradient_accumulation_steps:
        return False
    (optimizer, weight, parts), memory = updates[0], program.steps[0].memory
    held = {p: np.array(g) for group in memory.groups for p, g in zip(group.parameters, group.views(group.gradients))}
    trained = {parameter: None for parameter, *_ in parts}
    gradients = optimizer.clipped([gradient.array for *_, gradient in parts])
    largest = max(_size(gradient) for gradient in gradients)  # rounding is as large as what was added up
    if not all(close(gradient, held[parameter], size=largest) for gradient, parameter in zip(gradients, trained)):
        return False
    before.restore()
    optimizer.apply([held[parameter] for parameter in trained], [*trained], weight=weight)
    model.constrain()
    repeated = State(model, program)
    found.restore()
    return repeated.difference(found, only=trained) is None and expected.difference(found, but=trained) is None


def random_generators(layer):
    """The random generators among the attributes of a layer and of those inside."""
    own = [value for value in vars(layer).values() if isinstance(value, np.random.Generator)]
    return [*own, *[g for inner in layer.sublayers for g in random_generators(inner)]]


def close(a, b, dtype=None, size=0.0):
    """Whether two ways of computing agree but for the rounding of this dtype, by default their own.

    Args:
        size: of the numbers that went into it, where they may have been larger than the result.
    """
    a, b = np.asarray(a), np.asarray(b)
    if a.shape != b.shape:
        return False
    relative = tolerance(dtype or a.dtype)
    scale = 1e-3 + max(_size(a), size)
    return bool(np.allclose(a, b, rtol=relative, atol=relative * scale, equal_nan=True))


def _size(array):
    """The largest finite magnitude."""
    return float(np.max(np.abs(array), initial=0.0, where=np.isfinite(array)))
