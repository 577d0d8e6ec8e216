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
# -- derivatives, checks, training, data and pictures: what the README and the lessons call --------------------


def parabola(t: Tensor) -> Tensor:
    return (t**2).sum()


tg.random.seed(0)
assert_type(tg.random.generator().random(), float)
tg.value_and_grad(parabola)(w)
tg.grad(np.sin, argnums=(0,))(1.0)
tg.jacobian(lambda t: t**2)(np.ones(2))
tg.hessian(parabola)([1.0, 2.0])
tg.gradients(w.sum(), w, create_graph=True)
tg.gradients([w.sum(), w], [w], [None, np.ones(2)])
assert_type(bool(tg.gradcheck(parabola, w, order=2, steps=True, names=["w"])), bool)


@tg.primitive(lambda g, out, a: g * 3 * a**2, symbol="x³", method=False)
def cube(a):
    return a * a * a


cube(w).backward()


@tg.no_grad()
def evaluated(t: Tensor) -> Tensor:
    return t.softmax()


assert_type(evaluated(w), Tensor)
kernel = tg.keras.Variable(np.zeros((2, 1)), name="kernel")
assert_type(kernel.assign_sub([[0.1], [0.2]]), tg.keras.Variable)
assert_type(kernel.trainable, bool)
assert_type(kernel * 2, Tensor)

data = tg.datasets.moons(n=200, noise=0.1, seed=None)
assert_type(data, tg.data.Dataset)
(x_train, y_train), (x_test, y_test) = tg.datasets.breast_cancer.load_data(test_split=0.2)
(x_train, y_train), (x_test, y_test) = data.split(test_fraction=0.25)
for batch, targets in tg.data.batches([data.x, data.y], 32):
    batch + targets
tg.keras.utils.to_categorical([0, 2], 3)


class Squares(tg.keras.utils.PyDataset):
    def __len__(self) -> int:
        return 3

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        return np.full((4, 2), index), np.full(4, index**2)


class Numbered:
    """Batches by number, of no base class."""

    def __len__(self) -> int:
        return 3

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        return np.full((4, 2), index), np.full(4, index**2)


model.compile(tg.optim.Adam(0.01), loss="mse", metrics=["mae", tg.nn.metrics.AUC()])
model.compile("adam", loss=lambda y_true, y_pred: ((y_true - y_pred) ** 2).mean())
model.compile(loss=tg.keras.losses.MeanSquaredError)
history = model.fit([[0.0, 1.0]], [1.0], epochs=3, class_weight={0: 1, 1: 5}, callbacks=tg.doctor.Doctor())
assert_type(history, tg.nn.callbacks.History)
model.fit(((x, x) for _ in range(3)), steps_per_epoch=3, validation_data=(x, x), callbacks=[tg.doctor.Doctor("es")])
model.fit(Squares(), verbose=0)
model.fit(Numbered())
model.fit(w, np.ones(2, dtype=bool), validation_freq=[1, 3])
loss, mae = model.evaluate(x, [1, 0, 1])
model.train_on_batch(x, np.ones(3), class_weight={0: 0.5})
assert_type(model.predict(x).astype(int).tolist(), Any)
diagnosis = tg.diagnose(model, x, [0, 1, 1], epochs=20, batch_size=8)
assert_type([finding.kind for finding in diagnosis if not diagnosis.ok], list[str])

program = tg.replay.trace(parabola, np.ones(2))
program(np.zeros(2)) + 1

tg.viz.draw(w * 2, view="backward", derivatives=True).save("graph.svg")
tg.viz.draw([w, w * 2], collapse=["dense"])
tg.viz.draw(parabola, 3.0)
tg.viz.draw(model, x, [0, 1, 1], gradients=False)
assert_type(tg.viz.film(loss=w.sum()).captions, list[str])
tg.viz.explore(lambda a, b: a * b, 3.0, 2.0, limit=100).save("graph.html")
with tg.viz.source_lines():
    tg.viz.explore(tg.grad(parabola), w)
tg.viz.report(model, history, "report.html", x, [0, 1, 1], author="Ada", labels=data.target_names)
tg.viz.plot_history(history, log=True).savefig("history.png")
tg.viz.plot_history({"SGD": history, "Adam": history})
path = tg.optim.minimize(parabola, 3.0, "sgd")
tg.viz.plot_path(parabola, path, names=("x",))
tg.viz.plot_path(parabola, {"SGD": path})
tg.viz.decision_boundary(model, data.x, data.y, features=[0, 1], labels=["upper", "lower"])
tg.viz.confusion(model, x, [0, 1, 1], share=True)
tg.viz.landscape(model, x, [0, 1, 1], recorder=tg.nn.callbacks.WeightRecorder(), kind="3d")
tg.viz.trajectories("beale", [tg.optim.SGD(0.1), "adam"], steps=20, animated=True).save("beale.gif")
tg.viz.trajectories(tg.viz.surface("bowl"), {"SGD": tg.optim.SGD(0.1)}, ranges=((-1, 1), (-1, 1)))
tg.viz.plot_gradients(tg.nn.callbacks.GradientRecorder(), figures=["weight"])
tg.viz.plot_weights(model)
tg.viz.weight_images(model.layers[0], shape=(1, 2))
tg.viz.gradient_noise(model, x, [0, 1, 1], batch_sizes=range(1, 3))
tg.viz.learning_rate_range(model, x, [0, 1, 1], high=1)
tg.viz.plot_gradcheck(tg.gradcheck(parabola, w, steps=[1e-3, 1e-5]))

Tensor(parabola)  # type: ignore[arg-type]
w.backward(parabola)  # type: ignore[arg-type]
kernel.assign(parabola)  # type: ignore[arg-type]
tg.random.seed("0")  # type: ignore[arg-type]
tg.grad(w)  # type: ignore[arg-type]
tg.grad(parabola, argnums=[0])  # type: ignore[arg-type]
tg.hessian(parabola, argnums=(0, 1))  # type: ignore[arg-type]
tg.gradients(3.0, w)  # type: ignore[arg-type]
tg.gradcheck(w)  # type: ignore[arg-type]
tg.gradcheck(parabola, w, order="2")  # type: ignore[arg-type]
tg.gradcheck(parabola, w, tolerance=1e-3)  # type: ignore[call-arg]
tg.primitive("x³")  # type: ignore[arg-type]
tg.datasets.moons(n="many")  # type: ignore[arg-type]
tg.datasets.moons(samples=100)  # type: ignore[call-arg]
model.compile(optimizer=0.1)  # type: ignore[arg-type]
model.compile(loss=["mse"])  # type: ignore[arg-type]
model.fit(parabola, x)  # type: ignore[arg-type]
model.fit(x, x, epochs="3")  # type: ignore[arg-type]
model.fit(x, x, callbacks="Doctor")  # type: ignore[arg-type]
model.fit(x, x, class_weight=[1.0, 5.0])  # type: ignore[arg-type]
model.evaluate(x, x, batch_size=0.5)  # type: ignore[arg-type]
model.predict()  # type: ignore[call-arg]
tg.diagnose("model", x)  # type: ignore[arg-type]
tg.replay.trace(w, x)  # type: ignore[arg-type]
tg.viz.draw(3.0)  # type: ignore[arg-type]
tg.viz.draw(w, direction=1)  # type: ignore[arg-type]
tg.viz.draw(w, views="both")  # type: ignore[call-arg]
tg.viz.film([w])  # type: ignore[arg-type]
tg.viz.explore(w, limit="400")  # type: ignore[arg-type]
tg.viz.report(history, model, "report.html")  # type: ignore[arg-type]
tg.viz.plot_history(model)  # type: ignore[arg-type]
tg.viz.plot_path(path, parabola)  # type: ignore[arg-type]
tg.viz.landscape(model, x, x, recorder=history)  # type: ignore[arg-type]
tg.viz.trajectories("bowl", "adam", steps="20")  # type: ignore[arg-type]
tg.viz.plot_weights(history)  # type: ignore[arg-type]
tg.viz.decision_boundary(model, data.x, data.y, features=2)  # type: ignore[arg-type]
