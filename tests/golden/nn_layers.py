"""Figures of real Keras 3 for every layer, constraint and regularizer: outputs, one training step, configurations.

    KERAS_BACKEND=jax python tests/golden/nn_layers.py      (keras 3.15.1, jax 0.10.2)

writes nn_layers.json. The inputs and weights are made here, by formula, for Keras and for the tests: the functions
take `keras`, which is real Keras or tinygrad_edu.keras.
"""

import json
import sys
from pathlib import Path

import numpy as np

BATCH = 3
ROW, SEQUENCE, IMAGE = (5,), (8, 3), (7, 6, 2)
FIRST, CHANNELS_THEN_SEQUENCE, CHANNELS_THEN_IMAGE = "channels_first", (3, 8), (2, 7, 6)


class Made:
    """A regularizer, constraint or initializer that each side makes for itself: module, class, arguments."""

    def __init__(self, module, name, **arguments):
        self.module, self.name, self.arguments = module, name, arguments

    def by(self, keras):
        return getattr(getattr(keras, self.module), self.name)(**self.arguments)


L1L2 = Made("regularizers", "L1L2", l1=0.02, l2=0.03)
MAX_NORM = Made("constraints", "MaxNorm", max_value=0.7)

# -- layers: class, arguments, shape of a sample ------------------------------------------------------------

CASES = {
    "dense": ("Dense", {"units": 4}, ROW),
    "dense tanh": ("Dense", {"units": 4, "activation": "tanh", "use_bias": False}, ROW),
    "dense on images": ("Dense", {"units": 3, "activation": "sigmoid"}, IMAGE),
    "dense penalties": (
        "Dense",
        {"units": 4, "kernel_regularizer": L1L2, "bias_regularizer": "l2", "activity_regularizer": "l1"},
        ROW,
    ),
    "dense constraints": ("Dense", {"units": 4, "kernel_constraint": MAX_NORM, "bias_constraint": "non_neg"}, ROW),
    "dense unit norm": ("Dense", {"units": 4, "kernel_constraint": "unit_norm"}, ROW),
    "dense min max norm": (
        "Dense",
        {
            "units": 4,
            "kernel_constraint": Made("constraints", "MinMaxNorm", min_value=0.5, max_value=0.9, rate=0.5, axis=1),
        },
        ROW,
    ),
    "dense orthogonal": (
        "Dense",
        {"units": 4, "kernel_regularizer": Made("regularizers", "OrthogonalRegularizer", factor=0.3)},
        ROW,
    ),
    "dense orthogonal columns": (
        "Dense",
        {"units": 4, "kernel_regularizer": Made("regularizers", "OrthogonalRegularizer", mode="columns")},
        ROW,
    ),
    "masking": ("Masking", {}, SEQUENCE),
    "masking of a value": ("Masking", {"mask_value": 0.5}, ROW),
    "activation": ("Activation", {"activation": "softplus"}, SEQUENCE),
    **{
        f"activation {name}": ("Activation", {"activation": name}, SEQUENCE)
        for name in (
            *("relu", "celu", "hard_tanh", "hard_shrink", "soft_shrink", "tanh_shrink", "squareplus"),
            *("sparse_plus", "sparse_sigmoid", "exponential"),
        )
    },
    "relu": ("ReLU", {}, SEQUENCE),
    "relu 6": ("ReLU", {"max_value": 6.0}, SEQUENCE),
    "relu ends": ("ReLU", {"max_value": 1.2}, SEQUENCE),
    "relu slope": ("ReLU", {"negative_slope": 0.3}, SEQUENCE),
    "relu threshold": ("ReLU", {"threshold": 0.5}, SEQUENCE),
    "relu all": ("ReLU", {"max_value": 1.5, "negative_slope": 0.2, "threshold": 0.4}, SEQUENCE),
    "leaky relu": ("LeakyReLU", {}, SEQUENCE),
    "leaky relu slope": ("LeakyReLU", {"negative_slope": 0.05}, SEQUENCE),
    "prelu": ("PReLU", {}, SEQUENCE),
    "prelu shared": ("PReLU", {"shared_axes": [1, 2], "alpha_regularizer": "l2"}, IMAGE),
    "prelu one shared": ("PReLU", {"shared_axes": 1, "alpha_constraint": "non_neg"}, SEQUENCE),
    "elu": ("ELU", {}, SEQUENCE),
    "elu alpha": ("ELU", {"alpha": 0.6}, SEQUENCE),
    "softmax": ("Softmax", {}, SEQUENCE),
    "softmax axis": ("Softmax", {"axis": 1}, SEQUENCE),
    "softmax axes": ("Softmax", {"axis": [1, 2]}, SEQUENCE),
    "dropout of all": ("Dropout", {"rate": 1.0}, ROW),
    "dropout of none": ("Dropout", {"rate": 0.0}, ROW),
    "flatten": ("Flatten", {}, IMAGE),
    "flatten numbers": ("Flatten", {}, ()),
    "reshape": ("Reshape", {"target_shape": (6, 4)}, SEQUENCE),
    "reshape rest": ("Reshape", {"target_shape": (2, -1, 3)}, SEQUENCE),
    "permute": ("Permute", {"dims": (2, 1)}, SEQUENCE),
    "permute image": ("Permute", {"dims": (3, 1, 2)}, IMAGE),
    "repeat vector": ("RepeatVector", {"n": 4}, ROW),
    "identity": ("Identity", {}, ROW),
    "rescaling": ("Rescaling", {"scale": 0.5, "offset": -1.0}, IMAGE),
    "rescaling channels": ("Rescaling", {"scale": [0.5, 2.0], "offset": [0.0, 1.0]}, IMAGE),
    "activity": ("ActivityRegularization", {"l1": 0.1, "l2": 0.2}, SEQUENCE),
    "batch normalization": ("BatchNormalization", {}, ROW),
    "batch normalization of images": ("BatchNormalization", {"momentum": 0.7, "epsilon": 0.01}, IMAGE),
    "batch normalization axis": ("BatchNormalization", {"axis": 1, "center": False}, SEQUENCE),
    "batch normalization plain": ("BatchNormalization", {"center": False, "scale": False}, SEQUENCE),
    "batch normalization penalties": (
        "BatchNormalization",
        {"beta_regularizer": "l1", "gamma_regularizer": L1L2, "beta_constraint": "non_neg", "momentum": 0.5},
        ROW,
    ),
    "batch normalization frozen": ("BatchNormalization", {"trainable": False}, ROW),
    "layer normalization": ("LayerNormalization", {}, SEQUENCE),
    "layer normalization axis": ("LayerNormalization", {"axis": 1, "epsilon": 0.1, "scale": False}, SEQUENCE),
    "layer normalization axes": ("LayerNormalization", {"axis": [1, 3], "center": False}, IMAGE),
    "layer normalization penalties": (
        "LayerNormalization",
        {"axis": (-2, -1), "gamma_constraint": "non_neg", "beta_regularizer": "l2"},
        SEQUENCE,
    ),
    "unit normalization": ("UnitNormalization", {}, SEQUENCE),
    "unit normalization axes": ("UnitNormalization", {"axis": [1, 2]}, SEQUENCE),
    "conv1d": ("Conv1D", {"filters": 4, "kernel_size": 3}, SEQUENCE),
    "conv1d same": ("Conv1D", {"filters": 2, "kernel_size": 4, "padding": "same", "activation": "relu"}, SEQUENCE),
    "conv1d causal": ("Conv1D", {"filters": 2, "kernel_size": 3, "padding": "causal", "dilation_rate": 2}, SEQUENCE),
    "conv1d strides": ("Conv1D", {"filters": 2, "kernel_size": 3, "strides": 2, "padding": "same"}, SEQUENCE),
    "conv1d causal strides": ("Conv1D", {"filters": 2, "kernel_size": 2, "strides": 3, "padding": "causal"}, SEQUENCE),
    "conv1d groups": ("Conv1D", {"filters": 6, "kernel_size": 2, "groups": 3, "use_bias": False}, SEQUENCE),
    "conv2d": ("Conv2D", {"filters": 3, "kernel_size": 3, "activation": "tanh"}, IMAGE),
    "conv2d same": ("Conv2D", {"filters": 3, "kernel_size": (2, 3), "padding": "same"}, IMAGE),
    "conv2d strides": ("Conv2D", {"filters": 3, "kernel_size": 3, "strides": (2, 1)}, IMAGE),
    "conv2d same strides": ("Conv2D", {"filters": 3, "kernel_size": 3, "strides": 2, "padding": "SAME"}, IMAGE),
    "conv2d wide strides": ("Conv2D", {"filters": 2, "kernel_size": 2, "strides": 3, "padding": "same"}, IMAGE),
    "conv2d dilation": ("Conv2D", {"filters": 3, "kernel_size": 2, "dilation_rate": (2, 3)}, IMAGE),
    "conv2d same dilation": (
        "Conv2D",
        {"filters": 2, "kernel_size": 3, "dilation_rate": 2, "padding": "same", "use_bias": False},
        IMAGE,
    ),
    "conv2d groups": ("Conv2D", {"filters": 4, "kernel_size": 3, "groups": 2}, IMAGE),
    "conv2d point": ("Conv2D", {"filters": 4, "kernel_size": 1}, IMAGE),
    "conv2d penalties": (
        "Conv2D",
        {
            **{"filters": 2, "kernel_size": 3, "kernel_regularizer": "l2", "bias_regularizer": "l1"},
            **{"activity_regularizer": "l2", "bias_constraint": "non_neg"},
            "kernel_constraint": Made("constraints", "MaxNorm", max_value=0.8, axis=[0, 1, 2]),
        },
        IMAGE,
    ),
    "max pooling 1d": ("MaxPooling1D", {}, SEQUENCE),
    "max pooling 1d same": ("MaxPooling1D", {"pool_size": 3, "strides": 2, "padding": "same"}, SEQUENCE),
    "max pooling 2d": ("MaxPooling2D", {}, IMAGE),
    "max pooling 2d same": ("MaxPooling2D", {"pool_size": (3, 2), "strides": (2, 1), "padding": "same"}, IMAGE),
    "max pooling 2d overlap": ("MaxPooling2D", {"pool_size": 3, "strides": 1}, IMAGE),
    "max pooling 2d gaps": ("MaxPooling2D", {"pool_size": 2, "strides": 3}, IMAGE),
    "average pooling 1d": ("AveragePooling1D", {"pool_size": 2}, SEQUENCE),
    "average pooling 1d same": ("AveragePooling1D", {"pool_size": 3, "strides": 2, "padding": "same"}, SEQUENCE),
    "average pooling 2d": ("AveragePooling2D", {"pool_size": (2, 3)}, IMAGE),
    "average pooling 2d same": ("AveragePooling2D", {"pool_size": 3, "strides": (1, 2), "padding": "same"}, IMAGE),
    "global max 1d": ("GlobalMaxPooling1D", {}, SEQUENCE),
    "global max 1d kept": ("GlobalMaxPooling1D", {"keepdims": True}, SEQUENCE),
    "global max 2d": ("GlobalMaxPooling2D", {}, IMAGE),
    "global max 2d kept": ("GlobalMaxPooling2D", {"keepdims": True}, IMAGE),
    "global average 1d": ("GlobalAveragePooling1D", {}, SEQUENCE),
    "global average 1d kept": ("GlobalAveragePooling1D", {"keepdims": True}, SEQUENCE),
    "global average 2d": ("GlobalAveragePooling2D", {}, IMAGE),
    "global average 2d kept": ("GlobalAveragePooling2D", {"keepdims": True}, IMAGE),
    # The channels first: the same layers, and the same weights, for the other order of axes.
    "conv1d channels first": (
        "Conv1D",
        {"filters": 4, "kernel_size": 3, "dilation_rate": 2, "padding": "same", "data_format": FIRST},
        CHANNELS_THEN_SEQUENCE,
    ),
    "conv1d channels first groups": (
        "Conv1D",
        {"filters": 6, "kernel_size": 2, "groups": 3, "strides": 2, "data_format": FIRST, "use_bias": False},
        CHANNELS_THEN_SEQUENCE,
    ),
    "conv2d channels first": (
        "Conv2D",
        {"filters": 4, "kernel_size": (2, 3), "strides": (2, 1), "padding": "same", "data_format": FIRST},
        CHANNELS_THEN_IMAGE,
    ),
    "conv2d channels first softmax": (
        "Conv2D",
        {"filters": 4, "kernel_size": 3, "groups": 2, "data_format": FIRST, "activation": "softmax"},
        CHANNELS_THEN_IMAGE,
    ),
    **{
        f"{name} channels first": (cls, {"data_format": FIRST} | arguments, shape)
        for name, cls, arguments, shape in (
            ("max pooling 1d", "MaxPooling1D", {"pool_size": 3, "strides": 2}, CHANNELS_THEN_SEQUENCE),
            ("max pooling 2d", "MaxPooling2D", {"pool_size": (3, 2), "padding": "same"}, CHANNELS_THEN_IMAGE),
            ("average pooling 1d", "AveragePooling1D", {"pool_size": 3, "padding": "same"}, CHANNELS_THEN_SEQUENCE),
            ("average pooling 2d", "AveragePooling2D", {"pool_size": 2, "strides": (1, 2)}, CHANNELS_THEN_IMAGE),
            ("global max 1d", "GlobalMaxPooling1D", {}, CHANNELS_THEN_SEQUENCE),
            ("global max 2d", "GlobalMaxPooling2D", {"keepdims": True}, CHANNELS_THEN_IMAGE),
            ("global average 1d", "GlobalAveragePooling1D", {"keepdims": True}, CHANNELS_THEN_SEQUENCE),
            ("global average 2d", "GlobalAveragePooling2D", {}, CHANNELS_THEN_IMAGE),
            ("flatten", "Flatten", {}, CHANNELS_THEN_IMAGE),
            ("flatten rows", "Flatten", {}, ROW),
        )
    },
    # What changes the number of positions, and further convolutions.
    "conv1d transpose": ("Conv1DTranspose", {"filters": 4, "kernel_size": 3, "activation": "tanh"}, SEQUENCE),
    "conv1d transpose same": (
        "Conv1DTranspose",
        {"filters": 2, "kernel_size": 3, "strides": 2, "padding": "same"},
        SEQUENCE,
    ),
    "conv1d transpose far": ("Conv1DTranspose", {"filters": 2, "kernel_size": 2, "strides": 3}, SEQUENCE),
    "conv1d transpose dilation": (
        "Conv1DTranspose",
        {"filters": 2, "kernel_size": 3, "dilation_rate": 2, "padding": "same", "use_bias": False},
        SEQUENCE,
    ),
    "conv1d transpose output padding": (
        "Conv1DTranspose",
        {"filters": 2, "kernel_size": 4, "strides": 3, "padding": "same", "output_padding": 1},
        SEQUENCE,
    ),
    "conv2d transpose": ("Conv2DTranspose", {"filters": 3, "kernel_size": 3, "strides": 2}, IMAGE),
    "conv2d transpose same": (
        "Conv2DTranspose",
        {"filters": 3, "kernel_size": (3, 4), "strides": (2, 1), "padding": "same", "activation": "relu"},
        IMAGE,
    ),
    "conv2d transpose wide": (
        "Conv2DTranspose",
        {"filters": 3, "kernel_size": 2, "strides": 3, "padding": "same"},
        IMAGE,
    ),
    "conv2d transpose output padding": (
        "Conv2DTranspose",
        {"filters": 2, "kernel_size": 3, "strides": 2, "output_padding": (0, 1)},
        IMAGE,
    ),
    "conv2d transpose penalties": (
        "Conv2DTranspose",
        {
            **{"filters": 2, "kernel_size": 3, "kernel_regularizer": "l2", "bias_regularizer": "l1"},
            **{"activity_regularizer": "l2", "bias_constraint": "non_neg", "kernel_constraint": MAX_NORM},
        },
        IMAGE,
    ),
    "conv2d transpose channels first": (
        "Conv2DTranspose",
        {"filters": 3, "kernel_size": 3, "strides": 2, "padding": "same", "data_format": FIRST},
        CHANNELS_THEN_IMAGE,
    ),
    "depthwise 1d": ("DepthwiseConv1D", {"kernel_size": 3, "depth_multiplier": 2, "activation": "tanh"}, SEQUENCE),
    "depthwise 2d": ("DepthwiseConv2D", {"kernel_size": 3}, IMAGE),
    "depthwise 2d same": (
        "DepthwiseConv2D",
        {"kernel_size": (2, 3), "depth_multiplier": 3, "strides": 2, "padding": "same", "use_bias": False},
        IMAGE,
    ),
    "depthwise 2d penalties": (
        "DepthwiseConv2D",
        {
            **{"kernel_size": 2, "dilation_rate": 2, "depthwise_regularizer": "l2", "bias_regularizer": "l1"},
            **{"depthwise_constraint": MAX_NORM, "bias_constraint": "non_neg", "activity_regularizer": "l1"},
        },
        IMAGE,
    ),
    "depthwise 2d channels first": (
        "DepthwiseConv2D",
        {"kernel_size": 3, "depth_multiplier": 2, "data_format": FIRST},
        CHANNELS_THEN_IMAGE,
    ),
    "separable 1d": ("SeparableConv1D", {"filters": 4, "kernel_size": 3, "padding": "same"}, SEQUENCE),
    "separable 2d": ("SeparableConv2D", {"filters": 4, "kernel_size": 3, "activation": "relu"}, IMAGE),
    "separable 2d strides": (
        "SeparableConv2D",
        {"filters": 3, "kernel_size": 3, "strides": 2, "padding": "same", "depth_multiplier": 2, "use_bias": False},
        IMAGE,
    ),
    "separable 2d penalties": (
        "SeparableConv2D",
        {
            **{"filters": 2, "kernel_size": 2, "depthwise_regularizer": "l2", "pointwise_regularizer": "l1"},
            **{"depthwise_constraint": MAX_NORM, "pointwise_constraint": "non_neg", "bias_regularizer": "l2"},
        },
        IMAGE,
    ),
    "separable 2d channels first": (
        "SeparableConv2D",
        {"filters": 3, "kernel_size": 3, "data_format": FIRST},
        CHANNELS_THEN_IMAGE,
    ),
    "up sampling 1d": ("UpSampling1D", {"size": 3}, SEQUENCE),
    "up sampling 2d": ("UpSampling2D", {}, IMAGE),
    "up sampling 2d bilinear": ("UpSampling2D", {"size": (2, 3), "interpolation": "bilinear"}, IMAGE),
    "up sampling 2d bicubic": ("UpSampling2D", {"size": 2, "interpolation": "bicubic"}, IMAGE),
    "up sampling 2d lanczos": ("UpSampling2D", {"size": 2, "interpolation": "lanczos3"}, IMAGE),
    "up sampling 2d channels first": (
        "UpSampling2D",
        {"size": (1, 2), "interpolation": "bilinear", "data_format": FIRST},
        CHANNELS_THEN_IMAGE,
    ),
    "zero padding 1d": ("ZeroPadding1D", {}, SEQUENCE),
    "zero padding 1d channels first": (
        "ZeroPadding1D",
        {"padding": (1, 2), "data_format": FIRST},
        CHANNELS_THEN_SEQUENCE,
    ),
    "zero padding 2d": ("ZeroPadding2D", {"padding": (1, 2)}, IMAGE),
    "zero padding 2d sides": ("ZeroPadding2D", {"padding": ((1, 0), (2, 3))}, IMAGE),
    "zero padding 2d channels first": ("ZeroPadding2D", {"data_format": FIRST}, CHANNELS_THEN_IMAGE),
    "cropping 1d": ("Cropping1D", {}, SEQUENCE),
    "cropping 1d end": ("Cropping1D", {"cropping": (0, 2)}, SEQUENCE),
    "cropping 2d": ("Cropping2D", {"cropping": (1, 2)}, IMAGE),
    "cropping 2d none": ("Cropping2D", {}, IMAGE),
    "cropping 2d channels first": (
        "Cropping2D",
        {"cropping": ((1, 0), (2, 1)), "data_format": FIRST},
        CHANNELS_THEN_IMAGE,
    ),
    "resizing": ("Resizing", {"height": 4, "width": 9}, IMAGE),
    "resizing nearest": ("Resizing", {"height": 5, "width": 4, "interpolation": "nearest"}, IMAGE),
    "resizing smooth": ("Resizing", {"height": 3, "width": 4, "interpolation": "bicubic", "antialias": True}, IMAGE),
    "resizing lanczos": ("Resizing", {"height": 9, "width": 3, "interpolation": "lanczos5", "antialias": True}, IMAGE),
    "resizing cropped": ("Resizing", {"height": 2, "width": 4, "crop_to_aspect_ratio": True}, IMAGE),
    "resizing padded": (
        "Resizing",
        {"height": 3, "width": 8, "pad_to_aspect_ratio": True, "fill_value": 0.5},
        IMAGE,
    ),
    "resizing channels first": ("Resizing", {"height": 9, "width": 4, "data_format": FIRST}, CHANNELS_THEN_IMAGE),
    "group normalization": ("GroupNormalization", {"groups": 2}, (5, 4)),
    "group normalization of each": ("GroupNormalization", {"groups": -1, "scale": False}, IMAGE),
    "group normalization axis": (
        "GroupNormalization",
        {"groups": 3, "axis": 1, "epsilon": 0.1, "gamma_regularizer": "l2", "beta_constraint": "non_neg"},
        (6, 4, 2),
    ),
}
# Layers whose training draws random numbers: they are compared in prediction, and by their configuration.
RANDOM = {
    "dropout": ("Dropout", {"rate": 0.3, "noise_shape": (None, 1, 3), "seed": 4}, SEQUENCE),
    "spatial dropout 1d": ("SpatialDropout1D", {"rate": 0.3, "seed": 4}, SEQUENCE),
    "spatial dropout 2d": ("SpatialDropout2D", {"rate": 0.3}, IMAGE),
    "spatial dropout 2d channels first": ("SpatialDropout2D", {"rate": 0.3, "data_format": FIRST}, CHANNELS_THEN_IMAGE),
    "gaussian dropout": ("GaussianDropout", {"rate": 0.3}, SEQUENCE),
    "gaussian noise": ("GaussianNoise", {"stddev": 0.3, "seed": 2}, SEQUENCE),
    "alpha dropout": ("AlphaDropout", {"rate": 0.3, "noise_shape": (None, 8, 1)}, SEQUENCE),
}


def wave(shape, phase, size=2.0):
    """Numbers without pattern, away from 0 and from each other."""
    count = int(np.prod(shape))
    return (size * np.sin(phase * np.arange(1, count + 1) ** 1.3 + 0.3)).reshape(shape).astype("float32")


def made(keras, cls, arguments):
    """A layer with its arguments."""
    arguments = {name: value.by(keras) if isinstance(value, Made) else value for name, value in arguments.items()}
    return getattr(keras.layers, cls)(**arguments)


def held(keras, shape):
    """A layer whose only weight is what the next layer gets, so that one step of SGD shows its gradient."""

    class Held(keras.layers.Layer):
        def build(self, input_shape):
            self.values = self.add_weight(shape=(BATCH, *shape), initializer="zeros", name="values")
            super().build(input_shape)

        def call(self, inputs):
            return inputs * 0 + self.values

        def compute_output_shape(self, input_shape):
            return input_shape

    return Held()


def array(x):
    return np.asarray(x.numpy() if hasattr(x, "numpy") else x)


def layer_figures(keras, cls, arguments, shape, train=True):
    """Predictions, one step of SGD on all weights and the input, shapes, names, the configuration."""
    layer = made(keras, cls, arguments)
    model = keras.Sequential([keras.Input(shape), held(keras, shape), layer])
    weights = []
    for i, w in enumerate(model.weights):
        values = wave(tuple(w.shape), 0.7 + i, 2.0 if i == 0 else 0.6)
        weights.append(np.abs(values) + 0.1 if "variance" in w.name else values)
    model.set_weights(weights)
    x = np.zeros((BATCH, *shape), "float32")
    found = {
        "predicted": array(model(x, training=False)),
        "output_shape": list(layer.compute_output_shape((None, *shape))),
    }
    found["weights"] = [list(w.shape) for w in layer.weights]
    found["names"] = [w.name.split("/")[-1] for w in layer.weights]
    found["trained"] = [w.name.split("/")[-1] for w in layer.trainable_weights]
    if train:
        y = wave(found["predicted"].shape, 2.1, 1.0)
        y = y if y.ndim > 1 else y[:, None]
        model.compile(keras.optimizers.SGD(1.0), "mse")
        found["loss"] = float(np.asarray(model.train_on_batch(x, y)))
        found["after"] = [array(w) for w in model.get_weights()]
        found["loss after"] = float(np.asarray(model.evaluate(x, y, verbose=0)))
    found["config"] = plain(layer.get_config())
    return found


def plain(config):
    """A configuration without the entries that only Keras's files need."""
    if isinstance(config, dict) and "class_name" in config:
        if config["class_name"] == "DTypePolicy":
            return config["config"]["name"]
        return {"class_name": config["class_name"], "config": plain(config["config"])}
    if isinstance(config, dict):
        return {name: plain(value) for name, value in config.items() if name != "name"}
    return list(config) if isinstance(config, tuple) else config


# -- embeddings: whole numbers in -----------------------------------------------------------------------------

EMBEDDINGS = {
    "embedding": {"input_dim": 6, "output_dim": 3},
    "embedding mask": {"input_dim": 6, "output_dim": 3, "mask_zero": True},
    "embedding penalties": {
        **{"input_dim": 6, "output_dim": 2, "embeddings_regularizer": "l2"},
        "embeddings_constraint": Made("constraints", "UnitNorm", axis=1),
    },
}


def embedding_figures(keras, arguments):
    layer = made(keras, "Embedding", arguments)
    model = keras.Sequential([keras.Input((4,)), layer])
    model.set_weights([wave((arguments["input_dim"], arguments["output_dim"]), 0.9)])
    x = np.array([[0, 5, 2, 2], [1, 1, 0, 3], [4, 2, 2, 2]])
    found = {"predicted": array(model(x)), "output_shape": list(layer.compute_output_shape((None, 4)))}
    model.compile(keras.optimizers.SGD(1.0), "mse")
    found["loss"] = float(np.asarray(model.train_on_batch(x, wave(found["predicted"].shape, 2.1, 1.0))))
    found["after"] = [array(w) for w in model.get_weights()]
    found["config"] = plain(layer.get_config())
    return found


# -- networks, trained for some steps ---------------------------------------------------------------------------


def lenet(keras):
    k = keras.layers
    return keras.Sequential([
        keras.Input((8, 8, 1)), k.Conv2D(4, 3, padding="same", activation="relu"), k.MaxPooling2D(),
        k.Conv2D(6, 3, activation="relu"), k.BatchNormalization(), k.AveragePooling2D(2), k.Flatten(),
        k.Dense(10, activation="softmax"),
    ])  # fmt: skip


def sequence_network(keras):
    k = keras.layers
    return keras.Sequential([
        keras.Input((12,)), k.Embedding(10, 4), k.Conv1D(5, 3, padding="causal"), k.LayerNormalization(), k.PReLU(),
        k.MaxPooling1D(2), k.GlobalAveragePooling1D(), k.Dense(3, kernel_constraint="max_norm", activation="softmax"),
    ])  # fmt: skip


def constrained(keras):
    k = keras.layers
    return keras.Sequential([
        keras.Input((6,)), k.Dense(8, kernel_constraint=MAX_NORM.by(keras), activity_regularizer="l2"),
        k.BatchNormalization(momentum=0.8), k.LeakyReLU(), k.UnitNormalization(),
        k.Dense(3, activation="softmax", kernel_constraint="non_neg", kernel_regularizer="l1"),
    ])  # fmt: skip


NETWORKS = {"lenet": lenet, "sequence": sequence_network, "constrained": constrained}


def training_figures(keras, build, optimizer):
    """The losses of some epochs in a fixed order, and the predictions at the end."""
    model = build(keras)
    model.set_weights(
        [
            w if "moving" in v.name else wave(w.shape, 0.3 + 0.1 * i, 0.5) + ("gamma" in v.name)
            for i, (v, w) in enumerate(zip(model.weights, model.get_weights()))
        ]
    )
    shape = model.input_shape[1:]
    x = wave((20, *shape), 0.37, 1.0)
    if len(shape) == 1 and shape[0] == 12:
        x = np.floor(np.abs(x) * 9.99).astype("int32")
    y = (np.arange(20) * 7 % 3).astype("int32")
    model.compile(optimizer, "sparse_categorical_crossentropy")
    history = model.fit(x, y, batch_size=8, epochs=4, shuffle=False, verbose=0)
    return {"losses": history.history["loss"], "predicted": array(model.predict(x[:5], verbose=0))}


# -- constraints, regularizers, initializers by themselves -------------------------------------------------------

CONSTRAINTS = {
    "non_neg": ("NonNeg", {}),
    "max_norm": ("MaxNorm", {}),
    "max_norm 0.5": ("MaxNorm", {"max_value": 0.5}),
    "max_norm axis": ("MaxNorm", {"max_value": 1.5, "axis": 1}),
    "max_norm axes": ("MaxNorm", {"max_value": 1.5, "axis": [0, 1]}),
    "unit_norm": ("UnitNorm", {}),
    "unit_norm axis": ("UnitNorm", {"axis": -1}),
    "min_max_norm": ("MinMaxNorm", {}),
    "min_max_norm bounds": ("MinMaxNorm", {"min_value": 1.0, "max_value": 1.8, "rate": 0.3, "axis": 1}),
}
REGULARIZERS = {
    "l1": ("L1", {}),
    "l1 0.3": ("L1", {"l1": 0.3}),
    "l2": ("L2", {"l2": 0.2}),
    "l1_l2": ("L1L2", {"l1": 0.1, "l2": 0.2}),
    "l1_l2 none": ("L1L2", {}),
    "orthogonal": ("OrthogonalRegularizer", {}),
    "orthogonal columns": ("OrthogonalRegularizer", {"factor": 0.4, "mode": "columns"}),
}
INITIALIZERS = {
    "identity": ("Identity", {"gain": 2.0}, (3, 4)),
    "constant": ("Constant", {"value": 1.5}, (2, 2)),
    "zeros": ("Zeros", {}, (2,)),
    "ones": ("Ones", {}, (2,)),
}
MATRIX = wave((4, 3), 1.7)


def part_figures(keras, module, cls, arguments, *given):
    """What a constraint or regularizer makes of a matrix with a row of zeros, an initializer of a shape."""
    part = getattr(getattr(keras, module), cls)(**arguments)
    if not given:
        values = MATRIX.copy()
        values[2] = 0.0
        given = (keras.ops.convert_to_tensor(values) if hasattr(keras, "ops") else values,)
    return {"value": array(part(*given)), "config": plain(part.get_config())}


def figures(keras):
    found = {
        "layers": {name: layer_figures(keras, *case) for name, case in CASES.items()},
        "random": {name: layer_figures(keras, *case, train=False) for name, case in RANDOM.items()},
        "embeddings": {name: embedding_figures(keras, case) for name, case in EMBEDDINGS.items()},
        "constraints": {name: part_figures(keras, "constraints", *case) for name, case in CONSTRAINTS.items()},
        "regularizers": {name: part_figures(keras, "regularizers", *case) for name, case in REGULARIZERS.items()},
        "initializers": {name: part_figures(keras, "initializers", *case) for name, case in INITIALIZERS.items()},
    }
    found["networks"] = {
        f"{name} {optimizer}": training_figures(keras, build, optimizer)
        for name, build in NETWORKS.items()
        for optimizer in ("sgd", "adam")
    }
    return found


def short(value):
    """Arrays as lists of six digits."""
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, dict):
        return {key: short(part) for key, part in value.items()}
    if isinstance(value, list):
        return [short(part) for part in value]
    return float(f"{value:.6g}") if isinstance(value, float) else value


if __name__ == "__main__":
    import keras

    text = json.dumps(short(figures(keras)), separators=(",", ":")).replace('},"', '},\n"')
    Path(__file__).with_suffix(".json").write_text(text + "\n")
    print(keras.__version__, len(text), file=sys.stderr)
