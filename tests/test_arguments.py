"""Wrong calls of every public signature: each is refused by its name, before anything has changed.

The signatures are found, not listed. What is wrong for an argument follows from its kind, and from what its name means:
no rate is negative, no share above 1. The right answer is a ValueError or a TypeError that names the argument, says
what was expected, and what was received.
"""

import inspect
import re
import sys
import typing
import warnings
from collections import Counter

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import keras
from tinygrad_edu.common.naming import subclasses
from tinygrad_edu.engine.op import registry
from tinygrad_edu.nn.callbacks import Callback

BASES = [
    tg.nn.Layer, tg.nn.losses.Loss, tg.nn.metrics.Metric, tg.nn.initializers.Initializer,
    tg.nn.regularizers.Regularizer, tg.nn.constraints.Constraint, tg.optim.Optimizer,
    tg.optim.schedules.Schedule, Callback,
]  # fmt: skip
CLASSES = [cls for base in BASES for cls in subclasses(base) if cls.__module__.startswith("tinygrad_edu.")]

X, Y = np.linspace(-1, 1, 24).reshape(8, 3), np.arange(8.0) % 2


def model():
    made = tg.nn.Sequential([tg.nn.Input((3,)), tg.nn.Dense(1, activation="sigmoid", name="out")])
    made.compile("sgd", "binary_crossentropy")
    return made


def history():
    return model().fit(X, Y, verbose=0)


# The arguments that have to be given, by name.
GIVEN = {
    "units": 2, "filters": 2, "kernel_size": 1, "pool_size": 2, "rate": 0.5, "stddev": 0.1, "n": 2,
    "activation": "relu", "function": np.negative, "schedule": lambda epoch: 0.1, "filepath": "x.keras",
    "filename": "x.csv", "backup_dir": "x", "num_classes": 2,
    "target_class_ids": [0], "input_dim": 3, "output_dim": 2, "dims": (2, 1), "target_shape": (3,),
    "scale": 2.0, "fn": lambda y, p: (y - p) ** 2, "specificity": 0.5, "sensitivity": 0.5, "recall": 0.5,
    "precision": 0.5, "initial_learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.5, "first_decay_steps": 10,
    "boundaries": [1], "values": [0.1, 0.2], "shape": (3,), "batch_size": 4, "arrays": (X, Y), "model": model,
    "x": X, "y": Y, "history": history, "path": "x.html", "recorder": tg.nn.callbacks.GradientRecorder, "x0": 1.0,
    "optimizer": "sgd", "f": lambda t: (t * t).sum(), "optimizers": ["sgd"], "dataset": X, "sequences": [[1], [2, 3]],
    "value": 0.5, "num_thresholds": 3, "class_id": 0, "name": "x", "dtype": "float32", "save_freq": "epoch",
    "learning_rate": 0.1, "thresholds": 0.5, "thing": tg.Tensor([1.0], requires_grad=True), "loss": tg.Tensor(1.0) * 2,
    "y_true": np.array([[1.0, 0.0]]), "y_pred": np.array([[0.6, 0.4]]), "seed": 0, "data_format": "channels_last",
    "callbacks": [], "params": {}, "height": 2, "width": 2,
}  # fmt: skip
SPARSE = {"y_true": np.array([1])}

FUNCTIONS = {
    **{f"losses.{name}": (getattr(tg.nn.losses, name), SPARSE if name.startswith("sparse") else {}) for name in (
        "huber", "cosine_similarity", "binary_crossentropy", "binary_focal_crossentropy", "categorical_crossentropy",
        "categorical_focal_crossentropy", "sparse_categorical_crossentropy",
    )},
    **{f"metrics.{name}": (getattr(tg.nn.metrics, name), SPARSE if name.startswith("sparse") else {}) for name in (
        "binary_accuracy", "top_k_categorical_accuracy", "sparse_top_k_categorical_accuracy",
    )},
    **{f"datasets.{name}": (getattr(tg.datasets, name), {}) for name in (
        "linear_regression", "moons", "circles", "spirals", "xor", "blobs", "hills",
    )},
    "data.batches": (tg.data.batches, {}),
    "data.train_test_split": (tg.data.train_test_split, {"*": (X,)}),
    "Dataset.split": (tg.datasets.iris().split, {}),
    "utils.to_categorical": (keras.utils.to_categorical, {"x": [0, 1]}),
    "utils.normalize": (keras.utils.normalize, {}),
    "utils.pad_sequences": (keras.utils.pad_sequences, {}),
    "utils.split_dataset": (keras.utils.split_dataset, {"left_size": 2}),
    "utils.set_random_seed": (keras.utils.set_random_seed, {}),
    "config.set_floatx": (keras.config.set_floatx, {"value": "float32"}),
    "config.set_image_data_format": (keras.config.set_image_data_format, {}),
    "random.seed": (tg.random.seed, {"n": 0}),
    "SeedGenerator": (tg.common.random.SeedGenerator, {}),
    "optim.minimize": (tg.optim.minimize, {"f": lambda t: t * t}),
    "gradcheck": (tg.gradcheck, {"*": (GIVEN["f"], X[0])}),
    "grad": (tg.grad, {}),
    "value_and_grad": (tg.value_and_grad, {}),
    "jacobian": (tg.jacobian, {}),
    "hessian": (tg.hessian, {}),
    "gradients": (tg.gradients, {"outputs": tg.Tensor(1.0, requires_grad=True), "inputs": []}),
    "Tensor": (tg.Tensor, {"data": [1.0]}),
    "Variable": (keras.Variable, {"initializer": [1.0]}),
    "fit": (lambda: model().fit, {"x": X, "y": Y, "verbose": 0}),
    "evaluate": (lambda: model().evaluate, {"x": X, "y": Y, "verbose": 0}),
    "predict": (lambda: model().predict, {"verbose": 0}),
    "train_on_batch": (lambda: model().train_on_batch, {"y": Y}),
    "compile": (lambda: model().compile, {}),
    "get_layer": (lambda: model().get_layer, {"name": "out"}),
    "Input": (tg.nn.Input, {}),
    "Model.summary": (lambda: model().summary, {"print_fn": str}),
    "Model.save_weights": (lambda: model().save_weights, {"filepath": "x.txt"}),
    "Layer.add_weight": (lambda: tg.nn.Dense(1).add_weight, {}),
    "Metric.add_variable": (lambda: tg.nn.metrics.Mean().add_variable, {}),
    "Optimizer.apply": (
        lambda: tg.optim.SGD().apply, {"gradients": [1.0], "parameters": lambda: [tg.Tensor(1.0, True)]},
    ),
    "diagnose": (tg.diagnose, {"x": X, "y": Y}),
    "viz.draw": (tg.viz.draw, {}),
    "viz.explore": (tg.viz.explore, {}),
    "viz.film": (tg.viz.film, {"loss": lambda: tg.Tensor(2.0, True) * 2}),
    "viz.plot_model": (keras.utils.plot_model, {"to_file": None}),
    "viz.model_to_dot": (keras.utils.model_to_dot, {}),
    "viz.surface": (tg.viz.surface, {"name": "bowl"}),
    "viz.decision_boundary": (tg.viz.decision_boundary, {"x": X[:, :2], "model": lambda: flat(), "points": 5}),
    "viz.landscape": (tg.viz.landscape, {"points": 3, "recorder": None}),
    "viz.learning_rate_range": (tg.viz.learning_rate_range, {"steps": 3}),
    "viz.gradient_noise": (tg.viz.gradient_noise, {"draws": 2}),
    "viz.trajectories": (tg.viz.trajectories, {"f": "bowl", "steps": 2}),
    "viz.plot_history": (tg.viz.plot_history, {}),
    "viz.report": (tg.viz.report, {"path": "x.txt"}),
    "viz.confusion": (tg.viz.confusion, {"*": (Y, Y)}),
    "viz.weight_images": (tg.viz.weight_images, {"model": lambda: model().layers[0]}),
}  # fmt: skip


def flat():
    made = tg.nn.Sequential([tg.nn.Input((2,)), tg.nn.Dense(1, activation="sigmoid")])
    made.compile("sgd", "binary_crossentropy")
    return made


# -- what is wrong ----------------------------------------------------------------------------------------------------

WORDS = {"nonsense": "nonsense", "number": 3.5, "object": object(), "list": [[]]}
NUMBERS = {"text": "a", "nan": float("nan"), "inf": float("inf"), "object": object(), "complex": 1j, "bool": True}
# Names whose numbers may be below 0, above 1, 0, infinite, fractions of a whole, or True.
MAY_BE_NEGATIVE = re.compile(
    r".*axis|.*axes|mean|minval|maxval|value|fill_value|scale|offset|mask_value|gain|alpha|threshold|baseline|min_delta|shared_axes"
    r"|initial_value_threshold|turns|learning_rate_power|ignore_class|k|x0|index|argnums|target_shape|shape|atol|negative_slope"
)
AT_MOST_1 = re.compile(
    r"momentum|dampening|rho|beta_[12]|label_smoothing|rate|ema_momentum|recall|precision|sensitivity|specificity"
    r"|validation_split|test_fraction|factor"
)
POSITIVE = re.compile(
    r"units|filters|kernel_size|pool_size|strides|groups|dilation_rate|delta|k|top_k|num_classes|decay_steps|batch_size|epochs"
    r"|n|steps|points|draws|limit|every|first_decay_steps|input_dim|output_dim|beta|radius|low|high|step|steps_per_epoch"
    r"|validation_steps|gradient_accumulation_steps|max_entries|validation_freq"
)
DIAGNOSED = {"diagnose"}  # wrong data is what it is there to find
MORE_THAN_1 = {"regularizers.OrthogonalRegularizer"}
RIGHT = {f"Tensor(name={label})" for label in ("number", "object", "list")}  # whatever tells them apart
RIGHT |= {f"layers.IntegerLookup({name}=negative)" for name in ("mask_token", "oov_token")}
RIGHT |= {"random.seed(n=zero)", "optim.minimize(steps=zero)", "layers.GroupNormalization(groups=negative)"}
ANY_NUMBER = {"mask_value", "value", "baseline", "initial_value_threshold", "order", "threshold"}


def kinds_in(annotation):
    """The plain kinds that an annotation names: of int, float, bool, str and the like."""
    origin, parts = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return kinds_in(parts[0])
    for sign, kind in (("_SupportsArray", "array"), ("_DTypeDict", "dtype")):
        if sign in str(annotation):
            return {kind, *([type(None)] if "NoneType" in str(annotation) or type(None) in parts else [])}
    if origin is typing.Literal:
        return {"choice", *[type(part) for part in parts]}
    if parts and origin not in (None, list, tuple) and "Union" in str(origin):
        return set().union(*map(kinds_in, parts))
    return {origin or annotation}


def wrong_values(what, name, parameter, kinds):
    """Wrong values for an argument of these kinds, by a label."""
    found, optional = {}, type(None) in kinds or parameter.default is None
    if "array" in kinds and what in DIAGNOSED:
        return {}
    if "array" in kinds:
        found = {"text": "a", "object": object()}
    elif "dtype" in kinds:
        found = {"object": object(), "nonsense": "floating"}
    elif {int, float} & kinds:
        found |= NUMBERS
        if name in ANY_NUMBER:
            del found["inf"]
        if bool in kinds:
            del found["bool"]
        if float not in kinds:
            found["fraction"] = 1.5
        if not MAY_BE_NEGATIVE.fullmatch(name):
            found["negative"] = -1
        if AT_MOST_1.fullmatch(name) and float in kinds and what not in MORE_THAN_1:
            found["above 1"] = 2.0
        if POSITIVE.fullmatch(name) and parameter.default != 0:
            found["zero"] = 0
        if str in kinds:
            del found["text"]
    elif kinds & {str} and "choice" in kinds:
        found |= WORDS
    elif bool in kinds:
        found |= {"text": "yes", "two": 2, "object": object(), "list": [[]]}
    elif str in kinds:
        found |= {"number": 3.5, "object": object(), "list": [[]]}
    if not optional and found and name not in ("verbose",):
        found["None"] = None
    return found


def signature_of(function):
    target = function.__init__ if inspect.isclass(function) else function
    plain = inspect.unwrap(getattr(target, "__func__", target))
    module = sys.modules.get(getattr(plain, "__module__", None), typing)
    parameters = dict(inspect.signature(function).parameters)
    names = vars(typing) | vars(tg.common.types) | vars(module)
    found = {}
    for name, parameter in parameters.items():
        annotation = parameter.annotation
        if isinstance(annotation, str):
            try:
                annotation = eval(annotation, {}, Forgiving(names))
            except (TypeError, AttributeError):
                annotation = typing.Any
        found[name] = parameter, kinds_in(annotation)
    return found


class Forgiving(dict):
    def __missing__(self, name):
        found = vars(__builtins__) if not isinstance(__builtins__, dict) else __builtins__
        return found.get(name, typing.Any)


def calls():
    """Every wrong call: (what, function, arguments, name, label)."""
    everything = {f"{cls.__module__.split('.')[2]}.{cls.__name__}": (cls, {}) for cls in CLASSES} | FUNCTIONS
    for what, (function, own) in everything.items():
        make = function if getattr(function, "__name__", "") == "<lambda>" else (lambda f=function: f)
        signature = signature_of(make())
        given = {
            name: own.get(name, GIVEN.get(name))
            for name, (parameter, _) in signature.items()
            if name in own or (parameter.default is parameter.empty and parameter.kind not in (2, 4))
        }
        if "*" in own and own["*"][0] is given.get("f"):
            del given["f"]
        given |= {key: value for key, value in own.items() if key == "*" or key in signature}
        for name, (parameter, kinds) in signature.items():
            if parameter.kind in (2, 4):
                continue
            for label, value in wrong_values(what, name, parameter, kinds).items():
                if f"{what}({name}={label})" in RIGHT:
                    continue
                yield what, make, given, name, label, value


def outcome(make, given, name, value):
    """The outcome of a wrong call: "right", "silent", or the fault of its error."""
    made_here = ("model", "history", "parameters", "loss")
    given = {key: part() if key in made_here and callable(part) else part for key, part in given.items()}
    values = given.pop("*", ())
    try:
        with warnings.catch_warnings(action="ignore"):
            made = make()(*values, **given | {name: value})
            if name == "argnums":  # of a function that is made
                made(np.array([1.0, 2.0]))
    except (ValueError, TypeError) as error:
        text = str(error)
        expected = re.search(r"should be|must|expects?|has no|Unknown|is not offered", text, re.IGNORECASE)
        complete = expected and "received" in text and name in text
        return "right" if complete else f"bare: {type(error).__name__}: {text}"
    except Exception as error:
        return f"bare: {type(error).__name__}: {error}"
    return "silent"


def survey(part=slice(None)):
    """The outcomes of the wrong calls, by what was called."""
    return {
        f"{what}({name}={label})": outcome(make, given, name, value)
        for what, make, given, name, label, value in list(calls())[part]
    }


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def judged(found):
    wrong = {what: answer for what, answer in found.items() if answer != "right"}
    silent = [what for what, answer in wrong.items() if answer == "silent"]
    assert not silent
    assert len(wrong) <= 0.02 * len(found), wrong


def test_a_sample_of_wrong_calls_is_refused_by_name():
    judged(survey(slice(None, None, 41)))


@pytest.mark.full
def test_every_wrong_call_is_refused_by_name():
    found = survey()
    assert len(found) > 3000
    judged(found)


# -- ops --------------------------------------------------------------------------------------------------------------

NO_NUMBERS = {"text": "a", "object": object(), "None": None, "complex": 1j, "complex array": np.array([1j]), "dict": {}}
INNER = {"put_in_windows", "take_in_windows", "linear_recurrence"}  # ops of rules and layers, never called by users


def wrong_operands():
    """Every op with an operand that is not made of numbers, the others Tensors: (op, args, options, name, label)."""
    for op in [op for op in registry.values() if op.sample]:
        args, options = op.sample(np.random.default_rng(0))[0]
        count = len(op.parameters)
        names = [*op.parameters, *[f"input {i + 1}" for i in range(len(args) - count)]]
        for place, rule in enumerate(op.rules_for(len(args)) if op.differentiable else []):
            if rule is None or op.name in INNER:
                continue
            rest = [tg.Tensor(x, requires_grad=True) if np.asarray(x).dtype.kind == "f" else x for x in args]
            for label, value in NO_NUMBERS.items():
                may_be_none = label == "None" and op.defaults.get(names[place], 0) is None
                if not may_be_none and any(isinstance(x, tg.Tensor) for x in rest[:place] + rest[place + 1 :]):
                    yield op, [*rest[:place], value, *rest[place + 1 :]], options, names[place], label


def test_every_op_refuses_operands_that_are_not_made_of_numbers():
    found, count = {}, 0
    for op, args, options, name, label in wrong_operands():
        count += 1
        try:
            found[f"{op.name}({name}={label})"] = repr(op.call(*args, **options))
        except TypeError as error:
            if not re.match(f"{op.name}: {name} should be real numbers, .*; received ", str(error)):
                found[f"{op.name}({name}={label})"] = str(error)
    assert not found
    assert count > 100


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda t: t.astype("S"), "astype should give real numbers; received dtype"),
        (lambda t: t.astype(complex), "astype should give real numbers; received dtype complex128"),
        (lambda t: np.repeat(t, 1.5), "repeats should be a whole number or several; received 1.5"),
        (lambda t: np.roll(t, 1.5), "shift should be a whole number or several; received 1.5"),
        (lambda t: np.tile(t, "a"), "reps should be a whole number or several; received 'a'"),
        (lambda t: t.sum(axis="a"), r"sum\(a: shape \(3,\), axis: 'a', keepdims: False\)"),
        (lambda t: registry["sum"].call([1.0]), r"sum takes Tensors and arrays; received \[1.0\]"),
    ],
)
def test_wrong_options_of_ops_are_refused(call, text):
    with pytest.raises(TypeError, match=text):
        call(tg.Tensor([1.0, 2.0, 3.0], requires_grad=True))


VALUES = {
    "a label too large": (lambda: tg.nn.losses.SparseCategoricalCrossentropy()([5], [[0.1, 0.9]]), "received 5"),
    "a negative label": (lambda: tg.nn.losses.sparse_categorical_crossentropy([-1], [[0.1, 0.9]]), "received -1"),
    "a negative index": (lambda: tg.nn.Embedding(3, 2)([[-1]]), "whole numbers from 0 to 2; received -1"),
    "half an index": (lambda: tg.nn.Embedding(3, 2)([[0.5]]), "received 0.5"),
    "an index in training": (lambda: looking_up().fit([[0], [1], [-1]], [0, 1, 0], verbose=0), "received -1"),
    "a class weight": (lambda: model().fit(X, Y, class_weight={0: -1.0}, verbose=0), "class_weight should be .*≥ 0"),
    "a text for a Tensor": (lambda: tg.gradients(tg.Tensor(1.0, True) * 2, "w"), "inputs should be .*; received 'w'"),
    "a misspelt argument": (lambda: model().fit(X, Y, epoch=3), "no argument 'epoch'. Did you mean epochs"),
    "a misspelt setting": (lambda: tg.nn.Dense(1, use_bais=True), "no argument 'use_bais'. Did you mean use_bias"),
}  # fmt: skip


def looking_up():
    made = tg.nn.Sequential([tg.nn.Embedding(3, 2), tg.nn.Flatten(), tg.nn.Dense(1)])
    made.compile("sgd", "mse")
    return made


@pytest.mark.parametrize("what", VALUES)
def test_wrong_values_are_refused(what):
    call, text = VALUES[what]
    with pytest.raises((ValueError, TypeError), match=text):
        call()


def test_a_class_that_keras_drops_is_said():
    with pytest.warns(UserWarning, match="targets of the classes from 0 to 1; received 5, which does not count"):
        tg.nn.metrics.MeanIoU(2)([0, 5], [0, 1])


def test_a_wrong_label_in_a_later_batch_stops_the_program_before_its_step():
    made = tg.nn.Sequential([tg.nn.Input((3,)), tg.nn.Dense(2, activation="softmax")])
    made.compile("sgd", "sparse_categorical_crossentropy")
    seen = []

    def batches():
        for number in range(10):
            seen.append(made.get_weights())
            yield X, np.full(8, 2 if number == 7 else 1)

    with pytest.raises(ValueError, match="class numbers from 0 to 1.*received 2"):
        made.fit(batches(), verbose=0)
    assert len(seen) == 8 and made.programs.latest.get("train") is not None
    for before, after in zip(seen[-1], made.get_weights(), strict=True):
        np.testing.assert_array_equal(before, after)


RIGHT_ONES = [
    lambda: tg.nn.Dense(np.int64(3)),
    lambda: tg.optim.Adam(np.float32(0.1), beta_1=0, epsilon=np.float64(1e-8)),
    lambda: tg.optim.SGD(np.array(0.1)),
    lambda: tg.nn.Conv2D(2, [3, 3], padding="SAME"),
    lambda: tg.nn.callbacks.EarlyStopping(verbose=True, baseline=float("-inf")),
    lambda: tg.nn.losses.SparseCategoricalCrossentropy(ignore_class=-1)([-1, 1], [[0.1, 0.9], [0.5, 0.5]]),
    lambda: tg.nn.regularizers.L1L2(l1=None, l2=0.1),
    lambda: tg.nn.metrics.Precision(thresholds=[0, 1]),
    lambda: tg.nn.Dense(1, use_bias=0),
]


@pytest.mark.parametrize("call", RIGHT_ONES)
def test_what_keras_takes_is_taken(call):
    call()


def test_the_survey_sees_silence_and_bare_errors():
    given = {}
    assert outcome(lambda: lambda rate: None, given, "rate", -1) == "silent"
    assert outcome(lambda: lambda rate: 1 / rate, given, "rate", 0).startswith("bare: ZeroDivisionError")
    assert outcome(lambda: lambda rate: float(rate), given, "rate", "a").startswith("bare: ValueError: could not")
    with pytest.raises(AssertionError):
        judged({"f(rate=negative)": "silent"})


if __name__ == "__main__":  # prints the survey: python tests/test_arguments.py
    answers = survey()
    print(len(answers), Counter(answer.partition(":")[0] for answer in answers.values()))
    print(*[f"{what}: {answer}" for what, answer in answers.items() if answer != "right"], sep="\n")
