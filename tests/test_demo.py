"""The demonstration, as the command line runs it."""

import subprocess
import sys

import pytest

import tinygrad_edu as tg
from tinygrad_edu.__main__ import main
from tinygrad_edu.demo import run


def test_it_learns_and_draws(tmp_path, capsys):
    assert run(tmp_path / "new" / "folder") >= 0.95
    shown = capsys.readouterr().out
    for text in ("malignant", 'Model: "', "Total params: 574", "val_loss", "Test accuracy: "):
        assert text in shown
    assert (tmp_path / "new/folder/loss_curves.png").read_bytes().startswith(b"\x89PNG")
    graph = (tmp_path / "new/folder/graph.svg").read_text("utf-8")
    assert "<svg" in graph and "dense" in graph


def test_it_speaks_spanish(tmp_path, capsys):
    assert main(["demo", "--lang", "es", "--epochs", "1", "--folder", str(tmp_path)]) == 0
    shown = capsys.readouterr().out
    for text in ("maligno", "La red, capa a capa", "época a época", "Exactitud en la prueba: ", "Imagen guardada: "):
        assert text in shown
    assert not any(text in shown for text in ("malignant", "Test accuracy", "Wrote"))


def test_a_demo_that_is_broken_off_leaves_one_sentence(tmp_path, capsys, monkeypatch):
    def broken_off(folder, epochs, seed):
        raise KeyboardInterrupt("what is kept")

    monkeypatch.setattr("tinygrad_edu.demo.run", broken_off)
    with pytest.raises(SystemExit) as stop:
        main(["demo", "--folder", str(tmp_path)])
    assert (stop.value.code, capsys.readouterr().err) == (130, "\nwhat is kept\n")


def test_the_command_alone_shows_what_to_try(capsys, monkeypatch):
    monkeypatch.setenv("LC_ALL", "es_ES.UTF-8")
    assert main([]) == 0
    shown = capsys.readouterr().out
    assert "uso: tinygrad-edu" in shown and "exercises" in shown
    assert shown.endswith("Una primera orden para probar:\n\n    tinygrad-edu demo\n")
    assert main(["exercises"]) == 0
    shown = capsys.readouterr().out
    assert "hint" in shown and shown.endswith("Una primera orden para probar:\n\n    tinygrad-edu exercises list\n")


def test_the_version(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["--version"])
    assert stop.value.code == 0 and capsys.readouterr().out == f"tinygrad-edu {tg.__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        (["dmeo"], "demo"),
        (["exercise", "list"], "exercises"),
        (["exercises", "strat", "parabola"], "start"),
        (["exercises", "start", "parabla"], "parabola"),
        (["exercises", "check", "02_numeric_derivatve.py"], "numeric_derivative"),
        (["exercises", "grade", ".", "--exercise", "momentun"], "momentum"),
        (["demo", "--epoch-s", "3"], "--epochs"),
        (["exercises", "list", "--foldr=here"], "--folder"),
        (["exercises", "check", "--pictures"], "--picture"),
        (["--versoin"], "--version"),
        (["demo", "--lang", "esp"], "es"),
        (["exercises", "list", "--lang", "Spanish"], "es"),
        (["demo", "--lang", "inglés"], "en"),
    ],
)
@pytest.mark.parametrize(("locale", "question"), [("en_GB", "Did you mean {}?"), ("es_ES", "¿Querías decir {}?")])
def test_what_a_misspelt_word_meant(arguments, meant, locale, question, capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LC_ALL", locale)
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    assert question.format(meant) in " ".join(capsys.readouterr().err.split())


def test_the_same_seed_gives_the_same_run(tmp_path, capsys):
    assert run(tmp_path, epochs=2, seed=3) == run(tmp_path, epochs=2, seed=3)


def test_as_a_command(tmp_path):
    command = [sys.executable, "-m", "tinygrad_edu", "demo", "--epochs", "1", "--folder", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "Test accuracy" in done.stdout and str(tmp_path / "graph.svg") in done.stdout


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["dance"], "invalid choice"),
        (["demo", "--epochs", "0"], "at least 1"),
        (["demo", "--x"], "--x"),
    ],
)
def test_a_wrong_command_is_explained(arguments, text, capsys):
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2 and text in capsys.readouterr().err


def test_a_folder_that_cannot_be_made_is_told_before_training(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    with pytest.raises(SystemExit):
        main(["demo", "--folder", str(tmp_path / "file")])
    shown = capsys.readouterr()
    assert "cannot write" in shown.err and "Epoch" not in shown.out


def test_without_matplotlib_it_still_trains(tmp_path, capsys, monkeypatch):
    for loaded in ["matplotlib", *(name for name in sys.modules if name.startswith("matplotlib."))]:
        monkeypatch.setitem(sys.modules, loaded, None)
    run(tmp_path, epochs=1)
    assert "No loss_curves.png" in capsys.readouterr().out
