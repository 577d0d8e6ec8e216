"""Masks beside real Keras 3: layers that make them and pass them on, losses, metrics, trainings; metrics with dicts."""

import gc
import warnings

import numpy as np
import pytest
from golden_figures import load

from tinygrad_edu import Tensor, keras, nn
from tinygrad_edu.keras import layers
from tinygrad_edu.nn import masking

GOLDEN, FIGURES = load("nn_masks")
X = GOLDEN.NUMBERS


def close(found, expected, relative=1e-5):
    """Equal but for rounding, NaN where NaN is expected; dicts by their keys."""
    if isinstance(expected, dict):
        assert found.keys() == expected.keys()
        for key in expected:
            close(found[key], expected[key], relative)
    elif isinstance(expected, list) and not is_array(expected):
        for mine, theirs in zip(found, expected, strict=True):
            close(mine, theirs, relative)
    elif expected is None or isinstance(expected, bool | str):
        assert found == expected
    else:
        found, expected = np.asarray(found, float), np.asarray(expected, float)
        assert found.shape == expected.shape
        scale = np.max(np.abs(expected), initial=1e-3, where=np.isfinite(expected))
        np.testing.assert_allclose(found, expected, rtol=0, atol=relative * scale)


def is_array(values):
    try:
        np.asarray(values, float)
    except (ValueError, TypeError):
        return False
    return True


# -- layers -------------------------------------------------------------------------------------------------------


def test_layers_support_masks_where_those_of_keras_do():
    ours = {name: getattr(layers, name)(*a).supports_masking for name, a in GOLDEN.SUPPORT.items()}
    assert ours == FIGURES["support"]
    classes = {cls for cls in nn.layers.__all__ if isinstance(getattr(nn.layers, cls), type)}
    of_tensorflow = {"IntegerLookup", "StringLookup", "TextVectorization"}  # Keras makes them with TensorFlow alone
    assert set(GOLDEN.SUPPORT) == classes - of_tensorflow


@pytest.mark.parametrize("name", GOLDEN.CALLED)
def test_layers_that_compute_with_a_mask(name):
    with np.errstate(invalid="ignore"):  # the mean of nothing
        close(GOLDEN.called(keras, *GOLDEN.CALLED[name]), FIGURES["called"][name])


@pytest.mark.parametrize("name", GOLDEN.PASSED)
def test_layers_that_make_a_mask_or_pass_it_on(name):
    close(GOLDEN.passed(keras, GOLDEN.PASSED[name]), FIGURES["passed"][name])


def test_the_mask_of_the_guide_of_keras():
    padded = keras.utils.pad_sequences(
        [[711, 632, 71], [73, 8, 3215, 55, 927], [83, 91, 1, 645, 1253, 927]], 6, "int32"
    )
    out = layers.Embedding(5000, 16, mask_zero=True)(padded)
    assert (out._keras_mask.numpy() == (padded != 0)).all()
    assert layers.Embedding(5000, 16)(padded)._keras_mask is None
    unmasked = np.repeat(padded[..., None], 10, axis=-1).astype("float32")
    assert (layers.Masking()(unmasked)._keras_mask.numpy() == (padded != 0)).all()

    class TemporalSoftmax(layers.Layer):
        def call(self, inputs, mask=None):
            assert mask is not None
            weight = np.exp(inputs) * np.expand_dims(mask, -1)
            return weight / np.sum(weight, axis=1, keepdims=True)

    model = keras.Sequential(
        [layers.Input((6,)), layers.Embedding(5000, 4, mask_zero=True), layers.Dense(1), TemporalSoftmax()]
    )
    with pytest.warns(UserWarning, match="'temporal_softmax' does not support masking: the mask of its input ends"):
        y = model(padded).numpy()[..., 0]
    assert ((y == 0) == (padded == 0)).all()
    np.testing.assert_allclose(y.sum(axis=1), 1, rtol=1e-6)


def test_a_mask_ends_with_a_warning_at_a_layer_that_does_not_support_it():
    out = layers.Embedding(5, 2, mask_zero=True)(X)
    for layer in (layers.Flatten(), layers.Conv1D(2, 2), layers.GlobalMaxPooling1D(), layers.Reshape((8,))):
        with pytest.warns(UserWarning, match=f"'{layer.name}' does not support masking"):
            assert layer(out)._keras_mask is None
    assert layers.Flatten()(np.zeros((1, 2, 3)))._keras_mask is None


def test_a_mask_can_be_given_by_hand():
    x, mask = GOLDEN.wave((3, 4)), GOLDEN.MASK
    for found in (layers.Softmax()(x, mask), layers.Softmax()(Tensor(x), mask=Tensor(mask))):
        assert ((found.numpy() == 0) == ~mask).all() and (found._keras_mask.numpy() == mask).all()
    model = keras.Sequential([layers.Input((4, 2)), layers.Dense(1), layers.GlobalAveragePooling1D()])
    x = GOLDEN.wave((3, 4, 2))
    by_hand = model.layers[1](model.layers[0](x), mask=mask)
    np.testing.assert_array_equal(model(x, mask=mask).numpy(), by_hand.numpy())
    assert (model(x).numpy() != by_hand.numpy()).any()


def test_a_model_inside_a_model_passes_the_mask_on_as_its_layers_do():
    inner = keras.Sequential([layers.Input((4, 2)), layers.Dense(3), layers.ReLU()])
    embedding = layers.Embedding(5, 2, mask_zero=True)
    out = keras.Sequential([layers.Input((4,)), embedding, inner])(X)
    assert (out._keras_mask.numpy() == (X != 0)).all()

    class Network(keras.Model):
        def __init__(self):
            super().__init__()
            self.embedding, self.mean = layers.Embedding(5, 2, mask_zero=True), layers.GlobalAveragePooling1D()

        def call(self, inputs):
            return self.mean(self.embedding(inputs))

    network = Network()
    found = network(X).numpy()
    np.testing.assert_allclose(found, [network.embedding(row[row != 0]).numpy().mean(axis=0) for row in X], rtol=1e-5)


def test_masks_that_do_not_fit_are_refused():
    out = layers.Embedding(5, 2, mask_zero=True)(X)
    with pytest.raises(ValueError, match=r"expects a mask that fits its inputs of shape \(3, 4, 2\).*shape \(3, 4\)"):
        layers.Softmax()(out)
    with pytest.raises(ValueError, match=r"expects a mask of shape \(3, 4\) .*received shape \(3,\)"):
        layers.BatchNormalization()(out, mask=np.ones(3, bool))
    with pytest.raises(TypeError, match="mask_value should be a finite number"):
        layers.Masking("0")
    rows = layers.Lambda(lambda x: x[:, 0], mask=lambda x, mask: mask)(out)
    with pytest.raises(
        ValueError, match=r"values of shape \(3,\), but y_pred has a mask of shape \(3, 4\): end the mask"
    ):
        keras.losses.MeanSquaredError()(np.zeros((3, 2)), rows)
    with pytest.raises(ValueError, match="which weights of shape"):
        keras.losses.MeanSquaredError()(np.zeros((3, 4, 2)), out, np.ones((3, 2)))


def test_a_mask_goes_when_its_tensor_goes():
    before, enabled = len(masking._masks), gc.isenabled()
    gc.disable()
    try:
        kept = [layers.Masking()(GOLDEN.wave((3, 4, 2))) for _ in range(3)]
        assert len(masking._masks) == before + 3
        del kept
        assert len(masking._masks) == before
    finally:
        if enabled:
            gc.enable()


# -- losses and metrics -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("cls", GOLDEN.LOSSES)
def test_losses(cls):
    """Every reduction, with and without weights; masks of some, of none, of all."""
    close(GOLDEN.loss_figures(keras, cls, GOLDEN.LOSSES[cls]), FIGURES["losses"][cls])


@pytest.mark.parametrize("cls", GOLDEN.METRICS)
def test_metrics(cls):
    close(GOLDEN.metric_figures(keras, cls, GOLDEN.METRICS[cls]), FIGURES["metrics"][cls])


@pytest.mark.parametrize("mutant", ["no mask", "mean over all", "upside down"])
def test_a_wrong_mask_is_noticed(mutant, monkeypatch):
    """Mutants: a loss that takes no notice of the mask, that divides by all steps, that takes it upside down."""
    right = nn.losses.base.masked
    wrong = {
        "no mask": lambda weight, mask, *rest: right(weight, mask | True, *rest),
        "mean over all": lambda weight, mask, dtype, name, mean=False: right(weight, mask, dtype, name),
        "upside down": lambda weight, mask, *rest: right(weight, ~mask, *rest),
    }
    monkeypatch.setattr(nn.losses.base, "masked", wrong[mutant])
    with pytest.raises(AssertionError):
        test_losses("MeanSquaredError")


def test_one_weight_a_sample_counts_for_all_its_steps():
    """Keras fails here, or takes the weights for those of steps where there are as many."""
    y_true, y_pred = GOLDEN.targets(""), GOLDEN.predictions(keras, GOLDEN.MASK)
    each, weights = np.array([0.5, 1.0, 3.0]), np.repeat([[0.5], [1.0], [3.0]], GOLDEN.STEPS, axis=1)
    for make in (keras.losses.MeanSquaredError(), keras.metrics.MeanSquaredError()):
        found = [float(np.asarray(make(y_true, y_pred, sample_weight=w))) for w in (each, weights)]
        if isinstance(make, keras.metrics.Metric):
            make.reset_state()
            found[1] = float(make(y_true, y_pred, sample_weight=weights))
        assert found[0] == pytest.approx(found[1], rel=1e-6)


# -- trainings ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("eager", [False, True])
@pytest.mark.parametrize("name", GOLDEN.TRAININGS)
def test_trainings(name, eager):
    close(GOLDEN.trained(keras, *GOLDEN.TRAININGS[name], eager), FIGURES["trainings"][name], 2e-4)


@pytest.mark.parametrize("eager", [False, True])
def test_a_loss_that_is_a_mean_itself_keeps_its_value(eager):
    options = {"loss": GOLDEN.own_loss}
    ours = GOLDEN.trained(keras, GOLDEN.step_by_step, "sequences", "steps", options, False, eager)
    close(ours, FIGURES["own loss"], 2e-4)


def test_a_model_with_masks_goes_through_a_file(tmp_path):
    model = keras.Sequential([layers.Input((4,)), *GOLDEN.averaged(keras)])
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    assert again.layers[0].mask_zero
    np.testing.assert_array_equal(again.predict(X), model.predict(X))
    sequences = keras.Sequential([layers.Input((4, 2)), layers.Masking(-1.0), layers.GlobalAveragePooling1D()])
    again = keras.models.model_from_json(sequences.to_json())
    np.testing.assert_array_equal(again.predict(GOLDEN.holes(-1.0)), sequences.predict(GOLDEN.holes(-1.0)))


# -- metrics whose result is a dict ---------------------------------------------------------------------------


@pytest.mark.parametrize("eager", [False, True])
def test_a_dict_of_figures_goes_among_the_figures(eager):
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a step that runs op by op says so
        found = GOLDEN.dict_figures(keras, eager)
    close(found, FIGURES["dict"])
