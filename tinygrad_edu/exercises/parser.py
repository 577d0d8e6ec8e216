"""The parser of the command line, with argparse's own words in the user's language."""

import argparse
import re
import sys
from functools import partial

from .language import say, suggestion


class Parser(argparse.ArgumentParser):
    """An `argparse.ArgumentParser` whose help and errors are in a language, and which asks what a misspelt word meant.

    Args:
        language: "en" or "es".
        **options: those of `argparse.ArgumentParser`.
    """

    def __init__(self, language="en", **options):
        formatter = partial(_Formatter, say("argparse_usage", language))
        super().__init__(add_help=False, formatter_class=formatter, **options)
        self.language = language
        self._positionals.title = say("argparse_positionals", language)
        self._optionals.title = say("argparse_options", language)
        self.add_argument("-h", "--help", action="help", default=argparse.SUPPRESS, help=say("argparse_help", language))

    def add_subparsers(self, **options):
        """Add commands, in the same language."""
        return super().add_subparsers(**{"parser_class": partial(Parser, self.language)} | options)

    def parse_known_args(self, args=None, namespace=None):
        """Parse; a word that is left over is an error of the command that it was typed for, which knows its options."""
        options, others = super().parse_known_args(args, namespace)
        if others:
            self.error(f"unrecognized arguments: {' '.join(others)}")
        return options, others

    def show(self, command):
        """Print the help and the first command to try; the exit status is returned."""
        self.print_help()
        print(f"\n{say('first_command', self.language)}\n\n    {command}")
        return 0

    def error(self, message):
        """Say what is wrong with the command line, and end the program."""
        self.print_usage(sys.stderr)
        message = self._said(message)
        self.exit(2, say("argparse_error", self.language, program=self.prog, message=message) + "\n")

    def _said(self, message):
        """An error of argparse in the language; one that is not known stays as it is."""
        for pattern, key in _SAID.items():
            if found := re.fullmatch(pattern, message):
                fields = found.groupdict()
                if "message" in fields:
                    fields["message"] = self._said(fields["message"])
                if "choices" in fields and "value" in fields:
                    names = [name.strip("'\" ") for name in fields["choices"].split(",")]
                    fields["hint"] = suggestion(fields["value"].strip("'\""), names, self.language)
                elif key == "argparse_unrecognized":
                    typed = fields["names"].split()[0].partition("=")[0]
                    fields["hint"] = suggestion(typed, self._option_string_actions, self.language)
                return say(key, self.language, **fields)
        return message


class _Formatter(argparse.HelpFormatter):
    def __init__(self, prefix, **options):
        super().__init__(**options)
        self._prefix = prefix

    def add_usage(self, usage, actions, groups, prefix=None):
        super().add_usage(usage, actions, groups, f"{self._prefix} " if prefix is None else prefix)


# What argparse says, and the message that says it here.
_SAID = {
    r"argument (?P<name>[^:]+): (?P<message>.*)": "argparse_argument",
    r"the following arguments are required: (?P<names>.*)": "argparse_required",
    r"unrecognized arguments: (?P<names>.*)": "argparse_unrecognized",
    r"invalid choice: (?P<value>.*) \(choose from (?P<choices>.*)\)": "argparse_choice",
    r"invalid \w+ value: (?P<value>.*)": "argparse_value",
    r"expected one argument": "argparse_one",
    r"ambiguous option: (?P<option>.*) could match (?P<choices>.*)": "argparse_ambiguous",
}
