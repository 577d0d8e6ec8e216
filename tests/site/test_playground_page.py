"""The playground in Chromium: controls write code, code drives, it trains to 95 %, and a link and a file hold it."""

import pytest
from browser import violations
from test_classroom_page import Page

from tinygrad_edu.site import controls

pytestmark = pytest.mark.browser


def figure(page, name):
    return f"parseFloat(document.querySelector('[data-figure={name}]')?.textContent)"


def choose(page, label, value):
    """Change the control that has this label."""
    page.asked(
        "const labels = [...document.querySelectorAll('.pg-field')];"
        "const label = labels.find((x) => x.firstChild.textContent.trim() === given[0]);"
        "const control = label.querySelector('select, input'); control.value = given[1];"
        "control.dispatchEvent(new Event('input')); control.dispatchEvent(new Event('change'))",
        label,
        value,
    )


def test_the_playground(chromium, one_file):
    # Play is there before Python is, and waits for it
    page = Page(chromium, f"{one_file.as_uri()}#playground", ready=False)
    page.click("Play")
    shown = "return [...document.querySelectorAll('.pg-bar select')].map((x) => x.value)"
    assert chromium.execute_script(shown)[:4] == ["0.01", "Adam", "tanh", "32"]
    assert page.code().strip() == controls.code_of(controls.FIRST).strip()

    # it trains, and what it shows is what Python has
    page.wait(f"{figure(page, 'val_accuracy')} >= 95")
    page.click("Pause")
    page.wait("document.querySelector('.pg-play').getAttribute('aria-pressed') === 'false'")
    ask = "return (await classroom.call('tinygrad_edu.site.playground.look', {part: 'test', index: 0})).values.length"
    assert page.asked(ask) == 4
    for theme in ("Dark", "Dark"):
        assert violations(chromium) == []
        page.click(theme, within=".tools")

    # a control writes the code
    choose(page, "Activation", "relu")
    page.wait("document.querySelectorAll('.pg-head select')[0]?.value === 'relu'")
    assert page.code().count('activation="relu"') == 2

    # the film of one step, on the network
    page.asked("document.querySelector('[aria-label=\"Picture after\"]').click()")
    page.wait("document.querySelector('.pg-caption').textContent.startsWith('1 / 9')")
    page.asked("for (const _ of [1, 2, 3, 4, 5]) document.querySelector('[aria-label=\"Picture after\"]').click()")
    page.wait("[...document.querySelectorAll('.pg-value')].some((x) => x.textContent.startsWith('δ'))")

    # a link holds it
    page.click("Copy link")
    page.wait("document.querySelector('.pg-address').value.length > 100")
    link = page.asked("return document.querySelector('.pg-address').value")

    # edited code drives, also beyond the controls; its errors have their line
    beyond = controls.code_of(controls.FIRST).replace(
        "layers.Dense(8,", "layers.BatchNormalization(), layers.Dense(5,", 1
    )
    page.write(beyond)
    page.wait("document.querySelectorAll('.pg-column')[1]?.querySelectorAll('button.pg-neuron').length === 5")
    assert "beyond the controls (the layers" in page.seen(".pg-beyond")[0]
    page.click("Step")
    page.wait("document.querySelector('.pg-epoch').textContent === '1'")
    page.write(beyond.replace("keras.Sequential(", "keras.Sequental("))
    page.wait("!document.querySelector('.pg-error').hidden")
    assert page.seen(".pg-error")[0].startswith("Line 16 of the code: AttributeError")

    # the link brings back what it was made of, a file is the code
    page.go("playground")
    page.go(link.partition("#")[2])
    page.wait("document.querySelectorAll('.pg-head select')[0]?.value === 'relu'")
    assert page.seen(".pg-error") == page.seen(".pg-beyond") == []
    page.asked(
        "window.saved = []; const before = URL.createObjectURL;"
        "URL.createObjectURL = (blob) => (blob.text().then((text) => saved.push(text)), before(blob))"
    )
    page.click("Download .py")
    page.click("Download notebook")
    page.wait("saved.length === 2")
    script, book = page.asked("return saved")
    assert script == page.code() or script.strip() == page.code().strip()
    assert '"nbformat": 4' in book
    assert page.complaints() == []


def test_the_playground_in_spanish_and_dark(chromium, one_file):
    page = Page(chromium, f"{one_file.as_uri()}?lang=es#playground")
    page.wait("document.querySelector('.pg-network canvas') !== null")
    assert page.seen(".pg-play") == ["Entrenar"] and "# Datos" in page.code()
    page.click("Oscuro", within=".tools")
    assert violations(chromium) == []
