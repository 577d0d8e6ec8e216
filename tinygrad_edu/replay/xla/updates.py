"""The step of an optimizer on JAX arrays: the same formulas as in NumPy's program, traced once for each shape.

Every parameter is an array of its own here: XLA lays memory out by itself, and a flat vector would cost a copy.
"""

import numpy as np

from ..step import Node
from ..update import Formula
from .spelling import compute

AVERAGE, WAITING = "average", "gradient_accumulator"
_EXAMPLE = (3,)  # the shape on which a formula is traced that holds for every shape


class XlaUpdate:
    """Reads an `Update`.

    Args:
        update: the Update.

    Attributes:
        parameters: all parameters of its groups, those without a gradient included.
        slots: by parameter, a dict of its slots by name: Variables.
        gradients: by parameter, the Node of its gradient.
        formulas: the Formulas that it needs.
    """

    def __init__(self, update):
        self.update, self.optimizer, self._formulas = update, update.optimizer, {}
        self.gradients = dict(update.gradients)
        self.parameters, self.slots = [], {}
        for group in update.groups:
            for i, parameter in enumerate(group.parameters):
                self.parameters.append(parameter)
                self.slots[parameter] = {name: vector.members[i] for name, vector in group.slots.items()}
        with np.errstate(all="ignore"):
            self._clip = self._clipping()
            self._change = {parameter: self._changing(parameter) for parameter in self.parameters}
            self._average = {p: self._averaging(p) if self.optimizer.use_ema else None for p in self.parameters}

    @property
    def formulas(self):
        """The Formulas that it has made."""
        return [*filter(None, [self._clip]), *self._formulas.values()]

    # -- the formulas ---------------------------------------------------------------------------------------

    def _clipping(self):
        optimizer = self.optimizer
        if not (optimizer.clipnorm or optimizer.clipvalue or optimizer.global_clipnorm):
            return None
        arrays = {f"g{i}": _example(p.shape, p.dtype) for i, p in enumerate(self.parameters)}
        return Formula(self.update, lambda numbers, *g: self.update.clip(*g), arrays, list(arrays), "clipping")

    def _changing(self, parameter):
        optimizer, update = self.optimizer, self.update
        decays = bool(not optimizer.weight_decay or optimizer.decays(parameter))
        names = ["weights", "gradients", *optimizer.slots]

        def change(numbers, w, g, *slots):
            return update.change(numbers, decays, w, g, *slots)

        return self._formula(change, parameter, names, ["weights", *optimizer.slots], decays)

    def _averaging(self, parameter):
        return self._formula(self.update.average, parameter, ["weights", AVERAGE], [AVERAGE], None)

    def _formula(self, function, parameter, names, changed, kind):
        """The Formula for the shape of a parameter: one for all shapes where each place is by itself."""
        for shape in (_EXAMPLE, parameter.shape) if self.optimizer.elementwise else (parameter.shape,):
            key = shape, parameter.dtype, kind
            if key not in self._formulas:
                arrays = {name: _example(shape, parameter.dtype) for name in names}
                self._formulas[key] = Formula(self.update, function, arrays, changed, changed[0])
            if shape == parameter.shape or self._formulas[key].elementwise:
                return self._formulas[key]
        return None

    # -- under XLA ------------------------------------------------------------------------------------------

    def apply(self, gradients, state, value, number, jax):
        """The new values of parameters and slots.

        Args:
            gradients: by parameter, for those that have one.
            state: by Variable, its values now.
            value: the values of a Node that no formula computes: of a Tensor from outside, of a constant.
            number: the value of a Number of this run, by its text.
            jax: the module.

        Returns:
            A dict by Variable.
        """
        zeros = jax.numpy.zeros
        flat = {p: gradients[p] if p in gradients else zeros(p.shape, p.dtype) for p in self.parameters}
        run = _Run(value, number, jax)
        new = (self._accumulated if self.update.accumulates else self._changed)(flat, state, run)
        if self.optimizer.use_ema:
            new |= self._averaged(state | new, run)
        return new

    def _accumulated(self, flat, state, run):
        """Gradients are collected, weighted by their rows; only the last call of several goes on."""
        waiting = {p: self.slots[p][WAITING] for p in self.parameters}
        sums = {p: state[waiting[p]] + (self.update.weight * flat[p]).astype(p.dtype) for p in self.parameters}
        kept = [v for p in self.parameters for v in (p, *[self.slots[p][name] for name in self.optimizer.slots])]

        def go_on(sums):
            total = run.number("total")
            means = {p: g / total.astype(g.dtype) for p, g in zip(self.parameters, sums)}
            changed = self._changed(means, state, run)
            return [changed[v] for v in kept], [run.jax.numpy.zeros_like(g) for g in sums]

        def wait(sums):
            return [state[v] for v in kept], sums

        changed, sums = run.jax.lax.cond(run.number("last") > 0, go_on, wait, [sums[p] for p in self.parameters])
        return dict(zip(kept, changed)) | dict(zip(waiting.values(), sums))

    def _changed(self, flat, state, run):
        """Clipping, and the formula of the optimizer."""
        if self._clip is not None:
            flat = dict(zip(self.parameters, run.formula(self._clip, [flat[p] for p in self.parameters])))
        new = {}
        for parameter in self.parameters:
            slots = [self.slots[parameter][name] for name in self.optimizer.slots]
            arrays = [state[parameter], flat[parameter], *[state[slot] for slot in slots]]
            new |= dict(zip([parameter, *slots], run.formula(self._change[parameter], arrays)))
        return new

    def _averaged(self, state, run):
        """The moving averages of the weights; in their turn, the weights become the averages."""
        new, every = {}, self.optimizer.ema_overwrite_frequency
        for parameter in self.parameters:
            average = self.slots[parameter][AVERAGE]
            (new[average],) = run.formula(self._average[parameter], [state[parameter], state[average]])
            if every:
                turn = run.number(self.turn) > 0
                new[parameter] = run.jax.numpy.where(turn, new[average], state[parameter])
        return new

    @property
    def turn(self):
        """The text of the number that says whether the weights become their averages."""
        return f"{self.update.numbers['step'].name} % {self.optimizer.ema_overwrite_frequency} == 0"

    def texts(self):
        """The texts of the numbers that it reads besides those in its formulas."""
        own = [self.update.numbers[name].name for name in ("last", "total") if self.update.accumulates]
        return own + ([self.turn] if self.optimizer.use_ema and self.optimizer.ema_overwrite_frequency else [])


class _Run:
    """Computes Formulas on JAX arrays."""

    def __init__(self, value, number, jax):
        self._value, self.number, self.jax = value, number, jax

    def formula(self, formula, arrays):
        """The new values that a Formula gives."""
        known = dict(zip(formula.inputs, arrays))

        def value(x):
            if not isinstance(x, Node):
                return self.number(x.text)
            return known[x] if x in known else self._value(x)

        for statement in formula.statements:
            known[statement] = compute(statement, value, self.jax)
        olds = [arrays[i] for i in formula.places]
        return [self.jax.numpy.broadcast_to(value(new), old.shape) for new, old in zip(formula.news, olds)]


def _example(shape, dtype):
    """An array on which a formula is traced: values inside every domain."""
    return np.linspace(0.3, 0.9, int(np.prod(shape))).reshape(shape).astype(dtype)
