"""The problem of a check: a function that gives the outputs again, and the variables that it reads."""

import inspect
from collections.abc import Callable
from contextlib import ExitStack, contextmanager
from typing import NamedTuple

import numpy as np

from ..engine.tensor import Tensor


class Problem(NamedTuple):
    """Variables, and functions of their present values."""

    evaluate: Callable  # gives the result of f
    traced: Callable  # gives it as Tensors with a graph, which may fail where f is written for arrays
    variables: list
    names: list
    by_hand: Callable | None  # gives the user's gradients, where they are to be checked
    function: Callable | None = None  # the user's function, and what it is called with
    arguments: tuple = ()
    gradient: Callable | None = None  # the user's function of gradients


def function_problem(f, inputs, names, gradient):
    """The problem of a function of floats, arrays or Tensors."""
    positions = [i for i, x in enumerate(inputs) if _floating(x)]
    if not positions:
        kinds = ", ".join(type(x).__name__ for x in inputs) or "no input"
        raise TypeError(f"gradcheck needs a floating-point input; received {kinds}. Write 3.0 in place of 3.")
    tensors = {i: Tensor(_as_float64(inputs[i]), requires_grad=True) for i in positions}
    names = _names(f, inputs) if names is None else names
    if len(names) != len(inputs):
        raise ValueError(f"Expected {len(inputs)} names, one for each input; received {len(names)}.")
    arguments = [tensors.get(i, x) for i, x in enumerate(inputs)]
    variables, names = list(tensors.values()), [names[i] for i in positions]

    def traced():
        return f(*arguments)

    def on_arrays():
        y = f(*(x.numpy()[()] if i in tensors else x for i, x in enumerate(arguments)))
        return y if isinstance(y, Tensor) else Tensor(y)

    if gradient is None:
        return Problem(traced, traced, variables, names, None, f, arguments)
    by_hand = lambda: _by_hand(gradient, inputs, variables, names)  # noqa: E731
    return Problem(on_arrays, traced, variables, names, by_hand, f, arguments, gradient)


def model_problem(model, inputs):
    """The problem of a model: its trainable parameters are the variables."""
    if not 1 <= len(inputs) <= 2:
        raise ValueError(f"Expected gradcheck(model, x) or gradcheck(model, x, y); received {len(inputs)} inputs.")
    x, y = inputs if len(inputs) == 2 else (inputs[0], None)
    if len(inputs) == 2 and not getattr(model, "compiled", False):
        raise ValueError("y is for the loss, and the model has none. Call compile(loss=...) first, or leave out y.")
    model(x)  # builds a model that does not know its input shape yet
    parameters = list(model.trainable_weights)
    if not parameters:
        raise ValueError("The model has no trainable parameters to check.")

    def evaluate():
        return model(x) if len(inputs) == 1 else model.compute_loss(x=x, y=y, y_pred=model(x))

    return Problem(evaluate, evaluate, parameters, [p.path or f"parameter {i}" for i, p in enumerate(parameters)], None)


@contextmanager
def in_float64(parameters):
    """Give parameters copies in float64 inside a `with` block, and their own arrays back after it."""
    with ExitStack() as stack:
        for p in parameters:
            stack.enter_context(p.replaced(p.array.astype(np.float64)))
        yield


def _floating(x):
    if isinstance(x, (list, tuple)):
        try:
            x = np.asarray(x)
        except (ValueError, TypeError):
            return False
    return isinstance(x, float) or getattr(getattr(x, "dtype", None), "kind", "") == "f"


def _as_float64(x):
    return (x.numpy() if isinstance(x, Tensor) else np.asarray(x)).astype(np.float64)


def _names(f, inputs):
    """The names of the inputs in the signature of f, or their own, or their positions."""
    try:
        parameters = inspect.signature(f).parameters.values()
    except (TypeError, ValueError):
        parameters = ()
    names = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    own = [getattr(x, "name", None) for x in inputs]
    return [names[i] if i < len(names) else own[i] or f"input {i}" for i in range(len(inputs))]


def outputs_of(evaluate):
    """The result of f as a list of Tensors in float64."""
    result = evaluate()
    outputs = list(result) if isinstance(result, (list, tuple)) else [result]
    for y in outputs:
        if not isinstance(y, Tensor):
            raise TypeError(
                f"f must give a Tensor; received {type(y).__name__}. "
                "float(t), t.item() and t.numpy() leave the graph: end f with the Tensor itself."
            )
        if y.dtype.kind != "f":
            raise TypeError(f"f must give a floating-point Tensor; received dtype {y.dtype}.")
        if y.dtype != np.float64:
            raise ValueError(
                f"f computed in {y.dtype} on float64 inputs, too coarse for differences. "
                "Take out the conversion, such as .astype, for the check."
            )
    return outputs


def _by_hand(gradient, inputs, variables, names):
    """The user's gradient at the inputs, one float64 array for each variable."""
    values = iter(variables)
    found = gradient(*(next(values).numpy()[()] if _floating(x) else x for x in inputs))
    expected = f"gradient must give {len(variables)} arrays, one for each of {', '.join(names)}"
    if isinstance(found, (np.ndarray, Tensor, float, np.floating)) and len(variables) > 1:
        shape = np.shape(found)
        raise ValueError(f"{expected}; received one array of shape {shape}. Return them as a tuple: return dw, db.")
    if not isinstance(found, tuple):
        found = (found,) if len(variables) == 1 else tuple(found)
    if len(found) == len(inputs):
        found = tuple(g for g, x in zip(found, inputs) if _floating(x))
    if len(found) != len(variables):
        raise ValueError(f"{expected}; received {len(found)}.")
    for g, name in zip(found, names):
        if g is None:
            raise ValueError(f"{expected}; received None for '{name}'. Is a return or an assignment missing?")
    arrays = [_as_float64(g) for g in found]
    for array, variable, name in zip(arrays, variables, names):
        if array.shape != variable.shape and summed(array, variable.shape) is None:
            raise wrong_shape(name, variable.shape, array.shape)
    return arrays


def summed(array, shape):
    """An array that was repeated from this shape, summed over the repeated axes; None where it was not."""
    extra = array.ndim - len(shape)
    if extra < 0 or any(n not in (1, m) for n, m in zip(shape, array.shape[extra:])):
        return None
    repeated = [extra + i for i, n in enumerate(shape) if n == 1]
    return np.sum(array, axis=(*range(extra), *repeated)).reshape(shape)


def wrong_shape(name, expected, received):
    """The error for a gradient that has not the shape of its argument."""
    return ValueError(f"The gradient of '{name}' must have the shape of '{name}', {expected}; received {received}.")
