"""What people wrote: every wrong gradient is refused and named, none by a wrong name; the right are left in peace."""

import re
from collections import Counter

import numpy as np
import pytest
from right_gradients import hard, random_right
from wrong_gradients import CASES

from tinygrad_edu.gradcheck import gradcheck

HARD = list(hard())


def named(cases, shift=0):
    """How many cases are named rightly, wrongly, not at all, or missed; and what was said where it is not right."""
    table, words = Counter(), []
    for case in cases:
        report = case.report(shift)
        verdict = case.verdict(report)
        table[verdict] += 1
        if verdict != "right":
            words.append(f"{verdict}: {case.name}: {[str(row.diagnosis) for row in report if not row.ok]}")
    return table, "\n".join(words)


def check(table, words):
    total = sum(table.values())
    assert table["missed"] == 0, words
    assert table["right"] >= 0.95 * total, words
    assert table["wrong"] <= 0.01 * total, words


def test_the_collection():
    assert len(CASES) >= 150 and len({case.name for case in CASES}) == len(CASES)
    named = {pattern.partition(": ")[0] for case in CASES for pattern in case.accept}
    assert named > {"softmax", "value", "somewhere"}
    for case in CASES:
        assert re.fullmatch(r"[\w.-]+/[\w.-]+#\d+", case.source) or "(" in case.source, case.source


def test_a_sample_of_what_people_wrote_is_named():
    check(*named(CASES[::8]))


@pytest.mark.nightly
@pytest.mark.parametrize("shift", [0, 1])
def test_what_people_wrote_is_named(shift):
    check(*named(CASES, shift))


@pytest.mark.parametrize(("name", "check"), HARD[::4], ids=[name for name, _ in HARD[::4]])
def test_hard_right_gradients_are_not_accused(name, check):
    report = check()
    assert report, report


@pytest.mark.nightly
@pytest.mark.parametrize(("name", "check"), HARD, ids=[name for name, _ in HARD])
def test_all_hard_right_gradients_are_not_accused(name, check):
    report = check()
    assert report, report


def accused(seeds):
    reports = {seed: random_right(seed) for seed in seeds}
    checked = [report for report in reports.values() if report is not None]
    return len(checked), [f"{seed}: {report}" for seed, report in reports.items() if report is not None and not report]


def test_random_right_gradients_are_not_accused():
    count, words = accused(range(60))
    assert count > 55 and words == []


@pytest.mark.nightly
def test_two_thousand_random_right_gradients_are_not_accused():
    count, words = accused(range(2040))
    assert count >= 2000 and words == []


# -- what was found, one by one ---------------------------------------------------------------------------------


def test_a_gradient_of_another_shape_is_a_shape():
    row = gradcheck(lambda x: np.sum(x**2), np.arange(3.0), gradient=lambda x: 2 * x[None])["x"]
    assert not row.ok and row.diagnosis.kind == "shape" and "(1, 3)" in str(row.diagnosis)


def test_ties_are_judged_along_directions():
    for gradient in (np.ones(4), np.full(4, 0.5)):
        row = gradcheck(lambda x: np.max(x), np.ones(4), gradient=lambda x, g=gradient: g)["x"]
        assert not row.ok and row.diagnosis.kind == "kink" and "all together" in str(row.diagnosis)


def test_one_argument_has_the_gradient_of_another():
    row = gradcheck(lambda a, b: a * b, 2.0, 3.0, gradient=lambda a, b: (b, b))["b"]
    assert row.diagnosis.kind == "swapped" and row.diagnosis.fields["other"] == "a"


@pytest.mark.parametrize(
    ("gradient", "words"),
    [
        (lambda a, b, c: np.ones(3), "3 arrays, one for each of a, b, c; received one array of shape"),
        (lambda a, b, c: (a, None, c), "received None for 'b'"),
    ],
)
def test_what_is_no_gradient_is_refused(gradient, words):
    with pytest.raises(ValueError, match=words):
        gradcheck(lambda a, b, c: a * b * c, 1.0, 2.0, 3.0, gradient=gradient)


def test_a_function_that_writes_into_arrays_is_followed():
    def f(x):
        out = np.zeros(3)
        for i in range(3):
            out[i] = np.tanh(x[i] * x[i + 1])
        return np.sum(out)

    def gradient(x):
        found = np.zeros(4)
        for i in range(3):
            found[i] += x[i + 1]
            found[i + 1] += x[i]
        return found

    row = gradcheck(f, np.array([0.3, -0.5, 0.8, 0.2]), gradient=gradient)["x"]
    assert row.diagnosis.kind == "chain" and "tanh" in str(row.diagnosis)


def test_why_a_function_could_not_be_followed():
    def f(x):
        return sum(float(v) ** 2 for v in x) * np.exp(float(x[0]))

    row = gradcheck(f, np.arange(1.0, 4.0), gradient=lambda x: np.sin(7 * x))["x"]
    assert row.diagnosis.kind == "unknown" and "could not be followed, since it makes numbers" in str(row.diagnosis)


@pytest.mark.parametrize("name", ["nothing flows back through time", "tanh′ of the step before", "Wh not turned"])
def test_a_network_of_four_steps_is_diagnosed_soon(name):
    """Counted in backward passes, which no busy machine makes longer: each takes well under a millisecond."""
    from tinygrad_edu.gradcheck import search

    case = next(case for case in CASES if case.name == name)
    assert case.verdict(case.report()) == "right"
    assert search.MOST_STEPS[0] <= 40_000


def test_a_path_that_is_added_before_the_derivative_of_the_function_beside_it():
    c, d = np.array([1.0, -2.0, 0.5]), np.array([0.3, 1.0, 2.0])
    row = gradcheck(
        lambda x: np.sum(c * x) + np.sum(d * np.tanh(x)),
        np.array([0.2, -0.4, 0.9]),
        gradient=lambda x: (c + d) * (1 - np.tanh(x) ** 2),
    )["x"]
    assert row.diagnosis.key == "added_early" and "before the derivative of 'tanh'" in str(row.diagnosis)


def test_a_batch_norm_that_lacks_the_count_before_the_gradient():
    rng = np.random.default_rng(0)
    t = rng.normal(size=(6, 3))

    def normalised(x):
        return (x - np.mean(x, axis=0)) / np.sqrt(np.var(x, axis=0) + 1e-3)

    def gradient(x):
        h, g = normalised(x), 2 * (normalised(x) - t)
        return (g - g.sum(axis=0) - h * (g * h).sum(axis=0)) / (6 * np.sqrt(np.var(x, axis=0) + 1e-3))

    row = gradcheck(lambda x: np.sum((normalised(x) - t) ** 2), rng.normal(size=(6, 3)), gradient=gradient)["x"]
    assert row.diagnosis.key == "norm_count" and "6 · g − Σ g" in str(row.diagnosis)
