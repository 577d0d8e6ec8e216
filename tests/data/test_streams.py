"""Streams of arrays, .npy and CSV files: every row once, in new company, the numbers of arrays, little memory."""

import ast
import re
import threading
import tracemalloc
import warnings
from pathlib import Path

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import keras
from tinygrad_edu.keras import layers

ROWS, WIDTH = 1000, 3
RNG = np.random.default_rng(0)
X = RNG.normal(size=(ROWS, WIDTH)).astype(np.float32)
Y = (X.sum(axis=1) > 0).astype(np.float32)
X[:, 0] = np.arange(ROWS)  # the number of each row


def network(width=WIDTH):
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((width,)), layers.Rescaling(1e-3), layers.Dense(4, "tanh"), layers.Dense(1)])
    model.compile("adam", "mse", metrics=["mae"])
    return model


# -- the kinds of sources --------------------------------------------------------------------------------


def of_arrays(folder):
    return X, Y


def of_memmap(folder):
    mapped = np.memmap(folder / "x.bin", np.float64, "w+", shape=X.shape)
    mapped[:] = X
    return mapped, Y


def of_column(folder):
    return np.column_stack([X, Y]), -1


def of_npy(folder):
    np.save(folder / "x.npy", X)
    np.save(folder / "y.npy", Y)
    return folder / "x.npy", str(folder / "y.npy")


def of_folders(folder):
    for name, array in (("x", X), ("y", Y)):
        (folder / name).mkdir()
        for i, start in enumerate((0, 10, 400)):
            np.save(folder / name / f"{i}.npy", array[start : (10, 400, ROWS)[i]])
    return folder / "x", folder / "y"


def of_csv(folder, separator=",", end="\n"):
    table = np.column_stack([X, Y])
    for i, part in enumerate((table[:300], table[300:])):
        lines = [separator.join(map(repr, row.tolist())) for row in part]
        (folder / f"{i}.csv").write_text(end.join([separator.join(("n", "a", "b", "label")), *lines, ""]), "utf-8-sig")
    return folder, "label"


def of_csv_of_excel(folder):
    return of_csv(folder, ";", "\r\n\r\n")


KINDS = [of_arrays, of_memmap, of_column, of_npy, of_folders, of_csv, of_csv_of_excel]


@pytest.fixture(params=KINDS, ids=lambda kind: kind.__name__)
def source(request, tmp_path):
    return request.param(tmp_path)


def check_pass(batches, size):
    batches = list(batches)
    sizes = [len(x) for x, _ in batches]
    assert sizes[:-1] == [size] * (len(sizes) - 1) and 1 <= sizes[-1] <= size
    x, y = (np.concatenate(parts) for parts in zip(*batches))
    assert x.dtype == y.dtype == np.float32
    order = x[:, 0].astype(int)
    np.testing.assert_array_equal(np.sort(order), np.arange(ROWS))
    np.testing.assert_allclose(x, X[order], rtol=1e-6)
    np.testing.assert_array_equal(y, Y[order])
    return order


@pytest.mark.matrix()
@pytest.mark.parametrize(("size", "options"), [(32, {}), (7, {"mixed": 3, "block_rows": 50}), (2000, {"mixed": 1})])
def test_a_pass_has_every_row_once(source, size, options):
    stream = tg.data.stream(*source, batch_size=size, **options)
    assert (stream.rows, stream.sample_shape, len(stream)) == (ROWS, (WIDTH,), -(-ROWS // size))
    orders = [check_pass(stream, size) for _ in range(2)]
    assert (orders[0] != orders[1]).any()
    tg.random.seed(5)
    again = check_pass(stream, size)
    tg.random.seed(5)
    np.testing.assert_array_equal(check_pass(stream, size), again)


@pytest.mark.matrix(one_in=4)
def test_without_shuffling_the_order_is_that_of_the_files(source):
    stream = tg.data.stream(*source, shuffle=False, block_rows=100)
    np.testing.assert_array_equal(check_pass(stream, 32), np.arange(ROWS))


@pytest.mark.matrix(one_in=4)
def test_batches_by_number_are_those_of_one_pass_until_it_ends(source):
    stream = tg.data.stream(*source, batch_size=64, block_rows=200)
    tg.random.seed(3)
    by_number = [stream[i] for i in range(len(stream))]
    order = check_pass(by_number, 64)
    np.testing.assert_array_equal(stream[2][0], by_number[2][0])
    np.testing.assert_array_equal(stream[12][0], by_number[12][0])
    tg.random.seed(3)
    np.testing.assert_array_equal(check_pass(stream, 64), order)
    stream.on_epoch_end()
    assert (check_pass([stream[i] for i in range(len(stream))], 64) != order).any()
    with pytest.raises(IndexError, match="There are 16 batches; received the number 16"):
        stream[16]


def test_a_block_has_rows_of_several_groups():
    """In every batch of a file of 100 000 rows some are far from each other, and neighbours are not together."""
    x = np.arange(100_000.0).reshape(-1, 1)
    for batch in tg.data.stream(x, batch_size=100, mixed=8, block_rows=10_000):
        rows = np.sort(batch[:, 0])
        assert np.ptp(rows) > 10_000
        assert np.mean(np.diff(rows) == 1) < 0.3


def test_targets_may_be_several_columns(tmp_path):
    of_csv(tmp_path)
    stream = tg.data.stream(tmp_path, target=["label", "n"], features=["b"], shuffle=False)
    x, y = next(iter(stream))
    np.testing.assert_array_equal(y, np.column_stack([Y, X[:, 0]])[:32])
    np.testing.assert_allclose(x, X[:32, 2:], rtol=1e-6)


def test_class_numbers_and_images_keep_their_kind(tmp_path):
    images = RNG.integers(0, 256, (20, 4, 4), np.uint8)
    x, y = next(iter(tg.data.stream(images, np.arange(20, dtype=np.uint8), shuffle=False)))
    assert (x.shape, x.dtype, y.dtype) == ((20, 4, 4), np.float32, np.uint8)
    np.testing.assert_array_equal(x, images)


# -- training ---------------------------------------------------------------------------------------------


@pytest.mark.matrix(one_in=4)
def test_a_training_is_that_of_the_same_batches_one_by_one(source):
    stream = tg.data.stream(*source, batch_size=64)
    model, other = network(), network()
    tg.random.seed(2)
    batches = [list(stream) for _ in range(3)]
    for batch in (batch for epoch in batches for batch in epoch):
        other.train_on_batch(*batch)
    tg.random.seed(2)
    model.fit(stream, epochs=3, verbose=0)
    for mine, theirs in zip(model.get_weights(), other.get_weights()):
        np.testing.assert_allclose(mine, theirs, rtol=2e-4, atol=1e-6)


@pytest.mark.matrix(one_in=4)
def test_figures_and_predictions_are_those_of_arrays(source):
    stream, model = tg.data.stream(*source), network()
    np.testing.assert_allclose(model.evaluate(stream, verbose=0), model.evaluate(X, Y, verbose=0), rtol=1e-6)
    np.testing.assert_allclose(model.predict(stream), model.predict(X), rtol=1e-6)


@pytest.mark.matrix(one_in=4)
def test_a_stream_validates(source):
    model, other = network(), network()
    stream = tg.data.stream(*source)
    found = model.fit(X, Y, validation_data=stream, epochs=2, verbose=0, shuffle=False).history
    expected = other.fit(X, Y, validation_data=(X, Y), epochs=2, verbose=0, shuffle=False).history
    assert found.keys() == expected.keys()
    for name in found:
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-6)


def test_steps_go_on_where_the_last_epoch_ended():
    seen = []

    stream = tg.data.stream(X, Y, batch_size=100, shuffle=False)
    model = network()
    model.compile("sgd", "mse", run_eagerly=True)
    step = model.train_step
    model.train_step = lambda data: (seen.append(int(np.asarray(data[0])[0, 0])), step(data))[1]
    model.fit(stream, epochs=2, steps_per_epoch=5, verbose=0)
    assert seen == [0, 100, 200, 300, 400, 500, 600, 700, 800, 900]


def test_class_weights_are_those_of_arrays():
    stream, weights = tg.data.stream(X, Y, shuffle=False), {0: 1.0, 1: 3.0}
    losses = []
    for data in ((stream,), (X, Y)):
        losses.append(network().fit(*data, class_weight=weights, shuffle=False, verbose=0).history["loss"])
    np.testing.assert_allclose(*losses, rtol=1e-6)


class Crash(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        if epoch == 2:
            raise KeyboardInterrupt


def test_a_training_that_was_cut_goes_on_as_if_it_had_not(tmp_path):
    def train(callbacks):
        model = network()
        model.fit(tg.data.stream(X, Y, batch_size=64), epochs=5, verbose=0, callbacks=callbacks)
        return model.get_weights()

    expected, backup = train([]), tmp_path / "backup"
    with pytest.raises(KeyboardInterrupt):
        train([keras.callbacks.BackupAndRestore(backup), Crash()])
    for mine, whole in zip(train([keras.callbacks.BackupAndRestore(backup)]), expected):
        np.testing.assert_array_equal(mine, whole)


# -- statistics -----------------------------------------------------------------------------------------------


@pytest.mark.matrix()
@pytest.mark.parametrize("axis", [-1, None, (1, 2)])
@pytest.mark.parametrize("far", [0.0, 1e4])
def test_statistics_of_parts_are_those_of_all(axis, far, tmp_path):
    x = far + np.random.default_rng(1).normal(size=(5000, 2, 3)) * [1.0, 10.0, 0.1]
    kept = {-1: (0, 1), None: (0, 1, 2), (1, 2): (0,)}[axis]
    mapped = np.memmap(tmp_path / "x.bin", np.float64, "w+", shape=x.shape)
    mapped[:] = x
    generated = (x[a:b] for a, b in ((0, 1), (1, 7), (7, 4000), (4000, 5000)))
    for data in (x, mapped, tg.data.stream(mapped, block_rows=333), tg.data.stream(x, np.ones(5000)), generated):
        layer = layers.Normalization(axis=axis, dtype="float64")
        layer.adapt(data)
        np.testing.assert_allclose(np.ravel(layer.mean), np.ravel(x.mean(kept)), rtol=1e-6, atol=1e-9)
        np.testing.assert_allclose(np.ravel(layer.variance), np.ravel(x.var(kept)), rtol=1e-6)


def test_a_generator_that_was_used_up_has_no_statistics():
    with pytest.raises(ValueError, match="received no batch"):
        layers.Normalization().adapt(iter([]))


# -- rows that are sorted by their target ----------------------------------------------------------------------


def remarks(y, **options):
    """The warnings of a training on these targets, with groups of 1000 rows."""
    x = np.zeros((len(y), 4 << 6), np.float32)  # a quarter of a megabyte has 256 rows
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        list(tg.data.stream(x, y, batch_size=100, **options))
    return [str(warning.message) for warning in caught]


def test_sorted_targets_are_warned_of_once():
    found = remarks(np.repeat([0.0, 1.0], 5000), mixed=2)
    assert len(found) == 1
    assert "All targets in rows " in found[0] and "sorted by their target" in found[0] and "mixed=" in found[0]
    assert len(remarks(np.repeat(np.eye(3), 3000, axis=0), mixed=3)) == 1


@pytest.mark.parametrize(
    "y",
    [
        np.arange(10_000) % 2,  # in turns
        np.zeros(10_000),  # all alike: not sorted
        np.arange(10_000) % 700 == 0,  # rare ones: most groups have none by chance
        np.arange(10_000.0),  # a regression, sorted by its target: no two alike
        np.random.default_rng(0).normal(size=(10_000, 2)),
    ],
    ids=["turns", "one", "rare", "rising", "several"],
)
def test_other_targets_are_left_in_peace(y):
    assert remarks(y, mixed=2) == []


def test_what_is_mixed_well_is_left_in_peace():
    sorted_ones = np.repeat([0.0, 1.0], 10_000)
    assert remarks(sorted_ones) == []  # 64 parts of an array are mixed by default
    assert remarks(sorted_ones, mixed=2, shuffle=False) == []


# -- what is wrong ------------------------------------------------------------------------------------------------


def test_a_value_that_is_missing_is_named_with_its_column_and_row(tmp_path):
    broken, target = X.astype(np.float64), Y.astype(np.float64)
    broken[700, 1], target[44] = np.nan, np.inf
    model, before = network(), network().get_weights()
    with pytest.raises(ValueError, match="the array: column 1 has NaN at row 700"):
        model.fit(tg.data.stream(broken, Y, shuffle=False, block_rows=2000), verbose=0)
    for mine, first in zip(model.get_weights(), before):
        np.testing.assert_array_equal(mine, first)
    with pytest.raises(ValueError, match="in the target has infinity at row 44"):
        model.fit(tg.data.stream(X, target), verbose=0)
    with pytest.raises(ValueError, match="column 2 has 1e[+]300, too large for float32, at row 0"):
        model.evaluate(tg.data.stream(np.array([[0, 0, 1e300]]), np.ones(1)), verbose=0)
    model.fit(tg.data.stream(broken, Y), verbose=0, callbacks=[keras.callbacks.TerminateOnNaN()])


def test_labels_that_do_not_fit_are_refused_before_and_during_a_training():
    model = keras.Sequential([keras.Input((3,)), layers.Dense(1, "sigmoid")])
    model.compile("sgd", "binary_crossentropy")
    with pytest.raises(ValueError, match="expects labels of 0 or 1"):
        model.fit(tg.data.stream(X, Y + 1), verbose=0)
    late = Y.copy()
    late[-1] = 7
    with pytest.raises(ValueError, match="expects labels of 0 or 1"):
        model.fit(tg.data.stream(X, late), verbose=0)
    with pytest.raises(ValueError, match="leave y, sample_weight and batch_size out"):
        model.fit(tg.data.stream(X, Y), batch_size=3)


def wrong_csv(folder, text):
    (folder / "t.csv").write_text(text)
    stream = tg.data.stream(folder / "t.csv", "label")
    return list(stream)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,label\n1,0\n,1\n", "t.csv: column 'a' is missing at row 1"),
        ("a,label\n1,0\n2,NA\n", "t.csv: column 'label' is missing at row 1"),
        ("a,label\n1,0\n2\n", "t.csv: row 1 has 1 values, and none for column 'label'"),
        ("a,label\n1,0\nnan,1\n", "t.csv: column 'a' has NaN at row 1"),
        ("a;label\n1;0\nred;1\n", "t.csv: column 'a' holds text, 'red' at row 1"),
        ("a,lable\n1,0\n", "t.csv has no column 'label'. Did you mean 'lable'"),
        ("1,2\n3,4\n", "its first line should name the columns"),
        ("", "is empty"),
        ("a,label\n", "a header and no rows"),
    ],
)
def test_what_is_wrong_in_a_csv_file_is_named(text, message, tmp_path):
    with pytest.raises((ValueError, TypeError), match=message):
        wrong_csv(tmp_path, text)


def test_what_is_wrong_with_files_is_named(tmp_path):
    stream = tg.data.stream
    with pytest.raises(FileNotFoundError, match="no file or folder .*nowhere"):
        stream(tmp_path / "nowhere")
    with pytest.raises(ValueError, match="has no .parquet, .npy or .csv file: it is empty"):
        stream(tmp_path)
    (tmp_path / "notes.txt").write_text("x")
    with pytest.raises(ValueError, match="file: it has notes.txt"):
        stream(tmp_path)
    with pytest.raises(ValueError, match="reads .parquet, .npy or .csv files"):
        stream(tmp_path / "notes.txt")
    np.save(tmp_path / "0.npy", np.zeros((4, 3)))
    np.save(tmp_path / "1.npy", np.zeros((4, 2)))
    with pytest.raises(ValueError, match=r"those of 0.npy are \(3,\), those of 1.npy \(2,\)"):
        stream(tmp_path)
    (tmp_path / "t.csv").write_text("a\n1\n")
    with pytest.raises(ValueError, match="files of several kinds, .csv, .npy"):
        stream(tmp_path)
    with pytest.raises(FileNotFoundError, match="target of 0.npy should be in .*elsewhere"):
        stream(tmp_path / "0.npy", tmp_path / "elsewhere")
    np.save(tmp_path / "words.npy", np.array(["a", "b"]))
    with pytest.raises(TypeError, match="words.npy should hold real numbers"):
        stream(tmp_path / "words.npy")
    np.save(tmp_path / "objects.npy", np.array([None, {}]), allow_pickle=True)
    with pytest.raises(ValueError, match="objects.npy should be an array that np.save wrote"):
        stream(tmp_path / "objects.npy")


def test_arrays_that_do_not_fit_are_refused():
    stream = tg.data.stream
    with pytest.raises(ValueError, match="has 1000 rows and its target 3"):
        stream(X, Y[:3])
    with pytest.raises(ValueError, match="has no column 9 beside others"):
        stream(X, 9)
    with pytest.raises(ValueError, match="features names the columns of a table"):
        stream(X, Y, features=["a"])
    with pytest.raises(ValueError, match="should have a row for each sample"):
        stream(np.zeros((0, 3)))


# -- memory and threads ----------------------------------------------------------------------------------------


def most_memory(work):
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.matrix()
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("streamed", [False, True])
def test_data_in_a_file_stays_there(dtype, streamed, tmp_path):
    """A training on a file of 40 or 80 MB takes less than a quarter of that, whatever the type of its numbers."""
    path = tmp_path / "x.npy"
    x = np.lib.format.open_memmap(path, "w+", dtype, shape=(20_000, 512))
    x[:] = np.linspace(-1, 1, 512)
    x.flush()
    y = np.zeros(len(x), np.float32)
    model = keras.Sequential([keras.Input((512,)), layers.Dense(1)])
    model.compile(keras.optimizers.SGD(1e-6), "mse")
    model.fit(x[:512], y[:512], batch_size=256, verbose=0)
    data = (tg.data.stream(path, y, batch_size=256, block_rows=1024),) if streamed else (np.load(path, "r"), y)
    options = {} if streamed else {"batch_size": 256}
    assert most_memory(lambda: model.fit(*data, verbose=0, **options)) < x.nbytes // 4
    assert most_memory(lambda: model.predict(data[0], **options)) < x.nbytes // 4
    layer = layers.Normalization()
    assert most_memory(lambda: layer.adapt(data[0])) < 24 << 20


def test_numbers_of_another_type_in_a_file_train_as_in_memory(tmp_path):
    mapped, _ = of_memmap(tmp_path)
    found, expected = network(), network()
    for model, x in ((found, mapped), (expected, np.array(mapped))):
        tg.random.seed(0)
        model.fit(x, Y.astype(np.float64), epochs=2, verbose=0, validation_split=0.2)
    for mine, other in zip(found.get_weights(), expected.get_weights()):
        np.testing.assert_array_equal(mine, other)
    np.testing.assert_array_equal(found.predict(mapped), expected.predict(X.astype(np.float64)))
    mapped[9, 2] = np.nan
    with pytest.raises(ValueError, match="x has NaN at row 9, column 2 .1 in all."):
        found.fit(mapped, Y, verbose=0)
    mapped[9, 2] = 1e300
    with pytest.raises(ValueError, match="x has 1e[+]300, too large for float32, at row 9, column 2 .1 in all."):
        found.fit(mapped, Y, verbose=0)


def test_no_thread_stays_behind():
    stream = tg.data.stream(X, Y, block_rows=64)
    before = threading.active_count()
    for _ in stream:
        break
    list(stream)
    batches = iter(stream)
    next(batches)
    del batches
    assert threading.active_count() == before


# -- batches like those before --------------------------------------------------------------------------------------


def late(x, y):
    """A generator of good batches and a bad one."""
    for _ in range(5):
        yield X[:8], Y[:8]
    yield x, y


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        (np.full((8, 3), np.nan, np.float32), Y[:8], "x has NaN at row 0, column 0"),
        (X[:8], np.array([0, 0, 0, np.inf, 0, 0, 0, 0], np.float32), "y has infinity at row 3"),
        (X[:8], Y[:8] + 1, "expects labels of 0 or 1"),
        (X[:8], Y[:7], "x has 8 .*, y has 7"),
        (X[:8, :2], Y[:8], "expects"),
        (X[:0], Y[:0], "x is empty"),
        (X[:8].astype(str), Y[:8], "real numbers"),
    ],
)
def test_later_batches_of_a_generator_are_checked_too(x, y, message):
    model = keras.Sequential([keras.Input((3,)), layers.Dense(1, "sigmoid")])
    model.compile("sgd", "binary_crossentropy")
    with pytest.raises((ValueError, TypeError), match=message):
        model.fit(late(x, y), verbose=0)


def test_later_batches_of_another_kind_are_taken_as_the_first_would_be():
    found = []
    for batches in (late(X[:5].tolist(), Y[:5].astype(bool)), late(X[:5], Y[:5].reshape(5, 1))):
        model = network()
        model.fit(batches, verbose=0)
        found.append(model.get_weights())
    for one, two in zip(*found):
        np.testing.assert_array_equal(one, two)


def test_the_page_of_the_documentation_runs(tmp_path, monkeypatch, capsys):
    page = (Path(__file__).parents[2] / "docs" / "streams.md").read_text("utf-8")
    (code,) = re.findall(r"^```python\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "streams.md", "exec"), {})
    _, accuracy = ast.literal_eval(capsys.readouterr().out.splitlines()[-1])
    assert accuracy > 0.9
