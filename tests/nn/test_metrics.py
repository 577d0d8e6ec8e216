"""The metrics: the figures of Keras over ragged batches and weights, and which accuracy "accuracy" is."""

import json

import numpy as np
import pytest
from golden_figures import load

import tinygrad_edu as tg
from tinygrad_edu import Tensor
from tinygrad_edu.common.naming import subclasses
from tinygrad_edu.nn import losses, metrics

GOLDEN, FIGURES = load("nn_metrics")
SHAPES, BY_SHAPES = load("nn_figures")
REGISTERED = [cls for cls in subclasses(metrics.Metric) if cls.__module__.startswith("tinygrad_edu")]
OF_VALUES = (metrics.Mean, metrics.Sum, metrics.MeanOf, metrics.MeanMetricWrapper)
SAMPLES = {cls: arguments for cls, arguments, *_ in GOLDEN.METRICS.values()}


def same(ours, expected):
    return np.allclose(ours, np.array(expected, dtype=float), rtol=1e-6, atol=1e-6, equal_nan=True)


@pytest.mark.parametrize("name", GOLDEN.METRICS)
@pytest.mark.filterwarnings("ignore:.*which does not count")  # as in Keras
def test_figures_of_keras(name):
    ours, expected = GOLDEN.figures_of(metrics, *GOLDEN.METRICS[name]), FIGURES["metrics"][name]
    assert len(ours) == len(expected)
    for mine, theirs in zip(ours, expected, strict=True):
        assert mine.shape == np.shape(theirs)
        assert same(mine, theirs), (mine, theirs)


@pytest.mark.parametrize("name", GOLDEN.EDGES)
@pytest.mark.filterwarnings("ignore:.*which does not count")  # as in Keras
def test_edges_of_keras(name):
    """Empty denominators, NaN, scores on thresholds and outside [0, 1], no weight at all."""
    ours, expected = GOLDEN.edge(metrics, *GOLDEN.EDGES[name]), FIGURES["edges"][name]
    assert same(ours, expected), (ours, expected)


def test_every_metric_that_keras_has_is_compared_with_it():
    theirs = [cls for cls in REGISTERED if cls.home and cls not in OF_VALUES]
    assert {case[0] for case in GOLDEN.METRICS.values()} == {cls.__name__ for cls in theirs}


def test_before_any_batch_and_the_configuration():
    """The result that Keras gives then, and the keys and values of its configuration."""
    for cls, (result, config) in GOLDEN.at_first(metrics).items():
        expected, keys = FIGURES["at first"][cls]
        assert expected is None or same(result, expected), cls
        assert {key: config.get(key) for key in keys} == keys, cls
        assert config.keys() - keys.keys() <= {"axis", "from_sorted_ids"}  # which Keras takes, but forgets


def test_names_of_keras():
    missing = {"Metric", "ConcordanceCorrelation", "PearsonCorrelation", *[cls.__name__ for cls in OF_VALUES]}
    for name, cls in FIGURES["names"].items():
        assert cls in missing or metrics.names()[name].__name__ == cls
    for cls, name in GOLDEN.names_of(metrics).items():
        assert name.rstrip("0123456789").rstrip("_") == FIGURES["own names"].get(cls, "r2_score")


def test_further_objects_are_numbered_where_keras_does():
    first, second = metrics.AUC(), metrics.AUC()
    assert first.name != second.name
    assert metrics.AUC(name="area").name == "area"
    assert metrics.MeanSquaredError().name == metrics.MeanSquaredError().name == "mean_squared_error"


@pytest.mark.parametrize(
    ("name", "place", "wrong"),
    [
        ("mse", "means.Mean.sums", lambda self, values, weight=None: (np.mean(values), 1)),
        ("Precision", "confusion.KINDS", {"true_positives": (True, True), "false_positives": (True, False)}),
        ("ROC interpolation", "auc.binned_counts", lambda *a: metrics.confusion.binned_counts(*a)[::-1]),
        ("f1", "fscore.losses.EPSILON", 0.1),
    ],
    ids=["mean of means", "misses for false alarms", "mirrored", "a large epsilon"],
)
def test_a_wrong_metric_would_be_noticed(name, place, wrong, monkeypatch):
    """Mutants."""
    monkeypatch.setattr(f"tinygrad_edu.nn.metrics.{place}", wrong)
    case = GOLDEN.METRICS[name]
    ours = GOLDEN.figures_of(metrics, *case)
    assert not all(same(mine, theirs) for mine, theirs in zip(ours, FIGURES["metrics"][name], strict=True))


@pytest.mark.parametrize("name", SHAPES.ACCURACIES)
def test_accuracy_is_the_one_that_fits(name):
    assert SHAPES.accuracy_of(tg.keras, *SHAPES.ACCURACIES[name]) == pytest.approx(BY_SHAPES["accuracies"][name])


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
    assert metrics.binary_accuracy([1, 0, 1], [[0.9], [0.7], [0.2]]).tolist() == [[1], [0], [0]]
    assert metrics.sparse_categorical_accuracy([1, 0], [[0.1, 0.9], [0.2, 0.8]]).tolist() == [1, 0]
    assert metrics.categorical_accuracy([[0, 1]], [[0.1, 0.9]]).tolist() == [1]
    assert metrics.accuracy([[1, 2]], [[1, 3]]).tolist() == [[1, 0]]
    assert metrics.top_k_categorical_accuracy([[0, 1, 0]], [[0.5, 0.4, 0.1]], k=2).tolist() == [1]


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
    with pytest.warns(UserWarning, match="would give 0.75 in place of 0.25 here"):
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


class Rate(metrics.Metric):
    """A metric as Keras's guide writes it: variables made after super().__init__, and a reset_state of its own."""

    def __init__(self, name="rate", **options):
        super().__init__(name=name, **options)
        self.yes = self.add_variable(shape=(), initializer="zeros", name="yes")
        self.seen = self.add_weight(name="seen")

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.yes.assign_add(np.sum(y_pred > 0.5))
        self.seen.assign(self.seen + len(y_pred))

    def result(self):
        return self.yes / self.seen

    def reset_state(self):
        self.yes.assign(0)
        self.seen.assign(0)


def test_a_metric_with_variables():
    rate = Rate()
    assert [variable.name for variable in rate.variables] == ["yes", "seen"]
    assert float(rate([1, 1], np.array([[0.7], [0.2]]))) == 0.5
    rate.update_state(None, y_pred=Tensor([[0.9], [0.8]]))
    assert float(rate.result()) == 0.75
    other = Rate()
    other.update_state(None, np.zeros((4, 1)))
    rate.merge_state([other])
    assert [float(variable) for variable in rate.variables] == [3, 8]
    rate.seen.assign_sub(2)
    assert float(rate.seen.numpy()) == 6
    rate.reset_state()
    assert [float(variable) for variable in rate.variables] == [0, 0]


def test_variables_without_a_reset_go_back_to_zero():
    class Total(metrics.Metric):
        def __init__(self):
            super().__init__()
            self.parts = self.add_variable((2,), "ones")
            self.inner = metrics.Mean()

    total = Total()
    assert total.parts.numpy().tolist() == [1, 1]
    assert len(total.variables) == 3
    total.reset_state()
    assert total.parts.numpy().tolist() == [0, 0]


def test_sums_are_variables():
    mean = metrics.Mean()
    mean.update_state([1.0, 3.0], [1.0, 3.0])
    total, count = mean.variables
    assert (total.name, float(total), count.name, float(count)) == ("total", 10, "count", 4)
    total.assign(0)
    assert mean.result() == 0
    mean.total += 8  # what would put a number in the place of a Variable gives it new values
    assert mean.total is total and mean.result() == 2
    mean.reset_state()
    assert (float(total), float(count)) == (0, 0)


@pytest.mark.parametrize("cls", ["Mean", "R2Score", "AUC", "FBetaScore", "MeanIoU"])
def test_merged_halves_are_the_whole(cls):
    name = next(name for name, case in GOLDEN.METRICS.items() if case[0] in (cls, "RootMeanSquaredError"))
    cls, arguments, *data = GOLDEN.METRICS[name]
    whole, first, second = (GOLDEN.made(metrics, cls, arguments) for _ in range(3))
    for i, batch in enumerate(GOLDEN.batches(cls, *data)):
        whole.update_state(*batch)
        (first if i else second).update_state(*batch)
    first.merge_state([second])
    np.testing.assert_allclose(first.result(), whole.result(), rtol=1e-12)


def test_a_metric_without_sums_cannot_be_merged():
    class Last(metrics.Metric):
        def update_state(self, y_true, y_pred, sample_weight=None):
            self.value = y_pred

    with pytest.raises(NotImplementedError, match="Last must define merge_state"):
        Last().merge_state([])


def compiled(chosen, **options):
    tg.random.seed(3)
    model = tg.nn.Sequential([tg.nn.Input((2,)), tg.nn.Dense(1, "sigmoid")])
    model.compile("sgd", "bce", metrics=chosen, **options)
    return model


X = np.random.default_rng(0).normal(size=(20, 2))
Y = (X[:, 0] > 0).astype(float)


def test_sums_are_part_of_the_program():
    model = compiled(["precision", metrics.AUC(name="area"), metrics.RootMeanSquaredError(name="root")])
    model.fit(X, Y, batch_size=5, epochs=2, verbose=0)
    source = model.training_program.source
    assert "precision_sum" in source
    assert "root_square" in source
    assert "area_" not in source  # it sorts scores into bins, outside


def test_every_way_to_name_a_metric():
    chosen = ["mape", metrics.Recall, metrics.Precision(name="p"), losses.Hinge(), losses.mean_squared_error, abs_error]
    model = compiled(chosen, weighted_metrics=[losses.Poisson])
    with pytest.warns(UserWarning, match="abs_error: targets of shape .20,. are taken for .20, 1."):
        found = model.evaluate(X, Y, verbose=0, return_dict=True)
    recall = next(name for name in found if name.startswith("recall"))
    assert list(found) == ["abs_error", "hinge", "loss", "mape", "mean_squared_error", "p", "poisson", recall]
    y_pred = model.predict(X, verbose=0)
    assert found["abs_error"] == pytest.approx(np.abs(y_pred[:, 0] - Y).mean(), rel=1e-5)
    assert found["hinge"] == pytest.approx(losses.Hinge()(Y, y_pred).item(), rel=1e-5)


def abs_error(y_true, y_pred):
    return np.abs(y_true - y_pred)


def test_metrics_in_a_step_of_the_users_own():
    """As Keras's guide writes it: update_state on what the step computed, of sums and of metrics that want arrays."""

    class Guide(tg.nn.Sequential):
        def train_step(self, data):
            x, y = data
            y_pred = self(x, training=True)
            loss = self.compute_loss(x, y, y_pred)
            weights = self.trainable_weights
            self.optimizer.apply(tg.gradients(loss, weights), weights)
            for metric in self.metrics:
                if metric.name == "loss":
                    metric.update_state(loss)
                else:
                    metric.update_state(y, y_pred=y_pred)
            return {metric.name: metric.result() for metric in self.metrics}

    histories = []
    for eager in (True, False):
        tg.random.seed(3)
        model = Guide([tg.nn.Input((2,)), tg.nn.Dense(1, "sigmoid")])
        model.compile("sgd", "bce", metrics=["mae", metrics.AUC(name="area"), Rate()], run_eagerly=eager)
        histories.append(model.fit(X, Y, batch_size=5, epochs=4, verbose=0).history)
        assert not model._programs.eager
    for name, values in histories[0].items():
        np.testing.assert_allclose(values, histories[1][name], rtol=1e-6)


def test_names_in_the_figures_are_those_of_keras():
    model = tg.nn.Sequential([tg.nn.Input((1,)), tg.nn.Dense(1)])
    chosen = ["mse", "MAE", "mean_squared_error", metrics.MeanAbsoluteError(name="mine"), metrics.BinaryAccuracy]
    model.compile(loss="mse", metrics=chosen, weighted_metrics=["mse"])
    found = model.evaluate(np.zeros((2, 1)), [1.0, 0.0], verbose=0, return_dict=True)
    assert list(found) == ["MAE", "binary_accuracy", "loss", "mean_squared_error", "mine", "mse", "weighted_mse"]


@pytest.mark.parametrize("name", GOLDEN.METRICS)
@pytest.mark.matrix(one_in=3)
@pytest.mark.filterwarnings("ignore:.*which does not count")  # as in Keras
def test_configuration_makes_the_same_metric(name):
    cls, arguments, *data = GOLDEN.METRICS[name]
    metric = GOLDEN.made(metrics, cls, arguments)
    config = json.loads(json.dumps(metric.get_config()))
    again = type(metric).from_config(config)
    assert again.get_config() == metric.get_config()
    (y_true, y_pred, _), *_ = GOLDEN.batches(cls, *data)
    np.testing.assert_array_equal(again(y_true, y_pred), metric(y_true, y_pred))
    assert type(metrics.get({"class_name": cls, "config": config})) is type(metric)


def test_a_dict_of_figures_is_a_figure_each():
    """Beside Keras: test_masks.py."""

    class Both(metrics.Metric):
        kept = ("error",)

        def sums(self, y_true, y_pred, sample_weight=None):
            return (np.sum(y_pred - y_true),)

        def result(self):
            return {"error": self.error, "double": 2 * self.error}

    model = tg.nn.Sequential([tg.nn.Input((1,)), tg.nn.Dense(1)])
    model.compile("sgd", "mse", metrics=[Both(name="both")])
    found = model.evaluate(np.zeros((2, 1)), [[1.0], [0.0]], verbose=0, return_dict=True)
    assert found == {"double": -2.0, "error": -1.0, "loss": 0.5}
    assert model.get_metrics_result() == found


def test_the_variance_of_targets_is_not_lost_in_rounding():
    """By its definition, in float64; float32 squares of years are off by more than their variance."""
    years = np.arange(2000.0, 2007.0)[:, None]
    assert metrics.R2Score()(years, years + 0.5) == pytest.approx(1 - 7 * 0.25 / 28, rel=1e-9)
    assert metrics.R2Score()(np.full((7, 1), 0.3, "float32"), years) == 0.0


@pytest.mark.parametrize(
    ("make", "kind", "text"),
    [
        (lambda: metrics.get("acuracy"), ValueError, "Unknown metric 'acuracy'. Did you mean 'accuracy'"),
        (lambda: metrics.get(7), TypeError, "name of a metric, a Metric or a function; received 7"),
        (
            lambda: metrics.MeanSquaredError(threshold=1),
            TypeError,
            "MeanSquaredError has no argument 'threshold'. It takes name, dtype",
        ),
        (lambda: metrics.SparseCategoricalAccuracy()([[0, 1]], [[0.5, 0.5]]), ValueError, "'categorical_accuracy'"),
        (lambda: metrics.Recall(class_id=2)([[0, 1]], [[0.5, 0.5]]), ValueError, "class_id=2 expects .*such a class"),
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


@pytest.mark.parametrize(
    "held",
    [lambda a, b: [a, b], lambda a, b: {"a": a, "b": {"b": b}}, lambda a, b: ([a], b)],
    ids=["list", "dict", "nested"],
)
def test_variables_and_metrics_in_lists_and_dicts_are_found(held):
    mean = metrics.Mean()
    mean.more = held(tg.keras.Variable(0.0), metrics.Mean())
    assert len(mean.variables) == 2 + 1 + 2
    mean.more = None
    assert len(mean.variables) == 2
