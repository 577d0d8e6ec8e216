"""Reverse-mode differentiation: the backward pass and the functions that stand on it.

The backward pass visits the graph from the output to the leaves, each op after everything that used its
result, and applies the chain rule there: gradient of an input += rule(gradient of the output). The rules
run on plain arrays, or on Tensors when the gradient is to be differentiated again.

Source: Linnainmaa (1970); Speelpenning (1980); Baydin et al., "Automatic differentiation in machine
learning: a survey" (2018).
"""

import numpy as np

from .op import primitive
from .tensor import Tensor, record


def topological_order(outputs):
    """Every Tensor that `outputs` were computed from, each after all of its inputs.

    A depth-first search with its own stack: recursion would end at a graph a thousand ops deep. Only
    Tensors through which a gradient flows are listed.

    Args:
        outputs: a list of Tensors.

    Example:
        >>> a = Tensor(2.0, requires_grad=True, name="a")
        >>> b = a * a
        >>> [t.name or t.op.name for t in topological_order([b + a])]
        ['a', 'multiply', 'add']
    """
    order, seen, stack = [], set(), list(outputs)
    while stack:
        node = stack.pop()
        if node is None:  # everything below the next one has been placed
            order.append(stack.pop())
        elif node not in seen and node.requires_grad:
            seen.add(node)
            stack.append(node)
            stack.append(None)
            for x in node._args or ():
                if isinstance(x, Tensor):
                    stack.append(x)
    return order


def gradients(outputs, inputs, output_gradients=None, create_graph=False):
    """The gradient of the sum of `outputs`, each weighted by its output gradient, for each of `inputs`.

    For outputs yₖ with incoming gradients gₖ, and an input x:  Σₖ (∂yₖ/∂x)ᵀ · gₖ.

    Args:
        outputs: a Tensor or a list of Tensors.
        inputs: a Tensor or a list of Tensors: leaves, or results in the middle of the graph.
        output_gradients: the incoming gradients, of the outputs' shapes. May be left out where an output
            has one value; it is 1 then.
        create_graph: give Tensors that can be differentiated again, in place of arrays.

    Returns:
        A gradient for a single input, or a list of gradients: zeros where the outputs do not depend on
        the input.

    Raises:
        ValueError: an output with several values has no incoming gradient, or shapes do not match.

    Example:
        >>> x = Tensor(3.0, requires_grad=True)
        >>> (slope,) = gradients([x**3], [x], create_graph=True)
        >>> gradients(slope, x)
        np.float64(18.0)
    """
    single = isinstance(inputs, Tensor)
    if isinstance(outputs, Tensor):
        outputs, output_gradients = [outputs], None if output_gradients is None else [output_gradients]
    inputs = [inputs] if single else list(inputs)
    for x in inputs:
        if not x.requires_grad:
            raise ValueError(f"{x!r} does not require a gradient. Make it with Tensor(..., requires_grad=True).")
    flowing = propagate(outputs, output_gradients, create_graph, keep=set(inputs))
    found = [flowing[x] if x in flowing else np.zeros(x.shape, x.dtype) for x in inputs]
    found = [g if isinstance(g, Tensor) else Tensor(g) if create_graph else np.array(g)[()] for g in found]
    return found[0] if single else found


def backward(tensor, gradient=None):
    """Add the gradients of `tensor` to the `grad` of the leaves of its graph; see `Tensor.backward`."""
    if not tensor.requires_grad:
        hint = "Make the parameters with Tensor(..., requires_grad=True), and compute outside no_grad()."
        raise ValueError(f"{tensor!r} was computed from nothing that requires a gradient. {hint}")
    flowing = propagate([tensor], None if gradient is None else [gradient])
    for leaf, g in flowing.items():
        if leaf.grad is None or not np.any(leaf.grad):
            leaf.grad = leaf._first_gradient = np.array(g)[()]
        else:
            leaf.grad = leaf.grad + g


def propagate(outputs, output_gradients=None, create_graph=False, keep=()):
    """The backward pass: a dict with the gradient of each leaf, and of each Tensor in `keep`.

    Leaves that the outputs do not depend on are not in it. The arguments are those of `gradients`.
    """
    flowing, kept, ndarray = {}, {}, np.ndarray
    for output, g in zip(outputs, _incoming(outputs, output_gradients)):
        g = g if create_graph else g._array
        flowing[output] = flowing[output] + g if output in flowing else g
    with record(create_graph):
        for node in reversed(topological_order(outputs)):
            g = flowing.pop(node)
            op, args = node.op, node._args
            if op is None or node in keep:
                kept[node] = g
                if op is None:
                    continue
            if node._guards is not None:
                _check_unwritten(node)
            out, arrays = (node, args) if create_graph else (node._array, node._arrays)
            for x, rule in zip(args, op.rules if op.each is None else op.rules_of_each(len(args))):
                if rule is not None and isinstance(x, Tensor) and x.requires_grad:
                    # The common case is written out: a call with a star takes three times as long.
                    part = rule(g, out, arrays[0], arrays[1]) if len(arrays) == 2 else rule(g, out, *arrays)
                    kind = type(part)
                    if kind is ndarray or kind is not type(x._array):
                        part = unbroadcast(part, x._array, op)
                    before = flowing.get(x)
                    flowing[x] = part if before is None else before + part
    return kept


def unbroadcast(g, values, op):
    """Sum a gradient over the axes along which its input was repeated, and give it the input's dtype.

    Where the forward pass repeated a value, the chain rule adds up what flows back to the copies.
    """
    if not isinstance(g, (np.ndarray, np.generic, Tensor)):
        raise TypeError(f"A rule of '{op.name}' gave {g!r}; expected an array. Does it multiply by g?")
    shape = values.shape
    if g.shape != shape:
        extra = len(g.shape) - len(shape)
        if extra < 0 or any(n not in (1, m) for n, m in zip(shape, g.shape[extra:])):
            raise ValueError(f"A rule of '{op.name}' gave shape {g.shape} for an input of shape {shape}.")
        repeated = [extra + i for i, n in enumerate(shape) if n == 1 and g.shape[extra + i] != 1]
        g = np.reshape(np.sum(g, axis=(*range(extra), *repeated)), shape)
    if g.dtype != values.dtype:
        g = g.astype(values.dtype)
    return g


def _check_unwritten(node):
    """Refuse to differentiate with values that were overwritten since the forward pass."""
    for x, array, before in node._guards:
        if array.tobytes() != before:
            raise RuntimeError(
                f"The data of {x._label()} was written in place after '{node.op.name}' used it, so the "
                "gradient would be wrong. Call backward() before the update, or compute the loss again."
            )


def _incoming(outputs, output_gradients):
    """The incoming gradients as Tensors of the outputs' shapes and dtypes."""
    if output_gradients is None:
        output_gradients = [None] * len(outputs)
    if len(output_gradients) != len(outputs):
        raise ValueError(f"Expected {len(outputs)} output gradients; received {len(output_gradients)}.")
    for output, g in zip(outputs, output_gradients):
        if g is None and output.size != 1:
            hint = "Reduce it first, t.sum() or t.mean(), or pass one: t.backward(np.ones(t.shape))."
            raise ValueError(f"A Tensor of shape {output.shape} needs an incoming gradient of that shape. {hint}")
        g = np.ones(output.shape) if g is None else g
        if np.shape(g) != output.shape:
            raise ValueError(f"Expected an incoming gradient of shape {output.shape}; received {np.shape(g)}.")
        yield g if isinstance(g, Tensor) else Tensor(np.asarray(g, dtype=output.dtype))


# -- functions in, functions out ----------------------------------------------------------------------


@primitive(lambda g, out, a: g, symbol="=", method=False)
def _alias(a):
    """The same values as a new variable, so that a derivative with respect to it is its own."""
    return a


def value_and_grad(f, argnums=0):
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
        return y if nested else y._array, tuple(found) if isinstance(argnums, tuple) else found[0]

    return value_and_gradient


def grad(f, argnums=0):
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


def jacobian(f, argnums=0):
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


def hessian(f, argnums=0):
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
            raise ValueError(f"argnums asks for argument {i}; the function was called with {len(args)}.")
    with record(True):
        for i in positions:
            inside = isinstance(args[i], Tensor) and args[i].requires_grad
            args[i] = _alias(args[i]) if inside else Tensor(args[i], requires_grad=True)
        variables = [args[i] for i in positions]
        y = f(*args, **options)
    if not isinstance(y, Tensor):
        y = Tensor(y)
    own = set(variables)
    nested = any(t.op is None and t not in own for t in topological_order([y, *variables]))
    return y, variables, nested
