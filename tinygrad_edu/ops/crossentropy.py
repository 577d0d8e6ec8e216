"""Crossentropy from logits, each as one op: exact where the probability rounds to 0 or 1.

The rules are the best known of classification: the gradient for the logits is (probability − label).
"""

import numpy as np

from ..engine.op import primitive
from .activations import sigmoid, softmax
from .reduce import logsumexp
from .samples import call, calls, on_shapes, real


@primitive(
    lambda g, out, logits, labels: g * (sigmoid(logits) - labels),
    lambda g, out, logits, labels: -g * logits,
    symbol="H(σ)", method=False, sample=on_shapes(real, real),
)
def sigmoid_crossentropy(logits, labels):
    """log(1 + eᶻ) − y·z, elementwise: the crossentropy of the probability sigmoid(z) and the label y.

    Example:
        >>> sigmoid_crossentropy(Tensor([0.0, 1000.0]), np.array([1.0, 1.0])).numpy().round(4)
        array([0.6931, 0.    ])
    """
    return np.maximum(logits, 0.0) - logits * labels + np.log1p(np.exp(np.minimum(logits, -logits)))


@primitive(
    lambda g, out, logits, labels, axis: np.expand_dims(g, axis)
    * (softmax(logits, axis) * np.sum(labels, axis=axis, keepdims=True) - labels),
    lambda g, out, logits, labels, axis: np.expand_dims(g, axis) * (logsumexp(logits, axis, True) - logits),
    symbol="H(softmax)", method=False,
    sample=calls(call((3, 4), (3, 4)), call((4, 2), (4, 2), axis=0), call((5,), (5,))),
)
def softmax_crossentropy(logits, labels, axis=-1):
    """−Σ y·log softmax(z) along an axis: the crossentropy of a softmax and its labels.

    Args:
        logits: what would go into the softmax.
        labels: probabilities of the same shape, such as one-hot rows.
        axis: the axis of the classes.

    Example:
        >>> softmax_crossentropy(Tensor([[0.0, 0.0]]), np.array([[0.0, 1.0]])).numpy().round(4)
        array([0.6931])
    """
    shifted = logits - logits.max(axis, keepdims=True)
    total = np.log(np.exp(shifted).sum(axis, keepdims=True))
    return ((total - shifted) * labels).sum(axis)
