"""Exercises: files with holes, a check that says what is wrong, and the points of a whole class.

    tinygrad-edu exercises list | start NAME | check [NAME] | hint NAME | solution NAME | grade DIR

A check is written with `compare`, `gradient` and `Wrong`; docs/exercises.md shows how to add an exercise of one's own.
"""

import importlib

# A student's process imports this package too: it gets what it needs and no more.
_lazy = {
    "Exercise": ".catalogue",
    "Local": ".students",
    "Process": ".students",
    "Wrong": ".failures",
    "compare": ".comparing",
    "exercises": ".catalogue",
    "find": ".catalogue",
    "gradient": ".comparing",
    "judge": ".judging",
    "judge_file": ".judging",
    "same": ".comparing",
    "show": ".comparing",
}

__all__ = list(_lazy)


def __getattr__(name):
    if name not in _lazy:
        raise AttributeError(f"tinygrad_edu.exercises has no {name!r}. It has: {', '.join(__all__)}.")
    value = getattr(importlib.import_module(_lazy[name], __name__), name)
    globals()[name] = value
    return value


def __dir__():
    return sorted([*globals(), *_lazy])
