"""Zones: which places count, in which zone they are, and what cannot be one."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unusual.domain import Box
from unusual.errors import ConfigError
from unusual.scores.zones import FOOT, MOST_ZONES, Polygon, Zone, ZoneKind, ZoneMap, area_of, check_zones

LEFT, RIGHT = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0)), ((0.5, 0.0), (1.0, 0.0), (1.0, 1.0), (0.5, 1.0))
MIDDLE = ((0.25, 0.0), (0.75, 0.0), (0.75, 1.0), (0.25, 1.0))
IGNORE_LEFT, ONLY_RIGHT = Zone(ZoneKind.IGNORE, LEFT), Zone(ZoneKind.ONLY, RIGHT)
GATE, ROAD = Zone(ZoneKind.NAMED, LEFT, "gate"), Zone(ZoneKind.NAMED, MIDDLE, "road")


def at(x, y=0.5):
    """The box of somebody whose foot is there."""
    return Box(x - 0.01, y - 0.1 * (1 - FOOT), x + 0.01, y + 0.1 * FOOT)


def told(zones, x, weights=()):
    counts, zone, weight = ZoneMap(zones, weights).of_event(at(x))
    return counts, zone, round(weight, 6)


@pytest.mark.parametrize(
    ("zones", "x", "said"),
    [
        pytest.param((), 0.3, (True, "", 1.0), id="without zones everything counts"),
        pytest.param((IGNORE_LEFT,), 0.3, (False, "", 1.0), id="what is in an ignored zone does not count"),
        pytest.param((IGNORE_LEFT,), 0.6, (True, "", 1.0), id="what is outside of it counts"),
        pytest.param((ONLY_RIGHT,), 0.3, (False, "", 1.0), id="only here: what is elsewhere does not count"),
        pytest.param((ONLY_RIGHT,), 0.6, (True, "", 1.0), id="only here: what is there counts"),
        pytest.param((GATE,), 0.3, (True, "gate", 1.0), id="a named zone gives its name"),
        pytest.param((GATE, ONLY_RIGHT), 0.3, (True, "gate", 1.0), id="a named zone counts beside those of kind only"),
        pytest.param((GATE, IGNORE_LEFT), 0.3, (False, "", 1.0), id="ignored stays ignored, also in a named zone"),
        pytest.param((GATE, ROAD), 0.3, (True, "gate", 1.0), id="of two alike the first"),
        pytest.param((GATE, ROAD), 0.6, (True, "road", 1.0), id="where only one is, that one"),
    ],
)
def test_what_counts_and_what_it_is_called(zones, x, said):
    assert told(zones, x) == said


def test_of_overlapping_named_zones_the_one_that_alarms_most_readily_has_it():
    assert told((GATE, ROAD), 0.3, (0.5, 2.0)) == (True, "road", 2.0)
    assert told((GATE, ROAD), 0.3, (3.0, 2.0)) == (True, "gate", 3.0)
    assert told((GATE, ROAD), 0.3, (1.3, 1.3)) == (True, "gate", 1.3), "of equal ones the first"
    assert told((GATE,), 0.3, (0.5,)) == (True, "gate", 0.5)
    assert told((GATE, IGNORE_LEFT), 0.3, (3.0, 1.0)) == (False, "", 1.0)


def test_what_is_above_the_ordinary_is_weighed_and_the_rest_stays():
    zone_map = ZoneMap((GATE,), (4.0,), ordinary=1.0)
    boxes = np.array([[0.1, 0.1, 0.2, 0.2]] * 3 + [[0.8, 0.1, 0.9, 0.2]], np.float32)
    scores = np.array([-2.0, 1.0, 1.5, 1.5], np.float32)
    weighed = zone_map.weighed(scores, zone_map.of_boxes(boxes))
    assert weighed.tolist() == [-2.0, 1.0, 3.0, 1.5]
    assert [zone_map.unweighed(score, 4.0) for score in (-2.0, 1.0, 3.0)] == [-2.0, 1.0, 1.5]


def test_an_object_is_where_its_foot_is():
    lower = Zone(ZoneKind.IGNORE, ((0.0, 0.5), (1.0, 0.5), (1.0, 1.0), (0.0, 1.0)))
    boxes = np.array([[0.4, 0.2, 0.6, 0.6], [0.4, 0.0, 0.6, 0.5]], np.float32)
    assert ZoneMap((lower,)).of_boxes(boxes).counts.tolist() == [False, True]
    assert ZoneMap((lower,)).of_boxes(np.zeros((0, 4), np.float32)).counts.shape == (0,)


def test_a_place_of_a_map_is_where_its_middle_is():
    spots = ZoneMap((IGNORE_LEFT,)).of_map((2, 4))
    assert spots.counts.tolist() == [[False, False, True, True]] * 2
    assert not spots.all_count


@given(st.integers(0, 1024), st.integers(0, 1024))
def test_a_point_is_in_a_triangle_or_in_the_rest_of_its_square_but_never_in_both(x, y):
    below, above = [(0, 0), (1, 0), (1, 1)], [(0, 0), (1, 1), (0, 1)]
    square = [(0, 0), (1, 0), (1, 1), (0, 1)]
    point = x / 1024, y / 1024
    assert (point in Polygon(below)) + (point in Polygon(above)) == (point in Polygon(square))


def test_the_order_of_corners_and_where_they_begin_make_no_difference():
    points = list(product(np.linspace(0, 1, 11) + 0.01, repeat=2))
    star = [(0.5, 0.0), (0.6, 0.4), (1.0, 0.5), (0.6, 0.6), (0.5, 1.0), (0.4, 0.6), (0.0, 0.5), (0.4, 0.4)]
    inside, *others = (
        [point in polygon for point in points] for polygon in map(Polygon, (star, star[::-1], star[3:] + star[:3]))
    )
    assert 0 < np.mean(inside) < area_of(star) + 0.2
    assert others == [inside] * 2


@pytest.mark.parametrize(
    ("given", "said"),
    [
        pytest.param({"corners": LEFT[:2]}, "needs 3 to 64 corners, got 2", id="a line"),
        pytest.param({"corners": LEFT * 20}, "needs 3 to 64 corners, got 80", id="too many corners"),
        pytest.param({"corners": ((0, 0), (1.2, 0), (1, 1))}, "from 0 to 1", id="a corner outside"),
        pytest.param({"corners": ((0, 0), (float("nan"), 0), (1, 1))}, "from 0 to 1", id="a corner that is none"),
        pytest.param({"corners": ((0, 0), (0.5, 0.5), (1, 1))}, "holds nothing", id="corners on a line"),
        pytest.param({"name": "gate"}, "no other has one", id="an ignored zone with a name"),
        pytest.param({"kind": ZoneKind.NAMED}, "needs a name", id="a named zone without"),
        pytest.param({"kind": ZoneKind.NAMED, "name": "x" * 41}, "up to 40 letters", id="a long name"),
        pytest.param({"kind": ZoneKind.NAMED, "name": "a\nb"}, "up to 40 letters", id="a name of two lines"),
        pytest.param({"alarms_per_day": 1.0}, "for named zones", id="alarms of an ignored zone"),
        pytest.param({"kind": ZoneKind.NAMED, "name": "a", "alarms_per_day": 0.0}, "above 0", id="no alarms"),
        pytest.param({"kind": ZoneKind.NAMED, "name": "a", "cool_down_s": -1.0}, "cool-down", id="a past cool-down"),
    ],
)
def test_what_cannot_be_a_zone_is_told_in_a_line(given, said):
    with pytest.raises(ConfigError, match=said):
        Zone(**{"kind": ZoneKind.IGNORE, "corners": LEFT} | given)


def test_two_zones_of_one_name_or_too_many_are_refused():
    with pytest.raises(ConfigError, match="two zones are called gate"):
        check_zones((GATE, GATE))
    with pytest.raises(ConfigError, match="up to 32 zones, got 33"):
        ZoneMap((IGNORE_LEFT,) * (MOST_ZONES + 1))
