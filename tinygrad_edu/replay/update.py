"""The step of an optimizer in a flat program: its formula, run once over the vector of all weights.

The formula is traced like any other function. Where it is elementwise, as all common ones are, it runs over the
flat vectors, in blocks that stay in the cache when they are long; else for each parameter by itself.
"""

from ..tensor import Tensor
from .scalar import Scalar
from .source import BLOCK, Target, alive
from .spelling import is_elementwise, literal
from .tape import Node, Tape, TraceError, tracing


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
            _, total, calls = optimizer._waiting
            return optimizer.learning_rate, optimizer.iterations + 1, calls + 1 >= self.accumulates, total + self.weight
        return optimizer.learning_rate, optimizer.iterations + 1

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
            self.vectors.append({name: writer.argument(name, vector) for name, vector in held.items()})
            for parameter, (start, stop) in zip(group.parameters, group.places):
                old, gradient = next((old, g) for p, old, g in self.parts if p is parameter)
                name = writer.unique(old.name)
                writer.parts.append(f"{name} = {_part(self.vectors[-1]['weights'], start, stop, parameter)}")
                self.gradient_names[gradient, parameter] = of = writer.unique(f"{old.name}_gradient")
                writer.parts.append(f"{of} = {_part(self.vectors[-1]['gradients'], start, stop, parameter)}")
                writer.tensors[parameter] = name
                targets.setdefault(gradient, Target(of))

    def write(self, writer):
        """Write the lines of the step; the gradients are there."""
        kind = type(self.optimizer).__name__
        for group, names in zip(self.memory.groups, self.vectors):
            if self.accumulates:
                self._write_accumulation(writer, names)
                writer.indent += "    "
            self._write_formula(writer, group, names, f"update: {kind}")
            if self.accumulates:
                writer.indent = writer.indent[4:]

    def _write_accumulation(self, writer, names):
        """The gradients of several calls are averaged, weighted by their rows; only the last call goes on."""
        gradients, waiting = names["gradients"], names["waiting"]
        last, total = self.argument_names[2:]
        writer.line(f"np.multiply({gradients}, {self.weight!r}, out={gradients})", "gradient accumulation")
        writer.line(f"np.add({waiting}, {gradients}, out={waiting})")
        writer.line(f"if {last}:")
        writer.line(f"    np.divide({waiting}, {total}, out={gradients})")
        writer.line(f"    {waiting}[...] = 0.0")

    def _write_formula(self, writer, group, names, section):
        vectors = dict(zip(names, [group.weights, group.gradients, *group.slots.values()]))
        formula = self._formula({names[key]: v[:BLOCK] for key, v in vectors.items()}, section)
        if not formula.elementwise:
            for i, parameter in enumerate(group.parameters):
                parts = {}
                for key, vector in vectors.items():
                    start, stop = group.places[i]
                    name = writer.unique(f"{writer.tensors[parameter]}_{key}")
                    writer.parts.append(f"{name} = {_part(names[key], start, stop, parameter)}")
                    parts[name] = group.views(vector)[i]
                self._formula(parts, section).write(writer)
        elif group.weights.size > BLOCK:
            formula.write_in_blocks(writer, group.weights.size)
        else:
            formula.write(writer)

    def _formula(self, arrays, section):
        rate = Scalar(self.optimizer.learning_rate, self.argument_names[0])
        step = Scalar(self.optimizer.iterations + 1, self.argument_names[1])
        return _Formula(self.optimizer, arrays, rate, step, section)


def _part(vector, start, stop, parameter):
    shape = f".reshape({', '.join(map(str, parameter.shape)) or '()'})"
    return f"{vector}[{start}:{stop}]" + ("" if parameter.ndim == 1 else shape)


class _Formula:
    """An optimizer's formula, traced on examples of its arrays, which go by these names in the source."""

    def __init__(self, optimizer, arrays, rate, step, section):
        self.names, tape = list(arrays), Tape()
        w, g, *slots = [tape.input(array, name) for name, array in arrays.items()]
        with tracing(tape, on=False, section=section):
            new = optimizer.update(w, g, rate, step, **dict(zip(optimizer.slots, slots)))
        expected = [(t.shape, t.dtype) for t in (w, *slots)]
        if [(t.shape, t.dtype) if isinstance(t, Tensor) else None for t in new] != expected:
            raise TraceError(f"{type(optimizer).__name__}.update gives other shapes or dtypes than it was given")
        self.inputs, self.news = tape.inputs, [tape.value(t) for t in new]
        self.olds = [tape.inputs[0], *tape.inputs[2:]]
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
        start, writer.indent = len(writer.body), writer.indent + "    "
        pieces = self._write_lines(writer, shared_names=True).made
        writer.indent = writer.indent[4:]
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
        names, targets = [self.names[0], *self.names[2:]], {}
        for name, old, new in zip(names, self.olds, self.news):
            if new is not old:
                targets.setdefault(new, Target(name, old))
        body = writer.write(self.statements, self.news, targets, self.inputs, shared_names)
        for name, old, new in zip(names, self.olds, self.news):
            if new is not old:
                writer.store(name, new, targets[new])
        return body
