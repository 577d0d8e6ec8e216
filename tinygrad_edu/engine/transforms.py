"""Functions in, functions out: `grad`, `value_and_grad`, `jacobian` and `hessian` of a function of arrays or Tensors.

They stand on `gradients`, and may be nested: the derivative of a derivative is a function like any other.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..common.arguments import checked
from .autodiff import gradients, topological_order
from .op import primitive
from .recorder import record, recording
from .tensor import Tensor


@primitive(lambda g, out, a: g, symbol="copy", word="copy", method=False)
def _alias(a):
    """The same values as a new variable, so that a derivative with respect to it is its own."""
    return a


@checked
def value_and_grad(f: Callable[..., Any], argnums: int | tuple[int, ...] = 0) -> Callable[..., Any]:
    """The function that gives both f(*args) and its gradient.

    Args:
        f: a function of Tensors that gives a Tensor with one value.
        argnums: the position of the argument to differentiate for, or a tuple of positions.

    Returns:
        A function of the same arguments that gives (value, gradient), or (value, tuple of gradients)
        where `argnums` is a tuple. Arrays give arrays; inside another derivative they are Tensors.

    Raises:
        TypeError: an argument to differentiate for is not floating point, or f does not give a number.
        ValueError: f gives more than one value.

    Example:
        >>> value_and_grad(lambda x: x**2)(3.0)
        (np.float64(9.0), np.float64(6.0))
    """

    def value_and_gradient(*args, **options):
        positions = argnums if isinstance(argnums, tuple) else (argnums,)
        y, variables, nested = _evaluate(f, args, options, positions)
        if y.size != 1:
            raise ValueError(f"The function must give one value; received shape {y.shape}. Use .sum(), or jacobian.")
        found = gradients(y, variables, create_graph=nested)
        return y if nested else y.array, tuple(found) if isinstance(argnums, tuple) else found[0]

    return value_and_gradient


@checked
def grad(f: Callable[..., Any], argnums: int | tuple[int, ...] = 0) -> Callable[..., Any]:
    """The function that gives the gradient ∇f of a function with one value.

    Args:
        f: a function of Tensors that gives a Tensor with one value.
        argnums: the position of the argument to differentiate for, or a tuple of positions.

    Returns:
        A function of the same arguments; it can be differentiated again. See `value_and_grad`.

    Example:
        >>> parabola = lambda x: x**2 / 6
        >>> grad(parabola)(3.0)
        np.float64(1.0)
        >>> round(grad(grad(np.sin))(1.0), 6)
        np.float64(-0.841471)
    """

    def gradient(*args, **options):
        return value_and_grad(f, argnums)(*args, **options)[1]

    return gradient


@checked
def jacobian(f: Callable[..., Any], argnums: int = 0) -> Callable[..., Any]:
    """The function that gives all partial derivatives J[i, j] = ∂fᵢ/∂xⱼ of a function of any shape.

    One backward pass for each value of f.

    Args:
        f: a function of Tensors that gives a Tensor.
        argnums: the position of the argument to differentiate for.

    Returns:
        A function of the same arguments that gives an array of shape f(x).shape + x.shape.

    Example:
        >>> jacobian(lambda x: x**2)(np.array([1.0, 2.0]))
        array([[2., 0.],
               [0., 4.]])
    """

    def jacobian_of_f(*args, **options):
        y, (x,), nested = _evaluate(f, args, options, (argnums,))
        units = np.eye(y.size, dtype=y.dtype).reshape(y.size, *y.shape)  # one row of J for each value of y
        rows = [gradients(y, x, unit, create_graph=nested) for unit in units]
        return np.reshape(np.stack(rows), y.shape + x.shape) if rows else np.zeros(y.shape + x.shape, x.dtype)

    return jacobian_of_f


@checked
def hessian(f: Callable[..., Any], argnums: int = 0) -> Callable[..., Any]:
    """The function that gives the second derivatives H[i, j] = ∂²f/∂xᵢ∂xⱼ of a function with one value.

    Args:
        f: a function of Tensors that gives a Tensor with one value.
        argnums: the position of the argument to differentiate for.

    Returns:
        A function of the same arguments that gives an array of shape x.shape + x.shape.

    Example:
        >>> hessian(lambda x: (x**3).sum())(np.array([1.0, 2.0]))
        array([[ 6.,  0.],
               [ 0., 12.]])
    """
    return jacobian(grad(f, argnums), argnums)


def _evaluate(f, args, options, positions):
    """f(*args), the variables put in at `positions`, and whether an outer derivative needs the graph."""
    args = list(args)
    for i in positions:
        if not 0 <= i < len(args):
            raise ValueError(f"argnums should be the place of an argument, from 0 to {len(args) - 1}; received {i}.")
    with record(True):
        for i in positions:
            inside = isinstance(args[i], Tensor) and args[i].requires_grad
            args[i] = _alias(args[i]) if inside else Tensor(args[i], requires_grad=True)
        variables = [args[i] for i in positions]
        y = f(*args, **options)
    if not isinstance(y, Tensor):
        y = Tensor(y)
    own = set(variables)
    nested = recording.get().hears_backward or any(
        t.op is None and t not in own for t in topological_order([y, *variables])
    )
    return y, variables, nested
