def multiply(a, b):
    return ((a + b) ** 2 - (a - b) ** 2) / 4


def multiply_rule(g, out, a, b):
    plus, minus = g * (a + b) / 2, g * (a - b) / 2
    return plus - minus, plus + minus
