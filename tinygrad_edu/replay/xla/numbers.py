"""The numbers of several steps, computed beforehand on the host in float64: rates, corrections, counts.

XLA is given one row of them for each step. They are what Python would have computed before each, as a schedule may be
any function, and the counters of the optimizers are left as the last step leaves them.
"""

import numpy as np


def upcoming(steps, count):
    """The rows of numbers for steps to come.

    Args:
        steps: the `Traced` steps that follow each other, over and over: one, or one for each batch of an epoch.
        count: how often they follow each other.

    Returns:
        For each of the steps an array (count, columns) in float64.
    """
    if len(steps) * count == 0:
        return [np.zeros((count, len(step.columns))) for step in steps]
    optimizer = _plain_optimizer(steps)
    leaves = _counted(steps, count, optimizer) if optimizer is not None else _asked(steps, count)
    return [_evaluated(step, count, found) for step, found in zip(steps, leaves)]


def _plain_optimizer(steps):
    """The one optimizer of the steps, where its numbers are a constant rate and the count of the steps; else None."""
    found = {update.optimizer for step in dict.fromkeys(steps) for update in step.updates}
    if len(found) != 1 or any(len(step.updates) != 1 for step in steps):
        return None
    (optimizer,) = found
    plain = not (optimizer.gradient_accumulation_steps or optimizer.numbers or callable(optimizer.rate_setting))
    return optimizer if plain else None


def _counted(steps, count, optimizer):
    """The values of the named numbers of each step, without asking for them one by one."""
    calls, every = optimizer.iterations, len(steps)
    before, rate, found = int(calls.array), optimizer.current_rate(), []
    for place, step in enumerate(steps):
        done = before + place + every * np.arange(count)
        named = {"rate": rate, "step": done + 1}
        (update,) = step.updates
        found.append({number.name: named[name] for name, number in update.numbers.items()})
        found[-1] |= {v: done if v is calls else np.full(count, v.array) for v in step.columns if not _is_text(v)}
    calls.replace(np.asarray(calls.array + every * count))
    return found


def _asked(steps, count):
    """The same by asking before each step, and counting after it."""
    rows = [[] for _ in steps]
    for _ in range(count):
        for place, step in enumerate(steps):
            row = {v: float(v.array) for v in step.columns if not _is_text(v)}
            for update in step.updates:
                row |= {number.name: number.function() for number in update.numbers.values()}
                update.optimizer.count_call(update.weight)
            rows[place].append(row)
    return [{name: np.array([row[name] for row in of_one]) for name in of_one[0]} for of_one in rows]


def _evaluated(step, count, leaves):
    """The columns of a step from its named numbers: formulas are computed for all rows at once."""
    named = {name: values for name, values in leaves.items() if _is_text(name)} | {"np": np}
    columns = []
    with np.errstate(all="ignore"):
        for column in step.columns:
            values = eval(column, {}, named) if _is_text(column) else leaves[column]
            columns.append(np.broadcast_to(np.asarray(values, np.float64), (count,)))
    return np.stack(columns, axis=1) if columns else np.zeros((count, 0))


def _is_text(column):
    return isinstance(column, str)
