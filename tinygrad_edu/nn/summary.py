"""The table of a model's layers, shapes and weights, as Keras prints it."""

import re
import shutil

from ..engine.symbolic import Operation
from .graph_config import kind_of
from .shapes import is_shape
from .texts import say

# Layers without weights that Keras calls unbuilt all the same, as long as they have not seen their input.
_NOT_YET = {"Flatten", "Lambda", "Permute", "RepeatVector", "Rescaling"}
_UNITS = ("B", "KB", "MB", "GB", "TB", "PB")


def print_summary(
    model,
    line_length=None,
    positions=None,
    print_fn=None,
    expand_nested=False,
    show_trainable=False,
    layer_range=None,
):
    """Print the layers of a model; unknown shapes are «?», with a last line that says how to build it.

    Args:
        model: a Model, built or not.
        line_length: the width of the table in characters; by default 88, or what the terminal has room for.
        positions: where each column ends, as a share of the width.
        print_fn: a function that is given the text, in place of printing.
        expand_nested: whether to show the layers of the models inside, indented.
        show_trainable: whether to add a column that says which layers are trained.
        layer_range: the names (or regular expressions) of the first and the last layer to show.

    Raises:
        ValueError: there is no room for a column, or no layer of such a name.
    """
    from rich.console import Console
    from rich.markup import escape

    calls = _calls_that_branch(model)
    table = _table(line_length, positions, show_trainable, calls is not None)
    for level, layer in _rows(_in_range(_callees(model), layer_range), expand_nested):
        table.add_row(*_cells(layer, level, show_trainable, calls))
    plain = {"force_terminal": False, "color_system": None} if print_fn else {}
    console = Console(highlight=False, **plain)
    if print_fn:
        console.begin_capture()
    title = say('Model: "{name}"', name=escape(model.name))
    console.print(f"[bold]{title}[/]")
    console.print(table)
    for name, count, size in totals(model):
        console.print(f"[bold] {say(name)}[/][color(34)]{count:,}[/] ({memory(size)})")
    if not model.built:
        console.print(say(" Unbuilt: add Input((features,)) first, call build((None, features)), or fit it."))
    if print_fn:
        print_fn(console.end_capture())


def totals(model):
    """(name, number of values, bytes) of all weights, the trained ones, the others, and the optimizer's state.

    As in Keras, the state of the optimizer counts in the total, and its step and rate have four bytes each.
    """
    groups = [("Trainable params: ", model.trainable_weights), ("Non-trainable params: ", model.non_trainable_weights)]
    if model.compiled and model.optimizer.built:
        groups.append(("Optimizer params: ", model.optimizer.variables))
    found = [(name, sum(w.size for w in weights), sum(map(_bytes, weights))) for name, weights in groups]
    return [("Total params: ", sum(count for _, count, _ in found), sum(size for _, _, size in found)), *found]


def memory(size):
    """A number of bytes for people.

    Example:
        >>> memory(769 * 4)
        '3.00 KB'
    """
    power = 0
    while size >= 1024 and power + 1 < len(_UNITS):
        size, power = size / 1024, power + 1
    return f"{size:.2f} {_UNITS[power]}"


def _bytes(weight):
    return weight.size * (weight.dtype.itemsize if weight.shape else 4)


def _callees(model):
    """The layers of a model, with the ops of a functional one."""
    return model.layers if model.graph is None or hasattr(model, "add") else model.graph.callees


def _calls_that_branch(model):
    """The calls of a functional model in which layers do not simply follow one another; None of other models."""
    calls = None if hasattr(model, "add") else model.calls()
    if calls is None:
        return None
    simple = [len(call.inputs) for call in calls] == [0, *[1] * (len(calls) - 1)]
    row = simple and all(call.inputs[0].call is before for before, call in zip(calls, calls[1:]))
    return None if row and len({call.callee for call in calls}) == len(calls) else calls


def _table(line_length, positions, show_trainable, connected):
    """The empty table, with the widths of Keras."""
    from rich.table import Column, Table

    width = line_length or min(88 + 20 * connected + 12 * show_trainable, shutil.get_terminal_size().columns - 4)
    names, sides = [say("Layer (type)"), say("Output Shape"), say("Param #")], ["left", "left", "right"]
    usual = (0.3, 0.56, 0.74, 1.0) if connected else (0.45, 0.80, 1.0)
    positions = list(positions or usual)
    if len(positions) != len(usual):
        raise ValueError(
            f"positions expects the ends of {'four' if connected else 'three'} columns, such as {list(usual)}; "
            f"got {positions!r}."
        )
    if connected:
        names, sides = [*names, say("Connected to")], [*sides, "left"]
    if show_trainable:
        names, sides, positions = [*names, say("Trainable")], [*sides, "center"], [*[p * 0.90 for p in positions], 1.0]
    ends = [int(share * width) for share in positions]
    widths = [end - start for start, end in zip([0, *ends], ends)]
    if min(widths) < 4:
        raise ValueError(f"A column of the summary is {min(widths)} characters wide: give a larger line_length.")
    columns = [Column(name, justify=side, width=size) for name, side, size in zip(names, sides, widths)]
    return Table(*columns, width=width, show_lines=True)


def _rows(layers, expand_nested, level=0):
    """(depth, layer) of each row."""
    for layer in layers:
        yield level, layer
        if expand_nested:
            yield from _rows(getattr(layer, "layers", ()), True, level + 1)


def _cells(layer, level, show_trainable, calls):
    from rich.markup import escape

    prefix = "   " * level + "└ " if level else ""
    name = f"{escape(prefix + layer.name)} ([color(33)]{escape(kind_of(layer))}[/])"
    cells = [name, _shape(layer.output_shape), _count(layer)]
    if calls is not None:
        cells.append(_connections(layer, calls))
    if show_trainable:
        cells.append("[bold]-[/]" if not layer.weights else f"[bold]{say('Y') if layer.trainable else say('N')}[/]")
    return cells


def _connections(layer, calls):
    """The values that a layer is called with: the layer, the number of its call and that of the value there."""
    values = [value for call in calls if call.callee is layer for value in call.inputs]
    texts = [f"{v.call.callee.name}[[color(34)]{v.call.number}[/]][[color(34)]{v.index}[/]]" for v in values]
    return ", ".join(texts) or "-"


def _shape(shape):
    if shape is None:
        return "?"
    if not is_shape(shape):
        return str(shape)
    return f"({', '.join(f'[color({45 if n is None else 34})]{n}[/]' for n in shape)})"


def _count(layer):
    """How many values a layer has; «unbuilt» where that is not known yet."""
    from .layer import Layer

    if isinstance(layer, Operation):
        return "[color(34)]0[/]"
    if layer.built:
        return f"[color(34)]{layer.count_params():,}[/]"
    waits = type(layer).build is not Layer.build or type(layer).__name__ in _NOT_YET
    return "[color(34)]0[/]" + say(" (unbuilt)") * waits


def _in_range(layers, layer_range):
    """The layers from the first that the one pattern matches to the last that the other does."""
    if layer_range is None:
        return layers
    if not (isinstance(layer_range, (list, tuple)) and len(layer_range) == 2):
        raise ValueError(f"layer_range expects the names of the first and the last layer; received {layer_range!r}.")
    places = [[i for i, layer in enumerate(layers) if re.match(name, layer.name)] for name in layer_range]
    if not all(places):
        names = ", ".join(layer.name for layer in layers)
        raise ValueError(f"layer_range={layer_range!r} matches no layer of this model, which has {names}.")
    ends = [min(places[0]), max(places[1])]
    if ends[0] > ends[1]:
        ends = [min(places[1]), max(places[0])]
    return layers[ends[0] : ends[1] + 1]
