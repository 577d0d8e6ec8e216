"""Findings without running anything again: of a training under way by the callback, of a trained model by a report."""

from collections.abc import Mapping
from typing import Any

from numpy.typing import ArrayLike

from ..common.arguments import checked
from ..nn import Model
from ..nn.callbacks import History
from ..nn.losses import Loss
from .causes import without_replays
from .examination import Examination
from .finding import Diagnosis
from .held_out import after_training
from .statics import before_training
from .subject import Subject
from .trials import Curves, undisturbed


def seen(case):
    """The findings of an Examination that need no replay."""
    found = before_training(case.subject)
    found += after_training(case)
    return found or without_replays(case)


@checked
def look(
    model: Model, x: ArrayLike, y: ArrayLike, history: History | Mapping[str, Any], language: str | None = None
) -> Diagnosis:
    """The findings in a trained model, some data and the curves of its training, without training anything.

    `diagnose` says more, since it runs the training again, and should be asked where there is the choice.

    Args:
        model: a trained model.
        x, y: samples and targets, as for `evaluate`.
        history: what `fit` returned, or its dict of lists.
        language: "en" or "es"; None for that of `tg.language`.

    Returns:
        A Diagnosis.

    Example:
        >>> from tinygrad_edu.nn import Dense, Input, Sequential
        >>> model = Sequential([Input((1,)), Dense(1, activation="sigmoid")])
        >>> model.compile("sgd", "mse")
        >>> x, y = [[float(i)] for i in range(20)], list(range(20))
        >>> [finding.kind for finding in look(model, x, y, model.fit(x, y, verbose=0))]
        ['output_activation']
    """
    figures = getattr(history, "history", history)
    epochs = max((len(values) for values in figures.values()), default=0)
    curves = Curves({name: values[i] for name, values in figures.items() if i < len(values)} for i in range(epochs))
    findings = []
    with undisturbed():
        subject = Subject(model, x, y, {"epochs": epochs})
        subject.metrics = model.metrics[1:]
        told = subject.kind is not None and isinstance(model.loss, Loss) and len(curves.curve())
        if told and len(subject.x):
            findings = seen(Examination(subject, model, curves, model))
    return Diagnosis(model.name, findings, [("did.trained", {})], language)
