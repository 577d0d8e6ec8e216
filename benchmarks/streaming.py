"""Data that does not lie in memory: a Parquet file that is trained on from the disk, and a generator, against arrays.

The file lies in the system's folder for temporary files and is deleted afterwards. The bench makes a small one; the
4 GB for which it is meant:

    python -m benchmarks.streaming 4096
"""

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np

from .harness import Case

FEATURES, BATCH, GROUP = 20, 256, 250_000
MEGABYTES = 64


def rows_of(megabytes):
    return megabytes * (1 << 20) // (4 * (FEATURES + 1))


def rows(count, seed):
    """x and y of a problem that can be learned."""
    x = np.random.default_rng(seed).standard_normal((count, FEATURES), dtype=np.float32)
    return x, (x[:, 0] * x[:, 1] + x[:, 2] > 0).astype(np.float32)


def write(path, megabytes):
    """A Parquet file of about so many megabytes."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    names = [f"x{i}" for i in range(FEATURES)]
    schema = pa.schema([(name, pa.float32()) for name in [*names, "y"]])
    x, y = rows(min(GROUP, rows_of(megabytes)), 0)
    with pq.ParquetWriter(path, schema, use_dictionary=False) as writer:  # no two numbers are alike
        for start in range(0, rows_of(megabytes), GROUP):
            count = min(GROUP, rows_of(megabytes) - start)
            writer.write_table(pa.table([*x[:count].T, y[:count]], schema=schema), row_group_size=GROUP)


class Peak:
    """The most memory that the process has while it runs, in MB: its own, without files that are mapped."""

    def __enter__(self):
        self.before, self.most, self._ended = _memory(), 0.0, threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def _watch(self):
        while not self._ended.wait(0.01):
            self.most = max(self.most, _memory())

    def __exit__(self, *problem):
        self._ended.set()
        self._thread.join()

    @property
    def more(self):
        return max(self.most - self.before, 0.0)


def _memory():
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("RssAnon"))


def network():
    """A compiled model that has trained a little."""
    from tinygrad_edu import keras

    hidden = [keras.layers.Dense(64, activation="relu") for _ in range(2)]
    model = keras.Sequential([keras.Input((FEATURES,)), *hidden, keras.layers.Dense(1, activation="sigmoid")])
    model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    model.fit(*rows(4 * BATCH, 0), batch_size=BATCH, verbose=0)
    return model


def from_parquet(path, megabytes):
    """µs a step, and the memory over that of the model, of one epoch from the file."""
    from tinygrad_edu import data

    model = network()
    with Peak() as peak:
        stream = data.stream(path, target="y", batch_size=BATCH)
        start = time.perf_counter()
        model.fit(stream, verbose=0)
        seconds = time.perf_counter() - start
    return [seconds / len(stream) * 1e6, peak.more]


def from_arrays(path, megabytes):
    """The same from arrays."""
    x, y = rows(rows_of(megabytes), 1)
    model = network()
    with Peak() as peak:
        start = time.perf_counter()
        model.fit(x, y, batch_size=BATCH, verbose=0)
        seconds = time.perf_counter() - start
    return [seconds / -(-len(x) // BATCH) * 1e6, peak.more + (x.nbytes + y.nbytes) / 2**20]


WAYS = {"arrays in memory": from_arrays, "stream from Parquet": from_parquet}
case = Case(
    "streaming",
    f"One epoch of a {FEATURES}-64-64-1 network on {MEGABYTES} MB, batch {BATCH}, from a Parquet file",
    "µs a step, and MB over those of the model",
    kind="value",
    figures=["step", "MB"],
    rounds=7,
)


def _peer(name, way):
    def prepare():
        folder = tempfile.TemporaryDirectory()
        path = os.path.join(folder.name, "rows.parquet")
        write(path, MEGABYTES)
        kept = folder  # deleted with the function
        return lambda: way(os.path.join(kept.name, "rows.parquet"), MEGABYTES)

    case.peer(name)(prepare)


for _name, _way in WAYS.items():
    _peer(_name, _way)


def _epochs(given):
    """A function that trains a small network, 32 rows a batch, on what `given` makes of x and y."""
    from tinygrad_edu import keras

    x, y = rows(32 * STEPS, 0)
    model = keras.Sequential(
        [keras.Input((FEATURES,)), keras.layers.Dense(64, "relu"), keras.layers.Dense(1, "sigmoid")]
    )
    model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    data = given(x, y)
    model.fit(**data, verbose=0)
    return lambda: model.fit(**data, verbose=0)


STEPS = 500
one_by_one = Case(
    "generator",
    f"An epoch of {STEPS} batches of 32 rows, {FEATURES}-64-1 network, from a generator",
    "µs a step",
    per=STEPS,
    repeats=3,
)


@one_by_one.peer("arrays")
def arrays():
    return _epochs(lambda x, y: {"x": x, "y": y, "batch_size": 32})


@one_by_one.peer("generator of arrays")
def generator():
    def batches(x, y):
        while True:
            for start in range(0, len(x), 32):
                yield x[start : start + 32], y[start : start + 32]

    return _epochs(lambda x, y: {"x": batches(x, y), "steps_per_epoch": STEPS})


def main():
    megabytes, small = int(sys.argv[1]), min(int(sys.argv[1]), 256)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.parquet"
        write(path, megabytes)
        print(f"{path.stat().st_size / 2**20:.0f} MB of Parquet; arrays of {small} MB")
        for turn in range(int(sys.argv[2]) if len(sys.argv) > 2 else 1):
            for name, size in (("arrays in memory", small), ("stream from Parquet", megabytes)):
                call = f"s.WAYS[{name!r}]({str(path)!r}, {size})"
                code = f"import json; from benchmarks import streaming as s; print(json.dumps({call}))"
                found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
                step, memory = json.loads(found.stdout)
                print(f"{turn}  {name:20}  {step:6.1f} µs a step  {memory:6.0f} MB", flush=True)


if __name__ == "__main__":
    main()
