"""Days of a camera: hours, worst scores, drift."""

from datetime import UTC, date
from math import nan
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from unusual.run.archive.past.days import Days

NOON = 1_795_176_000.0  # 20 November 2026, 12:00 UTC


def taken(days, scores, start_utc=NOON, period=1.0):
    for n, score in enumerate(scores):
        days.add(n * period, start_utc + n * period, score, period)
    days.end_stream("yard-1", start_utc + len(scores) * period)
    return days


def test_a_day_has_its_hours_its_worst_score_and_its_quantiles():
    days = taken(Days(), [0.1] * 1800 + [7.0] + [0.3] * 1799)
    (day,) = days.told([NOON, NOON + 5])
    assert (day.day, day.hours, day.worst, day.events) == (date(2026, 11, 20), pytest.approx(1.0), 7.0, 2)
    assert day.ordinary == pytest.approx(0.3, abs=0.2) and day.rare <= 7.0


def test_days_are_those_of_the_zone():
    evening = NOON + 11 * 3600
    assert [d.day.day for d in taken(Days(UTC), [0.1] * 60, evening).told([])] == [20]
    assert [d.day.day for d in taken(Days(ZoneInfo("Asia/Tokyo")), [0.1] * 60, evening).told([])] == [21]


def test_a_night_falls_into_two_days():
    told = taken(Days(), [0.1] * 100, NOON + 12 * 3600 - 50).told([])
    assert [round(day.hours * 3600) for day in told] == [50, 50]


def test_frames_without_a_score_are_no_hours():
    assert taken(Days(), [nan] * 10).told([]) == []


def test_ordinary_scores_give_a_scale_of_alarms():
    chance = np.random.default_rng(0)
    scale = taken(Days(), chance.exponential(size=20_000).tolist()).alarm_scale()
    assert 4 < scale.threshold(24).score < 12
    assert taken(Days(), [0.1] * 30).alarm_scale() is None


def test_days_that_were_seen_tell_which_hours_are_quiet():
    """Two streams that begin at midnight in Berlin, busy from six on."""
    days, berlin = Days(ZoneInfo("Europe/Berlin")), np.random.default_rng(0)
    for day in (0, 1, 2):
        scores = berlin.exponential(size=17_280) * np.where(np.arange(17_280) < 17_280 // 4, 0.3, 1.0)
        taken(days, scores.tolist(), NOON - 13 * 3600 + day * 86_400, 5.0)
    busy = days.alarm_scale().busy
    assert max(busy[1:5]) < 0.5 and min(busy[8:22]) > 1
