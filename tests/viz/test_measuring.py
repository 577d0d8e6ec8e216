"""Every line of a picture stays in its box: in both engines, and in a browser with one font."""

import json
import string
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu.nn import Dense, Dropout, Input, Sequential
from tinygrad_edu.viz.graph.engines import render
from tinygrad_edu.viz.graph.measuring import width_of, with_lengths

SVG = "{http://www.w3.org/2000/svg}"
LINES = [c * 4 for c in string.printable[:95] if c not in '"\\&<>{}|'] + ["∂L/∂w = ∂L/∂z · xᵀ", "σ² ≥ 0, año", "→ → …"]


def network():
    tg.random.seed(0)
    model = Sequential([Input((2,)), Dense(3, "tanh", name="hidden"), Dropout(0.2), Dense(1, "sigmoid", name="σ_out")])
    model.compile("adam", "binary_crossentropy")
    return model, np.array([[-0.12573022, 1e-9]], "float32"), np.array([[1.0]], "float32")


def pictures():
    """SVGs of graphs with long numbers, Greek letters, records, frames and notes."""
    model, x, y = network()
    θ = tg.Tensor([-1.25e-7, 2.0], requires_grad=True, name="θ")
    loss = np.log(np.sum(θ**2) * tg.Tensor(3.0, requires_grad=True, name="σ²_ñ"))
    loss.backward()
    options = {"show_shapes": True, "show_layer_names": True, "show_layer_activations": True, "show_trainable": True}
    yield tg.keras.utils.plot_model(model, None, **options).svg()
    yield tg.viz.draw(loss).svg()
    yield tg.viz.draw(model, x, y, collapse=False).svg()
    yield tg.viz.film(model, x, y).frames[-1]


def lengths_past_their_box(svg):
    """By how many points each line of an SVG is longer than its box, where it is, and how many lines there are."""
    past, count = [], 0
    for box in ElementTree.fromstring(svg).iter(f"{SVG}g"):
        shape = next((x for tag in ("polygon", "path") for x in box.findall(f"{SVG}{tag}")), None)
        if box.get("class") != "node" or shape is None:
            continue
        points = shape.get("points") or shape.get("d").translate(str.maketrans("MCL", "   "))
        across = [float(pair.split(",")[0]) for pair in points.split()]
        for text in box.findall(f"{SVG}text"):
            if (text.text or "").strip():
                count += 1
                x, length = float(text.get("x")), float(text.get("textLength"))
                start = x - {"middle": length / 2, "end": length}.get(text.get("text-anchor"), 0)
                if start < min(across) - 0.5 or start + length > max(across) + 0.5:
                    past.append((text.text, min(across) - start, start + length - max(across)))
    return past, count


def test_no_line_is_longer_than_its_box(engine):
    for svg in pictures():
        past, count = lengths_past_their_box(svg)
        assert count >= 8 and past == []


def test_a_line_that_is_longer_than_its_box_is_noticed(wheel):
    svg = next(pictures()).replace('textLength="', 'textLength="9')
    assert lengths_past_their_box(svg)[0]


def test_the_widths_are_those_that_graphviz_reckons_with(wheel):
    nodes = "".join(f'n{i} [label="{line}"];' for i, line in enumerate(LINES))
    layout = json.loads(render(f"digraph {{node [fontname=Arial, fontsize=14]; {nodes}}}", "json"))
    reckoned = [command["width"] for x in layout["objects"] for command in x["_ldraw_"] if command["op"] == "T"]
    for line, width in zip(LINES, reckoned, strict=True):
        assert width_of(line) <= width + 0.1
        assert not line.isascii() or width_of(line) == pytest.approx(width, abs=0.1)


def test_accents_take_no_room_and_entities_count_as_one_letter():
    assert width_of("n\N{COMBINING TILDE}") == width_of("n") == width_of("ñ")
    one, other = (with_lengths(f'<text x="0" font-family="x" font-size="14.00">{c}</text>') for c in ("&#45;", "-"))
    assert one.replace("&#45;", "-") == other and f'textLength="{width_of("-")}"' in one


IN_BOX = """
return [...document.querySelectorAll("g.node")].flatMap((box) => {
  const border = box.querySelector("polygon, path");
  if (!border || !border.getBBox().width) return [];
  const {x, width} = border.getBBox();
  return [...box.querySelectorAll("text")].filter((text) => text.textContent.trim()).map((text) => {
    const line = text.getBBox();
    return Math.max(x - line.x, line.x + line.width - x - width);
  });
});
"""


@pytest.mark.browser
def test_no_text_is_past_its_box_in_a_browser_with_one_font(chromium_with_one_font, tmp_path):
    model, x, y = network()
    pages = [
        tg.viz.film(model, x, y).save(tmp_path / "film.html"),
        tg.viz.explore(model, x, y).save(tmp_path / "a.html"),
    ]
    for i, svg in enumerate(pictures()):
        pages.append(tmp_path / f"{i}.svg")
        pages[-1].write_text(svg, "utf-8")
    for page in pages:
        chromium_with_one_font.get(page.as_uri())
        past = chromium_with_one_font.execute_script(IN_BOX)
        assert len(past) >= 8 and max(past) <= 1
