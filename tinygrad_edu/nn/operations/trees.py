"""`keras.tree`: structures of lists, tuples and dicts with Keras's names and arguments."""

from ...common.naming import list_public
from ...common.structure import flatten as _flatten
from ...common.structure import flatten_with_path as _flatten_with_path
from ...common.structure import is_nested as _is_nested
from ...common.structure import map_structure as _map_structure
from ...common.structure import rebuild, same_form


def is_nested(structure):
    """True for a list, a tuple or a dict; False for a leaf."""
    return _is_nested(structure)


def flatten(structure):
    """The leaves of a structure, as a list."""
    return _flatten(structure)


def flatten_with_path(structure):
    """(path, leaf) of each leaf: the path has the keys and numbers that lead to it."""
    return _flatten_with_path(structure)


def map_structure(func, *structures, none_is_leaf=True):
    """A structure of the same form, of what the function gives for the leaves of each place.

    Args:
        func: takes a leaf of each structure.
        structures: of one form.
        none_is_leaf: whether the function gets None too; otherwise None stays.
    """
    for other in structures[1:]:
        assert_same_structure(structures[0], other)
    if none_is_leaf:
        return _map_structure(func, *structures)
    return _map_structure(lambda *leaves: None if leaves[0] is None else func(*leaves), *structures)


def pack_sequence_as(structure, flat_sequence):
    """A structure of the form of another one, with the leaves of a list."""
    return rebuild(structure, flat_sequence)


def assert_same_structure(a, b, check_types=None):
    """Raise a ValueError where two structures have other places.

    Args:
        check_types: accepted for Keras's sake: lists and tuples count as the same.
    """
    if not same_form(a, b):
        raise ValueError(f"Expected two structures of the same form; received {a!r} and {b!r}.")


def assert_same_paths(a, b):
    """Raise a ValueError where two structures have other places."""
    assert_same_structure(a, b)


def lists_to_tuples(structure):
    """The structure with a tuple in place of each list."""
    if isinstance(structure, dict):
        return {key: lists_to_tuples(part) for key, part in structure.items()}
    if _is_nested(structure):
        return tuple([lists_to_tuples(part) for part in structure])
    return structure


def traverse(func, structure, top_down=True):
    """The structure with each part replaced by what the function gives for it, where that is not None.

    Args:
        func: takes a part: the whole first, then what is inside of it, or the other way round.
        structure: lists, tuples, dicts and leaves.
        top_down: whether a part comes before what is inside of it.
    """
    if top_down and (found := func(structure)) is not None:
        return found
    if isinstance(structure, dict):
        structure = type(structure)((key, traverse(func, part, top_down)) for key, part in structure.items())
    elif _is_nested(structure):
        structure = type(structure)([traverse(func, part, top_down) for part in structure])
    found = None if top_down else func(structure)
    return structure if found is None else found


list_public(globals())
