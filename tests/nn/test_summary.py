"""The table of a model: the cells and the totals of Keras."""

import numpy as np
import pytest
from golden_figures import load

import tinygrad_edu as tg
from tinygrad_edu.nn import Dense, Input, Model, Sequential
from tinygrad_edu.nn.summary import _memory

GOLDEN, FIGURES = load("nn_figures")
KERAS = FIGURES["summaries"]


@pytest.mark.parametrize("name", ["unbuilt", "built", "frozen", "statistics", "compiled"])
def test_cells_and_totals_are_those_of_keras(name):
    model = GOLDEN.networks(tg.keras)["frozen" if name == "compiled" else name]
    if name == "compiled":
        model.compile(optimizer="adam", loss="mse")
    assert GOLDEN.summary_of(model) == KERAS[name]


def test_which_layers_are_trained():
    found = GOLDEN.summary_of(GOLDEN.networks(tg.keras)["frozen"], show_trainable=True)
    assert [row[-1] for row in found["rows"]] == ["Trainable", "N", "-", "Y"]
    assert [row[-1] for row in KERAS["frozen, shown"]["rows"]] == ["Trai…", "N", "-", "Y"]


def test_optimizer_after_training():
    """The counts of Keras; it keeps the step and the rate in half the bytes."""
    model = GOLDEN.networks(tg.keras)["frozen"]
    model.compile(optimizer="adam", loss="mse")
    model.fit(np.zeros((4, 10)), np.zeros(4), verbose=0)
    ours, keras = (
        [line.split(" (")[0] for line in lines["totals"]] for lines in (GOLDEN.summary_of(model), KERAS["trained"])
    )
    assert ours == keras


def printed(model, **options):
    lines = []
    model.summary(print_fn=lines.append, **options)
    return lines


def test_print_fn_gets_every_line(capsys):
    model = GOLDEN.networks(tg.keras)["built"]
    lines = printed(model)
    assert capsys.readouterr().out == ""
    model.summary()
    out = capsys.readouterr().out
    assert [line.rstrip() for line in out.splitlines()] == [line.rstrip() for line in lines]
    assert lines[0].strip() == 'Model: "net"'


def test_an_unbuilt_model_says_how_to_build_it():
    assert printed(Sequential([Dense(1)]))[-1].strip().startswith("Unbuilt: add Input((features,)) first")
    assert "Unbuilt" not in "".join(printed(Sequential([Input((2,)), Dense(1)])))
    assert "Unbuilt" in "".join(printed(Sequential()))


def test_a_subclassed_model():
    class Network(Model):
        def __init__(self):
            super().__init__(name="[odd] name")
            self.hidden, self.out = Dense(4, name="hidden"), Dense(1, name="out")

        def call(self, inputs):
            return self.out(self.hidden(inputs))

    model = Network()
    assert "0 (unbuilt)" in "".join(printed(model))
    model.build((None, 3))
    found = GOLDEN.summary_of(model)
    assert found["rows"][1:] == [["hidden (Dense)", "(None, 4)", "16"], ["out (Dense)", "(None, 1)", "5"]]
    assert found["totals"][0] == " Total params: 21 (84.00 B)"
    assert printed(model)[0].strip() == 'Model: "[odd] name"'


def test_the_width():
    model = Sequential([Input((2,)), Dense(1)])
    assert {len(line) for line in printed(model, line_length=70) if line[:1] in "┏┃┡│└"} == {70}
    assert {len(line) for line in printed(model, line_length=110) if line[:1] in "┏┃┡│└"} == {110}


def test_bytes_for_people():
    sizes = {
        0: "0.00 B",
        1023: "1023.00 B",
        1024: "1.00 KB",
        3 << 20: "3.00 MB",
        5 << 30: "5.00 GB",
        5 << 40: "5120.00 GB",
    }
    assert {size: _memory(size) for size in sizes} == sizes
