"""Utilities, by Keras's names."""

# Written by .ci/make_keras.py

from typing import TYPE_CHECKING

from ..data.encoding import normalize, pad_sequences, to_categorical
from ..data.splitting import PyDataset, PyDataset as Sequence, split_dataset
from ..data.timeseries import timeseries_dataset_from_array
from ..nn.saving import (
    custom_object_scope, custom_object_scope as CustomObjectScope, deserialize as deserialize_keras_object,
    get_custom_objects, get_registered_name, get_registered_object, register_keras_serializable,
    serialize as serialize_keras_object,
)
from ..nn.settings import (
    clear_session, disable_interactive_logging, enable_interactive_logging, is_interactive_logging_enabled,
    set_random_seed,
)
from ..nn.training.batch import pack_x_y_sample_weight, unpack_x_y_sample_weight
from ..nn.training.progress import Progbar

if TYPE_CHECKING:
    from ..viz.graph.layers import model_to_dot, plot_model

__all__ = [
    "CustomObjectScope", "Progbar", "PyDataset", "Sequence", "clear_session", "custom_object_scope",
    "deserialize_keras_object", "disable_interactive_logging", "enable_interactive_logging", "get_custom_objects",
    "get_registered_name", "get_registered_object", "is_interactive_logging_enabled", "model_to_dot", "normalize",
    "pack_x_y_sample_weight", "pad_sequences", "plot_model", "register_keras_serializable", "serialize_keras_object",
    "set_random_seed", "split_dataset", "timeseries_dataset_from_array", "to_categorical", "unpack_x_y_sample_weight",
]
