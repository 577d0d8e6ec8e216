"""Callbacks that keep what a training does to the weights: their gradients, their sizes, the weights themselves."""

import numpy as np

from ...common.types import Count
from ..probing import batch_gradients
from .base import Callback


class _Recorder(Callback):
    """Base of the callbacks that look at the model now and then: `record` is called at each of these moments.

    Args:
        every: how many steps lie between two records; None records at the end of each epoch.

    Attributes:
        step: how many steps the optimizer had made at each record.
        epoch: the epoch of each record, from 0.
    """

    def __init__(self, every: Count | None = None):
        self.every = every
        self.step, self.epoch = [], []
        self._epoch = 0
        if every is not None:  # a hook at every batch takes time: only where it is asked for
            self.on_train_batch_end = self._count_batch

    def record(self):
        """Look at `self.model`: what a subclass is for."""

    def on_epoch_begin(self, epoch, logs=None):
        self._epoch = epoch

    def on_epoch_end(self, epoch, logs=None):
        if self.every is None:
            self._note()

    def _count_batch(self, batch, logs=None):
        if self.model.optimizer.iterations % self.every == 0:
            self._note()

    def _note(self):
        self.step.append(int(self.model.optimizer.iterations))
        self.epoch.append(self._epoch)
        self.record()


class GradientRecorder(_Recorder):
    """Records how large the gradient of every weight is while the model trains, and how large the weight.

    Three numbers for every trainable weight w, each an L2 norm ‖·‖:

        gradient  ‖∂L/∂w‖ on the batch that was trained last, with the weights after its step
        weight    ‖w‖
        update    ‖w − w'‖ / ‖w'‖, the change since the record before, w' (at first: since the training began)

    The training itself is the same, bit for bit, with and without it. A gradient a record costs about two steps.

    Args:
        every: how many steps lie between two records; None records at the end of each epoch.

    Attributes:
        history: {"gradient": {name of the weight: list}, "weight": …, "update": …}, one number a record.
        layers: {name of the weight: name of its layer}.
        step, epoch: where each record was made: the optimizer's steps, and the epoch from 0.

    Raises:
        ValueError: `every` is no whole number ≥ 1.

    Example:
        >>> from tinygrad_edu.nn import Dense, Input, Sequential
        >>> model = Sequential([Input((2,)), Dense(1, name="line")])
        >>> model.compile("sgd", "mse")
        >>> recorder = GradientRecorder()
        >>> _ = model.fit(np.ones((8, 2)), np.ones(8), epochs=3, verbose=0, callbacks=[recorder])
        >>> list(recorder.history["gradient"]), len(recorder.history["gradient"]["line/kernel"])
        (['line/kernel', 'line/bias'], 3)
    """

    def __init__(self, every: Count | None = None):
        super().__init__(every)
        self.history = {"gradient": {}, "weight": {}, "update": {}}
        self.layers, self._before = {}, {}

    def on_train_begin(self, logs=None):
        self._before = {name: weight.numpy() for name, _, weight in named_weights(self.model)}

    def record(self):
        with np.errstate(all="ignore"):  # a training that diverges goes on without a word, watched or not
            gradients = batch_gradients(self.model)
        for name, layer, weight in named_weights(self.model):
            if weight not in gradients:
                continue
            now, before = weight.numpy(), self._before.get(name)
            size = _norm(now if before is None else before)
            change = 0.0 if before is None else _norm(now - before)
            self._keep("gradient", name, _norm(gradients[weight]))
            self._keep("weight", name, _norm(now))
            self._keep("update", name, change / size if size else float("nan"))
            self.layers[name], self._before[name] = layer, now

    def _keep(self, norm, name, value):
        # A weight that was frozen until now has no norms in the records before.
        values = self.history[norm].setdefault(name, [])
        values += [float("nan")] * (len(self.step) - 1 - len(values)) + [value]


class WeightRecorder(_Recorder):
    """Keeps a copy of the trainable weights while the model trains, the weights at the beginning included.

    `viz.plot_weights` shows how they spread, `viz.landscape` the path that they took.

    Args:
        every: how many steps lie between two copies; None copies at the end of each epoch.

    Attributes:
        weights: {name of the weight: list of arrays}, one array a record.
        layers: {name of the weight: name of its layer}.
        step, epoch: where each record was made: the optimizer's steps, and the epoch from 0.

    Raises:
        ValueError: `every` is no whole number ≥ 1.

    Example:
        >>> from tinygrad_edu.nn import Dense, Input, Sequential
        >>> model = Sequential([Input((2,)), Dense(1, name="line")])
        >>> model.compile("sgd", "mse")
        >>> recorder = WeightRecorder()
        >>> _ = model.fit(np.ones((8, 2)), np.ones(8), epochs=3, verbose=0, callbacks=[recorder])
        >>> len(recorder.weights["line/kernel"]), recorder.step
        (4, [0, 1, 2, 3])
    """

    def __init__(self, every: Count | None = None):
        super().__init__(every)
        self.weights, self.layers = {}, {}

    def on_train_begin(self, logs=None):
        if not self.step:
            self._note()

    def record(self):
        for name, layer, weight in named_weights(self.model):
            self.weights.setdefault(name, []).append(weight.numpy())
            self.layers[name] = layer


def named_weights(model):
    """The trainable weights of a model as (name, layer, weight); names that occur twice are numbered.

    Example:
        >>> from tinygrad_edu.nn import Dense, Input, Sequential
        >>> model = Sequential([Input((2,)), Dense(1, name="line")])
        >>> [(name, layer) for name, layer, _ in named_weights(model)]
        [('line/kernel', 'line'), ('line/bias', 'line')]
    """
    found, taken = [], {}
    for weight in model.trainable_weights:
        name = str(weight.path or "weight")
        count = taken[name] = taken.get(name, 0) + 1
        again = "" if count == 1 else f" ({count})"
        found.append((name + again, (name.rpartition("/")[0] or name) + again, weight))
    return found


def _norm(array):
    """The L2 norm, in float64 so that squares of float32 neither overflow nor vanish."""
    return float(np.linalg.norm(np.asarray(array, dtype=float)))
