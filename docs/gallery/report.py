"""Reports.

A training as one page, to read, print or hand in.
"""

import tinygrad_edu as tg


def report_of_moons(path):
    """The report of a training: figures, curves, graph, gradients, the boundary between the classes, the program."""
    tg.random.seed(1)
    moons = tg.datasets.moons(300, noise=0.2)
    layers = [tg.nn.Input((2,)), tg.nn.Dense(16, "tanh"), tg.nn.Dense(16, "tanh"), tg.nn.Dense(1, "sigmoid")]
    model = tg.nn.Sequential(layers, name="moons")
    model.compile(tg.optim.Adam(0.02), "binary_crossentropy", metrics=["accuracy"])
    history = model.fit(moons.x[:240], moons.y[:240], epochs=60, validation_split=0.25, verbose=0)
    tg.viz.report(
        model, history, path.with_suffix(".html"), moons.x[240:], moons.y[240:],
        title="Two moons", author="Ana García", date="21 November 2026", labels=moons.target_names,
        notes="The boundary follows the moons; the wrong samples lie where the noise mixes the classes.",
    )  # fmt: skip
