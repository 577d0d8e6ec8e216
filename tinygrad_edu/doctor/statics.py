"""Findings in model and data before anything is trained: values that are none, labels, losses and outputs that do not
fit, rows in order, columns and rows that give the answer away."""

import numpy as np

from ..nn import losses
from ..nn.layers import Dropout
from .finding import Finding, Words
from .subject import BINARY, CATEGORICAL, HINGE, RANGES, REGRESSION, SPARSE
from .trials import standard_output


def before_training(subject):
    """The findings that need no training. Where data are invalid, nothing else is asked."""
    invalid = list(_invalid(subject))
    if invalid or subject.refused is not None:
        return invalid
    rules = [_labels, _units, _frozen, _loss, _outputs, _dropout_last]
    rules += [_order, _split, _mismatch, _shared_rows]
    if subject.y is None or subject.kind is None:
        rules = [_frozen]
    return [finding for rule in rules for finding in rule(subject)]


# -- numbers that are none -------------------------------------------------------------------------------------


def _invalid(subject):
    if subject.refused is not None:
        return
    arrays = [("x", "x", subject.whole_x), ("y", "y", subject.whole_y)]
    if subject.held is not None and subject.options.get("validation_data") is not None:
        arrays += [
            ("validation x", "validation_data", subject.held[0]),
            ("validation y", "validation_data", subject.held[1]),
        ]
    for name, place, array in arrays:
        if array is None or array.dtype.kind != "f":
            continue
        wrong = ~np.isfinite(array)
        if wrong.any():
            first = np.argwhere(wrong)[0]
            column = f", column {', '.join(map(str, first[1:]))}" if len(first) > 1 else ""
            what = "NaN" if np.isnan(array[tuple(first)]) else "infinity"
            fields = {"array": name, "what": what, "row": int(first[0]), "column": column, "count": int(wrong.sum())}
            yield Finding("invalid_data", place, fields=fields)


# -- labels, units, loss, outputs ------------------------------------------------------------------------------


def _labels(subject):
    """Labels outside of what the loss can use, or what the last activation can give."""
    y, loss, name = subject.y, subject.loss, subject.loss_name
    values = _values(y)
    if (
        isinstance(loss, BINARY)
        and (y.min() < 0 or y.max() > 1)
        and subject.kind in ("signs", "two_values", "classes", "numbers")
    ):
        if subject.kind == "classes" and len(np.unique(y)) > 2:
            return
        if len(np.unique(y)) == 2:
            low = float(np.unique(y)[0])
            code = "y = (y > 0)" if low < 0 else f"y = (y != {low:g})"
            yield _encoding(name, values, Words("part.two", a=0, b=1), code)
    elif isinstance(loss, SPARSE) and subject.units:
        if (y != np.round(y)).any():
            times = next((n for n in (255, 10, 9, 100) if np.allclose(y * n, np.round(y * n), atol=1e-4)), None)
            code = f"y = np.round(y * {times}).astype(int)" if times else "y = np.unique(y, return_inverse=True)[1]"
            yield _encoding(name, values, Words("part.whole", top=subject.units - 1), code)
        elif y.min() >= 1 and y.max() == subject.units and len(np.unique(y)) <= subject.units:
            yield _encoding(name, values, Words("part.whole", top=subject.units - 1), "y = y - 1")
        elif y.min() < 0:
            code = "y = np.unique(y, return_inverse=True)[1]"
            yield _encoding(name, values, Words("part.whole", top=subject.units - 1), code)
    elif isinstance(loss, CATEGORICAL) and y.ndim == 2 and y.shape[1] > 1 and subject.kind == "numbers":
        sums = y.sum(1)
        if y.min() >= 0 and np.ptp(sums) < 1e-3 * abs(sums[0]):
            yield _encoding(name, Words("part.sums", sum=sums[0]), Words("part.sums", sum=1), f"y = y / {sums[0]:g}")
    elif not isinstance(loss, HINGE) and subject.kind in ("signs", "two_values"):
        number, activation = subject.last
        if activation == "sigmoid" and (y.min() < 0 or y.max() > 1):
            low = float(np.unique(y)[0])
            code = "y = (y > 0)" if low <= 0 else f"y = (y != {low:g})"
            fields = {"values": values, "activation": activation, "range": "[0, 1]", "code": code}
            yield Finding("label_encoding", "y", "label_encoding.range", fields=fields)


def _encoding(loss, values, expected, code):
    fields = {"loss": loss, "values": values, "expected": expected, "code": code}
    return Finding("label_encoding", "y", "label_encoding.domain", fields=fields)


def _values(y):
    """The values of y in few words."""
    found = np.unique(y)
    if len(found) <= 3:
        return Words(("part.one", "part.two", "part.three")[len(found) - 1], **dict(zip("abc", found)))
    return Words("part.many", count=len(found), low=found[0], high=found[-1])


def _units(subject):
    """As many outputs as classes, or as columns of y."""
    units, (number, activation) = subject.units, subject.last
    if units is None or number is None:
        return
    y, layer = subject.y, subject.model.layers[number]
    columns = int(np.prod(y.shape[1:])) if y.ndim > 1 else 1
    if isinstance(subject.loss, SPARSE):
        whole = (y == np.round(y)).all()
        if whole and y.max() >= units and y.min() >= 0 and not (y.min() >= 1 and y.max() == units):
            classes = int(y.max()) + 1
            fields = {"classes": classes, "units": units, "wanted": classes, "how": ""}
            yield Finding("output_units", number, "output_units.classes", fields=fields, layer=layer.name)
        return
    if y.ndim <= 2 and len(subject.model.output_shape) == 2 and columns != units and columns > 1:
        fields = {"columns": columns, "units": units, "wanted": columns, "how": ""}
        yield Finding("output_units", number, "output_units.columns", fields=fields, layer=layer.name)
    elif subject.kind == "classes" and units == 1 and len(np.unique(y)) > 2:
        bounded = activation in ("sigmoid", "softmax", "tanh", "hard_sigmoid")
        if bounded or isinstance(subject.loss, (*BINARY, *CATEGORICAL)):
            classes = len(np.unique(y))
            how = Words("part.classes")
            fields = {"classes": classes, "units": 1, "wanted": int(y.max()) + 1, "how": how}
            yield Finding("output_units", number, "output_units.classes", fields=fields, layer=layer.name)


def _frozen(subject):
    model = subject.model
    if model.weights and not model.trainable_weights:
        fields = {"weights": model.count_params(), "updates": subject.updates}
        number = next((n for n, layer in enumerate(model.layers) if layer.weights), None)
        yield Finding("frozen_weights", number, "frozen_weights.all", fields=fields, layer=_name(model, number))


def _name(model, number):
    return None if number is None else model.layers[number].name


def _loss(subject):
    """A loss that cannot tell right from wrong for these targets."""
    y, loss, name = subject.y, subject.loss, subject.loss_name
    if isinstance(loss, CATEGORICAL) and subject.units == 1:
        wanted = "binary_crossentropy" if subject.kind in ("binary", "share") else "mse"
        yield Finding("wrong_loss", "loss", "wrong_loss.one_unit", fields={"loss": name, "wanted": wanted})
    elif isinstance(loss, losses.MeanAbsolutePercentageError) and (np.abs(y) < 1e-6).any():
        share = float((np.abs(y) < 1e-6).mean())
        fields = {"loss": name, "share": share, "value": 100 * share * float(np.abs(y).mean()) / 1e-7, "wanted": "mae"}
        yield Finding("wrong_loss", "loss", "wrong_loss.zeros", fields=fields)
    elif isinstance(loss, losses.Poisson | losses.MeanSquaredLogarithmicError) and (y < 0).any():
        fields = {"loss": name, "share": float((y < 0).mean()), "low": float(y.min()), "wanted": "mse"}
        yield Finding("wrong_loss", "loss", "wrong_loss.negative", fields=fields)
    elif isinstance(loss, losses.CosineSimilarity) and subject.units == 1:
        yield Finding("wrong_loss", "loss", "wrong_loss.direction", fields={"loss": name, "wanted": "mse"})
    elif isinstance(loss, BINARY) and subject.kind in ("numbers", "share") and y.ndim <= 2:
        bounded = subject.last[1] in ("sigmoid", "hard_sigmoid") or subject.from_logits
        if len(np.unique(y)) > 10 and (subject.kind == "numbers" or not bounded):
            fields = {"loss": name, "distinct": len(np.unique(y)), "wanted": "mse"}
            yield Finding("wrong_loss", "loss", "wrong_loss.continuous", fields=fields)


def _outputs(subject):
    """A last activation that cannot give the targets, or that the loss does not expect."""
    number, activation = subject.last
    if number is None:
        return
    y, loss, layer = subject.y, subject.loss, subject.model.layers[number]
    wanted = standard_output(subject)[0]

    def finding(key, **fields):
        return Finding(
            "output_activation",
            number,
            f"output_activation.{key}",
            fields=fields | {"wanted": wanted},
            layer=layer.name,
        )

    if subject.from_logits and activation in ("softmax", "sigmoid"):
        units = subject.units or 2
        floor = np.log(1 + (units - 1) / np.e) if activation == "softmax" else np.log(1 + 1 / np.e)
        fields = {"activation": activation, "units": units, "floor": float(floor)}
        yield Finding("from_logits", "loss", "from_logits.twice", "remedy.from_logits.twice", fields=fields)
    elif activation == "softmax" and subject.units == 1:
        wanted = "sigmoid" if subject.task == "classes" else "linear"
        yield finding("softmax_of_one", rows=len(y), other=float((y != 1).mean()))
    elif activation == "softmax" and subject.kind == "several_labels" and y.ndim == 2:
        yield finding("several_labels", most=float(y.sum(1).max()))
    elif activation in RANGES and not isinstance(loss, SPARSE) and subject.kind not in ("two_values",):
        yield from _reach(subject, activation, finding)


def _reach(subject, activation, finding):
    """Targets beyond the range of the last activation, by so much that it matters."""
    low, high = RANGES[activation]
    y = subject.y.astype(float)
    if isinstance(subject.loss, HINGE) and subject.kind == "binary" or isinstance(subject.loss, BINARY):
        return
    if subject.kind == "signs" and activation == "sigmoid" and not isinstance(subject.loss, HINGE):
        return  # said of the labels
    beyond = y - np.clip(y, low, high)
    matters = (beyond**2).mean() > 0.02 * max(y.var(), 1e-12) and (beyond != 0).mean() > 0.02
    if matters:
        end = "∞)" if np.isinf(high) else f"{high:g}]"
        shown = f"[{low:g}, {end}"
        yield finding(
            "range",
            activation=activation,
            range=shown,
            low=float(y.min()),
            high=float(y.max()),
            share=float((beyond != 0).mean()),
        )


def odd_metric(subject):
    """A share of right classes where there are none, or of single questions where there is one a row."""
    y = subject.y
    for metric in subject.metrics:
        name, kind = str(metric.name), type(metric).__name__
        if "ccuracy" not in kind:
            continue
        fractions = float((y != np.round(y)).mean())
        if isinstance(subject.loss, REGRESSION) and fractions > 0.5 and subject.kind in ("numbers", "share"):
            fields = {"metric": name, "distinct": len(np.unique(y)), "shown": 0.0, "wanted": "mae"}
            yield Finding("wrong_metric", "metrics", "wrong_metric.accuracy", fields=fields)
        elif kind == "BinaryAccuracy" and subject.kind == "one_hot" and y.shape[1] > 2:
            fields = {"metric": name, "columns": y.shape[1], "no": 1 - 1 / y.shape[1], "wanted": "categorical_accuracy"}
            yield Finding("wrong_metric", "metrics", "wrong_metric.binary", fields=fields)


def _dropout_last(subject):
    """Dropout of the outputs themselves."""
    model = subject.model
    if not subject.sequential:
        return
    for number, layer in reversed(list(enumerate(model.layers))):
        if layer.weights:
            return
        if isinstance(layer, Dropout) and layer.rate > 0:
            key = "over_regularization.last"
            yield Finding("over_regularization", number, key, fields={"rate": layer.rate}, layer=layer.name)


# -- rows ------------------------------------------------------------------------------------------------------


def _order(subject):
    """Rows in order of class that fit is told not to mix."""
    if subject.options.get("shuffle", True) is not False or not subject.classes or subject.stream:
        return
    labels = subject.labels()
    shares = np.unique(labels, return_counts=True)[1] / len(labels)
    mixed, found = float((shares**2).sum()), float((labels[1:] == labels[:-1]).mean()) if len(labels) > 1 else 0.0
    if len(labels) >= 30 and found > 0.9 and mixed < 0.8:
        fields = {"share": found, "mixed": mixed}
        yield Finding("unshuffled_data", "shuffle", "unshuffled_data.order", "remedy.unshuffled_data.order", fields)


def _split(subject):
    """Classes of the last rows that are not those of the rest."""
    if subject.split is None or not subject.classes:
        return
    whole = subject.whole_y.reshape(len(subject.whole_y), -1)
    labels = whole.argmax(1) if whole.shape[1] > 1 else np.unique(whole[:, 0], return_inverse=True)[1]
    rest, held = labels[: subject.split], labels[subject.split :]
    if len(held) < 8:
        return
    for label in np.unique(held):
        share, of_rest = float((held == label).mean()), float((rest == label).mean())
        sure = 4 * np.sqrt(max(of_rest * (1 - of_rest), 0.01) / len(held))
        if share - of_rest > max(0.4, sure) or (of_rest == 0 and share > 0.2):
            fields = {"rows": len(held), "share": share, "label": int(label), "rest": of_rest}
            yield Finding(
                "unshuffled_data", "validation_split", "unshuffled_data.split", "remedy.unshuffled_data.split", fields
            )
            return


def _mismatch(subject):
    """Columns of the validation data with another mean or spread than those of training."""
    if subject.held is None or subject.options.get("validation_data") is None:
        return
    pairs = [("x", subject.x, subject.held[0])]
    if not subject.classes and subject.task == "numbers":
        pairs.append(("y", subject.y, subject.held[1]))
    for name, train, held in pairs:
        if subject.looks_up and name == "x":
            continue
        a, b = train.reshape(len(train), -1).astype(float), held.reshape(len(held), -1).astype(float)
        if len(b) < 5 or a.shape[1] != b.shape[1]:
            continue
        if a.ndim == 2 and a.shape[1] > 30 and name == "x" and subject.x.ndim > 2:
            a, b = a.reshape(-1, 1), b.reshape(-1, 1)
        spread = np.maximum(a.std(0), 1e-3 * max(a.std(), 1e-9))
        shift, ratio = np.abs(b.mean(0) - a.mean(0)) / spread, (b.std(0) + 1e-9 * spread) / spread
        wrong = (shift > 5) | (ratio > 8)
        if wrong.mean() > 0.2 or (wrong.any() and a.shape[1] <= 8):
            worst = int(np.argmax(np.where(wrong, shift + ratio, -1)))
            fields = {"column": worst, "array": name, "mean": b[:, worst].mean(), "std": b[:, worst].std()}
            fields |= {"train_mean": a[:, worst].mean(), "train_std": a[:, worst].std()}
            yield Finding("train_validation_mismatch", "validation_data", fields=fields)
            return


def _shared_rows(subject):
    """Validation rows that are rows of training."""
    if subject.held is None or subject.options.get("validation_data") is None or subject.looks_up:
        return
    a, b = subject.x.reshape(len(subject.x), -1), subject.held[0].reshape(len(subject.held[0]), -1)
    if a.shape[1] != b.shape[1] or len(b) < 2:
        return
    known = {row.tobytes() for row in np.ascontiguousarray(a.astype(float))}
    own = len(known) / len(a)
    shared = sum(row.tobytes() in known for row in np.ascontiguousarray(b.astype(float)))
    if own > 0.9 and shared > max(2, 0.1 * len(b)) and len(np.unique(b, axis=0)) > 0.9 * len(b):
        fields = {"shared": shared, "rows": len(b)}
        yield Finding("data_leakage", "validation_data", "data_leakage.rows", "remedy.data_leakage.rows", fields)


def leaking_column(subject, x, y):
    """A column that gives y away alone, on these rows, where all the others together do not.

    A copy of y beside columns of another kind is one; a quantity with a threshold or a factor only where the other
    columns know something of y, since else the task itself may be that threshold.
    """
    one_column = y.reshape(len(y), -1).shape[1] == 1 or subject.kind == "one_hot"
    if x.ndim != 2 or x.shape[1] < 2 or len(x) < 30 or subject.looks_up or not one_column:
        return
    x = x.astype(float)
    labels = subject.labels(y) if subject.classes else y.reshape(-1).astype(float)
    shares = np.unique(labels, return_counts=True)[1] / len(labels)
    common = shares.max() if subject.classes else 0.0
    for column in range(x.shape[1]):
        alone = _alone(x[:, column], labels, subject.classes)
        if alone < 0.999:
            continue
        rest = np.delete(x, column, axis=1)
        others = max((_fit(rest, labels, subject.classes) - common) / (1 - common), 0.0)
        copy = _is_copy(x[:, column], rest, labels, len(shares) if subject.classes else None)
        if others < 0.9 if copy else 0.15 < others < 0.6 + 0.35 * (not subject.classes):
            fields = {"column": column, "alone": alone, "others": common + others * (1 - common)}
            yield Finding("data_leakage", "x", "data_leakage.column", "remedy.data_leakage.column", fields)
            return


def _alone(values, labels, classes):
    """The share of rows that a column gets right alone, or its R²."""
    if classes:
        return _split_rule(values, labels)
    return _r2(values[:, None], labels) if values.std() > 0 and labels.std() > 0 else 0.0


def _is_copy(values, rest, labels, classes):
    """True for a column that has no values but those of y, where other columns are no such labels."""
    if classes is None:
        return bool(np.allclose(values, labels))
    few = [len(np.unique(column)) <= 2 * classes for column in rest.T]
    return len(np.unique(values)) <= classes and not all(few)


def _split_rule(values, labels):
    """The share of rows that the best rule of one split gets right, for two classes; of one value a class for more."""
    order = np.argsort(values, kind="stable")
    values, labels = values[order], labels[order]
    classes = np.unique(labels)
    if len(classes) > 2:
        levels, numbers = np.unique(values, return_inverse=True)
        if len(levels) > 2 * len(classes):
            return 0.0
        return sum(np.unique(labels[numbers == n], return_counts=True)[1].max() for n in range(len(levels))) / len(
            labels
        )
    ones = np.cumsum(labels == classes[-1])
    ends = np.flatnonzero(np.diff(values) > 0)
    if not len(ends):
        return 0.0
    left = ends + 1 - ones[ends]
    right = left + (ones[-1] - ones[ends])
    return float(max(right.max(), len(labels) - right.min()) / len(labels))


def _r2(x, y):
    design = np.concatenate([x, np.ones((len(x), 1))], axis=1)
    answer = np.linalg.lstsq(design, y, rcond=None)[0]
    return float(1 - ((design @ answer - y) ** 2).sum() / ((y - y.mean()) ** 2).sum())


def _fit(x, labels, classes):
    """The score of a fit by least squares on columns and their squares on every second row, fitted on the others."""
    spread = x.std(0)
    x = (x - x.mean(0)) / np.where(spread > 0, spread, 1)
    x = np.concatenate([x, x**2, np.ones((len(x), 1))], axis=1) if x.shape[1] < len(x) / 6 else x
    targets = np.eye(int(labels.max()) + 1)[labels] if classes else labels[:, None]
    answer = np.linalg.lstsq(x[::2], targets[::2], rcond=None)[0]
    said, right = x[1::2] @ answer, targets[1::2]
    if classes:
        return float((said.argmax(1) == right.argmax(1)).mean())
    return float(1 - ((said - right) ** 2).sum() / max(((right - right.mean(0)) ** 2).sum(), 1e-300))
