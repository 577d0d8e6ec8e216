"""The base of all optimizers: everything about taking steps, except the formula of the step.

An optimizer holds parameters (leaf Tensors) and, for each, a few arrays of memory (its slots: a velocity,
a running mean …). `apply` takes one gradient a parameter, asks the subclass's `update` for the new values,
and gives them to the parameters. A subclass is its formula and the arguments of that formula, no more.
"""

import copy
import warnings

import numpy as np

from .. import replay
from ..autodiff import gradients as gradients_of
from ..autodiff import topological_order
from ..objects import Watched, number
from ..tensor import Tensor
from . import schedules


class Optimizer(Watched):
    """Changes parameters, step by step, so that a loss falls.

    A subclass names its `slots` and states its formula in `update`. With parameters of its own:

        optimizer = Adam(0.01, parameters=[w, b])
        optimizer.zero_grad(); loss.backward(); optimizer.step()

    or for whatever the loss was computed from:

        optimizer.minimize(loss)

    Args:
        learning_rate: the size of the steps: a number ≥ 0, or a schedule: a function of `iterations`.
        parameters: the leaf Tensors that `step` and `zero_grad` are for. May come later, with `build` or the
            first `apply`.
        name: what the optimizer is called; its class in lower case when not given.
        gradient_accumulation_steps: collect the gradients of this many calls, and only then make one
            update, with their average. So n small batches give the step of one large batch.

    Attributes:
        iterations: how many updates were made.
        learning_rate: the current rate, a float. Assign a number or a schedule to change it.

    Raises:
        TypeError: an argument has the wrong type, or there is no such argument.
        ValueError: a negative or NaN learning rate; parameters that are not leaves or appear twice.

    Example:
        >>> class SignDescent(Optimizer):
        ...     def update(self, w, g, rate, step):
        ...         return (w - rate * np.sign(g),)
        >>> w = Tensor([3.0, -1.0], requires_grad=True)
        >>> SignDescent(learning_rate=0.5).apply([[12.0, -0.1]], [w])
        >>> w.data
        array([ 2.5, -0.5])
    """

    slots = ()
    _state = frozenset({"iterations", "_learning_rate", "_parameters", "_memory", "_waiting", "_used", "_warned"})

    def __init__(self, learning_rate, parameters=None, name=None, gradient_accumulation_steps=None, **unknown):
        self._refuse(unknown)
        calls = gradient_accumulation_steps
        if calls is not None and (isinstance(calls, bool) or not isinstance(calls, int | np.integer)):
            raise TypeError(f"gradient_accumulation_steps should be a whole number; received {calls!r}.")
        if calls is not None and calls < 1:
            raise ValueError(f"gradient_accumulation_steps should be at least 1; received {calls}.")
        self.learning_rate = learning_rate
        self.name = name or type(self).__name__.lower()
        self.gradient_accumulation_steps = calls
        self._forget()
        if parameters is not None:
            self.build(parameters)

    def _forget(self):
        """The state of an optimizer that has not made a step."""
        self.iterations = 0
        self._parameters = None
        self._memory = {}  # parameter -> {slot name: array}
        self._waiting = {}, 0.0, 0  # accumulation: sums by parameter, their total weight, calls so far
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
            slots: the memory of the parameter, an argument for each name in `slots`.

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
        rate = self._learning_rate
        return _checked_rate(rate(self.iterations)) if callable(rate) else rate

    @learning_rate.setter
    def learning_rate(self, value):
        self._learning_rate = value if callable(value) else _checked_rate(value)

    @property
    def variables(self):
        """The state as named Tensors (copies): iterations, learning rate, then the slots by parameter."""
        state = [("iterations", self.iterations), ("learning_rate", self.learning_rate)]
        for i, parameter in enumerate(dict.fromkeys([*(self._parameters or ()), *self._memory])):
            label = parameter.name or f"parameter_{i}"
            state += [(f"{label}_{slot}", array) for slot, array in self._slots_of(parameter).items()]
        return [Tensor(array, name=name) for name, array in state]

    def build(self, parameters):
        """Take these leaf Tensors as the optimizer's own."""
        self._parameters = _checked_parameters(parameters)

    def _slots_of(self, parameter):
        """The slots of a parameter by name, made when first asked for."""
        memory = self._memory.setdefault(parameter, {})
        for slot in self.slots:
            if slot not in memory:
                memory[slot] = self.initial(slot, parameter._array)
        return {slot: memory[slot] for slot in self.slots}

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
        parameters = self._own() if parameters is None else _checked_parameters(parameters)
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
                f"used: {_labels(grown)}. Write optimizer.zero_grad() before each loss.backward().",
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
                f"{loss!r} does not depend on {_labels(parameters) or 'any Tensor that requires a gradient'}. "
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
        pairs = _checked_pairs(gradients, parameters)
        weight = number("weight", weight, above=0)
        tape = replay.active()
        if tape is not None and pairs:
            tape.update(self, [(p, g) for p, g in zip(parameters, gradients) if g is not None], weight)
        if self.gradient_accumulation_steps and pairs:
            sums, total, calls = self._accumulated(pairs, weight)
            if calls < self.gradient_accumulation_steps:
                self._waiting = sums, total, calls
                return
            pairs = [(parameter, g / total) for parameter, g in sums.items()]
        if pairs:
            new_values = self._new_values(pairs)
            for parameter, (w, *memory) in new_values.items():
                if w is not parameter._array:
                    parameter._replace(w)
                self._memory[parameter].update(zip(self.slots, memory, strict=True))
            self._waiting = {}, 0.0, 0
            self.iterations += 1

    def _accumulated(self, pairs, weight):
        """What waits to be averaged, these gradients included."""
        sums, total, calls = self._waiting
        sums = dict(sums)
        for parameter, g in pairs:
            sums[parameter] = weight * g + sums.get(parameter, 0)
        return sums, total + weight, calls + 1

    def _new_values(self, pairs):
        """By parameter: its new values and those of its slots, checked against the old ones."""
        rate, step = self.learning_rate, self.iterations + 1
        new_values = {}
        for parameter, g in pairs:
            slots = self._slots_of(parameter)
            new = self.update(parameter._array, g, rate, step, **slots)
            expected = [(array.shape, array.dtype) for array in (parameter._array, *slots.values())]
            if not isinstance(new, tuple) or [(np.shape(x), getattr(x, "dtype", None)) for x in new] != expected:
                raise ValueError(
                    f"{type(self).__name__}.update should give a tuple of the new values of w and of its slots "
                    f"{tuple(slots)}, of (shape, dtype) {expected}. Python floats as constants keep the dtype."
                )
            new_values[parameter] = new
        return new_values


def _checked_rate(rate):
    if isinstance(rate, Tensor | list | tuple):
        raise TypeError(
            "The learning rate comes first and is a number; parameters are given by name: "
            f"Adam(0.01, parameters=[w, b]). Received {rate!r} as the learning rate."
        )
    return number("learning_rate", rate, low=0)


def _checked_parameters(parameters):
    if isinstance(parameters, Tensor | np.ndarray | dict):
        raise TypeError(f"Parameters are a list of Tensors, [w, b]; received {type(parameters).__name__}.")
    parameters = list(parameters)
    for parameter in parameters:
        if not isinstance(parameter, Tensor) or parameter.dtype.kind != "f":
            received = repr(parameter) if isinstance(parameter, Tensor) else type(parameter).__name__
            raise TypeError(f"A parameter is a floating-point Tensor; received {received}.")
        if parameter.op is not None:
            raise ValueError(
                f"{parameter!r} is the result of an op, not a parameter: give the Tensors that it was computed from."
            )
    if len(set(parameters)) < len(parameters):
        raise ValueError(f"A parameter appears twice in {_labels(parameters)}.")
    return parameters


def _checked_pairs(gradients, parameters):
    """(parameter, gradient as an array of its dtype) for each parameter that has a gradient."""
    if len(gradients) != len(parameters):
        raise ValueError(
            f"Expected a gradient for each of the {len(parameters)} parameters ({_labels(parameters)}); "
            f"received {len(gradients)}."
        )
    without = [p for p, g in zip(parameters, gradients, strict=True) if g is None]
    if without and len(without) == len(parameters):
        raise ValueError(f"No gradient for any parameter ({_labels(without)}). Call loss.backward() first.")
    pairs = []
    for parameter, g in zip(parameters, gradients, strict=True):
        if g is not None:
            g = np.asarray(g._array if isinstance(g, Tensor) else g)
            if g.dtype.kind not in "biuf":
                raise TypeError(f"The gradient of {parameter._label()} should be numbers; received dtype {g.dtype}.")
            if g.shape != parameter.shape:
                raise ValueError(
                    f"The gradient of {parameter._label()} should have its shape {parameter.shape}; "
                    f"received shape {g.shape}."
                )
            pairs.append((parameter, g.astype(parameter.dtype, copy=False)[()]))
    if without:
        warnings.warn(
            f"No gradient for {_labels(without)}: left unchanged. Does the loss depend on it, "
            "and was it made with requires_grad=True?",
            stacklevel=4,
        )
    return pairs


def _has_grown(parameter, first, used):
    """Whether backward() added to the gradient that was used last, where it should have started anew."""
    return first is not None and parameter._first_gradient is first and parameter.grad is not used


def _labels(parameters):
    return ", ".join(parameter._label() for parameter in parameters)
