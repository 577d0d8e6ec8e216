"""Settings of the process, by Keras's names."""

# Written by .ci/make_keras.py

from ..common.floats import floatx, set_floatx
from ..nn.settings import (
    backend, disable_interactive_logging, disable_traceback_filtering, enable_interactive_logging,
    enable_traceback_filtering, epsilon, image_data_format, is_interactive_logging_enabled,
    is_traceback_filtering_enabled, set_image_data_format,
)

__all__ = [
    "backend", "disable_interactive_logging", "disable_traceback_filtering", "enable_interactive_logging",
    "enable_traceback_filtering", "epsilon", "floatx", "image_data_format", "is_interactive_logging_enabled",
    "is_traceback_filtering_enabled", "set_floatx", "set_image_data_format",
]
