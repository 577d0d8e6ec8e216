"""The gallery: every picture is made by one command, is legible on a projector, and stands on the page."""

import importlib.util
import inspect
from pathlib import Path

import pytest

pytest.importorskip("matplotlib")
from matplotlib.figure import Figure  # noqa: E402
from texts import drawn_texts, text_faults  # noqa: E402

DOCS = Path(__file__).parents[2] / "docs"


def _command():
    spec = importlib.util.spec_from_file_location("gallery_command", DOCS / "gallery" / "__main__.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


gallery = _command()
MODULES = list(gallery.modules())
PICTURES = {name: function for module in MODULES for name, function in gallery.pictures(module).items()}
TRAINING = {
    name: function
    for module in MODULES
    if module.__name__ == "gallery_training"
    for name, function in gallery.pictures(module).items()
}


@pytest.mark.parametrize("name", [name for name in TRAINING if name != "trajectories_moving"])
@pytest.mark.matrix(one_in=10)
def test_every_text_is_legible(name, monkeypatch, tmp_path):
    figures = []
    monkeypatch.setattr(Figure, "savefig", lambda figure, *_, **__: figures.append(figure))
    TRAINING[name](tmp_path / f"{name}.png")
    (figure,) = figures
    assert figure.get_figwidth() / figure.get_figheight() == pytest.approx(16 / 9)
    assert len(drawn_texts(figure)) >= 4
    assert text_faults(figure) == []


@pytest.mark.parametrize("name", PICTURES)
def test_every_picture_has_its_file_and_its_place_on_the_page(name):
    page = (DOCS / "gallery.md").read_text("utf-8")
    files = list((DOCS / "images").glob(f"{name}.*"))
    assert files, f"make it: python docs/gallery {name}"
    assert all(f"images/{file.name})" in page for file in files)
    assert all(file.stat().st_size <= gallery.LARGEST for file in files if file.suffix in gallery.SHOWN)


def test_the_page_is_the_one_that_the_command_writes():
    assert (DOCS / "gallery.md").read_text("utf-8") == gallery.page(MODULES), "make it anew: python docs/gallery"


@pytest.mark.parametrize("name", PICTURES)
def test_every_picture_is_described_in_a_sentence(name):
    sentence = " ".join(inspect.getdoc(PICTURES[name]).split())
    assert sentence.endswith((".", "»"))
    assert len(sentence) < 250


def test_no_name_stands_in_two_files():
    assert len(PICTURES) == sum(len(gallery.pictures(module)) for module in MODULES)


def test_code_on_the_page_is_whole(tmp_path):
    """What the page shows of a picture, after what its part shares, makes that picture."""
    (module,) = (module for module in MODULES if module.__name__ == "gallery_training")
    code = "\n".join([*gallery._shared(module), *gallery._body(TRAINING["plot_path"])])
    exec(compile(code, "plot_path", "exec"), {"path": tmp_path / "a.png"})
    assert (tmp_path / "a.png").stat().st_size > 10_000


def test_an_unknown_name_is_refused(capsys):
    assert gallery.main(["no_such_picture"]) == 2
    assert "plot_history" in capsys.readouterr().err


def test_what_is_written_is_found_whatever_its_ending(tmp_path):
    files = gallery.make("note", lambda path: path.with_suffix(".svg").write_text("<svg/>"), tmp_path)
    assert [file.name for file in files] == ["note.svg"]
    with pytest.raises(RuntimeError, match="wrote no file"):
        gallery.make("nothing", lambda path: None, tmp_path)
    with pytest.raises(RuntimeError, match="bytes"):
        gallery.make("huge", lambda path: path.with_suffix(".gif").write_bytes(b"x" * 300_000), tmp_path)


# -- the checker of texts sees each fault ---------------------------------------------------------------


def sound():
    figure = Figure(figsize=(9.6, 5.4))
    figure.text(0.1, 0.5, "left", fontsize=12)
    figure.text(0.6, 0.5, "right", fontsize=12)
    return figure


def test_a_sound_figure_has_no_fault():
    assert text_faults(sound()) == []
    assert {text for text, *_ in drawn_texts(sound())} == {"left", "right"}


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (lambda figure: figure.text(0.1, 0.2, "tiny", fontsize=6), "'tiny' has 11.1 pixels"),
        (lambda figure: figure.text(0.95, 0.2, "over the edge", fontsize=12), "'over the edge' leaves the picture"),
        (lambda figure: figure.text(0.11, 0.51, "above", fontsize=12), "overlap"),
        (lambda figure: figure.text(0.1, 0.45, "two\nlines", fontsize=12), "'left' and 'two' overlap"),
        (lambda figure: figure.text(0.1, 0.46, "up", fontsize=20, rotation=90), "overlap"),
        (lambda figure: figure.subplots().text(0.99, 0.2, "cut off", clip_on=True, fontsize=12), "leaves its axes"),
    ],
)
def test_each_fault_of_a_text_is_seen(spoil, fault):
    figure = sound()
    spoil(figure)
    assert any(fault in found for found in text_faults(figure)), text_faults(figure)


def test_the_figure_is_as_before():
    figure = sound()
    before = figure.dpi, figure.canvas
    text_faults(figure)
    assert (figure.dpi, figure.canvas) == before


def test_hidden_texts_do_not_count():
    figure = sound()
    figure.text(0.1, 0.5, "hidden", fontsize=3).set_visible(False)
    assert text_faults(figure) == []
