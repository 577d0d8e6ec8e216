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
    """

    def __init__(self, main, rest, figures):
        self._jax, self._main, self._rest, self.memory = find_jax(), main, rest, main.memory
        self._steps = [program.traced for program in (main, rest) if program is not None]
        self._changed = list(dict.fromkeys(tensor for step in self._steps for tensor in step.changed))
        self._figures = [variable for variable in figures if variable in set(self._changed)]
        self._vectors = list(dict.fromkeys(v for p in (main, rest) if p is not None for v in p.vectors))
        self._loop = self._jax.jit(
            partial(_epochs, self._jax, self._steps, self._changed, self._figures), donate_argnums=0
        )

    def most(self, rows):
        """How many epochs of so many rows a call takes."""
        return max(1, min(_MOST, _ORDERS // max(rows, 1)))

    def run(self, arrays, orders, size):
        """Run some epochs; the figures have the values with which each epoch begins.

        Args:
            arrays: all data.
            orders: for each epoch the numbers of the rows in their order.
            size: the rows of a whole batch.

        Returns:
            For each epoch a dict from each of the figures to its value.
        """
        jax, most, count, rows = self._jax, self.most(len(orders[0])), len(orders), len(orders[0])
        padded = np.zeros((most, rows), np.int32)
        padded[:count] = orders
        whole = rows // size
        with self._main.undone_by_errors():
            columns = self._columns(count, most, whole)
            with settings(jax):
                data = self.memory.data(arrays)
                begin = [jax.device_put(np.array(variable.array)) for variable in self._figures]
                state = self.memory.take(self._changed)
                outside = [(self.memory.read(step.outside), step.constants) for step in self._steps]
                cut = padded[:, : whole * size].reshape(most, whole, size), padded[:, whole * size :]
                state, figures = self._loop(state, begin, data, cut, columns, outside, np.int32(count))
                self.memory.give(self._changed, state, self._vectors)
                figures = [np.asarray(values) for values in figures]
        return [{v: np.array(of_one[e]) for v, of_one in zip(self._figures, figures)} for e in range(count)]

    def _columns(self, count, most, whole):
        """The numbers of every step, for each epoch: those of the whole batches, and those of the last."""
        times = [whole, *[1 for _ in self._steps[1:]]]
        tables = [np.zeros((most, n, len(step.columns))) for step, n in zip(self._steps, times)]
        for table, values in zip(tables, upcoming(list(zip(self._steps, times)), count)):
            table[:count] = values
        return tables


def _epochs(jax, steps, changed, figures, state, begin, data, cut, columns, outside, count):
    """The epochs, `count` of them: the state after them, and the figures after each."""
    lax, jnp, (main, *rest) = jax.lax, jax.numpy, steps
    (batches, ends), (numbers, *of_ends) = cut, columns

    def step(traced, outside, state, rows, row):
        arrays = [jnp.take(array, rows, axis=0, mode="clip") for array in data]
        now = [row[k] for k in range(len(traced.columns))]
        new, _ = traced.apply(jax, dict(zip(changed, state)), arrays, now, [], *outside)
        return [new[tensor] for tensor in changed]

    def epoch(e, carry):
        state, found = carry
        known = dict(zip(changed, state)) | dict(zip(figures, begin))
        state = [known[tensor] for tensor in changed]
        order, table = batches[e], numbers[e]
        state = lax.fori_loop(0, len(order), lambda i, state: step(main, outside[0], state, order[i], table[i]), state)
        if rest:
            state = step(rest[0], outside[1], state, ends[e], of_ends[0][e, 0])
        known = dict(zip(changed, state))
        return state, [values.at[e].set(known[v]) for values, v in zip(found, figures)]

    found = [jnp.zeros((len(batches), *value.shape), value.dtype) for value in begin]
    return lax.fori_loop(0, count, epoch, (state, found))
