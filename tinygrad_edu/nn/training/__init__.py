"""Training a model: what `fit`, `evaluate` and `predict` do.

`loop` goes over the epochs, `feeding` gives the batches, `steps` says what is done with one. `programs` turns such a
step into a flat program, audited against the step itself; `state` is the snapshot that the audit needs, `fingerprint`
sees whether anything changed that the step read from Python (`reach`, `users_code`), `threads` chooses the number of
threads of its matrix products. `progress` is the line on the screen, `remarks` are what a training says unasked.
"""
