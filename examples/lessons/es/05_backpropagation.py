# # 5. Retropropagación y grafos
#
# Una red neuronal es una larga cadena de pasos sencillos: multiplicar por los pesos, sumar, y curvar la suma con una
# *función de activación*, como $\tanh$. Cada paso tiene una derivada que cabe en un renglón. La *retropropagación* es
# la regla de la cadena aplicada a todos ellos, del final al principio, de modo que una sola pasada da las derivadas
# para todos los parámetros a la vez.

import tinygrad_edu

tinygrad_edu.language("es")

import numpy as np

import tinygrad_edu as tg

x = tg.Tensor(2.0, requires_grad=True, name="x")
w = tg.Tensor(-1.5, requires_grad=True, name="w")
z = w * x
z.name = "z"
out = np.tanh(z)
print("salida:", out.item())

# Durante el cálculo, los Tensores han anotado cada operación: `out` conoce su operación y sus entradas, `z` las suyas,
# y así hasta las *hojas* `w` y `x`. Eso es el grafo de cálculo.

print("entradas de z:", [t.name for t in z.inputs])
print(z.op)
print(out.op)

drawing = tg.viz.draw(out)
drawing.save("lesson_05_graph.svg")
drawing

# ## La regla de la cadena, a mano
#
# Se empieza por el final, con $\partial\, out / \partial\, out = 1$, y se va hacia atrás. Cada paso multiplica el
# gradiente que le llega por su propia derivada local:
#
# $$\frac{\partial\, out}{\partial z} = 1 - \tanh^2 z, \qquad
# \frac{\partial\, out}{\partial w} = \frac{\partial\, out}{\partial z} \cdot x, \qquad
# \frac{\partial\, out}{\partial x} = \frac{\partial\, out}{\partial z} \cdot w$$

of_z = 1 - np.tanh(-3.0) ** 2
print(f"a mano:    para w {of_z * 2.0:.6f}   para x {of_z * -1.5:.6f}")
out.backward()
print(f"backward:  para w {w.grad:.6f}   para x {x.grad:.6f}")

# `film` muestra todo el camino de vuelta, una operación por imagen, con estos números. Se reproduce aquí, y la página
# que guarda no necesita conexión.

film = tg.viz.film(out)
film.save("lesson_05_film.html")
film

# ## Un valor usado dos veces
#
# Cuando un valor entra en dos pasos, influye en el resultado por dos caminos, y los dos cuentan: su gradiente es la
# *suma*. Por eso importa el orden. En `b = a + a; c = b + b` el gradiente de `b` tiene que estar completo antes de
# pasarlo a `a`; así que los nodos se ponen en *orden topológico*, en el que cada uno va después de sus entradas, y ese
# orden se recorre al revés: cuando le toca a un nodo, todo lo que lo usa ya le ha pasado su gradiente.

a = tg.Tensor(3.0, requires_grad=True, name="a")
b = a + a
c = b + b
c.backward()
print("dc/da =", a.grad, "(c es 4 a)")


# Aquí está todo en unas líneas: un orden, y un diccionario de gradientes en el que suma cada operación. El orden
# `naive` pone `c` antes de su entrada `b`: al revés, `b` pasa su gradiente demasiado pronto, y se pierde lo que llega
# después. Con la `c` de arriba serviría cualquier orden desde el final; con un uso más de `b` ya importa.

def topological(output):
    order, seen = [], set()

    def visit(tensor):
        if tensor not in seen:
            seen.add(tensor)
            for inner in tensor.inputs or ():
                visit(inner)
            order.append(tensor)

    visit(output)
    return order  # cada nodo después de sus entradas


def backpropagate(output, order):
    gradients = {output: 1.0}
    for tensor in reversed(order):
        for inner in tensor.inputs or ():  # aquí cada paso es una suma, de derivada local 1
            gradients[inner] = gradients.get(inner, 0.0) + gradients[tensor]
    return gradients


a = tg.Tensor(3.0, requires_grad=True, name="a")
b = a + a
c = b + b
d = c + b
naive = [a, c, b, d]
print("d es 6 a")
print("orden topológico:       ", backpropagate(d, topological(d))[a])
print("c antes de su entrada b:", backpropagate(d, naive)[a])

# ## Los gradientes se acumulan en las hojas
#
# `backward()` suma en `.grad`. Dos llamadas sin borrar entre una y otra dan la suma: es útil para acumular lotes, y el
# error más conocido de los bucles de entrenamiento.

w = tg.Tensor(1.0, requires_grad=True, name="w")
for k in range(3):
    (w * 2).backward()
    print(f"tras la llamada {k + 1}: {w.grad}")
w.grad = None
(w * 2).backward()
print("tras borrarlo:", w.grad)

# ## Formas: producto de matrices y broadcasting
#
# Para $Y = X W + b$ con gradiente entrante $G$ (de la forma de $Y$) las reglas son
#
# $$\frac{\partial L}{\partial W} = X^\top G, \qquad \frac{\partial L}{\partial X} = G\, W^\top, \qquad
# \frac{\partial L}{\partial b} = \sum_{filas} G$$
#
# La última porque $b$ se usó una vez en cada fila (*broadcasting*), y un valor usado muchas veces recibe una suma. Un
# gradiente tiene siempre la forma de su valor: una buena primera comprobación.

rng = np.random.default_rng(0)
X = tg.Tensor(rng.normal(size=(4, 3)), requires_grad=True, name="X")
W = tg.Tensor(rng.normal(size=(3, 2)), requires_grad=True, name="W")
bias = tg.Tensor(np.zeros(2), requires_grad=True, name="b")
G = rng.normal(size=(4, 2))
(X @ W + bias).backward(G)
print("W:", np.allclose(W.grad, X.data.T @ G), " X:", np.allclose(X.grad, G @ W.data.T), end=" ")
print(" b:", np.allclose(bias.grad, G.sum(axis=0)), " formas:", X.grad.shape, W.grad.shape, bias.grad.shape)


# ## Una operación propia
#
# Una operación es una función y una regla para cada argumento: del gradiente entrante `g`, el resultado `out` y los
# argumentos, al gradiente de ese argumento. `gradcheck` dice si la regla es correcta.

@tg.primitive(lambda g, out, x: g * out * (1 - out))
def squash(x):
    return 1 / (1 + np.exp(-x))


@tg.primitive(lambda g, out, x: g * out)
def squash_forgetful(x):
    return 1 / (1 + np.exp(-x))


point = rng.normal(size=5)
print(tg.gradcheck(squash, point))
print(tg.gradcheck(squash_forgetful, point))

# ## Resumen
#
# - Calcular construye un grafo; `backward()` recorre su orden topológico al revés, desde el final, con una regla por
#   operación.
# - Un valor usado varias veces recibe la suma de sus gradientes; también uno al que se aplicó broadcasting.
# - Los gradientes de las hojas se acumulan hasta que se borran.
#
# **Ejercicios.** 1. Dibuja `d = c + b` y numera los nodos en el orden en que se visitan. 2. Escribe la regla de
# $\sqrt{x}$ como operación propia y compruébala. 3. ¿Cuál es el gradiente de `X` si `Y = X @ W + X @ W`?
#
# Con una comprobación que dice qué está mal, `tinygrad-edu exercises start NOMBRE --lang es`: `topological_order`,
# `accumulation`, `rule_multiply`, `rule_broadcast_add`, `rule_matmul`, `rule_max`, `custom_op`.
