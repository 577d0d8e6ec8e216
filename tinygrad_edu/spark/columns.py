"""Columns of a table as arrays: which may be features and labels, and which rows cannot be trained on, and why.

The first half runs on the driver and writes expressions of Spark; the second half reads Arrow in the partitions.
"""

import numpy as np

from ..common.naming import nearest, some_of

_SHOWN = 6  # values of a sample row in a message


class Columns:
    """The columns that a model reads, and what they are called in a message.

    Args:
        names: of the features: one column of vectors, arrays or numbers, or several of numbers.
        label: the column of the labels; None to predict.
        length: how many features a row has; None where it is not known yet.
        label_length: how many values a label has; None where it is a plain number.
        whole: whether labels are whole numbers.
        floatx: the float type that the model computes in.
    """

    def __init__(self, names, label=None, length=None, label_length=None, whole=False, floatx="float32"):
        self.names, self.label, self.length, self.label_length = names, label, length, label_length
        self.whole, self.floatx = whole, floatx

    def entry(self, i):
        """The name of the feature at this place of a row."""
        return self.names[i] if len(self.names) > 1 else f"{self.names[0]}[{i}]"

    @property
    def title(self):
        """The features as a whole."""
        return self.names[0] if len(self.names) == 1 else f"the columns {some_of(self.names)}"


# -- on the driver ----------------------------------------------------------------------------------------------------


def kind_of(dataset, name, argument):
    """The kind of a column: "vector", "array", "whole" or "real".

    Raises:
        ValueError: there is no such column.
        TypeError: it has neither numbers nor arrays or vectors of them.
    """
    from pyspark.ml.linalg import VectorUDT
    from pyspark.sql import types

    fields = {field.name: field.dataType for field in dataset.schema.fields}
    if name not in fields:
        near = nearest(name, list(fields))
        hint = f" Did you mean {near!r}?" if near else ""
        raise ValueError(f"{argument}: the table has no column {name!r}.{hint} It has {some_of(list(fields))}.")
    found = fields[name]
    if isinstance(found, VectorUDT):
        return "vector"
    if isinstance(found, types.ArrayType) and isinstance(found.elementType, types.NumericType):
        return "array"
    if isinstance(found, types.IntegralType | types.BooleanType):
        return "whole"
    if isinstance(found, types.NumericType):
        return "real"
    raise TypeError(
        f"{argument}: the column {name!r} is of type {found.simpleString()}; expected numbers, or arrays or vectors of "
        "them. StringIndexer makes numbers of texts, VectorAssembler one vector of several columns."
    )


def features_of(dataset, names, floatx):
    """The features of a table as an expression for one array a row, and their number where the table knows it."""
    from pyspark.sql import functions

    real = "double" if floatx == "float64" else "float"
    kinds = [kind_of(dataset, name, "featuresCol") for name in names]
    if len(names) > 1 and {"vector", "array"} & set(kinds):
        strange = next(name for name, kind in zip(names, kinds) if kind in ("vector", "array"))
        raise TypeError(
            f"featuresCol: of several columns each should be plain numbers; {strange!r} has arrays or vectors. "
            "VectorAssembler makes one vector of them all."
        )
    if kinds[0] in ("vector", "array"):
        return _array(names[0], kinds[0], real), None
    return functions.array(*[quoted(name).cast(real) for name in names]), len(names)


def label_of(dataset, name, floatx):
    """The labels as an expression, whether each is an array, and whether they are whole numbers."""
    kind = kind_of(dataset, name, "labelCol")
    if kind in ("vector", "array"):
        return _array(name, kind, "double" if floatx == "float64" else "float"), True, False
    return quoted(name).cast("long" if kind == "whole" else "double"), False, kind == "whole"


def _array(name, kind, real):
    from pyspark.ml.functions import vector_to_array

    if kind == "vector":
        return vector_to_array(quoted(name), "float64" if real == "double" else "float32")
    return quoted(name).cast(f"array<{real}>")


def quoted(name):
    """The column of this name, whatever letters it has."""
    from pyspark.sql import functions

    return functions.col("`" + name.replace("`", "``") + "`")


# -- in a partition ---------------------------------------------------------------------------------------------------


def rows_of(batch, columns):
    """The features and the labels of a batch of rows, and what is wrong with each row.

    Args:
        batch: a RecordBatch with a column "x", and "y" where there are labels.
        columns: their Columns.

    Returns:
        x of shape (rows, features), y or None, and a list of (number of the row, what is wrong) in order.
    """
    x, wrong = _matrix(batch.column("x"), columns.length, columns.floatx, columns.title, columns.entry)
    y = None
    if columns.label is not None and columns.label_length is not None:
        entry = f"{columns.label}[{{}}]".format
        y, more = _matrix(batch.column("y"), columns.label_length, columns.floatx, columns.label, entry)
        wrong = more | wrong
    elif columns.label is not None:
        y, more = _numbers(batch.column("y"), columns)
        wrong = more | wrong
    return x, y, sorted(wrong.items())


def _matrix(column, length, dtype, title, entry):
    """The arrays of a column as a matrix, and by number of the row what is wrong with it."""
    import pyarrow
    import pyarrow.compute

    lengths = pyarrow.compute.fill_null(pyarrow.compute.list_value_length(column), -1).to_numpy(zero_copy_only=False)
    right = lengths == length
    values = np.zeros((len(column), length), dtype)
    kept = column if right.all() else column.filter(pyarrow.array(right))
    values[right] = kept.flatten().to_numpy(zero_copy_only=False).reshape(-1, length)
    wrong = {
        int(i): f"{title} is null" if lengths[i] < 0 else f"{title} has {lengths[i]} values in place of {length}"
        for i in np.flatnonzero(~right)
    }
    finite = np.isfinite(values)
    if not finite.all():
        for i in np.flatnonzero(~finite.all(axis=1)):
            place = int(np.argmin(finite[i]))
            wrong[int(i)] = f"{entry(place)} is {_kind_of_number(values[i, place])}"
    return values, wrong


def _numbers(column, columns):
    """The plain numbers of the labels, and by number of the row what is wrong with it."""
    nulls = np.asarray(column.is_null())
    filled = column.fill_null(0).to_numpy(zero_copy_only=False)
    values = filled if columns.whole else filled.astype(columns.floatx)
    wrong = {int(i): f"{columns.label} is null" for i in np.flatnonzero(nulls)}
    if not columns.whole:
        unfit = np.flatnonzero(~np.isfinite(values))
        wrong |= {int(i): f"{columns.label} is {_kind_of_number(values[i])}" for i in unfit}
    return values, wrong


def _kind_of_number(value):
    return "null or NaN" if np.isnan(value) else f"{value}"


def sample_row(batch, i, columns):
    """A row of a batch in words, for a message."""
    x = batch.column("x")[i].as_py()
    label = "" if columns.label is None else f", {columns.label}={_shortened(batch.column('y')[i].as_py())}"
    if len(columns.names) > 1 and x is not None:
        return ", ".join(f"{name}={value}" for name, value in list(zip(columns.names, x))[:_SHOWN]) + label
    return f"{columns.names[0]}={_shortened(x)}{label}"


def _shortened(value):
    if not isinstance(value, list) or len(value) <= _SHOWN:
        return value
    return f"[{', '.join(map(str, value[:_SHOWN]))}, … {len(value)} values]"
