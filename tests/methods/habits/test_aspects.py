"""The rules how odd something is: above, below or either way of what is typical, and what is seldom met."""

import numpy as np
import pytest
from methods.habits.moments_of import SHAPE, at, moments

from unusual.methods.habits import aspects
from unusual.methods.habits.aspects import ASPECTS
from unusual.methods.habits.moments import LEFT
from unusual.methods.objects.kinds import MOTION
from unusual.methods.objects.places import Bins

BINS = Bins(0.0, 10.0, 100)
BY_NAME = {aspect.name: aspect for aspect in ASPECTS}


def counted(values, cell_count=1):
    """(1, cell_count, b) how often each value was met, the same in every cell; often enough to be believed."""
    counts = np.zeros((1, cell_count, BINS.count))
    for value in values:
        counts[..., BINS.of(np.array([value]))] += 1000.0
    return counts


def odd_at(table, value):
    return float(table[0, 0, BINS.of(np.array([value]))[0]])


EVENLY = np.linspace(2.0, 4.0, 21)  # typical is 3, one in twenty is above 3.9


def test_above_is_nought_for_what_is_typical_and_one_for_one_in_twenty():
    table = aspects.above(BINS)(counted(EVENLY))
    assert odd_at(table, 3.0) == pytest.approx(0.0, abs=0.15)
    assert odd_at(table, 3.9) == pytest.approx(1.0, abs=0.15)
    assert odd_at(table, 4.8) == pytest.approx(2.0, abs=0.3)
    assert odd_at(table, 1.0) < -1


def test_below_is_the_same_downwards():
    table = aspects.below(BINS)(counted(EVENLY))
    assert odd_at(table, 2.1) == pytest.approx(1.0, abs=0.15)
    assert odd_at(table, 5.0) < -1


def test_either_way_is_the_larger_of_both():
    counts = counted(EVENLY)
    expected = np.maximum(aspects.above(BINS)(counts), aspects.below(BINS)(counts))
    np.testing.assert_allclose(aspects.either_way(BINS)(counts), expected)
    assert min(odd_at(expected, 1.0), odd_at(expected, 5.0)) > 1.5


def test_a_logarithm_may_be_turned_back_before_it_is_compared():
    table = aspects.above(BINS, np.exp)(counted(EVENLY))
    typical, rare = np.exp(3.0), np.exp(3.9)
    assert odd_at(table, 5.0) == pytest.approx((np.exp(5.0) - typical) / (rare - typical), rel=0.15)


def test_where_all_are_alike_the_width_is_not_nothing():
    assert np.isfinite(aspects.above(BINS)(counted([3.0]))).all()


def test_what_is_seldom_met_is_odder_than_what_is_common_and_its_neighbours_are_not():
    table = aspects.seldom_so(counted([3.0]))
    assert odd_at(table, 3.0) < odd_at(table, 3.1) < odd_at(table, 6.0)
    assert odd_at(table, 6.0) > 2


def test_where_people_go_one_way_the_other_is_odd_and_where_they_go_both_neither_is():
    one_way, two_ways = np.zeros((2, 1, 1, aspects.WAYS))
    one_way[..., 0] = two_ways[..., 0] = two_ways[..., aspects.WAYS // 2] = 1000.0
    there, both = (aspects.seldom_so(counts)[0, 0] for counts in (one_way, two_ways))
    assert there[0] == 0.0  # as odd as a moment of which nothing is said
    assert there[aspects.WAYS // 2] > 3
    assert both[[0, aspects.WAYS // 2]] == pytest.approx(0.0, abs=1e-6)


def test_a_vehicle_is_odd_where_the_detector_is_surer_of_it_than_of_those_whom_others_have():
    pavement, cycle_path = np.zeros((2, 1, 1, aspects.RIDES.count))
    pavement[..., aspects.RIDES.of(np.zeros(1))] = 1000.0  # nobody was ever suspected of one
    cycle_path[...] = 1000.0
    walks, cycles = (aspects.surer_than_here(counts)[0, 0] for counts in (pavement, cycle_path))
    sure = aspects.RIDES.of(np.array([0.05, 0.5]))
    assert walks[sure[0]] == 0.0
    assert walks[sure[1]] > 4 > 1 > cycles[sure[1]]


def test_where_hardly_anybody_is_is_odder_the_emptier_it_is():
    counts = np.zeros((20, 20, 1))
    counts[10, 2:8] = 1000.0
    table = aspects.seldom_there(counts)[..., 0]
    assert table[10, 5] < 0.5
    assert table[10, 5] < table[8, 5] <= table[0, 19]
    assert table[0, 19] > 3


def test_what_is_met_everywhere_is_no_odder_at_any_place():
    assert np.allclose(aspects.seldom_seen(np.array([[[9.0, 9.0]]])), 0.0)
    common, rare = aspects.seldom_seen(np.array([[[999.5, 0.5]]]))[0, 0].tolist()
    assert (common, rare) == (0.0, pytest.approx(np.log(1000.0)))


def test_what_stands_is_odder_the_longer_and_less_odd_where_things_have_stood_so_long():
    never = np.zeros((8, 8, aspects.STANDS.count))
    often = never.copy()
    often[..., -1] = 1000.0
    for table in (aspects.seldom_so_long(never), aspects.seldom_so_long(often)):
        assert (np.diff(table[4, 4]) > 0).all()
    assert aspects.seldom_so_long(often)[4, 4, 20] < 0.1 * aspects.seldom_so_long(never)[4, 4, 20]


# --- of which moments an aspect says anything


def told_of(**fields):
    """The aspects that say something of a moment."""
    return {name for name, aspect in BY_NAME.items() if aspect.told(moments(**fields))[0]}


EVERYTHING = set(BY_NAME) - {"ground"}


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        pytest.param({}, EVERYTHING, id="a walker"),
        pytest.param({"kind": MOTION}, EVERYTHING, id="what only moves"),
        pytest.param({"way": 0}, EVERYTHING - {"way", "gait"}, id="who stands has neither direction nor gait"),
        pytest.param({"bridged": True}, {"speed", "place", "stay", "rides"}, id="a box that was carried on"),
        pytest.param({"walks": False}, EVERYTHING - {"gait"}, id="whose legs cannot be told has no gait"),
        pytest.param({"number": -2, "kind": LEFT}, {"ground"}, id="what was left behind"),
    ],
)
def test_an_aspect_says_only_what_it_can_know(fields, told):
    assert told_of(**fields) == told


def test_of_who_is_cut_off_by_the_edge_nothing_is_said_that_needs_his_feet():
    assert not told_of(cut=True) & {"speed", "way", "place", "size", "shape", "gait", "kind"}


def test_what_an_aspect_does_not_tell_of_is_not_odd():
    speed = BY_NAME["speed"]
    table = np.full((*speed.grid(*SHAPE), speed.bins), 7.0)
    assert speed.oddness(table, moments(2, cut=[False, True]), SHAPE).tolist() == [7.0, 0.0]


def test_an_aspect_that_is_told_now_and_then_leaves_open_what_it_does_not_know():
    gait = BY_NAME["gait"]
    table = np.full((*gait.grid(*SHAPE), gait.bins), 7.0)
    np.testing.assert_equal(gait.oddness(table, moments(2, walks=[True, False]), SHAPE), [7.0, np.nan])


@pytest.mark.parametrize("aspect", ASPECTS, ids=lambda aspect: aspect.name)
def test_every_bin_and_place_lies_within_the_counts_however_extreme_the_moment(aspect):
    wild = moments(4, speed=[0, 1e6, 1.5, 3], stay=[0, 1e9, 3, 1], kind=[-3, 500, 79, 0], legs=[0, 1e6, 1, 1])
    wild["box"][1], wild["box"][2] = (-50, -50, 900, 900), (5, 5, 5, 5)
    table = np.zeros((*aspect.grid(*SHAPE), aspect.bins))
    assert not np.isinf(aspect.oddness(table, wild, SHAPE)).any()
    assert ((aspect.bin(wild) >= 0) & (aspect.bin(wild) < aspect.bins)).all()


def test_ways_go_round_without_a_gap():
    angles = np.linspace(-np.pi, np.pi, 49)[:-1] + 0.01
    around = moments(48, way=np.stack([np.cos(angles), np.sin(angles)], 1) * 5)
    bins = BY_NAME["way"].bin(around)
    assert np.bincount(bins, minlength=aspects.WAYS).tolist() == [4] * aspects.WAYS


def test_tall_and_wide_are_never_nothing():
    box = moments(2, box=np.array([[10, 10, 10, 10], at(50.0, 90.0, 40.0)]))
    assert (aspects.tall(box).tolist(), aspects.wide(box).tolist()) == ([1.0, 40.0], [1.0, 20.0])
