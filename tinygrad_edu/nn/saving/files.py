"""Paths of files, and what is in one: a configuration and arrays, whatever kind of file it is."""

import json
import os
from contextlib import contextmanager
from io import BytesIO

from ...common.budget import counted, spend
from ...common.files import existing
from . import formats

CONFIG, METADATA, WEIGHTS = "config.json", "metadata.json", "model.weights.h5"
WRITER = "tinygrad_edu"  # what the metadata of files of this package say
_PARSING = 24  # bytes that a letter of JSON may take once it is parsed, as in [[],[],[]]


def checked_path(filepath, *endings):
    """The path as text.

    Raises:
        ValueError: it has none of these endings.
    """
    path = os.fsdecode(filepath)
    if endings and not path.endswith(endings):
        raise ValueError(
            f"Expected a path that ends in {' or '.join(endings)}; received {filepath!r}.{_hint(path, endings)}"
        )
    return path


def _hint(path, endings):
    """A hint at the function that is meant, for a path with another ending."""
    if ".keras" in endings and path.endswith(tuple(formats.WRITERS)):
        return " Such a file has weights alone: model.save_weights and model.load_weights are for it."
    return ""


@contextmanager
def opened(path):
    """The configuration in a file, None where it has weights alone, and its arrays by path.

    Whatever is wrong with the file, or is found wrong while it is open, is a ValueError that names it.
    """
    with existing(path) as file:
        try:
            size, kind = os.fstat(file.fileno()).st_size, formats.kind_of(file)
            if kind is None:
                raise ValueError("it is none of .keras, .h5, .weights.h5, .safetensors and .npz, or it is cut off.")
            openers = {"h5": _open_h5, "safetensors": _open_arrays, "zip": _open_archive}
            with counted(size), openers[kind](file, size) as found:
                yield found
        except (ImportError, Warning):
            raise
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from error
        except Exception as error:  # whatever a library makes of bytes that are not what they should be
            raise ValueError(f"{path} cannot be read: {type(error).__name__}: {error}") from error


@contextmanager
def _open_arrays(file, size):
    with formats.open_safetensors(file, size) as stored:
        yield None, stored


@contextmanager
def _open_h5(file, size):
    """The configuration and the arrays of an HDF5 file; one of weights alone has no configuration."""
    with formats.open_h5(file, size) as stored:
        texts = {name: stored.text("", name) for name in ("model_config", "training_config")}
        config = {name: parsed(text) for name, text in texts.items() if text is not None}
        if not all(isinstance(part, dict) for part in config.values()):
            raise ValueError("its configuration should be a dict")
        yield config or None, stored


@contextmanager
def _open_archive(file, size):
    """The configuration and the arrays in a zip file: a whole model, or NumPy's .npz."""
    from zipfile import ZipFile

    with ZipFile(file) as archive:
        members = {info.filename: info for info in formats.checked_members(archive)}
        if CONFIG not in members:
            with formats.open_npz(file, size) as stored:
                yield None, stored
            return
        if WEIGHTS not in members:
            raise ValueError(f"it has {CONFIG} but no {WEIGHTS}")
        config = parsed(formats.member_bytes(archive, members[CONFIG]))
        if not isinstance(config, dict):
            raise ValueError(f"its {CONFIG} should be a dict; it is a {type(config).__name__}")
        if isinstance(config.get("compile_config"), dict) and not _written_here(archive, members):
            config["compile_config"]["jit_compile"] = "auto"  # Keras writes True there for its own "auto" too
        arrays = formats.member_bytes(archive, members[WEIGHTS])
        spend(len(arrays))
    with formats.open_h5(BytesIO(arrays), len(arrays)) as stored:
        yield config, stored


def _written_here(archive, members):
    found = parsed(formats.member_bytes(archive, members[METADATA])) if METADATA in members else None
    return isinstance(found, dict) and found.get("written_by") == WRITER


def parsed(text):
    """The values that a text of JSON stands for, where the budget has room for them.

    Raises:
        TypeError: it is no text.
        ValueError: the text is no JSON.
    """
    if not isinstance(text, str | bytes):
        raise TypeError(f"Expected a text of JSON; received {text!r}.")
    spend(meanwhile=_PARSING * len(text))
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("The JSON is too deep for a model.") from None
