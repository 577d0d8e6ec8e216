"""The output of the commands: paragraphs as wide as the terminal, verdicts, and the points of a class."""

import shutil
import textwrap

WIDEST = 88  # columns
MOST_LINES = 12  # of what a student's file prints


def width():
    """The columns to fill."""
    return max(min(shutil.get_terminal_size().columns, WIDEST), 24)


def show_text(text="", indent="", mark="", file=None):
    """Print paragraphs as wide as the terminal; what is indented by four spaces stays as it is."""
    wrapper = textwrap.TextWrapper(
        width(), initial_indent=indent + mark, subsequent_indent=indent + " " * len(mark), break_on_hyphens=False
    )
    shown = []
    for paragraph in text.split("\n\n"):
        if paragraph.startswith("    "):
            shown.append(textwrap.indent(paragraph, indent))
        else:
            items = paragraph.split("\n- ")  # a list has an item a line
            lines = [items[0], *(f"- {item}" for item in items[1:])]
            shown.append("\n".join(wrapper.fill(" ".join(line.split())) for line in lines))
    print("\n\n".join(shown), file=file)


def show_command(text, command):
    """Print a sentence and, on a line of its own so that it can be copied, a command."""
    show_text(text)
    print(f"    {command}")


def cut(line):
    """A line that fits the terminal."""
    return line if len(line) <= width() else line[: width() - 1] + "…"


def show_verdict(session, verdict):
    """Print what a check found, and what to do next."""
    exercise = verdict.exercise
    key = "all_passed" if verdict.ok else "some_passed"
    title = f"{exercise.number} {session.text(exercise).title}"
    show_text(session.say(key, title=title, passed=verdict.passed, of=len(verdict.results)))
    said = None
    for result in verdict.results:
        mark = {True: "✓", False: "✗", None: "–"}[result.passed]
        note = f" ({session.say('not_run')})" if result.passed is None else ""
        show_text(verdict.title(result, session.language) + note, "  ", f"{mark} ")
        if result.passed is False and (why := verdict.why(result, session.language)) != said:
            said = why
            show_text(why, "      ")
    if verdict.printed.strip():
        lines = "".join(c for c in verdict.printed if c.isprintable() or c == "\n").strip("\n").split("\n")
        print(session.say("printed"))
        print("\n".join(f"  | {line}" for line in lines[:MOST_LINES]) + ("\n  | …" if lines[MOST_LINES:] else ""))
    if not verdict.ok:
        show_command(session.say("next_hint"), session.command("hint", exercise))
        return
    every = session.every()
    following = next((e for e in every[every.index(exercise) + 1 :] if not session.progress.done(e)), None)
    if following:
        show_command(session.say("next_exercise"), session.command("start", following))


def show_points(grades):
    """Print the points of a class, and why they are not full."""
    longest = max(len(row["student"]) for row in grades["students"])
    for row in grades["students"]:
        print(f"{row['student'].ljust(longest)}  {row['points']:g}")
        for name, one in row["exercises"].items():
            if one["reason"]:
                show_text(f"{name}: {one['reason']}", "  ")
        for problem in row["problems"]:
            show_text(problem, "  ")
