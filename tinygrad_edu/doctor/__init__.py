"""The doctor of trainings: why does it not learn? `tg.diagnose(model, x, y, epochs=20)` names the cause.

First what model and data say alone (`statics`), then one training of a copy, observed (`trials`, `examination`). Only
where it missed what a plain network finds in the same rows are suspects put to the test, by short replays in which one
thing is changed (`causes`). A training that learns is left in peace, whatever its style.
"""

from .callback import Doctor
from .diagnosing import diagnose
from .finding import KINDS, Diagnosis, Finding
from .looking import look

__all__ = ["KINDS", "Diagnosis", "Doctor", "Finding", "diagnose", "look"]
