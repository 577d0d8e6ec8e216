from functools import cache
from graphlib import TopologicalSorter


def order(graph, output):
    needed = {output}
    for _ in graph:
        needed |= {source for node in needed for source in graph[node]}
    return list(TopologicalSorter({node: graph[node] for node in needed}).static_order())


def gradients(graph, output):
    needed = order(graph, output)

    @cache
    def gradient(node):
        own = 1 if node == output else 0
        return own + sum(gradient(user) * graph[user].count(node) for user in needed if node in graph[user])

    return {node: gradient(node) for node in needed}
