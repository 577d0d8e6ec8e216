"""Models: a layer made of layers that can be trained."""

import weakref
from collections.abc import Callable, Sequence
from os import PathLike
from typing import Annotated, Any, Self

import numpy as np

from .. import replay
from ..common.arguments import CHECKED_INSIDE, checked
from ..common.budget import counted, spend
from ..common.deserialization import deserialize
from ..common.floats import floatx
from ..common.naming import Named
from ..common.notes import Noted, notes_of
from ..common.serialization import configuration
from ..common.structure import flatten, is_nested, map_structure
from ..common.types import Count
from ..common.warning import warn
from ..engine.op import constant
from ..engine.recorder import no_grad
from ..engine.symbolic import Symbolic
from ..engine.tensor import Tensor
from . import saving
from .graph import Graph
from .graph_config import config_of, ends_from
from .layer import Layer, as_tensors
from .layers import InputLayer
from .masking import mask_of, set_mask
from .shapes import as_shapes, each_shape, is_shape, map_shapes, shapes_of, zeros_of
from .training.batch import OneArray
from .training.loop import Trainer
from .weights import in_order_of_keras

_OF_GRAPH = ("layers", "input_layers", "output_layers")  # entries of a configuration
_METRICS = ("metrics", "weighted_metrics")  # arguments of compile


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

    home = "keras"
    autocast = False
    _graph = Noted(None)  # of a functional model; of a Sequential, when somebody asks for it

    def __new__(cls, *args: Any, **options: Any):
        return super().__new__(Functional if cls is Model and (args or "inputs" in options) else cls)

    def __init__(self, *args: Any, **options: Any):
        given = dict(zip(("inputs", "outputs", "name"), args))
        ends = {name: (given | options).get(name) for name in ("inputs", "outputs")}
        missing = [name for name, value in ends.items() if value is None]
        if len(args) > 3 or given.keys() & options.keys() or len(missing) == 1:
            raise TypeError(
                "Model expects Model(inputs, outputs, name=None), values of Input(…) and those computed from them; or "
                f"a subclass with a call of its own. Received {', '.join([*map(repr, args), *options])}."
            )
        super().__init__(**{name: value for name, value in (given | options).items() if name not in ends})
        if not missing:
            self._begin_graph(**ends)

    def _begin_graph(self, inputs, outputs):
        """Be the functional model between these symbolic values."""
        self._graph = Graph(inputs, outputs)
        self._layers = [callee for callee in self._graph.callees if isinstance(callee, Layer)]
        self.input_shape = _one_or_list([value.shape for value in flatten(inputs)])
        self.output_shape = _one_or_list([value.shape for value in flatten(outputs)])
        self.built = True

    @property
    def layers(self) -> list[Layer]:
        """The layers of this model: of a functional one from the inputs to the outputs, else as they were made."""
        return self.sublayers if self._graph is None else list(self._layers)

    def calls(self):
        """The calls of the layers and operations, each after those that it needs; None where only `call` knows them.

        Example:
            >>> from tinygrad_edu.nn import Add, Dense, Input
            >>> x = Input((3,), name="x")
            >>> model = Model(x, Add(name="sum")([Dense(3, name="line")(x), x]))
            >>> [(call.callee.name, [value.name for value in call.inputs]) for call in model.calls()]
            [('x', []), ('line', ['x']), ('sum', ['line', 'x'])]
        """
        return None if self._graph is None else self._graph.calls

    def _symbolic_values(self, name):
        if self._graph is None:
            return super()._symbolic_values(name)
        found = self._graph.inputs if name.startswith("input") else self._graph.outputs
        return flatten(found) if name.endswith("s") else found

    @property
    def input_names(self) -> list[str] | None:
        """The names of the inputs, where the model knows them."""
        return None if self._graph is None else self._graph.input_names

    @property
    def output_names(self) -> list[str] | None:
        """The names of the layers that give the outputs, where the model knows them."""
        return None if self._graph is None else [value.name for value in flatten(self._graph.outputs)]

    def shapes_of_outputs(self):
        if self._graph is None:
            return self.output_shape
        return map_structure(lambda value: value.shape, self._graph.outputs)

    def call(self, inputs, training=None, mask=None):
        """The computation: that of the graph of a functional model; a subclass defines its own."""
        if self._graph is None:
            return super().call(inputs)
        values = flatten(inputs)
        for value, one in zip(values, [] if mask is None else flatten(mask)):
            if one is not None and mask_of(value) is None:
                set_mask(value, one)
        return self._graph.run(values)

    def __call__(self, inputs: Any = None, *more: Any, **options: Any) -> Tensor:
        if self._graph is not None and not isinstance(self, Sequential):
            inputs = self.aligned(self._graph.arranged(inputs, "inputs", self._present))
        return super().__call__(inputs, *more, **options)

    def _present(self, data):
        """Data of one input as Tensors; a ValueError where there are none."""
        if data is None:
            raise ValueError(f"{self._label()} expects an array for each of its inputs; received None.")
        return as_tensors(data)

    def arranged(self, x, name="x"):
        return super().arranged(x, name) if self._graph is None else self._graph.arranged(x, name, OneArray)

    def check_values(self, inputs):
        if self._graph is not None:
            given = dict(zip(flatten(self._graph.inputs), flatten(inputs)))
            for call in self._graph.calls:
                if isinstance(call.callee, Layer) and len(call.inputs) == 1 and call.inputs[0] in given:
                    call.callee.check_values(given[call.inputs[0]])

    def check_input(self, shape):
        if vars(self).get("input_spec") is not None:
            super().check_input(shape)
        if self._graph is not None:
            for value, found in zip(flatten(self._graph.inputs), each_shape(shape)):
                value.call.callee.check_input(found)

    @checked
    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
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

    def compute_mask(self, inputs, previous_mask):
        """None: the mask of the output is what the layers inside gave it."""

    def build(self, input_shape):
        """Make the weights of every layer, for inputs of this shape, such as (None, 10)."""
        if self._graph is None:
            self._build_by_calling(as_shapes(input_shape))

    def _build_by_calling(self, input_shape):
        inputs = map_structure(constant, zeros_of(input_shape, 1, floatx()))
        with no_grad(), np.errstate(all="ignore"):
            out = self.call(inputs)
        self.output_shape = shapes_of(out)
        self.input_shape = input_shape
        self.built = True

    def aligned(self, x):
        """The inputs in the announced shapes, with one axis of length 1 more or less at the end where they need it."""
        if self._graph is None:
            return x
        return map_structure(lambda symbol, values: aligned_to(symbol.shape, values), self._graph.inputs, x)

    def compute_output_shape(self, input_shape):
        if self._graph is None:
            return super().compute_output_shape(input_shape)
        return self._graph.shapes_for(each_shape(input_shape))

    def build_for(self, input_shape, **others):
        if others:  # `call` takes more than one can make up: what it does builds the layers
            self.built, self.input_shape = True, as_shapes(input_shape)
            return
        self.build(input_shape)
        if self.output_shape is None:  # a build of the user's own
            self._build_by_calling(as_shapes(input_shape))

    @checked
    def summary(
        self,
        line_length: Count | None = None,
        positions: Sequence[float] | None = None,
        print_fn: Callable[[str], Any] | None = None,
        expand_nested: bool = False,
        show_trainable: bool = False,
        layer_range: Sequence[str] | None = None,
    ) -> None:
        """Print the layers with their output shapes and numbers of weights, as Keras does.

        Args:
            line_length: the width in characters; 88 at most by default.
            positions: where each column ends, as a share of the width.
            print_fn: a function that is given the text, in place of printing.
            expand_nested: whether to show the layers of the models inside, indented.
            show_trainable: whether to add a column that says which layers are trained.
            layer_range: the names (or regular expressions) of the first and the last layer to show.

        Raises:
            ValueError: there is no room for a column, or no layer of such a name.
        """
        from .summary import print_summary

        print_summary(self, line_length, positions, print_fn, expand_nested, show_trainable, layer_range)

    def _repr_html_(self):
        from ..common.display import model_html

        return model_html(self)

    # -- files --------------------------------------------------------------------------------------

    def children(self):
        found = super().children() | {"layers": self.layers}
        found.pop("_layers", None)  # of a Sequential: what `layers` gives
        return in_order_of_keras(found)

    def get_config(self):
        if self._graph is None:
            return super().get_config()
        return {"name": self.name, "trainable": self.trainable} | config_of(self._graph)

    @classmethod
    @counted()
    def from_config(cls, config: dict[str, Any]) -> Self:
        """A new model of new layers, with the settings that `get_config` gave."""
        if not config.keys() >= set(_OF_GRAPH):
            return super().from_config(config)
        inputs, outputs = ends_from(config)
        return cls(inputs=inputs, outputs=outputs, **{key: config[key] for key in config.keys() - set(_OF_GRAPH)})

    @property
    def graph(self):
        """The Graph of a functional model; None of others."""
        return self._graph

    def get_compile_config(self):
        """How the model was compiled, for `compile_from_config`; empty where it was not."""
        if not self.compiled:
            return {}
        plain, weighted = self._metric_choices
        said = {"optimizer": self.optimizer, "loss": self.loss, "loss_weights": self.loss_weights}
        said |= {"metrics": plain or None, "weighted_metrics": weighted or None}
        said |= {"run_eagerly": bool(self.run_eagerly), "steps_per_execution": 1}
        said |= {"jit_compile": self.jit_compile or "auto"}
        return configuration(said)

    def compile_from_config(self, config):
        """Compile the model as `get_compile_config` says, here or in Keras; where JAX is missing, without XLA."""
        if type(self).compile is not Model.compile:
            warn(f"{self.name!r} has a compile of its own, which is not called when it is read: call model.compile(…).")
            return
        chosen = {name: deserialize(config.get(name)) for name in ("optimizer", "loss", "loss_weights", *_METRICS)}
        for name in _METRICS:
            if isinstance(chosen[name], list) and len(chosen[name]) == 1 and isinstance(chosen[name][0], list):
                chosen[name] = chosen[name][0]  # the metrics of the first output, of one
        eagerly, under_xla = bool(config.get("run_eagerly")), config.get("jit_compile") is True
        if under_xla and not eagerly:
            try:
                replay.find_jax()
            except ImportError as error:
                under_xla = False
                warn(f"{self.name!r} trains by flat NumPy programs here, with the same numbers: {error}")
        self.compile(**chosen, run_eagerly=eagerly, jit_compile=under_xla and not eagerly)

    @checked
    def save(
        self,
        filepath: str | PathLike[str],
        overwrite: bool = True,
        zipped: bool | None = None,
        **further: Any,
    ) -> None:
        """Write the model into a `.keras` file, with the state of its optimizer; Keras reads it too.

        Args:
            filepath: a path that ends in .keras; or in .h5, for Keras's legacy format.
            overwrite: whether a file that is there may be replaced.
            zipped: True, or None for it.
            further: `include_optimizer=False` leaves out of an .h5 file how the model was compiled.

        Raises:
            ValueError: another ending; or the model has code without a name, such as a lambda.
            ImportError: h5py is not installed; the message has the command that gets it.
            OSError: the file cannot be written, or is there and not to be replaced.
        """
        saving.save_model(self, filepath, overwrite, zipped, **further)

    @checked
    def save_weights(self, filepath: str | PathLike[str], overwrite: bool = True) -> None:
        """Write the weights and the state of the optimizer: .weights.h5 as Keras does, .safetensors or .npz.

        Args:
            filepath: a path with one of these endings; one in .h5 alone is the format of Keras 2, weights only.
            overwrite: whether a file that is there may be replaced.

        Raises:
            ValueError: another ending, or there are no weights yet.
            ImportError: the package for this kind of file is not installed.
            OSError: the file cannot be written, or is there and not to be replaced.
        """
        saving.save_weights(self, filepath, overwrite)

    @checked
    def load_weights(self, filepath: str | PathLike[str], skip_mismatch: bool = False, **further: Any) -> None:
        """Take the weights, and the state of the optimizer, from a file of `save_weights` or `save`.

        Args:
            filepath: the path of the file, written here or by Keras.
            skip_mismatch: leave layers that do not fit as they are, with a warning.
            further: `by_name=True` matches layers by their names, in an .h5 file of Keras's legacy format.

        Raises:
            ValueError: the file is broken or does not fit; nothing is changed then.
            ImportError: the package for this kind of file is not installed.
            OSError: the file cannot be opened.
        """
        saving.load_weights(self, filepath, skip_mismatch, **further)

    def to_json(self, **options: Any) -> str:
        """The layers and how the model was compiled as JSON, for `keras.models.model_from_json`.

        Args:
            options: those of `json.dumps`, such as indent=2.
        """
        return saving.model_to_json(self, **options)

    def export(self, *args, **options):
        """Not offered: SavedModel, ONNX and the like. Use `save`, and export from Keras.

        Raises:
            ValueError: always.
        """
        raise ValueError(
            'export is not offered. Write model.save("model.keras"); in Keras, '
            'keras.models.load_model("model.keras").export(…) makes a SavedModel or an ONNX file of it.'
        )


class Functional(Model):
    """The functional model that `Model(inputs, outputs)` makes."""

    home, keras_module = None, "keras.src.models.functional"  # where files look for it: Keras shows it as Model
    calls_itself = True  # in Keras its own graph is its first call


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

    def __init__(
        self,
        layers: Annotated[Sequence[Named] | None, CHECKED_INSIDE] = None,
        trainable: bool = True,
        name: str | None = None,
    ):
        super().__init__(name=name, trainable=trainable)
        self._layers = []
        if isinstance(layers, Layer):
            raise TypeError(f"Sequential expects a list of layers: Sequential([...]); received {layers!r}.")
        for layer in layers or []:
            self.add(layer)

    def get_config(self):
        layers, shape = list(self._layers), self.input_shape
        if layers and isinstance(layers[0], InputLayer):
            shape = layers[0].batch_shape
        elif is_shape(shape) and layers:
            layers.insert(0, InputLayer(batch_shape=shape, name="input_layer"))
        config = self._shared_config() | {"layers": configuration(layers)}
        return config if shape is None else config | {"build_input_shape": map_shapes(list, shape)}

    @classmethod
    @counted()
    def from_config(cls, config: dict[str, Any]) -> Self:
        """A new model of new layers, with the settings that `get_config` gave."""
        spend(objects=len(config["layers"]))  # too many are refused before the first is made
        settings = {name: value for name, value in config.items() if name != "build_input_shape"}
        model = super().from_config(settings | {"layers": [deserialize(layer) for layer in config["layers"]]})
        model.build_from_config({"input_shape": config.get("build_input_shape")})
        return model

    def children(self):
        found = super().children()
        return {"layers": found.pop("layers"), **found}

    @property
    def layers(self) -> list[Layer]:
        """The layers, without the Input."""
        return [layer for layer in self._layers if not isinstance(layer, InputLayer)]

    def calls(self):
        """The calls of the layers one after another, once the shape of the input is known; None before."""
        if self._graph is None and self.built and self.layers and self.input_shape is not None:
            first = self._layers[0]
            if isinstance(first, InputLayer):
                inputs = first.symbol
            else:
                inputs = map_shapes(lambda shape: InputLayer(batch_shape=shape).symbol, self.input_shape)
            value = inputs
            for layer in self.layers:
                value = layer(value)
            self._graph = Graph(inputs, value)
        return None if self._graph is None else self._graph.calls

    def _symbolic_values(self, name):
        self.calls()
        return super()._symbolic_values(name)

    def add(self, layer: Named, rebuild: bool = True) -> None:
        """Put a layer at the end.

        Args:
            layer: the layer.
            rebuild: accepted for Keras's sake: weights are made as soon as the shapes are known.
        """
        if type(layer) is Symbolic and isinstance(layer.call.callee, InputLayer):
            layer = layer.call.callee
        if not isinstance(layer, Layer):
            raise TypeError(f"Sequential expects layers, such as Dense(1) or Activation('relu'); received {layer!r}.")
        if isinstance(layer, InputLayer) and self._layers:
            raise ValueError(f"{self.name} has layers already: the Input comes first.")
        if layer.name in [other.name for other in self._layers if other is not layer]:
            raise ValueError(f"{self.name} has a layer named {layer.name!r} already: give this one another name.")
        shape = self.output_shape
        if not self._layers and layer.given_input_shape is not None:
            shape = self.input_shape = (None, *layer.given_input_shape)
        if shape is not None:
            layer.build_for(shape)
            self.output_shape = layer.compute_output_shape(shape)
        self._layers.append(layer)
        self._graph, self.built = None, self.output_shape is not None
        notes_of(layer).holder = Holder(self)

    def pop(self, rebuild: bool = True) -> Layer:
        """Take the last layer off, and give it; `rebuild` is accepted for Keras's sake."""
        if not self.layers:
            raise ValueError(f"{self.name} has no layers to take off.")
        layer, self._graph = self._layers.pop(), None
        self.output_shape = self._layers[-1].output_shape if self.built and self._layers else None
        self.built = self.output_shape is not None
        return layer

    def build(self, input_shape):
        if not self.layers:
            raise ValueError(f"{self.name} has no layers. Add some first: model.add(Dense(1)).")
        shape = as_shapes(input_shape)
        self.output_shape = self.compute_output_shape(shape)
        self.input_shape, self.built = shape, True

    def compute_output_shape(self, input_shape):
        shape = as_shapes(input_shape)
        for layer in self._layers:
            layer.build_for(shape)
            shape = layer.compute_output_shape(shape)
        return shape

    def check_values(self, inputs):
        if self.layers:
            self.layers[0].check_values(inputs)

    def check_input(self, shape):
        if not self.layers:
            raise ValueError(f"{self.name} has no layers. Add some first: model.add(Dense(1)).")
        for layer in (self.layers[0], self._layers[0]):  # what Dense says is more to the point than what Input says
            layer.check_input(shape)

    def __call__(self, inputs: Any = None, *args: Any, **options: Any) -> Tensor:
        data = inputs if inputs is None or isinstance(inputs, Tensor | Symbolic) else as_tensors(inputs)
        known = data is None or type(data) is Symbolic
        return super().__call__(data if known else self.aligned(data), *args, **options)

    @property
    def output_names(self) -> list[str]:
        """The name of the last layer, in a list: what losses, metrics and targets in a dict are named after."""
        return [layer.name for layer in self.layers[-1:]]

    def arranged(self, x, name="x"):
        """One array: x itself, or what stands alone in a list or a dict."""
        if isinstance(x, dict) and len(x) == 1:
            return OneArray(next(iter(x.values())))
        alone = x[0] if isinstance(x, list | tuple) and len(x) == 1 else None
        known = hasattr(alone, "shape") and self.input_shape is not None
        return OneArray(alone if known and len(alone.shape) == len(self.input_shape) else x)

    def aligned(self, x):
        alone = self.input_shape is None and getattr(x, "ndim", None) == 1  # one feature, as in Keras
        return aligned_to((None, 1) if alone else self.input_shape, x)

    def call(self, inputs, training=None, mask=None):
        for layer in self.layers:
            inputs, mask = layer(inputs, training=training, mask=mask), None  # each output carries its own
        return inputs


class Holder:
    """The Sequential that a layer stands in, which knows the symbolic values of its layers."""

    def __init__(self, model=None):
        self._refer = (lambda: None) if model is None else weakref.ref(model)

    def __reduce__(self):
        return Holder, ()

    def note_calls(self):
        """Let the model call its layers with symbolic values, if it is still there."""
        model = self._refer()
        if model is not None:
            model.calls()


def aligned_to(announced, x):
    """An array with one axis of length 1 more or less at the end, where it then has the announced shape."""
    if announced is None or is_nested(x):
        return x
    if len(announced) == x.ndim + 1 and announced[-1] == 1 and x.ndim:
        return np.expand_dims(x, -1)
    return np.squeeze(x, -1) if len(announced) == x.ndim - 1 and x.shape[-1] == 1 else x


def _one_or_list(shapes):
    return shapes[0] if len(shapes) == 1 else shapes
