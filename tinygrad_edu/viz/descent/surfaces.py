"""Surfaces to go down: the functions of one or two numbers that textbooks show optimizers on."""

from collections.abc import Callable, Sequence
from typing import Any

from ...common.arguments import checked
from ...common.naming import look_up


class Surface:
    """A function with what a picture of it needs.

    Attributes:
        name: what it is called.
        formula: the function as text.
        minimum: where it is smallest, one number an argument; None where it has no minimum.
        ranges: what a picture shows, (lowest, highest) for each argument.
        start: where an optimizer begins, one number an argument.

    Example:
        >>> SURFACES["rosenbrock"](1.0, 1.0), SURFACES["rosenbrock"].minimum
        (0.0, (1.0, 1.0))
    """

    def __init__(
        self,
        name: str,
        function: Callable[..., Any],
        formula: str,
        minimum: Sequence[float] | None,
        ranges: Sequence[tuple[float, float]],
        start: Sequence[float],
    ):
        self.name, self.function, self.formula = name, function, formula
        self.minimum, self.ranges, self.start = minimum, ranges, start

    def __call__(self, *arguments: Any) -> Any:
        return self.function(*arguments)

    def __repr__(self):
        return f"<Surface {self.name}: {self.formula}>"


def _parabola(x):
    return x**2 / 6


def _bowl(x, y):
    return x**2 / 2 + 5 * y**2


def _rosenbrock(x, y):
    return (1 - x) ** 2 + 100 * (y - x**2) ** 2


def _beale(x, y):
    return (1.5 - x + x * y) ** 2 + (2.25 - x + x * y**2) ** 2 + (2.625 - x + x * y**3) ** 2


def _saddle(x, y):
    return x**2 - y**2


SURFACES = {
    surface.name: surface
    for surface in (
        Surface("parabola", _parabola, "f(x) = x²/6", (0.0,), ((-4.0, 4.0),), (3.5,)),
        Surface("bowl", _bowl, "f(x, y) = x²/2 + 5y²", (0.0, 0.0), ((-5.0, 5.0), (-2.0, 2.0)), (-4.0, 1.5)),
        # Rosenbrock (1960), with the start of his paper.
        Surface(
            "rosenbrock",
            _rosenbrock,
            "f(x, y) = (1 − x)² + 100(y − x²)²",
            (1.0, 1.0),
            ((-1.8, 1.8), (-0.6, 2.2)),
            (-1.2, 1.0),
        ),
        # Beale (1958), with the start of Moré, Garbow & Hillstrom (1981).
        Surface(
            "beale",
            _beale,
            "f(x, y) = (1.5 − x + xy)² + (2.25 − x + xy²)² + (2.625 − x + xy³)²",
            (3.0, 0.5),
            ((-0.5, 4.5), (-1.5, 1.5)),
            (1.0, 1.0),
        ),
        Surface("saddle", _saddle, "f(x, y) = x² − y²", None, ((-2.0, 2.0), (-2.0, 2.0)), (-1.6, 0.01)),
    )
}


@checked
def surface(name: str) -> Surface:
    """The surface of this name: "parabola", "bowl", "rosenbrock", "beale" or "saddle".

    Raises:
        ValueError: there is none; the message suggests the nearest name.

    Example:
        >>> surface("beale").minimum
        (3.0, 0.5)
    """
    return look_up("surface", name, SURFACES)
