"""The step of an optimizer in a flat program: its formula, run once over the vector of all weights.

The formula is traced like any other function. Where it is elementwise, as all common ones are, it runs over the
flat vectors, in blocks that stay in the cache when they are long; else for each parameter by itself.
"""

import copy

import numpy as np

from ..engine.tensor import Tensor
from .scalar import Scalar
from .source import BLOCK, Target, alive
from .spelling import is_elementwise, literal
from .tape import Node, Tape, TraceError, first_difference, tracing


class OptimizerStep:
    """What Python does for the optimizer before and after the flat code: it keeps the count and the rate.

    Args:
        update: the Update that the tape noted.
        memory: the vectors of the optimizer and its parameters.
        number: how many steps of other optimizers the program has already.
    """

    def __init__(self, update, memory, number):
        self.optimizer, self.memory, self.weight = update.optimizer, memory, update.weight
        self.parts = update.parts
        self.accumulates = self.optimizer.gradient_accumulation_steps
        names = ["rate", "step", "last", "total"] if self.accumulates else ["rate", "step"]
        self.argument_names = [f"{name}_{number + 1}" if number else name for name in names]

    def arguments(self):
        """The numbers of this run: rate, step; while gradients are accumulated whether to step, the sum of weights."""
        optimizer = self.optimizer
        if self.accumulates:
            waiting = optimizer._weighed(self.weight)
            if waiting is not optimizer._waiting:
                optimizer._waiting = waiting
                self.memory.settle()
            _, total, calls = optimizer._waiting
            return (
                optimizer._current_rate(),
                optimizer.iterations + 1,
                calls + 1 >= self.accumulates,
                total + self.weight,
            )
        return optimizer._current_rate(), optimizer.iterations + 1

    def finish(self):
        """Count the run."""
        optimizer = self.optimizer
        if self.accumulates:
            _, total, calls = optimizer._waiting
            if calls + 1 < self.accumulates:
                optimizer._waiting = self.memory.waiting, total + self.weight, calls + 1
                return
            optimizer._waiting = {}, 0.0, 0
        optimizer.iterations += 1

    # -- the text -------------------------------------------------------------------------------------------

    def lay_out(self, writer, targets):
        """Name the vectors, and the parts of them that are the weights and gradients of each layer."""
        self.vectors, self.gradient_names = [], {}
        for group in self.memory.groups:
            held = {"weights": group.weights, "gradients": group.gradients, **group.slots}
            if self.accumulates:
                held["waiting"] = group.waiting
            self.vectors.append({key: writer.argument(key, vector) for key, vector in held.items()})
            for parameter, (start, stop) in zip(group.parameters, group.places):
                old, gradient = next((old, g) for p, old, g in self.parts if p is parameter)
                name = writer.unique(old.name)
                writer.parts.append(f"{name} = {_part(self.vectors[-1]['weights'], start, stop, parameter)}")
                self.gradient_names[gradient, parameter] = of = writer.unique(f"{old.name}_gradient")
                writer.parts.append(f"{of} = {_part(self.vectors[-1]['gradients'], start, stop, parameter)}")
                writer.tensors[parameter] = name
                targets.setdefault(gradient, Target(of))
        self.numbers = {name: writer.argument(name, getattr(self.optimizer, name)) for name in self.optimizer.numbers}

    def write(self, writer):
        """Write the lines of the step; the gradients are there."""
        if self.accumulates:
            self._write_accumulation(writer)
            writer.indent += "    "
        self._write_clipping(writer)
        for group, names in zip(self.memory.groups, self.vectors):
            self._write_update(writer, group, names)
        if self.accumulates:
            writer.indent = writer.indent[4:]
        if self.optimizer.use_ema:
            for group, names in zip(self.memory.groups, self.vectors):
                self._write_average(writer, group, names)

    def _write_accumulation(self, writer):
        """The gradients of several calls are averaged, weighted by their rows; only the last call goes on."""
        last, total = self.argument_names[2:]
        both = [(names["gradients"], names["waiting"]) for names in self.vectors]
        for gradients, waiting in both:
            writer.line(f"np.multiply({gradients}, {self.weight!r}, out={gradients})", "gradient accumulation")
            writer.line(f"np.add({waiting}, {gradients}, out={waiting})")
        writer.line(f"if {last}:")
        for gradients, waiting in both:
            writer.line(f"    np.divide({waiting}, {total}, out={gradients})")
            writer.line(f"    {waiting}[...] = 0.0")

    def _write_clipping(self, writer):
        """Gradients that are too long are made shorter: entries, each gradient by itself, or all as the vectors."""
        optimizer, arrays = self.optimizer, {}
        for group, names in zip(self.memory.groups, self.vectors):
            if optimizer.clipnorm:
                arrays |= dict(zip(self._gradients_of(group), group.views(group.gradients)))
            elif optimizer.global_clipnorm:
                arrays[names["gradients"]] = group.gradients
            elif optimizer.clipvalue:
                vectors = {"gradients": group.gradients}
                self._write_over(
                    writer, group, names, vectors, [*vectors], lambda g: optimizer.clipped([g]), "clipping"
                )
        if arrays:
            _Formula(self, lambda *gradients: optimizer.clipped(gradients), arrays, [*arrays], "clipping").write(writer)

    def _gradients_of(self, group):
        """The names of the gradients of a group's parameters."""
        of = {parameter: name for (_, parameter), name in self.gradient_names.items()}
        return [of[parameter] for parameter in group.parameters]

    def _write_update(self, writer, group, names):
        optimizer = self.optimizer
        vectors = {"weights": group.weights, "gradients": group.gradients}
        vectors |= {slot: group.slots[slot] for slot in optimizer.slots}
        changed = ["weights", *optimizer.slots]
        decays = [not optimizer.weight_decay or optimizer.decays(parameter) for parameter in group.parameters]
        if any(decays) and not all(decays):
            vectors["decays"] = np.repeat(decays, [p.size for p in group.parameters]).astype(group.dtype)
            names = names | {"decays": writer.argument("decays", vectors["decays"])}

        def update(w, g, *rest):
            slots = dict(zip(optimizer.slots, rest))
            given = rest[-1] if len(rest) > len(slots) else all(decays)
            return optimizer.whole_update(w, g, self._rate(), self._step(), given, **self._numbers(), **slots)

        self._write_over(writer, group, names, vectors, changed, update, f"update: {type(optimizer).__name__}")

    def _write_average(self, writer, group, names):
        """The moving averages of the weights; in their turn, the weights become the averages."""
        vectors = {"weights": group.weights, "average": group.slots["average"]}

        def average(w, old):
            return (self.optimizer.averaged(w, old, self._step()),)

        self._write_over(writer, group, names, vectors, ["average"], average, "moving average")
        if self.optimizer.ema_overwrite_frequency:
            writer.line(f"if {self.argument_names[1]} % {self.optimizer.ema_overwrite_frequency} == 0:")
            writer.line(f"    {names['weights']}[...] = {names['average']}")

    def _write_over(self, writer, group, names, vectors, changed, function, section):
        """Write a function of vectors that gives some of them new values: over the vectors if that is the same.

        Args:
            names: what the source calls the vectors, by key.
            vectors: the vectors, by key: the arguments of the function.
            changed: the keys of those that get the values which the function returns.
        """
        writer.factors.clear()
        arrays = {names[key]: vector[:BLOCK] for key, vector in vectors.items()}
        formula = _Formula(self, function, arrays, [names[key] for key in changed], section)
        if not formula.elementwise:
            for i, parameter in enumerate(group.parameters):
                parts, of = {}, {}
                for key, vector in vectors.items():
                    start, stop = group.places[i]
                    of[key] = writer.unique(f"{writer.tensors[parameter]}_{key}")
                    writer.parts.append(f"{of[key]} = {_part(names[key], start, stop, parameter)}")
                    parts[of[key]] = group.views(vector)[i]
                _Formula(self, function, parts, [of[key] for key in changed], section).write(writer)
        elif group.weights.size > BLOCK:
            formula.write_in_blocks(writer, group.weights.size)
        else:
            formula.write(writer)

    # -- the numbers of a step ------------------------------------------------------------------------------

    _elsewhere = False  # whether the formula is traced as at another rate and another step

    def elsewhere(self, trace):
        """What a trace is at another rate and another step: numbers that Python made of them show."""
        state = vars(self.optimizer)
        before = {name: copy.copy(x) if isinstance(x, dict | list) else x for name, x in state.items()}
        self._elsewhere, state["iterations"] = True, self.optimizer.iterations + 4
        try:
            return trace()
        finally:
            self._elsewhere = False
            state.update(before)

    def _rate(self):
        rate = self.optimizer._current_rate()
        return Scalar(0.7 * rate + 0.01 if self._elsewhere else rate, self.argument_names[0])

    def _step(self):
        return Scalar(self._count(), self.argument_names[1])

    def _count(self):
        return self.optimizer.iterations + 1

    def _numbers(self):
        step = self._count()
        return {
            name: Scalar(getattr(self.optimizer, name)(step), f"{function}({self.argument_names[1]})")
            for name, function in self.numbers.items()
        }


def _part(vector, start, stop, parameter):
    shape = f".reshape({', '.join(map(str, parameter.shape)) or '()'})"
    return f"{vector}[{start}:{stop}]" + ("" if parameter.ndim == 1 else shape)


class _Formula:
    """A function of an optimizer, traced on examples of its arrays, which go by these names in the source.

    Args:
        step: the step of the optimizer.
        function: takes Tensors, one for each array, and gives the new values of those that it changes.
        arrays: examples by name.
        changed: the names of those that it changes.
        section: the part of the step.
    """

    def __init__(self, step, function, arrays, changed, section):
        def trace():
            tape = Tape()
            tensors = [tape.input(array, name) for name, array in arrays.items()]
            with tracing(tape, on=False, section=section):
                return tape, tensors, function(*tensors)

        self.names, (tape, tensors, new) = list(arrays), trace()
        frozen = first_difference(tape.outline(), step.elsewhere(trace)[0].outline())
        if frozen is not None:
            raise TraceError(
                f"Python computes a number for '{frozen}' in the formula of '{section}' that is another at every step: "
                "write np.sqrt(rate), not math.sqrt(rate)"
            )
        self.places = [self.names.index(name) for name in changed]
        expected = [(tensors[i].shape, tensors[i].dtype) for i in self.places]
        if [(t.shape, t.dtype) if isinstance(t, Tensor) else None for t in new] != expected:
            raise TraceError(f"the formula of '{section}' gives other shapes or dtypes than it was given")
        self.inputs, self.news = tape.inputs, [tape.value(t) for t in new]
        self.olds = [tape.inputs[i] for i in self.places]
        self.statements = alive(tape.statements, self.news)
        self.elementwise = all(
            isinstance(s, Node) and is_elementwise(s) and not any(x.kind == "constant" and x.ndim for x in s.inputs())
            for s in self.statements
        )

    def write(self, writer, shared_names=False):
        """The lines of the formula, in place."""
        writer.names |= dict(zip(self.inputs, self.names))
        self._write_factors(writer)
        return self._write_lines(writer, shared_names)

    def write_in_blocks(self, writer, size):
        """The same as a loop over blocks of the vectors."""
        vectors, self.names = self.names, [writer.unique(f"{name}_block") for name in self.names]
        writer.names |= dict(zip(self.inputs, self.names))
        self._write_factors(writer)
        start, writer.indent, writer.in_blocks = len(writer.body), writer.indent + "    ", True
        pieces = self._write_lines(writer, shared_names=True).made
        writer.indent, writer.in_blocks = writer.indent[4:], False
        blocks, temporaries = writer.unique("blocks"), []
        variables = [*self.names, *[names[0] for names, _, _ in pieces]]
        writer.body.insert(start, f"{writer.indent}for {', '.join(variables)} in {blocks}:")
        for piece in pieces:
            temporaries.append(writer.unique(f"{piece[0][0]}_memory"))
            writer.buffers[writer.buffers.index(piece)] = [[temporaries[-1]], *piece[1:]]
        parts = [f"[v[i : i + {BLOCK}] for v in ({', '.join(vectors)},)]"]
        if temporaries:
            parts.append(f"[v[: {size} - i] for v in ({', '.join(temporaries)},)]")
        writer.blocks.append(f"{blocks} = [{' + '.join(parts)} for i in range(0, {size}, {BLOCK})]")

    def _write_factors(self, writer):
        """Numbers that change from step to step, such as the corrected rate: computed once."""
        for statement in self.statements:
            for x in statement.args:
                if isinstance(x, Scalar) and x.binds < 9 and x.text not in writer.factors:
                    writer.factors[x.text] = name = writer.unique("factor")
                    writer.views.append(f"{name} = np.array(0.0, {literal(statement.dtype)})")
                    writer.line(f"{name}[...] = {x.text}", statement.section)

    def _write_lines(self, writer, shared_names):
        names, targets = [self.names[i] for i in self.places], {}
        for name, old, new in zip(names, self.olds, self.news):
            if new is not old:
                targets.setdefault(new, Target(name, old))
        body = writer.write(self.statements, self.news, targets, self.inputs, shared_names)
        for name, old, new in zip(names, self.olds, self.news):
            if new is not old:
                writer.store(name, new, targets[new])
        return body
