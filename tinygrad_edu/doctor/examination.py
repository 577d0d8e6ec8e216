"""One training examined: what it was before, how it went, how good it became, and whether more was to be had."""

import copy
from functools import cached_property

import numpy as np

from ..nn.probing import hidden_layers
from .finding import Finding, Words
from .measuring import Inside, answers, constant_loss, loss_of, predictions, score, spread_of_layers
from .trials import Trials, reference

_LEARNED = 0.75  # the skill from which a training is left in peace whatever else could be had
_MISSING = 0.2  # how much skill a plain network must have more on rows that it has not seen


class Examination:
    """The measurements of a training, each made when it is asked for.

    Args:
        subject: the training.
        start: a built copy of the model as it was before.
        watch: the `Watch` of the observed training.
        trained: the model after it.
        rows: how many rows are looked at.
        eager: ask the model op by op, which is faster for a few rows.
    """

    def __init__(self, subject, start, watch, trained, rows=4000, eager=False):
        self.subject, self.start, self.watch, self.trained = subject, start, watch, trained
        self.ask = answers if eager else predictions
        self.x, self.y = subject.some(rows)
        self.outputs = self.ask(trained, self.x)
        self.skill, self.shown = score(subject, self.outputs, self.y)
        self.asked_reference = False

    @cached_property
    def trials(self):
        """The replays of this training."""
        return Trials(self.subject, self.start, self.skill)

    @cached_property
    def reference(self):
        """(skill, shown) of a plain network on held-out rows, or None."""
        self.asked_reference = True
        try:
            return reference(self.subject)
        except (ValueError, TypeError, IndexError):
            return None

    @cached_property
    def constant(self):
        """The loss of the best constant answer."""
        return constant_loss(self.subject, self.y)

    @cached_property
    def trained_outputs(self):
        """The outputs after training for every row."""
        return self.ask(self.trained, self.subject.x[:20_000])

    @cached_property
    def first_loss(self):
        """The loss before training."""
        return loss_of(self.subject, self.y, self.ask(self.start, self.x))

    @cached_property
    def last_loss(self):
        """The loss after training, without penalties and dropout."""
        return loss_of(self.subject, self.y, self.outputs)

    @property
    def diverged(self):
        """True where the loss became NaN or infinite, or ends far above a constant answer and above its beginning."""
        curve = self.watch.curve()
        if not np.isfinite(curve).all() or not np.isfinite(self.outputs).all():
            return True
        if self.skill > 0.5 and curve[-1] <= curve[0]:
            return False
        ends_high = np.isfinite(self.constant) and self.last_loss > 1.05 * self.constant + 1e-9
        worse = curve[-1] > 1.5 * self.first_loss or curve.max() > 20 * max(self.first_loss, self.constant)
        return bool(ends_high and worse)

    @property
    def rough(self):
        """True where steps look too large: divergence, swings, or units thrown far in the first epoch."""
        curve, moves = self.watch.curve(), np.array(self.watch.moves)
        if self.diverged or (np.isfinite(self.first_loss) and curve[0] > 3 * self.first_loss + 1e-9):
            return True
        late = curve[len(curve) // 3 :]
        fall = max(curve[0] - curve.min(), 0.02 * abs(self.first_loss) if np.isfinite(self.first_loss) else 0)
        swings = len(late) > 3 and np.abs(np.diff(late)).mean() > 0.5 * fall > 0
        return bool(swings or (len(moves) and np.nanmax(moves[:2]) > 3))

    @cached_property
    def failed(self):
        """True where the training missed what was to be had."""
        if self.diverged:
            return True
        if self.unsure:
            return True
        if self.skill >= _LEARNED:
            return False
        return self.reference is not None and self.reference[0] - self.skill > _MISSING

    @property
    def unsure(self):
        """True where the loss ends above that of a constant answer, though most answers are right."""
        loss = min(self.watch.curve()[-1], 1e300)
        return bool(
            self.subject.crossentropy and self.skill > 0.3 and loss > 1.1 * self.constant + 1e-3 and self._unpunished
        )

    @cached_property
    def _unpunished(self):
        """True where the loss is that of the data alone: no penalties, no dropout."""
        drops = any("Dropout" in type(layer).__name__ or "Noise" in type(layer).__name__ for layer in self.start.layers)
        return not drops and not self.start.losses

    @property
    def reference_is_poor(self):
        """True where neither this training nor a plain network does better than a constant answer."""
        return self.skill < 0.05 and self.reference is not None and self.reference[0] < 0.05

    @property
    def target(self):
        """The skill that is to be had."""
        return max(self.reference[0] if self.reference else 0.0, 0.2)

    def repairs(self, trial):
        """True where a replay won back half of what is missing."""
        if trial is None:
            return False
        gain = trial[0] - self.skill
        return gain >= 0.12 and gain >= 0.5 * (self.target - self.skill)

    def measured(self, trial):
        """The fields of a sentence that compares a replay with the training."""
        key = "score.accuracy" if self.subject.task != "numbers" else "score.r2"
        return {"better": trial[1], "now": self.shown, "score": Words(key)}

    # -- inside ------------------------------------------------------------------------------------------------

    @cached_property
    def before(self):
        """The outputs of the layers and their gradients before training; None where they cannot be asked."""
        return self._inside(self.start, gradients=True)

    @cached_property
    def after(self):
        """The outputs of the layers after training."""
        return self._inside(self.trained)

    def _inside(self, model, gradients=False):
        if not self.subject.sequential:
            return None
        try:
            rows = self.x[:600]
            return Inside(model, rows, self.y[:600] if gradients else None)
        except (ValueError, TypeError, IndexError):
            return None

    @cached_property
    def size(self):
        """The size of the first pre-activations before training; None where there is no first layer of weights."""
        if self.before is None:
            return None
        for number, layer in enumerate(self.start.layers):
            if getattr(layer, "kernel", None) is not None:
                return self.before.size_before_activation(self.start, number)
        return None

    @cached_property
    def spreads(self):
        """{number of a layer: standard deviation of its outputs before training}."""
        return {} if self.before is None else spread_of_layers(self.start, self.before)

    def subject_hidden(self):
        """(number, layer before training, activation) of the hidden layers; none of a model that is no Sequential."""
        return [(n, self.start.layers[n], a) for n, _, a in self.hidden_layers] if self.subject.sequential else []

    @cached_property
    def hidden_layers(self):
        """Those of the built copy."""
        return hidden_layers(self.start)

    def at_layer(self, kind, number, evidence=None, fields=None, **options):
        """A finding at a layer."""
        layer = self.start.layers[number]
        return Finding(kind, number, evidence, fields=fields, layer=layer.name, **options)

    def standardised(self):
        """x with each column standardised; images and sequences as a whole."""
        x = self.subject.x.astype(float)
        axis = 0 if x.ndim == 2 else None
        spread = np.std(x, axis=axis)
        return (x - np.mean(x, axis=axis)) / np.where(spread > 0, spread, 1)


def nothing(language):
    """The empty part of a sentence."""
    return ""


def start_of(model, subject):
    """A built copy of the model before training; None where it cannot be copied or built."""
    try:
        start = copy.deepcopy(model)
        start.build_for((None, *subject.x.shape[1:]))
        return start
    except (ValueError, TypeError, RecursionError):
        return None
