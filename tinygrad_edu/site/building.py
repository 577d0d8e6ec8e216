"""The page of the classroom, written whole or not at all: as a folder for a web server, or as one file.

The page is the same in both. In a folder the browser gets Pyodide and this package as files beside it; in one file they
stand inside it, compressed and as text, so that it opens by a double-click and asks nothing of any network.
"""

import base64
import gzip
import os
import shutil
import tempfile
from importlib import resources
from pathlib import Path

from ..common.files import replacing
from ..common.language import LANGUAGES
from ..common.plain import plain
from ..common.version import __version__
from ..viz.html import escape, json_text
from ..viz.html import page_file as shared_file
from . import playground, pyodide
from .contents import archive, exercise_texts, lessons
from .texts import say

ONE_FILE = "classroom.html"
FILES = "files"  # the folder beside the page
_MADE_BY = f'<meta name="generator" content="tinygrad_edu {__version__}">'
_STYLES = ("shell.css", "lessons.css", "exercises.css", "playground.css")
_SCRIPTS = (
    *("vendor/editor.js", "vendor/text.js", "classroom.js"),
    *("lessons.js", "exercises.js", "playground.js", "shell.js"),
)
_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval' blob:; style-src 'unsafe-inline'; "
    "img-src data: blob:; media-src data: blob:; connect-src data: blob: {connect}; worker-src blob:; "
    "frame-src blob: data:; base-uri 'none'; form-action 'none'"
)


def build(target, one_file=False, language="en", pyodide_from=None, own=None, plots=False):
    """Write the classroom, whole or not at all.

    Args:
        target: the folder. As one file it gets a file `classroom.html` in there; a target that ends in .html is
            that file itself.
        one_file: one file that opens by a double-click, in place of a folder for a web server.
        language: "en" or "es", in which the page opens; it can be changed there.
        pyodide_from: a folder with a copy of Pyodide, or the address of one; by default the user's cache.
        own: a folder of exercises to show after those of the package.
        plots: with matplotlib, which a third of the lessons' cells draw with.

    Returns:
        The path of the page.

    Raises:
        pyodide.NoPyodide: Pyodide is not to be had.
        contents.MissingPackage: a package that the page needs is not installed.
        FileExistsError: the folder holds something else than a classroom.
        OSError: it cannot be written.
    """
    target = Path(target)
    if not one_file:
        _refuse_foreign(target)
    files = pyodide.files(pyodide_from, ("numpy", "matplotlib") if plots else ("numpy",))
    files = {**files, "package.zip": archive(own)}
    files = pyodide.uncompressed(files) if one_file else files
    data = {
        "language": language,
        "languages": LANGUAGES,
        "words": {language: say.table(language) for language in LANGUAGES},
        "files": list(files),
        "inside": one_file,
        "plots": plots,
        "version": __version__,
        "lessons": lessons(),
        "exercises": exercise_texts(own),
        "playground": plain(playground.first()),
    }
    if one_file:
        return _write_file(target if target.suffix == ".html" else target / ONE_FILE, _page(data, files))
    return _write_folder(target, _page(data), files)


def _page(data, files=None):
    """The HTML, with the files inside where there are any."""
    parts = {
        "language": data["language"],
        "policy": _POLICY.format(connect="" if files else "'self'").replace(" ;", ";"),
        "generator": _MADE_BY,
        "styles": "\n".join([shared_file("base.css"), *map(_text_of, _STYLES)]),
        "data": json_text(data),
        "worker": _in_script(_text_of("worker.js")),
        "licences": escape(_text_of("vendor/LICENSES.txt")),
        "files": "\n".join(_inside(name, content) for name, content in (files or {}).items()),
        "scripts": "\n".join(f"<script>{_in_script(text)}</script>" for text in map(_text_of, _SCRIPTS)),
    }
    before, *pieces = _text_of("shell.html").split("{{")
    for piece in pieces:
        name, _, after = piece.partition("}}")
        before += parts[name] + after
    return before


def _text_of(name):
    """A file of `pages/`."""
    return resources.files(__package__).joinpath("pages", *name.split("/")).read_text("utf-8")


def _in_script(text):
    return text.replace("</script", "<\\/script").replace("<!--", "<\\!--")


def _inside(name, content):
    """A file as it stands inside the page: compressed, as text."""
    text = base64.b64encode(gzip.compress(content, 9, mtime=0)).decode("ascii")
    return f'<script type="text/plain" data-file="{escape(name)}">{text}</script>'


def _write_file(path, page):
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as file:
        file.write(page.encode("utf-8"))
    return path


def _refuse_foreign(target):
    """A folder is only replaced where it is empty, or holds a classroom."""
    if target.exists() and (not target.is_dir() or any(target.iterdir()) and not _is_classroom(target)):
        raise FileExistsError(str(target))


def _is_classroom(target):
    index = target / "index.html"
    return index.is_file() and _MADE_BY.rpartition(" ")[0].encode() in index.read_bytes()[:4096]


def _write_folder(target, page, files):
    """Written beside the target, which it then takes the place of."""
    target.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    before = made.with_name(f"{made.name}.old")
    try:
        (made / FILES).mkdir()
        for name, content in files.items():
            (made / FILES / name).write_bytes(content)
        (made / "index.html").write_text(page, encoding="utf-8")
        made.chmod(0o755)  # a web server reads it, often as another user
        if target.exists():
            os.replace(target, before)
        os.replace(made, target)
    except BaseException:
        if before.exists() and not target.exists():
            os.replace(before, target)
        raise
    finally:
        shutil.rmtree(made, ignore_errors=True)
        shutil.rmtree(before, ignore_errors=True)
    return target / "index.html"
