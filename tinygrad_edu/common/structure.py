"""Structures: values in lists, tuples and dicts, nested as one likes; one value alone is a structure too.

The inputs and outputs of models and the parts of a batch are structures. Their leaves stand in Keras's order: those of
lists and tuples as they come, those of dicts in the order of the sorted keys. None is a leaf.
"""

from collections import OrderedDict

_NESTED = (list, tuple, dict)


def is_nested(value):
    """True for a list, a tuple or a dict; False for a leaf."""
    return isinstance(value, _NESTED)


def flatten(structure):
    """The leaves of a structure, as a list.

    Example:
        >>> flatten({"b": [1, None], "a": (2, {"c": 3})})
        [2, 3, 1, None]
        >>> flatten(4)
        [4]
    """
    if not is_nested(structure):
        return [structure]
    return [leaf for _, part in _parts(structure) for leaf in flatten(part)]


def flatten_with_path(structure, path=()):
    """(path, leaf) of each leaf: the path has the keys and numbers that lead to it.

    Example:
        >>> flatten_with_path({"b": [1, 2], "a": 3})
        [(('a',), 3), (('b', 0), 1), (('b', 1), 2)]
    """
    if not is_nested(structure):
        return [(path, structure)]
    return [pair for key, part in _parts(structure) for pair in flatten_with_path(part, (*path, key))]


def rebuild(structure, leaves):
    """A structure of the form of another one, with these leaves.

    Raises:
        ValueError: there are more leaves, or fewer, than it has places.

    Example:
        >>> rebuild({"b": [0, 0], "a": 0}, [1, 2, 3])
        {'b': [2, 3], 'a': 1}
    """
    leaves = list(leaves)
    if len(leaves) == 1 and not is_nested(structure):
        return leaves[0]
    count = len(flatten(structure))
    if count != len(leaves):
        raise ValueError(f"Expected {count} values, one for each leaf of {structure!r}; received {len(leaves)}.")
    return _filled(structure, iter(leaves))


def map_structure(function, structure, *others):
    """A structure of the same form, of what the function gives for the leaves of each place.

    Args:
        function: takes a leaf of each structure.
        structure: gives the form.
        others: structures of as many leaves.

    Example:
        >>> map_structure(lambda a, b: a + b, {"x": 1, "y": [2]}, {"x": 10, "y": [20]})
        {'x': 11, 'y': [22]}
    """
    if not (others or is_nested(structure)):
        return function(structure)
    columns = [flatten(structure), *map(flatten, others)]
    return rebuild(structure, [function(*leaves) for leaves in zip(*columns, strict=True)])


def same_form(structure, other):
    """True if two structures have the same places; lists and tuples count as the same.

    Example:
        >>> same_form([1, {"a": 2}], (3, {"a": 4})), same_form([1, 2], {"a": 1, "b": 2})
        (True, False)
    """
    return [path for path, _ in flatten_with_path(structure)] == [path for path, _ in flatten_with_path(other)]


def described(structure, leaf=lambda _: "*"):
    """The form of a structure in words, for errors.

    Args:
        leaf: gives the text of a leaf.

    Example:
        >>> described({"a": 1, "b": [2, 3]})
        '{a: *, b: [*, *]}'
    """
    if not is_nested(structure):
        return leaf(structure)
    inside = [(key, described(part, leaf)) for key, part in _parts(structure)]
    if isinstance(structure, dict):
        return f"{{{', '.join(f'{key}: {text}' for key, text in inside)}}}"
    return f"[{', '.join(text for _, text in inside)}]"


def _parts(structure):
    """(key, part) of what stands in a list, a tuple or a dict, in Keras's order."""
    if not isinstance(structure, dict):
        return enumerate(structure)
    keys = structure if isinstance(structure, OrderedDict) else _sorted(structure)
    return [(key, structure[key]) for key in keys]


def _sorted(keys):
    try:
        return sorted(keys)
    except TypeError:  # keys of several kinds
        return list(keys)


def _filled(structure, leaves):
    """The structure with the next leaves in its places."""
    if not is_nested(structure):
        return next(leaves)
    made = {key: _filled(part, leaves) for key, part in _parts(structure)}
    if isinstance(structure, dict):
        return type(structure)((key, made[key]) for key in structure)
    values = list(made.values())
    return type(structure)(*values) if hasattr(structure, "_fields") else type(structure)(values)
