"""Files go to real Keras and come back: equal predictions, and training goes on with equal losses on both sides.

Every case is trained here, saved, loaded by Keras, trained there, saved by Keras and loaded here again. The samples
are those of tests/replay, so a new layer, loss, optimizer or metric is tried by existing.
"""

import itertools
import json
import sys
from operator import attrgetter
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "replay"))

from parts import FEATURES, OUTPUTS, inputs, network, targets
from test_every_part import (
    SHARED,
    TOGETHER,
    every,
    flattening,
    joining,
    offered,
    registered,
    samples,
    takes_a_list,
    ways,
)

import tinygrad_edu as tg
from tinygrad_edu.common.naming import subclasses
from tinygrad_edu.nn import Dense, Input, Layer, Loss, Metric, Model, Sequential, initializers, layers
from tinygrad_edu.nn.activations import functions as activations
from tinygrad_edu.nn.constraints import Constraint
from tinygrad_edu.nn.layers.regularization import _Noisy
from tinygrad_edu.nn.metrics import IoU, MeanMetricWrapper
from tinygrad_edu.nn.regularizers import Regularizer
from tinygrad_edu.nn.saving import load_model, model_from_json
from tinygrad_edu.optim import Optimizer
from tinygrad_edu.optim.schedules import Schedule

pytestmark = [
    pytest.mark.peers,
    pytest.mark.filterwarnings("ignore::DeprecationWarning:keras"),
    pytest.mark.filterwarnings("ignore:Explicitly requested dtype int64:UserWarning:keras"),
    pytest.mark.filterwarnings("ignore:You are passing weight as `float`:UserWarning:keras"),
]
RELATIVE = 2e-5
ROWS = 8
TEST = {"step": "test"}


def there_and_back(keras, path, model, x, y, sample_weight=None, step="train", back=True, own=lambda keras: None):
    """Train here, there and here again, and compare after each passage.

    Args:
        step: what is compared: "train", or "test" where training draws random numbers or has nothing to show.
        back: whether the file that Keras writes holds all that was in ours.
        own: a function that makes the custom objects of either package.
    """
    path, data = str(path / "model.keras"), (x, y, sample_weight)
    figures(model, data)
    model.save(path)
    theirs = keras.models.load_model(path, custom_objects=own(keras))
    same(model, theirs, data, step)
    theirs.save(path)
    if back:
        same(theirs, load_model(path, custom_objects=own(tg.keras)), data, step)


def figures(model, data, step="train"):
    """What one step on a batch gives."""
    model.reset_metrics()
    return getattr(model, f"{step}_on_batch")(*data, return_dict=True)


def same(a, b, data, step="train"):
    """Compare predictions, the figures of one more step, and weights and the optimizer's state after it."""
    close([model.predict_on_batch(data[0]) for model in (a, b)], "predictions")
    found = [figures(model, data, step) for model in (a, b)]
    assert found[0].keys() == found[1].keys()
    for name in found[0]:
        close([values[name] for values in found], name)
    for kind in ("weights", "optimizer.variables"):
        states = [attrgetter(kind)(model) for model in (a, b)]
        assert len(states[0]) == len(states[1])
        for *pair, variable in zip(*[arrays_of(model, kind) for model in (a, b)], states[0]):
            close(pair, f"{kind}: {variable.name}")


def arrays_of(model, kind):
    """The arrays of the weights or of the optimizer's state, in Keras's form: gradients that wait without weights."""
    own = getattr(model.optimizer, "get_state", None)
    return own() if kind != "weights" and own else [variable.numpy() for variable in attrgetter(kind)(model)]


def close(pair, what):
    a, b = (np.asarray(values, float) for values in pair)
    np.testing.assert_allclose(a, b, RELATIVE, RELATIVE * np.max(np.abs(a), initial=1e-3), err_msg=what)


# -- every part --------------------------------------------------------------------------------------------------

UNSAVED = {
    Model: "a class of the user's: see below",
    layers.Lambda: "code is not saved",
    tg.optim.Momentum: "Keras has it only as SGD(momentum=…)",
    tg.optim.Nesterov: "Keras has it only as SGD(momentum=…, nesterov=True)",
    MeanMetricWrapper: "code is not saved",
}


def both(family):
    """Every class of a family in all its samples, as they are and with all switches turned the other way."""
    plain, turned = {}, {}
    for way in ways(family):
        cls, sample, changed = way.values
        if cls not in UNSAVED:
            plain.setdefault(sample, way)
            turned.setdefault(sample, {}).update(changed)
    for sample, way in plain.items():
        yield way
        if turned[sample] and offered(way.values[0], sample, turned[sample]):  # crop_to and pad_to exclude each other
            yield pytest.param(way.values[0], sample, turned[sample], id="-".join([way.id, *turned[sample]]))


@pytest.mark.filterwarnings("ignore:.*rms_scaling=True")  # which Keras calls deprecated, and so do we
@pytest.mark.parametrize("cls, sample, changed", list(both(Layer)))
def test_layer(cls, sample, changed, keras, tmp_path):
    x = inputs(sample.shape, ROWS).astype("float32")
    if sample.whole:
        x = np.random.default_rng(6).integers(0, sample.whole, x.shape)
    layer = sample.of(cls, **changed)
    if isinstance(layer, layers.InputLayer):
        model = Sequential([layer, Dense(OUTPUTS)])
    elif takes_a_list(layer):
        model = joining(layer)
    else:
        model = Sequential([Input(sample.shape), layer])
        if len(model.output_shape) > 2:
            model.add(flattening(layer))
        model.add(Dense(OUTPUTS))
    model.compile("sgd", "mse", metrics=["mae"], run_eagerly=True)
    noisy = any(isinstance(part, _Noisy) for part in [layer, *layer.sublayers])
    there_and_back(keras, tmp_path, model, x, targets("shares", ROWS), step="test" if noisy else "train")


def by_network(keras, path, model, kind="shares", optimizer="sgd", loss="mse", weight=None, passage=None, **options):
    model.compile(optimizer, loss, run_eagerly=True, **options)
    there_and_back(keras, path, model, inputs(rows=ROWS), targets(kind, ROWS), weight, **passage or {})


@pytest.mark.parametrize("cls, sample, changed", list(both(Loss)))
def test_loss(cls, sample, changed, keras, tmp_path):
    kind = sample.targets or "shares"
    model = network(units=1 if kind == "yes_no" else OUTPUTS, activation=sample.activation or "sigmoid")
    optimizer = tg.optim.SGD(0.001)  # some of these losses are steep
    loss, weight = sample.of(cls, **changed), np.linspace(0.5, 2.0, ROWS)
    kept = "delta" not in dict(sample.arguments)  # Keras's Huber leaves it out of its configuration
    by_network(keras, tmp_path, model, kind, optimizer, loss, weight, {"step": "test", "back": kept})


@pytest.mark.parametrize("reduction", [r for r in Loss.reductions if r not in (None, "none")])
def test_reduction(reduction, keras, tmp_path):
    loss = tg.nn.losses.MeanSquaredError(reduction, name="mine")
    by_network(keras, tmp_path, network(), loss=loss, weight=np.linspace(0.5, 2.0, ROWS), passage=TEST)


@pytest.mark.parametrize(
    "kind, activation",
    sorted({(sample.targets, sample.activation) for cls in registered(Metric) for sample in samples(cls)}, key=str),
)
def test_metrics(kind, activation, keras, tmp_path):
    """All metrics that can be tried on these targets, at once."""
    chosen, weighted = [], []
    for way in ways(Metric):
        cls, sample, changed = way.values
        if cls not in UNSAVED and (sample.targets, sample.activation) == (kind, activation):
            chosen.append(sample.of(cls, name=f"m{len(chosen)}", **changed))
            if not issubclass(cls, IoU):  # Keras wants one weight a value here, and training has one a sample
                weighted.append(sample.of(cls, name=f"w{len(chosen)}", **changed))
    loss = "sparse_categorical_crossentropy" if "class" in (kind or "") else "categorical_crossentropy"
    model, weight = network(activation=activation or "softmax"), np.arange(1.0, ROWS + 1)
    options = {"metrics": chosen, "weighted_metrics": weighted}
    by_network(keras, tmp_path, model, kind or "one_hot", loss=loss, weight=weight, passage=TEST, **options)


def optimizers():
    """Every optimizer with its switches turned, and with much of what all share; one way to clip after the other."""
    clips = itertools.cycle([SHARED["clipnorm"], SHARED["clipvalue"], SHARED["global_clipnorm"]])
    rest = {name: value for name, value in TOGETHER.items() if name != "clipnorm"}
    for cls in registered(Optimizer):
        if cls not in UNSAVED:
            yield pytest.param(cls, samples(cls)[-1], rest | next(clips), id=f"{cls.__name__}-together")
    for way in both(Optimizer):
        if way.values[2]:
            yield way


@pytest.mark.parametrize("cls, sample, changed", list(optimizers()))
def test_optimizer(cls, sample, changed, keras, tmp_path):
    by_network(keras, tmp_path, network(), optimizer=sample.of(cls, **changed))


@every[Schedule]
def test_schedule(cls, sample, changed, keras, tmp_path):
    by_network(keras, tmp_path, network(), optimizer=tg.optim.Adam(sample.of(cls, **changed)))


@every[Regularizer]
def test_regularizer(cls, sample, changed, keras, tmp_path):
    penalty = sample.of(cls, **changed)
    options = {} if "rthogonal" in cls.__name__ else {"bias_regularizer": penalty, "activity_regularizer": penalty}
    by_network(keras, tmp_path, network(Dense(4, kernel_regularizer=penalty, **options)), passage=TEST)


@every[Constraint]
def test_constraint(cls, sample, changed, keras, tmp_path):
    limit = sample.of(cls, **changed)
    by_network(keras, tmp_path, network(Dense(4, kernel_constraint=limit, bias_constraint=limit)))


def test_initializers_and_activations(keras, tmp_path):
    """All in one model each, as they are only names and numbers in a file."""
    known = [cls for cls in subclasses(initializers.Initializer) if cls.__module__.startswith("tinygrad_edu")]
    made = [cls(**{"value": 0.3} if cls.__name__ == "Constant" else {}) for cls in known]
    by_network(keras, tmp_path, network(*[Dense(5, kernel_initializer=i) for i in made]), passage=TEST)
    inner = [Dense(3, name) for name in activations if name != "glu"]
    model = network(*inner, units=2 * OUTPUTS, activation="glu")  # Keras builds layers after it too wide
    by_network(keras, tmp_path, model, passage=TEST)


# -- what the registries do not know -----------------------------------------------------------------------------


def own_classes(keras):
    """A layer, a model, a loss and a metric of the user's, written once for both packages."""

    class Scale(keras.layers.Layer):
        def __init__(self, start=1.0, **options):
            super().__init__(**options)
            self.start = start

        def build(self, input_shape):
            self.factor = self.add_weight(shape=(input_shape[-1],), initializer="ones", name="factor")

        def call(self, inputs):
            return inputs * self.factor * self.start

        def get_config(self):
            return {**super().get_config(), "start": self.start}

    class Branches(keras.Model):
        def __init__(self, units=4, **options):
            super().__init__(**options)
            self.units = units
            self.branches = [keras.layers.Dense(units, "tanh"), keras.layers.Dense(units)]
            self.normal, self.scale = keras.layers.BatchNormalization(), Scale(2.0)
            self.out = keras.Sequential([keras.layers.Dense(5, "relu"), keras.layers.Dense(OUTPUTS)])

        def call(self, inputs, training=None):  # Keras on JAX wants it passed on
            first, second = self.branches
            return self.out(self.scale(self.normal(first(inputs) + second(inputs), training=training)))

        def get_config(self):
            return {"name": self.name, "units": self.units}

    def off(y_true, y_pred):
        return (y_true - y_pred) ** 2

    return {"Scale": Scale, "Branches": Branches, "off": off}


def test_own_classes(keras, tmp_path):
    own = own_classes(tg.keras)
    model = own["Branches"](units=3, name="mine")
    model.compile(tg.optim.SGD(0.1, momentum=0.9), own["off"], metrics=[own["off"]], run_eagerly=True)
    there_and_back(keras, tmp_path, model, inputs(rows=ROWS), targets("shares", ROWS), own=own_classes)


def test_json(keras):
    """The layers without weights, as text, in both directions."""
    own = own_classes(tg.keras)
    for model in (network(layers.BatchNormalization(), Dense(4, kernel_regularizer="l2")), own["Branches"](units=3)):
        theirs = keras.models.model_from_json(model.to_json(), custom_objects=own_classes(keras))
        ours = model_from_json(theirs.to_json(), custom_objects=own)
        assert json.loads(ours.to_json()) == json.loads(model.to_json())


def test_an_optimizer_that_keras_does_not_have(keras, tmp_path):
    """The model opens there, to be compiled anew."""
    model, x = network(), inputs(rows=ROWS)
    model.compile(tg.optim.Momentum(0.1), "mse")
    model.train_on_batch(x, targets(rows=ROWS))
    model.save(tmp_path / "model.keras")
    theirs = keras.models.load_model(tmp_path / "model.keras", compile=False)
    close([made.predict_on_batch(x) for made in (model, theirs)], "predictions")


def test_frozen_layers(keras, tmp_path):
    """What is not trained has no state in the optimizer."""
    frozen = [Dense(4, trainable=False), layers.BatchNormalization(trainable=False)]
    by_network(keras, tmp_path, network(*frozen), optimizer="adam")


def test_weights_alone(keras, tmp_path):
    """Weights and the state of the optimizer, without the model, in both directions."""
    path, data = str(tmp_path / "model.weights.h5"), (inputs(rows=ROWS), targets("shares", ROWS), None)

    def model(package, units):
        found = package.Sequential(
            [
                package.layers.Input((FEATURES,)),
                package.layers.Dense(units, "tanh"),
                package.Sequential([package.layers.BatchNormalization(), package.layers.Dropout(0.0)]),
                package.layers.Dense(OUTPUTS),
            ]
        )
        found.compile(package.optimizers.Nadam(0.02), "mse", run_eagerly=True)
        return found

    for a, b in (keras, tg.keras), (tg.keras, keras):
        first, second = model(a, 5), model(b, 5)
        figures(first, data)
        first.save_weights(path)
        figures(second, data)  # Keras reads the state only into an optimizer that has made a step
        second.load_weights(path)
        same(first, second, data)
        with pytest.raises(ValueError, match="shape"):
            model(b, 4).load_weights(path)


# -- configurations ------------------------------------------------------------------------------------------------


def described(keras):
    """A model with a setting of every kind."""
    layers = keras.layers
    return keras.Sequential(
        [
            layers.Input((6, 6, 2), name="images"),
            layers.Conv2D(3, 2, kernel_constraint=keras.constraints.MaxNorm(2.0), name="windows"),
            layers.BatchNormalization(axis=-1, gamma_initializer=keras.initializers.Constant(0.5), name="normal"),
            layers.Flatten(name="flat"),
            layers.Dense(4, "relu", kernel_regularizer=keras.regularizers.L1L2(0.125, 0.25), name="hidden"),
            layers.Dropout(0.5, seed=3, name="dropped"),
            layers.Dense(2, activity_regularizer="l2", dtype="float32", name="out"),
        ],
        name="described",
    )


def test_configurations_have_the_form_of_keras(keras):
    """What is in ours is in theirs, with the same value; theirs has more, of what is not offered."""
    theirs, ours = described(keras), described(tg.keras)
    optimizer = {"learning_rate": 0.25, "momentum": 0.5, "name": "descent"}
    for package, model in ((keras, theirs), (tg.keras, ours)):
        model.compile(package.optimizers.SGD(**optimizer), package.losses.Huber(0.5), metrics=["accuracy"])
    pairs = [(theirs.get_config(), ours.get_config())]
    pairs += [(one.get_config(), other.get_config()) for one, other in zip(theirs.layers, ours.layers)]
    pairs += [(theirs.get_build_config(), ours.get_build_config())]
    pairs += [(theirs.get_compile_config()["optimizer"], ours.get_compile_config()["optimizer"])]
    for one, other in pairs:
        assert list(differences(json.loads(json.dumps(one)), json.loads(json.dumps(other)))) == []


def differences(theirs, ours, path=""):
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key in ours:
            yield from differences(theirs.get(key), ours[key], f"{path}.{key}")
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for i, pair in enumerate(zip(theirs, ours)):
            yield from differences(*pair, f"{path}[{i}]")
    elif ours != theirs:
        yield f"{path}: {theirs!r} of Keras, {ours!r} here"
