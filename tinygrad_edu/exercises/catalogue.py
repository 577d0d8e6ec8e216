"""The exercises: one folder each, with its texts, its starter, its check, right solutions and wrong ones.

name/
  text.en.md  text.es.md   the title, the task, `## Hints` in steps, `## Messages` of the check, `## Picture`
  starter.py               the functions to write
  check.py                 functions `check_*(student)`, and `picture(student, labels)` where there is one
  solutions/*.py           right answers; the first one is shown to who asks for it
  mutants/*.py             wrong answers, each opening with `# refused: KEY`, the message it must be refused with

Their order, and with it their numbers, stands in one file beside them, `order.txt`: a name a line. Another, `es.json`,
has the Spanish of the comments in the starters.
"""

import importlib.util
import re
from functools import cached_property
from pathlib import Path

from ..common.language import LANGUAGES, Texts
from .language import suggestion
from .notebooks import SUFFIX

SHIPPED = Path(__file__).parent / "tasks"
_ORDER = "order.txt"
_NUMBERED = re.compile(r"^\d+_")
_HEADINGS = {"hints": ("Hints", "Pistas"), "messages": ("Messages", "Mensajes"), "picture": ("Picture", "Dibujo")}


class Exercise:
    """One exercise: a folder.

    Args:
        folder: its path. Digits before its name are not part of the name: `01_parabola` is `parabola`.
        number: its place in the order.

    Attributes:
        name: "parabola".
        number: as text of two digits, "01".
        id: both, "01_parabola".
    """

    def __init__(self, folder, number=1):
        self.folder = Path(folder)
        self.name = _NUMBERED.sub("", self.folder.name)
        self.number = f"{number:02}"
        self.id = f"{self.number}_{self.name}"

    def __repr__(self):
        return f"Exercise({self.id!r})"

    def __eq__(self, other):
        return isinstance(other, Exercise) and self.folder == other.folder

    def __hash__(self):
        return hash(self.folder)

    def is_named(self, text):
        """True for a text, such as the name of a file, that is this exercise's name, with any number before it."""
        return bare(text) == self.name.lower()

    @cached_property
    def texts(self):
        """The texts by language: those that there are."""
        files = {language: self.folder / f"text.{language}.md" for language in LANGUAGES}
        return {language: Text(file.read_text("utf-8")) for language, file in files.items() if file.is_file()}

    def text(self, language):
        """The texts in a language, or in one that there is."""
        return self.texts.get(language) or next(iter(self.texts.values()))

    @cached_property
    def starter(self):
        """The functions to write, as text."""
        return (self.folder / "starter.py").read_text("utf-8")

    def starter_in(self, language):
        """The functions to write, with the comments in a language."""
        text = self.starter
        for english, other in Texts(self.folder.parent).table(language).items():
            text = text.replace(english, other)
        return text

    @cached_property
    def module(self):
        """The module of its check."""
        path = self.folder / "check.py"
        spec = importlib.util.spec_from_file_location(f"check_{self.name}", path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    @property
    def checks(self):
        """Its checks by name, in the order of the file."""
        return {name: value for name, value in vars(self.module).items() if name.startswith("check_")}

    @property
    def solutions(self):
        """The files of its right answers."""
        return sorted((self.folder / "solutions").glob("*.py"))

    @property
    def mutants(self):
        """The files of its wrong answers."""
        return sorted((self.folder / "mutants").glob("*.py"))


class Text:
    """The texts of an exercise in one language.

    Attributes:
        title: the first line.
        body: the task.
        hints: a list, the vaguest first.
        messages: what its check says, by key.
        labels: the words of its picture, by key.
    """

    def __init__(self, markdown):
        first, _, rest = markdown.strip().partition("\n")
        self.title = first.removeprefix("#").strip()
        parts = re.split(r"^## (.+)$", rest, flags=re.MULTILINE)
        self.body = parts[0].strip()
        sections = {heading.strip(): text.strip() for heading, text in zip(parts[1::2], parts[2::2], strict=True)}
        found = {kind: _first(sections, headings) for kind, headings in _HEADINGS.items()}
        self.hints = _items(found["hints"], r"\d+\. ")
        self.messages = _pairs(found["messages"])
        self.labels = _pairs(found["picture"])


def _first(sections, headings):
    return next((sections[heading] for heading in headings if heading in sections), "")


def _pairs(text):
    """A list of `- key: text` as a dict."""
    pairs = (item.partition(": ") for item in _items(text, "- "))
    return {key.strip(): text for key, _, text in pairs}


def _items(text, mark):
    """The items of a list; the lines of one are joined."""
    items = re.split(rf"^{mark}", text, flags=re.MULTILINE)[1:]
    return [re.sub(r"\n +", " " if mark == "- " else "\n", item.strip()) for item in items]


def exercises(folder=None):
    """Every exercise of a folder in its order; by default those that come with tinygrad_edu.

    The order is that of `order.txt` in the folder; exercises that it does not name follow by the names of their
    folders.

    Raises:
        ValueError: there is none in the folder.

    Example:
        >>> from tinygrad_edu.exercises import exercises
        >>> exercises()[0]
        Exercise('01_parabola')
    """
    folder = SHIPPED if folder is None else Path(folder)
    found = sorted(path.parent for path in folder.glob("*/check.py"))
    if not found:
        raise ValueError(f"There is no exercise in {folder}: expected folders that hold a check.py.")
    order = folder / _ORDER
    names = order.read_text("utf-8").split() if order.is_file() else []
    places = {name: i for i, name in enumerate(names)}
    found.sort(key=lambda path: places.get(_NUMBERED.sub("", path.name), len(places)))
    return [Exercise(path, number) for number, path in enumerate(found, 1)]


def find(name, folder=None):
    """The exercise of this name, number or file name.

    Raises:
        ValueError: there is none; the message names those that there are.

    Example:
        >>> find("parabola"), find("1"), find("01_parabola.py")
        (Exercise('01_parabola'), Exercise('01_parabola'), Exercise('01_parabola'))
    """
    every = exercises(folder)
    wanted = str(name).removesuffix(".py").removesuffix(SUFFIX)
    for exercise in every:
        if exercise.is_named(wanted) or wanted.isdecimal() and int(wanted) == int(exercise.number):
            return exercise
    names = [exercise.name for exercise in every]
    hint = suggestion(bare(wanted), names, "en")
    raise ValueError(f"There is no exercise {str(name)!r}.{hint} There are: {', '.join(names)}.")


def bare(name):
    """The name of an exercise from what was typed: a name or a file, in small letters, without number and suffix."""
    return _NUMBERED.sub("", str(name).removesuffix(".py").removesuffix(SUFFIX).lower())
