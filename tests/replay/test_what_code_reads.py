"""Numbers that the user's code reads from Python: changed at any moment, the next step has the new one.

Each kind of place that code can read from stands here once, as a function that gives how to read it and how to change
it; it is read in a layer, in a loss, or it is a setting of a part. Each is changed at four moments, and the training
must go on as op by op.
"""

import argparse
import array
import collections
import configparser
import contextvars
import dataclasses
import functools
import operator
import os
import sys
import threading
import time
import types
import warnings
import weakref

import numpy as np
import pytest
from stories import X, Y, assert_same, network, told, trusted

import tinygrad_edu as tg
from tinygrad_edu.nn import Dense, LambdaCallback, Layer, losses, regularizers
from tinygrad_edu.nn.training import entries as entries_module
from tinygrad_edu.nn.training import programs as programs_module

pytestmark = [
    pytest.mark.usefixtures("double"),
    pytest.mark.filterwarnings("ignore:No gradient"),
]

NEW = 3.0

# -- places to read from ----------------------------------------------------------------------------------------------

K = 1.0
TABLE = {"k": 1.0, "inside": {"ks": [1.0]}}
settings = types.ModuleType("tests_settings")
settings.k, settings.options = 1.0, {"k": 1.0}
settings.helper = eval("lambda: 1.0")
sys.modules["tests_settings"] = settings
VARIABLE = contextvars.ContextVar("k", default=1.0)


def set_global(name, value):
    globals()[name] = value


def helper():
    return K


def helper_of_helpers():
    return [helper() for _ in range(1)][0]


def a_global():
    set_global("K", 1.0)
    return lambda: K, lambda: set_global("K", NEW)


def a_global_of_a_helper():
    set_global("K", 1.0)
    return lambda: helper(), lambda: set_global("K", NEW)


def a_global_of_a_helper_of_a_helper():
    set_global("K", 1.0)
    return lambda: helper_of_helpers(), lambda: set_global("K", NEW)


def a_global_in_a_nested_function():
    set_global("K", 1.0)
    return lambda: (lambda: sum(K for _ in range(1)))(), lambda: set_global("K", NEW)


def globals_by_name():
    set_global("K", 1.0)
    return lambda: globals()["K"], lambda: set_global("K", NEW)


def a_dict():
    TABLE["k"] = 1.0
    return lambda: TABLE["k"], lambda: TABLE.update(k=NEW)


def a_list_in_a_dict_in_a_dict():
    TABLE["inside"]["ks"][0] = 1.0
    return lambda: TABLE["inside"]["ks"][0], lambda: TABLE["inside"]["ks"].__setitem__(0, NEW)


def an_entry_that_comes():
    TABLE.pop("new", None)
    return lambda: TABLE.get("new", 1.0), lambda: TABLE.update(new=NEW)


def a_list_that_grows():
    ks = [1.0]
    return lambda: sum(ks), lambda: ks.append(2.0)


def a_set():
    ks = {1.0}
    return lambda: max(ks), lambda: ks.add(NEW)


def a_deque():
    ks = collections.deque([1.0])
    return lambda: ks[-1], lambda: ks.append(NEW)


def a_closure():
    k = 1.0

    def change():
        nonlocal k
        k = NEW

    return lambda: k, change


def a_default_argument():
    def read(k=1.0):
        return k

    return read, lambda: setattr(read, "__defaults__", (NEW,))


def a_list_as_default():
    def read(ks=[1.0]):  # noqa: B006 that is the point
        return ks[0]

    return read, lambda: read.__defaults__[0].__setitem__(0, NEW)


def a_keyword_default():
    def read(*, k=1.0):
        return k

    return read, lambda: setattr(read, "__kwdefaults__", {"k": NEW})


def an_entry_of_keyword_defaults():
    def read(*, k=1.0):
        return k

    return read, lambda: read.__kwdefaults__.update(k=NEW)


def other_code():
    def read():
        return 1.0

    def other():
        return 3.0

    return read, lambda: setattr(read, "__code__", other.__code__)


def an_attribute_of_a_function():
    def read():
        return read.k

    read.k = 1.0
    return read, lambda: setattr(read, "k", NEW)


def a_simple_namespace():
    options = types.SimpleNamespace(k=1.0)
    return lambda: options.k, lambda: setattr(options, "k", NEW)


def a_namespace_in_a_namespace():
    options = argparse.Namespace(inside=types.SimpleNamespace(k=1.0))
    return lambda: options.inside.k, lambda: setattr(options.inside, "k", NEW)


class Plain:
    k = 1.0

    def __init__(self, value=1.0):
        self.value = value


class Slotted:
    __slots__ = ("k",)

    def __init__(self):
        self.k = 1.0


@dataclasses.dataclass
class Options:
    k: float = 1.0


def an_object():
    thing = Plain()
    return lambda: thing.value, lambda: setattr(thing, "value", NEW)


def an_attribute_that_comes():
    thing = Plain()
    return lambda: getattr(thing, "more", 1.0), lambda: setattr(thing, "more", NEW)


def an_attribute_over_that_of_the_class():
    thing = Plain()
    return lambda: thing.k, lambda: setattr(thing, "k", NEW)


def getattr_by_name():
    thing = Plain()
    return lambda: getattr(thing, "value"), lambda: setattr(thing, "value", NEW)  # noqa: B009 that is the point


def vars_by_name():
    thing = Plain()
    return lambda: vars(thing)["value"], lambda: setattr(thing, "value", NEW)


def an_attrgetter():
    thing, read = Plain(), operator.attrgetter("value")
    return lambda: read(thing), lambda: setattr(thing, "value", NEW)


def all_attributes():
    thing = Plain()
    return lambda: sum(thing.__dict__.values()), lambda: setattr(thing, "value", NEW)


def slots():
    thing = Slotted()
    return lambda: thing.k, lambda: setattr(thing, "k", NEW)


def a_dataclass():
    options = Options()
    return lambda: options.k, lambda: setattr(options, "k", NEW)


def objects_in_a_list():
    things = [Plain(0.5), Plain(0.5)]
    return lambda: sum(thing.value for thing in things), lambda: setattr(things[1], "value", 2.5)


def a_weak_reference():
    thing = Plain()
    refer = weakref.ref(thing)
    return lambda: refer().value, lambda: setattr(thing, "value", NEW)


def a_thread_local():
    local = threading.local()
    local.k = 1.0
    return lambda: local.k, lambda: setattr(local, "k", NEW)


def of_class(**attributes):
    return type("Made", (), {"__module__": __name__, **attributes})


def a_class_attribute():
    cls = of_class(k=1.0)
    return lambda: cls.k, lambda: setattr(cls, "k", NEW)


def a_class_attribute_by_an_object():
    cls = of_class(k=1.0)
    thing = cls()
    return lambda: thing.k, lambda: setattr(cls, "k", NEW)


def a_class_attribute_by_its_type():
    cls = of_class(k=1.0)
    thing = cls()
    return lambda: type(thing).k, lambda: setattr(cls, "k", NEW)


def an_attribute_of_a_base():
    base = of_class(k=1.0)
    thing = type("Below", (base,), {"__module__": __name__})()
    return lambda: thing.k, lambda: setattr(base, "k", NEW)


def an_attribute_in_front_of_a_base():
    base = of_class(k=1.0)
    cls = type("Below", (base,), {"__module__": __name__})
    thing = cls()
    return lambda: thing.k, lambda: setattr(cls, "k", NEW)


def a_method():
    cls = of_class(read=lambda self: 1.0)
    thing = cls()
    return lambda: thing.read(), lambda: setattr(cls, "read", lambda self: NEW)


def a_method_on_an_object():
    thing = of_class(read=lambda self: 1.0)()
    return lambda: thing.read(), lambda: setattr(thing, "read", lambda: NEW)


def a_method_that_reads_a_global():
    set_global("K", 1.0)
    thing = of_class(read=lambda self: K)()
    return lambda: thing.read(), lambda: set_global("K", NEW)


def a_property():
    cls = of_class(read=property(lambda self: 1.0))
    thing = cls()
    return lambda: thing.read, lambda: setattr(cls, "read", property(lambda self: NEW))


def what_a_property_reads():
    thing = of_class(read=property(lambda self: self.held))()
    thing.held = 1.0
    return lambda: thing.read, lambda: setattr(thing, "held", NEW)


def a_static_method():
    cls = of_class(read=staticmethod(lambda: 1.0))
    return lambda: cls.read(), lambda: setattr(cls, "read", staticmethod(lambda: NEW))


def a_class_method():
    cls = of_class(read=classmethod(lambda cls: cls.k), k=1.0)
    return lambda: cls.read(), lambda: setattr(cls, "k", NEW)


def a_callable_object():
    cls = of_class(__call__=lambda self: 1.0)
    thing = cls()
    return lambda: thing(), lambda: setattr(cls, "__call__", lambda self: NEW)


def another_class():
    cls, other = of_class(k=1.0), of_class(k=NEW)
    thing = cls()
    return lambda: thing.k, lambda: setattr(thing, "__class__", other)


def a_bound_method():
    thing = of_class(read=lambda self: self.held)()
    thing.held = 1.0
    return thing.read, lambda: setattr(thing, "held", NEW)


def a_partial():
    read = functools.partial(lambda k: k, k=1.0)
    return lambda: read(), lambda: read.keywords.update(k=NEW)


def a_list_in_a_partial():
    ks = [1.0]
    return functools.partial(lambda ks: ks[0], ks), lambda: ks.__setitem__(0, NEW)


def doubled(function):
    @functools.wraps(function)
    def wrapper(*args):
        return wrapper.factor * function(*args)

    wrapper.factor = 1.0
    return wrapper


def a_decorator():
    read = doubled(lambda: 1.0)
    return read, lambda: setattr(read, "factor", NEW)


def what_a_decorated_function_reads():
    set_global("K", 1.0)
    return doubled(lambda: K), lambda: set_global("K", NEW)


def functions_in_a_dict():
    table = {"one": lambda: 1.0}
    return lambda: table["one"](), lambda: table.update(one=lambda: NEW)


def a_module():
    settings.k = 1.0
    return lambda: settings.k, lambda: setattr(settings, "k", NEW)


def a_dict_of_a_module():
    settings.options["k"] = 1.0
    return lambda: settings.options["k"], lambda: settings.options.update(k=NEW)


def a_function_of_a_module():
    settings.helper = lambda: 1.0
    return lambda: settings.helper(), lambda: setattr(settings, "helper", lambda: NEW)


def a_module_imported_inside():
    settings.k = 1.0

    def read():
        import tests_settings

        return tests_settings.k

    return read, lambda: setattr(settings, "k", NEW)


def a_name_imported_inside():
    settings.k = 1.0

    def read():
        from tests_settings import k

        return k

    return read, lambda: setattr(settings, "k", NEW)


def the_environment():
    os.environ["TESTS_K"] = "1.0"
    return lambda: float(os.environ["TESTS_K"]), lambda: os.environ.update(TESTS_K="3.0")


def getenv():
    os.environ["TESTS_K"] = "1.0"
    return lambda: float(os.getenv("TESTS_K")), lambda: os.environ.update(TESTS_K="3.0")


def a_context_variable():
    VARIABLE.set(1.0)
    return lambda: VARIABLE.get(), lambda: VARIABLE.set(NEW)


def a_user_dict():
    held = collections.UserDict(k=1.0)
    return lambda: held["k"], lambda: held.update(k=NEW)


def a_chain_of_dicts():
    first = {}
    held = collections.ChainMap(first, {"k": 1.0})
    return lambda: held["k"], lambda: first.update(k=NEW)


def a_proxy_of_a_dict():
    held = {"k": 1.0}
    shown = types.MappingProxyType(held)
    return lambda: shown["k"], lambda: held.update(k=NEW)


def an_ini_file():
    held = configparser.ConfigParser()
    held.read_dict({"training": {"k": "1.0"}})
    return lambda: float(held["training"]["k"]), lambda: held["training"].update(k="3.0")


def bytes_in_place():
    held = bytearray([1])
    return lambda: float(held[0]), lambda: held.__setitem__(0, 3)


def an_array_of_python():
    held = array.array("d", [1.0])
    return lambda: held[0], lambda: held.__setitem__(0, NEW)


def arrays(shape, entry=...):
    def place():
        table = np.ones(shape)
        return lambda: float(np.max(table)), lambda: table.__setitem__(entry, NEW)

    return place


def another_array():
    held = types.SimpleNamespace(table=np.ones(3))
    return lambda: float(np.max(held.table)), lambda: setattr(held, "table", np.full(3, NEW))


def a_view():
    base = np.ones((4, 4))
    view = base[1:, ::2]
    return lambda: float(np.max(view)), lambda: base.__setitem__((1, 0), NEW)


def a_table():
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame({"k": [1.0, 1.0]})
    return lambda: float(table["k"].max()), lambda: table.loc.__setitem__((0, "k"), NEW)


PLACES = [
    a_global, a_global_of_a_helper, a_global_of_a_helper_of_a_helper, a_global_in_a_nested_function, globals_by_name,
    a_dict, a_list_in_a_dict_in_a_dict, an_entry_that_comes, a_list_that_grows, a_set, a_deque, a_closure,
    a_default_argument, a_list_as_default, a_keyword_default, an_entry_of_keyword_defaults, other_code,
    an_attribute_of_a_function, a_simple_namespace, a_namespace_in_a_namespace, an_object, an_attribute_that_comes,
    an_attribute_over_that_of_the_class, getattr_by_name, vars_by_name, an_attrgetter, all_attributes, slots,
    a_dataclass, objects_in_a_list, a_weak_reference, a_thread_local, a_class_attribute,
    a_class_attribute_by_an_object, a_class_attribute_by_its_type, an_attribute_of_a_base,
    an_attribute_in_front_of_a_base, a_method, a_method_on_an_object, a_method_that_reads_a_global, a_property,
    what_a_property_reads, a_static_method, a_class_method, a_callable_object, another_class, a_bound_method,
    a_partial, a_list_in_a_partial, a_decorator, what_a_decorated_function_reads, functions_in_a_dict, a_module,
    a_dict_of_a_module, a_function_of_a_module, a_module_imported_inside, a_name_imported_inside, the_environment,
    getenv, a_context_variable, a_user_dict, a_chain_of_dicts, a_proxy_of_a_dict, an_ini_file, bytes_in_place,
    an_array_of_python, another_array, a_view, a_table,
]  # fmt: skip
ARRAYS = {"a number": (), "3": 3, "10 x 10": (10, 10), "100 x 100": (100, 100), "1000 x 1000": (1000, 1000)}


# -- where it is read -------------------------------------------------------------------------------------------------


class Reads(Layer):
    def __init__(self, read):
        super().__init__()
        self.read = read

    def call(self, inputs):
        return inputs * self.read()


class OfTheClass(Layer):
    k = 1.0

    def call(self, inputs):
        return inputs * self.k


class Step(tg.nn.Sequential):
    read = None

    def train_step(self, data):
        x, y = data
        y_pred = self(x, training=True)
        loss = self.compute_loss(x, y, y_pred) * self.read()
        self.optimizer.apply(tg.gradients(loss, self.trainable_weights), self.trainable_weights)
        return self.compute_metrics(y, y_pred, None, loss)


def in_a_layer(place):
    def make(eagerly):
        read, change = place()
        return network(Reads(read), Dense(1), eagerly=eagerly), change

    return make


def in_a_loss(place):
    def make(eagerly):
        read, change = place()
        return network(loss=lambda t, p: np.mean((t - p) ** 2) * read(), eagerly=eagerly), change

    return make


def in_a_step(place):
    def make(eagerly):
        read, change = place()
        model = network(of=Step, eagerly=eagerly)
        model.read = read
        return model, change

    return make


# -- settings of parts ------------------------------------------------------------------------------------------------


class Scales(tg.optim.Optimizer):
    def __init__(self, learning_rate=0.05, **shared):
        super().__init__(learning_rate, **shared)
        self.options = types.SimpleNamespace(k=1.0)

    def update(self, w, g, rate, step):
        return (w - rate * self.options.k * g,)


class Penalty(regularizers.Regularizer):
    def __init__(self):
        self.options = {"k": 0.01}

    def __call__(self, w):
        return self.options["k"] * np.sum(w * w)


class Within(tg.nn.constraints.Constraint):
    largest = 10.0

    def __call__(self, w):
        return np.clip(w, -self.largest, self.largest)


class Off(losses.Loss):
    def __init__(self):
        super().__init__(name="off")
        self.options = types.SimpleNamespace(by=0.0)

    def call(self, y_true, y_pred):
        return np.mean((y_true - y_pred - self.options.by) ** 2, axis=-1)


class Far(tg.nn.metrics.Metric):
    kept = ("far", "count")

    def __init__(self, name="far"):
        super().__init__(name=name)
        self.limit = 0.1

    def sums(self, y_true, y_pred, sample_weight=None):
        return np.sum(np.abs(y_true - y_pred) > self.limit), y_true.size

    def result(self):
        return self.far / self.count


def setting(change, *layers, **options):
    def make(eagerly):
        made = {name: value() if callable(value) else value for name, value in options.items()}
        model = network(*[layer() for layer in layers], eagerly=eagerly, **made)
        return model, lambda: change(model)

    return make


def set_class_attribute(model):
    OfTheClass.k = NEW


def set_call(model):
    OfTheClass.call = lambda self, inputs: inputs * NEW


def own_class(change):
    """A layer whose class is changed: it begins anew each time."""

    def make(eagerly):
        OfTheClass.k, OfTheClass.call = 1.0, lambda self, inputs: inputs * self.k
        model = network(OfTheClass(), Dense(1), eagerly=eagerly)
        return model, lambda: change(model)

    return make


def of(name, **values):
    """A change of attributes of a part of the model."""

    def change(model):
        part = operator.attrgetter(name)(model) if isinstance(name, str) else name(model)
        for key, value in values.items():
            setattr(part, key, value)

    return change


def layer(i, path="", **values):
    return of(lambda model: operator.attrgetter(path)(model.layers[i]) if path else model.layers[i], **values)


def dense(**options):
    return lambda: Dense(4, activation="tanh", **options)


def one():
    return Dense(1)


SETTINGS = {
    "a class attribute of a layer": own_class(set_class_attribute),
    "call of a layer's class": own_class(set_call),
    "call on a layer": own_class(layer(0, call=lambda inputs: inputs * NEW)),
    "Adam.beta_1": setting(of("optimizer", beta_1=0.2), optimizer=lambda: tg.optim.Adam(0.05)),
    "Adam.epsilon": setting(of("optimizer", epsilon=0.5), optimizer=lambda: tg.optim.Adam(0.05)),
    "Nadam.beta_1": setting(of("optimizer", beta_1=0.5), optimizer=lambda: tg.optim.Nadam(0.05)),
    "Nadam.beta_2": setting(of("optimizer", beta_2=0.5), optimizer=lambda: tg.optim.Nadam(0.05)),
    "Momentum.momentum": setting(of("optimizer", momentum=0.1), optimizer=lambda: tg.optim.Momentum(0.05)),
    "SGD.nesterov": setting(of("optimizer", nesterov=True), optimizer=lambda: tg.optim.SGD(0.05, momentum=0.9)),
    "weight_decay": setting(of("optimizer", weight_decay=0.5), optimizer=lambda: tg.optim.AdamW(0.05)),
    "clipnorm": setting(of("optimizer", clipnorm=0.01), optimizer=lambda: tg.optim.SGD(0.05, clipnorm=1.0)),
    "RMSprop.rho": setting(of("optimizer", rho=0.2), optimizer=lambda: tg.optim.RMSProp(0.05)),
    "a rate": setting(of("optimizer", learning_rate=0.01), optimizer=lambda: tg.optim.SGD(0.05)),
    "an optimizer of one's own": setting(of("optimizer.options", k=NEW), optimizer=Scales),
    "l2": setting(layer(0, "kernel_regularizer", l2=0.5), dense(kernel_regularizer="l2"), one),
    "a regularizer of one's own": setting(
        lambda model: model.layers[0].kernel_regularizer.options.update(k=0.5),
        lambda: dense(kernel_regularizer=Penalty())(), one,
    ),
    "max_norm": setting(layer(0, "kernel_constraint", max_value=0.1), dense(kernel_constraint="max_norm"), one),
    "a constraint of one's own": setting(
        layer(0, "kernel_constraint", largest=0.1), lambda: dense(kernel_constraint=Within())(), one
    ),
    "an argument of a loss": setting(lambda m: m.loss.arguments.update(delta=0.1), loss=losses.Huber),
    "a loss of one's own": setting(of("loss.options", by=1.0), loss=Off),
    "a metric of one's own": setting(lambda m: setattr(m.metrics[1], "limit", 1.0), figures=lambda: [Far()]),
    "a dropout rate": setting(layer(0, rate=0.8), lambda: tg.nn.Dropout(0.1, seed=1), one),
    "noise": setting(layer(0, stddev=2.0), lambda: tg.nn.GaussianNoise(0.1, seed=1), one),
    "a normalization": setting(layer(0, epsilon=5.0), tg.nn.BatchNormalization, one),
    "a momentum of statistics": setting(layer(0, momentum=0.1), tg.nn.BatchNormalization, one),
    "a slope": setting(layer(0, negative_slope=0.9), tg.nn.LeakyReLU, one),
    "an activation": setting(layer(0, activation=np.sin), dense(), one),
    "a scale": setting(layer(0, scale=NEW), lambda: tg.nn.Rescaling(1.0), one),
}  # fmt: skip
KINDS = {f"{place.__name__} in a layer": in_a_layer(place) for place in PLACES}
KINDS |= {f"{place.__name__} in a loss": in_a_loss(place) for place in PLACES[::4]}
KINDS |= {f"{place.__name__} in a step": in_a_step(place) for place in PLACES[2::9]}
KINDS |= {f"an array of {name} written in place": in_a_layer(arrays(shape)) for name, shape in ARRAYS.items()}
KINDS |= {"an entry of a large array": in_a_layer(arrays((300, 300), (7, 113))), **SETTINGS}


# -- when it is changed -----------------------------------------------------------------------------------------------


def between_fits(model, change):
    seen = [fit(model, 2)]
    change()
    return [*seen, model.predict(X), fit(model, 2)]


def after_an_epoch(model, change):
    return [fit(model, 5, LambdaCallback(on_epoch_end=lambda epoch, logs: change() if epoch == 2 else None))]


def after_a_batch(model, change):
    calls = []

    def count(batch, logs):
        calls.append(batch)
        if len(calls) == 7:
            change()

    return [fit(model, 4, LambdaCallback(on_train_batch_end=count))]


def between_train_on_batch_calls(model, change):
    seen = [model.train_on_batch(X[:8], Y[:8]) for _ in range(4)]
    change()
    return [*seen, *[model.train_on_batch(X[:8], Y[:8]) for _ in range(4)]]


def fit(model, epochs, *callbacks):
    return model.fit(X[:32], Y[:32], 8, epochs, 0, callbacks, shuffle=False).history


MOMENTS = [between_fits, after_an_epoch, after_a_batch, between_train_on_batch_calls]


def trained(kind, moment, eagerly, changing=True):
    def story(eagerly):
        model, change = KINDS[kind](eagerly)
        return model, moment(model, change if changing else lambda: None), model.get_weights()

    return told(story, eagerly)


def test_there_are_as_many_kinds_as_were_tried():
    assert len(KINDS) >= 122


@pytest.mark.parametrize("moment", MOMENTS, ids=lambda moment: moment.__name__)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.matrix(one_in=11)
def test_a_change_is_seen(kind, moment):
    _, expected, _ = trained(kind, moment, True)
    with pytest.raises(AssertionError):  # the change makes a difference
        assert_same(expected, trained(kind, moment, True, changing=False)[1])
    model, found, said = trained(kind, moment, False)
    assert said == []
    assert_same(found, expected)
    assert "train" not in model.programs.eager


# -- what is noticed late, and what makes no difference ---------------------------------------------------------------


def until_warned(step, seconds=20.0):
    """Steps until one warns that something was changed before; whether that was so."""
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            step()
        if any("was changed at some time before this step" in str(w.message) for w in caught):
            return True
    return False


def test_one_entry_of_a_very_large_array_is_noticed_when_a_fit_begins():
    def story(eagerly):
        table = np.ones((1200, 1200))
        model = network(loss=lambda t, p: np.mean((t - p) ** 2) * np.max(table), eagerly=eagerly)
        first = fit(model, 2)
        table[771, 13] = NEW
        return model, first, fit(model, 2)

    assert_same(told(story, False)[1], told(story, True)[1])


def test_one_entry_of_a_very_large_array_is_noticed_with_a_warning_between_batches():
    table = np.ones((1500, 1500))
    model = network(loss=lambda t, p: np.mean((t - p) ** 2) * np.max(table), eagerly=False)
    for _ in range(3):
        model.train_on_batch(X[:8], Y[:8])
    table[771, 13] = NEW
    assert until_warned(lambda: model.train_on_batch(X[:8], Y[:8]))
    found = model.test_on_batch(X[:8], Y[:8])
    np.testing.assert_allclose(found, NEW * np.mean((model.predict(X[:8]) - Y[:8]) ** 2), rtol=1e-6)


def test_what_nobody_can_look_at_is_noticed_with_a_warning(tmp_path):
    file = tmp_path / "k.txt"
    file.write_text("1.0")
    model = network(loss=lambda t, p: np.mean((t - p) ** 2) * float(file.read_text()), eagerly=False)
    fit(model, 2)
    file.write_text(str(NEW))
    assert until_warned(lambda: fit(model, 5))
    assert trusted(model)
    found = model.evaluate(X, Y, verbose=0)
    np.testing.assert_allclose(found, NEW * np.mean((model.predict(X) - Y) ** 2), rtol=1e-6)


@pytest.mark.parametrize("moment", ["on_epoch_end", "on_train_batch_end"])
def test_what_makes_no_difference_costs_a_few_traces(moment, monkeypatch):
    """A counter that the code names, and that no number depends on: after a while nobody looks any more."""
    counts, written = types.SimpleNamespace(steps=0), []
    program = entries_module.replay.Program

    def write(*args, **options):
        written.append(args)
        return program(*args, **options)

    def loss(y_true, y_pred):
        return np.mean((y_true - y_pred) ** 2) + 0 * (counts.steps < 0)

    monkeypatch.setattr(entries_module.replay, "Program", write)
    model = network(loss=loss, eagerly=False)
    count = LambdaCallback(**{moment: lambda i, logs: setattr(counts, "steps", counts.steps + 1)})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        history = model.fit(X[:32], Y[:32], 8, 40, 0, [count], shuffle=False).history
    assert counts.steps >= 40
    assert len(written) <= 6
    assert trusted(model)
    assert sorted(history) == ["loss"]


def test_built_in_parts_are_not_listened_to_again():
    model = network(eagerly=False)
    fit(model, 2)
    assert not model.programs.fingerprint.has_users_code


LISTENED = {
    "a layer": lambda eagerly: in_a_layer(a_global)(eagerly)[0],
    "a loss": lambda eagerly: in_a_loss(a_dict)(eagerly)[0],
    "a step": lambda eagerly: in_a_step(an_object)(eagerly)[0],
    "dropout": lambda eagerly: network(
        tg.nn.Dropout(0.2, seed=1), tg.nn.Dropout(0.1), OfTheClass(), Dense(1), eagerly=eagerly
    ),
    "statistics": lambda eagerly: network(
        dense()(), tg.nn.BatchNormalization(), OfTheClass(), Dense(1), eagerly=eagerly
    ),
    "accumulated": lambda eagerly: network(
        OfTheClass(), Dense(1), eagerly=eagerly, optimizer=tg.optim.Nadam(0.05, gradient_accumulation_steps=3)
    ),
    "averaged, clipped": lambda eagerly: network(
        OfTheClass(), Dense(1), eagerly=eagerly, optimizer=tg.optim.AdamW(0.05, clipnorm=0.1, use_ema=True)
    ),
    "metrics": lambda eagerly: network(
        OfTheClass(), Dense(1), eagerly=eagerly, figures=[Far(), "mae", lambda t, p: t - p]
    ),
    "an optimizer": lambda eagerly: network(eagerly=eagerly, optimizer=Scales(), loss=Off()),
}  # fmt: skip


@pytest.mark.parametrize("name", LISTENED)
def test_listening_again_to_what_is_the_same_changes_nothing(name, monkeypatch):
    monkeypatch.setattr(programs_module, "_SHARE", 0)  # at every step that looks for changes

    def story(eagerly):
        OfTheClass.k, OfTheClass.call = 1.0, lambda self, inputs: inputs * self.k
        model = LISTENED[name](eagerly)
        first = fit(model, 3, LambdaCallback(on_train_batch_end=lambda batch, logs: None))
        if not eagerly:
            assert trusted(model)
        model.fit(X, Y, 8, 2, 0, shuffle=False)
        return model, first, model.predict(X), model.evaluate(X, Y, verbose=0)

    model, found, said = told(story, False)
    assert said == []
    assert_same(found, told(story, True)[1])
    assert trusted(model)
    assert model.programs.fingerprint.has_users_code
