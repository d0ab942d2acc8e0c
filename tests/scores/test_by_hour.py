"""Thresholds by the hour: lower in a quiet night, higher in a rush hour, and all together what was asked for."""

import json
from dataclasses import asdict, replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from unusual.domain import ScoreCurve
from unusual.errors import ConfigError
from unusual.scores.alarms import AlarmScale, fit_alarm_scale
from unusual.scores.by_hour import HourlyLevels, busy_hours, hour_of, hours_of, often_at, with_hours

HOUR, DAY = 3600, 86_400
MIDNIGHT = 19_700 * DAY  # a midnight of UTC, in winter
BERLIN = ZoneInfo("Europe/Berlin")
AN_HOUR = np.where(np.arange(24) < 6, 4.0, 60.0)  # who passes: few by night, and many
AN_HOUR[[8, 9, 10]] = 300.0  # in the morning


def passers(days=4.0, seed=0, start=MIDNIGHT, an_hour=AN_HOUR):
    """Seconds in which, of those who pass, each reaches a score z with probability exp(-z)."""
    rng, count = np.random.default_rng(seed), round(days * DAY)
    times = start + np.arange(count, dtype=float)
    scores = rng.exponential(0.05, count)
    for second in np.flatnonzero(rng.random(count) < an_hour[(times // HOUR % 24).astype(int)] / HOUR).tolist():
        scores[second : second + 8] = np.maximum(scores[second : second + 8], rng.exponential())
    return ScoreCurve("door", "live", times, scores)


def scale_of(curve, zone=UTC):
    return with_hours(fit_alarm_scale([curve]), [curve], zone)


@pytest.fixture(scope="module")
def scale():
    return scale_of(passers())


def test_a_quiet_night_has_a_lower_threshold_and_a_rush_hour_a_higher_one(scale):
    levels = HourlyLevels.of(scale, 2.0, UTC)
    assert max(levels.scores[:5]) < levels.general - 0.5
    assert min(levels.scores[8:11]) > levels.general + 0.3
    assert max(levels.scores[:5]) < min(levels.scores[12:]) < max(levels.scores[12:]) < min(levels.scores[8:11])


@pytest.mark.parametrize("asked", [0.5, 2.0, 5.0])
def test_all_hours_together_promise_what_was_asked_for_and_each_an_equal_share(scale, asked):
    levels = HourlyLevels.of(scale, asked, UTC)
    shares = [often_at(scale, score, hour) / 24 for hour, score in enumerate(levels.scores)]
    assert sum(shares) == pytest.approx(asked, rel=0.01)
    assert shares == pytest.approx([asked / 24] * 24, rel=0.02)


def test_the_promise_is_kept_on_days_to_come_by_night_and_in_the_rush_hour():
    """Over six cameras: as many pass a score z in an hour as pass, times exp(-z)."""
    real = []
    for seed in range(6):
        levels = HourlyLevels.of(scale_of(passers(seed=seed)), 2.0, UTC)
        real.append(24 * AN_HOUR * np.exp(-np.array(levels.scores)))
    mean = np.mean(real, axis=0)
    assert mean.mean() <= 2.0
    assert mean.max() < 2 * 2.0
    assert mean[:5].max() < 2.0


def test_no_threshold_lies_where_the_tail_is_not_known(scale):
    levels = HourlyLevels.of(scale, 24.0, UTC)
    assert levels.lowest == scale.base < levels.general
    assert sum(often_at(scale, score, hour) for hour, score in enumerate(levels.scores)) < 24 * 24
    assert HourlyLevels.of(scale, 1000.0, UTC).lowest == scale.threshold(1000.0).score < scale.base


def test_hours_with_too_little_footage_have_the_general_threshold():
    """Two days from six to noon, and an hour and a half of one afternoon."""
    curve = passers(2)
    hour = curve.times_s // HOUR % 24
    seen = (hour >= 6) & (hour < 12) | (curve.times_s >= MIDNIGHT + 38 * HOUR) & (
        curve.times_s < MIDNIGHT + 39.4 * HOUR
    )
    levels = HourlyLevels.of(scale_of(ScoreCurve("door", "live", curve.times_s[seen], curve.scores[seen])), 2.0, UTC)
    known = [number for number, score in enumerate(levels.scores) if score != levels.general]
    assert known == list(range(6, 12))


@pytest.mark.parametrize("days", [0.5, 1.0])
def test_a_day_tells_no_hours(days):
    curve = passers(days)
    assert scale_of(curve) == fit_alarm_scale([curve])
    assert HourlyLevels.of(scale_of(curve), 2.0, UTC).scores == (scale_of(curve).threshold(2.0).score,) * 24


def test_what_was_not_scored_and_footage_in_which_nothing_reaches_the_level_tell_none():
    curve = passers(3)
    assert busy_hours([curve], 1e6, UTC) == ()
    assert busy_hours([replace(curve, scores=np.full_like(curve.scores, np.nan))], 1.0, UTC) == ()


def test_where_all_hours_are_alike_so_are_their_thresholds():
    levels = HourlyLevels.of(scale_of(passers(7, an_hour=np.full(24, 60.0))), 2.0, UTC)
    assert np.ptp(levels.scores) < 0.15 * levels.general


def test_hours_are_of_the_clock_on_the_wall_in_summer_and_in_winter():
    """The same hours of UTC; in Berlin an hour later in winter and two in summer."""
    winter, summer = datetime(2026, 1, 10, 23, 30, tzinfo=UTC), datetime(2026, 7, 10, 22, 30, tzinfo=UTC)
    times = np.array([winter.timestamp(), summer.timestamp()])
    assert hours_of(times, BERLIN).tolist() == [hour_of(utc, BERLIN) for utc in times] == [0, 0]
    over_the_change = datetime(2026, 3, 27, tzinfo=UTC).timestamp()  # on the 29th clocks are set
    curve = passers(4, start=over_the_change)
    local = np.array([datetime.fromtimestamp(utc, BERLIN).hour for utc in curve.times_s[::HOUR]])
    assert np.array_equal(hours_of(curve.times_s[::HOUR], BERLIN), local)
    busy = busy_hours([curve], 3.0, BERLIN)
    assert busy.index(max(busy)) in (9, 10, 11)


def test_half_an_hour_of_a_zone_is_another_hour():
    assert hours_of(np.array([MIDNIGHT + 0.0]), ZoneInfo("Asia/Kolkata")).tolist() == [5]
    assert hours_of(np.array([MIDNIGHT + 1800.0]), ZoneInfo("Asia/Kolkata")).tolist() == [6]


def test_the_level_at_a_time_is_that_of_its_hour_there(scale):
    levels = HourlyLevels.of(scale, 2.0, BERLIN)
    assert levels.at(MIDNIGHT) == levels.scores[1]
    times, scores = np.array([MIDNIGHT, MIDNIGHT + 8.5 * HOUR]), np.array([levels.scores[1], levels.scores[9] - 0.01])
    assert levels.reached(times, scores).tolist() == [True, False]
    assert levels.lowest == min(levels.scores)


def test_hours_survive_json_and_are_checked(scale):
    told = json.loads(json.dumps(asdict(scale)))
    assert AlarmScale(**told) == scale
    del told["busy"]
    assert AlarmScale(**told) == replace(scale, busy=())
    with pytest.raises(ConfigError, match="24 hours, or none"):
        replace(scale, busy=(1.0,))
    with pytest.raises(ConfigError, match="20 times as busy"):
        replace(scale, busy=(float("nan"),) * 24)
