"""Exercises as plain tests: for GitHub Classroom, nbgrader, otter, or a teacher's own pytest.

from tinygrad_edu.exercises.testing import exercise_test
test_parabola = exercise_test("parabola", "parabola.py")
"""

from ..common.language import checked_language
from .catalogue import find
from .judging import judge, judge_file
from .students import SECONDS, Local


def verdict(name, work, own=None, seconds=SECONDS):
    """The verdict on a student's work: `.ok`, `.passed`, `.reason("es")`, `.as_dict()`.

    Args:
        name: the exercise.
        work: the path of a file, which runs in a process of its own; or functions that are there already, in a
            module or a dict such as a notebook's `globals()`, which run in this one.
        own: a folder of exercises of one's own.
        seconds: how long the check of a file may take.

    Example:
        >>> verdict("parabola", {"derivative": lambda x: x / 6}).reason("en")
        '`derivative(1.5)` gave 0.25, half of what is right: the 2 of x² comes down as a factor.'
    """
    exercise = find(name, own)
    if isinstance(work, dict) or hasattr(work, "__dict__") and not hasattr(work, "__fspath__"):
        return judge(exercise, Local(work))
    return judge_file(exercise, work, seconds)


def score(name, work, language=None, points=10, own=None, seconds=SECONDS):
    """The points of a student's work, as a dict that JSON can hold.

    Example:
        >>> score("parabola", {"derivative": lambda x: x / 3})["points"]
        10.0
    """
    return verdict(name, work, own, seconds).as_dict(checked_language(language), points)


def require(name, work, language=None, own=None, seconds=SECONDS):
    """Raise an AssertionError that says what is wrong, where a check does not pass: one line in a notebook's cell.

    Raises:
        AssertionError: a check does not pass.

    Example:
        >>> require("parabola", {"derivative": lambda x: 2 * x / 6})
    """
    __tracebackhide__ = True  # pytest shows the student the reason, and not this code
    found = verdict(name, work, own, seconds)
    if not found.ok:
        language = checked_language(language)
        raise AssertionError(f"{found.title(found.failure, language)}: {found.reason(language)}")


def exercise_test(name, work, language=None, own=None, seconds=SECONDS):
    """A function that pytest runs as a test of an exercise.

    Args:
        name: the exercise.
        work: the student's file, as in `verdict`.
        language: of what a failure says; by default that of the user's locale.
        own: a folder of exercises of one's own.
        seconds: how long the check of a file may take.

    Example:
        >>> test_parabola = exercise_test("parabola", {"derivative": lambda x: x / 3})
        >>> test_parabola.__name__
        'test_parabola'
        >>> test_parabola()
    """

    def test():
        __tracebackhide__ = True
        require(name, work, language, own, seconds)

    test.__name__ = test.__qualname__ = f"test_{find(name, own).name}"
    return test
