"""What programs are told of cameras and events: typed, in numbers, without what is a matter of words on a page."""

import math
from dataclasses import asdict
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict

from unusual.app.dashboard.desk import CameraView, Desk, DutyView
from unusual.app.dashboard.views.words import SILENT, STATES
from unusual.scores.hours import Mode
from unusual.store.events import StoredEvent, Verdict
from unusual.store.live import Live
from unusual.store.settings import Setting


def _finite(value: object) -> object:
    return None if isinstance(value, float) and not math.isfinite(value) else value


Number = Annotated[float | None, BeforeValidator(_finite)]  # JSON knows neither NaN nor infinity: null


class Answer(BaseModel):
    """An answer. Times are UTC seconds since 1970, scores on the live scale, places shares of the picture."""

    model_config = ConfigDict(frozen=True)


class DutyTold(Answer):
    """What a camera does now: armed, quiet or off, by its hours or by hand, and until when, in words."""

    mode: Mode
    by_hand: bool
    words: str

    @classmethod
    def of(cls, duty: DutyView) -> "DutyTold":
        """As the dashboard shows it."""
        return cls(mode=duty.mode, by_hand=duty.by_hand, words=duty.words)


class FramesTold(Answer):
    """Frames since watching began: arrived = scored + dropped + gap + those on their way."""

    arrived: int
    scored: int
    dropped: int
    gap: int


class CameraTold(Answer):
    """How a camera does. state: "unwatched", or as its watcher says. health: of its picture, null where there is none.

    light: that it sees in, of one that was learnt in several. event: the id of the one that goes on. picture: changes
    with the picture, "" where there is none.
    """

    camera: str
    state: str
    words: str
    health: str | None
    utc: Number
    score: Number
    threshold: Number
    fps: Number
    delay_s: Number
    frames: FramesTold | None
    event: str | None
    picture: str
    duty: DutyTold
    muted_until: Number
    light: str
    method: str
    learnt_at: str


class BoxTold(Answer):
    """A place: shares of the picture, from the left and from the top."""

    left: float
    top: float
    right: float
    bottom: float


class EventTold(Answer):
    """An event. alarm: it reached the threshold, and counts by today's zones. media: the names of its files."""

    id: str
    camera: str
    start_utc: float
    end_utc: float | None
    peak_utc: float
    score: Number
    per_day: Number
    box: BoxTold | None
    why: str
    alarm: bool
    ignored: bool
    zone: str
    reviewed: bool
    verdict: Verdict | None
    note: str
    reviewed_by: str
    reviewed_utc: float | None
    media: tuple[str, ...]
    model: str


def event_told(event: StoredEvent) -> EventTold:
    """An event for a program."""
    told = {name: getattr(event, name) for name in EventTold.model_fields if name not in ("box", "alarm")}
    box = None if event.box is None else BoxTold(**asdict(event.box))
    return EventTold(**told, box=box, alarm=event.alarm and not event.ignored)


def camera_told(desk: Desk, name: str) -> CameraTold:
    """A camera for a program."""
    view = desk.camera(name)
    live, card = view.live, desk.card(name)
    now = live or Live(utc=math.nan, state="")  # of which nothing is known
    return CameraTold(
        camera=name,
        state=state_key(view),
        words=view.words,
        health=None if view.health is None else now.health,
        utc=now.utc,
        score=now.score,
        threshold=now.threshold,
        fps=now.fps,
        delay_s=now.delay_s,
        frames=FramesTold(**asdict(now.frames)) if live else None,
        event=now.event,
        picture=view.picture,
        duty=DutyTold.of(desk.duty(name)),
        muted_until=desk.store.settings.get(name, Setting.MUTED_UNTIL),
        light=now.light,
        method=card.method if card else "",
        learnt_at=card.learnt_at if card else "",
    )


def state_key(view: CameraView) -> str:
    """The state that a camera is shown in, as a word for programs: one that is not watched says nothing of itself."""
    if view.state is SILENT:
        return "unwatched"
    return next((key for key, state in STATES.items() if state is view.state), view.state.label)
