"""The Recorder and Tensor.call: who hears of a computation, and the one way to read its graph."""

import threading

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import Tensor, nn, no_grad
from tinygrad_edu.engine.op import registry
from tinygrad_edu.engine.recorder import OFF, ON, Recorder, ScopedRecorder, recording, recording_by, scope, section


class Listener(ScopedRecorder):
    """Keeps every call of a hook."""

    def __init__(self, hears_backward=False):
        super().__init__()
        self.hears_backward, self.heard = hears_backward, []

    def ran(self, op, args, result):
        self.heard.append(("ran", op and op.name, self.section, self.scope))

    def same(self, tensor, other):
        self.heard.append(("same", tensor.name))

    def assigned(self, tensor, value):
        self.heard.append(("assigned", tensor.name))

    def escapes(self, tensor, how, writable=False):
        self.heard.append(("escapes", how, writable))

    def name_gradient(self, gradient, tensor):
        self.heard.append(("gradient", tensor.name))

    def ops(self):
        return [event[1:] for event in self.heard if event[0] == "ran" and event[1]]


def leaf(data, name=None):
    return Tensor(data, requires_grad=True, name=name)


@pytest.fixture(autouse=True)
def nothing_is_left_on():
    yield
    assert recording.get() is ON


# -- what a Recorder hears -------------------------------------------------------------------------------


def test_it_hears_leaves_ops_and_values_that_escape():
    with recording_by(Listener()) as listener:
        w = leaf([1.0, 2.0], "w")
        y = (w * 2.0).sum()
        y.item()
        w.data  # noqa: B018
        tg.replay.assign(w, [3.0, 4.0])
    assert listener.heard[0] == ("same", "w")
    assert [name for name, *_ in listener.ops()] == ["multiply", "sum"]
    assert ("escapes", "t.item() or float(t)", False) in listener.heard
    assert ("escapes", "t.data", True) in listener.heard
    assert ("assigned", "w") in listener.heard


def test_a_recorder_without_hooks_changes_nothing():
    class Silent(Recorder):
        """Defines no hook."""

    def computed():
        model = nn.Sequential([nn.Input((3,)), nn.Dense(2, kernel_initializer="ones", activity_regularizer="l2")])
        out = model(np.ones((2, 3)), training=True)
        out.sum().backward()
        return out.numpy(), model.weights[0].grad

    expected = computed()
    with recording_by(Silent()):
        found = computed()
    np.testing.assert_array_equal(found[0], expected[0])
    np.testing.assert_array_equal(found[1], expected[1])


def test_graphs_are_built_or_not_by_the_recorder():
    w = leaf(2.0)
    with recording_by(OFF):
        assert not (w * w).requires_grad
    with no_grad(), recording_by(ON):
        assert (w * w).requires_grad
    with recording_by(Listener()) as listener:
        with no_grad():
            assert not (w * w).requires_grad
        assert (w * w).requires_grad
    assert len(listener.ops()) == 2  # it goes on listening where no graph is built


def test_a_backward_pass_is_heard_only_on_demand():
    def heard(hears_backward):
        w = leaf(3.0, "w")
        with recording_by(Listener(hears_backward)) as listener:
            (w * w).backward()
        assert w.grad == 6.0
        return listener

    assert all(where == "forward" for _, where, _ in heard(False).ops())
    listener = heard(True)
    assert ("multiply", "backward", "") in listener.ops()
    assert ("gradient", "w") in listener.heard


def test_the_recording_ends_with_its_block_whatever_happens():
    with pytest.raises(ZeroDivisionError), recording_by(Listener()), scope("a"), no_grad():
        1 / 0  # noqa: B018
    assert recording.get() is ON


def test_other_threads_are_not_heard():
    with recording_by(Listener()) as listener:
        thread = threading.Thread(target=lambda: leaf(1.0) * 2.0)
        thread.start()
        thread.join()
    assert listener.heard == []


# -- where an op ran ---------------------------------------------------------------------------------------


class Double(nn.Layer):
    def call(self, inputs):
        return inputs * 2.0


class Around(nn.Layer):
    def __init__(self, **options):
        super().__init__(**options)
        self.inner = Double(name="inner")

    def call(self, inputs):
        return np.exp(self.inner(np.sin(inputs)))


def test_an_op_belongs_to_the_innermost_layer():
    model = nn.Sequential([nn.Input((1,)), Around(name="around")])
    with recording_by(Listener()) as listener:
        tg.ops.relu(model(np.ones((1, 1))))
    assert listener.ops() == [
        ("sin", "forward", "around"),
        ("multiply", "forward", "inner"),
        ("exp", "forward", "around"),
        ("relu", "forward", ""),
    ]


def test_a_section_is_outside_of_layers():
    w = leaf(1.0)
    with recording_by(Listener()) as listener, scope("layer"):
        with section("loss"):
            w * w
        with section("metrics", scope="accuracy"):
            w + w
        w - w
    assert listener.ops() == [
        ("multiply", "loss", ""), ("add", "metrics", "accuracy"), ("subtract", "forward", "layer"),
    ]  # fmt: skip


def test_layers_of_one_name_are_told_apart():
    class Layers(ScopedRecorder):
        seen = []

        def ran(self, op, args, result):
            self.seen += [self.layer] if op is tg.ops.multiply.op else []

    first, second = Double(name="twin"), Double(name="twin")
    second(first(np.ones((1, 1))))  # builds them
    with recording_by(Layers()) as recorder:
        second(first(np.ones((1, 1))))
    assert [layer is first for layer in recorder.seen] == [True, False]


def test_a_picture_replaces_no_method_of_a_layer():
    class Watched(nn.Layer):
        def call(self, inputs):
            assert "call" not in vars(self)
            return inputs * 1.0

    model = nn.Sequential([nn.Input((1,)), Watched()])
    tg.viz.draw(model, np.ones((1, 1)))


# -- the call that gave a Tensor ---------------------------------------------------------------------------


def test_the_edges_of_a_call():
    a, index = leaf([1.0, 2.0], "a"), Tensor([0])
    assert a.call is None
    call = a[index].call
    assert (call.op.name, call.result.shape) == ("getitem", (1,))
    assert [(position, x.name) for position, x, _ in call.edges()] == [(0, "a")]
    joined = np.concatenate([Tensor([0.0]), a, a])
    assert [x.name for _, x, _ in joined.call.edges()] == ["a", "a"]


def test_a_pull_is_summed_where_an_input_was_repeated():
    a, b = leaf(np.arange(6.0).reshape(2, 3)), leaf([1.0, 2.0, 3.0])
    g = np.array([[1.0, 0.0, 2.0], [3.0, 1.0, 0.0]])
    of_a, of_b = (a * b).call.pull(g)
    np.testing.assert_array_equal(of_a, g * b.numpy())
    np.testing.assert_array_equal(of_b, (g * a.numpy()).sum(axis=0))


def test_a_pull_of_a_tensor_can_be_differentiated_again():
    x = leaf(2.0)
    (part,) = (x**3).call.pull(Tensor(1.0))
    part.backward()
    assert x.grad == 12.0  # (x³)'' = 6x


@pytest.mark.parametrize("name", sorted(name for name, op in registry.items() if op.sample and op.differentiable))
def test_walking_calls_is_the_backward_pass(name):
    """Gradients put together from `pull` alone, for every op, are those of `gradients`."""
    op = registry[name]
    for args, options in op.sample(np.random.default_rng(0)):
        args = [leaf(x) if isinstance(x, np.ndarray | float) and np.asarray(x).dtype.kind == "f" else x for x in args]
        out = op.call(*args, **options)
        if not isinstance(out, Tensor) or out.call is None:
            continue
        g = np.random.default_rng(1).normal(size=out.shape).astype(out.dtype)[()]
        leaves = list(dict.fromkeys(edge.input for edge in out.call.edges()))
        with np.errstate(all="ignore"):
            expected = dict(zip(leaves, tg.gradients([out], leaves, [g])))
            found = {}
            for edge, part in zip(out.call.edges(), out.call.pull(g), strict=True):
                found[edge.input] = found[edge.input] + part if edge.input in found else part
        for x in leaves:
            np.testing.assert_array_equal(found[x], expected[x])


def test_an_array_for_a_while():
    w = leaf([1.0, 2.0])
    held = w.data
    with pytest.raises(ZeroDivisionError), w.replaced(np.array([5.0, 6.0])):
        assert w.sum().item() == 11.0
        1 / 0  # noqa: B018
    assert w.data is held
