"""The program: a flat NumPy function made from a trace, with its text, its memory and its guards."""

from __future__ import annotations

from hashlib import blake2b
from operator import is_
from typing import TYPE_CHECKING

import numpy as np

from ...engine.recorder import recording
from ...engine.tensor import Tensor
from ..rewrite import in_one_dtype
from ..step import AfterRun, Assignment, Node
from ..update import Update
from .block import BlockPrograms
from .memory import Store
from .spelling import has_out
from .updates import UpdateWriter
from .writer import Writer

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import ArrayLike


class Program:
    """A function of arrays as flat NumPy code: print it.

    The outer function of the code lays out the memory once, the inner one is the computation. As printed they
    run anywhere. Made by `trace`.

    Args:
        step: the Step.
        outputs: the Nodes of what it returns.
        name: what the source calls it.
        store: the Store of other programs that write the same Tensors.
        batches: whether `run_batches` may be asked for; the Step is then kept, without its arrays.

    Attributes:
        source: the code.
        inputs: the names of what goes in.
        outputs: the names of what comes out.
        reads: the Tensors whose values a run uses as they are then.
        updates: the Tensors that a run changes.
        largest_product: how many multiplications the largest matrix product takes.
        run: the run without checks: arrays of the traced shapes and dtypes in, `results` out, which the next
            run overwrites.
    """

    def __init__(self, step, outputs, name="program", store=None, batches=False):
        self._store, self._held = store or Store(), [None]
        self.name, self.generators = name, step.generators
        self._expected = [(node.shape, node.dtype) for node in step.inputs]
        assigned = {s.tensor: s.value for s in step.of(Assignment)}
        self.optimizer_steps = step.of(Update)
        self._vectors = [v for update in self.optimizer_steps for group in update.groups for v in group.vectors()]
        self.largest_product = max([_multiplications(node) for node in step.of(Node)], default=0)
        step.statements = in_one_dtype(step.statements)
        calls = step.of(AfterRun)
        results = list(dict.fromkeys([*outputs, *[node for call in calls for node in call.inputs()]]))
        own, formulas = self._write(step, results, assigned)
        self.output_places = [results.index(node) for node in outputs]
        self._calls = [
            (call.function, [(_taken(x, results), None) if x in results else (None, x) for x in call.values])
            for call in calls
        ]
        trained = [p for update in self.optimizer_steps for group in update.groups for p in group.parameters]
        self.updates = [*trained, *own]
        self.reads = list(dict.fromkeys(node.tensor for node in step.reads if node in self._used))
        self._bind()
        self._used = None
        given = [self.output_places, [[text for text, _ in values] for _, values in self._calls]]
        weights = [update.weight for update in self.optimizer_steps]
        computed = [step.outline(), *[formula.outline() for formula in formulas], given, weights]
        self._digest = blake2b(repr(computed).encode()).digest()
        self._blocks = None
        if batches and not calls:
            self._blocks = BlockPrograms(name.replace("_step", "_block"), step, outputs, self._store)

    @property
    def results(self):
        """The results of the last run, in memory that the next overwrites."""
        return self._held[0]

    def __repr__(self):
        return self.source

    def _repr_html_(self):
        from ...common.display import source_html

        return source_html(self.source)

    # -- the text ------------------------------------------------------------------------------------------

    def _write(self, step, results, assigned):
        """Write the source; gives the Tensors to which the step assigns, but for those in Vectors, and the Formulas."""
        writer, targets = Writer(self.name), {}
        for node in step.inputs:
            writer.names[node] = writer.unique(node.name)
        self.inputs = [writer.names[node] for node in step.inputs]
        writer.updates = {update: UpdateWriter(update, self._store) for update in self.optimizer_steps}
        self._numbers = []
        for written in writer.updates.values():
            written.lay_out(writer, targets, [*self.inputs, *[number.name for number in self._numbers]])
            self._numbers += written.update.numbers.values()
        self._running, self._counted = writer.lay_out_assigned(assigned, step.reads, targets, self._store)
        flat = [node for node in step.reads if node.tensor in writer.tensors and node.ndim]
        writer.write(step.statements, [*results, *assigned.values()], targets, flat)
        self._keep_old(writer, results, assigned)
        writer.store_assigned({t: value for t, value in assigned.items() if t.ndim}, targets)
        self.outputs = [writer.text(node) for node in results]
        given_back = [writer.text(assigned[tensor]) for tensor in self._counted]
        self._given = list(writer.given)
        names = [*self.inputs, *[number.name for number in self._numbers], *writer.given.values()]
        self.name = writer.name
        self.source = writer.assembled(names, [*self.outputs, *given_back])
        self._arguments, self._used = writer.arguments, writer.names
        formulas = [formula for written in writer.updates.values() for formula in written.formulas]
        return [*self._running, *self._counted], formulas

    def _keep_old(self, writer, results, assigned):
        """Results that lie in memory which is about to get new values are copied first."""
        for node in results if assigned else ():
            if (node.kind == "read" and node.ndim) or (node.kind == "op" and node.ndim and not has_out(node)):
                name = writer.unique(f"old_{writer.text(node)}")
                writer.line(f"{name} = np.copy({writer.text(node)})")
                writer.names[node] = name

    # -- memory ----------------------------------------------------------------------------------------------

    def _bind(self):
        """Lay out the memory for the arrays that the Tensors have now."""
        bound = [(x, x.array) for x in self._arguments.values() if isinstance(x, Tensor)]
        namespace = {}
        exec(compile(self.source, f"<{self.name}>", "exec"), namespace)
        arguments = {name: x.array if isinstance(x, Tensor) else x for name, x in self._arguments.items()}
        self._run = namespace.pop(f"make_{self.name}")(**arguments)  # popped: a function that holds itself is not freed
        self.run = self._runner(self._calls)
        self._bound = bound  # last: a layout that was broken off is made again

    def pull_changes(self):
        """Take in what changed outside since the last run: new values of weights and other Tensors."""
        for update in self.optimizer_steps:
            update.optimizer.weigh_waiting(update.groups, update.weight)
        self._store.pull_changes(self._vectors, self._running)
        if any([tensor.array is not array for tensor, array in self._bound]):
            self._bind()
            if self._blocks:
                self._blocks.bind()

    # -- a run -----------------------------------------------------------------------------------------------

    def run_batches(self, arrays, rows):
        """Run on several batches, one after the other.

        Args:
            arrays: all data, in the order of the inputs, each with one row for every sample.
            rows: the numbers of the rows of each batch, shape (batches, rows of a batch).
        """
        self._held[0] = self._blocks.run(arrays, rows)

    @property
    def most_batches(self):
        """How many batches `run_batches` takes at once with profit."""
        return self._blocks.most() if self._blocks else 1

    @property
    def fewest_batches(self):
        """How many batches `run_batches` is given at least."""
        return self._blocks.fewest if self._blocks else 1

    @property
    def block(self):
        """The BlockProgram that ran last, or None: several batches as one program, to be printed."""
        return self._blocks and self._blocks.latest

    def rehearse(self, *arrays):
        """A run that calls no functions: for each, the values that it would be called with."""
        seen = []
        self._runner([(lambda *values: seen.append(values), values) for _, values in self._calls])(*arrays)
        return seen

    def _runner(self, calls):
        """The function of one run: the flat code, between what Python does for optimizers and metrics."""
        names = {"step": self._run, "held": self._held}
        arguments, after = [*self.inputs], []
        for n, number in enumerate(self._numbers):
            names[f"number_{n}"] = number.variable if number.variable is not None else number.function
            plus = f" + {number.plus}" if number.plus else ""
            arguments.append(f"number_{n}()" if number.variable is None else f"number_{n}.array.item(){plus}")
        for n, tensor in enumerate(self._given):
            names[f"given_{n}"] = tensor
            arguments.append(f"given_{n}.array")
        for n, update in enumerate(self.optimizer_steps):
            names |= {f"optimizer_{n}": update.optimizer, f"calls_{n}": update.optimizer.iterations}
            plain = not (update.accumulates or update.optimizer.numbers)
            count = f"calls_{n}.array = calls_{n}.array + 1"
            after.append(count if plain else f"optimizer_{n}.count_call({update.weight!r})")
        if self._counted:
            names |= {f"counted_{n}": tensor for n, tensor in enumerate(self._counted)}
            targets = ", ".join(f"counted_{n}.array" for n in range(len(self._counted)))
            given_back = f"results[{len(self.outputs)}:]" if self.outputs else "results"
            after.append(f"{targets}, = {given_back}")
        for n, (function, values) in enumerate(calls):
            names |= {f"call_{n}": function, f"values_{n}": [x for _, x in values]}
            given = [f"values_{n}[{k}]" if text is None else text for k, (text, _) in enumerate(values)]
            after.append(f"call_{n}({', '.join(given)})")
        for n, (tensor, array) in enumerate(self._parts_without_axes()):
            names |= {f"tensor_{n}": tensor, f"part_{n}": array}
            after.append(f"tensor_{n}.array = part_{n}[()]")
        several = len(self.outputs) + len(self._counted) != 1
        results = f"step({', '.join(arguments)})"
        lines = [f"results = held[0] = {results if several else f'({results},)'}", *after]
        text = "\n    ".join([f"def run({', '.join(self.inputs)}):", *lines, "return results"])
        exec(compile(text, f"<run of {self.name}>", "exec"), names)
        return names.pop("run")

    def gradients(self, update):
        """The gradients that the last run gave to the optimizer in this Update of `optimizer_steps`, by parameter."""
        flat = [(group, self._store.gradients(group.weights)) for group in update.groups]
        return {p: np.array(part) for group, g in flat for p, part in zip(group.parameters, group.weights.views(g))}

    def _parts_without_axes(self):
        """The members of Vectors that are numbers, which cannot be views, each with its place in the buffer."""
        return [
            (member, self._store.buffer(vector)[start:stop].reshape(()))
            for vector in self._vectors
            for member, (start, stop) in zip(vector.members, vector.places)
            if not member.ndim
        ]

    def __call__(self, *arrays: ArrayLike) -> Any:
        """Run on arrays of the traced shapes.

        Returns:
            What the traced function returned, as arrays of its own.

        Raises:
            TypeError: another number of arrays.
            ValueError: another shape or dtype than was traced.
        """
        received = [_array_of(x) for x in arrays]
        if len(received) != len(self.inputs):
            raise TypeError(f"{self.name} takes {', '.join(self.inputs)}; received {len(received)} arrays.")
        for name, array, (shape, dtype) in zip(self.inputs, received, self._expected):
            if array.shape != shape or array.dtype != dtype:
                raise ValueError(
                    f"{self.name} was traced for {name} of shape {shape} and dtype {dtype}; received shape "
                    f"{array.shape} and dtype {array.dtype}. Trace the function again for these."
                )
        self.pull_changes()
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            results = self.run(*[array[()] for array in received])
        return self.structure([np.array(results[i])[()] for i in self.output_places])

    def same_as(self, other):
        """True if this and another program of the same model compute the same, from the same Tensors."""
        mine, theirs = [[*p.reads, *p.updates] for p in (self, other)]
        return self._digest == other._digest and len(mine) == len(theirs) and all(map(is_, mine, theirs))

    def structure(self, values):
        """The outputs in the form in which the traced function returned them."""
        return values


def _array_of(x):
    if isinstance(x, Tensor):
        recording.get().escapes(x, "a program")
        return x.array
    return np.asarray(x)


def _taken(node, results):
    """A value out of the results of a run: arrays as copies, because whoever is called may keep them."""
    return f"results[{results.index(node)}]" + (".copy()" if node.ndim else "")


def _multiplications(node):
    """About how many multiplications a product of two arrays takes: m·k·n for matrices."""
    arrays = [x.array for x in node.inputs()]
    if node.kind != "op" or len(arrays) != 2 or node.elementwise:
        return 0
    return round((arrays[0].size * arrays[1].size * node.array.size) ** 0.5)


def formula(texts):
    """The function (metrics, outputs) → dict for formulas by name, as the texts of Scalars.

    Example:
        >>> formula({"half": "metrics['loss'] / 2"})({"loss": 3.0}, [])
        {'half': 1.5}
    """
    entries = ", ".join(f"{name!r}: {text}" for name, text in texts.items())
    return eval(f"lambda metrics, outputs: {{{entries}}}")
