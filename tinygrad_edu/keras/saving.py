"""Files and the user's own classes in them, by Keras's names."""

# Written by .ci/make_keras.py

from ..nn.saving import (
    custom_object_scope, custom_object_scope as CustomObjectScope, deserialize as deserialize_keras_object,
    get_custom_objects, get_registered_name, get_registered_object, load_model, load_weights,
    register_keras_serializable, save_model, save_weights, serialize as serialize_keras_object,
)

__all__ = [
    "CustomObjectScope", "custom_object_scope", "deserialize_keras_object", "get_custom_objects",
    "get_registered_name", "get_registered_object", "load_model", "load_weights", "register_keras_serializable",
    "save_model", "save_weights", "serialize_keras_object",
]
