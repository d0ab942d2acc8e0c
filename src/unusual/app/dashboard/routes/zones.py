"""Where things count before a camera: its zones on its picture, and what they make of the past week's events."""

import json
import time
from collections.abc import Sequence

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict
from starlette.responses import HTMLResponse, Response

from unusual.app.dashboard.desk import WEEK_S, AtDesk, Desk
from unusual.app.dashboard.routes.feed import CameraName
from unusual.app.dashboard.views.shown import Shown, view_of
from unusual.app.dashboard.views.told import Answer
from unusual.errors import ConfigError, DataError
from unusual.scores.zones import MOST_CORNERS, MOST_ZONES, ZoneMap, Zones, foot_of
from unusual.store.cameras import REFERENCE, read_reference
from unusual.store.events import EventFilter, StoredEvent
from unusual.store.rules.past import heed_zones, heeded
from unusual.store.rules.zones import KeptZones, json_of, read_zones, write_zones, zones_of
from unusual.video.pictures import jpeg

router, api = APIRouter(), APIRouter(prefix="/api/v1/cameras/{camera}", tags=["Zones"])
MOST_WEEK = 2000  # of the past week's events are looked at, the newest,
LISTED = 60  # and of these are shown as rows


class DrawnZones(BaseModel):
    """What a person has drawn, and what of the proposals he has not decided on; `zones_of` checks them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    zones: list[dict[str, object]]
    proposed: list[dict[str, object]] | None = None


class EventByZones(Answer):
    """An event under some zones. at: its foot on the picture, null where it has no place."""

    id: str
    at: list[float] | None
    alarm: bool
    counts: bool
    zone: str


class Effect(Answer):
    """What some zones make of the past week's events: how many there are and remain, alarms among them, and each."""

    events: int
    left: int
    alarms: int
    alarms_left: int
    each: list[EventByZones]


class EffectNow(Effect):
    """The same of zones that are in force now, and how many alarms nobody has looked at."""

    unreviewed: int


@router.get("/zones/{camera}", response_class=HTMLResponse)
def zones(desk: AtDesk, camera: CameraName) -> Response:
    """The picture with its zones, and the past week's events by them."""
    _refuse_unknown(desk, camera)
    try:
        kept, broken = read_zones(desk.home.camera(camera)), ""
    except DataError as error:
        kept, broken = KeptZones(), str(error)
    week, now = _week(desk, camera), desk.camera(camera).picture
    learnt = (desk.home.camera(camera) / REFERENCE).exists()
    pictures = [f"/zones/{camera}/picture.jpg"] * learnt + [f"/live/{camera}.jpg?at={now}"] * bool(now)
    return desk.page(
        "zones.html.j2",
        camera=camera,
        pictures=pictures,
        zones=json_of(kept.zones),
        proposed=json_of(kept.proposed),
        effect=_effect(week, kept.zones).model_dump_json(),
        broken=broken,
        most_zones=MOST_ZONES,
        most_corners=MOST_CORNERS,
        shown=Shown(camera=camera),
        events=[view_of(event, desk) for event in week[:LISTED]],
        week=len(week),
    )


@router.get("/zones/{camera}/picture.jpg")
def reference(desk: AtDesk, camera: CameraName) -> Response:
    """The picture that a camera was learnt with: nobody stands in it."""
    found = read_reference(desk.home.camera(camera))
    if found is None:
        raise HTTPException(404, "there is no such picture")
    return Response(jpeg(found), media_type="image/jpeg")


@api.get("/zones")
def zones_in_force(desk: AtDesk, camera: CameraName) -> DrawnZones:
    """The zones that are in force, and those that learning proposes."""
    _refuse_unknown(desk, camera)
    try:
        kept = read_zones(desk.home.camera(camera))
    except DataError as error:
        raise HTTPException(503, str(error)) from error
    return DrawnZones(zones=json.loads(json_of(kept.zones)), proposed=json.loads(json_of(kept.proposed)))


@api.post("/zones/effect")
def effect(desk: AtDesk, camera: CameraName, drawn: DrawnZones) -> Effect:
    """What these zones would make of the past week's events; nothing is kept."""
    _refuse_unknown(desk, camera)
    return _effect(_week(desk, camera), _checked(drawn.zones))


@api.post("/zones")
def change_zones(desk: AtDesk, camera: CameraName, drawn: DrawnZones) -> EffectNow:
    """Put zones in force: the watcher takes them up within seconds, the events that are kept obey them at once."""
    _refuse_unknown(desk, camera)
    checked = _checked(drawn.zones)
    write_zones(desk.home.camera(camera), checked, None if drawn.proposed is None else _checked(drawn.proposed))
    heed_zones(desk.store, camera, ZoneMap(checked))
    effect = _effect(_week(desk, camera), checked)
    return EffectNow(**effect.model_dump(), unreviewed=desk.unreviewed())


def _week(desk: Desk, camera: str) -> list[StoredEvent]:
    return desk.store.list(EventFilter(camera, since_utc=time.time() - WEEK_S), most=MOST_WEEK)


def _effect(week: Sequence[StoredEvent], drawn: Zones) -> Effect:
    """What is left of the events: counts, and each event with its foot on the picture, None where it has no place."""
    zone_map = ZoneMap(drawn)
    found = [heeded(event, zone_map) for event in week]
    left = [each for each in found if each.counts]
    return Effect(
        events=len(found),
        left=len(left),
        alarms=sum(event.alarm for event in week),
        alarms_left=sum(each.event.alarm for each in left),
        each=[
            EventByZones(
                id=each.event.id,
                at=None if each.event.box is None else [round(share, 4) for share in foot_of(each.event.box)],
                alarm=each.event.alarm,
                counts=each.counts,
                zone=each.zone,
            )
            for each in found
        ],
    )


def _checked(told: object) -> Zones:
    try:
        return zones_of(told)
    except ConfigError as error:
        raise HTTPException(422, str(error)) from error


def _refuse_unknown(desk: Desk, camera: str) -> None:
    if not desk.home.card(camera).exists():
        raise HTTPException(404, "no such camera was learnt")
