"""Where and why: boxes painted on a map, marks for the eye, the place of an event."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from unusual.domain import Box, Event, FrameErrors, Mark, ObjectErrors, VideoInfo
from unusual.run.places import marks_of, peak_unit, place_map, with_place
from unusual.scores.calibrate import LiveScale

INFO = VideoInfo("gate", 160, 80, Fraction(10), None)  # a map of 80 x 40 places
ONE = np.ones((1, 1), np.float32)
SCALE = LiveScale(0 * ONE, ONE, 1.0, 3.0)  # a score of 1 becomes 0, one of 3 becomes 1
BOXES = np.array([[0.5, 0.25, 0.75, 0.5], [0.1, 0.2, 0.101, 0.201]], np.float32)


def unit(looks, moves, boxes=BOXES, index=5):
    looks, moves = np.array(looks, np.float32), np.array(moves, np.float32)
    objects = ObjectErrors(boxes, looks, moves, np.zeros(len(boxes), np.int16))
    error = float((looks + moves).max(initial=0))
    return FrameErrors(np.array([index]), np.array([index / 10]), error, error * ONE, objects=objects)


def test_a_box_is_painted_with_its_live_score_in_its_place():
    painted = place_map(SCALE, unit([5, 0], [2, 0]), INFO)
    assert painted.shape == (40, 80)
    assert (painted[10:20, 40:60] == 3).all()
    assert painted.sum() == pytest.approx(3 * 200)


def test_even_the_smallest_box_is_painted_and_the_worse_of_two_stays():
    assert place_map(SCALE, unit([0, 4], [0, 1]), INFO)[8, 8] == 2
    both = np.repeat(BOXES[:1], 2, axis=0)
    assert place_map(SCALE, unit([9, 2], [0, 0], both), INFO).max() == 4
    assert place_map(SCALE, unit([2, 9], [0, 0], both), INFO).max() == 4


def test_an_ordinary_object_does_not_darken_the_map():
    assert not place_map(SCALE, unit([-5, 0], [0, 0]), INFO).any()


def test_what_reaches_the_level_is_marked_with_its_reason():
    marks = marks_of(SCALE, unit([5, 0], [2, 3]), 1.0)
    assert [mark.word for mark in marks] == ["looks", "moves"]
    assert marks[0].box == Box(0.5, 0.25, 0.75, 0.5)
    assert marks_of(SCALE, unit([5, 0], [2, 3]), 1.5) == [Mark(Box(0.5, 0.25, 0.75, 0.5), "looks")]
    assert marks_of(SCALE, FrameErrors(np.array([5]), np.array([0.5]), 9.0, 9 * ONE), 1.0) == []


def test_an_event_is_where_its_worst_object_is_and_says_what_raised_it():
    event = Event(0.0, 1.0, 0.5, 3.0)
    placed = with_place(event, unit([1, 2], [2, 9]), SCALE, 1.0)
    assert placed.region == Box(*BOXES[1].tolist())
    assert placed.why == "moves unlike anything seen here"
    assert with_place(event, unit([9, 2], [2, 1]), SCALE, 1.0).why == "looks unlike anything seen here"


def test_an_event_without_objects_has_no_place():
    event = Event(0.0, 1.0, 0.5, 3.0)
    assert with_place(event, unit([], [], np.zeros((0, 4), np.float32)), SCALE, 1.0) == event


def test_the_peak_unit_is_the_worst_of_those_that_cover_the_peak():
    units = [unit([n, 0], [0, 0], index=n) for n in (4, 5, 6)]
    assert peak_unit(Event(0.0, 1.0, 0.5, 3.0), units, SCALE) is units[1]


def test_the_peak_unit_may_be_one_that_the_peak_s_score_remembers():
    units = [unit([n, 0], [0, 0], index=index) for index, n in ((2, 9), (3, 8), (4, 4), (5, 5), (6, 9))]
    assert peak_unit(Event(0.0, 1.0, 0.5, 3.0), units, replace(SCALE, memory=3)) is units[1]
