"""`tinygrad-edu site …`: what the command does and prints, in the user's language."""

from pathlib import Path

from ..common.language import LANGUAGES
from ..exercises.language import say


def add_to(commands, language):
    """Add `site` to the command line.

    Args:
        commands: the subparsers of argparse.
        language: "en" or "es", of the help, and by default of the page.
    """

    def word(key):
        return say(key, language)

    parser = commands.add_parser("site", help=word("help_site"), description=word("help_site_long"))
    folder = {"metavar": word("word_folder")}
    parser.add_argument("folder", help=word("help_site_folder"), **folder)
    parser.add_argument("--one-file", action="store_true", help=word("help_site_one_file"))
    parser.add_argument("--lang", choices=LANGUAGES, default=language, help=word("help_site_lang"))
    parser.add_argument("--pyodide", metavar=word("word_place"), help=word("help_site_pyodide"))
    parser.add_argument("--own", help=word("help_site_own"), **folder)
    parser.add_argument("--plots", action="store_true", help=word("help_site_plots"))
    parser.set_defaults(parser=parser)


def run(options):
    """Build the page; the exit status is returned."""
    from .building import build
    from .contents import MissingPackage
    from .pyodide import NoPyodide

    language = options.parser.language
    try:
        page = build(
            options.folder, options.one_file, options.lang, options.pyodide, _own(options, language), options.plots
        )
    except NoPyodide as problem:
        options.parser.error(say(problem.key, language, **problem.fields))
    except MissingPackage as problem:
        options.parser.error(say("site_missing_package", language, package=problem.name))
    except FileExistsError:
        options.parser.error(say("site_foreign", language, folder=options.folder))
    except OSError as error:
        options.parser.error(say("demo_cannot_write", language, error=error))
    size = f"{sum(path.stat().st_size for path in _files(page, options)) / 1e6:.1f}"
    print(say("site_written_file" if options.one_file else "site_written_folder", language, page=page, size=size))
    if not options.one_file:
        print(f"    python3 -m http.server --directory {page.parent}")
    return 0


def _own(options, language):
    """The folder of a teacher's exercises, where it holds any."""
    if options.own is not None and not list(Path(options.own).glob("*/check.py")):
        options.parser.error(say("no_exercises", language, folder=options.own))
    return options.own


def _files(page, options):
    return [page] if options.one_file else [path for path in page.parent.rglob("*") if path.is_file()]
