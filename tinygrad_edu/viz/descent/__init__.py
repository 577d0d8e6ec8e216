"""The way of an optimizer down a function: surfaces, contour lines, trajectories, landscapes of a loss."""
