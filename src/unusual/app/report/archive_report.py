"""One HTML file of a whole archive, of a size that does not grow with it. Nothing in it points outside the file."""

import math
import os
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
from unusual.video.source import printable

MOST_MOMENTS, MOST_CAMERAS, MOST_CELLS, MOST_LISTED, MOST_GAPS = 100, 60, 372, 200, 10
PICTURE_WIDTH, PICTURE_QUALITY = 400, 75
GAP_S = 60.0  # without video, from which a gap is told
MOST_A_DAY = 48  # from which on hours are told
RAREST_A_DAY = 1 / 365  # no footage that is learnt tells more
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
        return f"{_count(events, 'unusual event') if events else 'Nothing unusual'} in {_hours(hours)} of {cameras}"


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
    drifted: str  # the path of ordinary scores over the columns, see `_drift_path`


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
    columns = _columns(view.pasts)
    events = sorted((e for past in view.pasts for e in past.events), key=lambda e: -e.event.peak_score)
    lists = _lists(view)
    shown = [row[0] for _, _, rows in lists for row in rows]
    root = _common_folder([*shown, *(event.place[0] for event in events[:MOST_MOMENTS])])
    html = page(
        "archive.html.j2",
        headline=view.headline,
        summary=_summary(view, len(events)),
        cameras=[_camera_row(past, columns, view.zone) for past in view.pasts[:MOST_CAMERAS]],
        more_cameras=max(0, len(view.pasts) - MOST_CAMERAS),
        columns=_columns_words(columns),
        zone=str(view.zone),
        colours=range(COLOURS + 1),
        moments=[_moment(e, n, view, root) for n, e in enumerate(events[:MOST_MOMENTS], start=1)],
        more_moments=max(0, len(events) - MOST_MOMENTS),
        given_up=[(f"{each.stream}: {', '.join(each.files[:3])}", each.why) for each in view.given_up[:MOST_LISTED]],
        lists=[(title, count, [(_below(file, root), why) for file, why in rows]) for title, count, rows in lists],
        root=printable(root),
    )
    write_text(path, html.encode("utf-8", "replace").decode("utf-8"))


def _lists(view: ArchiveView) -> list[tuple[str, int, Sequence[tuple[str, str]]]]:
    """Files of which something is to be said: a title, how many there are, and the first of them with their reason."""
    lost = [(film.path, film.words) for film in view.films if film.state == "unreadable"]
    partly = [(trouble.path, trouble.words) for past in view.pasts for trouble in past.troubles]
    others = [(film.path, film.words) for film in view.films if film.state != "unreadable"]
    titles = ("Could not be read", "Could be read in part", "Not counted twice, and other remarks")
    return [(title, len(rows), rows[:MOST_LISTED]) for title, rows in zip(titles, (lost, partly, others), strict=True)]


def _common_folder(paths: Sequence[str]) -> str:
    """The folder below which all these files lie; "" where that is no more than the root of all."""
    common = os.path.commonpath([os.path.dirname(path) for path in paths]) if paths else ""  # noqa: PTH120
    return "" if common == os.sep else common


def _below(path: str, root: str) -> str:
    return printable(path.removeprefix(root + os.sep) if root else path)


def _summary(view: ArchiveView, events: int) -> str:
    frames, lost = sum(past.frames for past in view.pasts), sum(past.lost for past in view.pasts)
    unscored = sum(past.unscored for past in view.pasts)
    missing = f"{lost:,} that files promise did not come" if lost else "none that files promise is missing"
    said = [f"{frames:,} frames were read", missing]
    if unscored:
        said.append(f"{unscored:,} {'stands' if unscored == 1 else 'stand'} in stretches too short to be judged")
    return f"{'; '.join(said)}. {_count(events, 'event')} in all, in events.csv and the dashboard."


def _columns(pasts: Sequence[CameraPast]) -> list[tuple[date, date]]:
    """The calendar's columns, days or as many days each as keep it small, from first to last."""
    days = [day.day for past in pasts for day in past.days]
    if not days:
        return []
    first, last = min(days), max(days)
    step = max(1, math.ceil(((last - first).days + 1) / MOST_CELLS))
    starts = [first + timedelta(n) for n in range(0, (last - first).days + 1, step)]
    return [(start, start + timedelta(step)) for start in starts]


def _columns_words(columns: Sequence[tuple[date, date]]) -> str:
    if not columns:
        return "Nothing was seen"
    (first, after), last = columns[0], columns[-1][0]
    each = "a day" if (after - first).days == 1 else f"{(after - first).days} days"
    return f"A column is {each}, from {first:%d %b %Y} to {last:%d %b %Y}"


def _camera_row(past: CameraPast, columns: Sequence[tuple[date, date]], zone: tzinfo) -> _CameraRow:
    hours = sum(day.hours for day in past.days)
    seen = _in_columns(past.days, columns)
    frames = f"{past.frames:,} frames" + (f", {past.lost:,} did not come" if past.lost else "")
    return _CameraRow(
        past.camera,
        tuple(_cell(past, days, column) for days, column in zip(seen, columns, strict=True)),
        _hours(hours),
        len(past.events),
        past.said,
        frames,
        tuple(_gaps(past, zone)),
        _drift(past.days),
        _drift_path(past.enter, seen),
    )


def _in_columns(days: Sequence[CameraDay], columns: Sequence[tuple[date, date]]) -> list[list[CameraDay]]:
    """The days of each column."""
    found = [list[CameraDay]() for _ in columns]
    for day in days:
        first, after = columns[0]
        found[(day.day - first) // (after - first)].append(day)
    return found


def _cell(past: CameraPast, days: Sequence[CameraDay], column: tuple[date, date]) -> _Cell:
    first, last = column
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
        yield f"and {len(gaps) - MOST_GAPS} shorter ones; all together {duration(sum(length for length, _ in gaps))}"


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


def _drift_path(enter: float, seen: Sequence[Sequence[CameraDay]]) -> str:
    """An SVG path in a box of one unit a column, 20 high: ordinary scores, the level of an event on top; "" of few."""
    known: list[tuple[float, float]] = []
    for number, days in enumerate(seen):
        if scores := [day.ordinary for day in days if math.isfinite(day.ordinary)]:
            known.append((number + 0.5, float(np.median(scores))))
    if len(known) < DRIFT_DAYS:
        return ""
    top = max(enter, *(score for _, score in known))
    return "M" + " L".join(f"{at:.1f} {20 - 20 * max(score, 0.0) / top:.2f}" for at, score in known)


def _moment(each: ArchiveEvent, number: int, view: ArchiveView, root: str) -> _MomentView:
    event, (path, at_s) = each.event, each.place
    return _MomentView(
        number,
        each.camera,
        _moment_words(each.start_utc, view.zone),
        duration(event.end_s - event.start_s),
        f"{event.peak_score:.2f}",
        f"reached {_often(each.per_day)}",
        event.why,
        f"{_below(path, root)}, {at_s:.1f} s",
        _picture(each, view.home),
    )


def _often(per_day: float) -> str:
    if per_day >= MOST_A_DAY:
        return f"about {per_day / 24:.0f} times an hour"
    if per_day < RAREST_A_DAY:
        return "less than once a year"
    return f"about once in {1 / per_day:.0f} days" if per_day < 1 else f"about {per_day:.0f} times a day"


def _picture(each: ArchiveEvent, home: Home) -> str:
    bgr = cv2.imread(str(home.event(each.id) / "real.jpg"))
    if bgr is None:
        return ""
    rgb = resize_to_fit(np.ascontiguousarray(bgr[..., ::-1], np.uint8), PICTURE_WIDTH, PICTURE_WIDTH)
    boxed = draw_box(rgb, each.event.region) if each.event.region else rgb
    return f"data:image/jpeg;base64,{b64encode(jpeg(boxed, PICTURE_QUALITY)).decode('ascii')}"


def _moment_words(utc: float, zone: tzinfo) -> str:
    return f"{datetime.fromtimestamp(utc, zone):%a %d %b %Y, %H:%M:%S}"


def _hours(hours: float) -> str:
    return duration(3600 * hours) if 0 < hours < 1 else f"{hours:,.1f} h"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
