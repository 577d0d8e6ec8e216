"""Data-parallel training on Apache Spark: `SequentialEstimator`, an Estimator of pyspark.ml around a compiled model.

The rows stay where Spark has them. Each round sends the state of the training out as one flat vector, in the closure of
one `mapInArrow`, and gets one row back from each partition. Read `rounds` first, which is the driver's part, then
`work`, which is that of a partition. `columns` turns columns of a table into arrays and says which rows cannot be used;
`state` is the vector; `backup` and `files` keep trainings and models on disk; `params` makes Params of arguments.

It needs the extra [spark] (pyspark and pyarrow) and a Java runtime; without them the classes are there, and say so
when they are used.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .estimator import SequentialEstimator, SequentialModel

__all__ = ["SequentialEstimator", "SequentialModel"]


def __getattr__(name):  # loaded on first use: in the partitions, nobody uses it
    if name not in __all__:
        raise AttributeError(f"tinygrad_edu.spark has no {name!r}. It has: {', '.join(__all__)}.")
    return getattr(importlib.import_module(".estimator", __name__), name)


def __dir__():
    return sorted([*globals(), *__all__])
