"""A run of the playground's code: it goes up to its first `fit`, and the page trains on from there, in short pieces.

The pieces of a training are the training: the same calls of `fit`, cut at epochs, with the user's callbacks told of
one beginning and one end. So the page's weights are those that the script ends with elsewhere.
"""

import base64
import contextlib
import importlib.abc
import importlib.util
import io
import time
import traceback
import warnings
from functools import cached_property

import numpy as np

from ..common.naming import forget_names
from ..data import datasets
from ..engine.recorder import no_grad
from ..nn import Callback, Dense, Sequential
from ..nn.training.loop import told_of_fits
from ..viz.training.models import gives_logits, threshold
from ..viz.training.network import story_of
from .texts import say

FILE = "playground.py"  # the name of the code in messages
GRID = 50  # points along each side of the map
_CUT = ("epochs", "initial_epoch", "verbose", "callbacks")  # arguments of `fit` that the page gives itself
_MOST_DRAWN = 16  # neurons of a column
_MOST_CLASSES = 20  # whole numbers below it may be classes


class Failed(Exception):  # noqa: N818
    """Code that did not come to its fit.

    Attributes:
        line: of the code; None where none is known.
    """

    def __init__(self, text, line=None):
        super().__init__(text)
        self.line = line


class _Reached(BaseException):
    """The code has come to its fit."""


class _Text(importlib.abc.SourceLoader):
    """Makes a module of the text of the playground."""

    def __init__(self, code):
        self.code = code

    def get_filename(self, fullname):
        return FILE

    def get_data(self, path):
        if path != FILE:
            raise OSError(path)
        return self.code.encode("utf-8")


class Run:
    """A model and its data, as some code has made them for its first `fit`.

    Args:
        code: the text of a script.
        ends: of the map's axes, [left, right, bottom, top]; those of the samples with some room by default.

    Attributes:
        model, options: of the call of `fit`.
        x, y: its samples and targets as arrays; None where it was given batches.
        held_out: (x, y) of the validation as arrays; None where there is none.
        names: the global names of the code.
        epoch, goal: how many epochs were trained, and when the training ends.
        done: whether it has ended: at the goal, or as a callback stopped it.
        said: what the code printed, and what it was warned of.

    Raises:
        Failed: an error in the code, or no fit.
    """

    def __init__(self, code, ends=None):
        self.code, self.ends, self.names, self.model, self.said = code, ends, {}, None, []
        self._begun, self.done = False, False
        forget_names()
        token = told_of_fits.set(self._reach)
        try:
            with self.listening():
                self._start()
        except _Reached:
            pass
        finally:
            told_of_fits.reset(token)
        if self.model is None:
            raise Failed(say("The code ends without model.fit(…), from which the page trains on."))

    def _start(self):
        spec = importlib.util.spec_from_loader("__main__", _Text(self.code), origin=FILE)
        module = importlib.util.module_from_spec(spec)
        self.names = vars(module)
        try:
            spec.loader.exec_module(module)
        except SyntaxError as error:
            raise Failed(f"SyntaxError: {error.msg}", error.lineno) from None
        except (Exception, SystemExit) as error:
            raise Failed(f"{type(error).__name__}: {error}", _line_of(error)) from None

    def _reach(self, model, x, y, options):
        told_of_fits.set(None)
        self._given, self.options = (x, y), {name: value for name, value in options.items() if value is not None}
        model.fit(x, y, **self._plain_options(), initial_epoch=1, epochs=1, verbose=0)  # trains nothing, checks all
        self.model, self.epoch = model, self.options.get("initial_epoch", 0)
        self.goal = self.options.get("epochs", 1)
        self.x, self.y = _array(x), _array(y)
        if self.x is None or self.y is None or len(self.x) != len(self.y):
            self.x = self.y = None
        held = self.options.get("validation_data")
        self.held_out = (_array(held[0]), _array(held[1])) if isinstance(held, tuple | list) else None
        raise _Reached

    def _plain_options(self):
        return {name: value for name, value in self.options.items() if name not in _CUT}

    @contextlib.contextmanager
    def listening(self):
        """Keeps in `said`, each sentence once, what is printed and warned of meanwhile."""
        printed = io.StringIO()
        with warnings.catch_warnings(record=True) as caught, contextlib.redirect_stdout(printed):
            warnings.simplefilter("always")
            try:
                yield
            finally:
                texts = [*printed.getvalue().splitlines(), *[str(warning.message) for warning in caught]]
                self.said += [text for text in dict.fromkeys(texts) if text.strip() and text not in self.said]

    @property
    def classes(self):
        """The names of the classes; none where the targets are values."""
        made = next((thing for thing in self.names.values() if isinstance(thing, datasets.Dataset)), None)
        if made is not None:
            return list(made.target_names)
        if self.y is None or not self.model.metrics_names[1:]:
            return []
        numbers = numbers_of(self.y)
        whole = (numbers == np.round(numbers)).all() and numbers.min() >= 0 and numbers.max() < _MOST_CLASSES
        return [str(k) for k in range(int(numbers.max()) + 1)] if whole else []

    # -- training -----------------------------------------------------------------------------------

    def go_on(self):
        """Set the goal as many epochs further as the code asks for, where it is reached."""
        if self.done:
            self.goal, self.done, self._begun = self.epoch + self.options.get("epochs", 1), False, False

    def train(self, milliseconds=0):
        """Train for some time, but one epoch at least, and not beyond the goal.

        Returns:
            The metrics of these epochs: a dict of lists.

        Raises:
            Failed: an error on the way, such as one of a callback of the user's.
        """
        end, found, count = time.perf_counter() + milliseconds / 1000, {}, 1
        with self.listening():
            while not self.done:
                begun = time.perf_counter()
                try:
                    self._piece(min(count, self.goal - self.epoch), found)
                except Exception as error:
                    raise Failed(f"{type(error).__name__}: {error}", _line_of(error)) from None
                now = time.perf_counter()
                count = int(count * (end - now) / (now - begun))
                if count < 1:
                    break
        return found

    def _piece(self, count, found):
        callbacks = self.options.get("callbacks") or []
        callbacks = [callbacks] if isinstance(callbacks, Callback) else callbacks
        last = self.epoch + count
        watchers = [_Onward(callback, not self._begun, self.goal) for callback in callbacks]
        epochs = {"initial_epoch": self.epoch, "epochs": last, "verbose": 0}
        made = self.model.fit(*self._given, **self._plain_options(), **epochs, callbacks=watchers)
        for name, values in made.history.items():
            found.setdefault(name, []).extend(values)
        self._begun, self.epoch = True, self.epoch + len(made.epoch)
        self.done = self.epoch >= self.goal or self.epoch < last
        if self.done or self.model.stop_training:
            self.done = True
            for callback in callbacks:
                callback.on_train_end({name: values[-1] for name, values in found.items()})

    # -- pictures as numbers --------------------------------------------------------------------------

    @cached_property
    def plane(self):
        """The values along both axes of the map, and its points as samples, whose other columns stay at their means."""
        across, up = (self._axis(i) for i in (0, 1))
        points = np.tile(self.x.mean(axis=0), (GRID * GRID, 1)).astype(self.x.dtype)
        grids = np.meshgrid(across, up)
        for i in range(min(2, self.x.shape[1])):
            points[:, i] = grids[i].ravel()
        return across, up, points

    def _axis(self, i):
        if self.ends is not None:
            return np.linspace(*self.ends[2 * i : 2 * i + 2], GRID)
        values = self.x[:, i] if i < self.x.shape[1] else self.y  # of one column: the plane of x and y
        low, high = float(values.min()), float(values.max())
        room = 0.12 * (high - low) or 1.0
        return np.linspace(low - room, high + room, GRID)

    @cached_property
    def _inputs_drawn(self):
        points = self.plane[2]
        return _thumbnails(points - (points.max(axis=0) + points.min(axis=0)) / 2)

    @property
    def flat(self):
        """True if every sample is a row of numbers, so that there is a plane of two of them."""
        return self.x is not None and self.x.ndim == 2

    def picture(self):
        """The map, what each neuron says in every point of it, and the weights, for the page."""
        found = {"epoch": self.epoch, "done": self.done}
        if not self.flat:
            return found
        points = self.plane[2]
        with np.errstate(all="ignore"):
            columns = columns_of(self.model, points)
            outputs = self.model.predict(points, batch_size=len(points)) if columns is None else columns[-1]
            found |= self._map(np.asarray(outputs, float).reshape(len(points), -1))
        if columns is not None:
            dense = [layer for layer in self.model.layers if isinstance(layer, Dense)]
            found["neurons"] = [self._inputs_drawn, *[_thumbnails(column) for column in columns[1:]]]
            found["weights"] = [_rounded(layer.kernel.numpy()) for layer in dense]
            found["biases"] = [[] if layer.bias is None else _rounded(layer.bias.numpy()) for layer in dense]
        return found

    def _map(self, outputs):
        """The values of the map at every point: which class, and how sure; or a value in the range of the targets."""
        if outputs.shape[1] > 1:
            shares = outputs - outputs.max(axis=1, keepdims=True)
            shares = np.exp(shares) if gives_logits(self.model) else outputs
            sure = shares.max(axis=1) / np.maximum(shares.sum(axis=1), 1e-12)
            return {"map": _bytes(outputs.argmax(axis=1)), "sure": _bytes(255 * np.clip(sure, 0, 1))}
        low, high = self.range
        found = {"map": _signed((outputs[:, 0] - (low + high) / 2) / ((high - low) / 2))}
        if self.x.shape[1] == 1:
            found["line"] = _rounded(outputs[:GRID, 0])
        return found

    @property
    def range(self):
        """The values at the two ends of the colours."""
        if self.classes:
            middle = threshold(self.model, numbers_of(self.y))
            return (middle - 0.5, middle + 0.5) if middle else (-1.0, 1.0)
        low, high = float(self.y.min()), float(self.y.max())
        return (low, high) if high > low else (low - 1, high + 1)

    def samples(self):
        """The samples as the page draws them: their first two columns, and their class or value."""
        parts = {"train": (self.x, self.y), "test": self.held_out or (None, None)}
        return {
            name: {"x": _rounded(x[:, :2]), "y": _rounded(numbers_of(y)), "columns": min(2, x.shape[1])}
            for name, (x, y) in parts.items()
            if self.flat and x is not None and y is not None
        }

    def story(self, part, index):
        """One step of training on one sample, on a copy of the model: see `viz.network_film`."""
        x, y = (self.x, self.y) if part == "train" else self.held_out
        return story_of(self.model, x[index : index + 1], y[index : index + 1])


class _Onward(Callback):
    """A callback of the user's in a piece of a training, which begins once and ends once."""

    def __init__(self, callback, begins, goal):
        self.callback, self.goal = callback, goal
        self.takes_nan, self.changes_model = callback.takes_nan, callback.changes_model
        self.looks_at_figures_alone = callback.looks_at_figures_alone
        silent = {"on_train_end"} if begins else {"on_train_begin", "on_train_end"}
        for hook in {name for name in dir(Callback) if name.startswith("on_")} - silent:
            if getattr(type(callback), hook) is not getattr(Callback, hook) or hook in vars(callback):
                setattr(self, hook, getattr(callback, hook))

    def set_model(self, model):
        self.callback.set_model(model)

    def set_params(self, params):
        self.callback.set_params(params | {"epochs": self.goal})

    def set_data(self, rows, validation):
        self.callback.set_data(rows, validation)


def columns_of(model, x):
    """x and the output of each Dense layer, with what follows it value by value; None where other layers are between.

    Args:
        model: any model.
        x: samples, shape (samples, features).
    """
    if not isinstance(model, Sequential):
        return None
    columns, flowing = [x], x
    with no_grad():
        for layer in model.layers:
            before, flowing = flowing, layer(flowing, training=False)
            if isinstance(layer, Dense):
                columns.append(flowing)
            elif np.shape(flowing) != np.shape(before):
                return None
            elif len(columns) > 1:
                columns[-1] = flowing
    columns = [np.asarray(getattr(column, "array", column)) for column in columns]
    return columns if len(columns) > 1 and all(column.ndim == 2 for column in columns) else None


def numbers_of(y):
    """Targets as one number for each sample; of one-hot rows the class."""
    return y.argmax(axis=1) if y.ndim == 2 and y.shape[1] > 1 else y.reshape(len(y), -1)[:, 0]


def _array(values):
    try:
        array = np.asarray(values)
    except (TypeError, ValueError):
        return None
    return array if array.ndim and array.dtype.kind in "bif" else None


def _line_of(error):
    """The line of the code that an error comes from: the last one that ran."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == FILE]
    return lines[-1] if lines else None


def _thumbnails(column):
    """For each neuron of a column its values at every second point of the map, as shades, one after the other."""
    values = column[:, :_MOST_DRAWN].T.reshape(-1, GRID, GRID)[:, ::2, ::2]
    return _signed(values / (np.abs(values).max(initial=0.0) or 1.0))


def _signed(values):
    """Values from −1 to 1 as bytes, 0 as 128."""
    return _bytes(128.5 + 127 * np.clip(values, -1, 1))


def _bytes(values):
    """Values from 0 to 255 as bytes, in base64; what is no number is 0."""
    with np.errstate(invalid="ignore"):
        values = np.fmax(values, 0)
    return base64.b64encode(values.astype(np.uint8).tobytes()).decode("ascii")


def _rounded(values):
    """Numbers of some digits, row by row; 0 for what is no number."""
    values = np.asarray(values, float).ravel()
    if not np.isfinite(values).all():
        values = np.nan_to_num(values, posinf=1e9, neginf=-1e9)
    return [round(value, 5) for value in values.tolist()]
