"""Gradient checking: the gradient that the rules give, against differences of the function itself.

Every entry of every argument is moved a little to both sides, and the slope of the function is compared
with its analytic gradient. The result is a report that says where they differ, and tells a wrong gradient
from a kink, where a function has two slopes.

Source: Nocedal and Wright, "Numerical Optimization" (2006), section 8.1; Richardson (1911).
"""

import inspect
from collections.abc import Callable
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np

from .autodiff import gradients
from .tensor import Tensor, record

_EPS = float(np.finfo(np.float64).eps)
_STEP = _EPS ** (1 / 3)


def gradcheck(f, *inputs, gradient=None, order=1, step=None, rtol=1e-6, atol=None, seed=0, names=None, max_entries=500):
    """Compare the gradient of f with central differences, (f(x + h) − f(x − h)) / 2h.

    A result with several values is reduced to one number, Σᵢ rᵢ fᵢ with random rᵢ, since an incoming
    gradient of ones would hide a factor that should divide. All is computed in float64, and the same seed
    gives the same report. An entry agrees where |analytic − numeric| ≤ atol + rtol · max(|analytic|,
    |numeric|). Where it does not, other steps are tried before it is called wrong. At a kink, such as
    |x| at 0, any value between the slopes of the two sides counts as right: it is a subgradient.

    Args:
        f: a function of Tensors that gives a floating-point Tensor of any shape, or several in a tuple;
            or a model: then each of its trainable parameters is checked, on the loss of inputs (x, y)
            when it was compiled, on its output for the input x otherwise.
        *inputs: where to check: floats, arrays or Tensors. Whatever holds no floats, such as an integer
            or a text, is passed to f as it is.
        gradient: a gradient written by hand, to be checked in place of the one of the rules:
            `gradient(*inputs)` gives an array for each floating-point input, in a tuple when there are
            several. It and f are called with NumPy arrays then, and f must give one value.
        order: 2 checks the gradient of the gradient as well.
        step: the step h relative to max(1, |x|); the cube root of the float64 precision by default.
        rtol: the relative error allowed.
        atol: the absolute error allowed; by default the rounding error of the difference and of the
            rules, plus a thousandth of rtol times the largest slope of the argument.
        seed: what the random numbers are drawn from.
        names: what the report calls the inputs; by default their names in the signature of f.
        max_entries: in a larger argument only so many random entries are moved one by one, and then all
            of them together along two random directions.

    Returns:
        A `Report`: true when every gradient agrees, a table when printed.

    Raises:
        TypeError: no input is floating point, or f does not give a floating-point Tensor.
        ValueError: f gives different values when called twice, does not compute in float64, or
            `gradient` gives the wrong number or shapes of arrays.

    Example:
        >>> report = gradcheck(lambda x: (x**3).sum(), np.array([1.0, 2.0]))
        >>> bool(report)
        True
        >>> bool(gradcheck(lambda x: x**3, 2.0, gradient=lambda x: 2 * x**2))
        False
    """
    if order not in (1, 2):
        raise ValueError(f"Expected order=1 or order=2; received order={order!r}.")
    if gradient is not None and order == 2:
        raise ValueError("A gradient written by hand is checked at order 1; received order=2.")
    rng = np.random.default_rng(seed)
    settings = _Settings(_STEP if step is None else step, rtol, atol, max_entries)
    with record(True), np.errstate(all="ignore"):
        if callable(f) and hasattr(f, "trainable_weights"):
            if gradient is not None:
                raise ValueError("gradient= checks a function of arrays; a model finds its own gradients.")
            evaluate, variables = _model_problem(f, inputs)
            names = [p.name or f"parameter {i}" for i, p in enumerate(variables)]
            with _in_float64(variables):
                rows = _check_orders(evaluate, variables, names, order, rng, settings)
        else:
            evaluate, variables, names = _function_problem(f, inputs, names, gradient)
            by_hand = gradient and (lambda: _by_hand(gradient, inputs, variables, names))
            rows = _check_orders(evaluate, variables, names, order, rng, settings, by_hand)
    return Report(getattr(f, "name", None) or getattr(f, "__name__", type(f).__name__), rows, seed)


# -- the report ---------------------------------------------------------------------------------------


class Row(NamedTuple):
    """What was found for one argument at one order.

    `analytic`, `numeric` and `error` are those of the worst entry; `index` is None when that is not an
    entry but a random direction through all of them. The error is |analytic − numeric| relative to the
    larger of the two, or to the rounding error where both are as small as that. `left` and `right` are
    the slopes on the two sides where a kink was looked for. `gradient` and `estimate` hold the analytic
    and the numeric gradient of all entries, NaN where an entry was not moved.
    """

    name: str
    shape: tuple
    order: int
    checked: int
    index: tuple | None
    analytic: float
    numeric: float
    error: float
    verdict: str
    left: float
    right: float
    gradient: np.ndarray
    estimate: np.ndarray

    @property
    def ok(self):
        """Whether the gradient agrees: the verdict is "ok", or "kink" with a slope between the two sides."""
        return self.verdict in ("ok", "kink")

    @property
    def entry(self):
        """The worst entry as Python writes it, such as "w[0, 1]"."""
        if not self.checked:
            return "–"
        if self.index is None:
            return f"{self.name}, a direction"
        return f"{self.name}[{', '.join(map(str, self.index))}]" if self.index else self.name

    @property
    def explanation(self):
        """A sentence on what was found; empty where there is nothing to explain."""
        where = self.entry if self.order == 1 else f"order 2, {self.entry}"
        slopes = f"the slope is {self.left:.6g} on the left and {self.right:.6g} on the right"
        sentence = {
            "ok": "",
            "kink": f"{where}: a kink; {slopes}, and {self.analytic:.6g} lies between.",
            "wrong": f"{where}: the gradient is {self.analytic:.6g}, but the function has slope {self.numeric:.6g}.",
            "wrong at a kink": f"{where}: a kink; {slopes}, and {self.analytic:.6g} does not lie between.",
            "jump": f"{where}: the function jumps here, so it has no slope. Check it at another point.",
            "not finite": f"{where}: the function or its gradient is infinite or NaN here.",
        }[self.verdict]
        if self.checked < np.prod(self.shape):
            note = f"{self.name}: {self.checked} of {int(np.prod(self.shape))} entries and 2 random directions."
            sentence = f"{sentence} {note}".strip()
        return sentence


class Report:
    """The result of a gradient check: true when all agree; a list of `Row`; a table when printed."""

    def __init__(self, name, rows, seed):
        self.name = name
        self.rows = rows
        self.seed = seed

    @property
    def ok(self):
        """Whether every gradient agrees."""
        return all(row.ok for row in self.rows)

    def __bool__(self):
        return self.ok

    def __iter__(self):
        return iter(self.rows)

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, key):
        """The row at a position, or the first row with a name."""
        if isinstance(key, int):
            return self.rows[key]
        for row in self.rows:
            if row.name == key:
                return row
        raise KeyError(f"{key!r} was not checked; checked: {', '.join(row.name for row in self.rows)}.")

    def __str__(self):
        table = [_HEADINGS, *self._cells()]
        widths = [max(len(line[i]) for line in table) for i in range(len(_HEADINGS))]
        lines = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in table]
        return "\n".join([self._title(), *lines, *self._explanations()])

    __repr__ = __str__

    def _repr_html_(self):
        from html import escape

        def line(cells, tag):
            return "<tr>" + "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in cells) + "</tr>"

        rows = "".join([line(_HEADINGS, "th"), *(line(cells, "td") for cells in self._cells())])
        notes = "".join(f"<p>{escape(text)}</p>" for text in self._explanations())
        return f"<table><caption>{escape(self._title())}</caption>{rows}</table>{notes}"

    def _title(self):
        wrong = sum(not row.ok for row in self.rows)
        found = "every gradient agrees" if not wrong else f"{wrong} of {len(self.rows)} gradients do not agree"
        return f"gradcheck of {self.name} (seed {self.seed}): {found}"

    def _explanations(self):
        return [row.explanation for row in self.rows if row.explanation]

    def _cells(self):
        for row in self.rows:
            numbers = [f"{x:.6g}" for x in (row.analytic, row.numeric)] + [f"{row.error:.1e}"]
            if not row.checked:
                numbers = ["–"] * 3
            yield (row.name, str(row.shape), str(row.order), row.entry, *numbers, row.verdict)


_HEADINGS = ("argument", "shape", "order", "worst entry", "analytic", "numeric", "error", "verdict")


# -- what is checked: a function that gives the outputs again, and the variables it reads ----------------


def _function_problem(f, inputs, names, gradient):
    """A function of the variables' present values, the variables, and their names."""
    positions = [i for i, x in enumerate(inputs) if _floating(x)]
    if not positions:
        kinds = ", ".join(type(x).__name__ for x in inputs) or "no input"
        raise TypeError(f"gradcheck needs a floating-point input; received {kinds}. Write 3.0 in place of 3.")
    tensors = {i: Tensor(_as_float64(inputs[i]), requires_grad=True) for i in positions}
    names = _names(f, inputs) if names is None else names
    if len(names) != len(inputs):
        raise ValueError(f"Expected {len(inputs)} names, one for each input; received {len(names)}.")
    arguments = [tensors.get(i, x) for i, x in enumerate(inputs)]
    if gradient is None:

        def evaluate():
            return f(*arguments)
    else:

        def evaluate():
            y = f(*(x.numpy()[()] if i in tensors else x for i, x in enumerate(arguments)))
            return y if isinstance(y, Tensor) else Tensor(y)

    return evaluate, list(tensors.values()), [names[i] for i in positions]


def _model_problem(model, inputs):
    """A function of the parameters' present values, and the trainable parameters."""
    if not 1 <= len(inputs) <= 2:
        raise ValueError(f"Expected gradcheck(model, x) or gradcheck(model, x, y); received {len(inputs)} inputs.")
    x, y = inputs if len(inputs) == 2 else (inputs[0], None)
    if len(inputs) == 2 and not getattr(model, "compiled", False):
        raise ValueError("y is for the loss, and the model has none. Call compile(loss=...) first, or leave out y.")
    model(x)  # builds a model that does not know its input shape yet
    parameters = list(model.trainable_weights)
    if not parameters:
        raise ValueError("The model has no trainable parameters to check.")
    if len(inputs) == 1:
        return (lambda: model(x)), parameters
    return (lambda: model.compute_loss(x=x, y=y, y_pred=model(x))), parameters


@contextmanager
def _in_float64(parameters):
    """Give parameters copies in float64 inside a `with` block, and their own arrays back after it."""
    saved = [(p, p._array, p._exposed) for p in parameters]
    try:
        for p, array, _ in saved:
            p._replace(array.astype(np.float64))
        yield
    finally:
        for p, array, exposed in saved:
            p._replace(array)
            p._exposed = exposed


def _floating(x):
    if isinstance(x, (list, tuple)):
        try:
            x = np.asarray(x)
        except (ValueError, TypeError):
            return False
    return isinstance(x, float) or getattr(getattr(x, "dtype", None), "kind", "") == "f"


def _as_float64(x):
    return (x.numpy() if isinstance(x, Tensor) else np.asarray(x)).astype(np.float64)


def _names(f, inputs):
    """The names of the inputs in the signature of f, or their own, or their positions."""
    try:
        parameters = inspect.signature(f).parameters.values()
    except (TypeError, ValueError):
        parameters = ()
    names = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    own = [getattr(x, "name", None) for x in inputs]
    return [names[i] if i < len(names) else own[i] or f"input {i}" for i in range(len(inputs))]


def _outputs(evaluate):
    """The result of f as a list of Tensors in float64."""
    result = evaluate()
    outputs = list(result) if isinstance(result, (list, tuple)) else [result]
    for y in outputs:
        if not isinstance(y, Tensor):
            raise TypeError(
                f"f must give a Tensor; received {type(y).__name__}. "
                "float(t), t.item() and t.numpy() leave the graph: end f with the Tensor itself."
            )
        if y.dtype.kind != "f":
            raise TypeError(f"f must give a floating-point Tensor; received dtype {y.dtype}.")
        if y.dtype != np.float64:
            raise ValueError(
                f"f computed in {y.dtype} on float64 inputs, too coarse for differences. "
                "Take out the conversion, such as .astype, for the check."
            )
    return outputs


def _by_hand(gradient, inputs, variables, names):
    """The user's gradient at the inputs, one float64 array for each variable."""
    values = iter(variables)
    found = gradient(*(next(values).numpy()[()] if _floating(x) else x for x in inputs))
    if not isinstance(found, tuple):
        found = (found,) if len(variables) == 1 else tuple(found)
    if len(found) == len(inputs):
        found = tuple(g for g, x in zip(found, inputs) if _floating(x))
    if len(found) != len(variables):
        raise ValueError(
            f"gradient must give {len(variables)} arrays, one for each of {', '.join(names)}; received {len(found)}."
        )
    arrays = [_as_float64(g) for g in found]
    for array, variable, name in zip(arrays, variables, names):
        if array.shape != variable.shape:
            raise ValueError(
                f"The gradient of '{name}' must have the shape of '{name}', {variable.shape}; received {array.shape}."
            )
    return arrays


# -- the comparison -----------------------------------------------------------------------------------


class _Settings(NamedTuple):
    step: float
    rtol: float
    atol: float | None
    max_entries: int


class _Probe(NamedTuple):
    """One way to move a variable: `amount` at `place` of its flattened values, and where that is."""

    place: int | slice
    amount: float | np.ndarray
    index: tuple | None


class _Curve(NamedTuple):
    """The function along one variable: its flat values for given values of it, and their weights."""

    values: Callable
    weights: np.ndarray
    base: np.ndarray  # the values at the point of the check
    x: np.ndarray  # the values of the variable there


def _check_orders(evaluate, variables, names, order, rng, settings, by_hand=None):
    """The rows of every variable: of f, then for order 2 of its gradient."""

    def values():
        return _flat(_outputs(evaluate))

    outputs = _outputs(evaluate)
    weights = _random_weights(rng, outputs)
    scale = 1.0
    if sum(y.size for y in outputs) == 1:
        scale = float(_flat(weights)[0])  # the report shows the gradient itself
    elif by_hand:
        raise ValueError(
            f"A gradient written by hand is of a function with one value; received shape {outputs[0].shape}. "
            "Reduce the result with .sum() or .mean()."
        )
    found = by_hand() if by_hand else [g / scale for g in gradients(outputs, variables, weights)]
    rows = _check(values, _flat(weights) / scale, found, variables, names, 1, rng, settings)
    if order == 1:
        return rows

    def first(create_graph=False):
        return gradients(_outputs(evaluate), variables, weights, create_graph)

    second_weights = _random_weights(rng, variables)
    found = gradients(first(create_graph=True), variables, second_weights)
    return rows + _check(lambda: _flat(first()), _flat(second_weights), found, variables, names, 2, rng, settings)


def _random_weights(rng, tensors):
    """Incoming gradients for Tensors: of either sign, and not near zero."""
    return [rng.uniform(0.5, 1.5, t.shape) * rng.choice([-1.0, 1.0], t.shape) for t in tensors]


def _flat(arrays):
    arrays = [a._array if isinstance(a, Tensor) else a for a in arrays]
    return np.concatenate([np.ravel(a) for a in arrays]) if arrays else np.zeros(0)


def _check(values, weights, found, variables, names, order, rng, settings):
    """A row for each variable, comparing its gradient in `found` with differences of `values`."""
    base = values()
    again = values()
    if base.shape != again.shape or not np.array_equal(base, again, equal_nan=True):
        raise ValueError(
            "f gave different values when called twice with the same inputs. Take out what is random, "
            "such as dropout, or fix its seed inside f."
        )
    rows = []
    for variable, name, gradient in zip(variables, names, found):

        def values_at(x, variable=variable):
            variable._replace(x)
            y = values()
            if y.shape != base.shape:
                raise ValueError(f"f gave {base.size} values, and {y.size} for slightly different inputs.")
            return y

        own = variable._array
        try:
            curve = _Curve(values_at, weights, base, np.array(own))
            rows.append(_row(curve, np.asarray(gradient), name, order, rng, settings))
        finally:
            variable._replace(own)
    return rows


def _row(curve, gradient, name, order, rng, settings):
    """Compare along every probe, then look closer at those that do not agree, the worst first."""
    shape = curve.x.shape
    probes = _probes(shape, rng, settings.max_entries)
    analytic = np.array([np.sum(gradient.ravel()[p.place] * p.amount) for p in probes])
    steps = np.array([_step(curve, p, settings.step) for p in probes])
    slopes = [_slope(curve, p, h) for p, h in zip(probes, steps)]
    numeric, noise = np.array(slopes).reshape(-1, 2).T
    atol, noise = _tolerance(curve, numeric, noise, steps, settings)
    error = _error(analytic, numeric, atol, settings.rtol)

    checked = sum(p.index is not None for p in probes)
    estimate = np.full(curve.x.size, np.nan)
    estimate[[p.place for p in probes[:checked]]] = numeric[:checked]
    common = (gradient, estimate.reshape(shape))
    if not probes:
        return Row(name, shape, order, 0, None, np.nan, np.nan, 0.0, "ok", np.nan, np.nan, *common)

    worst_first = np.lexsort((-error, ~np.isnan(error), np.isfinite(analytic)))
    rows = []
    for i in worst_first:
        findings = (float(analytic[i]), float(numeric[i]), float(error[i]), "ok", np.nan, np.nan)
        if not error[i] <= settings.rtol:
            findings = _look_closer(curve, probes[i], float(analytic[i]), atol[i], noise[i], settings)
        rows.append(Row(name, shape, order, checked, probes[i].index, *findings, *common))
        if not rows[-1].ok or error[i] <= settings.rtol:
            break
    return max(rows, key=lambda row: (not row.ok, row.verdict == "kink"))


def _tolerance(curve, numeric, noise, steps, settings):
    """The absolute error allowed along each probe, and the finite part of the rounding error in the differences."""
    noise = np.where(np.isfinite(noise), noise, 0)
    if settings.atol is not None:
        return np.full(len(steps), settings.atol), noise
    terms = np.abs(curve.weights * curve.base)
    in_rules = 100 * _EPS * np.sum(terms[np.isfinite(terms)]) * settings.step / steps
    largest = np.abs(numeric[np.isfinite(numeric)]).max(initial=0)
    return noise + in_rules + 1e-3 * settings.rtol * largest, noise


def _probes(shape, rng, max_entries):
    """Each entry by itself; in a large variable some of them, and two directions through all."""
    size = int(np.prod(shape))
    if size <= max_entries:
        return [_Probe(i, 1.0, index) for i, index in enumerate(np.ndindex(shape))]
    chosen = np.sort(rng.choice(size, max_entries, replace=False))
    entries = [_Probe(int(i), 1.0, tuple(map(int, np.unravel_index(i, shape)))) for i in chosen]
    return entries + [_Probe(slice(None), rng.choice([-1.0, 1.0], size), None) for _ in range(2)]


def _step(curve, probe, relative):
    """The step for a probe: relative to the size of what it moves, and such that x + h − x is h."""
    largest = max(1.0, float(np.max(np.abs(curve.x.ravel()[probe.place]))))
    h = relative * largest
    return (largest + h) - largest


def _moved(curve, probe, h):
    x = curve.x.copy()
    x.reshape(-1)[probe.place] += h * probe.amount
    return curve.values(x)


def _slope(curve, probe, h, moving=None):
    """The central difference with step h, and the rounding error in it: that of the values that move."""
    plus, minus = _moved(curve, probe, h), _moved(curve, probe, -h)
    difference = plus - minus
    size = np.where(difference != 0 if moving is None else moving, np.abs(plus) + np.abs(minus), 0)
    noise = _EPS * np.sum(np.abs(curve.weights) * size) / h
    return float(np.sum(curve.weights * difference) / (2 * h)), float(noise)


def _error(analytic, numeric, atol, rtol):
    """The relative error, small numbers being compared with atol / rtol: at most rtol where the two agree."""
    size = np.maximum(np.abs(analytic), np.abs(numeric)) + atol / rtol
    return np.abs(analytic - numeric) / np.where(size == 0, 1, size)


def _look_closer(curve, probe, analytic, atol, noise, settings):
    """The findings (analytic, numeric, error, verdict, left, right) where one difference does not agree."""
    h = _step(curve, probe, settings.step)
    numeric, doubt = _extrapolate(curve, probe, h)
    size = max(abs(analytic), abs(numeric))
    error = float(_error(analytic, numeric, atol + min(doubt, 1e-3 * size), settings.rtol))
    if not np.isfinite(analytic + numeric):
        return analytic, numeric, np.nan, "not finite", np.nan, np.nan
    if error <= settings.rtol:
        return analytic, numeric, error, "ok", np.nan, np.nan
    error = abs(analytic - numeric) / size
    lefts, rights = _sides(curve, probe, h / 16)
    verdict, left, right = "wrong", float(np.sum(lefts)), float(np.sum(rights))
    gap, gap_wide = np.sum(np.abs(rights - lefts)), np.sum(np.abs(np.subtract(*_sides(curve, probe, h))))
    allowed = 10 * (atol + settings.rtol * size) + 100 * noise
    if gap > 4 * gap_wide and gap > allowed:
        verdict = "jump"
    elif gap > 0.5 * gap_wide and gap > 2 * allowed:
        low, high = np.sum(np.minimum(lefts, rights)), np.sum(np.maximum(lefts, rights))
        between = low - allowed <= analytic <= high + allowed
        verdict = "kink" if between else "wrong at a kink"
        error = 0.0 if between else error
    return analytic, numeric, error, verdict, left, right


def _extrapolate(curve, probe, h):
    """The slope by Richardson's extrapolation at the steps that agree best, and how far they are apart."""
    moving = _moved(curve, probe, h * 4.0**4) != curve.base
    slopes = [_slope(curve, probe, h * 4.0**k, moving) for k in range(4, -9, -1)]
    refined = [(16 * near - far) / 15 for (far, _), (near, _) in zip(slopes, slopes[1:])]
    pairs = [(abs(a - b) + noise, b) for a, b, (_, noise) in zip(refined, refined[1:], slopes[2:])]
    pairs = [pair for pair in pairs if np.isfinite(pair[0])]
    doubt, numeric = min(pairs, default=(np.nan, np.nan))
    return numeric, doubt


def _sides(curve, probe, h):
    """The weighted slopes of every value of f to the left and to the right."""
    left = (curve.base - _moved(curve, probe, -h)) / h
    right = (_moved(curve, probe, h) - curve.base) / h
    return curve.weights * left, curve.weights * right
