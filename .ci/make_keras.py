"""Write the modules of tinygrad_edu/keras, Keras's names, and docs/keras.md, the list of what is here and what is not.

    python .ci/make_keras.py            writes them
    python .ci/make_keras.py --check    fails, with the difference, where one is stale

Classes say in `home` where Keras has them, and in `aliases` and `keras_name` how it calls them; the functions of
losses and metrics stand beside their classes. The other functions that Keras has are in FUNCTIONS. The names of
Keras itself are in tests/golden/keras_names.json.
"""

import difflib
import importlib
import json
import sys
import textwrap
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tinygrad_edu import data, nn, ops, optim  # noqa: E402, F401  what Keras has of them is found among them
from tinygrad_edu.common import old  # noqa: E402
from tinygrad_edu.common.naming import Named, keras_name, snake_case, subclasses  # noqa: E402
from tinygrad_edu.nn import saving  # noqa: E402, F401

ROOMS = ("tinygrad_edu.nn.", "tinygrad_edu.optim.")  # where the classes are that Keras has too
FOLDER = ROOT / "tinygrad_edu" / "keras"
LISTING = ROOT / "docs" / "keras.md"
NAMES = ROOT / "tests" / "golden" / "keras_names.json"

# By module of tinygrad_edu.keras: its first sentence, and by module of this package the functions that it offers:
# "*" for all public ones.
OBJECTS = "deserialize as deserialize_keras_object, serialize as serialize_keras_object"
CUSTOM = (
    "custom_object_scope as CustomObjectScope, custom_object_scope, get_custom_objects, get_registered_name, "
    "get_registered_object, register_keras_serializable"
)
PROCESS = "backend, epsilon, image_data_format, set_image_data_format"
LOGGING = "disable_interactive_logging, enable_interactive_logging, is_interactive_logging_enabled"
TRACEBACKS = "disable_traceback_filtering, enable_traceback_filtering, is_traceback_filtering_enabled"
KIND = {"common.deserialization": "deserializer", "common.serialization": "serialize"}
FUNCTIONS = {
    "": (
        "Keras's module tree and names, over this package: `from tinygrad_edu.keras.models import Sequential`.",
        {
            "common.version": "__version__",
            "engine.symbolic": "Symbolic as KerasTensor",
            "engine.variable": "Variable",
            "nn.input_spec": "InputSpec",
            "nn.layers": "Input",
        },
    ),
    "activations": ("Activations", KIND | {"nn.activations": "get, threshold"}),
    "backend": (
        "The float type of layers and other settings of the process",
        {"common.floats": "floatx, set_floatx", "nn.settings": f"{PROCESS}, clear_session"},
    ),
    "callbacks": ("Callbacks", {}),
    "config": (
        "Settings of the process",
        {"common.floats": "floatx, set_floatx", "nn.settings": f"{PROCESS}, {LOGGING}, {TRACEBACKS}"},
    ),
    "constraints": ("Constraints", KIND | {"nn.constraints": "get"}),
    "datasets": (
        "Data sets in Keras's form: `(x_train, y_train), (x_test, y_test) = digits.load_data()`.",
        {
            "data.cached": "boston_housing, california_housing, fashion_mnist, mnist",
            "data.datasets": "breast_cancer, diabetes, digits, iris",
        },
    ),
    "initializers": ("Initializers", KIND | {"nn.initializers": "get"}),
    "layers": (
        "Layers",
        {
            "nn.input_spec": "InputSpec",
            "nn.layers": "Input",
            "nn.layers.merging": "add, average, concatenate, dot, maximum, minimum, multiply, subtract",
            "nn.saving": "deserialize, serialize",
        },
    ),
    "losses": ("Losses", KIND | {"nn.losses": "named as get"}),
    "metrics": ("Metrics", KIND | {"nn.metrics": "named as get"}),
    "models": ("Models", {"nn.saving": "clone_model, load_model, model_from_json, save_model"}),
    "ops": (
        "Functions of Tensors",
        {f"nn.operations.{part}": "*" for part in ("arrays", "core", "matrices", "networks")},
    ),
    "ops.linalg": ("Linear algebra", {"nn.operations.matrices": "*"}),
    "ops.nn": ("The parts of networks as functions", {"nn.operations.networks": "*"}),
    "ops.numpy": ("NumPy's functions on Tensors", {"nn.operations.arrays": "*"}),
    "optimizers": ("Optimizers", {"optim": "deserialize, get, serialize"}),
    "optimizers.schedules": ("Learning-rate schedules", {"nn.saving": "deserialize, serialize"}),
    "preprocessing": ("Data before it is learned from", {"data.timeseries": "timeseries_dataset_from_array"}),
    "preprocessing.sequence": ("Sequences", {"data.encoding": "pad_sequences"}),
    "random": ("Random numbers", {"common.random": "SeedGenerator", "nn.operations.drawing": "*"}),
    "regularizers": ("Regularizers", KIND | {"nn.regularizers": "get"}),
    "saving": (
        "Files and the user's own classes in them",
        {
            "nn.saving": f"{CUSTOM}, {OBJECTS}, load_model, load_weights, save_model, save_weights",
        },
    ),
    "tree": ("Structures of lists, tuples and dicts", {"nn.operations.trees": "*"}),
    "utils": (
        "Utilities",
        {
            "data.timeseries": "timeseries_dataset_from_array",
            "nn.training.progress": "Progbar",
            "data.encoding": "normalize, pad_sequences, to_categorical",
            "data.splitting": "PyDataset, PyDataset as Sequence, split_dataset",
            "nn.saving": f"{CUSTOM}, {OBJECTS}",
            "nn.settings": f"clear_session, set_random_seed, {LOGGING}",
            "nn.training.batch": "pack_x_y_sample_weight, unpack_x_y_sample_weight",
        },
    ),
    "wrappers": ("Models as estimators of scikit-learn", {}),
}
SHORT = ("Initializer", "Layer", "Loss", "Metric", "Model", "Optimizer", "Regularizer", "Sequential")  # keras.Layer, …
IN_SMALL_LETTERS = ("constraints", "initializers", "regularizers")  # modules in which Keras spells classes that way too
LATER = {  # loaded on first use: see keras/left_out
    "utils": "viz.graph.layers: model_to_dot, plot_model",
    "wrappers": "nn.scikit: SKLearnClassifier, SKLearnRegressor, SKLearnTransformer",
}


# -- the names of a module, each with the module of this package that has it, and its name there -----------------


def classes():
    """The classes of this package that Keras has too."""
    found = [cls for cls in (nn.callbacks.CallbackList, *subclasses(Named)) if getattr(cls, "home", None)]
    bases = [cls for cls in found if "home" not in vars(cls) and vars(cls).get("function", cls) is None]
    ours = [cls for cls in found if cls.__module__.startswith(ROOMS) and cls not in bases]
    return [cls for cls in ours if vars(sys.modules[cls.__module__]).get(cls.__name__) is cls]


def place(thing, name=None):
    """(module, name) of a class or function, from the package around its module where that has it."""
    name = name or thing.__name__
    module = thing.__module__
    package = module.rpartition(".")[0]
    around = getattr(importlib.import_module(package), name, None) is thing and package != "tinygrad_edu"
    return (package if around else module).removeprefix("tinygrad_edu."), name


def names_of(cls, module):
    """The names of a class in a module, and those of its function."""
    names = {name: place(cls) for name in (keras_name(cls), *vars(cls).get("aliases", ()))}
    function = getattr(cls, "function", None)
    if callable(function) and not function.__name__.startswith("_"):
        names = {keras_name(cls): place(cls), function.__name__: place(function)}
        return names | dict.fromkeys(vars(cls).get("aliases", ()), place(function))
    if module in IN_SMALL_LETTERS and "home" not in vars(cls):
        names |= {snake_case(cls.__name__): place(cls)}
    return names


def offered(module):
    """The names of a module of tinygrad_edu.keras."""
    found = {}
    for cls in classes():
        if cls.home.removeprefix("keras").removeprefix(".") == module or (module == "models" and cls.home == "keras"):
            found |= names_of(cls, module)
        if module == "metrics" and cls.home == "keras.losses" and cls.function:
            found = {cls.function.__name__: place(cls.function)} | found
    if module == "":
        found = {cls.__name__: place(cls) for cls in classes() if cls.__name__ in SHORT}
    if module == "activations":
        found = {name: activation(name, function) for name, function in nn.activations.functions.items()}
    for source, names in FUNCTIONS[module][1].items():
        for name in public_names(source) if names == "*" else names.split(", "):
            there, _, here = name.partition(" as ")
            found[here or there] = source, there
    return found


def public_names(source):
    """The names in the `__all__` of a module of this package."""
    return importlib.import_module(f"tinygrad_edu.{source}").__all__


def activation(name, function):
    """Where an activation is: swish is the op silu."""
    return ("nn.activations", name) if hasattr(nn.activations, name) else place(function)


# -- the text of a module --------------------------------------------------------------------------------------


def module_text(module):
    names, dots = offered(module), "." * len(file_of(module).relative_to(FOLDER.parent).parts)
    title = FUNCTIONS[module][0]
    yield f'"""{title if title.endswith(".") else title + ", by Keras" + chr(39) + "s names."}"""'
    yield from ("", "# Written by .ci/make_keras.py", "")
    by_source = {}
    for name, (source, there) in names.items():
        by_source.setdefault(source, []).append(there if name == there else f"{there} as {name}")
    later_source, _, later = LATER.get(module, "").partition(": ")
    if later:
        yield from ("from typing import TYPE_CHECKING", "")
    for source in sorted(by_source):
        yield imported(dots + source, by_source[source])
    inner = sorted(other.rpartition(".")[2] for other in FUNCTIONS if other and other.rpartition(".")[0] == module)
    if inner:
        yield imported(".", inner if module else [*inner, "left_out"])
    if later:
        yield from ([""] if by_source else [])
        yield from ("if TYPE_CHECKING:", f"    from {dots}{later_source} import {later}")
    if "deserializer" in names:
        yield from ("", "deserialize = deserializer(get)")
    public = {*names, *inner, *filter(None, later.split(", "))} - {"deserializer"}
    public |= {"deserialize"} if "deserializer" in names else set()
    yield from ("", "__all__ = [", *wrapped([f'"{name}"' for name in sorted(public)]), "]")
    if module == "":
        yield from ("", "left_out.absent.guard()")


def imported(source, names):
    """The line that imports these names, or the lines."""
    line = f"from {source} import {', '.join(sorted(names))}"
    return line if len(line) <= 120 else "\n".join([f"from {source} import (", *wrapped(sorted(names)), ")"])


def wrapped(items):
    # a name may not be torn from its « as »: no-break spaces hold them together
    text = ", ".join(item.replace(" ", "\xa0") for item in items) + ","
    lines = textwrap.wrap(text, 114, break_long_words=False, break_on_hyphens=False)
    return ["    " + line.replace("\xa0", " ") for line in lines]


def file_of(module):
    packages = {other.rpartition(".")[0] for other in FUNCTIONS}
    path = FOLDER.joinpath(*filter(None, module.split(".")))
    return path / "__init__.py" if module in packages else path.with_suffix(".py")


# -- the listing -----------------------------------------------------------------------------------------------

HEADER = """\
# Keras, name by name

Scripts written for Keras run here with `keras` replaced by `tinygrad_edu.keras`, as far as they use the names below.
The names of Keras are those of version {version}; the list is made by `python .ci/make_keras.py` from the code.

A name that is not here raises an `AttributeError` that says what to use in its place, when it is used; what Keras does
not have either is an `ImportError` where it is imported:

```text
{example}
```
"""

DIFFERENT = [
    (
        "Targets of shape (n,) and predictions of shape (n, 1) make an n × n array in a metric function, and in a "
        "subclass of Loss",
        "They are aligned, one target to one prediction, and the first time a warning gives the number of Keras. "
        "`y.reshape(-1, 1)` is the same in both.",
    ),
    (
        "A crossentropy clips the probabilities of a softmax or sigmoid to 1e-7",
        "It uses the logits that the graph knows, so that its gradient does not vanish where a softmax is saturated.",
    ),
    (
        "NaN and infinity in the data are trained on",
        "They are refused by row and column. With `callbacks=[TerminateOnNaN()]` `fit` goes on; "
        "`predict` gives NaN in their rows, as Keras does.",
    ),
    (
        "With `gradient_accumulation_steps` each batch counts the same",
        "A batch counts by its rows, so that several small batches give the step of one large batch.",
    ),
    ("`decay=` of an optimizer is ignored, with a warning", "It is that of Keras 2: rate / (1 + decay · step)."),
    (
        "A generator that is used up is trained on again with its first two batches",
        "The training ends there, with a warning.",
    ),
    ("Labels outside the classes of a sparse crossentropy give 0 or NaN", "They are an error."),
    ("Lambdas and Python code in files", "No code is ever read from a file, nor written into one."),
]


class Listing:
    """The text of docs/keras.md, from what `tinygrad_edu.keras` offers when it is asked."""

    def __init__(self):
        self.keras = importlib.import_module("tinygrad_edu.keras")
        self.absent = self.keras.left_out.absent
        self.here = self.absent.offered()

    def text(self):
        stored = json.loads(NAMES.read_text("utf-8"))
        theirs = stored["names"]
        lines = [HEADER.format(version=stored["keras"], example=self.example())]
        for module in theirs:
            if module in self.here:
                lines += self.module_lines(module, theirs[module])
        lines += [*self.missing_lines(theirs), *self.different_lines(), *self.old_lines()]
        return "\n".join(lines).rstrip() + "\n"

    def example(self):
        try:
            self.keras.layers.LSTM  # noqa: B018
        except AttributeError as error:
            return f"AttributeError: {error}"
        raise RuntimeError("keras.layers.LSTM is offered: choose another example")

    def module_lines(self, module, theirs):
        """The section of one module."""
        ours = self.here[module]
        here = [name for name in theirs if name in ours]
        yield f"## keras{module and '.'}{module}: {len(here)} of {len(theirs)}" if theirs else f"## keras.{module}"
        yield ""
        if here:
            yield from (f"Here: {code(here)}.", "")
        further = [name for name in ours if name not in (*theirs, "__version__")]
        further = [name for name in further if f"{module}.{name}".removeprefix(".") not in self.here]
        if further:
            yield from (f"Here only: {code(further)}.", "")
        told = {}
        for name in theirs:
            if name not in ours:
                told.setdefault(self.absent.instead(module, name), []).append(name)
        if told:
            yield from table("not here", [(code(names), text) for text, names in told.items()])

    def missing_lines(self, theirs):
        """The modules of Keras that are not here at all."""
        told = {}
        for module in theirs:
            parent, _, name = module.rpartition(".")
            if module not in self.here and name not in self.here.get(parent, {name}):
                told.setdefault(self.absent.instead(parent, name), []).append(f"keras.{module}")
        yield from ("## Modules that are not here", "")
        yield from table("module", [(code(names), text) for text, names in told.items()])

    def different_lines(self):
        """The section of what is other than in Keras, and stays so."""
        yield from ("## Different on purpose", "")
        yield from table("Keras", DIFFERENT, "here, and why")

    def old_lines(self):
        """The section of the spellings of Keras 1 and 2."""
        yield from ("## Older spellings", "")
        yield "Scripts of Keras 1 and 2 run as they were written, with one warning that shows the spellings of today."
        yield ""
        rows = {}
        for old_path, new in (old.MODULES | old.NAMES).items():
            rows.setdefault(f"`{old.shown(new)}`", []).append(f"keras.{old_path}")
        yield from table("module or name", [(code(names), new) for new, names in rows.items()], "today")
        rows = [
            (owner, name, old.spelling(today))
            for owner, names in old.ARGUMENTS.items()
            for name, today in names.items()
        ]
        yield from table("of", [(f"`{owner}`: `{name}=`", f"`{new}`") for owner, name, new in rows], "today")
        rows = [(f"`model.{name}(…)`", f"`model.{new}`") for name, (_, new) in old.METHODS.items()]
        rows += [(f'`history["{name}"]`', f'`history["{new}"]`') for name, new in old.FIGURES.items()]
        yield from table("method or figure", rows, "today")


def code(names):
    return ", ".join(f"`{name}`" for name in names)


def table(title, rows, answer="what a script is told"):
    yield from (f"| {title} | {answer} |", "| --- | --- |")
    for left, right in rows:
        yield f"| {left} | {right.replace('|', chr(92) + '|')} |"
    yield ""


# -- writing and checking --------------------------------------------------------------------------------------


def difference(path, text):
    """How the text differs from that of the file, as a diff."""
    old = path.read_text("utf-8") if path.exists() else ""
    name = path.relative_to(ROOT).as_posix()
    lines = difflib.unified_diff(old.splitlines(), text.splitlines(), name, f"{name} as generated", lineterm="")
    return "\n".join(lines)


def texts():
    """Each file with its text; the listing last, since it is read from the others."""
    for module in FUNCTIONS:
        yield file_of(module), "\n".join(module_text(module)) + "\n"
    yield LISTING, Listing().text()


def main(arguments):
    stale = False
    for path, text in texts():
        if "--check" not in arguments:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, "utf-8")
        elif complaint := difference(path, text):
            stale = True
            print(complaint)
            name = path.relative_to(ROOT).as_posix()
            print(f"{name} is stale. Run: python .ci/make_keras.py", file=sys.stderr)
    return int(stale)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
