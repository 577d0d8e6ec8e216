"""The numbers of one step of training on one sample, and the sentences that tell it."""

import numpy as np

from ...common.writing import numbers
from ...engine.autodiff import propagate
from ...engine.recorder import record
from ...nn import Dense, Sequential
from ..texts import say
from .models import copy_of

_FEW = 3  # terms of a sum that are written one by one


def story_of(model, x, y):
    """The numbers that `network_film` shows, for who draws the network otherwise; the model is left as it is.

    Args:
        model, x, y: as for `network_film`.

    Returns:
        A Story.

    Raises:
        TypeError, ValueError: as `network_film`.
    """
    if not isinstance(model, Sequential):
        raise TypeError(f"network_film expects a Sequential model; received {type(model).__name__}. film(…) shows any.")
    with copy_of(model, "network_film") as copy, record(True):
        return Story(copy, *copy.prepare(x, y)[:2])


class Step:
    """One picture: what is known in it.

    Attributes:
        lines, caption: what it says, as lines and as one text.
        updated: whether the weights are the new ones.
        phase: "input", "forward", "loss", "back" or "update".
        layer: the number of the Dense layer that it is about, from 1; None where it is about none.
        known: how many columns have their values.
        back: the number of the column to which the gradients have come; None before the way back.
    """

    def __init__(self, lines, phase, known, layer=None, back=None):
        self.lines, self.phase, self.known, self.layer, self.back = lines, phase, known, layer, back
        self.caption, self.updated = "\n".join(lines), phase == "update"


class Story:
    """One step of training on the first of some samples.

    Args:
        model: a copy of the model, which is trained.
        x, y: samples and targets, prepared.

    Attributes:
        names: of the columns: x, and the Dense layers.
        values: of each column, one number a neuron.
        sums: z of each Dense layer, before its activation; None for the inputs.
        deltas: δ = ∂L/∂z of each column, for the sums z of its neurons; None for the inputs and frozen layers.
        kernels, biases, of_kernels, updated: of each Dense layer the weights, their gradients (None where frozen),
            the weights after the update.
        target, loss: of the sample.
        steps: the pictures that tell it.
    """

    def __init__(self, model, x, y):
        x, y = x[:1], y[:1]
        layers = [layer for layer in model.layers if isinstance(layer, Dense)]
        columns = self._forward(model, x)
        loss = model.compute_loss(x, y, columns[-1], None)
        weights = model.trainable_weights
        found = propagate([loss])
        self.names = ["x", *[layer.name for layer in layers]]
        self.values = [np.ravel(np.asarray(x))] + [np.ravel(column.array) for column in columns[1:]]
        self.kernels = [layer.kernel.numpy() for layer in layers]
        self.biases = [None if layer.bias is None else layer.bias.numpy() for layer in layers]
        self.of_kernels = [found.get(layer.kernel) for layer in layers]
        self.deltas = [None, *[self._delta(i, layer, found) for i, layer in enumerate(layers)]]
        self.target, self.loss = np.ravel(np.asarray(y)), loss.item()
        model.optimizer.apply([found.get(weight, np.zeros(weight.shape)) for weight in weights], weights)
        self.updated = [layer.kernel.numpy() for layer in layers]
        self.steps = self._tell(model, layers)

    def _forward(self, model, x):
        """x and the output of each Dense layer, with the layers after it that keep each value at its place.

        Sets `sums`, with the values that enter each Dense layer in `entering`.
        """
        columns, flowing, self.sums, self.entering = [x], x, [None], []
        for layer in model.layers:
            before, flowing = flowing, layer(flowing, training=False)
            if isinstance(layer, Dense):
                columns.append(flowing)
                self._enter(layer, np.ravel(np.asarray(getattr(before, "array", before))))
            elif flowing.size != np.size(before):
                raise TypeError(
                    f"network_film draws Dense layers, and layers that keep each value at its place; {layer.name!r} is "
                    f"a {type(layer).__name__}. film(…) shows any graph."
                )
            elif len(columns) > 1:
                columns[-1] = flowing
        return columns

    def _enter(self, layer, entering):
        if layer.kernel.shape[0] != entering.size:
            raise ValueError(
                f"network_film draws each value of a sample as a neuron: {layer.name!r} gets {entering.size} values, "
                f"and applies the same weights to each {layer.kernel.shape[0]} of them. Put Flatten() before it."
            )
        self.entering.append(entering)
        bias = 0 if layer.bias is None else layer.bias.numpy()
        self.sums.append(entering @ layer.kernel.numpy() + bias)

    def _delta(self, i, layer, found):
        """δ of a layer: the gradient of its bias, as the bias is added to z; without one, ∂L/∂W = input × δ tells."""
        if layer.bias is not None and layer.bias in found:
            return found[layer.bias]
        entering = np.asarray(self.entering[i], float)
        if layer.kernel not in found or not entering.any():
            return None
        return entering @ found[layer.kernel] / (entering @ entering)

    # -- the sentences ------------------------------------------------------------------------------

    def _tell(self, model, layers):
        count = len(layers)
        steps = [Step([say("The sample x enters; every edge is a weight.")], "input", 1)]
        for i, layer in enumerate(layers, 1):
            activation = getattr(layer.activation, "__name__", "linear")
            text = say("Forward, {layer}: each neuron adds up weight × input and its bias, then {activation}.",
                       layer=layer.name, activation=activation)  # fmt: skip
            steps.append(Step([text, *self._sum(i)], "forward", i + 1, i))
        values = {"p": numbers(np.squeeze(self.values[-1])), "y": numbers(np.squeeze(self.target))}
        text = say("The prediction is {p}, the target {y}: the loss L is {loss}.", **values, loss=numbers(self.loss))
        if len(self.values[-1]) > _FEW:
            text = say("The prediction is compared with the target: the loss L is {loss}.", loss=numbers(self.loss))
        steps.append(Step([text], "loss", count + 1, None, count + 1))
        for i in range(count, 0, -1):
            text = (
                "Back, {layer}: δ is how the loss changes with the sum of a neuron; ∂L/∂w = δ × the input of the edge."
            )
            if self.of_kernels[i - 1] is None:
                text = "Back, {layer}: it is not trained, so its gradients are not computed."
            text = say(text, layer=layers[i - 1].name)
            steps.append(Step([text, *self._product(i)], "back", count + 1, i, i))
        text = say("One update by {optimizer}: each weight moves against its gradient.",
                   optimizer=type(model.optimizer).__name__)  # fmt: skip
        return [*steps, Step([text, *self._move()], "update", count + 1, None, 1)]

    def _sum(self, i):
        """z of the first neuron of a layer, written out."""
        entering, kernel, bias = self.entering[i - 1], self.kernels[i - 1], self.biases[i - 1]
        if len(entering) > _FEW:
            return []
        terms = [f"{numbers(a)} × {_bracketed(w)}" for a, w in zip(entering, kernel[:, 0])]
        terms += [] if bias is None else [_bracketed(bias[0])]
        rows = {"z": " + ".join(terms), "sum": numbers(self.sums[i][0]), "value": numbers(self.values[i][0])}
        return [say("The first neuron: z = {z} = {sum} → {value}.", **rows)]

    def _product(self, i):
        """∂L/∂w of the first edge of a layer, written out."""
        gradient, delta = self.of_kernels[i - 1], self.deltas[i]
        if gradient is None or delta is None:
            return []
        parts = f"{numbers(delta[0])} × {_bracketed(self.entering[i - 1][0])} = {numbers(gradient[0, 0])}"
        return [say("The first edge: ∂L/∂w = {parts}.", parts=parts)]

    def _move(self):
        """The first weight that moves, written out."""
        for before, after, gradient in zip(self.kernels, self.updated, self.of_kernels):
            if gradient is not None:
                values = [numbers(array[0, 0]) for array in (before, after, gradient)]
                text = "The first edge: ∂L/∂w is {gradient}, so w goes from {before} to {after}."
                return [say(text, **dict(zip(("before", "after", "gradient"), values)))]
        return []


def _bracketed(x):
    text = numbers(x)
    return f"({text})" if text.startswith("-") else text
