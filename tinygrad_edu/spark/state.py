"""The state of a training as one flat row of bytes: the weights, the statistics of the layers, the optimizer's memory.

Every array lies there in its own dtype, one after the other in the order of the Variables. Random numbers are no part
of it: each partition draws its own, from the seed, the number of the round and its own number.
"""

import json

import numpy as np

from ..common.random import GeneratorState


def weights_of(model):
    """The Variables of the layers, but for the states of random generators."""
    return [variable for variable in model.variables if not isinstance(variable, GeneratorState)]


def statistics_of(model):
    """The Variables of the layers that no gradient changes, such as moving means."""
    trained = set(model.trainable_weights)
    return [variable for variable in weights_of(model) if variable not in trained]


def variables_of(model):
    """The Variables that a training changes: of the layers and of the optimizer, which is built for them."""
    if not model.optimizer.built:
        model.optimizer.build(model.trainable_weights)
    return [*weights_of(model), *model.optimizer.state_variables]


def packed(variables):
    """The values of Variables, or arrays, as bytes."""
    return b"".join([np.ascontiguousarray(getattr(v, "array", v)).tobytes() for v in variables])


def unpacked(data, like):
    """The arrays in bytes that `packed` gave, of the shapes and dtypes of these Variables.

    Raises:
        ValueError: there are more or fewer bytes.
    """
    sizes = [variable.size * variable.dtype.itemsize for variable in like]
    if len(data) != sum(sizes):
        raise ValueError(f"Expected a state of {sum(sizes)} bytes; received {len(data)}.")
    ends = np.cumsum([0, *sizes])
    parts = [np.frombuffer(data[a:b], v.dtype) for v, a, b in zip(like, ends, ends[1:])]
    return [part.reshape(variable.shape) for part, variable in zip(parts, like)]


def give(variables, arrays):
    """Give Variables new values."""
    for variable, array in zip(variables, arrays):
        variable.assign(array)


def averaged(states, rows, like):
    """The means of states, each counted by its rows: Σ rows · state / Σ rows. Whole numbers are rounded.

    Args:
        states: bytes, one a partition.
        rows: how many rows each was trained on.
        like: the Variables that they are for.

    Returns:
        A list of arrays.

    Example:
        >>> kernel = tg.keras.Variable([0.0, 0.0])
        >>> states = [np.float32([1.0, 2.0]).tobytes(), np.float32([4.0, 8.0]).tobytes()]
        >>> averaged(states, [2, 1], [kernel])[0]
        array([2., 4.], dtype=float32)
    """
    sums = [np.zeros(variable.shape) for variable in like]
    for state, count in zip(states, rows):
        for total, array in zip(sums, unpacked(state, like)):
            total += count * array.astype(float)
    means = [total / sum(rows) for total in sums]
    return [(np.rint(m) if v.dtype.kind in "iu" else m).astype(v.dtype) for m, v in zip(means, like)]


def sums_of(model):
    """The sums of the metrics of a model, the mean loss among them, as text: those of partitions can be added."""
    return json.dumps([variable.numpy().tolist() for metric in model.metrics for variable in metric.variables])


def figures_of(model, texts):
    """The figures of the metrics over all partitions, floats or lists by name, from what `sums_of` gave for each."""
    parts = [json.loads(text) for text in texts]
    variables = [variable for metric in model.metrics for variable in metric.variables]
    give(variables, [sum(np.asarray(part[i], dtype=float) for part in parts) for i in range(len(variables))])
    return {name: np.asarray(value, float).tolist() for name, value in model.get_metrics_result().items()}
