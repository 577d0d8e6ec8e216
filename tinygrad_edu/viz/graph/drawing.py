"""The drawn graph: it shows itself in notebooks and writes itself to files, whichever Graphviz there is."""

from os import PathLike
from pathlib import Path

from ...common.files import replacing

_FORMATS = ("svg", "png", "pdf", "dot", "gv")


class Drawing:
    """A computation graph as DOT, and the pictures made of it. `draw` makes it.

    Attributes:
        source: the DOT text. Equal graphs give equal text, and it needs no Graphviz.
        boxes: how many boxes there are.
        collapsed: whether the graph was too large, so that boxes stand for several operations.
        dpi: pixels an inch, for PNG, where `save` is given no others.

    Example:
        >>> from tinygrad_edu.viz import draw
        >>> drawing = draw(Tensor(2.0, requires_grad=True, name="w") * 3)
        >>> drawing.source.splitlines()[0]
        'digraph computation {'
    """

    def __init__(self, source: str, boxes: int, collapsed: bool = False, dpi: float = 144):
        self.source = source
        self.boxes = boxes
        self.collapsed = collapsed
        self.dpi = dpi

    def svg(self, time_limit: float = 30) -> str:
        """The picture as SVG text.

        Args:
            time_limit: seconds that the layout may take.

        Raises:
            ImportError: there is no Graphviz; the message says how to get one.
            TimeoutError: the layout took too long.
        """
        from .engines import render

        return render(self.source, "svg", time_limit).decode("utf-8")

    def save(self, path: str | PathLike[str], dpi: float | None = None, time_limit: float = 30) -> Path:
        """Write the picture to a file, in the format that its name ends in: .svg, .png, .pdf, .dot or .gv.

        Args:
            path: where to write; a file of this name is replaced.
            dpi: pixels an inch, for PNG; None is for those of the drawing.
            time_limit: seconds that the layout may take.

        Returns:
            The path.

        Raises:
            ValueError: the name ends in something else.
            FileNotFoundError: the folder does not exist.
            ImportError: there is no Graphviz; the message says how to get one. DOT files need none.
            TimeoutError: the layout took too long.
        """
        path = Path(path)
        kind = path.suffix.lower().removeprefix(".")
        if kind not in _FORMATS:
            known = ", ".join(f".{name}" for name in _FORMATS)
            raise ValueError(f"save expects a file name that ends in one of {known}; received {str(path)!r}.")
        if not path.parent.is_dir():
            raise FileNotFoundError(f"There is no folder {str(path.parent)!r} to save {path.name!r} in: make it first.")
        if kind in ("dot", "gv"):
            content = self.source.encode("utf-8")
        else:
            from .engines import render

            content = render(self.source, kind, time_limit, self.dpi if dpi is None else dpi)
        with replacing(path) as file:
            file.write(content)
        return path

    def _repr_svg_(self):
        return self._repr_mimebundle_().get("image/svg+xml")

    def _repr_mimebundle_(self, include=None, exclude=None):
        """The picture as Jupyter and Colab show it; where it cannot be made, the reason in place of a traceback."""
        try:
            return {"image/svg+xml": self.svg(), "text/plain": repr(self)}
        except (ImportError, TimeoutError, RuntimeError) as error:
            return {"text/plain": f"{self!r}\n{error}"}

    def __repr__(self):
        collapsed = "collapsed to " if self.collapsed else ""
        return f'<Drawing of {collapsed}{self.boxes} boxes: save("graph.svg") writes it>'
