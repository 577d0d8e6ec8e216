def order(graph, output):
    raise NotImplementedError


def gradients(graph, output):
    raise NotImplementedError
