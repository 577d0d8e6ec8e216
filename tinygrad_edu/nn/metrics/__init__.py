"""Metrics: numbers that people read, kept over the batches of an epoch. They are not differentiated.

Most are sums over the samples, and a quotient of them in the end; so the value of an epoch is that of all its
samples, however they were cut into batches. The sums are computed inside the training program.
"""

from ...common.deserialization import deserialize
from ...common.naming import list_public, look_up, names_of, subclasses
from .. import losses
from .accuracy import *
from .accuracy import Accuracy, BinaryAccuracy, CategoricalAccuracy, SparseCategoricalAccuracy
from .auc import *
from .base import *
from .base import Metric
from .confusion import *
from .fscore import *
from .iou import *
from .means import *
from .means import Mean, MeanMetricWrapper, MeanOf, Sum
from .of_losses import *
from .regression import *

ACCURACIES = (BinaryAccuracy, CategoricalAccuracy, SparseCategoricalAccuracy)


def named(identifier):
    """The object that Keras gives for the name of a metric: a Metric under the name of its class.

    Args:
        identifier: a name, a configuration, a class; a Metric, a function or None, which are given back.

    Example:
        >>> named("mse").name
        'mean_squared_error'
    """
    if identifier is None or callable(identifier) and not isinstance(identifier, type):
        return identifier
    if isinstance(identifier, str):
        return look_up("metric", identifier, names())()
    return get(identifier)


def get(identifier, y_shape=None, output_shape=None):
    """The metric for a name, a class, a configuration, an object or a function.

    "accuracy" depends on what is predicted: the shapes of targets and outputs decide, as in Keras.

    Args:
        identifier: what the user passed to `compile(metrics=[…])`.
        y_shape, output_shape: shapes of the targets and of the predictions, for "accuracy"; without them it is
            the share of predictions equal to their labels.

    Example:
        >>> get("accuracy", (8,), (None, 3)), get("mse").name
        (SparseCategoricalAccuracy(dtype='float32'), 'mse')
    """
    if isinstance(identifier, str):
        if is_accuracy(identifier) and output_shape is not None:
            return accuracy_for(y_shape, output_shape)(name=identifier)
        return look_up("metric", identifier, names())(name=identifier)
    if isinstance(identifier, dict) and {"class_name", "config"} <= identifier.keys():
        if identifier.get("module"):
            return get(deserialize(identifier))
        return look_up("metric", identifier["class_name"], names_of(Metric)).from_config(identifier["config"])
    if isinstance(identifier, type):
        identifier = identifier()
    if isinstance(identifier, Metric):
        return identifier
    if callable(identifier):
        name = getattr(identifier, "name", None) or getattr(identifier, "__name__", "metric")
        known = [cls for cls in subclasses(MeanOf) if cls.function is identifier]
        return known[0](name=name) if known else MeanMetricWrapper(identifier, name=name)
    raise TypeError(f"Expected the name of a metric, a Metric or a function; received {identifier!r}.")


def names():
    """Every string name of a metric of targets and predictions."""
    of_values = (Sum, Mean, MeanOf, MeanMetricWrapper)
    return {name: cls for name, cls in names_of(Metric).items() if cls not in of_values}


def is_accuracy(identifier):
    """True for the name of the accuracy that fits the shapes.

    Example:
        >>> is_accuracy("Accuracy"), is_accuracy("binary_accuracy")
        (True, False)
    """
    return isinstance(identifier, str) and identifier.lower() in ("accuracy", "acc")


def accuracy_for(y_shape, output_shape):
    """The accuracy that fits: yes-or-no outputs, class numbers, or one-hot rows."""
    fitting = losses.fitting(y_shape, output_shape)
    return dict(zip(("binary", "categorical", "sparse"), ACCURACIES))[fitting]


list_public(globals())
