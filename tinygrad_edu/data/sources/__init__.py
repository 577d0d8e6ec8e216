"""Where the rows of a stream lie: arrays, .npy files, CSV files, Parquet files.

Every kind is a `Source`: it says what groups of rows it has and reads one group piece by piece, so that no more of a
file is in memory than is asked for. `source_of` finds the kind.
"""

import os
from pathlib import Path

from ...common.naming import some_of
from .arrays import of_arrays, of_npy_files
from .csv import of_csv_files
from .parquet import of_parquet_files

_KINDS = {".parquet": of_parquet_files, ".npy": of_npy_files, ".csv": of_csv_files}


def source_of(source, target, features):
    """The Source of what a user passed to `stream`.

    Args:
        source: a path of a file or a folder, or an array.
        target: the name or number of a column, several of them in a list, or the same kind of thing as `source`.
        features: the columns to read; None for all but the target.

    Raises:
        FileNotFoundError, ValueError, TypeError: there is nothing of the kind; the message says what there is.
    """
    if not isinstance(source, (str, os.PathLike)):
        return of_arrays(source, target, features)
    files = _files(Path(source))
    return _KINDS[files[0].suffix.lower()](files, target, features)


def _files(path):
    """The files at a path, all of one kind."""
    if path.is_dir():
        names = sorted(p for p in path.iterdir() if p.is_file() and p.name[0] not in "._")
        files = [p for p in names if p.suffix.lower() in _KINDS]
        kinds = sorted({p.suffix.lower() for p in files})
        if not files:
            found = f"it has {some_of([p.name for p in names])}" if names else "it is empty"
            raise ValueError(f"The folder {str(path)!r} has no {_LISTED} file: {found}.")
        if len(kinds) > 1:
            raise ValueError(
                f"The folder {str(path)!r} has files of several kinds, {', '.join(kinds)}: keep each kind in a folder "
                "of its own, and give that."
            )
        return files
    if not path.exists():
        raise FileNotFoundError(f"There is no file or folder {str(path)!r}; the working folder is {os.getcwd()!r}.")
    if path.suffix.lower() not in _KINDS:
        raise ValueError(f"stream reads {_LISTED} files, folders of them, and arrays; received {str(path)!r}.")
    return [path]


_LISTED = ".parquet, .npy or .csv"
