"""A Step as a function of JAX arrays: from state, numbers and a batch to the new state and the results.

JAX traces the function, and XLA compiles it. Here stands what the function reads and what it changes.
"""

from collections import deque

from ..step import AfterRun, Assignment, Node, Number, alive
from ..tape import TraceError
from ..update import Update
from .spelling import compute
from .updates import XlaUpdate

_SMALL = 64  # constants up to this size are part of the compiled program


class Traced:
    """The reading of a Step for XLA.

    Args:
        step: the Step, whose examples may be let go of then.
        outputs: the Nodes of what it returns.

    Attributes:
        results: the Nodes of what a run gives: the outputs, and what functions are called with after it.
        output_places: where among the results the outputs are.
        calls: (function, [(place among the results, or None, plain value)]) for each function.
        changed: the Variables and Tensors that a run gives new values.
        outside: the Tensors that it only reads.
        constants: the arrays of constants that are too large to be part of the program.
        columns: the numbers that are others at every run: texts, and Variables that count.
        draws: the Nodes of random numbers.
        updates: by Update, the XlaUpdate.
    """

    def __init__(self, step, outputs):
        self.inputs, self.generators = step.inputs, step.generators
        calls = step.of(AfterRun)
        self.results = list(dict.fromkeys([*outputs, *[node for call in calls for node in call.inputs()]]))
        self.output_places = [self.results.index(node) for node in outputs]
        places = {node: i for i, node in enumerate(self.results)}
        self.calls = [
            (call.function, [(places[x], None) if x in places else (None, x) for x in call.values]) for call in calls
        ]
        assigned = step.of(Assignment)
        wanted = [*self.results, *[s.value for s in assigned]]
        self.statements = [s for s in alive(step.statements, wanted) if not isinstance(s, AfterRun)]
        self.draws = [s for s in self.statements if isinstance(s, Node) and s.kind == "draw"]
        if [s for s in step.statements if isinstance(s, Node) and s.kind == "draw"] != self.draws:
            raise TraceError("random numbers are drawn that nothing needs")
        self.updates = {s: XlaUpdate(s) for s in step.of(Update)}
        trained = [v for own in self.updates.values() for p in own.parameters for v in (p, *own.slots[p].values())]
        self.changed = list(dict.fromkeys([*trained, *[s.tensor for s in assigned]]))
        self._reads = step.reads
        self._find_what_is_read()

    # -- what it reads --------------------------------------------------------------------------------------

    def _find_what_is_read(self):
        """Collect the numbers, the Tensors from outside and the large constants."""
        formulas = [formula for own in self.updates.values() for formula in own.formulas]
        bodies = [self.statements, *[formula.statements for formula in formulas]]
        nodes = [s for body in bodies for s in body if isinstance(s, Node)]
        news = [node for formula in formulas for node in formula.news]
        read = dict.fromkeys([*self.results, *news, *[x for body in bodies for s in body for x in s.inputs()]])
        counting = {v for own in self.updates.values() for v in own.optimizer.state_variables if not v.ndim}
        changed, columns, outside = set(self.changed), {}, {}
        for node in read:
            if node.kind == "read" and node.tensor not in changed:
                (columns if node.tensor in counting else outside)[node.tensor] = None
        for own in self.updates.values():
            columns |= dict.fromkeys(own.texts())
        for node in nodes:
            columns |= dict.fromkeys(x.text for x in _numbers_in(node.args))
        self.columns, self.outside = list(columns), list(outside)
        self._code = {text: compile(text, "<numbers>", "eval") for text in self.columns if isinstance(text, str)}
        self._large = [node for node in read if node.kind == "constant" and node.array.size > _SMALL]
        self.constants = [node.array for node in self._large]
        self.numbers = [number for own in self.updates for number in own.numbers.values()]

    def code(self, text):
        """The compiled formula of a column."""
        return self._code[text]

    # -- under XLA ------------------------------------------------------------------------------------------

    def apply(self, jax, state, arrays, columns, draws, outside, constants, more=()):
        """One run.

        Args:
            jax: the module.
            state: by Tensor, the values of `changed`.
            arrays: the batch.
            columns, draws, outside, constants: the values of what has these names here.
            more: Nodes whose values are wanted besides the results.

        Returns:
            The new state, and the results.
        """
        known = dict(zip(self.inputs, arrays)) | dict(zip(self.draws, draws)) | dict(zip(self._large, constants))
        state, number = dict(state), dict(zip(self.columns, columns))
        from_outside, waiting = dict(zip(self.outside, outside)), {}
        for node in self._reads:
            waiting.setdefault(node.tensor, deque()).append(node)

        def bind(tensors):
            for tensor in tensors:
                if waiting.get(tensor):
                    known[waiting[tensor].popleft()] = state[tensor]

        def value(x):
            if isinstance(x, Number):
                return number[x.text]
            if x in known:
                return known[x]
            if x.kind == "constant":
                return x.array
            if x.tensor in number:
                return number[x.tensor].astype(x.dtype)
            return state[x.tensor] if x.tensor in state else from_outside[x.tensor]

        bind(self.changed)
        for statement in self.statements:
            if isinstance(statement, Assignment):
                state[statement.tensor] = jax.numpy.asarray(value(statement.value))
            elif isinstance(statement, Update):
                own = self.updates[statement]
                gradients = {p: jax.numpy.asarray(value(g)) for p, g in own.gradients.items()}
                state |= own.apply(gradients, state, value, number.__getitem__, jax)
                for parameter in set(own.parameters) - set(statement.parameters):  # its one Node is its memory
                    known |= {node: state[parameter] for node in self._reads if node.tensor is parameter}
                bind(statement.parameters)
            elif statement.kind != "draw":
                known[statement] = compute(statement, value, jax)
        return state, [jax.numpy.asarray(value(node)) for node in [*self.results, *more]]


def _numbers_in(values):
    """The Numbers among arguments, those inside tuples and lists included."""
    for x in values:
        if isinstance(x, Number):
            yield x
        elif isinstance(x, (tuple, list)):
            yield from _numbers_in(x)
