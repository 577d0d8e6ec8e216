"""Models in files: Keras 3's own `.keras` and `.weights.h5`, and weights as safetensors and `.npz`.

What is written here opens in Keras, with the state of the optimizer, and the other way round. `writing` and
`reading` turn objects into plain values and back, `weights` knows which array belongs where, `formats` turns arrays
into bytes. Files are untrusted: everything is checked first, and a write is whole or did not happen.
"""

import json
import os
import warnings
from contextlib import contextmanager
from io import BytesIO
from math import prod

import numpy as np

from ...common.files import existing, replacing
from .. import initializers
from ..layers import InputLayer
from ..model import Model, Sequential
from . import formats
from .custom import (
    custom_object_scope,
    get_custom_objects,
    get_registered_name,
    get_registered_object,
    register_keras_serializable,
)
from .reading import deserialize
from .weights import OPTIMIZER, give_to, taken_from
from .writing import serialize, settings

__all__ = [
    "clone_model",
    "custom_object_scope",
    "deserialize",
    "get_custom_objects",
    "get_registered_name",
    "get_registered_object",
    "load_model",
    "load_weights",
    "model_from_json",
    "model_to_json",
    "register_keras_serializable",
    "save_model",
    "save_weights",
    "serialize",
]

KERAS = "3.15.1"  # the version whose files these are
CONFIG, METADATA, WEIGHTS = "config.json", "metadata.json", "model.weights.h5"
_LARGEST_CONFIG = 1 << 26  # bytes


# -- whole models ---------------------------------------------------------------------------------------------


def save_model(model, filepath, overwrite=True, zipped=None):
    """Write a model into a `.keras` file: its layers, weights, how it was compiled, the state of its optimizer.

    Keras 3 reads the file, and training goes on where it was. The file is written beside its place first, so that
    an earlier one is lost only to a whole new one.

    Args:
        model: a Sequential, or another Model.
        filepath: a path that ends in .keras.
        overwrite: whether a file that is there may be replaced.
        zipped: True, or None for it: a folder in place of a file is not offered.

    Raises:
        ValueError: another ending; or the model has code without a name, such as a lambda.
        ImportError: h5py is not installed; the message has the command that gets it.
        OSError: the file cannot be written, or is there and not to be replaced.
    """
    from zipfile import ZipFile, ZipInfo

    path = _path(filepath, ".keras")
    if zipped not in (None, True):
        raise ValueError("save offers zipped=True alone, one .keras file; a folder in its place is not offered.")
    formats.need_h5py()
    if not model.built:
        warnings.warn(
            f"{model.name!r} has no weights yet, as it has not seen its input: the file has its layers alone.",
            stacklevel=3,
        )
    config, metadata = json.dumps(serialize(model)), json.dumps(_metadata())
    arrays = BytesIO()
    formats.write_h5(*taken_from(model), arrays)
    with replacing(path, overwrite) as file, ZipFile(file, "w") as archive:
        for name, content in ((METADATA, metadata), (CONFIG, config), (WEIGHTS, arrays.getbuffer())):
            archive.writestr(ZipInfo(name), content)


def load_model(filepath, custom_objects=None, compile=True, safe_mode=True):
    """The model in a `.keras` file, of this package or of Keras 3, ready to predict and to train on.

    Args:
        filepath: a path that ends in .keras.
        custom_objects: a dict of your own classes and functions that the model has, by name.
        compile: whether to compile it as it was, with the state of its optimizer.
        safe_mode: accepted for Keras's sake: code in a file is never run, whatever it is.

    Raises:
        ValueError: the file is broken, or has what is not offered or not known; the message names it.
        ImportError: h5py is not installed.
        OSError: the file cannot be opened.
    """
    path = _path(filepath, ".keras")
    with _opened(path) as (config, stored):
        if config is None:
            raise ValueError("expected a .keras file, which has a model; this one has arrays alone.")
        if not compile:
            config.pop("compile_config", None)
        with _weights_for(stored):
            model = deserialize(config, custom_objects)
        if not isinstance(model, Model):
            raise ValueError(f"expected a model; it has a {type(model).__name__}.")
        give_to(model, stored)
    return model


def _metadata():
    from datetime import datetime

    now = datetime.now().strftime("%Y-%m-%d@%H:%M:%S")
    return {"keras_version": KERAS, "date_saved": now, "written_by": "tinygrad_edu"}


def _weights_for(stored):
    """A block in which new weights are zeros, to be filled from the file; together no more than it has."""
    left = sum(prod(array.shape) for path, array in stored.items() if not path.startswith(OPTIMIZER))

    def zeros(shape, dtype=None):
        nonlocal left
        left -= prod(shape)
        if left < 0:
            raise ValueError(f"config.json asks for more weights than {WEIGHTS} has values.")
        return np.zeros(shape, dtype=dtype)

    return initializers.replaced_by(zeros)


# -- weights --------------------------------------------------------------------------------------------------


def save_weights(model, filepath, overwrite=True):
    """Write the weights of a model into a file, with the state of its optimizer.

    Args:
        model: a model that has been built.
        filepath: a path that ends in .weights.h5, as Keras reads it, .safetensors or .npz.
        overwrite: whether a file that is there may be replaced.

    Raises:
        ValueError: another ending, or the model has no weights yet.
        ImportError: the package for this kind of file is not installed.
        OSError: the file cannot be written, or is there and not to be replaced.
    """
    path = _path(filepath, *formats.WRITERS)
    write = next(write for ending, write in formats.WRITERS.items() if path.endswith(ending))
    _require_built(model)
    content = BytesIO()
    write(*taken_from(model), content)
    with replacing(path, overwrite) as file:
        file.write(content.getbuffer())


def load_weights(model, filepath, skip_mismatch=False):
    """Give a model the weights in a file that `save_weights` or `save` wrote, here or in Keras.

    A compiled model gets the state of its optimizer too, so that training goes on where it was. What kind of file
    it is, is seen in the file.

    Args:
        model: a model that has been built, of the same layers.
        filepath: the path of a .weights.h5, .keras, .safetensors or .npz file.
        skip_mismatch: leave layers that do not fit as they are, with a warning.

    Raises:
        ValueError: the file is broken or does not fit. The model is unchanged then.
        ImportError: the package for this kind of file is not installed.
        OSError: the file cannot be opened.
    """
    _require_built(model)
    with _opened(_path(filepath)) as (_, stored):
        give_to(model, stored, skip_mismatch)


def _require_built(model):
    if not model.built:
        raise ValueError(
            f"{model.name!r} has no weights yet, as it has not seen its input. Give it an Input((features,)) first, "
            "or call build(input_shape)."
        )


# -- files ----------------------------------------------------------------------------------------------------


def _path(filepath, *endings):
    path = os.fsdecode(filepath)
    if endings and not path.endswith(endings):
        raise ValueError(
            f"Expected a path that ends in {' or '.join(endings)}; received {filepath!r}.{_hint(path, endings)}"
        )
    return path


def _hint(path, endings):
    """What may have been meant by a path with another ending."""
    if endings == (".keras",) and path.endswith(tuple(formats.WRITERS)):
        return " Such a file has weights alone: model.save_weights and model.load_weights are for it."
    return " The older .h5 files of whole models are not offered." if path.endswith((".h5", ".hdf5")) else ""


@contextmanager
def _opened(path):
    """The configuration in a file, None where it has weights alone, and its arrays by path.

    Whatever is wrong with the file, or is found wrong while it is open, is a ValueError that names it.
    """
    with existing(path) as file:
        try:
            size, kind = os.fstat(file.fileno()).st_size, formats.kind_of(file)
            if kind is None:
                raise ValueError("it is none of .keras, .weights.h5, .safetensors and .npz, or it is cut off.")
            openers = {"h5": formats.open_h5, "safetensors": formats.open_safetensors, "zip": _open_archive}
            with openers[kind](file, size) as found:
                yield found if kind == "zip" else (None, found)
        except (ImportError, Warning):
            raise
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from error
        except Exception as error:  # whatever a library makes of bytes that are not what they should be
            raise ValueError(f"{path} cannot be read: {type(error).__name__}: {error}") from error


@contextmanager
def _open_archive(file, size):
    """What is in a zip file: a whole model, or NumPy's .npz."""
    from zipfile import ZipFile

    with ZipFile(file) as archive:
        members = {info.filename: info for info in formats.checked_members(archive)}
        if CONFIG not in members:
            with formats.open_npz(file, size) as stored:
                yield None, stored
            return
        if WEIGHTS not in members:
            raise ValueError(f"it has {CONFIG} but no {WEIGHTS}")
        if members[CONFIG].file_size > _LARGEST_CONFIG:
            raise ValueError(f"its {CONFIG} has {members[CONFIG].file_size} bytes, more than {_LARGEST_CONFIG}")
        config = json.loads(formats.member_bytes(archive, members[CONFIG]))
        if not isinstance(config, dict):
            raise ValueError(f"its {CONFIG} should be a dict; it is a {type(config).__name__}")
        arrays = formats.member_bytes(archive, members[WEIGHTS])
    with formats.open_h5(BytesIO(arrays), len(arrays)) as stored:
        yield config, stored


# -- without files --------------------------------------------------------------------------------------------


def model_to_json(model, **options):
    """The layers of a model and how it was compiled as JSON, without weights.

    Args:
        model: a model.
        options: those of `json.dumps`, such as indent=2.
    """
    return json.dumps(serialize(model), **options)


def model_from_json(json_string, custom_objects=None):
    """A new model like the one that was written by `to_json`, here or in Keras, with new weights.

    Args:
        json_string: the text.
        custom_objects: a dict of your own classes and functions that the model has, by name.

    Raises:
        ValueError: the text is no JSON, or has what is not offered or not known.
    """
    try:
        config = json.loads(json_string)
    except RecursionError:
        raise ValueError("The JSON is too deep for a model.") from None
    model = deserialize(config, custom_objects)
    if not isinstance(model, Model):
        raise ValueError(f"Expected the JSON of a model; received that of a {type(model).__name__}.")
    return model


def clone_model(model, input_tensors=None, clone_function=None, call_function=None, recursive=False):
    """A new model of the same layers, with new weights, not compiled.

    Args:
        model: a model.
        clone_function: makes the new layer for each layer of a Sequential; by default one with the same settings.
        input_tensors, call_function, recursive: for functional models, which are not offered.

    Raises:
        ValueError: an argument that is not offered.

    Example:
        >>> from tinygrad_edu.nn import Dense, Input, Sequential
        >>> model = Sequential([Input((3,)), Dense(2, kernel_initializer="ones")])
        >>> clone_model(model).get_weights()[0].shape
        (3, 2)
    """
    if input_tensors is not None or call_function is not None or recursive:
        raise ValueError("input_tensors, call_function and recursive are for functional models, which are not offered.")
    if clone_function is not None and not isinstance(model, Sequential):
        raise ValueError(f"clone_function is for Sequential models; received a {type(model).__name__}.")
    return _clone(model, clone_function or _clone)


def _clone(layer, clone_function=None):
    config = settings(layer)
    if isinstance(layer, Sequential):
        make = clone_function or _clone
        config["layers"] = [_clone(x) if isinstance(x, InputLayer) else make(x) for x in layer._layers]
    copy = type(layer).from_config(config)
    if isinstance(layer, Model) and layer.built and not copy.built:
        copy.build_for(layer.input_shape)
    return copy
