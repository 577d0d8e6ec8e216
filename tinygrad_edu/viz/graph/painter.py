"""Paint a layout with matplotlib: PNG and PDF where Graphviz itself can only write its drawing commands."""

import functools
import io
import json

from ..figures import matplotlib_figure

_INCH = 72  # Graphviz counts in points
PAD = 8
_ALIGN = {"l": 0.0, "c": 0.5, "r": 1.0}


def paint(layout, kind, dpi):
    """A picture from the JSON that Graphviz wrote, as bytes.

    Args:
        layout: Graphviz's output in the format "json": the boxes, curves and texts of each object.
        kind: "png" or "pdf".
        dpi: pixels an inch, for PNG.
    """
    graph = json.loads(layout)
    left, bottom, right, top = map(float, graph["bb"].split(","))
    buffer = io.BytesIO()
    figure_of(graph, left - PAD, bottom - PAD, right + PAD, top + PAD).savefig(buffer, format=kind, dpi=dpi)
    return buffer.getvalue()


def figure_of(graph, left, bottom, right, top):
    """The part of a layout that lies between these edges, in points, as a matplotlib Figure of that size."""
    from matplotlib.transforms import Affine2D

    figure = matplotlib_figure(figsize=((right - left) / _INCH, (top - bottom) / _INCH))
    place = Affine2D().translate(-left, -bottom).scale(1 / _INCH) + figure.dpi_scale_trans
    for i, item in enumerate([graph, *graph.get("objects", ()), *graph.get("edges", ())]):
        _Pen(figure, place, zorder=i).draw(item)
    return figure


class _Pen:
    """Carries out the drawing commands of one object: xdot's letters, as Graphviz documents them."""

    def __init__(self, figure, place, zorder):
        self.figure, self.place, self.zorder = figure, place, zorder
        self.edge, self.face, self.size, self.width, self.dashes = "#000000", "none", 14.0, 1.0, "solid"

    def draw(self, item):
        for key in ("_draw_", "_ldraw_", "_hdraw_", "_tdraw_", "_hldraw_", "_tldraw_"):
            self.width, self.dashes = 1.0, "solid"
            for command in item.get(key, ()):
                self._carry_out(command["op"], command)

    def _carry_out(self, op, command):
        if op == "c":
            self.edge = command["color"]
        elif op == "C":
            self.face = command["color"]
        elif op == "F":
            self.size = command["size"]
        elif op == "S":
            self._set_style(command["style"])
        elif op in "pP":
            self._outline(command["points"], closed=True, filled=op == "P")
        elif op in "bB":
            points = command["points"]  # the letter's case tells filled from not, in xdot one way, in JSON the other
            self._outline(points, curved=True, filled=points[0] == points[-1])
        elif op == "L":
            self._outline(command["points"])
        elif op in "eE":
            self._ellipse(command["rect"], filled=op == "E")
        elif op == "T":
            self._write(command)

    def _set_style(self, style):
        if style.startswith("setlinewidth("):
            self.width = float(style[len("setlinewidth(") : -1])
        elif style in ("solid", "dashed", "dotted"):
            self.dashes = style

    def _outline(self, points, closed=False, curved=False, filled=False):
        from matplotlib.path import Path

        step = Path.CURVE4 if curved else Path.LINETO
        codes = [Path.MOVETO] + [step] * (len(points) - 1)
        if closed:
            points, codes = [*points, points[0]], [*codes, Path.CLOSEPOLY]
        self._add(Path(points, codes), filled)

    def _ellipse(self, rect, filled):
        from matplotlib.path import Path
        from matplotlib.transforms import Affine2D

        x, y, radius_x, radius_y = rect
        self._add(Affine2D().scale(radius_x, radius_y).translate(x, y).transform_path(Path.unit_circle()), filled)

    def _add(self, path, filled):
        from matplotlib.patches import PathPatch

        face = self.face if filled else "none"
        patch = PathPatch(path, facecolor=face, edgecolor=self.edge, linewidth=self.width, linestyle=self.dashes)
        self._place(patch)

    def _place(self, patch):
        patch.set(zorder=self.zorder, transform=self.place)
        self.figure.add_artist(patch)

    def _write(self, command):
        """A line of text, squeezed into the width that the layout left for it."""
        from matplotlib.patches import PathPatch
        from matplotlib.transforms import Affine2D

        line = command["text"].replace("\\\\", "\\")  # Graphviz's JSON holds every backslash once too often
        if not line.strip():
            return
        text = outlines(line, self.size)
        width = text.vertices[:, 0].max()
        squeeze = min(1.0, command["width"] / width)
        x, y = command["pt"]
        place = Affine2D().scale(squeeze, 1).translate(x - _ALIGN[command["align"]] * width * squeeze, y)
        glyphs = PathPatch(place.transform_path(text), facecolor=self.edge, edgecolor="none")
        self._place(glyphs)


@functools.lru_cache(1000)
def outlines(line, size):
    """The letters of a line as a path from (0, 0); a film writes most of its lines again and again."""
    from matplotlib.textpath import TextPath

    return TextPath((0, 0), line.replace("$", r"\$"), size=size)
