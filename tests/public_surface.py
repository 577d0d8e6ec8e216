"""A typed script that uses the package: mypy reads it, nobody runs it. The wrong lines must stay errors."""

from pathlib import Path
from typing import Any, assert_type

import numpy as np
from numpy.typing import NDArray

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

# -- layers and models: right lines, each in a way that scripts of Keras have it --------------------------------

layers = [tg.keras.Input((8, 8, 1)), tg.nn.Conv2D(4, 3, strides=(2, 2), padding="same", activation=np.tanh)]
layers += [tg.nn.MaxPooling2D(2), tg.nn.Flatten(), tg.nn.BatchNormalization(axis=-1), tg.nn.Dropout(0.5, seed=1)]
layers.append(tg.nn.Dense(units=3, activation=None, kernel_initializer=tg.nn.initializers.HeNormal(seed=0)))
layers.append(tg.nn.Dense(1, kernel_regularizer=tg.nn.regularizers.L2(0.1), kernel_constraint="max_norm", name="out"))
network = tg.nn.Sequential(layers, name="network")
network.add(tg.nn.Dense(1, kernel_initializer=tg.nn.initializers.Zeros, dtype=np.float32))
network.pop()
network.summary(line_length=60, print_fn=print)
network.save(Path("model.keras"))
network.save_weights("model.weights.h5", overwrite=False)
network.load_weights("model.weights.h5", skip_mismatch=True)
assert_type(network(x), Tensor)
assert_type(network(w, training=True), Tensor)
assert_type(network.get_layer("out"), tg.nn.Layer)
assert_type(network.layers, list[tg.nn.Layer])
assert_type(network.count_params(), int)
assert_type(network.weights, list[tg.keras.Variable])
assert_type(network.to_json(indent=2), str)
kernel = network.layers[-1].kernel  # what a layer has, is known of its class alone
assert_type(tg.nn.Dense(1).kernel.numpy().shape, tuple[Any, ...])
network.set_weights(network.get_weights())


class Scale(tg.nn.Layer):
    def __init__(self, start: float = 1.0, **options: Any) -> None:
        super().__init__(**options)
        self.start = start

    def build(self, input_shape: tuple[int, ...]) -> None:
        self.factor = self.add_weight(shape=(input_shape[-1],), initializer="ones", name="factor")

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        return inputs * self.factor


class Stop(tg.nn.Callback):
    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        self.model.stop_training = epoch > 3


class Bias(tg.nn.Metric):
    kept = ("error",)

    def result(self) -> float:
        return float(self.error)


class Heavy(tg.optim.Optimizer):
    slots = ("velocity",)

    def update(self, w: Any, g: Any, rate: float, step: int, velocity: Any) -> tuple[Any, ...]:
        return w - rate * velocity, 0.9 * velocity + g


# -- losses, metrics, optimizers, callbacks ---------------------------------------------------------------------

assert_type(tg.nn.losses.Huber(delta=2.0)([[1.0]], x), Tensor)
tg.nn.losses.MeanSquaredError(reduction="sum", name="loss")
tg.nn.metrics.AUC(num_thresholds=50, curve="PR", thresholds=[0.2, 0.5])
tg.nn.metrics.Precision(thresholds=0.5, top_k=None, class_id=2, name="precision")
tg.nn.metrics.IoU(num_classes=2, target_class_ids=(0,))
rate = tg.optim.schedules.ExponentialDecay(0.1, decay_steps=10, decay_rate=0.5, staircase=True)
tg.optim.schedules.PiecewiseConstantDecay([10, 20], [1.0, 0.5, 0.1])
adam = tg.optim.Adam(rate, beta_1=0.8, weight_decay=1e-4, clipnorm=1.0, parameters=[w])
tg.optim.SGD(lambda step: 0.1 / (1 + step), momentum=0.9, nesterov=True)
tg.optim.RMSProp(1, centered=True)
adam.learning_rate = 0.01
adam.apply([np.ones(2)], [w])
adam.apply_gradients(zip([np.ones(2)], [w], strict=True))
adam.minimize(loss)
assert_type(tg.optim.Adam.from_config(adam.get_config()), tg.optim.Adam)
path = tg.optim.minimize(lambda x, y: x**2 + y**2, [1.0, 2.0], "sgd", steps=5, tolerance=1e-3)
assert_type(path, tg.optim.Path)
tg.optim.minimize(lambda x: x**2, 3.0, tg.optim.SGD(0.1))
tg.nn.EarlyStopping(monitor="loss", min_delta=0.1, patience=3, restore_best_weights=True)
tg.nn.callbacks.ModelCheckpoint(Path("best.keras"), save_best_only=True, save_freq=100)
tg.nn.LambdaCallback(on_epoch_end=lambda epoch, logs: print(epoch))
tg.nn.callbacks.LearningRateScheduler(lambda epoch, rate: rate / 2, verbose=1)
tg.nn.constraints.MaxNorm(2, axis=[0, 1])(np.ones((2, 2, 1)))
assert_type(tg.keras.utils.to_categorical([0, 1], 3), NDArray[Any])
tg.keras.utils.set_random_seed(0)

# -- wrong lines ------------------------------------------------------------------------------------------------

tg.nn.Dense("relu")  # type: ignore[arg-type]
tg.nn.Dense(2.5)  # type: ignore[arg-type]
tg.nn.Dense(1, activation=3)  # type: ignore[arg-type]
tg.nn.Dense(1, use_bias="zeros")  # type: ignore[arg-type]
tg.nn.Dense()  # type: ignore[call-arg]
tg.nn.Conv1D(4, "same")  # type: ignore[arg-type]
tg.nn.MaxPooling2D(2, data_format=1)  # type: ignore[arg-type]
tg.nn.Dropout("0.5")  # type: ignore[arg-type]
tg.nn.Sequential(tg.nn.Dense(1))  # type: ignore[arg-type]
tg.nn.Sequential(["dense"])  # type: ignore[list-item]
tg.nn.Sequential([], nane="network")  # type: ignore[call-arg]
network.add("dense")  # type: ignore[arg-type]
network.get_layer(0)  # type: ignore[arg-type]
network.summary("model.txt")  # type: ignore[arg-type]
tg.optim.Adam([w])  # type: ignore[arg-type]
tg.optim.Adam(0.1, "sgd")  # type: ignore[arg-type]
tg.optim.Adam(0.1).apply([1.0], [1.0])  # type: ignore[list-item]
tg.optim.Adam(0.1).minimize(0.5)  # type: ignore[arg-type]
tg.optim.minimize("x**2", 3.0, "sgd")  # type: ignore[arg-type]
tg.optim.schedules.ExponentialDecay(0.1, 10)  # type: ignore[call-arg]
tg.nn.EarlyStopping("loss", patience="3")  # type: ignore[arg-type]
tg.nn.EarlyStopping(patients=3)  # type: ignore[call-arg]
tg.nn.metrics.AUC("ROC")  # type: ignore[arg-type]
tg.nn.regularizers.L2("0.1")  # type: ignore[arg-type]
tg.nn.initializers.RandomNormal(seed="0")  # type: ignore[arg-type]
