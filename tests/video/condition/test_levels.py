"""The part of deep greys that is shown: wide enough, never outside, and not decided by one pixel."""

import numpy as np
import pytest

from unusual.video.condition.levels import Levels


def deep(low, high):
    return np.linspace(low, high, 48 * 64).reshape(48, 64).astype(np.uint16)


def test_levels_are_four_times_as_wide_as_what_is_seen_and_hold_it():
    levels = Levels.of(deep(20_000, 20_400), 16)
    assert 4 * 400 <= levels.width < 8 * 400
    assert levels.low < 20_000 < 20_400 < levels.low + levels.width
    assert Levels.of(deep(20_003, 20_397), 16) == levels, "pictures of one place come to the same"


@pytest.mark.parametrize(("grey", "bits"), [(deep(7, 7), 16), (deep(65_535, 65_535), 16), (deep(16, 16), 12)])
def test_levels_are_never_narrower_than_the_greys_that_are_shown_nor_outside(grey, bits):
    levels = Levels.of(grey, bits)
    assert levels.width == 256 << 16 - bits
    assert 0 <= levels.low <= (1 << 16) - levels.width


def test_a_hot_pixel_decides_nothing():
    grey = deep(20_000, 20_400)
    grey[0, 0] = 65_535
    assert Levels.of(grey, 16) == Levels.of(deep(20_000, 20_400), 16)


def test_greys_outside_the_levels_are_black_and_white():
    shown = Levels(1000, 512, 16).show(np.array([[0, 1000, 1256, 1511, 1512, 65_535]], np.uint16))
    assert shown.tolist() == [[0, 0, 128, 255, 255, 255]]
