# refused: only_change
import numpy as np


def lookup(table, ids):
    return table[ids]


def one_hot(ids, count):
    return np.eye(count)[ids]


def lookup_rule(g, table, ids):
    result = np.zeros_like(table)
    np.add.at(result, ids, g)
    return result


def step(table, ids, g, learning_rate):
    return -learning_rate * lookup_rule(g, table, ids)
