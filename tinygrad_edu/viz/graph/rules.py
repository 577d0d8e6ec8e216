"""The rules on the arrows of a graph, as text in the variables of the graph and as numbers.

A rule such as `g * b` multiplies the incoming gradient g by the local derivative ∂out/∂a = b. Where g is a
factor of the rule, taking it away leaves the formula of the derivative; another rule is shown as it is.
"""

import numpy as np

from ...common.writing import numbers, short
from ...engine.call import unbroadcast
from ...engine.formulas import Formula, NotWritten, factor, functions_of, rule_of
from ..labels import in_words, is_data, options_text, word_of
from ..texts import say

FEW = 6  # numbers that are written one by one
_LONGEST = 36


def flows(node):
    """The Edge along which a gradient flows to each input of a node; None where none flows."""
    if not node.is_result:
        return []
    call = node.tensor.call
    edges = {edge.position: edge for edge in call.edges()}
    return [edges.get(i) for i, x in enumerate(call.args) if is_data(call.op, i, x)]


def formula(node, symbol=None, names=None, longest=32):
    """The formula of a result in the variables of the graph: v1 = w1 × x1.

    Args:
        node: the result.
        symbol: how the op is written, by default with its own symbol or, as a function, by its word.
        names: the names of the inputs, by default their variables.
        longest: the most letters of what is computed.
    """
    op, inputs = node.tensor.op, names or [x.variable for x in node.inputs]
    sign, only = symbol or op.symbol, inputs[0] if len(inputs) == 1 else None
    if op.operator and len(inputs) == 2:
        text = f"{inputs[0]} {sign} {inputs[1]}"
    elif only and "·" in sign:
        text = sign.replace("·", only)
    elif op.operator and only and not sign.isalpha():
        text = sign + only
    else:
        text = f"{symbol or word_of(op)}({', '.join([*inputs, *filter(None, [options_text(node.tensor)])])})"
    return f"{node.variable} = {short(in_words(text), longest)}"


def vjp_text(node, edge):
    """The rule along an arrow, in the variables of the graph: g · x1."""
    tree = rule_of(node.tensor.call, edge.position)
    text = "…" if tree is None else _text(tree, node, edge)
    return say("rule of {op}", op=word_of(node.tensor.op)) if text.endswith("…") else text


def part_text(node, edge):
    """The contribution of an arrow to the gradient of its input, or its norm; nothing where the rule fails."""
    part = _apply(node, edge, node.gradient)
    if part is None:
        return ""
    part = unbroadcast(part, edge.input.array, node.tensor.op)
    return _few(part) or say("norm {length}", length=numbers(np.linalg.norm(np.asarray(part, dtype=float))))


def derivative_text(node, x, edge):
    """The local derivative of an arrow from x: ∂v1/∂w1 = x1 = 2, or the rule where it is no factor."""
    tree, out = rule_of(node.tensor.call, edge.position), node.tensor.array
    derivative = None if tree is None else factor(tree)
    one_by_one = derivative is not None or np.size(out) == 1
    value = _apply(node, edge, np.ones(np.shape(out), out.dtype)[()]) if one_by_one else None
    texts = [f"∂{node.variable}/∂{x.variable}"]
    if derivative is not None:
        texts.append(_text(derivative, node, edge))
    if value is not None and (text := _few(value)) and text not in texts:
        texts.append(text)
    return " = ".join(texts) if len(texts) > 1 else f"g ↦ {vjp_text(node, edge)}"


def _apply(node, edge, g):
    """The rule on arrays; None where it fails, which only a rule with an error does."""
    with np.errstate(all="ignore"):
        try:
            return node.tensor.call.apply(edge, g)
        except (ValueError, TypeError, IndexError):
            return None


def _few(values):
    """The numbers, or the only one of an array of equal ones; "" where there are too many."""
    values = np.asarray(values)
    if values.size and (values == values.flat[0]).all():
        values = values.flat[0]
    return numbers(values) if np.size(values) <= FEW else ""


def _text(tree, node, edge):
    """A formula with the variables of the graph in place of the op's parameters; "…" where it has no sign."""
    call = node.tensor.call
    inputs = iter(node.inputs)
    known = {"g": ("g", call.result.array), "out": (node.variable, call.result.array)}
    for i, (x, array) in enumerate(zip(call.args, call.arrays)):
        variable = next(inputs).variable if is_data(call.op, i, x) else "constant"
        if i < len(call.op.parameters):
            name = call.op.parameters[i]
            known[name] = (name if variable == "constant" else variable, array)
    try:
        text = Formula(known, functions_of(call.op, edge.position), words=True, elementwise=" ⊙ ").text(tree)
    except NotWritten:
        return "…"
    return short(in_words(text), _LONGEST)
