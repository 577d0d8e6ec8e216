"""The comparison: every entry of every variable is moved a little, and the slope is held against the gradient."""

from collections.abc import Callable
from contextlib import contextmanager
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
_SHAKES = (2 * EPS, 1e-14, 1e-12, 1e-10, 1e-9)  # how far the point is moved to see how far rounding moves the function
_GRAVITY = ["ok", "kink", "right aside", "wrong at a kink"]  # and then all others: what a row says first
_BESIDE = (1e-7, 1e-3)  # where it is shaken: off a kink at the point
_UNCLEAR = 3e-3  # a doubt so large, relative to the slope, is no error of truncation
_ASIDE = (1e-3, 1e-2)  # how far beside a kink a gradient is tried as well


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
    scatter: Callable = lambda: (0.0, 0.0)  # how far rounding moves the weighted sum, and its gradient
    aside: Callable = lambda: ()  # the same curve at points beside this one, each with the gradient there


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

    def analytic():
        found = gradients(outputs_of(evaluate), variables, weights) if problem.by_hand is None else problem.by_hand()
        return [summed(np.asarray(g), variable.shape) for g, variable in zip(found, variables)]

    found = [summed(np.asarray(g), variable.shape) for g, variable in zip(found, variables)]
    function = _Function(lambda: _flat(outputs_of(evaluate)), _flat(weights), analytic, variables)
    rows = _check(function, found, names, 1, rng, settings)
    rows = [_with_shape(row, shape) for row, shape in zip(rows, shapes)]
    if order == 1:
        return rows, weights

    def first(create_graph=False):
        return gradients(outputs_of(evaluate), variables, weights, create_graph)

    second_weights = _random_weights(rng, variables)

    def second():
        return gradients(first(create_graph=True), variables, second_weights)

    function = _Function(lambda: _flat(first()), _flat(second_weights), second, variables)
    return rows + _check(function, second(), names, 2, rng, settings), weights


def _with_shape(row, shape):
    """The row, where the gradient had another shape and was summed: only a right sum is worth a row."""
    if shape == row.shape:
        return row
    if not row.ok:
        raise wrong_shape(row.name, row.shape, shape)
    return row._replace(verdict="not summed" if np.prod(shape) > np.prod(row.shape) else "shape", given_shape=shape)


def _random_weights(rng, tensors):
    """Incoming gradients for Tensors: of either sign, and not near zero."""
    return [rng.uniform(0.5, 1.5, t.shape) * rng.choice([-1.0, 1.0], t.shape) for t in tensors]


def _flat(arrays):
    arrays = [a.array if isinstance(a, Tensor) else a for a in arrays]
    return np.concatenate([np.ravel(a) for a in arrays]) if arrays else np.zeros(0)


class _Function:
    """The function that is differentiated, and how far rounding moves it and its gradient at the point of the check."""

    def __init__(self, values, weights, gradients, variables):
        self.values, self.weights, self.gradients, self.variables = values, weights, gradients, variables
        self.base = values()
        self._scatter = None

    def curve(self, position, rng):
        """The function along one of its variables; what it costs more to know is found when it is asked for."""
        variable = self.variables[position]
        here = np.array(variable.array)

        def values_at(x):
            variable.replace(x)
            return self.now()

        def scatter():
            if self._scatter is None:
                variable.replace(here)
                self._scatter = self._shaken(rng)
            return self._scatter[0], self._scatter[1][position]

        def aside():
            for distance in _ASIDE:
                variable.replace(here)
                with self.moved(distance, rng):
                    base, gradient = self.now(), np.asarray(self.gradients()[position])
                    yield _Curve(values_at, self.weights, base, np.array(variable.array), scatter), gradient

        return _Curve(values_at, self.weights, self.base, here, scatter, aside)

    def now(self):
        y = self.values()
        if y.shape != self.base.shape:
            raise ValueError(f"f gave {self.base.size} values, and {y.size} for slightly different inputs.")
        return y

    @contextmanager
    def moved(self, distance, rng, directions=None):
        """Every variable a little to the side, inside a `with` block; in random directions where none are given."""
        own = [v.array for v in self.variables]
        directions = directions or [rng.uniform(-1, 1, np.shape(x)) for x in own]
        try:
            for v, x, direction in zip(self.variables, own, directions):
                v.replace(x + distance * np.maximum(1, np.abs(x)) * direction)
            yield
        finally:
            for v, x in zip(self.variables, own):
                v.replace(x)

    def _shaken(self, rng):
        """How far rounding moves the weighted sum, and how far the gradients move by a few ulps of all variables.

        Not at the point itself, which may be a kink or a jump, but right beside it. The sum moves there by rounding,
        and by what curvature leaves of its second difference, which is nothing for moves so small.
        """
        of_sum, of_gradients = 0.0, [0.0] * len(self.variables)
        for distance in _BESIDE:
            with self.moved(distance, rng):
                base, gradients = self.now(), [np.asarray(g) for g in self.gradients()]
                for size in _SHAKES:
                    directions = [rng.uniform(-1, 1, v.shape) for v in self.variables]
                    sides = []
                    for side in (size, -size):
                        with self.moved(side, rng, directions):
                            sides.append(self.now() - base)
                            if size == _SHAKES[0]:
                                shaken = [np.abs(np.asarray(now) - g) for now, g in zip(self.gradients(), gradients)]
                                of_gradients = [np.fmax(most, one) for most, one in zip(of_gradients, shaken)]
                    of_sum = np.fmax(of_sum, abs(np.sum(self.weights * (sides[0] + sides[1]))))
        return float(of_sum), of_gradients


def _check(function, found, names, order, rng, settings):
    """A row for each variable, comparing its gradient in `found` with differences of the function."""
    if not np.array_equal(function.base, function.now(), equal_nan=True):
        raise ValueError(
            "f gave different values when called twice with the same inputs. Take out what is random, "
            "such as dropout, or fix its seed inside f."
        )
    rows = []
    for i, (variable, name, gradient) in enumerate(zip(function.variables, names, found)):
        own = variable.array
        try:
            rows.append(_row(function.curve(i, rng), np.asarray(gradient), name, order, rng, settings))
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

    entries = np.array([p.index is not None for p in probes], dtype=bool)
    checked = int(np.sum(entries))
    allowed = float(np.max(atol[entries], initial=0))
    estimate = np.full(curve.x.size, np.nan)
    estimate[[p.place for p in probes[:checked]]] = numeric[:checked]
    common = (gradient, estimate.reshape(shape), allowed)
    if not probes:
        return Row(name, shape, order, 0, None, np.nan, np.nan, 0.0, "ok", np.nan, np.nan, *common)

    worst_first = np.lexsort((-error, ~np.isnan(error), np.isfinite(analytic), ~entries))
    rows = []
    for i in worst_first:
        if rows and error[i] <= settings.rtol:
            continue
        findings = (float(analytic[i]), float(numeric[i]), float(error[i]), "ok", np.nan, np.nan)
        if not error[i] <= settings.rtol:
            findings = _look_closer(curve, probes[i], gradient, atol[i], noise[i], settings)
        row = Row(name, shape, order, checked, probes[i].index, *findings, *common)
        rows.append(row._replace(steps=_by_step(curve, probes[i], row, settings)))
        if not row.ok and row.verdict not in ("wrong at a kink", "right aside"):
            break
    row = max(rows, key=_gravity)
    if row.ok:
        return row
    doubtful = [i for i in range(checked) if not error[i] <= settings.rtol]
    return _without_kinks(row, curve, [(probes[i], gradient, atol[i], noise[i]) for i in doubtful], settings)


def _gravity(row):
    """How much a verdict says: that of an entry more than that of a direction, unless the entry may yet be right."""
    if row.verdict in _GRAVITY:
        return _GRAVITY.index(row.verdict)
    return len(_GRAVITY) if row.index is not None else _GRAVITY.index("kink") + 0.5


def _without_kinks(row, curve, doubtful, settings):
    """The row without the numeric slopes that tell nothing: at kinks, and where the function is strongly curved."""
    estimate, kinks = row.estimate.copy(), 0
    for probe, gradient, atol, noise in doubtful[:_MOST_DOUBTS]:
        lefts, rights = _sides(curve, probe, _step(curve, probe, settings.step))
        if np.sum(np.abs(rights - lefts)) <= 1e-3 * np.sum(np.abs(rights) + np.abs(lefts)):
            continue
        _, numeric, _, verdict, _, _ = _look_closer(curve, probe, gradient, atol, noise, settings)
        at_kink = verdict in ("kink", "right aside", "wrong at a kink", "jump")
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
        entries = [_Probe(i, 1.0, index) for i, index in enumerate(np.ndindex(shape))]
        return entries + [_Probe(slice(None), np.ones(size), None)] * (size > 1)  # at a kink, entries do not tell all
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


def _slope(curve, probe, h):
    """The central difference with step h, and the rounding error in it: that of the values that move."""
    return _measured(curve, probe, h)[:2]


def _measured(curve, probe, h, moving=None):
    """The same, and how far the weighted sum moved to the two sides; `moving` says which values may move at all."""
    plus, minus = _moved(curve, probe, h), _moved(curve, probe, -h)
    difference = plus - minus
    size = np.where(difference != 0 if moving is None else moving, np.abs(plus) + np.abs(minus), 0)
    noise = EPS * np.sum(np.abs(curve.weights) * size) / h
    moved = tuple(float(abs(np.sum(curve.weights * (side - curve.base)))) for side in (plus, minus))
    return float(np.sum(curve.weights * difference) / (2 * h)), float(noise), moved


def _error(analytic, numeric, atol, rtol):
    """The relative error, small numbers being compared with atol / rtol: at most rtol where the two agree."""
    size = np.maximum(np.abs(analytic), np.abs(numeric)) + atol / rtol
    return np.abs(analytic - numeric) / np.where(size == 0, 1, size)


def _look_closer(curve, probe, gradient, atol, noise, settings):
    """The findings (analytic, numeric, error, verdict, left, right) where one difference does not agree."""
    h = _step(curve, probe, settings.step)
    analytic, numeric, doubt, atol, error = _closely(curve, probe, gradient, atol, settings)
    size = max(abs(analytic), abs(numeric))
    if not np.isfinite(analytic + numeric):
        return analytic, numeric, np.nan, "not finite", np.nan, np.nan
    if error <= settings.rtol:
        return analytic, numeric, error, "ok", np.nan, np.nan
    error = abs(analytic - numeric) / size
    lefts, rights = _sides(curve, probe, h / 16)
    verdict, left, right = "wrong", float(np.sum(lefts)), float(np.sum(rights))
    gap, gap_wide = np.sum(np.abs(rights - lefts)), np.sum(np.abs(np.subtract(*_sides(curve, probe, h))))
    rounding = curve.scatter()[0] + EPS * np.sum(np.abs(curve.weights * curve.base))
    allowed = 10 * (atol + settings.rtol * size + 16 * rounding / h) + 100 * noise
    if gap > 12 * gap_wide and gap > allowed + 1600 * rounding / h:
        finer = np.sum(np.abs(np.subtract(*_sides(curve, probe, h / 256))))
        verdict = "jump" if 12 * gap < finer < 20 * gap else "ok"  # what jumps does so by the same for every step
    elif gap > 0.5 * gap_wide and gap > 2 * allowed:
        low, high = np.sum(np.minimum(lefts, rights)), np.sum(np.maximum(lefts, rights))
        between = low - allowed <= analytic <= high + allowed
        verdict = "kink" if between else "right aside" if _right_aside(curve, probe, settings) else "wrong at a kink"
        error = 0.0 if between else error
    elif _contradictory(analytic, numeric, doubt, (left + right) / 2, atol):
        verdict, error = "ok", 0.0
    elif probe.index is None and _right_aside(curve, probe, settings):
        verdict = "right aside"  # kinks of several values at once may hide each other
    return analytic, numeric, error, verdict, left, right


def _contradictory(analytic, numeric, doubt, at_one_step, atol):
    """True where the slopes of different steps contradict each other, and none of them the gradient."""
    size, off = max(abs(analytic), abs(numeric)), abs(analytic - numeric) - atol
    return (doubt > _UNCLEAR * size and off <= doubt) or 0.1 * size < abs(numeric - at_one_step) and off <= 0.02 * size


def _closely(curve, probe, gradient, atol, settings):
    """The analytic and the numeric slope from many steps, the doubt in that, the tolerance, and the error."""
    analytic = float(np.sum(gradient.ravel()[probe.place] * probe.amount))
    slopes = _slopes(curve, probe, _step(curve, probe, settings.step))
    numeric, doubt = _extrapolate(slopes)
    if settings.atol is None:
        atol = atol + 10 * float(np.sum(np.abs(np.ravel(curve.scatter()[1])[probe.place] * probe.amount)))
    capped = min(doubt, 1e-3 * max(abs(analytic), abs(numeric)))
    error = float(_error(analytic, numeric, atol + capped, settings.rtol))
    if error > settings.rtol and _unresolved(curve, slopes, analytic, atol):
        error = settings.rtol
    return analytic, numeric, doubt, atol, error


def _right_aside(curve, probe, settings):
    """True where the gradient is right beside a kink, along the probe and along all entries at once.

    At the kink itself each value inside the function may take the slope of its own side, and only their sum is seen.
    """
    everything = _Probe(slice(None), np.ones(curve.x.size), None)
    for beside, gradient in curve.aside():
        for p in (probe, everything):
            slope = np.array([_slope(beside, p, _step(beside, p, settings.step))])
            atol, _ = _tolerance(beside, slope[:, 0], slope[:, 1], np.array([settings.step]), settings)
            analytic, numeric, doubt, atol, error = _closely(beside, p, gradient, atol[0], settings)
            unclear = doubt > _UNCLEAR * max(abs(analytic), abs(numeric)) and abs(analytic - numeric) <= doubt + atol
            if not (error <= settings.rtol or unclear):
                return False
    return True


class _Slope(NamedTuple):
    """A central difference: the slope, the rounding error in it, the step, and how far the weighted sum moved."""

    slope: float
    noise: float
    h: float
    moved: tuple


def _slopes(curve, probe, h):
    """The central differences at steps from 256 h down to h / 65 536."""
    moving = _moved(curve, probe, h * 4.0**4) != curve.base
    scatter, found = curve.scatter()[0], []
    for k in range(4, -9, -1):
        step = h * 4.0**k
        slope, noise, moved = _measured(curve, probe, step, moving)
        found.append(_Slope(slope, noise + scatter / step, step, moved))
    return found


def _extrapolate(slopes, coarse=0.0):
    """The slope by Richardson's extrapolation at the steps that agree best, and how far they are apart."""
    refined = [(16 * near.slope - far.slope) / 15 for far, near in zip(slopes, slopes[1:])]
    noises = [s.noise + coarse / s.h for s in slopes[2:]]
    pairs = [(abs(a - b) + noise, b) for a, b, noise in zip(refined, refined[1:], noises)]
    pairs = [pair for pair in pairs if np.isfinite(pair[0])]
    doubt, numeric = min(pairs, default=(np.nan, np.nan))
    return numeric, doubt


def _unresolved(curve, slopes, analytic, atol):
    """True where the function moves in jumps of rounding, too coarse to contradict the gradient.

    Something inside it is rounded to numbers far apart, such as 1 − 1e-14: for small steps it does not move at all,
    and then by as much as its smallest move; or it jumps once, by very little, and moves on.
    """
    sides = [[s.moved[i] for s in slopes] for i in (0, 1)]
    if not any(map(any, sides)):
        return abs(analytic) <= atol + 100 * EPS / slopes[len(slopes) // 3].h
    stuck = [min(m for m in side if m) for side in sides if any(side) and not side[-1]]
    size = np.sum(np.abs(curve.weights * curve.base))
    jumped = [
        a
        for side in sides
        for a, b, c in zip(side, side[1:], side[2:])
        if 0 < a <= 1e-6 * size and a < 1.05 * c and b < 1.05 * c
    ]
    coarse = max(stuck + jumped, default=0.0)
    if not coarse:
        return False
    numeric, doubt = _extrapolate(slopes, coarse)
    widest = slopes[0]
    agrees = abs(analytic - numeric) <= 2 * doubt + atol
    return agrees and abs(analytic - widest.slope) <= 4 * coarse / widest.h + 0.1 * abs(analytic) + atol


def _sides(curve, probe, h):
    """The weighted slopes of every value of f to the left and to the right."""
    left = (curve.base - _moved(curve, probe, -h)) / h
    right = (_moved(curve, probe, h) - curve.base) / h
    return curve.weights * left, curve.weights * right
