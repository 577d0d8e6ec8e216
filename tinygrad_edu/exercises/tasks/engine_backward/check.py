"""The backward pass of numbers that remember: in a topological order, without recursion, adding up."""

from tinygrad_edu.exercises import Wrong, compare
from tinygrad_edu.exercises.engine import SCALARS, own_tests

LONG = 5_000
DIAMOND = "a = Value(2.0)\nb = 3 * a\ny = a * b + a\n"


def _check(student, program, expected, **mistakes):
    try:
        compare(student.program(program), (), expected, **mistakes)
    except Wrong as wrong:
        if wrong.key != "recursion":
            raise
        raise Wrong("too_deep", call=student.program(program).shown) from None


def check_order(student):
    counts = "result = (len(found), len(set(found)), found[-1] is y)"
    _check(student, f"{DIAMOND}found = order(y)\n{counts}", (5, 5, True), repeated=(7, 5, True), reversed=(5, 5, False))
    places = "result = all(found.index(i) < found.index(v) for v in found for i in v.inputs)"
    _check(student, f"{DIAMOND}found = order(y)\n{places}", True, too_early=False)
    lines = "x = y = Value(1.0)\nfor _ in range(12):\n    y = y + y\nfound = order(y)\n"
    _check(student, lines + counts, (13, 13, True), repeated=(8191, 13, True))


def check_one_use(student):
    lines = "a = Value(2.0)\nb = Value(3.0)\n(a * b).backward()\nresult = [a.grad, b.grad]"
    _check(student, lines, [3.0, 2.0], no_grad=[None, None])
    lines = "a = Value(2.0)\nb = Value(3.0)\n(a + b).backward()\nresult = [a.grad, b.grad]"
    _check(student, lines, [1.0, 1.0])


def check_several_uses(student):
    lines = "a = Value(3.0)\n(a * a).backward()\nresult = a.grad"
    _check(student, lines, 6.0, overwritten=3.0, squared=9.0)
    _check(student, f"{DIAMOND}y.backward()\nresult = a.grad", 13.0, overwritten=1.0)
    lines = "a = Value(3.0)\nb = a + a\n(b * b + b).backward()\nresult = a.grad"
    _check(student, lines, 26.0, naive=42.0, overwritten=1.0)


def check_again(student):
    lines = "a = Value(2.0)\ny = a * 3 * (a * 3) + a * a\ny.backward()\nfirst = a.grad\ny.backward()\n"
    mistakes = {"replaced": [40.0, 40.0], "kept_inside": [40.0, 196.0]}
    _check(student, lines + "result = [first, a.grad]", [40.0, 80.0], **mistakes)


def check_leaves(student):
    """Only the leaves, which were computed from nothing, get a .grad, so that nothing is left in the middle."""
    lines = "a = Value(2.0)\nb = a * 3\nc = b * b\nc.backward()\nresult = [a.grad, b.grad, c.grad]"
    _check(student, lines, [36.0, None, None], in_the_middle=[36.0, 12.0, 1.0])
    _check(student, "a = Value(2.0)\na.backward()\nresult = a.grad", 1.0)


def check_deep(student):
    lines = f"a = y = Value(0.5)\nfor _ in range({LONG}):\n    y = y + 1.0\ny.backward()\nresult = (y.data, a.grad)"
    _check(student, lines, (LONG + 0.5, 1.0))


def check_engine_tests(student):
    own_tests(student, SCALARS)
