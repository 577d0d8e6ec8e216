"""The diagnosis: it names the mistake in a wrong gradient, says "unknown" of others, and accuses no right one."""

import importlib
import sys
from collections import Counter
from pathlib import Path

import gradient_mistakes
import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import Tensor, gradcheck, primitive
from tinygrad_edu.engine.op import registry
from tinygrad_edu.gradcheck.kinds import KINDS
from tinygrad_edu.gradcheck.texts import TEXTS

RNG = np.random.default_rng(11)
A = RNG.uniform(0.3, 1.5, (3, 4))
DIFFERENTIABLE = [op for op in registry.values() if op.differentiable and op.sample and not op.name.startswith("_")]


# -- wrong gradients: which kind is named for which mistake ----------------------------------------------


def named(mutants):
    """How often a mistake of each kind is given each name: {(kind, name): count}."""
    table = Counter()
    for kind, _, check in mutants:
        row = check()
        table[kind, row.diagnosis.kind if row.diagnosis else row.verdict] += 1
    return table


def confusion(table):
    """The table as text, and the share that is named rightly."""
    right = sum(count for (kind, name), count in table.items() if kind == name)
    lines = [f"{kind:>14} named {name:<14} {count:5}" for (kind, name), count in sorted(table.items())]
    share = right / sum(table.values())
    return share, "\n".join([f"{right} of {sum(table.values())} named rightly", *lines])


def test_a_sample_of_mistakes_is_named():
    everything = list(gradient_mistakes.mutants(seed=100))
    chosen = np.random.default_rng(0).choice(len(everything), 120, replace=False)
    table = named(everything[i] for i in chosen)
    share, text = confusion(table)
    assert share >= 0.95, text
    assert len({kind for kind, _ in table}) >= 10, text


@pytest.mark.nightly
def test_mistakes_are_named():
    table = named(mutant for seed in range(3) for mutant in gradient_mistakes.mutants(seed))
    share, text = confusion(table)
    assert sum(table.values()) > 1000 and share >= 0.95, text
    for kind in {kind for kind, _ in table}:
        of_kind = {names: count for names, count in table.items() if names[0] == kind}
        assert sum(of_kind.values()) >= 10 and confusion(of_kind)[0] >= 0.9, text


def test_every_kind_has_mutants():
    kinds = {kind for kind, _, _ in gradient_mistakes.mutants(seed=0)}
    of_people = {"shape", "softmax", "value", "somewhere"}  # see tests/gradcheck
    assert kinds == {kind.name for kind in KINDS} - {"jump"} - of_people


def wrong_rule_reports(op, change, monkeypatch):
    """The reports of the samples of a registered op, with each of its rules changed in turn."""
    for i, rule in enumerate(op.rules if op.each is None else [op.each]):
        if rule is None:
            continue
        with monkeypatch.context() as patch:
            if op.each is not None:
                patch.setattr(op, "each", change(rule))
            else:
                patch.setattr(op, "rules", (*op.rules[:i], change(rule), *op.rules[i + 1 :]))
            for args, options in op.sample(np.random.default_rng(0)):
                yield gradcheck(*as_function(op, args, options))


def as_function(op, args, options):
    """An op as a function of its floating-point arguments, and their values."""
    floats = [i for i, x in enumerate(args) if isinstance(x, (np.ndarray, np.floating)) and x.dtype.kind == "f"]

    def f(*values):
        return op.call(*[values[floats.index(i)] if i in floats else x for i, x in enumerate(args)], **options)

    return f, *[np.asarray(args[i]) for i in floats]


@pytest.mark.nightly
@pytest.mark.parametrize("op", DIFFERENTIABLE, ids=lambda op: op.name)
def test_a_flipped_sign_is_named_in_every_op(op, monkeypatch):
    reports = wrong_rule_reports(op, lambda rule: lambda *args: -rule(*args), monkeypatch)
    kinds = [row.diagnosis.kind for report in reports for row in report if not row.ok]
    assert kinds and set(kinds) == {"sign"}


@pytest.mark.nightly
@pytest.mark.parametrize("op", DIFFERENTIABLE, ids=lambda op: op.name)
def test_a_senseless_rule_is_explained_in_every_op(op, monkeypatch):
    """Nothing that a rule gives makes the diagnosis itself fail."""

    def noisy(rule):
        return lambda *args: (g := rule(*args)) * np.exp(np.random.default_rng(3).normal(size=np.shape(g)))

    reports = wrong_rule_reports(op, noisy, monkeypatch)
    assert all(str(row.diagnosis) for report in reports for row in report if not row.ok)


def test_a_wrong_name_is_counted():
    table = Counter({("sign", "sign"): 3, ("sign", "factor"): 1})
    assert confusion(table)[0] == 0.75 and "sign named factor" in confusion(table)[1]


# -- wrong gradients that look like no known mistake -------------------------------------------------------


def noisy(seed, shape):
    """A check of a gradient whose every entry is off by a factor of its own."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(0.3, 1.5, shape)
    noise = np.exp(rng.normal(size=shape)) * rng.choice([-1, 1], shape)

    def right(x):
        return np.sin(x) + x * np.cos(x) + 2 * np.tanh(x) * (1 - np.tanh(x) ** 2) / x.size

    def f(x):
        return np.sum(x * np.sin(x)) + np.mean(np.tanh(x) ** 2)

    return gradcheck(f, x, gradient=lambda x: right(x) * noise)["x"]


@pytest.mark.parametrize("shape", [(), (2,), (2, 3)])
@pytest.mark.matrix(one_in=3)
def test_what_is_not_known_is_said_to_be_unknown(shape):
    for seed in range(10):
        row = noisy(seed, shape)
        assert row.diagnosis.kind == "unknown", row.explanation
    assert "no known mistake" in row.explanation


def test_unknown_says_how_many_entries_agree():
    wrong = A.copy()
    wrong[1, 2] *= 1.7
    row = gradcheck(lambda a: np.sum(a * a) / 2, A, gradient=lambda a: wrong)["a"]
    assert row.diagnosis.kind == "unknown" and row.diagnosis.fields["agree"] == 11
    assert "agrees with the numeric one in 11 of 12 entries" in row.explanation and "1.7 ×" in row.explanation


def test_unknown_at_one_entry():
    row = gradcheck(lambda a: np.sin(a), 0.7, gradient=lambda a: np.exp(a) / 3)["a"]
    assert row.diagnosis.key == "unknown_one" and "0.8776 × the numeric one" in str(row.diagnosis)


def test_unknown_gives_a_range_where_it_is_narrow():
    keys = []
    for size in (0.1, 2.0):
        row = gradcheck(lambda a: np.sum(a**2), A, gradient=lambda a, size=size: 2 * a * np.exp(size * np.sin(9 * a)))[
            "a"
        ]
        keys.append(row.diagnosis.key)
    assert keys == ["unknown", "unknown_near_zero"]


# -- right gradients ---------------------------------------------------------------------------------------


def expression(rng):
    """A random function of one value and the arrays to call it on: an op on its own sample, in a short formula."""
    op = DIFFERENTIABLE[rng.integers(len(DIFFERENTIABLE))]
    calls = op.sample(rng)
    call, *arrays = as_function(op, *calls[rng.integers(len(calls))])
    outer = [lambda y: y, np.tanh, np.sin, tg.ops.sigmoid, np.square, lambda y: y * np.tanh(y)][rng.integers(6)]
    reduce = [np.sum, np.mean, lambda y: np.sum(y * y)][rng.integers(3)]

    def f(*values):
        y = call(*values)
        parts = [y] if isinstance(y, Tensor) else y
        return (
            sum(reduce(outer(part)) for part in parts if part.size and part.dtype.kind == "f") + 0.0 * values[0].sum()
        )

    return op.name, f, arrays


def accused(seed):
    """What is said against the right gradient of a random expression: by its rules, and as computed in float32."""
    rng = np.random.default_rng(seed)
    name, f, arrays = expression(rng)
    arrays = [np.float64(np.float32(a)) for a in arrays]
    report = gradcheck(f, *arrays)

    def in_float32(*values):
        variables = [Tensor(np.float32(v), requires_grad=True) for v in values]
        return tuple(tg.gradients(f(*variables), variables))

    largest = max([np.max(np.abs(row.gradient), initial=0) for row in report], default=0)
    single = gradcheck(with_arrays(f), *arrays, gradient=in_float32, rtol=1e-4, atol=1e-6 + 1e-4 * largest)
    return [f"{name}: {row.explanation}" for row in [*report, *single] if not row.ok]


def with_arrays(f):
    """f for arrays: what `gradcheck` calls when the gradient is written by hand."""
    return lambda *values: f(*[Tensor(v) if not isinstance(v, Tensor) else v for v in values])


def test_right_gradients_are_not_accused():
    assert [words for seed in range(100) for words in accused(seed)] == []


@pytest.mark.nightly
def test_a_thousand_right_gradients_are_not_accused():
    assert [words for seed in range(1000, 2000) for words in accused(seed)] == []


def test_a_right_gradient_has_no_diagnosis():
    assert [row.diagnosis for row in gradcheck(lambda a, b: a * b, A, A)] == [None, None]


# -- the sentences -------------------------------------------------------------------------------------------


def test_sign_with_numbers():
    row = gradcheck(lambda w: np.sum(w**2), A, gradient=lambda w: -2 * w, names=["w"])["w"]
    assert str(row.diagnosis) == (
        "The gradient of 'w' is −1.000 × the numeric one in all 12 entries: is a sign flipped?"
    )
    assert row.explanation.endswith(str(row.diagnosis)) and str(row.diagnosis) in str(row.diagnosis.text())


def test_a_sum_where_the_loss_is_a_mean():
    x, y = RNG.normal(size=(8, 3)), RNG.normal(size=8)
    report = gradcheck(lambda w: np.mean((x @ w - y) ** 2), np.ones(3), gradient=lambda w: 2 * x.T @ (x @ w - y))
    diagnosis = report["w"].diagnosis
    assert diagnosis.key == "factor_sum" and diagnosis.fields["length"] == 8 and diagnosis.fields["axis"] == 0
    assert "is 8 × the numeric one in all 3 entries" in str(report) and "takes the mean" in str(report)


def test_the_derivative_of_the_sigmoid_by_its_formula():
    def loss(z):
        return np.sum(1 / (1 + np.exp(-z)) * A)

    row = gradcheck(loss, A, gradient=lambda z: A)["z"]
    assert "the derivative of sigmoid at 'z' (out * (1 - out))" in row.explanation


def test_a_value_used_twice_leaves_two_explanations():
    """b = a + a: half of the gradient may be a forgotten 2 or a use that was overwritten."""
    row = gradcheck(lambda a: np.sum(a + a), A, gradient=lambda a: np.ones_like(a))["a"]
    assert row.diagnosis.kind == "factor" and "one of the 2 uses of 'a' overwrite" in row.explanation


def test_the_wrong_rule_is_found_in_a_long_function():
    @primitive(lambda g, out, a: -g * np.cos(a), method=False)
    def my_sine(a):
        return np.sin(a)

    row = gradcheck(lambda x: np.mean((np.tanh(x @ np.ones((4, 2))) * my_sine(x).sum()) ** 2), A)["x"]
    assert row.diagnosis.kind == "sign" and "by the rule of 'my_sine'" in row.explanation


def test_a_rule_without_g_at_one_value():
    @primitive(lambda g, out, a: out, method=False)
    def my_exp(a):
        return np.exp(a)

    assert gradcheck(my_exp, 0.3)
    diagnosis = gradcheck(lambda a: 3 * my_exp(a), 0.3)["a"].diagnosis
    assert diagnosis.fields["rule_of"] == "my_exp" and diagnosis.kind != "cut"


def test_one_wrong_rule_is_explained_once():
    @primitive(lambda g, out, a: g * 2, method=False)
    def same(a):
        return a + 0.0

    text = str(gradcheck(lambda a, b: same(a * b), A, A + 1))
    assert text.count("by the rule of 'same'") == 1


def test_a_factor_in_one_part_is_not_named_by_the_function_around_both():
    """x·sigmoid(x) is silu, but what is forgotten is a factor in one of the two uses of x."""

    def silu(x):
        return np.sum(x / (1 + np.exp(-x)))

    s = 1 / (1 + np.exp(-A))
    row = gradcheck(silu, A, gradient=lambda x: 1 + x * s * (1 - s))["x"]
    assert "silu" not in row.explanation and "_" not in str(row.diagnosis)


def test_a_private_helper_is_not_shown():
    row = gradcheck(lambda x: np.sum(tg.ops.silu(x) ** 2), A, gradient=lambda x: 2 * x / (1 + np.exp(-x)))["x"]
    assert row.diagnosis.key == "chain" and row.diagnosis.fields["op"] == "silu"


def test_a_column_is_not_called_transposed_by_its_broadcasting():
    x, y = RNG.normal(size=(7, 4)), RNG.normal(size=(7, 1))

    def fit(w):
        return 2 * x.T @ (x @ w - y)

    for _ in range(5):
        w = RNG.normal(size=(4, 1))
        report = gradcheck(
            lambda w: np.mean((x @ w - y) ** 2) + 0.1 * np.sum(w**2), w, gradient=lambda w: fit(w) + 0.2 * w
        )
        assert report["w"].diagnosis.kind == "part"


def test_no_mean_is_suspected_where_there_is_none():
    x = RNG.normal(size=(3, 2))
    diagnosis = gradcheck(lambda w: np.sum((x @ w) ** 2), np.ones(2), gradient=lambda w: 6 * x.T @ (x @ w))[
        "w"
    ].diagnosis
    assert diagnosis.key == "factor" and diagnosis.fields["missing"] == "1/3"


def test_a_derivative_that_is_1_everywhere_is_forgotten():
    row = gradcheck(lambda a: np.sum(np.abs(a)), A - 1, gradient=lambda a: np.ones_like(a))["a"]
    assert row.diagnosis.key.startswith("chain") and "without the derivative of absolute" in str(row.diagnosis)


def test_a_constant_factor_of_no_reason():
    row = gradcheck(lambda a: np.sum(a**2), A, gradient=lambda a: 2 * a * np.cos(0.744982))["a"]
    assert row.diagnosis.key == "factor_unknown" and "0.7351 ×" in row.explanation


def test_a_jump():
    assert gradcheck(lambda x: x // 1 + x, 2.0)["x"].diagnosis.kind == "jump"


def test_a_rule_that_leaves_the_graph():
    @primitive(lambda g, out, x: g * 2 * (x.numpy() if isinstance(x, Tensor) else x), method=False)
    def square(x):
        return x * x

    first, second = gradcheck(square, A, order=2)
    assert first.diagnosis is None and second.diagnosis.key == "cut_twice"


def test_a_large_function_and_a_large_argument():
    def long(x):
        for _ in range(60):
            x = 0.1 * np.sin(x) + x
        return np.sum(x)

    exact = tg.grad(long)(A)
    assert gradcheck(long, A, gradient=lambda x: -exact)["x"].diagnosis.kind == "sign"
    large = np.linspace(0.5, 1.5, 3000)
    row = gradcheck(lambda x: np.sum(x**2), large, gradient=lambda x: x, max_entries=40)["x"]
    assert row.diagnosis.kind == "factor" and "40 entries of 3000" in row.explanation


def test_integers_stop_the_gradient():
    row = gradcheck(lambda x: (x.astype(int) * 1.0 + 0 * x).sum(), A + 0.5, atol=0)["x"]
    assert row.ok  # the function is constant between its steps, and so says the check


def test_a_table_of_texts_in_another_language():
    texts = dict(TEXTS, sign="{subject}: ¿signo cambiado en {measured}?", of_argument="El gradiente de '{argument}'")
    texts["all_entries"] = "las {known} entradas"
    diagnosis = gradcheck(lambda w: np.sum(w**2), A, gradient=lambda w: -2 * w)["w"].diagnosis
    assert diagnosis.text(texts) == "El gradiente de 'w': ¿signo cambiado en las 12 entradas?"


@pytest.mark.nightly
def test_every_sentence_is_said_by_some_mistake():
    """By a mutant of our own, or by what people wrote."""
    said = {check().diagnosis.key for seed in range(3) for _, _, check in gradient_mistakes.mutants(seed)}
    said |= {row.diagnosis.key for case in people() for row in case.report() if row.diagnosis}
    parts = {"of_argument", "of_rule", "one_entry", "all_entries", "some_entries", "first", "last", "everywhere"}
    parts |= {key for key in TEXTS if key.startswith(("where_", "how_", "why_"))}
    tested_here = {
        "unknown",
        "unknown_one",
        "unknown_ratio",
        "unknown_near_zero",
        "jump",
        "cut_twice",
        "factor_or_use",
        "factor_unknown",
    }
    elsewhere = {"added_early", "norm_count", "shape", "kink", "no_slope", "factor_number"}  # tests/gradcheck
    unsaid = set(TEXTS) - said - parts - tested_here - elsewhere
    assert unsaid <= _SAID_BY_NONE  # this may only become smaller


_SAID_BY_NONE = {"other_axis_inside", "factor_mean_all", "out_for_g", "chain_twice", "copy", "chain_inverse"}
_SAID_BY_NONE |= {"chain_divided", "too_far_inside", "other_axis"}


def people():
    """The cases of people, of tests/gradcheck."""
    folder = str(Path(__file__).parent / "gradcheck")
    sys.path.insert(0, folder)
    try:
        return importlib.import_module("wrong_gradients").CASES
    finally:
        sys.path.remove(folder)
