"""What is usual is learnt by counting, and each kind of unusual raises its own aspect."""

import numpy as np
import pytest
from methods.habits.moments_of import SHAPE, at, moments, walkers

from unusual.errors import DataError
from unusual.methods.habits.aspects import ASPECTS
from unusual.methods.habits.habits import AlongTracks, Habits, Stretch, frame_maxima, oddness, score_of, tables
from unusual.methods.habits.moments import LEFT

NAMES = [aspect.name for aspect in ASPECTS]


@pytest.fixture(scope="module")
def habits():
    return Habits.of([walkers(3000, seed=1), walkers(3000, seed=2)], SHAPE, remembered=5)


def rarities(habits, seen):
    """How rare each aspect of somebody is who has been so for three times as long as is remembered."""
    along, known = AlongTracks(5), tables(habits.counts)
    for _ in range(15):
        odd = along.mean(seen["number"], oddness(known, seen, SHAPE))
    return dict(zip(NAMES, habits.rarity(odd)[0].tolist(), strict=True))


ORDINARY = {"box": at(180.0, 140.0, 30.0), "speed": 1.1, "way": (1.1, 0), "legs": 0.55, "stay": 8}


def test_of_nobody_nothing_is_said_and_who_was_followed_before_begins_anew(habits):
    along, known, fast = AlongTracks(5), tables(habits.counts), moments(**ORDINARY | {"speed": 4.0})

    def mean(seen):
        return along.mean(seen["number"], oddness(known, seen, SHAPE))

    first = mean(fast)
    assert (mean(fast) > first).any()
    assert mean(fast[:0]).shape == habits.rarity(mean(fast[:0])).shape == (0, len(ASPECTS))
    assert (mean(fast) == first).all()


def test_an_ordinary_walker_is_not_rare(habits):
    assert max(rarities(habits, moments(**ORDINARY)).values()) < 1.3


@pytest.mark.parametrize(
    ("aspect", "change"),
    [
        pytest.param("speed", {"speed": 4.0, "legs": 2.0}, id="thrice as fast as others at this place"),
        pytest.param("way", {"way": (-1.1, 0)}, id="against the way that all go"),
        pytest.param("place", {"box": at(180.0, 30.0, 20.0)}, id="where nobody ever is"),
        pytest.param("stay", {"stay": 500}, id="stays where nobody stays"),
        pytest.param("size", {"box": at(180.0, 140.0, 60.0)}, id="twice as tall as others there"),
        pytest.param("shape", {"box": np.array([150, 110, 210, 140])}, id="as wide as a cart"),
        pytest.param("gait", {"legs": 0.02}, id="glides at the speed of walkers"),
        pytest.param("kind", {"kind": 1}, id="a bicycle where there are none"),
        pytest.param("rides", {"rides": 0.5}, id="a bicycle in the box of a person"),
    ],
)
def test_each_kind_of_unusual_raises_its_own_aspect(habits, aspect, change):
    found = rarities(habits, moments(**{**ORDINARY, **change}))
    weight = next(each.weight for each in ASPECTS if each.name == aspect)
    assert found[aspect] > 2 * weight
    assert aspect in sorted(found, key=lambda name: found[name])[-2:]


def test_what_is_fast_far_away_is_slow_nearby(habits):
    fast_there = {"speed": 2.6, "way": (2.6, 0), "legs": 1.3}
    far = rarities(habits, moments(**{**ORDINARY, **fast_there, "box": at(180.0, 80.0, 20.0)}))
    near = rarities(habits, moments(**{**ORDINARY, **fast_there, "box": at(180.0, 200.0, 40.0)}))
    assert far["speed"] > near["speed"] + 0.5


def test_who_is_cut_off_by_the_lower_edge_is_judged_by_how_long_he_stays_alone(habits):
    cut = moments(**{**ORDINARY, "speed": 9.0, "kind": 1, "cut": True, "box": at(180.0, 240.0, 90.0)})
    assert {
        name
        for name, odd in zip(NAMES, oddness(tables(habits.counts), cut, SHAPE)[0], strict=True)
        if odd and np.isfinite(odd)
    } <= {"stay"}


def test_one_frame_of_something_odd_counts_for_a_third_of_it_and_of_what_lasts_for_a_fifteenth():
    def of(value):
        return np.full((1, len(NAMES)), value)

    along = AlongTracks(5)
    first = dict(zip(NAMES, along.mean(np.array([7]), of(15.0))[0].tolist(), strict=True))
    assert (first["speed"], first["stay"], first["way"], first["kind"]) == (5.0, 5.0, 1.0, 1.0)
    second = along.mean(np.array([7, 8]), np.concatenate([of(15.0), of(30.0)]))
    assert second[:, NAMES.index("speed")].tolist() == [10.0, 10.0]
    assert along.mean(np.array([], np.int64), np.empty((0, len(NAMES)))).shape == (0, len(NAMES))
    assert along.mean(np.array([7]), of(15.0))[0, 0] == 5.0  # he was away: a new beginning


def test_of_what_is_told_now_and_then_the_moments_of_which_it_is_told_count_beside_many_typical_ones():
    along, gait, kind = AlongTracks(5), NAMES.index("gait"), NAMES.index("kind")
    for said in (12.0, np.nan, 12.0, np.nan):
        odd = np.zeros((1, len(NAMES)))
        odd[0, gait] = said
        mean = along.mean(np.array([7]), odd)[0]
    assert mean[gait] == 24.0 / (2 + 15)
    assert mean[kind] == 0
    assert np.isfinite(mean).all()


def test_who_is_odd_in_two_ways_is_odder_than_in_one_and_less_odd_than_who_is_so_in_one_by_far():
    one, both, far = score_of(np.array([[2.0, 0.0, 0.0], [2.0, 2.0, 0.0], [3.0, 0.0, 0.0]]))
    assert one < both < far


def test_ordinary_footage_that_was_not_learnt_from_is_rare_as_often_as_promised(habits):
    fresh = frame_maxima(walkers(seed=9), tables(habits.counts), SHAPE, 5)
    shares = (habits.rarity(fresh) > 1).mean(0)
    assert shares.max() < 0.35  # one in ten is meant
    assert np.median(shares) < 0.2


def test_somebody_who_stands_for_a_minute_is_not_as_many_as_there_are_frames():
    standing = moments(600, stay=np.arange(600), speed=0.0, way=0, legs=0, box=at(180.0, 140.0, 30.0))
    counts = Habits.of([Stretch(600, np.arange(600), standing)], SHAPE, 5).counts
    assert counts["place"].sum() < 200


def test_what_an_operator_calls_ordinary_becomes_ordinary_at_once(habits):
    rider = {**ORDINARY, "speed": 4.0, "legs": 2.0}
    before = rarities(habits, moments(**rider))["speed"]
    seen = Stretch(40, np.arange(40), moments(40, **rider))
    after = rarities(habits.with_more([seen] * 10), moments(**rider))["speed"]
    assert after < before / 3


def test_what_was_counted_can_be_taken_away_and_no_more(habits):
    some, more = (Habits.nothing(habits.shape).with_more([walkers(200, seed=n)]) for n in (0, 1))
    both = some.with_more([walkers(200, seed=1)])
    for name, counts in both.without([walkers(200, seed=0)]).counts.items():
        assert np.allclose(counts, more.counts[name]), name
    assert all((counts == 0).all() for counts in some.without([walkers(200, seed=0)] * 2).counts.values())


def test_what_is_learnt_comes_back_from_its_arrays(habits):
    again = Habits.from_arrays(habits.arrays())
    fast = moments(**{**ORDINARY, "speed": 4.0})
    assert rarities(again, fast) == rarities(habits, fast)


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda a: a.pop("counts.speed"), id="counts are missing"),
        pytest.param(lambda a: a.update({"counts.speed": a["counts.speed"][:2]}), id="counts of another grid"),
        pytest.param(lambda a: a["tail.way"].__setitem__(3, np.nan), id="a tail that is no number"),
        pytest.param(lambda a: a["counts.kind"].__setitem__(0, -1.0), id="less than nothing was counted"),
        pytest.param(lambda a: a.update(shape=np.array([0.0, 5.0])), id="a picture without pixels"),
    ],
)
def test_arrays_that_cannot_be_are_refused(habits, spoil):
    arrays = {name: array.copy() for name, array in habits.arrays().items()}
    spoil(arrays)
    with pytest.raises(DataError):
        Habits.from_arrays(arrays)


def test_too_little_footage_is_refused():
    with pytest.raises(DataError, match="50 judged frames, got 20"):
        Habits.of([walkers(frames=20)], SHAPE, 5)


def standing(stay, x=180.0, number=-2, kind=LEFT):
    """Something that was left, or is gone, for a number of frames."""
    return moments(len(np.atleast_1d(stay)), number=number, kind=kind, box=at(x, 140.0, 12.0), stay=stay)


def test_what_stands_where_nothing_was_ever_left_is_rarer_the_longer_it_stands(habits):
    short, longer, long = (rarities(habits, standing(stay)) for stay in (15, 60, 300))
    assert 0.5 < short["ground"] < longer["ground"] < long["ground"]
    assert long["ground"] > 4
    assert max(value for name, value in long.items() if name != "ground") < 1  # it is no walker


def test_where_things_are_left_every_day_one_more_is_not_rare(habits):
    there = Stretch(20_000, np.arange(20_000), standing(np.tile(np.arange(400), 50)))
    used = Habits.of([walkers(20_000, seed=3), there], SHAPE, remembered=5)
    assert rarities(used, standing(300))["ground"] < 1.5
    assert rarities(used, standing(300, x=40.0))["ground"] > rarities(used, standing(300))["ground"]
