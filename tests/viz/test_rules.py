"""What `draw` writes on arrows: rules and local derivatives, compared with differences and with formulas of a book."""

import ast

import numpy as np
import pytest

import tinygrad_edu as tg
from tests.viz.dot_text import boxes, by_title, notes, on_arrows
from tinygrad_edu import Tensor, primitive
from tinygrad_edu.engine import formulas
from tinygrad_edu.engine.op import FIRST, VALUE, in_formulas, registry
from tinygrad_edu.viz import draw
from tinygrad_edu.viz.graph import rules
from tinygrad_edu.viz.graph.reading import Graph


def leaf(value, name):
    return Tensor(value, requires_grad=True, name=name)


def line():
    """y' = b + w1·x1 at x1 = 2, w1 = −1.5, b = 0.5, and the loss (y' − 1)²: ∂loss/∂w1 = 2·(−3.5)·2 = −14."""
    predicted = leaf(0.5, "b") + leaf(-1.5, "w1") * Tensor(2.0, name="x1")
    predicted.name = "y'"
    loss = (predicted - Tensor(1.0, name="y")) ** 2
    loss.name = "loss"
    return loss


def written(f, *values, **options):
    return {text for *_, text in on_arrows(draw(f, *values, **options))}


# -- local derivatives -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "values", "expected"),
    [
        (lambda a, b: a * b, (3.0, 2.0), {"∂out/∂a = b = 2", "∂out/∂b = a = 3"}),
        (lambda a, b: a + b, (3.0, 2.0), {"∂out/∂a = 1", "∂out/∂b = 1"}),
        (lambda a, b: a - b, (3.0, 2.0), {"∂out/∂a = 1", "∂out/∂b = -1"}),
        (lambda a, b: a / b, (3.0, 2.0), {"∂out/∂a = 1 / b = 0.5", "∂out/∂b = −out / b = -0.75"}),
        (np.exp, (0.0,), {"∂out/∂input 1 = out = 1"}),
        (lambda a: np.cos(a), (0.0,), {"∂out/∂a = −sin(a) = 0"}),
        (lambda a: tg.ops.relu(a), (-3.0,), {"∂out/∂a = [a > 0] = 0"}),
        (lambda a: tg.ops.sigmoid(a), (0.0,), {"∂out/∂a = out · (1 − out) = 0.25"}),
        (lambda a: a.mean(), (np.ones(4),), {"∂out/∂a = 0.25"}),
        (lambda a: a**2, (3.0,), {"∂out/∂a = 2 · a = 6"}),
        (lambda a: a**3, (2.0,), {"∂out/∂a = 3 · a² = 12"}),
        (lambda a: a**-1, (2.0,), {"∂out/∂a = -1 · a⁻² = -0.25"}),
        (lambda a: a**0.5, (4.0,), {"∂out/∂a = 0.5 · a to the power (-0.5) = 0.25"}),
        (lambda a, n: a**n, (1.0, 3.0), {"∂out/∂a = n · a to the power (n − 1) = 3", "∂out/∂n = out · log(a) = 0"}),
    ],
)
def test_local_derivatives_of_a_book(f, values, expected):
    assert written(f, *values, derivatives=True) == expected


def test_a_rule_without_the_factor_g_is_written_whole():
    a, b = leaf(np.ones((2, 3)), "a"), leaf(np.ones((3, 4)), "b")
    texts = {text for *_, text in on_arrows(draw((a @ b).sum(), derivatives=True))}
    assert {"g ↦ g · bᵀ", "g ↦ aᵀ · g"} <= texts
    texts = {text for *_, text in on_arrows(draw((a @ leaf(np.ones(3), "x")).sum(), derivatives=True))}
    assert "g ↦ aᵀ · g" in texts  # of a vector too
    way_back = written(lambda a, b: a * b, np.ones(2), np.ones(2), view="backward", gradient=np.ones(2))
    assert way_back == {"g ⊙ b = 1", "g ⊙ a = 1"}  # entry by entry, which · of matrices is not


def test_results_without_a_name_are_numbered():
    titles = [rows[0] for rows in boxes(draw(line(), derivatives=True)).values()]
    assert titles == ["b", "w1", "x1", "v1 = ×", "y' = +", "y", "v2 = −", "2", "loss = power"]
    taken = leaf(1.0, "v1") * leaf(2.0, "b") * 3.0
    assert "v2 = ×" in by_title(draw(taken, derivatives=True))


def test_a_leaf_without_a_name_is_called_in_its_box_as_in_the_formulas():
    drawing = draw((Tensor([1.0, 2.0], requires_grad=True) * Tensor([3.0, 4.0])).sum(), derivatives=True)
    titles = [rows[0] for rows in boxes(drawing).values()]
    assert titles[:2] == ["v1", "v2"]
    assert "∂v3/∂v1 = v2 = [3, 4]" in {" ".join(text.split()) for *_, text in on_arrows(drawing)}


@pytest.mark.parametrize("name", sorted(name for name, op in registry.items() if op.sample and op.differentiable))
def test_every_op_has_a_text_and_the_right_numbers(name):
    """Where a factor is taken out of a rule, the rest times g gives what the rule gives."""
    op, rng = registry[name], np.random.default_rng(0)
    args, options = op.sample(rng)[0]
    args = [Tensor(x, requires_grad=True) if isinstance(x, np.ndarray | float) and np.asarray(x).dtype.kind == "f"
            else x for x in args]  # fmt: skip
    out = op.call(*args, **options)
    if not isinstance(out, Tensor) or out.op is None:
        pytest.skip("no graph for this sample")
    graph = Graph([out])
    graph.name_variables()
    graph.compute_gradients(np.ones(out.shape))
    node = graph.nodes[-1]
    flows = rules.flows(node)
    assert any(flows)
    for x, flow in zip(node.inputs, flows, strict=True):
        if flow is not None:
            assert rules.vjp_text(node, flow)
            assert rules.part_text(node, flow)
            assert rules.derivative_text(node, x, flow)
            assert formulas.rule_of(node.tensor.call, flow.position) is not None


@pytest.mark.parametrize(
    ("rule", "factor"),
    [
        ("g * b", "b"),
        ("2 * g * a", "2 * a"),
        ("-g * out / b", "-out / b"),
        ("np.where(c, g, g * s)", "np.where(c, 1, s)"),
        ("g * (a > b) + g * (a >= b)", "(a > b) + (a >= b)"),
        ("g + a", None),
        ("g * g", None),
        ("a / g", None),
        ("np.where(g, g, 0)", None),
        ("g.reshape(a.shape)", None),
    ],
)
def test_the_factor_of_a_rule(rule, factor):
    found = formulas.factor(ast.parse(rule, mode="eval").body)
    assert (None if found is None else ast.unparse(found)) == factor


def test_an_op_without_source_shows_numbers():
    names = {"__name__": "here"}
    exec("def rule(g, out, a):\n    return g * 5\ndef fivefold(a):\n    return 5 * a", names)
    op = primitive(names["rule"], method=False)(names["fivefold"])
    assert written(lambda a: op(a), 2.0, derivatives=True) == {"∂out/∂a = 5"}
    assert written(lambda a: op(a), 2.0, view="backward") == {"rule of fivefold = 5"}


@in_formulas(lambda a: f"{a}²")
def _squared(a):
    return a * a


@in_formulas(FIRST)
def _again(a, shape):
    return a.reshape(shape)


@in_formulas(VALUE)
def _how_many(a):
    return a.size


@primitive(lambda g, out, a: _again(g, a.shape) * _squared(a + 1) / _how_many(a), method=False)
def _cubed(a):
    return (a + 1) ** 3 / (3 * a.size)


def test_a_helper_of_a_rule_brings_its_own_text():
    assert "g ↦ g ⊙ (v + 1)² / 2" in written(lambda v: _cubed(v).sum(), np.array([1.0, 2.0]), derivatives=True)
    assert "g ⊙ (v + 1)² / 2 = [1, 2]" in written(
        lambda v: (_cubed(v) * np.array([0.5, 2 / 4.5])).sum(), np.array([1.0, 2.0]), view="backward"
    )


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("-g * a / b", "−g · a / b"),
        ("a - (b - g)", "a − (b − g)"),
        ("a / (b * g)", "a / (b · g)"),
        ("(a ** b) ** g", "(a^b)^g"),
        ("a * -b", "a · (−b)"),
        ("-(a + b)", "−(a + b)"),
        ("(a > 0) & (b < 1)", "[a > 0] · [b < 1]"),
        ("np.where(a > 0, 1, b)", "where(a > 0, 1, b)"),
        ("(a + b).T @ g", "(a + b)ᵀ @ g"),
        ("b / (a + (a == 0))", "b / a"),
    ],
)
def test_formulas_keep_the_order_of_operations(rule, text):
    tree = ast.parse(rule, mode="eval").body
    known = {name: (name, 1.0) for name in "gab"}
    assert formulas.Formula(known, {"np": np}).text(tree) == text


# -- backward ----------------------------------------------------------------------------------------


def test_the_way_back():
    drawing = draw(line(), view="backward")
    assert by_title(drawing) == {
        "∂loss/∂b": ["shape ()", "grad -7"],
        "∂loss/∂w1": ["shape ()", "grad -14"],
        "∂loss/∂v1": ["v1 = w1 × x1", "shape ()", "grad -7"],
        "∂loss/∂y'": ["y' = b + v1", "shape ()", "grad -7"],
        "∂loss/∂v2": ["v2 = y' − y", "shape ()", "grad -7"],
        "∂loss/∂loss": ["loss = v2²", "shape ()", "grad 1"],
    }
    assert ("∂loss/∂w1", "∂loss/∂v1", "g · x1 = -14") in on_arrows(drawing)
    assert drawing.source.count("dir=back") == 5
    assert "with g the gradient" in notes(drawing)


def test_several_arrows_add_up():
    a = leaf(1.0, "a")
    b = a * a
    assert by_title(draw(b, view="backward"))["∂out/∂a"] == ["shape ()", "grad 2", "sum of 2 arrows"]


def test_order_of_the_visits():
    a = leaf(1.0, "a")
    b = a + a
    c = b + b
    b.name, c.name = "b", "c"
    assert [rows[0] for rows in boxes(draw(c, order=True)).values()] == ["#1  a", "#2  b = +", "#3  c = +"]
    backward = [rows[0] for rows in boxes(draw(c, order=True, view="backward")).values()]
    assert backward == ["#3  ∂c/∂a", "#2  ∂c/∂b", "#1  ∂c/∂c"]


@pytest.mark.parametrize("view", ["backward", "both"])
@pytest.mark.parametrize(
    ("thing", "words"),
    [
        (lambda: Tensor(1.0), "nothing in this graph requires one"),
        (lambda: leaf([1.0, 2.0], "w") * 2, "the output has shape"),
        (lambda: [leaf(1.0, "w") * 2, leaf(1.0, "v") * 2], "several outputs"),
    ],
)
def test_no_way_back(view, thing, words):
    with pytest.raises(ValueError, match=words):
        draw(thing(), view=view)


# -- graphs of gradients -----------------------------------------------------------------------------


def test_the_graph_of_a_second_derivative():
    drawing = draw(tg.grad(tg.grad(lambda x: x**3)), 2.0)  # 6x, with the gradient 6
    assert any(rows[1:] == ["shape ()", "value 2", "grad 6"] for rows in boxes(drawing).values())
    assert any("value 12" in rows for rows in boxes(drawing).values())


def test_forward_and_gradient_in_one_graph():
    drawing = draw(line(), view="both")
    rows = by_title(drawing)
    assert next(row for title, row in rows.items() if title.startswith("∂loss/∂w1"))[-1] == "value -14"
    assert next(row for title, row in rows.items() if title.startswith("∂loss/∂b"))[-1] == "value -7"
    assert "label=forward" in drawing.source and "label=gradient" in drawing.source
