"""The losses: the figures of Keras, exactness at extremes, gradients, and shapes that are never broadcast."""

import itertools

import numpy as np
import pytest
from golden_figures import load

import tinygrad_edu as tg
from tinygrad_edu import Tensor, gradcheck
from tinygrad_edu.common.naming import names_of, snake_case, subclasses
from tinygrad_edu.nn import losses

GOLDEN, FIGURES = load("nn_losses")
CASES = {name: case for name, *case in GOLDEN.cases()}
CLASSES = [cls for cls in subclasses(losses.Loss) if cls.function and cls.__module__.startswith("tinygrad_edu")]
RELATIVE = {"float64": 2e-7, "float32": 2e-6}  # the mean of Keras on JAX rounds float64 to float32


def one_hot(*numbers, classes=3):
    return np.eye(classes)[list(numbers)]


def example(cls, rng, shape=(4, 3)):
    """Targets and predictions that any loss of this class takes, the predictions inside (0, 1)."""
    y_pred = rng.uniform(0.1, 0.9, shape)
    if cls is losses.Circle:
        y_pred = y_pred / np.linalg.norm(y_pred, axis=-1, keepdims=True)
    if cls in (losses.SparseCategoricalCrossentropy, losses.CategoricalGeneralizedCrossEntropy, losses.Circle):
        return rng.integers(0, shape[-1], shape[:-1]), y_pred
    if cls.__name__.startswith("Categorical"):
        return np.eye(shape[-1])[rng.integers(0, shape[-1], shape[:-1])], y_pred
    return rng.integers(0, 2, shape).astype(float), y_pred


# -- Keras --------------------------------------------------------------------------------------------


def apart(ours, expected, dtype):
    """Whether our figure is not that of Keras."""
    ours = np.asarray(ours.data)
    expected = np.reshape(
        np.array(expected, dtype=float), ours.shape
    )  # Keras leaves a column where the weights are one
    return not np.allclose(ours, expected, rtol=RELATIVE[dtype], atol=RELATIVE[dtype] / 4, equal_nan=True)


def test_every_figure_of_keras():
    assert FIGURES["losses"].keys() == CASES.keys()
    wrong = {}
    for name, case in CASES.items():
        ours = GOLDEN.value(losses, *case)
        assert ours.dtype == case[-1]
        if apart(ours, FIGURES["losses"][name], case[-1]):
            wrong[name] = ours, FIGURES["losses"][name]
    assert wrong == {}


@pytest.mark.parametrize("dtype", GOLDEN.DTYPES)
@pytest.mark.parametrize("name", GOLDEN.EDGES)
def test_edges_of_keras(name, dtype):
    """Zeros, NaN, probabilities of 0 and 1, no weight at all."""
    ours, expected = GOLDEN.edge(losses, *GOLDEN.EDGES[name], dtype), FIGURES["edges"][f"{name} {dtype}"]
    assert not apart(ours, expected, dtype), (ours, expected)


def test_every_class_of_loss_that_keras_has_is_compared_with_it():
    assert {loss[0] for loss in GOLDEN.LOSSES.values()} == {cls.__name__ for cls in CLASSES if cls.home}


def test_every_configuration_of_keras():
    """Its names, defaults and keys; more of ours are arguments that Keras takes, but forgets."""
    for cls, config in GOLDEN.defaults(losses).items():
        expected = FIGURES["configurations"][cls]
        assert {key: config[key] for key in expected} == expected
        assert config.keys() - expected.keys() <= {"axis", "delta"}


def test_every_name_of_keras():
    missing = {"Loss", "LossFunctionWrapper", "CTC", "ctc"}
    names = FIGURES["names"]
    assert missing <= names.keys()
    for name in names.keys() - missing:
        assert snake_case(type(losses.get(name)).__name__) == names[name]


@pytest.mark.parametrize("label", ["real", "mean"])
def test_a_wrong_loss_would_be_noticed(label, monkeypatch):
    """Mutants: a missing square, a sum in place of the mean."""
    wrong = {"real": lambda t, p: np.mean(np.absolute(p - t), -1), "mean": lambda t, p: np.sum(np.square(p - t), -1)}
    monkeypatch.setattr(losses.MeanSquaredError, "function", wrong[label])
    name = "mse (n, k) sum none"
    assert apart(GOLDEN.value(losses, *CASES[name]), FIGURES["losses"][name], "float64")


# -- gradients ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
@pytest.mark.parametrize("reduction", ["sum_over_batch_size", "sum", None])
@pytest.mark.parametrize("shape", [(4, 3), (2, 2, 3)], ids=str)
@pytest.mark.matrix(one_in=3)
def test_gradient_for_the_predictions(cls, reduction, shape):
    shape = (4, 3) if cls is losses.Circle else shape  # which is for rows alone
    y_true, y_pred = example(cls, np.random.default_rng(1), shape)
    assert gradcheck(lambda p: cls(reduction=reduction)(y_true, p), y_pred, order=2)
    weight = np.linspace(0.5, 2, shape[0])
    assert gradcheck(lambda p: cls(reduction=reduction)(y_true, p, weight), y_pred)


@pytest.mark.parametrize(("cls", "activation"), [
    (losses.BinaryCrossentropy, "sigmoid"),
    (losses.CategoricalCrossentropy, "softmax"),
    (losses.SparseCategoricalCrossentropy, "softmax"),
])  # fmt: skip
@pytest.mark.parametrize("arguments", [{}, {"smoothed": 0.2}, {"from_logits": True}], ids=str)
def test_gradient_for_the_logits(cls, activation, arguments):
    if "smoothed" in arguments:  # class numbers cannot be
        arguments = {} if cls is losses.SparseCategoricalCrossentropy else {"label_smoothing": 0.2}
    y_true, y_pred = example(cls, np.random.default_rng(2))
    squash = (lambda z: z) if "from_logits" in arguments else tg.nn.activations.get(activation)
    assert gradcheck(lambda z: cls(**arguments)(y_true, squash(z)), 4 * y_pred - 2, order=2)


# -- exactness ----------------------------------------------------------------------------------------

EXTREMES = np.array([[1000.0], [-1000.0], [40.0], [-40.0], [0.0]])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("label", [0.0, 1.0])
def test_binary_crossentropy_of_a_sigmoid_is_exact(dtype, label):
    """log(1 + e^(∓z)) however sure the model is, and the gradient p − y; no warning, which would be an error here."""
    z = Tensor(EXTREMES.astype(dtype), requires_grad=True)
    loss = losses.BinaryCrossentropy(reduction=None)(np.full((5, 1), label), z.sigmoid())
    sign = -1 if label else 1
    exact = np.logaddexp(0, sign * EXTREMES[:, 0])
    np.testing.assert_allclose(loss.data, exact, rtol=4 * np.finfo(dtype).eps)
    assert loss.dtype == dtype
    loss.sum().backward()
    p = np.array([1.0, 0.0, 1.0, np.exp(-40.0), 0.5])
    np.testing.assert_allclose(z.grad[:, 0], p - label, rtol=1e-6, atol=1e-15)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("cls", [losses.CategoricalCrossentropy, losses.SparseCategoricalCrossentropy])
def test_crossentropy_of_a_softmax_is_exact(cls, dtype):
    z = Tensor(np.array([[1000.0, 0, -1000], [-1000, 1000, 999], [0, 0, 0]], dtype), requires_grad=True)
    numbers = [2, 2, 0]
    y_true = np.array(numbers) if cls is losses.SparseCategoricalCrossentropy else one_hot(*numbers)
    loss = cls(reduction=None)(y_true, z.softmax())
    np.testing.assert_allclose(loss.data, [2000, 1 + np.log1p(np.exp(-1)), np.log(3)], rtol=4 * np.finfo(dtype).eps)
    loss.sum().backward()
    q = 1 / (1 + np.exp(-1))
    np.testing.assert_allclose(z.grad, [[1, 0, -1], [0, q, -q], [-2 / 3, 1 / 3, 1 / 3]], rtol=1e-6, atol=1e-15)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_probabilities_from_elsewhere_are_kept_off_0_and_1(dtype):
    """Keras's rule: 1e-7 away, so that a certain mistake costs −log(1e-7)."""
    p = Tensor(np.array([[0.0], [1.0]], dtype), requires_grad=True)
    loss = losses.BinaryCrossentropy(reduction=None)(np.array([1, 0]), p)
    np.testing.assert_allclose(loss.data, -np.log(1e-7), rtol=0.02 if dtype == "float32" else 1e-7)
    loss.sum().backward()
    assert np.isfinite(p.grad).all()
    p = Tensor(np.array([[0.0, 1.0]], dtype), requires_grad=True)
    loss = losses.CategoricalCrossentropy()(one_hot(0, classes=2), p)
    np.testing.assert_allclose(loss.data, -np.log(1e-7), rtol=1e-5)
    loss.backward()
    assert np.isfinite(p.grad).all()


def test_a_softmax_along_another_axis_is_not_taken_for_logits():
    z = Tensor(np.arange(12.0).reshape(2, 3, 2) % 5, requires_grad=True)
    y_true = np.moveaxis(np.eye(3)[[[0, 1], [2, 0]]], -1, 1)
    p = z.softmax()  # along the last axis
    plain = losses.CategoricalCrossentropy(axis=1)(y_true, p.numpy())
    np.testing.assert_allclose(losses.CategoricalCrossentropy(axis=1)(y_true, p).data, plain.data)
    along = losses.CategoricalCrossentropy(axis=1)(y_true, z.softmax(1))
    assert along.data == pytest.approx(losses.CategoricalCrossentropy(axis=1, from_logits=True)(y_true, z).item())


def test_classes_along_another_axis():
    z = np.random.default_rng(0).normal(size=(2, 3, 4))
    numbers = np.random.default_rng(1).integers(0, 3, (2, 4))
    loss = losses.SparseCategoricalCrossentropy(from_logits=True, axis=1, reduction=None)(numbers, z)
    moved = losses.SparseCategoricalCrossentropy(from_logits=True, reduction=None)(numbers, np.moveaxis(z, 1, -1))
    np.testing.assert_allclose(loss.data, moved.data)


# -- shapes and types -----------------------------------------------------------------------------------

ELEMENTWISE = [losses.MeanSquaredError, losses.MeanAbsoluteError, losses.Huber, losses.BinaryCrossentropy]


@pytest.mark.parametrize("cls", ELEMENTWISE, ids=lambda cls: cls.__name__)
def test_a_column_is_aligned_and_never_broadcast(cls):
    """(N,) against (N, 1) is N numbers; broadcast it would be N × N."""
    y_true, y_pred = np.array([0.0, 1.0, 1.0]), np.array([0.2, 0.6, 0.9])
    expected = [cls.function(t[None], p[None]) for t, p in zip(y_true, y_pred, strict=True)]
    for t, p in itertools.product((y_true, y_true[:, None]), (y_pred, y_pred[:, None])):
        for one in (cls(reduction=None)(t, Tensor(p)).numpy(), cls.function(t, p), cls.function(t, Tensor(p)).numpy()):
            assert one.mean() == pytest.approx(np.mean(expected))
            if p.ndim == 2:
                np.testing.assert_allclose(one, expected)


@pytest.mark.parametrize("cls", ELEMENTWISE, ids=lambda cls: cls.__name__)
@pytest.mark.parametrize(
    ("true", "pred"), [((3, 1), (3, 2)), ((3,), (3, 2)), ((3, 2), (3, 1)), ((2, 1), (3, 1)), ((4,), (3,))]
)
def test_other_shapes_are_refused(cls, true, pred):
    for loss in (cls(), cls.function):
        with pytest.raises(ValueError, match="targets and predictions of one shape; received y_true"):
            loss(np.zeros(true), Tensor(np.full(pred, 0.5)))


def test_integers_and_lists_are_taken_as_real_numbers():
    """Targets of 0.5 against whole predictions must not be rounded."""
    assert losses.MeanAbsoluteError()([0.5, 0.5], [1, 0]).item() == 0.5
    assert losses.mean_absolute_error([[0.5]], [[1]]).tolist() == [0.5]
    assert tg.keras.losses.sparse_categorical_crossentropy([1], [[0.5, 0.5]]).tolist() == pytest.approx([np.log(2)])
    assert losses.BinaryCrossentropy()(np.array([True]), np.array([[0.5]])).item() == pytest.approx(np.log(2))


def test_sample_weights_go_to_their_samples():
    """With as many samples as values a sample, a broadcast would put weights on columns."""
    y_pred = np.zeros((2, 2, 1))
    y_true = np.array([[1.0, 1.0], [2.0, 2.0]])[..., None]
    loss = losses.MeanSquaredError(reduction=None)(y_true, y_pred, np.array([1.0, 10.0]))
    np.testing.assert_array_equal(loss.data, [[1, 1], [40, 40]])


@pytest.mark.parametrize("weight", [np.ones(3), np.ones((4, 2)), np.ones((1, 4, 1))], ids=lambda w: str(w.shape))
def test_sample_weights_of_another_shape_are_refused(weight):
    with pytest.raises(ValueError, match="expected one weight for each sample"):
        losses.MeanSquaredError()(np.zeros((4, 2)), np.zeros((4, 2)), weight)


def test_weights_of_a_loss_that_is_one_number_are_refused():
    with pytest.raises(ValueError, match="expected one weight for each sample. It averages over the batch"):
        losses.MeanSquaredError()(np.zeros(4), np.zeros(4), np.arange(4.0))


def test_weights_may_be_tensors_or_lists():
    y_true, y_pred = np.array([[1.0], [2.0]]), np.zeros((2, 1))
    for weight in ([1, 3], Tensor([1.0, 3.0]), np.array([[1], [3]])):
        assert losses.MeanSquaredError(reduction="sum")(y_true, y_pred, weight).item() == 13
        assert losses.MeanSquaredError(reduction="mean_with_sample_weight")(y_true, y_pred, weight).item() == 13 / 4


def test_circle_takes_labels_as_numbers_or_a_column():
    """log(1 + exp(…)) of the distances of Sun et al. (2020), eq. 6, computed in turn; also of one sample alone."""
    rows = np.array([[1.0, 0.0], [0.6, 0.8], [0.0, 1.0]])
    gamma, margin, y = 80.0, 0.4, [0, 0, 1]
    distance = np.maximum(1 - rows @ rows.T, 0)
    expected = []
    for i in range(3):
        near = [gamma * max(1 + margin - d, 0) * (1 - margin - d) for d, k in zip(distance[i], y) if k != y[i]]
        far = [
            gamma * max(distance[i, j] + margin, 0) * (distance[i, j] - margin)
            for j in range(3)
            if y[j] == y[i] and j != i
        ]
        expected.append(np.logaddexp(0, np.logaddexp.reduce(near) + np.logaddexp.reduce(far)) if far else 0.0)
    for labels in (y, np.transpose([y])):
        np.testing.assert_allclose(np.asarray(losses.circle(labels, rows)), expected, rtol=1e-9)
    assert np.asarray(losses.circle([0], rows[:1])).tolist() == [0.0]
    with pytest.raises(ValueError, match=r"class numbers of shape \(batch,\).*received shapes \(3, 2\)"):
        losses.circle(np.zeros((3, 2)), rows)


def test_no_samples_cost_nothing():
    assert losses.MeanSquaredError()(np.zeros((0, 1)), np.zeros((0, 1))).item() == 0
    ignoring = losses.SparseCategoricalCrossentropy(ignore_class=0)
    assert ignoring([0, 0], np.full((2, 2), 0.5)).item() == 0


# -- what users pass ------------------------------------------------------------------------------------


def test_string_names():
    table = names_of(losses.Loss)
    for cls in CLASSES:
        assert table[cls.__name__] is cls
        assert type(losses.get(snake_case(cls.__name__))) is cls
        assert type(losses.get(cls)) is cls
    for name in ("mse", "MSE", "mae", "MAE", "bce", "BCE", "huber"):
        assert isinstance(losses.get(name), losses.Loss)
    assert losses.get(None) is None


@pytest.mark.parametrize("name", ["crossentropy", "ce", "CE"])
def test_crossentropy_is_the_one_that_fits(name):
    p = np.array([[0.2, 0.5, 0.3], [0.1, 0.1, 0.8]])
    loss, numbers = losses.get(name), np.array([1, 2])
    expected = losses.CategoricalCrossentropy()(one_hot(1, 2), p).item()
    for y_true in (numbers, numbers[:, None], one_hot(1, 2)):
        assert loss(y_true, p).item() == pytest.approx(expected)
    assert loss(np.array([1, 0]), p[:, :1]).item() == losses.BinaryCrossentropy()([1, 0], p[:, :1]).item()
    with pytest.raises(ValueError, match="class numbers from 0 to 2"):
        loss.check_targets(numbers + 1, (None, 3))


@pytest.mark.parametrize("name", ["crossentropy", "ce"])
@pytest.mark.parametrize(("units", "activation"), [(1, "sigmoid"), (3, "softmax")])
def test_crossentropy_in_a_training(name, units, activation):
    x = np.random.default_rng(0).normal(size=(12, 2))
    y = np.arange(12) % (units + 1 if units == 1 else units)
    model = tg.nn.Sequential([tg.nn.Input((2,)), tg.nn.Dense(units, activation)])
    model.compile("sgd", name)
    again = tg.nn.Sequential([tg.nn.Input((2,)), tg.nn.Dense(units, activation)])
    again.compile("sgd", "bce" if units == 1 else "sparse_categorical_crossentropy")
    again.set_weights(model.get_weights())
    fits = [m.fit(x, y, epochs=3, batch_size=4, shuffle=False, verbose=0).history["loss"] for m in (model, again)]
    np.testing.assert_allclose(*fits)


def test_a_function_of_the_package_is_its_class():
    assert type(losses.get(losses.binary_crossentropy)) is losses.BinaryCrossentropy


@pytest.mark.parametrize("reduce", [lambda e: np.mean(e**2, axis=-1), lambda e: np.mean(e**2), lambda e: e**2])
def test_a_function_of_the_user(reduce):
    """One value a sample, one number, or a value an output: and targets (N,) do not become (N, N)."""

    def cost(y_true, y_pred):
        return reduce(y_true - y_pred)

    loss = losses.get(cost)
    assert loss.name == "cost"
    assert loss(np.array([1.0, 2.0, 3.0]), Tensor(np.zeros((3, 1)))).item() == pytest.approx(14 / 3)
    assert gradcheck(lambda p: loss(np.array([1.0, 2.0, 3.0]), p), np.ones((3, 1)))


def test_a_subclass_of_the_user():
    class Asymmetric(losses.Loss):
        def __init__(self, factor, **options):
            super().__init__(**options)
            self.factor = factor

        def call(self, y_true, y_pred):
            error = y_pred - y_true
            return np.mean(np.where(error > 0, self.factor, 1.0) * error**2, axis=-1)

    loss = Asymmetric(3.0, reduction="sum")
    assert loss(np.array([0.0, 0.0]), np.array([[1.0], [-1.0]])).item() == 4
    assert loss(np.array([0.0, 0.0]), np.array([[1.0], [-1.0]]), [1, 0]).item() == 3


def test_arguments_by_position_as_in_keras():
    assert losses.Huber(0.3, "sum").arguments == {"delta": 0.3}
    assert losses.MeanSquaredError("sum", "mine").name == "mine"
    sparse = losses.SparseCategoricalCrossentropy(True, 2, "sum", 1)
    assert (sparse.reduction, sparse.arguments) == ("sum", {"from_logits": True, "ignore_class": 2, "axis": 1})
    assert losses.BinaryCrossentropy(True).arguments["from_logits"] is True


@pytest.mark.parametrize(
    ("make", "kind", "text"),
    [
        (lambda: losses.MeanSquaredError(reduction="average"), ValueError, "reduction should be .*received 'average'"),
        (
            lambda: losses.Huber(from_logits=True),
            TypeError,
            "Huber has no argument 'from_logits'. It takes delta, ",
        ),
        (lambda: losses.MeanSquaredError("sum", sum=1), TypeError, "has no argument 'sum'. It takes reduction, name, "),
        (lambda: losses.MeanSquaredError("sum", reduction="sum"), TypeError, "received 'sum', reduction='sum'"),
        (lambda: losses.get("mze"), ValueError, "Unknown loss 'mze'. Did you mean 'mse'"),
        (lambda: losses.get("binary_crosentropy"), ValueError, "Did you mean 'binary_crossentropy'"),
        (lambda: losses.get(3), TypeError, "name of a loss, a Loss or a function; received 3"),
        (lambda: losses.get({"out": "mse"}), TypeError, "name of a loss, a Loss or a function"),
        (lambda: losses.Loss()([1.0], [1.0]), NotImplementedError, r"Loss must define call\(y_true, y_pred\)"),
    ],
)
def test_what_is_refused(make, kind, text):
    with pytest.raises(kind, match=text):
        make()


@pytest.mark.parametrize(
    "loss",
    [losses.Huber(0.3, reduction="sum", name="mine"), losses.BinaryCrossentropy(label_smoothing=0.1),
     *[cls() for cls in CLASSES]],
    ids=repr,
)  # fmt: skip
def test_configuration_makes_the_same_loss(loss):
    config = loss.get_config()
    assert {"name", "reduction", *loss.arguments} == set(config)
    again = type(loss).from_config(config)
    assert again.get_config() == config
    assert repr(again) == repr(loss)
    y_true, y_pred = example(type(loss), np.random.default_rng(3))
    np.testing.assert_array_equal(again(y_true, y_pred).data, loss(y_true, y_pred).data)
    assert type(losses.get({"class_name": type(loss).__name__, "config": config})) is type(loss)


@pytest.mark.parametrize(
    "weights, expected", [([0, 0], 0), ([1, -1], 0), ([1, 0], 4), ([0.25, 0.75], 7.75), ([1, 3], 7.75)]
)
def test_a_mean_by_weights_whose_sum_may_be_0_or_1(weights, expected):
    loss = losses.MeanSquaredError(reduction="mean_with_sample_weight")
    assert loss(np.zeros((2, 1)), np.array([[2.0], [3.0]]), np.array(weights, float)).item() == expected


def test_a_function_of_the_user_s_is_shown():
    def off_by(y_true, y_pred):
        return np.abs(y_true - y_pred)

    assert "function=<function" in repr(losses.get(off_by)) and "off_by" in repr(losses.get(off_by))
