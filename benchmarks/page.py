"""The page docs/benchmarks.md: what a step of training costs, beside what a student would pick in place of it."""

from pathlib import Path
from statistics import median

from . import harness
from .training import PROBLEMS

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
ROUNDS = 5
PEERS = {
    "tinygrad_edu fit": "**`fit`**",
    "tinygrad_edu fit, under XLA": "**`fit` with `jit_compile=True`**",
    "NumPy by hand, flat and out=": "NumPy by hand, every trick",
    "NumPy by hand, as a course writes it": "NumPy by hand, as a course writes it",
    "JAX, jitted step": "JAX, jitted step",
    "JAX, whole epoch in one scan": "JAX, whole epoch in one scan",
    "Keras fit, JAX backend": "Keras on JAX",
    "PyTorch, fused Adam": "PyTorch, fused Adam",
}
TEXT = """What a step of training costs: whole shuffled epochs in float32, Adam, divided by their steps, `fit` with one
metric. Each way to train has a process of its own, and they take turns, so that a slow minute of the machine falls on
all; medians over {rounds} turns, in µs, and how many times that of `fit` it is. By hand means: all weights in one
vector, every result written with `out=`, for each call the spelling that measured fastest.

{header}
{table}
Made by `python -m benchmarks --page`, in some minutes; a busy machine disturbs it. `python -m benchmarks --help` lists
what else is measured: the engine, imports, pictures, growth, a training beside a busy core, data larger than memory,
XLA, clusters.
"""


def write():
    """Run the three problems, and write the page anew from «What a step» on."""
    results = {}
    for problem in PROBLEMS.values():
        case = harness.cases[problem.name]
        case.peers = {name: prepare for name, prepare in case.peers.items() if name in PEERS}
        results[problem.name] = harness.run(case, ROUNDS)
        print(harness.table(case, results[problem.name]), flush=True)
    before = PAGE.read_text("utf-8").partition("What a step")[0]
    measured = TEXT.format(rounds=ROUNDS, header=harness.header(), table=table(results))
    PAGE.write_text(before + measured, "utf-8")


def table(results):
    """The results of all problems as one Markdown table.

    Args:
        results: by problem and by peer, the list of figures of each turn, or the text of what stopped the peer.
    """
    networks = ["-".join(map(str, p.sizes)) + f", batch {p.batch}" for p in PROBLEMS.values()]
    lines = [f"| | {' | '.join(networks)} |", "| --- |" + " ---: |" * len(networks)]
    for peer, label in PEERS.items():
        cells = [_cell(results[name], peer) for name in PROBLEMS]
        lines.append(f"| {label} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _cell(of_problem, peer):
    mine, first = of_problem[peer], of_problem[next(iter(PEERS))]
    if isinstance(mine, str) or isinstance(first, str):
        return mine if isinstance(mine, str) else first
    ratio = median(a[0] / b[0] for a, b in zip(mine, first, strict=True))
    figure = f"{median(figures[0] for figures in mine):,.0f}".replace(",", " ")
    return figure if peer == next(iter(PEERS)) else f"{figure} ({ratio:.2f})"
