"""The base of layers, losses, metrics, optimizers and schedules: a configuration, and a string name.

Each setting is an argument of `__init__`, kept in the attribute of the same name. Everything else is read
from that: nothing lists the settings a second time.
"""

from typing import Any, Self

from . import old
from .arguments import Checked, declaration, refuse
from .budget import counted
from .deserialization import deserialize, read_setting
from .naming import Named, look_up, names_of
from .serialization import configuration


class Configured(Checked, Named):
    """Something described by the arguments of its constructor.

    Example:
        >>> class Circle(Configured):
        ...     def __init__(self, radius=1.0):
        ...         self.radius = radius
        >>> Circle.from_config({"radius": 2.0})
        Circle(radius=2.0)
        >>> Circle(3.0).get_config()
        {'radius': 3.0}
    """

    plain_function = None  # the function of the user's that is all there is to the object: written in its place
    traced = True  # whether a step that is traced reads its attributes

    def __init_subclass__(cls, **options):
        super().__init_subclass__(**options)
        old.reading(cls)

    @classmethod
    def argument_names(cls):
        """The names of the constructor's arguments: the class's own first, then the shared ones."""
        names = []
        for owner in cls.__mro__:
            if hasattr(vars(owner).get("__init__"), "__code__"):
                declared = declaration(vars(owner)["__init__"])
                names += [name for name in declared.names[1:] if name not in names]
                if not declared.takes_more:
                    break
        return names

    def _refuse(self, unknown):
        """Raise a TypeError for arguments that the constructor does not have."""
        if unknown:
            refuse(type(self).__name__, list(unknown), self.argument_names())

    def _arguments(self):
        """The arguments that would make the same object again."""
        return {name: getattr(self, name) for name in self.argument_names()}

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments by name, in Keras's form: objects as `serialize` writes them."""
        return configuration(self._arguments())

    @classmethod
    @counted()
    def from_config(cls, config: dict[str, Any]) -> Self:
        """A new object made with the arguments that `get_config` gave."""
        return cls(**{name: read_setting(value) for name, value in config.items()})

    def __repr__(self):
        shown = {k: v for k, v in self._arguments().items() if v is not None and k != "name"}
        return f"{type(self).__name__}({', '.join(f'{k}={v!r}' for k, v in shown.items())})"


def getter(kind, base, aliases=()):
    """The function that turns what users pass (a name, a class, an object, a function) into an object."""

    def get(identifier):
        if identifier is None or isinstance(identifier, base):
            return identifier
        if isinstance(identifier, type) and issubclass(identifier, base):
            return identifier()
        if isinstance(identifier, str):
            return look_up(kind, identifier, names_of(base, aliases))()
        if isinstance(identifier, dict) and {"class_name", "config"} <= identifier.keys():
            if identifier.get("module"):
                return get(deserialize(identifier))
            return look_up(kind, identifier["class_name"], names_of(base, aliases)).from_config(identifier["config"])
        if callable(identifier):
            return identifier
        raise TypeError(f"Expected the name of a {kind}, a {base.__name__} or a function; received {identifier!r}.")

    get.__doc__ = f"The {kind} for a string name, a class, a configuration, an object or a function."
    return get
