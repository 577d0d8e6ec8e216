"""`diagnose`: the order of the examination, and how its findings become a diagnosis."""

import copy
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..common.arguments import checked
from ..common.batching import is_stream
from ..common.types import Data
from ..nn import Layer, Model
from .causes import causes, input_finding, suspicious_inputs
from .examination import Examination
from .finding import Diagnosis, Finding
from .held_out import after_training
from .statics import before_training
from .subject import Subject
from .trials import observe, undisturbed

_SETTLED = {"label_encoding", "output_units", "frozen_weights", "wrong_loss", "from_logits", "output_activation"}


@checked
def diagnose(
    model: Model, x: Data, y: ArrayLike | None = None, language: str | None = None, **fit_options: Any
) -> Diagnosis:
    """Why a training does not learn, or learns the wrong thing: findings, the best explanation first.

    The model is left as it is: copies of it are trained, once as `fit` would, and then, only where that failed, shortly
    and with one thing changed. A training that is well gives no finding. It takes at most about three times the time of
    the training and two seconds. The same training, from the same `tg.random.seed`, gets the same answer.

    Args:
        model: a compiled model, before its training.
        x, y: as for `model.fit`.
        language: "en" or "es", for printing; None for that of `tg.language`.
        **fit_options: as for `model.fit`: epochs, batch_size, validation_split, validation_data, callbacks, …

    Returns:
        A Diagnosis: iterate over it for its Findings (kind, place, message, severity), or print it.

    Raises:
        TypeError: this is no model.
        RuntimeError: it is not compiled.

    Source: the kinds are those of DeepFD (Cao et al. 2022), UMLAUT (Schoop et al. 2021), AUTOTRAINER (Zhang et al.
    2021) and NeuraLint (Nikanjam et al. 2022), after Humbatova et al. (2020).

    Example:
        >>> from tinygrad_edu.nn import Dense, Input, Sequential
        >>> model = Sequential([Input((2,)), Dense(4, activation="relu"), Dense(1, activation="softmax")])
        >>> model.compile("adam", "binary_crossentropy")
        >>> x = np.random.default_rng(0).normal(size=(60, 2))
        >>> [finding] = diagnose(model, x, x[:, 0] > 0, epochs=3)
        >>> finding.kind, finding.place
        ('output_activation', 1)
    """
    if not isinstance(model, Layer) or not hasattr(model, "fit"):
        raise TypeError(f"diagnose expects a model; received {type(model).__name__}.")
    if not getattr(model, "compiled", False):
        raise RuntimeError('Call model.compile(optimizer="adam", loss="mse") before diagnose(model, x, y).')
    with undisturbed():
        findings, did = _examine(model, x, y, fit_options)
    return Diagnosis(model.name, findings, did, language)


def _examine(model, x, y, options):
    """(findings, what was done)."""
    built = _built_copy(model, x)
    subject = Subject(built, x, y, options)
    did = [("did.static", {})]
    found = before_training(subject) if subject.model.loss is not None else []
    if any(finding.kind == "invalid_data" for finding in found):
        return found, did
    start = copy.deepcopy(built) if built is not model else None
    try:
        watch, trained, copied = observe(model if start is None else start, subject)
    except (ValueError, TypeError, IndexError) as error:
        refused = Finding("refused", None, fields={"error": str(error)})
        return found or [refused], [*did, ("did.refused", {})]
    updates = int(trained.optimizer.iterations - (start or model).optimizer.iterations if copied else subject.updates)
    did.append(("did.observed" if copied else "did.own", {"updates": max(updates, 0)}))
    if start is None or subject.y is None or not len(subject.x) or subject.kind is None or not watch.figures:
        return found, did
    subject.metrics = trained.metrics[1:]
    case = Examination(subject, start, watch, trained)
    found += _of_the_training(case, found)
    if case.asked_reference:
        did.append(("did.reference", {}))
    if "trials" in vars(case) and case.trials.count:
        did.append(("did.trials", {"count": case.trials.count}))
    return found, did


def _of_the_training(case, known):
    """The findings of the observed training; `known` are those that model and data gave before."""
    found = after_training(case)
    kinds = {finding.kind for finding in (*known, *found)}
    if kinds & _SETTLED:
        if case.skill < 0.5 and suspicious_inputs(case) and not 0.02 < (case.size or 1) < 30:
            found.append(input_finding(case))
        return found
    if kinds & {"unshuffled_data", "class_imbalance"}:
        return found
    if case.failed:
        found += causes(case)
    elif case.reference_is_poor:
        found.append(Finding("nothing_to_learn", None, severity="note"))
    return found


def _built_copy(model, x):
    """A copy of the model with weights, or the model itself where it cannot be copied."""
    try:
        built = copy.deepcopy(model)
    except (TypeError, ValueError, RecursionError):
        return model
    try:
        rows = x[0][0] if is_stream(x) and hasattr(x, "__getitem__") else x
        if not is_stream(rows) and not built.built:
            built.build_for((None, *np.shape(rows)[1:]))
    except (ValueError, TypeError, IndexError, KeyError):
        pass  # fit says what does not fit
    return built
    return built
