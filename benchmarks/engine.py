"""The engine: what an op costs, how deep a graph may be, what stays in memory, how soon Python is ready."""

import gc
import tracemalloc

from .harness import Case

OPS = 900  # micrograd walks its graph by recursion, and Python stops that at 1 000


def chain(make, ops):
    """One forward and backward pass through a chain of multiplications, additions and relus of scalars."""

    def run():
        y, w, b = make(0.5), make(1.0001), make(0.001)
        for _ in range(ops // 3):
            y = (y * w + b).relu()
        y.backward()

    return run


def our_scalar(value):
    from tinygrad_edu import Tensor

    return Tensor(value, requires_grad=True)


# -- an op -----------------------------------------------------------------------------------------------

scalar_chain = Case(
    "scalar", f"A scalar chain of mul, add, relu ({OPS} ops), forward and backward", "µs an op", per=OPS
)


@scalar_chain.peer("tinygrad_edu")
def _():
    return chain(our_scalar, OPS)


@scalar_chain.peer("micrograd")
def _():
    from micrograd.engine import Value

    return chain(Value, OPS)


@scalar_chain.peer("PyTorch")
def _():
    import torch

    torch.set_num_threads(1)
    return chain(lambda value: torch.tensor(value, dtype=torch.float64, requires_grad=True), OPS)


@scalar_chain.peer("MyGrad")
def _():
    import mygrad

    mygrad.Tensor.relu = mygrad.nnet.relu  # so that the chain is written as for the others
    return chain(mygrad.tensor, OPS)


@scalar_chain.peer("autograd")
def _():
    import autograd
    from autograd import numpy as np

    def run(y, w, b):
        for _ in range(OPS // 3):
            y = np.maximum(y * w + b, 0.0)
        return y

    gradient = autograd.grad(run, (0, 1, 2))
    return lambda: gradient(0.5, 1.0001, 0.001)


# -- depth -----------------------------------------------------------------------------------------------

DEPTHS = {f"{10**n:,} ops".replace(",", " "): 10**n for n in (3, 4, 5, 6)}

depth = Case(
    "depth",
    "The same chain, deeper and deeper: a linear engine keeps its ratio",
    "µs an op",
    per=DEPTHS,
    repeats=1,
    rounds=3,
)

for label, ops in DEPTHS.items():
    depth.peer(label)(lambda ops=ops: chain(our_scalar, ops))


# -- memory ----------------------------------------------------------------------------------------------


def training(steps):
    """Steps of a small network by hand, Python's cycle collector off; gives what stays in memory, in kB."""

    def run():
        import numpy as np

        from tinygrad_edu import Tensor

        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(32, 10)), rng.normal(size=(32, 1))
        weights = [Tensor(rng.normal(size=shape) / 8, requires_grad=True) for shape in ((10, 64), (64, 1))]

        def step():
            error = (x @ weights[0]).relu() @ weights[1] - y
            (error * error).mean().backward()
            for w in weights:
                w.data -= 0.01 * w.grad
                w.grad = None

        gc.disable()
        tracemalloc.start()
        for _ in range(100):
            step()
        resident, traced = _resident(), tracemalloc.get_traced_memory()[0]
        for _ in range(steps):
            step()
        return [_resident() - resident, (tracemalloc.get_traced_memory()[0] - traced) / 1024]

    return run


def _resident():
    """The memory of this process in kB."""
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))


STEPS = (1_000, 10_000)
memory = Case(
    "memory",
    "Memory after training steps with gc.disable()",
    "by how much the process and its objects grew",
    kind="value",
    figures=["kB of the process", "kB of objects"],
    rounds=1,
)

for steps in STEPS:
    memory.peer(f"{steps:,} steps".replace(",", " "))(lambda steps=steps: training(steps))


# -- start -----------------------------------------------------------------------------------------------

importing = Case("import", "Importing, the whole process", "wall time and peak memory", kind="process", rounds=21)

for module in ("numpy", "tinygrad_edu", "mygrad", "autograd.numpy", "sklearn.neural_network", "torch", "jax"):
    importing.peer(module)(lambda module=module: f"import {module}")

COURSE_SCRIPT = """
{preamble}
import numpy as np
from {keras} import Input
from {keras}.layers import Dense
from {keras}.models import Sequential

rng = np.random.default_rng(0)
x = rng.normal(size=(1000, 10)).astype("float32")
y = (x.sum(axis=1) > 0).astype("float32")
model = Sequential([Input((10,)), Dense(64, activation="relu"), Dense(1, activation="sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
model.fit(x, y, epochs=10, batch_size=32, verbose=0)
"""

SCIKIT_SCRIPT = """
import numpy as np
from sklearn.neural_network import MLPClassifier

rng = np.random.default_rng(0)
x = rng.normal(size=(1000, 10))
y = (x.sum(axis=1) > 0).astype(int)
import warnings
warnings.simplefilter("ignore")
MLPClassifier((64,), batch_size=32, max_iter=10, n_iter_no_change=99).fit(x, y)
"""


def on_keras(backend):
    return COURSE_SCRIPT.format(preamble=f"import os\nos.environ['KERAS_BACKEND'] = {backend!r}", keras="keras")


start = Case(
    "start",
    "The course script, whole process: import, 1000 rows, 10 epochs of 10-64-1",
    "wall time and peak memory",
    kind="process",
    rounds=7,
)
start.peer("tinygrad_edu.keras")(lambda: COURSE_SCRIPT.format(preamble="", keras="tinygrad_edu.keras"))
start.peer("scikit-learn")(lambda: SCIKIT_SCRIPT)
start.peer("keras on JAX")(lambda: on_keras("jax"))
start.peer("keras on torch")(lambda: on_keras("torch"))
