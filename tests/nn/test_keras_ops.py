"""keras.ops, keras.random, keras.tree and what goes with them: Keras's figures, gradients, programs."""

import numpy as np
import pytest
from golden_figures import load

import tinygrad_edu as tg
from tinygrad_edu import Tensor, keras
from tinygrad_edu.common.floats import set_floatx
from tinygrad_edu.keras import ops
from tinygrad_edu.replay import trace

GOLDEN, FIGURES = load("keras_ops")


@pytest.fixture
def float64():
    set_floatx("float64")
    yield
    set_floatx("float32")


def close(found, expected):
    if isinstance(expected, list) and isinstance(found, list):
        assert len(found) == len(expected)
        for ours, theirs in zip(found, expected, strict=True):
            close(ours, theirs)
    elif isinstance(expected, str):
        assert found == expected
    else:
        np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-7)  # some are of float32 on JAX


@pytest.mark.parametrize("name", GOLDEN.CASES)
@pytest.mark.usefixtures("float64")
def test_figures_of_keras(name):
    close(GOLDEN.figure(keras, name), FIGURES[name])


PLAIN = {
    "shape",
    "ndim",
    "size",
    "dtype",
    "is_tensor",
    "convert_to_numpy",
    "nonzero",
    "bincount",
    "allclose",
    "isclose",
}
PLAIN |= {"digitize", "argpartition"}  # bins are no Tensors


def is_array(x):
    return isinstance(x, np.ndarray) and x.dtype.kind == "f"


@pytest.mark.parametrize("name", [name for name in GOLDEN.CASES if GOLDEN.parts(name)[0] not in PLAIN])
@pytest.mark.usefixtures("float64")
def test_in_a_program(name):
    """Of inputs that change from run to run the values are those of the function."""
    function, arguments, options = GOLDEN.parts(name)
    if not any(map(is_array, arguments)):
        pytest.skip("no array of floats")
    arrays = [x for x in arguments if is_array(x)]

    def run(*values):
        left = iter(values)
        out = getattr(ops, function)(*[next(left) if is_array(x) else x for x in arguments], **options)
        return tuple(out) if isinstance(out, list) else out

    program = trace(run, *arrays)
    changed = [x * 0.9 + 0.05 for x in arrays] if function not in ("cholesky", "eigh") else arrays
    close(GOLDEN.plain(program(*changed)), GOLDEN.plain(run(*changed)))


def test_all_that_keras_has_and_an_op_has_is_here():
    """Every function of Keras that is called as an op or as a NumPy function with one."""
    from tinygrad_edu.engine.op import registry
    from tinygrad_edu.engine.tensor import numpy_functions

    names = set(registry) | {function.__name__ for function in numpy_functions}
    theirs = {name.rpartition(".")[2] for name in load("keras_names")[1]["names"]["ops"]}
    told_by_hand = {"empty_like", "rint"}
    assert names & theirs - told_by_hand - set(ops.__all__) == set()


def test_every_function_has_a_figure():
    """But those that are loops, or whose figures are those of another name."""
    compared = {GOLDEN.parts(name)[0] for name in GOLDEN.CASES}
    loops = {"cond", "switch", "while_loop", "fori_loop", "map", "vectorized_map", "scan", "stop_gradient"}
    filled = {"empty", "empty_like", "linalg", "nn", "numpy"}
    assert set(ops.__all__) - compared - loops - filled == set()


def test_gradients_flow():
    x = Tensor([1.0, 2.0, 3.0], requires_grad=True)
    loss = ops.sum(ops.square(ops.relu(x) * ops.convert_to_tensor([1.0, 0.0, 2.0])) + ops.stop_gradient(x))
    loss.backward()
    np.testing.assert_allclose(x.grad, [2.0, 0.0, 24.0])


def test_loops():
    assert ops.fori_loop(0, 4, lambda i, total: total + i, 0) == 6
    assert ops.while_loop(lambda i: i < 5, lambda i: (i + 2,), (0,)) == (6,)
    assert ops.while_loop(lambda i: True, lambda i: i + 1, 0, maximum_iterations=3) == 3
    assert ops.cond(ops.sum([1.0]) > 0, lambda: "yes", lambda: "no") == "yes"
    assert ops.switch(7, [lambda x: x, lambda x: -x], 2) == -2
    assert ops.map(lambda row: ops.sum(row), np.eye(3)).numpy().tolist() == [1, 1, 1]
    pairs = ops.vectorized_map(lambda pair: pair[0] * pair[1], (np.arange(3.0), np.arange(3.0)))
    assert pairs.numpy().tolist() == [0, 1, 4]
    carry, sums = ops.scan(lambda total, x: (total + x, total + x), 0.0, np.arange(4.0))
    assert (carry.item(), sums.numpy().tolist()) == (6, [0, 1, 3, 6])


def test_a_script_with_ops(tmp_path):
    """A custom layer, loss and metric as the guides write them; by programs as op by op."""

    class Squares(keras.layers.Layer):
        def __init__(self, units, **options):
            super().__init__(**options)
            self.units = units
            self.input_spec = keras.layers.InputSpec(ndim=2)

        def build(self, input_shape):
            self.w = self.add_weight(shape=(input_shape[-1], self.units), initializer="glorot_uniform", name="w")

        def call(self, inputs):
            return ops.nn.softplus(ops.matmul(inputs, self.w)) + ops.mean(ops.square(inputs), axis=-1, keepdims=True)

    def loss(y_true, y_pred):
        return ops.mean(ops.abs(ops.cast(y_true, "float32") - y_pred), axis=-1)

    def trained(run_eagerly):
        keras.utils.set_random_seed(3)
        model = keras.Sequential([keras.Input((4,)), Squares(3), keras.layers.Dense(2)])
        model.compile("adam", loss, metrics=[lambda t, p: ops.max(ops.abs(t - p))], run_eagerly=run_eagerly)
        rng = np.random.default_rng(0)
        return model.fit(rng.normal(size=(32, 4)), rng.normal(size=(32, 2)), epochs=3, verbose=0).history

    eager, program = trained(True), trained(False)
    for name in eager:
        np.testing.assert_allclose(program[name], eager[name], rtol=1e-5)
    with pytest.raises(ValueError, match=r"expects inputs with 2 axes; received shape"):
        Squares(2)(np.ones((3, 4, 5)))


# -- random ----------------------------------------------------------------------------------------------

N = 40_000


def test_random_numbers_have_their_distributions():
    """Means and variances by formula, within five standard errors."""
    seed = keras.random.SeedGenerator(1)
    for found, mean, deviation in (
        (keras.random.normal((N,), 2.0, 3.0, seed=seed), 2.0, 3.0),
        (keras.random.uniform((N,), -1.0, 3.0, seed=seed), 1.0, 4 / 12**0.5),
        (keras.random.truncated_normal((N,), 1.0, 2.0, seed=seed), 1.0, 2 * 0.8796),  # of ±2: Johnson et al. (1994)
        (keras.random.randint((N,), 0, 10, seed=seed), 4.5, (99 / 12) ** 0.5),
        (keras.random.binomial((N,), 8, 0.25, seed=seed), 2.0, 1.5**0.5),
        (keras.random.beta((N,), 2.0, 3.0, seed=seed), 0.4, 0.2),
        (keras.random.gamma((N,), 4.0, seed=seed), 4.0, 2.0),
        (keras.random.dropout(np.ones(N), 0.2, seed=seed), 1.0, 0.5),
    ):
        values = found.numpy().astype(float)
        assert abs(values.mean() - mean) < 5 * deviation / N**0.5
        assert values.std() == pytest.approx(deviation, rel=0.03)
    assert abs(keras.random.truncated_normal((N,), seed=seed).numpy()).max() <= 2
    drawn = keras.random.categorical(np.log([[0.7, 0.2, 0.1]]), N, seed=seed).numpy()[0]
    np.testing.assert_allclose(np.bincount(drawn) / N, [0.7, 0.2, 0.1], atol=0.012)
    assert sorted(keras.random.shuffle(np.arange(9.0), seed=seed).numpy().tolist()) == list(range(9))


def test_seeds():
    """A number repeats itself, a SeedGenerator goes on, and without one the seed of the process counts."""
    assert (keras.random.normal((3,), seed=1).numpy() == keras.random.normal((3,), seed=1).numpy()).all()
    source = keras.random.SeedGenerator(1)
    first = keras.random.normal((3,), seed=source).numpy()
    assert (first != keras.random.normal((3,), seed=source).numpy()).any()
    keras.utils.set_random_seed(4)
    first = keras.random.uniform((3,)).numpy()
    keras.utils.set_random_seed(4)
    assert (first == keras.random.uniform((3,)).numpy()).all()
    assert keras.random.normal((2,)).dtype == np.float32 and keras.random.randint((2,), 0, 3).dtype == np.int32


def test_a_layer_that_draws_gets_other_numbers_in_each_step():
    class Noise(keras.layers.Layer):
        def __init__(self):
            super().__init__()
            self.seed_generator = keras.random.SeedGenerator(5)

        def call(self, inputs, training=False):
            return inputs + keras.random.normal(ops.shape(inputs), seed=self.seed_generator) if training else inputs

    histories = []
    for run_eagerly in (True, False):
        model = keras.Sequential([keras.Input((2,)), Noise(), keras.layers.Dense(1, kernel_initializer="ones")])
        model.compile(keras.optimizers.SGD(0.0), "mse", run_eagerly=run_eagerly)
        histories.append(model.fit(np.ones((8, 2)), np.ones(8), epochs=4, verbose=0).history["loss"])
    np.testing.assert_allclose(histories[0], histories[1], rtol=1e-6)
    assert len(set(histories[1])) == 4


# -- trees, series, bars -----------------------------------------------------------------------------------


def test_trees():
    tree = keras.tree
    structure = {"b": [1, (2, 3)], "a": 4}
    assert tree.flatten(structure) == [4, 1, 2, 3]
    assert tree.map_structure(lambda a, b: a + b, structure, structure) == {"b": [2, (4, 6)], "a": 8}
    assert tree.pack_sequence_as(structure, [1, 2, 3, 4]) == {"b": [2, (3, 4)], "a": 1}
    assert tree.map_structure(lambda x: x, [None, 1], none_is_leaf=False) == [None, 1]
    assert tree.lists_to_tuples(structure) == {"b": (1, (2, 3)), "a": 4}
    assert tree.traverse(lambda x: -x if isinstance(x, int) else None, structure) == {"b": [-1, (-2, -3)], "a": -4}
    assert tree.traverse(lambda x: sum(x) if isinstance(x, tuple) else None, structure, top_down=False)["b"] == [1, 5]
    with pytest.raises(ValueError, match="same form"):
        tree.assert_same_structure([1, 2], [1])


def test_windows_over_a_series():
    """The examples of Keras's documentation of timeseries_dataset_from_array."""
    series = np.arange(100)
    data = keras.utils.timeseries_dataset_from_array(series, None, 10, sequence_stride=3, sampling_rate=2)
    first = next(iter(data))
    assert first[0].tolist() == list(range(0, 20, 2)) and first[-1].tolist() == list(range(81 - 81 % 3, 100, 2))[:10]
    data = keras.preprocessing.timeseries_dataset_from_array(series[:-10], series[10:], sequence_length=10)
    x, y = next(iter(data))
    assert x[0].tolist() == list(range(10)) and y[0] == 10 and len(data) == 1
    parts = keras.utils.timeseries_dataset_from_array(series, series, 4, batch_size=16, start_index=20, end_index=60)
    assert np.concatenate([y for _, y in parts]).tolist() == list(range(20, 57))
    mixed = keras.utils.timeseries_dataset_from_array(series, series, 4, batch_size=16, shuffle=True, seed=2)
    order = np.concatenate([y for _, y in mixed])
    assert sorted(order) == list(range(97)) and (np.diff(order) != 1).any()
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    model.compile("adam", "mse")
    assert len(model.fit(parts, epochs=2, verbose=0).history["loss"]) == 2
    with pytest.raises(ValueError, match="start_index < end_index ≤ 100; received 50 and 40"):
        keras.utils.timeseries_dataset_from_array(series, None, 4, start_index=50, end_index=40)


def test_a_bar_of_progress(capsys):
    bar = keras.utils.Progbar(5, verbose=1, stateful_metrics=["accuracy"])
    for i in range(5):
        bar.update(i + 1, [("loss", float(i)), ("accuracy", i / 10)], finalize=False if i < 4 else None)
    assert capsys.readouterr().out == "5/5 ━━━━━━━━━━━━━━━━━━━━ - 0s - loss: 4.0000 - accuracy: 0.4000\n"
    bar = keras.utils.Progbar(None, verbose=1)
    bar.add(2, [("loss", 1.0)])
    bar.add(2, [("loss", 2.0)])
    bar.update(4, finalize=True)
    assert capsys.readouterr().out == "4/Unknown - 0s - loss: 1.5000\n"
    keras.utils.Progbar(3, verbose=0).add(3)
    assert capsys.readouterr().out == ""


def test_input_specs():
    """Each argument of Keras's InputSpec."""
    spec = keras.InputSpec(shape=(None, 28, 28, 1), allow_last_axis_squeeze=True)
    assert spec.problem((5, 28, 28)) is None and spec.problem((None, 28, 28, 1)) is None
    assert "shape (None, 28, 28, 1)" in spec.problem((5, 27, 28))
    assert keras.InputSpec(min_ndim=2, max_ndim=3).problem((4,)).startswith("2 axes or more")
    assert keras.InputSpec(min_ndim=2, max_ndim=3).problem((4, 4, 4, 4)).startswith("3 axes or fewer")
    assert keras.InputSpec(axes={1: 3}).problem((5, 4)).startswith("axis 1 of length 3")
    again = keras.InputSpec.from_config(spec.get_config())
    assert again.get_config() == spec.get_config()
    with pytest.raises(ValueError, match="numbered from 0; received axis 3"):
        keras.InputSpec(ndim=3, axes={3: 1})
    with pytest.raises(TypeError, match="dict of whole numbers"):
        keras.InputSpec(axes=[1])
    assert tg.nn.Layer().check_input((1, 2)) is None
