"""A film as images: the layout is painted once, and then box by box, as most of it stays from step to step."""

import json
import math

import numpy as np

from .bridges import bridges_in_layout
from .engines import render
from .measuring import width_of
from .painter import PAD, figure_of

_COLOURS = 64
_AROUND = 3  # points around a box that its border may reach


def painted(source, changes, captions, dpi, is_label):
    """The pictures of a film, as images of Pillow with the same few colours.

    Args:
        source: the DOT text of the layout, with room for the longest texts.
        changes: for each picture a dict from the id of a box to what differs from the picture before: (the number
            of the first line that changes, the new lines, the look or None).
        captions: for each picture the lines at its bottom.
        dpi: pixels an inch.
        is_label: tells from an id whether it is that of a text on an edge, which goes on where there is no text.
    """
    canvas = _Canvas(json.loads(render(source, "json")), dpi, is_label)
    picture, parts = canvas.image.copy(), []
    for changed, caption in zip(changes, captions, strict=True):
        parts.append([canvas.change(key, *change) for key, change in changed.items()] + [canvas.write(caption)])
    palette = canvas.image.quantize(_COLOURS)
    picture, frames = picture.quantize(palette=palette, dither=0), []
    for painted in parts:
        for part, corner in painted:
            picture.paste(part.quantize(palette=palette, dither=0), corner)
        frames.append(picture.copy())
    return frames


class _Canvas:
    """A painted layout, parts of which are painted anew.

    Args:
        layout: what Graphviz gives in the format "json".
        dpi: pixels an inch.
        is_label: see `painted`.

    Attributes:
        image: what it looks like now.
    """

    def __init__(self, layout, dpi, is_label):
        self.layout, self.dpi = layout, dpi
        self.bridges = bridges_in_layout(layout, is_label)
        self.edges = layout.get("edges", ())
        self.boxes = {item["name"]: json.dumps(item) for item in layout["objects"]}
        self.bottom = json.dumps({"_ldraw_": layout["_ldraw_"]})
        left, bottom, right, top = map(float, layout["bb"].split(","))
        self.left, self.top = left - PAD, top + PAD  # of the image, in points
        self.image = _image(figure_of(layout, left - PAD, bottom - PAD, right + PAD, top + PAD), dpi)

    def change(self, key, first, rows, look):
        """Paint a box with other lines, and with another border and fill where there is a look.

        Returns:
            The part of the image that is new, and its upper left corner.
        """
        item = json.loads(self.boxes[key])
        _fill(_texts(item)[first:], rows)
        if look:
            _dress(item, look)
        x, y = map(float, item["pos"].split(","))
        width, height = (36 * float(item[name]) + _AROUND for name in ("width", "height"))  # halves, in points
        edges = [edge for edge in self.edges if item["_gvid"] in (edge["tail"], edge["head"])]
        edges += [self.bridges[key]] if key in self.bridges and not any(rows) else []
        return self._paint({"objects": [item], "edges": edges}, x - width, y - height, x + width, y + height)

    def write(self, lines):
        """Paint the lines at the bottom; returns what `change` does."""
        item = json.loads(self.bottom)
        texts = _texts(item)
        _fill(texts, lines + [""] * (len(texts) - len(lines)))
        left, bottom, right, _ = map(float, self.layout["bb"].split(","))
        top = max(command["pt"][1] for command in texts) + 14
        return self._paint(item, left, bottom - PAD, right, top)

    def _paint(self, part, left, bottom, right, top):
        """Paint some objects over a rectangle, whose corners go to the next pixels."""
        scale = self.dpi / 72
        x, y = math.floor((left - self.left) * scale), math.floor((self.top - top) * scale)
        wide, high = math.ceil((right - self.left) * scale) - x, math.ceil((self.top - bottom) * scale) - y
        left, top = self.left + x / scale, self.top - y / scale
        edges = left, top - high / scale, left + (wide + 1e-3) / scale, top + 1e-3 / scale
        image = _image(figure_of(part, *edges), self.dpi)
        self.image.paste(image, (x, y))
        return image, (x, y)


def _image(figure, dpi):
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL import Image

    figure.dpi = dpi
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return Image.fromarray(np.asarray(canvas.buffer_rgba())[..., :3])


def _texts(item):
    return [command for command in item.get("_ldraw_", ()) if command["op"] == "T"]


def _fill(commands, rows):
    for command, row in zip(commands, rows, strict=False):
        command["width"] = width_of(row)
        command["text"] = row.replace("\\", "\\\\")


def _dress(item, look):
    colours = {"c": look["stroke"], "C": look.get("fill")}
    drawn = [command for command in item["_draw_"] if not command.get("style", "").startswith("setlinewidth")]
    for command in drawn:
        command["color"] = colours.get(command["op"]) or command.get("color")
    item["_draw_"] = [{"op": "S", "style": f"setlinewidth({look['width']})"}, *drawn]
