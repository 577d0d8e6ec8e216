# refused: different
def derivative(x):
    return x // 3
