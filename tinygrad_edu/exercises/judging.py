"""Judging a student's file: every check of the exercise in turn, and what each of them found."""

from pathlib import Path

from .comparing import called, show
from .failures import Stopped, Wrong
from .language import say
from .students import SECONDS, contained


class Result:
    """The outcome of one check.

    Attributes:
        check: its name.
        passed: whether it passed; None where it did not run, since an earlier one ended the student's process.
        key: why it did not, as the key of a message.
        fields: what that message is filled with.
    """

    def __init__(self, check, passed, key="", fields=None):
        self.check = check
        self.passed = passed
        self.key = key
        self.fields = fields or {}


class Verdict:
    """The outcome of all checks of an exercise.

    Attributes:
        exercise: the exercise.
        results: a `Result` for each check.
        printed: the beginning of what the student's file printed.
    """

    def __init__(self, exercise, results, printed=""):
        self.exercise = exercise
        self.results = results
        self.printed = printed

    @property
    def passed(self):
        """How many checks passed."""
        return sum(result.passed is True for result in self.results)

    @property
    def ok(self):
        """True where all checks passed."""
        return self.passed == len(self.results)

    @property
    def failure(self):
        """The first result that did not pass, or None."""
        return next((result for result in self.results if result.passed is False), None)

    def reason(self, language="en"):
        """A sentence on the first check that did not pass; empty where all did."""
        return self.why(self.failure, language) if self.failure else ""

    def why(self, result, language):
        """A sentence on why a check did not pass."""
        own = self.exercise.text(language).messages
        return say(result.key, language, own, **result.fields)

    def title(self, result, language):
        """The title of a check."""
        return self.exercise.text(language).messages.get(result.check, result.check)

    def as_dict(self, language="en", points=10):
        """The verdict as what JSON can hold, with its points: the share of the checks that passed."""
        return {
            "exercise": self.exercise.name,
            "passed": self.passed,
            "of": len(self.results),
            "points": round(points * self.passed / len(self.results), 2),
            "key": self.failure.key if self.failure else "",
            "reason": self.reason(language),
        }


def judge(exercise, student):
    """Run every check of an exercise on a student's functions.

    Example:
        >>> from tinygrad_edu.exercises import find, judge, Local
        >>> judge(find("parabola"), Local({"derivative": lambda x: x / 3})).ok
        True
    """
    results = []
    stopped = False
    for name, check in exercise.checks.items():
        if stopped:
            results.append(Result(name, None))
            continue
        try:
            check(student)
            results.append(Result(name, True))
        except Wrong as wrong:
            results.append(Result(name, False, wrong.key, wrong.fields))
            stopped = isinstance(wrong, Stopped)
        except Exception:  # a value that the check did not foresee
            results.append(Result(name, False, "check_broke", _last_of(student)))
    return Verdict(exercise, results, student.printed)


def _last_of(student):
    """The last call of a student's function and what it gave, as the fields of a message."""
    if student._last is None:
        return {"call": "?", "received": "?"}
    function, arguments, value = student._last
    return {"call": called(function, arguments), "received": show(value)}


def judge_file(exercise, path, seconds=SECONDS):
    """Run every check of an exercise on a student's file, where it is contained.

    Args:
        exercise: an `Exercise`.
        path: the file. It is read, and never written.
        seconds: how long all checks together may take.

    Returns:
        A `Verdict`, whatever the file does.
    """
    try:
        with contained(path, seconds, private=[Path(__file__).parent, exercise.folder.parent]) as student:
            return judge(exercise, student)
    except Stopped as stopped:
        return _never_ran(exercise, stopped)
    except Exception as error:  # a file that nobody foresaw costs its own points, and not those of a class
        return _never_ran(exercise, Stopped("cannot_read", error=type(error).__name__))


def _never_ran(exercise, stopped):
    first, *others = exercise.checks
    results = [Result(first, False, stopped.key, stopped.fields), *(Result(name, None) for name in others)]
    return Verdict(exercise, results)
