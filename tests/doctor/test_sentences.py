"""Every sentence of the doctor is there in every language, with the same fields, and every kind has its section."""

import re
import string
from pathlib import Path

import pytest

import tinygrad_edu.doctor
from tinygrad_edu.doctor import KINDS
from tinygrad_edu.doctor.sentences import LANGUAGES, SENTENCES, sentence

ROOM = Path(tinygrad_edu.doctor.__file__).parent
DOCS = ROOM.parents[1] / "docs" / "doctor"


def faults(table):
    """What is missing from a table of sentences: a language, or a field in one of them."""
    for key, texts in table.items():
        if set(texts) != set(LANGUAGES) or not all(texts.values()):
            yield f"{key}: languages {sorted(texts)}"
            continue
        fields = [
            sorted(field for _, field, _, _ in string.Formatter().parse(text) if field) for text in texts.values()
        ]
        if any(found != fields[0] for found in fields):
            yield f"{key}: fields {fields}"


def test_every_language_has_every_sentence_with_the_same_fields():
    assert list(faults(SENTENCES)) == []


@pytest.mark.parametrize("change", [{"es": None}, {"es": ""}, {"es": "sin campos"}, {"fr": "de trop"}])
def test_a_missing_translation_is_noticed(change):
    table = SENTENCES | {"remedy.wrong_loss": SENTENCES["remedy.wrong_loss"] | change}
    table["remedy.wrong_loss"] = {k: v for k, v in table["remedy.wrong_loss"].items() if v is not None}
    assert len(list(faults(table))) == 1


def test_every_key_that_the_code_names_is_there():
    source = "".join(path.read_text("utf-8") for path in ROOM.glob("*.py") if path.name != "sentences.py")
    named = set(re.findall(r'"((?:remedy|trial|when|score|did|place|title)\.[\w.]+)"', source))
    named |= {key for kind in KINDS for key in re.findall(rf'"({kind}\.\w+)"', source)}
    assert named - SENTENCES.keys() == set()
    assert len(named) > 40


def test_no_sentence_is_left_over():
    source = "".join(path.read_text("utf-8") for path in ROOM.glob("*.py") if path.name != "sentences.py")
    kinds = set(KINDS) | {f"remedy.{kind}" for kind in KINDS}
    made = {"remedy.too_few_updates.epochs", "remedy.too_few_updates.batch_size"}
    made |= {"hidden_activation.linear", "hidden_activation.softmax"}
    made |= {f"output_activation.{key}" for key in re.findall(r'finding\(\s*"(\w+)"', source)}
    left = [key for key in SENTENCES if f'"{key}"' not in source and key not in kinds | made]
    assert left == []


def test_every_kind_has_a_remedy():
    assert [
        kind for kind in KINDS if not any(key.startswith(f"remedy.{kind.split('_rate')[0]}") for key in SENTENCES)
    ] == []


@pytest.mark.parametrize("name", ["README.md", "README.es.md"])
def test_every_kind_has_a_section_to_which_findings_link(name):
    text = (DOCS / name).read_text("utf-8")
    anchors = re.findall(r'<a id="(\w+)"></a>', text)
    assert [kind for kind in KINDS if anchors.count(kind) != 1] == []


def test_an_unknown_language_is_refused():
    with pytest.raises(ValueError, match="received 'de'"):
        sentence("note", "de")
