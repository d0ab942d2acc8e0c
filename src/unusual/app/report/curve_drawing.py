"""A score curve as numbers that a page can draw: an SVG path, and places in percent of its width and height.

The drawing is stretched to whatever width the page has, so words stand beside it, never in it: they keep their size.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from unusual.domain import Event, ScoreCurve, Truth
from unusual.scores.events import intervals_of, runs
from unusual.scores.wording import clock, time_marks, worth_drawing

WIDTH, HEIGHT = 1000, 200  # of the drawing, in its own units
_LABEL_ROOM = 4.0, 1.5  # percent of the width that an event's number takes: the disc, and each digit


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time. left, width: percent of the drawing; middle: where its number stands, None without room."""

    left: float
    width: float
    title: str
    middle: float | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """A place on an axis. at: percent of the width from the left, or of the height from the top."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class CurveDrawing:
    """What the page draws. path: the curve in a box of WIDTH x HEIGHT. top: its highest score.

    start, stop: the score that makes an event and the one below which it ends; None where the scale has none."""

    path: str  # "" where nothing was scored
    marks: tuple[Mark, ...]
    top: Mark
    start: Mark | None = None
    stop: Mark | None = None
    events: tuple[Span, ...] = ()
    truth: tuple[Span, ...] = ()


def draw_curve(
    curve: ScoreCurve,
    events: Sequence[Event] = (),
    truth: Truth | None = None,
    *,
    enter: float | None = None,
    leave: float | None = None,
) -> CurveDrawing:
    """Lay a curve out. enter, leave: the thresholds of events, None where the scale has none."""
    end_s = max(float(curve.times_s[-1]), 1e-3) if curve.times_s.size else 1.0
    finite = curve.scores[np.isfinite(curve.scores)]
    low = float(finite.min(initial=0.0))
    high = float(finite.max(initial=1.0 if enter is None else enter))
    high += 0.08 * (high - low or 1.0)  # air above the highest peak

    def level(score: float, name: str) -> Mark:
        return Mark(round(100 * (high - score) / (high - low), 2), f"{name} {score:.2f}".strip())

    return CurveDrawing(
        path=_path(curve, end_s, low, high),
        marks=tuple(Mark(round(100 * at / end_s, 2), label) for at, label in time_marks(end_s, 6)),
        top=level(float(finite.max(initial=low)), "highest"),
        start=None if enter is None else level(enter, "alarm"),
        stop=None if leave is None else level(leave, "an event ends below"),
        events=_event_spans(events, end_s),
        truth=_truth_spans(curve, truth, end_s),
    )


def _path(curve: ScoreCurve, end_s: float, low: float, high: float) -> str:
    kept = worth_drawing(curve.scores, WIDTH)
    x = np.round(curve.times_s[kept] / end_s * WIDTH, 1)
    y = np.round((high - curve.scores[kept]) / (high - low) * HEIGHT, 1)
    parts = []
    for first, last in runs(np.isfinite(y)):
        points = [f"{x[i]:g},{y[i]:g}" for i in range(first, last + 1)]
        parts.append("M" + "L".join(points if len(points) > 1 else points * 2))  # a lone point is drawn as a dot
    return "".join(parts)


def _event_spans(events: Sequence[Event], end_s: float) -> tuple[Span, ...]:
    spans: list[Span] = []
    taken = -100.0
    for number, event in enumerate(events, start=1):
        title = f"Event {number}: {clock(event.start_s)} to {clock(event.end_s)}, peak {event.peak_score:.2f}"
        span = _span(event.start_s, event.end_s, end_s, title)
        middle = span.left + span.width / 2
        fits = middle - taken >= _LABEL_ROOM[0] + _LABEL_ROOM[1] * len(str(number))
        taken = middle if fits else taken
        spans.append(Span(span.left, span.width, title, round(middle, 2) if fits else None))
    return tuple(spans)


def _truth_spans(curve: ScoreCurve, truth: Truth | None, end_s: float) -> tuple[Span, ...]:
    if truth is None:
        return ()
    frames = min(truth.abnormal.size, curve.times_s.size)
    return tuple(
        _span(i.start_s, i.end_s, end_s, f"Labelled unusual: {clock(i.start_s)} to {clock(i.end_s)}")
        for i in intervals_of(truth.abnormal[:frames], curve.times_s[:frames])
    )


def _span(start_s: float, stop_s: float, end_s: float, title: str) -> Span:
    left = min(100 * start_s / end_s, 99.5)
    return Span(round(left, 2), round(min(max(100 * (stop_s - start_s) / end_s, 0.5), 100 - left), 2), title)
