"""The doctor names the faults of the collection, and leaves its healthy trainings in peace; other doctors would not."""

import time
import warnings
from collections import Counter

import pytest
from cases import CASES
from judging import judged, rates

import tinygrad_edu as tg
from tinygrad_edu.doctor import KINDS, Finding

BUGGY = [case for case in CASES.values() if case.kinds]
HEALTHY = [case for case in CASES.values() if not case.kinds]
SAMPLE = [case for case in CASES.values() if case.number % 29 == 0]


def test_the_collection_is_large_and_of_every_kind():
    assert len(BUGGY) >= 100
    assert len(HEALTHY) >= 100
    counts = Counter(kind for case in BUGGY for kind in case.kinds)
    assert set(counts) == set(KINDS) - {"refused", "unknown", "nothing_to_learn"}
    assert all(case.source for case in CASES.values())
    assert 0.4 < sum(case.kept for case in BUGGY) / len(BUGGY) < 0.6


@pytest.mark.parametrize("case", SAMPLE, ids=lambda case: case.name)
def test_a_sample(case):
    first, placed = judged(case, tg.diagnose)
    assert (first, placed) == ((True, True) if case.kinds else (False, None))


@pytest.mark.full
@pytest.mark.parametrize("kept", [False, True], ids=["seen", "kept"])
def test_the_whole_collection(kept):
    found = rates([case for case in CASES.values() if case.kept == kept], tg.diagnose)
    assert found.good, found


@pytest.mark.nightly
@pytest.mark.parametrize("case", [case for case in CASES.values() if case.number % 5 == 0], ids=lambda case: case.name)
def test_it_takes_three_times_the_training_and_two_seconds(case):
    """Seconds of the processor, so that other programs do not count."""
    training, model_and_data = case.build(), case.build()
    model, x, y, options = training
    start = time.process_time()
    try:
        with warnings.catch_warnings(action="ignore"):  # fit remarks on some of these faults
            model.fit(x, y, verbose=0, **options)
    except ValueError:
        pytest.skip("fit refuses it at once")
    own = time.process_time() - start
    model, x, y, options = model_and_data
    start = time.process_time()
    tg.diagnose(model, x, y, **options)
    assert time.process_time() - start <= 3 * own + 2


# -- doctors that must fail ------------------------------------------------------------------------------------------


def silent(model, x, y, **options):
    """Says nothing."""
    return []


def everything(model, x, y, **options):
    """Says everything, the commonest first."""
    places = [*range(len(model.layers)), "x", "y", "loss", "learning_rate", "epochs", "validation_split", None]
    kinds = ["output_activation", "too_few_updates", "wrong_loss", *KINDS]
    return [Finding(kind, place) for kind in kinds for place in places]


def by_style(model, x, y, **options):
    """A rule of style, as the eager doctors have them: inputs outside [−1, 1], an activation that is not softmax."""
    outside = abs(x).max() > 1 if hasattr(x, "max") else False
    return [Finding("unscaled_input", "x")] if outside else [Finding("output_activation", len(model.layers) - 1)]


@pytest.mark.parametrize("doctor", [silent, everything, by_style])
def test_a_bad_doctor_fails(doctor):
    cases = [case for case in CASES.values() if case.number % 7 == 0]
    assert not rates(cases, doctor).good
