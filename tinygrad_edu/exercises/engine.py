"""The engine's own tests, as programs: an engine that a student builds must give what this package's engine gives.

The programs are those of tests/test_autodiff.py, written over a class `Value` or `Tensor` of leaves.
"""

import numpy as np

from ..engine.autodiff import gradients
from ..engine.tensor import Tensor
from .comparing import compare
from .students import Local

# What numbers that remember can do.
SCALARS = (
    "a = Value(2.0)\nb = 3 * a\n(a * b + a).backward()\nresult = a.grad",
    "a = Value(3.0)\nb = a + a\n(b * b + b).backward()\nresult = a.grad",
    "x = y = Value(1.0)\nfor _ in range(12):\n    y = y + y\ny.backward()\nresult = x.grad",
    "a = Value(3.0)\n(a * a).backward()\nresult = a.grad",
    "a = Value(2.0)\ny = a * 3 * (a * 3) + a * a\ny.backward()\nfirst = a.grad\ny.backward()\nresult = [first, a.grad]",
    "a = Value(2.0)\nshared = a * a\n(3 * shared).backward()\n(5 * shared).backward()\nresult = a.grad",
    "a = Value(1.0)\nsum = a * 1\nfor k in range(2, 101):\n    sum = sum + a * k\nsum.backward()\nresult = a.grad",
    "a = Value(2.0)\nm = a * a\ny = m * m\ny.backward()\nresult = [a.grad, m.grad, y.grad]",
    "a = Value(2.0)\na.backward()\nresult = a.grad",
    "a = y = Value(0.5)\nfor _ in range(5000):\n    y = y + 1.0\ny.backward()\nresult = a.grad",
    "a = Value(1.5)\nb = Value(-0.5)\nc = a * b\nd = c + a\ny = c * d\ny.backward()\nresult = [a.grad, b.grad]",
)

# What they can do with functions too: micrograd's own two examples, and a neuron that learns.
FUNCTIONS = (
    *SCALARS,
    "x = Value(-4.0)\nz = 2 * x + 2 + x\nq = z.relu() + z * x\nh = (z * z).relu()\ny = h + q + q * x\n"
    "y.backward()\nresult = [y.data, x.grad]",
    "a = Value(-4.0)\nb = Value(2.0)\nc = a + b\nd = a * b + b**3\nc = c + c + 1\nc = c + 1 + c + (-a)\n"
    "d = d + d * 2 + (b + a).relu()\nd = d + 3 * d + (b - a).relu()\ne = c - d\nf = e**2\ng = f / 2.0\n"
    "g = g + 10.0 / f\ng.backward()\nresult = [g.data, a.grad, b.grad]",
    "a = Value(0.5)\ny = (a.exp() + 1).log() - a.tanh() / (1 - a)\ny.backward()\nresult = [y.data, a.grad]",
    "w = 0.5\npath = []\nfor _ in range(5):\n    a = Value(w)\n    loss = ((2 * a - 1).tanh() - 0.5) ** 2\n"
    "    loss.backward()\n    w = w - 0.3 * a.grad\n    path.append(loss.data)\nresult = path",
)

# What arrays that remember can do.
TENSORS = (
    *(text.replace("Value", "Tensor") for text in FUNCTIONS),
    "a = Tensor([1.0, 2.0])\nsum = a * 1\nfor k in range(2, 101):\n    sum = sum + a * k\n"
    "sum.backward(np.ones(2))\nresult = a.grad",
    "a = Tensor(np.ones((2, 3)))\na.sum().backward()\na.grad /= 2\nresult = a.grad",
    "a = Tensor(np.full((1, 1), 3.0))\n(a * a).backward()\nresult = a.grad",
    "a = Tensor([[1.0], [2.0]])\nb = Tensor([3.0, 4.0, 5.0])\ny = (a * b + b) / (a + 3)\n"
    "y.backward(np.arange(6.0).reshape(2, 3))\nresult = [a.grad, b.grad]",
    "x = Tensor(np.arange(6.0).reshape(2, 3) / 5)\ne = x.exp()\np = e / e.sum(axis=1, keepdims=True)\n"
    "(-(p.log() * np.eye(2, 3)).sum()).backward()\nresult = [p.data, x.grad]",
    "x = Tensor(np.arange(6.0).reshape(2, 3) / 5)\nc = x - x.sum(axis=0) / 2\n"
    "(c**2).sum(axis=0).tanh().sum().backward()\nresult = x.grad",
)

# What matrices that remember can do: two layers with a mean squared error, softmax with crossentropy, rows.
LAYERS = (
    "x = np.arange(12.0).reshape(4, 3) / 6 - 1\n"
    "w = Tensor(np.arange(6.0).reshape(3, 2) / 4 - 0.5)\nb = Tensor([0.1, -0.2])\n"
    "v = Tensor([[1.0], [-0.5]])\ny = ((x @ w + b).tanh() @ v - 0.5) ** 2\ny.mean().backward()\n"
    "result = [w.grad, b.grad, v.grad]"
)
MATRICES = (
    *TENSORS,
    LAYERS,
    "a = Tensor([[1.0, 2.0], [3.0, 5.0]])\n((a @ a).transpose() * a).sum().backward()\nresult = a.grad",
    "a = Tensor(np.arange(6.0))\n(a.reshape(2, 3) @ a.reshape(3, 2)).mean(axis=0).sum().backward()\nresult = a.grad",
    "table = Tensor(np.arange(8.0).reshape(4, 2))\nrows = table[np.array([3, 1, 3])]\n"
    "(rows * rows).sum().backward()\nresult = table.grad",
    "x = Tensor(np.arange(6.0).reshape(3, 2) / 3)\nc = x - x.mean(axis=0)\n"
    "y = c / ((c * c).mean(axis=0) + 0.01) ** 0.5\ny.backward(np.arange(6.0).reshape(3, 2) ** 2)\nresult = x.grad",
)

# What the whole engine can do: some want a gradient and some do not, and a network learns exclusive or.
TRAINING = (
    "a = Tensor(2.0, requires_grad=True)\nb = Tensor(3.0)\ny = a * b * a + b\ny.backward()\n"
    "result = [a.grad, b.grad, y.grad]",
    "x = Tensor(2.0, requires_grad=True)\nm = 3 * x\nresult = gradients(m * m, [m, x])",
    "x = Tensor([1.0, 2.0], requires_grad=True)\ny = x * x.detach() + x\ny.sum().backward()\nresult = x.grad",
    "x = Tensor(np.arange(6.0).reshape(2, 3), requires_grad=True)\ny = (x.exp() + 1).log()\n"
    "result = gradients(y, [x], np.array([[1.0, 0.0, 2.0], [0.5, 1.0, -1.0]]))",
)
XOR = """
x, y = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), np.array([[0.0], [1.0], [1.0], [0.0]])
w = Tensor(np.array([[1.0, -1.0, 0.5], [-0.5, 1.0, 1.0]]), requires_grad=True)
b = Tensor(np.array([0.1, -0.1, 0.0]), requires_grad=True)
v = Tensor(np.array([[1.0], [0.5], [-1.0]]), requires_grad=True)
c = Tensor(np.zeros(1), requires_grad=True)
losses = descend(lambda: (((x @ w + b).tanh() @ v + c - y) ** 2).mean(), [w, b, v, c], 0.5, 60)
result = [np.array(losses), w.data, b.data, v.data, c.data]
"""


def leaf(data):
    """A Tensor that wants a gradient, as every number of a student's first engines does."""
    return Tensor(data, requires_grad=True)


def own_tests(student, programs, **names):
    """Require of a student's engine what this package's engine gives for the same programs.

    Args:
        student: the student's file.
        programs: texts, as `student.program` takes them.
        **names: what stands in them for this package's engine; by default `Value` and `Tensor` make leaves.

    Raises:
        Wrong: a program gives something else.
    """
    engine = Local({"np": np, "Value": leaf, "Tensor": leaf, **names})
    for text in programs:
        compare(student.program(text), (), engine.program(text)(), rtol=1e-9)


def own_training_tests(student, programs):
    """The same for a whole engine, whose Tensors say themselves what requires a gradient; and it trains a network.

    Raises:
        Wrong: a program gives something else.
    """
    leaves = "def leaf(data):\n    return Tensor(data, requires_grad=True)\n\n\n"
    wanting = [leaves + text.replace("Tensor(", "leaf(") for text in MATRICES]
    own_tests(student, wanting, Tensor=Tensor)
    own_tests(student, (*programs, XOR), Tensor=Tensor, gradients=_gradients, descend=_descend)


def _gradients(output, inputs, gradient=None):
    return gradients(output, inputs, gradient)


def _descend(loss, parameters, learning_rate, steps):
    """Plain descent on this package's Tensors, as step 6 asks for."""
    losses = []
    for _ in range(steps):
        value = loss()
        losses.append(value.item())
        for parameter, slope in zip(parameters, gradients(value, parameters), strict=True):
            parameter.data = parameter.data - learning_rate * slope
    return losses
