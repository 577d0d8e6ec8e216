"""Learning-rate schedules: the rate as a function of the number of updates made.

Large steps find the valley, small ones its bottom. Any function of the step counter will do as a
`learning_rate`; these are the usual ones, with Keras's names and formulas.
"""

from bisect import bisect_left
from collections.abc import Sequence
from math import ceil, cos, floor, pi

from ..common.naming import look_up, subclasses
from ..common.objects import Configured
from ..common.types import AtLeastOne, NotNegative, Positive


class Schedule(Configured):
    """A learning rate that changes with the step: the base of all schedules.

    A schedule is called with the number of updates made so far, 0 at first, and gives the rate of the next
    one. A new schedule is a subclass with `__call__`.

    Args:
        name: kept for Keras's sake.

    Example:
        >>> class Halving(Schedule):
        ...     def __call__(self, step):
        ...         return 0.5**step
        >>> Halving()(3)
        0.125
    """

    home = "keras.optimizers.schedules"
    keras_name = "LearningRateSchedule"

    def __init__(self, name: str | None = None):
        self.name = name or type(self).__name__

    def __call__(self, step):
        """The learning rate after `step` updates."""
        raise NotImplementedError(f"{type(self).__name__} needs a method __call__(self, step).")


class _PeriodicDecay(Schedule):
    """Base of the schedules that fall by a rule every `decay_steps` steps; see `ExponentialDecay`."""

    def __init__(
        self,
        initial_learning_rate: NotNegative,
        decay_steps: Positive,
        decay_rate: NotNegative,
        staircase: bool = False,
        name: str | None = None,
    ):
        super().__init__(name)
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.decay_rate = decay_rate
        self.staircase = bool(staircase)

    def periods(self, step):
        """How many times `decay_steps` went by: rounded down with `staircase`."""
        periods = step / self.decay_steps
        return floor(periods) if self.staircase else periods


class ExponentialDecay(_PeriodicDecay):
    """The rate falls by the same factor every `decay_steps` steps.

    rate = initial_learning_rate · decay_rate^(step / decay_steps)

    Args:
        initial_learning_rate: the rate at step 0.
        decay_steps: after how many steps the rate has been multiplied by `decay_rate` once.
        decay_rate: that factor, such as 0.96.
        staircase: whether it falls at once every `decay_steps` steps: step / decay_steps is rounded down.

    Raises:
        TypeError, ValueError: a negative rate or factor, or `decay_steps` not above 0.

    Example:
        >>> rate = ExponentialDecay(0.1, decay_steps=10, decay_rate=0.5)
        >>> rate(0), rate(10), rate(20)
        (0.1, 0.05, 0.025)
    """

    def __call__(self, step):
        return self.initial_learning_rate * self.decay_rate ** self.periods(step)


class InverseTimeDecay(_PeriodicDecay):
    """The rate falls like 1 / t.

    rate = initial_learning_rate / (1 + decay_rate · step / decay_steps)

    Args:
        initial_learning_rate: the rate at step 0.
        decay_steps: how many steps are one unit of time.
        decay_rate: how fast it falls: after one unit of time the rate is divided by 1 + decay_rate.
        staircase: whether it falls at once every `decay_steps` steps: step / decay_steps is rounded down.

    Raises:
        TypeError, ValueError: a negative rate, or `decay_steps` not above 0.

    Source: Robbins & Monro (1951): such rates let stochastic steps settle at the minimum.

    Example:
        >>> rate = InverseTimeDecay(0.1, decay_steps=10, decay_rate=1.0)
        >>> rate(0), rate(10), rate(30)
        (0.1, 0.05, 0.025)
    """

    def __call__(self, step):
        return self.initial_learning_rate / (1 + self.decay_rate * self.periods(step))


class PiecewiseConstantDecay(Schedule):
    """The rate is constant between given steps.

    rate = values[i] for the first i with step ≤ boundaries[i]; the last value after the last boundary.

    Args:
        boundaries: the last step of each value but the last, increasing.
        values: the rates: one more than the boundaries.

    Raises:
        TypeError, ValueError: the lengths do not match, the boundaries do not increase, a rate is negative.

    Example:
        >>> rate = PiecewiseConstantDecay([100, 200], [0.1, 0.01, 0.001])
        >>> rate(0), rate(100), rate(101), rate(500)
        (0.1, 0.1, 0.01, 0.001)
    """

    def __init__(
        self, boundaries: Sequence[float], values: Sequence[NotNegative], name: str | None = "PiecewiseConstant"
    ):
        super().__init__(name)
        self.boundaries = list(boundaries)
        self.values = list(values)
        if len(self.values) != len(self.boundaries) + 1:
            raise ValueError(
                f"Expected one value more than boundaries; received {len(self.boundaries)} boundaries and "
                f"{len(self.values)} values. Each boundary is the last step of the value at its left."
            )
        if any(a >= b for a, b in zip(self.boundaries, self.boundaries[1:], strict=False)):
            raise ValueError(f"The boundaries should increase; received {list(boundaries)}.")

    def __call__(self, step):
        return self.values[bisect_left(self.boundaries, step)]


class PolynomialDecay(Schedule):
    """The rate falls to its end along a power of the time that is left: with power 1, in a straight line.

    rate = (initial_learning_rate − end_learning_rate) · (1 − step / decay_steps)^power + end_learning_rate

    Args:
        initial_learning_rate: the rate at step 0.
        decay_steps: how many steps the decay takes; the rate stays at its end after.
        end_learning_rate: the rate at the end.
        power: the power; below 1 the rate falls late, above 1 early.
        cycle: whether, whenever the end is reached, the rate jumps up and falls again to a later end: decay_steps
            becomes its first multiple that is not below the step.

    Raises:
        TypeError, ValueError: a negative rate or power, or `decay_steps` not above 0.

    Example:
        >>> rate = PolynomialDecay(0.5, decay_steps=10, end_learning_rate=0.25)
        >>> rate(0), rate(5), rate(10), rate(20)
        (0.5, 0.375, 0.25, 0.25)
    """

    def __init__(
        self,
        initial_learning_rate: NotNegative,
        decay_steps: Positive,
        end_learning_rate: NotNegative = 0.0001,
        power: NotNegative = 1.0,
        cycle: bool = False,
        name: str | None = "PolynomialDecay",
    ):
        super().__init__(name)
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.end_learning_rate = end_learning_rate
        self.power = power
        self.cycle = bool(cycle)

    def __call__(self, step):
        start, end = self.initial_learning_rate, self.end_learning_rate
        periods = step / self.decay_steps
        done = periods / max(ceil(periods), 1) if self.cycle else min(periods, 1.0)
        return (start - end) * (1 - done) ** self.power + end


class CosineDecay(Schedule):
    """The rate falls along half a cosine wave, slowly at both ends, after an optional warm-up.

    rate = start · ((1 − alpha) · (1 + cos(π · step / decay_steps)) / 2 + alpha)

    With a `warmup_target`, the rate first rises in a straight line from `initial_learning_rate` to the
    target during `warmup_steps`; the decay starts from the target then.

    Args:
        initial_learning_rate: the rate at step 0.
        decay_steps: how many steps the decay takes, the warm-up not counted; the rate stays at its end after.
        alpha: the final rate as a fraction of the one at which the decay starts.
        warmup_target: the rate at the end of the warm-up; no warm-up when not given.
        warmup_steps: how many steps the warm-up takes.

    Raises:
        TypeError, ValueError: a negative rate, or `decay_steps` not above 0.

    Source: Loshchilov & Hutter (2017); the warm-up: Goyal et al. (2017).

    Example:
        >>> rate = CosineDecay(0.1, decay_steps=10)
        >>> rate(0), round(rate(5), 6), rate(10)
        (0.1, 0.05, 0.0)
    """

    def __init__(
        self,
        initial_learning_rate: NotNegative,
        decay_steps: Positive,
        alpha: NotNegative = 0.0,
        name: str | None = "CosineDecay",
        warmup_target: NotNegative | None = None,
        warmup_steps: NotNegative = 0,
    ):
        super().__init__(name)
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.alpha = alpha
        self.warmup_target = warmup_target
        self.warmup_steps = warmup_steps

    def __call__(self, step):
        start = self.initial_learning_rate
        if self.warmup_target is not None:
            if step < self.warmup_steps:
                return start + (self.warmup_target - start) * step / self.warmup_steps
            start, step = self.warmup_target, step - self.warmup_steps
        wave = (1 + cos(pi * min(step / self.decay_steps, 1))) / 2
        return start * ((1 - self.alpha) * wave + self.alpha)


class CosineDecayRestarts(Schedule):
    """The rate falls along half a cosine wave, again and again, in periods that grow.

    rate = start · ((1 − alpha) · m_mulⁱ · (1 + cos(π · f)) / 2 + alpha), a part f into the period i = 0, 1, …

    Args:
        initial_learning_rate: the rate at step 0.
        first_decay_steps: how many steps the first period takes.
        t_mul: how many times as long as the one before each period is, at least 1.
        m_mul: how many times as high as the one before each period starts.
        alpha: the rate at the end of a period as a fraction of the initial one.

    Raises:
        TypeError, ValueError: a negative number, `first_decay_steps` not above 0, or `t_mul` below 1.

    Source: Loshchilov & Hutter (2017).

    Example:
        >>> rate = CosineDecayRestarts(0.5, first_decay_steps=10, t_mul=2.0, m_mul=0.5)
        >>> rate(0), round(rate(5), 6), rate(10), round(rate(20), 6), rate(30)
        (0.5, 0.25, 0.25, 0.125, 0.125)
    """

    def __init__(
        self,
        initial_learning_rate: NotNegative,
        first_decay_steps: Positive,
        t_mul: AtLeastOne = 2.0,
        m_mul: NotNegative = 1.0,
        alpha: NotNegative = 0.0,
        name: str | None = "SGDRDecay",
    ):
        super().__init__(name)
        self.initial_learning_rate = initial_learning_rate
        self.first_decay_steps = first_decay_steps
        self.t_mul = t_mul
        self.m_mul = m_mul
        self.alpha = alpha

    def __call__(self, step):
        restarts, period = 0, self.first_decay_steps
        if self.t_mul == 1:
            restarts, step = divmod(step, period)
        while step >= period:
            restarts, step, period = restarts + 1, step - period, period * self.t_mul
        wave = self.m_mul**restarts * (1 + cos(pi * step / period)) / 2
        return self.initial_learning_rate * ((1 - self.alpha) * wave + self.alpha)


by_name = {schedule.__name__: schedule for schedule in subclasses(Schedule)}


def get(config):
    """The schedule that was written as {class_name, config}.

    Raises:
        ValueError: there is no schedule of that name; the message suggests the nearest one.

    Example:
        >>> get({"class_name": "CosineDecay", "config": {"initial_learning_rate": 0.1, "decay_steps": 10}})(0)
        0.1
    """
    return look_up("schedule", config["class_name"], by_name).from_config(config["config"])
