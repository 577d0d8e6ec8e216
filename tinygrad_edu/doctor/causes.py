"""Why a training missed what was to be had: suspects in the order of causes, each put to the test by a replay in which
it alone is changed. Who repairs the training is accused; what is only a symptom comes last."""

import numpy as np

from ..nn.layers import Dropout
from .examination import nothing
from .finding import Finding, Words
from .subject import CATEGORICAL, HINGE, REGRESSION
from .trials import standard_output

_SMALL, _LARGE = 0.05, 8.0  # sizes of the first pre-activations that make scaling a suspect
# What an optimizer usually learns with. Those that scale their steps by the gradients move a weight by about the rate.
_SANE_RATES = {"SGD": 0.05, "Momentum": 0.05, "Nesterov": 0.05, "Adadelta": 1.0, "AdaGrad": 0.1, "Ftrl": 0.1}
_SCALED_RATES = {"Adam": 0.01, "AdamW": 0.01, "Adamax": 0.01, "Nadam": 0.01, "RMSProp": 0.005, "Lion": 0.002}
_BOUNDED = ("sigmoid", "tanh", "hard_sigmoid", "softsign")


def causes(case):
    """The findings that explain why a training failed, causes before symptoms.

    Args:
        case: an Examination that failed.
    """
    crushed = _penalty(case) > abs(case.constant)  # what is penalised that much swings as too large a rate does
    steps = (_penalties, _steps_too_large) if crushed else (_steps_too_large, _penalties)
    for rule in (_inputs, _targets, _first_weights, *steps, _outputs, _frozen, _activations):
        found = list(rule(case))
        if found:
            return found
    if case.unsure:
        return list(_unsteady(case))
    for rule in (_steps_too_few_or_small, _odd_weights, _bounded_activations, _width, _together, _symptoms):
        found = [] if rule is _width and case.rough else list(rule(case))[:2]
        if found:
            return found
    return []


def without_replays(case):
    """The findings about a training that is not run again: divergence, and what is measured inside.

    Args:
        case: an Examination.
    """
    if case.diverged:
        if suspicious_inputs(case) and not 0.02 < (case.size or 1) < 30:
            return [input_finding(case)]
        return list(_diverging(case))
    if case.skill > 0.3:
        return []
    weights = [finding for finding in _odd_weights(case) if finding.evidence != "bad_initialization.size"]
    return weights[:1] or [finding for finding in _symptoms(case) if finding.severity != "note"]


# -- data ------------------------------------------------------------------------------------------------------


def odd_column(subject):
    """(column, mean, std) of the feature that is the least like the others, of tables; of the whole for images."""
    x = subject.x.astype(float)
    if x.ndim != 2:
        return "·", float(x.mean()), float(x.std())
    mean, spread = x.mean(0), x.std(0)
    column = (
        int(np.argmax(np.abs(mean) + spread)) if np.abs(x).max() > 1 else int(np.argmin(spread + (spread == 0) * 1e9))
    )
    return column, float(mean[column]), float(spread[column])


def suspicious_inputs(case):
    """True for features that are large, small or unlike each other, where no layer scales them."""
    subject = case.subject
    if subject.looks_up or subject.scales:
        return False
    x = subject.x.astype(float)
    if case.size is not None and not _SMALL < case.size < _LARGE and 0.2 < (case.size / max(_rms(x), 1e-300)) < 5:
        return True
    if x.ndim != 2:
        return _rms(x) > 8
    varies = x.std(0) > 0
    if not varies.any():
        return False
    spread, middle = x.std(0)[varies], np.abs(x.mean(0))[varies]
    unlike = spread.max() > 20 or spread.max() > 30 * np.median(spread) > 0
    return bool(unlike or (middle > 15 * np.maximum(spread, 0.3)).any())


def _rms(x):
    return float(np.sqrt(np.mean(np.square(x))))


def input_finding(case, trial=None):
    """The finding of unscaled features, with what a replay on standardised ones reaches."""
    column, mean, std = odd_column(case.subject)
    fields = {"column": column, "mean": mean, "std": std, "largest": float(np.abs(case.subject.x).max())}
    fields |= {"size": case.size if case.size is not None else float("nan"), "trial": nothing}
    if trial is not None:
        fields["trial"] = Words("trial.standardised", **case.measured(trial))
    return Finding("unscaled_input", "x", fields=fields)


def _inputs(case):
    if not suspicious_inputs(case):
        return
    x = case.standardised()
    for rate in (None, *_gentler(case)[:1]):
        model = None if rate is None else case.trials.with_rate(rate)
        trial = case.trials.run(model, x=x)
        if case.repairs(trial):
            yield input_finding(case, trial)
            if rate is None:
                return
            wanted = {"wanted": rate, "rate": case.subject.rate, **_curve(case), **case.measured(trial)}
            yield Finding("learning_rate_high", "learning_rate", remedy="remedy.learning_rate", fields=wanted)
            return
        if not (case.diverged or case.rough):
            break
    longer = case.trials.run(x=x, updates=4 * case.subject.updates)
    if case.repairs(longer) and not case.repairs(case.trials.run(updates=4 * case.subject.updates)):
        yield input_finding(case, longer)


def _targets(case):
    """Targets far beyond what the steps can travel."""
    subject = case.subject
    if subject.task != "numbers" or not isinstance(subject.loss, REGRESSION) or subject.last[1] != "linear":
        return
    y = subject.y.astype(float)
    middle, spread = y.mean(0), y.std(0)
    spread = np.where(spread > 0, spread, 1)
    if np.abs(y).max() < 15 or (np.abs(middle) < 5).all() and (spread < 10).all():
        return
    if case.rough and np.abs(y).max() < 1000:
        found = list(_steps_too_large(case))
        if found and found[0].evidence == "learning_rate_high":
            yield from found
            return
    x = case.standardised() if suspicious_inputs(case) else None
    trial = case.trials.run(x=x, y=((y - middle) / spread, middle, spread))
    if not case.repairs(trial):
        return
    fields = {
        "mean": float(np.mean(middle)),
        "std": float(np.mean(spread)),
        "start": float(np.abs(_start_outputs(case)).mean()),
    }
    fields["travel"] = nothing
    if type(subject.model.optimizer).__name__ in _SCALED_RATES:
        steps = {"updates": subject.updates, "rate": subject.rate, "most": subject.updates * subject.rate}
        fields["travel"] = Words("travel", **steps)
    yield Finding("unscaled_target", "y", fields=fields | case.measured(trial))
    if x is not None and not case.repairs(case.trials.run(y=((y - middle) / spread, middle, spread))):
        yield input_finding(case, trial)


def _start_outputs(case):
    return case.before.outputs[-1] if case.before is not None else np.zeros(1)


# -- first weights ---------------------------------------------------------------------------------------------


def _first_weights(case):
    """Hidden layers whose units begin alike, or whose weights begin far too large or small."""
    suspects = list(_odd_weights(case))
    if not suspects:
        return
    model = case.trials.changed(_default_initializers, fresh=True)
    trial = case.trials.run(model)
    certain = suspects[0].evidence == "bad_initialization.equal"
    helps = trial is not None and trial[0] > case.skill + 0.08
    if certain or case.repairs(trial) or (helps and suspects[0].evidence == "bad_initialization.size"):
        yield suspects[0]


def _default_initializers(number, name, config):
    defaults = {"kernel_initializer": "glorot_uniform", "bias_initializer": "zeros"}
    return config | {key: value for key, value in defaults.items() if key in config}


def _odd_weights(case):
    if case.before is None:
        return
    spreads = list(case.spreads.values())
    for number, layer, activation in case.subject_hidden():
        kernel = layer.kernel.numpy().astype(float)
        units = kernel.shape[-1]
        flat = kernel.reshape(-1, units)
        if units > 1 and (flat == flat[:, :1]).all():
            yield case.at_layer(
                "bad_initialization", number, "bad_initialization.equal", {"units": units, "value": flat[0, 0]}
            )
            continue
        dead, all_units = case.before.dead(number)
        bias = None if layer.bias is None else layer.bias.numpy()
        if activation == "relu" and dead >= 0.7 * all_units:
            if bias is not None and np.abs(bias).max() > 0:
                fields = {"value": float(bias.min()), "dead": dead, "units": all_units}
                yield case.at_layer("bad_initialization", number, "bad_initialization.bias", fields)
            else:
                rows = len(case.before.outputs[number])
                fields = {"dead": dead, "units": all_units, "rows": rows, "when": Words("when.start")}
                yield case.at_layer("dead_relu", number, fields=fields)
            continue
        fit, size = np.sqrt(2 / flat.shape[0]), _rms(flat)
        if flat.size >= 12 and (not 0.02 < size / fit < 6 or (flat.shape[0] > 8 and not 0.05 < size / fit < 4)):
            fields = {"std": size, "inputs": flat.shape[0], "fit": fit, "first": spreads[0], "last": spreads[-1]}
            yield case.at_layer("bad_initialization", number, "bad_initialization.size", fields)


# -- steps -----------------------------------------------------------------------------------------------------


def _sane_rate(subject):
    """A rate at which the optimizer usually learns."""
    return (_SANE_RATES | _SCALED_RATES).get(type(subject.model.optimizer).__name__, 0.05)


def _gentler(case):
    """Smaller rates to try, the nearest first."""
    rate = case.subject.rate
    sane = _sane_rate(case.subject)
    found = [rate / 10, rate / 100, rate / 1000]
    return [sane / 2, *found] if rate > 100 * sane else found


def _curve(case):
    curve = case.watch.curve()
    start = case.first_loss if np.isfinite(case.first_loss) else curve[0]
    peak = curve[-1] if not np.isfinite(curve).all() or curve[-1] >= 0.5 * curve.max() else curve.max()
    return {"start": start, "end": peak, "epochs": len(curve)}


def _steps_too_large(case):
    if not case.rough:
        return
    fields = {"rate": case.subject.rate, **_curve(case)}
    for rate in _gentler(case):
        trial = case.trials.run(case.trials.with_rate(rate))
        if case.repairs(trial):
            fields |= {"wanted": rate, **case.measured(trial)}
            yield Finding("learning_rate_high", "learning_rate", remedy="remedy.learning_rate", fields=fields)
            return
    if case.diverged and case.subject.rate > 1e-4:
        yield from _diverging(case)


def _diverging(case):
    """A training that diverged, without a replay that does not."""
    growing = _growing(case)
    if growing is not None:
        yield growing
    fields = {"rate": case.subject.rate, **_curve(case), "wanted": _gentler(case)[1]}
    yield Finding("learning_rate_high", "learning_rate", "learning_rate_high.alone", "remedy.learning_rate", fields)


def _unsteady(case):
    """A loss above that of a constant answer, though the answers are mostly right: the steps jump about the minimum."""
    curve = case.watch.curve()
    for rate in _gentler(case)[:2]:
        trial = case.trials.run(case.trials.with_rate(rate))
        if trial is not None and trial[2] < 0.3 * curve[-1] and trial[0] > case.skill - 0.03:
            fields = {"rate": case.subject.rate, **_curve(case), "wanted": rate, **case.measured(trial)}
            yield Finding("learning_rate_high", "learning_rate", remedy="remedy.learning_rate", fields=fields)
            return


def _growing(case):
    """Outputs that grow from layer to layer before training."""
    spreads = case.spreads
    if len(spreads) < 3 or case.before is None:
        return None
    numbers = list(spreads)
    first, last = spreads[numbers[0]], spreads[numbers[-2]]
    if last > 30 * max(first, 1e-12):
        gradient = max(case.before.gradients.values(), default=float("nan"))
        return case.at_layer(
            "exploding_gradient", numbers[0], fields={"first": first, "last": last, "gradient": gradient}
        )
    return None


def _steps_too_few_or_small(case):
    """More of the same steps, or larger ones: who of them repairs it."""
    subject, curve = case.subject, case.watch.curve()
    rates = [subject.rate * 10, subject.rate * 100]
    sane = _sane_rate(subject)
    rates += [sane] if sane > subject.rate * 300 else []
    rates = [rate for rate in rates if rate <= max(20 * sane, 0.5)] if sane >= 0.002 else rates
    faster = None
    for rate in rates[:3]:
        trial = case.trials.run(case.trials.with_rate(rate))
        if case.repairs(trial):
            step = float(np.nanmedian(case.watch.moves)) if case.watch.moves else float("nan")
            fields = {"step": step, "wanted": rate, "rate": subject.rate, "start": curve[0], "end": curve[-1]}
            remedy = "remedy.learning_rate"
            faster = Finding("learning_rate_low", "learning_rate", remedy=remedy, fields=fields | case.measured(trial))
            break
    few = _more_updates(case)
    small = subject.rate < 0.03 * sane or case.watch.rates and case.watch.rates[-1] < 0.03 * sane
    if faster is not None:
        faster.rank -= 2 * bool(small)  # before the number of updates
    yield from (finding for finding in (few, faster) if finding is not None)


def _more_updates(case):
    subject, curve = case.subject, case.watch.curve()
    whole = subject.batch >= 0.5 * len(subject.x) > 24
    if whole:
        trial, times = case.trials.run(updates=subject.epochs * -(-len(subject.x) // 32), batch=32), 1
    if not whole or not case.repairs(trial):
        times = 5 if subject.updates >= 100 else 10
        batch = min(subject.batch, 32) if whole else None
        trial = case.trials.run(
            updates=times * subject.epochs * -(-len(subject.x) // (batch or subject.batch)), batch=batch
        )
    if not case.repairs(trial):
        trial, times = case.trials.run(updates=30 * subject.updates) if subject.updates < 120 else None, 30
    if not case.repairs(trial):
        return None
    before = curve[-max(len(curve) // 3, 2)] if len(curve) > 1 else case.first_loss
    fields = {"updates": subject.updates, "before": before, "end": curve[-1], "times": times}
    fields |= {"wanted": subject.epochs * times, "batch": subject.batch, "share": subject.batch / len(subject.x)}
    place = "batch_size" if whole else "epochs"
    fields["share"] = min(fields["share"], 1.0)
    return Finding(
        "too_few_updates", place, remedy=f"remedy.too_few_updates.{place}", fields=fields | case.measured(trial)
    )


# -- layers ----------------------------------------------------------------------------------------------------


def _penalties(case):
    """Dropout and penalties that keep the model from learning."""
    drops = [(n, layer) for n, layer in enumerate(case.start.layers) if isinstance(layer, Dropout) and layer.rate > 0.3]
    penalty = _penalty(case)
    last = next((n for n, layer in reversed(list(enumerate(case.start.layers))) if layer.weights), 0)
    heavy = penalty > 0.05 * abs(case.constant) if np.isfinite(case.constant) else penalty > 0
    if not drops and not heavy:
        return
    drops = [(n, layer) for n, layer in drops if n < last]

    def without(number, name, config):
        if drops and name.endswith("Dropout"):
            return None
        clean = {key: None for key in config if key.endswith("_regularizer")}
        return config | (clean if heavy else {})

    trial = case.trials.run(case.trials.changed(without))
    if not case.repairs(trial):
        return
    if heavy:
        number = next((n for n, layer in enumerate(case.start.layers) if getattr(layer, "kernel_regularizer", None)), 0)
        fields = {"penalty": penalty, "loss": penalty + case.first_loss} | case.measured(trial)
        yield case.at_layer("over_regularization", number, "over_regularization.penalty", fields)
    elif drops:
        number, layer = max(drops, key=lambda found: found[1].rate)
        fields = {"rate": layer.rate} | case.measured(trial)
        yield case.at_layer("over_regularization", number, "over_regularization.dropout", fields)


def _penalty(case):
    """The penalties of the layers before training, summed."""
    with np.errstate(all="ignore"):
        try:
            return float(sum(np.asarray(term.numpy()) for term in case.start.losses))
        except (TypeError, ValueError):
            return 0.0


def _outputs(case):
    """The last activation and the loss that these targets ask for."""
    subject = case.subject
    number, activation = subject.last
    if number is None or not subject.sequential:
        return
    wanted, units, loss = standard_output(subject)
    if units != subject.units:
        return
    odd_loss = (subject.task != "numbers" and isinstance(subject.loss, REGRESSION)) or (
        subject.kind == "one_hot" and not isinstance(subject.loss, (*CATEGORICAL, *HINGE))
    )
    odd_activation = activation not in (wanted, "unknown") and not (subject.from_logits and activation == "linear")
    if subject.task == "numbers" and activation in ("softplus", "exponential"):
        odd_activation = False
    if not odd_loss and not odd_activation:
        return

    def change(layer, name, config):
        if name == "Softmax" and layer >= number:
            return [("Activation", {"name": config["name"], "activation": wanted})]
        return config | ({"activation": wanted} if layer == number and "activation" in config else {})

    trial = case.trials.run(case.trials.changed(change, loss=loss))
    if not case.repairs(trial):
        return
    fields = case.measured(trial) | {"loss": subject.loss_name}
    if odd_activation:
        yield case.at_layer("output_activation", number, "output_activation.trial", fields | {"wanted": wanted})
    if odd_loss:
        yield Finding("wrong_loss", "loss", "wrong_loss.trial", fields=fields | {"wanted": loss})


def _frozen(case):
    """Hidden layers that do not learn."""
    frozen = [n for n, layer in enumerate(case.start.layers) if layer.weights and not layer.trainable_weights]
    frozen = [n for n in frozen if getattr(case.start.layers[n], "kernel", None) is not None]
    if not frozen:
        return
    trial = case.trials.run(case.trials.changed(lambda number, name, config: config | {"trainable": True}))
    if case.repairs(trial):
        yield case.at_layer("frozen_weights", frozen[0], "frozen_weights.some", case.measured(trial))


def _activations(case):
    """Hidden layers without a nonlinearity, with softmax, or in a chain of sigmoids that lets no gradient through."""
    hidden = case.subject_hidden()
    odd = [found for found in hidden if found[2] in ("linear", "softmax")]
    bounded = [found for found in hidden if found[2] in _BOUNDED]
    ratio = gradient_ratio(case)
    vanishes = len(bounded) >= 3 and ratio is not None and ratio < 0.05
    if not odd and not vanishes:
        return
    trial = _with_relu(case, odd or bounded)
    if not case.repairs(trial):
        return
    number, _, activation = (odd or bounded)[0]
    if odd:
        yield case.at_layer("hidden_activation", number, f"hidden_activation.{activation}", case.measured(trial))
        return
    fields = {"ratio": ratio, "layers": len(bounded), "activation": activation}
    fields["trial"] = Words("trial.relu", **case.measured(trial))
    yield case.at_layer("vanishing_gradient", number, fields=fields)


def _bounded_activations(case):
    """Sigmoids that relu would do better than, where more or larger steps do not help."""
    bounded = [found for found in case.subject_hidden() if found[2] in _BOUNDED]
    trial = _with_relu(case, bounded) if len(bounded) > 1 else None
    if case.repairs(trial):
        number, _, activation = bounded[0]
        fields = case.measured(trial) | {"activation": activation}
        yield case.at_layer("hidden_activation", number, "hidden_activation.trial", fields)


def _with_relu(case, chosen):
    """A replay with relu after these hidden layers, and first weights drawn anew."""
    numbers = {number for number, _, _ in chosen}

    def change(number, name, config):
        if name in ("Activation", "Softmax") and number - 1 in numbers:
            return [("Activation", {"name": config["name"], "activation": "relu"})]
        return config | ({"activation": "relu"} if number in numbers and "activation" in config else {})

    return case.trials.run(case.trials.changed(change, fresh=True))


def gradient_ratio(case):
    """The gradient of the first kernel over that of the last, before training."""
    if case.before is None or len(case.before.gradients) < 2:
        return None
    found = [case.before.gradients[n] for n in sorted(case.before.gradients)]
    return found[0] / found[-1] if found[-1] > 0 else None


def _width(case):
    """A wider copy, or one with a hidden layer."""
    hidden = case.subject_hidden()
    if not hidden:
        yield from _hidden_layer(case)
        return
    numbers = {n for n, _, _ in hidden}

    def wider(number, name, config):
        if number in numbers and "units" in config:
            return config | {"units": max(4 * config["units"], 32)}
        if number in numbers and "filters" in config:
            return config | {"filters": max(4 * config["filters"], 16)}
        return config

    trial = case.trials.run(case.trials.changed(wider, fresh=True))
    if not case.repairs(trial):
        trial = case.trials.run(case.trials.changed(_one_layer_more(case, wider), fresh=True))
    if case.repairs(trial):
        number, layer, _ = min(hidden, key=lambda found: found[1].kernel.shape[-1])
        fields = {"units": layer.kernel.shape[-1]} | case.measured(trial)
        yield case.at_layer("model_too_small", number, fields=fields)


def _one_layer_more(case, change=lambda number, name, config: config):
    """A change that puts a hidden layer before the last one, after another change."""
    last = max(
        (n for n, layer in enumerate(case.start.layers) if getattr(layer, "kernel", None) is not None), default=None
    )

    def deeper(number, name, config):
        if number == last and name == "Dense":
            return [("Dense", {"units": 32, "activation": "relu", "name": "a_hidden_layer_more"}), (name, config)]
        return change(number, name, config)

    return deeper


def _hidden_layer(case):
    number, deeper = case.subject.last[0], _one_layer_more(case)
    if number is None:
        return
    trial = case.trials.run(case.trials.changed(deeper, fresh=True))
    if not case.repairs(trial):
        trial = case.trials.run(case.trials.changed(deeper, fresh=True), updates=3 * case.subject.updates)
    if case.repairs(trial):
        yield case.at_layer("model_too_small", number, "model_too_small.no_hidden", case.measured(trial))


# -- what remains ----------------------------------------------------------------------------------------------


def _together(case):
    """Two changes at once: a larger rate with standardised features, with relu, or with more updates."""
    subject = case.subject
    rates = _gentler(case)[:2] if case.rough else [10 * subject.rate, 100 * subject.rate]
    sane = _sane_rate(subject)
    rates = [sane, *rates[:1]] if sane > 300 * subject.rate and not case.rough else rates
    few = 4 * subject.updates
    for rate in rates:
        model = case.trials.with_rate(rate)
        if suspicious_inputs(case):
            trial = case.trials.run(model, x=case.standardised(), updates=few)
            if case.repairs(trial):
                yield input_finding(case, trial)
                return
        trial = case.trials.run(model, updates=few)
        if case.repairs(trial):
            kind = "learning_rate_high" if case.rough else "learning_rate_low"
            fields = {
                "wanted": rate,
                "rate": subject.rate,
                "step": float("nan"),
                **_curve(case),
                **case.measured(trial),
            }
            if case.watch.moves:
                fields["step"] = float(np.nanmedian(case.watch.moves))
            yield Finding(kind, "learning_rate", remedy="remedy.learning_rate", fields=fields)
            return


def _symptoms(case):
    """The symptoms inside, where no single change repairs the training."""
    if case.after is None:
        yield from _without_a_name(case)
        return
    found = False
    if (still := _standing_still(case)) is not None:
        yield still
        return
    for finding in _far_targets(case):
        yield finding
        found = True
    for number, _, activation in case.subject_hidden():
        dead, units = case.after.dead(number) if activation == "relu" else (0, 1)
        if dead >= 0.9 * units:
            rows = len(case.after.outputs[number])
            fields = {"dead": dead, "units": units, "rows": rows, "when": Words("when.end")}
            yield case.at_layer("dead_relu", number, fields=fields)
            found = True
            break
        if activation in ("sigmoid", "tanh") and case.after.saturated(number, activation) > 0.6:
            fields = {"share": case.after.saturated(number, activation), "activation": activation}
            yield case.at_layer("saturated_activation", number, fields=fields | {"when": Words("when.end")})
            found = True
            break
    if suspicious_inputs(case) and not _SMALL / 5 < (case.size or 1) < 4 * _LARGE:
        yield input_finding(case)
        found = True
    ratio = gradient_ratio(case)
    if not found and ratio is not None and ratio < 1e-3:
        number = min(case.before.gradients)
        hidden = case.subject_hidden()
        fields = {"ratio": ratio, "layers": len(hidden), "activation": hidden[0][2] if hidden else "linear"}
        yield case.at_layer("vanishing_gradient", number, fields=fields | {"trial": nothing})
        found = True
    if not found:
        yield from _without_a_name(case)


def _standing_still(case):
    """All epochs together moved the weights by next to nothing, at a rate far below the usual."""
    moved, sane = float(np.nansum(case.watch.moves)), _sane_rate(case.subject)
    if not case.watch.moves or not moved < 0.002 or case.subject.rate > sane / 300:
        return None
    fields = {"updates": case.subject.updates, "moved": moved, "rate": case.subject.rate, "wanted": sane}
    return Finding("learning_rate_low", "learning_rate", "learning_rate_low.still", "remedy.learning_rate", fields)


def _far_targets(case):
    """Targets that the outputs never came near, however they moved."""
    subject = case.subject
    if subject.task != "numbers" or subject.last[1] != "linear" or not np.isfinite(case.outputs).all():
        return
    size, said = _rms(subject.y.astype(float)), _rms(case.outputs)
    if size > 100 and said < 0.1 * size:
        fields = {
            "mean": float(subject.y.mean()),
            "std": float(subject.y.std()),
            "said": said,
            "updates": subject.updates,
        }
        yield Finding("unscaled_target", "y", "unscaled_target.far", fields=fields)


def _without_a_name(case):
    if case.asked_reference and case.reference is not None:
        trial = case.reference
        yield Finding("unknown", None, fields=case.measured(trial), severity="note")
