"""The step of an optimizer as data: gradients, flat Vectors, and the formulas that give them new values.

A formula of the optimizer is traced like any other function, on Tensors that stand for its Vectors. Where it is
elementwise, as all common ones are, it holds for a whole flat Vector; else it is traced for each parameter.
"""

from ..engine.tensor import Tensor
from .scalar import Scalar
from .step import Node, Number, alive, first_difference, outline
from .tape import Tape, TraceError, tracing


class Update:
    """An optimizer gives its Groups new values.

    Attributes:
        optimizer: what has the formulas: `clipped`, `update_with_decay`, `averaged`.
        groups: the Groups of parameters with their Vectors; see `optim.memory`.
        parameters: the parameters that have a gradient.
        olds, gradients: by parameter, the Node of the values before and that of the gradient.
        weight: how much these gradients count while they are accumulated.
        accumulates: how many calls are gathered for one update, or None.
        numbers: the Numbers of the formulas by name: "rate", "step", those that the optimizer adds, and while
            gradients are accumulated "last", whether this call completes them, and "total", the sum of the weights.
    """

    def __init__(self, optimizer, groups, gradients, weight):
        self.optimizer, self.groups, self.weight = optimizer, groups, weight
        self.parameters, self._given = list(gradients), gradients
        self.accumulates = optimizer.gradient_accumulation_steps
        functions = {"rate": optimizer.current_rate, "step": optimizer.next_step}
        variables = {} if self.accumulates else {"step": (optimizer.iterations, 1)}
        functions |= {name: lambda name=name: optimizer.next_numbers()[name] for name in optimizer.numbers}
        if self.accumulates:
            functions["last"] = lambda: optimizer.waiting()[0] + 1 >= self.accumulates
            functions["total"] = lambda: optimizer.waiting()[1] + weight
        self.numbers = {name: Number(name, function, *variables.get(name, ())) for name, function in functions.items()}

    def note(self, value):
        """Take down the Nodes of the old values and of the gradients: `value` gives them for Tensors."""
        self.olds = {parameter: value(parameter) for parameter in self.parameters}
        self.gradients = {parameter: value(g) for parameter, g in self._given.items()}
        self._given = None

    def inputs(self):
        """The Nodes of the old values and of the gradients."""
        return [*self.olds.values(), *self.gradients.values()]

    def variables(self):
        """The Variables that it may change: weights, slots and counters."""
        vectors = [vector for group in self.groups for vector in group.vectors()]
        return [*[member for vector in vectors for member in vector.members], *self.optimizer.state_variables]

    def forget_examples(self):
        """Let go of the trace and its arrays."""
        self.olds = self.gradients = None

    def scalars(self, at_another_step=False):
        """The values of the Numbers now, as Scalars, or such as they might be at another step."""
        values = {name: number.function() for name, number in self.numbers.items()}
        if at_another_step:
            values |= {name: 0.7 * values[name] + 0.01 for name in values if name not in ("step", "last")}
        return {name: Scalar(value, self.numbers[name]) for name, value in values.items()}

    # -- the formulas ---------------------------------------------------------------------------------------

    def clip(self, *gradients):
        """The gradients, made shorter."""
        return self.optimizer.clipped(list(gradients))

    def change(self, numbers, decays, w, g, *slots):
        """The new values of weights and slots, from old values and gradients."""
        optimizer = self.optimizer
        others = {name: numbers[name] for name in optimizer.numbers}
        named = dict(zip(optimizer.slots, slots))
        return optimizer.update_with_decay(w, g, numbers["rate"], numbers["step"], decays, **others, **named)

    def average(self, numbers, w, old):
        """The new moving average of the weights."""
        return (self.optimizer.averaged(w, old, numbers["step"]),)


class Formula:
    """A traced function of arrays that gives some of them new values.

    Args:
        update: the Update that it belongs to.
        function: takes the Numbers by name and Tensors, one for each array, and gives the new values.
        arrays: examples by name.
        changed: the names of those that it changes.
        section: the part of the step.

    Attributes:
        inputs: the Nodes of the arrays.
        olds, news: the Nodes of what is changed, before and after.
        statements: the Nodes between.
        elementwise: whether each new value depends on the entries at its own place alone.

    Raises:
        TraceError: Python computes something that is another number at every step, or a shape or dtype changes.
    """

    def __init__(self, update, function, arrays, changed, section):
        names = list(arrays)
        tape, tensors, new = _traced(update, function, arrays, section, False)
        other, _, _ = _traced(update, function, arrays, section, True)
        frozen = first_difference(tape.step.outline(), other.step.outline())
        if frozen is not None:
            raise TraceError(
                f"Python computes a number for '{frozen}' in the formula of '{section}' that is another at every step: "
                "write np.sqrt(rate), not math.sqrt(rate)"
            )
        self.places = [names.index(name) for name in changed]
        expected = [(tensors[i].shape, tensors[i].dtype) for i in self.places]
        if [(t.shape, t.dtype) if isinstance(t, Tensor) else None for t in new] != expected:
            raise TraceError(f"the formula of '{section}' gives other shapes or dtypes than it was given")
        self.names, self.inputs, self.news = names, tape.step.inputs, [tape.value(t) for t in new]
        self.olds = [self.inputs[i] for i in self.places]
        self.statements = alive(tape.step.statements, self.news)
        self.elementwise = all(
            isinstance(s, Node) and s.elementwise and not any(x.kind == "constant" and x.ndim for x in s.inputs())
            for s in self.statements
        )

    def outline(self):
        """Its computation, by name; see `Step.outline`."""
        return [self.names, outline(self.statements), [node.name for node in self.news]]


def _traced(update, function, arrays, section, at_another_step):
    """The tape of a formula, the Tensors that it was given, and what it gave; the optimizer stays as it is."""
    tape, attributes = Tape(), dict(vars(update.optimizer))
    counts = [(variable, variable.array) for variable in update.optimizer.state_variables if not variable.ndim]
    tensors = [tape.input(array, name) for name, array in arrays.items()]
    try:
        for variable, count in counts if at_another_step else ():
            variable.replace(count + 4 * (update.accumulates or 1) if count.dtype.kind == "i" else 0.7 * count + 0.01)
        numbers = update.scalars(at_another_step)
        with tracing(tape, on=False, section=section):
            return tape, tensors, function(numbers, *tensors)
    finally:
        vars(update.optimizer).update(attributes)
        for variable, count in counts:
            variable.replace(count)
