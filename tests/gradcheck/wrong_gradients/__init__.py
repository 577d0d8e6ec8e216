"""Wrong gradients that people wrote, learnt from public threads and written anew here."""

from . import (
    activations,
    corners,
    engines,
    further,
    losses,
    networks,
    normalisations,
    recurrent,
    softmaxes,
    threads,
    trackers,
    unseen,
    windows,
)

_MODULES = (activations, softmaxes, networks, recurrent, normalisations, windows, losses, engines, further, unseen)
_MODULES += (threads, trackers, corners)

CASES = [case for module in _MODULES for case in module.table.cases]
