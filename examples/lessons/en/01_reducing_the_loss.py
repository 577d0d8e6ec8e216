# # 1. The loss, and how to reduce it
#
# *Machine learning* means to find the rule behind examples with a program, in place of writing the rule down. The
# examples here have one *feature* $x_1$, a number that is known, and one target $y$, a number that is to be predicted.
# A model with one feature predicts with a straight line:
#
# $$y' = b + w_1 x_1$$
#
# $b$ is the bias and $w_1$ the weight: the two *parameters*. Training means to find values for them with which the
# predictions $y'$ come close to the targets $y$. How far off they are is one number, the *loss*; the function that
# computes it from the parameters is the *loss function*, or *cost function*. This lesson makes the loss small, step by
# step, and shows when to stop. The method is *gradient descent*, a loop:
#
# ```text
# start: choose b and w1
#   1. predict        y' = b + w1 x1         <----+
#   2. measure        the loss                    |
#   3. differentiate  the gradient of the loss    |
#   4. update         new b and w1           -----+
# end: the loss hardly changes any more, or the number of steps is used up
# ```

import numpy as np

import tinygrad_edu as tg

rng = np.random.default_rng(0)
x1 = rng.uniform(0, 2, 30)
y = 1 + 2 * x1 + 0.2 * rng.normal(size=30)
print("x1:", x1[:4].round(2), "...")
print("y: ", y[:4].round(2), "...")


# The 30 points lie near the line with $b = 1$ and $w_1 = 2$. The training does not know that.
#
# ## The loss function: the squared error
#
# For each point take the difference between prediction and target, square it, and take the mean over all of them (the
# *mean squared error*, MSE):
#
# $$L(b, w_1) = \frac{1}{N} \sum_{i=1}^{N} (b + w_1 x_1^{(i)} - y^{(i)})^2$$
#
# The square makes every error count as positive, and large errors count more. We start at $b = 0$ and with a weight a
# little above zero, $w_1 = 0.1$.

def loss_of(b, w1):
    prediction = b + w1 * x1
    return ((prediction - y) ** 2).mean()


print(f"b = 0, w1 = 0.1: loss {loss_of(0, 0.1):.3f}")
print(f"b = 1, w1 = 2:   loss {loss_of(1, 2):.3f}")

# ## The gradient says which way is down
#
# The partial derivatives of the loss say how it changes when one parameter grows a little:
#
# $$\frac{\partial L}{\partial b} = \frac{2}{N} \sum_i (y'^{(i)} - y^{(i)}), \qquad
# \frac{\partial L}{\partial w_1} = \frac{2}{N} \sum_i (y'^{(i)} - y^{(i)})\, x_1^{(i)}$$
#
# Together they are the *gradient*, which points to where the loss grows fastest. For any number of parameters it is
# the vector of all the partial derivatives,
#
# $$\nabla f(x) = \left( \frac{\partial f}{\partial x_1}, \frac{\partial f}{\partial x_2}, \ldots,
# \frac{\partial f}{\partial x_n} \right)$$
#
# Without it we could only change the parameters at random and hope. A `Tensor` finds it for us: it notes what is
# computed with it, and `backward()` goes through the notes in reverse order. Compare it with the formulas, and with
# what can be measured: change a parameter by a small $h$ both ways, and see by how much the loss changes.

b = tg.Tensor(0.0, requires_grad=True, name="b")
w1 = tg.Tensor(0.1, requires_grad=True, name="w1")
loss = loss_of(b, w1)
loss.backward()

error = 0.0 + 0.1 * x1 - y
print(f"backward:  dL/db = {b.grad:.4f}   dL/dw1 = {w1.grad:.4f}")
print(f"by hand:   dL/db = {2 * error.mean():.4f}   dL/dw1 = {2 * (error * x1).mean():.4f}")

h = 1e-4
of_b = (loss_of(0 + h, 0.1) - loss_of(0 - h, 0.1)) / (2 * h)
of_w1 = (loss_of(0, 0.1 + h) - loss_of(0, 0.1 - h)) / (2 * h)
print(f"measured:  dL/db = {of_b:.4f}   dL/dw1 = {of_w1:.4f}")

# Both are negative: the loss falls when $b$ and $w_1$ grow. The computation can be drawn, with the value and the
# gradient at every node.

drawing = tg.viz.draw(loss)
drawing.save("lesson_01_graph.svg")
drawing

# ## One step, and another
#
# A step of gradient descent goes against the gradient, and the *learning rate* $\alpha$ says how far:
#
# $$b \leftarrow b - \alpha \frac{\partial L}{\partial b}, \qquad
# w_1 \leftarrow w_1 - \alpha \frac{\partial L}{\partial w_1}$$
#
# or, with all parameters in one vector $\theta$ and the loss written $J$, $\theta \leftarrow \theta - \alpha \nabla
# J(\theta)$. Then predict, measure and step again. When a step hardly changes the loss any more, the model has
# *converged*. In case it never does, there is a largest number of steps too. The learning rate and the number of steps
# are *hyperparameters*: we choose them before the training, and the training does not change them, as it does the
# parameters.

learning_rate = 0.1
losses = []
for step in range(1000):
    b.grad = w1.grad = None
    loss = loss_of(b, w1)
    loss.backward()
    losses.append(loss.item())
    if step in (0, 1, 2, 5, 10, 50):
        print(f"{step:4}   b = {b.data:.4f}   w1 = {w1.data:.4f}   loss = {losses[-1]:.5f}")
    if step > 0 and losses[-2] - losses[-1] < 1e-6:
        break
    b.data -= learning_rate * b.grad
    w1.data -= learning_rate * w1.grad
print(f"{step:4}   b = {b.data:.4f}   w1 = {w1.data:.4f}   loss = {losses[-1]:.5f}")

# `b.grad = None` clears the gradient of the step before: `backward()` adds to what is there.
#
# The result is near the line that statistics calls *least squares*, which can be computed at once for a model this
# simple. A *neural network* is a larger model, made of layers of many such weighted sums with a curve after each
# (lessons 5 and 6). For it there is no such formula, and the steps are all we have.

slope, intercept = np.polyfit(x1, y, 1)
print(f"least squares: b = {intercept:.4f}   w1 = {slope:.4f}")


# ## The bowl
#
# Hold $b = 1$ and look at $w_1$ alone: the loss is a curve like a bowl. `minimize` keeps every point of the way down,
# and `plot_path` draws it. The steps get shorter by themselves, because the slope does.

def loss_of_w1(w1):
    return loss_of(1.0, w1)


path = tg.optim.minimize(loss_of_w1, 0.1, tg.optim.SGD(learning_rate), steps=20)
figure = tg.viz.plot_path(loss_of_w1, path)
figure.savefig("lesson_01_curve.png")

# With both parameters it is a bowl seen from above. In linear regression with the squared loss it always is: the loss
# is *convex*, it has one lowest point, and small enough steps lead there from anywhere.

path = tg.optim.minimize(loss_of, [0.0, 0.1], tg.optim.SGD(learning_rate), steps=1000, tolerance=1e-6)
figure = tg.viz.plot_path(loss_of, path, names=("b", "w1"))
figure.savefig("lesson_01_bowl.png")

# ## Too long a step
#
# With a learning rate that is too large, each step lands higher on the other side of the bowl, and the loss grows
# without end: the descent *diverges*. With one that is too small, it takes for ever.

for rate in (0.001, 0.01, 0.1, 0.3, 0.5):
    way = tg.optim.minimize(loss_of, [0.0, 0.1], tg.optim.SGD(rate), steps=20)
    print(f"learning rate {rate:5}: loss after 20 steps {way.values[-1]:12.5f}")

# ## Recap
#
# - The loss function gives one number, the loss, that says how far the predictions are from the targets.
# - The gradient points to where it grows fastest; a step of gradient descent goes the other way, as far as the learning
#   rate says.
# - For linear regression the loss is a bowl: small enough steps always reach its lowest point.
# - Repeat until the loss hardly changes: the model has converged.
#
# The words of all lessons stand in the [glossary](https://github.com/tinygrad-edu/tinygrad_edu/blob/main/docs/glossary.md).
#
# **Exercises.** 1. Start from $b = 3, w_1 = -1$: is the end the same? 2. Find the largest learning rate that still
# converges. 3. Use the mean of $|y' - y|$ as loss: where do the last steps differ, and why?
#
# With a check that says what is wrong, `tinygrad-edu exercises start NAME`: `numeric_derivative`, `descent_step`,
# `linear_regression`, `convergence`.
