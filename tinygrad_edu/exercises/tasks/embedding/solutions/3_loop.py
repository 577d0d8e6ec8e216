import numpy as np


def lookup(table, ids):
    return np.array([table[i] for i in np.ravel(ids)]).reshape(*np.shape(ids), -1)


def one_hot(ids, count):
    result = np.zeros((*np.shape(ids), count))
    for index in np.ndindex(np.shape(ids)):
        result[index][np.asarray(ids)[index]] = 1
    return result


def lookup_rule(g, table, ids):
    result = 0 * table
    for index in np.ndindex(np.shape(ids)):
        result[np.asarray(ids)[index]] += g[index]
    return result


def step(table, ids, g, learning_rate):
    table = table.copy()
    for i, one in zip(np.ravel(ids), g.reshape(-1, table.shape[1])):
        table[i] -= learning_rate * one
    return table
