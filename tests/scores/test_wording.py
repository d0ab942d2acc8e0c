"""Durations, marks on the time axis, and which points of a long curve are drawn."""

import math

import numpy as np
import pytest

from unusual.scores.wording import duration, time_marks, worth_drawing


@pytest.mark.parametrize("end_s", [0.001, 0.5, 3, 17.9, 100, 3600, 86400, 1e6])
def test_marks_are_few_and_inside(end_s):
    marks = time_marks(end_s, 6)
    assert 1 <= len(marks) <= 7
    assert all(0 <= at <= end_s * 1.001 for at, _ in marks)
    assert len({label for _, label in marks}) == len(marks)


def test_a_short_curve_is_drawn_whole():
    assert worth_drawing(np.zeros(50), 100).tolist() == list(range(50))


def test_a_long_curve_keeps_each_peak_and_each_gap():
    scores = np.random.default_rng(0).random(100_000)
    scores[77_777], scores[33_333] = 9, -9
    scores[50_000:60_000] = np.nan
    kept = worth_drawing(scores, 100)
    assert len(kept) <= 202
    assert {0, 33_333, 77_777, 99_999} <= set(kept.tolist())
    assert np.isnan(scores[kept]).any()
    assert np.all(np.diff(kept) > 0)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-1, "0.0 s"),
        (9.94, "9.9 s"),
        (9.96, "10 s"),
        (59.6, "1 min"),
        (3599.6, "1 h"),
        (86400, "24 h"),
        (math.inf, "unknown"),
    ],
)
def test_a_duration_is_said_in_at_most_two_units(seconds, words):
    assert duration(seconds) == words
