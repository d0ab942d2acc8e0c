"""An archive day by day: how much of it was seen, how far the scores went, and how the ordinary ones drift."""

import math
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo

import numpy as np

from unusual.domain import ScoreCurve
from unusual.errors import DataError
from unusual.scores.alarms import AlarmScale, fit_alarm_scale
from unusual.scores.by_hour import with_hours

STEP_S = 5.0  # of the highest scores that are kept of a stream: alarms are told by blocks of ten seconds and more


@dataclass(frozen=True, slots=True)
class CameraDay:
    """A camera's day. hours: that were scored. worst: live score, NaN of none. ordinary, rare: quantiles, 50 and 99 %,
    of the highest scores of five seconds each: where both rise over the weeks, the place is not what was learnt."""

    day: date
    hours: float
    worst: float
    ordinary: float
    rare: float
    events: int = 0


@dataclass(slots=True)
class Days:
    """Takes the frames of a camera's streams. zone: of the days. curves: of streams, in seconds since 1970 (UTC)."""

    zone: tzinfo = UTC
    curves: list[ScoreCurve] = field(default_factory=list)
    _hours: dict[date, float] = field(default_factory=dict)
    _highest: dict[date, "array[float]"] = field(default_factory=dict)
    _times: "array[float]" = field(default_factory=lambda: array("d"))
    _scores: "array[float]" = field(default_factory=lambda: array("d"))
    _step: int = -1
    _zero_utc: float = 0.0  # of the stream's time

    def add(self, time_s: float, utc: float, score: float, period_s: float) -> None:
        """Take a frame of a stream: its time there, when that was, its live score, and how long it stood."""
        if math.isnan(score):
            return
        step = math.floor(time_s / STEP_S)
        if step == self._step:
            self._scores[-1] = max(self._scores[-1], score)
        else:
            self._close(utc - period_s)
            self._step, self._zero_utc = step, utc - time_s
            self._times.append(step * STEP_S)
            self._scores.append(score)
        day = self._day_of(utc)
        self._hours[day] = self._hours.get(day, 0.0) + period_s / 3600

    def end_stream(self, name: str, utc: float) -> None:
        """The stream has ended, or the frames go on after a gap."""
        self._close(utc)
        if self._times:
            self.curves.append(ScoreCurve(name, "live", self._zero_utc + np.array(self._times), np.array(self._scores)))
        self._times, self._scores, self._step = array("d"), array("d"), -1

    def alarm_scale(self) -> AlarmScale | None:
        """How often these scores reach what, and at which hours; None where there are too few."""
        try:
            return with_hours(fit_alarm_scale(self.curves), self.curves, self.zone)
        except DataError:
            return None

    def told(self, events_utc: Sequence[float]) -> list[CameraDay]:
        """The days in order. events_utc: when events began."""
        counts: dict[date, int] = {}
        for utc in events_utc:
            counts[self._day_of(utc)] = counts.get(self._day_of(utc), 0) + 1
        days = []
        for day in sorted(self._hours):
            highest = np.array(self._highest.get(day, [math.nan]))
            ordinary, rare = (float(q) for q in np.quantile(highest, [0.5, 0.99]))
            days.append(CameraDay(day, self._hours[day], float(highest.max()), ordinary, rare, counts.get(day, 0)))
        return days

    def _close(self, utc: float) -> None:
        if self._step >= 0:
            self._highest.setdefault(self._day_of(utc), array("d")).append(self._scores[-1])

    def _day_of(self, utc: float) -> date:
        return datetime.fromtimestamp(utc, self.zone).date()
