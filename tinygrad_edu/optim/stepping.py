"""One update of an optimizer: gradients in, the new values of all its Vectors out. Nothing is changed here.

The formula runs once over the flat vector of all weights where it is elementwise, else for each parameter.
"""

import numpy as np

from ..engine.tensor import Tensor
from .memory import AVERAGE, WAITING


def new_values(optimizer, groups, gradients, weight):
    """The changes of one call of `apply`, computed before anything changes.

    Args:
        optimizer: an Optimizer.
        groups: the Groups of the parameters.
        gradients: by parameter, the gradient as an array; parameters that only wait may be left out.
        weight: how much these gradients count in the average while gradients are accumulated.

    Returns:
        A list of (Vector, its new array).
    """
    flat = [group.weights.join([_gradient(gradients, p) for p in group.parameters]) for group in groups]
    changes, ready = [], True
    if optimizer.gradient_accumulation_steps:
        flat, ready, total = _collected(optimizer, groups, flat, weight)
        changes = [(g.slots[WAITING], np.zeros_like(sums) if ready else sums) for g, sums in zip(groups, flat)]
        flat = [sums / total for sums in flat]
    weights = [group.weights.array for group in groups]
    if ready:
        rate, step, numbers = optimizer.current_rate(), optimizer.next_step(), optimizer.next_numbers()
        for i, (group, g) in enumerate(zip(groups, _clipped(optimizer, groups, flat))):
            weights[i], slots = _stepped(optimizer, group, g, rate, step, numbers)
            changes += [(group.weights, weights[i]), *slots]
    if optimizer.use_ema:
        changes += _averages(optimizer, groups, weights)
    return changes


def _gradient(gradients, parameter):
    return gradients[parameter] if parameter in gradients else np.zeros_like(parameter.array)


def _collected(optimizer, groups, flat, weight):
    """The weighted sums with this call's gradients, whether they are complete, and the sum of their weights."""
    calls, total = optimizer.waiting()
    sums = [weight * g + group.slots[WAITING].array for group, g in zip(groups, flat)]
    return sums, calls + 1 >= optimizer.gradient_accumulation_steps, total + weight


def _clipped(optimizer, groups, flat):
    """The flat gradients, made shorter where a setting says so: each parameter's by itself, or all together."""
    if not optimizer.clipnorm:
        return optimizer.clipped(flat)
    parts = [optimizer.clipped(group.weights.views(g)) for group, g in zip(groups, flat)]
    return [group.weights.join(part) for group, part in zip(groups, parts)]


def _stepped(optimizer, group, g, rate, step, numbers):
    """The new weights of a Group, and its slots with their new values."""
    names, vectors = optimizer.slots, [group.slots[name] for name in optimizer.slots]
    olds = [group.weights, *vectors]
    decays = [not optimizer.weight_decay or optimizer.decays(parameter) for parameter in group.parameters]
    if optimizer.elementwise:
        arrays = [old.array for old in olds]
        new = _updated(optimizer, arrays, g, rate, step, group.mask(decays), numbers, names)
    else:
        views = zip(group.weights.views(g), decays, *[old.views(old.array) for old in olds])
        parts = [_updated(optimizer, arrays, g, rate, step, d, numbers, names) for g, d, *arrays in views]
        new = [group.weights.join(part) for part in zip(*parts)]
    return new[0], list(zip(vectors, new[1:]))


def _updated(optimizer, arrays, g, rate, step, decays, numbers, names):
    """The new values that the formula gives for these arrays, checked against them."""
    new = optimizer.update_with_decay(arrays[0], g, rate, step, decays, **numbers, **dict(zip(names, arrays[1:])))
    expected = [(array.shape, array.dtype) for array in arrays]
    if isinstance(new, tuple):  # Tensors where the formula reads a Variable, such as the count, in its precision
        new = tuple([x.array.astype(a.dtype)[()] if isinstance(x, Tensor) else x for x, a in zip(new, arrays)])
    if not isinstance(new, tuple) or [(np.shape(x), getattr(x, "dtype", None)) for x in new] != expected:
        raise ValueError(
            f"{type(optimizer).__name__}.update should give a tuple of the new values of w and of its slots "
            f"{tuple(names)}, of (shape, dtype) {expected}. Python floats as constants keep the dtype."
        )
    return new


def _averages(optimizer, groups, weights):
    """The moving averages of these new weights; in their turn, the weights become the averages."""
    step, changes = optimizer.next_step(), []
    every = optimizer.ema_overwrite_frequency
    for group, w in zip(groups, weights):
        average = optimizer.averaged(w, group.slots[AVERAGE].array, step)
        changes.append((group.slots[AVERAGE], average))
        if every and step % every == 0:
            changes.append((group.weights, average.copy()))
    return changes
