"""The engine: the Tensor, the op with its derivative rules, the backward pass, and the functions made of them.

Nothing here knows of networks or pictures. Read in this order: `tensor`, `op`, `call`, `autodiff`, `transforms`;
`recorder` for who is told of what is computed, `variable` for what changes from step to step, `formulas` for the text
of the rules.
"""
