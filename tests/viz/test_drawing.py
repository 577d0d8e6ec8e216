"""The pictures made of a drawing: by the system's Graphviz, by the wheel's, and without any."""

import os
import re
import sys
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from tinygrad_edu import Tensor, nn
from tinygrad_edu.viz import Drawing, draw
from tinygrad_edu.viz.graph import engines

ODD_NAME = 'w "q" <b>&lt; \\N \\ ñ |{x} $2$'
TANGLE = "digraph {" + "".join(f"a{i} -> a{j * 7 % 400};" for i in range(400) for j in range(i % 40)) + "}"


def expression(name="w"):
    return draw(Tensor(2.0, requires_grad=True, name=name) * 3)


def network():
    return nn.Sequential(
        [nn.Input((30,)), nn.Dense(16, activation="relu", name="a"), nn.Dense(1, activation="sigmoid", name="b")]
    )


def texts(svg):
    root = ElementTree.fromstring(svg)
    return [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]


def pixels(path):
    from matplotlib.image import imread

    return imread(path)


def test_svg_shows_every_line(engine):
    shown = texts(expression().svg())
    for line in ("w", "shape ()", "value 2", "grad 3", "3", "×", "value 6", "grad 1"):
        assert line in shown


def test_odd_names_are_shown_letter_by_letter(engine):
    assert ODD_NAME in texts(expression(ODD_NAME).svg())
    for name in ("<b>x", "<>", "a\\", '"', "&amp;", "\\G", "á|é", "graph", "7", "$x$"):
        assert name in texts(expression(name).svg())


def test_odd_layer_names_and_control_characters(engine):
    w = Tensor(2.0, requires_grad=True, name='l"<\\>/w')
    assert 'l"<\\>' in texts(draw(w * Tensor(1.0, name="x")).svg())
    assert {"<", "script>"} <= set(texts(expression("</script>").svg()))  # a layer and its weight
    assert "x" * 31 + "…" in texts(expression("x" * 50).svg())
    assert "a\ufffdb" in texts(expression("a\nb").svg())


@pytest.mark.parametrize(
    ("suffix", "start"), [(".svg", b"<?xml"), (".png", b"\x89PNG"), (".pdf", b"%PDF"), (".PNG", b"\x89PNG")]
)
def test_every_format_is_written(engine, tmp_path, suffix, start):
    path = tmp_path / f"graph{suffix}"
    assert expression().save(path) == path
    assert path.read_bytes().startswith(start)
    assert os.listdir(tmp_path) == [path.name]


def test_png_is_painted(engine, tmp_path):
    """Boxes are filled with their colours, rounded ones too, and dpi scales the picture."""
    image = pixels(expression().save(tmp_path / "a.png", dpi=100))
    seen = {tuple(c) for c in np.round(image[..., :3] * 255).astype(int).reshape(-1, 3)}
    for colour in ("#FCE8C5", "#E69F00", "#CFEDE3", "#009E73", "#EEEEEE", "#FFFFFF"):
        assert tuple(bytes.fromhex(colour[1:])) in seen
    twice = pixels(expression().save(tmp_path / "b.png", dpi=200))
    assert abs(twice.shape[0] / image.shape[0] - 2) < 0.05


def test_png_by_the_wheel_writes_names_letter_by_letter(wheel, monkeypatch, tmp_path):
    from matplotlib import textpath

    written = []
    real = textpath.TextPath
    monkeypatch.setattr(textpath, "TextPath", lambda xy, s, **rest: written.append(s) or real(xy, s, **rest))
    expression(ODD_NAME).save(tmp_path / "a.png")
    assert ODD_NAME.replace("$", r"\$") in written  # matplotlib's own escape: no formula


@pytest.mark.parametrize("hidden", [1, 2])
def test_a_network_is_readable_on_a_projector(engine, hidden):
    """At 1280 × 720 every label is at least 12 pixels high."""
    middle = [nn.Dense(16, activation="relu") for _ in range(hidden)]
    model = nn.Sequential([nn.Input((30,)), *middle, nn.Dense(1, activation="sigmoid")])
    root = ElementTree.fromstring(draw(model).svg())
    _, _, width, height = map(float, root.get("viewBox").split())
    sizes = [float(e.get("font-size")) for e in root.iter("{http://www.w3.org/2000/svg}text")]
    assert min(sizes) * min(1280 / width, 720 / height) >= 12


def test_no_box_lies_on_another(engine):
    root = ElementTree.fromstring(draw(network()).svg())
    corners = []
    for group in root.iter("{http://www.w3.org/2000/svg}g"):
        if group.get("class") == "node":
            shape = next(e for e in group if e.tag.rpartition("}")[2] in ("polygon", "path"))
            numbers = [float(n) for n in re.findall(r"-?\d+\.?\d*", shape.get("points") or shape.get("d"))]
            corners.append((min(numbers[::2]), min(numbers[1::2]), max(numbers[::2]), max(numbers[1::2])))
    assert len(corners) == 11 + 4  # and the legend's
    for i, a in enumerate(corners):
        for b in corners[:i]:
            assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]


@pytest.mark.parametrize("direction", ["LR", "TB"])
def test_collapsed_and_turned(engine, direction):
    shown = texts(draw(network(), collapse=True, direction=direction).svg())
    assert "matrix product → + → relu" in shown


def test_bad_dot_is_an_error_with_its_reason(engine):
    with pytest.raises(RuntimeError, match="could not lay out the graph: ."):
        Drawing("digraph {", 0).svg()


def test_a_notebook_gets_svg(engine):
    assert texts(expression()._repr_svg_()) == texts(expression().svg())
    bundle = expression()._repr_mimebundle_()
    assert texts(bundle["image/svg+xml"]) == texts(expression().svg())
    assert bundle["text/plain"] == repr(expression())


# -- without an engine -------------------------------------------------------------------------------


def test_no_engine_names_both_remedies(no_engine, tmp_path):
    for make in (lambda d: d.svg(), lambda d: d.save(tmp_path / "a.png")):
        with pytest.raises(ImportError, match=r"(?s)pip install \"tinygrad-edu\[viz\]\".*apt install graphviz"):
            make(expression())
    assert os.listdir(tmp_path) == []


def test_a_notebook_without_an_engine_shows_the_remedies(no_engine):
    drawing = expression()
    assert drawing._repr_svg_() is None
    bundle = drawing._repr_mimebundle_(include=None, exclude=None)
    assert bundle.keys() == {"text/plain"}
    assert "apt install graphviz" in bundle["text/plain"]
    assert repr(drawing) in bundle["text/plain"]


@pytest.mark.parametrize("suffix", [".dot", ".gv"])
def test_dot_text_needs_no_engine(no_engine, tmp_path, suffix):
    drawing = expression("ñ")
    assert drawing.save(tmp_path / f"a{suffix}").read_text("utf-8") == drawing.source


def test_png_by_the_wheel_needs_matplotlib(wheel, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ImportError, match=r"tinygrad-edu\[viz\]"):
        expression().save(tmp_path / "a.png")


# -- time and files ----------------------------------------------------------------------------------


def test_the_wheel_stops_at_the_time_limit(wheel):
    with pytest.raises(TimeoutError, match="more than 0.2 seconds"):
        engines.render(TANGLE, "svg", time_limit=0.2)
    assert "value 2" in texts(expression().svg())


def fake_dot(folder, monkeypatch, script):
    path = folder / "dot"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


@pytest.mark.skipif(os.name != "posix", reason="a shell script stands for dot")
def test_dot_stops_at_the_time_limit(tmp_path, monkeypatch):
    fake_dot(tmp_path, monkeypatch, "exec sleep 60")
    with pytest.raises(TimeoutError, match="more than 0.2 seconds"):
        expression().svg(time_limit=0.2)


@pytest.mark.skipif(os.name != "posix", reason="a shell script stands for dot")
def test_a_failing_dot_leaves_the_old_file(tmp_path, monkeypatch):
    fake_dot(tmp_path, monkeypatch, "echo no layout >&2; exit 1")
    target = tmp_path / "graph.svg"
    target.write_text("old")
    with pytest.raises(RuntimeError, match="no layout"):
        expression().save(target)
    assert target.read_text() == "old"
    assert sorted(os.listdir(tmp_path)) == ["dot", "graph.svg"]


def test_wrong_paths(tmp_path):
    with pytest.raises(ValueError, match=r"\.svg, \.png.*graph\.jpg"):
        expression().save(tmp_path / "graph.jpg")
    with pytest.raises(ValueError, match="'graph'"):
        expression().save("graph")
    with pytest.raises(FileNotFoundError, match="make it first"):
        expression().save(tmp_path / "nowhere" / "graph.svg")
