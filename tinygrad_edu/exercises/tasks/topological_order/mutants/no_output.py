# refused: missing
def order(graph, output):
    found = []

    def visit(node):
        if node not in found:
            for source in graph[node]:
                visit(source)
            found.append(node)

    for source in graph[output]:
        visit(source)
    return found


def gradients(graph, output):
    nodes = order(graph, output)
    result = dict.fromkeys(nodes, 0.0)
    result[output] = 1.0
    for node in reversed(nodes):
        for source in graph[node]:
            result[source] += result[node]
    return result
