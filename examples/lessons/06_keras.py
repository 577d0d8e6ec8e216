# %% [markdown] lang="en"
# # 6. A network with Keras
#
# Keras is the best known way to build neural networks in Python: *build* the model from layers, *compile* it with an
# optimizer and a loss, *fit* it to data, *evaluate* it on data it has not seen. `tinygrad_edu.keras` has the same
# names, defaults and numbers; to run a script in Keras itself, change the import. (The data here are ours: Keras has
# other data sets.)

# %% [markdown] lang="es"
# # 6. Una red con Keras
#
# Keras es la manera más conocida de construir redes neuronales en Python: *construir* el modelo con capas, *compilarlo*
# con un optimizador y una función de pérdida, *ajustarlo* a los datos (`fit`) y *evaluarlo* con datos que no ha visto.
# `tinygrad_edu.keras` tiene los mismos nombres, valores por defecto y números; para ejecutar un programa en el propio
# Keras, basta cambiar el import. (Los datos de aquí son nuestros: Keras tiene otros.)

# %%
from tinygrad_edu import keras

(x_train, y_train), (x_test, y_test) = keras.datasets.breast_cancer.load_data()
print("training:", x_train.shape, y_train.shape, "  test:", x_test.shape, y_test.shape)
print("malignant (0):", (y_train == 0).sum(), "  benign (1):", (y_train == 1).sum())

# %% [markdown] lang="en"
# The data are real: 30 measurements of cell nuclei, and whether the tumour was malignant or benign. The test part is
# put aside: what counts is how well the model does on patients it was not trained on.
#
# ## Look at the data first
#
# Which features tell the classes apart? A first answer is the *correlation* of each with the class, and a picture of
# the best and the worst. With pandas, `pandas.DataFrame(x_train, columns=names).describe()` shows every column.

# %% [markdown] lang="es"
# Los datos son reales: 30 medidas de núcleos de células, y si el tumor era maligno o benigno. Los datos de prueba se
# apartan: lo que cuenta es si el modelo acierta con pacientes con los que no se ha entrenado.
#
# ## Primero, mirar los datos
#
# ¿Qué características distinguen las clases? Una primera respuesta es la *correlación* de cada una con la clase, y una
# imagen de la mejor y de la peor. Con pandas, `pandas.DataFrame(x_train, columns=names).describe()` muestra cada
# columna. Las columnas tienen los nombres ingleses del archivo de datos: *mean* es la media, *worst* la peor y *error* el
# error típico de una medida; *concave points* son los puntos cóncavos, *texture* la textura, *symmetry* la simetría.

# %%
import matplotlib.pyplot as plt
import numpy as np

import tinygrad_edu as tg

names = tg.datasets.breast_cancer().feature_names
correlation = np.array([np.corrcoef(column, y_train)[0, 1] for column in x_train.T])
order = np.argsort(-np.abs(correlation))
for k in (*order[:3], *order[-3:]):
    print(f"{names[k]:24} correlation with the class {correlation[k]:6.3f}")

plt.rcParams["font.size"] = 13
figure, axes = plt.subplots(1, 2, figsize=(12.8, 4.8), layout="constrained")
for axis, k in zip(axes, (order[0], order[-1])):
    edges = np.histogram_bin_edges(x_train[:, k], 20)
    axis.hist(x_train[y_train == 0, k], edges, alpha=0.6, color="#D55E00", label="malignant")
    axis.hist(x_train[y_train == 1, k], edges, alpha=0.6, color="#0072B2", hatch="//", label="benign")
    axis.set(xlabel=names[k], ylabel="patients")
axes[0].legend()
figure.savefig("lesson_06_features.png")

# %% [markdown] lang="en"
# Does the choice of features matter? One unit with a sigmoid, trained on the three best columns, and on the three
# worst:

# %% [markdown] lang="es"
# ¿Importa qué características se eligen? Una sola unidad con sigmoide, entrenada con las tres mejores columnas, y con
# las tres peores:


# %%
def accuracy_with(columns):
    keras.utils.set_random_seed(0)
    scale = keras.layers.Normalization()
    scale.adapt(x_train[:, columns])
    small = keras.Sequential([keras.Input((len(columns),)), scale, keras.layers.Dense(1, activation="sigmoid")])
    small.compile(optimizer=keras.optimizers.SGD(0.1), loss="binary_crossentropy", metrics=["accuracy"])
    small.fit(x_train[:, columns], y_train, epochs=40, batch_size=32, verbose=0)
    return small.evaluate(x_test[:, columns], y_test, verbose=0)[1]


print(f"three best: test accuracy {accuracy_with(order[:3]):.3f}   three worst: {accuracy_with(order[-3:]):.3f}")
print(f"always saying «benign»: {(y_test == 1).mean():.3f}")

# %% [markdown] lang="en"
# ## Build
#
# A `Dense` layer computes $\mathrm{activation}(x W + b)$. Its *activation function* bends the line: in the hidden layer
# ReLU, $\max(0, z)$; in the last one the sigmoid, $1 / (1 + e^{-z})$, which gives a probability. Without an activation
# function between them, two layers would be no more than one. Each column of $W$ is one *unit*, or neuron. The weights
# start as small random numbers: if they were all equal, all units would get the same gradient and stay equal for ever.
# `set_random_seed` makes them the same each time.

# %% [markdown] lang="es"
# ## Construir
#
# Una capa `Dense` calcula $\mathrm{activación}(x W + b)$. Su *función de activación* curva la recta: en la capa oculta
# ReLU, $\max(0, z)$; en la última la sigmoide, $1 / (1 + e^{-z})$, que da una probabilidad. Sin función de activación
# entre ellas, dos capas no serían más que una. Cada columna de $W$ es una *unidad*, o neurona. Los pesos empiezan
# siendo números pequeños al azar: si fueran todos iguales, todas las unidades recibirían el mismo gradiente y seguirían
# iguales para siempre. Con `set_random_seed` los números al azar son los mismos cada vez.

# %%
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

# %% [markdown] lang="en"
# The 513 trainable parameters: $30 \cdot 16 + 16$ in the hidden layer, $16 \cdot 1 + 1$ in the last. `Normalization`
# has learned the mean and the variance of each column from the training data.
#
# ## Compile
#
# The loss function for a probability $p$ and a target $y$ of 0 or 1 is the *binary crossentropy*,
#
# $$L = -\frac{1}{N} \sum_i \left[ y_i \log p_i + (1 - y_i) \log (1 - p_i) \right]$$
#
# which punishes a confident mistake hard. The optimizer Adam adapts the step for each parameter (lesson 7). Metrics
# are only looked at: nothing descends on them.

# %% [markdown] lang="es"
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

# %%
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])

# %% [markdown] lang="en"
# ## Fit
#
# 20 epochs of mini-batches of 32. A fifth of the training data is kept for *validation*: after each epoch the loss on
# it shows whether the model still learns something general.

# %% [markdown] lang="es"
# ## Ajustar
#
# 20 épocas de lotes de 32. Una quinta parte de los datos de entrenamiento se reserva para *validar*: después de cada
# época, la pérdida en esos datos muestra si el modelo sigue aprendiendo algo general.

# %%
history = model.fit(x_train, y_train, epochs=20, batch_size=32, validation_split=0.2, verbose=0)
for epoch in (0, 4, 9, 19):
    figures = {name: round(values[epoch], 4) for name, values in history.history.items()}
    print(f"epoch {epoch + 1:2}", figures)

# %%
figure = tg.viz.plot_history(history)
figure.savefig("lesson_06_history.png")

# %% [markdown] lang="en"
# ## Evaluate and predict
#
# `evaluate` gives loss and metrics, `predict` the probabilities themselves. With a threshold of 0.5 they become
# classes.

# %% [markdown] lang="es"
# ## Evaluar y predecir
#
# `evaluate` da la pérdida y las métricas, `predict` las propias probabilidades. Con un umbral de 0.5 se convierten en
# clases.

# %%
loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
probabilities = model.predict(x_test, verbose=0).ravel()
print(f"test loss {loss:.4f}, accuracy {accuracy:.4f}")
print("first five:", probabilities[:5].round(3), "true classes:", y_test[:5].ravel())

wrong = ((probabilities > 0.5) != y_test.ravel()).nonzero()[0]
print("wrong:", len(wrong), "of", len(y_test), "| their probabilities:", probabilities[wrong].round(3))

# %% [markdown] lang="en"
# ## What fit does
#
# There is no secret in it. This loop makes the same kind of steps with the parts of lessons 2 and 5: predict, measure,
# go back, update. Only the order of the samples is another, so the loss is nearly the one above.

# %% [markdown] lang="es"
# ## Qué hace fit
#
# No hay ningún secreto. Este bucle da la misma clase de pasos con las piezas de las lecciones 2 y 5: predecir, medir,
# volver atrás, actualizar. Solo cambia el orden de las muestras, así que la pérdida es casi la de arriba.

# %%
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
first = 364  # the four fifths that fit trained on
for _ in range(20):
    total = 0.0
    for x, y in tg.data.batches((x_train[:first].astype("float32"), y_train[:first].reshape(-1, 1)), 32):
        optimizer.zero_grad()
        loss = crossentropy(y, by_hand(x, training=True))
        loss.backward()
        optimizer.step()
        total += loss.item() * len(x)
print(f"loss of the last epoch: {total / first:.4f}   with fit: {history.history['loss'][-1]:.4f}")

# %% [markdown] lang="en"
# `fit` goes one step further: it writes the whole step down as a flat NumPy program and runs that. It can be read.
# This one is for the last batch of an epoch, of 12 rows; here is its way back, from the loss to the weights.

# %% [markdown] lang="es"
# `fit` va un paso más allá: escribe el paso entero como un programa plano de NumPy y ejecuta ese. Se puede leer. Este
# es para el último lote de una época, de 12 filas; aquí está su camino de vuelta, de la pérdida a los pesos.

# %%
program = model.training_program.source
print(program[program.index("        # backward") : program.index("        # update")])

# %% [markdown] lang="en"
# ## The script of many courses
#
# Courses often build the model with `add`, and tell the first layer how many features come in (`input_dim=30`, or
# `input_shape=(30,)`). It is the same. Here with the usual hyperparameters: 64 units, Adam with a learning rate of
# 0.001, 10 epochs, batches of 32.

# %% [markdown] lang="es"
# ## El programa de muchos cursos
#
# En los cursos el modelo se construye a menudo con `add`, y se dice a la primera capa cuántas características entran
# (`input_dim=30`, o `input_shape=(30,)`). Es lo mismo. Aquí con los hiperparámetros habituales: 64 unidades, Adam con
# una tasa de aprendizaje de 0.001, 10 épocas, lotes de 32.

# %%
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
print(f"test loss {loss:.4f}, accuracy {accuracy:.4f}")

# %% [markdown] lang="en"
# ## Recap
#
# - Look at the data, then build, compile, fit, evaluate: the four words of every Keras script.
# - Keep a test set aside, and a validation set to watch the training with.
# - Behind `fit` is the loop of the earlier lessons.
#
# **Exercises.** 1. Train without `Normalization`: what happens to the loss of the first epochs? 2. Try no
# hidden layer, then 4 and 64 hidden units. 3. In the last script replace `tinygrad_edu.keras` by `keras`, if you have
# it, and compare the figures.
#
# With a check that says what is wrong, `tinygrad-edu exercises start NAME`: `dense`, `sigmoid_crossentropy`,
# `softmax`, `two_layers`.

# %% [markdown] lang="es"
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
