"""`tinygrad-edu doctor script.py`: runs a script, and diagnoses the last `fit` that it called."""

import copy
import runpy
import sys
from pathlib import Path

from ..nn.training.loop import told_of_fits
from .diagnosing import diagnose
from .sentences import sentence


class _Last:
    """The last fit of a script: a copy of its model as it was then, the data, the options."""

    def __init__(self):
        self.fit = None

    def __call__(self, model, x, y, options):
        if getattr(model, "compiled", False):
            options = {name: value for name, value in options.items() if value is not None}
            self.fit = copy.deepcopy(model), x, y, options


def run(path, arguments=(), language="en"):
    """Run a script as `python script.py arguments…` would, then print the diagnosis of its last fit.

    A script that ends in an error is diagnosed too, where a fit was under way or over.

    Args:
        path: the script.
        arguments: what the script finds in sys.argv after its name.
        language: "en" or "es".

    Returns:
        The Diagnosis, or None where the script called no fit.

    Raises:
        OSError: there is no such script.
        SyntaxError, Exception: what the script raises before its first fit.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(sentence("command.missing", language, path=path))
    last, kept, folders = _Last(), sys.argv, list(sys.path)
    token = told_of_fits.set(last)
    sys.argv, sys.path[0:0] = [str(path), *arguments], [str(path.resolve().parent)]
    try:
        runpy.run_path(str(path), run_name="__main__")
    except SystemExit:
        pass  # the script has ended
    except Exception as error:
        if last.fit is None:
            raise
        print(sentence("command.error", language, error=f"{type(error).__name__}: {error}"), file=sys.stderr)
    finally:
        told_of_fits.reset(token)
        sys.argv, sys.path[:] = kept, folders
    if last.fit is None:
        print(sentence("command.no_fit", language, path=path))
        return None
    model, x, y, options = last.fit
    diagnosis = diagnose(model, x, y, language=language, **options)
    print(diagnosis)
    return diagnosis
