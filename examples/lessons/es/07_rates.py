# # 7. La tasa de aprendizaje: programación y métodos adaptativos
#
# La tasa de aprendizaje es el hiperparámetro que más importa. Si es demasiado grande, el descenso diverge; si es
# demasiado pequeña, tarda una eternidad. Hay dos maneras de no depender de un solo número: dejar que cambie con el
# tiempo (*programación de la tasa*), o dar a cada parámetro la suya (*métodos adaptativos*).

import tinygrad_edu

tinygrad_edu.language("es")

import warnings

import matplotlib.pyplot as plt
import numpy as np

import tinygrad_edu as tg
from tinygrad_edu import keras

(x_train, y_train), (x_test, y_test) = keras.datasets.breast_cancer.load_data()
x_test = (x_test - x_train.mean(axis=0)) / x_train.std(axis=0)
x_train = (x_train - x_train.mean(axis=0)) / x_train.std(axis=0)


def train(optimizer, epochs=15, callbacks=None):
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [keras.Input((30,)), keras.layers.Dense(16, activation="relu"), keras.layers.Dense(1, activation="sigmoid")]
    )
    model.compile(optimizer=optimizer, loss="binary_crossentropy", metrics=["accuracy"])
    return model.fit(x_train, y_train, epochs=epochs, batch_size=32, verbose=0, callbacks=callbacks).history


print("descenso simple, pérdida de entrenamiento tras 15 épocas")
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # fit avisa cuando la pérdida deja de ser un número: aquí se trata de eso
    for rate in (0.001, 0.01, 0.1, 1.0, 10.0):
        print(f"  tasa {rate:6}: {train(keras.optimizers.SGD(rate))['loss'][-1]:10.4f}")

# ## Programación de la tasa
#
# Primero pasos largos, para acercarse; después cortos, para que se apague el ruido de los lotes (lección 4). Una
# programación de la tasa es la tasa de aprendizaje como función del paso $t$. Cuatro muy usadas:
#
# $$\text{exponencial } \alpha_0\, d^{\,t/T} \qquad \text{tiempo inverso } \frac{\alpha_0}{1 + d\, t/T} \qquad
# \text{coseno } \frac{\alpha_0}{2}\left(1 + \cos \frac{\pi t}{T}\right) \qquad \text{constante a trozos}$$

rng = np.random.default_rng(0)
x_noisy = rng.normal(size=(1000, 3))
y_noisy = x_noisy @ [2.0, -1.0, 0.5] + 3 + rng.normal(size=1000)
line = np.column_stack([x_noisy, np.ones(1000)])
best = ((line @ np.linalg.lstsq(line, y_noisy, rcond=None)[0] - y_noisy) ** 2).mean()

schedules = keras.optimizers.schedules
steps = 500  # 5 épocas de 100 lotes de 10
programs = {
    "constante": 0.15,
    "exponencial": schedules.ExponentialDecay(0.15, decay_steps=steps, decay_rate=0.02),
    "inverso": schedules.InverseTimeDecay(0.15, decay_steps=steps, decay_rate=30),
    "coseno": schedules.CosineDecay(0.15, decay_steps=steps),
    "a trozos": schedules.PiecewiseConstantDecay([200, 400], [0.15, 0.03, 0.005]),
}
plt.rcParams["font.size"] = 13
figure, axis = plt.subplots(figsize=(9.6, 5.4), layout="constrained")
for (name, schedule), style in zip(programs.items(), ["-", "--", "-.", ":", (0, (5, 1))]):
    rates = [float(schedule(t)) if callable(schedule) else schedule for t in range(steps)]
    axis.plot(rates, linestyle=style, linewidth=2, label=name)
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile(optimizer=keras.optimizers.SGD(schedule), loss="mse")
    model.fit(x_noisy, y_noisy, epochs=5, batch_size=10, verbose=0)
    above = model.evaluate(x_noisy, y_noisy, verbose=0) - best
    print(f"{name:13} tasa de {rates[0]} a {rates[-1]:.4f}: acaba {above:.5f} por encima de la pérdida mínima")
axis.set(xlabel="paso", ylabel="tasa de aprendizaje")
axis.legend()
figure.savefig("lesson_07_schedules.png")

# Un callback puede mirar la pérdida y decidir él mismo: `ReduceLROnPlateau` divide la tasa cuando una época ya no
# ayuda.

reduce = keras.callbacks.ReduceLROnPlateau(monitor="loss", factor=0.2, patience=2, min_delta=1e-3)
history = train(keras.optimizers.SGD(1.0), epochs=30, callbacks=[reduce])
print("tasa en cada época:", *(f"{rate:.3g}" for rate in history["learning_rate"]))

# Antes de entrenar, una *prueba de rango* (Smith, 2017) sube la tasa de un paso a otro. Muestra dónde baja la pérdida y
# dónde empieza a subir. Una buena primera elección es la décima parte de la tasa con la que sube: la línea discontinua.

keras.utils.set_random_seed(0)
model = keras.Sequential(
    [keras.Input((30,)), keras.layers.Dense(16, activation="relu"), keras.layers.Dense(1, activation="sigmoid")]
)
model.compile(optimizer="sgd", loss="binary_crossentropy")
figure = tg.viz.learning_rate_range(model, x_train, y_train, low=1e-3, high=100.0)
figure.savefig("lesson_07_range.png")


# ## Una tasa para cada parámetro
#
# En un valle estrecho la dirección empinada pide una tasa pequeña, y la plana una grande. Los métodos adaptativos
# dividen cada paso por el tamaño habitual del gradiente de ese parámetro. Si $g$ es el gradiente de un parámetro:
#
# | | memoria | paso |
# |---|---|---|
# | AdaGrad (Duchi et al., 2011) | $s \leftarrow s + g^2$ | $-\alpha\, g / \sqrt{s + \epsilon}$ |
# | RMSProp (Hinton, 2012) | $s \leftarrow \rho s + (1 - \rho) g^2$ | $-\alpha\, g / \sqrt{s + \epsilon}$ |
# | Adam (Kingma y Ba, 2014) | $m \leftarrow \beta_1 m + (1-\beta_1) g$; $v \leftarrow \beta_2 v + (1-\beta_2) g^2$ | $-\alpha\, \hat m / (\sqrt{\hat v} + \epsilon)$ |
#
# $\epsilon$ solo evita dividir por cero; unos libros lo ponen dentro de la raíz, otros fuera. La memoria de AdaGrad
# solo crece, así que sus pasos solo se acortan; RMSProp olvida; Adam (*adaptive moment estimation*) es RMSProp con
# momentum. Como $m$ y $v$ empiezan en cero, al principio son demasiado pequeños, y Adam lo corrige: $\hat m = m / (1 -
# \beta_1^t)$, $\hat v = v / (1 - \beta_2^t)$.

def adam_by_hand(gradient, w, rate, steps, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
    m = v = np.zeros_like(w)
    for t in range(1, steps + 1):
        g = gradient(w)
        m = beta_1 * m + (1 - beta_1) * g
        v = beta_2 * v + (1 - beta_2) * g**2
        w = w - rate * (m / (1 - beta_1**t)) / (np.sqrt(v / (1 - beta_2**t)) + epsilon)
    return w


def ravine(w):
    return 10 * w[0] ** 2 + 0.1 * w[1] ** 2


start = np.array([1.0, 4.0])
print("a mano:    ", adam_by_hand(tg.grad(ravine), start, 0.1, 30))
path = tg.optim.minimize(ravine, start, tg.optim.Adam(0.1, epsilon=1e-7), steps=30)
print("tg.optim:  ", path.x)

optimizers = {
    "SGD": tg.optim.SGD(0.09),
    "AdaGrad": tg.optim.AdaGrad(0.8),
    "RMSProp": tg.optim.RMSProp(0.1),
    "Adam": tg.optim.Adam(0.2),
}
paths = {name: tg.optim.minimize(ravine, start, optimizer, steps=60) for name, optimizer in optimizers.items()}
for name, way in paths.items():
    print(f"{name:8} tras 10, 30, 60 pasos: {way.values[10]:8.4f} {way.values[30]:8.4f} {way.values[60]:10.6f}")
figure = tg.viz.plot_path(ravine, paths)
figure.savefig("lesson_07_ravine.png")

# ## En la red
#
# La tasa estándar de Adam, 0.001, funciona casi en todas partes, y por eso se ha convertido en la elección habitual. Un
# SGD con momentum bien ajustado suele ser igual de bueno; el trabajo está en ajustarlo.

for name, optimizer in {
    "SGD 0.01": keras.optimizers.SGD(0.01),
    "SGD 0.1, momentum 0.9": keras.optimizers.SGD(0.1, momentum=0.9),
    "Adagrad 0.1": keras.optimizers.Adagrad(0.1),
    "RMSprop": keras.optimizers.RMSprop(),
    "Adam": keras.optimizers.Adam(),
    "Adam 0.01": keras.optimizers.Adam(0.01),
}.items():
    losses = train(optimizer)["loss"]
    print(f"{name:22} época 1 {losses[0]:.4f}   época 5 {losses[4]:.4f}   época 15 {losses[-1]:.4f}")

# ## Resumen
#
# - Prueba tasas separadas por un factor de diez, o haz una prueba de rango. Una buena primera elección es la décima
#   parte de la tasa con la que la pérdida empieza a subir.
# - La programación de la tasa empieza con pasos largos y acaba con pasos cortos.
# - AdaGrad, RMSProp y Adam dividen el paso de cada parámetro por el tamaño habitual de su gradiente.
#
# **Ejercicios.** 1. Escribe a mano AdaGrad y RMSProp como arriba, y compara (`AdaGrad` empieza con $s$ en 0.1). 2.
# Quita la corrección de sesgo de Adam: ¿qué ocurre en los primeros pasos? 3. Busca la mejor tasa de SGD para la red:
# ¿gana a Adam?
#
# Con una comprobación que dice qué está mal, `tinygrad-edu exercises start NOMBRE --lang es`: `adaptive`,
# `schedules`.
