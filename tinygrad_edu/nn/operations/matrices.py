"""`keras.ops.linalg`: linear algebra with Keras's names and arguments."""

import numpy as np

from ...common.naming import list_public
from .values import given


def cholesky(x, upper=False):
    """The Cholesky factor of a symmetric positive definite matrix."""
    return np.linalg.cholesky(given(x), upper=upper)


def det(x):
    """The determinant."""
    return np.linalg.det(given(x))


def eigh(x):
    """The eigenvalues and eigenvectors of a symmetric matrix."""
    return tuple(np.linalg.eigh(given(x)))


def inv(x):
    """The inverse of a square matrix."""
    return np.linalg.inv(given(x))


def lstsq(a, b, rcond=None):
    """The shortest of the x for which ‖a x − b‖ is least: a⁺ b."""
    return np.linalg.pinv(given(a), rcond) @ given(b)


def norm(x, ord=None, axis=None, keepdims=False):
    """The length of vectors, or another norm."""
    return np.linalg.norm(given(x), ord, axis, keepdims)


def pinv(x, rcond=None):
    """The pseudoinverse of Moore and Penrose."""
    return np.linalg.pinv(given(x), rcond)


def solve(a, b):
    """The solution x of the linear equations a x = b."""
    return np.linalg.solve(given(a), given(b))


def svd(x, full_matrices=True, compute_uv=True):
    """The singular value decomposition U diag(s) Vᵀ."""
    found = np.linalg.svd(given(x), full_matrices, compute_uv)
    return tuple(found) if compute_uv else found


list_public(globals())
