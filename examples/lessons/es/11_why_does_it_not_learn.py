# # 11. ¿Por qué no aprende?
#
# Un entrenamiento que no aprende no da ningún error. Llega hasta el final, y su pérdida se queda quieta, oscila o se
# vuelve NaN. En esta lección estropeamos un entrenamiento que funciona, una cosa cada vez, miramos la curva de cada
# uno, medimos por dentro y buscamos la causa; después dejamos que la busque `tg.diagnose`.

import tinygrad_edu

tinygrad_edu.language("es")

import warnings

import matplotlib.pyplot as plt
import numpy as np

import tinygrad_edu as tg
from tinygrad_edu import keras
from tinygrad_edu.keras import layers

warnings.simplefilter("ignore")  # fit avisa de algunos de estos errores: aquí los buscamos nosotros
np.seterr(all="ignore")

rings = tg.datasets.circles(n=400, noise=0.06, seed=0)
x, y = rings.x, rings.y


def network(activation="relu", last="sigmoid", hidden=2, **options):
    tg.random.seed(0)
    inside = [layers.Dense(16, activation=activation, **options) for _ in range(hidden)]
    return keras.Sequential([layers.Input((2,)), *inside, layers.Dense(1, activation=last)])


def train(model, x=x, y=y, rate=0.01, epochs=30):
    model.compile(keras.optimizers.Adam(rate), "binary_crossentropy", metrics=["accuracy"])
    return model.fit(x, y, epochs=epochs, verbose=0)


good = train(network())
print(good)

# ## Primera pregunta: ¿ha aprendido?
#
# Compara la pérdida con la de la mejor respuesta *constante*. Con una proporción $p$ de unos, esa respuesta es $p$ en
# cada fila, y su pérdida es la entropía $-p \ln p - (1 - p) \ln(1 - p)$: aquí $\ln 2 = 0.693$. Un entrenamiento que se
# queda ahí no ha aprendido nada de `x`, diga lo que diga la exactitud. Uno que la supera con claridad y sigue está bien,
# sea cual sea su estilo.

p = y.mean()
constant = -p * np.log(p) - (1 - p) * np.log(1 - p)
print(f"respuesta constante {constant:.3f}, este entrenamiento {good.history['loss'][-1]:.4f}")

# ## Seis maneras de estropearlo

spoilt = {
    "softmax sobre una unidad": lambda: train(network(last="softmax")),
    "tasa 0.000002": lambda: train(network(), rate=2e-6),
    "tasa 30": lambda: train(network(), rate=30.0),
    "una columna × 100 000": lambda: train(network(), x=x * [1, 1e5]),
    "todos los pesos 0": lambda: train(network(activation="tanh", kernel_initializer="zeros")),
    "siete sigmoides": lambda: train(network(activation="sigmoid", hidden=7)),
}
histories = {name: spoil() for name, spoil in spoilt.items()}

figure, axes = plt.subplots(2, 3, figsize=(13, 6), sharex=True)
for axis, (name, history) in zip(axes.flat, histories.items()):
    axis.plot(good.history["loss"], color="0.7", label="como era")
    axis.plot(history.history["loss"], label=name)
    axis.axhline(constant, color="black", linestyle=":", linewidth=1)
    axis.set_title(f"{name}: {history.history['accuracy'][-1]:.0%}")
    axis.set_yscale("symlog", linthresh=1)
figure.savefig("lesson_11_curves.png", dpi=150)

# Casi todas se parecen: una curva cerca de la línea de puntos. La curva dice *que* no aprende, pocas veces *por qué*.
# Para eso hay que mirar dentro.
#
# ## Mira dentro
#
# 1. **Las salidas.** Softmax divide por la suma sobre las unidades. Con una sola unidad es $e^z / e^z = 1$, sea `x` lo
#    que sea.
# 2. **Las primeras sumas.** Lo que calcula la primera capa antes de su función de activación debería tener un tamaño
#    cercano a 1. Una columna de 100 000 lo hace de muchos miles: unas pocas unidades ganan, y las demás no cuentan.
# 3. **Los pasos.** ¿Cuánto mueve una época los pesos, $\|\Delta w\| / \|w\|$? Una millonésima no es nada; cien veces es
#    demasiado.
# 4. **Los gradientes.** Una sigmoide multiplica el gradiente como mucho por $1/4$. Tras siete, a la primera capa no le
#    llega casi nada.
# 5. **Las unidades.** Las que empiezan con pesos iguales reciben gradientes iguales, y siguen iguales: 16 unidades que
#    valen por una.

model = network(last="softmax")
print("salidas:", np.unique(model.predict(x, verbose=0)))

kernel = network().layers[0].get_weights()[0]
print(f"primeras sumas: tamaño {np.std(x @ kernel):.2f}, con la columna grande {np.std((x * [1, 1e5]) @ kernel):.0f}")

for rate in (2e-6, 0.01, 30.0):
    model = network()
    before = model.get_weights()[0].copy()
    train(model, rate=rate, epochs=1)
    move = np.linalg.norm(model.get_weights()[0] - before) / np.linalg.norm(before)
    print(f"tasa {rate:g}: la primera época mueve el primer kernel {move:.2g} veces su tamaño")

model = network(activation="sigmoid", hidden=7)
model.compile("adam", "binary_crossentropy")
recorder = keras.callbacks.GradientRecorder()
model.fit(x, y, epochs=1, verbose=0, callbacks=[recorder])
norms = {name: values[0] for name, values in recorder.history["gradient"].items() if name.endswith("kernel")}
print("gradientes de la primera capa a la última:", " ".join(f"{norm:.0e}" for norm in norms.values()))

# ## Cambia una cosa, y repite
#
# Una sospecha no es una prueba. La prueba es un entrenamiento en el que *solo* se cambia al sospechoso, desde los mismos
# pesos iniciales: si ahora aprende, era eso. Si cambias tres cosas a la vez y aprende, no sabes cuál.

large = x * [1, 1e5]
standardised = (large - large.mean(axis=0)) / large.std(axis=0)
for name, data, rate in [
    ("tal cual", large, 0.01),
    ("una tasa menor", large, 0.001),
    ("estandarizada", standardised, 0.01),
]:
    history = train(network(), x=data, rate=rate)
    print(f"{name:16} exactitud {history.history['accuracy'][-1]:.2f}")

# ## El doctor
#
# `tg.diagnose(model, x, y, **opciones_de_fit)` hace lo mismo en este orden: mira el modelo y los datos, observa un
# entrenamiento de una copia y, si no vio lo que una red sencilla encuentra en las mismas filas, lo repite con una cosa
# cambiada. Cada hallazgo tiene un tipo, un lugar, su prueba y un remedio, y enlaza a su página en `docs/doctor`. El
# entrenamiento bueno no tiene ninguno.

cases = {
    "como era": (network(), x, 0.01),
    "softmax sobre una unidad": (network(last="softmax"), x, 0.01),
    "tasa 0.000002": (network(), x, 2e-6),
    "tasa 30": (network(), x, 30.0),
    "una columna × 100 000": (network(), large, 0.01),
    "todos los pesos 0": (network(activation="tanh", kernel_initializer="zeros"), x, 0.01),
    "siete sigmoides": (network(activation="sigmoid", hidden=7), x, 0.01),
}
for name, (model, data, rate) in cases.items():
    model.compile(keras.optimizers.Adam(rate), "binary_crossentropy", metrics=["accuracy"])
    findings = tg.diagnose(model, data, y, epochs=30)
    print(f"{name:24}", [f"{finding.kind} en {finding.place}" for finding in findings])

print(findings)

# ## Resumen
#
# - Pregunta primero si ha aprendido: compara con la mejor respuesta constante.
# - Las causas van antes que los síntomas: los datos grandes antes que las unidades saturadas, una tasa grande antes que
#   las muertas.
# - Cambia una cosa, desde los mismos pesos iniciales, y repite.
# - `tg.diagnose` nombra lo que ha medido; `callbacks=[tg.doctor.Doctor()]` vigila un entrenamiento mientras corre.
#
# **Ejercicios.** 1. Estropea el entrenamiento de una séptima manera, como etiquetas −1 y 1, o `validation_split` con
# filas ordenadas: ¿lo encuentra el doctor? 2. ¿Cuáles de las seis mostraría también una red más pequeña? 3. Busca un
# entrenamiento sano al que el doctor acuse, y di por qué lo hace.
#
# Seis entrenamientos para reparar, con una comprobación que los entrena,
# `tinygrad-edu exercises start NOMBRE --lang es`: `repair_output`, `repair_loss`, `repair_inputs`, `repair_rate`,
# `repair_labels`, `repair_loop`.
