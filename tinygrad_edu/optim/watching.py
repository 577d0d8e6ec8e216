"""Notices a forgotten `zero_grad()`: gradients that were not cleared between one `step()` and the next."""

from ..common.warning import warn
from .checks import labels


class GradientWatch:
    """Notices gradients that `backward()` added to after `step()` had used them: a forgotten `zero_grad()`."""

    def __init__(self):
        self._used = {}  # parameter -> its first gradient since zero_grad and its gradient, at the last step()
        self._warned = False

    def look(self, parameters, optimizer):
        """Warn once where a gradient grew since the last step, and note what this one used."""
        grown = [p for p in parameters if _has_grown(p, *self._used.get(p, (None, None)))]
        self._used = {p: (p.first_gradient, p.grad) for p in parameters}
        if grown and not self._warned:
            self._warned = True
            warn(
                f"Since the last step(), backward() added to gradients that this {optimizer} had already "
                f"used: {labels(grown)}. Write optimizer.zero_grad() before each loss.backward()."
            )

    def forget(self):
        """The gradients begin anew."""
        self._used = {}


def _has_grown(parameter, first, used):
    """True if backward() added to the gradient that the last step used, where it should have started anew."""
    return first is not None and parameter.first_gradient is first and parameter.grad is not used
