"""Boxes, arrows and frames read back from the DOT text of a drawing."""

import re
from html import unescape

BOX = re.compile(r'^\t+(\w+) \[label=(?:"((?:[^"\\]|\\.)*)"|(\S+))')
ARROW = re.compile(r"^\t+(\w+) -> (\w+)( .*)?$")
NO_BOX = ("legend", "from_", "to_", "on_")


def lines_of(match):
    """The lines of a box; a line that goes on in the next is one."""
    text = (match[2] or match[3]).removesuffix(r"\l").replace(r"\l    ", " ")
    return re.split(r"\\[nl]", text)


def labels(drawing, start):
    found = [BOX.match(line) for line in drawing.source.splitlines()]
    return {m[1]: lines_of(m) for m in found if m and m[1] not in ("node", "edge") and m[1].startswith(start)}


def boxes(drawing):
    """{id: list of the lines in the box}, without the legend, texts on arrows and circles between rows."""
    found = {key: lines for key, lines in labels(drawing, "").items() if not key.startswith(NO_BOX)}
    return dict(sorted(found.items(), key=lambda item: int(item[0][1:])))


def on_arrows(drawing):
    """[(tail, head, text)], by titles."""
    title = {key: lines[0] for key, lines in boxes(drawing).items()}
    found = labels(drawing, "on_")
    return [
        (title[key.split("_")[1]], title[key.split("_")[2]], unescape(" ".join(lines).strip()))
        for key, lines in found.items()
    ]


def arrows(drawing):
    """[(id, id)], without those of the legend; one that goes on in another row, or through a text, is one."""
    found = [ARROW.match(line) for line in drawing.source.splitlines()]
    pairs = [(m[1], m[2]) for m in found if m and not m[1].startswith("legend")]
    whole = []
    for tail, head in pairs:
        if not head.startswith(("from_", "on_")):
            whole.append((re.sub(r"^to_\d+_|^on_(\w+?)_.*", r"\1", tail), head))
    return whole


def frames(drawing):
    """{name of the layer: titles of the boxes in its frame}."""
    found = {}
    for _, block in re.findall(r"\n(\t+)subgraph cluster_\d+ \{\n(.*?)\n\1\}", drawing.source, re.DOTALL):
        name = re.search(r'\blabel="?([^"]*?)"? labelloc', block)[1]
        found[name] = [lines_of(m)[0] for m in map(BOX.match, block.splitlines()) if m and m[1][0] != "o"]
    return found


def by_title(drawing):
    return {lines[0]: lines[1:] for lines in boxes(drawing).values()}


def notes(drawing):
    return re.search(r'^\tlabel="(.*?)" labeljust', drawing.source, re.MULTILINE)[1]
