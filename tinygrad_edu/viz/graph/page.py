"""The graph as a page to explore: zoom, layers that open and close, and every array behind its box.

The pictures are those of `draw`. Beside them the page holds the arrays, and the lines of code they came from.
"""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np

from ...common.arguments import CHECKED_INSIDE, checked
from ...common.files import replacing
from ...common.types import Count, RealNumbers
from ...engine.tensor import Tensor
from ..html import escape, html_document, notebook_frame
from ..labels import layer_name
from ..texts import say, translated
from .draw import Painter, apart, check_options, finished, grouped
from .lines import places, source_lines
from .picture import Picture
from .reading import no_collection, read
from .rules import formula

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from os import PathLike
    from typing import Any

    from numpy.typing import ArrayLike

_SIDE = 32  # rows and columns of the largest array that is shown number by number
_FOLD = 8  # numbers in a row of a vector
_NUMBERS = 60_000  # in a page; the smallest arrays come first
_MOST_LAYERS = 12  # that each get a picture of their own
_CANVAS = (850, 620)  # pixels that a window of 1280 × 720 leaves for the drawing
_SVG = "{http://www.w3.org/2000/svg}"
_XLINK = "http://www.w3.org/1999/xlink"
_KINDS = {
    "parameter": "leaf with a gradient",
    "data": "data",
    "constant": "constant",
    "op": "result of an operation",
    "output": "output",
}


@checked
def explore(
    thing: Annotated[Tensor | Sequence[Tensor] | Callable[..., Any], CHECKED_INSIDE],
    *inputs: ArrayLike,
    gradient: RealNumbers | None = None,
    direction: str = "auto",
    limit: Count = 400,
) -> Page:
    """Make a page to explore the computation graph of a Tensor, a function or a model.

    Zoom and move with mouse, buttons or keys; open one layer or close all; point at a box, or reach it with
    Tab, to see its whole array as a heat map, the gradient of the output for it, and the line of your code that
    made it. Lines are known for what is computed inside of `with source_lines():`, and for functions and models
    given here.

    Args:
        thing: a Tensor, a list of Tensors, a function that gives them, or a model.
        *inputs: what the function is called with; for a model x, or x and y for the loss. See `draw`.
        gradient: the incoming gradient where the output has several values, of its shape.
        direction: "LR" from left to right, "TB" from top to bottom, "auto" as `draw` chooses.
        limit: the most boxes that are laid out; a larger graph is collapsed, and the page says so.

    Returns:
        A `Page`: it shows itself in a notebook, and `.save("graph.html")` writes it.

    Raises:
        TypeError: there is no Tensor to show, or no input that could have a gradient.
        ValueError: the model is not built or not compiled, or an option has an unknown value.

    Example:
        >>> def parabola(x):
        ...     return x**2 / 6
        >>> page = explore(parabola, 3.0)
        >>> page
        <Page of 5 boxes: save("graph.html") writes it>
        >>> "return x**2 / 6" in page.html()
        True
    """
    check_options("explore", "forward", direction)
    with no_collection():
        with nullcontext() if isinstance(thing, Tensor | list | tuple) else source_lines():
            graph = read(thing, inputs, "explore")
        obstacle = graph.obstacle(gradient)
        if obstacle and not graph.blank:
            graph.notes.append(obstacle)
        views = _groups(graph, limit)
        whole = views[0][2]
        if not obstacle:
            graph.compute_gradients(gradient, None if graph.size <= limit else apart(graph, whole))
        graph.name_variables([node for node in graph.nodes if node not in whole])
        name = getattr(thing, "name", None) or getattr(thing, "__name__", None) or say("a result")
        views = [_View(key, text, graph, groups, direction, limit) for key, text, groups in views]
        return Page(say("Computation graph of {name}", name=name), views)


class Page:
    """A computation graph as one HTML page. `explore` makes it.

    Attributes:
        title: the heading.
        boxes: how many boxes the whole graph has.

    Example:
        >>> x = Tensor(3.0, requires_grad=True, name="x")
        >>> explore(x * x, limit=100).title
        'Computation graph of a result'
    """

    def __init__(self, title, views):
        self.title, self._views = title, views
        self.boxes = self._views[0].drawing.boxes

    def html(self) -> str:
        """The page as text; it works offline."""
        pictures = "\n".join(
            f'<div class="view" data-view="{i}"{" hidden" if i else ""}>{view.svg()}</div>'
            for i, view in enumerate(self._views)
        )
        options = "".join(f'<option value="{i}">{escape(view.name)}</option>' for i, view in enumerate(self._views))
        body = translated(_BODY).replace("OPTIONS", options, 1).replace("PICTURES", pictures, 1)
        shown = dict.fromkeys(node for view in self._views for node in view.nodes)
        data = {
            "boxes": _contents(shown),
            "groups": [view.groups() for view in self._views],
            "views": [view.key for view in self._views],
        }
        return html_document(self.title, body, ["graph.css", "page.css"], ["page.js"], data)

    def save(self, path: str | PathLike[str]) -> Path:
        """Write the page to a file whose name ends in .html.

        Args:
            path: where to write; a file of this name is replaced.

        Returns:
            The path.

        Raises:
            ValueError: the name ends in something else.
            FileNotFoundError: the folder does not exist.
            ImportError: there is no Graphviz; the message says how to get one.
        """
        path = Path(path)
        if path.suffix.lower() not in (".html", ".htm"):
            raise ValueError(f"save expects a file name that ends in .html; received {str(path)!r}.")
        if not path.parent.is_dir():
            raise FileNotFoundError(f"There is no folder {str(path.parent)!r} to save {path.name!r} in: make it first.")
        content = self.html().encode("utf-8")
        with replacing(path) as file:
            file.write(content)
        return path

    def _repr_html_(self):
        return notebook_frame(self.html(), 640)

    def __repr__(self):
        return f'<Page of {self.boxes} boxes: save("graph.html") writes it>'


# -- the pictures -------------------------------------------------------------------------------------


class _View:
    """One picture of the graph, with some layers closed.

    Attributes:
        key: what the script calls it: "open", "closed", or "inside:" and the name of a layer.
        name: what the page calls it.
        drawing: the Drawing.
        nodes: those that have a box of their own.
    """

    def __init__(self, key, name, graph, groups, direction, limit):
        self.key, self.name = key, name
        self._picture = Picture(direction, _CANVAS)
        self._painter = Painter(graph, groups, self._picture, "forward", derivatives=False, order=False)
        self._painter.paint()
        self.drawing = finished(graph, self._picture, True, limit, [])
        self.nodes = [node for node in graph.nodes if node not in groups]
        self._layers = {self._painter.key_of[node]: group for node, group in groups.items()}

    def svg(self):
        """The SVG, its boxes named for the script and within reach of the Tab key."""
        ElementTree.register_namespace("", _SVG[1:-1])
        ElementTree.register_namespace("xlink", _XLINK)
        root = ElementTree.fromstring(self.drawing.svg())
        for item in root.iter():
            item.attrib.pop("id", None)
        found = {}
        for group in root.iter(f"{_SVG}g"):
            title = group.find(f"{_SVG}title")
            if title is not None:
                group.remove(title)  # which browsers would show as a hint
                found[title.text] = group
        drawing = root.find(f"{_SVG}g")
        for key, box in self._picture.boxes.items():  # last in the file in visit order, as the Tab key goes
            drawing.remove(found[key])
            drawing.append(found[key])
            label = {"role": "button", "aria-label": _printable(", ".join(box.lines))}
            found[key].attrib |= {"data-box": key, "tabindex": "0"} | label
        root.attrib |= {"role": "group", "aria-label": say("Graph: {name}", name=self.name)}
        return ElementTree.tostring(root, encoding="unicode")

    def groups(self):
        """{id of a box that stands for several operations: what it says}"""
        return {
            key: {"title": box.title, "rows": box.rows, "layer": layer if isinstance(layer, str) else None}
            for key, layer in self._layers.items()
            if (box := self._picture.boxes[key])
        }


def _printable(text):
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def _groups(graph, limit):
    """(key, name, the layers that it closes) of each view: none, all, all but one; a large graph has one view."""
    if graph.size > limit:
        return [("open", say("collapsed"), grouped(graph, True, limit))]
    layers, views = graph.layers, [("open", say("every operation"), {})]
    if layers:
        views.append(("closed", say("closed layers"), grouped(graph, True, limit)))
    if 1 < len(layers) <= _MOST_LAYERS:
        views += [
            (
                f"inside:{name}",
                say("inside of {layer}", layer=layer_name(name)),
                grouped(graph, [x for x in layers if x != name], limit),
            )
            for name in layers
        ]
    return views


# -- what stands behind the boxes ---------------------------------------------------------------------


def _contents(nodes):
    """{id of a node: its facts, its array, its gradient, its line of code}, for the script."""
    arrays = [x for node in nodes for x in (node.value, node.gradient) if x is not None]
    whole, left = set(), _NUMBERS
    for array in sorted(arrays, key=np.size):
        left -= np.size(array)
        if left >= 0:
            whole.add(id(array))
    return {node.id: _content(node, whole) for node in nodes}


def _content(node, whole):
    facts = [(say("kind"), say(_KINDS[node.kind]))]
    if node.is_result:
        facts.append((say("computed as"), formula(node)))
    if node.layer is not None:
        facts.append((say("layer"), layer_name(node.layer)))
    if node.tensor is not None:
        facts += [(say("shape"), str(node.tensor.shape)), ("dtype", str(node.tensor.dtype))]
    lines = [] if node.tensor is None else places(node.tensor)
    return {
        "title": node.variable if node.tensor is None else node.title,
        "facts": facts,
        "layer": node.layer,
        "value": _array(node.value, whole),
        "gradient": _array(node.gradient, whole),
        "lines": [{"place": f"{p.file}:{p.line}", "number": p.line, "around": p.code} for p in lines],
    }


def _array(values, whole):
    """An array as rows with their heads, or as its figures where it is too large."""
    if values is None:
        return None
    array = np.asarray(values)
    last = array.shape[-1] if array.ndim > 1 else 1
    if array.size > _SIDE * _SIDE or last > _SIDE or not array.size or id(values) not in whole:
        return {"shape": str(array.shape), "figures": _figures(array)}
    if array.ndim < 2:
        flat = array.ravel()
        heads = [f"[{i}]" for i in range(0, len(flat), _FOLD)] if array.ndim else [""]
        rows = [flat[i : i + _FOLD] for i in range(0, len(flat), _FOLD)]
    else:
        heads = [str(list(index)) for index in np.ndindex(array.shape[:-1])]
        rows = array.reshape(-1, last)
    return {"shape": str(array.shape), "heads": heads, "rows": [[_number(x) for x in row] for row in rows]}


def _figures(array):
    """The least, the mean and the largest number, and how many are NaN or infinite."""
    numbers = array[np.isfinite(array)].astype(float)
    found = [(say("numbers"), f"{array.size:,}")]
    if numbers.size:
        found += [(say(name), f"{f(numbers):.4g}") for name, f in (("min", np.min), ("mean", np.mean), ("max", np.max))]
    if numbers.size < array.size:
        found.append((say("NaN or infinite"), f"{array.size - numbers.size:,}"))
    return found


def _number(x):
    return float(f"{x:.4g}") if x.dtype.kind == "f" else x.item()


_BODY = """<div class="layout">
<section class="graph" aria-label="«Graph»">
<div class="tools" role="group" aria-label="«View»">
<label>«Show» <select id="view">OPTIONS</select></label>
<button type="button" id="in" aria-label="«Zoom in»">+</button>
<button type="button" id="out" aria-label="«Zoom out»">−</button>
<button type="button" id="fit">«Fit»</button>
<span class="quiet" id="said" role="status"></span>
</div>
<div class="canvas" id="canvas" role="region" aria-label="«Drawing of the graph»" tabindex="0">
PICTURES
</div>
</section>
<div class="aside">
<section class="panel" id="panel" aria-label="«What is in the box»" aria-live="polite" tabindex="0">
<p class="quiet">«Point at a box, or reach it with Tab: its array, its gradient and its line of code appear here.»</p>
</section>
<p class="quiet">«Keys: Tab to a box, + − zoom, arrows move, 0 fits; Enter or a click opens a layer.»</p>
</div>
</div>"""
