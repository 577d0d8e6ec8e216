"""What a training did: curves, decision boundaries, confusions, weights, and the report of it all."""
