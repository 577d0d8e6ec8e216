"""Scalars: numbers that keep the formula they came from, and the texts of those formulas."""

import math
import operator

import numpy as np
import pytest
from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st
from parts import differences

import tinygrad_edu as tg
from tinygrad_edu.nn import Dense, Input, Sequential
from tinygrad_edu.nn.callbacks import LearningRateScheduler
from tinygrad_edu.replay import Number, Scalar, Tape, TraceError, formula, tracing

VALUES = {"rate": 0.375, "step": 3.0}
BINARY = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "%": operator.mod,
    "//": operator.floordiv,
    "**": operator.pow,
}
UNARY = {
    "-": operator.neg,
    "+": operator.pos,
    "abs": abs,
    "sqrt": np.sqrt,
    "exp": np.exp,
    "tanh": np.tanh,
}
LOST = np.lib.NumpyVersion(np.__version__) < "2.1.0"  # a number of NumPy on the left takes the float in a Scalar
NUMBERS = [2, -3, 0.5, -0.25, 1, np.float64(1.5), np.float64(-2.0)]


def scalar(name="rate"):
    return Scalar(VALUES[name], Number(name))


def evaluated(text):
    return eval(text, {"np": np, "__builtins__": {"float": float, "abs": abs}}, VALUES)


def built(tree):
    """The Scalar of a formula given as nested tuples."""
    if not isinstance(tree, tuple):
        return scalar(tree) if isinstance(tree, str) else tree
    name, *parts = tree
    return (BINARY if len(parts) == 2 else UNARY)[name](*map(built, parts))


formulas = st.recursive(
    st.sampled_from([*VALUES, *VALUES, *NUMBERS]),
    lambda inner: st.one_of(
        st.tuples(st.sampled_from(list(BINARY)), inner, inner), st.tuples(st.sampled_from(list(UNARY)), inner)
    ),
    max_leaves=8,
)


def check_texts(examples):
    """Raise where the text of a random formula has another value than the formula."""

    @settings(max_examples=examples, phases=[Phase.generate])
    @given(formulas)
    def check(tree):
        with np.errstate(all="ignore"):
            try:
                found = built(tree)
            except (ArithmeticError, TypeError, ValueError):  # 1/0, a huge power, a complex root
                assume(False)
            assume(isinstance(found, Scalar))
            assert np.array_equal(evaluated(found.text), float(found), equal_nan=True), found.text

    check()


def test_the_text_of_a_formula_has_its_value():
    check_texts(300)


def without_parentheses(name, symbol):
    function = BINARY[symbol]

    def method(self, other):
        text = getattr(other, "text", repr(other))
        return Scalar(function(float(self), float(other)), Number(f"{self.text} {symbol} {text}"))

    return f"__{name}__", method


@pytest.mark.parametrize(
    ("name", "method"),
    [
        without_parentheses("mul", "*"),
        without_parentheses("sub", "-"),
        without_parentheses("pow", "**"),
        ("__neg__", lambda self: Scalar(-float(self), Number(f"-{self.text}"))),
        ("__pow__", lambda self, other: Scalar(float(self) ** float(other), Number(f"({self.text})"))),
    ],
    ids=["product", "difference", "power", "negative", "value"],
)
def test_a_wrong_text_is_noticed(name, method, monkeypatch):
    monkeypatch.setattr(Scalar, name, method)
    with pytest.raises((AssertionError, ExceptionGroup)):
        check_texts(400)


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda rate, step: rate / (1 - 0.9**step), "rate / (1 - 0.9 ** step)"),
        (lambda rate, step: rate * np.sqrt(1 - 0.999**step) / (1 - 0.9**step), None),
        (lambda rate, step: (rate + step) * 2, "(rate + step) * 2"),
        (lambda rate, step: rate - (step - 1), "rate - (step - 1)"),
        (lambda rate, step: rate - step - 1, "rate - step - 1"),
        (lambda rate, step: (rate**step) ** 2, "(rate ** step) ** 2"),
        (lambda rate, step: rate ** (step**2), "rate ** step ** 2"),
        (lambda rate, step: -(rate**2), "-(rate ** 2)"),
        (lambda rate, step: (-rate) ** 2, "(-rate) ** 2"),
        (lambda rate, step: rate * -2, "rate * (-2)"),
    ],
)
def test_parentheses_stand_where_they_are_needed(make, text):
    found = make(scalar("rate"), scalar("step"))
    assert evaluated(found.text) == float(found)
    assert text is None or found.text == text


def test_plus_keeps_the_formula():
    """Else the program would go on with the number of one run."""
    assert (+scalar()).text == "rate"


def test_infinity_and_nan_can_be_read_back():
    assert evaluated((scalar() * math.inf).text) == math.inf
    assert math.isnan(evaluated((scalar() * math.nan).text))


# -- NumPy ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("function", [np.sqrt, np.exp, np.log1p, np.maximum, np.power, np.minimum, np.hypot])
def test_elementwise_functions_give_scalars(function):
    arguments = [scalar("rate"), scalar("step")][: function.nin]
    found = function(*arguments)
    assert type(found) is Scalar
    assert evaluated(found.text) == float(found) == function(*map(float, arguments))


def test_a_function_of_one_fits_into_a_formula():
    found = 1 / np.sqrt(1 - scalar() ** 2) - np.maximum(scalar(), 0.5) * 2
    assert evaluated(found.text) == float(found)


@pytest.mark.parametrize("number", [np.float32(0.1), np.float16(0.3), np.int64(3), np.float64(-2.0)])
@pytest.mark.parametrize("symbol", ["+", "-", "*", "/"])
def test_numbers_of_numpy_keep_their_precision(number, symbol):
    for found in (BINARY[symbol](scalar(), number), BINARY[symbol](number, scalar())):
        if type(found) is not Scalar and LOST and type(found) is type(number):
            continue  # see test_a_number_of_numpy_on_the_left
        assert type(found) is Scalar and evaluated(found.text) == float(found), found.text


class LeftNumbers(Sequential):
    """A model whose logs multiply by a number of NumPy."""

    def train_step(self, data):
        logs = super().train_step(data)
        return logs | {"twice": np.float32(2.0) * logs["loss"]}


class LeftRate(tg.optim.Optimizer):
    """A rule whose rate stands to the right of a number of NumPy."""

    def update(self, w, g, rate, step):
        return (w - np.float32(2.0) * rate * g,)


@pytest.mark.parametrize("model, optimizer", [(LeftNumbers, "sgd"), (Sequential, LeftRate)])
@pytest.mark.filterwarnings("default" if LOST else "error")
def test_a_number_of_numpy_on_the_left(model, optimizer):
    """NumPy 2.0 takes a Scalar for the float in it: the step is seen to be no program, and its numbers are right."""
    x, figures = np.linspace(-1, 1, 40).reshape(20, 2), []
    for eager in (True, False):
        tg.random.seed(0)
        made = model([Input((2,)), Dense(1)])
        made.compile(optimizer if optimizer == "sgd" else optimizer(0.1), "mse", run_eagerly=eager)
        halved = LearningRateScheduler(lambda epoch, rate: rate / 2)
        figures.append(made.fit(x, x.sum(1), batch_size=4, epochs=3, verbose=0, callbacks=[halved]).history)
    assert differences(*figures, "float32") == []
    assert bool(made._programs.eager) == LOST


@pytest.mark.parametrize(
    "call",
    [
        lambda rate: np.sin(rate, dtype=np.float32),
        lambda rate: np.add.reduce(rate),
        lambda rate: np.divmod(rate, 2.0),
        lambda rate: np.modf(rate),
    ],
    ids=["dtype=", "reduce", "divmod", "modf"],
)
def test_what_the_text_cannot_say_is_refused(call):
    with pytest.raises(TypeError):
        call(scalar())


@pytest.mark.parametrize("number", [np.array([1.0, 2.0]), np.array([1.0, 2.0], np.float32)])
def test_with_an_array_it_is_a_python_float(number):
    for found in (scalar() * number, number * scalar(), np.multiply(number, scalar())):
        assert type(found) is np.ndarray and found.dtype == number.dtype
        np.testing.assert_array_equal(found, number * 0.375)


@pytest.mark.parametrize("shape", [(), (2,), (2, 3)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("symbol", ["+", "-", "*", "/", "**"])
def test_a_tensor_keeps_its_dtype_and_values(symbol, dtype, shape):
    """A Tensor of shape () too: what it holds is a number of NumPy, never a Scalar."""
    array = np.resize(np.linspace(0.5, 1.5, 6, dtype=dtype), shape)
    tape = Tape()
    inside = tape.input(array, "x")
    expected = [BINARY[symbol](array[()], 0.375), BINARY[symbol](0.375, array[()])]
    with tracing(tape):
        found = [BINARY[symbol](inside, scalar()), BINARY[symbol](scalar(), inside)]
    for y, value in zip(found, expected):
        assert isinstance(y.array, (np.ndarray, np.generic)) and y.dtype == dtype and y.shape == shape
        np.testing.assert_array_equal(y.array, value)


# -- what depends on the value ----------------------------------------------------------------------------

READS = {
    "bool": bool,
    "not": operator.not_,
    "<": lambda r: r < 1,
    "<=": lambda r: r <= 1,
    ">": lambda r: r > 1,
    ">=": lambda r: r >= 1.0,
    "==": lambda r: r == 0.1,
    "!=": lambda r: r != 0.1,
    "int": int,
    "round": round,
    "round to digits": lambda r: round(r, 2),
    "trunc": math.trunc,
    "floor": math.floor,
    "ceil": math.ceil,
    "max": lambda r: max(r, 1.0),
    "min": lambda r: min(1.0, r),
    "divmod": lambda r: divmod(r, 2.0),
    "np.clip": lambda r: np.clip(r, 0.0, 1.0),
    "np.where": lambda r: np.where(r, 1.0, 2.0),
}


@pytest.mark.parametrize("read", READS.values(), ids=READS)
def test_a_decision_is_refused(read):
    with pytest.raises(TypeError, match="'rate' is different at every step"):
        read(scalar())


@pytest.mark.parametrize("read", READS.values(), ids=READS)
def test_a_decision_is_refused_in_a_trace(read):
    with tracing(Tape()), pytest.raises(TraceError, match="reads 'rate', which is different at every step"):
        read(scalar())


@pytest.mark.parametrize("read", READS.values(), ids=READS)
def test_a_lenient_tape_goes_on_with_the_value(read):
    """A step of training is finished, and remembered as one that no program repeats."""
    tape = Tape(strict=False)
    with tracing(tape):
        found = read(scalar())
    assert [float(x) for x in (found if isinstance(found, tuple) else [found])] == [
        float(x) for x in np.atleast_1d(read(0.375))
    ]
    assert "'rate', which is different at every step" in tape.problem
    assert "test_scalar.py, line" in tape.problem


def test_the_message_has_the_whole_formula():
    with pytest.raises(TypeError, match=r"'rate / \(1 - 0.9 \*\* step\)' is different"):
        bool(scalar() / (1 - 0.9 ** scalar("step")))


def test_scalars_of_one_text_are_computed_with_once():
    tape = Tape()
    x = tape.input(np.ones(2), "x")
    with tracing(tape):
        same = [x * scalar(), x * scalar(), x * Scalar(0.375, Number("other"))]
    nodes = [tape.value(t) for t in same]
    assert nodes[0] is nodes[1] and nodes[0] is not nodes[2]


def test_formula_makes_a_function():
    figures = formula({"half": (Scalar(3.0, Number("metrics['loss']")) / 2).text, "last": "outputs[0] + 1"})
    assert figures({"loss": 5.0}, [1.0]) == {"half": 2.5, "last": 2.0}


def test_a_scalar_is_a_float_to_python():
    rate = scalar()
    assert isinstance(rate, float) and f"{rate:.3f}" == "0.375" and hash(rate) == hash(0.375)
    assert float(rate) + 1 == 1.375
