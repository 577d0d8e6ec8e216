"""The numbers of several steps, computed beforehand on the host in float64: rates, corrections, counts.

XLA is given one row of them for each step. They are what Python would have computed before each, as a schedule may be
any function, and the counters of the optimizers are left as the last step leaves them.
"""

import numpy as np


def upcoming(steps, count):
    """The rows of numbers for steps to come.

    Args:
        steps: (Traced, times) of the steps that follow each other, over and over: one, so many times, or those of an
            epoch, with a shorter batch at the end.
        count: how often they follow each other.

    Returns:
        For each of them an array (count, times, columns) in float64.
    """
    if count == 0:
        return [np.zeros((0, times, len(step.columns))) for step, times in steps]
    optimizer = _plain_optimizer(steps)
    leaves = _counted(steps, count, optimizer) if optimizer is not None else _asked(steps, count)
    return [_evaluated(step, (count, times), found) for (step, times), found in zip(steps, leaves)]


def _plain_optimizer(steps):
    """The one optimizer of the steps, where its numbers are a constant rate and the count of the steps; else None."""
    found = {update.optimizer for step, _ in steps for update in step.updates}
    if len(found) != 1 or any(len(step.updates) != 1 for step, _ in steps):
        return None
    (optimizer,) = found
    plain = not (optimizer.gradient_accumulation_steps or optimizer.numbers or callable(optimizer.rate_setting))
    return optimizer if plain else None


def _counted(steps, count, optimizer):
    """The values of the named numbers of each step, without asking for them one by one."""
    calls, every = optimizer.iterations, sum(times for _, times in steps)
    before, rate, found, place = int(calls.array), optimizer.current_rate(), [], 0
    for step, times in steps:
        done = before + every * np.arange(count)[:, None] + np.arange(place, place + times)
        place += times
        named = {"rate": rate, "step": done + 1}
        (update,) = step.updates
        found.append({number.name: named[name] for name, number in update.numbers.items()})
        found[-1] |= {v: done if v is calls else v.array for v in step.columns if not _is_text(v)}
    calls.replace(np.asarray(calls.array + every * count))
    return found


def _asked(steps, count):
    """The same by asking before each step, and counting after it."""
    rows = [[] for _ in steps]
    for _ in range(count):
        for (step, times), own in zip(steps, rows):
            own += [_asked_once(step) for _ in range(times)]
    shapes = [(count, times) for _, times in steps]
    return [
        {name: np.array([row[name] for row in own]).reshape(shape) for name in (own[0] if own else ())}
        for own, shape in zip(rows, shapes)
    ]


def _asked_once(step):
    """The numbers of the next step by name, which counts as done then."""
    row = {v: float(v.array) for v in step.columns if not _is_text(v)}
    for update in step.updates:
        row |= {number.name: number.function() for number in update.numbers.values()}
        update.optimizer.count_call(update.weight)
    return row


def _evaluated(step, shape, leaves):
    """The columns of a step from its named numbers: formulas are computed for all rows at once."""
    named = {name: values for name, values in leaves.items() if _is_text(name)} | {"np": np}
    table = np.zeros((*shape, len(step.columns)))
    with np.errstate(all="ignore"):
        for k, column in enumerate(step.columns if table.size else ()):
            table[..., k] = eval(step.code(column), {}, named) if _is_text(column) else leaves[column]
    return table


def _is_text(column):
    return isinstance(column, str)
