"""The parts of a picture of a network, and its two readings: SVG for pages, matplotlib for moving pictures.

Points are pixels from the upper left corner. Every text says how wide it is, so that it keeps to its place in any font.
"""

from dataclasses import dataclass

from ..graph.measuring import SHOWN_IN, width_of
from ..html import escape

LETTERS = 25  # pixels: 24 are left on a page of 1280 × 720, which has a margin
_DOT, _SECONDS = 9, 1.6  # pixels: the radius of what moves along an edge; how long it takes


@dataclass(frozen=True)
class Line:
    """An edge; with `moving` something goes along it: 1 from its start to its end, −1 back."""

    start: tuple
    end: tuple
    colour: str = "#555555"
    width: float = 2.0
    dashed: bool = False
    opacity: float = 1.0
    moving: int = 0


@dataclass(frozen=True)
class Circle:
    """A neuron."""

    centre: tuple
    radius: float
    fill: str = "#ffffff"
    colour: str = "#000000"
    width: float = 1.5


@dataclass(frozen=True)
class Box:
    """A rectangle with its upper left corner, a width and a height; a rounded one unless it lies behind a text."""

    corner: tuple
    size: tuple
    fill: str = "#ffffff"
    colour: str | None = "#000000"
    width: float = 1.5
    opacity: float = 1.0


@dataclass(frozen=True)
class Text:
    """A line of text: its middle, or with `anchor` "start" its left end. No colour is that of the page."""

    middle: tuple
    line: str
    colour: str | None = None
    anchor: str = "middle"

    @property
    def box(self):
        """(left, top, right, bottom)"""
        x, y = self.middle
        width = width_of(self.line, LETTERS)
        left = x - width / 2 if self.anchor == "middle" else x
        return left, y - LETTERS / 2, left + width, y + LETTERS / 2


def svg(shapes, width, height, said):
    """The shapes as one SVG text.

    Args:
        shapes: Lines, Circles, Boxes and Texts, from the back to the front.
        width, height: pixels.
        said: what the picture shows, for who does not see it.
    """
    parts = "\n".join(_WRITERS[type(shape)](shape) for shape in shapes)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" aria-label="{escape(said)}" font-family="{SHOWN_IN}" font-size="{LETTERS}">\n{parts}\n</svg>'
    )


def _line_svg(line):
    (x, y), (to_x, to_y) = line.start, line.end
    dashes = ' stroke-dasharray="10 7"' if line.dashed else ""
    text = (
        f'<line x1="{x:.1f}" y1="{y:.1f}" x2="{to_x:.1f}" y2="{to_y:.1f}" stroke="{line.colour}" '
        f'stroke-width="{line.width:.2f}" stroke-opacity="{line.opacity}"{dashes}/>'
    )
    if not line.moving:
        return text
    if line.moving < 0:
        x, y, to_x, to_y = to_x, to_y, x, y
    path = f"M{x:.1f} {y:.1f}L{to_x:.1f} {to_y:.1f}"
    return (
        f'{text}<circle class="moving" r="{_DOT}" fill="{line.colour}">'
        f'<animateMotion dur="{_SECONDS}s" repeatCount="indefinite" path="{path}"/></circle>'
    )


def _circle_svg(circle):
    (x, y), look = circle.centre, f'stroke="{circle.colour}" stroke-width="{circle.width}"'
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{circle.radius}" fill="{circle.fill}" {look}/>'


def _box_svg(box):
    (x, y), (width, height) = box.corner, box.size
    border = f'stroke="{box.colour}" stroke-width="{box.width}" rx="8"' if box.colour else 'stroke="none"'
    place = f'x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"'
    return f'<rect {place} fill="{box.fill}" fill-opacity="{box.opacity}" {border}/>'


def _text_svg(text):
    left, _, right, _ = text.box
    colour = f' fill="{text.colour}"' if text.colour else ""
    return (
        f'<text x="{text.middle[0]:.1f}" y="{text.middle[1] + 0.35 * LETTERS:.1f}" text-anchor="{text.anchor}" '
        f'textLength="{right - left:.2f}" lengthAdjust="spacingAndGlyphs"{colour}>{escape(text.line)}</text>'
    )


_WRITERS = {Line: _line_svg, Circle: _circle_svg, Box: _box_svg, Text: _text_svg}


def paint(axes, shapes):
    """Draw the shapes on matplotlib's axes, whose y grows downwards, without what moves.

    Args:
        axes: the axes, one pixel a unit.
        shapes: as for `svg`.
    """
    points = 72 / axes.figure.dpi  # a pixel, while the figure has the resolution it was made with
    for order, shape in enumerate(shapes):
        if not isinstance(shape, Text) or shape.line.strip():
            artist = _artist(shape, points)
            artist.set_zorder(order)
            axes.add_artist(artist)


def with_moving(image, shapes, share, scale):
    """A copy of a painted image, with what moves along its edges.

    Args:
        image: an image of Pillow.
        shapes: as for `svg`.
        share: how far along its edge it is, from 0 to 1.
        scale: pixels of the image to a pixel of the shapes.
    """
    from PIL import ImageDraw

    image, radius = image.copy(), _DOT * scale
    pen = ImageDraw.Draw(image)
    for line in shapes:
        if isinstance(line, Line) and line.moving:
            far = share if line.moving > 0 else 1 - share
            x, y = (scale * (a + far * (b - a)) for a, b in zip(line.start, line.end))
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=line.colour, outline="#ffffff")
    return image


def _artist(shape, points):
    from matplotlib.lines import Line2D
    from matplotlib.patches import Circle as Disc
    from matplotlib.patches import Rectangle

    if isinstance(shape, Text):
        return _letters(shape)
    if isinstance(shape, Line):
        look = {"color": shape.colour, "linewidth": shape.width * points, "alpha": shape.opacity}
        return Line2D(*zip(shape.start, shape.end), linestyle="--" if shape.dashed else "-", **look)
    look = {"facecolor": shape.fill, "edgecolor": shape.colour or "none", "linewidth": shape.width * points}
    if isinstance(shape, Circle):
        return Disc(shape.centre, shape.radius, **look)
    return Rectangle(shape.corner, *shape.size, alpha=shape.opacity, **look)


def _letters(text):
    """A line of text as a path, squeezed or stretched into the width that it says."""
    from matplotlib.patches import PathPatch
    from matplotlib.transforms import Affine2D

    from ..graph.painter import outlines

    path = outlines(text.line, LETTERS)
    left, _, right, _ = text.box
    wide = path.vertices[:, 0].max(initial=0.0) or 1.0
    place = Affine2D().scale((right - left) / wide, -1).translate(left, text.middle[1] + 0.35 * LETTERS)
    return PathPatch(place.transform_path(path), facecolor=text.colour or "#000000", edgecolor="none")
