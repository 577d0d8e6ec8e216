"""Training a model: what `fit`, `evaluate` and `predict` do.

`loop` goes over the epochs, `feeding` gives the batches, `steps` says what is done with one. `programs` turns such a
step into a flat program, audited against the step itself; `state` is the snapshot that the audit needs, `threads` the
number of threads of its matrix products, `progress` the line on the screen.
"""
