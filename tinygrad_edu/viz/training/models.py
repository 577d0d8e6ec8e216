"""The needs of a picture of a model: its data checked, and a copy of it, as the model itself never changes."""

import copy
from contextlib import contextmanager

import numpy as np

from ...common import random
from ...common.arrays import as_array, check_lengths
from ...common.floats import floatx
from ...nn import losses

LARGEST_BATCH = 4096


@contextmanager
def copy_of(model, what):
    """A copy of a compiled and built model to try things on; random numbers go on afterwards as if nothing had been.

    Args:
        model: the model, which stays as it is.
        what: the picture that needs it, for errors.

    Raises:
        TypeError: this is no model.
        ValueError: it has no weights yet, or no loss.
    """
    check_built(model, what)
    if not getattr(model, "compiled", False) or model.loss is None:
        raise ValueError(f'{what} needs a loss: call model.compile(optimizer="adam", loss="mse") before.')
    generator = random.generator()
    state = generator.bit_generator.state
    try:
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            yield copy.deepcopy(model)
    finally:
        generator.bit_generator.state = state


def check_built(model, what):
    """Refuse what is no model, and a model without weights yet."""
    if not hasattr(model, "predict") or not hasattr(model, "weights"):
        raise TypeError(f"{what} expects a model; received {type(model).__name__}.")
    if not getattr(model, "built", False):
        raise ValueError(
            f"{what}: the model {model.name!r} has no weights yet. Begin it with Input((features,)), or train it first."
        )


def points_and_classes(model, x, y, what):
    """(samples, targets, class of each sample) of a model that tells classes apart, checked.

    Raises:
        ValueError: the numbers of samples differ, something is NaN, or y are no classes.
    """
    x, y = as_array(x, "x", dtype=floatx()), as_array(y, "y")
    check_lengths(x=x, y=y)
    return x, class_numbers(y, what)


def class_numbers(y, what):
    """Class numbers, shape (samples,), from numbers or from one-hot rows.

    Example:
        >>> class_numbers(np.array([[0, 1], [1, 0]]), "confusion")
        array([1, 0])
    """
    if y.ndim == 2 and y.shape[1] > 1:
        return y.argmax(axis=1)
    flat = np.ravel(y)
    if len(flat) != len(y) or (flat != np.round(flat)).any():
        raise ValueError(
            f"{what} expects classes as whole numbers, or one-hot rows; received y of shape {y.shape} with "
            f"values such as {flat[flat != np.round(flat)][:1] if len(flat) == len(y) else flat[:3]}."
        )
    return flat.astype(int)


def scores(model, x):
    """The outputs of the model for each sample: shape (samples, outputs)."""
    return np.asarray(model.predict(x, batch_size=LARGEST_BATCH, verbose=0), dtype=float).reshape(len(x), -1)


def threshold(model, classes):
    """Where a model with one output goes over from one class to the other: 0 for scores, 0.5 for probabilities."""
    hinge = isinstance(getattr(model, "loss", None), losses.Hinge | losses.SquaredHinge)
    return 0.0 if hinge or gives_logits(model) or (np.asarray(classes) == -1).any() else 0.5


def gives_logits(model):
    """True if the outputs are scores that a sigmoid or a softmax makes probabilities of, inside the loss."""
    return bool(getattr(getattr(model, "loss", None), "arguments", {}).get("from_logits", False))


def predicted_classes(model, outputs, classes):
    """The class that each row of outputs means; of two classes the lower number stands below the threshold."""
    if outputs.shape[1] > 1:
        return outputs.argmax(axis=1)
    low, high = (-1, 1) if (np.asarray(classes) == -1).any() else (0, 1)
    return np.where(outputs[:, 0] > threshold(model, classes), high, low)
