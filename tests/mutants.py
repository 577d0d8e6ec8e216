#!/usr/bin/env python3
"""Mutants: small mistakes, sown one at a time into the code that computes, which the tests should notice.

A mutant is the package with one operator, comparison, condition, number or statement changed. Those of the rooms in
`TESTS` are found in the syntax trees; a sample of them, by a seed, is tested in a copy of the project, each with the
tests of its room until one fails. A mutant that passes them all is printed: it needs a test, or makes no difference.

    python tests/mutants.py --sample 300 --seed 0 [--room optim] [--log mutants.jsonl]
"""

import argparse
import ast
import json
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "tinygrad_edu"

# The code that computes, and its tests: quick ones first, as one that fails ends the run.
TESTS = {
    "engine": [
        *[f"tests/test_{name}.py" for name in ("autodiff", "tensor", "recorder", "memory", "ops", "gradcheck")],
        "tests/nn/test_variables.py",
        *[f"tests/replay/test_{name}.py" for name in ("trace", "scalar")],
        *[f"tests/nn/test_{name}.py" for name in ("layer_base", "model")],
        "tests/viz/test_graph.py",
        "tests/test_doctests.py",
    ],
    "optim": ["tests/optim", "tests/replay/test_every_part.py", "tests/test_doctests.py"],
    "nn/losses": [
        *[f"tests/nn/test_{name}.py" for name in ("losses", "masks", "model", "parity", "bad_input")],
        "tests/replay/test_every_part.py",
        "tests/test_doctests.py",
    ],
    "replay": [
        *[f"tests/replay/test_{name}.py" for name in ("scalar", "trace", "batches", "audit", "changes", "every_part")],
        *[f"tests/replay/test_{name}.py" for name in ("source", "every_training", "models_together")],
        "tests/optim/test_in_programs.py",
        "tests/test_doctests.py",
    ],
}
SECONDS, BYTES = 600, 6 << 30  # of the processor, for one mutant; one that takes more is caught

OPERATORS = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult, ast.Pow: ast.Mult, ast.MatMult: ast.Mult, ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr,
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.And: ast.Or, ast.Or: ast.And,
}  # fmt: skip


def mutants(path):
    """(node, the text that takes its place) for all mistakes that can be made in a file."""
    tree = ast.parse(path.read_text())
    for node in _computing(tree):
        yield from ((node, ast.unparse(changed)) for changed in _changes(node))


def _computing(node):
    """The nodes that compute: no texts, annotations, messages of errors or declarations."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Raise | ast.Import | ast.ImportFrom | ast.arg | ast.JoinedStr | ast.Assert):
            continue
        if isinstance(child, ast.AnnAssign):
            child = child.value or ast.Pass()
        if isinstance(child, ast.If) and isinstance(child.test, ast.Name) and child.test.id == "TYPE_CHECKING":
            continue
        yield child
        yield from _computing(child)


def _changes(node):
    if isinstance(node, ast.BinOp | ast.AugAssign | ast.BoolOp) and type(node.op) in OPERATORS:
        yield _with(node, op=OPERATORS[type(node.op)]())
    elif isinstance(node, ast.Compare):
        for i, op in enumerate(node.ops):
            yield _with(node, ops=[*node.ops[:i], OPERATORS[type(op)](), *node.ops[i + 1 :]])
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.USub):
        yield node.operand
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield ast.Constant(not node.value)
    elif isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        yield ast.Constant(node.value + 1)
    elif isinstance(node, ast.IfExp):
        yield _with(node, test=ast.UnaryOp(ast.Not(), node.test))
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        yield ast.Pass()
    elif isinstance(node, ast.Return) and node.value is not None:
        yield ast.Return(ast.Constant(None))


def _with(node, **changes):
    copied = type(node)(**{field: getattr(node, field) for field in node._fields})
    for field, value in changes.items():
        setattr(copied, field, value)
    return ast.copy_location(copied, node)


def spliced(source, node, text):
    """The source with the text in place of a node; in brackets, so that it stays one expression."""
    lines = source.encode().splitlines(keepends=True)
    start = sum(map(len, lines[: node.lineno - 1])) + node.col_offset
    end = sum(map(len, lines[: node.end_lineno - 1])) + node.end_col_offset
    whole = source.encode()
    text = f"({text})" if isinstance(node, ast.expr) else text
    return (whole[:start] + text.encode() + whole[end:]).decode()


def sampled(rooms, count, seed):
    """(room, path, node, text) of so many mutants, as many of each room as it has of all."""
    every = []
    for room in rooms:
        for path in sorted((ROOT / PACKAGE / room).rglob("*.py")):
            every += [(room, path.relative_to(ROOT), node, text) for node, text in mutants(path)]
    print(f"{len(every)} mutants, of which {min(count, len(every))} are tried", flush=True)
    return random.Random(seed).sample(every, min(count, len(every)))


def survives(copy, room, path, text):
    """True if the tests of the room pass with this text in place of the file."""
    original = (copy / path).read_text()
    (copy / path).write_text(text)
    try:
        return passes(copy, room)
    finally:
        (copy / path).write_text(original)


def passes(copy, room):
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-n", "0", "-p", "no:cacheprovider"]
    command += [f"--basetemp={copy}/basetemp", *TESTS[room]]
    try:
        run = subprocess.run(command, cwd=copy, capture_output=True, timeout=10 * SECONDS, preexec_fn=_limited)
    except subprocess.TimeoutExpired:
        return False
    return run.returncode == 0


def _limited():
    resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))


def main():
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--sample", type=int, default=300, help="how many mutants")
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--room", choices=TESTS, action="append", help="only of this room; may be given again")
    options.add_argument("--log", help="a file to which each result is added, and whose mutants are not tried again")
    chosen = options.parse_args()
    known = {}
    if chosen.log and Path(chosen.log).exists():
        found = map(json.loads, Path(chosen.log).read_text().splitlines())
        known = {(result["place"], result["after"]): result for result in found}
    results = []
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy"
        left_out = shutil.ignore_patterns(".git", ".venv", "__pycache__", ".pytest_cache", ".hypothesis")
        shutil.copytree(ROOT, copy, ignore=left_out)
        for room in chosen.room or TESTS:
            if not passes(copy, room):
                sys.exit(f"the tests of {room} fail without any mutant: {' '.join(TESTS[room])}")
        for room, path, node, text in sampled(chosen.room or list(TESTS), chosen.sample, chosen.seed):
            source = (ROOT / path).read_text()
            place = f"{path}:{node.lineno}:{node.col_offset}"
            result = known.get((place, text))
            if result is None:
                began = time.perf_counter()
                survived = survives(copy, room, path, spliced(source, node, text))
                before = ast.get_source_segment(source, node)
                result = {"place": place, "before": before, "after": text, "survived": survived}
                result["seconds"] = round(time.perf_counter() - began, 1)
                if chosen.log:
                    with open(chosen.log, "a") as log:
                        log.write(json.dumps(result) + "\n")
            results.append(result)
            if result["survived"]:
                print(f"{result['place']}: {result['before']!r} -> {result['after']!r}", flush=True)
    killed = sum(not result["survived"] for result in results)
    print(f"{killed} of {len(results)} mutants were caught ({100 * killed / max(len(results), 1):.1f} %)")


if __name__ == "__main__":
    main()
