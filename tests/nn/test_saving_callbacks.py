"""Checkpoints and backups: what they write is the training at that moment, and a killed training goes on from it."""

import os
import subprocess
import sys

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu.common import files
from tinygrad_edu.nn import Dense, Dropout, Input, Sequential
from tinygrad_edu.nn.callbacks import BackupAndRestore, Callback, CSVLogger, LambdaCallback, ModelCheckpoint
from tinygrad_edu.nn.saving import load_model

pytest.importorskip("h5py")

EPOCHS, BATCHES = 6, 4


def network(run_eagerly=True):
    tg.random.seed(4)
    model = Sequential([Input((3,)), Dense(5, "tanh"), Dropout(0.3), Dropout(0.1, seed=2), Dense(1)])
    model.compile(tg.optim.Adam(0.05), "mse", run_eagerly=run_eagerly)
    return model


def data(rows=16):
    x = np.sin(np.arange(rows * 3.0)).reshape(rows, 3)
    return x, x[:, :1] * x[:, 1:2]


def fit(model, *callbacks, **options):
    return model.fit(*data(), batch_size=4, **{"epochs": EPOCHS, "verbose": 0} | options, callbacks=[*callbacks])


def state(model):
    return [*model.get_weights(), *model.optimizer.get_state()]


def same(a, b):
    return len(a) == len(b) and all(np.array_equal(x, y) for x, y in zip(a, b))


# -- ModelCheckpoint ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("run_eagerly", [True, False])
@pytest.mark.parametrize("save_freq", ["epoch", 3])
def test_each_file_is_the_training_at_its_moment(run_eagerly, save_freq, tmp_path):
    moments = {}

    class Note(Callback):
        """Keeps the state after each batch or epoch."""

        def on_epoch_begin(self, epoch, logs=None):
            self.epoch = epoch

        def on_train_batch_end(self, batch, logs=None):
            moments[f"{self.epoch + 1}-{batch + 1}"] = state(self.model)

        def on_epoch_end(self, epoch, logs=None):
            moments[f"{epoch + 1}"] = state(self.model)

    name = "{epoch}.keras" if save_freq == "epoch" else "{epoch}-{batch}.keras"
    fit(network(run_eagerly=run_eagerly), Note(), ModelCheckpoint(tmp_path / name, save_freq=save_freq))
    written = sorted(path.stem for path in tmp_path.iterdir())
    ends = [f"{n // BATCHES + 1}-{n % BATCHES + 1}" for n in range(2, EPOCHS * BATCHES, 3)]
    assert written == sorted(ends if save_freq == 3 else map(str, range(1, EPOCHS + 1)))
    for name in written:
        assert same(state(load_model(tmp_path / f"{name}.keras")), moments[name])


def test_only_the_best_is_kept(tmp_path):
    seen, model = [], network()
    watch = LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append((logs["val_loss"], model.get_weights())))
    path = tmp_path / "deep" / "best.weights.h5"
    checkpoint = ModelCheckpoint(path, save_best_only=True, save_weights_only=True)
    model.fit(*data(), batch_size=4, epochs=8, verbose=0, validation_data=data(6), callbacks=[watch, checkpoint])
    best, weights = min(seen, key=lambda pair: pair[0])
    assert checkpoint.best == best
    other = network()
    other.load_weights(path)
    assert same(other.get_weights(), weights)


@pytest.mark.parametrize("mode, monitor", [("min", "loss"), ("max", "loss"), ("auto", "val_acc")])
def test_what_is_better(mode, monitor, tmp_path):
    model = network()
    checkpoint = ModelCheckpoint(tmp_path / "{epoch:02d}-{loss:.2f}.keras", monitor, mode=mode, save_best_only=True)
    checkpoint.set_model(model)
    for epoch, value in enumerate([0.5, 0.25, 0.75]):
        checkpoint.on_epoch_end(epoch, {"loss": value, "val_acc": value})
    expected = {"min": ["01-0.50", "02-0.25"]}.get(mode, ["01-0.50", "03-0.75"])
    assert sorted(path.stem for path in tmp_path.iterdir()) == expected


def test_a_threshold_to_begin_with(tmp_path):
    fit(network(), ModelCheckpoint(tmp_path / "a.keras", "loss", save_best_only=True, initial_value_threshold=0.0))
    assert list(tmp_path.iterdir()) == []


def test_names_that_the_training_does_not_have(tmp_path):
    with pytest.raises(KeyError, match="'val_loss'; this training has epoch, loss"):
        fit(network(), ModelCheckpoint(tmp_path / "{val_loss:.2f}.keras"))
    with pytest.raises(ValueError, match=r"ends in \.weights\.h5"):
        ModelCheckpoint("a.keras", save_weights_only=True)
    with pytest.raises(ValueError, match="save_freq"):
        ModelCheckpoint("a.keras", save_freq=0)
    for path in ("{}.keras", "{0}.keras", "{epoch:zz}.keras", "{loss:d}.keras", "{epoch.keras", "a}.keras"):
        with pytest.raises(ValueError, match="ModelCheckpoint expects a filepath such as"):
            ModelCheckpoint(path)
    for path in ("{{}}.keras", "{epoch:>5}-{loss:.3e}.keras", "{val_loss}.keras"):
        assert ModelCheckpoint(path).filepath == path


# -- BackupAndRestore -----------------------------------------------------------------------------------------------


class KilledError(Exception):
    """The end of a training that nobody wanted."""


class Kill(Callback):
    """Ends the training at a batch of an epoch."""

    def __init__(self, epoch, batch=1, how=None):
        self.when, self.how = (epoch, batch), how

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        if (self.epoch, batch) == self.when:
            if self.how == "exit":
                os._exit(9)
            raise KilledError


@pytest.mark.parametrize("run_eagerly", [True, False])
@pytest.mark.parametrize("double", [True, False])
def test_a_training_that_was_killed_ends_as_if_it_had_not(run_eagerly, double, tmp_path):
    """Shuffled, with dropout: the random numbers go on too, and not a bit is different."""
    whole = network(run_eagerly=run_eagerly)
    losses = fit(whole).history["loss"]
    for epoch in (2, 4):
        with pytest.raises(KilledError):
            fit(
                network(run_eagerly=run_eagerly),
                BackupAndRestore(tmp_path / "b", double_checkpoint=double),
                Kill(epoch),
            )
    tg.random.seed(77)
    model = network(run_eagerly=run_eagerly)
    history = fit(model, BackupAndRestore(tmp_path / "b", double_checkpoint=double)).history["loss"]
    assert history == losses[4:] and same(state(model), state(whole))
    assert not (tmp_path / "b").exists()


def test_a_process_that_was_killed(tmp_path):
    code = (
        "import sys; sys.path.insert(0, sys.argv[2]); from test_saving_callbacks import *; "
        "fit(network(), BackupAndRestore(sys.argv[1]), Kill(3, 2, 'exit'))"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "b"), os.path.dirname(__file__)]
    assert subprocess.run(command).returncode == 9
    whole, model = network(), network()
    expected = fit(whole).history["loss"]
    assert fit(model, BackupAndRestore(tmp_path / "b")).history["loss"] == expected[3:]
    assert same(state(model), state(whole))


def test_a_backup_within_an_epoch_begins_it_anew(tmp_path):
    with pytest.raises(KilledError):
        fit(network(), BackupAndRestore(tmp_path / "b", save_freq=3), Kill(1, 3))
    model = network()
    assert len(fit(model, BackupAndRestore(tmp_path / "b", save_freq=3)).history["loss"]) == EPOCHS - 1
    assert model.optimizer.iterations == 6 + (EPOCHS - 1) * BATCHES


@pytest.mark.parametrize("double", [True, False])
def test_a_crash_while_the_backup_is_written(double, tmp_path, monkeypatch):
    """The backup before it counts, whole: weights and epoch of one moment."""
    whole = network()
    losses = fit(whole).history["loss"]
    backup, replace = BackupAndRestore(tmp_path / "b", double_checkpoint=double), os.replace

    def fail(source, target):
        if backup._epoch == 3 and str(target).endswith(".npz"):
            raise KilledError
        replace(source, target)

    monkeypatch.setattr("os.replace", fail)
    with pytest.raises(KilledError):
        fit(network(), backup)
    monkeypatch.undo()
    model = network()
    assert fit(model, BackupAndRestore(tmp_path / "b")).history["loss"] == losses[3:]
    assert same(state(model), state(whole))


def broken_backup(folder, double):
    with pytest.raises(KilledError):
        fit(network(), BackupAndRestore(folder, double_checkpoint=double), Kill(4))
    return folder / "backup.npz"


def test_a_spoilt_backup_is_said_not_passed_over(tmp_path):
    place = broken_backup(tmp_path / "b", double=False)
    content = place.read_bytes()
    weights = tmp_path / "weights.npz"
    network().save_weights(weights)
    for spoilt in (content[:20], b"[]", content[:-200], content[:3000] + b"x" + content[3001:], weights.read_bytes()):
        place.write_bytes(spoilt)
        with pytest.raises(ValueError, match="To start anew, delete the folder"):
            fit(network(), BackupAndRestore(tmp_path / "b"))
    place.write_bytes(content)
    other = Sequential([Input((3,)), Dense(4), Dense(1)])
    other.compile("adam", "mse")
    with pytest.raises(ValueError, match="another model.*To start anew"):
        fit(other, BackupAndRestore(tmp_path / "b"))


def test_the_one_before_a_spoilt_backup(tmp_path):
    place = broken_backup(tmp_path / "b", double=True)
    place.write_text("")
    whole, model = network(), network()
    losses = fit(whole).history["loss"]
    assert fit(model, BackupAndRestore(tmp_path / "b", double_checkpoint=True)).history["loss"] == losses[3:]
    assert same(state(model), state(whole))


def test_what_else_is_in_the_folder_stays(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    fit(network(), BackupAndRestore(tmp_path))
    assert os.listdir(tmp_path) == ["notes.txt"]
    fit(network(), BackupAndRestore(tmp_path / "b", delete_checkpoint=False))
    assert os.listdir(tmp_path / "b") == ["backup.npz"]
    (tmp_path / "file").write_text("mine")
    with pytest.raises(ValueError, match="expects a folder; .* is a file"):
        fit(network(), BackupAndRestore(tmp_path / "file"))


def test_what_a_crash_left_half_written_goes_with_the_backup(tmp_path):
    with pytest.raises(KilledError):
        fit(network(), BackupAndRestore(tmp_path / "b"), Kill(2))
    (tmp_path / "b" / "backup.npz.1a2b3c4d.part").write_text("")
    fit(network(), BackupAndRestore(tmp_path / "b"))
    assert not (tmp_path / "b").exists()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no forks")
@pytest.mark.parametrize(
    ("first", "count"), [(0, 8), *[pytest.param(n, 30, marks=pytest.mark.nightly) for n in range(8, 248, 30)]]
)
def test_killed_trainings_end_as_if_they_had_not_been(first, count, tmp_path):
    program = os.path.join(os.path.dirname(__file__), "killed_trainings.py")
    done = subprocess.run(
        [sys.executable, program, str(tmp_path), str(first), str(count)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) >= count // 2


def test_what_another_process_is_writing_is_not_swept_up(tmp_path):
    with files.replacing(tmp_path / "a.npz") as first:
        first.write(b"first")
        (tmp_path / "a.npz.0123abcd.part").write_bytes(b"of a writer that was killed")
        with files.replacing(tmp_path / "a.npz") as second:
            second.write(b"second")
        assert (tmp_path / "a.npz").read_bytes() == b"second"
        assert len(os.listdir(tmp_path)) == 2
    assert os.listdir(tmp_path) == ["a.npz"]
    assert (tmp_path / "a.npz").read_bytes() == b"first"


# -- CSVLogger ----------------------------------------------------------------------------------------------------


def test_rows_of_figures_and_of_several_numbers(tmp_path):
    log = CSVLogger(tmp_path / "log.csv", separator=";")
    for epochs in ([0, 1], [2]):
        log.on_train_begin()
        for epoch in epochs:
            log.on_epoch_end(epoch, {"loss": 0.5, "f1": np.array([0.25, 1.0])})
        log.on_train_end()
        log.append = True
    row = "[0.25, 1.0];0.5;NA;NA"
    expected = ["epoch;f1;loss;val_f1;val_loss", f"0;{row}", f"1;{row}", f"2;{row}"]
    assert (tmp_path / "log.csv").read_text("utf-8").splitlines() == expected


# -- what is told -------------------------------------------------------------------------------------------------


def test_a_checkpoint_tells_what_it_does(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    checkpoint = ModelCheckpoint("a.keras", "loss", verbose=1, save_best_only=True)
    checkpoint.set_model(network())
    for epoch, value in enumerate([0.5, 0.25, 0.75]):
        checkpoint.on_epoch_end(epoch, {"loss": value})
    assert capsys.readouterr().out.splitlines() == [
        "Epoch 1: loss improved from None to 0.50000",
        "Epoch 1: saved a.keras",
        "Epoch 2: loss improved from 0.50000 to 0.25000",
        "Epoch 2: saved a.keras",
        "Epoch 3: loss did not improve from 0.25000",
    ]
