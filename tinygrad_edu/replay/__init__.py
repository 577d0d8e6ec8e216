"""Replay: a function of Tensors is run once and becomes a flat program of plain NumPy, without the graph.

`trace(f, *examples)` gives the program, `print(program)` shows it. Training uses it by itself: `tape` notes what
a step does, `source` writes it down with its memory planned, `flat` keeps all weights in one vector.
"""

from .effects import assign, draw, later
from .program import Program, formula, trace
from .scalar import Scalar
from .tape import Tape, TraceError, active, first_difference, tracing, users_line

__all__ = [
    "Program",
    "Scalar",
    "Tape",
    "TraceError",
    "active",
    "assign",
    "draw",
    "first_difference",
    "formula",
    "later",
    "trace",
    "tracing",
    "users_line",
]
