"""keras.utils, keras.backend, keras.config: seeds, labels, splits, data sets that make batches, pictures, settings."""

import random

import numpy as np
import pandas as pd
import pytest
from golden_figures import load

import tinygrad_edu as tg
from tinygrad_edu import keras
from tinygrad_edu.keras import utils
from tinygrad_edu.keras.layers import Conv2D, Dense, Dropout, Flatten, Input
from tinygrad_edu.keras.models import Model, Sequential

PARITY, FIGURES = load("keras_parity")

# -- seeds and settings --------------------------------------------------------------------------------------


def drawn():
    return random.random(), np.random.rand(), Dense(3).name and keras.initializers.HeNormal()((2, 2)).tolist()


def test_one_seed_for_all_random_numbers_as_in_keras():
    utils.set_random_seed(3)
    first = drawn()
    utils.set_random_seed(np.int64(3))
    assert drawn() == first
    assert drawn() != first


@pytest.mark.parametrize("seed", [None, 1.5, "7"])
def test_a_seed_is_a_whole_number(seed):
    with pytest.raises(ValueError, match="seed should be a whole number"):
        utils.set_random_seed(seed)


def test_names_begin_again_after_clear_session():
    Dense(1)
    keras.backend.clear_session()
    assert [Dense(1).name, Dense(1).name] == ["dense", "dense_1"]
    utils.clear_session(free_memory=False)
    assert Dense(1).name == "dense"


def test_settings():
    assert (keras.backend.epsilon(), keras.config.floatx(), keras.config.backend()) == (1e-7, "float32", "numpy")
    assert keras.config.image_data_format() == keras.backend.image_data_format() == "channels_last"
    with pytest.raises(ValueError, match="data_format should be 'channels_last' or 'channels_first'; received 'first'"):
        keras.config.set_image_data_format("first")
    assert keras.__version__ == tg.__version__


def test_the_order_of_axes_that_is_set_is_that_of_layers_not_told():
    keras.backend.set_image_data_format("channels_first")
    try:
        first = keras.Sequential([keras.Input((1, 8, 6)), keras.layers.Conv2D(3, 3), keras.layers.MaxPooling2D()])
    finally:
        keras.backend.set_image_data_format("channels_last")
    assert first.output_shape == (None, 3, 3, 2)
    assert [layer.get_config()["data_format"] for layer in first.layers] == ["channels_first"] * 2


# -- labels and norms ----------------------------------------------------------------------------------------


def test_one_hot_rows():
    """The examples of Keras's documentation."""
    assert utils.to_categorical([0, 1, 2, 3], num_classes=4).tolist() == np.eye(4).tolist()
    assert utils.to_categorical(np.array([[1], [0]])).tolist() == [[0, 1], [1, 0]]
    assert utils.to_categorical([[1, 0], [2, 2]]).shape == (2, 2, 3)
    assert utils.to_categorical(2).tolist() == [0, 0, 1]
    for wrong in ([-1, 0], [0.5], [3]):
        with pytest.raises(ValueError, match="whole numbers from 0"):
            utils.to_categorical(wrong, num_classes=3)


def test_norms_become_one():
    x = np.array([[3.0, 4.0], [0.0, 0.0], [-2.0, 0.0]], "float32")
    assert utils.normalize(x).tolist() == np.array([[0.6, 0.8], [0, 0], [-1, 0]], "float32").tolist()
    assert utils.normalize(x).dtype == np.float32
    assert utils.normalize(x, order=1)[0] == pytest.approx([3 / 7, 4 / 7])
    assert np.linalg.norm(utils.normalize(x, axis=0), axis=0) == pytest.approx([1, 1])
    assert utils.normalize([3, 4]).tolist() == [0.6, 0.8]


# -- two parts -------------------------------------------------------------------------------------------------


def test_an_array_is_cut_as_keras_cuts():
    """Sizes by Keras's rule: shares are rounded, what is not given is the rest."""
    x = np.arange(11)
    for options, sizes in (
        ({"left_size": 0.5}, (6, 5)),  # round(5.5) is 6
        ({"left_size": 3}, (3, 8)),
        ({"right_size": 0.25}, (8, 3)),
        ({"left_size": 0.5, "right_size": 0.3}, (6, 3)),
        ({"left_size": 4, "right_size": 2}, (4, 2)),
    ):
        left, right = utils.split_dataset(x, **options)
        assert (len(left), len(right)) == sizes
        assert [*left, *right] == list(range(sum(sizes)))


def test_a_tuple_is_cut_together_and_trains():
    x, y = np.arange(40.0).reshape(20, 2), np.arange(20.0)
    left, right = utils.split_dataset((x, y), left_size=0.8, shuffle=True, seed=5)
    for a, b in (left, right):
        assert (a[:, 0] == 2 * b).all()
    assert sorted([*left[1], *right[1]]) == y.tolist() != [*left[1], *right[1]]
    again, _ = utils.split_dataset((x, y), left_size=0.8, shuffle=True, seed=5)
    assert (again[1] == left[1]).all()
    model = Sequential([Dense(1)])
    model.compile("sgd", "mse")
    assert len(model.fit(*left, validation_data=right, verbose=0).history) == 2
    table, rest = utils.split_dataset(pd.DataFrame({"a": range(5)}), right_size=2)
    assert (table["a"].tolist(), rest["a"].tolist()) == ([0, 1, 2], [3, 4])


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({}, ValueError, "expects left_size or right_size"),
        ({"left_size": 0.0}, ValueError, "left_size expects a share"),
        ({"left_size": 11}, ValueError, "from 1 to 10; received 11"),
        ({"right_size": 1.0}, ValueError, "right_size expects a share"),
        ({"left_size": 0.7, "right_size": 0.7}, ValueError, "more than the 11 samples"),
        ({"left_size": "half"}, TypeError, "received 'half'"),
        ({"left_size": 0.5, "preferred_backend": "torch"}, ValueError, "preferred_backend"),
    ],
)
def test_splits_that_are_refused(options, error, message):
    with pytest.raises(error, match=message):
        utils.split_dataset(np.arange(11), **options)


def test_batches_cannot_be_split():
    with pytest.raises(TypeError, match="received generator"):
        utils.split_dataset((batch for batch in []), left_size=0.5)
    with pytest.raises(ValueError, match="array 1"):
        utils.split_dataset((np.arange(4), np.arange(5)), left_size=0.5)


@pytest.mark.parametrize("name", PARITY.PADDED)
def test_sequences_of_one_length(name):
    assert PARITY.padded(keras, PARITY.PADDED[name]) == FIGURES["padded"][name]


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: utils.pad_sequences([[1], [2, 3]], padding="before"), "padding should be 'pre' or 'post'; received"),
        (lambda: utils.pad_sequences([[1]], truncating="before"), "truncating should be 'pre' or 'post'; received"),
        (lambda: utils.pad_sequences([1, 2]), r"expects a list of sequences; received \[1, 2\]"),
        (lambda: utils.pad_sequences([[[1]], [[1, 2]]]), r"samples of one shape; received the shapes \[\(1,\), \(2,\)"),
    ],
)
def test_what_cannot_be_padded(make, text):
    with pytest.raises(ValueError, match=text):
        make()


# -- data sets that make batches ---------------------------------------------------------------------------


class Lines(utils.PyDataset):
    def __init__(self, count, **options):
        super().__init__(**options)
        self.count, self.begun, self.ended = count, 0, 0

    def __len__(self):
        return self.count

    def __getitem__(self, index):
        x = np.linspace(index, index + 1, 8)[:, None]
        return x, 2 * x

    def on_epoch_begin(self):
        self.begun += 1

    def on_epoch_end(self):
        self.ended += 1


def test_a_dataset_feeds_fit_evaluate_and_predict():
    data = Lines(3, workers=2, use_multiprocessing=False)
    model = Sequential([Dense(1)])
    model.compile("sgd", "mse")
    history = model.fit(data, epochs=2, verbose=0, validation_data=Lines(1))
    assert data.begun == data.ended == 2 and len(history.history["val_loss"]) == 2
    assert model.predict(data).shape == (24, 1)
    assert model.evaluate(data, verbose=0) == pytest.approx(
        model.evaluate(*map(np.concatenate, zip(*data, strict=True)), verbose=0), rel=1e-5
    )
    assert data.num_batches == 3 and utils.Sequence is utils.PyDataset
    with pytest.raises(NotImplementedError, match="must define __getitem__"):
        utils.PyDataset()[0]


def test_parts_of_a_batch():
    assert utils.unpack_x_y_sample_weight(utils.pack_x_y_sample_weight(1, 2, 3)) == (1, 2, 3)
    assert utils.pack_x_y_sample_weight(1) == 1 and utils.pack_x_y_sample_weight((1, 2)) == ((1, 2),)  # as in Keras
    assert utils.unpack_x_y_sample_weight(5) == (5, None, None)
    with pytest.raises(ValueError, match="received 4 parts"):
        utils.unpack_x_y_sample_weight((1, 2, 3, 4))


# -- pictures ----------------------------------------------------------------------------------------------


def images():
    layers = [Input((8, 8, 1)), Conv2D(4, 3, activation="relu", name="<conv>"), Flatten(), Dropout(0.2), Dense(2)]
    return Sequential(layers, name="net")


def _boxes(source):
    return source.count('[label="{')


def test_a_name_with_the_signs_of_a_record_is_shown_letter_by_letter():
    model = Sequential([Input((2,)), Dense(1, name="a{b}|c\\d")])
    assert "a{b}|c\\d (Dense)" in utils.plot_model(model, None, show_layer_names=True).svg()


def test_a_box_a_layer_in_their_order():
    source = utils.model_to_dot(images()).source
    assert _boxes(source) == 4 and source.count("->") == 3
    places = [source.index(name) for name in ("Conv2D", "Flatten", "Dropout", "Dense")]
    assert places == sorted(places)
    assert "&lt;conv&gt;" in source and "rankdir=TB" in source


def test_what_is_shown_is_what_is_asked_for():
    model = images()
    model.layers[0].trainable = False
    plain = utils.plot_model(model, to_file=None).source
    texts = ("Output shape: (None, 6, 6, 4)", "Output dtype: float32", "Activation: relu", "&lt;conv&gt;")
    assert [text for text in (*texts, "rainable") if text in plain] == []
    shown = utils.plot_model(
        model,
        None,
        show_shapes=True,
        show_dtype=True,
        show_layer_names=True,
        rankdir="LR",
        show_layer_activations=True,
        show_trainable=True,
    ).source
    assert [text for text in texts if text not in shown] == []
    assert shown.count("Non-trainable") == 1 and shown.count("|Trainable") == 1 and "rankdir=LR" in shown


def test_models_inside_are_boxes_or_frames():
    inner = Sequential([Input((4,)), Dense(3), Dense(2)], name="inner")
    outer = Sequential([Input((4,)), inner, Dense(1)])
    assert _boxes(utils.model_to_dot(outer).source) == 2
    opened = utils.model_to_dot(outer, expand_nested=True).source
    assert _boxes(opened) == 3 and opened.count("->") == 2 and "label=inner" in opened

    class Network(Model):
        def __init__(self):
            super().__init__()
            self.out = Dense(1)

        def call(self, inputs):
            return self.out(inputs)

    network = Network()
    network.build((None, 2))
    assert _boxes(utils.model_to_dot(network).source) == 1


@pytest.mark.parametrize("name", ["model.png", "model.svg"])
def test_the_picture_is_written(name, tmp_path):
    path = tmp_path / name
    utils.plot_model(images(), to_file=str(path), show_shapes=True, dpi=60)
    assert path.read_bytes()[:5] in (b"\x89PNG\r", b"<?xml")


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"rankdir": "up"}, ValueError, "rankdir should be 'TB', 'LR'"),
        ({"splines": "wild"}, ValueError, "splines expects one of"),
        ({"to_file": "model.xyz"}, ValueError, "ends in one of"),
    ],
)
def test_pictures_that_are_refused(options, error, message):
    with pytest.raises(error, match=message):
        utils.plot_model(images(), **options)


def test_what_cannot_be_drawn():
    with pytest.raises(ValueError, match=r"not built.*add Input"):
        utils.plot_model(Sequential([Dense(1)]))
    with pytest.raises(TypeError, match="expects a model"):
        utils.plot_model(Dense(1))
    with pytest.raises(ValueError, match="expand_nested"):
        utils.model_to_dot(images(), subgraph=True)
