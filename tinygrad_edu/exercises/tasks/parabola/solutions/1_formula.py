def derivative(x):
    return x / 3
