# %% [markdown] lang="en"
# # 5. Backpropagation and graphs
#
# A neural network is a long chain of simple steps: multiply by weights, add, and bend the sum with an *activation
# function*, a curve such as $\tanh$. Each step has a derivative that fits in a line. *Backpropagation* is the chain
# rule applied to all of them, from the end to the beginning, so that one pass gives the derivatives for every parameter
# at once.

# %% [markdown] lang="es"
# # 5. Retropropagación y grafos
#
# Una red neuronal es una larga cadena de pasos sencillos: multiplicar por los pesos, sumar, y curvar la suma con una
# *función de activación*, como $\tanh$. Cada paso tiene una derivada que cabe en un renglón. La *retropropagación* es
# la regla de la cadena aplicada a todos ellos, del final al principio, de modo que una sola pasada da las derivadas
# para todos los parámetros a la vez.

# %%
import numpy as np

import tinygrad_edu as tg

x = tg.Tensor(2.0, requires_grad=True, name="x")
w = tg.Tensor(-1.5, requires_grad=True, name="w")
z = w * x
z.name = "z"
out = np.tanh(z)
print("out:", out.item())

# %% [markdown] lang="en"
# While computing, the Tensors noted what was done: `out` knows its op and its inputs, `z` knows its own, and so on
# back to the *leaves* `w` and `x`. That is the computation graph.

# %% [markdown] lang="es"
# Durante el cálculo, los Tensores han anotado cada operación: `out` conoce su operación y sus entradas, `z` las suyas,
# y así hasta las *hojas* `w` y `x`. Eso es el grafo de cálculo.

# %%
print("inputs of z:", [t.name for t in z.inputs])
print(z.op)
print(out.op)

# %%
drawing = tg.viz.draw(out)
drawing.save("lesson_05_graph.svg")
drawing

# %% [markdown] lang="en"
# ## The chain rule, by hand
#
# Start at the end with $\partial\, out / \partial\, out = 1$ and go back. Each step multiplies the gradient that
# comes in by its own local derivative:
#
# $$\frac{\partial\, out}{\partial z} = 1 - \tanh^2 z, \qquad
# \frac{\partial\, out}{\partial w} = \frac{\partial\, out}{\partial z} \cdot x, \qquad
# \frac{\partial\, out}{\partial x} = \frac{\partial\, out}{\partial z} \cdot w$$

# %% [markdown] lang="es"
# ## La regla de la cadena, a mano
#
# Se empieza por el final, con $\partial\, out / \partial\, out = 1$, y se va hacia atrás. Cada paso multiplica el
# gradiente que le llega por su propia derivada local:
#
# $$\frac{\partial\, out}{\partial z} = 1 - \tanh^2 z, \qquad
# \frac{\partial\, out}{\partial w} = \frac{\partial\, out}{\partial z} \cdot x, \qquad
# \frac{\partial\, out}{\partial x} = \frac{\partial\, out}{\partial z} \cdot w$$

# %%
of_z = 1 - np.tanh(-3.0) ** 2
print(f"by hand:   for w {of_z * 2.0:.6f}   for x {of_z * -1.5:.6f}")
out.backward()
print(f"backward:  for w {w.grad:.6f}   for x {x.grad:.6f}")

# %% [markdown] lang="en"
# `film` shows the whole way back, one op a picture, with these numbers. It plays here, and the page that it saves
# needs no network.

# %% [markdown] lang="es"
# `film` muestra todo el camino de vuelta, una operación por imagen, con estos números. Se reproduce aquí, y la página
# que guarda no necesita conexión.

# %%
film = tg.viz.film(out)
film.save("lesson_05_film.html")
film

# %% [markdown] lang="en"
# ## A value used twice
#
# When a value goes into two steps, it changes the result in two ways, and both count: its gradient is the *sum*. That
# is why the order matters. In `b = a + a; c = b + b` the gradient of `b` must be complete before it is passed on to
# `a`; so the nodes are put in *topological order*, in which each comes after its inputs, and that order is walked in
# reverse: when a node's turn comes, everything that uses it has passed its gradient on.

# %% [markdown] lang="es"
# ## Un valor usado dos veces
#
# Cuando un valor entra en dos pasos, influye en el resultado por dos caminos, y los dos cuentan: su gradiente es la
# *suma*. Por eso importa el orden. En `b = a + a; c = b + b` el gradiente de `b` tiene que estar completo antes de
# pasarlo a `a`; así que los nodos se ponen en *orden topológico*, en el que cada uno va después de sus entradas, y ese
# orden se recorre al revés: cuando le toca a un nodo, todo lo que lo usa ya le ha pasado su gradiente.

# %%
a = tg.Tensor(3.0, requires_grad=True, name="a")
b = a + a
c = b + b
c.backward()
print("dc/da =", a.grad, "(c is 4 a)")

# %% [markdown] lang="en"
# Here is the whole of it in a few lines: an order, and a dictionary of gradients to which each op adds. The order
# `naive` puts `c` before its input `b`: in reverse, `b` passes its gradient on too early, and what comes later is lost.
# With `c` above every order from the end would do; with one more use of `b` it matters.

# %% [markdown] lang="es"
# Aquí está todo en unas líneas: un orden, y un diccionario de gradientes en el que suma cada operación. El orden
# `naive` pone `c` antes de su entrada `b`: al revés, `b` pasa su gradiente demasiado pronto, y se pierde lo que llega
# después. Con la `c` de arriba serviría cualquier orden desde el final; con un uso más de `b` ya importa.


# %%
def topological(output):
    order, seen = [], set()

    def visit(tensor):
        if tensor not in seen:
            seen.add(tensor)
            for inner in tensor.inputs or ():
                visit(inner)
            order.append(tensor)

    visit(output)
    return order  # every node after its inputs


def backpropagate(output, order):
    gradients = {output: 1.0}
    for tensor in reversed(order):
        for inner in tensor.inputs or ():  # every step here is an addition, with local derivative 1
            gradients[inner] = gradients.get(inner, 0.0) + gradients[tensor]
    return gradients


a = tg.Tensor(3.0, requires_grad=True, name="a")
b = a + a
c = b + b
d = c + b
naive = [a, c, b, d]
print("d is 6 a")
print("topological order:   ", backpropagate(d, topological(d))[a])
print("c before its input b:", backpropagate(d, naive)[a])

# %% [markdown] lang="en"
# ## Gradients add up in the leaves
#
# `backward()` adds to `.grad`. Two calls without clearing in between give the sum: useful for adding up batches, and
# the best known mistake in training loops.

# %% [markdown] lang="es"
# ## Los gradientes se acumulan en las hojas
#
# `backward()` suma en `.grad`. Dos llamadas sin borrar entre una y otra dan la suma: es útil para acumular lotes, y el
# error más conocido de los bucles de entrenamiento.

# %%
w = tg.Tensor(1.0, requires_grad=True, name="w")
for k in range(3):
    (w * 2).backward()
    print(f"after call {k + 1}: {w.grad}")
w.grad = None
(w * 2).backward()
print("after clearing:", w.grad)

# %% [markdown] lang="en"
# ## Shapes: matrix product and broadcasting
#
# For $Y = X W + b$ with incoming gradient $G$ (the shape of $Y$) the rules are
#
# $$\frac{\partial L}{\partial W} = X^\top G, \qquad \frac{\partial L}{\partial X} = G\, W^\top, \qquad
# \frac{\partial L}{\partial b} = \sum_{rows} G$$
#
# The last one because $b$ was used once in every row (*broadcast*), and a value used many times gets a sum. A
# gradient always has the shape of its value: a good first check.

# %% [markdown] lang="es"
# ## Formas: producto de matrices y broadcasting
#
# Para $Y = X W + b$ con gradiente entrante $G$ (de la forma de $Y$) las reglas son
#
# $$\frac{\partial L}{\partial W} = X^\top G, \qquad \frac{\partial L}{\partial X} = G\, W^\top, \qquad
# \frac{\partial L}{\partial b} = \sum_{filas} G$$
#
# La última porque $b$ se usó una vez en cada fila (*broadcasting*), y un valor usado muchas veces recibe una suma. Un
# gradiente tiene siempre la forma de su valor: una buena primera comprobación.

# %%
rng = np.random.default_rng(0)
X = tg.Tensor(rng.normal(size=(4, 3)), requires_grad=True, name="X")
W = tg.Tensor(rng.normal(size=(3, 2)), requires_grad=True, name="W")
bias = tg.Tensor(np.zeros(2), requires_grad=True, name="b")
G = rng.normal(size=(4, 2))
(X @ W + bias).backward(G)
print("W:", np.allclose(W.grad, X.data.T @ G), " X:", np.allclose(X.grad, G @ W.data.T), end=" ")
print(" b:", np.allclose(bias.grad, G.sum(axis=0)), " shapes:", X.grad.shape, W.grad.shape, bias.grad.shape)

# %% [markdown] lang="en"
# ## An op of your own
#
# An op is a function and a rule for each argument: from the incoming gradient `g`, the result `out` and the arguments
# to the gradient of that argument. `gradcheck` says whether the rule is right.

# %% [markdown] lang="es"
# ## Una operación propia
#
# Una operación es una función y una regla para cada argumento: del gradiente entrante `g`, el resultado `out` y los
# argumentos, al gradiente de ese argumento. `gradcheck` dice si la regla es correcta.


# %%
@tg.primitive(lambda g, out, x: g * out * (1 - out))
def squash(x):
    return 1 / (1 + np.exp(-x))


@tg.primitive(lambda g, out, x: g * out)
def squash_forgetful(x):
    return 1 / (1 + np.exp(-x))


point = rng.normal(size=5)
print(tg.gradcheck(squash, point))
print(tg.gradcheck(squash_forgetful, point))

# %% [markdown] lang="en"
# ## Recap
#
# - Computing builds a graph; `backward()` walks its topological order in reverse, from the end, with a rule for each
#   op.
# - A value used several times gets the sum of its gradients; so does one that was broadcast.
# - Gradients of leaves add up until they are cleared.
#
# **Exercises.** 1. Draw `d = c + b` and number the nodes in the order in which they are visited. 2. Write the rule of
# $\sqrt{x}$ as an op of your own and check it. 3. What is the gradient of `X` when `Y = X @ W + X @ W`?
#
# With a check that says what is wrong, `tinygrad-edu exercises start NAME`: `topological_order`, `accumulation`,
# `rule_multiply`, `rule_broadcast_add`, `rule_matmul`, `rule_max`, `custom_op`.

# %% [markdown] lang="es"
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
