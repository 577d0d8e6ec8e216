"""The programs that a fresh machine lacks: tests find them only where their marker says that they need them.

`python tests/programs.py FOLDER` prints a PATH without them, for `.ci/run`; FOLDER gets links to what lay beside them.
"""

import os
import shutil
import sys
from pathlib import Path

PATH = os.environ.get("PATH", "")
MARKERS = {"dot": "graphviz", "chromium": "browser", "chromedriver": "browser", "java": "spark"}


def path_without(names, path, folder):
    """A PATH on which these programs are not found, and all others are.

    Args:
        names: of the programs.
        path: the PATH to start from.
        folder: an empty folder, for links to the programs that lie beside them.
    """
    folders = []
    for i, place in enumerate(path.split(os.pathsep)):
        if not any(shutil.which(name, path=place) for name in names):
            folders.append(place)
        elif os.name == "posix":  # elsewhere they lie in folders of their own
            links = Path(folder) / str(i)
            links.mkdir()
            for program in Path(place).iterdir():
                if program.name not in names:
                    (links / program.name).symlink_to(program.absolute())
            folders.append(str(links))
    return os.pathsep.join(folders)


def needed(name, test):
    """Where a program lies that a fresh machine lacks.

    Args:
        name: of the program.
        test: the item of pytest that asks for it.

    Raises:
        ValueError: the test does not say by its marker that it needs it.
        FileNotFoundError: it is not installed.
    """
    if not test.get_closest_marker(MARKERS[name]):
        raise ValueError(f"A test that uses {name} should carry the marker {MARKERS[name]}; {test.name} does not.")
    found = shutil.which(name, path=PATH)
    if found is None:
        raise FileNotFoundError(
            f"Tests marked {MARKERS[name]} need {name}, which is not installed. "
            "On Debian and Ubuntu: apt install graphviz fonts-liberation chromium chromium-driver default-jre-headless."
        )
    return found


if __name__ == "__main__":
    print(path_without(MARKERS, PATH, sys.argv[1]))
