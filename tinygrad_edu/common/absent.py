"""Errors for a name or a module that a package does not have, which name the nearest thing that it has.

A name is asked for as an attribute, by `from module import name`, or by `import module.name`. The first goes to
`__getattr__` of the module; Python takes the others for modules below it, and asks `sys.meta_path` for them. What an
import asks for, and is left out on purpose, fails when it is used; older spellings are those of today.
"""

import importlib
import re
import sys
from functools import reduce
from importlib.machinery import ModuleSpec
from types import ModuleType

from . import old
from .naming import nearest, some_of


class Absent:
    """Answers for the names that a package and its modules do not have.

    Args:
        package: its full name.
        hints: by pattern of names below the package, such as "layers.(LSTM|GRU)", what to write in their place.
        lazy: names that are there, but loaded on first use: by name below the package the module that has it.
        listing: the last sentence of every answer.
    """

    def __init__(self, package, hints, lazy, listing):
        self.package, self.hints, self.lazy, self.listing = package, hints, lazy, listing

    def guard(self):
        """Answer from now on, for all modules of the package that are loaded."""
        for name, module in self._modules().items():
            module.__class__, module.__getattr__ = _Guarded, self.refusing(name)
            if not hasattr(module, "__path__"):
                module.__path__ = []  # so that Python looks for what is imported from it, and asks find_spec
        if self not in sys.meta_path:
            sys.meta_path.append(self)

    def refusing(self, module_name):
        """The `__getattr__` of a module of the package.

        Example:
            >>> from tinygrad_edu.keras.left_out import absent
            >>> absent.refusing("tinygrad_edu.keras.layers")("LSTM")
            Traceback (most recent call last):
            ...
            AttributeError: tinygrad_edu.keras.layers has no 'LSTM'. Recurrent layers are left out: ...
        """

        def refuse(name):
            home = self.lazy.get(self._below(f"{module_name}.{name}"))
            if home is not None:
                found = getattr(importlib.import_module(home), name)
                setattr(sys.modules[module_name], name, found)
                return found
            if name.startswith("__"):
                raise AttributeError(f"module {module_name!r} has no attribute {name!r}")
            path = self._below(f"{module_name}.{name}")
            if (today := old.name_of_today(path)) is not None:
                return self._found(today)
            if path in old.MODULES:
                return importlib.import_module(f"{self.package}.{path}")
            raise AttributeError(self._answer(module_name, name))

        return refuse

    def _found(self, path):
        """The object at a path of today: below the package, or in NumPy."""
        elsewhere = path.startswith(("numpy.", old.PACKAGE))
        module, _, name = path.rpartition(".")
        if elsewhere:
            return getattr(importlib.import_module(module), name)
        return reduce(getattr, path.split("."), importlib.import_module(self.package))

    def find_spec(self, name, path=None, target=None):
        """The spec of what nobody else found below the package, which Python asks for last.

        Raises:
            ModuleNotFoundError: it is neither an older name nor one that is left out on purpose.
        """
        module_name, _, last = name.rpartition(".")
        if not f"{module_name}.".startswith(f"{self.package}."):
            return None
        below = self._below(name)
        if below in old.MODULES or self._hint(self._below(module_name), last) is not None:
            return ModuleSpec(name, self, is_package=True)
        if hasattr(sys.modules.get(module_name), last):
            return None
        raise ModuleNotFoundError(self._answer(module_name, last), name=module_name)

    def create_module(self, spec):
        """The module of an older name, or what stands for one that is left out."""
        below = self._below(spec.name)
        if (today := old.module_of_today(below)) is not None:
            return _OldModule(spec.name, importlib.import_module(f"{self.package}.{today}"))
        module_name, _, last = spec.name.rpartition(".")
        return NotOffered(spec.name, self._answer(module_name, last))

    def exec_module(self, module):
        """Nothing: it is made whole."""

    def _answer(self, module_name, name):
        return f"{module_name} has no {name!r}. {self.instead(self._below(module_name), name)} {self.listing}"

    def instead(self, module, name):
        """The advice for a name that a module, such as "layers", does not offer; one sentence or more."""
        home = next((part for part, names in self.offered().items() if name in names and part), None)
        if home is not None:
            return f"It is {self.package}.{home}.{name}."
        return self._hint(module, name) or self._nearest(module, name)

    def _hint(self, module, name):
        """The advice for a name that is left out on purpose, or None."""
        path = f"{module}.{name}".removeprefix(".")
        for pattern, text in self.hints.items():
            if re.fullmatch(pattern, path) or (module and re.fullmatch(pattern, module)):
                return text
        return None

    def _nearest(self, module, name):
        names = self.offered().get(module, ())
        lower = {other.lower(): other for other in reversed(names)}
        near = nearest(name.lower(), lower, cutoff=0.5)
        if near:
            return f"The nearest is {lower[near]!r}."
        return f"It has {some_of(names)}." if names else "There is no such module."

    def offered(self):
        """The names that each module of the package offers, by module: "" for the package itself."""
        return {self._below(name): module.__all__ for name, module in self._modules().items()}

    def _modules(self):
        """The modules of the package that offer names, loaded so far."""
        below = {name: module for name, module in sys.modules.items() if f"{name}.".startswith(f"{self.package}.")}
        found = {name: module for name, module in sorted(below.items()) if not isinstance(module, _OldModule)}
        return {name: module for name, module in found.items() if hasattr(module, "__all__")}

    def _below(self, module_name):
        return module_name.removeprefix(self.package).removeprefix(".")


class _Guarded(ModuleType):
    """A module of the package, which has no attribute for what is not offered, though it was imported."""

    def __setattr__(self, name, value):
        if not isinstance(value, NotOffered):
            super().__setattr__(name, value)


class _OldModule(ModuleType):
    """A module under an older name: the names are those of the module of today."""

    def __init__(self, name, today):
        super().__init__(name)
        self.today = today

    def __getattr__(self, name):
        return getattr(self.today, name)


class NotOffered(ModuleType):
    """A name that was imported and is not offered: the error comes when it is used.

    Example:
        >>> from tinygrad_edu.keras.layers import LSTM
        >>> LSTM(10)
        Traceback (most recent call last):
        ...
        AttributeError: tinygrad_edu.keras.layers has no 'LSTM'. Recurrent layers are left out: ...
    """

    def __init__(self, name, answer):
        super().__init__(name)
        self.answer = answer

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(f"{self.__name__} has no attribute {name!r}")
        raise AttributeError(self.answer)

    def __call__(self, *values, **arguments):
        raise AttributeError(self.answer)

    def __mro_entries__(self, bases):
        raise AttributeError(self.answer)

    def __instancecheck__(self, thing):
        return False
