"""Utilities, by Keras's names."""

from ..data.encoding import normalize, pad_sequences, to_categorical
from ..data.splitting import PyDataset, split_dataset
from ..nn.saving import (
    custom_object_scope,
    get_custom_objects,
    get_registered_name,
    get_registered_object,
    register_keras_serializable,
)
from ..nn.saving import deserialize as deserialize_keras_object
from ..nn.saving import serialize as serialize_keras_object
from ..nn.settings import clear_session, set_random_seed
from ..nn.training.feeding import pack_x_y_sample_weight, unpack_x_y_sample_weight

CustomObjectScope, Sequence = custom_object_scope, PyDataset

__all__ = [
    "CustomObjectScope",
    "PyDataset",
    "Sequence",
    "clear_session",
    "custom_object_scope",
    "deserialize_keras_object",
    "get_custom_objects",
    "get_registered_name",
    "get_registered_object",
    "model_to_dot",  # noqa: F822  it and plot_model are loaded on first use: see missing.py
    "normalize",
    "pack_x_y_sample_weight",
    "pad_sequences",
    "plot_model",  # noqa: F822
    "register_keras_serializable",
    "serialize_keras_object",
    "set_random_seed",
    "split_dataset",
    "to_categorical",
    "unpack_x_y_sample_weight",
]
