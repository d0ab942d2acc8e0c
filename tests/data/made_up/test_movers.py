"""When who moves is unusual, how a fall looks, what becomes of a bag, and how a ball flies."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from unusual.data.made_up.bodies import random_looks
from unusual.data.made_up.movers import (
    ACT_S,
    AWAY_S,
    PAUSE_S,
    STOOP_S,
    Bag,
    Errand,
    Flight,
    Kind,
    Mover,
    Step,
)
from unusual.data.made_up.scenery import Walkway

LOOKS = random_looks(np.random.default_rng(0))
WALKWAY = Walkway(heading=0.0, width=4.0)
DT = 0.1


def mover(kind: Kind | None = None, **changes) -> Mover:
    return Mover(LOOKS, **{"along": 0.0, "across": 0.0, "way": 1, "pace": 1.2, "kind": kind, "number": 3} | changes)


@pytest.mark.parametrize("kind", [Kind.CYCLIST, Kind.CART, Kind.RUNNER, Kind.WRONG_WAY, Kind.OFF_PATH])
def test_who_is_unusual_by_what_it_is_is_so_from_the_first_moment(kind):
    assert mover(kind).unusual


def test_an_ordinary_walker_never_is():
    assert not mover().unusual


@pytest.mark.parametrize("kind", ACT_S)
def test_an_act_is_unusual_while_it_lasts_and_loitering_once_nobody_else_would_still_stand(kind):
    begins = PAUSE_S[1] if kind is Kind.LOITERS else 0.0
    moments = (None, begins - 0.01, begins, ACT_S[kind] - 0.01, ACT_S[kind])
    assert [mover(kind, act_s=s).unusual for s in moments] == [False, False, True, True, False]


def test_a_fall_tips_the_body_over_and_it_rises_again():
    pitches = [mover(Kind.FALL, act_s=s).place(WALKWAY).pitch for s in (None, 0.0, 0.7, 3.0, 5.0)]
    assert pitches == pytest.approx([0.0, 0.0, 1.5, 1.5, 0.0], abs=1e-9)


def test_who_walks_back_faces_back():
    assert mover(way=1).place(WALKWAY).heading == pytest.approx(0.0)
    assert mover(way=-1).place(WALKWAY).heading == pytest.approx(np.pi)


# --- bags


def errand(kind: Kind) -> tuple[Mover, Errand]:
    """Somebody with a bag in the hand, or one that stands; it is put down or taken at 1 m."""
    carried = Bag(9.0 if kind is Kind.LEFT else 1.0, 0.5, (90.0, 60.0, 30.0), number=11, empty=12)
    who = mover(pace=1.0)
    who.errand = Errand(kind, carried, spot=1.0)
    carried.owner = who if kind is Kind.LEFT else None
    return who, who.errand


def follow(who: Mover) -> dict[Step, list[tuple[bool, bool, float]]]:
    """For each step: whether its mover is unusual, whether the bag is in the hand, and the speed it wants."""
    told: dict[Step, list[tuple[bool, bool, float]]] = {}
    while (step := who.errand.step) is not Step.DONE:
        speed = who.errand.pace(who, DT)
        who.along += who.way * speed * DT
        told.setdefault(step, []).append((who.unusual, who.errand.bag.owner is who, speed))
        assert len(told[step]) < 200
    return told


def test_a_bag_is_put_down_left_alone_and_fetched():
    who, work = errand(Kind.LEFT)
    told = follow(who)
    assert [*told] == [*Step][:-1]
    assert not any(unusual for unusual, _, _ in told[Step.AWAY][:-1]), "who walks on without a bag is not labelled"
    assert not any(in_hand for _, in_hand, _ in told[Step.AWAY])
    assert (told[Step.STOOPS][0][1], told[Step.STOOPS][-1][1]) == (True, False)
    assert (told[Step.STOOPS_AGAIN][0][1], told[Step.STOOPS_AGAIN][-1][1]) == (False, True)
    assert (work.bag.kind, work.bag.owner, who.way) == (None, who, 1), "in the end all is as it was"
    assert work.bag.along == pytest.approx(1.0, abs=0.3), "it was put down at the spot"


def test_a_bag_is_taken_carried_away_and_brought_back():
    who, work = errand(Kind.TAKEN)
    told = follow(who)
    assert all(unusual for unusual, _, _ in told[Step.AWAY])
    assert all(in_hand for _, in_hand, _ in told[Step.AWAY])
    assert (work.bag.kind, work.bag.owner) == (None, None)
    assert (work.bag.along, work.bag.across) == (1.0, 0.5), "it is back where it stood"


@pytest.mark.parametrize("kind", [Kind.LEFT, Kind.TAKEN])
def test_who_stoops_stands_bends_and_takes_its_time(kind):
    who, _ = errand(kind)
    told = follow(who)
    for step in (Step.STOOPS, Step.STOOPS_AGAIN):
        assert len(told[step]) == pytest.approx(STOOP_S / DT, abs=1)
        assert {speed for *_, speed in told[step][:-1]} == {0.0}
    assert len(told[Step.AWAY]) == pytest.approx(AWAY_S / DT, abs=1)


def test_the_back_is_bent_most_in_the_middle_of_a_stoop():
    who, work = errand(Kind.LEFT)
    bends = [replace(work, step=Step.STOOPS, clock_s=s).bend for s in (0.0, STOOP_S / 2, STOOP_S)]
    assert bends == pytest.approx([0.0, 0.5, 0.0], abs=1e-9)
    assert work.bend == 0.0
    who.errand = replace(work, step=Step.STOOPS, clock_s=STOOP_S / 2)
    assert who.place(WALKWAY).pitch == pytest.approx(0.5)


def test_a_bag_is_drawn_on_the_ground_or_in_a_hand_and_where_it_was_taken_from_is_unusual_too():
    bag = Bag(2.0, 0.5, (90.0, 60.0, 30.0), number=11, empty=12)
    (standing,) = bag.things(WALKWAY)
    assert (standing.place.x, standing.place.z, standing.kind, standing.number) == (2.0, 0.0, None, 11)
    bag.kind = Kind.LEFT
    assert [each.kind for each in bag.things(WALKWAY)] == [Kind.LEFT]
    bag.owner, bag.kind = mover(along=5.0), None
    (carried,) = bag.things(WALKWAY)
    assert (carried.place.x, carried.place.z, carried.kind) == (5.0, 0.3, None)
    bag.kind = Kind.TAKEN
    carried, empty = bag.things(WALKWAY)
    assert (carried.number, carried.kind, carried.there) == (11, Kind.TAKEN, True)
    assert (empty.number, empty.kind, empty.there, empty.place.x) == (12, Kind.TAKEN, False, 2.0)


# --- balls


def test_a_ball_flies_bounces_lower_and_rolls_on():
    ball = Flight(np.array([0.0, 0.0, 1.7]), np.array([4.0, 0.0, 3.0]), (200.0, 0.0, 0.0))
    heights, speeds = [], []
    for _ in range(600):
        ball.step(0.01)
        heights.append(ball.position[2])
        speeds.append(ball.velocity[0])
    landed = [at for at in range(1, 600) if heights[at] == 0.0 < heights[at - 1]]
    assert landed[0] == pytest.approx(100 * (3 + np.sqrt(9 + 2 * 9.81 * 1.7)) / 9.81, abs=2)
    tops = [max(heights[a:b]) for a, b in pairwise(landed)]
    assert all(later < 0.5 * earlier for earlier, later in pairwise(tops))
    assert min(heights) == heights[-1] == 0.0
    assert 0 < speeds[-1] < 4
    assert speeds[-1] == speeds[-100], "what rolls is not slowed down"
