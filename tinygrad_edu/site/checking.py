"""The checks of an exercise, asked for by the page."""

from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from ..common.language import language as shown_in
from ..exercises import find, judge_file
from ..exercises.failures import Wrong
from ..exercises.language import say
from ..exercises.students import contained
from .browser import picture_of, post
from .contents import OWN


def check(asked):
    """Run the checks of an exercise on a student's code.

    Args:
        asked: {"name": of the exercise, "own": whether it is one of a teacher's own, "code": the text}.

    Returns:
        {"ok", "passed", "of", "summary": a sentence, "results": [{"title", "passed", "why"}, …], "printed", "picture":
        in base64 where the exercise draws one and can}.
    """
    exercise = find(asked["name"], Path(__file__).parents[2] / OWN if asked["own"] else None)
    language, text = shown_in(), exercise.text(shown_in())
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"{exercise.name}.py"
        path.write_text(asked["code"], "utf-8")
        exercise.module  # noqa: B018 read now, so that the student's seconds are the student's
        post("checking", exercise.name)
        verdict = judge_file(exercise, path)
        picture = _picture(exercise, path, text.labels) if verdict.ok else None
    key = "all_passed" if verdict.ok else "some_passed"
    title = f"{exercise.number} {text.title}"
    summary = say(key, language, title=title, passed=verdict.passed, of=len(verdict.results))
    said, results = set(), []
    for result in verdict.results:
        why = verdict.why(result, language) if result.passed is False else ""
        results.append(
            {"title": verdict.title(result, language), "passed": result.passed, "why": "" if why in said else why}
        )
        said.add(why)
    return {
        **{"ok": verdict.ok, "passed": verdict.passed, "of": len(results), "summary": summary},
        **{"results": results, "printed": verdict.printed, "picture": picture},
    }


def _picture(exercise, path, labels):
    """The picture of a solved exercise in base64; None where it has none, and in a page without plots."""
    draw = getattr(exercise.module, "picture", None)
    if draw is None or find_spec("matplotlib") is None:
        return None
    try:
        with contained(path) as student:
            return picture_of(draw(student, labels))
    except Wrong:  # what the checks do not call may still stop
        return None
