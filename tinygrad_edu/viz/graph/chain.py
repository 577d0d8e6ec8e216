"""The chain rule along a graph, step by step and with its numbers: what a film of backpropagation tells.

Each rule is taken from the declaration of its op, its names replaced by those of the graph and then by
their values: ∂L/∂w = ∂L/∂z · x = 0.31 × 2 = 0.62.
"""

from collections import Counter
from math import prod

import numpy as np

from ...common.writing import short
from ...engine.autodiff import topological_order
from ...engine.call import unbroadcast
from ...engine.formulas import FEW, Formula, NotWritten, functions_of, rule_of, values_text
from ...engine.recorder import no_grad
from ...engine.tensor import Tensor
from ..labels import in_words
from ..texts import say
from .reading import gradient_text
from .rules import formula

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


class Wording:
    """How a film says what it says: here as pages do."""

    def gradient(self, gradient):
        """A gradient in a box."""
        return gradient_text(gradient)

    def formula(self, node):
        """The formula of a result."""
        return formula(node, longest=_LONGEST)

    def values(self, part):
        """A number, or a few."""
        return values_text(part)

    def ending(self, part):
        """The end of a line whose array has several axes, or many numbers."""
        return f"   {say('(shape {shape})', shape=np.shape(part))}"


def steps(graph, gradient=None, wording=None):
    """Every step of the backward pass, in the order in which the engine takes them, as a list.

    Args:
        graph: a Graph with one output, whose variables are named and told apart.
        gradient: the incoming gradient, of the output's shape; 1 by default.
        wording: a Wording; that of pages when None.
    """
    wording = wording or Wording()
    nodes = {node.tensor: node for node in graph.nodes if node.tensor is not None}
    names = {tensor: _name_in_formulas(node) for tensor, node in nodes.items()}

    def shown(g, left):
        """A gradient as a box shows it, and whether it is finite: three dots while more is to be added."""
        return wording.gradient(g) + (" + …" if left else ""), _finite(g)

    loss = graph.outputs[0]
    end = names[loss]
    order = [t for t in reversed(topological_order([loss])) if t.op is not None]
    seed = np.ones(loss.shape, loss.dtype) if gradient is None else np.asarray(gradient, loss.dtype)
    backward = _Backward({loss: seed[()]}, _uses(order), names, end, wording)
    order = [t for t in order if t is loss or t in backward.uses]
    found = [
        Step([say("Forward: every box has its value, from the leaves to {end}. No gradient is known yet.", end=end)]),
        Step([_seed_line(end, gradient, seed)], None, {nodes[loss]: shown(seed, 0)}),
    ]
    for i, tensor in enumerate(order, start=1):
        lines, changed = backward.visit(tensor)
        title = say("Op {i} of {count}: {formula}", i=i, count=len(order), formula=wording.formula(nodes[tensor]))
        found.append(Step([title, *lines], nodes[tensor], {nodes[x]: shown(g, left) for x, g, left in changed}))
    found[-1].caption += _done(graph, backward.flowing, end, wording)
    for step in found:
        step.caption = [in_words(line) for line in step.caption]
    return found


def _name_in_formulas(node):
    """The name of a node, in brackets where it is a formula or of several words."""
    return f"({node.variable})" if node.named_by_formula or " " in node.variable else node.variable


def tell_apart(graph):
    """Where several variables have the same name, take the layer with it: hidden.kernel."""
    counts = Counter(node.variable for node in graph.nodes if node.tensor is not None)
    for node in graph.nodes:
        if node.tensor is not None and counts[node.variable] > 1 and node.tensor.path:
            node.variable = short(str(node.tensor.path).replace("/", "."))


def _seed_line(end, gradient, seed):
    if gradient is None:
        return say("Backward: it begins with ∂{end}/∂{end} = 1.", end=end)
    return say("Backward: it begins with the given gradient of {end}, {values}.", end=end, values=values_text(seed))


def _done(graph, flowing, end, wording):
    leaves = [node for node in graph.nodes if node.kind == "parameter" and node.tensor in flowing]
    texts = [f"∂{end}/∂{x.variable} = {wording.values(flowing[x.tensor])}" for x in leaves]
    if not texts:
        return []
    if len(texts) <= FEW and sum(map(len, texts)) <= _LONGEST:
        return [say("Done: {gradients}.", gradients=", ".join(texts))]
    return [say("Done: {count} leaves have their gradients.", count=len(texts))]


def _uses(order):
    """The number of contributions that add up to the gradient of each Tensor."""
    uses = {}
    for tensor in order:
        for _, x, _ in tensor.call.edges():
            uses[x] = uses.get(x, 0) + 1
    return uses


class _Backward:
    """The backward pass, one op at a time: the gradients so far, and how many contributions are to come."""

    def __init__(self, flowing, uses, names, end, wording):
        self.flowing, self.uses, self.names, self.end, self.wording = flowing, uses, names, end, wording

    def visit(self, tensor):
        """The lines of the step at one op, and (input, its gradient, contributions to come) of what it changes."""
        g, lines, changed, flowing = self.flowing[tensor], [], {}, self.flowing
        call = tensor.call
        for edge in call.edges():
            x = edge.input
            with np.errstate(all="ignore"), no_grad():
                raw = call.apply(edge, g)
                part = unbroadcast(raw, x.array, tensor.op)
                before = flowing.get(x)
                flowing[x] = part if before is None else before + part
            self.uses[x] -= 1
            said = _Contribution(call, edge, g, self.names, self.end, self.wording)
            lines += _lines(said, part, np.shape(raw), before, flowing[x], self.uses[x])
            changed[x] = (x, flowing[x], self.uses[x])
        if not _finite(tensor.array) or not all(_finite(flowing[x]) for x in changed):
            lines.append(say("Here is NaN or infinity: what flows on from it is no number either."))
        return lines, changed.values()


def _lines(rule, part, raw_shape, before, total, left):
    """One contribution as text, and the sum where it is not the only one."""
    x, said = rule.partial(rule.x_name), rule.text(part, raw_shape)
    if before is None and not left:
        return [f"{x} = {said}"]
    if before is None:
        more = say("so far: one more use of {x} to come", x=rule.x_name)
        if left > 1:
            more = say("so far: {left} more uses of {x} to come", left=left, x=rule.x_name)
        return [f"{x} = {said}  ({more})"]
    if np.size(total) <= FEW:
        sum_text = f"{values_text(before)} + {_bracketed(part)} = {values_text(total)}"
    else:
        sum_text = say("what was there + this part  (shape {shape})", shape=np.shape(total))
    return [say("another part for {x}: {said}", x=rule.x_name, said=said), f"{x} = {sum_text}"]


class _Contribution:
    """The contribution along one Edge, as text with names and with numbers."""

    def __init__(self, call, edge, g, names, end, wording):
        self.call, self.edge, self.g, self.end, self.wording = call, edge, g, end, wording
        self.x_name, self.z_name = names[edge.input], names[call.result]
        self.known = {"g": (self.partial(self.z_name), g), "out": (self.z_name, call.result.array)}
        for name, x, array in zip(call.op.parameters, call.args, call.arrays, strict=False):
            self.known[name] = (names.get(x) if isinstance(x, Tensor) else None, array)

    def partial(self, name):
        """∂L/∂name."""
        return f"∂{self.end}/∂{name}"

    def text(self, part, raw_shape):
        """The right side: ∂L/∂z · x = 0.31 · 2 = 0.62."""
        symbols = self._written(with_numbers=False)
        if symbols is None:
            return self._plain(part)
        if np.size(part) != prod(raw_shape):
            symbols += say(
                ", added up from shape {raw} to {shape}, as {x} was repeated",
                raw=raw_shape,
                shape=np.shape(part),
                x=self.x_name,
            )
        if all(np.size(value) <= FEW for _, value in self.known.values() if value is not None) and np.ndim(part) < 2:
            in_numbers = self._written(with_numbers=True)
            plain = in_numbers.strip("()").replace("−", "-")
            if np.shape(part) == raw_shape and plain not in (symbols, values_text(part), values_text(part).strip("[]")):
                symbols += f" = {in_numbers}"
            return short(f"{symbols} = {self.wording.values(part)}", _LONGEST)
        return short(symbols + self.wording.ending(part), _LONGEST)

    def _plain(self, part):
        """The chain rule itself, where the rule is written with functions of its own."""
        g, local = self.known["g"][0], f"∂{self.z_name}/∂{self.x_name}"
        if np.size(part) == np.size(self.g) == 1:
            slope = self._slope(part)
            shown = "" if slope is None else f" = {values_text(self.g)} × {_bracketed(slope)}"
            return f"{g} · {local}{shown} = {values_text(part)}"
        values = f" = {self.wording.values(part)}" if np.size(part) <= FEW else self.wording.ending(part)
        return f"({local})ᵀ · {g}{values}"

    def _slope(self, part):
        g = float(np.ravel(self.g)[0])
        return float(np.ravel(part)[0]) / g if g and np.isfinite(g) else None

    def _written(self, with_numbers):
        tree, position = rule_of(self.call, self.edge.position), self.edge.position
        if tree is None or self.call.op.each is not None:
            return None
        try:
            functions = functions_of(self.call.op, position)
            return Formula(self.known, functions, with_numbers, elementwise=" ⊙ ").text(tree)
        except NotWritten:
            return None


def _bracketed(x):
    """A value inside a formula: negative numbers in parentheses."""
    text = values_text(x)
    return f"({text})" if text.startswith("-") else text


def _finite(x):
    return bool(np.isfinite(np.asarray(x, dtype=float)).all())
