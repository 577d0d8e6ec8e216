"""Draw a computation graph: `draw` takes a Tensor, a function or a model, and gives a `Drawing`.

Three steps, a file each: `reading` finds the nodes, their gradients and their layers; this file turns them
into boxes, arrows and DOT; `drawing` lays that out and saves it.
"""

from collections import Counter

import numpy as np

from .drawing import Drawing
from .labels import escape, numbers, options_text, short
from .reading import SMALL, read

# Okabe & Ito (2008): colours that stay apart for colour-blind readers. A light fill, a strong border.
_STYLES = {
    "parameter": {"fillcolor": "#FCE8C5", "color": "#E69F00", "penwidth": "2", "style": "filled,rounded"},
    "data": {"fillcolor": "#E0F1FB", "color": "#56B4E9", "penwidth": "2"},
    "constant": {"fillcolor": "#EEEEEE", "color": "#777777"},
    "op": {"fillcolor": "#FFFFFF", "color": "#000000"},
    "output": {"fillcolor": "#CFEDE3", "color": "#009E73", "penwidth": "3"},
    "group": {"fillcolor": "#F3DFEB", "color": "#CC79A7", "penwidth": "2"},
}
_NOT_FINITE = {"color": "#D55E00", "penwidth": "4"}
_LEGEND = {
    "parameter": "leaf with a gradient",
    "data": "data",
    "constant": "constant",
    "op": "operation",
    "output": "output",
    "group": "several operations",
}
_FONT = "Helvetica,Arial,sans-serif"
_BLOCKS = 8  # of a graph too large to draw
_APART = 12  # the parameters, and the outputs, that such a picture shows one by one


def draw(thing, *inputs, gradient=None, gradients=True, layers="open", direction="LR", legend=True, limit=400):
    """Draw the computation graph of a Tensor, a function or a model, with its values and gradients.

    Every box shows what made it, its shape, its value when that is at most 6 numbers, and the gradient of
    the output for it: the norm where there are more numbers, «not computed» where there is none. The
    gradients are computed for the picture: no `.grad` changes. Operations that belong to a layer stand in
    a frame with its name.

    Args:
        thing: a Tensor, a list of Tensors, a function that gives them, or a model (a function with `layers`).
        *inputs: what the function or the model is called with: Tensors, arrays or numbers. A built model
            needs none: one sample of zeros goes through it, and values and gradients are left out.
        gradient: the incoming gradient where the output has several values, of its shape.
        gradients: whether to compute gradients.
        layers: "open", or "collapsed" to draw each layer as one box.
        direction: "LR" from left to right, "TB" from top to bottom.
        legend: whether to explain the colours.
        limit: the most boxes, constants apart, that are laid out; a larger graph is collapsed, and the picture says so.

    Returns:
        A `Drawing`: it shows itself in a notebook, `.save("graph.svg")` writes it, `.source` is its DOT.

    Raises:
        TypeError: there is no Tensor to draw, or no input that could have a gradient.
        ValueError: the model is not built, or an option has an unknown value.

    Example:
        >>> x = Tensor(3.0, requires_grad=True, name="x")
        >>> drawing = draw(x**2 / 6)
        >>> drawing
        <Drawing of 5 boxes: save("graph.svg") writes it>
        >>> "grad 1" in drawing.source
        True
    """
    _check(layers, direction, limit)
    graph = read(thing, inputs)
    picture = _Picture(direction)
    by_layer = _group_by_layer(graph)
    boxes = len({by_layer.get(node, node.id) for node in graph.nodes})
    if graph.size <= limit and not (layers == "collapsed" and by_layer):
        graph.compute_gradients(gradient, gradients)
        _draw_open(graph, picture)
    elif boxes <= limit and by_layer:
        _collapse(graph, picture, by_layer)
    else:
        _collapse(graph, picture, _group_by_stretch(graph))
    if graph.size > limit:
        picture.collapsed = True
        picture.notes.append(_collapsed_note(graph, limit))
    picture.notes.extend(graph.notes)
    return Drawing(picture.dot(legend), len(picture.boxes), picture.collapsed)


def _check(layers, direction, limit):
    if layers not in ("open", "collapsed"):
        raise ValueError(f"draw expects layers='open' or 'collapsed'; received {layers!r}.")
    if direction not in ("LR", "TB"):
        raise ValueError(f"draw expects direction='LR' or 'TB'; received {direction!r}.")
    if not isinstance(limit, int) or limit < 1:
        raise ValueError(f"draw expects a limit of at least one box; received {limit!r}.")


class _Picture:
    """Boxes, arrows between them and frames around them: what becomes DOT."""

    def __init__(self, direction):
        self.direction = direction
        self.boxes = {}  # id -> (title, rows, kind, extra attributes, layer)
        self.arrows = []  # (id, id, attributes)
        self.beside = {}  # id of a leaf -> id of the only op that uses it, which it stands next to
        self.notes = []
        self.collapsed = False

    def box(self, key, title, rows, kind, layer=None, **attributes):
        self.boxes[key] = (title, rows, kind, attributes, layer)

    def dot(self, legend):
        """The DOT text: the same picture always gives the same text."""
        import graphviz

        dot = graphviz.Digraph("computation")
        dot.attr(rankdir=self.direction, ranksep="0.25", nodesep="0.2", fontname=_FONT, fontsize="14", pad="0.15")
        dot.attr(labelloc="b", labeljust="l", label="".join(escape(note) + "\\l" for note in self.notes))
        dot.attr("node", shape="box", style="filled", fontname=_FONT, fontsize="14", margin="0.08,0.04", height="0.3")
        dot.attr("edge", color="#555555", arrowsize="0.7", fontname=_FONT, fontsize="14")
        frames = dict.fromkeys(layer for *_, layer in self.boxes.values() if layer is not None)
        for i, layer in enumerate(frames):
            with dot.subgraph(name=f"cluster_{i}") as frame:
                frame.attr(label=escape(short(layer)), labelloc="t", fontsize="16", fontcolor="#004D7A")
                frame.attr(style="rounded,dashed", color="#0072B2", margin="8")
                self._add_boxes(frame, layer)
        self._add_boxes(dot, None)
        for tail, head, attributes in self.arrows:
            dot.edge(tail, head, **attributes)
        if legend:
            self._add_legend(dot)
        return dot.source

    def _add_boxes(self, dot, wanted):
        for key, (title, rows, kind, attributes, layer) in self.boxes.items():
            if layer == wanted:
                below = "".join(escape(row) + "\\l" for row in rows)  # \l ends a line and sets it to the left
                label = escape(title) + ("\\n" + below if rows else "")
                dot.node(key, label=label, **_STYLES[kind] | attributes)
        for leaf, op in self.beside.items():
            if self.boxes[leaf][-1] == wanted:
                with dot.subgraph() as row:
                    row.attr(rank="same")
                    row.node(leaf)
                    row.node(op)

    def _add_legend(self, dot):
        """One small box a kind, in a frame that no arrow touches."""
        kinds = [kind for kind in _LEGEND if kind in {kind for _, _, kind, *_ in self.boxes.values()}]
        with dot.subgraph(name="cluster_legend") as frame:
            frame.attr(label="", style="rounded", color="#BBBBBB", margin="6")
            for kind in kinds:
                frame.node(f"legend_{kind}", label=_LEGEND[kind], **_STYLES[kind] | {"height": "0.2"})
            for left, right in zip(kinds, kinds[1:], strict=False):
                frame.edge(f"legend_{left}", f"legend_{right}", style="invis")


# -- one box a node -----------------------------------------------------------------------------------


def _draw_open(graph, picture):
    for node in graph.nodes:
        _draw_node(graph, node, picture, layer=node.layer)
    users = Counter(x for node in graph.nodes for x in node.inputs)
    for node in graph.nodes:
        for x in node.inputs:
            picture.arrows.append((x.id, node.id, {}))
            if (
                users[x] == 1
                and _is_side_leaf(x)
                and x.layer == node.layer
                and not all(map(_is_side_leaf, node.inputs))
            ):
                picture.beside[x.id] = node.id


def _is_side_leaf(node):
    """Whether a box stands beside the op that uses it: a constant, or a weight inside its layer."""
    return node.kind == "constant" or (not node.is_result and node.layer is not None)


def _draw_node(graph, node, picture, layer=None):
    attributes = {} if node.finite else _NOT_FINITE
    if node.kind == "constant":
        title = numbers(node.value) if node.shows_value else f"array {np.shape(node.value)}"
        picture.box(node.id, title, [], "constant", layer, **attributes)
        return
    rows = [options_text(node.tensor)] if node.tensor.op is not None else []
    rows.append(f"shape {node.tensor.shape}")
    if node.shows_value:
        rows.append(f"value {numbers(node.value)}")
    rows.append(f"grad {_gradient_text(node.gradient)}")
    if not node.finite:
        rows.append("holds NaN or infinity")
    title = node.title if layer is None else node.title.removeprefix(f"{layer}/")
    picture.box(node.id, title, [row for row in rows if row], node.kind, layer, **attributes)


def _gradient_text(gradient):
    if gradient is None:
        return "not computed"
    if np.size(gradient) <= SMALL:
        return numbers(gradient)
    return f"norm {numbers(np.linalg.norm(np.asarray(gradient, dtype=float)))}"


# -- several nodes a box ------------------------------------------------------------------------------


def _collapsed_note(graph, limit):
    return (
        f"Collapsed: {_size(graph.nodes)} are more than the limit of {limit:,}. "
        f"draw(…, limit={graph.size}) lays all of them out."
    )


def _group_by_layer(graph):
    """The group of every node that lies in a layer: the layer's name."""
    return {node: node.layer for node in graph.nodes if node.layer is not None}


def _group_by_stretch(graph):
    """Cut the visit order, in which inputs come first, into a few stretches; arrows between them run forward.

    A leaf goes where it is used first. The outputs and a few parameters keep a box of their own.
    """
    apart = set()
    for kind in ("parameter", "output"):
        nodes = [node for node in graph.nodes if node.kind == kind]
        apart.update(nodes if len(nodes) <= _APART else ())
    results = [node for node in graph.nodes if node.is_result]
    groups = {}
    for i, node in enumerate(results):
        block = i * _BLOCKS // len(results)
        for member in (*(x for x in node.inputs if not x.is_result), node):
            if member not in apart:
                groups.setdefault(member, block)
    return groups


def _collapse(graph, picture, groups):
    """Draw each group as one box, and one arrow, with its number, for all that run between two boxes."""
    members = {}
    for node in graph.nodes:
        members.setdefault(groups.get(node, node), []).append(node)
    key_of = {}
    for i, (group, nodes) in enumerate(members.items()):
        key = f"g{i}" if nodes[0] in groups else nodes[0].id
        key_of |= dict.fromkeys(nodes, key)
        if nodes[0] in groups:
            layer = isinstance(group, str)
            picture.box(key, short(group) if layer else _size(nodes), _group_rows(nodes, layer), "group")
        else:
            _draw_node(graph, nodes[0], picture)
    arrows = Counter((key_of[x], key_of[node]) for node in graph.nodes for x in node.inputs)
    for (tail, head), count in arrows.items():
        if tail != head:
            picture.arrows.append((tail, head, {"label": f"{count:,}"} if count > 1 else {}))


def _group_rows(nodes, layer):
    results = [node for node in nodes if node.is_result]
    symbols = [node.tensor.op.symbol for node in results]
    if not layer:
        counts = Counter(symbols).most_common()
        rows = [f"{count:,} {symbol}" for symbol, count in counts[:5]]
        return rows + (["…"] if len(counts) > 5 else [])
    weights = [node.tensor for node in nodes if node.kind == "parameter"]
    rows = [" → ".join(symbols[:6]) + (f" → … ({len(symbols)} operations)" if len(symbols) > 6 else "")]
    rows += [f"{(w.name or 'leaf').rpartition('/')[2]} {w.shape}" for w in weights[:4]]
    rows += ["…"] if len(weights) > 4 else []
    return [row for row in rows if row] + ([f"shape {results[-1].tensor.shape}"] if results else [])


def _size(nodes):
    """How many operations there are, and how many leaves."""
    results = sum(node.is_result for node in nodes)
    leaves = sum(node.tensor is not None and node.tensor.op is None for node in nodes)
    parts = [(results, "operation", "operations"), (leaves, "leaf", "leaves")]
    return " and ".join(f"{n:,} {one if n == 1 else many}" for n, one, many in parts if n)
