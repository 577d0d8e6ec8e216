"""Structures of lists, tuples and dicts, by Keras's names."""

# Written by .ci/make_keras.py

from ..nn.operations.trees import (
    assert_same_paths, assert_same_structure, flatten, flatten_with_path, is_nested, lists_to_tuples, map_structure,
    pack_sequence_as, traverse,
)

__all__ = [
    "assert_same_paths", "assert_same_structure", "flatten", "flatten_with_path", "is_nested", "lists_to_tuples",
    "map_structure", "pack_sequence_as", "traverse",
]
