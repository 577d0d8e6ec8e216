"""A student's folder: the files of the exercises, and how far each of them is."""

import json
import os
from pathlib import Path

from ..common.files import replacing

FILE = "progress.json"
FOLDER = "tinygrad-edu-exercises"


def usual_folder():
    """This folder where it is a student's, else the one that `start` makes in it."""
    return "." if os.path.isfile(FILE) and _load(FILE) else FOLDER


class Progress:
    """The record in a student's folder beside the files: language, checks passed, hints seen.

    Args:
        folder: the folder; it need not be there yet.
    """

    def __init__(self, folder):
        self.folder = Path(folder)
        self._data = _load(self.folder / FILE)

    @property
    def language(self):
        """The language that `start` was last given, or None."""
        return self._data.get("language")

    def file(self, exercise):
        """Where the student's file of an exercise is, whatever number is before its name, or would be."""
        usual = self.folder / f"{exercise.id}.py"
        if usual.is_file() or not self.folder.is_dir():
            return usual
        return next((path for path in sorted(self.folder.glob("*.py")) if exercise.is_named(path.stem)), usual)

    def started(self, exercise):
        """True where there is such a file."""
        return self.file(exercise).is_file()

    def of(self, exercise):
        """The record of an exercise: "passed", "of" and "hints", as far as they are known."""
        entry = next((e for name, e in self._data.get("exercises", {}).items() if exercise.is_named(name)), None)
        return dict(entry) if isinstance(entry, dict) else {}

    def done(self, exercise):
        """True where all its checks passed when they last ran."""
        entry = self.of(exercise)
        return bool(entry.get("of")) and entry.get("passed") == entry.get("of")

    def keep(self, exercise=None, language=None, **entry):
        """Keep what is new; only in a folder that there is."""
        if not self.folder.is_dir():
            return
        every = self._data.setdefault("exercises", {})
        if exercise is not None:
            entry = {**self.of(exercise), **entry}
            for name in [name for name in every if exercise.is_named(name)]:
                del every[name]  # with the number that it once had
            every[exercise.name] = entry
        if language:
            self._data["language"] = language
        with replacing(self.folder / FILE) as file:
            file.write(json.dumps({"made_by": "tinygrad-edu", **self._data}, indent=2).encode("utf-8"))


def _load(path):
    try:
        data = json.loads(Path(path).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    ours = isinstance(data, dict) and data.get("made_by") == "tinygrad-edu"
    return data if ours and isinstance(data.get("exercises", {}), dict) else {}
