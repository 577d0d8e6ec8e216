"""Write optim_keras.json: steps of Keras's optimizers and figures of its schedules.

Run: python tests/golden/optim_keras.py   (needs keras and jax)
"""

import json
import os
from pathlib import Path

os.environ["KERAS_BACKEND"] = "jax"
os.environ["JAX_ENABLE_X64"] = "1"
os.environ["JAX_PLATFORMS"] = "cpu"

import keras
import numpy as np
from keras.optimizers import schedules

STEPS = 6
OPTIMIZERS = [
    ("SGD", {}),
    ("SGD", {"learning_rate": 0.1, "momentum": 0.9}),
    ("SGD", {"learning_rate": 0.05, "momentum": 0.7, "nesterov": True}),
    ("RMSprop", {}),
    ("RMSprop", {"learning_rate": 0.02, "rho": 0.8, "momentum": 0.5, "epsilon": 1e-3}),
    ("RMSprop", {"learning_rate": 0.02, "rho": 0.7, "centered": True, "epsilon": 1e-2}),
    ("RMSprop", {"learning_rate": 0.01, "rho": 0.7, "momentum": 0.3, "centered": True, "epsilon": 1e-2}),
    ("Adagrad", {}),
    ("Adagrad", {"learning_rate": 0.3, "initial_accumulator_value": 0.02, "epsilon": 1e-2}),
    ("Adam", {}),
    ("Adam", {"learning_rate": 0.05, "beta_1": 0.7, "beta_2": 0.9, "epsilon": 1e-2}),
    ("Adam", {"learning_rate": 0.05, "beta_1": 0.5, "beta_2": 0.6, "amsgrad": True}),
]
SCHEDULES = [
    ("ExponentialDecay", {"initial_learning_rate": 0.1, "decay_steps": 7, "decay_rate": 0.9}),
    ("ExponentialDecay", {"initial_learning_rate": 0.1, "decay_steps": 7, "decay_rate": 0.9, "staircase": True}),
    ("InverseTimeDecay", {"initial_learning_rate": 0.3, "decay_steps": 5, "decay_rate": 0.7}),
    ("InverseTimeDecay", {"initial_learning_rate": 0.3, "decay_steps": 5, "decay_rate": 0.7, "staircase": True}),
    ("PiecewiseConstantDecay", {"boundaries": [5, 20], "values": [0.5, 0.25, 0.125]}),
    ("PolynomialDecay", {"initial_learning_rate": 0.2, "decay_steps": 20}),
    ("PolynomialDecay", {"initial_learning_rate": 0.2, "decay_steps": 20, "end_learning_rate": 0.05, "power": 2.0}),
    (
        "PolynomialDecay",
        {"initial_learning_rate": 0.2, "decay_steps": 6, "end_learning_rate": 0.01, "power": 0.5, "cycle": True},
    ),
    ("CosineDecay", {"initial_learning_rate": 0.2, "decay_steps": 20}),
    ("CosineDecay", {"initial_learning_rate": 0.2, "decay_steps": 20, "alpha": 0.1}),
    (
        "CosineDecay",
        {"initial_learning_rate": 0.01, "decay_steps": 20, "alpha": 0.2, "warmup_target": 0.3, "warmup_steps": 6},
    ),
    ("CosineDecayRestarts", {"initial_learning_rate": 0.2, "first_decay_steps": 6}),
    (
        "CosineDecayRestarts",
        {"initial_learning_rate": 0.2, "first_decay_steps": 5, "t_mul": 1.5, "m_mul": 0.8, "alpha": 0.1},
    ),
    ("CosineDecayRestarts", {"initial_learning_rate": 0.2, "first_decay_steps": 4, "t_mul": 1.0, "m_mul": 0.5}),
]
STEP_NUMBERS = [0, 1, 4, 5, 6, 7, 13, 14, 19, 20, 21, 25, 26, 27, 40]


def optimizer_steps(name, options, dtype):
    """The weights after each step, with gradients large, ordinary, tiny and of changing sign."""
    keras.config.set_floatx(dtype)
    start = np.array([[1.0, -2.0, 0.5], [3.0, 0.25, -1.0]])
    rng = np.random.default_rng(5)
    gradients = rng.normal(size=(STEPS, 2, 3)) * np.array([[1.0, 10.0, 0.1], [1e-3, 0.5, 2.0]])
    w = keras.Variable(start, dtype=dtype)
    optimizer = getattr(keras.optimizers, name)(**options)
    weights = []
    for g in gradients:
        optimizer.apply([keras.ops.cast(g, dtype)], [w])
        weights.append(np.asarray(w.value, dtype=float).tolist())
    assert np.asarray(w.value).dtype == dtype
    return {
        "class": name,
        "arguments": options,
        "dtype": dtype,
        "start": start.tolist(),
        "gradients": gradients.tolist(),
        "weights": weights,
    }


def schedule_figures(name, options):
    keras.config.set_floatx("float64")
    schedule = getattr(schedules, name)(**options)
    rates = [float(schedule(np.int64(step))) for step in STEP_NUMBERS]
    return {"class": name, "arguments": options, "steps": STEP_NUMBERS, "rates": rates}


def training_with_schedule():
    """Adam on w² / 6 under a schedule: the rate of each step is that of the updates made before it."""
    keras.config.set_floatx("float64")
    w = keras.Variable(np.array([3.0, -1.0]), dtype="float64")
    optimizer = keras.optimizers.Adam(schedules.ExponentialDecay(0.1, 3, 0.5))
    weights = []
    for _ in range(STEPS):
        optimizer.apply([w.value / 3], [w])
        weights.append(np.asarray(w.value).tolist())
    return weights


figures = {
    "keras": keras.__version__,
    "optimizers": [optimizer_steps(*case, dtype) for case in OPTIMIZERS for dtype in ("float32", "float64")],
    "schedules": [schedule_figures(*case) for case in SCHEDULES],
    "adam_under_exponential_decay": training_with_schedule(),
}
Path(__file__).with_suffix(".json").write_text(json.dumps(figures, indent=1) + "\n")
