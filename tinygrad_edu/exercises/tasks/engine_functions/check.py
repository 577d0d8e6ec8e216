"""Differences, quotients, powers and functions of numbers that remember: what a small network needs."""

import math

from tinygrad_edu.exercises import compare
from tinygrad_edu.exercises.engine import FUNCTIONS, own_tests


def _check(student, text, x, value, slope, **mistakes):
    """Require a formula of `a`, its value at x and the gradient of a; a mistake is another such pair."""
    program = f"a = Value({x})\ny = {text}\ny.backward()\nresult = [y.data, a.grad]"
    compare(student.program(program), (), [value, slope], **mistakes)
    # the same, with 3 as the incoming gradient
    program = f"a = Value({x})\ny = ({text}) * 3\ny.backward()\nresult = a.grad"
    compare(student.program(program), (), 3 * slope, **({"no_g": slope} if slope else {}))


def check_minus(student):
    _check(student, "-a", 2.0, -2.0, -1.0, lost_sign=[-2.0, 1.0])
    _check(student, "a - 3", 2.0, -1.0, 1.0, turned=[1.0, -1.0])
    _check(student, "3 - a", 2.0, 1.0, -1.0, turned=[-1.0, 1.0], lost_sign=[1.0, 1.0])
    program = "a = Value(2.0)\nb = Value(5.0)\n(a - b).backward()\nresult = [a.grad, b.grad]"
    compare(student.program(program), (), [1.0, -1.0], lost_sign=[1.0, 1.0])


def check_divide(student):
    _check(student, "a / 4", 2.0, 0.5, 0.25, turned=[2.0, -1.0])
    mistakes = {"lost_sign": [3.0, 1.5], "turned": [1 / 3, 1 / 6], "not_squared": [3.0, -3.0]}
    _check(student, "6 / a", 2.0, 3.0, -1.5, **mistakes)
    program = "a = Value(6.0)\nb = Value(2.0)\n(a / b).backward()\nresult = [a.grad, b.grad]"
    compare(student.program(program), (), [0.5, -1.5], lost_sign=[0.5, 1.5], not_squared=[0.5, -3.0])


def check_power(student):
    for x, n in ((2.0, 3), (2.0, -2), (4.0, 0.5)):
        mistakes = {
            "exponent_kept": [x**n, n * x**n],
            "no_exponent": [x**n, x ** (n - 1)],
            "exponential": [x**n, x**n * math.log(x)],
        }
        _check(student, f"a ** {n}", x, x**n, n * x ** (n - 1), **mistakes)
    _check(student, "a ** 2", 0.0, 0.0, 0.0)


def check_exponential(student):
    e = math.exp(0.5)
    _check(student, "a.exp()", 0.5, e, e, power_rule=[e, 0.5 * math.exp(-0.5)], slope_of_log=[e, 2.0])
    _check(student, "a.log()", 4.0, math.log(4.0), 0.25, slope_of_log_value=[math.log(4.0), 1 / math.log(4.0)])


def check_tanh(student):
    for x in (0.5, -1.0):
        t = math.tanh(x)
        mistakes = {"slope_not_squared": [t, 1 - t], "at_input": [t, 1 - x**2], "twice": [t, 1 - math.tanh(t) ** 2]}
        _check(student, "a.tanh()", x, t, 1 - t**2, **mistakes)


def check_relu(student):
    _check(student, "a.relu()", 2.5, 2.5, 1.0, value_for_slope=[2.5, 2.5])
    _check(student, "a.relu()", -3.0, 0.0, 0.0, passes_all=[0.0, 1.0], absolute=[3.0, -1.0])


def check_engine_tests(student):
    own_tests(student, FUNCTIONS)
