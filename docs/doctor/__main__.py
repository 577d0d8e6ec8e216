"""Writes the pages of the doctor, `python docs/doctor`: a section for each kind of finding, in English and Spanish.

What a kind is and what is not it stands in `texts.py`; the curve and the finding of each section come from a training
of the test collection, run here.
"""

import sys
import warnings
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(ROOT), str(ROOT / "tests" / "doctor")]

from cases import CASES  # noqa: E402
from texts import EXAMPLES, PAGE, TEXTS  # noqa: E402

import tinygrad_edu as tg  # noqa: E402
from tinygrad_edu.doctor import KINDS  # noqa: E402

BARS = "▁▂▃▄▅▆▇█"
FILES = {"en": "README.md", "es": "README.es.md"}


def curve(values, width=32):
    """The losses of the epochs as a row of bars, as high as the largest finite one; × where there is no number."""
    values = np.asarray(values, dtype=float)
    if len(values) > width:
        values = values[np.linspace(0, len(values) - 1, width).round().astype(int)]
    finite = values[np.isfinite(values)]
    low, high = min(finite.min(initial=0.0), 0.0), finite.max(initial=1e-9)
    steps = [round((v - low) / (high - low) * (len(BARS) - 1)) if np.isfinite(v) else None for v in values]
    return "".join("×" if step is None else BARS[step] for step in steps)


def example(kind):
    """(lines of the curve, the finding) of the training that shows this kind; (None, None) where fit refuses it."""
    case = CASES[EXAMPLES[kind]]
    finding = None
    for candidate in tg.diagnose(*_training(case)[:3], **_training(case)[3]):
        finding = finding or (candidate if candidate.kind == kind else None)
    model, x, y, options = case.build()
    lines = []
    with warnings.catch_warnings(action="ignore"), np.errstate(all="ignore"):
        try:
            history = model.fit(x, y, verbose=0, **options).history
        except ValueError as error:
            return [f"ValueError: {error}"], finding, case
    for name in ("loss", "val_loss"):
        if name in history:
            lines.append(f"{name:9}{curve(history[name])}  {history[name][0]:.3g} → {history[name][-1]:.3g}")
    return lines, finding, case


def _training(case):
    return case.build()


def page(language, examples):
    """The text of the page in a language."""
    words = PAGE[language]
    parts = [f"# {words['title']}", words["other"], words["intro"], words["listed"]]
    parts.append("\n".join(f"- [`{kind}`](#{kind}): {TEXTS[kind][language][0]}" for kind in KINDS))
    for kind in KINDS:
        what, looks, remedy, not_it = TEXTS[kind][language]
        lines = [f'<a id="{kind}"></a>', f"## {kind}", f"{what} {looks}"]
        if kind in examples:
            curves, finding, case = examples[kind]
            shown = "\n".join([*curves, "", finding.line(language)])
            lines += [f"{words['example']} ({case.source}):", f"```text\n{shown}\n```"]
        lines += [f"**{words['remedy']}.** {remedy}", f"**{words['not_it']}.** {not_it}"]
        parts.append("\n\n".join(lines))
    return "\n\n".join(parts) + "\n"


def main():
    """Write both pages."""
    examples = {}
    for kind in KINDS:
        if kind in EXAMPLES:
            found = example(kind)
            if found[1] is None:
                raise SystemExit(f"{EXAMPLES[kind]} does not show {kind}")
            examples[kind] = found
    for language, name in FILES.items():
        (HERE / name).write_text(page(language, examples), "utf-8")


if __name__ == "__main__":
    main()
