"""Keras's `deserialize` of one kind of object: `keras.losses.deserialize`, `keras.activations.deserialize`, …"""

from .custom import custom_object_scope, get_registered_object
from .reading import deserialize


def deserializer(get):
    """The `deserialize` of a kind of object, of which `get` finds one by its string name.

    Example:
        >>> from tinygrad_edu.nn import regularizers
        >>> deserializer(regularizers.get)({"class_name": "L2", "config": {"l2": 0.5}})
        L2(l2=0.5)
    """

    def deserialize_one(config, custom_objects=None):
        """The object for a configuration or a string name.

        Args:
            config: what `serialize` gave, or a string name.
            custom_objects: a dict of the user's own classes and functions by name.
        """
        with custom_object_scope(custom_objects):
            found = get_registered_object(config) if isinstance(config, str) else deserialize(config)
            return get(config if found is None else found)

    return deserialize_one
