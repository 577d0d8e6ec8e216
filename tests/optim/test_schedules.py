"""The schedules against Keras's figures, and what they refuse."""

import json
from pathlib import Path

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu.optim import schedules

KERAS = json.loads((Path(__file__).parents[1] / "golden" / "optim_keras.json").read_text())["schedules"]


@pytest.mark.parametrize("case", KERAS, ids=lambda c: f"{c['class']}-{c['arguments']}")
def test_rates_are_those_of_keras(case):
    schedule = getattr(schedules, case["class"])(**case["arguments"])
    rates = [schedule(step) for step in case["steps"]]
    assert all(type(rate) is float for rate in rates)
    # Keras computes the cosine in float32, whatever the dtype of the rest.
    atol = 5e-8 if "Cosine" in case["class"] else 1e-15
    np.testing.assert_allclose(rates, case["rates"], rtol=1e-12, atol=atol)


def test_every_schedule_has_figures():
    assert {case["class"] for case in KERAS} == set(schedules.by_name)


@pytest.mark.parametrize("case", KERAS, ids=lambda c: f"{c['class']}-{c['arguments']}")
def test_the_configuration_makes_the_same_schedule(case):
    schedule = getattr(schedules, case["class"])(**case["arguments"], name="decay")
    config = json.loads(json.dumps(schedule.get_config()))
    again = schedules.get({"class_name": case["class"], "config": config})
    assert again.get_config() == schedule.get_config()
    assert again.name == "decay"
    assert [again(step) for step in case["steps"]] == [schedule(step) for step in case["steps"]]


def test_repr_is_the_call():
    schedule = schedules.ExponentialDecay(0.1, 10, 0.5)
    assert repr(eval(repr(schedule), vars(schedules))) == repr(schedule)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda s: s.ExponentialDecay(0.1, 0, 0.5), ValueError, "decay_steps should be a finite number > 0"),
        (lambda s: s.ExponentialDecay(-0.1, 1, 0.5), ValueError, "initial_learning_rate"),
        (lambda s: s.ExponentialDecay(0.1, 1, -0.5), ValueError, "decay_rate"),
        (lambda s: s.InverseTimeDecay(0.1, -1, 0.5), ValueError, "decay_steps"),
        (lambda s: s.InverseTimeDecay("a", 1, 0.5), TypeError, "initial_learning_rate"),
        (lambda s: s.PiecewiseConstantDecay([1, 2], [0.1, 0.2]), ValueError, "2 boundaries and 2 values"),
        (lambda s: s.PiecewiseConstantDecay([2, 1], [0.1, 0.2, 0.3]), ValueError, "should increase"),
        (
            lambda s: s.PiecewiseConstantDecay([1], [0.1, -0.2]),
            ValueError,
            "values should be .* of which each is a finite number ≥ 0",
        ),
        (lambda s: s.CosineDecay(0.1, 0), ValueError, "decay_steps"),
        (lambda s: s.CosineDecay(np.nan, 10), ValueError, "initial_learning_rate"),
        (lambda s: s.CosineDecay(0.1, 10, warmup_target=-1), ValueError, "warmup_target"),
        (lambda s: s.CosineDecay(0.1, 10, warmup_steps=-1), ValueError, "warmup_steps"),
        (lambda s: s.PolynomialDecay(0.1, 0), ValueError, "decay_steps"),
        (lambda s: s.PolynomialDecay(0.1, 10, -0.1), ValueError, "end_learning_rate"),
        (lambda s: s.PolynomialDecay(0.1, 10, power=-1), ValueError, "power"),
        (lambda s: s.CosineDecayRestarts(0.1, 0), ValueError, "first_decay_steps"),
        (lambda s: s.CosineDecayRestarts(0.1, 10, t_mul=0.5), ValueError, "t_mul should be a finite number ≥ 1"),
        (lambda s: s.get({"class_name": "CosinDecay", "config": {}}), ValueError, "Did you mean 'CosineDecay'"),
    ],
)
def test_wrong_arguments_are_refused(make, error, message):
    with pytest.raises(error, match=message):
        make(schedules)


def test_a_schedule_without_formula_says_so():
    with pytest.raises(NotImplementedError, match="__call__"):
        schedules.Schedule()(0)


def test_restarts_come_at_the_exact_step():
    """3ᵏ: with logarithms, log 27 / log 3 rounds to less than 3, and the restart would come a step late."""
    schedule = schedules.CosineDecayRestarts(1.0, 1, t_mul=3.0, m_mul=0.5)
    starts = [sum(3**k for k in range(i)) for i in range(12)]
    assert [schedule(step) for step in starts] == [0.5**i for i in range(12)]


def test_cycles_of_polynomial_decay_end_at_multiples():
    schedule = schedules.PolynomialDecay(0.5, 4, 0.25, cycle=True)
    assert [schedule(step) for step in (0, 2, 4, 8, 12)] == [0.5, 0.375, 0.25, 0.25, 0.25]
    assert schedule(6) == 0.25 + 0.25 * (1 - 6 / 8)


def test_a_count_of_updates_is_a_number():
    optimizer = tg.optim.SGD(0.1)
    assert schedules.ExponentialDecay(0.1, decay_steps=optimizer.iterations + 10, decay_rate=0.5)(0) == 0.1


@pytest.mark.parametrize("decay_steps", [1, 0.5])
def test_a_cosine_may_fall_within_a_step(decay_steps):
    decay = schedules.CosineDecay(0.1, decay_steps, alpha=0.2)
    assert (decay(0), decay(1)) == (0.1, pytest.approx(0.02))
