"""A graph for the back row: names in words and formulas, few letters, and the local derivative on every edge.

What stands in a box is what a class asks for: the name, the value, the gradient; the shape only where the numbers are
too many to be shown.
"""

import re

import numpy as np

from ...common.writing import numbers, short
from ..labels import sign_or_word, word_of
from ..texts import say
from .chain import Wording, tell_apart
from .draw import Painter
from .reading import SMALL, gradient_text
from .rules import derivative_text, formula, vjp_text

GRADIENT = "∂ "  # before the gradient in a box
_NAME, _ON_EDGE, _ROWS = 18, 12, 3  # letters of a formula that is a name; letters and lines of a local derivative
_LONGEST = 110  # letters of the formula of an op in a caption
_BREAK, _WORDS = " ", 13  # where a long name goes on in the next line, and the letters of one that does not


def name_in_words(graph):
    """Give every result without a name one that a class can say: p, its layer, its formula, or the word for its op."""
    graph.name_variables()
    tell_apart(graph)
    last = {node.layer: node for node in graph.nodes if node.is_result and node.tensor in graph.before_loss}
    several = len(graph.predictions) > 1
    predictions = {x: f"p{i}" if several else "p" for i, x in enumerate(graph.predictions, 1)}
    taken = {node.variable for node in graph.nodes}
    for node in graph.nodes:
        if not node.is_result or node.called or node.tensor.path or node is graph.nodes[-1]:
            continue
        written = _infix(node)
        if node.tensor in predictions:
            name = predictions[node.tensor]
        elif node.layer is not None and last.get(node.layer) is node:
            name = short(node.layer, _NAME)
        elif written and len(written) <= _NAME and written not in taken:
            name, node.named_by_formula = written, True
        else:
            name = word_of(node.tensor.op)
        node.variable = _fresh(name, taken)
        taken.add(node.variable)


def _infix(node):
    """The formula of a result with a sign between its inputs, these without their layers; "" for another op."""
    if not (node.tensor.op.operator and len(node.inputs) == 2):
        return ""
    leaves = [x.variable.rpartition(".")[2] for x in node.inputs]
    names = [x.variable if x.is_result or x.kind == "constant" else leaf for x, leaf in zip(node.inputs, leaves)]
    return formula(node, names=_bracketed(node, names)).partition(" = ")[2]


def _bracketed(node, names):
    """The names of the inputs of a result, in brackets where they are formulas that its sign would take apart."""
    operator, sign = node.tensor.op.operator, node.tensor.op.symbol
    bare = operator not in (None, "add") or sign != sign.strip("·")
    apart = [bare and not (operator == "sub" and i == 0) for i in range(len(names))]
    return [f"({name})" if x.named_by_formula and a else name for x, name, a in zip(node.inputs, names, apart)]


def _fresh(name, taken):
    found, number = name, 1
    while found in taken:
        number += 1
        found = f"{name} {number}"
    return found


def few_digits(values, digits=3):
    """The numbers of a small array with few digits, a row of a matrix a line; nothing where they are many.

    Example:
        >>> few_digits(np.array([[0.12345, -1.0], [2.0, 3.0]])), few_digits(np.array([[0.5]]))
        ('0.123 -1\\n2 3', '0.5')
    """
    if np.size(values) > SMALL:
        return ""
    array = np.asarray(values)
    if array.dtype.kind not in "fiu" or array.size == 0:
        return numbers(array)
    rows = [array.ravel()] if max(array.shape, default=1) == array.size else array.reshape(-1, array.shape[-1])
    return "\n".join(" ".join(f"{value + 0:.{digits}g}" for value in row) for row in rows)


class InWords(Wording):
    """How a film for the back row says it: few digits, no signs of programs, numbers in place of shapes."""

    def gradient(self, gradient):
        return few_digits(gradient, 2) or gradient_text(gradient)

    def formula(self, node):
        if node.named_by_formula:
            return node.variable
        text = formula(node, names=_bracketed(node, [x.variable for x in node.inputs]), longest=_LONGEST)
        return text.partition(" = ")[2] if text.partition(" = ")[2].startswith(f"{node.variable}(") else text

    def values(self, part):
        return (few_digits(part).replace("\n", " | ") if np.ndim(part) else "") or super().values(part)

    def ending(self, part):
        values = few_digits(part).replace("\n", " | ")
        return f" = {values}" if values else ""


class ProjectorPainter(Painter):
    """Turns the nodes of a graph into boxes for the back row; see `Painter`."""

    def __init__(self, graph, picture):
        super().__init__(graph, {}, picture, "forward", derivatives=True, order=False)

    def paint(self):
        super().paint()
        for box in self.picture.boxes.values():
            box.layer = None  # its name is in the name of the box, and frames take room

    def _title(self, node):
        return self._whole_title(node).partition(_BREAK)[0] if self._is_long(node) else self._whole_title(node)

    def _is_long(self, node):
        title = self._whole_title(node)
        return len(title) > _WORDS and _BREAK in title and node.is_result and not node.named_by_formula

    def _whole_title(self, node):
        if not node.is_result:
            return node.variable + (f" = {few_digits(node.value)}" if np.size(node.value) == 1 else "")
        if node.named_by_formula:
            return node.variable
        written, word = _infix(node), sign_or_word(node.tensor.op)
        if written and written != node.variable and len(f"{node.variable} = {written}") <= _NAME:
            return f"{node.variable} = {written}"
        return (
            node.variable if node.variable.startswith((word, word_of(node.tensor.op))) else f"{node.variable} = {word}"
        )

    def _rows(self, node):
        values = few_digits(node.value) if node.is_result or np.size(node.value) != 1 else ""
        rows = values.split("\n") if values else []
        if node.shows_value:
            predicted = [f"p {few_digits(p.array)}" for p in self.graph.fused.get(node, ())]
            rows = ["   ".join([*rows, *predicted])] if len(rows) == 1 and node.value.size == 1 else rows + predicted
        else:
            rows = [say("shape {shape}", shape=node.tensor.shape)]
        begun = [self._whole_title(node).partition(_BREAK)[2]] if self._is_long(node) else []
        return [*begun, *rows, GRADIENT + gradient_text(None)]

    def _label(self, node, x, flow, longest):
        """The local derivative, where it says something: not that to data, and no × 1 of a lonely or a leaf's edge."""
        text = "" if flow is None or x.kind == "data" else local_text(node, x, flow)
        beside = self._is_beside(x, node)
        needless = (
            text == "× 1"
            and (beside or len(node.inputs) == 1)
            or (beside and (not text.startswith("×") or "\n" in text))
        )
        return text.split("\n") if text and not needless else []

    def _is_beside(self, x, node):
        """True for a leaf that only this op uses, and that does not begin a row by itself."""
        leaves = [leaf for leaf in node.inputs if not leaf.is_result]
        return not x.is_result and self.users[x] == 1 and (len(leaves) < len(node.inputs) or x is not leaves[0])


def local_text(node, x, edge):
    """The local derivative on the edge from x in few letters, as what the gradient is multiplied by: × 0.83.

    Several numbers stand below one another. A rule that is no product with a number says by what it multiplies the
    gradient, · wᵀ, where that is short.
    """
    rule, *found = derivative_text(node, x, edge).split(" = ")
    if not found:
        rule = re.sub(r"[^\W\d]\w*\.", "", vjp_text(node, edge))  # without the names of layers
        texts = [f"· {rule.removeprefix('g · ')}"] if rule.startswith("g · ") else []
    else:
        texts = [_rounded(text) for text in reversed(found)]
    return next((text for text in texts if text.count("\n") < _ROWS and len(text.partition("\n")[0]) <= _ON_EDGE), "")


def _rounded(text):
    """A factor: a formula, or numbers with 2 digits, a line each."""
    try:
        values = [float(part) for part in re.split(r"[\[\], ]+", text.strip("[]"))]
    except ValueError:
        return f"× {text}"
    return "\n".join(f"× {value:.2g}" for value in values)
