"""The report of a training: one page with all that a student hands in, which opens anywhere without a network.

`report` puts the sections together, a function each; the pictures of a section are made in `report_pictures`.
"""

from __future__ import annotations

import platform
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ...common.arguments import checked
from ...common.arrays import as_array, check_lengths
from ...common.display import single_figures, source_html
from ...common.files import replacing
from ...common.version import __version__
from ...nn.callbacks import Monitor
from ...nn.probing import batch_gradients
from ...nn.texts import metric_name
from ...nn.training.feeding import rows_in
from ..figures import plain_style
from ..html import escape, html_document
from ..texts import say
from .models import check_built

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from os import PathLike
    from typing import Any

    from numpy.typing import ArrayLike

    from ...nn import Model
    from ...nn.callbacks import History

_GRADIENTS_OF = 1000  # samples, at most, that the gradients are computed on


@checked
def report(
    model: Model,
    history: History | Mapping[str, Any],
    path: str | PathLike[str],
    x: ArrayLike | None = None,
    y: ArrayLike | None = None,
    title: str | None = None,
    author: str | None = None,
    date: str | None = None,
    notes: str | None = None,
    names: Collection[Any] | None = None,
    labels: Collection[Any] | None = None,
) -> Path:
    """Write the report of a training as one HTML page, to read, print or hand in; it needs no network.

    The page has the final figures, the table of the layers, how the model was compiled and trained, the curves, the
    computation graph, the program of the training step and the versions of the packages. With x and y it also has
    the loss on them, how large the gradient of each weight is there, what the model says: the boundary between
    classes (of two features), the confusion of classes, or predictions against targets; and what the doctor of
    trainings sees. The gradients are those on the
    batch trained last where no x is given.

    Args:
        model: a trained model.
        history: what `fit` returned, or its dict {"loss": [...], …}.
        path: where to write, ending in .html; a file of this name is replaced.
        x, y: samples and targets to look at the model with, such as those kept for testing.
        title, author, date, notes: texts for the head of the page, as they should stand there. The title is the
            name of the model unless given; nothing else is written that was not given.
        names: what the features of x are called; those of a DataFrame by default.
        labels: what the classes are called.

    Returns:
        The path, as a `pathlib.Path`.

    Raises:
        TypeError: this is no model, or no history.
        ValueError: the model is not trained, x comes without y, or the path does not end in .html.
        ImportError: matplotlib is not installed; the message has the command that gets it.
        OSError: the folder is missing or cannot be written.

    Example:
        >>> import tempfile
        >>> from tinygrad_edu.nn import Dense, Input, Sequential
        >>> from tinygrad_edu.viz import report
        >>> model = Sequential([Input((2,)), Dense(1)])
        >>> model.compile("sgd", "mse")
        >>> history = model.fit([[0.0, 1.0], [1.0, 0.0]], [1.0, 0.0], epochs=3, verbose=0)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     page = report(model, history, f"{folder}/homework.html", author="Ana García").read_text("utf-8")
        >>> "Ana García" in page
        True
    """
    path = Path(path)
    if path.suffix.lower() not in (".html", ".htm"):
        raise ValueError(f"report expects a file name that ends in .html; received {str(path)!r}.")
    figures = _figures(model, history)
    names = getattr(x, "columns", None) if names is None else names
    data = _data(model, x, y)
    batch = _batch(model, data)
    with plain_style(), replacing(path) as file:
        sections = [
            _head(author, date, notes),
            _final_figures(model, figures, data),
            _layers(model),
            _training(model, history, figures),
            _curves(history),
            _graph(model, batch),
            _gradients(model, batch, "x, y" if data else say("the batch trained last")) if batch else "",
            _answers(model, figures, data, names, labels) if data else "",
            _doctor(model, history, data) if data else "",
            _program(model),
            _versions(),
        ]
        page = html_document(
            title or say("Training of {model}", model=model.name), "\n".join(sections), styles=["report.css"]
        )
        file.write(page.encode("utf-8"))
    return path


# -- what is needed, before anything is written ----------------------------------------------------------


def _figures(model, history):
    """The figures of the history as arrays, of a model that was trained."""
    check_built(model, "report")
    figures = getattr(history, "history", history)
    if not isinstance(figures, dict):
        raise TypeError(f"report expects what fit returned, or a dict of lists; received {type(history).__name__}.")
    if not getattr(model, "compiled", False) or not any(len(np.atleast_1d(values)) for values in figures.values()):
        raise ValueError(
            f"report: the model {model.name!r} is not trained, so there is nothing to tell. Train it first: "
            "history = model.fit(…)."
        )
    return {name: values for name, values in single_figures(figures).items() if len(values)}


def _data(model, x, y):
    """(x, y) as arrays, or None."""
    if (x is None) != (y is None):
        raise ValueError("report looks at samples with their targets: pass x and y together, or neither.")
    if x is None:
        return None
    x, y = as_array(x, "x"), as_array(y, "y")
    check_lengths(x=x, y=y)
    model.prepare(x, y)
    return x, y


def _batch(model, data):
    """Samples to compute gradients on: (x, y), of the data or of the batch that was trained last, or None."""
    batch = model.programs.last_batch("train")
    parts = data or (batch and batch.parts)
    return parts and rows_in(parts[:2], slice(_GRADIENTS_OF))


# -- the sections --------------------------------------------------------------------------------------------


def _head(author, date, notes):
    facts = " · ".join(escape(text) for text in (author, date) if text)
    return (f'<p class="author">{facts}</p>' if facts else "") + (
        f'<p class="notes">{escape(notes)}</p>' if notes else ""
    )


def _final_figures(model, figures, data):
    """The last and the best value of each figure, on what it was trained with, what it was validated on, and x."""
    measured = model.evaluate(*data, verbose=0, return_dict=True) if data else {}
    measured = {name: values[0] for name, values in single_figures({n: [x] for n, x in measured.items()}).items()}
    plain = dict.fromkeys(name.removeprefix("val_") for name in figures)
    validated = any(name.startswith("val_") for name in figures)
    head = [say("figure"), say("training")]
    if validated:
        head += [say("validation"), say("best validation (epoch)")]
    if data:
        head += [say("x, y: {count:,} samples", count=len(data[0]))]
    rows = []
    for name in plain:
        row = [metric_name(name), _last(figures.get(name))]
        if validated:
            row += [_last(figures.get(f"val_{name}")), _best(f"val_{name}", figures.get(f"val_{name}"))]
        if data:
            row += [_number(measured.get(name))]
        rows.append(row)
    note = say("Figures of the training data are means over the last epoch, while the weights were changing.")
    lost = "".join(f"<p><strong>{escape(text)}</strong></p>" for text in _not_finite(figures))
    return _section(say("Final figures"), lost + _table(head, rows) + f'<p class="quiet">{note}</p>')


def _not_finite(figures):
    """A sentence for each figure that was no number at some epoch."""
    for name, values in figures.items():
        gaps = np.flatnonzero(~np.isfinite(values))
        if len(gaps):
            text = "{name} is NaN or infinite in {gaps} of {epochs} epochs, first in epoch {first}."
            yield say(text, name=metric_name(name), gaps=len(gaps), epochs=len(values), first=gaps[0] + 1)


def _layers(model):
    rows = []
    for layer in model.layers:
        count = f"{layer.count_params():,}" if layer.built else "?"
        rows.append([layer.name, type(layer).__name__, _settings(layer), layer.output_shape or "?", count])
    head = ["layer", "type", "settings", "output shape", "parameters"]
    table = _table([say(name) for name in head], rows)
    trained = sum(weight.size for weight in model.trainable_weights)
    note = say(
        "{count:,} parameters, of which training changes {trained:,}.", count=model.count_params(), trained=trained
    )
    return _section(say("The model"), f"{table}<p>{note}</p>")


def _settings(layer):
    """The settings that tell a layer from another of its type: its activation, and rates."""
    shown = []
    for name in ("activation", "rate", "kernel_size", "strides", "pool_size", "kernel_regularizer"):
        value = getattr(layer, name, None)
        text = getattr(value, "__name__", None) or (repr(value) if value is not None else "")
        if text and text not in ("linear", "1", "(1, 1)"):
            shown.append(text if name == "activation" else f"{name} {text}")
    return ", ".join(shown)


def _training(model, history, figures):
    optimizer, params = model.optimizer, getattr(history, "params", None) or {}
    left_out = {"name"} if getattr(optimizer, "use_ema", False) else {"name", "ema_momentum"}
    settings = [f"{name} {_plain(x)}" for name, x in optimizer.get_config().items() if x and name not in left_out]
    loss = getattr(model.loss, "name", None) or getattr(model.loss, "__name__", str(model.loss))
    metrics = ", ".join(metric.name for metric in model.metrics[1:]) or say("none")
    rows = [
        [say("optimizer"), f"{type(optimizer).__name__}: {', '.join(settings)}"],
        [say("loss"), loss],
        [say("metrics"), metrics],
        [say("epochs"), f"{max(map(len, figures.values())):,}"],
        [say("steps of the optimizer"), f"{optimizer.iterations:,}"],
    ]
    if params.get("steps"):
        rows.insert(4, [say("batches an epoch"), f"{params['steps']:,}"])
    return _section(say("How it was trained"), _facts(rows))


def _curves(history):
    from .report_pictures import curves

    return _section(
        say("Curves"), _figure(curves(history), say("The losses and metrics of each epoch; validation is dashed."))
    )


def _graph(model, batch):
    from .report_pictures import graphs

    try:
        small, whole = graphs(model, batch)
    except (ImportError, TimeoutError) as error:  # there is no Graphviz, or it took too long
        return _section(say("Computation graph"), f"<p>{say('The graph is left out.')} {escape(error)}</p>")
    of = say("the loss on one sample, with its gradients") if batch else say("the model")
    body = _wide(small, say("The computation of {of}: a box for each layer.", of=of))
    more = _wide(whole, say("The computation of {of}: a box for each operation.", of=of))
    return _section(
        say("Computation graph"), f"{body}<details><summary>{say('Every operation')}</summary>{more}</details>"
    )


def _gradients(model, batch, what):
    """How large the gradient of each weight is: a layer that learns nothing, or too much, stands out."""
    from .report_pictures import gradient_bars

    found = batch_gradients(model, batch)
    if not found:
        return _section(say("Gradient flow"), f"<p>{say('No weight has a gradient.')}</p>")
    rows = []
    for weight, gradient in found.items():
        size, of_weight = (float(np.linalg.norm(np.ravel(a).astype(float))) for a in (gradient, weight.numpy()))
        zero = float(np.mean(gradient == 0))
        rows.append([weight.path, _number(size), _number(size / of_weight if of_weight else None), f"{zero:.0%}"])
    sizes = {row[0]: float(np.linalg.norm(np.ravel(g).astype(float))) for row, g in zip(rows, found.values())}
    head = ["weight", "gradient norm", "gradient norm / weight norm", "zeros"]
    table = _table([say(name) for name in head], rows)
    text = "The norm of the gradient of the loss on {what} ({count:,} samples), from the input on."
    caption = say(text, what=what, count=len(batch[0]))
    return _section(say("Gradient flow"), _figure(gradient_bars(sizes), caption) + table)


def _answers(model, figures, data, names, labels):
    """The predictions for x, beside the right values."""
    from .report_pictures import boundary, confusion_picture, predictions

    x, y = data
    if not _tells_classes(model, figures, y):
        if y.size != len(y) or model.output_shape[-1] != 1:
            return ""
        caption = say("Each sample: what is right, and what the model says. On the line both are the same.")
        return _section(say("Predictions"), _figure(predictions(model, x, y), caption))
    found = []
    if x.ndim == 2 and x.shape[1] == 2:
        caption = say("What the model says everywhere, and the samples; wrong ones have a black ring.")
        found.append(_figure(boundary(model, x, y, names, labels), caption))
    caption = say("How many samples of each class are taken for each.")
    found.append(_figure(confusion_picture(model, x, y, labels), caption))
    return _section(say("Classes"), "".join(found))


def _tells_classes(model, figures, y):
    """True if the model tells classes apart, and y has one class for each sample."""
    loss = str(getattr(model.loss, "name", "") or getattr(model.loss, "__name__", ""))
    classes = "crossentropy" in loss or "hinge" in loss or any("accuracy" in name for name in figures)
    whole = bool((y == np.round(y)).all())
    one_each = y.size == len(y) or bool((y.reshape(len(y), -1).sum(axis=1) == 1).all())
    return classes and whole and one_each and y.ndim <= 2


def _doctor(model, history, data):
    """The findings of the doctor in the trained model, on x and y."""
    from ...doctor import look

    diagnosis = look(model, *data, history)
    text = say("tg.diagnose(model, x, y, epochs=…), before training, runs it again and says more.")
    more = f'<p class="quiet">{text}</p>'
    return _section(say("What the doctor sees"), diagnosis.html() + more)


def _program(model):
    """The training step as plain NumPy."""
    try:
        source = model.training_program.source
    except RuntimeError as error:  # it runs op by op, or was loaded from a file
        return _section(say("The training step"), f"<p>{escape(error)}</p>")
    what = say("One step of the training as a flat NumPy program, which runs as it stands here.")
    text = source_html(source, height="none")
    return _section(say("The training step"), f"<details><summary>{what}</summary>{text}</details>")


def _versions():
    rows = [["Python", platform.python_version()]]
    for package in ("tinygrad-edu", "numpy", "matplotlib"):
        try:
            rows.append([package, metadata.version(package)])
        except metadata.PackageNotFoundError:  # run from its sources
            rows.append([package, __version__ if package == "tinygrad-edu" else "?"])
    rows.append([say("system"), f"{platform.system()} {platform.machine()}"])
    return _section(say("Versions"), _facts(rows))


# -- pieces ----------------------------------------------------------------------------------------------------


def _section(heading, body):
    return f"<section><h2>{escape(heading)}</h2>{body}</section>"


def _table(head, rows):
    """A table of texts; a column of figures stands to the right."""
    cells = "".join(f'<th scope="col">{escape(name)}</th>' for name in head)
    lines = []
    for row in rows:
        texts = [f'<th scope="row">{escape(row[0])}</th>']
        for value in row[1:]:
            text = escape(value)
            number = text[:2].lstrip("-")[:1].isdigit() or text in ("nan", "inf", "-inf")
            texts.append(f'<td class="number">{text}</td>' if number else f"<td>{text}</td>")
        lines.append(f"<tr>{''.join(texts)}</tr>")
    return f'<div class="scroll"><table><thead><tr>{cells}</tr></thead><tbody>{"".join(lines)}</tbody></table></div>'


def _facts(rows):
    """A table of names and what they stand for."""
    lines = "".join(f'<tr><th scope="row">{escape(name)}</th><td>{escape(text)}</td></tr>' for name, text in rows)
    return f'<table class="facts"><tbody>{lines}</tbody></table>'


def _figure(picture, caption, least=0):
    """A picture as wide as the page lets it be, but not below this share of its size."""
    source, width, height = picture
    style = f' style="min-width:{round(least * width)}px"' if least else ""
    image = f'<img src="{source}" width="{width}" height="{height}" alt="{escape(caption)}"{style}>'
    return f"<figure>{image}<figcaption>{escape(caption)}</figcaption></figure>"


def _wide(picture, caption):
    """A picture with small letters: where it would become too small, it is moved sideways."""
    figure = _figure(picture, caption, least=0.7)
    return f'<div class="wide" tabindex="0" role="region" aria-label="{escape(caption)}">{figure}</div>'


def _last(values):
    return "–" if values is None else _number(values[-1])


def _best(name, values):
    if values is None or np.isnan(values).all():
        return "–"
    monitor, best = Monitor(name), None
    for i, value in enumerate(values):
        if not np.isnan(value) and (best is None or monitor.better(value, values[best])):
            best = i
    return f"{_number(values[best])} ({best + 1})"


def _number(value):
    return "–" if value is None else f"{float(value):.4g}"


def _plain(value):
    """A setting in a few words; a schedule by its name and settings."""
    if isinstance(value, dict) and "class_name" in value:
        return f"{value['class_name']}({', '.join(f'{k}={v}' for k, v in value['config'].items() if v is not None)})"
    return f"{value:.6g}" if isinstance(value, float) else str(value)
