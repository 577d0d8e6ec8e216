"""The Estimator and the Model of pyspark.ml around a compiled model: what a user of Spark sees.

estimator = SequentialEstimator(model, featuresCol="features", labelCol="label", epochs=10)
fitted = estimator.fit(table)
fitted.transform(table)
"""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import numpy as np

from ..common import random
from ..common.arguments import CHECKED_INSIDE, checked
from ..common.budget import uncounted
from ..common.custom import get_custom_objects
from ..common.floats import floatx
from ..common.types import Count, PositiveShare, Seed
from ..common.warning import warn
from ..nn import Model as Network
from ..nn import losses
from ..nn.saving import model_from_json
from . import work
from .backup import Backup
from .columns import Columns, features_of, label_of, quoted
from .files import read, writer
from .params import Declared, Estimator, MLReadable, MLWritable, Model, require_spark
from .rounds import Rounds, gathered
from .state import give, packed, variables_of, weights_of

_MEANS = ("sum_over_batch_size", "mean", "mean_with_sample_weight")
_CLASSES = (losses.CategoricalCrossentropy, losses.CategoricalFocalCrossentropy, losses.SparseCategoricalCrossentropy)
_CLASSES += (losses.CategoricalHinge,)
_BINARY = (losses.BinaryCrossentropy, losses.BinaryFocalCrossentropy)
_SIGNS = (losses.Hinge, losses.SquaredHinge)


class SequentialEstimator(Declared, Estimator, MLReadable, MLWritable):
    """A compiled model as an Estimator of pyspark.ml: `fit(table)` trains a copy of it where the rows are.

    The training begins with the weights and the optimizer of the model as they are; the model itself does not change.
    With strategy "gradient" a step is made with the gradient of all rows,

        ∇L = Σ_k rows_k · ∇L_k / Σ_k rows_k,   over the partitions k,

    which is batch descent on one machine, in one step an epoch. With "average" each partition trains for some epochs by
    itself, and the weights and the optimizer's memory become the means w = Σ_k rows_k · w_k / Σ_k rows_k.

    Args:
        model: a compiled model with one input and one output.
        featuresCol: the column of the features, vectors, arrays or numbers; or a list of columns of numbers.
        labelCol: the column of the labels: numbers, or vectors or arrays where the model has several outputs.
        predictionCol: the column for the predictions: the class of a classification, else what the model gives.
        probabilityCol: the column for the probabilities of the classes, a vector; only of a classification.
        epochs: how often the training goes through the rows; with "gradient" the number of steps.
        batchSize: rows a step within a partition, with "average".
        strategy: "average" or "gradient".
        localEpochs: with "average", the epochs that a partition trains by itself in each round.
        fraction: the share of the rows that each round takes, chosen by chance: the estimated gradient.
        seed: the same seed gives the same training.
        validationIndicatorCol: a column of booleans, true for the rows that the training is validated on.
        handleInvalid: "error", or "skip" to leave out rows with null, NaN, infinity or a wrong length, with a warning.
        checkpointDir: a folder of the driver where the last round is kept; a `fit` that was cut off goes on from it.

    Raises:
        ImportError: pyspark or pyarrow is missing; the message has the command that gets them.
        TypeError, ValueError: an argument, or in `fit` a column or a row, that cannot be used; the message names it.

    Source: Stich (2019), Local SGD Converges Fast and Communicates Little.

    Example:
        >>> from tinygrad_edu import keras
        >>> model = keras.Sequential([keras.Input((10,)), keras.layers.Dense(1)])
        >>> model.compile("adam", "mse")
        >>> estimator = SequentialEstimator(model, epochs=20, strategy="average")  # doctest: +SKIP
        >>> fitted = estimator.fit(table)  # doctest: +SKIP
        >>> fitted.history["loss"][-1], fitted.rows_by_worker  # doctest: +SKIP
    """

    attributes = ()

    @checked
    def __init__(
        self,
        model: Annotated[Any, CHECKED_INSIDE] = None,
        featuresCol: str | Sequence[str] = "features",  # noqa: N803 the names of pyspark.ml
        labelCol: str = "label",  # noqa: N803
        predictionCol: str = "prediction",  # noqa: N803
        probabilityCol: str = "probability",  # noqa: N803
        epochs: Count = 1,
        batchSize: Count = 32,  # noqa: N803
        strategy: Literal["average", "gradient"] = "average",
        localEpochs: Count = 1,  # noqa: N803
        fraction: PositiveShare = 1.0,
        seed: Seed = 0,
        validationIndicatorCol: str | None = None,  # noqa: N803
        handleInvalid: Literal["error", "skip"] = "error",  # noqa: N803
        checkpointDir: str | None = None,  # noqa: N803
    ):
        require_spark("SequentialEstimator")
        given = dict(locals())
        _check_model(model)
        super().__init__()
        self.take_arguments(given)

    def _fit(self, dataset):
        names, network = self._names(), self.getModel()
        _check_model(network, self.getStrategy())
        features, length = features_of(dataset, names, floatx())
        label, in_arrays, whole = label_of(dataset, self.getLabelCol(), floatx())
        columns = Columns(names, self.getLabelCol(), length, None, whole, floatx())
        if network.input_shape is not None:
            columns.length = int(np.prod(network.input_shape[1:]))
        rows = dataset.select(features.alias("x"), label.alias("y"), self._held_out(dataset).alias("held_out"))
        _find_lengths(rows, columns, in_arrays)
        if length is not None and length != columns.length:
            raise ValueError(
                f"featuresCol: the model expects {columns.length} features a row; received {length} columns: {names}."
            )
        blocks = rows.mapInArrow(work.Packing(columns), work.BLOCK).persist()
        try:
            return self._trained(network, blocks, columns)
        finally:
            blocks.unpersist()

    def _names(self):
        given = self.getFeaturesCol()
        return [given] if isinstance(given, str) else list(given)

    def _held_out(self, dataset):
        from pyspark.sql import functions

        name = self.getValidationIndicatorCol()
        if name is None:
            return functions.lit(False)
        if dict(dataset.dtypes).get(name) != "boolean":
            raise ValueError(
                f"validationIndicatorCol expects a column of booleans, true for validation; received {name!r}, of type "
                f"{dict(dataset.dtypes).get(name)}."
            )
        return quoted(name)

    def _trained(self, network, blocks, columns):
        """The fitted Model, from the blocks of all rows."""
        shape = (columns.length,) if network.input_shape is None else tuple(network.input_shape[1:])
        counts = gathered(blocks, work.Count(columns, shape))
        self._say_invalid(counts)
        sample = next((row for row in counts if row["rows"]), None)
        if sample is None:
            raise ValueError("The table has no row to train on.")
        model = self._copy_of(network, *_sample(sample["vector"], columns, shape))
        description = work.Description(model.to_json(), _own_objects(model), floatx())
        settings = {name: self.chosen(name) for name in self.param_names() if name != "model"}
        rounds = Rounds(model, description, blocks, columns, settings, sum(row["held_out"] for row in counts))
        backup = self._backup(model, description, settings, counts)
        rounds.run(backup)
        if backup is not None:
            backup.remove()
        fitted = self._copyValues(SequentialModel(model))
        fitted.history, fitted.rows_by_worker = rounds.history, rounds.rows
        fitted.rows_by_partition = {row["part"]: row["rows"] for row in counts}
        return fitted

    def _say_invalid(self, counts):
        """Refuse rows that cannot be used, or say how many are left out."""
        bad = sum(row["invalid"] for row in counts)
        if bad:
            sample = next(row["sample"] for row in counts if row["sample"])
            every = bad + sum(row["rows"] + row["held_out"] for row in counts)
            if self.getHandleInvalid() == "error":
                raise ValueError(
                    f"{bad} of {every} rows cannot be trained on. {sample}. Mend them, or leave them out with "
                    'handleInvalid="skip".'
                )
            warn(f"{bad} of {every} rows are left out, as handleInvalid is 'skip'. {sample}.")

    def _copy_of(self, network, x, y):
        """A copy of the model in the same state, built for this sample, with its metrics made."""
        before = random.state().numpy()
        random.seed(self.getSeed())
        try:
            with uncounted():
                model = model_from_json(network.to_json(), _own_objects(network))
            model.prepare(x, y)
        finally:
            random.state().assign(before)
        if network.built:
            give(weights_of(model), [variable.array for variable in weights_of(network)])
            if network.optimizer.built:
                give(variables_of(model), [variable.array for variable in variables_of(network)])
        return model

    def _backup(self, model, description, settings, counts):
        folder = self.getCheckpointDir()
        if folder is None:
            return None
        kept = {name: value for name, value in settings.items() if name not in ("epochs", "checkpointDir")}
        parts = [(row["part"], row["rows"], row["held_out"]) for row in counts]
        return Backup(folder, description.text, sorted(kept.items()), parts, packed(variables_of(model)))

    def write(self):
        """The MLWriter: `write().overwrite().save(path)`; or simply `save(path)`."""
        return writer(self, self.getModel())

    @classmethod
    def read(cls):
        """The MLReader; or simply `SequentialEstimator.load(path)`."""
        return read(lambda metadata, network: cls(network))


class SequentialModel(Declared, Model, MLReadable, MLWritable):
    """A trained model as a Model of pyspark.ml: `transform(table)` adds its predictions.

    `fit` of a SequentialEstimator gives it. A classification, which the loss tells, gets the number of the class as
    a prediction and a vector of probabilities beside it; a regression a number, or an array of several.

    Args:
        model: the trained model, to save as a `.keras` file too: `fitted.model.save("model.keras")`.
        featuresCol: the column of the features, vectors, arrays or numbers; or a list of columns of numbers.
        predictionCol: the column for the predictions.
        probabilityCol: the column for the probabilities of the classes, a vector; only of a classification.
        handleInvalid: "error", or "skip" to leave out rows that cannot be used.

    Attributes:
        history: by name of a figure, such as "loss" or "val_loss", its values, one a round.
        rows_by_partition: by number of the partition how many rows to train on it had.
        rows_by_worker: by host and process how many rows it was trained on, over all rounds.

    Example:
        >>> from tinygrad_edu import keras
        >>> model = keras.Sequential([keras.Input((10,)), keras.layers.Dense(1)])
        >>> SequentialModel(model).transform(table)  # doctest: +SKIP
    """

    attributes = ("model",)

    @checked
    def __init__(
        self,
        model: Annotated[Any, CHECKED_INSIDE] = None,
        featuresCol: str | Sequence[str] = "features",  # noqa: N803 the names of pyspark.ml
        predictionCol: str = "prediction",  # noqa: N803
        probabilityCol: str = "probability",  # noqa: N803
        handleInvalid: Literal["error", "skip"] = "error",  # noqa: N803
    ):
        require_spark("SequentialModel")
        given = dict(locals())
        _check_model(model)
        super().__init__()
        self.model: Network = model
        self.history: dict[str, list[Any]] = {}
        self.rows_by_partition: dict[int, int] = {}
        self.rows_by_worker: dict[str, int] = {}
        self.take_arguments(given)

    def _transform(self, dataset):
        from pyspark.ml.functions import array_to_vector
        from pyspark.sql import functions

        given = self.getFeaturesCol()
        names = [given] if isinstance(given, str) else list(given)
        features, length = features_of(dataset, names, floatx())
        shape, kind = tuple(self.model.input_shape[1:]), self.kind
        if length not in (None, int(np.prod(shape))):
            raise ValueError(
                f"featuresCol: the model expects {int(np.prod(shape))} features a row; received {length} columns."
            )
        columns = Columns(names, length=int(np.prod(shape)), floatx=floatx())
        predict = self._function(columns, shape)
        table = dataset.withColumn(_FOUND, predict(features))
        if self.getHandleInvalid() == "skip":
            table = table.where(functions.col(_FOUND).isNotNull())
        found = {self.getPredictionCol(): functions.col(f"{_FOUND}.prediction")}
        if kind != "regression":
            found[self.getProbabilityCol()] = array_to_vector(functions.col(f"{_FOUND}.outputs"))
        return table.withColumns(found).drop(_FOUND)

    @property
    def kind(self):
        """The kind of prediction of the model: "binary", "classes", "signs" or "regression", as its loss tells."""
        return next((kind for kind, known in _KINDS.items() if isinstance(self.model.loss, known)), "regression")

    def _function(self, columns, shape):
        """The function of Spark that gives the predictions for a column of arrays."""
        import pyarrow
        from pyspark.sql.functions import arrow_udf

        several = self.kind == "regression" and int(np.prod(self.model.output_shape[1:])) > 1
        reading = Reading(self.kind, bool(getattr(self.model.loss, "arguments", {}).get("from_logits")), several)
        description = work.Description(self.model.to_json(), _own_objects(self.model), floatx())
        state, strict = packed(weights_of(self.model)), self.getHandleInvalid() == "error"
        predict = work.Prediction(columns, shape, description, state, reading, strict)
        prediction = "array<double>" if several else "double"
        returned = f"prediction {prediction}, outputs array<double>"

        def predicted(column: pyarrow.Array) -> pyarrow.Array:
            return predict(column)

        return arrow_udf(predicted, returned)

    def write(self):
        """The MLWriter: `write().overwrite().save(path)`; or simply `save(path)`."""
        kept = {"history": self.history, "rows_by_worker": self.rows_by_worker}
        return writer(self, self.model, kept | {"rows_by_partition": list(self.rows_by_partition.items())})

    @classmethod
    def read(cls):
        """The MLReader; or simply `SequentialModel.load(path)`."""

        def made(metadata, network):
            model = cls(network)
            model.history, model.rows_by_worker = metadata["history"], metadata["rows_by_worker"]
            model.rows_by_partition = dict(metadata["rows_by_partition"])
            return model

        return read(made)


_FOUND = "tinygrad_edu prediction"
_KINDS = {"binary": _BINARY, "classes": _CLASSES, "signs": _SIGNS}


class Reading:
    """How outputs become probabilities and predictions.

    Args:
        kind: as `SequentialModel.kind` gives it.
        from_logits: whether the outputs are logits.
        several: whether a prediction is an array.

    Example:
        >>> Reading("binary", False)(np.array([[0.25], [0.75]]))
        (array([[0.75, 0.25],
               [0.25, 0.75]]), array([0., 1.]))
    """

    def __init__(self, kind, from_logits, several=False):
        self.kind, self.from_logits, self.several = kind, from_logits, several

    def __call__(self, outputs):
        """The probabilities, and the predictions."""
        if self.kind == "regression":
            return outputs, outputs if self.several else outputs[:, 0]
        if self.kind == "signs":
            outputs = (1 + np.clip(outputs, -1, 1)) / 2
        elif self.from_logits and self.kind == "binary":
            outputs = 1 / (1 + np.exp(-outputs))
        elif self.from_logits:
            powers = np.exp(outputs - outputs.max(axis=1, keepdims=True))
            outputs = powers / powers.sum(axis=1, keepdims=True)
        if outputs.shape[1] == 1:
            return np.hstack([1 - outputs, outputs]), (outputs[:, 0] > 0.5).astype(float)
        return outputs, outputs.argmax(axis=1).astype(float)


# -- checks and copies ------------------------------------------------------------------------------------------------


def _check_model(model, strategy=None):
    """Raise an error for a model that cannot be trained here."""
    if not isinstance(model, Network):
        raise TypeError(
            f"model should be a model, such as keras.Sequential([...]), that was compiled; received {model!r}."
        )
    if not model.compiled:
        raise ValueError(f'{model.name!r} is not compiled: call model.compile(optimizer="adam", loss="mse") first.')
    if isinstance(model.loss, dict | list | tuple) or isinstance(model.input_shape, list | dict):
        raise ValueError(f"{model.name!r} has several inputs or outputs; expected one of each.")
    if strategy == "gradient" and model.loss.reduction not in _MEANS:
        raise ValueError(
            f"strategy='gradient' needs a loss that is the mean over the rows; {model.loss.name} has the reduction "
            f"{model.loss.reduction!r}."
        )


def _own_objects(network):
    """The registered classes and functions of the user's that a model has, by name."""
    text = network.to_json()
    return {name: found for name, found in get_custom_objects().items() if name.rpartition(">")[2] in text}


def _find_lengths(rows, columns, in_arrays):
    """Learn from a first row how many features there are, and how many values a label has, where it is an array."""
    from pyspark.sql import functions

    asked = {"x": columns.length is None, "y": in_arrays}
    for name in [name for name, wanted in asked.items() if wanted]:
        found = rows.where(functions.col(name).isNotNull()).select(functions.size(name)).first()
        if found is None:
            raise ValueError("The table has no row to train on.")
        if name == "x":
            columns.length = found[0]
        else:
            columns.label_length = found[0]


def _sample(vector, columns, shape):
    """x and y of the row in the result of a `work.Count`."""
    real = np.dtype(columns.floatx)
    split = columns.length * real.itemsize
    x = np.frombuffer(vector[:split], real).reshape(1, *shape)
    y = np.frombuffer(vector[split:], np.int64 if columns.whole else real)
    return x, y if columns.label_length is None else y.reshape(1, -1)
