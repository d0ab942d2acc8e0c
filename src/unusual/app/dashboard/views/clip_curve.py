"""The score under an event's clip as a page draws it. Places are percent of the drawing."""

import json
from dataclasses import dataclass

import numpy as np

from unusual.app.dashboard.views.words import score_words
from unusual.app.report.curve_drawing import HEIGHT, draw_curve
from unusual.domain import ScoreCurve
from unusual.errors import DataError
from unusual.scores.wording import clock
from unusual.store.events import StoredEvent
from unusual.store.home import Home
from unusual.store.live import Curve, read_curve

LONGEST_CLIP_S = 3600.0


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


def _during(told: Curve) -> ScoreCurve:
    """The scores of the clip, from its first frame to its last, so that the drawing is as long as the clip."""
    rows = sorted({told.end_utc: None, **{t: s for t, s in told.scores if told.start_utc <= t <= told.end_utc}}.items())
    times = np.array([utc - told.start_utc for utc, _ in rows], np.float64)
    scores = np.array([np.nan if score is None else score for _, score in rows], np.float64)
    return ScoreCurve("clip", "live", times, scores)
