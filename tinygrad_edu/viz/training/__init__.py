"""Pictures of a training: curves, decision boundaries, confusions, weights, and the report of it all."""
