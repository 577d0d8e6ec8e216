# # 1. La pérdida, y cómo reducirla
#
# El *aprendizaje automático* (machine learning) consiste en que un programa encuentre la regla que hay detrás de unos
# ejemplos, en lugar de escribirla nosotros. Los ejemplos de aquí tienen una *característica* $x_1$, un número conocido,
# y un objetivo $y$, el número que se quiere predecir. Un modelo con una sola característica predice con una recta:
#
# $$y' = b + w_1 x_1$$
#
# $b$ es el sesgo y $w_1$ el peso: los dos *parámetros*. Entrenar es buscar los valores con los que las predicciones
# $y'$ se acercan a los objetivos $y$. Cuánto se alejan se resume en un número, la *pérdida*; la función que la calcula
# a partir de los parámetros es la *función de pérdida*, o *función de coste* (en América, *de costo*). En esta lección
# reducimos la pérdida, paso a paso, y vemos cuándo parar. El método es el *descenso de gradiente*, un ciclo que se
# repite:
#
# ```text
# inicio: elegir b y w1
#   1. predecir      y' = b + w1 x1          <----+
#   2. medir         la pérdida                   |
#   3. derivar       el gradiente de la pérdida   |
#   4. actualizar    b y w1 nuevos           -----+
# fin: la pérdida casi no cambia, o se alcanza el número máximo de pasos
# ```

import tinygrad_edu

tinygrad_edu.language("es")

import numpy as np

import tinygrad_edu as tg

rng = np.random.default_rng(0)
x1 = rng.uniform(0, 2, 30)
y = 1 + 2 * x1 + 0.2 * rng.normal(size=30)
print("x1:", x1[:4].round(2), "...")
print("y: ", y[:4].round(2), "...")


# Los 30 puntos están cerca de la recta con $b = 1$ y $w_1 = 2$. El entrenamiento no lo sabe.
#
# ## La función de pérdida: el error al cuadrado
#
# En cada punto se toma la diferencia entre la predicción y el objetivo, se eleva al cuadrado, y se calcula la media de
# todos (el *error cuadrático medio*, MSE):
#
# $$L(b, w_1) = \frac{1}{N} \sum_{i=1}^{N} (b + w_1 x_1^{(i)} - y^{(i)})^2$$
#
# Gracias al cuadrado, todo error cuenta como positivo, y los errores grandes cuentan más. Empezamos en $b = 0$ y con un
# peso un poco mayor que cero, $w_1 = 0.1$.

def loss_of(b, w1):
    prediction = b + w1 * x1
    return ((prediction - y) ** 2).mean()


print(f"b = 0, w1 = 0.1: pérdida {loss_of(0, 0.1):.3f}")
print(f"b = 1, w1 = 2:   pérdida {loss_of(1, 2):.3f}")

# ## El gradiente dice hacia dónde bajar
#
# Las derivadas parciales de la pérdida dicen cómo cambia cuando un parámetro crece un poco:
#
# $$\frac{\partial L}{\partial b} = \frac{2}{N} \sum_i (y'^{(i)} - y^{(i)}), \qquad
# \frac{\partial L}{\partial w_1} = \frac{2}{N} \sum_i (y'^{(i)} - y^{(i)})\, x_1^{(i)}$$
#
# Juntas son el *gradiente*, que apunta hacia donde la pérdida crece más deprisa. Con cualquier número de parámetros es
# el vector de todas las derivadas parciales,
#
# $$\nabla f(x) = \left( \frac{\partial f}{\partial x_1}, \frac{\partial f}{\partial x_2}, \ldots,
# \frac{\partial f}{\partial x_n} \right)$$
#
# Sin él solo podríamos cambiar los parámetros al azar y confiar en la suerte. Un `Tensor` lo calcula por nosotros:
# anota las operaciones que se hacen con él, y `backward()` las recorre en orden inverso. Compáralo con las fórmulas, y
# con lo que se puede medir: se cambia un parámetro en un $h$ pequeño hacia los dos lados, y se mira cuánto cambia la
# pérdida.

b = tg.Tensor(0.0, requires_grad=True, name="b")
w1 = tg.Tensor(0.1, requires_grad=True, name="w1")
loss = loss_of(b, w1)
loss.backward()

error = 0.0 + 0.1 * x1 - y
print(f"backward:  dL/db = {b.grad:.4f}   dL/dw1 = {w1.grad:.4f}")
print(f"a mano:    dL/db = {2 * error.mean():.4f}   dL/dw1 = {2 * (error * x1).mean():.4f}")

h = 1e-4
of_b = (loss_of(0 + h, 0.1) - loss_of(0 - h, 0.1)) / (2 * h)
of_w1 = (loss_of(0, 0.1 + h) - loss_of(0, 0.1 - h)) / (2 * h)
print(f"medido:    dL/db = {of_b:.4f}   dL/dw1 = {of_w1:.4f}")

# Las dos son negativas: la pérdida baja cuando $b$ y $w_1$ crecen. El cálculo se puede dibujar, con el valor y el
# gradiente en cada nodo.

drawing = tg.viz.draw(loss)
drawing.save("lesson_01_graph.svg")
drawing

# ## Un paso, y otro
#
# Un paso del descenso de gradiente va en sentido contrario al gradiente, y la *tasa de aprendizaje* (learning rate)
# $\alpha$ dice cuánto se avanza:
#
# $$b \leftarrow b - \alpha \frac{\partial L}{\partial b}, \qquad
# w_1 \leftarrow w_1 - \alpha \frac{\partial L}{\partial w_1}$$
#
# o, con todos los parámetros en un vector $\theta$ y la pérdida escrita $J$, $\theta \leftarrow \theta - \alpha \nabla
# J(\theta)$. Después se predice, se mide y se da otro paso. Cuando un paso ya casi no cambia la pérdida, el modelo ha
# *convergido*. Por si no llega a hacerlo, hay también un número máximo de pasos. La tasa de aprendizaje y el número de
# pasos son *hiperparámetros*: los elegimos antes de entrenar, y el entrenamiento no los cambia; los parámetros, sí.

learning_rate = 0.1
losses = []
for step in range(1000):
    b.grad = w1.grad = None
    loss = loss_of(b, w1)
    loss.backward()
    losses.append(loss.item())
    if step in (0, 1, 2, 5, 10, 50):
        print(f"{step:4}   b = {b.data:.4f}   w1 = {w1.data:.4f}   pérdida = {losses[-1]:.5f}")
    if step > 0 and losses[-2] - losses[-1] < 1e-6:
        break
    b.data -= learning_rate * b.grad
    w1.data -= learning_rate * w1.grad
print(f"{step:4}   b = {b.data:.4f}   w1 = {w1.data:.4f}   pérdida = {losses[-1]:.5f}")

# `b.grad = None` borra el gradiente del paso anterior: `backward()` suma a lo que ya hay.
#
# El resultado está cerca de la recta que en estadística se llama *de mínimos cuadrados*, que para un modelo tan
# sencillo se calcula de una vez. Una *red neuronal* es un modelo mayor, hecho de capas de muchas sumas ponderadas como
# esta, con una curva después de cada una (lecciones 5 y 6). Para ella no existe tal fórmula, y solo tenemos los pasos.

slope, intercept = np.polyfit(x1, y, 1)
print(f"mínimos cuadrados: b = {intercept:.4f}   w1 = {slope:.4f}")


# ## El tazón
#
# Dejemos $b = 1$ y miremos solo $w_1$: la pérdida es una curva en forma de tazón. `minimize` guarda cada punto del
# camino, y `plot_path` lo dibuja. Los pasos se acortan solos, porque la pendiente también lo hace.

def loss_of_w1(w1):
    return loss_of(1.0, w1)


path = tg.optim.minimize(loss_of_w1, 0.1, tg.optim.SGD(learning_rate), steps=20)
figure = tg.viz.plot_path(loss_of_w1, path)
figure.savefig("lesson_01_curve.png")

# Con los dos parámetros es un tazón visto desde arriba. En la regresión lineal con el error cuadrático medio siempre lo
# es: la pérdida es *convexa*, tiene un único mínimo, y con pasos lo bastante pequeños se llega a él desde cualquier
# punto de partida.

path = tg.optim.minimize(loss_of, [0.0, 0.1], tg.optim.SGD(learning_rate), steps=1000, tolerance=1e-6)
figure = tg.viz.plot_path(loss_of, path, names=("b", "w1"))
figure.savefig("lesson_01_bowl.png")

# ## Un paso demasiado largo
#
# Con una tasa de aprendizaje demasiado grande, cada paso cae más arriba al otro lado del tazón, y la pérdida crece sin
# fin: el descenso *diverge*. Con una demasiado pequeña, tarda una eternidad.

for rate in (0.001, 0.01, 0.1, 0.3, 0.5):
    way = tg.optim.minimize(loss_of, [0.0, 0.1], tg.optim.SGD(rate), steps=20)
    print(f"tasa de aprendizaje {rate:5}: pérdida tras 20 pasos {way.values[-1]:12.5f}")

# ## Resumen
#
# - La función de pérdida da un número, la pérdida, que dice cuánto se alejan las predicciones de los objetivos.
# - El gradiente apunta hacia donde crece más deprisa; un paso del descenso de gradiente va en sentido contrario, tanto
#   como dice la tasa de aprendizaje.
# - En la regresión lineal la pérdida es un tazón: con pasos lo bastante pequeños siempre se llega al mínimo.
# - Se repite hasta que la pérdida casi no cambia: el modelo ha convergido.
#
# Las palabras de todas las lecciones están en el [glosario](https://github.com/tinygrad-edu/tinygrad_edu/blob/main/docs/glossary.es.md).
#
# **Ejercicios.** 1. Empieza en $b = 3, w_1 = -1$: ¿se llega al mismo sitio? 2. Busca la tasa de aprendizaje más
# grande que todavía converge. 3. Usa como pérdida la media de $|y' - y|$: ¿en qué cambian los últimos pasos, y por
# qué?
#
# Con una comprobación que dice qué está mal, `tinygrad-edu exercises start NOMBRE --lang es`: `numeric_derivative`,
# `descent_step`, `linear_regression`, `convergence`.
