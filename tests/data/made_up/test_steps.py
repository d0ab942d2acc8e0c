"""How somebody in a made-up scene moves for a moment."""

import numpy as np
import pytest

from unusual.data.made_up.bodies import random_looks
from unusual.data.made_up.movers import ACT_S, Bag, Kind, Mover
from unusual.data.made_up.steps import make_way, move, throw

LOOKS = random_looks(np.random.default_rng(0))
DT, PATH = 0.05, 4.0


def mover(kind: Kind | None = None, **changes) -> Mover:
    words = {"along": 0.0, "across": 0.0, "way": 1, "pace": 1.2, "speed": 1.2, "kind": kind}
    return Mover(LOOKS, **words | changes)


def drifts(*movers: Mover, lying=()) -> list[float]:
    make_way(movers, lying, PATH, DT)
    return [each.drift for each in movers]


def test_nobody_drifts_who_is_alone_in_the_lane_it_likes():
    assert drifts(mover(across=0.7, lane=0.7)) == [0.0]


def test_everybody_drifts_to_the_lane_it_likes():
    left, right = drifts(mover(across=1.0, lane=0.0), mover(across=-1.0, lane=0.0, along=50.0))
    assert left < 0 < right


def test_two_who_meet_go_aside_to_opposite_sides_and_who_is_behind_is_no_hindrance():
    one, other = drifts(mover(across=0.1, lane=0.1), mover(across=-0.1, lane=-0.1, along=1.5, way=-1))
    assert other < 0 < one
    ahead, behind = drifts(mover(across=0.1, lane=0.1, along=1.5), mover(across=-0.1, lane=-0.1))
    assert ahead == 0 > behind


def test_what_is_fast_is_made_way_for_also_from_behind_and_a_cart_makes_way_for_nobody():
    walker, cart = drifts(mover(across=0.2, lane=0.2, along=3.0), mover(Kind.CART))
    assert (walker > 0, cart) == (True, 0.0)


def test_a_bag_on_the_ground_is_walked_around_but_not_by_who_comes_for_it():
    bag = Bag(1.0, -0.1, (0.0, 0.0, 0.0), 1, 2)
    assert drifts(mover(), lying=[bag])[0] > 0
    assert drifts(mover(errand=object()), lying=[bag]) == [0.0]


def test_who_stands_does_not_slide_and_only_who_leaves_the_path_leaves_it():
    assert drifts(mover(speed=0.1, across=1.0)) == [0.0]
    assert drifts(mover(across=3.0, lane=3.0))[0] < 0
    assert drifts(mover(Kind.OFF_PATH, across=3.0, lane=3.0)) == [0.0]


def run(who: Mover, seconds: float) -> list[tuple[float, bool]]:
    """(speed, whether a ball was thrown) of each step."""
    return [(who.speed, thrown) for thrown in (move(who, DT) for _ in range(round(seconds / DT)))]


def test_a_walker_comes_to_its_pace_and_its_legs_keep_step_with_its_way():
    slow, fast = mover(speed=0.0), mover(speed=0.0, pace=2.4)
    assert run(slow, 5.0)[-1][0] == pytest.approx(1.2, abs=0.01)
    run(fast, 5.0)
    assert fast.along == pytest.approx(2 * slow.along)
    assert fast.phase == pytest.approx(2 * slow.phase)
    assert slow.phase > 0


def test_who_pauses_stands_for_so_long_and_goes_on():
    who = mover(pause_at=1.0, pause_s=2.0)
    speeds = [speed for speed, _ in run(who, 6.0)]
    assert sum(speed < 0.6 for speed in speeds) * DT == pytest.approx(2.0, abs=0.2)
    assert speeds[-1] == pytest.approx(1.2, abs=0.05)
    assert who.pause_s <= 0


def test_somebody_who_falls_lies_still_and_goes_on_when_it_is_over():
    who = mover(Kind.FALL, act_s=0.0)
    speeds = [speed for speed, _ in run(who, ACT_S[Kind.FALL] + 2)]
    lying = round(2.0 / DT)
    assert (speeds[lying] < 0.01, speeds[-1] > 1.0) == (True, True)


def test_who_throws_does_so_several_times_and_only_while_the_act_lasts():
    thrown = [at * DT for at, (_, thrown) in enumerate(run(mover(Kind.THROWN, act_s=0.0), 8.0)) if thrown]
    assert len(thrown) == 4
    assert np.diff(thrown) == pytest.approx([1.2] * 3, abs=1.1 * DT)
    assert thrown[-1] < ACT_S[Kind.THROWN]
    assert not any(thrown for _, thrown in run(mover(), 8.0))


def test_who_loiters_comes_and_goes_and_does_not_get_far():
    who, places, ways = mover(Kind.LOITERS, act_s=0.0), [], set()
    for _ in range(round(ACT_S[Kind.LOITERS] / DT) - 1):
        move(who, DT)
        places.append(who.along)
        ways.add(who.way)
    assert ways == {-1, 1}
    assert 0.2 < np.ptp(places) < 2.5


@pytest.mark.parametrize("way", [-1, 1])
def test_a_ball_leaves_the_hand_upwards_and_the_way_its_thrower_goes(way):
    ball = throw(mover(way=way, along=2.0, across=0.5), np.random.default_rng(0), 9)
    assert ball.position.tolist() == [2.0 + 0.4 * way, 0.5, 1.7]
    assert 3.5 <= way * ball.velocity[0] <= 5.5
    assert 3.0 <= ball.velocity[2] <= 4.5
    assert ball.number == 9
