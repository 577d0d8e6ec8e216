"""From numbers to arrays: a gradient has the shape of what it belongs to, so broadcasting is undone once."""

import numpy as np

from tinygrad_edu.exercises import compare
from tinygrad_edu.exercises.engine import TENSORS, own_tests


def _run(student, program, expected, **mistakes):
    compare(student.program(program), (), expected, **mistakes)


def check_unbroadcast(student):
    rng = np.random.default_rng(0)
    for big, shape in (
        ((2, 3), (2, 3)),
        ((5, 3), (3,)),
        ((5, 3), (5, 1)),
        ((2, 4, 3), (4, 1)),
        ((4,), ()),
        ((2, 3), (1, 1)),
    ):
        g = rng.normal(size=big) + 0.3
        leading = tuple(range(g.ndim - len(shape)))
        ones = tuple(axis for axis, size in enumerate(shape) if size == 1)
        right = g.sum(axis=leading).sum(axis=ones, keepdims=True)
        mistakes = {
            "mean": g.mean(axis=leading).mean(axis=ones, keepdims=True),
            "axes_lost": g.sum(axis=leading).sum(axis=ones),
            "leading_only": g.sum(axis=leading),
            "not_summed": g,
        }
        mistakes = {k: v for k, v in mistakes.items() if np.shape(v) != np.shape(right) or not np.allclose(v, right)}
        compare(student.unbroadcast, (g, shape), right, **mistakes)


def check_backward(student):
    _run(student, "a = Tensor([3.0])\n(a * a).backward()\nresult = a.grad", np.array([6.0]), plain_number=6.0)
    program = "a = Tensor([1.0, 2.0])\n(a * a).backward(np.array([10.0, 1.0]))\nresult = a.grad"
    _run(student, program, np.array([20.0, 4.0]), incoming_ignored=np.array([2.0, 4.0]))
    program = "a = Tensor([1.0, 2.0])\ntry:\n    (a * a).backward()\n    result = 'done'\n"
    program += "except ValueError:\n    result = 'ValueError'"
    _run(student, program, "ValueError", no_error="done")


X = "x = Tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])\n"


def check_sum(student):
    for call, axis, keep in (("", None, False), ("axis=0", 0, False), ("axis=1", 1, False), ("1, True", 1, True)):
        right = np.sum(np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), axis=axis, keepdims=keep)
        _run(student, f"{X}result = x.sum({call}).data", right)
        weights = np.arange(1.0, 1 + right.size).reshape(right.shape)
        wide = np.broadcast_to(weights if keep or axis is None else np.expand_dims(weights, axis), (2, 3))
        program = f"{X}x.sum({call}).backward(np.array({weights.tolist()}))\nresult = x.grad"
        _run(
            student,
            program,
            wide,
            divided=wide / (6 / right.size),
            **({} if axis is None else {"ones": np.ones((2, 3))}),
        )


def check_broadcast(student):
    program = "x = Tensor(np.ones((4, 3)))\nb = Tensor([1.0, 2.0, 3.0])\n(x * b).sum().backward()\nresult = b.grad"
    _run(student, program, np.full(3, 4.0), once=np.ones(3), wide=np.ones((4, 3)))
    program = (
        "a = Tensor(2.0)\nx = Tensor([[1.0, 2.0], [3.0, 4.0]])\n(a * x).sum().backward()\nresult = [a.grad, x.grad]"
    )
    _run(student, program, [10.0, np.full((2, 2), 2.0)])
    program = (
        "a = Tensor([[1.0], [2.0]])\nb = Tensor([[3.0, 4.0, 5.0]])\n(a * b).sum().backward()\nresult = [a.grad, b.grad]"
    )
    _run(student, program, [np.full((2, 1), 12.0), np.full((1, 3), 3.0)])
    program = "a = Tensor([1.0, 2.0])\n(np.array([3.0, 4.0]) * a).sum().backward()\nresult = a.grad"
    _run(student, program, np.array([3.0, 4.0]))


def check_own_arrays(student):
    """No gradient is the same array as another, or as the one that was given."""
    lines = "a = Tensor([1.0, 2.0])\nb = Tensor([3.0, 4.0])\ng = np.ones(2)\n(a + b).backward(g)\na.grad *= 100\n"
    for other in ("b.grad", "g"):
        _run(student, f"{lines}result = {other}", np.ones(2), shared=np.full(2, 100.0))
    lines = "a = Tensor([1.0, 2.0])\ny = a * a\ny.backward(np.ones(2))\nkept = a.grad\ny.backward(np.ones(2))\n"
    lines += "result = [kept, a.grad]"
    twice = np.array([4.0, 8.0])
    _run(student, lines, [twice / 2, twice], written=[twice, twice], replaced=[twice / 2, twice / 2])


def check_engine_tests(student):
    own_tests(student, TENSORS)
