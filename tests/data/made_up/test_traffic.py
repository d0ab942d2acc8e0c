"""Who walks where: lanes, making way, pausing, and events that begin when they are told to."""

import numpy as np
import pytest

from unusual.data.made_up.figures import Camera
from unusual.data.made_up.movers import PACE, WALKING, Kind
from unusual.data.made_up.scenery import Walkway
from unusual.data.made_up.traffic import Traffic, reach_of

CAMERA = Camera(320, 240, focal=400.0, tilt=0.4, distance=16.0)
WALKWAY = Walkway(heading=0.2, width=6.0)
DT = 1 / 30


def traffic(walkers: float = 6.0, two_way: bool = True, seed: int = 0) -> Traffic:
    return Traffic(CAMERA, WALKWAY, np.random.default_rng(seed), walkers, two_way)


def run(scene: Traffic, seconds: float) -> Traffic:
    for _ in range(round(seconds / DT)):
        scene.step(DT)
    return scene


def test_the_reach_is_what_the_camera_sees():
    low, high = reach_of(CAMERA, WALKWAY, 0.0)
    for along in (low, high):
        x, y = WALKWAY.to_world(along, 0.0)
        (u, _), _ = CAMERA.project(np.array([x, y, 0.0]))
        assert min(abs(u), abs(u - 320)) < 25
    wide = reach_of(CAMERA, WALKWAY, 0.0, margin=1.0)
    assert wide == pytest.approx((low - 1, high + 1))


def test_about_as_many_walk_as_asked_for():
    scene, counts = traffic(walkers=6.0), []
    for _ in range(120):
        run(scene, 1.0)
        counts.append(len(scene.movers))
    assert 3 < np.mean(counts) < 10


def test_ordinary_walkers_are_never_unusual_and_stay_on_the_path():
    scene = traffic(walkers=8.0)
    for _ in range(60):
        run(scene, 0.5)
        assert all(thing.kind is None for thing in scene.things())
        assert all(abs(mover.across) < WALKWAY.width / 2 + 0.2 for mover in scene.movers)
        assert all(mover.pace <= WALKING[1] for mover in scene.movers)


@pytest.mark.parametrize("two_way", [True, False])
def test_walkers_keep_to_their_lane(two_way):
    movers = [mover for seed in range(20) for mover in traffic(two_way=two_way, seed=seed).movers]
    assert {mover.way for mover in movers} == ({-1, 1} if two_way else {1})
    if two_way:
        assert all(mover.lane * mover.way < 0 for mover in movers)  # to the right of where they go


def test_some_pause_and_go_on():
    scene, stood = traffic(walkers=8.0), 0
    for _ in range(240):
        run(scene, 0.25)
        stood += sum(mover.speed < 0.1 for mover in scene.movers)
    assert stood > 10
    assert np.mean([mover.speed > 0.5 for mover in scene.movers]) > 0.5


def test_people_who_meet_make_way():
    scene = traffic(walkers=0.0)
    one, other = scene._walker(1), scene._walker(-1)
    for mover, along in ((one, -4.0), (other, 4.0)):
        mover.along, mover.across, mover.lane, mover.pause_at = along, 0.1 * mover.way, 0.0, np.inf
    scene.movers = [one, other]
    nearest = np.inf
    for _ in range(150):
        scene.step(DT)
        nearest = min(nearest, float(np.hypot(one.along - other.along, one.across - other.across)))
    assert nearest > 0.4


@pytest.mark.parametrize("kind", Kind)
def test_an_event_begins_when_asked_and_ends(kind):
    scene = run(traffic(walkers=8.0), 5.0)
    scene.place_suitcase(np.random.default_rng(0))
    scene.waiting.append(kind)
    seen = [kind in {thing.kind for thing in run(scene, 0.25).things()} for _ in range(160)]
    assert any(seen[:40])
    assert not any(seen[-20:])


@pytest.mark.parametrize("kind", [Kind.FALL, Kind.THROWN])
def test_a_fall_or_a_throw_comes_even_where_nobody_walks(kind):
    scene = traffic(walkers=0.0)
    scene.waiting.append(kind)
    assert any(kind in {thing.kind for thing in run(scene, 0.25).things()} for _ in range(80))


def test_who_goes_the_wrong_way_walks_in_the_lane_of_the_others():
    scene = traffic()
    for mover in (scene.newcomer(Kind.WRONG_WAY) for _ in range(20)):
        assert mover.lane * mover.way > 0


def test_who_leaves_the_path_walks_beside_it():
    scene = traffic()
    assert all(abs(scene.newcomer(Kind.OFF_PATH).lane) > WALKWAY.width / 2 for _ in range(20))


@pytest.mark.parametrize("kind", PACE)
def test_what_is_fast_is_faster_than_anyone_on_foot(kind):
    assert all(traffic(seed=seed).newcomer(kind).pace > 1.3 * WALKING[1] for seed in range(10))
