"""Models put together at random train by programs as they do op by op: layers, losses, optimizers, callbacks, weights.

The parts are those that the package registers, in the samples of `test_every_part`: new ones are among them. Where the
two ways differ, the training is run once more on data that is off by a rounding: if that alone makes such a
difference, as where a rule takes the sign of a gradient that is 0, it says nothing.
"""

import functools
import warnings
from contextlib import redirect_stdout
from io import StringIO

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, seed, settings
from hypothesis import strategies as st
from parts import OUTPUTS, ROWS, differences, inputs, targets, told
from test_every_part import SHARED, Sample, flattening, ways

import tinygrad_edu as tg
from tinygrad_edu import replay
from tinygrad_edu.common.floats import floatx, set_floatx
from tinygrad_edu.common.naming import subclasses
from tinygrad_edu.nn import Dense, Input, Layer, Loss, Metric, Sequential, layers
from tinygrad_edu.nn.callbacks import Callback
from tinygrad_edu.nn.constraints import Constraint
from tinygrad_edu.nn.regularizers import Regularizer
from tinygrad_edu.optim import Optimizer
from tinygrad_edu.optim.schedules import Schedule

ROUNDING = 1e-12  # of the data, relative; what it makes of itself in a training


class Part:
    """A class with the arguments of a sample; printed as Python."""

    def __init__(self, cls, sample, changed):
        self.cls, self.sample, self.changed = cls, sample, changed

    def __repr__(self):
        return f"{self.cls.__name__}({self.sample.arguments!r}, {self.changed!r})"

    def made(self, **more):
        with warnings.catch_warnings(action="ignore"):
            return self.sample.of(self.cls, **self.changed | more)


@functools.cache
def every(family):
    """The parts of a family."""
    return [Part(*way.values) for way in ways(family)]


def parts(family, fits=lambda part: True):
    """One of a family that fits."""
    return st.sampled_from([part for part in every(family) if fits(part)])


def makes_without_arguments(cls):
    try:
        return bool(cls())
    except TypeError:
        return False


CALLBACKS = [c for c in subclasses(Callback) if c.__module__.startswith("tinygrad_edu") and makes_without_arguments(c)]
CLIPS = ("clipnorm", "clipvalue", "global_clipnorm")  # one at a time


PLAIN = {
    "first": Part(layers.ReLU, Sample(), {}), "layers": [], "regularizer": None, "constraint": None, "metrics": [],
    "rate": 0.02, "shared": [], "callbacks": [], "weighted": False, "validation": {}, "batch_size": 8, "epochs": 2,
    "fits": 1, "shuffle": False, "seed": 0,
}  # fmt: skip


@st.composite
def trainings(draw):
    """The parts of a training by name."""
    loss = draw(parts(Loss))
    alike = (loss.sample.targets, loss.sample.activation)
    found = [part for part in every(Metric) if (part.sample.targets, part.sample.activation) == alike]
    shared = draw(st.lists(st.sampled_from(sorted(SHARED)), max_size=3, unique=True))
    clips = [name for name in shared if name in CLIPS]
    return {
        "first": draw(parts(Layer, lambda part: not issubclass(part.cls, layers.InputLayer))),
        "layers": draw(st.lists(parts(Layer, lambda part: not part.sample.whole), max_size=3)),
        "regularizer": draw(st.none() | parts(Regularizer)),
        "constraint": draw(st.none() | parts(Constraint)),
        "loss": loss,
        "metrics": draw(st.lists(st.sampled_from(found), max_size=2)) if found else [],
        "optimizer": draw(parts(Optimizer)),
        "rate": draw(st.sampled_from([0.001, 0.02]) | parts(Schedule)),
        "shared": [name for name in shared if name not in clips[1:]],
        "callbacks": draw(st.lists(st.sampled_from(CALLBACKS), max_size=2, unique=True)),
        "weighted": draw(st.booleans()),
        "validation": draw(st.sampled_from([{}, {"validation_split": 0.3}, {"validation_freq": 2}])),
        "batch_size": draw(st.integers(2, ROWS + 2)),
        "epochs": draw(st.integers(1, 3)),
        "fits": draw(st.integers(1, 2)),
        "shuffle": draw(st.booleans()),
        "seed": draw(st.integers(0, 100)),
    }


def model_of(story):
    """The model, with those of the layers that fit on one another."""
    model = Sequential([Input(story["first"].sample.shape)])
    last = story["first"]
    for part in [last, *story["layers"]]:
        try:
            layer = part.made()
            if not isinstance(layer, layers.InputLayer):
                model.add(layer)
                last = layer
        except (ValueError, TypeError, IndexError):
            assume(part is not story["first"])
    if len(model.output_shape) > 2:
        model.add(flattening(last))
    units = 1 if story["loss"].sample.targets == "yes_no" else OUTPUTS
    options = {f"kernel_{kind}": story[kind].made() for kind in ("regularizer", "constraint") if story[kind]}
    model.add(Dense(5, "tanh", **options))
    model.add(Dense(units, story["loss"].sample.activation or "sigmoid"))
    return model


def outcome(story, eager, off=0.0):
    """All that the training leaves behind, or the error that it ends with."""
    tg.random.seed(story["seed"])
    sample = story["first"].sample
    x = inputs(sample.shape) * (1 + off * np.random.default_rng(7).normal(size=(ROWS, *sample.shape)))
    if sample.whole:
        x = np.random.default_rng(6).integers(0, sample.whole, x.shape)
    y = targets(story["loss"].sample.targets or "shares")
    fit = {"batch_size": story["batch_size"], "epochs": story["epochs"], "shuffle": story["shuffle"], "verbose": 0}
    fit |= story["validation"]
    if "validation_freq" in fit:
        fit["validation_data"] = (x[:9], y[:9])
    if story["weighted"]:
        fit["sample_weight"] = np.linspace(0.5, 2.0, ROWS)
    try:
        model = model_of(story)
        rate = story["rate"].made() if isinstance(story["rate"], Part) else story["rate"]
        options = {"learning_rate": rate} | {k: v for name in story["shared"] for k, v in SHARED[name].items()}
        metrics = [part.made(name=f"m{i}") for i, part in enumerate(story["metrics"])]
        model.compile(story["optimizer"].made(**options), story["loss"].made(), metrics=metrics, run_eagerly=eager)
        histories = [model.fit(x, y, callbacks=[c() for c in story["callbacks"]], **fit) for _ in range(story["fits"])]
        return told(model, x, y, *histories)
    except (ValueError, TypeError) as error:
        return {type(error).__name__: 0}


def same_by_programs(story):
    """Compare the two ways to train; an error has to be the same one."""
    with warnings.catch_warnings(action="ignore"), np.errstate(all="ignore"), redirect_stdout(StringIO()):
        eager = outcome(story, True)
        found = differences(eager, outcome(story, False), "float32")
        if found:  # by no more than what rounding of the data makes of it: weights that are 0 but for rounding
            assume(not differences(eager, outcome(story, True, ROUNDING), "float64"))
        assert not found, "\n".join(found)


@pytest.fixture(autouse=True)
def in_float64_and_a_folder(tmp_path, monkeypatch):
    """Rounding stays far below any difference; callbacks write where nobody minds."""
    before = floatx()
    set_floatx("float64")
    monkeypatch.chdir(tmp_path)
    yield
    set_floatx(before)


def check(examples, number, what=same_by_programs):
    """Check so many trainings, which depend on the number; none of them is tried twice."""
    options = {"max_examples": examples, "database": None, "suppress_health_check": list(HealthCheck)}
    seed(number)(settings(derandomize=False, **options)(given(trainings())(lambda story: what(story))))()


def test_a_few():
    check(5, 0)


@pytest.mark.full
@pytest.mark.parametrize("number", range(1, 5))
def test_many(number):
    check(75, number)


@pytest.mark.nightly
@pytest.mark.parametrize("number", range(100, 120))
def test_very_many(number):
    check(1000, number)


@pytest.mark.full
def test_most_of_them_train():
    """Stories that end in an error say little: they are few."""
    ended = []

    def note(story):
        with warnings.catch_warnings(action="ignore"), np.errstate(all="ignore"), redirect_stdout(StringIO()):
            ended.append("weights" in outcome(story, True))

    check(30, 0, note)
    assert sum(ended) > 0.8 * len(ended)


def test_a_difference_is_found(monkeypatch):
    """A mutant: from the fifth step on, when programs are trusted, they make longer ones."""

    def longer(self, w, g, rate, step):
        late = np.minimum(np.maximum(step - 4, 0), 1) if replay.active() else 0.0
        return (w - rate * g * (1 + 0.01 * late),)

    sgd, mse = [
        next(part for way in ways(family) if (part := Part(*way.values)).cls is cls and not part.changed)
        for family, cls in ((Optimizer, tg.optim.SGD), (Loss, tg.nn.losses.MeanSquaredError))
    ]
    monkeypatch.setattr(tg.optim.SGD, "update", longer)
    with pytest.raises(AssertionError, match="weights"):
        same_by_programs(PLAIN | {"optimizer": sgd, "loss": mse})
