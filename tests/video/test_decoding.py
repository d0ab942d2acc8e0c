"""What both kinds of source share: pictures upright and wide enough, deep greys, limits, and words without secrets."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from unusual.errors import VideoError
from unusual.video import decoding
from unusual.video.decoding import (
    QUARTERS,
    Limits,
    RgbConverter,
    check_time,
    reason,
    refuse_large,
    turned,
)

PICTURE = np.random.default_rng(0).integers(0, 256, (4, 6, 3)).astype(np.uint8)


@pytest.mark.parametrize("quarters", range(4))
def test_a_picture_is_turned_by_quarters_anticlockwise(quarters):
    np.testing.assert_array_equal(turned(PICTURE, QUARTERS[quarters]), np.rot90(PICTURE, quarters))


@pytest.mark.parametrize(
    ("turn", "shown"),
    [
        pytest.param((-1, 0, 0, 1), np.fliplr(PICTURE), id="mirrored"),
        pytest.param((1, 0, 0, -1), np.flipud(PICTURE), id="upside down and mirrored"),
        pytest.param((0, 1, 1, 0), PICTURE.transpose(1, 0, 2), id="transposed"),
        pytest.param((65536, 0, 0, 65536), PICTURE, id="signs alone matter"),
    ],
)
def test_a_picture_is_mirrored(turn, shown):
    np.testing.assert_array_equal(turned(PICTURE, turn), shown)


def rgb_frame(height=48, width=64):
    return av.VideoFrame.from_ndarray(np.full((height, width, 3), 60, np.uint8), format="rgb24")


def test_pixels_that_are_not_square_make_a_wider_picture_and_odd_ones_are_a_broken_header():
    for aspect, width in ((Fraction(3, 2), 96), (Fraction(1, 2), 32), (Fraction(5), 64), (Fraction(0), 64), (None, 64)):
        rgb, grey = RgbConverter("gate", Limits(), aspect)(rgb_frame())
        assert (rgb.shape, grey) == ((48, width, 3), False)


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="threads are counted by /proc")
def test_where_one_thread_is_to_compute_no_other_is_begun_to_scale_pictures(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    before = len(list(Path("/proc/self/task").iterdir()))
    convert = RgbConverter("gate", Limits())
    rgb, _ = convert(av.VideoFrame(1920, 1080, "yuv420p"))
    assert len(list(Path("/proc/self/task").iterdir())) == before
    assert rgb.shape == (1080, 1920, 3)


def test_a_turn_that_is_told_goes_before_that_of_the_frame():
    assert RgbConverter("gate", Limits())(rgb_frame(), QUARTERS[1])[0].shape == (64, 48, 3)


@pytest.mark.parametrize("aspect", [None, Fraction(2)], ids=["as it is", "as wide as it is shown"])
def test_a_frame_over_the_limit_is_refused(aspect):
    limits = Limits(pixels=48 * 64 - 1 if aspect is None else 48 * 128 - 1)
    with pytest.raises(VideoError, match=f"gate: a frame of 64x48 is over the limit of {limits.pixels} pixels"):
        RgbConverter("gate", limits, aspect)(rgb_frame())


def test_a_grey_picture_is_said_to_be_grey():
    frame = av.VideoFrame.from_ndarray(np.full((48, 64), 60, np.uint8), format="gray")
    rgb, grey = RgbConverter("gate", Limits())(frame)
    assert (rgb.shape, rgb[0, 0].tolist(), grey) == ((48, 64, 3), [60, 60, 60], True)


def deep(low, high):
    return np.linspace(low, high, 48 * 64).reshape(48, 64).astype(np.uint16)


def test_deep_greys_are_shown_by_the_part_that_the_first_picture_uses_and_it_stays():
    convert = RgbConverter("gate", Limits())
    first, second = (
        convert(av.VideoFrame.from_ndarray(deep(low, low + 400), format="gray16le"))[0] for low in (20_000, 20_100)
    )
    assert np.ptp(first) > 40
    assert second.mean() > first.mean() + 5
    (words,) = convert.words()
    assert words.startswith("of its 16 bits the levels from ") and words.endswith("by its first picture")


def test_deep_greys_that_use_their_range_are_shown_whole_and_nothing_is_said():
    convert = RgbConverter("gate", Limits())
    rgb, _ = convert(av.VideoFrame.from_ndarray(deep(0, 65_535), format="gray16le"))
    assert (rgb.min(), rgb.max()) == (0, 255)
    assert convert.words() == []


@pytest.mark.parametrize("name", ["yuv420p10le", "gbrpf32le"])
def test_brightness_and_colour_and_floating_points_are_shown_whole(name):
    convert = RgbConverter("gate", Limits())
    dim = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 20, np.uint8), format="rgb24").reformat(format=name)
    rgb, _ = convert(dim)
    assert abs(int(rgb.max()) - 20) < 4
    assert convert.levels is None


def test_a_frame_that_ffmpeg_held_back_from_is_named():
    refuse_large([(16, "h264", "some other line")], "gate", Limits())
    with pytest.raises(VideoError, match="gate: a frame of 9000x9000 is over the limit"):
        refuse_large([(16, "x", "picture size 9000x9000 exceeds specified max pixel count 5")], "gate", Limits())


def test_a_frame_that_takes_too_long_is_refused(monkeypatch):
    monkeypatch.setattr(decoding, "monotonic", lambda: 100.0)
    check_time(90.0, "gate", Limits(decode_s=10.0))
    with pytest.raises(VideoError, match="gate: no frame within 10 s"):
        check_time(89.9, "gate", Limits(decode_s=10.0))


def test_a_reason_never_holds_the_address():
    address = "rtsp://me:canary@10.0.0.7/live"
    assert reason(FileNotFoundError(2, "No such file or directory", address)) == "no such file or directory"
    assert reason(ValueError(address)) == "valueerror"
