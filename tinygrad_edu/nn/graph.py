"""The graph of a functional model: the calls that lead from its inputs to its outputs, in Keras's order.

A call stands at a depth, the largest number of calls from it to an output. The graph runs from the deepest calls to the
outputs, and the layers of the model stand in this order too.
"""

from ..common.structure import described, flatten, is_nested, map_structure, rebuild, same_form
from ..common.warning import warn
from ..engine.symbolic import Operation, Symbolic, SymbolicCall
from .layers.core import Input, InputLayer


class Graph:
    """The calls between symbolic inputs and outputs.

    Args:
        inputs: a structure of symbolic values, where data is put in.
        outputs: a structure of symbolic values that are computed from them.

    Attributes:
        inputs, outputs: these structures.
        calls: the calls in between, those of the Inputs included, each after those that it needs.
        callees: the layers and operations, each once.

    Raises:
        ValueError: an output needs an Input that is not among the inputs, or two layers have one name.
        TypeError: an entry is not a symbolic value of an Input.
    """

    def __init__(self, inputs, outputs):
        for name, structure in (("inputs", inputs), ("outputs", outputs)):
            for value in flatten(structure):
                if type(value) is not Symbolic or value.call is None:
                    raise TypeError(
                        f"Model expects {name} of Input(…), or computed from one by layers; received {value!r:.60}."
                    )
        if not all(isinstance(value.call.callee, InputLayer) for value in flatten(inputs)):
            inputs, outputs = _from_new_inputs(inputs, outputs)
        self.inputs, self.outputs = inputs, outputs
        self.calls, self.callees = _in_order(flatten(inputs), flatten(outputs))
        _refuse_unconnected(self.calls, flatten(inputs))
        names = [callee.name for callee in self.callees]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"A model has two layers named {name!r}: give one of them another name.")

    @property
    def input_names(self):
        """The name of each input."""
        return [value.name for value in flatten(self.inputs)]

    def run(self, values):
        """The structure of the outputs for values of the inputs: a list in their order."""
        known = {id(symbol): value for symbol, value in zip(flatten(self.inputs), values)}
        for call in self.calls:
            if call.inputs:
                args, named = call.filled(known)
                found = flatten(call.callee(*args, **named))
                known |= {id(symbol): value for symbol, value in zip(call.outputs, found)}
        return map_structure(lambda symbol: known[id(symbol)], self.outputs)

    def shapes_for(self, shapes):
        """The structure of the output shapes for other shapes of the inputs: a list in their order."""
        known = {id(s): Symbolic(shape, s.dtype, s.name) for s, shape in zip(flatten(self.inputs), shapes)}
        for call in self.calls:
            if call.inputs:
                args, named = call.filled(known)
                _, specs = call.callee.symbolic_specs(*args, **named)
                known |= {id(symbol): Symbolic(*spec, symbol.name) for symbol, spec in zip(call.outputs, specs)}
        return map_structure(lambda symbol: known[id(symbol)].shape, self.outputs)

    def copied(self, make, call=None, inputs=None):
        """The inputs and outputs of the same graph of new layers.

        Args:
            make: gives the new layer for a layer.
            call: called as call(layer, *args, **named) for each call of a layer; the layer itself by default.
            inputs: symbolic values to begin at, in the order of the inputs; new Inputs of the same names by default.
        """
        symbols = flatten(self.inputs)
        new = [Input(batch_shape=s.shape, dtype=s.dtype, name=s.name) for s in symbols] if inputs is None else inputs
        new = flatten(new)
        if len(new) != len(symbols):
            raise ValueError(f"Expected {len(symbols)} input_tensors; received {len(new)}.")
        known, made = {id(symbol): value for symbol, value in zip(symbols, new)}, {}
        for each in self.calls:
            if each.inputs:
                callee = each.callee
                if callee not in made:
                    is_op = isinstance(callee, Operation)
                    made[callee] = Operation(callee.op, callee.name) if is_op else make(callee)
                args, named = each.filled(known)
                known |= {id(s): v for s, v in zip(each.outputs, _result(made[callee], args, named, call))}
        return rebuild(self.inputs, new), map_structure(lambda symbol: known[id(symbol)], self.outputs)

    # -- data for the inputs ------------------------------------------------------------------------------

    def arranged(self, data, name, leaf):
        """Data as a structure of the form of the inputs: one array, a list in their order, or a dict by their names.

        Args:
            data: the data.
            name: what errors call them.
            leaf: a function of what is given for one input, which gives what stands in the structure.

        Raises:
            ValueError: there are other names, or another number of arrays.
        """
        symbols, names = flatten(self.inputs), self.input_names
        if any([is_nested(part) for part in _inside(self.inputs)]) and same_form(data, self.inputs):
            return rebuild(self.inputs, map(leaf, flatten(data)))
        self._remark(data, name)
        if isinstance(data, dict):
            keys = list(self.inputs) if isinstance(self.inputs, dict) else names
            missing = [key for key in keys if key not in data]
            if missing:
                received = ", ".join(map(repr, data))
                raise ValueError(
                    f"{name} expects an array for each input, {', '.join(map(repr, keys))}; received {received}."
                )
            values = [data[key] for key in (sorted(keys) if isinstance(self.inputs, dict) else keys)]
            return rebuild(self.inputs, map(leaf, values))
        if len(symbols) == 1:
            return rebuild(self.inputs, [leaf(_alone(data, symbols[0].ndim))])
        if not is_nested(data) or not (same_form(data, self.inputs) or len(data) == len(symbols)):
            received = f"{len(data)}" if is_nested(data) else "one"
            raise ValueError(
                f"{name} expects {len(symbols)} arrays, for the inputs {', '.join(map(repr, names))}, in a list or a "
                f"dict; received {received}."
            )
        values = flatten(data) if same_form(data, self.inputs) else list(data)
        if len(values) != len(symbols):
            raise ValueError(f"{name} expects the form {described(self.inputs, lambda s: s.name)}.")
        return rebuild(self.inputs, map(leaf, values))

    def _remark(self, data, name):
        """Warn of entries in a dict that are no inputs of the model, and so are left out."""
        if isinstance(self.inputs, dict) and isinstance(data, dict) and data.keys() - self.inputs.keys():
            unknown = ", ".join(map(repr, sorted(data.keys() - self.inputs.keys(), key=str)))
            warn(f"{name} has {unknown}, which is no input of the model and is left out.")

    # -- copies -------------------------------------------------------------------------------------------

    def __reduce__(self):
        places = {id(value): (n, value.index) for n, call in enumerate(self.calls) for value in call.outputs}

        def plain(structure):
            return map_structure(lambda x: _Place(*places[id(x)]) if type(x) is Symbolic else x, structure)

        calls = [
            (call.callee, plain(call.args), plain(call.named), map_structure(lambda _: 0, call.returned),
             [(value.shape, value.dtype) for value in call.outputs])
            for call in self.calls
        ]  # fmt: skip
        return _restored, (calls, plain(self.inputs), plain(self.outputs))


def _result(callee, args, named, call=None):
    """The values that a layer or an op gives for symbolic arguments, as a list."""
    if isinstance(callee, Operation):
        return SymbolicCall(callee, args, named, *callee.symbolic_specs(*args)).outputs
    return flatten(callee(*args, **named) if call is None else call(callee, *args, **named))


class _Place:
    """The place of a symbolic value in a copy of a graph: the number of its call, and its own there."""

    def __init__(self, call, index):
        self.call, self.index = call, index


def _restored(calls, inputs, outputs):
    """The graph of these calls, in which places stand for values."""
    made = []

    def filled(structure):
        return map_structure(lambda x: made[x.call].outputs[x.index] if type(x) is _Place else x, structure)

    for callee, args, named, form, specs in calls:
        made.append(SymbolicCall(callee, filled(args), filled(named), form, specs))
    graph = object.__new__(Graph)
    graph.inputs, graph.outputs, graph.calls = filled(inputs), filled(outputs), made
    graph.callees = list(dict.fromkeys(call.callee for call in made))
    return graph


def _inside(structure):
    """The entries of a list, a tuple or a dict; none of a leaf."""
    return structure.values() if isinstance(structure, dict) else structure if is_nested(structure) else ()


def _alone(data, axes):
    """The one array that stands alone in a list; other data as they are."""
    alone = data[0] if isinstance(data, list | tuple) and len(data) == 1 else None
    return alone if hasattr(alone, "shape") and len(alone.shape) == axes else data


# -- the order ------------------------------------------------------------------------------------------------


def _in_order(inputs, outputs):
    """The calls, the deepest first, and their callees in the same order."""
    finished, first_seen = _visited(inputs, outputs)
    depths, of_callees = {}, {}
    for call in reversed(finished):
        depth = max(depths.get(call, 0), of_callees.get(call.callee, 0))
        depths[call] = of_callees[call.callee] = depth
        for value in call.inputs:
            if value.call.callee in first_seen:  # else it is above the inputs
                depths[value.call] = max(depth + 1, depths.get(value.call, 0))
    for value in inputs:  # those that no output needs
        if value.call not in depths:
            depths[value.call] = of_callees[value.call.callee] = 0
            first_seen[value.call.callee] = -1
    calls = sorted(depths, key=lambda call: (-depths[call], first_seen[call.callee], call.number))
    return calls, sorted(of_callees, key=lambda callee: (-of_callees[callee], first_seen[callee]))


def _visited(inputs, outputs):
    """The calls below the outputs, each after those that it needs, and the order in which callees were seen first."""
    finished, first_seen, starts = {}, {}, {id(value) for value in inputs}
    for output in outputs:
        stack = [(output, False)]
        while stack:
            value, done = stack.pop()
            call = value.call
            if call is None:
                raise ValueError(f"{value!r} is of no Input: a graph begins at Input(…).")
            if done:
                finished[call] = None
            elif call not in finished:
                first_seen.setdefault(call.callee, len(first_seen))
                stack.append((value, True))
                if id(value) not in starts:
                    stack += [(before, False) for before in reversed(call.inputs)]
    return list(finished), first_seen


def _refuse_unconnected(calls, inputs):
    known = {id(value) for value in inputs}
    for call in calls:
        lost = [value for value in call.outputs if not call.inputs and id(value) not in known]
        if lost:
            raise ValueError(
                f"The outputs depend on the Input {lost[0].name!r}, which is not among the inputs of the model, "
                f"{', '.join(repr(value.name) for value in inputs)}: name it there too."
            )


def _from_new_inputs(inputs, outputs):
    """The same graph between new Inputs, in place of values from its middle, and new outputs."""
    symbols = flatten(inputs)
    new = [
        value
        if isinstance(value.call.callee, InputLayer)
        else Input(batch_shape=value.shape, dtype=value.dtype, name=f"{value.name}_input")
        for value in symbols
    ]
    known = {id(value): other for value, other in zip(symbols, new)}
    for call in _in_order(symbols, flatten(outputs))[0]:
        if call.inputs and not all(id(value) in known for value in call.outputs):
            if not all(id(value) in known for value in call.inputs):
                continue  # above the inputs
            args, named = call.filled(known)
            known |= {id(value): other for value, other in zip(call.outputs, _result(call.callee, args, named))}
    lost = [value for value in flatten(outputs) if id(value) not in known]
    if lost:
        names = ", ".join(repr(value.name) for value in symbols)
        raise ValueError(f"The output of {lost[0].name!r} does not depend on the inputs alone: {names}.")
    return rebuild(inputs, new), map_structure(lambda value: known[id(value)], outputs)
