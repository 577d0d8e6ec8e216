"""The settings of the playground's controls: what there is to choose, the Keras code that they write, and back again.

Choices are read from the package's declarations. Code is never taken apart to find the settings: the model that it
made is read, and so are its data; `playing` then checks that the settings write code that does the same.
"""

import ast
import inspect
import json
import warnings
from functools import cache

import numpy as np

from ..common.naming import keras_name, subclasses
from ..data import datasets
from ..nn import Dense, Dropout, activations, losses, regularizers
from ..optim.names import by_name as optimizers
from .texts import say

WIDEST = 4  # columns of data whose network is drawn neuron by neuron
_WIDEST = 42  # letters of a line of code, so that it stands beside the network
MOST_ROWS = 1000  # rows of the user's own that are written into the code
FIRST = {
    "data": {"set": "circles", "arguments": {"n": 500, "noise": 0.1}},
    "test": 0.3,
    "layers": [{"units": 8, "activation": "tanh"}, {"units": 8, "activation": "tanh"}],
    "dropout": 0.0,
    "regularizer": None,
    "loss": None,
    "optimizer": {"name": "Adam", "arguments": {"learning_rate": 0.01}},
    "batch": 32,
    "epochs": 300,
    "seed": 0,
}


# -- what there is to choose --------------------------------------------------------------------------------


@cache
def choices():
    """The names and defaults that the controls offer, as plain values."""
    return {
        "sets": {name: _numbers_of(maker) for name, maker in sets().items()},
        "activations": _elementwise(),
        "optimizers": {
            keras_name(cls): _numbers_of(cls.__init__) for cls in optimizers.values() if cls.home is not None
        },
        "regularizers": {keras_name(cls): next(iter(_numbers_of(cls.__init__).values())) for cls in _penalties()},
        "losses": {task: _losses(*examples) for task, examples in _TASKS.items()},
    }


@cache
def sets():
    """The functions of `tg.datasets` whose samples are few enough columns to draw each as a neuron, by name."""
    makers = {name: thing for name, thing in vars(datasets).items() if _makes_dataset(thing)}
    return {name: maker for name, maker in makers.items() if _columns(maker) <= WIDEST}


def _makes_dataset(thing):
    return inspect.isfunction(thing) and inspect.signature(thing).return_annotation == "Dataset"


def _columns(maker):
    """How many columns a data set has; a set by formula is asked for few samples."""
    if "features" in inspect.signature(maker).parameters:
        return 2
    x = maker(n=10).x if "n" in inspect.signature(maker).parameters else maker().x
    return x.shape[1] if x.ndim == 2 else np.inf


def _numbers_of(function):
    """The arguments of a function that are numbers or switches, with their defaults, but for seeds."""
    parameters = inspect.signature(function).parameters.values()
    found = {p.name: p.default for p in parameters if isinstance(p.default, int | float) and p.name != "seed"}
    return found | ({"features": 2} if "features" in found else {})


def _elementwise():
    """The activations that change every value by itself, each by one name."""
    values, found = np.array([[-1.5, 0.3, 2.0, -0.2]]), {}
    for name, function in activations.functions.items():
        if function in found.values():
            continue
        try:
            alone = np.concatenate([np.asarray(function(values[:, i : i + 1])) for i in range(4)], axis=1)
        except (TypeError, ValueError):
            continue
        if alone.shape == values.shape and np.allclose(alone, np.asarray(function(values))):
            found[name] = function
    return list(found)


def _penalties():
    """The regularizers whose strength is one number."""
    named = [cls for cls in subclasses(regularizers.Regularizer) if "__init__" in vars(cls)]
    return [cls for cls in named if len(inspect.signature(cls.__init__).parameters) == 2]


_TASKS = {
    "two": ([0, 1], [[0.2], [0.8]], [[0.8], [0.2]]),
    "many": ([0, 2], [[0.8, 0.1, 0.1], [0.1, 0.1, 0.8]], [[0.1, 0.1, 0.8], [0.8, 0.1, 0.1]]),
    "values": ([0.5, -1.5], [[0.5], [-1.5]], [[0.8], [-1.2]]),
}  # for each task: targets, good predictions, worse ones


def _losses(targets, good, worse):
    """The losses that tell good predictions from worse ones, by the names of their functions."""
    targets, good, worse = (np.array(values) for values in (targets, good, worse))
    return [
        cls.function.__name__
        for cls in subclasses(losses.Loss)
        if cls.function is not None and all(_tells(cls(), targets[[i]], good[[i]], worse[[i]]) for i in range(2))
    ]


def _tells(loss, targets, good, worse):
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            loss.check_targets(targets, good.shape)
            return bool(np.asarray(loss(targets, good)) < np.asarray(loss(targets, worse)))
    except (TypeError, ValueError):
        return False


# -- the code that the settings mean ------------------------------------------------------------------------


def dataset_of(data):
    """The Dataset that the settings mean.

    Args:
        data: {"set": its name, "arguments": …}; or of the user's own, {"rows": with the target last, "names": of the
            columns, "classes": their names, none where the targets are values}.

    Raises:
        ValueError: the rows are too many or of different lengths, or the arguments are wrong.
    """
    if "set" in data:
        return sets()[data["set"]](**data["arguments"])
    rows = np.array(data["rows"], dtype=float)
    if rows.ndim != 2 or rows.shape[1] < 3:
        raise ValueError(say("Rows of two columns or more, and the target, are needed."))
    if len(rows) > MOST_ROWS:
        raise ValueError(say("{count} rows are too many: {most} at most.", count=len(rows), most=MOST_ROWS))
    y = rows[:, -1].astype(np.int64) if data["classes"] else rows[:, -1]
    return datasets.Dataset(rows[:, :-1], y, data["names"], data["classes"])


def task_of(y, classes):
    """ "two" or "many" classes, or "values"."""
    if not classes:
        return "values"
    return "two" if max(len(classes), int(np.max(y, initial=0)) + 1) <= 2 else "many"


def output_of(y, classes):
    """The last layer that a task needs: units, activation, loss, metrics."""
    task = task_of(y, classes)
    if task == "two":
        return 1, "sigmoid", "binary_crossentropy", '["accuracy"]'
    if task == "many":
        count = max(len(classes), int(np.max(y)) + 1)
        return count, "softmax", "sparse_categorical_crossentropy", '["accuracy"]'
    return 1, None, "mean_squared_error", None


def code_of(settings):
    """The Keras code of the settings, which also runs outside the page.

    Example:
        >>> print(code_of(FIRST).partition("# Training")[2].split("(")[0].strip())
        history = model.fit
    """
    data = dataset_of(settings["data"])
    units, activation, loss, metrics = output_of(data.y, data.target_names)
    own = "rows" in settings["data"]
    hidden = [line for layer in settings["layers"] for line in _layer_lines(layer, settings)]
    optimizer = settings["optimizer"]
    test = settings["test"]
    lines = [
        *(["import numpy as np", ""] if own else []),
        "import tinygrad_edu as tg",
        "from tinygrad_edu import keras",
        "from tinygrad_edu.keras import layers",
        "",
        f"keras.utils.set_random_seed({settings['seed']})",
        "",
        f"# {say('Data')}",
        *(_own_lines(settings["data"]) if own else _set_lines(settings["data"])),
        *(_SPLIT.format(test).splitlines() if test else ["x_train, y_train = data"]),
        "",
        f"# {say('Model')}",
        "model = keras.Sequential([",
        f"    layers.Input(({data.x.shape[1]},)),",
        *hidden,
        *_call("    ", "layers.Dense", [units], {"activation": activation} if activation else {}, ","),
        "])",
        "model.compile(",
        *_call("    ", f"optimizer=keras.optimizers.{optimizer['name']}", [], optimizer["arguments"], ","),
        f"    loss={json.dumps(settings['loss'] or loss)},",
        *([f"    metrics={metrics},"] if metrics else []),
        ")",
        "",
        f"# {say('Training')}",
        "history = model.fit(",
        "    x_train, y_train,",
        f"    batch_size={settings['batch']},",
        f"    epochs={settings['epochs']},",
        *(["    validation_data=(x_test, y_test),"] if test else []),
        ")",
    ]
    return "\n".join(lines) + "\n"


_SPLIT = """\
(x_train, y_train), (x_test, y_test) = (
    data.split(test_fraction={!r})
)"""


def _layer_lines(layer, settings):
    options = {"activation": layer["activation"]}
    if penalty := settings["regularizer"]:
        options["kernel_regularizer"] = _Code(f"keras.regularizers.{penalty['name']}({penalty['rate']})")
    yield from _call("    ", "layers.Dense", [layer["units"]], options, ",")
    if settings["dropout"]:
        yield f"    layers.Dropout({settings['dropout']}),"


def _set_lines(data):
    return _call("", f"data = tg.datasets.{data['set']}", [], data["arguments"])


def _own_lines(data):
    rows = [f"[{', '.join(f'{value:.12g}' for value in row)}]" for row in data["rows"]]
    across = max(1, (_WIDEST - 4) // (max(map(len, rows), default=1) + 2))
    yield "rows = np.array(["
    for i in range(0, len(rows), across):
        yield f"    {', '.join(rows[i : i + across])},"
    yield "])"
    targets = _Code("rows[:, -1].astype(int)" if data["classes"] else "rows[:, -1]")
    names = [list(data[key]) for key in ("names", "classes") if data[key]]
    yield from _call("", "data = tg.datasets.Dataset", [_Code("rows[:, :-1]"), targets, *names], {})


class _Code(str):
    """A text that stands in code as it is."""

    __slots__ = ()
    __repr__ = str.__str__


def _call(indent, name, values, options, end=""):
    """The lines of a call: one; or where it is too wide, three, or one for each argument."""
    given = [*map(_literal, values), *[f"{key}={_literal(value)}" for key, value in options.items()]]
    together = ", ".join(given)
    if len(f"{indent}{name}({together}){end}") <= _WIDEST:
        return [f"{indent}{name}({together}){end}"]
    fits = len(f"{indent}    {together}") <= _WIDEST
    within = [f"{indent}    {together}"] if fits else [f"{indent}    {argument}," for argument in given]
    return [f"{indent}{name}(", *within, f"{indent}){end}"]


def _literal(value):
    plain = isinstance(value, str) and not isinstance(value, _Code)
    return json.dumps(value, ensure_ascii=False) if plain or isinstance(value, list) else repr(value)


# -- the settings that a model means ------------------------------------------------------------------------


def settings_of(run):
    """The settings nearest to what some code made; what they cannot say is as at first.

    Args:
        run: a `playing.Run`.
    """
    tree = ast.parse(run.code)
    found = FIRST | {"layers": []} | _data_of(run, tree)
    layers = [layer for layer in run.model.layers if isinstance(layer, Dense)]
    for layer in layers[:-1]:
        config = layer.get_config()
        found["layers"].append({"units": config["units"], "activation": _name(config["activation"])})
        penalty = config["kernel_regularizer"]
        if penalty and penalty["class_name"] in [keras_name(cls) for cls in _penalties()]:
            found["regularizer"] = {"name": penalty["class_name"], "rate": next(iter(penalty["config"].values()))}
    found["dropout"] = next((layer.rate for layer in run.model.layers if isinstance(layer, Dropout)), 0.0)
    if run.model.compiled:
        found["loss"] = _loss_of(run.model, found["data"])
        found["optimizer"] = _optimizer_of(run.model.optimizer)
    found["batch"], found["epochs"] = run.options.get("batch_size", 32), run.options.get("epochs", 1)
    seeds = [call.args[0] for call in _calls(tree, "set_random_seed", "seed") if call.args]
    found["seed"] = next((seed.value for seed in seeds if isinstance(seed, ast.Constant)), 0)
    return found


def _name(activation):
    return activation if isinstance(activation, str) else "linear"


def _loss_of(model, data):
    function = getattr(model.loss, "function", None)
    name = getattr(function, "__name__", None)
    made = dataset_of(data)
    return None if name == output_of(made.y, made.target_names)[2] else name


def _optimizer_of(optimizer):
    declared, config = _numbers_of(type(optimizer).__init__), optimizer.get_config()
    given = {name: config[name] for name, value in declared.items() if config.get(name) != value}
    return {"name": keras_name(type(optimizer)), "arguments": {"learning_rate": config["learning_rate"]} | given}


def _data_of(run, tree):
    """The settings of the data: those of a bundled set that gives the same samples, or else the samples."""
    made = [thing for thing in run.names.values() if isinstance(thing, datasets.Dataset)]
    test = _share(run)
    for data in made:
        for call in _calls(tree, *sets()):
            name = call.func.attr if isinstance(call.func, ast.Attribute) else call.func.id
            arguments = _arguments(call, sets()[name], run.names)
            if arguments is not None and _same(sets()[name](**arguments), data):
                return {"data": {"set": name, "arguments": arguments}, "test": test}
    for data in made:
        if np.ndim(data.x) == 2 and len(data.x) <= MOST_ROWS:
            rows = np.column_stack([data.x, data.y]).tolist()
            names = {"names": list(data.feature_names), "classes": list(data.target_names)}
            return {"data": {"rows": rows, **names}, "test": test}
    return {}


def _share(run):
    """The share of the samples that are kept for the test, in hundredths."""
    held = 0 if run.held_out is None else len(run.held_out[0])
    return round(held / (held + len(run.x)), 2) if held else 0.0


def _same(one, other):
    return np.array_equal(one.x, other.x) and np.array_equal(one.y, other.y)


def _calls(tree, *names):
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", None)) in names:
            yield node


def _arguments(call, maker, names):
    """The arguments of a call by their names, where each is a constant or a global name; None where not."""
    try:
        values = [_value(node, names) for node in call.args]
        options = {word.arg: _value(word.value, names) for word in call.keywords}
        bound = inspect.signature(maker).bind(*values, **options).arguments
    except (KeyError, TypeError, ValueError):
        return None
    return dict(bound) if all(isinstance(value, int | float) for value in bound.values()) else None


def _value(node, names):
    return names[node.id] if isinstance(node, ast.Name) else ast.literal_eval(node)
