"""Draw several operations as one box: the layers that the user wants closed, or stretches of a huge graph."""

from collections import Counter

from ...common.naming import look_up
from ...common.writing import numbers, short
from ..labels import layer_name, lines, sign_or_word
from ..texts import say

_BLOCKS = 8  # of a graph too large to draw
_CHAIN = 29  # letters of a line of them
_APART = 12  # the parameters, and the outputs, that such a picture shows one by one


def by_layer(graph, which=True):
    """The group of every node that lies in a layer: the layer's name.

    Args:
        graph: the Graph.
        which: True for all layers, False for none, or their names.

    Raises:
        TypeError: these are no names.
        ValueError: the graph has no layer of such a name.
    """
    if which is False:
        return {}
    if which is not True and not isinstance(which, str | list | tuple | set):
        raise TypeError(f'collapse expects True, False, "auto", or names of layers; received {which!r}.')
    if which is not True:
        known = {name: name for name in graph.layers}
        which = {look_up("layer", name, known) for name in ([which] if isinstance(which, str) else which)}
    return {
        node: node.layer for node in graph.nodes if node.layer is not None and (which is True or node.layer in which)
    }


def by_stretch(graph):
    """Cut the visit order, in which inputs come first, into a few stretches; arrows between them run forward.

    A leaf goes where it is used first. The outputs and a few parameters keep a box of their own.
    """
    results = [node for node in graph.nodes if node.is_result]
    groups = {}
    for i, node in enumerate(results):
        block = i * _BLOCKS // len(results)
        for x in node.inputs:
            if not x.is_result:
                groups.setdefault(x, block)
        groups[node] = block
    for kind in ("parameter", "output"):
        nodes = [node for node in graph.nodes if node.kind == kind]
        for node in nodes if len(nodes) <= _APART else ():
            groups.pop(node, None)
    return groups


def group_title(group, nodes):
    """The name of a layer, or how much a stretch holds."""
    return short(layer_name(group)) if isinstance(group, str) else size_text(nodes)


def group_rows(group, nodes, gradient_text):
    """The lines of a group's box: what it computes, its weights, its last shape and gradient."""
    results = [node for node in nodes if node.is_result]
    words = [sign_or_word(node.tensor.op) for node in results]
    if not isinstance(group, str):
        counts = Counter(words).most_common()
        rows = [f"{count:,} {word}" for word, count in counts[:5]]
        return rows + (["…"] if len(counts) > 5 else [])
    weights = [node for node in nodes if node.kind == "parameter"]
    more = say(" → … ({count} operations)", count=len(words)) if len(words) > 6 else ""
    rows = lines(" → ".join(words[:6]) + more, _CHAIN)
    for node in weights[:4]:
        name = (str(node.tensor.path or "") or say("leaf")).rpartition("/")[2]
        rows.append(f"{short(name, 16)} {node.tensor.shape}")
        rows += [] if node.gradient is None else [f"    {row}" for row in lines(f"grad {gradient_text(node.gradient)}")]
    rows += ["…"] if len(weights) > 4 else []
    if results:
        last = results[-1]
        rows.append(say("shape {shape}", shape=last.tensor.shape))
        rows += lines(say("value {value}", value=numbers(last.value))) if last.shows_value else []
        rows += [] if last.gradient is None else lines(f"grad {gradient_text(last.gradient)}")
    return [row for row in rows if row]


def size_text(nodes):
    """How many operations there are, and how many leaves."""
    tensors = [node.tensor for node in nodes if node.tensor is not None]
    results = sum([tensor.op is not None for tensor in tensors])
    leaves = len(tensors) - results
    parts = [(results, "{n:,} operation", "{n:,} operations"), (leaves, "{n:,} leaf", "{n:,} leaves")]
    return say(" and ").join(say(one if n == 1 else many, n=n) for n, one, many in parts if n)
