"""From a tape to the text of a flat NumPy function: what is computed, in which memory, under which names.

The text is one function in another: the outer one lays out the memory once, the inner one is the step. Values
that nobody needs are left out; a value is written into memory that is free by then; names are those of layers,
weights and ops.
"""

import re

import numpy as np

from ...engine.op import registry
from ...engine.variable import Variable
from ..step import AfterRun, Assignment, Node, Number, alive, nodes_in
from ..tape import TraceError
from ..update import Update
from .spelling import has_out, literal, spelled

BLOCK = 32768  # values of a long vector that an update works on at a time: several such fit into the cache
_SHOWN = 16  # constants up to this size are written out


class Writer:
    """Collects the lines of the two functions.

    Attributes:
        arguments: by name, what the outer function is called with: weights, vectors, constants, functions.
        given: by Variable of one number, the name under which the inner function gets its value at every run.
        tensors: the names of Tensors that have one already: the weights, which are parts of a vector.
        updates: by Update, what writes it.
        in_blocks: whether what is written now is a loop over blocks, of which the last is shorter.
    """

    def __init__(self, name):
        self.arguments, self.given, self.tensors, self._taken = {}, {}, {}, {"np"}
        self.name = self.unique(name)
        self.imports, self.parts, self.views, self.blocks, self.body = {"import numpy as np"}, [], [], [], []
        self.buffers, self.names, self.factors = [], {}, {}
        self._constants, self._functions = {}, {}
        self._section = None
        self.indent, self.in_blocks = "", False

    # -- names and memory ---------------------------------------------------------------------------------

    def unique(self, wanted):
        """The name, numbered when it is taken."""
        wanted = re.sub(r"\W", "_", wanted) or "value"
        name, n = wanted, 1
        while name in self._taken:
            n += 1
            name = f"{wanted}_{n}"
        self._taken.add(name)
        return name

    def argument(self, wanted, value):
        """A name under which the outer function gets a value."""
        name = self.unique(wanted)
        self.arguments[name] = value
        return name

    def argument_once(self, wanted, value):
        """The name under which the outer function gets a value that it may have already."""
        known = [name for name, held in self.arguments.items() if held is value]
        return known[0] if known else self.argument(wanted, value)

    def function(self, op):
        """The name of the function of an op that NumPy does not have."""
        if op not in self._functions:
            self._functions[op] = name = self.unique(f"op_{op.name.strip('_')}")
            if registry.get(op.name) is op:
                self.imports.add(f"from {op.function.__module__} import {op.name} as {name}")
            else:
                self.arguments[name] = op.function
        return self._functions[op]

    def line(self, text, section=None):
        if section and section != self._section:
            self.body += ["", f"{self.indent}# {section}"]
            self._section = section
        self.body.append(self.indent + text)

    def text(self, x, dtype=None, weak=False):
        """The source of an argument.

        Args:
            x: a Node or a plain value.
            dtype: write a number as an array of this dtype, which NumPy computes with fastest.
            weak: whether a Python number does for a constant of one value.
        """
        if isinstance(x, Node):
            if x.kind == "constant":
                return self._constant(x, dtype, weak)
            if x not in self.names:
                if x.tensor not in self.tensors:
                    self.tensors[x.tensor] = self._outside(x)
                self.names[x] = self.tensors[x.tensor]
            return self.names[x]
        if isinstance(x, (tuple, list)) and any(True for _ in nodes_in(x)):
            inside = ", ".join(self.text(part) for part in x)
            return f"[{inside}]" if isinstance(x, list) else f"({inside},)"
        if dtype is not None and type(x) in (int, float):
            return self._number(x, dtype)
        if isinstance(x, Number):
            return self.factors.get(x.text) or x.text
        return literal(x)

    def _outside(self, node):
        """The name of a Tensor from outside: laid out once, but for a Variable of one number, given at every run."""
        if node.ndim or not isinstance(node.tensor, Variable):
            return self.argument(node.name, node.tensor)
        self.given[node.tensor] = name = self.unique(node.name)
        return name

    def number_name(self, wanted, taken):
        """A name for a Number: the one that is wanted, which may be that of the function too, unless it is taken."""
        name = self.unique(wanted) if wanted in taken or wanted in self.arguments else wanted
        self._taken.add(name)
        return name

    def _number(self, x, dtype):
        x = float(x)
        return self.named_once(_name_of(x), f"np.array({literal(x)}, {literal(np.dtype(dtype))})")

    def filled(self, x, shape, dtype):
        """The name of an array of one number: for some functions NumPy is faster with it than with the number."""
        name = f"{_name_of(x)}_{'_'.join(map(str, shape))}"
        return self.named_once(name, f"np.full({shape}, {literal(x)}, {literal(np.dtype(dtype))})")

    def named_once(self, wanted, expression):
        """The name of something that is laid out once."""
        if expression not in self._constants:
            self._constants[expression] = name = self.unique(wanted)
            self.views.append(f"{name} = {expression}")
        return self._constants[expression]

    def _constant(self, node, dtype, weak):
        if not node.ndim:
            value = node.array[()]
            if dtype == node.dtype and dtype is not None:
                return self._number(value.item(), dtype)
            if weak:
                return literal(value.item())
            return f"{literal(node.dtype)}({literal(value.item())})"
        if node not in self.names:
            if node.array.size <= _SHOWN:
                self.names[node] = self.unique(node.name)
                self.views.append(
                    f"{self.names[node]} = np.array({literal(node.array.tolist())}, {literal(node.dtype)})"
                    + (f".reshape({node.shape})" if not node.array.size else "")
                )
            else:
                self.names[node] = self.argument(node.name, node.array)
        return self.names[node]

    # -- a body -------------------------------------------------------------------------------------------

    def write(self, statements, wanted, targets, persistent=(), shared_names=False):
        """Write the statements that the wanted Nodes need.

        Args:
            statements: what the tape noted, in order.
            wanted: the Nodes needed at the end.
            targets: by Node, the name of memory that is to hold it at the end.
            persistent: the Nodes whose memory outlives the step; what is a view of them is made once.
            shared_names: one name for each piece of memory, in place of one for each value.

        Returns:
            The body: `made` are the pieces of memory that it needed.

        Raises:
            TraceError: old weights are needed after an update.
        """
        statements = alive(statements, wanted)
        body = _Body(self, statements, wanted, targets, persistent, shared_names)
        for i, statement in enumerate(statements):
            if isinstance(statement, Node):
                self.compute(i, statement, body)
            elif isinstance(statement, Update):
                self._write_update(i, statement, body)
        return body

    def compute(self, i, node, body):
        """Write the line of the i-th statement, a Node."""
        body.compute(i, node)

    def lay_out_view(self, node, base, name, expression):
        """A value that shows memory which stays where it is, that of `base`: it is made once."""
        self.views.append(f"{name} = {expression}")

    def lay_out_factor(self, number, dtype, section):
        """A Number that is a formula, as an array without axes."""
        self.factors[number.text] = name = self.unique("factor")
        self.views.append(f"{name} = np.array(0.0, {literal(dtype)})")
        self.line(f"{name}[...] = {number.text}", section)

    def store(self, name, node, target):
        """Copy a value to where it belongs, if it was not computed there."""
        if not (target and target.written and target.name == name):
            self.line(f"{name}[...] = {self.text(node)}")

    def lay_out_assigned(self, assigned, reads, targets, store):
        """Name the Tensors to which the step assigns that have no name yet: arrays are laid out, numbers are given.

        Args:
            assigned: by Tensor, the Node of its new value.
            reads: the Nodes of Tensors from outside.
            targets: gets the memory that is to hold the new values.
            store: the Store, with that memory.

        Returns:
            The Tensors of arrays, and those of one number, which is given at every run, and given back.
        """
        own = [tensor for tensor in assigned if tensor not in self.tensors]  # weights are in vectors
        arrays, numbers = [tensor for tensor in own if tensor.ndim], [tensor for tensor in own if not tensor.ndim]
        for tensor in arrays:
            self.tensors[tensor] = self.argument(tensor.path or "state", store.buffer(tensor))
        for tensor in numbers:
            self.given[tensor] = self.tensors[tensor] = self.unique(tensor.path or "state")
        for node in reversed(reads):  # a Tensor that is assigned to is read before
            if node.tensor in assigned and node.ndim:
                targets.setdefault(assigned[node.tensor], Target(self.tensors[node.tensor], node))
        return arrays, numbers

    def store_assigned(self, assigned, targets):
        """New values go where they belong at the very end; those that may lie in each other's memory as copies."""
        names = {}
        for tensor, value in assigned.items():
            target = targets.get(value)
            if target and target.written and target.name == self.tensors[tensor]:
                continue
            names[tensor] = self.unique(f"new_{self.tensors[tensor]}")
            self.line(f"{names[tensor]} = np.copy({self.text(value)})")
        for tensor, name in names.items():
            self.line(f"{self.tensors[tensor]}[...] = {name}")

    def _write_update(self, i, update, body):
        for old in update.olds.values():
            if body.last_use(old) > i:
                raise TraceError(f"the step reads the old values of '{old.name}' after their update")
        written = self.updates[update]
        for parameter, gradient in update.gradients.items():
            self.store(written.gradient_names[parameter], gradient, body.targets.get(gradient))
        written.write(self)

    def assembled(self, inputs, results):
        """The whole text.

        Args:
            inputs: the names of the arguments of the step.
            results: the names of what it returns.
        """
        buffers = [f"{' = '.join(names)} = np.empty({shape}, {literal(dtype)})" for names, shape, dtype in self.buffers]
        layout = [*self.parts, *buffers, *self.views, *self.blocks]
        lines = [*sorted(self.imports, key=len), "", "", f"def make_{self.name}({', '.join(self.arguments)}):"]
        lines += ["    # memory, laid out once", *[f"    {line}" for line in layout], ""] if layout else []
        lines += [f"    def {self.name}({', '.join(inputs)}):"]
        lines += [f"        {line}" if line else "" for line in self.body[self.body[:1] == [""] :]]
        lines += [f"        return {', '.join(results)}"] if results or not self.body else []
        return "\n".join([*lines, "", f"    return {self.name}", ""])


def _name_of(x):
    """A number as part of a name: «c0_5» for 0.5."""
    sign = "minus_" if x < 0 else ""
    return f"c{sign}{abs(x):.6g}".replace("-", "_").replace(".", "_").replace("+", "")


class _Body:
    """The memory of one run of statements."""

    def __init__(self, writer, statements, wanted, targets, persistent, shared_names):
        self.writer, self.targets, self.shared_names = writer, targets, shared_names
        self.made = []  # pieces of memory: [names, shape, dtype]
        self._free, self._held = {}, {}  # by (shape, dtype); by Node
        # By Node in memory that stays where it is: an array laid out as that memory is.
        self._fixed = {node: np.empty(node.shape, node.dtype) for node in persistent}
        self._last, self._ending = self._last_uses(statements, wanted), {}
        for node, i in self._last.items():
            self._ending.setdefault(i, []).append(node)

    def _last_uses(self, statements, wanted):
        """By Node, the number of the last statement that reads it, or a view of it."""
        end = len(statements)
        last = dict.fromkeys(wanted, end)
        for i in reversed(range(end)):
            statement = statements[i]
            for node in statement.inputs():
                until = i
                if isinstance(statement, Node) and not has_out(statement) and statement.ndim:
                    until = max(i, last.get(statement, i))  # the result may be a view of it
                if isinstance(statement, (Assignment, AfterRun)):
                    until = end
                last[node] = max(last.get(node, 0), until)
        return last

    def last_use(self, node):
        return self._last.get(node, -1)

    def fix(self, node):
        """Note that the value lies in memory that is laid out once."""
        self._fixed[node] = np.empty(node.shape, node.dtype)

    def stays(self, node):
        """True if the value lies in memory that is laid out once."""
        return node in self._fixed

    def compute(self, i, node):
        """Write the line of a Node, and see to its memory."""
        writer = self.writer
        dying = [x for x in self._ending.get(i, ()) if x in self._held]
        if node.kind == "draw":
            writer.names[node] = name = writer.unique(node.name)
            writer.line(f"{name} = {writer.argument(f'draw_{node.name}', node.function)}()", node.section)
        elif has_out(node):
            elementwise = node.elementwise
            if elementwise:  # it may be written over an argument
                self._release([x for x in dying if x in node.inputs()])
            writer.names[node] = out = self._place(i, node, elementwise)
            writer.line(spelled(node, writer, out), node.section)
        else:
            self._assign(node)
        self._release([x for x in dying if x in self._held])

    def _assign(self, node):
        """A value in memory of its own, or a view: made once where what it shows stays in place."""
        writer = self.writer
        expression = spelled(node, writer)
        base = node.inputs()[0] if len(node.inputs()) == 1 else None
        view = self._view(node, base)
        name = writer.unique(f"{writer.text(base)}_{node.op.name}" if view is not None else node.name)
        if view is not None and base in self._fixed:
            writer.lay_out_view(node, base, name, expression)
            self._fixed[node] = view
        else:
            writer.line(f"{name} = {expression}", node.section)
        writer.names[node] = name

    def _view(self, node, base):
        """The result of an op as a view of memory like that of its argument, or None where it would be a copy."""
        if base is None or base.kind == "constant" or not node.ndim or node.array.base is None:
            return None
        memory = self._fixed[base] if base in self._fixed else np.empty(base.shape, base.dtype)
        view = node.op.function(*[memory if x is base else x for x in node.args])
        return view if np.may_share_memory(view, memory) else None

    def _place(self, i, node, elementwise):
        """The name of the memory that a value is written to."""
        writer, target = self.writer, self.targets.get(node)
        if target is not None and target.takes(i, node, elementwise, self):
            target.written = True
            self._fixed[node] = np.empty(node.shape, node.dtype)
            return target.name
        key = node.shape, node.dtype
        free = self._free.get(key)
        piece = free.pop() if free else [[], *key]
        if not piece[0]:
            self.made.append(piece)
            writer.buffers.append(piece)
        if not (self.shared_names and piece[0]):
            piece[0].append(writer.unique(node.name))
        self._held[node] = piece
        self._fixed[node] = np.empty(node.shape, node.dtype)
        return piece[0][-1]

    def _release(self, nodes):
        for node in nodes:
            piece = self._held.pop(node)
            self._free.setdefault((piece[1], piece[2]), []).append(piece)


class Target:
    """Memory that is to hold a value at the end of the step.

    Args:
        name: what the source calls it.
        old: the Node of what it holds before; it may be written only when nobody reads that any more.
    """

    def __init__(self, name, old=None):
        self.name, self.old, self.written = name, old, False

    def takes(self, i, node, elementwise, body):
        """True if the Node that statement i computes can be written here at once."""
        last = body.last_use(self.old) if self.old is not None else -1
        return not self.written and (last < i or (last == i and elementwise))
