"""Whole epochs in one call: the steps of the batches and the shorter one at the end, over and over, without Python."""

from functools import partial

import numpy as np

from .device import find_jax, settings
from .numbers import upcoming

_ORDERS = 1 << 16  # numbers of rows that a call is compiled for: so many epochs as they make
_MOST = 64  # epochs in a call


class XlaEpochs:
    """The epochs of a training in which nobody looks at anything before their end.

    Args:
        main: the XlaProgram of whole batches.
        rest: that of the shorter batch at the end, or None.
        figures: the Variables that begin anew with each epoch, such as sums of metrics: their values after each epoch
            are what a call gives.
        rows, size: how many rows the data and a whole batch have.

    Attributes:
        most: how many epochs a call takes.
    """

    def __init__(self, main, rest, figures, rows, size):
        self._jax, self._main = find_jax(), main
        self._steps = [program.traced for program in (main, rest) if program is not None]
        self._cuts = [(rows // size, size), (1, rows % size)][: len(self._steps)]  # batches of each, and their rows
        self._changed = list(dict.fromkeys(tensor for step in self._steps for tensor in step.changed))
        self._figures = [variable for variable in figures if variable in set(self._changed)]
        self._vectors = list(dict.fromkeys(v for p in (main, rest) if p is not None for v in p.vectors))
        self._loop = self._jax.jit(
            partial(_epochs, self._jax, self._steps, self._changed, self._figures), donate_argnums=0
        )
        self.most = max(1, min(_MOST, _ORDERS // max(rows, 1)))

    def run(self, arrays, orders):
        """Run some epochs; the figures have the values with which each epoch begins.

        Args:
            arrays: all data.
            orders: for each epoch the numbers of the rows in their order: all, or for a part of an epoch those of
                some whole batches, or of the shorter one.

        Returns:
            For each epoch a dict from each of the figures to its value.
        """
        jax, memory, count = self._jax, self._main.memory, len(orders)
        cut, times = self._cut(orders)
        with self._main.undone_by_errors():
            columns = self._columns(count, times)
            with settings(jax):
                data = memory.data(arrays)
                begin = [np.array(variable.array) for variable in self._figures]
                state = memory.take(self._changed)
                outside = [(memory.read(step.outside), step.constants) for step in self._steps]
                counts = np.array([count, *times], np.int32)
                state, figures = self._loop(state, begin, data, cut, columns, outside, counts)
                memory.give(self._changed, state, self._vectors)
                figures = [np.asarray(values) for values in figures]
        return [{v: np.array(of_one[e]) for v, of_one in zip(self._figures, figures)} for e in range(count)]

    def _cut(self, orders):
        """The numbers of the rows of each batch: the whole ones and the shorter one; and how many an epoch has."""
        tables = [np.empty((self.most, *cut), np.int32) for cut in self._cuts]
        times, start = [], 0
        for table, (batches, rows) in zip(tables, self._cuts):
            times.append(min(batches, (len(orders[0]) - start) // rows))
            stop = start + times[-1] * rows
            for of_epoch, order in zip(table, orders):
                of_epoch[: times[-1]] = order[start:stop].reshape(-1, rows)
            start = stop
        return tables, times

    def _columns(self, count, times):
        """The numbers of every step, for each epoch: those of the whole batches, and those of the last."""
        tables = [np.zeros((self.most, n, len(step.columns))) for step, (n, _) in zip(self._steps, self._cuts)]
        for table, values, n in zip(tables, upcoming(list(zip(self._steps, times)), count), times):
            table[:count, :n] = values
        return tables


def _epochs(jax, steps, changed, figures, state, begin, data, cut, columns, outside, counts):
    """The epochs: the state after them, and the figures after each.

    Args:
        counts: how many epochs there are, how many whole batches each has, and how many shorter ones.
    """
    lax, jnp = jax.lax, jax.numpy

    def step(traced, outside, state, rows, row):
        arrays = [jnp.take(array, rows, axis=0, mode="clip") for array in data]
        now = [row[k] for k in range(len(traced.columns))]
        new, _ = traced.apply(jax, dict(zip(changed, state)), arrays, now, [], *outside)
        return [new[tensor] for tensor in changed]

    def epoch(e, carry):
        state, found = carry
        known = dict(zip(changed, state)) | dict(zip(figures, begin))
        state = [known[tensor] for tensor in changed]
        for traced, of_one, rows, table, count in zip(steps, outside, cut, columns, counts[1:]):
            state = lax.fori_loop(
                0, count, lambda i, s, t=traced, o=of_one, r=rows[e], n=table[e]: step(t, o, s, r[i], n[i]), state
            )
        known = dict(zip(changed, state))
        return state, [values.at[e].set(known[v]) for values, v in zip(found, figures)]

    found = [jnp.zeros((len(columns[0]), *value.shape), value.dtype) for value in begin]
    return lax.fori_loop(0, counts[0], epoch, (state, found))
