"""Checks of the arguments of an update, before anything changes: rates, parameters and gradients."""

import numpy as np

from ..common.checks import number
from ..common.warning import warn
from ..engine.tensor import Tensor

_TAKES_ANY_NUMBER = 0x04  # the flag of a function that has *arguments


def checked_rate(rate):
    """A learning rate as a Python float ≥ 0.

    Example:
        >>> checked_rate(np.float32(0.5))
        0.5
    """
    if isinstance(rate, Tensor | list | tuple):
        raise TypeError(
            "The learning rate comes first and is a number; parameters are given by name: "
            f"Adam(0.01, parameters=[w, b]). Received {rate!r} as the learning rate."
        )
    return number("learning_rate", rate, low=0)


def takes_step(rate):
    """True if a function that gives the rate takes the number of the step: Keras has functions without argument.

    Example:
        >>> takes_step(lambda step: 0.1 / (1 + step)), takes_step(lambda: 0.1)
        (True, False)
    """
    code = getattr(rate, "__code__", None)
    return code is None or code.co_argcount > hasattr(rate, "__self__") or bool(code.co_flags & _TAKES_ANY_NUMBER)


def checked_parameters(parameters):
    """The parameters as a list of different floating-point leaves."""
    if isinstance(parameters, Tensor | np.ndarray | dict):
        raise TypeError(f"Parameters are a list of Tensors, [w, b]; received {type(parameters).__name__}.")
    parameters = list(parameters)
    for parameter in parameters:
        if not isinstance(parameter, Tensor) or parameter.dtype.kind != "f":
            received = repr(parameter) if isinstance(parameter, Tensor) else type(parameter).__name__
            raise TypeError(f"A parameter is a floating-point Tensor; received {received}.")
        if parameter.op is not None:
            raise ValueError(
                f"{parameter!r} is the result of an op, not a parameter: give the Tensors that it was computed from."
            )
    if len(set(parameters)) < len(parameters):
        raise ValueError(f"A parameter appears twice in {labels(parameters)}.")
    return parameters


def checked_pairs(gradients, parameters):
    """(parameter, gradient as an array of its dtype) for each parameter that has a gradient."""
    if len(gradients) != len(parameters):
        raise ValueError(
            f"Expected a gradient for each of the {len(parameters)} parameters ({labels(parameters)}); "
            f"received {len(gradients)}."
        )
    without = [p for p, g in zip(parameters, gradients, strict=True) if g is None]
    if without and len(without) == len(parameters):
        raise ValueError(f"No gradient for any parameter ({labels(without)}). Call loss.backward() first.")
    pairs = []
    for parameter, g in zip(parameters, gradients, strict=True):
        if g is not None:
            g = np.asarray(g.array if isinstance(g, Tensor) else g)
            if g.dtype.kind not in "biuf":
                raise TypeError(f"The gradient of {parameter.label()} should be numbers; received dtype {g.dtype}.")
            if g.shape != parameter.shape:
                raise ValueError(
                    f"The gradient of {parameter.label()} should have its shape {parameter.shape}; "
                    f"received shape {g.shape}."
                )
            pairs.append((parameter, g.astype(parameter.dtype, copy=False)[()]))
    if without:
        warn(
            f"No gradient for {labels(without)}: left unchanged. Does the loss depend on it, "
            "and was it made with requires_grad=True?"
        )
    return pairs


def checked_state(optimizer, arrays):
    """The arrays of a saved state, each fit for its Variable of the optimizer."""
    variables, arrays = optimizer.variables, [np.asarray(array) for array in arrays]
    if len(arrays) != len(variables):
        hint = "" if optimizer.built else " It has no parameters yet: call build(parameters) first."
        raise ValueError(
            f"{type(optimizer).__name__} keeps {len(variables)} arrays ({', '.join(v.name for v in variables)}); "
            f"received {len(arrays)}.{hint}"
        )
    for variable, array in zip(variables, arrays):
        if array.dtype.kind not in "iuf" or array.shape != variable.shape:
            raise ValueError(
                f"'{variable.name}' of {type(optimizer).__name__} should be numbers of shape {variable.shape}; "
                f"received dtype {array.dtype}, shape {array.shape}."
            )
        if variable.name == "iteration" and not (array >= 0 and array % 1 == 0):
            raise ValueError(f"'iteration' should be a whole number ≥ 0; received {array.item()!r}.")
        if variable.name == "learning_rate":
            checked_rate(array.item())
    return arrays


def labels(parameters):
    """The parameters in words."""
    return ", ".join(parameter.label() for parameter in parameters)
