"""Chromium for the tests that look at pages, and axe-core, which finds what is not accessible."""

from pathlib import Path

import programs
import pytest


@pytest.fixture
def chromium(request, monkeypatch):
    """Chromium without a window, and without a network that it could ask, for tests marked `browser`.

    The pages are drawn by the system's Graphviz, which measures text in the fonts that Chromium finds too.
    """
    binary, service = (programs.needed(name, request.node) for name in ("chromium", "chromedriver"))
    monkeypatch.setenv("PATH", programs.PATH)
    return request.getfixturevalue("start_chromium")(binary, service)


@pytest.fixture(scope="module")
def start_chromium(tmp_path_factory):
    """Starts Chromium the first time, and gives the one that runs from then on."""
    started = []

    def start(binary, service):
        if not started:
            started.append(driver(binary, service, tmp_path_factory.mktemp("profile")))
        return started[0]

    yield start
    for chromium in started:
        chromium.quit()


def driver(binary, service, profile):
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = binary
    quiet = ["disable-gpu", "disable-quic", "no-first-run", "disable-background-networking", "disable-sync"]
    for flag in ["headless=new", "no-sandbox", *quiet, "disable-component-update", f"user-data-dir={profile}"]:
        options.add_argument(f"--{flag}")
    chromium = webdriver.Chrome(options=options, service=webdriver.ChromeService(service))
    chromium.set_window_size(1280, 860)
    return chromium


ONE_FONT = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{}</dir><cachedir>{}</cachedir></fontconfig>"""


@pytest.fixture
def chromium_with_one_font(request, monkeypatch, tmp_path):
    """Chromium on a machine that has DejaVu Sans alone: the one that comes with matplotlib."""
    import matplotlib

    binary, service = (programs.needed(name, request.node) for name in ("chromium", "chromedriver"))
    fonts = tmp_path / "fonts"
    fonts.mkdir()
    (fonts / "DejaVuSans.ttf").write_bytes((Path(matplotlib.get_data_path()) / "fonts/ttf/DejaVuSans.ttf").read_bytes())
    (tmp_path / "fonts.conf").write_text(ONE_FONT.format(fonts, tmp_path / "cache"))
    monkeypatch.setenv("FONTCONFIG_FILE", str(tmp_path / "fonts.conf"))
    chromium = driver(binary, service, tmp_path / "profile")
    yield chromium
    chromium.quit()


def violations(chromium):
    """What axe-core finds that matters."""
    import axe_core_python

    axe = Path(axe_core_python.__file__).parent
    chromium.execute_script(next(axe.rglob("axe.min.js")).read_text("utf-8"))
    found = chromium.execute_async_script("axe.run().then(arguments[arguments.length - 1])")["violations"]
    return [(rule["id"], rule["nodes"][0]["html"]) for rule in found if rule["impact"] in ("serious", "critical")]


def complaints(chromium):
    """What the page asked of a network, and what went wrong in its scripts."""
    asked = chromium.execute_script("return performance.getEntriesByType('resource').map(x => x.name)")
    errors = [entry["message"] for entry in chromium.get_log("browser") if entry["level"] == "SEVERE"]
    return [name for name in asked if not name.startswith("data:")] + errors
