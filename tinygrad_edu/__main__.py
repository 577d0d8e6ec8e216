"""The command line: `tinygrad-edu demo` and `tinygrad-edu exercises`, the same as `python -m tinygrad_edu …`."""

import argparse
import sys

from .exercises import commands as exercises


def main(arguments=None):
    """Run a command; the exit status is returned."""
    arguments = sys.argv[1:] if arguments is None else arguments
    parser = argparse.ArgumentParser(prog="tinygrad-edu", description="Learn and teach gradient descent.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    demo = commands.add_parser("demo", help="train a network on the breast-cancer data and draw it")
    demo.add_argument("--folder", default="tinygrad-edu-demo", help="where the pictures go (default: %(default)s)")
    demo.add_argument("--epochs", type=int, default=60, help="at most so many (default: %(default)s)")
    demo.add_argument("--seed", type=int, default=0, help="another seed gives another run (default: %(default)s)")
    exercises.add_to(commands, arguments)
    options = parser.parse_args(arguments)
    return exercises.run(options) if options.command == "exercises" else _demo(demo, options)


def _demo(parser, options):
    if options.epochs < 1:
        parser.error(f"--epochs must be at least 1; received {options.epochs}")
    from .demo import run

    try:
        run(options.folder, options.epochs, options.seed)
    except OSError as error:
        parser.error(f"cannot write the pictures: {error}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
