"""Makes linalg_torch.json: gradients of linear algebra by PyTorch. Run: python tests/golden/linalg_torch.py"""

import json
from pathlib import Path

import numpy as np
import torch

EINSUM = [
    ("ij,jk->ik", (2, 3), (3, 4)),
    ("bij,bjk->bik", (2, 2, 3), (2, 3, 2)),
    ("...ij,...jk->...ik", (2, 1, 2, 3), (3, 3, 2)),
    ("ii->i", (3, 3)),
    ("ii", (3, 3)),
    ("bii->b", (2, 3, 3)),
    ("ij->j", (2, 3)),
    ("ij->", (2, 3)),
    ("ij,kj->k", (2, 3), (4, 3)),
    ("i,ij,j->", (2,), (2, 3), (3,)),
    ("ij,i->ij", (2, 3), (2,)),
    ("...i,i->...", (2, 2, 3), (3,)),
    ("i,j", (2,), (3,)),
    ("ij,jk,kl->il", (2, 3), (3, 2), (2, 2)),
]
MATMUL = [
    ((3,), (3,)),
    ((2, 3), (3,)),
    ((3,), (3, 2)),
    ((2, 3), (3, 4)),
    ((2, 2, 3), (3, 4)),
    ((2, 3), (2, 3, 2)),
    ((2, 1, 2, 3), (3, 3, 2)),
    ((3,), (2, 3, 2)),
    ((2, 2, 3), (3,)),
]
SOLVE = [((3, 3), (3,)), ((3, 3), (3, 2)), ((2, 3, 3), (2, 3, 1)), ((2, 2), (3, 2, 2))]
SQUARE = [(3, 3), (2, 2, 2)]

rng = np.random.default_rng(2)


def values(shape):
    return np.round(rng.normal(size=shape), 3)


def square(shape):
    return values(shape) + 3 * np.eye(shape[-1])


def covariance(shape):
    x = values(shape)
    return np.round(x @ np.swapaxes(x, -1, -2) + np.eye(shape[-1]), 6)


def case(op, function, arrays, text=None, **options):
    arrays = list(arrays)
    tensors = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in arrays]
    out = function(*tensors, **options)
    incoming = values(tuple(out.shape))
    found = torch.autograd.grad(out, tensors, torch.tensor(incoming, dtype=torch.float64))
    return {
        "op": op,
        "text": text,
        "options": options,
        "inputs": [np.asarray(x).tolist() for x in arrays],
        "out": out.tolist(),
        "incoming": incoming.tolist(),
        "gradients": [g.tolist() for g in found],
    }


def tensordot(a, b, axes):
    return torch.tensordot(a, b, axes)


cases = [
    *[case("matmul", torch.matmul, [values(a), values(b)]) for a, b in MATMUL],
    *[
        case("einsum", lambda *x, t=text: torch.einsum(t, *x), [values(s) for s in shapes], text)
        for text, *shapes in EINSUM
    ],
    *[case("solve", torch.linalg.solve, [square(a), values(b)]) for a, b in SOLVE],
    *[case("inv", torch.linalg.inv, [square(a)]) for a in SQUARE],
    *[case("det", torch.linalg.det, [x]) for x in [square((3, 3)), square((2, 2, 2)), values((4, 4))]],
    *[case("logabsdet", lambda x: torch.linalg.slogdet(x)[1], [square(a)]) for a in SQUARE],
    *[case("cholesky", torch.linalg.cholesky, [covariance(a)]) for a in SQUARE],
    *[case("cholesky", torch.linalg.cholesky, [covariance(a)], upper=True) for a in SQUARE],
    case("outer", torch.outer, [values((3,)), values((2,))]),
    case("inner", torch.inner, [values((2, 3)), values((4, 3))]),
    case("kron", torch.kron, [values((2, 2)), values((3,))]),
    case("dot", torch.dot, [values((3,)), values((3,))]),
    case("tensordot", tensordot, [values((2, 3, 4)), values((5, 4, 3))], axes=[[1, 2], [2, 1]]),
    case("tensordot", tensordot, [values((2, 3)), values((3, 2))], axes=1),
]
lines = ",\n".join(json.dumps(c) for c in cases)
Path(__file__).with_suffix(".json").write_text(f'{{"torch": "{torch.__version__}", "cases": [\n{lines}\n]}}\n')
