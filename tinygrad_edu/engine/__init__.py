"""The engine: the Tensor, the op with its derivative rules, the backward pass, and the functions made of them.

Nothing here knows of networks or pictures. Read in this order: `tensor`, `recorder` (what is told of every op), `op`,
`call` (the way back through one op), `autodiff`; then `transforms`. `variable` has the Tensors that a training changes;
`derivatives` and `formulas` write rules for people. docs/design.md tells how they fit together.
"""
