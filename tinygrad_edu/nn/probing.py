"""Looking into a model without changing it: the gradients of its loss, weight by weight."""

from ..engine.autodiff import propagate
from .training.state import Snapshot


def batch_gradients(model, data=None):
    """The gradient of the training loss on one batch for every trainable weight.

    The batch runs forward as in training (dropout falls, batch statistics count) and the penalties of the layers are
    part of the loss; afterwards weights, statistics and random numbers are as they were.

    Args:
        model: a compiled model.
        data: (x, y) or (x, y, sample_weight); by default the batch that `fit` has run last.

    Returns:
        A dict from weight, in the order of `model.trainable_weights`, to an array of its shape.

    Raises:
        RuntimeError: the model is not compiled.
        ValueError: there is no batch: nothing was passed, and `fit` has not run.

    Example:
        >>> from tinygrad_edu.nn import Dense, Input, Sequential
        >>> model = Sequential([Input((2,)), Dense(1, kernel_initializer="ones", name="line")])
        >>> model.compile("sgd", "mse")
        >>> found = batch_gradients(model, ([[1.0, 2.0]], [1.0]))
        >>> {weight.path: gradient.tolist() for weight, gradient in found.items()}
        {'line/kernel': [[4.0], [8.0]], 'line/bias': [4.0]}
    """
    model._require_compiled("fit")
    data = model.programs.batches.get("train") if data is None else model.prepare(*data)
    if data is None:
        raise ValueError("batch_gradients expects a batch, (x, y): model.fit(...) has not run yet.")
    x, y, sample_weight = (*data, None, None)[:3]
    before = Snapshot(model)
    try:
        found = propagate([model.compute_loss(x, y, model(x, training=True), sample_weight)])
    finally:
        before.restore()
    return {weight: found[weight] for weight in model.trainable_weights if weight in found}
