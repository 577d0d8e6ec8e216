"""The friendly words inside a student's process: what it may not do is refused with a sentence that names the line.

Python code can get around this, and then meets the kernel's own refusals, of `containment`.
"""

import os
import sys

from .containment import readable
from .failures import Refused, TooMuchOutput

MOST_OUTPUT = 2**20  # characters
KEPT_OUTPUT = 2000  # characters that are shown

_PROGRAMS = ("os.system", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "os.startfile", "os.kill", "pty.spawn")
_THREADS = ("_thread.start_new_thread", "_thread.start_joinable_thread")
_CHANGES = {
    *("os.chmod", "os.chown", "os.link", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.symlink"),
    *("os.truncate", "os.utime", "os.setxattr", "os.removexattr", "os.chflags", "os.lockf"),
}
_READS = {"os.listdir", "os.scandir", "os.chdir"}
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class Output:
    """Takes the place of sys.stdout: keeps the beginning of what is printed, and stops a flood."""

    encoding = "utf-8"
    errors = "replace"

    def __init__(self):
        self.kept = ""
        self.count = 0

    def write(self, text):
        """Take a text, as a file does."""
        text = str(text)
        self.count += len(text)
        self.kept += text[: KEPT_OUTPUT - len(self.kept)]
        if self.count > MOST_OUTPUT:
            raise TooMuchOutput
        return len(text)

    def flush(self):
        """Nothing waits."""

    def isatty(self):
        """It is no terminal."""
        return False

    def take(self):
        """The text that was printed since the last time."""
        kept, self.kept = self.kept, ""
        return kept


def refuse_reaching_out(private):
    """From now on, refuse files, network, programs and threads; Python's own libraries may be read.

    Args:
        private: folders inside the libraries that may not be read: where the solutions are.
    """
    libraries = readable()
    private = tuple(os.path.realpath(path) for path in private)

    def inside(path, folders):
        try:
            path = os.path.realpath(os.fsdecode(path))
        except (TypeError, ValueError):
            return False
        return any(path == folder or path.startswith(folder + os.sep) for folder in folders)

    def may_read(path):
        return inside(path, libraries) and not inside(path, private)

    def may_open(path, mode, flags):
        if isinstance(path, int) or path == os.devnull:
            return True
        writes = bool((flags or 0) & _WRITING) or isinstance(mode, str) and any(c in mode for c in "wax+")
        return not writes and may_read(path)

    def hook(event, arguments):
        if event == "open":
            if not may_open(*arguments):
                raise Refused("opens_files", _shown(arguments[0]))
        elif event in _CHANGES:
            if not (event == "os.mkdir" and os.path.isdir(arguments[0])):  # a library makes sure of its folder
                raise Refused("opens_files", _shown(arguments[0]))
        elif event in _READS:
            path = arguments[0] if arguments else None
            if isinstance(path, str | bytes) and not inside(path, libraries):
                raise Refused("opens_files", _shown(path))
        elif event.startswith("socket."):
            raise Refused("network", event)
        elif event in _THREADS:
            raise Refused("threads", event)
        elif event.startswith(_PROGRAMS) or event.startswith(("subprocess.", "ctypes.")):
            raise Refused("programs", event)

    sys.addaudithook(hook)


def _shown(path):
    try:
        return os.fsdecode(path)
    except TypeError:
        return str(path)
