"""What all optimizers share: the order of an update, accumulation, checks, warnings, configuration."""

import copy
import pickle
import warnings

import numpy as np
import pytest

import tinygrad_edu.optim as optim
from tinygrad_edu import Tensor, gradients, no_grad
from tinygrad_edu.common.old import forget_scripts
from tinygrad_edu.engine.variable import Variable
from tinygrad_edu.optim import SGD, Adam, Momentum, schedules

EVERY = list(optim.by_name.values())


def parameter(values, name=None):
    return Tensor(np.array(values, float), requires_grad=True, name=name)


def state(optimizer, *parameters):
    """Everything that a refused call must leave alone."""
    return [v.numpy().tobytes() for v in optimizer.state_variables], [p.data.tobytes() for p in parameters]


# -- one update -------------------------------------------------------------------------------------


def test_apply_gives_new_arrays_and_leaves_the_old_ones_alone():
    w = parameter([1.0, 2.0])
    held = w.data
    SGD(0.5).apply([[1.0, 1.0]], [w])
    assert held.tolist() == [1.0, 2.0]
    assert w.data.tolist() == [0.5, 1.5]


def test_a_graph_made_before_the_update_keeps_its_gradient():
    w = parameter([2.0, 3.0])
    loss = (w * w * w)[0]
    SGD(1.0).apply([[1.0, 1.0]], [w])
    np.testing.assert_array_equal(gradients(loss, w), [12.0, 0.0])


def test_the_slots_are_not_the_arrays_given():
    w, g = parameter([1.0, 2.0]), np.ones(2)
    optimizer = Momentum(0.1, parameters=[w])
    optimizer.apply([g])
    g[:] = 100
    w.data[:] = 100
    np.testing.assert_array_equal(optimizer.variables[2].data, [1.0, 1.0])


def test_apply_takes_tensors_lists_and_other_dtypes():
    w = Tensor(np.ones(2, "float32"), requires_grad=True)
    for g in (Tensor([1.0, 2.0]), [1, 2], np.array([1, 2]), np.array([1.0, 2.0])):
        w.data = np.ones(2)
        SGD(0.25).apply([g], [w])
        assert (w.data.tolist(), w.dtype) == ([0.75, 0.5], np.float32)


def test_apply_remembers_its_first_parameters_as_keras_does():
    v, w = parameter(1.0), parameter(1.0)
    optimizer = SGD(0.5)
    optimizer.apply([1.0, 2.0], [v, w])
    optimizer.apply([1.0, 2.0])
    assert (v.item(), w.item(), optimizer.iterations) == (0.0, -1.0, 2)


def test_apply_gradients_takes_pairs():
    v, w = parameter(1.0), parameter(1.0)
    SGD(0.5).apply_gradients(zip([1.0, 2.0], [v, w], strict=True))
    assert (v.item(), w.item()) == (0.5, 0.0)
    with pytest.raises(TypeError, match=r"\(gradient, parameter\) pairs"):
        SGD().apply_gradients([1.0, v])


def test_no_gradients_at_all_is_no_update():
    optimizer = SGD()
    optimizer.apply([], [])
    assert optimizer.iterations == 0


def test_a_missing_gradient_is_named_and_its_parameter_left_alone():
    v, w = parameter(1.0, "v"), parameter(1.0, "w")
    optimizer = Momentum(0.5)
    with pytest.warns(UserWarning, match="No gradient for Tensor 'w'") as caught:
        optimizer.apply([1.0, None], [v, w])
    assert caught[0].filename == __file__
    assert (v.item(), w.item()) == (0.5, 1.0)


def test_non_finite_gradients_are_not_refused():
    w = parameter([1.0, 1.0])
    SGD(0.5).apply([[np.nan, 1.0]], [w])
    assert np.isnan(w.data[0]) and w.data[1] == 0.5


@pytest.mark.parametrize("cls", EVERY)
@pytest.mark.parametrize("accumulate", [None, 2])
@pytest.mark.parametrize(
    ("bad", "error", "message"),
    [
        ([np.ones(2)], ValueError, "Expected a gradient for each of the 2 parameters.*received 1"),
        ([np.ones(2), np.ones(2)], ValueError, r"gradient of Tensor 'w' should have its shape \(3,\).*\(2,\)"),
        ([np.ones(2), np.ones((1, 3))], ValueError, r"received shape \(1, 3\)"),
        ([np.ones(2), np.ones(3) * 1j], TypeError, "Tensor 'w' should be numbers.*complex"),
        ([np.ones(2), ["a", "b", "c"]], TypeError, "Tensor 'w' should be numbers"),
        ([None, None], ValueError, "No gradient for any parameter.*backward"),
    ],
)
def test_a_refused_update_changes_nothing(cls, accumulate, bad, error, message):
    v, w = parameter([1.0, 2.0], "v"), parameter([3.0, 4.0, 5.0], "w")
    optimizer = cls(parameters=[v, w], gradient_accumulation_steps=accumulate)
    for _ in range(3):
        optimizer.apply([np.ones(2), np.ones(3)])
    before = state(optimizer, v, w)
    with pytest.raises(error, match=message):
        optimizer.apply(bad)
    assert state(optimizer, v, w) == before


@pytest.mark.parametrize("weight", [0, -1, np.nan, np.inf, "2", None])
def test_a_wrong_weight_is_refused(weight):
    w = parameter(1.0)
    optimizer = SGD(parameters=[w], gradient_accumulation_steps=2)
    with pytest.raises((TypeError, ValueError), match="weight should be"):
        optimizer.apply([1.0], weight=weight)
    assert optimizer.waiting() == (0, 0.0)


def test_a_failing_or_wrong_update_changes_nothing():
    class Widening(optim.Optimizer):
        slots = ("velocity",)
        failing = False

        def update(self, w, g, rate, step, velocity):
            if self.failing and w.ndim:
                raise ZeroDivisionError
            return (w - np.float64(rate) * g if w.ndim else w - rate * g), velocity + g

    v = Tensor(np.float32(1), requires_grad=True)
    w = Tensor(np.ones(2, "float32"), requires_grad=True)
    optimizer = Widening(0.1, parameters=[v, w])
    before = [x.numpy().tolist() for x in optimizer.variables]
    for failing, error in ((False, ValueError), (True, ZeroDivisionError)):
        optimizer.failing = failing
        with pytest.raises(error):
            optimizer.apply([1.0, [1.0, 1.0]])
        assert (v.item(), w.data.tolist(), optimizer.iterations) == (1.0, [1.0, 1.0], 0)
        assert [x.numpy().tolist() for x in optimizer.variables] == before


def test_parameters_are_checked():
    w = parameter([1.0, 2.0], "w")
    for wrong, error, message in (
        (w, TypeError, r"list of Tensors, \[w, b\]"),
        ([np.ones(2)], TypeError, "floating-point Tensor; received ndarray"),
        ([Tensor([1, 2])], TypeError, "floating-point Tensor"),
        ([w * 2], ValueError, "result of an op"),
        ([w, w], ValueError, "appears twice"),
    ):
        with pytest.raises(error, match=message):
            Adam(parameters=wrong)
        with pytest.raises(error, match=message):
            Adam().apply([[1.0, 1.0]] * 2, wrong)


# -- step, zero_grad, minimize ----------------------------------------------------------------------


def test_step_uses_the_gradients_of_backward():
    v, w = parameter(2.0), parameter(3.0)
    optimizer = SGD(0.5, parameters=[v, w])
    (v * w).backward()
    optimizer.step()
    assert (v.item(), w.item()) == (0.5, 2.0)
    optimizer.zero_grad()
    assert v.grad is w.grad is None


def test_step_without_parameters_or_gradients_says_what_to_write():
    for method in ("step", "zero_grad"):
        with pytest.raises(ValueError, match=r"Adam\(..., parameters=\[w, b\]\)"):
            getattr(Adam(), method)()
    with pytest.raises(ValueError, match=r"Tensor 'w'.*loss.backward\(\) first"):
        Adam(parameters=[parameter(1.0, "w")]).step()


def test_step_names_the_parameters_without_gradient():
    v, w = parameter(2.0, "v"), parameter(3.0, "w")
    optimizer = SGD(0.5, parameters=[v, w])
    (v * v).backward()
    with pytest.warns(UserWarning, match="No gradient for Tensor 'w'") as caught:
        optimizer.step()
    assert caught[0].filename == __file__


def test_step_on_grown_gradients_warns_once():
    w = parameter(2.0, "w")
    optimizer = SGD(0.1, parameters=[w])
    (w * w).backward()
    optimizer.step()
    (w * w).backward()
    with pytest.warns(UserWarning, match=r"Tensor 'w'. Write optimizer.zero_grad\(\) before") as caught:
        optimizer.step()
    assert caught[0].filename == __file__
    (w * w).backward()
    with warnings.catch_warnings(action="error"):
        optimizer.step()


@pytest.mark.parametrize("clear", ["zero_grad", "None", "zeros"])
@pytest.mark.parametrize("start", [2.0, [2.0]])
def test_step_on_cleared_gradients_does_not_warn(clear, start):
    w = parameter(start)
    optimizer = SGD(0.1, parameters=[w])
    with warnings.catch_warnings(action="error"):
        for passes in (1, 2, 3, 1):
            for _ in range(passes):
                (w * w).backward(np.ones(w.shape))
            optimizer.step()
            optimizer.step()
            if clear == "zero_grad":
                optimizer.zero_grad()
            elif clear == "None":
                w.grad = None
            elif w.ndim:
                w.grad[...] = 0
            else:
                w.grad = w.grad * 0


def test_minimize_updates_the_leaves_of_the_graph_and_no_grad():
    v, w, constant = parameter(2.0), parameter(3.0), Tensor(5.0)
    v.grad = np.float64(7.0)
    optimizer = SGD(0.1)
    optimizer.minimize(v * w + constant * v)
    np.testing.assert_allclose([v.item(), w.item(), constant.item()], [2 - 0.8, 3 - 0.2, 5.0])
    assert v.grad == 7.0 and w.grad is None
    optimizer.minimize(w * w)
    np.testing.assert_allclose([v.item(), w.item()], [1.2, 2.8 - 0.56])


def test_minimize_names_its_parameters_that_the_loss_does_not_depend_on():
    v, w = parameter(2.0, "v"), parameter(3.0, "w")
    with pytest.warns(UserWarning, match="No gradient for Tensor 'w'") as caught:
        SGD(0.1, parameters=[v, w]).minimize(v * v)
    assert caught[0].filename == __file__
    assert w.item() == 3.0
    other = parameter(1.0)
    with pytest.raises(ValueError, match="does not depend on Tensor 'w'"):
        SGD(0.1, parameters=[w]).minimize(other * other)


def test_minimize_leaves_other_leaves_than_its_parameters_alone():
    v, w = parameter(2.0), parameter(3.0)
    SGD(0.1, parameters=[v]).minimize(v * w)
    assert (v.item(), w.item()) == (1.7, 3.0)


def test_minimize_refuses_what_is_no_loss():
    w = parameter([1.0, 2.0])
    with pytest.raises(ValueError, match=r"one value; received shape \(2,\)"):
        SGD().minimize(w * w)
    with pytest.raises(TypeError, match="a Tensor; received float"):
        SGD().minimize(3.0)
    with pytest.raises(TypeError, match=r"Call the function: optimizer.minimize\(f\(x\)\)"):
        SGD().minimize(lambda: w * w)
    with no_grad():
        loss = w[0] * w[0]
    with pytest.raises(ValueError, match="any Tensor that requires a gradient"):
        SGD().minimize(loss)


# -- accumulation -----------------------------------------------------------------------------------


@pytest.mark.parametrize("cls", EVERY)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_ragged_batches_give_the_step_of_one_big_batch(cls, dtype):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(10, 3)).astype(dtype), rng.normal(size=10).astype(dtype)
    start = rng.normal(size=3).astype(dtype)

    def mean_gradient(w, rows):  # of mean (x·w − y)²
        return 2 * x[rows].T @ (x[rows] @ w.numpy() - y[rows]) / len(x[rows])

    big, small = (Tensor(start, requires_grad=True) for _ in range(2))
    whole = cls(learning_rate=0.1)
    parts = cls(learning_rate=0.1, gradient_accumulation_steps=3)
    for update in range(4):
        whole.apply([mean_gradient(big, slice(None))], [big])
        for rows in (slice(0, 4), slice(4, 8), slice(8, 10)):
            assert parts.iterations == update
            before = small.numpy()
            parts.apply([mean_gradient(small, rows)], [small], weight=len(x[rows]))
        assert not np.array_equal(small.numpy(), before)
        np.testing.assert_allclose(small.data, big.data, rtol=1e-12 if dtype == "float64" else 2e-5)
    assert (parts.iterations, small.dtype) == (4, dtype)
    # Without the weights the average is another one.
    unweighted = Tensor(start, requires_grad=True)
    optimizer = SGD(0.1, gradient_accumulation_steps=3)
    first = SGD(0.1)
    reference = Tensor(start, requires_grad=True)
    first.apply([mean_gradient(reference, slice(None))], [reference])
    for rows in (slice(0, 4), slice(4, 8), slice(8, 10)):
        optimizer.apply([mean_gradient(unweighted, rows)], [unweighted])
    assert not np.allclose(unweighted.data, reference.data, rtol=1e-4)


def test_a_parameter_without_gradient_in_some_calls_counts_as_zero_there():
    v, w = parameter(0.0), parameter(0.0)
    optimizer = SGD(1.0, parameters=[v, w], gradient_accumulation_steps=2)
    optimizer.apply([2.0, 4.0])
    with pytest.warns(UserWarning):
        optimizer.apply([2.0, None])
    assert (v.item(), w.item()) == (-2.0, -2.0)


@pytest.mark.parametrize("steps", [0, -1, 1.5, "2", True])
def test_wrong_accumulation_is_refused(steps):
    with pytest.raises((TypeError, ValueError), match="gradient_accumulation_steps should be"):
        SGD(gradient_accumulation_steps=steps)


# -- learning rate and other arguments --------------------------------------------------------------


@pytest.mark.parametrize(
    ("rate", "error"),
    [(-0.1, ValueError), (np.nan, ValueError), (np.inf, ValueError), ("fast", TypeError), (None, TypeError)]
    + [(True, TypeError), (1j, TypeError)],
)
@pytest.mark.parametrize("cls", EVERY)
def test_a_wrong_learning_rate_is_refused(cls, rate, error):
    with pytest.raises(error, match="learning_rate should be a finite number ≥ 0; received"):
        cls(learning_rate=rate)
    optimizer = cls()
    with pytest.raises(error):
        optimizer.learning_rate = rate
    assert optimizer.learning_rate == cls().learning_rate


def test_parameters_in_place_of_the_learning_rate():
    w = parameter(1.0)
    with pytest.raises(TypeError, match=r"Adam\(0.01, parameters=\[w, b\]\)"):
        Adam([w], 0.01)


def test_the_learning_rate_is_assignable_while_training():
    w = parameter(1.0)
    optimizer = SGD(np.float64(0.5), parameters=[w])
    assert isinstance(optimizer.learning_rate, Variable) and float(optimizer.learning_rate) == 0.5
    optimizer.apply([1.0])
    optimizer.learning_rate = 0.25
    optimizer.apply([1.0])
    optimizer.learning_rate = lambda step: 0.125 * step
    assert optimizer.learning_rate == 0.25
    assert w.item() == 0.25


def test_the_learning_rate_has_the_methods_of_a_variable_of_keras():
    optimizer = SGD(0.5)
    optimizer.learning_rate.assign(0.1)
    assert optimizer.learning_rate == 0.1 and optimizer.learning_rate.numpy() == 0.1
    for kept in (copy.deepcopy(optimizer.learning_rate), pickle.loads(pickle.dumps(optimizer.learning_rate))):
        assert isinstance(kept, Variable) and kept == 0.1
    with pytest.raises(ValueError, match="learning_rate"):
        optimizer.learning_rate.assign(-1.0)


def test_decay_is_what_it_was_in_keras_2():
    """rate / (1 + decay · step), for each of them; a schedule has the say where there is one."""
    forget_scripts()
    with pytest.warns(UserWarning, match=r"decay= → learning_rate=InverseTimeDecay") as caught:
        optimizer = SGD(0.5, decay=0.25)
    assert caught[0].filename == __file__
    assert [optimizer.rate_setting(step) for step in (0, 4)] == [0.5, 0.25]
    assert Adam(decay=0.0).get_config()["learning_rate"] == 0.001


def test_a_schedule_is_called_with_the_number_of_calls_as_in_keras():
    w = parameter(0.0)
    seen = []
    optimizer = SGD(lambda step: seen.append(step) or 2.0**-step, parameters=[w], gradient_accumulation_steps=2)
    for _ in range(6):
        optimizer.apply([1.0])
    assert seen == [1, 3, 5]
    assert w.item() == -(1 / 2 + 1 / 8 + 1 / 32)
    assert (optimizer.iterations, optimizer.variables[0].item()) == (3, 6)


def test_the_rate_may_be_a_function_without_arguments_as_in_keras():
    class Source:
        rate = 0.5

        def now(self):
            return self.rate

    source, w = Source(), parameter(1.0)
    for rate in (lambda: source.rate, source.now, lambda *steps: 0.5 if steps else 7.0):
        optimizer = SGD(rate)
        assert optimizer.learning_rate == 0.5
    optimizer = SGD(source.now, parameters=[w])
    optimizer.apply([1.0])
    source.rate = 0.25
    optimizer.apply([1.0])
    assert w.item() == 0.25


def test_a_schedule_that_gives_no_rate_changes_nothing():
    w = parameter(1.0)
    for rate in (-1.0, np.nan, "x"):
        with pytest.raises((TypeError, ValueError), match="learning_rate"):
            SGD(lambda step, rate=rate: rate).apply([1.0], [w])
    assert w.item() == 1.0


@pytest.mark.parametrize(
    ("cls", "options"),
    [
        (SGD, {"momentum": 1.5}),
        (SGD, {"momentum": -0.1}),
        (Momentum, {"dampening": 2}),
        (optim.Nesterov, {"momentum": np.nan}),
        (optim.AdaGrad, {"initial_accumulator_value": -1.0}),
        (optim.RMSProp, {"rho": 1.0}),
        (optim.RMSProp, {"epsilon": -1e-7}),
        (Adam, {"beta_1": 1.0}),
        (Adam, {"beta_2": 1.1}),
        (Adam, {"epsilon": np.inf}),
        (optim.AdamW, {"weight_decay": -0.1}),
        (optim.Adadelta, {"rho": 1.0}),
        (optim.Adamax, {"beta_2": 1.0}),
        (optim.Nadam, {"beta_1": -0.1}),
        (optim.Lion, {"beta_1": 0.0}),
        (optim.Lion, {"beta_2": 1.1}),
        (optim.Ftrl, {"learning_rate_power": 0.1}),
        (optim.Ftrl, {"initial_accumulator_value": -1}),
        (optim.Ftrl, {"l1_regularization_strength": -1}),
        (optim.Ftrl, {"l2_regularization_strength": -1}),
        (optim.Ftrl, {"l2_shrinkage_regularization_strength": -1}),
        (optim.Ftrl, {"beta": -1}),
        (SGD, {"weight_decay": -1}),
        (SGD, {"clipnorm": -1}),
        (SGD, {"clipvalue": np.nan}),
        (SGD, {"global_clipnorm": np.inf}),
        (SGD, {"ema_momentum": 1.1}),
    ],
)
def test_a_setting_out_of_range_is_refused_by_name(cls, options):
    (name,) = options
    with pytest.raises(ValueError, match=f"{name} should be a finite number .*received"):
        cls(**options)
    with pytest.raises(TypeError, match=f"{name} should be a finite number .*received 'a'"):
        cls(**{name: "a"})


def test_an_unknown_argument_lists_the_known_ones():
    with pytest.raises(
        TypeError,
        match="Adam has no argument 'learningrate'. Did you mean learning_rate. It takes learning_rate, beta_1, .*",
    ):
        Adam(learningrate=0.1)


# -- configuration ----------------------------------------------------------------------------------


@pytest.mark.parametrize("cls", EVERY)
def test_the_configuration_makes_the_same_optimizer(cls):
    optimizer = cls(schedules.CosineDecay(0.1, 10, alpha=0.5), name="mine", gradient_accumulation_steps=4)
    first, *_ = [name for name in cls.argument_names() if name in ("momentum", "rho", "beta_1", "epsilon", "beta")]
    setattr(optimizer, first, 0.75)
    config = optimizer.get_config()
    assert "parameters" not in config
    assert config["learning_rate"]["class_name"] == "CosineDecay"
    assert config["loss_scale_factor"] is None
    assert config[first] == 0.75
    again = cls.from_config(config)
    assert again.get_config() == config
    assert repr(again) == repr(optimizer)
    assert again.learning_rate == 0.1


def test_the_configuration_is_plain_json():
    import json

    for cls in EVERY:
        optimizer = cls(schedules.PiecewiseConstantDecay([1, 2], [0.1, 0.2, 0.3]))
        config = json.loads(json.dumps(optimizer.get_config()))
        assert cls.from_config(config).get_config() == optimizer.get_config()


def test_repr_is_the_call():
    assert repr(Adam()) == "Adam(learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-07, amsgrad=False)"
    assert repr(SGD(0.1, gradient_accumulation_steps=2)).endswith("nesterov=False, gradient_accumulation_steps=2)")


def test_the_configuration_of_a_subclass_needs_nothing():
    class Mine(Adam):
        def __init__(self, learning_rate=0.5, warmth=3.0, **shared):
            super().__init__(learning_rate, **shared)
            self.warmth = warmth

    assert Mine.from_config(Mine(warmth=4.0, beta_1=0.5).get_config()).get_config()["warmth"] == 4.0
    assert Mine(beta_1=0.5).get_config()["beta_1"] == 0.5


@pytest.mark.parametrize(
    ("name", "cls"),
    [("sgd", SGD), ("SGD", SGD), ("adam", Adam), ("Adam", Adam), ("rmsprop", optim.RMSProp)]
    + [("RMSprop", optim.RMSProp), ("RMSProp", optim.RMSProp), ("Adagrad", optim.AdaGrad), ("AdaGrad", optim.AdaGrad)]
    + [("momentum", Momentum), ("nesterov", optim.Nesterov), ("adamw", optim.AdamW), ("AdamW", optim.AdamW)]
    + [("adadelta", optim.Adadelta), ("adamax", optim.Adamax), ("nadam", optim.Nadam), ("lion", optim.Lion)]
    + [("ftrl", optim.Ftrl)],
)
def test_get_by_name(name, cls):
    assert type(optim.get(name)) is cls
    assert optim.get({"class_name": name, "config": {"learning_rate": 0.5}}).learning_rate == 0.5


def test_get_gives_an_optimizer_back_and_refuses_the_rest():
    optimizer = Adam()
    assert optim.get(optimizer) is optimizer
    with pytest.raises(ValueError, match="Did you mean 'adam'"):
        optim.get("adan")
    with pytest.raises(TypeError, match=r"write Adam\(\)"):
        optim.get(Adam)
    for wrong in (None, 0.1, {}):
        with pytest.raises(TypeError, match="Expected an optimizer or its name"):
            optim.get(wrong)


def test_variables_are_the_state_by_name():
    v, w = parameter([1.0, 2.0], "v"), parameter(3.0)
    optimizer = Adam(0.5, parameters=[v, w])
    optimizer.apply([[1.0, 1.0], 1.0])
    names = [x.name for x in optimizer.variables]
    assert names == ["iteration", "learning_rate", "v_momentum", "v_velocity"] + [
        "parameter_1_momentum",
        "parameter_1_velocity",
    ]
    assert optimizer.variables[0].item() == 1
    np.testing.assert_allclose(optimizer.variables[2].data, [0.1, 0.1])
    optimizer.variables[2].assign([0.0, 100.0])
    assert optimizer.variables[2].numpy().tolist() == [0.0, 100.0]


def test_fresh_has_the_settings_and_no_state():
    w = parameter(1.0)
    optimizer = Adam(0.5, beta_1=0.3, parameters=[w])
    optimizer.apply([1.0])
    fresh = optimizer.fresh()
    assert (fresh.iterations, fresh.get_config()) == (0, optimizer.get_config())
    fresh.apply([1.0], [w])
    assert (optimizer.iterations, fresh.iterations) == (1, 1)


def test_an_optimizer_without_formula_says_so():
    with pytest.raises(NotImplementedError, match="needs a method update"):
        optim.Optimizer(0.1).apply([1.0], [parameter(1.0)])


def test_the_rate_of_a_fresh_copy_is_its_own():
    optimizer = SGD(0.5)
    fresh = optimizer.fresh()
    fresh.learning_rate = 0.1
    fresh.learning_rate.assign(0.2)
    assert (float(optimizer.learning_rate), float(fresh.learning_rate)) == (0.5, 0.2)


@pytest.mark.parametrize("calls", [None, 3])
def test_the_number_of_updates_can_be_set(calls):
    optimizer = SGD(0.1, gradient_accumulation_steps=calls)
    optimizer.iterations = 7
    assert optimizer.iterations == 7
    with pytest.raises(ValueError, match="iterations should be a whole number"):
        optimizer.iterations = -1
    assert optimizer.iterations == 7
