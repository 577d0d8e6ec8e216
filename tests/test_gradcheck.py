"""The gradient check: it accepts what is right, refuses what is wrong, and says which is which."""

import numpy as np
import pytest

from tinygrad_edu import Tensor, gradients, no_grad
from tinygrad_edu.common.language import language
from tinygrad_edu.engine.op import primitive
from tinygrad_edu.gradcheck import gradcheck
from tinygrad_edu.gradcheck.report import _HEADINGS, _SENTENCES, _SLOPES, _SOME
from tinygrad_edu.gradcheck.texts import say

RNG = np.random.default_rng(7)
A = RNG.uniform(0.5, 2.0, (3, 4))
B = RNG.uniform(0.5, 2.0, (4, 2))


@primitive(lambda g, out, a: g / a, method=False)
def inverse_factor(a):
    """2a with the rule of the logarithm: only right at a = 1/2."""
    return 2 * a


@primitive(lambda g, out, x: g * np.where(x > 0, 1.0, 0.0), method=False)
def ramp(x):
    """max(x, 0), with slope 0 at 0."""
    return np.maximum(x, 0)


@primitive(lambda g, out, x: g * 0.3, method=False)
def double_with_slope_of_third(x):
    """A kink nowhere, a wrong slope everywhere."""
    return 2 * x


def tilted(slope_at_zero):
    """|x| whose rule gives `slope_at_zero` at its kink."""

    @primitive(lambda g, out, x: g * np.where(x == 0, slope_at_zero, np.where(x > 0, 1.0, -1.0)), method=False)
    def size(x):
        return np.abs(x)

    return size


# -- what is right ------------------------------------------------------------------------------------


def test_shows_the_gradient_itself_of_a_function_with_one_value():
    (row,) = gradcheck(lambda x: x**3, 2.0)
    assert row.ok and row.verdict == "ok" and row.name == "x" and row.shape == () and row.index == ()
    assert row.analytic == pytest.approx(12.0, rel=1e-12)
    assert row.numeric == pytest.approx(12.0, rel=1e-8)
    assert row.error < 1e-8


@pytest.mark.parametrize("order", [1, 2])
def test_accepts_a_right_gradient_of_any_shape(order):
    report = gradcheck(lambda a, b, c: (a * b - c / a) ** 2, A, A[:1], 1.5, order=order)
    assert report and report.ok
    assert [(row.name, row.order) for row in report] == [(n, k) for k in range(1, order + 1) for n in "abc"]


def test_accepts_several_outputs():
    assert gradcheck(lambda a, b: (a * b, a - b, a), A, A[0])


def test_accepts_an_input_on_which_f_does_not_depend():
    report = gradcheck(lambda a, b: a * 2, A, B)
    assert report and report["b"].analytic == 0 and report["b"].numeric == 0


def test_accepts_an_empty_input():
    report = gradcheck(lambda x: x * 2, np.zeros((0, 3)))
    assert report and report["x"].checked == 0 and "–" in str(report)


def test_order_2_of_a_linear_function_is_zero():
    report = gradcheck(lambda x: 3 * x, A, order=2)
    assert report and report[1].analytic == 0


def test_gradients_inside_the_function():
    """A penalty on a slope, as in physics-informed networks: f differentiates too."""

    def f(x):
        slope = gradients(x**3, x, np.ones(x.shape), create_graph=True)
        return slope * slope

    assert gradcheck(f, np.array([0.5, -2.0]), order=2)


def test_works_inside_no_grad():
    with no_grad():
        assert gradcheck(lambda x: x * x, A)


@pytest.mark.parametrize("x", [1e-7, 1e-3, 1.0, 1e4, 1e9])
def test_the_step_follows_the_value(x):
    assert gradcheck(lambda x: x**2.5, x)


@pytest.mark.parametrize("scale", [1e-300, 1e-12, 1e12, 1e150])
def test_scale_of_the_function_does_not_matter(scale):
    assert gradcheck(lambda x: scale * x**3, A)
    assert not gradcheck(lambda x: scale * x**3, 2.0, gradient=lambda x: scale * 3.0001 * x**2)


def test_large_offset_does_not_hide_a_small_slope():
    assert gradcheck(lambda x: 1e6 + 1e-3 * x, 2.0)
    assert not gradcheck(lambda x: 1e6 + 1e-3 * x, 2.0, gradient=lambda x: -1e-3)


# -- inputs -------------------------------------------------------------------------------------------


def test_converts_floats_to_float64_and_passes_the_rest_through():
    seen = []

    def f(a, b, n, flags, text):
        seen.append((a.dtype, b.dtype, n, flags.dtype, text))
        return a * b * n

    a = Tensor(np.float32([1.0, 2.0]), requires_grad=True, name="weights")
    assert gradcheck(f, a, [3.0, 4.0], 2, np.array([True, False]), "text")
    assert set(seen) == {(np.dtype("f8"), np.dtype("f8"), 2, np.dtype("?"), "text")}
    assert a.dtype == np.float32 and a.grad is None
    np.testing.assert_array_equal(a.numpy(), np.float32([1, 2]))


def test_names_come_from_the_signature_the_tensor_or_the_caller():
    w = Tensor(2.0, name="w")
    assert [r.name for r in gradcheck(lambda first, *rest: first * rest[0] * rest[1], 1.0, w, 3.0)] == [
        "first",
        "w",
        "input 2",
    ]
    assert [r.name for r in gradcheck(lambda a, b: a * b, 1.0, 2.0, names=["left", "right"])] == ["left", "right"]
    with pytest.raises(ValueError, match="Expected 2 names, one for each input; received 1"):
        gradcheck(lambda a, b: a * b, 1.0, 2.0, names=["left"])


@pytest.mark.parametrize("inputs", [(), (3,), (np.array([1, 2]),), (True, "a"), ([[1.0], [1.0, 2.0]],)])
def test_needs_a_floating_input(inputs):
    with pytest.raises(TypeError, match="needs a floating-point input"):
        gradcheck(lambda *x: x, *inputs)


@pytest.mark.parametrize(
    ("f", "error", "message"),
    [
        (lambda x: 3.0, TypeError, "must give a Tensor; received float"),
        (lambda x: x.numpy() ** 2, TypeError, "must give a Tensor; received ndarray"),
        (lambda x: Tensor([1, 2]), TypeError, "floating-point Tensor; received dtype int64"),
        (lambda x: x > 0, TypeError, "floating-point Tensor; received dtype bool"),
        (lambda x: None, TypeError, "received NoneType"),
        (lambda x: Tensor(np.float32(1)), ValueError, "computed in float32"),
    ],
)
def test_refuses_a_function_that_leaves_the_graph(f, error, message):
    with pytest.raises(error, match=message):
        gradcheck(f, A)


def test_refuses_a_function_that_is_not_deterministic():
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="different values when called twice"):
        gradcheck(lambda x: x * rng.normal(), 1.0)


def test_refuses_other_orders():
    with pytest.raises(ValueError, match="order should be 1 or 2; received 3"):
        gradcheck(lambda x: x, 1.0, order=3)


def test_an_error_in_f_is_not_swallowed():
    with pytest.raises(ValueError, match="add"):
        gradcheck(lambda a, b: a + b, np.ones(2), np.ones(3))


# -- what is wrong ------------------------------------------------------------------------------------


def test_an_incoming_gradient_of_ones_would_not_see_this():
    """At 1/2 the rule g / a is right; elsewhere it is not."""
    assert gradcheck(inverse_factor, 0.5)
    assert not gradcheck(inverse_factor, 0.7)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda g: -g,
        lambda g: 2 * g,
        lambda g: 0 * g,
        lambda g: g + 1e-4,
        lambda g: g * (1 + 1e-5),
        lambda g: g.T.reshape(g.shape),
        lambda g: np.where(np.arange(12).reshape(3, 4) == 7, -g, g),
    ],
)
def test_refuses_a_wrong_gradient_written_by_hand(wrong):
    def right(a):
        return 3 * a**2

    def f(a):
        return np.sum(a**3)

    assert gradcheck(f, A, gradient=right)
    (row,) = gradcheck(f, A, gradient=lambda a: wrong(right(a)))
    assert not row.ok and row.verdict == "wrong"
    assert row.analytic == pytest.approx(wrong(right(A))[row.index], rel=1e-12)
    assert row.numeric == pytest.approx(right(A)[row.index], rel=1e-7)


def test_names_the_worst_entry():
    def off_in_one_place(a):
        gradient = 2 * a
        gradient[1, 2] *= -1
        return gradient

    report = gradcheck(lambda a: np.sum(a * a), A, gradient=off_in_one_place)
    assert report["a"].index == (1, 2)
    assert "a[1, 2]" in str(report) and report["a"].error == pytest.approx(2, rel=1e-6)


def test_wrong_second_order_alone_is_seen():
    """At order 1 the rule is right, but it hides its dependence on x from the graph."""

    @primitive(lambda g, out, x: g * 2 * (x.numpy() if isinstance(x, Tensor) else x), method=False)
    def square(x):
        return x * x

    assert gradcheck(square, A)
    report = gradcheck(square, A, order=2)
    assert [(row.order, row.ok) for row in report] == [(1, True), (2, False)]


def test_one_wrong_argument_is_told_from_the_right_one():
    @primitive(lambda g, out, a, b: g * b, lambda g, out, a, b: g * b, method=False)
    def product(a, b):
        return a * b

    report = gradcheck(product, A, A + 1)
    assert not report and report["a"].ok and not report["b"].ok


# -- a gradient written by hand -----------------------------------------------------------------------


def test_gradient_by_hand_of_several_inputs():
    """Least squares on plain arrays: f may use what Tensors do not allow."""

    def loss(w, b, x, y):
        residual = np.empty(len(x))
        for i in range(len(x)):
            residual[i] = x[i] @ w + b - y[i]
        return (residual**2).mean()

    def gradient(w, b, x, y):
        residual = x @ w + b - y
        return 2 * x.T @ residual / len(x), 2 * residual.mean()

    x, y = np.arange(12).reshape(4, 3), np.array([1, 0, 2, 1])
    w = np.array([0.1, -0.2, 0.3])
    report = gradcheck(loss, w, 0.5, x, y, gradient=gradient)
    assert report and [row.name for row in report] == ["w", "b"]
    assert not gradcheck(loss, w, 0.5, x, y, gradient=lambda *a: (gradient(*a)[0], 0.0))
    with_constants = gradcheck(loss, w, 0.5, x, y, gradient=lambda *a: (*gradient(*a), None, None))
    assert with_constants
    with pytest.raises(ValueError, match=r"must give 2 arrays, one for each of w, b; received 1"):
        gradcheck(loss, w, 0.5, x, y, gradient=lambda *a: (gradient(*a)[0],))
    with pytest.raises(ValueError, match=r"gradient of 'w' must have the shape of 'w', \(3,\); received \(3, 1\)"):
        gradcheck(loss, w, 0.5, x, y, gradient=lambda *a: (gradient(*a)[0][:, None], gradient(*a)[1]))


def test_gradient_by_hand_may_be_a_list_or_a_tensor():
    assert gradcheck(lambda x: np.sum(x * x), np.array([1.0, 2.0]), gradient=lambda x: [2 * v for v in x])
    assert gradcheck(lambda x: x * x, 3.0, gradient=lambda x: Tensor(2 * x))


def test_gradient_by_hand_needs_one_value_and_order_1():
    with pytest.raises(ValueError, match="one value; received shape"):
        gradcheck(lambda x: x * x, A, gradient=lambda x: 2 * x)
    with pytest.raises(ValueError, match="order 1"):
        gradcheck(lambda x: x * x, 1.0, gradient=lambda x: 2 * x, order=2)


# -- kinks, jumps, NaN --------------------------------------------------------------------------------


@pytest.mark.parametrize("slope", [-1.0, -0.4, 0.7, 1.0])
def test_a_slope_between_the_two_sides_of_a_kink_is_right(slope):
    (row,) = gradcheck(tilted(slope), 0.0)
    assert row.ok and row.verdict == "kink"
    assert (row.left, row.right) == (pytest.approx(-1), pytest.approx(1)) and row.analytic == pytest.approx(slope)


@pytest.mark.parametrize("slope", [-1.1, 1.5])
def test_a_slope_outside_of_a_kink_is_wrong(slope):
    (row,) = gradcheck(tilted(slope), 0.0)
    assert not row.ok and row.verdict == "wrong at a kink" and "does not lie between" in row.explanation


def test_a_kink_among_other_entries():
    x = np.array([-1.0, 0.0, 2.0, 0.0])
    (row,) = report = gradcheck(lambda x: ramp(x) * 3, x)
    assert row.verdict == "kink" and row.index in {(1,), (3,)}
    assert "kink" in str(report)


def test_an_error_beside_a_kink_is_an_error():
    f = double_with_slope_of_third
    (row,) = gradcheck(lambda x: ramp(x) + f(x), np.array([0.0, 1.0]))
    assert not row.ok


def test_kinks_of_several_outputs_are_judged_one_by_one():
    """ramp(x) and ramp(−x) have the slope 0 at 0: right for each, though their difference is x."""
    assert gradcheck(lambda x: (ramp(x), ramp(-x)), 0.0)
    assert not gradcheck(lambda x: ramp(x) - ramp(-x), 0.0)


@pytest.mark.parametrize("distance", [1e-9, 1e-7, 1e-5, -1e-7, -1e-5])
def test_close_to_a_kink_the_gradient_of_the_right_side_counts(distance):
    (row,) = gradcheck(ramp, distance)
    assert row.ok


def test_a_wrong_slope_is_not_excused_as_a_kink():
    """A strongly curved function has different one-sided differences, but no kink."""
    (row,) = gradcheck(lambda x: 1e6 * x**2, 0.0, gradient=lambda x: 0.5)
    assert row.verdict == "wrong"


def test_a_jump_is_told():
    (row,) = gradcheck(lambda x: x // 1 + x, 2.0)
    assert not row.ok and row.verdict == "jump"
    assert gradcheck(lambda x: x // 1 + x, 2.5)


@pytest.mark.parametrize("x", [0.0, -1.0, np.nan, np.inf])
def test_nan_and_infinity_never_agree(x):
    report = gradcheck(lambda x: x**0.5, np.array([1.0, x]))
    assert not report and report["x"].verdict == "not finite"
    assert np.isinf(x) or report["x"].index == (1,)
    assert "NaN" in str(report)


def test_nan_of_the_gradient_alone():
    (row,) = gradcheck(lambda x: x * x, 3.0, gradient=lambda x: np.nan)
    assert not row.ok and row.verdict == "not finite"


# -- large inputs, seeds, tolerances ------------------------------------------------------------------


def test_a_large_input_is_sampled_and_says_so():
    x = np.linspace(0.5, 1.5, 2000)
    report = gradcheck(lambda x: x * x, x, max_entries=50)
    assert report and report["x"].checked == 50
    assert "50 of 2000 entries and 2 random directions" in str(report)
    assert np.isfinite(report["x"].estimate).sum() == 50


def test_an_error_outside_of_the_sample_is_seen_along_a_direction():
    x = np.linspace(0.5, 1.5, 2000)
    for place in range(0, 2000, 97):

        def gradient(x, place=place):
            g = 2 * x
            g[place] = 0
            return g

        assert not gradcheck(lambda x: np.sum(x * x), x, gradient=gradient, max_entries=10)


def test_the_same_seed_gives_the_same_report():
    reports = [str(gradcheck(lambda x: x * x, A, seed=seed)) for seed in (0, 0, 1)]
    assert reports[0] == reports[1] != reports[2]


def test_tolerances():
    def off(x):
        return 2 * x * (1 + 1e-4)

    assert not gradcheck(lambda x: x * x, 1.0, gradient=off)
    assert gradcheck(lambda x: x * x, 1.0, gradient=off, rtol=1e-3)
    assert gradcheck(lambda x: x * x, 1.0, gradient=off, atol=1e-3)


def test_step_is_the_callers_to_choose():
    """With step h the central difference of x³ at 1 is 3 + h²."""
    (row,) = gradcheck(lambda x: x**3, 1.0, step=1e-2, rtol=1e-3)
    assert row.numeric == pytest.approx(3 + 1e-4, rel=1e-9)


# -- the report ---------------------------------------------------------------------------------------


def test_table():
    report = gradcheck(lambda weights, b: weights * b, A, 2.0)
    lines = str(report).splitlines()
    assert "every gradient agrees" in lines[0] and "seed 0" in lines[0]
    assert " ".join(lines[1].split()) == "argument shape order worst entry analytic numeric error verdict"
    assert lines[2].startswith("weights   (3, 4)") and lines[3].startswith("b         ()")
    assert repr(report) == str(report)
    assert len({line.rindex("  ") for line in lines[1:4]}) == 1


def test_rows_by_position_and_name():
    report = gradcheck(lambda a, b: a * b, 1.0, 2.0)
    assert len(report) == 2 and list(report) == [report[0], report[1]]
    assert report["b"] is report[1]
    with pytest.raises(KeyError, match="checked: a, b"):
        report["c"]


def test_html_is_escaped():
    html = gradcheck(lambda x: x * x, 1.0, names=["<script>alert(1)</script>"])._repr_html_()
    assert "<script>" not in html and "&lt;script&gt;" in html
    assert "&lt;lambda&gt;" in html and html.count("<tr>") == 2


def test_a_row_keeps_both_gradients():
    (row,) = gradcheck(lambda x: np.sum(x * x), A)
    np.testing.assert_allclose(row.gradient, 2 * A, rtol=1e-12)
    np.testing.assert_allclose(row.estimate, 2 * A, rtol=1e-7)


# -- models -------------------------------------------------------------------------------------------


class Affine:
    """The smallest model: x · w + b in float32, with what gradcheck reads of a model."""

    name = "affine"

    def __init__(self, compiled=False, broken=False):
        self.w = Tensor(np.float32([[0.5], [-1.0]]), requires_grad=True, name="dense/kernel")
        self.b = Tensor(np.float32([0.25]), requires_grad=True)
        self.compiled = compiled
        self.broken = broken

    @property
    def trainable_weights(self):
        return [self.w, self.b]

    def __call__(self, x):
        columns = [x[:, i : i + 1] for i in range(2)]
        y = columns[0] * self.w[0] + columns[1] * self.w[1] + self.b
        return double_with_slope_of_third(y) if self.broken else y

    def compute_loss(self, x, y, y_pred):
        return np.mean((y_pred - y) ** 2)


X = np.array([[1.0, 2.0], [3.0, -1.0], [0.5, 0.5]], np.float32)
Y = np.array([[1.0], [0.0], [2.0]], np.float32)


def test_model_output():
    report = gradcheck(Affine(), X, order=2)
    assert report and report.name == "affine"
    assert [row.name for row in report][:2] == ["dense/kernel", "parameter 1"]


def test_model_loss():
    model = Affine(compiled=True)
    report = gradcheck(model, X, Y)
    assert report
    residual = X @ [[0.5], [-1.0]] + 0.25 - Y
    np.testing.assert_allclose(report["dense/kernel"].gradient, 2 * X.T @ residual / 3, rtol=1e-6)


@pytest.mark.parametrize("broken", [False, True])
def test_model_gets_its_own_arrays_back(broken):
    model = Affine(compiled=True, broken=broken)
    arrays = [p.array for p in model.trainable_weights]
    held = model.w.data
    before = [a.tobytes() for a in (model.w.array, model.b.array)]
    assert bool(gradcheck(model, X, Y)) is not broken
    assert [p.array.tobytes() for p in model.trainable_weights] == before
    assert [p.dtype for p in model.trainable_weights] == [np.float32] * 2
    assert model.b.array is arrays[1] and model.b.grad is None
    held[...] = 7
    assert model.w.numpy().tolist() == [[7], [7]]


def test_model_is_restored_after_an_error():
    model = Affine(compiled=True)
    before = [p.array.tobytes() for p in model.trainable_weights]
    with pytest.raises(ValueError):
        gradcheck(model, X, np.ones((2, 2)))
    assert [p.array.tobytes() for p in model.trainable_weights] == before
    assert model.w.dtype == np.float32


def test_model_errors():
    with pytest.raises(ValueError, match="Call compile"):
        gradcheck(Affine(), X, Y)
    with pytest.raises(ValueError, match="received 3 inputs"):
        gradcheck(Affine(compiled=True), X, Y, X)
    with pytest.raises(ValueError, match="gradient="):
        gradcheck(Affine(), X, gradient=lambda x: x)
    empty = type("Empty", (Affine,), {"trainable_weights": []})()
    with pytest.raises(ValueError, match="no trainable parameters"):
        gradcheck(empty, X)


def test_a_report_speaks_the_language_that_is_chosen():
    before = language()
    try:
        language("es")
        report = str(gradcheck(lambda w: np.sum(w**2), np.ones(3), gradient=lambda w: -2 * w))
    finally:
        language(before)
    assert "1 de 1 gradientes no coinciden" in report and "¿hay un signo" in report and "slope" not in report
    texts = [*_HEADINGS, *_SENTENCES, *_SENTENCES.values(), _SLOPES, _SOME, "every gradient agrees"]
    assert set(texts) - {"ok"} <= set(say.table("es")) | {"shape"}
