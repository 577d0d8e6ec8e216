"""The chain rule along a graph, step by step and with its numbers: what a film of backpropagation tells.

Each rule is taken from the declaration of its op, its names replaced by those of the graph and then by
their values: ∂L/∂w = ∂L/∂z · x = 0.31 × 2 = 0.62.
"""

import ast
from collections import Counter

import numpy as np

from ...engine.autodiff import topological_order, unbroadcast
from ...engine.derivatives import derivatives
from ...engine.recorder import no_grad
from ...engine.tensor import Tensor
from ..labels import numbers, short
from .reading import SMALL
from .rules import formula, is_guard, lower_power

FEW = 4  # numbers that a formula shows one by one
_LONGEST = 110  # characters of a formula


class Step:
    """One step of backpropagation.

    Attributes:
        caption: lines of text: what is visited, and the chain rule there, written out.
        node: the node that is visited; None for the steps before the first.
        gradients: {node: (text, finite)} of each gradient that changed.
    """

    def __init__(self, caption, node=None, gradients=()):
        self.caption, self.node, self.gradients = caption, node, dict(gradients)


def steps(graph, gradient=None):
    """Every step of the backward pass, in the order in which the engine takes them, as a list.

    Args:
        graph: a Graph with one output, whose variables are named.
        gradient: the incoming gradient, of the output's shape; 1 by default.
    """
    _tell_apart(graph)
    nodes = {node.tensor: node for node in graph.nodes if node.tensor is not None}
    names = {tensor: node.variable for tensor, node in nodes.items()}
    loss = graph.outputs[0]
    end = names[loss]
    order = [t for t in reversed(topological_order([loss])) if t.op is not None]
    seed = np.ones(loss.shape, loss.dtype) if gradient is None else np.asarray(gradient, loss.dtype)
    backward = _Backward({loss: seed[()]}, _uses(order), names, end)
    order = [t for t in order if t is loss or t in backward.uses]
    found = [
        Step([f"Forward: every box has its value, from the leaves to {end}. No gradient is known yet."]),
        Step([_seed_line(end, gradient, seed)], None, {nodes[loss]: _shown(seed, 0)}),
    ]
    for i, tensor in enumerate(order, start=1):
        lines, changed = backward.visit(tensor)
        title = f"Op {i} of {len(order)}: {formula(nodes[tensor])}"
        found.append(Step([title, *lines], nodes[tensor], {nodes[x]: _shown(g, left) for x, g, left in changed}))
    found[-1].caption += _done(graph, backward.flowing, end)
    return found


def _tell_apart(graph):
    """Where several variables have the same name, take the layer with it: hidden.kernel."""
    counts = Counter(node.variable for node in graph.nodes if node.tensor is not None)
    for node in graph.nodes:
        if node.tensor is not None and counts[node.variable] > 1 and node.tensor.path:
            node.variable = short(str(node.tensor.path).replace("/", "."))


def _seed_line(end, gradient, seed):
    if gradient is None:
        return f"Backward: it begins with ∂{end}/∂{end} = 1."
    return f"Backward: it begins with the given gradient of {end}, {_values(seed)}."


def _done(graph, flowing, end):
    leaves = [node for node in graph.nodes if node.kind == "parameter" and node.tensor in flowing]
    texts = [f"∂{end}/∂{x.variable} = {_values(flowing[x.tensor])}" for x in leaves]
    if not texts:
        return []
    return [f"Done: {', '.join(texts)}." if len(texts) <= FEW else f"Done: {len(texts)} leaves have their gradients."]


def _shown(g, left):
    """A gradient as a box shows it, and whether it is finite: three dots while more is to be added."""
    text = numbers(g) if np.size(g) <= SMALL else f"norm {numbers(np.linalg.norm(np.asarray(g, dtype=float)))}"
    return text + (" + …" if left else ""), _finite(g)


def _uses(order):
    """How many contributions the gradient of each Tensor is the sum of."""
    uses = {}
    for tensor in order:
        for _, x, _ in tensor.call.edges():
            uses[x] = uses.get(x, 0) + 1
    return uses


class _Backward:
    """The backward pass, one op at a time: the gradients so far, and how many contributions are to come."""

    def __init__(self, flowing, uses, names, end):
        self.flowing, self.uses, self.names, self.end = flowing, uses, names, end

    def visit(self, tensor):
        """The lines of the step at one op, and (input, its gradient, contributions to come) of what it changes."""
        g, lines, changed, flowing = self.flowing[tensor], [], {}, self.flowing
        call = tensor.call
        for i, x, rule in call.edges():
            with np.errstate(all="ignore"), no_grad():
                raw = call.apply(rule, g)
                part = unbroadcast(raw, x._array, tensor.op)
                before = flowing.get(x)
                flowing[x] = part if before is None else before + part
            self.uses[x] -= 1
            rule_text = _Formula(tensor, i, g, self.names, self.end)
            lines += _lines(rule_text, part, np.shape(raw), before, flowing[x], self.uses[x])
            changed[x] = (x, flowing[x], self.uses[x])
        if not _finite(tensor._array) or not all(_finite(flowing[x]) for x in changed):
            lines.append("Here is NaN or infinity: what flows on from it is no number either.")
        return lines, changed.values()


def _lines(rule, part, raw_shape, before, total, left):
    """One contribution as text, and the sum where it is not the only one."""
    x, said = rule.partial(rule.x_name), rule.text(part, raw_shape)
    if before is None and not left:
        return [f"{x} = {said}"]
    if before is None:
        uses = "one more use" if left == 1 else f"{left} more uses"
        return [f"{x} = {said}  (so far: {uses} of {rule.x_name} to come)"]
    if np.size(total) <= FEW:
        sum_text = f"{_values(before)} + {_bracketed(part)} = {_values(total)}"
    else:
        sum_text = f"what was there + this part  (shape {np.shape(total)})"
    return [f"another part for {rule.x_name}: {said}", f"{x} = {sum_text}"]


class _Formula:
    """The rule for the i-th argument of a Tensor's op, as text with names and with numbers."""

    def __init__(self, tensor, i, g, names, end):
        self.tensor, self.op, self.g, self.end = tensor, tensor.op, g, end
        self.x_name = names[tensor._args[i]]
        self.z_name = names[tensor]
        self.known = {"g": (self.partial(self.z_name), g), "out": (self.z_name, tensor._array)}
        for name, x, array in zip(self.op.parameters, tensor._args, tensor._arrays, strict=False):
            self.known[name] = (names.get(x, None) if isinstance(x, Tensor) else None, array)
        self.tree = self._rule(i)

    def partial(self, name):
        """∂L/∂name."""
        return f"∂{self.end}/∂{name}"

    def _rule(self, i):
        texts = derivatives(self.op) if self.op.each is None else {}
        text = texts.get(self.op.parameters[i]) if i < len(self.op.parameters) else None
        return None if text is None else ast.parse(text, mode="eval").body

    def text(self, part, raw_shape):
        """The right side: ∂L/∂z · x = 0.31 · 2 = 0.62."""
        symbols = self._written(numbers_too=False)
        if symbols is None:
            return self._plain(part)
        if np.shape(part) != raw_shape:
            symbols += f", added up from shape {raw_shape} to {np.shape(part)}, as {self.x_name} was repeated"
        if all(np.size(value) <= FEW for _, value in self.known.values() if value is not None) and np.ndim(part) < 2:
            with_numbers = self._written(numbers_too=True)
            if np.shape(part) == raw_shape and with_numbers.strip("()") not in (symbols, _values(part)):
                symbols += f" = {with_numbers}"
            return short(f"{symbols} = {_values(part)}", _LONGEST)
        return short(f"{symbols}   (shape {np.shape(part)})", _LONGEST)

    def _plain(self, part):
        """The chain rule itself, where the rule is written with functions of its own."""
        g, local = self.known["g"][0], f"∂{self.z_name}/∂{self.x_name}"
        if np.size(part) == np.size(self.g) == 1:
            slope = self._slope(part)
            shown = "" if slope is None else f" = {_values(self.g)} × {_bracketed(slope)}"
            return f"{g} · {local}{shown} = {_values(part)}"
        values = f" = {_values(part)}" if np.size(part) <= FEW else f"   (shape {np.shape(part)})"
        return f"({local})ᵀ · {g}{values}"

    def _slope(self, part):
        g = float(np.ravel(self.g)[0])
        return float(np.ravel(part)[0]) / g if g and np.isfinite(g) else None

    def _written(self, numbers_too):
        if self.tree is None:
            return None
        try:
            return _Writer(self.known, numbers_too, self.op).write(self.tree)[0]
        except _NotWritten:
            return None


class _NotWritten(Exception):  # noqa: N818 a signal, not an error
    """The rule uses what a formula has no sign for."""


_SIGNS = {
    ast.Add: (" + ", 1), ast.Sub: (" − ", 1), ast.Mult: (" · ", 2), ast.Div: (" / ", 2), ast.MatMult: (" @ ", 2),
    ast.Pow: ("^", 4),
}  # fmt: skip
_SAME_VALUES = ("_expand", "broadcast_to")  # they only repeat numbers: the shapes say it


class _Writer:
    """Writes a rule as a formula: gives its text, how strongly it binds, and how many numbers it has."""

    def __init__(self, known, numbers_too, op):
        self.known, self.numbers_too, self.op = known, numbers_too, op

    def write(self, node):
        method = getattr(self, "_" + type(node).__name__.lower(), None)
        if method is None:
            raise _NotWritten
        return method(node)

    def _name(self, node):
        if node.id not in self.known:
            raise _NotWritten
        name, value = self.known[node.id]
        if not isinstance(value, (int, float, np.ndarray, np.generic)):
            raise _NotWritten
        if self.numbers_too or name is None:
            if np.size(value) > FEW:
                return f"array {np.shape(value)}", 9, np.size(value)
            return _bracketed(value), 9, np.size(value)
        return name, 9 if name.isidentifier() else 2.5, np.size(value)

    def _constant(self, node):
        return numbers(node.value), 9, 1

    def _unaryop(self, node):
        if not isinstance(node.op, ast.USub):
            raise _NotWritten
        text, binds, size = self.write(node.operand)
        return "−" + (text if binds > 1 else f"({text})"), 1.5, size

    def _binop(self, node):
        if is_guard(node):
            return self.write(node.left)
        if type(node.op) not in _SIGNS:
            raise _NotWritten
        sign, binds = _SIGNS[type(node.op)]
        left, left_binds, left_size = self.write(node.left)
        right, right_binds, right_size = self.write(node.right)
        if isinstance(node.op, ast.Mult) and left_size > 1 and right_size > 1:
            sign = " ⊙ "
        elif isinstance(node.op, ast.Mult) and self.numbers_too:
            sign = " × "
        left = left if left_binds >= binds else f"({left})"
        right = (
            right if right_binds > binds or (right_binds == binds and binds == 2 and sign != " / ") else f"({right})"
        )
        return f"{left}{sign}{right}", binds, max(left_size, right_size)

    def _compare(self, node):
        signs = {ast.Gt: ">", ast.GtE: "≥", ast.Lt: "<", ast.LtE: "≤", ast.Eq: "=", ast.NotEq: "≠"}
        if len(node.ops) != 1 or type(node.ops[0]) not in signs:
            raise _NotWritten
        left, right = self.write(node.left), self.write(node.comparators[0])
        return f"[{left[0]} {signs[type(node.ops[0])]} {right[0]}]", 9, max(left[2], right[2])

    def _attribute(self, node):
        if node.attr != "T":
            raise _NotWritten
        text, binds, size = self.write(node.value)
        return (text if binds > 4 else f"({text})") + "ᵀ", 9, size

    def _ifexp(self, node):
        if not _calls(node.test, "_matrices"):
            raise _NotWritten
        both = [np.ndim(self.known[a.id][1]) == 2 for a in node.test.args]
        if all(both):
            return self.write(node.body)
        raise _NotWritten

    def _call(self, node):
        name = ast.unparse(node.func)
        if name in _SAME_VALUES:
            return self.write(node.args[0])
        if name == "_count":
            count = np.size(self.known["a"][1]) // max(np.size(self.known["out"][1]), 1)
            return str(count), 9, 1
        if name == "_lower_power":
            base, exponent = map(self.write, node.args)
            text = lower_power(base[0], exponent[0].strip("()"))
            return text, 4 if "^" in text else base[1], max(base[2], exponent[2])
        if name.endswith((".reshape", ".transpose")):
            text, binds, size = self.write(node.func.value)
            return text, binds, size
        function = name.removeprefix("np.")
        if function.startswith("_") or "." in function or node.keywords:
            raise _NotWritten
        inside = [self.write(a) for a in node.args]
        return f"{function}({', '.join(text for text, _, _ in inside)})", 9, max([s for _, _, s in inside], default=1)


def _calls(node, name):
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name


def _values(x):
    return numbers(x) if np.size(x) <= FEW else f"array {np.shape(x)}"


def _bracketed(x):
    """A value inside a formula: negative numbers in parentheses."""
    text = _values(x)
    return f"({text})" if text.startswith("-") else text


def _finite(x):
    return bool(np.isfinite(np.asarray(x, dtype=float)).all())
