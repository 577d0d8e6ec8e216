"""The work of a partition in Spark: functions from batches of rows to one row of results, shipped in the closure.

A model arrives as the text of its configuration, which is what its file has, and as one vector; it is built once in a
process. `Packing` makes blocks of plain numbers of the rows, checked, which Spark keeps; the others read the blocks.
All of them are functions of what they were given alone, so Spark may run a part again when a machine is lost.
"""

import os
import socket
import warnings

import numpy as np

from ..common import random
from ..common.floats import set_floatx
from ..engine.autodiff import propagate
from ..nn.callbacks import Callback
from ..nn.initializers import replaced_by
from ..nn.saving import model_from_json
from .columns import rows_of, sample_row
from .state import give, packed, statistics_of, sums_of, unpacked, variables_of, weights_of

BLOCK = "held_out boolean, rows long, x binary, y binary, invalid long, sample string"
RESULT = "part int, worker string, rows long, held_out long, invalid long, sample string, vector binary, sums string"
RESULT += ", held_out_sums string, problem string"
AT_ONCE = 1024  # rows that run through the model together where no batch size says so
_KEPT = 2  # models that a process keeps between the rounds, with their programs

_models = {}  # of this process, by description


class Description:
    """A model as it travels: what it is made of, without values.

    Args:
        text: its configuration as JSON, with how it is compiled.
        custom_objects: the user's own classes and functions in it, by name; Spark ships them like any code.
        floatx: the float type.
    """

    def __init__(self, text, custom_objects, floatx):
        self.text, self.custom_objects, self.floatx = text, custom_objects, floatx

    def model(self):
        """The model, made once in a process: its programs stay from round to round."""
        set_floatx(self.floatx)
        key = self.floatx, self.text
        if key not in _models:
            while len(_models) >= _KEPT:
                del _models[next(iter(_models))]
            with replaced_by(np.zeros):
                _models[key] = model_from_json(self.text, self.custom_objects)
        return _models[key]


def partition_number():
    """The number of the partition whose rows this process has."""
    from pyspark import TaskContext

    return TaskContext.get().partitionId()


# -- rows to blocks ---------------------------------------------------------------------------------------------------


class Packing:
    """Rows of a table to blocks of numbers, without the rows that cannot be used: `mapInArrow` calls it.

    Args:
        columns: the Columns.
    """

    def __init__(self, columns):
        self.columns = columns

    def __call__(self, batches):
        for batch in batches:
            x, y, wrong = rows_of(batch, self.columns)
            usable = np.ones(len(x), bool)
            usable[[i for i, _ in wrong]] = False
            sample = f"{wrong[0][1]} in the row ({sample_row(batch, wrong[0][0], self.columns)})" if wrong else None
            held_out = np.asarray(batch.column("held_out").fill_null(False))
            blocks = []
            for flag in (False, True):
                rows = usable & (held_out == flag)
                invalid, said = (0, None) if flag else (len(wrong), sample)
                if rows.any() or invalid:
                    parts = x[rows].tobytes(), np.ascontiguousarray(y[rows]).tobytes()
                    blocks.append([flag, int(rows.sum()), *parts, invalid, said])
            yield _batch(blocks, BLOCK)


def _batch(rows, schema):
    """Rows of values as a RecordBatch of a schema in the words of Spark."""
    import pyarrow

    kinds = {"boolean": pyarrow.bool_(), "int": pyarrow.int32(), "long": pyarrow.int64()}
    kinds |= {"string": pyarrow.string(), "binary": pyarrow.binary()}
    fields = [(name, kinds[kind]) for name, kind in (field.split() for field in schema.split(", "))]
    columns = zip(*rows) if rows else [[]] * len(fields)
    arrays = [pyarrow.array(list(values), kind) for values, (_, kind) in zip(columns, fields)]
    return pyarrow.RecordBatch.from_arrays(arrays, names=[name for name, _ in fields])


# -- blocks to one row ------------------------------------------------------------------------------------------------


class OfPartition:
    """Base of what is done with the blocks of a partition: `mapInArrow` calls it, and gets one row.

    Args:
        columns: the Columns that the blocks were made by.
        shape: of one sample, as the model takes it.
    """

    def __init__(self, columns, shape):
        self.columns, self.shape = columns, shape

    def __call__(self, batches):
        found = dict.fromkeys(field.split()[0] for field in RESULT.split(", "))
        found |= {"part": partition_number(), "worker": f"{socket.gethostname()}:{os.getpid()}"}
        blocks = [block for batch in batches for block in batch.to_pylist()]
        if blocks:
            try:
                with warnings.catch_warnings(), np.errstate(all="ignore"):
                    warnings.simplefilter("ignore")  # the driver says them, once
                    found |= self.run(blocks)
            except (TypeError, ValueError) as error:  # of the data or the model: Spark would try it again in vain
                found["problem"] = f"{error}"
            yield _batch([list(found.values())], RESULT)

    def run(self, blocks):
        """The result of the blocks: a dict of entries of the row."""
        raise NotImplementedError

    def arrays(self, blocks, held_out):
        """x and y of the rows that are held out for validation, or of the others."""
        chosen = [block for block in blocks if block["held_out"] == held_out and block["rows"]]
        dtype = np.dtype(self.columns.floatx)
        x = np.concatenate([np.frombuffer(block["x"], dtype) for block in chosen] or [np.zeros(0, dtype)])
        label = np.dtype("int64") if self.columns.whole else dtype
        y = np.concatenate([np.frombuffer(block["y"], label) for block in chosen] or [np.zeros(0, label)])
        length = self.columns.label_length
        return x.reshape(-1, *self.shape), y if length is None else y.reshape(-1, length)


class Count(OfPartition):
    """How many rows there are, how many cannot be used and why, and one of them as a sample."""

    def run(self, blocks):
        samples = [block["sample"] for block in blocks if block["sample"]]
        counts = {flag: sum(block["rows"] for block in blocks if block["held_out"] == flag) for flag in (False, True)}
        found = {"rows": counts[False], "held_out": counts[True], "invalid": sum(block["invalid"] for block in blocks)}
        x, y = self.arrays(blocks[:1], held_out=blocks[0]["held_out"])
        return found | {"sample": samples[0] if samples else None, "vector": packed([x[:1], y[:1]])}


class Evaluation(OfPartition):
    """The sums of the metrics over the rows that are held out.

    Args:
        description: the Description of the model.
        state: the values of its `state.weights_of`, or more of `state.variables_of`, as bytes.
    """

    def __init__(self, columns, shape, description, state):
        super().__init__(columns, shape)
        self.description, self.state = description, state

    def run(self, blocks):
        model = self.description.model()
        self.give_state(model)
        return self.evaluated(model, blocks)

    def give_state(self, model):
        """Give the model the state that came with the job."""
        variables = variables_of(model)
        give(variables, unpacked(self.state, variables))

    def evaluated(self, model, blocks):
        """The entries of the row that tell of the rows held out."""
        x, y = self.arrays(blocks, held_out=True)
        if not len(x):
            return {"held_out": 0}
        model.evaluate(x, y, batch_size=AT_ONCE, verbose=0)
        return {"held_out": len(x), "held_out_sums": sums_of(model)}


class Training(Evaluation):
    """Base of a partition's part of a round.

    Args:
        number: the number of the round, from 0.
        seed: the seed of the training.
        fraction: the share of the rows that takes part, chosen by chance.
        validate: whether the model is measured on the rows held out, before it is trained.
    """

    def __init__(self, columns, shape, description, state, number, seed, fraction=1.0, validate=False):
        super().__init__(columns, shape, description, state)
        self.number, self.seed, self.fraction, self.validate = number, seed, fraction, validate

    def run(self, blocks):
        model = self.description.model()
        self.give_state(model)
        found = self.evaluated(model, blocks) if self.validate else {}
        chance = self._seed_all(model)
        x, y = self.arrays(blocks, held_out=False)
        if self.fraction < 1:
            chosen = chance.random(len(x)) < self.fraction
            x, y = x[chosen], y[chosen]
        return found | {"rows": len(x)} | (self.trained(model, x, y) if len(x) else {})

    def _seed_all(self, model):
        """Seed every generator by the seed, the round and the partition; one more is given back."""
        own = [variable for variable in model.variables if isinstance(variable, random.GeneratorState)]
        seeds = np.random.SeedSequence([self.seed, self.number, partition_number()]).generate_state(2 + len(own))
        random.seed(int(seeds[0]))
        for variable, seed in zip(own, seeds[2:]):
            variable.assign(random.GeneratorState(np.random.default_rng(seed)).array)
        return np.random.default_rng(seeds[1])

    def trained(self, model, x, y):
        """The result of training on these rows: a dict of entries of the row."""
        raise NotImplementedError


class Gradient(Training):
    """The gradients of a partition, times its rows, and its statistics of layers times its rows, in float64."""

    def give_state(self, model):
        """The optimizer stays with the driver: the state is that of the layers."""
        give(weights_of(model), unpacked(self.state, weights_of(model)))

    def trained(self, model, x, y):
        x, y, _ = model.prepare(x, y)
        model.reset_metrics()
        weights, statistics = model.trainable_weights, statistics_of(model)
        sums = [np.zeros(weight.shape) for weight in weights]
        for start in range(0, len(x), AT_ONCE):
            part, targets = x[start : start + AT_ONCE], y[start : start + AT_ONCE]
            predictions = model(part, training=True)
            loss = model.compute_loss(part, targets, predictions)
            gradients = propagate([loss])
            for total, weight in zip(sums, weights):
                total += len(part) * gradients.get(weight, np.zeros(weight.shape))
            model.compute_metrics(targets, predictions, None, loss)
        statistics = [len(x) * variable.array.astype(float) for variable in statistics]
        return {"vector": packed([*sums, *statistics]), "sums": sums_of(model)}


class LocalEpochs(Training):
    """The state after some epochs on the rows of a partition, by the same programs as `fit` elsewhere.

    Args:
        epochs: how many.
        batch_size: rows a step.
    """

    def __init__(self, *common, epochs, batch_size, **options):
        super().__init__(*common, **options)
        self.epochs, self.batch_size = epochs, batch_size

    def trained(self, model, x, y):
        last = _Last()
        model.fit(x, y, batch_size=self.batch_size, epochs=self.epochs, verbose=0, callbacks=[last])
        return {"vector": last.state, "sums": last.sums}


class _Last(Callback):
    """The state after the last epoch, before `fit` makes the end of its training of it."""

    changes_model = False

    def on_epoch_end(self, epoch, logs=None):
        self.state, self.sums = packed(variables_of(self.model)), sums_of(self.model)


# -- predictions ------------------------------------------------------------------------------------------------------


class Prediction:
    """Features to outputs and predictions, as `arrow_udf` calls it: an array of a column to a struct of two.

    Args:
        columns, shape, description: as for the others.
        state: the values of `state.weights_of` as bytes.
        reading: what becomes of the outputs: a function of them.
        strict: whether a row that cannot be used is an error; else its prediction is null.
    """

    def __init__(self, columns, shape, description, state, reading, strict):
        self.columns, self.shape, self.description, self.state = columns, shape, description, state
        self.reading, self.strict = reading, strict

    def __call__(self, column):
        import pyarrow
        import pyarrow.compute

        batch = pyarrow.RecordBatch.from_arrays([column], names=["x"])
        x, _, wrong = rows_of(batch, self.columns)
        if wrong and self.strict:
            i, problem = wrong[0]
            raise ValueError(
                f"{problem} in the row ({sample_row(batch, i, self.columns)}): mend it, or leave such rows out with "
                'handleInvalid="skip".'
            )
        unfit = np.zeros(len(x), bool)
        unfit[[i for i, _ in wrong]] = True
        outputs, predictions = self._of(x)
        width = outputs.shape[1]
        ends = pyarrow.array(np.arange(len(x) + 1, dtype=np.int32) * width)
        lists = pyarrow.ListArray.from_arrays(ends, pyarrow.array(outputs.astype(float).reshape(-1)))
        numbers = predictions
        if predictions.ndim == 2:
            numbers = pyarrow.ListArray.from_arrays(ends, pyarrow.array(predictions.astype(float).reshape(-1)))
        else:
            numbers = pyarrow.array(predictions.astype(float))
        found = pyarrow.StructArray.from_arrays([numbers, lists], names=["prediction", "outputs"])
        return pyarrow.compute.if_else(pyarrow.array(unfit), pyarrow.scalar(None, found.type), found)

    def _of(self, x):
        """The outputs of the model, shape (rows, outputs), and the predictions read from them."""
        model = self.description.model()
        give(weights_of(model), unpacked(self.state, weights_of(model)))
        if not len(x):
            x = np.zeros((1, self.columns.length), x.dtype)
            outputs, predictions = self._of(x)
            return outputs[:0], predictions[:0]
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            outputs = model.predict(x.reshape(-1, *self.shape), batch_size=AT_ONCE, verbose=0)
        return self.reading(outputs.reshape(len(outputs), -1))
