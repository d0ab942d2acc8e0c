"""A unit on the live scale: its score, where it is unusual and why, for a person and for an event."""

from dataclasses import replace

import numpy as np
import pytest

from unusual.domain import Box, Event, FrameErrors, Mark, ObjectErrors
from unusual.errors import DataError
from unusual.scores.calibrate import LiveScale
from unusual.scores.judgement import judge, mean_heat, region_box
from unusual.scores.zones import Zone, ZoneKind, ZoneMap

SIZE = (160, 80)  # of a picture whose map has 80 x 40 places
ONE = np.ones((1, 1), np.float32)
SCALE = LiveScale(0 * ONE, ONE, 1.0, 3.0)  # a score of 1 becomes 0, one of 3 becomes 1
BOXES = np.array([[0.5, 0.25, 0.75, 0.5], [0.1, 0.2, 0.101, 0.201]], np.float32)


def unit(looks, moves, boxes=BOXES, index=5):
    looks, moves = np.array(looks, np.float32), np.array(moves, np.float32)
    objects = ObjectErrors(boxes, looks, moves, np.zeros(len(boxes), np.int16))
    error = float((looks + moves).max(initial=0))
    return FrameErrors(np.array([index]), np.array([index / 10]), error, error * ONE, objects=objects)


def test_a_box_is_painted_with_its_live_score_in_its_place():
    painted = judge(SCALE, unit([5, 0], [2, 0])).heat(*SIZE)
    assert painted.shape == (40, 80)
    assert (painted[10:20, 40:60] == 3).all()
    assert painted.sum() == pytest.approx(3 * 200)


def test_even_the_smallest_box_is_painted_and_the_worse_of_two_stays():
    assert judge(SCALE, unit([0, 4], [0, 1])).heat(*SIZE)[8, 8] == 2
    both = np.repeat(BOXES[:1], 2, axis=0)
    assert judge(SCALE, unit([9, 2], [0, 0], both)).heat(*SIZE).max() == 4
    assert judge(SCALE, unit([2, 9], [0, 0], both)).heat(*SIZE).max() == 4


def test_an_ordinary_object_does_not_darken_the_map():
    assert not judge(SCALE, unit([-5, 0], [0, 0])).heat(*SIZE).any()


def test_what_reaches_the_level_is_marked_with_its_reason():
    marks = judge(SCALE, unit([5, 0], [2, 3])).marks(1.0)
    assert [mark.word for mark in marks] == ["looks", "moves"]
    assert marks[0].box == Box(0.5, 0.25, 0.75, 0.5)
    assert judge(SCALE, unit([5, 0], [2, 3])).marks(1.5) == [Mark(Box(0.5, 0.25, 0.75, 0.5), "looks")]
    assert judge(SCALE, FrameErrors(np.array([5]), np.array([0.5]), 9.0, 9 * ONE)).marks(1.0) == []


def test_an_event_is_where_its_worst_object_is_and_says_what_raised_it():
    event = Event(0.0, 1.0, 0.5, 3.0)
    placed = judge(SCALE, unit([1, 2], [2, 9])).place(event, 1.0)
    assert placed.region == Box(*BOXES[1].tolist())
    assert placed.why == "moves unlike anything seen here"
    assert judge(SCALE, unit([9, 2], [2, 1])).place(event, 1.0).why == "looks unlike anything seen here"


def test_an_event_without_objects_has_no_place():
    event = Event(0.0, 1.0, 0.5, 3.0)
    assert judge(SCALE, unit([], [], np.zeros((0, 4), np.float32))).place(event, 1.0) == event


def test_a_unit_is_judged_by_its_worst_place():
    places = np.array([[1, 7], [3, 1]], np.float32)
    scale = LiveScale(0 * places, np.ones((2, 2), np.float32), 1.0, 3.0)
    made = judge(scale, FrameErrors(np.array([4, 5]), np.array([0.4, 0.5]), 0.0, places))
    assert (made.score, made.first, made.last, made.objects) == (3.0, 4, 5, None)
    assert made.heat(*SIZE).tolist() == made.places.tolist() == [[0, 3], [1, 0]]
    assert made.place(Event(0.0, 1.0, 0.5, 3.0), 2.0).region == region_box(made.places, 2.0)
    with pytest.raises(DataError, match="fitted on"):
        judge(SCALE, made.errors)


def test_a_method_that_knows_its_reason_says_it():
    given = unit([1, 2], [2, 9])
    objects = replace(given.objects, reasons=("comes from the left", "runs"))
    made = judge(SCALE, replace(given, objects=objects))
    assert made.place(Event(0.0, 1.0, 0.5, 3.0), 1.0).why == "runs"
    assert len(made.objects) == 2


def test_a_frame_has_the_mean_map_of_its_units():
    one, other = judge(SCALE, unit([5, 0], [2, 0])), judge(SCALE, unit([3, 0], [2, 0]))
    assert mean_heat([one, other], *SIZE)[12, 50] == 2.5
    assert mean_heat([], *SIZE) is None


def test_a_box_goes_around_all_that_hangs_together():
    places = np.zeros((4, 6), np.float32)
    places[1, 1], places[1, 2], places[3, 5] = 4, 3, 3.9
    assert region_box(places, 1.0) == Box(1 / 7, 1 / 5, 4 / 7, 3 / 5)


# --- zones. BOXES have their feet at (0.625, 0.475) and (0.1005, 0.2009)


def square(left, right, kind=ZoneKind.IGNORE, **more):
    return Zone(kind, ((left, 0.0), (right, 0.0), (right, 1.0), (left, 1.0)), **more)


RIGHT_HALF, LEFT_HALF = square(0.5, 1.0), square(0.0, 0.5)


def test_an_object_that_does_not_count_is_not_there():
    made = judge(SCALE, unit([5, 4], [2, 0]), ZoneMap((RIGHT_HALF,)))
    plain = judge(SCALE, unit([4], [0], BOXES[1:]))
    assert (made.score, made.weighed, made.errors.error) == (plain.score, plain.score, 4.0)
    assert len(made.objects) == 1
    assert made.errors.objects is made.objects.errors, "it is explained by what is left"
    assert made.marks(-9.0) == plain.marks(-9.0)
    assert made.place(Event(0, 0, 0, 1), 0.0).region == Box(*BOXES[1].tolist())
    assert not made.heat(*SIZE)[10:20, 40:60].any()


def test_where_nobody_counts_a_frame_is_as_calm_as_an_empty_one():
    given = unit([5, 4], [2, 0])
    given = replace(
        given, objects=replace(given.objects, calm=0.5, tracks=np.array([1, 2], np.int32), reasons=("a", "b"))
    )
    made = judge(SCALE, given, ZoneMap((RIGHT_HALF, LEFT_HALF)))
    assert made.score == made.weighed == (0.5 - 1) / 2
    assert len(made.objects) == 0
    assert made.place(Event(0, 1, 0, 1), 0.0) == Event(0, 1, 0, 1)
    left = judge(SCALE, given, ZoneMap((RIGHT_HALF,))).objects.errors
    assert (left.tracks.tolist(), left.reasons) == ([2], ("b",))


def test_zones_in_which_nobody_is_change_nothing_of_the_score():
    given = unit([5, 0], [2, 0])
    far = square(0.9, 1.0)
    assert judge(SCALE, given, ZoneMap((far,))).score == judge(SCALE, given).score
    assert judge(SCALE, given, ZoneMap((far,))).weighed == judge(SCALE, given).score


def test_a_zone_of_its_own_alarms_weighs_what_is_in_it():
    gate = square(0.0, 0.5, ZoneKind.NAMED, name="gate", alarms_per_day=9.0)
    given = unit([5, 4], [0, 0])  # 2 on the live scale, and 1.5 in the gate
    readier = judge(SCALE, given, ZoneMap((gate,), (2.0,), ordinary=0.5))
    assert (readier.score, readier.weighed) == (2.0, 2.5)
    placed = readier.place(Event(0, 1, 0, 2.5), 0.0)
    assert (placed.region, placed.zone, placed.peak_score) == (Box(*BOXES[1].tolist()), "gate", 1.5)
    slower = judge(SCALE, unit([4, 5], [0, 0]), ZoneMap((gate,), (0.5,)))  # 1.5, and 2 in the gate
    assert (slower.score, slower.weighed) == (2.0, 1.5)
    assert slower.place(Event(0, 1, 0, 1.5), 0.0).zone == ""


def test_nothing_is_unusual_at_places_of_a_map_that_do_not_count():
    region = np.array([[9, 2, 3, 4]], np.float32)
    scale = LiveScale(np.zeros((1, 4), "f4"), np.ones((1, 4), "f4"), 0.0, 1.0)
    given = FrameErrors(np.array([0]), np.array([0.0]), 9.0, region)
    made = judge(scale, given, ZoneMap((square(0.0, 0.3),)))
    assert made.places.tolist() == [[0, 2, 3, 4]]
    assert (made.score, made.weighed) == (4.0, 4.0)
    gate = square(0.3, 0.5, ZoneKind.NAMED, name="gate")
    made = judge(scale, given, ZoneMap((square(0.0, 0.3), gate), (1.0, 4.0), ordinary=1.0))
    assert (made.score, made.weighed) == (4.0, 5.0)
    placed = made.place(Event(0, 0, 0, 5.0), 4.5)
    assert (placed.zone, placed.peak_score) == ("gate", 2.0)
    assert placed.region.left < 0.4 < placed.region.right < 0.7
    nothing = judge(scale, given, ZoneMap((square(0.0, 1.0),)))
    assert (nothing.score, nothing.weighed, nothing.places.any()) == (0.0, 0.0, False)
