"""The progress line: rewritten on a terminal, a few plain lines elsewhere, nothing when silent."""

import io
import re
import sys

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu.nn.callbacks import CallbackList
from tinygrad_edu.nn.training import progress
from tinygrad_edu.nn.training.progress import Progress, metrics_text


class Terminal(io.StringIO):
    def isatty(self):
        return True


class Clock:
    """A clock that advances at every look, in place of `time`."""

    def __init__(self, step):
        self.now, self.step = 100.0, step

    def monotonic(self):
        self.now += self.step
        return self.now


def run(stream, epochs=3, batches=4, verbose=1, name="loss", length_known=True):
    """What a training would tell the progress line."""
    bar = Progress(verbose, stream)
    bar.set_params({"epochs": epochs, "steps": batches if length_known else None})
    bar.on_train_begin()
    for epoch in range(epochs):
        bar.on_epoch_begin(epoch)
        for batch in range(batches):
            bar.on_train_batch_end(batch, {name: 1 / (1 + batch)})
        bar.on_epoch_end(epoch, {name: 0.25, "val_loss": 0.5})
    bar.on_train_end()
    return stream.getvalue()


def test_a_terminal_sees_a_line_that_is_rewritten_and_one_for_each_epoch(monkeypatch):
    monkeypatch.setattr(progress, "time", Clock(1.0))
    text = run(Terminal())
    assert text.count("\n") == 3 and text.endswith("\n")
    shown = [line.strip() for line in re.split(r"[\r\n]+", text) if line.strip()]
    assert re.fullmatch(r"Epoch 1/3 1/4, [\dm ]+s left - loss: 1.0000", shown[0])
    kept = [re.sub(r"[\d.]+s", "_s", line.split("\r")[-1]) for line in text.rstrip("\n").split("\n")]
    assert kept[-1] == "Epoch 3/3 _s - loss: 0.2500 - val_loss: 0.5000"
    assert kept[0] == "Epoch 1/3 _s, _s left - loss: 0.2500 - val_loss: 0.5000"


def test_of_many_epochs_about_ten_lines_stay():
    kept = run(Terminal(), epochs=1000).rstrip("\n").split("\n")
    assert [line.split("\r")[-1].split()[1] for line in kept] == [f"{n}/1000" for n in (1, *range(100, 1001, 100))]


def test_a_line_that_stays_is_whole_in_60_columns(monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    logs = {"accuracy": 0.98901, "loss": 0.044, "val_accuracy": 0.967, "val_loss": 0.119}
    stream = Terminal()
    bar = Progress(1, stream)
    bar.set_params({"epochs": 1, "steps": 1})
    bar.on_train_begin()
    bar.on_epoch_begin(0)
    bar.on_epoch_end(0, logs)
    lines = stream.getvalue().splitlines()
    assert max(map(len, lines)) < 60
    assert all(f"{name}: {value:.4f}" in stream.getvalue() for name, value in logs.items())


def test_what_is_left_is_what_the_epochs_took(monkeypatch):
    """Epochs of 10 s: after the second of five, 30 s are left."""
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    stream = io.StringIO()
    bar = Progress(1, stream)
    bar.set_params({"epochs": 5, "steps": 1})
    bar.on_train_begin()
    for epoch in range(2):
        bar.on_epoch_begin(epoch)
        now[0] += 10
        bar.on_epoch_end(epoch, {"loss": 1.0})
    assert stream.getvalue().splitlines()[-1] == "Epoch 2/5 10.0s, 30s left - loss: 1.0000"


def test_what_others_print_does_not_run_into_the_line(monkeypatch):
    class Says(tg.nn.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            print("a message")

    monkeypatch.setattr(progress, "_INTERVAL", -1.0)
    terminal = Terminal()
    monkeypatch.setattr("sys.stdout", terminal)
    model = tg.nn.Sequential([tg.nn.Input((2,)), tg.nn.Dense(1)])
    model.compile(loss="mse")
    model.fit(np.zeros((8, 2)), np.ones(8), epochs=2, batch_size=4, callbacks=[Says()])
    assert sys.stdout is terminal
    screen = [line.split("\r")[-1] for line in terminal.getvalue().split("\n")]
    assert [line for line in screen if "message" in line] == ["a message"] * 4
    assert [line.split()[1] for line in screen if line.startswith("Epoch")] == ["1/2", "2/2"]


@pytest.mark.parametrize(("language", "words"), [("en", "keep what they learnt"), ("es", "conservan lo aprendido")])
def test_a_training_that_is_broken_off_says_what_is_kept_and_goes_on(language, words):
    class Stops(tg.nn.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if len(self.model.history.epoch) == 2:
                raise KeyboardInterrupt

    tg.language(language)
    model = tg.nn.Sequential([tg.nn.Input((2,)), tg.nn.Dense(1)])
    model.compile(loss="mse")
    x, y = np.zeros((8, 2)), np.ones(8)
    with pytest.raises(KeyboardInterrupt, match=rf"3 .* 5: .*{words}.*epochs=5, initial_epoch=2") as stopped:
        model.fit(x, y, epochs=5, verbose=0, callbacks=[Stops()])
    assert stopped.value.__suppress_context__
    assert model.history.epoch == [0, 1]
    assert model.fit(x, y, epochs=5, initial_epoch=2, verbose=0).epoch == [2, 3, 4]


def test_a_shorter_line_covers_the_longer_one(monkeypatch):
    monkeypatch.setattr(progress, "time", Clock(1.0))
    lines = run(Terminal(), epochs=1).rstrip("\n").split("\r")[1:]
    widths, written = [len(line) for line in lines], [len(line.rstrip()) for line in lines]
    assert all(now >= before for now, before in zip(widths[1:], written, strict=False))


def test_a_line_is_never_wider_than_the_terminal(monkeypatch):
    """A wrapped line cannot be rewritten: it would scroll the screen."""
    monkeypatch.setattr(progress, "time", Clock(1.0))
    monkeypatch.setenv("COLUMNS", "40")
    text = run(Terminal(), name="a_figure_with_a_very_long_name")
    assert max(len(line) for line in re.findall(r"\r(Epoch \d/3 \d/4[^\r\n]*)", text)) == 39


def test_a_terminal_is_written_to_a_few_times_a_second(monkeypatch):
    """10 000 batches in a tenth of a second: two are shown, and each is taken away once for the line of an epoch."""
    monkeypatch.setattr(progress, "time", Clock(1e-5))
    assert run(Terminal(), epochs=10, batches=1000).count("\r") <= 6


@pytest.mark.parametrize(("epochs", "lines"), [(1, 1), (3, 3), (10, 10), (100, 11), (1000, 11)])
def test_a_pipe_sees_about_ten_lines(epochs, lines):
    text = run(io.StringIO(), epochs=epochs)
    assert "\r" not in text
    assert text.count("\n") == lines
    assert text.startswith(f"Epoch 1/{epochs} ")
    assert f"\nEpoch {epochs}/{epochs} " in "\n" + text


def test_verbose_2_is_a_line_an_epoch():
    for stream in (Terminal(), io.StringIO()):
        text = run(stream, epochs=30, verbose=2)
        assert ("\r" in text, text.count("\n")) == (False, 30)


def test_a_stopped_training_shows_its_last_epoch():
    stream = io.StringIO()
    bar = Progress(1, stream)
    bar.set_params({"epochs": 1000, "steps": 1})
    bar.on_train_begin()
    for epoch in range(7):
        bar.on_epoch_begin(epoch)
        bar.on_epoch_end(epoch, {"loss": 1.0})
    bar.on_train_end()
    assert [line.split()[1] for line in stream.getvalue().splitlines()] == ["1/1000", "7/1000"]


def test_a_pipe_interrupts_no_batch():
    """What is called at every batch keeps fit from its short way."""
    hooks = [
        CallbackList([Progress(1, s)], None, {}).overriding("on_train_batch_end") for s in (io.StringIO(), Terminal())
    ]
    assert list(map(len, hooks)) == [0, 1]


def test_a_generator_without_length_shows_a_question_mark(monkeypatch):
    monkeypatch.setattr(progress, "time", Clock(1.0))
    assert "Epoch 1/3 1/? - loss" in run(Terminal(), length_known=False)


def test_figures():
    assert metrics_text({"accuracy": 0.91234, "loss": 1234.5}) == " - accuracy: 0.9123 - loss: 1234.5000"
    assert metrics_text(None) == ""


@pytest.mark.parametrize(("verbose", "lines"), [(0, 0), (1, 5), ("auto", 5), (2, 5), (False, 0), (True, 5)])
def test_fit_and_evaluate(verbose, lines, capsys):
    model = tg.nn.Sequential([tg.nn.Input((2,)), tg.nn.Dense(1)])
    model.compile(loss="mse", metrics=["mae"])
    x, y = np.zeros((8, 2)), np.ones(8)
    model.fit(x, y, epochs=5, verbose=verbose)
    printed = capsys.readouterr().out
    assert printed.count("\n") == lines
    assert printed.count(" - loss: ") == printed.count(" - mae: ") == lines
    model.evaluate(x, y, verbose=verbose)
    printed = capsys.readouterr().out
    assert bool(re.fullmatch(r"loss: [\d.]+ - mae: [\d.]+\n", printed)) is bool(verbose)
    model.predict(x, verbose=verbose)
    assert capsys.readouterr().out == ""
