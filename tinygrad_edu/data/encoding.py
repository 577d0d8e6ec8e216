"""Labels and features in the form that a loss or a layer wants."""

import numpy as np


def to_categorical(x, num_classes=None):
    """Class numbers as one-hot rows: class k becomes a 1 at position k.

    Args:
        x: whole class numbers from 0, of any shape.
        num_classes: the length of a row; the largest number + 1 by default.

    Returns:
        A float64 array of shape x.shape + (num_classes,); a last axis of length 1 is dropped first.

    Raises:
        ValueError: a number is negative, fractional, or not below num_classes.

    Example:
        >>> to_categorical([0, 2])
        array([[1., 0., 0.],
               [0., 0., 1.]])
    """
    x = np.asarray(x)
    if x.ndim > 1 and x.shape[-1] == 1:
        x = x[..., 0]
    numbers = x.astype(np.int64)
    count = int(numbers.max(initial=-1)) + 1 if num_classes is None else num_classes
    if (numbers != x).any() or (numbers < 0).any() or (numbers >= count).any():
        raise ValueError(f"to_categorical expects whole numbers from 0 to {count - 1}; received {np.unique(x)[:10]}.")
    return np.eye(count)[numbers]


def normalize(x, axis=-1, order=2):
    """Each vector along an axis divided by its norm, x / ‖x‖; zero vectors stay zero.

    Args:
        x: an array.
        axis: the axis of the vectors.
        order: of the norm: 1, 2, np.inf, …

    Returns:
        An array of the shape of x; float32 stays float32, whole numbers become float64.

    Example:
        >>> normalize(np.array([[3.0, 4.0]]))
        array([[0.6, 0.8]])
    """
    x = np.atleast_1d(np.asarray(x))
    norm = np.linalg.norm(x, order, axis, keepdims=True)
    return x / np.where(norm == 0, 1, norm)
