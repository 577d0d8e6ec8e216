# # 10. Datos más grandes que la memoria, y más de una máquina
#
# El descenso de gradiente solo necesita un lote cada vez, así que los datos no tienen que caber en la memoria. Y el
# gradiente de una media es la media de los gradientes, así que el trabajo se puede repartir: cada trabajador (worker)
# calcula el gradiente en su parte de los datos, y la media ponderada de todos es el gradiente total. En esta lección
# hacemos las dos cosas, y la segunda también con Apache Spark.

import tinygrad_edu

tinygrad_edu.language("es")

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
print(f"un archivo de {table.nbytes / 1e6:.0f} MB, escrito en trozos de {20_000 * (FEATURES + 1) * 4 / 1e6:.1f} MB")


# ## Un lote cada vez
#
# `np.load(..., mmap_mode="r")` abre el archivo sin leerlo: las filas vienen del disco cuando se piden. Un `PyDataset`
# dice cuántos lotes hay y da cada uno por su número; `fit` lo acepta igual que acepta arrays. La misma clase leería un
# archivo de 100 GB.

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
print(f"una época de {ROWS // 500} lotes: pérdida {history.history['loss'][-1]:.4f} (solo el ruido es 0.09)")
print("mayor error de un peso:", np.abs(model.layers[0].kernel.numpy()[:, 0] - true_weights).max().round(4))


# ## A menudo basta una muestra
#
# En la lección 4 se vio que un lote de $n$ muestras estima el gradiente con un error de alrededor de $\sigma / \sqrt
# n$. Así que una parte al azar de una tabla muy grande puede decir todo lo que hace falta para un paso, o incluso
# para todo un entrenamiento.

def part_gradient(w, rows):
    """La suma de los errores al cuadrado en unas filas, su gradiente respecto a w, y cuántas filas hay."""
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
    print(f"{n:6} de {ROWS} filas: el gradiente se aparta un {100 * errors[-1]:.1f} %")

import matplotlib.pyplot as plt

plt.rcParams["font.size"] = 13
figure, axis = plt.subplots(figsize=(9.6, 5.4), layout="constrained")
axis.loglog(sizes, errors, "o", markersize=10, label="filas al azar")
axis.loglog(sizes, errors[0] * np.sqrt(sizes[0] / np.array(sizes)), "--", label="1 / raíz(n)")
axis.set(xlabel="filas", ylabel="error del gradiente, relativo a su longitud")
axis.legend()
figure.savefig("lesson_10_sample.png")


# ## Trabajo repartido
#
# Dividamos la tabla en partes, una para cada trabajador. Cada uno suma la pérdida y el gradiente de sus filas; esas
# sumas se suman, y al final se dividen por el número total de filas:
#
# $$\nabla L = \frac{1}{N} \sum_k \sum_{i \in \text{parte } k} \nabla L_i$$
#
# Las partes no tienen que ser iguales. Lo que viaja entre los trabajadores es un gradiente, nunca los datos. Aquí los
# trabajadores son dos hilos.

def rows_of(part, parts):
    """Una parte de la tabla, leída del archivo; la última es un poco menor."""
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
print("filas:", count, " el mismo gradiente que de una vez:", np.allclose(gradient / count, of_all))

for _ in range(12):
    loss, gradient, count = by_threads(w)
    w = w - 0.3 * gradient / count
print(f"12 pasos de descenso batch: pérdida {loss / count:.4f}, mayor error {np.abs(w[:-1] - true_weights).max():.4f}")

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

import os
import shutil
import sys

if importlib.util.find_spec("pyspark") and (shutil.which("java") or "JAVA_HOME" in os.environ):
    from pyspark.sql import SparkSession

    from tinygrad_edu.spark import SequentialEstimator

    os.environ["PYSPARK_PYTHON"] = sys.executable  # los trabajadores usan este Python
    spark = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").getOrCreate()
    part = np.load("lesson_10_table.npy", mmap_mode="r")[:20_000].astype(float)
    rows = [(row[:-1], row[-1]) for row in part.tolist()]
    rows = spark.createDataFrame(rows, "features array<double>, label double").repartition(4)

    model = keras.Sequential([keras.Input((FEATURES,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.3), "mse")
    together = SequentialEstimator(model, epochs=3, strategy="gradient").fit(rows)
    model.fit(part[:, :-1], part[:, -1], batch_size=len(part), epochs=3, verbose=0)
    pairs = zip(together.model.get_weights(), model.get_weights())
    print("los mismos pesos que aquí:", all(np.allclose(a, b, atol=1e-5) for a, b in pairs))
    print("filas por trabajador, en los 3 pasos:", together.rows_by_worker)
    apart = SequentialEstimator(model, epochs=2, localEpochs=2, strategy="average").fit(rows)
    print("promediado tras 2 épocas por separado: pérdida", round(apart.history["loss"][-1], 4))
    spark.stop()
else:
    print('Spark no está instalado aquí: pip install "tinygrad-edu[spark]", y Java')

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
