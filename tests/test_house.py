"""The rules of the house, read from the source: who imports whom, what is never written, what stays small."""

import ast
import io
import re
import subprocess
import sys
import tokenize
from pathlib import Path

import pytest

import tinygrad_edu

PACKAGE = Path(tinygrad_edu.__file__).parent
# What students write or get to write keeps their rules: starters have holes, and some answers are wrong.
STUDENTS = re.compile(r"/exercises/\d\d_\w+/(starter\.py|solutions/|mutants/)")
FILES = {
    path.relative_to(PACKAGE.parent).as_posix(): path.read_text("utf-8")
    for path in PACKAGE.rglob("*.py")
    if not STUDENTS.search(path.as_posix())
}

# Each part may import its own layer and the layers before it.
LAYERS = [
    {"engine", "common", "ops"},
    {"gradcheck", "replay", "nn", "optim"},
    {"data", "doctor", "viz", "exercises", "keras", "spark", "demo", "__main__"},
]
APART = {("optim", "nn")}
FACE = "__init__"
ENGINE = ["tensor", "recorder", "op", "call", "autodiff"]
ENGINE_LINES = 480


# -- the checkers: each gives a list of complaints about one source ------------------------------------


def imported_parts(path, source):
    """The parts of tinygrad_edu that a file imports, anywhere in it, with the line."""
    package = path.split("/")[:-1]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            targets = [name.name.split(".") for name in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            base = base + (node.module.split(".") if node.module else [])
            targets = [[*base, name.name] for name in node.names]
        else:
            continue
        for target in targets:
            if target[0] == "tinygrad_edu":
                yield (target[1] if len(target) > 1 and target[1] in PARTS else FACE), node.lineno


def part_of(path):
    return path.split("/")[1].removesuffix(".py")


PARTS = {part_of(path) for path in FILES} | set().union(*LAYERS)


def layer_of(part):
    if part == FACE:
        return len(LAYERS) - 1
    return next((i for i, layer in enumerate(LAYERS) if part in layer), None)


def wrong_imports(path, source):
    own = part_of(path)
    if own == FACE:
        return []
    if layer_of(own) is None:
        return [f"{path}: '{own}' stands in no layer; name it in LAYERS"]
    return [
        f"{path}:{line} imports '{part}'"
        for part, line in imported_parts(path, source)
        if layer_of(part) is not None and (layer_of(part) > layer_of(own) or (own, part) in APART)
    ]


def documented(node):
    return ast.get_docstring(node) is not None


def missing_docstrings(path, source):
    tree = ast.parse(source)
    found = [] if documented(tree) else [f"{path} does not open with a docstring"]
    if re.search(r"/exercises/\d\d_\w+/check\.py$", path):  # its functions have titles in text.en.md
        return found
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name[0] != "_" and not documented(node):
            found.append(f"{path}:{node.lineno} '{node.name}' has no docstring")
    return found


def forbidden(path, source):
    """Assertions, pickles, and code made from text (which only replay may do)."""
    code_from_text = () if part_of(path) == "replay" else ("exec", "eval", "compile")
    for node in ast.walk(ast.parse(source)):
        modules = []
        if isinstance(node, ast.Assert):
            yield f"{path}:{node.lineno} assert"
        elif isinstance(node, ast.Import):
            modules = [name.name for name in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            modules = [node.module]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in code_from_text:
            yield f"{path}:{node.lineno} {node.func.id}()"
        elif isinstance(node, ast.keyword) and node.arg == "allow_pickle" and ast.unparse(node.value) != "False":
            yield f"{path}:{node.value.lineno} allow_pickle"
        for module in modules:
            if module.partition(".")[0] in ("pickle", "marshal", "shelve", "dill", "cloudpickle", "joblib"):
                yield f"{path}:{node.lineno} imports {module}"


def imported_modules(path, source):
    """The modules of the package that a file imports, anywhere in it but under `if TYPE_CHECKING`."""
    tree = ast.parse(source)
    unread = {
        child
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for child in ast.walk(node)
    }
    package = path.split("/")[:-1]
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node not in unread:
            base = package[: len(package) - node.level + 1] if node.level else []
            base = base + (node.module.split(".") if node.module else [])
            for name in node.names:
                yield "/".join([*base, name.name]), "/".join(base)


def import_circles(files):
    """The files that stand in a circle of imports, or between two: what is left when the ends of all chains are cut."""

    def file_of(module):
        return next((f for f in (f"{module}.py", f"{module}/__init__.py") if f in files), None)

    imports = {}
    for path, source in files.items():
        found = [file_of(full) or file_of(base) for full, base in imported_modules(path, source)]
        imports[path] = set(found) - {None, path}
    left = set(imports)
    while ends := {path for path in left if not imports[path] & left} | left - set().union(*[imports[x] for x in left]):
        left -= ends
    return sorted(left)


def lines_of_code(source):
    """How many lines hold code: not blank, not a comment, not a docstring."""
    layout = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
    lines = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in layout:
            lines.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and documented(node):
            lines.difference_update(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    return len(lines)


def loaded_by(statement):
    """The names of the modules that a fresh Python has loaded after a statement."""
    code = f"import sys\n{statement}\nprint(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], cwd=PACKAGE.parent, capture_output=True, text=True, check=True)
    return set(run.stdout.split())


def needless(loaded, by_numpy):
    """What an import of tinygrad_edu loads that neither NumPy nor tinygrad_edu itself is."""
    return sorted(m for m in loaded - by_numpy if m.partition(".")[0] != "tinygrad_edu")


# -- the house keeps them ------------------------------------------------------------------------------


@pytest.mark.parametrize("checker", [wrong_imports, missing_docstrings, forbidden])
def test_every_file_keeps_the_rule(checker):
    assert [complaint for path, source in FILES.items() for complaint in checker(path, source)] == []


def test_files_import_each_other_in_the_engine_alone():
    """Imports inside functions count. What stands in a circle, or between two, is named."""
    assert [path for path in import_circles(FILES) if not path.startswith("tinygrad_edu/engine/")] == []


def test_engine_is_read_in_half_an_hour():
    sizes = {name: lines_of_code(FILES[f"tinygrad_edu/engine/{name}.py"]) for name in ENGINE}
    assert sum(sizes.values()) <= ENGINE_LINES, sizes


def test_import_loads_nothing_but_numpy_and_itself():
    assert needless(loaded_by("import tinygrad_edu"), loaded_by("import numpy")) == []


def test_public_names_are_there():
    """Names that load on first use are found, and `dir` lists them."""
    missing = [name for name in tinygrad_edu.__all__ if not hasattr(tinygrad_edu, name)]
    assert missing == []
    assert set(tinygrad_edu.__all__) <= set(dir(tinygrad_edu))


# -- each checker catches what it is for -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("tinygrad_edu/engine/tensor.py", "from ..nn import Dense"),
        ("tinygrad_edu/engine/tensor.py", "from .. import nn"),
        ("tinygrad_edu/engine/tensor.py", "def late():\n    from tinygrad_edu.viz import graph"),
        ("tinygrad_edu/ops/shape.py", "from ..viz.graph import draw"),
        ("tinygrad_edu/ops/shape.py", "import tinygrad_edu.gradcheck"),
        ("tinygrad_edu/ops/shape.py", "import tinygrad_edu as tg"),
        ("tinygrad_edu/nn/layers.py", "from .. import Tensor"),
        ("tinygrad_edu/nn/layers.py", "from ..keras import layers"),
        ("tinygrad_edu/optim/adam.py", "from ..nn.layers import Dense"),
        ("tinygrad_edu/newcomer.py", ""),
    ],
)
def test_an_import_upwards_is_caught(path, source):
    assert len(wrong_imports(path, source)) == 1


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("tinygrad_edu/__init__.py", "from . import nn, keras"),
        ("tinygrad_edu/engine/tensor.py", "def backward():\n    from .autodiff import backward"),
        (
            "tinygrad_edu/nn/layers.py",
            "from ..engine.tensor import Tensor\nfrom .losses import mse\nfrom ..optim import Adam",
        ),
        ("tinygrad_edu/nn/layers.py", "from .data import x\nimport numpy.random"),
        ("tinygrad_edu/keras/layers.py", "from ..nn.layers import Dense"),
        ("tinygrad_edu/__main__.py", "import tinygrad_edu as tg\nfrom . import viz"),
    ],
)
def test_an_import_downwards_is_allowed(path, source):
    assert wrong_imports(path, source) == []


def test_a_circle_is_caught():
    files = {
        "tinygrad_edu/nn/model.py": "from .saving import save",
        "tinygrad_edu/nn/saving.py": "def save():\n    from .model import Model",
        "tinygrad_edu/nn/layers.py": "from . import saving",
        "tinygrad_edu/nn/__init__.py": "from .layers import Dense\nfrom .model import Model",
    }
    assert import_circles(files) == ["tinygrad_edu/nn/model.py", "tinygrad_edu/nn/saving.py"]
    files["tinygrad_edu/nn/saving.py"] = "if TYPE_CHECKING:\n    from .model import Model"
    assert import_circles(files) == []


@pytest.mark.parametrize(
    "source",
    [
        '"""Prose."""\nassert x',
        '"""Prose."""\ndef f():\n    import pickle',
        '"""Prose."""\nfrom pickle import load',
        '"""Prose."""\nx = eval("1")',
        '"""Prose."""\nexec("x = 1")',
        '"""Prose."""\nx = np.load(path, allow_pickle=True)',
    ],
)
def test_a_forbidden_thing_is_caught(source):
    assert len(list(forbidden("tinygrad_edu/nn/saving.py", source))) == 1


def test_what_is_not_forbidden():
    assert list(forbidden("tinygrad_edu/replay/source.py", 'exec(compile("x = 1", "step", "exec"))')) == []
    assert list(forbidden("tinygrad_edu/nn/model.py", "model.compile()\nnp.load(path, allow_pickle=False)")) == []


@pytest.mark.parametrize(
    "source",
    ["x = 1", '"""Prose."""\ndef public():\n    return 1', '"""Prose."""\nclass Public:\n    x = 1'],
)
def test_a_missing_docstring_is_caught(source):
    assert len(missing_docstrings("tinygrad_edu/nn/layers.py", source)) == 1


def test_the_checks_of_an_exercise_need_one_docstring():
    source = '"""Prose."""\ndef check_number(student):\n    return 1'
    assert missing_docstrings("tinygrad_edu/exercises/01_parabola/check.py", source) == []
    assert len(missing_docstrings("tinygrad_edu/exercises/judging.py", source)) == 1
    assert len(missing_docstrings("tinygrad_edu/exercises/01_parabola/check.py", "")) == 1


def test_private_functions_need_no_docstring():
    assert missing_docstrings("tinygrad_edu/nn/layers.py", '"""Prose."""\ndef _private():\n    return 1') == []


def test_lines_of_code_are_counted():
    prose = '"""Prose\nof two lines."""\n\n# a comment\n'
    assert lines_of_code(prose) == 0
    assert lines_of_code(prose + 'def f(\n    a,\n):\n    """What f is."""\n    return """two\nlines"""\n') == 5
    assert lines_of_code("x = 1  # why\n" * (ENGINE_LINES + 1)) > ENGINE_LINES


def test_a_slow_import_is_caught():
    loaded = {"numpy", "sys", "tinygrad_edu", "tinygrad_edu.nn", "matplotlib", "rich.table"}
    assert needless(loaded, {"numpy", "sys"}) == ["matplotlib", "rich.table"]
