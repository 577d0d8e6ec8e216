"""Momentum: on the parabola f(x) = x²/6, then in a multiple regression (course text 001).

python momentum.py [folder for the pictures]
"""

import argparse
from pathlib import Path

import numpy as np

import tinygrad_edu as tg

LEARNING_RATE = 0.1
MOMENTUM = 0.8


# -- the parabola -----------------------------------------------------------------------------------------


def f(x):
    """The parabola of the text. Its derivative is x/3; the text prints x²/6 there, which is f itself."""
    return x**2 / 6


def parabola_paths(x0=6.0, steps=40):
    """Four descents of the parabola from the same point."""
    optimizers = {
        # x ← x − rate · g
        "plain descent": tg.optim.SGD(LEARNING_RATE),
        # v ← momentum · v + g;  x ← x − rate · v
        "momentum": tg.optim.Momentum(LEARNING_RATE, MOMENTUM),
        # v ← momentum · v + (1 − momentum) · g: the average of past gradients, recent ones first
        "averaged": tg.optim.Momentum(LEARNING_RATE, MOMENTUM, dampening=MOMENTUM),
        # the average makes v shorter by 1 − momentum; a longer rate makes up for it
        "averaged, longer rate": tg.optim.Momentum(LEARNING_RATE / (1 - MOMENTUM), MOMENTUM, dampening=MOMENTUM),
    }
    return {name: tg.optim.minimize(f, x0, optimizer, steps=steps) for name, optimizer in optimizers.items()}


def show_parabola():
    """Print the derivative and the four paths, and return the paths."""
    slope = tg.grad(f)
    print("f(x) = x²/6 and its derivative x/3, found by the backward pass:")
    print("      x   x²/6   grad(f)(x)    x/3")
    for x in (-3.0, 1.0, 6.0):
        print(f"  {x:5.1f}  {f(x):5.2f}       {slope(x):6.2f}  {x / 3:5.2f}")
    print("A derivative of x²/6 would be positive on both sides: from x = −3 it would lead uphill.\n")

    paths = parabola_paths()
    print(f"From x = 6 with rate {LEARNING_RATE} and momentum {MOMENTUM}, the point x after k steps:")
    print("  k".ljust(6) + "".join(f"{name:>23}" for name in paths))
    for k in (0, 1, 2, 5, 10, 20, 30, 40):
        print(f"  {k:<4}" + "".join(f"{path.points[k]:23.4f}" for path in paths.values()))
    difference = np.abs(paths["momentum"].points - paths["averaged, longer rate"].points).max()
    print("Momentum is faster, and rolls a little past the minimum before it settles.")
    print("The averaged form is as slow as plain descent at this rate; with the rate divided by")
    print(f"1 − momentum it is momentum itself (largest difference {difference:.0e}).\n")
    return paths


# -- multiple regression --------------------------------------------------------------------------------------


def regression_data():
    """200 rows of 4 features on scales from 0.3 to 2, and the weights and bias they were made with."""
    data = tg.datasets.linear_regression(n=200, features=4, noise=0.5, seed=2)
    scales = np.array([0.3, 0.6, 1.0, 2.0])
    return data.x * scales, data.y, data.weights / scales, data.bias


def fit(x, y, optimizer, steps=100):
    """The weights, the bias and the loss of each step of a linear model trained on all rows at once."""
    w = tg.Tensor(np.zeros(x.shape[1]), requires_grad=True, name="w")
    b = tg.Tensor(0.0, requires_grad=True, name="b")
    losses = []
    for _ in range(steps):
        error = x @ w + b - y
        loss = (error * error).mean()
        losses.append(loss.item())
        optimizer.minimize(loss)
    return w.data, b.data, losses


def show_regression():
    """Print how the optimizers fit, and return their losses with the fitted and the true weights."""
    x, y, true_weights, true_bias = regression_data()
    optimizers = {
        "plain descent": tg.optim.SGD(0.05),
        "momentum": tg.optim.Momentum(0.05, MOMENTUM),
        "averaged": tg.optim.Momentum(0.05, MOMENTUM, dampening=MOMENTUM),
        "Nesterov": tg.optim.Nesterov(0.05, MOMENTUM),
    }
    losses, fitted = {}, {}
    for name, optimizer in optimizers.items():
        w, b, losses[name] = fit(x, y, optimizer)
        fitted[name] = np.append(w, b)
    true = np.append(true_weights, true_bias)
    best, *_ = np.linalg.lstsq(np.column_stack([x, np.ones(len(x))]), y, rcond=None)

    print("Multiple regression, y = w₁x₁ + … + w₄x₄ + b, 200 rows, 100 steps of rate 0.05:")
    print(" " * 17 + "".join(f"{name:>9}" for name in ("w₁", "w₂", "w₃", "w₄", "b")) + "      loss")
    print("  made with      " + "".join(f"{v:9.3f}" for v in true))
    print("  least squares  " + "".join(f"{v:9.3f}" for v in best))
    for name, values in fitted.items():
        print(f"  {name:<15}" + "".join(f"{v:9.3f}" for v in values) + f"{losses[name][-1]:10.4f}")
    print("w₁ belongs to the smallest feature: its slope is gentle, and only momentum gets there in time.")
    return losses, fitted, true


# -- what a student sees ----------------------------------------------------------------------------------------


def main(folder="pictures"):
    """Show the parabola, then the regression, and draw both."""
    paths = show_parabola()
    losses, fitted, true = show_regression()
    try:
        draw(Path(folder), paths, losses, fitted, true)
    except ModuleNotFoundError as error:
        names = "momentum_parabola.png and momentum_regression.png"
        print(f"\nSkipped {names}: {error}. For the pictures: python -m pip install matplotlib")


def draw(folder, paths, losses, fitted, true):
    """Save the paths over the parabola, and the loss curves with the weights of the regression."""
    from matplotlib.figure import Figure

    folder.mkdir(parents=True, exist_ok=True)
    figure = Figure(figsize=(16, 4.8), layout="constrained")
    x = np.linspace(-3, 7, 101)
    for ax, name in zip(figure.subplots(1, 3, sharey=True), ("plain descent", "momentum", "averaged"), strict=True):
        ax.plot(x, f(x), color="#777777", linewidth=2)
        tg.viz.plot_path(f, {name: paths[name]}, ax=ax)
        ax.set(xlim=(-3, 7), ylim=(-0.3, 8))
    figure.savefig(folder / "momentum_parabola.png", dpi=120)

    figure = Figure(figsize=(11, 4), layout="constrained")
    left, right = figure.subplots(1, 2)
    for name, values in losses.items():
        left.plot(values, label=name)
    left.set(title="Loss of the regression", xlabel="step", ylabel="loss", yscale="log")
    left.legend()
    positions, names = np.arange(len(true)), ["w₁", "w₂", "w₃", "w₄", "b"]
    right.bar(positions - 0.27, true, 0.25, color="0.6", label="made with")
    right.bar(positions, fitted["plain descent"], 0.25, color="C0", label="plain descent")
    right.bar(positions + 0.27, fitted["momentum"], 0.25, color="C1", label="momentum")
    right.axhline(0, color="0.2", linewidth=0.8)
    right.set(title="Fitted against true weights", ylabel="value")
    right.set_xticks(positions, names)
    right.legend()
    figure.savefig(folder / "momentum_regression.png", dpi=120)
    print(f"\nWrote {folder / 'momentum_parabola.png'} and {folder / 'momentum_regression.png'}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", default="pictures", help="where the pictures go (default: %(default)s)")
    main(parser.parse_args().folder)
