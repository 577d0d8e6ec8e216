"""Every example in the documentation of the package is run."""

import doctest
import importlib
import inspect
import pkgutil

import numpy as np
import pytest

import tinygrad_edu as tg

FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


class Finder(doctest.DocTestFinder):
    """Finds the example of an op too: what `@primitive` returns belongs to the module of its function."""

    def _from_module(self, module, thing):
        return super()._from_module(module, inspect.unwrap(thing))


def examples():
    names = [tg.__name__, *(info.name for info in pkgutil.walk_packages(tg.__path__, "tinygrad_edu."))]
    for module in map(importlib.import_module, names):
        for test in Finder(exclude_empty=True).find(module, extraglobs={"np": np, "tg": tg, "Tensor": tg.Tensor}):
            if test.examples:
                yield pytest.param(test, id=test.name)


def run(test):
    """What went wrong in the examples, as text."""
    report = []
    doctest.DocTestRunner(optionflags=FLAGS, verbose=False).run(test, out=report.append, clear_globs=False)
    return "".join(report)


@pytest.mark.parametrize("example", list(examples()))
def test_example(example):
    assert run(example) == ""


def test_the_examples_of_ops_are_among_them():
    found = {param.id for param in examples()}
    assert {"tinygrad_edu.ops.arithmetic.multiply", "tinygrad_edu.nn.layers.core.Dense"} <= found


def test_a_wrong_example_is_caught():
    wrong = doctest.DocTestParser().get_doctest(">>> 1 + 1\n3\n", {}, "wrong", None, None)
    assert "Expected:" in run(wrong)
