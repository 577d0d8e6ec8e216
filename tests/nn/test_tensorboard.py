"""The callback TensorBoard: read back with TensorBoard's own reader, against what Keras's callback writes."""

import json
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu.nn import BatchNormalization, Dense, Dropout, Input, Sequential
from tinygrad_edu.nn.callbacks.tensorboard import TensorBoard, _paths, _pictures, _png
from tinygrad_edu.nn.probing import batch_gradients

event_accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")

KERAS = json.loads((Path(__file__).parents[1] / "golden" / "tensorboard_keras.json").read_text())
X, Y = np.array(KERAS["x"], "float32"), np.array(KERAS["y"], "float32")


def network():
    model = Sequential(
        [Input((2,)), Dense(3, activation="tanh", name="dense"), Dense(1, name="dense_1")], name="network"
    )
    model.compile(tg.optim.SGD(0.1), "mse", metrics=["mae"])
    for layer, kernel in zip(model.layers, KERAS["kernels"], strict=True):
        layer.set_weights([np.array(kernel), np.zeros(np.shape(kernel)[1])])
    return model


def train(folder, model=None, epochs=3, **options):
    model = model or network()
    board = TensorBoard(folder, **options)
    model.fit(
        X, Y, batch_size=2, epochs=epochs, shuffle=False, validation_data=(X[:4], Y[:4]), callbacks=[board], verbose=0
    )
    return model


def read(folder):
    reader = event_accumulator.EventAccumulator(str(folder), size_guidance={"tensors": 0})
    return reader.Reload()


def array(event):
    from tensorboard.util.tensor_util import make_ndarray

    return make_ndarray(event.tensor_proto)


def written(folder):
    """What lies in the folder, as the golden file has it: [run, kind, tag, step, value or shape]."""
    kinds = {"scalars": "scalar", "histograms": "histogram", "images": "image"}
    found = []
    for run in ("train", "validation"):
        reader = read(folder / run)
        for tag in reader.Tags()["tensors"]:
            kind = kinds.get(reader.SummaryMetadata(tag).plugin_data.plugin_name)
            for event in reader.Tensors(tag) if kind else ():
                found.append([run, kind, tag, event.step, array(event).item() if kind == "scalar" else None])
    return found


def of_keras(frequency):
    return [[*row[:4], row[4] if row[1] == "scalar" else None] for row in KERAS[frequency]]


def assert_same(mine, keras):
    key = lambda row: row[:4]  # noqa: E731
    assert sorted(map(key, mine)) == sorted(map(key, keras))
    values = [[row[4] for row in sorted(rows, key=key) if row[1] == "scalar"] for rows in (mine, keras)]
    np.testing.assert_allclose(*values, rtol=1e-5)


@pytest.mark.parametrize("frequency", ["epoch", "batch"])
def test_runs_tags_steps_and_figures_are_those_of_keras(tmp_path, frequency):
    train(tmp_path, histogram_freq=2, write_images=True, update_freq=frequency)
    mine = [row for row in written(tmp_path) if not row[2].endswith("/gradient")]
    assert_same(mine, of_keras(frequency))


def test_a_number_of_batches_leaves_out_no_epoch(tmp_path):
    """Keras writes the figures of an epoch only when its last batch is due; here they are always written."""
    train(tmp_path, histogram_freq=2, write_images=True, update_freq=2)
    mine = [row for row in written(tmp_path) if not row[2].endswith("/gradient")]
    batches, epochs = of_keras("2"), of_keras("epoch")
    assert_same(mine, [row for row in batches if row[2].startswith("batch_")] + epochs)
    assert all(row in epochs for row in batches if not row[2].startswith("batch_"))


def test_histograms_hold_every_weight_and_gradient(tmp_path):
    model = train(tmp_path, epochs=1, histogram_freq=1)
    reader = read(tmp_path / "train")
    gradients = batch_gradients(model, (X[4:], Y[4:]))  # the last batch
    for weight in model.weights:
        for tag, values in (("histogram", weight.numpy()), ("gradient", gradients[weight])):
            buckets = array(reader.Tensors(f"network/{weight.path}/{tag}")[0])
            assert buckets[:, 2].sum() == values.size
            np.testing.assert_allclose((buckets[0, 0], buckets[-1, 1]), (values.min(), values.max()), rtol=1e-6)


def test_weights_of_models_inside_have_the_paths_of_keras():
    inner = Sequential([Dense(3, name="a")], name="inner")
    assert list(_paths(Sequential([Input((2,)), inner, Dense(1, name="b")], name="outer")).values()) == KERAS["nested"]


def test_looking_changes_nothing(tmp_path):
    """Dropout draws and batch statistics move: the training is the same with and without the callback."""

    def run(callbacks):
        tg.random.seed(3)
        model = Sequential([Input((2,)), Dense(8), BatchNormalization(), Dropout(0.5), Dense(1)])
        model.compile("adam", "mse")
        model.fit(X, Y, batch_size=2, epochs=4, callbacks=callbacks, verbose=0)
        return model.get_weights()

    watched = run([TensorBoard(tmp_path, histogram_freq=1, write_images=True, update_freq="batch")])
    for mine, theirs in zip(watched, run([]), strict=True):
        np.testing.assert_array_equal(mine, theirs)


@pytest.mark.filterwarnings("ignore:The loss is nan")  # fit says so too
def test_values_without_a_place_in_a_histogram_are_told(tmp_path):
    model = network()
    model.layers[0].set_weights([np.array([[np.nan, 1, 2], [3, 4, 5]]), np.zeros(3)])
    with pytest.warns(UserWarning, match="NaN or infinite; the histogram has the others") as told:
        train(tmp_path, model, epochs=3, histogram_freq=1, write_images=True)
    assert sum("histogram" in str(warning.message) for warning in told) == 1


def test_a_metric_of_several_numbers_has_a_tag_each(tmp_path):
    model = Sequential([Input((2,)), Dense(3, activation="softmax")])
    model.compile("sgd", "categorical_crossentropy", metrics=[tg.nn.metrics.F1Score(average=None)])
    targets = np.eye(3)[np.arange(len(X)) % 3]
    history = model.fit(X, targets, epochs=2, verbose=0, callbacks=[TensorBoard(tmp_path)])
    reader = read(tmp_path / "train")
    for k in range(3):
        found = [float(array(event)) for event in reader.Tensors(f"epoch_f1_score[{k}]")]
        np.testing.assert_allclose(found, [scores[k] for scores in history.history["f1_score"]])


# -- the graph -----------------------------------------------------------------------------------------


def graph(folder):
    from tensorboard.compat.proto.graph_pb2 import GraphDef

    return GraphDef.FromString(read(folder / "train").Graph().SerializeToString())


def test_the_graph_has_a_scope_for_each_layer(tmp_path):
    train(tmp_path, epochs=1)
    nodes = {node.name: node for node in graph(tmp_path).node}
    assert {"x", "y", "dense/kernel", "dense/bias", "dense_1/kernel"} <= nodes.keys()
    assert {name.partition("/")[0] for name in nodes} == {"x", "y", "dense", "dense_1", "loss"}
    kinds = {node.op for name, node in nodes.items() if name.startswith("dense/")}
    assert {"VariableV2", "matmul", "tanh"} <= kinds
    matmul = next(node for node in nodes.values() if node.op == "matmul" and "dense/kernel" in node.input)
    assert list(matmul.input) == ["x", "dense/kernel"]
    assert [d.size for d in matmul.attr["_output_shapes"].list.shape[0].dim] == [2, 3]


def test_every_input_of_the_graph_is_one_of_its_nodes(tmp_path):
    """Names with spaces and accents too, a layer without weights first, random numbers, statistics."""
    model = Sequential(
        [Input((2,)), Dropout(0.5, name="ruído <1>"), Dense(3, name="a b"), BatchNormalization(name="norm"), Dense(1)]
    )
    model.compile("sgd", "mse")
    train(tmp_path, model, epochs=1)
    nodes = list(graph(tmp_path).node)
    names = [node.name for node in nodes]
    assert len(names) == len(set(names))
    assert all(name.isascii() and " " not in name for name in names)
    assert {"a_b", "norm"} <= {name.partition("/")[0] for name in names}
    for node in nodes:
        assert set(node.input) <= set(names[: names.index(node.name)])


def test_the_layers_are_written_as_keras_writes_them(tmp_path):
    """TensorBoard's own reader of Keras models makes a graph of them."""
    keras_util = pytest.importorskip("tensorboard.plugins.graph.keras_util")
    train(tmp_path, epochs=1)
    reader = read(tmp_path / "train")
    assert reader.SummaryMetadata("keras").plugin_data.plugin_name == "graph_keras_model"
    config = json.loads(array(reader.Tensors("keras")[0]).item())
    names = {node.name for node in keras_util.keras_model_to_graph_def(config).node}
    assert {"network/dense", "network/dense_1"} <= names


def test_no_graph_where_none_is_wanted(tmp_path):
    train(tmp_path, epochs=1, write_graph=False)
    tags = read(tmp_path / "train").Tags()
    assert not tags["graph"]
    assert "keras" not in tags["tensors"]


def test_a_graph_that_fails_does_not_stop_the_training(tmp_path):
    model = network()

    class Own(type(model)):
        def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None):
            if tg.replay.active() is not None:
                return super().compute_loss(x, y, y_pred, sample_weight)
            raise ValueError("no loss today")

    model = Own(model.layers, name="network")
    model.compile("sgd", "mse")
    with pytest.warns(UserWarning, match="TensorBoard has no graph of network: no loss today"):
        model.fit(X, Y, callbacks=[TensorBoard(tmp_path)], verbose=0)


# -- images ----------------------------------------------------------------------------------------------


def pixels(png):
    """The grey values of a PNG, by the standard and not by the code under test."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    place, chunks = 8, {}
    while place < len(png):
        length, kind = struct.unpack(">I4s", png[place : place + 8])
        data = png[place + 8 : place + 8 + length]
        assert struct.unpack(">I", png[place + 8 + length : place + 12 + length])[0] == zlib.crc32(kind + data)
        chunks[kind] = data
        place += 12 + length
    width, height, *rest = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    assert rest == [8, 0, 0, 0, 0]
    rows = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), np.uint8).reshape(height, width + 1)
    assert not rows[:, 0].any()
    return rows[:, 1:]


def test_a_kernel_is_a_picture_that_lies_flat(tmp_path):
    model = train(tmp_path, epochs=1, histogram_freq=1, write_images=True)
    reader = read(tmp_path / "train")
    width, height, png = array(reader.Tensors("network/dense_1/kernel/image")[0])
    kernel = model.layers[1].weights[0].numpy()
    assert (width, height) == (b"3", b"1")
    expected = 127.5 + 127.5 * kernel.T / np.abs(kernel).max()
    assert np.abs(pixels(png).astype(float) - expected).max() <= 0.5


def test_what_matplotlib_reads(tmp_path):
    image = pytest.importorskip("matplotlib.image")
    picture = np.arange(12, dtype=np.uint8).reshape(3, 4) * 20
    (tmp_path / "grey.png").write_bytes(_png(picture))
    np.testing.assert_allclose(image.imread(tmp_path / "grey.png") * 255, picture, atol=1e-3)


@pytest.mark.parametrize(
    ("shape", "pictures"),
    [
        ((4,), (1, 1, 4)),
        ((5, 2), (1, 2, 5)),
        ((2, 5), (1, 2, 5)),
        ((3, 3, 1, 8), (8, 3, 3)),
        ((3, 3, 2, 8), None),
        ((1,), None),
        ((0, 3), None),
    ],
)
def test_shapes_of_pictures_are_those_of_keras(shape, pictures):
    found = _pictures(np.ones(shape))
    assert (None if found is None else found.shape) == pictures


# -- arguments -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"histogram_freq": -1}, "TensorBoard: histogram_freq should be a whole number ≥ 0; received -1"),
        ({"histogram_freq": 0.5}, "received 0.5"),
        (
            {"update_freq": "epochs"},
            "update_freq should be 'epoch', 'batch' or a whole number ≥ 1; received 'epochs'",
        ),
        ({"update_freq": 0}, "received 0"),
        ({"embeddings_freq": 1}, "embeddings_freq=0"),
        ({"embeddings_metadata": "words.tsv"}, "that page is not offered"),
    ],
)
def test_what_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        TensorBoard(**options)


def test_nothing_is_written_before_the_training(tmp_path):
    TensorBoard(tmp_path / "logs")
    assert not (tmp_path / "logs").exists()


def test_batches_are_not_interrupted_where_nothing_is_written(tmp_path):
    """A hook at every batch would keep fit from its short way."""
    from tinygrad_edu.nn.callbacks import CallbackList

    hooks = {
        frequency: len(CallbackList([TensorBoard(tmp_path, update_freq=frequency)], network(), {}).overriding(hook))
        for frequency in ("epoch", 10)
        for hook in ("on_train_batch_end",)
    }
    assert hooks == {"epoch": 0, 10: 1}


def test_steps_per_second(tmp_path):
    train(tmp_path, epochs=2, write_steps_per_second=True, update_freq="batch")
    rows = {row[2]: row for row in written(tmp_path)}
    assert rows["epoch_steps_per_second"][4] > 0
    assert rows["batch_steps_per_second"][3:] == [6, pytest.approx(rows["batch_steps_per_second"][4])]


def test_evaluate_alone_and_a_second_training(tmp_path):
    model = train(tmp_path)
    board = TensorBoard(tmp_path)
    model.evaluate(X, Y, callbacks=[board], verbose=0)
    model.fit(X, Y, epochs=5, initial_epoch=3, callbacks=[board], verbose=0)
    rows = [row[2:4] for row in written(tmp_path)]
    assert [row for row in rows if row[0] == "evaluation_loss_vs_iterations"][-1][1] == 9
    assert [step for tag, step in rows if tag == "epoch_loss"] == [0, 1, 2, 3, 4, 0, 1, 2]


def test_a_folder_that_cannot_be_written_is_told_before_training(tmp_path):
    (tmp_path / "logs").write_text("a file")
    model = network()
    before = model.get_weights()
    with pytest.raises(OSError, match="logs"):
        model.fit(X, Y, callbacks=[TensorBoard(tmp_path / "logs")], verbose=0)
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))


def test_without_tensorboard_the_error_has_the_command(monkeypatch, tmp_path):
    for name in [name for name in sys.modules if name.partition(".")[0] == "tensorboard"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    with pytest.raises(ImportError, match=r'pip install "tinygrad-edu\[tensorboard\]"'):
        network().fit(X, Y, callbacks=[TensorBoard(tmp_path)], verbose=0)


def test_the_callbacks_are_loaded_without_tensorboard():
    code = (
        "import sys, tinygrad_edu.nn; tinygrad_edu.nn.callbacks.TensorBoard('x'); print('tensorboard' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "False\n"
