# refused: naive
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
    result = dict.fromkeys(order(graph, output), 0.0)
    result[output] = 1.0

    def visit(node):
        for source in graph[node]:
            result[source] += result[node]
            visit(source)

    visit(output)
    return result
