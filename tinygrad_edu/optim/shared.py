"""The settings of every optimizer around its formula: weight decay, clipping, moving averages of the weights.

Said once, with operators and NumPy functions only, so that the same lines run op by op and in a flat program.
"""

import re
from collections.abc import Sequence
from typing import Any

from ..common.objects import Configured
from ..common.types import Count, NotNegative, Share
from ..engine.tensor import Tensor
from ..engine.variable import Variable
from . import clipping
from .checks import checked_parameters, checked_rate

_USUAL = {"use_ema": False, "ema_momentum": 0.99}  # settings that `repr` passes over


class Rate(Variable):
    """The learning rate of an optimizer: a Variable that refuses what no rate can be.

    Example:
        >>> optimizer = tg.optim.SGD(0.1)
        >>> optimizer.learning_rate.assign(0.05)
        <Variable path=learning_rate, shape=(), dtype=float64, value=0.05>
    """

    __slots__ = ()

    def assign(self, value):
        return super().assign(checked_rate(value.item() if hasattr(value, "item") else value))


class Shared(Configured):
    """The settings that all optimizers share, and what they do; `Optimizer` says what each means."""

    _excluded = (), None  # from weight decay: Tensors, and a pattern of names

    def __init__(
        self,
        weight_decay: NotNegative | None = None,
        clipnorm: NotNegative | None = None,
        clipvalue: NotNegative | None = None,
        global_clipnorm: NotNegative | None = None,
        use_ema: bool = False,
        ema_momentum: Share = 0.99,
        ema_overwrite_frequency: Count | None = None,
        loss_scale_factor: float | None = None,
        **unknown: Any,
    ):
        self._refuse(unknown)
        if loss_scale_factor is not None:
            raise ValueError(
                "loss_scale_factor is not offered: it is for float16, and training here computes in float32 or "
                "float64, where gradients do not vanish by rounding. Leave it out."
            )
        self.weight_decay = weight_decay
        self.clipnorm = clipnorm
        self.clipvalue = clipvalue
        self.global_clipnorm = global_clipnorm
        if sum(limit is not None for limit in (clipnorm, clipvalue, global_clipnorm)) > 1:
            raise ValueError(
                "Only one of clipnorm, clipvalue and global_clipnorm can be set; received "
                f"clipnorm={clipnorm}, clipvalue={clipvalue}, global_clipnorm={global_clipnorm}."
            )
        self.use_ema = use_ema
        self.ema_momentum = ema_momentum
        self.ema_overwrite_frequency = ema_overwrite_frequency
        self.loss_scale_factor = None

    def update_with_decay(self, w, g, rate, step, decays=True, **slots):
        """The formula of one step with weight decay before it.

        Args:
            decays: whether weight decay is for these weights; an array of 0 and 1 where it is for some of them.
            w, g, rate, step, slots: as for `update`.
        """
        if self.weight_decay and decays is not False:
            lost = (self.weight_decay * rate) * w
            w = w - (lost if decays is True else decays * lost)
        return self.update(w, g, rate, step, **slots)

    def averaged(self, w, average, step):
        """The new moving average of the weights; the first is the weights themselves."""
        kept = self.ema_momentum * (1 - 0 ** (step - 1))  # 0 at the first step, where 0 ** 0 is 1
        return kept * average + (1 - kept) * w

    def clipped(self, gradients):
        """The gradients, made shorter where a setting says so."""
        if self.clipnorm:
            return clipping.by_norm(gradients, self.clipnorm)
        if self.global_clipnorm:
            return clipping.by_global_norm(gradients, self.global_clipnorm)
        return clipping.by_value(gradients, self.clipvalue) if self.clipvalue else gradients

    def exclude_from_weight_decay(
        self, var_list: Sequence[Tensor] | None = None, var_names: Sequence[str] | None = None
    ) -> None:
        """Leave some parameters out of weight decay. Each call replaces the one before.

        Args:
            var_list: parameters.
            var_names: regular expressions: parameters in whose names one is found, such as ["bias"].

        Raises:
            TypeError: not lists of Tensors and of texts.

        Example:
            >>> w, b = (Tensor(1.0, requires_grad=True, name=name) for name in ("w", "bias"))
            >>> optimizer = tg.optim.SGD(0.5, weight_decay=0.5)
            >>> optimizer.exclude_from_weight_decay(var_names=["bias"])
            >>> optimizer.apply([0.0, 0.0], [w, b])
            >>> w.item(), b.item()
            (0.75, 1.0)
        """
        if isinstance(var_names, str) or not all(isinstance(name, str) for name in var_names or ()):
            raise TypeError(f'var_names is a list of texts, such as ["bias"]; received {var_names!r}.')
        self._excluded = checked_parameters(var_list or ()), "|".join(var_names or ()) or None

    def decays(self, parameter):
        """True if weight decay applies to this parameter."""
        tensors, pattern = self._excluded
        named = pattern is not None and re.search(pattern, parameter.path or "") is not None
        return not named and not any(parameter is t for t in tensors)

    def __repr__(self):
        shown = {k: v for k, v in self._arguments().items() if v is not None and k != "name"}
        shown = {k: v for k, v in shown.items() if k not in _USUAL or v != _USUAL[k]}
        return f"{type(self).__name__}({', '.join(f'{k}={v!r}' for k, v in shown.items())})"
