"""The parts that the exercises stand on: the language, what travels, comparing, tests for other graders, one's own."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

import tinygrad_edu.exercises as package
from tinygrad_edu import Tensor
from tinygrad_edu.common.language import LANGUAGES, of_locale
from tinygrad_edu.exercises import Exercise, Local, Wrong, compare, find, gradient, judge, show
from tinygrad_edu.exercises.comparing import show_apart
from tinygrad_edu.exercises.failures import failure_from
from tinygrad_edu.exercises.language import diagnoses, say, table
from tinygrad_edu.exercises.parser import Parser
from tinygrad_edu.exercises.testing import exercise_test, require, score, verdict
from tinygrad_edu.exercises.wire import Other, decode, encode
from tinygrad_edu.gradcheck.texts import TEXTS

FOLDER = Path(package.__file__).parent
ROOT = FOLDER.parents[1]


# -- language --------------------------------------------------------------------------------------------


def fields(text):
    return sorted(re.findall(r"{\w+[^}]*}|%\(\w+\)s", text))


@pytest.mark.parametrize("key", table())
def test_every_message_is_there_in_both_languages(key):
    assert set(table()[key]) == set(LANGUAGES)
    english, spanish = (table()[key][language] for language in LANGUAGES)
    assert english and spanish
    assert fields(english) == fields(spanish)


def test_every_diagnosis_is_there_in_spanish():
    spanish = diagnoses("es")
    assert spanish.keys() == TEXTS.keys()
    for key, text in TEXTS.items():
        assert set(fields(text)) == set(fields(spanish[key])), key


def test_every_key_in_the_code_is_in_the_table():
    source = "".join(path.read_text("utf-8") for path in FOLDER.glob("*.py"))
    used = set(re.findall(r'(?:Wrong|Stopped|say|Refused)\(\s*"(\w+)"', source))
    used |= {f"help_{name}" for name in re.findall(r"action\(\"(\w+)\"", source)}
    assert len(used) > 40
    assert used <= set(table()) | {"wrong_shape", "other_epochs"}  # an exercise of a training says the last itself


def test_the_locale_chooses_the_language():
    assert of_locale({"LC_ALL": "es_ES.UTF-8", "LANG": "en_GB"}) == "es"
    assert of_locale({"LC_ALL": "", "LANG": "es"}) == "es"
    assert of_locale({"LANG": "C"}) == of_locale({}) == "en"


def test_an_unknown_key_or_field_still_says_something():
    assert say("no such key", "es") == table()["other"]["es"]
    assert say("missing_function", "en") == "There is no function `?` in this file."


def test_a_parser_speaks_to_its_commands_too():
    commands = Parser("es", prog="p").add_subparsers()
    assert commands.add_parser("x").format_usage() == "uso: p x [-h]\n"
    assert " ".join(Parser(prog="p").format_help().split()) == "usage: p [-h] options: -h, --help show this help"


# -- what travels ----------------------------------------------------------------------------------------


def travelled(value):
    return decode(json.loads(json.dumps(encode(value))))


@pytest.mark.parametrize("dtype", [bool, np.int8, np.int64, np.float16, np.float32, np.float64, ">f8"])
@pytest.mark.parametrize("shape", [(), (3,), (2, 0), (2, 3)])
def test_arrays_travel(dtype, shape):
    array = np.arange(np.prod(shape, dtype=int)).reshape(shape).astype(dtype)
    received = travelled(array)
    assert np.asarray(received).dtype == np.dtype(dtype).newbyteorder("=") and np.array_equal(received, array)


def test_values_travel():
    value = {"a": [1, 2.5, None, True, "ñ"], "b": (float("inf"), -0.0)}
    assert travelled(value) == value
    assert travelled(Tensor([1.0, 2.0])).tolist() == [1.0, 2.0]
    assert travelled(i * i for i in range(3)) == [0, 1, 4]
    assert all(isinstance(travelled(x), Other) for x in (object(), {1}, 2**70, len, np.array([None]), 1j))


@pytest.mark.parametrize(
    "message",
    [
        *({}, {"a": 1, "b": 2}, {"array": ["O", [1], ""]}, {"array": ["<f8", [3], ""]}, {"function": 0}, {"tuple": 3}),
        *(
            {"array": ["f8,f8", [1], ""]},
            {"array": ["(", [1], ""]},
            {"array": ["<f8", [-1], ""]},
            {"array": [8, [1], ""]},
        ),
        *(
            {"array": ["<f8", ["1"], ""]},
            {"array": ["<f8", [1] * 99, "AAAAAAAAAAA="]},
            {"dict": [[[1], 2]]},
            {"dict": [[1]]},
        ),
        *(2**70, "x" * 20_000, [0] * 20_000, {"dict": [[i, 0] for i in range(2000)]}, {"other": 3}),
    ],
)
def test_a_forged_message_is_refused(message):
    with pytest.raises((ValueError, TypeError)):
        decode(message)


def test_a_nested_message_is_refused_before_python_gives_up():
    message = 0
    for _ in range(100):
        message = [message]
    with pytest.raises(ValueError, match="less deep"):
        decode(message)


@pytest.mark.parametrize(
    "message",
    [
        *({"key": "x", "fields": {}}, {"key": 1, "fields": {}}, {"key": "raised"}, {"key": "raised", "fields": [1]}),
        *({"key": "raised", "fields": {"language": "en"}}, {"key": "raised", "fields": {"error": {}}}),
        *({"key": "raised", "fields": {"line": 10**20}}, {"key": "raised", "fields": {"line": 0.5}}),
    ],
)
def test_a_forged_failure_is_refused(message):
    with pytest.raises(ValueError):
        failure_from(message)
    key, fields = failure_from({"key": "raised", "fields": {"line": 3, "error": "x" * 10**6}})
    assert (key, fields["line"], len(fields["error"])) == ("raised", 3, 400)


# -- comparing -------------------------------------------------------------------------------------------


def refusal(value, expected, **mistakes):
    def f():
        return value

    with pytest.raises(Wrong) as wrong:
        compare(f, (), expected, **mistakes)
    return wrong.value


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1, 1.0),
        ([1, 2], np.array([1.0, 2.0])),
        (np.float32(0.5), 0.5),
        ((1, [2, 3]), (1.0, np.array([2, 3]))),
        (np.True_, True),
        ((np.False_, 1), (False, 1.0)),
        ({"a": 1}, {"a": 1.0}),
    ],
)
def test_equal_values_pass(value, expected):
    compare(lambda: value, (), expected)


@pytest.mark.parametrize(
    ("value", "expected", "key"),
    [
        (None, 1.0, "none"),
        ("1", 1.0, "wrong_type"),
        (True, 1.0, "wrong_type"),
        (1, True, "wrong_type"),
        ([1.0], 1.0, "wrong_shape"),
        (np.ones((3, 1)), np.ones(3), "wrong_shape"),
        ((1.0,), (1.0, 2.0), "wrong_count"),
        (1.0, (1.0, 2.0), "wrong_type"),
        ({"b": 1.0}, {"a": 1.0}, "wrong_keys"),
        (np.nan, 1.0, "not_finite"),
        (1.001, 1.0, "different"),
        (np.arange(20.0), np.zeros(20), "different_at"),
        (np.arange(20.0) / -3, np.arange(20.0), "different_factor"),
        ((1.0, np.array([2.0, 4.0])), (1.0, np.array([4.0, 8.0])), "different_factor"),
        (np.zeros(3), np.ones(3), "different"),
        (np.True_, False, "different"),
        ([[1.0], [1.0, 2.0]], np.ones((2, 1)), "wrong_type"),
    ],
)
def test_other_values_do_not(value, expected, key):
    assert refusal(value, expected).key == key


def test_a_known_mistake_is_named():
    assert refusal(2.0, 1.0, doubled=2.0, sign=-1.0).key == "doubled"
    assert refusal((2.0,), (1.0, 2.0), one_only=(2.0,)).key == "one_only"


def test_the_wrong_part_of_a_tuple_is_named():
    assert refusal((1.0, [2.0, (3.0, 5.0)]), (1.0, [2.0, (3.0, 4.0)])).fields["call"] == "f()[1][1][1]"
    found = refusal((1.0, np.arange(20.0)), (1.0, np.arange(20.0) ** 2)).fields
    assert found["call"] == "f()[1]" and found["where"] == "[19]" and found["received"] == "19"


def test_a_known_mistake_in_one_gradient_of_several_is_named():
    g, a, b = np.random.default_rng(1).normal(size=(3, 4))
    with pytest.raises(Wrong) as wrong:
        gradient(lambda a, b: (g * b, a), lambda a, b: np.sum(g * a * b), a, b, no_g=(b, a))
    assert wrong.value.key == "no_g"


def test_arguments_around_the_inputs():
    def scaled(g, x, rate):
        return g * rate * np.ones_like(x)

    gradient(scaled, lambda x: np.sum(3 * 0.5 * x), np.ones(2), arguments=(3.0,), after=(0.5,))
    with pytest.raises(Wrong) as wrong:
        gradient(scaled, lambda x: np.sum(x), np.ones(2), arguments=(3.0,), after=(0.5,))
    assert wrong.value.fields["call"] == "scaled(3, [1, 1], 0.5)"


def test_a_wrong_gradient_comes_with_a_diagnosis():
    x = np.random.default_rng(0).normal(size=4)
    with pytest.raises(Wrong) as wrong:
        gradient(lambda x: -2 * x, lambda x: np.sum(x**2), x)
    assert wrong.value.key == "gradient" and wrong.value.fields["diagnosis"].kind == "sign"
    assert "signo" in say("gradient", "es", **wrong.value.fields)
    gradient(lambda x: x + x, lambda x: np.sum(x**2), x)


def test_values_are_shown_shortly():
    assert show(np.zeros((5, 5))) == "array (5, 5)"
    assert show([1.0, 2.5]) == "[1, 2.5]"
    assert show({"a": (1, None)}) == "{'a': (1, None)}"
    assert show([("w", 2.0), ((), (3,))]) == "[('w', 2), ((), (3,))]"


def test_two_values_are_shown_in_as_few_digits_as_tell_them_apart():
    assert show_apart(1.0, 2.0) == ("1", "2")
    assert show_apart(1.3948440, 1.3948442) == ("1.394844", "1.3948442")
    assert show_apart(0.1 + 0.2, 0.3) == ("0.30000000000000004", "0.29999999999999999")
    assert show_apart([1.0, 2.0], [1.0, 2.0000001]) == ("[1, 2]", "[1, 2.0000001]")
    big = np.zeros((3, 4))
    assert show_apart(big, np.eye(3, 4) * 1e-9) == (
        "array (3, 4) with 0 at [0, 0]",
        "array (3, 4) with 1e-09 at [0, 0]",
    )
    assert show_apart(big, big)[0] == "array (3, 4)"


@pytest.mark.parametrize("expected", [1.3948442, np.full(3, 1.3948442), np.full(20, 1.3948442), (1.0, 1.3948442)])
def test_a_message_never_gives_one_figure_twice(expected):
    """Found on people's work: «gave 1.39484; expected 1.39484»."""
    wrong = refusal(tuple(np.subtract(expected, 2e-7)) if isinstance(expected, tuple) else expected - 2e-7, expected)
    assert wrong.fields["received"] != wrong.fields["expected"]
    named = refusal(2.0000009, 2.0, near=2.0000009)
    assert named.key == "near" and named.fields["received"] != named.fields["expected"]


def test_what_a_check_does_not_foresee_is_said_without_internal_names(tmp_path):
    exercise = Exercise(tmp_path)
    (tmp_path / "text.en.md").write_text("# T\n\n## Messages\n\n- check_sum: the sum\n")
    (tmp_path / "check.py").write_text("def check_sum(student):\n    student.f(1.0) + 1\n")
    assert judge(exercise, Local({"f": lambda x: object()})).reason() == (
        "`f(1)` gave object, and the check could not understand that."
    )


def test_a_program_sees_what_the_student_wrote():
    class Box:
        def __init__(self, content):
            self.content = content

    student = Local({"Box": Box})
    double = student.program(
        "box = Box(x)\nfor _ in range(2):\n    box = Box(box.content + 1)\nresult = box.content", "x"
    )
    assert double(3.0) == 5.0
    assert double.shown == "box = Box(x); for _ in range(2): box = Box(box.content + 1); box.content"
    with pytest.raises(Wrong) as wrong:
        compare(double, (3.0,), 4.0)
    assert wrong.value.fields["call"] == double.shown
    with pytest.raises(Wrong) as wrong:
        student.program("result = Bax(1)")()
    assert wrong.value.key == "program_stopped"
    assert say("program_stopped", "en", **wrong.value.fields).startswith("`Bax(1)` stopped with NameError")


def test_nothing_may_be_expected():
    compare(lambda: [None, 1.0], (), [None, 1.0])
    assert refusal(1.0, None).key == "wrong_type" and refusal([None], [1.0]).key == "none"


def test_a_field_may_have_any_name():
    """A submission that raises a failure with the names of `say`'s own arguments ended the grading of a class."""
    assert Wrong("a", key="b", language="c").fields == {"key": "b", "language": "c"}
    assert say("other", "en", **{"key": 1, "language": 2, "own": 3}) == table()["other"]["en"]


def test_arguments_are_copies():
    x = np.ones(3)

    def spoils(x):
        x[:] = 7
        return x

    assert Local({"spoils": spoils}).spoils(x).tolist() == [7, 7, 7]
    assert x.tolist() == [1, 1, 1]


# -- for other graders, and exercises of one's own -------------------------------------------------------


def test_a_pytest_function(tmp_path):
    file = tmp_path / "parabola.py"
    file.write_text("def derivative(x):\n    return x / 3\n", "utf-8")
    test = exercise_test("parabola", file)
    assert test.__name__ == "test_parabola"
    test()
    file.write_text("def derivative(x):\n    return x\n", "utf-8")
    with pytest.raises(AssertionError, match="expected 0.5"):
        exercise_test("parabola", str(file), language="en")()


def test_functions_of_a_notebook():
    assert verdict("parabola", {"derivative": lambda x: x / 3}).ok
    assert score("parabola", {"derivative": lambda x: x / 6}, "es")["points"] == 2.5
    with pytest.raises(AssertionError, match="la mitad de lo correcto"):
        require("parabola", {"derivative": lambda x: x / 6}, "es")


def code_of(document):
    """The files that a document shows, {name: text}: a name in a line of its own, then its text."""
    return dict(re.findall(r"^`([\w./]+)`:\n\n```\w*\n(.*?)^```", document, re.MULTILINE | re.DOTALL))


def test_the_exercise_of_the_documentation_works(tmp_path):
    files = code_of((ROOT / "docs/exercises.md").read_text("utf-8"))
    assert {Path(name).name for name in files} >= {"text.en.md", "text.es.md", "starter.py", "check.py"}
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    own = find("cube", tmp_path)
    assert judge(own, Local.of_file(own.solutions[0])).ok
    for path in own.mutants:
        key = path.read_text("utf-8").splitlines()[0].removeprefix("# refused: ")
        assert judge(own, Local.of_file(path)).failure.key == key
    assert judge(own, Local({})).failure.key == "missing_function"


def test_numbers_of_the_wrong_name_are_explained():
    with pytest.raises(ValueError, match="There is no exercise 'dance'. There are: parabola"):
        find("dance")
    with pytest.raises(ValueError, match="There is no exercise in"):
        find("parabola", ROOT / "docs")
