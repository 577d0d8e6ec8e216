"""What `draw` puts into the picture, read back from its DOT text."""

import re

import numpy as np
import pytest

import tinygrad_edu as tg
from tests.viz.dot_text import arrows, boxes, by_title, frames, labels, notes, on_arrows
from tinygrad_edu import Tensor, nn
from tinygrad_edu.viz import draw


def lecture():
    """The expression of Karpathy's lecture «The spelled-out intro to neural networks» (2022), with its numbers."""
    a, b, c, f = (Tensor(v, requires_grad=True, name=n) for v, n in [(2.0, "a"), (-3.0, "b"), (10.0, "c"), (-2.0, "f")])
    e = a * b
    d = e + c
    out = d * f
    e.name, d.name, out.name = "e", "d", "L"
    return out


# -- boxes and arrows --------------------------------------------------------------------------------


def test_a_known_expression():
    drawing = draw(lecture())
    assert by_title(drawing) == {
        "a": ["shape ()", "value 2", "grad 6"],
        "b": ["shape ()", "value -3", "grad -4"],
        "e = ×": ["shape ()", "value -6", "grad -2"],
        "c": ["shape ()", "value 10", "grad -2"],
        "d = +": ["shape ()", "value 4", "grad -2"],
        "f": ["shape ()", "value -2", "grad 4"],
        "L = ×": ["shape ()", "value -8", "grad 1"],
    }
    title = {key: lines[0] for key, lines in boxes(drawing).items()}
    assert sorted((title[x], title[y]) for x, y in arrows(drawing)) == sorted(
        [("a", "e = ×"), ("b", "e = ×"), ("e = ×", "d = +"), ("c", "d = +"), ("d = +", "L = ×"), ("f", "L = ×")]
    )


def test_ids_are_the_visit_order_and_inputs_come_first():
    drawing = draw(lecture(), legend=False)
    assert list(boxes(drawing)) == [f"n{i}" for i in range(7)]
    assert all(int(x[1:]) < int(y[1:]) for x, y in arrows(drawing))


def test_equal_graphs_give_equal_dot():
    assert draw(lecture()).source == draw(lecture()).source
    other = lecture()
    assert draw(other).source != draw(other + 1).source


def test_a_tensor_used_twice_has_two_arrows():
    a = Tensor(3.0, requires_grad=True, name="a")
    drawing = draw(a + a)
    assert arrows(drawing) == [("n0", "n1"), ("n0", "n1")]
    assert by_title(drawing)["a"][-1] == "grad 2"


def test_constants_and_options_are_shown():
    x = Tensor(np.ones((2, 3)), requires_grad=True, name="x")
    drawing = draw((x**2).sum(axis=0).sum())
    titles = [lines[0] for lines in boxes(drawing).values()]
    assert titles == ["x", "2", "power", "sum", "sum"]
    rows = list(boxes(drawing).values())
    assert rows[3][1] == "axis=0"
    assert rows[4][1] == "shape ()"


def test_only_few_numbers_are_written_out():
    x = Tensor(np.arange(6.0).reshape(2, 3), requires_grad=True, name="x")
    assert by_title(draw((x * 2).sum()))["x"] == [
        "shape (2, 3)",
        "value [[0, 1, 2], [3, 4, 5]]",
        "grad [[2, 2, 2], [2, 2, 2]]",
    ]
    x = Tensor(np.arange(7.0), requires_grad=True, name="x")
    loss = (x * x).sum()
    assert by_title(draw(loss))["x"] == ["shape (7,)", f"grad norm {2 * np.sqrt(91):.4g}"]


def test_a_graph_of_a_gradient():
    x = Tensor(3.0, requires_grad=True, name="x")
    (slope,) = tg.gradients([x**3], [x], create_graph=True)
    assert by_title(draw(slope))["x"] == ["shape ()", "value 3", "grad 18"]


def test_a_tensor_without_graph_is_one_box():
    drawing = draw(Tensor([1.0, 2.0], name="x"))
    assert by_title(drawing) == {"x": ["shape (2,)", "value [1, 2]", "grad not computed"]}
    assert "nothing in this graph requires one" in notes(drawing)


def test_nan_is_shown_and_marked():
    x = Tensor(np.nan, requires_grad=True, name="x")
    drawing = draw(x * 2)
    assert by_title(drawing)["x"] == ["shape ()", "value nan", "grad 2", "holds NaN or infinity"]
    assert "#D55E00" in drawing.source
    assert "#D55E00" not in draw(lecture()).source


# -- gradients ---------------------------------------------------------------------------------------


def test_nothing_is_left_behind():
    w = Tensor([1.0, 2.0], requires_grad=True, name="w")
    loss = (w * w).sum()
    draw(loss)
    assert w.grad is None
    assert loss.grad is None
    loss.backward()
    before = w.grad.copy()
    draw(loss)
    np.testing.assert_array_equal(w.grad, before)
    loss.backward()
    np.testing.assert_array_equal(w.grad, 2 * before)


def test_a_gradient_that_nobody_asked_for_is_not_zero():
    w = Tensor(2.0, requires_grad=True, name="w")
    drawing = draw(w * Tensor(3.0, name="x"))
    assert by_title(drawing)["x"][-1] == "grad not computed"
    assert all(lines[-1] == "grad not computed" for lines in boxes(draw(w * w, gradients=False)).values())


def test_a_gradient_that_is_zero_says_so():
    w = Tensor(-2.0, requires_grad=True, name="w")
    assert by_title(draw(w * 0.0))["w"][-1] == "grad 0"


def test_several_values_need_an_incoming_gradient():
    w = Tensor([1.0, 2.0], requires_grad=True, name="w")
    assert by_title(draw(w * 3))["w"][-1] == "grad not computed"
    assert "the output has shape (2,)" in notes(draw(w * 3))
    drawing = draw(w * 3, gradient=np.array([1.0, 10.0]))
    assert by_title(drawing)["w"][-1] == "grad [3, 30]"
    with pytest.raises(ValueError, match="shape"):
        draw(w * 3, gradient=np.ones(3))


def test_several_outputs():
    w = Tensor(1.0, requires_grad=True, name="w")
    drawing = draw([w * 2, w + 3])
    assert drawing.boxes == 5
    assert by_title(drawing)["w"][-1] == "grad not computed"
    assert "several outputs" in notes(drawing)


def test_values_written_since_are_refused():
    w = Tensor([1.0], requires_grad=True)
    w.data[:] = 2.0
    loss = (w * w).sum()
    w.data[:] = 5.0
    with pytest.raises(RuntimeError, match="written in place"):
        draw(loss)


# -- functions ---------------------------------------------------------------------------------------


def test_a_function_names_its_inputs():
    drawing = draw(lambda w, b: (w * np.array([1.0, 2.0]) + b).sum(), 3.0, 0.5)
    assert by_title(drawing)["w"] == ["shape ()", "value 3", "grad 3"]
    assert by_title(drawing)["b"] == ["shape ()", "value 0.5", "grad 2"]


def test_a_method_names_its_inputs():
    class Parabola:
        def at(self, x):
            return x**2 / 6

    assert by_title(draw(Parabola().at, 3.0))["x"] == ["shape ()", "value 3", "grad 1"]


def test_tensors_are_used_as_they_are():
    w = Tensor(2.0, requires_grad=True, name="weight")
    drawing = draw(lambda x, k: x * k, w, 3)
    assert by_title(drawing)["weight"][-1] == "grad 3"
    assert by_title(drawing)["k"][-1] == "grad not computed"


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: draw(3), TypeError, "int 3"),
        (lambda: draw([]), TypeError, "nothing"),
        (lambda: draw([1.0]), TypeError, "float 1.0"),
        (lambda: draw(Tensor(1.0), 2.0), TypeError, "no inputs beside it"),
        (lambda: draw(lambda x: x.item(), 1.0), TypeError, "float 1.0"),
        (lambda: draw(lambda x: x**2, 3), TypeError, "draw(f, 3.0)"),
        (lambda: draw(lecture(), view="closed"), ValueError, "'closed'"),
        (lambda: draw(lecture(), direction="up"), ValueError, "'up'"),
        (lambda: draw(lecture(), limit=0), ValueError, "0"),
    ],
)
def test_what_cannot_be_drawn(call, error, words):
    with pytest.raises(error, match=re.escape(words)):
        call()


# -- models and layers -------------------------------------------------------------------------------


def network():
    return nn.Sequential(
        [
            nn.Input((3, 2)),
            nn.Flatten(name="flat"),
            nn.Dense(4, activation="relu", name="hidden"),
            nn.Activation("tanh", name="squash"),
            nn.Dense(1, activation="sigmoid", name="out"),
        ]
    )


def test_a_model_is_framed_by_layer():
    drawing = draw(network())
    assert {name: sorted(titles) for name, titles in frames(drawing).items()} == {
        "flat": ["reshape"],
        "hidden": sorted(["matrix product", "+", "relu", "kernel", "bias"]),
        "squash": ["tanh"],
        "out": sorted(["matrix product", "+", "sigmoid", "kernel", "bias"]),
    }
    assert by_title(drawing)["input"] == ["shape (1, 3, 2)", "grad not computed"]


def test_made_up_inputs_show_no_values_and_no_gradients():
    rows = by_title(draw(network()))
    assert all(row[-1] == "grad not computed" for row in rows.values())
    assert {title for title, row in rows.items() if "value" in " ".join(row)} == {"kernel", "bias"}


def test_a_model_on_a_batch():
    model = network()
    x = np.random.default_rng(0).normal(size=(1, 3, 2))
    drawing = draw(model, x)
    out = model(x)
    out.backward()
    kernel = model.get_layer("out").kernel
    rows = by_title(drawing)
    assert rows["sigmoid"][1] == f"value [[{out.item():.4g}]]"
    assert rows["sigmoid"][2] == "grad [[1]]"
    values = ", ".join(f"[{v:.4g}]" for v in kernel.grad.ravel())
    assert f"grad [{values}]" in rows["kernel"]


def test_a_model_is_as_before():
    model = network()

    def attributes(layer):  # but for the weights that were found among them, which are looked for again
        return {name: value for name, value in vars(layer).items() if name != "_walked"}

    before = {layer: attributes(layer) for layer in model.layers}
    draw(model)
    draw(model, np.ones((2, 3, 2)))
    with pytest.raises(ValueError, match="expects samples of shape"):
        draw(model, np.ones((2, 5, 2)))
    assert {layer: attributes(layer) for layer in model.layers} == before
    assert all(weight.grad is None for weight in model.weights)


def test_an_unbuilt_model_says_how_to_build_it():
    model = nn.Sequential([nn.Dense(2)], name="net")
    with pytest.raises(ValueError, match=r"'net' is not built yet.*Input\(\(features,\)\).*draw\(model, x\)"):
        draw(model)


def test_what_stands_between_layers_is_in_none():
    class Residual(nn.Model):
        def __init__(self):
            super().__init__()
            self.first, self.second = nn.Dense(2, name="first"), nn.Dense(2, name="second")

        def call(self, inputs):
            return (inputs * 2.0 + self.first(inputs)) + self.second(inputs * 3.0)

    drawing = draw(Residual(), np.ones((4, 2)))
    inside = frames(drawing)
    assert {name: sorted({*titles} - {"linear"}) for name, titles in inside.items()} == {
        "first": sorted(["matrix product", "+", "kernel", "bias"]),
        "second": sorted(["matrix product", "+", "kernel", "bias"]),
    }
    assert drawing.boxes - sum(map(len, inside.values())) == 1 + 2 * 2 + 2


def test_layers_inside_models_inside_models():
    inner = nn.Sequential([nn.Input((2,)), nn.Dense(3, name="deep", activation="relu")], name="inner")
    model = nn.Sequential([nn.Input((2,)), inner, nn.Dense(1, name="last")])
    assert set(frames(draw(model))) == {"deep", "last"}


@pytest.mark.parametrize("wrap", [np.asarray, Tensor])
def test_the_layers_of_a_loss_are_told_from_the_names_of_the_weights(wrap):
    model = nn.Sequential([nn.Input((2,)), nn.Dense(3, "relu", name="hidden"), nn.Dense(1, name="out")])
    x, target = np.ones((4, 2), "float32"), wrap(np.zeros((4, 1), "float32"))
    drawing = draw(((model(x) - target) ** 2).mean())
    assert {name: sorted({*titles} - {"linear"}) for name, titles in frames(drawing).items()} == {
        "hidden": sorted(["matrix product", "+", "relu", "kernel", "bias"]),
        "out": sorted(["matrix product", "+", "kernel", "bias"]),
    }


def test_collapsed_layers():
    drawing = draw(network(), collapse=True)
    rows = by_title(drawing)
    assert rows["hidden"] == ["matrix product → + → relu", "kernel (6, 4)", "bias (4,)", "shape (1, 4)"]
    assert set(rows) == {"input", "flat", "hidden", "squash", "out"}
    title = {key: lines[0] for key, lines in boxes(drawing).items()}
    chain = [(title[x], title[y]) for x, y in arrows(drawing)]
    assert chain == [("input", "flat"), ("flat", "hidden"), ("hidden", "squash"), ("squash", "out")]


# -- large graphs ------------------------------------------------------------------------------------


def test_a_large_graph_is_collapsed_and_says_so():
    x = Tensor(1.0, requires_grad=True, name="x")
    y = x
    for _ in range(1000):
        y = y * 1.001 + 0.5
    drawing = draw(y)
    assert drawing.collapsed
    assert drawing.boxes <= 20
    assert "Collapsed: 2,000 operations and 1 leaf" in notes(drawing)
    assert "limit=2001" in notes(drawing)
    counts = [int(n) for lines in boxes(drawing).values() for n in re.findall(r"^(\d+) [×+]$", "\n".join(lines), re.M)]
    assert sum(counts) == 1999  # and the output, on its own
    order = list(labels(draw(y, direction="LR", legend=False), ""))
    assert all(order.index(a) < order.index(b) for a, b in arrows(drawing))
    assert not draw(x * 2).collapsed


def test_a_large_network_is_collapsed_by_layer():
    model = nn.Sequential([nn.Input((2,)), *(nn.Dense(2, "relu", name=f"d{i}") for i in range(30))])
    drawing = draw(model, limit=100)
    assert drawing.collapsed
    assert drawing.boxes == 31
    assert "Collapsed: 90 operations and 61 leaves" in notes(drawing)


def test_many_leaves_and_many_outputs_are_collapsed():
    leaves = [Tensor(float(i), requires_grad=True, name=f"w{i}") for i in range(600)]
    assert draw(np.stack(leaves).sum()).boxes < 20
    assert draw([w * 2 for w in leaves]).boxes < 20


def test_the_limit_can_be_raised():
    x = Tensor(1.0, requires_grad=True)
    y = x
    for _ in range(20):
        y = y * y
    assert draw(y, limit=10).collapsed
    assert draw(y, limit=21).boxes == 21


def test_what_no_gradient_flows_to_says_where_it_comes_from_and_an_idle_layer_is_named():
    layers = [nn.Input((2,)), nn.BatchNormalization(name="bn"), nn.Dropout(0.5, name="drop"), nn.Dense(1)]
    source = draw(nn.Sequential(layers), np.ones((1, 2))).source
    assert "from moving_variance" in source and "drop gives its input on" in source
    assert "bn gives" not in source


@pytest.mark.parametrize("language", ["en", "es"])
def test_no_picture_has_the_signs_of_programs(language):
    """The words come from the declarations of the ops, whatever a picture shows of a network and its loss."""
    tg.language(language)
    model, x, y = network(), np.ones((1, 3, 2)), np.ones((1, 1))
    model.compile("sgd", "binary_crossentropy")
    pictures = [draw(model, x, y, collapse=collapse) for collapse in (True, False)]
    pictures += [draw(model, x, y, view=view, collapse=False) for view in ("backward", "both")]
    texts = [rows for drawing in pictures for lines in boxes(drawing).values() for rows in lines]
    texts += [text for drawing in pictures for *_, text in on_arrows(drawing)]
    assert not re.search(r"@|\^|Σ|σ|_of_product", "\n".join(texts))
