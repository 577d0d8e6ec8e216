"""Backpropagation on the network itself: neurons as circles, weights as edges, one sample through it and back."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from ...common.arguments import checked
from ...common.files import replacing
from ...common.types import Positive
from ...nn import Model
from ..figures import matplotlib_figure, plain_style
from ..html import html_document, notebook_frame
from ..labels import lines
from ..player import player
from ..texts import say
from ..training.network import Story, story_of
from .shapes import Box, Circle, Line, Text, paint, svg, with_moving
from .stage import HEIGHT, Stage

if TYPE_CHECKING:
    from os import PathLike

    from numpy.typing import ArrayLike

_KINDS = (".html", ".gif", ".mp4", ".svg", ".png")
_DPI = 100
_LINE, _LONGEST = 34, 92  # pixels of a line of the caption; letters in it
_MOMENTS = 8  # pictures of a step in which something moves, of a GIF or a video


@checked
def network_film(model: Model, x: ArrayLike, y: ArrayLike) -> NetworkFilm:
    """Show one step of training on the drawn network: forward, the loss, the gradients back, one update.

    The width of an edge is the size of its weight, or of its gradient on the way back; blue is positive, orange
    negative. Small layers have their numbers on the edges and their matrices below. A column of more than four neurons
    shows the first of them. Letters are 24 pixels high or more on a projector of 1280 × 720. The model stays as it is.

    Args:
        model: a compiled `Sequential` of Dense layers; between them layers that keep each value at its place, such as
            Activation, Dropout (which does nothing here), BatchNormalization or Flatten.
        x, y: samples and targets, as for `fit`; the first is shown.

    Returns:
        A `NetworkFilm`: it plays in a notebook; `.save("net.html")`, `.save("net.gif")`, `.save("net.mp4")` write it.

    Raises:
        TypeError: this is no Sequential model, or one of its layers is neither.
        ValueError: it is not compiled, has no weights yet, or applies a layer to parts of a sample.

    Source: the numbered pictures of Rumelhart, Hinton and Williams, "Learning representations by back-propagating
    errors" (1986).

    Example:
        >>> from tinygrad_edu.nn import Dense, Input, Sequential
        >>> model = Sequential([Input((2,)), Dense(3, "tanh", name="hidden"), Dense(1, "sigmoid", name="out")])
        >>> model.compile("sgd", "binary_crossentropy")
        >>> film = network_film(model, [[0.5, -1.0]], [[1.0]])
        >>> len(film.frames), film.captions[0]
        (7, 'The sample x enters; every edge is a weight.')
    """
    return NetworkFilm(story_of(model, x, y), say("One step of {model}", model=model.name))


class NetworkFilm:
    """One step of training as pictures of the network. `network_film` makes it.

    Attributes:
        title: what the page is called.
        captions: what each picture says, as text of several lines.
        frames: the pictures, as SVG texts of 1280 × 490 pixels, wider for more than five columns; in each something
            moves along the edges that the step is about. They need no style and no script of a page.

    Example:
        >>> from tinygrad_edu.nn import Dense, Input, Sequential
        >>> model = Sequential([Input((1,)), Dense(1)])
        >>> model.compile("sgd", "mse")
        >>> film = network_film(model, [[2.0]], [[1.0]])
        >>> film
        <NetworkFilm of 5 pictures: save("net.html"), save("net.gif") or save("net.mp4") writes it>
        >>> film.frames[1].startswith("<svg")
        True
    """

    def __init__(self, story: Story, title: str):
        self.title = title
        self._stage, self._steps = Stage(story), story.steps

    @property
    def captions(self) -> list[str]:
        return [step.caption for step in self._steps]

    @cached_property
    def frames(self) -> list[str]:
        stage = self._stage
        return [svg(stage.shapes(k), stage.width, HEIGHT, step.lines[0]) for k, step in enumerate(self._steps)]

    def html(self, autoplay: bool = False) -> str:
        """The film as the text of one page, which works offline: play, step, back, and the keyboard.

        Args:
            autoplay: whether it begins to play by itself, unless the reader has asked for less motion.
        """
        picture = (
            f'<div class="picture" id="picture" role="region" aria-label="{say("The network")}" tabindex="0"></div>'
        )
        rows = max(len(self._rows(k)) for k in range(len(self._steps)))
        body = f'<div class="projector">\n{picture}\n{player(len(self._steps), rows)}\n</div>'
        frames = [
            {"svg": frame, "caption": step.lines, "focus": self._stage.focus(k)}
            for k, (frame, step) in enumerate(zip(self.frames, self._steps))
        ]
        styles, scripts = ["graph.css", "film.css", "projector.css", "network.css"], ["player.js", "network.js"]
        return html_document(self.title, body, styles, scripts, {"frames": frames, "autoplay": autoplay})

    def save(
        self, path: str | PathLike[str], seconds: Positive = 3.0, width: Positive | None = None
    ) -> Path | list[Path]:
        """Write the film to a file, or its pictures to many.

        Args:
            path: ends in .html for a page that plays it, in .gif or .mp4 for a moving picture, in .png for the last
                picture, or in .svg for one file a picture: "steps/net.svg" writes steps/net_00.svg, steps/net_01.svg, …
            seconds: how long a GIF or a video shows each step.
            width: pixels of a GIF, a video or a PNG; by default those of the pictures, 1280.

        Returns:
            The path; for .svg the list of paths.

        Raises:
            ValueError: the name ends in something else, or the time or the width is not positive.
            FileNotFoundError: the folder does not exist.
            ImportError: there is no matplotlib, or for .mp4 no ffmpeg; the message says how to get it.
        """
        path = Path(path)
        kind = path.suffix.lower()
        if kind not in _KINDS:
            raise ValueError(f"save expects a file name that ends in {', '.join(_KINDS)}; received {str(path)!r}.")
        if not path.parent.is_dir():
            raise FileNotFoundError(f"There is no folder {str(path.parent)!r} to save {path.name!r} in: make it first.")
        if kind == ".svg":
            paths = [path.with_name(f"{path.stem}_{k:02}{path.suffix}") for k in range(len(self.frames))]
            for file, frame in zip(paths, self.frames):
                _write(file, frame.encode("utf-8"))
            return paths
        if kind == ".html":
            return _write(path, self.html().encode("utf-8"))
        return self._save_moving(path, kind, seconds, self._stage.width if width is None else width)

    def _save_moving(self, path, kind, seconds, width):
        from ..moving import gif, mp4, png

        last = len(self._steps) - 1
        if kind == ".png":
            return _write(path, png(next(self._images([last], width))))
        pauses = []
        for k in range(last + 1):
            moments = _MOMENTS if self._moves(k) else 1
            pauses += [seconds / 2 / moments] * moments
            pauses[-1] += seconds * (1.5 if k == last else 0.5)
        images = self._images(range(last + 1), width)
        return _write(path, gif(images, pauses)) if kind == ".gif" else mp4(path, images, pauses)

    def _moves(self, k):
        return k < len(self._steps) - 1 and self._steps[k].phase in ("forward", "loss", "back")

    def _images(self, numbers, width):
        """The images of some pictures; of one in which something moves, one a moment."""
        from ..moving import image_of

        for k in numbers:
            shapes, wide, high = self.scene(k)
            with plain_style():
                figure = matplotlib_figure(figsize=(wide / _DPI, high / _DPI), dpi=_DPI)
                axes = figure.add_axes((0, 0, 1, 1))
                axes.set(xlim=(0, wide), ylim=(high, 0))
                axes.set_axis_off()
                paint(axes, shapes)
            still = image_of(figure, width)
            if not self._moves(k):
                yield still
                continue
            for moment in range(_MOMENTS):
                yield with_moving(still, shapes, moment / (_MOMENTS - 1), width / wide)

    def _rows(self, k):
        return [row for text in self._steps[k].lines for row in lines(text, _LONGEST, indent="  ")]

    def scene(self, k: int) -> tuple[list[Line | Circle | Box | Text], int, int]:
        """(shapes, width, height) of picture k with its caption below, from the back to the front.

        Args:
            k: the number of the picture, from 0.
        """
        stage, most = self._stage, max(len(self._rows(i)) for i in range(len(self._steps)))
        rows = self._rows(k)
        captions = [Text((24, HEIGHT + 28 + row * _LINE), line, anchor="start") for row, line in enumerate(rows)]
        height = max(HEIGHT + most * _LINE + 24, round(stage.width * 720 / 1280))
        return [*stage.shapes(k), *captions], stage.width, height

    def _repr_html_(self):
        return notebook_frame(self.html(autoplay=True), 640)

    def __repr__(self):
        count = len(self._steps)
        return f'<NetworkFilm of {count} pictures: save("net.html"), save("net.gif") or save("net.mp4") writes it>'


def _write(path, content):
    with replacing(path) as file:
        file.write(content)
    return path
