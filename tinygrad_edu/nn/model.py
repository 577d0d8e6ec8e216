"""Models: a layer made of layers that can be trained."""

import numpy as np

from ..floats import floatx
from ..objects import getter
from ..op import constant
from ..tensor import no_grad
from .layer import Layer
from .layers import InputLayer
from .training import Trainer


class Model(Trainer, Layer):
    """Base of the models. Subclass it: make layers in `__init__`, use them in `call`.

    Example:
        >>> from tinygrad_edu.nn import Dense
        >>> class Network(Model):
        ...     def __init__(self):
        ...         super().__init__()
        ...         self.hidden, self.out = Dense(4, activation="relu"), Dense(1)
        ...     def call(self, inputs):
        ...         return self.out(self.hidden(inputs))
        >>> Network()(np.zeros((5, 3))).shape
        (5, 1)
    """

    autocast = False

    def __init__(self, *args, **options):
        if args or "inputs" in options:
            raise TypeError(
                "Models are made with Sequential([...]) or by subclassing Model; Model(inputs, outputs), "
                "the functional form, is not offered."
            )
        super().__init__(**options)

    @property
    def layers(self):
        """The layers of this model, in the order they were made."""
        return self.sublayers

    def get_layer(self, name=None, index=None):
        """The layer of this name, or at this index.

        Raises:
            ValueError: there is none; the message lists the layers.
        """
        if (name is None) == (index is None):
            raise ValueError("get_layer expects either a name or an index.")
        layers = self.layers
        found = [layer for layer in layers if layer.name == name]
        if index is not None:
            found = layers[index : index + 1 or None]
        if not found:
            raise ValueError(f"{self.name} has no layer {name or index!r}. Its layers: {[x.name for x in layers]}.")
        return found[0]

    def build(self, input_shape):
        """Make the weights of every layer, for inputs of this shape, such as (None, 10)."""
        self._build_by_calling(tuple(input_shape))

    def _build_by_calling(self, input_shape):
        with no_grad():
            out = self.call(constant(np.zeros((1, *(n or 1 for n in input_shape[1:])), floatx())))
        self.output_shape = (None, *out.shape[1:])
        self.input_shape = input_shape
        self.built = True

    def build_for(self, input_shape):
        self.build(input_shape)
        if self.output_shape is None:  # a build of the user's own
            self._build_by_calling(tuple(input_shape))

    def summary(self, line_length=None, print_fn=None, show_trainable=False):
        """Print the layers with their output shapes and numbers of weights.

        Args:
            line_length: the width in characters; 88 at most by default.
            print_fn: a function that is given each line, in place of printing.
            show_trainable: whether to add a column that says which layers are trained.
        """
        from .summary import print_summary

        print_summary(self, line_length, print_fn, show_trainable)


class Sequential(Model):
    """Layers one after another: the output of each is the input of the next.

    The weights are made as soon as the shape of the input is known: from an Input as first entry, from
    `input_shape=` or `input_dim=` of the first layer, or from the first data.

    Args:
        layers: a list of layers; more can be added with `add`.
        trainable: whether training updates its weights.
        name: how it is called.

    Raises:
        TypeError: an entry is not a layer.
        ValueError: two layers have the same name.

    Example:
        >>> from tinygrad_edu.nn import Dense, Input
        >>> model = Sequential([Input((10,)), Dense(64, activation="relu"), Dense(1)])
        >>> model.count_params()
        769
    """

    def __init__(self, layers=None, trainable=True, name=None):
        super().__init__(name=name, trainable=trainable)
        self._layers = []
        if isinstance(layers, Layer):
            raise TypeError(f"Sequential expects a list of layers: Sequential([...]); received {layers!r}.")
        for layer in layers or []:
            self.add(layer)

    def get_config(self):
        layers = [{"class_name": type(x).__name__, "config": x.get_config()} for x in self._layers]
        return {"name": self.name, "trainable": self.trainable, "layers": layers}

    @classmethod
    def from_config(cls, config):
        """A new model of new layers, with the arguments that `get_config` gave."""
        return cls(**config | {"layers": [_layer(entry) for entry in config["layers"]]})

    @property
    def layers(self):
        """The layers, without the Input."""
        return [layer for layer in self._layers if not isinstance(layer, InputLayer)]

    def add(self, layer):
        """Put a layer at the end."""
        if not isinstance(layer, Layer):
            raise TypeError(f"Sequential expects layers, such as Dense(1) or Activation('relu'); received {layer!r}.")
        if isinstance(layer, InputLayer) and self._layers:
            raise ValueError(f"{self.name} has layers already: the Input comes first.")
        if layer.name in [other.name for other in self._layers]:
            raise ValueError(f"{self.name} has a layer named {layer.name!r} already: give this one another name.")
        shape = self.output_shape
        if not self._layers and layer.given_input_shape is not None:
            shape = self.input_shape = (None, *layer.given_input_shape)
        if shape is not None:
            layer.build_for(shape)
            self.output_shape = layer.compute_output_shape(shape)
        self._layers.append(layer)
        self.built = self.output_shape is not None

    def pop(self):
        """Take the last layer off, and give it."""
        if not self.layers:
            raise ValueError(f"{self.name} has no layers to take off.")
        layer = self._layers.pop()
        self.output_shape = self._layers[-1].output_shape if self.built and self._layers else None
        self.built = self.output_shape is not None
        return layer

    def build(self, input_shape):
        if not self.layers:
            raise ValueError(f"{self.name} has no layers. Add some first: model.add(Dense(1)).")
        shape = tuple(input_shape)
        for layer in self._layers:
            layer.build_for(shape)
            shape = layer.compute_output_shape(shape)
        self.input_shape, self.output_shape, self.built = tuple(input_shape), shape, True

    def check_input(self, shape):
        if not self.layers:
            raise ValueError(f"{self.name} has no layers. Add some first: model.add(Dense(1)).")
        for layer in (self.layers[0], self._layers[0]):  # what Dense says is more to the point than what Input says
            layer.check_input(shape)

    def call(self, inputs, training=False):
        for layer in self._layers:
            inputs = layer(inputs, training=training)
        return inputs


_layer = getter("layer", Layer)
