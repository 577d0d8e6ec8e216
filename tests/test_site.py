"""The documentation site's pages, before MkDocs: `.ci/run` builds the whole, and fails on a broken link."""

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import tinygrad_edu as tg

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def site():
    spec = importlib.util.spec_from_file_location("site_pages", ROOT / ".ci" / "site" / "pages.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def pages_of(tree):
    if isinstance(tree, str):
        return [tree]
    return [page for part in (tree.values() if isinstance(tree, dict) else tree) for page in pages_of(part)]


def test_every_page_is_in_the_navigation_once(site):
    shown = pages_of(site.navigation())
    lessons = [f"{start}lessons/{source.stem}.md" for start in ("", "es/") for source in site.make_lessons().sources()]
    lists = ["lessons/index.md", "es/lessons/index.md", "reference/index.md", "cheatsheet.md", "es/cheatsheet.md"]
    reference = [f"reference/{name}.md" for name in site.REFERENCE]
    assert sorted(shown) == sorted([*site.PAGES.values(), *lessons, *lists, *reference])


def test_the_code_of_the_cheat_sheet_runs(site, tmp_path):
    environment = os.environ | {"PYTHONPATH": str(ROOT), "MPLBACKEND": "Agg"}
    command = [sys.executable, "-W", "error", "-c", site.cheatsheet().code()]
    run = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stderr
    assert {path.suffix for path in tmp_path.iterdir()} >= {".svg", ".html", ".png"}


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_cheat_sheet_is_one_page_with_what_is_there(site, language, tmp_path):
    sheet = site.cheatsheet()
    sheet.as_pdf(language, tmp_path / "a.pdf")
    assert (tmp_path / "a.pdf").read_bytes().count(b"/Type /Page ") == 1
    text = sheet.as_markdown(language)
    for name in ("Dense", "BinaryCrossentropy", "Adam", "EarlyStopping", "relu", "tanh: ∂a: g * (1 - out * out)"):
        assert name in text and sheet.escape(name) in sheet.as_html(language)
    for says in (line[2 - (language == "en")] for _, lines in sheet.CODE_SECTIONS for line in lines):
        assert says in text
    sheet.ROWS = 20
    with pytest.raises(ValueError, match="does not fit on one page"):
        sheet.as_pdf(language, tmp_path / "a.pdf")


def test_every_document_is_a_page(site):
    there = {path.relative_to(ROOT).as_posix() for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]}
    assert there - site.PAGES.keys() == {"CHANGELOG.md"}


def test_the_reference_has_every_public_name(site):
    pages = site.reference_pages()
    listed = {line.removeprefix("::: ") for text in pages.values() for line in text.splitlines() if ":::" in line}
    assert len(listed) == sum(text.count("\n::: ") for text in pages.values())
    for namespace in (tg.nn.layers, tg.nn.losses, tg.optim, tg.viz, tg.data):
        for name in namespace.__all__:
            thing = getattr(namespace, name)
            if callable(thing) and thing.__doc__:
                assert f"{thing.__module__}.{thing.__qualname__}" in listed
    assert {
        "tinygrad_edu.engine.tensor.Tensor",
        "tinygrad_edu.ops.elementwise.exp",
        "tinygrad_edu.nn.model.Model",
    } <= listed


def test_links_lead_to_pages_or_into_the_repository(site):
    keras = f"{site.REPOSITORY}/blob/main/docs/keras.md"
    text = (
        "[a](docs/glossary.es.md) [b](examples/lessons/es) ![c](docs/images/graph.png) "
        "[d](pyproject.toml#L1) [e](#here)\n"
        f"[f](https://keras.io) [g](examples/lessons/en/01_reducing_the_loss.ipynb) [h]({keras})\n"
        "```python\nx[0](docs/keras.md)\n```\n"
    )
    assert site.moved(text, "README.es.md", "es/index.md") == (
        "[a](glossary.md) [b](lessons/index.md) ![c](../images/graph.png) "
        f"[d]({site.REPOSITORY}/blob/main/pyproject.toml#L1) [e](#here)\n"
        "[f](https://keras.io) [g](../lessons/01_reducing_the_loss.md) [h](../keras.md)\n"
        "```python\nx[0](docs/keras.md)\n```\n"
    )


def test_links_of_the_documents_are_not_broken(site):
    for origin, page in site.PAGES.items():
        text = site.moved((ROOT / origin).read_text("utf-8"), origin, page)
        prose = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
        for link in re.findall(r"\]\(([^)#\s]+)[^)]*\)", prose):
            if link.startswith(site.REPOSITORY):
                assert (ROOT / re.sub(r".*?/(blob|tree)/main/", "", link)).exists(), (origin, link)
            elif "://" not in link:
                path = os.path.normpath(Path(page).parent / link)
                lists = path.removeprefix("es/").startswith("lessons/")
                assert lists or path in site.PAGES.values() or (ROOT / "docs" / path).exists(), (origin, link)


def test_what_a_page_would_load_from_the_network_is_found(site):
    allowed = '<a href="https://a.b">b</a><img src="a.png"><link rel="canonical" href="https://a.b">'
    assert site.from_the_network(allowed) is None
    for loaded in (
        '<script async src="https://a.b/c.js',
        '<img alt="" src="//a.b/c.png',
        '<link rel="stylesheet" href="https://a.b/c.css',
    ):
        assert site.from_the_network(f'<p>…</p>{loaded}">') == loaded


def test_a_page_says_its_language(site):
    assert site.in_language('<html lang="en" class="no-js">', "es") == '<html lang="es" class="no-js">'
