"""The engine that six exercises build passes the engine's own tests: those of tests/test_autodiff.py, as they are."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from tinygrad_edu.exercises import find
from tinygrad_edu.exercises.runner import module_of

OWN = Path(__file__).parents[1] / "test_autodiff.py"
SCALARS = (
    *("diamond", "naive_order_would_be_wrong", "one_argument_twice", "losses_that_share_a_part", "backward_of_a_leaf"),
)
ARRAYS = (
    *("fan_out", "gradients_of_two_leaves_are_two_arrays", "gradient_is_writable"),
    *("a_gradient_kept_by_the_user_is_not_written_by_the_next_backward",),
)
WHOLE = ("only_leaves_that_require_a_gradient_get_one", "a_second_backward_adds_the_same_to_the_leaves")
STEPS = {
    "engine_backward": SCALARS,
    "engine_functions": (*SCALARS, "a_second_backward_adds_the_same_to_the_leaves"),
    "engine_tensor": (*SCALARS, *ARRAYS),
    "engine_matmul": (*SCALARS, *ARRAYS),
    "engine_training": (*SCALARS, *ARRAYS, *WHOLE),
}
CASES = [(step, path, name) for step, names in STEPS.items() for path in find(step).solutions for name in names]
LAST = find("engine_training").solutions


def own_tests(path, monkeypatch):
    """The module of the engine's own tests, with a solution's class in the place of the engine's."""
    spec = importlib.util.spec_from_file_location("own_tests", OWN)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    solution = module_of(str(path), path.read_text("utf-8"))
    if hasattr(solution, "descend"):
        made = solution.Tensor
        leaf = lambda data, name=None: made(data, requires_grad=True)  # noqa: E731
    else:
        made = getattr(solution, "Tensor", None) or solution.Value
        leaf = lambda data, name=None: made(data)  # noqa: E731
    monkeypatch.setattr(module, "Tensor", made)
    monkeypatch.setattr(module, "leaf", leaf)
    return module


@pytest.mark.parametrize(("step", "path", "name"), CASES, ids=[f"{s}-{p.stem}-{n}" for s, p, n in CASES])
def test_the_engine_of_a_student_passes(monkeypatch, step, path, name):
    getattr(own_tests(path, monkeypatch), f"test_{name}")()


@pytest.mark.parametrize("path", LAST, ids=lambda path: path.stem)
@pytest.mark.parametrize("shape", [(), (1,), (1, 1)])
def test_backward_of_one_value_needs_no_gradient(monkeypatch, path, shape):
    own_tests(path, monkeypatch).test_backward_of_one_value_needs_none(shape)


@pytest.mark.parametrize("path", LAST, ids=lambda path: path.stem)
@pytest.mark.parametrize("depth", [1, 2, 10, 60])
def test_it_is_linear_in_ops(monkeypatch, path, depth):
    own_tests(path, monkeypatch).test_doubling_is_linear_in_ops_not_in_paths(depth)


@pytest.mark.full
@pytest.mark.parametrize("path", LAST, ids=lambda path: path.stem)
def test_a_long_chain(path):
    """It has 100 000 ops, and no recursion meets them."""
    made = module_of(str(path), path.read_text("utf-8")).Tensor
    start = x = made(0.5, requires_grad=True)
    for _ in range(100_000):
        x = x + 1.0
    x.backward()
    assert start.grad == 1 and x.data == 100_000.5


@pytest.mark.parametrize("path", LAST, ids=lambda path: path.stem)
def test_it_learns(path):
    """Descent on exclusive or ends below 0.01, as the step's own engine must."""
    engine = module_of(str(path), path.read_text("utf-8"))
    rng = np.random.default_rng(0)
    x, y = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), np.array([[0.0], [1.0], [1.0], [0.0]])
    w, b, v = (engine.Tensor(rng.normal(size=shape), requires_grad=True) for shape in ((2, 6), (6,), (6, 1)))
    losses = engine.descend(lambda: (((x @ w + b).tanh() @ v - y) ** 2).mean(), [w, b, v], 0.3, 800)
    assert losses[-1] < 0.01 < losses[0]
