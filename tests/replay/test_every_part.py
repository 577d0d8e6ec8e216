"""Training by programs gives the numbers of training op by op, with every part that the package registers.

A new layer, loss, optimizer, regularizer, schedule, metric or activation is tried here by existing. Where it cannot
be made without arguments, or needs data of its own, it gets a line in SAMPLES; without one the test says so.
"""

import gc
import warnings

import numpy as np
import pytest
from parts import FEATURES, OUTPUTS, RELATIVE, differences, dtype, inputs, network, same_both_ways, targets, trained

import tinygrad_edu as tg
from tinygrad_edu import replay
from tinygrad_edu.common.naming import subclasses
from tinygrad_edu.common.objects import Configured
from tinygrad_edu.common.random import SeedGenerator
from tinygrad_edu.nn import (
    Dense,
    Dropout,
    Input,
    Layer,
    Loss,
    Metric,
    Model,
    Sequential,
    layers,
    losses,
    metrics,
    regularizers,
)
from tinygrad_edu.nn.activations import functions as activations
from tinygrad_edu.nn.constraints import Constraint
from tinygrad_edu.nn.initializers import Initializer
from tinygrad_edu.nn.model import Functional
from tinygrad_edu.nn.regularizers import Regularizer
from tinygrad_edu.nn.weights import WithWeights
from tinygrad_edu.optim import Optimizer, schedules
from tinygrad_edu.optim.schedules import Schedule
from tinygrad_edu.optim.shared import Shared

__all__ = ["dtype"]  # a fixture, which pytest finds by its name

WEIGHTS = np.linspace(0.5, 2.0, 23)

# -- what is registered ------------------------------------------------------------------------------------

# The families, each with the classes that are only bases of others.
FAMILIES = {
    Layer: (layers.StringLookup, layers.IntegerLookup, layers.TextVectorization),  # they stand before a step
    Loss: (),
    Optimizer: (),
    Metric: (metrics.Mean, metrics.Sum, metrics.MeanOf),  # of values, not of targets; of a subclass's function
    Regularizer: (),
    Constraint: (),
    Schedule: (),
}
NOT_IN_A_STEP = {
    Initializer: "gives the first values, before any step",
    Shared: "the settings of optimizers",
    SeedGenerator: "a source of random numbers, in the layers that draw some",
    WithWeights: "the weights of a Layer",
}


class Sample:
    """One way to make an object of a class, and what it is tried on.

    Args:
        arguments: those of its constructor, or a function that gives them anew.
        make: what is called in place of the class.
        shape: of one sample, for a layer.
        whole: whether the inputs of the layer are whole numbers, below this one.
        targets, activation: the kind of `targets` and the last activation, for a loss or a metric.
        fixed: the names of switches that are not turned the other way.
    """

    def __init__(self, arguments=(), make=None, shape=(FEATURES,), whole=0, targets=None, activation=None, fixed=()):
        self.arguments, self.make, self.shape, self.whole = arguments, make, shape, whole
        self.targets, self.activation, self.fixed = targets, activation, fixed

    def of(self, cls, **changed):
        """A new object."""
        arguments = self.arguments() if callable(self.arguments) else self.arguments
        return (self.make or cls)(**dict(arguments) | changed)


class Inside(Model):
    """A model that is used as a layer."""

    def __init__(self):
        super().__init__()
        self.first, self.second = Dense(4, "relu"), Dense(FEATURES)

    def call(self, inputs):
        return self.second(self.first(inputs)) + inputs


def inside():
    """A functional model that is used as a layer."""
    x = Input((FEATURES,))
    return Model(x, Dense(FEATURES)(Dense(4, "relu")(x)) + x)


def rms_scaled(**options):
    """A layer of an old model: Keras warns of it too."""
    with warnings.catch_warnings(action="ignore"):
        return layers.LayerNormalization(**{"rms_scaling": True} | options)


IMAGE, SEQUENCE = {"shape": (4, 4, 2)}, {"shape": (4, 3)}
WHOLE = {"targets": "one_hot", "activation": "hard_sigmoid", "fixed": ["sparse_y_true", "sparse_y_pred"]}

SAMPLES = {
    # layers
    Model: [Sample(make=Inside)],
    Functional: [Sample(make=inside)],
    Sequential: [Sample(lambda: {"layers": [Dense(4, "relu"), Dropout(0.2)]})],
    layers.InputLayer: [Sample({"shape": (FEATURES,)})],
    layers.Dense: [
        Sample({"units": 4}),
        Sample({"units": 4, "kernel_regularizer": "l2", "bias_regularizer": "l1", "kernel_constraint": "max_norm"}),
        Sample({"units": 4, "activity_regularizer": "l2"}),
    ],
    layers.Embedding: [Sample({"input_dim": 5, "output_dim": 3}, shape=(4,), whole=5)],
    layers.Masking: [Sample(**SEQUENCE)],
    layers.Lambda: [Sample({"function": lambda x: np.sin(x) * 2.0})],
    layers.Dot: [Sample({"axes": 1}), Sample({"axes": -1, "normalize": True})],
    layers.Rescaling: [Sample({"scale": 0.5, "offset": 0.1})],
    layers.Activation: [Sample({"activation": "relu"})],
    layers.ReLU: [Sample(), Sample({"max_value": 0.5, "negative_slope": 0.1, "threshold": 0.1})],
    layers.PReLU: [Sample(), Sample({"shared_axes": [1]}, **SEQUENCE)],
    layers.Flatten: [Sample(), Sample(shape=(2, 3)), Sample({"data_format": "channels_first"}, **IMAGE)],
    layers.Reshape: [Sample({"target_shape": (3, -1)})],
    layers.Permute: [Sample({"dims": (2, 1)}, **SEQUENCE)],
    layers.RepeatVector: [Sample({"n": 3})],
    layers.BatchNormalization: [Sample(), Sample({"momentum": 0.7}, **IMAGE), Sample({"axis": 1}, **SEQUENCE)],
    layers.LayerNormalization: [
        Sample(fixed=["rms_scaling"]),
        Sample({"axis": (1, 2)}, **SEQUENCE, fixed=["rms_scaling"]),
        Sample(make=rms_scaled),
    ],
    layers.GroupNormalization: [Sample({"groups": 2}, shape=(4, 4)), Sample({"groups": -1, "axis": 1}, **SEQUENCE)],
    layers.Normalization: [
        Sample(),
        Sample({"axis": None}),
        Sample({"axis": (1, 2)}, **SEQUENCE),
        Sample({"mean": [0.5] * FEATURES, "variance": [2.0] * FEATURES}),
    ],
    layers.ActivityRegularization: [Sample({"l1": 0.01, "l2": 0.02})],
    layers.Conv1D: [
        Sample({"filters": 3, "kernel_size": 2}, **SEQUENCE),
        Sample({"filters": 3, "kernel_size": 2, "padding": "causal", "dilation_rate": 2}, **SEQUENCE),
    ],
    layers.Conv2D: [
        Sample({"filters": 3, "kernel_size": 2}, **IMAGE),
        Sample({"filters": 2, "kernel_size": 3, "padding": "same", "strides": 2, "groups": 2}, **IMAGE),
        Sample({"filters": 2, "kernel_size": 2, "data_format": "channels_first"}, **IMAGE),
    ],
    layers.Conv1DTranspose: [
        Sample({"filters": 3, "kernel_size": 2}, **SEQUENCE),
        Sample({"filters": 2, "kernel_size": 3, "strides": 2, "padding": "same"}, **SEQUENCE),
    ],
    layers.Conv2DTranspose: [
        Sample({"filters": 3, "kernel_size": 2, "strides": 3, "output_padding": 1}, **IMAGE),
        Sample({"filters": 2, "kernel_size": 2, "dilation_rate": 2, "data_format": "channels_first"}, **IMAGE),
    ],
    **{
        convolution: [Sample({"kernel_size": 2, "depth_multiplier": 2} | further, shape=shape)]
        for convolution, further, shape in (
            (layers.DepthwiseConv1D, {}, (4, 3)),
            (layers.DepthwiseConv2D, {"padding": "same", "strides": 2}, (4, 4, 2)),
            (layers.SeparableConv1D, {"filters": 3, "padding": "same"}, (4, 3)),
            (layers.SeparableConv2D, {"filters": 3, "data_format": "channels_first"}, (4, 4, 2)),
        )
    },
    layers.CategoryEncoding: [Sample({"num_tokens": 5}, shape=(4,), whole=5)],
    layers.Discretization: [
        Sample({"bin_boundaries": [0.5, 2.5]}, shape=(4,), whole=5),
        Sample({"bin_boundaries": [0.5, 2.5], "output_mode": "one_hot"}, shape=(4,), whole=5),
    ],
    layers.UpSampling1D: [Sample(**SEQUENCE)],
    layers.UpSampling2D: [Sample(**IMAGE), Sample({"size": (1, 2), "interpolation": "bilinear"}, **IMAGE)],
    layers.ZeroPadding1D: [Sample(**SEQUENCE)],
    layers.ZeroPadding2D: [Sample(**IMAGE), Sample({"data_format": "channels_first"}, **IMAGE)],
    layers.Cropping1D: [Sample(**SEQUENCE)],
    layers.Cropping2D: [Sample({"cropping": ((0, 1), (1, 0))}, **IMAGE)],
    layers.Resizing: [
        Sample({"height": 3, "width": 5}, **IMAGE),
        Sample({"height": 2, "width": 3, "crop_to_aspect_ratio": True}, **IMAGE, fixed=["pad_to_aspect_ratio"]),
    ],
    **{pool: [Sample(**SEQUENCE)] for pool in (layers.GlobalMaxPooling1D, layers.GlobalAveragePooling1D)},
    **{
        pool: [Sample(**IMAGE), Sample({"data_format": "channels_first"}, **IMAGE)]
        for pool in (layers.GlobalMaxPooling2D, layers.GlobalAveragePooling2D)
    },
    **{pool: [Sample({"pool_size": 2}, **SEQUENCE)] for pool in (layers.MaxPooling1D, layers.AveragePooling1D)},
    **{
        pool: [
            Sample({"pool_size": 2}, **IMAGE),
            Sample({"pool_size": 3, "strides": 2, "padding": "same"}, **IMAGE),
            Sample({"pool_size": 2, "data_format": "channels_first"}, **IMAGE),
        ]
        for pool in (layers.MaxPooling2D, layers.AveragePooling2D)
    },
    layers.Dropout: [
        Sample({"rate": 0.4}),
        Sample({"rate": 0.4, "seed": 3}),
        Sample({"rate": 0.4, "noise_shape": (None, 1)}),
    ],
    layers.SpatialDropout1D: [Sample({"rate": 0.4}, **SEQUENCE)],
    layers.SpatialDropout2D: [Sample({"rate": 0.4}, **IMAGE)],
    layers.GaussianDropout: [Sample({"rate": 0.4}), Sample({"rate": 0.4, "seed": 3})],
    layers.GaussianNoise: [Sample({"stddev": 0.4}), Sample({"stddev": 0.4, "seed": 3})],
    layers.AlphaDropout: [Sample({"rate": 0.4}), Sample({"rate": 0.4, "seed": 3})],
    # losses
    losses.Huber: [Sample(), Sample({"delta": 0.2})],
    losses.BinaryCrossentropy: [
        Sample(targets="yes_no", activation="sigmoid"),
        Sample(targets="yes_no", activation="relu"),
        Sample({"label_smoothing": 0.1}, targets="shares", activation="sigmoid"),
    ],
    losses.CategoricalCrossentropy: [
        Sample(targets="one_hot", activation="softmax"),
        Sample({"label_smoothing": 0.1}, targets="one_hot", activation="sigmoid"),
    ],
    losses.CategoricalFocalCrossentropy: [Sample(targets="one_hot", activation="softmax")],
    losses.CategoricalGeneralizedCrossEntropy: [Sample(targets="classes", activation="softmax")],
    losses.Circle: [Sample(targets="classes", activation="sigmoid")],
    losses.SparseCategoricalCrossentropy: [
        Sample(targets="classes", activation="softmax"),
        Sample({"ignore_class": 1}, targets="class_column", activation="softmax"),
    ],
    # optimizers
    tg.optim.SGD: [Sample(), Sample({"momentum": 0.9})],
    tg.optim.Momentum: [Sample(), Sample({"dampening": 0.5})],
    tg.optim.RMSProp: [Sample(), Sample({"momentum": 0.9})],
    tg.optim.Ftrl: [
        Sample({"learning_rate": 0.1}),
        Sample({"l1_regularization_strength": 0.01, "l2_regularization_strength": 0.02, "beta": 0.1}),
        Sample({"l2_shrinkage_regularization_strength": 0.02, "learning_rate_power": -0.4}),
    ],
    # metrics
    metrics.MeanMetricWrapper: [Sample({"fn": lambda y_true, y_pred: np.max(np.abs(y_true - y_pred), axis=-1)})],
    metrics.SparseCategoricalAccuracy: [Sample(targets="classes", activation="softmax")],
    metrics.SparseTopKCategoricalAccuracy: [Sample({"k": 2}, targets="classes", fixed=["from_sorted_ids"])],
    metrics.SparseCategoricalCrossentropy: [Sample(targets="class_column", activation="softmax")],
    metrics.SensitivityAtSpecificity: [Sample({"specificity": 0.5})],
    metrics.SpecificityAtSensitivity: [Sample({"sensitivity": 0.5})],
    metrics.PrecisionAtRecall: [Sample({"recall": 0.5})],
    metrics.RecallAtPrecision: [Sample({"precision": 0.5})],
    metrics.IoU: [Sample({"num_classes": 2, "target_class_ids": [0]}, **WHOLE)],
    metrics.MeanIoU: [Sample({"num_classes": 2}, **WHOLE)],
    metrics.OneHotIoU: [Sample({"num_classes": OUTPUTS, "target_class_ids": [0, 2]}, fixed=["sparse_y_pred"])],
    metrics.OneHotMeanIoU: [Sample({"num_classes": OUTPUTS}, fixed=["sparse_y_pred"])],
    **{score: [Sample({"average": "macro"})] for score in (metrics.F1Score, metrics.FBetaScore)},
    # the rest
    regularizers.L1L2: [Sample({"l1": 0.01, "l2": 0.02})],
    schedules.ExponentialDecay: [Sample({"initial_learning_rate": 0.1, "decay_steps": 4, "decay_rate": 0.7})],
    schedules.InverseTimeDecay: [Sample({"initial_learning_rate": 0.1, "decay_steps": 4, "decay_rate": 0.7})],
    schedules.PiecewiseConstantDecay: [Sample({"boundaries": [3, 9], "values": [0.1, 0.02, 0.05]})],
    schedules.PolynomialDecay: [Sample({"initial_learning_rate": 0.1, "decay_steps": 5, "power": 2.0})],
    schedules.CosineDecayRestarts: [Sample({"initial_learning_rate": 0.1, "first_decay_steps": 4, "alpha": 0.1})],
    schedules.CosineDecay: [
        Sample({"initial_learning_rate": 0.1, "decay_steps": 12}),
        Sample({"initial_learning_rate": 0.0, "decay_steps": 9, "warmup_target": 0.1, "warmup_steps": 4}),
    ],
}


def registered(family):
    """The classes of a family that the package defines."""
    return [c for c in subclasses(family) if c.__module__.startswith("tinygrad_edu") and c not in FAMILIES[family]]


def samples(cls):
    """The samples of a class.

    Raises:
        TypeError: it has none, and needs arguments.
    """
    if cls not in SAMPLES:
        try:
            cls()
        except (TypeError, ValueError) as error:
            raise TypeError(
                f"{cls.__module__}.{cls.__name__} is registered, so replay is tested with it, but it cannot be made "
                f"without arguments ({error}). Give it a line in SAMPLES of {__file__}."
            ) from error
    return SAMPLES.get(cls, [Sample()])


def flattening(layer):
    """What makes rows of the output of this layer, and takes notice of its mask where it makes one."""
    masks = isinstance(layer, layers.Masking) or getattr(layer, "mask_zero", False)
    return layers.GlobalAveragePooling1D() if masks else layers.Flatten()


def joining(layer):
    """A model with a layer that takes a list of inputs."""
    x = Input((FEATURES,))
    both = [Dense(4, activation)(x) for activation in ("tanh", "sigmoid")]
    return Model(x, Dense(OUTPUTS)(layer(both)))


def takes_a_list(layer):
    """True if the layer joins several inputs."""
    return layer.several_inputs and not isinstance(layer, Model)


def offered(cls, sample, changed):
    """Whether an object can be made so: some arguments are there only to say that Keras has them."""
    try:
        sample.of(cls, **changed)
    except (TypeError, ValueError):
        return False
    return True


def ways(family):
    """Every class of a family in all its samples, and each sample with each of its switches turned the other way."""
    for cls in registered(family):
        try:
            of_class = samples(cls)
        except TypeError:
            continue  # test_every_class_has_a_sample says so
        for i, sample in enumerate(of_class):
            config = {} if sample.make else sample.of(cls).get_config()
            switches = [name for name, value in config.items() if type(value) is bool]
            changes = [{name: not config[name]} for name in switches if name not in ("trainable", *sample.fixed)]
            for changed in [{}, *[change for change in changes if offered(cls, sample, change)]]:
                title = "-".join([cls.__name__, *([str(i)] if i else []), *changed])
                yield pytest.param(cls, sample, changed, id=title)


every = {family: pytest.mark.parametrize("cls, sample, changed", list(ways(family))) for family in FAMILIES}


@pytest.mark.parametrize("family", FAMILIES)
def test_every_class_has_a_sample(family):
    for cls in registered(family):
        samples(cls)


def test_a_class_without_a_sample_is_noticed():
    """A mutant: a layer that needs an argument joins the package."""

    class Stretch(Layer):
        __module__ = "tinygrad_edu.nn.layers"

        def __init__(self, factor, **options):
            super().__init__(**options)
            self.factor = factor

    try:
        with pytest.raises(TypeError, match=r"layers\.Stretch is registered.*'factor'.*SAMPLES"):
            samples(registered(Layer)[[cls.__name__ for cls in registered(Layer)].index("Stretch")])
    finally:
        del Stretch
        gc.collect()  # a class is in a cycle with itself
    assert "Stretch" not in [cls.__name__ for cls in subclasses(Layer)]


def test_every_family_is_tried():
    """A new kind of thing that a step can be made of belongs into FAMILIES."""
    ours = [cls for cls in subclasses(Configured) if cls.__module__.startswith("tinygrad_edu")]
    assert [cls for cls in ours if not issubclass(cls, (*FAMILIES, *NOT_IN_A_STEP))] == []


# -- every part --------------------------------------------------------------------------------------------------


@every[Layer]
@pytest.mark.matrix(one_in=11, full_in=3)
def test_layer(cls, sample, changed, dtype):
    x = inputs(sample.shape)
    if sample.whole:
        x = np.random.default_rng(6).integers(0, sample.whole, x.shape)
    if cls is layers.Masking:
        x[::2, 1:3] = 0

    def build():
        layer = sample.of(cls, **changed)
        if isinstance(layer, layers.InputLayer):
            return Sequential([layer, Dense(OUTPUTS)])
        if takes_a_list(layer):
            return joining(layer)
        model = Sequential([Input(sample.shape)])
        if len(sample.shape) == 1 and not sample.whole:
            model.add(Dense(*sample.shape, "tanh"))
        model.add(layer)
        if len(model.output_shape) > 2:
            model.add(flattening(layer))
        model.add(Dense(OUTPUTS))
        return model

    trained(build, dtype, x=x, optimizer="adam", metrics=["mae"])


def by_loss(cls, sample, changed, dtype, **fit):
    kind = sample.targets or "shares"
    activation = "linear" if changed.get("from_logits") else sample.activation or "sigmoid"
    trained(
        lambda: network(units=1 if kind == "yes_no" else OUTPUTS, activation=activation),
        dtype,
        y=kind,
        loss=lambda: sample.of(cls, **changed),
        optimizer=lambda: tg.optim.SGD(0.001),  # some of these losses are steep
        **fit,
    )


@every[Loss]
@pytest.mark.matrix(one_in=11)
def test_loss(cls, sample, changed, dtype):
    by_loss(cls, sample, changed, dtype, sample_weight=WEIGHTS, kinds=["train", "test"])


@pytest.mark.parametrize("cls", [losses.MeanSquaredError, losses.SparseCategoricalCrossentropy])
@pytest.mark.parametrize("reduction", [r for r in Loss.reductions if r not in (None, "none")])
@pytest.mark.matrix
def test_reduction(cls, reduction, dtype):
    by_loss(cls, samples(cls)[-1], {"reduction": reduction}, dtype, sample_weight=WEIGHTS, kinds=["train"])


# What all optimizers take, and a value of it that matters; some together with others.
SHARED = {
    "weight_decay": {"weight_decay": 0.1},
    "clipnorm": {"clipnorm": 0.05},
    "clipvalue": {"clipvalue": 0.01},
    "global_clipnorm": {"global_clipnorm": 0.1},
    "use_ema": {"use_ema": True},
    "ema_momentum": {"use_ema": True, "ema_momentum": 0.5},
    "ema_overwrite_frequency": {"use_ema": True, "ema_overwrite_frequency": 2, "ema_momentum": 0.6},
    "gradient_accumulation_steps": {"gradient_accumulation_steps": 2},
}
NOT_IN_THE_FORMULA = {"name", "parameters", "loss_scale_factor"}
TOGETHER = {"clipnorm": 0.05, "weight_decay": 0.1, "gradient_accumulation_steps": 2}
TOGETHER |= {"use_ema": True, "ema_overwrite_frequency": 2, "ema_momentum": 0.6}


@every[Optimizer]
@pytest.mark.matrix(one_in=11)
def test_optimizer(cls, sample, changed, dtype):
    trained(
        network, dtype, optimizer=lambda: sample.of(cls, **{"learning_rate": 0.02} | changed), kinds=["train"], fits=2
    )


@pytest.mark.parametrize("cls", registered(Optimizer))
@pytest.mark.parametrize("calls", [1, 2, 3])
@pytest.mark.matrix
def test_gradient_accumulation(cls, calls, dtype):
    """Three batches an epoch: with 2 calls an update, epochs and fits end between two of them."""
    options = TOGETHER if calls == 2 else {"gradient_accumulation_steps": calls}
    trained(network, dtype, optimizer=lambda: cls(learning_rate=0.02, **options), kinds=["train"], fits=2)


@pytest.mark.parametrize("calls", [None, 2])
@pytest.mark.parametrize("name", SHARED)
@pytest.mark.parametrize("cls", [tg.optim.SGD, tg.optim.Adam])
@pytest.mark.matrix
def test_shared_argument(cls, name, calls, dtype):
    options = {"learning_rate": 0.02, "gradient_accumulation_steps": calls} | SHARED[name]
    trained(network, dtype, optimizer=lambda: cls(**options), kinds=["train"], fits=2, epochs=2)


def test_every_shared_argument_is_tried():
    assert {*Optimizer.argument_names()} == {"learning_rate", *SHARED, *NOT_IN_THE_FORMULA}


@every[Metric]
@pytest.mark.matrix(one_in=11)
def test_metric(cls, sample, changed, dtype):
    trained(
        lambda: network(activation=sample.activation or "softmax"),
        dtype,
        y=sample.targets or "one_hot",
        loss="sparse_categorical_crossentropy" if "class" in (sample.targets or "") else "categorical_crossentropy",
        metrics=lambda: [sample.of(cls, name="plain", **changed)],
        weighted_metrics=lambda: [sample.of(cls, name="weighted", **changed)],
        sample_weight=np.arange(1.0, 24.0),
        kinds=["train", "test"],
    )


@every[Regularizer]
@pytest.mark.matrix(one_in=11)
def test_regularizer(cls, sample, changed, dtype):
    def build():
        return network(Dense(4, kernel_regularizer=sample.of(cls, **changed), bias_regularizer="l2"))

    trained(build, dtype, kinds=["train", "test"])


@every[Constraint]
@pytest.mark.matrix(one_in=11)
def test_constraint(cls, sample, changed, dtype):
    def build():
        return network(Dense(4, kernel_constraint=sample.of(cls, **changed), bias_constraint=sample.of(cls, **changed)))

    trained(build, dtype, fits=2)


@every[Schedule]
@pytest.mark.parametrize("calls", [None, 2])
@pytest.mark.matrix(one_in=11)
def test_schedule(cls, sample, changed, calls, dtype):
    def make():
        return tg.optim.Adam(sample.of(cls, **changed), gradient_accumulation_steps=calls)

    trained(network, dtype, optimizer=make, kinds=["train"], fits=2)


@pytest.mark.parametrize("name", activations)
@pytest.mark.matrix(one_in=5)
def test_activation(name, dtype):
    units = OUTPUTS * 2 if name == "glu" else OUTPUTS  # which halves them
    rate = 1e-5 if name == "exponential" else 0.01  # exp of exp grows out of the numbers in a few steps
    trained(
        lambda: Sequential([Input((FEATURES,)), Dense(6, name), Dense(units, name)]),
        dtype,
        optimizer=lambda: tg.optim.SGD(rate),
    )


# -- the checks can fail ------------------------------------------------------------------------------------------


def test_a_difference_is_noticed(dtype):
    a = {"weights": [np.ones((2, 3), dtype), np.zeros(2)], "loss": 1.0}
    far = 3 * RELATIVE[dtype]
    assert differences(a, a, dtype) == []
    for b in (
        a | {"loss": 1.0 + far},
        a | {"weights": [a["weights"][0] + np.array([0, far, 0], dtype), np.zeros(2)]},
        a | {"weights": [a["weights"][0], np.array([0, 1e-30])]},
        a | {"weights": [a["weights"][0], np.zeros((1, 2))]},
        a | {"loss": np.nan},
        {"loss": 1.0},
    ):
        assert len(differences(a, b, dtype)) == 1


def test_a_wrong_program_is_noticed(dtype):
    """A mutant: an update that is off, in programs alone, by less than the audit can see."""

    class Off(tg.optim.Optimizer):
        def update(self, w, g, rate, step):
            return (w * (1 + 5 * RELATIVE[dtype] * bool(replay.active())) - rate * g,)

    with pytest.raises(AssertionError, match="weights/0"):
        trained(network, dtype, optimizer=lambda: Off(0.01))


def test_a_step_that_stays_op_by_op_is_noticed(dtype):
    """Mutants: a layer that decides by a value, and a model that saw no second batch."""

    class Deciding(Layer):
        def call(self, inputs):
            return inputs if np.sum(inputs).item() > 0 else -inputs

    with pytest.raises(AssertionError, match="train runs op by op"), pytest.warns(UserWarning, match="op by op"):
        trained(lambda: network(Deciding()), dtype)

    def once(eager):
        model = network()
        model.compile("sgd", "mse", run_eagerly=eager)
        return model, [model.train_on_batch(inputs(), targets())]

    with pytest.raises(AssertionError, match="no trusted program for train"):
        same_both_ways(once, dtype)
