"""The state of an optimizer: its learning rate, its counters, and the slots of every parameter.

All of it is Variables. `variables` lists them in the order of Keras, whose files hold this list.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import replay
from ..common.checks import whole
from ..engine.tensor import Tensor
from ..engine.variable import Variable
from . import schedules
from .checks import checked_parameters, checked_rate, checked_state, takes_step
from .memory import AVERAGE, WAITING, Memory
from .shared import Rate, Shared


class RateSource:
    """The source of the learning rate: a Variable, or a function that may take the number of calls so far."""

    rate, takes_step = None, False


class WithState(Shared):
    """The part of an optimizer that remembers; `Optimizer` adds the steps."""

    gradient_accumulation_steps: int | None
    slots: tuple[str, ...] = ()
    numbers: tuple[
        str, ...
    ] = ()  # names of floats that the formula needs besides, each a state that `advance` moves on

    def _forget(self):
        """The state of an optimizer that has not made a step, with the learning rate as it is set."""
        setting = self.rate_setting
        self._source = RateSource()  # of its own, as this may be a copy
        self.learning_rate = setting
        self._calls = _counter(0, "iteration")  # of apply, those included whose gradients still wait
        self._waiting_weight = _counter(0.0, "gradient_accumulator_weight")
        self._numbers = {name: _counter(1.0, name) for name in self.numbers}
        self._memory = Memory()

    def _arguments(self):
        names = [name for name in self.argument_names() if name not in ("parameters", "learning_rate")]
        return {"learning_rate": self.rate_setting} | {name: getattr(self, name) for name in names}

    @property
    def learning_rate(self):
        """The rate: a Variable to read or assign; of a schedule, the current rate as a Tensor."""
        if replay.active() is not None:
            replay.active().refuse("optimizer.learning_rate is another number at every step, here a plain one")
        rate = self._source.rate
        return Tensor(self.current_rate()) if callable(rate) else rate

    @learning_rate.setter
    def learning_rate(self, value):
        if isinstance(value, Tensor) and value.size == 1 and not value.requires_grad:
            value = value.item()
        source = vars(self).setdefault("_source", RateSource())
        if callable(value):
            source.rate, source.takes_step = value, takes_step(value)
        elif isinstance(source.rate, Variable):
            source.rate.assign(checked_rate(value))
        else:
            source.rate, source.takes_step = _counter(checked_rate(value), "learning_rate", Rate), False

    @property
    def rate_setting(self):
        """The learning rate as it was given: a float, a schedule, or a function."""
        rate = self._source.rate
        return rate if callable(rate) else rate.item()

    def current_rate(self):
        """The learning rate of the next update, a float."""
        rate = self._source.rate
        if callable(rate):
            return checked_rate(rate(int(self._calls.array)) if self._source.takes_step else rate())
        return rate.array.item()

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
        return {name: self.advance(name, float(number.array), step) for name, number in self._numbers.items()}

    @property
    def foreseeable(self):
        """True if the numbers of coming updates follow from the state: no code of the user's own gives them."""
        rate = self._source.rate
        known = not callable(rate) or type(rate).__module__ == schedules.__name__
        return known and (not self.numbers or _in_package(type(self).advance))

    def upcoming(self, count, weight=1):
        """The numbers of the next calls of `apply`, as the formulas will get them.

        Args:
            count: how many calls.
            weight: how much their gradients count in the average while gradients are accumulated.

        Returns:
            By name a list with one for each call: "rate", "step" and the `numbers` of the formula; while gradients are
            accumulated "last", whether the call completes them, and "total", the sum of their weights with it.
        """
        every, first = self.gradient_accumulation_steps, int(self._calls.array)
        calls, rate = range(first, first + count), self._source.rate
        found = {
            "rate": [checked_rate(rate(call)) for call in calls] if callable(rate) else [rate.array.item()] * count,
            "step": [call // (every or 1) + 1 for call in calls],
        }
        if every:
            found["last"], found["total"], total = [call % every + 1 >= every for call in calls], [], self.waiting()[1]
            for last in found["last"]:
                found["total"].append(total + weight)
                total = 0.0 if last else total + weight
        for name in self.numbers:
            value, found[name] = float(self._numbers[name].array), []
            for call, step in zip(calls, found["step"]):
                found[name].append(self.advance(name, value, step))
                value = found[name][-1] if not every or call % every + 1 >= every else value
        return found

    def waiting(self):
        """How many gradients wait, and the sum of their weights."""
        return int(self._calls.array) % self.gradient_accumulation_steps, float(self._waiting_weight.array)

    def weigh_waiting(self, groups, weight):
        """Let gradients that wait since a file was loaded, without their weights, count as much as this call's."""
        calls, total = self.waiting() if self.gradient_accumulation_steps else (0, 0.0)
        if calls and not total:
            for group in groups:
                group.pull_changes()
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

    def count_calls(self, count, weight=1):
        """Count so many calls of `apply`."""
        if self.gradient_accumulation_steps or self._numbers:
            for _ in range(count):
                self.count_call(weight)
        else:
            self._calls.replace(self._calls.array + count)

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
    def variables(self) -> list[Variable]:
        """All state, as Variables, in Keras's order: iteration, learning rate, slots by parameter, numbers.

        Example:
            >>> [v.name for v in tg.optim.Adam(parameters=[Tensor([1.0], name="w")]).variables]
            ['iteration', 'learning_rate', 'w_momentum', 'w_velocity']
        """
        memory = self._memory
        averages, waiting = (name in self.kept for name in (AVERAGE, WAITING))
        groups = [*([(AVERAGE,)] if averages else []), *([(WAITING,)] if waiting else []), *self.slot_groups]
        found = [self._calls, *([] if callable(self._source.rate) else [self._source.rate])]
        parameters = dict.fromkeys([*(memory.parameters or ()), *memory.slots])
        slots = {parameter: memory.slots_of(parameter, self.kept, self._first) for parameter in parameters}
        found += [slots[parameter][slot] for group in groups for parameter in parameters for slot in group]
        return [*found, *self._numbers.values()]

    @property
    def state_variables(self):
        """The `variables`, and the sum of the weights of waiting gradients, for which Keras's list has no place."""
        return [*self.variables, self._waiting_weight]

    def get_state(self) -> list[NDArray[Any]]:
        """The state as a list of arrays (copies): what a file keeps, in the order and the form of Keras.

        Gradients that wait are given as their sum without the weights of the calls.
        """
        arrays = {variable: variable.numpy() for variable in self.variables}
        calls, total = self.waiting() if self.gradient_accumulation_steps else (0, 0.0)
        if total and calls:
            for slots in self._memory.slots.values():
                arrays[slots[WAITING]] = slots[WAITING].array * (calls / total)
        return list(arrays.values())

    def set_state(self, arrays: Sequence[ArrayLike]) -> None:
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
    def built(self) -> bool:
        """True if the optimizer has parameters of its own, or has made a step."""
        return self._memory.parameters is not None or bool(self._memory.slots)

    def build(self, parameters: Sequence[Tensor]) -> None:
        """Take these leaf Tensors as the optimizer's own."""
        self._memory.parameters = checked_parameters(parameters)


def _counter(value, name, kind=Variable):
    """A number of the state."""
    return kind(np.asarray(value), trainable=False, name=name)


def _in_package(method):
    """True if a method was written in this package."""
    return method.__module__.startswith(__package__)
