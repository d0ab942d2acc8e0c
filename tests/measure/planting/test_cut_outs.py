"""Cutting out, filling and laying: a grey slab before a plain wall."""

import numpy as np
import pytest

from unusual.errors import DataError
from unusual.measure.planting.cut_outs import Backdrop, backdrop_of, cut_out, erase, lay

WALL = Backdrop(np.full((40, 60, 3), 120, np.uint8), 1.0)
BOX = np.array([20.0, 10.0, 28.0, 26.0])
NOBODY = np.empty((0, 4))


def scene(grey: int = 40) -> np.ndarray:
    frame = WALL.picture.copy()
    frame[10:26, 20:28] = grey
    return frame


def test_what_was_cut_out_lies_again_as_it_lay():
    frame = WALL.picture.copy()
    lay(frame, cut_out(scene(), WALL, BOX, NOBODY))
    assert np.array_equal(frame, scene())


def test_nothing_of_the_old_ground_comes_along():
    frame, dark = np.full((40, 60, 3), 10, np.uint8), scene(60)
    matte = lay(frame, cut_out(dark, WALL, BOX, NOBODY), np.array([12.0, 3.0]))
    assert frame.max() <= 62  # the wall had 120
    assert frame[14:28, 33:39].min() >= 55
    assert matte.sum() == pytest.approx(8 * 16, rel=0.1)


def test_a_pixel_of_two_boxes_belongs_to_the_nearer_middle():
    frame, other = scene(), np.array([[27.0, 10.0, 35.0, 26.0]])
    frame[10:26, 28:35] = 40
    alone, beside = (cut_out(frame, WALL, BOX, others).matte.sum() for others in (NOBODY, other))
    assert beside == pytest.approx(8 * 16, rel=0.15)
    assert alone > beside


def test_the_light_that_a_shadow_takes_is_taken_from_the_new_ground_too():
    frame, ground = scene(), np.full((40, 60, 3), 200, np.uint8)
    frame[26, 20:28] = 96  # a fifth darker, at the feet
    lay(ground, cut_out(frame, WALL, BOX + np.array([0, 0, 0, 1]), NOBODY))
    assert np.abs(ground[26, 22:26].astype(int) - 160).max() <= 2


def test_erased_is_filled_with_ground_and_noise_but_not_over_others():
    frame, other = scene(), np.array([[24.0, 10.0, 34.0, 26.0]])
    whole = frame.copy()
    erase(whole, BOX, NOBODY, WALL, np.random.default_rng(0))
    assert np.abs(whole.astype(int) - 120).max() < 6
    assert whole[10:26, 20:28].std() > 0.5
    erase(frame, BOX, other, WALL, np.random.default_rng(0))
    assert (frame[12:24, 27] == 40).all()


@pytest.mark.parametrize("box", [[70, 10, 80, 20], [-30, 10, -20, 20], [10, 60, 20, 70]])
def test_outside_the_picture_there_is_nothing(box):
    frame, outside = scene(), np.array(box, float)
    assert not cut_out(frame, WALL, outside, NOBODY).matte.any()
    erase(frame, outside, NOBODY, WALL, np.random.default_rng(0))
    assert np.array_equal(frame, scene())


def test_the_backdrop_is_what_is_seen_most_and_knows_the_noise():
    rng = np.random.default_rng(0)
    frames = np.clip(120 + rng.normal(0, 3, (40, 40, 60, 3)), 0, 255).round().astype(np.uint8)
    frames[:15, 5:20, 5:20] = 250
    backdrop = backdrop_of(frames)
    assert np.abs(backdrop.picture.astype(int) - 120).max() < 8
    assert backdrop.noise == pytest.approx(3, rel=0.3)
    with pytest.raises(DataError, match=r"\(T, H, W, 3\) uint8, got \(40, 40, 60\)"):
        backdrop_of(frames[..., 0])
