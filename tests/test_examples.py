"""The example scripts run as a student runs them, and what they claim is checked by another way of computing it."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import tinygrad_edu as tg

ROOT = Path(__file__).parent.parent
SCRIPTS = sorted((ROOT / "examples").glob("*.py"))
PICTURES = {
    "batch_descent": ["batch_descent.png"],
    "estimated_gradient": ["estimated_gradient.png", "regularization.png"],
    "keras_classifier": ["classifier.png", "classifier_comparisons.png"],
    "momentum": ["momentum_parabola.png", "momentum_regression.png"],
    "reducing_loss": ["reducing_loss.png"],
}


def load(name):
    """An example as a module."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "examples" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(folder, *command):
    """Run Python in a folder with this package importable and every warning an error."""
    return subprocess.run(
        [sys.executable, "-W", "error", *map(str, command)],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )


# -- they run ---------------------------------------------------------------------------------------------


def test_there_is_a_script_for_each_course_text():
    assert {script.stem for script in SCRIPTS} == set(PICTURES)
    texts = sorted(script.read_text("utf-8").split("course text ")[1][:3] for script in SCRIPTS)
    assert texts == ["000", "001", "002", "003", "004"]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
@pytest.mark.matrix(one_in=5)
def test_script_runs(script, tmp_path):
    pytest.importorskip("matplotlib")
    done = run(tmp_path, script)
    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(path.name for path in tmp_path.rglob("*.*")) == PICTURES[script.stem]
    for name in PICTURES[script.stem]:
        assert str(Path("pictures") / name) in done.stdout
        assert (tmp_path / "pictures" / name).read_bytes().startswith(b"\x89PNG")


@pytest.mark.full
def test_script_writes_where_it_is_told(tmp_path):
    pytest.importorskip("matplotlib")
    done = run(tmp_path, ROOT / "examples" / "momentum.py", "a folder/inside")
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "a folder" / "inside" / "momentum_parabola.png").exists()


def test_script_runs_without_matplotlib(tmp_path):
    (tmp_path / "matplotlib.py").write_text("raise ModuleNotFoundError('No module named matplotlib')")
    script = ROOT / "examples" / "momentum.py"
    code = f"import sys, runpy; sys.path.insert(0, '.'); runpy.run_path({str(script)!r}, run_name='__main__')"
    done = run(tmp_path, "-c", code)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Skipped momentum_parabola.png and momentum_regression.png" in done.stdout
    assert "python -m pip install matplotlib" in done.stdout
    assert not (tmp_path / "pictures").exists()


@pytest.mark.parametrize("name", PICTURES)
def test_drawing_without_matplotlib_is_skipped_by_name(name, monkeypatch, tmp_path):
    """Each `draw` asks for matplotlib before anything else, and `main` names every picture it skips."""
    for loaded in ["matplotlib", *(other for other in sys.modules if other.startswith("matplotlib."))]:
        monkeypatch.setitem(sys.modules, loaded, None)
    module = load(name)
    arguments = [None] * (module.draw.__code__.co_argcount - 1)
    with pytest.raises(ModuleNotFoundError, match="matplotlib"):
        module.draw(tmp_path / "pictures", *arguments)
    assert not (tmp_path / "pictures").exists()
    text = (ROOT / "examples" / f"{name}.py").read_text("utf-8")
    skipped = text.split("except ModuleNotFoundError as error:")[1].split("def draw")[0]
    assert all(picture in skipped for picture in PICTURES[name])


# -- batch descent (000) ------------------------------------------------------------------------------------


def least_squares(x, y):
    """The weights and the bias that NumPy finds without any descent."""
    solution, *_ = np.linalg.lstsq(np.column_stack([x, np.ones(len(x))]), y, rcond=None)
    return solution


@pytest.fixture(scope="module")
def rows():
    return tuple(tg.datasets.linear_regression(n=1000, features=3, noise=0.5, seed=0))


def batch_gradients(rows, **options):
    w, b = tg.Tensor([0.5, -1.0, 2.0], requires_grad=True), tg.Tensor(0.3, requires_grad=True)
    _, w_gradient, b_gradient = load("batch_descent").averaged_gradients(w, b, *rows, **options)
    return np.append(w_gradient, b_gradient)


def test_averaged_batch_gradients_are_the_gradient_of_all_rows(rows):
    x, y = rows
    error = x @ [0.5, -1.0, 2.0] + 0.3 - y
    by_hand = 2 * np.append(x.T @ error, error.sum()) / len(x)
    np.testing.assert_allclose(batch_gradients(rows), by_hand, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(batch_gradients(rows, batch_size=1000), by_hand, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(batch_gradients(rows, batch_size=1), by_hand, rtol=1e-12, atol=1e-12)


def test_counting_the_short_batch_in_full_gives_another_gradient(rows):
    difference = batch_gradients(rows, by_rows=False) - batch_gradients(rows)
    assert np.abs(difference).max() > 1e-3
    even = [part[:992] for part in rows]  # 31 whole batches: no short one
    np.testing.assert_allclose(batch_gradients(even, by_rows=False), batch_gradients(even), rtol=1e-12, atol=1e-12)


def test_batch_descent_stops_when_the_loss_stops_changing(rows):
    w, b, losses = load("batch_descent").descend(*rows)
    changes = -np.diff(losses)
    assert (changes[:-1] > 1e-8).all()
    assert 0 <= changes[-1] <= 1e-8
    np.testing.assert_allclose(np.append(w.data, b.data), least_squares(*rows), atol=1e-3)


def test_batch_descent_in_keras_words_is_the_same(rows):
    module = load("batch_descent")
    tg.random.seed(0)
    model, history = module.keras_descend(*rows)
    losses = history.history["loss"]
    assert model.optimizer.iterations == len(losses) < 200
    np.testing.assert_allclose(losses, module.descend(*rows)[2][: len(losses)], rtol=1e-4)
    np.testing.assert_allclose(np.append(*model.get_weights()), least_squares(*rows), atol=2e-3)
    assert module.difference_from_one_batch(*rows, epochs=5) < 1e-5


# -- momentum (001) -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def paths():
    return load("momentum").parabola_paths(x0=6.0, steps=40)


def test_derivative_of_the_parabola():
    f = load("momentum").f
    for x in (-3.0, -0.5, 1.0, 6.0):
        assert tg.grad(f)(x) == pytest.approx(x / 3, abs=1e-15)
        assert tg.grad(f)(x) != pytest.approx(x**2 / 6, abs=1e-3)


def test_plain_path_is_geometric(paths):
    np.testing.assert_allclose(paths["plain descent"].points, 6 * (1 - 0.1 / 3) ** np.arange(41), rtol=1e-12)


@pytest.mark.parametrize(
    ("name", "rate", "share"), [("momentum", 0.1, 1.0), ("averaged", 0.1, 0.2), ("averaged, longer rate", 0.5, 0.2)]
)
def test_momentum_path_obeys_its_recurrence(paths, name, rate, share):
    """(x, v) ← A·(x, v) with v ← 0.8v + share·x/3 and x ← x − rate·v, written as one matrix."""
    step = np.array([[1 - rate * share / 3, -rate * 0.8], [share / 3, 0.8]])
    expected = [(np.linalg.matrix_power(step, k) @ [6.0, 0.0])[0] for k in range(41)]
    np.testing.assert_allclose(paths[name].points, expected, rtol=1e-10, atol=1e-12)


def test_what_is_said_about_the_paths(paths):
    last = {name: abs(path.points[-1]) for name, path in paths.items()}
    assert last["momentum"] < 0.1 * last["plain descent"]
    assert paths["momentum"].points.min() < 0 < paths["plain descent"].points.min()  # it rolls past the minimum
    assert last["averaged"] == pytest.approx(last["plain descent"], rel=0.1)
    np.testing.assert_allclose(paths["momentum"].points, paths["averaged, longer rate"].points, rtol=0, atol=1e-12)


def test_regression_with_momentum_finds_the_least_squares():
    module = load("momentum")
    x, y, true_weights, true_bias = module.regression_data()
    best = least_squares(x, y)
    w, b, losses = module.fit(x, y, tg.optim.Momentum(0.05, 0.8), steps=600)
    np.testing.assert_allclose(np.append(w, b), best, rtol=1e-6)
    np.testing.assert_allclose(best, np.append(true_weights, true_bias), atol=0.3)
    assert losses[0] == pytest.approx(np.mean(y**2))
    slow, *_ = module.fit(x, y, tg.optim.SGD(0.05))
    fast, *_ = module.fit(x, y, tg.optim.Momentum(0.05, 0.8))
    assert abs(fast[0] - best[0]) < 0.05 * abs(slow[0] - best[0])


# -- the Keras classifier (002) -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tumours():
    return load("keras_classifier").load_data()


def test_data_are_normalised_by_the_training_part(tumours):
    (x_train, y_train), (x_test, y_test) = tumours
    assert (x_train.shape, x_test.shape) == ((455, 30), (114, 30))
    np.testing.assert_allclose(x_train.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(x_train.std(axis=0), 1, rtol=1e-12)
    assert np.abs(x_test.mean(axis=0)).max() > 1e-3
    assert set(y_train) == set(y_test) == {0, 1}


def test_classifier_of_the_text_is_accurate(tumours):
    history, _, accuracy = load("keras_classifier").text_classifier(tumours)
    assert len(history.history["loss"]) == 10
    assert history.model.optimizer.iterations == 150
    assert accuracy >= 0.95


def test_smaller_batches_make_more_updates_and_learn_more_an_epoch(tumours):
    results = load("keras_classifier").compare_batch_sizes(tumours, epochs=2)
    assert [history.model.optimizer.iterations for history, *_ in results.values()] == [2, 30, 910]
    batch, mini, stochastic = (history.history["loss"][-1] for history, *_ in results.values())
    assert stochastic < mini < batch


def test_schedules_fall_from_the_same_rate():
    rates = load("keras_classifier").schedules(150)
    falling = {name: rate for name, rate in rates.items() if callable(rate)}
    assert len(falling) == 4
    for name, rate in falling.items():
        assert rate(0) == rates["constant, high"], name
        assert rate(149) <= 0.1 < rate(10), name
        assert all(rate(k + 1) <= rate(k) for k in range(149)), name


def test_adaptive_methods_go_further_at_the_same_rate(tumours):
    losses = {name: r[0].history["loss"][-1] for name, r in load("keras_classifier").compare_adaptive(tumours).items()}
    assert max(losses["Adam"], losses["RMSProp"]) < losses["AdaGrad"] < losses["SGD"]


# -- reducing the loss (003) --------------------------------------------------------------------------------


def test_steps_down_the_bowl():
    module = load("reducing_loss")
    x1, y = module.make_data()
    b, w1, losses = module.descend(x1, y)
    here_b, here_w1 = 0.0, 0.1  # the same steps with the derivatives written by hand
    for loss in losses:
        error = here_b + here_w1 * x1 - y
        assert loss == pytest.approx(np.mean(error**2), rel=1e-12)
        last = here_b, here_w1
        here_b, here_w1 = here_b - 0.1 * 2 * np.mean(error), here_w1 - 0.1 * 2 * np.mean(error * x1)
    assert (b, w1) == pytest.approx(last, rel=1e-12)
    changes = -np.diff(losses)
    assert (changes[:-1] > 1e-6).all()
    assert 0 <= changes[-1] <= 1e-6
    assert (w1, b) == pytest.approx(np.polyfit(x1, y, 1), abs=0.01)


def test_one_call_goes_the_same_way():
    module = load("reducing_loss")
    x1, y = module.make_data()
    b, w1, losses = module.descend(x1, y)
    path = module.path_in_one_call(x1, y)
    assert path.converged
    assert path.x == pytest.approx([b, w1], rel=1e-12)
    np.testing.assert_allclose(path.values, losses, rtol=1e-12)


# -- the estimated gradient (004) -----------------------------------------------------------------------------


def test_error_of_the_estimate_falls_with_the_root_of_the_sample():
    module = load("estimated_gradient")
    x, y = module.large_regression()
    errors = module.estimation_errors(x, y)
    assert module.slope(module.SAMPLE_SIZES, errors) == pytest.approx(-0.5, abs=0.05)
    of_each_row = -2 * y[:, None] * x  # the gradient of one row at w = 0
    expected = np.sqrt(of_each_row.var(axis=0).sum() / np.array(module.SAMPLE_SIZES))
    np.testing.assert_allclose(errors, expected, rtol=0.15)
    np.testing.assert_allclose(module.gradient(np.zeros(5), x, y), of_each_row.mean(axis=0), rtol=1e-10)


def test_slope_tells_other_laws_apart():
    slope = load("estimated_gradient").slope
    sizes = np.array([1.0, 4.0, 16.0])
    assert slope(sizes, 3 / np.sqrt(sizes)) == pytest.approx(-0.5)
    assert slope(sizes, 3 / sizes) == pytest.approx(-1)


def test_normalised_data_train_better_with_every_optimizer():
    histories = load("estimated_gradient").compare_optimizers()
    assert {len(figures["loss"]) for figures in histories.values()} == {10}
    for name in ("sgd", "rmsprop", "adam"):
        normalised, as_measured = histories[f"{name}, normalised"], histories[f"{name}, as measured"]
        assert normalised["loss"][-1] < 0.7 * as_measured["loss"][-1]
        assert normalised["val_accuracy"][-1] > as_measured["val_accuracy"][-1]


def test_penalties_shrink_the_weights_and_the_gap():
    results = load("estimated_gradient").compare_regularizers()
    size = {name: np.abs(kernels).mean() for name, (kernels, _) in results.items()}
    small = {name: np.mean(np.abs(kernels) < 0.01) for name, (kernels, _) in results.items()}
    gap = {
        name: figures["val_binary_crossentropy"][-1] - figures["binary_crossentropy"][-1]
        for name, (_, figures) in results.items()
    }
    for penalty in ("L1", "L2"):
        assert size[penalty] < 0.5 * size["none"]
        assert gap[penalty] < 0.9 * gap["none"]
    assert small["L1"] > 0.5 > small["L2"] > small["none"]
    plain, penalised = results["none"][1], results["L1"][1]
    np.testing.assert_allclose(plain["loss"], plain["binary_crossentropy"], rtol=1e-3)
    assert penalised["loss"][-1] > 1.1 * penalised["binary_crossentropy"][-1]
