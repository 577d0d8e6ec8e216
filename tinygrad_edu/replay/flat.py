"""Flat memory: all parameters of a dtype are parts of one vector, and so are their gradients and slots.

An update then runs once over the vector, in place, whatever the number of layers. The parameters stay Tensors
of their own: their arrays are views of the vector. Whatever gives a parameter an array of its own meanwhile
(`set_weights`, an eager step, a user who takes `w.data`) is noticed by `settle`, which takes those values back
in; so arrays that the user holds are never written.
"""

import numpy as np

SHARED = "shared"  # says of an array that a program writes into it; see `Tensor._exposed`


class Store:
    """The memory that the programs of a model share: a Memory for each optimizer, an array for each running value."""

    def __init__(self):
        self._memories, self._values = {}, {}

    def memory(self, optimizer, parameters):
        """The vectors of an optimizer and these parameters."""
        key = (id(optimizer), optimizer.held, *map(id, parameters))
        if key not in self._memories:
            self._memories[key] = Memory(optimizer, parameters)
        return self._memories[key]

    def value(self, tensor):
        """The array of a Tensor to which steps assign."""
        if tensor not in self._values:
            self._values[tensor] = np.array(tensor._array)
        return self._values[tensor]

    def settle(self, tensors):
        """Take in what changed outside: values of these Tensors in arrays that are not ours."""
        for tensor in tensors:
            array = self._values[tensor]
            if tensor._array is not array:
                array[...] = tensor._array
                if tensor.ndim:
                    tensor._array, tensor._exposed = array, SHARED


class Group:
    """The parameters of one dtype: their places in the vectors `weights`, `gradients`, and one for each slot."""

    def __init__(self, parameters, slots):
        self.parameters, self.dtype = parameters, parameters[0].dtype
        ends = np.cumsum([parameter.size for parameter in parameters]).tolist()
        self.places = list(zip([0, *ends], ends))
        self.weights, self.gradients, self.waiting = (np.zeros(ends[-1], self.dtype) for _ in range(3))
        self.slots = {slot: np.zeros(ends[-1], self.dtype) for slot in slots}

    def views(self, vector):
        """The part of a vector that belongs to each parameter, in its shape."""
        return [
            vector[start:stop].reshape(parameter.shape)
            for parameter, (start, stop) in zip(self.parameters, self.places)
        ]


class Memory:
    """Where an optimizer and its parameters live while a program trains them."""

    def __init__(self, optimizer, parameters):
        self.optimizer, self.parameters = optimizer, list(parameters)
        by_dtype = {}
        for parameter in parameters:
            by_dtype.setdefault(parameter.dtype, []).append(parameter)
        self.groups = [Group(members, optimizer.held) for members in by_dtype.values()]
        self._weights = [pair for group in self.groups for pair in zip(group.parameters, group.views(group.weights))]
        self._slots = {}
        for group in self.groups:
            for slot, vector in group.slots.items():
                for parameter, view in zip(group.parameters, group.views(vector)):
                    self._slots.setdefault(parameter, []).append((slot, view))
        self.waiting = {
            parameter: view
            for group in self.groups
            for parameter, view in zip(group.parameters, group.views(group.waiting))
        }
        self.numbers = [(parameter, view) for parameter, view in self._weights if not parameter.ndim]

    def settle(self):
        """Take in what changed outside: the values of parameters and slots whose arrays are not ours."""
        for parameter, view in self._weights:
            if parameter._array is not view:
                view[...] = parameter._array
                if parameter.ndim:
                    parameter._array, parameter._exposed = view, SHARED
        for parameter, slots in self._slots.items():
            held = self.optimizer._slots_of(parameter)
            for slot, view in slots:
                if held[slot] is not view:
                    view[...] = held[slot]
                    self.optimizer._memory[parameter][slot] = view

        waiting, total, calls = self.optimizer._waiting
        if self.optimizer.gradient_accumulation_steps and waiting is not self.waiting:
            for parameter, view in self.waiting.items():
                view[...] = waiting.get(parameter, 0.0)
            self.optimizer._waiting = self.waiting if waiting else waiting, total, calls
