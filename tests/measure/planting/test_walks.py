"""Who can be cut out of ordinary footage, and what is usual at a place: tall people, ways, and where nobody walks."""

import numpy as np
import pytest
from scipy.ndimage import distance_transform_edt

from unusual.measure.planting.walks import (
    AFTER,
    AWAY,
    SHORTEST,
    Ground,
    Walk,
    _distance,
    feet_of,
    meet,
    others_of,
    walks_of,
)
from unusual.measure.truth_tracks import Tracks

HEIGHT, WIDTH, TALL, WIDE = 120, 200, 20, 8


def boxes(frames, y=60, x=20, speed=2.0, tall=TALL):
    """Somebody whose feet go along a row."""
    left = x + speed * np.asarray(frames, float)
    return np.stack(np.broadcast_arrays(left, y - tall, left + WIDE, y), -1)


def tracks(*people):
    """Tracks of (frames, boxes)."""
    return Tracks(
        np.concatenate([np.asarray(frames) for frames, _ in people]),
        np.concatenate([each for _, each in people]),
        np.concatenate([np.full(len(frames), number) for number, (frames, _) in enumerate(people)]),
    )


FORTY = range(40)


def walks(*people):
    return list(walks_of(tracks(*people), HEIGHT, WIDTH))


def test_who_is_whole_and_alone_and_under_way_can_be_cut_out():
    (walk,) = walks((FORTY, boxes(FORTY)))
    assert (walk.track, walk.start, walk.whole) == (0, 0, range(40))
    assert walk.velocity == pytest.approx([2.0, 0.0], abs=0.05)
    assert walk.feet[20] == pytest.approx([20 + 40 + WIDE / 2, 60], abs=0.1)


@pytest.mark.parametrize(
    "person",
    [
        pytest.param((range(SHORTEST - 1), boxes(range(SHORTEST - 1))), id="seen too briefly"),
        pytest.param((FORTY, boxes(FORTY, speed=0.0)), id="only stands"),
        pytest.param((FORTY, boxes(FORTY, y=HEIGHT + 4)), id="cut off by the lower edge"),
    ],
)
def test_others_cannot(person):
    assert walks(person) == []


def test_gaps_are_closed_and_trembling_boxes_are_steadied():
    frames = [n for n in FORTY if n not in (10, 11, 25)]
    trembling = boxes(frames) + np.random.default_rng(0).normal(0, 0.6, (len(frames), 4))
    (walk,) = walks((frames, trembling))
    assert len(walk.boxes) == len(walk.steady) == 40
    assert np.diff(walk.steady[5:-5, 0]).std() < 0.5 * np.diff(walk.boxes[5:-5, 0]).std()


def test_only_the_longest_stretch_in_which_nobody_is_near_counts():
    there = range(24, 28)
    stands = boxes(there, x=20 + 2 * 26 - 2 * np.array(there))  # somebody in the way for a moment
    (walk,) = walks((FORTY, boxes(FORTY)), (there, stands))
    assert walk.whole == range(24)


def test_who_is_whole_only_later_is_cut_out_from_there_on():
    there, frames = range(5, 12), range(5, 45)
    stands = boxes(there, x=20 + 2 * 8 - 2 * np.array(there))
    (walk,) = walks((frames, boxes(frames)), (there, stands))
    assert (walk.start, walk.whole) == (5, range(12, 45))
    assert walk.velocity == pytest.approx([2.0, 0.0], abs=0.05)
    assert len(walk.feet) == 33
    assert walk.feet[8] == pytest.approx([20 + 2 * 20 + WIDE / 2, 60], abs=0.1)


def test_a_box_that_swells_for_a_moment_holds_somebody_else_too():
    swollen = boxes(FORTY)
    swollen[30:33] += (-6, -4, 6, 0)
    (walk,) = walks((FORTY, swollen))
    assert walk.whole == range(30)


def test_before_its_first_box_and_after_its_last_it_goes_on_at_its_speed():
    (walk,) = walks((range(5, 45), boxes(range(5, 45))))
    assert walk.box(0)[0] == pytest.approx(walk.boxes[0, 0] - 10, abs=0.5)
    assert walk.box(49)[0] == pytest.approx(walk.boxes[-1, 0] + 10, abs=0.5)
    assert walk.box(20).tolist() == walk.boxes[15].tolist()
    about = [frame for frame in range(-30, 90) if walk.is_about(frame)]
    assert (about[0], about[-1]) == (5 - AFTER, 44 + AFTER)


def test_a_graze_is_no_overlap():
    box = np.array([10.0, 10, 20, 30])
    others = np.array([[19.5, 10, 30, 30], [15, 10, 30, 30], [10, 29, 20, 50], [10, 20, 20, 50], [90, 90, 99, 99.0]])
    assert meet(box, others).tolist() == [False, True, False, True, False]


def test_the_others_of_a_frame_are_all_but_one_track():
    both = tracks((FORTY, boxes(FORTY)), (FORTY, boxes(FORTY, y=100)))
    assert others_of(both, 0, 7).tolist() == boxes([7], y=100).tolist()
    assert others_of(both, 0, 90).shape == (0, 4)


def test_feet_are_in_the_middle_of_the_lower_edge():
    assert feet_of(np.array([[10.0, 0, 20, 50]])).tolist() == [[15, 50]]


# --- what is usual


@pytest.fixture(scope="module")
def ground():
    """Far people are half as tall as near ones; all go to the right, on two rows."""
    far, near = (FORTY, boxes(FORTY, y=50, tall=10)), (FORTY, boxes(FORTY, y=90, tall=20))
    return Ground(tracks(*[far] * 4, *[near] * 4), HEIGHT, WIDTH)


def test_people_are_as_tall_as_others_whose_feet_are_there(ground):
    assert [ground.tall(y) for y in (50, 70, 90)] == pytest.approx([10, 15, 20])
    assert ground.tall(-500) == pytest.approx(0.2 * 15), "never nothing"


def test_a_thing_grows_when_it_comes_nearer_within_bounds(ground):
    assert ground.growth(50, 90) == pytest.approx(2.0)
    assert ground.growth(90, 70) == pytest.approx(0.75)
    assert (ground.growth(50, 400), ground.growth(90, -500)) == (2.0, 0.5)


def walk_of(y, speed, x=20):
    there = boxes(range(20), y=y, x=x, speed=speed)
    return Walk(9, 0, there, there, range(20), np.array([speed, 0.0]))


def test_who_goes_where_others_go_agrees_with_them_or_does_not(ground):
    assert ground.agreement(walk_of(90, 2.0)) == 1.0
    assert ground.agreement(walk_of(90, -2.0, x=80)) == 0.0
    assert ground.agreement(walk_of(15, 2.0)) == 0.5, "nobody passes there"


def test_a_lonely_place_is_away_from_every_path_and_inside_the_picture(ground):
    walk = walk_of(90, 2.0)
    for seed in range(5):
        dx, dy = ground.lonely(walk, np.random.default_rng(seed))
        x, y = (walk.feet + np.array([dx, dy])).T
        assert x.min() >= 0 and x.max() < WIDTH and y.max() < HEIGHT
        assert min(np.abs(y - 90).min(), np.abs(y - 50).min()) >= 0.5 * AWAY * ground.tall(y.mean())


@pytest.mark.parametrize("share", [1e-5, 1e-3, 0.1])
def test_how_far_a_place_is_from_where_anybody_walks_is_exact(share):
    walked = np.random.default_rng(2).random((480, 853)) < share
    walked[17, 30] = True
    assert np.array_equal(_distance(walked), distance_transform_edt(~walked, sampling=(2, 1)))


def test_where_people_walk_everywhere_there_is_no_lonely_place():
    everywhere = [(FORTY, boxes(FORTY, y=y, speed=4.0)) for y in range(22, HEIGHT, 6)]
    assert Ground(tracks(*everywhere), HEIGHT, WIDTH).lonely(walk_of(60, 2.0), np.random.default_rng(0)) is None


def test_of_nobody_something_is_said_all_the_same():
    empty = Ground(Tracks(np.empty(0, int), np.empty((0, 4)), np.empty(0, int)), HEIGHT, WIDTH)
    assert (empty.tall(50), empty.agreement(walk_of(60, 2.0))) == (1.0, 0.5)
