"""`SequentialEstimator` on a cluster of two workers: the same numbers as one machine, and Spark's own habits."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import programs
import pytest

import tinygrad_edu as tg
from tinygrad_edu import keras
from tinygrad_edu.spark import SequentialEstimator, SequentialModel

pytestmark = [
    pytest.mark.spark,
    pytest.mark.filterwarnings("ignore:PySpark does not yet:FutureWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:pyspark"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]

RNG = np.random.default_rng(0)
X = RNG.normal(size=(203, 4))
SIGNS = (X[:, 0] + X[:, 1] * X[:, 2] > 0).astype(int)
LINE = X @ [1.0, -2.0, 0.5, 0.0] + 0.25
UNEVEN = [120, 0, 3, 80, 0]


def classifier(optimizer="sgd", dropout=0.0):
    keras.utils.set_random_seed(1)
    layers = [keras.Input((4,)), keras.layers.Dense(8, activation="tanh"), keras.layers.Dropout(dropout, seed=3)]
    model = keras.Sequential([*layers, keras.layers.Dense(2, activation="softmax")])
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def regressor(outputs=1, optimizer="sgd"):
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(outputs)])
    model.compile(optimizer, "mse")
    return model


def difference(model, other):
    """The largest difference of two models' weights, against the length of all weights."""
    a, b = (np.concatenate([w.ravel() for w in m.get_weights()]) for m in (model, other))
    return np.abs(a - b).max() / np.linalg.norm(b)


# -- the same as one machine ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sizes", [[203], [51, 51, 51, 50], UNEVEN])
def test_the_gradient_of_the_partitions_is_that_of_one_machine(table, sizes):
    alone = classifier(keras.optimizers.Adam(0.02))
    before = alone.get_weights()
    fitted = SequentialEstimator(alone, epochs=3, strategy="gradient").fit(table(X, SIGNS, sizes))
    assert all(np.array_equal(a, b) for a, b in zip(before, alone.get_weights())), "the user's model stays as it is"
    figures = alone.fit(X, SIGNS, batch_size=len(X), epochs=3, shuffle=False, verbose=0).history
    assert difference(fitted.model, alone) < 1e-6
    for name, values in figures.items():
        np.testing.assert_allclose(fitted.history[name], values, rtol=1e-5)
    assert fitted.rows_by_partition == {i: n for i, n in enumerate(sizes) if n}
    assert sum(fitted.rows_by_worker.values()) == 3 * len(X)


def test_the_mean_of_one_plain_step_in_each_partition_is_the_step_of_the_whole(table):
    alone = regressor()
    estimator = SequentialEstimator(alone, epochs=4, strategy="average", batchSize=len(X))
    fitted = estimator.fit(table(X, LINE, UNEVEN))
    alone.fit(X, LINE, batch_size=len(X), epochs=4, verbose=0)
    assert difference(fitted.model, alone) < 1e-6


def test_local_epochs_learn_and_are_repeatable(table):
    rows = table(X, SIGNS, [60, 70, 73])
    estimator = SequentialEstimator(
        classifier("adam", dropout=0.2), epochs=12, localEpochs=5, batchSize=8, fraction=0.8, seed=7
    )
    first, second = estimator.fit(rows), estimator.fit(rows)
    assert difference(first.model, second.model) == 0
    assert first.history == second.history
    assert len(first.history["loss"]) == 3, "rounds of 5, 5 and 2 epochs"
    assert first.history["loss"][-1] < 0.9 * first.history["loss"][0]
    assert 0.7 < sum(first.rows_by_worker.values()) / (3 * len(X)) < 0.9
    steps = int(first.model.optimizer.iterations)
    assert 12 * 5 <= steps <= 12 * 10, "the memory of the optimizer goes from round to round"
    assert difference(first.model, estimator.copy({estimator.seed: 8}).fit(rows).model) > 1e-4


def test_rows_held_out_are_measured_with_the_weights_of_their_round(table):
    held_out = RNG.random(len(X)) < 0.3
    rows = table(X, SIGNS, [100, 103], held=held_out.tolist())
    estimator = SequentialEstimator(classifier("adam"), epochs=3, validationIndicatorCol="held")
    fitted = estimator.fit(rows)
    found = fitted.model.evaluate(X[held_out], SIGNS[held_out], verbose=0, return_dict=True)
    assert {name: len(values) for name, values in fitted.history.items()} == dict.fromkeys(
        ["loss", "accuracy", "val_loss", "val_accuracy"], 3
    )
    assert fitted.history["val_loss"][-1] == pytest.approx(found["loss"], rel=1e-5)
    assert fitted.history["val_accuracy"][-1] == pytest.approx(found["accuracy"])
    assert sum(fitted.rows_by_partition.values()) == (~held_out).sum()


# -- columns ----------------------------------------------------------------------------------------------------------


def test_vectors_arrays_and_plain_columns_are_the_same(spark, table):
    from pyspark.ml.feature import VectorAssembler
    from pyspark.ml.functions import array_to_vector
    from pyspark.sql.functions import col

    arrays = table(X, LINE, [100, 103])
    plain = arrays.select(*[col("features")[i].alias(f"x.{i}") for i in range(4)], "label")
    several = [f"x.{i}" for i in range(4)]
    made = {
        "features": arrays,
        "vector": arrays.select(array_to_vector("features").alias("vector"), "label"),
    }
    fitted = [SequentialEstimator(regressor(), featuresCol=name, epochs=2).fit(rows) for name, rows in made.items()]
    fitted.append(SequentialEstimator(regressor(), featuresCol=several, epochs=2).fit(plain))
    assert VectorAssembler  # as messages name it
    assert difference(fitted[0].model, fitted[1].model) == difference(fitted[0].model, fitted[2].model) == 0
    expected = fitted[0].model.predict(X, verbose=0)[:, 0]
    for model, rows in zip(fitted, [*made.values(), plain]):
        found = [row.prediction for row in model.transform(rows).select("prediction").collect()]
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def test_several_outputs_are_predicted_as_arrays(table):
    two = np.column_stack([LINE, -LINE])
    rows = table(X, two, [100, 103])
    fitted = SequentialEstimator(regressor(2), epochs=2, strategy="gradient").fit(rows)
    found = np.array([row.prediction for row in fitted.transform(rows).select("prediction").collect()])
    np.testing.assert_allclose(found, fitted.model.predict(X, verbose=0), rtol=1e-5, atol=1e-6)


def test_a_classification_gives_classes_and_probabilities(table):
    rows = table(X, SIGNS, [100, 103])
    model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
    model.compile("adam", "binary_crossentropy")
    fitted = SequentialEstimator(model, epochs=2).fit(rows)
    assert not model.built and fitted.model.input_shape == (None, 4), "built for the rows"
    found = fitted.transform(rows).collect()
    expected = fitted.model.predict(X, verbose=0)[:, 0]
    np.testing.assert_allclose([row.probability[1] for row in found], expected, rtol=1e-5)
    np.testing.assert_allclose([row.probability[0] for row in found], 1 - expected, rtol=1e-5)
    assert [row.prediction for row in found] == (expected > 0.5).astype(float).tolist()


# -- what cannot be used ----------------------------------------------------------------------------------------------


@pytest.fixture
def spoilt(table):
    """A function that makes a table with one row put in place of row 150, by SQL."""

    def make(features="features", label="label"):
        rows = table(X, LINE, [100, 103], marked=[i == 150 for i in range(len(X))])
        return rows.selectExpr(f"if(marked, {features}, features) features", f"if(marked, {label}, label) label")

    return make


@pytest.mark.parametrize(
    ("features", "label", "said"),
    [
        ("null", "label", r"features is null in the row \(features=None, label="),
        (
            "array(1.0D, double('nan'), 3.0D, 4.0D)",
            "label",
            r"features\[1\] is null or NaN in the row \(feat",
        ),
        ("array(1.0D, 2.0D, cast(null as double), 4.0D)", "label", r"features\[2\] is null or NaN"),
        ("array(1.0D, 2.0D)", "label", r"features has 2 values in place of 4 in the row \(features=\[1.0, 2.0\]"),
        ("features", "cast(null as double)", r"label is null in the row"),
        ("features", "double('infinity')", r"label is inf in the row"),
    ],
)
def test_a_row_that_cannot_be_used_is_named(spoilt, features, label, said):
    with pytest.raises(ValueError, match="1 of 203 rows cannot be trained on.*" + said):
        SequentialEstimator(regressor()).fit(spoilt(features, label))


def test_such_rows_are_left_out_where_that_is_asked_for(spoilt):
    rows = spoilt("array(1.0D, 2.0D)")
    estimator = SequentialEstimator(regressor(), strategy="gradient", epochs=2, handleInvalid="skip")
    with pytest.warns(UserWarning, match=r"1 of 203 rows are left out.*features has 2 values in place of 4"):
        fitted = estimator.fit(rows)
    alone, rest = regressor(), np.arange(len(X)) != 150
    alone.fit(X[rest], LINE[rest], batch_size=len(X), epochs=2, verbose=0)
    assert difference(fitted.model, alone) < 1e-6
    assert fitted.transform(rows).count() == len(X) - 1


def test_wrong_columns_and_labels_are_named(table):
    rows = table(X, SIGNS)
    with pytest.raises(ValueError, match="no column 'feature'. Did you mean 'features'"):
        SequentialEstimator(regressor(), featuresCol="feature").fit(rows)
    with pytest.raises(TypeError, match="column 'label' is of type string; expected numbers"):
        SequentialEstimator(regressor()).fit(rows.selectExpr("features", "string(label) label"))
    with pytest.raises(ValueError, match="expects 4 features a row; received 1 columns"):
        SequentialEstimator(regressor(), featuresCol="label").fit(rows)
    with pytest.raises(ValueError, match="no row to train on"):
        SequentialEstimator(regressor()).fit(rows.where("label > 5"))
    with pytest.raises(ValueError, match="2"):  # a class that the model does not have
        SequentialEstimator(classifier()).fit(table(X, np.full(len(X), 2)))


# -- Spark's habits ---------------------------------------------------------------------------------------------------


def test_saved_and_loaded(table, tmp_path):
    rows = table(X, SIGNS, [100, 103])
    estimator = SequentialEstimator(classifier("adam"), epochs=2, seed=5, strategy="gradient")
    estimator.save(f"{tmp_path}/estimator")
    again = SequentialEstimator.load(f"{tmp_path}/estimator")
    assert again.uid == estimator.uid
    assert {p.name: again.getOrDefault(p) for p in again.params if p.name != "model" and again.isDefined(p)} == {
        p.name: estimator.getOrDefault(p) for p in estimator.params if p.name != "model" and estimator.isDefined(p)
    }
    fitted, refitted = estimator.fit(rows), again.fit(rows)
    assert difference(fitted.model, refitted.model) == 0
    fitted.write().overwrite().save(f"{tmp_path}/model")
    read = SequentialModel.load(f"{tmp_path}/model")
    assert (read.history, read.rows_by_worker) == (fitted.history, fitted.rows_by_worker)
    assert read.rows_by_partition == fitted.rows_by_partition
    assert read.transform(rows).collect() == fitted.transform(rows).collect()


def test_in_a_pipeline(table, tmp_path):
    from pyspark.ml import Pipeline, PipelineModel
    from pyspark.ml.feature import VectorAssembler
    from pyspark.sql.functions import col

    plain = table(X, LINE, [100, 103]).select(*[col("features")[i].alias(f"x{i}") for i in range(4)], "label")
    stages = [VectorAssembler(inputCols=[f"x{i}" for i in range(4)], outputCol="joined")]
    stages.append(SequentialEstimator(regressor(), featuresCol="joined", predictionCol="guess", epochs=3))
    fitted = Pipeline(stages=stages).fit(plain)
    fitted.write().overwrite().save(f"{tmp_path}/pipeline")
    read = PipelineModel.load(f"{tmp_path}/pipeline")
    found = [row.guess for row in read.transform(plain).collect()]
    np.testing.assert_allclose(found, fitted.stages[1].model.predict(X, verbose=0)[:, 0], rtol=1e-5, atol=1e-6)


def test_a_training_that_was_cut_off_goes_on(table, tmp_path, monkeypatch):
    from tinygrad_edu.spark import rounds

    rows = table(X, SIGNS, [100, 103])
    arguments = {"epochs": 4, "strategy": "gradient", "fraction": 0.5}
    model, jobs, gathered = classifier("adam", dropout=0.2), [], rounds.gathered
    whole = SequentialEstimator(model, **arguments).fit(rows)

    def cut(blocks, task):
        jobs.append(task)
        if len(jobs) == 3:
            raise KeyboardInterrupt
        return gathered(blocks, task)

    estimator = SequentialEstimator(model, checkpointDir=str(tmp_path), **arguments)
    monkeypatch.setattr(rounds, "gathered", cut)
    with pytest.raises(KeyboardInterrupt):
        estimator.fit(rows)
    assert len(list(tmp_path.iterdir())) == 1
    fitted = estimator.fit(rows)
    assert [task.number for task in jobs] == [0, 1, 2, 2, 3]
    assert difference(fitted.model, whole.model) == 0 and fitted.history == whole.history
    assert list(tmp_path.iterdir()) == []


def test_arguments_are_params():
    estimator = SequentialEstimator(regressor(), epochs=3)
    assert estimator.getEpochs() == 3 and estimator.setBatchSize(16).getBatchSize() == 16
    assert "epochs: how often the training goes through the rows" in estimator.explainParam("epochs")
    assert estimator.explainParam("strategy").endswith("(default: average)")
    for wrong in ({"epochs": 0}, {"strategy": "mean"}, {"fraction": 0.0}, {"batchSize": 1.5}):
        name = next(iter(wrong))
        with pytest.raises((TypeError, ValueError), match=f"SequentialEstimator: {name} should be"):
            SequentialEstimator(regressor(), **wrong)
        with pytest.raises((TypeError, ValueError), match=f"SequentialEstimator: {name} should be"):
            estimator.copy({getattr(estimator, name): wrong[name]})
    with pytest.raises(ValueError, match="is not compiled"):
        SequentialEstimator(keras.Sequential([keras.layers.Dense(1)]))
    with pytest.raises(TypeError, match="model should be a model"):
        SequentialEstimator("model")


# -- long ones --------------------------------------------------------------------------------------------------------


KILLS = '''
import os, signal
from pathlib import Path

def mse_of_a_doomed_worker(y_true, y_pred):
    """The mean squared error; the first process that computes it outside the driver is killed, its executor too."""
    place = Path({place!r})
    if os.getpid() != {driver} and not place.exists():
        place.touch()
        daemon = int(Path(f"/proc/{{os.getpid()}}/stat").read_text().rpartition(")")[2].split()[1])
        executor = int(Path(f"/proc/{{daemon}}/stat").read_text().rpartition(")")[2].split()[1])
        if {whole_executor}:
            os.kill(executor, signal.SIGKILL)
        os.kill(os.getpid(), signal.SIGKILL)
    return (y_pred - y_true) ** 2
'''


@pytest.mark.nightly
@pytest.mark.parametrize("whole_executor", [False, True])
def test_a_killed_worker_costs_a_retry(table, tmp_path, whole_executor):
    import os

    names = {"__name__": "__main__"}
    place = str(tmp_path / "killed")
    exec(KILLS.format(place=place, driver=os.getpid(), whole_executor=whole_executor), names)
    loss = keras.saving.register_keras_serializable("test")(names["mse_of_a_doomed_worker"])
    rows = table(X, LINE.reshape(-1, 1), [100, 50, 53])
    expected = SequentialEstimator(regressor(), epochs=4, strategy="gradient").fit(rows)
    model = regressor()
    model.compile("sgd", loss)
    fitted = SequentialEstimator(model, epochs=4, strategy="gradient").fit(rows)
    assert os.path.exists(place), "a worker was killed"
    assert difference(fitted.model, expected.model) < 1e-6


@pytest.mark.nightly
def test_cross_validation_finds_the_better_model(table):
    from pyspark.ml.evaluation import MulticlassClassificationEvaluator
    from pyspark.ml.tuning import CrossValidator, ParamGridBuilder

    estimator = SequentialEstimator(classifier(keras.optimizers.Adam(0.05)), batchSize=8)
    flat = classifier(keras.optimizers.SGD(1e-6))
    grid = ParamGridBuilder().addGrid(estimator.model, [flat, estimator.getModel()]).addGrid(estimator.epochs, [15])
    validator = CrossValidator(
        estimator=estimator,
        estimatorParamMaps=grid.build(),
        evaluator=MulticlassClassificationEvaluator(metricName="accuracy"),
        numFolds=2,
        seed=1,
    )
    rows = table(X, SIGNS, [100, 103])
    found = validator.fit(rows)
    assert found.avgMetrics[1] > found.avgMetrics[0] and found.avgMetrics[1] > 0.75
    predictions = [row.prediction for row in found.transform(rows).collect()]
    assert np.mean(predictions == SIGNS) > 0.8


CONNECT = """
import numpy as np
from pyspark.sql import SparkSession
from tinygrad_edu import keras
from tinygrad_edu.spark import SequentialEstimator

spark = SparkSession.builder.remote("local[2]").getOrCreate()
x = np.random.default_rng(0).normal(size=(60, 3))
y = x @ [1.0, 2.0, 3.0]
rows = spark.createDataFrame([(a.tolist(), float(b)) for a, b in zip(x, y)], "features array<double>, label double")
model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
model.compile("sgd", "mse")
fitted = SequentialEstimator(model, epochs=3, strategy="gradient").fit(rows.repartition(3))
model.fit(x, y, batch_size=60, epochs=3, verbose=0)
for a, b in zip(fitted.model.get_weights(), model.get_weights()):
    np.testing.assert_allclose(a, b, atol=1e-6)
found = fitted.transform(rows).select("prediction").collect()
np.testing.assert_allclose([row[0] for row in found], model.predict(x, verbose=0)[:, 0], atol=1e-5)
print("the same by Connect:", type(rows).__module__)
spark.stop()
"""


@pytest.mark.nightly
def test_by_spark_connect(tmp_path, monkeypatch):
    pytest.importorskip("grpc_status")
    monkeypatch.setenv("PYSPARK_PYTHON", sys.executable)
    monkeypatch.setenv("PATH", programs.PATH)
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).resolve().parents[2]))
    run = subprocess.run([sys.executable, "-c", CONNECT], capture_output=True, text=True, timeout=600)
    assert "the same by Connect: pyspark.sql.connect" in run.stdout, run.stderr[-3000:]


def test_tg_has_the_room():
    assert tg.spark.SequentialEstimator is SequentialEstimator
