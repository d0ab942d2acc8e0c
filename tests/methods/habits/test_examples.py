"""Ordinary objects are kept, one of each place, and the nearest is shown beside one that is unusual."""

import numpy as np
import pytest
from methods.habits.moments_of import SHAPE, at, moments

from unusual.errors import DataError
from unusual.methods.habits.examples import SIDE, Collector, Examples, among, side_by_side, square
from unusual.methods.habits.moments import LEFT

FAR, NEAR = at(100.0, 60.0), at(250.0, 200.0)


def shade(grey):
    return np.full((*SHAPE, 3), grey, np.uint8)


def collected(*seen):
    """Candidates of frames, each a grey level and moments."""
    collector = Collector(SHAPE)
    for grey, some in seen:
        collector.see(shade(grey), some)
    return collector.candidates


def examples(*seen):
    return Examples.from_arrays({}).and_of([collected(*seen)], SHAPE)


def test_the_nearest_is_shown():
    known = examples((10, moments(box=FAR)), (20, moments(box=NEAR)))
    assert known.nearest(at(110.0, 70.0), SHAPE).max() == 10
    assert known.nearest(at(240.0, 190.0), SHAPE).max() == 20


def test_a_place_keeps_its_tallest_and_the_first_of_many_videos():
    assert examples((10, moments(box=FAR)), (30, moments(box=FAR))).pictures.max() == 10
    assert examples((10, moments(box=FAR)), (30, moments(box=at(100.0, 60.0, height=50.0)))).pictures.max() == 30
    later = collected((30, moments(box=FAR)), (40, moments(box=NEAR)))
    both = examples((10, moments(box=FAR))).and_of([later], SHAPE)
    assert sorted(both.pictures.max((1, 2, 3)).tolist()) == [10, 40]


@pytest.mark.parametrize(
    "unfit",
    [
        {"bridged": True},
        {"kind": LEFT},
        {"speed": 0.0},
        {"box": at(3.0, 60.0)},
        {"box": at(100.0, 60.0, height=8.0)},
    ],
    ids=["nobody was found there", "it is a thing", "it stands", "the edge cuts it", "it is too small"],
)
def test_no_example_is_who_cannot_be_seen_whole(unfit):
    assert not len(collected((10, moments(**{"box": FAR, **unfit}))).moments)


def test_who_was_set_aside_is_no_example():
    far, near = moments(box=FAR, number=1), moments(box=NEAR, number=2)
    (left,) = among([collected((10, far), (20, near))], [near, moments(box=NEAR, number=1)])
    assert left.pictures.max((1, 2, 3)).tolist() == [20]


def test_where_nothing_is_known_nothing_is_shown():
    assert Examples.from_arrays({}).nearest(FAR, SHAPE) is None
    assert not among([collected()], [])[0].pictures.size


def test_they_are_kept_and_what_is_broken_is_told():
    known = examples((10, moments(box=FAR)))
    again = Examples.from_arrays(known.arrays())
    assert again.boxes.tolist() == known.boxes.tolist()
    assert again.pictures.tobytes() == known.pictures.tobytes()
    with pytest.raises(DataError, match="examples must be"):
        Examples.from_arrays({"examples.boxes": known.boxes, "examples.pictures": known.pictures[:, :8]})


def test_a_square_has_the_object_in_its_middle_and_beyond_the_picture_its_edge_goes_on():
    picture = shade(50)
    picture[:40, :20] = 200
    shown = square(picture, np.array([0, 0, 20, 40], np.float32))
    assert shown.shape == (SIDE, SIDE, 3)
    assert shown[SIDE // 2, SIDE // 2 - 4].tolist() == [200] * 3
    assert shown[SIDE // 2, 0].tolist() == [200] * 3  # left of the picture
    assert shown[SIDE // 2, -1].tolist() == [50] * 3


def test_two_are_shown_side_by_side():
    dark, light = np.zeros((SIDE, SIDE, 3), np.uint8), np.full((SIDE, SIDE, 3), 200, np.uint8)
    both = side_by_side(dark, light)
    assert both.shape[0] == SIDE
    assert both[:, 0].max() == 0
    assert both[:, -1].min() == 200
