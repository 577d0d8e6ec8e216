"""The widths of texts: every line of a picture keeps to the width that its box was made for, in whatever font.

The machine that shows a picture rarely has the fonts of the one that laid it out, and the letters of another font may
run out of their boxes. So each line of an SVG says how long it is, and a viewer fits its letters into that. The widths
are those of Helvetica, which Arial, Liberation Sans and Nimbus Sans share.

Source: Adobe Core 14 AFM files, Helvetica (1997).
"""

import functools
import re
import unicodedata
from html import unescape

FONT = "Arial"  # as wide; a name that each Graphviz has widths for, whether it can look into fonts or not
SHOWN_IN = "Helvetica, Arial, 'Liberation Sans', 'Nimbus Sans', Arimo, 'DejaVu Sans', sans-serif"
_ASCII = (  # thousandths of the size of the letters, from the space to ~
    *(278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, *[556] * 10, 278, 278, 584, 584),
    *(584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667),
    *(611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222),
    *(222, 500, 222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584),
)
_OTHERS = {"∂": 494, "·": 278, "²": 333, "³": 333, "√": 549, "∞": 713, "→": 1000, "←": 1000, "…": 1000, "′": 187}
_OTHERS |= {"Σ": 618, "ᵀ": 400, "≥": 549, "≤": 549, "×": 584, "−": 584, "\N{NO-BREAK SPACE}": 278}
_UNKNOWN = 600
_SPACE = 278  # as much as Graphviz takes for each byte of a letter that it has no width for
_TEXT = re.compile(r'<text ([^>]*?)font-family="[^"]*" font-size="([\d.]+)"([^>]*)>([^<]*)</text>')


@functools.lru_cache(4096)
def width_of(line, size=14.0):
    """The width of a line of text in points, no more than Graphviz reckons with.

    Args:
        line: the text.
        size: the height of the letters, in points.

    Example:
        >>> width_of("w = 0.5", size=10)
        32.52
    """
    kept = sum(_ASCII[ord(c) - 32] if " " <= c <= "~" else _SPACE * len(c.encode()) for c in line)
    return round(size * min(kept, sum(map(_letter, line))) / 1000, 2)


def _letter(c):
    """The width of a letter in thousandths; one with an accent is as wide as without, an accent alone has none."""
    if " " <= c <= "~":
        return _ASCII[ord(c) - 32]
    if c in _OTHERS:
        return _OTHERS[c]
    plain = unicodedata.normalize("NFD", c)[0]
    return 0 if unicodedata.combining(c) else _ASCII[ord(plain) - 32] if " " <= plain <= "~" else _UNKNOWN


def with_lengths(svg):
    """An SVG of Graphviz in which every line of text says how long it is, in fonts that machines have."""
    return _TEXT.sub(_with_length, svg)


def _with_length(found):
    before, size, after, line = found.groups()
    length = width_of(unescape(line), float(size))
    fitted = f' textLength="{length}" lengthAdjust="spacingAndGlyphs"' if length else ""
    return f'<text {before}font-family="{SHOWN_IN}" font-size="{size}"{after}{fitted}>{line}</text>'
