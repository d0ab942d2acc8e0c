"""Watching that is begun and ended in the browser, where alerts go, and a test of that."""

from dataclasses import asdict
from typing import Annotated, Literal

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict, Field

from unusual.app.alerts.alerts import DashboardAddress
from unusual.app.alerts.digest import Every
from unusual.app.dashboard.desk import AtDesk
from unusual.app.dashboard.routes.feed import CameraName
from unusual.app.dashboard.views.told import Answer
from unusual.app.links import MOST_MINUTES
from unusual.app.setup.trial import send_test_alert
from unusual.app.setup.watch_list import AlertsTo, alerts_of, read_list, send_alerts_to
from unusual.app.setup.watching import begin_again, begin_watching, end_watching, watching
from unusual.errors import ConfigError
from unusual.store.setup import forget_setup, read_setup

api = APIRouter(prefix="/api/v1", tags=["Watching"])


class WatchOrder(BaseModel):
    """Whether the dashboard has a camera watched."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    watched: bool


class WatchTold(Answer):
    """The cameras that the dashboard has watched, and whether that goes on now; why it does not, if it should."""

    cameras: list[str]
    alive: bool
    why: str


class AlertsOrder(BaseModel):
    """Where alerts go beside the dashboard. address: empty for the one that is kept; the rest as it is told."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    way: Literal["none", "webhook", "apprise", "mqtt"]
    address: Annotated[str, Field(max_length=4000)] = ""
    link: Annotated[DashboardAddress, Field(max_length=500)] = ""
    picture: bool = False
    clip: bool = False
    commands: bool = False
    snooze_minutes: Annotated[int, Field(ge=0, le=MOST_MINUTES)] = 0
    digest: Every | None = None


class AlertsTold(Answer):
    """Where alerts go. address: the host or the kind of it, never what is secret.

    picture, clip: whether the event's go along, or links that open them without a log-in. commands: whether who may
    write to the broker may arm and set cameras. snooze_minutes: of the link that silences a camera, 0 for none.
    digest: alarms are told together, by the hour or the day.
    """

    way: str
    address: str
    link: str
    picture: bool
    clip: bool
    commands: bool
    snooze_minutes: int
    digest: Every | None


class Try(BaseModel):
    """A test alert, as of this camera."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    camera: CameraName


class TriedTold(Answer):
    """What became of it. why: it did not arrive, "" where it did."""

    by: str
    why: str


@api.get("/watching")
def watched_here(desk: AtDesk) -> WatchTold:
    """What the dashboard has watched."""
    try:
        cameras = list(read_list(desk.home).cameras)
    except ConfigError as error:
        raise HTTPException(503, str(error)) from error
    job = watching(desk.home)
    alive = job.pid is not None
    return WatchTold(cameras=cameras, alive=alive, why=job.last_words if job.was_begun and not alive else "")


@api.post("/cameras/{camera}/watch")
def watch(desk: AtDesk, camera: CameraName, told: WatchOrder) -> WatchTold:
    """Have a camera watched that was learnt, or no longer. Others that are watched pause for some seconds."""
    if not desk.home.card(camera).exists():
        raise HTTPException(404, "no such camera was learnt")
    setup = read_setup(desk.home, camera)
    try:
        if not told.watched:
            end_watching(desk.home, camera)
        elif setup is None and camera not in read_list(desk.home).cameras:
            raise ConfigError(f"where is {camera}? Give its address first, under Add a camera")
        else:
            begin_watching(desk.home, camera, setup.source if setup else "")
            forget_setup(desk.home, camera)
    except ConfigError as error:
        raise HTTPException(409, str(error)) from error
    return watched_here(desk)


@api.get("/alerting")
def alerts_go(desk: AtDesk) -> AlertsTold:
    """Where alerts of cameras go that are watched from here."""
    try:
        told = alerts_of(read_list(desk.home).alerts)
    except ConfigError as error:
        raise HTTPException(503, str(error)) from error
    return AlertsTold(**asdict(told))


@api.post("/alerting")
def change_alerts(desk: AtDesk, told: AlertsOrder) -> AlertsTold:
    """Say where they go; what is watched from here is begun again with it."""
    try:
        send_alerts_to(desk.home, AlertsTo(**{**told.model_dump(), "address": told.address.strip()}))
        if watching(desk.home).pid is not None:
            begin_again(desk.home)
    except ConfigError as error:
        raise HTTPException(422, str(error)) from error
    return alerts_go(desk)


@api.post("/alerting/test")
def try_alerts(desk: AtDesk, told: Try) -> list[TriedTold]:
    """Send a test alert by every way, and say what became of it."""
    try:
        tried = send_test_alert(read_list(desk.home).alerts, told.camera)
    except ConfigError as error:
        raise HTTPException(422, str(error)) from error
    return [TriedTold(by=one.by, why=one.why) for one in tried]
