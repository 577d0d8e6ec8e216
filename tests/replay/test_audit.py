"""The audit compares a new program with the step op by op: mutants show that it notices every error."""

import copy
import re

import numpy as np
import pytest
from stories import X, Y, assert_same, network, same_as_eager, stays_eager, told, trusted

import tinygrad_edu as tg
from tinygrad_edu.common import floats
from tinygrad_edu.nn import Dense, Input
from tinygrad_edu.nn.training import entries as entries_module
from tinygrad_edu.nn.training import state as state_module
from tinygrad_edu.replay.numpy import writer as source

pytestmark = pytest.mark.usefixtures("double")


plain_spelled = source.spelled


class Misspelled:
    """`spelled` with a small error in the value of one line."""

    def __init__(self, wrong, factor=1.0001):
        self.wrong, self.factor, self.count = wrong, factor, 0

    def __call__(self, node, writer, out=None):
        line = plain_spelled(node, writer, out)
        if node.dtype.kind != "f":
            return line
        self.count += 1
        if self.count - 1 != self.wrong:
            return line
        self.line = line
        return f"{line}; np.multiply({out}, {self.factor}, out={out})" if out else f"({line}) * {self.factor}"


def audited(eagerly):
    model = network(eagerly=eagerly, optimizer=tg.optim.Momentum(0.05), figures=["mae"])
    return model, model.fit(X[:24], Y[:24], 8, 2, 0, shuffle=False).history


def lines_of(monkeypatch, one_by_one):
    """How many lines of floats the programs of the training have, with or without that of several batches."""
    with monkeypatch.context() as changed:
        counted = Misspelled(None)
        changed.setattr(source, "spelled", counted)
        changed.setattr("tinygrad_edu.nn.training.entries._FIRST", 10**9 if one_by_one else 2)
        same_as_eager(audited)
        return counted.count


def test_the_audit_notices_an_error_in_any_line(monkeypatch):
    count = lines_of(monkeypatch, one_by_one=True)
    assert count > 15
    for wrong in range(count):
        monkeypatch.setattr(source, "spelled", Misspelled(wrong))
        assert "another result" in stays_eager(audited, exactly=False)


def test_the_audit_notices_an_error_in_any_line_of_several_batches(monkeypatch):
    """Then each batch runs by itself, and no bit is different."""
    _, expected, _ = told(audited, False)
    of_step, of_all = (lines_of(monkeypatch, one_by_one) for one_by_one in (True, False))
    assert of_all > of_step + 15
    for wrong in range(of_step, of_all):
        monkeypatch.setattr(source, "spelled", Misspelled(wrong))
        model, found, said = told(audited, False)
        assert_same(found, expected, exactly=True)
        assert len(said) == 1 and said[0].startswith("Several batches at once give another result for ")
        assert trusted(model)


@pytest.mark.parametrize(("right", "wrong"), [("np.subtract(", "np.add("), ("np.tanh(", "np.sin("), (".dot(", ".sum(")])
def test_the_audit_notices_a_wrong_op(monkeypatch, right, wrong):
    texts = []

    def spelled(node, writer, out=None):
        texts.append(plain_spelled(node, writer, out))
        return texts[-1].replace(right, wrong)

    monkeypatch.setattr(source, "spelled", spelled)
    stays_eager(audited)
    assert any(right in text for text in texts)


def centred(eagerly, optimizer="adam"):
    """A bias whose gradient is 0, up to rounding, for the normalization takes every constant away."""
    layers = [Dense(4, "relu"), Dense(5), tg.nn.BatchNormalization(), Dense(1)]
    model = tg.nn.Sequential([Input((3,)), *layers])
    model.compile(optimizer, "mse", metrics=["mae"], run_eagerly=eagerly)
    return model, model.fit(X[:24], Y[:24], 8, 2, 0, shuffle=False).history


@pytest.mark.parametrize(
    "optimizer", ["adam", "adamw", "nadam", "adamax", "lion", "rmsprop", tg.optim.Adam(clipnorm=0.5)], ids=str
)
def test_rounding_that_the_optimizer_makes_large_is_no_error(optimizer):
    floats.set_floatx("float32")  # in float64 this rounding is smaller than the epsilon of Adam
    model, found, said = told(lambda eagerly: centred(eagerly, copy.deepcopy(optimizer)), False)
    assert said == []
    assert model.training_program
    _, expected, _ = told(lambda eagerly: centred(eagerly, copy.deepcopy(optimizer)), True)
    np.testing.assert_allclose(found[0]["loss"], expected[0]["loss"], rtol=1e-4)


@pytest.mark.full
def test_errors_beside_such_rounding_are_noticed(monkeypatch):
    floats.set_floatx("float32")
    monkeypatch.setattr(entries_module, "_FIRST", 10**9)  # several batches at once are compared bit for bit
    counted = Misspelled(None)
    monkeypatch.setattr(source, "spelled", counted)
    told(centred, False)
    unnoticed = []
    for wrong in range(counted.count):
        misspelled = Misspelled(wrong, factor=2)
        monkeypatch.setattr(source, "spelled", misspelled)
        if not told(centred, False)[2]:
            unnoticed.append(misspelled.line)
    assert counted.count > 80
    others = [line for line in unnoticed if not line.endswith("bias_gradient)")]  # which is nothing but rounding
    # The sum and the quotient of the first mean of a batch, and of the mean of what is left, which corrects it.
    ends = [re.search(r"normalization_\d+_(sum|mean|sum_2|mean_2)\)$", line) for line in others]
    assert [end and end[1] for end in ends] == ["sum", "mean", "sum_2", "mean_2"], "\n".join(others)


@pytest.mark.parametrize("garbage", ["a line that is no Python", "unknown_name()", "1 / 0"])
def test_a_program_that_cannot_run_gives_way(monkeypatch, garbage):
    monkeypatch.setattr(source, "spelled", lambda node, writer, out=None: garbage)
    stays_eager(audited)


def test_these_tests_notice_what_the_audit_overlooks(monkeypatch):
    for module in (entries_module, state_module):
        monkeypatch.setattr(module, "close", lambda *args: True)
    monkeypatch.setattr(entries_module, "_agree", lambda *args: True)
    same_as_eager(audited)
    monkeypatch.setattr(source, "spelled", Misspelled(3))
    with pytest.raises(AssertionError):
        same_as_eager(audited)
