"""Batches and splits: every sample once, rows together, new company every epoch."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinygrad_edu as tg
from tinygrad_edu.common import batching
from tinygrad_edu.common.batching import Cut, batches, train_test_split


def numbered(count, width=3):
    """Arrays in which every row carries the number of its sample."""
    numbers = np.arange(count)
    return np.repeat(numbers[:, None], width, axis=1).astype(np.float32), numbers.copy()


def check_epoch(epoch, count, batch_size):
    """Every sample exactly once, rows of the arrays together, all batches full but the last."""
    epoch = list(epoch)
    sizes = [len(y) for _, y in epoch]
    assert sizes[:-1] == [batch_size] * (len(sizes) - 1)
    assert 1 <= sizes[-1] <= batch_size
    assert sorted(np.concatenate([y for _, y in epoch])) == list(range(count))
    for x, y in epoch:
        np.testing.assert_array_equal(x, np.repeat(y[:, None], x.shape[1], axis=1))


@given(st.integers(1, 200), st.integers(1, 250), st.booleans(), st.sampled_from([1, 64, 1000, 1 << 20]))
def test_an_epoch_has_every_sample_once(count, batch_size, shuffle, block):
    before, batching._BLOCK = batching._BLOCK, block
    try:
        epoch = batches(numbered(count), batch_size, shuffle=shuffle, rng=np.random.default_rng(0))
        check_epoch(epoch, count, batch_size)
    finally:
        batching._BLOCK = before


@pytest.mark.parametrize("block", [1, 300, 1 << 20])
def test_two_epochs_differ_in_who_meets_whom(block, monkeypatch):
    """Not only in the order of the batches, which is what shuffling their starts would give."""
    monkeypatch.setattr(batching, "_BLOCK", block)
    rng = np.random.default_rng(0)
    arrays = numbered(64)
    first, second = ({frozenset(y.tolist()) for _, y in batches(arrays, 8, rng=rng)} for _ in range(2))
    assert not first & second


def test_the_seed_of_the_package_decides_where_no_generator_is_given():
    def order(seed):
        tg.random.seed(seed)
        return [y.tolist() for _, y in batches(numbered(20), 6)]

    assert order(0) == order(0) != order(1)


def test_the_size_of_a_block_does_not_change_the_batches(monkeypatch):
    def epoch():
        return [y.tolist() for _, y in batches(numbered(50), 7, rng=np.random.default_rng(3))]

    whole = epoch()
    monkeypatch.setattr(batching, "_BLOCK", 1)
    assert epoch() == whole


def test_the_same_generator_gives_the_same_epoch():
    def order(seed):
        return [y.tolist() for _, y in batches(numbered(20), 6, rng=np.random.default_rng(seed))]

    assert order(1) == order(1) != order(2)


def test_without_shuffling_the_order_stays():
    assert [y.tolist() for _, y in batches(numbered(5), 2, shuffle=False)] == [[0, 1], [2, 3], [4]]


def test_shuffled_batches_are_not_the_users_memory():
    x, y = numbered(10)
    for x_batch, _ in batches((x, y), 4):
        x_batch[:] = -1
    np.testing.assert_array_equal(x, numbered(10)[0])


def test_batches_refuse_before_the_first_batch():
    arrays = numbered(5)
    for size in (2.0, "2", None, True, 0, -3):
        with pytest.raises(ValueError, match=f"batch_size should be a whole number ≥ 1; received {size!r}"):
            batches(arrays, size)
    with pytest.raises(ValueError, match="array 0 has 5 .* array 1 has 4"):
        batches((arrays[0], arrays[1][:4]), 2)
    with pytest.raises(TypeError, match=r"batches\(\(x, y\), 32\); received ndarray"):
        batches(arrays[0], 2)


# -- train and test -----------------------------------------------------------------------------------


@given(st.integers(2, 300), st.floats(0.01, 0.99), st.integers(0, 5))
def test_a_split_has_every_sample_once(count, fraction, seed):
    if not 0 < round(count * fraction) < count:
        return
    x, y = numbered(count)
    x_train, x_test, y_train, y_test = train_test_split(x, y, test_fraction=fraction, seed=seed)
    assert len(y_test) == len(x_test) == round(count * fraction)
    assert sorted([*y_train, *y_test]) == list(range(count))
    np.testing.assert_array_equal(x_train[:, 0], y_train)
    np.testing.assert_array_equal(x_test[:, 0], y_test)


@given(st.lists(st.integers(2, 40), min_size=1, max_size=6), st.floats(0.05, 0.95), st.integers(0, 5))
def test_a_stratified_split_rounds_the_share_of_each_class(counts, fraction, seed):
    labels = np.repeat(np.arange(len(counts)), counts)
    tested = round(len(labels) * fraction)
    if not 0 < tested < len(labels):
        return
    numbers = np.arange(len(labels))
    train, test = train_test_split(numbers, test_fraction=fraction, seed=seed, stratify=labels)
    assert len(test) == tested
    assert sorted([*train, *test]) == numbers.tolist()
    share = np.array(counts) * tested / len(labels)
    assert (np.abs(np.bincount(labels[test], minlength=len(counts)) - share) < 1).all()


def test_both_parts_are_shuffled():
    labels = np.repeat([0, 1], 50)
    for stratify in (None, labels):
        train, test = train_test_split(np.arange(100), test_fraction=0.4, stratify=stratify)
        assert (np.diff(train) < 0).any()
        assert (np.diff(labels[train]) != 0).sum() > 5
        assert (np.diff(labels[test]) != 0).sum() > 5


def test_the_seed_decides():
    def split(seed):
        return train_test_split(np.arange(50), seed=seed)[1].tolist()

    assert split(0) == split(0) != split(1)
    assert split(None) != split(None)


def test_labels_of_text_columns_and_one_hot_stratify_alike():
    numbers = np.array([0, 1, 2] * 10)
    expected = train_test_split(numbers, stratify=numbers)[1]
    names = np.array(["a", "b", "c"])[numbers]
    one_hot = np.eye(3)[numbers][:, ::-1]
    for labels in (names.tolist(), names.astype(object), numbers[:, None], one_hot):
        test = train_test_split(numbers, stratify=labels)[1]
        np.testing.assert_array_equal(np.bincount(test), np.bincount(expected))


@given(st.integers(1, 60), st.integers(1, 20), st.lists(st.sampled_from([None, 0, 1, 3]), max_size=8), st.booleans())
def test_a_pass_gives_batches_one_by_one_and_several_at_once(count, size, ways, shuffled):
    order = np.random.default_rng(0).permutation(count) if shuffled else None
    arrays = numbered(count)
    cut, rows, arrays_of_none = Cut(arrays, count, size, order), [], (None, arrays[1][:0])
    for most in [*ways, 1]:
        rows += (
            [row.tolist() for row in cut.take(most)]
            if most != 1
            else [y.tolist() for _, y in [next(cut, arrays_of_none)]]
        )
    rows += [y.tolist() for _, y in cut]
    expected = list(range(count)) if order is None else order.tolist()
    assert [row for batch in rows for row in batch] == expected
    assert {len(batch) for batch in list(filter(None, rows))[:-1]} <= {size}


def test_tables_stay_tables():
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame({"a": range(10)}, index=range(100, 110))
    train, test, y_train, y_test = train_test_split(table, table["a"])
    assert isinstance(train, pandas.DataFrame)
    assert isinstance(y_test, pandas.Series)
    assert train["a"].tolist() == y_train.tolist()
    assert test.index.tolist() == y_test.index.tolist()


def test_a_split_refuses():
    y = np.arange(10)
    for fraction in (0, 1, -0.2, 1.5, float("nan")):
        with pytest.raises(ValueError, match="test_fraction should be a finite number < 1 and > 0"):
            train_test_split(y, test_fraction=fraction)
    with pytest.raises(ValueError, match="0.01 of 10 samples leaves no test sample"):
        train_test_split(y, test_fraction=0.01)
    with pytest.raises(ValueError, match="0.99 of 10 samples leaves no training sample"):
        train_test_split(y, test_fraction=0.99)
    with pytest.raises(ValueError, match="array 0 has 10 .* array 1 has 9"):
        train_test_split(y, y[1:])
    with pytest.raises(ValueError, match="stratify has 9"):
        train_test_split(y, stratify=y[1:])
    with pytest.raises(ValueError, match="at least 2 samples each; class 7 has 1"):
        train_test_split(y, stratify=[0] * 9 + [7])
    with pytest.raises(ValueError, match="at least one array"):
        train_test_split()
