"""A camera's day as a page draws it. Places are percent of the drawing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo

import numpy as np
from numpy.typing import NDArray

from unusual.app.dashboard.views.clip_curve import filled
from unusual.app.dashboard.views.shown import EventView
from unusual.app.dashboard.views.words import moment
from unusual.errors import DataError
from unusual.scores.events import runs
from unusual.scores.wording import duration
from unusual.store.events import StoredEvent
from unusual.store.home import Home
from unusual.store.scorelog import read_scores

HIGHEST = 2.5  # alarm levels that a day's drawing is high, at most
MARK = 0.28  # percent of a day's width: as narrow as an event may be drawn


@dataclass(frozen=True, slots=True)
class DayMark:
    """An event in a day's strip. left, width: percent."""

    left: float
    width: float
    event: EventView


@dataclass(frozen=True, slots=True)
class DayTrack:
    """A camera's day, or a part of it. watched, area: what was scored, and how high, in a box of `columns` x 100.

    limit: as in ClipCurve. words: how long it was watched, and its highest score."""

    camera: str
    columns: int
    watched: str
    area: str
    limit: float | None
    marks: tuple[DayMark, ...]
    words: str


def day_track(
    home: Home,
    camera: str,
    span: tuple[float, float],
    events: Sequence[tuple[StoredEvent, EventView]],
    threshold: float | None,
    zone: tzinfo,
) -> DayTrack:
    """Lay out a camera's day, or a part of it, from and until UTC seconds.

    events: in order of time. threshold: of its alarms now.
    """
    since, until = span
    step_s = column_s(span)
    columns = max(1, round((until - since) / step_s))
    highest = _by_column(home, camera, since, columns, step_s)
    known = np.isfinite(highest)
    top = 1.08 * max([1.0, *highest[known], threshold or 0.0])
    if threshold and threshold > 0:
        top = min(top, HIGHEST * threshold)  # a peak may leave the drawing: its event says how high it is
    y = np.round(100 - 100 * np.clip(highest / top, 0, 1), 1)
    path = "".join(
        "M" + "L".join(f"{x:g},{y[i]:g}" for i in range(first, last + 1) for x in (i, i + 1))
        for first, last in runs(known)
    )
    marks = []
    for stored, view in events:
        left = 100 * (stored.start_utc - since) / (until - since)
        seconds = (stored.end_utc or stored.start_utc) - stored.start_utc
        width = min(max(100 * seconds / (until - since), MARK), 100 - left)
        marks.append(DayMark(round(left, 3), round(width, 3), view))
    return DayTrack(
        camera=camera,
        columns=columns,
        watched="".join(f"M{first},0H{last + 1}V100H{first}Z" for first, last in runs(known)),
        area=filled(path, 100),
        limit=round(100 - 100 * threshold / top, 2) if threshold and threshold > 0 else None,
        marks=tuple(marks),
        words=_day_words(highest, since, step_s, zone),
    )


def column_s(span: tuple[float, float]) -> int:
    """Seconds of which the highest score is drawn: the shorter the span, the fewer.

    >>> [column_s((0, hours * 3600)) for hours in (24, 3, 0.5)]
    [60, 10, 2]
    """
    hours = (span[1] - span[0]) / 3600
    return 60 if hours > 6 else 10 if hours > 1 else 2


def hour_marks(span: tuple[float, float], zone: tzinfo) -> list[tuple[float, str, int]]:
    """Where round times stand in a day, which may have 23 or 25 hours, or a part: percent, "06:00", its minute."""
    since, until = span
    step_s, every_min = (3600.0, 180) if until - since > 6 * 3600 else (300.0, 30 if until - since > 3600 else 5)
    times = [(at, moment(at, zone)) for at in np.arange(since, until, step_s).tolist()]
    return [
        (round(100 * (at - since) / (until - since), 3), f"{t:%H:%M}", 60 * t.hour + t.minute)
        for at, t in times
        if (60 * t.hour + t.minute) % every_min == 0
    ]


def _by_column(home: Home, camera: str, since: float, columns: int, step_s: int) -> NDArray[np.float64]:
    """(columns,) the highest score of each step_s seconds, NaN where nothing was scored."""
    highest = np.full(columns, -np.inf)
    try:
        lines = read_scores(home, camera, since, since + step_s * columns)
    except DataError:
        return np.full(columns, np.nan)
    finite = np.isfinite(lines.scores)
    at = ((lines.times_utc[finite] - since) // step_s).astype(int)
    np.maximum.at(highest, at, lines.scores[finite])
    return np.where(np.isfinite(highest), highest, np.nan)


def _day_words(highest: NDArray[np.float64], since: float, step_s: int, zone: tzinfo) -> str:
    known = np.isfinite(highest)
    if not known.any():
        return f"Not watched {'on this day' if step_s == 60 else 'then'}."
    best = int(np.nanargmax(highest))
    watched = duration(float(known.sum() * step_s))
    at = f"{moment(since + step_s * best, zone):{'%H:%M' if step_s == 60 else '%H:%M:%S'}}"
    return f"{watched} watched. Highest score {highest[best]:.2f} at {at}."
