"""Faults that scripts written for Keras met, each with the figure or the behaviour of Keras 3.15 (JAX)."""

import warnings
from itertools import count

import numpy as np
import pytest

from tinygrad_edu import keras
from tinygrad_edu.keras import layers as L  # noqa: N812 as scripts write it

X = np.linspace(-1, 1, 40).reshape(20, 2)
Y = X.sum(1) / 2


def line(rate=0.0, **compiled):
    model = keras.Sequential([keras.Input((2,)), L.Dense(1)])
    model.compile(keras.optimizers.SGD(rate), "mse", **compiled)
    model.set_weights([np.full((2, 1), 0.3), np.zeros(1)])
    return model


class Batches(keras.utils.PyDataset):
    """Batches of four samples, which remembers what it was asked for."""

    def __init__(self):
        super().__init__()
        self.asked, self.epochs = [], 0

    def __len__(self):
        return 5

    def __getitem__(self, i):
        self.asked.append(i)
        return X[4 * i : 4 * i + 4], Y[4 * i : 4 * i + 4]

    def on_epoch_end(self):
        self.epochs += 1


def endless():
    for start in count(step=4):
        yield X[start % 20 : start % 20 + 4], Y[start % 20 : start % 20 + 4]


# -- an epoch ends with its data, and begins with it ------------------------------------------------------------

TWO_OF_FIVE = pytest.approx([0.069428004] * 3, abs=1e-7)  # the mean loss of the first two batches of four


@pytest.mark.parametrize("kind", ["arrays", "dataset", "generator"])
def test_every_validation_begins_with_the_first_batch(kind):
    data = {"arrays": (X, Y), "dataset": Batches(), "generator": endless()}[kind]
    size = {"validation_batch_size": 4} if kind == "arrays" else {}
    history = line().fit(X, Y, epochs=3, verbose=0, validation_data=data, validation_steps=2, **size)
    assert history.history["val_loss"] == TWO_OF_FIVE
    if kind == "dataset":
        assert data.asked == [0, 1, 0, 1, 0, 1]


def test_validation_split_begins_with_its_first_batch_too():
    options = {"validation_split": 0.5, "validation_steps": 1, "batch_size": 4, "shuffle": False}
    with warnings.catch_warnings(action="ignore"):  # of sorted targets
        history = line().fit(X, Y, epochs=3, verbose=0, **options)
    assert history.history["val_loss"] == pytest.approx([0.00883629] * 3, abs=1e-7)


def test_steps_go_on_through_the_data_and_end_with_it():
    data, model = Batches(), line()
    with pytest.warns(UserWarning, match="ended after 1 of 2 batches"):
        history = model.fit(data, epochs=3, verbose=0, steps_per_epoch=2, shuffle=False)
    assert history.history["loss"] == pytest.approx([0.069428004, 0.0155687025, 0.1098224745], abs=1e-7)
    assert data.asked == [0, 1, 2, 3, 4]


def test_more_steps_than_batches_are_a_whole_pass():
    with pytest.warns(UserWarning, match="ended after 5 of 20 batches"):
        history = line().fit(X, Y, batch_size=4, steps_per_epoch=20, epochs=2, verbose=0)
    assert history.history["loss"] == pytest.approx([0.05596318] * 2, abs=1e-7)


def test_a_generator_that_is_used_up_is_said_once_an_epoch():
    with pytest.warns(UserWarning) as said:
        line().fit(((X[:4], Y[:4]) for _ in range(3)), steps_per_epoch=5, epochs=2, verbose=0)
    texts = [str(warning.message) for warning in said]
    assert [text.split(":")[0][:34] for text in texts] == [
        "The data ended after 3 of 5 batche",
        "There was no batch for epoch 2",
    ]


# -- arguments and attributes that Keras has ----------------------------------------------------------------------


def test_an_input_layer_takes_the_older_name_of_its_shape():
    assert keras.Sequential([L.InputLayer(input_shape=(4,)), L.Dense(2)]).count_params() == 10


@pytest.mark.parametrize("which", ["kernel_initializer", "bias_initializer"])
def test_no_initializer_means_the_default_one(which):
    layer = L.Dense(3, **{which: None})
    layer.build((None, 2))
    assert np.ptp(layer.get_weights()[which == "bias_initializer"]) > 0


def test_the_output_of_a_model_is_an_array_to_numpy_where_nobody_differentiates():
    model = line()
    for read in (np.array, np.asarray):
        assert read(model(X)).shape == (20, 1) and read(model(X)).dtype == np.float32
    assert np.asarray(model(X, training=False)) == pytest.approx(model.predict(X))
    with pytest.raises(TypeError, match="cut its graph"):
        np.array(model(X, training=True))
    with pytest.raises(TypeError, match="cut its graph"):
        np.array(model(X) ** 2)


def test_a_layer_inside_of_a_model_still_cuts_no_graph():
    class Cutting(L.Layer):
        def call(self, inputs):
            return inputs * float(np.max(np.asarray(self.inner(inputs))))

    layer = Cutting()
    layer.inner = L.Dense(2)
    with pytest.raises(TypeError, match="cut its graph"):
        layer(X)


class Times(L.Layer):
    def __init__(self, k=3.0, **options):
        super().__init__(**options)
        self.factor = k

    def call(self, inputs):
        return inputs * self.factor


def test_a_layer_without_get_config_is_saved_with_its_arguments(tmp_path):
    model = keras.Sequential([keras.Input((2,)), Times(4.0), Times(k=5.0, name="last")])
    model.save(tmp_path / "times.keras")
    again = keras.models.load_model(tmp_path / "times.keras", custom_objects={"Times": Times})
    assert [layer.factor for layer in again.layers] == [4.0, 5.0] and again.layers[1].name == "last"


def test_predicting_with_an_unbuilt_model_warns_of_nothing():
    with warnings.catch_warnings(action="error"):
        assert keras.Sequential([L.Dense(8), L.Dense(1)]).predict(X, verbose=0).shape == (20, 1)


@pytest.mark.parametrize("threshold", [None, 0.5])
def test_f1_of_one_output_is_a_list_of_one(threshold):
    metric = keras.metrics.F1Score(threshold=threshold)
    metric.update_state([[1.0], [0.0]], [[0.8], [0.0]])
    assert metric.result() == pytest.approx([1.0], abs=1e-6) and np.shape(metric.result()) == (1,)


@pytest.mark.parametrize(
    "callback",
    [
        keras.callbacks.LearningRateScheduler(lambda epoch: 0.1),
        keras.callbacks.ReduceLROnPlateau("loss", patience=1),
    ],
    ids=lambda callback: type(callback).__name__,
)
def test_callbacks_do_not_set_a_rate_that_a_schedule_gives(callback):
    model = line()
    model.compile(keras.optimizers.SGD(keras.optimizers.schedules.PolynomialDecay(1e-9, 10, 0.0)), "mse")
    with pytest.raises(TypeError, match="takes it from a schedule, PolynomialDecay"):
        model.fit(X, Y, epochs=9, verbose=0, callbacks=[callback])


def test_a_callback_stops_evaluation_and_prediction():
    class Third(keras.callbacks.Callback):
        def on_test_batch_end(self, batch, logs=None):
            self.model.stop_evaluating = batch >= 2

        def on_predict_batch_end(self, batch, logs=None):
            self.model.stop_predicting = batch >= 2

    model = line()
    error = X[:12].sum(1) * 0.3 - Y[:12]
    assert model.evaluate(endless(), callbacks=[Third()], verbose=0) == pytest.approx(np.mean(error**2), abs=1e-7)
    assert model.predict(endless(), callbacks=[Third()], verbose=0).shape == (12, 1)
    assert model.predict(X, verbose=0).shape == (20, 1)


def test_adamw_wants_a_number():
    with pytest.raises(ValueError, match="weight_decay"):
        keras.optimizers.AdamW(weight_decay=None)


def test_objects_are_numbered_by_the_names_of_keras():
    keras.utils.clear_session()
    assert [keras.optimizers.Adam().name for _ in range(2)] == ["adam", "adam_1"]
    assert [keras.optimizers.RMSprop().name, keras.optimizers.Adam(name="mine").name] == ["rm_sprop", "mine"]


def test_reshape_takes_samples_of_other_lengths():
    layer = L.Reshape((-1, 8))
    assert [layer(np.ones((2, n))).shape for n in (16, 32)] == [(2, 2, 8), (2, 4, 8)]


@pytest.mark.parametrize("mean, variance", [(3.0, 2.0), ([3.0], [2.0]), ([[3.0] * 3], [[2.0] * 3])])
def test_statistics_of_a_normalization_are_repeated(mean, variance):
    found = L.Normalization(axis=-1, mean=mean, variance=variance)(np.ones((2, 3)))
    assert np.array(found) == pytest.approx(np.full((2, 3), -1.4142135), abs=1e-6)


@pytest.mark.parametrize("weights", [np.arange(6.0).reshape(3, 2), [np.arange(6.0).reshape(3, 2)]])
def test_an_embedding_begins_with_given_vectors(weights):
    layer = L.Embedding(3, 2, weights=weights)
    assert np.array(layer(np.array([[1]]))).tolist() == [[[2.0, 3.0]]]
    assert "weights" not in layer.get_config()
    with pytest.raises(ValueError, match="shape"):
        L.Embedding(4, 2, weights=weights)


def test_a_lambda_callback_keeps_what_else_it_is_given():
    seen = []
    callback = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(epoch), note="x")
    line().fit(X, Y, epochs=2, verbose=0, callbacks=[callback])
    assert seen == [0, 1] and callback.note == "x"


def test_monitor_op_says_what_is_better():
    assert keras.callbacks.EarlyStopping("val_accuracy").monitor_op is np.greater
    assert keras.callbacks.ReduceLROnPlateau("val_loss").monitor_op is np.less


def test_losses_and_metrics_are_looked_up_as_in_keras():
    losses, metrics = keras.losses, keras.metrics
    assert losses.get("mse") is losses.get("mean_squared_error") is losses.mean_squared_error
    assert isinstance(losses.get("MeanSquaredError"), losses.MeanSquaredError)
    assert isinstance(losses.get({"class_name": "MeanSquaredError", "config": {}}), losses.MeanSquaredError)
    assert losses.get(np.add) is np.add and losses.get(None) is None and metrics.get(None) is None
    assert metrics.get("mse").name == "mean_squared_error" and metrics.get(np.add) is np.add
    with pytest.raises(ValueError, match="Unknown loss 'accuracy'"):
        losses.get("accuracy")


# -- NaN ------------------------------------------------------------------------------------------------------------


def with_a_hole():
    x = X.copy()
    x[3, 0] = np.nan
    return x


def test_a_hole_is_seen_in_its_own_prediction():
    assert np.flatnonzero(np.isnan(line().predict(with_a_hole(), verbose=0))).tolist() == [3]


def test_who_watches_for_nan_may_train_on_it():
    with pytest.raises(ValueError, match="x has NaN at row 3, column 0"):
        line().fit(with_a_hole(), Y, verbose=0)
    history = line().fit(with_a_hole(), Y, verbose=0, callbacks=[keras.callbacks.TerminateOnNaN()])
    assert np.isnan(history.history["loss"]).tolist() == [True]


# -- what errors say ------------------------------------------------------------------------------------------------


def test_parentheses_make_no_shape():
    with pytest.raises(TypeError, match=r"received 4\. Write \(4,\)"):
        L.Dense(3, input_shape=(4))


def test_a_column_is_no_table():
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame({"age": [1.0, 2.0], "height": [3.0, 4.0]})
    with pytest.raises(ValueError, match=r"x = df\[\['age', …\]\]"):
        line().fit(table["age"], table["height"])


def test_a_column_will_do_for_one_feature():
    model = keras.Sequential([L.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(X[:, 0], Y, verbose=0)
    assert model.input_shape == (None, 1)


@pytest.mark.parametrize("get", [keras.losses.get, keras.activations.get, keras.initializers.get, L.Dense(1).__init__])
def test_an_error_lists_ten_names_at_most(get):
    with pytest.raises((ValueError, TypeError)) as error:
        get("qqqq") if "get" in get.__name__ else get(2, qqqq=3)
    assert str(error.value).count(",") <= 11


# -- targets of one axis -----------------------------------------------------------------------------------------------


class Squares(keras.losses.Loss):
    def call(self, y_true, y_pred):
        return (y_true - y_pred) ** 2


def squares(y_true, y_pred):
    return (y_true - y_pred) ** 2


@pytest.mark.parametrize(
    "compiled", [{"loss": Squares()}, {"loss": "mse", "metrics": [squares]}], ids=["loss", "metric"]
)
def test_targets_of_one_axis_are_aligned_and_the_number_of_keras_is_said_once(compiled):
    model = line()
    model.compile("sgd", **compiled)
    with pytest.warns(UserWarning, match=r"\(20, 20\) of them, and would give 0.4757 in place of 0.05596") as met:
        found = model.evaluate(X, Y, verbose=0)
        model.fit(X, Y, epochs=2, verbose=0)
    assert np.ravel(found)[-1] == pytest.approx(0.05596318, abs=1e-7)
    assert len(met) == 1 and met[0].filename == __file__


def test_aligned_targets_and_functions_that_keras_aligns_are_left_in_peace():
    with warnings.catch_warnings(action="error"):
        for loss, y in ((Squares(), Y[:, None]), (squares, Y)):
            model = line()
            model.compile("sgd", loss)
            assert model.evaluate(X, y, verbose=0) == pytest.approx(0.05596318, abs=1e-7)


# -- switches that change nothing ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("module", "name"),
    [
        (keras.config, "traceback_filtering"),
        (keras.config, "interactive_logging"),
        (keras.utils, "interactive_logging"),
    ],
)
def test_a_switch_is_set_and_read(module, name):
    enabled = getattr(module, f"is_{name}_enabled")
    assert enabled()
    getattr(module, f"disable_{name}")()
    assert not enabled()
    getattr(module, f"enable_{name}")()
    assert enabled()
