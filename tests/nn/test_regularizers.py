"""Regularizers: their formulas, their gradients, and how they enter a loss."""

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import Tensor, gradcheck
from tinygrad_edu.nn import Dense, Input, Sequential, regularizers

W = np.array([[1.0, -2.0], [0.5, 3.0]])
EVERY = {
    regularizers.L1(0.1): 0.1 * 6.5,
    regularizers.L2(0.1): 0.1 * 14.25,
    regularizers.L1L2(0.1, 0.2): 0.1 * 6.5 + 0.2 * 14.25,
    regularizers.L1L2(l2=0.3): 0.3 * 14.25,
    regularizers.L1L2(): 0.0,
    # rows (1, −2) and (0.5, 3), of lengths √5 and √9.25
    regularizers.OrthogonalRegularizer(0.2): 0.2 * 5.5 / np.sqrt(5 * 9.25),
    regularizers.OrthogonalRegularizer(0.2, "columns"): 0.2 * 0.5 / np.sqrt(1.25 * 13),
}


@pytest.mark.parametrize("regularizer", EVERY, ids=repr)
def test_formula_gradient_and_configuration(regularizer):
    assert regularizer(Tensor(W)).item() == pytest.approx(EVERY[regularizer])
    assert gradcheck(regularizer, W, order=2)
    again = regularizers.get({"class_name": type(regularizer).__name__, "config": regularizer.get_config()})
    assert repr(again) == repr(regularizer)
    assert all(type(value) in (float, str) for value in regularizer.get_config().values())


def test_names_are_those_of_keras():
    for name, config in {"l1": {"l1": 0.01}, "L2": {"l2": 0.01}, "l1_l2": {"l1": 0, "l2": 0}}.items():
        assert regularizers.get(name).get_config() == config
    assert tg.keras.regularizers.l1_l2(l1=0.1, l2=0.2).get_config() == {"l1": 0.1, "l2": 0.2}


@pytest.mark.parametrize("wrong", [-0.1, float("nan"), float("inf")])
def test_a_penalty_is_not_negative(wrong):
    for make in (regularizers.L1, regularizers.L2, lambda l2: regularizers.L1L2(l2=l2)):
        with pytest.raises(ValueError, match="should be a finite number ≥ 0.*; received"):
            make(wrong)


def test_what_is_refused():
    with pytest.raises(TypeError, match="l1 should be a finite number ≥ 0.*; received 'a'"):
        regularizers.L1("a")
    with pytest.raises(ValueError, match="Unknown regularizer 'l3'. Did you mean 'l"):
        Dense(1, kernel_regularizer="l3")


def test_penalties_enter_the_loss_and_its_gradient():
    model = Sequential([Input((2,)), Dense(2, kernel_regularizer="l2", bias_regularizer=regularizers.L1(0.5))])
    model.set_weights([W, np.array([1.0, -1.0])])
    model.compile(optimizer=tg.optim.SGD(1.0), loss="mse")
    x, y = np.zeros((3, 2)), np.array([[1.0, -1.0]] * 3)  # the data loss and its gradient are 0
    assert model.evaluate(x, y, verbose=0) == pytest.approx(0.01 * 14.25 + 0.5 * 2)
    assert [round(penalty.item(), 6) for penalty in model.losses] == [0.1425, 1.0]
    model.train_on_batch(x, y)
    np.testing.assert_allclose(model.get_weights()[0], W - 0.02 * W, rtol=1e-6)
    np.testing.assert_allclose(model.get_weights()[1], [0.5, -0.5], rtol=1e-6)


def test_a_frozen_layer_has_no_penalty_as_in_keras():
    layer = Dense(2, kernel_regularizer="l2")
    model = Sequential([Input((2,)), layer])
    assert len(model.losses) == 1
    layer.trainable = False
    assert model.losses == []


def test_orthogonal_regularizer_refuses():
    with pytest.raises(ValueError, match="mode should be 'rows' or 'columns'; received 'row'"):
        regularizers.OrthogonalRegularizer(mode="row")
    with pytest.raises(ValueError, match=r"expects a matrix; received a weight of shape \(4,\)"):
        regularizers.OrthogonalRegularizer()(Tensor(np.ones(4)))


def test_rows_of_zeros_have_no_angle():
    penalty = regularizers.OrthogonalRegularizer(1.0)
    w = Tensor([[0.0, 0.0], [1.0, 0.0]], requires_grad=True)
    penalty(w).backward()
    assert penalty(w).item() == 0
    assert np.isfinite(w.grad).all()


def test_a_shared_layer_has_one_penalty():
    class Twice(tg.nn.Model):
        def __init__(self):
            super().__init__()
            self.a = self.b = Dense(2, kernel_regularizer="l2")
            self.c = [self.a]

        def call(self, inputs):
            return self.b(self.a(inputs))

    model = Twice()
    model.build((None, 2))
    assert (len(model.losses), len(model.weights)) == (1, 2)


def test_a_function_of_the_user():
    layer = Dense(1, kernel_regularizer=lambda w: 3.0 * np.sum(w), kernel_initializer="ones")
    layer(np.zeros((1, 4)))
    assert [penalty.item() for penalty in layer.losses] == [12.0]
