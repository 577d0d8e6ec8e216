# refused: not_halved
def derivative(x):
    return x / 6
