"""Backpropagation as a film: the graph of a loss, in which each picture visits one op and writes its chain rule.

`chain` finds the steps; here the graph is laid out once, with room for the longest texts, and each picture is
that layout with other texts in it.
"""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ...common.arguments import checked
from ...common.files import replacing
from ...common.types import Count, RealNumbers
from ...nn import Model
from ..html import html_document, notebook_frame
from ..labels import lines
from ..moving import gif, mp4
from ..network.film import NetworkFilm, network_film
from ..player import player
from ..texts import say, translated
from .bridges import bridges_in_svg
from .chain import steps, tell_apart
from .draw import Painter, check_options
from .measuring import width_of
from .picture import Picture
from .projector import GRADIENT, InWords, ProjectorPainter, name_in_words
from .reading import gradient_text, read
from .rows import LARGE

if TYPE_CHECKING:
    from collections.abc import Callable
    from os import PathLike
    from typing import Any

    from numpy.typing import ArrayLike

    from ...engine.tensor import Tensor

_WIDE, _WIDER = 90, 98  # letters of a line below a picture
_STAGE = (1264, 480)  # pixels that the page of a film leaves for its picture on a projector
_KINDS = (".html", ".gif", ".mp4", ".svg")
_LABEL = "on_"
_PROJECTED = 124  # pixels an inch: 24 for letters of 14 points
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
    size: Literal["projector", "page"] = "projector",
    on: Literal["graph", "network"] = "graph",
) -> Film | NetworkFilm:
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
        size: "projector" for letters of 24 pixels and more on a screen of 1280 × 720, names in words and the local
            derivative on every edge; "page" for smaller letters, v1, v2, …, shapes and the frames of layers.
        on: "network" shows a model's neurons and weights in place of its graph, as `network_film` does.

    Returns:
        A `Film`, or a `NetworkFilm`: it plays in a notebook, and `.save("film.html")` writes it.

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
        Op 2 of 2: w × 2
        ∂L/∂w = ∂L/∂(w × 2) · 2 = 2 × 2 = 4
        Done: ∂L/∂w = 4.
    """
    if on == "network":
        if not isinstance(loss, Model) or len(inputs) != 2:
            given = f"{type(loss).__name__} and {len(inputs)} inputs beside it"
            raise TypeError(f'film(…, on="network") takes a model, x and y; received {given}.')
        return network_film(loss, *inputs)
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
    if size == "projector":
        name_in_words(graph)
        picture, wording = Picture(direction, _STAGE, LARGE), InWords()
        painter = ProjectorPainter(graph, picture)
    else:
        graph.name_variables()
        tell_apart(graph)
        picture, wording = Picture(direction), None
        painter = Painter(graph, {}, picture, "forward", derivatives=False, order=False)
        painter.formulas = True
    painter.paint()
    graph.compute_gradients(gradient)
    story = steps(graph, gradient, wording)
    return Film(picture, story, say("Backpropagation of {name}", name=graph.nodes[-1].variable), size)


class Film:
    """Backpropagation as a list of pictures. `film` makes it.

    Attributes:
        on_projector: whether its letters are for the back row.
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

    def __init__(self, picture, steps, title, size="page"):
        self.title, self.steps, self._picture = title, steps, picture
        self.on_projector = size == "projector"
        self._before = GRADIENT if self.on_projector else "grad "
        wide = _WIDER if self.on_projector else _WIDE
        self._rows = [[row for text in step.caption for row in lines(text, wide)] for step in steps]
        self._slots = {}  # id of a box -> (the place of its first line for the gradient, how many lines)
        self._make_room()

    @property
    def captions(self) -> list[str]:
        return ["\n".join(step.caption) for step in self.steps]

    @cached_property
    def frames(self) -> list[str]:
        layout = self._svg(with_captions=True)
        return [_svg_text(self._shown_in_svg(layout, k)) for k in range(len(self.steps))]

    def html(self, autoplay: bool = False) -> str:
        """The film as the text of one page, which works offline: play, step, back, and the keyboard.

        Args:
            autoplay: whether it begins to play by itself, unless the reader has asked for less motion.
        """
        root = ElementTree.fromstring(self._svg(with_captions=False))
        self._prepare_for_page(root)
        body = translated(_PICTURE).replace("PICTURE", _svg_text(root))
        body += "\n" + player(len(self.steps), max(map(len, self._rows)))
        styles, scripts = ["graph.css", "film.css"], ["player.js", "film.js"]
        if self.on_projector:
            body, styles = f'<div class="projector">\n{body}\n</div>', [*styles, "projector.css"]
        return html_document(self.title, body, styles, scripts, {"frames": self._changes(), "autoplay": autoplay})

    def save(self, path: str | PathLike[str], seconds: float = 2.0, dpi: float | None = None) -> Path | list[Path]:
        """Write the film to a file, or its pictures to many.

        Args:
            path: ends in .html for a page that plays it, in .gif or .mp4 for a moving picture (a hundred steps take
                half a minute), or in .svg for one file a picture: "steps/frame.svg" writes steps/frame_00.svg,
                steps/frame_01.svg, …
            seconds: how long a GIF or a video shows each picture.
            dpi: pixels an inch of a GIF or a video; by default for letters of 24 pixels for the back row, else of 19.

        Returns:
            The path; for .svg the list of paths.

        Raises:
            ValueError: the name ends in something else, or the time is not positive.
            FileNotFoundError: the folder does not exist.
            ImportError: there is no Graphviz, for a GIF no matplotlib, or for a video no ffmpeg; the message
                says how to get it.
        """
        path = Path(path)
        kind = path.suffix.lower()
        if kind not in _KINDS:
            raise ValueError(f"save expects a file name that ends in {', '.join(_KINDS)}; received {str(path)!r}.")
        dpi = (_PROJECTED if self.on_projector else 96) if dpi is None else dpi
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
        if kind == ".html":
            return _write(path, self.html().encode("utf-8"))
        pictures, pauses = self._painted(dpi), [seconds] * (len(self.steps) - 1) + [2 * seconds]
        return mp4(path, pictures, pauses) if kind == ".mp4" else _write(path, gif(pictures, pauses))

    def _repr_html_(self):
        return notebook_frame(self.html(autoplay=True), 640)

    def __repr__(self):
        return f'<Film of {len(self.steps)} pictures: save("film.html") or save("film.gif") writes it>'

    # -- the layout ---------------------------------------------------------------------------------

    def _make_room(self):
        """Give each box the lines that its gradient will need, at their longest; no line where none comes."""
        needed = {}
        for step in self.steps:
            for node, (text, _) in step.gradients.items():
                needed.setdefault(node.id, []).append(self._gradient_lines(text))
        for key, box in self._picture.boxes.items():
            unknown = self._before + gradient_text(None)
            if unknown in box.rows:
                place, texts = box.rows.index(unknown), needed.get(key, [])
                count = max(map(len, texts), default=0)
                widest = max((row for rows in texts for row in rows), key=len, default="")
                box.rows[place : place + 1] = [widest] * count
                if count:
                    self._slots[key] = place + 1, count

    def _source(self, with_captions):
        """The DOT text, with room for the captions where they belong to the picture."""
        widest = max((row for rows in self._rows for row in rows), key=len)
        self._picture.notes = [widest] * max(map(len, self._rows)) if with_captions else []
        return self._picture.dot(legend=not self.on_projector)

    def _svg(self, with_captions):
        from .engines import render

        return render(self._source(with_captions), "svg").decode("utf-8")

    def _gradient_lines(self, text):
        return [
            row for part in (self._before + text).split("\n") for row in lines(part, 32 if self.on_projector else 26)
        ]

    def _shown_lines(self, text):
        """These lines with the spaces before them, which SVG would leave out."""
        return [row.replace("    ", 4 * "\N{NO-BREAK SPACE}") for row in self._gradient_lines(text)]

    def _texts(self, k):
        """{id of a box: (its lines, whether they are finite)} of the gradients known in picture k."""
        known = {}
        for step in self.steps[: k + 1]:
            known |= {node.id: (self._shown_lines(text), finite) for node, (text, finite) in step.gradients.items()}
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
        bridges = bridges_in_svg(_edges(root), _is_label)
        for key, box in _boxes(root).items():
            if not _is_seen(key, step):
                graph.remove(box)
                if key in bridges:
                    graph.append(bridges[key])
                continue
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
            if _is_label(key):
                box.set("data-head", _head_of(key))
            for text in self._slots_of(key, box):
                _write_line(text, "")
                text.set("class", "slot")

        edges = _edges(root)
        for key, bridge in bridges_in_svg(edges, _is_label).items():
            bridge.set("data-under", _head_of(key))
            root.find(f"{_SVG}g").append(bridge)
        for tail, head, edge in edges:
            edge.remove(edge.find(f"{_SVG}title"))
            edge.set("data-tail", tail)
            edge.set("data-end", head)

    def _changes(self):
        """The pictures as the script takes them: of each only what is new."""
        return [
            {
                "caption": step.caption,
                "now": step.node.id if step.node else None,
                "gradients": {
                    node.id: {"rows": [[row, width_of(row)] for row in self._shown_lines(text)], "finite": finite}
                    for node, (text, finite) in step.gradients.items()
                },
            }
            for step in self.steps
        ]

    # -- moving pictures ----------------------------------------------------------------------------

    def _painted(self, dpi):
        """The pictures as images, in the same few colours."""
        from .moving import painted

        states = [self._states(k) for k in range(len(self.steps))]
        changes = [
            {key: state for key, state in after.items() if before.get(key) != state}
            for before, after in zip([{}, *states], states, strict=False)
        ]
        return painted(self._source(with_captions=True), changes, self._rows, dpi, _is_label)

    def _states(self, k):
        """{id of a box: (its first line for the gradient, these lines, how it looks)} in picture k."""
        known, looks, states = self._texts(k), self._looks(k), {}
        for key, (first, count) in self._slots.items():
            rows = known.get(key, ((), True))[0]
            states[key] = first, [*rows, *[""] * (count - len(rows))], looks.get(key)
        for key, text in self._picture.labels().items():
            states[key] = 0, text if _is_seen(key, self.steps[k]) else [""] * len(text), None
        return states


def _head_of(label):
    """The id of the box that the edge leads to on which a label stands, whose own id is on_TAIL_HEAD_NUMBER."""
    return label.split("_")[2]


def _is_label(key):
    return key.startswith(_LABEL)


def _is_seen(key, step):
    """True for a box; a label on an edge is seen while the op is visited that its edge leads to."""
    return not _is_label(key) or (step.node is not None and _head_of(key) == step.node.id)


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


def _edges(root):
    """(tail, head, element) of each edge of an SVG."""
    groups = [group for group in root.iter(f"{_SVG}g") if group.get("class") == "edge"]
    return [(*group.find(f"{_SVG}title").text.split("->"), group) for group in groups]


def _dress(box, look):
    for shape in [*box.findall(f"{_SVG}path"), *box.findall(f"{_SVG}polygon")]:
        shape.attrib |= {"stroke": look["stroke"], "stroke-width": str(look["width"])}
        if "fill" in look:
            shape.set("fill", look["fill"])


_PICTURE = """<div class="picture" id="picture" role="region" aria-label="«The computation graph»" tabindex="0">
PICTURE
</div>"""
