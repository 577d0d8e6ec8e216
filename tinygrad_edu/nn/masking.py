"""Masks: which steps of a sequence count, and which are only there to make sequences equally long.

A mask is a Tensor of booleans, False where a step does not count. It goes with the output of a layer, as the attribute
`_keras_mask` by which Keras knows it; layers that keep the steps pass it on, up to the loss and the metrics.
"""

import weakref

import numpy as np

from ..common.structure import flatten, is_nested, map_structure
from ..engine.op import constant
from ..engine.tensor import Tensor

_masks = {}  # by the id of a Tensor: its mask, and the reference that ends the entry when the Tensor goes


def as_mask(mask):
    """The mask as a Tensor."""
    return mask if isinstance(mask, Tensor) else constant(np.asarray(mask))


def mask_of(values):
    """The mask of a Tensor; None where it has none, and for arrays."""
    return _masks.get(id(values), (None,))[0]


def masks_of(values):
    """The mask of a Tensor; of a list or dict of Tensors a list or dict of masks, None where none has any."""
    if not is_nested(values):
        return mask_of(values)
    masks = map_structure(mask_of, values)
    return masks if any([mask is not None for mask in flatten(masks)]) else None


def set_mask(tensor, mask):
    """Give a Tensor a mask: booleans, as a Tensor or an array.

    Example:
        >>> t = Tensor(np.zeros((1, 3, 2)))
        >>> set_mask(t, np.array([[True, True, False]]))
        >>> t._keras_mask
        Tensor([[ True,  True, False]])
    """
    key = id(tensor)
    _masks[key] = as_mask(mask), weakref.ref(tensor, lambda _, forget=_masks.pop: forget(key, None))


Tensor._keras_mask = property(mask_of, set_mask, doc="The mask of this Tensor.")  # type: ignore[attr-defined]
