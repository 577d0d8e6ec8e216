"""`tinygrad-edu exercises …`: what each command does and prints, in the user's language."""

import json
import os
import shutil
import sys
import textwrap
from pathlib import Path

from ..files import replacing
from .catalogue import exercises, find
from .grading import POINTS, as_csv, grade
from .judging import judge_file
from .language import LANGUAGES, say, user_language
from .progress import Progress, usual_folder
from .students import SECONDS, Process

WIDEST = 88  # columns
MOST_LINES = 12  # of what a student's file prints


class Problem(Exception):  # noqa: N818
    """What stops a command: a sentence for the user."""


def add_to(commands, arguments):
    """Add `exercises` and its commands to the command line.

    Args:
        commands: the subparsers of argparse.
        arguments: what was typed: its `--lang` is the language of the help too.
    """
    language = _typed_language(arguments)
    group = commands.add_parser("exercises", help=say("help_exercises", language))
    actions = group.add_subparsers(dest="action", required=True, metavar="command")

    def action(name, run, *positional):
        parser = actions.add_parser(name, help=say(f"help_{name}", language), description=say(f"help_{name}", language))
        for argument, options in positional:
            parser.add_argument(argument, **options)
        parser.add_argument("--lang", choices=LANGUAGES, help=say("help_lang", language))
        parser.add_argument("--exercises", metavar="DIR", help=say("help_own", language))
        parser.set_defaults(run=run, parser=parser, language=language)
        return parser

    def of_student(parser):
        folder = usual_folder()
        parser.add_argument("--folder", "--to", default=folder, metavar="DIR", help=say("help_folder", language))

    name = ("name", {"help": say("help_name", language)})
    target = ("target", {"nargs": "?", "metavar": "NAME|FILE", "help": say("help_target", language)})
    of_student(action("list", _list))
    of_student(action("start", _start, name))
    check = action("check", _check, target)
    of_student(check)
    check.add_argument("--picture", action="store_true", help=say("help_picture", language))
    check.add_argument("--json", action="store_true", help=say("help_check_json", language))
    check.add_argument("--seconds", type=float, default=SECONDS, help=say("help_seconds", language))
    hint = action("hint", _hint, name)
    of_student(hint)
    hint.add_argument("--all", action="store_true", help=say("help_all", language))
    action("solution", _solution, name)
    grades = action("grade", _grade, ("dir", {"metavar": "DIR", "help": say("help_submissions", language)}))
    grades.add_argument("--json", metavar="OUT", help=say("help_json", language))
    grades.add_argument("--csv", metavar="OUT", help=say("help_csv", language))
    grades.add_argument("--exercise", action="append", default=[], metavar="NAME", help=say("help_only", language))
    grades.add_argument("--points", type=float, default=POINTS, help=say("help_points", language))
    grades.add_argument("--seconds", type=float, default=SECONDS, help=say("help_seconds", language))
    grades.add_argument("--jobs", type=int, metavar="N", help=say("help_jobs", language))


def _typed_language(arguments):
    for one, following in zip(arguments, [*arguments[1:], ""]):
        typed = following if one == "--lang" else one.removeprefix("--lang=")
        if typed in LANGUAGES and one.startswith("--lang"):
            return typed
    return user_language()


def run(options):
    """Run one of the commands; the exit status is returned."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a console without ✓ shows a ?
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
        self.language = options.lang or self.progress.language or user_language()
        if self.language not in LANGUAGES:
            self.language = user_language()
        self.own = options.exercises

    def say(self, key, **fields):
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
            raise Problem(self.say("no_exercise", name=name, names=", ".join(e.name for e in every))) from None

    def command(self, action, exercise):
        """What the user may type next."""
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


# -- printing ------------------------------------------------------------------------------------------


def _width():
    return max(min(shutil.get_terminal_size().columns, WIDEST), 24)


def _print(text="", indent="", mark=""):
    """Print paragraphs as wide as the terminal; what is indented by four spaces stays as it is."""
    wrapper = textwrap.TextWrapper(
        _width(), initial_indent=indent + mark, subsequent_indent=indent + " " * len(mark), break_on_hyphens=False
    )
    paragraphs = []
    for paragraph in text.split("\n\n"):
        if paragraph.startswith("    "):
            paragraphs.append(textwrap.indent(paragraph, indent))
        else:
            items = paragraph.split("\n- ")  # a list has an item a line
            lines = [items[0], *(f"- {item}" for item in items[1:])]
            paragraphs.append("\n".join(wrapper.fill(" ".join(line.split())) for line in lines))
    print("\n\n".join(paragraphs))


def _print_command(text, command):
    """Print a sentence and, on a line of its own so that it can be copied, a command."""
    _print(text)
    print(f"    {command}")


# -- the commands --------------------------------------------------------------------------------------


def _list(session, options):
    every = session.every()
    done = sum(session.progress.done(exercise) for exercise in every)
    print(session.say("list_title", count=len(every), done=done))
    longest = max(len(exercise.name) for exercise in every)
    for exercise in every:
        state, note = _state(session, exercise)
        line = f"{state} {exercise.number}  {exercise.name.ljust(longest)}  {session.text(exercise).title}{note}"
        print(_cut(line))
    following = next((e for e in every if not session.progress.done(e)), None)
    if following and not session.progress.started(following):
        print()
        _print_command(session.say("list_help"), session.command("start", following))
    return 0


def _cut(line):
    return line if len(line) <= _width() else line[: _width() - 1] + "…"


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
                file.write((header + exercise.starter).encode("utf-8"))
        except OSError as error:
            raise Problem(session.say("cannot_write", path=path, error=error.strerror or error)) from None
        session.keep(language=options.lang)
    _print(text.title)
    print()
    _print(text.body)
    print()
    if new:
        _print_command(session.say("wrote", path=path), check)
    else:
        _print(session.say("exists", path=path))
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
            _show(session, verdict)
            if options.picture:
                _picture(session, verdict, path)
    if options.json:
        print(json.dumps([verdict.as_dict(session.language) for verdict in found], indent=2, ensure_ascii=False))
    return 0 if all(verdict.ok for verdict in found) else 1


def _jobs(session, options):
    """The exercises and files to check."""
    target = options.target
    if target and (target.endswith(".py") or Path(target).is_file()):
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


def _show(session, verdict):
    exercise = verdict.exercise
    key = "all_passed" if verdict.ok else "some_passed"
    title = f"{exercise.number} {session.text(exercise).title}"
    _print(session.say(key, title=title, passed=verdict.passed, of=len(verdict.results)))
    said = None
    for result in verdict.results:
        mark = {True: "✓", False: "✗", None: "–"}[result.passed]
        note = f" ({session.say('not_run')})" if result.passed is None else ""
        _print(verdict.title(result, session.language) + note, "  ", f"{mark} ")
        if result.passed is False and (why := verdict.why(result, session.language)) != said:
            said = why
            _print(why, "      ")
    if verdict.printed.strip():
        lines = "".join(c for c in verdict.printed if c.isprintable() or c == "\n").strip("\n").split("\n")
        print(session.say("printed"))
        print("\n".join(f"  | {line}" for line in lines[:MOST_LINES]) + ("\n  | …" if lines[MOST_LINES:] else ""))
    if not verdict.ok:
        _print_command(session.say("next_hint"), session.command("hint", exercise))
        return
    every = session.every()
    following = next((e for e in every[every.index(exercise) + 1 :] if not session.progress.done(e)), None)
    if following:
        _print_command(session.say("next_exercise"), session.command("start", following))


def _picture(session, verdict, path):
    draw = getattr(verdict.exercise.module, "picture", None)
    if draw is None:
        _print(session.say("no_picture"))
        return
    if not verdict.ok:
        _print(session.say("no_picture_yet"))
        return
    target = path.with_suffix(".png")
    try:
        with Process(path) as student:
            figure = draw(student)
        with replacing(target) as file:
            figure.savefig(file, format="png")
    except (OSError, ImportError) as error:
        raise Problem(session.say("cannot_write", path=target, error=error)) from None
    _print(session.say("picture", path=target))


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
        _print_command(session.say("no_more_hints"), session.command("solution", exercise))
        shown = range(len(hints))
    for i in shown:
        print(session.say("hint", number=i + 1, count=len(hints)))
        _print(hints[i], "  ")
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
    names = [session.find(name).id for name in options.exercise]
    session.every()
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
        _show_grades(grades)
    return 0


def _show_grades(grades):
    longest = max(len(row["student"]) for row in grades["students"])
    for row in grades["students"]:
        print(f"{row['student'].ljust(longest)}  {row['points']:g}")
        for name, one in row["exercises"].items():
            if one["reason"]:
                _print(f"{name}: {one['reason']}", "  ")
        for problem in row["problems"]:
            _print(problem, "  ")
