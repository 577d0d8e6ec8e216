"""Beside Keras: callbacks, initializers, activations and array metrics; and that every class has a case of its own."""

import ast
import json

import numpy as np
import pytest
from golden_figures import GOLDEN as ROOT
from golden_figures import load

from tinygrad_edu import keras, nn, optim
from tinygrad_edu.common.naming import subclasses

GOLDEN, FIGURES = load("keras_parity")
BOUNDED = ("RandomUniform", "TruncatedNormal", "Glorot", "He", "Lecun")


def numbered(table):
    """(name, number) of every case of a table from names to lists of arguments."""
    return [(name, i) for name, cases in table.items() for i in range(len(cases))]


# -- callbacks -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", GOLDEN.PLATEAUS)
def test_rates_on_plateaus(name):
    ours = GOLDEN.rates_on_plateaus(keras, GOLDEN.PLATEAUS[name])
    assert ours == pytest.approx(FIGURES["callbacks"]["ReduceLROnPlateau"][name], rel=1e-6)


@pytest.mark.parametrize("name", GOLDEN.SCHEDULES)
def test_rates_of_a_schedule(name):
    expected = FIGURES["callbacks"]["LearningRateScheduler"][name]
    assert GOLDEN.rates_of_a_schedule(keras, GOLDEN.SCHEDULES[name]) == {
        key: pytest.approx(values, rel=2e-5) for key, values in expected.items()
    }


@pytest.mark.parametrize("name", GOLDEN.CHECKPOINTS)
def test_files_of_checkpoints(name):
    ours = GOLDEN.files_of_checkpoints(keras, GOLDEN.CHECKPOINTS[name])
    assert ours == FIGURES["callbacks"]["ModelCheckpoint"][name]


@pytest.mark.parametrize("separator", ",;")
@pytest.mark.parametrize("append", [True, False])
def test_the_log(separator, append):
    assert GOLDEN.log_of(keras, separator, append) == FIGURES["callbacks"]["CSVLogger"][f"{separator!r} {append}"]


@pytest.mark.parametrize("name", GOLDEN.HOOKS)
def test_hooks_and_the_names_of_their_figures(name):
    assert GOLDEN.hooks(keras, **GOLDEN.HOOKS[name]) == FIGURES["callbacks"]["LambdaCallback, Callback"][name]


def test_where_an_overflow_ends_the_training(capsys):
    assert GOLDEN.stopped_by_nan(keras) == FIGURES["callbacks"]["TerminateOnNaN"]["overflow"]


@pytest.mark.parametrize("name", FIGURES["callbacks"]["History"])
def test_the_record(name):
    options = {
        "plain": {"epochs": 3},
        "validation": {"epochs": 4, "validation_data": (GOLDEN.X[:7], GOLDEN.Y[:7]), "validation_freq": 2},
        "later epochs": {"epochs": 4, "initial_epoch": 2, "validation_split": 0.25},
    }[name]
    epochs, history = GOLDEN.history_of(keras, **options)
    expected_epochs, expected = FIGURES["callbacks"]["History"][name]
    assert (epochs, list(history)) == (expected_epochs, list(expected))
    assert history == {key: pytest.approx(values, rel=2e-5) for key, values in expected.items()}


def test_a_training_that_broke_off_goes_on_where_keras_does():
    assert GOLDEN.resumed(keras) == FIGURES["callbacks"]["BackupAndRestore"]["broken off"]


# -- initializers and activations -----------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "case"), numbered(GOLDEN.INITIALIZERS))
@pytest.mark.matrix("name")
def test_distributions(name, case):
    """Of 30 000 draws: standard errors are at most 0.6 % of σ for the mean, 0.5 % for σ."""
    arguments = GOLDEN.INITIALIZERS[name][case]
    for ours, theirs in zip(GOLDEN.moments(keras, name, arguments), FIGURES["initializers"][name][case], strict=True):
        mean, deviation, *ends, largest = theirs
        assert ours[0] == pytest.approx(mean, abs=0.03 * deviation + 1e-9)
        assert ours[1] == pytest.approx(deviation, rel=0.03, abs=1e-9)
        assert ours[4] == pytest.approx(largest, rel=0.04)
        bounded = name.startswith(BOUNDED) or arguments.get("distribution") in ("truncated_normal", "uniform")
        if bounded:
            assert ours[2:4] == pytest.approx(ends, rel=0.02, abs=0.02 * deviation)


@pytest.mark.parametrize(("name", "case"), numbered(GOLDEN.ACTIVATIONS))
def test_activations(name, case):
    ours = GOLDEN.activated(keras, name, GOLDEN.ACTIVATIONS[name][case])
    assert np.allclose(ours, FIGURES["activations"][name][case], rtol=1e-5, atol=1e-6)


# -- metrics with a value for each class -------------------------------------------------------------------------


@pytest.mark.parametrize("eager", [False, True])
@pytest.mark.parametrize("name", GOLDEN.ARRAYS)
def test_metrics_with_several_values_in_fit_and_evaluate(name, eager, monkeypatch):
    if eager:
        plain = nn.Sequential.compile
        monkeypatch.setattr(nn.Sequential, "compile", lambda *args, **named: plain(*args, **named, run_eagerly=True))
    ours, expected = GOLDEN.array_figures(keras, *GOLDEN.ARRAYS[name]), FIGURES["array metrics"][name]
    assert ours.keys() == expected.keys()
    for key in set(expected) - {"evaluate", "batch"}:
        assert np.allclose(ours[key], expected[key], rtol=2e-4, atol=1e-6), key
    for mine, theirs in zip(ours["evaluate"], expected["evaluate"], strict=True):
        assert np.shape(mine) == np.shape(theirs) and np.allclose(mine, theirs, rtol=2e-4, atol=1e-6)
    assert {k: pytest.approx(v, rel=2e-4, abs=1e-6) for k, v in expected["batch"].items()} == ours["batch"]


@pytest.mark.parametrize("name", GOLDEN.VALUES)
def test_metrics_of_values(name):
    assert GOLDEN.of_values(keras, *GOLDEN.VALUES[name]) == pytest.approx(FIGURES["values"][name], rel=1e-6)


@pytest.mark.parametrize("name", GOLDEN.LAYERS)
def test_layers_that_stand_nowhere_else(name):
    shape, values = GOLDEN.layered(keras, *GOLDEN.LAYERS[name])
    expected_shape, expected = FIGURES["layers"][name]
    assert np.allclose(values, expected, rtol=1e-5, atol=1e-6)
    assert shape[1:] == expected_shape[1:]  # the axis of the batch is always None here


def test_what_is_shown_of_several_values_is_their_mean(capsys):
    model = nn.Sequential([nn.Input((2,)), nn.Dense(2, "softmax")])
    model.compile("sgd", "categorical_crossentropy", metrics=[nn.metrics.F1Score(name="f1")])
    history = model.fit(GOLDEN.X, np.eye(2)[np.arange(20) % 2], verbose=2)
    last = history.history["f1"][-1]
    assert last.shape == (2,)
    assert f"f1: {last.mean():.4f}" in capsys.readouterr().out
    assert f"f1: {last.mean():.4g}" in repr(history)


def test_what_is_computed_from_several_values_runs_op_by_op():
    class Model(nn.Sequential):
        def train_step(self, data):
            figures = super().train_step(data)
            return figures | {"first": figures["f1"][0]}

    model = Model([nn.Input((2,)), nn.Dense(2, "softmax")])
    model.compile("sgd", "categorical_crossentropy", metrics=[nn.metrics.F1Score(name="f1")])
    with pytest.warns(UserWarning, match="runs op by op"):
        history = model.fit(GOLDEN.X, np.eye(2)[np.arange(20) % 2], verbose=0, epochs=3).history
    assert history["first"] == [values[0] for values in history["f1"]]


# -- every class has its case -------------------------------------------------------------------------------------

SHARED = {"name", "dtype", "reduction", "seed", "trainable"}  # arguments that say nothing of a class
BASES = {
    "layers": nn.Layer,
    "losses": nn.Loss,
    "metrics": nn.Metric,
    "optimizers": optim.Optimizer,
    "optimizers.schedules": optim.schedules.Schedule,
    "initializers": nn.initializers.Initializer,
    "regularizers": nn.regularizers.Regularizer,
    "constraints": nn.constraints.Constraint,
    "callbacks": nn.Callback,
}
THEIRS = load("keras_names")[1]["names"]
SIGNATURES = load("keras_signatures")[1]["arguments"]


def of_layers():
    script, figures = load("nn_layers")
    yield from ((cls, arguments) for cls, arguments, _ in (*script.CASES.values(), *script.RANDOM.values()))
    yield from (("Embedding", arguments) for arguments in script.EMBEDDINGS.values())
    yield from (("Normalization", arguments) for _, arguments in load("nn_figures")[0].NORMALIZATIONS.values())
    yield from ((cls, arguments) for cls, arguments, *_ in GOLDEN.LAYERS.values())
    for call in ast.walk(ast.parse((ROOT / "nn_functional.py").read_text("utf-8"))):  # of the functional models
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
            yield call.func.attr[:1].upper() + call.func.attr[1:], {argument.arg: ... for argument in call.keywords}


def of_losses():
    """A case is a class with its arguments, a shape, a reduction, a dtype, with sample weights or not."""
    script, figures = load("nn_losses")
    yield from (loss[:2] for name, loss, *_ in script.cases() if name in figures["losses"])
    yield from (script.EDGES[name.rpartition(" ")[0]][:2] for name in figures["edges"])


def of_metrics():
    script, figures = load("nn_metrics")
    yield from (script.METRICS[name][:2] for name in figures["metrics"])
    yield from (script.EDGES[name][:2] for name in figures["edges"])
    yield from (case[:2] for case in GOLDEN.ARRAYS.values())
    yield from GOLDEN.VALUES.values()


def of_optimizers():
    for name, kind in (("optim_keras", "optimizers"), ("optim_trajectories", "cases")):
        yield from ((case["class"], case["arguments"]) for case in read(name)[kind])


def of_schedules():
    yield from ((case["class"], case["arguments"]) for case in read("optim_keras")["schedules"])


def of_parts(table, kind):
    script, figures = load("nn_layers")
    yield from ((cls, arguments) for cls, arguments, *_ in getattr(script, table).values())
    yield from ((cls, arguments) for cls, cases in getattr(GOLDEN, table, {}).items() for arguments in cases)


def of_callbacks():
    for cls, cases in FIGURES["callbacks"].items():
        options = {"ReduceLROnPlateau": GOLDEN.PLATEAUS, "ModelCheckpoint": GOLDEN.CHECKPOINTS}.get(cls, {})
        for name in cases:
            yield from ((one, options.get(name, {"given": name})) for one in cls.split(", "))
    yield from (("EarlyStopping", options) for options in load("nn_figures")[0].STOPPINGS)
    yield "SwapEMAWeights", {"swap_on_epoch": True}  # whose figures are in tests/nn/test_resizing.py
    yield from (("TensorBoard", {"histogram_freq": 1}) for _ in read("tensorboard_keras")["epoch"])


def read(name):
    return json.loads((ROOT / f"{name}.json").read_text("utf-8"))


CASES = {
    "layers": [*of_layers()],
    "losses": [*of_losses()],
    "metrics": [*of_metrics()],
    "optimizers": [*of_optimizers()],
    "optimizers.schedules": [*of_schedules()],
    "initializers": [*of_parts("INITIALIZERS", "initializers")],
    "regularizers": [*of_parts("REGULARIZERS", "regularizers")],
    "constraints": [*of_parts("CONSTRAINTS", "constraints")],
    "callbacks": [*of_callbacks()],
}
OF_OUR_OWN = {"ProgbarLogger"}  # what it shows of a training is shorter than Keras's
# Keras computes these with TensorFlow alone; tests/nn/test_preprocessing.py has the values of its documentation.
OF_OUR_OWN |= {"CategoryEncoding", "Discretization", "IntegerLookup", "StringLookup", "TextVectorization"}


def registered(module):
    """The names, in Keras, of the classes of the package that Keras has too; without bases."""
    space, base = keras, BASES[module]
    for name in module.split("."):
        space = getattr(space, name)
    found = {}
    for name in set(space.__all__) & set(THEIRS[module]) - OF_OUR_OWN:
        cls = getattr(space, name)
        if cls in subclasses(base) and (name == cls.__name__ or cls.__name__ not in space.__all__):
            found[name] = cls
    return set(found)


def lacking(module, cases):
    """The classes without a case, and those without one that has an argument of their own at another value."""
    for name in sorted(registered(module)):
        found = [arguments for cls, arguments in cases if cls == name]
        own = [a[0] for a in SIGNATURES.get(f"{module}.{name}", []) if a[0] not in SHARED]
        if not found:
            yield f"{name}: no case"
        elif own and not any(set(arguments) - SHARED for arguments in found):
            yield f"{name}: none with {', '.join(own)}"


@pytest.mark.parametrize("module", CASES)
def test_every_class_has_a_case_with_arguments_of_its_own(module):
    assert len(registered(module)) > 3
    assert [*lacking(module, CASES[module])] == []


def test_there_are_four_hundred_cases_and_more():
    count = {module: len(cases) for module, cases in CASES.items()}
    count["activations"] = sum(map(len, GOLDEN.ACTIVATIONS.values()))
    assert sum(count.values()) >= 400
    assert sum(count.values()) - count["losses"] >= 400, count


def test_a_class_without_a_case_would_be_noticed():
    """Mutants."""
    without = [case for case in CASES["layers"] if case[0] != "PReLU"]
    assert [*lacking("layers", without)] == ["PReLU: no case"]
    plain = [(cls, {} if cls == "Huber" else arguments) for cls, arguments in CASES["losses"]]
    assert [*lacking("losses", plain)] == ["Huber: none with delta"]
