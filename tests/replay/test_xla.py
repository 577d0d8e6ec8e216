"""`compile(jit_compile=True)`: the same training under XLA as by the flat program and op by op, or it says why not."""

import subprocess
import sys
import warnings
from zipfile import ZipFile

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import keras
from tinygrad_edu.engine.op import registry
from tinygrad_edu.keras import layers, optimizers, regularizers
from tinygrad_edu.nn.training import entries
from tinygrad_edu.replay.step import alive
from tinygrad_edu.replay.tape import Tape, tracing

pytestmark = pytest.mark.peers

ROWS = np.random.default_rng(0)
X = ROWS.normal(size=(46, 6))
SHARES = ROWS.uniform(0.1, 0.9, (46, 3))
YES = (X.sum(axis=1, keepdims=True) > 0).astype(int)
CLASSES = ROWS.integers(0, 3, 46)
CLOSE = {"float32": 1e-4, "float64": 1e-10}  # what the design promises after an epoch


# -- ops -------------------------------------------------------------------------------------------------------


def noted(op, args, options):
    """The tape of an op on a sample, the arrays that vary, and the Node and the value of the result."""
    tape = Tape()
    varies = [isinstance(x, np.ndarray) and x.dtype.kind == "f" for x in args]
    with tracing(tape), np.errstate(all="ignore"):
        out = op.call(*[tape.input(x, "x") if v else x for x, v in zip(args, varies)], **options)
    return tape, [x for x, v in zip(args, varies) if v], tape.value(out), getattr(out, "array", out)


def under_xla(samples):
    """The functions of samples for JAX."""
    import jax

    from tinygrad_edu.replay.xla.spelling import compute

    def function(tape, node):
        def f(*arrays):
            known = dict(zip(tape.step.inputs, arrays))

            def value(x):
                return known.get(x, x.array)

            for statement in alive(tape.step.statements, [node]):
                known[statement] = compute(statement, value, jax)
            return value(node)

        return f

    return [function(tape, node) for tape, _, node, _ in samples]


# Ties are broken in another order; JAX refuses triangles of vectors, and a trace with such runs as a flat program.
OTHERWISE = {"argpartition"}
REFUSED = {("tril", 3), ("triu", 3)}


def samples_of(names):
    for name in names:
        op = registry[name]
        for i, (args, options) in enumerate(op.sample(np.random.default_rng(0)) if op.sample else ()):
            if (name, i) not in REFUSED and name not in OTHERWISE and any(np.ndim(x) for x in args):
                yield noted(op, args, options)


def check_ops(names):
    import jax

    samples = list(samples_of(names))
    functions = under_xla(samples)
    with jax.enable_x64(True):
        whole = jax.jit(lambda inputs: [f(*arrays) for f, arrays in zip(functions, inputs)])
        found = whole([arrays for _, arrays, _, _ in samples])
    for (_, _, node, expected), value in zip(samples, found):
        assert (value.shape, value.dtype) == (np.shape(expected), expected.dtype), node.name
        np.testing.assert_allclose(value, expected, rtol=1e-9, atol=1e-9, err_msg=str(node.name))


def test_ops_that_say_how_xla_computes_them():
    declared = [name for name, op in registry.items() if op.xla is not None]
    assert len(declared) >= 15
    check_ops(declared)


@pytest.mark.nightly
@pytest.mark.parametrize("letter", "abcdefghijklmnopqrstuvwxyz")
def test_every_op(letter):
    check_ops([name for name in registry if name.startswith(letter)])


# -- trainings -------------------------------------------------------------------------------------------------


def network(*middle, units=3, activation=None, hidden="tanh", **dense):
    return keras.Sequential(
        [layers.Input((6,)), layers.Dense(5, hidden, **dense), *middle, layers.Dense(units, activation)]
    )


def told(build, jit_compile, x=X, y=SHARES, fit=None, **compiled):
    """The outcome of a training: figures, weights, the optimizer's state, the next random number; and the model."""
    keras.utils.set_random_seed(1)
    model = build()
    model.compile(**{"optimizer": "sgd", "loss": "mse"} | compiled, jit_compile=jit_compile)
    history = model.fit(x, y, **{"batch_size": 8, "epochs": 4, "verbose": 0} | (fit or {}))
    arrays = [*model.get_weights(), *[v.numpy() for v in model.optimizer.variables]]
    arrays += [np.asarray(values) for values in history.history.values()]
    return [*arrays, np.array(tg.random.generator().random())], model


def same(build, dtype="float32", kinds=("train",), **options):
    """Train by the flat program and under XLA, which has to run, and compare all that came out."""
    before = keras.config.floatx()
    keras.config.set_floatx(dtype)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            expected, _ = told(build, False, **{k: made(v) for k, v in options.items()})
            found, model = told(build, True, **{k: made(v) for k, v in options.items()})
    finally:
        keras.config.set_floatx(before)
    assert not model.programs.not_compiled and not model.programs.eager
    for kind in kinds:
        assert any(e.kind == kind and runs_under_xla(e) for e in model.programs.entries.values())
    for a, b in zip(found, expected, strict=True):
        scale = np.max(np.abs(b), initial=1e-3, where=np.isfinite(b))
        np.testing.assert_allclose(a, b, rtol=CLOSE[dtype], atol=CLOSE[dtype] * scale)
    return model


def runs_under_xla(entry):
    return entry.runs_compiled or entry.epochs is not None and entry.epochs.trusted


def made(x):
    return x() if callable(x) and not isinstance(x, type) and getattr(x, "__name__", "") == "<lambda>" else x


KEPT = [layers.BatchNormalization, layers.LayerNormalization, lambda: layers.Dropout(0.3, seed=3)]
TRAININGS = {
    "adam": {"optimizer": "adam", "metrics": ["mae"]},
    "nesterov with decay": {"optimizer": lambda: optimizers.SGD(0.05, momentum=0.9, nesterov=True, weight_decay=0.01)},
    "nadam, whose numbers are a product": {"optimizer": lambda: optimizers.Nadam(0.01)},
    "lion": {"optimizer": lambda: optimizers.Lion(0.01)},
    "ftrl": {"optimizer": lambda: optimizers.Ftrl(0.05)},
    "a schedule": {"optimizer": lambda: optimizers.Adam(optimizers.schedules.ExponentialDecay(0.1, 3, 0.5))},
    "accumulation": {"optimizer": lambda: optimizers.Adam(0.01, gradient_accumulation_steps=3)},
    "averages": {"optimizer": lambda: optimizers.Adam(0.01, use_ema=True, ema_overwrite_frequency=3)},
    "clipping": {"optimizer": lambda: optimizers.Adam(0.01, global_clipnorm=0.05)},
}


@pytest.fixture
def batch_by_batch(monkeypatch):
    """XLA runs the batches of an epoch from the third on, and does not wait for whole epochs."""
    monkeypatch.setattr(entries, "_WAITING", 0)


@pytest.mark.parametrize("options", TRAININGS.values(), ids=list(TRAININGS))
def test_optimizers(options):
    same(network, **options)


@pytest.mark.parametrize("name", ["adam", "nadam, whose numbers are a product", "accumulation", "averages"])
def test_batches_in_one_call(name, batch_by_batch):
    same(network, fit={"epochs": 2}, **TRAININGS[name])


def constrained():
    rule = keras.constraints.MaxNorm(0.7)
    return network(kernel_constraint=rule, kernel_regularizer=regularizers.L2(0.01))


def two_ends():
    left, right = keras.Input((6,), name="left"), keras.Input((6,), name="right")
    both = layers.Concatenate()([layers.Dense(4, "relu")(left), layers.Dense(4, "relu")(right)])
    return keras.Model([left, right], [layers.Dense(3, name="a")(both), layers.Dense(1, "sigmoid", name="b")(both)])


def test_constraints_read_the_weights_after_the_update():
    same(constrained, optimizer=lambda: optimizers.SGD(0.5))


def test_float64():
    same(lambda: network(layers.BatchNormalization()), dtype="float64", optimizer="rmsprop", metrics=["mae"])


def test_the_same_masks_of_dropout_and_a_bias_whose_gradient_is_rounding():
    middle = lambda: network(layers.Dropout(0.3), layers.BatchNormalization(), layers.GaussianNoise(0.1))  # noqa: E731
    same(middle, optimizer="adam")


def test_classes_and_their_weights():
    build = lambda: network(activation="softmax")  # noqa: E731
    fit = {"class_weight": {0: 1.0, 1: 3.0, 2: 0.5}}
    same(build, y=CLASSES, loss="sparse_categorical_crossentropy", metrics=["accuracy"], fit=fit)


def test_validation_sample_weights_and_figures_that_are_arrays():
    build = lambda: network(units=1, activation="sigmoid")  # noqa: E731
    fit = {"validation_data": (X[:40], YES[:40]), "sample_weight": np.linspace(0.5, 2.0, 46)}
    metrics = lambda: ["accuracy", keras.metrics.AUC(num_thresholds=20)]  # noqa: E731
    same(build, y=YES, loss="binary_crossentropy", metrics=metrics, fit=fit, kinds=("train", "test"))


def test_several_inputs_and_outputs():
    same(two_ends, x=[X, X[::-1].copy()], y=[SHARES, YES], loss=["mse", "binary_crossentropy"], optimizer="adam")


def test_images():
    def build():
        pictures = [layers.Input((6,)), layers.Reshape((3, 2, 1)), layers.Conv2D(2, 2, padding="same")]
        return keras.Sequential(
            [*pictures, layers.MaxPooling2D((2, 1), padding="same"), layers.Flatten(), layers.Dense(3)]
        )

    same(build, optimizer="adam")


def test_a_metric_of_the_users_own_is_called_after_each_batch_in_order():
    class Last(keras.metrics.Metric):
        def __init__(self, name="last", **options):
            super().__init__(name=name, **options)
            self.value = self.add_variable(name="value")

        def update_state(self, y_true, y_pred, sample_weight=None):
            self.value.assign(0.5 * self.value.array + np.mean(y_pred))

        def result(self):
            return self.value

    same(network, metrics=lambda: [Last()])


def test_several_epochs_in_one_call():
    model = same(lambda: network(units=1, activation="sigmoid"), y=YES, loss="binary_crossentropy", optimizer="adam",
                 metrics=["accuracy"], fit={"epochs": 9})  # fmt: skip
    (main,) = [e for e in model.programs.entries.values() if e.epochs]
    assert main.epochs.trusted and not main.runs_compiled
    before = model.get_weights()
    model.set_weights([np.zeros_like(w) for w in before])
    model.fit(X, YES, batch_size=8, epochs=4, verbose=0)
    assert not np.allclose(model.get_weights()[2], before[2])  # it began at zero, not where it was on the device


def test_more_data_than_there_is_room_for_comes_in_lots(monkeypatch, batch_by_batch):
    from tinygrad_edu.replay.xla import memory, program

    monkeypatch.setattr(memory, "_OF_HOST", 100)  # bytes
    monkeypatch.setattr(program, "AT_ONCE", 700)  # bytes: two batches of 8
    same(network, optimizer="adam", metrics=["mae"], fit={"epochs": 3})


def test_data_that_was_written_between_two_fits():
    found = {}
    for jit in (False, True):
        x = X.astype("float32")
        _, model = told(network, jit, x=x, fit={"epochs": 3})
        x *= 2.0
        model.fit(x, SHARES.astype("float32"), batch_size=8, epochs=2, verbose=0)
        found[jit] = model.get_weights()
    for a, b in zip(found[True], found[False], strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)


def test_a_callback_sees_the_weights_of_its_epoch():
    seen = {}
    for jit in (False, True):

        class Weights(keras.callbacks.Callback):
            def __init__(self):
                self.seen = []

            def on_epoch_end(self, epoch, logs=None):
                self.seen.append(self.model.get_weights()[0])
                self.model.optimizer.learning_rate = 0.1 / (epoch + 1)

        callback = Weights()
        told(network, jit, fit={"callbacks": [callback], "epochs": 5})
        seen[jit] = callback.seen
    np.testing.assert_allclose(seen[True], seen[False], rtol=1e-4, atol=1e-5)


def test_a_callback_writes_the_data_of_the_next_epoch():
    found = {}

    class Growing(keras.callbacks.Callback):
        def set_data(self, rows, validation):
            self.rows = rows

        def on_epoch_end(self, epoch, logs=None):
            self.rows[0][...] *= 1.5

    for jit in (False, True):
        data = {"x": X.astype("float32"), "y": SHARES.astype("float32")}
        _, model = told(network, jit, **data, fit={"callbacks": [Growing()], "epochs": 5})
        assert not jit or any(runs_under_xla(entry) for entry in model.programs.entries.values())
        found[jit] = model.get_weights()
    for a, b in zip(found[True], found[False], strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)


def test_validation_beside_whole_epochs():
    fit = {"validation_data": (X[:20], SHARES[:20]), "epochs": 5}
    model = same(network, optimizer="adam", metrics=["mae"], fit=fit, kinds=("train", "test"))
    (main,) = [entry for entry in model.programs.entries.values() if entry.epochs]
    assert main.epochs.trusted and not main.runs_compiled  # nor in the last epoch


def test_very_many_random_numbers_are_drawn_on_the_device(monkeypatch):
    from tinygrad_edu.replay.xla import program

    monkeypatch.setattr(program, "AT_ONCE", 500)  # bytes: of a batch of 8, 160
    histories = []
    for _ in range(2):
        with pytest.warns(UserWarning, match="XLA draws them itself") as said:
            found, model = told(lambda: network(layers.Dropout(0.4)), True, fit={"epochs": 6})
        assert len(said) == 1 and not model.programs.not_compiled
        histories.append(found)
    for a, b in zip(*histories, strict=True):  # a seed repeats them
        np.testing.assert_array_equal(a, b)
    expected = told(lambda: network(layers.Dropout(0.4)), False, fit={"epochs": 6})[0]
    assert 0 < abs(found[-2][-1] - expected[-2][-1]) < 0.2 * expected[-2][-1]  # the loss: other masks, as many zeros


# -- what cannot go, and what is wrong ---------------------------------------------------------------------------


def test_an_op_that_xla_does_not_know_runs_as_a_flat_program_and_says_so_once():
    @tg.primitive(lambda g, out, a: g * 3 * a**2, method=False)
    def cube(a):
        return np.asarray(a) ** 3

    def build():
        return network(layers.Lambda(cube))

    with pytest.warns(UserWarning, match="flat NumPy program, not under XLA: XLA has no form of the op 'cube'") as said:
        found, _ = told(build, True, fit={"epochs": 4})
    assert len(said) == 1
    expected, _ = told(build, False, fit={"epochs": 4})
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_wrong_answer_of_xla_is_noticed(monkeypatch):
    monkeypatch.setattr(tg.ops.tanh.op, "xla", lambda jax, a: jax.numpy.tanh(1.001 * a))
    with pytest.warns(UserWarning, match="it gives another result for"):
        found, model = told(network, True)
    assert "train" in model.programs.not_compiled
    for a, b in zip(found, told(network, False)[0], strict=True):
        np.testing.assert_array_equal(a, b)


def test_the_settings_of_jax_stay_the_users():
    import jax

    told(network, True)
    assert jax.numpy.asarray(np.ones(2)).dtype == "float32"
    assert jax.config.jax_default_matmul_precision is None


def test_op_by_op_and_under_xla_exclude_each_other():
    with pytest.raises(ValueError, match="exclude each other"):
        network().compile("sgd", "mse", run_eagerly=True, jit_compile=True)


def test_the_choice_is_saved_and_the_program_can_still_be_printed():
    _, model = told(network, True)
    assert model.get_compile_config()["jit_compile"] is True
    assert "def train_step(" in str(model.training_program)


def test_a_saved_model_takes_the_choice_up_again(tmp_path):
    _, model = told(network, True)
    model.save(tmp_path / "m.keras")
    again = keras.models.load_model(tmp_path / "m.keras")
    assert again.jit_compile and again.programs.under_xla
    figures = [
        m.fit(X, SHARES, batch_size=8, epochs=4, shuffle=False, verbose=0).history["loss"] for m in (model, again)
    ]
    assert any(runs_under_xla(entry) for entry in again.programs.entries.values())
    np.testing.assert_allclose(*figures, rtol=1e-4)


def test_keras_writes_true_for_its_auto(tmp_path):
    _, model = told(network, True)
    model.save(tmp_path / "m.keras")
    with ZipFile(tmp_path / "m.keras") as ours, ZipFile(tmp_path / "k.keras", "w") as as_keras:
        for name in ours.namelist():
            content = ours.read(name)
            as_keras.writestr(name, b'{"keras_version": "3.15.1"}' if name == "metadata.json" else content)
    assert not keras.models.load_model(tmp_path / "k.keras").jit_compile


def test_a_saved_model_without_jax(tmp_path):
    _, model = told(network, True)
    model.save(tmp_path / "m.keras")
    code = (
        "import sys; sys.modules['jax'] = None\n"
        "from tinygrad_edu import keras\n"
        f"model = keras.models.load_model({str(tmp_path / 'm.keras')!r})\n"
        "print(model.compiled, model.jit_compile)\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "True False\n"
    assert "flat NumPy programs here" in run.stderr and 'pip install "tinygrad-edu[jax]"' in run.stderr


def test_without_jax_one_command_is_named(monkeypatch):
    code = (
        "import sys; sys.modules['jax'] = None\n"
        "from tinygrad_edu import keras\n"
        "model = keras.Sequential([keras.layers.Input((2,)), keras.layers.Dense(1)])\n"
        "try:\n    model.compile('sgd', 'mse', jit_compile=True)\n"
        "except ImportError as error:\n    print(error)\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert 'pip install "tinygrad-edu[jax]"' in run.stdout
