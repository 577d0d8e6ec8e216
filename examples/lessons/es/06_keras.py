# # 6. Una red con Keras
#
# Keras es la manera más conocida de hacer redes en Python: *construir* el modelo con capas, *compilarlo* con un
# optimizador y una pérdida, *ajustarlo* a los datos (`fit`) y *evaluarlo* con datos que no ha visto.
# `tinygrad_edu.keras` tiene los mismos nombres, valores por defecto y números; para ejecutar un programa en el propio
# Keras, basta cambiar el import.

from tinygrad_edu import keras

(x_train, y_train), (x_test, y_test) = keras.datasets.breast_cancer.load_data()
print("training:", x_train.shape, y_train.shape, "  test:", x_test.shape, y_test.shape)
print("share of class 1:", y_train.mean().round(3))

# Los datos son reales: 30 medidas de núcleos de células, y si el tumor era maligno o benigno. La parte de prueba se
# aparta: lo que cuenta es cómo le va al modelo con pacientes con los que no se entrenó.
#
# ## Construir
#
# Una capa `Dense` calcula $\mathrm{activación}(x W + b)$. La capa oculta dobla la recta con ReLU, $\max(0, z)$; la
# última da una probabilidad con la sigmoide, $1 / (1 + e^{-z})$. Sin doblar, dos capas no serían más que una.

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
# La pérdida para una probabilidad $p$ y un objetivo $y$ de 0 o 1 es la *entropía cruzada binaria*,
#
# $$L = -\frac{1}{N} \sum_i \left[ y_i \log p_i + (1 - y_i) \log (1 - p_i) \right]$$
#
# que castiga mucho equivocarse con seguridad. El optimizador Adam adapta el paso de cada parámetro (lección 7). Las
# métricas solo se miran: nada desciende por ellas.

model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])

# ## Ajustar
#
# 20 épocas de lotes de 32. Una quinta parte de los datos de entrenamiento se guarda para *validar*: después de cada
# época la pérdida en ella muestra si el modelo aún aprende algo general.

history = model.fit(x_train, y_train, epochs=20, batch_size=32, validation_split=0.2, verbose=0)
for epoch in (0, 4, 9, 19):
    figures = {name: round(values[epoch], 4) for name, values in history.history.items()}
    print(f"epoch {epoch + 1:2}", figures)

import tinygrad_edu as tg

picture = tg.viz.plot_history(history)
figure = getattr(picture, "figure", picture)
figure.savefig("lesson_06_history.png")

# ## Evaluar y predecir
#
# `evaluate` da la pérdida y las métricas, `predict` las propias probabilidades. Con un umbral de 0.5 se hacen clases.

loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
probabilities = model.predict(x_test, verbose=0).ravel()
print(f"test loss {loss:.4f}, accuracy {accuracy:.4f}")
print("first five:", probabilities[:5].round(3), "true classes:", y_test[:5].ravel())

wrong = ((probabilities > 0.5) != y_test.ravel()).nonzero()[0]
print("wrong:", len(wrong), "of", len(y_test), "| their probabilities:", probabilities[wrong].round(3))

# ## Qué hace fit
#
# No hay ningún secreto. Este bucle da los mismos pasos con las piezas de las lecciones 2 y 5: predecir, medir, volver
# atrás, actualizar.

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
for _ in range(20):
    total = 0.0
    for x, y in tg.data.batches((x_train.astype("float32"), y_train.reshape(-1, 1)), 32):
        optimizer.zero_grad()
        loss = crossentropy(y, by_hand(x, training=True))
        loss.backward()
        optimizer.step()
        total += loss.item() * len(x)
print(f"loss of the last epoch: {total / len(x_train):.4f}")

# `fit` va un paso más allá: escribe el paso entero como un programa plano de NumPy y ejecuta ese. Se puede leer:

print(model.training_program.source)

# ## Resumen
#
# - Construir, compilar, ajustar, evaluar: las cuatro palabras de todo programa de Keras.
# - Aparta unos datos de prueba, y otros de validación para vigilar el entrenamiento.
# - Detrás de `fit` está el bucle de las lecciones anteriores.
#
# **Ejercicios.** 1. Entrena sin `Normalization`: ¿qué le pasa a la pérdida en las primeras épocas? 2. Prueba con 0,
# 4, 64 unidades ocultas. 3. Cambia `tinygrad_edu.keras` por Keras, si lo tienes, y compara las cifras.
#
# Con una comprobación que dice qué está mal, `tinygrad-edu exercises start NOMBRE --lang es`: `dense`,
# `sigmoid_crossentropy`, `softmax`, `two_layers`.
