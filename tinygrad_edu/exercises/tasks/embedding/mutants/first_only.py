# refused: first_only
import numpy as np


def lookup(table, ids):
    return table[ids]


def one_hot(ids, count):
    return np.eye(count)[ids]


def lookup_rule(g, table, ids):
    result = np.zeros_like(table)
    flat = np.ravel(ids)
    result[flat[::-1]] = g.reshape(-1, table.shape[1])[::-1]
    return result


def step(table, ids, g, learning_rate):
    return table - learning_rate * lookup_rule(g, table, ids)
