"""The driver's part of a training: rounds of one job each. The partitions do the work, the driver averages.

"gradient": the partitions give the gradients of their rows at the same weights. Summed and divided by the number of all
rows they are the gradient of the whole, and the driver makes one step: batch descent, as on one machine.

"average": each partition trains for some epochs by itself, and the means of the weights and of the optimizer's memory,
counted by rows, are where all of them go on (local SGD; Stich, 2019).
"""

import numpy as np

from ..nn.training.remarks import warn_of_loss, warn_of_outputs
from . import work
from .state import averaged, figures_of, give, packed, statistics_of, unpacked, variables_of, weights_of


class Rounds:
    """The rounds of a training.

    Args:
        model: the model of the driver, which learns.
        description: its `work.Description`.
        blocks: a table of `work.Packing`, which Spark keeps.
        columns: the Columns that the blocks were made by.
        settings: the values of the Params that matter: a dict.
        held_out: how many rows there are to validate on.

    Attributes:
        history: by name of a figure its values, one a round.
        rows: by worker how many rows it was trained on, over all rounds.
    """

    def __init__(self, model, description, blocks, columns, settings, held_out):
        self.model, self.description, self.blocks, self.columns = model, description, blocks, columns
        self.settings, self.held_out = settings, held_out
        self.history, self.rows = {}, {}

    def run(self, backup=None):
        """Train for all epochs, from the beginning or from a backup."""
        variables = variables_of(self.model)
        warn_of_outputs(self.model)
        epoch = self._go_on(backup, variables)
        while epoch < self.settings["epochs"]:
            epochs = min(self._epochs_a_round(), self.settings["epochs"] - epoch)
            results = gathered(self.blocks, self._task(epoch, epochs))
            self._take_held_out(results)
            self._take(results)
            epoch += epochs
            if backup is not None:
                backup.write(epoch, self.history, self.rows, packed(variables))
            if warn_of_loss(self.history["loss"][-1], epoch - 1):
                break
        self.model.optimizer.finalize_variable_values(self.model.trainable_weights)
        self._validate()

    def _go_on(self, backup, variables):
        """The epoch to begin with: 0, or that of the backup, whose state the model gets."""
        kept = backup.read() if backup is not None else None
        if kept is None:
            return 0
        epoch, self.history, self.rows, state = kept
        give(variables, unpacked(state, variables))
        return epoch

    def _epochs_a_round(self):
        return self.settings["localEpochs"] if self.settings["strategy"] == "average" else 1

    # -- jobs --------------------------------------------------------------------------------------------------

    def _shape(self):
        return tuple(self.model.input_shape[1:])

    def _task(self, epoch, epochs):
        """The partitions' part of the next round, which begins with this epoch; its number seeds what they draw."""
        common = self.columns, self._shape(), self.description
        options = {"number": epoch, "seed": self.settings["seed"], "fraction": self.settings["fraction"]}
        options["validate"] = bool(self.held_out and self.history)
        if self.settings["strategy"] == "gradient":
            return work.Gradient(*common, packed(weights_of(self.model)), **options)
        options |= {"epochs": epochs, "batch_size": self.settings["batchSize"]}
        return work.LocalEpochs(*common, packed(variables_of(self.model)), **options)

    # -- what comes back ---------------------------------------------------------------------------------------

    def _take(self, results):
        """Go on from what the partitions gave, and note the figures of the round."""
        results = [row for row in results if row["rows"]]
        if not results:
            raise ValueError(
                f"fraction={self.settings['fraction']} chose no row at all in this round: give a larger share."
            )
        counts = [row["rows"] for row in results]
        if self.settings["strategy"] == "gradient":
            self._step(results, sum(counts))
        else:
            variables = variables_of(self.model)
            give(variables, averaged([row["vector"] for row in results], counts, variables))
        self.model.constrain()
        for name, value in figures_of(self.model, [row["sums"] for row in results]).items():
            self.history.setdefault(name, []).append(value)
        for row in results:
            self.rows[row["worker"]] = self.rows.get(row["worker"], 0) + row["rows"]

    def _step(self, results, count):
        """One step of the optimizer with the gradient of all rows; the statistics of the layers become their means."""
        weights, statistics = self.model.trainable_weights, statistics_of(self.model)
        like = [_Float64(variable) for variable in (*weights, *statistics)]
        sums = [sum(parts) / count for parts in zip(*[unpacked(row["vector"], like) for row in results])]
        gradients = [mean.astype(weight.dtype) for mean, weight in zip(sums, weights)]
        self.model.optimizer.apply(gradients, weights, weight=count)
        give(statistics, [mean.astype(v.dtype) for mean, v in zip(sums[len(weights) :], statistics)])

    def _take_held_out(self, results):
        """Note the figures of the rows held out, which are those of the round before."""
        found = [row["held_out_sums"] for row in results if row["held_out"] and row["held_out_sums"]]
        for name, value in figures_of(self.model, found).items() if found else ():
            self.history.setdefault(f"val_{name}", []).append(value)

    def _validate(self):
        """The figures of the rows held out, for the last state."""
        if self.held_out and self.history:
            state = packed(variables_of(self.model))
            task = work.Evaluation(self.columns, self._shape(), self.description, state)
            self._take_held_out(gathered(self.blocks, task))


class _Float64:
    """Stands for a Variable whose values travel in float64."""

    def __init__(self, variable):
        self.shape, self.size, self.dtype = variable.shape, variable.size, np.dtype("float64")


def gathered(blocks, task):
    """The rows that the partitions gave for a task, in the order of the partitions, as dicts.

    Raises:
        ValueError: something was wrong in one of them.
    """
    results = [row.asDict() for row in blocks.mapInArrow(task, work.RESULT).collect()]
    problem = next((row["problem"] for row in results if row["problem"]), None)
    if problem:
        raise ValueError(problem)
    return sorted(results, key=lambda row: row["part"])
