"""Write docs/keras.md: what of Keras 3 is here, what is not, and what a script is told that asks for it.

    python .ci/make_keras_listing.py            writes it
    python .ci/make_keras_listing.py --check    fails, with the difference, where it is stale

The names of Keras are in tests/golden/keras_names.json; all else is read from `tinygrad_edu.keras` itself.
"""

import difflib
import json
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

import tinygrad_edu.keras as keras  # noqa: E402

LISTING = ROOT / "docs" / "keras.md"
NAMES = ROOT / "tests" / "golden" / "keras_names.json"

HEADER = """\
# Keras, name by name

Scripts written for Keras run here with `keras` replaced by `tinygrad_edu.keras`, as far as they use the names below.
The names of Keras are those of version {version}; the list is made by `python .ci/make_keras_listing.py` from the code.

A name that is not here raises an `AttributeError`, or an `ImportError` where it is imported, that says what to use
in its place:

```text
{example}
```
"""


def parts(theirs):
    """The modules of Keras that are here, in the order of the list."""
    return [name for name in theirs if name in keras.missing.offered()]


def example():
    try:
        keras.layers.LSTM  # noqa: B018
    except AttributeError as error:
        return f"AttributeError: {error}"
    raise RuntimeError("keras.layers.LSTM is offered: choose another example")


def code(names):
    return ", ".join(f"`{name}`" for name in names)


def module_lines(module, theirs):
    """The section of one module."""
    ours = keras.missing.offered()[module]
    here = [name for name in theirs if name in ours]
    yield f"## keras{module and '.'}{module}: {len(here)} of {len(theirs)}" if theirs else f"## keras.{module}"
    yield ""
    if here:
        yield from (f"Here: {code(here)}.", "")
    modules = keras.missing.offered()
    further = [name for name in ours if name not in (*theirs, "__version__")]
    further = [name for name in further if f"{module}.{name}".removeprefix(".") not in modules]
    if further:
        yield from (f"Here only: {code(further)}.", "")
    told = {}
    for name in theirs:
        if name not in ours:
            told.setdefault(keras.missing.instead(module, name), []).append(name)
    if told:
        yield from table("not here", [(code(names), text) for text, names in told.items()])


def table(title, rows):
    yield from (f"| {title} | what a script is told |", "| --- | --- |")
    for left, right in rows:
        yield f"| {left} | {right.replace('|', chr(92) + '|')} |"
    yield ""


def missing_lines(theirs):
    """The modules of Keras that are not here at all."""
    told = {}
    for module in theirs:
        parent, _, name = module.rpartition(".")
        if module not in keras.missing.offered() and (parent in keras.missing.offered()):
            told.setdefault(keras.missing.instead(parent, name), []).append(f"keras.{module}")
    yield from ("## Modules that are not here", "")
    yield from table("module", [(code(names), text) for text, names in told.items()])


def listing():
    stored = json.loads(NAMES.read_text("utf-8"))
    theirs = stored["names"]
    lines = [HEADER.format(version=stored["keras"], example=example())]
    for module in parts(theirs):
        lines += module_lines(module, theirs[module])
    return "\n".join([*lines, *missing_lines(theirs)]).rstrip() + "\n"


def main(arguments):
    text = listing()
    if "--check" not in arguments:
        LISTING.write_text(text, "utf-8")
        return 0
    old = LISTING.read_text("utf-8") if LISTING.exists() else ""
    diff = difflib.unified_diff(old.splitlines(), text.splitlines(), "keras.md", "keras.md as generated", lineterm="")
    complaint = "\n".join(diff)
    if complaint:
        print(complaint)
        print("docs/keras.md is stale. Run: python .ci/make_keras_listing.py", file=sys.stderr)
    return 1 if complaint else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
