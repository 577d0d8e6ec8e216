"""The command line: `tinygrad-edu demo`, the same as `python -m tinygrad_edu demo`."""

import argparse
import sys


def main(arguments=None):
    """Run a command; the exit status is returned."""
    parser = argparse.ArgumentParser(prog="tinygrad-edu", description="Learn and teach gradient descent.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    demo = commands.add_parser("demo", help="train a network on the breast-cancer data and draw it")
    demo.add_argument("--folder", default="tinygrad-edu-demo", help="where the pictures go (default: %(default)s)")
    demo.add_argument("--epochs", type=int, default=60, help="at most so many (default: %(default)s)")
    demo.add_argument("--seed", type=int, default=0, help="another seed gives another run (default: %(default)s)")
    options = parser.parse_args(arguments)
    if options.epochs < 1:
        demo.error(f"--epochs must be at least 1; received {options.epochs}")
    from .demo import run

    try:
        run(options.folder, options.epochs, options.seed)
    except OSError as error:
        demo.error(f"cannot write the pictures: {error}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
