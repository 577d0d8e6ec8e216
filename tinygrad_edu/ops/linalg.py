"""Linear algebra: products of vectors, matrices and their stacks, and what is computed from square matrices.

As in NumPy, a stack of matrices is an array whose last two axes are the matrix; the axes before them
broadcast. Several rules need another op of this file, so they are written with it and stay differentiable.

Source: Giles, "An extended collection of matrix derivative results for forward and reverse mode algorithmic
differentiation" (2008); Murray, "Differentiation of the Cholesky decomposition" (2016).
"""

from collections import namedtuple

import numpy as np

from ..engine.op import in_formulas, primitive
from ..engine.tensor import numpy_functions
from .samples import between, call, calls, real

_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

# -- products ------------------------------------------------------------------------------------------


@primitive(
    lambda g, out, a, b: g @ b.T if _matrices(a, b) else _left_of_product(g, a, b),
    lambda g, out, a, b: a.T @ g if _matrices(a, b) else _right_of_product(g, a, b),
    numpy=(np.matmul, np.linalg.matmul), symbol="@", word="matrix product", operator="matmul",
    sample=calls(
        call((2, 3), (3, 4)), call((3,), (3,)), call((2, 3), (3,)), call((3,), (3, 2)), call((2, 0), (0, 3)),
        call((2, 2, 3), (3, 4)), call((2, 3), (2, 3, 2)), call((2, 2, 3), (2, 3, 1)), call((2, 1, 1, 3), (2, 3, 2)),
        call((3,), (2, 3, 2)), call((2, 2, 3), (3,)), call((1, 2, 3), (2, 3, 1)), call((0, 2, 3), (3, 2)),
    ),
)
def matmul(a, b):
    """The matrix product a @ b; a vector is a row on the left and a column on the right, stacks broadcast.

    Example:
        >>> matmul(Tensor([[1.0, 2.0], [3.0, 4.0]]), np.array([1.0, 10.0]))
        Tensor([21., 43.])
    """
    try:
        return np.matmul(a, b)
    except ValueError:
        raise ValueError(_product_problem(np.shape(a), np.shape(b))) from None


def _matrices(a, b):
    return getattr(a, "ndim", 0) == 2 == getattr(b, "ndim", 0)


def _array(x):
    """An array or Tensor unchanged; numbers and lists as an array."""
    return x if hasattr(x, "ndim") else np.asarray(x)


@in_formulas(lambda g, a, b: f"{g} @ {b}ᵀ")
def _left_of_product(g, a, b):
    """The gradient g @ bᵀ of a in a @ b; one row of it for each matrix when a is a vector."""
    a, b = _array(a), _array(b)
    if b.ndim == 1:
        return np.expand_dims(g, -1) * b
    return (np.expand_dims(g, -2) if a.ndim == 1 else g) @ np.swapaxes(b, -1, -2)


@in_formulas(lambda g, a: f"{a}ᵀ @ {g}")
def _right_of_product(g, a, b):
    """The gradient aᵀ @ g of b in a @ b; as rows, not columns, when b is a vector."""
    a, b = _array(a), _array(b)
    if a.ndim == 1:
        return a * g if b.ndim == 1 else np.expand_dims(a, -1) * np.expand_dims(g, -2)
    if b.ndim == 1:
        return np.expand_dims(g, -2) @ a
    if b.ndim == 2:
        rows = list(range(a.ndim - 1))
        return tensordot(a, g, (rows, rows))
    return np.swapaxes(a, -1, -2) @ g


def _product_problem(a, b):
    if not a or not b:
        return "expected vectors or matrices, received a single number. Write * to multiply by a number."
    inner = b[-2] if len(b) > 1 else b[0]
    if a[-1] != inner:
        which = "the second last axis" if len(b) > 1 else "the only axis"
        return f"the last axis of a has length {a[-1]}, {which} of b has {inner}; they must be equal."
    return f"the stacks {a[:-2]} and {b[:-2]} of matrices do not broadcast."


@primitive(
    lambda g, out, a, b: g @ b.T if _matrices(a, b) else _left_of_dot(g, a, b),
    lambda g, out, a, b: a.T @ g if _matrices(a, b) else _right_of_dot(g, a, b),
    numpy=np.dot, symbol="·", word="dot product",
    sample=calls(
        call((2, 3), (3, 4)), call((3,), (3,)), call((), ()), call((), (2, 3)), call((3,), ()), call((2, 3), (3,)),
        call((3,), (3, 2)), call((2, 2, 3), (3,)), call((2, 3), (2, 3, 2)), call((2, 2, 3), (2, 3, 1)),
        call((0,), (0, 2)),
    ),
)
def dot(a, b):
    """The dot product: the sum of products over the last axis of a and the second last, or only, axis of b.

    For two vectors it is their inner product, for two matrices a @ b, with a number the multiplication.

    Example:
        >>> dot(Tensor([1.0, 2.0]), Tensor([10.0, 100.0]))
        Tensor(210.)
    """
    try:
        return np.dot(a, b)
    except ValueError:
        raise ValueError(_product_problem(np.shape(a), np.shape(b))) from None


def _left_of_dot(g, a, b):
    a, b = _array(a), _array(b)
    return g * b if a.ndim == 0 or b.ndim == 0 else _left_of_tensordot(g, a, b, _dot_axes(b))


def _right_of_dot(g, a, b):
    a, b = _array(a), _array(b)
    return g * a if a.ndim == 0 or b.ndim == 0 else _right_of_tensordot(g, a, b, _dot_axes(b))


def _dot_axes(b):
    return -1, -min(b.ndim, 2)


@primitive(
    lambda g, out, a, b: g * b if 0 in (_array(a).ndim, _array(b).ndim) else _left_of_tensordot(g, a, b, (-1, -1)),
    lambda g, out, a, b: g * a if 0 in (_array(a).ndim, _array(b).ndim) else _right_of_tensordot(g, a, b, (-1, -1)),
    numpy=np.inner, symbol="·", word="inner product",
    sample=calls(call((3,), (3,)), call((), (2, 3)), call((2, 3), (3,)), call((2, 3), (4, 3)), call((2, 1, 3), (2, 3))),
)
def inner(a, b):
    """The inner product: the sum of products over the last axis of a and the last axis of b.

    Example:
        >>> inner(Tensor([[1.0, 2.0], [3.0, 4.0]]), np.array([1.0, 10.0]))
        Tensor([21., 43.])
    """
    return np.inner(a, b)


@primitive(
    lambda g, out, a, b: g * np.reshape(b, _array(a).shape),
    lambda g, out, a, b: g * np.reshape(a, _array(b).shape),
    numpy=np.vdot, symbol="·", word="dot product", method=False,
    sample=calls(call((3,), (3,)), call((), ()), call((2, 3), (2, 3)), call((2, 3), (6,)), call((0,), (0,))),
)
def vdot(a, b):
    """The sum of the products of all values of a and b, which are read as two vectors.

    Example:
        >>> vdot(Tensor([[1.0, 2.0], [3.0, 4.0]]), np.ones((2, 2)))
        Tensor(10.)
    """
    return np.vdot(a, b)


@primitive(
    lambda g, out, a, b: np.reshape(g @ np.reshape(b, -1), _array(a).shape),
    lambda g, out, a, b: np.reshape(np.reshape(a, -1) @ g, _array(b).shape),
    numpy=(np.outer, np.linalg.outer), symbol="⊗", word="outer product",
    sample=calls(call((3,), (2,)), call((), (2,)), call((2, 2), (3,)), call((1,), (1,)), call((0,), (2,))),
)
def outer(a, b):
    """The outer product: the matrix of all products aᵢ·bⱼ.

    Example:
        >>> outer(Tensor([1.0, 2.0]), Tensor([10.0, 100.0]))
        Tensor([[ 10., 100.],
                [ 20., 200.]])
    """
    return np.outer(a, b)


@primitive(
    lambda g, out, a, b, axes: _left_of_tensordot(g, a, b, axes),
    lambda g, out, a, b, axes: _right_of_tensordot(g, a, b, axes),
    numpy=(np.tensordot, np.linalg.tensordot), symbol="·", word="tensor product",
    sample=calls(
        call((2, 3), (3, 4), axes=1), call((2, 3, 2), (3, 2, 2)), call((3,), (2,), axes=0), call((), (2,), axes=0),
        call((2, 3, 4), (4, 2), axes=([2, 0], [0, 1])), call((2, 3, 4), (5, 4, 3), axes=((1, 2), (2, 1))),
        call((3, 2), (4, 3), axes=(0, 1)), call((2, 3), (2, 3), axes=((0, -1), (0, 1))),
        call((0, 2), (0, 3), axes=(0, 0)),
    ),
)
def tensordot(a, b, axes=2):
    """The sum of products over pairs of axes: the last `axes` of a with the first of b, or the listed pairs.

    Args:
        a, b: arrays of any shape.
        axes: a number of axes, or a pair (axes of a, axes of b) of equal lengths.

    Returns:
        The other axes of a, then the other axes of b.

    Raises:
        ValueError: paired axes differ in length.

    Example:
        >>> tensordot(Tensor([[1.0, 2.0], [3.0, 4.0]]), Tensor([1.0, 10.0]), axes=([0], [0]))
        Tensor([31., 42.])
    """
    try:
        return np.tensordot(a, b, axes)
    except ValueError:
        raise ValueError(f"the summed axes of a and of b must have equal lengths; received axes={axes}.") from None


def _left_of_tensordot(g, a, b, axes):
    a, b = _array(a), _array(b)
    a_kept, a_summed, b_kept, b_summed = _split_axes(axes, a.ndim, b.ndim)
    part = tensordot(g, b, (list(range(len(a_kept), len(a_kept) + len(b_kept))), b_kept))
    return _in_order(part, [*a_kept, *[x for _, x in sorted(zip(b_summed, a_summed))]])


def _right_of_tensordot(g, a, b, axes):
    a, b = _array(a), _array(b)
    a_kept, a_summed, b_kept, b_summed = _split_axes(axes, a.ndim, b.ndim)
    part = tensordot(a, g, (a_kept, list(range(len(a_kept)))))
    return _in_order(part, [*[x for _, x in sorted(zip(a_summed, b_summed))], *b_kept])


def _split_axes(axes, a_ndim, b_ndim):
    """The axes of a and of b that are kept and those that are summed, counted from 0."""
    try:
        a_summed, b_summed = axes
    except TypeError:
        a_summed, b_summed = range(a_ndim - axes, a_ndim), range(axes)
    a_summed = [int(i) % a_ndim for i in np.atleast_1d(a_summed)]
    b_summed = [int(i) % b_ndim for i in np.atleast_1d(b_summed)]
    kept = [[i for i in range(n) if i not in summed] for n, summed in ((a_ndim, a_summed), (b_ndim, b_summed))]
    return kept[0], a_summed, kept[1], b_summed


def _in_order(x, axes):
    """The transpose of x that puts its axes, which are numbered `axes`, in ascending order."""
    order = sorted(range(len(axes)), key=axes.__getitem__)
    return x if order == list(range(len(axes))) else np.transpose(x, order)


@primitive(
    lambda g, out, a, b: _left_of_kron(g, _array(a), _array(b)),
    lambda g, out, a, b: _right_of_kron(g, _array(a), _array(b)),
    numpy=np.kron, symbol="⊗", word="Kronecker product", method=False,
    sample=calls(call((2, 2), (3, 2)), call((3,), (2,)), call((2,), (2, 3)), call((2, 1, 2), (2,)), call((), (2, 2))),
)
def kron(a, b):
    """The Kronecker product: every value of a times the whole of b, as blocks.

    Example:
        >>> kron(Tensor([1.0, 10.0]), Tensor([1.0, 2.0]))
        Tensor([ 1.,  2., 10., 20.])
    """
    return np.kron(a, b)


def _left_of_kron(g, a, b):
    blocks, _, right, _, inside = _kron_blocks(g, a, b)
    return np.reshape(np.sum(blocks * right, axis=inside), a.shape)


def _right_of_kron(g, a, b):
    blocks, left, _, outside, _ = _kron_blocks(g, a, b)
    return np.reshape(np.sum(blocks * left, axis=outside), b.shape)


def _kron_blocks(g, a, b):
    """g with each axis split in (block, place in the block), a and b to match, and the axes of either kind."""
    n = max(a.ndim, b.ndim)
    a_shape, b_shape = (1,) * (n - a.ndim) + a.shape, (1,) * (n - b.ndim) + b.shape
    outside, inside = tuple(range(0, 2 * n, 2)), tuple(range(1, 2 * n, 2))
    blocks = np.reshape(g, [m for pair in zip(a_shape, b_shape) for m in pair])
    left = np.reshape(a, [m for length in a_shape for m in (length, 1)])
    right = np.reshape(b, [m for length in b_shape for m in (1, length)])
    return blocks, left, right, outside, inside


def cross(a, b, axisa=-1, axisb=-1, axisc=-1, axis=None):
    """The cross product of vectors of three entries: (a₂b₃ − a₃b₂, a₃b₁ − a₁b₃, a₁b₂ − a₂b₁), upright on both.

    Args:
        a, b: vectors, or arrays of them that broadcast.
        axisa, axisb: the axes of the three entries.
        axisc: the axis of the three entries in the result.
        axis: one axis for all three.

    Raises:
        ValueError: the axes do not have three entries.

    Example:
        >>> cross(Tensor([1.0, 0.0, 0.0]), np.array([0.0, 1.0, 0.0]))
        Tensor([0., 0., 1.])
    """
    axisa, axisb, axisc = (axisa, axisb, axisc) if axis is None else (axis,) * 3
    a, b = np.moveaxis(_array(a), axisa, -1), np.moveaxis(_array(b), axisb, -1)
    if a.shape[-1] != 3 or b.shape[-1] != 3:
        raise ValueError(
            f"the cross product is of vectors of 3 entries; received {a.shape[-1]} and {b.shape[-1]}. "
            "Append a zero to vectors of 2."
        )
    after, behind = [1, 2, 0], [2, 0, 1]
    return np.moveaxis(a[..., after] * b[..., behind] - a[..., behind] * b[..., after], -1, axisc)


numpy_functions[np.cross] = cross


# -- einsum --------------------------------------------------------------------------------------------


@primitive(
    each=lambda g, out, i, subscripts, *operands: _einsum_rule(g, i, subscripts, [_array(x) for x in operands]),
    numpy=np.einsum, symbol="Σ", word="sum of products", method=False,
    sample=lambda rng: [
        ((subscripts, *[real(rng, shape) for shape in shapes]), {})
        for subscripts, *shapes in [
            ("ij,jk->ik", (2, 3), (3, 4)), ("ij,jk", (2, 3), (3, 2)), ("ij->ji", (2, 3)), ("ii->i", (3, 3)),
            ("ii", (3, 3)), ("ij->", (2, 3)), ("i->", (0,)), ("ij,kj->k", (2, 3), (4, 3)), ("i,j->ij", (2,), (3,)),
            (",i->i", (), (3,)), ("i,ij,j->", (2,), (2, 3), (3,)), ("iji,jk->ki", (2, 3, 2), (3, 2)),
            ("...ij,...jk->...ik", (2, 1, 2, 3), (3, 3, 2)), ("...i->...", (2, 3)), ("i...j->j...", (2, 3, 2)),
            ("b i , b i -> b", (2, 3), (2, 3)), ("iii->i", (2, 2, 2)), ("ij,jk->ik", (2, 3), (1, 4)),
        ]
    ],
)
def einsum(subscripts, *operands):
    """The sum of products that the subscripts describe: Einstein's summation convention.

    Every axis of every operand is given a letter. Equal letters run together, and letters that the output
    does not have are summed over: "ij,jk->ik" is Σⱼ aᵢⱼ·bⱼₖ, the matrix product.

    Args:
        subscripts: the letters of each operand, divided by commas, then "->" and those of the output. Without
            "->" the output has the letters that occur once, in alphabetical order. "..." stands for all
            axes without a letter; they broadcast.
        operands: one array for each group of letters.

    Returns:
        An array with the axes of the output letters.

    Raises:
        ValueError: the letters do not fit the operands' axes.

    Example:
        >>> x = Tensor([[1.0, 2.0], [3.0, 4.0]])
        >>> einsum("ii->i", x)
        Tensor([1., 4.])
        >>> einsum("ij,ij->i", x, x)
        Tensor([ 5., 25.])
    """
    if not isinstance(subscripts, str):
        raise TypeError('the subscripts come first, as text: einsum("ij,jk->ik", a, b).')
    # Planning the contraction costs more than a small one takes.
    plan = len(operands) > 2 or sum([np.size(x) for x in operands]) > 2000
    try:
        return np.einsum(subscripts, *operands, optimize=plan)
    except ValueError as error:
        raise ValueError(_einsum_problem(subscripts, [np.shape(x) for x in operands], error)) from None


def _einsum_of_numpy(subscripts, *operands, optimize=True):
    """np.einsum on Tensors: `optimize` only chooses an order, which the op does by itself."""
    return einsum(subscripts, *operands)


numpy_functions[np.einsum] = _einsum_of_numpy


def _einsum_rule(g, i, subscripts, operands):
    """The gradient of operand i, itself an einsum: of g and the other operands, onto the letters of operand i."""
    terms, result = _einsum_letters(subscripts, [x.ndim for x in operands])
    factors, letters = [g], [result]
    for k, x in enumerate(operands):
        if k != i:
            factors.append(x)
            letters.append(terms[k])
    reached = {c: n for x, term in zip(factors, letters) for c, n in zip(term, x.shape) if n != 1}
    fresh = iter(c for c in _LETTERS if c not in "".join([result, *terms]))
    target = ""
    for c, n in zip(terms[i], operands[i].shape):
        if c in target:  # a repeated letter reads a diagonal: the gradient lies on it
            other = next(fresh)
            factors.append(np.eye(n, dtype=g.dtype))
            letters.append(c + other)
            target += other
            continue
        if c not in reached:  # summed over in this operand alone: the gradient is the same all along it
            factors.append(np.ones(n, dtype=g.dtype))
            letters.append(c)
        target += c
    return einsum(",".join(letters) + "->" + target, *factors)


def _einsum_letters(subscripts, ndims):
    """The letters of each operand and of the output, with letters in place of "..."."""
    inputs, arrow, result = subscripts.replace(" ", "").partition("->")
    terms = inputs.split(",")
    widths = [ndim - len(term) + 3 if "..." in term else 0 for term, ndim in zip(terms, ndims)]
    dots = "".join([c for c in _LETTERS if c not in subscripts][: max(widths)])
    if not arrow:
        once = sorted(c for c in set(inputs) if c.isalpha() and inputs.count(c) == 1)
        result = "..." * ("..." in inputs) + "".join(once)
    terms = [term.replace("...", dots[len(dots) - width :]) for term, width in zip(terms, widths)]
    return terms, result.replace("...", dots)


def _einsum_problem(subscripts, shapes, error):
    """The mismatch in the letters of the call; else NumPy's own words."""
    terms = subscripts.replace(" ", "").partition("->")[0].split(",")
    received = f"received the shapes {', '.join(map(str, shapes))}"
    if len(terms) != len(shapes):
        return f"the subscripts describe {len(terms)} operands; {received}."
    for term, shape in zip(terms, shapes):
        dots = "..." in term
        letters = len(term) - 3 * dots
        if letters > len(shape) or (letters < len(shape) and not dots):
            at_least = "at least " * dots
            return f"'{term}' describes {at_least}{letters} axes; its operand has {len(shape)} ({received})."
    lengths = {}
    for term, shape in zip(_einsum_letters(subscripts, [len(shape) for shape in shapes])[0], shapes):
        for c, n in zip(term, shape):
            if n != 1 and lengths.setdefault(c, n) != n:
                return f"the axes of '{c}' have different lengths, {lengths[c]} and {n}; {received}."
    return f"{error} ({received})"


# -- square matrices -----------------------------------------------------------------------------------


def _well_conditioned(*shapes):
    """Matrices near enough to a multiple of the identity to have an inverse, with a determinant of either sign."""

    def draw(rng, shape):
        signs = np.where(np.arange(shape[-1]) == 0, rng.choice([-2.0, 2.0]), 2.0)
        return between(-0.5, 0.5)(rng, shape) + signs * np.eye(shape[-1])

    return lambda rng: [((draw(rng, shape),), {}) for shape in shapes]


_SQUARES = _well_conditioned((3, 3), (1, 1), (2, 2, 2), (0, 2, 2))


def _systems(*cases):
    def draw(rng):
        return [((_well_conditioned(a)(rng)[0][0][0], real(rng, b)), {}) for a, b in cases]

    return draw


def _covariances(rng):
    factors = [real(rng, shape) for shape in ((3, 3), (2, 2, 2), (1, 1))]
    matrices = [x @ np.swapaxes(x, -1, -2) + 2 * np.eye(x.shape[-1]) for x in factors]
    return [((matrices[0],), {}), ((matrices[0],), {"upper": True}), ((matrices[1],), {}), ((matrices[2],), {})]


_SINGULAR = (
    "the matrix is singular: one row is a combination of the others, so it has no inverse. Remove what is "
    "redundant, or add a small multiple of the identity: a + 1e-6 * np.eye(n)."
)


def _singular(error):
    """NumPy's «Singular matrix» with its meaning and a remedy; its other errors as they are."""
    return np.linalg.LinAlgError(_SINGULAR) if str(error).startswith("Singular") else error


@primitive(
    lambda g, out, a: -np.swapaxes(out, -1, -2) @ g @ np.swapaxes(out, -1, -2),
    numpy=np.linalg.inv, symbol="inv", word="inverse", sample=_SQUARES,
)
def inv(a):
    """The inverse a⁻¹ of a square matrix, or of each matrix of a stack.

    Example:
        >>> inv(Tensor([[2.0, 0.0], [0.0, 4.0]]))
        Tensor([[0.5 , 0.  ],
                [0.  , 0.25]])
    """
    try:
        return np.linalg.inv(a)
    except np.linalg.LinAlgError as error:
        raise _singular(error) from None


@primitive(
    lambda g, out, a: np.expand_dims(g, (-1, -2)) * cofactor(a),
    numpy=np.linalg.det, symbol="det", word="determinant", sample=_SQUARES,
)
def det(a):
    """The determinant of a square matrix, or of each matrix of a stack.

    Its gradient is the matrix of cofactors (Jacobi's formula), which singular matrices have too.

    Example:
        >>> det(Tensor([[2.0, 1.0], [0.0, 4.0]]))
        Tensor(8.)
    """
    return np.linalg.det(a)


@primitive(
    lambda g, out, a: _cofactor_rule(g, out, a),
    symbol="cof", method=False, sample=_well_conditioned((3, 3), (2, 2, 2), (1, 1)),
)
def cofactor(a):
    """The cofactors of a square matrix: det(a) · a⁻ᵀ, and the limit of that where a is singular.

    Cofactor (i, j) is the determinant without row i and column j, with the sign (−1)ⁱ⁺ʲ. It is computed
    from the singular values: of U·S·Vᵀ, the cofactors are det(U·Vᵀ) · U·cof(S)·Vᵀ. Its own derivative
    exists here only for matrices that have an inverse.

    Example:
        >>> cofactor(np.array([[2.0, 0.0], [0.0, 0.0]])).round(12) + 0.0
        array([[0., 0.],
               [0., 2.]])
    """
    u, s, vt = np.linalg.svd(a)
    # Entry i of the diagonal of cof(S): the product of all singular values but the i-th.
    products = np.prod(np.where(np.eye(s.shape[-1], dtype=bool), 1, s[..., None, :]), axis=-1)
    sign = np.round(np.linalg.det(u) * np.linalg.det(vt))
    return (u * (sign[..., None] * products)[..., None, :]) @ vt


def _cofactor_rule(g, out, a):
    """From d(det(a)·a⁻ᵀ): the trace of a⁻¹·g times the cofactors, less det(a)·a⁻ᵀ·gᵀ·a⁻ᵀ."""
    inverse = np.swapaxes(inv(a), -1, -2)
    trace = np.sum(inverse * g, axis=(-1, -2), keepdims=True)
    return trace * out - out @ np.swapaxes(g, -1, -2) @ inverse


@primitive(
    lambda g, out, a: np.expand_dims(g, (-1, -2)) * np.swapaxes(inv(a), -1, -2),
    symbol="log|det|", word="log of |determinant|", method=False, sample=_SQUARES,
    xla=lambda jax, a: jax.numpy.linalg.slogdet(a)[1],
)
def logabsdet(a):
    """The logarithm of the size of the determinant, log |det(a)|, without overflow; −inf for singular matrices.

    Example:
        >>> logabsdet(Tensor(1e200 * np.eye(2))) / np.log(10)
        Tensor(400.)
    """
    return np.linalg.slogdet(a)[1]


@primitive(
    symbol="sign det", word="sign of the determinant", method=False, sample=_SQUARES,
    xla=lambda jax, a: jax.numpy.linalg.slogdet(a)[0],
)
def signdet(a):
    """The sign of the determinant: 1, −1, or 0 for singular matrices. It is constant in between: no gradient.

    Example:
        >>> signdet(Tensor([[0.0, 1.0], [1.0, 0.0]]))
        Tensor(-1.)
    """
    return np.linalg.slogdet(a)[0]


SlogdetResult = namedtuple("SlogdetResult", ("sign", "logabsdet"))


def slogdet(a):
    """The sign and the logarithm of the size of the determinant; det(a) = sign · exp(logabsdet).

    Args:
        a: a square matrix, or a stack of them.

    Returns:
        The pair (sign, logabsdet); the gradient flows through logabsdet.

    Example:
        >>> sign, size = slogdet(Tensor([[0.0, 1.0], [1.0, 0.0]]))
        >>> sign, size
        (Tensor(-1.), Tensor(0.))
    """
    return SlogdetResult(signdet(a), logabsdet(a))


numpy_functions[np.linalg.slogdet] = slogdet


@primitive(
    lambda g, out, a, b: -_solve_left(g, out, a, b),
    lambda g, out, a, b: _solve_right(g, a, b),
    numpy=np.linalg.solve, symbol="solve",
    sample=_systems(
        ((3, 3), (3,)), ((3, 3), (3, 2)), ((2, 2, 2), (2,)), ((2, 2, 2), (2, 1)), ((2, 2), (3, 2, 2)),
        ((2, 2, 2), (2, 2, 1)), ((1, 1), (1,)), ((2, 1, 2, 2), (3, 2, 1)), ((0, 2, 2), (2,)),
    ),
)
def solve(a, b):
    """The solution x of the linear equations a @ x = b.

    The gradients need no inverse: for b it is the solution ḡ of aᵀ ḡ = g, for a it is −ḡ xᵀ.

    Args:
        a: a square matrix, or a stack of them.
        b: a vector of right sides; else a matrix, or a stack of them, whose columns are right sides.

    Raises:
        LinAlgError: a matrix is singular or not square.

    Source: Giles (2008).

    Example:
        >>> solve(Tensor([[2.0, 0.0], [0.0, 4.0]]), Tensor([2.0, 2.0]))
        Tensor([1. , 0.5])
    """
    try:
        return np.linalg.solve(a, b)
    except np.linalg.LinAlgError as error:
        raise _singular(error) from None
    except ValueError:
        n, rows = np.shape(a)[-1], np.shape(b)[-1 if np.ndim(b) == 1 else -2]
        if n != rows:
            raise ValueError(f"a has {n} rows, so b needs {n} rows; it has {rows}.") from None
        raise ValueError("the stacks of matrices do not broadcast.") from None


def _solve_right(g, a, b):
    if _array(b).ndim == 1:
        return np.squeeze(solve(np.swapaxes(a, -1, -2), np.expand_dims(g, -1)), -1)
    return solve(np.swapaxes(a, -1, -2), g)


def _solve_left(g, out, a, b):
    part = _solve_right(g, a, b)
    if _array(b).ndim == 1:
        return np.expand_dims(part, -1) * np.expand_dims(out, -2)
    return part @ np.swapaxes(out, -1, -2)


@primitive(
    lambda g, out, a, upper: _cholesky_rule(np.swapaxes(g, -1, -2), np.swapaxes(out, -1, -2))
    if upper else _cholesky_rule(g, out),
    numpy=np.linalg.cholesky, symbol="cholesky", sample=_covariances,
)
def cholesky(a, upper=False):
    """The Cholesky factor of a symmetric positive definite matrix: the lower triangular L with L Lᵀ = a.

    For L̄ = g, the gradient is the symmetric part of L⁻ᵀ Φ(Lᵀ L̄) L⁻¹, where Φ takes the lower triangle and
    halves its diagonal. Of an input that is not symmetric, the symmetric part is used.

    Args:
        a: a symmetric positive definite matrix, or a stack of them.
        upper: give the upper triangular factor Lᵀ instead.

    Raises:
        LinAlgError: a matrix is not positive definite or not square.

    Source: Murray, "Differentiation of the Cholesky decomposition" (2016), equation 10.

    Example:
        >>> cholesky(Tensor([[4.0, 2.0], [2.0, 10.0]]))
        Tensor([[2., 0.],
                [1., 3.]])
    """
    if np.ndim(a) < 2 or np.shape(a)[-1] != np.shape(a)[-2]:
        raise np.linalg.LinAlgError("expected a square matrix or a stack of them.")
    symmetric = (a + np.swapaxes(a, -1, -2)) / 2
    try:
        return np.linalg.cholesky(symmetric, upper=upper)
    except np.linalg.LinAlgError:
        raise np.linalg.LinAlgError(
            "the matrix is not positive definite: some eigenvalue is zero or negative. Of a covariance, add a "
            "small multiple of the identity: a + 1e-6 * np.eye(n)."
        ) from None


def _cholesky_rule(g, out):
    n = out.shape[-1]
    phi = np.tril(np.ones((n, n), g.dtype)) - np.eye(n, dtype=g.dtype) / 2
    part = (np.swapaxes(out, -1, -2) @ g) * phi
    left = solve(np.swapaxes(out, -1, -2), part)
    both = solve(np.swapaxes(out, -1, -2), np.swapaxes(left, -1, -2))
    return (both + np.swapaxes(both, -1, -2)) / 2
