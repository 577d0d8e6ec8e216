"""Fingerprints: what a program was traced with, compared quickly by identity and exactly by value."""

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu.nn.training.fingerprint import Fingerprint


def model():
    layers = [
        tg.nn.Input((3,)),
        tg.nn.Dense(4, kernel_regularizer="l2", name="hidden"),
        tg.nn.Dropout(0.5),
        tg.nn.Dense(1),
    ]
    made = tg.nn.Sequential(layers)
    made.compile("adam", "mse", metrics=["mae"])
    made.options, made.names, made.kept, made.table = {"a": 1}, ["one", "two"], {"x"}, np.array([1.0, 2.0])
    return made


def swap_attributes(made):
    del made.kept
    made.other = {"x"}


CHANGES = {
    "a number": lambda made: setattr(made.layers[1], "rate", 0.25),
    "an object": lambda made: setattr(made.layers[0], "activation", np.tanh),
    "a number inside a part": lambda made: setattr(made.layers[0].kernel_regularizer, "l2", 0.5),
    "an attribute more": lambda made: setattr(made, "more", 1),
    "one for another": swap_attributes,
    "an entry of a dict": lambda made: made.options.update(a=2),
    "another key": lambda made: made.options.update(b=1),
    "an entry of a list": lambda made: made.names.__setitem__(0, "three"),
    "a longer list": lambda made: made.names.append("three"),
    "a member of a set": lambda made: made.kept.add("y"),
    "a number in an array": lambda made: made.table.__setitem__(0, 5.0),
    "the shape of an array": lambda made: setattr(made, "table", made.table.reshape(1, 2)),
    "a frozen weight": lambda made: setattr(made.layers[0].kernel, "requires_grad", False),
    "a layer more": lambda made: made.add(tg.nn.Dense(1)),
}


def test_what_is_the_same_holds():
    made = model()
    before = Fingerprint(made)
    assert before.holds(made)
    assert before.difference(Fingerprint(made)) == []


def test_what_a_step_changes_is_no_setting():
    made = model()
    made.fit(np.ones((4, 3)), np.ones(4), verbose=0)
    before = Fingerprint(made)
    made.fit(np.zeros((4, 3)), np.ones(4), verbose=0)
    assert before.difference(Fingerprint(made)) == []


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_is_seen(change):
    made = model()
    before = Fingerprint(made)
    change(made)
    assert not before.holds(made)
    assert before.difference(Fingerprint(made)) != []


def test_the_settings_of_another_model_do_not_hold():
    assert not Fingerprint(model()).holds(model())
