"""What `tg.diagnose` promises beside being right: it changes nothing, repeats itself, and raises no error of fit."""

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import keras
from tinygrad_edu.common import random
from tinygrad_edu.doctor import Diagnosis, Finding
from tinygrad_edu.doctor.subject import Subject
from tinygrad_edu.doctor.trials import Trials
from tinygrad_edu.keras.layers import Dense, Dropout, Input


def blobs(n=120):
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, size=n)
    return rng.normal(size=(n, 3)) + 3 * y[:, None], y


def network(last="sigmoid", loss="binary_crossentropy", optimizer="adam", units=1, **options):
    tg.random.seed(0)
    model = keras.Sequential([Input((3,)), Dense(8, activation="relu"), Dropout(0.1), Dense(units, activation=last)])
    model.compile(optimizer=optimizer, loss=loss, **options)
    return model


def kinds(findings):
    return [finding.kind for finding in findings]


def test_model_optimizer_and_random_numbers_are_as_before():
    x, y = blobs()
    model = network()
    model.fit(x, y, epochs=1, verbose=0)
    before, steps, rate = model.get_weights(), int(model.optimizer.iterations), float(model.optimizer.learning_rate)
    state = random.generator().bit_generator.state
    tg.diagnose(model, x, y, epochs=2)
    assert all((a == b).all() for a, b in zip(before, model.get_weights()))
    assert (int(model.optimizer.iterations), float(model.optimizer.learning_rate)) == (steps, rate)
    assert random.generator().bit_generator.state == state


def test_a_model_without_weights_stays_without():
    x, y = blobs()
    model = keras.Sequential([Dense(4, activation="relu"), Dense(1, activation="softmax")])
    model.compile("adam", "binary_crossentropy")
    assert kinds(tg.diagnose(model, x, y, epochs=2)) == ["output_activation"]
    assert not model.built


def test_the_same_training_gets_the_same_answer():
    x, y = blobs()
    answers = []
    for _ in range(2):
        model = network(optimizer=keras.optimizers.SGD(1e-5))
        answers.append([(f.kind, f.place, f.fields["now"]) for f in tg.diagnose(model, x, y, epochs=3)])
        random.generator().normal(size=3)  # what was drawn in between makes no difference
    assert answers[0]
    assert answers[0] == answers[1]


def test_what_fit_refuses_is_a_finding():
    x, y = blobs()
    found = tg.diagnose(network(), x, y[:50], epochs=1)
    assert kinds(found) == ["refused"]
    assert "50" in found[0].message
    x[3, 1] = np.nan
    assert [(f.kind, f.place) for f in tg.diagnose(network(), x, y, epochs=1)] == [("invalid_data", "x")]
    assert kinds(tg.diagnose(network(), [["a"] * 3] * 4, [0, 1, 0, 1], epochs=1)) == ["refused"]


def test_what_is_no_training_is_an_error():
    with pytest.raises(TypeError, match="model should be a Model; received .model."):
        tg.diagnose("model", [[1.0]], [1.0])
    with pytest.raises(RuntimeError, match="compile"):
        tg.diagnose(keras.Sequential([Dense(1)]), [[1.0]], [1.0])
    with pytest.raises(ValueError, match="en, es"):
        x, y = blobs()
        tg.diagnose(network(), x, y, language="de")


def test_callbacks_of_the_user_are_not_touched(tmp_path):
    x, y = blobs()
    stop = keras.callbacks.EarlyStopping(monitor="loss", patience=1)
    path = tmp_path / "log.csv"
    watched = [stop, keras.callbacks.CSVLogger(path), tg.doctor.Doctor()]
    tg.diagnose(network(), x, y, epochs=3, callbacks=watched)
    assert not path.exists()
    assert stop.model is None
    assert stop.best is None


def test_batches_of_a_generator_are_observed():
    x, y = blobs()
    batches = ((x[i : i + 30], y[i : i + 30]) for i in range(0, 120, 30))
    assert kinds(tg.diagnose(network(), batches, epochs=1)) == []


def test_lists_and_tensors_are_taken_as_fit_takes_them():
    x, y = blobs()
    assert kinds(tg.diagnose(network("softmax"), x.tolist(), y.tolist(), epochs=2)) == ["output_activation"]
    assert kinds(tg.diagnose(network("softmax"), tg.Tensor(x), y, epochs=2)) == ["output_activation"]


class Backwards(keras.Model):
    """A model whose layers are made in another order than they are called."""

    def __init__(self, last):
        super().__init__()
        self.out, self.hidden = Dense(1, activation=last), Dense(8, activation="relu")

    def call(self, inputs):
        return self.out(self.hidden(inputs))


def test_a_model_with_a_call_of_its_own():
    x, y = blobs()
    for last, wanted in (("softmax", ["output_activation"]), ("sigmoid", [])):
        tg.random.seed(0)
        model = Backwards(last)
        model.compile(keras.optimizers.Adam(0.05), "binary_crossentropy")
        found = tg.diagnose(model, x, y, epochs=10)
        assert kinds(found) == wanted
        assert [finding.place for finding in found] == [0] * len(wanted)


def test_models_inside_a_model():
    x, y = blobs()
    for last, wanted in (("softmax", ["output_activation"]), ("sigmoid", [])):
        tg.random.seed(0)
        head = keras.Sequential([Input((8,)), Dense(1, activation=last)])
        model = keras.Sequential([Input((3,)), Dense(8, activation="relu"), head])
        model.compile(keras.optimizers.Adam(0.05), "binary_crossentropy")
        assert kinds(tg.diagnose(model, x, y, epochs=10)) == wanted


def test_a_last_layer_of_ones_own_is_not_accused():
    class Shrink(keras.layers.Layer):
        def call(self, inputs):
            return 1 / (1 + np.exp(-inputs))

    x, y = blobs()
    tg.random.seed(0)
    model = keras.Sequential([Input((3,)), Dense(8, activation="relu"), Dense(1), Shrink()])
    model.compile(keras.optimizers.Adam(1e-3), "binary_crossentropy")
    assert "output_activation" not in kinds(tg.diagnose(model, x, y, epochs=3))


def test_a_changed_copy_is_the_model_but_for_the_change():
    """Replays go through configurations: were these not understood, most causes would silently stay unnamed."""
    x, y = blobs()
    model = network()
    trials = Trials(Subject(model, x, y, {"epochs": 1}), model, 0.0)
    same = trials.changed(lambda number, name, config: config)
    assert np.allclose(same.predict(x, verbose=0), model.predict(x, verbose=0))
    without = trials.changed(lambda number, name, config: None if name == "Dropout" else config)
    assert [type(layer).__name__ for layer in without.layers] == ["Dense", "Dense"]
    more = [("Dense", {"units": 5, "name": "more"})]
    deeper = trials.changed(lambda number, name, config: [*more, (name, config)] if number == 2 else config)
    assert [layer.output_shape[-1] for layer in deeper.layers] == [8, 8, 5, 1]
    relu = {"activation": "relu", "kernel_initializer": "he_normal"}
    changed = trials.changed(lambda number, name, config: config | relu if number == 2 else config, fresh=True)
    assert changed.layers[2].activation.__name__ == "relu"


def test_noise_is_a_note_and_no_accusation():
    rng = np.random.default_rng(1)
    found = tg.diagnose(network(), rng.normal(size=(200, 3)), rng.integers(0, 2, size=200), epochs=5)
    assert found.ok
    assert all(finding.severity == "note" for finding in found)


def test_a_healthy_training_is_empty_and_says_what_was_done():
    x, y = blobs()
    found = tg.diagnose(network(optimizer=keras.optimizers.Adam(0.05)), x, y, epochs=20)
    assert len(found) == 0
    assert found.ok
    assert "nothing to complain of" in str(found)
    assert "80 updates" in str(found)


def test_findings_print_show_themselves_and_link():
    x, y = blobs()
    found = tg.diagnose(network("softmax"), x, y, epochs=2)
    text, page = str(found), found._repr_html_()
    assert "1. output_activation · layer 2 (" in text
    assert "Softmax over one unit gives 1.000 for all 120 rows" in text
    assert found[0].link in text
    assert f'<a href="{found[0].link}">' in page
    assert found[0].link.endswith("#output_activation")
    assert "capa 2" in found.text("es")
    assert "Softmax sobre una sola unidad" in tg.diagnose(network("softmax"), x, y, epochs=2, language="es").text()


def test_the_html_of_a_message_is_escaped():
    finding = Finding("refused", None, fields={"error": "<script>alert(1)</script>"})
    assert "<script>" not in Diagnosis("<b>", [finding], []).html()


def test_causes_come_before_symptoms_and_notes_last():
    dead = Finding("dead_relu", 0, fields={})
    note = Finding("invalid_data", "x", severity="note")
    rate = Finding("learning_rate_high", "learning_rate")
    assert list(Diagnosis("m", [dead, note, rate], [])) == [rate, dead, note]


def test_a_model_that_cannot_be_copied_is_trained_and_it_is_said():
    class Stubborn(keras.Sequential):
        def __deepcopy__(self, memo):
            raise TypeError("no copies")

    x, y = blobs()
    model = Stubborn([Input((3,)), Dense(1, activation="softmax")])
    model.compile("adam", "binary_crossentropy")
    found = tg.diagnose(model, x, y, epochs=2)
    assert kinds(found) == ["output_activation"]
    assert "could not be copied" in found.what_it_did()
