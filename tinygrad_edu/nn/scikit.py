"""Models as estimators of scikit-learn: for its pipelines, cross-validation and grid searches.

`SKLearnClassifier`, `SKLearnRegressor` and `SKLearnTransformer` are those of `keras.wrappers`; `KerasClassifier` and
`KerasRegressor` are those of Keras 2, for old scripts. Loaded on first use: scikit-learn need not be installed.
"""

import copy
from typing import Any

import numpy as np

from .layer import takes
from .model import Model
from .saving import clone_model

try:
    from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin, TransformerMixin
    from sklearn.utils.multiclass import type_of_target
    from sklearn.utils.validation import check_is_fitted, validate_data

    MISSING = False
except ImportError:
    MISSING = True
    BaseEstimator = object
    ClassifierMixin, RegressorMixin, TransformerMixin = (type(f"{kind}Mixin", (), {}) for kind in ("C", "R", "T"))


def _require(estimator):
    if MISSING:
        raise ImportError(
            f"{type(estimator).__name__} needs scikit-learn, and it is not installed. One command gets it: "
            "pip install scikit-learn"
        )


class SKLBase(BaseEstimator):
    """Base of the estimators around a model.

    Args:
        model: a compiled model, of which each `fit` trains a copy with new weights; or a function of X, y and the
            model_kwargs that gives one.
        warm_start: train the model itself, and go on with its weights at the next `fit`.
        model_kwargs: further arguments of the function.
        fit_kwargs: arguments of `model.fit`; those of `fit` itself come first.

    Attributes:
        model_: the trained model.
        history_: the History of its training.

    Raises:
        ImportError: scikit-learn is not installed.
        RuntimeError: the model is not compiled.
    """

    def __init__(
        self,
        model: Any,
        warm_start: bool = False,
        model_kwargs: dict[str, Any] | None = None,
        fit_kwargs: dict[str, Any] | None = None,
    ):
        _require(self)
        self.model, self.warm_start = model, warm_start
        self.model_kwargs, self.fit_kwargs = model_kwargs, fit_kwargs

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.non_deterministic = True
        return tags

    def __sklearn_clone__(self):
        model = self.model if callable(self.model) and not isinstance(self.model, Model) else copy.deepcopy(self.model)
        return type(self)(model, self.warm_start, self.model_kwargs, self.fit_kwargs)

    def fit(self, X, y, **fit_kwargs):  # noqa: N803 the name in scikit-learn
        """Train on X, shape (samples, features), and y, shape (samples,) or (samples, outputs).

        Args:
            X, y: the data.
            fit_kwargs: further arguments of `model.fit`.
        """
        X, y = validate_data(self, X, y, multi_output=True, allow_nd=True)  # noqa: N806
        y = self._targets(y)
        model = self._model(X, y)
        if not model.compiled:
            raise RuntimeError(f"{type(self).__name__} expects a compiled model: call model.compile(…) first.")
        self.history_ = model.fit(X, y, **{**(self.fit_kwargs or {}), **fit_kwargs})
        self.model_ = model
        return self

    def _model(self, x, y):
        if self.warm_start and hasattr(self, "model_"):
            return self.model_
        if not isinstance(self.model, Model):
            return self.model(X=x, y=y, **(self.model_kwargs or {}))
        if self.warm_start:
            return self.model
        model = clone_model(self.model)
        if self.model.compiled and not model.compiled:
            model.compile_from_config(self.model.get_compile_config())
        return model

    def _targets(self, y):
        """The targets as the model is trained on them."""
        type_of_target(y, raise_unknown=True)
        self._one_axis = y.ndim == 1
        return y.reshape(-1, 1) if y.ndim == 1 else y

    def _outputs(self, X):  # noqa: N803
        check_is_fitted(self, "model_")
        return self.model_.predict(validate_data(self, X, reset=False, allow_nd=True), verbose=0)

    def predict(self, X):  # noqa: N803
        """The predictions of the model for X, in the form of the targets."""
        outputs = self._outputs(X)
        return outputs[:, 0] if self._one_axis and outputs.ndim == 2 else outputs


class SKLearnClassifier(ClassifierMixin, SKLBase):
    """A model as a classifier of scikit-learn: it is trained on one-hot rows, and predicts the classes themselves.

    Args:
        model, warm_start, model_kwargs, fit_kwargs: see `SKLBase`.
    """

    def _targets(self, y):
        kind = type_of_target(y, raise_unknown=True)
        if kind not in ("binary", "multiclass"):
            raise ValueError(f"Only binary and multiclass targets are supported. Target type: {kind}")
        self.classes_, numbers = np.unique(y, return_inverse=True)
        if len(self.classes_) == 1:
            raise ValueError("Classifier can't train when only one class is present.")
        return np.eye(len(self.classes_))[numbers.reshape(-1)]

    def decision_function(self, X):  # noqa: N803
        """The outputs of the model, one for each class."""
        return self._outputs(X)

    def predict(self, X):  # noqa: N803
        """The class with the largest output, for each sample."""
        return self.classes_[self._outputs(X).argmax(axis=1)]


class SKLearnRegressor(RegressorMixin, SKLBase):
    """A model as a regressor of scikit-learn.

    Args:
        model, warm_start, model_kwargs, fit_kwargs: see `SKLBase`.
    """


class SKLearnTransformer(TransformerMixin, SKLBase):
    """A model as a transformer of scikit-learn: its outputs are the new features.

    Args:
        model, warm_start, model_kwargs, fit_kwargs: see `SKLBase`.
    """

    def transform(self, X):  # noqa: N803
        """The outputs of the model."""
        return self._outputs(X)


# -- those of Keras 2 -------------------------------------------------------------------------------------------------


class _OfKeras2(BaseEstimator):
    """Base of the estimators of Keras 2.

    Args:
        build_fn: a function that gives a compiled model.
        sk_params: arguments of that function, and of `fit` and `predict` of the model, by name.
    """

    def __init__(self, build_fn=None, **sk_params):
        _require(self)
        self.build_fn, self.sk_params = build_fn, sk_params

    def get_params(self, deep=True):
        """The arguments it was made with."""
        return {"build_fn": self.build_fn, **self.sk_params}

    def set_params(self, **params):
        """Other arguments, for a search."""
        self.build_fn = params.pop("build_fn", self.build_fn)
        self.sk_params |= params
        return self

    def _for(self, function, given):
        """The arguments that a function takes, of those of the constructor and those given now."""
        settings = dict(self.sk_params)
        if "nb_epoch" in settings:
            settings["epochs"] = settings.pop("nb_epoch")
        known = {name: value for name, value in settings.items() if takes(function, name)}
        return known | given

    def fit(self, x, y, **kwargs):
        """Train a new model."""
        x, y = np.asarray(x), np.asarray(y)
        self.model = self.build_fn(**self._for(self.build_fn, {}))
        return self.model.fit(x, self._targets(y), **self._for(Model.fit, kwargs))

    def _outputs(self, x, given):
        check_is_fitted(self, "model")
        return self.model.predict(np.asarray(x), **self._for(Model.predict, given))


class KerasClassifier(ClassifierMixin, _OfKeras2):
    """The classifier of Keras 2 around a function that gives a model; today `SKLearnClassifier`.

    Args:
        build_fn, sk_params: a function that gives a compiled model; arguments of it, of `fit` and of `predict`.
    """

    def _targets(self, y):
        if y.ndim == 2 and y.shape[1] > 1:
            self.classes_ = np.arange(y.shape[1])
            return y
        self.classes_, numbers = np.unique(y, return_inverse=True)
        rows = self.model.loss is not None and self.model.loss.name == "categorical_crossentropy"
        return np.eye(len(self.classes_))[numbers.reshape(-1)] if rows else numbers.reshape(-1)

    def predict(self, x, **kwargs):
        """The class of each sample."""
        return self.classes_[self.predict_proba(x, **kwargs).argmax(axis=-1)]

    def predict_proba(self, x, **kwargs):
        """The probability of each class."""
        outputs = self._outputs(x, kwargs)
        return np.hstack([1 - outputs, outputs]) if outputs.shape[1] == 1 else outputs


class KerasRegressor(RegressorMixin, _OfKeras2):
    """The regressor of Keras 2 around a function that gives a model; today `SKLearnRegressor`.

    Args:
        build_fn, sk_params: a function that gives a compiled model; arguments of it, of `fit` and of `predict`.
    """

    def _targets(self, y):
        return y

    def predict(self, x, **kwargs):
        """The prediction for each sample."""
        return np.squeeze(self._outputs(x, kwargs), axis=-1)

    def score(self, x, y, **kwargs):
        """−loss: larger is better."""
        loss = self.model.evaluate(np.asarray(x), np.asarray(y), verbose=0)
        return -float(np.ravel(loss)[0])
