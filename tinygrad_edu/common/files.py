"""Files of the user: written whole or not at all, and looked for with a word on what else is there."""

import os
import re
import stat
from contextlib import contextmanager, suppress

from .naming import nearest

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None


@contextmanager
def replacing(path, overwrite=True):
    """A binary file to write into, beside `path`, which takes its place when the `with` ends well.

    When it does not, `path` is as it was, and nothing is left beside it. When the process is killed before, `path` is
    as it was too, and what is left beside it, a file that ends in .part, is removed by the next write.

    Raises:
        FileExistsError: there is such a file, and `overwrite` is false.
        OSError: the folder is missing, or cannot be written.
    """
    target = os.path.realpath(path)
    if os.path.isdir(target):
        raise IsADirectoryError(f"{path} is a folder: expected the path of a file.")
    if not overwrite and os.path.exists(target):
        raise FileExistsError(f"{path} exists already: give another path, or overwrite=True.")
    if not os.path.isdir(os.path.dirname(target)):
        raise FileNotFoundError(f"There is no folder {os.path.dirname(target)!r} to write {path} into.")
    _sweep(target)
    file, lock = _begun(target)
    temporary = file.name
    try:
        with file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        with suppress(OSError):  # the rights of the file that was there, where there was one
            os.chmod(temporary, stat.S_IMODE(os.stat(target).st_mode))
        os.replace(temporary, target)
    except BaseException as error:
        with suppress(OSError):
            os.remove(temporary)
        if isinstance(error, OSError) and error.errno and error.filename in (None, temporary):
            raise OSError(error.errno, f"Cannot write ({error.strerror})", str(path)) from error
        raise
    finally:
        if lock is not None:
            os.close(lock)


def remove(path):
    """Remove a file that `replacing` wrote, where there is one, and what was left of writing it."""
    target = os.path.realpath(path)
    with suppress(FileNotFoundError):
        os.remove(target)
    _sweep(target)


def _begun(target):
    """A new file beside the target, and what shows that somebody is writing it: a lock, None where there are none."""
    while True:
        temporary = f"{target}.{os.urandom(4).hex()}.part"
        try:
            file = open(temporary, "xb")  # noqa: SIM115 it is closed by whoever writes it
        except OSError as error:
            raise OSError(error.errno, f"Cannot write ({error.strerror})", target) from error
        lock = _locked(file)
        if lock is None or os.path.exists(temporary):  # else it was swept up before it was locked
            return file, lock
        file.close()
        os.close(lock)


def _locked(file):
    """A descriptor that keeps a file locked while it is open; None where there are no locks.

    The lock ends with the process.

    Raises:
        BlockingIOError: another process has it locked.
    """
    if fcntl is None:
        return None
    lock = os.dup(file.fileno())
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(lock)
        if isinstance(error, BlockingIOError):
            raise
        return None  # a file system without locks
    return lock


def _sweep(target):
    """Remove what was left beside a file by writers that were killed; what somebody is writing stays."""
    folder, name = os.path.split(target)
    unfinished = re.compile(rf"{re.escape(name)}\.[0-9a-f]{{8}}\.part")
    with suppress(OSError):
        for left in filter(unfinished.fullmatch, os.listdir(folder)):
            with suppress(OSError):
                _remove_unlocked(os.path.join(folder, left))


def _remove_unlocked(path):
    with open(path, "rb") as file:
        lock = _locked(file)
        if lock is not None:
            os.remove(path)
            os.close(lock)
    if fcntl is None:  # where there are no such locks, a file that is open cannot be removed
        os.remove(path)


def existing(path):
    """A binary file to read.

    Raises:
        FileNotFoundError: there is none; the message says where it was looked for, and which name is near.
        OSError: it cannot be read.
    """
    try:
        return open(path, "rb")
    except FileNotFoundError as error:
        folder, name = os.path.split(os.path.abspath(path))
        if not os.path.isdir(folder):
            raise FileNotFoundError(f"There is no folder {folder!r} to read {name!r} from.") from error
        near = nearest(name, os.listdir(folder))
        hint = f" Did you mean {near!r}?" if near else ""
        raise FileNotFoundError(f"There is no file {name!r} in the folder {folder!r}.{hint}") from error
