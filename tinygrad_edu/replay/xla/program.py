"""The program under XLA: the same step, for one batch or for many in a loop that never returns to Python."""

from contextlib import contextmanager
from functools import partial

import numpy as np

from ...common.warning import warn
from . import drawing
from .device import find_jax, settings
from .memory import DeviceMemory
from .numbers import upcoming
from .traced import Traced

AT_ONCE = 1 << 26  # bytes of random numbers, or of values for functions of Python, that a call takes or gives


class XlaProgram:
    """A step for XLA, with the interface of a flat program.

    Args:
        step: the Step.
        outputs: the Nodes of what it returns.
        memory: the DeviceMemory that the programs of a model share; its own by default.

    Attributes:
        results: the values that the last run gave, as arrays.
        output_places: where among the results the outputs are.
        vectors: the Vectors of its optimizers.
    """

    largest_product = 0  # XLA has threads of its own

    def __init__(self, step, outputs, memory=None):
        self._jax = find_jax()
        self.memory = memory or DeviceMemory(self._jax)
        self.traced, self.results, self._gradients = Traced(step, outputs), [], {}
        self.output_places = self.traced.output_places
        self.optimizer_steps = list(self.traced.updates)
        self.vectors = [v for own in self.optimizer_steps for group in own.groups for v in group.vectors()]
        self._loop = self._jax.jit(partial(_loop, self._jax, self.traced, False), donate_argnums=0)
        self._drawn_bytes = _bytes(self.traced.draws)
        self._bytes = self._drawn_bytes + _bytes(self.traced.results if self.traced.calls else ())  # of a batch
        self._said = False

    @property
    def most_batches(self):
        """How many batches it takes at once; None for as many as there are."""
        return max(1, AT_ONCE // self._bytes) if self._bytes else None

    @property
    def takes_single_batches(self):
        """True if it is to run on a batch by itself too: on the processor NumPy's program is as fast there."""
        return self._jax.default_backend() != "cpu"

    def pull_changes(self):
        """Take in what changed outside since the last run: nothing to do, as each run looks for itself."""
        for update in self.optimizer_steps:
            update.optimizer.weigh_waiting(update.groups, update.weight)
        for vector in self.vectors:
            vector.pull_changes()

    def run(self, *arrays):
        """Run on the arrays of a batch."""
        self.call(self.rehearse(*arrays))
        return self.results

    def run_batches(self, arrays, rows):
        """Run on several batches, one after the other; see `StepProgram`."""
        epoch = self._drawn_bytes * (len(arrays[0]) // max(rows.shape[1], 1))
        draw = drawing.by_device if epoch > AT_ONCE and drawing.known(self.traced.draws) else drawing.by_host
        if draw is drawing.by_device and not self._said:
            self._said = True
            warn(
                f"The random numbers of an epoch take {epoch / 2**20:.0f} MB: XLA draws them itself, and they are not "
                "those of the flat program. Everything else is the same."
            )
        for piece in self._pieces(arrays, rows):
            for calls in self._run(*piece, draw=draw):
                self.call(calls)

    def rehearse(self, *arrays):
        """Run on a batch without calling Python: the values that the calls would have got."""
        with settings(self._jax):
            data = [self._jax.device_put(np.array(array)) for array in arrays]
        return self._run(data, np.arange(len(arrays[0]))[None], 1)[0]

    def rehearse_batches(self, arrays, rows):
        """The same for one batch that is cut from all data."""
        return self._run(*next(self._pieces(arrays, rows)))[0]

    def call(self, values):
        """Call the functions that a step calls after it, each with these values."""
        for (function, _), of_one in zip(self.traced.calls, values):
            function(*of_one)

    def _pieces(self, arrays, rows):
        """The data on the device, the rows of batches in it, and for how many batches the loop is compiled.

        All at once, or, of more data than there is room for, so many batches after so many: while one lot is computed
        with, the next is under way to the device.
        """
        most = max(len(arrays[0]) // max(rows.shape[1], 1), len(rows))
        most = most if self.most_batches is None else min(most, self.most_batches)
        if self.memory.has_room(arrays):
            with settings(self._jax):
                data = self.memory.data(arrays)
            yield data, rows, most
            return
        of_batch = sum(array[:1].nbytes for array in arrays) * rows.shape[1]
        most = max(1, min(most, AT_ONCE // max(of_batch, 1)))
        lots = [rows[i : i + most] for i in range(0, len(rows), most)]
        sent = self._sent(arrays, lots[0], most)
        for lot, following in zip(lots, [*lots[1:], None]):
            data, sent = sent, None if following is None else self._sent(arrays, following, most)
            yield data, np.arange(lot.size).reshape(lot.shape), most

    def _sent(self, arrays, rows, most):
        """The rows of these batches on the device, in arrays for `most` of them."""
        places = np.zeros(most * rows.shape[1], np.intp)
        places[: rows.size] = rows.reshape(-1)
        with settings(self._jax):
            return [self._jax.device_put(np.asarray(array[places])) for array in arrays]

    def _run(self, data, rows, capacity, loop=None, draw=drawing.by_host):
        """Run on batches of data that are on the device; the loop is compiled for `capacity` of them.

        Returns:
            For each batch the values that its calls would get.
        """
        jax, traced, memory = self._jax, self.traced, self.memory
        count, padded = len(rows), np.zeros((capacity, rows.shape[1]), np.int32)
        padded[:count] = rows
        with self.undone_by_errors():
            columns = np.zeros((capacity, len(traced.columns)))
            columns[:count] = upcoming([(traced, 1)], count)[0][:, 0]
            with settings(jax):
                draws = draw(jax, traced.draws, count, capacity)
                state = memory.take(traced.changed)
                outside = memory.read(traced.outside), traced.constants
                state, last, kept = (loop or self._loop)(state, data, padded, columns, draws, outside, np.int32(count))
                memory.give(traced.changed, state, self.vectors)
                self.results = [np.array(value)[()] for value in last]
                kept = [np.asarray(values) for values in kept]
        return [[self._values(of_one, kept, i) for _, of_one in traced.calls] for i in range(count)]

    @property
    def alone(self):
        """True if Python has nothing to do between its runs: it draws nothing, and is not called."""
        return not (self.traced.draws or self.traced.calls)

    def _values(self, values, kept, i):
        """The arguments with which a function is called after the i-th batch."""
        return [plain if place is None else np.array(kept[place][i])[()] for place, plain in values]

    @contextmanager
    def undone_by_errors(self):
        """A context that gives counters and generators of random numbers their former states if an error ends it."""
        counters = [(v, v.array) for update in self.optimizer_steps for v in update.optimizer.state_variables]
        generators = [(bits, bits.state) for bits in self._bit_generators()]
        try:
            yield
        except BaseException:
            for variable, array in counters:
                if not variable.ndim:
                    variable.replace(np.asarray(array))
            for bits, state in generators:
                bits.state = state
            raise

    def _bit_generators(self):
        from ...common import random

        own = [random.generator() if g is None else g for g in self.traced.generators]
        return list(dict.fromkeys(g.bit_generator for g in own))

    def gradients(self, update):
        """The gradients that the last `gradients_on` gave to an Update, by parameter."""
        return self._gradients[update]

    def gradients_on(self, arrays, rows):
        """Run on one batch by a loop that gives the gradients too; this program, which then has them."""
        loop = self._jax.jit(partial(_loop, self._jax, self.traced, True))
        self._run(*next(self._pieces(arrays, rows)), loop)
        found, self.results = self.results[len(self.traced.results) :], self.results[: len(self.traced.results)]
        for update, own in self.traced.updates.items():
            self._gradients[update] = dict(zip(own.gradients, found))
            found = found[len(own.gradients) :]
        return self

    def same_as(self, other):
        """True if another program is this one."""
        return other is self


def _bytes(nodes):
    return sum(int(np.prod(node.shape)) * node.dtype.itemsize for node in nodes)


def _loop(jax, traced, with_gradients, state, data, rows, columns, draws, outside, count):
    """The steps on `count` batches: state, the results of the last, and those of all where functions want them."""
    lax, jnp = jax.lax, jax.numpy
    capacity, wanted = len(rows), traced.results if traced.calls else []
    more = [node for own in traced.updates.values() for node in own.gradients.values()] if with_gradients else []

    def step(i, carry):
        state, _, kept = carry
        arrays = [jnp.take(array, rows[i], axis=0, mode="clip") for array in data]
        now = [columns[i, k] for k in range(columns.shape[1])]
        new, results = traced.apply(
            jax, dict(zip(traced.changed, state)), arrays, now, [draw[i] for draw in draws], *outside, more
        )
        kept = [values.at[i].set(value) for values, value in zip(kept, results)]
        return [new[tensor] for tensor in traced.changed], results, kept

    last = [jnp.zeros(node.shape, node.dtype) for node in [*traced.results, *more]]
    kept = [jnp.zeros((capacity, *node.shape), node.dtype) for node in wanted]
    return lax.fori_loop(0, count, step, (state, last, kept))
