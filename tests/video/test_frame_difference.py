"""The floor: what changes most from frame to frame."""

import numpy as np

from unusual.video.frame_difference import FrameDifference


def test_the_largest_box_of_change_counts():
    difference = FrameDifference()
    still = np.full((48, 64, 3), 50, np.uint8)
    moved = still.copy()
    moved[8:24, 8:24] += 40
    for rgb in (still, still, moved, moved):
        difference.add(rgb)
    np.testing.assert_allclose(difference.scores(), [0, 0, 40, 0], atol=1e-3)


def test_dark_after_bright_is_as_much_as_bright_after_dark():
    there, back = FrameDifference(), FrameDifference()
    dark, bright = np.zeros((32, 32, 3), np.uint8), np.full((32, 32, 3), 200, np.uint8)
    for rgb in (dark, bright):
        there.add(rgb)
    for rgb in (bright, dark):
        back.add(rgb)
    assert there.scores().tolist() == back.scores().tolist() == [200, 200]


def test_a_frame_after_a_gap_is_not_compared_with_the_one_before_it():
    difference = FrameDifference()
    for grey, after_gap in ((0, False), (2, False), (200, True), (205, False), (0, True)):
        difference.add(np.full((32, 32, 3), grey, np.uint8), after_gap=after_gap)
    assert difference.scores().tolist() == [2, 2, 5, 5, 0]
