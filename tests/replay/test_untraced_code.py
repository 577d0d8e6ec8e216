"""Layers and steps that Python decides, or that change things behind the trace: they run op by op, and say why."""

import linecache
import math
import random
import re
from types import SimpleNamespace

import numpy as np
import pytest
from stories import Calls, Steps, X, copies, network, same_as_eager, stays_eager, train

import tinygrad_edu as tg
from tinygrad_edu.common import floats
from tinygrad_edu.nn import Dense, Layer, metrics

pytestmark = pytest.mark.usefixtures("double")


def named_line(message):
    """The line of source that a warning names."""
    file, line = re.search(r"\((\S+), line (\d+)\)", message).groups()
    assert file == __file__
    return linecache.getline(file, int(line))


# -- layers that cannot be traced ---------------------------------------------------------------------------


def writes_in_place(w, x):
    w.data[...] = np.full(3, 0.9)
    return x * w


def shrinks_in_place(w, x):
    w.data *= 0.9
    return x * w


def assigns(w, x):
    w.data = np.full(3, 0.4)
    return x * w


LAYERS_THAT_LEAVE = {
    "if float(x.sum())": lambda w, x: x * w if float(x.sum()) > 0 else x * w * 2.0,
    "if x.sum() > 0": lambda w, x: x * w if x.sum() > 0 else x * w * 2.0,
    "(x.sum() > 0).item()": lambda w, x: x * w * (1.0 + (x.sum() > 0).item()),
    "x.numpy()": lambda w, x: x * w * (1.0 + x.numpy().mean()),
    "w.numpy()": lambda w, x: x * w * (1.0 + w.numpy().mean()),
    "np.asarray(x)": lambda w, x: x * w * (1.0 + np.asarray(x).mean()),
    "x.data": lambda w, x: x * w * (1.0 + x.data.mean()),
    "int(x.sum())": lambda w, x: x * w * int(x.sum()),
    "math.tanh(x.sum())": lambda w, x: x * w * math.tanh(x.sum()),
    "max(x.sum(), x.mean())": lambda w, x: x * w * max(x.sum(), x.mean()),
    "float(f'{x.sum():.3f}')": lambda w, x: x * w * float(f"{x.sum():.3f}"),  # fmt: skip
    "x[:(x.sum() > 0)]": lambda w, x: x * w + np.sum(x[: (x.sum() > 0)]),  # fmt: skip
    "w.data[...] = np.full": writes_in_place,
    "w.data *= 0.9": shrinks_in_place,
    "w.data = np.full": assigns,
}


@pytest.mark.parametrize("text", LAYERS_THAT_LEAVE)
def test_a_layer_that_leaves_the_ops_stays_eager(text):
    def story(eagerly):
        model = network(Calls(LAYERS_THAT_LEAVE[text]), Dense(1), eagerly=eagerly)
        return model, train(model).history

    assert text.removeprefix("if ") in named_line(stays_eager(story))


def test_a_copy_of_a_tensor_is_no_way_out():
    """Batch descent: the audit sees the same data twice, so only the trace can notice."""

    def story(eagerly):
        model = network(Calls(copies), Dense(1), eagerly=eagerly)
        train(model, batch_size=36)
        return model, train(model, x=X + 1.0, batch_size=36).history

    stays_eager(story)


class CountedCalls(Layer):
    """x · f(n) at the n-th call."""

    def __init__(self, factor):
        super().__init__()
        self.factor, self.n = factor, 0

    def call(self, inputs):
        self.n += 1
        return inputs * self.factor(self.n)


class RemembersCalls(Layer):
    def __init__(self):
        super().__init__()
        self.seen = []

    def call(self, inputs):
        self.seen.append(len(self.seen))
        return inputs * (1.0 + 0.1 * len(self.seen))


class CountsInAnArray(Layer):
    def __init__(self):
        super().__init__()
        self.n = np.zeros(1)

    def call(self, inputs):
        self.n[0] += 1
        return inputs * (1.0 + 0.1 * float(self.n[0]))


class KeepsItsOutput(Layer):
    def call(self, inputs):
        self.last = inputs * 2.0
        return self.last


class OwnNoise(Layer):
    def __init__(self):
        super().__init__()
        self.generator = np.random.default_rng(1)

    def call(self, inputs):
        return inputs + self.generator.normal(size=inputs.shape)


IMPURE_LAYERS = {
    "a counter": (lambda: CountedCalls(lambda n: 1.0 + 0.1 * n), "'n'|multiply"),
    "a counter whose effect comes late": (lambda: CountedCalls(lambda n: 2.0 if n > 6 else 1.0), "'n'"),
    "a list that grows": (RemembersCalls, "seen|multiply"),
    "a counter in an array": (CountsInAnArray, "'n'|multiply"),
    "the last output": (KeepsItsOutput, "last"),
    "noise of NumPy": (lambda: Calls(lambda w, x: x * w + np.random.normal(size=x.shape)), "add"),
    "noise of Python": (lambda: Calls(lambda w, x: x * w * random.random()), "multiply"),
    "noise of a generator of its own": (OwnNoise, "add"),
}


@pytest.mark.parametrize("what", IMPURE_LAYERS)
def test_a_layer_that_is_another_at_each_call_stays_eager(what):
    make, named = IMPURE_LAYERS[what]

    def story(eagerly):
        layer = make()
        model = network(layer, Dense(1), eagerly=eagerly)
        history = train(model).history
        kept = {name: getattr(layer, name) for name in ("n", "seen") if hasattr(layer, name)}
        last = [layer.last.numpy()] if hasattr(layer, "last") else []
        return model, history, kept, last

    assert re.search(named, stays_eager(story))


def test_noise_below_the_tolerance_of_the_audit_is_noticed():
    floats.set_floatx("float32")

    def story(eagerly):
        layer = Calls(lambda w, x: x * w * (1 + 1e-6 * np.random.normal(size=x.shape).astype("float32")))
        model = network(layer, Dense(1), eagerly=eagerly)
        return model, train(model).history

    assert "multiply" in stays_eager(story)


def test_a_layer_that_keeps_what_it_made_once_is_a_program():
    class Mask(Layer):
        mask = None

        def call(self, inputs):
            if self.mask is None:
                self.mask = np.array([1.0, 0.0, 1.0])
            return inputs * self.mask

    def story(eagerly):
        model = network(Mask(), Dense(1), eagerly=eagerly)
        return model, train(model).history

    same_as_eager(story)


# -- steps of the user's own --------------------------------------------------------------------------------


class BackwardAndStep(Steps):
    def train_step(self, data):
        y, y_pred, sample_weight, loss = self.forward(data)
        self.optimizer.build(self.trainable_weights)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        return self.compute_metrics(y, y_pred, sample_weight, loss)


class NumberOfNumPy(Steps):
    def train_step(self, data):
        logs = super().train_step(data)
        return logs | {"norm": float(np.linalg.norm(self.layers[0].kernel.numpy()))}


class PlainNumber(Steps):
    def train_step(self, data):  # a plain number
        return super().train_step(data) | {"rows": float(len(data[1]))}


class AsksForTheLoss(Steps):
    def train_step(self, data):
        logs = super().train_step(data)
        if logs["loss"] < 1.5:
            logs["low"] = logs["loss"] * 2
        return logs


class PlainDescent(Steps):
    def train_step(self, data):
        y, y_pred, sample_weight, loss = self.forward(data)
        weights = self.trainable_weights
        for w, g in zip(weights, tg.gradients(loss, weights)):
            w.data = w.data - 0.05 * np.asarray(g)
        return self.compute_metrics(y, y_pred, sample_weight, loss)


class DecaysItsRate(Steps):
    def train_step(self, data):
        self.optimizer.learning_rate *= 0.9
        return super().train_step(data)


class RestartsIterations(Steps):
    def train_step(self, data):
        logs = super().train_step(data)
        self.optimizer.iterations = 0
        return logs


class CountsRows(Steps):
    rows = 0

    def train_step(self, data):
        self.rows += len(data[1])
        return super().train_step(data)


class ReadsAlongTheWay(Steps):
    """A figure in an object that `model.metrics` does not look into: it goes on from epoch to epoch."""

    def train_step(self, data):
        y, y_pred, sample_weight, loss = self.forward(data)
        self.descend(loss, self.trainable_weights)
        self.compute_metrics(y, y_pred, sample_weight, loss)
        self.hidden.tracker.update_state(loss)
        return {"loss": self.hidden.tracker.result()}


class SecondLook(Steps):
    """Two updates of the same weights in one step."""

    def train_step(self, data):
        y, y_pred, sample_weight, loss = self.forward(data)
        self.descend(loss, self.trainable_weights)
        self.descend(self.forward(data)[-1], self.trainable_weights)
        return self.compute_metrics(y, y_pred, sample_weight, loss)


class SameGradientsTwice(Steps):
    def train_step(self, data):
        y, y_pred, sample_weight, loss = self.forward(data)
        weights = self.trainable_weights
        gradients = tg.gradients(loss, weights)
        self.optimizer.apply(gradients, weights)
        self.second.apply(gradients, weights)
        return self.compute_metrics(y, y_pred, sample_weight, loss)


class LooksBack(Steps):
    """Old weights are read after their update."""

    def train_step(self, data):
        y, y_pred, sample_weight, loss = self.forward(data)
        old = self.trainable_weights[0].reshape(-1)
        self.descend(loss, self.trainable_weights)
        moved = np.sum((self.trainable_weights[0].reshape(-1) - old) ** 2)
        return self.compute_metrics(y, y_pred, sample_weight, loss) | {"moved": moved}


STEPS_THAT_LEAVE = [
    (BackwardAndStep, "loss.backward()"),
    (NumberOfNumPy, "self.layers[0].kernel.numpy()"),
    (PlainNumber, "# a plain number"),
    (AsksForTheLoss, 'logs["loss"] < 1.5'),
    (PlainDescent, "w.data = w.data - 0.05"),
]


IMPURE_STEPS = [
    (DecaysItsRate, "rate"),
    (RestartsIterations, "iterations"),
    (CountsRows, "rows"),
    (ReadsAlongTheWay, "'loss'"),
    (SecondLook, "kernel"),
    (SameGradientsTwice, "kernel"),
    (LooksBack, "kernel"),
]


def story_of(model_class, epochs=4):
    def story(eagerly):
        model = network(of=model_class, eagerly=eagerly)
        model.second, model.hidden = tg.optim.Momentum(0.03), SimpleNamespace(tracker=metrics.Mean(name="loss"))
        history = train(model, epochs).history
        return model, history, model.optimizer.learning_rate, getattr(model, "rows", 0), state_of(model.second)

    return story


def state_of(optimizer):
    return [t.numpy() for t in optimizer.variables]


@pytest.mark.parametrize(("model_class", "text"), STEPS_THAT_LEAVE)
def test_a_step_that_leaves_the_ops_stays_eager(model_class, text):
    assert text in named_line(stays_eager(story_of(model_class)))


@pytest.mark.parametrize(("model_class", "named"), IMPURE_STEPS)
def test_a_step_that_python_changes_stays_eager(model_class, named):
    assert named in stays_eager(story_of(model_class))


class TwoOptimizers(Steps):
    def train_step(self, data):
        y, y_pred, sample_weight, loss = self.forward(data)
        weights = self.trainable_weights
        gradients = tg.gradients(loss, weights)
        self.optimizer.apply(gradients[:2], weights[:2])
        self.second.apply(gradients[2:], weights[2:])
        return self.compute_metrics(y, y_pred, sample_weight, loss)


class InTurns(Steps):
    """A second optimizer follows the loss after the step of the first."""

    def train_step(self, data):
        y, y_pred, sample_weight, loss = self.forward(data)
        self.descend(loss, self.trainable_weights[:2])
        self.descend(self.forward(data)[-1], self.trainable_weights[2:], self.second)
        return self.compute_metrics(y, y_pred, sample_weight, loss)


class Minimizes(Steps):
    def train_step(self, data):
        y, y_pred, sample_weight, loss = self.forward(data)
        self.optimizer.minimize(loss)
        return self.compute_metrics(y, y_pred, sample_weight, loss)


class MoreFigures(Steps):
    def train_step(self, data):
        logs = super().train_step(data)
        norm = np.sqrt(np.sum(self.layers[0].kernel ** 2))
        return {"norm": norm, "twice": 2 * logs["loss"], **logs}


class ResultsByName(Steps):
    def train_step(self, data):
        super().train_step(data)
        return {metric.name: metric.result() for metric in self.metrics}


class Clips(Steps):
    def train_step(self, data):
        y, y_pred, sample_weight, loss = self.forward(data)
        weights = self.trainable_weights
        gradients = tg.gradients(loss, weights, create_graph=True)
        norm = np.sqrt(sum(np.sum(g * g) for g in gradients))
        self.optimizer.apply([g * np.minimum(1.0, 0.1 / norm) for g in gradients], weights)
        return self.compute_metrics(y, y_pred, sample_weight, loss)


@pytest.mark.parametrize("model_class", [TwoOptimizers, InTurns, Minimizes, MoreFigures, ResultsByName, Clips])
def test_a_step_of_ops_is_a_program(model_class):
    same_as_eager(story_of(model_class))


class TwoSpeeds(tg.optim.Optimizer):
    def update(self, w, g, rate, step):
        return ((w - rate * g) if step < 3 else (w - 0.1 * rate * g),)


def test_an_optimizer_that_asks_for_the_step_stays_eager():
    def story(eagerly):
        model = network(eagerly=eagerly, optimizer=TwoSpeeds(0.1))
        return model, train(model).history

    assert "if step < 3" in named_line(stays_eager(story))
