"""How things show themselves in Jupyter and Colab: small HTML, right on light and on dark ground.

No scripts and no style sheets, which a notebook may take out: only tables with their styles in them. Colours are
half transparent, so that the text keeps the colour that the notebook gives it.
"""

from html import escape
from pathlib import Path

import numpy as np

from .language import Texts

say = Texts(Path(__file__).parent)

_SHOWN = 12  # rows and columns of an array that are shown number by number
_GREY = "rgba(128,128,128,0.5)"
_CELL = f"padding:2px 8px;border:1px solid {_GREY};text-align:"
_BLUE, _ORANGE = "0,114,178", "213,94,0"  # Okabe & Ito (2008)


def tensor_html(tensor):
    """A Tensor: what it is, its values and its gradient, small ones as tables with a heat map."""
    values, gradient = np.asarray(tensor.array), tensor.kept_gradient
    name = f"Tensor <b>{escape(str(tensor.path))}</b>" if tensor.path else "Tensor"
    made = say("result of {op}", op=escape(tensor.op.name)) if tensor.op else say("leaf")
    facts = f"{name} · {say('shape {shape}', shape=tensor.shape)} · {tensor.dtype} · {made}"
    if gradient is None:
        return _box(f"<div>{facts} · {_state_of_gradient(tensor)}</div>{array_html(values)}")
    shown = f"<div>{say('gradient')}</div>{array_html(np.asarray(gradient))}"
    return _box(f"<div>{facts}</div>{array_html(values)}{shown}")


def _state_of_gradient(tensor):
    if not tensor.requires_grad:
        return say("no gradient wanted")
    return say("in the graph") if tensor.op else say("gradient not computed")


def array_html(values):
    """The numbers of an array: a heat map of a small matrix, the ends and the range of a large one."""
    if values.ndim > 2 or not values.size or max(values.shape, default=1) > _SHOWN:
        text = np.array2string(values, precision=4, max_line_width=110, threshold=60)
        return f'<pre style="margin:2px 0;font-family:monospace">{escape(text)}</pre>{_range(values)}'
    rows = values.reshape(-1, values.shape[-1] if values.ndim else 1)
    finite = np.abs(rows[np.isfinite(rows)])
    largest = float(finite.max(initial=0)) or 1.0
    lines = "".join(f"<tr>{''.join(_number_cell(x, largest) for x in row)}</tr>" for row in rows)
    return f'<table style="border-collapse:collapse;margin:2px 0">{lines}</table>'


def _number_cell(x, largest):
    """The blue of a cell tells how large a positive number is, the orange how large a negative one."""
    if x.dtype.kind == "f" and not np.isfinite(x):
        return f'<td style="{_CELL}right;border:3px double"><b>{x}</b></td>'
    strength = 0.5 * abs(float(x)) / largest
    colour = f"rgba({_BLUE if x >= 0 else _ORANGE},{strength:.2f})"
    return f'<td style="{_CELL}right;background:{colour}">{x if x.dtype.kind == "b" else f"{x:.4g}"}</td>'


def _range(values):
    if not values.size:
        return f"<div>{say('no values')}</div>"
    finite = values[np.isfinite(values)]
    lost = values.size - finite.size
    count = f"{values.size:,}"
    parts = [say("{count} values", count=count)]
    if lost:
        parts = [say("{lost} of {count} values are NaN or infinite", lost=f"{lost:,}", count=count)]
    if finite.size:
        extent = {say("least"): finite.min(), say("mean"): finite.mean(), say("greatest"): finite.max()}
        parts += [f"{name} {float(value):.4g}" for name, value in extent.items()]
    return f"<div>{' · '.join(parts)}</div>"


# -- models, histories, programs -----------------------------------------------------------------------


def model_html(model):
    """A model: the table of its layers, as `summary` prints it."""
    rows = [
        (
            layer.name,
            type(layer).__name__,
            layer.output_shape or "?",
            f"{layer.count_params():,}" if layer.built else "?",
        )
        for layer in model.layers
    ]
    total = (
        say("{count} parameters", count=f"{model.count_params():,}")
        if model.built
        else say("not built yet: its shapes are known with the data")
    )
    compiled = ""
    if model.compiled and model.loss is not None:
        compiled = f" · {type(model.optimizer).__name__}, {getattr(model.loss, 'name', model.loss)}"
    head = say("layer"), say("type"), say("output shape"), say("parameters")
    title = f"{type(model).__name__} <b>{escape(model.name)}</b> · {total}{escape(compiled)}"
    return _box(f"<div>{title}</div>{table(head, rows)}")


def single_figures(figures):
    """{name: one number an epoch, as an array}; a metric of several numbers is taken apart: f1_score[0], f1_score[1], …

    Raises:
        TypeError: the values of a name are no numbers.

    Example:
        >>> single_figures({"loss": [0.5, 0.25], "f1_score": [np.array([0.0, 1.0]), np.array([0.5, 1.0])]})
        {'loss': array([0.5 , 0.25]), 'f1_score[0]': array([0. , 0.5]), 'f1_score[1]': array([1., 1.])}
    """
    found = {}
    for name, values in figures.items():
        try:
            values = np.atleast_1d(np.asarray(values, dtype=float))
        except (TypeError, ValueError):
            raise TypeError(f"History: {name!r} should have one number an epoch; received {values!r}.") from None
        for place in np.ndindex(values.shape[1:]):
            found[f"{name}[{', '.join(map(str, place))}]" if place else str(name)] = values[:, *place]
    return found


def history_html(history, named=str):
    """A training: each metric, as it is `named`, with its first, last and extreme values and a small curve."""
    rows = []
    for name, values in single_figures(history.history).items():
        ends = [_epoch_of(values, best, history.epoch) for best in (np.nanargmin, np.nanargmax)]
        rows.append((named(name), f"{values[0]:.4g}", f"{values[-1]:.4g}", *ends, _Html(_curve(values))))
    head = [say(name) for name in ("metric", "first", "last", "least (epoch)", "greatest (epoch)", "curve")]
    title = say("History of {count} epochs", count=len(history.epoch))
    return _box(f"<div>{title}</div>{table(head, rows) if rows else ''}")


def _epoch_of(values, best, epochs):
    if np.isnan(values).all():
        return "nan"
    i = int(best(values))
    return f"{values[i]:.4g} ({epochs[i] + 1 if len(epochs) == len(values) else i + 1})"


def _curve(values, width=120, height=28):
    """The values as a line, from left to right; where one is NaN or infinite the line is broken."""
    finite = values[np.isfinite(values)]
    if len(values) < 2 or not finite.size:
        return ""
    low, span = finite.min(), np.ptp(finite) or 1.0
    x = 2 + (width - 4) * np.arange(len(values)) / (len(values) - 1)
    y = height - 3 - (height - 6) * (values - low) / span
    step = max(len(values) // width, 1)
    points, pen = [], "M"
    for i in [*range(0, len(values) - 1, step), len(values) - 1]:
        if np.isfinite(y[i]):
            points.append(f"{pen}{x[i]:.1f} {y[i]:.1f}")
            pen = "L"
        else:
            pen = "M"
    line = f'<path d="{"".join(points)}" fill="none" stroke="currentColor" stroke-width="1.5"/>'
    label = say("curve")
    return f'<svg width="{width}" height="{height}" role="img" aria-label="{label}">{line}</svg>'


def source_html(source, height="30em"):
    """A program: its text, the comments that open its sections marked."""
    lines = [
        f'<b style="background:rgba({_BLUE},0.2)">{line}</b>' if line.lstrip().startswith("#") else line
        for line in escape(source).splitlines()
    ]
    style = f"max-height:{height};overflow:auto;margin:0;padding:4px 8px;border:1px solid {_GREY};"
    style += "line-height:1.4;font-family:monospace"  # JupyterLab gives a pre its own font
    return f'<pre tabindex="0" style="{style}">{chr(10).join(lines)}</pre>'


# -- pieces ------------------------------------------------------------------------------------------------


class _Html(str):
    """A text that is HTML already."""


def table(head, rows):
    """A table of texts, which are escaped; the first column to the left, numbers to the right."""
    cells = "".join(f'<th scope="col" style="{_CELL}left">{escape(name)}</th>' for name in head)
    body = "".join(f"<tr>{''.join(_cell(i, x) for i, x in enumerate(row))}</tr>" for row in rows)
    return f'<table style="border-collapse:collapse;margin:2px 0"><tr>{cells}</tr>{body}</table>'


def _cell(column, value):
    text = value if isinstance(value, _Html) else escape(str(value))
    return f'<td style="{_CELL}{"right" if column and text.lstrip("-")[:1].isdigit() else "left"}">{text}</td>'


def _box(content):
    return f'<div style="display:inline-block;max-width:100%;overflow-x:auto">{content}</div>'
