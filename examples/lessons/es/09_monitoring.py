# # 9. Vigilar un entrenamiento
#
# La última cifra de un entrenamiento dice cómo acabó, no cómo fue. Las curvas lo muestran: si la pérdida sigue bajando,
# si la de validación ha empezado a subir, si los gradientes llegan a la primera capa. En esta lección las leemos, y las
# enviamos a TensorBoard.

import tinygrad_edu

tinygrad_edu.language("es")

import numpy as np

import tinygrad_edu as tg
from tinygrad_edu import keras

(x_train, y_train), (x_test, y_test) = keras.datasets.digits.load_data()
x_train, x_test = x_train.reshape(-1, 64) / 16, x_test.reshape(-1, 64) / 16
print(x_train.shape, "imágenes de 8 × 8 píxeles como filas; clases", np.unique(y_train))


def digits_model(activation="relu", depth=2, optimizer="adam"):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((64,))])
    for k in range(depth):
        model.add(keras.layers.Dense(32, activation=activation, name=f"oculta_{k + 1}"))
    model.add(keras.layers.Dense(10, activation="softmax", name="salida"))
    model.compile(optimizer=optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


# ## El historial
#
# `fit` devuelve las cifras de cada época. Las líneas continuas son los datos de entrenamiento, las discontinuas los
# de validación. Las cifras de entrenamiento son medias de una época en la que los pesos aún cambiaban; por eso al
# principio pueden parecer peores que las de validación.

model = digits_model()
history = model.fit(x_train, y_train, epochs=30, validation_split=0.2, verbose=0)
figure = tg.viz.plot_history(history)
figure.savefig("lesson_09_history.png")
print("la mejor pérdida de validación, en la época", int(np.argmin(history.history["val_loss"])) + 1)

# | qué hacen las curvas | qué significa | qué ayuda |
# |---|---|---|
# | las dos pérdidas siguen bajando | falta entrenamiento | más épocas, una tasa mayor |
# | la de entrenamiento baja, la de validación sube | sobreajuste | lección 8 |
# | las dos se quedan altas | el modelo es pequeño, o la tasa no es buena | más unidades, otra tasa |
# | la pérdida da saltos | la tasa es demasiado grande | una tasa menor, lotes mayores |
# | la pérdida se vuelve `nan` | el descenso divergió | una tasa mucho menor, datos normalizados |
#
# En el último caso `TerminateOnNaN` para, y dice dónde.

# ## ¿Llegan los gradientes?
#
# La pendiente de la sigmoide es como mucho $1/4$. Al volver atrás por muchas capas sigmoides se multiplican muchos
# factores así, y a las primeras capas no les llega casi nada: el *gradiente que se desvanece*. ReLU tiene pendiente 1
# donde está activa. `GradientRecorder` anota la longitud del gradiente de cada capa mientras el modelo entrena.

for activation in ("sigmoid", "relu"):
    recorder = tg.nn.callbacks.GradientRecorder()
    deep = digits_model(activation, depth=6)
    deep.fit(x_train, y_train, epochs=5, verbose=0, callbacks=[recorder])
    norms = {name: values[0] for name, values in recorder.history["gradient"].items() if name.endswith("kernel")}
    print(activation, {name: float(f"{norm:.2g}") for name, norm in norms.items()})
    figure = tg.viz.plot_gradients(recorder, figures=("gradient",))
    figure.savefig(f"lesson_09_gradients_{activation}.png")

# ## ¿Qué aprendió, y dónde se equivoca?
#
# La matriz de confusión cuenta, para cada clase verdadera, qué se predijo. La diagonal son los aciertos; lo demás
# muestra qué dígitos se confunden con cuáles.

loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
print(f"exactitud en la prueba {accuracy:.3f}")
figure = tg.viz.confusion(model, x_test, y_test)
figure.savefig("lesson_09_confusion.png")

# ## TensorBoard
#
# TensorBoard muestra lo mismo en vivo, en el navegador, mientras dura un entrenamiento largo. El callback escribe, el
# programa muestra: `tensorboard --logdir lesson_09_logs`, o en un cuaderno `%load_ext tensorboard` y `%tensorboard
# --logdir lesson_09_logs`.

import importlib.util

if importlib.util.find_spec("tensorboard"):
    board = keras.callbacks.TensorBoard("lesson_09_logs", histogram_freq=1)
    digits_model().fit(x_train, y_train, epochs=5, validation_split=0.2, verbose=0, callbacks=[board])
    print("escrito: tensorboard --logdir lesson_09_logs")
else:
    print('TensorBoard no está instalado: pip install "tinygrad-edu[tensorboard]"')

# ## Un informe para entregar
#
# `report` lo reúne todo en una página que no necesita conexión: curvas, grafo, gradientes, confusión, y el programa del
# paso de entrenamiento.

path = tg.viz.report(model, history, "lesson_09_report.html", x=x_test, y=y_test)
print("abre", path)

# ## Resumen
#
# - Mira las dos pérdidas, la de entrenamiento y la de validación, en todo entrenamiento.
# - Si los gradientes se encogen de capa en capa, las primeras capas no aprenden nada.
# - TensorBoard para entrenamientos largos, un informe para entregar.
#
# **Ejercicios.** 1. Elige una tasa con la que la pérdida se vuelva `nan`, y párala con `TerminateOnNaN`. 2. ¿Qué dos
# dígitos se confunden más? Mira algunas de esas imágenes. 3. En seis capas ReLU, ¿con cuál se conservan mejor los
# gradientes, con `glorot_uniform` o con `he_normal`?
#
# Con una comprobación que dice qué está mal, `tinygrad-edu exercises start NOMBRE --lang es`: `convergence`.
