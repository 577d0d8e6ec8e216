"""The derivative rules as text: what a student prints, and the table of derivatives in the documentation."""

from ..common.language import language


def describe(op):
    """The op, its first sentence and the text of its rules; in Spanish without the sentence, which is English.

    Example:
        >>> print(describe(tg.ops.multiply.op))
        multiply(a, b): The product a × b, elementwise.
          gradient of a: g * b
          gradient of b: g * a
    """
    spanish = language() == "es"
    gradient, none = ("gradiente de", "sin gradiente") if spanish else ("gradient of", "no gradient")
    lines = [f"{op.name}({', '.join(op.parameters)}){'' if spanish else f': {summary(op)}'}"]
    lines += [f"  {gradient} {name}: {text}" for name, text in derivatives(op).items()]
    return "\n".join(lines if op.differentiable else [*lines, f"  {none}"])


def summary(op):
    """The first sentence of the documentation of an op."""
    import inspect

    return inspect.cleandoc(op.function.__doc__ or "").partition("\n")[0]


def derivatives(op):
    """The text of each rule as written in the source, by the name of the argument.

    Example:
        >>> derivatives(tg.ops.exp.op)
        {'a': 'g * out'}
    """
    import ast
    import inspect

    tree = ast.parse(inspect.cleandoc("\n" + inspect.getsource(op.function)))
    calls = [d for d in tree.body[0].decorator_list if isinstance(d, ast.Call)]
    call = next((d for d in calls if ast.unparse(d.func).endswith("primitive")), None) or next(iter(calls))
    rules = dict(zip(op.parameters, call.args)) | {k.arg + " input": k.value for k in call.keywords if k.arg == "each"}
    return {name: ast.unparse(getattr(rule, "body", rule)) for name, rule in rules.items() if not _is_none(rule)}


def _is_none(rule):
    return getattr(rule, "value", rule) is None
