"""What Keras's own load_data gives when the data are the bundled iris, for the test of `iris.load_data`.

Run with Keras installed, from the root of the repository: `python tests/data/golden_keras_split.py`. It writes
tests/data/keras_split.json.
"""

import json
import tempfile
from pathlib import Path

import numpy as np

if __name__ == "__main__":
    import keras
    from keras.src.datasets import boston_housing
    from sklearn.datasets import load_iris

    x, y = load_iris(return_X_y=True)
    cases = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "iris.npz"
        np.savez(path, x=x, y=y)
        boston_housing.get_file = lambda *args, **options: path
        for options in ({}, {"test_split": 0.33}, {"test_split": 0.0}, {"test_split": 0.2, "seed": 5}):
            (x_train, y_train), (x_test, y_test) = boston_housing.load_data(**options)
            cases.append(
                {
                    "options": options,
                    "x_train_first": x_train[0].tolist(),
                    "y_train": y_train.tolist(),
                    "y_test": y_test.tolist(),
                    "x_test_sum": x_test.sum(0).tolist(),
                }
            )
    record = {"keras": keras.__version__, "cases": cases}
    Path(__file__).with_name("keras_split.json").write_text(json.dumps(record) + "\n")
