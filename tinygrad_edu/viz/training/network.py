"""Backpropagation on the network itself: neurons as circles, weights as edges, one sample through it and back.

Activations flow forward, the loss appears, gradients flow back along the edges with their numbers, and one update of
the optimizer moves the weights. Each picture is of 1280 × 720 pixels, its letters 24 high: for the back row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...common.writing import numbers
from ...engine.autodiff import propagate
from ...engine.recorder import record
from ...nn import Dense, Sequential
from ..descent.animation import Animation
from ..figures import COLOURS, matplotlib_figure, plain_style
from ..labels import lines
from ..texts import say
from .models import copy_of

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from ...nn import Model

_WIDE, _HIGH, _DPI = 1280, 720, 100
_LETTERS = 24 * 72 / _DPI  # points: 24 pixels
_RADIUS, _TOP, _BOTTOM = 50, 610, 170  # pixels: of a neuron; where the columns begin and end
_MOST = 5  # neurons of a column that are drawn one by one
_WIDEST = 88  # letters of a line of the caption
_NUMBERED = 4  # neurons of two columns between which every weight has its number
_POSITIVE, _NEGATIVE, _GRADIENT = COLOURS[0], COLOURS[1], "#B34D00"


def network_film(model: Model, x: ArrayLike, y: ArrayLike) -> Animation:
    """Show one step of training on the drawn network: forward, the loss, the gradients back, one update.

    The width of an edge is the size of its weight, or of its gradient on the way back; blue is positive, orange
    negative. A column of more than five neurons shows the first of them. The model is left as it is.

    Args:
        model: a compiled `Sequential` of Dense layers; between them layers that keep each value at its place, such as
            Activation, Dropout (which does nothing here), BatchNormalization or Flatten.
        x, y: samples and targets, as for `fit`; the first is shown.

    Returns:
        An `Animation`: it plays in a notebook; `.save("net.html")`, `.save("net.gif")` and `.save("net.png")` write it.

    Raises:
        TypeError: this is no Sequential model, or one of its layers is neither.
        ValueError: it is not compiled, or has no weights yet.
        ImportError: matplotlib is not installed; the message has the command that gets it.

    Source: the numbered pictures of Rumelhart, Hinton and Williams, "Learning representations by back-propagating
    errors" (1986).

    Example:
        >>> from tinygrad_edu.nn import Dense, Input, Sequential
        >>> model = Sequential([Input((2,)), Dense(3, "tanh", name="hidden"), Dense(1, "sigmoid", name="out")])
        >>> model.compile("sgd", "binary_crossentropy")
        >>> film = network_film(model, [[0.5, -1.0]], [[1.0]])
        >>> film.frames, film.captions[0]
        (7, 'The sample x enters; every edge is a weight.')
    """
    with plain_style():
        stage = _Stage(story := story_of(model, x, y))
        title = say("One step of {model}", model=model.name)
        film = Animation(stage.figure, stage.show, len(story.steps), title, width=_WIDE)
    film.captions = [step.caption for step in story.steps]
    return film


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


class _Step:
    """One picture: what is known in it.

    Attributes:
        caption: the text below.
        known: how many columns have their values.
        back: the number of the column to which the gradients have come; None before the way back.
        updated: whether the weights are the new ones.
    """

    def __init__(self, caption, known, back=None, updated=False):
        self.caption, self.known, self.back, self.updated = caption, known, back, updated


class Story:
    """The numbers of one step of training on one sample, and the pictures that tell it.

    Attributes:
        names: of the columns: x, and the Dense layers.
        values: of each column, one number a neuron.
        deltas: δ = ∂L/∂z of each column, for the sums z of its neurons; None for the inputs.
        kernels, of_kernels, updated: of each Dense layer the weights, their gradients, the weights after the update.
    """

    def __init__(self, model, x, y):
        x, y = x[:1], y[:1]
        columns = self._forward(model, x)
        loss = model.compute_loss(x, y, columns[-1], None)
        weights = model.trainable_weights
        found = propagate([loss])
        self.values = [np.ravel(np.asarray(x))] + [np.ravel(column.array) for column in columns[1:]]
        dense = [layer for layer in model.layers if isinstance(layer, Dense)]
        self.kernels = [layer.kernel.numpy() for layer in dense]
        self.of_kernels = [found.get(layer.kernel, np.zeros(layer.kernel.shape)) for layer in dense]
        self.deltas = [None, *map(_delta, self.of_kernels, self.values)]
        model.optimizer.apply([found.get(weight, np.zeros(weight.shape)) for weight in weights], weights)
        self.updated = [layer.kernel.numpy() for layer in dense]
        self.names = ["x", *[layer.name for layer in dense]]
        self.steps = self._tell(model, dense, y, loss.item())

    def _forward(self, model, x):
        """x and the output of each Dense layer, with the layers after it that keep each value at its place."""
        columns, flowing = [x], x
        for layer in model.layers:
            before, flowing = flowing, layer(flowing, training=False)
            if isinstance(layer, Dense):
                columns.append(flowing)
            elif flowing.size != np.size(before):
                raise TypeError(
                    f"network_film draws Dense layers, and layers that keep each value at its place; {layer.name!r} is "
                    f"a {type(layer).__name__}. film(…) shows any graph."
                )
            elif len(columns) > 1:
                columns[-1] = flowing
        return columns

    def _tell(self, model, dense, y, loss):
        steps = [_Step(say("The sample x enters; every edge is a weight."), 1)]
        for i, layer in enumerate(dense, 1):
            activation = getattr(layer.activation, "__name__", "linear")
            text = say("Forward, {layer}: each neuron adds up weight × input and its bias, then {activation}.",
                       layer=layer.name, activation=activation)  # fmt: skip
            steps.append(_Step(text, i + 1))
        values = {"p": numbers(np.squeeze(self.values[-1])), "y": numbers(np.squeeze(y)), "loss": numbers(loss)}
        last = len(dense)
        steps.append(
            _Step(say("The prediction is {p}, the target {y}: the loss L is {loss}.", **values), last + 1, last + 1)
        )
        for i in range(last, 0, -1):
            back = (
                "Back, {layer}: δ is how the loss changes with the sum of a neuron; ∂L/∂w = δ × the input of the edge."
            )
            text = say(back, layer=dense[i - 1].name)
            steps.append(_Step(text, last + 1, i))
        text = say("One update by {optimizer}: each weight moves against its gradient.",
                   optimizer=type(model.optimizer).__name__)  # fmt: skip
        return [*steps, _Step(text, last + 1, 1, updated=True)]


class _Stage:
    """The figure on which the pictures are drawn one after the other."""

    def __init__(self, story):
        self.story = story
        self.figure = matplotlib_figure(figsize=(_WIDE / _DPI, _HIGH / _DPI), dpi=_DPI)
        self.axes = self.figure.add_axes((0, 0, 1, 1))
        across = np.linspace(170, _WIDE - 170, len(story.values))
        self.places = [_places(x, len(values)) for x, values in zip(across, story.values)]

    def show(self, k):
        """Draw picture k."""
        step, axes = self.story.steps[k], self.axes
        axes.clear()
        axes.set(xlim=(0, _WIDE), ylim=(0, _HIGH), xticks=[], yticks=[])
        axes.set_axis_off()
        for i in range(1, len(self.places)):
            self._edges(i, step)
        for i, places in enumerate(self.places):
            self._neurons(i, places, step)
        self._write(_WIDE / 2, 62, step.caption, wrap=True)

    def _edges(self, i, step):
        back = step.back is not None and step.back <= i and not step.updated
        kernel = (
            self.story.of_kernels[i - 1]
            if back
            else (self.story.updated if step.updated else self.story.kernels)[i - 1]
        )
        largest = np.abs(kernel).max(initial=0.0) or 1.0
        left, right = self.places[i - 1], self.places[i]
        lit = step.known == i + 1 and step.back is None or step.back == i or step.updated
        for a, start in left.items():
            for b, end in right.items():
                weight = kernel[a, b]
                colour = _POSITIVE if weight >= 0 else _NEGATIVE
                look = {"linewidth": 1 + 6 * abs(weight) / largest, "color": colour, "alpha": 0.75 if lit else 0.3}
                self.axes.plot(*zip(start, end), zorder=1, linestyle="--" if back else "-", **look)
                if lit and max(len(left), len(right)) <= _NUMBERED:
                    x, y = np.array(start) + 0.68 * (np.array(end) - start)
                    self._write(x, y, numbers(weight), color=_GRADIENT if back else "black", behind=True)

    def _neurons(self, i, places, step):
        from matplotlib.patches import Circle

        values, deltas = self.story.values[i], self.story.deltas[i]
        back = deltas is not None and step.back is not None and step.back <= i and not step.updated
        new = step.back == i or (step.back is None and i == step.known - 1)
        look = {"facecolor": "#FFE680" if new else "white", "edgecolor": "black", "linewidth": 3 if new else 1.5}
        for n, place in places.items():
            self.axes.add_patch(Circle(place, _RADIUS, zorder=2, **look))
            if back:
                self._write(*place, f"δ {_short(deltas[n])}", color=_GRADIENT)
            elif i < step.known:
                self._write(*place, _short(values[n]))
        name, shown = self.story.names[i], len(places)
        if shown < len(values):
            name = say("{name}, {shown} of {count}", name=name, shown=shown, count=len(values))
        self._write(next(iter(places.values()))[0], _HIGH - 32, name)

    def _write(self, x, y, text, color="black", wrap=False, behind=False):
        box = {"facecolor": "white", "edgecolor": "none", "pad": 1, "alpha": 0.85} if behind else None
        look = {"fontsize": _LETTERS, "ha": "center", "va": "center", "color": color, "zorder": 3}
        self.axes.text(x, y, "\n".join(lines(text, _WIDEST, indent="")) if wrap else text, bbox=box, **look)


def _delta(of_kernel, inputs):
    """δ of the neurons of a layer, from the gradient of its kernel: for one sample that is input × δ.

    Example:
        >>> _delta(np.array([[2.0, -4.0], [0.0, 0.0]]), np.array([2.0, 0.0]))
        array([ 1., -2.])
    """
    inputs = np.asarray(inputs, float)
    return inputs @ of_kernel / (inputs @ inputs or 1.0)


def _places(x, count):
    """The place of each neuron that is drawn in a column, by its number."""
    shown = min(count, _MOST)
    middle, room = (_TOP + _BOTTOM) / 2, min(130, (_TOP - _BOTTOM) / max(shown - 1, 1))
    return {n: (x, middle + room * ((shown - 1) / 2 - n)) for n in range(shown)}


def _short(value):
    """A number that fits into a neuron."""
    return f"{value:.2f}" if 0.005 <= abs(value) < 100 else f"{value:.0e}" if value else "0"
