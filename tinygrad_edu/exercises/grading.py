"""The points of a class: every file of a folder of submissions judged in a process of its own, some at a time."""

import csv
import io
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from .catalogue import exercises, find
from .judging import judge_file
from .language import say
from .students import SECONDS

POINTS = 10


def submissions(folder, chosen):
    """The files that were handed in, {student: {exercise: path}}.

    A student is a folder in it, with files named as exercises; or a file named STUDENT_EXERCISE.py; or, where
    one exercise is chosen, any file. Links are not followed.

    Args:
        folder: the folder of a class.
        chosen: the exercises that count.
    """
    found = {}
    for entry in sorted(Path(folder).iterdir()):
        if entry.name.startswith((".", "__")) or entry.is_symlink():
            continue
        if entry.is_dir():
            files = [path for path in sorted(entry.rglob("*.py")) if not path.is_symlink()]
            found[entry.name] = {e: path for e in reversed(chosen) for path in files[::-1] if _named(path, e)}
        elif entry.suffix == ".py":
            student, exercise = _read_name(entry, chosen)
            found.setdefault(student, {})[exercise] = entry
    return found


def _named(path, exercise):
    stem = path.stem.lower()
    return stem in (exercise.id.lower(), exercise.name.lower()) or stem.endswith(f"_{exercise.name.lower()}")


def _read_name(path, chosen):
    """The student and the exercise that the name of a file says; the exercise is None where it says none."""
    for exercise in sorted(chosen, key=lambda e: -len(e.name)):
        for name in (exercise.id, exercise.name):
            if path.stem.lower().endswith(name.lower()):
                return path.stem[: -len(name)].rstrip("_- .") or path.stem, exercise
    return path.stem, chosen[0] if len(chosen) == 1 else None


def grade(folder, names=(), own=None, language="en", points=POINTS, seconds=SECONDS, jobs=None):
    """Judge a folder of submissions.

    Args:
        folder: one folder or one file a student.
        names: the exercises that count; by default those that anybody handed in.
        own: a folder of exercises of one's own.
        language: of the reasons.
        points: what one exercise is worth; a part of its checks earns that part of them.
        seconds: how long the check of one file may take.
        jobs: how many files are judged at the same time; by default one a core.

    Returns:
        {"exercises": [name, …], "points_each": …, "students": [{"student": …, "points": …, "exercises":
        {name: {"points", "passed", "of", "key", "reason"}}, "problems": […]}, …]}, as JSON can hold it.

    Raises:
        ValueError: an exercise is unknown.
        OSError: there is no such folder.
    """
    chosen = [find(name, own) for name in names] or exercises(own)
    handed_in = submissions(folder, chosen)
    if not names:
        some = {exercise for files in handed_in.values() for exercise in files}
        chosen = [exercise for exercise in chosen if exercise in some]
    work = [(e, path) for files in handed_in.values() for e, path in files.items() if e]
    with ThreadPoolExecutor(jobs or os.cpu_count() or 1) as pool:
        verdicts = dict(zip(work, pool.map(lambda job: judge_file(*job, seconds=seconds), work), strict=True))
    rows = []
    for student, files in handed_in.items():
        found = {}
        for exercise in chosen:
            if exercise in files:
                found[exercise.name] = verdicts[exercise, files[exercise]].as_dict(language, points)
            else:
                found[exercise.name] = _missing(exercise, language)
        problems = [f"{files[None].name}: {say('submission_unknown', language)}"] if None in files else []
        total = round(sum(one["points"] for one in found.values()), 2)
        rows.append({"student": student, "points": total, "exercises": found, "problems": problems})
    return {"exercises": [e.name for e in chosen], "points_each": points, "students": rows}


def _missing(exercise, language):
    reason = say("missing_file", language)
    return {
        **{"exercise": exercise.name, "passed": 0, "of": len(exercise.checks), "points": 0},
        **{"key": "missing_file", "reason": reason},
    }


def as_csv(grades, language="en"):
    """The points as CSV: one row a student, one column an exercise, and the total."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    names = grades["exercises"]
    writer.writerow([say("student", language), *names, say("total", language)])
    for row in grades["students"]:
        # a spreadsheet would run a name that begins so as a formula
        student = f"'{row['student']}" if row["student"].startswith(("=", "+", "-", "@")) else row["student"]
        writer.writerow([student, *(row["exercises"][name]["points"] for name in names), row["points"]])
    return text.getvalue()
