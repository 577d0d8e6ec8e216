# # 6. Una red con Keras
#
# Keras es la manera más conocida de construir redes neuronales en Python: *construir* el modelo con capas, *compilarlo*
# con un optimizador y una función de pérdida, *ajustarlo* a los datos (`fit`) y *evaluarlo* con datos que no ha visto.
# `tinygrad_edu.keras` tiene los mismos nombres, valores por defecto y números; para ejecutar un programa en el propio
# Keras, basta cambiar el import. (Los datos de aquí son nuestros: Keras tiene otros.)

import tinygrad_edu

tinygrad_edu.language("es")

from tinygrad_edu import keras

(x_train, y_train), (x_test, y_test) = keras.datasets.breast_cancer.load_data()
print("entrenamiento:", x_train.shape, y_train.shape, "  prueba:", x_test.shape, y_test.shape)
print("maligno (0):", (y_train == 0).sum(), "  benigno (1):", (y_train == 1).sum())

# Los datos son reales: 30 medidas de núcleos de células, y si el tumor era maligno o benigno. Los datos de prueba se
# apartan: lo que cuenta es si el modelo acierta con pacientes con los que no se ha entrenado.
#
# ## Primero, mirar los datos
#
# ¿Qué características distinguen las clases? Una primera respuesta es la *correlación* de cada una con la clase, y una
# imagen de la mejor y de la peor. Con pandas, `pandas.DataFrame(x_train, columns=names).describe()` muestra cada
# columna. Las columnas tienen los nombres ingleses del archivo de datos: *mean* es la media, *worst* la peor y *error* el
# error típico de una medida; *concave points* son los puntos cóncavos, *texture* la textura, *symmetry* la simetría.

import matplotlib.pyplot as plt
import numpy as np

import tinygrad_edu as tg

names = tg.datasets.breast_cancer().feature_names
correlation = np.array([np.corrcoef(column, y_train)[0, 1] for column in x_train.T])
order = np.argsort(-np.abs(correlation))
for k in (*order[:3], *order[-3:]):
    print(f"{names[k]:24} correlación con la clase {correlation[k]:6.3f}")

plt.rcParams["font.size"] = 13
figure, axes = plt.subplots(1, 2, figsize=(12.8, 4.8), layout="constrained")
for axis, k in zip(axes, (order[0], order[-1])):
    edges = np.histogram_bin_edges(x_train[:, k], 20)
    axis.hist(x_train[y_train == 0, k], edges, alpha=0.6, color="#D55E00", label="maligno")
    axis.hist(x_train[y_train == 1, k], edges, alpha=0.6, color="#0072B2", hatch="//", label="benigno")
    axis.set(xlabel=names[k], ylabel="pacientes")
axes[0].legend()
figure.savefig("lesson_06_features.png")


# ¿Importa qué características se eligen? Una sola unidad con sigmoide, entrenada con las tres mejores columnas, y con
# las tres peores:

def accuracy_with(columns):
    keras.utils.set_random_seed(0)
    scale = keras.layers.Normalization()
    scale.adapt(x_train[:, columns])
    small = keras.Sequential([keras.Input((len(columns),)), scale, keras.layers.Dense(1, activation="sigmoid")])
    small.compile(optimizer=keras.optimizers.SGD(0.1), loss="binary_crossentropy", metrics=["accuracy"])
    small.fit(x_train[:, columns], y_train, epochs=40, batch_size=32, verbose=0)
    return small.evaluate(x_test[:, columns], y_test, verbose=0)[1]


print(f"las tres mejores: exactitud en la prueba {accuracy_with(order[:3]):.3f}   las tres peores: {accuracy_with(order[-3:]):.3f}")
print(f"decir siempre «benigno»: {(y_test == 1).mean():.3f}")

# ## Construir
#
# Una capa `Dense` calcula $\mathrm{activación}(x W + b)$. Su *función de activación* curva la recta: en la capa oculta
# ReLU, $\max(0, z)$; en la última la sigmoide, $1 / (1 + e^{-z})$, que da una probabilidad. Sin función de activación
# entre ellas, dos capas no serían más que una. Cada columna de $W$ es una *unidad*, o neurona. Los pesos empiezan
# siendo números pequeños al azar: si fueran todos iguales, todas las unidades recibirían el mismo gradiente y seguirían
# iguales para siempre. Con `set_random_seed` los números al azar son los mismos cada vez.

keras.utils.set_random_seed(0)
normalization = keras.layers.Normalization()
normalization.adapt(x_train)

model = keras.Sequential(
    [
        keras.Input((30,)),
        normalization,
        keras.layers.Dense(16, activation="relu"),
        keras.layers.Dense(1, activation="sigmoid"),
    ]
)
model.summary()

# Los 513 parámetros entrenables: $30 \cdot 16 + 16$ en la capa oculta, $16 \cdot 1 + 1$ en la última. `Normalization`
# ha aprendido la media y la varianza de cada columna con los datos de entrenamiento.
#
# ## Compilar
#
# La función de pérdida para una probabilidad $p$ y un objetivo $y$ de 0 o 1 es la *entropía cruzada binaria*,
#
# $$L = -\frac{1}{N} \sum_i \left[ y_i \log p_i + (1 - y_i) \log (1 - p_i) \right]$$
#
# que castiga mucho los errores cometidos con seguridad. El optimizador Adam adapta el paso de cada parámetro (lección
# 7). Las métricas solo se miran: el descenso no las usa.

model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])

# ## Ajustar
#
# 20 épocas de lotes de 32. Una quinta parte de los datos de entrenamiento se reserva para *validar*: después de cada
# época, la pérdida en esos datos muestra si el modelo sigue aprendiendo algo general.

history = model.fit(x_train, y_train, epochs=20, batch_size=32, validation_split=0.2, verbose=0)
for epoch in (0, 4, 9, 19):
    figures = {name: round(values[epoch], 4) for name, values in history.history.items()}
    print(f"época {epoch + 1:2}", figures)

figure = tg.viz.plot_history(history)
figure.savefig("lesson_06_history.png")

# ## Evaluar y predecir
#
# `evaluate` da la pérdida y las métricas, `predict` las propias probabilidades. Con un umbral de 0.5 se convierten en
# clases.

loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
probabilities = model.predict(x_test, verbose=0).ravel()
print(f"en la prueba: pérdida {loss:.4f}, exactitud {accuracy:.4f}")
print("las cinco primeras:", probabilities[:5].round(3), "clases verdaderas:", y_test[:5].ravel())

wrong = ((probabilities > 0.5) != y_test.ravel()).nonzero()[0]
print("fallos:", len(wrong), "de", len(y_test), "| sus probabilidades:", probabilities[wrong].round(3))

# ## Qué hace fit
#
# No hay ningún secreto. Este bucle da la misma clase de pasos con las piezas de las lecciones 2 y 5: predecir, medir,
# volver atrás, actualizar. Solo cambia el orden de las muestras, así que la pérdida es casi la de arriba.

keras.utils.set_random_seed(0)
normalization = keras.layers.Normalization()
normalization.adapt(x_train)
by_hand = keras.Sequential(
    [
        keras.Input((30,)),
        normalization,
        keras.layers.Dense(16, activation="relu"),
        keras.layers.Dense(1, activation="sigmoid"),
    ]
)
crossentropy = keras.losses.BinaryCrossentropy()
optimizer = tg.optim.Adam(parameters=by_hand.trainable_weights)
first = 364  # los cuatro quintos con los que entrenó fit
for _ in range(20):
    total = 0.0
    for x, y in tg.data.batches((x_train[:first].astype("float32"), y_train[:first].reshape(-1, 1)), 32):
        optimizer.zero_grad()
        loss = crossentropy(y, by_hand(x, training=True))
        loss.backward()
        optimizer.step()
        total += loss.item() * len(x)
print(f"pérdida de la última época: {total / first:.4f}   con fit: {history.history['loss'][-1]:.4f}")

# `fit` va un paso más allá: escribe el paso entero como un programa plano de NumPy y ejecuta ese. Se puede leer. Este
# es para el último lote de una época, de 12 filas; aquí está su camino de vuelta, de la pérdida a los pesos.

program = model.training_program.source
print(program[program.index("        # backward") : program.index("        # update")])

# ## El programa de muchos cursos
#
# En los cursos el modelo se construye a menudo con `add`, y se dice a la primera capa cuántas características entran
# (`input_dim=30`, o `input_shape=(30,)`). Es lo mismo. Aquí con los hiperparámetros habituales: 64 unidades, Adam con
# una tasa de aprendizaje de 0.001, 10 épocas, lotes de 32.

from tinygrad_edu.keras.layers import Dense
from tinygrad_edu.keras.models import Sequential
from tinygrad_edu.keras.optimizers import Adam

mean, deviation = x_train.mean(axis=0), x_train.std(axis=0)
keras.utils.set_random_seed(0)
model = Sequential()
model.add(Dense(units=64, activation="relu", input_dim=30))
model.add(Dense(units=1, activation="sigmoid"))
model.compile(optimizer=Adam(learning_rate=0.001), loss="binary_crossentropy", metrics=["accuracy"])
model.fit((x_train - mean) / deviation, y_train, epochs=10, batch_size=32, verbose=0)
loss, accuracy = model.evaluate((x_test - mean) / deviation, y_test, verbose=0)
print(f"en la prueba: pérdida {loss:.4f}, exactitud {accuracy:.4f}")

# ## Resumen
#
# - Mirar los datos; luego construir, compilar, ajustar, evaluar: las cuatro palabras de todo programa de Keras.
# - Aparta unos datos de prueba, y otros de validación para vigilar el entrenamiento.
# - Detrás de `fit` está el bucle de las lecciones anteriores.
#
# **Ejercicios.** 1. Entrena sin `Normalization`: ¿qué le pasa a la pérdida en las primeras épocas? 2. Prueba sin
# capa oculta, y luego con 4 y 64 unidades ocultas. 3. En el último programa cambia `tinygrad_edu.keras` por `keras`, si
# lo tienes, y compara las cifras.
#
# Con una comprobación que dice qué está mal, `tinygrad-edu exercises start NOMBRE --lang es`: `dense`,
# `sigmoid_crossentropy`, `softmax`, `two_layers`.
