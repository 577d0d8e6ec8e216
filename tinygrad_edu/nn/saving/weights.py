"""The weights of a model in a file, and which array of the file belongs where: Keras 3's paths, by attribute and class.

"layers/dense_1/vars/0" is the first weight of the second Dense in the list `layers`; "hidden/vars/0" the first of
the layer in the attribute `hidden`; "optimizer/vars" the state of the optimizer. A layer puts its own weights into a
dict and takes them from one; where one refuses, all keep what they had.
"""

import re
from io import BytesIO

from ...common.arguments import refuse
from ...common.files import replacing
from ...common.naming import snake_case
from ...common.old import tell
from ...common.warning import warn
from . import formats, legacy
from .files import checked_path, opened

OPTIMIZER = "optimizer/vars/"
_IGNORED = re.compile("seed_generator|(^|/)optimizer/vars$")  # what a layer draws from; optimizers


def save_weights(model, filepath, overwrite=True):
    """Write the weights of a model into a file, with the state of its optimizer.

    Args:
        model: a model that has been built.
        filepath: a path that ends in .weights.h5, as Keras reads it, .safetensors or .npz; or in .h5 alone, which is
            the format of Keras 2, without the optimizer.
        overwrite: whether a file that is there may be replaced.

    Raises:
        ValueError: another ending, or the model has no weights yet.
        ImportError: the package for this kind of file is not installed.
        OSError: the file cannot be written, or is there and not to be replaced.
    """
    path = checked_path(filepath, *formats.WRITERS, *legacy.ENDINGS)
    write = next((write for ending, write in formats.WRITERS.items() if path.endswith(ending)), None)
    _require_built(model)
    content = BytesIO()
    if write is None:
        tell({'save_weights("….h5")': 'save_weights("….weights.h5")'})
        legacy.write_weights(model, content)
    else:
        write(*collect_arrays(model), content)
    with replacing(path, overwrite) as file:
        file.write(content.getbuffer())


def load_weights(model, filepath, skip_mismatch=False, **further):
    """Give a model the weights in a file that `save_weights` or `save` wrote, here or in Keras.

    A compiled model gets the state of its optimizer too, so that training goes on where it was; not from an .h5 file
    of Keras's legacy format, as in Keras. What kind of file it is, is seen in the file.

    Args:
        model: a model that has been built, of the same layers.
        filepath: the path of a .weights.h5, .keras, .h5, .safetensors or .npz file.
        skip_mismatch: leave layers that do not fit as they are, with a warning.
        further: `by_name=True` takes what the layers of the same names have in an .h5 file of Keras's legacy format.

    Raises:
        ValueError: the file is broken or does not fit. The model is unchanged then.
        ImportError: the package for this kind of file is not installed.
        OSError: the file cannot be opened.
    """
    by_name = further.pop("by_name", False)
    if further:
        refuse("load_weights", list(further), ["filepath", "skip_mismatch", "by_name"])
    _require_built(model)
    with opened(checked_path(filepath)) as (_, stored):
        if by_name and not legacy.is_legacy(stored):
            raise ValueError("by_name=True is for .h5 files of Keras's legacy format, which this is not.")
        load_arrays(model, stored, skip_mismatch, by_name)


def _require_built(model):
    if not model.built:
        raise ValueError(
            f"{model.name!r} has no weights yet, as it has not seen its input. Give it an Input((features,)) first, "
            "or call build(input_shape)."
        )


# -- the places -----------------------------------------------------------------------------------------------


def places(model):
    """(path, layer) of the model and of all layers inside, each once, in the order in which Keras visits them."""
    yield from _walk(model, "", set())


def _walk(value, path, seen):
    if not hasattr(value, "children"):
        yield from _walk_container(value, path, seen)
    elif id(value) not in seen:
        seen.add(id(value))
        yield path, value
        for name, inner in value.children().items():
            yield from _walk(inner, f"{path}/{name}" if path else name, seen)


def _walk_container(value, path, seen):
    taken = {}
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ():
        if hasattr(item, "children") or isinstance(item, list | tuple | dict):
            name = snake_case(type(item).__name__) if hasattr(item, "children") else "container"
            number = taken[name] = taken.get(name, -1) + 1
            yield from _walk(item, f"{path}/{name}_{number}" if number else f"{path}/{name}", seen)


def _group(path):
    return f"{path}/vars" if path else "vars"


# -- out of a model -------------------------------------------------------------------------------------------


def collect_arrays(model):
    """All arrays of a model by path, and by the path of each group the name of its layer."""
    arrays, names = {}, {}
    for path, layer in places(model):
        names[_group(path)], store = layer.name, {}
        layer.save_own_variables(store)
        arrays |= {f"{_group(path)}/{name}": array for name, array in store.items()}
    if model.compiled:
        names[OPTIMIZER[:-1]] = model.optimizer.name
        arrays |= {f"{OPTIMIZER}{i}": array for i, array in enumerate(ready(model).get_state())}
    return arrays, names


def ready(model):
    """The optimizer of a model; a copy that has its parameters where it has not made a step."""
    optimizer = model.optimizer
    if not optimizer.built:
        optimizer = optimizer.fresh()
        optimizer.build(model.trainable_weights)
    return optimizer


# -- into a model ---------------------------------------------------------------------------------------------


def load_arrays(model, stored, skip_mismatch=False, by_name=False, with_optimizer=None):
    """Give a model the arrays of a file.

    Args:
        model: a model that has been built.
        stored: by path, as `formats` reads them.
        skip_mismatch: leave layers that do not fit as they are, with a warning.
        by_name: match the layers of a legacy file by their names, not by their order.
        with_optimizer: whether the optimizer of a compiled model gets its state too; by default, from all files but
            legacy ones.

    Raises:
        ValueError: an array is missing, or has another shape or kind of type. The model is unchanged then.
    """
    old = legacy.is_legacy(stored)
    before = model.get_weights()
    try:
        problems = legacy.load_layers(model, stored, by_name) if old else _load_layers(model, _groups_of(stored))
        if problems and not skip_mismatch:
            more = f" And {len(problems) - 3} more." if len(problems) > 3 else ""
            raise ValueError(" ".join(problems[:3]) + more)
        if model.compiled and (not old if with_optimizer is None else with_optimizer):
            _load_optimizer(model, stored, skip_mismatch)
    except Exception:
        model.set_weights(before)
        raise
    for problem in problems:
        warn(f"Left as it is: {problem}")


def _groups_of(stored):
    """The arrays by name in each group, by the path of the group."""
    groups = {}
    for path, array in stored.items():
        group, _, name = path.rpartition("/")
        groups.setdefault(group, {})[name] = array
    return groups


def _load_layers(model, groups):
    """Let each layer take its weights; a sentence for each that does not fit."""
    problems, known = [], set()
    for path, layer in places(model):
        known.add(_group(path))
        try:
            layer.load_own_variables(groups.get(_group(path), {}))
        except ValueError as error:
            problems.append(f"{error} Its place there is {_group(path)!r}.")
    strange = [group for group in groups if group not in known and not _IGNORED.search(group)]
    if strange:
        problems.append(f"The model {model.name!r} has no layer for the arrays in {', '.join(sorted(strange)[:5])}.")
    return problems


# -- into an optimizer ----------------------------------------------------------------------------------------


def _load_optimizer(model, stored, skip_mismatch):
    """Give the optimizer of a model its state, where the file has it; refused, it has changed nothing."""
    given = ready(model)
    expected = given.variables
    if legacy.is_legacy(stored):
        found = legacy.state_of_optimizer(stored, given.get_state(), len(model.trainable_weights))
    else:
        found = [stored[path] for path in (f"{OPTIMIZER}{i}" for i in range(len(stored))) if path in stored]
    unused = len(found) in (0, len(model.optimizer.fresh().variables))  # no state, or that before the first step
    if len(found) != len(expected):
        if not unused:
            has = f"has {len(expected)} arrays of state; the file has {len(found)}, which are left out"
            warn(f"The optimizer {model.optimizer.name!r} {has}.")
        return
    for t, array in zip(expected, found):
        if array.shape != t.shape or array.dtype.kind not in "iuf":
            has = f"the file has shape {array.shape} and dtype {array.dtype}"
            problem = f"{t.name!r} of the optimizer has shape {t.shape}; {has}."
            if not skip_mismatch:
                raise ValueError(problem)
            warn(f"Left as it is: {problem}")
            return
    given.set_state([array.read() for array in found])
    vars(model.optimizer).update(vars(given))
