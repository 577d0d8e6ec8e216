"""The Doctor as a callback: watches a training as it runs, and says at its end, or when the loss becomes NaN, what it
sees. It replays nothing, so it costs little, and names less than `diagnose`.
"""

import copy
import math
from typing import Literal

from ..common.language import checked_language
from ..nn.callbacks import Callback
from .examination import Examination
from .finding import Diagnosis
from .looking import seen
from .subject import Subject
from .trials import Curves, undisturbed

_ROWS = 300  # that the layers are looked at with


class Doctor(Callback):
    """Says what is wrong with this training, at its end or at the moment when the loss becomes NaN.

    It looks at model and data as `diagnose` does, and at the curve and the layers of the training itself; it changes
    nothing, and takes a few thousandths of a second. What needs a replay to be told apart is left to `diagnose`.

    Args:
        language: "en" or "es"; None for that of `tg.language`.
        verbose: 1 prints the findings, where there are any; 0 only keeps them.

    Attributes:
        diagnosis: the Diagnosis of the training watched last; None before.

    Raises:
        ValueError: an unknown language.

    Example:
        >>> from tinygrad_edu.nn import Dense, Input, Sequential
        >>> model = Sequential([Input((2,)), Dense(1)])
        >>> model.trainable = False
        >>> model.compile("sgd", "mse")
        >>> doctor = Doctor(verbose=0)
        >>> _ = model.fit([[1.0, 2.0]] * 40, list(range(40)), epochs=2, verbose=0, callbacks=[doctor])
        >>> [finding.kind for finding in doctor.diagnosis]
        ['frozen_weights']
    """

    changes_model = False

    def __init__(self, language: str | None = None, verbose: Literal[0, 1] = 1):
        self.language, self.verbose = language and checked_language(language), verbose
        self.diagnosis = None
        self._rows = self._held = None

    def set_data(self, rows, validation):
        self._rows, self._held = rows, validation

    def on_train_begin(self, logs=None):
        self.diagnosis, self._curves, self._said = None, Curves(), False
        self._start = copy.deepcopy(self.model) if self._rows and len(self._rows) > 1 else None
        if self._start is not None:
            options = {"epochs": self.params["epochs"], "validation_data": self._held and tuple(self._held)}
            options["batch_size"] = -(-len(self._rows[0]) // (self.params["steps"] or 1))
            self._subject = Subject(self._start, *self._rows[:2], {k: v for k, v in options.items() if v is not None})

    def on_epoch_end(self, epoch, logs=None):
        self._curves.figures.append(logs or {})
        if not self._said and not math.isfinite((logs or {}).get("loss", 0.0)):
            self._say()

    def on_train_end(self, logs=None):
        if not self._said:
            self._say()

    def _say(self):
        self._said = True
        with undisturbed():
            self.diagnosis = Diagnosis(self.model.name, self._findings(), [("did.callback", {})], self.language)
        if self.verbose and self.diagnosis.findings:
            print(self.diagnosis)

    def _findings(self):
        if self._start is None or self._subject.kind is None or self._start.loss is None:
            return []
        subject = self._subject
        subject.metrics = self.model.metrics[1:]
        return seen(Examination(subject, self._start, self._curves, self.model, rows=_ROWS, eager=True))
