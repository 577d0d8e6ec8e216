"""How good predictions are: on a scale from 0, the best constant answer, to 1; and what the layers do on some rows."""

import numpy as np

from ..engine.recorder import no_grad
from ..nn.probing import batch_gradients
from .subject import HINGE

_BATCH = 2048


def predictions(model, x):
    """The outputs of a model for each row, shape (rows, …)."""
    with np.errstate(all="ignore"):
        return np.asarray(model.predict(x, batch_size=_BATCH, verbose=0), dtype=float)


def answers(model, x):
    """The same, op by op."""
    with np.errstate(all="ignore"), no_grad():
        return np.asarray(model(np.asarray(x, dtype=np.float32), training=False).numpy(), dtype=float)


def loss_of(subject, y, outputs):
    """The loss of the model on these outputs, without the penalties of the layers; NaN where it cannot be computed."""
    try:
        with np.errstate(all="ignore"), no_grad():
            return float(np.mean(np.asarray(subject.loss(y, outputs.astype(np.float32)))))
    except (ValueError, TypeError, FloatingPointError):
        return float("nan")


def constant_loss(subject, y):
    """The loss of the best constant answer: shares of the classes, mean or median, whichever is best under the loss."""
    rows = y.reshape(len(y), -1)
    shape = (len(y), *subject.model.output_shape[1:])
    width = int(np.prod(shape[1:]))
    if rows.shape[1] == 1 and width > 1:
        counts = np.bincount(np.clip(rows[:, 0], 0, width - 1).astype(int), minlength=width) / len(rows)
        answers = [counts, np.log(counts + 1e-7)]
    else:
        mean = rows.mean(0)
        share = np.clip(mean, 1e-6, 1 - 1e-6)
        answers = [
            mean,
            np.median(rows, axis=0),
            np.log(share / (1 - share)),
            np.zeros(width),
            np.ones(width),
            -np.ones(width),
        ]
        answers += [np.log(share)] if width > 1 else []
    found = []
    for answer in answers:
        answer = np.broadcast_to(answer, (len(y), width)) if np.size(answer) in (1, width) else None
        if answer is not None:
            found.append(loss_of(subject, y, np.array(answer).reshape(shape)))
    found = [value for value in found if np.isfinite(value)]
    return min(found) if found else float("nan")


def score(subject, outputs, y=None):
    """(skill, shown): how much better than the best constant answer, 0 to 1, and the accuracy or R² that shows it."""
    y = subject.y if y is None else y
    if not np.isfinite(outputs).all():
        return 0.0, float("nan")
    if subject.task == "classes":
        return _accuracy(subject, outputs, y)
    rows, flat = y.reshape(len(y), -1), outputs.reshape(len(outputs), -1)
    if rows.shape != flat.shape:
        return 0.0, float("nan")
    if subject.task == "labels":
        edge = 0.0 if subject.from_logits else 0.5
        right, common = ((flat > edge) == (rows > 0.5)).mean(), np.maximum(rows.mean(0), 1 - rows.mean(0)).mean()
        return max(0.0, (right - common) / max(1 - common, 1e-9)), right
    spread = ((rows - rows.mean(0)) ** 2).sum()
    r2 = 1 - ((rows - flat) ** 2).sum() / max(spread, 1e-300)
    absolute = np.abs(rows - np.median(rows, axis=0)).sum()
    robust = 1 - np.abs(rows - flat).sum() / max(absolute, 1e-300)
    return float(max(0.0, r2, robust)), float(r2)


def _accuracy(subject, outputs, y):
    labels, flat = subject.labels(y), outputs.reshape(len(outputs), -1)
    if len(flat) != len(labels):
        return 0.0, float("nan")
    if flat.shape[1] > 1:
        said = flat.argmax(1)
        labels = labels if y.reshape(len(y), -1).shape[1] > 1 else y.reshape(-1).astype(int)
    elif subject.kind == "classes":
        said, labels = np.round(flat[:, 0]), y.reshape(-1)
    else:
        said = (flat[:, 0] > _edge(subject)).astype(int)
    weights = _class_weights(subject, labels)
    right = float(np.average(said == labels, weights=weights))
    common = max(float(np.average(labels == label, weights=weights)) for label in np.unique(labels))
    return max(0.0, (right - common) / max(1 - common, 1e-9)), float((said == labels).mean())


def _class_weights(subject, labels):
    """How much each row counts: by its class, where fit is given weights of the classes."""
    weights = subject.options.get("class_weight") or {}
    return np.array([float(weights.get(int(label), 1.0)) for label in labels])


def _edge(subject):
    """Where an output goes over from one class to the other."""
    if subject.from_logits or (isinstance(subject.loss, HINGE)):
        return 0.0
    low, high = np.unique(subject.y)[[0, -1]]
    return (low + high) / 2 if not subject.crossentropy else 0.5


def recalls(subject, outputs):
    """{class: (rows, share of them that are found)} of a classifier."""
    flat = outputs.reshape(len(outputs), -1)
    labels = subject.labels()[: len(flat)]
    said = flat.argmax(1) if flat.shape[1] > 1 else (flat[:, 0] > _edge(subject)).astype(int)
    return {int(c): (int((labels == c).sum()), float((said[labels == c] == c).mean())) for c in np.unique(labels)}


class Inside:
    """The outputs of the layers of a Sequential on some rows, and the gradients of its weights.

    Attributes:
        outputs: one array a layer.
        before: what goes into each layer.
        gradients: {number of a layer: root mean square of the gradient of its kernel}.
    """

    def __init__(self, model, x, y=None):
        self.outputs, self.before, self.gradients = [], [], {}
        with no_grad(), np.errstate(all="ignore"):
            values = np.asarray(x, dtype=np.float32)
            for layer in model.layers:
                self.before.append(values)
                values = np.asarray(layer(values, training=False).numpy())
                self.outputs.append(values)
        if y is not None:
            self._measure_gradients(model, x, y)

    def _measure_gradients(self, model, x, y):
        with np.errstate(all="ignore"):
            try:
                found = batch_gradients(model, (x, y))
            except (ValueError, RuntimeError, TypeError):
                return
        for number, layer in enumerate(model.layers):
            kernel = getattr(layer, "kernel", None)
            for weight, gradient in found.items():
                if weight is kernel:
                    self.gradients[number] = float(np.sqrt(np.mean(np.square(gradient.astype(float)))))

    def size_before_activation(self, model, number):
        """The size of what a layer with a kernel computes before its activation: the root mean square."""
        layer, values = model.layers[number], self.before[number]
        kernel = layer.kernel.numpy().astype(float)
        if kernel.ndim == 2:
            out = values.astype(float) @ kernel + (0 if layer.bias is None else layer.bias.numpy())
        else:  # a convolution: by the size of its inputs
            out = np.sqrt(np.mean(values.astype(float) ** 2)) * np.sqrt(np.prod(kernel.shape[:-1])) * kernel.std()
        return float(np.sqrt(np.mean(np.square(out))))

    def dead(self, number):
        """(units that give 0 for all rows, units) of a layer."""
        flat = self.outputs[number].reshape(-1, self.outputs[number].shape[-1])
        return int((flat == 0).all(0).sum()), flat.shape[1]

    def saturated(self, number, activation):
        """The share of the outputs of a layer that stand at an end of the activation's range."""
        values = self.outputs[number]
        if activation == "tanh":
            return float((np.abs(values) > 0.99).mean())
        return float(((values < 0.01) | (values > 0.99)).mean())


def spread_of_layers(model, inside):
    """The standard deviation of what each layer with weights gives, by number."""
    return {
        n: float(np.std(inside.outputs[n], dtype=float))
        for n, layer in enumerate(model.layers)
        if getattr(layer, "kernel", None) is not None
    }
