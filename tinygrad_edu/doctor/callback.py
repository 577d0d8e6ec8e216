"""The Doctor as a callback: watches a training as it runs, and says at its end what it sees."""

from ..nn.callbacks import Callback


class Doctor(Callback):
    """x"""
