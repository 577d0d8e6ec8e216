"""What changes from step to step is a Variable: weights, statistics, sums of metrics, states of random generators."""

import copy
import pickle

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import Tensor, keras
from tinygrad_edu.engine.variable import Variable
from tinygrad_edu.nn import BatchNormalization, Dense, Dropout, Input, Layer, Normalization, Sequential, metrics

X = np.random.default_rng(0).normal(size=(24, 3)).astype(np.float32)
Y = X[:, :1] - X[:, 1:2]


class Scaled(Layer):
    """Has a weight, statistics, a list of layers, and draws random numbers."""

    def __init__(self, *inner, **options):
        super().__init__(**options)
        self.inner = list(inner)
        self.seed_generator = tg.random.SeedGenerator(3)

    def build(self, input_shape):
        self.seen = self.add_weight((), "zeros", name="seen", trainable=False)
        self.factor = self.add_weight((input_shape[-1],), "ones", name="factor")

    def call(self, inputs):
        inputs = inputs * self.factor
        for layer in self.inner:
            inputs = layer(inputs)
        return inputs


# -- weights ----------------------------------------------------------------------------------------------------


def test_a_weight_is_a_variable_of_keras():
    layer = Dense(2, name="d", kernel_regularizer="l2", bias_constraint="non_neg")
    layer.build((None, 3))
    assert all(type(w) is keras.Variable for w in layer.weights)
    assert [w.name for w in layer.weights] == ["kernel", "bias"]
    assert [w.path for w in layer.weights] == ["d/kernel", "d/bias"]
    assert layer.kernel.regularizer is layer.kernel_regularizer and layer.kernel.constraint is None
    assert layer.bias.constraint is layer.bias_constraint and layer.bias.regularizer is None
    assert layer.kernel.trainable and layer.kernel.assign(np.ones((3, 2))) is layer.kernel
    assert layer.get_weights()[0].tolist() == [[1, 1]] * 3


def test_the_name_of_a_weight_is_a_keyword_as_in_keras():
    with pytest.raises(ValueError, match=r"add_weight\(shape=…, name='w'\)"):
        Layer().add_weight("w", shape=(2,))
    with pytest.raises(ValueError, match="twice"):
        Layer().add_weight((2,), shape=(2,))
    with pytest.raises(TypeError, match="all else by name"):
        Layer().add_weight((2,), "zeros", "float32", "w")
    weight = Layer(name="a").add_weight((2,), "ones", "float64", name="w")
    assert (weight.path, weight.dtype, weight.numpy().tolist()) == ("a/w", np.float64, [1, 1])
    assert Layer().add_weight(shape=(2,), dtype="int32").numpy().tolist() == [0, 0]
    assert Layer().add_variable(shape=(2, 2), name="w").name == "w"


def test_variables_and_tensors_of_the_user_count():
    layer = Layer()
    layer.own = Variable([1.0], name="own")
    layer.rest = [Variable([2.0], trainable=False, name="statistic"), {"a": Variable([3.0], name="inside")}]
    layer.leaf = Tensor([4.0], requires_grad=True, name="leaf")
    layer.constant = Tensor([5.0])
    assert [w.name for w in layer.weights] == ["own", "inside", "leaf", "statistic"]
    assert [w.name for w in layer.trainable_weights] == ["own", "inside", "leaf"]
    layer.constant.requires_grad = True
    assert len(layer.weights) == 5
    layer.rest[1]["a"] = layer.rest[0]
    assert [w.name for w in layer.weights] == ["own", "leaf", None, "statistic"]


@pytest.mark.parametrize(
    "change",
    [
        lambda layer: layer.inner.append(Dense(1)),
        lambda layer: layer.inner.__setitem__(0, Dense(1)),
        lambda layer: layer.inner.clear(),
        lambda layer: layer.inner[1].inner.pop(),
        lambda layer: layer.inner[1].inner[0].add_weight((3,), name="more"),
        lambda layer: setattr(layer.inner[1], "inner", []),
        lambda layer: setattr(layer.inner[0], "kernel2", Variable([1.0])),
        lambda layer: delattr(layer.inner[1], "inner"),
        lambda layer: setattr(layer.leaves["a"][0], "requires_grad", True),
        lambda layer: layer.leaves.update(b=Variable([1.0])),
    ],
)
def test_every_change_of_what_a_layer_holds_is_seen(change):
    """Against a copy, which remembers nothing."""
    layer = Scaled(Dense(2), Scaled(Dense(1)))
    layer.leaves = {"a": [Tensor([1.0])]}
    layer(np.ones((1, 3)))
    before = layer.weights
    assert layer._walk() is layer._walk(), "nothing changed, so it is not walked again"
    change(layer)
    for new in layer.inner:
        new.build_for((None, 3)) if not new.built else None
    assert [(w.path, w.shape) for w in layer.weights] == [(w.path, w.shape) for w in copy.deepcopy(layer).weights]
    assert {id(w) for w in layer.weights} != {id(w) for w in before}


def test_training_walks_no_layer_twice(monkeypatch):
    """Walking costs as much as a small step: in a training nothing changes but values."""
    from tinygrad_edu.nn import weights

    model = Sequential([Input((3,)), Dense(4), BatchNormalization(), Dropout(0.5), Dense(1)])
    model.compile("adam", "mse", run_eagerly=True)
    model.fit(X, Y, batch_size=8, verbose=0)
    looked = []
    look = weights._Walk._look
    monkeypatch.setattr(weights._Walk, "_look", lambda self, layer: looked.append(layer.name) or look(self, layer))
    model.fit(X, Y, batch_size=8, epochs=3, verbose=0)
    assert looked == []


# -- made by hand ------------------------------------------------------------------------------------------------


def test_a_variable_gets_its_first_values_from_an_initializer_as_in_keras():
    """By its name, as an object or a function; https://keras.io/api/initializers/ has the names and their values."""
    assert Variable("ones", shape=(2, 3)).numpy().tolist() == [[1] * 3] * 2
    assert Variable("Zeros", shape=(), dtype="float64").dtype == np.float64
    assert Variable(keras.initializers.Constant(3), shape=(2,), dtype="int32").numpy().tolist() == [3, 3]
    assert Variable(lambda shape, dtype: np.full(shape, 0.5, dtype), shape=(1,)).numpy().tolist() == [0.5]
    drawn = Variable(keras.initializers.RandomUniform(1, 2, seed=0), shape=(50,)).numpy()
    assert drawn.shape == (50,) and drawn.min() >= 1 and drawn.max() <= 2 and drawn.std() > 0
    with pytest.raises(ValueError, match="needs its shape"):
        Variable("ones")
    with pytest.raises(ValueError, match="Unknown initializer 'onse'. Did you mean 'one'"):
        Variable("onse", shape=(2,))


def test_what_a_variable_is_told_later_is_checked():
    variable, halved = Variable("ones", shape=(2,)), lambda w: w * 0.5
    for name in ("constraint", "regularizer"):
        setattr(variable, name, halved)
        with pytest.raises(ValueError, match=f"{name} should be a function or None; received 'l2'"):
            setattr(variable, name, "l2")
        assert getattr(copy.copy(variable), name) is getattr(variable, name) is halved
        setattr(variable, name, None)
        assert getattr(variable, name) is None
    with pytest.raises(TypeError, match="trainable should be True or False; received 'no'"):
        variable.trainable = "no"
    assert variable.trainable
    variable.trainable = 0
    assert variable.trainable is False


def test_aggregation_is_one_of_those_of_keras():
    assert [Variable(1.0, aggregation=how).aggregation for how in ("mean", "sum", None)] == ["mean", "sum", "none"]
    assert Variable(1.0, synchronization="on_read").synchronization == "on_read"
    assert pickle.loads(pickle.dumps(Variable(1.0, aggregation="only_first_replica"))).aggregation[:4] == "only"
    assert Layer().add_weight(aggregation="mean").aggregation == "mean"
    for wrong in ({"aggregation": "typo"}, {"synchronization": "typo"}):
        with pytest.raises(ValueError, match="typo"):
            Variable(1.0, **wrong)


def test_the_values_of_a_trainable_variable_are_read_as_in_keras():
    variable = Variable([[1.5, -2.5]])
    assert float(Variable(-1.5)) == -1.5 and int(Variable(-1.5)) == -1
    assert np.array(variable).tolist() == np.asarray(variable, "float64").tolist() == [[1.5, -2.5]]
    np.array(variable)[0, 0] = 7.0
    assert variable.numpy().tolist() == [[1.5, -2.5]], "a copy"
    assert float(copy.deepcopy(Variable(2.0))) == float(pickle.loads(pickle.dumps(Variable(2.0)))) == 2.0
    with pytest.raises(TypeError, match="would cut its graph"):
        np.array(variable * 2)

    class Itself(Layer):
        def call(self, inputs):
            return self.factor

    layer = Itself()
    layer.factor = Variable([1.0])
    assert layer(np.ones((1, 1))) is layer.factor


def test_training_says_that_a_weight_has_no_gradient_where_numpy_took_its_values():
    class Cut(Layer):
        def build(self, input_shape):
            self.factor = self.add_weight((1,), "ones", name="factor")

        def call(self, inputs):
            return inputs * np.array(self.factor)

    model = Sequential([Input((3,)), Cut(), Dense(1)])
    model.compile("sgd", "mse", run_eagerly=True)
    with pytest.warns(UserWarning, match="factor"):
        model.fit(X, Y, verbose=0)


# -- frozen -----------------------------------------------------------------------------------------------------


def test_freezing_a_layer_freezes_its_variables_as_in_keras():
    layer = Scaled(BatchNormalization(), Dense(2, name="d"))
    layer(X)
    trained = [w.trainable for w in layer.weights]
    layer.trainable = False
    assert not any(w.trainable for w in layer.weights)
    layer.trainable = True
    assert [w.trainable for w in layer.weights] == trained and not layer.inner[0].moving_mean.trainable
    layer.inner[1].kernel.trainable = False
    assert layer.inner[1].trainable_weights == [layer.inner[1].bias]
    assert [w.name for w in layer.inner[1].weights] == ["kernel", "bias"], "the order stays"
    layer.trainable = True
    assert layer.inner[1].kernel.trainable


def test_a_layer_that_is_frozen_before_it_is_built():
    layer = Dense(1, trainable=False)
    layer.build((None, 2))
    assert [w.trainable for w in layer.weights] == [False, False]
    layer.trainable = True
    assert [w.trainable for w in layer.weights] == [True, True]


def test_a_frozen_weight_gets_no_gradient_and_does_not_move():
    for eager in (True, False):
        model = Sequential([Input((3,)), Dense(4, name="a"), Dense(1, name="b")])
        model.layers[0].trainable = False
        model.compile("sgd", "mse", run_eagerly=eager)
        before = model.get_weights()
        model.fit(X, Y, verbose=0, epochs=2)
        moved = [bool(np.any(a != b)) for a, b in zip(before, model.get_weights())]
        assert moved == [False, False, True, True]


# -- penalties and constraints -------------------------------------------------------------------------------------


def test_regularizer_and_constraint_may_be_given_to_a_weight_between_two_fits():
    found = []
    for eager in (True, False):
        tg.random.seed(0)
        model = Sequential([Input((3,)), Dense(1, name="d")])
        model.compile("sgd", "mse", run_eagerly=eager)
        model.fit(X, Y, batch_size=8, epochs=2, verbose=0, shuffle=False)
        model.layers[0].kernel.regularizer = keras.regularizers.L2(0.5)
        model.fit(X, Y, batch_size=8, epochs=2, verbose=0, shuffle=False)
        model.layers[0].kernel.constraint = keras.constraints.NonNeg()
        model.fit(X, Y, batch_size=8, epochs=2, verbose=0, shuffle=False)
        found.append(model.get_weights()[0])
    assert found[0].min() == 0
    np.testing.assert_allclose(found[0], found[1], rtol=1e-5)


# -- random generators ------------------------------------------------------------------------------------------


def test_the_state_of_a_random_layer_is_among_its_variables_and_not_among_its_weights():
    layer = Dropout(0.5, seed=1)
    assert layer.weights == [] and layer.variables == [layer.seed_generator.state]
    assert layer.non_trainable_variables == layer.variables and layer.trainable_variables == []
    assert Dropout(0.5).variables == [tg.random.state()]
    outer = Scaled(Dense(1), layer)
    outer(np.ones((1, 3)))
    names = ["factor", "seen", "seed_generator_state", "kernel", "bias", "seed_generator_state"]
    assert [v.name for v in outer.variables] == names
    assert [v.name for v in outer.weights] == [name for name in names if "seed" not in name]


@pytest.mark.parametrize("seed", [1, None])
def test_a_state_that_is_assigned_lets_the_same_numbers_be_drawn(seed):
    layer = Dropout(0.5, seed=seed)
    (state,) = layer.variables
    before = state.numpy()
    first = layer(np.ones((4, 4)), training=True).numpy()
    assert np.any(state.numpy() != before)
    other = layer(np.ones((4, 4)), training=True).numpy()
    state.assign(before)
    np.testing.assert_array_equal(layer(np.ones((4, 4)), training=True).numpy(), first)
    assert np.any(first != other)


def test_a_layer_with_a_seed_draws_what_numpy_draws():
    out = Dropout(0.25, seed=7)(np.ones((50, 4)), training=True).numpy()
    np.testing.assert_array_equal(out != 0, np.random.default_rng(7).random((50, 4), np.float32) >= 0.25)


@pytest.mark.parametrize("again", [copy.deepcopy, lambda layer: pickle.loads(pickle.dumps(layer))])
def test_a_copy_of_a_random_layer_goes_on_alone(again):
    layer = Dropout(0.5, seed=1)
    layer(np.ones((4, 4)), training=True)
    other = again(layer)
    expected = layer(np.ones((4, 4)), training=True).numpy()
    layer(np.ones((4, 4)), training=True)
    np.testing.assert_array_equal(other(np.ones((4, 4)), training=True).numpy(), expected)


def test_a_numpy_generator_of_the_user_has_its_state_among_the_variables():
    layer = Layer(name="noisy")
    layer.rng = np.random.default_rng(0)
    (state,) = layer.variables
    layer.other = 1.0
    layer.more = Tensor([1.0])
    assert layer.variables == [state] and state.path == "noisy/generator_state"
    before = state.numpy()
    first = layer.rng.random()
    state.assign(before)
    assert layer.rng.random() == first


# -- statistics ---------------------------------------------------------------------------------------------------


def test_statistics_are_variables_that_training_leaves_alone():
    layer = Normalization(name="n")
    layer.adapt(X)
    assert [v.path for v in layer.variables] == ["n/mean", "n/variance", "n/count"]
    assert layer.trainable_variables == []
    np.testing.assert_allclose(layer.adapt_mean.numpy(), X.mean(0), rtol=1e-5)


# -- metrics --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("eager", [True, False])
def test_sums_of_metrics_are_variables_which_a_training_adds_to(eager):
    model = Sequential([Input((3,)), Dense(1, "sigmoid")])
    area, scores = metrics.AUC(name="area"), metrics.FBetaScore(threshold=0.5)
    model.compile("sgd", "mse", metrics=["mae", area, scores], run_eagerly=eager)
    kept = [v for metric in model.metrics for v in metric.variables]
    history = model.fit(X, (Y > 0).astype(float), batch_size=8, epochs=3, verbose=0).history
    mean = model.metrics[0]
    assert all(a is b for a, b in zip(kept, [v for metric in model.metrics for v in metric.variables]))
    assert [(v.path, v.dtype, v.trainable) for v in mean.variables] == [
        ("loss/total", np.float64, False), ("loss/count", np.float64, False),
    ]  # fmt: skip
    assert float(mean.count) == len(X) and float(mean.total) / len(X) == history["loss"][-1]
    assert scores.variables[0].shape == (1,) and area.variables[0].shape == (200,)
    assert sum(float(v.numpy()[100]) for v in area.variables) == len(X)
    model.reset_metrics()
    assert not any(np.any(v.numpy()) for metric in model.metrics for v in metric.variables)
    assert not model._programs.eager


def test_a_metric_takes_another_number_of_classes_after_a_reset():
    metric = metrics.FBetaScore(threshold=0.5)
    assert len(metric(np.eye(3), np.eye(3))) == 3
    with pytest.raises(ValueError, match="shape"):
        metric.update_state(np.eye(4), np.eye(4))
    metric.reset_state()
    assert metric(np.eye(4), np.eye(4)).tolist() == pytest.approx([1] * 4)


def test_results_are_numbers_whatever_they_are_written_with():
    class Bias(metrics.Metric):
        kept = ("error", "count")

        def sums(self, y_true, y_pred, sample_weight=None):
            return np.sum(y_pred - y_true, axis=0), y_true.shape[0]

        def result(self):
            return {"bias": np.sum(self.error) / self.count, "each": self.error / self.count}

    bias = Bias()
    bias.update_state(np.zeros((2, 2)), np.ones((2, 2)))
    assert type(bias.result()["bias"]) is np.float64 and type(bias.result()["each"]) is np.ndarray
    model = Sequential([Input((3,)), Dense(2)])
    model.compile("sgd", "mse", metrics=[Bias()])
    history = model.fit(X, np.tile(Y, 2), batch_size=8, epochs=3, verbose=0).history
    assert np.shape(history["each"]) == (3, 2) and history["bias"][0] == pytest.approx(np.sum(history["each"][0]))
    assert not model._programs.eager


def test_a_metric_that_the_model_does_not_know_has_no_name_in_its_program():
    """Its result is a number of one step: the step runs op by op, and says so."""

    class Own(Sequential):
        def train_step(self, data):
            logs = super().train_step(data)
            hidden.update_state(logs["loss"] * 0 + 1.0)
            return logs | {"hidden": hidden.result()}

    hidden = metrics.Sum(name="hidden")
    model = Own([Input((3,)), Dense(1)])
    model.compile("sgd", "mse")
    with pytest.warns(UserWarning, match="runs op by op"):
        history = model.fit(X, Y, batch_size=8, epochs=2, verbose=0).history
    assert history["hidden"] == [3.0, 6.0]
