"""Bridges over the gaps that edges have for the texts on them: while a film does not show a text, its edge goes on."""

import re
from copy import deepcopy

import numpy as np

_PAIR = re.compile(r"(-?[\d.]+)[ ,](-?[\d.]+)")


def curve_over(before, after):
    """The cubic Bézier curve that joins two others smoothly: its four points.

    Args:
        before, after: the points of the curves, each a pair.

    Example:
        >>> curve_over([(0, 0), (1, 0), (2, 0), (3, 0)], [(9, 0), (10, 0), (11, 0), (12, 0)])
        [(3.0, 0.0), (5.0, 0.0), (7.0, 0.0), (9.0, 0.0)]
    """
    before, after = np.array(before, float), np.array(after, float)
    ends = (before[-1], before[-2]), (after[0], after[1])
    reach = np.linalg.norm(ends[1][0] - ends[0][0]) / 3
    inner = [end + reach * _unit(end - control) for end, control in ends]
    return [tuple(map(float, point)) for point in (ends[0][0], *inner, ends[1][0])]


def _unit(direction):
    length = np.linalg.norm(direction)
    return direction / length if length else direction


def bridges_in_svg(groups, is_label):
    """{id of a text: the group of an edge over its gap}, for the edges of an SVG as (tail, head, group)."""
    into = {head: group for _, head, group in groups if is_label(head)}
    found = {}
    for tail, _, group in groups:
        if tail in into:
            points = [_PAIR.findall(part.find("{*}path").get("d")) for part in (into[tail], group)]
            start, *others = curve_over(*points)
            found[tail] = bridge = deepcopy(into[tail])
            bridge.remove(bridge.find("{*}title"))
            bridge.set("class", "edge bridge")
            curve = " ".join(f"{x:.2f},{y:.2f}" for x, y in others)
            bridge.find("{*}path").set("d", f"M{start[0]:.2f},{start[1]:.2f}C{curve}")
    return found


def bridges_in_layout(layout, is_label):
    """{id of a text: an edge over its gap}, for a layout as Graphviz gives it in JSON."""
    names = [item["name"] for item in layout["objects"]]
    into = {names[edge["head"]]: edge for edge in layout.get("edges", ()) if is_label(names[edge["head"]])}
    found = {}
    for edge in layout.get("edges", ()):
        if (name := names[edge["tail"]]) in into:
            drawn = into[name]["_draw_"]
            ends = [next(c["points"] for c in part["_draw_"] if "points" in c) for part in (into[name], edge)]
            look = [command for command in drawn if "points" not in command]
            found[name] = {"_draw_": [*look, {"op": "b", "points": curve_over(*ends)}]}
    return found
