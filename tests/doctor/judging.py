"""How a doctor is judged: by the share of bugs that it names, the places it finds, the healthy trainings it accuses."""

import warnings
from typing import NamedTuple

NAMED, PLACED, ACCUSED = 0.90, 0.80, 0.02  # what issue 18 asks for
TOLD = 3  # findings that count


class Rates(NamedTuple):
    """The outcome over many cases, with the names of those that went wrong."""

    named: float
    placed: float
    accused: float
    missed: list
    misplaced: list
    accusations: list

    @property
    def good(self):
        """Whether it is what is asked for."""
        return self.named >= NAMED and self.placed >= PLACED and self.accused <= ACCUSED


def place_in(model, place):
    """A place as the number of a layer, counted from 0, or as it is."""
    if isinstance(place, int):
        return place % len(model.layers)
    names = [layer.name for layer in model.layers]
    return names.index(place) if place in names else place


def judged(case, doctor):
    """(named, placed) of a case with a fault; (accused, None) of a healthy one."""
    model, x, y, options = case.build()
    with warnings.catch_warnings(action="error"):  # a diagnosis makes no noise of its own
        findings = [finding for finding in doctor(model, x, y, **options) if finding.severity != "note"]
    if not case.kinds:
        return bool(findings), None
    hits = [finding for finding in findings[:TOLD] if finding.kind in case.kinds]
    wanted = {place_in(model, place) for place in case.places}
    return bool(hits), any(place_in(model, finding.place) in wanted for finding in hits)


def rates(cases, doctor):
    """The Rates of a doctor, a function like `tg.diagnose`."""
    results = {case.name: (case, *judged(case, doctor)) for case in cases}
    bugs = {name: (named, placed) for name, (case, named, placed) in results.items() if case.kinds}
    well = {name: accused for name, (case, accused, _) in results.items() if not case.kinds}
    missed = [name for name, (named, _) in bugs.items() if not named]
    misplaced = [name for name, (named, placed) in bugs.items() if named and not placed]
    accusations = [name for name, accused in well.items() if accused]
    named = len(bugs) - len(missed)
    return Rates(
        named / max(len(bugs), 1),
        (named - len(misplaced)) / max(named, 1),
        len(accusations) / max(len(well), 1),
        missed,
        misplaced,
        accusations,
    )
