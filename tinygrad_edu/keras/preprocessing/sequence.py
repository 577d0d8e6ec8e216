"""Sequences, by Keras's names."""

# Written by .ci/make_keras.py

from ...data.encoding import pad_sequences

__all__ = [
    "pad_sequences",
]
