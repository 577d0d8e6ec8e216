"""The interface between training and programs: what `nn` asks of a flat program, whoever wrote it.

A program stands for one kind of step on batches of one shape. `Entry` keeps one for each; `Programs` runs them.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from numpy.typing import NDArray

from ...replay import Update


class StepProgram(Protocol):
    """A step of a model as a program: what it changes are the Variables that the step changes.

    Attributes:
        results: the values that the last run gave, those of its last batch; the next run may overwrite them.
        output_places: where among the results is what the step returned.
        updates: the Tensors that a run changes, beside slots and counters of optimizers.
        generators: the NumPy generators that a run draws from; None is that of `tg.random`.
        optimizer_steps: the Updates of the step, each with its optimizer and its parameters.
        largest_product: how many multiplications the largest matrix product takes, for the number of threads.
        most_batches: how many batches `run_batches` takes at once with profit: 1 where each must be run by itself,
            because Python is called after it, say; None for as many as there are.
        fewest_batches: how many `run_batches` is given at least: so few are run one after the other.
    """

    results: Sequence[Any]
    output_places: Sequence[int]
    updates: Sequence[Any]
    generators: Sequence[Any]
    optimizer_steps: Sequence[Update]
    largest_product: int
    most_batches: int | None
    fewest_batches: int

    def pull_changes(self) -> None:
        """Take in what was changed outside since the last run: new values of weights, gradients that wait."""

    def run(self, *arrays: NDArray[Any]) -> Any:
        """Run on the arrays of a batch, without checks; `pull_changes` came before, if anything may have changed."""

    def run_batches(self, arrays: Sequence[NDArray[Any]], rows: NDArray[Any]) -> None:
        """Run on several batches, one after the other: as if `run` had been called for each.

        All state is then what it would be: weights, slots, counters, running statistics, metric sums, generators of
        random numbers, from which as many were drawn, in the same order. Nobody looks at it between the batches.
        Broken off by an exception, such as Ctrl-C, it leaves the state after some of the batches.

        Args:
            arrays: all data, in the order of the arguments of `run`, each with one row for every sample. The same
                arrays come again for the whole training, and nobody else writes them while this runs.
            rows: the numbers of the rows of each batch, shape (batches, rows of a batch).
        """

    def rehearse(self, *arrays: NDArray[Any]) -> Sequence[Sequence[Any]]:
        """Run on the arrays of a batch without calling Python: the values that the calls would have got."""

    def gradients(self, update: Update) -> Mapping[Any, NDArray[Any]]:
        """The gradients that the last run gave to the optimizer in this one of `optimizer_steps`, by parameter."""

    def same_as(self, other: Any) -> bool:
        """True if another program of the model computes the same from the same Tensors."""
