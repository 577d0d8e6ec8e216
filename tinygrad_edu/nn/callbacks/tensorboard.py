"""The callback that writes for TensorBoard: metrics, weights and their gradients, kernels as images, the graph.

The files are written with the package `tensorboard` alone; TensorFlow is not needed, neither here nor to look.
"""

import os
import struct
import time
import zlib
from collections.abc import Sequence
from os import PathLike
from typing import Any, Literal

import numpy as np

from ...common.display import single_figures
from ...common.types import Count, CountOrNone
from ...common.warning import warn
from ..probing import batch_gradients
from .base import Callback

_IMAGES = 3  # of one weight, as Keras: the first kernels of a convolution


class TensorBoard(Callback):
    """Writes the course of a training for TensorBoard, with the tags of Keras; `tensorboard --logdir logs` shows it.

    Below `log_dir` there are two runs. «train» has epoch_loss, epoch_accuracy, … and epoch_learning_rate;
    «validation» has the same metrics of the validation data, and evaluation_loss_vs_iterations, … after each
    `evaluate` or validation. The graph is the computation of the loss, layer by layer.

    Args:
        log_dir: the folder; one for each training, such as "logs/first", to compare them.
        histogram_freq: write histograms of the weights, sequential/dense/kernel/histogram, and of the gradients of
            the loss on the last batch, sequential/dense/kernel/gradient, each so many epochs. 0: never.
        write_graph: write the graph.
        write_images: write the weights as images too, at the epochs of the histograms. Middle grey is 0.
        write_steps_per_second: write how many batches a second took.
        update_freq: "epoch", or "batch" or a number of batches after which the metrics so far are written, as
            batch_loss, …, besides those of the epochs.
        profile_batch: accepted for Keras's sake: no profile is written. Python's own profiler times a training:
            python -m cProfile -s cumtime script.py.
        embeddings_freq: 0: the page of embeddings is not offered.
        embeddings_metadata: None, for the same reason.

    Raises:
        ValueError: a frequency is no whole number, or something that is not offered.
        ImportError: tensorboard is not installed; the message has the command that gets it.
        OSError: the folder cannot be written; raised when the training begins.

    Example:
        >>> board = TensorBoard("logs/first", histogram_freq=1)
        >>> board.update_freq
        'epoch'
    """

    def __init__(
        self,
        log_dir: str | PathLike[str] = "logs",
        histogram_freq: CountOrNone = 0,
        write_graph: bool = True,
        write_images: bool = False,
        write_steps_per_second: bool = False,
        update_freq: Literal["epoch", "batch"] | Count = "epoch",
        profile_batch: CountOrNone | Sequence[CountOrNone] = 0,
        embeddings_freq: int = 0,
        embeddings_metadata: Any = None,
    ):
        self.log_dir = os.fspath(log_dir)
        self.histogram_freq = histogram_freq
        self.write_graph, self.write_images = write_graph, write_images
        self.write_steps_per_second = write_steps_per_second
        self.update_freq = 1 if update_freq == "batch" else update_freq
        if embeddings_freq or embeddings_metadata is not None:
            raise ValueError(
                "TensorBoard expects embeddings_freq=0 and embeddings_metadata=None: that page is not offered; "
                f"received {embeddings_freq!r} and {embeddings_metadata!r}."
            )
        self._writers = {}
        self._train_batches = self._test_batches = 0
        if self.update_freq != "epoch" or write_steps_per_second:  # otherwise no batch is interrupted
            self.on_train_batch_begin, self.on_train_batch_end = self._before_train_batch, self._after_train_batch

    def set_model(self, model):
        self._close()
        self.model, self._graph_is_due = model, self.write_graph
        self._events = _Events()

    def on_train_begin(self, logs=None):
        self._train_batches = 0
        self._writer("train")  # a folder that cannot be written is an error now

    def on_epoch_begin(self, epoch, logs=None):
        self._epoch_start = time.perf_counter(), int(self.model.optimizer.iterations)

    def _before_train_batch(self, batch, logs=None):
        self._train_batches += 1
        self._batch_start = time.perf_counter()

    def _after_train_batch(self, batch, logs=None):
        if self.update_freq == "epoch" or self._train_batches % self.update_freq:
            return
        metrics = {f"batch_{name}": value for name, value in (logs or {}).items()}
        if self.write_steps_per_second:
            metrics["batch_steps_per_second"] = 1 / (time.perf_counter() - self._batch_start)
        self._scalars("train", metrics, self._train_batches)

    def on_epoch_end(self, epoch, logs=None):
        logs = dict(logs or {})
        validation = {name: logs.pop(name) for name in list(logs) if name.startswith("val_")}
        logs["learning_rate"] = float(self.model.optimizer.learning_rate)
        if self.write_steps_per_second:
            start, iterations = self._epoch_start
            logs["steps_per_second"] = (int(self.model.optimizer.iterations) - iterations) / (
                time.perf_counter() - start
            )
        self._scalars("train", {f"epoch_{name}": value for name, value in logs.items()}, epoch)
        self._scalars("validation", {f"epoch_{name[4:]}": value for name, value in validation.items()}, epoch)
        if self._graph_is_due:
            self._write_graph()
        if self.histogram_freq and epoch % self.histogram_freq == 0:
            self._write_weights(epoch)
        for writer in self._writers.values():
            writer.flush()

    def on_test_end(self, logs=None):
        if self.model.optimizer is not None:
            metrics = {f"evaluation_{name}_vs_iterations": value for name, value in (logs or {}).items()}
            self._scalars("validation", metrics, int(self.model.optimizer.iterations))
            self._writer("validation").flush()

    def on_train_end(self, logs=None):
        self._close()

    # -- what is written ----------------------------------------------------------------------------------

    def _scalars(self, run, metrics, step):
        for tag, values in single_figures({tag: [value] for tag, value in metrics.items()}).items():
            self._add(run, self._events.scalar(tag, values[0]), step)

    def _write_weights(self, epoch):
        paths = _paths(self.model)
        for weight, path in paths.items():
            self._add("train", self._events.histogram(f"{path}/histogram", weight.numpy()), epoch)
            pictures = _pictures(weight.numpy()) if self.write_images else None
            if pictures is not None:
                self._add("train", self._events.images(f"{path}/image", pictures), epoch)
        with np.errstate(all="ignore"):  # a training that diverges is reported once, by its histogram
            gradients = batch_gradients(self.model)
        for weight, gradient in gradients.items():
            self._add("train", self._events.histogram(f"{paths[weight]}/gradient", gradient), epoch)

    def _write_graph(self):
        """The computation of the loss, and what Keras writes: the layers of a Sequential as JSON."""
        from .tensorboard_graph import graph_of

        self._graph_is_due = False
        try:
            self._writer("train").add_event(self._events.graph(graph_of(self.model)))
            if "layers" in self.model.get_config():
                self._add("train", self._events.keras_model(self.model.to_json()), 0)
        except Exception as error:  # a picture that fails is no reason to lose a training
            warn(f"TensorBoard has no graph of {self.model.name}: {error}")

    def _add(self, run, summary, step):
        self._writer(run).add_event(self._events.event(summary, step))

    def _writer(self, run):
        if run not in self._writers:
            folder = os.path.join(self.log_dir, run)
            try:
                self._writers[run] = self._events.writer(folder)
            except OSError as error:
                raise OSError(error.errno, f"TensorBoard cannot write there ({error.strerror})", folder) from error
        return self._writers[run]

    def _close(self):
        for writer in self._writers.values():
            writer.close()
        self._writers = {}


class _Events:
    """The part of TensorBoard's own package that makes events of numbers, arrays and graphs."""

    def __init__(self):
        try:
            from tensorboard.compat.proto import event_pb2, summary_pb2
            from tensorboard.plugins.histogram.summary_v2 import histogram_pb
            from tensorboard.plugins.image import metadata
            from tensorboard.plugins.scalar.summary_v2 import scalar_pb
            from tensorboard.summary.writer.event_file_writer import EventFileWriter
            from tensorboard.util.tensor_util import make_tensor_proto
        except ModuleNotFoundError:
            raise ImportError(
                "The callback TensorBoard needs tensorboard, and it is not installed. One command gets it: "
                'pip install "tinygrad-edu[tensorboard]"'
            ) from None
        self._told = False  # that values are missing in a histogram
        self.writer, self.scalar = EventFileWriter, scalar_pb
        self._histogram, self._image_metadata = histogram_pb, metadata.create_summary_metadata
        self._tensor, self._event, self._protos = make_tensor_proto, event_pb2.Event, summary_pb2

    def event(self, summary, step):
        return self._event(wall_time=time.time(), step=step, summary=summary)

    def histogram(self, tag, values):
        """30 buckets. TensorBoard has no place for NaN and infinity: they are left out, with one warning a training."""
        finite = values[np.isfinite(values)]
        if finite.size < values.size and not self._told:
            self._told = True
            warn(
                f"TensorBoard: {values.size - finite.size} of {values.size} values of {tag} are NaN or infinite; the "
                "histogram has the others. Later ones are not told."
            )
        return self._histogram(tag, finite)

    def images(self, tag, pictures):
        """Grey pictures, shape (pictures, height, width), of numbers from 0 to 255."""
        height, width = (str(n).encode() for n in pictures.shape[1:])
        data = [width, height, *[_png(picture) for picture in pictures[:_IMAGES]]]
        return self._summary(tag, np.array(data, dtype=object), self._image_metadata(None, None))

    def keras_model(self, json):
        metadata = self._protos.SummaryMetadata()
        metadata.plugin_data.plugin_name, metadata.plugin_data.content = "graph_keras_model", b"1"
        return self._summary("keras", np.array(json.encode(), dtype=object), metadata)

    def graph(self, definition):
        return self._event(wall_time=time.time(), graph_def=definition.SerializeToString())

    def _summary(self, tag, values, metadata):
        value = self._protos.Summary.Value(tag=tag, metadata=metadata, tensor=self._tensor(values))
        return self._protos.Summary(value=[value])


def _paths(model):
    """By weight: the names of the models it lies in, of its layer and its own, as network/dense/kernel."""
    found = {weight: f"{model.name}/{weight.path}" for weight in model.weights}
    for layer in model.sublayers:
        if layer.sublayers:
            found |= {weight: f"{model.name}/{path}" for weight, path in _paths(layer).items()}
    return found


def _pictures(values):
    """A weight as grey pictures, shape (pictures, height, width): the largest size is black or white, 0 is grey."""
    values = np.squeeze(values)
    if values.ndim == 1:
        values = values[np.newaxis]
    if values.ndim == 2:
        values = (values.T if values.shape[0] > values.shape[1] else values)[np.newaxis]
    elif values.ndim == 3:
        values = np.moveaxis(values, -1, 0)
    else:
        return None
    if not values.size or not np.isfinite(values).all():
        return None
    largest = float(np.abs(values).max()) or 1.0
    return np.round(127.5 + 127.5 * (values / largest)).astype(np.uint8)


def _png(picture):
    """An 8-bit grey picture as the bytes of a PNG file (ISO 15948)."""
    height, width = picture.shape
    rows = b"".join(b"\0" + row.tobytes() for row in picture)  # 0: the bytes of a row stand for themselves
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = (b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")
    chunks = [
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)
