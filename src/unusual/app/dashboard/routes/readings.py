"""What the dashboard shows, for programs: cameras, events, scores, health, alerts that wait."""

import json
from dataclasses import asdict
from datetime import date
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query
from starlette.responses import Response

from unusual.app.dashboard.desk import AtDesk, Desk
from unusual.app.dashboard.routes import feed, zones
from unusual.app.dashboard.routes.feed import CameraName
from unusual.app.dashboard.routes.pages import Cursor, EventId
from unusual.app.dashboard.views.shown import Shown
from unusual.app.dashboard.views.sliders import slider_of
from unusual.app.dashboard.views.told import Answer, CameraTold, EventTold, Number, camera_told, event_told
from unusual.errors import DataError
from unusual.store.live import Curve, read_curve
from unusual.store.outbox import Outbox
from unusual.store.scorelog import read_scores
from unusual.store.settings import Setting

api = APIRouter(prefix="/api/v1")
MOST_EVENTS, LONGEST_S = 500, 2 * 86_400.0  # of an answer
Seconds = Annotated[float, Query(ge=0, le=1e11, allow_inf_nan=False)]


class EventsTold(Answer):
    """Events, newest first. older: `before` of those behind them, null at the end."""

    events: list[EventTold]
    older: str | None


class HourlyTold(Answer):
    """In a light, "" of a camera of one: the score of an alarm at each hour of the day, and where none is known."""

    light: str
    general: float
    scores: list[float]


class ChoiceTold(Answer):
    """So many alarms a day: above which score, how sure that is, and how many there were in the past week."""

    alarms: float
    score: str
    words: str
    count: int
    hourly: list[HourlyTold]


class SettingsTold(Answer):
    """alarms_per_day: null where the footage says. cool_down_s: between two alerts. choices: what each would mean."""

    alarms_per_day: Number
    cool_down_s: Number
    muted_until: Number
    choices: list[ChoiceTold]


class ScoresTold(Answer):
    """A camera's timeline: the highest score of each second that was scored."""

    times_utc: list[float]
    scores: list[Number]


class HealthTold(Answer):
    """What happened to a camera."""

    camera: str
    utc: float
    state: str
    words: str


class ModelTold(Answer):
    """What a camera was learnt from."""

    method: str
    preset: str
    learnt_at: str
    width: int
    height: int
    rate: float
    hours: float
    trained_hours: float
    calibrated_hours: float
    findings: tuple[str, ...]
    model_sha256: str


class DayTold(Answer):
    """A local day, and how many events began on it."""

    date: date
    events: int
    unreviewed: int


class LearningTold(Answer):
    """How far the learning of a camera is. share: in [0, 1]."""

    camera: str
    utc: float
    stage: str
    share: float
    words: str


class WaitingTold(Answer):
    """Alerts that wait, by channel, and why the last one that was tried did not arrive."""

    channel: str
    waiting: int
    why: str


@api.get("/cameras", tags=["Cameras"])
def cameras(desk: AtDesk) -> list[CameraTold]:
    """How every camera does now."""
    return [camera_told(desk, name) for name in desk.names()]


@api.get("/cameras/{camera}", tags=["Cameras"])
def camera(desk: AtDesk, camera: CameraName) -> CameraTold:
    """How a camera does now."""
    _refuse_unknown(desk, camera)
    return camera_told(desk, camera)


@api.get("/cameras/{camera}/model", tags=["Cameras"])
def model(desk: AtDesk, camera: CameraName) -> ModelTold:
    """What a camera was learnt from, and with what."""
    card = desk.card(camera)
    if card is None:
        raise HTTPException(404, "no such camera was learnt")
    return ModelTold(**{name: getattr(card, name) for name in ModelTold.model_fields})


@api.get("/cameras/{camera}/settings", tags=["Cameras"])
def settings(desk: AtDesk, camera: CameraName) -> SettingsTold:
    """How often a camera may raise an alarm, and what each choice would have meant in the past week."""
    _refuse_unknown(desk, camera)
    kept = {key.value: desk.store.settings.get(camera, key) for key in Setting}
    choices = json.loads(slider_of(desk, camera).choices or "[]")
    return SettingsTold(**kept, choices=[ChoiceTold(**choice) for choice in choices])


@api.get("/cameras/{camera}/scores", tags=["Cameras"])
def scores(desk: AtDesk, camera: CameraName, since_utc: Seconds, until_utc: Seconds) -> ScoresTold:
    """A camera's timeline, up to two days of it."""
    _refuse_unknown(desk, camera)
    if not since_utc < until_utc <= since_utc + LONGEST_S:
        raise HTTPException(422, "since_utc comes before until_utc, by two days at most")
    try:
        lines = read_scores(desk.home, camera, since_utc, until_utc)
    except DataError as error:
        raise HTTPException(503, str(error)) from error
    return ScoresTold(times_utc=lines.times_utc.tolist(), scores=lines.scores.tolist())


@api.get("/cameras/{camera}/health", tags=["Cameras"])
def health(desk: AtDesk, camera: CameraName, since_utc: Seconds = 0.0) -> list[HealthTold]:
    """What happened to a camera, the newest first, up to 500 entries."""
    _refuse_unknown(desk, camera)
    return [HealthTold(**asdict(entry)) for entry in desk.store.health.list(camera, since_utc, most=MOST_EVENTS)]


@api.get("/events", tags=["Events"])
def events(
    desk: AtDesk,
    shown: Annotated[Shown, Query()],
    before: Cursor = None,
    most: Annotated[int, Query(ge=1, le=MOST_EVENTS)] = 50,
) -> EventsTold:
    """The events that pass the filters, newest first."""
    try:
        found = desk.store.list(shown.filter(desk), before, most + 1)
    except DataError as error:
        if before is None:
            raise
        raise HTTPException(404, str(error)) from error
    older = found[most - 1].cursor if len(found) > most else None
    return EventsTold(events=[event_told(event) for event in found[:most]], older=older)


@api.get("/events/{event}", tags=["Events"])
def one_event(desk: AtDesk, event: EventId) -> EventTold:
    """An event."""
    stored = desk.store.get(event)
    if stored is None:
        raise HTTPException(404, "this event is gone, or never was")
    return event_told(stored)


@api.get("/events/{event}/curve", tags=["Events"])
def curve(desk: AtDesk, event: EventId) -> Curve:
    """The scores under an event's clip."""
    told = read_curve(desk.home.event(event)) if desk.store.get(event) else None
    if told is None:
        raise HTTPException(404, "there is no curve of this event")
    return told


@api.get("/days", tags=["Events"])
def days(desk: AtDesk) -> list[DayTold]:
    """Days on which events began, newest first."""
    return [DayTold(**asdict(day)) for day in desk.store.days(None, desk.zone)]


@api.get("/learnings", tags=["Cameras"])
def learnings(desk: AtDesk) -> list[LearningTold]:
    """The cameras that are being learnt."""
    return [
        LearningTold(camera=name, utc=told.utc, stage=told.stage, share=told.share, words=told.words)
        for name, told in desk.learning()
    ]


@api.get("/alerts", tags=["Alerts"])
def alerts(desk: AtDesk) -> list[WaitingTold]:
    """Alerts that wait."""
    told = Outbox(desk.store.database).waiting()
    return [WaitingTold(channel=channel, waiting=waiting, why=why) for channel, waiting, why in told]


api.add_api_route("/cameras/{camera}/picture.jpg", feed.picture, tags=["Cameras"], response_class=Response)
api.add_api_route("/cameras/{camera}/zones/picture.jpg", zones.reference, tags=["Zones"], response_class=Response)
api.add_api_route("/events/{event}/media/{name}", feed.media, tags=["Events"], response_class=Response)


def _refuse_unknown(desk: Desk, camera: str) -> None:
    if camera not in desk.names():
        raise HTTPException(404, "there is no such camera")
