def order(graph, output):
    needed, waiting = set(), [output]
    while waiting:
        node = waiting.pop()
        if node not in needed:
            needed.add(node)
            waiting.extend(graph[node])
    users = dict.fromkeys(needed, 0)
    for node in needed:
        for source in graph[node]:
            users[source] += 1
    ready, backwards = [output], []
    while ready:
        node = ready.pop()
        backwards.append(node)
        for source in graph[node]:
            users[source] -= 1
            if users[source] == 0:
                ready.append(source)
    return backwards[::-1]


def gradients(graph, output):
    result = {output: 1}
    for node in order(graph, output)[::-1]:
        for source in graph[node]:
            result[source] = result.get(source, 0) + result[node]
    return result
