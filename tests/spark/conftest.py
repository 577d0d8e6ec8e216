"""Spark for the tests: a cluster on this machine whose two workers are processes of their own, and tables on it."""

import os
import sys
from pathlib import Path

import numpy as np
import programs
import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def spark(tmp_path_factory, fresh_machine):
    """A session on `local-cluster`, two workers with one core each."""
    from pyspark.sql import SparkSession

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", programs.PATH)
        patch.setenv("PYSPARK_PYTHON", sys.executable)
        patch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
        builder = SparkSession.builder.master("local-cluster[2,1,1024]")
        settings = {
            "spark.ui.enabled": "false",
            "spark.sql.shuffle.partitions": "2",
            "spark.executorEnv.PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path]),
            "spark.executorEnv.SPARK_LOCAL_IP": "127.0.0.1",
            "spark.sql.warehouse.dir": str(tmp_path_factory.mktemp("warehouse")),
            "spark.python.worker.faulthandler.enabled": "false",
        }
        for name, value in settings.items():
            builder = builder.config(name, value)
        session = builder.getOrCreate()
        session.sparkContext.setLogLevel("OFF")
        yield session
        session.stop()


@pytest.fixture
def table(spark):
    """A function that makes a table of arrays and labels, cut into partitions of these many rows."""

    def make(x, y, sizes=None, **more):
        ends = np.cumsum([0, *(sizes or [len(x)])])
        names = ["features", "label", *more]
        columns = [x.tolist(), y.tolist(), *[list(column) for column in more.values()]]
        parts = [list(zip(*[column[a:b] for column in columns])) for a, b in zip(ends, ends[1:])]
        rows = spark.sparkContext.parallelize(range(len(parts)), len(parts)).flatMap(lambda k: parts[k])
        kinds = {"features": "array<double>", "label": "array<double>" if y.ndim == 2 else "double"}
        if y.dtype.kind in "iu":
            kinds["label"] = "int"
        return spark.createDataFrame(rows, ", ".join(f"{n} {kinds.get(n, 'boolean')}" for n in names))

    return make
