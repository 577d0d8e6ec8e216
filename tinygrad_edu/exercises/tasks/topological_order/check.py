"""Why the backward pass needs a topological order: b = a + a; c = b + b."""

from tinygrad_edu.exercises import Wrong, compare, show
from tinygrad_edu.exercises.comparing import called

TWICE = {"a": [], "b": ["a", "a"], "c": ["b", "b"]}
DIAMOND = {"x": [], "left": ["x"], "right": ["x", "left"], "y": ["left", "right"]}
CROSSED = {"a": [], "b": [], "c": ["a", "b"], "d": ["c", "a"], "e": ["d", "c", "b"]}
UNUSED = {"a": [], "b": [], "c": ["a"], "d": ["b", "c"], "z": ["c", "c"]}


def _check_order(student, graph, output):
    call = called(student.order, (graph, output))
    found = student.order(graph, output)
    if not isinstance(found, list | tuple) or not all(isinstance(node, str) for node in found):
        raise Wrong("wrong_type", call=call, received=show(found), expected="list")
    needed = _needed(graph, output)
    for node in found:
        if found.count(node) > 1:
            raise Wrong("repeated", call=call, received=show(found), node=node, count=found.count(node))
        if node not in needed:
            raise Wrong("not_needed", call=call, received=show(found), node=node, output=output)
    for node in needed:
        if node not in found:
            raise Wrong("missing", call=call, received=show(found), node=node)
    if len(found) > 1 and found[0] == output and not any(_too_early(graph, found[::-1])):
        raise Wrong("backwards", call=call, received=show(found))
    for node, source in _too_early(graph, found):
        raise Wrong("too_early", call=call, received=show(found), node=node, source=source)


def _needed(graph, output):
    needed, waiting = [], [output]
    while waiting:
        node = waiting.pop()
        if node not in needed:
            needed.append(node)
            waiting += graph[node]
    return needed


def _too_early(graph, found):
    for node in found:
        for source in graph[node]:
            if found.index(source) > found.index(node):
                yield node, source


def check_order(student):
    _check_order(student, TWICE, "c")
    _check_order(student, DIAMOND, "y")


def check_crossed(student):
    _check_order(student, CROSSED, "e")
    _check_order(student, {"b": ["a"], "a": ["c"], "c": []}, "b")


def check_needed_only(student):
    _check_order(student, UNUSED, "d")
    _check_order(student, {"a": []}, "a")


def _gradients(graph, output):
    """The number of ways from the output down to each node: every op here is a sum."""
    ways = dict.fromkeys(_needed(graph, output), 0.0)

    def walk(node):
        ways[node] += 1.0
        for source in graph[node]:
            walk(source)

    walk(output)
    return ways


def _naive(graph, output):
    """The gradients when the whole gradient is passed on at every visit."""
    result = dict.fromkeys(_needed(graph, output), 0.0)
    result[output] = 1.0

    def visit(node):
        for source in graph[node]:
            result[source] += result[node]
            visit(source)

    visit(output)
    return result


def _once_each(graph, output):
    result = dict.fromkeys(_needed(graph, output), 0.0)
    result[output] = 1.0
    for node in _sorted(graph, output)[::-1]:
        for source in dict.fromkeys(graph[node]):
            result[source] += result[node]
    return result


def _sorted(graph, output):
    left, found = _needed(graph, output), []
    while left:
        ready = [node for node in left if all(source in found for source in graph[node])]
        found += ready
        left = [node for node in left if node not in ready]
    return found


def _check_gradients(student, graph, output):
    mistakes = {
        "naive": _naive(graph, output),
        "once_each": _once_each(graph, output),
        "all_zero": dict.fromkeys(_needed(graph, output), 0.0),
    }
    compare(student.gradients, (graph, output), _gradients(graph, output), **mistakes)


def check_twice(student):
    _check_gradients(student, TWICE, "c")


def check_gradients(student):
    _check_gradients(student, DIAMOND, "y")
    _check_gradients(student, CROSSED, "e")
    _check_gradients(student, UNUSED, "d")


def check_long(student):
    chain = {"n0": []} | {f"n{i}": [f"n{i - 1}"] * 2 for i in range(1, 12)}
    compare(student.gradients, (chain, "n11"), {f"n{i}": 2.0 ** (11 - i) for i in range(12)})


def picture(student, labels):
    """The gradients of b = a + a, c = b + b, and when each node hands its own down: naively, and in the order."""
    from tinygrad_edu.viz.figures import new_figure

    figure = new_figure(7.2, 4.8)
    above, below = figure.subplots(2, 1)
    _draw(above, labels["naive"], _naive(TWICE, "c"), _naive_visits(TWICE, "c"), labels)
    turn = {node: [i + 1] for i, node in enumerate(student.order(TWICE, "c")[::-1])}
    _draw(below, labels["ordered"], student.gradients(TWICE, "c"), turn, labels)
    return figure


def _naive_visits(graph, output):
    visits, count = {node: [] for node in graph}, 0

    def visit(node):
        nonlocal count
        count += 1
        visits[node].append(count)
        for source in graph[node]:
            visit(source)

    visit(output)
    return visits


def _draw(axes, title, gradients, visits, labels):
    from tinygrad_edu.viz.figures import COLOURS

    places = dict(zip("cba", range(3)))
    for node, sources in TWICE.items():
        for i, source in enumerate(sources):
            arrow = {"arrowstyle": "->", "connectionstyle": f"arc3,rad={0.25 - 0.5 * i}", "shrinkA": 20, "shrinkB": 20}
            axes.annotate("", (places[source], 0), (places[node], 0), arrowprops=arrow)
    for node, x in places.items():
        axes.plot([x], [0], "o", markersize=32, color="white", markeredgecolor=COLOURS[0], markeredgewidth=2)
        axes.text(x, 0, node, ha="center", va="center", fontsize=14)
        axes.text(x, 0.55, f"{labels['turn']} {', '.join(map(str, visits[node]))}", ha="center", va="center")
        axes.text(x, -0.55, f"{labels['gradient']} {gradients[node]:g}", ha="center", va="center", color=COLOURS[1])
    axes.set(xlim=(-0.5, 2.5), ylim=(-0.8, 0.8))
    axes.set_title(title, loc="left")
    axes.set_axis_off()
