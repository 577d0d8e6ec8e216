"""A student's file as the checks see it: `student.name(…)` calls its function `name`.

`Process` runs the file in a process of its own, with limits; `Local` runs what is trusted, such as the shipped
solutions, or a notebook that runs already, in this one. `Inside` runs a file in this one too, where there can be no
other: in a browser, which contains it. All hand over copies, so a function may write into its arguments.
"""

import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from .failures import Stopped, Wrong, failure_from, failure_of
from .notebooks import SUFFIX, text_of
from .refusals import KEPT_OUTPUT, Output
from .runner import function_of, module_of, program_of
from .wire import LONGEST, Other, decode, encode

SECONDS = 5.0
STARTING = 60.0  # seconds for Python and NumPy to start
LONGEST_FILE = 2**20  # bytes
LONGEST_NOTEBOOK = 2**24  # bytes: its pictures are in it
MODULE = "tinygrad_edu.exercises.runner"  # what the student's process runs
PACKAGE = str(Path(__file__).resolve().parents[2])  # where it finds this package


def read(path):
    """The text of a student's file.

    Raises:
        Stopped: it is missing, too long, or no text.
    """
    most = LONGEST_NOTEBOOK if str(path).lower().endswith(SUFFIX) else LONGEST_FILE
    try:
        # a pipe in a file's place would make the reader wait for ever
        with open(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise Stopped("no_regular_file")
            data = file.read(most + 1)
    except OSError as error:
        raise Stopped("cannot_read", error=error.strerror or type(error).__name__) from None
    if len(data) > most:
        raise Stopped("file_too_long", most=most)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Stopped("not_utf8", line=data[: error.start].count(b"\n") + 1) from None


class Student:
    """A student's work as a check is handed it: its attributes are the student's functions.

    Attributes:
        printed: the beginning of what the file has printed.
    """

    printed = ""
    _last = None

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)

        def function(*arguments):
            value = self._call(name, arguments)
            self._last = function, arguments, value
            return value

        function.__name__ = name
        return function

    def program(self, text, *names):
        """A program for the student's classes and functions, as a function: what it calls `result` comes back.

        So a check tests what does not travel itself, such as objects of a class that the student wrote.

        Args:
            text: Python statements; the last one sets `result`.
            *names: under which it finds the arguments.
        """

        def function(*arguments):
            try:
                value = self._run(text, names, arguments)
                self._last = function, arguments, value
                return value
            except Wrong as wrong:
                if wrong.key != "raised_elsewhere":
                    raise
                raise Wrong("program_stopped", call=shown, error=wrong.fields["error"]) from None

        lines = [line.strip() for line in text.replace("result = ", "").splitlines() if line.strip()]
        shown = "; ".join(lines).replace(":; ", ": ")
        function.__name__ = function.shown = shown
        return function

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """End whatever runs for this student."""


class Local(Student):
    """A student's functions in this process.

    Args:
        namespace: a module, or a dict of names such as `globals()`.
        path: the file the functions are from, to name its lines.
        source: its text.
    """

    def __init__(self, namespace, path="", source=""):
        self._module = SimpleNamespace(**namespace) if isinstance(namespace, dict) else namespace
        self._path = path
        self._source = text_of(path, source)

    @classmethod
    def of_file(cls, path):
        """The functions of a file that is trusted.

        Raises:
            Wrong: the file cannot be read or run.
        """
        path = str(path)
        source = read(path)
        try:
            module = module_of(path, source)
        except BaseException as error:
            raise _failure(error, path, text_of(path, source)) from None
        return cls(module, path, source)

    def _call(self, name, arguments):
        return self._answered(lambda given: function_of(self._module, name, given), arguments)

    def _run(self, text, names, arguments):
        return self._answered(lambda given: program_of(self._module, text, names), arguments)

    def _answered(self, chosen, arguments):
        functions = []
        message = encode(list(arguments), lambda f: functions.append(f) or len(functions) - 1)
        given = decode(message, functions.__getitem__)
        function = chosen(given)
        try:
            with np.errstate(all="ignore"):
                return decode(encode(function(*given)))
        except BaseException as error:
            raise _failure(error, self._path, self._source) from None


def _failure(error, path, source):
    key, fields = failure_of(error, path, source)
    return Wrong(key, **fields)


class Inside(Local):
    """A student's file in this process, for a browser: its page contains it, and ends it where it takes too long.

    Args:
        path: the file.

    Raises:
        Stopped: it cannot be read, or does not run to its end.
    """

    def __init__(self, path):
        path = Path(path)
        source = read(path)
        self._output = Output()
        try:
            with self._listening():
                module = module_of(path.name, source)
        except BaseException as error:
            key, fields = failure_of(error, path.name, text_of(path.name, source))
            raise Stopped(key, **fields) from None
        super().__init__(module, path.name, source)

    @contextmanager
    def _listening(self):
        try:
            with redirect_stdout(self._output), redirect_stderr(self._output):
                yield
        finally:
            self.printed = (self.printed + self._output.take())[:KEPT_OUTPUT]

    def _answered(self, chosen, arguments):
        with self._listening():
            return super()._answered(chosen, arguments)


def contained(path, seconds=SECONDS, private=()):
    """A student's file where it can do no harm: in a process of its own, or where there are none, in a browser's page.

    Args:
        path: the file.
        seconds: how long the whole check may take; in a browser the page sees to that.
        private: folders that the file may not read.

    Raises:
        Stopped: it cannot be read, or does not run to its end.
    """
    return Inside(path) if sys.platform == "emscripten" else Process(path, seconds, private)


class Process(Student):
    """A student's file in a process of its own.

    Args:
        path: the file; it is read once, and never written.
        seconds: how long the whole check may take.
        private: folders that the file may not read.

    Raises:
        Stopped: it cannot be read, or does not run to its end.
    """

    def __init__(self, path, seconds=SECONDS, private=()):
        path = Path(path)
        source = read(path)
        self._seconds = seconds
        self._folder = tempfile.TemporaryDirectory(prefix="tinygrad-edu-", ignore_cleanup_errors=True)
        self._process = _started(self._folder.name)
        self._watch = None
        try:
            self._limit(STARTING)
            self._receive([], starting=True)  # Python has started: a busy machine costs the student nothing
            self._limit(seconds)
            private = [str(folder) for folder in private]
            self._send(path=path.name, source=source, seconds=seconds, private=private)
            self._receive([], starting=True)  # contained
            self._receive([], starting=True)  # the file has run
        except BaseException:
            self.close()
            raise

    def _limit(self, seconds):
        """End the process after so many seconds from now."""
        if self._watch is not None:
            self._watch.cancel()
        self._until = time.monotonic() + seconds
        self._watch = threading.Timer(seconds, self._process.kill)
        self._watch.daemon = True
        self._watch.start()

    def _call(self, name, arguments):
        return self._asked(arguments, call=name)

    def _run(self, text, names, arguments):
        return self._asked(arguments, program=text, names=names)

    def _asked(self, arguments, **request):
        functions = []
        message = encode(list(arguments), lambda f: functions.append(f) or len(functions) - 1)
        self._send(**request, arguments=message)
        return self._receive(functions)

    def _send(self, **message):
        try:
            self._process.stdin.write(json.dumps(message).encode("ascii") + b"\n")
            self._process.stdin.flush()
        except (OSError, ValueError):  # ValueError: it was closed already
            raise self._ended() from None

    def _receive(self, functions, starting=False):
        """The value of the student's answer; what it asks of the check's own functions is answered on the way."""
        while True:
            try:
                line = self._process.stdout.readline(LONGEST)
            except (OSError, ValueError):
                line = b""
            if not line:
                raise self._ended()
            try:
                answer = _checked(line)
            except (ValueError, TypeError, KeyError, AttributeError, RecursionError, MemoryError):
                self.close()
                raise Stopped("unreadable") from None
            self.printed = (self.printed + answer["printed"])[:KEPT_OUTPUT]
            if "key" in answer:
                raise (Stopped if starting else Wrong)(answer["key"], **answer["fields"])
            if "ask" not in answer:
                return answer["value"]
            self._send(**_answer(functions, answer))

    def _ended(self):
        """The process ended by itself, in the middle of a check."""
        late = time.monotonic() >= self._until
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(1)
        status = self._process.returncode
        self.close()
        if late or status == -24:  # SIGXCPU: the limit on processor time
            return Stopped("too_slow", seconds=f"{self._seconds:g}")
        return Stopped("ended", status="?" if status is None else status)

    def close(self):
        """End the process and remove its folder."""
        self._watch.cancel()
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            with suppress(OSError):
                stream.close()
        self._folder.cleanup()


def _started(folder):
    """The process that will run the file, with an empty folder to work in and nothing of this process's environment."""
    work, settings = (os.path.join(folder, name) for name in ("work", "matplotlib"))
    os.mkdir(work)
    os.mkdir(settings)
    _copy_fonts(settings)
    kept = ("SYSTEMROOT", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
    environment = {name: os.environ[name] for name in kept if name in os.environ}
    environment |= {
        "PYTHONPATH": os.pathsep.join([PACKAGE, str(Path(np.__file__).parents[1])]),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONSAFEPATH": "1",
        "PYTHONUTF8": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "MPLBACKEND": "Agg",
        "MPLCONFIGDIR": settings,
        **dict.fromkeys(("HOME", "USERPROFILE", "TMPDIR", "TEMP", "TMP"), work),
    }
    return subprocess.Popen(
        [sys.executable, "-m", MODULE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=folder,
        env=environment,
    )


def _copy_fonts(folder):
    """Copy matplotlib's list of fonts, which takes seconds to make, to where the student's process may read it."""
    with suppress(OSError, RuntimeError):
        for path in (Path.home() / ".cache/matplotlib").glob("fontlist-*.json"):
            shutil.copy(path, folder)


def _checked(line):
    """An answer with nothing in it but what an answer may hold.

    Raises:
        ValueError, TypeError, KeyError, AttributeError, RecursionError, MemoryError: it is none.
    """
    answer = json.loads(line)
    printed = answer.get("printed", "")
    if not isinstance(printed, str):
        raise ValueError("Expected what was printed as a text.")
    checked = {"printed": printed[:KEPT_OUTPUT]}
    if "key" in answer:
        checked["key"], checked["fields"] = failure_from(answer)
    elif "ask" in answer:
        checked |= {"ask": int(answer["ask"]), "arguments": decode(answer["arguments"])}
        if not isinstance(checked["arguments"], list):
            raise ValueError("Expected a list of arguments.")
    else:
        checked["value"] = decode(answer["value"])
    return checked


def _answer(functions, request):
    """The answer of one of the check's own functions to what a student's code calls it with."""
    try:
        if request["ask"] < 0:
            raise ValueError("There is no such function.")
        for argument in request["arguments"]:
            if isinstance(argument, Other):
                raise TypeError(f"expected a number or an array, got {argument.kind}")
        with np.errstate(all="ignore"):
            return {"value": encode(functions[request["ask"]](*request["arguments"]))}
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"[:300]}
