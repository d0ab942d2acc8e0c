"""Footage before learning: what cannot be used is found with its frames, ordinary footage has no fault."""

import itertools
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from unusual.camera.footage import FEWEST_MOVING_S, Unfit, always_moving, examine, prospects
from unusual.data.made_up.scene import SceneConfig, render_scene
from unusual.domain import Wholeness
from unusual.errors import VideoError
from unusual.scores.zones import ZoneKind
from unusual.video.condition.health import Health, PictureHealth
from unusual.video.reader import open_video
from unusual.video.writer import write_video

VTEST = Path(__file__).parents[2].parent / "shared" / "data" / "vtest.avi"
RATE = 5
SCENE = SceneConfig(seed=1, look_seed=24, width=192, height=144, rate=RATE, walkers=5)


@pytest.fixture(scope="module")
def ordinary():
    """40 seconds."""
    return [shot.frame.rgb for shot in render_scene(SCENE, 40.0)]


@pytest.fixture
def footage(tmp_path):
    """Pictures -> a video file with them, nearly as they are."""
    numbers = itertools.count()

    def write(pictures, crf=12):
        path = tmp_path / f"{next(numbers)}.mp4"
        height, width, _ = pictures[0].shape
        with write_video(path, width, height, Fraction(RATE), crf=crf) as sink:
            for number, picture in enumerate(pictures):
                sink.add(picture, number / RATE)
        return path

    return write


def spans(stretches):
    return [(round(stretch.start_s), round(stretch.end_s), stretch.reason) for stretch in stretches]


def sways(picture, time_s):
    matrix = np.array([[1, 0, 2 * np.sin(5 * time_s)], [0, 1, 0.0]])
    return cv2.warpAffine(picture, matrix, picture.shape[1::-1], borderMode=cv2.BORDER_REFLECT)


def elsewhere(picture):
    return np.ascontiguousarray(np.roll(picture, (20, 30), (0, 1)))


def test_ordinary_footage_has_no_fault_and_is_told_as_it_is(footage, ordinary):
    seen = examine(footage(ordinary))
    assert (seen.width, seen.height, seen.rate) == (192, 144, pytest.approx(RATE))
    assert seen.duration_s == pytest.approx(40)
    assert seen.read.wholeness is Wholeness.COMPLETE
    assert seen.unfit == ()
    assert [(stretch.first, stretch.last) for stretch in seen.usable] == [(0, 199)]
    assert seen.moving > 0.8
    assert seen.brightness == pytest.approx(np.mean(ordinary), abs=5)
    assert seen.still_s == 0
    assert [line.partition(":")[0] for line in seen.findings] == ["too little movement"]


def test_footage_of_a_camera_that_sways_is_said_and_can_be_learnt_from(footage, ordinary):
    seen = examine(footage([sways(picture, n / RATE) for n, picture in enumerate(ordinary)]))
    assert seen.unfit == ()
    assert 30 < seen.swaying_s <= 40
    assert any(line.startswith("the camera sways, for 3") for line in seen.findings)


def test_the_reference_is_the_place_without_the_people(footage, ordinary):
    empty = next(render_scene(replace(SCENE, walkers=0, noise=0), 0.2)).frame.rgb
    seen = examine(footage(ordinary))
    assert np.mean(cv2.absdiff(seen.reference, empty)) < 6
    assert {PictureHealth(seen.reference).add(k / RATE, p) for k, p in enumerate(ordinary)} == {Health.OK}


FAULTS = {
    Unfit.DARK: lambda p: (0.03 * p).astype(np.uint8),
    Unfit.COVERED: lambda p: cv2.GaussianBlur(p, (0, 0), 30),
    Unfit.MOVED: elsewhere,
}


@pytest.mark.parametrize("reason", FAULTS)
def test_a_stretch_that_cannot_be_used_is_found_with_its_frames(footage, ordinary, reason):
    spoilt = [FAULTS[reason](picture) for picture in ordinary[75:125]]
    seen = examine(footage([*ordinary[:75], *spoilt, *ordinary[125:]]))
    (found,) = seen.unfit
    assert found.reason is reason
    assert abs(found.first - 75) <= 3
    assert abs(found.last - 124) <= 3
    assert found.start_s == pytest.approx(found.first / RATE)
    assert found.end_s == pytest.approx(found.last / RATE)
    assert [(s.first, s.last) for s in seen.usable] == [(0, found.first - 1), (found.last + 1, 199)]
    assert any(line.startswith("0:1") and line.endswith(": left out") for line in seen.findings)


def test_a_frozen_picture_is_found_where_it_begins_and_ends(footage, ordinary):
    seen = examine(footage([*ordinary[:80], *[ordinary[80]] * 70, *ordinary[81:131]]))
    (found,) = seen.unfit
    assert found.reason is Unfit.FROZEN
    assert abs(found.first - 80) <= 5, "the coder takes some frames to come to rest"
    assert abs(found.last - 149) <= 1
    assert seen.still_s < 2
    assert "0:16 to 0:2" in seen.findings[0]


def test_a_camera_that_was_moved_leaves_the_place_that_is_seen_for_longer(footage, ordinary):
    seen = examine(footage([*map(elsewhere, ordinary[:60]), *ordinary[60:]]))
    assert [stretch.reason for stretch in seen.unfit] == [Unfit.MOVED]
    assert seen.unfit[0].first == 0
    assert abs(seen.unfit[0].last - 59) <= 3
    assert np.mean(cv2.absdiff(seen.reference, np.median(ordinary[60:], axis=0).astype(np.uint8))) < 4
    assert any("the camera was moved" in line for line in seen.findings)


def test_footage_without_noise_may_stand_still_and_says_for_how_long(footage, ordinary):
    """Nobody for 14 s, and no noise: no frozen picture, but a frozen one would be noticed late."""
    scene = [shot.frame.rgb for shot in render_scene(replace(SCENE, noise=0), 20.0)]
    seen = examine(footage([*scene[:50], *[scene[50]] * 70, *scene[51:]]))
    assert seen.unfit == ()
    assert 13 < seen.still_s < 16
    assert "a frozen camera is noticed after" in seen.findings[-1]
    health = PictureHealth(seen.reference, still_s=seen.still_s)
    assert {health.add(k / RATE, p) for k, p in enumerate([*scene[:50], *[scene[50]] * 70])} == {Health.OK}


def test_a_place_where_nobody_comes_is_ordinary_and_said_to_be_empty(footage):
    scene = [shot.frame.rgb for shot in render_scene(replace(SCENE, walkers=0), 30.0)]
    seen = examine(footage(scene, crf=28))
    assert (seen.unfit, seen.moving) == ((), 0)
    assert seen.findings[0].startswith("nothing ever moves")
    walker = cv2.rectangle(scene[80].copy(), (90, 60), (100, 90), (20, 20, 20), -1)
    rare = examine(footage([*scene[:80], walker, walker, *scene[80:]]))
    assert 0 < rare.moving < 0.05
    assert [line.partition(":")[0] for line in rare.findings] == ["too little movement", "mostly empty"]


def test_enough_movement_is_not_remarked_on(footage, ordinary):
    small = [cv2.resize(picture, (96, 72), interpolation=cv2.INTER_AREA) for picture in ordinary]
    seen = examine(footage(small * 4))
    assert seen.moving * seen.duration_s > FEWEST_MOVING_S
    assert seen.findings == ()


def test_footage_that_is_all_black_has_nothing_to_use(footage, ordinary):
    seen = examine(footage([np.zeros_like(picture) for picture in ordinary[:60]]))
    assert (seen.usable, spans(seen.unfit)) == ((), [(0, 12, Unfit.DARK)])
    assert seen.findings[-1] == "nothing of it can be used"
    assert seen.still_s == 0


def test_a_picture_that_never_changes_may_be_a_still_place(footage, ordinary):
    seen = examine(footage([ordinary[0]] * 60))
    assert seen.unfit == ()
    assert seen.still_s == pytest.approx(12, abs=1)
    assert [line.partition(":")[0] for line in seen.findings] == [
        "nothing ever moves",
        "the picture stands perfectly still for up to 11 s",
    ]


def test_a_camera_that_turns_all_the_time_takes_no_more_memory(footage, monkeypatch):
    monkeypatch.setattr("unusual.camera.looking.MOST_PLACES", 2)
    rng = np.random.default_rng(0)
    places = [cv2.resize(rng.integers(0, 256, (12, 16, 3), np.uint8), (192, 144)) for _ in range(4)]
    seen = examine(footage([place for place in places for _ in range(40)]))
    assert [stretch.reason for stretch in seen.unfit] == [Unfit.MOVED]
    assert (seen.unfit[0].first, seen.usable[-1].last) == (0, 159)


def test_a_cut_file_is_used_as_far_as_it_goes(tmp_path, footage, ordinary):
    whole = footage(ordinary)
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(whole.read_bytes()[: int(0.7 * whole.stat().st_size)])
    seen = examine(cut)
    (lost,) = seen.unfit
    assert lost.reason is Unfit.UNREAD
    assert (lost.first, lost.last) == (seen.read.decoded, 199)
    assert [(s.first, s.last) for s in seen.usable] == [(0, seen.read.decoded - 1)]
    assert "frames are missing" in " ".join(seen.findings)


def test_a_change_of_size_ends_what_can_be_read(tmp_path, ordinary):
    for number, picture in enumerate(ordinary[:40]):
        size = (192, 144) if number < 25 else (96, 72)
        cv2.imwrite(str(tmp_path / f"{number}.png"), cv2.resize(picture, size)[..., ::-1])
    seen = examine(tmp_path, rate=Fraction(RATE))
    assert [(s.first, s.last, s.reason) for s in seen.unfit] == [(25, 39, Unfit.UNREAD)]
    assert "frame 25 is 96x72" in seen.findings[0]


def test_one_frame_is_looked_at(tmp_path, ordinary):
    cv2.imwrite(str(tmp_path / "one.png"), ordinary[0])
    seen = examine(tmp_path / "one.png")
    assert (seen.rate, seen.duration_s, len(seen.usable)) == (0, 0, 1)


def test_what_is_no_video_is_refused(tmp_path):
    with pytest.raises(VideoError, match="no such file"):
        examine(tmp_path / "nothing.mp4")


def test_a_real_recording_has_no_fault():
    if not VTEST.exists():
        pytest.skip(f"the recording {VTEST.name} is not at hand")
    seen = examine(VTEST)
    assert (seen.unfit, seen.read.decoded, seen.still_s) == ((), 795, 0)
    with open_video(VTEST) as video:
        assert seen.reference.shape[:2] == (480, 640) or video.info.width < 640


# --- what always moves


@pytest.fixture
def in_half_a_minute(monkeypatch):
    monkeypatch.setattr("unusual.camera.footage.LEAST_STIR_S", 30.0)


def with_leaves(pictures, left=120, right=180, top=6, bottom=50):
    """A tree before them whose leaves tremble."""
    leaves = np.random.default_rng(0).integers(30, 160, (bottom - top + 8, right - left + 8, 1)).repeat(3, 2)
    trembling = []
    for number, picture in enumerate(pictures):
        x, y = round(4 + 3 * np.sin(number)), round(4 + 3 * np.cos(1.7 * number))
        picture = picture.copy()
        picture[top:bottom, left:right] = leaves[y : y + bottom - top, x : x + right - left]
        trembling.append(picture)
    return trembling


def test_where_leaves_never_rest_a_zone_is_proposed_around_them(footage, ordinary, in_half_a_minute):
    (zone,) = always_moving([examine(footage(with_leaves(ordinary)))])
    x, y = (np.array([corner[side] * share for corner in zone.corners]) for side, share in ((0, 192), (1, 144)))
    assert (x.min(), x.max(), y.min(), y.max()) == pytest.approx((120, 180, 6, 50), abs=10)
    assert zone.kind is ZoneKind.IGNORE


def test_people_who_come_and_go_are_nothing_that_always_moves(footage, ordinary, in_half_a_minute):
    assert always_moving([examine(footage(ordinary))]) == ()


def test_files_of_a_recorder_are_taken_together_and_too_little_says_nothing(footage, ordinary, in_half_a_minute):
    short = [examine(footage(with_leaves(ordinary)[part : part + 75])) for part in (0, 75)]
    assert always_moving(short[:1]) == ()
    assert len(always_moving(short)) == 1
    still = [examine(footage(ordinary)), *short]
    assert always_moving(still) == (), "most of the time nothing moved there"


def test_what_moves_everywhere_is_the_camera_or_a_crowd(footage, in_half_a_minute):
    snow = np.random.default_rng(0).integers(0, 255, (160, 36, 48, 3), np.uint8)
    pictures = [cv2.resize(each, (192, 144), interpolation=cv2.INTER_NEAREST) for each in snow]
    assert always_moving([examine(footage(pictures))]) == ()


def test_a_person_is_told_where_to_decide(footage, ordinary, in_half_a_minute):
    (line,) = [line for line in prospects([examine(footage(with_leaves(ordinary)))]) if "never rests" in line]
    assert "at 1 place of the picture" in line and "dashboard" in line
