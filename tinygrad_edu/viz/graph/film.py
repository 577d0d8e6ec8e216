"""Backpropagation as a film: the graph of a loss, in which each picture visits one op and writes its chain rule.

`chain` finds the steps; here the graph is laid out once, with room for the longest texts, and each picture is
that layout with other texts in it.
"""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from ...common.arguments import checked
from ...common.files import replacing
from ...common.types import Count, RealNumbers
from ..html import html_document, notebook_frame
from ..labels import lines
from ..player import player
from ..texts import say, translated
from .chain import steps
from .draw import Painter, check_options
from .measuring import width_of
from .picture import Picture
from .reading import gradient_text, read

if TYPE_CHECKING:
    from collections.abc import Callable
    from os import PathLike
    from typing import Any

    from numpy.typing import ArrayLike

    from ...engine.tensor import Tensor

_WIDE = 90  # letters of a line below a picture
_KINDS = (".html", ".gif", ".svg")
_SVG = "{http://www.w3.org/2000/svg}"
_NOW = {"fill": "#FFE680", "stroke": "#B34D00", "width": 4}
_NEW = {"stroke": "#B34D00", "width": 4}
_BAD = {"stroke": "#D55E00", "width": 4}
_INK = "#B34D00"


@checked
def film(
    loss: Tensor | Callable[..., Any],
    *inputs: ArrayLike,
    gradient: RealNumbers | None = None,
    direction: str = "auto",
    limit: Count = 200,
) -> Film:
    """Show backpropagation step by step: one picture a visited op, with its chain rule in numbers.

    The first picture has the values of the forward pass, the second the first gradient, 1. Each further one
    visits an op, after all that use its result: its box is coloured, the gradients of its inputs appear, and
    the caption says how they came about, ∂L/∂w = ∂L/∂z · x = 0.31 × 2 = 0.62. The gradients are computed for
    the film: no `.grad` changes.

    Args:
        loss: a Tensor; or a function, or a compiled model, and what `draw` would take beside it.
        *inputs: what the function is called with; for a model, x and y.
        gradient: the incoming gradient where the output has several values, of its shape.
        direction: "LR" from left to right, "TB" from top to bottom, "auto" as `draw` chooses.
        limit: the most ops that a film may have.

    Returns:
        A `Film`: it plays in a notebook, and `.save("film.html")` writes it.

    Raises:
        TypeError: there is no Tensor to show.
        ValueError: there is nothing to differentiate, the output has several values and no gradient was
            given, or there are more ops than the limit.

    Source: the numbered trace of forward and backward passes, Baydin et al., "Automatic differentiation in
    machine learning: a survey" (2018).

    Example:
        >>> w = Tensor(0.5, requires_grad=True, name="w")
        >>> L = (w * 2.0) ** 2
        >>> L.name = "L"
        >>> for line in film(L).captions[3].splitlines():
        ...     print(line)
        Op 2 of 2: v1 = w × 2
        ∂L/∂w = ∂L/∂v1 · 2 = 2 × 2 = 4
        Done: ∂L/∂w = 4.
    """
    check_options("film", "forward", direction)
    graph = read(loss, inputs, "film")
    obstacle = graph.obstacle(gradient)
    if obstacle:
        raise ValueError(f"film shows gradients. {obstacle}")
    ops = sum([node.is_result for node in graph.nodes])
    if ops > limit:
        raise ValueError(
            f"A film of {ops:,} ops would be too long to watch: {limit} at most. Film a smaller part of it, such as "
            f"the loss of one sample, or allow more: film(…, limit={ops}). draw(…) shows it whole, as one picture."
        )
    graph.name_variables()
    picture = Picture(direction)
    painter = Painter(graph, {}, picture, "forward", derivatives=False, order=False)
    painter.formulas = True
    painter.paint()
    graph.compute_gradients(gradient)
    return Film(picture, steps(graph, gradient), say("Backpropagation of {name}", name=graph.nodes[-1].variable))


class Film:
    """Backpropagation as a list of pictures. `film` makes it.

    Attributes:
        captions: what each picture says, as text of several lines.
        frames: the pictures, as SVG texts. All have the same layout.

    Example:
        >>> x = Tensor(3.0, requires_grad=True, name="x")
        >>> f = film(x * x)
        >>> f, len(f.captions)
        (<Film of 3 pictures: save("film.html") or save("film.gif") writes it>, 3)
        >>> print(f.captions[1])
        Backward: it begins with ∂out/∂out = 1.
    """

    def __init__(self, picture, steps, title):
        self.title, self.steps, self._picture = title, steps, picture
        self._rows = [[row for text in step.caption for row in lines(text, _WIDE)] for step in steps]
        self._slots = {}  # id of a box -> (the place of its first line for the gradient, how many lines)
        self._make_room()

    @property
    def captions(self) -> list[str]:
        return ["\n".join(step.caption) for step in self.steps]

    @cached_property
    def frames(self) -> list[str]:
        layout = self._svg(with_captions=True)
        return [_svg_text(self._shown_in_svg(layout, k)) for k in range(len(self.steps))]

    def html(self) -> str:
        """The film as the text of one page, which works offline: play, step, back, and the keyboard."""
        root = ElementTree.fromstring(self._svg(with_captions=False))
        self._prepare_for_page(root)
        body = translated(_PICTURE).replace("PICTURE", _svg_text(root))
        body += "\n" + player(len(self.steps), max(map(len, self._rows)))
        return html_document(
            self.title, body, ["graph.css", "film.css"], ["player.js", "film.js"], {"frames": self._changes()}
        )

    def save(self, path: str | PathLike[str], seconds: float = 2.0, dpi: float = 96) -> Path | list[Path]:
        """Write the film to a file, or its pictures to many.

        Args:
            path: ends in .html for a page that plays it, in .gif for a moving picture (of a hundred steps in half a
                minute), or in .svg for one file a picture: "steps/frame.svg" writes steps/frame_00.svg,
                steps/frame_01.svg, …
            seconds: how long a GIF shows each picture.
            dpi: pixels an inch of a GIF.

        Returns:
            The path; for .svg the list of paths.

        Raises:
            ValueError: the name ends in something else, or the time is not positive.
            FileNotFoundError: the folder does not exist.
            ImportError: there is no Graphviz, or for a GIF no matplotlib; the message says how to get it.
        """
        path = Path(path)
        kind = path.suffix.lower()
        if kind not in _KINDS:
            raise ValueError(f"save expects a file name that ends in {', '.join(_KINDS)}; received {str(path)!r}.")
        if not seconds > 0 or not dpi > 0:
            raise ValueError(f"seconds and dpi should be positive; received {seconds} and {dpi}.")
        if not path.parent.is_dir():
            raise FileNotFoundError(f"There is no folder {str(path.parent)!r} to save {path.name!r} in: make it first.")
        if kind == ".svg":
            digits = max(2, len(str(len(self.frames) - 1)))
            paths = [path.with_name(f"{path.stem}_{k:0{digits}}{path.suffix}") for k in range(len(self.frames))]
            for file, frame in zip(paths, self.frames, strict=True):
                _write(file, frame.encode("utf-8"))
            return paths
        return _write(path, self._gif(seconds, dpi) if kind == ".gif" else self.html().encode("utf-8"))

    def _repr_html_(self):
        return notebook_frame(self.html(), 640)

    def __repr__(self):
        return f'<Film of {len(self.steps)} pictures: save("film.html") or save("film.gif") writes it>'

    # -- the layout ---------------------------------------------------------------------------------

    def _make_room(self):
        """Give each box the lines that its gradient will need, at their longest; no line where none comes."""
        needed = {}
        for step in self.steps:
            for node, (text, _) in step.gradients.items():
                needed.setdefault(node.id, []).append(_gradient_lines(text))
        for key, box in self._picture.boxes.items():
            unknown = f"grad {gradient_text(None)}"
            if unknown in box.rows:
                place, texts = box.rows.index(unknown), needed.get(key, [])
                count = max(map(len, texts), default=0)
                widest = max((row for rows in texts for row in rows), key=len, default="")
                box.rows[place : place + 1] = [widest] * count
                if count:
                    self._slots[key] = place + 1, count

    def _source(self, with_captions):
        widest = max((row for rows in self._rows for row in rows), key=len)
        self._picture.notes = [widest] * max(map(len, self._rows)) if with_captions else []
        return self._picture.dot(legend=True)

    def _svg(self, with_captions):
        from .engines import render

        return render(self._source(with_captions), "svg").decode("utf-8")

    def _texts(self, k):
        """{id of a box: (its lines, whether they are finite)} of the gradients known in picture k."""
        known = {}
        for step in self.steps[: k + 1]:
            known |= {node.id: (_shown_lines(text), finite) for node, (text, finite) in step.gradients.items()}
        return known

    def _looks(self, k):
        """{id of a box: how it looks} in picture k, where it is not as in the first."""
        step = self.steps[k]
        looks = {key: _BAD for key, (_, finite) in self._texts(k).items() if not finite}
        looks |= {node.id: _NEW for node in step.gradients if node.id not in looks}
        if step.node is not None:
            looks[step.node.id] = _NOW
        return looks

    # -- SVG ----------------------------------------------------------------------------------------

    def _shown_in_svg(self, layout, k):
        """The SVG tree of picture k."""
        root, step, rows = ElementTree.fromstring(layout), self.steps[k], self._rows[k]
        graph = root.find(f"{_SVG}g")
        for i, text in enumerate(graph.findall(f"{_SVG}text")):
            _write_line(text, rows[i] if i < len(rows) else "")
        known, looks, new = self._texts(k), self._looks(k), {node.id for node in step.gradients}
        for key, box in _boxes(root).items():
            rows = known.get(key, ((), True))[0]
            for i, text in enumerate(self._slots_of(key, box)):
                _write_line(text, rows[i] if i < len(rows) else "")
                if key in new:
                    text.set("fill", _INK)
            if key in looks:
                _dress(box, looks[key])
        return root

    def _slots_of(self, key, box):
        first, count = self._slots.get(key, (0, 0))
        return box.findall(f"{_SVG}text")[first : first + count]

    def _prepare_for_page(self, root):
        """Name the boxes for the script, and take out the gradients, which it writes in."""
        root.attrib |= {
            "role": "img",
            "aria-label": say("The computation graph; the text below says what happens in it."),
        }
        for key, box in _boxes(root).items():
            box.set("data-box", key)
            box.remove(box.find(f"{_SVG}title"))  # which browsers would show as a hint
            for text in self._slots_of(key, box):
                _write_line(text, "")
                text.set("class", "slot")

    def _changes(self):
        """The pictures as the script takes them: of each only what is new."""
        return [
            {
                "caption": step.caption,
                "now": step.node.id if step.node else None,
                "gradients": {
                    node.id: {"rows": [[row, width_of(row)] for row in _shown_lines(text)], "finite": finite}
                    for node, (text, finite) in step.gradients.items()
                },
            }
            for step in self.steps
        ]

    # -- GIF ----------------------------------------------------------------------------------------

    def _gif(self, seconds, dpi):
        from .moving import gif

        states = [self._states(k) for k in range(len(self.steps))]
        changes = [
            {key: state for key, state in after.items() if before.get(key) != state}
            for before, after in zip([{}, *states], states, strict=False)
        ]
        return gif(self._source(with_captions=True), changes, self._rows, seconds, dpi)

    def _states(self, k):
        """{id of a box: (its first line for the gradient, these lines, how it looks)} in picture k."""
        known, looks, states = self._texts(k), self._looks(k), {}
        for key, (first, count) in self._slots.items():
            rows = known.get(key, ((), True))[0]
            states[key] = first, [*rows, *[""] * (count - len(rows))], looks.get(key)
        return states


def _gradient_lines(text):
    return lines(f"grad {text}")


def _shown_lines(text):
    """These lines with the spaces before them, which SVG would leave out."""
    return [row.replace("    ", 4 * "\N{NO-BREAK SPACE}") for row in _gradient_lines(text)]


def _write(path, content):
    with replacing(path) as file:
        file.write(content)
    return path


def _svg_text(root):
    ElementTree.register_namespace("", _SVG[1:-1])
    return ElementTree.tostring(root, encoding="unicode")


def _write_line(text, line):
    """Put another line into an SVG's text; its letters, of 14 points, keep to the width that the layout has for it."""
    text.text = line
    if line:
        text.set("textLength", str(width_of(line)))
    else:
        text.attrib.pop("textLength", None)


def _boxes(root):
    """{id: element} of the boxes of an SVG."""
    groups = [group for group in root.iter(f"{_SVG}g") if group.get("class") == "node"]
    return {group.find(f"{_SVG}title").text: group for group in groups}


def _dress(box, look):
    for shape in [*box.findall(f"{_SVG}path"), *box.findall(f"{_SVG}polygon")]:
        shape.attrib |= {"stroke": look["stroke"], "stroke-width": str(look["width"])}
        if "fill" in look:
            shape.set("fill", look["fill"])


_PICTURE = """<div class="picture" id="picture" role="region" aria-label="«The computation graph»" tabindex="0">
PICTURE
</div>"""
