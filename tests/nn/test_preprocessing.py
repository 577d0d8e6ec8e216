"""Layers that make numbers of tables and texts: the figures of Keras, what `adapt` learns, files, mistakes.

Of CategoryEncoding and Discretization they are those of Keras 3.15 on JAX; its lookups and TextVectorization need
TensorFlow, and their figures are those of Keras's documentation.
"""

import numpy as np
import pytest

from tinygrad_edu import keras
from tinygrad_edu.nn import Dense, Input, Sequential, layers
from tinygrad_edu.nn.saving import load_model

E = np.eye(4).tolist()


@pytest.mark.parametrize(
    ("mode", "of_rows", "of_a_vector", "of_a_column"),
    [
        ("one_hot", [[E[0], E[1]], [E[3], E[3]]], [E[2], E[0]], [E[2], E[0]]),
        ("multi_hot", [[1, 1, 0, 0], [0, 0, 0, 1]], [1, 0, 1, 0], [E[2], E[0]]),
        ("count", [[1, 1, 0, 0], [0, 0, 0, 2]], [1, 0, 1, 0], [E[2], E[0]]),
    ],
)
def test_category_encoding(mode, of_rows, of_a_vector, of_a_column):
    layer = layers.CategoryEncoding(4, output_mode=mode)
    for data, expected in (([[0, 1], [3, 3]], of_rows), ([2, 0], of_a_vector), ([[2], [0]], of_a_column)):
        found = layer(np.array(data))
        assert found.numpy().tolist() == expected and found.dtype == np.float32
    assert layer.get_config()["output_mode"] == mode


def test_counts_with_weights():
    layer = layers.CategoryEncoding(4, output_mode="count")
    found = layer(np.array([[0, 1], [3, 3]]), count_weights=np.array([[0.5, 2.0], [1.0, 0.25]]))
    assert found.numpy().tolist() == [[0.5, 2, 0, 0], [0, 0, 0, 1.25]]


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("int", [[0, 1], [2, 2]]),
        ("one_hot", [[[1, 0, 0], [0, 1, 0]], [[0, 0, 1], [0, 0, 1]]]),
        ("multi_hot", [[1, 1, 0], [0, 0, 1]]),
        ("count", [[1, 1, 0], [0, 0, 2]]),
    ],
)
def test_discretization(mode, expected):
    found = layers.Discretization([0.0, 1.0], output_mode=mode)(np.array([[-1.0, 0.5], [2.0, 2.0]]))
    assert found.numpy().tolist() == expected
    assert found.dtype == (np.int32 if mode == "int" else np.float32)


X = np.random.default_rng(3).normal(size=(200, 3))


@pytest.mark.parametrize(
    ("bins", "epsilon", "boundaries"),
    [
        (4, 0.01, [-0.5677700638771057, 0.0613531656563282, 0.7527785897254944]),
        (5, 0.1, [-0.7399058938026428, -0.15733212232589722, 0.30042263865470886, 0.8527730107307434]),
        (3, 0.3, [-0.44476744532585144, 0.300422728061676]),
    ],
)
def test_boundaries_from_data(bins, epsilon, boundaries):
    layer = layers.Discretization(num_bins=bins, epsilon=epsilon)
    layer.adapt(X)
    np.testing.assert_allclose(layer.bin_boundaries, boundaries, rtol=1e-6)
    again = layers.Discretization.from_config(layer.get_config())
    assert again.get_config() == layer.get_config() and again.bin_boundaries == layer.bin_boundaries


def test_boundaries_from_batches():
    layer = layers.Discretization(num_bins=4, epsilon=0.05)
    layer.adapt([X[:80], X[80:]])
    np.testing.assert_allclose(
        layer.bin_boundaries, [-0.5315248966217041, 0.1144974604249, 0.7732229232788086], rtol=1e-6
    )


VOCABULARY, ROWS = ["a", "b", "c", "d"], [["a", "c", "d", "d"], ["d", "z", "b", "z"]]


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("int", [[1, 3, 4, 4], [4, 0, 2, 0]]),
        ("multi_hot", [[0, 1, 0, 1, 1], [1, 0, 1, 0, 1]]),
        ("count", [[0, 1, 0, 1, 2], [2, 0, 1, 0, 1]]),
    ],
)
def test_words(mode, expected):
    layer = layers.StringLookup(vocabulary=VOCABULARY, output_mode=mode)
    assert layer(ROWS).numpy().tolist() == expected
    numbers = layers.IntegerLookup(vocabulary=[12, 36, 1138, 42], output_mode=mode)
    assert numbers(np.array([[12, 1138, 42, 42], [42, 7, 36, 7]])).numpy().tolist() == expected


def test_words_with_weights():
    """Of what is not known the weight is the mean, or that which is given."""
    layer = layers.StringLookup(output_mode="tf_idf")
    layer.set_vocabulary(VOCABULARY, idf_weights=[0.25, 0.75, 0.6, 0.4])
    np.testing.assert_allclose(layer(ROWS).numpy(), [[0, 0.25, 0, 0.6, 0.8], [1.0, 0, 0.75, 0, 0.4]], rtol=1e-6)
    layer.set_vocabulary(["[UNK]", *VOCABULARY], idf_weights=[0.9, 0.25, 0.75, 0.6, 0.4])
    np.testing.assert_allclose(layer(ROWS).numpy(), [[0, 0.25, 0, 0.6, 0.8], [1.8, 0, 0.75, 0, 0.4]], rtol=1e-6)
    adapted = layers.StringLookup(output_mode="tf_idf")
    adapted.adapt([["a", "b"], ["a", "a"], ["c", "b"]])  # log(1 + documents / (1 + documents with the word))
    assert adapted.get_vocabulary() == ["[UNK]", "a", "b", "c"]
    weights = np.log1p([3 / 3, 3 / 3, 3 / 2])
    np.testing.assert_allclose(adapted([["a", "c"]]).numpy(), [[0, weights[0], 0, weights[2]]], rtol=1e-6)


def test_back_again_and_unknown_ones():
    assert layers.StringLookup(vocabulary=VOCABULARY, invert=True)([[1, 3, 4], [4, 0, 2]]).tolist() == [
        ["a", "c", "d"],
        ["d", "[UNK]", "b"],
    ]
    back = layers.IntegerLookup(vocabulary=[12, 36, 1138, 42], invert=True)
    assert back(np.array([[1, 3, 4], [4, 0, 2]])).numpy().tolist() == [[12, 1138, 42], [42, -1, 36]]
    two = layers.IntegerLookup(vocabulary=[12, 36, 1138, 42], num_oov_indices=2)
    assert two(np.array([[12, 1138, 42], [37, 1000, 36]])).numpy().tolist() == [[2, 4, 5], [1, 0, 3]]
    masked = layers.StringLookup(vocabulary=VOCABULARY, mask_token="")
    assert masked([["a", "", "z"]]).numpy().tolist() == [[2, 0, 1]]
    with pytest.raises(ValueError, match="does not know 'z'"):
        layers.StringLookup(vocabulary=VOCABULARY, num_oov_indices=0)(["z"])


def test_words_from_data():
    layer = layers.StringLookup()
    layer.adapt([["a", "c", "d"], ["d", "z", "z"]])
    assert layer.get_vocabulary() == ["[UNK]", "z", "d", "c", "a"]
    few = layers.StringLookup(max_tokens=3)
    few.adapt(["b", "a", "b", "c"])
    assert few.get_vocabulary() == ["[UNK]", "b", "c"] and few.vocabulary_size() == 3
    numbers = layers.IntegerLookup()
    numbers.adapt(np.array([[12, 1138, 42], [42, 1000, 36]]))
    assert numbers.get_vocabulary() == [-1, 42, 1138, 1000, 36, 12]


def test_texts():
    layer = layers.TextVectorization(max_tokens=5000, output_sequence_length=4)
    layer.adapt(["foo bar", "bar baz", "baz bada boom"])
    assert layer.get_vocabulary() == ["", "[UNK]", "baz", "bar", "foo", "boom", "bada"]
    assert layer([["foo qux bar"], ["qux baz"]]).numpy().tolist() == [[4, 1, 3, 0], [1, 2, 0, 0]]
    assert layer("Foo, BAR!").numpy().tolist() == [4, 3, 0, 0]
    given = layers.TextVectorization(vocabulary=["earth", "wind", "and", "fire"])
    assert given.get_vocabulary() == ["", "[UNK]", "earth", "wind", "and", "fire"]
    counts = layers.TextVectorization(vocabulary=["earth", "wind", "and", "fire"], output_mode="count")
    assert counts(["Earth, wind & fire fire"]).numpy().tolist() == [[0, 1, 1, 0, 2]]
    pairs = layers.TextVectorization(vocabulary=["a b", "b"], ngrams=2)
    assert pairs(["a b"]).numpy().tolist() == [[1, 3, 2]]
    signs = layers.TextVectorization(vocabulary=["a", "b"], split="character", standardize=None)
    assert signs(["abA"]).numpy().tolist() == [[2, 3, 1]]


@pytest.mark.parametrize(
    "layer",
    [
        layers.CategoryEncoding(4, output_mode="count"),
        layers.Discretization([0.0, 1.0], output_mode="one_hot"),
        layers.StringLookup(
            vocabulary=VOCABULARY, mask_token="", output_mode="count", pad_to_max_tokens=True, max_tokens=9
        ),
        layers.StringLookup(vocabulary=VOCABULARY, idf_weights=[1.0, 2.0, 3.0, 4.0], output_mode="tf_idf"),
        layers.IntegerLookup(vocabulary=[3, 5], num_oov_indices=2),
        layers.TextVectorization(vocabulary=VOCABULARY, ngrams=(1, 2), output_sequence_length=5),
    ],
    ids=lambda layer: layer.name,
)
def test_configurations(layer):
    again = keras.layers.deserialize(keras.layers.serialize(layer))
    assert again.get_config() == layer.get_config()
    words = isinstance(layer, (layers.StringLookup, layers.TextVectorization))
    data = ["a", "d a"] if words else np.array([[3, 5], [0, 1]])
    np.testing.assert_array_equal(again(data).numpy(), layer(data).numpy())


def test_in_a_model(tmp_path):
    """Bins and classes are part of models, of their programs and of their files."""
    pytest.importorskip("h5py")
    bins = layers.Discretization(num_bins=5)
    bins.adapt(X)
    model = Sequential([Input((3,)), bins, layers.CategoryEncoding(5, output_mode="count"), Dense(1)])
    model.compile(keras.optimizers.Adam(0.05), "mse")
    y = np.sum(X > 0.2, axis=1).astype(float)
    losses = model.fit(X, y, epochs=30, verbose=0).history["loss"]
    assert losses[-1] < losses[0] / 2
    model.save(tmp_path / "model.keras")
    np.testing.assert_array_equal(
        load_model(tmp_path / "model.keras").predict(X, verbose=0), model.predict(X, verbose=0)
    )


MISTAKES = [
    (lambda: layers.CategoryEncoding(), "num_tokens"),
    (lambda: layers.CategoryEncoding(3, "int"), "'one_hot' or 'multi_hot' or 'count'"),
    (lambda: layers.CategoryEncoding(3)(np.array([1]), count_weights=np.array([1.0])), "output_mode='count' alone"),
    (lambda: layers.Discretization(), "one of the two"),
    (lambda: layers.Discretization([1.0, 0.0]), "ascending order"),
    (lambda: layers.Discretization(num_bins=3)(X), "call adapt"),
    (lambda: layers.Discretization([0.0]).adapt(X), "nothing to adapt"),
    (lambda: layers.StringLookup()(["a"]), "call adapt"),
    (lambda: layers.StringLookup(vocabulary=["a", "a"]), "expects words that differ"),
    (lambda: layers.StringLookup(vocabulary=["a"]).adapt(["b"]), "nothing to adapt"),
    (lambda: layers.StringLookup(vocabulary="words.txt"), "read_text"),
    (lambda: layers.StringLookup(num_oov_indices=2), "num_oov_indices 0 and 1"),
    (lambda: layers.StringLookup(vocabulary=["a"], output_mode="tf_idf"), "expects idf_weights"),
    (lambda: layers.StringLookup(invert=True, output_mode="count"), "where invert is True"),
    (lambda: layers.IntegerLookup(max_tokens=2, vocabulary=[1, 2]), "max_tokens=2; received 2 words"),
    (lambda: layers.TextVectorization(output_mode="count", output_sequence_length=3), "output_sequence_length"),
    (lambda: layers.TextVectorization(split="words"), "split"),
    (lambda: layers.TextVectorization(vocabulary=["a"])([["a", "b"]]), r"shape \(batch,\) or \(batch, 1\)"),
]


@pytest.mark.parametrize(("mistake", "message"), MISTAKES)
def test_a_mistake_is_told_in_words(mistake, message):
    with pytest.raises(ValueError, match=message):
        mistake()
