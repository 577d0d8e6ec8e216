"""Data before it is learned from, by Keras's names."""

# Written by .ci/make_keras.py

from ...data.timeseries import timeseries_dataset_from_array
from . import sequence

__all__ = [
    "sequence", "timeseries_dataset_from_array",
]
