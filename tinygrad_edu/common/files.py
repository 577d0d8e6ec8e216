"""Files of the user: written whole or not at all, and looked for with a word on what else is there."""

import os
import stat
from contextlib import contextmanager, suppress

from .naming import nearest


@contextmanager
def replacing(path, overwrite=True):
    """A binary file to write into, beside `path`, which takes its place when the `with` ends well.

    When it does not, `path` is as it was, and nothing is left beside it. When the machine stops before, `path` is as
    it was too; beside it there may be a file that ends in .part, which can be deleted.

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
        with open(temporary, "xb") as file:
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
