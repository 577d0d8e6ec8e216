"""Moving pictures: a figure drawn frame by frame, as a GIF or as one HTML page with its own buttons."""

import base64
import html
import io
from pathlib import Path

import numpy as np

from ..files import replacing

_KINDS = (".gif", ".html", ".png")
_COLOURS = 128  # of a GIF, which has 256 at most


class Animation:
    """A figure that changes from frame to frame; `save` writes it, and notebooks show it.

    Args:
        figure: the matplotlib Figure.
        show: a function that draws frame number k on the figure.
        frames: how many frames there are.
        title: what the page is called.
    """

    def __init__(self, figure, show, frames, title="Animation"):
        self.figure, self.show, self.frames, self.title = figure, show, frames, title

    def save(self, path, frames_per_second=8, width=960):
        """Write the animation to a file, in the format that its name ends in: .gif, .html, or .png for the last frame.

        Args:
            path: where to write; a file of this name is replaced.
            frames_per_second: how fast it plays.
            width: pixels of a frame.

        Returns:
            The path.

        Raises:
            ValueError: the name ends in something else, or the speed or the width is not positive.
            FileNotFoundError: the folder does not exist.
        """
        path = Path(path)
        if path.suffix.lower() not in _KINDS:
            raise ValueError(f"save expects a file name that ends in {', '.join(_KINDS)}; received {str(path)!r}.")
        if not frames_per_second > 0 or not width > 0:
            raise ValueError(
                f"frames_per_second and width should be positive; received {frames_per_second} and {width}."
            )
        if path.suffix.lower() == ".gif":
            content = self._gif(frames_per_second, width)
        elif path.suffix.lower() == ".html":
            content = self.html(frames_per_second, width).encode("utf-8")
        else:
            content = self._png(self.frames - 1, width)
        with replacing(path) as file:
            file.write(content)
        return path

    def html(self, frames_per_second=8, width=960):
        """The animation as the text of one HTML page, which needs nothing else and works without a network."""
        pictures = [base64.b64encode(self._png(k, width)).decode("ascii") for k in range(self.frames)]
        frames = ",\n".join(f'"{picture}"' for picture in pictures)
        page = _PAGE.replace("TITLE", html.escape(self.title)).replace("LAST", str(self.frames - 1))
        return page.replace("DELAY", str(round(1000 / frames_per_second))).replace("FRAMES", frames)

    def _repr_html_(self):
        page = html.escape(self.html(width=800), quote=True)
        return f'<iframe srcdoc="{page}" title="{html.escape(self.title)}" width="840" height="560"></iframe>'

    def _png(self, k, width):
        file = io.BytesIO()
        self._picture(k, width).quantize(_COLOURS).save(file, "PNG", optimize=True)
        return file.getvalue()

    def _gif(self, frames_per_second, width):
        pictures = [self._picture(k, width) for k in range(self.frames)]
        palette = pictures[-1].quantize(_COLOURS)  # one for all frames, so that nothing flickers
        frames = [picture.quantize(palette=palette, dither=0) for picture in pictures]
        pause = [round(1000 / frames_per_second)] * (self.frames - 1) + [2000]
        file = io.BytesIO()
        frames[0].save(file, "GIF", save_all=True, append_images=frames[1:], duration=pause, loop=0)
        return file.getvalue()

    def _picture(self, k, width):
        """Frame k as an image of Pillow, which comes with matplotlib."""
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from PIL import Image

        self.show(k)
        canvas, dpi = self.figure.canvas, self.figure.dpi
        try:
            self.figure.dpi = width / self.figure.get_figwidth()
            drawn = FigureCanvasAgg(self.figure)
            drawn.draw()
            return Image.fromarray(np.array(drawn.buffer_rgba())).convert("RGB")
        finally:
            self.figure.dpi = dpi
            self.figure.set_canvas(canvas)

    def __repr__(self):
        return f'<Animation of {self.frames} frames: save("film.gif") or save("film.html") writes it>'


_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>TITLE</title>
<style>
body { margin: 1rem; font: 1rem sans-serif; color: #111; background: #fff; }
h1 { font-size: 1.1rem; margin: 0 0 .5rem; }
img { max-width: 100%; max-height: calc(100vh - 9rem); display: block; }
button { font: inherit; min-width: 5rem; padding: .4rem; }
input { width: min(30rem, 50%); vertical-align: middle; }
</style>
</head>
<body>
<main>
<h1>TITLE</h1>
<img id="picture" alt="TITLE">
<p>
<button id="play" type="button">Play</button>
<button id="back" type="button">Back</button>
<button id="next" type="button">Step</button>
<label>Frame <input id="frame" type="range" min="0" max="LAST" value="0"></label>
<output id="number" for="frame">0</output> of LAST
</p>
</main>
<script>
const frames = [FRAMES];
const part = (id) => document.getElementById(id);
let timer = null;
function show(k) {
  const at = Math.max(0, Math.min(k, frames.length - 1));
  part("picture").src = "data:image/png;base64," + frames[at];
  part("frame").value = at;
  part("number").textContent = at;
  if (at === frames.length - 1) stop();
}
function stop() {
  clearInterval(timer);
  timer = null;
  part("play").textContent = "Play";
}
const now = () => Number(part("frame").value);
part("play").onclick = () => {
  if (timer !== null) return stop();
  if (now() === frames.length - 1) show(0);
  timer = setInterval(() => show(now() + 1), DELAY);
  part("play").textContent = "Pause";
};
part("back").onclick = () => { stop(); show(now() - 1); };
part("next").onclick = () => { stop(); show(now() + 1); };
part("frame").oninput = () => { stop(); show(now()); };
show(0);
</script>
</body>
</html>
"""
