# refused: too_early
def order(graph, output):
    found, waiting = [], [output]
    while waiting:
        node = waiting.pop(0)
        if node not in found:
            found.append(node)
            waiting += graph[node]
    return found[::-1]


def gradients(graph, output):
    nodes = order(graph, output)
    result = dict.fromkeys(nodes, 0.0)
    result[output] = 1.0
    for node in reversed(nodes):
        for source in graph[node]:
            result[source] += result[node]
    return result
