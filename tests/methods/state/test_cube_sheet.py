"""The sheet that explains an object: its rows, its colours, its one scale of speed."""

import colorsys

import numpy as np
import pytest

from unusual.errors import DataError
from unusual.methods.state.cube_sheet import EDGE, GAP, GROUND, NAMES, PAIR_GAP, TEXT, TILE, cube_sheet, flow_rgb


def moving(dx, dy, frames=7, side=32):
    return np.full((frames, side, side, 2), (dx, dy), np.float32)


def grey(level, frames=7, side=32):
    return np.full((frames, side, side, 3), level, np.uint8)


def tile(sheet, row, column):
    """The colour in the middle of a tile."""
    top = EDGE + row * (TILE + GAP) + (PAIR_GAP if row >= 2 else 0)
    return sheet[top + TILE // 2, EDGE + NAMES + column * (TILE + GAP) + TILE // 2].tolist()


def hue(dx, dy):
    red, green, blue = flow_rgb(np.array([[[dx, dy]]], np.float32), 1)[0, 0] / 255
    return round(colorsys.rgb_to_hsv(red, green, blue)[0] * 360)


@pytest.mark.parametrize(
    ("dx", "dy", "degrees"),
    [
        pytest.param(1, 0, 0, id="right is red"),
        pytest.param(0, 1, 90, id="down is yellow-green"),
        pytest.param(-1, 0, 180, id="left is cyan"),
        pytest.param(0, -1, 270, id="up is violet"),
        pytest.param(1, -1e-4, 0, id="the wheel closes"),
    ],
)
def test_the_hue_is_the_direction(dx, dy, degrees):
    assert hue(dx, dy) == pytest.approx(degrees, abs=2)


def test_the_brightness_is_the_speed_and_ends_at_the_fastest():
    picture = flow_rgb(np.array([[[0, 0], [0.6, 0.8], [0, 2], [0, 4], [-9, 0]]], np.float32), 4)
    assert picture.max(2).tolist() == [[0, 64, 128, 255, 255]]


def test_flow_that_is_not_a_number_is_still():
    assert flow_rgb(np.full((2, 3, 2), np.nan, np.float32), 1).tolist() == np.zeros((2, 3, 3)).tolist()


def test_rows_are_seen_rebuilt_and_the_motion_of_both():
    sheet = cube_sheet(grey(200), grey(90), moving(4, 0), moving(0, 2), 3)
    assert sheet.dtype == np.uint8 and sheet.shape == (336, 676, 3)
    assert tile(sheet, 0, 0) == [200] * 3 and tile(sheet, 1, 6) == [90] * 3
    assert tile(sheet, 2, 0) == flow_rgb(moving(4, 0)[0], 4)[0, 0].tolist()
    assert tile(sheet, 3, 6) == flow_rgb(moving(0, 2)[0], 4)[0, 0].tolist()


def test_time_runs_to_the_right():
    real = grey(0) + np.arange(7, dtype=np.uint8)[:, None, None, None] * 30
    sheet = cube_sheet(real, grey(0), moving(0, 0), moving(0, 0), 3)
    assert [tile(sheet, 0, t)[0] for t in range(7)] == [0, 30, 60, 90, 120, 150, 180]


@pytest.mark.parametrize(("seen", "rebuilt"), [(2, 8), (8, 2)])
def test_both_rows_of_motion_share_the_scale_of_the_faster(seen, rebuilt):
    sheet = cube_sheet(grey(0), grey(0), moving(seen, 0), moving(rebuilt, 0), 3)
    assert [max(tile(sheet, row, 3)) for row in (2, 3)] == [round(255 * speed / 8) for speed in (seen, rebuilt)]


def test_slow_noise_does_not_shine():
    sheet = cube_sheet(grey(0), grey(0), moving(0.1, 0), moving(0, 0), 3)
    assert max(tile(sheet, 2, 3)) == round(25.5)


@pytest.mark.parametrize(("frames", "scored"), [(1, 0), (3, 1), (7, 3), (7, 0), (9, 8)])
def test_the_scored_frame_is_framed(frames, scored):
    sheet = cube_sheet(*(grey(0, frames) for _ in "ab"), *(moving(0, 0, frames) for _ in "ab"), scored)
    left = EDGE + NAMES + scored * (TILE + GAP)
    row = sheet[EDGE + 2]
    framed = np.flatnonzero((row == TEXT).all(1))
    assert framed.min() in range(left - 4, left) and framed.max() in range(left + TILE, left + TILE + 4)


def test_every_row_has_a_label_and_the_colours_a_key():
    sheet = cube_sheet(grey(0), grey(0), moving(1, 0), moving(0, 0), 3)
    names = (sheet[:, EDGE : EDGE + NAMES - GAP] != GROUND).any((1, 2))
    for row in range(4):
        top = EDGE + row * (TILE + GAP) + (PAIR_GAP if row >= 2 else 0)
        assert names[top + 20 : top + TILE - 20].any()
    wheel = sheet[-EDGE - TILE - 20 : -EDGE - TILE + 16, EDGE : EDGE + 36].astype(int)
    left, right = wheel[18, 4], wheel[18, 31]
    assert right[0] > right[2] and left[2] > left[0]


def test_even_an_object_of_one_pixel_makes_a_sheet_and_nothing_given_is_changed():
    cubes = grey(7, side=1), grey(9, side=1), moving(np.nan, 0, side=1), moving(3, 0, side=1)
    before = [cube.copy() for cube in cubes]
    assert cube_sheet(*cubes, 0).shape == (336, 676, 3)
    assert all(np.array_equal(one, other, equal_nan=True) for one, other in zip(cubes, before, strict=True))


@pytest.mark.parametrize(
    "cubes",
    [
        pytest.param((grey(0), grey(0, 6), moving(0, 0), moving(0, 0)), id="another length"),
        pytest.param((grey(0), grey(0), moving(0, 0), moving(0, 0, side=16)), id="another side"),
        pytest.param((grey(0), grey(0), moving(0, 0)[..., :1], moving(0, 0)), id="no vectors"),
        pytest.param((grey(0)[0], grey(0)[0], moving(0, 0)[0], moving(0, 0)[0]), id="one tile"),
        pytest.param((grey(0, 0), grey(0, 0), moving(0, 0, 0), moving(0, 0, 0)), id="no tile"),
    ],
)
def test_what_does_not_fit_is_refused(cubes):
    with pytest.raises(DataError, match="T, S, S, 3"):
        cube_sheet(*cubes, 0)
