"""Reverse-mode differentiation: the order of the graph, the chain rule along it, and gradients.

The backward pass visits the graph from the output to the leaves, each op after everything that used its
result, and applies the chain rule there: gradient of an input += rule(gradient of the output). The rules
run on plain arrays, or on Tensors when the gradient is to be differentiated again.

Source: Linnainmaa (1970); Speelpenning (1980); Baydin et al., "Automatic differentiation in machine
learning: a survey" (2018).
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..common.arguments import checked
from .call import unbroadcast
from .errors import check_unwritten
from .op import constant
from .recorder import recording, recording_by
from .tensor import Tensor

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


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


@checked
def gradients(
    outputs: Tensor | Sequence[Tensor],
    inputs: Tensor | Iterable[Tensor],
    output_gradients: "ArrayLike | Sequence[ArrayLike | None] | None" = None,
    create_graph: bool = False,
) -> Any:
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
    inputs = [inputs] if isinstance(inputs, Tensor) else list(inputs)
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
            leaf.grad = leaf.first_gradient = np.array(g)[()]
        else:
            leaf.grad = leaf.grad + g


def propagate(outputs, output_gradients=None, create_graph=False, keep=()):
    """The backward pass: a dict with the gradient of each leaf, and of each Tensor in `keep`.

    Leaves that the outputs do not depend on are not in it. The arguments are those of `gradients`.
    """
    flowing, kept, ndarray = {}, {}, np.ndarray
    recorder = recording.get().with_graph(create_graph).enter_section("backward")
    heard = recorder.hears_backward
    on_tensors = create_graph or heard
    with recording_by(recorder):
        for output, g in zip(outputs, _incoming(outputs, output_gradients)):
            g = g if on_tensors else g.array
            flowing[output] = flowing[output] + g if output in flowing else g
        for node in reversed(topological_order(outputs)):
            g = flowing.pop(node, None)
            if g is None:  # used only where no gradient flows, as an index
                continue
            if heard:
                recorder.name_gradient(g, node)
            op, args = node.op, node._args
            if op is None or node in keep:
                kept[node] = g
                if op is None:
                    continue
            if node._guards is not None:
                check_unwritten(node, node._guards)
            out, arrays = (node, args) if on_tensors else (node.array, node._arrays)
            for x, rule in zip(args, op.rules_for(len(args)) if op.each else op.rules):
                if rule is not None and isinstance(x, Tensor) and x.requires_grad:
                    # The common case is written out: a call with a star takes three times as long.
                    part = rule(g, out, arrays[0], arrays[1]) if len(arrays) == 2 else rule(g, out, *arrays)
                    kind, values = type(part), x.array
                    if kind is not type(values) or (
                        kind is ndarray and (part.shape != values.shape or part.dtype != values.dtype)
                    ):
                        part = unbroadcast(part, values, op)
                    before = flowing.get(x)
                    flowing[x] = part if before is None else before + part
    return kept


def _incoming(outputs, output_gradients):
    """The incoming gradients as Tensors of the outputs' shapes and dtypes."""
    output_gradients = [None] * len(outputs) if output_gradients is None else output_gradients
    if len(output_gradients) != len(outputs):
        raise ValueError(f"Expected {len(outputs)} output gradients; received {len(output_gradients)}.")
    for output, g in zip(outputs, output_gradients):
        if g is None and output.size != 1:
            hint = "Reduce it first, t.sum() or t.mean(), or pass one: t.backward(np.ones(t.shape))."
            raise ValueError(f"A Tensor of shape {output.shape} needs an incoming gradient of that shape. {hint}")
        g = np.ones(output.shape, output.dtype) if g is None else g
        if np.shape(g) != output.shape:
            raise ValueError(f"Expected an incoming gradient of shape {output.shape}; received {np.shape(g)}.")
        yield g if isinstance(g, Tensor) else constant(np.array(g, dtype=output.dtype))
