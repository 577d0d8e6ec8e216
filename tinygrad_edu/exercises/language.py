"""The words of the command line and the checks, in the user's language: one table, `messages.json`."""

import json
from functools import cache
from pathlib import Path

from ..common.language import LANGUAGES
from ..common.naming import nearest
from .failures import LONGEST_FIELD

_NAMES = {"english": "en", "inglés": "en", "spanish": "es", "español": "es", "castellano": "es"}
_TABLE = Path(__file__).with_name("messages.json")


@cache
def diagnoses(language):
    """The sentences of `gradcheck`'s diagnosis in a language."""
    from ..gradcheck.texts import sentences

    return sentences(language)


@cache
def table():
    """Every message by key, then by language."""
    return json.loads(_TABLE.read_text("utf-8"))


def suggestion(typed, names, language):
    """The sentence that asks whether one of these names was meant, or "" where none is near.

    Example:
        >>> from tinygrad_edu.common.language import LANGUAGES
        >>> suggestion("parabla", ["parabola", "momentum"], "en"), suggestion("spanish", LANGUAGES, "en")
        (' Did you mean parabola?', ' Did you mean es?')
    """
    known = {name: name for name in names}
    if set(known) == set(LANGUAGES):
        known |= _NAMES
    near = nearest(typed.lower(), known)
    return say("did_you_mean", language, name=known[near]) if near else ""


def say(key, language, own=None, /, **fields):
    """The text of a message.

    Args:
        key: of the table, or of `own`.
        language: "en" or "es".
        own: the messages of an exercise in this language, looked at first.
        **fields: what the text is filled with; a diagnosis gives its sentence. What cannot be printed is left
            out, since it may be a student's.

    Example:
        >>> say("missing_function", "en", function="derivative")
        'There is no function `derivative` in this file.'
    """
    text = (own or {}).get(key) or table().get(key, {}).get(language) or table()["other"][language]
    if not fields.get("code"):
        text = text.removesuffix(" `{code}`")
    fields = {name: f.text(diagnoses(language)) if hasattr(f, "text") else f for name, f in fields.items()}
    fields = _Fields({name: printable(value) for name, value in fields.items()})
    return text.format_map(fields)


class _Fields(dict):
    def __missing__(self, key):
        return "?"


def printable(value, most=LONGEST_FIELD):
    """The text of a value as a terminal may show it: no control characters, and not too long."""
    text = "".join(c for c in str(value)[: 4 * most] if c.isprintable())
    return text if len(text) <= most else text[: most - 1] + "…"
