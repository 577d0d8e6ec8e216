"""The classroom's page in Chromium: it trains, draws, checks, stops and keeps, and asks nothing of any network."""

import shutil
import time
from runpy import run_path

import pytest
from browser import violations

import tinygrad_edu as tg
from tinygrad_edu.exercises import find
from tinygrad_edu.site.contents import lessons

pytestmark = pytest.mark.browser
MOST_SECONDS = 180  # for what takes a few on an idle machine

DRAWING = """
import numpy as np
import tinygrad_edu as tg

tg.random.seed(0)
model = tg.nn.Sequential([tg.nn.Input((2,)), tg.nn.Dense(3, "tanh", name="hidden"), tg.nn.Dense(1, name="out")])
model.compile("sgd", "mse")
svg = tg.viz.draw(model, np.array([[0.5, -1.0]]), np.array([[1.0]]), view="backward").svg()
"""
TRAINING = """
import numpy as np
from tinygrad_edu import keras

keras.utils.set_random_seed(0)
(x, y), (x_test, y_test) = keras.datasets.breast_cancer.load_data()
normalization = keras.layers.Normalization()
normalization.adapt(x)
model = keras.Sequential([normalization, keras.layers.Dense(16, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
model.fit(x, y, epochs=20, verbose=0)
print(model.evaluate(x_test, y_test, verbose=0)[1])
"""


class Page:
    """The page in a browser, once Python is ready, or before."""

    def __init__(self, chromium, address, ready=True):
        self.chromium = chromium
        chromium.set_script_timeout(MOST_SECONDS)
        chromium.get("about:blank")
        chromium.get_log("browser")
        chromium.get(address)
        if ready:
            self.asked("await classroom.ready")

    def asked(self, script, *arguments):
        """The value of a script that may wait.

        Raises:
            ValueError: a promise was broken; the text says why.
        """
        ok, value = self.chromium.execute_async_script(
            f"const done = arguments[arguments.length - 1]; const asked = async (...given) => {{ {script} }};"
            "asked(...arguments).then((x) => done([true, x]), (error) => done([false, error.message]))",
            *arguments,
        )
        if not ok:
            raise ValueError(value)
        return value

    def run(self, code):
        """The text that code printed."""
        return self.asked("return await classroom.run(given[0])", code)

    def go(self, place):
        self.chromium.execute_script("location.hash = arguments[0]", place)
        self.wait(f"document.getElementById('view-{place.partition('/')[0]}').checkVisibility()")

    def click(self, text, within="main"):
        buttons = f"[...document.querySelectorAll('{within} button')]"
        script = f"return {buttons}.find((x) => x.checkVisibility() && x.textContent === arguments[0])"
        self.chromium.execute_script(script, text).click()

    def write(self, code):
        """Code in place of what the editor holds, as from the clipboard."""
        from selenium.webdriver.common.keys import Keys

        editor = self.chromium.find_element("css selector", "[id^=view-]:not([hidden]) .cm-content")
        editor.send_keys(Keys.CONTROL, "a")
        self.chromium.execute_script(
            "const clipboardData = new DataTransfer(); clipboardData.setData('text/plain', arguments[1]);"
            "const event = { clipboardData, bubbles: true, cancelable: true };"
            "arguments[0].dispatchEvent(new ClipboardEvent('paste', event))",
            editor,
            code,
        )

    def code(self):
        """The text in the editor."""
        return "\n".join(line.removesuffix("\n") for line in self.seen("[id^=view-]:not([hidden]) .cm-line"))

    def seen(self, selector):
        """The texts of the elements that are to be seen."""
        elements = "[...document.querySelectorAll(arguments[0])].filter((x) => x.checkVisibility())"
        return self.chromium.execute_script(f"return {elements}.map((x) => x.textContent)", selector)

    def wait(self, script):
        """Wait until a condition holds."""
        end = time.monotonic() + MOST_SECONDS
        while not self.chromium.execute_script(f"return {script}"):
            assert time.monotonic() < end, script
            time.sleep(0.1)

    def complaints(self):
        """The requests of the page to any place but its own, and the errors of its scripts."""
        asked = self.chromium.execute_script("return performance.getEntriesByType('resource').map((x) => x.name)")
        own = ("data:", "blob:", self.chromium.current_url.split("#")[0].rpartition("/")[0] + "/files/")
        errors = [entry["message"] for entry in self.chromium.get_log("browser") if entry["level"] == "SEVERE"]
        return [name for name in asked if not name.startswith(own)] + errors


@pytest.fixture(scope="module")
def opened():
    return {}


@pytest.fixture
def file_page(chromium, one_file, opened):
    """The page as one file."""
    return _opened(opened, chromium, f"file://{one_file}")


@pytest.fixture
def web_page(chromium, served, opened):
    """The page from a web server, with plots."""
    return _opened(opened, chromium, served)


def _opened(opened, chromium, address):
    if not chromium.current_url.startswith(address):
        opened[address] = Page(chromium, address)
    return opened[address]


# -- one file: nothing but itself ---------------------------------------------------------------------------


def test_a_network_learns_and_what_it_prints_comes_back(file_page, one_file):
    assert one_file.stat().st_size <= 16e6
    assert float(file_page.run(TRAINING)) > 0.93
    assert file_page.run("x = 2\nprint(x + 1)") == "3\n"
    assert file_page.run("print(x)") == "2\n"
    with pytest.raises(
        ValueError, match="^Traceback.*\n.*<cell .*line 1.*\n(.*\n)*ZeroDivisionError: division by zero$"
    ):
        file_page.run("1 / 0")


def test_a_picture_is_that_of_other_machines_byte_for_byte(file_page, monkeypatch, tmp_path):
    monkeypatch.setattr(shutil, "which", lambda name: None)  # the engine of the wheel, as there
    drawing = tmp_path / "drawing.py"
    drawing.write_text(DRAWING)
    names = run_path(str(drawing))
    assert file_page.run(f"{DRAWING}\nprint(svg, end='')") == names["svg"]


def test_graphviz_says_what_it_refuses(file_page):
    code = "from tinygrad_edu.viz.graph.engines import render\nrender('digraph {', 'svg')"
    with pytest.raises(ValueError, match="Graphviz could not lay out the graph: Failed to parse DOT source"):
        file_page.run(code)


def test_an_endless_loop_is_stopped_and_python_goes_on(file_page):
    file_page.asked("await new Promise((done) => setTimeout(done, 3000))")  # a spare is there
    file_page.run("kept = 1")
    file_page.chromium.execute_script("window.loop = classroom.run('while True: pass').catch((error) => error.message)")
    file_page.wait("!document.getElementById('stop').disabled")
    file_page.chromium.find_element("id", "stop").click()
    assert file_page.asked("return await window.loop") == "Stopped."
    assert file_page.run("print(1 + 1)") == "2\n"
    with pytest.raises(ValueError, match="NameError: name 'kept' is not defined"):
        file_page.run("kept")


def test_an_exercise_is_refused_and_then_solved_and_that_is_kept(file_page):
    page, exercise = file_page, find("parabola")
    page.go("exercises/parabola")
    page.write("def derivative(x):\n    return x")
    page.click("Check")
    page.wait("document.querySelector('.verdict li')")
    assert set(page.seen(".verdict .mark")) == {"✓", "✗"}
    assert page.seen(".verdict .why")[0].startswith("derivative(1.5) gave 1.5; expected 0.5.")
    page.click("Hint")
    assert exercise.text("en").hints[0].split()[0] in page.seen(".hints li")[0]
    page.write(exercise.solutions[0].read_text("utf-8"))
    page.click("Check")
    page.wait("document.querySelector('.verdict .solved')")
    assert set(page.seen(".verdict .mark")) == {"✓"}
    assert page.seen(".exercise-list .mark") == ["✓"]
    page.chromium.refresh()
    page.asked("await classroom.ready")
    assert page.seen(".exercise-list .mark") == ["✓"] and page.seen(".hints li")
    assert page.code() == exercise.solutions[0].read_text("utf-8")


def test_no_request_leaves_the_page(file_page):
    assert file_page.complaints() == []
    with pytest.raises(ValueError, match="Failed to fetch"):
        file_page.asked("await fetch('https://example.org/')")
    with pytest.raises(ValueError, match="NetworkError"):
        file_page.run("from pyodide.http import open_url\nopen_url('https://example.org/')")
    assert "Content Security Policy" in str(file_page.chromium.get_log("browser"))


# -- a folder behind a web server ----------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("dark", [False, True])
def test_every_view_can_be_used_by_everybody(web_page, language, dark):
    page = web_page
    if page.chromium.execute_script("return document.documentElement.lang") != language:
        page.chromium.find_element("id", "other-language").click()
    for view in ("lessons/03_momentum", "exercises/softmax"):
        page.go(view)
        page.wait("document.querySelector('main [id^=view-]:not([hidden]) .cm-content')")
        if page.chromium.execute_script("return document.getElementById('theme').ariaPressed === 'true'") != dark:
            page.chromium.find_element("id", "theme").click()
        assert violations(page.chromium) == [], view
        for width, height in ((400, 800), (1280, 720)):
            page.chromium.set_window_size(width, height)
            wide = page.chromium.execute_script("return document.documentElement.scrollWidth - innerWidth")
            assert wide <= 0, (view, width)
    assert page.complaints() == []


def test_a_lesson_runs_whole(web_page):
    page = web_page
    page.chromium.get(page.chromium.current_url.split("?")[0] + "?lang=es#lessons/03_momentum")
    page.asked("await classroom.ready")
    page.click("Ejecutar todas las celdas")
    page.wait("!document.querySelector('#view-lessons .bar .main').disabled")
    cells = sum("code" in cell for cell in lessons()[2]["cells"])
    assert page.seen(".output .error") == []
    assert len(page.seen(".cell")) == cells
    assert len(page.seen(".output:not(:empty)")) >= cells - 2  # one or two only define names
    assert len(page.chromium.find_elements("css selector", ".output img")) == 3
    assert page.complaints() == []


def test_the_version_is_the_one_that_built_it(web_page):
    assert web_page.run("import tinygrad_edu as tg; print(tg.__version__)") == f"{tg.__version__}\n"
