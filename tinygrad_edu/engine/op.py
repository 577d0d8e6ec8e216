"""The op: one function on arrays, declared once with its derivative rules.

`@primitive` turns a function on NumPy arrays into one that also takes Tensors and links its result into
the graph. The declaration is the only place that knows the op: the operators and methods of a Tensor,
NumPy's own functions, the backward pass, the tests and the pictures all read it from `registry`.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from .errors import REFUSED, check_real, code_of, describe, explain, fingerprint
from .recorder import Recorder, recording
from .symbolic import Symbolic, applied
from .tensor import Tensor, numpy_functions

registry = {}

_PACKAGE = __package__.rpartition(".")[0] + "."  # ops declared inside the package are registered

_new = Tensor.__new__


class Op:
    """An op: its name, its function on arrays, and the rules of its derivatives.

    Attributes:
        name: the name of the declared function.
        parameters: the names of its parameters; options are filled in before a rule sees them.
        function: the forward computation, on NumPy arrays.
        rules: one vector-Jacobian product for each differentiable parameter, `None` where there is none.
        each: the rule shared by all the inputs of an op that takes any number of them.
        differentiable: whether it has a rule at all.
        numpy: the NumPy function that means the same.
        symbol: how a formula writes the op.
        word: what a class calls it.
        operator: the Python operator it implements.
        sample: inputs on which the op is tested: `sample(rng)` gives a list of (args, options).
        xla: for an op that `jax.numpy` does not have, a function of the module `jax` and the arguments.
        call: the function that users call, on arrays or Tensors.
    """

    def __init__(self, function, rules, each, numpy, symbol, word, operator, sample, xla):
        code = code_of(function)
        self.name, self.function = function.__name__, function
        self.parameters = code.co_varnames[: code.co_argcount]
        defaults = function.__defaults__ or ()
        self.defaults = dict(zip(self.parameters[len(self.parameters) - len(defaults) :], defaults))
        self.rules, self.each, self.differentiable = rules, each, bool(rules or each)
        self.symbol, self.word = symbol or self.name, word or self.name.strip("_").replace("_", " ")
        self.numpy, self.operator, self.sample, self.xla = numpy, operator, sample, xla

    def rules_for(self, count):
        """The rules of a call with `count` arguments, in their order: `None` where there is none."""
        if self.each is None:
            return self.rules
        options = len(self.parameters)
        rules = [lambda g, out, *args, i=i: self.each(g, out, i, *args) for i in range(count - options)]
        return [None] * options + rules

    def bind(self, args, options):
        """The arguments in the order of the parameters, defaults filled in."""
        names = self.parameters
        found = self.defaults | dict(zip(names, args)) | options
        if found.keys() != set(names) or (len(args) > len(names) and self.each is None):
            received = [*map(describe, args), *[f"{name}=" for name in options]]
            raise TypeError(f"{self.name} takes ({', '.join(names)}); received ({', '.join(received)}).")
        return (*[found[name] for name in names], *args[len(names) :])

    def __str__(self):
        from . import derivatives

        return derivatives.describe(self)

    def __repr__(self):
        return f"<op {self.name}>"


FIRST, VALUE = "first", "value"


def in_formulas(meaning):
    """Declare how a formula writes the calls of a function that rules use.

    Args:
        meaning: a function of the texts of its first arguments that gives the text; FIRST where the function gives
            the numbers of its first argument again, repeated or in another shape; VALUE for a number, such as a count.

    Example:
        >>> @in_formulas(lambda a: f"{a}²")
        ... def _squared(a):
        ...     return a * a
    """

    def declare(function):
        function.in_formulas = meaning
        return function

    return declare


def primitive(
    *rules: Callable[..., Any] | None,
    each: Callable[..., Any] | None = None,
    numpy: Callable[..., Any] | tuple[Callable[..., Any], ...] | None = None,
    symbol: str | None = None,
    word: str | None = None,
    sample: Callable[..., Any] | None = None,
    operator: str | None = None,
    method: bool | str = True,
    xla: Callable[..., Any] | None = None,
) -> Callable[[Callable[..., Any]], Any]:
    """Declare an op: the decorated function computes it on arrays, the rules differentiate it.

    A rule is the vector-Jacobian product for one argument: `rule(g, out, *args)` takes the gradient `g`
    of the output `out` and gives the gradient of its argument, before un-broadcasting. It uses only
    operators and NumPy functions, which work on arrays and on Tensors alike: on arrays it is the backward
    pass, on Tensors it builds the graph of the gradient, so that gradients have gradients.

    Args:
        rules: one for each leading parameter; `None` for a parameter that has no derivative.
        each: for a function that ends in `*inputs`, the rule of every such input:
            `each(g, out, i, *args)` for the i-th.
        numpy: the NumPy function, or several, that call this op when they meet a Tensor.
        symbol: how formulas write the op, such as "×"; its name when not given.
        word: what pictures call the op where its symbol is none that schools teach, such as "matrix product" for "@";
            its name, with spaces, when not given.
        sample: `sample(rng)` gives inputs to test it on: a list of (args, options).
        operator: the Python operator it implements, such as "mul" for `*`.
        method: whether Tensors get it as a method; a text gives the method another name.
        xla: how XLA computes it, where it is not the function of jax.numpy with the name of the NumPy function: a
            function of the module `jax` and the arguments.

    Returns:
        A decorator. The decorated function takes arrays and gives arrays, or takes any Tensor and gives
        a Tensor.

    Example:
        >>> @primitive(lambda g, out, x: g * 3 * x**2, symbol="x³", method=False)
        ... def cube(x):
        ...     return x * x * x
        >>> x = Tensor(2.0, requires_grad=True)
        >>> cube(x).backward()
        >>> x.grad
        np.float64(12.0)
    """

    def declare(function):
        op = Op(function, rules, each, numpy, symbol, word, operator, sample, xla)
        apply = _wrap(op)
        apply.__name__ = apply.__qualname__ = op.name
        apply.__doc__, apply.__module__, apply.__wrapped__ = function.__doc__, function.__module__, function
        apply.op, op.call = op, apply
        if (function.__module__ or "").startswith(_PACKAGE):
            registry[op.name] = op
        _install(op, apply, method)
        return apply

    return declare


def _install(op, apply, method):
    """Make the op reachable as a method, as an operator and through NumPy."""
    if method:
        name = method if isinstance(method, str) else op.name
        if name in vars(Tensor) and not hasattr(vars(Tensor)[name], "op"):
            raise ValueError(
                f"A Tensor has its own {name!r}: give the op another name, or declare it with method=False."
            )
        setattr(Tensor, name, apply)
        setattr(Symbolic, name, apply)
    for function in op.numpy if isinstance(op.numpy, tuple) else (op.numpy,) if op.numpy else ():
        numpy_functions[function] = apply
    if op.operator:
        for owner in (Tensor, *([] if f"__{op.operator}__" in vars(Symbolic) else [Symbolic])):
            setattr(owner, f"__{op.operator}__", apply)
            if hasattr(np.ndarray, f"__r{op.operator}__"):
                setattr(owner, f"__r{op.operator}__", lambda self, other: apply(other, self))


def _wrap(op):
    """The function that users call: `op.function` on arrays, its result linked to its inputs."""
    named = op.rules and len(op.rules) < len(op.parameters)  # an option, which may be given by name
    if named or op.defaults or op.each is not None or len(op.parameters) > 2:
        return _wrap_any(op)
    return (_wrap_unary, _wrap_binary)[len(op.parameters) - 1](op)


def _wrap_any(op):
    function, count = op.function, len(op.parameters)

    def apply(*args, **options):
        if options or len(args) != count:
            args = op.bind(args, options)
        arrays = tuple([x.array if isinstance(x, Tensor) else x for x in args])
        if Symbolic in [type(x) for x in args]:
            return applied(op, args)
        try:
            out = function(*arrays)
        except REFUSED as error:
            raise explain(op, args, error) from None
        tensors = [x for x in args if isinstance(x, Tensor)]
        if not tensors:
            return out
        check_real(op, args, out)
        wants = any([x.requires_grad for x in tensors])
        exposed = any([type(x) is np.ndarray or isinstance(x, Tensor) and x._exposed for x in args])
        return _result(op, args, arrays, out, wants, exposed)

    return apply


# Two copies of `apply` without its loops: a scalar graph spends most of its time here.


def _wrap_unary(op):
    function = op.function

    def apply(a):
        x = a
        if isinstance(a, Tensor):
            x = a.array
        elif type(a) is Symbolic:
            return applied(op, (a,))
        try:
            out = function(x)
        except REFUSED as error:
            raise explain(op, (a,), error) from None
        return out if x is a else _result(op, (a,), (x,), out, a.requires_grad, a._exposed)

    return apply


def _wrap_binary(op):
    function, ndarray, float64 = op.function, np.ndarray, np.float64

    def apply(a, b):
        x, y, wants, exposed = a, b, None, False
        if isinstance(a, Tensor):
            x, wants, exposed = a.array, a.requires_grad, a._exposed or type(b) is ndarray
        elif type(a) is Symbolic:
            return applied(op, (a, b))
        if isinstance(b, Tensor):
            y, wants, exposed = b.array, wants or b.requires_grad, exposed or b._exposed or type(a) is ndarray
        elif type(b) is Symbolic:
            return applied(op, (a, b))
        try:
            out = function(x, y)
        except REFUSED as error:
            raise explain(op, (a, b), error) from None
        if (x is a or y is b) and type(out) is not float64 and wants is not None:
            check_real(op, (a, b), out)
        return out if wants is None else _result(op, (a, b), (x, y), out, wants, exposed)

    return apply


def _result(op, args, arrays, out, wants, exposed):
    """The Tensor of a result: a node of the graph where a gradient can flow through it, else a constant."""
    tensor = _new(Tensor)
    tensor.array = out[()] if type(out) is np.ndarray and out.ndim == 0 else out
    tensor.kept_gradient = tensor.name = tensor._guards = None
    tensor._exposed = False
    if exposed and type(out) is np.ndarray and out.base is not None:  # a view of what may be written in place
        tensor.array = out.copy()
    recorder = recording.get()
    if wants and op.differentiable and recorder.builds_graph:
        tensor.op, tensor._args, tensor._arrays, tensor.requires_grad = op, args, arrays, True
        if exposed:  # the user could overwrite an input before the backward pass reads it: keep a copy
            used = zip(args, arrays)
            written = [(x, a) for x, a in used if type(x) is np.ndarray or isinstance(x, Tensor) and x._exposed]
            tensor._guards = [(x, a, fingerprint(x, a)) for x, a in written]
    else:
        tensor.op = tensor._args = tensor._arrays = None
        tensor.requires_grad = False
    if type(recorder) is not Recorder:
        recorder.ran(op, args, tensor)
    return tensor


def constant(array):
    """A Tensor around an array, without a copy; nobody else may write into it."""
    return _result(None, None, None, array, False, False)
