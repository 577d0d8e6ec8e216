"""Linear algebra, by Keras's names."""

# Written by .ci/make_keras.py

from ...nn.operations.matrices import cholesky, det, eigh, inv, lstsq, norm, pinv, solve, svd

__all__ = [
    "cholesky", "det", "eigh", "inv", "lstsq", "norm", "pinv", "solve", "svd",
]
