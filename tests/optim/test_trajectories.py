"""Twelve steps of every optimizer on a matrix, a vector and a number, with every shared setting, against Keras."""

import json
from pathlib import Path

import numpy as np
import pytest

import tinygrad_edu as tg
import tinygrad_edu.optim as optim
from tinygrad_edu import Tensor

KERAS = json.loads((Path(__file__).parents[1] / "golden" / "optim_trajectories.json").read_text())
TOLERANCE = {"float64": 1e-12, "float32": 1e-6}
# Keras computes 1 − beta_2ᵗ and beta_1ᵗ in float32, which is off by up to 1e-5 of itself: so is how far weights move.
MOVED = {"float64": 0.0, "float32": 1e-5}


def title(case):
    options = "-".join(f"{k}={v}" for k, v in case["arguments"].items())
    return "-".join([case["class"], *([case["schedule"][0]] if case["schedule"] else []), options, case["dtype"]])


every_case = pytest.mark.parametrize("case", KERAS["cases"], ids=title)


def made(case, parameters, cls=None):
    """The optimizer of a case."""
    options = dict(case["arguments"])
    exclude = options.pop("exclude", None)
    if case["schedule"]:
        options["learning_rate"] = getattr(tg.keras.optimizers.schedules, case["schedule"][0])(**case["schedule"][1])
    optimizer = (cls or getattr(tg.keras.optimizers, case["class"]))(**options)
    if exclude:
        chosen = [parameters[i] for i in exclude.get("var_list", [])]
        optimizer.exclude_from_weight_decay(chosen or None, exclude.get("var_names"))
    return optimizer


def start(case):
    values = zip(KERAS["names"], KERAS["start"], strict=True)
    return [Tensor(np.array(w, case["dtype"]), requires_grad=True, name=name) for name, w in values]


def check(case, parameters, expected, what):
    for parameter, w, first in zip(parameters, expected, KERAS["start"], strict=True):
        assert parameter.dtype == case["dtype"]
        moved = np.abs(np.array(w) - first)
        tolerance = TOLERANCE[case["dtype"]] * (1 + np.abs(w)) + MOVED[case["dtype"]] * moved
        assert np.all(np.abs(parameter.numpy() - w) <= tolerance), (what, parameter.name)


def follow(case, cls=None):
    """Make the steps of a case, and compare after those that are stored."""
    parameters = start(case)
    optimizer = made(case, parameters, cls)
    for step, gradients in enumerate(KERAS["gradients"], start=1):
        optimizer.apply([np.array(g, case["dtype"]) for g in gradients], parameters)
        if str(step) in case["weights"]:
            check(case, parameters, case["weights"][str(step)], step)
        if step == KERAS["taken_over"] and "state" in case:
            check_state(optimizer, case)
    if "finalized" in case:
        optimizer.finalize_variable_values(parameters)
        check(case, parameters, case["finalized"], "finalized")


def check_state(optimizer, case):
    """Every array of the state is there: in Keras's place, by Keras's name, with Keras's values."""
    found = optimizer.variables
    assert len(found) == len(case["state"])
    for variable, name, values in zip(found, case["state_names"], case["state"], strict=True):
        assert variable.name == name or name.startswith("variable")  # Keras has no name for Nadam's product
        np.testing.assert_allclose(variable.numpy(), values, rtol=1e-11, atol=1e-14, err_msg=name)


@every_case
def test_steps_and_state_are_those_of_keras(case):
    follow(case)


@pytest.mark.parametrize("case", [c for c in KERAS["cases"] if "state" in c], ids=title)
def test_a_run_of_keras_is_taken_over(case):
    """The state that Keras had after six steps, given to a new optimizer: the next six steps are those of Keras."""
    parameters = start(case)
    for parameter, w in zip(parameters, case["weights"][str(KERAS["taken_over"])], strict=True):
        parameter.data = np.array(w)
    optimizer = made(case, parameters)
    optimizer.build(parameters)
    optimizer.set_state([np.array(a) for a in case["state"]])
    check_state(optimizer, case)
    for step, gradients in enumerate(KERAS["gradients"], start=1):
        if step > KERAS["taken_over"]:
            # Any weight does, as long as it is the same: the waiting gradients count like those to come.
            optimizer.apply([np.array(g) for g in gradients], parameters, weight=32)
            if str(step) in case["weights"]:
                check(case, parameters, case["weights"][str(step)], step)


# -- every option matters ----------------------------------------------------------------------------------


def without(method, result):
    """A mutant of an optimizer: one of its methods does nothing."""
    return lambda cls: type(f"Mutant{cls.__name__}", (cls,), {"__module__": __name__, method: result})


MUTANTS = {
    "weight_decay": without(
        "update_with_decay", lambda self, w, g, rate, step, decays, **s: self.update(w, g, rate, step, **s)
    ),
    "exclude": without("decays", lambda self, parameter: True),
    "clipnorm": without("clipped", lambda self, gradients: gradients),
    "clipvalue": without("clipped", lambda self, gradients: gradients),
    "global_clipnorm": without(
        "clipped", lambda self, gradients: optim.clipping.by_value(gradients, 0.1 * self.global_clipnorm)
    ),
    "ema_overwrite_frequency": without("averaged", lambda self, w, average, step: 0.6 * average + 0.4 * w + 1e-4),
    "gradient_accumulation_steps": without(
        "waiting", lambda self: ((int(self._calls.array) + 1) % self.gradient_accumulation_steps, 1.0)
    ),
}


@pytest.mark.parametrize("option", MUTANTS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_comparison_catches_an_option_that_does_something_else(option, dtype):
    caught = 0
    for case in KERAS["cases"]:
        if option in case["arguments"] and case["dtype"] == dtype:
            follow(case)
            with pytest.raises(AssertionError):
                follow(case, MUTANTS[option](getattr(tg.keras.optimizers, case["class"])))
            caught += 1
    assert caught


# -- signatures and configurations -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", KERAS["signatures"])
def test_arguments_and_defaults_are_those_of_keras(name):
    import inspect

    cls = getattr(tg.keras.optimizers, name)
    own = [p for p in inspect.signature(cls.__init__).parameters.values() if p.name not in ("self", "shared")]
    theirs = KERAS["signatures"][name]
    assert [[p.name, p.default, False] for p in own] == theirs[: len(own)]
    config = cls().get_config()
    assert {key: config[key] for key, *_ in theirs if key != "name"} == {k: v for k, v, _ in theirs if k != "name"}
    assert {*cls.argument_names()} - {"parameters"} == {key for key, *_ in theirs}


@pytest.mark.parametrize("name", KERAS["schedule_signatures"])
def test_arguments_of_schedules_are_those_of_keras(name):
    import inspect

    parameters = [*inspect.signature(getattr(tg.keras.optimizers.schedules, name).__init__).parameters.values()][1:]
    found = [[p.name, None if p.default is p.empty else p.default, p.default is p.empty] for p in parameters]
    theirs = KERAS["schedule_signatures"][name]
    assert [p[0] for p in found] == [p[0] for p in theirs]
    assert [p for p in found if p[0] != "name"] == [p for p in theirs if p[0] != "name"]


@pytest.mark.parametrize("name", KERAS["configurations"])
def test_the_configuration_is_that_of_keras(name):
    theirs = KERAS["configurations"][name]
    tg.keras.utils.clear_session()  # which numbers its objects from the beginning
    assert tg.keras.optimizers.serialize(getattr(tg.keras.optimizers, name)()) == theirs
    assert getattr(tg.keras.optimizers, name)().name == f"{theirs['config']['name']}_1"
    made = tg.keras.optimizers.deserialize(theirs)
    assert type(made) is getattr(tg.keras.optimizers, name) and made.get_config() == theirs["config"]
    assert type(tg.keras.optimizers.get(name.lower())) is type(made)


def test_a_schedule_is_written_as_keras_writes_it():
    theirs = KERAS["schedule_in_an_optimizer"]
    schedule = tg.keras.optimizers.schedules.CosineDecay(0.1, 10)
    tg.keras.utils.clear_session()
    found = tg.keras.optimizers.serialize(tg.keras.optimizers.SGD(schedule))
    theirs["config"]["name"] = "sgd"  # Keras numbers its objects
    assert found == theirs
    assert tg.keras.optimizers.deserialize(theirs).learning_rate == 0.1
