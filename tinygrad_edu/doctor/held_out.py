"""Findings at the end of a training that learned: overfitting, a rare class that is never found, answers given away,
outputs beyond what the loss can use."""

import numpy as np

from ..nn.callbacks import EarlyStopping
from .finding import Finding, Words
from .measuring import recalls
from .statics import leaking_column, odd_metric
from .subject import BINARY

_PROBABILITIES = ("sigmoid", "softmax", "hard_sigmoid", "sparse_sigmoid")


def after_training(case):
    """The findings that need the observed training and no replay.

    Args:
        case: the Examination.
    """
    rules = [clipped, separate_questions, class_counts, overfitting, rare_class, lambda case: odd_metric(case.subject)]
    if case.skill > 0.95:
        rules.append(lambda case: leaking_column(case.subject, case.x, case.y))
    return [finding for rule in rules for finding in rule(case)]


def clipped(case):
    """Outputs that a crossentropy takes for probabilities, and that are none."""
    subject = case.subject
    number, activation = subject.last
    if not subject.crossentropy or subject.from_logits or activation in _PROBABILITIES or number is None:
        return
    outputs = case.outputs[np.isfinite(case.outputs)]
    known = activation != "unknown"
    outside = float(((outputs < -1e-6) | (outputs > 1 + 1e-6)).mean()) if outputs.size else 1.0
    flat = outputs.size and np.ptp(outputs) == 0
    if outside < 0.005 and (not known or (not flat and case.skill > 0.9)):
        return
    low, high = (float(outputs.min()), float(outputs.max())) if outputs.size else (np.nan, np.nan)
    wanted = "sigmoid" if isinstance(subject.loss, BINARY) else "softmax"
    fields = {"loss": subject.loss_name, "activation": activation, "low": low, "high": high, "wanted": wanted}
    if activation == "linear" and (subject.units or 1) > 1:
        key, remedy = "from_logits.missing", "remedy.from_logits.missing"
        yield Finding("from_logits", "loss", key, remedy, fields | {"share": outside})
    else:
        yield case.at_layer("output_activation", number, "output_activation.crossentropy", fields)


def separate_questions(case):
    """Binary crossentropy over one-hot rows, where the right class is not found."""
    subject = case.subject
    if not isinstance(subject.loss, BINARY) or subject.kind != "one_hot" or subject.y.shape[1] < 3:
        return
    if case.skill > 0.8:
        return
    columns = subject.y.shape[1]
    fields = {"columns": columns, "loss": subject.loss_name, "no": 1 - 1 / columns, "accuracy": case.shown}
    fields["wanted"] = "categorical_crossentropy"
    yield Finding("wrong_loss", "loss", "wrong_loss.separate_questions", fields=fields)


def class_counts(case):
    """Class numbers that one output should tell apart, and cannot."""
    subject = case.subject
    number = subject.last[0]
    if (
        subject.kind != "classes"
        or subject.units != 1
        or not subject.asks_accuracy
        or case.skill > 0.8
        or number is None
    ):
        return
    classes = len(np.unique(subject.y))
    if classes > 2:
        how = Words("part.classes")
        fields = {"classes": classes, "units": 1, "wanted": int(subject.y.max()) + 1, "how": how}
        yield case.at_layer("output_units", number, "output_units.classes", fields)


def overfitting(case):
    """A validation loss far above its best, while the training rows are learnt by heart."""
    curve, held = case.watch.curve(), case.watch.curve("val_loss")
    if len(held) < 4 or not (np.isfinite(held).all() and np.isfinite(curve).all()):
        return
    given = case.subject.options.get("callbacks") or []
    given = given if isinstance(given, (list, tuple)) else [given]
    if any(isinstance(callback, EarlyStopping) and callback.restore_best_weights for callback in given):
        return
    best, epoch, last = float(held.min()), int(np.argmin(held)), float(np.median(held[-3:]))
    scale = abs(case.constant) if np.isfinite(case.constant) else abs(last)
    by_chance = 2 * last / np.sqrt(len(case.subject.held[0])) if case.subject.held is not None else 0.0
    rises = last > 1.25 * best and last - best > max(0.15 * scale, by_chance) and last >= 0.7 * held[epoch:].max()
    if rises and curve[-1] < 0.5 * last and epoch < 0.7 * len(held):
        fields = {"best": best, "epoch": epoch + 1, "last": last, "loss": float(curve[-1])}
        yield Finding("overfitting", "epochs", fields=fields)


def rare_class(case):
    """A rare class that is never found, behind an accuracy that looks good."""
    subject = case.subject
    if (
        subject.task != "classes"
        or subject.options.get("class_weight")
        or subject.options.get("sample_weight") is not None
    ):
        return
    if subject.kind == "classes" and subject.units == 1:
        return
    counts = np.unique(subject.labels(), return_counts=True)[1]
    if counts.min() >= 0.15 * counts.sum():
        return
    outputs = case.trained_outputs
    if not np.isfinite(outputs).all():
        return
    found = recalls(subject, outputs)
    total = sum(count for count, _ in found.values())
    right = sum(count * share for count, share in found.values()) / total
    for label, (count, share) in found.items():
        if count / total < 0.15 and count >= 5 and share <= 0.15 and right > 0.75 * (1 - count / total):
            best = max(n for n, _ in found.values())
            fields = {"share": count / total, "label": label, "found": round(count * share), "count": count}
            fields |= {"accuracy": right, "weight": best / count}
            yield Finding("class_imbalance", "y", fields=fields)
            return
