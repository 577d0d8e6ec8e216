"""Optimizers down the same surface: the drawn points are those of `optim.minimize`, and divergence is shown."""

import base64
import json
import re

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu.optim import SGD, Adam, Momentum, minimize
from tinygrad_edu.viz import SURFACES, Animation, surface, trajectories

pytest.importorskip("matplotlib")
from matplotlib import rcParams  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402

from browser import complaints, violations  # noqa: E402  # isort: skip
from texts import text_faults  # noqa: E402  # isort: skip


def track(axis, name):
    return next(line for line in axis.lines if str(line.get_label()).startswith(name + "\n"))


def note(axis, name):
    return track(axis, name).get_label().partition("\n")[2]


# -- surfaces -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name, one in SURFACES.items() if one.minimum])
def test_the_gradient_is_zero_at_the_minimum(name):
    one = SURFACES[name]
    at = [float(number) for number in one.minimum]
    assert one(*at) == 0
    slopes = [tg.grad(one.function, argnums=i)(*at) for i in range(len(at))]
    np.testing.assert_allclose(slopes, 0, atol=1e-12)


def test_the_saddle_is_flat_in_the_middle_and_rises_and_falls():
    f = SURFACES["saddle"]
    assert [tg.grad(f.function, argnums=i)(0.0, 0.0) for i in (0, 1)] == [0, 0]
    assert f(1.0, 0.0) > f(0.0, 0.0) > f(0.0, 1.0)


def test_values_of_more_garbow_and_hillstrom():
    """Their table of 1981: the values at the starts, 24.2 and 14.203125."""
    assert SURFACES["rosenbrock"](-1.2, 1.0) == pytest.approx(24.2)
    assert SURFACES["rosenbrock"].start == (-1.2, 1.0)
    assert SURFACES["beale"](1.0, 1.0) == pytest.approx(14.203125)
    assert SURFACES["beale"].start == (1.0, 1.0)


def test_the_parabola_of_the_course():
    assert SURFACES["parabola"](3.0) == 1.5


@pytest.mark.parametrize("one", SURFACES.values(), ids=SURFACES)
def test_start_and_minimum_stand_in_the_picture(one):
    for point in filter(None, (one.start, one.minimum)):
        assert all(low < number < high for number, (low, high) in zip(point, one.ranges, strict=True))


def test_an_unknown_surface_suggests_the_nearest():
    with pytest.raises(ValueError, match="Did you mean 'rosenbrock'"):
        surface("rosenbrok")
    with pytest.raises(ValueError, match="Did you mean 'beale'"):
        trajectories("bale", ["sgd"])


# -- the paths ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["contour", "3d"])
def test_the_points_are_those_of_minimize(kind):
    axis = trajectories("beale", {"mine": Adam(0.1)}, steps=15, kind=kind).axes[0]
    path = minimize(SURFACES["beale"].function, [1.0, 1.0], Adam(0.1), steps=15)
    line = track(axis, "mine")
    drawn = line.get_data_3d() if kind == "3d" else line.get_data()
    np.testing.assert_array_equal(drawn[0], path.points[0])
    np.testing.assert_array_equal(drawn[1], path.points[1])
    if kind == "3d":
        np.testing.assert_allclose(drawn[2], path.values)


def test_gradient_descent_on_the_parabola_by_its_formula():
    axis = trajectories("parabola", {"mine": SGD(1.5)}, steps=6).axes[0]
    x, heights = track(axis, "mine").get_data()
    np.testing.assert_allclose(x, 3.5 * 0.5 ** np.arange(7))
    np.testing.assert_allclose(heights, x**2 / 6)
    assert note(axis, "mine").endswith("after 6 steps")


def test_a_function_of_ones_own():
    def valley(a, b):
        return (a - 2) ** 2 + np.abs(b)

    figure = trajectories(valley, [SGD(0.1), Momentum(0.05)], start=[0.0, 1.0], steps=5)
    axis = figure.axes[0]
    assert (axis.get_xlabel(), axis.get_ylabel()) == ("a", "b")
    assert track(axis, "SGD").get_xdata()[1] == pytest.approx(0.4)
    left, right = axis.get_xlim()
    assert left < 0 < right


def test_a_function_of_one_vector():
    figure = trajectories(lambda w: (w**2).sum(), {"a": SGD(0.25)}, start=np.array([1.0, 2.0]), steps=3)
    np.testing.assert_allclose(track(figure.axes[0], "a").get_ydata(), [2, 1, 0.5, 0.25])


def test_the_heights_are_those_of_the_function_even_where_it_wants_single_numbers():
    """`a if b > 0 else …` cannot be called with all points at once; the contours are right all the same."""

    def odd(a, b):
        return a * 3 + b if b.item() > 0 else a * 3

    axis = trajectories(odd, {"a": SGD(0.01)}, start=[0.0, -1.0], ranges=((-1, 1), (-2, -0.5)), steps=2).axes[0]
    ends = [path.vertices for path in axis.collections[1].get_paths() if len(path.vertices)]
    assert ends
    assert all(np.ptp(vertices[:, 0]) < 1e-6 for vertices in ends)


def test_divergence_is_shown():
    with np.errstate(all="raise"):
        figure = trajectories("rosenbrock", {"too fast": SGD(1.0), "slow": SGD(1e-4)}, steps=30)
    axis = figure.axes[0]
    assert note(axis, "too fast").startswith("diverges at step")
    assert note(axis, "slow").startswith("f = ")
    figure.draw_without_rendering()
    assert axis.get_xlim() == SURFACES["rosenbrock"].ranges[0]


def test_where_a_path_leaves_the_picture():
    """On x²/6 with rate 7.2 every step multiplies x by 1 − 2.4 = −1.4: 3.5, −4.9, so it leaves at step 1."""
    axis = trajectories("parabola", {"a": SGD(7.2)}, steps=5).axes[0]
    assert note(axis, "a") == "leaves the picture at step 1"
    # By −1.1: 3.5, −3.85, 4.235: it leaves at step 2.
    axis = trajectories("parabola", {"a": SGD(6.3)}, steps=5).axes[0]
    assert note(axis, "a") == "leaves the picture at step 2"


def test_divergence_of_ones_own_function_leaves_a_picture_of_the_rest():
    figure = trajectories(lambda x: x**4, {"a": SGD(1.0), "b": SGD(0.01)}, start=2.0, steps=30)
    assert figure.axes[0].get_xlim()[1] < 10
    trajectories(lambda x: x**4, {"a": SGD(1.0)}, start=2.0, steps=30).draw_without_rendering()
    trajectories(lambda x: np.log(x), {"a": SGD(5.0)}, start=0.5, steps=5).draw_without_rendering()
    trajectories(lambda a, b: a * 0 + b * 0, {"a": SGD(5.0)}, start=[0.5, 1.0], steps=5).draw_without_rendering()


def test_optimizers_are_told_apart():
    axis = trajectories("bowl", [SGD(0.1), SGD(0.01), "adam"], steps=2).axes[0]
    assert {str(line.get_label()).partition("\n")[0] for line in axis.lines} >= {"SGD 0.1", "SGD 0.01", "Adam"}
    colours = [track(axis, name).get_color() for name in ("SGD 0.1", "SGD 0.01", "Adam")]
    assert len(set(colours)) == 3


def test_optimizers_given_keep_their_state():
    optimizer = Adam(0.1)
    trajectories("bowl", {"a": optimizer}, steps=3)
    assert optimizer.iterations == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"kind": "2d"}, "kind should be"),
        ({"f": "parabola", "kind": "3d"}, "needs a function of two numbers"),
        ({"optimizers": {}}, "received none"),
        ({"optimizers": []}, "received none"),
        ({"optimizers": ["adm"]}, "Did you mean 'adam'"),
        ({"f": lambda x: x**2}, "needs a start"),
        ({"f": lambda x: (x**2).sum(), "start": np.ones(3)}, "this one has 3"),
        ({"start": [1.0, 2.0, 3.0]}, "has 2 numbers; the start has 3"),
        ({"start": [np.nan, 1.0]}, "finite"),
        ({"steps": -1}, "steps should be"),
        ({"ranges": ((1, 0), (0, 1))}, "2 pairs"),
        ({"ranges": (0, 1)}, "2 pairs"),
    ],
)
def test_bad_input(arguments, message):
    with pytest.raises(ValueError, match=message):
        trajectories(**{"f": "bowl", "optimizers": ["sgd"]} | arguments)


def test_no_function():
    with pytest.raises(TypeError, match="f should be a text or a function"):
        trajectories(3.0, ["sgd"])


def test_on_given_axes():
    axis = Figure().subplots()
    assert trajectories("bowl", ["sgd"], steps=2, ax=axis) is axis
    with pytest.raises(ValueError, match="projection='3d'"):
        trajectories("bowl", ["sgd"], steps=2, kind="3d", ax=axis)


def test_nothing_of_matplotlib_is_changed():
    before = rcParams.copy()
    trajectories("bowl", ["sgd"], steps=2, kind="3d")
    assert rcParams.copy() == before


@pytest.mark.parametrize(
    ("name", "kind"),
    [(name, kind) for name in SURFACES for kind in ("contour", "3d") if (name, kind) != ("parabola", "3d")],
)
@pytest.mark.matrix(one_in=4)
def test_texts_of_every_surface_are_legible(name, kind):
    optimizers = {"SGD": SGD(0.01), "Momentum with a longer name": Momentum(0.001), "far too fast": SGD(1e3)}
    assert text_faults(trajectories(name, optimizers, steps=20, kind=kind)) == []


# -- moving ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def moving():
    return trajectories("bowl", {"SGD": SGD(0.1), "Adam <&>": Adam(0.3)}, steps=4, animated=True)


def test_each_frame_shows_one_step_more(moving):
    assert isinstance(moving, Animation)
    assert moving.frames == 5
    axis = moving.figure.axes[0]
    path = minimize(SURFACES["bowl"].function, [-4.0, 1.5], SGD(0.1), steps=4)
    for k in (0, 3, 1, 4):
        moving.show(k)
        np.testing.assert_array_equal(track(axis, "SGD").get_xdata(), path.points[0][: k + 1])
        assert f"step {k}" in axis.get_title(loc="left")


def test_a_shorter_path_waits_at_its_end():
    moving = trajectories("rosenbrock", {"far": SGD(1.0), "near": SGD(1e-4)}, steps=12, animated=True)
    assert moving.frames == 13
    moving.show(12)
    assert len(track(moving.figure.axes[0], "far").get_xdata()) < 13


@pytest.mark.full
def test_gif(moving, tmp_path):
    from PIL import Image

    with Image.open(moving.save(tmp_path / "a.gif", width=320)) as image:
        assert image.n_frames == 5
        assert image.size == (320, 180)
        assert image.info["loop"] == 0
        first = np.array(image.convert("RGB"))
        np.testing.assert_array_equal(first[0, 0], [255, 255, 255])
        image.seek(4)
        assert (np.array(image.convert("RGB")) != first).any()


@pytest.mark.full
def test_html_is_one_file_that_asks_no_network(moving, tmp_path):
    text = moving.save(tmp_path / "a.html", width=320).read_text("utf-8")
    assert not re.search(r"https?://|src=\"(?!data:)|<link|@import", text.replace("</", ""))
    assert "Adam &lt;&amp;&gt;" in text
    assert "Adam <&>" not in text
    data = json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', text)[1])
    assert data["pause"] == 125
    pictures = [base64.b64decode(picture) for picture in data["pictures"]]
    assert len(pictures) == len(set(pictures)) == 5
    assert all(picture.startswith(b"\x89PNG") for picture in pictures)
    assert "<iframe" in moving._repr_html_()


@pytest.mark.browser
def test_the_page_plays_by_buttons_and_keys(chromium, moving, tmp_path):
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys
    from selenium.webdriver.support.ui import WebDriverWait

    def number():
        return chromium.find_element(By.ID, "number").text

    chromium.get(moving.save(tmp_path / "a.html", frames_per_second=50, width=640).as_uri())
    assert number() == "0 / 4"
    chromium.find_element(By.ID, "step").click()
    assert number() == "1 / 4"
    body = chromium.find_element(By.TAG_NAME, "body")
    for key, expected in ((Keys.END, 4), (Keys.LEFT, 3), (Keys.HOME, 0), (Keys.RIGHT, 1)):
        body.send_keys(key)
        assert number() == f"{expected} / 4"
    body.send_keys(" ")
    WebDriverWait(chromium, 5).until(lambda _: number() == "4 / 4")
    assert chromium.execute_script("return document.getElementById('picture').naturalWidth") == 640
    assert violations(chromium) == []
    assert complaints(chromium) == []


def test_the_last_frame_as_png_and_the_figure_as_it_was(moving, tmp_path):
    before = moving.figure.dpi, moving.figure.canvas
    assert moving.save(str(tmp_path / "a.png")).read_bytes().startswith(b"\x89PNG")
    assert (moving.figure.dpi, moving.figure.canvas) == before


@pytest.mark.parametrize(
    ("path", "options", "error"),
    [
        ("a.avi", {}, ValueError),
        ("a.gif", {"frames_per_second": 0}, ValueError),
        ("a.gif", {"width": -1}, ValueError),
        ("no/such/folder/a.gif", {"width": 160}, FileNotFoundError),
    ],
)
def test_what_cannot_be_saved(moving, tmp_path, path, options, error):
    with pytest.raises(error):
        moving.save(tmp_path / path, **options)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.full
@pytest.mark.parametrize("kind", ["contour", "3d"])
def test_what_does_not_move_is_drawn_once_and_every_frame_is_as_if_it_were_drawn_whole(kind):
    moving = trajectories("beale", {"SGD": tg.optim.SGD(0.01)}, steps=4, kind=kind, animated=True)
    fast = [np.asarray(image, float) for image in moving._pictures(320)]
    whole = [np.asarray(moving._picture(k, 320), float) for k in range(moving.frames)]
    assert len(fast) == len(whole) == 5
    for one, other in zip(fast, whole, strict=True):
        assert np.mean(np.abs(one - other) > 8) < 0.002
    assert np.abs(fast[0] - fast[-1]).max() > 50
