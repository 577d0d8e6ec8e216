"""The step of an optimizer as lines of NumPy: over flat vectors, in blocks that stay in the cache if they are long."""

import numpy as np

from ..update import Formula
from .writer import BLOCK, Target

_DIVIDED = 1 << 19  # values of a vector from which on a second thread pays
_LONG_BLOCK = 4 * BLOCK  # values that each of two threads works on at a time, at most: they seldom wait for each other
AVERAGE, WAITING = "average", "gradient_accumulator"


class UpdateWriter:
    """Writes an `Update`.

    Args:
        update: the Update.
        store: the Store with the buffers of its Vectors.

    Attributes:
        gradient_names: by parameter, the name of the memory that is to hold its gradient.
        formulas: the Formulas that it has written.
    """

    def __init__(self, update, store):
        self.update, self.store, self.optimizer, self.formulas = update, store, update.optimizer, []

    def lay_out(self, writer, targets, taken):
        """Name the vectors and the numbers, and the parts of the vectors that belong to each parameter.

        Args:
            taken: names of the inner function's arguments.
        """
        self.vectors, self.gradient_names = [], {}
        for number in self.update.numbers.values():
            number.name = writer.number_name(number.name, taken)
        for group in self.update.groups:
            arrays = {"weights": self.store.buffer(group.weights), "gradients": self.store.gradients(group.weights)}
            arrays |= {name: self.store.buffer(vector) for name, vector in group.slots.items()}
            self.vectors.append({key: writer.argument(key, array) for key, array in arrays.items()})
            for parameter, (start, stop) in zip(group.parameters, group.weights.places):
                self._lay_out_parameter(writer, targets, parameter, start, stop)

    def _lay_out_parameter(self, writer, targets, parameter, start, stop):
        old, gradient = self.update.olds.get(parameter), self.update.gradients.get(parameter)
        name = writer.unique(old.name if old else parameter.path or "outside")
        writer.parts.append(f"{name} = {_part(self.vectors[-1]['weights'], start, stop, parameter)}")
        writer.tensors[parameter] = name
        of = writer.unique(f"{name}_gradient")
        writer.parts.append(f"{of} = {_part(self.vectors[-1]['gradients'], start, stop, parameter)}")
        if gradient is not None:
            self.gradient_names[parameter] = of
            targets.setdefault(gradient, Target(of))
        else:  # only what waits from earlier calls counts for it
            writer.line(f"{of}[...] = 0.0")

    def write(self, writer):
        """Write the lines of the step; the gradients are there."""
        if self.update.accumulates:
            self._write_accumulation(writer)
            writer.indent += "    "
        self._write_clipping(writer)
        for group, names in zip(self.update.groups, self.vectors):
            self._write_change(writer, group, names)
        if self.update.accumulates:
            writer.indent = writer.indent[4:]
        if self.optimizer.use_ema:
            for group, names in zip(self.update.groups, self.vectors):
                self._write_average(writer, group, names)

    def _write_accumulation(self, writer):
        """The gradients of several calls are averaged, weighted by their rows; only the last call goes on."""
        last, total = (self.update.numbers[name].name for name in ("last", "total"))
        both = [(names["gradients"], names[WAITING]) for names in self.vectors]
        for gradients, waiting in both:
            writer.line(f"np.multiply({gradients}, {self.update.weight!r}, out={gradients})", "gradient accumulation")
            writer.line(f"np.add({waiting}, {gradients}, out={waiting})")
        writer.line(f"if {last}:")
        for gradients, waiting in both:
            writer.line(f"    np.divide({waiting}, {total}, out={gradients})")
            writer.line(f"    {waiting}[...] = 0.0")

    def _write_clipping(self, writer):
        """Gradients that are too long are made shorter: entries, each gradient by itself, or all as the vectors."""
        optimizer, arrays = self.optimizer, {}
        for group, names in zip(self.update.groups, self.vectors):
            flat = self.store.gradients(group.weights)
            if optimizer.clipnorm:
                parts = zip(group.parameters, group.weights.views(flat))
                arrays |= {self.gradient_names[p]: part for p, part in parts if p in self.gradient_names}
            elif optimizer.global_clipnorm:
                arrays[names["gradients"]] = flat
            elif optimizer.clipvalue:
                self._write_over(writer, group, names, {"gradients": flat}, ["gradients"], self._clip, "clipping")
        if arrays:
            _write_formula(writer, self._formula(self._clip, arrays, [*arrays], "clipping"))

    def _clip(self, numbers, *gradients):
        return self.update.clip(*gradients)

    def _write_change(self, writer, group, names):
        optimizer = self.optimizer
        slots = {slot: self.store.buffer(group.slots[slot]) for slot in optimizer.slots}
        vectors = {
            "weights": self.store.buffer(group.weights),
            "gradients": self.store.gradients(group.weights),
        } | slots
        decays = group.mask([not optimizer.weight_decay or optimizer.decays(p) for p in group.parameters])
        if isinstance(decays, np.ndarray):
            vectors["decays"] = decays
            names = names | {"decays": writer.argument("decays", decays)}

        def change(numbers, w, g, *rest):
            slots, given = rest[: len(optimizer.slots)], rest[len(optimizer.slots) :]
            return self.update.change(numbers, given[0] if given else decays, w, g, *slots)

        section = f"update: {type(optimizer).__name__}"
        self._write_over(writer, group, names, vectors, ["weights", *optimizer.slots], change, section)

    def _write_average(self, writer, group, names):
        """The moving averages of the weights; in their turn, the weights become the averages."""
        vectors = {"weights": self.store.buffer(group.weights), AVERAGE: self.store.buffer(group.slots[AVERAGE])}
        self._write_over(writer, group, names, vectors, [AVERAGE], self.update.average, "moving average")
        if self.optimizer.ema_overwrite_frequency:
            step = self.update.numbers["step"].name
            writer.line(f"if {step} % {self.optimizer.ema_overwrite_frequency} == 0:")
            writer.line(f"    {names['weights']}[...] = {names[AVERAGE]}")

    def _formula(self, function, arrays, changed, section):
        self.formulas.append(Formula(self.update, function, arrays, changed, section))
        return self.formulas[-1]

    def _write_over(self, writer, group, names, vectors, changed, function, section):
        """Write a function of vectors that gives some of them new values: over the vectors if that is the same.

        Args:
            names: what the source calls the vectors, by key.
            vectors: the vectors, by key: the arguments of the function.
            changed: the keys of those that get the values which the function returns.
        """
        writer.factors.clear()
        divided = group.weights.size >= _DIVIDED
        block = _block_of_half(group.weights.size) if divided else BLOCK
        arrays = {names[key]: vector[:block] for key, vector in vectors.items()}
        formula = self._formula(function, arrays, [names[key] for key in changed], section)
        if not formula.elementwise:
            for i, parameter in enumerate(group.parameters):
                start, stop = group.weights.places[i]
                of = {key: writer.unique(f"{writer.tensors[parameter]}_{key}") for key in vectors}
                writer.parts += [f"{of[key]} = {_part(names[key], start, stop, parameter)}" for key in vectors]
                parts = {of[key]: vector[start:stop].reshape(parameter.shape) for key, vector in vectors.items()}
                _write_formula(writer, self._formula(function, parts, [of[key] for key in changed], section))
        elif group.weights.size > BLOCK:
            _write_in_blocks(writer, formula, group.weights.size, block, self.store.halves if divided else None)
        else:
            _write_formula(writer, formula)


def _part(vector, start, stop, parameter):
    shape = f".reshape({', '.join(map(str, parameter.shape)) or '()'})"
    return f"{vector}[{start}:{stop}]" + ("" if parameter.ndim == 1 else shape)


def _write_formula(writer, formula):
    """The lines of a formula, in place."""
    writer.names |= dict(zip(formula.inputs, formula.names))
    _write_factors(writer, formula)
    _write_lines(writer, formula, formula.names, shared_names=False)


def _write_in_blocks(writer, formula, size, block, halves):
    """The same as a loop over blocks of the vectors; where there are `halves`, as a function of either half of them."""
    names = [writer.unique(f"{name}_block") for name in formula.names]
    writer.names |= dict(zip(formula.inputs, names))
    _write_factors(writer, formula)
    start, outside, writer.in_blocks = len(writer.body), writer.indent, True
    writer.indent += "    " * (2 if halves else 1)
    pieces = _write_lines(writer, formula, names, shared_names=True).made
    writer.indent, writer.in_blocks = outside, False
    blocks, temporaries = writer.unique("blocks"), []
    head = [f"{outside * (not halves)}for {', '.join([*names, *[piece[0][0] for piece in pieces]])} in {blocks}:"]
    for piece in pieces:
        temporaries.append(writer.unique(f"{piece[0][0]}_memory"))
        shape = (2, *piece[1]) if halves else piece[1]  # each thread has memory of its own
        writer.buffers[writer.buffers.index(piece)] = [[temporaries[-1]], shape, piece[2]]
    parts = [f"[v[i : i + {block}] for v in ({', '.join(formula.names)},)]"]
    middle = -(-size // (2 * block)) * block  # where there are halves
    if temporaries:
        own = f"i // {middle}, " if halves else ""
        parts.append(f"[v[{own}: {size} - i] for v in ({', '.join(temporaries)},)]")
    if halves:
        update = writer.unique("update_blocks")
        head = ["", f"{outside}def {update}({blocks}):", f"{outside}    {head[0]}"]
        first, second = (writer.unique(f"{which}_half") for which in ("first", "second"))
        writer.line(f"{writer.argument_once('halves', halves)}({update}, {first}, {second})")
        for name, places in ((first, f"0, {middle}"), (second, f"{middle}, {size}")):
            writer.blocks.append(f"{name} = [{' + '.join(parts)} for i in range({places}, {block})]")
    else:
        writer.blocks.append(f"{blocks} = [{' + '.join(parts)} for i in range(0, {size}, {block})]")
    writer.body[start:start] = head


def _block_of_half(size):
    """The length of blocks of which a whole number makes half of a vector, but for some values: a multiple of 16."""
    half = -(-size // 2)
    count = -(-half // _LONG_BLOCK)
    return -(-half // (16 * count)) * 16


def _write_factors(writer, formula):
    """Numbers that change from step to step, such as the corrected rate: computed once."""
    for statement in formula.statements:
        for x in statement.args:
            text = getattr(x, "text", None)
            if text is not None and x.binds < 9 and text not in writer.factors:
                writer.lay_out_factor(x, statement.dtype, statement.section)


def _write_lines(writer, formula, names, shared_names):
    changed, targets = [names[i] for i in formula.places], {}
    for name, old, new in zip(changed, formula.olds, formula.news):
        if new is not old:
            targets.setdefault(new, Target(name, old))
    body = writer.write(formula.statements, formula.news, targets, formula.inputs, shared_names)
    for name, old, new in zip(changed, formula.olds, formula.news):
        if new is not old:
            writer.store(name, new, targets[new])
    return body
