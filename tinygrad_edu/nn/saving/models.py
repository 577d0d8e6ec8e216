"""Whole models: into a `.keras` or `.h5` file and back, as JSON, and copied."""

import json
from collections.abc import Callable
from io import BytesIO
from math import prod
from os import PathLike
from typing import Any

import numpy as np

from ...common.arguments import refuse
from ...common.budget import counted, spend, uncounted
from ...common.custom import custom_object_scope
from ...common.deserialization import deserialize
from ...common.files import replacing
from ...common.old import ARGUMENTS, spelling, tell
from ...common.serialization import functions_kept, serialize
from ...common.warning import warn
from .. import initializers
from . import formats, legacy
from .files import CONFIG, METADATA, WEIGHTS, WRITER, checked_path, opened, parsed
from .weights import OPTIMIZER, collect_arrays, load_arrays, ready

KERAS = "3.15.1"  # the version whose files these are


def save_model(
    model: Any,
    filepath: str | PathLike[str],
    overwrite: bool = True,
    zipped: bool | None = None,
    **further: Any,
) -> None:
    """Write a model into a `.keras` file: its layers, weights, how it was compiled, the state of its optimizer.

    Keras 3 reads the file, and training goes on where it was. A path that ends in .h5 or .hdf5 is Keras's legacy
    format, which Keras 2 reads too. The file is written beside its place first, so that an earlier one is lost only
    to a whole new one.

    Args:
        model: a Sequential, or another Model.
        filepath: a path that ends in .keras, .h5 or .hdf5.
        overwrite: whether a file that is there may be replaced.
        zipped: True, or None for it: a folder in place of a file is not offered.
        further: `include_optimizer=False` leaves out of an .h5 file how the model was compiled; `save_format` is
            accepted for the sake of Keras 2, as the ending of the path says it.

    Raises:
        ValueError: another ending; or the model has code without a name, such as a lambda; or a class of the user's
            own is to go into an .h5 file.
        TypeError: an argument that is none of these.
        ImportError: h5py is not installed; the message has the command that gets it.
        OSError: the file cannot be written, or is there and not to be replaced.
    """
    path = checked_path(filepath, ".keras", *legacy.ENDINGS)
    if zipped not in (None, True):
        raise ValueError("save offers zipped=True alone, one .keras file; a folder in its place is not offered.")
    include_optimizer = further.pop("include_optimizer", True)
    if "save_format" in further:
        tell({"save_format=": spelling(ARGUMENTS["save"]["save_format"])}, "save")
        del further["save_format"]
    if further:
        refuse("save", list(further), ["filepath", "overwrite", "zipped", "include_optimizer"])
    formats.need_h5py()
    if not model.built:
        warn(f"{model.name!r} has no weights yet, as it has not seen its input: the file has its layers alone.")
    content = BytesIO()
    if path.endswith(legacy.ENDINGS):
        optimizer = ready(model) if include_optimizer and model.compiled else None
        legacy.write_model(model, content, KERAS, optimizer)
    else:
        _write_archive(model, content)
    with replacing(path, overwrite) as file:
        file.write(content.getbuffer())


def _write_archive(model, file):
    """Write a model into a binary file as Keras 3 does."""
    from zipfile import ZipFile, ZipInfo

    config, metadata = json.dumps(serialize(model)), json.dumps(_metadata())
    content = BytesIO()
    arrays, names = collect_arrays(model)
    formats.write_h5(arrays, names, content)
    with ZipFile(file, "w") as archive:
        for name, part in ((METADATA, metadata), (CONFIG, config), (WEIGHTS, content.getbuffer())):
            archive.writestr(ZipInfo(name), part)


def load_model(
    filepath: str | PathLike[str],
    custom_objects: dict[str, Any] | None = None,
    compile: bool = True,
    safe_mode: bool = True,
) -> Any:
    """The model in a `.keras` or `.h5` file, of this package or of Keras, ready to predict and to train on.

    Args:
        filepath: a path that ends in .keras, .h5 or .hdf5.
        custom_objects: a dict of your own classes and functions that the model has, by name.
        compile: whether to compile it as it was, with the state of its optimizer.
        safe_mode: accepted for Keras's sake: code in a file is never run, whatever it is.

    Raises:
        ValueError: the file is broken, or has what is not offered or not known; the message names it. Or it asks for
            more than the `budget`.
        ImportError: h5py is not installed.
        OSError: the file cannot be opened.
    """
    path = checked_path(filepath, ".keras", *legacy.ENDINGS)
    with opened(path) as (config, stored), custom_object_scope(custom_objects):
        if config is None:
            raise ValueError("expected a file with a model, such as model.save wrote; this one has arrays alone.")
        if legacy.is_legacy(stored):
            config = legacy.read_config(config, compile)
        if not compile:
            config.pop("compile_config", None)
        with _weights_for(stored):
            model = deserialize(config)
        if not hasattr(model, "compile_from_config"):
            raise ValueError(f"expected a model; it has a {type(model).__name__}.")
        load_arrays(model, stored, with_optimizer=True)
    return model


def _metadata():
    from datetime import datetime

    now = datetime.now().strftime("%Y-%m-%d@%H:%M:%S")
    return {"keras_version": KERAS, "date_saved": now, "written_by": WRITER}


def _weights_for(stored):
    """A block in which new weights are zeros, to be filled from the file; together no more than it has."""
    of_optimizer = (OPTIMIZER, legacy.OPTIMIZER)
    left = sum(prod(array.shape) for path, array in stored.items() if not path.startswith(of_optimizer))

    def zeros(shape, dtype=None):
        nonlocal left
        left -= prod(shape)
        if left < 0:
            raise ValueError("The layers of the file ask for more weights than it has values.")
        spend(prod(shape) * np.dtype(dtype).itemsize)
        return np.zeros(shape, dtype=dtype)

    return initializers.replaced_by(zeros)


# -- without files --------------------------------------------------------------------------------------------


def model_to_json(model, **options):
    """The layers of a model and how it was compiled as JSON, without weights.

    Args:
        model: a model.
        options: those of `json.dumps`, such as indent=2.
    """
    return json.dumps(serialize(model), **options)


def model_from_json(json_string: str, custom_objects: dict[str, Any] | None = None) -> Any:
    """A new model like the one that was written by `to_json`, here or in Keras, with new weights.

    Args:
        json_string: the text.
        custom_objects: a dict of your own classes and functions that the model has, by name.

    Raises:
        ValueError: the text is no JSON, or has what is not offered or not known; or it asks for more than the `budget`.
    """
    with counted():
        model = deserialize(parsed(json_string), custom_objects)
    if not hasattr(model, "compile_from_config"):
        raise ValueError(f"Expected the JSON of a model; received that of a {type(model).__name__}.")
    return model


def clone_model(
    model: Any,
    input_tensors: Any = None,
    clone_function: Callable[[Any], Any] | None = None,
    call_function: Callable[..., Any] | None = None,
    recursive: bool = False,
) -> Any:
    """A new model of the same layers, with new weights, not compiled.

    Args:
        model: a model.
        clone_function: makes the new layer for each layer of a Sequential or a functional model, the Inputs apart; by
            default one with the same settings.
        input_tensors: of a functional model, symbolic values to begin at in place of new Inputs, in its order.
        call_function: of a functional model, `call_function(layer, *args, **named)` calls each new layer.
        recursive: whether clone_function makes the layers of the models inside too.

    Raises:
        ValueError: an argument that a model of this kind does not take.

    Example:
        >>> from tinygrad_edu.nn import Dense, Input, Sequential
        >>> model = Sequential([Input((3,)), Dense(2, kernel_initializer="ones")])
        >>> clone_model(model).get_weights()[0].shape
        (3, 2)
    """
    if getattr(model, "graph", None) is not None and not hasattr(model, "add"):
        with functions_kept(), uncounted():
            inputs, outputs = model.graph.copied(_cloning(clone_function, recursive), call_function, input_tensors)
        return type(model)(inputs=inputs, outputs=outputs, name=model.name)
    if input_tensors is not None or call_function is not None:
        raise ValueError(f"input_tensors and call_function are for functional models; got a {type(model).__name__}.")
    with functions_kept(), uncounted():
        config = model.get_config()
        if clone_function is not None:
            if "layers" not in config:
                raise ValueError(
                    f"clone_function is for Sequential and functional models; received a {type(model).__name__}."
                )
            make = _cloning(clone_function, recursive)
            made = {layer.name: make(layer) for layer in model.layers}
            config["layers"] = [made.get(layer["config"]["name"], layer) for layer in config["layers"]]
        copy = type(model).from_config(config)
    copy.build_from_config(model.get_build_config() or {})
    return copy


def _cloning(clone_function, recursive):
    """The function that makes the new layer for a layer."""

    def make(layer):
        if recursive and hasattr(layer, "compile_from_config"):
            return clone_model(layer, clone_function=clone_function, recursive=True)
        return type(layer).from_config(layer.get_config()) if clone_function is None else clone_function(layer)

    return make
