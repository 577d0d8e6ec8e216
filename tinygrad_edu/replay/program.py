"""The program: a flat NumPy function made from a trace, with its text, its memory and its guards."""

import numpy as np

from ..engine.recorder import recording
from ..engine.tensor import Tensor
from .flat import Store
from .source import Target, Writer
from .spelling import has_out, is_elementwise
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

    def __init__(self, tape, outputs, name="program", store=None):
        self._store, self._held = store or Store(), [None]
        self.name, self.generators = name, tape.generators
        self._expected = [(node.shape, node.dtype) for node in tape.inputs]
        self._later = [s for s in tape.statements if isinstance(s, Later)]
        self._assigned = {s.tensor: s.value for s in tape.statements if isinstance(s, Assignment)}
        self.steps = []
        for update in [s for s in tape.statements if isinstance(s, Update)]:
            memory = self._store.memory(update.optimizer, [parameter for parameter, _, _ in update.parts])
            self.steps.append(OptimizerStep(update, memory, len(self.steps)))
        self.largest_product = max([_multiplications(s) for s in tape.statements if isinstance(s, Node)], default=0)
        results = list(dict.fromkeys([*outputs, *[node for later in self._later for node in later.inputs()]]))
        self._write(tape, results)
        self.output_places = [results.index(node) for node in outputs]
        self._calls = [
            (later.function, [(_taken(x, results), None) if x in results else (None, x) for x in later.values])
            for later in self._later
        ]
        trained = [parameter for step in self.steps for parameter in step.memory.parameters]
        self.updates = [*trained, *self._running]
        self.reads = list(dict.fromkeys(node.tensor for node in tape.reads if node in self._used))
        self._bind()
        self._forget_examples()

    def _forget_examples(self):
        """The program needs the trace no more, nor the arrays in it."""
        self._assigned, self._later, self._used = dict.fromkeys(self._assigned), None, None
        for step in self.steps:
            step.parts = step.gradient_names = None

    @property
    def results(self):
        """What the last run gave, in memory that the next overwrites."""
        return self._held[0]

    def __repr__(self):
        return self.source

    def _repr_html_(self):
        from ..common.display import source_html

        return source_html(self.source)

    # -- the text ------------------------------------------------------------------------------------------

    def _write(self, tape, results):
        writer = Writer(self.name)
        targets = {}
        for node in tape.inputs:
            writer.names[node] = writer.unique(node.name)
        self.inputs = [writer.names[node] for node in tape.inputs]
        for step in self.steps:
            step.lay_out(writer, targets)
        self._running = [tensor for tensor in self._assigned if tensor not in writer.tensors]  # weights are in vectors
        for tensor in self._running:
            writer.tensors[tensor] = writer.argument(tensor.name or "state", self._store.value(tensor))
        ends = dict(zip(self._assigned.values(), self._assigned))
        for node in reversed(tape.reads):  # a Tensor that is assigned to is read before
            if node.tensor in self._assigned:
                value = self._assigned[node.tensor]
                targets.setdefault(value, Target(writer.tensors[node.tensor], node))
        writer.steps = iter(self.steps)
        flat = [node for node in tape.reads if node.tensor in writer.tensors]
        writer.write(tape.statements, [*results, *ends], targets, flat)
        self._keep_old(writer, results)
        self._store_assigned(writer, targets)
        self.outputs = [writer.text(node) for node in results]
        names = [*self.inputs, *[name for step in self.steps for name in step.argument_names]]
        self.name = writer.name
        self.source, self._arguments, self._used = writer.assembled(names, self.outputs), writer.arguments, writer.names

    def _keep_old(self, writer, results):
        """Results that lie in memory which is about to get new values are copied first."""
        for node in results if self._assigned else ():
            if node.kind == "read" or (node.kind == "op" and node.ndim and not has_out(node)):
                name = writer.unique(f"old_{writer.text(node)}")
                writer.line(f"{name} = np.copy({writer.text(node)})")
                writer.names[node] = name

    def _store_assigned(self, writer, targets):
        """New values go where they belong at the very end; those that may lie in each other's memory as copies."""
        names = {}
        for tensor, value in self._assigned.items():
            target = targets.get(value)
            if target and target.written and target.name == writer.tensors[tensor]:
                continue
            names[tensor] = writer.unique(f"new_{writer.tensors[tensor]}")
            writer.line(f"{names[tensor]} = np.copy({writer.text(value)})")
        for tensor, name in names.items():
            writer.line(f"{writer.tensors[tensor]}[...] = {name}")

    # -- memory ----------------------------------------------------------------------------------------------

    def _bind(self):
        """Lay out the memory for the arrays that the Tensors have now."""
        self._bound = [(x, x._array) for x in self._arguments.values() if isinstance(x, Tensor)]
        namespace = {}
        exec(compile(self.source, f"<{self.name}>", "exec"), namespace)
        arguments = {name: x._array if isinstance(x, Tensor) else x for name, x in self._arguments.items()}
        self._run = namespace.pop(f"make_{self.name}")(**arguments)  # popped: a function that holds itself is not freed
        self.run = self._runner(self._calls)

    def settle(self):
        """Take in what changed outside since the last run: new values of weights and other Tensors."""
        for step in self.steps:
            step.memory.settle()
        self._store.settle(self._running)
        if any([tensor._array is not array for tensor, array in self._bound]):
            self._bind()

    # -- a run -----------------------------------------------------------------------------------------------

    def rehearse(self, *arrays):
        """A run that calls no functions: for each, the values that it would be called with."""
        seen = []
        self._runner([(lambda *values: seen.append(values), values) for _, values in self._calls])(*arrays)
        return seen

    def _runner(self, calls):
        """The function of one run: the flat code, between what Python does for optimizers and metrics."""
        names = {"step": self._run, "held": self._held}
        arguments, after = [*self.inputs], []
        for n, step in enumerate(self.steps):
            names |= {f"step_{n}": step, f"optimizer_{n}": step.optimizer, f"state_{n}": vars(step.optimizer)}
            plain = not step.accumulates
            arguments += (
                [f"optimizer_{n}._current_rate()", f"state_{n}['iterations'] + 1"]
                if plain
                else [f"*step_{n}.arguments()"]
            )
            after.append(f"state_{n}['iterations'] += 1" if plain else f"step_{n}.finish()")
        for n, (function, values) in enumerate(calls):
            names |= {f"call_{n}": function, f"values_{n}": [x for _, x in values]}
            given = [f"values_{n}[{k}]" if text is None else text for k, (text, _) in enumerate(values)]
            after.append(f"call_{n}({', '.join(given)})")
        numbers = [pair for step in self.steps for pair in step.memory.numbers]
        numbers += [(tensor, self._store.value(tensor)) for tensor in self._running if not tensor.ndim]
        for n, (tensor, array) in enumerate(numbers):  # a number cannot be a view: it is told after each run
            names |= {f"tensor_{n}": tensor, f"number_{n}": array}
            after.append(f"tensor_{n}._array = number_{n}[()]")
        results = f"step({', '.join(arguments)})"
        lines = [f"results = held[0] = {results if len(self.outputs) != 1 else f'({results},)'}", *after]
        text = "\n    ".join([f"def run({', '.join(self.inputs)}):", *lines, "return results"])
        exec(compile(text, f"<run of {self.name}>", "exec"), names)
        return names.pop("run")

    def __call__(self, *arrays):
        """Run on arrays of the traced shapes.

        Returns:
            What the traced function returned, as arrays of its own.

        Raises:
            TypeError: another number of arrays.
            ValueError: another shape or dtype than was traced.
        """
        arrays = [_array_of(x) for x in arrays]
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
        return self.structure([np.array(results[i])[()] for i in self.output_places])

    def structure(self, values):
        """The outputs in the form in which the traced function returned them."""
        return values


def _array_of(x):
    if isinstance(x, Tensor):
        recording.get().escapes(x, "a program")
        return x._array
    return np.asarray(x)


def _taken(node, results):
    """A value out of the results of a run: arrays as copies, because whoever is called may keep them."""
    return f"results[{results.index(node)}]" + (".copy()" if node.ndim else "")


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
    names = code.co_varnames[hasattr(f, "__self__") : code.co_argcount] if code else ()
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
            return _like(x, [take(part) for part in x])
        if not isinstance(x, Tensor):
            raise TypeError(f"A traced function gives Tensors; received {type(x).__name__}. Use ops all the way.")
        nodes.append(tape.value(x))
        return _Place(len(nodes) - 1)

    def put(x, values):
        if isinstance(x, dict):
            return {key: put(part, values) for key, part in x.items()}
        return values[x.index] if isinstance(x, _Place) else _like(x, [put(part, values) for part in x])

    form = take(returned)
    return nodes, lambda values: put(form, values)


def _like(x, parts):
    """A tuple, named tuple or list of the same type with other parts."""
    return type(x)(*parts) if hasattr(x, "_fields") else type(x)(parts)


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
