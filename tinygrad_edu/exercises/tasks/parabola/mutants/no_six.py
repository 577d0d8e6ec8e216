# refused: forgot_six
def derivative(x):
    return 2 * x
