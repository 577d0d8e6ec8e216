"""Growth: what a training step costs as the batch, the width or the depth of a network grows."""

import statistics
import time

from .harness import Case
from .problems import Problem
from .training import peers

INPUTS, WIDTH, BATCH = 32, 32, 32
LEAST = 0.05  # seconds of training for a figure

SIZES = {
    "batch": (1, 8, 32, 128, 512, 2048),
    "width": (8, 16, 32, 64, 128, 256, 512, 1024),
    "depth": (1, 2, 4, 8, 16, 32, 64),
}
TITLES = {
    "batch": "batch size",
    "width": "width of the hidden layer",
    "depth": f"hidden layers of width {WIDTH}",
}
PEERS = ("tinygrad_edu fit", "NumPy by hand, flat and out=", "JAX, jitted step")


def network(axis, size):
    """The problem with one hidden layer of 32 units and batches of 32 rows, but for what grows."""
    batch = size if axis == "batch" else BATCH
    hidden = [size if axis == "width" else WIDTH] * (size if axis == "depth" else 1)
    return Problem(f"{axis} {size}", (INPUTS, *hidden, 1), batch, rows=batch * 32, epochs=1)


def growing(prepare, axis):
    """A peer's turn: microseconds a step at each size."""
    problems = [network(axis, size) for size in SIZES[axis]]
    runs = [prepare(problem) for problem in problems]

    def microseconds(run, problem):
        start, times = time.perf_counter(), []
        while time.perf_counter() - start < LEAST or len(times) < 3:
            begin = time.perf_counter()
            run()
            times.append(time.perf_counter() - begin)
        return statistics.median(times) * 1e6 / problem.steps

    return lambda: [microseconds(run, problem) for run, problem in zip(runs, problems, strict=True)]


for axis, sizes in SIZES.items():
    case = Case(
        f"growth-{axis}",
        f"A training step against the {TITLES[axis]}, {INPUTS} inputs, Adam, float32",
        "µs a step",
        kind="value",
        group="growth",
        figures=[f"{size}" for size in sizes],
        compared=None,
        rounds=7,
    )
    for name in PEERS:
        case.peer(name)(lambda prepare=peers[name], axis=axis: growing(prepare, axis))


# -- the picture -----------------------------------------------------------------------------------------

COLOURS = ("#0072B2", "#D55E00", "#009E73")  # Okabe & Ito (2008): told apart by everyone
MARKERS = ("o", "s", "^")


def plot(found, path):
    """Draw the medians of the growth cases that were run, a panel each, both axes logarithmic; 1280 pixels wide."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot, ticker

    shown = [axis for axis in SIZES if f"growth-{axis}" in found]
    pyplot.rcParams.update(
        {"font.size": 10, "axes.titlesize": 11, "axes.spines.top": False, "axes.spines.right": False}
    )
    figure, panels = pyplot.subplots(1, len(shown), figsize=(12.8, 4.6), dpi=100, sharey=True, squeeze=False)
    for panel, axis in zip(panels[0], shown, strict=True):
        for name, colour, marker in zip(PEERS, COLOURS, MARKERS, strict=True):
            rounds = found[f"growth-{axis}"][name]
            if not isinstance(rounds, str):
                medians = [statistics.median(column) for column in zip(*rounds, strict=True)]
                panel.plot(SIZES[axis], medians, color=colour, marker=marker, label=name)
        panel.set_xscale("log", base=2)
        panel.set_yscale("log")
        panel.set_xticks(SIZES[axis], [f"{size}" for size in SIZES[axis]])
        panel.yaxis.set_major_locator(ticker.LogLocator(subs=(1, 2, 5)))
        panel.yaxis.set_major_formatter("{x:.0f}")
        panel.minorticks_off()
        panel.grid(alpha=0.3)
        panel.set_xlabel(TITLES[axis])
        panel.set_title(f"A step against the {axis}")
    panels[0][0].set_ylabel("µs a training step")
    handles, labels = panels[0][0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="lower center", ncols=len(PEERS), frameon=False)
    figure.tight_layout(rect=(0, 0.07, 1, 1))
    figure.savefig(path)
