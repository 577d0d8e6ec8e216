"""Files are untrusted: whatever is wrong with one is a ValueError that names it, and nothing has been changed."""

import errno
import io
import json
import os
import random
import stat
import zipfile

import numpy as np
import pytest
from golden_figures import GOLDEN, load

from tinygrad_edu import keras
from tinygrad_edu.common.files import replacing
from tinygrad_edu.nn import Dense, Input, Sequential
from tinygrad_edu.nn.saving import deserialize, formats, load_model, model_from_json

h5py = pytest.importorskip("h5py")
pytest.importorskip("safetensors")

SCRIPT, _ = load("saving")
DENSE = GOLDEN / "saving_dense.keras"
MEMBERS = ["metadata.json", "config.json", "model.weights.h5"]


def network(units=3):
    model = Sequential([Input((4,)), Dense(units, name="first"), Dense(2)])
    model.compile("adam", "mse")
    model.train_on_batch(np.ones((2, 4)), np.ones((2, 2)))
    return model


@pytest.fixture
def refused(tmp_path):
    """A function that writes what it is given as a file, and sees it refused, and a model unchanged by it."""

    def refuse(content, match, ending=".keras", whole=None):
        path = tmp_path / f"bad{ending}"
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            content(path)
        model = network()
        before = [*model.get_weights(), *model.optimizer.get_state()]
        with pytest.raises(ValueError, match=match) as error:
            if ending == ".keras" and whole is not False:
                load_model(path)
            else:
                model.load_weights(path)
        after = [*model.get_weights(), *model.optimizer.get_state()]
        assert str(path) in str(error.value)
        assert all(np.array_equal(a, b) for a, b in zip(before, after))

    return refuse


def members(path=DENSE):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def archive(parts, method=zipfile.ZIP_STORED):
    """The bytes of a zip file of these (name, content)."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as made:
        for name, content in parts:
            made.writestr(name, content)
    return file.getvalue()


def with_config(change):
    """The golden file with another config.json: the text or values that `change` gives, or what it leaves."""
    config = json.loads(members()["config.json"])
    changed = change(config)
    text = changed if isinstance(changed, str) else json.dumps(config if changed is None else changed)
    return archive((members() | {"config.json": text}).items())


def with_weights(change):
    """A function that writes the weights of a network, changed in the open h5py file."""

    def write(path):
        network().save_weights(path)
        with h5py.File(path, "a") as file:
            change(file)

    return write


# -- broken ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", [".keras", ".weights.h5", ".safetensors", ".npz"])
def test_cut_off_files(ending, refused, tmp_path):
    path, model = tmp_path / f"whole{ending}", network()
    (model.save if ending == ".keras" else model.save_weights)(path)
    content = path.read_bytes()
    for length in (0, 1, 4, 9, 100, len(content) // 2, len(content) - 100, len(content) - 1):
        refused(content[:length], "bad", ending)


@pytest.mark.parametrize("ending", [".keras", ".weights.h5", ".safetensors", ".npz"])
def test_other_files(ending, refused):
    refused(b"weights = [1, 2, 3]\n", "none of .keras, .h5, .weights.h5, .safetensors and .npz", ending)
    refused(b"\x80\x04\x95pickle", "none of", ending)
    refused(archive([("readme.txt", "hello")]), "arrays alone|no layer|has 2 weights", ending)


def test_files_that_are_not_there(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no file 'nothing\.keras' in the folder '.*'\.$"):
        load_model(tmp_path / "nothing.keras")
    network().save(tmp_path / "network.keras")
    with pytest.raises(FileNotFoundError, match=r"Did you mean 'network\.keras'\?"):
        load_model(tmp_path / "netwrok.keras")
    with pytest.raises(FileNotFoundError, match="no folder '.*models' to read 'network.keras' from"):
        load_model(tmp_path / "models" / "network.keras")
    for ending in (".txt", ""):
        with pytest.raises(ValueError, match=r"ends in \.keras or \.h5 or \.hdf5"):
            load_model(tmp_path / f"model{ending}")
        with pytest.raises(ValueError, match=r"ends in \.weights\.h5 or \.safetensors or \.npz"):
            network().save_weights(tmp_path / f"model{ending}")


@pytest.mark.parametrize("missing", ["config.json", "model.weights.h5"])
def test_a_member_is_missing(missing, refused):
    refused(archive([(n, c) for n, c in members().items() if n != missing]), missing.split(".")[-1] + "|arrays alone")


@pytest.mark.parametrize("seed", range(4))
def test_changed_bytes_never_do_more_than_raise_a_value_error(seed, tmp_path):
    rng, whole = random.Random(seed), members()
    config, path = bytearray(whole["config.json"]), tmp_path / "changed.keras"
    for _ in range(40):
        changed = bytearray(config)
        for _ in range(rng.randint(1, 4)):
            changed[rng.randrange(len(changed))] = rng.choice(b'0123456789[]{}",:nulltrue-eE.')
        arrays = bytearray(whole["model.weights.h5"])
        if rng.random() < 0.5:
            changed = config
            for _ in range(rng.randint(1, 30)):
                arrays[rng.randrange(len(arrays))] = rng.randrange(256)
        path.write_bytes(archive([("config.json", bytes(changed)), ("model.weights.h5", bytes(arrays))]))
        try:
            load_model(path)
        except ValueError as error:
            assert str(path) in str(error)


# -- what a configuration says -------------------------------------------------------------------------------------


def layer(config, **changes):
    """Change the settings of the first Dense."""
    config["config"]["layers"][1]["config"].update(changes)


CONFIGS = {
    "a list": (lambda c: [], "should be a dict"),
    "no class": (lambda c: {"config": {}}, "expected a model"),
    "a layer": (lambda c: c["config"]["layers"][1], "a Dense|more weights"),
    "class a number": (lambda c: c.update(class_name=3), "3 cannot be read"),
    "config a list": (lambda c: c.update(config=[]), "should be a dict"),
    "layers a text": (lambda c: c["config"].update(layers="Dense"), "Sequential expects layers"),
    "unknown class": (lambda c: c["config"]["layers"][1].update(class_name="Densse"), "Densse.*nearest is Dense"),
    "strange module": (
        lambda c: c["config"]["layers"][1].update(module="os", class_name="system"),
        "'system' is not part of Keras.*no code.*custom_objects=",
    ),
    "a function": (
        lambda c: layer(c, activation={"class_name": "function", "module": "os", "config": "system"}),
        "os|system",
    ),
    "code": (
        lambda c: layer(c, activation={"class_name": "__lambda__", "config": {"value": ["x"]}}),
        "Python code",
    ),
    "units a text": (lambda c: layer(c, units="6"), "units"),
    "units too many": (lambda c: layer(c, units=10**9), "more weights than"),
    "unknown setting": (lambda c: layer(c, lora_rank=4), "lora_rank"),
    "a shape of texts": (lambda c: c["config"]["layers"][0]["config"].update(batch_shape=[None, "4"]), "shape"),
    "a huge shape": (lambda c: c["config"]["layers"][0]["config"].update(batch_shape=[None, 10**12]), "shape"),
    "rate NaN": (
        lambda c: c["compile_config"]["optimizer"]["config"].update(learning_rate=float("nan")),
        "learning_rate",
    ),
    "functional": (lambda c: c.update(class_name="Functional"), "Functional"),
    "too deep": (lambda c: json.dumps(c).replace('"relu"', "[" * 100_000 + "]" * 100_000), "too deep"),
}


@pytest.mark.parametrize("change, match", CONFIGS.values(), ids=CONFIGS)
def test_a_configuration_that_is_wrong(change, match, refused):
    refused(with_config(change), match)


def test_values_that_are_no_configuration():
    for config in (
        {"class_name": "Dense", "config": 3},
        {"class_name": ["Dense"], "config": {}},
        {"class_name": "Dense", "config": {}},
    ):
        with pytest.raises(ValueError):
            deserialize(config)
    for text in ("", "[", "3", '{"class_name": "Dense", "config": {"units": 3}}', "[" * 100_000):
        with pytest.raises(ValueError):
            model_from_json(text)


# -- archives ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["../config.json", "/etc/config.json", "a/../../b", "C:\\x"])
def test_members_that_lead_out(name, refused):
    refused(archive([*members().items(), (name, "x")]), "leads out of the archive")


def test_bombs(refused):
    zeros = bytes(300_000_000 // 4)
    parts = members()
    refused(archive((parts | {"model.weights.h5": zeros}).items(), zipfile.ZIP_DEFLATED), "claims 75000000 bytes")
    refused(archive((parts | {"config.json": zeros}).items(), zipfile.ZIP_DEFLATED), "claims 75000000 bytes")

    def compressed(file):
        file.create_dataset("layers/dense/vars/2", (1 << 28,), "f4", chunks=(1 << 20,), compression="gzip")

    refused(with_weights(compressed), "claim to hold arrays of", ".weights.h5")
    refused(archive((parts | {"config.json": parts["config.json"]}).items(), zipfile.ZIP_BZIP2), "unusual way")


def test_two_members_of_one_name(refused):
    with pytest.warns(UserWarning, match="Duplicate name"):
        content = archive([*members().items(), ("config.json", "{}")])
    refused(content, "two members of one name")


# -- arrays --------------------------------------------------------------------------------------------------------


def _replace(name, value, **options):
    def change(file):
        del file[name]
        if value is not None:
            file.create_dataset(name, data=value, **options)

    return change


def _link(link):
    def change(file):
        del file["layers/dense/vars/0"]
        file["layers/dense/vars/0"] = link

    return change


ARRAYS = {
    "another shape": (_replace("layers/dense/vars/0", np.ones((4, 5), "f4")), r"shape \(4, 3\).*shape \(4, 5\)"),
    "texts": (_replace("layers/dense/vars/0", ["a"]), "dtype object"),
    "whole numbers": (_replace("layers/dense/vars/0", np.ones((4, 3), int)), "dtype int64"),
    "one missing": (_replace("layers/dense/vars/0", None), "has 2 weights; the file has 1"),
    "one too many": (
        lambda file: file.create_dataset("layers/dense/vars/2", data=[1.0]),
        "has 2 weights; the file has 3",
    ),
    "NaN": (_replace("layers/dense/vars/0", np.full((4, 3), np.nan, "f4")), "first/kernel.*NaN"),
    "a layer more": (lambda file: file.create_dataset("layers/third/vars/0", data=[1.0]), "no layer for.*layers/third"),
    "a state of another shape": (_replace("optimizer/vars/2", np.ones(3, "f4")), "optimizer has shape"),
    "a state of texts": (_replace("optimizer/vars/0", "abc"), "optimizer has shape.*object"),
    "a count below zero": (_replace("optimizer/vars/0", -3), "iteration"),
    "a rate of NaN": (_replace("optimizer/vars/1", np.nan), "learning_rate"),
    "a soft link": (_link(h5py.SoftLink("/layers/dense/vars/0")), "link to another place"),
    "an external link": (_link(h5py.ExternalLink("other.h5", "/x")), "link to another place"),
    "a loop": (lambda file: file.__setitem__("layers/dense/again", file["layers"]), "more than 32 deep|no layer"),
}


@pytest.mark.parametrize("change, match", ARRAYS.values(), ids=ARRAYS)
def test_arrays_that_do_not_fit(change, match, refused):
    refused(with_weights(change), match, ".weights.h5")


def test_values_kept_in_another_file(refused, tmp_path):
    (tmp_path / "secret").write_bytes(bytes(48))

    def change(file):
        del file["layers/dense/vars/0"]
        file.create_dataset("layers/dense/vars/0", (4, 3), "f4", external=[(str(tmp_path / "secret"), 0, 48)])

    refused(with_weights(change), "not an array of this file", ".weights.h5")


def test_pickles_are_not_read(refused):
    file = io.BytesIO()
    np.savez(file, **{"layers/dense/vars/0": np.array([{"a": 1}], dtype=object)})
    refused(file.getvalue(), "not an array of numbers", ".npz")


def test_headers_that_lie(refused):
    head = json.dumps({"w": {"dtype": "F32", "shape": [1 << 30], "data_offsets": [0, 1 << 32]}}).encode()
    refused(len(head).to_bytes(8, "little") + head + bytes(16), "bad", ".safetensors")
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(file, {"descr": "<f4", "fortran_order": False, "shape": (1 << 30,)})
    refused(archive([("layers/dense/vars/0.npy", file.getvalue() + bytes(64))]), "whole", ".npz")


def test_what_does_not_fit_may_be_left_out(tmp_path):
    network(units=3).save_weights(tmp_path / "w.npz")
    model, other = network(units=5), network(units=3)
    other.load_weights(tmp_path / "w.npz")
    before = model.get_weights()
    with pytest.warns(UserWarning, match="Left as it is"):
        model.pop(), model.add(Dense(2))
        model.load_weights(tmp_path / "w.npz", skip_mismatch=True)
    assert np.array_equal(model.get_weights()[0], before[0])


# -- writing ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "ending, broken",
    [
        (".keras", "zipfile.ZipFile.writestr"),
        *[(e, b) for e in (".keras", *formats.WRITERS) for b in ("os.replace", "os.fsync", "formats")],
    ],
)
def test_a_failure_on_the_way_leaves_the_file_that_was_there(ending, broken, tmp_path, monkeypatch):
    def fail(*arguments, **options):
        raise OSError("the disk is full")

    path, model = tmp_path / f"m{ending}", network()
    write = model.save if ending == ".keras" else model.save_weights
    write(path)
    before = path.read_bytes()
    model.train_on_batch(np.ones((2, 4)), np.zeros((2, 2)))
    if broken == "formats":
        monkeypatch.setattr(formats, "write_h5", fail)
        monkeypatch.setattr(formats, "WRITERS", dict.fromkeys(formats.WRITERS, fail))
    else:
        monkeypatch.setattr(broken, fail)
    with pytest.raises(OSError, match="the disk is full"):
        write(path)
    assert path.read_bytes() == before and os.listdir(tmp_path) == [path.name]


def test_overwriting(tmp_path):
    path, model = tmp_path / "m.keras", network()
    model.save(path)
    with pytest.raises(FileExistsError, match=r"m\.keras exists already.*overwrite=True"):
        model.save(path, overwrite=False)
    path.chmod(0o640)
    model.save(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    link = tmp_path / "link.keras"
    link.symlink_to(path)
    model.save(link)
    assert link.is_symlink() and load_model(path).built
    with pytest.raises(FileNotFoundError, match="There is no folder"):
        model.save(tmp_path / "nowhere" / "m.keras")
    (tmp_path / "folder.keras").mkdir()
    with pytest.raises(IsADirectoryError):
        model.save(tmp_path / "folder.keras")
    with pytest.raises(ValueError, match="zipped=True alone"):
        model.save(path, zipped=False)


def test_a_file_is_whole_or_not_there(tmp_path):
    with pytest.raises(KeyboardInterrupt), replacing(tmp_path / "a") as file:
        file.write(b"half")
        raise KeyboardInterrupt
    with pytest.raises(OSError, match="Cannot write .No space left.*'.*a'"), replacing(tmp_path / "a"):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert os.listdir(tmp_path) == []


def test_export_is_left_out_by_name():
    with pytest.raises(ValueError, match=r"save\(.model\.keras.\).*export"):
        keras.Sequential([keras.layers.Dense(1)]).export("x")
