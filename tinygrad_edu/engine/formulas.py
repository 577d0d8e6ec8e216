"""Derivative rules as formulas: the rule g * b of a product as ∂L/∂z · x, or with its numbers as 0.31 × 2.

The text of a rule is read from its declaration (`derivatives`). What a helper function of a rule means in a formula
is declared with the helper (`in_formulas` in `op`), so no op and no helper is known by name here.
"""

import ast
import functools

import numpy as np

from ..common.writing import numbers
from .derivatives import derivatives
from .op import FIRST, VALUE, registry
from .tensor import numpy_functions

FEW = 4  # numbers that a formula shows one by one


class NotWritten(Exception):  # noqa: N818 a signal, not an error
    """The rule uses what a formula has no sign for."""


# -- the rule of an argument -----------------------------------------------------------------------------


def rule_of(call, position):
    """The syntax tree of the rule for an argument of a call; of «x if test else y», the case of this call.

    Args:
        call: a Call.
        position: the position of the argument.

    Returns:
        The tree; None where the source of the rule is not to be had.
    """
    op = call.op
    tree = _trees(op).get(op.parameters[position] if position < len(op.parameters) else "each input")
    if isinstance(tree, ast.IfExp):
        test = _value(tree.test, dict(zip(op.parameters, call.arrays)), functions_of(op, position))
        tree = tree if test is None else tree.body if test else tree.orelse
    return tree


def functions_of(op, position):
    """The functions and constants that a rule can name: the globals of its module."""
    return (op.each or op.rules[position]).__globals__


@functools.cache
def _trees(op):
    """The syntax tree of each rule by the name of its argument; empty where the source is not to be had."""
    try:
        return {name: ast.parse(text, mode="eval").body for name, text in derivatives(op).items()}
    except (OSError, TypeError, SyntaxError, StopIteration):
        return {}


def _value(tree, known, functions):
    """The value of the name of an argument, or of a function of arguments; None where it is neither."""
    if isinstance(tree, ast.Name):
        return known.get(tree.id)
    if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) and not tree.keywords:
        arguments = [known[x.id] for x in tree.args if isinstance(x, ast.Name) and x.id in known]
        if tree.func.id in functions and len(arguments) == len(tree.args):
            return functions[tree.func.id](*arguments)
    return None


# -- the local derivative --------------------------------------------------------------------------------


def factor(tree):
    """The rule without its factor g, which is the local derivative; None where g is no factor.

    Example:
        >>> import ast
        >>> ast.unparse(factor(ast.parse("-g * out / b", mode="eval").body))
        '-out / b'
    """
    if isinstance(tree, ast.Name):
        return ast.Constant(1) if tree.id == "g" else None
    if isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.USub):
        inner = factor(tree.operand)
        return None if inner is None else ast.UnaryOp(ast.USub(), inner)
    if isinstance(tree, ast.BinOp):
        return _factor_of_two(tree)
    if isinstance(tree, ast.Call) and ast.unparse(tree.func) == "np.where" and not _has_g(tree.args[0]):
        cases = [factor(x) if _has_g(x) else x for x in tree.args[1:]]
        zero = all(_has_g(x) or ast.unparse(x) == "0" for x in tree.args[1:])
        return ast.Call(tree.func, [tree.args[0], *cases], []) if zero and None not in cases else None
    return None


def _factor_of_two(tree):
    left, right = (factor(x) if _has_g(x) else None for x in (tree.left, tree.right))
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


# -- writing ---------------------------------------------------------------------------------------------

_SUM, _MINUS, _PRODUCT, _POWER, _TIGHT = 1, 1.5, 2, 4, 9  # how strongly an operator binds its operands
_SIGNS = {
    ast.Add: (" + ", _SUM), ast.Sub: (" − ", _SUM), ast.Mult: (" · ", _PRODUCT), ast.Div: (" / ", _PRODUCT),
    ast.MatMult: (" @ ", _PRODUCT), ast.BitAnd: (" · ", _PRODUCT), ast.Pow: ("^", _POWER),
}  # fmt: skip
_COMPARISONS = {ast.Gt: ">", ast.GtE: "≥", ast.Lt: "<", ast.LtE: "≤", ast.Eq: "=", ast.NotEq: "≠"}


class Formula:
    """Writes the syntax tree of a rule as a formula.

    Args:
        known: by name, the (text, value) of the gradient g, of the result out, and of the arguments. Without a
            text, the value is written.
        functions: the meaning of the other names in the rule, see `functions_of`.
        with_numbers: write values in place of texts.
        words: write names of arguments that are not known, and functions, in words; else they are `NotWritten`.
        elementwise: the sign of a product of arrays entry by entry.
    """

    def __init__(self, known, functions, with_numbers=False, words=False, elementwise=" · "):
        self.known, self.functions, self.with_numbers = known, functions, with_numbers
        self.words, self.elementwise = words, elementwise

    def text(self, tree):
        """The formula.

        Raises:
            NotWritten: the rule uses what has no sign.
        """
        return self._write(tree)[0]

    def _write(self, tree):
        """The text, how strongly it binds, and how many numbers it stands for."""
        method = getattr(self, "_" + type(tree).__name__.lower(), None)
        if method is None:
            raise NotWritten
        return method(tree)

    def _name(self, tree):
        text, value = self.known.get(tree.id, (None, self.functions.get(tree.id)))
        if isinstance(value, int | float | np.ndarray | np.generic):
            text = values_text(value) if text is None or self.with_numbers else text
            return text, _binding(text), np.size(value)
        if not self.words:
            raise NotWritten
        return text or tree.id.lstrip("_"), _TIGHT, 1

    def _constant(self, tree):
        return (numbers(tree.value) if isinstance(tree.value, int | float) else repr(tree.value)), _TIGHT, 1

    def _unaryop(self, tree):
        if not isinstance(tree.op, ast.USub):
            raise NotWritten
        if isinstance(tree.operand, ast.Constant):
            return numbers(-tree.operand.value), _MINUS, 1
        text, binds, size = self._write(tree.operand)
        return "−" + (text if binds > _MINUS else f"({text})"), _MINUS, size

    def _binop(self, tree):
        if _is_guard(tree):
            return self._write(tree.left)
        if type(tree.op) not in _SIGNS:
            raise NotWritten
        sign, binds = _SIGNS[type(tree.op)]
        left, left_binds, left_size = self._write(tree.left)
        right, right_binds, right_size = self._write(tree.right)
        product = isinstance(tree.op, ast.Mult | ast.BitAnd)
        if product and left_size > 1 and right_size > 1:
            sign = self.elementwise
        elif product and self.with_numbers:
            sign = " × "
        minus = left_binds == _MINUS and binds == _PRODUCT  # −g · x needs no brackets
        if not minus and (left_binds < binds or (left_binds == binds == _POWER)):
            left = f"({left})"
        same = right_binds == binds and (binds != _PRODUCT or sign == " / ")
        if right_binds < binds or right_binds == _MINUS or same:
            right = f"({right})"
        return f"{left}{sign}{right}", _MINUS if minus else binds, max(left_size, right_size)

    def _compare(self, tree):
        """[a > 0]: 1 where it holds, else 0 (Iverson, 1962)."""
        text, _, size = self._condition(tree)
        return f"[{text}]", _TIGHT, size

    def _condition(self, tree):
        if len(tree.ops) != 1 or type(tree.ops[0]) not in _COMPARISONS:
            raise NotWritten
        left, right = self._write(tree.left), self._write(tree.comparators[0])
        return f"{left[0]} {_COMPARISONS[type(tree.ops[0])]} {right[0]}", 0, max(left[2], right[2])

    def _attribute(self, tree):
        if tree.attr != "T" and not self.words:
            raise NotWritten
        text, binds, size = self._write(tree.value)
        text = text if binds > _POWER else f"({text})"
        return (f"{text}ᵀ" if tree.attr == "T" else f"{text}.{tree.attr}"), _TIGHT, size

    def _call(self, tree):
        function, arguments = self._function(tree)
        meaning = getattr(function, "in_formulas", None)
        if meaning is FIRST:
            return self._write(arguments[0])
        if meaning is VALUE:
            values = {name: value for name, (_, value) in self.known.items() if value is not None}
            value = _value(tree, values, self.functions)
            if value is None:
                raise NotWritten
            return numbers(value), _TIGHT, 1
        if meaning is not None:
            written = [self._write(x) for x in arguments[: meaning.__code__.co_argcount]]
            text = meaning(*[text if binds > _POWER else f"({text})" for text, binds, _ in written])
            return text, _binding(text), max(size for *_, size in written)
        return self._in_words(tree)

    def _function(self, tree):
        """The function that is called, where it is known, and its arguments."""
        if isinstance(tree.func, ast.Name):
            return self.functions.get(tree.func.id), tree.args
        if isinstance(tree.func.value, ast.Name) and self.functions.get(tree.func.value.id) is np:
            return numpy_functions.get(getattr(np, tree.func.attr, None)), tree.args
        op = registry.get(tree.func.attr)  # a method
        return op and op.call, [tree.func.value, *tree.args]

    def _in_words(self, tree):
        """A function without a sign of its own: sin(a)."""
        name = ast.unparse(tree.func).removeprefix("np.")
        if not self.words and (name.startswith("_") or "." in name or tree.keywords):
            raise NotWritten
        if "." in name:
            name = f"{self._attribute(tree.func)[0]}"
        inside = [self._condition(x) if isinstance(x, ast.Compare) else self._write(x) for x in tree.args]
        texts = [_without_brackets(text) for text, *_ in inside]
        texts += [f"{x.arg}={self._write(x.value)[0]}" for x in tree.keywords]
        return f"{name.lstrip('_')}({', '.join(texts)})", _TIGHT, max([size for *_, size in inside], default=1)


def _without_brackets(text):
    """The text without brackets around the whole of it, which a call has of its own."""
    depths = np.cumsum([(c == "(") - (c == ")") for c in text])
    return text[1:-1] if text.startswith("(") and depths.argmin() == len(text) - 1 and depths[-1] == 0 else text


def values_text(values):
    """The values one by one, or the shape of many."""
    return numbers(values) if np.size(values) <= FEW else f"array {np.shape(values)}"


def _is_guard(tree):
    """True for x + (x == 0), which only keeps a division finite."""
    right = tree.right
    return isinstance(tree.op, ast.Add) and isinstance(right, ast.Compare) and isinstance(right.ops[0], ast.Eq)


def _binding(text):
    """The binding strength of a text that was written elsewhere: a name, a number, an array, ∂L/∂x or x^2."""
    if text.startswith("-"):
        return _MINUS
    if text.startswith(("(", "[", "array")) or not any(sign in text for sign in " /·^−"):
        return _TIGHT
    return _POWER if "^" in text and " " not in text.partition("^")[0] else _PRODUCT + 0.5
