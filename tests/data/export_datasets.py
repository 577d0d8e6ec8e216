"""Write the bundled datasets, and the figures that the tests compare them with, from scikit-learn's package.

Run once, with scikit-learn installed, from the root of the repository: `python tests/data/export_datasets.py`.
The files under tinygrad_edu/data/files/ and tests/data/reference.json are its output.
"""

import gzip
import json
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[2]


def number(value):
    """The shortest text that reads back as the same number."""
    return repr(int(value) if value == int(value) else float(value))


def export(name, bunch, target):
    columns = [*map(str, bunch.feature_names), target]
    table = np.column_stack([bunch.data, bunch.target])
    lines = [",".join(columns), *(",".join(map(number, row)) for row in table)]
    data = ("\n".join(lines) + "\n").encode()
    path = ROOT / f"tinygrad_edu/data/files/{name}.csv.gz"
    path.write_bytes(gzip.compress(data, 9, mtime=0))
    return {
        "shape": table[:, :-1].shape,
        "feature_names": columns[:-1],
        "target_names": [str(n) for n in bunch.get("target_names", [])],
        "mean": bunch.data.mean(0).tolist(),
        "std": bunch.data.std(0).tolist(),
        "first_row": bunch.data[0].tolist(),
        "last_row": bunch.data[-1].tolist(),
        "target_sum": float(bunch.target.sum()),
        "target_times_position": float(bunch.target @ np.arange(len(table))),
    }


if __name__ == "__main__":
    import sklearn
    from sklearn import datasets

    reference = {
        "scikit-learn": sklearn.__version__,
        "breast_cancer": export("breast_cancer", datasets.load_breast_cancer(), "diagnosis"),
        "diabetes": export("diabetes", datasets.load_diabetes(scaled=False), "progression"),
        "digits": export("digits", datasets.load_digits(), "digit"),
        "iris": export("iris", datasets.load_iris(), "species"),
    }
    (ROOT / "tests/data/reference.json").write_text(json.dumps(reference, indent=1) + "\n")
