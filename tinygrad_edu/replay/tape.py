"""The trace: every value that a function of Tensors computes, noted while the function runs.

Nothing is computed here. While a trace is on, each op tells the tape what it did (`note`), and the tape adds a
`Node` to its `Step`. A value that depends on no input is a constant; one that was computed before is not
computed twice; an op that NumPy does not have is taken apart into those it is written with.
"""

import keyword
import re
import sys
from contextlib import contextmanager, nullcontext
from pathlib import Path

import numpy as np

from ..common import random
from ..common.checks import agree
from ..engine.op import constant, registry
from ..engine.recorder import OFF, ScopedRecorder, record, recording, recording_by
from ..engine.tensor import Tensor
from .rewrite import known_to_numpy, rewritten, simplified
from .scalar import Scalar
from .step import AfterRun, Assignment, Node, Number, Step, nodes_in, numpy_function

_PACKAGE = str(Path(__file__).parents[1])


class TraceError(TypeError):
    """A computation that a flat program cannot repeat: it depends on values in a way that only Python sees."""


class Tape:
    """The notes of a trace: a Step that grows with every op.

    Args:
        strict: raise an error where a value escapes the trace. If not, the function goes on, and `problem`
            says what would be wrong with a program made from this tape.

    Attributes:
        step: the Step as far as it has been noted.
        olds: by Variable that was given new values, the array that it had at first.
        generators: by NumPy bit generator that was drawn from, the state that it had at first.
        calling: gives a context for the calls of functions that a program calls after each run.
    """

    def __init__(self, strict=True):
        self.strict, self.problem = strict, None
        self.metrics = frozenset()  # those whose results have a name in what the program gives
        self._outer = active()
        self.step = Step()
        self._nodes, self._kept = {}, []  # by the id of a Tensor, which is kept so that the id stays its own
        self._known = {}  # by op and arguments: each value is computed once
        self._taken_apart = []  # the ops being lowered
        self.olds, self.generators, self.calling = {}, {}, nullcontext

    # -- what the engine tells --------------------------------------------------------------------------

    def note(self, place, op, args, tensor):
        """An op gave this Tensor."""
        if isinstance(tensor.array, Scalar):  # of a Scalar and a Tensor of one value
            dtypes = [x.dtype for x in args if isinstance(x, Tensor)]
            tensor.array = np.result_type(*dtypes, 0.0).type(tensor.array)
        if op is None:
            node = self._constant(tensor.array)
        else:
            values = tuple([self.value(x) for x in args])
            same = [x for x in args if isinstance(x, Tensor) and x.array is tensor.array and x.dtype.kind != "b"]
            if same and registry.get(op.name) is op:  # another name for the same values
                node = self.value(same[0])
            elif not _varies(values):
                node = self._constant(tensor.array)
            else:
                node = self._computed(place, op, args, values, tensor)
        self.bind(tensor, node)

    def same(self, tensor, other):
        """A Tensor was made with the values of another one, or of Python's numbers, which are constants."""
        self.bind(tensor, self.value(other) if isinstance(other, Tensor) else self._constant(tensor.array))

    def escapes(self, tensor, how, writable=False):
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
        node = Node("input", tensor.array, name, tensor=tensor)
        self.step.inputs.append(node)
        self.bind(tensor, node)
        return tensor

    def draw(self, function, generator, name):
        """A Tensor of random numbers; the program calls the function for new ones."""
        bits = (random.generator() if generator is None else generator).bit_generator
        self.generators.setdefault(bits, bits.state)
        tensor = _outside(function())
        node = Node("draw", tensor.array, name, tensor=tensor, function=function)
        self.step.generators.append(generator)
        self.step.statements.append(node)
        self.bind(tensor, node)
        return tensor

    def assign(self, tensor, value):
        """A leaf has new values, which later ops of the step read."""
        self.olds.setdefault(tensor, tensor.array)
        self.value(tensor)
        if isinstance(value, Tensor) and value.dtype != tensor.dtype:
            value = value.astype(tensor.dtype)
        node = self.value(value)
        self.step.statements.append(Assignment(tensor, node))
        self.bind(tensor, node)

    def update(self, update):
        """An optimizer makes a step: `update` has the Tensors of old values and gradients, and how to go on."""
        for variable in update.variables():
            self.olds.setdefault(variable, variable.array)
        update.note(self.value)
        self.step.statements.append(update)
        for parameter in update.parameters:
            self._read(parameter)

    def after_run(self, function, values):
        """A function is to be called after each run."""
        self.step.statements.append(AfterRun(function, [self.value(v) if isinstance(v, Tensor) else v for v in values]))

    # -- values -------------------------------------------------------------------------------------------

    def bind(self, tensor, node):
        self._nodes[id(tensor)] = node
        self._kept.append(tensor)
        if node.tensor is None:
            node.tensor = tensor

    def value(self, x):
        """The argument as data: the Node of a Tensor or an array, tuples of such, other things as they are."""
        if isinstance(x, Tensor):
            return self._nodes.get(id(x)) or self._read(x)
        if isinstance(x, (np.ndarray, np.generic)):
            return self._constant(x)
        if isinstance(x, Scalar):
            return x.number
        if isinstance(x, (tuple, list)) and any(
            [isinstance(part, (Tensor, np.ndarray, Scalar, tuple, list)) for part in x]
        ):
            return type(x)([self.value(part) for part in x])
        return x

    def _read(self, tensor):
        """A new Node for the values that a Tensor from outside has from here on."""
        if self._outer is not None:
            self._outer.escapes(tensor, "a trace inside another")
        node = Node("read", tensor.array, _identifier(tensor.path) or "outside", tensor=tensor)
        self.step.reads.append(node)
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

    def _computed(self, place, op, args, values, tensor):
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
            values, node = simplified(op, values, tensor.array)
            key = (op, _key(values), tensor.shape)
            node = node or self._known.get(key)
        if node is None:
            name = "_".join(filter(None, [place.scope, op.name.strip("_")]))
            node = Node("op", tensor.array, name, op, values, place.section)
            self.step.statements.append(node)
            self._known[key] = node
        elif node.kind == "op" and node.section == place.section == "forward" and place.scope:
            node.name = f"{place.scope}_{op.name}"
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
        return self.value(out) if isinstance(out, Tensor) and _equal(out.array, tensor.array) else None


class TapeRecorder(ScopedRecorder):
    """The Recorder of a trace: it passes on to the tape what it is told."""

    hears_backward = True

    def __init__(self, tape, on=True, section="forward"):
        super().__init__(on)
        self.tape, self.section = tape, section

    def ran(self, op, args, result):
        self.tape.note(self, op, args, result)

    def same(self, tensor, other):
        self.tape.same(tensor, other)

    def assigned(self, tensor, value):
        self.tape.assign(tensor, value if isinstance(value, Tensor) else Tensor(value))

    def escapes(self, tensor, how, writable=False):
        self.tape.escapes(tensor, how, writable)

    def draws(self, function, generator, name):
        return self.tape.draw(function, generator, name)

    def name_gradient(self, gradient, tensor):
        self.tape.name_gradient(gradient, tensor)

    def enter_scope(self, name, layer=None):
        return super().enter_scope(_identifier(name), layer)


class _NotLowered(Exception):  # noqa: N818 a signal, not an error
    """The function of an op needs plain arrays."""


def active():
    """The tape of the trace that is on, or None."""
    return getattr(recording.get(), "tape", None)


@contextmanager
def tracing(tape, on=True, section="forward"):
    """Ops inside are noted on the tape."""
    with recording_by(TapeRecorder(tape, on, section)):
        yield tape


def _outside(array):
    """A Tensor around an array that no trace hears of."""
    with untraced():
        return constant(array)


def untraced():
    """No graph, no trace."""
    return recording_by(OFF)


def _varies(x):
    """True if an argument is different from run to run."""
    if isinstance(x, (tuple, list)):
        return any([_varies(part) for part in x])
    return x.kind != "constant" if isinstance(x, Node) else isinstance(x, Number)


def _shape_varies(op, values):
    """True if the shape of a result depends on values: on how many entries of a mask are true, on counts."""
    if op.operator == "getitem":
        return any([node.kind != "constant" and node.dtype.kind == "b" for node in nodes_in(values[1:])])
    return numpy_function(op) is np.repeat and _varies(values[1])


def _key(x):
    """A key that is equal for arguments that are the same."""
    if isinstance(x, (tuple, list)):
        return (type(x), *[_key(part) for part in x])
    if isinstance(x, slice):
        return ("slice", _key((x.start, x.stop, x.step)))
    if isinstance(x, Number):
        return ("number", x.text)
    if isinstance(x, (int, float, str, type(None), np.generic)):
        return (type(x), repr(x))  # 1, 1.0 and True are equal, but not the same
    return id(x)


def _equal(a, b):
    """True if two ways of computing a value agree but for rounding."""
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
