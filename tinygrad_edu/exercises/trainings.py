"""The common part of the exercises on broken trainings: a student's `learn` is run, and judged by rows it never saw.

`learn(x, y, x_new, epochs)` trains on x and y, and gives the loss of every epoch and its answers for x_new. The y of
x_new stays with the check, so no change helps but one with which the training learns.
"""

import numpy as np

from .comparing import alike, called
from .failures import Wrong

RIGHT = 0.9  # the least share of new rows that a repaired training gets right
ROUNDING = 1e-3  # of float32 probabilities


class Learnt:
    """The result of a student's `learn`.

    Attributes:
        losses: the loss of every epoch, an array.
        answers: for x_new.
        call: the text of the call.
    """

    def __init__(self, call, losses, answers):
        self.call = call
        self.losses = losses
        self.answers = answers

    def wrong(self, key, **fields):
        """The refusal of a key, with the call and the first and last loss among its fields."""
        first, last = (f"{loss:.3g}" for loss in self.losses[[0, -1]])
        return Wrong(key, call=self.call, first=first, last=last, **fields)

    @property
    def constant(self):
        """True where every row gets the same answer."""
        return bool(np.ptp(self.answers, axis=0).max() < ROUNDING * max(1.0, np.abs(self.answers).max()))

    @property
    def finite(self):
        """True where every loss and every answer is a number."""
        return bool(np.isfinite(self.losses).all() and np.isfinite(self.answers).all())

    def share_right(self, y):
        """The share of rows whose class it gets right; of two classes it gives the probability of class 1."""
        columns = self.answers.reshape(len(y), -1)
        said = columns.argmax(1) if columns.shape[1] > 1 else columns[:, 0] > 0.5
        return float(np.mean(said == y))


def learn(student, x, y, x_new, epochs, columns=1):
    """Run a student's `learn`.

    Args:
        student: the student's file.
        x, y: the rows to learn from.
        x_new: the rows to answer for.
        epochs: how many it may train.
        columns: how many numbers it gives for each of x_new.

    Returns:
        A Learnt.

    Raises:
        Wrong: "other_epochs", or what `alike` says of types and shapes.
    """
    arguments = (x, y, x_new, epochs)
    call = called(student.learn, arguments)
    raw = student.learn(*arguments)
    shape = (len(x_new), columns)
    if isinstance(raw, tuple | list) and len(raw) == 2:
        if isinstance(raw[0], list | np.ndarray) and len(np.shape(raw[0])) == 1 and len(raw[0]) not in (0, epochs):
            raise Wrong("other_epochs", call=call, received=len(raw[0]), expected=epochs)
        if columns == 1 and isinstance(raw[1], np.ndarray) and raw[1].ndim == 1:
            shape = shape[:1]
    losses, answers = alike(call, raw, (np.zeros(epochs), np.zeros(shape)))
    return Learnt(call, np.asarray(losses, dtype=float), np.asarray(answers, dtype=float))


def percent(share):
    """A share as text.

    Example:
        >>> percent(0.5)
        '50%'
    """
    return f"{share:.0%}"
