"""The engine: the Tensor, the op with its derivative rules, the backward pass, and the functions made of them.

Nothing here knows of networks or pictures. Read in this order: `tensor`, `op`, `autodiff`, `transforms`.
"""
