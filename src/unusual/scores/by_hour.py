"""Thresholds by the hour of the day: a quiet night makes a lower one than a rush hour.

How often a high score is reached follows how much goes on, and that follows the hour; how the tail falls off beyond
does not. So each hour has one number, how busy it is beside all of the footage, and alarms a day at score z are then
that number x alarms a day at z. Asked for so many a day, each hour gets the score at which that hour, if the whole day
were like it, would give just these: an hour's share is a 24th, and all of them together are what was asked for.

- A minute that reaches the base of the scale counts once, however long it does: flocks are no witnesses of their own.
- Neighbouring hours count half as much, and all are drawn towards the whole as by five minutes that reached it.
- An hour is known where 90 minutes of it or more were scored: that takes two days. Others have the general threshold.
- No hour's threshold lies below the base of the scale, unless the general one does: there the tail is not known.

Source: exceedances of a high threshold as a point process whose rate follows a covariate (Davison and Smith, "Models
for Exceedances over High Thresholds", JRSS B 1990; Coles, as in alarms.py, chapters 6 and 7).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from unusual.domain import ScoreCurve
from unusual.scores.alarms import BUSIEST, HOURS, MOST_A_DAY, AlarmScale, Busy, Threshold

KNOWN_MIN = 90  # of an hour of the day that must have been scored
BESIDE = 0.5  # weight of the hours before and after it
DRAWN = 5.0  # minutes that reach the base, as of the whole, are added to each hour's
STEP_S = 900  # after which it may be another hour somewhere
RUNGS = np.geomspace(1e-3 / BUSIEST, MOST_A_DAY, 49)  # alarms a day between which scores are interpolated


@dataclass(frozen=True, slots=True)
class HourlyLevels:
    """The live score from which on it is an alarm, of each hour of the day.

    general: where the hour is not known, or the footage tells none. scores: 24, from midnight on. zone: whose clock
    tells the hour, summer time and all.
    """

    general: float
    scores: tuple[float, ...]
    zone: tzinfo = UTC

    @classmethod
    def of(cls, scale: AlarmScale, alarms_per_day: float, zone: tzinfo) -> "HourlyLevels":
        """Of so many alarms a day. Raises ConfigError as `AlarmScale.threshold`."""
        general = scale.threshold(alarms_per_day).score
        return cls(general, hourly(scale, alarms_per_day, general), zone)

    def at(self, utc: float) -> float:
        """The one at a time."""
        return self.scores[hour_of(utc, self.zone)]

    @property
    def known(self) -> int:
        """How many hours have a score of their own."""
        return sum(score != self.general for score in self.scores)

    @property
    def words(self) -> str:
        """That they differ, in a line; "" where they do not."""
        if not self.known:
            return ""
        known = [score for score in self.scores if score != self.general]
        low, high = (f"{of(known):.2f} at {self.scores.index(of(known))}:00" for of in (min, max))
        rest = f"; {HOURS - self.known} hours are not known well enough and keep {self.general:.2f}"
        return f"by the hour of the day alarms start from {low} to {high}{rest if self.known < HOURS else ''}"

    @property
    def lowest(self) -> float:
        """Of the quietest hour, known or not."""
        return min(self.general, *self.scores)

    def reached(self, utc: NDArray[np.float64], scores: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which of N scores at these times are alarms."""
        return np.asarray(scores >= np.array(self.scores)[hours_of(utc, self.zone)])


def promised(threshold: Threshold, levels: HourlyLevels | None) -> str:
    """What a threshold promises, and that it follows the hour where it does, in a line."""
    return "; ".join(filter(None, (threshold.words, levels.words if levels else "")))


def hour_of(utc: float, zone: tzinfo) -> int:
    """The hour that the clock shows, 0 to 23."""
    return datetime.fromtimestamp(utc, zone).hour


def hours_of(utc: NDArray[np.float64], zone: tzinfo) -> NDArray[np.int64]:
    """The same of N times."""
    steps, which = np.unique(np.floor(utc / STEP_S), return_inverse=True)
    return np.array([hour_of(step * STEP_S, zone) for step in steps.tolist()], np.int64)[which]


def with_hours(scale: AlarmScale, curves: Sequence[ScoreCurve], zone: tzinfo) -> AlarmScale:
    """The scale that was fitted to these curves, and how busy each hour is. Times are seconds since 1970 (UTC)."""
    return replace(scale, busy=busy_hours(curves, scale.base, zone))


def busy_hours(curves: Sequence[ScoreCurve], level: float, zone: tzinfo) -> Busy:
    """How busy each hour is beside all of the footage, None of one that is not known; () where fewer than two are.

    Args:
        curves: of ordinary footage, seconds since 1970 (UTC). level: the score that busy minutes reach.
    """
    minutes, reached = np.zeros(HOURS), np.zeros(HOURS)
    for curve in curves:
        known = ~np.isnan(curve.scores)
        if not known.any():
            continue
        starts, first = np.unique(np.floor(curve.times_s[known] / 60), return_index=True)
        hour, high = hours_of(60 * starts, zone), np.maximum.reduceat(curve.scores[known], first) > level
        minutes += np.bincount(hour, minlength=HOURS)
        reached += np.bincount(hour, high, HOURS)
    known_hours = minutes >= KNOWN_MIN
    if known_hours.sum() < 2 or not reached.any():
        return ()
    usual = _passings(reached.sum(), minutes.sum())
    near, near_reached = (of + BESIDE * (np.roll(of, 1) + np.roll(of, -1)) for of in (minutes, reached))
    busy = [
        (_passings(high, of) * of + DRAWN) / (usual * of + DRAWN) if known else None
        for known, high, of in zip(known_hours, near_reached.tolist(), near.tolist(), strict=True)
    ]
    return tuple(None if each is None else float(np.clip(each, 1 / BUSIEST, BUSIEST)) for each in busy)


def hourly(scale: AlarmScale, alarms_per_day: float, general: float) -> tuple[float, ...]:
    """The score of each hour at which that many alarms a day are raised; `general` where nothing is known."""
    if not scale.busy:
        return (general,) * HOURS
    rates, scores = _ladder(scale)
    least = min(general, scale.base)
    return tuple(
        general if busy is None else max(least, float(np.interp(np.log(alarms_per_day / busy), rates, scores)))
        for busy in scale.busy
    )


def often_at(scale: AlarmScale, score: float, hour: int | None) -> float:
    """Alarms a day at a score, if the whole day were like this hour; None for one that nobody knows."""
    busy = scale.busy[hour] if scale.busy and hour is not None else None
    return scale.alarms_per_day(score) * (1.0 if busy is None else busy)


def _passings(reached: float, minutes: float) -> float:
    """How often a level is passed in a minute, if so many of these minutes reach it."""
    return -float(np.log1p(-min(reached / minutes, 1 - 0.5 / minutes))) if minutes else 0.0


@lru_cache(maxsize=8)
def _ladder(scale: AlarmScale) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Logarithms of alarms a day, rising, and the score of each."""
    return np.log(RUNGS), np.array([scale.threshold(rate).score for rate in RUNGS.tolist()])
