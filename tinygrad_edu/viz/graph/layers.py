"""A model drawn as its layers, one box each: what Keras's `plot_model` draws. `draw` shows what is inside of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from ...common.arguments import checked
from ...common.types import Positive
from ...nn.graph_config import kind_of
from ..labels import escape
from ..texts import say
from .drawing import Drawing
from .measuring import FONT

if TYPE_CHECKING:
    from os import PathLike

    from ...nn import Model


@checked
def model_to_dot(
    model: Model,
    show_shapes: bool = False,
    show_dtype: bool = False,
    show_layer_names: bool = True,
    rankdir: Literal["TB", "LR", "BT", "RL"] = "TB",
    expand_nested: bool = False,
    dpi: Positive = 200,
    subgraph: bool = False,
    show_layer_activations: bool = False,
    show_trainable: bool = False,
    splines: str = "ortho",
) -> Drawing:
    """The layers of a model as a picture: one box a layer, in the order in which data goes through them.

    A model of a class of your own is one box, as only its `call` knows the order: `draw(model)` shows that.

    Args:
        model: a built Model.
        show_shapes: whether to write the input and output shapes.
        show_dtype: whether to write the float type.
        show_layer_names: whether to write the names of the layers, and not only their classes.
        rankdir: "TB" from top to bottom, "LR" from left to right; "BT" and "RL" the other way.
        expand_nested: whether to show the layers of the models inside, in a frame.
        dpi: pixels an inch, for PNG.
        subgraph: False, the only value offered.
        show_layer_activations: whether to write the activations.
        show_trainable: whether to say which layers with weights are trained.
        splines: how Graphviz draws the arrows: "ortho", "curved", "polyline", "spline" or "line".

    Returns:
        A Drawing: it shows itself in a notebook, and `.source` is its DOT.

    Raises:
        ValueError: the model is not built, or an option has an unknown value.

    Example:
        >>> from tinygrad_edu.nn import Dense, Input, Sequential
        >>> model_to_dot(Sequential([Input((3,)), Dense(4), Dense(1)]), show_shapes=True)
        <Drawing of 2 boxes: save("graph.svg") writes it>
    """
    _check(model, rankdir, splines, subgraph)
    import graphviz

    dot = graphviz.Digraph("model")
    dot.attr(rankdir=rankdir, splines=splines, fontname=FONT)
    dot.attr("node", shape="record", fontname=FONT, fontsize="14", margin="0.13,0.08", color="#0072B2", penwidth="2")
    dot.attr("edge", penwidth="2", color="#555555")
    shown = {
        "names": show_layer_names,
        "shapes": show_shapes,
        "dtype": show_dtype,
        "activations": show_layer_activations,
        "trainable": show_trainable,
    }
    plan = _Plan(expand_nested, shown)
    plan.add(dot, model, "layer")
    for tail, head in dict.fromkeys(plan.arrows):
        dot.edge(tail, head)
    return Drawing(dot.source, plan.boxes, dpi=dpi)


@checked
def plot_model(
    model: Model,
    to_file: str | PathLike[str] | None = "model.png",
    show_shapes: bool = False,
    show_dtype: bool = False,
    show_layer_names: bool = False,
    rankdir: Literal["TB", "LR", "BT", "RL"] = "TB",
    expand_nested: bool = False,
    dpi: Positive = 200,
    show_layer_activations: bool = False,
    show_trainable: bool = False,
    splines: str = "ortho",
) -> Drawing:
    """Write the picture of `model_to_dot` to a file, whose name ends in .png, .svg, .pdf, .dot or .gv.

    Args:
        model: a built Model.
        to_file: where to write; None writes nothing.
        show_shapes, show_dtype, show_layer_names, rankdir, expand_nested, dpi: as for `model_to_dot`.
        show_layer_activations, show_trainable, splines: as for `model_to_dot`.

    Returns:
        The Drawing, which shows itself in a notebook.

    Raises:
        ValueError: the model is not built, or the name ends in something else.
        ImportError: there is no Graphviz; the message says how to get one. DOT files need none.

    Example:
        >>> from tinygrad_edu.nn import Dense, Input, Sequential
        >>> model = Sequential([Input((3,)), Dense(1, name="out")])
        >>> "out" in plot_model(model, to_file=None, show_layer_names=True).source
        True
    """
    drawing = model_to_dot(
        model,
        show_shapes,
        show_dtype,
        show_layer_names,
        rankdir,
        expand_nested,
        dpi,
        show_layer_activations=show_layer_activations,
        show_trainable=show_trainable,
        splines=splines,
    )
    if to_file is not None:
        drawing.save(to_file)
    return drawing


def _check(model, rankdir, splines, subgraph):
    from ...nn import Model

    if not isinstance(model, Model):
        raise TypeError(f"plot_model expects a model, such as Sequential([...]); received {type(model).__name__}.")
    if not model.built:
        raise ValueError(
            f"{model.name} is not built, so its shapes are not known: add Input((features,)) first, call "
            "build((None, features)), or fit it."
        )
    for name, value, known in (
        ("rankdir", rankdir, ("TB", "LR", "BT", "RL")),
        ("splines", splines, ("ortho", "curved", "polyline", "spline", "line")),
    ):
        if value not in known:
            raise ValueError(f"{name} expects one of {', '.join(known)}; received {value!r}.")
    if subgraph:
        raise ValueError("subgraph=True is not offered: leave it out, and use expand_nested=True for models inside.")


class _Plan:
    """The boxes of a model, and the arrows between them."""

    def __init__(self, expand_nested, shown):
        self.expand_nested, self.shown, self.boxes, self.arrows = expand_nested, shown, 0, []

    def add(self, dot, model, key):
        """Put the boxes of a model into a graph; the keys of those that its inputs enter and its outputs leave."""
        from ...nn import Sequential

        if isinstance(model, Sequential):
            return self._add_row(dot, model, key)
        if model.calls() is None:
            return self._box(dot, model, key)
        ends, keys = {}, {callee: f"{key}_{i}" for i, callee in enumerate(model.graph.callees)}
        places = {callee: self._part(dot, callee, inner) for callee, inner in keys.items()}
        for call in model.calls():
            first, last = places[call.callee]
            for position, value in enumerate(call.inputs):
                self.arrows.append((ends[id(value)], first[min(position, len(first) - 1)]))
            ends |= {id(value): last[min(value.index, len(last) - 1)] for value in call.outputs}
        inputs, outputs = [[ends[id(value)] for value in values] for values in (model.inputs, model.outputs)]
        return inputs, outputs

    def _add_row(self, dot, model, key):
        parts = [self._part(dot, layer, f"{key}_{i}") for i, layer in enumerate(model.layers)]
        for (_, before), (after, _) in zip(parts, parts[1:]):
            self.arrows.append((before[0], after[0]))
        return parts[0][0], parts[-1][1]

    def _part(self, dot, layer, key):
        from ...nn import Model

        if not (self.expand_nested and isinstance(layer, Model)):
            return self._box(dot, layer, key)
        with dot.subgraph(name=f"cluster_{key}") as frame:
            frame.attr(label=layer.name, labeljust="l", style="rounded,dashed", color="#0072B2", fontsize="16")
            return self.add(frame, layer, key)

    def _box(self, dot, layer, key):
        dot.node(key, _label(layer, **self.shown))
        self.boxes += 1
        return [key], [key]


def _label(layer, names, shapes, dtype, activations, trainable):
    """A box in fields, as Graphviz's records have them: the class, then a row for what is asked for."""
    kind = kind_of(layer)
    fields = [_field(f"{layer.name} ({kind})" if names else kind)]
    activation = getattr(layer, "activation", None)
    if activations and activation is not None:
        fields.append(_field(say("Activation"), getattr(activation, "__name__", activation)))
    row = []
    if shapes:
        row += [_field(say("Input shape"), layer.input_shape), _field(say("Output shape"), layer.output_shape)]
    if dtype:
        row.append(_field(say("Output dtype"), layer.dtype))
    if trainable and layer.weights:
        row.append(_field(say("Trainable") if layer.trainable else say("Non-trainable")))
    return f"{{{'|'.join([*fields, *(['{' + '|'.join(row) + '}'] if row else [])])}}}"


def _field(name, *values):
    """A text in a record: a name, or a name with its value; "?" where that is not known."""
    text = escape(": ".join([str(name), *["?" if value is None else str(value) for value in values]]))
    return "".join(f"\\{c}" if c in "{}|" else c for c in text)
