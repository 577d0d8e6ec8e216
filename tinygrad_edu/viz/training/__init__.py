"""Pictures of a training: curves, decision boundaries, confusions, weights, and the report of it all.

Each picture is a function in a file of its own; `models` has what those of a model need first, and never changes it.
"""
