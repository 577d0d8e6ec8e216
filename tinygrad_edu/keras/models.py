"""Models, by Keras's names."""

# Written by .ci/make_keras.py

from ..nn import Model, Sequential
from ..nn.saving import clone_model, load_model, model_from_json, save_model

__all__ = [
    "Model", "Sequential", "clone_model", "load_model", "model_from_json", "save_model",
]
