"""Callbacks that write files: the metrics as a table, the model at its best, a backup to go on from."""

import csv
import os
from os import PathLike
from string import Formatter
from typing import Annotated, Literal

import numpy as np

from ...common.arguments import Text
from ...common.files import remove
from ...common.types import Count, Threshold, Verbose
from ..texts import metric_name, say
from .base import Callback
from .watching import Monitor


class CSVLogger(Callback):
    """Writes the metrics of each epoch as a row of a CSV file; each row is on the disk when the next epoch begins.

    Args:
        filename: the path of the file.
        separator: what stands between the columns.
        append: go on with the file that is there, in place of starting anew.

    Example:
        >>> CSVLogger("training.csv", separator=";").separator
        ';'
    """

    def __init__(
        self, filename: str | PathLike[str], separator: Annotated[str, Text(length=1)] = ",", append: bool = False
    ):
        self.filename, self.separator, self.append = os.fspath(filename), separator, append
        self._file = None

    def on_train_begin(self, logs=None):
        written = self.append and os.path.exists(self.filename) and os.path.getsize(self.filename) > 0
        self._file = open(self.filename, "a" if self.append else "w", newline="", encoding="utf-8")  # noqa: SIM115
        self._keys, self._header = None, not written

    def on_epoch_end(self, epoch, logs=None):
        if self._keys is None:
            self._keys = sorted(logs)
            if not any(key.startswith("val_") for key in self._keys):  # validation may come in later epochs
                self._keys += [f"val_{key}" for key in self._keys]
            self._rows = csv.writer(self._file, delimiter=self.separator)
            if self._header:
                self._rows.writerow(["epoch", *self._keys])
        self._rows.writerow([epoch, *[_cell(logs.get(key, "NA")) for key in self._keys]])
        self._file.flush()

    def on_train_end(self, logs=None):
        if self._file is not None:
            self._file.close()


def _cell(value):
    """A value in a row; several numbers, as some metrics give, stand in one cell."""
    return list(map(float, value)) if np.ndim(value) == 1 else value


class _EverySoOften(Callback):
    """Calls `save(epoch, batch, logs)` after each epoch, or after every `save_freq` batches."""

    def __init__(self, save_freq: Literal["epoch"] | Count):
        self.save_freq = save_freq
        self._batches = self._epoch = 0

    def on_epoch_begin(self, epoch, logs=None):
        self._epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        self._batches += 1
        if self.save_freq != "epoch" and self._batches % self.save_freq == 0:
            self.save(self._epoch, batch, logs)

    def on_epoch_end(self, epoch, logs=None):
        if self.save_freq == "epoch":
            self.save(epoch, None, logs)


class ModelCheckpoint(_EverySoOften, Monitor):
    """Saves the model, or its weights, after epochs or batches: always, or when a metric is better than ever.

    Args:
        filepath: the path, ending in .keras or .h5, or in .weights.h5 with `save_weights_only`. It may have places
            for the epoch and the metrics: "best-{epoch:02d}-{val_loss:.2f}.keras".
        monitor: the metric to watch with `save_best_only`.
        verbose: 1 tells each time.
        save_best_only: save only when the metric is better than at any time before; where the training has no such
            metric, save each time, with a warning.
        save_weights_only: the weights in place of the whole model.
        mode: "min", "max", or "auto" by the name of the metric.
        save_freq: "epoch", or a number of batches.
        initial_value_threshold: what the metric has to beat at first.

    Raises:
        ValueError: the ending does not fit, or a wrong mode or frequency.
        KeyError: the path names a metric that the training does not have.

    Example:
        >>> ModelCheckpoint("best.keras", monitor="val_accuracy", save_best_only=True).better(0.9, 0.8)
        True
    """

    def __init__(
        self,
        filepath: str | PathLike[str],
        monitor: str = "val_loss",
        verbose: Verbose = 0,
        save_best_only: bool = False,
        save_weights_only: bool = False,
        mode: Literal["auto", "min", "max"] = "auto",
        save_freq: Literal["epoch"] | Count = "epoch",
        initial_value_threshold: Threshold | None = None,
    ):
        Monitor.__init__(self, monitor, mode)
        _EverySoOften.__init__(self, save_freq)
        self.filepath, self.verbose = os.fspath(filepath), verbose
        self.save_best_only, self.save_weights_only = save_best_only, save_weights_only
        self.best = initial_value_threshold
        endings = (".weights.h5", ".h5", ".hdf5") if save_weights_only else (".keras", ".h5", ".hdf5")
        if not self.filepath.endswith(endings):
            wanted = f"{endings[0]} or .h5"
            raise ValueError(f"ModelCheckpoint expects a filepath that ends in {wanted}; received {self.filepath!r}.")
        _check_places(self.filepath)

    def save(self, epoch, batch, logs):
        """Save the model, if it is the best or all are wanted."""
        path = self._path(epoch, batch, logs or {})
        if self.save_best_only and not self._is_best(epoch, logs):
            return
        if os.path.dirname(path):
            os.makedirs(os.path.dirname(path), exist_ok=True)
        if self.save_weights_only:
            self.model.save_weights(path, overwrite=True)
        else:
            self.model.save(path, overwrite=True)
        if self.verbose:
            print(say("Epoch {epoch}: saved {path}", epoch=epoch + 1, path=path))

    def _is_best(self, epoch, logs):
        """True if the metric is better than ever, and then it is noted; or if there is no such metric."""
        value, best = self.monitored(logs), self.best
        if value is None:  # rather one file too many than none
            return True
        better = self.better(value, best)
        if better:
            self.best = value
        if self.verbose:
            told = {
                "epoch": epoch + 1,
                "name": metric_name(self.monitor),
                "before": say("None") if best is None else f"{best:.5f}",
            }
            if better:
                print(say("Epoch {epoch}: {name} improved from {before} to {value}", value=f"{value:.5f}", **told))
            else:
                print(say("Epoch {epoch}: {name} did not improve from {before}", **told))
        return better

    def _path(self, epoch, batch, logs):
        known = {"epoch": epoch + 1, **({} if batch is None else {"batch": batch + 1}), **logs}
        try:
            return self.filepath.format(**known)
        except KeyError as missing:
            raise KeyError(f"The filepath names {missing}; this training has {', '.join(known)}.") from None


def _check_places(filepath):
    """Raise a ValueError for a path with a place that has no name, or that no number can be written into."""
    try:
        for _, name, form, _ in Formatter().parse(filepath):
            if name is not None and not name.isidentifier():
                raise ValueError(f"the place {{{name}}} has no name")
            if name is not None:
                format(1 if name in ("epoch", "batch") else 1.0, form)
    except ValueError as error:
        raise ValueError(
            f"ModelCheckpoint expects a filepath such as 'best-{{epoch:02d}}-{{val_loss:.2f}}.keras'; received "
            f"{filepath!r}: {error}."
        ) from None


class BackupAndRestore(_EverySoOften):
    """Keeps a backup of the training, and goes on from it when the same script is started again after a crash.

    The weights, the state of the optimizer, the random numbers and the number of the epoch are kept in `backup_dir`;
    at the end of the training the backup is deleted. So the script trains on as if nothing had happened. After a
    backup within an epoch, that epoch begins anew from its weights, as in Keras.

    Args:
        backup_dir: a folder for this training alone.
        save_freq: "epoch", or a number of batches.
        double_checkpoint: keep the backup before the last one too, in case a disk spoils the last.
        delete_checkpoint: delete the backup at the end.

    Raises:
        ValueError: no folder, or a wrong frequency; in `fit`, a backup that is broken or of another model.

    Example:
        >>> BackupAndRestore("backup", save_freq=100).save_freq
        100
    """

    def __init__(
        self,
        backup_dir: str | PathLike[str],
        save_freq: Literal["epoch"] | Count = "epoch",
        double_checkpoint: bool = False,
        delete_checkpoint: bool = True,
    ):
        if not backup_dir:
            raise ValueError("BackupAndRestore expects a folder, such as 'backup'; received an empty path.")
        super().__init__(save_freq)
        self.backup_dir = os.fspath(backup_dir)
        self.double_checkpoint, self.delete_checkpoint = double_checkpoint, delete_checkpoint
        self._place = os.path.join(self.backup_dir, "backup.npz")

    def on_train_begin(self, logs=None):
        from ..saving.backups import load_backup

        if os.path.exists(self.backup_dir) and not os.path.isdir(self.backup_dir):
            raise ValueError(f"BackupAndRestore expects a folder; {self.backup_dir!r} is a file.")
        problems = []
        for place in filter(os.path.exists, self._places()):
            try:
                self.model._initial_epoch = load_backup(self.model, place)
                return
            except (OSError, ValueError) as problem:
                problems.append(problem)
        if problems:
            raise ValueError(f"{problems[0]} To start anew, delete the folder {self.backup_dir!r}.") from problems[0]

    def save(self, epoch, batch, logs):
        """Write the backup, in place of the one before; with `double_checkpoint`, that one is kept beside it."""
        from ..saving.backups import save_backup

        os.makedirs(self.backup_dir, exist_ok=True)
        last, before = self._places()
        if self.double_checkpoint and os.path.exists(last):
            os.replace(last, before)
        save_backup(self.model, last, epoch + 1 if batch is None else epoch)

    def on_train_end(self, logs=None):
        if self.delete_checkpoint and os.path.isdir(self.backup_dir):
            for place in reversed(self._places()):  # the last one goes last: until then there is one to go on from
                remove(place)
            if not os.listdir(self.backup_dir):
                os.rmdir(self.backup_dir)

    def _places(self):
        """Where the last backup lies, and the one before."""
        return self._place, f"{self._place}.bkp"
