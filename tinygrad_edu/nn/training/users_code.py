"""Whose code it is, and what stands in it: the globals, attributes and modules that a function can read by name."""

import dis
import sys
import sysconfig
import types
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

_PACKAGE = str(Path(__file__).parents[2])
_PATHS = sysconfig.get_paths()
_STANDARD = {"builtins", *sys.stdlib_module_names} - {"__main__"}
_OTHERS = tuple({_PACKAGE, *np.__path__, *[_PATHS[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")]})


class Names(NamedTuple):
    """The names in a piece of code.

    Attributes:
        globals: what it finds among the globals of its module.
        attributes: the attributes that it asks for, of whatever object; texts that could be names of some are among
            them, for `getattr(x, "rate")`, and the keys that it looks up.
        modules: the modules that it imports, each with the number of dots before the name.
    """

    globals: frozenset
    attributes: frozenset
    modules: frozenset


@lru_cache(4096)
def is_users(code):
    """True if code was written by the user: it lies outside this package, NumPy, Python and what is installed."""
    return _is_users_file(code.co_filename)


@lru_cache(4096)
def _is_users_file(path):
    return not path.startswith((*_OTHERS, "<frozen"))


def is_users_class(cls):
    """True if a class was written by the user."""
    module = cls.__module__
    if module.partition(".")[0] in _STANDARD:
        return False
    file = getattr(sys.modules.get(module), "__file__", None)
    return file is None or _is_users_file(file)


def is_users_module(module):
    """True if a module was written by the user."""
    file = getattr(module, "__file__", None)
    return module.__name__ not in sys.builtin_module_names and (file is None or _is_users_file(file))


def of_others(cls):
    """True if a class belongs to NumPy or to this package, whose objects do not change behind a step."""
    return cls.__module__.partition(".")[0] in ("numpy", __package__.partition(".")[0]) and not is_users_class(cls)


@lru_cache(4096)
def names_in(code):
    """The names in a function's code, with those of the functions that are written inside it."""
    found, attributes, modules, level = set(), set(), set(), None
    for step in dis.get_instructions(code):
        if step.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
            found.add(step.argval)
        elif step.opname in ("LOAD_ATTR", "LOAD_METHOD", "LOAD_SUPER_ATTR", "IMPORT_FROM"):
            attributes.add(step.argval)
        elif step.opname == "IMPORT_NAME":
            modules.add((level, step.argval))
        elif isinstance(step.argval, int):
            level = step.argval  # of the import that follows: how many dots it has
    for constant in code.co_consts:
        if isinstance(constant, str):
            attributes.update(part for part in constant.split(".") if part.isidentifier())
        elif isinstance(constant, types.CodeType):
            inside = names_in(constant)
            found, attributes, modules = (
                found | inside.globals,
                attributes | inside.attributes,
                modules | inside.modules,
            )
    return Names(frozenset(found), frozenset(attributes), frozenset(modules))


def imported(modules, package):
    """The modules that code in a package imports, by name, where they are loaded."""
    found = {}
    for level, name in modules:
        if level:
            base = package.split(".")[: len(package.split(".")) - level + 1]
            name = ".".join([*base, *([name] if name else [])])
        parents = [name.rsplit(".", n)[0] for n in range(name.count(".") + 1)]
        found |= {parent: sys.modules[parent] for parent in parents if parent in sys.modules}
    return found
