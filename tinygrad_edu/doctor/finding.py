"""The findings of the doctor, each with kind, place and message, and the diagnosis that holds them."""

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import Any

from ..common.language import checked_language
from .sentences import sentence

# The vocabulary, a cause before the symptoms that it makes: in this order findings are told.
KINDS = (
    "invalid_data",
    "refused",
    "label_encoding",
    "output_units",
    "frozen_weights",
    "wrong_loss",
    "from_logits",
    "output_activation",
    "over_regularization",
    "unscaled_input",
    "unscaled_target",
    "bad_initialization",
    "unshuffled_data",
    "train_validation_mismatch",
    "data_leakage",
    "hidden_activation",
    "vanishing_gradient",
    "learning_rate_high",
    "exploding_gradient",
    "dead_relu",
    "saturated_activation",
    "model_too_small",
    "too_few_updates",
    "learning_rate_low",
    "class_imbalance",
    "overfitting",
    "wrong_metric",
    "unknown",
    "nothing_to_learn",
)
PAGES = "https://github.com/tinygrad-edu/tinygrad_edu/blob/main/docs/doctor/"
_FILES = {"en": "README.md", "es": "README.es.md"}


class Words:
    """A sentence of the table that becomes part of another, in the language of that one."""

    def __init__(self, key, **fields):
        self.key, self.fields = key, fields

    def __call__(self, language):
        return sentence(self.key, language, **self.fields)


class Finding:
    """One thing that is wrong with a training.

    Args:
        kind: a name of `KINDS`.
        place: the number of a layer in `model.layers`, the name of an argument such as "x" or "learning_rate", or None.
        evidence, remedy: the keys of the two sentences of its message.
        fields: what the sentences are filled with; a function is called with the language.
        severity: "fault", or "note" for what is said without an accusation.
        layer: the name of the layer at `place`.

    Example:
        >>> finding = Finding("invalid_data", "x", fields=dict(array="x", what="NaN", row=2, column="", count=1))
        >>> finding.message[:62]
        'x has NaN at row 2, 1 in all: every loss that meets it is NaN.'
    """

    def __init__(
        self,
        kind: str,
        place: int | str | None = None,
        evidence: str | None = None,
        remedy: str | None = None,
        fields: dict[str, Any] | None = None,
        severity: str = "fault",
        layer: str | None = None,
    ):
        self.kind, self.place, self.severity, self.layer = kind, place, severity, layer
        self.rank = KINDS.index(kind)
        self.evidence, self.remedy = evidence or kind, remedy or f"remedy.{kind}"
        self.fields = {"number": place, "name": layer} | (fields or {})

    @property
    def message(self) -> str:
        """A sentence of evidence and one of remedy, in English; `text` gives other languages."""
        return self.text("en")

    @property
    def link(self) -> str:
        """The section of the documentation that explains the kind, in English."""
        return self.page("en")

    def page(self, language: str | None = None) -> str:
        """The section that explains the kind, in a language; by default that of `tg.language`."""
        return f"{PAGES}{_FILES[checked_language(language)]}#{self.kind}"

    def text(self, language: str | None = None) -> str:
        """The message in a language; by default that of `tg.language`."""
        language = checked_language(language)
        return f"{sentence(self.evidence, language, **self.fields)} {sentence(self.remedy, language, **self.fields)}"

    def where(self, language: str | None = None) -> str:
        """The place in words, in a language, by default that of `tg.language`; empty where there is none."""
        if self.place is None:
            return ""
        if isinstance(self.place, int):
            return sentence("place.layer", checked_language(language), number=self.place, name=self.layer)
        return self.place

    def line(self, language: str | None = None) -> str:
        """Kind, place and message on one line, in a language; by default that of `tg.language`."""
        language = checked_language(language)
        where, note = self.where(language), f" ({sentence('note', language)})" if self.severity == "note" else ""
        return f"{self.kind}{note}{f' · {where}' if where else ''}: {self.text(language)}"

    def __str__(self):
        return self.line()

    def __repr__(self):
        return f"<Finding {self.kind} at {self.place!r}>"


class Diagnosis:
    """The findings of a training, the best explanation first; empty for a healthy one. Iterates, prints, shows itself.

    Args:
        model: the name of the model.
        findings: a list of Findings, in any order.
        did: what was done, as pairs (key of a sentence, its fields).
        language: "en" or "es", for printing; None for that of `tg.language`.

    Attributes:
        findings: the findings, in the order of `KINDS`.

    Example:
        >>> Diagnosis("network", [], [("did.static", {})])
        Diagnosis of network: nothing to complain of.
          (looked at model and data)
    """

    def __init__(
        self,
        model: str,
        findings: Iterable[Finding],
        did: Sequence[tuple[str, dict[str, Any]]],
        language: str | None = None,
    ):
        self.model, self.did, self.language = model, did, checked_language(language)
        order = sorted(findings, key=lambda f: (f.severity == "note", f.rank))
        self.findings = [
            f for i, f in enumerate(order) if (f.kind, f.place) not in {(g.kind, g.place) for g in order[:i]}
        ]

    @property
    def ok(self) -> bool:
        """True where nothing is accused: there may be notes."""
        return all(finding.severity == "note" for finding in self.findings)

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.findings)

    def __len__(self) -> int:
        return len(self.findings)

    def __getitem__(self, index: Any) -> Any:
        return self.findings[index]

    def title(self, language: str | None = None) -> str:
        """The first line."""
        key = "title.some" if self.findings else "title.none"
        return sentence(key, language or self.language, model=self.model, count=len(self.findings))

    def what_it_did(self, language: str | None = None) -> str:
        """A line on all that was looked at and run."""
        return "; ".join(sentence(key, language or self.language, **fields) for key, fields in self.did)

    def text(self, language: str | None = None) -> str:
        """The whole as a short text."""
        language = language or self.language
        lines = [self.title(language)]
        for i, finding in enumerate(self.findings, 1):
            lines += [f"  {i}. {finding.line(language)}", f"     {finding.page(language)}"]
        return "\n".join([*lines, f"  ({self.what_it_did(language)})"])

    def __str__(self):
        return self.text()

    __repr__ = __str__

    def html(self, language: str | None = None) -> str:
        """The findings as a list, for a notebook or a page."""
        language = language or self.language
        items = "".join(
            f'<li><a href="{escape(f.page(language))}"><b>{escape(f.kind)}</b></a>'
            f"{escape(' · ' + f.where(language) if f.where(language) else '')}: {escape(f.text(language))}</li>"
            for f in self.findings
        )
        listed = f"<ol>{items}</ol>" if items else ""
        return (
            f"<p>{escape(self.title(language))}</p>{listed}<p><small>{escape(self.what_it_did(language))}</small></p>"
        )

    def _repr_html_(self):
        return self.html()
