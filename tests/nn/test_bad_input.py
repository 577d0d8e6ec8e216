"""What is refused: the kind of error, what it says, and that the model is left as it was."""

import warnings

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import Tensor
from tinygrad_edu.nn import Dense, Input, LambdaCallback, Layer, Model, Sequential

X, Y = np.arange(24.0).reshape(8, 3) / 24, np.arange(8.0) % 2
CLASSES = np.arange(8) % 3


def network(units=1, activation=None, loss="mse", **options):
    model = Sequential([Input((3,)), Dense(4, name="hidden"), Dense(units, activation=activation, name="out")])
    model.compile(optimizer="sgd", loss=loss, **options)
    return model


def with_(array, index, value):
    array = np.array(array, float)
    array[index] = value
    return array


def softmax(**options):
    return network(units=3, activation="softmax", **options)


def sigmoid(**options):
    return network(activation="sigmoid", loss="binary_crossentropy", **options)


class Column:
    """A column of a table, as pandas has them: with a name, and a table that it could be one of."""

    def __init__(self, values, name="age"):
        self.values, self.name, self.shape = values, name, values.shape

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self.values, dtype)

    def __len__(self):
        return len(self.values)

    def to_frame(self):
        return self.values[:, None]


# name: the model, the call, the kind of error, what it says
DATA = {
    "features": (
        network,
        lambda m: m.fit(X[:, :2], Y),
        ValueError,
        r"Dense 'hidden' expects 3 features, got 2 \(input shape \(8, 2\)\)\. Did you mean Input\(\(2,\)\)\?",
    ),
    "no features": (
        network,
        lambda m: m.fit(X[:, 0], Y),
        ValueError,
        r"expects 3 features, got samples without a feature axis",
    ),
    "two inputs": (network, lambda m: m.fit([X, X], Y), ValueError, r"x has 2 .*A list of arrays means several inputs"),
    "inputs of two widths": (
        network,
        lambda m: m.fit([X, X[:, :2]], Y),
        ValueError,
        r"\(8, 3\), \(8, 2\). A list of arrays",
    ),
    "text": (network, lambda m: m.fit([["a", "b", "c"]] * 8, Y), TypeError, "x must hold real numbers; received 'a'"),
    "complex": (network, lambda m: m.fit(X * 1j, Y), TypeError, "x must hold real numbers; received dtype complex"),
    "NaN in x": (network, lambda m: m.fit(with_(X, (3, 1), np.nan), Y), ValueError, "x has NaN at row 3, column 1"),
    "infinity in y": (network, lambda m: m.fit(X, with_(Y, 5, np.inf)), ValueError, "y has infinity at row 5"),
    "NaN in weights": (
        network,
        lambda m: m.fit(X, Y, sample_weight=with_(Y, 2, np.nan)),
        ValueError,
        "sample_weight has NaN at row 2",
    ),
    "too large": (network, lambda m: m.fit(X * 1e40, Y), ValueError, "too large for float32"),
    "empty": (network, lambda m: m.fit(X[:0], Y[:0]), ValueError, "x is empty: expected at least one sample"),
    "empty list": (network, lambda m: m.fit([], []), ValueError, "x is empty"),
    "ragged": (network, lambda m: m.fit([[1, 2, 3], [1, 2]], [0, 1]), ValueError, "x is ragged"),
    "lengths": (network, lambda m: m.fit(X, Y[:5]), ValueError, r"x has 8 \(shape \(8, 3\)\), y has 5"),
    "columns for rows": (network, lambda m: m.fit(X.T, Y), ValueError, r"Did you mean x\.T\? Samples are rows here"),
    "weights of other length": (network, lambda m: m.fit(X, Y, sample_weight=Y[:3]), ValueError, "sample_weight has 3"),
    "weights of other shape": (
        network,
        lambda m: m.fit(X, Y, sample_weight=X),
        ValueError,
        "one weight for each sample",
    ),
    "no y": (network, lambda m: m.fit(X), ValueError, "Expected targets y beside x; received none"),
    "nothing": (network, lambda m: m.fit(), TypeError, "x must be an array, a list.*received a NoneType"),
    "generator": (network, lambda m: m.fit(row for row in X), ValueError, r"should be \(x, y\).*received a ndarray"),
    "number": (network, lambda m: m.fit(3, 4), TypeError, "received the single number 3"),
    "y too wide": (
        network,
        lambda m: m.fit(X, X),
        ValueError,
        r"one shape; received y_true \(8, 3\) and y_pred \(8, 1\). Make the last layer as wide",
    ),
    "y too narrow": (lambda: network(units=2), lambda m: m.fit(X, Y), ValueError, "one shape; received y_true"),
    "validation features": (
        network,
        lambda m: m.fit(X, Y, validation_data=(X[:, :2], Y)),
        ValueError,
        "3 features, got 2",
    ),
    "validation NaN": (
        network,
        lambda m: m.fit(X, Y, validation_data=(with_(X, 0, np.nan), Y)),
        ValueError,
        "validation x has NaN",
    ),
    "validation lengths": (
        network,
        lambda m: m.fit(X, Y, validation_data=(X, Y[:2])),
        ValueError,
        "validation y has 2",
    ),
    "validation weights": (
        network,
        lambda m: m.fit(X, Y, validation_data=(X, Y, X)),
        ValueError,
        "one weight for each",
    ),
    "labels too large": (
        lambda: softmax(loss="sparse_categorical_crossentropy"),
        lambda m: m.fit(X, CLASSES + 1),
        ValueError,
        "class numbers from 0 to 2, one for each of the 3 outputs; received 3. Number the classes from 0: y - 1",
    ),
    "negative labels": (
        lambda: softmax(loss="sparse_categorical_crossentropy"),
        lambda m: m.fit(X, CLASSES - 1),
        ValueError,
        "received -1",
    ),
    "fractions as labels": (
        lambda: softmax(loss="sparse_categorical_crossentropy"),
        lambda m: m.fit(X, CLASSES + 0.5),
        ValueError,
        "received 0.5",
    ),
    "sparse of one output": (
        lambda: network(activation="sigmoid", loss="sparse_categorical_crossentropy"),
        lambda m: m.fit(X, Y),
        ValueError,
        "with one output use 'binary_crossentropy' and a sigmoid",
    ),
    "labels -1 and 1": (
        sigmoid,
        lambda m: m.fit(X, 2 * Y - 1),
        ValueError,
        r"labels of 0 or 1, or probabilities; received values from -1 to 1. .*y = \(y > 0\)",
    ),
    "labels 1 and 2": (sigmoid, lambda m: m.fit(X, Y + 1), ValueError, "from 1 to 2. Number the classes from 0: y - 1"),
    "labels of three classes": (
        sigmoid,
        lambda m: m.fit(X, CLASSES),
        ValueError,
        "For 3 classes use 'sparse_categorical_crossentropy', and 3 units with softmax",
    ),
    "brightness as target": (sigmoid, lambda m: m.fit(X, 255 * X[:, :1] ** 2), ValueError, r"between 0 and 1, as y / "),
    "column of a table": (network, lambda m: m.fit(Column(X[:, 0]), Y), ValueError, r"such as x = df\[\['age', …\]\]"),
    "one-hot for numbers": (
        lambda: softmax(loss="sparse_categorical_crossentropy"),
        lambda m: m.fit(X, np.eye(3)[CLASSES]),
        ValueError,
        "For one-hot rows use 'categorical_crossentropy'",
    ),
    "numbers for one-hot": (
        lambda: softmax(loss="categorical_crossentropy"),
        lambda m: m.fit(X, CLASSES),
        ValueError,
        "For class numbers use 'sparse_categorical_crossentropy'",
    ),
    "a column for one-hot": (
        lambda: softmax(loss="categorical_crossentropy"),
        lambda m: m.fit(X, CLASSES[:, None]),
        ValueError,
        "For class numbers use 'sparse_categorical_crossentropy'",
    ),
    "class weights of a regression": (
        network,
        lambda m: m.fit(X, Y / 3, class_weight={0: 1.0}),
        ValueError,
        "class_weight needs class numbers or one-hot rows",
    ),
    "class weights in a list": (
        sigmoid,
        lambda m: m.fit(X, Y, class_weight=[1, 2]),
        TypeError,
        "class_weight should be a dict",
    ),
}

SETTINGS = {
    "epochs=0": ({"epochs": 0}, ValueError, "epochs should be a whole number ≥ 1.*; received 0"),
    "epochs=1.5": ({"epochs": 1.5}, ValueError, "received 1.5"),
    "batch_size=0": ({"batch_size": 0}, ValueError, "batch_size should be a whole number ≥ 1.*; received 0"),
    "batch_size=-1": ({"batch_size": -1}, ValueError, "received -1"),
    "batch_size='all'": ({"batch_size": "all"}, ValueError, "received 'all'"),
    "validation_split=1.5": (
        {"validation_split": 1.5},
        ValueError,
        "validation_split should be a finite number ≥ 0 and < 1; received 1.5",
    ),
    "validation_split=-0.1": ({"validation_split": -0.1}, ValueError, "received -0.1"),
    "validation_split=1": ({"validation_split": 1}, ValueError, "received 1"),
    "nothing to validate": (
        {"validation_split": 0.999},
        ValueError,
        "of 8 samples leaves nothing to train or to validate on",
    ),
    "validation_freq=0": ({"validation_freq": 0}, ValueError, "validation_freq should be"),
    "callbacks": ({"callbacks": [print]}, TypeError, "callbacks expects Callback objects"),
}

COMPILE = {
    "loss": (lambda: network(loss="mze"), ValueError, r"Unknown loss 'mze'\. Did you mean 'mse'\?"),
    "optimizer": (
        lambda: network().compile(optimizer="adm", loss="mse"),
        ValueError,
        "Unknown optimizer 'adm'. Did you mean 'adam'",
    ),
    "metric": (lambda: network(metrics=["acuracy"]), ValueError, "Unknown metric 'acuracy'. Did you mean 'accuracy'"),
    "weighted metric": (lambda: network(weighted_metrics=["mea"]), ValueError, "Unknown metric 'mea'"),
    "metrics not in a list": (
        lambda: network(metrics="accuracy"),
        TypeError,
        r'metrics expects a list, such as \["accuracy"\]',
    ),
    "optimizer class": (
        lambda: network().compile(optimizer=tg.optim.Adam),
        TypeError,
        r"received its class: write Adam\(\)",
    ),
    "no optimizer": (lambda: network().compile(optimizer=None), TypeError, "Expected an optimizer or its name"),
    "loss in a dict": (
        lambda: network(loss={"other": "mse"}),
        ValueError,
        "expects the names of the outputs, .out.;",
    ),
    "learning rate": (
        lambda: tg.keras.optimizers.Adam(learning_rate=-0.1),
        ValueError,
        "learning_rate.*≥ 0; received -0.1",
    ),
    "NaN learning rate": (lambda: tg.keras.optimizers.SGD(float("nan")), ValueError, "learning_rate.*received nan"),
    "activation": (
        lambda: network(activation="sigmod"),
        ValueError,
        "Unknown activation 'sigmod'. Did you mean 'sigmoid'",
    ),
}


@pytest.mark.parametrize("name", DATA)
def test_data_is_refused_before_anything_is_trained(name):
    make, call, kind, text = DATA[name]
    model = make()
    before = model.get_weights()
    with pytest.raises(kind, match=text):
        call(model)
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))
    assert model.optimizer.iterations == 0


@pytest.mark.parametrize("name", SETTINGS)
def test_settings_of_fit_are_refused(name):
    options, kind, text = SETTINGS[name]
    model = network()
    before = model.get_weights()
    with pytest.raises(kind, match=text):
        model.fit(X, Y, verbose=0, **options)
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))


@pytest.mark.parametrize("name", COMPILE)
def test_names_are_refused_with_the_one_that_was_meant(name):
    make, kind, text = COMPILE[name]
    with pytest.raises(kind, match=text):
        make()


def test_validation_data_is_checked_before_training_by_other_models_too():
    class Network(Model):
        def __init__(self):
            super().__init__()
            self.out = Dense(1)

        def call(self, inputs):
            return self.out(inputs * 2)

    model = Network()
    model.compile(loss="mse")
    model.fit(X, Y, verbose=0)
    before = model.get_weights()
    with pytest.raises(ValueError, match="expects 3 features, got 2"):
        model.fit(X, Y, validation_data=(X[:, :2], Y), verbose=0)
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))


def test_an_input_is_a_promise():
    model = Sequential([Input((4,), name="in"), Dense(2)])
    with pytest.raises(ValueError, match=r"InputLayer 'in' expects samples of shape \(4,\), got \(3, 4\)"):
        model(np.ones((2, 3, 4)))


def test_a_failing_compile_leaves_the_old_one():
    model = network()
    optimizer, loss = model.optimizer, model.loss
    for wrong in ({"loss": "mze"}, {"metrics": ["mze"]}, {"optimizer": "mze"}):
        with pytest.raises(ValueError, match="'mze'"):
            model.compile(**{"optimizer": "adam", "loss": "mae"} | wrong)
    assert (model.optimizer, model.loss) == (optimizer, loss)
    model.fit(X, Y, verbose=0)


@pytest.mark.parametrize("method", ["evaluate", "train_on_batch", "test_on_batch"])
def test_the_other_methods_check_the_same(method):
    call = getattr(network(), method)
    for args, text in (
        ((X[:, :2], Y), "3 features, got 2"),
        ((X, Y[:3]), "as many samples"),
        ((X,), "targets y beside x"),
    ):
        with pytest.raises(ValueError, match=text):
            call(*args)


@pytest.mark.parametrize("method", ["predict", "predict_on_batch"])
def test_predict_checks_its_data(method):
    call = getattr(network(), method)
    with pytest.raises(ValueError, match="3 features, got 2"):
        call(X[:, :2])
    assert np.isnan(call(with_(X, (0, 0), np.nan))).sum() == 1  # of that row alone, as in Keras
    with pytest.raises(ValueError, match="x is empty"):
        call(X[:0])
    with pytest.raises(TypeError, match="x must be an array"):
        call(None)


@pytest.mark.parametrize("method", ["fit", "evaluate", "train_on_batch", "test_on_batch"])
def test_an_uncompiled_model(method):
    model = Sequential([Input((3,)), Dense(1)])
    with pytest.raises(RuntimeError, match=rf'model.compile\(optimizer="adam", loss="mse"\) before model.{method}'):
        getattr(model, method)(X, Y)
    assert model.predict(X).shape == (8, 1)  # needs no compile
    model.compile()
    with pytest.raises(ValueError, match=rf"model.{method}\(...\) needs a loss"):
        getattr(model, method)(X, Y)


def test_an_unbuilt_model():
    model = Sequential([Dense(2), Dense(1)], name="net")
    with pytest.raises(ValueError, match=r"'net' has no weights yet.*Input\(\(features,\)\)"):
        model.count_params()
    assert (model.get_weights(), model.weights, model.losses) == ([], [], [])
    with pytest.raises(ValueError, match="'net' has 0 weights; received 2 arrays"):
        model.set_weights([np.zeros((3, 2)), np.zeros(2)])
    model.summary(print_fn=lambda line: None)
    for wrong in ((3,), (None,)):
        with pytest.raises(ValueError, match=r"samples with features, shape \(batch, features\)"):
            model.build(wrong)
    assert not model.built
    assert model(X).shape == (8, 1)


def test_a_model_without_layers():
    for model in (Sequential(), Sequential([Input((3,))])):
        model.compile(loss="mse")
        for call in (lambda m=model: m(X), lambda m=model: m.fit(X, Y, verbose=0), lambda m=model: m.predict(X)):
            with pytest.raises(ValueError, match=r"has no layers. Add some first: model.add\(Dense\(1\)\)"):
                call()


@pytest.mark.parametrize(
    ("make", "kind", "text"),
    [
        (
            lambda: Model(Input((3,)), Dense(1)),
            TypeError,
            "Model expects outputs of Input.*received <Dense",
        ),
        (lambda: Model(inputs=1, outputs=2), TypeError, "Model expects inputs of Input.*received 1"),
        (
            lambda: Sequential([Dense(1), "relu"]),
            TypeError,
            r"Sequential expects layers, such as Dense\(1\).*received 'relu'",
        ),
        (lambda: Sequential([Dense]), TypeError, "Sequential expects layers"),
        (lambda: Sequential(Dense(1)), TypeError, r"Sequential expects a list of layers: Sequential\(\[...\]\)"),
        (lambda: Sequential([Dense(1, name="a"), Dense(1, name="a")]), ValueError, "has a layer named 'a' already"),
        (lambda: Sequential([Dense(1), Input((3,))]), ValueError, "has layers already: the Input comes first"),
        (
            lambda: Sequential([Input((3,)), Dense(2), Dense(1)]).get_layer("odd"),
            ValueError,
            "has no layer 'odd'. Its layers:",
        ),
        (lambda: Sequential([Dense(2)]).get_layer(index=4), ValueError, "has no layer 4"),
        (lambda: Sequential([Dense(2)]).get_layer(), ValueError, "either a name or an index"),
        (lambda: Sequential(nane="x"), TypeError, "nane"),
        (lambda: Model(nane="x"), TypeError, "Model has no argument 'nane'"),
    ],
)
def test_models_that_cannot_be_made(make, kind, text):
    with pytest.raises(kind, match=text):
        make()


def test_a_failing_add_leaves_the_model():
    class Picky(Layer):
        def build(self, input_shape):
            raise ValueError("not with me")

    model = Sequential([Input((3,)), Dense(2)])
    with pytest.raises(ValueError, match="not with me"):
        model.add(Picky())
    assert (len(model.layers), model.output_shape, model(X).shape) == (1, (None, 2), (8, 2))


def test_the_first_wrong_data_does_not_decide_the_shape():
    """Targets that do not fit are refused before the weights are made for good: the next data may be other."""
    model = Sequential([Dense(1)])
    model.compile(loss="mse")
    with pytest.raises(ValueError, match="as many samples"):
        model.fit(X, Y[:2], verbose=0)
    assert not model.built
    with pytest.raises(ValueError, match="one shape"):
        model.fit(X[:, :1], X, verbose=0)
    model = Sequential([Dense(1)])
    model.compile(loss="mse")
    model.fit(X[:, :2], Y, verbose=0)
    assert model.count_params() == 3


def test_a_failure_during_training_is_the_users_and_the_model_goes_on():
    def fail(batch, logs):
        raise KeyError("mine")

    model = network()
    with pytest.raises(KeyError, match="mine"):
        model.fit(X, Y, callbacks=[LambdaCallback(on_train_batch_end=fail)], verbose=0)
    assert Tensor(2.0, requires_grad=True).sqrt().requires_grad  # the graph is still recorded
    model.fit(X, Y, verbose=0)


def test_a_loss_that_does_not_depend_on_the_weights():
    model = network(loss=lambda y_true, y_pred: np.mean(y_true, axis=-1))
    before = model.get_weights()
    with pytest.raises(ValueError, match="No gradient for any parameter"):
        model.fit(X, Y, verbose=0)
    model.compile(loss=lambda y_true, y_pred: None)
    with pytest.raises(TypeError, match="gave None; expected one value a sample. Does it return"):
        model.fit(X, Y, verbose=0)
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))


def test_crossentropy_of_one_class_warns():
    model = network(activation="softmax", loss="categorical_crossentropy")
    with pytest.warns(UserWarning, match="of a single class is always 0. .*'binary_crossentropy' and a sigmoid"):
        model.fit(X, Y[:, None], verbose=0)


def test_good_data_raises_no_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        sigmoid(metrics=["accuracy"]).fit(X, Y, verbose=0)
        softmax(loss="categorical_crossentropy").fit(X, np.eye(3)[CLASSES], verbose=0)
        softmax(loss="sparse_categorical_crossentropy").fit(X, CLASSES.astype(float), verbose=0)
        sigmoid().fit(X, np.linspace(0, 1, 8), verbose=0)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"validation_data": X}, r"validation_data expects \(x, y\)"),
        ({"validation_data": (X,)}, r"validation_data expects \(x, y\)"),
        ({"validation_data": (X, Y, Y, Y)}, r"validation_data expects \(x, y\)"),
        ({"validation_data": (X, Y), "validation_batch_size": 0}, "validation_batch_size should be"),
        ({"validation_data": (X, Y), "validation_batch_size": -1}, "validation_batch_size should be"),
        ({"initial_epoch": -1}, "initial_epoch"),
        ({"initial_epoch": "1"}, "initial_epoch"),
        ({"validation_split": "0.2"}, "validation_split"),
        ({"verbose": "loud"}, "verbose"),
    ],
    ids=str,
)
def test_more_settings_of_fit_are_refused(options, text):
    model = network()
    before = model.get_weights()
    with pytest.raises((ValueError, TypeError), match=text):
        model.fit(X, Y, **{"verbose": 0} | options)
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))


def test_beginners_get_the_remedy_that_helps():
    x = np.linspace(-1, 1, 40).reshape(20, 2)
    yes_no = Sequential([Input((2,)), Dense(1, "sigmoid")])
    yes_no.compile("sgd", "binary_crossentropy")
    with pytest.raises(ValueError, match=r"values from 1 to 2\. Number the classes from 0: y - 1\."):
        yes_no.fit(x, np.repeat([1, 2], 10), verbose=0)
    images = Sequential([Dense(10, "softmax")])
    images.compile("sgd", "sparse_categorical_crossentropy")
    with pytest.raises(ValueError, match=r"put a Flatten\(\) before the last layer"):
        images.fit(np.ones((20, 4, 4)), np.arange(20) % 10, verbose=0)
    with pytest.raises(TypeError, match=r"whole number ≥ 1 or None, or None; received 4\. Write \(4,\)\."):
        Dense(3, input_shape=4)
