# # 2. Batch, estocástico, mini-batch
#
# El gradiente sobre todos los datos es exacto, pero obliga a recorrerlos todos para dar un solo paso. El gradiente
# sobre unas pocas muestras, un *lote* (batch), cuesta poco, pero es solo aproximado. Una *época* es una pasada por
# todos los datos. Hay tres clases de descenso de gradiente, según cuántas muestras usan para cada paso:
#
# | | muestras por paso | pasos por época (1000 muestras) |
# |---|---|---|
# | descenso batch | todas | 1 |
# | descenso mini-batch | algunas, por ejemplo 32 | 32 |
# | descenso estocástico | 1 | 1000 |

import tinygrad_edu

tinygrad_edu.language("es")

import numpy as np

import tinygrad_edu as tg

rng = np.random.default_rng(1)
x = rng.normal(size=(1000, 3))
y = x @ [2.0, -1.0, 0.5] + 3 + 0.5 * rng.normal(size=1000)


def loss_of(w, b, x, y):
    return ((x @ w + b - y) ** 2).mean()


# ## La media de los lotes es el gradiente total
#
# Cortemos las 1000 muestras en lotes de 32: 31 llenos y uno de 8. El gradiente de la pérdida media es la media
# ponderada de los gradientes de los lotes, en la que cada uno cuenta según las muestras que tiene:
#
# $$\nabla L = \sum_k \frac{n_k}{N} \nabla L_k$$
#
# Por eso el descenso batch puede recorrer los datos a trozos: sumar los gradientes, y actualizar una sola vez al
# final de la época. `backward()` suma en `.grad`, así que la suma se hace sola.

w = tg.Tensor(np.zeros(3), requires_grad=True, name="w")
b = tg.Tensor(0.0, requires_grad=True, name="b")

loss_of(w, b, x, y).backward()
of_all = w.grad.copy()

w.grad = b.grad = None
for start in range(0, 1000, 32):
    x_batch, y_batch = x[start : start + 32], y[start : start + 32]
    (loss_of(w, b, x_batch, y_batch) * (len(x_batch) / len(x))).backward()

print("todas a la vez:      ", of_all)
print("lote a lote:         ", w.grad)


# ## Actualizar después de cada lote
#
# El descenso mini-batch no espera: actualiza después de cada lote. Sus gradientes se dispersan alrededor del verdadero,
# pero al cabo de una época ha dado 32 pasos donde el descenso batch dio uno. `tg.data.batches` baraja: cada época toma
# las muestras en un orden nuevo; si no, en un lote estarían siempre las mismas filas vecinas (todas las de una clase,
# por ejemplo). El gradiente de una sola muestra es el que más se dispersa, y por eso al descenso estocástico le damos
# una tasa de aprendizaje de 0.01, la décima parte que a los otros dos: con 0.1 llegaría también cerca del mínimo, pero
# oscilaría mucho a su alrededor.

def train(batch_size, epochs, learning_rate, shuffle=True):
    """Desciende, y devuelve la pérdida sobre todos los datos tras cada época."""
    tg.random.seed(0)
    w = tg.Tensor(np.zeros(3), requires_grad=True, name="w")
    b = tg.Tensor(0.0, requires_grad=True, name="b")
    optimizer = tg.optim.SGD(learning_rate, parameters=[w, b])
    losses = [loss_of(w.data, b.data, x, y)]
    for _ in range(epochs):
        for x_batch, y_batch in tg.data.batches((x, y), batch_size, shuffle):
            optimizer.zero_grad()
            loss_of(w, b, x_batch, y_batch).backward()
            optimizer.step()
        losses.append(loss_of(w.data, b.data, x, y))
    return losses


runs = {
    "batch (1000)": train(1000, epochs=20, learning_rate=0.1),
    "mini-batch (32)": train(32, epochs=20, learning_rate=0.1),
    "estocástico (1)": train(1, epochs=20, learning_rate=0.01),
}
for name, losses in runs.items():
    print(f"{name:16}", *(f"{loss:8.4f}" for loss in losses[:4]), " ...", f"{losses[-1]:.4f}")

import matplotlib.pyplot as plt

plt.rcParams["font.size"] = 13
figure, axes = plt.subplots(figsize=(9.6, 5.4), layout="constrained")
for (name, losses), style in zip(runs.items(), ["o-", "s-", "^-"]):
    axes.plot(losses, style, label=name, markersize=5)
axes.set(xlabel="época", ylabel="pérdida sobre todos los datos", yscale="log", xticks=range(0, 21, 2))
axes.legend()
figure.savefig("lesson_02_batches.png")

# Con el mismo número de épocas, los lotes pequeños bajan antes. Pero nunca se quedan quietos: cerca del mínimo cada
# lote tira hacia un lado distinto, y la pérdida queda un poco por encima de la más baja (0.26, el ruido de nuestros
# datos). Una tasa de aprendizaje menor, o una que baje con el tiempo, los calma: lección 7.
#
# ## Lo mismo en Keras
#
# Allí el optimizador se llama `SGD` sea cual sea el lote: `batch_size` dice de qué clase de descenso se trata. `fit`
# baraja si no se le dice lo contrario. Aquí los tres tienen la misma tasa de aprendizaje, 0.01, para que solo cambie el
# tamaño del lote: tras cinco épocas el lote completo ha dado cinco pasos cortos, y sigue lejos.

from tinygrad_edu import keras

for batch_size in (1000, 32, 1):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile(optimizer=keras.optimizers.SGD(0.01), loss="mse")
    history = model.fit(x, y, epochs=5, batch_size=batch_size, verbose=0)
    print(f"batch_size {batch_size:4}: pérdida", *(f"{loss:8.4f}" for loss in history.history["loss"]))

# ## Cuándo parar
#
# Se para cuando una época mejora la pérdida en menos de una tolerancia, o después de un número de épocas, lo que llegue
# antes. En Keras lo hace el callback `EarlyStopping`, con `min_delta` como tolerancia y `patience` épocas de espera,
# porque una pérdida con ruido puede estancarse un rato y después volver a bajar.

keras.utils.set_random_seed(0)
model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
model.compile(optimizer=keras.optimizers.SGD(0.01), loss="mse")
stop = keras.callbacks.EarlyStopping(monitor="loss", min_delta=1e-3, patience=2)
history = model.fit(x, y, epochs=100, batch_size=32, verbose=0, callbacks=[stop])
print(f"parado tras {len(history.epoch)} épocas, pérdida {history.history['loss'][-1]:.4f}")
print("w =", model.layers[0].kernel.numpy().ravel().round(3), " b =", model.layers[0].bias.numpy().round(3))

# ## Resumen
#
# - Descenso batch: un paso exacto por época, estable, pero lento cuando hay muchos datos. Estocástico: un paso
#   aproximado por muestra, barato, pero que nunca se queda quieto. Mini-batch: un término medio, y lo que usa todo el
#   mundo.
# - Promediados según su tamaño, los gradientes de los lotes dan el gradiente total.
# - Baraja las muestras en cada época; para cuando una época ya no mejora la pérdida.
#
# **Ejercicios.** 1. Ordena las filas según `y` y entrena sin barajar: ¿qué le pasa a la pérdida después de una época?
# 2. Calcula la media simple, sin ponderar, de los 32 gradientes: ¿cuánto se aparta el resultado, y qué lote tiene la
# culpa? 3. ¿Con qué tamaño de lote baja la pérdida de 0.3 usando menos muestras?
#
# Con una comprobación que dice qué está mal, `tinygrad-edu exercises start NOMBRE --lang es`: `batches`, `shuffling`,
# `averaged_gradients`.
