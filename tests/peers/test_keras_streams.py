"""Real Keras eats a stream: every batch of a pass once, whatever order it asks in, and it learns."""

import numpy as np
import pytest

import tinygrad_edu as tg

pytestmark = [pytest.mark.peers, pytest.mark.filterwarnings("ignore::DeprecationWarning:keras")]

RNG = np.random.default_rng(0)
X = RNG.normal(size=(500, 3)).astype(np.float32)
Y = X @ np.array([1.0, -2.0, 0.5], np.float32)


@pytest.mark.parametrize("shuffle", [True, False])
def test_keras_learns_from_a_stream(shuffle, theirs):
    stream = tg.data.stream(X, Y, batch_size=32, mixed=3, block_rows=100)
    model = theirs.Sequential([theirs.Input((3,)), theirs.layers.Dense(1)])
    model.compile(theirs.optimizers.SGD(0.1), "mse")
    history = model.fit(
        stream.for_keras(), epochs=5, shuffle=shuffle, verbose=0, validation_data=tg.data.stream(X, Y).for_keras()
    ).history
    assert history["val_loss"][-1] < 1e-3 * history["loss"][0]
    expected = model.evaluate(X, Y, verbose=0)
    np.testing.assert_allclose(model.evaluate(stream.for_keras(), verbose=0), expected, rtol=1e-5)
    ordered = tg.data.stream(X, shuffle=False).for_keras()
    np.testing.assert_allclose(model.predict(ordered, verbose=0), model.predict(X, verbose=0), rtol=1e-5)


def test_each_pass_of_keras_has_every_row_once(theirs):
    batches = tg.data.stream(X, Y, batch_size=32).for_keras()
    assert isinstance(batches, theirs.utils.PyDataset) and len(batches) == batches.num_batches == 16
    passes = []
    for _ in range(2):
        batches.on_epoch_begin()
        numbers = RNG.permutation(len(batches))
        passes.append(np.concatenate([batches[i][1] for i in numbers]))
        np.testing.assert_array_equal(np.sort(passes[-1]), np.sort(Y))
        batches.on_epoch_end()
    assert (passes[0] != passes[1]).any()


def test_a_batch_that_is_asked_for_twice_is_the_same(theirs):
    batches = tg.data.stream(X, Y, batch_size=32, block_rows=64).for_keras()
    first = [batches[i][1] for i in (5, 0, 9)]
    for i, y in zip((5, 0, 9), first):
        np.testing.assert_array_equal(batches[i][1], y)
