"""The texts in a picture: words for ops, names of arguments, options of an op, and escapes for Graphviz."""

import re

import numpy as np

from ..common.writing import short
from .texts import say

_AT_SCHOOL = frozenset("+−×÷=<>≤≥≠")  # the signs that need no word
_POWERS = str.maketrans("0123456789-−", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁻")


def escape(text):
    """A text as Graphviz shows it letter by letter: no quote ends it, no backslash or & in it is a command.

    Example:
        >>> print(escape('<b> "c" \\\\N &lt;'))
        &lt;b&gt; &quot;c&quot; \\\\N &amp;lt;
    """
    text = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in str(text))
    for letter, name in (("&", "&amp;"), ('"', "&quot;"), ("<", "&lt;"), (">", "&gt;"), ("\\", "\\\\")):
        text = text.replace(letter, name)
    return text


def lines(text, longest=26, indent="    "):
    """The text in lines that a box has room for, broken at its spaces."""
    import textwrap

    return textwrap.wrap(text, longest, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def word_of(op):
    """The word for an op, from its declaration.

    Example:
        >>> word_of(tg.ops.matmul.op), word_of(tg.ops.log_softmax.op)
        ('matrix product', 'log softmax')
    """
    return say(op.word)


def sign_or_word(op):
    """The name of an op in a box: the sign that schools teach, else its word.

    Example:
        >>> sign_or_word(tg.ops.multiply.op), sign_or_word(tg.ops.sum.op)
        ('×', 'sum')
    """
    return op.symbol if _AT_SCHOOL.issuperset(op.symbol) else word_of(op)


def in_words(text):
    """A formula without the signs of programs: a · b for a @ b, x² for x ^ 2.

    Example:
        >>> in_words("(x @ w + b) ^ 2"), in_words("-1 · a^(-2)"), in_words("2 · x^b")
        ('(x · w + b)²', '-1 · a⁻²', '2 · x to the power b')
    """
    text = text.replace(" @ ", " · ")
    text = re.sub(r" ?\^ ?(\d+|\([-−]\d+\))(?![\d.])", lambda found: found[1].strip("()").translate(_POWERS), text)
    return re.sub(r" ?\^ ?", say(" to the power "), text)


def layer_name(layer):
    """A layer as pictures call it: the frame of the loss by a word, all others by their names.

    Example:
        >>> layer_name("dense_1"), layer_name("loss")
        ('dense_1', 'loss')
    """
    return say("loss") if layer == "loss" else layer


def argument_names(function):
    """The names of a function's positional arguments, without self; none where they cannot be told."""
    code = getattr(function, "__code__", None)
    return code.co_varnames[hasattr(function, "__self__") : code.co_argcount] if code else ()


def coordinate_names(function, count):
    """The names of one or two coordinates: those of the arguments of the function, or the places in its only one."""
    arguments = argument_names(function)
    if len(arguments) == count:
        return arguments
    name = arguments[0] if len(arguments) == 1 else "x"
    return (name,) if count == 1 else (f"{name}[0]", f"{name}[1]")


def options_text(tensor):
    """The arguments of the op that are no data and not its defaults: axis=0."""
    op, texts = tensor.op, []
    for i, (name, value) in enumerate(zip(op.parameters, tensor.call.args, strict=False)):
        if not is_data(op, i, value) and not _same(value, op.defaults.get(name)):
            texts.append(f"{name}={_option(value)}")
    return short(", ".join(texts))


def is_data(op, position, value):
    """True for an argument of an op whose numbers flow into the result, False for a setting such as an axis."""
    if hasattr(value, "requires_grad"):
        return True
    if value is None or isinstance(value, str):
        return False
    return position >= len(op.parameters) if op.each is not None else position < len(op.rules)


def _same(value, default):
    return value is default or (type(value) is type(default) and not isinstance(value, np.ndarray) and value == default)


def _option(value):
    if isinstance(value, slice):
        ends = ["" if end is None else str(end) for end in (value.start, value.stop, value.step)]
        return ":".join(ends if ends[2] else ends[:2])
    if isinstance(value, tuple):
        return f"({', '.join(map(_option, value))})"
    if isinstance(value, np.ndarray) and value.size > 3:
        return f"array {value.shape}"
    return "…" if value is Ellipsis else short(str(value), 20)
