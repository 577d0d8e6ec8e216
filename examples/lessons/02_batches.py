# %% [markdown] lang="en"
# # 2. Batch, stochastic, mini-batch
#
# A gradient over all the data is exact, but costs a pass through all of them for a single step. A gradient over a few
# samples, a *batch*, costs little and is only roughly right. An *epoch* is one pass through all the data. Three kinds
# of gradient descent differ in how many samples they take for a step:
#
# | | samples a step | steps an epoch (1000 samples) |
# |---|---|---|
# | batch descent | all | 1 |
# | mini-batch descent | some, such as 32 | 32 |
# | stochastic descent | 1 | 1000 |

# %% [markdown] lang="es"
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

# %%
import numpy as np

import tinygrad_edu as tg

rng = np.random.default_rng(1)
x = rng.normal(size=(1000, 3))
y = x @ [2.0, -1.0, 0.5] + 3 + 0.5 * rng.normal(size=1000)


def loss_of(w, b, x, y):
    return ((x @ w + b - y) ** 2).mean()


# %% [markdown] lang="en"
# ## The average of the batches is the whole
#
# Cut the 1000 samples into batches of 32: 31 full ones and one of 8. The gradient of the mean loss is the mean of the
# gradients of the batches, when each counts as much as it has samples:
#
# $$\nabla L = \sum_k \frac{n_k}{N} \nabla L_k$$
#
# So batch descent can go through the data in pieces: add up the gradients, and update once at the end of the epoch.
# `backward()` adds to `.grad`, which does the sum by itself.

# %% [markdown] lang="es"
# ## La media de los lotes es el gradiente total
#
# Cortemos las 1000 muestras en lotes de 32: 31 llenos y uno de 8. El gradiente de la pérdida media es la media
# ponderada de los gradientes de los lotes, en la que cada uno cuenta según las muestras que tiene:
#
# $$\nabla L = \sum_k \frac{n_k}{N} \nabla L_k$$
#
# Por eso el descenso batch puede recorrer los datos a trozos: sumar los gradientes, y actualizar una sola vez al
# final de la época. `backward()` suma en `.grad`, así que la suma se hace sola.

# %%
w = tg.Tensor(np.zeros(3), requires_grad=True, name="w")
b = tg.Tensor(0.0, requires_grad=True, name="b")

loss_of(w, b, x, y).backward()
of_all = w.grad.copy()

w.grad = b.grad = None
for start in range(0, 1000, 32):
    x_batch, y_batch = x[start : start + 32], y[start : start + 32]
    (loss_of(w, b, x_batch, y_batch) * (len(x_batch) / len(x))).backward()

print("all at once:         ", of_all)
print("batch after batch:   ", w.grad)

# %% [markdown] lang="en"
# ## Update after each batch
#
# Mini-batch descent does not wait: it updates after every batch. Its gradients scatter around the true one, yet after
# an epoch it has made 32 steps where batch descent made one. `tg.data.batches` shuffles: each epoch takes the samples
# in a new order, or else batches would always hold the same neighbours (all the rows of one class, say). The gradient
# of a single sample scatters most, so stochastic descent gets a learning rate of 0.01, a tenth of that of the other
# two: with 0.1 it would come near the minimum too, but swing widely about it.

# %% [markdown] lang="es"
# ## Actualizar después de cada lote
#
# El descenso mini-batch no espera: actualiza después de cada lote. Sus gradientes se dispersan alrededor del verdadero,
# pero al cabo de una época ha dado 32 pasos donde el descenso batch dio uno. `tg.data.batches` baraja: cada época toma
# las muestras en un orden nuevo; si no, en un lote estarían siempre las mismas filas vecinas (todas las de una clase,
# por ejemplo). El gradiente de una sola muestra es el que más se dispersa, y por eso al descenso estocástico le damos
# una tasa de aprendizaje de 0.01, la décima parte que a los otros dos: con 0.1 llegaría también cerca del mínimo, pero
# oscilaría mucho a su alrededor.


# %%
def train(batch_size, epochs, learning_rate, shuffle=True):
    """Descend, and return the loss over all the data after each epoch."""
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
    "stochastic (1)": train(1, epochs=20, learning_rate=0.01),
}
for name, losses in runs.items():
    print(f"{name:16}", *(f"{loss:8.4f}" for loss in losses[:4]), " ...", f"{losses[-1]:.4f}")

# %%
import matplotlib.pyplot as plt

plt.rcParams["font.size"] = 13
figure, axes = plt.subplots(figsize=(9.6, 5.4), layout="constrained")
for (name, losses), style in zip(runs.items(), ["o-", "s-", "^-"]):
    axes.plot(losses, style, label=name, markersize=5)
axes.set(xlabel="epoch", ylabel="loss over all the data", yscale="log", xticks=range(0, 21, 2))
axes.legend()
figure.savefig("lesson_02_batches.png")

# %% [markdown] lang="en"
# With the same number of passes through the data, the small batches get down first. But they never come to rest: near
# the minimum each batch pulls another way, and the loss stays a little above the lowest one (0.26, the noise in our
# data). A smaller learning rate, or one that falls over time, quiets them: lesson 7.
#
# ## The same in Keras
#
# There the optimizer is called `SGD` whatever the batch: `batch_size` says which kind of descent it is. `fit` shuffles
# unless it is told not to. Here all three have the same learning rate, 0.01, so that only the batch size differs: after
# five epochs the full batch has made five short steps, and is still far away.

# %% [markdown] lang="es"
# Con el mismo número de épocas, los lotes pequeños bajan antes. Pero nunca se quedan quietos: cerca del mínimo cada
# lote tira hacia un lado distinto, y la pérdida queda un poco por encima de la más baja (0.26, el ruido de nuestros
# datos). Una tasa de aprendizaje menor, o una que baje con el tiempo, los calma: lección 7.
#
# ## Lo mismo en Keras
#
# Allí el optimizador se llama `SGD` sea cual sea el lote: `batch_size` dice de qué clase de descenso se trata. `fit`
# baraja si no se le dice lo contrario. Aquí los tres tienen la misma tasa de aprendizaje, 0.01, para que solo cambie el
# tamaño del lote: tras cinco épocas el lote completo ha dado cinco pasos cortos, y sigue lejos.

# %%
from tinygrad_edu import keras

for batch_size in (1000, 32, 1):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile(optimizer=keras.optimizers.SGD(0.01), loss="mse")
    history = model.fit(x, y, epochs=5, batch_size=batch_size, verbose=0)
    print(f"batch_size {batch_size:4}: loss", *(f"{loss:8.4f}" for loss in history.history["loss"]))

# %% [markdown] lang="en"
# ## When to stop
#
# Stop when an epoch improves the loss by less than a tolerance, or after a number of epochs, whichever comes first.
# In Keras the callback `EarlyStopping` does that, with `min_delta` as the tolerance and `patience` epochs of waiting,
# since a noisy loss may rest for a while and then fall again.

# %% [markdown] lang="es"
# ## Cuándo parar
#
# Se para cuando una época mejora la pérdida en menos de una tolerancia, o después de un número de épocas, lo que llegue
# antes. En Keras lo hace el callback `EarlyStopping`, con `min_delta` como tolerancia y `patience` épocas de espera,
# porque una pérdida con ruido puede estancarse un rato y después volver a bajar.

# %%
keras.utils.set_random_seed(0)
model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
model.compile(optimizer=keras.optimizers.SGD(0.01), loss="mse")
stop = keras.callbacks.EarlyStopping(monitor="loss", min_delta=1e-3, patience=2)
history = model.fit(x, y, epochs=100, batch_size=32, verbose=0, callbacks=[stop])
print(f"stopped after {len(history.epoch)} epochs, loss {history.history['loss'][-1]:.4f}")
print("w =", model.layers[0].kernel.numpy().ravel().round(3), " b =", model.layers[0].bias.numpy().round(3))

# %% [markdown] lang="en"
# ## Recap
#
# - Batch descent: one exact step an epoch, steady, but slow when there are many data. Stochastic: one rough step a
#   sample, cheap, but never at rest. Mini-batch: in between, and what everyone uses.
# - Averaged by their sizes, the gradients of the batches are the gradient of the whole.
# - Shuffle the samples in each epoch; stop when an epoch no longer improves the loss.
#
# **Exercises.** 1. Sort the rows by `y` and train without shuffling: what happens to the loss after an epoch? 2.
# Average the 32 gradients without weights: how far off is the result, and which batch is to blame? 3. Which batch
# size gets below a loss of 0.3 with the fewest samples seen?
#
# With a check that says what is wrong, `tinygrad-edu exercises start NAME`: `batches`, `shuffling`,
# `averaged_gradients`.

# %% [markdown] lang="es"
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
