"""Draw a computation graph: `draw` takes a Tensor, a function or a model, and gives a `Drawing`.

Each step has a file: `reading` finds the nodes and their gradients, `framing` their layers, `collapsing` puts
several into one box, `rules` writes what flows along an arrow; this file turns them into boxes and arrows,
which `picture` writes as DOT and `drawing` lays out and saves.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Annotated

import numpy as np

from ...common.arguments import CHECKED_INSIDE, checked
from ...common.types import Count, RealNumbers
from ...common.writing import numbers
from ..labels import lines, options_text, sign_or_word
from ..texts import say
from . import collapsing
from .drawing import Drawing
from .picture import BACKWARD, NOT_FINITE, Picture
from .reading import all_finite, gradient_text, no_collection, read
from .rows import SCREEN, SMALLEST
from .rules import derivative_text, flows, formula, part_text, vjp_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from numpy.typing import ArrayLike

    from ...engine.tensor import Tensor

_VIEWS = ("forward", "backward", "both")
_DIRECTIONS = ("auto", "LR", "TB")
_ON_ARROW, _BESIDE = 15, 24  # letters of a line on an arrow, and on one from above or below
_EXPLAINED = {
    "derivatives": {"forward": "∂z/∂x = …: how much z changes when x does. g ↦ …: a rule in which that is no factor."},
    "backward": {"forward": "On an arrow: the rule of the op, with g the gradient it starts from, and what it gives."},
    "order": {
        "forward": "#1, #2, …: topological order, inputs first. The backward pass visits the boxes from the last.",
        "backward": "#1, #2, …: the order of the visits, each box after all that use it.",
    },
}


@checked
def draw(
    thing: Tensor | Sequence[Tensor] | Callable[..., Any],
    *inputs: ArrayLike,
    view: str = "forward",
    gradient: RealNumbers | None = None,
    gradients: bool = True,
    derivatives: bool = False,
    order: bool = False,
    collapse: Annotated[bool | str | Sequence[str], CHECKED_INSIDE] = "auto",
    direction: str = "auto",
    legend: bool = True,
    limit: Count = 400,
) -> Drawing:
    """Draw the computation graph of a Tensor, a function or a model, with its values and gradients.

    Every box shows what made it, its shape, its value when that is at most 6 numbers, and the gradient of
    the output for it: the norm where there are more numbers, «not computed» where there is none. The
    gradients are computed for the picture: no `.grad` changes. Operations that belong to a layer stand in
    a frame with its name.

    Args:
        thing: a Tensor, a list of Tensors, a function that gives them (also `tg.grad(f)`), or a model.
        *inputs: what the function is called with: Tensors, arrays or numbers. For a model the batch: x for the
            predictions, x and y for the loss that it was compiled with. A built model needs none: one sample
            of zeros goes through it, and values and gradients are left out.
        view: "forward" for the computation; "backward" for the way of the gradients from the output back to the
            leaves, with the rule of each op (its vector-Jacobian product) on the arrow; "both" for one graph of
            the computation and of the operations that compute the gradients, which second derivatives go through.
        gradient: the incoming gradient where the output has several values, of its shape.
        gradients: whether to compute gradients.
        derivatives: whether to write the local derivative on each arrow, as a formula and a number:
            ∂z/∂a = b = 2. Results without a name are called v1, v2, … then.
        order: whether to number the boxes in topological order; in the backward view, as they are visited.
        collapse: True to draw each layer as one box, False to draw none so, or the names of the layers to close;
            "auto" closes the first layers of a network whose letters would be too small on a screen of 1280 × 720,
            and the picture says so.
        direction: "LR" from left to right, "TB" from top to bottom, "auto" from left to right in as many rows
            as keep the letters large on a screen of 1280 × 720.
        legend: whether to explain the colours and the texts on the arrows.
        limit: the most boxes, constants apart, that are laid out; a larger graph is collapsed, and the picture says so.

    Returns:
        A `Drawing`: it shows itself in a notebook, `.save("graph.svg")` writes it, `.source` is its DOT.

    Raises:
        TypeError: there is no Tensor to draw, or no input that could have a gradient.
        ValueError: the model is not built or not compiled, there are no gradients to show backwards, or an
            option has an unknown value.

    Source: the drawing of backpropagation as a graph, Rumelhart, Hinton and Williams (1986); the numbered
    trace of forward and backward passes, Baydin et al. (2018).

    Example:
        >>> x = Tensor(3.0, requires_grad=True, name="x")
        >>> drawing = draw(x**2 / 6)
        >>> drawing
        <Drawing of 5 boxes: save("graph.svg") writes it>
        >>> "grad 1" in drawing.source
        True

        The local derivatives of a function, and the way back through them:

        >>> product = lambda a, b: a * b
        >>> "= b = 2" in draw(product, 3.0, 2.0, derivatives=True).source
        True
        >>> "g · b" in draw(product, 3.0, 2.0, view="backward").source
        True

        The order in which gradients flow when a result is used twice:

        >>> a = Tensor(1.0, requires_grad=True, name="a")
        >>> b = a + a
        >>> "#2  +" in draw(b + b, order=True).source
        True

        The loss of a model, as x, y, two layers and the loss:

        >>> model = tg.nn.Sequential([tg.nn.Input((2,)), tg.nn.Dense(3, name="hidden"), tg.nn.Dense(1)])
        >>> model.compile("sgd", "mse")
        >>> draw(model, np.ones((4, 2)), np.ones((4, 1)), collapse=True).boxes
        5
    """
    check_options("draw", view, direction)
    with no_collection():
        graph = read(thing, inputs, "draw")
        obstacle = graph.obstacle(gradient) or ("" if gradients else say("gradients=False was asked for."))
        if obstacle and view != "forward":
            raise ValueError(f"draw(…, view={view!r}) needs gradients. {obstacle}")
        if view == "both":
            graph = graph.with_gradients(gradient)
        groups = grouped(graph, collapse != "auto" and collapse, limit)
        if obstacle and gradients and not graph.blank:
            graph.notes.append(obstacle)
        elif not obstacle and view != "both":
            graph.compute_gradients(gradient, None if graph.size <= limit else apart(graph, groups))
        if derivatives or view == "backward":
            graph.name_variables([node for node in graph.nodes if node not in groups])
        if order:
            graph.number()

        def painted(groups):
            painter = Painter(graph, groups, Picture(direction), view, derivatives, order)
            painter.paint()
            return painter

        painter = painted(groups)
        if collapse == "auto" and view != "both" and not groups and _too_small(painter):
            painter = _with_closed_layers(graph, painter, painted)
        if _too_small(painter):
            graph.notes.append(_of_letters("Letters are smaller than {screen}. explore(…) shows it with zoom."))
        return finished(graph, painter.picture, legend, limit, painter.explanations())


def _too_small(painter):
    return painter.picture.direction == "auto" and painter.picture.letters() < SMALLEST


def _with_closed_layers(graph, painter, painted):
    """The painter with as many layers open, from the output on, as leave the letters large enough."""
    layers = graph.layers
    if not layers:
        return painter
    open_layers, too_many = 0, len(layers)
    painter = painted(collapsing.by_layer(graph))
    while too_many - open_layers > 1:
        middle = (open_layers + too_many) // 2
        tried = painted(collapsing.by_layer(graph, layers[:-middle]))
        if _too_small(tried):
            too_many = middle
        else:
            painter, open_layers = tried, middle
    closed = "Layers are closed, as letters would be smaller than {screen}. draw(…, collapse=False) opens them."
    graph.notes.append(_of_letters(closed))
    return painter


def _of_letters(text):
    return say(
        text, screen=say("{n} pixels on a screen of {wide} × {high}", n=SMALLEST, wide=SCREEN[0], high=SCREEN[1])
    )


def finished(graph, picture, legend, limit, explanations):
    """The Drawing of a picture, with the notes that belong under it."""
    if graph.size > limit:
        picture.collapsed = True
        picture.notes += [
            say(
                "Collapsed: {parts} are more than the limit of {limit:,}.",
                parts=collapsing.size_text(graph.nodes),
                limit=limit,
            ),
            say("{call} lays all of them out.", call=f"{graph.caller}(…, limit={graph.size})"),
        ]
    picture.notes += graph.notes + (explanations if legend else [])
    return Drawing(picture.dot(legend), len(picture.boxes), picture.collapsed)


def check_options(caller, view, direction):
    """Refuse an unknown view or direction."""
    for name, value, known in (("view", view, _VIEWS), ("direction", direction, _DIRECTIONS)):
        if value not in known:
            raise ValueError(f"{caller} expects {name} to be one of {', '.join(map(repr, known))}; received {value!r}.")


def grouped(graph, collapse, limit):
    """The group of every node that does not get a box of its own."""
    if graph.size <= limit:
        return collapsing.by_layer(graph, collapse)
    groups = collapsing.by_layer(graph)
    boxes = len({groups.get(node, node) for node in graph.nodes}) if groups else 0
    return groups if groups and boxes <= limit else collapsing.by_stretch(graph)


def apart(graph, groups):
    """The nodes whose gradients a picture of groups shows."""
    return [node for node in graph.nodes if node not in groups or node.kind == "parameter"]


class Painter:
    """Turns the nodes of a graph into the boxes and arrows of a picture."""

    def __init__(self, graph, groups, picture, view, derivatives, order):
        self.graph, self.groups, self.picture, self.view = graph, groups, picture, view
        self.derivatives, self.order = derivatives, order
        self.formulas = derivatives or view == "backward"
        self.key_of = {}  # node -> the id of its box
        shown = (node for node in graph.nodes if node not in groups)
        self.users = Counter(x for node in shown for x in node.inputs)
        self.last = max((node.order or 0 for node in graph.nodes), default=0) if order else 0

    def paint(self):
        members = defaultdict(list)
        for node in self.graph.nodes:
            members[self.groups.get(node, node)].append(node)
        for i, (group, nodes) in enumerate(members.items()):
            if nodes[0] in self.groups:
                self.key_of |= dict.fromkeys(nodes, f"g{i}")
                self._group(f"g{i}", group, nodes)
            elif self.view != "backward" or nodes[0].gradient is not None:
                self.key_of[nodes[0]] = nodes[0].id
                self._box(nodes[0])
        self._arrows()

    def explanations(self):
        """A sentence for each thing that the picture shows beside values and gradients."""
        found = [("derivatives", self.derivatives), ("backward", self.view == "backward"), ("order", self.order)]
        return [say(_EXPLAINED[key].get(self.view, _EXPLAINED[key]["forward"])) for key, shown in found if shown]

    # -- boxes --------------------------------------------------------------------------------------

    def _group(self, key, group, nodes):
        rows = collapsing.group_rows(group, nodes, gradient_text)
        finite = all_finite(nodes)
        rows += [] if finite else [say("holds NaN or infinity")]
        self.picture.box(key, collapsing.group_title(group, nodes), rows, "group", **{} if finite else NOT_FINITE)

    def _box(self, node):
        attributes = {} if node.finite else NOT_FINITE
        if node.kind == "constant":
            title = numbers(node.value) if node.shows_value else f"array {np.shape(node.value)}"
            rows = []
        elif self.view == "backward":
            title, rows = f"∂{self.graph.nodes[-1].variable}/∂{node.variable}", self._rows_backward(node)
        else:
            title, rows = self._title(node), self._rows(node)
        if not node.finite:
            rows.append(say("holds NaN or infinity"))
        if self.order and node.order is not None:
            title = f"#{self.last + 1 - node.order if self.view == 'backward' else node.order}  {title}"
        self.picture.box(node.id, title, rows, node.kind, node.layer, **attributes)

    def _title(self, node):
        if self.formulas and not (node.called or node.tensor.path):  # the name by which formulas call it
            return f"{node.variable} = {sign_or_word(node.tensor.op)}" if node.is_result else node.variable
        return node.title if node.layer is None else node.title.removeprefix(f"{node.layer}/")

    def _rows(self, node):
        rows = [options_text(node.tensor)] if node.is_result else []
        rows.append(say("shape {shape}", shape=node.tensor.shape))
        if node.shows_value:
            rows += lines(say("value {value}", value=numbers(node.value)))
        if self.view == "forward":
            rows += lines(f"grad {gradient_text(node.gradient)}")
        return [row for row in rows if row]

    def _rows_backward(self, node):
        rows = [formula(node)] if node.is_result else []
        rows += [say("shape {shape}", shape=node.tensor.shape), *lines(f"grad {gradient_text(node.gradient)}")]
        arrows = self.users[node]
        return rows + ([say("sum of {count} arrows", count=arrows)] if arrows > 1 else [])

    # -- arrows -------------------------------------------------------------------------------------

    def _arrows(self):
        counts, own = Counter(), BACKWARD if self.view == "backward" else {}
        for node in self.graph.nodes:
            head = self.key_of.get(node)
            if head is None or not node.inputs:
                continue
            if node in self.groups:
                for x in node.inputs:
                    tail = self.key_of.get(x, head)
                    if tail != head:
                        counts[tail, head] += 1
            else:
                self._arrows_to(node, head, counts, own)
        for (tail, head), count in counts.items():
            self.picture.arrow(tail, head, **own | ({"label": [f"{count:,}"]} if count > 1 else {}))

    def _arrows_to(self, node, head, counts, own):
        for x, flow in zip(node.inputs, flows(node), strict=True):
            tail = self.key_of.get(x)
            if tail is None or (self.view == "backward" and flow is None):
                continue
            if x in self.groups:
                counts[tail, head] += 1
                continue
            beside = self._is_beside(x, node)
            label = self._label(node, x, flow, _BESIDE if beside else _ON_ARROW)
            self.picture.arrow(tail, head, **own | ({"label": label} if label else {}))
            if beside:
                self.picture.beside[tail] = head

    def _is_beside(self, x, node):
        return self.users[x] == 1 and _stands_beside(x, node)

    def _label(self, node, x, flow, longest):
        texts = []
        if flow is not None and self.derivatives:
            texts.append(derivative_text(node, x, flow))
        if flow is not None and self.view == "backward":
            part, rule = part_text(node, flow), vjp_text(node, flow)
            texts = [text for text in texts if text != f"g ↦ {rule}"]
            texts.append(f"{rule} = {part}" if part else rule)
        return [line for text in texts for line in _formula_lines(text, longest)]


def _formula_lines(text, longest):
    """A formula in short lines, as every letter makes an arrow longer: broken before «=» first."""
    if len(text) <= longest:
        return [text]
    first, *others = text.split(" = ")
    rows = lines(first, longest, indent="")
    for i, other in enumerate(others):
        if i and len(rows[-1]) + len(other) + 3 <= longest:
            rows[-1] += f" = {other}"
        else:
            rows += lines(f"= {other}", longest, indent="")
    return rows


def _stands_beside(leaf, node):
    """True if a box stands beside the op that uses it: a constant, or a weight inside its layer."""
    return leaf.layer == node.layer and _is_side_leaf(leaf) and not all(map(_is_side_leaf, node.inputs))


def _is_side_leaf(node):
    return node.kind == "constant" or (not node.is_result and node.layer is not None)
