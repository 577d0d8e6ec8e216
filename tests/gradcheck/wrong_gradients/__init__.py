"""Wrong gradients that people wrote, learnt from public threads and written anew here."""

from . import activations, engines, further, losses, networks, normalisations, recurrent, softmaxes, windows

CASES = [
    case
    for module in (activations, softmaxes, networks, recurrent, normalisations, windows, losses, engines, further)
    for case in module.table.cases
]
