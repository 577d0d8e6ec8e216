"""What users pass as data: what is accepted, and the message of every refusal."""

import re

import numpy as np
import pytest

from tinygrad_edu import Tensor
from tinygrad_edu.common.arrays import as_array, check_lengths


def refusal(error, value, *parts, name="x", **options):
    """The message of the refusal of `value`, which must contain all the parts."""
    with pytest.raises(error) as caught:
        as_array(value, name, **options)
    for part in parts:
        assert part in str(caught.value)
    return str(caught.value)


# -- accepted -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        [[1, 2], [3, 4]],
        ((1, 2), (3, 4)),
        [np.array([1.0, 2.0]), np.array([3.0, 4.0])],
        np.array([[1, 2], [3, 4]], dtype=np.uint8),
        np.array([[1, 2], [3, 4]], dtype=np.float16),
        np.array([[1, 2.0], [3, np.int64(4)]], dtype=object),
        Tensor([[1, 2], [3, 4]]),
        Tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True),
        [Tensor([1.0, 2.0]), Tensor([3.0, 4.0])],
    ],
    ids=lambda value: type(value).__name__,
)
def test_numbers_of_every_kind_become_an_array(value):
    array = as_array(value, "x", dtype=np.float32)
    assert type(array) is np.ndarray
    assert array.dtype == np.float32
    np.testing.assert_array_equal(array, [[1, 2], [3, 4]])


@pytest.mark.parametrize(
    ("value", "dtype"),
    [
        (np.array([1, 2], dtype=np.int8), np.int8),
        ([1, 2], np.int64),
        ([1.0, 2.0], np.float64),
        (np.array([1, 2], dtype=np.float32), np.float32),
        ([True, False], np.float32),
    ],
)
def test_without_a_dtype_only_booleans_change(value, dtype):
    assert as_array(value, "y").dtype == dtype


def test_shapes_stay():
    for shape in [(3,), (3, 1), (3, 2, 2), (1, 1)]:
        assert as_array(np.ones(shape), "y").shape == shape


def test_an_array_of_the_right_dtype_is_not_copied():
    x = np.ones((3, 2), np.float32)
    assert np.shares_memory(as_array(x, "x", dtype=np.float32), x)


def test_nan_passes_where_it_is_allowed():
    np.testing.assert_array_equal(
        as_array([1.0, np.nan, np.inf, None], "x", allow_nan=True), [1, np.nan, np.inf, np.nan]
    )


# -- pandas -------------------------------------------------------------------------------------------


def test_tables_and_columns():
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame({"age": [20, 30], "smokes": [True, False], "weight": [60.5, 70.0]}, index=[7, 9])
    np.testing.assert_array_equal(as_array(table, "x", dtype=np.float32), [[20, 1, 60.5], [30, 0, 70]])
    assert as_array(table["age"], "y").dtype.kind == "i"
    assert as_array(table["age"], "y").shape == (2,)
    assert as_array(table[["age"]], "y").shape == (2, 1)
    np.testing.assert_array_equal(as_array(pandas.Series([1, 2], dtype="Int64"), "y"), [1, 2])


def test_text_in_a_table_is_refused_by_its_column():
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame({"age": [20, 30], "city": ["Lima", "Quito"]})
    refusal(
        TypeError, table, "x must hold real numbers; received 'Lima' (str) at row 0, column 'city'.", "get_dummies(x)"
    )
    refusal(TypeError, table["city"], "'Lima' (str) at row 0.", "np.unique(y, return_inverse=True)[1]", name="y")
    late = pandas.DataFrame({"age": [20, 30, "?"], "size": [1, 2, 3]})
    refusal(TypeError, late, "received '?' (str) at row 2, column 'age'")
    numbers_as_text = pandas.DataFrame({"age": ["20", "30"]})
    refusal(TypeError, numbers_as_text, "'20' (str) at row 0, column 'age'", "x.astype(float)")
    dates = pandas.DataFrame({"day": pandas.to_datetime(["2020-01-01", "2021-01-01"])})
    refusal(TypeError, dates, "received dtype datetime64")


def test_a_missing_value_in_a_table_is_refused_by_row_and_column():
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame({"area": [1.0, 2, 3, 4, 5], "mean radius": [1.0, 2, 3, np.nan, np.nan]})
    message = refusal(ValueError, table)
    assert message == (
        "x has NaN at row 3, column 'mean radius' (2 in all). Remove or fill these rows, e.g. x.fillna(x.mean())."
    )
    mixed = pandas.DataFrame({"smokes": [True, False], "age": pandas.array([1, None], dtype="Int64")})
    refusal(ValueError, mixed, "x has NaN at row 1, column 'age' (1 in all).")
    refusal(ValueError, pandas.Series([1.0, None]), "y has NaN at row 1 (1 in all).", name="y")
    infinite = pandas.DataFrame({"a": [1.0, np.inf]})
    assert "fillna" not in refusal(ValueError, infinite, "x has infinity at row 1, column 'a'", "np.isfinite(x)")


def test_the_suggested_remedies_work():
    pandas = pytest.importorskip("pandas")
    x = pandas.DataFrame({"a": [1.0, np.nan, 3.0]})
    as_array(x.fillna(x.mean()), "x")
    y = pandas.Series(["no", "yes", "no"])
    np.testing.assert_array_equal(as_array(np.unique(y, return_inverse=True)[1], "y"), [0, 1, 0])
    table = pandas.DataFrame({"city": ["Lima", "Quito"], "age": ["1", "2"]})
    assert as_array(pandas.get_dummies(table["city"]), "x").tolist() == [[1, 0], [0, 1]]
    assert as_array(table[["age"]].astype(float), "x").tolist() == [[1], [2]]


# -- refused ------------------------------------------------------------------------------------------


def test_missing_values_are_refused_by_place():
    refusal(ValueError, [[1.0, 2.0], [3.0, np.nan]], "x has NaN at row 1, column 1 (1 in all). Remove or fill")
    refusal(ValueError, [1.0, -np.inf, np.nan], "y has infinity at row 1 (2 in all).", "np.isfinite(y)", name="y")
    images = np.zeros((5, 2, 3))
    images[4, 1, 2] = np.nan
    refusal(ValueError, images, "x has NaN at row 4, position (1, 2) (1 in all).")
    refusal(ValueError, [[1.0], [None]], "x has NaN at row 1, column 0")


def test_masked_entries_count_as_missing():
    masked = np.ma.array([1, 2, 3], mask=[False, True, False])
    refusal(ValueError, masked, "x has NaN at row 1 (1 in all).")
    assert as_array(np.ma.array([1, 2, 3]), "x").tolist() == [1, 2, 3]


def test_values_too_large_for_the_dtype_are_refused():
    refusal(
        ValueError,
        [[1.0, 2.0], [1e300, 3.0]],
        "x has 1e+300, too large for float32, at row 1, column 0",
        dtype=np.float32,
    )
    assert as_array([1e300], "x").tolist() == [1e300]


@pytest.mark.parametrize(
    ("value", "what"),
    [
        (3.0, "the single number 3.0"),
        (Tensor(3.0), "the single number"),
        (None, "a NoneType"),
        ({"a": [1]}, "a dict"),
        ("text", "a str"),
        ((i for i in range(3)), "a generator"),
    ],
)
def test_what_is_not_rows_is_refused(value, what):
    refusal(TypeError, value, "x must be an array, a list, a Tensor", "one row for each sample", what)


@pytest.mark.parametrize("value", [[], np.zeros((0, 3)), np.zeros((3, 0)), [[], []]])
def test_empty_data_are_refused(value):
    refusal(ValueError, value, "x is empty: expected at least one sample", str(np.shape(value)))


def test_ragged_rows_are_refused():
    refusal(ValueError, [[1, 2], [3, 4], [5]], "x is ragged", "row 0 has 2, row 2 has 1")
    refusal(ValueError, [[[1], [2, 3]], [[1], [2, 3]]], "x is ragged")
    refusal(ValueError, [[1, 2], 3], "x is ragged", "row 0 has 2, row 1 has 0")


def test_what_is_not_a_real_number_is_refused():
    refusal(TypeError, [[1, "a"], [2, "b"]], "received 'a' (str) at row 0, column 1.")
    refusal(TypeError, np.array(["x", "y"]), "received 'x' (str) at row 0.")
    refusal(TypeError, [1 + 2j], "x must hold real numbers; received dtype complex128")
    refusal(TypeError, np.array([1, 2j], dtype=object), "received 2j (complex) at row 1")
    refusal(TypeError, np.array([[1], [2, 3]], dtype=object), "(list) at row 0")
    long = refusal(TypeError, np.array(["y" * 1000, 1], dtype=object))
    assert len(long) < 300


# -- lengths ------------------------------------------------------------------------------------------


def test_equal_lengths_give_the_number_of_samples():
    assert check_lengths(x=np.zeros((5, 2)), y=np.zeros((5, 1)), sample_weight=np.ones(5)) == 5
    assert check_lengths(x=Tensor(np.zeros((5, 2))), y=[1, 2, 3, 4, 5], sample_weight=None) == 5


def test_unequal_lengths_are_refused_with_both():
    with pytest.raises(ValueError, match=re.escape("x has 5 (shape (5, 2)), y has 4 (shape (4,))")):
        check_lengths(x=np.zeros((5, 2)), y=np.zeros(4))
    with pytest.raises(ValueError, match=re.escape("sample_weight has 0 (shape ())")):
        check_lengths(x=np.zeros((5, 2)), sample_weight=np.array(1.0))


def test_features_by_samples_are_recognised():
    with pytest.raises(ValueError, match=re.escape("Did you mean x.T?")):
        check_lengths(x=np.zeros((2, 9)), y=np.zeros(9))
    with pytest.raises(ValueError, match="must have as many") as caught:
        check_lengths(x=np.zeros((9, 2)), y=np.zeros(8))
    assert "Did you mean" not in str(caught.value)
