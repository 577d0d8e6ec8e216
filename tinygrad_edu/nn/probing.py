"""Looking into a model without changing it: the gradients of its loss, weight by weight, and what its layers end in."""

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
    last = model.programs.last_batch("train")
    if data is None and last is None:
        raise ValueError("batch_gradients expects a batch, (x, y): model.fit(...) has not run yet.")
    x, y, sample_weight = last.parts if data is None else model.prepare(*data)
    before = Snapshot(model)
    try:
        found = propagate([model.compute_loss(x, y, model(x, training=True), sample_weight)])
    finally:
        before.restore()
    return {weight: found[weight] for weight in model.trainable_weights if weight in found}


_ACTIVATION_LAYERS = {"ReLU": "relu", "Softmax": "softmax", "LeakyReLU": "leaky_relu", "PReLU": "prelu", "ELU": "elu"}
# Layers after the last one with an activation that leave each value as it was.
_PASSES = {
    "Dropout",
    "SpatialDropout1D",
    "SpatialDropout2D",
    "GaussianDropout",
    "GaussianNoise",
    "AlphaDropout",
    "Flatten",
    "Reshape",
    "Identity",
    "ActivityRegularization",
    "Permute",
}


def activation_of(layer):
    """The name of a layer's activation function: "linear" where it has none, None where the layer is none to have one.

    Example:
        >>> from tinygrad_edu.nn import Dense, Flatten
        >>> activation_of(Dense(1, activation="relu")), activation_of(Flatten())
        ('relu', None)
    """
    if type(layer).__name__ in _ACTIVATION_LAYERS:
        return _ACTIVATION_LAYERS[type(layer).__name__]
    function = getattr(layer, "activation", None)
    return None if function is None else getattr(function, "__name__", "unknown")


def last_layer(model):
    """(number, activation) of the layer that the outputs of a model leave from, or (None, None).

    Of the layers in the order of `model.layers`; "unknown" is the activation of a layer that tells of none.
    """
    for number, layer in reversed(list(enumerate(model.layers))):
        activation = activation_of(layer)
        if activation is None and type(layer).__name__ in _PASSES:
            continue
        if activation == "linear" and type(layer).__name__ == "Activation":
            continue
        if getattr(layer, "layers", None):  # a model inside
            return number, last_layer(layer)[1]
        return number, activation or "unknown"
    return None, None


def hidden_layers(model):
    """(number, layer, activation) of the layers with weights before the last ones, with the activation that follows."""
    weighted = [n for n, layer in enumerate(model.layers) if getattr(layer, "kernel", None) is not None]
    found = []
    for number, following in zip(weighted, weighted[1:]):
        named = [activation_of(layer) for layer in model.layers[number:following]]
        named = [activation for activation in named if activation not in (None, "linear")]
        found.append((number, model.layers[number], named[0] if named else "linear"))
    return found
