"""A picture of a gradient check: why a numeric derivative has a best step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...common.arguments import checked
from ...gradcheck import Report
from ..figures import MARKERS, axes_for, colour, dress, legend
from ..texts import say

if TYPE_CHECKING:
    from typing import Any

    from matplotlib.axes import Axes


@checked
def plot_gradcheck(report: Report, ax: Axes | None = None) -> Any:
    """Plot the error of the central difference against its step, for the worst entry of each argument.

    A long step does not see the curvature, and the error falls with h²; a short one loses the digits that
    f(x + h) and f(x − h) have in common, and the error rises again with 1 / h. A right gradient shows this
    V; a wrong one stays far above it, whatever the step.

    Args:
        report: what `gradcheck(…, steps=True)` returned.
        ax: the Axes to draw on; by default a new Figure.

    Returns:
        The new Figure, which has `.savefig(path)`; or `ax`, where it was given.

    Raises:
        TypeError: this is no report of a gradient check.
        ValueError: the report was made without steps.
        ImportError: matplotlib is not installed.

    Example:
        >>> from tinygrad_edu.viz.training.checks import plot_gradcheck
        >>> report = tg.gradcheck(lambda x: np.sin(x), 1.0, steps=True)
        >>> plot_gradcheck(report).axes[0].get_xlabel()
        'Step h'
    """
    if not isinstance(report, Report):
        raise TypeError(f"plot_gradcheck expects what gradcheck(…, steps=True) returned; received {report!r}.")
    rows = [row for row in report if row.steps]
    if not rows:
        raise ValueError("This report holds no errors by step. Ask for them: gradcheck(f, …, steps=True).")
    axes, returned = axes_for(ax)
    for i, row in enumerate(rows):
        steps, errors = zip(*row.steps)
        name = row.entry if row.order == 1 else f"{row.entry}, {say('order 2')}"
        options = {"color": colour(i), "marker": MARKERS[1 + i % (len(MARKERS) - 1)]}
        axes.plot(steps, [max(e, 1e-17) for e in errors], label=f"{name}: {row.verdict}", markersize=4, **options)
    axes.set_xscale("log")
    axes.set_yscale("log")
    dress(axes, say("Step h"), say("Error relative to the gradient"))
    legend(axes, own=ax is None)
    return returned
