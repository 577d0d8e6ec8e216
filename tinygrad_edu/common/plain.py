"""Data for pages: what JSON can hold, in place of tuples, arrays, NumPy's numbers, NaN and infinity."""

import math

import numpy as np


def plain(x):
    """Lists, dicts, texts and numbers that JSON knows; NaN and infinities are the texts "NaN", "Infinity", "-Infinity".

    Example:
        >>> plain({"loss": np.array([0.5, np.nan]), 1: (np.float32(2.0),)})
        {'loss': [0.5, 'NaN'], '1': [2.0]}
    """
    if isinstance(x, dict):
        return {str(key): plain(value) for key, value in x.items()}
    if isinstance(x, np.ndarray | np.generic):
        x = x.tolist()
    if isinstance(x, list | tuple):
        return [plain(value) for value in x]
    if isinstance(x, float) and not math.isfinite(x):
        return "NaN" if math.isnan(x) else "Infinity" if x > 0 else "-Infinity"
    return x
