"""Every picture of the documentation, by one command.

    python docs/gallery              makes all pictures into docs/images, and the page docs/gallery.md
    python docs/gallery NAME …       makes these pictures alone

A picture is a function `NAME(path)` in any file beside this one: its docstring is the sentence that stands under the
picture, and what it writes (at `path`, which ends in .png, or beside it with another ending) is the file. Functions
whose names begin with an underscore help them.
"""

import ast
import importlib.util
import inspect
import sys
import tempfile
import textwrap
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
IMAGES = HERE.parent / "images"
PAGE = HERE.parent / "gallery.md"
LARGEST = 200_000  # bytes of a file that is kept in the repository
SHOWN = (".png", ".svg", ".gif")


def modules(folder=HERE):
    """The files with pictures, as modules in the order of their names."""
    for file in sorted(folder.glob("[!_]*.py")):
        spec = importlib.util.spec_from_file_location(f"gallery_{file.stem}", file)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        yield module


def pictures(module):
    """{name: function} of a module, in the order of the file."""
    return {
        name: thing
        for name, thing in vars(module).items()
        if inspect.isfunction(thing) and thing.__module__ == module.__name__ and not name.startswith("_")
    }


def make(name, function, folder=IMAGES):
    """Make one picture; the files that it wrote.

    Raises:
        RuntimeError: it wrote nothing, or a picture too large for the repository.
    """
    with tempfile.TemporaryDirectory() as temporary:
        function(Path(temporary) / f"{name}.png")
        written = sorted(Path(temporary).iterdir())
        if not written:
            raise RuntimeError(f"{name} wrote no file.")
        files = []
        for file in written:
            content = _smaller(file) if file.suffix == ".png" else file.read_bytes()
            if len(content) > LARGEST and file.suffix in SHOWN:
                raise RuntimeError(f"{file.name} has {len(content):,} bytes; {LARGEST:,} at most.")
            target = folder / file.name
            if not target.exists() or target.read_bytes() != content:
                target.write_bytes(content)
            files.append(target)
    return files


def _smaller(file):
    """A PNG in 256 colours, which are enough for a plot."""
    import io

    from PIL import Image

    out = io.BytesIO()
    with Image.open(file) as image:
        image.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    return out.getvalue()


def page(found, folder=IMAGES):
    """The text of the page: of each picture its sentence and the code that makes it."""
    lines = [
        "# Gallery",
        "",
        "Every picture here, and this page, is made by `python docs/gallery`: change the functions in `docs/gallery/`.",
        "",
    ]
    for module in found:
        heading, _, prose = inspect.getdoc(module).partition("\n")
        lines += [f"## {heading.rstrip('.')}", "", *([prose.strip(), ""] if prose.strip() else [])]
        lines += ["The pictures of this part share:", "", *_block(_shared(module))]
        for name, function in pictures(module).items():
            sentence = " ".join(inspect.getdoc(function).split())
            lines += [f"### {name.replace('_', ' ')}", "", sentence, ""]
            for file in sorted(folder.glob(f"{name}.*")):
                sign, text = ("!", sentence) if file.suffix in SHOWN else ("", file.name)
                lines += [f"{sign}[{text}](images/{file.name})", ""]
            lines += _block(_body(function))
    return "\n".join(lines).rstrip() + "\n"


def _block(code):
    return ["```python", *code, "```", ""]


def _shared(module):
    """The imports of a module and the functions that help its pictures."""
    tree = ast.parse(inspect.getsource(module))
    source = inspect.getsource(module).splitlines()
    lines = []
    for node in tree.body:
        private = isinstance(node, ast.FunctionDef) and node.name.startswith("_")
        if private or isinstance(node, ast.Import | ast.ImportFrom | ast.Assign):
            lines += ["", ""] if private else []
            lines += source[node.lineno - 1 : node.end_lineno]
    return lines


def _body(function):
    """The lines of a function without its head and its docstring."""
    source = textwrap.dedent(inspect.getsource(function))
    first = ast.parse(source).body[0].body[1]
    return textwrap.dedent("\n".join(source.splitlines()[first.lineno - 1 :])).splitlines()


def main(names):
    """Make the pictures of these names, or all and the page."""
    found = list(modules())
    functions = {name: function for module in found for name, function in pictures(module).items()}
    unknown = [name for name in names if name not in functions]
    if unknown:
        print(f"There is no picture {', '.join(unknown)}. There are: {', '.join(functions)}.", file=sys.stderr)
        return 2
    IMAGES.mkdir(exist_ok=True)
    for name in names or functions:
        start = time.perf_counter()
        for file in make(name, functions[name]):
            seconds = time.perf_counter() - start
            print(f"{file.relative_to(HERE.parent)}  {file.stat().st_size / 1000:.0f} kB  {seconds:.1f} s")
    if not names:
        PAGE.write_text(page(found), encoding="utf-8")
        print(PAGE.relative_to(HERE.parent))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
