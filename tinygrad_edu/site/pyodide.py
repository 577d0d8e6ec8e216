"""Pyodide, which is CPython with NumPy for browsers: found in a folder or in the user's cache, or downloaded once.

What is downloaded must be, byte for byte, the release that this package was tested with: its sums are in
`pyodide.json`, which has the form of Pyodide's own lock file.
"""

import hashlib
import io
import json
import os
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from ..common.files import replacing

CORE = ("pyodide.js", "pyodide.asm.js", "pyodide.asm.wasm", "python_stdlib.zip")
LOCK = "pyodide-lock.json"
SECONDS = 60.0  # that a server may be silent
RELEASES = "https://github.com/pyodide/pyodide/releases"


class NoPyodide(Exception):  # noqa: N818
    """There is no Pyodide to build the page with.

    Args:
        text: the message of `messages.json`, by key.
        **fields: what it is filled with.
    """

    def __init__(self, key, **fields):
        super().__init__(key)
        self.key = key
        self.fields = fields


def tested():
    """The release of Pyodide that this package was tested with: its lock file, its address, the sums of its core.

    Example:
        >>> tested()["info"]["version"]
        '0.27.7'
    """
    return json.loads(Path(__file__).with_name("pyodide.json").read_text("utf-8"))


def cache(environment: Mapping[str, str] | None = None):
    """The user's folder for what was downloaded.

    Args:
        environment: the variables of the environment; those of this process by default.

    Example:
        >>> cache({"XDG_CACHE_HOME": "/tmp/cache"}).as_posix()
        '/tmp/cache/tinygrad-edu/pyodide-0.27.7'
    """
    environment = os.environ if environment is None else environment
    if environment.get("XDG_CACHE_HOME"):
        base = Path(environment["XDG_CACHE_HOME"])
    elif sys.platform == "win32" and environment.get("LOCALAPPDATA"):
        base = Path(environment["LOCALAPPDATA"])
    else:
        base = Path.home() / ("Library/Caches" if sys.platform == "darwin" else ".cache")
    return base / "tinygrad-edu" / f"pyodide-{tested()['info']['version']}"


def files(where=None, packages=("numpy",)):
    """The files of Pyodide with some of its packages and what these need: {name: bytes}, a lock file among them.

    Args:
        where: a folder with a copy of a release, or the address of one; without it, the user's cache, which is filled
            from Pyodide's own address the first time.
        packages: names of packages.

    Raises:
        NoPyodide: it is not there, or it is not what it should be.
    """
    address = where or tested()["address"]
    if "://" in str(address):
        return _of(tested(), lambda name, wanted: _cached(str(address).rstrip("/"), name, wanted), packages)
    folder = Path(address)
    return _of(_lock_of(folder), lambda name, wanted: _read(folder, name, wanted), packages)


def _of(lock, read, packages):
    """The files that a lock file names, read by a function of name and sum."""
    core = {name: read(name, lock.get("core", {}).get(name)) for name in CORE}
    chosen = _with_what_they_need(lock["packages"], packages)
    wheels = {one["file_name"]: read(one["file_name"], one["sha256"]) for one in chosen.values()}
    return {**core, **wheels, LOCK: json.dumps({"info": lock["info"], "packages": chosen}).encode()}


def _with_what_they_need(packages, names):
    chosen, waiting = {}, list(names)
    while waiting:
        name = waiting.pop()
        if name not in packages:
            raise NoPyodide("site_no_package", package=name)
        if name not in chosen:
            chosen[name] = packages[name]
            waiting += packages[name]["depends"]
    return chosen


def _lock_of(folder):
    """The lock file that a folder is read by: the shipped one where it is that release, else its own."""
    try:
        own = json.loads((folder / LOCK).read_text("utf-8"))
        return tested() if own["info"]["version"] == tested()["info"]["version"] else own
    except (OSError, ValueError, KeyError, TypeError):
        raise NoPyodide("site_no_pyodide_there", folder=folder, address=RELEASES) from None


def _read(folder, name, wanted):
    try:
        data = (folder / name).read_bytes()
    except OSError as error:
        raise NoPyodide("site_missing_file", file=name, folder=folder, error=error.strerror) from None
    return _checked(data, name, wanted, folder)


def _checked(data, name, wanted, place):
    if wanted and hashlib.sha256(data).hexdigest() != wanted:
        raise NoPyodide("site_wrong_sum", file=name, place=place)
    return data


def uncompressed(files):
    """The files with what is in their archives as it is, for a page that compresses all of itself.

    The browser then unpacks it once, by its own means, and Python has nothing to unpack.
    """
    found = {name: _stored(data) if zipfile.is_zipfile(io.BytesIO(data)) else data for name, data in files.items()}
    lock = json.loads(found[LOCK])
    for package in lock["packages"].values():
        package["sha256"] = hashlib.sha256(found[package["file_name"]]).hexdigest()
    return found | {LOCK: json.dumps(lock).encode()}


def _stored(archive):
    memory = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(memory, "w") as new:
        for entry in old.infolist():
            new.writestr(zipfile.ZipInfo(entry.filename), old.read(entry))
    return memory.getvalue()


def _cached(address, name, wanted):
    """A file of the release, from the cache, or from its address and kept for the next time."""
    path = cache() / name
    if path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == wanted:
        return path.read_bytes()
    try:
        with urlopen(f"{address}/{name}", timeout=SECONDS) as response:  # noqa: S310 the user's own address
            data = response.read()
    except (URLError, OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        raise NoPyodide("site_no_download", file=name, place=address, error=reason, address=RELEASES) from None
    _checked(data, name, wanted, address)
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as file:
        file.write(data)
    return data
