"""New events and states as they come: server-sent events, looked for once a second for all who listen."""

import asyncio
import math
import threading
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import APIRouter, Header, HTTPException, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from unusual.app.dashboard.desk import Desk
from unusual.app.dashboard.door.guard import visitor_now
from unusual.app.dashboard.views.told import CameraTold, camera_told, event_told
from unusual.errors import UnusualError
from unusual.store.events import EventFilter, StoredEvent

api = APIRouter(prefix="/api/v1", tags=["Stream"])
LOOK_S, QUIET_S = 1.0, 15.0  # between two looks; after so long without a word one is sent, to see who is still there
STATE = {"camera", "state", "words", "health", "event", "duty"}
WORDS_S = 15.0  # between two states that differ in their words alone: those of a slow machine count its frames
MOST_LISTENERS, MOST_EVENTS, PAST_S = 50, 200, 3600.0  # of events that are looked at for changes: the newest


@dataclass(slots=True)
class Pulse:
    """What there is to tell, by its key, at most LOOK_S old. Safe from several threads."""

    desk: Desk
    listeners: int = 0
    _told: dict[str, str] = field(default_factory=dict)
    _said: dict[str, tuple[CameraTold, float]] = field(default_factory=dict)  # of each camera, and when
    _long: set[str] = field(default_factory=set)  # events that went on in the past hour, whenever they began
    _looked: float = float("-inf")
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def told(self) -> dict[str, str]:
        """ "state CAMERA" and "event ID" -> JSON; events oldest first. A database that cannot be read tells none."""
        with self._guard:
            if time.monotonic() - self._looked >= LOOK_S:
                self._told, self._looked = self._look(), time.monotonic()
            return self._told

    def _look(self) -> dict[str, str]:
        told = {}
        for name in self.desk.names():
            told[f"state {name}"] = self._state(camera_told(self.desk, name)).model_dump_json(include=STATE)
        with suppress(UnusualError):
            for event in self._recent(time.time() - PAST_S):
                told[f"event {event.id}"] = event_told(event).model_dump_json()
        return told

    def _state(self, camera: CameraTold) -> CameraTold:
        """A camera as it is told: while nothing but its words has changed, as it was told last, for WORDS_S."""
        said, since = self._said.get(camera.camera, (None, 0.0))
        if said is not None and time.monotonic() - since < WORDS_S and _but_words(said) == _but_words(camera):
            return said
        self._said[camera.camera] = camera, time.monotonic()
        return camera

    def _recent(self, since_utc: float) -> list[StoredEvent]:
        """Events that began since then, or went on then and were known before; the oldest first."""
        recent = {event.id: event for event in self.desk.store.list(EventFilter(since_utc=since_utc), most=MOST_EVENTS)}
        for name in self._long - recent.keys():
            if (event := self.desk.store.get(name)) is not None:
                recent[name] = event
        self._long = {name for name, event in recent.items() if (event.end_utc or math.inf) > since_utc}
        return sorted(recent.values(), key=lambda event: (event.start_utc, event.id))


@api.get("/stream", response_class=Response, responses={200: {"content": {"text/event-stream": {}}}})
async def stream(
    request: Request, last: Annotated[str, Header(alias="last-event-id", max_length=100)] = ""
) -> Response:
    """Server-sent events: "state" of each camera at the beginning and when it changes, "event" when one begins,
    changes or ends. After a break, with Last-Event-ID, the events of the past hour are told again from there on.
    """
    pulse: Pulse = request.app.state.pulse
    if pulse.listeners >= MOST_LISTENERS:
        raise HTTPException(503, f"{MOST_LISTENERS} listen already: try again later", {"retry-after": "30"})
    return StreamingResponse(_tell(request, pulse, last), media_type="text/event-stream")


async def _tell(request: Request, pulse: Pulse, last: str) -> AsyncIterator[str]:
    pulse.listeners += 1
    try:
        known, heard = _known(await run_in_threadpool(pulse.told), last), time.monotonic()
        yield "retry: 3000\n\n"
        while visitor_now(request, pulse.desk.door):  # a token may be revoked, a session may end
            now = await run_in_threadpool(pulse.told)
            for key in [key for key in now if known.get(key) != now[key]]:
                kind, _, name = key.partition(" ")
                number = f"id: {name}\n" if kind == "event" else ""
                yield f"event: {kind}\n{number}data: {now[key]}\n\n"
                heard = time.monotonic()
            known = now
            if time.monotonic() - heard > QUIET_S:
                yield ": still here\n\n"
                heard = time.monotonic()
            await asyncio.sleep(LOOK_S)
    finally:
        pulse.listeners -= 1


def _but_words(camera: CameraTold) -> dict[str, object]:
    return camera.model_dump(include=STATE - {"words"})


def _known(told: Mapping[str, str], last: str) -> Mapping[str, str]:
    """What a listener need not be told: all events where it is new, else those up to the last that it heard of.

    >>> _known({"state door": "a", "event 1": "b", "event 2": "c"}, "1")
    {'event 1': 'b'}
    """
    events = [key for key in told if key.startswith("event ")]
    heard = events.index(f"event {last}") + 1 if f"event {last}" in events else 0
    return {key: told[key] for key in (events[:heard] if last else events)}
