"""Decompositions of matrices: eigenvalues, singular values, the pseudoinverse.

A decomposition is computed once, by an op whose result holds its factors side by side; what users call cuts it.
Its rule reads all factors from the result, and is written with ops, so it can be differentiated again.

Source: Giles, "An extended collection of matrix derivative results for forward and reverse mode algorithmic
differentiation" (2008); Townsend, "Differentiating the singular value decomposition" (2016); Golub and Pereyra,
"The differentiation of pseudo-inverses and nonlinear least squares problems whose variables separate" (1973).
"""

from collections import namedtuple

import numpy as np

from ..engine.op import primitive
from ..engine.tensor import numpy_functions
from .samples import call, calls, real, unit

EighResult = namedtuple("EighResult", ("eigenvalues", "eigenvectors"))
SVDResult = namedtuple("SVDResult", ("U", "S", "Vh"))


def _transposed(a):
    return np.swapaxes(a, -1, -2)


def _check_matrices(a, square=False):
    if np.ndim(a) < 2 or (square and np.shape(a)[-1] != np.shape(a)[-2]):
        raise np.linalg.LinAlgError(f"expected a {'square ' * square}matrix or a stack of them.")


def _by_differences(x, values):
    """xᵢⱼ / (vⱼ − vᵢ), and 0 on the diagonal. Where two of the values are equal: 0 for 0, NaN for anything else."""
    differences = np.expand_dims(values, -2) - np.expand_dims(values, -1)
    equal = differences == 0
    unknown = equal & (x != 0) & ~np.eye(values.shape[-1], dtype=bool)
    return np.where(equal, np.where(unknown, np.nan, 0 * x), x / np.where(equal, 1, differences))


# -- eigenvalues ---------------------------------------------------------------------------------------


def _symmetric(rng):
    """Symmetric matrices with eigenvalues well apart."""
    found = []
    for shape in ((3, 3), (2, 2, 2)):
        vectors = np.linalg.qr(real(rng, shape))[0]
        found.append(((vectors * np.arange(-1.0, 2.0)[: shape[-1]]) @ _transposed(vectors),))
    return [(args, {}) for args in found]


@primitive(
    lambda g, out, a: _eigenpairs_rule(g, out), symbol="eigh", method=False, sample=_symmetric,
    xla=lambda jax, a: _eigenpairs(jax.numpy, a),
)
def eigenpairs(a):
    """The eigenvalues of a symmetric matrix, as a first column, and beside them its eigenvectors: what `eigh` cuts.

    For a = V diag(w) Vᵀ the gradient is the symmetric part of V (diag(w̄) + F ∘ (Vᵀ V̄)) Vᵀ, with
    Fᵢⱼ = 1 / (wⱼ − wᵢ). The eigenvectors of equal eigenvalues have no derivative: what flows to them becomes NaN,
    and nothing does where only eigenvalues are used.

    Source: Giles (2008), section 3.1.

    Example:
        >>> eigenpairs(np.array([[2.0, 0.0], [0.0, 1.0]])).shape
        (2, 3)
    """
    _check_matrices(a, square=True)
    a = np.asarray(a)  # a tape, which asks with a Tensor, is not to take it apart
    return _eigenpairs(np, a)


def _eigenpairs(np, a):
    """The same, for whatever has NumPy's functions under the name np."""
    values, vectors = np.linalg.eigh((a + np.swapaxes(a, -1, -2)) / 2)
    return np.concatenate([values[..., None], vectors], axis=-1)


def _eigenpairs_rule(g, out):
    values, vectors = out[..., 0], out[..., 1:]
    inner = _by_differences(_transposed(vectors) @ g[..., 1:], values)
    inner = inner + np.expand_dims(g[..., 0], -1) * np.eye(values.shape[-1], dtype=out.dtype)
    whole = vectors @ inner @ _transposed(vectors)
    return (whole + _transposed(whole)) / 2


def eigh(a, UPLO="L"):  # noqa: N803  NumPy's name
    """The eigenvalues and eigenvectors of a symmetric matrix, a = V diag(w) Vᵀ, or of each matrix of a stack.

    Args:
        a: a symmetric matrix, or a stack of them. Of one that is not symmetric, the symmetric part is used.
        UPLO: as NumPy has it; the symmetric part has no triangle to choose.

    Returns:
        The pair (eigenvalues, eigenvectors): the eigenvalues in ascending order, the eigenvectors as columns.

    Raises:
        LinAlgError: the matrix is not square.

    Source: Giles (2008), section 3.1.

    Example:
        >>> eigh(Tensor([[2.0, 1.0], [1.0, 2.0]])).eigenvalues
        Tensor([1., 3.])
    """
    if UPLO not in ("L", "U", "l", "u"):
        raise ValueError(f"UPLO is 'L' or 'U'; received {UPLO!r}.")
    both = eigenpairs(a)
    return EighResult(both[..., 0], both[..., 1:])


def eigvalsh(a, UPLO="L"):  # noqa: N803
    """The eigenvalues of a symmetric matrix in ascending order. See `eigh`.

    Example:
        >>> eigvalsh(Tensor([[2.0, 1.0], [1.0, 2.0]]))
        Tensor([1., 3.])
    """
    return eigh(a, UPLO).eigenvalues


# -- singular values -----------------------------------------------------------------------------------


def _of_singular_values(*shapes):
    """Matrices of these shapes with singular values well apart, and not near 0."""

    def draw(rng):
        found = []
        for shape in shapes:
            u, s, vt = np.linalg.svd(real(rng, shape), full_matrices=False)
            found.append((((u * (1.0 + np.arange(s.shape[-1])[::-1])) @ vt,), {}))
        return found

    return draw


@primitive(
    lambda g, out, a: _singular_triplets_rule(g, out, a.shape[-2]),
    symbol="svd", method=False, sample=_of_singular_values((3, 3), (3, 2), (2, 4), (2, 2, 2)),
    xla=lambda jax, a: _singular_triplets(jax.numpy, a),
)
def singular_triplets(a):
    """For each singular value a row: the left vector, the value, the right vector. It is what `svd` cuts.

    For a = U S Vᵀ, with Fᵢⱼ = 1 / (sⱼ² − sᵢ²), the gradient is
    U (S̄ + (F ∘ (UᵀŪ − ŪᵀU)) S + S (F ∘ (VᵀV̄ − V̄ᵀV))) Vᵀ + (1 − UUᵀ) Ū S⁻¹ Vᵀ + U S⁻¹ V̄ᵀ (1 − VVᵀ).
    The vectors of equal singular values have no derivative: what flows to them becomes NaN, and nothing does where
    only singular values are used.

    Source: Townsend (2016).

    Example:
        >>> singular_triplets(np.array([[3.0, 0.0], [0.0, 2.0]])).shape
        (2, 5)
    """
    _check_matrices(a)
    return _singular_triplets(np, np.asarray(a))


def _singular_triplets(np, a):
    """The same, for whatever has NumPy's functions under the name np."""
    u, s, vt = np.linalg.svd(a, full_matrices=False)
    return np.concatenate([np.swapaxes(u, -1, -2), s[..., None], vt], axis=-1)


def _singular_triplets_rule(g, out, rows):
    u, s, v = _transposed(out[..., :rows]), out[..., rows], _transposed(out[..., rows + 1 :])
    gu, gs, gv = _transposed(g[..., :rows]), g[..., rows], _transposed(g[..., rows + 1 :])
    column, row = np.expand_dims(s, -1), np.expand_dims(s, -2)
    left, right = _transposed(u) @ gu, _transposed(v) @ gv
    inner = _by_differences(left - _transposed(left), s * s) * row
    inner = inner + column * _by_differences(right - _transposed(right), s * s)
    inner = inner + np.expand_dims(gs, -1) * np.eye(s.shape[-1], dtype=out.dtype)
    whole = u @ inner
    if rows > s.shape[-1]:
        whole = whole + (gu - u @ left) / row
    whole = whole @ _transposed(v)
    if v.shape[-2] > s.shape[-1]:
        whole = whole + u @ (_transposed(gv - v @ right) / column)
    return whole


def svd(a, full_matrices=True, compute_uv=True, hermitian=False):
    """The singular value decomposition a = U diag(s) Vᵀ of a matrix, or of each matrix of a stack.

    Args:
        a: an array of shape (…, m, n).
        full_matrices: as NumPy has it. The vectors beyond min(m, n) have no derivative, so True is for square matrices.
        compute_uv: False gives the singular values alone.
        hermitian: as NumPy has it; it makes no difference.

    Returns:
        (U, S, Vh), of shapes (…, m, k), (…, k) and (…, k, n) with k = min(m, n); S is in descending order.

    Raises:
        ValueError: full_matrices for a matrix that is not square.

    Source: Townsend (2016).

    Example:
        >>> svd(Tensor([[3.0, 0.0], [0.0, 2.0]])).S
        Tensor([3., 2.])
    """
    _check_matrices(a)
    rows, columns = np.shape(a)[-2:]
    if compute_uv and full_matrices and rows != columns:
        raise ValueError(
            f"the full bases of a {rows} × {columns} matrix hold vectors that have no derivative. "
            "Write np.linalg.svd(a, full_matrices=False)."
        )
    both = singular_triplets(a)
    if not compute_uv:
        return both[..., rows]
    return SVDResult(_transposed(both[..., :rows]), both[..., rows], both[..., rows + 1 :])


# -- the pseudoinverse ---------------------------------------------------------------------------------


@primitive(
    lambda g, out, a, rcond: _pinv_rule(g, out, a),
    numpy=np.linalg.pinv, symbol="pinv",
    sample=calls(
        call((3, 2)), call((2, 3)), call((2, 2, 3)),
        call((2, 2), domain=lambda rng, shape: unit(rng, shape) + 2 * np.eye(2)),
    ),
)
def pinv(a, rcond=None):
    """The pseudoinverse a⁺ of Moore and Penrose: a⁺ b is the shortest of the x for which ‖a x − b‖ is least.

    For G the incoming gradient and p = a⁺, that of a is −pᵀ G pᵀ + (1 − a p) Gᵀ p pᵀ + pᵀ p Gᵀ (1 − p a),
    as long as the rank of a does not change.

    Args:
        a: a matrix, or a stack of them, of shape (…, m, n).
        rcond: singular values below rcond times the largest count as 0; None is NumPy's choice.

    Returns:
        An array of shape (…, n, m).

    Source: Golub and Pereyra (1973).

    Example:
        >>> pinv(Tensor([[2.0], [0.0]]))
        Tensor([[0.5, 0. ]])
    """
    _check_matrices(a)
    return np.linalg.pinv(a) if rcond is None else np.linalg.pinv(a, rcond)


def _pinv_rule(g, out, a):
    turned, incoming = _transposed(out), _transposed(g)
    rows, columns = (np.eye(n, dtype=out.dtype) for n in a.shape[-2:])
    left = (rows - a @ out) @ incoming @ out @ turned
    right = turned @ out @ incoming @ (columns - out @ a)
    return left + right - turned @ g @ turned


numpy_functions.update({np.linalg.eigh: eigh, np.linalg.eigvalsh: eigvalsh, np.linalg.svd: svd})
