"""Write optim_trajectories.json: what each of Keras's optimizers does to several weights in twelve steps.

The weights are a matrix, a vector and a number; the gradients are the same in all cases. Stored are the weights
after some steps, the state in Keras's order after the sixth (so that a run can be taken over there), its names,
and the signatures and configurations of the classes. Schedules are in optim_keras.json.

Run: python tests/golden/optim_trajectories.py   (needs keras and jax)
"""

import inspect
import json
import os
from pathlib import Path

os.environ["KERAS_BACKEND"] = "jax"
os.environ["JAX_ENABLE_X64"] = "1"
os.environ["JAX_PLATFORMS"] = "cpu"

import keras
import numpy as np
from keras.optimizers import schedules

STEPS, TAKEN_OVER, SHOWN = 12, 6, [1, 6, 7, 12]
NAMES = ["kernel", "bias", "scale"]
START = [[[1.0, -2.0, 0.5], [3.0, 0.25, -1.0]], [0.5, -0.5, 2.0], 1.5]
OPTIMIZERS = {
    "SGD": [{}, {"learning_rate": 0.1, "momentum": 0.9}, {"learning_rate": 0.05, "momentum": 0.7, "nesterov": True}],
    "RMSprop": [
        {},
        {"learning_rate": 0.02, "rho": 0.8, "momentum": 0.5, "epsilon": 1e-3},
        {"learning_rate": 0.01, "rho": 0.7, "momentum": 0.3, "centered": True, "epsilon": 1e-2},
    ],
    "Adagrad": [{}, {"learning_rate": 0.3, "initial_accumulator_value": 0.02, "epsilon": 1e-2}],
    "Adadelta": [{}, {"learning_rate": 1.0, "rho": 0.7, "epsilon": 1e-3}],
    "Adam": [
        {},
        {"learning_rate": 0.05, "beta_1": 0.7, "beta_2": 0.9, "epsilon": 1e-2},
        {"learning_rate": 0.05, "beta_1": 0.5, "beta_2": 0.6, "amsgrad": True},
    ],
    "AdamW": [{}, {"learning_rate": 0.05, "weight_decay": 0.3, "beta_1": 0.7, "beta_2": 0.9, "amsgrad": True}],
    "Adamax": [{}, {"learning_rate": 0.05, "beta_1": 0.7, "beta_2": 0.9, "epsilon": 1e-2}],
    "Nadam": [{}, {"learning_rate": 0.05, "beta_1": 0.7, "beta_2": 0.9, "epsilon": 1e-2}],
    "Lion": [{}, {"learning_rate": 0.05, "beta_1": 0.7, "beta_2": 0.8}],
    "Ftrl": [
        {},
        {"learning_rate": 0.3, "l1_regularization_strength": 0.4, "l2_regularization_strength": 0.1},
        {
            "learning_rate": 0.2,
            "learning_rate_power": -0.7,
            "initial_accumulator_value": 0.3,
            "l2_shrinkage_regularization_strength": 0.05,
            "beta": 0.4,
        },
    ],
}
SHARED = [
    {"weight_decay": 0.2},
    {"weight_decay": 0.2, "exclude": {"var_names": ["bias"]}},
    {"weight_decay": 0.2, "exclude": {"var_list": [0, 2]}},
    {"clipnorm": 0.8},
    {"clipvalue": 0.4},
    {"global_clipnorm": 0.9},
    {"use_ema": True, "ema_momentum": 0.8},
    {"use_ema": True, "ema_momentum": 0.6, "ema_overwrite_frequency": 3},
    {"gradient_accumulation_steps": 3},
    {"gradient_accumulation_steps": 2, "use_ema": True, "ema_momentum": 0.7, "ema_overwrite_frequency": 2},
    {"gradient_accumulation_steps": 4, "global_clipnorm": 0.5, "weight_decay": 0.1},
]
SHARED_BY = [("SGD", {"learning_rate": 0.1, "momentum": 0.9}), ("Adam", {"learning_rate": 0.05, "beta_2": 0.9})]
OTHERS = [
    ("AdamW", {"exclude": {"var_names": ["ker", "scale"]}, "learning_rate": 0.05, "weight_decay": 0.3}),
    ("Ftrl", {"weight_decay": 0.2, "learning_rate": 0.3}),
    ("Nadam", {"gradient_accumulation_steps": 4, "learning_rate": 0.05}),
    ("Adadelta", {"gradient_accumulation_steps": 4, "learning_rate": 1.0, "use_ema": True}),
    ("Lion", {"weight_decay": 0.5, "learning_rate": 0.05}),
    ("Adamax", {"global_clipnorm": 0.5, "learning_rate": 0.05}),
    ("RMSprop", {"clipnorm": 0.5, "learning_rate": 0.05, "momentum": 0.4, "centered": True}),
    ("Adagrad", {"use_ema": True, "learning_rate": 0.5}),
]
SCHEDULED = [
    ("SGD", {}, ("ExponentialDecay", {"initial_learning_rate": 0.2, "decay_steps": 3, "decay_rate": 0.5})),
    (
        "Adam",
        {"weight_decay": 0.3},
        ("InverseTimeDecay", {"initial_learning_rate": 0.2, "decay_steps": 4, "decay_rate": 0.5}),
    ),
    ("SGD", {"gradient_accumulation_steps": 3}, ("PolynomialDecay", {"initial_learning_rate": 0.2, "decay_steps": 10})),
]


def gradients():
    """Twelve lists of gradients: large, ordinary, tiny, 0, and of changing sign."""
    rng = np.random.default_rng(11)
    found = []
    for step in range(STEPS):
        size = [1.0, 10.0, 0.1, 1e-3][step % 4]
        found.append([(size * rng.normal(size=np.shape(w))).round(6).tolist() for w in START])
    found[4][1][0] = 0.0
    return found


def trajectory(name, options, dtype, schedule=None):
    keras.config.set_floatx(dtype)
    arguments = dict(options)
    exclude = arguments.pop("exclude", None)
    if schedule:
        arguments["learning_rate"] = getattr(schedules, schedule[0])(**schedule[1])
    variables = [keras.Variable(np.array(w), dtype=dtype, name=n) for n, w in zip(NAMES, START, strict=True)]
    optimizer = getattr(keras.optimizers, name)(**arguments)
    if exclude:
        chosen = [variables[i] for i in exclude.get("var_list", [])]
        optimizer.exclude_from_weight_decay(chosen or None, exclude.get("var_names"))
    case = {"class": name, "arguments": options, "schedule": schedule, "dtype": dtype, "weights": {}}
    for step, given in enumerate(gradients(), start=1):
        optimizer.apply([keras.ops.convert_to_tensor(np.array(g), dtype=dtype) for g in given], variables)
        if step in SHOWN:
            case["weights"][str(step)] = values(variables)
        if step == TAKEN_OVER and dtype == "float64":
            case["state_names"] = [v.name for v in optimizer.variables]
            case["state"] = values(optimizer.variables)
    if arguments.get("use_ema"):
        optimizer.finalize_variable_values(variables)
        case["finalized"] = values(variables)
    return case


def values(variables):
    return [np.asarray(v.value, dtype=float).tolist() for v in variables]


def signature(cls):
    parameters = inspect.signature(cls.__init__).parameters.values()
    kinds = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
    return [
        [p.name, None if p.default is inspect.Parameter.empty else p.default, p.default is inspect.Parameter.empty]
        for p in parameters
        if p.name != "self" and p.kind not in kinds
    ]


def configuration(name):
    keras.config.set_floatx("float64")
    keras.backend.clear_session()
    return keras.optimizers.serialize(getattr(keras.optimizers, name)())


cases = [(name, options) for name, found in OPTIMIZERS.items() for options in found]
cases += [(name, {**own, **shared}) for name, own in SHARED_BY for shared in SHARED] + OTHERS
SCHEDULES = [
    "CosineDecay",
    "CosineDecayRestarts",
    "ExponentialDecay",
    "InverseTimeDecay",
    "PiecewiseConstantDecay",
    "PolynomialDecay",
]
figures = {
    "keras": keras.__version__,
    "names": NAMES,
    "start": START,
    "gradients": gradients(),
    "taken_over": TAKEN_OVER,
    "cases": [trajectory(*case, dtype) for case in cases for dtype in ("float32", "float64")]
    + [
        trajectory(name, options, dtype, schedule)
        for name, options, schedule in SCHEDULED
        for dtype in ("float32", "float64")
    ],
    "signatures": {name: signature(getattr(keras.optimizers, name)) for name in OPTIMIZERS},
    "schedule_signatures": {name: signature(getattr(schedules, name)) for name in SCHEDULES},
    "configurations": {name: configuration(name) for name in OPTIMIZERS},
    "schedule_in_an_optimizer": keras.optimizers.serialize(keras.optimizers.SGD(schedules.CosineDecay(0.1, 10))),
}
text = json.dumps(figures)
Path(__file__).with_suffix(".json").write_text(text.replace('{"class"', '\n{"class"') + "\n")
