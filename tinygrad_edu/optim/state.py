"""The state of an optimizer as a list of named arrays, in the order and with the names of Keras 3.

First the count of calls and the learning rate, where it is a number; then moving averages, gradients that wait,
and the slots, for each parameter; last the numbers that the formula keeps. Keras's files hold this list.
"""

import numpy as np

from .checks import checked_rate

AVERAGE, WAITING = "average", "gradient_accumulator"


def named(optimizer):
    """(name, array) of everything that the optimizer remembers; the arrays are copies.

    Example:
        >>> [name for name, array in named(tg.optim.Adam(parameters=[Tensor([1.0], name="w")]))]
        ['iteration', 'learning_rate', 'w_momentum', 'w_velocity']
    """
    return [(name, np.array(_value(optimizer, p, what))) for name, p, what in _layout(optimizer)]


def load(optimizer, arrays):
    """Give the optimizer the state that `named` wrote; a refused list changes nothing."""
    layout, arrays = _layout(optimizer), [np.asarray(a) for a in arrays]
    if len(arrays) != len(layout):
        hint = "" if optimizer._parameters else " It has no parameters yet: call build(parameters) first."
        raise ValueError(
            f"{type(optimizer).__name__} keeps {len(layout)} arrays ({', '.join(name for name, _, _ in layout)}); "
            f"received {len(arrays)}.{hint}"
        )
    for (name, parameter, _), array in zip(layout, arrays, strict=True):
        shape = parameter.shape if parameter is not None else ()
        if array.dtype.kind not in "iuf" or array.shape != shape:
            raise ValueError(
                f"'{name}' of {type(optimizer).__name__} should be numbers of shape {shape}; "
                f"received dtype {array.dtype}, shape {array.shape}."
            )
    found = {what: array for (_, p, what), array in zip(layout, arrays, strict=True) if p is None}
    calls = found["iteration"].item()
    if not (calls >= 0 and calls % 1 == 0):
        raise ValueError(f"'iteration' should be a whole number ≥ 0; received {calls!r}.")
    if "learning_rate" in found:
        optimizer.learning_rate = checked_rate(found["learning_rate"].item())
    optimizer.iterations, waiting_calls = divmod(int(calls), optimizer.gradient_accumulation_steps or 1)
    optimizer._known = {name: (optimizer.iterations, found[name].item()) for name in optimizer.numbers}
    sums = {}
    for (_, parameter, what), array in zip(layout, arrays, strict=True):
        if what == WAITING:
            sums[parameter] = array.astype(parameter.dtype)[()]
        elif parameter is not None:
            optimizer._memory.setdefault(parameter, {})[what] = array.astype(parameter.dtype)
    optimizer._waiting = (sums, None, waiting_calls) if waiting_calls else ({}, 0.0, 0)


def _layout(optimizer):
    """(name, parameter or None, what it is) of each array."""
    parameters = dict.fromkeys([*(optimizer._parameters or ()), *optimizer._memory])
    groups = [*optimizer.slot_groups]
    if optimizer.gradient_accumulation_steps:
        groups.insert(0, (WAITING,))
    if optimizer.use_ema:
        groups.insert(0, (AVERAGE,))
    rate = [] if callable(optimizer._learning_rate) else ["learning_rate"]
    layout = [(name, None, name) for name in ("iteration", *rate)]
    for group in groups:
        for i, parameter in enumerate(parameters):
            label = parameter.name or f"parameter_{i}"
            layout += [(f"{label}_{slot}", parameter, slot) for slot in group]
    return layout + [(name, None, name) for name in optimizer.numbers]


def _value(optimizer, parameter, what):
    if what == "iteration":
        return optimizer._calls
    if what == "learning_rate":
        return optimizer.learning_rate
    if parameter is None:
        return getattr(optimizer, what)(optimizer.iterations)
    if what == WAITING:
        sums, total, calls = optimizer._waiting
        waiting = sums.get(parameter, np.zeros_like(parameter._array))
        return waiting * (calls / total) if total else waiting
    return optimizer._slots_of(parameter)[what]
