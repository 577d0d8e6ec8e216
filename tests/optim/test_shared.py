"""What all optimizers share, against NumPy loops: weight decay, clipping, averages, state; and what they refuse."""

import numpy as np
import pytest

import tinygrad_edu.optim as optim
from tinygrad_edu import Tensor
from tinygrad_edu.optim import SGD, Adam, AdamW, Momentum, Nadam, clipping

EVERY = list(optim.by_name.values())
STEPS, RATE = 12, 0.1


def parameters(dtype="float64"):
    rng = np.random.default_rng(0)
    return [
        Tensor(rng.normal(size=shape).astype(dtype), requires_grad=True, name=name)
        for name, shape in (("kernel", (2, 3)), ("bias", (3,)), ("scale", ()))
    ]


def gradients(step):
    rng = np.random.default_rng(step)
    return [rng.normal(size=shape) * 3 ** (step % 3 - 1) for shape in ((2, 3), (3,), ())]


def by_hand(change, after=lambda step, w: w):
    """The weights after plain descent, where `change(step, weights, gradients)` gives what is taken off."""
    weights = [p.numpy() for p in parameters()]
    for step in range(1, STEPS + 1):
        taken = change(step, weights, gradients(step))
        weights = after(step, [w - d for w, d in zip(weights, taken, strict=True)])
    return weights


def follow(optimizer, dtype="float64"):
    found = parameters(dtype)
    for step in range(1, STEPS + 1):
        optimizer.apply(gradients(step), found)
    return found


def agree(found, expected):
    for p, w in zip(found, expected, strict=True):
        np.testing.assert_allclose(p.numpy(), w, rtol=1e-12)


# -- weight decay --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("exclude", "share"),
    [
        ({}, [0.3, 0.3, 0.3]),
        ({"var_names": ["bias"]}, [0.3, 0.0, 0.3]),
        ({"var_names": ["^ker", "cal"]}, [0.0, 0.3, 0.0]),
        ({"var_list": [0], "var_names": ["bias"]}, [0.0, 0.0, 0.3]),
    ],
)
def test_weight_decay_and_exclusions(exclude, share):
    found = parameters()
    optimizer = SGD(RATE, weight_decay=0.3)
    if exclude:
        chosen = [found[i] for i in exclude.get("var_list", [])]
        optimizer.exclude_from_weight_decay(chosen, exclude.get("var_names"))
    for step in range(1, STEPS + 1):
        optimizer.apply(gradients(step), found)
    agree(found, by_hand(lambda step, ws, gs: [RATE * (g + s * w) for w, g, s in zip(ws, gs, share, strict=True)]))


def test_a_parameter_without_name_is_not_excluded_by_name():
    w = Tensor(1.0, requires_grad=True)
    optimizer = SGD(0.5, weight_decay=0.5)
    optimizer.exclude_from_weight_decay(var_names=["w"])
    optimizer.apply([0.0], [w])
    assert w.item() == 0.75


def test_each_exclusion_replaces_the_one_before():
    optimizer, (kernel, bias, _) = SGD(weight_decay=0.1), parameters()
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    optimizer.exclude_from_weight_decay([kernel])
    assert [optimizer.decays(p) for p in (kernel, bias)] == [False, True]


@pytest.mark.parametrize("wrong", [{"var_names": "bias"}, {"var_names": [1]}, {"var_list": ["bias"]}])
def test_wrong_exclusions_are_refused(wrong):
    with pytest.raises(TypeError, match="var_names is a list of texts|floating-point Tensor"):
        SGD(weight_decay=0.1).exclude_from_weight_decay(**wrong)


# -- clipping --------------------------------------------------------------------------------


def scaled(g, limit):
    norm = np.sqrt(np.sum(np.asarray(g) ** 2))
    return g * (limit / norm if norm > limit else 1.0)


def test_clipnorm_shortens_each_gradient():
    agree(follow(SGD(RATE, clipnorm=1.5)), by_hand(lambda step, ws, gs: [RATE * scaled(g, 1.5) for g in gs]))


def test_clipvalue_keeps_entries_between_its_limits():
    agree(follow(SGD(RATE, clipvalue=0.5)), by_hand(lambda step, ws, gs: [RATE * np.clip(g, -0.5, 0.5) for g in gs]))


def test_global_clipnorm_keeps_the_direction():
    def change(step, weights, given):
        flat = np.concatenate([np.ravel(g) for g in given])
        factor = min(1.0, 1.5 / np.linalg.norm(flat))
        return [RATE * factor * g for g in given]

    agree(follow(SGD(RATE, global_clipnorm=1.5)), by_hand(change))


def test_clipping_comes_before_momentum_and_before_decay():
    v, w = 0.0, 1.0
    for g in (8.0, -0.5, 3.0):
        w = w - 0.1 * 0.2 * w
        v = 0.9 * v + min(g, 1.0)
        w = w - 0.1 * v
    found = Tensor(1.0, requires_grad=True)
    optimizer = Momentum(0.1, momentum=0.9, clipnorm=1.0, weight_decay=0.2)
    for g in (8.0, -0.5, 3.0):
        optimizer.apply([g], [found])
    assert found.item() == pytest.approx(w, rel=1e-12)


@pytest.mark.parametrize("clip", [clipping.by_norm, clipping.by_value, clipping.by_global_norm])
def test_clipping_at_the_edges(clip):
    zeros = [np.zeros(3), np.zeros((0, 2)), np.float64(0)]
    for found, g in zip(clip(zeros, 1.0), zeros, strict=True):
        np.testing.assert_array_equal(found, g)
    short = [np.array([0.3, -0.2])]
    np.testing.assert_array_equal(clip(short, 1.0)[0], short[0])
    mixed = clip([np.full(2, 5, "float32"), np.full(2, 5.0), np.float32(3)], 1.0)
    assert [g.dtype for g in mixed] == ["float32", "float64", "float32"]
    assert np.isnan(clip([np.array([np.nan, 1.0])], 1.0)[0][0])


def test_an_infinite_global_norm_gives_nan_as_in_keras():
    with np.errstate(invalid="ignore"):
        found = clipping.by_global_norm([np.array([np.inf, 1.0]), np.ones(2)], 1.0)
    assert np.isnan(found).all()


def test_one_way_of_clipping_at_most():
    with pytest.raises(ValueError, match="Only one of clipnorm, clipvalue and global_clipnorm.*clipvalue=0.5"):
        Adam(clipnorm=1.0, clipvalue=0.5)


# -- moving averages --------------------------------------------------------------------------------


def test_averages_are_exponential_and_start_with_the_first_weights():
    history = []
    by_hand(lambda step, ws, gs: [RATE * g for g in gs], lambda step, ws: history.append(ws) or ws)
    optimizer = SGD(RATE, use_ema=True, ema_momentum=0.7)
    found = follow(optimizer)
    agree(found, history[-1])
    optimizer.finalize_variable_values(found)
    # Written out: the first weights count 0.7¹¹, the k-th after it 0.3 · 0.7^(11 − k).
    shares = [0.7 ** (STEPS - 1), *[0.3 * 0.7 ** (STEPS - 1 - k) for k in range(1, STEPS)]]
    assert sum(shares) == pytest.approx(1)
    agree(found, [sum(s * ws[i] for s, ws in zip(shares, history, strict=True)) for i in range(3)])


def test_weights_become_their_averages_every_so_often():
    average = None

    def after(step, weights):
        nonlocal average
        average = weights if step == 1 else [0.6 * a + 0.4 * w for a, w in zip(average, weights, strict=True)]
        return average if step % 5 == 0 else weights

    expected = by_hand(lambda step, ws, gs: [RATE * g for g in gs], after)
    agree(follow(SGD(RATE, use_ema=True, ema_momentum=0.6, ema_overwrite_frequency=5)), expected)


def test_the_average_is_an_array_of_its_own():
    w = Tensor([1.0, 2.0], requires_grad=True)
    optimizer = SGD(0.5, use_ema=True, ema_overwrite_frequency=1)
    optimizer.apply([[1.0, 1.0]], [w])
    w.data[:] = 100
    assert optimizer.variables[2].data.tolist() == [0.5, 1.5]
    optimizer.finalize_variable_values([w])
    w.data[:] = 100
    assert optimizer.variables[2].data.tolist() == [0.5, 1.5]


def test_finalizing_changes_nothing_without_averages():
    w, other = (Tensor(1.0, requires_grad=True) for _ in range(2))
    plain = SGD(0.5)
    plain.apply([1.0], [w])
    plain.finalize_variable_values([w, other])
    assert (w.item(), other.item()) == (0.5, 1.0)
    unused = SGD(use_ema=True, parameters=[w])
    unused.variables  # noqa: B018  makes the average of now
    w.data = 3.0
    unused.finalize_variable_values([w])
    assert w.item() == 3.0
    with pytest.raises(ValueError, match="SGD keeps no average of a Tensor"):
        unused.finalize_variable_values([w, other])


def test_a_parameter_without_gradient_keeps_its_value_as_average():
    v, w = (Tensor(x, requires_grad=True) for x in (1.0, 2.0))
    optimizer = SGD(0.5, use_ema=True, parameters=[v, w])
    for _ in range(3):
        with pytest.warns(UserWarning, match="No gradient"):
            optimizer.apply([1.0, None])
    optimizer.finalize_variable_values([v, w])
    assert w.item() == 2.0


@pytest.mark.parametrize("frequency", [0, -1, 1.5, True])
def test_a_wrong_frequency_is_refused(frequency):
    with pytest.raises((TypeError, ValueError), match="ema_overwrite_frequency should be"):
        SGD(use_ema=True, ema_overwrite_frequency=frequency)


# -- what is left out --------------------------------------------------------------------------------


@pytest.mark.parametrize("cls", EVERY)
def test_the_loss_scale_is_left_out_by_name(cls):
    with pytest.raises(ValueError, match="loss_scale_factor is not offered.*float16.*Leave it out"):
        cls(loss_scale_factor=128.0)
    assert cls(loss_scale_factor=None).loss_scale_factor is None


def test_adamw_without_decay_is_refused():
    with pytest.raises(ValueError, match="AdamW needs a weight_decay.*received None"):
        AdamW(weight_decay=None)


def test_a_refused_update_leaves_averages_and_counts_alone():
    found = parameters()
    optimizer = Nadam(RATE, use_ema=True, clipnorm=1.0, weight_decay=0.1, gradient_accumulation_steps=2)
    for step in range(3):
        optimizer.apply(gradients(step), found)
    before = [a.tobytes() for a in optimizer.get_state()], [p.data.tobytes() for p in found]
    with pytest.raises(ValueError, match="should have its shape"):
        optimizer.apply([np.ones(2), np.ones(3), 1.0], found)
    assert ([a.tobytes() for a in optimizer.get_state()], [p.data.tobytes() for p in found]) == before


# -- the state --------------------------------------------------------------------------------

SETTINGS = [
    {},
    {"use_ema": True, "ema_momentum": 0.5},
    {"gradient_accumulation_steps": 4},
    {"gradient_accumulation_steps": 5, "use_ema": True, "ema_overwrite_frequency": 2, "clipnorm": 1.0},
]


@pytest.mark.parametrize("cls", EVERY)
@pytest.mark.parametrize("settings", SETTINGS, ids=str)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_state_is_taken_up_where_it_was_left(cls, settings, dtype):
    whole, split = parameters(dtype), parameters(dtype)
    first = cls(learning_rate=RATE, **settings)
    for step in range(6):
        first.apply(gradients(step), whole, weight=8)
    state = first.get_state()
    for p, q in zip(split, whole, strict=True):
        p.data = q.numpy()
    second = cls(learning_rate=0.7, **settings)
    second.build(split)
    second.set_state(state)
    assert second.iterations == first.iterations
    for a, b in zip(second.get_state(), state, strict=True):
        np.testing.assert_array_equal(a, b)
    for step in range(6, 15):
        first.apply(gradients(step), whole, weight=8)
        second.apply(gradients(step), split, weight=8)
    for p, q in zip(split, whole, strict=True):
        np.testing.assert_allclose(p.numpy(), q.numpy(), rtol=1e-12 if dtype == "float64" else 2e-5)


def test_the_state_is_copies_both_ways():
    (kernel, *_) = found = parameters()
    optimizer = Momentum(parameters=found)
    optimizer.apply(gradients(0))
    state = optimizer.get_state()
    kept = [a.copy() for a in state]
    optimizer.set_state(state)
    for array in state:
        array[...] = 7
    for a, b in zip(optimizer.get_state(), kept, strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_schedule_has_no_place_in_the_state():
    optimizer = SGD(optim.schedules.ExponentialDecay(0.1, 10, 0.5), parameters=parameters())
    assert [v.name for v in optimizer.variables] == ["iteration"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s: s[:-1], r"Nadam keeps 15 arrays \(iteration, learning_rate, kernel_average, .*received 14"),
        (lambda s: [*s, s[0]], "received 16"),
        (lambda s: [s[0], s[1], np.ones((3, 2)), *s[3:]], r"'kernel_average' of Nadam.*shape \(2, 3\).*\(3, 2\)"),
        (lambda s: [np.ones(1), *s[1:]], r"'iteration' of Nadam should be numbers of shape \(\)"),
        (lambda s: [*s[:-1], np.array("x")], "'momentum_product' of Nadam should be numbers"),
        (lambda s: [np.array(-1), *s[1:]], "'iteration' should be a whole number ≥ 0; received -1"),
        (lambda s: [np.array(1.5), *s[1:]], "'iteration' should be a whole number"),
        (lambda s: [np.array(np.nan), *s[1:]], "'iteration' should be a whole number"),
        (lambda s: [s[0], np.array(-0.1), *s[2:]], "learning_rate should be"),
    ],
)
def test_a_wrong_state_is_refused_before_anything_changes(change, message):
    found = parameters()
    optimizer = Nadam(RATE, use_ema=True, gradient_accumulation_steps=4)
    for step in range(6):
        optimizer.apply(gradients(step), found)
    before = optimizer.get_state()
    changed = change([a + 1 if a.ndim else a for a in before])
    with pytest.raises(ValueError, match=message):
        optimizer.set_state(changed)
    for a, b in zip(optimizer.get_state(), before, strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_state_without_parameters_says_what_to_call():
    with pytest.raises(ValueError, match=r"received 8. It has no parameters yet: call build\(parameters\) first"):
        Adam().set_state([np.zeros(())] * 8)
