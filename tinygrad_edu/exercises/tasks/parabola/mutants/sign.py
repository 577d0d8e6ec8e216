# refused: sign
def derivative(x):
    return -x / 3
