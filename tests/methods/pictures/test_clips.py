"""Units: which frames they hold, where they start, how the tail is covered."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unusual.errors import ConfigError, VideoError
from unusual.methods.footage import Footage
from unusual.methods.pictures.clips import (
    ClipConfig,
    RegionConfig,
    cut_units,
    moving_crop,
    unit_starts,
    working_picture,
    working_width,
)


def video(frames):
    return ((n / 10, np.full((2, 2, 1), n, np.uint8)) for n in range(frames))


def units(frames, **changes):
    return list(cut_units("v", video(frames), **{"frames": 9, "stride": 1, "step": 0, **changes}))


@pytest.mark.parametrize(
    ("frames", "starts"),
    [
        pytest.param(9, [0], id="one unit"),
        pytest.param(18, [0, 9], id="side by side"),
        pytest.param(20, [0, 9, 11], id="the tail reaches back"),
        pytest.param(17, [0, 8], id="a long tail"),
    ],
)
def test_the_papers_units(frames, starts):
    cut = units(frames)
    assert [int(unit.indices[0]) for unit in cut] == starts
    assert all(unit.side_by_side for unit in cut)
    assert [unit.clip[:, 0, 0, 0].tolist() for unit in cut] == [list(range(s, s + 9)) for s in starts]


def test_a_step_adds_units_in_between_and_marks_the_papers():
    cut = units(20, step=3)
    assert [(int(u.indices[0]), u.side_by_side) for u in cut] == [
        (0, True),
        (3, False),
        (6, False),
        (9, True),
        (11, True),
    ]


def test_a_tail_that_falls_on_a_step_is_one_unit_of_the_paper_too():
    cut = units(21, step=3)
    assert [(int(u.indices[0]), u.side_by_side) for u in cut][-2:] == [(9, True), (12, True)]


def test_a_stride_thins_the_clip_but_not_the_span():
    (unit,) = cut_units("v", video(9), frames=5, stride=2, step=0)
    assert unit.clip[:, 0, 0, 0].tolist() == [0, 2, 4, 6, 8]
    assert unit.indices.tolist() == list(range(9))
    assert unit.times_s.tolist() == [n / 10 for n in range(9)]


@settings(max_examples=60, deadline=None)
@given(st.integers(9, 70), st.sampled_from([1, 3, 9]))
def test_every_frame_is_in_a_unit_and_the_papers_units_alone_cover_all(frames, step):
    cut = units(frames, step=step)
    assert set(np.concatenate([u.indices for u in cut]).tolist()) == set(range(frames))
    assert set(np.concatenate([u.indices for u in cut if u.side_by_side]).tolist()) == set(range(frames))
    starts = [int(u.indices[0]) for u in cut]
    assert starts == sorted(set(starts))


def test_too_short_a_video_is_refused_with_both_numbers():
    with pytest.raises(VideoError, match="v: 8 frames are fewer than the 9"):
        units(8)


def test_a_step_that_would_miss_the_papers_units_is_refused():
    with pytest.raises(ConfigError, match=r"step \(4\) must divide the 9"):
        units(20, step=4)


@pytest.mark.parametrize(("size", "width"), [((240, 360), 240), ((1080, 1920), 288), ((1920, 1080), 88)])
def test_width_zero_keeps_the_shape(size, width):
    assert working_width(ClipConfig(160, 0), *size) == width


def test_pictures_come_to_working_size_and_colours():
    rgb = np.zeros((30, 50, 3), np.uint8)
    rgb[..., 1] = 200
    assert working_picture(rgb, 16, 20, 3).shape == (16, 20, 3)
    grey = working_picture(rgb, 60, 80, 1)
    assert grey.shape == (60, 80, 1)
    assert grey.min() == grey.max() == round(0.587 * 200)


def test_clips_start_wherever_a_whole_unit_fits():
    footage = [
        Footage.of_frames("a", np.zeros((10, 2, 2, 1), np.uint8)),
        Footage.of_frames("b", np.zeros((8, 2, 2, 1), np.uint8)),
    ]
    assert unit_starts(footage, 9).tolist() == [[0, 0], [0, 1]]


def test_crops_go_where_something_moves():
    clip = np.full((5, 96, 96, 1), 90, np.uint8)
    clip[-1, 70:90, 70:90] = 200
    chance = np.random.default_rng(0)
    crops = [moving_crop(clip, 32, chance) for _ in range(200)]
    assert {crop.shape for crop in crops} == {(5, 32, 32, 1)}
    assert np.mean([(crop[-1] == 200).any() for crop in crops]) > 0.85


def test_a_still_clip_is_cropped_anywhere():
    clip, chance = np.arange(64 * 64, dtype=np.uint16).reshape(1, 64, 64, 1).astype(np.uint8), np.random.default_rng(0)
    clip = np.repeat(clip, 3, 0)
    assert len({moving_crop(clip, 16, chance).tobytes() for _ in range(20)}) > 5


@pytest.mark.parametrize("region", [0, 1, 5])
def test_a_region_must_be_even(region):
    with pytest.raises(ConfigError, match="even"):
        RegionConfig(region)
