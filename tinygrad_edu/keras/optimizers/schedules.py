"""Learning-rate schedules, by Keras's names."""

from ...optim.schedules import CosineDecay, ExponentialDecay, InverseTimeDecay, PiecewiseConstantDecay

__all__ = ["CosineDecay", "ExponentialDecay", "InverseTimeDecay", "PiecewiseConstantDecay"]
