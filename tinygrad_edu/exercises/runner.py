"""The process of one student's file: `python -m tinygrad_edu.exercises.runner`, started by `students.Process`.

It runs the file, then calls its functions as it is asked, and answers with values. Whether they are right is judged
in another process, so nothing that a student's file patches, prints or ends can make a wrong answer right. Before the
file runs, the kernel contains this process.
"""

import importlib.abc
import importlib.util
import inspect
import json
import os
import sys

from .containment import contain
from .failures import Wrong, failure_of
from .notebooks import parts_of, text_of
from .refusals import Output, refuse_reaching_out
from .wire import decode, encode

_STOPPED = "__stopped__"  # the name under which a notebook's module keeps what its first cell to stop stopped with


class TextLoader(importlib.abc.SourceLoader):
    """Makes a module of a text, under the name of the file that it came from."""

    def __init__(self, path, source):
        self.path = path
        self.source = source

    def get_filename(self, fullname):
        """The name that error messages show."""
        return self.path

    def get_data(self, path):
        """The text."""
        if path != self.path:
            raise OSError(path)
        return self.source.encode("utf-8")


def module_of(path, source):
    """The module of a file: its code has run. A cell of a notebook that stops does not keep the others from running.

    Raises:
        BaseException: what it stopped with.
    """
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("student", None, origin=path))
    module.__file__ = path
    sys.modules["student"] = module
    parts = parts_of(path, source)
    for part in parts:
        try:
            TextLoader(path, part).exec_module(module)
        except Exception as error:
            if len(parts) == 1:
                raise
            vars(module).setdefault(_STOPPED, error)
    return module


def function_of(module, name, arguments):
    """The function of a module that takes these arguments.

    Raises:
        Wrong: there is no such function, or it takes other arguments.
    """
    function = getattr(module, name, None)
    if function is None:
        if stopped := getattr(module, _STOPPED, None):  # in that cell it may have been written
            raise stopped
        raise Wrong("missing_function", function=name)
    if not callable(function):
        raise Wrong("not_a_function", function=name, received=type(function).__name__)
    try:
        signature = inspect.signature(function)
    except (ValueError, TypeError):  # a function written in C need not have one
        return function
    try:
        signature.bind(*arguments)
    except TypeError:
        fields = {"function": name, "signature": str(signature), "count": len(arguments)}
        raise Wrong("wrong_arguments", **fields) from None
    return function


def program_of(module, text, names):
    """A text of Python as a function of some names: it sees the names of a module, and gives its `result`."""

    def program(*arguments):
        loader = TextLoader("program", text)
        space = importlib.util.module_from_spec(importlib.util.spec_from_loader("program", loader))
        vars(space).update({**vars(module), **dict(zip(names, arguments, strict=True))})
        loader.exec_module(space)
        return space.result

    return program


class _Line:
    """The private line to the check: one JSON object a line, both ways."""

    def __init__(self):
        self.incoming = os.fdopen(os.dup(0), "rb")
        self.outgoing = os.fdopen(os.dup(1), "wb")
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nothing, stream)
        sys.stdin = os.fdopen(nothing, "r")
        sys.stdout = sys.stderr = self.output = Output()

    def send(self, **message):
        self.outgoing.write(json.dumps({**message, "printed": self.output.take()}).encode("ascii") + b"\n")
        self.outgoing.flush()

    def receive(self):
        line = self.incoming.readline()
        if not line:
            os._exit(0)
        return json.loads(line)

    def function(self, number):
        """A function that asks the check's function of this number."""

        def ask(*arguments):
            self.send(ask=number, arguments=encode(list(arguments)))
            answer = self.receive()
            if "error" in answer:
                raise ValueError(answer["error"])
            return decode(answer["value"])

        return ask


def main():
    """Serve one file until the line is closed."""
    line = _Line()
    line.send(value=None)  # ready
    start = line.receive()
    path, source = start["path"], start["source"]
    try:
        contain(start["private"], start["seconds"])
    except OSError as error:
        line.send(key="not_contained", fields={"error": error.strerror or "?"})
        return
    refuse_reaching_out(start["private"])
    line.send(value=None)  # contained

    def answer(work):
        try:
            message = {"value": encode(work())}
        except BaseException as error:
            key, fields = failure_of(error, path, text_of(path, source))
            message = {"key": key, "fields": fields}
        line.send(**message)
        return "value" in message

    modules = []
    if not answer(lambda: modules.append(module_of(path, source))):
        return
    while True:
        request = line.receive()
        arguments = decode(request["arguments"], line.function)
        try:
            if "program" in request:
                work = program_of(modules[0], request["program"], request["names"])
            else:
                work = function_of(modules[0], request["call"], arguments)
        except Wrong as wrong:
            line.send(key=wrong.key, fields=wrong.fields)
        except BaseException as error:  # what a file has at a name may be anything
            answer(lambda error=error: _again(error))
        else:
            answer(lambda work=work, arguments=arguments: work(*arguments))


def _again(error):
    raise error


if __name__ == "__main__":
    main()
