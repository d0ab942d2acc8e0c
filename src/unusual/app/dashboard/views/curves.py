"""Curves as a page draws them: of an event's clip, and of a day. Places are percent of the drawing."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from unusual.app.dashboard.views.words import moment, score_words
from unusual.app.report.curve_drawing import HEIGHT, draw_curve
from unusual.domain import ScoreCurve
from unusual.errors import DataError
from unusual.scores.events import runs
from unusual.scores.wording import clock, duration
from unusual.store.events import StoredEvent
from unusual.store.home import Home
from unusual.store.live import Curve, read_curve
from unusual.store.scorelog import read_scores

if TYPE_CHECKING:  # it would load the server
    from unusual.app.dashboard.views.shown import EventView

LONGEST_CLIP_S = 3600.0
HIGHEST = 2.5  # alarm levels that a day's drawing is high, at most
MARK = 0.28  # percent of a day's width: as narrow as an event may be drawn


@dataclass(frozen=True, slots=True)
class ClipCurve:
    """The score under a clip. path, area: in a box of WIDTH x HEIGHT. points: JSON, [[seconds, score], ...].

    left, width: of the event itself. limit: the alarm level, None where the clip does not say it."""

    end_s: float
    end_words: str
    path: str
    area: str
    points: str
    left: float
    width: float
    limit: float | None
    limit_words: str


def clip_curve(home: Home, event: StoredEvent) -> ClipCurve | None:
    """Lay out an event's curve.json; None where there is none, or nothing in it."""
    told = read_curve(home.event(event.id))
    if told is None:
        return None
    try:
        curve = _during(told)
    except DataError:  # its times are none
        return None
    end_s = told.end_utc - told.start_utc
    if not 0 < end_s <= LONGEST_CLIP_S or not np.isfinite(curve.scores).any():
        return None
    limit = told.threshold if told.threshold is not None and np.isfinite(told.threshold) else None
    drawing = draw_curve(curve, enter=limit)
    left = float(np.clip((event.start_utc - told.start_utc) / end_s, 0, 1))
    right = float(np.clip(((event.end_utc or told.end_utc) - told.start_utc) / end_s, left, 1))
    known = [
        [round(t, 2), round(s, 2)] for t, s in zip(curve.times_s.tolist(), curve.scores.tolist(), strict=True) if s == s
    ]
    return ClipCurve(
        end_s=round(end_s, 2),
        end_words=clock(end_s, tenths=True),
        path=drawing.path,
        area=filled(drawing.path, HEIGHT),
        points=json.dumps(known, separators=(",", ":")),
        left=round(100 * left, 2),
        width=round(max(100 * (right - left), 0.4), 2),
        limit=None if drawing.start is None else drawing.start.at,
        limit_words=score_words(limit),
    )


def filled(path: str, ground: float) -> str:
    """The area under a curve of straight lines: each stretch of "M…L…" closed along the ground.

    >>> filled("M0,5L10,2", 20)
    'M0,20L0,5L10,2L10,20Z'
    """
    stretches = [stretch.split("L") for stretch in path.split("M") if stretch]
    return "".join(
        f"M{points[0].split(',')[0]},{ground:g}L{'L'.join(points)}L{points[-1].split(',')[0]},{ground:g}Z"
        for points in stretches
    )


@dataclass(frozen=True, slots=True)
class DayMark:
    """An event in a day's strip. left, width: percent."""

    left: float
    width: float
    event: "EventView"


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
    events: Sequence[tuple[StoredEvent, "EventView"]],
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


def _during(told: Curve) -> ScoreCurve:
    """The scores of the clip, from its first frame to its last, so that the drawing is as long as the clip."""
    rows = sorted({told.end_utc: None, **{t: s for t, s in told.scores if told.start_utc <= t <= told.end_utc}}.items())
    times = np.array([utc - told.start_utc for utc, _ in rows], np.float64)
    scores = np.array([np.nan if score is None else score for _, score in rows], np.float64)
    return ScoreCurve("clip", "live", times, scores)


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
