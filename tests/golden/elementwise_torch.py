"""Makes elementwise_torch.json: values and derivatives of orders 1 and 2 by PyTorch, at common points, far
out and at kinks. Run: python tests/golden/elementwise_torch.py"""

import json
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

REAL = [-30.0, -5.0, -2.5, -1.0, -0.3, -1e-3, 1e-3, 0.3, 1.0, 2.5, 5.0, 30.0]
POSITIVE = [1e-3, 0.3, 1.0, 2.5, 30.0]
UNIT = [-0.999, -0.5, -1e-3, 0.2, 0.9, 0.999]
FAR = [-1000.0, -700.0, -100.0, 100.0, 700.0, 1000.0]
PAIR = [-3.0, -1.0, 0.5, 2.0], [2.0, -4.0, 0.7, 0.1]
LOGITS = [[1.0, -2.0, 0.5], [1000.0, 0.0, -1000.0]]

rng = np.random.default_rng(3)


def second(gradients, tensors, weights):
    """The derivatives of the weighted sum of the gradients; zeros where it does not depend on an input."""
    total = sum((g * w).sum() for g, w in zip(gradients, weights, strict=True))
    found = torch.autograd.grad(total, tensors, allow_unused=True) if total.requires_grad else [None] * len(tensors)
    return [torch.zeros_like(t) if g is None else torch.zeros_like(t) + g for g, t in zip(found, tensors, strict=True)]


def case(op, function, *inputs, order=2, **options):
    tensors = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in inputs]
    out = function(*tensors)
    incoming = torch.tensor(np.round(rng.normal(size=tuple(out.shape)), 3))
    weights = [torch.tensor(np.round(rng.normal(size=tuple(t.shape)), 3)) for t in tensors]
    gradients = torch.autograd.grad(out, tensors, incoming, create_graph=True)
    return {
        "op": op,
        "options": options,
        "inputs": inputs,
        "out": out.tolist(),
        "incoming": incoming.tolist(),
        "gradients": [g.tolist() for g in gradients],
        "weights": [w.tolist() for w in weights],
        "second": [g.tolist() for g in second(gradients, tensors, weights)] if order == 2 else None,
    }


def same(names, *inputs):
    return [case(name, getattr(torch, name), *inputs) for name in names.split()]


def hard_sigmoid(x):  # torch's own keeps 1/6 in single precision
    return functional.relu6(x + 3) / 6


def mish(x):
    return x * torch.tanh(functional.softplus(x, threshold=1e9))


cases = [
    *same("exp expm1 exp2 sin cos tan arctan sinh cosh tanh arcsinh absolute square reciprocal erf erfc", REAL),
    *same("log log1p log2 log10 sqrt", POSITIVE),
    *same("arcsin arccos arctanh", UNIT),
    case("arccosh", torch.arccosh, [1.001, 1.5, 3.0, 100.0]),
    case("cbrt", lambda x: torch.sign(x) * torch.abs(x) ** (1 / 3), REAL),
    *same("add subtract multiply divide logaddexp hypot maximum minimum arctan2", *PAIR),
    case("power", torch.pow, [0.1, 1.0, 2.5, 3.0], [2.0, -4.0, 0.7, -0.2]),
    case("power", torch.pow, [3.0, 0.0, 0.0], [0.0, 0.0, 2.0], order=1),
    case("logaddexp", torch.logaddexp, [1000.0, -1000.0, 0.0], [999.0, -998.0, -800.0], order=1),
    # At kinks and ties.
    case("absolute", torch.abs, [0.0, -1.0]),
    case("maximum", torch.maximum, [1.0, 0.0, 2.0], [1.0, 0.0, 3.0]),
    case("minimum", torch.minimum, [1.0, 0.0, 2.0], [1.0, 0.0, 3.0]),
    case("clip", torch.clamp, [-2.0, -1.0, 0.5, 2.0, 3.0], [-1.0] * 5, [2.0] * 5),
    case("clip", torch.clamp, [-2.0, 0.5, 3.0], [2.0] * 3, [-1.0] * 3),  # the bounds cross
    case("relu", functional.relu, [-1.0, 0.0, 1.0]),
    case("relu6", functional.relu6, [-1.0, 0.0, 1.0, 6.0, 7.0], order=1),
    case("leaky_relu", lambda x: functional.leaky_relu(x, 0.2), [-1.0, 0.0, 1.0]),
    case("hard_sigmoid", hard_sigmoid, [-4.0, -3.0, 0.0, 3.0, 4.0], order=1),
    case("elu", functional.elu, [-1.0, 0.0, 1.0], order=1),
    case("selu", functional.selu, [-1.0, 0.0, 1.0], order=1),
    # Activations.
    case("relu", functional.relu, REAL + FAR),
    case("relu6", functional.relu6, REAL + FAR, order=1),
    case("leaky_relu", lambda x: functional.leaky_relu(x, 0.2), REAL + FAR),
    case("leaky_relu", lambda x: functional.leaky_relu(x, 0.01), REAL, negative_slope=0.01),
    case("hard_sigmoid", hard_sigmoid, REAL[1:-1] + FAR, order=1),
    case("hard_silu", functional.hardswish, REAL + FAR, order=1),
    case("elu", functional.elu, REAL + FAR),
    case("elu", lambda x: functional.elu(x, 0.5), REAL, alpha=0.5),
    case("selu", functional.selu, REAL + FAR),
    case("gelu", functional.gelu, REAL[1:-1] + FAR),
    case("gelu", lambda x: functional.gelu(x, approximate="tanh"), REAL[1:-1] + FAR, approximate=True),
    case("silu", functional.silu, REAL + FAR),
    case("mish", mish, REAL),
    case("softplus", lambda x: functional.softplus(x, threshold=1e9), REAL),
    case("softsign", functional.softsign, REAL + FAR),
    case("sigmoid", torch.sigmoid, REAL + FAR),
    case("log_sigmoid", functional.logsigmoid, REAL + FAR),
    case("softmax", lambda x: torch.softmax(x, -1), LOGITS),
    case("softmax", lambda x: torch.softmax(x, 0), LOGITS, axis=0),
    case("log_softmax", lambda x: torch.log_softmax(x, -1), LOGITS),
    case("log_softmax", lambda x: torch.log_softmax(x, 0), LOGITS, axis=0),
]
lines = ",\n".join(json.dumps(c) for c in cases)
Path(__file__).with_suffix(".json").write_text(f'{{"torch": "{torch.__version__}", "cases": [\n{lines}\n]}}\n')
