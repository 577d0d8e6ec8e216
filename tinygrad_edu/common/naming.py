"""String names for things: «adam», «mse», «relu», with a suggestion for the name that was meant; names by number."""

import re

_counts = {}
_LISTED = 10  # names in an error, at most


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
    raise ValueError(f"Unknown {kind} {name!r}.{hint} Known: {some_of(sorted(table))}.")


def some_of(names):
    """Names as an error lists them: ten at most.

    Example:
        >>> some_of("ab"), some_of("abcdefghijkl")
        ('a, b', 'a, b, c, d, e, f, g, h, i, j, …')
    """
    return ", ".join([*names[:_LISTED], *(["…"] if len(names) > _LISTED else [])])


def nearest(name, names, cutoff=0.6):
    """The name among these that is most like the given one, or None where none is like it.

    Example:
        >>> nearest("sofmax", ["relu", "softmax"])
        'softmax'
    """
    import difflib

    return next(iter(difflib.get_close_matches(name, names, n=1, cutoff=cutoff)), None)


def meant(name, names):
    """The name of an argument that is most like the given one, or that it is short for; None where there is none.

    Example:
        >>> meant("lr", ["learning_rate", "rho"]), meant("learningrate", ["learning_rate", "rho"]), meant("x", ["rho"])
        ('learning_rate', 'learning_rate', None)
    """
    initials = {"".join(word[0] for word in other.split("_") if word): other for other in names if "_" in other}
    return nearest(name, names) or initials.get(name)


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


def snake_case(name):
    """A class name in small letters, as Keras writes it.

    Example:
        >>> snake_case("BinaryCrossentropy"), snake_case("LeakyReLU")
        ('binary_crossentropy', 'leaky_re_lu')
    """
    name = re.sub(r"(.)([A-Z][a-z0-9]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()


class Named:
    """Base of the classes that Keras has too.

    Attributes:
        home: the module of Keras in which they stand, such as "keras.layers"; None for what Keras does not have.
        aliases: further names of one class, by which it is found too.
        keras_name: the name of one class in Keras, where that is another.
    """

    home: str | None = None
    aliases: tuple[str, ...] = ()


def keras_name(cls):
    """The name of a class in Keras: its own, unless it says another in its attribute `keras_name`.

    Example:
        >>> keras_name(tg.optim.RMSProp), keras_name(tg.optim.Adam)
        ('RMSprop', 'Adam')
    """
    return vars(cls).get("keras_name", cls.__name__)


def subclasses(cls):
    """Every public class derived from `cls`, at any depth, in the order of their definition."""
    found = [c for child in cls.__subclasses__() for c in (child, *subclasses(child))]
    return [c for c in found if not c.__name__.startswith("_")]


def names_of(base, aliases=()):
    """The table from string names to the classes below `base`: class name, snake case, and `aliases`."""
    table = {}
    for cls in subclasses(base):
        if cls.__module__.startswith(__name__.partition(".")[0]):
            table |= {cls.__name__: cls, snake_case(cls.__name__): cls}
            table |= dict.fromkeys(cls.__dict__.get("aliases", ()), cls)
    return table | dict(aliases)


def class_called(home, kind, name):
    """The class of a name among those of this package that Keras has in one of its modules.

    Args:
        home: the module of Keras.
        kind: what the classes are, in one word, for the error.
        name: the class's name, in small letters or not.

    Raises:
        ValueError: there is no such name; the message suggests the nearest ones.

    Example:
        >>> class_called("keras.initializers", "initializer", "ones").__name__
        'Ones'
    """
    base = next(cls for cls in subclasses(Named) if vars(cls).get("home") == home)
    return look_up(kind, name, names_of(base))


def list_public(names, *more):
    """Set the `__all__` of a package: the public classes and functions that are defined in it or below.

    Args:
        names: its namespace, `globals()`.
        more: what else is public: modules, and names of what is no class or function.

    Example:
        >>> names = {"__name__": "tinygrad_edu.common", "snake": snake_case, "re": re, "_own": nearest}
        >>> list_public(names, re, "data"); names["__all__"]
        ['data', 're', 'snake']
    """
    package = names["__name__"]
    below = [name for name, thing in names.items() if str(getattr(thing, "__module__", "")).startswith(package)]
    further = [getattr(thing, "__name__", thing).rpartition(".")[2] for thing in more]
    names["__all__"] = sorted({*further, *[name for name in below if not name.startswith("_")]})
