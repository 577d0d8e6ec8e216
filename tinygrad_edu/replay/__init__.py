"""Replay: a function of Tensors is run once and becomes a flat program of plain NumPy, without the graph.

`trace(f, *examples)` gives the program, `print(program)` shows it. Training uses it by itself. While the function runs,
a recorder tells the `tape`, which fills a `step`: what is computed as plain data, with the optimizer's part as an
`update` and numbers that change from run to run as formulas (`scalar`). `numpy` writes it down as a program;
`xla` hands it to JAX.
"""

from .effects import after_run, assign, draw
from .function import trace
from .numpy.program import Program, formula
from .scalar import Scalar
from .step import Number, Step, first_difference
from .tape import Tape, TraceError, active, tracing, untraced, users_line
from .update import Update
from .xla.device import find_jax

__all__ = [
    "Number",
    "Program",
    "Scalar",
    "Step",
    "Tape",
    "TraceError",
    "Update",
    "active",
    "after_run",
    "assign",
    "draw",
    "find_jax",
    "first_difference",
    "formula",
    "trace",
    "tracing",
    "untraced",
    "users_line",
]
