"""The rows of an embedding: looked up forward, added up backward, since one row may be used many times."""

import numpy as np

from tinygrad_edu.exercises import compare, gradient

CASES = ((5, 3, (4,)), (4, 2, (2, 3)), (6, 4, ()), (3, 3, (3,)))


def _data(seed, count, width, shape):
    """A table, ids of which some come more than once, and an incoming gradient."""
    rng = np.random.default_rng(seed)
    ids = rng.integers(0, count - 1, shape)  # the last row is never used
    if ids.size > 1:
        ids.flat[-1] = ids.flat[0]
    return rng.normal(size=(count, width)), ids, rng.normal(size=(*shape, width)) + 0.3


def _one_hot(ids, count):
    return np.eye(count)[ids]


def check_lookup(student):
    for seed, case in enumerate(CASES):
        table, ids, _ = _data(seed, *case)
        mistakes = {}
        if case[0] <= case[1]:
            mistakes["columns"] = table.T[ids]
        compare(student.lookup, (table, ids), table[ids], **mistakes)


def check_one_hot(student):
    for seed, (count, _, shape) in enumerate(CASES):
        ids = _data(10 + seed, count, 1, shape)[1]
        mistakes = {"all_used": _one_hot(ids, count).reshape(-1, count).max(axis=0)}
        if ids.ndim == 1 and ids.size == count:
            mistakes["turned"] = _one_hot(ids, count).T
        compare(student.one_hot, (ids, count), _one_hot(ids, count), **mistakes)


def check_rule(student):
    for seed, case in enumerate(CASES):
        table, ids, g = _data(20 + seed, *case)
        rows, right = g.reshape(-1, case[1]), np.zeros_like(table)
        np.add.at(right, ids.reshape(-1), rows)
        count = np.bincount(ids.reshape(-1), minlength=len(table))[:, None]
        last, first = np.zeros_like(table), np.zeros_like(table)
        last[ids.reshape(-1)] = rows
        first[ids.reshape(-1)[::-1]] = rows[::-1]
        mistakes = {
            "overwritten": last,
            "first_only": first,
            "mean": right / np.maximum(count, 1),
            "no_g": np.broadcast_to(count, table.shape) * 1.0,
            "to_all": np.broadcast_to(rows.sum(axis=0), table.shape),
            "times_row": right * table,
            "sign": -right,
        }
        mistakes = {key: value for key, value in mistakes.items() if not np.allclose(value, right)}
        f = lambda table, g=g, ids=ids: np.sum(g * table[ids])  # noqa: E731
        gradient(student.lookup_rule, f, table, arguments=(g,), after=(ids,), **mistakes)


def check_step(student):
    """A step moves the rows that were used, each once, by all of its gradient."""
    table, ids, g = _data(30, 5, 3, (6,))
    total = np.zeros_like(table)
    np.add.at(total, ids, g)
    used = table.copy()
    used[ids] -= 0.1 * g
    mistakes = {"uphill": table + 0.1 * total, "only_change": -0.1 * total, "last_use": used, "no_rate": table - total}
    compare(student.step, (table, ids, g, 0.1), table - 0.1 * total, **mistakes)
