"""Which rule is wrong: every op of a graph is checked by itself, at the values that it met."""

import numpy as np

from ..engine.autodiff import topological_order
from ..engine.tensor import Tensor
from .case import Call, case_of
from .differences import compare
from .graph import graph_of
from .problem import Problem, outputs_of
from .search import explain

_MOST_CALLS = 200
_MOST_ENTRIES = 60
_LARGEST_JACOBIAN = 20_000
_INCOMING = 1.37  # the gradient of an op with one value: 1 would hide that a rule forgets it


def culprits(problem, order, settings):
    """The wrong rules in the graph of a function, each as (the variables that it reaches, its case).

    The one nearest to the variables is first: it is wrong whatever comes after it.
    """
    found = []
    nodes = [node for node in topological_order(outputs_of(problem.evaluate)) if node.op is not None]
    reached = _variables_of(nodes, problem.variables)
    for node in nodes[:_MOST_CALLS]:
        if reached[node]:
            found += [(reached[node.call.args[i]], case) for i, case in _wrong_rules(node, order, settings)]
    return found


def _variables_of(nodes, variables):
    """For each Tensor, the variables that it was computed from."""
    reached = {v: {v} for v in variables}
    for node in nodes:
        inputs = node.inputs
        for x in inputs:
            reached.setdefault(x, set())
        reached[node] = set().union(*(reached[x] for x in inputs))
    return reached


def _wrong_rules(node, order, settings):
    """The rules of one op that do not agree with differences of it: (position of the argument, case)."""
    op, args = node.op, node.call.args
    positions = [i for i, x in enumerate(args) if isinstance(x, Tensor) and x.requires_grad]
    names = [op.parameters[i] if i < len(op.parameters) else f"input {i}" for i in positions]
    variables = [Tensor(args[i].array, requires_grad=True, name=name) for i, name in zip(positions, names)]
    arguments = [dict(zip(positions, variables)).get(i, x) for i, x in enumerate(args)]
    # The function of an op, called on Tensors, has a graph of its own where NumPy's functions do.
    made = (variables, names, None, op.function, arguments)
    problem = Problem(lambda: op.call(*arguments), lambda: op.function(*arguments), *made)
    local = settings._replace(max_entries=_MOST_ENTRIES, steps=())
    try:
        rows, weights = compare(problem, order, np.random.default_rng(1), local, single=_INCOMING)
    except (ValueError, TypeError):  # one that cannot be checked by itself, such as a conversion to float32
        return
    rows = [row._replace(verdict="wrong at a kink") if row.verdict == "right aside" else row for row in rows]
    wrong = [i for i, row in enumerate(rows) if not row.ok and row.order == order]
    graph = explained = None
    if wrong and order == 1:
        graph, _ = graph_of(problem, weights)
        explained = explain(graph, [row.gradient for row in rows], wrong) if graph else {}
    for i in wrong:
        case = _case(node, positions[i % len(positions)], rows[i], rows, np.asarray(weights[0]))
        if graph is not None:
            case = case.with_graph(graph, graph.right[i], explained.get(i), len(explained) > 1)
        yield positions[i % len(positions)], case


def _case(node, position, row, rows, g):
    op, arrays = node.op, node.call.arrays
    out = np.asarray(node.array)
    values = {name: a for name, a in zip(op.parameters, arrays) if isinstance(a, (np.ndarray, np.floating))}
    others = {other.name: other.estimate for other in rows if other.name != row.name and other.order == row.order}
    call = Call(op, position, arrays, out, g, _jacobian(op, arrays, position, out))
    wrong = {other.name for other in rows if not other.ok}
    return case_of(
        row, arrays[position], others=others, values=values | {"out": out}, call=call, wrong=wrong, cut=row.order == 2
    )


def _jacobian(op, arrays, position, out):
    """How each value of the result moves with each entry of an argument: a column for each entry."""
    x = np.asarray(arrays[position], dtype=float)
    if out.size * x.size > _LARGEST_JACOBIAN:
        return None
    jacobian = np.empty((out.size, x.size))
    for i in range(x.size):
        h = 6e-6 * max(1.0, abs(x.flat[i]))
        moved = []
        for step in (h, -h):
            y = x.copy()
            y.flat[i] += step
            moved.append(np.ravel(op.function(*arrays[:position], y[()], *arrays[position + 1 :])))
        jacobian[:, i] = (moved[0] - moved[1]) / (2 * h)
    return jacobian
