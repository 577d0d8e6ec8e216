"""The comparison: every entry of every variable is moved a little, and the slope is held against the gradient."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ..engine.autodiff import gradients
from ..engine.tensor import Tensor
from .problem import outputs_of, summed, wrong_shape
from .report import Row

EPS = float(np.finfo(np.float64).eps)
STEP = EPS ** (1 / 3)
PLOTTED_STEPS = tuple(float(h) for h in np.logspace(-1, -13, 25))
_MOST_DOUBTS = 100


class Settings(NamedTuple):
    """How to compare."""

    step: float
    rtol: float
    atol: float | None
    max_entries: int
    steps: tuple  # those at which the error of the worst entry is measured too


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


def compare(problem, order, rng, settings, single=1.0):
    """The rows of every variable, of f and for order 2 of its gradient; and the incoming gradients of f.

    Those are random, but `single` for a single value, so that the report shows the gradient itself.
    """
    evaluate, variables, names = problem.evaluate, problem.variables, problem.names
    outputs = outputs_of(evaluate)
    weights = _random_weights(rng, outputs)
    if sum(y.size for y in outputs) == 1:
        weights = [np.full(y.shape, single) for y in outputs]
    if problem.by_hand is None:
        found = gradients(outputs, variables, weights)
    elif sum(y.size for y in outputs) == 1:
        found = problem.by_hand()
    else:
        raise ValueError(
            f"A gradient written by hand is of a function with one value; received shape {outputs[0].shape}. "
            "Reduce the result with .sum() or .mean()."
        )
    shapes = [np.shape(g) for g in found]
    found = [summed(np.asarray(g), variable.shape) for g, variable in zip(found, variables)]
    rows = _check(lambda: _flat(outputs_of(evaluate)), _flat(weights), found, variables, names, 1, rng, settings)
    rows = [_with_shape(row, shape) for row, shape in zip(rows, shapes)]
    if order == 1:
        return rows, weights

    def first(create_graph=False):
        return gradients(outputs_of(evaluate), variables, weights, create_graph)

    second_weights = _random_weights(rng, variables)
    found = gradients(first(create_graph=True), variables, second_weights)
    second = _check(lambda: _flat(first()), _flat(second_weights), found, variables, names, 2, rng, settings)
    return rows + second, weights


def _with_shape(row, shape):
    """The row, where the gradient had another shape and was summed: only a right sum is worth a row."""
    if shape == row.shape:
        return row
    if not row.ok:
        raise wrong_shape(row.name, row.shape, shape)
    return row._replace(verdict="not summed")


def _random_weights(rng, tensors):
    """Incoming gradients for Tensors: of either sign, and not near zero."""
    return [rng.uniform(0.5, 1.5, t.shape) * rng.choice([-1.0, 1.0], t.shape) for t in tensors]


def _flat(arrays):
    arrays = [a.array if isinstance(a, Tensor) else a for a in arrays]
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
            variable.replace(x)
            y = values()
            if y.shape != base.shape:
                raise ValueError(f"f gave {base.size} values, and {y.size} for slightly different inputs.")
            return y

        own = variable.array
        try:
            curve = _Curve(values_at, weights, base, np.array(own))
            rows.append(_row(curve, np.asarray(gradient), name, order, rng, settings))
        finally:
            variable.replace(own)
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
    allowed = float(np.max(atol, initial=0))
    estimate = np.full(curve.x.size, np.nan)
    estimate[[p.place for p in probes[:checked]]] = numeric[:checked]
    common = (gradient, estimate.reshape(shape), allowed)
    if not probes:
        return Row(name, shape, order, 0, None, np.nan, np.nan, 0.0, "ok", np.nan, np.nan, *common)

    worst_first = np.lexsort((-error, ~np.isnan(error), np.isfinite(analytic)))
    rows = []
    for i in worst_first:
        findings = (float(analytic[i]), float(numeric[i]), float(error[i]), "ok", np.nan, np.nan)
        if not error[i] <= settings.rtol:
            findings = _look_closer(curve, probes[i], float(analytic[i]), atol[i], noise[i], settings)
        row = Row(name, shape, order, checked, probes[i].index, *findings, *common)
        rows.append(row._replace(steps=_by_step(curve, probes[i], row, settings)))
        if not row.ok or error[i] <= settings.rtol:
            break
    row = max(rows, key=lambda row: (not row.ok, row.verdict == "kink"))
    if row.ok:
        return row
    doubtful = [i for i in range(checked) if not error[i] <= settings.rtol]
    return _without_kinks(row, curve, [(probes[i], analytic[i], atol[i], noise[i]) for i in doubtful], settings)


def _without_kinks(row, curve, doubtful, settings):
    """The row without the numeric slopes that tell nothing: at kinks, and where the function is strongly curved."""
    estimate, kinks = row.estimate.copy(), 0
    for probe, analytic, atol, noise in doubtful[:_MOST_DOUBTS]:
        lefts, rights = _sides(curve, probe, _step(curve, probe, settings.step))
        if np.sum(np.abs(rights - lefts)) <= 1e-3 * np.sum(np.abs(rights) + np.abs(lefts)):
            continue
        _, numeric, _, verdict, _, _ = _look_closer(curve, probe, float(analytic), atol, noise, settings)
        at_kink = verdict in ("kink", "wrong at a kink", "jump")
        estimate.flat[probe.place] = np.nan if at_kink else numeric
        kinks += at_kink
    return row._replace(estimate=estimate, kinks=kinks)


def _by_step(curve, probe, row, settings):
    """The pairs (step, error of the central difference) that a plot of the error against the step shows."""
    size = max(abs(row.analytic), abs(row.numeric)) or 1.0
    steps = [_step(curve, probe, h) for h in settings.steps]
    return tuple((h, abs(_slope(curve, probe, h)[0] - row.analytic) / size) for h in steps if h)


def _tolerance(curve, numeric, noise, steps, settings):
    """The absolute error allowed along each probe, and the finite part of the rounding error in the differences."""
    noise = np.where(np.isfinite(noise), noise, 0)
    if settings.atol is not None:
        return np.full(len(steps), settings.atol), noise
    terms = np.abs(curve.weights * curve.base)
    in_rules = 100 * EPS * np.sum(terms[np.isfinite(terms)]) * settings.step / steps
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
    noise = EPS * np.sum(np.abs(curve.weights) * size) / h
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
