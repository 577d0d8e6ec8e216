"""Self-contained HTML pages: one file with its styles, scripts and data, which asks no network for anything.

The styles and scripts are files in `pages/`; `html_document` puts them into one page. A content security
policy lets the browser run these scripts only, and load nothing.
"""

import base64
import hashlib
import html
import json
from importlib import resources

from ..common.language import language
from ..common.plain import plain
from .texts import say


def html_document(title, body, styles=(), scripts=(), data=None):
    """A whole HTML page that works offline, in light and dark, with a heading and a button to switch them.

    Args:
        title: the heading and the title of the window; any text.
        body: the HTML between the heading and the end. Texts in it must have gone through `escape`.
        styles: the names of files in `pages/`, added after base.css, such as "film.css".
        scripts: the names of files in `pages/`, run after base.js, such as "film.js".
        data: numbers, texts, lists and dicts, which a script reads with `pageData()`; arrays and NumPy
            numbers may be among them. NaN and infinities arrive as the texts "NaN", "Infinity", "-Infinity".

    Returns:
        The page as text.

    Example:
        >>> page = html_document("A <b> page", "<p>ready</p>", data={"name": "</script>"})
        >>> "<h1>A &lt;b&gt; page</h1>" in page, page.count("</script>")
        (True, 2)
    """
    style = "\n".join(page_file(name) for name in ("base.css", *styles))
    script = "\n".join(page_file(name) for name in ("base.js", *scripts))
    texts = {text: said for text, said in say.table(language()).items() if f'say("{text}")' in script}
    data = {**(data or {}), "texts": texts} if texts else data
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    return f"""<!DOCTYPE html>
<html lang="{language()}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<style>{style}</style>
</head>
<body>
<header class="page-header">
<h1>{escape(title)}</h1>
<button type="button" id="theme" aria-pressed="false">{say("Dark")}</button>
</header>
<main>
{body}
</main>
<script type="application/json" id="data">{json_text(data)}</script>
<script>{script}</script>
</body>
</html>
"""


def page_file(name):
    """The text of a file in `pages/`."""
    return (resources.files(__package__) / "pages" / name).read_text("utf-8")


def escape(text):
    """Any text for HTML, between tags or inside a quoted attribute, control characters replaced.

    Example:
        >>> escape('<b> & "c"')
        '&lt;b&gt; &amp; &quot;c&quot;'
    """
    text = "".join(c if c.isprintable() or c in "\n\t" else "\N{REPLACEMENT CHARACTER}" for c in str(text))
    return html.escape(text)


def json_text(data):
    """Data as JSON that may stand inside a <script>: pure ASCII, and no tag can begin or end in it.

    Example:
        >>> print(json_text({"name": "</script>", "loss": np.array([0.5, np.nan])}))
        {"name":"\\u003c/script\\u003e","loss":[0.5,"NaN"]}
    """
    text = json.dumps(plain(data), separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def notebook_frame(page, height):
    """A page as it is shown in a notebook: in a frame of its own, so that its scripts run and nothing leaks out.

    Args:
        page: the page, from `html_document`.
        height: pixels.
    """
    text = html.escape(page)
    return f'<iframe srcdoc="{text}" title="{_title(page)}" style="width:100%;height:{height}px;border:0"></iframe>'


def _title(page):
    return page.partition("<title>")[2].partition("</title>")[0]
