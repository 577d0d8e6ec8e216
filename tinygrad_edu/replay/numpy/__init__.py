"""A step as a flat NumPy program.

`writer` writes the text, one line a value, after `spelling`; `updates` writes the optimizer's part over flat vectors.
`memory` has the arrays that the programs of a model share, and `program` is what runs, and shows itself.
"""
