"""The float type of layers and other settings of the process, by Keras's names."""

# Written by .ci/make_keras.py

from ..common.floats import floatx, set_floatx
from ..nn.settings import backend, clear_session, epsilon, image_data_format, set_image_data_format

__all__ = [
    "backend", "clear_session", "epsilon", "floatx", "image_data_format", "set_floatx", "set_image_data_format",
]
