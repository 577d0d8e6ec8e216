"""Numbers that remember what they were computed from: the first of six steps to an engine."""

from tinygrad_edu.exercises import compare


def _check(student, program, expected, **mistakes):
    compare(student.program(program), (), expected, **mistakes)


def check_data(student):
    _check(student, "a = Value(2.5)\nb = Value(3.0)\nresult = (a + b).data", 5.5, product=7.5)
    _check(student, "a = Value(2.5)\nb = Value(3.0)\nresult = (a * b).data", 7.5, sum=5.5)


def check_inputs(student):
    lines = "a = Value(2.0)\nb = Value(3.0)\nc = {}\nresult = [i is a or i is b for i in c.inputs]"
    for c, count in (("a + b", 2), ("a * b", 2), ("a * a", 2)):
        mistakes = {"no_inputs": [], "one_input": [True], "copies": [False] * count}
        _check(student, lines.format(c), [True] * count, **mistakes)
    lines = "a = Value(2.0)\nb = Value(3.0)\nc = a * b\nresult = [i.data for i in c.inputs]"
    _check(student, lines, [2.0, 3.0], order=[3.0, 2.0])


def check_rules(student):
    lines = "a = Value(2.0)\nb = Value(3.0)\nc = {}\nresult = [rule(5.0) for rule in c.rules]"
    mistakes = {"no_g": [1.0, 1.0], "product_rule": [15.0, 10.0], "no_rules": [], "one_rule": [5.0]}
    _check(student, lines.format("a + b"), [5.0, 5.0], **mistakes)
    mistakes = {
        **{"swapped": [10.0, 15.0], "no_g": [3.0, 2.0], "sum_rule": [5.0, 5.0], "output": [30.0, 30.0]},
        **{"no_rules": [], "one_rule": [15.0]},
    }
    _check(student, lines.format("a * b"), [15.0, 10.0], **mistakes)


def check_numbers(student):
    lines = "a = Value(2.0)\nc = {}\nresult = (c.data, [type(i) is Value for i in c.inputs])"
    for c, data in (("a + 3", 5.0), ("3 + a", 5.0), ("a * 3", 6.0), ("3 * a", 6.0)):
        mistakes = {"plain_number": (data, [True, False]), "plain_number_first": (data, [False, True])}
        _check(student, lines.format(c), (data, [True, True]), **mistakes)
    lines = "a = Value(2.0)\nc = 3 * a\nresult = [rule(5.0) for i, rule in zip(c.inputs, c.rules) if i is a]"
    _check(student, lines, [15.0])


def check_graph(student):
    """y = ab + a with b = 3a, and its slope along one way through the graph."""
    lines = "a = Value(2.0)\nb = 3 * a\ny = a * b + a\nresult = (y.data, y.inputs[0].inputs[1] is b, y.inputs[1] is a)"
    _check(student, lines, (14.0, True, True))
    lines = "a = Value(2.0)\nb = Value(3.0)\nc = a * b\nd = c * a\nresult = c.rules[0](d.rules[0](1.0))"
    _check(student, lines, 6.0, later_value=18.0)


def check_as_it_was(student):
    """Computing leaves the numbers as they were, and no gradient is there yet."""
    lines = "a = Value(2.0)\nb = Value(3.0)\nc = a * b + a\nresult = [a.data, b.data, a.grad, c.grad, len(a.inputs)]"
    _check(student, lines, [2.0, 3.0, None, None, 0])
