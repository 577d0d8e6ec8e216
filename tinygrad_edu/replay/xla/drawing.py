"""The random numbers of many steps: drawn on the host, or, where they would be very many, on the device.

On the host they are those of the flat program, in its order. The device has a generator of its own, which begins at
a number that the generator of the host gives: a seed repeats those too.
"""

import numpy as np

from ...common import random


def by_host(jax, nodes, count, capacity):
    """The values of Nodes of random numbers for `count` steps, in arrays for `capacity` of them."""
    drawn = [np.zeros((capacity, *node.shape), node.dtype) for node in nodes]
    for i in range(count if nodes else 0):
        for array, node in zip(drawn, nodes):
            array[i] = node.function()
    return drawn


def by_device(jax, nodes, count, capacity):
    """The same, drawn on the device."""
    drawn = []
    for node in nodes:
        method, _, _, own = node.function.alike
        generator = random.generator() if own is None else own
        key = jax.random.key(int(generator.integers(2**31)))
        drawn.append(_METHODS[method](jax.random)(key, (capacity, *node.shape), node.dtype))
    return drawn


_METHODS = {"random": lambda jax_random: jax_random.uniform, "standard_normal": lambda jax_random: jax_random.normal}


def known(nodes):
    """True if the device can draw all of these: with the methods of NumPy's generators that the layers use."""
    return all(_is_plain(*node.function.alike) for node in nodes)


def _is_plain(method, arguments, options, own):
    return method in _METHODS and len(arguments) == 1 and not options.keys() - {"dtype"}
