"""JAX, imported when a model asks for XLA, and the settings under which the package uses it.

The user's own settings stay as they are: float64 is allowed, and products are computed in full precision, inside the
calls of this package alone.
"""

import os
import sys
from contextlib import contextmanager


def find_jax():
    """The module `jax`.

    Raises:
        ImportError: it is not installed; the message has the one command that gets it.
    """
    if "jax" not in sys.modules:  # JAX would take three quarters of a graphics card for itself, whatever it needs
        os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
    try:
        import jax
    except ImportError as error:
        raise ImportError(
            "jit_compile=True runs on XLA, which comes with jax, and it is not installed. One command gets it: "
            'pip install "tinygrad-edu[jax]"'
        ) from error
    return jax


@contextmanager
def settings(jax):
    """Inside, JAX has NumPy's dtypes, and products of float32 are exact to float32, unless the user has chosen."""
    wide = jax.enable_x64 if hasattr(jax, "enable_x64") else jax.experimental.enable_x64
    precision = jax.config.jax_default_matmul_precision or "highest"
    with wide(True), jax.default_matmul_precision(precision):
        yield
