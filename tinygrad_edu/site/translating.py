"""Code with its words in another language: what it prints, names of axes and curves, comments.

The words are a table beside the lessons: {"texts": {English: translation}, "names": [what stays as it is, such as the
library's own names]}. Expressions in f-strings are fields, {} in the table, and stay what they are.
"""

import ast
import io
import re
import tokenize

_FIELD = re.compile(r"\{[^{}]+\}")


def translated_code(code, words):
    """The code of a cell with its words in the language of a table.

    Args:
        code: Python.
        words: the table.

    Raises:
        ValueError: a text has no translation, and is not among the names that stay as they are.

    Example:
        >>> print(translated_code('print(f"loss {2 + 3}")  # as it is', {"texts": {"loss {}": "pérdida {}",
        ...     "# as it is": "# tal cual"}, "names": []}))
        print(f"pérdida {2 + 3}")  # tal cual
    """
    lines = code.splitlines(keepends=True)
    found = [(*place, text, words["texts"].get(_FIELD.sub("{}", text))) for place, text in texts_of(code)]
    missing = [text for *_, text, other in found if other is None and is_spoken(text, words["names"])]
    if missing:
        raise ValueError(f"texts without a translation: {missing}")
    for row, start, end, text, other in sorted(found, reverse=True, key=lambda one: one[:3]):
        if other is not None:
            for field in _FIELD.findall(text):
                other = other.replace("{}", field, 1)
            line = lines[row].encode()
            lines[row] = (line[:start] + line[start:end].replace(text.encode(), other.encode()) + line[end:]).decode()
    return "".join(lines)


def is_spoken(text, names):
    """True if a text has words, and is neither a name that stays nor of a file that the lesson writes.

    Args:
        text: a string or a comment.
        names: those that stay as they are.
    """
    words = _FIELD.sub("{}", text)
    return bool(re.search(r"[^\W\d_]{2}", words)) and words not in names and not words.startswith("lesson_")


def texts_of(code):
    """The strings and comments in code: ((row, first byte, end), text), without quotes and escapes."""
    tree = ast.parse(code)
    inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in ast.walk(node)}
    for node in ast.walk(tree):
        whole = isinstance(node, ast.JoinedStr)
        if whole or (id(node) not in inside and isinstance(node, ast.Constant) and isinstance(node.value, str)):
            text = re.sub(r"^f?(\"{3}|[\"'])(.*)\1$", r"\2", ast.get_source_segment(code, node), flags=re.DOTALL)
            yield (node.lineno - 1, node.col_offset, node.end_col_offset), text
    for token in tokenize.generate_tokens(io.StringIO(code).readline):
        if token.type == tokenize.COMMENT:
            start = len(token.line[: token.start[1]].encode())
            yield (token.start[0] - 1, start, start + len(token.string.encode())), token.string
