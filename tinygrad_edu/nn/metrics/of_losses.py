"""The losses as metrics: their means over the samples of an epoch."""

from .. import losses
from .means import MeanOf


class MeanSquaredError(MeanOf):
    """The mean of (y_pred − y_true)²."""

    function = losses.mean_squared_error
    aliases = ("mse", "MSE")


class MeanAbsoluteError(MeanOf):
    """The mean of |y_pred − y_true|."""

    function = losses.mean_absolute_error
    aliases = ("mae", "MAE")


class MeanAbsolutePercentageError(MeanOf):
    """The mean of 100·|y_pred − y_true| / |y_true|."""

    function = losses.mean_absolute_percentage_error
    aliases = ("mape", "MAPE")


class MeanSquaredLogarithmicError(MeanOf):
    """The mean of (log(1 + y_pred) − log(1 + y_true))²."""

    function = losses.mean_squared_logarithmic_error
    aliases = ("msle", "MSLE")


class LogCoshError(MeanOf):
    """The mean of log(cosh(y_pred − y_true))."""

    function = losses.log_cosh
    default_name = "logcosh"


class BinaryCrossentropy(MeanOf):
    """The mean crossentropy of yes-or-no outputs; takes from_logits and label_smoothing, as its loss."""

    function = losses.binary_crossentropy
    aliases = ("bce", "BCE")
    unsupported_arguments = ("axis",)


class CategoricalCrossentropy(MeanOf):
    """The mean crossentropy of classes, labels one-hot; takes the arguments of its loss."""

    function = losses.categorical_crossentropy


class SparseCategoricalCrossentropy(MeanOf):
    """The mean crossentropy of classes, labels as class numbers; takes the arguments of its loss.

    As in Keras, samples of `ignore_class` count as 0; where samples have weights, they do not count at all.
    """

    function = losses.sparse_categorical_crossentropy

    def sums(self, y_true, y_pred, sample_weight=None):
        ignored = self.arguments["ignore_class"]
        if ignored is not None and sample_weight is not None:
            y_pred = losses.floating(y_pred)
            numbers = losses.class_numbers(y_true, y_pred, self.name, self.arguments["axis"])
            counted = (numbers != ignored).astype(y_pred.dtype)
            sample_weight = counted * losses.weights_for(counted, sample_weight, self.name)
        return super().sums(y_true, y_pred, sample_weight)


class KLDivergence(MeanOf):
    """How far the predicted distributions are from the true ones, on average."""

    function = losses.kl_divergence


class Poisson(MeanOf):
    """The mean of y_pred − y_true·log(y_pred)."""

    function = losses.poisson


class Hinge(MeanOf):
    """The mean of max(1 − y_true·y_pred, 0), labels −1 and 1."""

    function = losses.hinge


class SquaredHinge(MeanOf):
    """The mean of max(1 − y_true·y_pred, 0)², labels −1 and 1."""

    function = losses.squared_hinge


class CategoricalHinge(MeanOf):
    """The mean margin between the right class and the best wrong one."""

    function = losses.categorical_hinge
