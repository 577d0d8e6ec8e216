"""The whole path of an optimizer down a function: to watch it, plot it, compare it with another."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..common.arguments import checked
from ..common.types import CountOrNone, NotNegative
from ..common.warning import warn
from ..engine.autodiff import gradients
from ..engine.recorder import record
from ..engine.tensor import Tensor
from .names import get
from .optimizer import Optimizer

_TAKES_ANY_NUMBER = 0x04  # the flag of a function that has *arguments


class Path:
    """The points that an optimizer visited, the start included; it is indexed and iterated point by point.

    Attributes:
        points: an array of shape (k + 1, *x.shape); a list of such arrays where f has several arguments.
        values: the value of f at each point, shape (k + 1,).
        gradients: the gradient of f at each point, shaped as the points.
        converged: whether the value changed by no more than the tolerance at the last step.
        steps: how many steps were made, k.
        x: the last point; a list of points where f has several arguments.

    Example:
        >>> path = minimize(lambda x: x**2 / 6, 3.0, "sgd", steps=2)
        >>> path.values.round(6)
        array([1.5     , 1.490017, 1.4801  ])
    """

    def __init__(self, points, values, gradients, converged):
        self.points = points
        self.values = values
        self.gradients = gradients
        self.converged = converged
        self.steps = len(values) - 1

    @property
    def x(self):
        return self[-1]

    def __len__(self):
        return len(self.values)

    def __getitem__(self, index):
        if isinstance(self.points, list):
            return [points[index] for points in self.points]
        return self.points[index]

    def __iter__(self):
        return (self[i] for i in range(len(self)))

    def __repr__(self):
        end = "converged" if self.converged else "not converged"
        return (
            f"Path of {self.steps} steps, {end}: f from {self.values[0]:.6g} to {self.values[-1]:.6g}, "
            f"x from {_text(self[0])} to {_text(self.x)}"
        )


@checked
def minimize(
    f: Callable[..., Any],
    x0: ArrayLike | Sequence[ArrayLike],
    optimizer: str | Optimizer,
    steps: CountOrNone = 50,
    tolerance: NotNegative | None = None,
) -> Path:
    """Go down a function from x0 and keep the whole path.

    Args:
        f: a function that gives a Tensor with one value. It takes a Tensor, or several where x0 is a list.
        x0: where to start: a float, or an array of floats of any shape. A list or tuple holds one start
            for each argument of f, so a vector is written np.array([1.0, 2.0]).
        optimizer: an optimizer, or its name. A fresh copy is used: the one given keeps its state.
        steps: how many steps to make at most.
        tolerance: stop when a step changed the value of f by this much or less.

    Returns:
        A `Path`, with `points`, `values`, `gradients`, `converged` and `steps`.

    Raises:
        TypeError: x0 is not floating point, or f does not give a Tensor.
        ValueError: f gives several values or does not depend on x, or x0, steps or tolerance are out of range.

    Warns:
        UserWarning: the value or the gradient of f is NaN or infinite; the path ends there.

    Example:
        >>> minimize(lambda x: x**2 / 6, 3.0, tg.optim.SGD(learning_rate=1.5), steps=4)
        Path of 4 steps, not converged: f from 1.5 to 0.00585938, x from 3 to 0.1875
        >>> minimize(lambda x, y: x**2 + y**2, [1.0, 2.0], tg.optim.SGD(0.5), steps=1).x
        [np.float64(0.0), np.float64(0.0)]
    """
    several = isinstance(x0, list | tuple)
    variables = _start(f, x0, several)
    fresh = get(optimizer).fresh()
    fresh.gradient_accumulation_steps = None
    points, values, slopes, converged = [], [], [], False
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        for k in range(steps + 1):
            value, slope = _evaluate(f, variables)
            points.append([x.numpy() for x in variables])
            values.append(value)
            slopes.append(slope)
            if not all(np.isfinite(x).all() for x in (value, *slope)):
                warn(
                    f"minimize stopped at step {k}: at x = {_text(points[-1])} f is {value:.6g} and its gradient is "
                    f"{_text(slope)}. Try a smaller learning rate, or a start inside the domain of f."
                )
                break
            converged = tolerance is not None and k > 0 and abs(values[-1] - values[-2]) <= tolerance
            if converged or k == steps:
                break
            fresh.apply(slope, variables)
    points, slopes = ([np.stack(column) for column in zip(*rows, strict=True)] for rows in (points, slopes))
    if not several:
        points, slopes = points[0], slopes[0]
    return Path(points, np.array(values), slopes, converged)


def _start(f, x0, several):
    """The variables, checked: one for each argument of f."""
    starts = list(x0) if several else [x0]
    if several:
        _check_arguments(f, len(starts))
    variables = []
    for start in starts:
        x = Tensor(start)
        if x.dtype.kind != "f":
            wanted = f"{float(x.item())}" if x.size == 1 else "an array of floats, such as x0.astype(float)"
            raise TypeError(f"x0 should be floating point, so that its steps need not be whole: write {wanted}.")
        if not np.isfinite(x.array).all():
            raise ValueError(f"x0 should be finite; received {_text(x.numpy())}.")
        x.requires_grad = True
        variables.append(x)
    return variables


def _check_arguments(f, count):
    """Refuse a list of starts that does not match the arguments of a plain function: it was meant as a vector."""
    code = getattr(f, "__code__", None)
    if code is None or code.co_flags & _TAKES_ANY_NUMBER:
        return
    most = code.co_argcount - hasattr(f, "__self__")
    if not most - len(f.__defaults__ or ()) <= count <= most:
        raise ValueError(
            f"A list as x0 holds a start for each argument of f: it has {count}, f takes {most}. "
            "For one vector write x0=np.array([...])."
        )


def _evaluate(f, variables):
    """The value of f and its gradients, one for each variable."""
    with record(True):
        y = f(*variables)
    if not isinstance(y, Tensor):
        raise TypeError(
            f"f should give a Tensor, computed with operators and NumPy functions; received {type(y).__name__}."
        )
    if y.size != 1:
        raise ValueError(f"f should give one value; received shape {y.shape}. Reduce it with .sum() or .mean().")
    if not y.requires_grad:
        raise ValueError("f does not depend on x, or leaves the graph on the way (.data, .numpy(), .item(), no_grad).")
    return y.item(), gradients(y, variables)


def _text(x):
    """A point, or a list of points, in one short line."""
    if isinstance(x, list):
        return ", ".join(map(_text, x))
    if np.ndim(x) == 0:
        return f"{float(x):.6g}"
    return np.array2string(x, precision=6, threshold=6, edgeitems=2, separator=", ").replace("\n", "")
