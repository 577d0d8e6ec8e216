"""Makes activations_keras.json: Keras activations with their defaults, in float64.
Run: KERAS_BACKEND=torch python tests/golden/activations_keras.py"""

import json
from pathlib import Path

import keras
import numpy as np

NAMES = (
    "linear relu relu6 leaky_relu elu selu gelu silu mish softplus softsign sigmoid log_sigmoid hard_sigmoid "
    "hard_silu tanh exponential softmax log_softmax"
)
POINTS = [[-8.0, -2.5, -1.0, -0.3], [0.0, 0.4, 1.7, 9.0]]

keras.config.set_floatx("float64")
x = keras.ops.convert_to_tensor(np.array(POINTS))
values = {n: keras.ops.convert_to_numpy(getattr(keras.activations, n)(x)).tolist() for n in NAMES.split()}
text = {"keras": keras.__version__, "points": POINTS, "values": values}
Path(__file__).with_suffix(".json").write_text(json.dumps(text, indent=1) + "\n")
