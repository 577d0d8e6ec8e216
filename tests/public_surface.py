"""A typed script that uses the package: mypy reads it, nobody runs it. The wrong lines must stay errors."""

from typing import assert_type

import numpy as np

import tinygrad_edu as tg
from tinygrad_edu import Tensor

w = Tensor([1.0, 2.0], requires_grad=True, name="w")
x = np.ones((3, 2))

assert_type(w * 2, Tensor)
assert_type(2 - w, Tensor)
assert_type(w @ w, Tensor)
assert_type(-w, Tensor)
assert_type(w > 0, Tensor)
assert_type(w[0], Tensor)
assert_type(w.sum(), Tensor)
assert_type(w.exp().mean(), Tensor)
assert_type(w.reshape(2, 1).T, Tensor)
assert_type(w.shape, tuple[int, ...])
assert_type(w.item(), float)
assert_type(w.name, str | None)

loss = (w * w).sum()
loss.backward()
w.data -= 0.1 * w.grad
with tg.no_grad():
    frozen = w.detach()
slope = tg.grad(lambda t: (t * t).sum())(w)

model = tg.nn.Sequential([tg.nn.Input((2,)), tg.nn.Dense(1, activation="relu"), tg.keras.layers.MaxPool1D()])
assert_type(model, tg.nn.Sequential)
assert_type(tg.keras.layers.Dense(1), tg.nn.layers.Dense)
assert_type(tg.keras.optimizers.RMSprop(0.1), tg.optim.RMSProp)
assert_type(tg.keras.losses.MeanSquaredError(), tg.nn.losses.MeanSquaredError)
assert_type(tg.keras.metrics.AUC(), tg.nn.metrics.AUC)
assert_type(tg.nn.callbacks.EarlyStopping(), tg.keras.callbacks.EarlyStopping)
assert_type(tg.keras.regularizers.l1_l2(), tg.nn.regularizers.L1L2)
assert_type(tg.keras.__version__, str)
tg.keras.utils.plot_model(model)

tg.nn.Dens(1)  # type: ignore[attr-defined]
tg.keras.layers.LSTM(1)  # type: ignore[attr-defined]
tg.keras.losses.aligned(w, w)  # type: ignore[attr-defined]
tg.optim.Adan()  # type: ignore[attr-defined]
w.summ()  # type: ignore[attr-defined]
w.backward(1, 2, 3)  # type: ignore[call-arg]
Tensor([1.0], gradient=True)  # type: ignore[call-arg]
