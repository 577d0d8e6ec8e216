"""Bookkeeping: what an object writes down while it is used, beside the settings, which are its other attributes.

A setting says what is computed; when one changes, the programs of a model are traced anew. What a training counts or
keeps for later is none: it lies in one small object of its own, the `Notes` of its owner.
"""


class Notes:
    """The bookkeeping of an object: attributes, none of which is a setting."""

    def __init__(self, **entries):
        vars(self).update(entries)


class Noted:
    """An attribute of a class whose values lie in the notes of the objects, not among their settings.

    Args:
        default: its value before it is set; without one it is missing until then.

    Example:
        >>> class Walk:
        ...     steps = Noted(0)
        >>> walk = Walk()
        >>> walk.steps += 1
        >>> walk.steps, list(vars(walk))
        (1, ['_notes'])
    """

    def __init__(self, *default):
        self._default = default

    def __set_name__(self, owner, name):
        self._name = name

    def __get__(self, thing, owner=None):
        if thing is None:
            return self
        notes = vars(thing).get("_notes")
        if notes is not None and self._name in vars(notes):
            return vars(notes)[self._name]
        if not self._default:
            raise AttributeError(f"{type(thing).__name__!r} object has no attribute {self._name!r}", name=self._name)
        return self._default[0]

    def __set__(self, thing, value):
        setattr(notes_of(thing), self._name, value)

    def __delete__(self, thing):
        delattr(notes_of(thing), self._name)


def notes_of(thing):
    """The Notes of an object, begun where there are none."""
    return vars(thing).setdefault("_notes", Notes())
