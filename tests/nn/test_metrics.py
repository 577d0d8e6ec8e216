"""The metrics: the figures of Keras over ragged batches and weights, and which accuracy "accuracy" is."""

import numpy as np
import pytest
from golden_figures import load

import tinygrad_edu as tg
from tinygrad_edu import Tensor
from tinygrad_edu.nn import metrics
from tinygrad_edu.objects import subclasses

GOLDEN, FIGURES = load("nn_figures")
CLASSES = subclasses(metrics.MeanOf)


@pytest.mark.parametrize("name", GOLDEN.METRICS)
def test_figures_of_keras(name):
    ours = GOLDEN.metric_figures(metrics, *GOLDEN.METRICS[name])
    np.testing.assert_allclose(ours, FIGURES["metrics"][name], rtol=2e-6)


def test_every_metric_is_compared_with_keras():
    assert {case[0] for case in GOLDEN.METRICS.values()} == {cls.__name__ for cls in CLASSES}


def test_a_mean_of_batch_means_would_be_noticed(monkeypatch):
    """A mutant that forgets how many samples a batch has."""

    def update_state(self, values, sample_weight=None):
        self.total += np.mean(values)
        self.count += 1

    monkeypatch.setattr(metrics.Mean, "update_state", update_state)
    ours = GOLDEN.metric_figures(metrics, *GOLDEN.METRICS["mse"])
    assert not np.allclose(ours, FIGURES["metrics"]["mse"], rtol=1e-3)


@pytest.mark.parametrize("name", GOLDEN.ACCURACIES)
def test_accuracy_is_the_one_that_fits(name):
    assert GOLDEN.accuracy_of(tg.keras, *GOLDEN.ACCURACIES[name]) == pytest.approx(FIGURES["accuracies"][name])


@pytest.mark.parametrize(
    ("y_shape", "output_shape", "cls"),
    [
        ((8,), (None, 1), metrics.BinaryAccuracy),
        ((8, 1), (None, 1), metrics.BinaryAccuracy),
        ((8,), (None, 3), metrics.SparseCategoricalAccuracy),
        ((8, 1), (None, 3), metrics.SparseCategoricalAccuracy),
        ((8, 3), (None, 3), metrics.CategoricalAccuracy),
    ],
)
def test_accuracy_by_shapes(y_shape, output_shape, cls):
    for name in ("accuracy", "acc"):
        metric = metrics.get(name, y_shape, output_shape)
        assert (type(metric), metric.name) == (cls, name)


@pytest.mark.parametrize(
    "metric", [metrics.BinaryAccuracy(), metrics.MeanSquaredError(), metrics.MeanAbsoluteError()], ids=lambda m: m.name
)
def test_a_column_is_aligned_and_never_broadcast(metric):
    y_true, y_pred = np.array([1.0, 0.0, 1.0]), np.array([[0.9], [0.2], [0.4]])
    expected = metric(y_true[:, None], y_pred)
    metric.reset_state()
    assert metric(y_true, y_pred) == expected
    with pytest.raises(ValueError, match="of one shape; received y_true"):
        metric(np.zeros((3, 1)), np.zeros((3, 2)))


def test_functions_take_what_metrics_take():
    assert metrics.binary_accuracy([1, 0, 1], [[0.9], [0.7], [0.2]]).tolist() == [1, 0, 0]
    assert metrics.sparse_categorical_accuracy([1, 0], [[0.1, 0.9], [0.2, 0.8]]).tolist() == [1, 0]
    assert metrics.categorical_accuracy([[0, 1]], [[0.1, 0.9]]).tolist() == [1]
    assert metrics.accuracy([[1, 2]], [[1, 3]]).tolist() == [0.5]


def test_whole_predictions_do_not_round_the_targets():
    assert metrics.MeanAbsoluteError()([[0.5]], [[1]]) == 0.5


def test_labels_that_are_neither_0_nor_1_are_never_right():
    """As in Keras: −1 is not «below the threshold»."""
    assert metrics.BinaryAccuracy()([[-1.0], [0.3]], [[0.1], [0.1]]) == 0


def test_the_mean_has_weights():
    mean = metrics.Mean()
    assert mean.result() == 0
    mean.update_state([1.0, 3.0], [1.0, 3.0])
    assert mean.result() == 2.5
    mean.update_state(10.0, 4.0)
    assert mean.result() == (10 + 40) / 8
    mean.reset_state()
    mean.update_state(7)
    assert mean.result() == 7


def test_weights_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="mean_squared_error gives values of shape .4,., which weights of shape .3,."):
        metrics.MeanSquaredError()(np.zeros((4, 1)), np.zeros((4, 1)), np.ones(3))


def test_a_metric_takes_tensors_and_gives_a_number():
    value = metrics.MeanSquaredError()(Tensor([[1.0]]), Tensor([[3.0]], requires_grad=True))
    assert (type(value), value) == (float, 4.0)


def test_a_function_of_the_user():
    def largest_error(y_true, y_pred):
        return np.max(np.abs(y_true - y_pred), axis=-1)

    metric = metrics.get(largest_error)
    assert metric.name == "largest_error"
    metric.update_state([1.0, 2.0], np.array([[1.5], [2.0]]))
    metric.update_state([1.0], np.array([[2.0]]))
    assert metric.result() == 0.5


def test_a_subclass_of_the_user():
    class Largest(metrics.Metric):
        def reset_state(self):
            self.value = 0.0

        def update_state(self, y_true, y_pred, sample_weight=None):
            self.value = max(self.value, np.max(np.abs(y_true - y_pred)).item())

        def result(self):
            return self.value

    model = tg.nn.Sequential([tg.nn.Input((1,)), tg.nn.Dense(1, kernel_initializer="zeros")])
    model.compile(loss="mse", metrics=[Largest()])
    found = model.evaluate(np.zeros((5, 1)), [[1.0], [-4.0], [2.0], [0.0], [3.0]], batch_size=2, verbose=0)
    assert found == [6.0, 4.0]


def test_names_in_the_figures_are_those_of_keras():
    model = tg.nn.Sequential([tg.nn.Input((1,)), tg.nn.Dense(1)])
    chosen = ["mse", "MAE", "mean_squared_error", metrics.MeanAbsoluteError(name="mine"), metrics.BinaryAccuracy]
    model.compile(loss="mse", metrics=chosen, weighted_metrics=["mse"])
    found = model.evaluate(np.zeros((2, 1)), [1.0, 0.0], verbose=0, return_dict=True)
    assert list(found) == ["MAE", "binary_accuracy", "loss", "mean_squared_error", "mine", "mse", "weighted_mse"]


@pytest.mark.parametrize(
    "metric", [metrics.BinaryAccuracy(threshold=0.7, name="mine"), *[cls() for cls in CLASSES]], ids=repr
)
def test_configuration_makes_the_same_metric(metric):
    config = metric.get_config()
    again = type(metric).from_config(config)
    assert (again.get_config(), again.name, again.arguments) == (config, metric.name, metric.arguments)


@pytest.mark.parametrize(
    ("make", "kind", "text"),
    [
        (lambda: metrics.get("acuracy"), ValueError, "Unknown metric 'acuracy'. Did you mean 'accuracy'"),
        (lambda: metrics.get(7), TypeError, "name of a metric, a Metric or a function; received 7"),
        (
            lambda: metrics.MeanSquaredError(threshold=1),
            TypeError,
            "takes no arguments of its own; received threshold=1",
        ),
        (lambda: metrics.SparseCategoricalAccuracy()([[0, 1]], [[0.5, 0.5]]), ValueError, "'categorical_accuracy'"),
    ],
)
def test_what_is_refused(make, kind, text):
    with pytest.raises(kind, match=text):
        make()


def regression(y, metric):
    model = tg.nn.Sequential([tg.nn.Input((1,)), tg.nn.Dense(1)])
    model.compile(loss="mse", metrics=[metric])
    model.evaluate(np.zeros((len(y), 1)), y, verbose=0)


def test_accuracy_of_a_regression_warns_and_names_the_right_metric():
    with pytest.warns(UserWarning, match="'accuracy' counts right classes, but y has fractions.*mae"):
        regression([0.5, 1.5], "accuracy")
    regression([0.5, 1.5], "mae")  # a warning would be an error here
    regression([0.0, 1.0], "accuracy")
