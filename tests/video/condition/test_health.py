"""A camera's state: told within ten seconds, taken back when it is over, and never told of ordinary footage."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from unusual.data.made_up.scene import Kind, SceneConfig, render_scene
from unusual.errors import ConfigError
from unusual.video.condition.health import Health, PictureHealth
from unusual.video.reader import open_video

VTEST = Path(__file__).parents[2].parent / "shared" / "data" / "vtest.avi"
SCENE = SceneConfig(seed=1, look_seed=24, width=192, height=144, rate=5, walkers=5)


@pytest.fixture(scope="module")
def ordinary():
    return [shot.frame.rgb for shot in render_scene(SCENE, 24.0)]


@pytest.fixture(scope="module")
def usual(ordinary):
    return np.median(ordinary[::4], axis=0).astype(np.uint8)


def states(pictures, health, rate=5.0):
    return [health.add(number / rate, picture) for number, picture in enumerate(pictures)]


def noise(like, deviation=2.0):
    return np.random.default_rng(0).normal(0, deviation, like.shape)


def shown(picture):
    return np.clip(picture, 0, 255).astype(np.uint8)


def shifted(picture, right, down):
    rows, columns = np.indices(picture.shape[:2])
    return picture[(rows - down) % picture.shape[0], (columns - right) % picture.shape[1]]


TROUBLES = {
    "lights out": (Health.DARK, lambda p: shown(0.03 * p + noise(p))),
    "no signal, black": (Health.DARK, np.zeros_like),
    "a hand on the lens": (Health.COVERED, lambda p: shown(cv2.GaussianBlur(p, (0, 0), 25) * 0.5 + noise(p))),
    "a grey cloth": (Health.COVERED, lambda p: shown(110 + noise(p))),
    "blinded": (Health.COVERED, lambda p: np.full_like(p, 255)),
    "knocked a little": (Health.MOVED, lambda p: shifted(p, 4, 2)),
    "hangs down": (Health.MOVED, lambda p: shifted(p, 5, -30)),
    "turned round": (Health.MOVED, lambda p: np.ascontiguousarray(p[::-1, ::-1])),
}


@pytest.mark.parametrize("trouble", TROUBLES)
def test_trouble_is_told_within_ten_seconds_and_taken_back(ordinary, usual, trouble):
    expected, spoil = TROUBLES[trouble]
    pictures = ordinary[:30] + [spoil(picture) for picture in ordinary[30:90]] + ordinary[90:]
    health = PictureHealth(usual)
    told = states(pictures, health)
    assert set(told[:50]) == {Health.OK}, "not before it has lasted some seconds"
    assert set(told[80:90]) == {expected}
    assert set(told[106:]) == {Health.OK}
    assert health.since_s == pytest.approx(18, abs=1)


def test_a_frozen_picture_is_told_and_taken_back(ordinary, usual):
    health = PictureHealth(usual)
    told = states([*ordinary[:30], *[ordinary[30]] * 50, *ordinary[30:60]], health)
    assert set(told[:54]) == {Health.OK}
    assert set(told[58:80]) == {Health.FROZEN}
    assert set(told[95:]) == {Health.OK}
    frozen = PictureHealth(usual)
    states([*ordinary[:30], *[ordinary[30]] * 50], frozen)
    assert frozen.since_s == pytest.approx(6, abs=0.5), "it began with the first of the pictures that are the same"


def test_a_frozen_picture_that_a_coder_repaints_is_frozen_all_the_same(ordinary):
    still = [shown(ordinary[30] + (noise(ordinary[30], 0.7) if number % 20 == 0 else 0.0)) for number in range(60)]
    assert states(still, PictureHealth())[-1] is Health.FROZEN


def test_footage_that_often_stands_still_is_given_more_time(ordinary, usual):
    pictures = [*ordinary[:30], *[ordinary[30]] * 70]
    assert states(pictures, PictureHealth(usual, still_s=4))[30 + 38] is Health.OK
    assert states(pictures, PictureHealth(usual, still_s=4))[30 + 45] is Health.FROZEN
    assert set(states(pictures, PictureHealth(usual, still_s=np.inf))) == {Health.OK}


def test_a_small_thing_that_moves_in_a_still_picture_is_no_freeze(usual):
    pictures = []
    for number in range(60):
        picture = usual.copy()
        picture[60:66, number : number + 4] = 255
        pictures.append(picture)
    assert set(states(pictures, PictureHealth(usual))) == {Health.OK}


@pytest.mark.parametrize("brief", ["a hand on the lens", "turned round", "lights out"])
def test_what_passes_at_once_is_not_told(ordinary, usual, brief):
    spoil = TROUBLES[brief][1]
    pictures = [spoil(p) if number % 30 < 15 else p for number, p in enumerate(ordinary)]
    assert set(states(pictures, PictureHealth(usual))) == {Health.OK}


@pytest.mark.parametrize("rate", [1.0, 5.0, 60.0])
def test_the_frame_rate_does_not_matter(ordinary, usual, rate):
    covered = TROUBLES["a grey cloth"][1](usual)
    seconds = np.arange(0, 30, 1 / rate)
    pictures = [ordinary[k % 100] if second < 15 else covered for k, second in enumerate(seconds)]
    told = np.array(states(pictures, PictureHealth(usual), rate))
    assert set(told[seconds < 19]) == {Health.OK}
    assert set(told[seconds > 25]) <= {Health.COVERED}


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"walkers": 0}, id="nobody there"),
        pytest.param({"walkers": 20}, id="a crowd"),
        pytest.param({"brightness": 0.5}, id="dusk"),
        pytest.param({"brightness": 1.4}, id="glare"),
        pytest.param({"noise": 8}, id="a noisy sensor"),
        pytest.param({"seed": 7}, id="other people"),
    ],
)
def test_nothing_is_told_of_ordinary_footage(usual, change):
    pictures = (shot.frame.rgb for shot in render_scene(replace(SCENE, **change), 15.0))
    assert set(states(pictures, PictureHealth(usual))) == {Health.OK}


def test_an_unusual_event_is_no_trouble_of_the_camera(usual):
    scene = [shot.frame.rgb for shot in render_scene(replace(SCENE, person=0.3), 20.0, (Kind.CART,))]
    assert set(states(scene, PictureHealth(np.median(scene, axis=0).astype(np.uint8)))) == {Health.OK}


def test_nothing_is_told_of_a_real_recording():
    if not VTEST.exists():
        pytest.skip(f"the recording {VTEST.name} is not at hand")
    with open_video(VTEST) as video:
        frames = [(frame.time_s, frame.rgb) for frame in video if frame.index < 200]
    health = PictureHealth(np.median([rgb for _, rgb in frames[::20]], axis=0).astype(np.uint8))
    assert {health.add(time_s, rgb) for time_s, rgb in frames} == {Health.OK}


def test_without_a_reference_a_black_a_blank_and_a_frozen_picture_are_told(ordinary):
    assert set(states(ordinary, PictureHealth())) == {Health.OK}
    assert states([np.zeros_like(p) for p in ordinary], PictureHealth())[-1] is Health.DARK
    assert states([np.full_like(p, 200) for p in ordinary], PictureHealth())[-1] is Health.COVERED
    assert states([ordinary[0]] * 60, PictureHealth())[-1] is Health.FROZEN


def test_a_camera_that_is_always_dark_is_judged_by_its_own_reference(ordinary, usual):
    dim = [shown(0.12 * p + noise(p, 0.5)) for p in ordinary[::2]]
    assert set(states(dim, PictureHealth(shown(0.12 * usual)), rate=2.5)) == {Health.OK}
    assert states(dim, PictureHealth(usual), rate=2.5)[-1] is Health.DARK


def test_another_size_and_times_that_begin_anew_are_taken(ordinary, usual):
    health = PictureHealth(usual)
    small = [cv2.resize(p, (96, 72), interpolation=cv2.INTER_AREA) for p in ordinary[:40]]
    assert set(states(ordinary[:40] + small, health)) == {Health.OK}
    assert states([np.zeros_like(p) for p in ordinary[:40]], health)[-1] is Health.DARK
    assert health.add(0.0, np.zeros_like(usual)) is Health.OK, "it has not lasted yet"


def test_a_new_reference_is_gone_by_at_once(ordinary, usual):
    health = PictureHealth(usual)
    moved = [shifted(p, 20, 0) for p in ordinary]
    assert states(moved[:60], health)[-1] is Health.MOVED
    health.refer_to(shifted(usual, 20, 0))
    assert [health.add(12 + k / 5, p) for k, p in enumerate(moved[60:90])][-1] is Health.OK


def test_a_negative_time_is_refused():
    with pytest.raises(ConfigError, match="still_s"):
        PictureHealth(still_s=-1)


def test_a_picture_is_suspect_before_its_state_is_told(ordinary, usual):
    health = PictureHealth(usual)
    states(ordinary[:20], health)
    assert not health.suspect
    assert [health.add(4 + late, np.zeros_like(usual)) for late in (0.0, 0.25, 0.5)] == [Health.OK] * 3
    assert health.suspect
    states([np.zeros_like(usual)] * 40, health)
    assert (health.state, health.suspect) == (Health.DARK, True)
