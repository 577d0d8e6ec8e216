"""The language of all that is shown: pictures, pages, reports, diagnoses, exercises, the command line.

English stands in the code; a table beside it, `es.json`, has the Spanish. Errors of calls stay English.
"""

import json
import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from .naming import look_up

LANGUAGES = ("en", "es")
_chosen: str | None = None


def language(choice: str | None = None) -> str:
    """The language of all that is shown; given one, it is changed to that.

    At first it is that of the user's locale: Spanish for es_ES, es_MX and their like, else English.

    Args:
        choice: "en" or "es"; None leaves it as it is.

    Returns:
        The language from now on.

    Raises:
        ValueError: an unknown language.

    Example:
        >>> before = tg.language()
        >>> tg.language("es")
        'es'
        >>> tg.language(before) == before
        True
    """
    global _chosen
    if choice is not None:
        _chosen = checked_language(choice)
    return _chosen or of_locale()


def checked_language(choice: str | None) -> str:
    """A language that was asked for, or for None the one that is chosen.

    Raises:
        ValueError: an unknown language.
    """
    return language() if choice is None else look_up("language", choice, {name: name for name in LANGUAGES})


def of_locale(environment: Mapping[str, str] | None = None) -> str:
    """The language of a locale: "es" for es_ES and its like, else "en".

    Args:
        environment: the variables of the environment; those of this process by default.

    Example:
        >>> of_locale({"LANG": "es_MX.UTF-8"}), of_locale({"LANG": "de_DE"})
        ('es', 'en')
    """
    environment = os.environ if environment is None else environment
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if environment.get(name):
            found = environment[name][:2].lower()
            return found if found in LANGUAGES else "en"
    return "en"


class Texts:
    """The texts of a room, each called by its English form.

    Args:
        folder: where the tables lie: `es.json` has the Spanish text by the English one.

    Example:
        >>> from tinygrad_edu.viz.texts import say
        >>> say("sum of {count} arrows", count=2)
        'sum of 2 arrows'
    """

    def __init__(self, folder: Path):
        self.folder = folder

    @cache  # noqa: B019 there is one for each room, as long as the process
    def table(self, name: str) -> dict[str, str]:
        """The texts of a language by their English form; none for English."""
        path = self.folder / f"{name}.json"
        return json.loads(path.read_text("utf-8")) if path.is_file() else {}

    def __call__(self, text: str, /, **fields: object) -> str:
        """A text in the language that is chosen, its {fields} filled in."""
        found = self.table(language()).get(text, text)
        return found.format(**fields) if fields else found
