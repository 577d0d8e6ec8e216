"""Trainings that the doctor runs: the one that it observes, a plain network for comparison, short replays with one
change. All on copies, with the random numbers put back afterwards.

What they may cost is counted in multiplications, not in seconds, so that the same training always gets the same answer.
"""

import copy
import warnings
from contextlib import contextmanager

import numpy as np

from .. import optim
from ..common import random
from ..common.budget import uncounted
from ..nn import Sequential, losses
from ..nn.callbacks import BackupAndRestore, Callback, CSVLogger, ModelCheckpoint, TensorBoard
from ..nn.layers import Dense, Input
from .measuring import loss_of, predictions, score
from .subject import SPARSE

_WRITE_FILES = (BackupAndRestore, CSVLogger, ModelCheckpoint, TensorBoard)
_A_SECOND = 1.5e9  # multiplications and their kin that a slow core does in a second
_STEP, _LAYER, _START = 6e4, 3e4, 5e7  # the fixed cost of an update, of a layer in it, of a new training
_REFERENCE_UPDATES, _REFERENCE_ROWS = 500, 1500


@contextmanager
def undisturbed():
    """Without warnings, and with the package's random numbers as they were afterwards."""
    generator = random.generator()
    state = generator.bit_generator.state
    try:
        with warnings.catch_warnings(action="ignore"), np.errstate(all="ignore"):
            yield
    finally:
        generator.bit_generator.state = state


class Curves:
    """The figures of the epochs of a training.

    Args:
        figures: a dict of figures for each epoch.
    """

    def __init__(self, figures=()):
        self.figures, self.moves, self.rates = list(figures), [], []

    def curve(self, name="loss"):
        """The values of a figure, one an epoch; the mean of a figure with several values."""
        return np.array([float(np.mean(figures[name])) for figures in self.figures if name in figures])


class Watch(Callback, Curves):
    """Keeps the figures of each epoch, the learning rate and how far an epoch moves the weights; stops at NaN."""

    def on_train_begin(self, logs=None):
        self._before = _flat(self.model)

    def on_epoch_end(self, epoch, logs=None):
        self.figures.append({name: float(np.mean(value)) for name, value in (logs or {}).items()})
        self.rates.append(float(self.model.optimizer.learning_rate))
        now = _flat(self.model)
        with np.errstate(all="ignore"):
            size = np.linalg.norm(self._before)
            self.moves.append(float(np.linalg.norm(now - self._before) / size) if size else float("nan"))
        self._before = now
        if not np.isfinite(self.figures[-1].get("loss", 0.0)):
            self.model.stop_training = True


def _flat(model):
    parts = [np.ravel(weight.numpy()).astype(float) for weight in model.trainable_weights]
    return np.concatenate(parts) if parts else np.zeros(0)


def observe(model, subject):
    """Train a copy of the model as the user would; (Watch, the trained model, whether it is a copy).

    Raises:
        Exception: whatever fit raises.
    """
    try:
        trained, copied = copy.deepcopy(model), True
    except (TypeError, ValueError, RecursionError):
        trained, copied = model, False
    watch, options = Watch(), dict(subject.options)
    given = options.pop("callbacks", None) or []
    given = [given] if isinstance(given, Callback) else given
    kept = []
    for callback in given:
        if isinstance(callback, _WRITE_FILES) or hasattr(callback, "diagnosis"):
            continue
        callback.model = None
        kept.append(copy.deepcopy(callback))
    trained.fit(*subject.given, verbose=0, callbacks=[*kept, watch], **options)
    return watch, trained, copied


class Trials:
    """Replays of a training, with one thing changed, within a budget.

    Args:
        subject: the training.
        start: the model as it was before training, built.
        now: the skill that the observed training reached.

    Attributes:
        count: how many were run.
    """

    def __init__(self, subject, start, now):
        self.subject, self.start, self.now, self.count = subject, start, now, 0
        self.products = _multiplications(start)
        own = self.cost_of_update(subject.batch)
        self.budget = 1.2 * subject.updates * own + 0.8 * _A_SECOND
        # A replay is as long as the training, unless that would leave room for a few only.
        self.longest = max(int(min(subject.updates, self.budget / 7 / own)), 1)

    def cost_of_update(self, batch):
        """The cost of an update on so many rows."""
        return _STEP + _LAYER * len(self.start.layers) + 6.0 * batch * self.products

    def run(self, model=None, x=None, y=None, updates=None, batch=None):
        """The (skill, shown score, loss) that a model reaches in so many updates, or None when the budget is spent."""
        subject = self.subject
        model = self.start if model is None else model
        x, targets = (subject.x if x is None else x), subject.y if y is None else y[0]
        wanted, cost = updates or self.longest, self.cost_of_update(batch or subject.batch)
        updates = int(min(wanted, (self.budget - _START) / cost))
        if updates < 0.3 * wanted or model is None:
            return None
        self.budget -= _START + updates * cost
        self.count += 1
        try:
            outputs = self._train(copy.deepcopy(model), x, targets, updates, batch)
        except (ValueError, TypeError, RuntimeError):
            return None
        outputs = outputs if y is None else outputs * y[2] + y[1]
        if not np.isfinite(outputs).all():
            return 0.0, float("nan"), float("inf")
        return *score(subject, outputs), loss_of(subject, subject.y, outputs)

    def _train(self, model, x, y, updates, batch):
        subject = self.subject
        batch = batch or subject.batch
        passes = -(-len(x) // batch)
        weights = {
            k: subject.options[k] for k in ("class_weight", "sample_weight") if subject.options.get(k) is not None
        }
        if "sample_weight" in weights and subject.split is not None:
            weights["sample_weight"] = np.asarray(weights["sample_weight"])[: subject.split]
        shuffle = subject.options.get("shuffle", True)
        epochs, rest = divmod(updates, passes)
        if epochs:
            model.fit(x, y, batch_size=batch, epochs=epochs, verbose=0, shuffle=shuffle, **weights)
        if rest and not epochs:
            rows = np.random.default_rng(0).permutation(len(x))[: rest * batch]
            weights = {k: np.asarray(v)[rows] if k == "sample_weight" else v for k, v in weights.items()}
            model.fit(x[rows], y[rows], batch_size=batch, epochs=1, verbose=0, **weights)
        return predictions(model, x)

    # -- what can be changed -----------------------------------------------------------------------------------

    def with_rate(self, rate, model=None):
        """The model with an optimizer of the same kind at another rate."""
        model = copy.deepcopy(self.start if model is None else model)
        optimizer = type(model.optimizer).from_config(model.optimizer.get_config() | {"learning_rate": float(rate)})
        return compiled_like(self.subject, model, optimizer=optimizer)

    def changed(self, change, loss=None, fresh=False, optimizer=None):
        """The model made anew from its configuration, with each layer's configuration given to `change`.

        Args:
            change: a function of (number, class name, config) that gives the config to use, or None to leave the layer
                out; it may give a list of (class name, config).
            loss: another loss.
            fresh: draw the first weights anew; else they are those of the model, where they fit.
            optimizer: another optimizer.

        Returns:
            The model, or None where it cannot be made from its configuration.
        """
        if not self.subject.sequential:
            return None
        try:
            model = self._made(change)
            model.build((None, *self.subject.x.shape[1:]))
            if not fresh:
                _take_weights(self.start, model)
        except (ValueError, TypeError, KeyError, AttributeError, IndexError):
            return None
        return compiled_like(self.subject, model, loss=loss, optimizer=optimizer)

    @uncounted()
    def _made(self, change):
        config, number, kept = self.start.get_config(), 0, []
        for entry in config["layers"]:
            if entry["class_name"] == "InputLayer":
                kept.append(entry)
                continue
            found = change(number, entry["class_name"], dict(entry["config"]))
            number += 1
            for name, settings in found if isinstance(found, list) else [(entry["class_name"], found)]:
                if settings is not None:
                    kept.append(_entry(entry, name, settings))
        settings = {name: value for name, value in config.items() if name != "build_input_shape"}
        return type(self.start).from_config(settings | {"layers": kept})


def _entry(entry, name, settings):
    """The configuration of a layer with other settings, or of a layer of this package in its place, not yet built."""
    entry = {key: value for key, value in entry.items() if key != "build_config"}
    if name != entry["class_name"]:
        entry |= {"module": "keras.layers", "registered_name": None}
    return entry | {"class_name": name, "config": settings}


def compiled_like(subject, model, loss=None, optimizer=None):
    """The model, compiled with a fresh optimizer of the subject's kind and its loss, unless others are given."""
    given = subject.model.optimizer
    if optimizer is None:
        optimizer = type(given).from_config(given.get_config())
    model.compile(optimizer=optimizer, loss=subject.model.loss if loss is None else loss)
    return model


def _take_weights(source, target):
    """Give each layer of a model the weights of the layer of the same name, where the shapes are the same."""
    weights = {layer.name: layer.get_weights() for layer in source.layers}
    for layer in target.layers:
        given = weights.get(layer.name)
        if given is not None and [a.shape for a in given] == [a.shape for a in layer.get_weights()]:
            layer.set_weights(given)


def _multiplications(model):
    """About how many multiplications the forward pass of one row takes."""
    total = 0
    for layer in model.layers:
        kernel = getattr(layer, "kernel", None)
        if kernel is not None:
            places = [n for n in (layer.output_shape or ())[1:-1] if n]
            total += 3 * kernel.size * int(np.prod(places)) if places else kernel.size  # windows are gathered first
        else:
            total += sum(weight.size for weight in layer.weights)
    return total


# -- a plain network on the same rows --------------------------------------------------------------------------


def reference(subject):
    """(skill, shown score) of a plain network on rows that it was not trained on: what there is to learn, at least.

    Columns standardised, two hidden layers of relu, Adam at 0.01: what a course recommends. None where the rows do not
    allow it.
    """
    x, y = subject.some(_REFERENCE_ROWS)
    x = _features(subject, x)
    if x is None or len(x) < 4 or not (np.isfinite(x).all() and np.isfinite(y).all()):
        return None
    order = np.random.default_rng(0).permutation(len(x))
    few = len(np.unique(x, axis=0)) <= len(x) // 2 or len(x) < 12
    cut = len(x) if few else int(0.7 * len(x))
    train, test = order[:cut], (order if few else order[cut:])
    x = np.clip((x - x[train].mean(0)) / (x[train].std(0) + 1e-9), -10, 10)
    made = _plain_network(subject, x.shape[1], y)
    if made is None:
        return None
    model, targets, back = made
    epochs = max(_REFERENCE_UPDATES * 32 // len(train), 1)
    model.fit(x[train], targets[train], epochs=min(epochs, 200), verbose=0)
    outputs = back(predictions(model, x[test]))
    return _plain_score(subject, outputs, y[test])


def _features(subject, x):
    """The rows as a table: images flat, indices as counts; None where it would be too wide."""
    if subject.looks_up:
        rows = x.reshape(len(x), -1).astype(int)
        if rows.min() < 0 or rows.max() > 3000:
            return None
        counts = np.zeros((len(rows), rows.max() + 1))
        np.add.at(counts, (np.arange(len(rows))[:, None], rows), 1)
        return counts
    flat = x.reshape(len(x), -1).astype(float)
    if flat.shape[1] > 800:  # random projections keep what a plain network would use
        flat = flat @ np.random.default_rng(1).normal(size=(flat.shape[1], 400)) / np.sqrt(flat.shape[1])
    return flat


def _plain_network(subject, features, y):
    """(compiled model, targets for it, function that turns its outputs back), for the task of the subject."""
    hidden = [Input((features,)), Dense(48, activation="relu"), Dense(48, activation="relu")]
    if subject.task == "classes":
        labels = subject.labels(y)
        last, targets = Dense(int(labels.max()) + 1, activation="softmax"), labels
        loss, back = losses.SparseCategoricalCrossentropy(), lambda outputs: outputs
    elif subject.task == "labels":
        targets = y.reshape(len(y), -1)
        last, loss, back = Dense(targets.shape[1], activation="sigmoid"), "binary_crossentropy", lambda outputs: outputs
    else:
        rows = y.reshape(len(y), -1).astype(float)
        middle, size = rows.mean(0), rows.std(0) + 1e-12
        if rows.shape[1] > 300:
            return None
        targets = (rows - middle) / size
        last, loss, back = Dense(rows.shape[1]), "mse", lambda outputs: outputs * size + middle
    model = Sequential([*hidden, last])
    model.compile(optimizer=optim.Adam(0.01), loss=loss)
    return model, targets, back


def _plain_score(subject, outputs, y):
    if subject.task == "classes":
        labels = subject.labels(y)
        right = float((outputs.argmax(1) == labels).mean())
        common = np.unique(subject.labels(), return_counts=True)[1].max() / len(subject.y)
        return max(0.0, (right - common) / max(1 - common, 1e-9)), right
    rows = y.reshape(len(y), -1)
    if subject.task == "labels":
        common = np.maximum(
            subject.y.reshape(len(subject.y), -1).mean(0), 1 - subject.y.reshape(len(subject.y), -1).mean(0)
        )
        right = float(((outputs > 0.5) == (rows > 0.5)).mean())
        return max(0.0, (right - common.mean()) / max(1 - common.mean(), 1e-9)), right
    r2 = 1 - ((rows - outputs) ** 2).sum() / max(((rows - rows.mean(0)) ** 2).sum(), 1e-300)
    return max(0.0, float(r2)), float(r2)


def standard_output(subject):
    """(activation, units, loss) that the targets ask for."""
    if subject.kind in ("one_hot", "rows_of_shares"):
        return "softmax", subject.y.shape[-1], "categorical_crossentropy"
    if subject.kind == "classes" and subject.classes:
        return "softmax", int(subject.y.max()) + 1, "sparse_categorical_crossentropy"
    if subject.kind == "binary" and (subject.units or 1) > 1 and isinstance(subject.loss, SPARSE):
        return "softmax", subject.units, "sparse_categorical_crossentropy"
    if subject.kind in ("binary", "several_labels"):
        return "sigmoid", int(np.prod(subject.y.shape[1:]) or 1), "binary_crossentropy"
    if subject.kind == "signs":
        return "linear", 1, "hinge"
    return "linear", int(np.prod(subject.y.shape[1:]) or 1), "mse"
