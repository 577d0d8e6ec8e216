"""Models in files: Keras 3's own `.keras` and `.weights.h5`, and weights as safetensors and `.npz`.

What is written here opens in Keras, with the state of the optimizer, and the other way round. `models` writes and
reads whole models, `weights` knows which array belongs where, `files` opens what is there, `formats` turns arrays
into bytes. Models say themselves what they are made of: see `Layer.children` and `get_config`. Files are untrusted:
everything is checked first, what they ask for is counted (`budget`), and a write is whole or did not happen.
"""

from ...common.budget import budget
from ...common.custom import (
    custom_object_scope,
    get_custom_objects,
    get_registered_name,
    get_registered_object,
    register_keras_serializable,
)
from ...common.deserialization import deserialize
from ...common.serialization import serialize
from .models import clone_model, load_model, model_from_json, model_to_json, save_model
from .weights import load_weights, save_weights
