"""The scripts of tests/golden and the figures that they wrote."""

import importlib.util
import json
from pathlib import Path

GOLDEN = Path(__file__).parents[1] / "golden"


def load(name):
    """(the script as a module, its figures)."""
    path = GOLDEN / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"golden_{name}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module, json.loads(path.with_suffix(".json").read_text("utf-8"))
