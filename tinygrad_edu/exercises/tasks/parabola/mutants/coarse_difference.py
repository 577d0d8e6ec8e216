# refused: different
def derivative(x):
    h = 0.1
    return ((x + h) ** 2 / 6 - x**2 / 6) / h
