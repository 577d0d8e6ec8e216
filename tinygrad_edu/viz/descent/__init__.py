"""The way of an optimizer down a function: contour lines and surfaces, paths on them, still or moving.

`surfaces` has the functions of textbooks, `contours` draws heights, `trajectories` the paths of several optimizers, and
`landscape` the loss of a model as a function of two directions among its weights.
"""
