"""Reducing the loss of y' = b + w₁x₁, step by step down the bowl (course text 003).

Predict, measure the loss, take its gradient, update the parameters, and again, until the loss hardly changes.

    python reducing_loss.py [folder for the picture]
"""

import argparse
from pathlib import Path

import numpy as np

import tinygrad_edu as tg

LEARNING_RATE = 0.1
START = [0.0, 0.1]  # b at 0, w₁ slightly above 0


def make_data():
    """30 points near the line y = 1 + 2x₁, with x₁ between 0 and 2."""
    rng = np.random.default_rng(0)
    x1 = rng.uniform(0, 2, 30)
    return x1, 1 + 2 * x1 + 0.2 * rng.normal(size=30)


def squared_loss(b, w1, x1, y):
    """The mean of (y' − y)², with y' = b + w₁x₁."""
    prediction = b + w1 * x1
    return ((prediction - y) ** 2).mean()


def descend(x1, y, tolerance=1e-6, most_steps=1000, show=False):
    """Go down until a step changes the loss by no more than `tolerance`: (b, w₁, losses)."""
    b = tg.Tensor(START[0], requires_grad=True, name="b")
    w1 = tg.Tensor(START[1], requires_grad=True, name="w1")
    losses = []
    for step in range(most_steps):
        b.grad = w1.grad = None
        loss = squared_loss(b, w1, x1, y)  # predict, and measure the loss
        loss.backward()  # take its gradient
        losses.append(loss.item())
        if show and (step < 5 or step in (10, 20, 50, 100)):
            print(f"{step:6}{b.data:9.4f}{w1.data:9.4f}{loss.item():11.6f}{b.grad:12.4f}{w1.grad:12.4f}")
        if step > 0 and abs(losses[-2] - losses[-1]) <= tolerance:
            break
        b.data -= LEARNING_RATE * b.grad  # update: a step against the gradient
        w1.data -= LEARNING_RATE * w1.grad
    return b.item(), w1.item(), losses


def first_step(x1, y):
    """Print the first step with every number written out."""
    b, w1 = (tg.Tensor(value, requires_grad=True) for value in START)
    loss = squared_loss(b, w1, x1, y)
    loss.backward()
    new_b, new_w1 = b.data - LEARNING_RATE * b.grad, w1.data - LEARNING_RATE * w1.grad
    prediction = b.data + w1.data * x1[0]
    print(f"The first step, from b = {b.data} and w₁ = {w1.data}:")
    print(f"  predict    y' = {b.data} + {w1.data} · {x1[0]:.3f} = {prediction:.3f}, where y is {y[0]:.3f}")
    print(f"  loss       the mean of (y' − y)² over {len(x1)} points = {loss.item():.4f}")
    print(f"  gradient   ∂loss/∂b = {b.grad:.4f}, ∂loss/∂w₁ = {w1.grad:.4f}")
    print(f"  update     b  ← {b.data} − {LEARNING_RATE} · ({b.grad:.4f}) = {new_b:.4f}")
    print(f"             w₁ ← {w1.data} − {LEARNING_RATE} · ({w1.grad:.4f}) = {new_w1:.4f}\n")


def path_in_one_call(x1, y, tolerance=1e-6):
    """The same descent by `tg.optim.minimize`, which keeps every point of the way."""
    optimizer = tg.optim.SGD(LEARNING_RATE)
    return tg.optim.minimize(lambda b, w1: squared_loss(b, w1, x1, y), START, optimizer, 1000, tolerance)


# -- what a student sees ------------------------------------------------------------------------------


def main(folder="pictures"):
    """Go down the bowl in numbers, then draw it."""
    x1, y = make_data()
    first_step(x1, y)
    print("  step        b       w₁       loss    ∂loss/∂b   ∂loss/∂w₁")
    b, w1, losses = descend(x1, y, show=True)
    print(f"After {len(losses) - 1} steps the loss changes by less than 1e-6: the model has converged.")
    slope, intercept = np.polyfit(x1, y, 1)
    print(f"y' = {b:.3f} + {w1:.3f} x₁, loss {losses[-1]:.5f}.")
    print(f"The least-squares line is {intercept:.3f} + {slope:.3f} x₁: further steps lead there.")
    path = path_in_one_call(x1, y)
    print(f"One call does the same: {path}")
    try:
        draw(Path(folder), x1, y, path)
    except ModuleNotFoundError as error:
        print(f"\nSkipped reducing_loss.png: {error}. For the picture: python -m pip install matplotlib")


def draw(folder, x1, y, path):
    """Save the bowl with the way down it, the same seen from above, and the lines that the steps gave."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(17, 5), layout="constrained")
    bowl = figure.add_subplot(1, 3, 1, projection="3d", computed_zorder=False)
    b, w1 = np.meshgrid(np.linspace(-0.8, 3, 200), np.linspace(-0.4, 4.4, 200))
    height = ((b[..., None] + w1[..., None] * x1 - y) ** 2).mean(axis=-1)
    height[height > 14] = np.nan
    bowl.plot_surface(b, w1, height, cmap="Blues", alpha=0.8, linewidth=0, rcount=100, ccount=100)
    bowl.plot(*path.points, path.values, "o-", color="C3", markersize=4)
    bowl.set(title="The loss is a bowl", xlabel="b", ylabel="w₁", zlabel="loss", xticks=range(-1, 4), yticks=range(5))
    bowl.view_init(elev=30, azim=-30)
    bowl.set_box_aspect(None, zoom=0.95)

    lines = figure.add_subplot(1, 3, 2)
    lines.plot(x1, y, "o", color="0.5", label="data")
    ends = np.array([0.0, 2.0])
    for step, shade in [(0, 0.25), (1, 0.45), (3, 0.7), (path.steps, 1.0)]:
        b, w1 = path[step]
        lines.plot(ends, b + w1 * ends, "C3", alpha=shade, label=f"step {step}")
    lines.set(title="y' = b + w₁x₁", xlabel="x₁", ylabel="y")
    lines.legend()

    above = figure.add_subplot(1, 3, 3)
    tg.viz.plot_path(lambda b, w1: squared_loss(b, w1, x1, y), path, ax=above, names=("b", "w₁"))
    folder.mkdir(parents=True, exist_ok=True)
    figure.savefig(folder / "reducing_loss.png", dpi=110)
    print(f"\nWrote {folder / 'reducing_loss.png'}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", default="pictures", help="where the picture goes (default: %(default)s)")
    main(parser.parse_args().folder)
