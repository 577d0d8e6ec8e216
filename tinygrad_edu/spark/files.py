"""Estimators and trained models on disk, on any file system that Spark reaches: their Params and the model.

A folder with `metadata`, the JSON of pyspark.ml, and `model`, in which one row has the bytes of a `.keras` file.
"""

import os
import tempfile

from ..nn.saving import load_model
from .params import DefaultParamsReader, DefaultParamsWriter, MLReader, MLWriter


def writer(instance, network, more=None):
    """The MLWriter of an Estimator or Model around a model.

    Args:
        instance: what is written.
        network: its model.
        more: further entries of the metadata, a dict.
    """
    return _Writer(instance, network, more or {})


def read(made):
    """The MLReader of a class.

    Args:
        made: a function of the metadata, a dict, and of the model, which gives the object.
    """
    return _Reader(made)


class _Writer(MLWriter):
    def __init__(self, instance, network, more):
        super().__init__()
        self.instance, self.network, self.more = instance, network, more

    def saveImpl(self, path):  # noqa: N802 the name in pyspark
        content = bytearray(_bytes_of(self.network))
        names = [name for name in self.instance.param_names() if name != "model"]
        params = {name: self.instance.chosen(name) for name in names}
        params = {name: value for name, value in params.items() if value is not None}
        DefaultParamsWriter.saveMetadata(self.instance, path, self.sparkSession, self.more, params)
        table = self.sparkSession.createDataFrame([(content,)], "content binary")
        table.coalesce(1).write.parquet(os.path.join(path, "model"))


class _Reader(MLReader):
    def __init__(self, made):
        super().__init__()
        self.made = made

    def load(self, path):
        metadata = DefaultParamsReader.loadMetadata(path, self.sparkSession)
        content = self.sparkSession.read.parquet(os.path.join(path, "model")).first()[0]
        with tempfile.TemporaryDirectory() as folder:
            place = os.path.join(folder, "model.keras")
            with open(place, "wb") as file:
                file.write(content)
            found = self.made(metadata, load_model(place))
        found.take_metadata(metadata)
        return found


def _bytes_of(network):
    """A model as the bytes of its `.keras` file."""
    with tempfile.TemporaryDirectory() as folder:
        place = os.path.join(folder, "model.keras")
        network.save(place)
        with open(place, "rb") as file:
            return file.read()
