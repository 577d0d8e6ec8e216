# # 4. El gradiente estimado
#
# El gradiente de la pérdida sobre todos los datos es una media sobre todas las muestras. Una media se puede *estimar*
# con unas cuantas, tomadas al azar: eso es lo que hace un lote pequeño. La estimación acierta en promedio, pero se
# desvía en cada caso. Cuánto se desvía, y qué consecuencias tiene para el descenso, es el tema de esta lección.

import tinygrad_edu

tinygrad_edu.language("es")

import matplotlib.pyplot as plt
import numpy as np

import tinygrad_edu as tg
from tinygrad_edu import keras

rng = np.random.default_rng(0)
x = rng.normal(size=(2000, 2))
y = x @ [1.0, -2.0] + rng.normal(size=2000)

w = tg.Tensor([0.0, 0.0], requires_grad=True, name="w")


def gradient_on(rows):
    """El gradiente del error cuadrático en estas filas, respecto a w."""
    w.grad = None
    ((x[rows] @ w - y[rows]) ** 2).mean().backward()
    return w.grad


true = gradient_on(slice(None))
print("con las 2000 muestras:", true.round(4))
for k in range(3):
    print(f"con 32 de ellas, sorteo {k + 1}:", gradient_on(rng.choice(2000, 32, replace=False)).round(4))

# ## Acierta en promedio
#
# El gradiente de un lote $B$ tomado al azar es
#
# $$\hat g_B = \frac{1}{n} \sum_{i \in B} \nabla L_i, \qquad \mathbb{E}[\hat g_B] = \nabla L$$
#
# Su esperanza es el gradiente verdadero, porque todas las muestras son igual de probables. Se dispersa a su alrededor
# con una desviación típica que baja con la raíz cuadrada del tamaño del lote:
#
# $$\sigma(\hat g_B) \approx \frac{\sigma}{\sqrt n}$$
#
# donde $\sigma$ es la desviación típica de los gradientes de las muestras una a una. Cuatro veces más trabajo reduce el
# error a la mitad.

sizes = [1, 4, 16, 64, 256]
single = np.array([gradient_on(slice(i, i + 1)) for i in range(2000)])
sigma = single.std(axis=0)
draws = {n: np.array([gradient_on(rng.choice(2000, n)) for _ in range(2000)]) for n in sizes}
print("   n   media de 2000 estimaciones desviación (peso 1)     sigma / raíz(n)")
for n, found in draws.items():
    print(f"{n:4}   {found.mean(axis=0).round(3)!s:24} {found[:, 0].std():10.3f} {sigma[0] / np.sqrt(n):22.3f}")

plt.rcParams["font.size"] = 13
figure, axes = plt.subplots(1, 3, figsize=(12.8, 4.8), sharex=True, sharey=True, layout="constrained")
for axis, n in zip(axes, (4, 16, 64)):
    axis.plot(*draws[n][:300].T, "o", color="#56B4E9", markersize=4, label="estimaciones")
    axis.plot(*true, "*", color="#D55E00", markersize=18, label="gradiente verdadero")
    axis.set(title=f"lotes de {n}", xlabel="primer peso")
axes[0].set_ylabel("segundo peso")
axes[0].legend()
figure.savefig("lesson_04_estimates.png")

# ## Qué efecto tiene el ruido en el descenso
#
# Lejos del mínimo el gradiente verdadero es largo, y hasta una estimación tosca apunta cuesta abajo: el ruido apenas
# importa. Cerca del mínimo el gradiente verdadero desaparece y el ruido se queda. Entonces el punto vaga alrededor del
# mínimo, en una nube que crece con la tasa de aprendizaje y se encoge con el tamaño del lote.

best = np.linalg.lstsq(x, y, rcond=None)[0]


def descend(batch_size, rate, steps=400):
    w.data = np.array([3.0, 2.0])
    points = [w.data.copy()]
    for _ in range(steps):
        w.data -= rate * gradient_on(rng.choice(2000, batch_size))
        points.append(w.data.copy())
    return np.array(points)


figure, axes = plt.subplots(1, 3, figsize=(12.8, 4.8), sharex=True, sharey=True, layout="constrained")
for axis, (batch_size, rate) in zip(axes, [(1, 0.05), (32, 0.05), (1, 0.01)]):
    points = descend(batch_size, rate)
    away = np.linalg.norm(points[-200:] - best, axis=1).mean()
    print(f"lote {batch_size:2}, tasa {rate}: distancia media al mínimo en los últimos 200 pasos {away:.3f}")
    axis.plot(*points.T, "-o", color="#0072B2", markersize=3, linewidth=0.8)
    axis.plot(*best, "*", color="#D55E00", markersize=18)
    axis.set(title=f"lote {batch_size}, tasa {rate}", xlabel="primer peso")
axes[0].set_ylabel("segundo peso")
figure.savefig("lesson_04_descents.png")

# La tercera imagen muestra el compromiso: una tasa pequeña mantiene pequeña la nube, pero 400 pasos bastan apenas para
# llegar. Una *programación de la tasa de aprendizaje* (learning-rate schedule), que la cambia durante el entrenamiento
# (lección 7), reúne lo mejor de las dos: primero pasos largos, al final cortos.
#
# ## Una red
#
# Lo mismo vale para cualquier modelo, también para una red neuronal. `gradient_noise` toma lotes de tamaño creciente,
# calcula el gradiente de la pérdida para todos los pesos, y muestra cuánto se aparta del que se obtiene con todos los
# datos, en proporción a su longitud. La recta es $1 / \sqrt n$.

(x_train, y_train), _ = keras.datasets.breast_cancer.load_data()
x_train = (x_train - x_train.mean(axis=0)) / x_train.std(axis=0)
keras.utils.set_random_seed(0)
model = keras.Sequential(
    [keras.Input((30,)), keras.layers.Dense(16, activation="relu"), keras.layers.Dense(1, activation="sigmoid")]
)
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
model.fit(x_train, y_train, epochs=3, verbose=0)
figure = tg.viz.gradient_noise(model, x_train, y_train)
figure.savefig("lesson_04_network.png")

# ## Resumen
#
# - Un lote tomado al azar estima el gradiente: acierta en promedio, y se desvía alrededor de $\sigma / \sqrt n$.
# - Lejos del mínimo los lotes pequeños salen muy a cuenta; cerca, su ruido hace que el punto vague.
# - Una tasa menor o un lote mayor reducen ese vaivén.
#
# **Ejercicios.** 1. Toma las filas sin barajar, siempre las 32 primeras: ¿sigue acertando la estimación en promedio?
# 2. ¿Qué tamaño debe tener el lote para que el error sea menor que la décima parte de la longitud del gradiente? 3. Haz
# que la tasa baje como $1/t$ en `descend`: ¿cuánto se acerca el tamaño de lote 1?
#
# Con una comprobación que dice qué está mal, `tinygrad-edu exercises start NOMBRE --lang es`: `shuffling`,
# `averaged_gradients`.
