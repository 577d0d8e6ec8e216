"""Apache Spark: the whole `fit` of an estimator on one machine, and the accuracy on rows that it has not seen.

Both estimators get the same cached table of vectors, in four partitions, and begin anew in every turn. MLlib trains by
L-BFGS with 100 passes through the rows, as its users do; here the partitions train by themselves and are averaged.
It needs the extra [spark] and a Java runtime.
"""

import os
import sys
import time

import numpy as np

from .harness import Case

TRAINED, TESTED, PARTITIONS, CORES = 200_000, 20_000, 4, 2
SIZES = 10, 64, 2
TEACHER = 16  # units of the network that knows the classes
EPOCHS, ROUNDS, BATCH, RATE = 20, 4, 128, 0.02  # of ours

case = Case(
    "spark",
    f"Spark: {'-'.join(map(str, SIZES))} on {TRAINED} rows, {PARTITIONS} partitions, local[{CORES}]: a whole fit",
    "s",
    kind="value",
    figures=["seconds", "test accuracy"],
    rounds=3,
)


def rows():
    """x, and the classes that a random network of one hidden layer gives them, as many of each."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(TRAINED + TESTED, SIZES[0]))
    score = np.tanh(x @ rng.normal(size=(SIZES[0], TEACHER))) @ rng.normal(size=TEACHER)
    return x, (score > np.median(score)).astype(int)


def tables():
    """The table to train on and the table to test on, of vectors and labels, in the memory of Spark."""
    from pyspark.ml.functions import array_to_vector
    from pyspark.sql import SparkSession

    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.master(f"local[{CORES}]").config("spark.ui.enabled", "false")
    spark = builder.config("spark.driver.memory", "2g").getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    x, y = rows()
    found = []
    for part in (slice(TRAINED), slice(TRAINED, None)):
        pairs = list(zip(x[part].tolist(), y[part].tolist()))
        table = spark.createDataFrame(pairs, "values array<double>, label int").repartition(PARTITIONS)
        found.append(table.select(array_to_vector("values").alias("features"), "label").cache())
        found[-1].count()
    return found


def measured(make):
    """What a turn runs: the seconds of a whole fit of the estimator that `make` gives, and its test accuracy."""
    from pyspark.ml.evaluation import MulticlassClassificationEvaluator

    trained_on, tested_on = tables()
    judge = MulticlassClassificationEvaluator(metricName="accuracy")

    def run():
        start = time.perf_counter()
        fitted = make().fit(trained_on)
        seconds = time.perf_counter() - start
        return [seconds, judge.evaluate(fitted.transform(tested_on))]

    return run


@case.peer("tinygrad_edu, averaged")
def averaged():
    from tinygrad_edu import keras
    from tinygrad_edu.spark import SequentialEstimator

    def make():
        keras.utils.set_random_seed(0)
        layers = [keras.layers.Dense(SIZES[1], activation="tanh"), keras.layers.Dense(SIZES[2], activation="softmax")]
        model = keras.Sequential([keras.Input(SIZES[:1]), *layers])
        rate = keras.optimizers.schedules.CosineDecay(RATE, EPOCHS * TRAINED // PARTITIONS // BATCH)
        model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy")
        return SequentialEstimator(model, epochs=EPOCHS, localEpochs=EPOCHS // ROUNDS, batchSize=BATCH)

    return measured(make)


@case.peer("MLlib's MLP, 100 iterations")
def mllib():
    from pyspark.ml.classification import MultilayerPerceptronClassifier

    return measured(lambda: MultilayerPerceptronClassifier(layers=list(SIZES), maxIter=100, seed=0))
