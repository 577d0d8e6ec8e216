"""The subject of an examination: a model, its data and the options of `fit`, with what the rules ask about them."""

from functools import cached_property

import numpy as np

from ..common.arrays import as_array
from ..common.batching import is_stream
from ..nn import layers, losses
from ..nn.probing import activation_of, last_layer

REGRESSION = (
    losses.MeanSquaredError,
    losses.MeanAbsoluteError,
    losses.Huber,
    losses.LogCosh,
    losses.MeanAbsolutePercentageError,
    losses.MeanSquaredLogarithmicError,
    losses.CosineSimilarity,
    losses.Poisson,
)
BINARY = (losses.BinaryCrossentropy, losses.BinaryFocalCrossentropy)
CATEGORICAL = (losses.CategoricalCrossentropy, losses.CategoricalFocalCrossentropy)
SPARSE = (losses.SparseCategoricalCrossentropy,)
HINGE = (losses.Hinge, losses.SquaredHinge, losses.CategoricalHinge)
RANGES = {
    "sigmoid": (0.0, 1.0),
    "hard_sigmoid": (0.0, 1.0),
    "softmax": (0.0, 1.0),
    "sparse_sigmoid": (0.0, 1.0),
    "tanh": (-1.0, 1.0),
    "softsign": (-1.0, 1.0),
    "hard_tanh": (-1.0, 1.0),
    "relu": (0.0, np.inf),
    "relu6": (0.0, 6.0),
    "softplus": (0.0, np.inf),
    "exponential": (0.0, np.inf),
}
_MOST_CLASSES = 30
_LARGEST = 4000  # rows that are looked at where all of them would take too long


def kind_of_targets(y):
    """The kind of targets that y holds.

    "binary" (0 and 1), "signs" (−1 and 1), "two_values", "classes", "share", "numbers" or "constant" in one column;
    "one_hot", "several_labels", "rows_of_shares", "share" or "numbers" in several.

    Example:
        >>> kind_of_targets(np.array([0, 1, 1])), kind_of_targets(np.eye(3)), kind_of_targets(np.array([0.5, 7.25]))
        ('binary', 'one_hot', 'numbers')
    """
    rows = y.reshape(len(y), -1)
    if rows.shape[1] > 1:
        if np.isin(rows, (0, 1)).all():
            return "one_hot" if (rows.sum(1) == 1).all() and y.ndim == 2 else "several_labels"
        sums = rows.sum(1)
        if rows.min() >= 0 and np.allclose(sums, 1, atol=1e-3):
            return "rows_of_shares"
        return "share" if rows.min() >= 0 and rows.max() <= 1 else "numbers"
    values = np.unique(rows)
    if len(values) == 1:
        return "constant"
    if len(values) == 2:
        named = {(0.0, 1.0): "binary", (-1.0, 1.0): "signs"}
        return named.get(tuple(float(v) for v in values), "two_values" if len(y) > 8 else "numbers")
    whole = (values == np.round(values)).all()
    if (
        whole
        and len(values) <= min(_MOST_CLASSES, len(y) / 4)
        and values[0] in (0, 1)
        and np.ptp(values) == len(values) - 1
    ):
        return "classes"
    return "share" if values[0] >= 0 and values[-1] <= 1 else "numbers"


class Subject:
    """A training under examination: the model, its arrays, the options of fit.

    Args:
        model: the compiled model.
        x, y: as for `fit`.
        options: the further options of `fit`.

    Attributes:
        x, y: the rows that are trained on, as arrays; None where batches come from an object that is no array.
        held: (x, y) of validation, or None.
        kind: what y holds, see `kind_of_targets`.
        metrics: the metrics of the model, without its loss; before training those that are known.
        refused: the exception of arrays that cannot be made, or None.
    """

    def __init__(self, model, x, y, options):
        self.model, self.options = model, {k: v for k, v in options.items() if k != "verbose"}
        self.given = x, y
        self.x = self.y = self.held = self.kind = self.refused = None
        self.metrics = model.metrics[1:]
        self.stream = is_stream(x)
        try:
            x, y = self._collected() if self.stream else (x, y)
            self.whole_x = _numbers(x, "x")
            self.whole_y = None if y is None else _numbers(y, "y")
        except (TypeError, ValueError) as error:
            self.refused = error
            return
        self.x, self.y = self.whole_x, self.whole_y
        self.split = None
        share = self.options.get("validation_split", 0)
        given = self.options.get("validation_data")
        if given is not None:
            if isinstance(given, (tuple, list)) and len(given) in (2, 3):
                self.held = _numbers(given[0], "validation x"), _numbers(given[1], "validation y")
        elif share and not self.stream and isinstance(share, float) and 0 < share < 1:
            self.split = int(len(self.x) * (1 - share))
            self.held = self.x[self.split :], None if self.y is None else self.y[self.split :]
            self.x, self.y = self.x[: self.split], None if self.y is None else self.y[: self.split]
        if self.y is not None and len(self.y) and np.isfinite(self.y).all():
            self.kind = kind_of_targets(self.y)

    def _collected(self):
        """All rows of an object that gives its batches by number; of other streams none, since they may pass once."""
        source = self.given[0]
        if not (hasattr(source, "__getitem__") and hasattr(source, "__len__")):
            return np.zeros((0, 1)), None
        parts = [source[i] for i in range(min(len(source), 1000))]
        return np.concatenate([np.asarray(p[0]) for p in parts]), np.concatenate([np.asarray(p[1]) for p in parts])

    # -- the model ---------------------------------------------------------------------------------------------

    @property
    def loss(self):
        """The loss of the model; "crossentropy" is the one that fits the shapes."""
        loss = self.model.loss
        if hasattr(loss, "choices") and self.y is not None:
            fits = losses.fitting(self.y.shape, self.model.output_shape)
            return loss.choices[fits]()
        return loss

    @property
    def loss_name(self):
        """The name of the loss."""
        return getattr(self.loss, "name", None) or str(self.loss)

    @property
    def from_logits(self):
        """True where the loss makes probabilities of the outputs itself."""
        return bool(getattr(self.loss, "arguments", {}).get("from_logits", False))

    @property
    def crossentropy(self):
        """True for a crossentropy loss."""
        return isinstance(self.loss, (*BINARY, *CATEGORICAL, *SPARSE))

    @property
    def sequential(self):
        """True where the layers stand one after another, so that each can be looked at."""
        return hasattr(self.model, "add")

    @property
    def units(self):
        """The number of outputs; None where it is not known yet."""
        shape = self.model.output_shape
        return None if shape is None else shape[-1]

    @property
    def last(self):
        """(number, activation) of the layer that the outputs leave from, or (None, None); it may be "unknown"."""
        return last_layer(self.model) if self.sequential else self._last_op

    @cached_property
    def _last_op(self):
        """The same of a model with a `call` of its own: what its graph ends in."""
        model = self.model
        if not model.layers or self.x is None or not len(self.x):
            return None, None
        try:
            op = model(self.x[:1].astype(np.float32), training=False).op
        except (ValueError, TypeError):
            op = None
        name = op.name if op is not None and op.name in RANGES else "unknown"
        alike = [n for n, layer in enumerate(model.layers) if activation_of(layer) == name]
        return (alike or [len(model.layers) - 1])[-1], name

    @property
    def looks_up(self):
        """True where the numbers of x are indices: the model begins with an Embedding."""
        return any(isinstance(layer, layers.Embedding) for layer in self.model.layers[:2])

    @property
    def scales(self):
        """True where the model scales its inputs itself, before the first weights."""
        for layer in self.model.layers:
            if isinstance(
                layer, (layers.Normalization, layers.Rescaling, layers.BatchNormalization, layers.LayerNormalization)
            ):
                return True
            if getattr(layer, "kernel", None) is not None:
                return False
        return False

    # -- the task ----------------------------------------------------------------------------------------------

    @property
    def classes(self):
        """True where y tells classes apart."""
        if self.kind in ("binary", "signs", "one_hot", "two_values"):
            return True
        return self.kind == "classes" and (isinstance(self.loss, SPARSE) or self.asks_accuracy or self.units != 1)

    @property
    def asks_accuracy(self):
        """True where a metric of the model is a share of right classes."""
        return any("acc" in str(getattr(metric, "name", metric)) for metric in self.metrics)

    @property
    def task(self):
        """ "classes", "labels" (several yes-or-no answers) or "numbers"."""
        if self.classes:
            return "classes"
        return "labels" if self.kind == "several_labels" else "numbers"

    def labels(self, y=None):
        """The class of each row, from 0, where y tells classes apart."""
        rows = (self.y if y is None else y).reshape(len(self.y if y is None else y), -1)
        return rows.argmax(1) if rows.shape[1] > 1 else np.searchsorted(np.unique(self.y), rows[:, 0])

    # -- the steps ---------------------------------------------------------------------------------------------

    @property
    def epochs(self):
        """How many epochs are asked for."""
        return int(self.options.get("epochs", 1)) - int(self.options.get("initial_epoch", 0))

    @property
    def batch(self):
        """The number of rows of a batch."""
        steps = self.options.get("steps_per_epoch")
        return int(self.options.get("batch_size") or (32 if not steps or self.stream else -(-len(self.x) // steps)))

    @property
    def updates(self):
        """The number of updates of the whole training."""
        a_pass = (
            len(self.given[0]) if self.stream and hasattr(self.given[0], "__len__") else -(-len(self.x) // self.batch)
        )
        return max(int(self.options.get("steps_per_epoch") or a_pass), 1) * max(self.epochs, 1)

    @property
    def rate(self):
        """The learning rate at the start."""
        return float(self.model.optimizer.learning_rate)

    def some(self, most=_LARGEST):
        """(x, y) of at most so many rows, evenly taken."""
        step = max(len(self.x) // most, 1)
        return self.x[::step][:most], None if self.y is None else self.y[::step][:most]


def _numbers(values, name):
    """Values as an array of floats, or of whole numbers, NaN and infinity allowed."""
    array = np.asarray(values)
    if array.dtype.kind not in "fiub":
        array = as_array(values, name)
    return array.astype(float) if array.dtype.kind in "fb" else array
