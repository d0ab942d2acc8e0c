"""When objects are looked for: whenever somebody is followed or anything stirs, and else every two seconds."""

import numpy as np
import pytest

from unusual.methods.habits.stirring import Stirring

SECOND = 10


def scene(square=None, height=240, width=320, noise=0.0, seed=0):
    picture = np.random.default_rng(9).integers(60, 120, (height, width, 1)).astype(float)
    if square:
        left, top, side = square
        picture[top : top + side, left : left + side // 2] += 60
    picture = picture + np.random.default_rng(seed).normal(0, noise, picture.shape) if noise else picture
    return picture.round().clip(0, 255).astype(np.uint8).repeat(3, -1)


def looks(pictures, somebody=False):
    stirring = Stirring(SECOND)
    return [index for index, picture in enumerate(pictures) if stirring.due(index, picture, somebody)]


def test_a_still_picture_is_looked_at_every_two_seconds():
    assert looks([scene()] * 45) == [0, 20, 40]


def test_noise_of_an_ordinary_sensor_is_no_stir():
    assert looks([scene(noise=3.0, seed=seed) for seed in range(15)]) == [0]


@pytest.mark.parametrize("size", [(359, 481), (7, 90)], ids=["of no whole number of small pixels", "a low one"])
def test_pictures_of_any_size_are_looked_at_when_somebody_comes_in_alone(size):
    height, width = size
    still = [scene(None, height, width, 3.0, seed) for seed in range(5)]
    assert looks([*still, scene((width // 2, 0, height // 3 + 5), height, width)]) == [0, 5]


def test_where_somebody_is_followed_every_frame_is_looked_at():
    assert looks([scene()] * 5, somebody=True) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("side", [10, 20])
def test_who_comes_in_is_looked_for_at_once(side):
    assert looks([scene()] * 3 + [scene((10 + 3 * at, 100, side)) for at in range(3)]) == [0, 3, 4, 5]


def test_who_comes_slowly_is_seen_by_what_has_changed_since_the_last_look():
    fading = [scene() + np.uint8(at) for at in range(12)]  # by one grey level a frame
    assert looks(fading) == [0, 9]


def test_a_picture_of_another_size_is_looked_at():
    assert looks([scene(), scene(height=120, width=160), scene(height=120, width=160)]) == [0, 1]
