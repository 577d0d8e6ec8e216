"""What a student's process may not do: reach for files, the network or other programs, or take all the memory.

This keeps accidents and simple tricks apart from the teacher's machine. It is no prison: an exam with strangers belongs
in a container besides.
"""

import os
import sys
import tempfile
from contextlib import suppress

from .failures import Refused, TooMuchOutput

MEMORY = 2**30  # bytes of address space
LARGEST_FILE = 16 * 2**20  # bytes of a file that a library may write in the temporary folder
MOST_OUTPUT = 2**20  # characters
KEPT_OUTPUT = 2000  # characters that are shown

_PROGRAMS = ("os.system", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "os.startfile", "os.kill", "pty.spawn")
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
        """What was printed since the last time."""
        kept, self.kept = self.kept, ""
        return kept


def limit_resources(seconds):
    """Limit memory, processor time and the size of files, where the system can."""
    try:
        import resource
    except ImportError:  # Windows: only the time that the check waits is limited
        return
    limits = {"RLIMIT_AS": MEMORY, "RLIMIT_CPU": int(seconds) + 2, "RLIMIT_FSIZE": LARGEST_FILE, "RLIMIT_CORE": 0}
    for name, most in limits.items():
        with suppress(AttributeError, ValueError, OSError):
            kind = getattr(resource, name)
            hard = resource.getrlimit(kind)[1]
            most = most if hard == resource.RLIM_INFINITY else min(most, hard)
            resource.setrlimit(kind, (most, most))


def refuse_reaching_out(private):
    """From now on, refuse files, network and programs; Python's own libraries may be read.

    Args:
        private: folders inside the libraries that may not be read: where the solutions are.
    """
    readable = _folders([sys.prefix, sys.base_prefix, sys.exec_prefix, *sys.path, *_matplotlib_folders()])
    scratch = _folders([tempfile.gettempdir()])
    private = _folders(private)

    def inside(path, folders):
        try:
            path = os.path.realpath(os.fsdecode(path))
        except (TypeError, ValueError):
            return False
        return any(path == folder or path.startswith(folder + os.sep) for folder in folders)

    def may_read(path):
        return inside(path, scratch) or inside(path, readable) and not inside(path, private)

    def may_open(path, mode, flags):
        if isinstance(path, int):
            return True
        writes = bool((flags or 0) & _WRITING) or isinstance(mode, str) and any(c in mode for c in "wax+")
        return path == os.devnull or (inside(path, scratch) if writes else may_read(path))

    def hook(event, arguments):
        if event == "open":
            if not may_open(*arguments):
                raise Refused("opens_files", _shown(arguments[0]))
        elif event in _CHANGES:
            exists = event == "os.mkdir" and os.path.isdir(arguments[0])
            if not exists and not all(inside(path, scratch) for path in arguments if isinstance(path, str | bytes)):
                raise Refused("opens_files", _shown(arguments[0]))
        elif event in _READS:
            path = arguments[0] if arguments else None
            if isinstance(path, str | bytes) and not may_read(path):
                raise Refused("opens_files", _shown(path))
        elif event.startswith("socket."):
            raise Refused("network", event)
        elif event.startswith(_PROGRAMS) or event.startswith(("subprocess.", "ctypes.")):
            raise Refused("programs", event)

    sys.addaudithook(hook)


def _folders(paths):
    return tuple({os.path.realpath(path) for path in paths if path and os.path.isdir(path)})


def _matplotlib_folders():
    """Where matplotlib keeps its list of fonts: it may be imported, and making that list takes seconds."""
    return [os.path.expanduser(f"~/{folder}/matplotlib") for folder in (".cache", ".config")]


def _shown(path):
    try:
        return os.fsdecode(path)
    except TypeError:
        return str(path)
