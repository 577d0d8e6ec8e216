"""Bundles the libraries of the classroom's pages: an editor (CodeMirror), Markdown (marked) and formulas (Temml).

Whoever builds a classroom has Python and no npm, so the bundles are part of the package, each below 500 kB and with the
licences of all that is in it. Versions are pinned, and checked by their sums, in `.ci/vendor/package-lock.json`.

    python .ci/make_vendor.py            write tinygrad_edu/site/pages/vendor; needs npm
    python .ci/make_vendor.py --check    exit with 1 where it would write something else; where there is no npm, where
                                         the files were made from other sources
"""

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ROOT / ".ci" / "vendor"
TARGET = ROOT / "tinygrad_edu" / "site" / "pages" / "vendor"
LICENCES = "LICENSES.txt"
MOST = 500_000  # bytes of a bundle
BUNDLE = ["--bundle", "--minify", "--format=iife", "--target=es2022", "--legal-comments=none", "--charset=utf8"]


def bundles():
    """The files of the folder: a dict from name to text."""
    with tempfile.TemporaryDirectory() as folder:
        for path in SOURCES.iterdir():
            shutil.copy(path, folder)
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--silent"], cwd=folder, check=True)
        found = {}
        for entry in sorted(Path(folder).glob("*.mjs")):
            command = ["npx", "esbuild", entry.name, *BUNDLE]
            made = subprocess.run(command, cwd=folder, check=True, capture_output=True, encoding="utf-8").stdout
            if len(made.encode()) > MOST:
                raise SystemExit(f"{entry.stem}.js has {len(made.encode()):,} bytes: at most {MOST:,} are wanted.")
            found[f"{entry.stem}.js"] = made
        return found | {LICENCES: f"{origin()}\n\n{_licences(Path(folder))}"}


def origin():
    """A line that says what the files are made from."""
    sources = b"".join(path.read_bytes() for path in sorted(SOURCES.iterdir()))
    return f"Made by .ci/make_vendor.py from sources of sha256 {hashlib.sha256(sources).hexdigest()}"


def _licences(folder):
    """The licences of all that is bundled, each under the name and the version of its package."""
    lock = json.loads((folder / "package-lock.json").read_text("utf-8"))
    texts = []
    for place, package in sorted(lock["packages"].items()):
        if place and not package.get("dev") and not package.get("optional"):
            licence = next((folder / place).glob("LICENSE*")).read_text("utf-8").strip()
            texts.append(f"{place.removeprefix('node_modules/')} {package['version']}\n\n{licence}\n")
    return f"\n{'-' * 80}\n".join(texts)


def main():
    """Write the files, or compare them."""
    if "--check" in sys.argv and shutil.which("npm") is None:
        if (TARGET / LICENCES).read_text("utf-8").partition("\n")[0] != origin():
            raise SystemExit("Stale. Run, with npm: python .ci/make_vendor.py")
        return
    wanted = bundles()
    there = {path.name: path.read_text("utf-8") for path in TARGET.glob("*")}
    if "--check" in sys.argv:
        if stale := sorted(name for name in wanted.keys() | there.keys() if wanted.get(name) != there.get(name)):
            raise SystemExit(f"Stale: {', '.join(stale)}. Run: python .ci/make_vendor.py")
        return
    TARGET.mkdir(parents=True, exist_ok=True)
    for name, text in wanted.items():
        (TARGET / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
