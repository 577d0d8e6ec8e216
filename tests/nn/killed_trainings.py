"""Trainings that are killed by SIGKILL, again and again, and end as one that was not: run with the folder and numbers.

Each child process is a fork of this one, killed before the n-th thing that it does to the file system, or after a
random time; the next one goes on from what is there. In the end weights, optimizer and history are those of the
training that nobody disturbed, bit for bit.
"""

import os
import random
import shutil
import signal
import sys
import time
from pathlib import Path

import numpy as np

import tinygrad_edu as tg
from tinygrad_edu.nn import BatchNormalization, Dense, Dropout, Input, Sequential
from tinygrad_edu.nn.callbacks import BackupAndRestore, Callback

_EVENTS = ("open", "os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.chmod", "fcntl.flock", "os.listdir")


def model():
    tg.random.seed(3)
    made = Sequential([Input((4,)), Dense(8, "relu"), BatchNormalization(), Dropout(0.2, seed=1), Dense(1)])
    made.compile(tg.optim.Nadam(0.01, gradient_accumulation_steps=3), "mse", metrics=["mae"])
    return made


X = np.sin(np.arange(160.0)).reshape(40, 4).astype("float32")
Y = X[:, :1] * X[:, 1:2]


class Slowly(Callback):
    """Leaves time to be killed in."""

    def on_train_batch_end(self, batch, logs=None):
        time.sleep(0.001)


def train(folder, out, double):
    made = model()
    made.fit(X, Y, 16, 5, 0, [BackupAndRestore(folder / "backup", double_checkpoint=double), Slowly()])
    arrays = [*made.get_weights(), *made.optimizer.get_state()]
    out.write_bytes(b"".join(np.ascontiguousarray(array).tobytes() for array in arrays))


def child(folder, out, double, event=None):
    """The exit status of a process that trains, killed before so many events; its process id while it runs."""
    pid = os.fork()
    if pid:
        return pid
    try:
        seen = [0]

        def count(name, args):
            path = str(args[0]) if args else ""
            if name in _EVENTS and (str(folder) in path or name == "fcntl.flock"):
                seen[0] += 1
                if seen[0] == event:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(count)
        train(folder, out, double)
        (folder / "events").write_text(str(seen[0]))
        os._exit(0)
    finally:
        os._exit(1)


def ended(pid, after=None):
    """The status of a process, which is killed after some seconds."""
    if after is not None:
        time.sleep(after)
        os.kill(pid, signal.SIGKILL)
    return os.waitpid(pid, 0)[1]


def main(folder, first, count):
    folder = Path(folder)
    (folder / "whole").mkdir()
    start = time.perf_counter()
    assert ended(child(folder / "whole", folder / "expected", False)) == 0
    seconds, events = time.perf_counter() - start, int((folder / "whole" / "events").read_text())
    expected, killed = (folder / "expected").read_bytes(), 0
    for n in range(first, first + count):
        place, chance, double = folder / f"run{n}", random.Random(n), n % 2 == 1
        place.mkdir()
        for _ in range(1 + n % 3):  # some are killed several times
            if n % 2:
                status = ended(child(place, folder / "found", double), chance.uniform(0, 1.1 * seconds))
            else:
                status = ended(child(place, folder / "found", double, chance.randrange(1, events + 1)))
            assert status in (0, signal.SIGKILL), (n, status)
            killed += status == signal.SIGKILL
        assert ended(child(place, folder / "found", double)) == 0, n
        assert (folder / "found").read_bytes() == expected, n
        assert [path.name for path in place.iterdir()] == ["events"], (n, list(place.rglob("*")))
        shutil.rmtree(place)
    print(killed)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
