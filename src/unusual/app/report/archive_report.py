"""One HTML file of a whole archive, of a size that does not grow with it. Nothing in it points outside the file."""

import math
from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np

from unusual.app.pages import page
from unusual.files import write_text
from unusual.run.archive.manifest import FilmRow
from unusual.run.archive.past.days import CameraDay
from unusual.run.archive.past.gather import CameraPast
from unusual.run.archive.past.tables import ArchiveEvent
from unusual.run.archive.work import Quarantined
from unusual.scores.wording import duration
from unusual.store.home import Home
from unusual.video.pictures import draw_box, jpeg, resize_to_fit

MOST_MOMENTS, MOST_CAMERAS, MOST_CELLS, MOST_LISTED, MOST_GAPS = 100, 60, 372, 200, 10
PICTURE_WIDTH, PICTURE_QUALITY = 400, 75
GAP_S = 60.0  # without video, from which a gap is told
DRIFT_DAYS, DRIFTED = 14, 0.5  # from which on drift can be told; a rise of ordinary live scores that is worth a word
COLOURS = 8  # steps of the calendar's scale


@dataclass(frozen=True, slots=True)
class ArchiveView:
    """What the report is made of. films: that were not used as they are; zone: of its days and times."""

    pasts: Sequence[CameraPast]
    films: Sequence[FilmRow]
    given_up: Sequence[Quarantined]
    home: Home
    zone: tzinfo

    @property
    def headline(self) -> str:
        """What came out, in a line."""
        events = sum(len(past.events) for past in self.pasts)
        hours = sum(day.hours for past in self.pasts for day in past.days)
        cameras = _count(len(self.pasts), "camera")
        return f"{_count(events, 'unusual event') if events else 'Nothing unusual'} in {hours:,.1f} h of {cameras}"


@dataclass(frozen=True, slots=True)
class _Cell:
    level: int  # of the colour, 0 to COLOURS; -1: nothing was seen
    title: str


@dataclass(frozen=True, slots=True)
class _CameraRow:
    name: str
    cells: tuple[_Cell, ...]
    hours: str
    events: int
    said: str
    frames: str
    gaps: tuple[str, ...]
    drift: str


@dataclass(frozen=True, slots=True)
class _MomentView:
    number: int
    camera: str
    when: str
    lasted: str
    score: str
    often: str
    why: str
    place: str
    picture: str  # data: address, "" of none


def write_archive_report(path: Path, view: ArchiveView) -> None:
    """Write the report. Raises OutputError."""
    columns, words = _columns(view.pasts)
    shown = view.pasts[:MOST_CAMERAS]
    events = sorted((e for past in view.pasts for e in past.events), key=lambda e: -e.event.peak_score)
    lost = [film for film in view.films if film.state == "unreadable"]
    others = [film for film in view.films if film.state != "unreadable"]
    partly = [trouble for past in view.pasts for trouble in past.troubles]
    html = page(
        "archive.html.j2",
        headline=view.headline,
        summary=_summary(view, len(events)),
        cameras=[_camera_row(past, columns, view.zone) for past in shown],
        more_cameras=len(view.pasts) - len(shown),
        columns=words,
        colours=range(COLOURS + 1),
        moments=[_moment(e, n, view) for n, e in enumerate(events[:MOST_MOMENTS], start=1)],
        more_moments=max(0, len(events) - MOST_MOMENTS),
        given_up=[(f"{each.stream}: {', '.join(each.files[:3])}", each.why) for each in view.given_up[:MOST_LISTED]],
        lists=[
            _listed("Could not be read", [(film.path, film.words) for film in lost]),
            _listed("Could be read in part", [(trouble.path, trouble.words) for trouble in partly]),
            _listed("Not counted twice, and other remarks", [(film.path, film.words) for film in others]),
        ],
    )
    write_text(path, html.encode("utf-8", "replace").decode("utf-8"))


def _summary(view: ArchiveView, events: int) -> str:
    frames, lost = sum(past.frames for past in view.pasts), sum(past.lost for past in view.pasts)
    unscored = sum(past.unscored for past in view.pasts)
    said = [f"{frames:,} frames were read", f"{lost:,} that files promise did not come"]
    if unscored:
        said.append(f"{unscored:,} stand in stretches too short to be judged")
    return f"{'; '.join(said)}. {_count(events, 'event')} in all, in events.csv and the dashboard."


def _columns(pasts: Sequence[CameraPast]) -> tuple[list[tuple[date, date]], list[str]]:
    """The calendar's columns, days or as many days each as keep it small, from first to last; and their words."""
    days = [day.day for past in pasts for day in past.days]
    if not days:
        return [], []
    first, last = min(days), max(days)
    step = max(1, math.ceil(((last - first).days + 1) / MOST_CELLS))
    starts = [first + timedelta(n) for n in range(0, (last - first).days + 1, step)]
    columns = [(start, start + timedelta(step)) for start in starts]
    return columns, [f"{start:%d %b %Y}" for start in (starts[0], starts[len(starts) // 2], starts[-1])]


def _camera_row(past: CameraPast, columns: Sequence[tuple[date, date]], zone: tzinfo) -> _CameraRow:
    hours = sum(day.hours for day in past.days)
    frames = f"{past.frames:,} frames" + (f", {past.lost:,} did not come" if past.lost else "")
    return _CameraRow(
        past.camera,
        tuple(_cell(past, first, last) for first, last in columns),
        f"{hours:,.1f} h",
        len(past.events),
        past.said,
        frames,
        tuple(_gaps(past, zone)),
        _drift(past.days),
    )


def _cell(past: CameraPast, first: date, last: date) -> _Cell:
    days = [day for day in past.days if first <= day.day < last]
    when = f"{first}" if (last - first).days == 1 else f"{first} to {last - timedelta(1)}"
    if not days:
        return _Cell(-1, f"{past.camera}, {when}: nothing was seen")
    worst, events = max(day.worst for day in days), sum(day.events for day in days)
    share = worst / past.enter if past.enter > 0 else worst
    level = int(np.clip(math.ceil(share * COLOURS / 2), 0, COLOURS)) if math.isfinite(share) else 0
    hours = sum(day.hours for day in days)
    return _Cell(level, f"{past.camera}, {when}: worst {worst:.2f}, {_count(events, 'event')}, {hours:.1f} h")


def _gaps(past: CameraPast, zone: tzinfo) -> Iterator[str]:
    """The longest stretches without video between the first and the last."""
    covered: list[list[float]] = []
    for first, last in sorted(past.stretches):
        if covered and first <= covered[-1][1]:
            covered[-1][1] = max(covered[-1][1], last)
        else:
            covered.append([first, last])
    gaps = [(two[0] - one[1], one[1]) for one, two in pairwise(covered) if two[0] - one[1] >= GAP_S]
    for length, since in sorted(gaps, reverse=True)[:MOST_GAPS]:
        yield f"{duration(length)} from {_moment_words(since, zone)}"
    if len(gaps) > MOST_GAPS:
        yield f"and {len(gaps) - MOST_GAPS} shorter ones, {duration(sum(length for length, _ in gaps))} in all"


def _drift(days: Sequence[CameraDay]) -> str:
    """Whether ordinary scores of the last quarter of the days lie where those of the first quarter did."""
    known = [day for day in days if math.isfinite(day.ordinary)]
    if len(known) < DRIFT_DAYS:
        return f"too few days to tell: {len(known)}, from {DRIFT_DAYS} on it can be seen"
    part = len(known) // 4
    before, now = (float(np.median([d.ordinary for d in some])) for some in (known[:part], known[-part:]))
    said = f"ordinary scores went from {before:.2f} to {now:.2f}"
    if now - before > DRIFTED:
        return f"{said}: the place is not what was learnt any more, learn it again"
    return f"{said}: the model still fits"


def _moment(each: ArchiveEvent, number: int, view: ArchiveView) -> _MomentView:
    event, (path, at_s) = each.event, each.place
    days = 1 / max(each.per_day, 1e-4)
    often = f"once in {days:,.0f} days" if days > 1 else f"{each.per_day:.1f} times a day"
    return _MomentView(
        number,
        each.camera,
        _moment_words(each.start_utc, view.zone),
        duration(event.end_s - event.start_s),
        f"{event.peak_score:.2f}",
        f"reached about {often}",
        event.why,
        f"{path}, {at_s:.1f} s",
        _picture(each, view.home),
    )


def _picture(each: ArchiveEvent, home: Home) -> str:
    bgr = cv2.imread(str(home.event(each.id) / "real.jpg"))
    if bgr is None:
        return ""
    rgb = resize_to_fit(np.ascontiguousarray(bgr[..., ::-1], np.uint8), PICTURE_WIDTH, PICTURE_WIDTH)
    boxed = draw_box(rgb, each.event.region) if each.event.region else rgb
    return f"data:image/jpeg;base64,{b64encode(jpeg(boxed, PICTURE_QUALITY)).decode('ascii')}"


def _listed(title: str, rows: Sequence[tuple[str, str]]) -> tuple[str, int, Sequence[tuple[str, str]]]:
    return title, len(rows), rows[:MOST_LISTED]


def _moment_words(utc: float, zone: tzinfo) -> str:
    return f"{datetime.fromtimestamp(utc, zone):%a %d %b %Y, %H:%M:%S}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
