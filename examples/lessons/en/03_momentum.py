# # 3. Momentum
#
# Plain gradient descent looks only at the slope under its feet. Where the surface is a long narrow valley it swings
# from wall to wall and hardly moves along the floor. *Momentum* remembers: it keeps a weighted average of past
# gradients, so that swings cancel out and what all steps agree on adds up, as for a ball that rolls.
#
# We begin with a parabola, where every number can be followed:
#
# $$f(x) = \frac{x^2}{6}, \qquad f'(x) = \frac{x}{3}$$

import numpy as np

import tinygrad_edu as tg


def f(x):
    return x**2 / 6


slope = tg.grad(f)
print("    x     f(x)   grad(f)(x)   x / 3")
for x in (-3.0, 1.0, 6.0):
    print(f"{x:5.1f} {f(x):8.4f} {slope(x):12.4f} {x / 3:7.4f}")

# ## Check the derivative before you descend
#
# A derivative written by hand is easily wrong. Suppose someone writes $x^2/6$ for it, the function itself.
# `gradcheck` compares a gradient with the *numeric* one, $\big(f(x+h) - f(x-h)\big) / 2h$, and reports where they
# differ. Check at several points: at a single one, any wrong derivative looks like a wrong factor.

points = np.array([-3.0, 1.0, 6.0])
print(tg.gradcheck(lambda x: f(x).sum(), points, gradient=lambda x: x / 3))
print(tg.gradcheck(lambda x: f(x).sum(), points, gradient=lambda x: x**2 / 6))

# ## Two ways to write it
#
# With gradient $g_t$, learning rate $\alpha$ and momentum $\beta$ (often 0.9), the *heavy ball* is
#
# $$v_t = \beta v_{t-1} + g_t, \qquad x_t = x_{t-1} - \alpha v_t$$
#
# and the *averaged form*, an exponentially weighted mean of the gradients,
#
# $$v_t = \beta v_{t-1} + (1 - \beta)\, g_t, \qquad x_t = x_{t-1} - \alpha v_t$$
#
# They are the same method: the second has a velocity $1 - \beta$ times as large, so with the rate $\alpha / (1 -
# \beta)$ it makes the same steps. Here both are written out, and compared with the optimizers of the library.

rate, beta = 0.1, 0.8


def by_hand(x, steps, share, rate):
    points, v = [x], 0.0
    for _ in range(steps):
        v = beta * v + share * (x / 3)
        x = x - rate * v
        points.append(x)
    return np.array(points)


heavy = by_hand(6.0, 40, 1, rate)
averaged = by_hand(6.0, 40, 1 - beta, rate)
with_longer_rate = by_hand(6.0, 40, 1 - beta, rate / (1 - beta))

paths = {
    "plain": tg.optim.minimize(f, 6.0, tg.optim.SGD(rate), steps=40),
    "momentum": tg.optim.minimize(f, 6.0, tg.optim.Momentum(rate, beta), steps=40),
    "averaged": tg.optim.minimize(f, 6.0, tg.optim.Momentum(rate, beta, dampening=beta), steps=40),
}
print("step    plain  momentum  averaged")
for k in (0, 1, 2, 5, 10, 20, 40):
    print(f"{k:4}", *(f"{path.points[k]:9.4f}" for path in paths.values()))
print("by hand, heavy ball:     ", np.allclose(heavy, paths["momentum"].points))
print("by hand, averaged:       ", np.allclose(averaged, paths["averaged"].points))
print("averaged, longer rate, is the heavy ball:", np.allclose(with_longer_rate, heavy))

import matplotlib.pyplot as plt

plt.rcParams["font.size"] = 13
figure, (left, right) = plt.subplots(1, 2, figsize=(12.8, 5.4), layout="constrained")
tg.viz.plot_path(f, paths["momentum"], ax=left)
for (name, way), style in zip(paths.items(), ["-", "-.", "--"]):
    right.plot([float(x) for x in way.points], style, linewidth=2, label=name)
right.axhline(0, color="0.6", linewidth=1)
right.set(xlabel="step", ylabel="x")
right.legend()
figure.savefig("lesson_03_parabola.png")

# Momentum is faster than plain descent, and rolls a little past the minimum before it settles. The averaged form, at
# the same rate, makes steps like those of plain descent.
#
# ## A narrow valley
#
# A *multiple regression* predicts one variable (the response) from several features (the predictors); the weights say
# how much each counts. When the scales of the features differ, the bowl of the loss is a narrow valley: steep along
# one weight, nearly flat along another. The learning rate has to suit the steep side, and plain descent then creeps
# along the flat one. The data here are made up, with weights 1 and 5. Change rates and momentum, and look again.

rng = np.random.default_rng(2)
features = rng.normal(size=(200, 2)) * [2.0, 0.3]
target = features @ [1.0, 5.0] + 0.2 * rng.normal(size=200)


def valley(w1, w2):
    return ((w1 * features[:, 0] + w2 * features[:, 1] - target) ** 2).mean()


start = [-1.5, 0.0]
ways = {
    "plain": tg.optim.minimize(valley, start, tg.optim.SGD(0.23), steps=60),
    "momentum": tg.optim.minimize(valley, start, tg.optim.Momentum(0.06, 0.8), steps=60),
    "Nesterov": tg.optim.minimize(valley, start, tg.optim.Nesterov(0.06, 0.8), steps=60),
}
for name, way in ways.items():
    print(f"{name:10} w1 = {way.x[0]:7.4f}  w2 = {way.x[1]:7.4f}  loss = {way.values[-1]:.5f}")

figure = tg.viz.plot_path(valley, ways, names=("w1", "w2"))
figure.savefig("lesson_03_valley.png")


# *Nesterov's* variant takes the gradient a little ahead, where the velocity is about to carry the point, and so
# brakes before the wall and not after it.
#
# ## Over a hill
#
# Bowls have one lowest point. The loss of a network is not *convex*: it has hollows, and plain descent stays in the
# first one that it meets, a *local minimum*. A ball that arrives with speed may roll on over the hill. It may, not
# must: with a momentum of 0.8 this one does not.

def hollows(x):
    return 0.05 * x**4 - 0.5 * x**2 + 0.25 * x


balls = {
    "plain": tg.optim.minimize(hollows, 4.0, tg.optim.SGD(0.05), steps=100),
    "momentum 0.8": tg.optim.minimize(hollows, 4.0, tg.optim.Momentum(0.05, 0.8), steps=100),
    "momentum 0.9": tg.optim.minimize(hollows, 4.0, tg.optim.Momentum(0.05, 0.9), steps=100),
}
for name, way in balls.items():
    print(f"{name:13} ends at x = {float(way.x):7.4f}, f(x) = {way.values[-1]:7.4f}")
figure = tg.viz.plot_path(hollows, {name: balls[name] for name in ("plain", "momentum 0.9")})
figure.axes[0].set_ylim(-2.5, 7)
figure.savefig("lesson_03_hollows.png")

# ## In Keras
#
# There momentum is an argument of `SGD`. Its velocity already holds the learning rate, $v_t = \beta v_{t-1} - \alpha
# g_t$ and $x_t = x_{t-1} + v_t$: the heavy ball once more, as long as the rate stays the same.

from tinygrad_edu import keras

for momentum in (0.0, 0.8):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile(optimizer=keras.optimizers.SGD(0.02, momentum=momentum), loss="mse")
    history = model.fit(features, target, epochs=15, batch_size=50, verbose=0)
    losses = [round(history.history["loss"][k], 4) for k in (4, 9, 14)]
    print(f"momentum {momentum}: loss after 5, 10, 15 epochs {losses}")

# ## Recap
#
# - Momentum steps along a weighted average of past gradients: swings cancel, progress adds up, and a ball with speed
#   may leave a local minimum.
# - Heavy ball and averaged form differ by a factor $1 - \beta$ in the learning rate, nothing else.
# - Check a derivative by hand against the numeric one before trusting it.
#
# **Exercises.** 1. For which $\beta$ does the ball on the parabola no longer roll past the minimum? 2. In the valley,
# plot the loss against the step for $\beta$ = 0, 0.5, 0.9, 0.99. 3. Write Nesterov's form by hand and compare it with
# `tg.optim.Nesterov`.
#
# With a check that says what is wrong, `tinygrad-edu exercises start NAME`: `parabola`, `momentum`, `nesterov`.
