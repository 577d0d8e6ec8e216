"""The rules of the house, read from the source: who imports whom, what stays in its room, what is never written.

A room is a folder of the package, or a module beside them. The rules are told in docs/design.md, "Who may import whom".
"""

import ast
import functools
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
STUDENTS = re.compile(r"/exercises/tasks/\w+/(starter\.py|solutions/|mutants/)")
FILES = {
    path.relative_to(PACKAGE.parent).as_posix(): path.read_text("utf-8")
    for path in PACKAGE.rglob("*.py")
    if not STUDENTS.search(path.as_posix())
}

# From the engine upwards: a room may import those of its own level and of the levels before it.
LEVELS = [
    {"engine"},
    {"ops"},
    {"replay", "gradcheck", "optim"},
    {"nn"},
    {"doctor", "data", "viz", "exercises", "keras", "spark", "site", "demo", "__main__"},
]
COMMON = "common"  # anybody's, which itself imports nothing but the engine
FACE = "__init__"  # of the package: for those who use the package as a user does
ENGINE = ["tensor", "recorder", "op", "call", "autodiff"]
ENGINE_LINES = 510

PYTHONS = {"_exit", "_getframe", "_replace"}  # documented names of os, sys and named tuples

# Measures of how well the rooms are kept apart. They are lowered when the count falls, and never raised.
PRIVATE_ATTRIBUTES = 2
PRIVATE_IMPORTS = 0
CIRCLES = 0  # those inside engine/ do not count


# -- the checkers of one source: each gives a list of complaints -----------------------------------------


parsed = functools.cache(ast.parse)


def room_of(path):
    return path.split("/")[1].removesuffix(".py")


ROOMS = {room_of(path) for path in FILES} - {FACE}
KNOWN = ROOMS.union(*LEVELS)


def imports(path, source, for_types=True):
    """The imports of a file, those inside functions included: (dotted name, line).

    Args:
        for_types: whether those count that stand under `if TYPE_CHECKING`, and never run.
    """
    package = path.split("/")[:-1]
    waiting = [parsed(source)]
    while waiting:
        node = waiting.pop()
        if not for_types and isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            waiting += node.orelse
            continue
        waiting += ast.iter_child_nodes(node)
        if isinstance(node, ast.Import):
            yield from ((name.name, node.lineno) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            yield from ((".".join([*base, *filter(None, [node.module]), x.name]), node.lineno) for x in node.names)


def imported_rooms(path, source):
    """The rooms that a file imports, with the line."""
    for target, line in imports(path, source):
        top, _, inside = target.partition(".")
        if top == "tinygrad_edu":
            room = inside.partition(".")[0]
            yield (room if room in KNOWN else FACE), line


def level_of(room):
    if room == FACE:
        return len(LEVELS) - 1
    return next((i for i, level in enumerate(LEVELS) if room in level), None)


def wrong_imports(path, source):
    own = room_of(path)
    if own == FACE:
        return []
    if level_of(own) is None and own != COMMON:
        return [f"{path}: '{own}' stands on no level; name it in LEVELS and in docs/design.md"]
    return [
        f"{path}:{line} imports '{room}'"
        for room, line in imported_rooms(path, source)
        if room not in (COMMON, own) and level_of(room) > level_of("engine" if own == COMMON else own)
    ]


def documented(node):
    return ast.get_docstring(node) is not None


def missing_docstrings(path, source):
    tree = parsed(source)
    found = [] if documented(tree) else [f"{path} does not open with a docstring"]
    if re.search(r"/exercises/tasks/\w+/check\.py$", path):  # its functions have titles in text.en.md
        return found
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name[0] != "_" and not documented(node):
            found.append(f"{path}:{node.lineno} '{node.name}' has no docstring")
    return found


def forbidden(path, source):
    """Assertions, pickles, and code made from text (which only replay may do)."""
    code_from_text = () if room_of(path) == "replay" else ("exec", "eval", "compile")
    for node in ast.walk(parsed(source)):
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


# -- the measures of all sources together -----------------------------------------------------------------


def is_private(name):
    return name.startswith("_") and not name.endswith("__")


def names_in(tree):
    """The names that a source defines, or speaks of in a text: functions, classes, attributes of self, slots, …"""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and is_itself(node.value):
            yield node.attr
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def is_itself(node):
    """Whether this is self, cls or super()."""
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id == "super"
    return isinstance(node, ast.Name) and node.id in ("self", "cls")


def private_attributes(files):
    """Where a private attribute of another object is used that no file of the same room defines."""
    trees, own = {path: parsed(source) for path, source in files.items()}, {}
    for path, tree in trees.items():
        own.setdefault(room_of(path), set()).update(names_in(tree))
    return [
        f"{path}:{node.lineno} .{node.attr}"
        for path, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and is_private(node.attr) and not is_itself(node.value)
        if node.attr not in own[room_of(path)] | PYTHONS
    ]


def private_imports(files):
    """Where a private name, or a name of a private module, is imported from another room."""
    return [
        f"{path}:{line} {target}"
        for path, source in files.items()
        for target, line in imports(path, source)
        if target.startswith("tinygrad_edu.") and target.split(".")[1] != room_of(path)
        if any(is_private(name) for name in target.split("."))
    ]


def module_of(path):
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def edges_of(files):
    """By module the modules that it imports."""
    modules = {module_of(path) for path in files}
    edges = {}
    for path, source in files.items():
        targets = [target for target, _ in imports(path, source, for_types=False)]
        targets = {target if target in modules else target.rpartition(".")[0] for target in targets}
        edges[module_of(path)] = (targets & modules) - {module_of(path)}
    return edges


def circles(edges):
    """Groups of nodes each of which leads to all others of its group, sorted."""
    reached = {}
    for start in edges:
        reached[start], waiting = set(), [start]
        while waiting:
            new = edges.get(waiting.pop(), set()) - reached[start]
            reached[start] |= new
            waiting += new
    groups = {frozenset(b for b in reached[a] if a in reached.get(b, ())) for a in edges}
    return sorted(sorted(group) for group in groups if len(group) > 1)


def import_circles(files):
    """Modules that import each other, but for circles that lie inside the engine."""
    found = circles(edges_of(files))
    return [group for group in found if not all(module.startswith("tinygrad_edu.engine.") for module in group)]


def circles_of_rooms(files):
    """Rooms that import each other; `common` and the engine do, module by module without a circle."""
    edges = {}
    for path, source in files.items():
        rooms = {room for room, _ in imported_rooms(path, source)} - {COMMON, FACE, room_of(path)}
        edges.setdefault(room_of(path), set()).update(rooms)
    edges.pop(COMMON, None)
    edges.pop(FACE, None)
    return circles(edges)


def folders_without_a_purpose(files):
    """Folders of the package that have no `__init__`, or one without a docstring; each exercise has its texts."""
    folders = {path.rpartition("/")[0] for path in files if not re.search(r"/exercises/(tasks|\d\d_)", path)}
    docstrings = {folder: ast.get_docstring(parsed(files.get(f"{folder}/__init__.py", ""))) for folder in folders}
    return sorted(folder for folder, docstring in docstrings.items() if not docstring)


def rooms_described(text):
    """The rooms that have a line of their own in a list: "- `nn/`: …"."""
    return set(re.findall(r"^- `(\w+)(?:/|\.py)`: ", text, re.MULTILINE))


def levels_shown(text):
    """The levels of the first block of text under the heading "Who may import whom", the lowest first."""
    block = re.search(r"^## Who may import whom$.*?^```text\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [set(line.split()) for line in block[1].splitlines()] if block else []


def lines_of_code(source):
    """How many lines hold code: not blank, not a comment, not a docstring."""
    layout = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
    lines = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in layout:
            lines.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(parsed(source)):
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


@pytest.mark.parametrize(
    ("measure", "limit"),
    [
        (private_attributes, PRIVATE_ATTRIBUTES),
        (private_imports, PRIVATE_IMPORTS),
        (import_circles, CIRCLES),
        (circles_of_rooms, 0),
        (folders_without_a_purpose, 0),
    ],
)
def test_the_rooms_are_kept_apart(measure, limit):
    found = measure(FILES)
    assert len(found) <= limit, "\n".join(map(str, found))


def test_the_design_names_every_room_on_its_level():
    text = (PACKAGE.parent / "docs" / "design.md").read_text("utf-8")
    assert rooms_described(text) == ROOMS
    assert levels_shown(text) == [level & ROOMS for level in LEVELS]


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
        ("tinygrad_edu/engine/tensor.py", "from ..ops import multiply"),
        ("tinygrad_edu/engine/tensor.py", "def late():\n    from tinygrad_edu.viz import graph"),
        ("tinygrad_edu/engine/tensor.py", "if TYPE_CHECKING:\n    from ..nn import Layer"),
        ("tinygrad_edu/ops/shape.py", "from ..viz.graph import draw"),
        ("tinygrad_edu/ops/shape.py", "import tinygrad_edu.gradcheck"),
        ("tinygrad_edu/ops/shape.py", "import tinygrad_edu as tg"),
        ("tinygrad_edu/common/files.py", "from ..ops import exp"),
        ("tinygrad_edu/common/files.py", "from .. import __version__"),
        ("tinygrad_edu/optim/adam.py", "from ..nn.layers import Dense"),
        ("tinygrad_edu/replay/tape.py", "from ..nn.layers import Dense"),
        ("tinygrad_edu/gradcheck/graph.py", "from ..viz.graph import draw"),
        ("tinygrad_edu/nn/layers.py", "from .. import Tensor"),
        ("tinygrad_edu/nn/layers.py", "from ..keras import layers"),
        ("tinygrad_edu/nn/training/loop.py", "from ...doctor import diagnose"),
        ("tinygrad_edu/nn/training/loop.py", "from ...data import Dataset"),
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
        ("tinygrad_edu/engine/tensor.py", "from ..common.display import tensor_html"),
        ("tinygrad_edu/common/display.py", "from ..engine.tensor import Tensor\nfrom .files import replacing"),
        (
            "tinygrad_edu/nn/layers.py",
            "from ..engine.tensor import Tensor\nfrom .losses import mse\nfrom ..optim import Adam",
        ),
        ("tinygrad_edu/nn/layers.py", "from .data import x\nimport numpy.random"),
        ("tinygrad_edu/optim/adam.py", "from .. import replay\nfrom ..common import files"),
        ("tinygrad_edu/keras/layers.py", "from ..nn.layers import Dense"),
        ("tinygrad_edu/viz/graph/draw.py", "from ... import ops\nfrom ...gradcheck import gradcheck"),
        ("tinygrad_edu/__main__.py", "import tinygrad_edu as tg\nfrom . import viz"),
    ],
)
def test_an_import_downwards_is_allowed(path, source):
    assert wrong_imports(path, source) == []


OF_A_TENSOR = {"tinygrad_edu/engine/tensor.py": "class Tensor:\n    __slots__ = ('_args',)\n    _kept = 1"}


@pytest.mark.parametrize(
    "source",
    [
        "def f(t):\n    return t._args",
        "def f(self):\n    return self.tensor._args",
        "def f(t):\n    t._args = None",
        "def f(t):\n    return t._kept, 1",
        "from ..engine.tensor import Tensor\nTensor._kept",
        "def f(t):\n    return t.__args",
    ],
)
def test_a_private_attribute_of_another_room_is_caught(source):
    assert len(private_attributes(OF_A_TENSOR | {"tinygrad_edu/viz/labels.py": source})) == 1


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("tinygrad_edu/engine/call.py", "def f(t):\n    return t._args"),
        ("tinygrad_edu/nn/layer.py", "class Mine(Tensor):\n    def f(self):\n        return self._args, super()._kept"),
        ("tinygrad_edu/nn/layer.py", "class Layer:\n    _walk = 1\ndef f(layer):\n    return layer._walk"),
        ("tinygrad_edu/nn/layer.py", "def f(t):\n    return t.__class__, t.args_, t.args"),
        ("tinygrad_edu/nn/layer.py", "import sys\nsys._getframe(1)"),
    ],
)
def test_what_is_private_is_used_in_its_own_room(path, source):
    assert private_attributes(OF_A_TENSOR | {path: source}) == []


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ("from ..common.objects import _plain", 1),
        ("from ..common._hidden import plain", 1),
        ("def f():\n    from tinygrad_edu.common.objects import _plain", 1),
        ("import tinygrad_edu.common._hidden", 1),
        ("from ..common.objects import _plain, plain, _other", 2),
        ("from .. import __version__\nfrom .layer import _name\nfrom . import _own\nfrom os import _exit", 0),
    ],
)
def test_a_private_import_from_another_room_is_caught(source, count):
    assert len(private_imports({"tinygrad_edu/nn/model.py": source})) == count


@pytest.mark.parametrize(
    ("model", "saving", "count"),
    [
        ("from .saving import save", "from ..model import Model", 1),
        ("from .saving import save", "def load():\n    from ..model import Model", 1),
        ("def save():\n    from . import saving", "def load():\n    import tinygrad_edu.nn.model", 1),
        ("from .saving import save", "if TYPE_CHECKING:\n    from ..model import Model", 0),
        ("from .saving import save", "from ..layer import Layer", 0),
        ("from .saving import save", "from .. import losses", 0),
    ],
)
def test_an_import_circle_is_caught(model, saving, count):
    files = {
        "tinygrad_edu/nn/__init__.py": "from . import model",
        "tinygrad_edu/nn/model.py": model,
        "tinygrad_edu/nn/saving/__init__.py": saving,
        "tinygrad_edu/nn/layer.py": "",
        "tinygrad_edu/nn/losses.py": "",
        "tinygrad_edu/engine/op.py": "from .tensor import Tensor",
        "tinygrad_edu/engine/tensor.py": "def call():\n    from .op import Op",
    }
    assert len(import_circles(files)) == count


def test_a_circle_of_three_modules_is_one_and_may_not_leave_the_engine():
    long = {"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}, "e": set()}
    assert circles(long) == [["a", "b", "c"]]
    files = {
        "tinygrad_edu/engine/op.py": "from ..common.display import html",
        "tinygrad_edu/common/display.py": "from ..engine.op import Op",
    }
    assert import_circles(files) == [["tinygrad_edu.common.display", "tinygrad_edu.engine.op"]]


def test_a_circle_of_rooms_is_caught():
    files = {
        "tinygrad_edu/viz/one.py": "from ..exercises import two",
        "tinygrad_edu/exercises/two.py": "from ..data import arrays",
        "tinygrad_edu/data/arrays.py": "from ..engine import tensor",
        "tinygrad_edu/engine/tensor.py": "from ..common import files",
        "tinygrad_edu/common/files.py": "from ..engine import tensor",
    }
    assert circles_of_rooms(files) == []
    files["tinygrad_edu/data/splitting.py"] = "def f():\n    from ..viz import three"
    assert circles_of_rooms(files) == [["data", "exercises", "viz"]]


def test_a_folder_without_a_purpose_is_caught():
    files = {
        "tinygrad_edu/nn/__init__.py": '"""Networks."""',
        "tinygrad_edu/nn/layer.py": '"""The layer."""',
        "tinygrad_edu/exercises/01_parabola/check.py": "",
    }
    assert folders_without_a_purpose(files) == []
    silent = {"tinygrad_edu/optim/__init__.py": "x = 1", "tinygrad_edu/nn/training/loop.py": '"""The loop."""'}
    assert folders_without_a_purpose(files | silent) == ["tinygrad_edu/nn/training", "tinygrad_edu/optim"]


def test_what_the_design_says_of_rooms_is_read():
    text = "- `nn/`: networks.\n- `demo.py`: `optim/`, shown.\n\n## Who may import whom\n\n```text\nnn\ndemo viz\n```\n"
    assert rooms_described(text) == {"nn", "demo"}
    assert levels_shown(text) == [{"nn"}, {"demo", "viz"}]
    assert levels_shown("## Who may import whom") == levels_shown("```text\nnn\n```\n") == []


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
    assert missing_docstrings("tinygrad_edu/exercises/tasks/parabola/check.py", source) == []
    assert len(missing_docstrings("tinygrad_edu/exercises/judging.py", source)) == 1
    assert len(missing_docstrings("tinygrad_edu/exercises/tasks/parabola/check.py", "")) == 1


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
