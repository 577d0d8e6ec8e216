"""The drawn graph before Graphviz: boxes, arrows, frames and a legend, which become DOT text."""

from ...common.writing import short
from ..labels import escape, layer_name
from ..texts import say
from .measuring import FONT
from .rows import ROOM, SCREEN, break_into_rows

# Okabe & Ito (2008): colours that stay apart for colour-blind readers. A light fill, a strong border.
STYLES = {
    "parameter": {"fillcolor": "#FCE8C5", "color": "#E69F00", "penwidth": "2", "style": "filled,rounded"},
    "data": {"fillcolor": "#E0F1FB", "color": "#56B4E9", "penwidth": "2"},
    "constant": {"fillcolor": "#EEEEEE", "color": "#777777"},
    "op": {"fillcolor": "#FFFFFF", "color": "#000000"},
    "output": {"fillcolor": "#CFEDE3", "color": "#009E73", "penwidth": "3"},
    "group": {"fillcolor": "#F3DFEB", "color": "#CC79A7", "penwidth": "2"},
}
STYLES["label"] = {"shape": "plaintext", "style": "", "margin": "0.03", "height": "0", "width": "0"}
NOT_FINITE = {"color": "#D55E00", "penwidth": "4"}
BACKWARD = {"dir": "back", "color": "#B34D00"}
_LEGEND = {
    "parameter": "leaf with a gradient",
    "data": "data",
    "constant": "constant",
    "op": "operation",
    "output": "output",
    "group": "several operations",
}
_CONNECTOR = {"shape": "circle", "fillcolor": "#FFFFFF", "color": "#555555", "margin": "0.02", "width": "0.3"}


class Box:
    """A box of the picture.

    Attributes:
        title: its first line, in the middle.
        rows: the lines below.
        kind: a key of `STYLES`.
        layer: the frame it stands in, or None.
        attributes: more of Graphviz's attributes.
    """

    __slots__ = ("title", "rows", "kind", "layer", "attributes")

    def __init__(self, title, rows, kind, layer, attributes):
        self.title, self.rows, self.kind, self.layer, self.attributes = title, rows, kind, layer, attributes

    @property
    def lines(self):
        return [self.title, *self.rows]


class Picture:
    """Boxes, arrows between them and frames around them.

    Args:
        direction: "LR", "TB", or "auto": from left to right, in rows where that keeps the letters larger.
        screen: the pixels in each direction of the screen that "auto" is to fit.
        room: what is left around boxes and texts, as `rows` has it.

    Attributes:
        boxes: a dict from id to Box.
        arrows: a list of (id, id, attributes).
        beside: a dict from the id of a leaf to the id of the only op that uses it, which it stands next to.
        notes: sentences below the picture.
        collapsed: whether the graph was too large to draw whole.
    """

    def __init__(self, direction, screen=SCREEN, room=ROOM):
        self.direction, self.screen, self.room = direction, screen, room
        self.boxes, self.arrows, self.beside, self.notes = {}, [], {}, []
        self.collapsed = False

    def box(self, key, title, rows, kind, layer=None, **attributes):
        self.boxes[key] = Box(title, rows, kind, layer, attributes)

    def arrow(self, tail, head, **attributes):
        """An arrow; its `label` is a list of lines."""
        self.arrows.append((tail, head, attributes))

    def letters(self):
        """About how many pixels high the letters are on the screen."""
        boxes, arrows, beside = self._with_labels()
        return break_into_rows(boxes, [arrow[:2] for arrow in arrows], beside, self.screen, self.room)[1]

    def labels(self):
        """{id of the box of a label on an arrow: its lines}"""
        return {key: box.lines for key, box in self._with_labels()[0].items() if box.kind == "label"}

    def dot(self, legend):
        """The DOT text: the same picture always gives the same text."""
        import graphviz

        boxes, arrows, beside = self._with_labels()
        rows = dict.fromkeys(boxes, 0)
        if self.direction == "auto":
            rows, _ = break_into_rows(boxes, [arrow[:2] for arrow in arrows], beside, self.screen, self.room)
        count = max(rows.values(), default=0) + 1
        dot = graphviz.Digraph("computation")
        across = "TB" if self.direction == "TB" else "LR"
        room = self.room
        dot.attr(rankdir=across, ranksep=room.ranksep, nodesep=room.nodesep, fontname=FONT, fontsize="14", pad=room.pad)
        if across == "LR":  # rows are laid out one by one, and put on one another from the last to the first
            dot.attr(pack="8", packmode="array_cut1")
        dot.attr(labelloc="b", labeljust="l", label="".join(escape(note) + "\\l" for note in self.notes))
        dot.attr("node", shape="box", style="filled", fontname=FONT, fontsize="14", margin=room.margin, height="0.3")
        dot.attr("edge", color="#555555", arrowsize="0.7", fontname=FONT, fontsize="14")
        connectors, arrows = _connect(arrows, rows)
        if legend:
            self._add_legend(dot, bool(connectors))
        for row in reversed(range(count)):
            with dot.subgraph(name=f"cluster_row_{row}") as band:
                band.attr(style="invis", label="", margin="0")
                self._add_frames(band, {key: box for key, box in boxes.items() if rows[key] == row}, beside)
                for key, letter in connectors.get(row, {}).items():
                    band.node(key, label=letter, **_CONNECTOR)
        for tail, head, attributes in arrows:
            dot.edge(tail, head, **attributes)
        return dot.source

    def _with_labels(self):
        """The boxes, the arrows and what stands beside what, each text on an arrow a box without a border."""
        before, arrows, beside = {}, [], dict(self.beside)
        for tail, head, attributes in self.arrows:
            attributes = dict(attributes)
            text = attributes.pop("label", None)
            if text is None:
                arrows.append((tail, head, attributes))
                continue
            ends = {self.boxes[tail].layer, self.boxes[head].layer}
            key = f"on_{tail}_{head}_{len(arrows)}"
            colour = {"fontcolor": attributes["color"]} if "color" in attributes else {}
            label = Box(text[0], text[1:], "label", ends.pop() if len(ends) == 1 else None, colour)
            before.setdefault(head, {})[key] = label
            to, end = ({"dir": "none"}, {}) if "dir" not in attributes else ({}, {"dir": "none"})
            arrows += [(tail, key, attributes | to), (key, head, attributes | end)]
            if tail in beside:
                beside[key] = head
        boxes = {}
        for key, box in self.boxes.items():
            boxes |= before.get(key, {}) | {key: box}
        return boxes, arrows, beside

    def _add_frames(self, dot, boxes, beside):
        """These boxes, each in the frame of its layer."""
        layers = list(dict.fromkeys(box.layer for box in self.boxes.values() if box.layer is not None))
        for i, layer in enumerate(layers):
            inside = {key: box for key, box in boxes.items() if box.layer == layer}
            if inside:
                with dot.subgraph(name=f"cluster_{i}") as frame:
                    frame.attr(label=escape(short(layer_name(layer))), labelloc="t", fontsize="16", fontcolor="#004D7A")
                    frame.attr(style="rounded,dashed", color="#0072B2", margin="8")
                    self._add_boxes(frame, inside, beside)
        self._add_boxes(dot, {key: box for key, box in boxes.items() if box.layer is None}, beside)

    def _add_boxes(self, dot, boxes, beside):
        for key, box in boxes.items():
            end = "\\n" if box.kind == "label" else "\\l"  # ends a line, in the middle or at the left
            below = "".join(escape(row) + end for row in box.rows)
            label = escape(box.title) + ("\\n" + below if box.rows else "")
            dot.node(key, label=label, **STYLES[box.kind] | box.attributes)
        for leaf, op in beside.items():
            if leaf in boxes:
                with dot.subgraph() as pair:
                    pair.attr(rank="same")
                    pair.node(leaf)
                    pair.node(op)

    def _add_legend(self, dot, connectors):
        """One small box a kind, in a frame that no arrow touches."""
        kinds = [kind for kind in _LEGEND if kind in {box.kind for box in self.boxes.values()}]
        with dot.subgraph(name="cluster_legend") as frame:
            frame.attr(label="", style="rounded", color="#BBBBBB", margin="6")
            for kind in kinds:
                frame.node(f"legend_{kind}", label=say(_LEGEND[kind]), **STYLES[kind] | {"height": "0.2"})
            if connectors:
                kinds.append("connector")
                frame.node(
                    "legend_connector",
                    label=say("A goes on at the other A"),
                    **_CONNECTOR | {"shape": "box", "margin": ROOM.margin},
                )
            for left, right in zip(kinds, kinds[1:], strict=False):
                frame.edge(f"legend_{left}", f"legend_{right}", style="invis")


def _connect(arrows, rows):
    """Cut each arrow to another row in two: to a circle with a letter, and from its twin in the other row.

    Returns:
        A dict from row to the circles in it, id and letter, and the arrows with the cut ones in pieces.
    """
    circles, pieces = {}, []
    cut = dict.fromkeys(tail for tail, head, _ in arrows if rows[tail] != rows[head])
    letters = {tail: _letter(i) for i, tail in enumerate(sorted(cut, key=rows.get))}
    for tail, head, attributes in arrows:
        if rows[tail] == rows[head]:
            pieces.append((tail, head, attributes))
            continue
        letter, row = letters[tail], rows[head]
        leaves, enters = f"from_{tail}", f"to_{row}_{tail}"
        if leaves not in circles.setdefault(rows[tail], {}):
            circles[rows[tail]][leaves] = letter
            pieces.append((tail, leaves, attributes))
        circles.setdefault(row, {})[enters] = letter
        pieces.append((enters, head, attributes))
    return circles, pieces


def _letter(i):
    """A, B, …, Z, A1, B1, …"""
    return chr(ord("A") + i % 26) + (str(i // 26) if i >= 26 else "")
