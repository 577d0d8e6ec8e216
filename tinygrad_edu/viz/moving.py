"""Moving pictures as files: images one after the other, each with its time, as a GIF or a video."""

import contextlib
import importlib
import io
import itertools
import math
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np

from ..common.files import replacing

_COLOURS = 128  # of a GIF, which has 256 at most
_RATE = 10  # pictures a second of a video, in which a still one is repeated
_NO_FFMPEG = (
    "A video needs the program ffmpeg, and there is none. One command gets it:\n"
    "    pip install imageio-ffmpeg     (anywhere)\n"
    "    apt install ffmpeg             (Debian and Ubuntu, as administrator)\n"
    'A GIF and a page need none: save("film.gif"), save("film.html").'
)


def image_of(figure, width):
    """A matplotlib Figure as an image of Pillow, which comes with matplotlib.

    Args:
        figure: the Figure, which stays as it is.
        width: pixels of the image.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL import Image

    canvas, dpi = figure.canvas, figure.dpi
    try:
        figure.dpi = width / figure.get_figwidth()
        drawn = FigureCanvasAgg(figure)
        drawn.draw()
        return Image.fromarray(np.array(drawn.buffer_rgba())).convert("RGB")
    finally:
        figure.dpi = dpi
        figure.set_canvas(canvas)


def images_of(figure, show, count, width, moving):
    """The images of a figure of which only some artists move: the rest is drawn once.

    Args:
        figure: the Figure, which stays as it is.
        show: a function that draws frame number k.
        count: how many frames there are.
        width: pixels of an image.
        moving: the artists that `show` changes.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL import Image

    canvas, dpi = figure.canvas, figure.dpi
    try:
        figure.dpi = width / figure.get_figwidth()
        show(0)
        for artist in moving:
            artist.set_animated(True)
        drawn = FigureCanvasAgg(figure)
        drawn.draw()
        still = drawn.copy_from_bbox(figure.bbox)
        for k in range(count):
            show(k)
            drawn.restore_region(still)
            for artist in moving:
                figure.draw_artist(artist)
            yield Image.fromarray(np.array(drawn.buffer_rgba())).convert("RGB")
    finally:
        for artist in moving:
            artist.set_animated(False)
        figure.dpi = dpi
        figure.set_canvas(canvas)


def palette_of(image):
    """The colours of an image for all images of a film, so that nothing flickers; the ground keeps its colour."""
    small = image.resize((max(1, image.width // 2), max(1, image.height // 2)), resample=0)  # every second pixel
    found = small.quantize(_COLOURS, kmeans=3)
    colours = np.array(found.getpalette()).reshape(-1, 3)
    ground = np.array(image.getpixel((0, 0)))
    colours[np.abs(colours - ground).sum(axis=1) <= 16] = ground  # means of many shades are not quite white
    found.putpalette(colours.ravel().tolist())
    return found


def png(image, palette=None):
    """An image as the bytes of a PNG, in the colours of a palette or in its own."""
    file = io.BytesIO()
    image.quantize(palette=palette or palette_of(image), dither=0).save(file, "PNG", optimize=True)
    return file.getvalue()


def gif(images, pauses, palette=None):
    """The bytes of a GIF.

    Args:
        images: images of Pillow, of one size; where they have a palette, it is the same one.
        pauses: the seconds that each is shown.
        palette: an image with the colours of all; by default those of the images themselves.
    """
    frames = list(images)
    if frames[0].mode != "P":
        palette = palette or palette_of(_beside(frames))
        frames = [frame.quantize(palette=palette, dither=0) for frame in frames]
    file, times = io.BytesIO(), [round(1000 * pause) for pause in pauses]
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:], duration=times, loop=0, optimize=True)
    return file.getvalue()


def _beside(frames):
    """Some of the frames as one image, which has the colours of them all."""
    from PIL import Image

    chosen = frames[:: max(1, len(frames) // 3)]
    whole = Image.new("RGB", (frames[0].width, frames[0].height * len(chosen)))
    for i, frame in enumerate(chosen):
        whole.paste(frame, (0, i * frames[0].height))
    return whole


def mp4(path, images, pauses):
    """Write a video with ffmpeg, the program that matplotlib's animations use.

    Args:
        path: where to; a file of this name is replaced.
        images: images of Pillow, of one size; a side that is not even loses a pixel.
        pauses: the seconds that each is shown.

    Returns:
        The path.

    Raises:
        ImportError: there is no ffmpeg; the message says how to get it.
        RuntimeError: ffmpeg could not write it.
    """
    program = _ffmpeg()
    if program is None:
        raise ImportError(_NO_FFMPEG)
    images = iter(images)
    image = next(images)
    width, height = image.width // 2 * 2, image.height // 2 * 2  # as H.264 needs
    read = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", str(_RATE), "-i", "-"]
    write = ["-an", "-pix_fmt", "yuv420p", "-movflags", "+faststart", "-f", "mp4", "-y"]
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "film.mp4"
        command = [program, "-loglevel", "error", *read, *write, str(made)]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE)
        pictures = (
            image.convert("RGB").crop((0, 0, width, height)).tobytes()
            for image, pause in zip(itertools.chain([image], images), pauses)
            for _ in range(max(1, math.floor(pause * _RATE + 0.5)))
        )
        complaint = _feed(process, pictures)
        if process.returncode:
            raise RuntimeError(f"{program} could not write the video: {complaint}")
        with replacing(path) as file:
            file.write(made.read_bytes())
    return path


def _feed(process, pictures):
    """Give a program its input to the end; what it complains of."""
    with process:
        with contextlib.suppress(BrokenPipeError):  # it has ended before, and says why
            for picture in pictures:
                process.stdin.write(picture)
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
        return process.stderr.read().decode("utf-8", "replace").strip()


def _ffmpeg():
    """The program that matplotlib uses, else the one inside the wheel imageio-ffmpeg; None where there is neither."""
    from matplotlib import rcParams

    found = shutil.which(rcParams["animation.ffmpeg_path"])
    if found:
        return found
    try:
        return importlib.import_module("imageio_ffmpeg").get_ffmpeg_exe()
    except (ModuleNotFoundError, RuntimeError):
        return None
