"""How a check fails: a key of the table of messages, and the fields that its text is filled with."""

import re

from .notebooks import NoNotebook


class Wrong(Exception):  # noqa: N818 - it is raised like a verdict
    """A check that does not pass, and why.

    Args:
        key: the message, one of the exercise's own or of the general table.
        **fields: what the message is filled with: texts, numbers, values that `show` has shortened.

    Example:
        >>> Wrong("wrong_shape", call="f(x)", received=(2,), expected=(3,)).key
        'wrong_shape'
    """

    def __init__(self, key, /, **fields):
        super().__init__(key)
        self.key = key
        self.fields = fields


class Stopped(Wrong):
    """The student's process is gone, so that no further check can run."""


class Refused(PermissionError):  # noqa: N818
    """Raised inside a student's process where it reaches for files, the network or other programs."""

    def __init__(self, key, what):
        super().__init__(f"{what} is not allowed in an exercise")
        self.key = key
        self.what = what


# What a student's process may say of its failure: nothing else that comes from there is believed or printed.
KEYS = {
    *(
        "not_contained",
        "no_notebook",
        "syntax",
        "not_done",
        "raised",
        "raised_elsewhere",
        "opens_files",
        "network",
        "programs",
    ),
    *("threads", "exits", "output", "recursion", "nested", "memory", "asks", "caret", "array_truth", "one_number"),
    *("shapes", "inner_sizes", "missing_function", "not_a_function", "wrong_arguments"),
}
FIELDS = {
    *("line", "code", "function", "error", "what", "shapes", "rows", "columns", "received", "signature", "count"),
}
LONGEST_FIELD = 400  # letters


def failure_from(message):
    """The key and the fields that a student's process gives for its failure.

    Raises:
        ValueError: it gives others than a failure has.
    """
    key, fields = message["key"], message.get("fields")
    if not isinstance(key, str) or key not in KEYS or not isinstance(fields, dict) or not fields.keys() <= FIELDS:
        raise ValueError("Expected one of the failures that there are, with its fields.")
    if not all(isinstance(value, str) or isinstance(value, int) and abs(value) < 2**31 for value in fields.values()):
        raise ValueError("Expected texts and whole numbers in the fields of a failure.")
    return key, {name: f[:LONGEST_FIELD] if isinstance(f, str) else f for name, f in fields.items()}


class TooMuchOutput(BaseException):  # noqa: N818 - no `except Exception` of a student may hide it
    """Raised inside a student's process where it prints without end."""


def failure_of(error, path, source=""):
    """The key and the fields for an exception of a student's file.

    Args:
        error: the exception.
        path: the name under which the file was compiled, to find its line.
        source: the text of the file.
    """
    line, function = _place(error, path)
    lines = source.splitlines()
    code = lines[line - 1].strip() if 0 < line <= len(lines) else ""
    fields = {"line": line, "code": code[:200], "function": function}
    if isinstance(error, SyntaxError) and error.filename in (path, None) and not line:
        text = (error.text or "").strip()[:200]
        return "syntax", {"line": error.lineno or 0, "code": text, "error": str(error.msg)[:300]}
    if isinstance(error, NotImplementedError):
        return "not_done", fields
    if refused := _refused(error):
        return refused.key, {**fields, "what": str(refused.what)[:200]}
    for kind, key in _KEYS.items():
        if isinstance(error, kind):
            return ("nested" if key == "recursion" and not line else key), fields
    words = _in_words(error)
    for pattern, key in _EXPLAINED.items():
        if line and (found := re.search(pattern, words)):
            return key, fields | found.groupdict() | {"shapes": " ".join(re.findall(r"\([\d, ]*\)", words))}
    return ("raised" if line else "raised_elsewhere"), {**fields, "error": words}


_KEYS = {
    NoNotebook: "no_notebook",
    SystemExit: "exits",
    KeyboardInterrupt: "exits",
    TooMuchOutput: "output",
    RecursionError: "recursion",
    MemoryError: "memory",
    EOFError: "asks",
}

# What beginners often do, and Python or NumPy says in words that do not help them.
_EXPLAINED = {
    r"for \^:|'bitwise_xor'": "caret",
    r"truth value of an array": "array_truth",
    r"only .* arrays can be converted": "one_number",
    r"broadcast together with": "shapes",
    r"shapes .* not aligned": "shapes",
    r"^ValueError: matmul: .*size (?P<rows>\d+) is different from (?P<columns>\d+)": "inner_sizes",
}


def _refused(error):
    """The refusal behind an exception; a library may have put its own in front."""
    for _ in range(10):
        if error is None or isinstance(error, Refused):
            return error
        error = error.__cause__ or error.__context__
    return None


def _in_words(error):
    try:
        text = str(error)
    except BaseException:  # it is the student's exception
        text = ""
    text = " ".join(text.split()).removesuffix(".")[:300]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _place(error, path):
    """The last line of the student's file that the exception went through, and its function."""
    line, function, step = 0, "", error.__traceback__
    while step is not None:
        code = step.tb_frame.f_code
        if code.co_filename == path:
            line, function = step.tb_lineno, code.co_name
        step = step.tb_next
    return line or 0, function
