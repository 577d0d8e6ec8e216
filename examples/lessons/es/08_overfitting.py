# # 8. Normalización, regularización, sobreajuste
#
# Dos cosas deciden si un descenso acaba bien: que las características tengan escalas parecidas, y que el modelo aprenda
# la regla que hay en los datos en lugar de aprenderse los datos de memoria.

import tinygrad_edu

tinygrad_edu.language("es")

import matplotlib.pyplot as plt
import numpy as np

from tinygrad_edu import keras

(x_train, y_train), (x_test, y_test) = keras.datasets.breast_cancer.load_data()
print("medias de columna menor y mayor:", x_train.mean(axis=0).min().round(4), x_train.mean(axis=0).max().round(1))


# ## Escalas
#
# La pérdida sobre dos pesos es un tazón; su curvatura en la dirección de un peso crece con el cuadrado de la escala de
# la característica. Con columnas cerca de 0.004 y otras cerca de 900, el tazón es un barranco: la tasa de aprendizaje
# tiene que ser diminuta para la dirección empinada, y entonces apenas se avanza por las planas. *Estandarizar* cada
# columna,
#
# $$x' = \frac{x - \mu}{\sigma},$$
#
# hace el tazón más redondo: más o menos igual de empinado en la dirección de cada peso. No es del todo redondo, porque
# las características están correlacionadas, y algunas combinaciones de pesos siguen siendo más planas que otras. La
# media y la desviación típica se calculan solo con los datos de entrenamiento: los de prueba no se deben ver.

def classifier(layers, rate=0.1, epochs=40):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((30,)), *layers, keras.layers.Dense(1, activation="sigmoid")])
    model.compile(optimizer=keras.optimizers.SGD(rate), loss="binary_crossentropy", metrics=["accuracy"])
    return model, model.fit(x_train, y_train, epochs=epochs, batch_size=32, verbose=0)


normalization = keras.layers.Normalization()
normalization.adapt(x_train)
for name, layers, rate in [
    ("tal cual, tasa 0.1", [], 0.1),
    ("tal cual, tasa 1e-3", [], 1e-3),
    ("tal cual, tasa 1e-6", [], 1e-6),
    ("estandarizada, tasa 0.1", [normalization], 0.1),
]:
    model, history = classifier(layers, rate)
    loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
    print(f"{name:24} pérdida de entrenamiento {history.history['loss'][-1]:8.4f}   exactitud en la prueba {accuracy:.3f}")

# Tal como están, la pérdida sigue siendo mucho mayor, sea cual sea la tasa.
#
# ## Aprender de memoria
#
# Veamos ahora un problema pequeño, que se puede dibujar: 12 puntos de un seno con ruido, y una red con muchos más
# parámetros que puntos. Si se entrena lo bastante, pasa por todos los puntos, ruido incluido. Eso es el *sobreajuste*
# (overfitting): la pérdida de entrenamiento no deja de bajar, mientras que la pérdida en otros datos, la de
# *validación*, llega a un mínimo y vuelve a subir.

rng = np.random.default_rng(3)
x = np.linspace(-1, 1, 12)[:, None]
y = np.sin(3 * x) + 0.3 * rng.normal(size=x.shape)
x_other = rng.uniform(-1, 1, size=(200, 1))
y_other = np.sin(3 * x_other) + 0.3 * rng.normal(size=x_other.shape)


def network(epochs=1500, regularizer=None, rate=0.0, callbacks=()):
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((1,))])
    for _ in range(2):
        model.add(keras.layers.Dense(64, activation="tanh", kernel_regularizer=regularizer))
        if rate:
            model.add(keras.layers.Dropout(rate))
    model.add(keras.layers.Dense(1))
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="mse", metrics=["mse"])
    history = model.fit(
        x, y, epochs=epochs, batch_size=12, validation_data=(x_other, y_other), verbose=0, callbacks=list(callbacks)
    )
    return model, history.history


free, free_history = network()
best = int(np.argmin(free_history["val_mse"]))
print(f"época {best + 1:4}: entrenamiento {free_history['mse'][best]:.4f}  validación {free_history['val_mse'][best]:.4f}")
print(f"época 1500: entrenamiento {free_history['mse'][-1]:.4f}  validación {free_history['val_mse'][-1]:.4f}")

# ## Cuatro remedios
#
# - **Parada temprana** (early stopping): conservar los pesos de la época en que la pérdida de validación fue menor.
# - **L2** suma $\lambda \sum w^2$ a la pérdida. Su gradiente es $2 \lambda w$: cada paso tira de todos los pesos hacia
#   cero, y solo quedan grandes los que los datos necesitan.
# - **L1** suma $\lambda \sum |w|$; tira de los pesos pequeños tanto como de los grandes, y muchos acaban casi en cero.
# - **Dropout** apaga unidades al azar en cada paso de entrenamiento, para que ninguna dependa demasiado de otra.

stop = keras.callbacks.EarlyStopping(monitor="val_mse", patience=100, restore_best_weights=True)
models = {
    "nada": free,
    "parada temprana": network(callbacks=[stop])[0],
    "L2 0.003": network(regularizer=keras.regularizers.L2(0.003))[0],
    "L1 0.003": network(regularizer=keras.regularizers.L1(0.003))[0],
    "dropout 0.2": network(rate=0.2)[0],
}
for name, model in models.items():
    weights = model.layers[2 if name.startswith("dropout") else 1].kernel.numpy()
    on_training, on_others = (model.evaluate(a, b, verbose=0)[1] for a, b in ((x, y), (x_other, y_other)))
    print(f"{name:15} entrenamiento {on_training:.4f}   otros {on_others:.4f}   media de |w| {np.abs(weights).mean():.4f}")

grid = np.linspace(-1, 1, 200)[:, None]
plt.rcParams["font.size"] = 13
figure, axes = plt.subplots(1, 3, figsize=(12.8, 4.8), sharey=True, layout="constrained")
for axis, name in zip(axes, ("nada", "parada temprana", "L2 0.003")):
    axis.plot(grid, np.sin(3 * grid), color="0.6", linestyle="--", label="sen 3x")
    axis.plot(x, y, "o", color="black", label="datos de entrenamiento")
    axis.plot(grid, models[name].predict(grid, verbose=0), color="#D55E00", linewidth=2, label="red")
    axis.set(title=name, xlabel="x")
axes[0].set_ylabel("y")
axes[0].legend(fontsize=11)
figure.savefig("lesson_08_overfitting.png")

# ## Resumen
#
# - Estandariza las características, con cifras tomadas solo de los datos de entrenamiento.
# - Vigila la pérdida de validación: cuando empieza a subir, hay sobreajuste: el modelo aprende de memoria.
# - La parada temprana, L1, L2 y dropout empeoran un poco la pérdida de entrenamiento a cambio de una menor en otros
#   datos.
#
# **Ejercicios.** 1. Entrena con 100 puntos y no con 12: ¿sigue habiendo sobreajuste? 2. Sube poco a poco la fuerza de
# L2: ¿cuándo se vuelve la curva demasiado rígida (*subajuste*)? 3. Pon `BatchNormalization` en el lugar de
# `Normalization` en el clasificador: ¿va igual de bien?
#
# Con una comprobación que dice qué está mal, `tinygrad-edu exercises start NOMBRE --lang es`: `l1_l2`,
# `normalisation`, `dropout`.
