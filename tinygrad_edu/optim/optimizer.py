"""The base of all optimizers: everything about taking steps, except the formula of the step.

An optimizer holds parameters (leaf Tensors) and, for each, a few arrays of memory (its slots: a velocity,
a running mean …). `apply` takes one gradient a parameter, asks the subclass's `update` for the new values,
and gives them to the parameters. A subclass is its formula and the arguments of that formula, no more.
"""

import copy
import warnings

import numpy as np

from .. import replay
from ..common.checks import number
from ..common.naming import keras_name, snake_case
from ..engine.autodiff import gradients as gradients_of
from ..engine.autodiff import topological_order
from ..engine.tensor import Tensor
from . import schedules, state
from .checks import at_least, checked_pairs, checked_parameters, checked_rate, labels, takes_step
from .shared import Rate, _Shared


class Optimizer(_Shared):
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
        name: what the optimizer is called; its class in small letters when not given.
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
    slots = ()
    numbers = ()  # names of methods: floats that the formula needs besides, functions of the number of the update
    _state = frozenset(
        {
            "iterations",
            "learning_rate",
            "_learning_rate",
            "_of_step",
            "_parameters",
            "_memory",
            "_waiting",
            "_known",
            "_used",
            "_warned",
        }
    )

    def __init__(self, learning_rate, gradient_accumulation_steps=None, name=None, parameters=None, **shared):
        super().__init__(**shared)
        self.learning_rate = learning_rate
        self.gradient_accumulation_steps = at_least("gradient_accumulation_steps", gradient_accumulation_steps, 1)
        self.name = name or snake_case(keras_name(type(self)))
        self._forget()
        if parameters is not None:
            self.build(parameters)

    def _forget(self):
        """The state of an optimizer that has not made a step."""
        self.iterations = 0
        self._parameters = None
        self._memory = {}  # parameter -> {slot name: array}
        self._waiting = {}, 0.0, 0  # accumulation: sums by parameter, their total weight, calls so far
        self._known = {}  # by name of a number, an update at which it was known, and its value then
        self._used = {}  # parameter -> its first gradient since zero_grad and its gradient, at the last step()
        self._warned = False  # of gradients that grew from step to step

    def fresh(self):
        """A copy with the same settings that has not made a step and has no parameters."""
        new = copy.copy(self)
        new._forget()
        return new

    # -- what a subclass states -----------------------------------------------------------------------

    def update(self, w, g, rate, step, **slots):
        """The formula of one step: new values from old ones. It changes nothing.

        Written with operators and NumPy functions only, without an `if` on values, so that it can be
        recorded; Python floats as constants keep float32 arrays float32.

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
        """What a slot of the parameter with values w holds before the first step: zeros, unless overridden."""
        return np.zeros_like(w)

    # -- settings and state ---------------------------------------------------------------------------

    @property
    def learning_rate(self):
        if replay.active() is not None:
            replay.active().refuse("optimizer.learning_rate is another number at every step, here a plain one")
        return Rate(self)

    @learning_rate.setter
    def learning_rate(self, value):
        self._learning_rate = value if callable(value) else checked_rate(value)
        self._of_step = callable(value) and takes_step(value)

    def _current_rate(self):
        rate = self._learning_rate
        if callable(rate):
            return checked_rate(rate(self._calls) if self._of_step else rate())
        return rate

    @property
    def _calls(self):
        """How many gradients were given: schedules and files count them, those that still wait included."""
        return self.iterations * (self.gradient_accumulation_steps or 1) + self._waiting[2]

    @property
    def slot_groups(self):
        """The slots in the order of Keras's files: those of a group stand together, parameter by parameter."""
        return (self.slots,) if self.slots else ()

    @property
    def variables(self):
        """The state as named Tensors (copies), in Keras's order: iteration, learning rate, slots by parameter."""
        return [Tensor(array, name=name) for name, array in state.named(self)]

    def get_state(self):
        """The state as a list of arrays (copies), in the order of `variables`: what a file keeps."""
        return [array for _, array in state.named(self)]

    def set_state(self, arrays):
        """Go on from a state that `get_state` gave, of an optimizer with the same settings and parameters.

        Raises:
            ValueError: another number of arrays, another shape, or no numbers; nothing is changed then.

        Example:
            >>> w = Tensor(1.0, requires_grad=True)
            >>> first = tg.optim.Momentum(0.5, parameters=[w])
            >>> first.apply([1.0])
            >>> second = tg.optim.Momentum(parameters=[w])
            >>> second.set_state(first.get_state())
            >>> second.iterations, second.learning_rate
            (1, 0.5)
        """
        state.load(self, arrays)

    def build(self, parameters):
        """Take these leaf Tensors as the optimizer's own."""
        self._parameters = checked_parameters(parameters)

    @property
    def held(self):
        """The names of all arrays that are kept for a parameter."""
        return (*self.slots, state.AVERAGE) if self.use_ema else tuple(self.slots)

    def _slots_of(self, parameter):
        """The arrays kept for a parameter by name, made when first asked for."""
        memory = self._memory.setdefault(parameter, {})
        for slot in self.held:
            if slot not in memory:
                w = parameter._array
                memory[slot] = np.array(w) if slot == state.AVERAGE else self.initial(slot, w)
        return {slot: memory[slot] for slot in self.held}

    def _arguments(self):
        arguments = {name: getattr(self, name) for name in self.argument_names() if name != "parameters"}
        return arguments | {"learning_rate": self._learning_rate}

    @classmethod
    def from_config(cls, config):
        """A new optimizer with the arguments that `get_config` gave, without state.

        Example:
            >>> optimizer = tg.optim.Momentum(schedules.ExponentialDecay(0.1, 10, 0.5), momentum=0.8)
            >>> copy = tg.optim.Momentum.from_config(optimizer.get_config())
            >>> copy.momentum, copy.learning_rate
            (0.8, 0.1)
        """
        rate = config.get("learning_rate")
        return cls(**config | ({"learning_rate": schedules.get(rate)} if isinstance(rate, dict) else {}))

    def finalize_variable_values(self, var_list):
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
        strange = [p for p in var_list if not any(p is own for own in (*(self._parameters or ()), *self._memory))]
        if self.use_ema and strange:
            raise ValueError(f"{type(self).__name__} keeps no average of {labels(strange)}: it never changed them.")
        if self.use_ema and self.iterations:
            for parameter in var_list:
                parameter._replace(np.array(self._slots_of(parameter)[state.AVERAGE]))

    # -- steps ----------------------------------------------------------------------------------------

    def apply(self, gradients, parameters=None, weight=1):
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
        if self._parameters is None and parameters:
            self._parameters = parameters

    def apply_gradients(self, pairs):
        """Make one update with (gradient, parameter) pairs, such as zip(gradients, parameters)."""
        pairs = list(pairs)
        if any(not isinstance(pair, tuple | list) or len(pair) != 2 for pair in pairs):
            raise TypeError("apply_gradients takes (gradient, parameter) pairs: zip(gradients, parameters).")
        self.apply([g for g, _ in pairs], [parameter for _, parameter in pairs])

    def step(self):
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
        grown = [p for p in parameters if _has_grown(p, *self._used.get(p, (None, None)))]
        self._used = {p: (getattr(p, "_first_gradient", None), p.grad) for p in parameters}
        if grown and not self._warned:
            self._warned = True
            warnings.warn(
                f"Since the last step(), backward() added to gradients that this {type(self).__name__} had already "
                f"used: {labels(grown)}. Write optimizer.zero_grad() before each loss.backward().",
                stacklevel=2,
            )

    def zero_grad(self):
        """Clear the gradients of the optimizer's own parameters, so that the next backward() starts anew."""
        for parameter in self._own():
            parameter.grad = None
        self._used = {}

    def minimize(self, loss):
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
        parameters = leaves if self._parameters is None else self._parameters
        absent = set(parameters) - set(leaves)
        if len(absent) == len(parameters):
            raise ValueError(
                f"{loss!r} does not depend on {labels(parameters) or 'any Tensor that requires a gradient'}. "
                "Make parameters with Tensor(..., requires_grad=True), outside no_grad()."
            )
        found = iter(gradients_of(loss, [p for p in parameters if p not in absent]))
        self._apply([None if p in absent else next(found) for p in parameters], parameters, 1)

    def _own(self):
        if self._parameters is None:
            raise ValueError(
                f"This {type(self).__name__} has no parameters of its own. Write "
                f"{type(self).__name__}(..., parameters=[w, b]), or use optimizer.minimize(loss)."
            )
        return self._parameters

    def _apply(self, gradients, parameters, weight):
        """The order of one update: check, accumulate, compute everything new, and only then change anything."""
        gradients = list(gradients)
        pairs = checked_pairs(gradients, parameters)
        weight = number("weight", weight, above=0)
        if not pairs:
            return
        tape = replay.active()
        if tape is not None:
            tape.update(self, [(p, g) for p, g in zip(parameters, gradients) if g is not None], weight)
        waiting, ready = self._collected(pairs, weight)
        new = self._new_values(ready)
        if self.use_ema:
            self._average(pairs, new)
        for parameter, (w, memory) in new.items():
            if w is not parameter._array:
                parameter._replace(w)
            self._memory[parameter].update(memory)
        self._waiting = waiting
        self.iterations += 1 if ready else 0

    def _collected(self, pairs, weight):
        """What waits after this call, and the (parameter, gradient) pairs that are ready for an update."""
        nothing = {}, 0.0, 0
        if not self.gradient_accumulation_steps:
            return nothing, pairs
        sums, total, calls = self._weighed(weight)
        sums, total, calls = dict(sums), total + weight, calls + 1
        for parameter, g in pairs:
            sums[parameter] = weight * g + sums.get(parameter, 0)
        if calls < self.gradient_accumulation_steps:
            return (sums, total, calls), []
        return nothing, [(parameter, g / total) for parameter, g in sums.items()]

    def _weighed(self, weight):
        """What waits. What was loaded from a file came without the weights of its calls: they count as this one."""
        sums, total, calls = self._waiting
        if total is None:
            return {parameter: weight * g for parameter, g in sums.items()}, weight * calls, calls
        return self._waiting

    def _new_values(self, pairs):
        """By parameter: its new values and those of its slots by name, checked against the old ones."""
        if not pairs:
            return {}
        rate, step = self._current_rate(), self.iterations + 1
        numbers = {name: getattr(self, name)(step) for name in self.numbers}
        new_values = {}
        for (parameter, _), g in zip(pairs, self.clipped([g for _, g in pairs]), strict=True):
            held = self._slots_of(parameter)
            slots = {slot: held[slot] for slot in self.slots}
            new = self.whole_update(parameter._array, g, rate, step, self.decays(parameter), **numbers, **slots)
            expected = [(array.shape, array.dtype) for array in (parameter._array, *slots.values())]
            if not isinstance(new, tuple) or [(np.shape(x), getattr(x, "dtype", None)) for x in new] != expected:
                raise ValueError(
                    f"{type(self).__name__}.update should give a tuple of the new values of w and of its slots "
                    f"{tuple(slots)}, of (shape, dtype) {expected}. Python floats as constants keep the dtype."
                )
            new_values[parameter] = new[0], dict(zip(slots, new[1:], strict=True))
        return new_values

    def _average(self, pairs, new):
        """Take the new weights into their averages; in their turn, the weights become the averages."""
        step = self.iterations + 1
        overwrites = self.ema_overwrite_frequency and step % self.ema_overwrite_frequency == 0
        for parameter in dict.fromkeys([*new, *[parameter for parameter, _ in pairs]]):
            old = self._slots_of(parameter)[state.AVERAGE]
            w, memory = new.get(parameter, (parameter._array, {}))
            average = self.averaged(w, old, step)
            new[parameter] = average.copy() if overwrites else w, memory | {state.AVERAGE: average}


def _has_grown(parameter, first, used):
    """Whether backward() added to the gradient that was used last, where it should have started anew."""
    return first is not None and parameter._first_gradient is first and parameter.grad is not used
