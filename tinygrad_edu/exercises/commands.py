"""`tinygrad-edu exercises …`: what each command does and prints, in the user's language."""

import json
import os
import sys
from functools import partial
from pathlib import Path

from ..common.files import replacing
from ..common.language import LANGUAGES, checked_language
from .catalogue import bare, exercises, find
from .containment import missing
from .failures import Wrong
from .grading import POINTS, as_csv, grade
from .judging import judge_file
from .language import say, suggestion
from .notebooks import SUFFIX
from .parser import Parser
from .printing import cut, show_command, show_points, show_text, show_verdict
from .progress import Progress, usual_folder
from .students import SECONDS, Process

LONG = 60.0  # seconds for a picture: the first one ever drawn looks for fonts


class Problem(Exception):  # noqa: N818
    """An error that stops a command with a sentence for the user."""


def add_to(commands, arguments):
    """Add `exercises` and its commands to the command line.

    Args:
        commands: the subparsers of argparse.
        arguments: what was typed: its `--lang` is the language of the help too.
    """
    language = typed_language(arguments)

    def word(key):
        return say(key, language)

    group = commands.add_parser("exercises", help=word("help_exercises"))
    group.set_defaults(parser=group)
    new_parser = partial(Parser, language)
    actions = group.add_subparsers(dest="action", metavar=word("word_command"), parser_class=new_parser)

    def action(name, run, *positional):
        parser = actions.add_parser(name, help=word(f"help_{name}"), description=word(f"help_{name}"))
        for argument, options in positional:
            parser.add_argument(argument, **options)
        parser.add_argument("--lang", choices=LANGUAGES, help=word("help_lang"))
        parser.add_argument("--exercises", metavar=word("word_folder"), help=word("help_own"))
        parser.set_defaults(run=run, parser=parser, language=language)
        return parser

    def of_student(parser):
        options = {"default": usual_folder(), "metavar": word("word_folder"), "help": word("help_folder")}
        parser.add_argument("--folder", "--to", **options)

    def seconds(parser):
        options = {"type": float, "default": SECONDS, "metavar": word("word_number"), "help": word("help_seconds")}
        parser.add_argument("--seconds", **options)

    name = ("name", {"metavar": word("word_name"), "help": word("help_name")})
    target = ("target", {"nargs": "?", "metavar": word("word_target"), "help": word("help_target")})
    folder = ("dir", {"metavar": word("word_folder"), "help": word("help_submissions")})
    of_student(action("list", _list))
    of_student(action("start", _start, name))
    check = action("check", _check, target)
    of_student(check)
    check.add_argument("--picture", action="store_true", help=word("help_picture"))
    check.add_argument("--json", action="store_true", help=word("help_check_json"))
    seconds(check)
    hint = action("hint", _hint, name)
    of_student(hint)
    hint.add_argument("--all", action="store_true", help=word("help_all"))
    action("solution", _solution, name)
    grades = action("grade", _grade, folder)
    grades.add_argument("--json", metavar=word("word_out"), help=word("help_json"))
    grades.add_argument("--csv", metavar=word("word_out"), help=word("help_csv"))
    only = {"action": "append", "default": [], "metavar": word("word_exercise"), "help": word("help_only")}
    grades.add_argument("--exercise", **only)
    points = {"type": float, "default": POINTS, "metavar": word("word_number"), "help": word("help_points")}
    grades.add_argument("--points", **points)
    seconds(grades)
    grades.add_argument("--jobs", type=int, metavar=word("word_number"), help=word("help_jobs"))


def typed_language(arguments):
    """The language that `--lang` asks for, or the user's."""
    for one, following in zip(arguments, [*arguments[1:], ""]):
        typed = following if one == "--lang" else one.removeprefix("--lang=")
        if typed in LANGUAGES and one.startswith("--lang"):
            return typed
    return checked_language(None)


def run(options):
    """Run one of the commands; the exit status is returned."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a console without ✓ shows a ?
    if options.action is None:
        return options.parser.show("tinygrad-edu exercises list")
    session = _Session(options)
    try:
        return options.run(session, options)
    except Problem as problem:
        return options.parser.exit(2, f"{problem}\n")
    except BrokenPipeError:  # who reads has enough, as `| head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


class _Session:
    """The language, the exercises and the student's folder of one command."""

    def __init__(self, options):
        self.options = options
        self.progress = Progress(getattr(options, "folder", "."))
        self.language = options.lang or self.progress.language
        if self.language not in LANGUAGES:
            self.language = checked_language(None)
        self.own = options.exercises

    def say(self, key, /, **fields):
        return say(key, self.language, **fields)

    def every(self):
        try:
            return exercises(self.own)
        except ValueError:
            raise Problem(self.say("no_exercises", folder=self.own)) from None

    def find(self, name):
        every = self.every()
        try:
            return find(name, self.own)
        except ValueError:
            names = [exercise.name for exercise in every]
            hint = suggestion(bare(name), names, self.language)
            raise Problem(self.say("no_exercise", name=name, hint=hint, names=", ".join(names))) from None

    def command(self, action, exercise):
        """The commands that the user may type next."""
        words = ["tinygrad-edu exercises", action, exercise.name]
        folder = getattr(self.options, "folder", usual_folder())
        if folder != usual_folder():
            words += ["--folder", _quoted(folder)]
        if self.own:
            words += ["--exercises", _quoted(self.own)]
        return " ".join(words)

    def text(self, exercise):
        return exercise.text(self.language)

    def keep(self, *arguments, **entry):
        try:
            self.progress.keep(*arguments, **entry)
        except OSError as error:
            raise Problem(self.say("cannot_write", path=self.progress.folder, error=error.strerror or error)) from None


def _quoted(path):
    import shlex

    return shlex.quote(str(path))


# -- the commands --------------------------------------------------------------------------------------


def _list(session, options):
    every = session.every()
    done = sum(session.progress.done(exercise) for exercise in every)
    print(session.say("list_title", count=len(every), done=done))
    longest = max(len(exercise.name) for exercise in every)
    for exercise in every:
        state, note = _state(session, exercise)
        line = f"{state} {exercise.number}  {exercise.name.ljust(longest)}  {session.text(exercise).title}{note}"
        print(cut(line))
    following = next((e for e in every if not session.progress.done(e)), None)
    if following and not session.progress.started(following):
        print()
        show_command(session.say("list_help"), session.command("start", following))
    return 0


def _state(session, exercise):
    entry = session.progress.of(exercise)
    if session.progress.done(exercise):
        return "✓", ""
    if "of" in entry and session.progress.started(exercise):
        return "·", f" ({entry['passed']}/{entry['of']})"
    return ("·", f" ({session.say('started')})") if session.progress.started(exercise) else (" ", "")


def _start(session, options):
    exercise = session.find(options.name)
    path = session.progress.file(exercise)
    text = session.text(exercise)
    check = session.command("check", exercise)
    new = not path.exists()
    if new:
        header = f'"""{text.title}\n\n{text.body}\n\n{session.say("header")}\n\n    {check}\n"""\n\n\n'
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with replacing(path, overwrite=False) as file:
                file.write((header + exercise.starter_in(session.language)).encode("utf-8"))
        except OSError as error:
            raise Problem(session.say("cannot_write", path=path, error=error.strerror or error)) from None
    session.keep(language=session.language)
    show_text(text.title)
    print()
    show_text(text.body)
    print()
    if new:
        show_command(session.say("wrote", path=path), check)
    else:
        show_text(session.say("exists", path=path))
    return 0


def _check(session, options):
    if not options.seconds > 0:
        raise Problem(session.say("positive", option="--seconds", received=options.seconds))
    jobs = _jobs(session, options)
    found = []
    for i, (exercise, path) in enumerate(jobs):
        verdict = judge_file(exercise, path, options.seconds)
        found.append(verdict)
        if path == session.progress.file(exercise):
            session.keep(exercise, passed=verdict.passed, of=len(verdict.results))
        if not options.json:
            if i:
                print()
            show_verdict(session, verdict)
            if options.picture:
                _picture(session, verdict, path)
            elif verdict.ok and hasattr(exercise.module, "picture") and path == session.progress.file(exercise):
                show_command(session.say("ask_picture"), session.command("check", exercise) + " --picture")
    if options.json:
        print(json.dumps([verdict.as_dict(session.language) for verdict in found], indent=2, ensure_ascii=False))
    return 0 if all(verdict.ok for verdict in found) else 1


def _jobs(session, options):
    """The exercises and files to check."""
    target = options.target
    if target and (target.endswith((".py", SUFFIX)) or Path(target).is_file()):
        return [(session.find(Path(target).name), Path(target))]
    if target:
        exercise = session.find(target)
        if not session.progress.started(exercise):
            path = session.progress.file(exercise)
            raise Problem(session.say("no_file", path=path, command=session.command("start", exercise)))
        return [(exercise, session.progress.file(exercise))]
    every = session.every()
    jobs = [(exercise, session.progress.file(exercise)) for exercise in every if session.progress.started(exercise)]
    if not jobs:
        command = session.command("start", every[0])
        raise Problem(session.say("none_started", folder=session.progress.folder, command=command))
    return jobs


def _picture(session, verdict, path):
    draw = getattr(verdict.exercise.module, "picture", None)
    if draw is None:
        show_text(session.say("no_picture"))
        return
    if not verdict.ok:
        show_text(session.say("no_picture_yet"))
        return
    target = path.with_suffix(".png")
    try:
        with Process(path, LONG) as student:
            figure = draw(student, verdict.exercise.text(session.language).labels)
        with replacing(target) as file:
            figure.savefig(file, format="png")
    except Wrong as wrong:
        raise Problem(session.say(wrong.key, **wrong.fields)) from None
    except (OSError, ImportError) as error:
        raise Problem(session.say("cannot_write", path=target, error=error)) from None
    show_text(session.say("picture", path=target))


def _hint(session, options):
    exercise = session.find(options.name)
    hints = session.text(exercise).hints
    seen = session.progress.of(exercise).get("hints", 0)
    seen = seen if isinstance(seen, int) and seen >= 0 else 0
    if options.all:
        shown = range(len(hints))
    elif seen < len(hints):
        shown = [seen]
    else:
        show_command(session.say("no_more_hints"), session.command("solution", exercise))
        shown = range(len(hints))
    for i in shown:
        print(session.say("hint", number=i + 1, count=len(hints)))
        show_text(hints[i], "  ")
    if not options.all and seen < len(hints):
        session.keep(exercise, hints=seen + 1)
    return 0


def _solution(session, options):
    exercise = session.find(options.name)
    print(exercise.solutions[0].read_text("utf-8"), end="")
    return 0


def _grade(session, options):
    folder = Path(options.dir)
    if not folder.is_dir():
        raise Problem(session.say("no_folder", folder=folder))
    for option in ("points", "seconds", "jobs"):
        value = getattr(options, option)
        if value is not None and not value > 0:
            raise Problem(session.say("positive", option=f"--{option}", received=value))
    names = [session.find(name).name for name in options.exercise]
    session.every()
    for lacking in missing():
        show_text(session.say(f"not_contained_{lacking}"), file=sys.stderr)
    grades = grade(folder, names, session.own, session.language, options.points, options.seconds, options.jobs)
    if not grades["students"]:
        raise Problem(session.say("no_submissions", folder=folder))
    texts = {
        options.json: lambda: json.dumps(grades, indent=2, ensure_ascii=False) + "\n",
        options.csv: lambda: as_csv(grades, session.language),
    }
    for out, text in texts.items():
        if out == "-":
            print(text(), end="")
        elif out:
            try:
                with replacing(out) as file:
                    file.write(text().encode("utf-8"))
            except OSError as error:
                raise Problem(session.say("cannot_write", path=out, error=error.strerror or error)) from None
    if "-" not in texts:
        show_points(grades)
    return 0
