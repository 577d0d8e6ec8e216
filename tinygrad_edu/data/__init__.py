"""Data: the bundled datasets, batches, train and test parts, and the conversion of tables to arrays.

`datasets` has small real ones, which need no network, and synthetic ones by formula; `encoding` makes labels and
sequences what a loss or a layer wants; `splitting` has Keras's forms of batches and parts; `streams` reads what is
larger than memory.
"""

from ..common.arrays import as_array, check_lengths
from ..common.batching import batches, train_test_split
from . import datasets
from .datasets import Dataset
from .streams import Stream, stream

__all__ = ["Dataset", "Stream", "as_array", "batches", "check_lengths", "datasets", "stream", "train_test_split"]
