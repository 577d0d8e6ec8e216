"""tinygrad_edu: reverse-mode autodiff and small networks, to learn and teach gradient descent.

import tinygrad_edu as tg

x = tg.Tensor([1.0, 2.0], requires_grad=True)
(x * x).sum().backward()
x.grad  # array([2., 4.])
"""

import importlib
from typing import TYPE_CHECKING

from . import ops
from .common import random
from .common.version import __version__
from .engine.autodiff import gradients
from .engine.op import primitive
from .engine.recorder import no_grad
from .engine.tensor import Tensor
from .engine.transforms import grad, hessian, jacobian, value_and_grad
from .gradcheck import gradcheck

if TYPE_CHECKING:
    from . import data, doctor, exercises, keras, nn, optim, replay, spark, viz
    from .common.language import language
    from .data import datasets
    from .doctor import diagnose


# Imported on first use, so that `import tinygrad_edu` costs little more than NumPy.
_lazy = {
    "data": ".data",
    "datasets": ".data.datasets",
    "doctor": ".doctor",
    "exercises": ".exercises",
    "keras": ".keras",
    "nn": ".nn",
    "optim": ".optim",
    "replay": ".replay",
    "spark": ".spark",
    "viz": ".viz",
}

_lazy_functions = {"diagnose": ".doctor", "language": ".common.language"}

__all__ = [
    "Tensor",
    "grad",
    "gradcheck",
    "gradients",
    "hessian",
    "jacobian",
    "no_grad",
    "ops",
    "primitive",
    "random",
    "value_and_grad",
    *_lazy,
    *_lazy_functions,
]


def __getattr__(name):
    if name in _lazy_functions:
        return getattr(importlib.import_module(_lazy_functions[name], __name__), name)
    if name not in _lazy:
        raise AttributeError(f"tinygrad_edu has no {name!r}. It has: {', '.join(__all__)}.")
    module = importlib.import_module(_lazy[name], __name__)
    globals()[name] = module
    return module


def __dir__():
    return sorted([*globals(), *_lazy, *_lazy_functions])
