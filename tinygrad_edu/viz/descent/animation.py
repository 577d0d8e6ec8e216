"""Moving pictures: a figure drawn frame by frame, as a GIF or as one HTML page with its own buttons."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import TYPE_CHECKING

from ...common.files import replacing
from ..html import escape, html_document, notebook_frame
from ..moving import gif, image_of, images_of, mp4, palette_of, png
from ..texts import say, translated

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from os import PathLike
    from typing import Any

    from matplotlib.figure import Figure

_KINDS = (".gif", ".html", ".mp4", ".png")


class Animation:
    """A figure that changes from frame to frame; `save` writes it, and notebooks show it.

    Args:
        figure: the matplotlib Figure.
        show: a function that draws frame number k on the figure.
        frames: how many frames there are.
        title: what the page is called.
        width: pixels of a frame, where none are asked for.
        moving: the artists that `show` changes, so that the rest is drawn once; None draws all of each frame anew.
    """

    def __init__(
        self,
        figure: Figure,
        show: Callable[[int], Any],
        frames: int,
        title: str | None = None,
        width: int = 960,
        moving: Sequence[Any] | None = None,
    ):
        self.figure, self.show, self.frames, self.title = figure, show, frames, title or say("Animation")
        self.width, self.moving = width, moving
        self.captions: list[str] = []  # of each frame, where there are any

    def save(self, path: str | PathLike[str], frames_per_second: float = 8, width: int | None = None) -> Path:
        """Write the animation to a file, in the format its name ends in: .gif, .html, .mp4, or .png for the last frame.

        Args:
            path: where to write; a file of this name is replaced.
            frames_per_second: how fast it plays.
            width: pixels of a frame; None is for those of the animation.

        Returns:
            The path.

        Raises:
            ValueError: the name ends in something else, or the speed or the width is not positive.
            FileNotFoundError: the folder does not exist.
            ImportError: there is no ffmpeg for a video; the message says how to get it.
        """
        path, width = Path(path), self.width if width is None else width
        if path.suffix.lower() not in _KINDS:
            raise ValueError(f"save expects a file name that ends in {', '.join(_KINDS)}; received {str(path)!r}.")
        if not frames_per_second > 0 or not width > 0:
            raise ValueError(
                f"frames_per_second and width should be positive; received {frames_per_second} and {width}."
            )
        if path.suffix.lower() == ".mp4":
            return mp4(path, self._pictures(width), self._pauses(frames_per_second))
        if path.suffix.lower() == ".gif":
            content = gif(self._pictures(width), self._pauses(frames_per_second), self._palette(width))
        elif path.suffix.lower() == ".html":
            content = self.html(frames_per_second, width).encode("utf-8")
        else:
            content = png(self._picture(self.frames - 1, width))
        with replacing(path) as file:
            file.write(content)
        return path

    def html(self, frames_per_second: float = 8, width: int | None = None) -> str:
        """The animation as the text of one HTML page, which needs nothing else and works without a network."""
        width = self.width if width is None else width
        palette = self._palette(width)
        pngs = (png(picture, palette) for picture in self._pictures(width))
        pictures = [base64.b64encode(content).decode("ascii") for content in pngs]
        body = translated(_CONTROLS).format(alt=escape(self.title), last=self.frames - 1)
        data = {"pictures": pictures, "pause": round(1000 / frames_per_second)}
        return html_document(self.title, body, styles=["animation.css"], scripts=["animation.js"], data=data)

    def _repr_html_(self):
        return notebook_frame(self.html(width=800), 640)

    def _palette(self, width):
        """The colours of all frames, one palette so that nothing flickers: those of the last, which has every line."""
        return palette_of(self._picture(self.frames - 1, width))

    def _pauses(self, frames_per_second):
        return [1 / frames_per_second] * (self.frames - 1) + [2.0]

    def _pictures(self, width):
        """The images of all frames."""
        if self.moving is None:
            return (self._picture(k, width) for k in range(self.frames))
        return images_of(self.figure, self.show, self.frames, width, self.moving)

    def _picture(self, k, width):
        self.show(k)
        return image_of(self.figure, width)

    def __repr__(self):
        return f'<Animation of {self.frames} frames: save("film.gif") or save("film.html") writes it>'


_CONTROLS = """<img id="picture" alt="{alt}">
<div class="controls">
<button type="button" id="play" class="main">«Play»</button>
<button type="button" id="back">«Back»</button>
<button type="button" id="step">«Step»</button>
<label>«Picture» <input type="range" id="place" min="0" max="{last}" value="0"></label>
<output id="number" for="place"></output>
</div>
<p class="quiet">«Keys: space plays, ← → step, Home, End»</p>
"""
