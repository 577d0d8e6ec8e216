"""The whole engine: what wants a gradient and what does not, gradients as a function, and a network that learns."""

import numpy as np

from tinygrad_edu.exercises import compare
from tinygrad_edu.exercises.engine import TRAINING, own_training_tests


def _run(student, program, expected, **mistakes):
    compare(student.program(program), (), expected, **mistakes)


def check_wanted(student):
    """A result wants a gradient where an input does; one that does not forgets what it was computed from."""
    lines = "a = Tensor(2.0, requires_grad=True)\nb = Tensor(3.0)\nc = a * b\nd = b * b\n"
    _run(
        student,
        lines + "result = [c.requires_grad, d.requires_grad]",
        [True, False],
        all=[True, True],
        none=[False, False],
    )
    _run(student, lines + "result = [len(c.inputs), len(d.inputs)]", [2, 0], remembers=[2, 2])


def check_backward(student):
    lines = "a = Tensor(2.0, requires_grad=True)\nb = Tensor(3.0)\nm = a * b\ny = m * m\ny.backward()\n"
    mistakes = {"constants_too": [36.0, 24.0, None, None], "in_the_middle": [36.0, None, 12.0, 1.0]}
    _run(student, lines + "result = [a.grad, b.grad, m.grad, y.grad]", [36.0, None, None, None], **mistakes)
    program = "a = Tensor(2.0)\ntry:\n    (a * a).backward()\n    result = 'done'\n"
    program += "except ValueError:\n    result = 'ValueError'"
    _run(student, program, "ValueError", no_error="done")
    program = "a = Tensor(2.0, True)\ny = a * a\ny.backward()\ny.backward()\nresult = a.grad"
    _run(student, program, 8.0, replaced=4.0)


def check_detach(student):
    lines = "a = Tensor([1.0, 2.0], requires_grad=True)\nb = a.detach()\n"
    _run(
        student,
        lines + "(a * b).sum().backward()\nresult = a.grad",
        np.array([1.0, 2.0]),
        attached=np.array([2.0, 4.0]),
    )
    _run(student, lines + "a.data[0] = 9.0\nresult = b.data", np.array([1.0, 2.0]), same_array=np.array([9.0, 2.0]))


def check_gradients(student):
    """As a function: for leaves and for what is in the middle, zeros where there is no influence, no .grad anywhere."""
    lines = "x = Tensor(2.0, requires_grad=True)\nz = Tensor([1.0, 1.0], True)\nm = 3 * x\ny = m * m\n"
    _run(student, lines + "result = gradients(y, [m, x])", [12.0, 36.0], leaves_only=[0.0, 36.0])
    _run(student, lines + "result = gradients(y, [z])", [np.zeros(2)], no_zeros=[None])
    _run(student, lines + "gradients(y, [x])\nresult = [x.grad, m.grad]", [None, None], touches_grad=[36.0, None])


QUADRATIC = """
w = Tensor([3.0, -2.0], requires_grad=True)
losses = descend(lambda: (w * w).sum(), [w], 0.25, 3)
result = [np.array(losses), w.data]
"""


def check_descend(student):
    """w halves in each step."""
    losses, w = np.array([13.0, 13.0 / 4, 13.0 / 16]), np.array([3.0, -2.0]) / 8

    def path(move):
        point, velocity, found = np.array([3.0, -2.0]), 0.0, []
        for _ in range(3):
            found.append(np.sum(point**2))
            point, velocity = move(point, velocity)
        return [np.array(found), point]

    mistakes = {
        "not_zeroed": path(lambda p, v: (p - 0.25 * (v + 2 * p), v + 2 * p)),
        "uphill": path(lambda p, v: (p + 0.25 * 2 * p, v)),
        "no_rate": path(lambda p, v: (p - 2 * p, v)),
        "losses_after": [losses / 4, w],
    }
    _run(student, QUADRATIC, [losses, w], **mistakes)
    program = "w = Tensor([3.0, -2.0], True)\nb = Tensor(1.0, True)\nx = w\n"
    program += (
        "descend(lambda: ((w + b) ** 2).sum(), [w, b], 0.1, 2)\nresult = x is w and x.data.tolist() != [3.0, -2.0]"
    )
    _run(student, program, True)


def check_engine_tests(student):
    own_training_tests(student, TRAINING)
