"""Writing so that a file is whole or not there: into a temporary file beside it, which then takes its place."""

import os
import stat
from contextlib import contextmanager, suppress


@contextmanager
def replacing(path, overwrite=True):
    """A binary file to write into, which is put in place of `path` when the `with` ends well.

    When it does not, or the machine stops before, `path` is as it was, and nothing is left beside it.

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
    temporary = f"{target}.{os.urandom(4).hex()}.part"
    try:
        with _new(temporary, path) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        with suppress(OSError):  # the rights of the file that was there, where there was one
            os.chmod(temporary, stat.S_IMODE(os.stat(target).st_mode))
        os.replace(temporary, target)
    except BaseException:
        with suppress(OSError):
            os.remove(temporary)
        raise


def _new(temporary, path):
    try:
        return open(temporary, "xb")
    except OSError as error:
        raise OSError(error.errno, f"Cannot write ({error.strerror})", str(path)) from error
