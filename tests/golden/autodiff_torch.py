"""First and second derivatives of a two-layer network by PyTorch, to compare ours with.

    python tests/golden/autodiff_torch.py      (torch 2.13.0)

writes autodiff_torch.json.
"""

import json
from pathlib import Path

import numpy as np


def arrays():
    """x, w, b, v of the network v · tanh(w · x + b)."""
    rng = np.random.default_rng(1)
    return [rng.normal(size=shape) for shape in [(5,), (4, 5), (4,), (3, 4)]]


if __name__ == "__main__":
    import torch

    x, w, b, v = tensors = [torch.tensor(array, dtype=torch.float64, requires_grad=True) for array in arrays()]

    def network(x):
        return v @ torch.tanh(w @ x + b)

    def energy(x):
        return (network(x) ** 2).sum()

    energy(x).backward()
    figures = {
        "jacobian": torch.autograd.functional.jacobian(network, x.detach()).tolist(),
        "hessian": torch.autograd.functional.hessian(energy, x.detach()).tolist(),
        "gradients": [t.grad.tolist() for t in tensors],
    }
    Path(__file__).with_suffix(".json").write_text(json.dumps(figures, separators=(",", ":")) + "\n")
