"""String names for things: «adam», «mse», «relu», with a suggestion for the name that was meant; names by number."""

_counts = {}


def look_up(kind, name, table):
    """The entry of `table` for a name.

    Raises:
        ValueError: there is no such name; the message suggests the nearest ones.

    Example:
        >>> look_up("loss", "mze", {"mse": 1, "mae": 2})
        Traceback (most recent call last):
        ...
        ValueError: Unknown loss 'mze'. Did you mean 'mse'? Known: mae, mse.
    """
    if name in table:
        return table[name]
    near = nearest(str(name), table, cutoff=0.5)
    hint = f" Did you mean {near!r}?" if near else ""
    raise ValueError(f"Unknown {kind} {name!r}.{hint} Known: {', '.join(sorted(table))}.")


def nearest(name, names, cutoff=0.6):
    """The name among these that is most like the given one, or None where none is like it.

    Example:
        >>> nearest("sofmax", ["relu", "softmax"])
        'softmax'
    """
    import difflib

    return next(iter(difflib.get_close_matches(name, names, n=1, cutoff=cutoff)), None)


def unique_name(base):
    """A name for an object that the user did not name: `base`, then `base_1`, `base_2`, …

    Example:
        >>> unique_name("chapter"), unique_name("chapter")
        ('chapter', 'chapter_1')
    """
    n = _counts[base] = _counts.get(base, -1) + 1
    return f"{base}_{n}" if n else base


def forget_names():
    """Let `unique_name` count from the beginning again."""
    _counts.clear()
