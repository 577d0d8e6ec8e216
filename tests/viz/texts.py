"""A checker of the texts in a figure: what a projector of 1280 × 720 pixels cannot show is a fault.

It draws the figure with Agg and listens to every text that is really drawn, so it knows where it stands, how large it
is, and what clips it.
"""

from itertools import combinations

WIDTH, HEIGHT = 1280, 720
SMALLEST = 12  # pixels
TOUCH = 1.0  # pixels that two boxes may share: their rounding


def drawn_texts(figure):
    """(text, height of its letters in pixels, box, clipping box or None), of every text drawn at 1280 × 720.

    A box is (left, bottom, right, top) in pixels.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg

    found = []

    class Listener(RendererAgg):
        def draw_text(self, gc, x, y, s, prop, angle, ismath=False, mtext=None):
            if s.strip() and gc.get_alpha() != 0:
                pixels = prop.get_size_in_points() * self.dpi / 72
                clip = gc.get_clip_rectangle()
                box = (
                    self._line(x, y, s, prop, ismath, angle) if mtext is None else mtext.get_window_extent(self).extents
                )
                found.append((s, pixels, tuple(box), None if clip is None else clip.extents))

        def _line(self, x, y, s, prop, ismath, angle):
            """The box of one line of a text of several, which stands at its left end on its base line."""
            if angle:
                raise NotImplementedError("turned text of several lines")
            width, height, descent = self.get_text_width_height_descent(s, prop, ismath)
            bottom = self.height - y - descent
            return x, bottom, x + width, bottom + height

    before = figure.dpi, figure.canvas
    try:
        figure.dpi = min(WIDTH / figure.get_figwidth(), HEIGHT / figure.get_figheight())
        FigureCanvasAgg(figure)
        figure.draw_without_rendering()
        figure.draw(Listener(*(int(side) for side in figure.bbox.size), figure.dpi))
    finally:
        figure.dpi, canvas = before
        figure.set_canvas(canvas)
    return list({(text, box): (text, pixels, box, clip) for text, pixels, box, clip in found}.values())


def text_faults(figure):
    """What is wrong with the texts of a figure: too small, outside of the picture, clipped, or over one another."""
    texts = drawn_texts(figure)
    dpi = min(WIDTH / figure.get_figwidth(), HEIGHT / figure.get_figheight())
    edges = (0, 0, figure.get_figwidth() * dpi, figure.get_figheight() * dpi)
    faults = [f"{text!r} has {pixels:.1f} pixels" for text, pixels, *_ in texts if pixels < SMALLEST]
    for text, _, box, clip in texts:
        for limits, what in ((edges, "the picture"), (clip, "its axes")):
            if limits is not None and not _inside(box, limits):
                faults.append(f"{text!r} leaves {what}")
    for (text, _, box, _), (other, _, box_of_other, _) in combinations(texts, 2):
        if _overlap(box, box_of_other):
            faults.append(f"{text!r} and {other!r} overlap")
    return faults


def _inside(box, limits):
    return (
        box[0] >= limits[0] - TOUCH
        and box[1] >= limits[1] - TOUCH
        and box[2] <= limits[2] + TOUCH
        and box[3] <= limits[3] + TOUCH
    )


def _overlap(a, b):
    return min(a[2], b[2]) - max(a[0], b[0]) > TOUCH and min(a[3], b[3]) - max(a[1], b[1]) > TOUCH
