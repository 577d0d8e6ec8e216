"""The exercises on broken trainings: right answers hold under other first weights, and run where they are contained."""

import pytest

from tinygrad_edu.exercises import Local, exercises, judge
from tinygrad_edu.exercises.judging import judge_file

REPAIRS = [exercise for exercise in exercises() if exercise.name.startswith("repair_")]
SOLUTIONS = [(exercise, path) for exercise in REPAIRS for path in exercise.solutions]


def test_there_are_six_and_their_starters_are_mutants():
    assert len(REPAIRS) == 6
    for exercise in REPAIRS:
        unchanged = (exercise.folder / "mutants" / "unchanged.py").read_text("utf-8")
        assert unchanged.partition("\n")[2] == exercise.starter


@pytest.mark.full
@pytest.mark.parametrize("exercise", REPAIRS, ids=lambda exercise: exercise.name)
def test_it_is_trained_in_a_contained_process(exercise):
    verdict = judge_file(exercise, exercise.solutions[0], seconds=60.0)
    assert verdict.ok, verdict.reason()
    verdict = judge_file(exercise, exercise.folder / "starter.py", seconds=60.0)
    assert verdict.passed == 0 and verdict.failure.key in exercise.text("en").messages


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(1, 4))
@pytest.mark.parametrize(("exercise", "path"), SOLUTIONS, ids=[f"{e.name}-{p.stem}" for e, p in SOLUTIONS])
def test_a_right_answer_does_not_hang_on_its_first_weights(exercise, path, seed):
    text = path.read_text("utf-8")
    other = text.replace("tg.random.seed(0)", f"tg.random.seed({seed})").replace("_rng(0)", f"_rng({seed})")
    assert other != text
    names = {}
    exec(compile(other, str(path), "exec"), names)
    verdict = judge(exercise, Local(names))
    assert verdict.ok, verdict.reason()
