"""The pages that people look at."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Query, Request
from pydantic import Field
from starlette.responses import HTMLResponse, Response

from unusual.app.dashboard.desk import Asker, AtDesk, Desk, fresh
from unusual.app.dashboard.door.rights import Right
from unusual.app.dashboard.views.clip_curve import clip_curve
from unusual.app.dashboard.views.curves import column_s, day_track, hour_marks
from unusual.app.dashboard.views.shown import DAY_MIN, PAGE, Date, EventView, Part, Shown, view_of
from unusual.app.dashboard.views.sliders import slider_of
from unusual.app.dashboard.views.troubles import troubles_of
from unusual.app.dashboard.views.words import SILENT, VERDICTS, day_words
from unusual.errors import DataError
from unusual.store.events import EventFilter
from unusual.store.names import EVENT_ID
from unusual.store.rules.profiles import read_profiles

LATEST = 8  # events beside the cameras
MOST_MARKS = 500  # events of a camera in a day's timeline,
MOST_TROUBLES, LONGEST_TROUBLE_S = 1000, 30 * 86_400.0  # and of its health log, with what began before
DAYS_SHOWN = 14
router = APIRouter()
Minute = Annotated[Annotated[int, Field(ge=0, lt=DAY_MIN)] | None, Query()]
EventId = Annotated[str, Path(pattern=EVENT_ID)]
Cursor = Annotated[Annotated[str, Field(max_length=80)] | None, Query()]


@dataclass(frozen=True, slots=True)
class DayLink:
    """A day to go to. share: of the most eventful day's events."""

    day: date
    weekday: str
    events: int
    share: float


@router.get("/", response_class=HTMLResponse)
def cameras(desk: AtDesk, asker: Asker) -> Response:
    """Every camera as it is now, and the latest alarms."""
    views = [desk.camera(name) for name in desk.names()]
    alarms = Shown(alarms="only")
    latest = _views(desk, alarms, None, LATEST)[0]
    return desk.page(
        "cameras.html.j2",
        cameras=views,
        learnings=desk.learning(),
        shown=alarms,
        events=latest,
        profiles=list(_profiles(desk)),
        may_add=asker.right >= Right.ACT,
        under_way=desk.under_way(),
        silent=SILENT,
    )


@router.get("/events", response_class=HTMLResponse)
def events(desk: AtDesk, shown: Annotated[Shown, Query()], before: Cursor = None) -> Response:
    """The events that pass the filters, newest first."""
    views, older = _views(desk, shown, before, PAGE)
    return desk.page("events.html.j2", shown=shown, events=views, older=older, first=before is None, names=desk.names())


@router.get("/events/rows")
def rows(
    request: Request, desk: AtDesk, shown: Annotated[Shown, Query()], most: Annotated[int, Query()] = PAGE
) -> Response:
    """The newest rows of the list alone, for a page that is open: sent only when they have changed."""
    views = _views(desk, shown, None, min(max(most, 1), PAGE))[0]
    return fresh(request, desk.render("rows.html.j2", shown=shown, events=views), "text/html")


@router.get("/events/{event}", response_class=HTMLResponse)
def one_event(desk: AtDesk, event: EventId, shown: Annotated[Shown, Query()]) -> Response:
    """One event: clip, curve, pictures, words, review."""
    stored = desk.store.get(event)
    if stored is None:
        raise HTTPException(404, "this event is gone, or never was")
    newer, older = desk.store.neighbours(event, shown.filter(desk))
    curve = clip_curve(desk.home, stored)
    return desk.page(
        "event.html.j2",
        event=view_of(stored, desk),
        shown=shown,
        newer=newer,
        older=older,
        curve=curve,
        verdicts=VERDICTS.values(),
    )


@router.get("/timeline", response_class=HTMLResponse)
def today(desk: AtDesk) -> Response:
    """The day that it is."""
    return timeline(desk, desk.today())


@router.get("/timeline/{day}", response_class=HTMLResponse)
def timeline(desk: AtDesk, day: Date, at: Minute = None, close: bool = False) -> Response:
    """A day of every camera: its highest scores, its events; or, closer, the part of it that minute `at` is in."""
    part = None if at is None else Part.around(day, at, close=close)
    span = (part or Part(day, 0, DAY_MIN)).span(desk.zone)
    tracks = []
    for name in desk.names():
        found = desk.store.list(EventFilter(camera=name, since_utc=span[0], until_utc=span[1]), most=MOST_MARKS)
        live = desk.live(name)
        told = [(event, view_of(event, desk)) for event in reversed(found)]
        track = day_track(desk.home, name, span, told, live.threshold if live else None, desk.zone)
        log = desk.store.health.list(name, span[0] - LONGEST_TROUBLE_S, span[1], MOST_TROUBLES)
        tracks.append((track, troubles_of(log, span, live.utc if live else 0.0, desk.zone)))
    now = 100 * (time.time() - span[0]) / (span[1] - span[0])
    return desk.page(
        "timeline.html.j2",
        day=day,
        part=part,
        title=day_words(day, desk.today()),
        long=day_words(day, date.min),
        before=day - timedelta(days=1),
        after=day + timedelta(days=1) if day < desk.today() else None,
        days=_around(desk, day),
        now=round(now, 3) if 0 <= now < 100 else None,
        hours=hour_marks(span, desk.zone),
        each={60: "minute"}.get(column_s(span), f"{column_s(span)} s"),
        tracks=tracks,
    )


@router.get("/settings", response_class=HTMLResponse)
def settings(desk: AtDesk) -> Response:
    """How often each camera may raise an alarm."""
    return desk.page("settings.html.j2", sliders=[slider_of(desk, name) for name in desk.names()])


def _profiles(desk: Desk) -> Mapping[str, object]:
    try:
        return read_profiles(desk.home)
    except DataError:  # said by whoever wants to change them
        return {}


def _views(desk: Desk, shown: Shown, before: str | None, most: int) -> tuple[list[EventView], str | None]:
    """Events in words, and the cursor of those behind them; None at the end."""
    try:
        found = desk.store.list(shown.filter(desk), before, most + 1)
    except DataError as error:
        if before is None:
            raise
        raise HTTPException(404, str(error)) from error
    return [view_of(event, desk) for event in found[:most]], found[most - 1].cursor if len(found) > most else None


def _around(desk: Desk, day: date) -> list[DayLink]:
    """Two weeks up to a day or, if that is later, to today, with how many events each had."""
    last = min(desk.today(), day + timedelta(days=7))
    days = [last - timedelta(days=number) for number in reversed(range(DAYS_SHOWN))]
    counts = {one.date: one.events for one in desk.store.days(None, desk.zone)}
    most = max(1, *(counts.get(one, 0) for one in days))
    return [DayLink(one, f"{one:%a}", counts.get(one, 0), counts.get(one, 0) / most) for one in days]
