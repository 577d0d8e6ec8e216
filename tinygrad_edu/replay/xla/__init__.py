"""The writer for XLA: the step as data becomes a function of JAX arrays, and many steps one compiled loop.

`spelling` computes a Node, `updates` the step of an optimizer, `traced` a whole Step; `numbers` and `memory` are what
the host does before and after; `program` is what training runs. JAX is imported when a model asks for it.
"""
