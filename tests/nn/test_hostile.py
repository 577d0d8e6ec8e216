"""Files and configurations from anywhere are read, or refused in words, within two seconds and 300 megabytes.

Each case is made by `hostile.py` from its name, and read there in a process of its own with so much memory.
"""

import json
import subprocess
import sys
from math import inf

import hostile
import numpy as np
import pytest

from tinygrad_edu import keras
from tinygrad_edu.common.budget import counted, uncounted
from tinygrad_edu.nn.saving import budget, clone_model, deserialize, model_from_json

L = keras.layers
KINDS = ("config", *hostile.ENDINGS)


def outcomes(cases):
    """How each case ended, by case; where one ends the process, the next is read in another."""
    found, left = {}, list(cases)
    while left:
        run = subprocess.run([sys.executable, hostile.__file__, *left], capture_output=True, text=True, timeout=900)
        lines = [line.split("\t") for line in run.stdout.splitlines() if line.startswith(("began\t", "ended\t"))]
        found |= {case: ending for kind, case, *rest in lines for ending in rest if kind == "ended"}
        begun = [case for kind, case, *_ in lines if kind == "began"]
        assert begun, run.stderr
        found.setdefault(begun[-1], f"ended the process, {run.returncode}: {run.stderr[-300:]}")
        left = left[len(begun) :]
    return found


def assert_all_end_well(cases):
    found = outcomes(cases)
    assert {case: ending for case, ending in found.items() if not ending.startswith("well")} == {}
    assert found.keys() == set(cases)


def test_some_of_every_kind():
    assert_all_end_well([f"{kind}:{seed}" for kind in KINDS for seed in range(2)])


@pytest.mark.full
@pytest.mark.parametrize("kind", KINDS)
def test_many(kind):
    assert_all_end_well([f"{kind}:{seed}" for seed in range(2, 20)])


@pytest.mark.nightly
@pytest.mark.parametrize("kind", KINDS)
def test_very_many(kind):
    assert_all_end_well([f"{kind}:{seed}" for seed in range(20, 2000)])


@pytest.mark.full
def test_what_ends_badly_is_noticed():
    """Mutants: one that takes all memory, and one that ends the process."""
    found = outcomes(["config:memory", "config:exit", "config:0"])
    assert found["config:memory"] == "memory" and found["config:0"].startswith("well")
    assert found["config:exit"].startswith("ended the process, -9")


# -- what they ask for ---------------------------------------------------------------------------------------------


def sequential(*layers, **compiled):
    config = {"class_name": "Sequential", "module": "keras", "config": {"name": "hostile", "layers": list(layers)}}
    return config | ({"compile_config": {"optimizer": "sgd", "loss": "mse"} | compiled} if compiled else {})


def of(kind, module="keras.layers", **config):
    return {"class_name": kind, "module": module, "config": config}


def inputs(*shape):
    return of("InputLayer", batch_shape=[None, *shape])


ORTHOGONAL = of("Orthogonal", "keras.initializers")
CURVES = [of("AUC", "keras.metrics", num_thresholds=10**6, name=f"curve_{i}") for i in range(60)]
TOO_LARGE = {
    "units": ([inputs(8), of("Dense", units=10**8)], "megabytes"),
    "a table": ([inputs(8), of("Embedding", input_dim=10**9, output_dim=1000)], "megabytes"),
    "features": ([inputs(2**28), of("BatchNormalization")], "megabytes"),
    "a rotation": ([inputs(5000), of("Dense", units=5000, kernel_initializer=ORTHOGONAL)], "megabytes"),
    "a smaller rotation": ([inputs(2000), of("Dense", units=2000, kernel_initializer=ORTHOGONAL)], "seconds"),
    "filters": ([inputs(1000, 1000, 3), of("Conv2D", filters=10**7, kernel_size=3)], "megabytes"),
    "a window": ([inputs(8, 8, 3), of("Conv2D", filters=1, kernel_size=10**5, padding="same")], "megabytes"),
    "slopes": ([inputs(10**4, 10**4), of("PReLU")], "megabytes"),
    "an activation": ([inputs(10**8), of("Activation", activation="glu")], "megabytes"),
    "repeated": ([inputs(4), of("RepeatVector", n=10**9), of("Flatten"), of("Dense", units=3)], "megabytes"),
    "texts": ([inputs(4), of("Dense", units=10**4, dtype="U100000")], "not understood|dtype"),
    "layers": ([inputs(4), *[of("Activation", activation="relu", name=f"a{i}") for i in range(20_000)]], "objects"),
    "thresholds": ([inputs(4), of("Dense", units=1)], "megabytes", {"metrics": CURVES}),
    "classes": (
        [inputs(4), of("Dense", units=1)],
        "megabytes",
        {"metrics": [of("MeanIoU", "keras.metrics", num_classes=10**9)]},
    ),
}


@pytest.mark.parametrize("layers, match, compiled", [(*case, {})[:3] for case in TOO_LARGE.values()], ids=TOO_LARGE)
def test_too_large_is_refused_before_it_is_made(layers, match, compiled):
    config = sequential(*layers, **compiled)
    with pytest.raises(ValueError, match=match):
        model_from_json(json.dumps(config))
    with pytest.raises((ValueError, TypeError), match=match):
        keras.Sequential.from_config(config["config"]) if not compiled else deserialize(config)


def test_texts_and_values():
    for text in ("[" + "[]," * 4_000_000 + "[]]", "[" * 200_000):
        with pytest.raises(ValueError, match="megabytes|too deep"):
            model_from_json(text)
    shared = [1]
    for _ in range(60):
        shared = [shared, shared]
    with pytest.raises(ValueError, match="seconds"), budget(seconds=0.1):
        deserialize(shared)
    circle = {"class_name": "Sequential", "config": {"layers": []}}
    circle["config"]["layers"].append(circle)
    for read in (deserialize, lambda config: keras.Sequential.from_config(config["config"])):
        with pytest.raises(ValueError, match="recursion"):
            read(circle)


# -- what it leaves alone ------------------------------------------------------------------------------------------


def test_a_budget_can_be_raised_and_lowered():
    text = keras.Sequential([L.Input((100,)), L.Dense(1000)]).to_json()
    with budget(megabytes=1):
        with pytest.raises(ValueError, match=r"may take 1 megabytes.*budget\(megabytes=…\)"):
            model_from_json(text)
        with budget(megabytes=inf):
            assert model_from_json(text).count_params() == 101_000
        with pytest.raises(ValueError, match="may take 1 megabytes"):
            model_from_json(text)
        with budget(objects=2), pytest.raises(ValueError, match="more than 2 objects"):
            model_from_json(text)
    with budget(seconds=0), pytest.raises(ValueError, match="seconds"):
        model_from_json(sequential_text(2000))
    assert model_from_json(text).count_params() == 101_000


def sequential_text(count):
    return json.dumps(sequential(inputs(4), *[of("ReLU", name=f"r{i}") for i in range(count)]))


@pytest.mark.parametrize("wrong", [{"megabytes": -1}, {"objects": float("nan")}, {"seconds": "1"}])
def test_a_wrong_budget(wrong):
    with (
        pytest.raises((ValueError, TypeError), match=f"{next(iter(wrong))} should be a finite number"),
        budget(**wrong),
    ):
        pass


def test_the_user_s_own_code_is_never_limited():
    with budget(megabytes=0.001, objects=1, seconds=0):
        model = keras.Sequential([L.Input((100,)), L.Dense(100), L.Dense(1)])
        model.compile("adam", "mse", metrics=[keras.metrics.AUC(num_thresholds=1000)])
        model.fit(np.ones((4, 100)), np.ones(4), verbose=0)
        assert clone_model(model).count_params() == model.count_params()
        with counted(), uncounted():
            assert keras.Sequential([L.Input((100,)), L.Dense(100)]).built
    with budget(megabytes=0.001), counted(), pytest.raises(ValueError, match="megabytes"):
        keras.Sequential([L.Input((100,)), L.Dense(100)])


@pytest.mark.parametrize("ending", [".keras", ".weights.h5", ".npz", ".safetensors"])
def test_a_large_file_is_read_whatever_the_budget(ending, tmp_path):
    """The budget of a file grows with its size, so that a large model needs nothing more."""
    model = keras.Sequential([L.Input((1000,)), L.Dense(700), L.Dense(1)])
    model.compile("adam", "mse")
    model.train_on_batch(np.ones((2, 1000)), np.ones(2))
    path = tmp_path / f"large{ending}"
    (model.save if ending == ".keras" else model.save_weights)(path)
    with budget(megabytes=1, seconds=0.5):
        read = keras.models.load_model(path) if ending == ".keras" else clone_model(model)
        if ending != ".keras":
            read.load_weights(path)
    assert all(np.array_equal(a, b) for a, b in zip(read.get_weights(), model.get_weights()))


def test_half_a_thousand_layers_are_read():
    layers = [of("Dense", units=4, activation="relu", name=f"dense_{i}") for i in range(500)]
    assert len(model_from_json(json.dumps(sequential(inputs(4), *layers))).layers) == 500
