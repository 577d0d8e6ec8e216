"""The exercises: one folder each, with its texts, its starter, its check, right solutions and wrong ones.

NN_name/
  text.en.md  text.es.md   the title, the task, `## Hints` in steps, `## Messages` of the check, `## Picture`
  starter.py               the functions to write
  check.py                 functions `check_*(student)`, and `picture(student, labels)` where there is one
  solutions/*.py           right answers; the first one is shown to who asks for it
  mutants/*.py             wrong answers, each opening with `# refused: KEY`, the message it must be refused with
"""

import importlib.util
import re
from functools import cached_property
from pathlib import Path

from .language import LANGUAGES

SHIPPED = Path(__file__).parent
_HEADINGS = {"hints": ("Hints", "Pistas"), "messages": ("Messages", "Mensajes"), "picture": ("Picture", "Dibujo")}


class Exercise:
    """One exercise: a folder.

    Args:
        folder: its path, ending in a number and a name such as `01_parabola`.

    Attributes:
        id: the name of its folder, "01_parabola".
        name: without the number, "parabola".
    """

    def __init__(self, folder):
        self.folder = Path(folder)
        self.id = self.folder.name
        self.number, _, self.name = self.id.partition("_")

    def __repr__(self):
        return f"Exercise({self.id!r})"

    def __eq__(self, other):
        return isinstance(other, Exercise) and self.folder == other.folder

    def __hash__(self):
        return hash(self.folder)

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

    @cached_property
    def module(self):
        """The module of its check."""
        path = self.folder / "check.py"
        spec = importlib.util.spec_from_file_location(f"check_{self.id}", path)
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
    """Every exercise of a folder in order; by default those that come with tinygrad_edu.

    Raises:
        ValueError: there is none in the folder.

    Example:
        >>> from tinygrad_edu.exercises import exercises
        >>> exercises()[0]
        Exercise('01_parabola')
    """
    folder = SHIPPED if folder is None else Path(folder)
    found = [Exercise(path) for path in sorted(folder.glob("[0-9]*_*")) if (path / "check.py").is_file()]
    if not found:
        raise ValueError(f"There is no exercise in {folder}: expected folders such as 01_name that hold a check.py.")
    return found


def find(name, folder=None):
    """The exercise of this name, number or file name.

    Raises:
        ValueError: there is none; the message names those that there are.

    Example:
        >>> find("parabola"), find("1"), find("01_parabola.py")
        (Exercise('01_parabola'), Exercise('01_parabola'), Exercise('01_parabola'))
    """
    every = exercises(folder)
    wanted = str(name).removesuffix(".py").lower()
    for exercise in every:
        if wanted in (exercise.id.lower(), exercise.name.lower()) or _same_number(wanted, exercise.number):
            return exercise
    raise ValueError(f"There is no exercise {str(name)!r}. There are: {', '.join(e.name for e in every)}.")


def _same_number(wanted, number):
    return wanted.isdecimal() and int(wanted) == int(number)
