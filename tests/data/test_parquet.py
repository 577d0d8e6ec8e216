"""Streams of Parquet files: the same rows, groups, lists in columns, and what is wrong in a file."""

import sys
import warnings

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import keras
from tinygrad_edu.keras import layers

pytestmark = pytest.mark.full  # they need pyarrow, which the extra [test] has

ROWS = 3000
RNG = np.random.default_rng(0)
X = RNG.normal(size=(ROWS, 3)).astype(np.float32)
X[:, 0] = np.arange(ROWS)
Y = RNG.integers(0, 2, ROWS)


def write(path, group=100, **columns):
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table(columns), path, row_group_size=group)
    return path


def rows(path, part=slice(None), group=100):
    return write(path, group, n=X[part, 0], a=X[part, 1], label=Y[part], b=X[part, 2])


def check_pass(stream):
    x, y = (np.concatenate(parts) for parts in zip(*stream))
    order = x[:, 0].astype(int)
    np.testing.assert_array_equal(np.sort(order), np.arange(ROWS))
    np.testing.assert_array_equal(x, X[order])
    np.testing.assert_array_equal(y, Y[order])
    return order


@pytest.mark.parametrize("group", [7, 100, 5000])
@pytest.mark.parametrize("options", [{}, {"mixed": 3, "block_rows": 64}, {"shuffle": False}])
def test_a_pass_has_every_row_once(group, options, tmp_path):
    rows(tmp_path / "part-0.parquet", slice(1200), group)
    rows(tmp_path / "part-1.parquet", slice(1200, None), group)
    (tmp_path / "_SUCCESS").write_text("")
    stream = tg.data.stream(tmp_path, target="label", **options)
    assert (stream.rows, stream.sample_shape, len(stream)) == (ROWS, (3,), 94)
    first, second = check_pass(stream), check_pass(stream)
    if options.get("shuffle", True):
        assert (first != second).any()
        tg.random.seed(1)
        again = check_pass(stream)
        tg.random.seed(1)
        np.testing.assert_array_equal(check_pass(stream), again)
    else:
        np.testing.assert_array_equal(first, np.arange(ROWS))


def test_a_block_has_rows_of_several_row_groups(tmp_path):
    stream = tg.data.stream(rows(tmp_path / "t.parquet"), "label", batch_size=50, mixed=5, block_rows=500)
    for x, _ in stream:
        assert len(np.unique(x[:, 0] // 100)) >= 3


def test_a_training_is_that_of_the_same_batches_as_arrays(tmp_path):
    path = rows(tmp_path / "t.parquet")

    def network():
        keras.utils.set_random_seed(3)
        normalization = layers.Normalization()
        normalization.adapt(tg.data.stream(path, "label"))
        np.testing.assert_allclose(np.ravel(normalization.mean), X.mean(0, dtype=float), rtol=1e-6)
        np.testing.assert_allclose(np.ravel(normalization.variance), X.var(0, dtype=float), rtol=1e-6)
        model = keras.Sequential(
            [keras.Input((3,)), normalization, layers.Dense(4, "tanh"), layers.Dense(2, "softmax")]
        )
        model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
        return model

    stream, one, two = tg.data.stream(path, "label", batch_size=64), network(), network()
    tg.random.seed(4)
    history = one.fit(stream, epochs=2, verbose=0, validation_data=tg.data.stream(path, "label")).history
    tg.random.seed(4)
    for _ in range(2):
        for batch in list(stream):
            two.train_on_batch(*batch)
    for mine, theirs in zip(one.get_weights(), two.get_weights()):
        np.testing.assert_allclose(mine, theirs, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(history["val_loss"][-1], one.evaluate(X, Y, verbose=0)[0], rtol=1e-6)
    np.testing.assert_allclose(one.predict(stream), one.predict(X), rtol=1e-6)


def test_columns_of_lists_and_several_targets(tmp_path):
    import pyarrow as pa

    fixed = pa.FixedSizeListArray.from_arrays(pa.array(X.reshape(-1)), 3)
    listed = pa.array(X.tolist(), pa.list_(pa.float32()))
    path = write(tmp_path / "t.parquet", 700, fixed=fixed, listed=listed, number=X[:, 0], yes=Y.astype(bool))
    for feature in ("fixed", "listed"):
        x, y = next(iter(tg.data.stream(path, "yes", features=[feature], shuffle=False)))
        np.testing.assert_array_equal(x, X[:32])
        np.testing.assert_array_equal(y, Y[:32].astype(np.float32))
        assert y.dtype == np.float32
    x, y = next(iter(tg.data.stream(path, ["yes", "number"], shuffle=False)))
    np.testing.assert_array_equal(x, np.hstack([X[:32], X[:32]]))
    np.testing.assert_array_equal(y, np.column_stack([Y[:32], X[:32, 0]]))


def test_sorted_row_groups_are_warned_of_and_others_are_not(tmp_path):
    def remarks(labels):
        path = write(tmp_path / "t.parquet", 100, a=X[:, 1], label=labels)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            list(tg.data.stream(path, "label", mixed=2))
        return [str(warning.message) for warning in caught]

    (found,) = remarks(np.sort(Y))
    assert "All targets in row group " in found and "t.parquet are " in found
    assert remarks(Y) == remarks(np.zeros(ROWS)) == []


@pytest.mark.parametrize(
    ("columns", "options", "error", "message"),
    [
        ({"a": [1.0, 2.0]}, {}, ValueError, "t.parquet has no column 'label'. It has: a."),
        ({"a": [1.0], "label": [0]}, {"features": ["aa"]}, ValueError, "has no column 'aa'. Did you mean 'a'"),
        ({"a": ["x", "y"], "label": [0, 1]}, {}, TypeError, "t.parquet: column 'a' holds string"),
        ({"a": [1.0, 2.0], "label": ["x", "y"]}, {}, TypeError, "column 'label' holds string"),
        ({"a": [1.0, None], "label": [0, 1]}, {}, ValueError, "t.parquet: column 'a' is null at row 1"),
        ({"a": [1.0, 2.0, 3.0], "label": [0, 1, None]}, {}, ValueError, "column 'label' is null at row 2"),
        ({"a": [1.0, np.nan], "label": [0, 1]}, {}, ValueError, "column 'a' has NaN at row 1"),
        ({"b": [1, 2], "a": [1.0, np.inf], "label": [0, 1]}, {}, ValueError, "column 'a' has infinity at row 1"),
        ({"a": [1.0, 1e300], "label": [0, 1]}, {}, ValueError, r"column 'a' has 1e\+300, too large for float32"),
        (
            {"a": [[1.0], [1.0, 2.0]], "label": [0, 1]},
            {},
            ValueError,
            "lists of different lengths: 1 numbers in row 0, 2",
        ),
        ({"a": [[1.0, 2.0], [1.0, None]], "label": [0, 1]}, {}, ValueError, "column 'a' has a null within row 1"),
        ({"label": [0, 1]}, {}, ValueError, "no column beside the target"),
        ({"a": [1.0], "label": [0]}, {"features": ["a", "label"]}, ValueError, "both a target and a feature"),
    ],
)
def test_what_is_wrong_in_a_file_is_named(columns, options, error, message, tmp_path):
    path = write(tmp_path / "t.parquet", 1, **columns)
    with pytest.raises(error, match=message):
        list(tg.data.stream(path, "label", **options))


def test_files_that_differ_are_named(tmp_path):
    write(tmp_path / "a.parquet", a=[1.0], label=[0])
    write(tmp_path / "b.parquet", a=[1], label=[0])
    with pytest.raises(ValueError, match="Column 'a' should be of one type: it is double in a.parquet, int64 in b"):
        tg.data.stream(tmp_path, "label")
    write(tmp_path / "b.parquet", a=[1.0])
    with pytest.raises(ValueError, match="b.parquet has no column 'label', as a.parquet has. It has: a"):
        tg.data.stream(tmp_path, "label")
    write(tmp_path / "b.parquet", a=[1.0], more=[1.0], label=[0])
    with pytest.raises(ValueError, match="should have the same columns; 'more' is in one of them alone"):
        tg.data.stream(tmp_path, "label")
    assert tg.data.stream(tmp_path, "label", features=["a"]).rows == 2
    (tmp_path / "b.parquet").write_bytes(b"no such thing")
    with pytest.raises(ValueError, match="b.parquet should be a Parquet file"):
        tg.data.stream(tmp_path, "label")


def test_a_missing_pyarrow_is_an_error_with_the_command(tmp_path, monkeypatch):
    path = rows(tmp_path / "t.parquet")
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(ImportError, match=r'pip install "tinygrad-edu\[parquet\]"'):
        tg.data.stream(path, "label")
