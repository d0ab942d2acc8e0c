"""What every page is made from: the home folder, its events, and the words around them."""

import hashlib
import math
import time
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from functools import lru_cache
from pathlib import Path
from typing import Annotated, cast

from fastapi import Depends, Request
from jinja2 import Environment
from starlette.responses import HTMLResponse, Response

from unusual.app.dashboard.door.auth import Door
from unusual.app.dashboard.door.rights import Right, Visitor
from unusual.app.dashboard.packing import Packer
from unusual.app.dashboard.views.words import NO_PICTURE, PICTURELESS, SILENT, STALE_S, State, moment, state_of
from unusual.errors import DataError, UnusualError
from unusual.scores.hours import Mode
from unusual.scores.wording import duration
from unusual.store.cameras import CameraCard, camera_names, read_card
from unusual.store.events import EventFilter, EventStore
from unusual.store.home import CARD, Home
from unusual.store.live import Learning, Live, is_mute, read_learning, read_live
from unusual.store.names import check_camera
from unusual.store.rules.duty import Duties
from unusual.store.settings import Setting
from unusual.store.setup import setups_of
from unusual.video.condition.light import Light

WEEK_S = 7 * 86400.0
SILENT_S = 3600.0  # of a learning, which was killed then


@dataclass(frozen=True, slots=True)
class CameraView:
    """A camera as the page shows it. live: None where nobody watches it, or never has."""

    name: str
    state: State
    words: str
    health: State | None
    live: Live | None
    picture: str  # changes with the picture; "" where there is none


@dataclass(frozen=True, slots=True)
class DutyView:
    """What a camera is to do now, and until when, in words."""

    mode: Mode
    by_hand: bool
    words: str


@dataclass(frozen=True, slots=True)
class Desk:
    """Reads the home folder anew for each page; holds nothing but the connection and the templates."""

    home: Home
    store: EventStore
    door: Door
    zone: tzinfo
    templates: Environment
    duties: Duties
    packer: Packer
    footage: tuple[Path, ...] = ()  # folders of recordings that cameras may be learnt from

    def names(self) -> list[str]:
        """Cameras that were learnt, are watched, or have been: in the order of the alphabet."""
        live = {file.stem for file in self.home.lives()}
        return sorted(name for name in live.union(camera_names(self.home)) if _may_be_camera(name))

    def live(self, name: str) -> Live | None:
        """What a camera's watcher last said; None where there is nothing, or nothing that can be read."""
        return read_live(self.home, name)

    def learning(self) -> list[tuple[str, Learning]]:
        """The cameras that are being learnt, and how far that is."""
        names = sorted(file.stem for file in self.home.learnings() if _may_be_camera(file.stem))
        told = [(name, read_learning(self.home, name)) for name in names]
        since_utc = time.time() - SILENT_S
        return [(name, learning) for name, learning in told if learning is not None and learning.utc >= since_utc]

    def under_way(self) -> list[str]:
        """The cameras that are being set up and were not learnt yet."""
        return [name for name in setups_of(self.home) if _may_be_camera(name) and not self.home.card(name).exists()]

    def duty(self, name: str) -> DutyView:
        """What a camera is to do now."""
        now = time.time()
        try:
            duty = self.duties.now(name, now)
        except DataError:  # its watcher says so; asked again, it is told what holds
            duty = self.duties.now(name, now)
        return DutyView(duty.mode, duty.by_hand, duty.words(self.zone, now))

    def muted(self, name: str) -> str:
        """Until when a camera's alerts are held back, as people say it; "" where they are not."""
        until = self.store.settings.get(name, Setting.MUTED_UNTIL) or 0.0
        if until <= time.time():
            return ""
        moment = self.moment(until)
        return f"{moment:%H:%M}" if moment.date() == self.today() else f"{moment:%a %H:%M}"

    def camera(self, name: str) -> CameraView:
        """How a camera does now."""
        live = self.live(name)
        try:
            picture = format(self.home.picture(name).stat().st_mtime_ns, "x")
        except OSError:
            picture = ""
        silent_s = math.inf if live is None else time.time() - live.utc
        if silent_s > STALE_S and is_mute(self.home, name, STALE_S):
            words = "its watcher cannot write to its home folder: free some space"
            return CameraView(name, state_of("storage_full"), words, None, live, picture)
        if live is None:
            return CameraView(name, SILENT, f"start it with: unusual watch SOURCE --model {name}", None, None, picture)
        if silent_s > STALE_S and live.state != "ended":
            words = f"no word from its watcher for {duration(silent_s)}"
            return CameraView(name, SILENT, words, None, live, picture)
        state, health = state_of(live.state), NO_PICTURE if live.state in PICTURELESS else state_of(live.health)
        lit = f"; sees in {live.light}" if live.light else ""
        words = live.words or f"Learnt on {live.model.learnt_at[:10]}, {live.model.method}{lit}"
        return CameraView(name, state, words, health, live, picture)

    def card(self, name: str) -> CameraCard | None:
        """What a camera's model is; None where its card cannot be read."""
        return self._card(name)

    def cards(self, name: str) -> list[CameraCard]:
        """The cards of all lights that a camera was learnt in, that of its folder first; those that can be read."""
        main = self.card(name)
        lit = [self._card(name, light) for light in main.lights[1:]] if main else []
        return [card for card in (main, *lit) if card is not None]

    def _card(self, name: str, light: Light | None = None) -> CameraCard | None:
        try:
            changed = (self.home.camera(name) / (light or "") / CARD).stat().st_mtime_ns
            return _card(self.home, name, light, changed)
        except (OSError, UnusualError):
            return None

    def today(self) -> date:
        """The local date."""
        return self.moment(time.time()).date()

    def moment(self, utc: float) -> datetime:
        """A time as local time."""
        return moment(utc, self.zone)

    def now_words(self) -> str:
        """The time and the time zone, for the foot of a page."""
        now = self.moment(time.time())
        return f"{now:%H:%M} {now.tzname() or ''}, UTC{now:%z}"

    def unreviewed(self) -> int:
        """How many alarms of the past week nobody has looked at; it counts to a hundred."""
        wanted = EventFilter(since_utc=time.time() - WEEK_S, reviewed=False, alarms_only=True)
        return len(self.store.list(wanted, most=100))

    def render(self, template: str, **values: object) -> str:
        """A template as text, with what all templates know."""
        return self.templates.get_template(template).render(desk=self, **values)

    def page(self, template: str, status: int = 200, **values: object) -> HTMLResponse:
        """A template as an answer."""
        return HTMLResponse(self.render(template, **values), status)


def desk_of(request: Request) -> Desk:
    """The desk of the application that a request came to."""
    return cast(Desk, request.app.state.desk)


def visitor_of(request: Request) -> Visitor:
    """Who sent a request, as the guard found."""
    return cast(Visitor, request.scope.get("visitor", Visitor("", Right.READ)))


AtDesk = Annotated[Desk, Depends(desk_of)]
Asker = Annotated[Visitor, Depends(visitor_of)]


def fresh(request: Request, content: str, media_type: str) -> Response:
    """An answer that is sent only when it differs from what the asker has."""
    tag = f'"{hashlib.sha256(content.encode("utf-8", "replace")).hexdigest()[:32]}"'
    headers = {"etag": tag, "cache-control": "private, no-cache"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=media_type, headers=headers)


def _may_be_camera(name: str) -> bool:
    try:
        return bool(check_camera(name))
    except DataError:
        return False


@lru_cache(maxsize=256)
def _card(home: Home, name: str, light: Light | None, changed: int) -> CameraCard:
    return read_card(home, name, light)
