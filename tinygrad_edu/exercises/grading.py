"""The points of a class: every file of a folder of submissions judged in a process of its own, some at a time."""

import csv
import io
import os
import re
import unicodedata
from difflib import get_close_matches
from pathlib import Path

from .catalogue import exercises, find
from .containment import missing
from .judging import judge_file
from .language import printable, say
from .notebooks import SUFFIX
from .progress import FILE as PROGRESS
from .students import SECONDS

POINTS = 10
_WORK = (".py", SUFFIX)  # what a submission is
MOST_ENTRIES = 2000  # of one student's folder that are looked at
DEEPEST = 10  # folders in folders
MOST_PROBLEMS = 10  # of one student that are said
LONGEST_NAME = 80  # letters of a student's name


def submissions(folder, chosen, others=()):
    """The files that were handed in.

    A student is a folder in it, with files named as exercises; or a file named STUDENT_EXERCISE.py; or, where
    one exercise is chosen, any file. Notebooks count as files. Links are not followed; of two files for one exercise
    the first counts.

    Args:
        folder: the folder of a class.
        chosen: the exercises that count.
        others: those whose files are there too and do not count.

    Returns:
        {student: {exercise: path}}, and what is wrong with other files, {student: [(message key, fields), …]}.
    """
    found, problems = {}, {}
    for student, path, exercise in _handed_in(Path(folder), chosen):
        own, told = found.setdefault(student, {}), problems.setdefault(student, [])
        if path is None or exercise is None and _named(path, others):
            continue
        name = str(path.relative_to(folder))
        if path.is_symlink():
            told.append(("submission_link", {"file": name}))
        elif exercise is None and (near := _nearly_named(path, chosen)):
            told.append(("submission_perhaps", {"file": name, "exercise": near.name}))
        elif exercise is None:
            told.append(("submission_unknown", {"file": name}))
        elif path.suffix.lower() not in _WORK:
            told.append(("submission_not_python", {"file": name}))
        elif exercise in own:
            told.append(("submission_twice", {"file": name, "first": str(own[exercise].relative_to(folder))}))
        else:
            own[exercise] = path
    return found, problems


def _handed_in(folder, chosen):
    """Each file as (student, path, exercise); the exercise is None where its name says none."""
    for entry in sorted(folder.iterdir()):
        if _ignored(entry.name):
            continue
        if entry.is_dir() and not entry.is_symlink():
            yield entry.name, None, None
            for path in sorted(path for path, _ in zip(_entries(entry), range(MOST_ENTRIES))):
                exercise = _named(path, chosen)
                if exercise or not _made_here(path):
                    yield entry.name, path, exercise
        elif entry.suffix.lower() in _WORK or entry.is_symlink() or _named(entry, chosen):
            student, exercise = _read_name(entry, chosen)
            yield student, entry, exercise


def _entries(folder, depth=0):
    """Everything in a folder that is no folder itself; what cannot be listed is left out."""
    try:
        children = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return
    for child in children:
        if _ignored(child.name):
            continue
        if not child.is_dir(follow_symlinks=False):
            yield Path(child.path)
        elif depth < DEEPEST:
            yield from _entries(child.path, depth + 1)


def _made_here(path):
    """True for a file that `start` and `check` make beside a student's work."""
    return path.name == PROGRESS or path.suffix.lower() == ".png"


def _ignored(name):
    """True for a file or folder that is none of a student's, such as __MACOSX and .ipynb_checkpoints."""
    return name.startswith((".", "__"))


def _named(path, chosen):
    """The exercise that the name of a file in a student's folder says, or None."""
    if path.suffix.lower() == ".png":  # a picture of it
        return None
    stem = path.name.lower().split(".")[0]
    for exercise in sorted(chosen, key=lambda e: -len(e.name)):
        if exercise.is_named(stem) or stem.endswith(f"_{exercise.name.lower()}"):
            return exercise
    return None


def _nearly_named(path, chosen):
    """The exercise that the name of a file may mean, such as `parabola (1).py` or `Parábola-final.py`, or None."""
    plain = unicodedata.normalize("NFKD", path.name.split(".")[0]).encode("ascii", "ignore").decode().lower()
    words = "_".join(re.findall(r"[a-z0-9]+", plain))
    for exercise in sorted(chosen, key=lambda e: -len(e.name)):
        if exercise.name.lower() in words:
            return exercise
    near = get_close_matches(re.sub(r"^\d+_", "", words), [e.name.lower() for e in chosen], 1, 0.8)
    return next((e for e in chosen if near and e.name.lower() == near[0]), None)


def _read_name(path, chosen):
    """The student and the exercise that the name of a file says; the exercise is None where it says none."""
    for exercise in sorted(chosen, key=lambda e: -len(e.name)):
        stem = path.name.split(".")[0]
        if found := re.fullmatch(rf"(.*?)[_\- .]*(\d+_)?{re.escape(exercise.name)}", stem, re.IGNORECASE):
            return found[1] or stem, exercise
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
        {name: {"points", "passed", "of", "key", "reason"}}, "problems": […]}, …], "not_contained": [what the
        system does not contain, see `containment.missing`]}, as JSON can hold it.

    Raises:
        ValueError: an exercise is unknown.
        OSError: there is no such folder.
    """
    from concurrent.futures import ThreadPoolExecutor

    every = exercises(own)
    chosen = [find(name, own) for name in names] or every
    handed_in, problems = submissions(folder, chosen, [exercise for exercise in every if exercise not in chosen])
    if not names:
        some = {exercise for files in handed_in.values() for exercise in files}
        chosen = [exercise for exercise in chosen if exercise in some]
    work = [(e, path) for files in handed_in.values() for e, path in files.items()]
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
        total = round(sum(one["points"] for one in found.values()), 2)
        told = _told(problems[student], language)
        student = printable(student, LONGEST_NAME)
        rows.append({"student": student, "points": total, "exercises": found, "problems": told})
    names = [exercise.name for exercise in chosen]
    return {"exercises": names, "points_each": points, "students": rows, "not_contained": list(missing())}


def _told(problems, language):
    told = [say(key, language, **fields) for key, fields in problems[:MOST_PROBLEMS]]
    if more := len(problems) - len(told):
        told.append(say("submission_more", language, count=more))
    return told


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
        student = f"'{row['student']}" if row["student"].startswith(("=", "+", "-", "@", "\t")) else row["student"]
        writer.writerow([student, *(row["exercises"][name]["points"] for name in names), row["points"]])
    return text.getvalue()
