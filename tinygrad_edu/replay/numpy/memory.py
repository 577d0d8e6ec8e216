"""The memory that the programs of a model share: a buffer for every Vector, and one for every running value.

Programs write in place. Whatever gives a Tensor an array of its own meanwhile (`set_weights`, an eager step, a user
who takes `w.data`) is noticed by `pull_changes`, which takes those values back in; so arrays that the user holds are
never written.
"""

import numpy as np

from .halves import Halves


class Store:
    """Buffers by Vector and by Tensor.

    Attributes:
        halves: what the updates of long vectors are divided by.
    """

    def __init__(self):
        self._buffers, self._gradients, self.halves = {}, {}, Halves()

    def buffer(self, held):
        """The array that programs write for a Vector, or for a Tensor to which steps assign."""
        if held not in self._buffers:
            self._buffers[held] = np.array(held.array)
        return self._buffers[held]

    def gradients(self, vector):
        """The array for the gradients of a Vector of weights."""
        if vector not in self._gradients:
            self._gradients[vector] = np.zeros(vector.size, vector.dtype)
        return self._gradients[vector]

    def pull_changes(self, vectors, tensors):
        """Take in what changed outside: values of these in arrays that are not ours."""
        for vector in vectors:
            buffer = self._buffers[vector]
            vector.pull_changes()
            if vector.array is not buffer:
                buffer[...] = vector.array
                vector.give(buffer, shared=True)
        for tensor in tensors:
            buffer = self._buffers[tensor]
            if tensor.array is not buffer:
                buffer[...] = tensor.array
                tensor.replace(buffer, shared=True)
