"""The command line: `tinygrad-edu demo`, `doctor`, `exercises` and `site`, the same as `python -m tinygrad_edu …`.

Alone it shows what there is, and the first command to try.
"""

import sys

from .common.language import LANGUAGES
from .common.language import language as shown_in
from .common.version import __version__
from .exercises import commands as exercises
from .exercises.language import say
from .exercises.parser import Parser
from .site import commands as site


def main(arguments=None):
    """Run a command; the exit status is returned."""
    arguments = sys.argv[1:] if arguments is None else arguments
    language = exercises.typed_language(arguments)

    def word(key):
        return say(key, language)

    parser = Parser(language, prog="tinygrad-edu", description=word("help_program"))
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}", help=word("help_version"))
    commands = parser.add_subparsers(dest="command", metavar=word("word_command"))
    demo = commands.add_parser("demo", help=word("help_demo"))
    number = {"type": int, "metavar": word("word_number")}
    demo.add_argument(
        "--folder", default="tinygrad-edu-demo", metavar=word("word_folder"), help=word("help_demo_folder")
    )
    demo.add_argument("--epochs", default=60, help=word("help_demo_epochs"), **number)
    demo.add_argument("--seed", default=0, help=word("help_demo_seed"), **number)
    demo.add_argument("--lang", choices=LANGUAGES, default=language, help=word("help_lang"))
    doctor = commands.add_parser("doctor", help=word("help_doctor"))
    doctor.add_argument("script", help=word("help_doctor_script"))
    doctor.add_argument("arguments", nargs="*", default=[], help=word("help_doctor_arguments"))
    doctor.add_argument("--lang", choices=LANGUAGES, default=language, help=word("help_lang"))
    exercises.add_to(commands, arguments)
    site.add_to(commands, language)
    options = parser.parse_args(arguments)
    if options.command is None:
        return parser.show("tinygrad-edu demo")
    if options.command == "doctor":
        return _doctor(doctor, options)
    if options.command == "site":
        return site.run(options)
    return exercises.run(options) if options.command == "exercises" else _demo(demo, options)


def _doctor(parser, options):
    """1 where something is accused, so that a build can ask."""
    from .doctor.commands import run

    try:
        diagnosis = run(options.script, options.arguments, options.lang)
    except FileNotFoundError as error:
        parser.error(str(error))
    return int(diagnosis is not None and not diagnosis.ok)


def _demo(parser, options):
    if options.epochs < 1:
        parser.error(say("demo_epochs", parser.language, received=options.epochs))
    from .demo import run

    shown_in(options.lang)

    try:
        run(options.folder, options.epochs, options.seed)
    except OSError as error:
        parser.error(say("demo_cannot_write", parser.language, error=error))
    except KeyboardInterrupt as stopped:
        parser.exit(130, f"\n{stopped}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
