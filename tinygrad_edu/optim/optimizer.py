"""The base of all optimizers: everything about taking steps, except the formula of the step.

An optimizer holds parameters (leaf Tensors) and, for each, a few arrays of memory (its slots: a velocity,
a running mean …). `apply` takes one gradient a parameter, asks the subclass's `update` for the new values,
and gives them to the parameters. A subclass is its formula and the arguments of that formula, no more.
"""

import copy
import warnings

import numpy as np

from .. import replay
from ..common.checks import number, whole
from ..common.naming import keras_name, snake_case
from ..engine.autodiff import gradients as gradients_of
from ..engine.autodiff import topological_order
from ..engine.tensor import Tensor
from ..engine.variable import Variable
from . import schedules
from .checks import at_least, checked_pairs, checked_parameters, checked_rate, checked_state, labels, takes_step
from .memory import AVERAGE, WAITING, Memory
from .shared import Rate, Shared
from .stepping import new_values


class Optimizer(Shared):
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
    elementwise = False  # whether each new value depends on the entries at its own place alone: see `update`
    slots = ()
    numbers = ()  # names of floats that the formula needs besides, each a state that `advance` moves on

    def __init__(self, learning_rate, gradient_accumulation_steps=None, name=None, parameters=None, **shared):
        super().__init__(**shared)
        self.learning_rate = learning_rate
        self.gradient_accumulation_steps = at_least("gradient_accumulation_steps", gradient_accumulation_steps, 1)
        self.name = name or snake_case(keras_name(type(self)))
        self._forget()
        if parameters is not None:
            self.build(parameters)

    def __init_subclass__(cls, **options):
        super().__init_subclass__(**options)
        if "update" in vars(cls):  # what is true of one formula may not be of another
            cls.elementwise = vars(cls).get("elementwise", False)

    def _forget(self):
        """The state of an optimizer that has not made a step."""
        self._calls = _counter(0, "iteration")  # of apply, those included whose gradients still wait
        self._waiting_weight = _counter(0.0, "gradient_accumulator_weight")
        self._numbers = {name: _counter(1.0, name) for name in self.numbers}
        self._memory = Memory()
        self._watch = GradientWatch()

    def fresh(self):
        """A copy with the same settings that has not made a step and has no parameters."""
        new = copy.copy(self)
        new._forget()
        new.learning_rate = self.rate_setting
        return new

    # -- what a subclass states -----------------------------------------------------------------------

    def update(self, w, g, rate, step, **slots):
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
        """What a slot of the parameter with values w holds before the first step: zeros, unless overridden."""
        return np.zeros_like(w)

    def advance(self, name, value, step):
        """The value of one of `numbers` at this step, from that at the step before; 1 before the first."""
        raise NotImplementedError(f"{type(self).__name__} needs a method advance(self, name, value, step).")

    # -- settings and state ---------------------------------------------------------------------------

    @property
    def learning_rate(self):
        """The rate: a Variable to read or assign; of a schedule, the current rate as a Tensor."""
        if replay.active() is not None:
            replay.active().refuse("optimizer.learning_rate is another number at every step, here a plain one")
        return Tensor(self.current_rate()) if callable(self._rate) else self._rate

    @learning_rate.setter
    def learning_rate(self, value):
        if isinstance(value, Tensor) and value.size == 1 and not value.requires_grad:
            value = value.item()
        if callable(value):
            self._rate, self._rate_takes_step = value, takes_step(value)
        elif isinstance(vars(self).get("_rate"), Variable):
            self._rate.assign(checked_rate(value))
        else:
            self._rate, self._rate_takes_step = _counter(checked_rate(value), "learning_rate", Rate), False

    @property
    def rate_setting(self):
        """The learning rate as it was given: a float, a schedule, or a function."""
        return self._rate if callable(self._rate) else self._rate.item()

    @property
    def rate_variable(self):
        """The Variable that holds the learning rate; None where a function gives it."""
        return None if callable(self._rate) else self._rate

    def current_rate(self):
        """The learning rate of the next update, a float."""
        rate = self._rate
        if callable(rate):
            return checked_rate(rate(int(self._calls.array)) if self._rate_takes_step else rate())
        return float(rate.array)

    @property
    def iterations(self):
        """How many updates were made: a Variable; while gradients are accumulated a Tensor."""
        every = self.gradient_accumulation_steps
        return self._calls if not every else Tensor(self._calls.array // every)

    @iterations.setter
    def iterations(self, value):
        if replay.active() is not None:
            replay.active().refuse("it sets 'iterations', the number of the step")
        self._calls.assign(whole("iterations", value, least=0) * (self.gradient_accumulation_steps or 1))

    def next_step(self):
        """The number of the next update, 1 at the first."""
        return int(self._calls.array) // (self.gradient_accumulation_steps or 1) + 1

    def next_numbers(self):
        """The values of `numbers` at the next update, by name."""
        step = self.next_step()
        return {name: self.advance(name, float(held.array), step) for name, held in self._numbers.items()}

    def waiting(self):
        """How many gradients wait, and the sum of their weights."""
        return int(self._calls.array) % self.gradient_accumulation_steps, float(self._waiting_weight.array)

    def weigh_waiting(self, groups, weight):
        """Let gradients that wait since a file was loaded, without their weights, count as much as this call's."""
        calls, total = self.waiting() if self.gradient_accumulation_steps else (0, 0.0)
        if calls and not total:
            for group in groups:
                group.settle()
                group.slots[WAITING].give(weight * group.slots[WAITING].array)
            self._waiting_weight.replace(np.float64(weight * calls))

    def count_call(self, weight):
        """Count a call of `apply` whose changes have been made: the step, and the numbers of the formula."""
        every = self.gradient_accumulation_steps
        if every:
            calls, total = self.waiting()
            ready = calls + 1 >= every
            self._waiting_weight.replace(np.float64(0.0 if ready else total + weight))
        if self._numbers and (not every or ready):
            for name, value in self.next_numbers().items():
                self._numbers[name].replace(np.float64(value))
        self._calls.replace(self._calls.array + 1)

    @property
    def slot_groups(self):
        """The slots in the order of Keras's files: those of a group stand together, parameter by parameter."""
        return (self.slots,) if self.slots else ()

    @property
    def kept(self):
        """The names of all arrays that are kept for a parameter."""
        average = (AVERAGE,) if self.use_ema else ()
        waiting = (WAITING,) if self.gradient_accumulation_steps else ()
        return (*self.slots, *average, *waiting)

    def groups(self, parameters):
        """These parameters by dtype with all that is kept for them, each kind in one flat Vector.

        Args:
            parameters: a list of parameters.

        Returns:
            A list of `optim.memory.Group`.
        """
        return self._memory.groups(parameters, self.kept, self._first)

    def _first(self, slot, w):
        if slot == AVERAGE:
            return np.array(w)
        return np.zeros_like(w) if slot == WAITING else self.initial(slot, w)

    @property
    def variables(self):
        """All state, as Variables, in Keras's order: iteration, learning rate, slots by parameter, numbers.

        Example:
            >>> [v.name for v in tg.optim.Adam(parameters=[Tensor([1.0], name="w")]).variables]
            ['iteration', 'learning_rate', 'w_momentum', 'w_velocity']
        """
        memory = self._memory
        averages, waiting = (name in self.kept for name in (AVERAGE, WAITING))
        groups = [*([(AVERAGE,)] if averages else []), *([(WAITING,)] if waiting else []), *self.slot_groups]
        found = [self._calls, *([] if callable(self._rate) else [self._rate])]
        parameters = dict.fromkeys([*(memory.parameters or ()), *memory.slots])
        held = {parameter: memory.slots_of(parameter, self.kept, self._first) for parameter in parameters}
        found += [held[parameter][slot] for group in groups for parameter in parameters for slot in group]
        return [*found, *self._numbers.values()]

    @property
    def state_variables(self):
        """The `variables`, and the sum of the weights of waiting gradients, for which Keras's list has no place."""
        return [*self.variables, self._waiting_weight]

    def get_state(self):
        """The state as a list of arrays (copies): what a file keeps, in the order and the form of Keras.

        Gradients that wait are given as their sum without the weights of the calls.
        """
        arrays = {variable: variable.numpy() for variable in self.variables}
        calls, total = self.waiting() if self.gradient_accumulation_steps else (0, 0.0)
        if total and calls:
            for held in self._memory.slots.values():
                arrays[held[WAITING]] = held[WAITING].array * (calls / total)
        return list(arrays.values())

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
            >>> int(second.iterations), float(second.learning_rate)
            (1, 0.5)
        """
        arrays = checked_state(self, arrays)
        for variable, array in zip(self.variables, arrays):
            variable.assign(array)
        self._waiting_weight.assign(0.0)

    @property
    def built(self):
        """Whether the optimizer has parameters of its own, or has made a step."""
        return self._memory.parameters is not None or bool(self._memory.slots)

    def build(self, parameters):
        """Take these leaf Tensors as the optimizer's own."""
        self._memory.parameters = checked_parameters(parameters)

    def _arguments(self):
        names = [name for name in self.argument_names() if name not in ("parameters", "learning_rate")]
        return {"learning_rate": self.rate_setting} | {name: getattr(self, name) for name in names}

    @classmethod
    def from_config(cls, config):
        """A new optimizer with the arguments that `get_config` gave, without state.

        Example:
            >>> optimizer = tg.optim.Momentum(schedules.ExponentialDecay(0.1, 10, 0.5), momentum=0.8)
            >>> copy = tg.optim.Momentum.from_config(optimizer.get_config())
            >>> copy.momentum, float(copy.learning_rate)
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
        known = [*(self._memory.parameters or ()), *self._memory.slots]
        strange = [p for p in var_list if not any(p is own for own in known)]
        if self.use_ema and strange:
            raise ValueError(f"{type(self).__name__} keeps no average of {labels(strange)}: it never changed them.")
        if self.use_ema and self.next_step() > 1:
            for parameter in var_list:
                slots = self._memory.slots_of(parameter, self.kept, self._first)
                parameter.replace(slots[AVERAGE].numpy())

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
        if self._memory.parameters is None and parameters:
            self._memory.parameters = parameters

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
        self._watch.look(parameters, type(self).__name__)

    def zero_grad(self):
        """Clear the gradients of the optimizer's own parameters, so that the next backward() starts anew."""
        for parameter in self._own():
            parameter.grad = None
        self._watch.forget()

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
            given = {p: g for p, g in zip(parameters, gradients) if g is not None}
            tape.update(replay.Update(self, groups, given, weight))
        self.weigh_waiting(groups, weight)
        for vector, array in new_values(self, groups, pairs, weight):
            vector.give(array)
        self.count_call(weight)

    def _waits(self, parameter):
        """Whether a gradient of an earlier call waits for this parameter."""
        waiting = self._memory.slots.get(parameter, {}).get(WAITING)
        return waiting is not None and bool(self.gradient_accumulation_steps) and bool(np.any(waiting.array))


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
            warnings.warn(
                f"Since the last step(), backward() added to gradients that this {optimizer} had already "
                f"used: {labels(grown)}. Write optimizer.zero_grad() before each loss.backward().",
                stacklevel=3,
            )

    def forget(self):
        """The gradients begin anew."""
        self._used = {}


def _has_grown(parameter, first, used):
    """Whether backward() added to the gradient that was used last, where it should have started anew."""
    return first is not None and parameter.first_gradient is first and parameter.grad is not used


def _counter(value, name, kind=Variable):
    """A number of the state."""
    return kind(np.asarray(value), trainable=False, name=name)
