"""What a model has learnt: the boundary between classes, the confusion matrix, the weights as images."""

from types import SimpleNamespace

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import nn
from tinygrad_edu.viz import confusion, decision_boundary, weight_images

pytest.importorskip("matplotlib")
from matplotlib.figure import Figure  # noqa: E402

from texts import text_faults  # noqa: E402  # isort: skip

RNG = np.random.default_rng(0)
POINTS = RNG.normal(size=(50, 2))
SIDES = (POINTS[:, 0] * 2 - POINTS[:, 1] + 0.5 > 0).astype(int)


def dense(features, units, activation, kernel, bias, loss=None):
    model = nn.Sequential([nn.Input((features,)), nn.Dense(units, activation=activation, name="only")], name="net")
    if loss is not None:
        model.compile("sgd", loss)
    model.set_weights([np.asarray(kernel, np.float32).reshape(features, units), np.asarray(bias, np.float32)])
    return model


def line(activation="sigmoid", loss="binary_crossentropy"):
    return dense(2, 1, activation, [2, -1], [0.5], loss)


def boundary_of(axis):
    (lines,) = [c for c in axis.collections if type(c).__name__.endswith("ContourSet")]
    return np.concatenate([path.vertices for path in lines.get_paths()])


def legend(figure):
    return [text.get_text() for text in figure.legends[0].get_texts()]


# -- the boundary -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "sides"),
    [
        (line(), SIDES),
        (line("linear", nn.losses.BinaryCrossentropy(from_logits=True)), SIDES),
        (line("linear", "hinge"), 2 * SIDES - 1),
        (line("linear", "hinge"), SIDES),
        (line(loss=None), SIDES[:, None]),
    ],
)
def test_the_boundary_of_a_line_is_the_line(model, sides):
    """2 x₁ − x₂ + 0.5 = 0, whether the model gives probabilities or scores."""
    figure = decision_boundary(model, POINTS, sides)
    at = boundary_of(figure.axes[0])
    np.testing.assert_allclose(2 * at[:, 0] - at[:, 1] + 0.5, 0, atol=0.02)
    assert len(legend(figure)) == 2


def test_samples_in_another_class_are_ringed():
    sides = SIDES.copy()
    sides[:3] = 1 - sides[:3]
    figure = decision_boundary(line(), POINTS, sides)
    assert legend(figure)[-1] == "in another class:\n3 of 50"
    rings = figure.axes[0].collections[-1].get_offsets()
    np.testing.assert_allclose(sorted(rings.tolist()), sorted(POINTS[:3].tolist()), rtol=1e-5)


def test_many_classes_are_areas():
    """Three linear scores: the colour of each point is that of the largest."""
    kernel, bias = np.array([[1.0, -1.0, 0.0], [0.0, 0.0, 1.0]]), [0.0, 0.0, 0.3]
    model = dense(2, 3, "softmax", kernel, bias, "sparse_categorical_crossentropy")
    classes = (POINTS @ kernel + bias).argmax(axis=1)
    figure = decision_boundary(model, POINTS, classes, points=40)
    mesh = figure.axes[0].collections[0]
    colours = mesh.get_array().reshape(40, 40, 3)
    low, high = POINTS.min(axis=0), POINTS.max(axis=0)
    across, up = (np.linspace(a - 0.12 * (b - a), b + 0.12 * (b - a), 40) for a, b in zip(low, high, strict=True))
    grid = np.stack(np.meshgrid(across, up), axis=-1)
    best = (grid @ kernel + bias).argmax(axis=-1)
    strongest = {0: 2, 1: 0, 2: 1}  # blue, vermilion (red), green: the channel that stands out
    for kind, channel in strongest.items():
        assert (colours[best == kind].argmax(axis=1) == channel).mean() > 0.99
    assert legend(figure) == ["class 0", "class 1", "class 2"]
    assert decision_boundary(model, POINTS, np.eye(3)[classes]).axes


def test_other_features_stay_at_their_means():
    """x₂ is not shown; at its mean of 5 the boundary x₀ + x₂ − 6 = 0 stands at x₀ = 1."""
    x = np.column_stack([RNG.normal(size=50), RNG.normal(size=50), 5 + np.tile([-1, 1], 25)])
    model = dense(3, 1, "sigmoid", [1, 0, 1], [-6], "binary_crossentropy")
    figure = decision_boundary(model, x, x[:, 0] + x[:, 2] > 6, features=(0, 1), names=["a", "b", "c"])
    np.testing.assert_allclose(boundary_of(figure.axes[0])[:, 0], 1, atol=0.02)
    assert (figure.axes[0].get_xlabel(), figure.axes[0].get_ylabel()) == ("a", "b")
    turned = decision_boundary(model, x, x[:, 0] + x[:, 2] > 6, features=(1, 0))
    np.testing.assert_allclose(boundary_of(turned.axes[0])[:, 1], 1, atol=0.02)


def test_a_model_that_sees_one_class_only():
    assert decision_boundary(dense(2, 1, "sigmoid", [0, 0], [3.0]), POINTS, np.ones(50)).axes
    assert text_faults(decision_boundary(line(), POINTS, SIDES, labels=["benign", "malignant"])) == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"x": POINTS[:, :1]}, "two features or more"),
        ({"x": np.ones((50, 2, 2))}, "two features or more"),
        ({"x": np.full((50, 2), np.nan)}, "NaN"),
        ({"y": SIDES[:4]}, "50"),
        ({"y": SIDES + 0.5}, "whole numbers"),
        ({"y": SIDES + 3}, "tells the classes"),
        ({"features": (0, 0)}, "two different columns"),
        ({"features": (0, 2)}, "columns 0 to 1"),
        ({"features": (0,)}, "two different columns"),
        ({"labels": ["one"]}, "2 names"),
        ({"model": nn.Sequential([nn.Dense(1)])}, "has no weights yet"),
    ],
)
def test_bad_input_to_the_boundary(options, message):
    with pytest.raises(ValueError, match=message):
        decision_boundary(**{"model": line(), "x": POINTS, "y": SIDES} | options)


def test_no_model():
    with pytest.raises(TypeError, match="expects a model"):
        decision_boundary(SimpleNamespace(), POINTS, SIDES)


def test_the_model_and_the_random_numbers_stay():
    model = line()
    before = [w.tobytes() for w in model.get_weights()], str(tg.random.generator().bit_generator.state)
    decision_boundary(model, POINTS, SIDES)
    assert ([w.tobytes() for w in model.get_weights()], str(tg.random.generator().bit_generator.state)) == before


def test_boundary_on_given_axes():
    axis = Figure().subplots()
    assert decision_boundary(line(), POINTS, SIDES, ax=axis) is axis


# -- confusion -----------------------------------------------------------------------------------------------


def written(figure, count):
    return np.array([float(text.get_text()) for text in figure.axes[0].texts]).reshape(count, count)


def test_counts_one_by_one():
    y_true, y_pred = RNG.integers(4, size=300), RNG.integers(4, size=300)
    expected = [
        [sum((t == i) and (p == j) for t, p in zip(y_true, y_pred, strict=True)) for j in range(4)] for i in range(4)
    ]
    figure = confusion(y_true, y_pred)
    np.testing.assert_array_equal(written(figure, 4), expected)
    np.testing.assert_array_equal(figure.axes[0].images[0].get_array(), expected)
    np.testing.assert_array_equal(written(confusion(np.eye(4)[y_true], np.eye(4)[y_pred] * 0.7), 4), expected)
    shares = 100 * np.array(expected) / np.bincount(y_true)[:, None]
    np.testing.assert_allclose(written(confusion(y_true, y_pred, share=True), 4), shares, atol=0.5)


def test_confusion_of_a_model():
    sides = SIDES.copy()
    sides[:5] = 1 - sides[:5]
    counts = written(confusion(line(), POINTS, sides), 2)
    np.testing.assert_array_equal(counts, [[np.sum((sides == i) & (j == SIDES)) for j in (0, 1)] for i in (0, 1)])
    hinge = confusion(line("linear", "hinge"), POINTS, 2 * sides - 1)
    np.testing.assert_array_equal(written(hinge, 2), counts)
    assert [text.get_text() for text in hinge.axes[0].get_xticklabels()] == ["-1", "1"]


def test_probabilities_of_class_one():
    np.testing.assert_array_equal(written(confusion([0, 1, 1], [0.2, 0.9, 0.4]), 2), [[1, 0], [1, 1]])


def test_a_class_that_nobody_predicts():
    figure = confusion([0, 0, 1], [0, 0, 0], labels=["a", "b", "c"])
    np.testing.assert_array_equal(written(figure, 3), [[2, 0, 0], [1, 0, 0], [0, 0, 0]])
    assert (written(confusion([0, 0, 1], [0, 0, 0], labels=["a", "b", "c"], share=True), 3)[2] == 0).all()


@pytest.mark.parametrize("classes", [2, 10, 16, 30])
@pytest.mark.parametrize("share", [False, True])
@pytest.mark.matrix(one_in=8)
def test_texts_of_the_confusion_are_legible(classes, share):
    y = np.repeat(np.arange(classes), 150)
    labels = None if classes != 10 else [f"the digit {i}" for i in range(10)]
    assert text_faults(confusion(y, np.roll(y, 40), labels=labels, share=share)) == []


def test_bad_input_to_the_confusion():
    with pytest.raises(TypeError, match=r"\(model, x, y\) or \(y_true, y_pred\)"):
        confusion([1, 2])
    with pytest.raises(TypeError, match=r"\(model, x, y\) or \(y_true, y_pred\)"):
        confusion(line(), POINTS)
    with pytest.raises(ValueError, match="y_pred"):
        confusion([0, 1], [0])
    with pytest.raises(ValueError, match="2 names"):
        confusion([0, 1], [0, 1], labels=["a"])
    with pytest.raises(ValueError, match="whole numbers"):
        confusion([0.5, 1], [0, 1])
    with pytest.raises(ValueError, match="NaN"):
        confusion([0, 1], [0, np.nan])
    with pytest.raises(ValueError, match="has no weights yet"):
        confusion(nn.Sequential([nn.Dense(1)]), POINTS, SIDES)
    axis = Figure().subplots()
    assert confusion([0, 1], [0, 1], ax=axis) is axis


# -- weights as images -----------------------------------------------------------------------------------------


def test_each_image_is_a_column_of_the_kernel():
    kernel = RNG.normal(size=(64, 10))
    model = dense(64, 10, "softmax", kernel, np.zeros(10))
    figure = weight_images(model, labels="0123456789")
    panels = [axis for axis in figure.axes if axis.images]
    assert [axis.get_title() for axis in panels] == list("0123456789")
    for k, axis in enumerate(panels):
        (image,) = axis.images
        expected = [[kernel[8 * row + column, k] for column in range(8)] for row in range(8)]
        np.testing.assert_allclose(image.get_array(), expected, rtol=1e-6)
        low, high = image.get_clim()
        assert -low == high == pytest.approx(np.abs(kernel).max())
        assert image.get_cmap().name == "RdBu"
    assert text_faults(figure) == []


def test_a_shape_that_is_no_square():
    figure = weight_images(dense(6, 2, "linear", np.arange(12), [0, 0]), shape=(2, 3))
    np.testing.assert_array_equal(figure.axes[1].images[0].get_array(), [[1, 3, 5], [7, 9, 11]])


@pytest.mark.full
def test_filters_of_a_convolution():
    layer = nn.Conv2D(5, 3)
    layer.build((None, 8, 8, 2))
    kernel = layer.kernel.numpy()
    figure = weight_images(layer)
    panels = {axis.get_title(): axis.images[0].get_array() for axis in figure.axes if axis.images}
    assert len(panels) == 10
    np.testing.assert_array_equal(panels["3, ch. 1"], kernel[:, :, 1, 3])
    assert text_faults(figure) == []


def test_weights_without_a_number_are_black():
    figure = weight_images(dense(4, 2, "linear", [np.nan, 1, 2, 3, 4, 5, 6, -np.inf], [0, 0]))
    first, second = (axis.images[0] for axis in figure.axes if axis.images)
    assert first.get_clim() == second.get_clim() == (-6, 6)
    assert first.cmap(first.get_array()[0, 0]) == (0, 0, 0, 1)
    assert "2 of 8 numbers NaN or infinite" in figure.get_suptitle()


@pytest.mark.full
def test_long_names_of_neurons_are_shortened():
    labels = [f"a neuron with a long name {i}" for i in range(20)]
    assert text_faults(weight_images(dense(4, 20, "linear", np.ones(80), np.zeros(20)), labels=labels)) == []


@pytest.mark.full
def test_more_neurons_than_a_figure_shows():
    figure = weight_images(dense(16, 100, "linear", np.ones((16, 100)), np.zeros(100)))
    assert sum(bool(axis.images) for axis in figure.axes) == 64
    assert "first 64 of 100" in figure.get_suptitle()
    assert text_faults(figure) == []


def test_the_first_layer_with_a_kernel_and_zero_weights():
    model = nn.Sequential([nn.Input((2, 2)), nn.Flatten(), nn.Dense(3, kernel_initializer="zeros", name="flat")])
    figure = weight_images(model)
    assert figure.get_suptitle().startswith("flat")
    figure.draw_without_rendering()


def test_bad_input_to_the_images():
    with pytest.raises(ValueError, match=r"shape=\(1, 6\)"):
        weight_images(dense(6, 2, "linear", np.ones(12), [0, 0]))
    with pytest.raises(ValueError, match="6 pixels in all"):
        weight_images(dense(6, 2, "linear", np.ones(12), [0, 0]), shape=(4, 4))
    with pytest.raises(ValueError, match="2 names"):
        weight_images(dense(4, 2, "linear", np.ones(8), [0, 0]), labels=["a"])
    with pytest.raises(ValueError, match="has no weights yet"):
        weight_images(nn.Sequential([nn.Dense(3)]))
    with pytest.raises(TypeError, match="no Dense or Conv2D"):
        weight_images(nn.Sequential([nn.Input((3,)), nn.Flatten()]))
    with pytest.raises(TypeError, match="expects a layer or a model"):
        weight_images(np.ones((3, 3)))


def test_the_columns_of_a_data_frame_name_the_axes():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(np.column_stack([POINTS, POINTS[:, 0]]), columns=["edad", "peso (kg)", "talla"])
    model = dense(3, 1, "sigmoid", [2, -1, 0], [0.5], "binary_crossentropy")
    axis = decision_boundary(model, frame, SIDES, features=(2, 0)).axes[0]
    assert (axis.get_xlabel(), axis.get_ylabel()) == ("talla", "edad")
    axis = decision_boundary(line(), frame[["edad", "talla"]], SIDES, features=(1, 0)).axes[0]
    assert (axis.get_xlabel(), axis.get_ylabel()) == ("talla", "edad")


@pytest.mark.parametrize("options", [{"points": 1}, {"points": 9.5}, {"names": ["one"]}, {"names": ["a", "b", "c"]}])
def test_points_and_names_that_do_not_fit(options):
    with pytest.raises(ValueError, match="points should be|names expects 2 names"):
        decision_boundary(line(), POINTS, SIDES, **options)


def test_counts_are_whole_and_grouped():
    figure = confusion(np.zeros(12345, int), np.zeros(12345, int), labels=np.array(["no", "yes"]))
    assert figure.axes[0].texts[0].get_text() == "12,345"
    small = confusion([0, 1], [1, 1])
    small.draw_without_rendering()
    assert all(tick == round(tick) for tick in small.axes[1].get_yticks())


def test_class_numbers_that_are_no_classes():
    with pytest.raises(ValueError, match="1000 classes at most"):
        confusion([0, 1_000_000], [0, 1])


def test_several_axes_where_one_is_drawn_on():
    with pytest.raises(TypeError, match="ax expects one Axes"):
        confusion([0, 1], [1, 1], ax=Figure().subplots(1, 2))
