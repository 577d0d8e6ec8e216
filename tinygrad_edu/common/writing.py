"""Numbers and texts in few letters, as formulas and pictures show them."""

import numpy as np

_LONGEST = 32


def numbers(values):
    """A few numbers with 4 digits: 0.3333, [1, 2.5], [[1, 2], [3, 4]].

    Example:
        >>> numbers(1 / 3), numbers(np.array([[1.0, 2.5]]))
        ('0.3333', '[[1, 2.5]]')
    """
    if np.ndim(values):
        return f"[{', '.join(numbers(v) for v in np.asarray(values))}]"
    value = np.asarray(values)[()]
    return str(bool(value)) if isinstance(value, np.bool_ | bool) else f"{value + 0:.4g}"  # + 0: no -0


def short(text, longest=_LONGEST):
    """The text, its end cut off when it is longer than this."""
    text = str(text)
    return text if len(text) <= longest else text[: longest - 1] + "…"
