"""What flows along the arrows of a graph: each op's rule as text and as numbers, read from its declaration.

A rule such as `g * b` multiplies the incoming gradient g by the local derivative ∂out/∂a = b. Where g is a
factor of the rule, taking it away leaves the formula of the derivative; another rule is shown as it is.
"""

import ast
import functools

import numpy as np

from ...engine.autodiff import unbroadcast
from ...engine.derivatives import derivatives
from ..labels import is_data, numbers, options_text, short

FEW = 6  # numbers that are written one by one
_LONGEST = 36


class Flow:
    """How a gradient flows back along an arrow: the number of the argument, and its rule."""

    __slots__ = ("place", "rule")

    def __init__(self, place, rule):
        self.place, self.rule = place, rule


def flows(node):
    """A Flow for each input of a node; None where no gradient flows."""
    if not node.is_result:
        return []
    op, args = node.tensor.op, node.tensor._args
    rules = op.rules_for(len(args))
    places = [i for i, x in enumerate(args) if is_data(op, i, x)]
    return [
        Flow(i, rules[i]) if i < len(rules) and rules[i] is not None and x.is_variable else None
        for x, i in zip(node.inputs, places, strict=True)
    ]


def formula(node):
    """How a result is computed, in the variables of the graph: v1 = w1 × x1."""
    op, inputs = node.tensor.op, [x.variable for x in node.inputs]
    symbol, only = op.symbol, inputs[0] if len(inputs) == 1 else None
    if op.operator and len(inputs) == 2:
        text = f"{inputs[0]} {symbol} {inputs[1]}"
    elif op.operator and only:
        text = symbol + only
    elif only and "·" in symbol:
        text = symbol.replace("·", only)
    else:
        text = f"{symbol}({', '.join([*inputs, *filter(None, [options_text(node.tensor)])])})"
    return f"{node.variable} = {short(text)}"


def vjp_text(node, place):
    """The rule of an argument, in the variables of the graph: g · x1."""
    tree = _resolved(node, place)
    text = "…" if tree is None else _text(tree, node)
    return f"rule of {node.tensor.op.symbol}" if text.endswith("…") else text


def part_text(node, x, rule):
    """What this arrow adds to the gradient of its input, or its norm; nothing where the rule fails."""
    part = _apply(rule, node.gradient, node)
    if part is None:
        return ""
    part = unbroadcast(part, x.tensor._array, node.tensor.op)
    return _few(part) or f"norm {numbers(np.linalg.norm(np.asarray(part, dtype=float)))}"


def derivative_text(node, x, flow):
    """The local derivative of an arrow: ∂v1/∂w1 = x1 = 2, or the rule where it is no factor."""
    tree, out = _resolved(node, flow.place), node.tensor._array
    factor = None if tree is None else _factor(tree)
    one_by_one = factor is not None or np.size(out) == 1
    derivative = _apply(flow.rule, np.ones(np.shape(out), out.dtype)[()], node) if one_by_one else None
    texts = [f"∂{node.variable}/∂{x.variable}"]
    if factor is not None:
        texts.append(_text(factor, node))
    if derivative is not None and (value := _few(derivative)) and value not in texts:
        texts.append(value)
    return " = ".join(texts) if len(texts) > 1 else f"g ↦ {vjp_text(node, flow.place)}"


def _apply(rule, g, node):
    """The rule on arrays; None where it fails, which only a rule with an error does."""
    with np.errstate(all="ignore"):
        try:
            return rule(g, node.tensor._array, *node.tensor._arrays)
        except (ValueError, TypeError, IndexError):
            return None


def _few(values):
    """The numbers, or the only one of an array of equal ones; "" where there are too many."""
    values = np.asarray(values)
    if values.size and (values == values.flat[0]).all():
        values = values.flat[0]
    return numbers(values) if np.size(values) <= FEW else ""


# -- the text of a rule -------------------------------------------------------------------------------


@functools.cache
def _trees(op):
    """The syntax tree of each rule by the name of its argument; empty where the source is not to be had."""
    try:
        return {name: ast.parse(text, mode="eval").body for name, text in derivatives(op).items()}
    except (OSError, TypeError, SyntaxError, StopIteration):
        return {}


def _resolved(node, place):
    """The tree of a rule; of a rule with two cases, «x if test else y», the case of this node."""
    op = node.tensor.op
    name = op.parameters[place] if place < len(op.parameters) else "each input"
    tree = _trees(op).get(name)
    if isinstance(tree, ast.IfExp):
        known = dict(zip(op.parameters, node.tensor._arrays, strict=False))
        test = _value(tree.test, known, op.rules[place].__globals__)
        tree = tree if test is None else tree.body if test else tree.orelse
    return tree


def _value(test, known, functions):
    """The value of a test that is the name of an argument, or one function of arguments; else None."""
    if isinstance(test, ast.Name):
        return known.get(test.id)
    if isinstance(test, ast.Call) and isinstance(test.func, ast.Name) and not test.keywords:
        arguments = [known[x.id] for x in test.args if isinstance(x, ast.Name) and x.id in known]
        if test.func.id in functions and len(arguments) == len(test.args):
            return functions[test.func.id](*arguments)
    return None


def _factor(tree):
    """The rule without its factor g; None where g is no factor."""
    if isinstance(tree, ast.Name):
        return ast.Constant(1) if tree.id == "g" else None
    if isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.USub):
        inner = _factor(tree.operand)
        return None if inner is None else ast.UnaryOp(ast.USub(), inner)
    if isinstance(tree, ast.BinOp):
        return _factor_of_two(tree)
    if isinstance(tree, ast.Call) and ast.unparse(tree.func) == "np.where" and not _has_g(tree.args[0]):
        cases = [_factor(x) if _has_g(x) else x for x in tree.args[1:]]
        zero = all(_has_g(x) or ast.unparse(x) == "0" for x in tree.args[1:])
        return ast.Call(tree.func, [tree.args[0], *cases], []) if zero and None not in cases else None
    return None


def _factor_of_two(tree):
    left, right = (_factor(x) if _has_g(x) else None for x in (tree.left, tree.right))
    if isinstance(tree.op, ast.Mult) and left is not None and not _has_g(tree.right):
        return _times(left, tree.right)
    if isinstance(tree.op, ast.Mult) and right is not None and not _has_g(tree.left):
        return _times(tree.left, right)
    if isinstance(tree.op, ast.Div) and left is not None and not _has_g(tree.right):
        return ast.BinOp(left, ast.Div(), tree.right)
    if isinstance(tree.op, ast.Add | ast.Sub) and left is not None and right is not None:
        return ast.BinOp(left, tree.op, right)
    return None


def _times(a, b):
    """a × b, without a factor 1 and with a minus in front."""
    if isinstance(b, ast.Constant) and b.value == 1:
        return a
    if isinstance(a, ast.Constant) and a.value == 1:
        return b
    if isinstance(a, ast.UnaryOp) and isinstance(a.operand, ast.Constant) and a.operand.value == 1:
        return ast.UnaryOp(a.op, b)
    return ast.BinOp(a, ast.Mult(), b)


def _has_g(tree):
    return any(isinstance(x, ast.Name) and x.id == "g" for x in ast.walk(tree))


def _text(tree, node):
    """A formula with the variables of the graph in place of the op's parameters."""
    op = node.tensor.op
    places = [i for i, x in enumerate(node.tensor._args) if is_data(op, i, x)]
    pairs = zip(places, node.inputs, strict=True)
    words = {op.parameters[i]: x.variable for i, x in pairs if i < len(op.parameters) and x.variable != "constant"}
    written = ast.unparse(_Words(words | {"out": node.variable}).visit(ast.parse(ast.unparse(tree), mode="eval").body))
    return short(written.replace(" * ", " · ").replace(" ** ", "^"), _LONGEST)


def lower_power(base, exponent):
    """The text of aᵇ⁻¹ from those of a and b: v², where b is the number 3.

    Example:
        >>> lower_power("x", "3"), lower_power("x", "2"), lower_power("x", "n"), lower_power("x", "0.5")
        ('x^2', 'x', 'x^(n − 1)', 'x^(-0.5)')
    """
    try:
        power = numbers(float(exponent) - 1)
    except ValueError:
        power = f"{exponent} − 1"
    if power == "1":
        return base
    return f"{base}^{power}" if power.isdecimal() else f"{base}^({power})"


def is_guard(tree):
    """Whether a sum is x + (x == 0), which keeps a division finite, and adds nothing else."""
    right = tree.right
    return isinstance(tree.op, ast.Add) and isinstance(right, ast.Compare) and isinstance(right.ops[0], ast.Eq)


class _Words(ast.NodeTransformer):
    """Puts other words in place of names: np.cos becomes cos, _helper helper, b.T bᵀ, _lower_power(a, b) a^(b − 1)."""

    def __init__(self, words):
        self.words = words

    def visit_Name(self, name):  # noqa: N802
        return ast.Name(self.words.get(name.id, name.id.lstrip("_")))

    def visit_BinOp(self, tree):  # noqa: N802
        return self.visit(tree.left) if is_guard(tree) else self.generic_visit(tree)

    def visit_Call(self, call):  # noqa: N802
        if ast.unparse(call.func) != "_lower_power":
            return self.generic_visit(call)
        base, exponent = (ast.unparse(self.visit(argument)) for argument in call.args)
        return ast.Name(lower_power(base, exponent))

    def visit_Attribute(self, attribute):  # noqa: N802
        if isinstance(attribute.value, ast.Name) and attribute.value.id == "np":
            return ast.Name(attribute.attr)
        value = self.visit(attribute.value)
        return ast.Name(f"{ast.unparse(value)}ᵀ") if attribute.attr == "T" else ast.Attribute(value, attribute.attr)
