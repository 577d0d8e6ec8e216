"""Break a wide graph into rows, like the words of a text, so that its letters stay large on a screen.

Graphviz draws a graph of ten layers as one long line. The sizes of the boxes are estimated from their texts, so
that the same graph breaks at the same places whichever engine lays it out, or none.
"""

from dataclasses import dataclass

from .measuring import width_of

SCREEN = (1280, 720)  # pixels of a projector
SMALLEST = 12  # pixels of the smallest letter that is legible there
_LINE = 16.5  # points: the height of a line
_FONT = 14
_ACROSS = 3  # the most boxes whose arrows may go on in the next row


@dataclass(frozen=True)
class Room:
    """The room around the boxes of a picture: as Graphviz is told it, and about what becomes of it, in points.

    Attributes:
        ranksep, nodesep, margin, pad: Graphviz's attributes, in inches.
        beside, above: the room in a box beside its text, and above and below it.
        gap: from one box to the next.
        row: above and below the boxes of a row.
        circle: of the circles at which a row ends and the next goes on.
        legend: below the rows.
        large: pixels of a letter that needs no breaks.
    """

    ranksep: str
    nodesep: str
    margin: str
    pad: str
    beside: float
    above: float
    gap: float
    row: float
    circle: float
    legend: float
    large: float


ROOM = Room("0.25", "0.14", "0.13,0.05", "0.1", beside=19, above=20, gap=20, row=45, circle=80, legend=45, large=15)
LARGE = Room("0.05", "0.08", "0.09,0.02", "0.03", beside=14, above=10, gap=6, row=9, circle=40, legend=0, large=26)


def break_into_rows(boxes, arrows, beside, screen=SCREEN, room=ROOM):
    """The row of every box, and how many pixels high the letters are about then.

    Args:
        boxes: a dict from id to box, with its lines and its layer; every box after its inputs.
        arrows: pairs of ids.
        beside: a dict from a leaf to the op that it stands beside.
        screen: the width and height of the screen, in pixels.
        room: the Room around the boxes.

    Returns:
        A dict from id to the number of the row, all 0 where one row is large enough or breaks are impossible;
        and the height of the letters.
    """
    ranks = _ranks(boxes, arrows, beside)
    count = max(ranks.values(), default=0) + 1
    columns = [[] for _ in range(count)]
    for key, rank in ranks.items():
        columns[rank].append(boxes[key])
    sizes = [
        (max(_width(box, room) for box in column), sum(_height(box, room) for box in column)) for column in columns
    ]
    starts, letters = [0], _letters(sizes, [0], screen, room)
    cuts = _possible_cuts(boxes, arrows, ranks, count) if letters < room.large else []
    if cuts:
        tries = [_pack(sizes, cuts, width, room) for width in _row_widths(sizes, room)]
        tried = {tuple(starts): _letters(sizes, starts, screen, room) for starts in tries}
        best = max(tried, key=lambda starts: tried[starts] - 0.2 * len(starts))
        if tried[best] > 1.15 * letters:
            starts, letters = best, tried[best]
    rows = {key: sum(start <= rank for start in starts) - 1 for key, rank in ranks.items()}
    return rows | _rows_of_leaves(rows, arrows), letters


def _rows_of_leaves(rows, arrows):
    """The row of each box that nothing leads to: that of its first user."""
    users, reached = {}, {head for _, head in arrows}
    for tail, head in arrows:
        users.setdefault(tail, []).append(rows[head])
    return {tail: min(found) for tail, found in users.items() if tail not in reached}


def _ranks(boxes, arrows, beside):
    """The column of each box: one after the last of its inputs; a leaf stands just before its first user."""
    place = {key: i for i, key in enumerate(boxes)}
    inputs, users = {key: [] for key in boxes}, {key: [] for key in boxes}
    for tail, head in arrows:
        if place[tail] < place[head] and tail not in beside:
            inputs[head].append(tail)
            users[tail].append(head)
    ranks = {}
    for key in boxes:
        ranks[key] = max((ranks[x] + 1 for x in inputs[key]), default=0)
    for key in boxes:
        if not inputs[key] and users[key]:
            ranks[key] = max(0, min(ranks[user] for user in users[key]) - 1)
    return ranks | {leaf: ranks[op] for leaf, op in beside.items()}


def _possible_cuts(boxes, arrows, ranks, count):
    """The columns that may begin a row: no layer is cut through, and few arrows."""
    tails = [set() for _ in range(count)]
    for tail, head in arrows:
        for column in range(ranks[tail] + 1, ranks[head] + 1):
            tails[column].add(tail)
    spans = {}
    for key, box in boxes.items():
        if box.layer is not None:
            low, high = spans.get(box.layer, (ranks[key], ranks[key]))
            spans[box.layer] = min(low, ranks[key]), max(high, ranks[key])
    inside = {column for low, high in spans.values() for column in range(low + 1, high + 1)}
    return [c for c in range(1, count) if len(tails[c]) <= _ACROSS and c not in inside]


def _row_widths(sizes, room):
    whole = sum(width + room.gap for width, _ in sizes)
    return [whole / parts for n in range(1, 25) for parts in (n, n - 0.3, n - 0.6)]


def _pack(sizes, cuts, limit, room):
    """The columns that begin the rows, when each row takes what fits into a width."""
    starts, width = [0], 0
    ends = [*cuts, len(sizes)]
    for start, end in zip([0, *cuts], ends, strict=True):
        piece = sum(size[0] + room.gap for size in sizes[start:end])
        if width and width + piece > limit:
            starts.append(start)
            width = 0
        width += piece
    return starts


def _letters(sizes, starts, screen, room):
    """The height in pixels that the letters have on a screen when the rows begin at these columns."""
    ends = [*starts[1:], len(sizes)]
    rows = [sizes[start:end] for start, end in zip(starts, ends, strict=True)]
    width = max(sum(width + room.gap for width, _ in row) + room.circle for row in rows)
    height = sum(max(size[1] for size in row) + room.row for row in rows) + room.legend
    return _FONT * min(screen[0] / width, screen[1] / height)


def _width(box, room):
    return max(map(width_of, box.lines)) + room.beside


def _height(box, room):
    return len(box.lines) * _LINE + room.above
