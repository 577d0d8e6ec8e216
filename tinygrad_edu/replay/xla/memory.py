"""The values of Variables on the device of XLA, from one call to the next.

After each call the Variables have their new values on the host too, so that everything else in the package sees them;
before the next one only those are sent again that were given other arrays meanwhile, which is noticed by identity.
"""

from operator import is_

import numpy as np

_OF_CARD = 0.6  # the share of a graphics card's memory that data may take
_OF_HOST = 1 << 30  # bytes of data that are copied for XLA on the processor
_SMALL = 1 << 18  # bytes that a call sends in less time than `device_put` takes to begin
_SETS = 2  # of data that are kept on the device at once: to train and to validate on


class DeviceMemory:
    """The arrays on the device by Tensor, and those of data.

    Args:
        jax: the module.
    """

    def __init__(self, jax):
        self._jax, self._held, self._constant, self._data = jax, {}, {}, []
        card = jax.devices()[0].memory_stats() or {}
        self._room = _OF_CARD * card["bytes_limit"] if "bytes_limit" in card else _OF_HOST

    def take(self, tensors):
        """The values of these Tensors for a call, which may write into them: on the device, if it has them."""
        found = []
        for tensor in tensors:
            array, on_device = self._held.pop(tensor, (None, None))
            new = on_device is None or array is not tensor.array
            found.append(np.array(tensor.array) if new else on_device)  # a call sends arrays faster than `device_put`
        return found

    def read(self, tensors):
        """The values of Tensors that no call changes."""
        for tensor in tensors:  # by value: programs of NumPy write in place
            known = self._constant.get(tensor)
            if known is None or not np.array_equal(known[0], tensor.array, equal_nan=known[0].dtype.kind == "f"):
                self._constant[tensor] = np.array(tensor.array), self._send(tensor.array)
        return [self._constant[tensor][1] for tensor in tensors]

    def give(self, tensors, arrays, vectors):
        """Give Tensors the values that a call left: those of a Vector in one flat array."""
        new = dict(zip(tensors, arrays))
        inside = set()
        for vector in vectors:
            parts = [np.asarray(new[member]) for member in vector.members]
            vector.give(vector.join(parts))
            inside.update(vector.members)
        for tensor, array in new.items():
            if tensor not in inside:
                tensor.replace(np.array(array))
            self._held[tensor] = tensor.array, array

    def has_room(self, arrays):
        """True if the device is to hold all of these data: those that lie in a file stay there."""
        mapped = any(isinstance(array, np.memmap) for array in arrays)
        return not mapped and sum(array.nbytes for array in arrays) <= self._room

    def data(self, arrays):
        """All data for a call: on the device, where the same arrays are sent once, or if they are small as they are."""
        if sum(array.nbytes for array in arrays) <= _SMALL:
            return list(arrays)
        for known, on_device in self._data:
            if len(known) == len(arrays) and all(map(is_, known, arrays)):
                return on_device
        on_device = self._jax.device_put(list(arrays))  # nobody writes them before the end of the call
        self._data = [*self._data[1 - _SETS :], (list(arrays), on_device)]
        return on_device

    def forget_data(self):
        """Let go of the data."""
        self._data = []

    def _send(self, array):
        return self._jax.device_put(np.array(array))  # a copy: the host may write into its own
