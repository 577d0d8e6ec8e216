"""The attribute `grad` of a Tensor: what `backward` left there. Leaves alone keep it; who asks a result is told so."""

from ..common.warning import warn


class Gradient:
    """A place for the gradient; read of a result that took the place of a parameter, it says how to update one."""

    def __get__(self, tensor, owner=None):
        if tensor is None:
            return self
        if tensor.kept_gradient is None and tensor.op is not None and _was_updated(tensor):
            warn(
                f"The parameter is {tensor.label()} now, the result of {tensor.op.name}, and results keep no gradient. "
                "Update it in place: w.data -= rate * w.grad."
            )
        return tensor.kept_gradient

    def __set__(self, tensor, value):
        tensor.kept_gradient = value


def _was_updated(tensor):
    """True for w − rate · w.grad, and its like, of a leaf w that has a gradient."""
    leaves = [x for x in tensor.inputs or () if x.op is None and x.requires_grad]
    return tensor.op.name in ("subtract", "add") and any([leaf.kept_gradient is not None for leaf in leaves])
