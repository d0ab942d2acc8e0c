"""Whose each pixel is: the nearest owns it, too few do not count, and a box is around all of somebody."""

import numpy as np
import pytest

from unusual.data.made_up.figures import Body, Place, Sprite
from unusual.data.made_up.labels import FEWEST_PIXELS, SOLID, actors_of, label_frame
from unusual.data.made_up.movers import Kind, Thing
from unusual.domain import Frame

SIZE = (20, 30)
NOTHING = np.zeros(SIZE, np.uint16)
FRAME = Frame(0, 0.0, np.zeros((*SIZE, 3), np.uint8))


def sprite(left: int, top: int, width: int, height: int, alpha: int = 255) -> Sprite:
    rgba = np.zeros((height, width, 4), np.uint8)
    rgba[..., 3] = alpha
    return Sprite(left, top, 1.0, rgba)


def thing(number: int, kind: Kind | None = None, there: bool = True) -> Thing:
    return Thing(Body(()), Place(0, 0), kind, number, there)


def test_pixels_of_the_unusual_have_its_number_and_those_of_others_none():
    shot = label_frame(FRAME, [(sprite(1, 2, 4, 5), thing(7, Kind.CART)), (sprite(10, 2, 4, 5), thing(8))], NOTHING)
    assert shot.kinds == (Kind.CART,)
    assert np.unique(shot.objects[2:7, 1:5]).tolist() == [7]
    assert shot.mask.sum() == np.count_nonzero(shot.objects) == 20


def test_who_is_nearer_owns_the_pixel_also_the_streets_furniture():
    far, near = (sprite(1, 2, 6, 5), thing(7, Kind.CART)), (sprite(4, 2, 6, 5), thing(9, Kind.RUNNER))
    shot = label_frame(FRAME, [far, near, (sprite(0, 0, 30, 4), None)], NOTHING)
    assert np.unique(shot.objects[4:7, 1:4]).tolist() == [7]
    assert np.unique(shot.objects[4:7, 4:10]).tolist() == [9]
    assert not shot.objects[:4].any()
    assert shot.kinds == (Kind.CART, Kind.RUNNER)


@pytest.mark.parametrize(("pixels", "kinds"), [(FEWEST_PIXELS - 1, ()), (FEWEST_PIXELS, (Kind.CART,))])
def test_too_few_pixels_are_not_labelled(pixels, kinds):
    shot = label_frame(FRAME, [(sprite(1, 2, pixels, 1), thing(7, Kind.CART))], NOTHING)
    assert shot.kinds == kinds
    assert shot.mask.any() == bool(kinds)


def test_pieces_of_one_kind_count_together():
    pieces = [(sprite(1, 2, FEWEST_PIXELS - 1, 1), thing(7, Kind.THROWN)), (sprite(1, 9, 2, 1), thing(8, Kind.THROWN))]
    assert set(np.unique(label_frame(FRAME, pieces, NOTHING).objects)) == {0, 7, 8}


def test_a_shadow_or_a_soft_edge_is_nobodys():
    shot = label_frame(FRAME, [(sprite(1, 2, 9, 9, SOLID), thing(7, Kind.CART))], NOTHING)
    assert (shot.kinds, shot.mask.any()) == ((), False)


def test_an_actor_has_its_box_and_the_share_of_it_that_is_seen():
    behind, before = actors_of([(sprite(2, 3, 4, 8), thing(7)), (sprite(2, 9, 4, 6), thing(8, Kind.CART))], SIZE)
    assert (behind.number, behind.kind, behind.xyxy) == (7, None, (2, 3, 6, 11))
    assert (before.number, before.kind, before.xyxy) == (8, Kind.CART, (2, 9, 6, 15))
    assert (behind.visible, before.visible) == (6 / 8, 1)
    assert not (behind.cut or before.cut)


@pytest.mark.parametrize(
    ("left", "top", "cut"),
    [(0, 5, True), (26, 5, True), (9, 0, True), (9, 16, True), (1, 1, False), (25, 15, False)],
)
def test_who_touches_the_edge_of_the_picture_is_cut(left, top, cut):
    (actor,) = actors_of([(sprite(left, top, 4, 4), thing(7))], SIZE)
    assert actor.cut is cut


def test_neither_furniture_nor_what_is_gone_is_an_actor_and_only_furniture_hides():
    drawn = [(sprite(2, 2, 8, 8), thing(7)), (sprite(2, 2, 8, 4), thing(8, there=False)), (sprite(2, 2, 4, 8), None)]
    (actor,) = actors_of(drawn, SIZE)
    assert (actor.number, actor.visible) == (7, 0.5)
