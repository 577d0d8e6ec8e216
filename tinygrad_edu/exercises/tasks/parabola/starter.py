def derivative(x):
    raise NotImplementedError
