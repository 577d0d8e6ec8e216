"""A training at one moment in one file: all state, so that it goes on bit for bit as if it had not been cut.

An .npz file with the arrays of `weights` and, below "training/", what only a training has: how far it is, the state of
its random numbers, and the optimizer's with all that Keras's files have no place for.
"""

from io import BytesIO

import numpy as np

from ...common import random
from ...common.files import replacing
from . import formats
from .files import opened
from .weights import collect_arrays, load_arrays, ready

_TRAINING = "training/"


def save_backup(model, path, epoch):
    """Write a backup in place of one that is there: the whole file, or nothing.

    Args:
        model: a compiled model in training.
        path: the path of the file.
        epoch: the number of the epoch to go on with.
    """
    arrays, names = collect_arrays(model)
    kept = {"epoch": np.asarray(epoch), **_numbered("random", _random_states(model))}
    kept |= _numbered("optimizer", model.optimizer.state_variables)
    content = BytesIO()
    formats.write_npz(arrays | {f"{_TRAINING}{name}": array for name, array in kept.items()}, names, content)
    with replacing(path) as file:
        file.write(content.getbuffer())


def load_backup(model, path):
    """Give a model the state in a backup.

    Returns:
        The number of the epoch to go on with.

    Raises:
        ValueError: the file is broken, or of another model; nothing is changed then.
    """
    with opened(path) as (_, stored):
        kept = {name.removeprefix(_TRAINING): a for name, a in stored.items() if name.startswith(_TRAINING)}
        if "epoch" not in kept or kept["epoch"].shape:
            raise ValueError("it is not what a backup wrote.")
        states = _found("random", kept, _random_states(model))
        memory = _found("optimizer", kept, ready(model).state_variables)
        epoch = int(kept["epoch"].read())
        load_arrays(model, {name: array for name, array in stored.items() if not name.startswith(_TRAINING)})
        for variable, values in zip([*states, *model.optimizer.state_variables], [*states.values(), *memory.values()]):
            variable.assign(values)
    return epoch


def _random_states(model):
    """The states of whatever draws random numbers: for the order of the samples, and in the layers."""
    inside = [variable for variable in model.variables if isinstance(variable, random.GeneratorState)]
    return list(dict.fromkeys([random.state(), *inside]))


def _numbered(name, variables):
    return {f"{name}/{i}": variable.numpy() for i, variable in enumerate(variables)}


def _found(name, kept, variables):
    """The values in a backup for these Variables, by Variable."""
    arrays = [kept.get(f"{name}/{i}") for i in range(len(variables))]
    fitting = [a is not None and a.shape == v.shape and a.dtype == v.dtype for a, v in zip(arrays, variables)]
    if not all(fitting) or f"{name}/{len(variables)}" in kept:
        raise ValueError(f"its {name} state is that of another model.")
    return {variable: array.read() for variable, array in zip(variables, arrays)}
