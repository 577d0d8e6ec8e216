"""Bookkeeping: what an object writes down while it is used, beside the settings, which are its other attributes.

A setting says what is computed; when one changes, the programs of a model are traced anew. What a training counts or
keeps for later is none: it lies in one small object of its own, the `Notes` of its owner.
"""

from operator import attrgetter


class Notes:
    """The bookkeeping of an object: attributes, none of which is a setting."""

    def __init__(self, **entries):
        vars(self).update(entries)


class Noted(property):
    """An attribute of a class whose values lie in the notes of the objects, not among their settings.

    Args:
        default: its value before it is set; without one it is missing until then. Of one name it is the same in all
            classes.

    Example:
        >>> class Walk:
        ...     steps = Noted(0)
        >>> walk = Walk()
        >>> walk.steps += 1
        >>> walk.steps, list(vars(walk))
        (1, ['_notes'])
    """

    def __init__(self, *default):
        super().__init__()
        self._default = default

    def __set_name__(self, owner, name):
        if not hasattr(owner, "_notes"):
            owner._notes = Notes()  # empty: an object has its own as soon as it writes something down
        if self._default:
            setattr(Notes, name, self._default[0])
        property.__init__(
            self,
            attrgetter(f"_notes.{name}"),
            lambda thing, value: setattr(notes_of(thing), name, value),
            lambda thing: delattr(notes_of(thing), name),
        )


def notes_of(thing):
    """The Notes of an object, begun where there are none."""
    held = vars(thing)
    return held["_notes"] if "_notes" in held else held.setdefault("_notes", Notes())
