"""The memory of an optimizer: the slots of each parameter as Variables, and those of many at once as flat Vectors."""

import numpy as np

from ..engine.variable import Variable, Vector

AVERAGE, WAITING = "average", "gradient_accumulator"
_SETS = 8  # of parameters whose Vectors are kept at once


class Memory:
    """The parameters of an optimizer and the Variables that it keeps for each.

    Attributes:
        parameters: the optimizer's own, a list, or None.
        slots: by parameter, a dict of its slots by name.
    """

    def __init__(self):
        self.parameters, self.slots, self._groups = None, {}, {}

    def __getstate__(self):
        return vars(self) | {"_groups": {}}

    def slots_of(self, parameter, names, initial):
        """The slots of a parameter by name; those that are not there yet begin with what `initial(name, w)` gives."""
        slots = self.slots.setdefault(parameter, {})
        for name in names:
            if name not in slots:
                label = f"{parameter.path or self._number_of(parameter)}_{name}"
                slots[name] = Variable(initial(name, parameter.array), trainable=False, name=label)
        return {name: slots[name] for name in names}

    def _number_of(self, parameter):
        known = dict.fromkeys([*(self.parameters or ()), *self.slots])
        return next(f"parameter_{i}" for i, other in enumerate(known) if other is parameter)

    def groups(self, parameters, names, initial):
        """These parameters by dtype, each with its slots of these names as Vectors, up to date."""
        key = (names, *map(id, parameters))
        groups = self._groups.get(key)
        if groups is None:
            by_dtype = {}
            for parameter in parameters:
                by_dtype.setdefault(parameter.dtype, []).append(parameter)
            groups = [
                Group(members, [self.slots_of(p, names, initial) for p in members]) for members in by_dtype.values()
            ]
            if len(self._groups) >= _SETS:
                del self._groups[next(iter(self._groups))]
            self._groups[key] = groups
        for group in groups:
            group.pull_changes()
        return groups


class Group:
    """Parameters of one dtype and what is kept for them: one Vector of the weights, and one for each slot.

    Attributes:
        parameters: the parameters, in order.
        weights: the Vector of their values.
        slots: the Vectors of the slots, by name.
    """

    def __init__(self, parameters, slots):
        self.parameters, self.dtype = parameters, parameters[0].dtype
        self.weights = Vector(parameters)
        self.slots = {name: Vector([of_one[name] for of_one in slots]) for name in slots[0]}

    def vectors(self):
        """All Vectors."""
        return [self.weights, *self.slots.values()]

    def pull_changes(self):
        """Take in what was changed outside; see `Vector.pull_changes`."""
        self.weights.pull_changes()
        for vector in self.slots.values():
            vector.pull_changes()

    def mask(self, wanted):
        """One truth for each parameter, as True, False, or where they differ an array of 0 and 1 for each weight."""
        if all(wanted) or not any(wanted):
            return all(wanted)
        return np.repeat(wanted, [parameter.size for parameter in self.parameters]).astype(self.dtype)
