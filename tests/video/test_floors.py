"""The floors: what changes most from frame to frame, and what does not go on as it went."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from unusual.video.floors import DIFFERENCE, VELOCITY, Floors


def test_the_largest_box_of_change_counts():
    difference = Floors()
    still = np.full((48, 64, 3), 50, np.uint8)
    moved = still.copy()
    moved[8:24, 8:24] += 40
    for rgb in (still, still, moved, moved):
        difference.add(rgb)
    np.testing.assert_allclose(difference.scores()[DIFFERENCE], [0, 0, 40, 0], atol=1e-3)


def test_dark_after_bright_is_as_much_as_bright_after_dark():
    there, back = Floors(), Floors()
    dark, bright = np.zeros((32, 32, 3), np.uint8), np.full((32, 32, 3), 200, np.uint8)
    for rgb in (dark, bright):
        there.add(rgb)
    for rgb in (bright, dark):
        back.add(rgb)
    assert there.scores()[DIFFERENCE].tolist() == back.scores()[DIFFERENCE].tolist() == [200, 200]


def test_a_frame_after_a_gap_is_not_compared_with_the_one_before_it():
    difference = Floors()
    for grey, after_gap in ((0, False), (2, False), (200, True), (205, False), (0, True)):
        difference.add(np.full((32, 32, 3), grey, np.uint8), after_gap=after_gap)
    assert difference.scores()[DIFFERENCE].tolist() == [2, 2, 5, 5, 0]


def test_what_goes_on_as_it_went_is_expected_and_a_turn_is_not():
    floors = Floors()
    for grey in (10, 30, 50, 70, 50, 250, 255):
        floors.add(np.full((32, 32, 3), grey, np.uint8))
    # 20, 20 | 90 - 50 | 30 - 250 | 255, as grey ends there
    assert floors.scores()[VELOCITY].tolist() == [0, 0, 0, 0, 40, 220, 0]
    assert floors.scores()[DIFFERENCE].tolist() == [20, 20, 20, 20, 20, 200, 5]


def test_constant_velocity_needs_two_frames_of_its_own_side_of_a_gap():
    floors = Floors()
    for number, grey in enumerate((0, 2, 5, 200, 205, 212, 9)):
        floors.add(np.full((32, 32, 3), grey, np.uint8), after_gap=number in (3, 6))
    assert floors.scores()[VELOCITY].tolist() == [1, 1, 1, 2, 2, 2, 0]


def test_a_video_of_one_frame_and_of_none():
    floors = Floors()
    assert [curve.shape for curve in floors.scores().values()] == [(0,), (0,)]
    floors.add(np.zeros((8, 8, 3), np.uint8))
    assert [curve.tolist() for curve in floors.scores().values()] == [[0], [0]]


def test_scores_are_the_largest_box_means_of_the_absolute_difference_to_what_was_expected():
    chance, floors = np.random.default_rng(0), Floors()
    greys = chance.integers(0, 256, (5, 40, 56), np.uint8)
    for grey in greys:
        floors.add(np.repeat(grey[..., None], 3, 2))
    a, b, c = greys[2:5].astype(np.float64)
    for name, expected in ((DIFFERENCE, b), (VELOCITY, (2 * b - a).clip(0, 255))):
        edged = np.pad(np.abs(c - expected), ((8, 7), (8, 7)), mode="reflect")
        assert floors.scores()[name][-1] == sliding_window_view(edged, (16, 16)).mean((2, 3)).max()
