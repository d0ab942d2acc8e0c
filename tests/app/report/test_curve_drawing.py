"""A curve as a page draws it."""

import numpy as np
import pytest

from unusual.app.report.curve_drawing import HEIGHT, WIDTH, draw_curve
from unusual.domain import Event, ScoreCurve, Truth


def curve(*scores):
    return ScoreCurve("gate", "live", np.arange(float(len(scores))), np.array(scores, float))


def test_thresholds_events_and_truth_stand_at_their_places():
    made = draw_curve(
        curve(0, 0, 4, 4, 0), [Event(2.0, 3.0, 2.0, 4.0)], Truth(np.array([0, 0, 1, 1, 0], bool)), enter=2.0, leave=1.0
    )
    assert 0 < made.top.at < made.start.at < made.stop.at < 100
    (event,), (truth,) = made.events, made.truth
    assert (event.left, event.width) == pytest.approx((50.0, 25.0), abs=0.1)
    assert truth.left <= event.left
    assert made.path.startswith("M")


def test_a_gap_in_the_scores_is_a_gap_in_the_line():
    assert draw_curve(curve(1, 2, np.nan, 2, 1)).path.count("M") == 2
    assert draw_curve(curve(1, 2, 3, 2, 1)).path.count("M") == 1


@pytest.mark.parametrize("scores", [(), (np.nan, np.nan)])
def test_where_nothing_was_scored_nothing_is_drawn(scores):
    assert draw_curve(curve(*scores)).path == ""


def test_the_line_stays_in_its_box():
    numbers = [
        float(n)
        for n in draw_curve(curve(-3, 9, 2), enter=2.0)
        .path.replace("M", " ")
        .replace("L", " ")
        .replace(",", " ")
        .split()
    ]
    assert all(0 <= x <= WIDTH for x in numbers[::2])
    assert all(0 <= y <= HEIGHT for y in numbers[1::2])
