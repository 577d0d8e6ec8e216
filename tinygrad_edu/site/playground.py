"""The functions that the playground of the page calls: code from its controls, a run of code, training, looks inside.

Each function takes one plain value from the page and gives one back. There is one page, and one run at a time.
"""

import csv as tables
import json
import math

import numpy as np

from ..common.language import LANGUAGES, language
from ..viz.figures import COLOURS
from . import controls
from .playing import GRID, Failed, Run
from .texts import say

_run: Run | None = None
_KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
_INSTALL = """\
import importlib.util

if importlib.util.find_spec("tinygrad_edu") is None:
    %pip install -q "tinygrad-edu[viz]"
"""


def first():
    """The data of the page before Python runs: names and defaults of its controls, the first code by language."""
    before, codes = language(), {}
    for one in LANGUAGES:
        language(one)
        codes[one] = controls.code_of(controls.FIRST)
    language(before)
    found = {"choices": controls.choices(), "settings": controls.FIRST, "colours": list(COLOURS), "grid": GRID}
    return found | {"code": codes}


def write(settings):
    """The code that some settings mean, and the classes of their data.

    Returns:
        {"code", "task"}, or {"error": {"text", "line"}}.
    """
    try:
        data = controls.dataset_of(settings["data"])
        task = controls.task_of(data.y, data.target_names)
        if settings["loss"] is not None and settings["loss"] not in controls.choices()["losses"][task]:
            settings = settings | {"loss": None}
        return {"code": controls.code_of(settings), "settings": settings, "task": task}
    except (KeyError, TypeError, ValueError) as error:
        return _failure(error)


def load(request):
    """Run code up to its fit, from where `train` goes on.

    Args:
        request: {"code": the text, "settings": those that wrote it, or None where people did, "ends": of the map's
            axes, or None}.

    Returns:
        What the page shows of it, with the settings that say the same and "beyond", the parts of which they cannot;
        or {"error": {"text", "line"}}, and then the run before goes on.
    """
    global _run
    code, settings, beyond = request["code"], request.get("settings"), []
    try:
        if settings is None or controls.code_of(settings) != code:
            settings, beyond = _read(code)
        _run = Run(code, request.get("ends"))
    except Failed as error:
        return _failure(error)
    return _state(_run) | {"settings": settings, "beyond": beyond}


def _read(code):
    """The settings nearest to some code, and the parts of it that they cannot say."""
    run = Run(code)
    try:
        settings = controls.settings_of(run)
        return settings, differences(run, Run(controls.code_of(settings)))
    except (Failed, KeyError, TypeError, ValueError):
        return controls.FIRST, [say("the model")]


def differences(run, other):
    """The parts in which two runs are not the same, in words."""
    parts = {
        say("the data"): lambda run: [*map(_listed, (run.x, run.y)), *map(_listed, run.held_out or ())],
        say("the layers"): lambda run: [_without_name(layer) for layer in run.model.layers],
        say("the optimizer, the loss or the metrics"): lambda run: _plain(_compiled(run.model)),
        say("the call of fit"): _training_of,
        say("the weights at the start"): lambda run: [weight.numpy().tolist() for weight in run.model.weights],
    }
    return [name for name, read in parts.items() if read(run) != read(other)]


def _listed(array):
    return None if array is None else array.tolist()


def _without_name(layer):
    config = {key: value for key, value in layer.get_config().items() if key not in ("name", "seed")}
    return type(layer).__name__, _plain(config)


def _compiled(model):
    config = model.get_compile_config()
    optimizer = config["optimizer"]["config"]
    return config | {"optimizer": config["optimizer"] | {"config": optimizer | {"name": None}}}


def _training_of(run):
    said = {name: value for name, value in run.options.items() if name not in ("validation_data", "callbacks")}
    return said, bool(run.options.get("callbacks"))


def _plain(value):
    return json.dumps(value, default=repr, sort_keys=True)


def _state(run):
    """All that the page shows of a run."""
    found = {"said": run.said, "goal": run.goal, "classes": run.classes, "samples": run.samples()}
    names = next((list(made.feature_names) for made in run.names.values() if hasattr(made, "feature_names")), [])
    if run.flat:
        across, up, _ = run.plane
        ends = [float(values[i]) for values in (across, up) for i in (0, -1)]
        names = names if len(names) == run.x.shape[1] else [f"x{i + 1}" for i in range(run.x.shape[1])]
        found |= {"ends": ends, "range": run.range, "names": names}
    found["layers"] = [_described(layer) for layer in run.model.layers if layer.count_params()]
    return found | {"frame": run.picture()}


def _described(layer):
    config = layer.get_config()
    activation = config.get("activation")
    return {
        "name": layer.name,
        "kind": type(layer).__name__,
        "units": config.get("units"),
        "activation": activation if isinstance(activation, str) else None,
    }


def reset(_):
    """Begin the run anew, from the weights that its code begins with."""
    global _run
    try:
        _run = Run(_run.code, _run.ends)
    except Failed as error:
        return _failure(error)
    return _state(_run)


def train(request):
    """Train for request["milliseconds"], one epoch at least; past the end, as many epochs more as the code says.

    Returns:
        What changed: the metrics of these epochs by name, the map, the neurons, the weights.
    """
    try:
        if request.get("further"):
            _run.go_on()
        history = _run.train(request.get("milliseconds", 0))
    except Failed as error:
        return _failure(error)
    figures = {name: [value if math.isfinite(value) else None for value in map(float, values)]
               for name, values in history.items()}  # fmt: skip
    return _run.picture() | {"history": figures, "said": _run.said, "goal": _run.goal}


def look(request):
    """One sample through the network and back, and the pictures of the film of that step.

    Args:
        request: {"part": "train" or "test", "index": which sample}.
    """
    try:
        story = _run.story(request["part"], request["index"])
    except (TypeError, ValueError, IndexError) as error:
        return _failure(error)
    return {
        "names": story.names,
        "values": [_figures(values) for values in story.values],
        "deltas": [None if deltas is None else _figures(deltas) for deltas in story.deltas],
        "weights": [_figures(kernel) for kernel in story.kernels],
        "gradients": [None if kernel is None else _figures(kernel) for kernel in story.of_kernels],
        "updated": [_figures(kernel) for kernel in story.updated],
        "steps": [_step(step) for step in story.steps],
    }


def _figures(values):
    values = np.nan_to_num(np.asarray(values, float).ravel(), posinf=1e9, neginf=-1e9)
    return [float(f"{value:.4g}") for value in values.tolist()]


def _step(step):
    return {"caption": step.lines, "known": step.known, "back": step.back, "updated": step.updated}


def doctor(_):
    """The Doctor's diagnosis of a training of the run, as text."""
    from ..doctor import diagnose  # what the page begins with needs none

    options = {name: value for name, value in _run.options.items() if name not in ("callbacks", "initial_epoch")}
    try:
        return {"text": str(diagnose(_run.model, _run.x, _run.y, language=language(), **options))}
    except (TypeError, ValueError, RuntimeError) as error:
        return _failure(error)


def table(request):
    """Data of one's own from the text of a CSV file, whose last column is the target.

    Args:
        request: {"text": of the file}.

    Returns:
        {"data": settings for `write`}, or an error.
    """
    try:
        return {"data": data_of_csv(request["text"])}
    except (ValueError, tables.Error) as error:
        return _failure(error)


def data_of_csv(text):
    """The rows of a CSV text, the names of its columns, and of the classes where the last column has such.

    A first line without numbers has the names. Texts in the last column, or few whole numbers, are classes.

    Raises:
        ValueError: something is no number, or lines differ in length.

    Example:
        >>> data_of_csv("width,length,kind\\n1,2,cat\\n3,4,dog")
        {'rows': [[1.0, 2.0, 0], [3.0, 4.0, 1]], 'names': ['width', 'length'], 'classes': ['cat', 'dog']}
    """
    head = text[:4096]
    separator = max(",;\t", key=head.count)
    lines = [[cell.strip() for cell in line] for line in tables.reader(text.splitlines(), delimiter=separator)]
    lines = [line for line in lines if any(line)]
    if not lines or len(lines[0]) < 3 or {len(line) for line in lines} != {len(lines[0])}:
        raise ValueError(say("Rows of two columns or more, and the target, are needed."))
    names = [f"x{i + 1}" for i in range(len(lines[0]) - 1)]
    if all(_number(cell, separator) is None for cell in lines[0][:-1]):
        names, lines = lines[0][:-1], lines[1:]
    rows = [[_number(cell, separator) for cell in line[:-1]] for line in lines]
    for i, row in enumerate(rows):
        if None in row:
            raise ValueError(say("Row {row} has something that is no number: {cells}", row=i + 1, cells=lines[i]))
    targets, classes = _targets([line[-1] for line in lines], separator)
    return {"rows": [[*row, target] for row, target in zip(rows, targets)], "names": names, "classes": classes}


def _targets(cells, separator):
    """The last column as numbers, and the names of the classes; none where it has values."""
    values = [_number(cell, separator) for cell in cells]
    whole = all(value is not None and value == round(value) for value in values)
    if None not in values and not (whole and len(set(values)) <= 10):
        return values, []
    kinds = sorted(set(values)) if whole else sorted(set(cells))
    numbers = [kinds.index(value) for value in (values if whole else cells)]
    return numbers, [f"{kind:g}" if whole else kind for kind in kinds]


def _number(cell, separator):
    """A cell as a number, of 1,5 too where commas do not separate; None where it is none."""
    try:
        value = float(cell if separator == "," else cell.replace(",", "."))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def notebook(request):
    """The code as the text of a notebook: its parts, which comments begin, are cells."""
    cells, lines = [_INSTALL], []
    for line in request["code"].splitlines():
        if line.startswith("# ") and any(lines):
            cells.append("\n".join(lines))
            lines = []
        lines.append(line)
    cells.append("\n".join(lines))
    made = [
        {"cell_type": "code", "execution_count": None, "id": f"cell-{i}", "metadata": {}, "outputs": [],
         "source": text.strip().splitlines(keepends=True)}
        for i, text in enumerate(cells)
    ]  # fmt: skip
    book = {"cells": made, "metadata": {"kernelspec": _KERNEL}, "nbformat": 4, "nbformat_minor": 5}
    return {"text": json.dumps(book, indent=1, ensure_ascii=False) + "\n"}


def _failure(error):
    return {"error": {"text": str(error), "line": getattr(error, "line", None)}}
