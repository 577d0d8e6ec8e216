"""The program: a flat NumPy function made from a trace, with its text, its memory and its guards."""

import numpy as np

from ..tensor import SHARED, Tensor
from .flat import Memory
from .source import Target, Writer
from .spelling import is_elementwise
from .tape import Assignment, Later, Node, Tape, Update, tracing
from .update import OptimizerStep


class Program:
    """A function of arrays as flat NumPy code: print it.

    The outer function of the code lays out the memory once, the inner one is the computation. As printed they
    run anywhere. Made by `trace`.

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

    def __init__(self, tape, outputs, name="program", memory_for=Memory):
        self.name, self.generators = name, tape.generators
        self._expected = [(node.shape, node.dtype) for node in tape.inputs]
        self._later = [s for s in tape.statements if isinstance(s, Later)]
        self._assigned = {s.tensor: s.value for s in tape.statements if isinstance(s, Assignment)}
        self.steps = []
        for update in [s for s in tape.statements if isinstance(s, Update)]:
            memory = memory_for(update.optimizer, [parameter for parameter, _, _ in update.parts])
            self.steps.append(OptimizerStep(update, memory, len(self.steps)))
        self.largest_product = max([_multiplications(s) for s in tape.statements if isinstance(s, Node)], default=0)
        results = list(dict.fromkeys([*outputs, *[node for later in self._later for node in later.inputs()]]))
        self._write(tape, results)
        self.output_places = [results.index(node) for node in outputs]
        self._calls = [
            (later.function, [(results.index(x), None) if x in results else (None, x) for x in later.values])
            for later in self._later
        ]
        trained = [parameter for step in self.steps for parameter in step.memory.parameters]
        self.updates = [*trained, *self._assigned]
        self.reads = list(dict.fromkeys(node.tensor for node in tape.reads if node in self._used))
        self._bind()

    def __repr__(self):
        return self.source

    # -- the text ------------------------------------------------------------------------------------------

    def _write(self, tape, results):
        writer = Writer(self.name)
        targets = {}
        for node in tape.inputs:
            writer.names[node] = writer.unique(node.name)
        self.inputs = [writer.names[node] for node in tape.inputs]
        for step in self.steps:
            step.lay_out(writer, targets)
        for tensor in self._assigned:
            writer.tensors[tensor] = writer.argument(tensor.name or "state", tensor)
        ends = dict(zip(self._assigned.values(), self._assigned))
        for node in reversed(tape.reads):  # a Tensor that is assigned to is read before
            if node.tensor in self._assigned:
                value = self._assigned[node.tensor]
                targets.setdefault(value, Target(writer.tensors[node.tensor], node))
        writer.steps = iter(self.steps)
        writer.write(tape.statements, [*results, *ends], targets, tape.reads)
        for tensor, value in self._assigned.items():
            writer.store(writer.tensors[tensor], value, targets.get(value))
        self.outputs = [writer.text(node) for node in results]
        names = [*self.inputs, *[name for step in self.steps for name in step.argument_names]]
        self.source, self._arguments, self._used = writer.assembled(names, self.outputs), writer.arguments, writer.names

    # -- memory ----------------------------------------------------------------------------------------------

    def _bind(self):
        """Lay out the memory for the arrays that the Tensors have now."""
        for tensor in self._assigned:
            tensor._array = np.array(tensor._array)
            tensor._exposed = SHARED
        self._bound = [(x, x._array) for x in self._arguments.values() if isinstance(x, Tensor)]
        namespace = {}
        exec(compile(self.source, f"<{self.name}>", "exec"), namespace)
        arguments = {name: x._array if isinstance(x, Tensor) else x for name, x in self._arguments.items()}
        self._run = namespace[f"make_{self.name}"](**arguments)
        self.run = self._runner()

    def settle(self):
        """Take in what changed outside since the last run: new values of weights and other Tensors."""
        for step in self.steps:
            step.memory.settle()
        if any([tensor._array is not array for tensor, array in self._bound]):
            self._bind()

    def publish(self):
        """Give Tensors of shape () their new values."""
        for step in self.steps:
            step.memory.publish()

    # -- a run -----------------------------------------------------------------------------------------------

    def _runner(self):
        """The function of one run: the flat code, between what Python does for optimizers and metrics."""
        names = {"step": self._run, "program": self}
        arguments, after = [*self.inputs], []
        for n, step in enumerate(self.steps):
            names |= {f"step_{n}": step, f"optimizer_{n}": step.optimizer, f"state_{n}": vars(step.optimizer)}
            plain = not step.accumulates
            arguments += (
                [f"optimizer_{n}.learning_rate", f"state_{n}['iterations'] + 1"]
                if plain
                else [f"*step_{n}.arguments()"]
            )
            after.append(f"state_{n}['iterations'] += 1" if plain else f"step_{n}.finish()")
        for n, (function, values) in enumerate(self._calls):
            names |= {f"call_{n}": function, f"values_{n}": [x for _, x in values]}
            given = [f"values_{n}[{k}]" if i is None else f"results[{i}]" for k, (i, _) in enumerate(values)]
            after.append(f"call_{n}({', '.join(given)})")
        results = f"step({', '.join(arguments)})"
        lines = [f"results = program.results = {results if len(self.outputs) != 1 else f'({results},)'}", *after]
        text = "\n    ".join([f"def run({', '.join(self.inputs)}):", *lines, "return results"])
        exec(compile(text, f"<run of {self.name}>", "exec"), names)
        return names["run"]

    def __call__(self, *arrays):
        """Run on arrays of the traced shapes.

        Returns:
            What the traced function returned, as arrays of its own.

        Raises:
            TypeError: another number of arrays.
            ValueError: another shape or dtype than was traced.
        """
        arrays = [x._array if isinstance(x, Tensor) else np.asarray(x) for x in arrays]
        if len(arrays) != len(self.inputs):
            raise TypeError(f"{self.name} takes {', '.join(self.inputs)}; received {len(arrays)} arrays.")
        for name, array, (shape, dtype) in zip(self.inputs, arrays, self._expected):
            if array.shape != shape or array.dtype != dtype:
                raise ValueError(
                    f"{self.name} was traced for {name} of shape {shape} and dtype {dtype}; received shape "
                    f"{array.shape} and dtype {array.dtype}. Trace the function again for these."
                )
        self.settle()
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            results = self.run(*[array[()] for array in arrays])
        self.publish()
        return self.structure([np.array(results[i])[()] for i in self.output_places])

    def structure(self, values):
        """The outputs in the form in which the traced function returned them."""
        return values


def _multiplications(node):
    """About how many multiplications a product of two arrays takes: m·k·n for matrices."""
    arrays = [x.array for x in node.inputs()]
    if node.kind != "op" or len(arrays) != 2 or is_elementwise(node):
        return 0
    return round((arrays[0].size * arrays[1].size * node.array.size) ** 0.5)


def trace(f, *examples):
    """The flat NumPy program of a function of Tensors.

    The function runs once, on the examples; what it computes is noted op by op. The program computes the same
    for other values of the same shapes. Python itself is not noted: an `if`, a loop over rows, `print` happen
    once, while tracing.

    Args:
        f: a function of Tensors that gives a Tensor, or lists, tuples and dicts of Tensors.
        examples: for each argument an array of the shape and dtype to come.

    Returns:
        A Program.

    Raises:
        TypeError: f decides by values that differ from run to run: `if t > 0`, `float(t)`, `t.item()`.

    Example:
        >>> program = trace(lambda x: (x * x).sum(), np.array([1.0, 2.0]))
        >>> program(np.array([3.0, 4.0]))
        np.float64(25.0)
    """
    code = getattr(f, "__code__", None)
    names = code.co_varnames[: code.co_argcount] if code else ()
    names = [names[i] if i < len(names) else f"input_{i}" for i in range(len(examples))]
    tape = Tape()
    inputs = [tape.input(np.array(x._array if isinstance(x, Tensor) else x), n) for x, n in zip(examples, names)]
    with tracing(tape), np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        returned = f(*inputs)
    outputs, structure = _flattened(returned, tape)
    name = getattr(f, "__name__", "")
    program = Program(tape, outputs, name if name.isidentifier() else "program")
    program.structure = structure
    return program


def _flattened(returned, tape):
    """The Nodes in what a function returned, and the function that puts values in their places."""
    nodes = []

    def take(x):
        if isinstance(x, dict):
            return {key: take(part) for key, part in x.items()}
        if isinstance(x, (tuple, list)):
            return type(x)([take(part) for part in x])
        if not isinstance(x, Tensor):
            raise TypeError(f"A traced function gives Tensors; received {type(x).__name__}. Use ops all the way.")
        nodes.append(tape.value(x))
        return _Place(len(nodes) - 1)

    def put(x, values):
        if isinstance(x, dict):
            return {key: put(part, values) for key, part in x.items()}
        return values[x.index] if isinstance(x, _Place) else type(x)([put(part, values) for part in x])

    form = take(returned)
    return nodes, lambda values: put(form, values)


class _Place:
    """Where an output belongs in what a function returned."""

    def __init__(self, index):
        self.index = index


def formula(texts):
    """The function (figures, outputs) → dict for formulas by name, as the texts of Scalars.

    Example:
        >>> formula({"half": "figures['loss'] / 2"})({"loss": 3.0}, [])
        {'half': 1.5}
    """
    entries = ", ".join(f"{name!r}: {text}" for name, text in texts.items())
    return eval(f"lambda figures, outputs: {{{entries}}}")
