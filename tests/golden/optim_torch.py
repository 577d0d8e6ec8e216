"""Write optim_torch.json: steps of PyTorch's SGD with momentum, dampening and Nesterov.

PyTorch starts its velocity at the first gradient, undamped; from the second step on its recurrence is the
common one, so the velocity is stored too.

Run: python tests/golden/optim_torch.py   (needs torch)
"""

import json
from pathlib import Path

import numpy as np
import torch

CASES = [
    {"lr": 0.1, "momentum": 0.9},
    {"lr": 0.05, "momentum": 0.8, "dampening": 0.3},
    {"lr": 0.1, "momentum": 0.9, "dampening": 0.9},
    {"lr": 0.1, "momentum": 0.9, "nesterov": True},
]


def steps(options):
    gradients = np.random.default_rng(7).normal(size=(6, 3))
    w = torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([w], **options)
    weights, velocities = [], []
    for g in gradients:
        w.grad = torch.tensor(g)
        optimizer.step()
        weights.append(w.tolist())
        velocities.append(optimizer.state[w]["momentum_buffer"].tolist())
    return {"arguments": options, "gradients": gradients.tolist(), "weights": weights, "velocities": velocities}


figures = {"torch": torch.__version__, "start": [1.0, -2.0, 0.5], "sgd": [steps(options) for options in CASES]}
Path(__file__).with_suffix(".json").write_text(json.dumps(figures, indent=1) + "\n")
