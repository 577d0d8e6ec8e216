"""The documentation site's pages, gathered from where they are kept: what `mkdocs build` shows.

The READMEs, the lessons, CONTRIBUTING.md and docs/ stay the only sources; the API reference lists what the package
names as public, and mkdocstrings fills it from the docstrings. mkdocs.yml names this file as a hook: MkDocs calls the
functions that begin with `on_`. A page loads nothing from the network: formulas become MathML here.

    pip install ".[docs]" && mkdocs build       writes site/, to be opened as files
"""

import html
import importlib
import importlib.util
import os
import re
import shutil
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "docs"
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
REPOSITORY = PYPROJECT["project"]["urls"]["Repository"]
LANGUAGES = {"en": "", "es": "es/"}  # where the pages of a language begin
LISTS = {
    "en": ("Lessons", "[En español](../es/lessons/index.md)"),
    "es": ("Lecciones", "[In English](../../lessons/index.md)"),
}

# The pages that are files of the repository.
PAGES = {
    "README.md": "index.md",
    "README.es.md": "es/index.md",
    "CONTRIBUTING.md": "contributing.md",
    "docs/classroom.md": "classroom.md",
    "docs/classroom.es.md": "es/classroom.md",
    "docs/benchmarks.md": "benchmarks.md",
    "docs/design.md": "design.md",
    "docs/doctor/README.md": "doctor.md",
    "docs/doctor/README.es.md": "es/doctor.md",
    "docs/exercises.md": "exercises.md",
    "docs/gallery.md": "gallery.md",
    "docs/glossary.md": "glossary.md",
    "docs/glossary.es.md": "es/glossary.md",
    "docs/keras.md": "keras.md",
    "docs/spark.md": "spark.md",
    "docs/streams.md": "streams.md",
}

# The pages of the API reference: a title, and the modules whose public functions and classes stand on it.
REFERENCE = {
    "tensors": ("Tensors and gradients", "tinygrad_edu", "tinygrad_edu.gradcheck"),
    "ops": ("Ops", "tinygrad_edu.ops"),
    "models": ("Models", "tinygrad_edu.nn.model"),
    "layers": ("Layers", "tinygrad_edu.nn.layers"),
    "losses": ("Losses", "tinygrad_edu.nn.losses"),
    "metrics": ("Metrics", "tinygrad_edu.nn.metrics"),
    "callbacks": ("Callbacks", "tinygrad_edu.nn.callbacks"),
    "parts": (
        "Activations, initializers, regularizers, constraints",
        *[f"tinygrad_edu.nn.{name}" for name in ("activations", "initializers", "regularizers", "constraints")],
    ),
    "optim": ("Optimizers", "tinygrad_edu.optim", "tinygrad_edu.optim.schedules"),
    "data": ("Data", "tinygrad_edu.data", "tinygrad_edu.data.datasets"),
    "viz": ("Pictures", "tinygrad_edu.viz"),
    "replay": ("Replay", "tinygrad_edu.replay"),
    "doctor": ("The doctor", "tinygrad_edu.doctor"),
    "exercises": ("Exercises", "tinygrad_edu.exercises"),
    "spark": ("Apache Spark", "tinygrad_edu.spark"),
}


# -- the pages -------------------------------------------------------------------------------------------


def make_lessons():
    """The module that reads the lessons."""
    return loaded(ROOT / ".ci" / "make_lessons.py")


def cheatsheet():
    """The module that makes the cheat sheet."""
    return loaded(ROOT / ".ci" / "site" / "cheatsheet.py")


def loaded(path):
    """The module of a file that is no part of a package."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def lesson_pages():
    """The lessons as pages, and a list of them in each language: a dict from the page's path to its text."""
    maker, pages = make_lessons(), {}
    for language, start in LANGUAGES.items():
        title, other = LISTS[language]
        listed = []
        for source in maker.sources():
            cells = maker.in_language(maker.cells_of(source.read_text("utf-8")), language)
            text = "\n\n".join(text if kind == "markdown" else f"```python\n{text}\n```" for kind, text in cells)
            pages[f"{start}lessons/{source.stem}.md"] = text + "\n"
            number, _, heading = text.partition("\n")[0].removeprefix("# ").partition(". ")
            listed.append(f"{number}. [{heading}]({source.stem}.md)\n")
        pages[f"{start}lessons/index.md"] = f"# {title}\n\n{other}\n\n{''.join(listed)}"
    return pages


def public(module):
    """The functions and classes that a module has as its public names, as the full names of where they are defined."""
    within = "tinygrad_edu" if hasattr(module, "__all__") else module.__name__
    names = getattr(module, "__all__", None) or [name for name in dir(module) if not name.startswith("_")]
    found = set()
    for thing in (getattr(module, name) for name in names):
        home, named = getattr(thing, "__module__", None) or "", getattr(thing, "__qualname__", "")
        if home.startswith(within) and named.isidentifier() and thing.__doc__:
            found.add(f"{home}.{named}")
    return sorted(found, key=lambda name: name.rpartition(".")[2].lower())


def reference_pages():
    """The pages of the API reference: for each public name the line that mkdocstrings replaces by its docstring."""
    pages, seen = {}, set()
    for name, (title, *modules) in REFERENCE.items():
        parts = [f"# {title}"]
        for module in map(importlib.import_module, modules):
            own = [thing for thing in public(module) if thing not in seen]
            seen |= set(own)
            parts += [f"Names of `{module.__name__}`.", *[f"::: {thing}" for thing in own]]
        pages[f"reference/{name}.md"] = "\n\n".join(parts) + "\n"
    listed = "\n".join(f"- [{title}]({name}.md)" for name, (title, *_) in REFERENCE.items())
    pages["reference/index.md"] = f"# API reference\n\nEvery public name, from its docstring.\n\n{listed}\n"
    return pages


# -- links -----------------------------------------------------------------------------------------------


def relative(target, folder):
    """The path from a folder of pages to one of them."""
    return Path(os.path.relpath(target, folder or ".")).as_posix()


def moved(text, origin, page):
    """The text of a file of the repository as a page of the site: its links lead to pages, or into the repository.

    Args:
        text: Markdown.
        origin: the path of the file in the repository.
        page: the path of the page.
    """
    lessons = r"examples/lessons/(en|es)(?:/(\d\d_\w+)\.(?:py|ipynb))?"

    def link(found):
        target, anchor = found[1], found[2] or ""
        if "://" in target or not target:
            target = target.replace(f"{REPOSITORY}/blob/main/", "/")
            if not target.startswith("/"):
                return found[0]
        path = os.path.normpath(target[1:] if target[0] == "/" else Path(origin).parent / target)
        if lesson := re.fullmatch(lessons, path):
            target = f"{LANGUAGES[lesson[1]]}lessons/{lesson[2] or 'index'}.md"
        elif path in PAGES:
            target = PAGES[path]
        elif path.startswith("docs/images/"):
            target = path.removeprefix("docs/")
        else:
            kind = "tree" if (ROOT / path).is_dir() else "blob"
            return f"]({REPOSITORY}/{kind}/main/{path}{anchor})"
        return f"]({relative(target, os.path.dirname(page))}{anchor})"

    fences = re.split(r"(^```.*?^```$)", text, flags=re.MULTILINE | re.DOTALL)
    fences[::2] = [re.sub(r"\]\(([^)#\s]*)(#[^)\s]*)?\)", link, prose) for prose in fences[::2]]
    return "".join(fences)


def gather(folder):
    """Write every page into a folder, which is made anew."""
    shutil.rmtree(folder, ignore_errors=True)
    pages = lesson_pages() | reference_pages()
    pages |= {page: moved((ROOT / origin).read_text("utf-8"), origin, page) for origin, page in PAGES.items()}
    for page, text in pages.items():
        if page.rpartition("/")[0].endswith("lessons"):
            text = moved(text, f"examples/lessons/{Path(page).name}", page) if "index.md" not in page else text
        path = Path(folder) / page
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    shutil.copytree(ROOT / "docs" / "images", Path(folder) / "images")
    sheet = cheatsheet()
    for language, start in LANGUAGES.items():
        (Path(folder) / start / "cheatsheet.md").write_text(sheet.as_markdown(language), "utf-8")
        sheet.write(Path(folder) / start / sheet.FOLDER)


def navigation():
    """The tree of the pages, as MkDocs takes it."""

    def lessons(start):
        return [f"{start}lessons/index.md", *sorted(f"{start}lessons/{s.stem}.md" for s in make_lessons().sources())]

    return [
        {"Start": "index.md"},
        {"Lessons": [*lessons(""), {"Glossary": "glossary.md"}, {"Exercises": "exercises.md"}]},
        {
            "Guides": [
                {"Cheat sheet": "cheatsheet.md"},
                {"Gallery": "gallery.md"},
                {"The classroom in a browser": "classroom.md"},
                {"The doctor of trainings": "doctor.md"},
                {"Keras, name by name": "keras.md"},
                {"Training on Apache Spark": "spark.md"},
                {"Data larger than memory": "streams.md"},
                {"How it works: engine and replay": "design.md"},
                {"Benchmarks": "benchmarks.md"},
                {"Contributing": "contributing.md"},
            ]
        },
        {
            "API reference": [
                "reference/index.md",
                *[{REFERENCE[name][0]: f"reference/{name}.md"} for name in REFERENCE],
            ]
        },
        {
            "Español": [
                "es/index.md",
                {"Lecciones": lessons("es/")},
                {"Chuleta": "es/cheatsheet.md"},
                {"Glosario": "es/glossary.md"},
                {"El aula en un navegador": "es/classroom.md"},
                {"El doctor de entrenamientos": "es/doctor.md"},
            ]
        },
    ]


# -- what MkDocs calls -----------------------------------------------------------------------------------


def on_config(config):
    """Gather the pages before MkDocs looks for them."""
    sys.path.insert(0, str(ROOT))
    gather(BUILD)
    config.docs_dir, config.nav = str(BUILD), navigation()
    return config


def on_page_context(context, page, config, nav):
    """The labels of the theme in the language of the page."""
    config.theme["language"] = language_of(page)
    return context


def on_page_content(content, page, config, files):
    """Formulas as MathML, which browsers draw by themselves."""
    from latex2mathml.converter import convert

    def formula(found):
        inline = found[1] == "span"
        return convert(html.unescape(found[2])[2:-2], display="inline" if inline else "block")

    return re.sub(r'<(span|div) class="arithmatex">(.*?)</\1>', formula, content, flags=re.DOTALL)


def on_post_page(output, page, config):
    """Say the language of the page, and refuse what it would load from the network."""
    if loaded := from_the_network(output):
        from mkdocs.exceptions import PluginError

        raise PluginError(f"{page.file.src_uri} would load from the network: {loaded}")
    return in_language(output, language_of(page))


def language_of(page):
    """The language of a page, by its folder."""
    return "es" if page.file.src_uri.startswith("es/") else "en"


def from_the_network(page):
    """The first thing that an HTML page loads from elsewhere, or None."""
    source = r'<(?:script|img|iframe|source)\b[^>]*\bsrc="(?:https?:)?//[^"]*'
    sheet = r'<link\b[^>]*\brel="stylesheet"[^>]*"(?:https?:)?//[^"]*'
    found = re.search(f"{source}|{sheet}", page)
    return found and found[0]


def in_language(page, language):
    """An HTML page that says its language."""
    return page.replace('<html lang="en"', f'<html lang="{language}"', 1)
