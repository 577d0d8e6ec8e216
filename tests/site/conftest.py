"""The classroom in a real browser: the page as one file and as a folder behind a web server, with a real Pyodide."""

import functools
import http.server
import threading

import get_pyodide
import pytest
from browser import chromium, start_chromium  # noqa: F401  fixtures

from tinygrad_edu.site import building, pyodide


@pytest.fixture(scope="session")
def real_pyodide():
    if get_pyodide.missing(pyodide.cache()):
        pytest.fail("Tests of the classroom's page need Pyodide: python tests/get_pyodide.py puts it into the cache.")


@pytest.fixture(scope="module")
def one_file(real_pyodide, tmp_path_factory):
    """The path of the page as one file, without plots."""
    return building.build(tmp_path_factory.mktemp("one") / "class.html", one_file=True)


@pytest.fixture(scope="module")
def served(real_pyodide, tmp_path_factory):
    """The address of the page as a folder behind a web server, with plots."""
    page = building.build(tmp_path_factory.mktemp("folder") / "class", plots=True)
    handler = functools.partial(_Silent, directory=page.parent)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


class _Silent(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass
