# # 3. Momentum
#
# El descenso de gradiente simple solo mira la pendiente que tiene bajo los pies. En un valle largo y estrecho va de
# pared a pared y apenas avanza por el fondo. El *momentum* (también se dice *momento* o *impulso*) tiene memoria:
# guarda un promedio ponderado de los gradientes pasados, de modo que los vaivenes se cancelan y aquello en lo que
# coinciden todos los pasos se acumula, como en una bola que rueda.
#
# Empezamos con una parábola, en la que se puede seguir cada número:
#
# $$f(x) = \frac{x^2}{6}, \qquad f'(x) = \frac{x}{3}$$

import tinygrad_edu

tinygrad_edu.language("es")

import numpy as np

import tinygrad_edu as tg


def f(x):
    return x**2 / 6


slope = tg.grad(f)
print("    x     f(x)   grad(f)(x)   x / 3")
for x in (-3.0, 1.0, 6.0):
    print(f"{x:5.1f} {f(x):8.4f} {slope(x):12.4f} {x / 3:7.4f}")

# ## Comprueba la derivada antes de bajar
#
# Es fácil equivocarse al escribir una derivada a mano. Supongamos que alguien escribe $x^2/6$, la propia función.
# `gradcheck` compara un gradiente con el *numérico*, $\big(f(x+h) - f(x-h)\big) / 2h$, y dice dónde no coinciden.
# Comprueba en varios puntos: en uno solo, cualquier derivada incorrecta parece un simple factor incorrecto.

points = np.array([-3.0, 1.0, 6.0])
print(tg.gradcheck(lambda x: f(x).sum(), points, gradient=lambda x: x / 3))
print(tg.gradcheck(lambda x: f(x).sum(), points, gradient=lambda x: x**2 / 6))

# ## Dos maneras de escribirlo
#
# Con gradiente $g_t$, tasa de aprendizaje $\alpha$ y momentum $\beta$ (a menudo 0.9), la *bola pesada* es
#
# $$v_t = \beta v_{t-1} + g_t, \qquad x_t = x_{t-1} - \alpha v_t$$
#
# y la *forma promediada*, una media de los gradientes con pesos exponenciales,
#
# $$v_t = \beta v_{t-1} + (1 - \beta)\, g_t, \qquad x_t = x_{t-1} - \alpha v_t$$
#
# Son el mismo método: la segunda tiene una velocidad $1 - \beta$ veces la primera, así que con la tasa $\alpha / (1 -
# \beta)$ da los mismos pasos. Aquí se escriben las dos a mano, y se comparan con los optimizadores de la biblioteca.

rate, beta = 0.1, 0.8


def by_hand(x, steps, share, rate):
    points, v = [x], 0.0
    for _ in range(steps):
        v = beta * v + share * (x / 3)
        x = x - rate * v
        points.append(x)
    return np.array(points)


heavy = by_hand(6.0, 40, 1, rate)
averaged = by_hand(6.0, 40, 1 - beta, rate)
with_longer_rate = by_hand(6.0, 40, 1 - beta, rate / (1 - beta))

paths = {
    "simple": tg.optim.minimize(f, 6.0, tg.optim.SGD(rate), steps=40),
    "momentum": tg.optim.minimize(f, 6.0, tg.optim.Momentum(rate, beta), steps=40),
    "promediado": tg.optim.minimize(f, 6.0, tg.optim.Momentum(rate, beta, dampening=beta), steps=40),
}
print("paso   simple  momentum promediado")
for k in (0, 1, 2, 5, 10, 20, 40):
    print(f"{k:4}", *(f"{path.points[k]:9.4f}" for path in paths.values()))
print("a mano, bola pesada:     ", np.allclose(heavy, paths["momentum"].points))
print("a mano, promediado:      ", np.allclose(averaged, paths["promediado"].points))
print("promediado, con tasa mayor, es la bola pesada:", np.allclose(with_longer_rate, heavy))

import matplotlib.pyplot as plt

plt.rcParams["font.size"] = 13
figure, (left, right) = plt.subplots(1, 2, figsize=(12.8, 5.4), layout="constrained")
tg.viz.plot_path(f, paths["momentum"], ax=left)
for (name, way), style in zip(paths.items(), ["-", "-.", "--"]):
    right.plot([float(x) for x in way.points], style, linewidth=2, label=name)
right.axhline(0, color="0.6", linewidth=1)
right.set(xlabel="paso", ylabel="x")
right.legend()
figure.savefig("lesson_03_parabola.png")

# El momentum es más rápido que el descenso simple, y pasa rodando un poco más allá del mínimo antes de quedarse quieto.
# La forma promediada, con la misma tasa, da pasos como los del descenso simple.
#
# ## Un valle estrecho
#
# Una *regresión múltiple* predice una variable (la respuesta) a partir de varias características (los predictores); los
# pesos dicen cuánto cuenta cada una. Si las escalas de las características son distintas, el tazón de la pérdida es un
# valle estrecho: empinado en la dirección de un peso, casi plano en la de otro. La tasa de aprendizaje tiene que
# adaptarse a la dirección empinada, y entonces el descenso simple se arrastra por la plana. Los datos son sintéticos,
# con pesos 1 y 5. Cambia las tasas y el momentum, y vuelve a mirar.

rng = np.random.default_rng(2)
features = rng.normal(size=(200, 2)) * [2.0, 0.3]
target = features @ [1.0, 5.0] + 0.2 * rng.normal(size=200)


def valley(w1, w2):
    return ((w1 * features[:, 0] + w2 * features[:, 1] - target) ** 2).mean()


start = [-1.5, 0.0]
ways = {
    "simple": tg.optim.minimize(valley, start, tg.optim.SGD(0.23), steps=60),
    "momentum": tg.optim.minimize(valley, start, tg.optim.Momentum(0.06, 0.8), steps=60),
    "Nesterov": tg.optim.minimize(valley, start, tg.optim.Nesterov(0.06, 0.8), steps=60),
}
for name, way in ways.items():
    print(f"{name:10} w1 = {way.x[0]:7.4f}  w2 = {way.x[1]:7.4f}  pérdida = {way.values[-1]:.5f}")

figure = tg.viz.plot_path(valley, ways, names=("w1", "w2"))
figure.savefig("lesson_03_valley.png")


# La variante de *Nesterov* calcula el gradiente un poco más adelante, allí adonde la velocidad está a punto de llevar
# el punto, y así frena antes de la pared y no después.
#
# ## Por encima de una loma
#
# Los tazones tienen un único mínimo. La función de pérdida de una red neuronal no es *convexa*: tiene hoyos, y el
# descenso simple se queda en el primero que encuentra, un *mínimo local*. Una bola que llega con velocidad puede pasar
# rodando por encima de la loma. Puede, pero no siempre lo hace: con un momentum de 0.8 esta se queda.

def hollows(x):
    return 0.05 * x**4 - 0.5 * x**2 + 0.25 * x


balls = {
    "simple": tg.optim.minimize(hollows, 4.0, tg.optim.SGD(0.05), steps=100),
    "momentum 0.8": tg.optim.minimize(hollows, 4.0, tg.optim.Momentum(0.05, 0.8), steps=100),
    "momentum 0.9": tg.optim.minimize(hollows, 4.0, tg.optim.Momentum(0.05, 0.9), steps=100),
}
for name, way in balls.items():
    print(f"{name:13} acaba en x = {float(way.x):7.4f}, f(x) = {way.values[-1]:7.4f}")
figure = tg.viz.plot_path(hollows, {name: balls[name] for name in ("simple", "momentum 0.9")})
figure.axes[0].set_ylim(-2.5, 7)
figure.savefig("lesson_03_hollows.png")

# ## En Keras
#
# Allí el momentum es un argumento de `SGD`. Su velocidad ya contiene la tasa de aprendizaje, $v_t = \beta v_{t-1} -
# \alpha g_t$ y $x_t = x_{t-1} + v_t$: otra vez la bola pesada, mientras la tasa no cambie.

from tinygrad_edu import keras

for momentum in (0.0, 0.8):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile(optimizer=keras.optimizers.SGD(0.02, momentum=momentum), loss="mse")
    history = model.fit(features, target, epochs=15, batch_size=50, verbose=0)
    losses = [round(history.history["loss"][k], 4) for k in (4, 9, 14)]
    print(f"momentum {momentum}: pérdida tras 5, 10, 15 épocas {losses}")

# ## Resumen
#
# - El momentum avanza según un promedio ponderado de los gradientes pasados: los vaivenes se cancelan, el avance se
#   suma, y una bola con velocidad puede salir de un mínimo local.
# - La bola pesada y la forma promediada se distinguen en un factor $1 - \beta$ de la tasa de aprendizaje, y en nada
#   más.
# - Comprueba una derivada hecha a mano con la numérica antes de fiarte de ella.
#
# **Ejercicios.** 1. ¿Con qué $\beta$ deja la bola de pasarse del mínimo en la parábola? 2. En el valle, dibuja la
# pérdida en función del paso para $\beta$ = 0, 0.5, 0.9, 0.99. 3. Escribe a mano la forma de Nesterov y compárala con
# `tg.optim.Nesterov`.
#
# Con una comprobación que dice qué está mal, `tinygrad-edu exercises start NOMBRE --lang es`: `parabola`, `momentum`,
# `nesterov`.
