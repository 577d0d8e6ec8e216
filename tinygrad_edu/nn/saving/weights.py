"""Which array of a file belongs where in a model: Keras 3's paths, by attribute and class, not by name.

"layers/dense_1/vars/0" is the first weight of the second Dense in the list `layers`; "hidden/vars/0" the first of
the layer in the attribute `hidden`; "optimizer/vars" the state of the optimizer. Arrays are compared with the
places they go to, all of them, before one is changed.
"""

import re
import warnings
from collections import Counter

import numpy as np

from ...common.naming import snake_case
from ..layer import Layer
from ..model import Model, Sequential

OPTIMIZER = "optimizer/vars/"
_IGNORED = re.compile("seed_generator|(^|/)optimizer/vars$")  # what a layer draws from; optimizers


# -- the places -----------------------------------------------------------------------------------------------


def places(model):
    """(path, layer) of the model and of all layers inside, each once, in the order in which Keras visits them."""
    yield from _walk(model, "", set())


def _walk(layer, path, seen):
    if id(layer) in seen:
        return
    seen.add(id(layer))
    yield path, layer
    inside = {name: value for name, value in layer._holding.items() if name != "_layers" or type(layer) is Layer}
    if isinstance(layer, Model):
        inside["layers"] = layer.layers
    first = "layers" if isinstance(layer, Sequential) else None
    for name in sorted(inside, key=lambda name: (name != first, name.startswith("_"), name)):
        below = f"{path}/{name}" if path else name
        yield from _walk_into(inside[name], below, seen)


def _walk_into(value, path, seen):
    if isinstance(value, Layer):
        yield from _walk(value, path, seen)
    elif isinstance(value, list | tuple | dict):
        taken = {}
        for item in value.values() if isinstance(value, dict) else value:
            if isinstance(item, Layer | list | tuple | dict):
                name = snake_case(type(item).__name__) if isinstance(item, Layer) else "container"
                number = taken[name] = taken.get(name, -1) + 1
                yield from _walk_into(item, f"{path}/{name}_{number}" if number else f"{path}/{name}", seen)


def own_weights(layer):
    """The weights of the layer itself, not of those inside."""
    inside = {weight for sublayer in layer.sublayers for weight in sublayer.weights}
    return [weight for weight in layer.weights if weight not in inside]


def _group(path):
    return f"{path}/vars" if path else "vars"


# -- out of a model -------------------------------------------------------------------------------------------


def taken_from(model):
    """All arrays of a model by path, and by the path of each group the name of its layer."""
    arrays, names = {}, {}
    for path, layer in places(model):
        names[_group(path)] = layer.name
        arrays |= {f"{_group(path)}/{i}": weight._array for i, weight in enumerate(own_weights(layer))}
    if model.compiled:
        names[OPTIMIZER[:-1]] = model.optimizer.name
        arrays |= {f"{OPTIMIZER}{i}": array for i, array in enumerate(_ready(model).get_state())}
    return arrays, names


def _ready(model):
    """The optimizer of a model; a copy that has its parameters where it has not made a step."""
    optimizer = model.optimizer
    if optimizer._parameters is None and not optimizer._memory:
        optimizer = optimizer.fresh()
        optimizer.build(model.trainable_weights)
    return optimizer


# -- into a model ---------------------------------------------------------------------------------------------


def give_to(model, stored, skip_mismatch=False):
    """Give a model the arrays of a file, after all were compared with their places.

    Args:
        model: a model that has been built.
        stored: by path, as `formats` reads them.
        skip_mismatch: leave layers that do not fit as they are, with a warning.

    Raises:
        ValueError: an array is missing, or has another shape or kind of type. The model is unchanged then.
    """
    matched, problems = _matched(model, stored)
    if problems and not skip_mismatch:
        raise ValueError(" ".join(problems[:3]) + (f" And {len(problems) - 3} more." if len(problems) > 3 else ""))
    values = [(weight, _as(weight, array.read())) for weight, array in matched]
    if model.compiled:
        _give_to_optimizer(model, stored, skip_mismatch)
    for weight, array in values:
        weight._replace(array)
    for problem in problems:
        warnings.warn(f"Left as it is: {problem}", stacklevel=4)


def _matched(model, stored):
    """(weight, stored array) of all layers that fit, and a sentence for each that does not."""
    matched, problems, known = [], [], set()
    counts = Counter(path.rpartition("/")[0] for path in stored)
    for path, layer in places(model):
        group, weights = _group(path), own_weights(layer)
        known.add(group)
        found = [stored.get(f"{group}/{i}") for i in range(len(weights))]
        if counts[group] != len(weights) or None in found:
            has = f"the file has {counts[group]} for it, in {group!r}"
            problems.append(f"{layer._label()} has {len(weights)} weights; {has}.")
        elif misfits := [pair for pair in zip(weights, found) if not _fits(*pair)]:
            weight, array = misfits[0]
            has = f"the file has shape {array.shape} and dtype {array.dtype}, in {group!r}"
            problems.append(f"Weight {weight.name!r} has shape {weight.shape} and dtype {weight.dtype}; {has}.")
        else:
            matched += zip(weights, found)
    strange = [group for group in counts if group not in known and not _IGNORED.search(group)]
    if strange:
        problems.append(f"The model {model.name!r} has no layer for the arrays in {', '.join(sorted(strange)[:5])}.")
    return matched, problems


def _fits(weight, array):
    kinds = "iu" if weight.dtype.kind in "iu" else weight.dtype.kind
    return array.shape == weight.shape and array.dtype.kind in kinds


def _as(weight, array):
    """The values in the dtype of a weight, checked."""
    if np.shape(array) != weight.shape:
        raise ValueError(f"The values of {weight.name!r} are not what the file announces.")
    if np.isnan(array).any():
        raise ValueError(f"{weight.name!r} has NaN in the file, from a training that went wrong: it is not taken.")
    with np.errstate(over="ignore"):
        return np.array(array, dtype=weight.dtype)


# -- into an optimizer ----------------------------------------------------------------------------------------


def _give_to_optimizer(model, stored, skip_mismatch):
    """Give the optimizer of a model its state, where the file has it; refused, it has changed nothing."""
    found = [stored[path] for path in (f"{OPTIMIZER}{i}" for i in range(len(stored))) if path in stored]
    ready = _ready(model)
    expected = ready.variables
    unused = len(found) in (0, len(model.optimizer.fresh().variables))  # no state, or that before the first step
    if len(found) != len(expected):
        if not unused:
            has = f"has {len(expected)} arrays of state; the file has {len(found)}, which are left out"
            warnings.warn(f"The optimizer {model.optimizer.name!r} {has}.", stacklevel=5)
        return
    for t, array in zip(expected, found):
        if array.shape != t.shape or array.dtype.kind not in "iuf":
            has = f"the file has shape {array.shape} and dtype {array.dtype}"
            problem = f"{t.name!r} of the optimizer has shape {t.shape}; {has}."
            if not skip_mismatch:
                raise ValueError(problem)
            warnings.warn(f"Left as it is: {problem}", stacklevel=5)
            return
    ready.set_state([array.read() for array in found])
    vars(model.optimizer).update(vars(ready))
