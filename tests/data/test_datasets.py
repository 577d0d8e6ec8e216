"""The bundled tables against scikit-learn's figures and the literature; the synthetic ones against their formulas."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tinygrad_edu.data import datasets

HERE = Path(__file__).parent
REFERENCE = json.loads((HERE / "reference.json").read_text())
KERAS = json.loads((HERE / "keras_split.json").read_text())
REAL = ["breast_cancer", "diabetes", "digits", "iris"]
PLANE = [datasets.moons, datasets.circles, datasets.spirals, datasets.xor, datasets.blobs]


# -- real data ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", REAL)
def test_the_tables_are_those_of_scikit_learn(name):
    data, expected = getattr(datasets, name)(), REFERENCE[name]
    x = data.x.reshape(len(data.x), -1)
    assert list(x.shape) == expected["shape"]
    assert list(data.feature_names) == expected["feature_names"]
    assert list(data.target_names) == expected["target_names"]
    np.testing.assert_allclose(x.mean(0), expected["mean"], rtol=1e-12)
    np.testing.assert_allclose(x.std(0), expected["std"], rtol=1e-10)
    np.testing.assert_array_equal(x[0], expected["first_row"])
    np.testing.assert_array_equal(x[-1], expected["last_row"])
    assert data.y.sum() == expected["target_sum"]
    assert data.y @ np.arange(len(x)) == expected["target_times_position"]


def test_breast_cancer_as_published():
    """The class distribution and ranges of the repository's description."""
    data = datasets.breast_cancer()
    assert dict(zip(data.target_names, np.bincount(data.y).tolist(), strict=True)) == {"malignant": 212, "benign": 357}
    ranges = {"mean radius": (6.981, 28.11), "mean area": (143.5, 2501.0), "worst perimeter": (50.41, 251.2)}
    for feature, (low, high) in ranges.items():
        column = data.x[:, data.feature_names.index(feature)]
        assert (column.min(), column.max()) == (low, high)


def test_iris_as_published_by_fisher():
    x, y = datasets.iris()
    assert np.bincount(y).tolist() == [50, 50, 50]
    np.testing.assert_allclose(x[y == 0].mean(0), [5.006, 3.428, 1.462, 0.246], atol=1e-9)
    np.testing.assert_allclose(x[y == 1].mean(0), [5.936, 2.770, 4.260, 1.326], atol=1e-9)
    np.testing.assert_allclose(x[y == 2].mean(0), [6.588, 2.974, 5.552, 2.026], atol=1e-9)
    np.testing.assert_array_equal(x[[34, 37]], [[4.9, 3.1, 1.5, 0.2], [4.9, 3.6, 1.4, 0.1]])


def test_diabetes_as_published():
    """Table 1 of Efron and others (2004): the first and the last patient."""
    x, y = datasets.diabetes()
    np.testing.assert_allclose(x[0], [59, 2, 32.1, 101, 157, 93.2, 38, 4, 4.9, 87], atol=0.05)
    np.testing.assert_allclose(x[441], [36, 1, 19.6, 71, 250, 133.2, 97, 3, 4.6, 92], atol=0.05)
    assert (y[0], y[1], y[2], y[441]) == (151, 75, 141, 57)


def test_digits_as_published():
    """The class distribution of the repository's description of the test set."""
    data = datasets.digits()
    assert data.x.shape == (1797, 8, 8)
    assert np.bincount(data.y).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert np.unique(data.x).tolist() == list(range(17))


@pytest.mark.parametrize("name", REAL)
def test_types(name):
    data = getattr(datasets, name)()
    assert data.x.dtype == np.float64
    assert data.y.dtype == (np.float64 if name == "diabetes" else np.int64)
    assert data.x.flags.c_contiguous
    assert data.description


def test_every_call_gives_fresh_arrays():
    x, y = datasets.iris()
    x[:], y[:] = 0, 0
    again = datasets.iris()
    assert again.x.min() > 0
    assert again.y.max() == 2


def test_the_files_stay_small_and_documented():
    folder = Path(datasets.__file__).parent / "files"
    sources = (folder / "SOURCES.md").read_text(encoding="utf-8")
    files = sorted(folder.glob("*.csv.gz"))
    assert [f.name for f in files] == [f"{name}.csv.gz" for name in REAL]
    assert sum(f.stat().st_size for f in files) < 300_000
    for file in files:
        assert f"## {file.name}" in sources


def test_importing_reads_no_file():
    code = (
        "import sys; opened = []; sys.addaudithook(lambda e, a: opened.append(str(a[0])) if e == 'open' else None);"
        "import tinygrad_edu.data; assert opened; assert not [f for f in opened if '.csv' in f], opened;"
        "assert not {'gzip', 'numpy.random', 'pandas'} & set(sys.modules), 'slow imports'"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=HERE.parents[1])


# -- the record ---------------------------------------------------------------------------------------


def test_repr():
    assert repr(datasets.diabetes()) == "Dataset(x: (442, 10), y: (442,))"
    assert repr(datasets.iris()) == "Dataset(x: (150, 4), y: (150,), 3 classes: setosa, versicolor, virginica)"


def test_split_stratifies_where_there_are_classes():
    data = datasets.breast_cancer()
    (x_train, y_train), (x_test, y_test) = data.split(test_fraction=0.25, seed=1)
    assert (x_train.shape, x_test.shape) == ((427, 30), (142, 30))
    assert np.bincount(y_test).tolist() == [53, 89]  # 142 × 212/569 = 52.9
    rows = {tuple(row) for row in np.concatenate([x_train, x_test])}
    assert rows == {tuple(row) for row in data.x}
    assert len(y_train) == 427
    unbalanced = {np.bincount(data.split(seed=s, stratify=False)[1][1])[0] for s in range(5)}
    assert len(unbalanced) > 1


def test_split_of_a_regression_keeps_rows_together():
    data = datasets.linear_regression(n=40, features=2, noise=0)
    for x, y in data.split(test_fraction=0.5):
        np.testing.assert_allclose(y, data.bias + x @ data.weights)
    (x_train, _), (x_test, _) = datasets.diabetes().split()
    assert (len(x_train), len(x_test)) == (354, 88)
    with pytest.raises(ValueError, match="test_fraction should be a finite number < 1 and > 0"):
        data.split(test_fraction=2)


@pytest.mark.parametrize("case", KERAS["cases"], ids=lambda case: str(case["options"]))
def test_load_data_is_keras_on_the_same_table(case):
    (x_train, y_train), (x_test, y_test) = datasets.iris.load_data(**case["options"])
    assert y_train.tolist() == case["y_train"]
    assert y_test.tolist() == case["y_test"]
    assert x_train[0].tolist() == case["x_train_first"]
    np.testing.assert_allclose(x_test.sum(0), case["x_test_sum"])


@pytest.mark.parametrize("name", REAL)
def test_every_real_dataset_has_load_data(name):
    (x_train, y_train), (x_test, y_test) = getattr(datasets, name).load_data()
    total = REFERENCE[name]["shape"][0]
    assert len(x_train) == len(y_train) == int(total * 0.8)
    assert len(x_test) == len(y_test) == total - int(total * 0.8)


@pytest.mark.parametrize("fraction", [-0.1, 1, 1.5])
def test_load_data_refuses(fraction):
    with pytest.raises(ValueError, match="test_split must be at least 0 and less than 1"):
        datasets.iris.load_data(test_split=fraction)


# -- synthetic data -----------------------------------------------------------------------------------


def test_least_squares_finds_the_true_weights():
    data = datasets.linear_regression(n=5000, features=3, noise=0.5, seed=4)
    design = np.column_stack([data.x, np.ones(5000)])
    found, residual, *_ = np.linalg.lstsq(design, data.y)
    np.testing.assert_allclose(found, [*data.weights, data.bias], atol=0.04)
    assert np.sqrt(residual[0] / 5000) == pytest.approx(0.5, rel=0.05)
    assert data.target_names == ()


def test_moons_lie_on_their_half_circles():
    x, y = datasets.moons(n=101, noise=0)
    upper, lower = x[y == 0], x[y == 1] - [1, 0.5]
    assert (len(upper), len(lower)) == (51, 50)
    for moon, side in ((upper, 1), (lower, -1)):
        np.testing.assert_allclose(np.hypot(*moon.T), 1)
        assert (side * moon[:, 1] > -1e-12).all()
        assert (moon[:, 0].min(), moon[:, 0].max()) == (-1, 1)


def test_circles_lie_on_their_circles():
    x, y = datasets.circles(n=100, factor=0.3, noise=0)
    np.testing.assert_allclose(np.hypot(*x.T), np.where(y == 0, 1, 0.3))
    for k in (0, 1):
        angles = np.sort(np.arctan2(*x[y == k].T))
        np.testing.assert_allclose(np.diff(angles), 2 * np.pi / 50)


@pytest.mark.parametrize(("classes", "turns"), [(2, 1.0), (3, 0.5), (5, 2.0)])
def test_spirals_wind_as_said(classes, turns):
    x, y = datasets.spirals(n=60, classes=classes, turns=turns, noise=0)
    assert np.bincount(y).tolist() == [60 // classes] * classes
    z = x[:, 0] + 1j * x[:, 1]
    unwound = z * np.exp(-2j * np.pi * (turns * np.abs(z) + y / classes))
    np.testing.assert_allclose(unwound, np.abs(z), atol=1e-12)
    assert np.abs(z).max() == pytest.approx(1)


def test_xor_is_the_exclusive_or():
    x, y = datasets.xor(n=500)
    np.testing.assert_array_equal(y, x[:, 0] * x[:, 1] < 0)
    assert 0.4 < y.mean() < 0.6
    assert np.abs(x).max() < 1
    noisy, same = datasets.xor(n=500, noise=0.1)
    np.testing.assert_array_equal(same, y)
    assert (noisy - x).std() == pytest.approx(0.1, rel=0.1)


def test_blobs_stand_around_their_centres():
    x, y = datasets.blobs(n=4000, classes=4, noise=0.1)
    assert np.bincount(y).tolist() == [1000] * 4
    for k, centre in enumerate([(1, 1), (-1, 1), (-1, -1), (1, -1)]):
        np.testing.assert_allclose(x[y == k].mean(0), np.array(centre) / np.sqrt(2), atol=0.02)
        np.testing.assert_allclose(x[y == k].std(0), 0.1, rtol=0.1)


def test_hills_have_their_heights():
    x, y = datasets.hills(n=4000)
    assert np.abs(x).max() < 1
    same = np.sign(x[:, 0] * x[:, 1])
    assert (np.sign(y) == same).all()  # the diagonals are hills, the others hollows
    top = np.argmax(y)
    np.testing.assert_allclose(np.abs(x[top]), 0.5, atol=0.03)
    assert y[top] == pytest.approx(1, abs=0.01)
    noisy = datasets.hills(n=4000, noise=0.3)
    assert (noisy.y - y).std() == pytest.approx(0.3, rel=0.05)


@pytest.mark.parametrize("make", PLANE, ids=lambda make: make.__name__)
def test_points_in_the_plane(make):
    data = make(n=400, seed=3)
    assert data.x.shape == (400, 2)
    assert data.y.dtype == np.int64
    assert len(data.target_names) == data.y.max() + 1 == 2
    assert data.feature_names == ("x1", "x2")
    assert (np.diff(data.y) != 0).sum() > 100  # shuffled
    still = make(n=400, noise=0, seed=3)
    moved = make(n=400, noise=0.2, seed=3)
    assert (moved.x - still.x).std() == pytest.approx(0.2, rel=0.1)


@pytest.mark.parametrize("make", [*PLANE, datasets.linear_regression, datasets.hills], ids=lambda make: make.__name__)
def test_the_seed_decides(make):
    one, same, other = make(seed=1), make(seed=1), make(seed=2)
    np.testing.assert_array_equal(one.x, same.x)
    np.testing.assert_array_equal(one.y, same.y)
    assert not np.array_equal(one.x, other.x)
    assert not np.array_equal(make(seed=None).x, make(seed=None).x)


def test_synthetic_data_refuse():
    for make in [*PLANE, datasets.linear_regression, datasets.hills]:
        with pytest.raises(ValueError, match="n should be a whole number"):
            make(n=0)
        with pytest.raises(ValueError, match="noise should be a finite number ≥ 0; received -1"):
            make(noise=-1)
    with pytest.raises(ValueError, match="n should be a whole number ≥ 3.*; received 2"):
        datasets.spirals(n=2, classes=3)
    with pytest.raises(ValueError, match="n should be a whole number ≥ 3.*; received 2"):
        datasets.blobs(n=2, classes=3)
    with pytest.raises(ValueError, match="classes should be a whole number ≥ 2; received 1"):
        datasets.spirals(classes=1)
    with pytest.raises(ValueError, match="features should be a whole number ≥ 1; received 0"):
        datasets.linear_regression(features=0)
    for factor in (0, 1, -0.5):
        with pytest.raises(ValueError, match="factor should be a finite number < 1 and > 0"):
            datasets.circles(factor=factor)
