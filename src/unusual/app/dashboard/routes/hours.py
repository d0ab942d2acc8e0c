"""When cameras count: the hours of a week, what is said by hand, and profiles, which say it of several at once."""

import json
import time
from typing import Annotated, Literal

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import HTMLResponse, Response

from unusual.app.dashboard.desk import AtDesk, Desk
from unusual.app.dashboard.routes.feed import CameraName
from unusual.app.dashboard.views.told import Answer, DutyTold
from unusual.errors import ConfigError, DataError
from unusual.scores.hours import DAYS, MOST_LINES, SLOTS, Lines, Mode, lines_of
from unusual.store.rules.duty import KeptDuty, order, read_duty, set_hours
from unusual.store.rules.profiles import LONGEST_NAME, read_profiles, take_profile, write_profile

router, api = APIRouter(), APIRouter(prefix="/api/v1", tags=["Hours"])
HOUR_S = 3600.0
ProfileName = Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]


class TheWeek(BaseModel):
    """Either the mode of each half hour of each day, Monday first, or lines, as they are written."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    grid: (
        Annotated[
            list[Annotated[list[Mode], Field(min_length=SLOTS, max_length=SLOTS)]], Field(min_length=7, max_length=7)
        ]
        | None
    ) = None
    lines: Annotated[Lines, Field(max_length=MOST_LINES)] | None = None


class HoursTold(Answer):
    """Hours as they are written, a line each, and what the camera does now."""

    lines: tuple[str, ...]
    duty: DutyTold


class ProfilesTold(Answer):
    """The names of the profiles, and what each camera does now."""

    profiles: list[str]
    duties: dict[str, DutyTold]


class ByHand(BaseModel):
    """What a camera is to do; mode None: by its hours again. until: an hour, its hours' next change, or for good."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    mode: Mode | None
    until: Literal["hour", "change"] | None = None


class ProfileOrder(BaseModel):
    """Take a profile, keep what all cameras do now under its name, or forget it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: ProfileName
    do: Literal["take", "keep", "forget"]


@router.get("/hours/{camera}", response_class=HTMLResponse)
def hours(desk: AtDesk, camera: CameraName) -> Response:
    """The week of a camera."""
    _refuse_unknown(desk, camera)
    try:
        kept, broken = read_duty(desk.home, camera), ""
    except DataError as error:
        kept, broken = KeptDuty(), str(error)
    return desk.page(
        "hours.html.j2",
        camera=camera,
        broken=broken,
        days=DAYS,
        grid=kept.week.grid,
        lines=kept.hours,
        told=json.dumps(kept.week.grid),
        duty=desk.duty(camera),
    )


@api.get("/cameras/{camera}/hours")
def hours_in_force(desk: AtDesk, camera: CameraName) -> HoursTold:
    """The hours of a camera's week, and what it does now."""
    _refuse_unknown(desk, camera)
    try:
        return HoursTold(lines=read_duty(desk.home, camera).hours, duty=DutyTold.of(desk.duty(camera)))
    except DataError as error:
        raise HTTPException(503, str(error)) from error


@api.post("/cameras/{camera}/hours")
def change_hours(desk: AtDesk, camera: CameraName, told: TheWeek) -> HoursTold:
    """Keep a week; the watcher goes by it within seconds."""
    _refuse_unknown(desk, camera)
    if (told.grid is None) == (told.lines is None):
        raise HTTPException(422, "a week is either a grid or lines")
    lines = lines_of(told.grid) if told.grid is not None else told.lines or ()
    try:
        set_hours(desk.home, camera, lines)
    except ConfigError as error:
        raise HTTPException(422, str(error)) from error
    return HoursTold(lines=lines, duty=DutyTold.of(desk.duty(camera)))


@api.post("/cameras/{camera}/duty")
def say(desk: AtDesk, camera: CameraName, told: ByHand) -> DutyTold:
    """Arm a camera by hand, quieten it or switch it off, or let its hours say so again."""
    _refuse_unknown(desk, camera)
    now, until = time.time(), None
    if told.until == "hour":
        until = now + HOUR_S
    elif told.until == "change":
        try:
            until = read_duty(desk.home, camera).week.next_change(now, desk.zone)
        except DataError as error:
            raise HTTPException(422, str(error)) from error
    order(desk.home, camera, told.mode, until)
    return DutyTold.of(desk.duty(camera))


@api.get("/profiles")
def profiles_there_are(desk: AtDesk) -> ProfilesTold:
    """The profiles, and what each camera does now."""
    duties = {name: DutyTold.of(desk.duty(name)) for name in desk.names()}
    return ProfilesTold(profiles=list(read_profiles(desk.home)), duties=duties)


@api.post("/profiles")
def profiles(desk: AtDesk, told: ProfileOrder) -> ProfilesTold:
    """Take a profile, keep one or forget one; returns those that there are, and what the cameras do then."""
    try:
        if told.do == "take":
            take_profile(desk.home, told.name)
        else:
            now = {name: desk.duty(name).mode for name in desk.names()}
            write_profile(desk.home, told.name, now if told.do == "keep" else None)
    except ConfigError as error:
        raise HTTPException(422, str(error)) from error
    return profiles_there_are(desk)


def _refuse_unknown(desk: Desk, camera: str) -> None:
    if camera not in desk.names():
        raise HTTPException(404, "there is no such camera")
