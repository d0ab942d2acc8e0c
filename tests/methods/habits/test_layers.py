"""The ground in two layers: what always was there, what is there instead, and when the one becomes the other."""

import numpy as np
import pytest

from unusual.methods.habits.layers import FIRST, LONGER, STILL, SURE, Layers

SIDE = 40
THING = (slice(15, 24), slice(10, 20))


def ground(level=100.0):
    """A picture with some structure, so that light can be told from things."""
    rows = np.arange(SIDE, dtype=np.float32)
    return np.float32(level) + 20 * np.sin(rows / 3)[:, None] * np.ones(SIDE, np.float32)


def with_thing(level=30.0):
    picture = ground()
    picture[THING] = level
    return picture


@pytest.fixture
def layers():
    """Of a ground that has been looked at for long."""
    made = Layers([ground()] * FIRST)
    for _ in range(100):
        made.look(ground())
    return made


def looks(layers, picture, times):
    """What is said to stand there after so many looks."""
    for _ in range(times):
        where = layers.look(picture)
    return where


def test_the_first_background_is_the_median_so_that_who_passes_leaves_nothing():
    assert np.allclose(Layers([ground()] * 30 + [with_thing()] * 10).background, ground())


def test_a_thing_is_told_once_it_has_stood_still_and_only_where_it_is(layers):
    assert not looks(layers, with_thing(), STILL - 1).any()
    where = looks(layers, with_thing(), 2)
    assert where[THING].all()
    assert where.sum() == where[THING].size


def test_what_moves_is_never_told(layers):
    for shift in range(30):
        assert not layers.look(np.roll(with_thing(), shift * 11, 1)).any()


def test_who_covers_a_thing_for_a_moment_does_not_end_it(layers):
    looks(layers, with_thing(), 40)
    covered = with_thing(level=200.0)
    assert looks(layers, covered, 3)[THING].all()
    assert looks(layers, with_thing(), 1)[THING].all()


def test_a_thing_that_is_fetched_is_told_no_more(layers):
    assert looks(layers, with_thing(), 20).any()
    assert not looks(layers, ground(), 10).any()


def test_a_light_that_changes_everywhere_alike_is_divided_out(layers):
    for share in (0.9, 0.6, 1.3):
        assert not looks(layers, ground() * np.float32(share), 10).any()


def test_a_slow_change_of_light_in_one_place_is_followed(layers):
    picture = ground()
    for _ in range(80):
        picture[:, :12] += 0.25
        assert not layers.look(picture.copy()).any()


def test_the_ground_nears_what_is_there_until_nothing_is_left_between_them(layers):
    brighter = ground()
    brighter[:, :12] += 4
    for _ in range(200):
        layers.look(brighter)
    assert np.abs(layers.background - brighter).max() < 0.1


def test_where_most_of_the_picture_is_another_it_is_the_camera_and_the_ground_is_what_is_there_now(layers):
    other = ground().T.copy() + 30 * (np.arange(SIDE) % 2).astype(np.float32)
    assert not looks(layers, other, 3 * STILL).any()
    assert not looks(layers, other, 10).any()


def test_what_has_stood_there_for_longer_than_anything_becomes_the_ground():
    new = Layers([ground()] * FIRST)  # of which little is known yet
    assert looks(new, with_thing(), STILL + 1).any() or SURE * LONGER < STILL
    assert not looks(new, with_thing(), 40).any()
    assert np.abs(new.background[THING] - 30.0).max() < 5


def test_a_thing_that_came_has_edges_of_its_own_and_one_that_went_leaves_those_of_the_ground():
    came = Layers([ground()] * FIRST)
    for _ in range(100):
        came.look(ground())
    where = looks(came, with_thing(), 20)
    assert came.came(where)
    went = Layers([with_thing()] * FIRST)
    for _ in range(100):
        went.look(with_thing())
    where = looks(went, ground(), 20)
    assert where.any()
    assert not went.came(where)
