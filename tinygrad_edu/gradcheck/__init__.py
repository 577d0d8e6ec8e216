"""Gradient checking: the gradient that the rules give, against differences of the function itself.

Every entry of every argument is moved a little to both sides, and the slope of the function is compared
with its analytic gradient. The result is a report that says where they differ, tells a wrong gradient from
a kink, where a function has two slopes, and names the mistake that the wrong gradient looks like.

`problem` is what is checked, `differences` measures, `report` is what was found. A gradient that does not
agree goes to `diagnosis`, which tries the known `kinds` of mistake one after the other. What is made inside a
function is sought in its `graph`: `mistakes` makes every known mistake in the right backward pass, and `search`
finds the one that gives the wrong gradients, of all arguments together. `follow` runs functions on Tensors that
write into arrays.

Source: Nocedal and Wright, "Numerical Optimization" (2006), section 8.1; Richardson (1911).
"""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal

import numpy as np

from ..common.arguments import Number, Whole, checked
from ..engine.recorder import record
from .differences import PLOTTED_STEPS, STEP, Settings, compare
from .problem import function_problem, in_float64, model_problem
from .report import Report, Row

__all__ = ["Report", "Row", "gradcheck"]


@checked
def gradcheck(
    f: Callable[..., Any],
    *inputs: Any,
    gradient: Callable[..., Any] | None = None,
    order: Literal[1, 2] = 1,
    step: Annotated[float, Number(above=0)] | None = None,
    rtol: Annotated[float, Number(low=0)] = 1e-6,
    atol: Annotated[float, Number(low=0)] | None = None,
    seed: Annotated[int, Whole(least=0)] | None = 0,
    names: Sequence[str] | None = None,
    max_entries: Annotated[int, Whole(least=1)] = 500,
    steps: bool | Sequence[Annotated[float, Number(above=0)]] | None = None,
) -> Report:
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
        steps: steps at which the error of the worst entry is measured too, for `viz.plot_gradcheck`;
            True for 25 between 1e-13 and 0.1.

    Returns:
        A `Report`: true when every gradient agrees, a table when printed. A row that is wrong has a
        `diagnosis`: the kind of mistake that it looks like, and the evidence for it.

    Raises:
        TypeError: no input is floating point, or f does not give a floating-point Tensor.
        ValueError: f gives different values when called twice, does not compute in float64, or
            `gradient` gives the wrong number or shapes of arrays.

    Example:
        >>> report = gradcheck(lambda x: (x**3).sum(), np.array([1.0, 2.0]))
        >>> bool(report)
        True
        >>> report = gradcheck(lambda x: np.sum(x**3), np.ones((3, 2)), gradient=lambda x: -3 * x**2)
        >>> bool(report), report["x"].diagnosis.kind
        (False, 'sign')
        >>> print(report["x"].diagnosis)
        The gradient of 'x' is −1.000 × the numeric one in all 6 entries: is a sign flipped?
    """
    if gradient is not None and order == 2:
        raise ValueError("A gradient written by hand is checked at order 1; received order=2.")
    steps = PLOTTED_STEPS if steps is True else tuple(steps or ())
    settings = Settings(STEP if step is None else step, rtol, atol, max_entries, steps)
    with record(True), np.errstate(all="ignore"):
        if callable(f) and hasattr(f, "trainable_weights"):
            if gradient is not None:
                raise ValueError("gradient= checks a function of arrays; a model finds its own gradients.")
            problem = model_problem(f, inputs)
            with in_float64(problem.variables):
                rows = _rows(problem, order, seed, settings)
        else:
            rows = _rows(function_problem(f, inputs, names, gradient), order, seed, settings)
    return Report(getattr(f, "name", None) or getattr(f, "__name__", type(f).__name__), rows, seed)


def _rows(problem, order, seed, settings):
    """The row of each variable, with a diagnosis where it is wrong."""
    rows, weights = compare(problem, order, np.random.default_rng(seed), settings)
    if all(row.ok for row in rows):
        return rows
    from .diagnosis import diagnosed, settled

    return diagnosed(settled(rows, problem, weights, settings), problem, weights, settings)
