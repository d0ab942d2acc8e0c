"""Events taken along: as a table, as a parcel of clips and pictures, a clip with its box."""

import threading
from collections.abc import Iterator
from pathlib import Path as File
from tempfile import NamedTemporaryFile
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query
from pydantic import BaseModel, ConfigDict
from starlette.background import BackgroundTask
from starlette.responses import FileResponse, Response, StreamingResponse

from unusual.app.dashboard.desk import AtDesk
from unusual.app.dashboard.packing import MOST_EVENTS, Parcel
from unusual.app.dashboard.routes.pages import EventId
from unusual.app.dashboard.views.shown import Shown
from unusual.app.exporting.boxed import write_boxed_clip
from unusual.app.exporting.table import csv_of
from unusual.errors import DataError, UnusualError
from unusual.store.rules.past import events_of

api = APIRouter(prefix="/api/v1", tags=["Taking along"])
_drawing = threading.Lock()  # one at a time: it takes a processor


class Selection(Shown):
    """The filters; one that there is not would let all events through."""

    model_config = ConfigDict(extra="forbid")


class ExportOrder(BaseModel):
    """Which events, as the list of events is filtered; boxes: clips have a box drawn where it is unusual."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    which: Selection = Selection()
    boxes: bool = False


@api.get("/events.csv", response_class=Response, responses={200: {"content": {"text/csv": {}}}})
def table(desk: AtDesk, shown: Annotated[Shown, Query()]) -> Response:
    """All events that pass, as a table."""
    first = desk.store.list(shown.filter(desk), most=1)  # what is wrong with the database is said before we begin

    def lines() -> Iterator[str]:
        yield from csv_of(events_of(desk.store, shown.filter(desk)) if first else (), desk.zone)

    return StreamingResponse(lines(), media_type="text/csv", headers=_as_file("events.csv"))


@api.post("/exports")
def begin_export(desk: AtDesk, told: ExportOrder) -> Parcel:
    """Begin to pack the events that pass as a ZIP file: clips, pictures, curves, a table and a page that opens offline.

    409 where another is being packed, where no event passes or too many, or there is no room.
    """
    chosen = []
    for event in events_of(desk.store, told.which.filter(desk)):
        chosen.append(event)
        if len(chosen) > MOST_EVENTS:
            break
    try:
        return desk.packer.begin(chosen, boxes=told.boxes)
    except DataError as error:
        raise HTTPException(409, str(error)) from error


@api.get("/exports/{parcel}")
def export_state(desk: AtDesk, parcel: EventId) -> Parcel:
    """How far a parcel is."""
    found = desk.packer.of(parcel)
    if found is None:
        raise HTTPException(404, "there is no such parcel, or no longer: it is kept for an hour")
    return found


@api.get("/exports/{parcel}/events.zip", response_class=FileResponse)
def export_file(desk: AtDesk, parcel: EventId) -> Response:
    """The ZIP file of a parcel that is ready."""
    found = export_state(desk, parcel)
    file = desk.packer.file(found)
    if found.state != "ready" or not file.is_file():
        raise HTTPException(404, "it is not packed yet")
    return FileResponse(file, media_type="application/zip", headers=_as_file("events.zip"))


@api.get("/events/{event}/boxed.mp4", response_class=FileResponse)
def boxed(desk: AtDesk, event: EventId) -> Response:
    """An event's clip with a box drawn where it is unusual, around the peak. 503: one is being drawn, ask again."""
    stored = desk.store.get(event)
    if stored is None:
        raise HTTPException(404, "this event is gone, or never was")
    if not _drawing.acquire(blocking=False):
        raise HTTPException(503, "another clip is being drawn: ask again in a moment", {"retry-after": "5"})
    try:
        with NamedTemporaryFile(prefix="unusual-", suffix=".mp4", delete=False) as place:
            file = File(place.name)
        write_boxed_clip(desk.home, stored, file)
    except UnusualError as error:
        file.unlink(missing_ok=True)
        raise HTTPException(404 if isinstance(error, DataError) else 503, str(error)) from error
    finally:
        _drawing.release()
    headers = _as_file(f"{stored.camera}-{desk.moment(stored.start_utc):%Y%m%d-%H%M%S}.mp4")
    return FileResponse(file, media_type="video/mp4", headers=headers, background=BackgroundTask(file.unlink))


def _as_file(name: str) -> dict[str, str]:
    return {"content-disposition": f'attachment; filename="{name}"'}
