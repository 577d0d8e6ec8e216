# refused: different
def order(graph, output):
    found = []

    def visit(node):
        if node not in found:
            for source in graph[node]:
                visit(source)
            found.append(node)

    visit(output)
    return found


def gradients(graph, output):
    nodes = order(graph, output)
    result = dict.fromkeys(nodes, 0.0)
    result[output] = 1.0
    for node in nodes:
        for source in graph[node]:
            result[source] += result[node]
    return result
