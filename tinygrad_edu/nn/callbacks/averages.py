"""A callback that evaluates a model with the moving averages of its weights."""

from .base import Callback


class SwapEMAWeights(Callback):
    """Evaluates and predicts with the averages of the weights that an optimizer with `use_ema=True` keeps.

    Before an evaluation or prediction the weights get the values of their averages, and after it their own again.

    Args:
        swap_on_epoch: have the averages from the end of each epoch too, until the next begins, so that callbacks that
            come after this one, such as ModelCheckpoint, see them.

    Raises:
        ValueError: the optimizer keeps no averages.

    Source: Polyak and Juditsky, "Acceleration of Stochastic Approximation by Averaging" (1992).

    Example:
        >>> model = tg.nn.Sequential([tg.nn.Input((2,)), tg.nn.Dense(1)])
        >>> model.compile(tg.optim.SGD(0.1, use_ema=True), "mse")
        >>> x, y = np.ones((4, 2)), np.ones(4)
        >>> history = model.fit(x, y, validation_data=(x, y), callbacks=[SwapEMAWeights()], verbose=0)
    """

    def __init__(self, swap_on_epoch: bool = False):
        self.swap_on_epoch = swap_on_epoch
        self._weights = None  # their values while the averages are in the model

    def _show_averages(self):
        optimizer, weights = self.model.optimizer, self.model.trainable_weights
        if not optimizer.use_ema:
            raise ValueError(
                "SwapEMAWeights expects an optimizer that keeps averages, such as Adam(use_ema=True); received "
                f"{type(optimizer).__name__} with use_ema=False."
            )
        if self._weights is None:
            self._weights = [weight.numpy() for weight in weights]
            optimizer.finalize_variable_values(weights)

    def _show_weights(self):
        if self._weights is not None:
            for weight, values in zip(self.model.trainable_weights, self._weights):
                weight.assign(values)
            self._weights = None

    def on_train_begin(self, logs=None):
        self._weights = None

    def on_epoch_begin(self, epoch, logs=None):
        if self.swap_on_epoch:
            self._show_weights()

    def on_epoch_end(self, epoch, logs=None):
        if self.swap_on_epoch:
            self._show_averages()

    def on_train_end(self, logs=None):
        self._weights = None  # fit has given the weights their averages

    def on_test_begin(self, logs=None):
        self._show_averages()

    def on_test_end(self, logs=None):
        self._show_weights()

    on_predict_begin, on_predict_end = on_test_begin, on_test_end
