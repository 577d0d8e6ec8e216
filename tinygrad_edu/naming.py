"""String names for things: «adam», «mse», «relu», with a suggestion for the name that was meant."""


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
    import difflib

    near = difflib.get_close_matches(str(name), table, n=1, cutoff=0.5)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    raise ValueError(f"Unknown {kind} {name!r}.{hint} Known: {', '.join(sorted(table))}.")
