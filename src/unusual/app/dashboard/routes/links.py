"""What an alert's link opens without a log-in; the guard has seen that it holds. Nothing else is shown here.

To snooze takes a button: programs that look at all links of a message ask with GET, and change nothing.
"""

import time
from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Request
from starlette.responses import HTMLResponse, Response

from unusual.app.alerts.enclosures import Enclosures
from unusual.app.dashboard.desk import AtDesk, Desk
from unusual.app.dashboard.routes.feed import media
from unusual.app.dashboard.routes.pages import EventId
from unusual.app.dashboard.views.shown import view_of
from unusual.app.links import LINKS, MOST_MINUTES
from unusual.scores.wording import duration
from unusual.store.events import StoredEvent
from unusual.store.media import CLIP
from unusual.store.settings import Setting

router = APIRouter(prefix=LINKS.rstrip("/"))
AGAIN_S = "5"  # until a browser asks again for what is not there yet
Minutes = Annotated[int, Path(ge=1, le=MOST_MINUTES)]


@router.get("/{event}/picture.jpg")
def picture(desk: AtDesk, event: EventId) -> Response:
    """An event's picture, with its box."""
    found = Enclosures(desk.store).picture(event)
    if found is None:
        raise _not_yet(_event(desk, event))
    return Response(found.content, media_type=found.kind)


@router.get("/{event}/clip.mp4")
def clip(request: Request, desk: AtDesk, event: EventId) -> Response:
    """An event's clip, or the part of it that a player asks for."""
    if CLIP not in (stored := _event(desk, event)).media:
        raise _not_yet(stored)
    return media(request, desk, event, CLIP)


@router.get("/{event}/snooze/{minutes}", response_class=HTMLResponse)
def ask_to_snooze(desk: AtDesk, event: EventId, minutes: Minutes) -> Response:
    """The page that asks whether its camera's alerts are to be held back."""
    return _page(desk, _event(desk, event), minutes)


@router.post("/{event}/snooze/{minutes}", response_class=HTMLResponse)
def snooze(desk: AtDesk, event: EventId, minutes: Minutes) -> Response:
    """Hold them back; who has already asked for longer gets that."""
    stored, now = _event(desk, event), time.time()
    until = max(now + 60 * minutes, desk.store.settings.get(stored.camera, Setting.MUTED_UNTIL) or 0.0)
    desk.store.settings.set(stored.camera, Setting.MUTED_UNTIL, until)
    words = f"alerts are held back until {desk.moment(until):%Y-%m-%d %H:%M}, as a link of an alert asked for"
    desk.store.health.add(stored.camera, now, "snoozed", words)
    return _page(desk, stored, minutes)


def _page(desk: Desk, event: StoredEvent, minutes: int) -> Response:
    return desk.page(
        "snooze.html.j2", event=view_of(event, desk), length=duration(60 * minutes), muted=desk.muted(event.camera)
    )


def _event(desk: Desk, event_id: str) -> StoredEvent:
    stored = desk.store.get(event_id)
    if stored is None:
        raise HTTPException(404, "this event is gone, or never was")
    return stored


def _not_yet(event: StoredEvent) -> HTTPException:
    if event.end_utc is None or time.time() - event.end_utc < 60:
        return HTTPException(404, "it is not there yet: try again in a moment", {"refresh": AGAIN_S})
    return HTTPException(404, "it was removed to save space")
