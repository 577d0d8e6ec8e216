def derivative(x):
    return 2 * x / 6
