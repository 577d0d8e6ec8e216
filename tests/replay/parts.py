"""What the tests of replay share: small data, one training told twice, and the comparison of what came out."""

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu.common.floats import floatx, set_floatx
from tinygrad_edu.nn import Dense, Input, Sequential

ROWS, FEATURES, OUTPUTS, BATCH = 23, 6, 3, 8  # 23 rows in batches of 8: the last has 7
KINDS = ("train", "test", "predict")
RELATIVE = {"float64": 1e-12, "float32": 1e-5}  # to the scale of the array: what reordering sums may change


@pytest.fixture(params=RELATIVE)
def dtype(request):
    """Sets the float type of layers and data."""
    before = floatx()
    set_floatx(request.param)
    yield request.param
    set_floatx(before)


def inputs(shape=(FEATURES,), rows=ROWS):
    return np.random.default_rng(0).normal(size=(rows, *shape))


def targets(kind="shares", rows=ROWS):
    """Targets of every form: shares (between 0 and 1), column, vector, yes_no, one_hot, classes, class_column."""
    rng = np.random.default_rng(1)
    classes = rng.integers(0, OUTPUTS, rows)
    return {
        "shares": rng.uniform(0.1, 0.9, (rows, OUTPUTS)),
        "column": rng.normal(size=(rows, 1)),
        "vector": rng.normal(size=rows),
        "yes_no": (rng.random((rows, 1)) > 0.4).astype(int),
        "one_hot": np.eye(OUTPUTS)[classes],
        "classes": classes,
        "class_column": classes[:, None],
    }[kind]


def network(*middle, units=OUTPUTS, activation=None, shape=(FEATURES,), hidden="tanh"):
    """A small network with these layers in the middle."""
    return Sequential([Input(shape), Dense(5, hidden), *middle, Dense(units, activation)])


def told(model, x, y, *histories, kinds=KINDS):
    """Everything that a training leaves behind, by name.

    Args:
        model: a compiled and trained model.
        x, y: what it is evaluated on, three times: traced, compared, and by its program.
        histories: what `fit` gave, or other figures.
        kinds: the steps that are of interest: without "test" there is no evaluation, without "predict" no
            prediction.
    """
    found = {"figures": [h.history if hasattr(h, "history") else h for h in histories]}
    found["weights"] = model.get_weights()
    found["optimizer"] = [v.numpy() for v in model.optimizer.variables] if model.optimizer else []
    if "test" in kinds:
        found["evaluated"] = [model.evaluate(x, y, BATCH, verbose=0, return_dict=True) for _ in range(3)]
    if "predict" in kinds:
        found["predicted"] = [model.predict(x, BATCH, verbose=0) for _ in range(3)]
    found["metrics"] = {metric.name: float(metric.result()) for metric in model.metrics}
    found["next random number"] = tg.random.generator().random()
    return found


def differences(a, b, dtype, where=""):
    """Where two trees of figures and arrays differ by more than rounding of this dtype, in words."""
    if isinstance(a, dict):
        if list(a) != list(b):
            return [f"{where}: {list(a)} in place of {list(b)}"]
        return [line for key in a for line in differences(a[key], b[key], dtype, f"{where}/{key}")]
    if isinstance(a, (list, tuple)):
        if len(a) != len(b):
            return [f"{where}: {len(a)} in place of {len(b)}"]
        return [line for i, (p, q) in enumerate(zip(a, b)) for line in differences(p, q, dtype, f"{where}/{i}")]
    a, b = np.asarray(a), np.asarray(b)
    if a.shape != b.shape or (a.ndim and a.dtype != b.dtype):
        return [f"{where}: {b.dtype} {b.shape} in place of {a.dtype} {a.shape}"]
    if not np.array_equal(np.isfinite(a), np.isfinite(b)):
        return [f"{where}: {b} in place of {a}"]
    finite = np.isfinite(a)
    apart = np.max(np.abs(a[finite] - b[finite]), initial=0.0)
    size = np.max(np.abs(a)[finite], initial=0.0 if a.ndim else 0.01)  # a figure may be 1 minus something, as R² is
    if apart > RELATIVE[dtype] * size:
        return [f"{where}: {apart:.3g} apart, at a size of {size:.3g}"]
    return []


def ran_as_programs(model, kinds):
    """Complaints where steps of these kinds were not run by trusted programs, one for each shape of batch."""
    programs = model._programs
    complaints = [f"{kind} runs op by op: {why}" for kind, why in programs.eager.items()]
    for kind in kinds:
        trusted = [key for key, entry in programs.entries.items() if key[0] == kind and entry.trusted]
        if not trusted:
            complaints.append(f"no trusted program for {kind}")
    waiting = [key for key, entry in programs.entries.items() if entry.runs > 1 and not entry.trusted]
    return [*complaints, *[f"the program for {key} was never trusted" for key in waiting]]


def same_both_ways(session, dtype, kinds=KINDS):
    """Run a training op by op and by programs, and compare all that came out.

    Args:
        session: a function of `run_eagerly` that gives the model and what it tells; both from one seed.
        dtype: the float type that is set.
        kinds: the steps for which there must be programs in the end; None where that is another matter.
    """
    found = []
    for eager in (True, False):
        tg.random.seed(5)
        model, results = session(eager)
        found.append(results)
    complaints = ran_as_programs(model, kinds) if kinds is not None else []
    complaints += differences(*found, dtype)
    assert not complaints, "\n".join(complaints)


def trained(build, dtype, *, y="shares", x=None, metrics=None, weighted_metrics=None, loss="mse", optimizer="sgd",
            kinds=KINDS, epochs=3, batch_size=BATCH, fits=1, **fit):  # fmt: skip
    """Compare the two ways to train what `build()` gives: each fit with another size of batch and a ragged last one.

    Args:
        build: a function that gives a model.
        y: a kind of `targets`, or targets.
        loss, optimizer, metrics, weighted_metrics: names, or functions that make new ones at each call.
        kinds: the steps that are compared; None is for all of them, and no matter how.
        fits: how many times it is fitted.
        fit: further arguments of `fit`.
    """
    x = inputs() if x is None else x
    y = targets(y, len(x)) if isinstance(y, str) else y

    def session(eager):
        model = build()
        chosen = {"metrics": _made(metrics), "weighted_metrics": _made(weighted_metrics)}
        model.compile(_made(optimizer), _made(loss), **chosen, run_eagerly=eager)
        options = {"verbose": 0} | {key: _made(value) for key, value in fit.items()}
        histories = [model.fit(x, y, batch_size + 2 * i, epochs=epochs, **options) for i in range(fits)]
        return model, told(model, x, y, *histories, kinds=kinds or KINDS)

    same_both_ways(session, dtype, kinds)


def _made(choice):
    return choice() if callable(choice) else choice
