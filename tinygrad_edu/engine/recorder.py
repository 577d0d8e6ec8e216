"""The recorder: the one listener to a computation, which hears of every op, scope and value that leaves the graph.

`recording` always holds one Recorder. The plain ones, ON and OFF, only say whether ops link their results to their
inputs. A subclass hears of every op: `replay` writes a program from what it hears, the pictures learn the layer and
the line of code of each op, TensorBoard its name scope.
"""

from collections.abc import Iterator
from contextlib import _GeneratorContextManager, contextmanager
from contextvars import ContextVar


class Recorder:
    """The listener to a computation: the engine and the layers call its hooks, which do nothing until a subclass does.

    Attributes:
        builds_graph: whether ops link their results to their inputs, so that a gradient can flow back.
        hears_backward: whether it must hear of the ops of a backward pass too, even of one that builds no graph: the
            pass then runs on Tensors.
    """

    hears_backward = False

    def __init__(self, builds_graph=True):
        self.builds_graph = builds_graph

    # The engine leaves out the call of `ran` for a plain Recorder: it would cost each op a twentieth of its time.

    def ran(self, op, args, result):
        """An op gave the Tensor `result`; with the op None, it is a constant."""

    def same(self, tensor, other):
        """A leaf Tensor was made with the values of `other`: of another Tensor, an array or numbers."""

    def assigned(self, tensor, value):
        """A leaf Tensor is about to be given new values: those of a Tensor, or an array."""

    def escapes(self, tensor, how, writable=False):
        """Python reads the values of a Tensor, by `how` (such as "t.item()"), and may write into them if `writable`."""

    def draws(self, function, generator, name):
        """Random numbers are drawn; gives what the computation goes on with: an array, or a Tensor in its place.

        Args:
            function: gives the numbers, new ones at each call.
            generator: the NumPy generator that it asks; None for that of `tg.random.seed`.
            name: what to call the numbers.
        """
        return function()

    def name_gradient(self, gradient, tensor):
        """The Tensor `gradient` is the whole gradient of `tensor`. Only called where `hears_backward`."""

    # The Recorder for a block inside: another one, or the same.

    def with_graph(self, on):
        """The Recorder for a block in which graphs are built, or are not."""
        return self if on == self.builds_graph else ON if on else OFF

    def enter_scope(self, name, layer=None):
        """The Recorder for the call of a layer of this name."""
        return self

    def enter_section(self, name, scope=""):
        """The Recorder for a part of a training step: "forward", "loss", "backward", "metrics", …"""
        return self


ON, OFF = Recorder(True), Recorder(False)

# Context-local, so two threads do not mix.
recording = ContextVar("recording", default=ON)


class ScopedRecorder(Recorder):
    """A Recorder that knows where it is: one for each block, which share all else that they hold.

    Attributes:
        section: the part of the training step.
        scope: the name of the layer whose call is running, the innermost one; "" outside of layers.
        layer: that layer; None outside, and in a scope that is not a layer's.
    """

    section, scope, layer = "forward", "", None

    def with_graph(self, on):
        return self._changed(builds_graph=on)

    def enter_scope(self, name, layer=None):
        return self._changed(scope=name, layer=layer)

    def enter_section(self, name, scope=""):
        return self._changed(section=name, scope=scope, layer=None)

    def _changed(self, **attributes):
        other = object.__new__(type(self))
        vars(other).update(vars(self), **attributes)
        return other


class recording_by:  # noqa: N801 it reads like a function
    """A `with` block to which this Recorder listens."""

    def __init__(self, recorder):
        self._recorder = recorder

    def __enter__(self):
        self._token = recording.set(self._recorder)
        return self._recorder

    def __exit__(self, *error):
        recording.reset(self._token)


def scope(name, layer=None):
    """A `with` block that runs the ops of the layer of this name."""
    return recording_by(recording.get().enter_scope(name, layer))


def section(name, scope=""):
    """A `with` block that runs a part of a training step: "loss", "metrics", …"""
    return recording_by(recording.get().enter_section(name, scope))


@contextmanager
def record(on: bool) -> Iterator[None]:
    """A `with` block in which graphs are built, or are not; whoever listens goes on."""
    with recording_by(recording.get().with_graph(on)):
        yield


def no_grad() -> _GeneratorContextManager[None]:
    """Compute without building a graph, inside a `with` block or a decorated function.

    Example:
        >>> w = Tensor(3.0, requires_grad=True)
        >>> with no_grad():
        ...     y = w * 2
        >>> y.requires_grad
        False
    """
    return record(False)
