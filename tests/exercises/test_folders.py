"""Every exercise keeps its promises: right answers pass, wrong ones are refused for the right reason."""

import json
import re
import string

import pytest

from tinygrad_edu.common.language import LANGUAGES
from tinygrad_edu.exercises import Local, exercises, find, judge
from tinygrad_edu.exercises.catalogue import SHIPPED, Exercise
from tinygrad_edu.exercises.language import table
from tinygrad_edu.exercises.progress import Progress

EXERCISES = exercises()
SOLUTIONS = [(e, path) for e in EXERCISES for path in e.solutions]
MUTANTS = [(e, path) for e in EXERCISES for path in e.mutants]


def names(pairs):
    return [f"{exercise.name}-{path.stem}" for exercise, path in pairs]


def fields(text):
    return sorted(field for _, field, _, _ in string.Formatter().parse(text) if field)


def expected_key(path):
    first = path.read_text("utf-8").splitlines()[0]
    assert first.startswith("# refused: "), path
    return first.removeprefix("# refused: ")


@pytest.mark.parametrize(("exercise", "path"), SOLUTIONS, ids=names(SOLUTIONS))
@pytest.mark.matrix(one_in=3)
def test_a_right_answer_passes(exercise, path):
    assert judge(exercise, Local.of_file(path)).reason() == ""


@pytest.mark.filterwarnings("ignore")  # fit remarks on some broken trainings
@pytest.mark.parametrize(("exercise", "path"), MUTANTS, ids=names(MUTANTS))
@pytest.mark.matrix(one_in=7)
def test_a_wrong_answer_is_refused_for_the_right_reason(exercise, path):
    verdict = judge(exercise, Local.of_file(path))
    assert not verdict.ok
    assert verdict.failure.key == expected_key(path), verdict.reason()
    assert "check_broke" not in {result.key for result in verdict.results}
    for language in LANGUAGES:
        reason = verdict.reason(language)
        assert "{" not in reason.replace("{'", "").replace("{}", "") and "?:" not in reason


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.name)
def test_the_folder_is_whole(exercise):
    assert len(exercise.solutions) >= 3
    assert len(exercise.mutants) >= 5
    results = judge(exercise, Local.of_file(exercise.folder / "starter.py")).results
    assert not any(result.passed for result in results)
    if "NotImplementedError" in exercise.starter:
        assert {result.key for result in results} == {"not_done"}
    else:  # it is to be repaired: it runs, and each check has a sentence of the exercise's own for it
        assert {result.key for result in results} <= set(exercise.texts["en"].messages)


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.name)
def test_the_texts_say_the_same_in_both_languages(exercise):
    assert set(exercise.texts) == set(LANGUAGES)
    english, spanish = (exercise.texts[language] for language in LANGUAGES)
    assert english.body != spanish.body
    assert len(english.hints) == len(spanish.hints) >= 2
    assert english.messages.keys() == spanish.messages.keys()
    assert english.labels.keys() == spanish.labels.keys()
    for key in english.messages:
        assert fields(english.messages[key]) == fields(spanish.messages[key]), key
    for text in (english, spanish):
        assert all(text.messages.values()) and all(text.hints)
        for name in re.findall(r"^def (\w+)", exercise.starter, re.MULTILINE):
            assert f"`{name}" in text.body
        assert all(len(line) <= 88 for line in text.body.splitlines())
        assert '"""' not in text.body and "\\" not in text.body


DRAWN = [e for e in EXERCISES if hasattr(e.module, "picture")]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("exercise", DRAWN, ids=lambda e: e.name)
def test_a_picture_has_its_words_in_each_language(exercise, language):
    text = pytest.importorskip("matplotlib.text").Text
    labels = exercise.text(language).labels
    figure = exercise.module.picture(Local.of_file(exercise.solutions[0]), labels)
    written = " | ".join(artist.get_text() for artist in figure.findobj(text))
    assert all(label in written for label in labels.values())
    english = exercise.text("en").labels.values()
    assert language == "en" or not any(re.search(rf"\b{label}\b", written) for label in english)


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.name)
def test_every_message_is_needed_and_there(exercise):
    """A check has a title; a mistake has a sentence; a sentence has a mutant that gets it."""
    messages = exercise.texts["en"].messages
    titles = {key for key in messages if key.startswith("check_")}
    assert titles == set(exercise.checks)
    raised = {expected_key(path) for path in exercise.mutants}
    assert set(messages) - titles <= raised
    assert raised <= set(messages) | set(table())


def test_the_numbers_are_in_order():
    assert [int(e.number) for e in EXERCISES] == list(range(1, len(EXERCISES) + 1))
    assert len({e.name for e in EXERCISES}) == len(EXERCISES)


def test_the_order_names_every_exercise_once_and_no_other():
    assert (SHIPPED / "order.txt").read_text("utf-8").split() == [e.name for e in EXERCISES]
    names = [e.name for e in EXERCISES]
    assert names.index("softmax") < names.index("two_layers") < names.index("normalisation") < names.index("dropout")


def test_an_inserted_exercise_renames_no_folder_and_takes_nothing_away(tmp_path):
    mine = tmp_path / "mine"
    for name in ("cube", "02_square", "zebra"):
        (mine / name).mkdir(parents=True)
        (mine / name / "check.py").touch()
    assert [e.id for e in exercises(mine)] == ["01_square", "02_cube", "03_zebra"]
    (mine / "order.txt").write_text("zebra\ncube\n")
    assert [e.id for e in exercises(mine)] == ["01_zebra", "02_cube", "03_square"]
    assert find("2", mine) == find("cube", mine) == find("07_cube.py", mine)
    progress = Progress(tmp_path)
    (tmp_path / "02_cube.py").touch()
    progress.keep(find("cube", mine), passed=3, of=3)
    (mine / "first").mkdir()
    (mine / "first" / "check.py").touch()
    (mine / "order.txt").write_text("first\nzebra\ncube\n")
    cube = find("3", mine)
    assert cube.id == "03_cube" and Progress(tmp_path).done(cube)
    assert Progress(tmp_path).file(cube) == tmp_path / "02_cube.py"


def test_what_was_kept_with_a_number_is_found_without(tmp_path):
    exercise = find("parabola")
    entries = {"07_parabola": {"passed": 4, "of": 4}}
    (tmp_path / "progress.json").write_text(json.dumps({"made_by": "tinygrad-edu", "exercises": entries}))
    progress = Progress(tmp_path)
    assert progress.done(exercise)
    progress.keep(exercise, hints=2)
    kept = json.loads((tmp_path / "progress.json").read_text())["exercises"]
    assert kept == {"parabola": {"passed": 4, "of": 4, "hints": 2}}


ODD = (
    *(lambda *a: {1}, lambda *a: [{1}] * 4, lambda *a: ({1}, {2}), lambda *a: [({1}, {2})], lambda *a: {"w": {1}}),
    *(lambda *a: "x", lambda *a: [[]], lambda *a: {}, lambda *a: [None], lambda *a: (None, None), lambda *a: 1j),
)


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.name)
def test_odd_answers_are_refused_in_plain_words(exercise):
    """No message names a class of the grader's own, and none says that the check broke."""
    names = re.findall(r"^def (\w+)", exercise.starter, re.MULTILINE)
    for odd in ODD:
        verdict = judge(exercise, Local(dict.fromkeys(names, odd)))
        for result in verdict.results:
            if result.passed is False:
                reason = verdict.why(result, "en")
                assert result.key != "check_broke" and "Other" not in reason and " object at " not in reason, reason


# -- the tests above can fail ----------------------------------------------------------------------------


def test_a_wrong_answer_that_passes_would_be_seen(tmp_path):
    exercise = find("parabola")
    (tmp_path / "right.py").write_text("def derivative(x):\n    return x / 3\n", "utf-8")
    with pytest.raises(AssertionError):
        test_a_wrong_answer_is_refused_for_the_right_reason(exercise, tmp_path / "right.py")


def test_a_text_that_lacks_a_message_would_be_seen(tmp_path):
    source = find("parabola").folder
    for name in ("text.en.md", "text.es.md", "starter.py", "check.py"):
        text = (source / name).read_text("utf-8")
        if name == "text.es.md":
            text = re.sub(r"^- sign: .*\n", "", text, flags=re.MULTILINE)
        (tmp_path / name).write_text(text, "utf-8")
    with pytest.raises(AssertionError):
        test_the_texts_say_the_same_in_both_languages(Exercise(tmp_path))
