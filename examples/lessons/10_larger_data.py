# %% [markdown] lang="en"
# # 10. Data larger than memory, and more than one machine
#
# Gradient descent needs only a batch at a time, so the data need not fit into memory. And the gradient of a mean is
# the mean of the gradients, so the work can be shared: each worker takes the gradient on its part of the data, and
# the weighted mean of these is the gradient of the whole. This lesson does both, and the second on Apache Spark too.

# %% [markdown] lang="es"
# # 10. Datos más grandes que la memoria, y más de una máquina
#
# El descenso de gradiente solo necesita un lote cada vez, así que los datos no tienen que caber en la memoria. Y el
# gradiente de una media es la media de los gradientes, así que el trabajo se puede repartir: cada trabajador (worker)
# calcula el gradiente en su parte de los datos, y la media ponderada de todos es el gradiente total. En esta lección
# hacemos las dos cosas, y la segunda también con Apache Spark.

# %%
import importlib.util
from concurrent.futures import ThreadPoolExecutor

import numpy as np

import tinygrad_edu as tg
from tinygrad_edu import keras

ROWS, FEATURES = 200_000, 20
true_weights = np.linspace(-1, 1, FEATURES)

rng = np.random.default_rng(0)
table = np.lib.format.open_memmap("lesson_10_table.npy", mode="w+", dtype="float32", shape=(ROWS, FEATURES + 1))
for start in range(0, ROWS, 20_000):
    x = rng.normal(size=(20_000, FEATURES))
    y = x @ true_weights + 0.5 + 0.3 * rng.normal(size=20_000)
    table[start : start + 20_000] = np.column_stack([x, y])
table.flush()
print(f"a file of {table.nbytes / 1e6:.0f} MB, written in pieces of {20_000 * (FEATURES + 1) * 4 / 1e6:.1f} MB")

# %% [markdown] lang="en"
# ## A batch at a time
#
# `np.load(..., mmap_mode="r")` opens the file without reading it: the rows come from the disk when they are asked
# for. A `PyDataset` says how many batches there are and gives each by its number; `fit` takes it as it takes arrays.
# The same class would read a file of 100 GB.

# %% [markdown] lang="es"
# ## Un lote cada vez
#
# `np.load(..., mmap_mode="r")` abre el archivo sin leerlo: las filas vienen del disco cuando se piden. Un `PyDataset`
# dice cuántos lotes hay y da cada uno por su número; `fit` lo acepta igual que acepta arrays. La misma clase leería un
# archivo de 100 GB.


# %%
class Table(keras.utils.PyDataset):
    def __init__(self, path, batch_size):
        super().__init__()
        self.rows, self.batch_size = np.load(path, mmap_mode="r"), batch_size

    def __len__(self):
        return len(self.rows) // self.batch_size

    def __getitem__(self, k):
        part = np.array(self.rows[k * self.batch_size : (k + 1) * self.batch_size])
        return part[:, :-1], part[:, -1]


keras.utils.set_random_seed(0)
model = keras.Sequential([keras.Input((FEATURES,)), keras.layers.Dense(1)])
model.compile(optimizer=keras.optimizers.SGD(0.05), loss="mse")
history = model.fit(Table("lesson_10_table.npy", 500), epochs=1, verbose=0)
print(f"one epoch of {ROWS // 500} batches: loss {history.history['loss'][-1]:.4f} (the noise alone is 0.09)")
print("largest error of a weight:", np.abs(model.layers[0].kernel.numpy()[:, 0] - true_weights).max().round(4))

# %% [markdown] lang="en"
# ## A sample is often enough
#
# Lesson 4 showed that a batch of $n$ samples estimates the gradient with an error of about $\sigma / \sqrt n$. So a
# random part of a very large table may say all that is needed for a step, or even for a whole training.

# %% [markdown] lang="es"
# ## A menudo basta una muestra
#
# En la lección 4 se vio que un lote de $n$ muestras estima el gradiente con un error de alrededor de $\sigma / \sqrt
# n$. Así que una parte al azar de una tabla muy grande puede decir todo lo que hace falta para un paso, o incluso
# para todo un entrenamiento.


# %%
def part_gradient(w, rows):
    """The sum of the squared errors over some rows, its gradient for w, and how many rows there are."""
    w = tg.Tensor(w, requires_grad=True)
    error = rows[:, :-1] @ w[:-1] + w[-1] - rows[:, -1]
    total = (error**2).sum()
    total.backward()
    return total.item(), w.grad, len(rows)


w = np.zeros(FEATURES + 1)
_, of_all, count = part_gradient(w, table.astype(float))
of_all /= count
sizes, errors = [100, 1000, 10_000, 100_000], []
for n in sizes:
    _, found, _ = part_gradient(w, table[rng.choice(ROWS, n, replace=False)].astype(float))
    errors.append(np.linalg.norm(found / n - of_all) / np.linalg.norm(of_all))
    print(f"{n:6} of {ROWS} rows: the gradient is off by {100 * errors[-1]:.1f} %")

# %%
import matplotlib.pyplot as plt

plt.rcParams["font.size"] = 13
figure, axis = plt.subplots(figsize=(9.6, 5.4), layout="constrained")
axis.loglog(sizes, errors, "o", markersize=10, label="random rows")
axis.loglog(sizes, errors[0] * np.sqrt(sizes[0] / np.array(sizes)), "--", label="1 / sqrt(n)")
axis.set(xlabel="rows", ylabel="error of the gradient, relative to its length")
axis.legend()
figure.savefig("lesson_10_sample.png")

# %% [markdown] lang="en"
# ## Shared work
#
# Cut the table into parts, one for each worker. Each adds up the loss and the gradient over its rows; the sums are
# added, and divided by the number of all rows at the end:
#
# $$\nabla L = \frac{1}{N} \sum_k \sum_{i \in \text{part } k} \nabla L_i$$
#
# The parts need not be equally large. What travels between the workers is one gradient, never the data. Here the
# workers are two threads.

# %% [markdown] lang="es"
# ## Trabajo repartido
#
# Dividamos la tabla en partes, una para cada trabajador. Cada uno suma la pérdida y el gradiente de sus filas; esas
# sumas se suman, y al final se dividen por el número total de filas:
#
# $$\nabla L = \frac{1}{N} \sum_k \sum_{i \in \text{parte } k} \nabla L_i$$
#
# Las partes no tienen que ser iguales. Lo que viaja entre los trabajadores es un gradiente, nunca los datos. Aquí los
# trabajadores son dos hilos.


# %%
def rows_of(part, parts):
    """One part of the table, read from the file; the last one is a little smaller."""
    stored = np.load("lesson_10_table.npy", mmap_mode="r")
    size = len(stored) // parts + 1
    return stored[part * size : (part + 1) * size].astype(float)


def add(first, second):
    return tuple(a + b for a, b in zip(first, second))


def by_threads(w, parts=4):
    with ThreadPoolExecutor(2) as workers:
        found = list(workers.map(lambda k: part_gradient(w, rows_of(k, parts)), range(parts)))
    total = found[0]
    for one in found[1:]:
        total = add(total, one)
    return total


loss, gradient, count = by_threads(w)
print("rows:", count, " the same gradient as at once:", np.allclose(gradient / count, of_all))

for _ in range(12):
    loss, gradient, count = by_threads(w)
    w = w - 0.3 * gradient / count
print(f"12 steps of batch descent: loss {loss / count:.4f}, largest error {np.abs(w[:-1] - true_weights).max():.4f}")

# %% [markdown] lang="en"
# ## The same on Apache Spark
#
# Spark spreads the parts over the machines of a cluster. The gradient of each part is taken where the part lies, and
# each step sends the new weights out again. The program stays the same; only *who* does the work changes. Spark can keep
# data in memory from step to step; Hadoop's MapReduce, the older tool, writes and reads the disk in each, which is slow
# for a descent of many steps. This is how models learn from what no single machine holds: all the payments of a bank, to
# find fraud; all the texts of a library, to model language.
#
# `SequentialEstimator` puts a compiled model into Spark's own machine learning. With `strategy="gradient"` each epoch is
# one step with the sum from above. That is a lesson in batch descent, not a speed-up: one machine makes hundreds of small
# steps in the time of one round. `strategy="average"` is the faster way: each worker trains on its part for some epochs, and
# then the weights are averaged.
#
# The cell runs Spark on this machine if `pyspark` and Java are installed.

# %% [markdown] lang="es"
# ## Lo mismo con Apache Spark
#
# Spark reparte las partes entre las máquinas de un clúster. El gradiente de cada parte se calcula allí donde está, y cada
# paso vuelve a enviar los pesos nuevos. El programa es el mismo; solo cambia *quién* hace el trabajo. Spark puede guardar
# los datos en memoria de un paso a otro; MapReduce, de Hadoop, la herramienta más antigua, escribe y lee el disco en cada
# uno, lo que es lento en un descenso de muchos pasos. Así aprenden los modelos de lo que no cabe en una sola máquina: todos
# los pagos de un banco, para encontrar fraudes; todos los textos de una biblioteca, para modelar el lenguaje.
#
# `SequentialEstimator` pone un modelo compilado dentro del aprendizaje automático de Spark. Con `strategy="gradient"` cada
# época es un paso con la suma de arriba. Eso es una lección sobre el descenso por lotes completos, no una aceleración: una
# sola máquina da cientos de pasos pequeños en lo que dura una ronda. `strategy="average"` es el camino más rápido: cada
# trabajador entrena con su parte durante algunas épocas, y luego se promedian los pesos.
#
# La celda ejecuta Spark en esta máquina si están instalados `pyspark` y Java.


# %%
import os
import shutil
import sys

if importlib.util.find_spec("pyspark") and (shutil.which("java") or "JAVA_HOME" in os.environ):
    from pyspark.sql import SparkSession

    from tinygrad_edu.spark import SequentialEstimator

    os.environ["PYSPARK_PYTHON"] = sys.executable  # the workers run this Python
    spark = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").getOrCreate()
    part = np.load("lesson_10_table.npy", mmap_mode="r")[:20_000].astype(float)
    rows = [(row[:-1], row[-1]) for row in part.tolist()]
    rows = spark.createDataFrame(rows, "features array<double>, label double").repartition(4)

    model = keras.Sequential([keras.Input((FEATURES,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.3), "mse")
    together = SequentialEstimator(model, epochs=3, strategy="gradient").fit(rows)
    model.fit(part[:, :-1], part[:, -1], batch_size=len(part), epochs=3, verbose=0)
    pairs = zip(together.model.get_weights(), model.get_weights())
    print("the same weights as here:", all(np.allclose(a, b, atol=1e-5) for a, b in pairs))
    print("rows by worker, over the 3 steps:", together.rows_by_worker)
    apart = SequentialEstimator(model, epochs=2, localEpochs=2, strategy="average").fit(rows)
    print("averaged after 2 epochs apart: loss", round(apart.history["loss"][-1], 4))
    spark.stop()
else:
    print('Spark is not installed here: pip install "tinygrad-edu[spark]", and Java')

# %% [markdown] lang="en"
# ## Recap
#
# - Descent needs one batch at a time: data may stay on the disk.
# - A random part of the data estimates the gradient. How well depends on its size and on how much the samples differ,
#   not on the size of the table.
# - Sums of gradients over parts give the gradient of the whole, on threads as on a cluster.
#
# **Exercises.** 1. Give each part a different size: is the gradient still the same? 2. What goes wrong if each worker
# sends the *mean* over its part, and these are averaged? 3. How many bytes travel in a step with 4 workers, and how
# many if the data travelled?
#
# With a check that says what is wrong, `tinygrad-edu exercises start NAME`: `averaged_gradients`.

# %% [markdown] lang="es"
# ## Resumen
#
# - El descenso necesita un lote cada vez: los datos pueden quedarse en el disco.
# - Una parte de los datos, tomada al azar, estima el gradiente. Su precisión depende de su tamaño y de cuánto difieren
#   las muestras, no del tamaño de la tabla.
# - Las sumas de gradientes de las partes dan el gradiente total, con hilos igual que en un clúster.
#
# **Ejercicios.** 1. Da a cada parte un tamaño distinto: ¿sigue siendo igual el gradiente? 2. ¿Qué sale mal si cada
# trabajador envía la *media* de su parte, y se promedian? 3. ¿Cuántos bytes viajan en un paso con 4 trabajadores, y
# cuántos viajarían si se enviaran los datos?
#
# Con una comprobación que dice qué está mal, `tinygrad-edu exercises start NOMBRE --lang es`: `averaged_gradients`.
