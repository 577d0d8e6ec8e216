"""Matrices: products, turning, other shapes, means, and rows that are looked up."""

import numpy as np

from tinygrad_edu.exercises import compare
from tinygrad_edu.exercises.engine import MATRICES, own_tests

A, B = np.arange(1.0, 7.0).reshape(2, 3), np.arange(1.0, 13.0).reshape(3, 4) / 2
G = np.array([[1.0, 2.0, -1.0, 0.5], [0.0, 3.0, 1.0, -2.0]])
LINES = f"a = Tensor({A.tolist()})\n"


def _run(student, program, expected, **mistakes):
    compare(student.program(program), (), expected, **mistakes)


def check_matmul(student):
    lines = f"{LINES}b = Tensor({B.tolist()})\n"
    _run(student, lines + "result = (a @ b).data", A @ B)
    right = [G @ B.T, A.T @ G]
    mistakes = {
        "no_g": [np.ones_like(G) @ B.T, A.T @ np.ones_like(G)],
        "order": [right[1], right[0]],
        "output_for_g": [A @ B @ B.T, A.T @ A @ B],
        "first_only": [right[0], None],
    }
    _run(student, f"{lines}(a @ b).backward(np.array({G.tolist()}))\nresult = [a.grad, b.grad]", right, **mistakes)
    square = "a = Tensor([[1.0, 2.0], [3.0, 4.0]])\nb = Tensor([[0.0, 1.0], [2.0, 5.0]])\n"
    a, b, g = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[0.0, 1.0], [2.0, 5.0]]), np.array([[1.0, 3.0], [0.0, 2.0]])
    program = square + "(a @ b).backward(np.array([[1.0, 3.0], [0.0, 2.0]]))\nresult = [a.grad, b.grad]"
    _run(student, program, [g @ b.T, a.T @ g], no_transpose=[g @ b, a @ g], elementwise=[g * b, g * a])
    program = f"{LINES}(np.array([[2.0, 1.0]]) @ a).sum().backward()\nresult = a.grad"
    _run(student, program, np.array([[2.0] * 3, [1.0] * 3]))


def check_transpose(student):
    _run(student, f"{LINES}result = a.transpose().data", A.T)
    g = np.arange(6.0).reshape(3, 2)
    program = f"{LINES}a.transpose().backward(np.array({g.tolist()}))\nresult = a.grad"
    _run(student, program, g.T, reshaped=g.reshape(2, 3))


def check_reshape(student):
    _run(student, f"{LINES}result = [a.reshape(3, 2).data, a.reshape(-1).data]", [A.reshape(3, 2), A.reshape(-1)])
    g = np.arange(6.0).reshape(3, 2)
    program = f"{LINES}a.reshape(3, 2).backward(np.array({g.tolist()}))\nresult = a.grad"
    _run(student, program, g.reshape(2, 3), transposed=g.T)


def check_mean(student):
    for call, axis, keep in (("", None, False), ("axis=0", 0, False), ("axis=1", 1, False), ("1, True", 1, True)):
        right = A.mean(axis=axis, keepdims=keep)
        _run(student, f"{LINES}result = a.mean({call}).data", right, total=A.sum(axis=axis, keepdims=keep))
        g = np.ones(right.shape) * (1 + np.arange(right.size).reshape(right.shape))
        wide = np.broadcast_to(g if keep or axis is None else np.expand_dims(g, axis), A.shape)
        program = f"{LINES}a.mean({call}).backward(np.array({g.tolist()}))\nresult = a.grad"
        mistakes = {"not_divided": wide} | ({"divided_by_all": wide / 6} if axis is not None else {})
        _run(student, program, wide * right.size / 6, **mistakes)


def check_rows(student):
    _run(student, f"{LINES}result = [a[1].data, a[0, 2].data, a[:, 1].data]", [A[1], A[0, 2], A[:, 1]])
    program = f"{LINES}(a[1] * np.array([1.0, 2.0, 3.0])).sum().backward()\nresult = a.grad"
    _run(student, program, np.array([[0.0] * 3, [1.0, 2.0, 3.0]]), everywhere=np.array([[1.0, 2.0, 3.0]] * 2))
    program = f"{LINES}a[np.array([1, 0, 1])].sum().backward()\nresult = a.grad"
    _run(student, program, np.array([[1.0] * 3, [2.0] * 3]), overwritten=np.ones((2, 3)))


def check_engine_tests(student):
    own_tests(student, MATRICES)
