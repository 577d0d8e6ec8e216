"""Hostile files and configurations, made from good ones by seeds, and a process in which each is read with little room.

Run with the names of cases, it reads each and prints how it ended: `well` (a ValueError, or a model), or what went
wrong: another error, the memory that ran out, too much time. A process that dies has said which case it began.
"""

import io
import json
import os
import random
import resource
import signal
import sys
import tempfile
import warnings
import zipfile
from pathlib import Path
from time import process_time

import h5py
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "replay"))
sys.path.insert(0, str(Path(__file__).parents[2]))

from parts import inputs
from test_every_part import FAMILIES, flattening, ways

import tinygrad_edu as tg
from tinygrad_edu.nn import Dense, Input, Layer, Loss, Metric, Sequential
from tinygrad_edu.nn.constraints import Constraint
from tinygrad_edu.nn.regularizers import Regularizer
from tinygrad_edu.nn.saving import backups, deserialize, load_model, model_from_json, serialize
from tinygrad_edu.optim import Optimizer

MEGABYTES, SECONDS = 300, 2
GOLDEN = Path(__file__).parents[1] / "golden"
WHOLE = (".keras", ".h5")
ENDINGS = (".keras", ".h5", ".weights.h5", ".npz", ".safetensors", "backup.npz")


def network():
    tg.random.seed(0)
    model = Sequential([Input((4,)), Dense(3, "relu", name="first"), Dense(2, name="second")], name="network")
    model.compile("adam", "mse", metrics=["mae"])
    model.train_on_batch(np.ones((2, 4)), np.ones((2, 2)))
    return model


def read(ending, path):
    """Read a file of this kind as a user would."""
    if ending in WHOLE:
        return load_model(path)
    model = network()
    return backups.load_backup(model, path) if ending == "backup.npz" else model.load_weights(path)


# -- good ones -----------------------------------------------------------------------------------------------------


def good_file(ending, rng):
    """The bytes of a good file."""
    if ending == ".keras" and rng.random() < 0.7:
        return rng.choice(sorted(GOLDEN.glob("saving_[dis]*.keras"))).read_bytes()
    with tempfile.TemporaryDirectory() as folder:
        path, model = f"{folder}/good{ending}", network()
        if ending == "backup.npz":
            backups.save_backup(model, path, 3)
        else:
            (model.save if ending in WHOLE else model.save_weights)(path)
        return Path(path).read_bytes()


def good_config(rng):
    """The configuration of a good model that has some registered part in it."""
    family = rng.choice([family for family in FAMILIES if family is not tg.optim.schedules.Schedule])
    cls, sample, changed = rng.choice(list(ways(family))).values
    made, parts = sample.of(cls, **changed), {"optimizer": "sgd", "loss": "mse", "metrics": ["mae"]}
    options = {}
    if family is Layer:
        layers = [Input(sample.shape), made, flattening(made)] if not isinstance(made, tg.nn.layers.InputLayer) else []
        config = serialize(Sequential([*layers, Dense(2)] if layers else [made, Dense(2)]))
        return config | {"compile_config": parts}
    if family is Regularizer or family is Constraint:
        options = {f"kernel_{family.__name__.lower()}": made}
    name = {Loss: "loss", Metric: "metrics", Optimizer: "optimizer"}.get(family)
    if name:
        parts[name] = [serialize(made)] if name == "metrics" else serialize(made)
    return serialize(Sequential([Input((4,)), Dense(3, "relu", **options), Dense(1)])) | {"compile_config": parts}


# -- made hostile --------------------------------------------------------------------------------------------------


def broken_bytes(content, rng):
    """The content with some of its bytes changed, moved, doubled or lost."""
    content = bytearray(content)

    def place():
        return rng.randrange(len(content) + 1)

    def bits():
        for _ in range(rng.randint(1, 30)):
            content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)

    def number():
        for _ in range(rng.randint(1, 4)):
            at, size = rng.randrange(0, len(content), 4), rng.choice([2, 4, 8])
            value = rng.choice([0, 1, 0xFF, 1 << 15, (1 << 31) - 1, (1 << 32) - 1, 1 << 40, (1 << 64) - 1])
            content[at : at + size] = (value % (1 << 8 * size)).to_bytes(size, "little")

    def cut():
        del content[place() :]

    def lost():
        at = place()
        del content[at : at + rng.randint(1, 200)]

    def copied():
        at, part = place(), place()
        content[at:at] = content[part : part + rng.randint(1, 2000)]

    def zeros():
        at = place()
        content[at : at + 64] = bytes(64)

    for _ in range(rng.randint(1, 2)):
        if content:
            rng.choice([bits, bits, number, number, cut, lost, copied, zeros])()
    return bytes(content)


VALUES = [
    None, True, -1, 0, 1, 3, 10**6, 10**9, 2**31, 2**63, 10**30, -(10**30), 0.5, -0.5, 1e-320, 1e308, float("inf"),
    float("nan"), "", "x", "relu", "adam", "\u0000", "x" * 5000, [], {}, [None], [[]], [1e9] * 3, [10**5] * 4,
    [-1, -1], {"a": 1}, {"class_name": "Dense", "config": {"units": 3}}, {"class_name": "__lambda__", "config": {}},
    {"class_name": "Orthogonal", "config": {"gain": 1e9}, "module": "keras.initializers"},
    {"class_name": "__numpy__", "config": {"value": [[1, 2], [3]], "dtype": "float32"}},
    {"class_name": "__tensor__", "config": {"value": "x", "dtype": "V1000000000"}},
    {"class_name": "function", "config": "exec", "module": "builtins"},
    {"class_name": "DTypePolicy", "config": {"name": "U1000000000"}, "module": "keras"},
]  # fmt: skip


def places(value, found):
    """All (container, key) inside a value."""
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        found.append((value, key))
        places(inner, found)
    return found


def broken_config(config, rng):
    """The configuration with some of its values replaced, lost, doubled, nested or made to hold themselves."""
    for _ in range(rng.randint(1, 3)):
        every = places(config, [])
        container, key = rng.choice(every)
        way = rng.randrange(12)
        if way < 6:
            container[key] = json.loads(json.dumps(rng.choice(VALUES)))
        elif way == 6:
            del container[key]
        elif way == 7:
            other, name = rng.choice(every)
            container[key] = other.get(name) if isinstance(other, dict) else other[min(name, len(other) - 1)]
        elif way == 8 and isinstance(container, list):
            container.extend([container[key]] * rng.choice([1, 10, 3000]))
        elif way == 9:
            for _ in range(rng.choice([3, 40, 600])):
                container[key] = rng.choice([[container[key]], {"class_name": "Sequential", "config": {"layers": 3}}])
        elif way == 10:
            numbers = [(c, k) for c, k in every if type(c[k]) in (int, float)] or [(container, key)]
            for c, k in rng.sample(numbers, min(3, len(numbers))):
                c[k] = rng.choice([10**5, 10**8, 10**12, -3, 0])
        else:
            names = [(c, k) for c, k in every if k == "class_name"]
            c, k = rng.choice(names)
            c[k] = rng.choice([cls.values[0].__name__ for family in FAMILIES for cls in ways(family)])
    return config


def hostile_h5(rng):
    """A well formed HDF5 file with what no honest one has."""
    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        first = file.create_group("layers/dense/vars")
        kind = rng.randrange(7)
        if kind == 0:  # groups in groups
            group = file
            for i in range(rng.choice([40, 400])):
                group = group.create_group(f"g{i % 3}")
        elif kind == 1:  # a chunk far larger than what is in it
            shape = (1 << rng.choice([24, 28]), 3)
            first.create_dataset("0", (4, 3), "f4", chunks=shape, maxshape=(None, 3), compression="gzip")
        elif kind == 2:  # zeros that pack well
            first.create_dataset("0", (1 << 28,), "f8", chunks=(1 << 20,), compression="gzip")
        elif kind == 3:  # one group many times
            group = file
            for _ in range(25):
                deeper = group.create_group("a")
                group["b"] = group["c"] = deeper
                group = deeper
        elif kind == 4:  # other kinds of values
            kinds = [h5py.string_dtype(), "S100000", "c8", "f2", "u8", [("a", "f4")], h5py.vlen_dtype("f4"), "bool"]
            first.create_dataset("0", (4, 3), rng.choice(kinds))
            first.create_dataset("1", (3,), rng.choice(kinds))
        elif kind == 5:  # very many
            for i in range(3000):
                first[str(i)] = 1.0
        else:  # shapes
            first.create_dataset("0", rng.choice([(0,), (), (4, 3, 1), (1,) * 32, (0, 1 << 40)]), "f4")
    return content.getvalue()


def hostile_legacy(rng):
    """A whole model in an HDF5 file whose configurations or lists of names are broken."""
    content = io.BytesIO(good_file(".h5", rng))
    with h5py.File(content, "a") as file:
        kind = rng.choice(["model_config", "model_config", "training_config", "names", "arrays"])
        if kind.endswith("config"):
            config = json.loads(file.attrs[kind])
            file.attrs[kind] = json.dumps(broken_config({"class_name": "", "config": config}, rng)["config"])
        elif kind == "names":
            group = rng.choice(["model_weights", "model_weights/first", "optimizer_weights"])
            wrong = [["a"] * 3000, [1.0], b"x" * 5000, "a", [["first"]], ["first"] * 9, ["../first"], ["/"], [""]]
            file[group].attrs[rng.choice(["layer_names", "weight_names"])] = rng.choice(wrong)
            file.attrs["note"] = "a" * rng.choice([1, 10**6])
        else:
            del file["model_weights/first"]
            file["model_weights/first"] = rng.choice([1.0, np.ones((4, 3)), "text"])
    return content.getvalue()


def hostile_zip(rng):
    """A zip file with members that are not what they say."""
    content, header = io.BytesIO(), io.BytesIO()
    shape = rng.choice([(1 << 28,), (4, 3), (0, 1 << 60), (-4, -3), (1 << 32, 1 << 32), (1,) * 64])
    descr = rng.choice(["<f4", "|O", "<U100000000", "|V2147483647", "<c16", "<M8[ns]", "f4"])
    text = repr({"descr": descr, "fortran_order": rng.random() < 0.5, "shape": shape})
    if rng.random() < 0.3:
        text = "(" * 5000 + ")" * 5000
    header.write(b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode())
    with zipfile.ZipFile(content, "w", rng.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])) as archive:
        size = rng.choice([0, 48, 10**6, 3 * 10**7])
        archive.writestr(f"layers/dense/vars/0{rng.choice(['.npy', ''])}", header.getvalue() + bytes(size))
        for i in range(rng.choice([0, 1, 5000])):
            archive.writestr(f"{i}.npy", header.getvalue())
        if rng.random() < 0.4:
            archive.writestr("config.json", rng.choice(["[" * 10**6, "[],".join(["["] * 10**5), " " * 10**7, "{}"]))
            archive.writestr("model.weights.h5", rng.choice([b"", b"\x89HDF\r\n\x1a\n", bytes(5 * 10**7)]))
    return content.getvalue()


def hostile_safetensors(rng):
    """A safetensors file whose header lies."""
    names = ["layers/dense/vars/0", "layers/dense/vars/1", "w"]
    head = {}
    for name in rng.sample(names, rng.randint(1, 3)):
        begin = rng.choice([0, 0, 48, -1, 10**12, 2**64])
        head[name] = {
            "dtype": rng.choice(["F32", "F32", "F64", "BF16", "U64", "X", 3]),
            "shape": rng.choice([[4, 3], [4, 3], [3], [], [1 << 40], [0, 1 << 62], [-4, -3], [1 << 32, 1 << 32], "x"]),
            "data_offsets": rng.choice([[begin, begin + 48], [begin, 0], [48, 0], [begin], [begin, 1 << 62], None]),
        }
    if rng.random() < 0.2:
        head["__metadata__"] = rng.choice([{"a": 1}, "x", {"a": "x" * 10**6}])
    text = json.dumps(head) if rng.random() < 0.8 else '{"a":' * 2000 + "}" * 2000
    length = rng.choice([len(text), len(text), 10**12, 2**64 - 1, 1])
    return length.to_bytes(8, "little") + text.encode() + bytes(rng.choice([0, 48, 96]))


MADE = {
    ".weights.h5": hostile_h5,
    ".h5": hostile_legacy,
    ".npz": hostile_zip,
    ".keras": hostile_zip,
    ".safetensors": hostile_safetensors,
}


def hostile_file(ending, rng):
    """The bytes of a hostile file."""
    if rng.random() < 0.3 and ending in MADE:
        return MADE[ending](rng)
    content = good_file(ending, rng)
    if ending.endswith((".keras", ".npz")) and rng.random() < 0.6:  # a whole archive, with a member that is broken
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
        name = rng.choice(list(members))
        if name == "config.json":
            members[name] = json.dumps(broken_config(json.loads(members[name]), rng))
        else:
            members[name] = broken_bytes(members[name], rng)
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w") as archive:
            for name, part in members.items():
                archive.writestr(name, part)
        return made.getvalue()
    return broken_bytes(content, rng)


def read_config(rng):
    """Read a hostile configuration as a user would."""
    config = broken_config(good_config(rng), rng)
    way = rng.randrange(4)
    if way == 0:
        return deserialize(config)
    if way == 1 and isinstance(config.get("config"), dict):
        return Sequential.from_config(config["config"])
    try:
        text = json.dumps(config)
    except (ValueError, RecursionError):
        return deserialize(config)
    return model_from_json(text)


# Seeds of what should be noticed.
BAD = {"memory": lambda: bytearray(1 << 33), "exit": lambda: os.kill(os.getpid(), signal.SIGKILL)}


# -- one after another ---------------------------------------------------------------------------------------------


def run(case, folder):
    """How reading a case ends, in words."""
    kind, _, seed = case.partition(":")
    rng = random.Random(f"{kind} {seed}")
    if kind == "config":
        read_it = BAD.get(seed, lambda: read_config(rng))
    else:
        path = Path(folder) / f"hostile{kind}"
        path.write_bytes(hostile_file(kind, rng))
        read_it = lambda: read(kind, path)  # noqa: E731
    began = process_time()
    try:
        made = read_it()
        outcome = f"well (read {type(made).__name__})"
    except (ValueError, MemoryError) as error:
        outcome, cause = f"well ({str(error)[:100]!r})", error
        while cause is not None:
            if isinstance(cause, MemoryError):
                outcome = "memory"
            cause = cause.__cause__ or cause.__context__
    except Exception as error:
        outcome = f"{type(error).__name__}: {error}"
    taken = process_time() - began
    return outcome if taken < SECONDS + 0.5 else f"took {taken:.1f} s: {outcome}"


def main(cases):
    warnings.simplefilter("ignore")
    network(), inputs()
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    room = int(status["VmSize"].split()[0]) * 1024 + MEGABYTES * 1_000_000
    resource.setrlimit(resource.RLIMIT_AS, (room, room))
    with tempfile.TemporaryDirectory() as folder:
        for case in cases:
            print(f"began\t{case}", flush=True)
            print(f"ended\t{case}\t{run(case, folder)}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
