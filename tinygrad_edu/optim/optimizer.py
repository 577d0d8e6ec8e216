"""The base of all optimizers: everything about taking steps, except the formula of the step.

An optimizer holds parameters (leaf Tensors) and, for each, a few arrays of memory (its slots: a velocity,
a running mean …). `apply` takes one gradient a parameter, asks the subclass's `update` for the new values,
and gives them to the parameters. A subclass is its formula and the arguments of that formula, no more.
"""

import copy
from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Self

import numpy as np
from numpy.typing import ArrayLike

from .. import replay
from ..common import old
from ..common.arguments import CHECKED_INSIDE
from ..common.checks import number
from ..common.naming import keras_name, snake_case, unique_name
from ..common.types import Count, Rate
from ..engine.autodiff import gradients as gradients_of
from ..engine.autodiff import topological_order
from ..engine.tensor import Tensor
from . import schedules
from .checks import checked_pairs, checked_parameters, labels
from .memory import AVERAGE, WAITING
from .state import WithState
from .stepping import new_values
from .watching import GradientWatch


class Optimizer(WithState):
    """Changes parameters, step by step, so that a loss falls.

    A subclass names its `slots` and states its formula in `update`. With parameters of its own:

        optimizer = Adam(0.01, parameters=[w, b])
        optimizer.zero_grad(); loss.backward(); optimizer.step()

    or for whatever the loss was computed from:

        optimizer.minimize(loss)

    Args:
        learning_rate: the size of the steps: a number ≥ 0, a schedule (a function of the number of calls so
            far), or a function without arguments.
        weight_decay: the share of the rate by which weights shrink before each step: w ← w − rate · weight_decay · w.
        clipnorm: make the gradient of each parameter no longer than this.
        clipvalue: keep every entry of the gradients between −clipvalue and clipvalue.
        global_clipnorm: make all gradients, as one long vector, no longer than this. One of the three at most.
        use_ema: keep a moving average of the weights: average ← ema_momentum · average + (1 − ema_momentum) · w.
        ema_momentum: the part of the average that is kept, from 0 to 1.
        ema_overwrite_frequency: give the weights their averages every so many updates; by default only
            `finalize_variable_values` does.
        loss_scale_factor: not offered; None.
        gradient_accumulation_steps: collect the gradients of this many calls, and only then make one
            update, with their average. So n small batches give the step of one large batch.
        name: what the optimizer is called; its class in small letters, numbered, when not given.
        parameters: the leaf Tensors that `step` and `zero_grad` are for. May come later, with `build` or the
            first `apply`.

    Attributes:
        iterations: how many updates were made.
        learning_rate: the current rate, a float. Assign a number or a schedule to change it.

    Raises:
        TypeError: an argument has the wrong type, or there is no such argument.
        ValueError: a negative or NaN learning rate, a setting out of range, two ways of clipping; parameters
            that are not leaves or appear twice.

    Source: weight decay: Loshchilov & Hutter (2019); averages: Polyak & Juditsky (1992).

    Example:
        >>> class SignDescent(Optimizer):
        ...     def update(self, w, g, rate, step):
        ...         return (w - rate * np.sign(g),)
        >>> w = Tensor([3.0, -1.0], requires_grad=True)
        >>> SignDescent(learning_rate=0.5).apply([[12.0, -0.1]], [w])
        >>> w.data
        array([ 2.5, -0.5])
    """

    home = "keras.optimizers"
    elementwise = False  # whether each new value depends on the entries at its own place alone: see `update`

    def __init__(
        self,
        learning_rate: Rate,
        gradient_accumulation_steps: Count | None = None,
        name: str | None = None,
        parameters: Annotated[Sequence[Tensor] | None, CHECKED_INSIDE] = None,
        **shared: Any,
    ):
        if (decay := shared.pop("decay", None)) and not callable(learning_rate):
            learning_rate = schedules.InverseTimeDecay(learning_rate, 1, decay)
        super().__init__(**shared)
        self.learning_rate = learning_rate
        self.gradient_accumulation_steps = gradient_accumulation_steps
        self.name = name or unique_name(snake_case(keras_name(type(self))))
        self._forget()
        self._watch = GradientWatch()
        if parameters is not None:
            self.build(parameters)

    lr = old.attribute("learning_rate")

    def __init_subclass__(cls, **options):
        super().__init_subclass__(**options)
        if "update" in vars(cls):  # what is true of one formula may not be of another
            cls.elementwise = vars(cls).get("elementwise", False)

    def fresh(self) -> Self:
        """A copy with the same settings that has not made a step and has no parameters."""
        new = copy.copy(self)
        new._forget()
        new._watch = GradientWatch()
        return new

    # -- what a subclass states -----------------------------------------------------------------------

    def update(self, w: Any, g: Any, rate: Any, step: Any, *more: Any, **slots: Any) -> Any:  # more: any subclass fits
        """The formula of one step: new values from old ones. It changes nothing.

        Written with operators and NumPy functions only, without an `if` on values, so that it can be
        recorded; Python floats as constants keep float32 arrays float32. Where every new value depends on the
        entries at its own place alone, write `elementwise = True` beside the formula: it then runs once, over all
        parameters as one flat vector.

        Args:
            w: the values of a parameter.
            g: its gradient.
            rate: the learning rate.
            step: the number of this update: 1 at the first.
            slots: the memory of the parameter, an argument for each name in `slots` and in `numbers`.

        Returns:
            A tuple: the new values of the parameter, then the new value of each slot, in the order of `slots`.
        """
        raise NotImplementedError(f"{type(self).__name__} needs a method update(self, w, g, rate, step, ...).")

    def initial(self, slot, w):
        """The value of a slot before the first step, for a parameter with values w: zeros, unless overridden."""
        return np.zeros_like(w)

    def advance(self, name, value, step):
        """The value of one of `numbers` at this step, from that at the step before; 1 before the first."""
        raise NotImplementedError(f"{type(self).__name__} needs a method advance(self, name, value, step).")

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """A new optimizer with the arguments that `get_config` gave, without state.

        Example:
            >>> optimizer = tg.optim.Momentum(schedules.ExponentialDecay(0.1, 10, 0.5), momentum=0.8)
            >>> copy = tg.optim.Momentum.from_config(optimizer.get_config())
            >>> copy.momentum, float(copy.learning_rate)
            (0.8, 0.1)
        """
        rate = config.get("learning_rate")
        return cls(**config | ({"learning_rate": schedules.get(rate)} if isinstance(rate, dict) else {}))

    def finalize_variable_values(self, var_list: Sequence[Tensor]) -> None:
        """Give parameters their moving averages, as `fit` does at its end; nothing without `use_ema`.

        Raises:
            ValueError: one of them is not a parameter of this optimizer.

        Example:
            >>> w = Tensor(0.0, requires_grad=True)
            >>> optimizer = tg.optim.SGD(1.0, use_ema=True, ema_momentum=0.5)
            >>> optimizer.apply([-4.0], [w]); optimizer.apply([-4.0], [w])
            >>> w.item()
            8.0
            >>> optimizer.finalize_variable_values([w])
            >>> w.item()
            6.0
        """
        var_list = checked_parameters(var_list)
        known = [*(self._memory.parameters or ()), *self._memory.slots]
        strange = [p for p in var_list if not any(p is own for own in known)]
        if self.use_ema and strange:
            raise ValueError(f"{type(self).__name__} keeps no average of {labels(strange)}: it never changed them.")
        if self.use_ema and self.next_step() > 1:
            for parameter in var_list:
                slots = self._memory.slots_of(parameter, self.kept, self._first)
                parameter.replace(slots[AVERAGE].numpy())

    # -- steps ----------------------------------------------------------------------------------------

    def apply(
        self, gradients: Sequence[ArrayLike | None], parameters: Sequence[Tensor] | None = None, weight: float = 1
    ) -> None:
        """Make one update with given gradients.

        Everything is checked first: a call that fails has changed nothing.

        Args:
            gradients: one array or Tensor a parameter, of its shape. None leaves a parameter as it is, with
                a warning.
            parameters: leaf Tensors; the optimizer's own when not given. The first call may give them once
                for all.
            weight: while gradients are accumulated, how much these count in the average: the number of rows
                of the batch, so that batches of unequal size give the step of one large batch.

        Raises:
            TypeError: something is not a leaf Tensor, or not a number.
            ValueError: counts or shapes do not match, all gradients are None, or parameters are missing.

        Example:
            >>> w = Tensor([1.0, 2.0], requires_grad=True)
            >>> tg.optim.SGD(learning_rate=0.5).apply([np.array([1.0, -1.0])], [w])
            >>> w.data
            array([0.5, 2.5])
        """
        parameters = self._own() if parameters is None else checked_parameters(parameters)
        self._apply(gradients, parameters, weight)
        if self._memory.parameters is None and parameters:
            self._memory.parameters = parameters

    def apply_gradients(self, pairs: Iterable[tuple[ArrayLike | None, Tensor]]) -> None:
        """Make one update with (gradient, parameter) pairs, such as zip(gradients, parameters)."""
        pairs = list(pairs)
        if any(not isinstance(pair, tuple | list) or len(pair) != 2 for pair in pairs):
            raise TypeError("apply_gradients takes (gradient, parameter) pairs: zip(gradients, parameters).")
        self.apply([g for g, _ in pairs], [parameter for _, parameter in pairs])

    def step(self) -> None:
        """Make one update with the gradients that `backward()` left in the optimizer's own parameters.

        Raises:
            ValueError: the optimizer has no parameters, or none of them has a gradient.

        Example:
            >>> w = Tensor(3.0, requires_grad=True)
            >>> optimizer = tg.optim.SGD(learning_rate=0.5, parameters=[w])
            >>> (w * w).backward()
            >>> optimizer.step()
            >>> optimizer.zero_grad()
            >>> w.data, w.grad
            (np.float64(0.0), None)
        """
        parameters = self._own()
        self._apply([p.grad for p in parameters], parameters, 1)
        self._watch.look(parameters, type(self).__name__)

    def zero_grad(self) -> None:
        """Clear the gradients of the optimizer's own parameters, so that the next backward() starts anew."""
        for parameter in self._own():
            parameter.grad = None
        self._watch.forget()

    def minimize(self, loss: Tensor) -> None:
        """Make one update of the parameters that a loss was computed from.

        These are the leaves of the loss's graph that require a gradient; of the optimizer's own parameters
        where it has some. The `grad` of the parameters is neither read nor changed.

        Args:
            loss: a Tensor with one value.

        Raises:
            TypeError: the loss is not a Tensor.
            ValueError: it has several values, or does not depend on any parameter.

        Example:
            >>> x = Tensor(3.0, requires_grad=True)
            >>> tg.optim.SGD(learning_rate=1.0).minimize(x**2 / 6)
            >>> x.data
            np.float64(2.0)
        """
        if not isinstance(loss, Tensor):
            hint = " Call the function: optimizer.minimize(f(x))." if callable(loss) else ""
            raise TypeError(f"minimize takes the loss, a Tensor; received {type(loss).__name__}.{hint}")
        if loss.size != 1:
            raise ValueError(
                f"minimize takes a loss with one value; received shape {loss.shape}. Reduce it with .mean() or .sum()."
            )
        leaves = [t for t in topological_order([loss]) if t.op is None]
        parameters = leaves if self._memory.parameters is None else self._memory.parameters
        absent = set(parameters) - set(leaves)
        if len(absent) == len(parameters):
            raise ValueError(
                f"{loss!r} does not depend on {labels(parameters) or 'any Tensor that requires a gradient'}. "
                "Make parameters with Tensor(..., requires_grad=True), outside no_grad()."
            )
        found = iter(gradients_of(loss, [p for p in parameters if p not in absent]))
        self._apply([None if p in absent else next(found) for p in parameters], parameters, 1)

    def _own(self):
        if self._memory.parameters is None:
            raise ValueError(
                f"This {type(self).__name__} has no parameters of its own. Write "
                f"{type(self).__name__}(..., parameters=[w, b]), or use optimizer.minimize(loss)."
            )
        return self._memory.parameters

    def _apply(self, gradients, parameters, weight):
        """The order of one update: check, compute everything new, and only then change anything."""
        gradients = list(gradients)
        pairs = dict(checked_pairs(gradients, parameters))
        weight = number("weight", weight, above=0)
        if not pairs:
            return
        groups = self.groups([p for p in parameters if p in pairs or self._waits(p)])
        tape = replay.active()
        if tape is not None:
            found = {p: g for p, g in zip(parameters, gradients) if g is not None}
            tape.update(replay.Update(self, groups, found, weight))
        self.weigh_waiting(groups, weight)
        with replay.untraced():
            changes = new_values(self, groups, pairs, weight)
        for vector, array in changes:
            vector.give(array)
        self.count_call(weight)

    def _waits(self, parameter):
        """True if a gradient of an earlier call waits for this parameter."""
        waiting = self._memory.slots.get(parameter, {}).get(WAITING)
        return waiting is not None and bool(self.gradient_accumulation_steps) and bool(np.any(waiting.array))
