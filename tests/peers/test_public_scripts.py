"""Scripts as public books, guides, courses and repositories have them, written anew: here and in real Keras.

Each case names the page that shows its idiom. The same text runs with `keras` replaced by `tinygrad_edu.keras`, and
with real Keras; `begin(model)` gives both the same weights, and what a script leaves in `result` is compared. A script
of Keras 1 or 2, which Keras 3 refuses, has the words of today for real Keras in `today`.
"""

import os
import re
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from public_scripts import SCRIPTS

from tinygrad_edu.common import old
from tinygrad_edu.common.structure import flatten

pytestmark = [pytest.mark.peers, pytest.mark.filterwarnings("ignore")]
TOLERANCE = 2e-4


def begin(model):
    """Give a model weights that depend on their shapes alone."""
    draw = np.random.default_rng(7)
    weights = model.get_weights()
    model.set_weights([draw.normal(size=w.shape) * 0.3 if w.ndim > 1 else w for w in weights])


class Script:
    """A script: the page that shows its idiom, its text, and for real Keras the words of today by the old ones."""

    def __init__(self, source, text, today=None):
        self.source, self.text, self.today = source, text, today

    def run(self, package, folder):
        """The `result` of the script, with its imports of keras from this package."""
        text = self.text
        if package == "keras":
            for old_, new in (self.today or {}).items():
                assert old_ in text, old_
                text = text.replace(old_, new)
        else:
            text = re.sub(r"\bfrom keras\b", f"from {package}", text)
            text = re.sub(r"^import keras$", f"from {package.rpartition('.')[0]} import keras", text, flags=re.M)
        names = {"__name__": "__main__", "begin": begin}
        before, path = os.getcwd(), folder / f"{package}.py"
        path.write_text(text)
        os.chdir(folder)
        try:
            np.random.seed(0)
            exec(compile(text, str(path), "exec"), names)
        finally:
            os.chdir(before)
        return [np.asarray(part, float) for part in flatten(names["result"])]


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_gives_the_numbers_of_keras(name, keras, tmp_path):
    script = Script(*SCRIPTS[name])
    old.forget_scripts()
    ours, theirs = script.run("tinygrad_edu.keras", tmp_path), script.run("keras", tmp_path)
    assert len(ours) == len(theirs)
    for one, other in zip(ours, theirs):
        assert one.shape == other.shape
        np.testing.assert_allclose(one, other, rtol=TOLERANCE, atol=TOLERANCE)


def test_the_comparison_finds_another_number(keras, tmp_path):
    """A mutant: another rate here than there."""
    text = SCRIPTS["xor"][1]
    script = Script("", text.replace("optimizer='adam'", "optimizer='sgd'"), {"optimizer='sgd'": "optimizer='adam'"})
    ours, theirs = script.run("tinygrad_edu.keras", tmp_path), script.run("keras", tmp_path)
    assert not np.allclose(ours[0], theirs[0], TOLERANCE, TOLERANCE)
