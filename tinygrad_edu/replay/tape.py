"""The trace: every value that a function of Tensors computes, noted while the function runs.

Nothing is computed here. While a trace is on, each op tells the tape what it did (`note`), and the tape keeps a
`Node` for its result. A value that depends on no input is a constant; one that was computed before is not
computed twice; an op that NumPy does not have is taken apart into those it is written with.
"""

import keyword
import re
import sys
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from ..common.checks import agree
from ..engine.op import constant, registry
from ..engine.tensor import Tensor, record, recording
from .rewrite import known_to_numpy, numpy_function, rewritten, simplified
from .scalar import Scalar

_PACKAGE = str(Path(__file__).parents[1])


class TraceError(TypeError):
    """A computation that a flat program cannot repeat: it depends on values in a way that only Python sees."""


class Node:
    """A value of the traced computation.

    Attributes:
        kind: "input", "read" (a Tensor from outside), "draw" (random numbers), "constant" or "op".
        op, args: for an op, what computes the value: Nodes, Scalars and plain values.
        array: the value that the trace saw: an example of its shape and dtype.
        tensor: a Tensor with that value.
        name: what the source calls it.
        section: the part of the step it belongs to: "forward", "loss", "backward", …
    """

    def __init__(self, kind, array, name=None, op=None, args=(), section=None, tensor=None):
        self.kind, self.array, self.name = kind, array, name
        self.op, self.args, self.section, self.tensor = op, args, section, tensor

    shape = property(lambda self: self.array.shape)
    ndim = property(lambda self: self.array.ndim)
    dtype = property(lambda self: self.array.dtype)

    def inputs(self):
        """The Nodes among the arguments."""
        return list(nodes_in(self.args))


class Assignment:
    """The step gives a leaf Tensor new values: a running mean, say."""

    def __init__(self, tensor, value):
        self.tensor, self.value = tensor, value

    def inputs(self):
        return [self.value]


class Update:
    """The step of an optimizer: `parts` are (parameter, Node of its old values, Node of its gradient)."""

    def __init__(self, optimizer, parts, weight):
        self.optimizer, self.parts, self.weight = optimizer, parts, weight

    def inputs(self):
        return [node for _, *nodes in self.parts for node in nodes]


class Later:
    """A Python function to call after each run, with some of the values: a metric that adds them up."""

    def __init__(self, function, values):
        self.function, self.values = function, values

    def inputs(self):
        return [value for value in self.values if isinstance(value, Node)]


class Tape:
    """What a trace has noted so far.

    Args:
        strict: raise an error where a value leaves the trace. If not, the function goes on, and `problem`
            says what would be wrong with a program made from this tape.
    """

    def __init__(self, strict=True):
        self.strict, self.problem = strict, None
        self._outer = active()
        self.inputs, self.reads, self.statements, self.generators = [], [], [], []
        self._nodes, self._kept = {}, []  # by the id of a Tensor, which is kept so that the id stays its own
        self._known = {}  # by op and arguments: each value is computed once
        self._taken_apart = []  # the ops being lowered

    # -- what the engine tells --------------------------------------------------------------------------

    def note(self, mode, op, args, tensor):
        """An op gave this Tensor."""
        if isinstance(tensor._array, Scalar):  # of a Scalar and a Tensor of one value
            dtypes = [x.dtype for x in args if isinstance(x, Tensor)]
            tensor._array = np.result_type(*dtypes, 0.0).type(tensor._array)
        if op is None:
            node = self._constant(tensor._array)
        else:
            values = tuple([self.value(x) for x in args])
            same = [x for x in args if isinstance(x, Tensor) and x._array is tensor._array and x.dtype.kind != "b"]
            if same and registry.get(op.name) is op:  # another name for the same values
                node = self.value(same[0])
            elif not _varies(values):
                node = self._constant(tensor._array)
            else:
                node = self._computed(mode, op, args, values, tensor)
        self.bind(tensor, node)

    def same(self, tensor, other):
        """A Tensor was made with the values of another one, or of Python's numbers, which are constants."""
        self.bind(tensor, self.value(other) if isinstance(other, Tensor) else self._constant(tensor._array))

    def leaves(self, tensor, how, writable=False):
        """Python reads the values of a Tensor: harmless only for constants that it cannot write into."""
        if writable or self.value(tensor).kind != "constant":
            self.refuse(
                f"{how} reads a value that is different at every run. Stay inside ops: np.where(condition, a, b) in "
                "place of an if, Tensors in place of numbers"
            )

    def refuse(self, why):
        """Give up: raise an error now, or keep the first reason and the line."""
        if self._taken_apart:
            raise _NotLowered
        if self.strict:
            raise TraceError(f"{why}.")
        self.problem = self.problem or f"{why} ({users_line()})"

    def name_gradient(self, g, tensor):
        """Name the gradient of a Tensor after it."""
        node, of = self.value(g), self.value(tensor)
        if node.kind == "op" and not node.name.endswith("_gradient") and of.name:
            node.name = f"{of.name}_gradient"

    # -- what steps tell --------------------------------------------------------------------------------

    def input(self, array, name):
        """A Tensor that stands for an argument of the program."""
        tensor = _outside(array)
        node = Node("input", tensor._array, name, tensor=tensor)
        self.inputs.append(node)
        self.bind(tensor, node)
        return tensor

    def draw(self, function, generator, name):
        """A Tensor of random numbers; the program calls the function for new ones."""
        tensor = _outside(function())
        node = Node("draw", tensor._array, name, tensor=tensor)
        node.function = function
        self.generators.append(generator)
        self.statements.append(node)
        self.bind(tensor, node)
        return tensor

    def assign(self, tensor, value):
        """A leaf has new values, which later ops of the step read."""
        self.value(tensor)
        self.statements.append(Assignment(tensor, self.value(value)))
        self.bind(tensor, self.value(value))

    def update(self, optimizer, pairs, weight):
        """An optimizer makes a step."""
        self.statements.append(Update(optimizer, [(p, self.value(p), self.value(g)) for p, g in pairs], weight))
        for parameter, _ in pairs:
            self._read(parameter)

    def outline(self):
        """What is computed, by name, as far as it should be the same at every step: without the arrays."""
        return [(s.name, s.op, _looks(s.args)) for s in self.statements if isinstance(s, Node)]

    def calls(self):
        """The values with which functions are called after a run, as the trace saw them."""
        calls = [s.values for s in self.statements if isinstance(s, Later)]
        return [[x.array if isinstance(x, Node) else x for x in values] for values in calls]

    def updates_of(self, optimizer):
        """How many steps an optimizer has made."""
        return sum(isinstance(s, Update) and s.optimizer is optimizer for s in self.statements)

    def later(self, function, values):
        """A function is to be called after each run."""
        self.statements.append(Later(function, [self.value(v) if isinstance(v, Tensor) else v for v in values]))

    # -- values -------------------------------------------------------------------------------------------

    def bind(self, tensor, node):
        self._nodes[id(tensor)] = node
        self._kept.append(tensor)
        if node.tensor is None:
            node.tensor = tensor

    def value(self, x):
        """What an argument stands for: the Node of a Tensor or an array, tuples of such, other things themselves."""
        if isinstance(x, Tensor):
            return self._nodes.get(id(x)) or self._read(x)
        if isinstance(x, (np.ndarray, np.generic)):
            return self._constant(x)
        if isinstance(x, (tuple, list)) and any([isinstance(part, (Tensor, np.ndarray, tuple, list)) for part in x]):
            return type(x)([self.value(part) for part in x])
        return x

    def _read(self, tensor):
        """A new Node for the values that a Tensor from outside has from here on."""
        if self._outer is not None:
            self._outer.leaves(tensor, "a trace inside another")
        node = Node("read", tensor._array, _identifier(tensor.name) or "outside", tensor=tensor)
        self.reads.append(node)
        self.bind(tensor, node)
        return node

    def _constant(self, array):
        key = ("constant", array.dtype.str, array.shape, hash(array.tobytes()))
        if key not in self._known:
            array = np.array(array)  # as it is now: the user may write into it
            self._known[key] = node = Node("constant", array, "constant")
            node.tensor = _outside(array)
            self._nodes[id(node.tensor)] = node
        return self._known[key]

    def _computed(self, mode, op, args, values, tensor):
        """The Node of an op's result: one there is, a simpler one, or a new one."""
        key = (op, _key(values), tensor.shape)  # simpler arguments may belong to another shape
        if key in self._known:
            return self._known[key]
        if _shape_varies(op, values):
            self.refuse(
                f"'{op.name}' gives another number of values at every run: use np.where, or multiply by the mask"
            )
        node = self._rewritten(op, args, tensor)
        if node is None:
            values, node = simplified(op, values, tensor._array)
            key = (op, _key(values), tensor.shape)
            node = node or self._known.get(key)
        if node is None:
            name = "_".join(filter(None, [mode.scope, op.name.strip("_")]))
            node = Node("op", tensor._array, name, op, values, mode.section)
            self.statements.append(node)
            self._known[key] = node
        elif node.kind == "op" and node.section == mode.section == "forward" and mode.scope:
            node.name = f"{mode.scope}_{op.name}"
        self._known[(op, _key(tuple([self.value(x) for x in args])), tensor.shape)] = node
        return node

    def _rewritten(self, op, args, tensor):
        """The Node of the same value computed by other ops, or None. What was noted in vain is dead code."""
        if op in self._taken_apart:
            return None
        self._taken_apart.append(op)
        try:
            with record(False):
                out = rewritten(op, args) if known_to_numpy(op) else op.function(*args)
        except Exception:  # whatever a function of arrays says to Tensors
            return None
        finally:
            self._taken_apart.pop()
        return self.value(out) if isinstance(out, Tensor) and _equal(out._array, tensor._array) else None


class Mode:
    """What stands in `recording` while a trace is on: the tape, and whether graphs are built (its truth)."""

    def __init__(self, tape, on=True, section="forward", scope=""):
        self.tape, self.on, self.section, self.scope = tape, on, section, scope
        self.same, self.leaves, self.name_gradient = tape.same, tape.leaves, tape.name_gradient

    def __bool__(self):
        return self.on

    def part(self, on=None, section=None, scope=None):
        """The same trace in another section of the step, or inside a layer."""
        return Mode(
            self.tape,
            self.on if on is None else on,
            section or self.section,
            ("" if section else self.scope) if scope is None else _identifier(scope),
        )

    def note(self, op, args, tensor):
        self.tape.note(self, op, args, tensor)


class _NotLowered(Exception):  # noqa: N818 a signal, not an error
    """The function of an op needs plain arrays."""


def active():
    """The tape of the trace that is on, or None."""
    mode = recording.get()
    return None if type(mode) is bool else mode.tape


@contextmanager
def tracing(tape, on=True, section="forward"):
    """Ops inside are noted on the tape."""
    token = recording.set(Mode(tape, on, section))
    try:
        yield tape
    finally:
        recording.reset(token)


@contextmanager
def section(name, scope=""):
    """Ops inside belong to a named part of the step."""
    mode = recording.get()
    token = None if type(mode) is bool else recording.set(mode.part(section=name, scope=scope))
    try:
        yield
    finally:
        if token is not None:
            recording.reset(token)


@contextmanager
def scope(name):
    """Ops inside belong to the layer of this name."""
    token = recording.set(recording.get().part(scope=name))
    try:
        yield
    finally:
        recording.reset(token)


def _outside(array):
    """A Tensor around an array that no trace hears of."""
    with untraced():
        return constant(array)


@contextmanager
def untraced():
    """No graph, no trace."""
    token = recording.set(False)
    try:
        yield
    finally:
        recording.reset(token)


def nodes_in(values):
    """The Nodes among arguments, those inside tuples and lists included."""
    for x in values:
        if isinstance(x, Node):
            yield x
        elif isinstance(x, (tuple, list)):
            yield from nodes_in(x)


def _varies(x):
    """Whether an argument is different from run to run."""
    if isinstance(x, (tuple, list)):
        return any([_varies(part) for part in x])
    return x.kind != "constant" if isinstance(x, Node) else isinstance(x, Scalar)


def _shape_varies(op, values):
    """Whether the shape of a result depends on values: on how many entries of a mask are true, on counts."""
    if op.operator == "getitem":
        return any([node.kind != "constant" and node.dtype.kind == "b" for node in nodes_in(values[1:])])
    return numpy_function(op) is np.repeat and _varies(values[1])


def _key(x):
    """What two arguments have in common when they are the same."""
    if isinstance(x, (tuple, list)):
        return (type(x), *[_key(part) for part in x])
    if isinstance(x, slice):
        return ("slice", _key((x.start, x.stop, x.step)))
    if isinstance(x, Scalar):
        return ("scalar", x.text)
    if isinstance(x, (int, float, str, type(None), np.generic)):
        return (type(x), repr(x))  # 1, 1.0 and True are equal, but not the same
    return id(x)


def first_difference(mine, theirs):
    """The name of the first value of one outline that another computes in another way, or None."""
    found = next((a[0] for a, b in zip(mine, theirs) if a[1:] != b[1:]), None)
    return found or ("a later op" if len(mine) != len(theirs) else None)


def _looks(x):
    """An argument as far as it should be the same at every step: constants by value, other Nodes by name."""
    if isinstance(x, (tuple, list)):
        return [_looks(part) for part in x]
    if isinstance(x, Node):
        return (x.kind, x.shape, x.array.tobytes() if x.kind == "constant" else x.name)
    return x.text if isinstance(x, Scalar) else repr(x)


def _equal(a, b):
    """Whether two ways of computing a value agree but for rounding."""
    rounding = float(np.finfo(a.dtype).eps) if a.dtype.kind == "f" else 0.0
    return a.dtype == b.dtype and agree(a, b, 128 * rounding)


def _identifier(name):
    """A name as Python can write it."""
    text = re.sub(r"\W", "_", name or "")
    return f"_{text}" if text[:1].isdigit() or keyword.iskeyword(text) else text


def users_line(error=None):
    """The file and line outside this package that is running, or where an error was raised."""
    frames = []
    if error is None:
        frame = sys._getframe()
        while frame is not None:
            frames.append((frame.f_code.co_filename, frame.f_lineno))
            frame = frame.f_back
    else:
        trace = error.__traceback__
        while trace is not None:
            frames.insert(0, (trace.tb_frame.f_code.co_filename, trace.tb_lineno))
            trace = trace.tb_next
    outside = [place for place in frames if not place[0].startswith((_PACKAGE, np.__path__[0], "<"))]
    file, line = (outside or frames)[0]
    return f"{file}, line {line}"
