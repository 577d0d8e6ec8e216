"""The choices for each output of a model: its loss, the weight of that in the sum, its metrics, its targets.

Whatever is given for the outputs (losses, metrics, targets, sample weights) may be a list in their order, or a dict by
their names; `of_each` makes a list of it. Figures of one output among several are named after it: "price_loss".
"""

from ...common.structure import described, flatten, flatten_with_path, is_nested, map_structure, rebuild, same_form
from ..shapes import map_shapes


class Outputs:
    """The outputs of a model: their names, and the structure in which they stand.

    Args:
        shapes: their shapes: one, or a list or a dict of them.
        names: the names of the layers that give them, in Keras's order; None where nobody knows.

    Attributes:
        shapes: the shape of each.
        names: the name of each: its key in a dict, else that of its layer, or output_1, output_2, …
        form: a structure with the name of each in its place.
    """

    def __init__(self, shapes, names=None):
        self.given, self.given_names = shapes, names
        held = map_shapes(lambda shape: lambda: shape, shapes)
        self.shapes = [ask() for ask in flatten(held)]
        named = [_named(path, number, names) for number, (path, _) in enumerate(flatten_with_path(held))]
        self.names = [name if named.index(name) == i else f"{name}_{i}" for i, name in enumerate(named)]
        self.several = len(self.names) > 1
        numbers = iter(self.names)
        self.form = map_structure(lambda _: next(numbers), held)

    def of_each(self, given, argument, missing=True):
        """A list of what was given for each output: from a list in their order, a dict by name, or one value for all.

        Args:
            given: the choices.
            argument: what errors call them.
            missing: whether outputs may be left out, which then have None.

        Raises:
            ValueError: there are more or fewer than outputs, or another name.

        Example:
            >>> outputs = Outputs([(None, 1), (None, 3)], ["price", "kind"])
            >>> outputs.of_each({"kind": "mse"}, "loss"), outputs.of_each(["mae", "mse"], "loss")
            ([None, 'mse'], ['mae', 'mse'])
        """
        if isinstance(given, dict):
            strange = [key for key in given if key not in self.names]
            left = [name for name in self.names if name not in given]
            if strange or (left and not missing):
                raise ValueError(
                    f"{argument} expects the names of the outputs, {self._listed()}; received {_listed(given)}."
                )
            return [given.get(name) for name in self.names]
        if isinstance(given, list | tuple):
            if len(given) == len(self.names):
                return list(given)
            raise ValueError(
                f"{argument} expects one for each output, {self._listed()}; received {len(given)} of them."
            )
        return [given] * len(self.names)

    def arranged(self, data, argument, missing=False):
        """Arrays for the outputs, such as targets, as a structure of the form of the outputs.

        Args:
            data: a structure of arrays of that form, or a list in their order, or a dict by their names.
            argument: what errors call it.
            missing: whether outputs may be left out, which then have None.

        Raises:
            ValueError: the arrays are not for these outputs.
        """
        if not self.several:
            return rebuild(self.form, [only(data)])
        if not is_nested(data):
            raise ValueError(
                f"{argument} expects an array for each output, {self._listed()}, in a list or a dict; received one."
            )
        found = flatten(data) if same_form(data, self.form) else self.of_each(data, argument, missing)
        if any(map(is_nested, found)):
            raise ValueError(f"{argument} expects the form {described(self.form, repr)}; received {described(data)}.")
        return rebuild(self.form, found)

    def figure(self, output, name):
        """The name of a figure of one output: "loss" becomes "price_loss" where there are several outputs."""
        return f"{self.names[output]}_{name}" if self.several else name

    def _listed(self):
        return _listed(self.names)


def choices_of_metrics(given, outputs, argument):
    """A list of the metrics that were chosen for each output, each a list.

    Raises:
        ValueError: a dict names another output, or a list has one entry for each of another number.
    """
    if not given:
        return [[] for _ in outputs.names]
    if not outputs.several:
        if isinstance(given, dict):
            given = outputs.of_each(given, argument)
        return [[choice for choice in flatten(given) if choice is not None]]
    return [
        [] if chosen is None else [choice for choice in flatten(chosen) if choice is not None]
        for chosen in outputs.of_each(given, argument)
    ]


def _named(path, number, names):
    if path and isinstance(path[-1], str):
        return "/".join(map(str, path))
    return names[number] if names else f"output_{number + 1}"


def _listed(names):
    return ", ".join(map(repr, names))


def only(value):
    """The one value in a list, a tuple or a dict; other values as they are."""
    return next(iter(flatten(value))) if is_nested(value) and len(flatten(value)) == 1 else value
