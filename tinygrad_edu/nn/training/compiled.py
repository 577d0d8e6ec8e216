"""A step under XLA: made of the same trace as its flat program, and compared with that on the batch that follows.

A step that XLA cannot take, or that gives something else there, goes on as the flat program, with a warning that says
why: a wrong number is never the price of speed.
"""

import numpy as np

from ...common.warning import warn
from .state import Snapshot, only_rounding, same_calls


class Compiled:
    """The program of an Entry under XLA, from its making to its trust.

    Args:
        kind: "train" or "test".
        step: the Step of a trace.
        outputs: the Nodes of what it returned.
        programs: the Programs of the model.

    Attributes:
        xla: the XlaProgram; None where there is none.
        trusted: whether it was compared with the flat program.
    """

    def __init__(self, kind, step, outputs, programs):
        from ...replay.xla.program import XlaProgram

        self._kind, self._programs, self.xla, self.trusted = kind, programs, None, False
        try:
            self.xla = XlaProgram(step, outputs, programs.device)
            programs.device = self.xla.memory
        except Exception as error:  # whatever it is, training goes on
            self._give_up(_told(error))

    def audit(self, flat, model, arrays, rows):
        """Run both programs on one batch from the same state, and go on from what XLA's left if they agree.

        Args:
            flat: the flat program.
            model: the model.
            arrays: all data.
            rows: the numbers of the rows of the batch, shape (1, rows).
        """
        self.trusted = self.agrees(flat, model, arrays, rows, lambda: self.xla.rehearse_batches(arrays, rows))

    def agrees(self, flat, model, arrays, rows, run):
        """Compare what `run` does with a batch under XLA with the flat program: if they differ, that goes on.

        Args:
            flat, model, arrays, rows: as for `audit`.
            run: a function; it gives the values that the calls of functions after the step would get.
        """
        before = self.snapshot(model, flat)
        flat.pull_changes()
        calls = flat.rehearse(*[array.take(rows[0], axis=0) for array in arrays])
        expected, returned = before.now(), [np.array(value) for value in flat.results]
        before.restore()
        try:
            problem = self._difference(flat, model, arrays, rows, (before, expected), (calls, returned), run)
        except Exception as error:  # whatever it is, training goes on
            problem = _told(error)
        except BaseException:  # Ctrl-C, say
            before.restore()
            raise
        xla = self.xla
        if problem is not None:
            expected.restore()
            self._give_up(problem)
        xla.call(calls)
        return problem is None

    def _difference(self, flat, model, arrays, rows, snapshots, told, run):
        """The first difference in the state that a step under XLA leaves, in words; None where there is none."""
        (before, expected), (calls, returned) = snapshots, told
        self.xla.pull_changes()
        own_calls = run()
        found = before.now()
        wrong = expected.difference(found)
        if wrong and self._kind == "train":
            before.restore()
            gradients = self.xla.gradients_on(arrays, rows)
            found.restore()
            updates = flat.optimizer_steps
            flat_gradients = [flat.gradients(update) for update in updates]
            if only_rounding(model, gradients, updates, flat_gradients, (before, expected, found)):
                wrong = None
        wrong = wrong if same_calls(calls, own_calls, expected.dtype) else wrong or "a metric"
        alike = same_calls([returned], [self.xla.results], expected.dtype)
        wrong = wrong if alike else wrong or "what the step returns"
        return wrong and f"it gives another result for {wrong}"

    def snapshot(self, model, flat):
        """A Snapshot of all that the flat program of the step may change."""
        snapshot = Snapshot(model)
        snapshot.add(flat.updates, flat.generators)
        return snapshot

    def _give_up(self, why):
        """Leave the step to its flat program, and say why."""
        self.xla = None
        if self._kind not in self._programs.not_compiled:
            self._programs.not_compiled[self._kind] = why
            warn(
                f"The {self._kind} step runs as a flat NumPy program, not under XLA: {why.rstrip('.')}. "
                "Leave jit_compile=True out of compile to silence this."
            )


def _told(error):
    """An error in one line."""
    lines = str(error).strip().splitlines() or [""]
    return lines[0] if type(error).__name__ == "TraceError" else f"{type(error).__name__}: {lines[0]}"
