"""Where everything stands in the picture of a network: columns of neurons, edges with their numbers, matrices below."""

import numpy as np

from ...common.writing import numbers
from ..figures import COLOURS
from ..graph.measuring import width_of
from ..texts import say
from .shapes import LETTERS, Box, Circle, Line, Text

HEIGHT = 490
_WIDTH, _APART = 1280, 176  # pixels: of a picture; the least from one column to the next
_LEFT, _RIGHT = 84, 372  # from the edges of the picture to the first and the last column
_TOP, _BOTTOM = 96, 362  # where the middles of the first and the last neuron of a column may be
_RADIUS, _ROOM = 37, 118
_MOST = 4  # neurons of a column that are drawn one by one
_NUMBERED, _ALL_NUMBERED = 12, 9  # the most edges of a layer with numbers; where each layer has them
_MATRIX, _ROW, _GAP = 3, 29, 14  # the most rows and columns that are written out; pixels
_ALONG = (0.62, 0.5, 0.38, 0.7, 0.3, 0.56, 0.44, 0.76, 0.24, 0.66, 0.34)  # where the number of an edge may stand
_POSITIVE, _NEGATIVE, _GRADIENT, _NEW, _VISITED = COLOURS[0], COLOURS[1], "#b34d00", "#ffe680", "#fff4cc"
_ON_LIGHT, _DELTA = "#111111", "#8a3b00"  # letters on a neuron, which is light on a dark page too
_LOSS = (180, 112)  # pixels: the box of the loss


class Stage:
    """The pictures of a Story, as shapes.

    Args:
        story: the Story.

    Attributes:
        width: of the pictures, in pixels; they are HEIGHT high.
    """

    def __init__(self, story):
        self.story, count = story, len(story.values)
        self.width = max(_WIDTH, _LEFT + _RIGHT + _APART * (count - 1))
        self.across = np.linspace(_LEFT, self.width - _RIGHT, count)
        self.places = [_places(x, len(values)) for x, values in zip(self.across, story.values)]

    def focus(self, k):
        """From where to where picture k has what is new, as shares of its width."""
        step, across = self.story.steps[k], self.across / self.width
        if step.phase == "loss":
            return across[-1], 1.0
        return (across[step.layer - 1], across[step.layer]) if step.layer else (0.0, across[0])

    def shapes(self, k):
        """Picture k: its shapes from the back to the front."""
        step = self.story.steps[k]
        edges, labels = self._edges(step)
        return [*edges, *self._loss(step), *self._neurons(step), *labels, *self._names(), *self._equation(step)]

    # -- edges --------------------------------------------------------------------------------------

    def _edges(self, step):
        lines, labelled = [], []
        for i in range(1, len(self.places)):
            kernel, back = self._shown(i, step)
            lit = step.layer == i or step.phase == "update"
            most = _ALL_NUMBERED if step.phase == "update" and len(self.places) > 2 else _NUMBERED
            largest = np.abs(kernel).max(initial=0.0) or 1.0
            for a, start in self.places[i - 1].items():
                for b, end in self.places[i].items():
                    colour = _POSITIVE if kernel[a, b] >= 0 else _NEGATIVE
                    moving = {"forward": 1, "back": -1}.get(step.phase, 0) if step.layer == i else 0
                    look = {"width": 1 + 6 * abs(kernel[a, b]) / largest, "opacity": 0.8 if lit else 0.3}
                    lines.append(Line(*_apart(start, end), colour, dashed=back, moving=moving, **look))
                    if lit and len(self.places[i - 1]) * len(self.places[i]) <= most:
                        labelled.append((abs(kernel[a, b]), start, end, f"{kernel[a, b]:.3g}", back))
        return lines, self._labels(labelled)

    def _shown(self, i, step):
        """The values on the edges of a layer: the weights, the gradients that have come back, or the new weights."""
        gradient = self.story.of_kernels[i - 1]
        if step.phase == "update":
            return self.story.updated[i - 1], False
        if step.back is not None and step.back <= i and step.phase == "back" and gradient is not None:
            return gradient, True
        return self.story.kernels[i - 1], False

    def _labels(self, labelled):
        """The numbers of edges, the largest first, each where it covers no other and no neuron."""
        circles = [place for column in self.places for place in column.values()]
        taken = [(x - _RADIUS, y - _RADIUS, x + _RADIUS, y + _RADIUS) for x, y in circles]
        shapes = []
        for _, start, end, line, back in sorted(labelled, key=lambda label: -label[0]):
            for share in _ALONG:
                place = tuple(a + share * (b - a) for a, b in zip(start, end))
                text = Text(place, line, _GRADIENT if back else None)
                if not any(_overlap(text.box, other) for other in taken):
                    left, top, right, bottom = text.box
                    shapes += [Box((left - 2, top), (right - left + 4, bottom - top), colour=None, opacity=0.85), text]
                    taken.append((left - 5, top - 2, right + 5, bottom + 2))
                    break
        return shapes

    # -- neurons ------------------------------------------------------------------------------------

    def _neurons(self, step):
        for i, places in enumerate(self.places):
            values, deltas = self.story.values[i], self.story.deltas[i]
            back = deltas is not None and step.phase == "back" and step.back <= i
            new = i == step.layer or (step.phase == "input" and i == 0)
            largest = np.abs(values).max(initial=0.0) or 1.0
            for n, place in places.items():
                fill = "#ffffff" if i >= step.known else _tint(values[n] / largest)
                look = {"colour": _GRADIENT, "width": 5} if new else {}
                yield Circle(place, _RADIUS, (_NEW if new else _VISITED) if back else fill, **look)
                if back:
                    yield Text(place, _short(deltas[n]), _DELTA)
                elif i < step.known:
                    yield Text(place, _short(values[n]), _ON_LIGHT)

    def _names(self):
        for x, places, name, values in zip(self.across, self.places, self.story.names, self.story.values):
            room = 2 * _LEFT - 12 if len(self.across) < 2 or x == self.across[0] else min(
                self.across[1] - self.across[0] - 12, 300
            )  # fmt: skip
            lines = [_cut(name, room)]
            if len(places) < len(values):
                lines.append(_cut(say("{shown} of {count}", shown=len(places), count=len(values)), room))
            for row, line in enumerate(lines):
                yield Text((x, 18 + row * _ROW), line)

    def _loss(self, step):
        """The box of the loss, the prediction and the target beside the outputs, and edges to it."""
        x, y = self.width - _LOSS[0] / 2 - 14, (_TOP + _BOTTOM) / 2
        known, lit = step.known == len(self.places) and step.phase != "forward", step.phase == "loss"
        outputs, target = self.places[-1], self.story.target
        each = len(target) == len(self.story.values[-1])
        for place in outputs.values():
            start, _ = _apart(place, (x, y))
            yield Line(start, (x - _LOSS[0] / 2, y), moving=int(lit), opacity=0.8 if lit or known else 0.3)
        look = {"fill": _NEW, "colour": _GRADIENT, "width": 5} if lit else {"fill": "#cfede3", "colour": "#009e73"}
        yield Box((x - _LOSS[0] / 2, y - _LOSS[1] / 2), _LOSS, **look)
        lines = [say("loss L")]
        if known:
            lines += [] if each else [f"y = {_short(target[0])}"]
            lines += [_cut(numbers(self.story.loss), _LOSS[0] - 10)]
        for row, line in enumerate(lines):
            colour = _ON_LIGHT if lit else None
            yield Text((x, y + (row - (len(lines) - 1) / 2) * _ROW), line, colour)
        for n, (left, middle) in outputs.items() if each else ():
            rows = [f"p {_short(self.story.values[-1][n])}"] if step.known == len(self.places) else []
            for row, line in enumerate([*rows, f"y {_short(target[n])}"]):
                text = Text((left + _RADIUS + 8, middle + (row - len(rows) / 2) * _ROW), line, anchor="start")
                a, b, c, d = text.box
                yield Box((a, b), (c - a, d - b), colour=None, opacity=0.85)
                yield text

    # -- matrices -----------------------------------------------------------------------------------

    def _equation(self, step):
        """The matrices of the layer that the picture is about, where they are small."""
        if step.layer is None or max(self.story.kernels[step.layer - 1].shape) > _MATRIX:
            return
        parts = self._parts(step, step.layer)
        widths = [_width_of_part(part) for part in parts]
        left, y = (self.width - sum(widths) - _GAP * (len(parts) - 1)) / 2, (_BOTTOM + _RADIUS + HEIGHT) / 2
        if left < 10:
            return
        back = step.phase == "back"
        for part, width in zip(parts, widths):
            yield from _written(part, left, width, y, _GRADIENT if back and part is parts[0] else None)
            left += width + _GAP

    def _parts(self, step, i):
        """Matrices, as rows of texts, and the signs between them: x · W + b = z, or ∂L/∂W = xᵀ · δ."""
        story = self.story
        kernel, gradient, bias, delta = (
            story.kernels[i - 1], story.of_kernels[i - 1], story.biases[i - 1], story.deltas[i],
        )  # fmt: skip
        entering = story.entering[i - 1]
        if step.phase == "back" and gradient is not None and delta is not None:
            return [_rows(gradient), "=", _rows(entering[:, None]), "·", _rows(delta[None])]
        added = [] if bias is None else ["+", _rows(bias[None])]
        return [_rows(entering[None]), "·", _rows(kernel), *added, "=", _rows(story.sums[i][None])]


def _rows(matrix):
    return [[_short(value) for value in row] for row in matrix]


def _width_of_part(part):
    if isinstance(part, str):
        return width_of(part, LETTERS)
    return sum(_columns(part)) + _GAP * (len(part[0]) + 1)


def _columns(rows):
    return [max(width_of(line, LETTERS) for line in column) for column in zip(*rows)]


def _written(part, left, width, y, colour):
    """A sign, or a matrix with its brackets."""
    if isinstance(part, str):
        yield Text((left + width / 2, y), part)
        return
    high, brackets = len(part) * _ROW / 2, ((left, 7), (left + width, -7))
    for x, inwards in brackets:
        yield Line((x, y - high), (x, y + high))
        yield from (Line((x, end), (x + inwards, end)) for end in (y - high, y + high))
    for row, lines in enumerate(part):
        x = left + _GAP
        for line, wide in zip(lines, _columns(part)):
            yield Text((x + wide / 2, y - high + (row + 0.5) * _ROW), line, colour)
            x += wide + _GAP


def _places(x, count):
    """The place of each neuron that is drawn in a column, by its number."""
    shown = min(count, _MOST)
    room = min(_ROOM, (_BOTTOM - _TOP) / max(shown - 1, 1))
    return {n: (x, (_TOP + _BOTTOM) / 2 + room * (n - (shown - 1) / 2)) for n in range(shown)}


def _apart(start, end):
    """The ends of an edge between two neurons, on their borders."""
    start, end = np.array(start), np.array(end)
    off = _RADIUS * (end - start) / np.linalg.norm(end - start)
    return tuple(start + off), tuple(end - off)


def _overlap(a, b):
    return min(a[2], b[2]) > max(a[0], b[0]) and min(a[3], b[3]) > max(a[1], b[1])


def _tint(share):
    """A light blue for positive shares of the largest value, a light orange for negative ones, white for 0."""
    share = share if np.isfinite(share) else 0.0
    full = np.array((86, 180, 233) if share >= 0 else (230, 159, 0))
    return "#" + "".join(f"{round(254 + (c - 254) * 0.75 * abs(share)):02x}" for c in full)


def _short(value):
    """A number that fits into a neuron: 0.84, -12.3, 3e-05."""
    value = float(value)
    if not np.isfinite(value):
        return str(value)
    if value == round(value) and abs(value) < 1000:
        return str(int(value))
    if 0.005 <= abs(value) < 100:
        return f"{value:.2f}" if abs(value) < 10 else f"{value:.1f}"
    return (
        f"{value:.0e}".replace("e-0", "e-").replace("e+0", "e+")
        if abs(value) < 0.005 or abs(value) >= 1000
        else f"{value:.0f}"
    )


def _cut(text, room):
    """The text, its end cut off where it is wider than the room."""
    if width_of(text, LETTERS) <= room:
        return text
    while text and width_of(text + "…", LETTERS) > room:
        text = text[:-1]
    return text + "…"
