"""Optimizers in a flat program: the same numbers as op by op, with every shared setting, and lean code."""

import re

import numpy as np
import pytest

import tinygrad_edu as tg
import tinygrad_edu.optim as optim
from tinygrad_edu import Tensor, replay
from tinygrad_edu.replay.numpy.writer import BLOCK

EVERY = list(optim.by_name.values())
SHARED = [
    {},
    {"weight_decay": 0.2},
    {"weight_decay": 0.2, "exclude": ["bias"]},
    {"weight_decay": 0.2, "exclude": ["bias", "kernel", "scale", "other"]},
    {"clipnorm": 0.3},
    {"clipvalue": 0.1},
    {"global_clipnorm": 0.3},
    {"use_ema": True, "ema_momentum": 0.8},
    {"use_ema": True, "ema_momentum": 0.8, "ema_overwrite_frequency": 3},
    {"gradient_accumulation_steps": 3},
    {
        "gradient_accumulation_steps": 2,
        "use_ema": True,
        "ema_overwrite_frequency": 2,
        "global_clipnorm": 0.4,
        "weight_decay": 0.2,
        "exclude": ["kernel"],
    },
]
VARIANTS = [
    optim.SGD(0.1, momentum=0.9, nesterov=True),
    optim.RMSProp(0.1, momentum=0.3, centered=True),
    optim.Adam(0.1, amsgrad=True),
    optim.Ftrl(0.1, l1_regularization_strength=0.1, l2_shrinkage_regularization_strength=0.2, beta=0.3),
    optim.Lion(lambda step: 0.1 / (1 + step)),
    optim.AdamW(optim.schedules.CosineDecayRestarts(0.1, 4)),
    optim.Ftrl(optim.schedules.PolynomialDecay(0.1, 30)),
]


def spelled(x):
    """The name of a case, the same in every process: without addresses."""
    return re.sub(r" at 0x[0-9a-f]+", "", repr(x))


class LayerWise(optim.Optimizer):
    """The norm of a whole gradient: the formula is not elementwise, and is written for each parameter."""

    def update(self, w, g, rate, step):
        return (w - rate * g / (1 + np.sqrt(np.sum(g * g))),)


def weights(dtype, mixed=False, size=3):
    rng = np.random.default_rng(0)
    shapes = {"kernel": (2, 3), "bias": (size,), "scale": ()} | ({"other": (4,)} if mixed else {})
    return [
        Tensor(rng.normal(size=shape).astype("float64" if name == "other" else dtype), requires_grad=True, name=name)
        for name, shape in shapes.items()
    ]


def step_of(optimizer, parameters):
    """A function that makes one step down a bowl, in a place and at a weight that change."""

    def step(x):
        loss = 0.0
        for w in parameters:
            away = w - np.sum(x)
            loss = loss + np.sum(away * away * away * away)
        optimizer.apply(tg.gradients(loss, parameters), parameters, weight=4)
        return loss

    return step


def made(optimizer, settings):
    settings = dict(settings)
    excluded = settings.pop("exclude", None)
    made = type(optimizer)(**optimizer.get_config() | {"learning_rate": optimizer.rate_setting} | settings)
    if excluded:
        made.exclude_from_weight_decay(var_names=excluded)
    return made


def same_both_ways(optimizer, dtype, mixed=False, size=3, steps=9):
    """Steps op by op, and the same by a program; gives the program."""
    eager, flat = (weights(dtype, mixed, size) for _ in range(2))
    one, two = optimizer, optimizer.fresh()
    x = np.random.default_rng(1).normal(size=(steps, 2)).astype(dtype) * 0.1
    with np.errstate(all="ignore"):
        program = replay.trace(step_of(two, flat), x[0])
        if type(optimizer) is not LayerWise and not mixed:  # tracing made the first step
            assert two.iterations == (0 if two.gradient_accumulation_steps else 1)
        one_step = step_of(one, eager)
        one_step(Tensor(x[0]))
        for row in x[1:]:
            one_step(Tensor(row))
            program(row)
    scale = 1e-12 if dtype == "float64" else 2e-5
    for p, q in zip(eager, flat, strict=True):
        np.testing.assert_allclose(q.numpy(), p.numpy(), rtol=scale, atol=scale, err_msg=p.name)
    for a, b, v in zip(one.get_state(), two.get_state(), one.variables, strict=True):
        np.testing.assert_allclose(b, a, rtol=scale, atol=scale, err_msg=v.name)
    if optimizer.use_ema:
        for o, own in ((one, eager), (two, flat)):
            o.finalize_variable_values(own)
        for p, q in zip(eager, flat, strict=True):
            np.testing.assert_allclose(q.numpy(), p.numpy(), rtol=scale, atol=scale, err_msg=p.name)
    return program


@pytest.mark.parametrize("settings", SHARED, ids=str)
@pytest.mark.parametrize("cls", [*EVERY, LayerWise])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.matrix
def test_every_optimizer_with_every_shared_setting(cls, settings, dtype):
    same_both_ways(made(cls(learning_rate=0.05), settings), dtype)


@pytest.mark.parametrize("optimizer", VARIANTS, ids=spelled)
@pytest.mark.parametrize("settings", SHARED[-3:], ids=str)
def test_other_arguments(optimizer, settings):
    same_both_ways(made(optimizer, settings), "float64")


@pytest.mark.parametrize("settings", SHARED, ids=str)
@pytest.mark.parametrize("cls", [optim.Adam, optim.Nadam, LayerWise])
@pytest.mark.matrix
def test_two_dtypes(cls, settings):
    """float32 and float64 side by side: numbers of a step are not rounded to the smaller one."""
    same_both_ways(made(cls(learning_rate=0.05), settings), "float32", mixed=True)


@pytest.mark.parametrize("settings", SHARED, ids=str)
@pytest.mark.parametrize("cls", [optim.Adam, optim.Ftrl])
@pytest.mark.matrix
def test_long_vectors_in_blocks(cls, settings):
    program = same_both_ways(made(cls(learning_rate=0.05), settings), "float64", size=BLOCK + 5, steps=5)
    assert " in blocks" in program.source


class Counting(optim.SGD):
    """The count is a Variable, which a program reads at every run."""

    def update(self, w, g, rate, step, momentum=None):
        return (w - rate / (1 + self.iterations) * g,)


def test_a_formula_may_read_the_count():
    same_both_ways(Counting(0.05), "float64")


class Frozen(optim.SGD):
    """A program would keep the number that this formula takes from Python at the trace."""

    def update(self, w, g, rate, step, momentum=None):
        return (w - rate / (1 + self.next_step()) * g,)


def test_a_number_that_a_program_would_keep_is_refused():
    with pytest.raises(TypeError, match="Python computes a number for .* that is another at every step"):
        same_both_ways(Frozen(0.05), "float64")


# -- what the program looks like ----------------------------------------------------------------------------


def section(program, title):
    """The lines below a comment, to the next empty line."""
    lines = [line.strip() for line in program.source.splitlines()]
    start = lines.index(f"# {title}") + 1
    return lines[start : lines.index("", start)] if "" in lines[start:] else lines[start:]


def test_settings_that_are_not_used_cost_nothing():
    text = same_both_ways(optim.Adam(0.05), "float32").source
    assert [name for name in ("clipping", "moving average", "decays", "average", "0 **") if name in text] == []
    lines = section(same_both_ways(optim.Adam(0.05), "float32"), "update: Adam")
    assert len([line for line in lines if line.startswith("np.")]) == 12
    assert lines[0] == "factor[...] = rate * (1 - 0.999 ** step) ** 0.5 / (1 - 0.9 ** step)"


def test_the_global_norm_is_one_product_of_the_flat_gradient():
    lines = section(same_both_ways(optim.SGD(0.05, global_clipnorm=0.3), "float32"), "clipping")
    (product,) = [line for line in lines if "dot(" in line]
    assert product.count("gradients") == 2
    assert sum("out=" in line for line in lines) == 1


def test_decay_of_all_weights_needs_no_mask():
    assert "decays" not in same_both_ways(optim.SGD(0.05, weight_decay=0.1), "float32").source
    mixed = same_both_ways(made(optim.SGD(0.05), {"weight_decay": 0.1, "exclude": ["bias"]}), "float32")
    assert "decays" in mixed.source


# -- settings that change, states that are loaded, between runs --------------------------------------------------


def network(eager):
    tg.random.seed(0)
    model = tg.keras.Sequential(
        [tg.keras.layers.Input((3,)), tg.keras.layers.Dense(4, "tanh"), tg.keras.layers.Dense(1)]
    )
    rng = np.random.default_rng(2)
    return model, rng.normal(size=(32, 3)), rng.normal(size=(32, 1)), eager


def fitted(change, optimizer, eager):
    """The weights after a fit, a change, and another fit."""
    model, x, y, eager = network(eager)
    model.compile(optimizer(), "mse", run_eagerly=eager)
    model.fit(x, y, batch_size=8, epochs=3, verbose=0)
    change(model)
    model.fit(x, y, batch_size=8, epochs=3, verbose=0)
    assert eager or not model._programs.eager
    return model.get_weights()


def exclude(model):
    model.optimizer.exclude_from_weight_decay(var_names=["bias"])


def load(model):
    model.optimizer.set_state(
        [np.asarray(a) * 0 + (6 if i == 0 else 0.5) for i, a in enumerate(model.optimizer.get_state())]
    )


def settings_of(**changed):
    def change(model):
        for name, value in changed.items():
            setattr(model.optimizer, name, value)

    return change


CHANGES = {
    "exclude": exclude,
    "load": load,
    "clipnorm": settings_of(clipnorm=0.01),
    "weight_decay": settings_of(weight_decay=0.9),
    "overwrite": settings_of(ema_overwrite_frequency=1),
    "schedule": settings_of(learning_rate=optim.schedules.PolynomialDecay(0.1, 20)),
    "beta_1": settings_of(beta_1=0.2),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("accumulate", [None, 5])
@pytest.mark.matrix
def test_what_changes_between_two_fits_counts_at_once(change, accumulate):
    def optimizer():
        return optim.Nadam(0.05, use_ema=True, weight_decay=0.1, gradient_accumulation_steps=accumulate)

    eager, flat = (fitted(CHANGES[change], optimizer, eager) for eager in (True, False))
    for a, b in zip(eager, flat, strict=True):
        np.testing.assert_allclose(b, a, rtol=1e-4, atol=1e-5)
    unchanged = fitted(lambda model: None, optimizer, False)
    assert not all(np.allclose(a, b, rtol=1e-5, atol=1e-7) for a, b in zip(flat, unchanged, strict=True))


def test_use_ema_switched_on_between_two_fits():
    def optimizer():
        return optim.SGD(0.05)

    def on(model):
        model.optimizer.use_ema = True
        model.optimizer.ema_overwrite_frequency = 5

    for a, b in zip(fitted(on, optimizer, True), fitted(on, optimizer, False), strict=True):
        np.testing.assert_allclose(b, a, rtol=1e-4, atol=1e-6)


def test_memory_is_kept_apart_by_what_the_optimizer_holds():
    (w, *_), optimizer = weights("float32"), optim.SGD(0.1)
    plain = optimizer.groups([w])
    assert optimizer.groups([w]) is plain
    optimizer.use_ema = True
    averaging = optimizer.groups([w])
    assert averaging is not plain and [*averaging[0].slots] == ["average"]
