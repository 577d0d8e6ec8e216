"""Several batches as one flat program: their rows gathered at once, their steps in a loop, their figures at the end.

What costs a step of a small network its time is less the arithmetic than the calls around it: cutting a batch,
transposing it, asking the optimizer for its numbers, adding up metrics. Here all that happens once for a block of
batches, before the loop or after it; the loop has what the updates need and nothing else. Which is which says
`batched`. Where the rows of a batch are long, the caches count for more than the calls: those are gathered in the
loop, into the memory of one batch.
"""

import re
from time import perf_counter

import numpy as np

from ...engine.tensor import Tensor
from ..step import Assignment, Example, Node, number_text
from ..update import Update
from .batched import Block, Each, Split, counted, large_inputs
from .spelling import literal, spelled
from .updates import UpdateWriter
from .writer import Target, Writer

_BYTES = 1 << 21  # of the rows of a block that are gathered at once
_LONGEST = 0.05  # seconds that a block should take: a training that is told to stop does so after it
_MOST, _FEWEST = 256, 4  # batches of a block
_LOOK_AGAIN = 64  # batches that run one by one, where several took too long, until several are tried again
_BY_NAME = {"maximum", "minimum"}  # functions for which NumPy wants the result by name
_KINDS = 4  # numbers of batches for which there is a program at once


class BlockWriter(Writer):
    """Collects the lines of a block of batches.

    Args:
        name: the name of the inner function.
        batches: how many batches a block has at most.

    Attributes:
        every: by Node of one batch, the Node of its values for all.
        of_each: what each round of the loop has of its own: (name, the expression of all).
        views_of_each: views of that: (name, expression).
        kept: by Node that is kept for each batch, the Target that it is written to.
        factors_of_each: formulas of the optimizers' numbers: (name of all, Number).
        taken: the names of the data whose rows are gathered in the loop.
        before: the lines before the loop.
    """

    def __init__(self, name, batches):
        super().__init__(name)
        self.batches, self.every, self.kept = batches, {}, {}
        self.of_each, self.views_of_each, self.factors_of_each = [], [], []
        self.taken, self.before = [], []
        self._of_own = set()  # Nodes whose memory is another for each batch
        for name in ("n", "i", "batches", "rows", "every_rows"):
            self.unique(name)

    # -- what a round of the loop has of its own -----------------------------------------------------------

    def give_rows(self, node, array):
        """An input: its rows for all batches are in this array."""
        self.names[node] = name = self.unique(node.name)
        self._own(node, name, self.argument(f"every_{name}", array))

    def take_rows(self, node):
        """An input: the rows of a batch are gathered when its turn comes."""
        self.names[node] = name = self.unique(node.name)
        self.views.append(f"{name} = np.empty({node.shape}, {literal(node.dtype)})")
        self.taken.append(self.unique(f"all_{name}"))
        self.line(f'{self.taken[-1]}.take(rows, 0, {name}, "clip")')

    def keep(self, node, targets):
        """Let the value of a Node lie in memory of its own for each batch."""
        name = self.unique(node.name)
        every = self.unique(f"every_{name}")
        self.views.append(f"{every} = np.zeros({(self.batches, *node.shape)}, {literal(node.dtype)})")
        self._own(node, name, every)
        self.kept[node] = targets.setdefault(node, Target(name))

    def _own(self, node, name, every, in_loop=True):
        if in_loop:
            self._of_own.add(node)
            self.of_each.append((name, every if node.ndim else f"[{every}[i, ...] for i in range({self.batches})]"))
        example = Example((self.batches, *node.shape), node.dtype)
        self.every[node] = of_all = Node("input", example, every, section=node.section)
        self.names[of_all] = every

    def lay_out_view(self, node, base, name, expression):
        if base in self._of_own:
            self._of_own.add(node)
            self.views_of_each.append((name, expression))
        else:
            super().lay_out_view(node, base, name, expression)

    def lay_out_factor(self, number, dtype, section):
        self.factors[number.text] = name = self.unique("factor")
        every = self.unique(f"every_{name}")
        self.views.append(f"{every} = np.zeros({self.batches}, {literal(dtype)})")
        self.of_each.append((name, f"[{every}[i, ...] for i in range({self.batches})]"))
        self.factors_of_each.append((every, number))

    # -- the loop ------------------------------------------------------------------------------------------

    def line(self, text, section=None):
        """A line; calls in the spelling that is fastest: of a name of its own, with the result among the arguments."""
        call = re.fullmatch(r"np\.(\w+)\((.*), out=(\w+)\)", text)
        if call and isinstance(getattr(np, call[1], None), np.ufunc):
            function = self.named_once(f"np_{call[1]}", f"np.{call[1]}")
            text = f"{function}({call[2]}, {'out=' if call[1] in _BY_NAME else ''}{call[3]})"
        super().line(re.sub(r"^(\w+\.dot\(\w+, )out=", r"\1", text), section)

    def compute(self, i, node, body):
        if isinstance(node, Each):
            self._write_each(node, body)
            return
        super().compute(i, node, body)
        target = self.kept.get(node)
        if target is not None and not (target.written and target.name == self.names[node]):
            self.line(f"{target.name}[...] = {self.names[node]}", node.section)
            self.names[node] = target.name

    def write_head(self, numbers):
        """The lines before and around the loop that was written.

        Args:
            numbers: the names of the optimizers' numbers.

        Returns:
            The names of those of which a run is given a list.
        """
        text = "\n".join(self.body)
        in_loop = [name for name in numbers if re.search(rf"\b{name}\b", text)]
        of_zip = [*in_loop, "rows"] if self.taken else in_loop
        lines, leaves = [], []
        for every, number in self.factors_of_each:
            names = [leaf.name for leaf in number.leaves()]
            lists = ", ".join(f"every_{name}" for name in names)
            given = f"zip({lists})" if len(names) > 1 else lists
            lines.append(f"{every}[:n] = [{number_text(number)} for {', '.join(names)} in {given}]")
            leaves += names
        own = ", ".join(["i", *[name for name, _ in (*self.of_each, *self.views_of_each)]])
        head = f"for ({own},), {', '.join(of_zip)} in zip(batches, {', '.join(f'every_{x}' for x in of_zip)}):"
        head = head if of_zip else f"for {own}, in batches[:n]:"
        lines = [*self.before, *[""] * bool(self.before), *lines]
        self.body = [*lines, head, "    done[0] = i", *self.body[self.body[:1] == [""] :]]
        self._lay_out_rounds(own)
        return [name for name in numbers if name in in_loop or name in leaves]

    def _lay_out_rounds(self, own):
        if not self.of_each:
            self.blocks.append(f"batches = [(i,) for i in range({self.batches})]")
            return
        names, sources = zip(*self.of_each)
        self.blocks += [
            "batches = []",
            f"for i, ({', '.join(names)},) in enumerate(zip({', '.join(sources)})):",
            *[f"    {name} = {expression}" for name, expression in self.views_of_each],
            f"    batches.append(({own},))",
        ]

    # -- what is computed at once --------------------------------------------------------------------------

    def write_ahead(self, split, outputs):
        """Write the Nodes that follow from the rows alone; a round of the loop gets those of its own that it reads."""
        block = Block(self.batches, self.every, "every_")
        for node in split.ahead_of_all:
            block.add(node)
        in_loop, later = ({x for s in part for x in s.inputs()} for part in (split.in_turn, split.at_once))
        needed = [node for node in split.ahead if node in in_loop or node in later or node in outputs]
        self.write(block.statements, [block.of[node] for node in needed], {}, [*self.every.values()])
        self.before, self.body, self._section = self.body, [], None
        for node in needed:
            every = self.names[block.of[node]]
            self.names[node] = name = self.unique(node.name)
            self._own(node, name, every, node in in_loop)

    def write_figures(self, at_once, wanted):
        """Write the Nodes that wait for the end of the loop; gives the Block with what became of them."""
        block = Block(self.batches, self.every)
        for node in at_once:
            block.add(node)
        ends = [block.of[node] for node in wanted if node in block.of]
        self._section = None
        self.write(block.statements, ends, {}, [*self.every.values()])
        return block

    def _write_each(self, node, body):
        """A call for each batch."""
        self.names[node] = every = self.unique(f"every_{node.name}")
        self.views.append(f"{every} = np.zeros({self.batches}, {literal(node.dtype)})")
        body.fix(node)
        (one,), rows = node.one.inputs(), self.names[node.args[0]]
        if body.stays(node.args[0]):
            views = f"list({rows})" if node.args[0].ndim > 1 else f"[{rows}[i, ...] for i in range({self.batches})]"
            self.views.append(f"rows_of_{rows} = {views}")
            rows = f"rows_of_{rows}"
        self.names[one] = self.unique(one.name)
        self.line(f"{every}[:n] = [{spelled(node.one, self)} for {self.names[one]} in {rows}[:n]]", node.section)

    def write_sum(self, tensor, v, block):
        """Add what each batch adds to a Tensor of one number, in their order: sums of whole numbers need none."""
        name, truths = self.tensors[tensor], counted(v)
        if truths is not None:
            self.line(f"{name} = {name} + np.count_nonzero({self.names[block.of[truths]]}[:n])", "metrics")
        elif v not in block.of:
            number = v.array.item() if isinstance(v, Node) else v
            if float(number).is_integer():
                self.line(f"{name} = {name} + n * {literal(number)}", "metrics")
            else:
                self.line(f"{name} = np.add.accumulate([{name}, *[{literal(number)}] * n])[-1]", "metrics")
        else:
            self.line(f"{name} = np.add.accumulate([{name}, *{self.names[block.of[v]]}[:n].tolist()])[-1]", "metrics")


class BlockProgram:
    """Runs a step on several batches, a block at a time.

    Args:
        name: what the source calls it.
        step: the Step; the arrays of its trace are not needed.
        outputs: the Nodes of what it returns.
        batches: how many batches a block has at most.
        store: the Store of the programs of the model.

    Attributes:
        source: the code.
        batches: how many batches a block has at most.
        results: the values of `outputs` in the last batch.
    """

    def __init__(self, name, step, outputs, batches, store):
        self.batches, self.results, self._done, self._updates = batches, (), [0], step.of(Update)
        taken = large_inputs(step)
        self._rows = {n: np.zeros((batches, *n.shape), n.dtype) for n in step.inputs if n not in taken}
        self._flat = [
            (place, self._rows[node].reshape(-1, *node.shape[1:]))
            for place, node in enumerate(step.inputs)
            if node in self._rows
        ]
        self._taken = [place for place, node in enumerate(step.inputs) if node in taken]
        self.source = self._write(BlockWriter(name, batches), step, outputs, store)
        self.bind()

    def __repr__(self):
        return self.source

    def _write(self, writer, step, outputs, store):
        split, targets = Split(step, outputs), {}
        writer.argument("done", self._done)
        for node, array in self._rows.items():
            writer.give_rows(node, array)
        writer.updates = {update: UpdateWriter(update, store) for update in self._updates}
        numbers = [number for update in self._updates for number in update.numbers.values()]
        for written in writer.updates.values():
            written.lay_out(writer, targets, [number.name for number in numbers])
        everything = split.assigned | split.added | split.carried
        self._running, _ = writer.lay_out_assigned(everything, step.reads, targets, store)
        writer.write_ahead(split, outputs)
        for node in split.kept:
            writer.keep(node, targets)
        self._write_loop(writer, split, step, targets)
        wanted = writer.write_head([number.name for number in numbers])
        self._numbers = [(u, name, u.numbers[name].name) for u in self._updates for name in u.numbers]
        self._numbers = [(update, name) for update, name, called in self._numbers if called in wanted]
        block = writer.write_figures(split.at_once, [*[counted(v) or v for v in split.added.values()], *outputs])
        for tensor, v in split.added.items():
            writer.write_sum(tensor, v, block)
        self._counted, self._given = [*split.added, *split.carried], list(writer.given)
        last = [f"{writer.text(block.of[x])}[n - 1]" if x in block.of else writer.text(x) for x in outputs]
        self._arguments, self.name, self._outputs = writer.arguments, writer.name, len(last)
        names = ["n", *writer.taken, *["every_rows"] * bool(writer.taken)]
        names += [f"every_{update.numbers[name].name}" for update, name in self._numbers] + [*writer.given.values()]
        return writer.assembled(names, [*last, *[writer.tensors[tensor] for tensor in self._counted]])

    def _write_loop(self, writer, split, step, targets):
        """The steps, one after the other."""
        writer.indent = "    "
        for node in split.taken:
            writer.take_rows(node)
        flat = [node for node in step.reads if node.tensor in writer.tensors and node.ndim]
        ends = [*split.assigned.values(), *split.carried.values(), *split.kept]
        writer.write(split.in_turn, ends, targets, [*flat, *step.inputs, *split.ahead, *split.kept])
        writer.store_assigned(split.assigned, targets)
        if split.carried:
            after = ", ".join([writer.text(value) for value in split.carried.values()])
            writer.line(f"{', '.join([writer.tensors[tensor] for tensor in split.carried])} = {after}")
        writer.indent = ""

    def bind(self):
        """Lay out the memory for the arrays that the Tensors have now."""
        namespace = {}
        exec(compile(self.source, f"<{self.name}>", "exec"), namespace)
        arguments = {name: x.array if isinstance(x, Tensor) else x for name, x in self._arguments.items()}
        self._run = namespace.pop(f"make_{self.name}")(**arguments)

    def run(self, arrays, rows):
        """Run on batches of these rows; gives the values of what the step returned for the last one."""
        order = rows.reshape(-1)
        for place, flat in self._flat:
            arrays[place].take(order, 0, flat[: len(order)], "clip")
        taken = [*[arrays[place] for place in self._taken], rows] if self._taken else ()
        coming = {update: update.optimizer.upcoming(len(rows), update.weight) for update in self._updates}
        numbers = [coming[update][name] for update, name in self._numbers]
        self._done[0] = 0
        try:
            results = self._run(len(rows), *taken, *numbers, *[tensor.array for tensor in self._given])
            self._done[0] = len(rows)
        finally:
            for update in self._updates:
                update.optimizer.count_calls(self._done[0], update.weight)
        results = results if len(self._counted) + self._outputs != 1 else (results,)
        for tensor, value in zip(self._counted, results[self._outputs :] if self._counted else ()):
            tensor.array = value
        return results[: self._outputs] if self._outputs else ()


class BlockPrograms:
    """The BlockPrograms of a step, by the number of batches.

    Args:
        name: what their source calls them.
        step: the Step.
        outputs: the Nodes of what it returns.
        store: the Store of the programs of the model.

    Attributes:
        latest: the one that was asked for last, or None.
        fewest: how many batches it takes for one to be worth its lines.
    """

    def __init__(self, name, step, outputs, store):
        self._given, self.latest, self._made = (name, step, outputs), None, []
        self._store, self._updates = store, step.of(Update)
        taken, sizes = large_inputs(step), {node: node.array.size * node.dtype.itemsize for node in step.inputs}
        gathered = sum(size for node, size in sizes.items() if node not in taken)
        # Seconds a batch, at best; how many batches are done soon enough: at first nobody knows, and few are.
        self._pace, self._in_time = np.inf, _BYTES // max(sum(sizes.values()), 1)
        self._waited = 0
        pays = _is_possible(step) and self._in_time >= _FEWEST
        self._most = min(_BYTES // max(gathered, 1), _MOST) if pays else 1

    @property
    def fewest(self):
        return _FEWEST

    def most(self):
        """How many batches to take at once: as many as lie together, and are done soon enough for who waits."""
        if self._most < _FEWEST or not all([update.optimizer.foreseeable for update in self._updates]):
            return 1
        if self._in_time >= _FEWEST:
            return min(self._most, self._in_time)
        self._waited += 1  # a busy minute is no reason to run each batch by itself for good
        return 1 if self._waited % _LOOK_AGAIN else _FEWEST

    def run(self, arrays, rows):
        """Run on batches of these rows; gives the values of what the step returned for the last one."""
        program, start = self._fitting(len(rows)), perf_counter()
        results = program.run(arrays, rows)
        pace = (perf_counter() - start) / len(rows)
        if pace < self._pace:
            self._pace, self._in_time = pace, _power_of_two(_LONGEST / max(pace, 1e-9))
        return results

    def _fitting(self, batches):
        """A BlockProgram for so many batches."""
        fitting = [block for block in self._made if batches <= block.batches <= 2 * batches]
        if not fitting:
            fitting = [BlockProgram(*self._given, batches, self._store)]
            self._made = [*self._made[1 - _KINDS :], *fitting]
        self.latest = fitting[0]
        return self.latest

    def bind(self):
        """Lay out the memory anew, for the arrays that Tensors have now."""
        for block in self._made:
            block.bind()


def _power_of_two(x):
    """The largest power of two up to x, or 0: a pace that changes a little asks for no other program."""
    return 1 << int(x).bit_length() >> 1


def _is_possible(step):
    """True if nothing that a batch reads as a number given at every run is changed by the batch before."""
    updates = step.of(Update)
    changing = {v for update in updates for v in update.optimizer.state_variables if not v.ndim}
    changing |= {v for update in updates for v in update.variables() if not v.ndim}
    rates = {update.optimizer.learning_rate for update in updates if not callable(update.optimizer.rate_setting)}
    touched = {s.tensor for s in step.of(Assignment)} | {node.tensor for node in step.reads}
    return not touched & (changing - rates)
