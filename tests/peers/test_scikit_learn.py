"""Models in real scikit-learn: cross-validation, pipelines, grid searches, copies."""

import warnings

import numpy as np
import pytest

from tinygrad_edu import keras
from tinygrad_edu.common import old

pytest.importorskip("sklearn")
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.datasets import load_iris, make_regression
from sklearn.model_selection import GridSearchCV, KFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

pytestmark = pytest.mark.peers
X, CLASSES = load_iris(return_X_y=True)
NAMES = np.array(["setosa", "versicolor", "virginica"])[CLASSES]


@pytest.fixture(autouse=True)
def seeded():
    keras.utils.set_random_seed(0)


def network(X=None, y=None, units=8, rate=0.05, loss="categorical_crossentropy", outputs=3):  # noqa: N803
    last = "softmax" if outputs > 1 else None
    model = keras.Sequential(
        [keras.Input((4,)), keras.layers.Dense(units, activation="tanh"), keras.layers.Dense(outputs, activation=last)]
    )
    model.compile(keras.optimizers.Adam(rate), loss)
    return model


def classifier(**options):
    return keras.wrappers.SKLearnClassifier(network, fit_kwargs={"epochs": 20, "verbose": 0}, **options)


def test_a_classifier_learns_names_in_a_pipeline():
    pipeline = make_pipeline(StandardScaler(), classifier())
    shares = cross_val_score(pipeline, X, NAMES, cv=KFold(3, shuffle=True, random_state=0))
    assert shares.min() > 0.85
    fitted = pipeline.fit(X, NAMES)
    assert set(fitted.predict(X)) == set(NAMES) and fitted.decision_function(X).shape == (150, 3)
    assert is_classifier(pipeline) and list(fitted[-1].classes_) == sorted(set(NAMES))


def test_a_grid_search_finds_the_rate_that_learns():
    found = GridSearchCV(classifier(), {"model_kwargs": [{"rate": 1e-7}, {"rate": 0.05}]}, cv=3).fit(X, NAMES)
    assert found.best_params_ == {"model_kwargs": {"rate": 0.05}}


def test_a_compiled_model_is_copied_unless_it_goes_on():
    model = network()
    before = model.get_weights()
    estimator = keras.wrappers.SKLearnClassifier(model, fit_kwargs={"epochs": 1, "verbose": 0}).fit(X, NAMES)
    assert all(map(np.array_equal, before, model.get_weights())) and estimator.model_ is not model
    warm = keras.wrappers.SKLearnClassifier(model, warm_start=True, fit_kwargs={"verbose": 0}).fit(X, NAMES)
    assert warm.model_ is model and not np.array_equal(before[0], model.get_weights()[0])
    assert clone(warm).get_params().keys() == {"model", "warm_start", "model_kwargs", "fit_kwargs"}


def test_a_regressor_and_a_transformer():
    x, y = make_regression(60, 4, random_state=0)
    y = y / y.std()
    settings = {"model_kwargs": {"loss": "mse", "outputs": 1}, "fit_kwargs": {"epochs": 100, "verbose": 0}}
    regressor = keras.wrappers.SKLearnRegressor(network, **settings).fit(x, y)
    assert is_regressor(regressor) and regressor.predict(x).shape == (60,) and regressor.score(x, y) > 0.9
    features = keras.wrappers.SKLearnTransformer(network, fit_kwargs={"epochs": 1, "verbose": 0})
    assert features.fit(X, np.eye(3)[CLASSES]).transform(X).shape == (150, 3)


def test_what_is_not_compiled_or_has_one_class_is_refused():
    with pytest.raises(RuntimeError, match="compiled"):
        keras.wrappers.SKLearnRegressor(keras.Sequential([keras.layers.Dense(1)])).fit(X, CLASSES)
    with pytest.raises(ValueError, match="one class"):
        classifier().fit(X[:50], NAMES[:50])


def test_the_estimators_of_keras_2():
    old.forget_scripts()
    with pytest.warns(UserWarning, match="wrappers.SKLearnClassifier|keras.wrappers.scikit_learn"):
        from tinygrad_edu.keras.wrappers.scikit_learn import KerasClassifier, KerasRegressor

    estimator = KerasClassifier(build_fn=network, nb_epoch=20, batch_size=16, verbose=0)
    assert cross_val_score(estimator, X, NAMES, cv=KFold(3, shuffle=True, random_state=0)).min() > 0.85
    search = GridSearchCV(estimator, {"rate": [1e-7, 0.05], "batch_size": [16]}, cv=3).fit(X, NAMES)
    assert search.best_params_["rate"] == 0.05 and search.best_estimator_.predict_proba(X[:5]).shape == (5, 3)
    x, y = make_regression(60, 4, random_state=0)
    made = KerasRegressor(build_fn=network, loss="mse", outputs=1, epochs=100, verbose=0)
    with warnings.catch_warnings(action="error"):
        made.fit(x, y / y.std())
    assert made.score(x, y / y.std()) > -0.1 and clone(made).get_params() == made.get_params()
